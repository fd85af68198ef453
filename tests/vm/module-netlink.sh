#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: malformed netlink changes nothing, events are sent and limited, access is checked
# on: trixie
# also: bookworm newest debug
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/module.sh"

module_load
mkdir -p "$(dir 31)/below"
malformed each "$(dir 31)" || vm_failed=1
check "random messages are refused" malformed flood 3000
eq "they make no VE" "$(vznl list)" ""
check "and hook nothing" not hooked

ve_new 31 5=10:10
ve_new 33
# What there is, and what is hooked; used figures change by themselves.
state() {
	vznl list
	for resource in $(seq 0 24); do
		echo "31 $(counter 31 "$resource" | cut -d' ' -f3,4)"
		echo "33 $(counter 33 "$resource" | cut -d' ' -f3,4)"
	done
	sed 's/[ (].*//' /sys/kernel/tracing/enabled_functions
}
before=$(state)
check "random messages are refused, too, where VEs are" malformed flood 3000
eq "they change none, nor a hook" "$(state)" "$before"
errno_is() {
	local want=$1 output
	shift
	output=$("$@" 2>&1)
	[[ $output == *"$want"* ]] || { echo "$output"; return 1; }
}
check "an id twice is refused" errno_is "File exists" vznl new 31 "$(dir 33)"
check "a cgroup twice is refused" errno_is "File exists" vznl new 32 "$(dir 31)"
check "a VE in a VE is refused" errno_is "busy" vznl new 32 "$(dir 31)/below"
check "the root is refused" errno_is "Invalid" vznl new 32 /sys/fs/cgroup
check "no such VE" errno_is "No such" vznl set 32 5=1:1
eq "a dump names the VEs" "$(vznl list | tr '\n' ' ')" "31 33 "
eq "of the counters those that are asked for" "$(vznl mask $((1 << 5 | 1 << 19)) | tr '\n' ' ')" "31:5,19, 33:5,19, "
eq "also of one VE" "$(vznl mask $((1 << 5 | 1 << 2)) 33)" "33:2,5,"
eq "none, and none that there is not" "$(vznl mask 0 33) $(vznl mask $((1 << 40)) 33)" "33: 33:"
eq "and all" "$(vznl mask -1 31)" "31:$(seq -s, 0 24),"

vznl events 20 $((3 * patience)) >/run/events 2>&1 &
events=$!
retry 30 grep -q listening /run/events
for _ in 1 2 3 4 5 6 7 8 9; do
	in_ve 31 probe forks 20 >/dev/null
done
wait $events
eq "every refusal is told" "$(awk '$1 == 31 && $2 == 5 { hits += $5 } END { print hits }' /run/events)" 9
eq "the first by itself" "$(awk '$1 == 31 { print $5; exit }' /run/events)" 1
timely check "the later ones together" [ "$(grep -c '^31 5' /run/events)" -lt 9 ]
check "with the command's name" grep -q " probe " /run/events
eq "failcnt is exact" "$(counter 31 5 | cut -d' ' -f5)" 9

# What waits for its second when the VE goes, and its id becomes another's
vznl events 20 $((60 * patience)) >/run/last 2>&1 &
events=$!
retry 30 grep -q listening /run/last
ve_new 34 5=1:1
for _ in 1 2 3; do
	in_ve 34 probe forks 5 >/dev/null
done
check "a VE goes at its limit" retry 10 vznl del 34
eq "all its refusals are told then" "$(awk '$1 == 34 && $2 == 5 { hits += $5 } END { print hits }' /run/last)" 3
ve_new 35 9=1:1
mkdir -p "$(dir 36)"
ip link set lo up
check "a zombie's socket takes a connection, at its limit, too" python3 - "$(dir 35)" "$(dir 36)" <<-'END'
	import os, socket, subprocess, sys, time
	ours, theirs = socket.socketpair()
	if not os.fork():
	    with open(sys.argv[1] + "/cgroup.procs", "w") as procs:
	        procs.write("0")
	    listening = socket.create_server(("127.0.0.1", 0))
	    socket.send_fds(theirs, [b"x"], [listening.fileno()])
	    os._exit(0)
	listening = socket.socket(fileno=socket.recv_fds(ours, 1, 1)[1][0])
	os.wait()
	while subprocess.run(["vznl", "del", "35"]).returncode:
	    time.sleep(0.1)
	subprocess.run(["vznl", "new", "35", sys.argv[2]], check=True)
	with socket.socket() as client:
	    client.settimeout(1)
	    client.connect(listening.getsockname())
	    listening.settimeout(1)
	    listening.accept()
	END
ve_new 37 5=2:2
pid=$(in_ve 37 python3 -W ignore - <<-'END'
	import os, threading
	def fork():
	    try:
	        if not os.fork():
	            os._exit(0)
	    except BlockingIOError:
	        print(os.getpid())
	thread = threading.Thread(target=fork)
	thread.start()
	thread.join()
	END
)
check "a thread that is refused is told of as its process" retry 10 grep -q "^37 5 $pid " /run/last
eq "the connection is nobody's, nor of the VE that has the zombie's id" "$(grep -c '^35 9 ' /run/last)" 0
kill $events
for id in 35 37; do
	retry 10 vznl del $id || not_ok "VE $id goes"
done

check "without CAP_NET_ADMIN nothing is told" errno_is "not permitted" \
	setpriv --bounding-set=-all --inh-caps=-all --reuid 65534 --clear-groups -- vznl list
check "nor in another network namespace" errno_is "no family" unshare -n vznl list
check "nor to root of a user namespace" errno_is "not permitted" unshare -Ur vznl list

# VEs that come and go faster than a dump of all is made
for id in {1001..1150}; do
	mkdir "$(dir $id)"
	vznl new $id "$(dir $id)" || not_ok "VE $id is made"
done
mkdir -p "$(dir 36)"
vznl churn 2000 "$(dir 36)" &
churn=$!
check "all are told, who is there all the time once" python3 - <<-'END'
	import json, subprocess
	for _ in range(3):
	    ves = json.loads(subprocess.run(["vzlite", "stats", "--json"], check=True, stdout=subprocess.PIPE).stdout)
	    ids = [ve["ctid"] for ve in ves]
	    assert [id for id in ids if id not in (31, 33, 2000)] == list(range(1001, 1151)), ids
	END
kill $churn
wait $churn 2>/dev/null
vznl del 2000 2>/dev/null
for id in {1001..1150}; do
	vznl del $id || not_ok "VE $id goes"
	rmdir "$(dir $id)"
done

# /proc
check "the host reads all VEs and itself" sh -c "
	[ \$(grep -c 'kmemsize' /proc/user_beancounters) = 3 ] &&
	grep -q '^        0:  kmemsize' /proc/user_beancounters"
eq "each row is 129 characters" "$(awk 'NR > 1 { print length($0) }' /proc/user_beancounters |
	sort -u)" 129
eq "a VE sees only itself" \
	"$(in_ve 31 awk '$1 ~ /^[0-9]+:/ { print $1 }' /proc/user_beancounters)" "31:"
eq "also in the list" "$(in_ve 33 awk 'NR > 1 { print $1 }' /proc/vzlite/ve)" 33
check "and no counters but through user_beancounters" not in_ve 33 setpriv --bounding-set=-all --inh-caps=-all --reuid 65534 --clear-groups cat /proc/vzlite/33/beancounters
check "its own it may" in_ve 33 grep -q 33: /proc/user_beancounters
check "root of its user namespace may, too" \
	in_ve 33 unshare -Ur grep -q 33: /proc/user_beancounters
user="setpriv --reuid 65534 --regid 65534 --clear-groups"
check "a user can make such a one" in_ve 33 $user unshare -U true
check "which he is not asked about" not in_ve 33 $user unshare -Ur cat /proc/user_beancounters

# Where a VE has no process 1, a user of it can be one of a namespace of his own.
vzlite --verbose events --count 1 --timeout $((20 * patience)) 33 >/run/ends 2>/run/ends.err &
ends=$!
retry 10 grep -q following /run/ends.err
check "a user has a process 1" in_ve 33 $user unshare -Urpf sh -c '[ $$ = 1 ]'
sleep 2
eq "whose end is not the VE's" "$(cat /run/ends)" ""
in_ve 33 unshare -pf sh -c 'exit 3'
wait $ends
eq "that of one that root has is" "$(cut -d' ' -f3- /run/ends)" "33 end how=exit wait_status=768"
check "a user may not" not setpriv --reuid 65534 --clear-groups cat /proc/user_beancounters
check "nor who else has a VE" not setpriv --reuid 65534 --clear-groups cat /proc/vzlite/ve
exec 7</proc/vzlite/33/beancounters 8</proc/user_beancounters
head -c 10 <&7 >/dev/null
check "a VE goes while its file is open" vznl del 33
echo "# of its own it still says $(cat <&7 2>&1 | wc -c) bytes"
eq "the host's own file, read then, does not have it" "$(grep -oE '[0-9]+:' <&8 | xargs)" "31: 0:"
exec 7<&- 8<&-

vznl del 31
module_unload
finish
