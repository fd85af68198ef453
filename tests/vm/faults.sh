# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# For the scenarios in which allocations fail: module.sh, and which of them do.
NUMPROC=5
NUMFILE=19
faults=(/sys/kernel/debug/fail{slab,_page_alloc,_usercopy})

fault_set() { # NAME VALUE
	local dir
	for dir in "${faults[@]}"; do
		[[ ! -e $dir/$1 ]] || echo "$2" >"$dir/$1"
	done
}

# range require|reject [START END]
range() {
	fault_set "$1-start" "${2:-0}"
	fault_set "$1-end" "${3:-$([[ $1 == require ]] && echo 0xffffffffffffffff || echo 0)}"
}

# Where the kernel's function starts, and where the next does; for "vzlite" the module.
function_range() {
	sort /proc/kallsyms | awk -v name="$1" '
		name == "vzlite" && $4 == "[vzlite]" && $2 ~ /^[tT]$/ { found = found ? found : $1; last = $1 }
		name == "vzlite" { next }
		found && $1 != found { last = $1; exit }
		!found && $3 == name && $2 ~ /^[tT]$/ { found = $1 }
		END { print "0x" found, "0x" last }'
}

# Of what fails: all, only what is called from FUNCTION, or all but that.
fail_all() {
	range require
	range reject
}

fail_in() {
	# shellcheck disable=SC2046
	range require $(function_range "$1")
}

fail_not_in() {
	# shellcheck disable=SC2046
	range reject $(function_range "$1")
}

# command_each TEXT JUDGE ROUNDS COMMAND...: with each of its allocations failing, or ROUNDS of
# them, evenly spread; JUDGE is told how the command ended, and looks at what it did.
command_each() {
	local text=$1 judge=$2 rounds=$3 n=1 step total hit status bad='' count=0
	shift 3
	total=$(faults count "$@" 2>/dev/null | tail -n 1)
	$judge 0 || bad+=" before the first"
	# Odd: what comes in pairs gets both halves' turn.
	step=$((total > rounds ? total / rounds | 1 : 1))
	while :; do
		read -r hit status < <(faults nth $n "$@" 2>/dev/null | tail -n 1)
		[[ $hit == hit ]] || break
		count=$((count + 1))
		$judge "$status" || bad+=" $n($status)"
		n=$((n + step))
	done
	[[ $status == 0 ]] || bad+=" the last($status)"
	$judge "$status" || bad+=" after the last"
	eq "$text: $count of $total, what went wrong:" "$bad" ""
	[[ $count -gt 0 ]] || not_ok "$text: something failed"
}

there() {
	vznl list | grep -qx "$1"
}

# A command that failed has done nothing; one that did not has done all.
judge_new() {
	if [[ $1 -ne 0 ]]; then
		! there 91
		return
	fi
	# Also with the limits it asked for.
	[[ $(in_ve 91 probe opens 100) == "19 ENFILE" ]] &&
		[[ $(in_ve 91 probe forks 100) == "9 EAGAIN" ]] && settled 91 $NUMFILE &&
		settled 91 $NUMPROC && vznl del 91
}

# prepare: nothing fails yet, but could
prepare() {
	check "the kernel can let allocations fail" test -w "${faults[0]}/probability"
	fault_set verbose 0
	fault_set times -1
	fault_set ignore-gfp-wait N
	fault_set ignore-gfp-highmem N
	fault_set min-order 0
}
