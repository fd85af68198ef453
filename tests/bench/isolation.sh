#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs in the test machine under --icount. A VE that has a piece of work every 10 ms,
# about a quarter of the one processor, beside one that takes all it can of something:
# the suite of Matthews et al. 2007. The value is what the good VE gets done, the
# ratio what it loses of that, in percent of what is allowed: 0.5 % for processor,
# memory and tasks, 1 % for disk and network.
# Others' losses in percent, Xavier et al. 2013 (processor, memory, tasks, disk, receiver, sender):
# LXC 0 88 - 9 2 10, OpenVZ 0 89 0 39 5 35, Xen 0 1 0 0 1 0.
set -euo pipefail
cd "$(dirname "$0")"
programs=/usr/lib/vzlite/tests/vm
good=4000 bad=5500 # milliseconds

modprobe vzlite
mkdir -p /var/lib/vzlite/private
modprobe loop
modprobe dummy
truncate -s 400M /root/disk.img
mkfs.ext4 -q -O quota,project -E quotatype=prjquota /root/disk.img
mount -o loop,prjquota /root/disk.img /var/lib/vzlite/private
ip link add outside type dummy
ip addr add 192.0.2.1/24 dev outside
ip link set outside up
sysctl -qw net.ipv4.conf.all.forwarding=1
vzlite create 101 --ostemplate busybox --ram 96M --swap 0 --numproc 100 --numfile 2000 --diskspace 64M >&2
vzlite create 102 --ostemplate busybox >&2
vzlite set 101 --ipadd 192.0.2.101 --save >&2
vzlite start 101 >&2
vzlite start 102 >&2
vzlite exec 101 -- sh -c 'cat >/exhaust && chmod 755 /exhaust' <$programs/exhaust
vzlite exec 102 -- sh -c 'cat >/steady && chmod 755 /steady' <$programs/steady

row() { # CONDITION DONE LOSS-ALLOWED
	printf 'paced work\t%s\t%s\trounds\t%s\t%s\n' "$1" "$2" \
		"$(awk -v done="$2" -v alone="$alone" -v allowed="$3" 'BEGIN {
			loss = 100 * (1 - done / alone); if (loss < 0) loss = 0
			if (allowed == "-") print "-"; else printf "%.3f", loss / allowed }')" "${4-1}"
}

paced() {
	vzlite exec 102 -- /steady paced $good
}

# beside CONDITION LOSS-ALLOWED SAYS COMMAND...: an attack that says that it took something,
# and goes on as long as the good VE works
beside() {
	local condition=$1 allowed=$2 says=$3 rounds
	shift 3
	"$@" >/run/attack 2>&1 &
	sleep 0.1
	rounds=$(paced)
	kill -0 $! || { echo "$condition: the attack ended early: $(tail -n 1 /run/attack)" >&2 && exit 1; }
	wait $! || :
	echo "$condition: $(tail -n 1 /run/attack)" >&2
	grep -qE "$says" /run/attack || exit 1
	row "$condition" "$rounds" "$allowed"
}

alone=$(paced)
row alone "$alone" - -
some='^[1-9][0-9]* '
beside processor 0.5 "$some" vzlite exec 101 -- /exhaust processor $bad
beside tasks 0.5 "$some" vzlite exec 101 -- /exhaust tasks $bad
# Anew when it was killed, whichever of its processes that took.
hog_memory() {
	local end=$((SECONDS + 6))
	while [[ $SECONDS -lt $end ]]; do
		vzlite exec 101 -- /exhaust memory 900 || vzlite exec 101 -- true || return
	done
}
beside memory 0.5 "$some" hog_memory
beside disk 1 '^[1-9][0-9]*\+[0-9]* records out' vzlite exec 101 -- timeout 5.5 sh -c 'while :; do dd if=/dev/zero of=/root/big bs=1M count=8 conv=fsync; rm /root/big; done'
beside sender 1 "$some" vzlite exec 101 -- env EXHAUST_TARGET=192.0.2.1 /exhaust packets $bad
EXHAUST_TARGET=192.0.2.101 beside receiver 1 "$some" $programs/exhaust packets $bad
