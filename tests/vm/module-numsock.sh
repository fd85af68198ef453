#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: numtcpsock and numothersock are exact and enforced: made, connected, accepted, in every family
# timeout: 240
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/module.sh"
TCP=9
OTHER=17

held() {
	counter "$1" "$2" | cut -d' ' -f1
}

module_load
ve_new 61 $TCP=20:20 $OTHER=20:20
ve_new 62

eq "TCP stops with ENOBUFS" "$(in_ve 61 objects tcp 1000)" "20 ENOBUFS"
eq "over IPv6, too" "$(in_ve 61 objects tcp6 1000)" "20 ENOBUFS"
settled 61 $TCP
eq "held 0, two refusals" "$(counter 61 $TCP)" "0 20 20 20 2"
eq "UDP does" "$(in_ve 61 objects udp 1000)" "20 ENOBUFS"
eq "packet sockets do" "$(in_ve 61 objects packet 1000)" "20 ENOBUFS"
settled 61 $OTHER
eq "unix stops with ENOMEM" "$(in_ve 61 objects unix 1000)" "20 ENOMEM"
eq "netlink does" "$(in_ve 61 objects netlink 1000)" "20 ENOMEM"
# Those are freed a grace period after their end.
settled 61 $OTHER
eq "a pair is two" "$(in_ve 61 objects pairs 1000)" "10 ENOMEM"
settled 61 $OTHER
eq "held 0, five refusals" "$(counter 61 $OTHER)" "0 20 20 20 5"
eq "neither counts as the other" "$(counter 61 $TCP)" "0 20 20 20 2"
for kind in tcp unix; do
	in_ve 61 objects $kind 20 /run/hold-$kind >/dev/null &
	check "one stands at the limit with $kind" retry 30 test -e /run/hold-$kind
done
for kind in tcp udp unix; do
	eq "the other VE and the host make what they like of $kind beside them" \
		"$(in_ve 62 objects $kind 100) $(objects $kind 100)" "100 none 100 none"
done
eq "they stand there still" "$(held 61 $TCP) $(held 61 $OTHER)" "20 20"
rm /run/hold-*
wait
settled 61 $TCP && settled 61 $OTHER && settled 62 $TCP && settled 62 $OTHER
eq "nobody was refused" "$(counter 61 $TCP | cut -d' ' -f1,5) $(counter 61 $OTHER | cut -d' ' -f1,5) \
$(counter 62 $TCP | cut -d' ' -f1,5) $(counter 62 $OTHER | cut -d' ' -f1,5)" "0 2 0 5 0 0 0 0"
eq "a refused pair leaves nothing" "$(held 61 $OTHER)" 0

# Connections of the host to a listener in the VE: its children are the VE's before
# anybody accepts them.
in_ve 61 objects listen:7001 128 /run/listen &
retry 30 test -e /run/listen
eq "the host connects as often as it likes" "$(objects connect:7001 30)" "30 none"
retry 30 sh -c "[ \$(vznl counter 61 $TCP | cut -d' ' -f1) -le 20 ]"
eq "the VE never holds more than its limit" "$(counter 61 $TCP | cut -d' ' -f2)" 20
check "what was dropped is counted" [ "$(counter 61 $TCP | cut -d' ' -f5)" -ge 12 ]
rm /run/listen
check "nothing is held without the listener" settled 61 $TCP
in_ve 61 objects listen:7002 128 /run/listen &
retry 30 test -e /run/listen
objects connect:7002 10 /run/connected >/dev/null &
retry 30 test -e /run/connected
eq "a listener and ten that nobody has accepted" "$(held 61 $TCP)" 11
vznl set 61 $TCP=$((1 << 40)):$((1 << 40))
rm /run/connected /run/listen
check "and none at the end" settled 61 $TCP
vznl set 61 $TCP=20:20

in_ve 61 objects listen:/run/socket 128 /run/listen &
retry 30 test -e /run/listen
eq "a unix connection beyond the listener's limit is refused" \
	"$(objects connect:/run/socket 100)" "19 ENOMEM"
rm /run/listen
settled 61 $OTHER
eq "and none is left" "$(held 61 $OTHER)" 0
rm -f /run/socket

# A listener of the host: what is accepted is the acceptor's.
objects accept:7003 10 /run/accepted "$(dir 62)" &
check "it has come into the VE" retry 30 grep -q . "$(dir 62)/cgroup.procs"
objects connect:7003 10 /run/connected >/dev/null &
retry 30 test -e /run/accepted
eq "ten accepted from a listener of the host" "$(held 62 $TCP)" 10
rm /run/accepted /run/connected
wait
check "and none at the end" settled 62 $TCP

# Both ends in the VE, the child accepted in another process, killed.
in_ve 62 objects listen:7004 128 /run/listen &
retry 30 test -e /run/listen
in_ve 62 objects connect:7004 25 /run/connected >/dev/null &
retry 30 test -e /run/connected
eq "a listener, 25 clients, 25 children" "$(held 62 $TCP)" 51
pkill -KILL objects
rm -f /run/listen /run/connected
wait
check "SIGKILL leaves none" settled 62 $TCP

# An MPTCP socket pays for what arrives at the kernel's socket that listens for it.
ve_new 64 $TCP=10:10
in_ve 64 objects mptcp-listen:7006 128 /run/listen &
retry 30 test -e /run/listen
for by in connect mptcp-connect; do
	eq "$by: the host connects" "$(objects $by:7006 15)" "15 none"
done
check "an MPTCP listener fills up to the limit" retry 5 sh -c "vznl counter 64 $TCP | grep -q '^10 10 '"
check "what was dropped is counted" [ "$(counter 64 $TCP | cut -d' ' -f5)" -ge 21 ]
rm /run/listen
check "nothing is held without it" settled 64 $TCP
in_ve 64 objects mptcp-accept:7007 3 /run/accepted "$(dir 64)" &
retry 30 sh -c "vznl counter 64 $TCP | grep -q '^2 '"
objects mptcp-connect:7007 3 /run/connected >/dev/null &
retry 30 test -e /run/accepted
eq "accepted by MPTCP: two each, and the listener" "$(held 64 $TCP)" 8
rm -f /run/accepted /run/connected
wait
check "and none at the end" settled 64 $TCP
objects listen:7009 128 /run/listen &
retry 30 test -e /run/listen
refusals=$(counter 64 $TCP | cut -d' ' -f5)
vznl set 64 $TCP=9:9
in_ve 64 objects mptcp-connect:7009 15 /run/connected >/run/got &
retry 30 test -e /run/connected
# The fifth has its one, if the kernel makes the other when it is needed.
check "whoever connects by MPTCP has two each, up to the limit" grep -qx '[89] 4 ENOBUFS' <<<"$(held 64 $TCP) $(cat /run/got)"
eq "one was refused" "$(counter 64 $TCP | cut -d' ' -f5)" $((refusals + 1))
rm -f /run/connected /run/listen
wait
check "and none at the end" retry 70 settled 64 $TCP
vznl del 64

# A zombie's listener pays no more: what comes is the acceptor's.
mkdir -p "$(dir 63)"
vznl new 63 "$(dir 63)" $TCP=5:5
in_ve 63 objects accept:7005 50 /run/accepted "$(dir 62)" &
check "its listener has left the VE" retry 30 grep -q . "$(dir 62)/cgroup.procs"
eq "which still pays" "$(held 63 $TCP)" 1
check "which is deleted" vznl del 63
check "and lives on as a zombie" grep -q "63 zombie" /proc/vzlite/ve
eq "whose listener still takes connections" "$(objects connect:7005 20)" "20 none"
check "and whoever accepts them pays" retry 5 sh -c "vznl counter 62 $TCP | grep -q '^20 '"
pkill -KILL objects
wait
check "until the last of its sockets is gone" retry 10 not grep -q zombie /proc/vzlite/ve

# Who listened before the VE came, as in a container that is adopted.
mkdir -p "$(dir 65)"
in_ve 65 objects listen:7008 128 /run/listen &
in_ve 65 objects listen:/run/socket 128 /run/listen.unix &
retry 30 test -e /run/listen -a -e /run/listen.unix
for when in first again; do
	vznl new 65 "$(dir 65)" $TCP=10:10 $OTHER=15:15
	eq "$when: the host connects" "$(objects connect:7008 15)" "15 none"
	check "$when: connections of an older listener fill up to the limit" retry 5 sh -c "vznl counter 65 $TCP | grep -q '^10 10 '"
	check "$when: what was dropped is counted" [ "$(counter 65 $TCP | cut -d' ' -f5)" -ge 5 ]
	eq "$when: those of a unix one, too" "$(objects connect:/run/socket 100)" "15 ENOMEM"
	check "$when: released" vznl del 65 release
done
pkill -KILL objects
rm -f /run/listen /run/listen.unix /run/socket
wait
check "no zombie is left of them" retry 10 not grep -q zombie /proc/vzlite/ve

# No kernel of Debian's loads it by itself; that with the checks has none.
[[ $(uname -r) == *-vzlite-debug ]] || check "the host has AF_RDS" modprobe rds
for kind in vsock rds smc smc-inet; do
	# What a kernel lacks the VE cannot be refused.
	if [[ $(objects $kind 1) == "1 none" ]]; then
		ok "the host has $kind"
		eq "$kind is not for VEs" "$(in_ve 61 objects $kind 1)" "0 EAFNOSUPPORT"
	fi
done
eq "AF_RDS is not for VEs" "$(in_ve 61 objects rds 1)" "0 EAFNOSUPPORT"
eq "AF_VSOCK is not for VEs" "$(in_ve 61 objects vsock 1)" "0 EAFNOSUPPORT"
# The debug kernel is built without it.
[[ -e $kmemleak ]] || eq "the host has AF_ALG" "$(objects alg 1)" "1 none"
eq "AF_ALG is not for VEs" "$(in_ve 61 objects alg 1)" "0 EAFNOSUPPORT"
[[ -e $kmemleak ]] || check "the host has AF_KCM" modprobe kcm
[[ -e $kmemleak ]] || eq "and makes sockets of it" "$(objects kcm 1)" "1 none"
[[ -e $kmemleak ]] || check "the host has AF_TIPC" modprobe tipc
[[ -e $kmemleak ]] || eq "and makes sockets of it" "$(objects tipc 1)" "1 none"
eq "AF_TIPC is not for VEs" "$(in_ve 61 objects tipc 1)" "0 EAFNOSUPPORT"
eq "AF_KCM is not for VEs" "$(in_ve 61 objects kcm 1)" "0 EAFNOSUPPORT"

settled 61 $OTHER && settled 62 $OTHER
eq "nothing is left" "$(held 61 $TCP) $(held 61 $OTHER) $(held 62 $TCP) $(held 62 $OTHER)" "0 0 0 0"
vznl del 61 && vznl del 62
module_unload
check "the kernel's log is clean" not sh -c "dmesg | grep -E 'WARNING:|BUG:|Oops'"
finish
