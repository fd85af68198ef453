# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# For the scenarios of whole VEs. Sourced after lib.sh.
private=/var/lib/vzlite/private

not() {
	! "$@"
}

# status STATUS TEXT COMMAND...: it exits so, with one line "vzlite: ..." if not 0.
status() {
	local want=$1 text=$2 got=0 output
	shift 2
	output=$("$@" 2>&1 >/dev/null </dev/null) || got=$?
	if [[ $got -ne $want ]]; then
		not_ok "$text" "status $got, not $want, from: $*" "$output"
	elif [[ $want -ne 0 && ($output != "vzlite: "* || $output == *$'\n'*) ]]; then
		not_ok "$text" "not one line from: $*" "$output"
	else
		ok "$text${output:+ ($output)}"
	fi
}

# says TEXT WANT COMMAND...: its output, errors included, holds WANT
says() {
	local text=$1 want=$2 got
	shift 2
	got=$("$@" 2>&1)
	# Anything holds nothing.
	if [[ $want && $got == *"$want"* ]]; then
		ok "$text"
	else
		not_ok "$text" "got: $got" "want: $want"
	fi
}

ve_words() {
	vzlite status "$1" | cut -d' ' -f3-
}

is_status() {
	[[ $(ve_words "$1") == "$2" ]]
}

# A template whose init ends as soon as it is asked to: busybox's takes two seconds.
prompt_template() {
	local root=/var/lib/vzlite/template/prompt
	cp -a /var/lib/vzlite/template/busybox $root
	rm $root/sbin/init
	printf '#!/bin/sh\ntrap exit USR2\nwhile :; do sleep 1000 & wait; done\n' >$root/sbin/init
	chmod 755 $root/sbin/init
}

# init_hears VE SIGNAL: by its number. Its init has a handler for it, has it blocked, or sleeps in
# sigwait(), where what is waited for is shown as not blocked.
init_hears() {
	local pid bits
	pid=$(cut -d' ' -f1 "/run/vzlite/$1.state")
	for bits in $(sed -nE 's/^Sig(Blk|Cgt):\t//p' "/proc/$pid/status"); do
		[[ $((0x$bits >> ($2 - 1) & 1)) -eq 0 ]] || return 0
	done
	grep -q sigtimedwait "/proc/$pid/wchan"
}

# What a VE leaves on the host: cgroups, processes, mounts, registration, state, network.
left_of() {
	local id=$1 uid
	find /sys/fs/cgroup/vzlite /sys/fs/cgroup/vzlite.slice -mindepth 1 -type d \
		\( -name "$id" -o -name "vzlite-$id.scope" \) 2>/dev/null
	uid=$(sed -n 's/^LOCAL_UID="\(.*\)"/\1/p' "/etc/vzlite/conf/$id.conf" 2>/dev/null)
	[[ ! $uid ]] || ps -eo uid=,pid=,args= | awk -v u="$uid" '$1 >= u && $1 < u + 65536'
	grep -E "$private/$id|userxattr|/run/vzlite" /proc/self/mountinfo
	[[ ! -e /proc/vzlite/ve ]] || awk -v id="$id" '$1 == id' /proc/vzlite/ve
	ls "/run/vzlite/$id.state" "/run/vzlite/$id.network" "/run/vzlite/$id.netif" "/run/vzlite/$id.rate" 2>/dev/null
	ip -o link show "vz$id" 2>/dev/null
	ip -o link show | grep -E ": ve(th)?$id\."
}

# systemd takes a scope away a moment after it is empty.
none_left() {
	[[ ! $(left_of "$1") ]]
}

is_up() {
	is_status "$1" "exist mounted running"
}

is_down() {
	is_status "$1" "exist unmounted down" && none_left "$1"
}

nothing_left() {
	retry 30 none_left "$1"
	eq "nothing of VE $1 is left" "$(left_of "$1")" ""
}

# count FIELD: in the statistics of VE 101.
count() {
	vzlite stats --json 101 | sed -n "s/.*\"$1\": *\([0-9]*\).*/\1/p"
}

# five_packets PING...: this sends five to VE 101. As many as then have gone in and out are
# $in and $out. ping waits only 0.2 s for what it sent last; on a busy machine the kernel may
# still have some.
five_packets() {
	local in_before out_before
	in_before=$(count in_packets) out_before=$(count out_packets)
	"$@" -q -c 5 -i 0.2 >/dev/null
	for ((try = 0; try < 50; try++)); do
		in=$(($(count in_packets) - in_before)) out=$(($(count out_packets) - out_before))
		[[ $in -lt 5 || $out -lt 5 ]] || break
		sleep 0.1
	done
}
