// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a process has from the one that made it.
 *
 *   inherit set CMD...  on the host: run CMD with all of it other than usual
 *   inherit show        "NAME VALUE" for each, but the key "admins": a VE has no call that
 *                       would find it, so the host's /proc/keys tells whether it is held
 *   inherit             as a VE's init: the same in /report, then wait
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/keyctl.h>
#include <linux/mempolicy.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef PR_SET_MEMORY_MERGE
#define PR_SET_MEMORY_MERGE 67
#define PR_GET_MEMORY_MERGE 68
#endif

enum { IOPRIO_PROCESS = 1, IOPRIO_RT = 1 << 13, FLUSHER = 0x00080000 };

struct attributes {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
	uint32_t util_min, util_max;
};

static const struct {
	const char *name;
	int number;
	struct rlimit nasty;
} limits[] = {
	{ "CPU", RLIMIT_CPU, { 5000, 6000 } },
	{ "FSIZE", RLIMIT_FSIZE, { 1 << 28, 1 << 29 } },
	{ "DATA", RLIMIT_DATA, { 1 << 28, 1 << 29 } },
	{ "STACK", RLIMIT_STACK, { 1 << 22, 1 << 25 } },
	{ "CORE", RLIMIT_CORE, { 1234, 12345 } },
	{ "RSS", RLIMIT_RSS, { 1 << 28, 1 << 29 } },
	{ "NPROC", RLIMIT_NPROC, { 5000, 6000 } },
	{ "NOFILE", RLIMIT_NOFILE, { 100, 200 } },
	{ "MEMLOCK", RLIMIT_MEMLOCK, { RLIM_INFINITY, RLIM_INFINITY } },
	{ "AS", RLIMIT_AS, { 1ul << 31, 1ul << 32 } },
	{ "LOCKS", RLIMIT_LOCKS, { 10, 20 } },
	{ "SIGPENDING", RLIMIT_SIGPENDING, { 7, 7 } },
	{ "MSGQUEUE", RLIMIT_MSGQUEUE, { 10000, 20000 } },
	{ "NICE", RLIMIT_NICE, { 40, 40 } },
	{ "RTPRIO", RLIMIT_RTPRIO, { 99, 99 } },
	{ "RTTIME", RLIMIT_RTTIME, { 1 << 28, 1 << 29 } },
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void must(int bad, const char *what)
{
	if (!bad)
		return;
	perror(what);
	exit(99);
}

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	must(fd < 0 || write(fd, text, strlen(text)) < 0, path);
	close(fd);
}

static void set(char **argv)
{
	struct attributes a = { .size = sizeof(a) };
	struct sched_param rt = { .sched_priority = 10 };
	unsigned long node = 1;
	gid_t groups[] = { 4, 6 };
	cpu_set_t cpus;
	sigset_t all;

	for (size_t i = 0; i < COUNT(limits); i++)
		must(setrlimit(limits[i].number, &limits[i].nasty), limits[i].name);
	put("/proc/self/oom_score_adj", "-500");
	put("/proc/self/loginuid", "1000");
	syscall(SYS_sched_getattr, 0, &a, sizeof(a), 0);
	if (a.util_max == 1024) {
		a.util_min = 500;
		a.flags = 0x20 | 0x18;	/* only the lower clamp */
		must(syscall(SYS_sched_setattr, 0, &a, 0), "uclamp");
	}
	must(setpriority(PRIO_PROCESS, 0, -7), "nice");
	must(syscall(SYS_ioprio_set, IOPRIO_PROCESS, 0, IOPRIO_RT | 3), "ioprio");
	must(prctl(PR_SET_TIMERSLACK, 12345), "timer slack");
	must(sched_setscheduler(0, SCHED_FIFO, &rt), "FIFO");
	CPU_ZERO(&cpus);
	CPU_SET(0, &cpus);
	must(sched_setaffinity(0, sizeof(cpus), &cpus), "affinity");
	must(syscall(SYS_set_mempolicy, MPOL_BIND, &node, 64), "mempolicy");
	must(prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0), "THP");
	prctl(PR_SET_MEMORY_MERGE, 1, 0, 0, 0);		/* not on 6.1 */
	must(prctl(PR_SET_IO_FLUSHER, 1, 0, 0, 0), "flusher");
	must(syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0, "session");
	must(syscall(SYS_add_key, "user", "admins", "secret", 6, KEY_SPEC_SESSION_KEYRING) < 0, "key");
	must(personality(ADDR_NO_RANDOMIZE) < 0, "personality");
	must(setgroups(2, groups), "groups");
	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_IGN);
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	umask(0);
	must(chdir("/etc"), "/etc");
	setenv("LD_PRELOAD", "/nowhere.so", 1);
	setenv("SECRET", "1", 1);
	/* A reset that works on the child's side alone would be too late for this. */
	execvp(argv[0], argv);
	must(1, argv[0]);
}

static void show_file(FILE *out, const char *name, const char *path)
{
	char text[64] = "";
	int fd = open(path, O_RDONLY);

	if (fd >= 0 && read(fd, text, sizeof(text) - 1) < 0)
		text[0] = '\0';
	if (fd >= 0)
		close(fd);
	text[strcspn(text, "\n")] = '\0';
	fprintf(out, "%s %s\n", name, text);
}

static void show_status(FILE *out, const char *key, const char *name)
{
	char line[256];
	FILE *f = fopen("/proc/self/status", "re");

	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, key, strlen(key)))
			fprintf(out, "%s %s", name, line + strlen(key) + 1);
	if (f)
		fclose(f);
}

/* PF_MEMALLOC_NOIO in the ninth field; asking by prctl takes the host's rights. */
static int is_flusher(void)
{
	char text[1024] = "";
	unsigned int flags = 0;
	int fd = open("/proc/self/stat", O_RDONLY);
	char *p;

	if (read(fd, text, sizeof(text) - 1) > 0 && (p = strrchr(text, ')')))
		sscanf(p, ") %*c %*d %*d %*d %*d %*d %u", &flags);
	close(fd);
	return !!(flags & FLUSHER);
}

/* How many signals can wait: bounded by the limit, and by the user namespace's own. */
static int queue(void)
{
	union sigval value = { 0 };
	sigset_t one;
	int n = 0;

	sigemptyset(&one);
	sigaddset(&one, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &one, NULL);
	while (n < 100 && !sigqueue(getpid(), SIGRTMIN, value))
		n++;
	return n;
}

static void show(FILE *out)
{
	struct attributes a = { .size = sizeof(a) };
	int policy = -1, fd;
	mode_t mask = umask(022);
	cpu_set_t cpus;
	struct rlimit l;
	char cwd[256] = "";

	umask(mask);
	syscall(SYS_sched_getattr, 0, &a, sizeof(a), 0);
	fprintf(out, "policy %u\nnice %d\nutil %u\n", a.policy, getpriority(PRIO_PROCESS, 0),
		a.util_min);
	fprintf(out, "ioprio %ld\n", syscall(SYS_ioprio_get, IOPRIO_PROCESS, 0) >> 13);
	sched_getaffinity(0, sizeof(cpus), &cpus);
	fprintf(out, "cpus %d\n", CPU_COUNT(&cpus));
	for (size_t i = 0; i < COUNT(limits); i++) {
		getrlimit(limits[i].number, &l);
		fprintf(out, "%s %ld:%ld\n", limits[i].name, (long)l.rlim_cur, (long)l.rlim_max);
	}
	fprintf(out, "queue %d\n", queue());
	show_file(out, "oom", "/proc/self/oom_score_adj");
	show_file(out, "loginuid", "/proc/self/loginuid");
	show_file(out, "session", "/proc/self/sessionid");
	fprintf(out, "slack %d\n", prctl(PR_GET_TIMERSLACK));
	syscall(SYS_get_mempolicy, &policy, NULL, 0, NULL, 0);
	fprintf(out, "mempolicy %d\nthp %d\n", policy, prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0));
	fprintf(out, "ksm %d\n", prctl(PR_GET_MEMORY_MERGE, 0, 0, 0, 0) > 0);
	fprintf(out, "flusher %d\n", is_flusher());
	fprintf(out, "personality %x\n", personality(0xffffffff));
	fprintf(out, "groups %d\n", getgroups(0, NULL));
	fprintf(out, "umask %o\n", mask);
	show_status(out, "SigIgn:", "ignored");
	show_status(out, "NoNewPrivs:", "nnp");
	fprintf(out, "environment %d\n", !!getenv("LD_PRELOAD") + !!getenv("SECRET"));
	fprintf(out, "cwd %s\n", getcwd(cwd, sizeof(cwd)));
	fd = open("/dev/tty", O_RDWR);
	fprintf(out, "terminal %d\n", fd >= 0);
}

int main(int argc, char **argv)
{
	FILE *out;

	if (argc > 2 && !strcmp(argv[1], "set"))
		set(argv + 2);
	if (argc > 1) {
		show_status(stdout, "SigBlk:", "blocked");
		show(stdout);
		return 0;
	}
	out = fopen("/report.new", "we");
	if (!out)
		return 1;
	show_status(out, "SigBlk:", "blocked");
	show(out);
	if (fclose(out) || rename("/report.new", "/report"))
		return 1;
	for (;;)
		pause();
}
