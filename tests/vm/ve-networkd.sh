#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: systemd-networkd takes nothing away from VEs, whatever its files say of all interfaces
# on: newest
# also: bookworm
# init: systemd
# smp: 1
# waits: yes
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/ve.sh"
. "$(dirname "$0")/outside.sh"

reached() {
	outside ip neigh flush dev out0
	outside ip -6 neigh flush dev out0
	check "$1: it is reached" retry 20 answers 192.0.2.101 outside
	check "$1: by IPv6, too" retry 20 answers -6 2001:db8:1::101 outside
}

setup_of() {
	networkctl list --no-legend --no-pager "$1" | awk '{ print $5 }'
}

is_setup() {
	[[ $(setup_of "$1") == "$2" ]]
}

make_outside
check "the module loads" modprobe vzlite
sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
check "eventd runs" systemctl start vzlite-eventd
status 0 "create" vzlite create 101 --ostemplate busybox --ipadd 192.0.2.101 --ipadd 2001:db8:1::101
status 0 "create" vzlite create 102 --ostemplate busybox --netif_add eth0
status 0 "start" vzlite start 101
status 0 "start" vzlite start 102
reached "started"
routes=$(routes_of 101)

mkdir -p /etc/systemd/network
cat >/etc/systemd/network/10-up.network <<END
[Match]
Name=up0
[Network]
Address=192.0.2.1/24
Address=2001:db8:1::1/64
END
cat >/etc/systemd/network/50-all.network <<END
[Match]
Type=ether
[Network]
DHCP=yes
END
check "networkd starts" systemctl start systemd-networkd
check "it has the host's interface" retry 20 is_setup up0 configured
check "of VEs' it has none" retry 20 is_setup vz101 unmanaged
check "nor of those without a bridge" retry 20 is_setup veth102.0 unmanaged
eq "routes are as they were" "$(routes_of 101)" "$routes"
eq "the kernel has given no address" "$(ip -o addr show dev vz101; ip -o addr show dev veth102.0)" ""
reached "with networkd"
check "networkd starts again" systemctl restart systemd-networkd
check "it has the host's interface" retry 20 is_setup up0 configured
reached "with networkd again"
check "it takes the host's interface down" networkctl down up0
check "it is down" retry 10 sh -c 'ip link show up0 | grep -q "state DOWN"'
check "and up" networkctl up up0
reached "down and up"
status 0 "restart" vzlite restart 101 --fast
sleep 2
eq "networkd lets the new one alone, too" "$(setup_of vz101) $(routes_of 101)" "unmanaged $routes"
reached "restarted"
check "networkd stops" systemctl stop systemd-networkd.socket systemd-networkd
status 0 "stop" vzlite stop 101 --fast
status 0 "stop" vzlite stop 102 --fast
nothing_left 101
systemctl stop vzlite-eventd
unloads
finish
