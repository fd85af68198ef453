#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: lockedpages is exact and enforced, however memory is locked and let go
# smp: 2
# timeout: 400
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/module.sh"
. "$(dirname "$0")/memory.sh"
LOCKED=1
BARRIER=1000
counts $LOCKED Lck

module_load
ve_new 51 $LOCKED=$BARRIER:$BARRIER
ve_new 52
eq "the module enforces lockedpages" \
	"$(awk '$1 == "lockedpages" { print $NF }' /proc/vzlite/51/beancounters)" module

while read -r kind want; do
	# The debug kernel has no calls of 32 bits.
	[[ $kind != lockall32 ]] || grep -qw __ia32_sys_mlockall /proc/kallsyms || continue
	bounds 51 $BARRIER
	hold 51 "$kind" 100000
	now=$(held 51) proc=$(in_proc 51)
	let_go
	eq "$kind stops with $want" "$error" "$want"
	eq "$kind: held is what /proc says" "$now" "$proc"
	check "$kind: nothing is left over ($count times, held $now)" full "$now" $BARRIER
	eq "$kind: one refusal" "$(refusals 51)" 1
	check "$kind: all is given back" settled 51 $LOCKED
done <<-END
	mlock ENOMEM
	mlock2 ENOMEM
	maplocked EAGAIN
	lockshared EAGAIN
	lockfuture EAGAIN
	lockbrk ENOMEM
	lockmremap ENOMEM
	lockall ENOMEM
	lockall32 ENOMEM
END
check "held and maxheld never passed the barrier" \
	test "$(counter 51 $LOCKED | cut -d' ' -f2)" -le $BARRIER

# What is charged beforehand for several mappings is not given back at the first of them.
both=0 torn=0
bounds 51 640
rm -f /run/stop
in_ve 51 python3 -c '
import ctypes, mmap, os
m = mmap.mmap(-1, 400 * 4096)
at = ctypes.c_void_p(ctypes.addressof(ctypes.c_char.from_buffer(m)))
libc = ctypes.CDLL(None)
while not os.path.exists("/run/stop"):
    libc.mlock(at, ctypes.c_size_t(400 * 4096))
    libc.munlock(at, ctypes.c_size_t(400 * 4096))' &
read -r both none torn < <(in_ve 51 python3 -c '
import ctypes, mmap, time
libc = ctypes.CDLL(None)
m = mmap.mmap(-1, 600 * 4096)
start = ctypes.addressof(ctypes.c_char.from_buffer(m))
# Two mappings: the kernel joins none of different rights.
libc.mprotect(ctypes.c_void_p(start), ctypes.c_size_t(300 * 4096), 1)
at, size = ctypes.c_void_p(start), ctypes.c_size_t(600 * 4096)
def locked():
    return next(int(l.split()[1]) // 4 for l in open("/proc/self/status") if l.startswith("VmLck"))
both = none = torn = 0
end = time.monotonic() + 5
while time.monotonic() < end:
    done = libc.mlock(at, size) == 0
    n = locked()
    both += done and n == 600
    none += not done and n == 0
    torn += n != (600 if done else 0)
    libc.munlock(at, size)
print(both, none, torn)')
touch /run/stop
wait
check "beside another both are locked or none: $both and $none times" test "$both" -gt 0 -a "$none" -gt 0
eq "never a part" "$torn" 0
settled 51 $LOCKED

bounds 51 20
eq "what is locked already is not refused" "$(tenant 51 relock 2000 | cut -d' ' -f1,2)" "2000 none"
eq "no refusal" "$(refusals 51)" 0
bounds 51 $BARRIER
hold 51 mlock+fork 3
eq "a child locks nothing" "$(held 51) $(in_proc 51)" "48 48"
let_go
settled 51 $LOCKED

# What the kernel does not lock is not charged: 300 pages that may be dropped (6.11 and later; libc
# has some for getrandom()), and huge ones.
cat >/run/never.py <<-'END'
	import ctypes, sys
	libc = ctypes.CDLL(None)
	libc.mmap.restype = ctypes.c_void_p
	def new(size, kind, flags):
	    at = libc.mmap(None, ctypes.c_size_t(size), 3, kind | 0x20 | flags, -1, ctypes.c_long(0))
	    return at if at != 2 ** 64 - 1 else None
	droppable = new(300 * 4096, 8, 0)
	huge = new(2 << 20, 2, 0x40000)
	all = libc.mlockall(1)
	locked = next(int(l.split()[1]) // 4 for l in open("/proc/self/status") if l.startswith("VmLck"))
	libc.munlockall()
	print(locked if sys.argv[1:] else "", all, bool(huge), bool(new(2 << 20, 2, 0x42000)), bool(droppable))
END
echo 4 >/proc/sys/vm/nr_hugepages
bounds 51 100000
locked=$(in_ve 51 python3 /run/never.py count | cut -d' ' -f1)
check "mlockall locks $locked pages" test "$locked" -gt 500
bounds 51 $((locked + 100))
want=True
[[ $(uname -r) != 6.1.* ]] || want=False
eq "and has room for no more than a hundred to spare" "$(in_ve 51 python3 /run/never.py)" " 0 True True $want"
eq "no refusal" "$(refusals 51)" 0
echo 0 >/proc/sys/vm/nr_hugepages
settled 51 $LOCKED

# Who unlocks is not heard: what is asked for is counted anew, alone, too.
rm -f /run/unlocked
in_ve 51 python3 -c '
import ctypes, mmap, os, time
m = mmap.mmap(-1, 65536)
at = ctypes.c_void_p(ctypes.addressof(ctypes.c_char.from_buffer(m)))
libc = ctypes.CDLL(None)
libc.mlock(at, ctypes.c_size_t(65536)) or open("/run/locked", "w")
while not os.path.exists("/run/go"): time.sleep(0.1)
libc.munlock(at, ctypes.c_size_t(65536))
open("/run/unlocked", "w")
time.sleep(100)' &
retry 30 test -e /run/locked
eq "locked" "$(counter 51 $LOCKED | cut -d' ' -f1)" 16
touch /run/go
retry 30 test -e /run/unlocked
eq "and no more, when nothing else is asked for" "$(vznl counter 51 $LOCKED alone | cut -d' ' -f1)" 0
pkill -KILL python3
settled 51 $LOCKED

bounds 51 $BARRIER
room_passes 51 mlock 40

hold 51 mlock 100000
eq "the host and the other VE notice nothing" \
	"$(tenant 52 mlock 100 | cut -d' ' -f1,2) $(setsid -w memory mlock 100 | cut -d' ' -f1,2)" \
	"100 none 100 none"
charge_moves 51 52 20
killed 51

# What a mapping's flags are, and not where.
want=sealed
[[ $(uname -r) != 6.1.* ]] || want=none
eq "sealed mappings are locked, and grow, on the host and in a VE" \
	"$(setsid -w seal 2>&1) $(in_ve 52 seal 2>&1)" "$want $want"

for id in 51 52; do
	settled $id $LOCKED
	check "VE $id is deleted" vznl del $id
done
check "no zombie is left" retry 5 not grep -q zombie /proc/vzlite/ve
module_unload
check "the kernel's log is clean" not sh -c "dmesg | grep -E 'WARNING|BUG|Oops'"
finish
