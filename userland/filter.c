// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <string.h>

#include "filter.h"

#ifndef __x86_64__
#error "the numbers of system calls are those of x86_64 and i386"
#endif

/*
 * The filter is assembled here, not by libseccomp: loading that library and
 * having it generate the same program costs more than all else that `exec` does.
 *
 * The numbers of system calls are parted into ranges, each with an answer, and the
 * program is a search tree over their starts. It is worth keeping small and flat:
 * whenever a filter is loaded the kernel compiles it, and runs it for every call of
 * each architecture to learn which ones it need not ask about. So there is one tree
 * for both architectures of the kernel, and the architecture is looked at last, where
 * the answers differ. x32, which no distribution uses, has numbers of its own.
 */
#define X32_CALLS 0x40000000U
#define NUMBERS_END 512U	/* behind the numbers that are in use */
#define RANGES_MAX (4 * FILTER_CALLS_MAX + 2)

/* An error for each architecture, 0: the call is made. In one word, as 512 of them
 * are compared whenever a filter is built. */
typedef uint32_t answer;
#define ANSWER(x86_64, i386) ((answer)(x86_64) << 16 | (i386))
#define FOR_X86_64(a) ((a) >> 16)
#define FOR_I386(a) ((a) & 0xffff)

struct range {
	unsigned int start;
	answer answer;
};

struct program {
	struct sock_filter *code;
	size_t n;
	bool too_long;
	struct range ranges[RANGES_MAX];
	/* For each jump the range, counted from 1, that it leads to; 0: it has its offset. */
	unsigned char on_true[FILTER_MAX], on_false[FILTER_MAX];
};

static size_t emit(struct program *p, unsigned short code, unsigned int k)
{
	if (p->n == FILTER_MAX) {
		p->too_long = true;
		return 0;
	}
	p->code[p->n] = (struct sock_filter){ .code = code, .k = k };
	p->on_true[p->n] = p->on_false[p->n] = 0;
	return p->n++;
}

/* From number 0 to the last; each answer is another than that of the range before.
 * Returns how many, 0 for a number that is too high. */
static size_t find_ranges(const struct denied_call *calls, size_t count, struct range *ranges)
{
	answer answers[NUMBERS_END], last;
	size_t n = 1;

	memset(answers, 0, sizeof(answers));
	for (size_t i = 0; i < count; i++) {
		if (calls[i].x86_64 >= (int)NUMBERS_END || calls[i].i386 >= (int)NUMBERS_END)
			return 0;
		if (calls[i].x86_64 >= 0)
			answers[calls[i].x86_64] |= ANSWER(calls[i].error, 0);
		if (calls[i].i386 >= 0)
			answers[calls[i].i386] |= ANSWER(0, calls[i].error);
	}
	last = answers[0];
	ranges[0] = (struct range){ 0, last };
	for (unsigned int nr = 1; nr < NUMBERS_END; nr++) {
		if (answers[nr] == last)
			continue;
		last = answers[nr];
		ranges[n++] = (struct range){ nr, last };
	}
	ranges[n++] = (struct range){ X32_CALLS, ANSWER(ENOSYS, ENOSYS) };
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

/* The search in the @n ranges, two or more, from @first on, up to the number @end. */
static void emit_search(struct program *p, size_t first, size_t n, unsigned int end)
{
	size_t half = middle(&p->ranges[first], n, end), second = first + half;
	size_t branch = emit(p, BPF_JMP | BPF_JGE | BPF_K, p->ranges[second].start);

	if (half == 1)
		p->on_false[branch] = first + 1;
	else
		emit_search(p, first, half, p->ranges[second].start);
	p->code[branch].jt = p->n - branch - 1;
	if (half == n - 1)
		p->on_true[branch] = second + 1;
	else
		emit_search(p, second, n - half, end);
}

static void emit_return(struct program *p, unsigned int error)
{
	emit(p, BPF_RET | BPF_K, error ? SECCOMP_RET_ERRNO | error : SECCOMP_RET_ALLOW);
}

static void emit_answer(struct program *p, answer a)
{
	if (FOR_X86_64(a) != FOR_I386(a)) {
		emit(p, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
		p->code[emit(p, BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64)].jf = 1;
	}
	emit_return(p, FOR_X86_64(a));
	if (FOR_X86_64(a) != FOR_I386(a))
		emit_return(p, FOR_I386(a));
}

/* Put the answers behind the search, each once, and let its jumps lead there. */
static void emit_answers(struct program *p)
{
	unsigned char places[RANGES_MAX] = { 0 };
	size_t last = p->n;

	for (size_t i = 0; i < last; i++) {
		unsigned char wanted[2] = { p->on_true[i], p->on_false[i] };
		unsigned char *jump[2] = { &p->code[i].jt, &p->code[i].jf };

		for (int side = 0; side < 2; side++) {
			size_t r = 0;
			answer a;

			if (!wanted[side])
				continue;
			a = p->ranges[wanted[side] - 1].answer;
			while (p->ranges[r].answer != a)
				r++;
			if (!places[r]) {
				places[r] = p->n;
				emit_answer(p, a);
			}
			*jump[side] = places[r] - i - 1;
		}
	}
}

size_t filter_build(const struct denied_call *calls, size_t count,
		    struct sock_filter code[FILTER_MAX])
{
	struct program p;
	size_t n;

	p.code = code;
	p.n = 0;
	p.too_long = false;
	n = count > FILTER_CALLS_MAX ? 0 : find_ranges(calls, count, p.ranges);
	if (!n)
		return 0;
	emit(&p, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	emit_search(&p, 0, n, NUMBERS_END);
	emit_answers(&p);
	return p.too_long ? 0 : p.n;
}
