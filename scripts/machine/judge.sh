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
reports+='|\] Out of memory|unregister_netdevice: waiting for|VFS: Busy inodes|EXT4-fs error|kmemleak: .*disabled'
# What the module says when something of it does not work.
reports+='|vzlite: (out of memory:|cannot hook|this kernel has|ftrace|functions are not found)'

complain_about() {
	echo "vm: $on: $1; the console's log is $cache/last-$on.log" >&2
	sed 's/^/  /' >&2
}

# A VE that reaches its memory limit is none of these, though the kernel writes a call
# trace; that the machine itself is out of memory is. Whose memory it was comes last, so
# what comes before is kept until then, and what is no OOM's of it stays. Of one without an
# end the module may have left out the rest, as too much of one VE: it says so soon after; or
# the beginning, and dump_header() shows what it is.
without_ooms() {
	reports=$reports awk '
		function machines() { return text ~ /constraint=CONSTRAINT_(NONE|CPUSET|MEMORY_POLICY)/ }
		function unfinished() {
			if (machines()) printf "%s", text
			else { cut_text = cut_text text; cut_kept = cut_kept kept }
			text = kept = ""
		}
		BEGIN { others = ENVIRON["reports"]; sub(/Call Trace:\|/, "", others) }
		/ vzlite: VE [0-9]+: [0-9]+ lines of the kernel.s log were left out$/ {
			unfinished()
			printf "%s", cut_kept
			cut_text = cut_kept = ""
			inside = 0
		}
		/ invoked oom-killer: / { unfinished(); inside = 1 }
		headless != "" && / dump_header\+/ { unfinished(); inside = 1; text = headless; headless = "" }
		headless != "" && !/ <TASK>$| dump_stack/ { printf "%s", headless; headless = "" }
		headless != "" || !inside && / Call Trace:$/ { headless = headless $0 "\n"; next }
		!inside { print; next }
		{ text = text $0 "\n"; if ($0 ~ others) kept = kept $0 "\n" }
		/\] Out of memory/ { printf "%s", text; text = kept = ""; inside = 0 }
		/Memory cgroup out of memory: / { printf "%s", kept; text = kept = ""; inside = 0 }
		END { unfinished(); printf "%s%s", cut_text, headless }'
}

# Programs may write WARNING into the log, but what sets the machine up may not fail. That
# a program fell into a trap is its own matter; the kernel's traps are lines without "traps:".
# The debug kernel has no function that is hooked in the others: gcc has cut an argument off.
of_the_kernel() {
	local lacks=none

	[[ $on != debug ]] || lacks=__nf_conntrack_alloc
	sed -E -e '/^\[[^]]*\] \(user\) (vm agent|initramfs): /!{/^\[[^]]*\] \(user\) /d}' \
		-e "/vzlite: this kernel has no function $lacks to hook/d" \
		-e '/^\[[^]]*\] traps: .*\[[0-9]+\] .* ip:[0-9a-f]+ sp:[0-9a-f]+ error:[0-9a-f]+/d' |
		ALLOW=$allow awk '!ENVIRON["ALLOW"] || $0 !~ ENVIRON["ALLOW"]'
}

# kernel_report KMSG: prints the first report in it and what follows. 1 if there is none, 2
# if the log is empty or cannot be read. The last program reads a file: it may stop early,
# and one that wrote to it would die of that, which is no word on the log.
kernel_report() {
	[[ -s $1 ]] || return 2
	of_the_kernel <"$1" | without_ooms >"$1.judged" || return 2
	grep -E -A25 -m1 "$reports" "$1.judged"
}

# Decides what a machine that ended says. Prints nothing when all is well.
judge() {
	local run=$1 status how found=0
	cp "$run/console" "$cache/last-$on.log.$$"
	mv "$cache/last-$on.log.$$" "$cache/last-$on.log"
	status=$(sed -n 's/^exit \([0-9]*\)$/\1/p' "$run/status")
	# What a machine says that is asked what hangs are traces.
	if [[ ! -e $run/timed-out ]]; then
		kernel_report "$run/kmsg" >"$run/report" || found=$?
		if [[ $found -eq 0 ]]; then
			complain_about "the kernel log holds a report" <"$run/report"
			return 70
		elif [[ $status && $found -eq 1 ]]; then
			return "$status"
		elif [[ $status ]]; then
			complain_about "the kernel log did not come" </dev/null
			return 70
		fi
	fi
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
