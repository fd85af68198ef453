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
