// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Private memory up to a limit, in every way there is.
 *
 *   memory KIND[+KIND]... N [FILE [FILE]]   N times 16 pages or until an error, for
 *                          each kind; print "COUNT ERRNO-NAME" for each, then the
 *                          pages of VmData + VmStk; with a FILE make it and wait
 *                          until it is gone; with a second one then give back all
 *                          mappings, and the same with that
 *     mmap noreserve brk   as their names say
 *     protect              read-only mappings of a file made writable
 *     limited              the same when RLIMIT_AS is reached
 *     limitlocked          the same again, of locked ones
 *     mremap               one mapping made longer
 *     fixed                over a part of a large PROT_NONE mapping
 *     dontunmap            mremap() of one mapping with MREMAP_DONTUNMAP
 *     thread               stacks of threads
 *     stack                the stack of main(); "SIGSEGV" where it may not grow
 *     fork                 a child
 *     vfork                a child that says 0
 *     exec                 itself with "none", which says 0
 *     again                map and unmap again
 *     replace              over the same place again and again
 *     rwx                  one large mapping made executable and back
 *     shared read          what does not count
 *     mlock mlock2         a mapping locked
 *     maplocked            MAP_LOCKED
 *     lockshared           the same of a shared mapping
 *     lockfuture           mlockall() of what comes, then mmap
 *     lockbrk lockmremap   the same with brk and mremap
 *     lockall lockall32    mlockall() of what there is; called the way of 32 bits
 *     relock               lock, and unlock, the same again and again
 *     none                 nothing
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096, STEP = 16 * PAGE, MANY = 65536, LOCK_FUTURE = MCL_FUTURE | MCL_ONFAULT };

static int file = -1;
static void *made[MANY];
static long made_count;
static volatile long stack_depth;
static sigjmp_buf overflow;

static int got(void *address)
{
	if (address == MAP_FAILED)
		return -1;
	if (made_count < MANY)
		made[made_count++] = address;
	return 0;
}

static void *map(int protection, int flags)
{
	return mmap(NULL, STEP, protection, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
}

static int take_mmap(long i) { (void)i; return got(map(PROT_READ | PROT_WRITE, 0)); }
static int take_noreserve(long i) { (void)i; return got(map(PROT_READ | PROT_WRITE, MAP_NORESERVE)); }
static int take_brk(long i) { (void)i; return sbrk(STEP) == (void *)-1 ? -1 : 0; }
static int take_read(long i) { (void)i; return got(map(PROT_READ, 0)); }
static int take_none(long i) { (void)i; return 0; }

static int take_shared(long i)
{
	(void)i;
	return got(mmap(NULL, STEP, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
}

static int take_protect(long i)
{
	void *address = mmap(NULL, STEP, PROT_READ, MAP_PRIVATE, file, 0);

	(void)i;
	if (got(address))
		return -1;
	return mprotect(address, STEP, PROT_READ | PROT_WRITE);
}

static int take_limited(long i)
{
	static struct rlimit small = { PAGE, RLIM_INFINITY };
	static void *region;
	int ret;

	if (!i)
		region = mmap(NULL, 10000L * STEP, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	setrlimit(RLIMIT_AS, &small);
	ret = mprotect((char *)region + i * STEP, STEP, PROT_READ | PROT_WRITE);
	return ret;
}

static int take_mremap(long i)
{
	static void *address;

	if (!i)
		address = map(PROT_READ | PROT_WRITE, 0);
	else
		address = mremap(address, i * STEP, (i + 1) * STEP, MREMAP_MAYMOVE);
	return address == MAP_FAILED ? -1 : 0;
}

static int take_fixed(long i)
{
	static char *region;

	if (!i)
		region = mmap(NULL, 10000L * STEP, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return mmap(region + i * STEP, STEP, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED ? -1 : 0;
}

static int take_dontunmap(long i)
{
	static void *address;

	if (!i)
		address = map(PROT_READ | PROT_WRITE, 0);
	return got(i ? mremap(address, STEP, STEP, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, 0) : address);
}

static void *sleeper(void *arg)
{
	for (;;)
		pause();
	return arg;
}

static int take_thread(long i)
{
	pthread_attr_t attr;
	pthread_t thread;

	(void)i;
	pthread_attr_init(&attr);
	pthread_attr_setguardsize(&attr, 0);
	pthread_attr_setstacksize(&attr, STEP);
	errno = pthread_create(&thread, &attr, sleeper, NULL);
	return errno ? -1 : 0;
}

static void overflowed(int signal)
{
	(void)signal;
	siglongjmp(overflow, 1);
}

static __attribute__((noinline)) int deeper(long left)
{
	volatile char block[STEP];

	block[0] = 1;
	stack_depth++;
	return left > 1 ? deeper(left - 1) + block[0] : 0;
}

/* Recurses, so all at once. */
static long take_stack(long n)
{
	static char other[65536];
	stack_t stack = { .ss_sp = other, .ss_size = sizeof(other) };
	struct sigaction action = { .sa_handler = overflowed, .sa_flags = SA_ONSTACK };
	struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };
	long depth;

	setrlimit(RLIMIT_STACK, &unlimited);
	sigaltstack(&stack, NULL);
	sigaction(SIGSEGV, &action, NULL);
	errno = 0;
	if (sigsetjmp(overflow, 1))
		errno = EFAULT;
	else
		deeper(n);
	depth = stack_depth;
	stack_depth = 0;
	return depth;
}

static int take_fork(long i)
{
	pid_t pid = fork();

	(void)i;
	if (!pid)
		sleeper(NULL);
	return pid < 0 ? -1 : 0;
}

static int take_vfork(long i)
{
	pid_t pid = vfork();

	(void)i;
	if (!pid)
		_exit(0);
	return pid < 0 || waitpid(pid, NULL, 0) < 0 ? -1 : 0;
}

static int take_exec(long i)
{
	(void)i;
	execl("/proc/self/exe", "memory", "none", "0", NULL);
	return -1;
}

static int take_again(long i)
{
	void *address = map(PROT_READ | PROT_WRITE, 0);

	(void)i;
	return address == MAP_FAILED ? -1 : munmap(address, STEP);
}

static int take_replace(long i)
{
	static void *address;

	if (!i)
		address = map(PROT_READ | PROT_WRITE, 0);
	if (address == MAP_FAILED)
		return -1;
	return mmap(address, STEP, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
		    -1, 0) == MAP_FAILED ? -1 : 0;
}

static int take_rwx(long i)
{
	static void *address;

	if (!i)
		address = map(PROT_READ | PROT_WRITE, 0);
	if (address == MAP_FAILED)
		return -1;
	return mprotect(address, STEP, PROT_READ | PROT_WRITE | (i % 2 ? 0 : PROT_EXEC));
}

static int take_mlock(long i)
{
	void *address = map(PROT_READ | PROT_WRITE, 0);

	(void)i;
	return got(address) ? -1 : mlock(address, STEP);
}

static int take_mlock2(long i)
{
	void *address = map(PROT_READ, 0);

	(void)i;
	return got(address) ? -1 : mlock2(address, STEP, MLOCK_ONFAULT);
}

static int take_maplocked(long i) { (void)i; return got(map(PROT_READ | PROT_WRITE, MAP_LOCKED)); }

static int take_lockshared(long i)
{
	(void)i;
	return got(mmap(NULL, STEP, PROT_READ, MAP_SHARED | MAP_ANONYMOUS | MAP_LOCKED, -1, 0));
}

static int take_lockall(long i)
{
	(void)i;
	return take_mmap(i) ? -1 : mlockall(MCL_CURRENT | MCL_ONFAULT);
}

static int take_lockall32(long i)
{
	long result;

	if (take_mmap(i))
		return -1;
	asm volatile("int $0x80" : "=a"(result) : "a"(152L), "b"((long)(MCL_CURRENT | MCL_ONFAULT))
		     : "memory", "r8", "r9", "r10", "r11");
	if (result >= 0)
		return 0;
	errno = -(int)result;
	return -1;
}

static int take_relock(long i)
{
	static void *address;

	if (!i)
		address = map(PROT_READ | PROT_WRITE, 0);
	if (mlock(address, STEP))
		return -1;
	return i % 2 ? munlock(address, STEP) : 0;
}

static const struct {
	const char *name;
	int (*take)(long i);
	int lock;		/* mlockall() with it before the first */
} kinds[] = {
	{ "mlock", take_mlock, 0 }, { "mlock2", take_mlock2, 0 },
	{ "maplocked", take_maplocked, 0 }, { "lockshared", take_lockshared, 0 },
	{ "lockfuture", take_mmap, LOCK_FUTURE }, { "lockbrk", take_brk, LOCK_FUTURE },
	{ "lockmremap", take_mremap, LOCK_FUTURE }, { "lockall", take_lockall, 0 },
	{ "lockall32", take_lockall32, 0 },
	{ "limitlocked", take_limited, LOCK_FUTURE }, { "relock", take_relock, 0 },
	{ "mmap", take_mmap, 0 }, { "noreserve", take_noreserve, 0 }, { "brk", take_brk, 0 },
	{ "protect", take_protect, 0 }, { "limited", take_limited, 0 },
	{ "mremap", take_mremap, 0 }, { "fixed", take_fixed, 0 },
	{ "dontunmap", take_dontunmap, 0 }, { "thread", take_thread, 0 }, { "fork", take_fork, 0 },
	{ "vfork", take_vfork, 0 }, { "exec", take_exec, 0 }, { "again", take_again, 0 },
	{ "replace", take_replace, 0 }, { "rwx", take_rwx, 0 }, { "shared", take_shared, 0 },
	{ "read", take_read, 0 }, { "none", take_none, 0 },
};

static long take(const char *kind, long n)
{
	unsigned int k;
	long i;

	if (!strcmp(kind, "stack"))
		return take_stack(n);
	for (k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		if (strcmp(kinds[k].name, kind))
			continue;
		errno = 0;
		if (n && kinds[k].lock && mlockall(kinds[k].lock))
			return 0;
		for (i = 0; i < n; i++) {
			if (kinds[k].take(i))
				return i;
			errno = 0;
		}
		return i;
	}
	errno = EINVAL;
	return -1;
}

/* Without a library that would take memory. */
static long pages(void)
{
	static const char *const rows[] = { "VmData:", "VmStk:" };
	static char text[8192];
	int fd = open("/proc/self/status", O_RDONLY);
	long sum = 0;
	unsigned int i;
	char *at;

	if (read(fd, text, sizeof(text) - 1) <= 0)
		return -1;
	close(fd);
	for (i = 0; i < 2; i++) {
		at = strstr(text, rows[i]);
		sum += at ? atol(at + strlen(rows[i])) / 4 : 0;
	}
	return sum;
}

static void show(const char *path)
{
	close(open(path, O_CREAT | O_WRONLY, 0600));
	while (!access(path, F_OK))
		usleep(20000);
}

static void give_back(void)
{
	while (made_count)
		munmap(made[--made_count], STEP);
}

int main(int argc, char **argv)
{
	static char output[4096];
	char *kind;
	long count;

	if (argc < 3) {
		fprintf(stderr, "memory: see the head of memory.c\n");
		return 2;
	}
	setvbuf(stdout, output, _IOFBF, sizeof(output));
	file = open("/proc/self/exe", O_RDONLY);
	setrlimit(RLIMIT_MEMLOCK, &(struct rlimit){ RLIM_INFINITY, RLIM_INFINITY });
	for (kind = strtok(argv[1], "+"); kind; kind = strtok(NULL, "+")) {
		count = take(kind, atol(argv[2]));
		printf("%ld %s ", count, !errno ? "none" : errno == EFAULT ? "SIGSEGV" :
		       strerrorname_np(errno));
	}
	printf("%ld\n", pages());
	fflush(stdout);
	if (argc > 3)
		show(argv[3]);
	if (argc > 4) {
		give_back();
		show(argv[4]);
	}
	/* With all that was forked. */
	signal(SIGTERM, SIG_IGN);
	kill(0, SIGTERM);
	return 0;
}
