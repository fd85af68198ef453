#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: what a host does to its interfaces and its firewall while VEs run does not cut them off, nor open them, for long
# on: bookworm
# also: newest
# smp: 1
# waits: yes
# timeout: 600
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/ve.sh"
. "$(dirname "$0")/outside.sh"

eventd() {
	setsid vzlite eventd </dev/null >>/run/eventd 2>&1 &
	daemon=$!
	check "eventd runs" retry 10 test -e /run/vzlite/eventd.lock
}

proxies() {
	{ ip neigh show proxy; ip -6 neigh show proxy; } | sort -u | trim
}
both=$'192.0.2.101 dev up0 proxy\n2001:db8:1::101 dev up0 proxy'

addresses() {
	ip addr replace 192.0.2.1/24 dev up0
	ip addr replace 2001:db8:1::1/64 dev up0 nodad
}

has_both() {
	[[ $(proxies) == "$both" ]]
}

# Since $lines.
said() {
	tail -n "+$((lines + 1))" /run/eventd | grep -q -- "$1"
}
quiet() {
	local before
	before=$(wc -l </run/eventd)
	sleep 2
	[[ $(wc -l </run/eventd) -eq $before ]]
}

filtered() {
	nft list chain inet vzlite sources >/dev/null 2>&1
}

# reached WHAT: VE 101 is answered for, and answers.
reached() {
	check "$1: the host answers for it" retry 10 has_both
	outside ip neigh flush dev out0
	outside ip -6 neigh flush dev out0
	check "$1: it is reached" retry 10 answers 192.0.2.101 outside
	check "$1: by IPv6, too" retry 10 answers -6 2001:db8:1::101 outside
}

make_outside
check "the module loads" modprobe vzlite
sysctl -qw net.ipv4.conf.up0.forwarding=1 net.ipv6.conf.all.forwarding=1
eventd
status 0 "create" vzlite create 101 --ostemplate busybox --ipadd 192.0.2.101 --ipadd 2001:db8:1::101
status 0 "start" vzlite start 101
reached "started"

# The interface
ip link set up0 down
ip link set up0 up
addresses
reached "down and up"
ip -4 addr flush dev up0
addresses
reached "without an address for a moment"
sysctl -qw net.ipv6.conf.up0.proxy_ndp=0
check "proxy_ndp is switched on again" retry 10 grep -qx 1 /proc/sys/net/ipv6/conf/up0/proxy_ndp
ip link del up0
ip link add up0 type veth peer name out0 netns outside
ip link set up0 up
addresses
sysctl -qw net.ipv4.conf.up0.forwarding=1
outside ip link set out0 up
outside ip addr add 192.0.2.2/24 dev out0
outside ip addr add 2001:db8:1::2/64 dev out0 nodad
reached "made anew"
ip route del 192.0.2.101 dev vz101
ip link set up0 down
ip link set up0 up
addresses
reached "without its route"
check "of which a line tells" retry 5 grep -q "eventd 101: the route of 192.0.2.101 was gone" /run/eventd

ip route del 192.0.2.101 dev vz101
ip -6 route del 2001:db8:1::101 dev vz101
reached "its routes taken away"
ip link set vz101 down
ip link set vz101 up
reached "its own link down and up"
sysctl -qw net.ipv6.conf.up0.disable_ipv6=1
sysctl -qw net.ipv6.conf.up0.disable_ipv6=0
ip addr add 2001:db8:1::1/64 dev up0 nodad
reached "without IPv6 for a moment"

# Forwarding is switched off for all, and for the host's interface on again.
forwards() {
	[[ $(cat /proc/sys/net/ipv4/conf/vz101/forwarding) == 1 ]]
}
sysctl -qw net.ipv4.ip_forward=1
lines=$(wc -l </run/eventd)
sysctl -qw net.ipv4.ip_forward=0
check "what a VE sends is forwarded again" retry 10 forwards
check "of which a line tells" retry 5 said "eventd: what VEs send was not forwarded any more, and is again (links: 1)"
check "and one of what is the admin's" retry 5 said "does not forward what comes by up0: sysctl net.ipv4.conf.up0.forwarding=1"
sysctl -qw net.ipv4.conf.up0.forwarding=1
reached "without ip_forward"

# Another interface becomes the way there, or the first that is.
move_to() {
	ip -4 addr flush dev "$1"
	ip -6 addr flush dev "$1" scope global
	ip link set "$2" up
	ip addr add 192.0.2.1/24 dev "$2"
	ip addr add 2001:db8:1::1/64 dev "$2" nodad
	sysctl -qw "net.ipv4.conf.$2.forwarding=1"
	both=${both//$1/$2}
}
ip link add br0 type bridge
ip link set up0 master br0
move_to up0 br0
reached "behind a bridge"
eq "which is written down" "$(cat /run/vzlite/101.network)" $'192.0.2.101 br0\n2001:db8:1::101 br0'
ip link set up0 nomaster
move_to br0 up0
reached "and no more"
ip link del br0
status 0 "stop" vzlite stop 101 --fast
ip -4 addr flush dev up0
ip -6 addr flush dev up0 scope global
says "who starts before the host has a way there is told" \
	"start 101: the host has no route to 192.0.2.101: it answers for it nowhere" vzlite start 101
addresses
reached "when the host has one"

# The firewall
lines=$(wc -l </run/eventd)
nft flush ruleset
check "the filter is there again" retry 10 filtered
check "of which a line tells" retry 5 said "eventd: the filter of all VEs was gone, and is there again\$"
lines=$(wc -l </run/eventd)
status 0 "an address behind the host's" vzlite set 101 --ipadd 10.1.1.101 --nat yes
ip route add default via 192.0.2.2 proto 186
check "is answered for where a default route leads, whoever made that" retry 10 grep -qx '10.1.1.101 up0' /run/vzlite/101.network
ip route del default
nft flush ruleset
check "the filter is there again" retry 10 filtered
check "of which a line tells" retry 5 said "eventd: the filter of all VEs was gone, and is there again; their connections are counted anew\$"
eq "with its addresses" "$(nft list table inet vzlite | grep -o '"vz101" \. ' | wc -l)" 3
check "and that of NAT" nft list chain inet vzlite_nat hide
printf 'flush ruleset\ntable inet filter { chain input { type filter hook input priority 0; }; }\n' >/run/nftables.conf
nft -f /run/nftables.conf
check "beside the host's" retry 10 filtered
check "which stays" nft list table inet filter

# While vzlite is being replaced its helper is not there, or of another version.
helper=$(dirname "$(dirname "$(command -v vzlite)")")/lib/vzlite/vzlite-network
lines=$(wc -l </run/eventd)
mv "$helper" "$helper.away"
nft flush ruleset
check "without the helper there is no filter" retry 10 said "run $helper: No such file"
mv "$helper.away" "$helper"
check "which is made when it is there again" retry 15 filtered
check "with that of NAT" nft list chain inet vzlite_nat hide
# What others leave in its place
whole() {
	nft list chain inet vzlite sources 2>/dev/null | grep -q 'counter packets .* drop' &&
		[[ $(nft list table inet vzlite | grep -o '"vz101" \. [0-9a-f.:]*' | sort) == "$elements" ]] &&
		nft list chain inet vzlite_nat hide 2>/dev/null | grep -q @hidden4
}
elements=$(nft list table inet vzlite | grep -o '"vz101" \. [0-9a-f.:]*' | sort)
check "it is whole" retry 10 whole
sleep 0.5
nft flush table inet vzlite
check "its rules are there again" retry 10 whole
check "of which a line tells" retry 5 grep -q "eventd: the filter of all VEs was changed by others, and is as it was" /run/eventd
nft delete element inet vzlite sources4 '{ "vz101" . 192.0.2.101 }'
check "an address, too" retry 10 whole
nft delete table inet vzlite_nat
check "and the table of NAT alone" retry 10 whole
{ echo "flush ruleset"; nft list ruleset | sed 's/192.0.2.101/192.0.2.99/'; } >/run/nftables.conf
nft -f /run/nftables.conf
check "what was saved once does not replace it" retry 10 whole
check "then it is quiet" retry 20 quiet
lines=$(wc -l </run/eventd)
sleep 1.5
eq "that is all" "$(tail -n "+$((lines + 1))" /run/eventd)" ""

# Without IPv6 those of IPv4 behind are helped, too.
has_last() {
	ip route show dev vz101 | grep -q 10.1.1.101
}
sysctl -qw net.ipv6.conf.all.disable_ipv6=1
ip route del 10.1.1.101 dev vz101
check "without IPv6 an address behind one of IPv6 has its route again" retry 10 has_last
sleep 7
eq "that is said once" "$(tail -n "+$((lines + 1))" /run/eventd | grep -cx 'vzlite: eventd 101: the route of 10.1.1.101 was gone, and is there again')" 1
eq "and none is tried for ever" "$(tail -n "+$((lines + 1))" /run/eventd | grep -e denied -e fd00 -e 2001)" ""
sysctl -qw net.ipv6.conf.all.disable_ipv6=0
addresses
outside ip -6 neigh flush dev out0
check "with IPv6 again it is reached by that" retry 10 answers -6 2001:db8:1::101 outside

# The bridge that a VE is on is made anew, as by ifdown and ifup
new_bridge() {
	ip link del br1 2>/dev/null
	ip link add br1 type bridge
	ip link set port1 master br1 up
	ip addr add 203.0.113.1/24 dev br1
	ip link set br1 up
}
port() {
	echo "$(readlink "/sys/class/net/$1/master" | sed 's,.*/,,') $(cat "/sys/class/net/$1/mtu")"
}
is_port() {
	[[ $(port veth102.0) == "br1 1400" ]]
}
walls() {
	{ tc qdisc show dev veth102.0; tc filter show dev veth102.0 ingress; } | grep -v '^[[:space:]]*index'
}
told_times() {
	[[ $(grep -cx 'vzlite: eventd 102: veth102.0 was off the bridge br1, and is on it again' /run/eventd) -eq $1 ]]
}
# back WHAT TIMES: VE 102 is on the bridge and reached, and a line told it each of so many times.
back() {
	check "$1: the VE's port is on it" retry 10 is_port
	check "$1: the VE is reached" retry 10 answers 203.0.113.102
	check "$1: of which a line tells" retry 5 told_times "$2"
}
ip link add port1 address 02:00:00:00:00:01 mtu 1400 type dummy
new_bridge
status 0 "create, on a bridge" vzlite create 102 --ostemplate busybox --rate 5M --netif_add eth0,,,,br1
status 0 "start" vzlite start 102
in_102 sh -c 'ip link set eth0 up; ip addr add 203.0.113.102/24 dev eth0'
back "a bridge" 0
wall=$(walls)
check "within bounds" grep -q bpf <<<"$wall"
new_bridge
back "a bridge made anew" 1
eq "within the same bounds" "$(walls)" "$wall"
ip link set br1 down
ip link set br1 up
ip link add br2 type bridge
ip link set br2 up
sleep 3
back "down and up, beside another" 1
ip link set veth102.0 nomaster down
new_bridge
sleep 3
eq "what the admin has down stays so" "$(port veth102.0)" " 1400"
ip link set veth102.0 master br2 up
new_bridge
sleep 3
eq "and what he has on another" "$(port veth102.0 | cut -d' ' -f1)" br2
ip link set veth102.0 nomaster
back "taken off while the bridge stays" 2
eq "within the same bounds" "$(walls)" "$wall"
check "which is told once" retry 20 quiet
back "and not again" 2
ip link del br1
lines=$(wc -l </run/eventd)
sleep 3
new_bridge
back "gone for a while" 3
eq "and told of no more" "$(tail -n "+$((lines + 1))" /run/eventd | grep -c .)" 1

# It reboots while vzlite is being replaced by another version
check "its init hears" retry 20 init_hears 101 12
lines=$(wc -l </run/eventd)
mv "$helper" "$helper.away"
printf '#!/bin/sh\necho "vzlite: vzlite-network: run by vzlite, not by hand" >&2\nexit 20\n' >"$helper"
chmod 755 "$helper"
vzlite exec 101 reboot
check "one that cannot start again by another helper is left to another daemon" \
	retry 20 said "VE 101 has ended, and a part of vzlite is of another version: left to the next vzlite-eventd"
check "as it is to" test -e /run/vzlite/101.reboot
mv "$helper.away" "$helper"
kill $daemon
wait $daemon
eventd
check "who starts it" retry 20 is_up 101
check "nothing is left to be done" retry 10 not test -e /run/vzlite/101.reboot
reached "then"

# Nobody's, and what happened while nobody looked
lines=$(wc -l </run/eventd)
status 0 "stop" vzlite stop 101 --fast
sleep 2
eq "of none it is not made" "$(nft list tables | grep -x 'table inet vzlite')" ""
eq "nor told of" "$(tail -n "+$((lines + 1))" /run/eventd)" ""
status 0 "start" vzlite start 101
kill $daemon
wait $daemon
no_forwarding() {
	sysctl -qw net.ipv4.ip_forward=1
	sysctl -qw net.ipv4.ip_forward=0
	sysctl -qw net.ipv4.conf.up0.forwarding=1
	not forwards
}
check "forwarding is switched off while nobody looks" no_forwarding
status 0 "an address is given again" vzlite set 101 --ipadd 192.0.2.101
check "with which what the VE sends is forwarded" forwards
check "forwarding is switched off once more" no_forwarding
nft flush ruleset
ip link set up0 down
ip link set up0 up
addresses
new_bridge
eq "without the daemon all is away" "$(proxies)$(nft list ruleset)$(port veth102.0)" " 1400"
eventd
reached "when it is back"
check "with the filter" retry 10 filtered
back "when it is back" 4
check "then it is quiet" retry 20 quiet
lines=$(wc -l </run/eventd)
status 0 "what is taken away is on no bridge" vzlite set 102 --netif_del eth0
for ve in 101 102; do
	status 0 "stop" vzlite stop $ve --fast
	nothing_left $ve
done
check "and nobody looks for it" retry 20 quiet
eq "nor is anything told" "$(tail -n "+$((lines + 1))" /run/eventd)" ""
kill $daemon
wait $daemon
unloads
finish
