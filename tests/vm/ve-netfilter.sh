#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: what packets leave in connection tracking and in sets of nftables has a bound for each VE; its hooks come and go with the kernel's modules
# on: newest
# also: bookworm trixie
# timeout: 400
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/ve.sh"
here=$(cd "$(dirname "$0")" && pwd)
in_network() { # VE COMMAND...: the host's, in the network of that VE
	nsenter --net="/proc/$(cut -d' ' -f1 "/run/vzlite/$1.state")/ns/net" "${@:2}"
}
as_ve() { # VE COMMAND...: in its cgroup, too
	( echo $BASHPID >"/sys/fs/cgroup/vzlite/$1/cgroup.procs" && in_network "$@" )
}
packets() { # VE FROM N
	vzlite exec "$1" -- /packets flows "$2" "$3"
}
hooked() {
	[[ $(grep -c -e nf_conntrack_alloc -e nft_set_destroy -e nf_tables_bind_set -e nft_dynset_new -e nf_tables_newtable \
		/sys/kernel/tracing/enabled_functions) -eq $1 ]]
}
unused() { # MODULE...
	modprobe -r "$@"
}
track='table inet tracking {
	chain c { type filter hook output priority 0
		ct state new accept
	}
}'

# COUNT [SIZE]: so many sets that packets come to, one after the other.
sets() {
	echo 'table inet t {'
	for ((n = 1; n <= $1; n++)); do
		echo "set s$n { type ipv4_addr . inet_service; flags dynamic; size ${2-1000000}; }"
	done
	echo 'chain c { type filter hook output priority 0'
	for ((n = 1; n <= $1; n++)); do
		echo "udp dport 9 update @s$n { ip saddr . udp sport }"
	done
	printf '}\n}\n'
}
elements() { # VE [SET]: that packets have added
	in_network "$1" nft list set inet t "s${2-1}" | grep -o '127[.0-9]* \. ' | wc -l
}

check "the module loads" modprobe vzlite
mountpoint -q /sys/kernel/tracing || mount -t tracefs trace /sys/kernel/tracing
for ve in 101 102; do
	status 0 "create $ve" vzlite create $ve --ostemplate busybox --ram 64M --swap 0
	status 0 "start $ve" vzlite start $ve
	vzlite exec $ve -- sh -c 'cat >/packets && chmod 755 /packets; ip link set lo up' <"$here/packets"
done
check "neither of netfilter's modules is there" [ ! -e /sys/module/nf_conntrack -a ! -e /sys/module/nf_tables ]
check "nor hooked" hooked 0
in_network 101 nft -f - <<<"$track"
in_network 102 nft -f - <<<"$track"
check "when they come, they are" retry 20 hooked 5
eq "nothing lacks" "$(vzlite version | grep -i -e missing -e conntrack -e nftables)" ""
echo 1000000 >/proc/sys/net/netfilter/nf_conntrack_max
for ve in 101 102; do
	in_network $ve sh -c 'echo 600 >/proc/sys/net/netfilter/nf_conntrack_udp_timeout'
done

# Connections
vzlite exec 101 -- unshare -n sh -c 'ip link set lo up; while [ ! -e /go ]; do sleep 0.1; done; /packets flows 0 2000; sleep 1000' >/run/other &
check "101 has another network" retry 10 pgrep -x -f 'sh -c ip link set lo up.*'
other=$(pgrep -nx -f 'sh -c ip link set lo up.*')
nsenter --net="/proc/$other/ns/net" nft -f - <<<"$track"
nsenter --net="/proc/$other/ns/net" sh -c 'echo 600 >/proc/sys/net/netfilter/nf_conntrack_udp_timeout'
vzlite exec 101 -- touch /go
check "where it opens 2000" retry 30 grep -q '^2000 none' /run/other
read -r sent error < <(packets 101 0 80000)
check "65536 are a VE's, wherever ($sent $error)" [ "$sent" -ge 63536 -a "$error" = EPERM ]
timely check "with what comes in a tenth of a second, after which the sum is taken ($sent)" [ "$sent" -lt 76000 ]
eq "those in no more than their kernel counts" "$(in_network 101 cat /proc/sys/net/netfilter/nf_conntrack_count)" "$sent"
eq "what is known goes on" "$(packets 101 0 100)" "100 none"
eq "nothing else" "$(packets 101 90000 100)" "0 EPERM"
eq "but in another network, which has its share" \
	"$(nsenter --net="/proc/$other/ns/net" "$here/packets" flows 5000 100)" "100 none"
# A bound that is only known while somebody asks would let some through after each pause.
for pause in 1 2 3; do
	sleep 2
	eq "nor after a while in which none came ($pause)" "$(packets 101 90000 20000)" "0 EPERM"
done
eq "another VE sees nothing of it, and has as many in the one that it has" "$(packets 102 0 66000)" "65536 EPERM"
nft -f - <<<"$track"
eq "nor the host" "$("$here/packets" flows 0 100)" "100 none"
nft delete table inet tracking
in_network 101 "$here/flows" forget
eq "what is forgotten makes room" "$(packets 101 90000 100)" "100 none"

# Sets
check "100 sets are made" as_ve 101 nft -f - <<<"$(sets 100)"
# By himself their owner has more than one of them is given.
check "one has a hundred elements" in_network 101 nft add element inet t s70 \
	"{ $(for ((n = 1; n <= 100; n++)); do echo "10.0.0.1 . $n,"; done) }"
eq "packets add to four, to 60 up to 2048, and up to 64 to the rest" \
	"$(packets 101 0 2500) $(elements 101 1) $(elements 101 4) $(elements 101 5) $(elements 101 64) $(elements 101 65) $(elements 101 70) $(elements 101 100)" \
	"2500 none 2500 2500 2048 2048 64 0 64"
eq "their size is their owner's" "$(in_network 101 nft -t list sets | grep -c 'size 1000000')" 100
check "another VE has its own" as_ve 102 nft -f - <<<"$(sets 2)"
eq "and its share" "$(packets 102 0 6000) $(elements 102)" "6000 none 6000"
nft -f - <<<"$(sets 10)"
eq "the host has what it likes" "$("$here/packets" flows 0 6000) $(nft list set inet t s1 | grep -c 'size 1000000')" "6000 none 1"
nft delete table inet t
# A container that was given the host's network, whose rules outlive it.
( echo $BASHPID >/sys/fs/cgroup/vzlite/101/cgroup.procs && nft -f - <<<"$(sets 5)" )
eq "also from a VE's hand" "$("$here/packets" flows 0 2500) $(nft list set inet t s5 | grep -o '127[.0-9]* \. ' | wc -l)" "2500 none 2500"
as_ve 101 nft delete table inet t
check "when they are gone" as_ve 101 nft -f - <<<"$(sets 1 100)"
eq "there is room again, and no more than their owner says" "$(packets 101 0 500) $(elements 101)" "500 none 100"

# Tables that go with their owner
owned='table inet owned { flags owner; }'
eq "no table of a VE goes with its owner" "$(as_ve 101 nft -f - <<<"$owned" 2>&1 | grep -o 'Operation not supported' | head -n 1)" \
	"Operation not supported"
check "the host's may" nft -f - <<<"$owned"
check "also in a VE's network" in_network 101 nft -f - <<<"$owned"
if [[ $(uname -r) != 6.1.* ]]; then
	check "and one that outlives it" as_ve 101 nft -f - <<<'table inet kept { flags owner, persist; }'
	eq "is there" "$(in_network 101 nft list tables | grep kept)" "table inet kept"
	check "and goes when it is told to" as_ve 101 nft delete table inet kept
fi

# A container that is let go; its process has another name than the VE's
mkdir /sys/fs/cgroup/box
( echo $BASHPID >/sys/fs/cgroup/box/cgroup.procs && exec unshare -n sleep 1001 ) &
box() {
	nsenter --net="/proc/$(pgrep -nx -f 'sleep 1001')/ns/net" "$@"
}
check "a container" retry 10 box ip link set lo up
status 0 "is adopted" vzlite adopt 103 --cgroup /box
( echo $BASHPID >/sys/fs/cgroup/box/cgroup.procs && box nft -f - <<<"$(sets 5)" )
in_box() {
	box nft list set inet t s5 | grep -o '127[.0-9]* \. ' | wc -l
}
eq "its sets have a bound" "$(box "$here/packets" flows 0 2500) $(in_box)" "2500 none 2048"
status 0 "released" vzlite release 103
eq "they have none" "$(box "$here/packets" flows 3000 500) $(in_box)" "500 none 2548"
pkill -x -f 'sleep 1001'
check "it ends" retry 10 rmdir /sys/fs/cgroup/box

for ve in 101 102; do
	status 0 "stop $ve" vzlite stop $ve --fast
	nothing_left $ve
	status 0 "destroy $ve" vzlite destroy $ve
done
nft delete table inet t
check "nobody keeps the kernel's modules then" retry 60 unused nft_ct nf_conntrack_netlink nf_conntrack
check "neither of them" retry 60 unused nf_tables
check "and nothing is hooked" hooked 0
modprobe -a nf_tables nf_conntrack
status 0 "create" vzlite create 103 --ostemplate busybox
status 0 "start" vzlite start 103
check "a VE that comes after them finds them hooked" hooked 5
status 0 "stop" vzlite stop 103 --fast
status 0 "destroy" vzlite destroy 103
unloads
check "and none is left" hooked 0
finish
