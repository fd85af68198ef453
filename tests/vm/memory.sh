# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# For the scenarios that count pages: module.sh, and VEs with `memory` in them.

# counts RESOURCE ROWS: the resource that all below is about, and which Vm... rows of
# /proc/PID/status add up to it.
counts() {
	resource=$1 rows=$2
}

held() {
	counter "$1" "$resource" | cut -d' ' -f1
}

failcnt() {
	counter "$1" "$resource" | cut -d' ' -f5
}

# bounds VE BARRIER [LIMIT]: and count refusals from here.
bounds() {
	vznl set "$1" "$resource=$2:${3:-$2}"
	failed=$(failcnt "$1")
}

refusals() {
	echo $(($(failcnt "$1") - failed))
}

# The rows of all processes in the VE, in pages.
in_proc() {
	local pid
	while read -r pid; do
		cat "/proc/$pid/status"
	done <"$(dir "$1")/cgroup.procs" | awk -v rows="^Vm($rows):" '$0 ~ rows { n += $2 } END { print n / 4 }'
}

# tenant VE ARG...: memory, as a leader, for it ends its process group.
tenant() {
	local ve=$1
	shift
	in_ve "$ve" setsid -w memory "$@"
}

# hold VE ARG...: the same in the background, when it holds what it could take.
hold() {
	local ve=$1
	shift
	rm -f /run/said
	tenant "$ve" "$@" /run/taken >/run/said &
	retry 30 test -e /run/taken
}

# Its words: "COUNT ERRNO [COUNT ERRNO] PAGES".
let_go() {
	rm -f /run/taken
	wait
	read -r count error more <<<"$(cat /run/said)"
}

full() {
	[[ $1 -le $2 && $1 -gt $(($2 - 17)) ]]
}

# room_passes VE KIND N: what one process holds another cannot have, but what it gives
# back.
room_passes() {
	tenant "$@" /run/first /run/second >/dev/null &
	retry 30 test -e /run/first
	read -r _ error _ < <(tenant "$@")
	eq "what another holds is not there" "$error" ENOMEM
	rm /run/first
	retry 30 test -e /run/second
	failed=$(failcnt "$1")
	eq "what it has given back is" "$(tenant "$@" | cut -d' ' -f1,2) $(refusals "$1")" "$3 none 0"
	rm /run/second
	wait
}

# charge_moves VE OTHER BARRIER: with the only process, which holds something, from the
# one to the other, to the host and back, where BARRIER is set meanwhile.
charge_moves() {
	local pid pages
	pid=$(pgrep -x memory)
	pages=$(in_proc "$1")
	echo "$pid" >"$(dir "$2")/cgroup.procs"
	eq "moved, the other VE holds it" "$(held "$1") $(held "$2")" "0 $pages"
	echo "$pid" >/sys/fs/cgroup/cgroup.procs
	eq "moved to the host, nobody" "$(held "$1") $(held "$2")" "0 0"
	vznl set "$1" "$resource=$3:$3"
	echo "$pid" >"$(dir "$1")/cgroup.procs"
	eq "moved in, the first again" "$(held "$1") $(held "$2")" "$pages 0"
}

# killed VE: and whatever it held is given back.
killed() {
	pkill -KILL memory
	wait
	rm -f /run/taken
	check "killed, it holds nothing" settled "$1" "$resource"
}
