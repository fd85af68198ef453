#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: under systemd a VE lives in a delegated scope of vzlite.slice, with the limits of its cgroup; vzlite's own units
# init: systemd
# timeout: 300
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/ve.sh"
# The scope itself stays systemd's, which may write its attributes anew.
scope=/sys/fs/cgroup/vzlite.slice/vzlite-101.scope/ve

check "the module loads" modprobe vzlite
status 0 "create" vzlite create 101 --ostemplate busybox --ram 64M --swap 32M --cpuunits 2000 --cpulimit 150 --numproc 50
status 0 "start" vzlite start 101
eq "systemd knows the scope" "$(systemctl is-active vzlite-101.scope)" active
eq "and has delegated it" "$(systemctl show -p Delegate --value vzlite-101.scope)" yes
eq "memory" "$(cat $scope/memory.max) $(cat $scope/memory.swap.max)" "67108864 33554432"
eq "CPU" "$(cat $scope/cpu.max)" "150000 100000"
eq "the module counts there" "$(awk '$1 == 101 { print $3 }' /proc/vzlite/ve)" \
	"$(find $scope -name cgroup.threads -exec cat {} + | wc -l)"
check "its root may make cgroups" vzlite exec 101 -- mkdir /sys/fs/cgroup/mine
check "memory is limited live" vzlite set 101 --ram 96M
eq "at once" "$(cat $scope/memory.max)" 100663296
check "systemd may reload" systemctl daemon-reload
eq "which leaves the limit alone" "$(cat $scope/memory.max)" 100663296
eq "exec joins it" "$(vzlite exec 101 -- cat /proc/self/cgroup)" "0::/"
status 0 "stop" vzlite stop 101
nothing_left 101
check "systemd has forgotten it" not systemctl is-active vzlite-101.scope
status 0 "destroy" vzlite destroy 101

# vzlite's units
rebooted() {
	[[ $(ve_words 102) == "exist mounted running" && $(cat /run/vzlite/102.state) != "$before" ]] &&
		journalctl -q -o cat VZLITE_CTID=102 | grep -q "VE 102 reboots"
}
check "the units are right" systemd-analyze verify --man=no vzlite.service vzlite-eventd.service
status 0 "a VE that starts with the host" vzlite create 102 --ostemplate busybox --onboot yes --numproc 30
check "the daemon is up" systemctl start vzlite-eventd
check "all VEs are started" systemctl start vzlite
eq "it runs" "$(ve_words 102)" "exist mounted running"
eq "and is stopped before systemd would kill it" \
	"$(systemctl show -p Before --value vzlite-102.scope | tr ' ' '\n' | grep -x vzlite.service)" vzlite.service
check "its init hears" retry 20 vzlite exec 102 grep -qE '^Sig(Blk|Cgt):.*[1-9a-f]' /proc/1/status
before=$(cat /run/vzlite/102.state)
vzlite exec 102 reboot
check "it reboots, and the journal has it" retry 30 rebooted
eq "in a scope of its own" "$(vzlite exec 102 cat /proc/self/cgroup)$(systemctl is-active vzlite-102.scope)" "0::/active"
timeout 20 vzlite exec 102 sh -c 'while :; do sleep 100 & done' >/dev/null 2>&1
check "so it has limits that are hit" retry 10 sh -c \
	"journalctl -q -o json VZLITE_CTID=102 VZLITE_RESOURCE=numproc VZLITE_LIMIT=30 | grep -q '\"VZLITE_ACTION\":\"none\"'"
first=$(systemctl show -p MainPID --value vzlite-eventd)
another() {
	[[ $(systemctl is-active vzlite-eventd) == active &&
		$(systemctl show -p MainPID --value vzlite-eventd) != "$first" ]]
}
check "the daemon is killed" systemctl kill -s KILL vzlite-eventd
check "systemd starts it again" retry 20 another
eq "the VE has not noticed" "$(ve_words 102)" "exist mounted running"
check "all VEs are stopped" systemctl stop vzlite
nothing_left 102
# One that cannot start must not keep the others from an orderly end.
status 0 "another VE" vzlite create 103 --ostemplate busybox --onboot yes
sed -i '/^OSTEMPLATE/d' /etc/vzlite/conf/103.conf
check "all VEs are started, but for one" systemctl start vzlite
eq "the other runs" "$(ve_words 102)" "exist mounted running"
check "and is stopped" systemctl stop vzlite
nothing_left 102
check "the daemon ends" systemctl stop vzlite-eventd
status 0 "destroy" vzlite destroy 102
status 0 "destroy" vzlite destroy 103

# A unit of systemd's own, adopted
check "a service runs" systemd-run --unit box --slice machine.slice -p TasksMax=50 sleep 1000
status 0 "adopt" vzlite adopt 201 --cgroup "$(systemctl show -p ControlGroup --value box)" --numproc 10
eq "it is counted" "$(vzlite list -H -o ctid,numproc,status 201 | tr -s ' ')" " 201 1 adopted"
check "systemd may reload" systemctl daemon-reload
check "and set what is its own" systemctl set-property box TasksMax=40
eq "it is still counted" "$(vzlite status 201)" "CTID 201 exist mounted running adopted"
check "systemd stops it" systemctl stop box
eq "it is gone" "$(vzlite status 201)" "CTID 201 exist unmounted down adopted gone"
status 0 "release" vzlite release 201
check "the module unloads" retry 10 modprobe -r vzlite
finish
