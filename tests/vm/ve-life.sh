#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: a VE reboots and powers off from inside, limits have consequences, all start and stop in order; killing eventd loses nothing
# on: trixie
# also: bookworm newest
# smp: 1
# waits: yes
# timeout: 1000
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/ve.sh"
here=$(cd "$(dirname "$0")" && pwd)

# In the background, with its lines in /run/eventd; its pid in $daemon.
eventd() {
	(
		# As its unit has it
		echo -500 >/proc/self/oom_score_adj
		trap '' PIPE
		exec setsid vzlite eventd </dev/null >>/run/eventd 2>&1
	) &
	daemon=$!
}

# With all that it has begun.
kill_eventd() {
	kill -9 -- -$daemon
	wait $daemon 2>/dev/null
}

boots() {
	cat "$private/$1/upper/root/boots" 2>/dev/null | wc -l
}

booted() {
	is_up "$1" && [[ $(boots "$1") -eq $2 ]] && init_hears "$1" 12
}

ve() {
	vzlite create "$@" --ostemplate busybox && vzlite start "$1" &&
		retry 10 init_hears "$1" 12 &&
		vzlite exec "$1" sh -c 'echo "::sysinit:/bin/sh -c \"echo boot >>/root/boots\"" >>/etc/inittab'
}

# The daemon may be there first: else its unit would start it again each second.
echo "install vzlite /bin/false" >/etc/modprobe.d/none.conf
eventd
check "eventd waits for the module" retry 10 grep -q "the module is not loaded; waiting for it" /run/eventd
rm /etc/modprobe.d/none.conf
check "the module loads" modprobe vzlite
check "eventd sees it" retry 10 grep -q "the module is loaded" /run/eventd
kill_eventd
check "a VE" ve 101 --numproc 100 --numfile 2000

# suspend, resume
status 14 "suspend of one that there is not" vzlite suspend 102
check "something counts in it" vzlite exec 101 sh -c 'while :; do echo x >>/root/counts; sleep 0.1; done >/dev/null 2>&1 &'
retry 10 test -s "$private/101/upper/root/counts"
timeout -s INT -k 5 5 vzlite exec 101 -- sh -c 'echo >/run/there; sleep 1000' &
waiter=$!
retry 10 vzlite exec 101 test -e /run/there
status 0 "suspend" vzlite suspend 101
eq "status" "$(vzlite status 101)" "CTID 101 exist mounted running suspended"
eq "list" "$(vzlite list -H -o status 101)" suspended
eq "list -1" "$(vzlite list -1 | tr -d ' ')" 101
before=$(wc -l <"$private/101/upper/root/counts")
sleep 1
eq "nothing in it runs" "$(wc -l <"$private/101/upper/root/counts")" "$before"
status 31 "exec in it is refused" vzlite exec 101 -- true
status 31 "enter, too" vzlite enter 101
status 0 "suspend once more" vzlite suspend 101
wait $waiter
eq "an exec that was there can be interrupted" $? 124
status 0 "limits can be set" vzlite set 101 --numproc 90
status 0 "resume" vzlite resume 101
check "it goes on" retry 10 sh -c "[ \$(wc -l <$private/101/upper/root/counts) -gt $before ]"
status 0 "resume once more" vzlite resume 101
status 0 "suspend" vzlite suspend 101
status 0 "stop of a suspended VE" vzlite stop 101
nothing_left 101
status 31 "resume of a VE that is down" vzlite resume 101
status 31 "suspend of it" vzlite suspend 101

# Without the daemon: it is down, and is known to have rebooted.
vzlite --verbose events --count 3 --timeout 240 101 >/run/events 2>/run/events.err &
follower=$!
retry 10 grep -q following /run/events.err
check "start" vzlite start 101
check "it has booted" retry 10 booted 101 1
vzlite exec 101 reboot
check "reboot without eventd: it is down" retry 20 is_status 101 "exist unmounted down"
eventd
check "eventd starts it" retry 20 booted 101 2
status 9 "there is one eventd" vzlite eventd
status 20 "which has no options" vzlite eventd --frob
vzlite exec 101 poweroff
check "poweroff: nothing of it is left" retry 20 is_down 101
check "start" vzlite start 101
check "booted" retry 10 booted 101 3
init=$(cut -d' ' -f1 /run/vzlite/101.state)
kill -9 "$init"
check "its init is killed: nothing is left" retry 20 is_down 101
wait $follower
eq "events tell all ends" "$(sed 's/^[^ ]* [^ ]* //' /run/events)" "101 end how=reboot wait_status=1
101 end how=halt wait_status=2
101 end how=exit wait_status=9"

# What is stopped stays down, also when its reboot was begun.
check "start" vzlite start 101
check "booted" retry 10 booted 101 4
status 0 "stop" vzlite stop 101
sleep 2
check "it stays down" is_down 101
kill_eventd
: >/run/vzlite/101.reboot
echo 2000 >/run/vzlite/101.rate
status 0 "stop of one that was to be started again" vzlite stop 101
check "its rate was for that start" not test -e /run/vzlite/101.rate
eventd
sleep 2
check "it stays down, too" is_down 101
kill_eventd
: >/run/vzlite/101.reboot
eventd
check "what was to be started when eventd was killed is" retry 20 booted 101 5

# Twenty in a row, eventd killed at any moment of every second one
n=5
for ((i = 1; i <= 20; i++)); do
	vzlite exec 101 reboot
	if ((i % 2)); then
		sleep "0.$((RANDOM % 10))"
		kill_eventd
		eventd
	fi
	n=$((n + 1))
	retry 20 booted 101 $n || break
done
eq "twenty reboots, no more and no less" "$(boots 101)" 25
check "it runs" is_up 101
eq "once" "$(vzlite exec 101 pidof init)" 1
eq "and is registered once" "$(awk '$1 == 101' /proc/vzlite/ve | wc -l)" 1
vzlite exec 101 poweroff
check "poweroff: nothing is left" retry 20 is_down 101
sleep 2
check "and nobody starts it" is_down 101

# Who must not reboot has ended. For all VEs, then not for this one
echo 'ALLOWREBOOT="no"' >/etc/vzlite/vzlite.conf
status 21 "a word that is none" vzlite set 101 --allowreboot never --save
check "start" vzlite start 101
check "booted" retry 10 booted 101 26
status 20 "nothing to be done at once" vzlite set 101 --allowreboot no
vzlite exec 101 reboot
check "it is cleared away" retry 20 is_down 101
check "as one that must not reboot" grep -q "VE 101 has ended: it is not allowed to reboot" /run/eventd
sleep 2
check "nobody starts it" is_down 101
status 0 "its own configuration says otherwise" vzlite set 101 --allowreboot yes --save
check "start" vzlite start 101
check "booted" retry 10 booted 101 27
vzlite exec 101 reboot
check "it is started again" retry 20 booted 101 28
rm /etc/vzlite/vzlite.conf
vzlite exec 101 poweroff
check "poweroff: nothing is left" retry 20 is_down 101

# A start that fails, and a lock that another holds
mv /var/lib/vzlite/template/busybox /var/lib/vzlite/template/away
check "its template is away" not vzlite start 101 2>/dev/null
mv /var/lib/vzlite/template/away /var/lib/vzlite/template/busybox
check "start" vzlite start 101
check "booted" retry 10 booted 101 29
mv /var/lib/vzlite/template/busybox /var/lib/vzlite/template/away
vzlite exec 101 reboot
check "a reboot that fails is told" retry 20 grep -q "VE 101 has ended, and could not be dealt with" /run/eventd
mv /var/lib/vzlite/template/away /var/lib/vzlite/template/busybox
check "and leaves no mark" not test -e /run/vzlite/101.reboot
check "start" vzlite start 101
check "booted" retry 10 booted 101 30
flock_wait() {
	python3 - "$1" <<-'END'
		import fcntl, os, sys, time
		f = open("/run/vzlite/" + sys.argv[1], "a")
		fcntl.lockf(f, fcntl.LOCK_EX)
		print("locked", flush=True)
		while not os.path.exists("/run/unlock"):
		    time.sleep(0.1)
	END
}
flock_wait 101.lock >/run/locked &
check "another has its lock" retry 30 grep -q locked /run/locked
vzlite exec 101 reboot
retry 20 is_status 101 "exist unmounted down"
check "who waits says for whom" retry 20 grep -q "waits for another vzlite (pid [0-9]*: python3 - 101.lock)" /run/eventd
eq "while another has its lock it is left alone" "$(ve_words 101)" "exist unmounted down"
kill $daemon
check "eventd ends all the same" retry 10 not kill -0 $daemon 2>/dev/null
eventd
touch /run/unlock
check "then it is started" retry 20 booted 101 31
rm /run/unlock /run/locked
flock_wait shutdown.lock >/run/locked &
retry 30 grep -q locked /run/locked
vzlite exec 101 reboot
check "one that reboots while all are stopped" retry 20 is_status 101 "exist unmounted down"
sleep 2
eq "is left to that" "$(ve_words 101)" "exist unmounted down"
status 32 "nor does a destroy take what is about to start" vzlite destroy 101
touch /run/unlock
check "and started when that is given up" retry 20 booted 101 32

# What hits a limit
cat >/root/on-limit <<'END'
#!/bin/sh
env | sort >>/run/on-limit
echo "$(cat /proc/self/oom_score_adj) $((0x$(sed -n 's/^SigIgn:\t//p' /proc/self/status) >> 12 & 1))" >/run/on-limit-has
END
chmod 755 /root/on-limit
check "rules" vzlite set 101 --on-limit "numproc=freeze numfile=exec:/root/on-limit numpty=stop" --save
vzlite set 101 --numproc 20
timeout 20 vzlite exec 101 sh -c 'while :; do sleep 100 & done' >/dev/null 2>&1 &
bomb=$!
check "freeze: a fork bomb is suspended" retry 20 is_status 101 "exist mounted running suspended"
# It is passed on to the shell, which is frozen.
kill $bomb
status 0 "resume" vzlite resume 101
wait $bomb 2>/dev/null
vzlite set 101 --numproc 200 --numfile 500
vzlite exec 101 sh -c 'cat >/bin/probe && chmod 755 /bin/probe' <"$here/probe"
vzlite exec 101 probe opens 2000 >/dev/null 2>&1
check "exec: a program runs" retry 10 test -s /run/on-limit
eq "with what it is about, and nothing else" "$(sed 's/=[0-9]*$/=N/' /run/on-limit | sort -u | tr '\n' ' ')" \
	"BARRIER=N COMM=probe FAILCNT=N HELD=N HITS=N LIMIT=N PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin PWD=/ RESOURCE=numfile VEID=N VE_NAME=N "
check "and nothing of the daemon's" retry 10 grep -qx "0 0" /run/on-limit-has
sleep 3
chmod 777 /root/on-limit
rm /run/on-limit
vzlite exec 101 probe opens 2000 >/dev/null 2>&1
check "not one that others could have written" retry 10 grep -q 'run /root/on-limit: ' /run/eventd
check "it did not run" not test -e /run/on-limit
check "which is told" retry 10 grep -q 'VE 101 /root/on-limit failed with status 21' /run/eventd
for i in 1 2 3; do
	sleep 1.5
	vzlite exec 101 probe opens 2000 >/dev/null 2>&1
done
sleep 2
eq "once, however often it goes on" "$(grep -c 'run /root/on-limit: ' /run/eventd)" 1
refused=$(awk '$1 == "numfile" { print $6 }' /proc/vzlite/101/beancounters)
vzlite set 101 --numpty 0
echo 'CPUUNITS="x"' >>/etc/vzlite/conf/101.conf
vzlite exec 101 sh -c ': </dev/ptmx' 2>/dev/null
check "stop: the VE is stopped, whatever else is wrong in its file" retry 30 is_down 101
sed -i /^CPUUNITS/d /etc/vzlite/conf/101.conf

# A script may try what its VE's lock forbids: eventd, who has that, waits for the script.
cat >/etc/vzlite/conf/101.umount <<'END'
#!/bin/sh
vzlite set 101 --onboot no --save 2>>/run/inner
echo "status $?" >>/run/inner
END
chmod 755 /etc/vzlite/conf/101.umount
status 0 "start" vzlite start 101
check "it is up" retry 10 init_hears 101 12
vzlite exec 101 poweroff
check "poweroff, with a script that calls vzlite" retry 20 grep -q status /run/inner
check "which is told who works there" sh -c "grep -q 'set 101: another vzlite works on this VE' /run/inner &&
	grep -q 'status 9' /run/inner"
check "and eventd goes on" retry 20 is_down 101
rm /etc/vzlite/conf/101.umount

# A rule for all VEs
sed -i /^ON_LIMIT/d /etc/vzlite/conf/101.conf
echo 'ON_LIMIT="numproc=freeze"' >/etc/vzlite/vzlite.conf
status 0 "start" vzlite start 101
check "it is up" retry 10 init_hears 101 12
eq "a rule of vzlite.conf is shown" "$(vzlite list -H -o on_limit 101)" numproc=freeze
vzlite set 101 --numproc 20
timeout 20 vzlite exec 101 sh -c 'while :; do sleep 100 & done' >/dev/null 2>&1 &
bomb=$!
check "and carried out" retry 20 is_status 101 "exist mounted running suspended"
kill $bomb
rm /etc/vzlite/vzlite.conf
status 0 "stop" vzlite stop 101 --fast
# A VE that does nothing but reboot is started ever more seldom.
reboots() {
	[[ $(grep -c 'VE 102 reboots' /run/eventd) -ge $1 ]]
}
cp -a /var/lib/vzlite/template/busybox /var/lib/vzlite/template/again
printf '#!/bin/sh\nexec reboot -f\n' >/var/lib/vzlite/template/again/again
chmod 755 /var/lib/vzlite/template/again/again
check "a VE" vzlite create 102 --ostemplate again --init /again
status 0 "start" vzlite start 102
check "it reboots, and reboots" retry 240 reboots 33
began=$SECONDS
check "and again" retry 60 reboots 34
# Without that a second, or four if it were always as it was before.
timely check "after 8 seconds ($((SECONDS - began)))" test $((SECONDS - began)) -ge 6
began=$SECONDS
kill $daemon
wait $daemon
timely check "eventd does not wait for its next start to end" test $((SECONDS - began)) -lt 5
eq "no hit is missing in what it has logged" \
	"$(sed -n 's/.* 101 numfile .* hits=\([0-9]*\) .*/\1/p' /run/eventd | awk '{ n += $1 } END { print n }')" "$refused"
n=$(grep -c 'VE 102 reboots' /run/eventd)
eventd
check "which the next eventd sees to" retry 20 reboots $((n + 1))
vzlite stop 102 2>/dev/null
check "stop" retry 20 is_down 102
sleep 2
check "it stays down" is_down 102
status 0 "destroy" vzlite destroy 102
check "each hit was logged" grep -q "101 numproc held=.* barrier=20 limit=20 failcnt=" /run/eventd
check "eventd ends when asked" kill $daemon
wait $daemon
eq "with status 0" $? 0

# Without the daemon: may its root be mounted?
check "start" vzlite start 101
check "booted" retry 10 booted 101 35
vzlite exec 101 reboot
retry 20 is_status 101 "exist unmounted down"
status 32 "mount of one that reboots" vzlite mount 101
status 0 "it must not" vzlite set 101 --allowreboot no --save
status 0 "then it has just ended" vzlite mount 101
status 0 "umount" vzlite umount 101
check "destroy" vzlite destroy 101

# A restart that is cut short, when the VE has been asked to end
cut_short() {
	vzlite restart 105 2>/run/restart &
	restarter=$!
	check "a restart is written down" retry 10 test -s /run/vzlite/105.restart
	kill "$1" $restarter
	wait $restarter
	got=$?
}
check "a VE" ve 105
eventd
cut_short -HUP
eq "a restart goes on when its terminal goes" "$got $(cat /run/restart)" "0 "
check "it has booted" retry 10 booted 105 1
cut_short -KILL
check "one that is killed eventd brings to its end" retry 20 booted 105 2
check "once" not test -e /run/vzlite/105.restart
script=/etc/vzlite/conf/105.mount
printf '#!/bin/sh\n[ -e /run/once ] || { : >/run/once; sleep 100; }\n' >$script
chmod 755 $script
setsid vzlite restart 105 2>/run/restart &
restarter=$!
check "a restart runs a script" retry 20 test -e /run/once
kill -HUP -- -$restarter
wait $restarter
check "one whose script a terminal's signal ends is left to eventd" grep -q "its start is left to vzlite-eventd" /run/restart
check "which starts it" retry 20 booted 105 3
rm $script
kill_eventd
status 0 "stop" vzlite stop 105
echo 0 >/run/vzlite/105.restart
status 32 "mount of one that was to be started again" vzlite mount 105
eventd
check "so is one that was killed when nothing was left" retry 20 booted 105 4
vzlite exec 105 poweroff
check "which is not started for ever" retry 20 is_down 105
status 0 "start" vzlite start 105
check "booted" retry 10 booted 105 5
echo "$(stat -c %.Y /run/vzlite/105.state | tr -d .) 1 0" >/run/vzlite/105.restart
vzlite exec 105 poweroff
check "nor is one that did not go down when its restart was killed" retry 20 is_down 105
sleep 2
check "when it ends later" is_down 105
kill_eventd
check "destroy" vzlite destroy 105

# All, in order
started() {
	for id in 101 102 103 104; do
		[[ ! -e /run/vzlite/$id.state ]] || stat -c '%.Y %n' /run/vzlite/$id.state
	done | sort -n | sed 's,.*/\(.*\).state,\1,' | tr '\n' ' '
}
check "four VEs" sh -c 'for id in 101 102 103 104; do vzlite create $id --ostemplate busybox || exit; done'
check "of which three start with the host" sh -c 'vzlite set 101 --onboot yes --save &&
	vzlite set 102 --onboot yes --bootorder 5 --save && vzlite set 103 --onboot yes --bootorder 7 --save &&
	vzlite set 104 --onboot no --bootorder 9 --save'
eq "list shows the order" "$(vzlite list -aH -o ctid,onboot,bootorder | awk '{ print $1 $2 $3 }' | tr '\n' ' ')" \
	"101yes- 102yes5 103yes7 104no9 "
status 21 "a bad order" vzlite set 101 --bootorder first --save
status 21 "no jobs" vzlite boot --jobs 0
status 0 "boot" vzlite boot
eq "they started in order" "$(started)" "103 102 101 "
status 0 "boot once more does nothing" vzlite boot
eq "and is sorted by it, the other way round, too" \
	"$(vzlite list -aH -o ctid -s bootorder | xargs) $(vzlite list -a1 -s -bootorder | xargs)" "101 102 103 104 104 103 102 101"
eq "as JSON" "$(vzlite list -a --json --sort -bootorder | python3 -c 'import json, sys
print(*[(ve["ctid"], ve["onboot"]) for ve in json.load(sys.stdin)])')" "(104, False) (103, True) (102, True) (101, True)"
status 21 "by what is no field" vzlite list -a -s size
eq "all of which it tells" "$(vzlite list -L | grep -cE '^(bootorder +BOOTORDER|numproc\.f +NPROC\.F|diskspace\.h +DQBLOCKS\.H)$')" 3
eq "by name" "$(vzlite list -n 101 | head -n 1 | xargs)" "CTID NPROC STATUS IP_ADDR NAME"
status 0 "disable one" vzlite set 102 --disabled yes --save
status 105 "which is not restarted" vzlite restart 102
check "but runs on" is_up 102
status 0 "shutdown" vzlite shutdown
for id in 101 102 103; do
	nothing_left $id
done
status 0 "shutdown of none" vzlite shutdown
status 105 "a disabled VE does not start" vzlite start 102
status 0 "but by force" vzlite start 102 --force
status 0 "stop" vzlite stop 102 --fast
got=0
vzlite boot --force 2>/run/err || got=$?
eq "boot leaves it alone, and says so" "$got $(started)$(cat /run/err)" \
	"0 103 101 vzlite: boot: VE 102 is disabled, and not started"
eq "list shows it" "$(vzlite list -aH -o ctid,disabled 102 | xargs)" "102 yes"
status 0 "shutdown" vzlite shutdown --fast
status 0 "enable it" vzlite set 102 --disabled no --save
echo 'NUMPROC="many"' >>/etc/vzlite/conf/101.conf
got=0
vzlite boot 2>/run/err || got=$?
check "boot with a file that cannot be read fails" test $got -ne 0
check "which is told" grep -q 101.conf /run/err
eq "but starts those behind it" "$(started)" "103 102 "
sed -i '/NUMPROC="many"/d' /etc/vzlite/conf/101.conf
status 0 "shutdown" vzlite shutdown --fast
sed -i '/^OSTEMPLATE/d' /etc/vzlite/conf/102.conf
got=0
vzlite boot 2>/run/err || got=$?
eq "one that fails does not keep the others" "$got $(started)" "91 103 101 "
eq "and is told" "$(cat /run/err)" "vzlite: start 102: its template /var/lib/vzlite/template/ is missing
vzlite: boot: 1 of 3 VEs: see above"
mkdir /sys/fs/cgroup/few
echo +pids >/sys/fs/cgroup/cgroup.subtree_control
echo 1 >/sys/fs/cgroup/few/pids.max
got=0
sh -c 'echo $$ >/sys/fs/cgroup/few/cgroup.procs && exec vzlite shutdown' 2>/run/err || got=$?
eq "one that there is no process for does not keep the others, either" "$got $(cat /run/err)" \
	"3 vzlite: shutdown 101: fork: Resource temporarily unavailable
vzlite: shutdown 103: fork: Resource temporarily unavailable
vzlite: shutdown: 2 of 2 VEs: see above"
rmdir /sys/fs/cgroup/few
status 0 "shutdown at once" vzlite shutdown --fast --jobs 1
sed -i /^BOOTORDER/d /etc/vzlite/conf/104.conf
status 0 "start" vzlite start 103
rm -f /run/unlock /run/locked
flock_wait 104.lock >/run/locked &
retry 30 grep -q locked /run/locked
vzlite shutdown --fast &
stopper=$!
check "who works on one that is down keeps no other up" retry 20 is_down 103
touch /run/unlock
wait $stopper
eq "but is waited for" $? 0
check "destroy" sh -c 'for id in 101 102 103 104; do vzlite destroy $id || exit; done'
eq "no file is left" "$(find $private /etc/vzlite/conf /run/vzlite -mindepth 1 ! -name '*.destroyed' -printf '%f\n' | sort | tr '\n' ' ')" \
	"eventd.lock ids.lock root shutdown.lock "
unloads
finish
