#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: with the modules of lib/vzlite/modules.conf loaded, and not without, a VE's root has what firewalls and containers load
# on: newest
# also: bookworm trixie debug
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/ve.sh"
list=/usr/lib/vzlite/modules.conf
[[ -e $list ]] || list=/usr/local/lib/vzlite/modules.conf
# COMMAND...: the host's, by the VE's root: in its cgroup, its user namespace and its network.
by_root() {
	(
		echo $BASHPID >/sys/fs/cgroup/vzlite/101/cgroup.procs &&
			exec nsenter --user="/proc/$init/ns/user" --net="/proc/$init/ns/net" -S 0 -G 0 "$@"
	)
}
# Tables of FAMILY: no rule of the others counts, where one is refused.
four='*filter
:in - [0:0]
:out - [0:0]
-A in -i lo -j ACCEPT
-A in -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A in -p icmp --icmp-type echo-request -j ACCEPT
-A in -p udp -m udp --sport 67 --dport 68 -j ACCEPT
-A in -p tcp -m tcp --dport 22 -j ACCEPT
-A in -p tcp -m multiport --dports 80,443 -j ACCEPT
-A in -m addrtype --dst-type LOCAL -j RETURN
-A in -m limit --limit 3/min --limit-burst 10 -j LOG --log-prefix "[BLOCK] "
-A in -m mark --mark 1 -m comment --comment "an application" -j RETURN
-A in -m iprange --src-range 192.0.2.1-192.0.2.9 -j DROP
-A in -m statistic --mode random --probability 0.5 -j RETURN
-A in -m length --length 0:40 -j DROP
-A in -m mac --mac-source 02:00:00:00:00:01 -j ACCEPT
-A in -m pkttype --pkt-type broadcast -j DROP
-A in -m time --timestart 08:00 --timestop 18:00 -j RETURN
-A in -m connmark --mark 1 -m dscp --dscp 8 -j RETURN
-A in -p tcp -j REJECT --reject-with tcp-reset
-A in -j REJECT --reject-with icmp-port-unreachable
-A out -p udp -j MARK --set-xmark 0x4000/0x4000
-A out -m owner --uid-owner 0 -j ACCEPT
-A out -p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu
COMMIT
*mangle
:out - [0:0]
-A out -j CONNMARK --save-mark
-A out -j DSCP --set-dscp 8
COMMIT
*nat
:PREROUTING ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A PREROUTING -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80
-A OUTPUT -p tcp -m tcp --dport 81 -j REDIRECT --to-ports 80
-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
-A POSTROUTING -s 10.0.0.0/8 -j SNAT --to-source 192.0.2.1
COMMIT'
six='*filter
:in - [0:0]
-A in -m rt --rt-type 0 -j DROP
-A in -m conntrack --ctstate INVALID -j DROP
-A in -p ipv6-icmp -m icmp6 --icmpv6-type 135 -m hl --hl-eq 255 -j ACCEPT
-A in -p udp -m udp --dport 546 -j ACCEPT
-A in -m limit --limit 3/min -j LOG
-A in -j REJECT --reject-with icmp6-port-unreachable
COMMIT
*nat
:POSTROUTING ACCEPT [0:0]
-A POSTROUTING -s fd00::/64 -j MASQUERADE
COMMIT'
inet='table inet firewall {
	set banned { type ipv4_addr; flags timeout; }
	chain before { type filter hook prerouting priority -10
		meta nfproto ipv4 fib saddr . iif oif missing drop
	}
	chain in { type filter hook input priority 0
		ct state established accept
		ip saddr @banned reject with icmp port-unreachable
		limit rate 3/minute log prefix "no " reject
		meta mark set numgen inc mod 2
		meta mark set jhash ip saddr mod 2
	}
	chain to { type nat hook prerouting priority -100
		tcp dport 8080 dnat ip to 172.17.0.2:80
		tcp dport 8081 redirect to :81
	}
	chain from { type nat hook postrouting priority 100
		ip saddr 172.17.0.0/16 masquerade
	}
}'
single='table ip one {
	chain in { type filter hook input priority 0
		tcp dport 9 reject with tcp reset
	}
}
table ip6 one {
	chain in { type filter hook input priority 0
		udp dport 9 reject with icmpv6 admin-prohibited
	}
}'
restored() { # COMMAND RULES
	by_root "$1" <<<"$2" 2>&1
}
all() { # of a VE's root's, what does not work
	restored iptables-nft-restore "$four" >/dev/null || echo iptables
	restored ip6tables-nft-restore "$six" >/dev/null || echo ip6tables
	by_root nft -f - <<<"$inet" 2>/dev/null || echo nft
	by_root nft -f - <<<"$single" 2>/dev/null || echo single
	by_root ss -Htli 2>/dev/null | grep -qw -e cubic -e bbr || echo ss
	for kind in bridge veth; do
		vzlite exec 101 -- sh -c "ip link add x0 type $kind && ip link del x0" 2>/dev/null || echo $kind
	done
	vzlite exec 101 -- sh -c 'mkdir -p /o /u /w /m && mount -t tmpfs t /u && mkdir /u/u /u/w &&
		mount -t overlay -o lowerdir=/o,upperdir=/u/u,workdir=/u/w o /m' 2>/dev/null || echo overlay
	vzlite exec 101 -- sh -c 'echo bbr >/proc/sys/net/ipv4/tcp_congestion_control' 2>/dev/null || echo bbr
}

check "the module loads" modprobe vzlite
status 0 "create" vzlite create 101 --ostemplate busybox --layout dir
status 0 "start" vzlite start 101
init=$(cut -d' ' -f1 /run/vzlite/101.state)
vzlite exec 101 -- sh -c 'nc -l -p 77 >/dev/null 2>&1 &'
check "somebody listens" retry 10 vzlite exec 101 -- sh -c 'netstat -tln | grep -q :77'
check "the list is there" test -s "$list"
eq "it names each once" "$(sed 's/#.*//' "$list" | xargs -n1 | sort | uniq -d)" ""
missing=$(for module in $(sed 's/#.*//' "$list"); do modinfo -n "$module" >/dev/null 2>&1 || echo "$module"; done)
eq "and none that this kernel has not" "$missing" ""
# The host may have veth and overlay by then.
eq "a VE loads none of them" "$(all | sort | grep -v -e veth -e overlay | xargs)" \
	"bbr bridge ip6tables iptables nft single ss"
check "and nothing has loaded one for it" [ ! -e /sys/module/nf_tables -a ! -e /sys/module/tcp_bbr ]
check "systemd's way of loading them" /usr/lib/systemd/systemd-modules-load "$list"
eq "with them all of it works ($(restored iptables-nft-restore "$four" | tail -n 3))" "$(all)" ""
eq "and the host has none of these rules" "$(nft list ruleset 2>/dev/null | grep -c -e firewall -e 172.17)" 0
status 0 "stop" vzlite stop 101
status 0 "destroy" vzlite destroy 101
unloads
finish
