#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: a VE's removed cgroups cannot take the ids of memory cgroups that all the host shares
# on: newest
# also: bookworm trixie debug
# smp: 1
# timeout: 420
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/ve.sh"
here=$(cd "$(dirname "$0")" && pwd)
give_program() { # VE
	vzlite exec "$1" -- sh -c 'cat >/removed && chmod 755 /removed' <"$here/removed"
}
removed() {
	vzlite exec 101 -- /removed "$@"
}
groups() { # cgroups of the host, with those that are removed and not freed
	awk '/^nr_(dying_)?descendants / { n += $2 } END { print n }' /sys/fs/cgroup/cgroup.stat
}
# NUMBER LEAST MOST: some are the VE's besides, and some are given back late.
between() {
	[[ $1 =~ ^[0-9]+$ && $1 -ge $2 && $1 -le $3 ]]
}

fallocate -l 64M /swap
chmod 600 /swap
mkswap -q /swap
check "the host has swap" swapon /swap
check "the module loads" modprobe vzlite
eq "nothing lacks: vzlite version says no more than two lines" "$(vzlite version | wc -l)" 2
first=$(groups)
status 0 "create" vzlite create 101 --ostemplate busybox --ram 128M
status 0 "start" vzlite start 101
give_program 101

eq "a VE may have pages in swap" "$(removed fill 600)" $((600 * 4096))
before=$(groups)
eq "and remove cgroups that the page cache keeps" "$(removed cache 1700)" "1700 none"
echo "# of which the host keeps $(($(groups) - before))"
eq "and switch the controller" "$(removed switch 1)" "1 none"
before=$(groups)
read -r made error <<<"$(removed swap 3000)"
eq "what keeps its id by swap is bounded" "$error" ENOSPC
check "at 1500 ($made)" between "$made" 1400 1688
check "so are the host's ($before, then $(groups))" between $(($(groups) - before)) 1400 1710
eq "none is made by the controller's switch either" "$(removed switch 1)" "0 ENOSPC"
check "the host makes others" mkdir /sys/fs/cgroup/host
status 0 "and starts VEs" vzlite create 102 --ostemplate busybox
status 0 "with memory cgroups of their own" vzlite start 102
give_program 102
eq "as many as they like" "$(vzlite exec 102 -- /removed idle 200)" "200 none"
read -r made error <<<"$(vzlite exec 102 -- /removed switch 3000)"
eq "a VE is bounded where no cgroup shows what has its id" "$error" ENOSPC
check "by the controller's switch alone at 1500 ($made)" between "$made" 1400 1688

vzlite exec 101 -- sh -c 'rm /dev/shm/removed.*'
eq "when they are gone from swap there is room again" "$(removed burst 900)" "900 none"
read -r made error <<<"$(removed swap 3000)"
eq "those that lived count, too" "$error" ENOSPC
check "so that there are 1500 in all ($made)" between "$made" 500 788
status 0 "stop" vzlite stop 101
# The page cache lets go of what is written; each processor keeps up to 64 free places of the swap.
given_back() {
	sync -f /var/lib/vzlite/private
	echo 3 >/proc/sys/vm/drop_caches
	between "$(groups)" 1 $((first + 100))
}
check "all are the host's again" retry 30 given_back
status 0 "start" vzlite start 101
eq "and the VE begins anew" "$(removed fill 600; removed idle 10 | tail -n 1)" "$((600 * 4096))
10 none"
for id in 101 102; do
	status 0 "stop" vzlite stop $id
	status 0 "destroy" vzlite destroy $id
done
rmdir /sys/fs/cgroup/host
unloads
finish
