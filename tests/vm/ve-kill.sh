#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: create, start, stop and destroy killed at any moment leave a VE that the next command handles
# on: trixie
# also: bookworm newest
# smp: 1
# waits: yes
# timeout: 1000
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/ve.sh"
. "$(dirname "$0")/kill.sh"
moments=20

modprobe vzlite
prompt_template
make() {
	vzlite create 101 --ostemplate prompt --numproc 100
}
# The first of all takes ten times as long: no moment of it is one of the others'.
make
vzlite start 101
vzlite stop 101
vzlite destroy 101
make
declare -A takes
takes[start]=$(duration vzlite start 101)
takes[stop]=$(duration vzlite stop 101)
takes[destroy]=$(duration vzlite destroy 101)
takes[create]=$(duration make)

# An unlucky command says what to do; doing what an administrator would do next,
# once, must put things right.
whole() {
	local words
	words=$(ve_words 101)
	case $words in
	# After a stop that was killed it may be on its way down.
	"exist mounted running")
		{ vzlite exec 101 -- true || [[ $(ve_words 101) == *down ]]; } &&
			vzlite stop 101 && vzlite start 101 && vzlite stop 101
		;;
	"exist unmounted down") vzlite start 101 && vzlite exec 101 -- true && vzlite stop 101 ;;
	"deleted unmounted down")
		# Its files may have another name by then, and its configuration still be there.
		{ make 2>/run/line || { grep -q "vzlite destroy 101" /run/line && vzlite destroy 101 && make; }; } &&
			vzlite start 101 && vzlite stop 101
		;;
	*) echo "status says: $words" && false ;;
	esac
}

for command in create start stop destroy; do
	bad=0 early=0 seen=
	for ((i = 0; i < moments; i++)); do
		case $command in
		create) [[ $(ve_words 101) == deleted* ]] || vzlite destroy 101 ;;
		stop) vzlite start 101 ;;
		*) [[ $(ve_words 101) != deleted* ]] || make ;;
		esac >/dev/null 2>&1
		delay=$((takes[$command] * (i + RANDOM % 2) / moments + RANDOM % 500))
		words=(vzlite "$command" 101)
		[[ $command != create ]] || words+=(--ostemplate prompt --numproc 100)
		if kill_at $delay "${words[@]}"; then
			early=$((early + 1))
		elif [[ $delay -lt ${takes[$command]} ]]; then
			# It was measured while the host did something else, too.
			takes[$command]=$delay
		fi
		seen+="$(ve_words 101 | tr ' ' '-') "
		if ! output=$(whole 2>&1); then
			echo "# $command, killed after $delay us: $output"
			bad=$((bad + 1))
		fi
	done
	eq "$command killed at $moments moments: the next commands that failed" $bad 0
	echo "# found then: $(tr ' ' '\n' <<<"$seen" | grep . | sort | uniq -c | tr -s ' \n' ' ')"
	# Else it was killed after its end each time, and nothing of this is shown.
	timely check "$early of the kills came before its end" [ $early -ge $((moments / 2)) ]
done
[[ $(ve_words 101) == deleted* ]] || check "it is destroyed at last" vzlite destroy 101
nothing_left 101
eq "no half-made thing is left" \
	"$(find $private /etc/vzlite/conf /run/vzlite -mindepth 1 ! -name '*.lock' ! -name '*.destroyed' -printf '%f ')" ""
unloads
finish
