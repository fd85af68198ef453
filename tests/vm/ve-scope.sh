#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: under systemd a VE lives in a delegated scope of vzlite.slice, with the limits of its cgroup
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
