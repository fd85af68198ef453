#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: a VE sends and is sent to as fast as --rate says, whatever became of its link meanwhile
# on: newest
# also: bookworm
# smp: 1
# waits: yes
# timeout: 400
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/ve.sh"
. "$(dirname "$0")/outside.sh"

make_outside
sysctl -qw net.ipv4.conf.up0.forwarding=1 net.ipv6.conf.all.forwarding=1
check "the module loads" modprobe vzlite
status 0 "create" vzlite create 101 --ostemplate busybox --ipadd 192.0.2.101 --ipadd 2001:db8:1::101
status 0 "start" vzlite start 101

# Rate: how many ms 1 MiB takes, from the VE and to it.
head -c 1048576 /dev/zero >/run/1M
listen='mkfifo /run/open && sleep 60 >/run/open & sleep 0.5; nc -l -p 82 </run/open | wc -c; kill $!; rm /run/open'
ms_of() {
	local begin
	if [[ $1 == from ]]; then
		outside busybox sh -c "$listen" >/run/got &
		retry 20 sh -c 'ip netns exec outside ss -ltn | grep -q :82'
		begin=${EPOCHREALTIME/./}
		in_101 nc 192.0.2.2 82 </run/1M >/dev/null
	else
		in_101 sh -c "$listen" >/run/got </dev/null &
		retry 20 in_101 sh -c 'netstat -ltn | grep -q :82'
		begin=${EPOCHREALTIME/./}
		outside busybox nc 192.0.2.101 82 </run/1M >/dev/null
	fi
	echo $(((${EPOCHREALTIME/./} - begin) / 1000))
	wait $!
	[[ $(cat /run/got) -eq 1048576 ]] || echo "of $(cat /run/got) bytes"
}
status 80 "no rate" vzlite set 101 --rate fast
status 80 "a rate too low" vzlite set 101 --rate 7
# What a busy machine does to it is not of interest.
at_best() {
	local ms best=999999 n
	for n in 1 2 3; do
		ms=$(ms_of "$1")
		best=$((ms < best ? ms : best))
		[[ $best -ge 2500 ]] || break
	done
	echo $best
}
free_from=$(at_best from) free_to=$(at_best to)
status 0 "2 Mbit/s" vzlite set 101 --rate eth0:1:2000 --save
from=$(ms_of from) to=$(ms_of to)
check "1 MiB from it takes 3 seconds or more: $from ms" test "$from" -ge 3000
check "and to it: $to ms" test "$to" -ge 3000
timely check "without it less: $free_from ms, $free_to ms" test "$free_from" -lt 3000 -a "$free_to" -lt 3000
status 0 "restart" vzlite restart 101
eq "keeps it" "$(tc qdisc show dev vz101 | awk '{ print $2 }' | sort | tr '\n' ' ')" "ingress tbf "
eq "both ways" "$(tc filter show dev vz101 ingress | grep -o 'rate [0-9]*Mbit'; tc qdisc show dev vz101 |
	grep -o 'rate [0-9]*Mbit')" "rate 2Mbit
rate 2Mbit"
limits() {
	{ tc filter show dev vz101 ingress; tc qdisc show dev vz101; } | grep -o 'rate [0-9]*.bit' | tr '\n' ' '
}
# OpenVZ's guarantee, as each of its vz.conf has it, is no limit.
conf=/etc/vzlite/conf/101.conf
saved=$(<$conf)
sed -i 's/^RATE=.*/RATE="*:1:8"/' $conf
says "a guarantee of OpenVZ's is no limit, and that is said" 'RATE="*:1:8" is no limit without RATEBOUND' vzlite restart 101
eq "nothing is shaped" "$(limits)" ""
echo 'RATEBOUND="yes"' >>$conf
status 0 "restart" vzlite restart 101
eq "with RATEBOUND it is one" "$(limits)" "rate 8Kbit rate 8Kbit "
cat >$conf <<<"$saved"
status 0 "restart" vzlite restart 101
eq "as before" "$(limits)" "rate 2Mbit rate 2Mbit "
# What waits is not seconds old when it comes: 400 kB at once, of 12.5 kB a second.
status 0 "100 kbit/s" vzlite set 101 --rate 100
outside ping -q -i 0.002 -c 280 -W 1 -s 1400 192.0.2.101 >/dev/null
ms=$(outside ping -c 1 -W 60 192.0.2.101 | sed -n 's/.*time=\([0-9]*\).*/\1/p')
timely check "behind a full queue one waits $ms ms" test "${ms:-60000}" -lt 2500
head -c 40000 /dev/zero >/run/40k
outside busybox nc -l -p 83 </run/40k >/dev/null &
retry 20 sh -c 'ip netns exec outside ss -ltn | grep -q :83'
eq "a stream comes whole" $(($(in_101 sh -c 'sleep 10 | nc 192.0.2.2 83 | wc -c'))) 40000
wait $!
status 0 "and back to that" vzlite set 101 --rate eth0:1:2000 --save
check "what is saved is what a reboot has" test ! -e /run/vzlite/101.rate
status 0 "another one" vzlite set 101 --rate 5G
eq "is in force" "$(limits)" "rate 5Gbit rate 5Gbit "
status 0 "one beyond 32 bits" vzlite set 101 --rate 40G
eq "so is that" "$(limits)" "rate 40Gbit rate 40Gbit "
# What traffic control tells, up to what it is told last.
tc monitor >/run/events 2>&1 &
monitor=$!
told() {
	tc qdisc replace dev lo root handle "$1:" pfifo
	tc qdisc del dev lo root
	grep -q "pfifo $1: dev lo" /run/events
}
check "somebody looks" retry 10 told 77
for rate in {1..10}; do
	vzlite set 101 --rate "${rate}M" && vzlite set 101 --rate 5G
done
check "to the end" retry 10 told 78
kill $monitor
wait $monitor 2>/dev/null
eq "20 changes are seen" "$(grep -c '^added filter dev vz101 ' /run/events)" 20
eq "at no time was there no limit" "$(awk '/ dev lo / { next } /^deleted qdisc/
	/^added filter dev vz101 / { n++ } /^deleted filter dev vz101 / && --n < 0' /run/events)" ""
eq "the last one is in force" "$(limits)" "rate 5Gbit rate 5Gbit "
for pref in 1 2; do
	tc filter add dev vz101 ingress pref $pref matchall action police rate 1mbit burst 128k 2>/dev/null
done
eq "after a change that was killed half way" "$(tc filter show dev vz101 ingress | grep -c rate)" 2
status 0 "the next one" vzlite set 101 --rate 3M
eq "does the rest" "$(limits)" "rate 3Mbit rate 3Mbit "

# A link as one leaves it who was killed before it was brought up
before=$(limits)
in_101 ip link set venet0 down
ip link set vz101 down
tc qdisc del dev vz101 root
tc qdisc del dev vz101 ingress
eq "it is down" "$(routes_of 101; limits)" ""
status 0 "one more address" vzlite set 101 --ipadd 198.51.100.10
eq "brings it up" "$(ip -o link show vz101 | grep -o 'state [A-Z]*')" "state UP"
eq "with its rate" "$(limits)" "$before"
for a in 198.51.100.10 192.0.2.101 "-6 2001:db8:1::101"; do
	# shellcheck disable=SC2086
	check "it is reached by $a" answers $a outside
done
status 0 "none" vzlite set 101 --rate 0 --save
eq "then there is none" "$(tc qdisc show dev vz101 | awk '{ print $2 }')" "noqueue"

status 0 "stop" vzlite stop 101
nothing_left 101
status 0 "destroy" vzlite destroy 101
unloads
finish
