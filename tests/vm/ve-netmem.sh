#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: memory of a network that the kernel charges to nobody has a bound for each VE, and is the host's again
# on: newest
# also: bookworm trixie debug
# timeout: 700
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/module.sh"
. "$(dirname "$0")/ve.sh"
here=$(cd "$(dirname "$0")" && pwd)
netmem() {
	vzlite exec 101 -- /netmem "$@"
}
available() {
	awk '$1 == "MemAvailable:" { print $2 }' /proc/meminfo
}
kept() { # of /proc/vzlite/ve: VEs and zombies
	[[ $(grep -c . /proc/vzlite/ve) -le $1 ]]
}
megabyte=$((1 << 20))

check "the module loads" modprobe vzlite
status 0 "create" vzlite create 101 --ostemplate busybox --ram 64M --swap 0 --numothersock 300
status 0 "start" vzlite start 101
vzlite exec 101 -- sh -c 'cat >/netmem && chmod 755 /netmem' <"$here/netmem"
vzlite exec 101 -- sh -c 'cat >/packets && chmod 755 /packets' <"$here/packets"
eq "nothing lacks" "$(vzlite version | grep -i -e missing -e neighbours -e fragments -e packet -e peers -e optmem)" ""

# Rings
before=$(available)
eq "a ring of 4 MB is a VE's" "$(netmem rings 1 $((4 * megabyte)))" "1 none"
eq "a larger one is not" "$(netmem rings 1 $((5 * megabyte)))" "0 ENOMEM"
eq "nor one of larger blocks than libpcap's" \
	"$(netmem rings 1 $megabyte $((megabyte / 4))) $(netmem rings 1 $megabyte $((megabyte / 2))) $(netmem rings 1 $megabyte $megabyte)" \
	"1 none 1 none 0 ENOMEM"
eq "16 are, and no more" "$(netmem rings 100 $megabyte)" "16 ENOMEM"
eq "when they are closed there is room again" "$(netmem rings 16 65536)" "16 none"
eq "one socket counts once, however often it asks" "$(netmem again 50 $megabyte)" "50 none"
eq "once for each direction, as the kernel has it" "$(netmem twice | xargs)" "0 none 1 EBUSY 2 none"
eq "nothing of a ring outlives it" "$(netmem outlive 3 $megabyte)" "0 ENOSYS"
eq "the host's may" "$("$here/netmem" outlive 3 $megabyte)" "3 none"
eq "nor by a packet" "$(netmem zerocopy) $("$here/netmem" zerocopy)" "0 EPERM 0 none"
eq "AF_XDP is not for VEs" "$(netmem xdp)" "0 EAFNOSUPPORT"
eq "the host has as many as it likes" "$("$here/netmem" rings 20 $((5 * megabyte)))" "20 none"
eq "AF_XDP, too" "$("$here/netmem" xdp)" "0 none"

# Sockets
eq "64 sockets of AF_PACKET are a VE's" "$(netmem packets 100)" "64 ENOBUFS"
eq "when they are closed there is room again" "$(netmem packets 64)" "64 none"
status 0 "with no socket at all" vzlite set 101 --numothersock 0
vzlite exec 101 -- sh -c 'for n in $(seq 70); do /netmem packets 1; done' >/dev/null
status 0 "none is held" vzlite set 101 --numothersock 300
eq "of those that were refused" "$(netmem packets 64)" "64 none"
eq "the host opens as many as it likes" "$("$here/netmem" packets 100)" "100 none"
# 256 are all that VEs have together: each packet of the host goes by all of them. Those of a
# VE without a network of its own are the host's; so each takes them in one.
for id in {201..215}; do
	mkdir "$(dir $id)"
	vznl new $id "$(dir $id)"
done
for id in {201..204}; do
	in_ve $id unshare -Urn "$here/netmem" packets 59 /run/packets-$id >/dev/null &
	check "VE $id has many" retry 20 test -e /run/packets-$id
done
eq "20 are left then of 256, which is more than a share" "$(netmem packets 64)" "20 ENOBUFS"
in_ve 205 unshare -Urn "$here/netmem" packets 20 /run/packets-205 >/dev/null &
check "the last ones" retry 20 test -e /run/packets-205
eq "when they are taken, too, each has its share" "$(netmem packets 64)" "16 ENOBUFS"
rm /run/packets-20[1-5]
wait
eq "and what it had when there are enough" "$(netmem packets 64)" "64 none"
for id in {201..215}; do
	check "VE $id is gone" retry 10 vznl del $id
	rmdir "$(dir $id)"
done

# Forty networks, all of them there, until their processes are killed
many_networks() {
	vzlite exec 101 -- sh -c 'for n in $(seq 40); do unshare -n sleep 300 & done
		n=0; until [ $(pidof sleep | wc -w) -ge 40 ] || [ $((n += 1)) -gt 600 ]; do usleep 100000; done'
}

# Fragments
frag() { # COMMAND...: bytes that wait after it in the network that it ran in
	vzlite exec 101 -- "$@" sh -c 'ip link set lo up; /netmem fragments 3000 >/dev/null; sed -n "s/^FRAG: .*memory //p" /proc/net/sockstat'
}
memory=$(frag)
check "fragments wait ($memory bytes)" [ "$memory" -gt $((3 * megabyte)) ]
check "in what the kernel gives a network by itself, whatever their owner says" [ "$memory" -le $((4 * megabyte + 65536)) ]
many_networks
memory=$(frag unshare -n)
check "who has many networks has less in each ($memory bytes)" [ "$memory" -lt $megabyte -a "$memory" -ge 131072 ]
vzlite exec 101 -- killall sleep
more() {
	memory=$(frag unshare -n)
	echo "$memory bytes"
	[ "$memory" -gt $((2 * megabyte)) ]
}
check "and more again when they are gone" retry 30 more
high=$(cat /proc/sys/net/ipv4/ipfrag_high_thresh)
check "the host's bound is as it was ($high)" [ "$high" -ge $((4 * megabyte)) ]

# Neighbours
modprobe veth
vzlite exec 101 -- sh -c 'ip link add v0 type veth peer name v1; ip link set v0 up; ip link set v1 up'
eq "1024 neighbours that stay are a VE's" "$(netmem neighbours v0 1 5000)" "1024 ENOBUFS"
eq "and more are not kept by being refused" "$(for n in 1 2 3; do netmem neighbours v0 5000 5; done | sort -u)" "0 ENOBUFS"
eq "the kernel has them only" "$(vzlite exec 101 -- ip neigh show dev v0 nud all | wc -l)" 1024
eq "what is its own works on" "$(vzlite exec 101 -- unshare -n sh -c 'ip link set lo up; ping -q -c 1 127.0.0.1 >/dev/null && ping -6 -q -c 1 ::1 >/dev/null && echo yes')" yes
eq "one can be forgotten" "$(netmem forget v0 1 10)" "10 none"
sleep 3
eq "for another" "$(netmem neighbours v0 9000 20)" "10 ENOBUFS"
eq "those that somebody has learned count, too" "$(netmem learned v0 12000 1; netmem forget v0 20 5; sleep 3; netmem learned v0 12000 20)" \
	"0 ENOBUFS
5 none
5 ENOBUFS"
ip link add v2 type veth peer name v3 && ip link set v2 up
eq "the host has as many as it likes" "$("$here/netmem" neighbours v2 1 1500)" "1500 none"
ip link del v2
vzlite exec 101 -- ip -6 route add local fd00::/16 dev lo
read -r sent error < <(netmem loopback 6000)
if [[ $(uname -r) == 6.1.* ]]; then
	eq "neighbours on the loopback device are dropped in time" "$sent $error" "6000 none"
else
	check "neighbours on the loopback device have a bound ($sent $error)" [ "$sent" -ge 4000 -a "$sent" -le 4096 -a "$error" = EINVAL ]
fi
read -r made error < <(netmem six lo 1 6000)
check "also those that stay there ($made $error)" [ "$made" -le 4096 -a "$error" = ENOBUFS ]
check "the VE speaks with itself all the same" vzlite exec 101 -- ping -q -c 1 127.0.0.1
# What is answered in a soft interrupt is nobody's: one network has a part of what is left.
there() {
	ip -6 neigh show dev lo nud all | grep -c "^fd00:1"
}
in_101() {
	vzlite exec 101 -- "$@"
}
if [[ $(uname -r) != 6.1.* ]]; then
	eq "addresses to be answered are not refused" "$(netmem answers 20000)" "20000 none"
	n=$(in_101 sh -c "$(declare -f there); there")
	check "not all of them stay on one loopback device ($n)" [ "$n" -gt 5000 -a "$n" -le 13200 ]
	status 0 "create another" vzlite create 102 --ostemplate busybox
	status 0 "start" vzlite start 102
	vzlite exec 102 -- sh -c 'cat >/netmem && chmod 755 /netmem' <"$here/netmem"
	vzlite exec 102 -- ip -6 route add local fd00::/16 dev lo
	eq "which has room on its own all the same" "$(vzlite exec 102 -- sh -c "$(declare -f there); /netmem answers 1000; there")" "1000 none
1000"
	status 0 "stop" vzlite stop 102 --fast
	status 0 "destroy" vzlite destroy 102
fi

# Proxies. In a row, as what is looked through at once is one row of 16, of all networks.
for kind in proxies proxies6; do
	vzlite exec 101 -- sh -c 'ip link add p0 type veth peer name p1; ip link set p0 up; ip link set p1 up'
	eq "64 $kind in a row are a VE's" "$(netmem $kind p0 1 100 65792)" "64 ENOBUFS"
	eq "one that is there may be said again" "$(netmem $kind p0 1 1)" "1 none"
	eq "another network of its own has none left" "$(vzlite exec 101 -- unshare -n sh -c "ip link set lo up; /netmem $kind lo 8421377 1")" "0 ENOBUFS"
	eq "but in the other rows" "$(netmem $kind p0 2 5)" "5 none"
	vzlite exec 101 -- ip link del p0
	eq "which all go with their link" "$(vzlite exec 101 -- sh -c "ip link set lo up; /netmem $kind lo 1 64 65792; /netmem $kind lo 8421377 1" | xargs)" "64 none 0 ENOBUFS"
	ip link add p2 type veth peer name p3 && ip link set p2 up
	eq "the host has as many as it likes" "$("$here/netmem" $kind p2 1 100 65792)" "100 none"
	ip link del p2
done
eq "none is for no link, and stays" "$(netmem proxies - 2 1) $("$here/netmem" proxies - 2 1)" "0 ENOBUFS 1 none"

# Packets that wait for a neighbour
keeps() {
	vzlite exec 101 -- /keeps "$@"
}
vzlite exec 101 -- sh -c 'cat >/keeps && chmod 755 /keeps' <"$here/keeps"
eq "how much waits for a neighbour is not for a VE to say" "$(keeps table v0 4000000000)" "0 EPERM"
vzlite exec 101 -- ip addr add 10.7.0.1/24 dev v0
read -r waits error < <(keeps wait 10.7.0.9 60)
check "at most 64 KB, and a packet ($waits $error)" [ "$waits" -ge 30000 -a "$waits" -le 81920 -a "$error" = none ]
ip link add v4 type veth peer name v5 && ip link set v5 up && ip link set v4 up && ip addr add 10.7.1.1/24 dev v4
read -r waits error < <("$here/keeps" wait 10.7.1.9 60)
check "for the host it is as it was ($waits $error)" [ "$waits" -ge 150000 ]
eq "and its own to say" "$("$here/keeps" table v4 500000)" "0 none"
ip link del v4

# Addresses that something was about. Those of networks that are gone go in between.
known() {
	cut -d' ' -f1 /sys/kernel/slab/inet_peer*/objects
}
had=$(known)
vzlite exec 101 -- unshare -n sh -c 'ip link set lo up; ip route add local 10.9.0.0/16 dev lo; /keeps peers 5000; exec sleep 60' >/run/peers &
check "fragments come from 5000 addresses" retry 20 grep -q '^5000 none' /run/peers
check "of which few are remembered ($had, now $(known))" [ "$(known)" -ge 500 -a $(($(known) - had)) -lt 1000 ]
vzlite exec 101 -- killall sleep
wait $!
ip netns add router && ip -n router link set lo up && ip -n router route add local 10.9.0.0/16 dev lo
ip netns exec router "$here/keeps" peers 2000 >/run/peers
check "nor in any network but the host's own ($(cat /run/peers), $(known))" [ $(($(known) - had)) -lt 2000 ]
ip netns del router

# Options of sockets
if [[ $(uname -r) != 6.1.* ]]; then
	eq "what the kernel lets a VE's root say" \
		"$(vzlite exec 101 -- sh -c 'cd /proc/sys/net/core; echo 2000000000 >optmem_max; cat optmem_max')" 2000000000
fi
eq "a message has control data, but not a megabyte" "$(keeps control 10000) $(keeps control 1000000)" "0 none 0 ENOBUFS"

# TCP
requests() { # that wait in 101
	awk '$4 == "03"' "/proc/$(cut -d' ' -f1 /run/vzlite/101.state)/net/tcp" | wc -l
}
vzlite exec 101 -- sh -c '
	ip link set lo up; ip addr add 10.8.0.1/32 dev lo; ip route add 10.9.0.0/16 dev lo
	for f in /proc/sys/net/ipv4/conf/*/rp_filter; do echo 0 >$f; done
	cd /proc/sys/net/ipv4; echo 1000000 >tcp_max_syn_backlog; [ ! -e ../core/somaxconn ] || echo 1000000 >../core/somaxconn
	echo 0 >tcp_syncookies; echo 100 >tcp_synack_retries'
# What comes faster than a busy machine takes it in would be dropped.
sysctl -qw net.core.netdev_max_backlog=200000
mkfifo /run/asked
vzlite exec 101 -- /packets requests 70000 </run/asked >/run/sent &
exec 8>/run/asked
check "somebody asks for 70000 connections" retry 180 grep -q '^70000 none' /run/sent
eq "65536 of a VE wait" "$(requests)" 65536
ip addr add 10.8.0.1/32 dev lo
eq "for the host it is as it was" "$("$here/packets" requests 100 </dev/null)" "100 none"
ip addr del 10.8.0.1/32 dev lo
exec 8>&-
wait $!
# Each goes when its timer rings next: that is the later the longer it has waited, up to 2 minutes.
check "none is left when nobody listens any more" retry 180 eval '[[ $(requests) -eq 0 ]]'
many_networks
eq "a network has its share of what was closed" \
	"$(vzlite exec 101 -- unshare -n sh -c 'ip link set lo up; /packets timewait 1800; sed -n "s/^TCP:.* tw \([0-9]*\) .*/\1/p" /proc/net/sockstat')" \
	"1800 none
$((65536 / 42))"
vzlite exec 101 -- killall sleep

check "the host's memory is there ($before kB, now $(available))" retry 30 eval '[ $((before - $(available))) -lt 65536 ]'

status 0 "stop" vzlite stop 101 --fast
nothing_left 101
check "nothing is held for it" retry 30 kept 1
status 0 "destroy" vzlite destroy 101
unloads
finish
