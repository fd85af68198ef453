/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where functions are, by name. No exported function says so; but sprint_symbol() says the
 * name and the size of what is at an address. So the functions are met one after the
 * other, and all that are asked for are found in one pass over the kernel's text: 50 to 150
 * million instructions. ftrace's filters by name take a pass for each name, and would take
 * a module's function of that name along with the kernel's.
 */
#ifndef VZLITE_SYMBOL_H
#define VZLITE_SYMBOL_H

#include <linux/types.h>

/* From the start of a function to an address that is in the instruction that ftrace patches,
 * whether an ENDBR precedes that or not. From the start itself ftrace goes on to whatever it can
 * patch before the next symbol, which may be a weak function that was overridden. */
#define VZ_SYMBOL_ENTRY 4

/* Only functions that ftrace can hook count. */
struct vz_symbol {
	const char *name;		/* the caller's, or NULL */
	unsigned long address;		/* in the last of that name, see above; 0: there is none */
	unsigned int count;		/* how many have the name: static ones may share it */
	bool twin;			/* there is a NAME.SUFFIX, see "Divided functions" in hook.h */
};

/*
 * Fill in @symbols[@count], of which only the names are set: with the functions of the kernel
 * when @around is one of those, of a module when it is that one's. Each name once. 0; -ENOMEM;
 * -ENOENT when the kernel does not know its own symbols. Caller is alone. Sleeps.
 */
int vz_symbols_find(unsigned long around, struct vz_symbol *symbols, unsigned int count);

#endif
