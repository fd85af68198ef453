#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: what a VE sees stays possible when its CPUs, limits, disks and neighbours change, and where it shares what is above it
# on: newest
# also: bookworm trixie debug
# smp: 4
# timeout: 500
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/module.sh"
. "$(dirname "$0")/view.sh"

controllers
module_load
all_views_work

# As many CPUs as there are, busy, while nobody looks; then one.
# idle ID: of /proc/stat, in ticks
idle() {
	seen "$1" /proc/stat | awk '$1 == "cpu" { print $5 }'
}
# busy ID: four that want a CPU each, for two seconds
busy() {
	local n
	for n in 1 2 3 4; do
		in_ve "$1" machine spin 2 &
	done
	wait
}
ve_new 41
idle 41 >/dev/null
busy 41
limit 41 cpu.max "100000 100000"
sleep 0.5
before=$(idle 41)
sleep 3
now=$(idle 41)
timely check "a VE that has fewer CPUs than it was busy on is idle when it is ($((now - before)) of 300 ticks)" \
	[ $((now - before)) -gt 200 ]
# And one that has more was not idle on those that it had not.
limit 41 cpu.max "max 100000"
sleep 0.5
up=$SECONDS
before=$(idle 41)
limit 41 cpu.max "100000 100000"
sleep 3
idle 41 >/dev/null
sleep 3
limit 41 cpu.max "max 100000"
sleep 0.5
now=$(idle 41)
check "nor was it on CPUs that it had not ($((now - before)) ticks)" \
	[ $((now - before)) -le $(((SECONDS - up + 1) * 100 + 4 * 100)) ]

# Four that want a CPU each, and share a half.
# told FILE-ROW
told() {
	awk -v row="$1" '$1 == row { print $2 }' "$(dir 42)/cpu.stat"
}
steal() {
	seen 42 /proc/stat | awk '$1 == "cpu" { print $9 }'
}
ve_new 42
limit 42 cpu.max "50000 100000"
sleep 0.5
# Around the two looks, as these are throttled, too.
periods=$(told nr_throttled)
usec=$(told throttled_usec)
before=$(steal)
busy 42
sleep 6
now=$(steal)
periods=$(($(told nr_throttled) - periods))
ticks=$((($(told throttled_usec) - usec) / 10000))
timely check "the kernel adds up over its CPUs: $ticks ticks in $periods periods of 10" [ "$ticks" -gt $((periods * 15)) ]
check "a VE loses no more than it has ($((now - before)) ticks)" [ $((now - before)) -le $((periods * 10 + 10)) ]
timely check "and what it lost is told" [ $((now - before)) -ge $((periods * 3)) ]

# Packages
packages=$(sed -n 's/^physical id.*: //p' /proc/cpuinfo | sort | uniq -c | sort -u | awk '{ print $1 }' | xargs)
eq "the machine has packages of two" "$packages" "2 2"
# figures ID: of each CPU, siblings, cores and package
figures() {
	seen "$1" /proc/cpuinfo | awk -F': ' '/^physical id/ { p = $2 } /^siblings/ { s = $2 }
		/^cpu cores/ { printf "%d/%d of %d, ", s, $2, p }'
}
ve_new 45
ve_new 44
limit 45 cpu.max "200000 100000"
limit 44 cpu.max "200000 100000"
sleep 0.3
eq "of two CPUs in two packages each is alone there" "$(figures 45)" "1/1 of 0, 1/1 of 1, "
eq "two in one package are two" "$(figures 44)" "2/2 of 0, 2/2 of 0, "
limit 44 cpu.max "300000 100000"
sleep 0.3
eq "of three" "$(figures 44)" "2/2 of 0, 2/2 of 0, 1/1 of 1, "

# Below a limit that another shares whose files are in the cache.
mkdir -p /sys/fs/cgroup/above /var/tmp
for controller in memory cpu; do
	echo "+$controller" >/sys/fs/cgroup/above/cgroup.subtree_control
done
mkdir /sys/fs/cgroup/above/ve46 /sys/fs/cgroup/above/other
check "a VE below another directory" vznl new 46 /sys/fs/cgroup/above/ve46
echo 96M >/sys/fs/cgroup/above/memory.max
probe into /sys/fs/cgroup/above/other dd if=/dev/zero of=/var/tmp/big bs=1M count=160 2>/dev/null
sync
probe into /sys/fs/cgroup/above/other cat /var/tmp/big >/dev/null
cached=$(awk '/^(in)?active_file / { n += $2 } END { print int(n / 1024) }' /sys/fs/cgroup/above/other/memory.stat)
check "the other's cache fills it ($cached kB)" [ "$cached" -gt 65536 ]
text=$(probe into /sys/fs/cgroup/above/ve46 cat /proc/meminfo)
check "little is free" [ "$(field MemFree <<<"$text")" -lt 24576 ]
check "but what the other's cache has is available" [ "$(field MemAvailable <<<"$text")" -gt $((cached - 8192)) ]
check "and not more than there is" [ "$(field MemAvailable <<<"$text")" -le "$(field MemTotal <<<"$text")" ]
rm /var/tmp/big

# Without the controller of memory all figures are those of who has it above.
mkdir -p /sys/fs/cgroup/plain/ve47
check "a VE without the controller of memory" vznl new 47 /sys/fs/cgroup/plain/ve47
eq "has no file of it" "$(ls /sys/fs/cgroup/plain/ve47/memory.stat 2>/dev/null)" ""
probe into /sys/fs/cgroup/plain/ve47 machine hold 40 /run/held &
check "one holds memory" retry 60 test -e /run/held
sleep 0.5
near "what it uses is told" "$(probe into /sys/fs/cgroup/plain/ve47 cat /proc/meminfo | field AnonPages)" 43000 6000
rm /run/held
wait

# Less swap than is used, with some of it in the cache.
# On a disk: what a loop device writes to a tmpfs is charged to who has it swapped.
swap=/var/tmp/swap
dd if=/dev/zero of=$swap bs=1M count=200 2>/dev/null
chmod 600 $swap
mkswap $swap >/dev/null
check "the host has swap" swapon $swap
ve_new 48
limit 48 memory.max 48M
in_ve 48 python3 -c '
import mmap, os, time
m = mmap.mmap(-1, 80 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
for i in range(0, len(m), 4096): m[i] = 1
for n in range(2):
    for i in range(0, len(m), 4096): m[i]
open("/run/swapped", "w")
while os.path.exists("/run/swapped"): time.sleep(0.1)' &
check "one has more than its memory" retry 180 test -e /run/swapped
sleep 0.5
row() {
	awk -v row="$1" '$1 == row { print int($2 / 1024) }' "$(dir 48)/memory.stat"
}
swapped() {
	seen 48 /proc/meminfo | awk '$1 == "SwapTotal:" { total = $2 } $1 == "SwapFree:" { free = $2 }
		$1 == "SwapCached:" { cached = $2 } END { print (cached <= total - free ? "possible" : "negative"), total, free, cached }'
}
check "some of what is swapped is in the cache ($(row swapcached) kB)" [ "$(row swapcached)" -gt 100 ]
timely check "which is told" [ "$(seen 48 /proc/meminfo | field SwapCached)" -gt 100 ]
limit 48 memory.swap.max 0
check "a limit below what is used ($(row swapcached) kB)" [ "$(row swapcached)" -gt 0 ]
told=$(swapped)
check "stays below it ($(row swapcached) kB)" [ "$(row swapcached)" -gt 0 ]
eq "leaves no swap that is cached and not used" "$told" "possible 0 0 0"
rm /run/swapped
wait
check "the host's swap is taken away" swapoff $swap
rm $swap

# A disk that goes.
modprobe loop
truncate -s 32M /run/disk
loop=$(losetup -f --show /run/disk)
pgpgin() {
	seen 49 /proc/vmstat | awk '$1 == "pgpgin" { print $2 }'
}
ve_new 49
in_ve 49 dd if="$loop" of=/dev/null bs=1M count=16 iflag=direct 2>/dev/null
sleep 0.3
before=$(pgpgin)
check "what was read from a disk is told ($before kB)" [ "$before" -ge 16384 ]
losetup -d "$loop"
gone() {
	python3 -c '
import fcntl, sys
fcntl.ioctl(open("/dev/loop-control"), 0x4C81, int(sys.argv[1]))' "${loop#/dev/loop}" 2>/dev/null
}
check "the disk goes" retry 10 gone
left() {
	[[ $(awk -F'rbytes=' '/rbytes/ { split($2, n, " "); r += n[1] } END { print r + 0 }' "$(dir 49)/io.stat") -lt 8388608 ]]
}
check "and what was done on it with it" retry 10 left
sleep 0.3
now=$(pgpgin)
check "but not from vmstat ($now kB)" [ "$now" -ge "$before" ]

for id in 41 42 44 45 46 47 48 49; do
	check "VE $id is deleted" retry 5 vznl del $id
done
module_unload
finish
