#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: I/O limits of a VE hold for its disk and for it alone, live, and go; where no disk is they are refused
# on: bookworm
# also: newest
# smp: 1
# timeout: 400
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/ve.sh"

io_max() {
	cat /sys/fs/cgroup/vzlite/"$1"/io.max
}

io_weight() {
	cat /sys/fs/cgroup/vzlite/"$1"/"$2"
}

# took VE KIB COUNT if|of: how many ms COUNT blocks of KIB take, past the page cache
took() {
	local start file=(if=/dev/zero of=/root/file oflag=direct conv=notrunc)
	[[ $4 == of ]] || file=(if=/root/file of=/dev/null iflag=direct)
	start=$(date +%s%N)
	vzlite exec "$1" -- dd "${file[@]}" bs="$2k" count="$3" 2>/run/dd || cat /run/dd >&2
	echo $((($(date +%s%N) - start) / 1000000))
}

between() {
	[[ $1 -ge $2 && $1 -le $3 ]]
}

device_of() {
	stat -c %Hd:%Ld "$1"
}

# on TEXT DEVICE DISK: the limit is DISK's when the files lie on DEVICE
on() {
	check "a file system on $1" mkfs.ext4 -q "$2"
	check "mount" mount "$2" $private
	status 0 "create" vzlite create 103 --ostemplate busybox --iolimit 1M
	status 0 "start" vzlite start 103
	eq "its limit is the whole disk's, and the template's" "$(io_max 103 | cut -d' ' -f1 | sort)" \
		"$(printf '%s\n' "$3" "$disk" | sort)"
	ms=$(took 103 256 12 of)
	timely check "and holds there ($ms ms)" between "$ms" 2000 15000
	status 0 "stop" vzlite stop 103 --fast
	status 0 "destroy" vzlite destroy 103
	retry 10 umount $private
}

# disks_of CTID: that have a line
disks_of() {
	io_max "$1" | cut -d' ' -f1 | sort | tr '\n' ' '
}

check "the module loads" modprobe vzlite
mkdir -p $private
disk=$(device_of /)
status 21 "less than a page" vzlite create 101 --ostemplate busybox --iolimit 100B
status 21 "no priority" vzlite create 101 --ostemplate busybox --ioprio 8
status 21 "no number" vzlite create 101 --ostemplate busybox --iopslimit 10K
status 0 "create" vzlite create 101 --ostemplate busybox --iolimit 1 --ioprio 7
status 0 "another without" vzlite create 102 --ostemplate busybox
eq "OpenVZ's keys and units" "$(grep ^IO /etc/vzlite/conf/101.conf)" 'IOLIMIT="1048576"
IOPRIO="7"'
status 0 "start" vzlite start 101
status 0 "start" vzlite start 102
eq "its limit" "$(io_max 101)" "$disk rbps=1048576 wbps=1048576 riops=max wiops=max"
eq "and none" "$(io_max 102)" ""
eq "its weight" "$(io_weight 101 io.weight) $(io_weight 102 io.weight)" "default 128 default 100"
eq "its root cannot change it" "$(vzlite exec 101 -- sh -c 'echo 1:1 rbps=max >/sys/fs/cgroup/io.max' 2>&1 |
	grep -o 'ermission denied')" "ermission denied"

took 101 256 16 of >/run/limited &
ms=$(took 102 256 16 of)
timely check "one without writes as it likes ($ms ms)" between "$ms" 0 2500
wait $!
ms=$(</run/limited)
timely check "the limited one waits ($ms ms)" between "$ms" 3000 15000
ms=$(took 101 256 12 if)
timely check "reads, too ($ms ms)" between "$ms" 2000 15000
vzlite exec 101 -- dd if=/dev/zero of=/root/through bs=256k count=12 conv=fsync 2>/dev/null &
ms=$(date +%s%N)
wait $!
ms=$((($(date +%s%N) - ms) / 1000000))
timely check "and what goes through the page cache ($ms ms)" between "$ms" 1500 15000
status 0 "less, at once" vzlite set 101 --iolimit 512K
ms=$(took 101 256 6 of)
timely check "it waits more ($ms ms)" between "$ms" 2000 15000
status 0 "operations" vzlite set 101 --iopslimit 20
eq "each says its own" "$(io_max 101)" "$disk rbps=524288 wbps=524288 riops=20 wiops=20"
ms=$(took 101 4 60 of)
timely check "they are counted ($ms ms)" between "$ms" 2000 15000
status 3 "what cannot be" vzlite set 101 --iolimit 9M --ioprio 0 --cpumask 4000
eq "changes nothing" "$(io_max 101) $(io_weight 101 io.weight)" \
	"$disk rbps=524288 wbps=524288 riops=20 wiops=20 default 128"
status 0 "no bytes" vzlite set 101 --iolimit 0
eq "operations stay" "$(io_max 101)" "$disk rbps=max wbps=max riops=20 wiops=20"
status 0 "none" vzlite set 101 --iopslimit 0 --iolimit unlimited --ioprio 4 --save
eq "are left" "$(io_max 101) $(io_weight 101 io.weight)" " default 100"
ms=$(took 101 256 16 of)
timely check "it writes as it likes ($ms ms)" between "$ms" 0 2500
status 0 "restart" vzlite restart 101 --fast
eq "also anew" "$(io_max 101)" ""
eq "list" "$(vzlite list -H -o ioprio,iolimit,iopslimit 101 | tr -s ' ')" " 4 0 0"

check "bfq" modprobe bfq
status 0 "a VE that starts then" vzlite restart 102 --fast
status 0 "has a weight there" vzlite set 102 --ioprio 0
eq "which is that" "$(io_weight 102 io.weight) $(io_weight 102 io.bfq.weight)" "default 64 default 64"
status 0 "stop" vzlite stop 101 --fast
status 0 "stop" vzlite stop 102 --fast
status 0 "destroy" vzlite destroy 101
status 0 "destroy" vzlite destroy 102

# Where the disk is
modprobe loop
truncate -s 100M /var/disk.img
loop=$(losetup --show -f -P /var/disk.img)
own=$(device_of /) theirs=$(lsblk -dno MAJ:MIN "$loop" | tr -d ' ')
both=$(printf '%s\n' "$own" "$theirs" | sort | tr '\n' ' ')
mkdir /run/memory /run/nowhere
mount -t ramfs ramfs /run/nowhere
status 0 "one with a disk of its own" vzlite create 104 --ostemplate busybox --iolimit 1M --devnodes "${loop#/dev/}:rw" \
	--bindmount_add /run/memory:/memory --bindmount_add /run/nowhere:/nowhere
eq "start says where no limit holds, once" "$(vzlite start 104 2>&1 | grep limited)" \
	"vzlite: start 104: its I/O is not limited in /run/nowhere, whose file system has no block device of its own"
eq "its disk has the limit, too" "$(disks_of 104)" "$both"
started=$(date +%s%N)
check "it writes there" vzlite exec 104 -- dd if=/dev/zero of="$loop" bs=256k count=12 oflag=direct
ms=$((($(date +%s%N) - started) / 1000000))
timely check "slowly ($ms ms)" between "$ms" 2000 15000
status 0 "stop" vzlite stop 104 --fast
sed -i 's/^IOLIMIT=.*/IOLIMIT="100"/' /etc/vzlite/conf/104.conf
status 0 "less than a page, as another's file may have it" vzlite start 104
eq "is a page" "$(io_max 104 | grep -c 'rbps=4096 wbps=4096')" 2
status 0 "stop" vzlite stop 104 --fast
status 0 "destroy" vzlite destroy 104
umount /run/nowhere
python3 - "$loop" <<-'END'
	import fcntl, struct, sys, ctypes
	part = struct.pack("qqi64s64s", 1 << 20, 64 << 20, 1, b"", b"")
	buf = ctypes.create_string_buffer(part, 152)
	arg = struct.pack("iiiP", 1, 0, 152, ctypes.addressof(buf))
	fcntl.ioctl(open(sys.argv[1]), 0x1269, arg)
END
retry 30 test -b "${loop}p1"
on "a partition" "${loop}p1" "$(lsblk -dno MAJ:MIN "$loop" | tr -d ' ')"
check "device mapper" dmsetup create linear --table "0 120000 linear ${loop}p1 0"
dmsetup mknodes
on "a mapped device" /dev/mapper/linear "$(lsblk -dno MAJ:MIN /dev/mapper/linear | tr -d ' ')"
dmsetup remove linear

# Where there is none
mount -t tmpfs tmpfs $private
status 148 "create on a file system without a disk" vzlite create 103 --ostemplate busybox --iolimit 1M
eq "leaves nothing" "$(ls -A -I '*.destroyed' $private /etc/vzlite/conf)" "/etc/vzlite/conf:

$private:"
status 0 "create without" vzlite create 103 --ostemplate busybox
status 148 "set" vzlite set 103 --iopslimit 100 --save
eq "changes nothing" "$(grep -c IOPS /etc/vzlite/conf/103.conf)" 0
echo 'IOLIMIT="1M"' >>/etc/vzlite/conf/103.conf
status 148 "start" vzlite start 103
nothing_left 103
status 0 "destroy" vzlite destroy 103
unloads
finish
