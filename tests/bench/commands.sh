#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs in the test machine under --icount. What the command itself costs, beside
# crun with the same namespaces, id map, mounts and limits. All processes are
# counted; a wait counts as time, too, so the CPU time stands beside it (of what
# is waited for, so without the VE's init).
# A disk is waited for, and vzlite's create syncs what it writes, which crun, whose
# bundle others make, does not. So the targets are compared with all that both write
# on a tmpfs, and life is shown a second time with both on the disk.
set -euo pipefail
cd "$(dirname "$0")"
PATH=$PWD:/usr/lib/vzlite/tests/vm:$PATH
rounds=25
. /usr/lib/vzlite/tests/vm/crun.sh

row() { # metric condition value base target
	printf '%s\t%s\t%s\tinstructions\t%s\t%s\n' "$1" "$2" "$3" \
		"$(awk -v a="$3" -v b="$4" 'BEGIN { if (b > 0) printf "%.3f", a / b; else printf "-" }')" "$5"
}

# compare METRIC TARGET COMMAND-OF-VZLITE COMMAND-OF-CRUN
compare() {
	local ours theirs
	read -ra ours <<<"$3"
	read -ra theirs <<<"$4"
	read -ra ours < <(bench run $rounds "${ours[@]}")
	read -ra theirs < <(bench run $rounds "${theirs[@]}")
	row "$1" crun "${theirs[0]}" - -
	row "$1" vzlite "${ours[0]}" "${theirs[0]}" "$2"
	row "$1, CPU" crun "${theirs[1]}" - -
	row "$1, CPU" vzlite "${ours[1]}" "${theirs[1]}" -
}

[[ -d /var/lib/vzlite/private ]] || mkdir -m 700 /var/lib/vzlite/private
mount -t tmpfs -o mode=700 tmpfs /var/lib/vzlite/private
mount -t tmpfs -o mode=755 tmpfs /etc/vzlite/conf
modprobe vzlite
sleep 5
vzlite create 201 --ostemplate busybox --ram 256M --numproc 240 >&2
vzlite start 201 >&2
crun_bundle /run/bundle sleep 1000000
crun --cgroup-manager=cgroupfs run --detach --bundle /run/bundle c201 </dev/null >/dev/null 2>&1

compare "exec true" 0.3 "vzlite exec 201 -- true" "crun exec c201 true"
compare "status" 0.2 "vzlite status 201" "crun state c201"

crun delete --force c201
vzlite stop 201 >&2
vzlite destroy 201 >&2

# A life: for both through one shell, which costs the same.
life() { # METRIC TARGET BUNDLE
	rm -rf "$3"
	crun_bundle "$3" /bin/true
	cat >life-vzlite <<-'END'
		vzlite create 202 --ostemplate busybox --ram 256M --numproc 240 --init /bin/true &&
		vzlite start 202 && { vzlite stop 202 2>/dev/null || :; } && vzlite destroy 202
	END
	cat >life-crun <<-END
		crun --cgroup-manager=cgroupfs run --detach --bundle $3 c202 &&
		crun delete --force c202
	END
	compare "$1" "$2" "dash life-vzlite" "dash life-crun"
}
life "life of a VE whose init is true" 0.5 /run/bundle
umount /var/lib/vzlite/private

# With all that a hosted VE has. What crun does not do itself is done by the programs that
# people do it with: iproute2, nft, quota. Both areas are on one file system with quota. When
# it ends nothing is left of either, the link, for which one waits, among it.
area=/var/lib/vzlite/private
modprobe loop
truncate -s 300M /run/disk.img
mkfs.ext4 -q -O quota,project -E quotatype=prjquota /run/disk.img
mount -o loop,prjquota /run/disk.img $area
chmod 700 $area
crun_bundle /run/full /bin/true
python3 - /run/full/config.json "$(stat -c %Hd $area)" "$(stat -c %Ld $area)" <<-'END'
	import json, sys
	c = json.load(open(sys.argv[1]))
	rate = [{"major": int(sys.argv[2]), "minor": int(sys.argv[3]), "rate": 100 << 20}]
	c["linux"]["resources"].update({
		"cpu": {"shares": 1000, "quota": 50000, "period": 100000},
		"blockIO": {"throttleReadBpsDevice": rate, "throttleWriteBpsDevice": rate},
		"devices": [{"allow": False, "access": "rwm"},
			{"allow": True, "type": "c", "major": 10, "minor": 229, "access": "rw"}]})
	c["linux"]["devices"] = [{"path": "/dev/fuse", "type": "c", "major": 10, "minor": 229,
		"fileMode": 0o600, "uid": 0, "gid": 0}]
	c["linux"]["seccomp"] = {"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"],
		"syscalls": [{"action": "SCMP_ACT_ERRNO", "errnoRet": 38, "names": ["acct", "add_key", "bpf",
		"delete_module", "fanotify_init", "finit_module", "init_module", "kexec_file_load", "kexec_load",
		"keyctl", "lookup_dcookie", "mbind", "migrate_pages", "move_pages", "name_to_handle_at", "nfsservctl",
		"open_by_handle_at", "perf_event_open", "personality", "quotactl", "reboot", "request_key",
		"set_mempolicy", "swapon", "swapoff", "syslog", "_sysctl", "uselib", "userfaultfd", "vhangup"]}]}
	json.dump(c, open(sys.argv[1], "w"))
END
modprobe -a fuse veth
cat >crun-net-up <<-'END'
	add table inet crun
	add set inet crun sources { type ifname . ipv4_addr; }
	add chain inet crun sources { type filter hook prerouting priority -450; policy accept; }
	add rule inet crun sources meta pkttype host iifname . ip saddr @sources accept
	add element inet crun sources { "vc202" . 10.7.0.3 }
END
echo "delete table inet crun" >crun-net-down
cat >crun-net-inside <<-'END'
	link set eth0 up
	addr add 10.7.0.3/32 dev eth0
	route add default dev eth0
END
cat >life-vzlite <<-'END'
	vzlite create 202 --ostemplate busybox --ram 256M --numproc 240 --numfile 9000 --numflock 200 --numpty 16 \
		--cpuunits 1000 --cpulimit 50 --iolimit 100 --diskspace 100M:110M --diskinodes 10000:11000 \
		--ipadd 10.7.0.2 --features fuse:on --init /bin/true &&
	vzlite start 202 && { vzlite stop 202 2>/dev/null || :; } && vzlite destroy 202
END
cat >life-crun <<-END
	mkdir $area/crun && chattr +P -p 202 $area/crun && setquota -P 202 102400 112640 10000 11000 $area &&
	crun --cgroup-manager=cgroupfs create --pid-file /run/c202.pid --bundle /run/full c202 && { read pid </run/c202.pid || :; } &&
	ip link add vc202 type veth peer name eth0 netns \$pid && ip link set vc202 up &&
	ip route add 10.7.0.3/32 dev vc202 && nsenter -n -t \$pid ip -batch crun-net-inside && nft -f crun-net-up &&
	crun start c202 && ip link del vc202 && crun delete --force c202 && nft -f crun-net-down &&
	setquota -P 202 0 0 0 0 $area && rmdir $area/crun
END
compare "life with network, quota, a device and limits" 0.6 "dash life-vzlite" "dash life-crun"
umount $area /etc/vzlite/conf
life "life of a VE whose init is true, files on a disk" - /var/lib/bundle
