#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: a VE is released while its tasks fork, map and execute; they go on uncharged, and are counted exactly when it is made anew
# on: bookworm newest
# also: trixie debug
# timeout: 300
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/module.sh"
. "$(dirname "$0")/memory.sh"
NUMPROC=5 NUMFILE=19 PRIVVMPAGES=2
rounds=20

zombies() {
	grep -cw zombie /proc/vzlite/ve
}

# Nothing is under way any more: those who made it are gone.
idle() {
	[[ $(zombies) -eq 0 ]]
}

# load SECONDS: fork, execute and map in the VE's directory, and in one below it
load() {
	local end=$((SECONDS + $1))
	mkdir -p "$(dir 51)/below"
	while [[ $SECONDS -lt $end ]]; do
		probe into "$(dir 51)" probe churn 1 >/dev/null
	done &
	loads=$!
	while [[ $SECONDS -lt $end ]]; do
		probe into "$(dir 51)/below" sh -c 'true; /bin/true | cat; sh -c true'
	done &
	loads+=" $!"
}

module_load
counts $PRIVVMPAGES 'Data|Stk'
# Its files are open before there is a VE.
mkdir -p "$(dir 51)"
in_ve 51 sleep 1000 &
retry 30 grep -q . "$(dir 51)/cgroup.procs"
sleep 1
ve_new 51 $NUMPROC=20:20
in_ve 51 probe hold 30 /run/hold &
retry 30 test -e /run/hold
check "a VE with tasks is not deleted" sh -c "vznl del 51 2>&1 | grep -q busy"
check "but released" vznl del 51 release
check "its files keep a zombie" test "$(zombies)" -eq 1
eq "which holds nothing else" "$(awk '$1 == "51:" { print $1 }' /proc/user_beancounters)" ""
eq "nothing is refused any more" "$(in_ve 51 probe forks 60)" "60 none"
check "it is made anew" vznl new 51 "$(dir 51)" $NUMPROC=20:20
eq "all tasks are counted" "$(counter 51 $NUMPROC | cut -d' ' -f1)" 2
eq "their memory, too" "$(held 51)" "$(in_proc 51)"
eq "and limited" "$(in_ve 51 probe forks 60)" "17 EAGAIN"
rm /run/hold
check "the zombie goes with its files" retry 10 idle

vznl set 51 $NUMPROC=1000:1000
load $((rounds * patience))
failed=0
for round in $(seq $rounds); do
	sleep 0.5
	vznl del 51 release || failed=$round
	vznl new 51 "$(dir 51)" || failed=$round
done
eq "$rounds rounds of release under load (the round that failed)" "$failed" 0
wait $loads
check "zombies go when the load ends" retry 20 idle
eq "numproc is what is there" "$(counter 51 $NUMPROC | cut -d' ' -f1)" \
	"$(cat "$(dir 51)"/{,below/}cgroup.threads | wc -l)"
eq "privvmpages, too" "$(held 51)" "$(in_proc 51)"
eq "no file is held" "$(counter 51 $NUMFILE | cut -d' ' -f1)" 0
echo 1 >"$(dir 51)/cgroup.kill"
settled 51 $NUMPROC
eq "nothing is held in the end" "$(counter 51 $NUMPROC | cut -d' ' -f1) $(held 51)" "0 0"
check "the VE is deleted" vznl del 51
module_unload
finish
