#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: with --nat private addresses leave by the host's, and no VE takes more than its share of connection tracking
# on: bookworm
# also: newest
# smp: 1
# timeout: 300
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/ve.sh"
. "$(dirname "$0")/outside.sh"
here=$(cd "$(dirname "$0")" && pwd)
tracking=/proc/sys/net/netfilter
# from CTID SOURCE ADDRESS: does it answer the VE when that asks with SOURCE?
from() {
	vzlite exec "$1" -- ping -I "$2" -c 1 -W 3 "$3" >/dev/null 2>&1
}
tables() {
	nft list tables | grep vzlite
}
# held CTID: its entries that count
held() {
	grep -v -e TIME_WAIT -e ' CLOSE ' /proc/net/nf_conntrack |
		grep -c -e "^[^=]* src=192.0.2.$1 " -e "^[^=]* src=10.11.12.$1 "
}
rule() {
	nft list chain inet vzlite_nat connections | grep -e "$1"
}
dropped() {
	rule over | sed -n 's/.*counter packets \([0-9]*\) .*/\1/p'
}
others_get_through() {
	check "another VE gets through" from 102 10.11.12.102 192.0.2.2
	check "one without NAT" from 102 192.0.2.102 192.0.2.2
	check "and the host" answers 192.0.2.2
}
# spread CTID SOURCE ADDRESS: many more connections than are allowed
spread() {
	vzlite exec "$1" -- /flows spread "$2" "$3" 1000
}

make_outside
sysctl -qw net.ipv4.conf.up0.forwarding=1
check "the module loads" modprobe vzlite

# NAT
status 0 "create" vzlite create 101 --ostemplate busybox --ipadd 192.0.2.101 --ipadd 10.11.12.101
status 0 "another" vzlite create 102 --ostemplate busybox --ipadd 192.0.2.102 --ipadd 10.11.12.102
for ve in 101 102; do
	status 0 "start $ve" vzlite start $ve
	vzlite exec $ve -- sh -c 'cat >/flows && chmod 755 /flows' <"$here/flows"
done
check "the host reaches it" answers 10.11.12.101
check "from it nobody outside is reached" not from 101 10.11.12.101 192.0.2.2
eq "there is no connection tracking for it" "$(tables)" "table inet vzlite"
check "nor at all" test ! -e $tracking/nf_conntrack_max
status 0 "NAT" vzlite set 101 --nat yes --save
check "hides it" from 101 10.11.12.101 192.0.2.2
eq "and it only" "$(nft list set inet vzlite_nat hidden4 | grep -o '{ 1.*')" "{ 10.11.12.101 }"
status 0 "stays with another address" vzlite set 101 --ipadd 198.51.100.9
check "so" from 101 10.11.12.101 192.0.2.2
status 0 "and a restart" vzlite restart 101
check "so" from 101 10.11.12.101 192.0.2.2
check "a VE has an eighth of what there is" rule "over $(($(cat $tracking/nf_conntrack_max) / 8)) "
# 7.3 takes no 0 any more.
echo 0 >/run/most
mount --bind /run/most $tracking/nf_conntrack_max
status 0 "a table without an end" vzlite set 102 --ipadd 192.0.2.102
check "does not give it more" rule "over 32768 "
echo none >/run/most
says "a share that is not known is told" "set 102: read net.netfilter.nf_conntrack_max: Invalid" vzlite set 102 --nat yes
check "changes nothing" rule "over 32768 "
umount $tracking/nf_conntrack_max

# The limit
status 0 "NAT for another VE" vzlite set 102 --nat yes --save
echo 600 >$tracking/nf_conntrack_udp_timeout
echo 800 >$tracking/nf_conntrack_max
status 0 "a smaller table" vzlite set 101 --ipadd 10.11.12.101
check "forgets all" "$here/flows" forget
in_101 /flows stream 10.11.12.101 192.0.2.2 1000
eq "a stream of many packets is one connection, and whole" "$(held 101) $(dropped)" "1 0"
spread 101 10.11.12.101 192.0.2.2
eq "of a thousand others there is room for as many as are left" "$(held 101)" 100
eq "all others are dropped, and no packet of what it has" "$(dropped)" 902
check "it opens no other" not from 101 10.11.12.101 192.0.2.2
check "nor to the host" not from 101 192.0.2.101 192.0.2.1
others_get_through
check "there is room for all links" rule '!= @connections100 counter packets 0 '
status 0 "restart" vzlite restart 101
spread 101 10.11.12.101 192.0.2.2
spread 101 10.11.12.101 192.0.2.1
eq "does not give it more" "$(held 101)" 100
status 0 "no NAT for the other VE" vzlite set 102 --nat no --save
status 0 "restart of the only one with NAT" vzlite restart 101
spread 101 10.11.12.101 192.0.2.2
spread 101 192.0.2.101 192.0.2.2
eq "does not, either" "$(held 101)" 100
spread 102 192.0.2.102 192.0.2.2
eq "a VE without NAT has as much and no more" "$(held 102)" 100
check "the host gets through" answers 192.0.2.2
check "they are forgotten" "$here/flows" forget
check "it gets through again" from 101 10.11.12.101 192.0.2.2
spread 101 192.0.2.101 192.0.2.1
eq "those with the host count, too" "$(held 101)" 100
"$here/flows" forget

# What connection tracking never drops by itself
status 0 "NAT for the other VE" vzlite set 102 --nat yes --save
outside "$here/flows" listen 1000 &
server=$!
in_101 /flows tcp 10.11.12.101 192.0.2.2 1000 >/run/established &
client=$!
check "it holds connections" retry 10 test -s /run/established
eq "as many as it may" "$(cat /run/established) $(held 101)" "100 100"
others_get_through
kill $client
in_101 killall -9 flows
wait $client
check "without them it gets through again" retry 10 from 101 10.11.12.101 192.0.2.2
kill $server
wait $server 2>/dev/null

# Another limit is for who has had the one before, too.
echo 1600 >$tracking/nf_conntrack_max
status 0 "a larger table" vzlite set 102 --ipadd 10.11.12.102
"$here/flows" forget
spread 101 10.11.12.101 192.0.2.2
eq "has more room" "$(held 101)" 200

status 0 "no NAT" vzlite set 102 --nat no --save
status 0 "for nobody" vzlite set 101 --nat no --save
eq "leaves no table" "$(tables)" "table inet vzlite"
status 0 "NAT once more" vzlite set 101 --nat yes --save
for ve in 102 101; do
	status 0 "stop $ve" vzlite stop $ve --fast
done
eq "who has stopped has left what he held" "$(tables)" "table inet vzlite_nat"
status 0 "start of a VE without NAT" vzlite start 102
eq "ends that" "$(tables)" "table inet vzlite"
status 0 "stop" vzlite stop 102 --fast
for ve in 101 102; do
	nothing_left $ve
	status 0 "destroy $ve" vzlite destroy $ve
done
eq "nothing is left" "$(tables)" ""
unloads
finish
