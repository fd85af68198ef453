#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: a VE's links, their queues and threads of the kernel, and traffic control have bounds; the host's have none
# on: trixie
# also: bookworm newest
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/ve.sh"
here=$(cd "$(dirname "$0")" && pwd)
links() {
	vzlite exec 101 -- /links "$@"
}

check "the module loads" modprobe vzlite
status 0 "create" vzlite create 101 --ostemplate busybox --ram 256M
status 0 "start" vzlite start 101
modprobe veth
vzlite exec 101 -- sh -c 'cat >/links && chmod 755 /links' <"$here/links"
eq "nothing lacks" "$(vzlite version | grep -i -e missing -e links -e queues -e threads)" ""

# Queues
eq "four queues for what goes out are a VE's" "$(links link 4 1000)" "0 none"
eq "of a length" "$(links length one 10000) $(links length one 10001)" "0 none 0 EPERM"
vzlite exec 101 -- ip link del one
eq "more or longer ones are not" "$(links link 5 1000) $(links link 4 10001)" "0 EPERM 0 EPERM"
eq "the host has them" "$("$here/links" link 8 30000) $("$here/links" length one 20000)" "0 none 0 none"
ip link del one

# Traffic control
links make 1 >/dev/null
eq "fq_codel has the flows that it has by itself" \
	"$(links qdisc a0 fq_codel 1024) $(links qdisc b0 fq_codel 1025) $(links qdisc b0 fq_codel 1 1025)" "0 none 0 EPERM 0 EPERM"
modprobe -a sch_tbf sch_htb sch_fq
eq "none keeps packets back" "$(links qdisc b0 tbf) $(links qdisc b0 htb) $(links qdisc b0 fq)" "0 EPERM 0 EPERM 0 EPERM"
vzlite exec 101 -- ip link del a0
"$here/links" make 1 >/dev/null
eq "the host's may" "$("$here/links" qdisc a0 fq_codel 65536) $("$here/links" qdisc b0 tbf)" "0 none 0 EINVAL"
ip link del a0

# How many. A network comes with one.
links link 4 1000 >/dev/null
eq "2048 links are a VE's" "$(links make 1100)" "1023 ENOBUFS"
eq "2048 queues of them" "$(links qdiscs fq_codel 1023) $(links qdisc one mq)" "2046 none 0 ENOMEM"
eq "nor another network" "$(vzlite exec 101 -- unshare -n true 2>&1 | sed 's/.*: //')" "No buffer space available"
"$here/links" make 1 >/dev/null
eq "the host has more" "$("$here/links" qdisc a0 fq_codel)" "0 none"
ip link del a0
vzlite exec 101 -- sh -c 'ip link del a0; ip link del a1'
eq "when some are gone there is room again" "$(links qdisc one mq) $(vzlite exec 101 -- unshare -n /links make 5)" "0 none 1 ENOBUFS"
vzlite exec 101 -- sh -c 'for n in $(seq 2 110); do ip link del a$n; done'
eq "of both" "$(vzlite exec 101 -- unshare -n sh -c '/links make 100; /links qdiscs pfifo_fast 100')" "100 none
200 none"

# Addresses of all links, and groups of one
vzlite exec 101 -- sh -c 'cat >/addresses && chmod 755 /addresses' <"$here/addresses"
links make 1 >/dev/null
addresses() {
	vzlite exec 101 -- sh -c 'ulimit -n 4096; exec /addresses "$@"' sh "$@"
}
# When the networks have ended that were made before, it is the VE's only one.
all4() {
	vzlite exec 101 -- ip -4 addr flush dev a0
	[[ $(addresses 4 a0 3000) == *ENOBUFS && $(vzlite exec 101 -- ip -4 -o addr | wc -l) -eq 2048 ]]
}
check "2048 addresses of IPv4 are a VE's" retry 60 all4
vzlite exec 101 -- ip addr del 10.0.0.7/32 dev a0
eq "when one is gone there is room again" "$(vzlite exec 101 -- ip addr add 10.9.9.9/32 dev a0 && echo yes)" yes
eq "on others only one more of each" "$(addresses 4 b0 10)" "1 ENOBUFS"
eq "another network has its share" "$(vzlite exec 101 -- unshare -n sh -c 'ip link set lo up; exec /addresses 4 lo 2000')" "1023 ENOBUFS"
groups() { # KIND LEAST MOST: some are the link's own
	local made error
	read -r made error <<<"$(addresses "$1" b0 6000)"
	echo "$made $error"
	[[ $error == ENOBUFS && $made -ge $2 && $made -le $3 ]]
}
# Of one that is up each change would be told to all its neighbours.
check "and takes part in 4096 groups of IPv4" groups groups4 4000 4096
check "and of IPv6" groups groups6 4000 4096
vzlite exec 101 -- ip addr add fd02::ffff:1/64 dev b0
check "and has as many anycast addresses" groups anycast6 4000 4096
vzlite exec 101 -- sh -c 'ip link set a0 up; ip link set b0 up'
six() { # LINK: addresses of IPv6 that it has
	vzlite exec 101 -- grep -c " $1\$" /proc/net/if_inet6
}
own() {
	[[ $(six a0) -eq 1 && $(six b0) -eq 2 ]]
}
check "a link comes to have one of IPv6" retry 20 own
temporary() { # N RETRIES: have the kernel make temporary ones, too
	vzlite exec 101 -- sh -c 'cd /proc/sys/net/ipv6/conf/b0; echo 2 >use_tempaddr; echo 0 >dad_transmits; echo $1 >regen_max_retry' sh "$2"
	addresses temporary6 b0 "$1"
	vzlite exec 101 -- grep -c '[13579bdf] *b0$' /proc/net/if_inet6
}
all() {
	vzlite exec 101 -- cat /proc/net/if_inet6 | wc -l
}
eq "2048 of IPv6 are a VE's" "$(addresses 6 a0 3000 | cut -d' ' -f2) $(all)" "ENOBUFS 2048"
vzlite exec 101 -- ip addr del fd00:1::7/128 dev a0
eq "when one is gone there is room again" "$(addresses temporary6 a0 2)" "1 ENOBUFS"
eq "another network has its share" "$(vzlite exec 101 -- unshare -n sh -c 'ip link set lo up; exec /addresses 6 lo 2000')" "1023 ENOBUFS"
before=$SECONDS
vzlite exec 101 -- ip addr del fd00:1::8/128 dev a0
vzlite exec 101 -- sh -c 'cd /proc/sys/net/ipv6/conf/b0; until [ -e /over ]; do echo 2000000000 >regen_max_retry; done' &
eq "none comes that is temporary" "$(temporary 1 2000000000)" "1 none
0"
vzlite exec 101 -- touch /over
wait $!
timely check "nor is it tried for ever" [ $((SECONDS - before)) -lt 30 ]
eq "the kernel makes no more of them" "$(vzlite exec 101 -- cat /proc/sys/net/ipv6/conf/b0/use_tempaddr)" -1
vzlite exec 101 -- sh -c 'ip addr del fd03::1/64 dev b0; ip addr del fd00:1::9/128 dev a0'
eq "until there is room" "$(temporary 1 3) $(all)" "1 none
1 2048"
vzlite exec 101 -- ip link del a0
ip link add c0 type veth peer name c1
ip link set c0 up
eq "the host has more" "$("$here/addresses" 4 c0 2100) $("$here/addresses" 6 c0 2100) $(ulimit -n 4096; "$here/addresses" groups4 c0 4200; "$here/addresses" groups6 c0 4200)" \
	"2100 none 2100 none 4200 none
4200 none"
ip link del c0

# Threads of the kernel
kernel_threads() { # PATTERN
	ps -e -o comm= | grep -c "$1"
}
vzlite exec 101 -- sh -c 'mkdir /own && mount -t sysfs own /own'
eq "a VE's link polls without threads of the kernel's" "$(links threads 1 4 /own) $(kernel_threads ^napi/)" "0 EPERM 0"
eq "the host's may" "$("$here/links" threads 1 32 /sys) $(kernel_threads ^napi/)" "1 none 32"
ip link del a0
vzlite exec 101 -- ip link del a0
eq "nor has one of more than four queues" "$(links threads 1 5 /own) $(vzlite exec 101 -- ip -o link | grep -c ' a0@')" "0 EPERM 0"
ip link add q0 numrxqueues 8 numtxqueues 8 type veth peer name q1 numrxqueues 8 numtxqueues 8
ip link set q0 netns "$(cut -d' ' -f1 /run/vzlite/101.state)"
eq "four it may use, also of those that it was given" \
	"$(links queues q0 2) $(links queues q0 4) $(links queues q0 5)" "0 none 0 none 0 EPERM"
eq "the host may use all of its own" "$("$here/links" queues q1 2) $("$here/links" queues q1 8)" "0 none 0 none"
ip link del q1
check "the host has bonds" modprobe bonding max_bonds=0
bonds() {
	vzlite exec 101 -- sh -c 'n=0; while ip link add type bond 2>/dev/null; do n=$((n + 1)); [ $n -lt 300 ] || break; done; echo $n'
}
before_bonds=$(kernel_threads bond)
eq "it has so many work queues of its own" "$(bonds) $(($(kernel_threads bond) - before_bonds))" "192 192"
vzlite exec 101 -- sh -c 'ip link del bond0; ip link del bond1'
eq "and others when some are gone" "$(bonds)" 2
eq "the host has one when it likes" "$(ip link add bond9 type bond && ip link del bond9 && echo yes)" yes
vzlite exec 101 -- sh -c 'for n in $(seq 0 191); do ip link del bond$n; done'
eq "and they are gone with their links" "$(kernel_threads bond)" "$before_bonds"


status 0 "stop" vzlite stop 101 --fast
nothing_left 101
check "nothing is held for it" retry 30 eval '[[ $(grep -c . /proc/vzlite/ve) -le 1 ]]'
status 0 "destroy" vzlite destroy 101
unloads
finish
