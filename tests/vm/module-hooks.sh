#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: both ways to hook refuse alike, beside the kernel's own tracers; ftrace cannot be switched off
# on: bookworm newest
# also: trixie debug
# waits: yes
# timeout: 400
# allow: vzlite: (cannot hook|ftrace )
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/module.sh"
tracing=/sys/kernel/tracing
NUMFILE=19
NUMPROC=5

mode() {
	grep -q -e "direct-->vz_file_alloc_direct" $tracing/enabled_functions &&
		echo direct || echo redirect
}

# Refusals, passing on, moving and uncharging all work.
works() { # text
	ve_new 51 $NUMFILE=50:50 $NUMPROC=20:20
	eq "$1: files" "$(in_ve 51 probe opens 1000)" "49 ENFILE"
	eq "$1: tasks" "$(in_ve 51 probe forks 1000)" "19 EAGAIN"
	eq "$1: the host" "$(probe opens 300) $(probe forks 100)" "300 none 100 none"
	settled 51 $NUMFILE && settled 51 $NUMPROC
	eq "$1: nothing is left" "$(counter 51 $NUMFILE) $(counter 51 $NUMPROC)" \
		"0 50 50 50 1 0 20 20 20 1"
}

without() { # text
	vznl del 51
	check "$1: the hooks go" retry 60 not hooked
}

# 7.3 does without what is switched off.
sysctl -qw kernel.ftrace_enabled=0
if modprobe vzlite 2>/dev/null; then
	modprobe -r vzlite
	ok "who cannot load it with ftrace off is told why"
else
	check "who cannot load it with ftrace off is told why" sh -c 'dmesg | grep -q "is kernel.ftrace_enabled 0?"'
fi
sysctl -qw kernel.ftrace_enabled=1

module_load
# The module would not load if it did not find this one to be divided, nor work if it took
# a function for divided that is not.
check "what gcc divides is tried on a function of the module's" grep -q ' vzlite_probe_target\.part\.0' /proc/kallsyms
works direct
eq "hooks are direct calls" "$(mode)" direct
check "ftrace cannot be switched off" not sysctl -qw kernel.ftrace_enabled=0
together() { # FUNCTION...: in the ops that they share
	local function
	for function in "$@"; do
		grep -q "^$function .*call_row" $tracing/enabled_functions || return 1
	done
}
check "what is seldom called is hooked together" together show_stat ptmx_open free_netdev vprintk_emit
rows() {
	grep -c -e call_row -e "-->vz_" $tracing/enabled_functions
}
all=$(rows)
views=$(vznl views)
without direct

# One that cannot be with the others: all others are there, each by itself.
check "another has a function to himself" modprobe vzlite_rival function=show_stat
works "not together"
check "no two share" not together ptmx_open
eq "only that one is missing" "$(rows)" $((all - 1))
eq "and of the views the one that it is for" "$(vznl views)" "$(sed 's/^stat -$/stat show_stat/' <<<"$views")"
check "the other goes" rmmod vzlite_rival
without "not together"
check "another has the function of one guard of many" modprobe vzlite_rival function=get_fs_type
works "without one guard"
eq "only that one is missing" "$(rows)" $((all - 1))
eq "and is named" "$(vznl views)" "$(sed 's/^host -$/host get_fs_type/' <<<"$views")"
eq "by vzlite version, too" "$(vzlite version | sed -n 's/^guard //p')" \
	"host: not in force, or not all of it: the module cannot hook get_fs_type"
check "the other goes" rmmod vzlite_rival
without "without one guard"
works "together again"
check "what is seldom called is together again" together show_stat ptmx_open free_netdev vprintk_emit
without "together again"

# Switched off before: an error, or (7.3) no effect, but never a limit in vain.
sysctl -qw kernel.ftrace_enabled=0
if vznl new 51 "$(dir 51)" $NUMFILE=50:50 2>/dev/null; then
	eq "with ftrace off limits hold, or there are none" "$(in_ve 51 probe opens 1000)" "49 ENFILE"
	vznl del 51
else
	ok "with ftrace off limits hold, or there are none"
fi
sysctl -qw kernel.ftrace_enabled=1
works "ftrace is on again"

# The hooks go one by one, and nobody waits for all of them: neither who asks, nor a VE.
hooks() {
	grep -c -e "-->vz_" $tracing/enabled_functions
}
fewer() {
	[[ $(hooks) -lt $all ]]
}
since() { # text
	ms=$((($(date +%s%N) - start) / 1000000))
	# The debug kernel takes as long to put a hook there as to take it away.
	timely check "$1: after $ms ms, all of them take $whole" \
		[ $((ms < 1000 ? 0 : patience > 1 ? ms : ms * 4)) -lt "$whole" ]
}
all=$(hooks)
vznl del 51
check "hooks go some time after the VE" retry 60 fewer
start=$(date +%s%N)
check "until none is left" retry 60 not hooked
whole=$((($(date +%s%N) - start) / 1000000))
works "again"
vznl del 51
check "they go again" retry 60 fewer
start=$(date +%s%N)
check "the module answers" vzlite version
since "it does not wait for the hooks"
check "some hooks are left" hooked
start=$(date +%s%N)
ve_new 51 $NUMFILE=50:50 $NUMPROC=20:20
since "nor does a VE"
eq "which has them all" "$(hooks)" "$all"
check "and together those that are" together show_stat ptmx_open free_netdev vprintk_emit
vznl del 51
works "which stay"
without "ftrace is on again"

# The function tracer on the same functions, from before, and from after.
printf '%s\n' security_file_alloc security_file_free security_task_alloc >$tracing/set_ftrace_filter
check "the tracer is on" sh -c "echo function >$tracing/current_tracer"
works "traced from before"
check "the tracer sees the calls" grep -q security_file_alloc $tracing/trace
echo nop >$tracing/current_tracer
eq "without the tracer" "$(in_ve 51 probe opens 1000)" "49 ENFILE"
check "the tracer is on again" sh -c "echo function >$tracing/current_tracer"
eq "traced from after" "$(in_ve 51 probe opens 1000)" "49 ENFILE"
check "and sees the calls" grep -q security_file_alloc $tracing/trace
check "a kprobe" sh -c "echo 'p:vz security_file_alloc' >$tracing/kprobe_events && echo 1 >$tracing/events/kprobes/vz/enable"
eq "and with a kprobe" "$(in_ve 51 probe opens 1000)" "49 ENFILE"
check "which is hit" grep -q 'vz: (security_file_alloc' $tracing/trace
echo 0 >$tracing/events/kprobes/vz/enable && echo >$tracing/kprobe_events
# Both of these have changed where the function returns to when a hook refuses.
check "the graph tracer is on" sh -c "echo function_graph >$tracing/current_tracer"
eq "with the graph tracer" "$(in_ve 51 probe opens 1000)" "49 ENFILE"
check "a probe at its return" sh -c "echo 'r:vz security_file_alloc' >$tracing/kprobe_events && echo 1 >$tracing/events/kprobes/vz/enable"
eq "and with a probe at its return" "$(in_ve 51 probe opens 1000)" "49 ENFILE"
check "which sees the refusal" retry 5 grep -q 'vz: (.* <- security_file_alloc)' $tracing/trace
echo 0 >$tracing/events/kprobes/vz/enable && echo >$tracing/kprobe_events
echo nop >$tracing/current_tracer
echo >$tracing/set_ftrace_filter
settled 51 $NUMFILE
without "after the tracer"
module_unload

check "it loads to redirect" modprobe vzlite direct=0
works redirect
eq "hooks redirect" "$(mode)" redirect
check "ftrace cannot be switched off" not sysctl -qw kernel.ftrace_enabled=0
without redirect
module_unload
check "the kernel's log is clean" not sh -c "dmesg | grep -E 'WARNING:|BUG:|Oops'"
finish
