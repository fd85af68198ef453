#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: a VE is made, starts, runs commands, stops and goes, in both layouts, and leaves nothing
# on: bookworm newest
# also: trixie debug
# smp: 1
# timeout: 400
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/ve.sh"
here=$(cd "$(dirname "$0")" && pwd)
template=/var/lib/vzlite/template/busybox
in_101() {
	vzlite exec 101 -- "$@"
}

check "the module loads" modprobe vzlite
before=$(find $template -printf '%p %U %G %m %T@\n' | sha256sum)
mounts=$(cut -d' ' -f5 /proc/self/mountinfo | sort)
eq "a VE that is not there" "$(ve_words 101)" "deleted unmounted down"
status 0 "create" vzlite create 101 --ostemplate busybox --hostname ve101 --name first
eq "is not running yet" "$(ve_words 101)" "exist unmounted down"
status 31 "exec in a VE that is down" vzlite exec 101 -- true
status 0 "stop of a VE that is down is no error" vzlite stop 101
says "but said" "vzlite: stop 101: the VE is not running" vzlite stop 101
eq "unless it is not to be" "$(vzlite --quiet stop 101 2>&1)" ""
says "OpenVZ's avnumproc is left out" "set: --avnumproc limits nothing, as in OpenVZ, and is left out" \
	vzlite set 101 --avnumproc 180:180 --save
status 20 "what else vzctl knows has a hint" vzlite set 101 --userpasswd root:secret
status 0 "start, by name" vzlite start first
eq "status" "$(vzlite status 101)" "CTID 101 exist mounted running"
status 32 "start of a VE that runs" vzlite start 101
status 32 "destroy of a VE that runs" vzlite destroy 101
status 44 "create of a VE that exists" vzlite create 101 --ostemplate busybox

# Running commands
eq "exec: host name" "$(in_101 cat /etc/hostname) $(in_101 hostname)" "ve101 ve101"
eq "it is in /etc/hosts, with localhost" "$(in_101 sed -n 's/\t/ /; /^127/p' /etc/hosts)" "127.0.0.1 localhost
127.0.1.1 ve101 # vzlite"
eq "as the VE's own file" "$(in_101 stat -c '%u %g %a' /etc/hosts)" "0 0 644"
status=0; in_101 sh -c 'exit 7' || status=$?
eq "exec returns the command's status" $status 7
status=0; in_101 sh -c 'kill -9 $$' || status=$?
eq "or 128 and the signal" $status 137
status 8 "exec of what is not there" vzlite exec 101 -- nosuch
status 8 "exec of a shell's line" vzlite exec 101 "echo x"
says "says what it takes" "vzlite: exec 101: run echo x: not found: exec takes a program and its arguments, no line for a shell (sh -c '...')" \
	vzlite exec 101 "echo x"
in_101 sh -c 'echo "echo \$#" >/bin/script && chmod 755 /bin/script'
for n in 3 900 1500 20000; do
	# shellcheck disable=SC2046
	eq "a script that does not name its shell gets $n arguments" "$(in_101 script $(seq $n))" $n
done
in_101 rm /bin/script

# Its /dev is one file system and one file, for the memory's sake
eq "/dev/shm is of /dev's file system" "$(in_101 stat -c %d /dev /dev/shm | uniq | wc -l)" 1
eq "open to all" "$(in_101 stat -c %a /dev/shm)" 1777
eq "and has flags of its own" "$(in_101 awk '$5 ~ "^/dev(/shm)?$" { print $5, $6 }' /proc/self/mountinfo)" \
	"/dev rw,nosuid,noexec,relatime
/dev/shm rw,nosuid,nodev,relatime"
eq "a program runs there, and not in /dev" "$(in_101 sh -c 'for i in /dev/shm /dev; do
	cp /bin/busybox $i/echo; $i/echo ran 2>&1; rm $i/echo; done' | sed 's/.*: //')" "ran
Permission denied"
eq "devices are mounted on one file" "$(in_101 unshare -m sh -c 'cd /dev; umount null zero full random urandom tty
	stat -c "%F %h" zero')" "regular empty file 6"
eq "exec passes standard input on" "$(echo in | in_101 cat)" in
eq "arguments go unchanged" "$(in_101 printf '%s|' 'a b' '' '*' --help)" "a b||*|--help|"
eq "the environment is its own" "$(SECRET=1 TERM=vt100 vzlite exec 101 env | sort | tr '\n' ' ')" \
	"HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin TERM=vt100 container=vzlite "
# Not by a glob, which opens the directory itself.
eq "no descriptor of the host comes along" "$(exec 9</etc/shadow; in_101 sh -c '
	for n in 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
		if [ -e /proc/self/fd/$n ]; then echo $n; fi; done')" ""
eq "it is in every namespace of init" \
	"$(in_101 sh -c 'for n in user pid mnt net uts ipc cgroup time; do
		[ "$(readlink /proc/1/ns/$n)" = "$(readlink /proc/self/ns/$n)" ] || echo $n; done')" ""
eq "and in none of the host" \
	"$(for n in user pid mnt net uts ipc cgroup time; do
		[[ $(readlink /proc/self/ns/$n) != $(in_101 readlink /proc/self/ns/$n) ]] || echo $n; done)" ""
check "its clock starts with it" test "$(in_101 cut -d. -f1 /proc/uptime)" -lt "$(cut -d. -f1 /proc/uptime)"
eq "uid range" "$(in_101 sh -c 'set -- $(cat /proc/self/uid_map); echo $1 $2 $3')" "0 1879048192 65536"
eq "no capability is inheritable" "$(in_101 sed -n 's/CapInh:\t//p' /proc/self/status)" 0000000000000000
eq "a filter is in force" "$(in_101 sed -n 's/Seccomp:\t//p' /proc/self/status)" 2
check "loopback is up" in_101 ping -c 1 -W 5 127.0.0.1

# A terminal
on_tty() {
	"$here/onpty" "$@" </dev/null | tr -d '\r'
}
eq "exec on a terminal has one of the VE's own" "$(on_tty vzlite exec 101 -- tty)" /dev/pts/0
eq "also when only its output is one" \
	"$(on_tty sh -c 'vzlite exec 101 -- readlink /proc/self/fd/1 </dev/null')" /dev/pts/0
eq "what is none is passed on" \
	"$(on_tty sh -c 'echo in | vzlite exec 101 -- sh -c "cat; tty"')" "in
not a tty"
eq "of the caller's size" "$(on_tty vzlite exec 101 -- stty size)" "33 99"
status=0; "$here/onpty" vzlite exec 101 -- sh -c 'exit 9' </dev/null >/dev/null || status=$?
eq "and the command's status" $status 9
eq "enter is a login shell" "$(printf 'echo $0-$HOME-$(id -u)\nexit 5\n' |
	"$here/onpty" vzlite enter 101 | tr -d '\r' | grep -c '^-sh-/root-0$')" 1

# The overlay, from inside
check "a file is made" in_101 sh -c 'echo new >/root/new'
check "one of the template is changed" in_101 sh -c 'echo "#" >>/etc/inittab'
check "one is removed" in_101 rm /etc/group
check "a directory takes the place of a removed one" in_101 sh -c 'rm -r /usr/bin && mkdir /usr/bin && touch /usr/bin/mine'
check "one is renamed" in_101 mv /bin/rpm /bin/rpm2
check "owners are the VE's" in_101 chown 1000:65535 /root/new
check "a set uid bit stays" in_101 sh -c 'chmod 4755 /root/new && test -u /root/new'
check "no device can be made" not in_101 mknod /root/null c 1 3
# By the file that there is when it has stopped.
cat >/etc/vzlite/conf/101.umount <<'END'
#!/bin/sh
sed -i 's/^HOSTNAME=.*/HOSTNAME="other101"/' "$VE_CONFFILE"
END
chmod 755 /etc/vzlite/conf/101.umount
status 0 "restart" vzlite restart 101
eq "it has what its script umount has set" "$(in_101 hostname)" other101
rm /etc/vzlite/conf/101.umount
says "resolvers for now" "the VE's own /etc/resolv.conf keeps it, also when the VE is started again" \
	vzlite set 101 --nameserver 192.0.2.53
status 0 "for good" vzlite set 101 --nameserver 192.0.2.53 --save
status 0 "neither, while it runs" vzlite set 101 --nameserver "" --save
eq "all of it is still there" "$(in_101 sh -c 'stat -c "%u %g" /root/new; tail -n 1 /etc/inittab; ls /usr/bin;
	ls /bin/rpm2; ls /etc/group /bin/rpm 2>/dev/null')" "1000 65535
#
mine
/bin/rpm2"
eq "the template is as it was" "$(find $template -printf '%p %U %G %m %T@\n' | sha256sum)" "$before"
eq "and so are the host's mounts" "$(cut -d' ' -f5 /proc/self/mountinfo | sort)" "$mounts"

# A second VE, a whole copy
status 0 "create --layout dir" vzlite create 102 --ostemplate busybox --layout dir
status 0 "start" vzlite start 102
eq "its ids are others" "$(vzlite exec 102 -- sh -c 'set -- $(cat /proc/self/uid_map); echo $2')" 1879113728
check "it writes its files" vzlite exec 102 -- sh -c 'echo x >/etc/x && rm /etc/inittab && chown 5:6 /etc/x'
eq "which are unmapped on disk" "$(stat -c '%u %g' $private/102/root/etc/x)" "5 6"
# Its file is lost while it runs: its ids and the template that it may be of are no one else's.
mv /etc/vzlite/conf/102.conf /run
status 0 "create another" vzlite create 103 --ostemplate busybox
eq "which has other ids" "$(grep -h LOCAL_UID /run/102.conf /etc/vzlite/conf/103.conf | sort -u | wc -l)" 2
status 0 "destroy it" vzlite destroy 103
cp -a /var/lib/vzlite/template/busybox /var/lib/vzlite/template/other
says "a template is not deleted" "template other: VE 102 was started, and has no configuration" vzlite template delete other
mv /run/102.conf /etc/vzlite/conf
status 0 "but then" vzlite template delete other
check "nobody else enters there" not setpriv --reuid 65534 --clear-groups ls $private/102
status 0 "stop --fast" vzlite stop 102 --fast
nothing_left 102

# What a tenant can make of the tree
rmdir $private/102/root/proc && ln -s /root $private/102/root/proc
status 50 "a root whose proc is a link is not followed" vzlite start 102
eq "nor is it mounted on" "$(grep -c "/root" /proc/self/mountinfo)" 0
nothing_left 102
rm $private/102/root/proc
rm $private/102/root/sbin/init
ln -s /root/../../../../../sbin/absent $private/102/root/sbin/init
status 47 "a root without init" vzlite start 102
nothing_left 102
status 0 "destroy" vzlite destroy 102
eq "it is gone" "$(ve_words 102)$(find $private -maxdepth 1 -name "*102*")" "deleted unmounted down"

# Its end, from inside
in_101 poweroff
retry 10 sh -c "vzlite status 101 | grep -q down"
eq "a VE that powers off is down" "$(ve_words 101)" "exist unmounted down"
status 0 "and starts again" vzlite start 101
status 0 "stop" vzlite stop 101
nothing_left 101
eq "the host's mounts are as before" "$(cut -d' ' -f5 /proc/self/mountinfo | sort)" "$mounts"

status 0 "destroy" vzlite destroy 101
eq "no file is left" "$(find $private /etc/vzlite/conf /run/vzlite -mindepth 1 ! -name '*.destroyed' -printf '%f\n' | sort | xargs)" "ids.lock"
unloads
finish
