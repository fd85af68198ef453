#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: the bytes in buffers of sockets are summed for each VE, while sockets come and go
# timeout: 240
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/module.sh"

row() {
	awk -v name="$2" -v column="$3" '$1 == name { print $(column + 1) }' "/proc/vzlite/$1/beancounters"
}

# hold KIND N: in VE 41, then the sums are of now
hold() {
	in_ve 41 hog "$1" "$2" /run/hold >/run/hold.out &
	retry 20 test -e /run/hold || not_ok "VE 41 holds $1 $2"
	eq "all of $2 bytes or datagrams of $1 are under way" "$(cat /run/hold.out)" "$2 none"
	sleep 1.2
}

release() {
	rm /run/hold
	wait
	sleep 1.2
}

# What ss says of both ends: r: received and not read, w: written and not acknowledged
ss_sum() {
	ss -tnmH '( sport = :7777 or dport = :7777 )' | grep -o 'skmem:([^)]*' | tr '(,' '\n\n' |
		awk -v key="$1" '$0 ~ "^" key "[0-9]+$" { sum += substr($0, 2) } END { print sum + 0 }'
}

ip link set lo up
module_load
ve_new 41
ve_new 42
sleep 1.2
eq "a VE without sockets has no buffers" \
	"$(for name in tcpsndbuf tcprcvbuf othersockbuf dgramrcvbuf; do row 41 $name 1; done | xargs)" "0 0 0 0"
eq "they are accounted" "$(row 41 tcpsndbuf 6) $(row 41 tcpsndbuf 4)" "accounted 9223372036854775807"

hold tcp 60000
eq "of TCP what ss says" "$(row 41 tcpsndbuf 1) $(row 41 tcprcvbuf 1)" "$(ss_sum w) $(ss_sum r)"
check "which is no less than was written" \
	test $(($(row 41 tcpsndbuf 1) + $(row 41 tcprcvbuf 1))) -ge 60000
eq "and no other kind, nor the other VE" \
	"$(row 41 othersockbuf 1) $(row 41 dgramrcvbuf 1) $(row 42 tcprcvbuf 1)" "0 0 0"
release
check "read or not, it is gone with the sockets" retry 10 eval '[[ $(row 41 tcpsndbuf 1)$(row 41 tcprcvbuf 1) = 00 ]]'
check "maxheld stays" test $(($(row 41 tcpsndbuf 2) + $(row 41 tcprcvbuf 2))) -ge 60000

hold udp 50
check "datagrams" test "$(row 41 dgramrcvbuf 1)" -ge 50000
release
check "are gone, too" retry 10 eval '[[ $(row 41 dgramrcvbuf 1) -eq 0 ]]'
hold unix 50000
check "AF_UNIX counts at the writer" test "$(row 41 othersockbuf 1)" -ge 50000
eq "not at the reader" "$(row 41 dgramrcvbuf 1)" 0
release
check "until it is closed" retry 10 eval '[[ $(row 41 othersockbuf 1) -eq 0 ]]'

# Sums are taken while all kinds of objects are made and freed in the same table
touch /run/churning
for id in 41 42; do
	while [[ -e /run/churning ]]; do
		in_ve $id probe opens 2000 >/dev/null
		in_ve $id objects unix 2000 >/dev/null
		in_ve $id objects udp 2000 >/dev/null
	done &
done
# both_held RESOURCE N: at once, at some moment
both_held() {
	[[ $(row 41 "$1" 2) -ge $2 && $(row 42 "$1" 2) -ge $2 ]]
}
check "both VEs have made all of them once" retry 60 both_held numothersock 2000
for _ in {1..6}; do
	row 41 tcpsndbuf 1 >/dev/null
	row 42 tcpsndbuf 1 >/dev/null
	sleep 1.05
done
rm /run/churning
wait
left() {
	echo "$(row 41 othersockbuf 1) $(row 42 dgramrcvbuf 1) $(row 41 numfile 1) $(row 42 numothersock 1)"
}
check "afterwards nothing is left" retry 10 eval '[[ $(left) = "0 0 0 0" ]]'

# One that has been bound is freed after a grace period, and counts until then.
in_ve 41 python3 -c 'import socket, time
end = time.time() + 6
while time.time() < end:
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.connect(("127.0.0.1", 9))
    s.close()' &
for _ in {1..5}; do
	sleep 1.05
	row 41 othersockbuf 1 >/dev/null
done
wait
check "one that is about to be freed is not less than nothing ($(row 41 othersockbuf 2))" \
	test "$(row 41 othersockbuf 2)" -lt 1000000000

vznl del 41
vznl del 42
module_unload
finish
