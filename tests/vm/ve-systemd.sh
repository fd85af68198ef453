#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: a Debian with systemd runs as a VE and is up when start --wait returns; it stops as it wants
# timeout: 300
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/ve.sh"

check "the module loads" modprobe vzlite
status 0 "create" vzlite create 101 --ostemplate debian-13 --hostname ve101
status 0 "start --wait" vzlite start 101 --wait
state=$(vzlite exec 101 -- systemctl is-system-running)
check "systemd says that it is up: $state" test "$state" = running -o "$state" = degraded
eq "no unit has failed" "$(vzlite exec 101 -- systemctl --failed --no-legend --plain)" ""
eq "the host name" "$(vzlite exec 101 -- cat /etc/hostname)" ve101
eq "it knows that it is a container" "$(vzlite exec 101 -- systemd-detect-virt)" container-other
check "it has an identity of its own" not cmp -s /etc/machine-id \
	<(vzlite exec 101 -- cat /etc/machine-id)
sandbox=$(vzlite exec 101 -- systemd-run -q --wait --pipe -p PrivateTmp=yes -p ProtectSystem=strict \
	-p ProtectProc=invisible -p PrivateDevices=yes -p MemoryMax=50M cat /proc/self/cgroup)
check "a unit with a sandbox and limits runs" test "${sandbox#0::/system.slice/run-}" != "$sandbox"
eq "its clock starts with it" "$(($(vzlite exec 101 -- cut -d. -f1 /proc/uptime) < $(cut -d. -f1 /proc/uptime)))" 1
status 0 "stop" vzlite stop 101
nothing_left 101
check "it was asked, not killed: its journal has the end" \
	grep -rq "Journal stopped" $private/101/upper/var/log/journal
status 0 "destroy" vzlite destroy 101
check "the module unloads" retry 10 modprobe -r vzlite
finish
