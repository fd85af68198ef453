#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: a Debian with systemd runs as a VE and is up when start --wait returns; it stops as it wants
# on: bookworm newest
# also: trixie
# smp: 3
# timeout: 400
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/module.sh"
. "$(dirname "$0")/ve.sh"
. "$(dirname "$0")/view.sh"

# What programs say of their machine, a line each: they run with the output of one shell.
tools='
echo free $(free -m | awk "/^Mem|^Swap/ { print \$2 }")
echo vmstat $(vmstat -s -S K | awk "/total memory|total swap/ { print \$1 }")
echo top $(top -bn1 | sed -n "s/^MiB .*: *\([0-9.]*\) total.*/\1/p")
echo lscpu $(lscpu | sed -n "s/^CPU(s): *//p;s/^On-line CPU(s) list: *//p")
echo nproc $(nproc) $(nproc --all) $(getconf _NPROCESSORS_ONLN)
echo up $(cut -d. -f1 /proc/uptime)
'
# The lines of TEXT but for the uptime, and that.
without_up() {
	grep -v '^up ' <<<"$1"
}
up() {
	sed -n 's/^up //p' <<<"$1"
}
swap_on 300

check "the module loads" modprobe vzlite
status 0 "create" vzlite create 101 --ostemplate debian-13 --hostname ve101 --ram 256M --swap 128M --cpulimit 150
status 0 "start --wait" vzlite start 101 --wait
state=$(vzlite exec 101 -- systemctl is-system-running)
check "systemd says that it is up: $state" test "$state" = running -o "$state" = degraded
eq "no unit has failed" "$(vzlite exec 101 -- systemctl --failed --no-legend --plain)" ""
eq "the host name" "$(vzlite exec 101 -- cat /etc/hostname)" ve101
eq "its name resolves in it, and localhost does" "$(vzlite exec 101 -- getent hosts ve101 localhost | awk '{ print $1 }' | xargs)" \
	"127.0.1.1 ::1"
eq "it knows that it is a container" "$(vzlite exec 101 -- systemd-detect-virt)" container-other
check "it has an identity of its own" not cmp -s /etc/machine-id \
	<(vzlite exec 101 -- cat /etc/machine-id)
sandbox=$(vzlite exec 101 -- systemd-run -q --wait --pipe -p PrivateTmp=yes -p ProtectSystem=strict \
	-p ProtectProc=invisible -p PrivateDevices=yes -p MemoryMax=50M cat /proc/self/cgroup)
check "a unit with a sandbox and limits runs" test "${sandbox#0::/system.slice/run-}" != "$sandbox"
eq "its clock starts with it" "$(($(vzlite exec 101 -- cut -d. -f1 /proc/uptime) < $(cut -d. -f1 /proc/uptime)))" 1

# Each tool shows the VE, however it comes to its figures, and on the host the host.
host=$(bash -c "$tools")
ve='free 256 128
vmstat 262144 131072
top 256.0 128.0
lscpu 2 0,2
nproc 2 3 2'
said=$(vzlite exec 101 -- bash -c "$tools")
eq "procps, lscpu and nproc show the VE" "$(without_up "$said")" "$ve"
check "so does uptime" test "$(up "$said")" -lt "$(up "$host")"
said=$(vzlite exec 101 -- systemd-run -q --wait --pipe -p ProtectKernelTunables=yes bash -c "$tools")
eq "in a unit for which systemd mounts over /proc" "$(without_up "$said")" "$ve"
said=$(vzlite exec 101 -- unshare -Urpmf --mount-proc bash -c "$tools")
eq "and in a container of the VE's own" "$(without_up "$said")" "$ve"
eq "ps shows what is in it" "$(vzlite exec 101 -- ps -e -o pid= | wc -l)" \
	"$(vzlite exec 101 -- sh -c 'ls -d /proc/[0-9]*' | wc -l)"
init=/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$(pgrep -n -x systemd)/cgroup")
# The load may change once meanwhile: every five seconds it does.
load=$(vzlite exec 101 -- cut -d' ' -f1 /proc/loadavg)
said=$(probe into "$init" python3 -c 'import os; print(os.cpu_count(), len(os.sched_getaffinity(0)), "%.2f" % os.getloadavg()[0])')
[[ $said == *" $load" ]] || load=$(vzlite exec 101 -- cut -d' ' -f1 /proc/loadavg)
eq "python counts the VE's CPUs, and its load" "$said" "2 2 $load"
eq "busybox reads sysinfo" "$(probe into "$init" busybox free -m | awk '/^Mem|^Swap/ { print $2 }' | tr '\n' ' ')" "256 128 "
screen=$(TERM=linux probe into "$init" script -qc 'stty cols 100 rows 40; timeout 3 htop -C' /dev/null </dev/null |
	sed 's/\x1b\[[0-9;?]*[a-zA-Z]//g' | tr -cd '[:graph:]')
eq "htop shows memory and swap" "$(grep -oE '/(256|128)M\]' <<<"$screen" | sort -u | tr '\n' ' ')" "/128M] /256M] "
eq "what keeps many a container goes on, though /dev/null is not to be watched" \
	"$(vzlite exec 101 -- sh -c 'timeout 2 tail -f /dev/null 2>/dev/null; echo $?')" 124
check "the host's tools show the host, as before" test "$(without_up "$(bash -c "$tools")")" = "$(without_up "$host")"
eq "with all its CPUs" "$(grep ^nproc <<<"$host")" "nproc 3 3 3"

# From inside
ends() {
	journalctl -q --no-pager -o cat -D $private/101/upper/var/log/journal | grep -cx "Journal stopped"
}
init=$(cat /run/vzlite/101.state)
vzlite eventd </dev/null >/run/eventd 2>&1 &
daemon=$!
rebooted() {
	[[ -e /run/vzlite/101.state && $(cat /run/vzlite/101.state) != "$init" ]] &&
		vzlite exec 101 -- systemctl is-system-running 2>/dev/null | grep -qE 'running|degraded'
}
check "systemctl reboot" vzlite exec 101 -- systemctl reboot
check "brings it up once more" retry 120 rebooted
kill $daemon
eq "which its journal tells from the first boot" "$(vzlite exec 101 -- journalctl --list-boots --no-pager | grep -cE '^ *(-1|0) ')" 2
ended=$(ends)

status 0 "stop" vzlite stop 101
nothing_left 101
check "it was asked, not killed: its journal has the end" test "$(ends)" -gt "$ended"
status 0 "destroy" vzlite destroy 101
unloads
finish
