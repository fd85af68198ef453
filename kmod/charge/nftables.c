// SPDX-License-Identifier: GPL-2.0-only
/*
 * Elements that packets put into sets and maps of nftables (add, update, meter). The kernel has
 * memory for them charged to nobody, 64 bytes and more each, as many as the set's owner says, of
 * whose sets there may be any number. What he adds himself is charged to him.
 *
 * A set that packets could change (its kind has an update()) stands in the ledger from when a rule
 * of a VE first uses it: so we know whose it is when a packet comes, in a soft interrupt. With
 * the first element that a packet adds, it counts among the VE's dynamic ones, of which 1024 can
 * be (beancounter.c), and is of a class, classes[]; a packet adds none when it has as many elements
 * as that says. A rule then goes on as with a set that is full. Its own size stays its owner's:
 * by netlink he can pass it, and change it.
 *
 * An element may have two counters, each with a place for every CPU of the machine: with many
 * CPUs there are fewer elements. Without bound are the host's sets (those in its own network, also
 * by a container that was given that, and whose rules stay), and those that a rule used
 * before our hooks came; and what elements and rules with "ct count" keep of connections, where
 * the host has loaded nft_connlimit.
 *
 * Tables that go with the netlink socket of their owner: the kernel waits, for each eight, until no
 * CPU uses them any more, and he does not end before: minutes, for as many as he likes. Those that
 * outlive him (firewalld's) he may have, where the kernel knows these (from 6.9 on); EOPNOTSUPP, as
 * of a kernel that knows no owner.
 */
#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/preempt.h>
#include <net/netfilter/nf_tables.h>
#include <net/netlink.h>

#include "../hook_direct.h"
#include "../ledger.h"
#include "../ve.h"
#include "charge.h"

#define VZ_TABLE_F_PERSIST 0x4	/* NFT_TABLE_F_PERSIST, which 6.1 has no name for, and refuses */

struct vz_anchor vz_nftables_anchor = { "nft_register_expr" };

/* How many elements, and of how many sets: 446,464 in all. Of those that were among N when they
 * came never more than N live: when the last of them came, all did. */
static const struct {
	u32 sets, elements;
} classes[] = {
	{ 4, 65536 },		/* what sets have by themselves */
	{ 64, 2048 },
	{ 1024, 64 },
};

/* By what a dynamic set of a class is in the ledger, where the set itself is, too. */
static void *as_class(const struct nft_set *set, int class)
{
	return (char *)set + 8 * (class + 1);
}

static int class_of(const struct nft_set *set)
{
	int class;

	for (class = 0; class < ARRAY_SIZE(classes); class++) {
		if (vz_ledger_stands(VZ_INNER_DYNAMIC, as_class(set, class)))
			return class;
	}
	return -1;
}

/* (skb, info, attributes) */
VZ_HANDLER(vz_nftables_table)
{
	const struct nfnl_info *info = arg1;
	const struct nlattr *const *attributes = arg2;
	const struct nlattr *flags = attributes[NFTA_TABLE_FLAGS];
	bool in_ve;

	if (!flags || net_eq(info->net, &init_net) ||
	    (ntohl(nla_get_be32(flags)) & (NFT_TABLE_F_OWNER | VZ_TABLE_F_PERSIST)) != NFT_TABLE_F_OWNER)
		return 0;
	preempt_disable_notrace();
	in_ve = vz_ve_of_task(current);
	preempt_enable_notrace();
	return in_ve ? -EOPNOTSUPP : 0;
}
VZ_REFUSER_IF(VZ_UNLESS_HOST, vz_nftables_table, 3);

/* (context, set, binding): the network namespace's nftables are locked. */
VZ_HANDLER(vz_nftables_bind)
{
	const struct nft_ctx *context = arg0;
	const struct nft_set *set = arg1;
	struct vz_ve *ve;
	int ret = 0;

	if (!set->ops->update || net_eq(context->net, &init_net))
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

/* By force, since that is not done twice. When several CPUs are about the same set it may come to
 * be of two classes, of which the better counts; or as many more sets as there are CPUs. */
static noinline int make_dynamic(struct vz_ve *ve, const struct nft_set *set)
{
	s64 held = atomic64_read(&ve->bc.counter[VZ_INNER_DYNAMIC].held);
	int class;

	for (class = 0; class < ARRAY_SIZE(classes) && held >= classes[class].sets; class++)
		;
	if (class < ARRAY_SIZE(classes))
		vz_ledger_adopt(ve, VZ_INNER_DYNAMIC, as_class(set, class));
	return class_of(set);
}

/* No packet adds to @set, of @ve, any more. */
static bool is_full(struct vz_ve *ve, const struct nft_set *set)
{
	int class = class_of(set);

	/* One that was let go. */
	if (READ_ONCE(ve->bc.counter[VZ_INNER_DYNAMIC].barrier) == VZLITE_UNLIMITED)
		return false;
	if (class < 0)
		class = make_dynamic(ve, set);
	return class < 0 || atomic_read(&set->nelems) >=
	       classes[class].elements / (1 + num_possible_cpus() / 32);
}

/* (set, expression, registers): while the set has no element for the packet. */
VZ_HANDLER(vz_nftables_element)
{
	const struct nft_set *set = arg0;
	struct vz_ve *ve;
	bool full;

	if (likely(!READ_ONCE(vz_ledger_bucket(set)->word)))
		return 0;
	preempt_disable_notrace();
	ve = vz_ledger_payer(VZ_INNER_SETS, set);
	full = ve && is_full(ve, set);
	preempt_enable_notrace();
	return full ? VZ_REFUSE_NULL : 0;
}
VZ_REFUSER_IF(VZ_UNLESS_EMPTY(rdi), vz_nftables_element, 3);

/* (context, set) */
VZ_HANDLER(vz_nftables_set_free)
{
	int class;

	for (class = 0; class < ARRAY_SIZE(classes); class++)
		vz_ledger_uncharge_fixed(VZ_INNER_DYNAMIC, as_class(arg1, class));
	vz_ledger_uncharge_fixed(VZ_INNER_SETS, arg1);
	return 0;
}
VZ_OBSERVER_IF(VZ_UNLESS_EMPTY(rsi), vz_nftables_set_free, 2);
