#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs in the test machine under --icount. A VE that has a piece of work every 10 ms
# beside one that takes all it can of something: the suite of Matthews et al. 2007. The work
# is of what the other takes: about a quarter of the one processor, a block on the disk
# (fsync), or a datagram to the outside and its answer. The value is what the good VE loses of
# it, in percent; the ratio that to what is allowed: 0.5 for processor, memory and tasks, 1
# for disk and network. No VE has a limit but its RAM and what it may have of objects, if the
# condition does not name it, which is then as a hoster sets it. Others' losses are beside it.
set -euo pipefail
cd "$(dirname "$0")"
programs=/usr/lib/vzlite/tests/vm
good=4000 bad=5500 # milliseconds
iolimit=16M rate=20M

# Percent. Xavier et al. 2013, which lets one of the suite go on beside NPB's LU (DNR: the machine
# stood still); Matthews et al. 2007, as their abstract has it, of web requests; and what the kernel's
# own cgroups gave with the paced work, in the test machine.
losses='condition	LXC (Xavier 2013)	OpenVZ (Xavier 2013)	VServer (Xavier 2013)	Xen (Xavier 2013)	Xen (Matthews 2007)	VMware (Matthews 2007)	cgroup v2 alone
processor	0	0	0	0	-	0	0.1
tasks	DNR	0	0	0	-	0	0.3
memory	88.2	89.3	20.6	0.9	-	0	0.3
disk	9	39	48.8	0	1.7	0	-
sender	10.3	35.4	8.2	0.3	-	0	-
receiver	2.2	4.5	13.6	0.9	-	0	-'

outside() {
	ip netns exec outside "$@"
}

modprobe vzlite
mkdir -p /var/lib/vzlite/private
# A disk that does one thing after the other, 2000 of at most 128 KiB in a second of the machine's
# own time: the host's disk would be as quick as the host is idle.
modprobe null_blk nr_devices=1 gb=1 memory_backed=1 queue_mode=2 irqmode=2 completion_nsec=500000 \
	submit_queues=1 hw_queue_depth=1 max_sectors=256
mkfs.ext4 -q -O quota,project -E quotatype=prjquota /dev/nullb0 400M
mount -o prjquota /dev/nullb0 /var/lib/vzlite/private
# The outside, by a line of 100 Mbit/s.
ip netns add outside
ip link add up0 type veth peer name out0 netns outside
ip addr add 192.0.2.1/24 dev up0
ip link set up0 up
tc qdisc add dev up0 root tbf rate 100mbit burst 64kb latency 20ms
outside ip link set lo up
outside ip link set out0 up
outside ip addr add 192.0.2.2/24 dev out0
sysctl -qw net.ipv4.conf.all.forwarding=1
vzlite create 101 --ostemplate busybox --ram 96M --swap 0 --numproc 100 --numfile 2000 --diskspace 64M \
	--ipadd 192.0.2.101 >&2
vzlite create 102 --ostemplate busybox --ipadd 192.0.2.102 >&2
vzlite start 101 >&2
vzlite start 102 >&2
for ve in 101 102; do
	vzlite exec $ve -- sh -c 'cat >/exhaust && chmod 755 /exhaust' <$programs/exhaust
	vzlite exec $ve -- sh -c 'cat >/steady && chmod 755 /steady' <$programs/steady
done
outside $programs/steady server &
vzlite exec 101 -- /steady server &

declare -A alone steady=([work]="paced $good" [disk]="disk $good" [echo]="echo $good 192.0.2.2")

paced() { # KIND
	# shellcheck disable=SC2086
	vzlite exec 102 -- /steady ${steady[$1]}
}

busy_ms() {
	awk '{ print $10 }' /sys/block/nullb0/stat
}

row() { # KIND CONDITION LOSS ALLOWED TARGET
	printf 'loss of paced %s\t%s\t%s\t%%\t%s\t%s\n' "$1" "$2" "$3" \
		"$(awk -v loss="$3" -v allowed="$4" 'BEGIN { printf "%.3f", loss / allowed }')" "$5"
}

# others CONDITION ALLOWED
others() {
	awk -F '\t' -v condition="$1" -v allowed="$2" '
		NR == 1 { split($0, names) }
		$1 == condition {
			for (i = 2; i <= NF; i++)
				if ($i != "-")
					printf "loss, %s\t%s\t%s\t%%\t%s\t-\n", names[i], condition, $i,
						$i == "DNR" ? "-" : sprintf("%.3f", $i / allowed)
		}' <<<"$losses"
}

# beside KIND CONDITION ALLOWED TARGET SAYS COMMAND...: an attack that says that it took something,
# and goes on as long as the good VE works
beside() {
	local kind=$1 condition=$2 allowed=$3 target=$4 says=$5 rounds busy started
	shift 5
	"$@" >/run/attack 2>&1 &
	sleep 0.1
	busy=$(busy_ms) started=$(date +%s%3N)
	rounds=$(paced "$kind")
	busy=$((100 * ($(busy_ms) - busy) / ($(date +%s%3N) - started)))
	kill -0 $! || { echo "$condition: the attack ended early: $(tail -n 1 /run/attack)" >&2 && exit 1; }
	wait $! || :
	echo "$condition: $rounds of ${alone[$kind]}, the disk is busy for $busy %; $(tail -n 1 /run/attack)" >&2
	grep -qE "$says" /run/attack || exit 1
	row "$kind" "$condition" "$(awk -v rounds="$rounds" -v alone="${alone[$kind]}" 'BEGIN {
		loss = 100 * (1 - rounds / alone); printf "%.2f", loss < 0 ? 0 : loss }')" "$allowed" "$target"
}

# The first finds out where the outside is.
vzlite exec 102 -- /steady echo 500 192.0.2.2 >&2
for kind in work disk echo; do
	alone[$kind]=$(paced $kind)
	printf 'paced %s\talone\t%s\trounds\t1\t-\n' $kind "${alone[$kind]}"
done
some='^[1-9][0-9]* '
beside work processor 0.5 1 "$some" vzlite exec 101 -- /exhaust processor $bad
others processor 0.5
beside work tasks 0.5 1 "$some" vzlite exec 101 -- /exhaust tasks $bad
others tasks 0.5
beside work memory 0.5 1 "$some" vzlite exec 101 -- /exhaust memory $bad
others memory 0.5

hog_disk() {
	local hogs=()
	for name in 1 2 3 4; do
		vzlite exec 101 -- timeout 5.5 sh -c "while :; do
			dd if=/dev/zero of=/root/big$name bs=1M count=8 conv=fsync; rm /root/big$name; done" &
		hogs+=($!)
	done
	wait "${hogs[@]}"
}
hog_line() {
	vzlite exec 101 -- env EXHAUST_TARGET=192.0.2.2 /exhaust packets $bad
}
records='^[1-9][0-9]*\+[0-9]* records out'
beside disk disk 1 - "$records" hog_disk
vzlite set 101 --iolimit $iolimit >&2
beside disk "disk, --iolimit $iolimit" 1 1 "$records" hog_disk
others disk 1
beside echo sender 1 - "$some" hog_line
vzlite set 101 --rate $rate >&2
beside echo "sender, --rate $rate" 1 1 "$some" hog_line
others sender 1
vzlite set 101 --rate 0 >&2
beside echo receiver 1 1 "$some" outside env EXHAUST_TARGET=192.0.2.101 $programs/exhaust packets $bad
others receiver 1
