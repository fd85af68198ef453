// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent.h"

void complain(const char *what)
{
	int fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);

	if (fd >= 0) {
		dprintf(fd, "vm agent: %s: %s\n", what, strerror(errno));
		close(fd);
	}
}

void write_all(int fd, const char *data, size_t size)
{
	while (size) {
		ssize_t n = write(fd, data, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		data += n;
		size -= n;
	}
}

int open_port(const char *wanted, int mode)
{
	char path[300], name[64];
	struct dirent *entry;
	int found = -1;
	DIR *dir = opendir("/sys/class/virtio-ports");

	if (!dir)
		return -1;
	while (found < 0 && (entry = readdir(dir))) {
		FILE *file;

		snprintf(path, sizeof(path), "/sys/class/virtio-ports/%s/name", entry->d_name);
		file = fopen(path, "re");
		if (!file)
			continue;
		if (fgets(name, sizeof(name), file)) {
			name[strcspn(name, "\n")] = '\0';
			if (!strcmp(name, wanted)) {
				snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
				found = open(path, mode | O_CLOEXEC);
			}
		}
		fclose(file);
	}
	closedir(dir);
	if (found < 0)
		complain(wanted);
	return found;
}

void send_kernel_log(void)
{
	char record[8192], line[9000];
	int log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	int port = open_port("vm.kmsg", O_WRONLY);

	if (log < 0 || port < 0)
		return;
	for (;;) {
		ssize_t n = read(log, record, sizeof(record) - 1);
		unsigned long long usec;
		unsigned int priority;
		char *text;
		int size;

		if (n < 0 && (errno == EPIPE || errno == EINTR))
			continue;
		if (n <= 0)
			break;
		record[n] = '\0';
		text = strchr(record, ';');
		if (!text || sscanf(record, "%u,%*u,%llu", &priority, &usec) != 2)
			continue;
		text[1 + strcspn(text + 1, "\n")] = '\0';
		size = snprintf(line, sizeof(line), "[%5llu.%06llu] %s%s\n", usec / 1000000,
				usec % 1000000, priority >> 3 ? "(user) " : "", text + 1);
		write_all(port, line, size);
	}
	close(log);
	close(port);
}
