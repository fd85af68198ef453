#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: a VE opens the devices that it was given, as it was given them, and no other, whatever nodes are in its files
# on: newest
# also: bookworm
# smp: 1
# timeout: 300
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/ve.sh"

in_ve() {
	local id=$1
	shift
	vzlite exec "$id" -- "$@"
}

plain() {
	local id=$1
	eq "VE $1: what all have" "$(in_ve "$id" sh -c 'for i in null zero full random urandom tty ptmx; do
		[ -c /dev/$i ] || echo "no $i"; ( : </dev/$i ) 2>&1 | grep -q "ermitted\|denied" && echo $i; done')" ""
	eq "a terminal" "$(in_ve "$id" sh -c 'head -c 3 /dev/zero | wc -c; echo x >/dev/null && echo y')" "3
y"
	check "a pty" "$(dirname "$0")/onpty" vzlite exec "$id" -- sh -c 'tty | grep -q /dev/pts/ && : </dev/tty && : </dev/ptmx'
}

nodes() {
	in_ve "$1" find /dev ! -type l \( -type c -o -type b \) ! -path '/dev/pts/*' | sort | tr '\n' ' '
}

check "the module loads" modprobe vzlite
disk=$(sed -n 's,^/dev/\([a-z]*\) / .*,\1,p' /proc/self/mounts)
eq "the disk" "$disk" vda
base="/dev/full /dev/null /dev/random /dev/tty /dev/urandom /dev/zero "

status 0 "create" vzlite create 101 --ostemplate busybox
status 0 "start" vzlite start 101
eq "its nodes" "$(nodes 101)" "$base"
plain 101
says "it makes none" "not permitted" in_ve 101 mknod /root/disk b 254 0
status 0 "a layout of its own files" vzlite create 102 --ostemplate busybox --layout dir
mknod -m 666 $private/102/root/leak b 254 0
mknod -m 666 $private/102/root/kmsg c 1 11
status 0 "start" vzlite start 102
plain 102
says "a node that was put there" "ermission denied" in_ve 102 head -c 1 /leak
in_ve 102 mount -o remount,bind,dev /
says "also mounted anew" "not permitted" in_ve 102 head -c 1 /leak
says "nor the host's log" "not permitted" in_ve 102 head -c 1 /kmsg
says "nor for writing" "not permitted" in_ve 102 sh -c 'echo x >/kmsg'
status 0 "stop" vzlite stop 102 --fast
status 0 "destroy" vzlite destroy 102

# Given
status 20 "nor to one that runs" vzlite set 101 --devnodes vda:r
status 20 "no feature either" vzlite set 101 --features fuse:on
status 0 "a disk to read" vzlite set 101 --devnodes vda:r --save
status 0 "without views for now" vzlite set 101 --features views:off
status 0 "and features" vzlite set 101 --features fuse:on,tun:on --save
eq "which do not bring the views back" "$(vzlite list -H -o features 101 | cut -d' ' -f1)" views:off
status 0 "nor does it take them away" vzlite set 101 --features views:on
eq "as OpenVZ writes it" "$(grep -E 'DEV|FEAT' /etc/vzlite/conf/101.conf)" 'DEVNODES="vda:r"
FEATURES="fuse:on tun:on"'
eq "list says so" "$(vzlite list -H -o features 101 | xargs)" "views:on fuse:on tun:on"
check "a node of another disk in its files" mkdir -p $private/101/upper/root
mknod -m 666 $private/101/upper/root/other b 254 16
status 0 "restart" vzlite restart 101 --fast
eq "its nodes" "$(nodes 101)" "/dev/full /dev/fuse /dev/net/tun /dev/null /dev/random /dev/tty /dev/urandom /dev/vda /dev/zero "
plain 101
eq "are its own" "$(in_ve 101 stat -c '%u:%g %a' /dev/vda /dev/fuse /dev/net/tun | xargs)" \
	"0:0 600 0:0 666 0:0 666"
eq "the disk is read" "$(in_ve 101 head -c 4096 /dev/vda | sha256sum)" "$(head -c 4096 /dev/vda | sha256sum)"
says "and not written" "not permitted" in_ve 101 dd if=/dev/vda of=/dev/vda bs=512 count=1 conv=notrunc
says "nor both" "not permitted" in_ve 101 sh -c ': <>/dev/vda'
in_ve 101 chmod 666 /dev/vda
says "whatever its mode" "not permitted" in_ve 101 sh -c ': >/dev/vda'
in_ve 101 mount -o remount,bind,dev / 2>/dev/null
says "another is not" "ermission denied" in_ve 101 head -c 1 /root/other
check "fuse" in_ve 101 sh -c ': <>/dev/fuse'
says "tun" tun7 in_ve 101 sh -c 'tunctl -t tun7 && ip link show tun7'
eq "which the host does not see" "$(ip -o link show tun7 2>/dev/null)" ""
eq "below, in a cgroup of its own" "$(in_ve 101 sh -c 'mkdir /sys/fs/cgroup/x; echo $$ >/sys/fs/cgroup/x/cgroup.procs
	cat /proc/self/cgroup; : >/dev/vda' 2>&1 | grep -oE '::/x|not permitted' | xargs)" "::/x not permitted"

status 0 "a device that is not there" vzlite set 101 --devnodes none-such:rw --save
status 50 "keeps it from being restarted" vzlite restart 101 --fast
eq "it runs on" "$(ve_words 101 | xargs)" "exist mounted running"
status 0 "stop" vzlite stop 101 --fast
status 50 "and from starting" vzlite start 101
nothing_left 101
status 0 "so does memory" vzlite set 101 --devnodes none-such:none --devnodes mem:r --save
[[ -e /dev/mem ]] || mknod /dev/mem c 1 1
status 50 "start" vzlite start 101
status 21 "none of a name that leads up" vzlite set 101 --devnodes ../etc/passwd:r --save
status 0 "all taken away" vzlite set 101 --devnodes mem:none --devnodes vda:none --features fuse:off,tun:off --save
status 0 "start" vzlite start 101
eq "its nodes" "$(nodes 101)" "$base"
status 0 "stop" vzlite stop 101 --fast
nothing_left 101
# udev has the node before there is a driver, and the module lets no VE load that.
check "the host has no tun" sh -c 'modprobe -r tun; [ ! -e /sys/module/tun ]'
[[ -e /dev/net/tun ]] || { mkdir -p /dev/net && mknod /dev/net/tun c 10 200; }
echo no >/run/host-file
chmod 644 /run/host-file
status 0 "tun as OpenVZ's configurations have it, and a file" vzlite set 101 --devnodes net/tun:rw --hostname other \
	--bindmount_add /run/host-file:/etc/hostname --bindmount_add /run/host-file:/etc/resolv.conf \
	--bindmount_add /run/host-file:/etc/hosts --save
status 0 "start" vzlite start 101
says "opens" tun8 in_ve 101 sh -c 'tunctl -t tun8 && ip link show tun8'
eq "a file of the host at /etc/hostname or /etc/hosts is not written" "$(cat /run/host-file)" no
status 3 "nor at /etc/resolv.conf" vzlite set 101 --nameserver 192.0.2.1
eq "so it is as it was" "$(cat /run/host-file)" no
status 0 "stop" vzlite stop 101 --fast
status 0 "destroy" vzlite destroy 101
unloads
finish
