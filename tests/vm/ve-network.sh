#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: a VE reaches and is reached by its own addresses, and nothing of it leaves by any other
# on: bookworm
# also: newest
# smp: 1
# waits: yes
# timeout: 840
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/ve.sh"
. "$(dirname "$0")/kill.sh"
. "$(dirname "$0")/outside.sh"
here=$(cd "$(dirname "$0")" && pwd)
helper=/usr/lib/vzlite/vzlite-network
# from SOURCE ADDRESS: does it answer VE 101 when that asks with SOURCE?
from() {
	in_101 ping -I "$1" -c 1 -W 3 "$2" >/dev/null 2>&1
}
# What a VE's network leaves on the host.
network_of() {
	ip -o link show "vz$1" 2>/dev/null
	ip route show table all dev "vz$1" 2>/dev/null
	ip -6 route show table all dev "vz$1" 2>/dev/null
	ip neigh show proxy
	ip -6 neigh show proxy
	nft list table inet vzlite 2>/dev/null | grep "\"vz$1\""
	ls "/run/vzlite/$1.network" 2>/dev/null
}

make_outside
check "the module loads" modprobe vzlite

# What is stored
status 0 "create with addresses" vzlite create 101 --ostemplate busybox --hostname ve101 \
	--ipadd 192.0.2.101/24 --ipadd 2001:DB8:1:0::101 --nameserver 192.0.2.53 --nameserver 2001:db8::53 \
	--searchdomain example.org
eq "OpenVZ's keys" "$(grep -E '^(IP_|NAMES|SEARCH)' /etc/vzlite/conf/101.conf)" \
	'IP_ADDRESS="192.0.2.101/24 2001:db8:1::101"
NAMESERVER="192.0.2.53 2001:db8::53"
SEARCHDOMAIN="example.org"'
eq "list" "$(vzlite list -a -H -o ctid,ip | tr -s ' ')" " 101 192.0.2.101/24 2001:db8:1::101"
status 78 "another VE's address" vzlite create 102 --ostemplate busybox --ipadd 192.0.2.101
status 71 "no address" vzlite create 102 --ostemplate busybox --ipadd 192.0.2.300
status 71 "a loopback address" vzlite create 102 --ostemplate busybox --ipadd 127.0.0.2
status 71 "a link-local one" vzlite create 102 --ostemplate busybox --ipadd fe80::1
status 72 "a bad resolver" vzlite create 102 --ostemplate busybox --nameserver none
status 73 "a bad domain" vzlite create 102 --ostemplate busybox --searchdomain 'a b_c'
status 0 "create" vzlite create 102 --ostemplate busybox --ipadd 192.0.2.102 --ipadd 2001:db8:1::102

# Start, of a host whose router has told it by IPv6 that it is
by_advertisement() {
	ip -6 route show default proto ra | grep -q up0
}
advertised() {
	outside env SPOOF_TO=33:33:00:00:00:01 "$here/spoof" out0 ra fe80::2 ff02::1
	by_advertisement
}
check "a router is advertised" retry 10 advertised
status=0; output=$(vzlite start 101 2>&1) || status=$?
eq "start" $status 0
check "the host keeps its default route" by_advertisement
eq "which tells what only the admin may switch on" "$output" \
	"vzlite: start 101: the host does not forward what comes by up0: sysctl net.ipv4.conf.up0.forwarding=1
vzlite: start 101: the host does not forward what comes by up0: sysctl net.ipv6.conf.up0.accept_ra=2 net.ipv6.conf.all.forwarding=1"
# shellcheck disable=SC2046
sysctl -qw $(sed -n 's/.*: sysctl //p' <<<"$output")
check "and keeps that route so" by_advertisement
ip -6 route del default
status=0; output=$(vzlite start 102 2>&1) || status=$?
eq "then it does not" "$status $output" "0 "
eq "in the VE" "$(in_101 ip -o addr show dev venet0 | awk '{ print $3, $4 }')" "inet 192.0.2.101/32
inet6 2001:db8:1::101/128"
eq "by default it sends to its router" "$({ in_101 ip route; in_101 ip -6 route | grep default; } | trim)" \
	"default via 169.254.1.1 dev venet0 onlink
default via fe80::1 dev venet0 metric 1024 onlink"
eq "resolv.conf" "$(in_101 cat /etc/resolv.conf)" "search example.org
nameserver 192.0.2.53
nameserver 2001:db8::53"
eq "the host's end has no address" "$(ip -o addr show dev vz101)" ""
eq "and the VE's routes only" "$(routes_of 101)" \
	"192.0.2.101 proto static scope link
2001:db8:1::101 proto static metric 1024 pref medium"

# Traffic
check "the VE reaches the host" answers 192.0.2.1 in_101
check "by IPv6" answers -6 2001:db8:1::1 in_101
check "and the outside" answers 192.0.2.2 in_101
check "by IPv6" answers -6 2001:db8:1::2 in_101
check "the outside reaches it" answers 192.0.2.101 outside
check "by IPv6" answers -6 2001:db8:1::101 outside
check "and the host" answers 192.0.2.101
check "VEs reach each other" answers 192.0.2.102 in_101
check "by IPv6" answers -6 2001:db8:1::102 in_101
eq "through the host" "$(in_101 ping -c 1 192.0.2.102 | grep -o 'ttl=[0-9]*')" ttl=63
in_101 sh -c 'echo hello | nc -l -p 80' &
check "TCP comes in" retry 10 sh -c '[ "$(ip netns exec outside nc -w 5 192.0.2.101 80 </dev/null 2>/dev/null ||
	ip netns exec outside busybox nc -w 5 192.0.2.101 80 </dev/null)" = hello ]'
wait $!
outside busybox nc -l -p 80 >/run/tcp </dev/null &
check "and goes out" retry 10 in_101 sh -c 'echo hello | nc -w 5 2001:db8:1::2 80 || echo hello | nc -w 5 192.0.2.2 80'
wait $!
eq "whole" "$(cat /run/tcp)" hello

# What goes through an ifb passes the host's traffic control unseen, and with it --rate.
check "the host has ifb" modprobe ifb numifbs=0
check "and dummy" modprobe dummy numdummies=0
check "the VE makes a link" in_101 sh -c 'ip link add dummy9 type dummy && ip link del dummy9'
says "but no ifb" "not permitted" in_101 ip link add ifb9 type ifb
eq "and has none" "$(in_101 ip -o link show ifb9 2>/dev/null)" ""
check "the host has one when it likes" sh -c 'ip link add ifb9 type ifb && ip link del ifb9'

# What comes by any name of a device is told by what sysctl takes.
ip link add link up0 name up0.7 type vlan id 7
ip addr add 203.0.113.1/24 dev up0.7
ip link set up0.7 up
says "a VLAN" "sysctl net/ipv4/conf/up0.7/forwarding=1" vzlite set 101 --ipadd 203.0.113.9
check "is told so" sysctl -qw net/ipv4/conf/up0.7/forwarding=1
status 0 "without it" vzlite set 101 --ipdel 203.0.113.9
eq "then it is not" "$(vzlite set 101 --ipadd 203.0.113.9 2>&1) $?" " 0"
status 0 "without it" vzlite set 101 --ipdel 203.0.113.9
ip link del up0.7
sysctl -qw net.ipv6.conf.up0.forwarding=0
says "NDP needs it of the interface, too" "what comes by up0: sysctl net.ipv6.conf.up0.forwarding=1" \
	vzlite set 101 --ipadd 2001:db8:1::79
sysctl -qw net.ipv6.conf.up0.forwarding=1
status 0 "without it" vzlite set 101 --ipdel 2001:db8:1::79
eq "which it then has" "$(vzlite set 101 --ipadd 2001:db8:1::79 2>&1) $?" " 0"
status 0 "without it" vzlite set 101 --ipdel 2001:db8:1::79

# ARP and NDP
who_has() {
	outside busybox arping -f -c 2 -w 3 -I out0 "$1" >/dev/null 2>&1
}
check "ARP is answered for its address" who_has 192.0.2.101
check "and for no other" not who_has 192.0.2.103
check "NDP is answered for its address" sh -c "ip -n outside -6 neigh show 2001:db8:1::101 | grep -q lladdr"
check "and for no other" not answers -6 2001:db8:1::103 outside
check "as its neighbour table says" sh -c "! ip -n outside -6 neigh show 2001:db8:1::103 | grep -q lladdr"

# Spoofing. The last one is the VE's own, and arrives: by then all others have, or never do.
for ve in 101 102; do
	vzlite exec $ve -- sh -c "cat >/root/spoof && chmod 755 /root/spoof" <"$here/spoof"
done
outside tcpdump -lnni out0 -A >/run/outside 2>/run/outside.err &
dump=$!
tcpdump -lnni vz102 -A >/run/at102 2>/run/at102.err &
listener=$!
check "the outside listens" retry 10 grep -q 'listening on' /run/outside.err
check "and somebody before VE 102" retry 10 grep -q 'listening on' /run/at102.err
neighbours=$(ip neigh show; ip -6 neigh show)
in_101 sh <<'END'
for source in 192.0.2.102 192.0.2.1 192.0.2.2 192.0.2.103 8.8.8.8 127.0.0.1 0.0.0.0 255.255.255.255 224.0.0.1 169.254.1.1; do
	for kind in udp udp-cast fragment vlan; do
		/root/spoof venet0 $kind $source 192.0.2.2
	done
	/root/spoof venet0 udp $source 192.0.2.102
	/root/spoof venet0 arp $source 192.0.2.1
done
for source in 2001:db8:1::102 2001:db8:1::1 2001:db8:1::2 2001:db8:1::103 2001:db8:9::1 ::1 :: \
	fe80::1 fe80::2 fd00::1 ff02::1 ::ffff:192.0.2.101; do
	for kind in udp udp-cast vlan; do
		/root/spoof venet0 $kind $source 2001:db8:1::2
		/root/spoof venet0 $kind $source 2001:db8:1::102
		/root/spoof venet0 $kind $source ff02::1
	done
	/root/spoof venet0 na $source 2001:db8:1::1
done
END
# As an address of the VE's own making, through the VE's own stack.
in_101 ip addr add 192.0.2.103/32 dev venet0
in_101 ip addr add 2001:db8:1::103/128 dev venet0
in_101 ip link add dummy0 type dummy 2>/dev/null
check "it may choose its source" from 192.0.2.101 192.0.2.2
check "an address of its own making does not help" not from 192.0.2.103 192.0.2.2
eq "nor is it reached by it" "$(answers 192.0.2.103 outside && echo yes)" ""
in_101 ping -6 -c 1 -W 2 -I 2001:db8:1::103 2001:db8:1::2 >/dev/null 2>&1
in_101 /root/spoof venet0 udp 192.0.2.101 192.0.2.2
in_101 /root/spoof venet0 udp 192.0.2.101 192.0.2.102
in_101 /root/spoof venet0 udp 2001:db8:1::101 2001:db8:1::2
check "what is its own arrives" retry 10 grep -q 'spoofed udp 192.0.2.101' /run/outside
check "by IPv6" retry 10 grep -q 'spoofed udp 2001:db8:1::101' /run/outside
eq "nothing else does" "$(grep -a spoofed /run/outside | grep -av -e 'udp 192.0.2.101' -e 'udp 2001:db8:1::101')" ""
eq "nor by an address of its own making" "$(grep -a 'IP6* [0-9a-f.:]*103[ .]' /run/outside)" ""
check "its own arrives at another VE" retry 10 grep -q 'spoofed udp 192.0.2.101' /run/at102
eq "and nothing else" "$(grep -a spoofed /run/at102 | grep -av -e 'udp 192.0.2.101' -e 'udp 2001:db8:1::101')" ""
dropped=$(nft list chain inet vzlite sources | sed -n 's/.*counter packets \([0-9]*\) .*/\1/p')
check "the filter has counted $dropped dropped" test "$dropped" -gt 60
eq "the host's neighbours are as before" "$(ip neigh show | grep vz1; ip -6 neigh show | grep vz1 | grep -v 2001:db8:1::10)" \
	"$(grep vz1 <<<"$neighbours" | grep -v 2001:db8:1::10)"
# What the filter is worth: without it one of them would have arrived.
nft flush ruleset
in_101 /root/spoof venet0 udp 2001:db8:9::2 2001:db8:1::2
check "without the filter one does" retry 10 grep -q 'spoofed udp 2001:db8:9::2' /run/outside
in_101 /root/spoof venet0 udp 8.8.8.9 192.0.2.2
status 0 "any VE's address puts it back" vzlite set 102 --ipadd 192.0.2.102
check "whole" sh -c 'nft list set inet vzlite sources4 | grep -q "\"vz101\" . 192.0.2.101"'
in_101 /root/spoof venet0 udp 2001:db8:9::3 2001:db8:1::2
in_101 /root/spoof venet0 udp 2001:db8:1::101 2001:db8:1::2 again
check "what is its own arrives again" retry 10 grep -q 'spoofed udp 2001:db8:1::101 again' /run/outside
eq "and nothing else, nor IPv4 before" "$(grep -a -e 'spoofed udp 8.8.8.9' -e 'spoofed udp 2001:db8:9::3' /run/outside)" ""
# What the host has on its loopback is its own, whatever it says of all interfaces.
arrived() {
	awk '/^Udp: [0-9]/ { print $3 }' /proc/net/snmp
}
sysctl -qw net.ipv4.conf.all.route_localnet=1
before=$(arrived)
in_101 /root/spoof venet0 udp 192.0.2.101 127.0.0.1
in_101 /root/spoof venet0 udp 192.0.2.101 192.0.2.1
check "what is for the host arrives" retry 10 sh -c "! awk '/^Udp: [0-9]/ { print \$3 }' /proc/net/snmp | grep -qx $before"
eq "but not at its loopback" $(($(arrived) - before)) 1
sysctl -qw net.ipv4.conf.all.route_localnet=0
kill $dump $listener 2>/dev/null
wait $dump $listener 2>/dev/null
check "VE 102 is reached by who it is" answers 192.0.2.102 outside

# Announced: who knew an address at another machine, from which the VE has just come
known_at() {
	outside ip neigh show "$1" | sed -n 's/.*lladdr \([0-9a-f:]*\) .*/\1/p'
}
host_mac=$(cat /sys/class/net/up0/address)
known_here() {
	[[ $(known_at "$1") == "$host_mac" ]]
}
outside tcpdump -lnei out0 \
	'(arp[6:2] = 1 and arp[14:4] = arp[24:4]) or (icmp6 and ip6[40] = 136 and dst ff02::1)' >/run/announced 2>/run/announced.err &
dump=$!
check "the outside listens" retry 10 grep -q 'listening on' /run/announced.err
for a in 192.0.2.77 2001:db8:1::77 192.0.2.102 2001:db8:1::102; do
	outside ip neigh replace $a lladdr 02:00:00:00:00:99 dev out0 nud reachable
done
status 0 "addresses for now" vzlite set 101 --ipadd 192.0.2.77 --ipadd 2001:db8:1::77
for a in 192.0.2.77 2001:db8:1::77; do
	check "the outside has learnt where $a is" retry 5 known_here $a
done
eq "of others it has not heard" "$(known_at 192.0.2.102)" 02:00:00:00:00:99
status 0 "restart" vzlite restart 102
for a in 192.0.2.102 2001:db8:1::102; do
	check "the outside has learnt where $a is" retry 5 known_here $a
done
status 0 "away with them" vzlite set 101 --ipdel 192.0.2.77 --ipdel 2001:db8:1::77
kill $dump
wait $dump 2>/dev/null
eq "each was told of once" "$(grep -c "> ff:ff:ff:ff:ff:ff.* ARP" /run/announced) $(grep -c "> 33:33:00:00:00:01.*IPv6" /run/announced)" "2 2"

# Live
status 78 "an address of another VE that runs" vzlite set 102 --ipadd 192.0.2.101
status 78 "of the host" vzlite set 102 --ipadd 192.0.2.1
status 71 "an address that it does not have" vzlite set 101 --ipdel 192.0.2.9
status 0 "an address for now" vzlite set 101 --ipadd 198.51.100.7
check "it is reached by it" answers 198.51.100.7 outside
eq "it is not saved" "$(grep -c 198.51 /etc/vzlite/conf/101.conf)" 0
status 78 "but it is its own" vzlite set 102 --ipadd 198.51.100.7 --save
status 0 "away with one" vzlite set 101 --ipdel 192.0.2.101
check "nobody reaches it any more" not answers 192.0.2.101 outside
check "nor from the host" not answers 192.0.2.101
check "the others stay" answers 198.51.100.7 outside
check "by IPv6, too" answers -6 2001:db8:1::101 outside
eq "which are what the host has" "$(routes_of 101)" \
	"198.51.100.7 proto static scope link
2001:db8:1::101 proto static metric 1024 pref medium"
in_101 ip addr add 192.0.2.101/32 dev venet0
check "the VE cannot take it back" not from 192.0.2.101 192.0.2.2
in_101 ip addr del 192.0.2.101/32 dev venet0
status 0 "back again, and another one saved" vzlite set 101 --ipadd 192.0.2.101 --ipadd 198.51.100.8 --save
check "it is reached" answers 192.0.2.101 outside
eq "the file has what was to be saved" "$(grep ^IP_ /etc/vzlite/conf/101.conf)" \
	'IP_ADDRESS="192.0.2.101/24 2001:db8:1::101 198.51.100.8"'
status 0 "other resolvers" vzlite set 101 --nameserver 192.0.2.54 --searchdomain "" --save
eq "at once" "$(in_101 cat /etc/resolv.conf)" "nameserver 192.0.2.54"
mv /etc/resolv.conf /run/resolv.conf 2>/dev/null
printf 'search example.net\nnameserver 192.0.2.55\n' >/etc/resolv.conf
status 0 "the host's" vzlite set 101 --nameserver inherit --searchdomain inherit --save
eq "at once, too" "$(in_101 cat /etc/resolv.conf)" "search example.net
nameserver 192.0.2.55"
echo "nameserver 127.0.0.53" >/etc/resolv.conf
says "of which a VE can ask none" "set 101: NAMESERVER=\"inherit\": the host has no resolver for a VE" \
	vzlite set 101 --searchdomain "" --save
eq "changes nothing" "$(in_101 cat /etc/resolv.conf)" "search example.net
nameserver 192.0.2.55"
rm /etc/resolv.conf
mv /run/resolv.conf /etc/resolv.conf 2>/dev/null
status 0 "and as before" vzlite set 101 --nameserver 192.0.2.54 --searchdomain "" --save
eq "as the VE's own file" "$(in_101 stat -c '%u %g %a' /etc/resolv.conf)" "0 0 644"
# Who says so finds nobody to read it, and takes back what was done before all the same.
in_101 sh -c 'rm /etc/resolv.conf; mkdir /etc/resolv.conf'
before=$(cat /sys/fs/cgroup/vzlite/101/memory.max)
{ vzlite set 101 --ram 600M --nameserver 192.0.2.54 --save; echo $? >/run/status; } 2> >(exec true)
eq "a set whose lines nobody reads is refused" "$(cat /run/status)" 3
eq "and leaves nothing" "$(cat /sys/fs/cgroup/vzlite/101/memory.max)" "$before"
in_101 rmdir /etc/resolv.conf
in_101 sh -c 'ln -s /proc/1/root/etc/passwd /etc/resolv.conf'
before=$(sha256sum /etc/passwd; in_101 sha256sum /etc/passwd)
check "a link is not followed" not vzlite set 101 --nameserver 192.0.2.55 --save
eq "nowhere" "$(sha256sum /etc/passwd; in_101 sha256sum /etc/passwd)" "$before"
eq "and all is as before" "$(grep ^NAMES /etc/vzlite/conf/101.conf)" 'NAMESERVER="192.0.2.54"'
in_101 ln -sf ../run/systemd/resolve/stub-resolv.conf /etc/resolv.conf
status 0 "restart" vzlite restart 101
eq "systemd-resolved, whose link this is, is told" "$(in_101 grep -v '^#' /run/systemd/resolved.conf.d/50-vzlite.conf)" \
	"[Resolve]
DNS=
DNS=192.0.2.54"
eq "in a file of the VE's own" "$(in_101 stat -c '%u %g %a' /run/systemd/resolved.conf.d/50-vzlite.conf)" "0 0 644"
eq "the link stays" "$(in_101 readlink /etc/resolv.conf)" ../run/systemd/resolve/stub-resolv.conf
in_101 ln -sf ../run/resolvconf/resolv.conf /etc/resolv.conf
says "resolvconf that is not there cannot be" "could not tell the VE of its resolvers: /etc/resolv.conf is a link to ../run/resolvconf/resolv.conf" \
	vzlite restart 101
in_101 mkdir -p /etc/resolvconf/resolv.conf.d
status 0 "restart" vzlite restart 101
eq "resolvconf, whose link this is, is told" "$(in_101 cat /etc/resolvconf/resolv.conf.d/base)" "nameserver 192.0.2.54"
in_101 rm /etc/resolv.conf
status 0 "restart" vzlite restart 101
check "else nothing is said to it" not in_101 test -e /run/systemd/resolved.conf.d
eq "all users of a VE may ping" "$(in_101 cat /proc/sys/net/ipv4/ping_group_range | xargs)" "0 65535"
check "it has what is saved" answers 198.51.100.8 outside
check "and not what is not" not answers 198.51.100.7 outside

# What a VE's root does to its end is its own affair
in_101 ip link del venet0
check "without its end it is not reached" not answers 192.0.2.101 outside
status 0 "another VE's command meanwhile" vzlite create 109 --ostemplate busybox --ipadd 198.51.100.109
status 0 "start" vzlite start 109
status 0 "set makes it anew" vzlite set 101 --ipadd 192.0.2.77
check "and it is reached" answers 192.0.2.101 outside
check "by the new one, too" answers 192.0.2.77 outside
status 0 "which goes" vzlite set 101 --ipdel 192.0.2.77
status 0 "stop the other" vzlite stop 109 --fast
status 0 "destroy it" vzlite destroy 109
status 0 "one of IPv6" vzlite set 101 --ipadd 2001:db8::77
in_101 sysctl -qw net.ipv6.conf.all.disable_ipv6=1
says "who has switched IPv6 off is without it" "the VE is without 2001:db8::77: it has switched IPv6 off" vzlite set 101 --ipadd 192.0.2.78
check "but has the new one" answers 192.0.2.78 outside
check "what is new he cannot be given" not vzlite set 101 --ipadd 2001:db8::78 2>/dev/null
in_101 sysctl -qw net.ipv6.conf.all.disable_ipv6=0
status 0 "none of these" vzlite set 101 --ipdel 2001:db8::77 --ipdel 192.0.2.78

# Counters
five_packets outside ping -s 1000 192.0.2.101
check "5 packets in and out are counted: $in $out" test $in -ge 5 -a $in -lt 12 -a $out -ge 5 -a $out -lt 12
check "and bytes" test "$(count in_bytes)" -gt 5200 -a "$(count out_bytes)" -gt 5200
eq "in the table, too" "$(vzlite stats 101 | awk '/ network / { print $1, $2, $4, $6 }')" "network in bytes packets
network out bytes packets"

# From somewhere else, where there are no links of VEs
check "a command from another network namespace" outside vzlite set 101 --rate 10M
check "does what it says" sh -c "tc qdisc show dev vz101 | grep -q rate"
check "stats counts what the host's links do" test "$(outside vzlite stats --json 101 |
	sed -n 's/.*"in_bytes": *\([0-9]*\).*/\1/p')" -gt 5200
check "and forgets no VE" test -e /run/vzlite/102.network
check "which is reached" answers 192.0.2.102 outside
check "without a rate again" vzlite set 101 --rate 0

# Nobody in the VE answers in the kernel's place. The delays give him time for it.
vzlite exec 101 -- sh -c 'cat >/impostor && chmod 755 /impostor' <"$here/impostor"
vzlite exec 101 -- /impostor 40 >/run/met &
impostor=$!
watched() { # OPTION
	timeout 60 strace -f -o /dev/null -e trace=sendmsg -e inject=sendmsg:delay_enter=300000 \
		vzlite set 101 "$1" 192.0.2.178
}
check "an address is given while somebody answers for the kernel" watched --ipadd
check "and taken away" watched --ipdel
eq "nothing leads there" "$(ip route show dev vz101 192.0.2.178; ip neigh show proxy | grep 178)" ""
wait $impostor
eq "he has met who asks, and was not heard" "$(sed 's/^[1-9][0-9]*/some/' /run/met)" "some met, 0 taken"

# What is taken away goes, whatever the VE's root has made of its end.
in_101 sh -c 'ip link set venet0 down; ip link set venet0 name mine'
check "an address is taken away" vzlite set 101 --ipdel 192.0.2.101
check "it is not reached" not answers 192.0.2.101 outside
eq "nothing leads there" "$(ip route show dev vz101 192.0.2.101)" ""
check "none is given" not vzlite set 101 --ipadd 192.0.2.177
eq "nor is a trace of it left" "$(ip route show dev vz101 192.0.2.177; ip neigh show proxy | grep 177)" ""

# Its end
status 0 "stop" vzlite stop 101
eq "nothing of its network is left" "$(network_of 101 | grep -v -e '192.0.2.102 dev up0' -e '2001:db8:1::102 dev up0')" ""
check "the other VE's is" answers 192.0.2.102 outside
status 0 "start" vzlite start 101
init=$(cut -d' ' -f1 /run/vzlite/101.state)
kill -9 "$init"
check "a VE that is killed is down" retry 10 sh -c 'vzlite status 101 | grep -q down'
check "its link goes with it" retry 10 sh -c '! ip link show vz101 2>/dev/null'
status 0 "another VE's command" vzlite set 102 --ipadd 192.0.2.102
eq "removes the rest" "$(network_of 101 | grep -v -e '192.0.2.102 dev up0' -e '2001:db8:1::102 dev up0')" ""
status 0 "it starts again" vzlite start 101
kill -9 "$(cut -d' ' -f1 /run/vzlite/101.state)"
retry 10 sh -c 'vzlite status 101 | grep -q down'
status 0 "at once, too" vzlite start 101
check "and is reached" answers 192.0.2.101 outside
status 0 "stop of one" vzlite stop 101
status 0 "and of the other" vzlite stop 102
eq "nothing is left" "$(network_of 101; network_of 102; nft list tables | grep vzlite)" ""

# Nobody who is stopped, or whose lines nobody reads, has others wait. What ^Z stops is not orphaned:
# so it is a job of ours.
has_network() {
	# shellcheck disable=SC2046
	find /nowhere $(pgrep -x vzlite-network | sed 's|.*|/proc/&/fd|') -lname /run/vzlite/network.lock 2>/dev/null | grep -q .
}
in_pipe() {
	pgrep -x vzlite-network | sed 's|.*|/proc/&/wchan|' | xargs -r grep -qs pipe_write
}
sysctl -qw net.ipv4.conf.up0.forwarding=1
status 0 "start" vzlite start 101
status 0 "start" vzlite start 102
set -m
strace -f -o /dev/null -e trace=sendmsg -e inject=sendmsg:delay_enter=4000000:when=1 \
	vzlite set 101 --ipadd 198.51.100.21 &
slow=$!
set +m
check "a helper is at work" retry 40 has_network
pkill -TSTP -x 'vzlite(-network)?'
status 0 "^Z there, and another VE gets an address" timeout 60 vzlite set 102 --ipadd 198.51.100.22
pkill -CONT -x 'vzlite(-network)?'
status=0; wait $slow || status=$?
eq "what it was pressed for is done" $status 0
status 0 "without them" vzlite set 101 --ipdel 198.51.100.21
status 0 "without them" vzlite set 102 --ipdel 198.51.100.22
status 0 "stop" vzlite stop 101
mkfifo /run/unread
exec 8<>/run/unread
timeout 2 cat /dev/zero >&8
sysctl -qw net.ipv4.conf.up0.forwarding=0
vzlite start 101 2>&8 &
slow=$!
check "a helper has something to say" retry 40 pgrep -x vzlite-network
check "and waits for who reads it" retry 40 in_pipe
status 0 "which another VE does not wait for" timeout 60 vzlite set 102 --ipadd 198.51.100.22
cat <&8 >/run/read &
reader=$!
status=0; wait $slow || status=$?
eq "it goes on when all is read" $status 0
check "and has said it" retry 10 grep -aq 'start 101: the host does not forward' /run/read
kill $reader
exec 8>&-
sysctl -qw net.ipv4.conf.up0.forwarding=1
status 0 "stop" vzlite stop 101
status 0 "stop" vzlite stop 102

# Killed at some moments
reached_101() {
	answers 192.0.2.101 outside
}
killed_starts 101 12 reached_101 network_of

# Without addresses
mv $helper $helper.away
status 0 "a VE without addresses" vzlite create 103 --ostemplate busybox
status 0 "starts without the helper" vzlite start 103
eq "and has loopback only" "$(vzlite exec 103 -- ls /sys/class/net)" lo
status 0 "and stops" vzlite stop 103
check "one with addresses says what is missing" sh -c "vzlite start 101 2>&1 | grep -q $helper"
nothing_left 101
mv $helper.away $helper
for id in 101 102 103; do
	status 0 "destroy" vzlite destroy $id
done
eq "nothing is left in /run" "$(find /run/vzlite -mindepth 1 -name '*[0-9]*')" ""
unloads
finish
