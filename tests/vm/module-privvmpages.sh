#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: privvmpages is exact and enforced, however memory is taken and given back
# smp: 2
# timeout: 500
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/module.sh"
. "$(dirname "$0")/memory.sh"
PRIVVM=2
BARRIER=2000
counts $PRIVVM 'Data|Stk'

module_load
ve_new 41 $PRIVVM=$BARRIER:$BARRIER
ve_new 42
eq "the module enforces privvmpages" \
	"$(awk '$1 == "privvmpages" { print $NF }' /proc/vzlite/41/beancounters)" module
base=$(tenant 42 none 0)
base=${base##* }

# One program in its VE takes what is left, to the last step of 16 pages.
for kind in mmap noreserve brk protect limited limitlocked mremap fixed dontunmap fork; do
	bounds 41 $BARRIER
	hold 41 $kind 100000
	now=$(held 41) proc=$(in_proc 41)
	let_go
	eq "$kind stops with ENOMEM" "$error" ENOMEM
	eq "$kind: held is what /proc says" "$now" "$proc"
	if [[ $kind != fork ]]; then
		check "$kind: nothing is left over ($count times, held $now)" full "$now" $BARRIER
	fi
	eq "$kind: one refusal" "$(refusals 41)" 1
	check "$kind: all is given back" settled 41 $PRIVVM
done
eq "held never passed the barrier" "$(counter 41 $PRIVVM | cut -d' ' -f1,3,4)" \
	"0 $BARRIER $BARRIER"
check "nor maxheld" test "$(counter 41 $PRIVVM | cut -d' ' -f2)" -le $BARRIER

bounds 41 $BARRIER
hold 41 thread 100000
eq "threads: held is what /proc says" "$(held 41)" "$(in_proc 41)"
let_go
eq "threads stop with what pthread_create makes of it" "$error" EAGAIN
settled 41 $PRIVVM

# What cannot react may go from the barrier to the limit.
bounds 41 1000 1400
hold 41 mmap+stack 100000
now=$(held 41)
let_go
eq "a stack stops with a signal" "$error ${more% *}" "ENOMEM ${more%% *} SIGSEGV"
check "at the limit, not the barrier (held $now)" full "$now" 1400
eq "two refusals" "$(refusals 41)" 2
settled 41 $PRIVVM
bounds 41 1000
eq "a full process can execute another program" \
	"$(tenant 41 mmap+exec 100000 | cut -d' ' -f1,2)" "0 none"
bounds 41 1000
read -r _ error ran more < <(tenant 41 mmap+vfork 500)
eq "and vfork" "$error $ran $more" "ENOMEM 500 none ${more#none }"
eq "one refusal" "$(refusals 41)" 1

# What takes nothing is not refused where nothing is left.
bounds 41 $((base + 20))
for kind in again replace rwx shared read; do
	read -r count error more < <(tenant 41 $kind 2000)
	eq "$kind is not refused" "$count $error" "2000 none"
done
eq "no refusal" "$(refusals 41)" 0
# Nor while a probe at the return of the function that is asked hides who asks.
mountpoint -q /sys/kernel/tracing || mount -t tracefs t /sys/kernel/tracing
events=/sys/kernel/tracing/kprobe_events
check "a probe" sh -c "echo 'r:vz may_expand_vm' >$events && echo 1 >${events%/*}/events/kprobes/vz/enable"
for kind in replace rwx; do
	read -r count error more < <(tenant 41 $kind 200)
	eq "$kind is not refused beside it" "$count $error" "200 none"
done
eq "nor a refusal counted" "$(refusals 41)" 0
check "which is hit" sh -c "grep -q 'vz: (.* <- may_expand_vm)' ${events%/*}/trace"
echo 0 >${events%/*}/events/kprobes/vz/enable && echo >$events

# Room that one process gives back is another's.
bounds 41 $BARRIER
room_passes 41 mmap 90

hold 41 mmap 100000
eq "the host and the other VE notice nothing" \
	"$(tenant 42 mmap 2000 | cut -d' ' -f1,2) $(setsid -w memory mmap 2000 | cut -d' ' -f1,2)" \
	"2000 none 2000 none"
killed 41

# A fork that fails after it was charged.
[[ $(cat /sys/fs/cgroup/cgroup.controllers) != *pids* ]] ||
	echo +pids >/sys/fs/cgroup/cgroup.subtree_control
echo 1 >"$(dir 41)/pids.max"
hold 41 fork 100000
eq "a fork that fails later is given back" "$(held 41)" "$(in_proc 41)"
let_go
eq "it was not ours" "$count $error" "0 EAGAIN"
echo max >"$(dir 41)/pids.max"

# A process takes its charge along.
hold 41 mmap 50
# Nor does a barrier keep it out.
charge_moves 41 42 100
let_go
check "and gives it back" settled 41 $PRIVVM

# What was there before its VE.
mkdir -p "$(dir 43)"
setsid -w probe into "$(dir 43)" memory mmap+thread 20 /run/taken >/dev/null &
retry 30 test -e /run/taken
ve_new 43
eq "a VE counts what its cgroup held before" "$(held 43)" "$(in_proc 43)"
rm /run/taken
wait
check "and lets it go" settled 43 $PRIVVM

# All at once, at the limit. They come as one, for who joins is never refused.
barrier=$((base * 9 + 600))
bounds 41 $barrier
in_ve 41 remap 12 8 &
over=0
end=$((SECONDS + 10))
while [[ $SECONDS -lt $end ]]; do
	read -r now most _ < <(counter 41 $PRIVVM)
	[[ $now -le $barrier && $most -le $barrier ]] || over="$now $most"
done
wait
eq "under load held never passes the barrier, nor maxheld" "$over" 0
check "some were refused" test "$(refusals 41)" -gt 0
check "after it nothing is held" settled 41 $PRIVVM
bounds 41 $BARRIER
hold 41 mmap 100000
check "and the barrier is where it was" full "$(held 41)" $BARRIER
let_go

# What was let go counts for nobody, also while the process is copied by a fork. Not so while
# khugepaged holds its lock.
huge=/sys/kernel/mm/transparent_hugepage/enabled
[[ ! -e $huge ]] || echo never >$huge
bounds 41 1000000
rm -f /run/bound /run/sizes
in_ve 41 python3 -c '
import mmap, os, time
PRIVATE = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
state = mmap.mmap(-1, 4096)
def size():
    return sum(int(l.split()[1]) for l in open("/proc/self/status") if l.startswith(("VmData", "VmStk"))) // 4
def wait(turn, end):
    while state[0] != turn and time.monotonic() < end: time.sleep(0)
    return state[0] == turn
copied = os.fork()
if not copied:
    large = mmap.mmap(-1, 60 << 20, PRIVATE)
    for at in range(0, 60 << 20, 4096): large[at] = 1
    open("/run/sizes", "a").write("%d\n" % size())
    while wait(1, time.monotonic() + 90):
        mmap.mmap(-1, 200 << 20, PRIVATE).close()
        state[0] = 2
        if not (child := os.fork()): os._exit(0)
        os.waitpid(child, 0)
        state[0] = 3
    os._exit(0)
open("/run/sizes", "a").write("%d\n" % size())
while not os.path.exists("/run/bound"): time.sleep(0.1)
refused = tries = rounds = 0
end = time.monotonic() + 60
while rounds < 12 and time.monotonic() < end:
    taken = []
    state[0] = 1
    while state[0] == 1 and time.monotonic() < end: time.sleep(0)
    # Somewhere in its fork.
    time.sleep(rounds / 2000)
    while state[0] == 2 and len(taken) < 500:
        tries += 1
        try: taken.append(mmap.mmap(-1, 100 << 10 if taken else 8 << 20, PRIVATE))
        except OSError: refused += 1
    for each in taken: each.close()
    wait(3, end)
    rounds += 1
os.kill(copied, 9)
print(tries > 100 or f"{rounds}/{tries}", refused)' >/run/copied &
sized() {
	[[ $(grep -c . /run/sizes) -eq 2 ]]
}
check "two processes" retry 60 sized
# Room for all that they have, 200 MiB and 4.
bounds 41 $(($(awk '{ n += $1 } END { print n }' /run/sizes) + 204 * 256))
touch /run/bound
wait
read -r enough refused </run/copied
eq "both have had their turns" "$enough" True
eq "nothing is refused beside one that is copied" "$refused" 0

for id in 41 42 43; do
	settled $id $PRIVVM
	check "VE $id is deleted" vznl del $id
done
check "no zombie is left" retry 5 not grep -q zombie /proc/vzlite/ve
module_unload

check "the module loads without direct calls" modprobe vzlite direct=0
ve_new 41 $PRIVVM=$BARRIER:$BARRIER
for kind in mmap brk protect limited mremap fork; do
	bounds 41 $BARRIER
	read -r count error more < <(tenant 41 $kind 100000)
	eq "redirected, $kind is refused once" "$error $(refusals 41)" "ENOMEM 1"
	settled 41 $PRIVVM
done
vznl del 41
module_unload
check "the kernel's log is clean" not sh -c "dmesg | grep -E 'WARNING|BUG|Oops'"
finish
