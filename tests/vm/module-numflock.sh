#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: numflock is exact and enforced: POSIX, OFD, flock, splits, waiting, inheritance
# timeout: 240
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/module.sh"
FLOCK=10

held() {
	counter "$1" $FLOCK | cut -d' ' -f1
}

# The only one that waits for a lock.
waits() {
	check "one waits" retry 30 grep -q -- '-> POSIX' /proc/locks
}

module_load
ve_new 71 $FLOCK=10:12
ve_new 72

eq "fcntl stops at the barrier with ENOLCK" "$(in_ve 71 objects posix 1000)" "10 ENOLCK"
eq "OFD locks do" "$(in_ve 71 objects ofd 1000)" "10 ENOLCK"
eq "flock does" "$(in_ve 71 objects flock 1000)" "10 ENOLCK"
eq "held 0, three refusals" "$(settled 71 $FLOCK; counter 71 $FLOCK)" "0 10 10 12 3"
# One lock, and one more for each hole; an unlock may go up to the limit.
eq "unlocking holes into a lock stops at the limit" "$(in_ve 71 objects holes 1000)" "11 ENOLCK"
# One lock; each read lock inside makes two more: at 9 there is no room for two.
eq "locks inside a lock stop where their split would not fit" \
	"$(in_ve 71 objects inside 1000)" "4 ENOLCK"
eq "the same lock over and over is one" "$(in_ve 71 objects same 1000)" "1000 none"
# A lock that was there before has parts that count, so it counts as the first of them.
eq "holes in a lock from outside the VE stop at the limit, too" \
	"$(objects "holes:$(dir 71)" 1000)" "11 ENOLCK"
settled 71 $FLOCK
eq "held is 0, six refusals" "$(counter 71 $FLOCK)" "0 12 10 12 6"
in_ve 71 objects posix 10 /run/hold >/dev/null &
check "one stands at the barrier" retry 30 test -e /run/hold
eq "the other VE and the host lock at will beside it" \
	"$(in_ve 72 objects posix 500) $(objects posix 500) $(objects holes 100) $(held 71)" \
	"500 none 500 none 100 none 10"
eq "its own next is refused" "$(in_ve 71 objects posix 5)" "0 ENOLCK"
rm /run/hold
wait
settled 71 $FLOCK && settled 72 $FLOCK
eq "that alone" "$(counter 71 $FLOCK | cut -d' ' -f1,5) $(counter 72 $FLOCK | cut -d' ' -f1,5)" "0 7 0 0"

# What a request does not need it does not take, not even for a moment.
ve_new 73 $FLOCK=5:5
eq "locks up to the limit" "$(in_ve 73 objects posix 5)" "5 none"
settled 73 $FLOCK
eq "no request was refused" "$(counter 73 $FLOCK)" "0 5 5 5 0"
eq "at the limit ends of a lock are unlocked at will" "$(vznl set 73 $FLOCK=1:1; in_ve 73 objects ends 100)" "100 none"
settled 73 $FLOCK
eq "nor was that" "$(counter 73 $FLOCK)" "0 5 1 1 0"
vznl set 73 $FLOCK=4:4
in_ve 73 objects edges 100 /run/hold >/run/edges &
retry 10 test -e /run/hold
eq "a lock between two of the other type is three" "$(held 73) $(grep -c POSIX /proc/locks) $(cat /run/edges)" "3 3 100 none"
rm /run/hold
wait
settled 73 $FLOCK
eq "and none is left" "$(counter 73 $FLOCK)" "0 5 4 4 0"
vznl del 73
ve_new 74
in_ve 74 objects posix 3 >/dev/null
settled 74 $FLOCK
eq "maxheld is what was locked" "$(counter 74 $FLOCK | cut -d' ' -f1,2)" "0 3"
in_ve 74 objects holes 5 >/dev/null
settled 74 $FLOCK
eq "and what was split" "$(counter 74 $FLOCK | cut -d' ' -f1,2)" "0 6"
in_ve 74 objects inside 5 >/dev/null
settled 74 $FLOCK
eq "by a lock inside, too" "$(counter 74 $FLOCK | cut -d' ' -f1,2)" "0 11"
vznl del 74

in_ve 71 objects flock 7 /run/hold >/dev/null &
retry 30 test -e /run/hold
eq "held is what is locked" "$(held 71)" 7
eq "so says /proc/locks" "$(grep -c -E 'FLOCK|POSIX|OFDLCK' /proc/locks)" 7
vznl set 71 $FLOCK=3:3
eq "a limit below held refuses" "$(in_ve 71 objects posix 5)" "0 ENOLCK"
vznl set 71 $FLOCK=10:12
pkill -KILL objects
rm -f /run/hold
wait
check "SIGKILL frees them" settled 71 $FLOCK

# Who waits for a lock holds none.
touch /run/file
objects wait /run/file /run/first &
retry 30 test -e /run/first
in_ve 71 objects wait /run/file /run/second &
waits
eq "who waits holds nothing" "$(held 71)" 0
rm /run/first
retry 30 test -e /run/second
eq "who got it holds one" "$(held 71)" 1
in_ve 71 objects wait /run/file /run/third &
waits
pkill -KILL -n objects
eq "a killed waiter leaves nothing" "$(retry 5 not pgrep -f run/third; held 71)" 1
rm /run/second
wait
check "and at the end none" settled 71 $FLOCK

# One that conflicts is charged for nothing either, nor one that is interrupted.
touch /run/file
objects wait /run/file /run/first &
retry 30 test -e /run/first
eq "what conflicts is refused by the kernel" "$(in_ve 71 objects try /run/file)" "EAGAIN"
eq "and holds nothing" "$(held 71)" 0
rm /run/first
wait

# Inherited by fork, released by the last close.
in_ve 71 sh -c 'exec 9>/run/file2; flock 9; (touch /run/inherited; while [ -e /run/inherited ]; do sleep 0.1; done) & exit 0'
retry 30 test -e /run/inherited
eq "a flock outlives who took it" "$(held 71)" 1
rm /run/inherited
check "and goes with the last close" settled 71 $FLOCK

# So many objects that most share their bucket in the ledger with others.
many=$((12000 / patience))
for n in 1 2; do
	in_ve 72 objects flock $many "/run/many$n" >"/run/made$n" &
done
check "$((2 * many)) files and locks are made" retry 100 sh -c "test -e /run/many1 -a -e /run/many2"
eq "all of them" "$(cat /run/made1 /run/made2)" "$many none
$many none"
eq "and counted" "$(held 72)" $((2 * many))
rm /run/many1 /run/many2
wait
check "none is left" retry 20 sh -c "vznl counter 72 $FLOCK | grep -q '^0 '"
check "nor a file" retry 20 sh -c "vznl counter 72 19 | grep -q '^0 '"

# Many at once, on two CPUs.
for n in 1 2 3 4; do
	in_ve 72 sh -c 'for i in $(seq '$((30 / patience))'); do objects holes 20; objects inside 20; objects same 50; objects flock 10; done' >/dev/null &
done
wait
settled 72 $FLOCK
eq "and nothing is left" "$(held 71) $(held 72)" "0 0"

# Whoever waits for a lock keeps neither the VE nor the module. (It has no file of the VE's.)
objects wait /run/file /run/first &
retry 30 test -e /run/first
objects wait /run/file /run/second "$(dir 71)" &
waits
eq "in the VE" "$(counter 71 5 | cut -d' ' -f1) $(held 71)" "1 0"
echo "$(<"$(dir 71)/cgroup.procs")" >/sys/fs/cgroup/cgroup.procs
vznl del 71 && vznl del 72
check "no zombie" retry 5 not grep -q zombie /proc/vzlite/ve
module_unload
rm /run/first
check "who waited gets the lock without the module" retry 5 test -e /run/second
rm /run/second
wait
check "the kernel's log is clean" not sh -c "dmesg | grep -E 'WARNING:|BUG:|Oops'"
finish
