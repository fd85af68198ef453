#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: a VE can neither have the kernel keep much for little, nor slow others down by files that all have
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
eq "the host does as it likes" "$("$here/shared" lock /dev/null) $("$here/shared" watch /dev/null)" "none none"

status 0 "stop" vzlite stop 101 --fast
nothing_left 101
status 0 "destroy" vzlite destroy 101
unloads
finish
