#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: what of the host is bound into a VE has the VE's ids and flags that its root cannot change, and a hostile root leads it nowhere
# on: newest
# also: bookworm
# smp: 1
# timeout: 300
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/ve.sh"

in_101() {
	vzlite exec 101 -- "$@"
}

host_mounts() {
	awk '{ $1 = $2 = ""; print }' /proc/self/mountinfo | sort
}

flags() {
	in_101 cat /proc/self/mountinfo | awk -v at="$1" '$5 == at { print $6 }' |
		tr , '\n' | grep -xE 'ro|rw|nosuid|nodev|noexec' | sort | tr '\n' ' '
}

try() {
	local layout=$1
	status 0 "$layout: create" vzlite create 101 --ostemplate busybox --layout "$layout" \
		--bindmount_add /srv/guard/data:/data --bindmount_add /srv/guard/data:/mnt/deep/ro,ro,noexec \
		--bindmount_add /srv/guard/note:/etc/note
	before=$(host_mounts)
	status 0 "start" vzlite start 101
	eq "the host has no mount more, but the VE's own" "$(host_mounts)" "$before"
	eq "flags" "$(flags /data)" "nodev nosuid rw "
	eq "flags of the other" "$(flags /mnt/deep/ro)" "nodev noexec nosuid ro "
	eq "its ids are the disk's" "$(in_101 stat -c %u:%g /data /data/user /mnt/deep/ro/user | tr '\n' ' ')" \
		"0:0 1000:1000 1000:1000 "
	eq "a file" "$(in_101 cat /etc/note)" "from the host"
	check "its root writes" in_101 sh -c "echo $layout >/data/new; echo more >>/etc/note; chown 7:8 /data/new"
	eq "with its ids" "$(stat -c %u:%g /srv/guard/data/new) $(</srv/guard/data/new)" "7:8 $layout"
	check "which is seen in the other" in_101 grep -q "$layout" /mnt/deep/ro/new
	eq "what is mounted below is not there" "$(in_101 ls /data/below)" ""

	# What its root could try
	says "no writing to what is ro" "Read-only" in_101 sh -c 'echo x >/mnt/deep/ro/new'
	says "nor after a remount" "ermission denied" in_101 mount -o remount,bind,rw /mnt/deep/ro
	says "nor of the other" "ermission denied" in_101 mount -o remount,bind,dev,suid,rw /data
	in_101 sh -c 'mkdir -p /tmp/again && mount -o bind /mnt/deep/ro /tmp/again && mount -o remount,bind,rw /tmp/again' 2>/dev/null
	says "nor of a copy" "Read-only" in_101 sh -c 'echo x >/tmp/again/new'
	in_101 umount /tmp/again
	says "a device of the host's is not opened" "ermission denied" in_101 head -c 1 /data/disk
	eq "flags are as they were" "$(flags /data)$(flags /mnt/deep/ro)" "nodev nosuid rw nodev noexec nosuid ro "
	status 0 "restart" vzlite restart 101 --fast
	eq "they are there again" "$(flags /data)$(flags /mnt/deep/ro)" "nodev nosuid rw nodev noexec nosuid ro "

	# A root that was prepared
	check "its root puts a link there" in_101 sh -c 'umount /data && rmdir /data && ln -s /etc /data'
	status 50 "it starts no more" vzlite restart 101 --fast
	nothing_left 101
	eq "the host's mounts" "$(host_mounts)" "$before"
	status 31 "not without --save" vzlite set 101 --bindmount_del /data
	status 0 "without that it starts" vzlite set 101 --bindmount_del /data --save
	status 0 "start" vzlite start 101
	check "a link above" in_101 sh -c 'umount /mnt/deep/ro && rmdir /mnt/deep/ro && rmdir /mnt/deep &&
		ln -s ../../../../etc /mnt/deep'
	status 50 "leads nowhere, too" vzlite restart 101 --fast
	check "the host has nothing of it" test ! -e /etc/ro
	status 0 "none" vzlite set 101 --bindmount_del all --save
	status 0 "start" vzlite start 101
	eq "nothing is bound" "$(flags /data)$(flags /mnt/deep/ro)$(flags /etc/note)" ""
	status 0 "stop" vzlite stop 101 --fast
	nothing_left 101
	status 0 "destroy" vzlite destroy 101
}

check "the module loads" modprobe vzlite
mkdir -p /srv/guard/data/below
chmod 700 /srv/guard
chmod 755 /srv/guard/data
touch /srv/guard/data/user
chown 1000:1000 /srv/guard/data/user
echo "from the host" >/srv/guard/note
mknod -m 666 /srv/guard/data/disk b 254 0
cp "$(readlink -f "$(command -v busybox)")" /srv/guard/data/id
mount -t tmpfs tmpfs /srv/guard/data/below
touch /srv/guard/data/below/hidden
try overlay
echo "from the host" >/srv/guard/note
try dir

status 0 "a source that is missing can be stored" vzlite create 102 --ostemplate busybox --bindmount_add /srv/none:/x
status 50 "and keeps the VE from starting" vzlite start 102
nothing_left 102
ln -s /etc /srv/link
status 0 "so does one behind a link" vzlite set 102 --bindmount_add /srv/link:/x --save
status 50 "start" vzlite start 102
status 0 "and a device" vzlite set 102 --bindmount_add /srv/guard/data/disk:/x --save
status 50 "start" vzlite start 102
nothing_left 102
status 21 "no such place" vzlite set 102 --bindmount_add /srv:/proc/x --save
status 21 "none of a name that leads up" vzlite set 102 --bindmount_add /srv/../etc:/x --save
chmod 711 /srv/guard
status 0 "a file system that has no ids" vzlite set 102 --bindmount_del all --bindmount_add /sys/block:/x --save
says "is said to be one" "cannot map ids" vzlite start 102
eq "and nobody's" "$(vzlite exec 102 -- stat -c %u /x)" 65534
status 0 "stop" vzlite stop 102 --fast

# A disk that the host has not mounted, or not yet
cp /etc/fstab /run/fstab
mkdir -p /srv/late/data
chmod 700 /srv/late
status 0 "a directory on another disk" vzlite set 102 --bindmount_del all --bindmount_add /srv/late/data:/x --save
echo "tmpfs /srv/late/ tmpfs nofail 0 0" >>/etc/fstab
status 50 "which is not there" vzlite start 102
mount -t tmpfs tmpfs /srv/late/data
status 0 "unless another is, where it matters" vzlite start 102
status 0 "stop" vzlite stop 102 --fast
umount /srv/late/data
mount /srv/late
chmod 700 /srv/late
status 50 "nor is what was below it" vzlite start 102
mkdir /srv/late/data
status 0 "with both it starts" vzlite start 102
status 0 "stop" vzlite stop 102 --fast
echo "tmpfs /srv/late/data tmpfs noauto 0 0" >>/etc/fstab
status 0 "what is mounted by hand is nobody else's matter" vzlite start 102
status 0 "stop" vzlite stop 102 --fast
umount /srv/late
cp /run/fstab /etc/fstab

status 0 "an open directory" vzlite set 102 --bindmount_del all --bindmount_add /srv/guard/data:/x --save
says "is warned of" "setuid programs" vzlite start 102
status 0 "stop" vzlite stop 102 --fast
status 0 "destroy" vzlite destroy 102
unloads
finish
