#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: nothing that a VE has set up outlives it: connections, notifications, what a file system holds; nor do its counts
# on: newest
# also: bookworm trixie debug
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/ve.sh"
. "$(dirname "$0")/module.sh"
here=$(cd "$(dirname "$0")" && pwd)
NUMTCPSOCK=9
sockets() { # VE
	counter "$1" $NUMTCPSOCK | cut -d' ' -f1
}
zombies() {
	grep -c zombie /proc/vzlite/ve
}
none_left() {
	[[ $(zombies) -eq 0 ]]
}

check "the module loads" modprobe vzlite
status 0 "create" vzlite create 101 --ostemplate busybox
for kind in data half flight mptcp; do
	status 0 "start" vzlite start 101
	sockets=100 patient=20
	# An MPTCP socket has a TCP socket of the kernel's, and waits a minute for that.
	[[ $kind != mptcp ]] || sockets=150 patient=100
	vzlite exec 101 -- sh -c 'cat >/lasting && chmod 755 /lasting
		echo 1000000 2>/dev/null >/proc/sys/net/mptcp/close_timeout
		echo 1000000 >/proc/sys/net/ipv4/tcp_fin_timeout; echo 255 >/proc/sys/net/ipv4/tcp_orphan_retries' <"$here/lasting"
	eq "its root may have it so" "$(vzlite exec 101 -- cat /proc/sys/net/ipv4/tcp_fin_timeout)" 1000000
	check "$kind: connections that nobody has any more" vzlite exec 101 -- /lasting $kind 50
	check "which its VE pays for" retry 5 eval '[[ $(sockets 101) -eq $sockets ]]'
	status 0 "stop" vzlite stop 101
	# What is on its way in a UNIX socket is found in the second round.
	check "end with it" retry $patient none_left
done
status 0 "start" vzlite start 101
check "more than are looked at together" vzlite exec 101 -- sh -c 'ulimit -n 4096; /lasting data 1100'
check "which its VE pays for" retry 5 eval '[[ $(sockets 101) -eq 2200 ]]'
status 0 "stop" vzlite stop 101
check "end with it" retry 20 none_left

# What the kernel never lets go of
modprobe binfmt_misc
status 0 "start" vzlite start 101
eq "a VE has no notifications of message queues" "$(vzlite exec 101 -- /lasting notify 1)" "0 ENOSYS"
eq "and no formats of programs" "$(vzlite exec 101 -- /lasting mount binfmt_misc)" "0 ENODEV"
eq "but other file systems" "$(vzlite exec 101 -- /lasting mount tmpfs)" "1 none"
status 0 "stop" vzlite stop 101
check "none lasts" retry 20 none_left
status 0 "destroy" vzlite destroy 101
ve_new 105
tenant() {
	in_ve 105 unshare -Urmni "$here/lasting" "$@"
}
eq "nor has an adopted container's root" "$(tenant notify 1) $(tenant mount binfmt_misc)" "0 EPERM 0 ENODEV"
eq "who can take one back" "$(tenant none 1)" "1 none"
eq "the host has both" "$("$here/lasting" notify 1) $("$here/lasting" mount binfmt_misc)" "1 none 1 none"
vznl del 105
rmdir "$(dir 105)"

# In the host's own network they are delivered
ve_new 102
check "connections in the host's network" in_ve 102 lasting data 5
check "which the VE pays for" retry 5 eval '[[ $(sockets 102) -eq 10 ]]'
vznl del 102
sleep 2
eq "stay when it is gone" "$(zombies)" 1
ip link set lo up
check "until they have come through" retry 60 none_left
rmdir "$(dir 102)"

# Those of a container that is released are its own, while it runs
released() { # VE
	ve_new "$1"
	ip netns add "of$1"
	check "connections" in_ve "$1" ip netns exec "of$1" "$here/lasting" data 5
	check "which the VE pays for" retry 5 eval "[[ \$(sockets $1) -eq 10 ]]"
}
released 103
vznl del 103 release
check "what nobody has any more ends with a container that is over" retry 20 none_left
released 104
in_ve 104 sleep 1000 >/dev/null 2>&1 &
check "something runs in another" retry 5 grep -q . "$(dir 104)/cgroup.procs"
vznl del 104 release
sleep 2
eq "whose connections go on" "$(zombies)" 1
pkill -x sleep
ip netns exec of104 ip link set lo up
check "until they have come through" retry 60 none_left
ip netns del of103
ip netns del of104
unloads
finish
