#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: a VE with a limit that the module cannot enforce on this kernel starts only when told to, and that is said
# on: bookworm
# also: newest
# smp: 1
# allow: vzlite: cannot hook security_file_alloc
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/ve.sh"
lost=security_file_alloc

enforcer() { # CTID RESOURCE
	awk -v r="$2" '$1 == r { print $NF }' "/proc/vzlite/$1/beancounters"
}

check "who has a function of the module's to himself" modprobe vzlite_rival function=$lost
check "the module loads all the same" modprobe vzlite
vzlite create 101 --ostemplate busybox --numfile 2000 --numproc 100
vzlite create 102 --ostemplate busybox --numproc 100 --numfile unlimited

status 5 "a VE with a limit of what cannot be hooked does not start" vzlite start 101
says "which says what and why" "start 101: the module cannot enforce numfile on this kernel: it cannot hook $lost" \
	vzlite start 101
nothing_left 101
status 0 "one without such a limit does" vzlite start 102
eq "what is not enforced is none's" "$(enforcer 102 numfile) $(enforcer 102 numproc)" "none module"
says "vzlite version names it" "numfile: not enforced, or not always: the module cannot hook $lost" vzlite version

status 5 "nor can it be set live" vzlite set 102 --numfile 10 --numproc 50
eq "nothing of that is" "$(awk '$1 == "numfile" || $1 == "numproc" { print $5 }' /proc/vzlite/102/beancounters |
	tr '\n' ' ')" "100 9223372036854775807 "
status 5 "nor with --save" vzlite set 102 --numfile 10 --save
eq "then it is not saved" "$(grep ^NUMFILE= /etc/vzlite/conf/102.conf)" 'NUMFILE="unlimited"'
status 0 "without it, it can" vzlite set 102 --numfile unlimited --numproc 90 --save
check "an adopted one is refused likewise" mkdir /sys/fs/cgroup/other
status 5 "adopt" vzlite adopt 103 --cgroup /other --numfile 10
eq "nothing of it is left" "$(ve_words 103)" "deleted unmounted down"

# Told to
output=$(vzlite start 101 --force 2>&1)
eq "start --force warns" "$output" \
	"vzlite: start 101: numfile is not limited: the module cannot hook $lost on this kernel"
eq "it runs, with what can be enforced" "$(enforcer 101 numfile) $(enforcer 101 numproc)" "none module"
status 5 "restart says so before it stops anything" vzlite restart 101
eq "and it runs on" "$(ve_words 101)" "exist mounted running"
setsid vzlite eventd </dev/null >/run/eventd 2>&1 &
eventd=$!
init=$(cut -d' ' -f1 /run/vzlite/101.state)
vzlite exec 101 -- reboot
again() {
	[[ $(ve_words 101) == *running && $(cut -d' ' -f1 /run/vzlite/101.state) != "$init" ]]
}
check "it may reboot" retry 30 again
kill $eventd
wait $eventd
status 0 "restart --force" vzlite restart 101 --force --fast
vzlite stop 101 --fast
status 5 "another start is not forced" vzlite start 101

# When that one has gone, and nobody is there any more, all of it can be hooked.
check "the other has gone" rmmod vzlite_rival
status 0 "stop the last" vzlite stop 102 --fast
status 0 "start" vzlite start 101
eq "all is enforced" "$(enforcer 101 numfile) $(enforcer 101 numproc)" "module module"
eq "nothing is missing" "$(vzlite version | wc -l)" 2
status 0 "stop" vzlite stop 101 --fast

# Without the module at all, as when it could not be built, and then with it
mkdir -p /run/modprobe.d
echo 'install vzlite /bin/false' >/run/modprobe.d/none.conf
unloads
says "a VE without limits of its starts" "not loaded: no beancounters, no views, no guard of sockets, no start again" vzlite start 102 --force
rm /run/modprobe.d/none.conf
check "the module comes back" modprobe vzlite
status 5 "stats knows that it runs" vzlite stats 102
status 5 "no limit of the module's can be set" vzlite set 102 --numproc 50
says "but saved for its next start" "its limits hold from its next start" vzlite set 102 --numproc 50 --save
eq "it is" "$(grep ^NUMPROC= /etc/vzlite/conf/102.conf)" 'NUMPROC="50"'
status 0 "restart" vzlite restart 102 --fast
status 0 "then it has stats" vzlite stats 102
status 0 "stop" vzlite stop 102 --fast

status 0 "destroy" vzlite destroy 101
eq "and leaves nothing" "$(ls /run/vzlite/101.* 2>/dev/null)" ""
status 0 "destroy" vzlite destroy 102
unloads
finish
