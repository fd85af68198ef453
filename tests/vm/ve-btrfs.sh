#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: VEs live on btrfs, and nothing that one makes of it keeps its files from being removed
# on: newest
# also: bookworm
# packages: btrfs-progs
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/ve.sh"

check "the module loads" modprobe vzlite
modprobe -a loop btrfs
mkdir -p $private
truncate -s 300M /run/disk
mkfs.btrfs -q /run/disk
check "the host has btrfs" mount -o loop /run/disk $private
root=$private/101/root

status 0 "create" vzlite create 101 --ostemplate busybox --layout dir
for file in "$(command -v btrfs)" $(ldd "$(command -v btrfs)" | grep -o '/[^ ]*'); do
	mkdir -p "$root$(dirname "$file")" && cp -L "$file" "$root$file"
done
status 0 "start" vzlite start 101
check "its root makes subvolumes" vzlite exec 101 sh -c \
	'cd /root && btrfs subvolume create a && mkdir a/b && btrfs subvolume create a/b/c && echo >a/b/c/file'
check "and snapshots that nobody may change" vzlite exec 101 sh -c \
	'cd /root && btrfs subvolume snapshot -r a/b/c a/b/d && btrfs subvolume snapshot -r a e && btrfs subvolume snapshot -r a a/f'
check "they are so" not touch "$root/root/e/b/file"
status 0 "stop" vzlite stop 101 --fast
status 0 "destroy" vzlite destroy 101
eq "nothing is left" "$(ls -A $private)" ""

status 0 "create" vzlite create 101 --ostemplate busybox
status 0 "start" vzlite start 101
check "an overlay is there, too" vzlite exec 101 sh -c 'rm /etc/passwd && mkdir /a && mv /a /b && echo >/b/c'
status 0 "stop" vzlite stop 101 --fast
status 0 "destroy" vzlite destroy 101
eq "nothing is left" "$(ls -A $private)" ""
umount $private
unloads
finish
