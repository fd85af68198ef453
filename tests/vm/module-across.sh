#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: each held is right after dup, fork, accept in a child, exec, the end of a leader, moves and SIGKILL of who holds some of everything
# timeout: 300
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/module.sh"
names="numproc numfile numtcpsock numothersock numflock numpty lockedpages"
zero="0 0 0 0 0 0 0"

# figures VE RESOURCE...: what is held of each
figures() {
	local ve=$1
	shift
	awk -v names="$*" '{ held[$1] = $2 }
		END { n = split(names, name); for (i = 1; i <= n; i++) printf "%s%s", held[name[i]], i < n ? " " : "\n" }' \
		"/proc/vzlite/$ve/beancounters"
}

# Of each process with a thread in the VE that lives, VmData + VmStk.
in_proc() {
	local tid
	while read -r tid; do
		cat "/proc/$tid/status"
	done <"$(dir "$1")/cgroup.threads" | awk '$1 == "Tgid:" { id = $2; pages[id] = 0 }
		/^Vm(Data|Stk):/ { pages[id] += $2 / 4 }
		END { for (id in pages) sum += pages[id]; print sum + 0 }'
}

agree() {
	said="$(figures 91 $names), $(figures 92 $names)"
	[[ $said == "$want" ]]
}

# are TEXT FIGURES FIGURES: of VE 91 and 92; some objects the kernel frees a moment later.
are() {
	want="$2, $3"
	retry 20 agree
	eq "$1" "$said" "$want"
	eq "$1: private pages as in /proc" "$(figures 91 privvmpages) $(figures 92 privvmpages)" \
		"$(in_proc 91) $(in_proc 92)"
}

# step NAME: until that is done, from the step before on
step() {
	rm -f /run/step.*
	retry 30 test -e "/run/step.$1" || not_ok "step $1 is come to"
}

run() {
	in_ve 91 across "$@" &
	step take
	pid=$(<"$(dir 91)/cgroup.procs")
}

move() {
	echo "$2" >"$1/cgroup.procs" || not_ok "$2 is moved to $1"
}

dead() {
	grep -q '^State:.Z' "/proc/$1/status"
}

failcnts() {
	awk '{ sum += $6 } END { print sum }' /proc/vzlite/91/beancounters /proc/vzlite/92/beancounters
}

module_load
mountpoint -q /dev/pts || mount -t devpts -o ptmxmode=666,newinstance devpts /dev/pts
[[ -e /dev/ptmx ]] || ln -s pts/ptmx /dev/ptmx
# Its interface is up after this.
objects connect:9 0 >/dev/null
ve_new 91
ve_new 92
for name in $names privvmpages; do
	grep -q "^$name .* module$" /proc/vzlite/91/beancounters || not_ok "the module enforces $name"
done

run life "$(dir 92)"
are "some of everything" "1 14 5 6 3 1 16" "$zero"
private=$(figures 91 privvmpages)
check "private pages, those asked for and more" test "$private" -ge 80
step dup
are "dup changes nothing" "1 14 5 6 3 1 16" "$zero"
eq "nor private pages" "$(figures 91 privvmpages)" "$private"
step undup
are "the end of one of two descriptors ends a POSIX lock, no OFD lock, no flock" "1 14 5 6 2 1 16" "$zero"
step relock
are "it is taken again" "1 14 5 6 3 1 16" "$zero"
step fork
are "a child holds all of it, too: only a task more" "2 14 5 6 3 1 16" "$zero"
eq "and the private pages again" "$(figures 91 privvmpages)" $((2 * private))
step parent
are "the child's end ends nothing else" "1 14 5 6 3 1 16" "$zero"
eq "but its private pages" "$(figures 91 privvmpages)" "$private"
step accept
are "a child that accepts has two files: the sockets were there" "2 16 5 6 3 1 16" "$zero"
step accepted
# What connected to a UNIX socket keeps its peer's memory, and so its charge.
are "which go with it, and the TCP socket: the UNIX one is kept by its peer" "1 14 4 6 3 1 16" "$zero"
step there
are "one that accepts in another VE has its files there, its sockets here" \
	"1 14 4 6 3 1 16" "1 2 0 0 0 0 0"
step gone
are "and is gone from there likewise" "1 14 3 6 3 1 16" "$zero"
step close
are "what the peers kept goes with them" "1 12 3 2 3 1 16" "$zero"
step exec
are "exec keeps all but memory" "1 12 3 2 3 1 0" "$zero"
step memory
are "which is taken anew" "1 12 3 2 3 1 16" "$zero"
step thread
are "a thread is a task" "2 12 3 2 3 1 16" "$zero"
private=$(figures 91 privvmpages)
step leader
check "the leader ends" retry 10 dead "$pid"
are "a thread that goes on keeps all, with the leader that nobody can reap" "2 12 3 2 3 1 16" "$zero"
eq "the private pages, too" "$(figures 91 privvmpages)" "$private"
move "$(dir 92)" "$pid"
are "moved, its task and memory are there, the dead leader and what was opened are not" \
	"1 12 3 2 3 1 0" "1 0 0 0 0 0 16"
eq "its private pages are" "$(figures 91 privvmpages) $(figures 92 privvmpages)" "0 $private"
move /sys/fs/cgroup "$pid"
are "moved to the host, nobody has those" "1 12 3 2 3 1 0" "$zero"
move "$(dir 92)" "$pid"
are "moved in, the other VE again" "1 12 3 2 3 1 0" "1 0 0 0 0 0 16"
step more
are "what it takes there is that VE's" "1 12 3 2 3 1 0" "1 5 1 1 1 1 32"
rm /run/step.*
wait
are "the end of the last thread ends all of it" "$zero" "$zero"

run parted
are "some of everything again" "1 14 5 6 3 1 16" "$zero"
step thread
are "with a thread" "2 14 5 6 3 1 16" "$zero"
step exec
are "which executes: the leader is gone, and its memory" "1 14 5 6 3 1 0" "$zero"
check "in its name" grep -qw "$pid" "$(dir 91)/cgroup.procs"
step memory
private=$(figures 91 privvmpages)
step fork
are "a child stays" "2 14 5 6 3 1 16" "$zero"
child=$(grep -vxF "$pid" "$(dir 91)/cgroup.procs")
move "$(dir 92)" "$pid"
are "its parent moved: what it opened is where it was" "1 14 5 6 3 1 0" "1 0 0 0 0 0 16"
eq "each with its private pages" "$(figures 91 privvmpages) $(figures 92 privvmpages)" "$private $private"
kill -KILL "$pid"
wait
are "killed, it ends its own POSIX lock alone" "1 14 5 6 2 1 0" "$zero"
move /sys/fs/cgroup "$child"
are "the child moved to the host, what was opened is where it was" "0 14 5 6 2 1 0" "$zero"
check "its VE is deleted" vznl del 91
check "and lives on as a zombie" grep -q "91 zombie" /proc/vzlite/ve
check "the module does not unload over it" not modprobe -r vzlite
check "a new VE takes its place" vznl new 91 "$(dir 91)"
are "with nothing" "$zero" "$zero"
kill -KILL "$child"
check "SIGKILL of the last who holds it ends the zombie" retry 20 not grep -q zombie /proc/vzlite/ve
rm -f /run/step.*

run life "$(dir 92)"
move "$(dir 92)" "$pid"
are "one that was moved while it holds all of it" "0 14 5 6 3 1 0" "1 0 0 0 0 0 16"
kill -KILL "$pid"
wait
rm -f /run/step.*
are "is killed, and all is given back" "$zero" "$zero"
eq "nothing was ever refused" "$(failcnts)" 0

vznl del 91 && vznl del 92
check "no zombie is left" retry 5 not grep -q zombie /proc/vzlite/ve
module_unload
check "the kernel's log is clean" not sh -c "dmesg | grep -E 'WARNING:|BUG:|Oops'"
finish
