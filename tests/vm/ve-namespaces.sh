#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: shmpages and numsiginfo of a VE are what its namespaces hold and enforce, also live
# on: bookworm newest
# also: trixie debug
# smp: 1
# waits: yes
# timeout: 300
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/module.sh"
NUMSIGINFO=12

# row ID RESOURCE COLUMN: held maxheld barrier limit failcnt enforcer are 1 to 6
row() {
	awk -v name="$2" -v column="$3" '$1 == name { print $(column + 1) }' "/proc/vzlite/$1/beancounters"
}

# hold ID KIND N: in the background, until release
hold() {
	vzlite exec "$1" -- hog "$2" "$3" "/tmp/hold.$2" >"/run/hold.$1.$2" 2>&1 &
	retry 20 vzlite exec "$1" -- test -e "/tmp/hold.$2" ||
		not_ok "VE $1 holds $3 $2" "$(cat "/run/hold.$1.$2")"
}

release() {
	vzlite exec "$1" -- rm "/tmp/hold.$2"
	wait
}

# briefly KIND N FILE [UID]: words for a shell, to run hog until FILE is there. No process ends before
# hog has what it wants, nor is left to init: SIGCHLD would be a queued signal, too.
briefly() {
	echo "(n=0; until [ -e $3 ] || [ \$((n += 1)) -gt 10000000 ]; do :; done; rm -f $3) & hog $*; wait"
}

# once ID KIND N: how many it gets
once() {
	vzlite exec "$1" -- sh -c "$(briefly "$2" "$3" /tmp/once)"
}

module_load
for id in 101 102; do
	check "VE $id is made" vzlite create $id --ostemplate busybox
done
check "limits are stored" vzlite set 101 --numsiginfo 100 --shmpages 1000 --save
check "the VE starts" vzlite start 101
check "so does the other" vzlite start 102
for id in 101 102; do
	vzlite exec $id -- sh -c 'cat >/bin/hog && chmod 755 /bin/hog' <"$(command -v hog)"
done
# Whose init it is the module finds within a second.
retry 5 sh -c "grep -q 'numsiginfo .* namespace' /proc/vzlite/102/beancounters"
eq "the namespaces enforce" "$(row 101 numsiginfo 6) $(row 101 shmpages 6) $(row 102 numsiginfo 6)" \
	"namespace namespace namespace"
eq "the limits are theirs" "$(row 101 numsiginfo 3) $(row 101 numsiginfo 4) $(row 101 shmpages 4)" \
	"100 100 1000"

# Queued signals
eq "signals queue up to the limit" "$(once 101 signals 1000)" "100 EAGAIN"
eq "held is 0 afterwards" "$(row 101 numsiginfo 1)" 0
hold 101 signals 60
eq "what is queued is held" "$(row 101 numsiginfo 1)" 60
eq "all of the VE has one limit" "$(once 101 signals 1000)" "40 EAGAIN"
eq "also a user of it" "$(vzlite exec 101 -- sh -c \
	"$(briefly signals 1000 /tmp/user 1000)")" "40 EAGAIN"
eq "and root of a namespace in it" "$(vzlite exec 101 -- unshare -U -r sh -c \
	"$(briefly signals 1000 /tmp/user)")" "40 EAGAIN"
eq "the other VE has its own count" "$(once 102 signals 300)" "300 none"
eq "which is not the first's" "$(row 102 numsiginfo 1) $(row 101 numsiginfo 1)" "0 60"
check "the limit is raised live" vzlite set 101 --numsiginfo 200
eq "it is shown" "$(row 101 numsiginfo 4)" 200
eq "and holds" "$(once 101 signals 1000)" "140 EAGAIN"
check "it is lowered below what is held" vzlite set 101 --numsiginfo 10
eq "nothing more is queued" "$(once 101 signals 1000)" "0 EAGAIN"
# A sample is taken for who looks a second after the last.
sleep 1.5
eq "what is queued is held still" "$(row 101 numsiginfo 1)" 60
release 101 signals
eq "and what was is given back" "$(row 101 numsiginfo 1)" 0
check "maxheld is what was seen" test "$(row 101 numsiginfo 2)" -ge 60
check "the limit is lifted" vzlite set 101 --numsiginfo unlimited
eq "entirely" "$(row 101 numsiginfo 4)" 9223372036854775807
eq "netlink says the same" "$(vznl counter 101 $NUMSIGINFO | cut -d' ' -f1,4-)" "0 9223372036854775807 0"

# Shared memory
host=$(cat /proc/sys/kernel/shmall)
hold 101 sysv 800
eq "a segment counts as it is, used or not" "$(row 101 shmpages 1)" 800
eq "another must fit beside it" "$(once 101 sysv 201)" "0 ENOSPC"
eq "and does" "$(once 101 sysv 200)" "200 none"
check "the limit is raised live" vzlite set 101 --shmpages 2000
eq "it is shown" "$(row 101 shmpages 3) $(row 101 shmpages 4)" "2000 2000"
eq "and holds" "$(once 101 sysv 1201) $(once 101 sysv 1200)" "0 ENOSPC 1200 none"
release 101 sysv
eq "the host's own is as it was" "$(cat /proc/sys/kernel/shmall)" "$host"
eq "and the other VE's" "$(row 102 shmpages 4)" 9223372036854775807
hold 101 shared 3000
sleep 1.2
check "shared anonymous pages count" test "$(row 101 shmpages 1)" -ge 3000
check "not the other's" test "$(row 102 shmpages 1)" -lt 1000
release 101 shared
check "the limit is lifted" vzlite set 101 --shmpages unlimited
eq "entirely" "$(row 101 shmpages 4)" 9223372036854775807

# A root that leaves his namespaces hides only what is his
check "an init that is no VE's does not count as one" sh -c "
	mkdir -p $(dir 31) && vznl new 31 $(dir 31) &&
	probe into $(dir 31) unshare -m -i -f sh -c 'sleep 0.1' &&
	grep -q '^numsiginfo .* none' /proc/vzlite/31/beancounters && vznl del 31"
mkdir -p "$(dir 32)"
vznl new 32 "$(dir 32)"
probe into "$(dir 32)" unshare -p -i -f sleep 100 &
sleep 2.5
eq "of a container that the host's root made, its segments are known, its signals are not" \
	"$(row 32 shmpages 6) $(row 32 numsiginfo 6)" "namespace none"
echo 1 >"$(dir 32)/cgroup.kill"
wait
retry 30 vznl del 32

# The end
hold 101 segments 20
check "a VE with segments stops" vzlite stop 101 --fast
wait
check "and starts again" vzlite start 101
eq "with none" "$(row 101 shmpages 1)" 0
eq "and the stored limits" "$(row 101 numsiginfo 4) $(row 101 shmpages 4)" "100 1000"
vzlite stop 101 --fast
vzlite stop 102 --fast
vzlite destroy 101
vzlite destroy 102
module_unload
finish
