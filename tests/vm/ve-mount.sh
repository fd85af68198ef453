#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: mount and umount show the root of a VE that is down on the host, once, and no start mounts it twice
# on: newest
# also: bookworm
# smp: 1
# timeout: 500
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/ve.sh"
. "$(dirname "$0")/kill.sh"
conf=/etc/vzlite/conf
roots=/run/vzlite/root
root=$roots/101
template=/var/lib/vzlite/template/busybox

mounts_of() {
	awk -v m="$roots/$1" '$5 == m' "${2:-/proc/self/mountinfo}" | wc -l
}

not_mounted() {
	eq "${1:-no mount is left}" "$(mounts_of 101) $(ls -A $roots)" "0 "
}

list_word() {
	vzlite list -a -H -o status "$1"
}

# What the VE changes, seen on the host, and what the host changes, seen by the VE.
layout() {
	local layout=$1 holder
	status 0 "$layout: create" vzlite create 101 --ostemplate busybox --layout "$layout"
	status 0 "start" vzlite start 101
	vzlite exec 101 -- sh -c 'echo old >/root/old; chown 33:44 /root/old; rm /etc/passwd; mkfifo /root/fifo
		ln -s /etc/shadow /root/link; ln -s / /root/all; chmod 750 /'
	status 32 "mount of a VE that runs" vzlite mount 101
	status 32 "umount of a VE that runs" vzlite umount 101
	status 0 "stop" vzlite stop 101 --fast
	eq "nothing is mounted yet" "$(ve_words 101) $(list_word 101)" "exist unmounted down stopped"
	eq "mount says where" "$(vzlite mount 101 2>&1)" $root
	eq "status says so" "$(ve_words 101)" "exist mounted down"
	eq "so does list" "$(list_word 101)" mounted
	eq "nosuid and nodev" "$(awk -v m=$root '$5 == m { print $6 }' /proc/self/mountinfo | tr , '\n' | grep -cE '^(nosuid|nodev)$')" 2
	eq "only root gets there" "$(stat -c '%a %u' $roots)" "700 0"
	check "nobody else does" not setpriv --reuid 65534 --regid 65534 --clear-groups ls $root/bin
	check "the template's files are there" cmp $root/bin/busybox $template/bin/busybox
	eq "as is what the VE has written" "$(cat $root/root/old) $(stat -c %u:%g $root/root/old)" "old 33:44"
	eq "its root is as the VE has left it" "$(stat -c '%a %u' $root)" "750 0"
	check "and what it has removed is not" not test -e $root/etc/passwd
	eq "mount of one that is mounted changes nothing" "$(vzlite mount 101 2>&1) $? $(mounts_of 101)" "$root 0 1"

	# The host's root repairs it.
	check "files can be made" eval "echo new >$root/root/new; chmod 4755 $root/root/new; mkdir $root/root/d"
	check "given to the VE's users" chown 5:6 $root/root/d
	check "changed" eval "echo more >>$root/etc/group; echo changed >>$root/root/old"
	check "renamed and removed" eval "mv $root/root/new $root/root/newer; rm $root/root/fifo"
	check "a device can be made" mknod -m 666 $root/root/null c 1 3
	check "but is none" not eval ": <$root/root/null"
	eq "the template is as before" "$(find $template -printf '%p %U %G %m %T@\n' | sha256sum)" "$before"

	# In use
	(cd $root/root && exec sleep 1000) &
	holder=$!
	retry 30 eval '[[ $(readlink /proc/'$holder'/cwd) == '$root'/root ]]'
	status 51 "umount of one in use" vzlite umount 101
	status 51 "start of one in use" vzlite start 101
	status 51 "restart of one in use" vzlite restart 101
	eq "has changed nothing" "$(ve_words 101) $(mounts_of 101) $(cat $root/root/newer)" "exist mounted down 1 new"
	status 41 "destroy of one that is mounted" vzlite destroy 101
	[[ $layout == dir ]] || status 52 "nor can its template go" vzlite template delete busybox
	status 31 "exec in it" vzlite exec 101 -- true
	kill $holder
	wait $holder 2>/dev/null
	mkdir -p /run/elsewhere
	check "it cannot be mounted elsewhere, to go on there" not mount --bind $root/root /run/elsewhere

	status 0 "start takes the mount away" vzlite start 101
	not_mounted "all of it"
	eq "and sees what was made" "$(vzlite exec 101 -- stat -c '%a %u:%g %s' /root/newer)" "4755 0:0 4"
	eq "whose it is" "$(vzlite exec 101 -- stat -c '%u:%g' /root/d)" 5:6
	eq "and changed" "$(vzlite exec 101 -- sh -c 'tail -n 1 /etc/group; cat /root/old')" "more
old
changed"
	check "and removed" not vzlite exec 101 -- test -e /root/fifo -o -e /root/new
	check "its root can change it" vzlite exec 101 -- sh -c 'echo x >>/root/newer; chown 7 /root/newer; rm -r /root/d'
	check "the device is none in there either" not vzlite exec 101 -- sh -c ': </root/null'
	status 0 "stop" vzlite stop 101 --fast
	status 0 "mount" vzlite mount 101
	eq "the host sees that in turn" "$(stat -c '%u %s' $root/root/newer) $(test -e $root/root/d; echo $?)" "7 6 1"
	status 0 "umount" vzlite umount 101
	eq "status" "$(ve_words 101)" "exist unmounted down"
	status 40 "umount once more" vzlite umount 101
	nothing_left 101
	not_mounted
}

owners() {
	local first
	first=$(sed -n 's/^LOCAL_UID="\(.*\)"/\1/p' $conf/101.conf)
	find $private/101/upper $private/101/work -printf '%U\n%G\n' |
		awk -v f="$first" '$1 < f || $1 >= f + 65536' | sort -u
}

before=$(find $template -printf '%p %U %G %m %T@\n' | sha256sum)
status 14 "mount of none" vzlite mount 101
status 14 "umount of none" vzlite umount 101
status 20 "an option that it does not have" vzlite mount 101 --fast
status 0 "create" vzlite create 101 --ostemplate busybox
status 0 "without the module" vzlite mount 101
check "it can be looked at" test -x $root/bin/busybox
status 0 "and unmounted" vzlite umount 101
not_mounted
status 0 "destroy" vzlite destroy 101
check "the module loads" modprobe vzlite

layout dir
status 0 "destroy" vzlite destroy 101
layout overlay
eq "all on the disk is owned by the VE's ids" "$(owners)" ""

# One at a time
for _ in 1 2 3 4 5 6; do
	(vzlite mount 101 >/dev/null 2>&1; echo $? >>/run/raced) &
done
wait
eq "raced, it is mounted once" "$(mounts_of 101) $(sort -u /run/raced | tr '\n' ' ' | sed 's/ 9 $/ /')" "1 0 "
status 0 "boot is a start, too" vzlite set 101 --onboot yes --save
status 0 "boot" vzlite boot
eq "takes the mount away" "$(ve_words 101) $(mounts_of 101)" "exist mounted running 0"
status 0 "stop" vzlite stop 101 --fast

# Who looks at it all the time does not keep it from being unmounted.
for _ in 1 2 3; do
	while [[ ! -e /run/looked ]]; do stat $root; done >/dev/null 2>&1 &
done
for _ in 1 2 3 4 5; do
	vzlite mount 101 >/dev/null && vzlite umount 101 || not_ok "umount while it is looked at"
done
touch /run/looked
wait

# Other mount namespaces
status 3 "mount in another pid namespace" unshare -pf --mount-proc vzlite mount 101
not_mounted "and nothing is"
status 0 "mount" vzlite mount 101
status 41 "destroy from where the mount is not seen" unshare -m sh -c "umount $root; vzlite destroy 101"
eq "it is there" "$(ve_words 101) $(mounts_of 101)" "exist mounted down 1"
status 0 "umount" vzlite umount 101
status 0 "another" vzlite create 102 --ostemplate busybox
status 0 "mount that" vzlite mount 102
status 0 "start" vzlite start 101
eq "a VE sees nothing of another that is mounted" "$(vzlite exec 101 -- grep -c vzlite /proc/1/mountinfo)" 0
eq "which stays so" "$(ve_words 102)" "exist mounted down"
status 0 "stop" vzlite stop 101 --fast
status 0 "umount" vzlite umount 102
status 0 "destroy" vzlite destroy 102
status 0 "mount, from another mount namespace" unshare -m vzlite mount 101
eq "is one on the host" "$(mounts_of 101)" 1
unshare -m sleep 1000 &
copy=$!
retry 30 eval "[[ \$(readlink /proc/$copy/ns/mnt) != \$(readlink /proc/self/ns/mnt) ]]"
retry 30 eval "grep -q sleep /proc/$copy/comm"
eq "a namespace that is copied meanwhile has it" "$(mounts_of 101 /proc/$copy/mountinfo)" 1
status 0 "a start from yet another" unshare -m vzlite start 101
not_mounted "takes it from the host"
eq "and from the copy" "$(mounts_of 101 /proc/$copy/mountinfo)" 0
kill $copy
status 0 "stop" vzlite stop 101 --fast

# Action scripts
for action in mount start umount; do
	printf '#!/bin/sh\necho %s $VEID >>/run/actions\n' $action >$conf/101.$action
	chmod 755 $conf/101.$action
done
status 0 "mount" vzlite mount 101
status 0 "once more" vzlite mount 101
status 0 "umount" vzlite umount 101
eq "mount and umount run once" "$(tr '\n' ' ' </run/actions)" "mount 101 umount 101 "
: >/run/actions
status 0 "mount" vzlite mount 101
status 0 "start" vzlite start 101
status 0 "stop" vzlite stop 101 --fast
eq "a start unmounts and mounts" "$(tr '\n' ' ' </run/actions)" "mount 101 umount 101 mount 101 start 101 umount 101 "
echo 'exit 3' >>$conf/101.mount
status 79 "a mount script that fails" vzlite mount 101
not_mounted "keeps it from being mounted"
rm $conf/101.mount
echo 'exit 3' >>$conf/101.umount
status 0 "mount" vzlite mount 101
status 79 "an umount script that fails" vzlite umount 101
not_mounted "comes too late"
rm $conf/101.start
printf '#!/bin/sh\necho umount >>/run/actions\n' >$conf/101.umount

# Killed
: >/run/actions
mkdir $roots/101
eq "killed before it was mounted" "$(ve_words 101)" "exist unmounted down"
status 0 "umount brings that to its end" vzlite umount 101
not_mounted
eq "its script, too" "$(cat /run/actions)" umount
mkdir $roots/101
status 0 "mount begins anew" vzlite mount 101
eq "it is mounted" "$(ve_words 101) $(mounts_of 101)" "exist mounted down 1"
umount $root
status 0 "unmounted by hand, it starts" vzlite start 101
not_mounted
status 0 "stop" vzlite stop 101 --fast
rm $conf/101.umount
moments=14 bad=''
declare -A takes early=([mount]=0 [umount]=0)
takes[mount]=$(duration vzlite mount 101)
takes[umount]=$(duration vzlite umount 101)
# killed COMMAND I: at that moment of so many
killed() {
	local us=$((${takes[$1]} * $2 / moments))
	if kill_at $us vzlite "$1" 101; then
		early[$1]=$((${early[$1]} + 1))
	elif [[ $us -lt ${takes[$1]} ]]; then
		# It was measured while the host did something else, too.
		takes[$1]=$us
	fi
}
for ((i = 1; i <= moments; i++)); do
	killed mount $i
	[[ $(mounts_of 101) -le 1 ]] || bad+="$i: mounted twice "
	vzlite mount 101 >/run/path && [[ $(</run/path) == "$root" && -x $root/bin/busybox ]] || bad+="$i: mount "
	killed umount $i
	vzlite umount 101 >/dev/null 2>&1 || [[ $? -eq 40 ]] || bad+="$i: umount "
	[[ $(mounts_of 101) == 0 && ! -e $root ]] || bad+="$i: not unmounted "
done
eq "killed at $moments moments, the next command mends it" "$bad" ""
for command in mount umount; do
	timely check "${early[$command]} kills of $command came before its end" [ "${early[$command]}" -ge $((moments / 2)) ]
done
not_mounted
status 0 "start" vzlite start 101
eq "its files are there" "$(vzlite exec 101 -- cat /root/old)" "old
changed"
touch /run/vzlite/101.reboot
status 0 "stop" vzlite stop 101 --fast
touch /run/vzlite/101.reboot
status 32 "mount of one that is to be started again" vzlite mount 101
rm /run/vzlite/101.reboot

# Half made, adopted, or not what it should be
mv $private/101 $private/.create-101
status 0 "an area that is not in its place yet" vzlite mount 101
status 0 "umount" vzlite umount 101
mv $private/101/upper $private/101/real
ln -s / $private/101/upper
status 43 "an upper that is a link" vzlite mount 101
not_mounted
rm $private/101/upper
mv $private/101/real $private/101/upper
mv $private/101 /var/lib/vzlite/away
status 43 "no area" vzlite mount 101
mv /var/lib/vzlite/away $private/101
mv $template $template.away
status 91 "no template" vzlite mount 101
mv $template.away $template
mkdir /sys/fs/cgroup/foreign
status 0 "a container of others" vzlite adopt 201 --cgroup foreign
status 21 "has no root that is ours" vzlite mount 201
status 21 "to mount or unmount" vzlite umount 201
status 0 "release" vzlite release 201

status 0 "mount" vzlite mount 101
rm $conf/101.conf
status 0 "umount, though its file is lost" vzlite umount 101
not_mounted
status 0 "destroy" vzlite destroy 101
nothing_left 101
unloads
finish
