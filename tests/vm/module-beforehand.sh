#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: what there is no room for is refused before it is made: tasks, files, sockets, ptys; where nobody can ask then, when it is made
# allow: vzlite: cannot hook (kernel_clone|alloc_empty_file|security_socket_create|ptmx_open)
# timeout: 240
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/module.sh"
tracing=/sys/kernel/tracing
# What is taken, its resource, the room for it, how it is refused, and what is called to make it.
# Two of the tasks are the taker's own, and of the files its program and some shared memory.
kinds='tasks 5 10 EAGAIN security_task_alloc
files 19 40 ENFILE security_file_alloc
tcp 9 8 ENOBUFS security_socket_post_create
udp 17 8 ENOBUFS security_socket_post_create
unix 17 8 ENOMEM security_socket_post_create
ptys 11 5 ENOSPC devpts_pty_new'

calls() { # FUNCTION
	awk -v f="$1" '$1 == f { print $2 }' $tracing/kprobe_profile
}
failcnt() {
	counter 41 "$1" | cut -d' ' -f5
}

# take all: what each is refused, how often, and how many were made for that
take_all() {
	echo 1 >$tracing/events/kprobes/enable
	while read -r kind resource room answer function; do
		calls=$(calls "$function") refusals=$(failcnt "$resource")
		got=$(in_ve 41 exhaust "$kind" $((500 * patience)))
		calls=$(($(calls "$function") - calls)) refusals=$(($(failcnt "$resource") - refusals))
		[[ $kind != tasks && $kind != files ]] || room=$((room - 2))
		eq "$kind stop with $answer" "$got" "$room $answer"
		timely check "they are asked for all the time" test "$refusals" -gt $((patience > 1 ? 5 : 200))
		check "$1: $refusals refused, $calls made" "$1" "$calls" "$refusals" "$room"
		check "held is 0 again" settled 41 "$resource"
	done <<<"$kinds"
	echo 0 >$tracing/events/kprobes/enable
}
# As many as there is room for, and some by others meanwhile.
beforehand() {
	[[ $1 -ge $3 && $1 -lt 300 && $1 -lt $2 ]]
}
afterwards() {
	[[ $1 -ge $2 ]]
}

module_load
mountpoint -q /dev/pts || mount -t devpts -o ptmxmode=666,newinstance devpts /dev/pts
[[ -e /dev/ptmx ]] || ln -s pts/ptmx /dev/ptmx
limits=$(awk '{ print $2 "=" $3 ":" $3 }' <<<"$kinds" | sort -u)
for function in $(awk '{ print $5 }' <<<"$kinds" | sort -u); do
	check "calls of $function are counted" sh -c "echo 'p:$function $function' >>$tracing/kprobe_events"
done
# shellcheck disable=SC2086
ve_new 41 $limits
take_all beforehand

# One that is full is not the others' concern, nor what is no request at all.
in_ve 41 objects tcp 8 /run/full-tcp >/dev/null &
check "TCP sockets are all taken" retry 30 test -e /run/full-tcp
eq "there is room for others" "$(in_ve 41 objects udp 100; in_ve 41 objects unix 8)" "8 ENOBUFS
8 none"
rm /run/full-tcp
wait
in_ve 41 objects udp 8 /run/full-udp >/dev/null &
check "all others are taken" retry 30 test -e /run/full-udp
eq "there is room for TCP sockets" "$(in_ve 41 objects tcp 100; in_ve 41 objects tcp6 8)" "8 ENOBUFS
8 none"
refusals=$(failcnt 17)
for request in "nothing EPROTONOSUPPORT" "raw-user EPERM"; do
	eq "who asks for what there is not is told so" \
		"$(in_ve 41 objects udp 1; in_ve 41 objects "${request% *}" 1)" "0 ENOBUFS
0 ${request#* }"
done
eq "and is no refusal" "$(failcnt 17)" $((refusals + 2))
rm /run/full-udp
wait
settled 41 9 && settled 41 17
vznl del 41
module_unload

check "the module loads to redirect" modprobe vzlite direct=0
# shellcheck disable=SC2086
ve_new 41 $limits
take_all beforehand
vznl del 41
module_unload

check "a rival has the functions that ask" \
	modprobe vzlite_rival function=kernel_clone,alloc_empty_file,security_socket_create,ptmx_open
check "the module loads beside it" modprobe vzlite
# shellcheck disable=SC2086
ve_new 41 $limits
eq "all the same the module enforces" "$(for resource in numproc numtcpsock numothersock numpty; do
	awk -v r=$resource '$1 == r { print $NF }' /proc/vzlite/41/beancounters
done)" "module
module
module
module"
check "vzlite version answers" sh -c "vzlite version >/run/version"
check "and names no function that is missing" not grep 'not enforced' /run/version
take_all afterwards
vznl del 41
unloads
rmmod vzlite_rival
echo >$tracing/kprobe_events
finish
