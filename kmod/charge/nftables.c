// SPDX-License-Identifier: GPL-2.0-only
/*
 * Elements that packets put into sets and maps of nftables (add, update, meter). The kernel has
 * memory for them charged to nobody, 64 bytes and more each, as many as the set's owner says, of
 * whose sets there may be any number. What he adds himself is charged to him.
 *
 * A set that packets could change (its kind has an update()) stands in the ledger from when a rule
 * of a VE first uses it: so we know whose it is when a packet comes, in a soft interrupt. With
 * the first element that a packet adds, it counts among the VE's dynamic ones, of which 1024 can
 * be (beancounter.c), and its size is lowered to what is left for one more, which the kernel
 * then sees to: sizes[]. A rule goes on as with a set that is full. The host's sets are no VE's,
 * nor are those that a rule used before our hooks came.
 */
#include <linux/atomic.h>
#include <linux/minmax.h>
#include <linux/preempt.h>
#include <net/netfilter/nf_tables.h>

#include "../hook_direct.h"
#include "../ledger.h"
#include "../ve.h"
#include "charge.h"

struct vz_anchor vz_nftables_anchor = { "nft_register_expr" };

/* A set's size, when there are no more of the VE's with it: 446,464 elements in all. Of those that
 * came as one of the first N never more than N live: when the last of them came, all did. */
static const struct {
	u32 sets, size;
} sizes[] = {
	{ 4, 65536 },		/* a little more than the kernel's own */
	{ 64, 2048 },
	{ 1024, 64 },
};

/* Enters the ledger as the set itself does. */
static void *dynamic(const struct nft_set *set)
{
	return (char *)set + 8;
}

/* (context, set, binding): the network namespace's nftables are locked. */
VZ_HANDLER(vz_nftables_bind)
{
	const struct nft_set *set = arg1;
	struct vz_ve *ve;
	int ret = 0;

	if (!set->ops->update)
		return 0;
	preempt_disable_notrace();
	ve = vz_ve_of_task(current);
	if (ve && !vz_ledger_stands(VZ_INNER_SETS, set) &&
	    vz_ledger_charge(ve, VZ_INNER_SETS, (void *)set))
		ret = -ENOMEM;
	preempt_enable_notrace();
	return ret;
}
VZ_REFUSER_IF(VZ_UNLESS_HOST, vz_nftables_bind, 3);

/* Another CPU may be about the same set: one of both is refused, or charges it anew, to
 * the same effect. */
static noinline bool becomes_dynamic(struct vz_ve *ve, struct nft_set *set)
{
	u32 size = READ_ONCE(set->size) ?: U16_MAX;
	s64 rank;
	int i;

	if (vz_ledger_charge(ve, VZ_INNER_DYNAMIC, dynamic(set)))
		return false;
	rank = atomic64_read(&ve->bc.counter[VZ_INNER_DYNAMIC].held);
	for (i = 0; i < ARRAY_SIZE(sizes) - 1 && rank > sizes[i].sets; i++)
		;
	WRITE_ONCE(set->size, min(size, sizes[i].size));
	return true;
}

/* (set, expression, registers): while the set has no element for the packet. */
VZ_HANDLER(vz_nftables_element)
{
	struct nft_set *set = arg0;
	struct vz_ve *ve;
	bool refused = false;

	if (likely(!READ_ONCE(vz_ledger_bucket(set)->word)))
		return 0;
	preempt_disable_notrace();
	ve = vz_ledger_payer(VZ_INNER_SETS, set);
	if (ve && !vz_ledger_stands(VZ_INNER_DYNAMIC, dynamic(set)))
		refused = !becomes_dynamic(ve, set);
	preempt_enable_notrace();
	return refused ? VZ_REFUSE_NULL : 0;
}
VZ_REFUSER_IF(VZ_UNLESS_EMPTY(rdi), vz_nftables_element, 3);

/* (context, set) */
VZ_HANDLER(vz_nftables_set_free)
{
	vz_ledger_uncharge_fixed(VZ_INNER_DYNAMIC, dynamic(arg1));
	vz_ledger_uncharge_fixed(VZ_INNER_SETS, arg1);
	return 0;
}
VZ_OBSERVER_IF(VZ_UNLESS_EMPTY(rsi), vz_nftables_set_free, 2);
