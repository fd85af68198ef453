#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: views stay whole and the VE's own while VEs, limits and the module come and go
# on: newest
# also: bookworm trixie debug
# smp: 2
# timeout: 600
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/module.sh"
. "$(dirname "$0")/view.sh"

# What each file begins with when it is the VE's.
files=(
	"/proc/meminfo|MemTotal:         131072 kB"
	"/proc/stat|cpu  "
	"/proc/cpuinfo|processor	: 0"
	"/proc/loadavg|"
	"/proc/uptime|"
	"/proc/vmstat|nr_free_pages "
	"/proc/swaps|Filename"
	"/sys/devices/system/cpu/online|$((41 % $(nproc)))"$'\n'
)
[[ ! -e /proc/pressure/cpu ]] || files+=("/proc/pressure/cpu|some avg10=" "/proc/pressure/io|some avg10=")

readers() {
	local line n=0
	for line in "${files[@]}"; do
		n=$((n + 1))
		in_ve 41 machine watch "$1" "${line%%|*}" "${line#*|}" >/run/reader$n 2>&1 &
	done
}

results() {
	cat /run/reader* | sort -u
}

controllers
mkdir -p "$(dir 41)" "$(dir 42)"
limit 41 memory.max 128M
limit 41 cpu.max "100000 100000"
for way in direct=1 direct=0; do
	check "the module loads with $way" modprobe vzlite $way
	ve_new 41
	sleep 0.3
	readers 5
	end=$((SECONDS + 4))
	while [[ $SECONDS -lt $end ]]; do
		limit 41 cpu.max "50000 100000"
		limit 41 memory.swap.max $((RANDOM * 4096))
		vznl new 42 "$(dir 42)"
		in_ve 42 cat /proc/meminfo /proc/stat >/dev/null
		vznl views 42 off
		in_ve 42 cat /proc/meminfo /proc/stat >/dev/null
		limit 41 cpu.max "100000 100000"
		vznl del 42
	done
	wait
	eq "$way: each text was whole and the VE's" "$(results)" good
	rm /run/reader*
	check "VE 41 is deleted" retry 5 vznl del 41
	unloads
done

# Readers that are killed, and readers that go on as the module comes and goes.
lost=0
for round in 1 2 3; do
	in_ve 42 machine watch 30 /proc/meminfo MemTotal: >/run/reader42 &
	in_ve 42 machine watch 30 /proc/stat "cpu  " >/run/reader43 &
	modprobe vzlite direct=$((round % 2)) || lost=1
	vznl new 42 "$(dir 42)" || lost=1
	vznl new 41 "$(dir 41)" || lost=1
	readers 30
	sleep 1
	pkill -9 -x machine
	wait
	for id in 41 42; do
		retry 30 vznl del $id || lost=1
	done
	retry 10 modprobe -r vzlite || lost=1
done 2>/run/errors
eq "3 rounds of load, read, kill, unload" "$lost" 0
rm -f /run/reader*

# A call that waits for memory of the tenant's.
module_load
ve_new 41
machine stall "$(dir 41)" /run/stalled >/run/stall &
retry 10 test -e /run/stalled || not_ok "the call waits"
while read -r pid; do
	echo "$pid" >/sys/fs/cgroup/cgroup.procs
done <"$(dir 41)/cgroup.procs"
check "a call that is held up does not keep its VE" retry 5 vznl del 41
check "nor the hooks" retry 60 not hooked
ve_new 42
check "nor others" [ "$(meminfo 42 MemTotal)" -gt 0 ]
check "VE 42 is deleted" vznl del 42
# The VE's own hold on the module goes a moment after it.
retry 40 modprobe -r vzlite &
check "nor the module" retry 40 not grep -q '^vzlite ' /proc/modules
check "though the call is held up still" [ ! -s /run/stall ]
rm /run/stalled
wait
eq "what it then gets is what the VE's machine was" "$(cat /run/stall)" "0 131072"
finish
