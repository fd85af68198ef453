// SPDX-License-Identifier: GPL-2.0-only
#include <linux/bitmap.h>
#include <linux/ftrace.h>
#include <linux/kallsyms.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/stringhash.h>

#include "symbol.h"

#define MET_BITS 4096	/* so that few names that nobody asked for are compared with all */

struct pass {
	struct vz_symbol *symbols;
	unsigned int count;
	DECLARE_BITMAP(asked, MET_BITS);
	/* What is met: NAME or NAME.SUFFIX, then more that sprint_symbol() says. */
	char text[KSYM_SYMBOL_LEN];
	size_t base, length;		/* of NAME; of all of the name */
	unsigned long start, size;
	const char *owner;		/* " [MODULE]" or "" */
};

static unsigned int hash_of(const char *name, size_t length)
{
	return full_name_hash(NULL, name, length) % MET_BITS;
}

/* What is at @address. */
static bool meet(struct pass *p, unsigned long address)
{
	unsigned long offset;

	sprint_symbol(p->text, address);
	p->length = strcspn(p->text, "+");
	if (sscanf(p->text + p->length, "+%lx/%lx", &offset, &p->size) != 2 || offset >= p->size)
		return false;
	p->owner = strchrnul(p->text + p->length, ' ');
	p->text[p->length] = '\0';
	p->base = strcspn(p->text, ".");
	p->start = address - offset;
	return true;
}

/* 0, -EINVAL when ftrace cannot hook the function with @address in its entry, or -ENOMEM. */
static int can_hook(unsigned long address)
{
	static struct ftrace_ops any;
	int ret = ftrace_set_filter_ip(&any, address, 0, 1);

	ftrace_free_filter(&any);
	memset(&any, 0, sizeof(any));
	return ret;
}

static int note(struct pass *p)
{
	unsigned long address = p->start + VZ_SYMBOL_ENTRY;
	unsigned int i;
	int ret;

	if (!test_bit(hash_of(p->text, p->base), p->asked))
		return 0;
	for (i = 0; i < p->count; i++) {
		struct vz_symbol *symbol = &p->symbols[i];

		if (!symbol->name || strncmp(symbol->name, p->text, p->base) ||
		    symbol->name[p->base])
			continue;
		ret = can_hook(address);
		if (ret)
			return ret == -ENOMEM ? ret : 0;
		if (p->base < p->length) {
			symbol->twin = true;
		} else {
			symbol->address = address;
			symbol->count++;
		}
		break;
	}
	return 0;
}

/* From what is at @address on, upward or downward, as far as it is @owner's. */
static int walk(struct pass *p, unsigned long address, bool up, const char *owner)
{
	unsigned int met = 0;
	int ret;

	/* Behind the kernel's text there are data, to no purpose; but they end as well. */
	while (meet(p, address) && !strcmp(p->owner, owner) && strcmp(p->text, "_etext")) {
		ret = note(p);
		if (ret)
			return ret;
		address = up ? p->start + p->size : p->start - 1;
		if (!(++met % 256))
			cond_resched();
	}
	return 0;
}

int vz_symbols_find(unsigned long around, struct vz_symbol *symbols, unsigned int count)
{
	struct pass *p = kzalloc(sizeof(*p), GFP_KERNEL);
	char owner[MODULE_NAME_LEN + sizeof(" []")];
	unsigned int i;
	int ret = -ENOENT;

	if (!p)
		return -ENOMEM;
	p->symbols = symbols;
	p->count = count;
	for (i = 0; i < count; i++) {
		if (symbols[i].name)
			set_bit(hash_of(symbols[i].name, strlen(symbols[i].name)), p->asked);
	}
	if (meet(p, around)) {
		around = p->start;
		strscpy(owner, p->owner, sizeof(owner));
		ret = walk(p, around, true, owner) ?: walk(p, around - 1, false, owner);
	}
	kfree(p);
	return ret;
}
