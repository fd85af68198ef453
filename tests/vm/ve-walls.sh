#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: nothing of the host comes into a VE by start, exec and enter
# on: bookworm newest
# also: trixie debug
# smp: 2
# timeout: 300
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/ve.sh"
here=$(cd "$(dirname "$0")" && pwd)
in_101() {
	vzlite exec 101 -- "$@"
}
quick() {
	timeout -k 1 20 "$@"
}
mkdir -m 700 /run/walls && cd /run/walls || exit

check "the module loads" modprobe vzlite
status 0 "create" vzlite create 101 --ostemplate busybox --hostname ve101
status 0 "start" vzlite start 101
for program in walls inherit; do
	in_101 sh -c "cat >/root/$program && chmod 755 /root/$program" <"$here/$program"
	check "$program comes whole through standard input" cmp "$here/$program" "$private/101/upper/root/$program"
done

# Standard streams: what goes in is the VE's own.
echo some >in && : >out && chmod 666 in out
in_101 /root/walls streams <in >out 2>err
eq "files do not go in" "$(cat out)" "pipe pipe pipe"
eq "the null device does" "$(in_101 /root/walls streams </dev/null 2>/dev/null)" "null pipe null"
eq "a device does not" "$(in_101 /root/walls streams </dev/zero 2>/dev/full)" "pipe pipe pipe"
eq "nor a socket" "$("$here/walls" socket vzlite exec 101 -- /root/walls streams)" "pipe pipe pipe"
status 8 "a directory is refused" sh -c 'exec vzlite exec 101 -- true </etc'
check "for output, too" not sh -c 'exec 3</etc; exec vzlite exec 101 -- true >&3'
echo old >log
in_101 /root/walls spoil <in >>log 2>spoilt
eq "what is appended to cannot be changed: $(cat spoilt)" "$(head -n 1 log)" old
eq "nor what is read be written" "$(cat in)" some
eq "nor be opened again, for more" "$(cat spoilt)" ""
eq "the VE may open its own again" "$(in_101 sh -c 'echo a >/dev/stdout; cat /dev/stdin >/dev/stdout' <in | cat)" "a
some"

# They do what streams do.
head -c 3000001 /dev/urandom >random
status=0; in_101 sh -c 'cat; exit 7' <random >copy || status=$?
check "every byte comes back from a file" cmp random copy
eq "with the status" $status 7
check "and through pipes" sh -c 'cat random | vzlite exec 101 -- cat | cmp - random'
in_101 sh -c 'for i in 1 2 3 4 5 6 7 8 9; do echo $i; echo e$i >&2; done' >both 2>&1
eq "output and error in one file keep their order" "$(tr -d '\n' <both)" 1e12e23e34e45e56e67e78e89e9
in_101 yes 2>/dev/null | head -n 1 >/dev/null
eq "a reader that goes ends the writer" "${PIPESTATUS[0]}" 141
status 46 "a disk that is full is told" sh -c 'exec 3>&2 2>err; vzlite exec 101 -- echo x >/dev/full 2>&3'
printf 'a\nb\nc\n' >list
eq "what a command does not read of a file is left to the next" "$(while read -r word; do
	echo "$word"; in_101 true; done <list | tr -d '\n')" abc
started=$SECONDS
eq "what a command says while others hold its output" "$(in_101 sh -c 'sleep 60 & echo x')" x
eq "or its error" "$(in_101 sh -c 'sleep 60 & echo x >&2' 2>&1)" x
timely check "they do not keep who reads it" test $((SECONDS - started)) -lt 40
eq "nor is heard any more" "$({ in_101 sh -c '(trap "" PIPE; sleep 1; echo forged) & echo a'; sleep 2
	echo b; } | tr -d '\n')" ab
slowly() {
	while [[ $(head -c 2000 | wc -c) -gt 0 ]]; do sleep 0.02; done
}
quick "$here/onpty" vzlite exec 101 -- sh -c 'trap "" HUP; yes & exit 3' </dev/null | slowly
eq "nor keeps a terminal by writing for ever" "${PIPESTATUS[0]}" 3
quick "$here/onpty" sh -c 'vzlite exec 101 -- sh -c "echo to-file; echo to-terminal >&2" >typed' \
	</dev/null >shown
eq "error is the terminal's when output is not" "$(cat typed)$(tr -d '\r' <shown)" to-fileto-terminal
(trap '' HUP; vzlite exec 101 -- sh -c 'trap "exit 9" HUP; echo ready; sleep 3 & wait; exit 4' >ready &
	retry 10 test -s ready; kill -HUP $!; wait $!; echo $? >status)
eq "a signal that is ignored is not passed on" "$(cat status)" 4
quick vzlite start 101 2>&-
eq "a closed stream is no other file" $? 32
eq "so no error goes into one" "$(cat /run/vzlite/101.lock)" ""

# What a process inherits.
locked=8388608
expect() { # TEXT FILE
	local name value got
	while read -r name value; do
		got=$(sed -n "s/^${name}[ \t]*//p" "$2")
		eq "$1: $name" "$got" "$value"
	done <<-END
		blocked 0000000000000000
		ignored 0000000000000000
		policy 0
		nice 0
		ioprio 0
		cpus $(nproc)
		CPU -1:-1
		FSIZE -1:-1
		DATA -1:-1
		STACK 8388608:-1
		CORE 0:-1
		RSS -1:-1
		NPROC -1:-1
		NOFILE 1024:1048576
		MEMLOCK $locked:$locked
		AS -1:-1
		LOCKS -1:-1
		SIGPENDING 16384:16384
		MSGQUEUE 819200:819200
		NICE 0:0
		RTPRIO 0:0
		RTTIME -1:-1
		queue 100
		oom 0
		slack 50000
		mempolicy 0
		thp 0
		ksm 0
		flusher 0
		personality 0
		groups 0
		umask 22
		nnp 0
		environment 0
		cwd /
		terminal 0
	END
	# What kernels without it show differs.
	check "$1: util" grep -q "^util 0$" "$2"
}
"$here/inherit" set vzlite exec 101 -- /root/inherit show >report
expect "exec from a shell with everything set" report
check "exec stays the doing of who ran it, for the audit log" grep -q '^session [0-9]\{1,8\}$' report
status 0 "another VE" vzlite create 102 --ostemplate busybox --init /inherit
install -o 1879113728 -g 1879113728 "$here/inherit" $private/102/upper/inherit
"$here/inherit" set vzlite start 102
check "started from such a shell" retry 10 test -s $private/102/upper/report
expect "start" $private/102/upper/report
eq "what a VE does is nobody's" "$(grep -E '^(session|loginuid)' $private/102/upper/report | tr '\n' ' ')" \
	"loginuid 4294967295 session 4294967295 "
# No process of a VE may ask for keys; but what one holds is there.
admins_key() {
	grep -q 'user *admins' /proc/keys
}
check "the shell's key is seen while somebody holds it" "$here/inherit" set grep -q 'user *admins' /proc/keys
check "not by who was started there" retry 10 not admins_key
status 0 "stop" vzlite stop 102 --fast
# More memory may be locked by who was given more, in all of the VE together.
status 0 "a VE that may lock 8192 pages" vzlite set 102 --lockedpages 8192 --save
rm $private/102/upper/report
status 0 "start" vzlite start 102
check "its init says what it was given" retry 10 test -s $private/102/upper/report
locked=33554432
expect "start with more locked memory" $private/102/upper/report
vzlite exec 102 -- sh -c 'cat >/memory && chmod 755 /memory' <"$here/memory"
eq "so many it locks" "$(vzlite exec 102 -- /memory mlock 1000 | cut -d' ' -f1,2)" "512 ENOMEM"
eq "and one that was given no number as many as ever" \
	"$(in_101 sh -c 'cat >/root/memory && chmod 755 /root/memory && exec /root/memory mlock 1000' \
		<"$here/memory" | cut -d' ' -f1,2)" "128 ENOMEM"
status 0 "stop" vzlite stop 102 --fast
"$here/inherit" set vzlite exec 101 -- sh -c 'sleep 1000 </dev/null >/dev/null 2>&1 & echo $!' >sleeper
check "nor by who was run by exec" retry 10 not admins_key
check "and runs on" in_101 sh -c "kill $(cat sleeper)"

# A joining process that could be traced
sysctl -qw fs.suid_dumpable=1
status 3 "exec where the VE could trace it" vzlite exec 101 -- true
sysctl -qw fs.suid_dumpable=0
status 0 "and where not" vzlite exec 101 -- true

# A tree that leads through the descriptors of who makes it a root (4 was its upper layer)
status 0 "a VE with a host name" vzlite create 103 --ostemplate busybox --hostname ve103
ln -s /proc/self/fd/4 $private/103/upper/etc
status 0 "starts with /etc a link" vzlite start 103
eq "that leads to none" "$(ls -A $private/103/upper)" etc
vzlite stop 103 --fast
rm $private/103/upper/etc
mkdir $private/103/upper/sbin
echo '#!/proc/self/fd/4/inherit' >$private/103/upper/sbin/init
cp "$here/inherit" $private/103/upper/
chmod 755 $private/103/upper/sbin/init
chown -R 1879179264:1879179264 $private/103/upper/sbin $private/103/upper/inherit
status 47 "nor does init start by one" vzlite start 103
nothing_left 103

# Devices in a copied tree
status 0 "a copy" vzlite create 104 --ostemplate busybox --layout dir
mknod -m 666 $private/104/root/disk c 1 3
status 0 "starts" vzlite start 104
check "a device in it is not opened" not vzlite exec 104 -- sh -c 'echo x >/disk'
vzlite stop 104 --fast

# Privileged: without the filter and with all capabilities, in its own user namespace only.
rights() {
	vzlite exec "$1" -- sh -c 'cat /proc/1/status /proc/self/status' |
		awk '/^(CapBnd|Seccomp):/ { printf "%s ", $2 }'
}
all=$(awk '$1 == "CapBnd:" { print $2 }' /proc/self/status)
reduced=$(rights 101)
check "others have a filter, and not all capabilities: $reduced" sh -c \
	'[ "$2 $4" = "2 2" ] && [ "$1" = "$3" ] && [ "$1" != '"$all"' ]' rights $reduced
says "create says what it gives up" "all capabilities in it" vzlite create 105 --ostemplate busybox --privileged yes
says "so does start" "no system call is kept from it" vzlite start 105
eq "it has all, and no filter" "$(rights 105)" "$all 0 $all 0 "
vzlite exec 105 -- sh -c 'cat >/exhaust && chmod 755 /exhaust' <"$here/exhaust"
check "calls that others may not make go to the kernel" sh -c \
	'vzlite exec 105 -- /exhaust keys 200 2>/dev/null | grep -qv ENOSYS'
check "a device node does not" not vzlite exec 105 -- mknod /root/disk b 254 0
says "nor a module" "not permitted" vzlite exec 105 -- sh -c 'echo none >/root/x.ko && insmod /root/x.ko'
eq "nor the clock" "$(vzlite exec 105 -- date -s 2001-01-01 2>&1 | grep -o 'not permitted')" "not permitted"
check "nor what is the host's in /proc" not vzlite exec 105 -- sh -c 'echo 1 >/proc/sys/kernel/sysrq'
says "set, too" "PRIVILEGED" vzlite set 105 --privileged yes --save
eq "it is an ordinary one without a word" "$(vzlite set 105 --privileged no --save 2>&1 | grep -c PRIV)" 0
eq "from the next start on" "$(rights 105)" "$all 0 $all 0 "
eq "list tells" "$(vzlite list -aH -o privileged 105 | tr -d ' ')" no
status 0 "restart" vzlite restart 105 --fast
eq "then it has what others have" "$(rights 105)" "$reduced"
vzlite stop 105 --fast
nothing_left 105

# What its programs do to themselves is no report of the kernel's.
sysctl -qw debug.exception-trace=1
in_101 /root/walls trap
eq "a program that falls into a trap is killed" $? $((128 + 11))
check "and named in the log" sh -c 'dmesg | grep "traps: walls.*general protection fault ip:"'

for id in 101 102 103 104 105; do
	vzlite stop $id --fast 2>/dev/null
	status 0 "destroy $id" vzlite destroy $id
done
unloads
finish
