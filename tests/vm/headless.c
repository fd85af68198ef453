// SPDX-License-Identifier: GPL-2.0-or-later
/* An init whose first thread ends, and whose second goes on until SIGTERM; it notes that. */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

static void hear(int signal)
{
	(void)signal;
}

static void *go_on(void *nothing)
{
	int fd;

	(void)nothing;
	pause();
	fd = open("/root/note", O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (fd >= 0 && write(fd, "bye\n", 4) == 4)
		close(fd);
	_exit(0);
}

int main(void)
{
	struct sigaction heard = { .sa_handler = hear };
	pthread_t thread;

	if (sigaction(SIGTERM, &heard, NULL) || pthread_create(&thread, NULL, go_on, NULL))
		return 1;
	syscall(SYS_exit, 0);
	return 1;
}
