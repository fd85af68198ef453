#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# smp: 2
# icount: no
# Runs in the test machine. The kernel memory that the module takes for a VE, and for
# an object that it charges, by the pages that are free before and after: so slabs, what
# each CPU has, names in /proc and all else are in it. The ratio is that to what is
# allowed: 4 KB and 0.3 KB for each CPU, 64 bytes.
set -euo pipefail
cd "$(dirname "$0")"
PATH=$PWD:/usr/lib/vzlite/tests/vm:$PATH
ves=400 cycles=3 files=100000

# Pages that only wait for somebody are free, too: those of each CPU's lists, and of
# slabs that are empty.
free_bytes() {
	local slab
	sync
	for _ in 1 2; do
		echo 3 >/proc/sys/vm/drop_caches
		sleep 1
	done
	for slab in /sys/kernel/slab/*/shrink; do
		echo 1 >"$slab"
	done
	awk '$1 == "nr_free_pages" || $1 == "count:" { pages += $2 }
		END { printf "%d\n", pages * 4096 }' /proc/zoneinfo
}

median() {
	sort -n | sed -n $((cycles / 2 + 1))p
}

row() { # METRIC VALUE ALLOWED
	printf '%s\tve\t%s\tbytes\t%s\t1\n' "$1" "$2" \
		"$(awk -v a="$2" -v b="$3" 'BEGIN { printf "%.3f", a / b }')"
}

mkdir /sys/fs/cgroup/plain
for ((i = 1; i <= (cycles + 1) * ves; i++)); do
	mkdir /sys/fs/cgroup/ve$i
done
sleep 5
modprobe vzlite

# The first take what any number of them needs.
for ((cycle = 0; cycle <= cycles; cycle++)); do
	before=$(free_bytes)
	for ((i = cycle * ves + 1; i <= (cycle + 1) * ves; i++)); do
		vznl new $i /sys/fs/cgroup/ve$i
	done
	[[ $cycle -eq 0 ]] || echo $(((before - $(free_bytes)) / ves))
done >/run/ves
row "memory of a VE" "$(median </run/ves)" $((4096 + 307 * $(nproc)))

# hold CGROUP COMMAND...: what it takes in there, all in all
hold() {
	local before dir=/sys/fs/cgroup/$1
	shift
	before=$(free_bytes)
	probe into "$dir" "$@" /run/hold >/dev/null &
	until [[ -e /run/hold ]]; do
		kill -0 $!
		sleep 0.2
	done
	echo $((before - $(free_bytes)))
	rm /run/hold
	wait
}

# compare NUMBER COMMAND...: for each of the NUMBER, in a VE and in none
compare() {
	local number=$1 plain
	shift
	hold plain "$@" >/dev/null
	hold ve1 "$@" >/dev/null
	for ((cycle = 1; cycle <= cycles; cycle++)); do
		plain=$(hold plain "$@")
		echo $((($(hold ve1 "$@") - plain) / number))
	done | median
}

ulimit -n $((files + 100))
row "memory of a charged object" "$(compare $files probe hold $files)" 64
