#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: commands that come beside another, a VE's end or an init that moves have a true answer, and what killed ones left is removed
# on: trixie
# also: bookworm newest
# smp: 1
# timeout: 1600
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/ve.sh"
here=$(cd "$(dirname "$0")" && pwd)
in_101() {
	vzlite exec 101 -- "$@"
}

check "the module loads" modprobe vzlite
mounts=$(cut -d' ' -f5 /proc/self/mountinfo | sort)
status 0 "create" vzlite create 101 --ostemplate busybox
status 0 "start" vzlite start 101

# Its init goes from cgroup to cgroup, and where it was no process may be: systemd does that once.
in_101 sh -c 'cd /sys/fs/cgroup && mkdir below beside && echo $$ >beside/cgroup.procs && touch /root/moves
	while [ -e /root/moves ]; do
		echo 1 >below/cgroup.procs; echo +pids >cgroup.subtree_control; sleep 0.01
		echo -pids >cgroup.subtree_control; echo 1 >cgroup.procs; sleep 0.01
	done; rmdir below' </dev/null >/dev/null 2>&1 &
mover=$!
check "its init moves" retry 10 in_101 sh -c '[ -e /root/moves ]'
for i in {1..40}; do
	in_101 true || echo "$?"
done >/run/answers 2>/run/lines
eq "exec beside an init that moves" "$(uniq -c /run/answers) $(sort /run/lines | uniq -c)" " "
rm -f /run/answers /run/lines
retry 10 in_101 rm -f /root/moves
wait $mover

# One command at a time. An init that does not wait for signals yet would not be asked.
check "its init is up" retry 10 init_hears 101 12
kill -STOP "$(cut -d' ' -f1 /run/vzlite/101.state)"
vzlite stop 101 2>/dev/null &
stopper=$!
second() {
	vzlite start 101 2>&1 | grep -qF "works on this VE (pid $stopper: vzlite stop 101)"
}
# Else the second could be the first.
has_lock() {
	awk -v pid=$stopper '$2 == "POSIX" && $5 == pid { found = 1 } END { exit !found }' /proc/locks
}
retry 10 has_lock
check "a second command is told of the first" retry 5 second
kill -9 $stopper
wait $stopper 2>/dev/null
status 32 "whose lock ends with it" vzlite start 101
status 0 "suspend" vzlite suspend 101
status 0 "a frozen VE is stopped" vzlite stop 101 --fast
status 0 "and started" vzlite start 101
in_101 sh -c 'trap "" HUP; sleep 1000 & sleep 1000 &' &
wait $!
status 0 "stop" vzlite stop 101
nothing_left 101
eq "the host's mounts are as before" "$(cut -d' ' -f5 /proc/self/mountinfo | sort)" "$mounts"

# Commands that come while the VE ends: it runs, or is told to have stopped, or has killed them.
asking() { # FILE ON-WHAT...
	until [[ -e /run/over ]]; do
		"${@:2}" vzlite exec 101 true
		echo $?
	done </dev/null >>"$1" 2>>/run/lines
}
# answered STATUS: each way, in this or an earlier round
answered() {
	grep -qx "$1" /run/answers && tr -d '\r' </run/on_terminal | grep -qx "$1"
}
for i in {1..10}; do
	vzlite start 101 >/dev/null || echo "start: $?" >>/run/answers
	in_101 sh -c 'for i in $(seq 40); do sleep 1000 & done'
	rm -f /run/over
	asking /run/answers &
	asking /run/answers &
	asking /run/on_terminal "$here/onpty" &
	sleep 0.2
	retry 20 answered 0
	if [[ $((i % 2)) -eq 1 ]]; then
		kill -9 "$(cut -d' ' -f1 /run/vzlite/101.state)"
	else
		vzlite stop 101 --fast >/dev/null || echo "stop: $?" >>/run/answers
	fi
	sleep 0.2
	# Who is killed takes his time on a busy machine.
	retry 20 sh -c "vzlite status 101 | grep -q down"
	retry 20 answered 31
	touch /run/over
	wait
done
eq "exec beside its end" "$(sort -u /run/answers | grep -vx 137 | tr "\n" " ")" "0 31 "
eq "and on a terminal" "$(tr -d "\r" </run/on_terminal | grep -x "[0-9]*" | sort -u | grep -vx 137 | tr "\n" " ")" "0 31 "
sort /run/lines /run/on_terminal | uniq -c
status 0 "start" vzlite start 101
status 0 "stop" vzlite stop 101
nothing_left 101

# What killed commands have left of other VEs: more than can be removed in a moment.
left_files() { # CTID SECONDS: as many as can be made in that time, also where others take most of it
	local end=$((SECONDS + $2)) n
	for ((n = 0; SECONDS < end || n < $2 / 2; n++)); do
		mkdir -p $private/.destroy-"$1"/$n
		(cd $private/.destroy-"$1"/$n && seq 5000 | xargs mkdir)
	done
}
left_files 105 12
began=$SECONDS
status 0 "create, beside much that is left of another" vzlite create 102 --ostemplate busybox
timely check "does not wait for that" test $((SECONDS - began)) -lt 10
check "of which there is still some" test -d $private/.destroy-105
vzlite eventd </dev/null >/run/eventd 2>&1 &
eventd=$!
check "eventd removes it" retry 400 not test -e $private/.destroy-105
kill $eventd
wait $eventd
eq "and has nothing to say" "$(cat /run/eventd)" ""
vzlite destroy 102
has_lock_of() {
	awk -v pid=$stopper -v inode="$(stat -c %i "/run/vzlite/$1.lock" 2>/dev/null)" '
		$2 == "POSIX" && $5 == pid && $6 ~ ":" inode "$" { found = 1 } END { exit !found }' /proc/locks
}
left_files 105 6
vzlite create 106 --ostemplate busybox >/run/created 2>&1 &
stopper=$!
check "a create removes what is left of another" retry 10 has_lock_of 105
status 0 "a command for that one waits for it" vzlite create 105 --ostemplate busybox
wait $stopper
eq "which is made, too" "$? $(cat /run/created)" "0 "
status 0 "destroy" vzlite destroy 105
status 0 "destroy" vzlite destroy 106
# As a delete has it that will find that VEs use it.
flock -x /var/lib/vzlite/template/busybox sleep 1 &
sleep 0.2
status 0 "create, while a delete looks at the template" vzlite create 106 --ostemplate busybox
status 0 "destroy" vzlite destroy 106
wait $!
left_files 102 6
says "what is left of the VE itself is removed first, which is told" "vzlite: create: removes what is left of VE 102" \
	vzlite create 102 --ostemplate busybox
check "all of it" not test -e $private/.destroy-102
status 0 "destroy" vzlite destroy 102

status 0 "destroy" vzlite destroy 101
eq "no file is left" "$(find $private /etc/vzlite/conf /run/vzlite -mindepth 1 ! -name '*.destroyed' -printf '%f\n' | sort | head -n 20 | xargs)" "eventd.lock ids.lock sweep.lock"
unloads
finish
