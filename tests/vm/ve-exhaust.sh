#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: whatever a VE takes all of, a named limit stops it; its neighbour keeps its share of the machine, the host answers
# icount: yes
# timeout: 900
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/ve.sh"
here=$(cd "$(dirname "$0")" && pwd)
rounds=75 group=/sys/fs/cgroup/vzlite/101

now_ms() {
	date +%s%3N
}

# One processor: an attacker who never sleeps may have half of it. Five in a hundred, and in so
# short a work a few of the scheduler's slices of 3 ms, which its ends fall into.
fair() {
	[[ $1 -le $((2 * alone * 105 / 100 + 12)) ]]
}

prompt() {
	[[ $1 -lt 1000 ]]
}

# refused LIMIT: it has stopped something, and no more than it says was ever held
refused() {
	if [[ $1 == physpages ]]; then
		[[ $(awk '$1 == "max" { print $2 }' $group/memory.events) -gt 0 ]]
	else
		awk -v r="$1" '$1 == r { good = $6 > 0 && $3 <= $5 } END { exit !good }' /proc/vzlite/101/beancounters
	fi
}

# attack NAME LIMIT ANSWER...: the limit that stops it, and how its programs may see that
attack() {
	local name=$1 limit=$2 press=${press-400} most started took answered result pid status=0
	shift 2
	# The machine's clock runs on while a busy host writes its disk.
	most=$press
	[[ " $* " == *" none "* ]] || most=$((press * 10))
	vzlite exec 101 -- /exhaust "$name" "$press" "$most" >/run/result 2>&1 &
	pid=$!
	sleep 0.05
	started=$(now_ms)
	vzlite list -a >/run/list
	vzlite status 101 >/dev/null
	answered=$(($(now_ms) - started))
	took=$(vzlite exec 102 -- /steady work $rounds)
	wait $pid || status=$?
	# Its whole family may have been in the way of who looked for memory.
	[[ $status -ne 137 || -s /run/result ]] || echo "all killed" >/run/result
	result=$(tail -n 1 /run/result)
	if [[ " $* " == *" ${result#* } "* ]]; then
		ok "$name: $limit stops it ($result)"
	else
		not_ok "$name: $limit stops it" "status $status: $(cat /run/result)"
	fi
	# Not the namespaces' limits, which do not count, nor where the VE was slowed only.
	if [[ $limit =~ ^(num[a-z]+|physpages)$ && $limit != numsiginfo && $result != *none ]]; then
		check "$name: $limit counts that" refused "$limit"
	fi
	timely check "$name: the neighbour works on ($took ms, $alone alone)" fair "${took:-999999}"
	timely check "$name: the host answers ($answered ms)" prompt $answered
	check "$name: memory is within its limit" test "$(cat $group/memory.peak)" -le $((96 << 20))
	vzlite stop 101 --fast >/dev/null 2>&1
	check "$name: the VE can be started anew" retry 60 vzlite start 101
}

check "the module loads" modprobe vzlite
mkdir -p $private
modprobe loop
truncate -s 300M /run/disk.img
mkfs.ext4 -q -O quota,project -E quotatype=prjquota /run/disk.img
sysctl -qw fs.mount-max=2000
check "what is installed for hosts of many VEs is valid" sysctl -q -p /usr/lib/sysctl.d/50-vzlite.conf
check "a file system with project quota" mount -o loop,prjquota /run/disk.img $private
status 0 "create" vzlite create 101 --ostemplate busybox --ram 96M --swap 0 --numproc 80 --numfile 1500 \
	--numtcpsock 100 --numothersock 200 --numflock 150 --numpty 8 --shmpages 4096 --numsiginfo 500 \
	--diskspace 24M --diskinodes 500
status 0 "a neighbour" vzlite create 102 --ostemplate busybox
for ve in 101 102; do
	status 0 "start $ve" vzlite start $ve
done
vzlite exec 101 -- sh -c 'cat >/exhaust && chmod 755 /exhaust' <"$here/exhaust"
vzlite exec 102 -- sh -c 'cat >/steady && chmod 755 /steady' <"$here/steady"
alone=$(vzlite exec 102 -- /steady work $rounds)
check "alone the work takes $alone ms" test "$alone" -gt 20

attack tasks numproc EAGAIN
attack files numfile ENFILE
attack tcp numtcpsock ENOBUFS
attack unix numothersock ENOMEM
attack ptys numpty ENOSPC
attack locks numflock ENOLCK
attack timers numsiginfo EAGAIN
attack inotify fs.inotify.max_user_instances EMFILE
press=800 attack watches fs.inotify.max_user_watches ENOSPC
attack keys seccomp ENOSYS
attack aio physpages ENOMEM killed
attack shm shmpages ENOSPC
attack sem physpages ENOMEM ENOSPC killed
attack msg physpages ENOMEM ENOSPC killed
attack mq "RLIMIT_MSGQUEUE of the whole VE" EMFILE
attack pipes "physpages or numfile" ENFILE ENOMEM killed
press=800 attack names physpages none killed
attack memory physpages ENOMEM killed
attack tmpfs physpages ENOMEM ENOSPC killed
attack cgroups cgroup.max.descendants EAGAIN
press=800 attack mounts fs.mount-max ENOSPC
press=1800 attack netns "user.max_net_namespaces or physpages" ENOSPC ENOMEM killed
# The kernel clears them away in its own time, of which others have less meanwhile.
sleep 10
attack kmsg "that there is none" ENOENT
before=$(dmesg | wc -l)
attack faults "the kernel's rate" none
check "its log has grown by a few lines ($(($(dmesg | wc -l) - before)))" test $(($(dmesg | wc -l) - before)) -le 60
attack disk diskspace EDQUOT
attack inodes diskinodes EDQUOT

for ve in 101 102; do
	status 0 "stop $ve" vzlite stop $ve --fast
	nothing_left $ve
done
status 0 "destroy" vzlite destroy 101
status 0 "destroy" vzlite destroy 102
check "the module unloads: nothing is held" retry 10 modprobe -r vzlite
finish
