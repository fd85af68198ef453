#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: a VE's links, their queues and threads of the kernel, and traffic control have bounds; the host's have none
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
