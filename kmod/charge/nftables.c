// SPDX-License-Identifier: GPL-2.0-only
/*
 * Elements that packets put into sets and maps of nftables (add, update, meter). The kernel has
 * memory for them charged to nobody, 64 bytes and more each, as many as the set's owner says, of
 * whose sets there may be any number. What he adds himself is charged to him.
 *
 * A set that packets can change (its kind has an update()), and that a rule uses, counts, for who
 * makes the first such rule: VZ_INNER_SETS, ENOMEM. It stands in the ledger, which is how we know
 * whose it is when a packet comes, in a soft interrupt. All such sets of a VE have VZ_ELEMENTS;
 * each has an equal share, four those that sets have by themselves, and 1,024 have 256 each.
 * What a set has already stays when shares become smaller. A rule goes on as with a set that is
 * full. The host's sets are no VE's, nor are those that a rule used before our hooks came.
 */
#include <linux/atomic.h>
#include <linux/minmax.h>
#include <linux/preempt.h>
#include <net/netfilter/nf_tables.h>

#include "../hook_direct.h"
#include "../ledger.h"
#include "../ve.h"
#include "charge.h"

#define VZ_ELEMENTS	262144

struct vz_anchor vz_nftables_anchor = { "nft_register_expr" };

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

/* (set, expression, registers): while the set has no element for the packet. */
VZ_HANDLER(vz_nftables_element)
{
	const struct nft_set *set = arg0;
	struct vz_ve *ve;
	bool full = false;
	s64 sets;

	if (likely(!READ_ONCE(vz_ledger_bucket(set)->word)))
		return 0;
	preempt_disable_notrace();
	ve = vz_ledger_payer(VZ_INNER_SETS, set);
	if (ve) {
		sets = max(atomic64_read(&ve->bc.counter[VZ_INNER_SETS].held), 1LL);
		full = atomic_read(&set->nelems) >= VZ_ELEMENTS / sets;
	}
	preempt_enable_notrace();
	return full ? VZ_REFUSE_NULL : 0;
}
VZ_REFUSER_IF(VZ_UNLESS_EMPTY(rdi), vz_nftables_element, 3);

/* (context, set) */
VZ_HANDLER(vz_nftables_set_free)
{
	vz_ledger_uncharge_fixed(VZ_INNER_SETS, arg1);
	return 0;
}
VZ_OBSERVER_IF(VZ_UNLESS_EMPTY(rsi), vz_nftables_set_free, 2);
