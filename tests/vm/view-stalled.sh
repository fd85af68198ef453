#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: a task that is stopped within a view, as a tenant can do it, holds up no other VE, nor its own VE's other tasks
# on: bookworm newest
# also: trixie debug
# timeout: 300
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/module.sh"
. "$(dirname "$0")/view.sh"

controllers
module_load
check "who can be stopped" modprobe vzlite_stall
hold=/sys/module/vzlite_stall/parameters/hold
for id in 41 42 43; do
	ve_new $id
done
cp "$(command -v cat)" /run/stalled
check "the first look is another's" seen 41 /proc/meminfo
sleep 0.5
in_ve 41 /run/stalled /proc/meminfo >/run/late &
stopped() {
	grep -q msleep "/proc/$(pgrep -x stalled)/stack" 2>/dev/null
}
check "one is stopped within a view" retry 10 stopped

# Who comes meanwhile is shown the VE as it is, not as it was at some time.
rm -f /run/held
in_ve 41 machine hold 40 /run/held &
check "one holds memory" retry 60 test -e /run/held
sleep 1.5
seen 41 /proc/meminfo >/dev/null
near "what is used since is shown" "$(meminfo 41 AnonPages)" 42000 8000
rm /run/held
limit 41 cpu.max "100000 100000"
sleep 2.5
eq "and fewer CPUs" "$(seen 41 /proc/cpuinfo | grep -c ^processor)" 1

# Others come to their end.
zombies() {
	grep -c zombie /proc/vzlite/ve
}
none() {
	[[ $(zombies) -eq 0 ]]
}
check "another VE is deleted" vznl del 42
check "and goes" retry 20 none
check "one is released" vznl del 43 release
check "and goes" retry 20 none
check "while the first is still there" retry 10 stopped

# Its own does when it has gone: the VE is released while it is within a view.
check "its own VE is released" vznl del 41 release
sleep 2
eq "and stays" "$(zombies)" 1
eq "with the module" "$(rmmod vzlite 2>&1 | grep -c 'in use')" 1
echo N >$hold
wait
check "until it has left" retry 20 none
check "it had read something" grep -q MemTotal /run/late
rmmod vzlite_stall
module_unload
finish
