#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: whatever allocation fails, commands and charges fail cleanly: no limit is lost, nothing leaks
# on: debug
# timeout: 400
# allow: vzlite: (out of memory:|cannot hook)
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/module.sh"
. "$(dirname "$0")/faults.sh"
TCP=9
FLOCK=10
PTY=11
OTHER=17

# cleanly TEXT KIND-OUTPUT STATUS: some failed, each with an error that means it.
cleanly() {
	local endings='(ok|ENOMEM|EFAULT|EAGAIN|ENOBUFS|ENFILE|ENOLCK|ENOSPC|E2BIG)=[0-9]+'
	if [[ $3 -eq 0 && $2 =~ ^[1-9][0-9]*\ failed:(\ $endings)+$ ]]; then
		ok "$1 ($2)"
	else
		not_ok "$1" "status $3, $2"
	fi
}

each() { # TEXT COMMAND...
	local text=$1 output status=0
	shift
	output=$("$@") || status=$?
	cleanly "$text" "$output" $status
}

judge_set() {
	local want="0 0 30 40 0"
	[[ $1 -eq 0 ]] || want="0 0 10 20 0"
	[[ $(counter 91 $FLOCK) == "$want" ]] && vznl set 91 $FLOCK=10:20
}

judge_get() {
	there 91
}

judge_del() {
	if [[ $1 -ne 0 ]]; then
		there 91 && [[ $(in_ve 91 probe opens 100) == "19 ENFILE" ]] && settled 91 $NUMFILE
		return
	fi
	! there 91 && vznl new 91 "$(dir 91)" $NUMFILE=20:20
}

prepare

# Loading. Only what the module itself asks for, not what the kernel needs to load it.
# (Without memory for a cache the kernel writes a trace into the log.)
fail_in do_one_initcall
fail_not_in __kmem_cache_create_args
each "loading" faults each load "$(modinfo -n vzlite)" 5
check "it is not half loaded" not grep -q vzlite /proc/modules
check "want of memory is not taken for what the kernel cannot do" not sh -c "dmesg | grep 'not usable'"
fail_all
module_load
fail_in vzlite

# The commands, while the hooks are there for another VE.
ve_new 90
mkdir -p "$(dir 91)"
command_each "a VE is made with its limits or not at all" judge_new 100 \
	vznl new 91 "$(dir 91)" $NUMFILE=20:20 $NUMPROC=10:10
check "VE 91 is made" vznl new 91 "$(dir 91)" $NUMFILE=20:20
vznl set 91 $FLOCK=10:20
command_each "limits are set or stay" judge_set 100 vznl set 91 $FLOCK=30:40
command_each "counters are read" judge_get 100 vznl counter 91 $NUMFILE
command_each "a VE is deleted or stays" judge_del 100 vznl del 91
vznl del 91

# Reading
fail_all
for file in user_beancounters vzlite/ve vzlite/90/beancounters vzlite/version; do
	each "reading /proc/$file" faults each read /proc/$file
done
# See "Hazard" in kmod/ledger.h.
fail_not_in security_file_alloc
each "reading it in the VE" in_ve 90 faults each read /proc/user_beancounters

# Events: what cannot be told is told later. Who is refused is there before, for without memory
# nothing starts, and the file of the VE's that it opens needs none.
failures() {
	counter 90 $NUMFILE | cut -d' ' -f5
}
told() {
	awk '$1 == 90 { hits += $5 } END { print hits + 0 }' /run/events
}
told_all() {
	[[ $(told) -ge 5 ]]
}
mkfifo /run/go
in_ve 90 bash -c 'exec 3<>/run/go 4>/run/ready; read -r -u 3
	for i in 1 2 3 4 5; do true </dev/null; done; read -r -u 3' 2>/dev/null &
opener=$!
retry 10 test -e /run/ready
vznl events 99 $((100 * patience)) >/run/events 2>&1 &
events=$!
retry 30 grep -q listening /run/events
vznl set 90 $NUMFILE=1:1
fail_in vzlite
echo 100 >"${faults[0]}/probability"
echo >/run/go
sleep $((2 * patience))
eq "without memory no event is sent" "$(grep -c '^90 ' /run/events)" 0
echo 0 >"${faults[0]}/probability"
eq "though there were refusals" "$(failures)" 5
retry 10 told_all
eq "but none is lost" "$(told)" 5
kill $events
echo >/run/go
wait $events $opener
vznl set 90 $NUMFILE=9223372036854775807:9223372036854775807
check "nothing is left of it" settled 90 $NUMFILE

# What is charged: here the kernel fails before or after the module's part.
mkdir -p /run/o && mount -t tmpfs t /run/o && mkdir /run/o/l /run/o/u /run/o/w /run/o/m
head -c 8192 /dev/zero >/run/o/l/file
mount -t overlay o -o lowerdir=/run/o/l,upperdir=/run/o/u,workdir=/run/o/w /run/o/m
mkdir -p "$(dir 92)"
vznl new 92 "$(dir 92)"
for kind in fork exec open pipe epoll memfd tcp udp unix netlink packet pair connect \
	flock posix split pty "map /run/o/m/file" "move $(dir 92)"; do
	fail_all
	case $kind in
	# Without memory for a stack or a line's buffer, too, the kernel writes a trace.
	fork) fail_not_in __vmalloc_node_range_noprof ;;
	pty) fail_in ptmx_open && fail_not_in __vmalloc_node_range_noprof ;;
	*) fail_not_in security_file_alloc ;;
	esac
	# shellcheck disable=SC2086
	each "${kind%% *}" in_ve 90 env VE_DIR="$(dir 90)" faults each $kind
	for counter in $NUMPROC $TCP $FLOCK $PTY $OTHER $NUMFILE; do
		settled 90 $counter && settled 92 $counter ||
			not_ok "$kind leaves nothing charged" "$counter: $(counter 90 $counter), $(counter 92 $counter)"
	done
done
check "VE 92 is deleted" vznl del 92
fail_all

# The ledger's own entries: no more, and no object without one.
echo 1 >/sys/kernel/slab/vzlite_ledger/failslab
fault_set cache-filter Y
echo 100 >"${faults[0]}/probability"
read -r opened error < <(in_ve 90 probe opens 100000)
eq "without memory for an entry a file is not opened" "$error" ENOMEM
check "nor is it counted" settled 90 $NUMFILE
in_ve 90 probe hold "$opened" /run/hold &
retry 30 test -e /run/hold
eq "held is what could be opened" "$(counter 90 $NUMFILE | cut -d' ' -f1)" $((opened + 1))
read -r forked error < <(in_ve 90 probe forks 1000)
eq "nor does a task fork" "$error" ENOMEM
mkdir -p "$(dir 93)"
probe into "$(dir 93)" probe crowd 300 /run/crowd &
retry 20 test -e /run/crowd
check "a VE is made of tasks that are there" vznl new 93 "$(dir 93)"
echo 0 >"${faults[0]}/probability"
eq "for these there is a reserve" "$(counter 93 $NUMPROC | cut -d' ' -f1)" "$(wc -l <"$(dir 93)/cgroup.threads")"
rm /run/crowd /run/hold
wait
check "none is counted for good" settled 93 $NUMPROC
check "nor of the files" settled 90 $NUMFILE
vznl del 93
fault_set cache-filter N
vznl del 90
check "the hooks go" retry 60 not hooked

module_unload
check "the kernel's log is clean" not sh -c "dmesg | grep -E 'WARNING:|BUG:|Oops'"
finish
