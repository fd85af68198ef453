#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: a VE whose processes wait for a FUSE file system of their own is stopped, in every way, and no other's is touched
# on: newest
# also: bookworm
# smp: 1
# waits: yes
# timeout: 600
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/ve.sh"
here=$(cd "$(dirname "$0")" && pwd)
frozen=/run/frozen

# Puts the program into VE @1, which runs.
put_program() {
	vzlite exec "$1" -- sh -c 'cat >/root/fuse && chmod 755 /root/fuse' <"$here/fuse"
}

# A process of VE 101 has given up its memory, and does not end.
hangs() {
	ps -eo uid=,stat=,vsz=,comm= |
		awk -v u="$uid" '$1 >= u && $1 < u + 65536 && $2 !~ /^Z/ && !$3 && $4 == "fuse"' | grep -q .
}

# stuck HOW: such a process of VE 101, as `fuse HOW` makes it
stuck() {
	vzlite exec 101 -- sh -c "/root/fuse $1 /tmp/mount </dev/null >/tmp/said 2>&1 &"
	retry 10 hangs || vzlite exec 101 -- cat /tmp/said
	check "$1: a process hangs" hangs
	check "nor does a kill end it" sh -c 'pkill -KILL -x fuse -u '"$uid,$((uid + 7))"' && sleep 0.5'
	check "it hangs still" hangs
}

# stops TEXT COMMAND...: it ends soon, and says why it had to wait; nothing is left
stops() {
	local text=$1 begin=$SECONDS
	shift
	says "$text" "FUSE file systems were aborted" "$@"
	timely check "in time ($((SECONDS - begin)) s)" test $((SECONDS - begin)) -le 8
	nothing_left 101
	others_live
}

others_live() {
	eq "that of another VE is served" "$(vzlite exec 102 -- cat /tmp/mount/file 2>&1)" served
	eq "that of the host, too" "$(cat /run/host-mount/file 2>&1)" served
	eq "no mount of ours is left" "$(grep fusectl /proc/self/mountinfo)" ""
}

check "the module loads" modprobe vzlite
umount /sys/fs/fuse/connections 2>/dev/null
modprobe -r fuse 2>/dev/null

# What waits for something else
mkdir -p $frozen
truncate -s 16M /run/frozen.img
mkfs.ext4 -q /run/frozen.img
modprobe loop
check "a file system of the host" mount -o loop /run/frozen.img $frozen
status 0 "a VE without FUSE" vzlite create 103 --ostemplate busybox
status 0 "start" vzlite start 103
check "is frozen" fsfreeze -f $frozen
sh -c "echo \$\$ >/sys/fs/cgroup/vzlite/103/cgroup.procs; exec 2>/dev/null; echo >$frozen/file" &
check "a process waits for it" retry 10 grep -q "^State:.D" /proc/$!/status
says "stop does not wait for ever" "do not die" vzlite stop 103 --fast
eq "nor load FUSE to see what is the matter" "$(grep ^fuse /proc/modules)" ""
check "it is thawed" fsfreeze -u $frozen
wait
status 0 "destroy" vzlite destroy 103
umount $frozen

for id in 101 102; do
	status 0 "VE $id" vzlite create $id --ostemplate busybox --features fuse:on
	status 0 "start" vzlite start $id
	put_program $id
done
uid=$(sed -n 's/^LOCAL_UID="\(.*\)"/\1/p' /etc/vzlite/conf/101.conf)
vzlite exec 102 -- sh -c '/root/fuse serve /tmp/mount </dev/null >/tmp/said 2>&1 &'
"$here/fuse" serve /run/host-mount &
retry 30 vzlite exec 102 -- grep -q /tmp/mount /proc/mounts
retry 30 grep -q /run/host-mount /proc/mounts
others_live

for how in stuck lazy nested; do
	stuck $how
	stops "stop" vzlite stop 101 --fast
	status 0 "start" vzlite start 101
done
stuck stuck
says "it cannot be suspended" "does not freeze; it goes on" vzlite suspend 101
mv /etc/vzlite/conf/101.conf /run/
stops "without its configuration" vzlite stop 101 --fast
mv /run/101.conf /etc/vzlite/conf/
status 0 "start" vzlite start 101
stuck stuck
rm /run/vzlite/101.state
mv /etc/vzlite/conf/101.conf /run/
says "without either it says what it lacks" "FUSE connections are its is not known" vzlite stop 101 --fast
others_live
mv /run/101.conf /etc/vzlite/conf/
stops "without its state" vzlite stop 101 --fast
# Its init, before it has ended any other process
printf '#!/bin/sh\nsleep 1000 &\nexec /root/fuse stuck /tmp/mount\n' >$private/101/upper/stuck
chmod 755 $private/101/upper/stuck
chown "$uid:$uid" $private/101/upper/stuck
status 0 "a program for init" vzlite set 101 --init /stuck --save
status 0 "start" vzlite start 101
check "init hangs" retry 10 hangs
stops "stop" vzlite stop 101 --fast
status 0 "the usual one" vzlite set 101 --init /sbin/init --save

# Its root is one that hears and does not answer: what waits there cannot be killed
status 0 "start" vzlite start 101
put_program 101
vzlite exec 101 -- sh -c '/root/fuse root /tmp/mount </dev/null >/dev/null 2>&1 &'
init=$(cut -d' ' -f1 /run/vzlite/101.state)
check "its root is FUSE" retry 10 sh -c "awk '\$5 == \"/\"' /proc/$init/mountinfo | grep -q ' - fuse '"
begin=$SECONDS
says "set gives up" "cannot be written in 10 seconds" timeout 30 vzlite set 101 --nameserver 192.0.2.53
timely check "after $((SECONDS - begin)) s" test $((SECONDS - begin)) -le 15
begin=$SECONDS
status 0 "and stop is not kept waiting" timeout 30 vzlite stop 101 --fast
timely check "after $((SECONDS - begin)) s" test $((SECONDS - begin)) -le 8
nothing_left 101
none_waits() {
	! pgrep -x vzlite >/dev/null
}
check "nobody waits there any more" retry 10 none_waits

# From inside
vzlite eventd </dev/null >/run/eventd 2>&1 &
eventd=$!
status 0 "start" vzlite start 101
stuck stuck
vzlite exec 101 -- poweroff -f
check "eventd clears away what has powered off" retry 30 none_left 101
says "and says why it had to wait" "FUSE file systems were aborted" cat /run/eventd
others_live
status 0 "start" vzlite start 101
before=$(cat /run/vzlite/101.state)
stuck lazy
vzlite exec 101 -- reboot -f
rebooted() {
	[[ $(ve_words 101) == "exist mounted running" && $(cat /run/vzlite/101.state) != "$before" ]]
}
check "and starts what reboots" retry 30 rebooted
others_live
kill $eventd
for id in 101 102; do
	eq "stop as usual says nothing" "$(vzlite stop $id --fast 2>&1) $?" " 0"
	nothing_left $id
	status 0 "destroy" vzlite destroy $id
done
umount /run/host-mount
unloads
finish
