#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: held, maxheld and the limit are exact though each CPU has a stock of units
# smp: 2
# timeout: 240
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/module.sh"
NUMFILE=19
NUMPROC=5
MAX=9223372036854775807

module_load
ve_new 31 $NUMFILE=400:400 $NUMPROC=200:200
ve_new 32
ve_new 33 $NUMFILE=100:100

# What CPU 0 put into its stock at the end must not be missing on CPU 1. The
# program's own executable is a file, too.
eq "far from the limit nothing is refused" "$(in_ve 31 probe on 0 probe opens 200)" "200 none"
eq "with a stock on one CPU the other reaches the limit" \
	"$(in_ve 31 probe on 1 probe opens 1000)" "399 ENFILE"
eq "and the other way round" "$(in_ve 31 probe on 0 probe opens 1000)" "399 ENFILE"
settled 31 $NUMFILE
eq "held 0, maxheld the limit, each refusal counted" "$(counter 31 $NUMFILE)" "0 400 400 400 2"
eq "the same for tasks" \
	"$(in_ve 31 probe on 0 probe forks 100) $(in_ve 31 probe on 1 probe forks 1000)" \
	"100 none 199 EAGAIN"
settled 31 $NUMPROC
eq "held 0, maxheld the limit" "$(counter 31 $NUMPROC)" "0 200 200 200 1"

in_ve 32 probe on 0 probe opens 100 >/dev/null
settled 32 $NUMFILE
eq "maxheld is what was held" "$(counter 32 $NUMFILE)" "0 101 $MAX $MAX 0"
in_ve 32 probe on 1 probe opens 100 >/dev/null
in_ve 32 probe on 0 probe opens 70 >/dev/null
settled 32 $NUMFILE
eq "and stays, though units lay in the other CPU's stock" "$(counter 32 $NUMFILE)" \
	"0 101 $MAX $MAX 0"

# A limit that comes close to what is held while stocks are full.
in_ve 32 probe hold 60 /run/hold &
retry 30 test -e /run/hold
in_ve 32 probe on 0 probe opens 40 >/dev/null
in_ve 32 probe on 1 probe opens 40 >/dev/null
vznl set 32 $NUMFILE=70:70
eq "a limit set close to held is exact at once" "$(in_ve 32 probe on 1 probe opens 1000)" "8 ENFILE"
vznl set 32 $NUMFILE=1000:1000
eq "one set far away, too" "$(in_ve 32 probe on 0 probe opens 2000)" "938 ENFILE"
rm /run/hold
settled 32 $NUMFILE

# Both CPUs at once, at the limit and far from it.
for id in 32 33; do
	vznl set $id "$NUMFILE=$([[ $id == 33 ]] && echo 100:100 || echo $MAX:$MAX)"
	in_ve $id probe on 0 probe churn 6 >/dev/null &
	in_ve $id probe on 1 probe churn 6 >/dev/null &
	# So much that two that open at once meet the limit.
	in_ve $id probe hold 96 /run/hold$id &
done
wait_for=$((SECONDS + 5)) over=0
while [[ $SECONDS -lt $wait_for ]]; do
	for id in 32 33; do
		read -r held maxheld barrier _ < <(counter $id $NUMFILE)
		[[ $held -le $barrier && $maxheld -le $barrier && $held -le $maxheld ]] || over="$id: $held $maxheld"
	done
done
eq "under load on both CPUs held never passes the limit, nor maxheld" "$over" 0
check "which was met" test "$(counter 33 $NUMFILE | cut -d' ' -f5)" -gt 0
rm -f /run/hold32 /run/hold33
wait

# A barrier that goes up and down while stocks come and go.
in_ve 32 probe on 0 probe churn 5 >/dev/null &
in_ve 32 probe on 1 probe churn 5 >/dev/null &
wait_for=$((SECONDS + 4))
while [[ $SECONDS -lt $wait_for ]]; do
	vznl set 32 $NUMPROC=1000:1000
	vznl set 32 $NUMPROC=2:2
done
retry 20 sh -c "! pgrep -x probe >/dev/null"
wait
settled 32 $NUMPROC
eq "the last barrier is the one that holds" "$(in_ve 32 probe forks 100)" "1 EAGAIN"
vznl set 32 $NUMPROC=$MAX:$MAX
for id in 31 32 33; do
	settled $id $NUMFILE && settled $id $NUMPROC
	eq "VE $id: nothing is left" "$(counter $id $NUMFILE | cut -d' ' -f1) $(counter $id $NUMPROC | cut -d' ' -f1)" "0 0"
	check "VE $id is deleted" vznl del $id
done
check "and leaves no zombie" retry 5 not grep -q zombie /proc/vzlite/ve
module_unload
finish
