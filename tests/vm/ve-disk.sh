#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: a VE's disk quota holds on ext4 and XFS, df in the VE shows it, and where there is none it is refused
# on: newest
# also: bookworm
# smp: 1
# timeout: 2000
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/ve.sh"

in_101() {
	vzlite exec 101 -- "$@"
}

df_101() {
	in_101 df "$@" / | awk 'NR > 1 { line = line " " $0 } END { print line }' | awk '{ print $2 }'
}

# fill COUNT: write that many MiB in VE 101; prints MiB that were written, and why not more
fill() {
	in_101 sh -c "dd if=/dev/zero of=/root/big bs=64k count=$(($1 * 16)) 2>/run/err
		grep -oE 'quota exceeded|No space' /run/err; sync; echo \$((\$(stat -c %s /root/big) >> 20))" | tr '\n' ' '
}

# files COUNT: make that many files in VE 101; prints how many there are
files() {
	in_101 sh -c "mkdir -p /root/many; i=0
		while [ \$i -lt $1 ] && touch /root/many/\$i 2>/dev/null; do i=\$((i + 1)); done; ls /root/many | wc -l"
}

# listed CTID FIELDS
listed() {
	vzlite list -aH -o "$2" "$1" | tr -s ' ' | sed 's/^ //'
}

# What the file system counts for a VE that is down is what there is.
counted() {
	[[ $(listed "$1" diskinodes) -eq $(find "$private/$1" -xdev -printf '%i\n' | sort -u | wc -l) ]]
}

between() {
	[[ $1 -ge $2 && $1 -le $3 ]]
}

file_system() {
	rm -f /run/disk.img
	truncate -s 400M /run/disk.img
	"$@" /run/disk.img >/dev/null && mount -o loop,prjquota /run/disk.img $private
}

# When the grace times of VE 101's space and inodes are over, in hours from now; "-" without.
grace() {
	python3 - $private <<-'END'
		import ctypes, os, struct, sys, time
		fd, quota = os.open(sys.argv[1], os.O_RDONLY), ctypes.create_string_buffer(72)
		if ctypes.CDLL(None, use_errno=True).syscall(443, fd, 0x80000702, 0x7fffffff + 101, quota):
		    sys.exit(os.strerror(ctypes.get_errno()))
		times = struct.unpack("9Q", quota)[6:8]
		print(*[round((t - time.time()) / 3600) if t else "-" for t in times])
	END
}

# Grace times that began HOURS ago.
aged() {
	python3 - $private "$1" <<-'END'
		import ctypes, os, struct, sys, time
		fd, until = os.open(sys.argv[1], os.O_RDONLY), int(time.time()) + 3600 * (168 - int(sys.argv[2]))
		quota = ctypes.create_string_buffer(struct.pack("9Q", 0, 0, 0, 0, 0, 0, until, until, 16 | 32))
		sys.exit(ctypes.CDLL(None, use_errno=True).syscall(443, fd, 0x80000802, 0x7fffffff + 101, quota) and
		         os.strerror(ctypes.get_errno()))
	END
}

# broken COMMAND WHAT: "signal=KILL" or "error=EIO" where it would have the quota of VE 101, which it
# has lifted, in force again
broken() {
	strace -qq -o /dev/null -e trace=quotactl_fd -e "inject=quotactl_fd:$2:when=5" vzlite "$1" 101
}

killed() {
	broken "$1" signal=KILL
	[[ $? -eq 137 ]]
}

# Nor has who is killed, or fails, while the quota is lifted taken it away.
lifted() {
	check "a start that is killed" killed start
	eq "has lifted its quota" "$(listed 101 diskspace.s,diskinodes.s) $(grace)" "unlimited unlimited - -"
	status 63 "a mount that fails" broken mount error=EIO
	eq "leaves what it found, and the time that runs" "$(listed 101 diskspace.s,diskinodes.s) $(grace)" "5120 50 144 144"
	check "a mount that is killed" killed mount
	eq "has lifted it, too" "$(ve_words 101) $(listed 101 diskspace.s,diskinodes.s)" "exist mounted down unlimited unlimited"
	status 0 "a second one" vzlite mount 101
	eq "has it in force" "$(listed 101 diskspace.s,diskinodes.s) $(grace)" "5120 50 144 144"
	status 63 "a start that fails" broken start error=EIO
	eq "leaves it" "$(listed 101 diskspace.s,diskinodes.s) $(grace)" "5120 50 144 144"
	nothing_left 101
	check "killed once more" killed start
	status 0 "it starts" vzlite start 101
	eq "with its quota" "$(df_101 -k) $(df_101 -i) $(grace)" "5120 50 144 144"
	eq "of which nothing is written down any more" "$(find /run/vzlite -name "*.quota")" ""
}

# Who starts anew, or is given other limits, has no other grace time for it.
kept() {
	local fs=$1
	status 0 "$fs: a VE above its soft limits" vzlite create 101 --ostemplate busybox --diskspace 5M:40M --diskinodes 50:900
	status 0 "start" vzlite start 101
	eq "it writes" "$(fill 10) $(files 100)" "10  100"
	in_101 sync
	eq "a week is left" "$(grace)" "168 168"
	check "but for a day" aged 24
	eq "so" "$(grace)" "144 144"
	status 0 "a restart" vzlite restart 101 --fast
	eq "is no other week" "$(grace)" "144 144"
	status 0 "stop" vzlite stop 101 --fast
	lifted
	status 0 "other inodes, live" vzlite set 101 --diskinodes 60:1000
	eq "are no other week" "$(grace)" "144 144"
	status 0 "more space, live" vzlite set 101 --diskspace 60M
	status 0 "inodes, saved" vzlite set 101 --diskinodes 300 --save
	eq "leave that space" "$(df_101 -k) $(df_101 -i)" "61440 300"
	eq "with room there is no grace time" "$(grace)" "- -"
	status 0 "space without limit, live" vzlite set 101 --diskspace unlimited
	eq "leaves the inodes" "$(($(df_101 -k) > 200000)) $(df_101 -i)" "1 300"
	status 0 "restart" vzlite restart 101 --fast
	eq "as saved" "$(df_101 -k) $(df_101 -i)" "5120 300"
	check "but for a week" aged 200
	in_101 sync
	check "nothing can be written any more" not in_101 sh -c 'echo x >/root/more' 2>/dev/null
	status 0 "stop" vzlite stop 101 --fast
	status 0 "a program that there is not" vzlite set 101 --init /no/such --save
	check "a start that fails" not vzlite start 101 2>/dev/null
	eq "leaves its quota" "$(listed 101 diskspace.s,diskinodes.s)" "5120 300"
	status 0 "its init" vzlite set 101 --init /sbin/init --save
	status 0 "start" vzlite start 101
	check "and the time is still over ($(grace))" test "$(grace | cut -d- -f2 | cut -d' ' -f1)" -ge 30
	status 0 "stop" vzlite stop 101 --fast
	status 0 "destroy" vzlite destroy 101
}

quota() {
	local fs=$1 got
	status 0 "$fs: create" vzlite create 101 --ostemplate busybox --diskspace 20M:24576 --diskinodes 200:300
	eq "its limits are in force" "$(listed 101 diskspace.s,diskspace.h,diskinodes.s,diskinodes.h)" "20480 24576 200 300"
	status 0 "start" vzlite start 101
	eq "df shows the quota" "$(df_101 -k)" 20480
	eq "of inodes, too" "$(df_101 -i)" 200
	read -r -a got <<<"$(fill 100)"
	check "writing stops at the hard limit (${got[*]})" between "${got[-1]}" 22 24
	eq "as that file system says it" "${got[*]:0:2}" "$2"
	eq "list tells the limits" "$(listed 101 diskspace.s,diskspace.h,diskinodes.s,diskinodes.h)" "20480 24576 200 300"
	check "and what is taken ($(listed 101 diskspace))" between "$(listed 101 diskspace)" 23000 24576
	eq "nothing is free" "$(in_101 df -k / | awk 'END { print $4 }')" 0
	status 0 "stop" vzlite stop 101 --fast
	check "list counts its files ($(listed 101 diskinodes))" retry 10 counted 101
	status 0 "full as it is, it can be mounted" vzlite mount 101
	check "and holds no more" not dd if=/dev/zero of=/run/vzlite/root/101/root/more bs=1M count=30
	check "what is in the way can be removed" rm -f /run/vzlite/root/101/root/{big,more}
	status 0 "start" vzlite start 101
	eq "with its quota" "$(df_101 -k)" 20480
	eq "what was removed can be written again" "$(fill 10)" "10 "
	check "files stop at theirs" between "$(files 400)" 200 300
	in_101 rm -r /root/many
	status 0 "more, at once" vzlite set 101 --diskspace 60M:64M --diskinodes unlimited
	eq "df shows it" "$(df_101 -k)" 61440
	eq "writing goes on" "$(fill 50)" "50 "
	check "as many files as there is room for" between "$(files 400)" 400 400
	status 0 "restart, though it is over what is saved" vzlite restart 101
	eq "what was not saved is gone" "$(df_101 -k)" 20480
	check "its root can be written to, to make room" in_101 rm -r /root/big /root/many
	eq "which there is then" "$(fill 10)" "10 "
	status 0 "save" vzlite set 101 --diskspace 70M --save
	status 0 "save none" vzlite set 101 --diskspace unlimited --diskinodes unlimited --save
	eq "df shows all there is" "$(($(df_101 -k) > 200000))" 1
	status 0 "a VE without" vzlite create 102 --ostemplate busybox --layout dir
	status 0 "start" vzlite start 102
	check "has all that is left" vzlite exec 102 -- dd if=/dev/zero of=/root/big bs=1M count=100
	status 0 "stop" vzlite stop 102 --fast
	status 0 "it gets one while it is down" vzlite set 102 --diskspace 130M --save
	status 0 "start" vzlite start 102
	check "which counts what it has" not vzlite exec 102 -- dd if=/dev/zero of=/root/more bs=1M count=40
	status 0 "stop" vzlite stop 102 --fast
	status 0 "stop" vzlite stop 101 --fast
	status 0 "destroy" vzlite destroy 101
	status 0 "destroy" vzlite destroy 102
	status 0 "a new VE of that number" vzlite create 101 --ostemplate busybox
	status 0 "start" vzlite start 101
	eq "has no quota" "$(fill 100)" "100 "
	status 0 "stop" vzlite stop 101 --fast
}

# What a file system is asked for when a VE changes its files, and what an overlay has in them.
fill_variously() {
	in_101 sh -c 'rm /bin/vi; rm -r /etc; mkdir /etc; echo own >/etc/own; mkdir -p /root/a; echo x >/root/a/file
		ln /root/a/file /root/linked; ln -s a/file /root/symlink; mkfifo /root/fifo
		mkdir /root/many; i=0; while [ $i -lt 1500 ]; do : >/root/many/$i; i=$((i + 1)); done
		dd if=/dev/zero of=/root/data bs=1M count=20 2>/dev/null; chown 7:8 /root/a; chmod 4751 /root/a/file
		cd /root/a; i=0; while [ $i -lt 250 ]; do mkdir deep; cd -P deep; i=$((i + 1)); done'
}

as_filled() {
	in_101 sh -c 'ls /bin/vi 2>&1 | grep -c "No such"; ls /etc | tr "\n" " "; cat /root/linked /root/symlink
		stat -c "%h %U" /root/linked | tr " " "\n"; stat -c "%u:%g" /root/a; stat -c %a /root/a/file; ls /root /root/many | wc -w' |
		tr '\n' ' '
}

areas() {
	find $private -mindepth 1 -maxdepth 1 ! -name lost+found -printf '%f '
}

# Files that came from elsewhere belong to no project. Each kind must be of the quota's, or what
# the VE does to it fails.
copied() {
	local fs=$1 have
	status 0 "$fs: a VE without quota" vzlite create 101 --ostemplate busybox
	status 0 "start" vzlite start 101
	fill_variously
	have=$(as_filled)
	status 0 "stop" vzlite stop 101 --fast
	cp -a $private/101 $private/elsewhere
	rm -r $private/101
	mv $private/elsewhere $private/101
	status 0 "one that was copied runs without" vzlite start 101
	eq "and has its files" "$(as_filled)" "$have"
	status 63 "it gets no quota while it runs" vzlite set 101 --diskspace 100M --save
	status 0 "stop" vzlite stop 101 --fast
	status 0 "mount" vzlite mount 101
	status 63 "nor while it is mounted" vzlite set 101 --diskspace 100M --save
	status 0 "umount" vzlite umount 101
	cp /etc/vzlite/conf/101.conf /run/101.conf
	echo 'DISKSPACE="100M"' >>/etc/vzlite/conf/101.conf
	status 63 "start with one" vzlite start 101
	nothing_left 101
	says "mount says so" "belong to no project" vzlite mount 101
	check "and shows its files for a repair" test -e /run/vzlite/root/101/root/data
	status 0 "umount" vzlite umount 101
	cp /run/101.conf /etc/vzlite/conf/101.conf

	before=$(stat -c %i $private/101)
	vzlite set 101 --diskspace 100M --save 2>/run/err &
	end=$((SECONDS + 20))
	until [[ -d $private/.copy-101 || $SECONDS -ge $end ]]; do :; done
	pkill -KILL -x vzlite
	wait $!
	eq "a copy that is killed changes nothing" "$(stat -c %i $private/101) $(grep -c DISKSPACE /etc/vzlite/conf/101.conf)" "$before 0"
	check "but leaves a part of it" test -d $private/.copy-101
	: >$private/101/notes
	says "what is no part of it is not lost by a copy" "101/notes is no part of a VE" vzlite set 101 --diskspace 100M --save
	rm $private/101/notes
	status 0 "down it gets one" vzlite set 101 --diskspace 100M --diskinodes 5000 --save
	eq "by a copy" "$(areas)$([[ $before == "$(stat -c %i $private/101)" ]] && echo same)" "101 "
	check "all files are counted ($(listed 101 diskinodes))" retry 10 counted 101
	status 0 "start" vzlite start 101
	eq "its files are the same" "$(as_filled)" "$have"
	eq "with a quota" "$(df_101 -k) $(df_101 -i)" "102400 5000"
	check "and can be changed, and moved between directories" in_101 sh -ec 'mkdir /bin/vi; rm -r /etc; mkdir -p /etc/x
		mv /root/symlink /root/fifo /root/a /etc/x; ln /root/linked /etc/again; mv /etc/x/a /root/b; rm /root/linked'
	eq "writing stops" "$(fill 100 | cut -d' ' -f1,2)" "$2"
	status 0 "stop" vzlite stop 101 --fast
	mkdir -p $private/.copy-101/upper
	status 0 "again" vzlite set 101 --diskspace 110M --save
	eq "which takes what a killed one has left" "$(areas)" "101 "
	eq "without a copy" "$(vzlite set 101 --diskspace 120M --save 2>&1 | grep copied)" ""
	status 0 "destroy" vzlite destroy 101
}

# create_broken CALL FAULT: where that call fails
create_broken() {
	strace -qq -o /dev/null -e trace="$1" -e "inject=$1:$2" vzlite create 101 --ostemplate busybox --diskspace 130M
}

traces() {
	areas
	find /etc/vzlite/conf -name '*.conf'
}

# A create that fails, however late, leaves nothing; and has nothing of who had the CTID.
created() {
	local failed=0
	says "create where there is no room for its quota" "No space left" create_broken ioctl error=ENOSPC
	eq "leaves nothing" "$(traces)" ""
	status 63 "create whose quota cannot be set" create_broken quotactl_fd error=EIO:when=5+
	eq "leaves nothing" "$(traces)" ""
	for when in 1 2 3 4 5 6; do
		create_broken fsync error=EIO:when=$when 2>/dev/null || failed=$((failed + 1))
		[[ ! $(traces) ]] || not_ok "create whose sync $when fails" "$(traces)"
	done
	eq "nor does one of which a sync fails" "$failed" 6
	status 0 "a VE with a quota" vzlite create 101 --ostemplate busybox --diskspace 130M --diskinodes 5000
	rm -r $private/101 /etc/vzlite/conf/101.conf
	status 0 "removed by hand, and made again" vzlite create 101 --ostemplate busybox
	eq "has not that of the former" "$(listed 101 diskspace.h,diskinodes.h)" "unlimited unlimited"
	status 0 "destroy" vzlite destroy 101
}

check "the module loads" modprobe vzlite
mkdir -p $private
modprobe loop

# None
status 21 "hard below soft" vzlite create 101 --ostemplate busybox --diskspace 2G:1G
status 21 "no size" vzlite create 101 --ostemplate busybox --diskspace big
status 21 "half an inode" vzlite create 101 --ostemplate busybox --diskinodes 1.5
status 63 "create on a file system without project quota" vzlite create 101 --ostemplate busybox --diskspace 1G
eq "leaves nothing" "$(ls -A $private /etc/vzlite/conf)" "/etc/vzlite/conf:

$private:"
status 0 "create without" vzlite create 101 --ostemplate busybox
before=$(sha256sum /etc/vzlite/conf/101.conf)
status 63 "set" vzlite set 101 --diskspace 1G --save
eq "list knows no figures" "$(listed 101 diskspace,diskspace.s,diskinodes.h)" "- - -"
eq "changes nothing" "$(sha256sum /etc/vzlite/conf/101.conf)" "$before"
status 0 "destroy" vzlite destroy 101

check "ext4" file_system mkfs.ext4 -q -O quota,project -E quotatype=prjquota
quota ext4 "quota exceeded"
status 0 "start" vzlite start 101
eq "its files are its project's" "$(lsattr -pd $private/101/upper | awk '{ print $1 }')" 2147483748
status 0 "stop" vzlite stop 101 --fast
status 0 "destroy" vzlite destroy 101
copied ext4 "quota exceeded"
kept ext4
created
status 0 "another" vzlite create 101 --ostemplate busybox --diskspace 130M
retry 10 umount $private
check "without the mount option" mount -o loop,noquota /run/disk.img $private
status 63 "a VE with a quota does not start" vzlite start 101
status 0 "it is to have none" vzlite set 101 --diskquota no --save
eq "in OpenVZ's word" "$(grep ^DISK_ /etc/vzlite/conf/101.conf)" 'DISK_QUOTA="no"'
says "what it has for one is kept" "kept, but nothing is limited by it: DISK_QUOTA is no" vzlite set 101 --diskspace 140M --save
eq "list shows none" "$(listed 101 diskspace.s,diskinodes.h)" "unlimited unlimited"
status 0 "it starts" vzlite start 101
status 20 "without --save it would be nothing" vzlite set 101 --diskspace 150M
status 20 "nor is whether it has one" vzlite set 101 --diskquota yes
status 63 "what its next start would refuse is refused" vzlite set 101 --diskquota yes --save
eq "and not kept" "$(grep ^DISK_Q /etc/vzlite/conf/101.conf)" 'DISK_QUOTA="no"'
status 0 "stop" vzlite stop 101 --fast
nothing_left 101
status 0 "destroy" vzlite destroy 101
umount $private

check "XFS" file_system mkfs.xfs -q
quota XFS "No space"
status 0 "destroy" vzlite destroy 101
copied XFS "No space"
kept XFS
retry 10 umount $private
unloads
finish
