#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: no VE takes the host's cgroups for itself, not by removed ones either, and has room again when it gives them back
# timeout: 300
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/ve.sh"
here=$(cd "$(dirname "$0")" && pwd)
limit=/sys/module/vzlite/parameters/cgroups_max
room=250 # of it a VE alone may have a fifth

counted() { # DIRECTORY
	awk '$1 ~ /^nr_(dying_)?descendants$/ { n += $2 } END { print n }' "$1/cgroup.stat"
}
of_101() {
	counted /sys/fs/cgroup/vzlite/101
}
makes() { # VE
	vzlite exec "$1" -- sh -c 'mkdir /sys/fs/cgroup/one && rmdir /sys/fs/cgroup/one'
}
again() {
	[[ $(of_101) -le 2 ]] && makes 101
}

check "the module loads" modprobe vzlite
for ve in 101 102; do
	status 0 "create $ve" vzlite create $ve --ostemplate busybox --ram 128M --swap 0
	status 0 "start $ve" vzlite start $ve
done
eq "nothing lacks" "$(vzlite version | grep -i -e missing -e host)" ""
eq "the host may have what the kernel has" "$(cat $limit)" 65535
vzlite exec 101 -- sh -c 'cat >/dying && chmod 755 /dying' <"$here/dying"
# A task beside it would keep the controller out.
vzlite exec 101 -- sh -c 'cd /sys/fs/cgroup; mkdir own; for pid in $(cat cgroup.procs); do
	echo $pid >own/cgroup.procs; done 2>/dev/null; echo +memory >cgroup.subtree_control
	mkdir /pages; mount -t tmpfs pages /pages'
eq "its cgroups have memory" "$(cat /sys/fs/cgroup/vzlite/101/cgroup.subtree_control)" memory

had=$(of_101)
echo $(($(counted /sys/fs/cgroup) - had + room)) >$limit
read -r made error < <(vzlite exec 101 -- /dying $room /sys/fs/cgroup page /pages/file)
echo "# $made of them, $error; $(of_101) are there"
if [[ $(uname -r) =~ ^[1-6]\. ]]; then
	eq "a page keeps a cgroup that is gone: there is an end" "$made $error" "$((room / 5 - had)) EAGAIN"
	check "the VE has a fifth ($(of_101))" [ "$(of_101)" -eq $((room / 5)) ]
	says "and can make none" "temporarily unavailable" makes 101
	check "another VE can" makes 102
	check "the host can" sh -c 'mkdir /sys/fs/cgroup/one && rmdir /sys/fs/cgroup/one'
	vzlite exec 101 -- rm /pages/file
	check "when the pages are given back it can" retry 20 again
else
	eq "a page keeps no cgroup that is gone" "$made $error" "$room none"
	check "the VE has few ($(of_101))" retry 20 again
fi

mkfifo /run/stays
vzlite exec 101 -- /dying $room /sys/fs/cgroup socket </run/stays >/run/sockets &
exec 3>/run/stays
check "so does a socket" retry 60 grep -q ' ' /run/sockets
had=$(($(of_101) - $(cut -d' ' -f1 /run/sockets)))
eq "there is an end to these" "$(cat /run/sockets)" "$((room / 5 - had)) EAGAIN"
check "another VE can make one" makes 102
exec 3>&-
wait
check "when they are closed it can" retry 20 again

for ve in 101 102; do
	status 0 "stop $ve" vzlite stop $ve --fast
	status 0 "destroy $ve" vzlite destroy $ve
done
unloads "the module unloads: nothing is held"
finish
