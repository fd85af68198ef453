#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: limits of a real VE: numproc and numfile hold, events arrive, figures are true, module stays
# timeout: 300
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/module.sh"
NUMPROC=5 NUMFILE=19

# value ID RESOURCE COLUMN of /proc/user_beancounters, columns as a monitoring plugin counts them
value() {
	awk -v id="$1:" -v name="$2" -v column="$3" '
		$1 ~ /:$/ { block = $1; $1 = ""; $0 = $0 }
		block == id && $1 == name { print $(column + 1) }' /proc/user_beancounters
}

check "the module loads" modprobe vzlite
check "a VE is made" vzlite create 101 --ostemplate busybox --hostname ve101
check "another, without limits" vzlite create 102 --ostemplate busybox
check "a limit is stored" vzlite set 101 --numproc 100 --save
check "the VE starts" vzlite start 101
check "so does the other" vzlite start 102
vzlite exec 101 -- sh -c 'cat >/bin/probe && chmod 755 /bin/probe' <"$(command -v probe)"
vzlite exec 102 -- sh -c 'cat >/bin/probe && chmod 755 /bin/probe' <"$(command -v probe)"
eq "the limit is in force" "$(value 101 numproc 4)" 100

# numproc
vznl events 1 20 >/run/event 2>&1 &
event=$!
retry 30 grep -q listening /run/event
idle=$(value 101 numproc 1)
eq "a fork bomb stops at the limit" "$(vzlite exec 101 -- probe forks 1000)" "$((100 - idle - 1)) EAGAIN"
eq "held was never above it" "$(value 101 numproc 2)" 100
eq "failcnt grew by the one refusal" "$(value 101 numproc 5)" 1
wait $event
check "an event arrived" grep -q "^101 $NUMPROC .* probe " /run/event
# full RESOURCE LIMIT
full() {
	[[ $(value 101 "$1" 1) -eq $2 ]]
}
vzlite exec 101 -- probe crowd $((100 - idle - 1)) /run/crowd >/dev/null 2>&1 &
check "the VE is full" retry 30 full numproc 100
eq "the host forks meanwhile" "$(probe forks 300)" "300 none"
eq "and the other VE" "$(vzlite exec 102 -- probe forks 300)" "300 none"
check "what fills it is ended" pkill -x probe
wait $!
check "the limit is raised live" vzlite set 101 --numproc 200
eq "the VE goes on" "$(vzlite exec 101 -- probe forks 120)" "120 none"
retry 30 sh -c "[ \$(vznl counter 101 $NUMPROC | cut -d' ' -f1) = $idle ]"

# numfile
check "numfile is limited live" vzlite set 101 --numfile 60
open=$(value 101 numfile 1)
vznl events 1 20 >/run/event 2>&1 &
event=$!
retry 30 grep -q listening /run/event
vzlite exec 101 -- probe opens 1000 600 >/run/opens 2>/dev/null &
check "opening stops" retry 30 test -s /run/opens
result=$(cat /run/opens)
eq "with ENFILE" "${result#* }" ENFILE
eq "at the limit" "$(value 101 numfile 2) $(value 101 numfile 5)" "60 1"
check "about as many as were free" test "${result% *}" -ge $((60 - open - 12))
wait $event
check "an event arrived" grep -q "^101 $NUMFILE .* probe " /run/event
check "the VE is full" full numfile 60
eq "the host opens meanwhile" "$(probe opens 3000)" "3000 none"
eq "and the other VE" "$(vzlite exec 102 -- probe opens 500)" "500 none"
check "the limit is raised live" vzlite set 101 --numfile 300
eq "the VE goes on" "$(vzlite exec 101 -- probe opens 150)" "150 none"
check "what fills it is ended" pkill -x probe
wait $!
check "the limit is lifted" vzlite set 101 --numfile unlimited

# Figures against what else the kernel says, when the VE is idle.
group=$(sed -n 's/^0:://p' "/proc/$(pgrep -o -f '^init' || pgrep -o init)/cgroup")
threads() {
	find /sys/fs/cgroup -path '*101*' -name cgroup.threads -exec cat {} + | wc -l
}
sleep 1
eq "list names the cgroup that it is in" "$(vzlite list -H -o cgroup 101)" "${group%/init*}"
eq "numproc is the number of threads in its cgroup" "$(value 101 numproc 1)" "$(threads)"
before=$(value 101 numfile 1)
vzlite exec 101 -- sh -c 'probe hold 30 /tmp/hold >/dev/null 2>&1 & sleep 0.1'
retry 30 vzlite exec 101 -- test -e /tmp/hold
sleep 1
check "thirty files more are thirty and the program's own" \
	test $(($(value 101 numfile 1) - before)) -ge 30 -a $(($(value 101 numfile 1) - before)) -le 35
vzlite exec 101 -- rm /tmp/hold
check "and are gone with it" retry 5 sh -c "[ \$(vznl counter 101 $NUMFILE | cut -d' ' -f1) = $before ]"

# Who sees what
eq "the host sees both VEs and itself" \
	"$(awk '$1 ~ /^[0-9]+:/ { printf "%s ", $1 }' /proc/user_beancounters)" "101: 102: 0: "
eq "a VE only itself" \
	"$(vzlite exec 101 -- cat /proc/user_beancounters | awk '$1 ~ /^[0-9]+:/ { printf "%s ", $1 }')" "101: "
eq "but no user of it, even as root of a namespace of his own" \
	"$(vzlite exec 101 -- setpriv --nnp unshare -U sh -c 'cat /proc/user_beancounters' 2>&1 | tail -n 1 | grep -o 'Permission denied')" \
	"Permission denied"
eq "in /proc/vzlite, too" "$(vzlite exec 102 -- cat /proc/vzlite/ve | awk 'NR > 1 { print $1 }')" 102
check "and not the others' directories" not vzlite exec 102 -- ls /proc/vzlite

# What the cgroup limits
reach() {
	(cd /sys/fs/cgroup/vzlite/101 && cat memory.low memory.min cpu.weight cpu.max cpuset.cpus.effective) | xargs
}
may_run_on() {
	vzlite exec 101 -- sed -n 's/^Cpus_allowed_list:[^0-9]*//p' /proc/self/status
}
check "guarantees, and how much of which processors" vzlite set 101 --vmguarpages 2048 --oomguarpages 1024 \
	--cpuunits 500 --cpulimit 150 --cpus 1 --save
eq "reach the cgroup" "$(reach)" "8388608 4194304 50 150000 100000 1"
check "restart" vzlite restart 101
eq "also when it starts" "$(reach) $(may_run_on)" "8388608 4194304 50 150000 100000 1 1"
check "another processor" vzlite set 101 --cpumask 0
eq "its programs run there" "$(may_run_on) $(vzlite exec 101 -- nproc)" "0 1"
check "all of them, while it runs" vzlite set 101 --cpumask all --cpus 0
eq "they may run on all" "$(may_run_on)" "0-1"
check "one of one that there is" vzlite set 101 --cpus 1 --save
vzlite stop 101
echo 0 >/sys/devices/system/cpu/cpu1/online
check "start" vzlite start 101
echo 1 >/sys/devices/system/cpu/cpu1/online
eq "stays one when there are more" "$(nproc) $(may_run_on) $(vzlite exec 101 -- nproc)" "2 0 1"
check "another, while it runs" vzlite set 101 --cpumask 1
eq "is where its programs run" "$(may_run_on)" 1

# The module
check "it cannot be removed under VEs" in_use
check "the VEs stop" vzlite stop 101
vzlite stop 102
check "the module goes" retry 10 rmmod vzlite
echo "install vzlite /bin/false" >/etc/modprobe.d/none.conf
check "one starts without it, by force" vzlite start 101 --force 2>/dev/null
rm /etc/modprobe.d/none.conf
check "the module comes" modprobe vzlite
check "it does not know the VE" not grep -q '^101' /proc/vzlite/ve
check "what it does not limit can be changed all the same" vzlite set 101 --ram 70M
eq "it is" "$(cat /sys/fs/cgroup/vzlite/101/memory.max)" $((70 << 20))
check "what it does cannot" not vzlite set 101 --numproc 50
check "stop" vzlite stop 101
check "they are destroyed" vzlite destroy 101
vzlite destroy 102
check "then the module goes" retry 10 rmmod vzlite
finish
