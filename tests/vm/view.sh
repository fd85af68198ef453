# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# For the scenarios of the views: module.sh, and what a VE's files say.

# The controllers for the VEs' cgroups.
controllers() {
	local controller
	for controller in memory cpu cpuset io; do
		echo "+$controller" >/sys/fs/cgroup/cgroup.subtree_control
	done
}

# The host's swap, of MB.
swap_on() {
	modprobe loop
	truncate -s "$1M" /run/swap
	chmod 600 /run/swap
	loop=$(losetup -f --show /run/swap)
	mkswap "$loop" >/dev/null
	check "the host has swap" swapon "$loop"
}

# limit ID FILE VALUE
limit() {
	echo "$3" >"$(dir "$1")/$2"
}

# seen ID FILE: as a task of the VE sees it
seen() {
	in_ve "$1" cat "$2"
}

# field NAME: of /proc/meminfo on standard input, in kB
field() {
	awk -v name="$1:" '$1 == name { print $2 }'
}

# meminfo ID NAME
meminfo() {
	seen "$1" /proc/meminfo | field "$2"
}

# near TEXT GOT WANT DISTANCE
near() {
	if [[ $2 -ge $(($3 - $4)) && $2 -le $(($3 + $4)) ]]; then
		ok "$1 ($2)"
	else
		not_ok "$1" "got:  $2" "want: $3 +- $4"
	fi
}

# Nothing of what was promised lacks on this kernel.
all_views_work() {
	eq "all views work on this kernel" "$(vznl views | grep -v ' -$')" ""
}
