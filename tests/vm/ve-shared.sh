#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: a VE can neither have the kernel keep much for little, nor slow others down by files that all have
# on: trixie
# also: bookworm newest
# smp: 1
# waits: yes
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/ve.sh"
here=$(cd "$(dirname "$0")" && pwd)
shared() {
	vzlite exec 101 -- /shared "$@"
}

check "the module loads" modprobe vzlite
status 0 "create" vzlite create 101 --ostemplate busybox
status 0 "start" vzlite start 101
vzlite exec 101 -- sh -c 'cat >/shared && chmod 755 /shared' <"$here/shared"
eq "nothing lacks" "$(vzlite version | grep -i -e missing -e host)" ""

# Whose engine has no filter of its own is a process in the VE's cgroup, and in a user namespace.
unfiltered() {
	sh -c 'echo $$ >/sys/fs/cgroup/vzlite/101/cgroup.procs && exec unshare -Ur "$@"' sh "$here/shared" "$@"
}
eq "a VE sets no policies of NUMA" "$(shared policy)" EPERM
eq "nor does one without a filter, of files" "$(unfiltered policy)" EPERM
eq "the host does" "$("$here/shared" policy)" none

eq "nor moves pages between nodes" "$(shared pages migrate) $(shared pages move)" "ENOSYS ENOSYS"
eq "as the host may" "$("$here/shared" pages migrate) $("$here/shared" pages move)" "none none"

vzlite exec 101 -- touch /dev/shm/file
eq "a VE has ACLs, but not of kilobytes" \
	"$(shared acl /dev/shm/file 100) $(shared acl /dev/shm/file 200) $(shared acl /dev/shm/file 8000)" "none ENOSPC ENOSPC"
touch /dev/shm/file
eq "the host has" "$("$here/shared" acl /dev/shm/file 8000)" none

for device in null zero full random urandom; do
	eq "the host's /dev/$device is not a VE's to lock or to watch" \
		"$(shared lock /dev/$device) $(shared flock /dev/$device) $(shared watch /dev/$device)" "EPERM EPERM ENOSPC"
done
eq "nor /dev/tty to watch" "$(shared watch /dev/tty)" ENOSPC
eq "what is its own is" "$(shared lock /etc/passwd) $(shared flock /etc/passwd) $(shared watch /dev) $(shared watch /etc/passwd)" \
	"none none none none"
eq "a terminal of its own, too" "$(vzlite exec 101 -- sh -c 'exec 3</dev/ptmx; /shared watch /dev/pts/ptmx')" none
eq "watches of the old kind a VE has not" "$(shared dnotify /etc)" EINVAL
eq "the host does as it likes" "$("$here/shared" lock /dev/null) $("$here/shared" watch /dev/null) $("$here/shared" dnotify /etc)" "none none none"

# Moves between cgroups, for which all forks wait
vzlite exec 101 -- mkdir /sys/fs/cgroup/a /sys/fs/cgroup/b
{ read -r moved error; read -r controllers; } < <(vzlite exec 101 -- sh -c 'cd /sys/fs/cgroup
	/shared moves 200 2000 a/cgroup.procs b/cgroup.procs; { echo >a/cgroup.subtree_control; } 2>&1')
timely check "a VE moves 50000 threads ($moved times 201, $error)" [ "$error" = EAGAIN -a "$moved" -ge 230 -a "$moved" -le 480 ]
timely check "and switches no controller then ($controllers)" [ "${controllers##*: }" = "Resource temporarily unavailable" ]
mkdir /sys/fs/cgroup/vzlite/{a,b}
eq "the host moves as it likes" \
	"$("$here/shared" moves 200 500 /sys/fs/cgroup/vzlite/{a,b}/cgroup.procs)" "500 none"
rmdir /sys/fs/cgroup/vzlite/{a,b}
rooms() {
	vzlite exec 101 -- sh -c '(echo 0 >/sys/fs/cgroup/a/cgroup.procs) 2>/dev/null'
}
check "ten seconds later it may again" retry 15 rooms
read -r moved error < <(shared moves 0 9000 /sys/fs/cgroup/{a,b}/cgroup.procs 4000000)
timely check "what fails counts, too ($moved $error)" [ "$error" = EAGAIN -a "$moved" -ge 4000 ]

# The kernel's log
logged() {
	dmesg | grep -c "tmpfs: Unknown parameter 'nonsense'"
}
before=$(logged)
eq "a VE has the kernel write lines" "$(shared lines 3000)" none
wrote=$(($(logged) - before))
timely check "but $wrote in ten seconds" [ $wrote -ge 500 -a $wrote -le 1000 ]
before=$(logged)
eq "the host does as it likes" "$("$here/shared" lines 1500)" none
eq "at any time" "$(($(logged) - before))" 1500
check "it is told what was left out" retry 30 sh -c "dmesg | grep -q 'vzlite: VE 101: [12][0-9]* lines of the kernel.s log were left out'"
writes() {
	shared lines 1 >/dev/null
	[[ $(($(logged) - before)) -gt 1500 ]]
}
check "ten seconds later the VE may again" retry 15 writes

status 0 "stop" vzlite stop 101 --fast
nothing_left 101
status 0 "destroy" vzlite destroy 101
unloads
finish
