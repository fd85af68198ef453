// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>

#include "filter.h"

/*
 * The filter is assembled here, not by libseccomp: loading that library and
 * having it generate the same program costs more than all else that `exec` does.
 * What it must not forget: the numbers mean nothing before the architecture is
 * known, and x86_64 has three of them.
 *
 * The calls of an architecture are a row of ranges of numbers, each with what is
 * returned for it, and the program a search tree over their starts. It is worth
 * keeping small and flat: whenever a filter is loaded the kernel compiles it, and
 * runs it for every call there is to learn which ones it need not ask about.
 */
#define X32_CALLS 0x40000000U	/* x32: no distribution uses it */
#define NUMBERS_END 512U	/* behind the numbers that are in use */
#define RANGES_MAX (2 * FILTER_CALLS_MAX + 2)

struct range {
	unsigned int start;
	unsigned int ret;	/* SECCOMP_RET_* */
};

struct program {
	struct sock_filter *code;
	/* For each jump the value to be returned there, 0: it has its offset. */
	unsigned int true_ret[FILTER_MAX], false_ret[FILTER_MAX];
	unsigned short n;
};

static unsigned short emit(struct program *p, unsigned short code, unsigned int k)
{
	p->code[p->n] = (struct sock_filter){ .code = code, .k = k };
	return p->n++;
}

static int compare_ranges(const void *a, const void *b)
{
	unsigned int x = ((const struct range *)a)->start, y = ((const struct range *)b)->start;

	return (x > y) - (x < y);
}

/* The ranges of an architecture, from number 0 to the last. Returns how many. */
static size_t find_ranges(const struct denied_call *calls, size_t count, bool i386,
			  struct range *ranges)
{
	struct range denied[FILTER_CALLS_MAX];
	size_t have = 0, n = 0;

	for (size_t i = 0; i < count; i++) {
		int nr = i386 ? calls[i].i386 : calls[i].x86_64;

		if (nr >= 0)
			denied[have++] = (struct range){ nr, SECCOMP_RET_ERRNO | calls[i].error };
	}
	qsort(denied, have, sizeof(*denied), compare_ranges);
	ranges[n++] = (struct range){ 0, SECCOMP_RET_ALLOW };
	for (size_t i = 0; i < have; i++) {
		/* The number behind the last denied one has opened a range of its own. */
		if (ranges[n - 1].start == denied[i].start)
			n--;
		if (!n || ranges[n - 1].ret != denied[i].ret)
			ranges[n++] = denied[i];
		ranges[n++] = (struct range){ denied[i].start + 1, SECCOMP_RET_ALLOW };
	}
	if (!i386)
		ranges[n++] = (struct range){ X32_CALLS, SECCOMP_RET_ERRNO | ENOSYS };
	return n;
}

/* Where to part @ranges: as near as can be to the middle of the numbers. */
static size_t middle(const struct range *ranges, size_t n, unsigned int end)
{
	unsigned int want = ranges[0].start + (end - ranges[0].start) / 2;
	size_t best = 1;

	for (size_t i = 2; i < n && ranges[i].start < end; i++)
		if (abs((int)(ranges[i].start - want)) < abs((int)(ranges[best].start - want)))
			best = i;
	return best;
}

/* The search in two ranges or more, up to the number @end. */
static void emit_search(struct program *p, const struct range *ranges, size_t n, unsigned int end)
{
	size_t half = middle(ranges, n, end);
	unsigned short branch = emit(p, BPF_JMP | BPF_JGE | BPF_K, ranges[half].start);

	if (half == 1)
		p->false_ret[branch] = ranges[0].ret;
	else
		emit_search(p, ranges, half, ranges[half].start);
	p->code[branch].jt = p->n - branch - 1;
	if (half == n - 1)
		p->true_ret[branch] = ranges[half].ret;
	else
		emit_search(p, ranges + half, n - half, end);
}

/* Put the values to be returned behind the search that began at @first, each once,
 * and let its jumps lead there. All are shorter than a jump can be. */
static void emit_returns(struct program *p, unsigned short first)
{
	unsigned short last = p->n;

	for (unsigned short i = first; i < last; i++) {
		unsigned int *wanted[2] = { &p->true_ret[i], &p->false_ret[i] };
		unsigned char *jump[2] = { &p->code[i].jt, &p->code[i].jf };

		for (int side = 0; side < 2; side++) {
			unsigned short at = last;

			if (!*wanted[side])
				continue;
			while (at < p->n && p->code[at].k != *wanted[side])
				at++;
			if (at == p->n)
				emit(p, BPF_RET | BPF_K, *wanted[side]);
			*jump[side] = at - i - 1;
		}
	}
}

/* The test of the architecture, and for it that of the number. */
static void emit_architecture(struct program *p, const struct denied_call *calls, size_t count,
			      bool i386)
{
	unsigned short test = emit(p, BPF_JMP | BPF_JEQ | BPF_K,
				   i386 ? AUDIT_ARCH_I386 : AUDIT_ARCH_X86_64);
	struct range ranges[RANGES_MAX];
	unsigned short first = emit(p, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	size_t n = find_ranges(calls, count, i386, ranges);

	emit_search(p, ranges, n, NUMBERS_END);
	emit_returns(p, first);
	p->code[test].jf = p->n - test - 1;
}

size_t filter_build(const struct denied_call *calls, size_t count,
		    struct sock_filter code[FILTER_MAX])
{
	struct program p = { .code = code };

	if (count > FILTER_CALLS_MAX)
		return 0;
	emit(&p, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
	emit_architecture(&p, calls, count, false);
	emit_architecture(&p, calls, count, true);
	emit(&p, BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS);
	return p.n;
}
