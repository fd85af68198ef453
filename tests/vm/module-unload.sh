#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: 100 load/unload rounds under load; EBUSY while a VE exists; hooks come and go
# on: trixie
# also: bookworm newest debug
# waits: yes
# timeout: 1200
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/module.sh"

module_load
ve_new 41
check "rmmod is refused while a VE exists" in_use
check "the VE is untouched by it" vznl counter 41 5
check "the VE is deleted" vznl del 41
check "the hooks go with it" retry 60 not hooked
module_unload

# Unpacked once: that is a third of what a round costs.
file=$(modinfo -n vzlite)
case $file in
*.xz) xz -dc "$file" ;;
*.zst) zstd -dc "$file" ;;
*) cat "$file" ;;
esac >/run/vzlite.ko

# Longer than all that follows. A round mostly waits for the kernel's grace periods, and meets
# two or three times forty forks.
probe churn 3000 500 >/dev/null &
churn=$!
failed=0
for round in $(seq 100); do
	insmod /run/vzlite.ko || { failed=$round; break; }
	# Every twentieth round with a VE at work, so that the hooks are in place, too.
	if ((round % 20 == 0)); then
		vznl new 41 "$(dir 41)" || { failed=$round; break; }
		in_ve 41 probe forks 20 >/dev/null
		settled 41 5
		vznl del 41 || { failed=$round; break; }
	fi
	retry 10 rmmod vzlite || { failed=$round; break; }
done
eq "100 rounds of loading and unloading under load (the round that failed)" "$failed" 0
check "the load went on" kill -0 $churn
kill $churn
check "it loads once more" modprobe vzlite
check "and unloads" rmmod vzlite

module_load
ve_new 41
rmmod -f vzlite 2>/dev/null &
forced=$!
sleep 3
check "not even by force while a VE exists" kill -0 $forced
check "which is counted on" test "$(in_ve 41 probe forks 20)" = "20 none" -a "$(counter 41 5 | cut -d' ' -f2)" -ge 20
check "it is deleted" vznl del 41
wait $forced
check "then it goes" test $? -eq 0 -a ! -e /sys/module/vzlite
finish
