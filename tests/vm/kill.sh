# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# For the scenarios that kill commands half way. Sourced after ve.sh.

# microseconds that COMMAND... takes
duration() {
	local start end
	start=$(date +%s%N)
	"$@" >/dev/null 2>&1
	end=$(date +%s%N)
	echo $(((end - start) / 1000))
}

# What nobody writes to, to wait at for a moment without a program, which would take
# longer to start than most commands run.
exec {nothing}<> <(:)

# kill_at MICROSECONDS COMMAND...: whether that came before its end
kill_at() {
	local seconds pid
	printf -v seconds %d.%06d $(($1 / 1000000)) $(($1 % 1000000))
	shift
	"$@" >/dev/null 2>&1 &
	pid=$!
	read -rt "$seconds" -u "$nothing"
	kill -9 $pid 2>/dev/null
	wait $pid 2>/dev/null
	[[ $? -eq 137 ]]
}

# killed_starts CTID MOMENTS REACHED LEFT_OF: one start is killed at each of so many moments
# from when it makes its network on. Each time the next one works, so that REACHED holds,
# and after its stop "LEFT_OF CTID" says nothing.
killed_starts() {
	local id=$1 moments=$2 reached=$3 left=$4 bad='' early=0 us delay i status
	# The first may take ten times as long.
	vzlite start "$id" && vzlite stop "$id" --fast
	us=$(duration vzlite start "$id")
	vzlite stop "$id"
	for ((i = 1; i <= moments; i++)); do
		delay=$((us * 30 / 100 + us * 72 * i / moments / 100))
		if kill_at $delay vzlite start "$id"; then
			early=$((early + 1))
		elif [[ $delay -lt $us ]]; then
			us=$delay
		fi
		status=0
		vzlite start "$id" 2>/run/line || status=$?
		# It may run, or be on its way down with who started it.
		if [[ $status -eq 32 ]]; then
			vzlite stop "$id" 2>/dev/null
			status=0
			vzlite start "$id" 2>/run/line || status=$?
		fi
		[[ $status -eq 0 ]] || bad+="$i: $(cat /run/line) "
		retry 30 "$reached" || bad+="$i: not reached "
		vzlite stop "$id" 2>/run/line || bad+="$i: $(cat /run/line) "
		[[ ! $("$left" "$id") ]] || bad+="$i: $("$left" "$id") "
	done
	eq "start killed at $moments moments: the next one works, and stop leaves nothing" "$bad" ""
	timely check "$early of them before its end" [ $early -ge 2 ]
}
