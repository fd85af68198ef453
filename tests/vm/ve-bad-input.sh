#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: bad input gives one clear line and OpenVZ's exit status, and changes nothing
# on: trixie
# also: bookworm newest
# smp: 1
# timeout: 240
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/ve.sh"

# All that vzlite keeps; not what a VE that runs does by itself. Lock files are no
# state.
state() {
	find /etc/vzlite /var/lib/vzlite/private /var/lib/vzlite/template /run/vzlite \
		\( -path '*/template/debian-13/*' -o -path '*/private/*/upper/*' -o \
		-path '*/private/*/work/*' \) -prune -o \
		-type d -printf '%p %m %U\n' -o ! -name '*.lock' -printf '%p %s %m %U %T@\n' |
		sort | sha256sum
	[[ ! -e /proc/vzlite/ve ]] || awk '{ print $1, $2, $4 }' /proc/vzlite/ve
}

# bad STATUS TEXT COMMAND...: as status, and the state stays as it was.
bad() {
	local before
	before=$(state)
	status "$@"
	[[ $(state) == "$before" ]] || not_ok "$2: nothing has changed"
}

check "a VE with limits" vzlite create 101 --ostemplate busybox --numproc 50
# The kernel loads it by itself when its netlink family is asked for.
modprobe=$(cat /proc/sys/kernel/modprobe)
echo /bin/false >/proc/sys/kernel/modprobe
mkdir -p /run/vzlite
bad 5 "start without the module" vzlite start 101
bad 5 "stats without the module" vzlite stats
echo "$modprobe" >/proc/sys/kernel/modprobe
check "with it, the first use loads it" vzlite stats
check "another VE" vzlite create 102 --ostemplate busybox
check "it starts" vzlite start 102

# Words
bad 20 "an unknown command" vzlite frobnicate 101
bad 20 "a command's beginning" vzlite sta 101
bad 20 "an unknown option" vzlite create 103 --ostemplate busybox --frob
bad 20 "an option without its value" vzlite create 103 --ostemplate
bad 20 "no CTID" vzlite start
bad 20 "a word too many" vzlite start 101 102
for id in 0 -1 2147483648 99999999999999999999 0x65 1e3 '1 ' '' ../101; do
	bad 21 "CTID '$id'" vzlite create "$id" --ostemplate busybox
done
bad 21 "start of a name that nobody has" vzlite start nosuchname

# VEs
bad 44 "create twice" vzlite create 101 --ostemplate busybox
bad 14 "start of a VE that does not exist" vzlite start 999
bad 14 "destroy of a VE that does not exist" vzlite destroy 999
bad 32 "start of a VE that runs" vzlite start 102
bad 0 "stop of a VE that does not" vzlite stop 101
bad 14 "stop of a VE that does not exist" vzlite stop 999
mkdir -p $private/104
bad 14 "start of a private area without configuration" vzlite start 104
rmdir $private/104
mv $private/101 $private/away
bad 43 "start of a configuration without private area" vzlite start 101
mv $private/away $private/101

# Values
for value in -1 x 5:3 1:2:3 '' 1.5 10Q 9223372036854775808 0x10; do
	bad 21 "numproc '$value'" vzlite set 101 --numproc "$value" --save
done
bad 21 "a memory limit that is none" vzlite set 101 --ram lots --save
bad 21 "a CPU limit below nothing" vzlite set 101 --cpulimit -5 --save
bad 21 "one good and one bad value" vzlite set 102 --numproc 61 --numfile 5:3
check "of which the good one is not in force either" sh -c "! grep -w numproc /proc/vzlite/102/beancounters | grep -q 61"
bad 21 "a name that is a path" vzlite create 103 --ostemplate busybox --name ../../etc
check "a VE is named" vzlite set 101 --name twin --save
bad 131 "a name that another VE has" vzlite set 102 --name twin --save

# Templates
bad 91 "a template that is not there" vzlite create 103 --ostemplate nosuch
bad 21 "a template that is a path" vzlite create 103 --ostemplate ../../../etc
cd /run && mkdir -p tree/etc tree/sbin && echo x >tree/etc/x && cp /bin/busybox tree/sbin/init
tar -czf good.tar.gz -C tree .
head -c $(($(stat -c %s good.tar.gz) / 2)) good.tar.gz >short.tar.gz
tar -cPf up.tar --transform 's,^,../../,' tree/etc/x 2>/dev/null
tar -cPf absolute.tar /run/tree/etc/x && echo y >tree/etc/x
mknod tree/disk b 7 0
tar -cf device.tar -C tree .
ln -s / tree/link && tar -cf link.tar -C tree link && mkdir -p t2/link && echo evil >t2/link/evil &&
	tar -rf link.tar -C t2 link/evil
echo nonsense >nonsense.tar
for archive in short.tar.gz up.tar absolute.tar device.tar link.tar nonsense.tar; do
	bad 48 "import of $archive" vzlite template import broken "$archive"
done
eq "nothing came out of the tree" \
	"$(cat tree/etc/x; find / /run /var -xdev \( -path '*/etc/x' -o -name evil \) ! -path '/run/t*')" y
bad 3 "import of a file that is not there" vzlite template import broken nosuch.tar
for directory in / /var/lib/vzlite /var/lib/vzlite/template; do
	bad 48 "import of $directory, which the template would be part of" vzlite template import broken $directory
done
status 0 "import of a good one" vzlite template import good good.tar.gz
bad 44 "import of it again" vzlite template import good good.tar.gz
status 0 "delete" vzlite template delete good
bad 91 "delete again" vzlite template delete good
bad 52 "delete of one that VEs are made of" vzlite template delete busybox

# The machine
mount -t tmpfs -o size=256k,mode=700 tmpfs $private
bad 46 "create on a full disk" vzlite create 103 --ostemplate busybox --layout dir
umount $private
for inodes in 1 2 3; do
	mount -t tmpfs -o nr_inodes=$inodes,mode=700 tmpfs $private
	bad 46 "create on a disk without room for a directory more than $((inodes - 1))" vzlite create 103 --ostemplate busybox
	umount $private
done
mount -t tmpfs -o nr_inodes=1,mode=755 tmpfs /etc/vzlite/conf
bad 46 "create without room for its configuration" vzlite create 103 --ostemplate busybox
umount /etc/vzlite/conf
bad 5 "start where cgroups are of another version" \
	unshare -m sh -c 'mount -t tmpfs tmpfs /sys/fs/cgroup && exec vzlite start 101'
bad 12 "start by somebody else" setpriv --reuid 65534 --regid 65534 --clear-groups vzlite start 101

check "after all that the VE starts" vzlite start 101
vzlite stop 101
vzlite stop 102
finish
