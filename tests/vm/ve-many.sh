#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: 200 VEs of one template run at once, in little memory; they are listed quickly, and all stop in order
# on: trixie
# also: bookworm newest
# icount: yes
# memory: 4096
# timeout: 900
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/ve.sh"
. "$(dirname "$0")/crun.sh"
many=200
per_ve=600 # KiB, so that growth is noticed; 450 are aimed at, see README
listing=20000 # microseconds, a thousand instructions each

# KiB that are in use, and would not be given back. Free pages that the processor keeps
# for itself are up to 10 MB, more or less from one moment to the next, and free.
# Some is given back late: by RCU, by work that waits for its turn.
used() {
	local now last
	now=$(used_now)
	for ((try = 0; try < 10; try++)); do
		last=$now
		now=$(used_now)
		[[ $((last - now)) -gt 512 ]] || break
	done
	echo "$now"
}
used_now() {
	sync
	echo 3 >/proc/sys/vm/drop_caches
	sleep 2
	awk '/count:/ { kept += $2 * 4 } { kib[$1] = $2 }
		END { print kib["MemTotal:"] - kib["MemFree:"] - kept - kib["Cached:"] + kib["Shmem:"] - kib["Buffers:"] }' \
		/proc/zoneinfo /proc/meminfo
}

# A container of crun with the same program: the leanest there is, to compare with.
run_crun() {
	crun --cgroup-manager=cgroupfs run --detach --bundle /run/bundle "$1" </dev/null >/dev/null 2>&1
}

running() {
	vzlite list -H -o status | grep -c running
}

check "the module loads" modprobe vzlite
sed -i 's|^::shutdown:.*|::shutdown:/bin/touch /root/down|' /var/lib/vzlite/template/busybox/etc/inittab
for ((ve = 101; ve < 101 + many; ve++)); do
	vzlite create $ve --ostemplate busybox --hostname ve$ve --onboot yes --numproc 100 --numfile 2000 --ram 64M ||
		not_ok "create $ve"
done
eq "all are made" "$(vzlite list -a -H | wc -l)" $many
# The first brings what all share. From here on all is measured: who comes second finds room
# in what the kernel kept of those who were there before, and takes less beyond that.
status 0 "the first starts" vzlite start 101
vzlite stop 101 --fast
crun_bundle /run/bundle /sbin/init
check "a container of crun" run_crun first
crun delete --force first
before=$(used)
status 0 "boot" vzlite boot
eq "all run" "$(running)" $many
eq "and are the module's" "$(($(wc -l </proc/vzlite/ve) - 1))" $many
each=$((($(used) - before) / many))
check "a VE takes $each KiB" test $each -le $per_ve

vzlite list -a >/run/list
started=${EPOCHREALTIME/./}
vzlite list -a >/run/list
took=$((${EPOCHREALTIME/./} - started))
check "list -a takes $took thousand instructions" test $took -le $listing
eq "and shows all" "$(grep -c running /run/list)" $many
eq "so does the beancounters' file" "$(grep -c '^ *[0-9]*:' /proc/user_beancounters)" $((many + 1))
eq "an id is of one VE" "$(cat /etc/vzlite/conf/*.conf | grep '^LOCAL_UID' | sort -u | wc -l)" $many
eq "commands work in the last" "$(vzlite exec $((100 + many)) hostname)" ve$((100 + many))

status 0 "shutdown" vzlite shutdown
eq "none runs" "$(running)" 0
eq "each was shut down by its init" "$(find /var/lib/vzlite/private -path '*/upper/root/down' | wc -l)" $many
none_registered() {
	[[ $(wc -l </proc/vzlite/ve) -eq 1 ]]
}
check "the module has none" retry 10 none_registered
eq "no cgroup is left" "$(find /sys/fs/cgroup/vzlite -mindepth 1 -type d | wc -l)" 0
eq "nor a process" "$(ps -eo uid= | awk '$1 >= 65536' | wc -l)" 0
unloads

# Of what the VEs left in the kernel's caches crun's containers use some, nobody knows how
# much: they take between these two.
left=$(used)
for ((i = 0; i < many; i++)); do
	run_crun c$i
done
eq "containers of crun run" "$(crun list -q | wc -l)" $many
now=$(used)
theirs=$(((now - before) / many))
check "one of crun takes $(((now - left) / many)) to $theirs KiB, a VE no more than a twenty-fifth more" \
	test $each -le $((theirs + theirs / 25))
finish
