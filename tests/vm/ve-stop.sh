#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: stop asks each kind of init in its way, waits as long as it may, and kills what does not hear, or has nothing to end on
# on: trixie
# also: bookworm newest
# smp: 1
# waits: yes
# timeout: 1300
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/ve.sh"

in_101() {
	vzlite exec 101 -- "$@"
}

# What its init noted.
noted() {
	cat $private/101/upper/root/note 2>/dev/null
	rm -f $private/101/upper/root/note
}

# stop SECONDS MOST: it takes about that, no less.
stop() {
	local began=${EPOCHREALTIME/./} took
	status 0 "stop" vzlite stop 101
	took=$(((${EPOCHREALTIME/./} - began) / 1000))
	check "it was given its time ($took ms)" test $took -ge $(($1 * 1000))
	timely check "but no more" test $took -lt $(($2 * 1000))
	nothing_left 101
}

# script NAME SIGNAL ACTION: from the next start on its init is a shell in a file of that name.
script() {
	in_101 sh -c "rm -f /sbin/init && cp /bin/busybox /sbin/$1 && cat >/sbin/init && chmod 755 /sbin/init" <<-END
		#!/bin/sh
		[ "\$1" ] || exec -a busybox /sbin/$1 sh /sbin/init again
		trap '$3' $2
		while :; do sleep 1000 & wait; done
	END
	status 0 "stop" vzlite stop 101 --fast
	status 0 "start, with a shell as $1" vzlite start 101
	check "it is up" retry 10 init_hears 101 "$2"
}

# Whoever waits for a process of it must not keep its init from ending.
stands() {
	local pid was
	pid=$(pgrep -xn cat) && was=$(grep rchar "/proc/$pid/io") && sleep 1 && [[ $was == "$(grep rchar "/proc/$pid/io")" ]]
}
stalled() {
	check "$1 it waits" retry 10 stands
	status 0 "stop, $1" vzlite stop 101 --fast
	kill "$2" 2>/dev/null
	wait "$2" 2>/dev/null
	nothing_left 101
	status 0 "start" vzlite start 101
}

here=$(cd "$(dirname "$0")" && pwd)
check "the module loads" modprobe vzlite
status 0 "create" vzlite create 101 --ostemplate busybox
status 0 "start" vzlite start 101

vzlite exec 101 -- cat /dev/zero </dev/null > >(exec sleep 100 >/dev/null) 2>/dev/null &
stalled "while nobody reads what an exec writes" $!
python3 -c 'import os, pty, time
if not pty.fork()[0]: os.execlp("vzlite", "vzlite", "exec", "101", "--", "cat", "/dev/zero")
time.sleep(1000)' &
stalled "nor what one writes to a terminal" $!

# Its file is gone, or broken, and nobody is there who would clear away what is left of it.
nobody_listed() {
	local listed
	listed=$(vzlite list -aH -o ctid)
	echo "$listed"
	[[ -z $listed ]]
}
for file in gone broken; do
	cp /etc/vzlite/conf/101.conf /run/101.conf
	check "its init is up" retry 10 init_hears 101 12
	if [[ $file == gone ]]; then
		rm /etc/vzlite/conf/101.conf
		eq "list shows what runs without a file" "$(vzlite list -H -o ctid,status,name | xargs)" "101 running -"
		status 0 "also by its CTID" vzlite list 101
	else
		echo 'NUMPROC="x' >>/etc/vzlite/conf/101.conf
	fi
	in_101 poweroff
	retry 20 sh -c '! vzlite exec 101 true 2>/dev/null'
	# exec fails when its init has begun to end.
	[[ $file == broken ]] || check "but not what does not run" retry 20 nobody_listed
	says "stop of a VE that is down, whose file is $file" "there is something of it: stopping it all the same" vzlite stop 101
	cp /run/101.conf /etc/vzlite/conf/101.conf
	nothing_left 101
	status 0 "start" vzlite start 101
done

# While it sleeps in sigwait(), what busybox's init waits for does not look blocked.
in_101 sed -i 's|^::shutdown:.*|::shutdown:/bin/sh -c "echo bye >>/root/note"|' /etc/inittab
status 0 "restart" vzlite restart 101 --fast
check "busybox's init is up" retry 10 init_hears 101 12
status 0 "a stop timeout" vzlite set 101 --stop-timeout 20 --save
stop 0 15
eq "its init has shut it down" "$(noted)" bye

# sysvinit's, and upstart's, know no signal for it: its halt does, as with vzctl.
status 0 "start" vzlite start 101
in_101 sh -c 'rm /sbin/init && cp /bin/busybox /sbin/init'
status 0 "restart" vzlite restart 101 --fast
check "a program named init is up" retry 10 init_hears 101 12
stop 0 15
eq "its halt has shut it down" "$(noted)" bye
status 0 "start" vzlite start 101
in_101 rm /sbin/halt
script init2 30 'echo power >>/root/note; exit'
stop 0 5
eq "without a halt it gets SIGPWR" "$(noted)" power

# halt is the tenant's: it gets nothing, and its status is no promise.
halt() {
	status 0 "start" vzlite start 101
	in_101 sh -c 'cat >/sbin/halt && chmod 755 /sbin/halt'
	retry 10 init_hears 101 30 || not_ok "its init is up"
}
halt <<-'END'
	#!/bin/sh
	for i in 0 1 2 3 4 5 6 7 8 9; do readlink /proc/$$/fd/$i; done >>/root/note
	exit 31
END
stop 0 5
eq "its halt has the null device and nothing else, and one that fails is followed by SIGPWR" \
	"$(noted | tr '\n' ' ')" "/dev/null /root/note /dev/null power "
halt <<<"#!/bin/true"
stop 10 15
eq "so is one that does nothing" "$(noted)" power
halt <<<$'#!/bin/sh\nsleep 1000'
stop 10 15
eq "or does not end" "$(noted)" power
status 0 "a short stop timeout" vzlite set 101 --stop-timeout 3 --save
halt <<<$'#!/bin/sh\nsleep 1000'
# The signal then comes with the end of the time.
stop 3 9
noted >/dev/null

# What would join it there is frozen before it has done anything.
status 0 "start" vzlite start 101
in_101 sh -c 'cd /sys/fs/cgroup && mkdir x && echo 1 >x/cgroup.procs && echo 1 >x/cgroup.freeze'
stop 3 9
eq "an init in a frozen cgroup of its own gets no more time either" "$(noted)" ""

status 0 "start" vzlite start 101
status 0 "a short stop timeout" vzlite set 101 --stop-timeout 2 --save
script systemd2 37 'echo asked >>/root/note'
stop 2 15
eq "as systemd it is asked by SIGRTMIN+3, once, and killed after its time" "$(noted)" asked
status 0 "start" vzlite start 101
script mine 15 'echo term >>/root/note; exit'
stop 0 2
eq "any other by SIGTERM" "$(noted)" term

status 0 "a long stop timeout" vzlite set 101 --stop-timeout 100 --save

# runit has SIGTERM blocked; its halt writes what SIGCONT then means.
status 0 "start" vzlite start 101
in_101 sh -c 'cat >/sbin/halt && chmod 755 /sbin/halt' <<<$'#!/bin/sh\nkill -CONT 1'
script runit2 18 'echo cont >>/root/note; exit'
stop 0 5
eq "runit by its halt" "$(noted)" cont
status 0 "start" vzlite start 101
in_101 sh -c 'cat >/sbin/halt && chmod 755 /sbin/halt' <<<$'#!/bin/sh\nkill -CONT 1\nexit 1'
script runit4 18 'sleep 1; echo late >>/root/note; exit'
stop 1 8
eq "also by one that then fails" "$(noted)" late
status 0 "start" vzlite start 101
in_101 rm /sbin/halt
script runit3 15 'echo term >>/root/note'
stop 0 5
eq "without one by nothing" "$(noted)" ""
status 0 "start" vzlite start 101
script deaf 12 'echo other >>/root/note; exit'
stop 0 5
eq "one that does not hear it is killed at once" "$(noted)" ""

# An init whose first thread has ended runs on in the others. /proc shows a zombie then.
status 0 "start" vzlite start 101
in_101 sh -c 'rm -f /sbin/init && cat >/sbin/init && chmod 755 /sbin/init' <"$here/headless"
status 0 "restart" vzlite restart 101 --fast
headless() {
	grep -q '^State:.Z' "/proc/$(cut -d' ' -f1 /run/vzlite/101.state)/status"
}
check "an init without its first thread" retry 10 headless
eq "runs" "$(vzlite status 101)" "CTID 101 exist mounted running"
status 0 "suspend" vzlite suspend 101
status 0 "resume" vzlite resume 101
status 0 "a limit is set" vzlite set 101 --numproc 50
stop 0 15
eq "and hears SIGTERM" "$(noted)" bye
status 0 "destroy" vzlite destroy 101

# Its own root lets its processes have next to nothing, so that they have nothing to end on either.
in_102() {
	vzlite exec 102 -- sh -c "$@"
}

# settle DIR HOGS: init and all others go there, and so many that have memory to give back
settle() {
	status 0 "all of it is in $1" in_102 'cd /sys/fs/cgroup && mkdir -p $1 || exit
		for pid in $(cat cgroup.procs); do echo $pid >$1/cgroup.procs; done 2>/dev/null
		above=.
		for part in $(echo $1 | tr / " "); do
			echo +cpu +io >$above/cgroup.subtree_control || exit
			above=$above/$part
		done
		i=0
		while [ $((i += 1)) -le $2 ]; do /root/hog anon 512 /run/hog & done >/run/said 2>&1 </dev/null' sh "$1" "$2"
	eq "none is elsewhere" "$(cat $group/cgroup.procs)" ""
	check "$2 have their memory" retry 60 said "$2"
}

said() {
	[[ $(in_102 'grep -c "512 none" /run/said') == "$1" ]]
}

# limit FILE TEXT: it writes that, a moment later; who does then has the limit, too
limit() {
	status 0 "it limits itself" in_102 '(sleep 1; echo "$2" >/sys/fs/cgroup/$1) </dev/null >/dev/null 2>&1 &' sh "$1" "$2"
	check "$1 is $2" retry 60 grep -q "^$2" "$group/$1"
}

ends() {
	local began=$SECONDS
	status 0 "stop" vzlite stop 102 --fast
	timely check "in time ($((SECONDS - began)) s)" test $((SECONDS - began)) -le 10
	nothing_left 102
}

# throttled: its dd waits for the disk, killed or not
throttled() {
	grep -q "^State:.D" "/proc/$(pgrep -xn dd)/status"
}

group=/sys/fs/cgroup/vzlite/102
disk=$(stat -c %Hd:%Ld /)
status 0 "create" vzlite create 102 --ostemplate busybox
status 0 "start" vzlite start 102
check "a program of its" in_102 'cat >/root/hog && chmod 755 /root/hog' <"$here/hog"
settle slow 200
limit slow/cpu.max "1000 1000000"
ends

status 0 "start again" vzlite start 102
settle a/b/c/d 100
limit a/cpu.max "1000 1000000"
ends

status 0 "start again" vzlite start 102
# There already: to make it larger would keep others' files waiting, too.
status 0 "it has a file" in_102 'dd if=/dev/zero of=/root/file bs=1M count=4 2>/dev/null && sync'
settle a/b 0
limit a/b/io.max "$disk rbps=2 wbps=2"
limit a/io.max "$disk rbps=2 wbps=2"
in_102 'exec dd if=/dev/zero of=/root/file bs=4k count=1000 oflag=direct conv=notrunc' 2>/dev/null &
check "it waits for the disk" retry 10 throttled
ends
wait $!
status 0 "start again" vzlite start 102
status 0 "stop" vzlite stop 102 --fast
status 0 "destroy" vzlite destroy 102
unloads
finish
