# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Assertions for the scenarios: `. "$(dirname "$0")/lib.sh"`, then one line each,
# and `finish` at the end. Every assertion prints `ok - text` or `not ok - text`.

vm_failed=0
# Kept in a file: the shell looks for a command in a process of its own, whose output may go anywhere.
vm_absent=/run/no-such-command
# An assertion that is mistyped, or whose help was not sourced, must not just be missing.
command_not_found_handle() {
	echo "$1 (${BASH_SOURCE[1]##*/}:${BASH_LINENO[0]})" >>$vm_absent
	echo "$1: there is no such command" >&2
	return 127
}

# The debug kernel takes its time.
patience=1
kmemleak=/sys/kernel/debug/kmemleak
[[ ! -e $kmemleak ]] || patience=5

# ok TEXT: holds because the script came here.
ok() {
	echo "ok - $1"
}

# not_ok TEXT [DETAIL...]
not_ok() {
	echo "not ok - $1${vm_timely:+ # a time}"
	shift
	[[ $# -eq 0 ]] || printf '%s\n' "$@" | sed 's/^/#   /'
	vm_failed=1
}

# check TEXT COMMAND...: the command succeeds; its output is shown if not.
check() {
	local text=$1 output status=0
	shift
	output=$("$@" 2>&1) || status=$?
	if [[ $status -eq 0 ]]; then
		ok "$text"
	else
		not_ok "$text" "status $status from: $*" "$output"
	fi
}

# eq TEXT GOT WANT
eq() {
	if [[ $2 == "$3" ]]; then
		ok "$1"
	else
		not_ok "$1" "got:  $2" "want: $3"
	fi
}

# timely ASSERTION...: one of how long something takes, or how much is done in a while. On a busy
# machine that is otherwise: when only such fail, one repetition alone is enough for tests/run.
timely() {
	local vm_timely=1
	"$@"
}

# retry SECONDS COMMAND...: until it succeeds, for at most that long on a machine that has the time,
# three times as long on one that has not (a slow host, beside other machines): that says nothing of us.
retry() {
	local end=$((SECONDS + 3 * $1 * patience))
	shift
	until "$@"; do
		[[ $SECONDS -lt $end ]] || return 1
		sleep 0.1
	done
}

# unloads [TEXT]: a TCP socket that nobody has any more may be kept for a minute, see module_load.
unloads() {
	if retry 70 modprobe -r vzlite 2>/dev/null; then
		ok "${1-the module unloads}"
	else
		not_ok "${1-the module unloads}" "used $(cat /sys/module/vzlite/refcnt) times, by these" \
			"$(head -n 20 /proc/vzlite/ve)"
	fi
}

# With the module gone, so that what only it knew of is lost. An object is told of
# that is some seconds old and did not change between two scans.
nothing_leaks() {
	! grep -q '^vzlite ' /proc/modules || unloads
	sleep 6
	check "kmemleak is at work" sh -c "echo scan >$kmemleak; sleep 1; echo scan >$kmemleak"
	eq "kmemleak finds nothing" "$(cat $kmemleak)" ""
}

finish() {
	local line
	while read -r line; do
		not_ok "there is a command $line"
	done < <([[ ! -e $vm_absent ]] || sort -u $vm_absent)
	[[ ! -e $kmemleak ]] || nothing_leaks
	exit "$vm_failed"
}
