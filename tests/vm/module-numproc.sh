#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: numproc is exact and enforced: forks, threads, late failures, joins, moves, zombies
# timeout: 240
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/module.sh"
NUMPROC=5

module_load
ve_new 11 $NUMPROC=100:100
ve_new 12

# A program enters by clone3, is itself one, and gets 99 more.
eq "a fork bomb ends at the limit with EAGAIN" "$(in_ve 11 probe forks 1000)" "99 EAGAIN"
eq "threads count, too" "$(in_ve 11 probe threads 1000)" "99 EAGAIN"
in_ve 11 probe crowd 99 /run/crowd &
retry 30 test -e /run/crowd
eq "the host and another VE fork while it is full" \
	"$(counter 11 $NUMPROC | cut -d' ' -f1) $(probe forks 300) $(in_ve 12 probe forks 300)" "100 300 none 300 none"
rm /run/crowd
wait
eq "held is 0 afterwards, maxheld 100, failcnt the two refusals" \
	"$(settled 11 $NUMPROC; counter 11 $NUMPROC)" "0 100 100 100 2"

# A fork that fails after it was charged: the pids controller refuses later.
echo 20 >"$(dir 12)/pids.max"
eq "the pids controller's refusal is its own" "$(in_ve 12 probe forks 100)" "19 EAGAIN"
echo max >"$(dir 12)/pids.max"
eq "late failures are uncharged and are no failcnt" \
	"$(settled 12 $NUMPROC; counter 12 $NUMPROC | cut -d' ' -f1,5)" "0 0"

# Joining by force: past the limit, and counted.
vznl set 11 $NUMPROC=1:1
in_ve 11 sleep 100 & in_ve 11 sleep 100 & sleep 100 &
moved=$!
check "tasks join past the limit" retry 30 sh -c "vznl counter 11 $NUMPROC | grep -q '^2 '"
echo $moved >"$(dir 11)/cgroup.procs"
eq "a moved task brings its charge" "$(counter 11 $NUMPROC | cut -d' ' -f1)" 3
eq "held is what cgroup.threads says" "$(counter 11 $NUMPROC | cut -d' ' -f1)" \
	"$(wc -l <"$(dir 11)/cgroup.threads")"
echo $moved >"$(dir 12)/cgroup.procs"
eq "and takes it to another VE" \
	"$(counter 11 $NUMPROC | cut -d' ' -f1) $(counter 12 $NUMPROC | cut -d' ' -f1)" "2 1"
echo $moved >/sys/fs/cgroup/cgroup.procs
eq "and out of all VEs" "$(counter 12 $NUMPROC | cut -d' ' -f1)" 0
eq "above the limit nothing forks" "$(in_ve 11 probe forks 3)" "0 EAGAIN"
vznl set 11 $NUMPROC=100:100
eq "raising the limit lets it go on" "$(in_ve 11 probe forks 3)" "3 none"

# A sub-cgroup belongs to the VE; a multi-threaded process moves as a whole.
mkdir "$(dir 11)/sub"
eq "a sub-cgroup is the VE's" "$(probe into "$(dir 11)/sub" probe forks 1000)" "97 EAGAIN"

# What is there when the VE comes, dead or alive, until somebody has waited for it
mkdir -p "$(dir 13)"
probe into "$(dir 13)" python3 -c 'import os, time
for i in range(5):
    if not os.fork(): os._exit(0)
time.sleep(1000)' &
retry 30 grep -qx 6 "$(dir 13)/pids.current"
sleep 1
ve_new 13
eq "an adopted VE's zombies count, as its pids do" "$(counter 13 $NUMPROC | cut -d' ' -f1)" "$(cat "$(dir 13)/pids.current")"
echo 1 >"$(dir 13)/cgroup.kill"
settled 13 $NUMPROC
eq "until they are reaped" "$(counter 13 $NUMPROC | cut -d' ' -f1)" 0
check "it is deleted" vznl del 13

# Deleting
check "a VE with live tasks is not deleted" sh -c "vznl del 11 2>&1 | grep -q busy"
echo 1 >"$(dir 11)/cgroup.kill"
settled 11 $NUMPROC
eq "held is 0 when all are killed" "$(counter 11 $NUMPROC | cut -d' ' -f1)" 0
check "then it is deleted" vznl del 11
check "and is gone" sh -c "vznl counter 11 5 2>&1 | grep -q 'No such file'"

# A VE made around tasks that are there already counts them.
mkdir -p "$(dir 13)"
probe into "$(dir 13)" sleep 100 &
probe into "$(dir 13)" probe crowd 5 /run/crowd &
check "a crowd is there" retry 5 test -e /run/crowd
check "a VE is made of a populated cgroup" vznl new 13 "$(dir 13)"
eq "its tasks are counted" "$(counter 13 $NUMPROC | cut -d' ' -f1)" \
	"$(wc -l <"$(dir 13)/cgroup.threads")"
echo 1 >"$(dir 13)/cgroup.kill"
settled 13 $NUMPROC
eq "and uncounted" "$(counter 13 $NUMPROC | cut -d' ' -f1)" 0

# A VE whose last task is a zombie that nobody reaps is deleted as a zombie itself.
ve_new 14
probe zombie "$(dir 14)" /run/zombie &
retry 30 test -e /run/zombie
eq "a dead task counts until it is reaped" "$(counter 14 $NUMPROC | cut -d' ' -f1)" 1
check "its VE can be deleted" vznl del 14
check "and is a zombie" grep -q zombie /proc/vzlite/ve
rm /run/zombie
check "which goes with the task" retry 5 sh -c "! grep -q zombie /proc/vzlite/ve"

vznl del 12 && vznl del 13
module_unload
finish
