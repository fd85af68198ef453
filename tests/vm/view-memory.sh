#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: a VE sees its own memory and swap, by whichever file or call, and the host its own
# on: bookworm newest
# also: trixie debug
# timeout: 300
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/module.sh"
. "$(dirname "$0")/view.sh"

controllers
module_load
host_total=$(field MemTotal </proc/meminfo)
host_sysinfo=$(machine sysinfo | cut -d' ' -f1)
swap_on 200
host_swap=$(field SwapTotal </proc/meminfo)
ve_new 41
ve_new 42
all_views_work
limit 41 memory.max 128M
limit 41 memory.swap.max 64M
limit 42 memory.max 96M

eq "MemTotal is memory.max" "$(meminfo 41 MemTotal)" 131072
eq "of another VE its own" "$(meminfo 42 MemTotal)" 98304
# What is unmapped nobody tells of.
ve_new 45
rm -f /run/mapped /run/unmapped
in_ve 45 python3 -c '
import mmap, os, time
m = mmap.mmap(-1, 1 << 29, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
open("/run/mapped", "w")
while os.path.exists("/run/mapped"): time.sleep(0.1)
m.close()
open("/run/unmapped", "w")
while os.path.exists("/run/unmapped"): time.sleep(0.1)' &
retry 30 test -e /run/mapped
check "Committed_AS has what is mapped" test "$(meminfo 45 Committed_AS)" -gt 524288
rm /run/mapped
retry 30 test -e /run/unmapped
committed() {
	[[ $(meminfo 45 Committed_AS) -lt 524288 ]]
}
check "and not what was" retry 5 committed
rm /run/unmapped
wait
check "VE 45 is deleted" retry 5 vznl del 45
eq "and of the host the host's" "$(field MemTotal </proc/meminfo)" "$host_total"
read -r total free swap swapfree procs _ < <(in_ve 41 machine sysinfo)
eq "sysinfo says the same" "$total" 131072
eq "and of the host the host's, too" "$(machine sysinfo | cut -d' ' -f1)" "$host_sysinfo"
if grep -q ' __ia32_compat_sys_sysinfo$' /proc/kallsyms; then
	eq "and to a 32-bit program" "$(in_ve 41 machine sysinfo32)" "134217728 1"
else
	check "this kernel has no 32-bit programs" not machine sysinfo32
fi
near "its free memory is all but what it uses" "$free" 131072 8000
eq "it has one task" "$procs" 1
eq "the kernel's addresses are the machine's" "$(meminfo 41 VmallocTotal)" "$(field VmallocTotal </proc/meminfo)"
eq "sysconf counts the same pages" "$(in_ve 41 machine conf | cut -d' ' -f1)" 131072
eq "SwapTotal is memory.swap.max" "$(meminfo 41 SwapTotal) $swap $swapfree" "65536 65536 65536"
near "without a limit it is the host's" "$(meminfo 42 SwapTotal)" "$host_swap" 64
eq "/proc/swaps says so" "$(seen 41 /proc/swaps | awk '{ print $1, $2, $3, $4, $5 }' | tail -1)" "none virtual 65536 0 0"
eq "and the host's the host's" "$(awk 'NR > 1 { print $1 }' /proc/swaps)" "$loop"
eq "the host's swap is the host's" "$(field SwapTotal </proc/meminfo)" "$host_swap"
eq "a limit that changes is seen at once" \
	"$(limit 41 memory.max 120M; meminfo 41 MemTotal)" 122880
limit 41 memory.max 128M

# Limits above.
mkdir -p /sys/fs/cgroup/above
for controller in memory cpu cpuset; do
	echo "+$controller" >/sys/fs/cgroup/above/cgroup.subtree_control
done
mkdir /sys/fs/cgroup/above/ve43
check "a VE below another directory" vznl new 43 /sys/fs/cgroup/above/ve43
echo 64M >/sys/fs/cgroup/above/memory.max
eq "the smallest limit up to the root counts" \
	"$(probe into /sys/fs/cgroup/above/ve43 cat /proc/meminfo | field MemTotal)" 65536
echo max >/sys/fs/cgroup/above/memory.max
eq "without one it is the host's memory" \
	"$(probe into /sys/fs/cgroup/above/ve43 cat /proc/meminfo | field MemTotal)" "$host_total"

# What is used.
in_ve 41 machine hold 40 /run/held &
retry 10 test -e /run/held
sleep 0.5
text=$(seen 41 /proc/meminfo)
value() {
	field "$1" <<<"$text"
}
near "40 MB that are used are not free" "$(value MemFree)" $((131072 - 40960)) 10000
near "they are anonymous" "$(value AnonPages)" 40960 6000
near "of the other VE they are not" "$(meminfo 42 AnonPages)" 0 2000
near "memory.current tells the same" $(((131072 - $(value MemFree)) * 1024)) \
	"$(cat "$(dir 41)/memory.current")" 4000000
in_ve 41 machine file 20 /run/filled
sleep 0.5
text=$(seen 41 /proc/meminfo)
near "a file of 20 MB in a tmpfs is shmem" "$(value Shmem)" 20480 1000
check "and so it is cached" [ "$(value Cached)" -ge 20480 ]
sum=0
for name in MemFree Buffers Cached SReclaimable AnonPages SUnreclaim KernelStack PageTables; do
	sum=$((sum + $(value $name)))
done
check "the parts are not more than the whole ($sum)" [ $sum -le "$(value MemTotal)" ]
check "MemAvailable lies between MemFree and MemTotal" [ "$(value MemFree)" -le "$(value MemAvailable)" -a \
	"$(value MemAvailable)" -le "$(value MemTotal)" ]
eq "every row has its unit" "$(grep -vE '^[A-Za-z_()]+: +[0-9]+( kB)?$' <<<"$text")" ""
eq "no row stands twice" "$(cut -d: -f1 <<<"$text" | sort | uniq -d)" ""
rm /run/held /run/filled
wait
eq "busybox free shows the VE" "$(in_ve 41 busybox free -k 2>/dev/null | awk '$1 == "Mem:" { print $2 }')" 131072

# A tenant's own namespaces.
eq "so does a proc that a nested container mounts" \
	"$(in_ve 41 unshare -Urpmf --mount-proc cat /proc/meminfo | field MemTotal)" 131072

# Switched off.
check "views are on" [ "$(vznl views 41)" = on ]
check "they can be switched off" vznl views 41 off
eq "then the VE sees the host" "$(meminfo 41 MemTotal) $(in_ve 41 machine sysinfo | cut -d' ' -f1)" \
	"$host_total $host_sysinfo"
eq "the other VE does not" "$(meminfo 42 MemTotal)" 98304
eq "and the feature is shown" "$(vznl views 41) $(vznl views 42)" "off on"
check "and on again" vznl views 41 on
eq "it sees itself" "$(meminfo 41 MemTotal)" 131072

for id in 41 42 43; do
	check "VE $id is deleted" vznl del $id
done
swapoff "$loop"
module_unload
eq "the host's file is as before" "$(field MemTotal </proc/meminfo)" "$host_total"

# The other way to hook.
check "the module loads with direct=0" modprobe vzlite direct=0
check "a VE is made" vznl new 41 "$(dir 41)"
all_views_work
eq "it sees its memory, too" "$(meminfo 41 MemTotal) $(in_ve 41 machine sysinfo | cut -d' ' -f1)" \
	"131072 131072"
eq "and the host its own" "$(field MemTotal </proc/meminfo)" "$host_total"
check "VE 41 is deleted" vznl del 41
module_unload
finish
