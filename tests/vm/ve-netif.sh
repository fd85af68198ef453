#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: a VE has interfaces on the host's bridge, and sends by its own MAC address only
# on: newest
# also: bookworm
# smp: 1
# waits: yes
# timeout: 580
#
#   host: br0 198.51.100.1 -- port0 (dummy), veth101.0 ===== eth0 -- VE 101 198.51.100.101
#                                            lan102    ===== lan0 -- VE 102 198.51.100.102
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/ve.sh"
. "$(dirname "$0")/kill.sh"
here=$(cd "$(dirname "$0")" && pwd)
network=/usr/lib/vzlite/vzlite-network
helper=/usr/lib/vzlite/vzlite-netif
in_101() {
	vzlite exec 101 -- "$@"
}
in_102() {
	vzlite exec 102 -- "$@"
}
# answers ADDRESS [COMMAND...]: to who runs "COMMAND ping".
answers() {
	local address=$1
	shift
	"$@" ping -c 1 -W 3 "$address" >/dev/null 2>&1
}
mac_of() {
	cat "/sys/class/net/$1/address"
}
netif_of() {
	sed -n 's/^NETIF="\(.*\)"/\1/p' "/etc/vzlite/conf/$1.conf"
}
# field CTID NAME: of its first interface
field() {
	netif_of "$1" | sed "s/;.*//; s/^/,/; s/.*,$2=\([^,]*\).*/\1/"
}
up_101() {
	in_101 sh -c 'ip link set eth0 up; ip addr add 198.51.100.101/24 dev eth0'
}
up_102() {
	in_102 sh -c 'ip link set lan0 up; ip addr add 198.51.100.102/24 dev lan0'
}
qdiscs() {
	tc qdisc show dev "$1" | awk '{ print $2 }' | sort | tr '\n' ' '
}
fall() {
	ip link set veth101.0 mtu 1500 nomaster
}
port() {
	echo "$(readlink "/sys/class/net/$1/master" | sed 's,.*/,,') $(cat "/sys/class/net/$1/mtu")"
}
filters() {
	tc filter show dev "$1" ingress | grep -o -e 'pref [0-9]* bpf' -e 'rate [0-9]*Mbit' | sort -u | tr '\n' ' '
}
limits() {
	for link in vz101 veth101.0 veth101.1; do echo "$link $(qdiscs $link)$(filters $link)"; done
}
conf=/proc/sys/net

ip netns add elsewhere
ip link add br0 type bridge
ip link add port0 address 02:00:00:00:00:01 type dummy
ip link set port0 master br0 up
ip link set br0 mtu 1400 up
ip addr add 198.51.100.1/24 dev br0
bridge_mac=$(mac_of br0)
check "the module loads" modprobe vzlite

# What is stored
status 0 "create, on a bridge" vzlite create 101 --ostemplate busybox --netif_add eth0,,,,br0
mac=$(field 101 mac)
eq "in OpenVZ's form, complete" "$(netif_of 101)" \
	"ifname=eth0,bridge=br0,mac=$mac,host_ifname=veth101.0,host_mac=fe:${mac#*:}"
check "the address is no maker's, and no group's: $mac" grep -qE '^.[26ae](:[0-9a-f]{2}){5}$' <<<"$mac"
status 0 "create, with all said" vzlite create 102 --ostemplate busybox \
	--netif_add lan0,02:00:00:00:01:02,lan102,FE:00:00:00:01:02,br0
eq "as it was said" "$(netif_of 102)" \
	"ifname=lan0,bridge=br0,mac=02:00:00:00:01:02,host_ifname=lan102,host_mac=fe:00:00:00:01:02"
create_103() {
	vzlite create 103 --ostemplate busybox "$@"
}
status 130 "another VE's host end" create_103 --netif_add eth0,,lan102
status 130 "another VE's MAC address" create_103 --netif_add eth0,02:00:00:00:01:02
status 130 "no such bridge" create_103 --netif_add eth0,,,,br9
status 130 "an interface that is no bridge" create_103 --netif_add eth0,,,,port0
for name in '' . .. lo venet0 all default 'a b' a/b 'a;b' 'a=b' 'a"b' 'eth%d' abcdefghijklmnop; do
	status 21 "no interface: '$name'" create_103 --netif_add "$name"
done
for given in eth0,02:00:00:00:01 eth0,01:00:00:00:00:01 eth0,00:00:00:00:00:00 eth0,02-00-00-00-00-01 \
	eth0,02:00:00:00:00:0g eth0,,vz103 eth0,,abcdefghijklmnop eth0,,a/b eth0,,,,a/b eth0,,,,br0,x \
	eth0,fe:00:00:00:00:01,,fe:00:00:00:00:01; do
	status 21 "no interface: $given" create_103 --netif_add "$given"
done
status 21 "twice" create_103 --netif_add eth0 --netif_add eth0
status 21 "one host end twice" create_103 --netif_add eth0,,x --netif_add eth1,,x
status 21 "a filter of nothing" create_103 --mac_filter on
status 0 "the longest names and numbers" vzlite create 2147483647 --ostemplate busybox \
	--netif_add abcdefghijklmno,,,,br0 --ifname abcdefghijklmno --mac_filter off
eq "as the kernel takes them" "$(field 2147483647 host_ifname) $(field 2147483647 mac_filter)" "ve2147483647.0 off"
status 0 "start" vzlite start 2147483647
eq "so" "$(vzlite exec 2147483647 -- ls /sys/class/net | tr '\n' ' '; filters ve2147483647.0)" "abcdefghijklmno lo pref 1 bpf "
status 0 "stop" vzlite stop 2147483647
nothing_left 2147483647
vzlite destroy 2147483647

# Start, without what nftables needs
mv $network $network.away
status 0 "start of one" vzlite start 101
status 0 "and of the other" vzlite start 102
mv $network.away $network
eq "in the VE" "$(in_101 ls /sys/class/net | tr '\n' ' '; in_101 cat /sys/class/net/eth0/address)" "eth0 lo $mac"
eq "as wide as the bridge" "$(in_101 cat /sys/class/net/eth0/mtu) $(cat /sys/class/net/br0/mtu)" "1400 1400"
eq "on the bridge" "$(ls /sys/class/net/br0/brif | tr '\n' ' ')" "lan102 port0 veth101.0 "
eq "which keeps its address" "$(mac_of br0)" "$bridge_mac"
eq "the host's end has none of its own" "$(ip -o addr show dev veth101.0)" ""
up_101
up_102
check "it reaches the host" retry 10 answers 198.51.100.1 in_101
check "and the other VE" answers 198.51.100.102 in_101
check "and is reached" answers 198.51.100.101
eq "without a router between" "$(in_101 ping -c 1 198.51.100.102 | grep -o 'ttl=[0-9]*')" ttl=64
five_packets ping 198.51.100.101
check "5 packets in and out are counted: $in $out" test $in -ge 5 -a $in -lt 15 -a $out -ge 5 -a $out -lt 15

# The wall. Frames for all, as they come to the other VE's end.
for ve in 101 102; do
	vzlite exec $ve -- sh -c "cat >/root/spoof && chmod 755 /root/spoof" <"$here/spoof"
done
spoof() {
	in_101 sh -c "SPOOF_FROM=$1 SPOOF_TO=$2 /root/spoof eth0 $3 198.51.100.101 198.51.100.102 '$4'"
}
heard() {
	grep -q "spoofed.*$1" /run/heard
}
tcpdump -lnAi lan102 >/run/heard 2>/run/heard.err &
dump=$!
check "somebody listens" retry 10 grep -q 'listening on' /run/heard.err
cast=ff:ff:ff:ff:ff:ff
wrong=()
for i in 1 2 3 4 5 6; do
	wrong+=("$(awk -F: -v i=$i -v OFS=: '{ $i = $i == "02" ? "06" : "02"; print }' <<<"$mac")")
done
attack() {
	for from in 02:00:00:00:01:02 "$bridge_mac" "fe:${mac#*:}" 02:00:00:00:00:99 $cast 00:00:00:00:00:00 "${wrong[@]}"; do
		spoof "$from" $cast udp "mac $1"
		spoof "$from" 02:00:00:00:01:02 udp "mac $1"
		spoof "$from" $cast vlan "mac $1"
		spoof "$from" $cast arp "mac $1"
	done
	for i in 0 3 e f; do
		spoof "$mac" 01:80:c2:00:00:0$i udp "reserved $1"
	done
	in_101 sh -c "ip link set eth0 down; ip link set eth0 address 02:00:00:00:00:77; ip link set eth0 up"
	if answers 198.51.100.1 in_101; then echo "reached with another address $1"; fi
	in_101 sh -c "ip link set eth0 down; ip link set eth0 address $mac; ip link set eth0 up"
	spoof "$mac" $cast udp "own $1"
	spoof "$mac" $cast vlan "own tagged $1"
	spoof "$mac" 01:80:c2:00:00:10 udp "group $1"
	# A frame that is told apart: by then all others have come.
	retry 10 heard "group $1" || echo "not heard: $1"
}
eq "what is the VE's own passes" "$(attack first)" ""
check "tagged, too" heard "own tagged first"
eq "by another address nothing does, nor to the bridge itself" "$(grep -a spoofed /run/heard | grep -a -e mac -e reserved)" ""
eq "nor has the bridge learnt any" "$(bridge fdb show br br0 dev veth101.0 | grep -v permanent | awk '{ print $1 }')" "$mac"
dropped=$(tc -s filter show dev veth101.0 ingress | sed -n 's/.*(dropped \([0-9]*\),.*/\1/p' | head -n 1)
check "the filter has counted $dropped dropped" test "$dropped" -ge 52
nft flush ruleset
eq "nobody's nft flush opens it" "$(attack second; grep -a spoofed /run/heard | grep -a -e mac -e reserved)" ""
status 0 "a VE that is trusted" vzlite set 101 --ifname eth0 --mac_filter off
check "sends from any" spoof 02:00:00:00:00:99 "$cast" udp "mac third"
check "which comes" retry 10 heard "mac third"
spoof "$mac" 01:80:c2:00:00:00 udp "reserved third"
spoof "$mac" 01:80:c2:00:00:10 udp "group third"
check "and to any" retry 10 heard "group third"
eq "but to the bridge itself" "$(grep -a -c 'reserved third' /run/heard)" 0
eq "this is not saved" "$(netif_of 101 | grep -c mac_filter)" 0
status 0 "and back" vzlite set 101 --ifname eth0 --mac_filter on
eq "so" "$(attack fourth; grep -a spoofed /run/heard | grep -a -e 'mac fourth' -e 'reserved fourth')" ""
kill $dump
wait $dump 2>/dev/null
check "its addresses inside were not touched" answers 198.51.100.101

# Rate, of each link
status 0 "2 Mbit/s, as OpenVZ has it" vzlite set 101 --rate "$(printf 'a%.0s' {1..60}):1:2M"
eq "both ways, behind the wall" "$(qdiscs veth101.0)$(filters veth101.0)" "ingress tbf pref 1 bpf rate 2Mbit "
# What is on no bridge, on a host that routes all it gets
echo 1 >$conf/ipv4/conf/default/forwarding
status 0 "one more, for now, with what the host routes itself" vzlite set 101 --netif_add p2p0
echo 0 >$conf/ipv4/conf/default/forwarding
eq "the rate that is not saved is its, too" "$(qdiscs veth101.2)$(filters veth101.2)" "ingress tbf pref 1 bpf rate 2Mbit "
status 0 "and that of a link for its addresses" vzlite set 101 --ipadd 192.0.2.7
eq "so" "$(qdiscs vz101)$(filters vz101)" "ingress tbf rate 2Mbit "
status 130 "when it is changed, and that is taken back" vzlite set 101 --rate 5M --netif_add eth5,,port0
eq "it is written down as it was" "$(cat /run/vzlite/101.rate)" 2000
status 0 "it is the old one" vzlite set 101 --ipdel all --netif_add eth6
eq "of a link that is made then" "$(qdiscs veth101.2)$(filters veth101.2)" "ingress tbf pref 1 bpf rate 2Mbit "
status 0 "which is not needed" vzlite set 101 --netif_del eth6
status 0 "none" vzlite set 101 --rate 0
eq "leaves the wall" "$(qdiscs veth101.0)$(filters veth101.0)" "ingress noqueue pref 1 bpf "

# Live
eq "on no bridge" "$(ls /sys/class/net/br0/brif | tr '\n' ' ')" "lan102 port0 veth101.0 "
ip addr add 203.0.113.1/24 dev veth101.2
in_101 sh -c 'ip link set p2p0 up; ip addr add 203.0.113.2/24 dev p2p0'
check "reaches the host" retry 10 answers 203.0.113.1 in_101
# What all interfaces may believe holds for those that do not forward.
redirects() {
	awk '/^Icmp: [0-9]/ { print $9 }' /proc/net/snmp
}
sysctl -qw net.ipv4.conf.all.accept_redirects=1
before=$(redirects)
in_101 env SPOOF_TO="$(mac_of veth101.2)" /root/spoof p2p0 redirect 203.0.113.2 203.0.113.1
arrived() {
	awk '/^Udp: [0-9]/ { print $3 }' /proc/net/snmp
}
sysctl -qw net.ipv4.conf.all.route_localnet=1
arrivals=$(arrived)
for address in 127.0.0.1 203.0.113.1; do
	in_101 env SPOOF_TO="$(mac_of veth101.2)" /root/spoof p2p0 udp 203.0.113.2 $address
done
check "it does so still" answers 203.0.113.1 in_101
eq "but not its loopback" $(($(arrived) - arrivals)) 1
sysctl -qw net.ipv4.conf.all.route_localnet=0
eq "and cannot show it another way" "$(redirects)" "$before"
eq "as one on the bridge can to others" "$(tc filter show dev veth101.0 ingress | grep -o 'bytecode.*' | cut -c 10-12)" "'10"
eq "believed by nobody" "$(cat /proc/sys/net/ipv6/conf/veth101.2/accept_ra /proc/sys/net/ipv4/conf/veth101.2/rp_filter | tr '\n' ' ')" "0 1 "
routing() {
	cat $conf/ipv4/conf/veth101.2/forwarding $conf/ipv6/conf/veth101.2/disable_ipv6 | tr '\n' ' '
}
eq "nor is it a way out, by IPv4 or IPv6" "$(routing)" "0 1 "
eq "nor would a port be that loses its bridge" "$(cat $conf/ipv6/conf/veth101.0/disable_ipv6 $conf/ipv4/conf/veth101.0/forwarding | tr '\n' ' ')" "1 0 "
echo 1 >$conf/ipv4/conf/veth101.2/forwarding
echo 0 >$conf/ipv6/conf/veth101.2/disable_ipv6
ip addr add 2001:db8::1/64 dev veth101.2 nodad
in_101 ip addr add 2001:db8::2/64 dev p2p0
check "unless the admin says so" retry 10 answers 2001:db8::1 in_101
fall
status 0 "a port that has lost its bridge" vzlite set 101 --ifname eth0 --mac_filter on
eq "is put back, as wide as that is" "$(port veth101.0) $(cat /sys/class/net/br0/mtu)" "br0 1400 1400"
check "and reached" retry 10 answers 198.51.100.101
eq "what the admin said holds" "$(port veth101.2) $(routing)" " 1500 1 0 "
ip link add veth101.9 address fe:00:00:00:00:66 type veth peer name old9
sed -i 's/$/;ifname=eth0,bridge=br0,mac=02:00:00:00:00:66,host_ifname=veth101.9,host_mac=fe:00:00:00:00:66/' /run/vzlite/101.netif
status 0 "after a replacement that was killed half way" vzlite set 101 --ifname eth0 --mac_filter on
eq "the next does the rest" "$(grep -c veth101.9 /run/vzlite/101.netif; ls /sys/class/net/veth101.9 2>/dev/null)" 0
eq "it is not saved" "$(netif_of 101 | grep -c p2p0)" 0
status 130 "but its host end is taken" vzlite set 102 --netif_add eth9,,veth101.2 --save
status 21 "and so is its name" vzlite set 101 --netif_add p2p0
status 130 "an interface of the host's" vzlite set 101 --netif_add eth9,,port0
check "stays the host's" test -e /sys/class/net/port0
in_101 ip link add eth5 type dummy
before=$(in_101 ls /sys/class/net; cat /run/vzlite/101.netif)
status 130 "one of the VE's own, after another one" vzlite set 101 --netif_add eth4,,,,br0 --netif_add eth5 --save
eq "all or nothing" "$(in_101 ls /sys/class/net; cat /run/vzlite/101.netif)" "$before"
eq "nor in the file" "$(netif_of 101 | grep -c eth4)" 0
status 130 "no such bridge" vzlite set 101 --netif_add eth4,,,,br9
status 21 "one that it does not have" vzlite set 101 --netif_del eth9
status 21 "a filter of one that it does not have" vzlite set 101 --ifname eth9 --mac_filter off
status 0 "away with one" vzlite set 101 --netif_del p2p0
eq "from both sides" "$(in_101 ls /sys/class/net/p2p0 2>/dev/null; ls /sys/class/net/veth101.2 2>/dev/null)" ""
check "the other one stays" answers 198.51.100.101
tracing=/sys/kernel/tracing
mountpoint -q $tracing || mount -t tracefs tracefs $tracing
printf '%s\n' tc_new_tfilter br_add_if >$tracing/set_ftrace_filter
echo function >$tracing/current_tracer
status 0 "one that stays" vzlite set 101 --netif_add eth1,,,,br0 --save
eq "has its wall before its bridge" "$(grep -o -e tc_new_tfilter -e br_add_if $tracing/trace | uniq | tr '\n' ' ')" "tc_new_tfilter br_add_if "
echo nop >$tracing/current_tracer
echo >$tracing/set_ftrace_filter
saved=$(netif_of 101)
eq "behind the first" "${saved#*;}" "ifname=eth1,bridge=br0,mac=$(in_101 cat /sys/class/net/eth1/address),host_ifname=veth101.1,host_mac=$(mac_of veth101.1)"
status 0 "an address beside" vzlite set 101 --ipadd 192.0.2.101 --save
status 0 "restart" vzlite restart 101
eq "but for the rate that was not saved" "$(grep -c . /run/vzlite/101.rate 2>/dev/null)$(qdiscs veth101.0)" "ingress noqueue "
status 130 "one that is taken back" vzlite set 101 --rate 5M --netif_add eth5,,port0
eq "is none, either" "$(ls /run/vzlite/101.rate 2>/dev/null)$(qdiscs veth101.0)" "ingress noqueue "
eq "has all" "$(in_101 ls /sys/class/net | tr '\n' ' ')" "eth0 eth1 lo venet0 "
eq "as it was" "$(netif_of 101) $(in_101 cat /sys/class/net/eth0/address) $(filters veth101.0)$(filters veth101.1)" \
	"$saved $mac pref 1 bpf pref 1 bpf "

# What fails is taken back, and no link is left without its limit
status 0 "10 Mbit/s" vzlite set 101 --rate 10M --save
before=$(limits)
eq "of all links" "$(grep -c 'ingress tbf.*rate 10Mbit' <<<"$before")" 3
in_101 sh -c 'ip link set eth1 up; ip addr add 203.0.113.3/24 dev eth1; ln -sf x /etc/resolv.conf'
status 3 "what the VE's root makes fail" vzlite set 101 --rate 0 --netif_del eth1 --ipdel all --nameserver 192.0.2.1 --save
eq "lifts no limit" "$(limits)" "$before"
eq "nor was its interface touched" "$(in_101 ip -o addr show dev eth1 | grep -o 'inet [0-9./]*')" "inet 203.0.113.3/24"
in_101 ip link add eth5 type dummy
status 130 "nor does one that fails behind one that was replaced" vzlite set 101 --rate 0 --netif_del eth1 \
	--netif_add eth1,,other --netif_add eth5 --save
eq "so" "$(limits)" "$before"
in_101 sh -c 'rm /etc/resolv.conf
	for i in $(seq 100); do echo "# line $i of what the owner has to say"; done >/etc/resolv.conf'
text=$(in_101 cat /etc/resolv.conf)
status 130 "one that fails behind new resolvers" vzlite set 101 --nameserver 192.0.2.1 --netif_add eth5 --save
eq "puts back all of what was there" "$(in_101 cat /etc/resolv.conf)" "$text"
in_101 sh -c "printf 'nameserver 192.0.2.9\\n\\000rest' >/etc/resolv.conf"
says "nor is what is no text" "what is there is no text" vzlite set 101 --nameserver 192.0.2.1
in_101 sh -c 'head -c 20000 /dev/zero >/etc/resolv.conf'
says "what is too long to be put back is not replaced" "what is there is longer than 16383 bytes" \
	vzlite set 101 --nameserver 192.0.2.1
in_101 rm /etc/resolv.conf
in_101 ip link del eth5
status 0 "from another network namespace the host's bridge is found" ip netns exec elsewhere \
	vzlite set 101 --netif_add eth6,,,,br0
status 0 "and its link taken away" ip netns exec elsewhere vzlite set 101 --netif_del eth6
tc qdisc replace dev veth101.0 root pfifo
tc qdisc del dev veth101.1 root
check "where one cannot be limited, set fails" not vzlite set 101 --rate 2M
tc qdisc del dev veth101.0 root
eq "but all others are, as before" "$(limits | grep -v veth101.0)" "$(grep -v veth101.0 <<<"$before")"
in_101 ip link del venet0
status 0 "what the VE's root has removed does not hinder" vzlite set 101 --rate 5M
eq "the rest" "$(limits 2>/dev/null | grep -c 'ingress tbf.*rate 5Mbit')" 2
status 0 "no rate" vzlite set 101 --rate 0 --save
eq "leaves the walls" "$(limits 2>/dev/null | grep -c 'veth.* ingress noqueue pref 1 bpf $')" 2
status 0 "another one in its place" vzlite set 101 --netif_del eth1 --netif_add eth1,02:00:00:00:00:55,other --save
eq "at once" "$(in_101 cat /sys/class/net/eth1/address) $(mac_of other)" "02:00:00:00:00:55 fe:00:00:00:00:55"
status 0 "no addresses" vzlite set 101 --ipdel all --save

# What a VE's root does to its end is its own affair
in_101 ip link del eth1
check "its end takes the host's along" retry 5 test ! -e /sys/class/net/other
status 0 "away with what is away" vzlite set 101 --netif_del eth1 --save
in_101 ip link del eth0
status 0 "what was to be there is made anew" vzlite set 101 --ifname eth0 --mac_filter on
eq "so" "$(in_101 cat /sys/class/net/eth0/address; ls /sys/class/net/br0/brif | tr '\n' ' ')" "$mac
lan102 port0 veth101.0 "
in_101 ip link set eth0 name mine
status 0 "another name for it" vzlite set 101 --ifname eth0 --mac_filter on
in_101 ip link del mine
status 0 "it stops without" vzlite stop 101
nothing_left 101

# Its end
status 0 "start" vzlite start 101
kill -9 "$(cut -d' ' -f1 /run/vzlite/101.state)"
retry 10 sh -c 'vzlite status 101 | grep -q down'
status 0 "one that is killed starts at once" vzlite start 101
up_101
check "and is reached" retry 10 answers 198.51.100.101
kill -9 "$(cut -d' ' -f1 /run/vzlite/101.state)"
check "its link goes with it" retry 10 test ! -e /sys/class/net/veth101.0
rm -f /run/vzlite/101.netif
ip link add veth101.0 address "$(field 101 host_mac)" type veth peer name stale
status 0 "what is left of one that nobody knows of is no hindrance" vzlite start 101
up_101
check "it is reached" retry 10 answers 198.51.100.101
eq "and that is gone" "$(ls /sys/class/net/stale 2>/dev/null)" ""
vzlite stop 101
ip link add veth101.0 type veth peer name stale
status 130 "what is somebody else's is" vzlite start 101
check "and stays" test -e /sys/class/net/veth101.0
ip link del veth101.0
nothing_left 101
ip link set br0 down
ip link set br0 name br1
status 130 "without its bridge it does not start" vzlite start 101
nothing_left 101
status 0 "one that runs is changed all the same" vzlite set 102 --ifname lan0 --mac_filter on
status 0 "but what is to go may go" vzlite set 102 --netif_del all --save
eq "at once" "$(in_102 ls /sys/class/net)" lo
ip link set br1 name br0
ip link set br0 up

# By hand, as another tool wrote it
sed -i 's/^NETIF=.*/NETIF="ifname=eth0,bridge=br0,mac=,host_mac=;"/' /etc/vzlite/conf/101.conf
status 0 "with less said" vzlite start 101
made=$(in_101 cat /sys/class/net/eth0/address)
status 0 "restart" vzlite restart 101
eq "it is always the same" "$(in_101 cat /sys/class/net/eth0/address) $(mac_of veth101.0)" "$made fe:${made#*:}"
cp /etc/vzlite/conf/101.conf /run/101.conf
sed -i 's/^NETIF=.*/NETIF="ifname=eth0,what=1"/' /etc/vzlite/conf/101.conf
status 21 "nonsense" vzlite restart 101
cp /run/101.conf /etc/vzlite/conf/101.conf
status 0 "stop" vzlite stop 101
status 0 "stop" vzlite stop 102
sed "s/^LOCAL_UID=.*//; \$a NETIF=\"ifname=eth0,host_ifname=veth101.0\"" /etc/vzlite/conf/102.conf >/run/102.conf
grep ^LOCAL_UID /etc/vzlite/conf/102.conf >>/run/102.conf
cat /run/102.conf >/etc/vzlite/conf/102.conf
status 130 "a copied host end" vzlite start 102
status 0 "none" vzlite set 102 --netif_del all --save
echo ifname=eth0,mac=02:00:00:00:00:44,host_ifname=lan9,host_mac=fe:00:00:00:00:44 >/run/vzlite/102.netif
status 130 "what is left of one that was killed is its" vzlite set 101 --netif_add eth9,,lan9 --save
vzlite stop 102 2>/dev/null
status 0 "until it is cleaned up" vzlite set 101 --netif_add eth9,,lan9 --save
status 0 "and away" vzlite set 101 --netif_del eth9 --save

# Killed at some moments; its address is another one now than the host knows
ip neigh flush dev br0
reached_101() {
	up_101 2>/dev/null
	answers 198.51.100.101
}
killed_starts 101 8 reached_101 left_of

# Without interfaces
mv $helper $helper.away
status 0 "a VE without starts without the helper" vzlite start 102
status 0 "and stops" vzlite stop 102
check "one with says what is missing" sh -c "vzlite start 101 2>&1 | grep -q $helper"
nothing_left 101
mv $helper.away $helper
for id in 101 102; do
	status 0 "destroy" vzlite destroy $id
done
status 14 "what was refused never was" vzlite destroy 103
eq "nothing is left in /run" "$(find /run/vzlite -mindepth 1 -name '*[0-9]*')" ""
eq "nor on the bridge" "$(ls /sys/class/net/br0/brif)" port0
eq "nor of nftables" "$(nft list tables | grep vzlite)" ""
unloads
finish
