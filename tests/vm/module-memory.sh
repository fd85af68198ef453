#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: what the VE's cgroup counts of memory is what the beancounters show, with its limits
# on: bookworm newest
# also: trixie debug
# timeout: 400
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/module.sh"
KMEMSIZE=0 PHYSPAGES=6 DCACHESIZE=18

# row ID RESOURCE COLUMN: held maxheld barrier limit failcnt enforcer are 1 to 6
row() {
	awk -v name="$2" -v column="$3" '$1 == name { print $(column + 1) }' "/proc/vzlite/$1/beancounters"
}

# of ID FILE [KEY]: the cgroup's own figure
of() {
	if [[ ${3-} ]]; then
		awk -v key="$3" '$1 == key { print $2 }' "$(dir "$1")/$2"
	else
		cat "$(dir "$1")/$2"
	fi
}

pages_of() {
	local value
	value=$(of "$@")
	[[ $value == max ]] && echo 9223372036854775807 || echo $((value / 4096))
}

# same ID RESOURCE COLUMN FUNCTION...: until both say the same: a sample may be a
# second old, and the kernel sums its own counters every two
same() {
	local id=$1 resource=$2 column=$3 end=$((SECONDS + 15)) got want
	shift 3
	until got=$(row "$id" "$resource" "$column") want=$("$@") && [[ $got == "$want" ]]; do
		if [[ $SECONDS -ge $end ]]; then
			not_ok "$resource of VE $id, column $column, is what its cgroup says" "got:  $got" "want: $want"
			return
		fi
		sleep 0.3
	done
	ok "$resource of VE $id, column $column, is what its cgroup says ($got)"
}

oomguar_of() {
	local total=0 key
	for key in inactive_anon active_anon unevictable; do
		total=$((total + $(of "$1" memory.stat "$key")))
	done
	echo $(((total + $(of "$1" memory.swap.current)) / 4096))
}

compare() {
	same "$1" physpages 1 pages_of "$1" memory.current
	same "$1" physpages 2 pages_of "$1" memory.peak
	same "$1" physpages 4 pages_of "$1" memory.max
	same "$1" physpages 5 of "$1" memory.events oom
	same "$1" swappages 1 pages_of "$1" memory.swap.current
	same "$1" swappages 4 pages_of "$1" memory.swap.max
	same "$1" swappages 5 of "$1" memory.swap.events max
	same "$1" kmemsize 1 of "$1" memory.stat kernel
	same "$1" dcachesize 1 of "$1" memory.stat slab_reclaimable
	same "$1" oomguarpages 1 oomguar_of "$1"
	same "$1" oomguarpages 5 of "$1" memory.events oom_kill
}

echo +memory >/sys/fs/cgroup/cgroup.subtree_control
module_load
ve_new 21
ve_new 22
eq "the cgroup enforces" "$(row 21 physpages 6) $(row 21 swappages 6) $(row 21 kmemsize 6)" \
	"cgroup cgroup cgroup"
compare 21

# Something is there
in_ve 21 hog anon 5000 /run/hog >/dev/null &
check "a VE takes memory" retry 20 test -e /run/hog
compare 21
check "5000 pages are in it" test "$(row 21 physpages 1)" -ge 5000
# The kernel adds up what a CPU has counted of the last 64 pages each two seconds.
check "and of them as oomguarpages" retry 10 eval '[[ $(row 21 oomguarpages 1) -ge 5000 ]]'
check "the other VE has none of it" test "$(row 22 physpages 1)" -lt 1000
rm /run/hog
wait
same 21 physpages 1 pages_of 21 memory.current
check "maxheld stays" test "$(row 21 physpages 2)" -ge 5000 -a "$(row 21 oomguarpages 2)" -ge 5000
in_ve 21 sh -c 'i=0; while [ $i -lt 2000 ]; do : >/run/many.$i; i=$((i + 1)); done'
compare 21
check "names take of dcachesize" test "$(row 21 dcachesize 1)" -ge 350000
rm -f /run/many.*

# Bounds as the cgroup has them, whoever has set them
echo 32M >"$(dir 21)/memory.max"
eq "the limit is memory.max" "$(row 21 physpages 3) $(row 21 physpages 4)" "8192 8192"
eq "of kernel memory, too, in bytes" "$(row 21 kmemsize 3) $(row 21 dcachesize 4)" "33554432 33554432"
echo 16M >"$(dir 21)/memory.high"
eq "the barrier is memory.high" "$(row 21 physpages 3) $(row 21 physpages 4)" "4096 8192"
echo max >"$(dir 21)/memory.high"
echo 4M >"$(dir 21)/memory.low"
echo 2M >"$(dir 21)/memory.min"
eq "guarantees are memory.low and memory.min" "$(row 21 vmguarpages 3) $(row 21 oomguarpages 3)" "1024 512"
vznl set 21 $PHYSPAGES=7:7
eq "what only the module was told is not shown as a limit" "$(row 21 physpages 4)" 8192

# At the limit: room is made, or it fails
dir=$(mktemp -d /root/memory.XXXXXX)
in_ve 21 dd if=/dev/zero of="$dir/big" bs=1M count=100 status=none
check "files of more than the limit pass through it" test "$(of 21 memory.events max)" -gt 0
eq "which is no failure" "$(row 21 physpages 5)" 0
in_ve 21 hog anon 20000 /run/never 2>/dev/null
eq "a program that wants more is killed" "$?" 137
check "which is one" test "$(row 21 physpages 5)" -ge 1
eq "and one of oomguarpages" "$(row 21 oomguarpages 5)" 1
eq "not of the other VE" "$(row 22 physpages 5) $(row 22 oomguarpages 5)" "0 0"
compare 21
eq "maxheld was never above the limit" "$(($(row 21 physpages 2) <= 8192))" 1

# Without the controller segments are all that is known of shared memory
mkdir -p "$(dir 25)/plain"
check "a VE without it" vznl new 25 "$(dir 25)/plain"
probe into "$(dir 25)/plain" unshare -ipf sh -c '
	for pages in 2048 2560 3072 3584; do
		id=$(ipcmk -M $((pages * 4096)) | sed "s/.*: //"); : >/run/segment
		while [ -e /run/segment ]; do sleep 0.1; done
		ipcrm -m $id; : >/run/gone
		while [ -e /run/gone ]; do sleep 0.1; done
	done; exec sleep 1000' &
# What was seen once is in maxheld, also between two samples: of four one would be.
for pages in 2048 2560 3072 3584; do
	check "a segment" retry 10 test -e /run/segment
	check "is counted" retry 15 eval '[[ $(row 25 shmpages 1) -eq $pages ]]'
	rm /run/segment
	check "it goes" retry 10 test -e /run/gone
	check "which is seen" retry 15 eval '[[ $(row 25 shmpages 1) -eq 0 ]]'
	eq "maxheld stays" "$(row 25 shmpages 2)" $pages
	rm /run/gone
done
echo 1 >"$(dir 25)/plain/cgroup.kill"
wait
check "the VE is deleted" retry 10 vznl del 25

# Swap
dd if=/dev/zero of="$dir/swap" bs=1M count=64 status=none
chmod 600 "$dir/swap"
mkswap "$dir/swap" >/dev/null
check "there is swap" swapon "$dir/swap"
echo 48M >"$(dir 21)/memory.swap.max"
in_ve 21 hog anon 10000 /run/hog >/dev/null &
check "a program larger than memory lives by swap" retry 60 test -e /run/hog
check "which is counted" test "$(row 21 swappages 1)" -ge 1000
eq "and bounded" "$(row 21 swappages 4)" 12288
compare 21
check "it counts as oomguarpages" test "$(row 21 oomguarpages 1)" -ge 9000
rm /run/hog
wait
echo 4M >"$(dir 21)/memory.swap.max"
# Reclaim that sees in time that swap is full does not ask, so nothing is refused.
for _ in 1 2 3 4 5; do
	in_ve 21 hog anon 20000 /run/never 2>/dev/null
	died=$?
	[[ $(row 21 swappages 5) -eq 0 ]] || break
done
eq "a program larger than both is killed" $died 137
eq "what swap refused is its failcnt" "$(row 21 swappages 5)" \
	"$(awk '$1 == "max" { print $2 }' "$(dir 21)/memory.swap.events")"
check "maxheld of swap stays" test "$(row 21 swappages 2)" -ge 1000
compare 21
swapoff "$dir/swap"
rm -r "$dir"

# The same in every place
eq "netlink says the same" "$(vznl counter 21 $KMEMSIZE | cut -d' ' -f3-)" "33554432 33554432 0"
eq "so does /proc/user_beancounters" \
	"$(awk '$1 == "21:" { block = 1 } block && $1 == "physpages" { print $4, $5; exit }' /proc/user_beancounters)" \
	"8192 8192"
eq "and what the VE itself sees of it" \
	"$(in_ve 21 awk '$1 == "physpages" { print $4, $5 }' /proc/user_beancounters)" "8192 8192"
check "a sample of a VE that nobody asks for says how old it is" \
	retry 30 sh -c "[ \$(vznl ages | awk '\$1 == 22 && \$2 == $DCACHESIZE { print \$3 }') -ge 1000 ]"
age() {
	vznl ages | awk -v resource=$DCACHESIZE '$1 == 22 && $2 == resource { print $3 }'
}
young() {
	[[ $(age) -lt 4000 ]]
}
old() {
	[[ $(age) -ge 7000 ]]
}
check "it grows old" retry 15 old
check "and is renewed" retry 15 young

# No controller, no counter
mkdir -p /sys/fs/cgroup/plain/ve23
check "a VE without the memory controller is made" vznl new 23 /sys/fs/cgroup/plain/ve23
eq "nobody enforces its memory" "$(row 23 physpages 6) $(row 23 kmemsize 6) $(row 23 swappages 6)" "none none none"
eq "and nothing is shown as held" "$(row 23 physpages 1) $(row 23 kmemsize 1) $(row 23 oomguarpages 1)" "0 0 0"
echo +memory >/sys/fs/cgroup/plain/cgroup.subtree_control
eq "with the controller it is" "$(row 23 physpages 6)" cgroup
check "sampled, too" retry 15 sh -c "grep -q '^kmemsize .* cgroup' /proc/vzlite/23/beancounters"
echo -memory >/sys/fs/cgroup/plain/cgroup.subtree_control
gone() {
	[[ "$(row 23 physpages 6) $(row 23 kmemsize 6) $(row 23 oomguarpages 6)" == "none none none" ]]
}
check "and is not when it is taken away, which the kernel does a moment later" retry 10 gone
check "it is deleted" vznl del 23
rmdir /sys/fs/cgroup/plain/ve23 /sys/fs/cgroup/plain

# VEs that go while they are read
touch /run/reading
for _ in 1 2; do
	while [[ -e /run/reading ]]; do
		cat /proc/vzlite/24/beancounters /proc/user_beancounters >/dev/null 2>&1
		vznl ages >/dev/null 2>&1
	done &
done
rounds=0
for i in {1..40}; do
	mkdir -p "$(dir 24)"
	vznl new 24 "$(dir 24)" && vznl del 24 && rmdir "$(dir 24)" && rounds=$((rounds + 1))
done
rm /run/reading
wait
eq "VEs come and go under readers" $rounds 40

vznl del 21
vznl del 22
module_unload
finish
