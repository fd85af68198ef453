# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# For the scenarios of VEs with addresses, and somebody outside. Sourced after ve.sh.
#
#   outside -- out0 ===== up0 -- host -- vz101 ===== venet0 -- VE 101
#   192.0.2.2            192.0.2.1  \--- vz102 ===== venet0 -- VE 102
in_101() {
	vzlite exec 101 -- "$@"
}
in_102() {
	vzlite exec 102 -- "$@"
}
outside() {
	ip netns exec outside "$@"
}
# answers [-6] ADDRESS [COMMAND...]: to who runs "COMMAND ping".
answers() {
	local v6=()
	if [[ $1 == -6 ]]; then
		v6=(-6)
		shift
	fi
	local address=$1
	shift
	"$@" ping "${v6[@]}" -c 1 -W 2 "$address" >/dev/null 2>&1
}
trim() {
	sed 's/  */ /g; s/ $//'
}
routes_of() {
	{ ip route show dev "vz$1"; ip -6 route show dev "vz$1"; } | trim
}

make_outside() {
	ip netns add outside
	ip link add up0 type veth peer name out0 netns outside
	ip addr add 192.0.2.1/24 dev up0
	ip addr add 2001:db8:1::1/64 dev up0 nodad
	ip link set up0 up
	outside ip link set lo up
	outside ip link set out0 up
	outside ip addr add 192.0.2.2/24 dev out0
	outside ip addr add 2001:db8:1::2/64 dev out0 nodad
	outside ip route add 198.51.100.0/24 via 192.0.2.1
	check "the outside is there" retry 10 answers 192.0.2.2
	check "by IPv6, too" retry 10 answers -6 2001:db8:1::2
}
