#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: a command in a VE has its input, terminal and signals as if it had been started on the host
# on: newest
# also: bookworm
# smp: 2
# timeout: 300
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/ve.sh"
. "$(dirname "$0")/kill.sh"
here=$(cd "$(dirname "$0")" && pwd)
in_101() {
	vzlite exec 101 -- "$@"
}
# LINE of a shell, on a terminal, where standard input is typed
on_typed_tty() {
	timeout -k 1 40 "$here/onpty" bash -c "$1" | tr -d '\r'
}
on_tty() {
	on_typed_tty "$1" </dev/null
}
# None of the VE's processes is called that.
none() {
	! pgrep -fx "$1" >/dev/null
}

check "the module loads" modprobe vzlite
status 0 "create" vzlite create 101 --ostemplate busybox --hostname ve101
status 0 "start" vzlite start 101
cd /run || exit

# Input
printf 'a\nb\n' >list
eq "what a command reads late is not read twice" \
	"$({ in_101 sh -c 'sleep 1; cat >/root/x' >/dev/null 2>&1; cat; } <list)$(in_101 cat /root/x)" "a
b"

# Output
eq "a full disk is told from a reader that has gone" \
	"$(in_101 seq 100000 2>&1 >/dev/full; echo $?; in_101 seq 100000 | true; echo "${PIPESTATUS[0]}")" \
	"vzlite: exec 101: write to standard output: No space left on device
46
141"

# A terminal
eq "one that nobody has for a moment goes on" \
	"$(on_tty "vzlite exec 101 -- sh -c 'exec </dev/null >/dev/null 2>&1; sleep 1; seq 5000 >/dev/tty'" |
		tail -n 1)" 5000
eq "one that is read only is no error" \
	"$(on_tty "vzlite exec 101 -- sh -c 'echo to-terminal >/dev/tty; echo out' </dev/tty >said 2>&1; echo \$?")" "to-terminal
0"
eq "its output came" "$(cat said)" out
eq "a pipeline has lines, and the settings it had" \
	"$(on_tty "stty -g >before; vzlite exec 101 -- sh -c 'sleep 2; echo a; echo b' |
		{ sleep 1; stty -g </dev/tty >during; cat; }; cmp before during && echo same")" "a
b
same"
eq "a job in the background is not stopped" \
	"$(on_tty "set -m; vzlite exec 101 -- sh -c 'sleep 1; echo done' >job 2>&1 & wait \$!; echo \$?; cat job" |
		grep -v '^\[1\]')" "0
done"
eq "another than that of the input is not taken for it" \
	"$(on_tty 'vzlite exec 101 -- sh -c "tty; readlink /proc/self/fd/2" 2>/dev/console' | sed 's/:.*//')" "/dev/pts/0
pipe"
eq "where nobody can type into it, it is no /dev/tty" \
	"$(on_tty "echo a | vzlite exec 101 -- sh -c 'cat; test -t 1 && stty -F /dev/stdout size
		(: </dev/tty) || echo none' 2>/dev/null")" "a
33 99
none"
on_tty "vzlite exec 101 -- sh -c 'sleep 4322; sleep 4322' </dev/zero & sleep 3; kill -HUP \$!; wait \$!; echo \$?" >said
eq "SIGHUP ends what runs there" "$(tail -n 1 said)" 129
check "all of it" retry 5 none 'sleep 4322'
on_tty "vzlite exec 101 -- sh -c 'sleep 4325 & sleep 1'; vzlite exec 101 -- sh -c 'setsid sleep 4326 & sleep 1'
	vzlite exec 101 -- sh -c 'sleep 4327 & sleep 1' </dev/null" >said
check "what is left at a terminal is hung up" retry 5 none 'sleep 4325'
for ((i = 4326; i <= 4327; i++)); do
	check "another one is not: $i" pkill -fx "sleep $i"
done

# Signals
for signal in INT TERM; do
	timeout -k 5 -s $signal 3 vzlite exec 101 -- sh -c 'sleep 4321; sleep 4321' </dev/null
	eq "SIG$signal ends the command, as timeout says" $? 124
	check "and what it runs" retry 5 none 'sleep 4321'
done
{ sleep 3; printf '\003'; sleep 3; } |
	on_typed_tty 'for i in 1 2 3; do vzlite exec 101 -- sleep 4323 </dev/null; echo $?; done' >said
eq "Ctrl-C ends a shell's loop, too" "$(cat said)" "^C"
# An interactive one has the key, and sees only how its job has ended.
{ sleep 3; printf '\003'; sleep 3; printf '\003'; sleep 3; } |
	on_typed_tty 'set -m; for i in 1 2 3; do vzlite exec 101 -- sleep 4323; echo $?; done' >said
eq "also where the VE has the key" "$(cat said)" "^C"
vzlite exec 101 -- sh -c 'trap "exit 9" TERM; echo ready; kill -STOP $$; exit 4' >stopped &
check "a command stops" retry 10 grep -q ready stopped
sleep 1
kill $!
wait $!
eq "and hears SIGTERM" $? 9

# From the first moment on, until the command runs: no process is left whose vzlite has died.
us=$(duration vzlite exec 101 -- true)
us=$((us < 600000 ? us : 600000)) bad=''
for ((i = 1; i <= 40; i++)); do
	timeout -s INT "0.$(printf %06d $((us * 16 * i / 400)))" vzlite exec 101 -- sleep 1234 </dev/null 2>/dev/null
	status=$?
	[[ $status -eq 124 ]] || bad+="$i: status $status "
done
eq "a signal comes never too soon: 40 times within $((us * 16 / 10)) us" "$bad" ""
check "and it leaves nothing" retry 5 none 'sleep 1234'

# In a VE that is suspended
vzlite exec 101 -- sh -c 'trap "" TERM HUP; echo ready; sleep 1000' >deaf &
check "a command runs" retry 10 grep -q ready deaf
kill $!
sleep 3
check "that does not want to end is waited for" kill -0 $!
status 0 "suspend" vzlite suspend 101
kill -HUP $!
wait $!
eq "not when it is frozen" $? 129
status 0 "resume" vzlite resume 101
runs_4324() {
	pgrep -fx 'sleep 4324' >/dev/null
}
{
	retry 20 runs_4324 && vzlite suspend 101 >/dev/null
	sleep 1
	printf '\003'
	sleep 4
} | on_typed_tty 'vzlite exec 101 -- sh -c "trap \"\" INT; sleep 4324"; echo $?' >said
eq "Ctrl-C that is typed, too" "$(tail -n 1 said)" 130
status 0 "resume" vzlite resume 101
check "and what it has left is hung up" retry 5 none 'sleep 4324'
vzlite exec 101 -- sh -c 'trap "" TERM HUP; echo ready; sleep 1000' >deaf &
check "a command runs" retry 10 grep -q ready deaf
status 0 "suspend" vzlite suspend 101
started=$SECONDS
kill $!
wait $!
eq "one signal will do, after a moment" $? 143
timely check "a short one" test $((SECONDS - started)) -lt 10
status 0 "resume" vzlite resume 101
status 0 "stop" vzlite stop 101 --fast
nothing_left 101
finish
