#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: action scripts run when they should, by whom they should, and hold up nobody for ever
# on: bookworm
# also: newest
# smp: 1
# waits: yes
# timeout: 440
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/ve.sh"

check "module loads" modprobe vzlite
conf=/etc/vzlite/conf
script() {
	printf '#!/bin/sh\nset -- ${0##*/} $VEID $VE_CONFFILE $(env | grep -c .)\necho "$*" >>/run/actions\n%s\n' "$2" >"$conf/$1"
	chmod 755 "$conf/$1"
}
check "a VE" vzlite create 101 --ostemplate busybox
for action in mount start stop umount; do
	script vps.$action ""
	script 101.$action ""
done
rm $conf/vps.start
status 0 "start" vzlite start 101
retry 10 init_hears 101 12
status 0 "stop" vzlite stop 101
eq "each has run, with its environment and no more" "$(cat /run/actions)" "vps.mount 101 $conf/101.conf 5
101.mount 101 $conf/101.conf 5
101.start 101 $conf/101.conf 5
vps.stop 101 $conf/101.conf 5
101.stop 101 $conf/101.conf 5
vps.umount 101 $conf/101.conf 5
101.umount 101 $conf/101.conf 5"
# As on many hosts, where all of them are one
mv $conf/101.mount $conf/shared.script
ln -s shared.script $conf/101.mount
: >/run/actions
status 0 "start" vzlite start 101
check "one that is a link has run" grep -q "^101.mount 101 " /run/actions
status 0 "stop" vzlite stop 101 --fast
ln -sfn /tmp/101.mount $conf/101.mount
cp $conf/shared.script /tmp/101.mount
status 79 "one by way of what others may write to" vzlite start 101
rm $conf/101.mount /tmp/101.mount
mv $conf/shared.script $conf/101.mount
# On the host: with its clocks, and what was allowed to who started it
script 101.start 'echo "$(cat /proc/self/loginuid) $(cat /proc/self/oom_score_adj) $(ulimit -n)" >>/run/actions
readlink /proc/self/ns/time >>/run/actions'
: >/run/actions
status 0 "start by somebody with a login and limits" sh -c 'echo 1234 >/proc/self/loginuid
	echo 55 >/proc/self/oom_score_adj; ulimit -n 321; exec vzlite start 101'
eq "the script is his" "$(tail -n 2 /run/actions)" "1234 55 321
$(readlink /proc/self/ns/time)"
status 0 "stop" vzlite stop 101
script 101.mount "exit 3"
status 79 "a mount that fails" vzlite start 101
check "keeps it from starting" is_down 101
script 101.mount ""
script 101.start 'kill -9 $$'
: >/run/actions
status 79 "a start that fails" vzlite start 101
check "kills it" is_down 101
check "and what mount did is undone" grep -q '^101.umount' /run/actions
rm $conf/101.start
status 0 "start" vzlite start 101
script 101.stop "exit 1"
status 79 "a stop that fails" vzlite stop 101
check "lets it run" is_up 101
chmod 775 $conf/101.stop
status 79 "what others may write to is not run" vzlite stop 101
status 0 "stop --fast does not ask" vzlite stop 101 --fast
# All is cleared away then: the VE need not stay down
rm $conf/101.stop
cp $conf/101.umount /run/umount
status 0 "start" vzlite start 101
script 101.umount "exit 1"
status 79 "an umount that fails" vzlite restart 101
check "does not keep it from starting again" is_up 101
kill -9 "$(cut -d' ' -f1 /run/vzlite/101.state)"
retry 10 is_status 101 "exist unmounted down"
says "nor after it has ended by itself" "start 101: $conf/101.umount failed with status 1" vzlite start 101
check "it is up" is_up 101
status 79 "stop says that it failed" vzlite stop 101 --fast
check "and has stopped" is_down 101
mv /run/umount $conf/101.umount
script 101.stop "exit 1"
echo "no program" >$conf/101.mount
status 79 "what is no program" vzlite start 101
rm $conf/vps.*
script 101.mount ""
script 101.start ""
status 0 "destroy" vzlite destroy 101
eq "its scripts are the next VE's no more" "$(cd $conf && echo 101.*)" \
	"101.conf.destroyed 101.mount.destroyed 101.start.destroyed 101.stop.destroyed 101.umount.destroyed"
eq "nor is it one" "$(vzlite list -aH) $(vzlite status 101)" " CTID 101 deleted unmounted down"
# As an older version left it, or where the configuration was removed by hand
script 101.mount ""
says "create takes no script over" "create 101: $conf/101.mount is no script of the new VE's: it is $conf/101.mount.destroyed now" \
	vzlite create 101 --ostemplate busybox
: >/run/actions
status 0 "start" vzlite start 101
status 0 "stop" vzlite stop 101 --fast
eq "none has run" "$(cat /run/actions)" ""
status 0 "destroy" vzlite destroy 101


# One that hangs
hangs() {
	script "$1" 'sleep 1000 >/dev/null 2>&1 & echo $! >/run/hung; wait'
}
gone() {
	! kill -0 "$(cat "$1")" 2>/dev/null
}
check "a VE" vzlite create 101 --ostemplate busybox
status 21 "a time that is none" vzlite set 101 --action-timeout 1m --save
echo 'ACTION_TIMEOUT="3"' >/etc/vzlite/vzlite.conf
hangs 101.mount
status 79 "a script that hangs is killed after the time for all VEs" vzlite start 101
check "and the VE is down" is_down 101
check "with what it began" gone /run/hung
rm /etc/vzlite/vzlite.conf $conf/101.mount
status 0 "a time" vzlite set 101 --action-timeout 2 --save
hangs 101.stop
status 0 "start" vzlite start 101
says "the line says which, and after what time" "stop 101: $conf/101.stop had not ended after 2 s (ACTION_TIMEOUT) and was killed" \
	vzlite stop 101
check "the VE runs on" is_up 101
hangs 101.umount
rm $conf/101.stop
began=$SECONDS
got=0
vzlite shutdown 2>/run/err || got=$?
eq "shutdown waits for a hanging script, but not for ever" "$got $(cat /run/err)" \
	"79 vzlite: stop 101: $conf/101.umount had not ended after 2 s (ACTION_TIMEOUT) and was killed
vzlite: shutdown: 1 of 1 VEs: see above"
timely check "no longer than it may take" test $((SECONDS - began)) -lt 60
script 101.umount ""
script 101.umount ""
# One whose command is killed, run by who stands in for it
hangs 101.start
rm /run/hung
vzlite start 101 &
starter=$!
retry 10 test -s /run/hung
kill -9 $starter
wait $starter
check "a script does not outlive who has its VE's lock" retry 5 gone /run/hung
status 0 "stop" vzlite stop 101 --fast
# As its terminal does: ^C a shell ignores for what is in the background
rm /run/hung
setsid vzlite start 101 2>/run/err &
starter=$!
retry 10 test -s /run/hung
kill -HUP -- -$starter
wait $starter
check "one whose script a terminal's signal ended is down" is_down 101
check "and that is said" grep -q "101.start died of signal 1" /run/err
check "another VE" vzlite create 102 --ostemplate busybox
status 0 "time enough for that" vzlite set 101 --action-timeout 10 --save
script 101.mount 'vzlite start 102; sleep 1000'
script 101.start ""
status 79 "one that starts another, and hangs" vzlite start 101
check "which runs on" is_up 102
status 0 "a longer time" vzlite set 101 --action-timeout 60 --save
script 101.mount 'trap "sleep 0.5; echo >/run/heard; exit 1" INT; while :; do sleep 0.1; done'
timeout -s INT 5 vzlite start 101 2>/run/err
check "a script hears a terminal's signal, and has its time" test -e /run/heard
script 101.mount 'sleep 1000 >/dev/null 2>&1 & echo $! >/run/left'
status 0 "start" vzlite start 101
check "what it leaves behind when it ends goes on" kill "$(cat /run/left)"
status 0 "stop" vzlite stop 101 --fast
# Whose parents are killed are the children of who runs the script, in whatever pid namespace
script 101.mount 'vzlite exec 102 sleep 1234 >/dev/null 2>&1 &
until pgrep -f "^sleep 1234"; do sleep 0.1; done
kill -9 $!
vzlite stop 102 --fast 2>>/run/others; echo "stop $?" >>/run/others
vzlite start 102 2>>/run/others; echo "start $?" >>/run/others'
status 0 "start, with a script that kills what it has begun in another VE" vzlite start 101
eq "which can be stopped and started all the same" "$(cat /run/others)" "stop 0
start 0"
status 0 "stop" vzlite stop 101 --fast
status 0 "stop" vzlite stop 102 --fast
status 0 "destroy" vzlite destroy 102
status 0 "what is left goes with the next stop or destroy" vzlite destroy 101

# One whose command waits for who waits for it
check "a VE" vzlite create 101 --ostemplate busybox --onboot yes
script 101.start 'vzlite boot 2>>/run/inner; echo "boot $?" >>/run/inner
vzlite shutdown 2>>/run/inner; echo "shutdown $?" >>/run/inner'
status 0 "start, with a script that starts and stops all" timeout 60 vzlite start 101
eq "which leave out its VE, and say so" "$(cat /run/inner)" "boot 0
vzlite: stop 101: its action script runs, which called this
vzlite: shutdown: 1 of 1 VEs: see above
shutdown 9"
rm /run/inner
mv $conf/101.start $conf/101.stop
status 0 "shutdown, with that script" timeout 60 vzlite shutdown
eq "which refuse to, where another is under way" "$(cat /run/inner)" "boot 0
vzlite: shutdown: another one is under way
shutdown 9"

# What a stop asks, and who is in its way
script 101.stop 'vzlite exec 101 true'
status 0 "start" vzlite start 101
status 0 "suspend" vzlite suspend 101
status 0 "stop of a suspended VE, whose script asks it" vzlite stop 101
check "another VE" vzlite create 102 --ostemplate busybox
script 101.stop 'vzlite start 102 2>>/run/inner; echo "start $?" >>/run/inner; exit 1'
rm /run/inner
status 0 "start" vzlite start 101
got=0
vzlite shutdown 2>/run/err || got=$?
eq "shutdown stops one whose script fails all the same" "$got $(ve_words 101)" "79 exist unmounted down"
check "and says so" grep -q "stop 101: it is stopped all the same" /run/err
eq "no other is started meanwhile" "$(cat /run/inner)" "vzlite: start 102: vzlite shutdown stops all VEs
start 9"
rm $conf/101.stop
script 101.mount ': >/run/starting; sleep 2'
vzlite start 101 &
starter=$!
retry 10 test -e /run/starting
status 0 "shutdown while one is being started" vzlite shutdown
wait $starter
check "it is stopped, too" is_down 101

# Who never gives up a VE's lock, as in D
in_shutdown() {
	local inode
	inode=$(stat -c %i /run/vzlite/shutdown.lock 2>/dev/null) && grep -q " $stopper .*:$inode 0 EOF" /proc/locks
}
shutdown_past() { # VEs that it finds
	kill -STOP $starter
	began=$SECONDS got=0
	timeout 120 vzlite shutdown --fast 2>/run/err || got=$?
	eq "shutdown gives up one that another works on, and names him" "$got $(grep -v waits /run/err)" \
		"9 vzlite: stop 101: another vzlite works on this VE (pid $starter: vzlite start 101)
vzlite: shutdown: 1 of $1 VEs: see above"
	kill -CONT $starter
	wait $starter
}
status 0 "little time" vzlite set 101 --stop-timeout 1 --action-timeout 4 --save
status 0 "one to be stopped later" vzlite set 102 --bootorder 5 --save
status 0 "start" vzlite start 102
script 101.mount ""
script 101.start ': >/run/held; sleep 1000'
vzlite start 101 2>/dev/null &
starter=$!
retry 10 test -e /run/held
shutdown_past 2
took=$((SECONDS - began))
timely check "when a stop of it has had its time ($took s)" test $took -ge 30 -a $took -lt 80
check "and stops those behind it" is_down 102
check "the other has his time, too" is_down 101
rm /run/held
mv $conf/101.start $conf/101.mount
vzlite start 101 2>/dev/null &
starter=$!
retry 10 test -e /run/held
shutdown_past 1
check "of one that is down it waits for half a minute" test $((SECONDS - began)) -ge 30
check "it is still down" is_down 101
status 0 "time" vzlite set 101 --action-timeout 60 --save
script 101.mount ': >/run/held; until [ -e /run/on ]; do sleep 0.1; done'
rm /run/held
vzlite start 101 2>/run/started &
starter=$!
retry 10 test -e /run/held
script 101.umount ': >/run/undone'
vzlite shutdown --fast 2>/run/err &
stopper=$!
check "shutdown is under way" retry 10 in_shutdown
touch /run/on
status=0; wait $starter || status=$?
eq "which goes no further" "$status $(cat /run/started)" "9 vzlite: start 101: vzlite shutdown stops all VEs"
status=0; wait $stopper || status=$?
eq "and then it ends" "$status $(cat /run/err)" "0 "
check "the VE is down" is_down 101
check "what its script has mounted is taken away" test -e /run/undone
rm $conf/101.mount $conf/101.umount
status 0 "destroy" vzlite destroy 101
status 0 "destroy" vzlite destroy 102
unloads
finish
