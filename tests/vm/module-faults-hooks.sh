#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: whatever allocation fails while all is hooked, nothing stays hooked, and the next VE has all of it
# on: debug
# timeout: 400
# allow: vzlite: (out of memory:|cannot hook)
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/module.sh"
. "$(dirname "$0")/faults.sh"

# "resource enforcer" lines and views, all that a VE has. What is in buffers of sockets nobody
# has looked at yet, perhaps.
has() {
	awk '!/buf / { print $1, $NF }' "/proc/vzlite/$1/beancounters"
	vznl views
}

# The first VE has all or is not there, and then nothing is hooked.
judge_first() {
	if [[ $1 -eq 0 ]]; then
		diff <(echo "$all") <(has 91) >&2 && judge_new 0
	else
		! there 91
	fi && retry 60 not hooked
}

first() {
	vznl new 91 "$(dir 91)" $NUMFILE=20:20 $NUMPROC=10:10
}

# Several at once: what helps when something failed can fail, too.
many_fail() {
	local round bad='' failed=0 status
	for round in $(seq 5); do
		echo 10 >"${faults[0]}/probability"
		status=0
		first 2>/dev/null || status=$?
		echo 0 >"${faults[0]}/probability"
		[[ $status -eq 0 ]] || failed=$((failed + 1))
		judge_first $status || bad+=" $round($status)"
	done
	eq "$1, $failed of 5 without much of the memory, what went wrong:" "$bad" ""
	check "some failed" [ $failed -gt 0 ]
	check "and then one with all that there is" first
	eq "which has it all" "$(has 91)" "$all"
	judge_first 0 || not_ok "and goes"
}

prepare
mountpoint -q /sys/kernel/tracing || mount -t tracefs tracefs /sys/kernel/tracing
for way in direct=1 direct=0; do
	check "the module loads with $way" modprobe vzlite $way
	ve_new 90
	all=$(has 90)
	eq "the module enforces as many as ever" "$(grep -c ' module$' <<<"$all")" 8
	vznl del 90
	check "$way: the hooks go" retry 60 not hooked
	mkdir -p "$(dir 91)"
	fail_in vzlite
	# A minute for each.
	command_each "$way: the first VE is made with all it should have or not at all" judge_first 4 \
		vznl new 91 "$(dir 91)" $NUMFILE=20:20 $NUMPROC=10:10
	[[ $way != direct=1 ]] || many_fail "$way"
	fail_all
	module_unload
done
check "the kernel's log is clean" not sh -c "dmesg | grep -E 'WARNING:|BUG:|Oops'"
finish
