#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: the connections of a VE that is stopped end with it, whatever they wait for, and its counts and the module with them
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/ve.sh"
. "$(dirname "$0")/module.sh"
here=$(cd "$(dirname "$0")" && pwd)
NUMTCPSOCK=9
sockets() { # VE
	counter "$1" $NUMTCPSOCK | cut -d' ' -f1
}
held() { # VE NUMBER
	eq "which its VE pays for" "$(sockets "$1")" "$2"
}
zombies() {
	grep -c zombie /proc/vzlite/ve
}
none_left() {
	[[ $(zombies) -eq 0 ]]
}

check "the module loads" modprobe vzlite
status 0 "create" vzlite create 101 --ostemplate busybox
for kind in data half flight; do
	status 0 "start" vzlite start 101
	vzlite exec 101 -- sh -c 'cat >/orphans && chmod 755 /orphans
		echo 1000000 >/proc/sys/net/ipv4/tcp_fin_timeout; echo 255 >/proc/sys/net/ipv4/tcp_orphan_retries' <"$here/orphans"
	eq "its root may have it so" "$(vzlite exec 101 -- cat /proc/sys/net/ipv4/tcp_fin_timeout)" 1000000
	check "$kind: connections that nobody has any more" vzlite exec 101 -- /orphans $kind 50
	check "which its VE pays for" retry 5 eval '[[ $(sockets 101) -eq 100 ]]'
	status 0 "stop" vzlite stop 101
	# What is on its way in a UNIX socket is found in the second round.
	check "end with it" retry 20 none_left
done
status 0 "start" vzlite start 101
check "more than are looked at together" vzlite exec 101 -- sh -c 'ulimit -n 4096; /orphans data 1100'
check "which its VE pays for" retry 5 eval '[[ $(sockets 101) -eq 2200 ]]'
status 0 "stop" vzlite stop 101
check "end with it" retry 20 none_left
status 0 "destroy" vzlite destroy 101

# In the host's own network they are delivered
ve_new 102
check "connections in the host's network" in_ve 102 orphans data 5
check "which the VE pays for" retry 5 eval '[[ $(sockets 102) -eq 10 ]]'
vznl del 102
sleep 2
eq "stay when it is gone" "$(zombies)" 1
ip link set lo up
check "until they have come through" retry 60 none_left
rmdir "$(dir 102)"

# Those of a container that is released are its own, while it runs
for id in 103 104; do
	ve_new $id
	check "connections" in_ve $id unshare -n "$here/orphans" data 5
	check "which the VE pays for" retry 5 eval "[[ \$(sockets $id) -eq 10 ]]"
done
in_ve 103 sleep 1000 >/dev/null 2>&1 &
check "something runs in one" retry 5 grep -q . "$(dir 103)/cgroup.procs"
vznl del 103 release
sleep 2
eq "go on when it is released" "$(zombies)" 1
vznl del 104 release
only_one() {
	[[ $(zombies) -eq 1 ]]
}
check "but not when it was over" retry 20 only_one
killall sleep
finish
