#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: a VE's load average is that of its own tasks, by the kernel's formula
# on: bookworm newest
# also: trixie debug
# smp: 2
# timeout: 500
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/module.sh"
. "$(dirname "$0")/view.sh"

# load ID: of one minute, in hundredths
load() {
	seen "$1" /proc/loadavg | awk '{ print int($1 * 100 + 0.5) }'
}

controllers
module_load
ve_new 41
ve_new 42
ve_new 43
ve_new 44
eq "a VE's load begins at 0" "$(load 41)" 0
mkdir "$(dir 41)/below"
start=${EPOCHREALTIME/./}
# Two on one CPU are two.
in_ve 41 probe on 0 machine spin 35 &
probe into "$(dir 41)/below" probe on 0 unshare -Urpf machine spin 35 &
in_ve 43 machine vfork 35 &
in_ve 44 sleep 35 &
# After 22 s two tasks are 0.56. One would be 0.28, all that run here (two, and the one that
# vfork() holds) 0.83, and two at once, or by the formula of five minutes, 2.00 and 0.13.
sleep 22
timely near "two run, and who asks" "$(seen 41 /proc/loadavg | cut -d' ' -f4 | cut -d/ -f1)" 3 1
# so_far TASKS: in hundredths, by the formula; the last of the samples is up to 5 s old. A slow
# machine looks later than it should. Who asks counts, too, when a sample meets him: 8 more.
so_far() {
	awk -v n="$1" -v t=$(((${EPOCHREALTIME/./} - start) / 1000)) 'BEGIN { print int(100 * n * (1 - exp(-(t / 1000 - 2.5) / 60))) }'
}
timely near "two tasks that run for 22 s, one of them in a nested container" "$(load 41)" "$(so_far 2)" 19
timely near "one that sleeps uninterruptibly" "$(load 43)" "$(so_far 1)" 11
timely near "one that just sleeps" "$(load 44)" 0 9
timely near "nothing" "$(load 42)" 0 9
timely near "sysinfo says the same" "$(in_ve 41 machine sysinfo | cut -d' ' -f6)" "$(so_far 2)" 19
timely near "busybox uptime, too" \
	"$(in_ve 41 busybox uptime | sed 's/.*average: //' | awk -F'[, ]+' '{ print int($1 * 100 + 0.5) }')" "$(so_far 2)" 19
timely check "the others of the three averages are lower" \
	sh -c "$(seen 41 /proc/loadavg | awk '{ print "[", int($1 * 100), "-gt", int($2 * 100), "-a", int($2 * 100), "-gt", int($3 * 100), "]" }')"
wait
high=$(load 41)
sleep 20
# Then it falls as the kernel's does: e^(-20/60) = 0.717, with a sample more or less; by the
# formula of five minutes it were 0.936, and 0 at once.
timely near "the load falls when they are gone" "$(load 41)" $((high * 717 / 1000)) $((high / 12 + 2))
for id in 41 42 43 44; do
	check "VE $id is deleted" retry 5 vznl del $id
done
module_unload
finish
