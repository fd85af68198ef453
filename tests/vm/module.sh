# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# For the scenarios of the module alone: VEs are plain cgroups, made by vznl.
here=$(cd "$(dirname "$0")" && pwd)
PATH=$here:$here/bin:$PATH
export PATH

hooked() {
	grep -q vzlite /sys/kernel/tracing/enabled_functions ||
		grep -q security_task_alloc /sys/kernel/tracing/enabled_functions
}

module_load() {
	mountpoint -q /sys/kernel/tracing || mount -t tracefs tracefs /sys/kernel/tracing
	check "the module loads" modprobe vzlite
	check "and hooks nothing yet" not hooked
	# Where the answer to its FIN comes at the wrong moment, the kernel keeps (and the module
	# counts) a TCP socket without a descriptor for as long: tcp_rcv_state_process().
	echo 1 >/proc/sys/net/ipv4/tcp_fin_timeout
}

not() {
	! "$@"
}

# rmmod is refused, and for no other reason.
in_use() {
	local output
	! output=$(LC_ALL=C rmmod vzlite 2>&1) || { echo "it was removed"; return 1; }
	[[ $output == *" is in use"* ]] || { echo "$output"; return 1; }
}

module_unload() {
	unloads
	check "no hook is left" not hooked
}

dir() {
	echo "/sys/fs/cgroup/ve$1"
}

# ve_new ID [COUNTER=BARRIER:LIMIT]...
ve_new() {
	id=$1
	shift
	mkdir -p "$(dir "$id")"
	check "VE $id is made" vznl new "$id" "$(dir "$id")" "$@"
	hooked || not_ok "its hooks are installed"
}

in_ve() {
	id=$1
	shift
	probe into "$(dir "$id")" "$@"
}

# "held maxheld barrier limit failcnt"
counter() {
	vznl counter "$1" "$2"
}

# Wait until held is 0: the kernel frees some objects a moment after their end.
settled() {
	retry 30 sh -c "vznl counter $1 $2 | grep -q '^0 '"
}
