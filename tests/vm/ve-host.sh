#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: hosts that are set up otherwise have VEs like all: another umask, limits, mounts, projects, files that cannot be moved
# on: bookworm
# also: newest
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/ve.sh"

check "the module loads" modprobe vzlite

# The caller's umask
check "a VE made and started by somebody with umask 077" sh -c \
	'umask 077; vzlite create 101 --ostemplate busybox && vzlite start 101'
eq "its cgroup is open to the VE's users" "$(vzlite exec 101 stat -c %a /sys/fs/cgroup)" 755

# Memory that is held
status 0 "memory and swap" vzlite set 101 --ram 256M --swap 0
vzlite exec 101 sh -c 'cat >/bin/hog && chmod 755 /bin/hog' <"$(dirname "$0")/hog"
vzlite exec 101 hog anon 25600 /root/taken >/dev/null &
hog=$!
check "it holds 100 MiB" retry 60 test -e $private/101/upper/root/taken
says "less than it holds is refused" "of which what is above 50 MiB cannot be reclaimed" vzlite set 101 --ram 50M
eq "with nothing changed" "$(cat /sys/fs/cgroup/vzlite/101/memory.max)" 268435456
eq "nobody killed" "$(sed -n 's/^oom_kill //p' /sys/fs/cgroup/vzlite/101/memory.events)" 0
check "and it runs" kill -0 $hog
for after in 0.02 0.05 0.1 0.2 0.4; do
	timeout -s KILL $after vzlite set 101 --ram 50M 2>/dev/null
	cat /sys/fs/cgroup/vzlite/101/memory.{max,high}
done >/run/killed
eq "killed on the way it is as before" "$(sort /run/killed | uniq -c | xargs)" "5 268435456 5 max"
dd if=/dev/zero of=/swap bs=1M count=200 status=none && chmod 600 /swap && mkswap -q /swap
check "the host has swap" swapon /swap
eq "nor slowed" "$(cat /sys/fs/cgroup/vzlite/101/memory.high)" max
status 0 "with swap to go to it is no loss" vzlite set 101 --ram 50M --swap 200M
eq "and is not slowed" "$(cat /sys/fs/cgroup/vzlite/101/memory.high)" max
check "as it has" test "$(cat /sys/fs/cgroup/vzlite/101/memory.current)" -le 52428800
eq "nobody killed" "$(sed -n 's/^oom_kill //p' /sys/fs/cgroup/vzlite/101/memory.events)" 0
check "and it runs" kill -0 $hog
vzlite exec 101 rm /root/taken
wait $hog
eq "it has come to its end" $? 0
status 0 "stop" vzlite stop 101 --fast
swapoff /swap

# A file that cannot be moved
echo precious >$private/101/upper/root/file
chattr +i /etc/vzlite/conf/101.conf
status 12 "destroy of one whose file is immutable" vzlite destroy 101
eq "leaves its files" "$(cat $private/101/upper/root/file)" precious
chattr -i /etc/vzlite/conf/101.conf
status 0 "it starts" vzlite start 101
status 0 "stop" vzlite stop 101 --fast

# A create that was killed, and a VE that was put there since
mkdir -p $private/.create-101/upper
status 0 "start of one beside what is left of a create" vzlite start 101
eq "it has its files" "$(vzlite exec 101 cat /root/file)" precious
status 0 "stop" vzlite stop 101 --fast
status 0 "destroy" vzlite destroy 101
eq "nothing is left" "$(ls -A $private)" ""

# Limits
echo 65536 >/proc/sys/fs/nr_open
status 0 "create" vzlite create 101 --ostemplate busybox
status 0 "start where fewer files may be open" vzlite start 101
eq "it has what there is" "$(vzlite exec 101 sh -c 'ulimit -n; ulimit -Hn' | xargs)" "1024 65536"
status 0 "stop" vzlite stop 101 --fast
echo 1048576 >/proc/sys/fs/nr_open
status 0 "destroy" vzlite destroy 101

# What is kept, and what a copy has
says "what limits nothing is told of" "set 101: kmemsize, dcachesize: kept and shown, but nothing is limited" \
	sh -c 'vzlite create 101 --ostemplate busybox --name web && vzlite set 101 --kmemsize 14M --dcachesize 3M --numproc unlimited --save'
eq "but not what does" "$(vzlite set 101 --numfile 1000 --save 2>&1)" ""
cp -a $private/101 $private/102
sed '/^LOCAL_UID/d' /etc/vzlite/conf/101.conf >/etc/vzlite/conf/102.conf
echo "LOCAL_UID=\"$(($(sed -n 's/^LOCAL_UID="\(.*\)"/\1/p' /etc/vzlite/conf/101.conf) + 65536))\"" >>/etc/vzlite/conf/102.conf
status 0 "start" vzlite start 101
status 131 "a copy under the same name does not start beside" vzlite start 102
nothing_left 102
status 0 "stop" vzlite stop 101 --fast
rm -r /etc/vzlite/conf/102.conf $private/102
sed -i '/^NUMFILE/d' /etc/vzlite/conf/101.conf
modprobe -r vzlite
echo "install vzlite /bin/false" >/etc/modprobe.d/none.conf
status 0 "without the module one whose limits are unlimited starts" vzlite start 101
rm /etc/modprobe.d/none.conf
vzlite eventd >/run/eventd.log 2>&1 &
daemon=$!
check "the daemon is there" retry 20 grep -q . /run/eventd.log
check "the module loads" modprobe vzlite
check "that the VE is without it is said when it is there" retry 20 grep -q "101.* runs without the module" /run/eventd.log
kill $daemon
wait $daemon

# A disk that has died, or is not mounted
rm -rf /var/lib/vzlite/adopted
touch /var/lib/vzlite/adopted
check "VEs cannot be listed then" not vzlite list
status 3 "which is said at the host's end" vzlite shutdown --fast
eq "and stopped all the same" "$(left_of 101)" ""
rm /var/lib/vzlite/adopted
mv $private/101 /run/away
says "files that are not there are said to be away" "there were no files of it in $private" vzlite destroy 101
rm -rf /run/away

# CPUs, by number and by list
status 0 "both" vzlite create 101 --ostemplate busybox --cpus 1 --cpumask 0-1
status 0 "start" vzlite start 101
eq "one of those" "$(cat /sys/fs/cgroup/vzlite/101/cpuset.cpus)" 1
status 0 "another list" vzlite set 101 --cpumask 0
eq "of which it is one" "$(cat /sys/fs/cgroup/vzlite/101/cpuset.cpus)" 0
status 3 "a list of CPUs of which the host has none" vzlite set 101 --cpumask 2-5
eq "changes nothing" "$(cat /sys/fs/cgroup/vzlite/101/cpuset.cpus)" 0
status 0 "a list with CPUs that the host has not" vzlite set 101 --cpumask 0,1-5
eq "of those there are" "$(cat /sys/fs/cgroup/vzlite/101/cpuset.cpus)" 1
echo 0 >/sys/fs/cgroup/vzlite/cpuset.cpus
eq "when that is taken it runs on what is left" "$(cat /sys/fs/cgroup/vzlite/101/cpuset.cpus{,.effective} | xargs)" "1 0"
status 0 "the same number" vzlite set 101 --cpus 1
eq "is chosen anew" "$(cat /sys/fs/cgroup/vzlite/101/cpuset.cpus)" 0
echo >/sys/fs/cgroup/vzlite/cpuset.cpus
eq "and stays so" "$(cat /sys/fs/cgroup/vzlite/101/cpuset.cpus{,.effective} | xargs)" "0 0"
status 0 "stop" vzlite stop 101 --fast
status 0 "a list to come" vzlite set 101 --cpumask 2-5 --save
says "start says that there is none" "start 101: CPUMASK 2-5: the VE can have none of these CPUs now, and so has all" vzlite start 101
eq "but keeps to their number" "$(cat /sys/fs/cgroup/vzlite/101/cpuset.cpus | grep -cx '[01]')" 1
status 0 "stop" vzlite stop 101 --fast
# Without a number the kernel has the list, and takes no CPU beyond the host's last possible one.
cpus_of_101() {
	cat /sys/fs/cgroup/vzlite/101/cpuset.cpus{,.effective} | xargs
}
echo 0-1 >/sys/fs/cgroup/vzlite/cpuset.cpus
status 0 "no number" vzlite set 101 --cpus 0 --save
says "start says that there is none, too" "start 101: CPUMASK 2-5: the VE can have none" vzlite start 101
eq "and it has all" "$(cpus_of_101)" "0-1"
status 0 "a list that goes beyond" vzlite set 101 --cpumask 1-5 --save
eq "is what there is of it" "$(cpus_of_101)" "1 1"
status 0 "restart" vzlite restart 101
eq "also when it starts" "$(cpus_of_101)" "1 1"
status 0 "stop" vzlite stop 101 --fast
status 0 "destroy" vzlite destroy 101

# A configuration that was restored when its VE had been destroyed, and others have what it had
conf=/etc/vzlite/conf
status 0 "create" vzlite create 101 --ostemplate busybox --ipadd 192.0.2.101 --netif_add eth0,02:00:00:00:01:01,both0
cp $conf/101.conf /run/101.conf
status 0 "destroy" vzlite destroy 101
status 0 "another has its ids, address and interface" vzlite create 102 --ostemplate busybox --ipadd 192.0.2.101
sed -n '/^NETIF=/p' /run/101.conf >>$conf/102.conf
eq "and so it is" "$(grep -h LOCAL_UID $conf/102.conf)" "$(grep LOCAL_UID /run/101.conf)"
cp /run/101.conf $conf/101.conf
says "which starts all the same" "start 102: VE 101, whose files are gone, has ids of its range" vzlite start 102
check "and runs" is_up 102
status 0 "stop" vzlite stop 102 --fast
says "of its address, too, that is told" "start 102: VE 101, whose files are gone, has an address of its" vzlite start 102
status 78 "nobody is given what is another's on paper" vzlite create 103 --ostemplate busybox --ipadd 192.0.2.101
status 21 "it does not start itself, beside who has its ids" vzlite start 101
status 0 "stop" vzlite stop 102 --fast
mkdir $private/101
status 21 "with files it may be the one that was there" vzlite start 102
rmdir $private/101
rm $conf/101.conf
status 0 "destroy" vzlite destroy 102

# What a start waits for can be ended meanwhile
status 0 "a VE whose systemd never comes up" vzlite create 101 --ostemplate busybox --init /systemd
cp "$(dirname "$0")/headless" $private/101/upper/systemd
vzlite start 101 --wait 2>/run/err &
waiting=$!
check "it is started" retry 20 is_up 101
status 0 "and stopped by somebody else" vzlite stop 101 --fast
got=0
wait $waiting || got=$?
eq "who waits for it is told" "$got $(cat /run/err)" "133 vzlite: start 101: its init has ended"
nothing_left 101
status 0 "destroy" vzlite destroy 101

# How the host has mounted what its kernel shows
status 0 "create" vzlite create 101 --ostemplate busybox
for times in noatime strictatime nodiratime,relatime; do
	mount -o "remount,$times" /proc
	mount -o "remount,$times" /sys
	status 0 "start where /proc and /sys are $times" vzlite start 101
	status 0 "stop" vzlite stop 101 --fast
done
mount -o remount,relatime,diratime /proc
mount -o remount,relatime,diratime /sys
mount --bind /dev/null /proc/kcore
status 50 "start where a part of /proc is hidden" vzlite start 101
says "which the line tells" "nothing may be mounted over a part of /proc" vzlite start 101
umount /proc/kcore
ip netns add other
status 5 "start by ip netns exec" ip netns exec other vzlite start 101
says "of which the line tells, too" "ip netns exec has a /sys of its own" ip netns exec other vzlite start 101
status 0 "start" vzlite start 101
status 0 "stop" vzlite stop 101 --fast
status 0 "destroy" vzlite destroy 101
ip netns del other

# Where the host's files are
mount --bind $private $private
mount -o remount,bind,nosuid,noexec $private
for layout in overlay dir; do
	status 0 "$layout on a file system mounted nosuid and noexec" vzlite create 101 --ostemplate busybox --layout $layout
	status 0 "start" vzlite start 101
	eq "the VE's root is neither" "$(vzlite exec 101 sed -n 's,^[^/]*/[^ ]* / \([^ ]*\) .*,\1,p' /proc/self/mountinfo |
		tr , '\n' | grep -e nosuid -e noexec)" ""
	status 0 "stop" vzlite stop 101 --fast
	status 0 "destroy" vzlite destroy 101
done
umount $private
modprobe loop
truncate -s 200M /run/disk
mkfs.ext2 -q /run/disk
check "a file system that cannot map ids" mount -t ext2 -o loop /run/disk $private
status 0 "create" vzlite create 101 --ostemplate busybox --layout dir
status 50 "start" vzlite start 101
says "which the line tells" "private/101/root: its file system cannot (ext4, XFS and btrfs can)" vzlite start 101
status 0 "destroy" vzlite destroy 101
umount $private
mkfs.ext4 -q -F -O quota,project -E quotatype=prjquota /run/disk
check "a file system with projects" mount -o loop,prjquota /run/disk $private
check "of which all VEs are in one" chattr +P -p 10 $private
status 0 "create" vzlite create 101 --ostemplate busybox
status 63 "one with a quota is not made" vzlite create 102 --ostemplate busybox --diskspace 1G
eq "of that project" "$(lsattr -pd $private/101 | awk '{ print $1 }')" 10
status 0 "start" vzlite start 101
status 63 "a quota of its own is none" vzlite set 101 --diskspace 100M --save
status 0 "stop" vzlite stop 101 --fast
status 63 "nor while it is down" vzlite set 101 --diskspace 100M --save
status 0 "it starts all the same" vzlite start 101
status 0 "stop" vzlite stop 101 --fast
status 0 "destroy" vzlite destroy 101
eq "nothing is left" "$(ls -A $private)" "lost+found"
umount $private
unloads
finish
