#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: whatever a VE takes all of, a named limit stops it; its neighbour keeps its share of the machine, the host answers
# on: bookworm
# also: trixie newest
# icount: yes
# timeout: 1300
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/ve.sh"
here=$(cd "$(dirname "$0")" && pwd)
group=/sys/fs/cgroup/vzlite/101
rounds=75 factor=4 # of the neighbour's work; and by how much a second look at it is longer

now_ms() {
	date +%s%3N
}

# fair MS ALONE: one processor, and an attacker who never sleeps may have half of it; what it
# has the kernel's own threads do for it is on top, and no more than what `over` says.
fair() {
	[[ $1 -le $((2 * $2 * (100 + ${over-10}) / 100)) ]]
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

available() {
	awk '$1 == "MemAvailable:" { print int($2 / 1024) }' /proc/meminfo
}

# hog NAME MS MOST: until its time is over, also when the VE has killed all that was in the way of
# who looked for memory, its init with it.
hog() {
	local end status
	end=$(($(now_ms) + $2))
	while :; do
		status=0
		vzlite exec 101 -- /exhaust "$@" || status=$?
		# 137: it was; 31: before it was asked for; 3: while it was set up
		[[ $status =~ ^(137|31|3)$ ]] || return $status
		echo "all killed"
		[[ $(now_ms) -lt $end ]] || return $status
		sleep 0.05
		vzlite start 101 >/dev/null 2>&1 || :
	done
}

# beside NAME MS ROUNDS: the neighbour's work while NAME is attacked. Sets result, status,
# answered, took, the host's memory that was lost (MB), and whether the attack outlasted the work.
beside() {
	local most=$2 started pid had
	# The machine's clock runs on while a busy host writes its disk.
	[[ " $answers " == *" none "* ]] || most=$(($2 * 10))
	had=$(available)
	hog "$1" "$2" "$most" >/run/result 2>&1 &
	pid=$!
	sleep "${lead-0.05}"
	started=$(now_ms)
	vzlite list -a >/run/list
	vzlite status 101 >/dev/null
	answered=$(($(now_ms) - started))
	took=$(vzlite exec 102 -- /steady work "$3")
	lost=$((had - $(available)))
	outlasts=no
	! kill -0 $pid 2>/dev/null || outlasts=yes
	# The first of them is the one that has begun all others.
	pkill -USR1 -o -x exhaust || :
	status=0
	wait $pid || status=$?
	result=$(tail -n 1 /run/result)
}

# anew NAME
anew() {
	vzlite stop 101 --fast >/dev/null 2>&1
	check "$1: the VE can be started anew" retry 60 vzlite start 101
}

# attack NAME LIMIT ANSWER...: the limit that stops it, and how its programs may see that
attack() {
	local name=$1 limit=$2 press=${press-700} against=$alone result status answered took outlasts answers lost
	shift 2
	answers=$*
	beside "$name" "$press" $rounds
	# The ends of so short a work may fall into a few of the scheduler's slices: a longer one counts.
	if ! fair "${took:-999999}" "$alone"; then
		echo "# $name: the neighbour's work took $took ms, $alone alone: once more, $factor times as long"
		anew "$name"
		beside "$name" $((press * factor)) $((rounds * factor))
		against=$alone_longer
	fi
	if [[ " $answers " == *" ${result#* } "* ]]; then
		ok "$name: $limit stops it ($result)"
	else
		not_ok "$name: $limit stops it" "status $status: $(cat /run/result)"
	fi
	# Not the namespaces' limits, which do not count.
	if [[ $limit =~ ^(num[a-z]+|physpages)$ && $limit != numsiginfo ]]; then
		check "$name: $limit counts that" refused "$limit"
	fi
	timely eq "$name: the attack outlasts the neighbour's work" "$outlasts" yes
	timely check "$name: the neighbour works on ($took ms, $against alone, $((took * 50 / against)) % of its share)" fair "${took:-999999}" "$against"
	timely check "$name: the host answers ($answered ms)" prompt "$answered"
	check "$name: memory is within its limit" test "$(cat $group/memory.peak)" -le $((96 << 20))
	check "$name: the host has lost little more ($lost MB)" test "$lost" -le $((96 + 64))
	anew "$name"
}

check "the module loads" modprobe vzlite
mkdir -p $private
modprobe loop
truncate -s 300M /run/disk.img
mkfs.ext4 -q -O quota,project -E quotatype=prjquota /run/disk.img
check "what is installed for hosts of many VEs is valid" sysctl -q -p /usr/lib/sysctl.d/50-vzlite.conf
sysctl -qw fs.mount-max=2000
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
# What the host's answers are read from is in memory then.
vzlite list -a >/dev/null
vzlite status 101 >/dev/null
alone=$(vzlite exec 102 -- /steady work $rounds)
check "alone the work takes $alone ms" test "$alone" -gt 20
alone_longer=$(vzlite exec 102 -- /steady work $((rounds * factor)))
check "and $factor times as much of it $alone_longer ms" test "$alone_longer" -gt "$alone"

# Most stay below the 5 % of issue 5. Not always those whose objects the kernel makes before it
# refuses them: they are freed by ksoftirqd and kworkers, of whose time no VE's share is taken. Seen
# were 8 % for mq, names and (7.3) inodes, 7 % for disk (6.1), 6 % for files (7.3). What the module
# refuses is not made (module-beforehand): tasks, tcp, unix and ptys took up to 8 % before, and 0 now.
attack tasks numproc EAGAIN
attack files numfile ENFILE
attack tcp numtcpsock ENOBUFS
attack unix numothersock ENOMEM
attack ptys numpty ENOSPC
attack locks numflock ENOLCK
attack timers numsiginfo EAGAIN
attack inotify fs.inotify.max_user_instances EMFILE
press=1100 attack watches fs.inotify.max_user_watches ENOSPC
attack keys seccomp ENOSYS
attack aio physpages ENOMEM killed
attack shm shmpages ENOSPC
# Of these memory stays when the taker is killed: the VE is, too, and starts anew beside the work.
over=25 attack sem physpages ENOMEM ENOSPC killed
over=25 attack msg physpages ENOMEM ENOSPC killed
attack mq "RLIMIT_MSGQUEUE of the whole VE" EMFILE
attack pipes numfile ENFILE
# Its limit is there only after a second.
lead=1.5 press=2500 attack names physpages none killed
attack memory physpages ENOMEM killed
over=25 attack tmpfs physpages ENOMEM ENOSPC killed
attack cgroups cgroup.max.descendants EAGAIN
press=1100 attack mounts fs.mount-max ENOSPC
# 7.3's take more memory each, of which there is not enough for as many as there may be.
if [[ $(uname -r) =~ ^[1-6]\. ]]; then
	press=2100 attack netns user.max_net_namespaces ENOSPC
else
	press=2100 attack netns physpages killed
fi
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
unloads "the module unloads: nothing is held"
finish
