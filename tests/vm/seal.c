// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Takes mappings that mseal(2) has marked, in the topmost bit of their flags, through all that
 * the module hooks. Prints what became of each: "sealed", and "none" where a kernel has no mseal.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_mseal
#define SYS_mseal 462
#endif
#define ROOM (16UL << 20)

static void locked(char *p, size_t page)
{
	if (mlock(p, page) || munlock(p, page))
		err(1, "mlock");
	if (mlockall(MCL_CURRENT) || munlockall())
		err(1, "mlockall");
	if (!mprotect(p, page, PROT_READ) || errno != EPERM)
		errx(1, "a sealed mapping was changed");
	if (mremap(p, page, 4 * page, MREMAP_MAYMOVE) != MAP_FAILED || errno != EPERM)
		errx(1, "a sealed mapping was moved");
}

/* A stack that grows, away from all else. */
static void grown(size_t page)
{
	char *room = mmap(NULL, ROOM, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *stack;

	if (room == MAP_FAILED || munmap(room, ROOM))
		err(1, "room");
	stack = mmap(room + ROOM - page, page, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_FIXED, -1, 0);
	if (stack == MAP_FAILED || syscall(SYS_mseal, stack, page, 0))
		err(1, "stack");
	stack[0] = 1;
	*(volatile char *)(stack - 1) = 1;
}

int main(void)
{
	size_t page = sysconf(_SC_PAGESIZE);
	char *p = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		err(1, "mmap");
	if (syscall(SYS_mseal, p, page, 0)) {
		if (errno != ENOSYS)
			err(1, "mseal");
		puts("none");
		return 0;
	}
	locked(p, page);
	grown(page);
	puts("sealed");
	return 0;
}
