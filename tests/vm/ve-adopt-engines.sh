#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: containers of podman and of LXC, adopted: counted, limited, with views; no mount is added and they go on
# on: newest
# also: bookworm
# timeout: 560
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/module.sh"
. "$(dirname "$0")/ve.sh"
NUMPROC=5 NUMFILE=19

root() {
	mkdir -p "$1"/{bin,proc,sys,dev,etc,tmp}
	cp /bin/busybox "$here/probe" "$1/bin/"
	chroot "$1" /bin/busybox --install -s /bin
}
root /run/podman-root
root /run/lxc-root

podman_() {
	podman --cgroup-manager=cgroupfs --events-backend=none "$@"
}

lxc_() {
	local command=$1
	shift
	"lxc-$command" -n web -P /run/lxc "$@"
}

# How both are spoken to: in NAME COMMAND... runs a command in the container.
in_podman() {
	podman_ exec web "$@"
}

in_lxc() {
	lxc_ attach -- "$@"
}

held() {
	counter "$1" "$2" | cut -d' ' -f1
}

threads() {
	find "/sys/fs/cgroup$1" -name cgroup.threads -exec cat {} + | wc -l
}

# What a view shows, once the module has it; else, like everybody, the host's.
view() {
	if vznl views 2>/dev/null | grep -q "^$1 -$"; then
		echo "$2"
	else
		echo "$3"
	fi
}

# container CTID NAME CGROUP KB: adopt it and look at all
container() {
	local id=$1 name=$2 cgroup=$3 memory=$4 mounts host=$5 before result
	mounts=$("in_$name" cat /proc/self/mountinfo | cut -d' ' -f4- | sort | sha256sum)
	status 0 "$name: adopt" vzlite adopt "$id" --cgroup "$cgroup" --name "$name" --numproc 30 --numfile 80
	check "$name: its init is counted" test "$(held "$id" $NUMPROC)" -ge 1
	eq "$name: all of it is" "$(held "$id" $NUMPROC)" "$(threads "$cgroup")"
	eq "$name: status" "$(vzlite status "$name")" "CTID $id exist mounted running adopted"
	# exec's own process and its children
	before=$(held "$id" $NUMPROC)
	eq "$name: a fork bomb stops at the limit" "$("in_$name" probe forks 1000)" "$((30 - before - 1)) EAGAIN"
	eq "$name: failcnt" "$(counter "$id" $NUMPROC | cut -d' ' -f2,5)" "30 1"
	result=$("in_$name" probe opens 1000)
	eq "$name: opening files stops at the limit" "${result#* }" ENFILE
	eq "$name: the limit of its memory is shown" "$(counter "$id" 6 | cut -d' ' -f4)" "$((memory / 4))"
	eq "$name: free" "$("in_$name" free | awk '/^Mem/ { print $2 }')" "$(view sysinfo "$memory" "$host")"
	eq "$name: MemTotal" "$("in_$name" busybox awk '/^MemTotal/ { print $2 }' /proc/meminfo)" \
		"$(view meminfo "$memory" "$host")"
	eq "$name: nproc, /proc/cpuinfo and /proc/stat" \
		"$("in_$name" nproc) $("in_$name" busybox grep -c ^processor /proc/cpuinfo) $("in_$name" busybox grep -c ^cpu. /proc/stat)" \
		"1 1 2"
	check "$name: uptime is the container's, not the host's" test \
		"$("in_$name" cat /proc/uptime | cut -d. -f1)" -le "$((SECONDS + 1))"
	eq "$name: its root reads its own beancounters" \
		"$("in_$name" busybox awk 'NR == 3 { print $1 }' /proc/user_beancounters)" "$id:"
	eq "$name: nothing was mounted" "$("in_$name" cat /proc/self/mountinfo | cut -d' ' -f4- | sort | sha256sum)" "$mounts"
	check "$name: limits are lifted live" vzlite set "$id" --numproc unlimited --numfile unlimited
	eq "$name: at once" "$("in_$name" probe forks 60)" "60 none"
}

host=$(awk '/^MemTotal/ { print $2 }' /proc/meminfo)
check "the module loads" modprobe vzlite
check "podman runs a container" podman_ run -d --name web --network none --log-driver none \
	--memory 128m --cpus 1 --rootfs /run/podman-root /bin/sleep 2000
podman=$(podman_ inspect -f '{{.State.CgroupPath}}' web)
mkdir -p /run/lxc/web
cat >/run/lxc/web/config <<'END'
lxc.uts.name = web
lxc.rootfs.path = dir:/run/lxc-root
lxc.net.0.type = empty
lxc.mount.auto = proc:mixed sys:ro cgroup:mixed
lxc.apparmor.profile = unconfined
lxc.cgroup2.memory.max = 96M
lxc.cgroup2.cpu.max = 100000 100000
lxc.init.cmd = /bin/sleep 2000
END
check "LXC starts one" lxc_ start
lxc=$(cut -d: -f3 "/proc/$(lxc_ info -p -H | tr -d ' ')/cgroup")

container 201 podman "$podman" 131072 "$host"
container 202 lxc "$lxc" 98304 "$host"
eq "the host sees the host" "$(awk '/^MemTotal/ { print $2 }' /proc/meminfo) $(nproc)" "$host 2"
eq "one is not limited by the other" "$(vzlite set 201 --numproc 1; in_lxc probe forks 40)" "40 none"
status 21 "stop is the engine's to do" vzlite stop podman
status 20 "so are the cgroup's limits" vzlite set lxc --ram 1G
vzlite set 201 --numproc 100

status 0 "LXC's is let go" vzlite release lxc
eq "and goes on" "$(in_lxc probe forks 60)" "60 none"
check "LXC stops it" lxc_ stop -k
check "nothing stays charged" retry 10 not grep -qw zombie /proc/vzlite/ve
check "podman's ends while it is adopted" podman_ rm -f -t 0 web
eq "it is gone" "$(ve_words 201)" "exist unmounted down adopted gone"
eq "and listed so" "$(vzlite list -H -o status podman)" "adopted,gone"
status 0 "release" vzlite release 201
unloads
finish
