# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
# How a machine ended: by its job, by the kernel's own word, or by neither. Sourced by
# scripts/vm.

# Kernel messages that mean that something is wrong, whatever the command said.
reports='WARNING:|BUG:|BUG [^ ]+ \(|ODEBUG:|Oops|Call Trace:|KASAN:|UBSAN:|KCSAN:|Kernel panic|general protection fault'
reports+='|unable to handle|possible circular locking|possible recursive locking|inconsistent lock state'
reports+='|suspicious RCU usage|DEBUG_LOCKS_WARN|bad unlock balance|held lock freed|lock held when returning'
reports+='|kmemleak: .*new suspected|refcount_t:|blocked for more than|detected stall|soft lockup'
reports+='|invalid opcode|scheduling while atomic|list_(add|del) corruption|vm agent:|initramfs:'

complain_about() {
	echo "vm: $on: $1; the console's log is $cache/last-$on.log" >&2
	sed 's/^/  /' >&2
}

# A VE that reaches its memory limit is none of these, though the kernel writes a call
# trace; that the machine itself is out of memory is.
without_ooms() {
	awk '/ invoked oom-killer: / && !inside { inside = 1; text = "" }
		inside { text = text $0 "\n" }
		inside && /Memory cgroup out of memory: / { inside = 0; next }
		!inside
		END { if (inside) printf "%s", text }'
}

# Programs may write WARNING into the log, but what sets the machine up may not fail. That
# a program fell into a trap is its own matter; the kernel's traps are lines without "traps:".
of_the_kernel() {
	sed -E -e '/^\[[^]]*\] \(user\) (vm agent|initramfs): /!{/^\[[^]]*\] \(user\) /d}' \
		-e '/^\[[^]]*\] traps: .*\[[0-9]+\] .* ip:[0-9a-f]+ sp:[0-9a-f]+ error:[0-9a-f]+/d'
}

# Decides what a machine that ended says. Prints nothing when all is well.
judge() {
	local run=$1 status how
	cp "$run/console" "$cache/last-$on.log.$$"
	mv "$cache/last-$on.log.$$" "$cache/last-$on.log"
	# What a machine says that is asked what hangs are traces.
	if [[ ! -e $run/timed-out ]] &&
		of_the_kernel <"$run/kmsg" | without_ooms | grep -E -A25 -m1 "$reports" >"$run/report"; then
		complain_about "the kernel log holds a report" <"$run/report"
		return 70
	fi
	status=$(sed -n 's/^exit \([0-9]*\)$/\1/p' "$run/status")
	[[ ! $status || -e $run/timed-out ]] || return "$status"
	[[ ! -s $run/kmsg ]] || cp "$run/kmsg" "$cache/last-$on.kmsg"
	how="the machine died"
	if ! grep -E -A40 -m1 "$reports" "$run/console" >"$run/report"; then
		tail -n 30 "$run/console" | tr -cd '\n\t -~' >"$run/report"
		how+=" without a word"
	fi
	[[ ! -e $run/timed-out ]] || how=$(how_it_stands)
	cat "$run/qemu" "$run/processors" >>"$run/report"
	complain_about "$how" <"$run/report"
	return 70
}

# What a machine is about whose time is over.
how_it_stands() {
	local words="gave up after $timeout seconds"
	if grep -q '^alive$' "$run/status"; then
		words+=", while it was alive"
	# Each has a timer that runs, since the kernel watches each for lockups.
	elif [[ $(grep -c 'HLT=1' "$run/processors") -eq $smp ]] &&
		grep -q '^Timer.* current_count = 0' "$run/processors"; then
		words+=", asleep without a timer"
	fi
	echo "$words"
}

# Its time is over: what does it do? It has ten seconds to say so itself, and QEMU says
# what its processors do.
look_around() {
	local cpu
	: >"$run/timed-out"
	# Open for both, so that one that is dead is not waited for.
	echo look 1<>"$run/look.in"
	sleep 10 &
	wait $!
	for ((cpu = 0; cpu < smp; cpu++)); do
		printf '%s\n' "cpu $cpu" "info registers" "info lapic"
	done 1<>"$run/monitor.in"
	timeout 2 grep --line-buffered -a -E '^CPU#|^RIP=|^LVTT|^Timer' "$run/monitor.out" >"$run/processors" &
	wait $! || :
}
