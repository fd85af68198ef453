#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: whatever allocation fails, commands and charges fail cleanly: no limit is lost, nothing leaks
# on: debug
# timeout: 400
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/module.sh"
NUMPROC=5
TCP=9
FLOCK=10
PTY=11
OTHER=17
NUMFILE=19
faults=(/sys/kernel/debug/fail{slab,_page_alloc,_usercopy})

fault_set() { # NAME VALUE
	local dir
	for dir in "${faults[@]}"; do
		[[ ! -e $dir/$1 ]] || echo "$2" >"$dir/$1"
	done
}

# range require|reject [START END]
range() {
	fault_set "$1-start" "${2:-0}"
	fault_set "$1-end" "${3:-$([[ $1 == require ]] && echo 0xffffffffffffffff || echo 0)}"
}

# Where the kernel's function starts, and where the next does; for "vzlite" the module.
function_range() {
	sort /proc/kallsyms | awk -v name="$1" '
		name == "vzlite" && $4 == "[vzlite]" && $2 ~ /^[tT]$/ { found = found ? found : $1; last = $1 }
		name == "vzlite" { next }
		found && $1 != found { last = $1; exit }
		!found && $3 == name && $2 ~ /^[tT]$/ { found = $1 }
		END { print "0x" found, "0x" last }'
}

# Of what fails: all, only what is called from FUNCTION, or all but that.
fail_all() {
	range require
	range reject
}

fail_in() {
	# shellcheck disable=SC2046
	range require $(function_range "$1")
}

fail_not_in() {
	# shellcheck disable=SC2046
	range reject $(function_range "$1")
}

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

# command_each TEXT JUDGE STEP COMMAND...: with each STEPth of its allocations failing; JUDGE
# is told how the command ended, and looks at what it did.
command_each() {
	local text=$1 judge=$2 step=$3 n=1 hit status bad='' count=0
	shift 3
	while :; do
		read -r hit status < <(faults nth $n "$@" 2>/dev/null | tail -n 1)
		[[ $hit == hit ]] || break
		count=$((count + 1))
		$judge "$status" || bad+=" $n($status)"
		n=$((n + step))
	done
	[[ $status == 0 ]] || bad+=" the last($status)"
	$judge "$status" || bad+=" after the last"
	eq "$text: $count times, what went wrong:" "$bad" ""
	[[ $count -gt 0 ]] || not_ok "$text: something failed"
}

there() {
	vznl list | grep -qx "$1"
}

# A command that failed has done nothing; one that did not has done all.
judge_new() {
	if [[ $1 -ne 0 ]]; then
		! there 91
		return
	fi
	# Also with the limits it asked for.
	[[ $(in_ve 91 probe opens 100) == "19 ENFILE" ]] &&
		[[ $(in_ve 91 probe forks 100) == "9 EAGAIN" ]] && settled 91 $NUMFILE &&
		settled 91 $NUMPROC && vznl del 91
}

judge_first() {
	judge_new "$1" && retry 30 not hooked
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

check "the kernel can let allocations fail" test -w "${faults[0]}/probability"
fault_set verbose 0
fault_set times -1
fault_set ignore-gfp-wait N
fault_set ignore-gfp-highmem N
fault_set min-order 0

# Loading. Only what the module itself asks for, not what the kernel needs to load it.
# (Without memory for a cache the kernel writes a trace into the log.)
fail_in do_one_initcall
fail_not_in __kmem_cache_create_args
each "loading" faults each load "$(modinfo -n vzlite)"
check "it is not half loaded" not grep -q vzlite /proc/modules
fail_all
module_load
fail_in vzlite

# The commands, while the hooks are there for another VE.
ve_new 90
mkdir -p "$(dir 91)"
command_each "a VE is made with its limits or not at all" judge_new 1 \
	vznl new 91 "$(dir 91)" $NUMFILE=20:20 $NUMPROC=10:10
check "VE 91 is made" vznl new 91 "$(dir 91)" $NUMFILE=20:20
vznl set 91 $FLOCK=10:20
command_each "limits are set or stay" judge_set 1 vznl set 91 $FLOCK=30:40
command_each "counters are read" judge_get 1 vznl counter 91 $NUMFILE
command_each "VEs are listed" judge_get 1 vznl list
command_each "a VE is deleted or stays" judge_del 1 vznl del 91
vznl del 91

# Reading
fail_all
for file in user_beancounters vzlite/ve vzlite/90/beancounters vzlite/version; do
	each "reading /proc/$file" faults each read /proc/$file
done
each "reading it in the VE" in_ve 90 faults each read /proc/user_beancounters

# Events: what cannot be told is told later.
vznl set 90 $NUMPROC=10:10
vznl events 9 8 >/run/events 2>&1 &
events=$!
retry 5 grep -q listening /run/events
fail_in vzlite
echo 100 >"${faults[0]}/probability"
for _ in 1 2 3 4 5; do
	in_ve 90 probe forks 20 >/dev/null
done
sleep 2
eq "without memory no event is sent" "$(grep -c '^90 ' /run/events)" 0
echo 0 >"${faults[0]}/probability"
wait $events
eq "but none is lost" "$(awk '$1 == 90 { hits += $5 } END { print hits }' /run/events)" 5
vznl set 90 $NUMPROC=9223372036854775807:9223372036854775807
settled 90 $NUMPROC

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
	# See "Hazard" in kmod/ledger.h.
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
eq "nor does a task fork" "$error" EAGAIN
mkdir -p "$(dir 93)"
probe into "$(dir 93)" probe crowd 300 /run/crowd &
retry 20 test -e /run/crowd
check "a VE is made of tasks that it cannot all count" vznl new 93 "$(dir 93)"
echo 0 >"${faults[0]}/probability"
held=$(counter 93 $NUMPROC | cut -d' ' -f1)
check "it counts some ($held of $(wc -l <"$(dir 93)/cgroup.threads"))" [ "$held" -gt 0 ]
rm /run/crowd /run/hold
wait
check "and none of them for good" settled 93 $NUMPROC
check "nor of the files" settled 90 $NUMFILE
vznl del 93
fault_set cache-filter N
vznl del 90
check "the hooks go" retry 30 not hooked

# The first VE, for which everything is hooked: hundreds of times alike.
fail_in vzlite
command_each "the first VE is made with its limits or not at all" judge_first 7 \
	vznl new 91 "$(dir 91)" $NUMFILE=20:20 $NUMPROC=10:10
fail_all
module_unload
# And without direct calls.
check "it loads to redirect" modprobe vzlite direct=0
fail_in vzlite
command_each "the same with redirection" judge_first 5 \
	vznl new 91 "$(dir 91)" $NUMFILE=20:20 $NUMPROC=10:10
fail_all
module_unload
check "the kernel's log is clean" not sh -c "dmesg | grep -E 'WARNING:|BUG:|Oops'"
finish
