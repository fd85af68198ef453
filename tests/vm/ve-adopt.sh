#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: adopt and release: a cgroup that others made is counted and limited, then let go, and nothing else changes
# on: newest
# also: bookworm
# smp: 1
# timeout: 560
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/module.sh"
. "$(dirname "$0")/ve.sh"
. "$(dirname "$0")/kill.sh"
NUMPROC=5 NUMFILE=19
engine=/sys/fs/cgroup/engine
box=$engine/box
record=/var/lib/vzlite/adopted/201.conf

held() {
	counter 201 "$1" | cut -d' ' -f1
}

listed() {
	vzlite list -H -o "$@" | tr -s ' ' | sed 's/^ //'
}

# What there is of VEs: records and configurations, and what the module has.
state() {
	find /etc/vzlite/conf /var/lib/vzlite/adopted -type f -exec sha256sum {} + 2>/dev/null | sort
	vznl list
}

goes_on() {
	kill -0 $sleeper && kill -0 $crowd
}

# bad STATUS TEXT COMMAND...: as status, and no VE has changed, nor the container.
bad() {
	local before
	before=$(state)
	status "$@"
	[[ $(state) == "$before" ]] || not_ok "$2: nothing has changed"
	goes_on || not_ok "$2: the container goes on"
}

# in_group DIR COMMAND...: becomes COMMAND in the cgroup
in_group() {
	echo $BASHPID >"$1/cgroup.procs"
	shift
	exec "$@"
}

# The engine makes a container.
mkdir -p $box/below
echo '+memory +pids' >$engine/cgroup.subtree_control
echo 256M >$box/memory.max
in_group $box sleep 2000 &
sleeper=$!
in_group $box/below probe crowd 5 /run/crowd &
crowd=$!
retry 30 test -e /run/crowd
files=$(cat $box/{memory.max,memory.high,pids.max,cgroup.subtree_control,cgroup.max.depth})

check "the module loads" modprobe vzlite
check "a VE of vzlite's own" vzlite create 101 --ostemplate busybox --name own
check "starts" vzlite start 101
status 0 "adopt" vzlite adopt 201 --cgroup engine/box --name box --numproc 20 --numfile 60:70
eq "its tasks are counted, those below too" "$(counter 201 $NUMPROC | cut -d' ' -f1,3,4)" "7 20 20"
eq "bounds are as given" "$(counter 201 $NUMFILE | cut -d' ' -f3,4)" "60 70"
eq "list shows it" "$(listed ctid,status,name,numproc,numfile.l,features,cgroup box)" \
	"201 adopted box 7 70 views:on /engine/box"
eq "beside the others" "$(listed ctid,status)" "$(printf '101 running\n201 adopted')"
eq "as JSON, too" "$(vzlite list --json -o ctid,status,features,ostemplate box)" \
	'[{"ctid": 201, "status": "adopted", "features": "views:on", "ostemplate": null}]'
eq "so does status" "$(vzlite status box)" "CTID 201 exist mounted running adopted"
check "stats says who limits it" sh -c "vzlite stats 201 | grep 'numproc .* module'"
eq "the cgroup's own limit is shown" "$(counter 201 6 | cut -d' ' -f4)" 65536

# Limits
eq "a fork bomb stops at the limit" "$(probe into $box probe forks 1000)" "12 EAGAIN"
eq "it was counted" "$(counter 201 $NUMPROC | cut -d' ' -f2,5)" "20 1"
result=$(probe into $box probe opens 1000)
eq "opening stops with ENFILE" "${result#* }" ENFILE
eq "the host forks and opens at will" "$(probe forks 100) $(probe opens 500)" "100 none 500 none"
check "so does the other VE" vzlite exec 101 -- sh -c 'for i in $(seq 40); do sleep 5 & done; kill $(jobs -p)'
status 0 "a limit is raised live" vzlite set box --numproc 40
eq "at once" "$(probe into $box probe forks 1000)" "32 EAGAIN"
check "and not kept" grep -q 'NUMPROC="20"' $record
status 0 "it is kept with --save" vzlite set 201 --numproc 50 --save
check "in the record" grep -q 'NUMPROC="50"' $record
status 0 "views are switched off live" vzlite set 201 --features views:off
eq "which the module knows" "$(vznl views 201)" off
eq "and list" "$(listed features 201)" views:off
status 0 "and on again" vzlite set 201 --features views:on --save
eq "which the module knows" "$(vznl views 201)" on
for option in --ram=1G --swap=1G --cpulimit=50 --cpus=1 --cpumask=0 --cpuunits=500 --physpages=5 \
	--shmpages=5 --numsiginfo=5 --hostname=x --init=/x --onboot=yes --stop-timeout=5; do
	bad 20 "set $option is for the engine" vzlite set 201 $option --save
done
eq "no file of the cgroup was written" \
	"$(cat $box/{memory.max,memory.high,pids.max,cgroup.subtree_control,cgroup.max.depth})" "$files"

# What is the engine's to do
bad 21 "start" vzlite start 201
bad 21 "stop" vzlite stop 201
bad 21 "stop --fast" vzlite stop box --fast
bad 21 "restart" vzlite restart 201
bad 21 "exec" vzlite exec 201 -- true
bad 21 "enter" vzlite enter 201
bad 21 "destroy" vzlite destroy 201
bad 44 "create by its CTID" vzlite create 201 --ostemplate busybox
bad 131 "create by its name" vzlite create 103 --ostemplate busybox --name box

# Words
mkdir $engine/other
bad 44 "adopt by a CTID that is adopted" vzlite adopt 201 --cgroup engine/other
bad 44 "by a CTID of a VE" vzlite adopt 101 --cgroup engine/other
bad 131 "by a name that is taken" vzlite adopt 202 --cgroup engine/other --name own
bad 21 "by a name instead of a CTID" vzlite adopt box --cgroup engine/other
bad 20 "without a cgroup" vzlite adopt 202
bad 20 "with a limit of the cgroup's" vzlite adopt 202 --cgroup engine/other --ram 1G
bad 21 "with a bad limit" vzlite adopt 202 --cgroup engine/other --numproc 5:3
bad 21 "with a feature that is none" vzlite adopt 202 --cgroup engine/other --features nfs:on
bad 32 "a cgroup that is a VE" vzlite adopt 202 --cgroup $box
bad 3 "one below a VE" vzlite adopt 202 --cgroup /engine/box/below
bad 3 "one above a VE" vzlite adopt 202 --cgroup $engine
bad 21 "one that is a VE of vzlite's own" vzlite adopt 202 --cgroup "$(sed -n 's/^0:://p' "/proc/$(pgrep -o -x init)/cgroup")"
for path in '' / $engine/../engine/other engine/./other ../fs/cgroup/engine/other /sys/fs/cgroup /etc \
	engine/none engine/other/cgroup.procs engine//other vzlite vzlite/300 vzlite.slice 'a b'; do
	bad 21 "cgroup '$path'" vzlite adopt 202 --cgroup "$path"
done
bad 5 "where cgroups are of another version" \
	unshare -m sh -c 'mount -t tmpfs tmpfs /sys/fs/cgroup && exec vzlite adopt 202 --cgroup engine/other'
bad 21 "a mount upon the hierarchy" \
	unshare -m sh -c 'mount -t tmpfs tmpfs /sys/fs/cgroup/engine/other && exec vzlite adopt 202 --cgroup engine/other'
bad 12 "by somebody else" setpriv --reuid 65534 --regid 65534 --clear-groups vzlite adopt 202 --cgroup engine/other
bad 21 "release of a VE of vzlite's own" vzlite release 101
bad 14 "release of nobody" vzlite release 202

# Let go with a file open that was opened meanwhile: a zombie keeps that, and only that.
in_group $box probe hold 30 /run/hold &
retry 30 test -e /run/hold
status 0 "release" vzlite release box
check "what runs goes on" goes_on
eq "no limit holds" "$(probe into $box probe forks 60) $(probe into $box probe opens 100)" "60 none 100 none"
eq "list does not show it" "$(listed ctid,status)" "101 running"
eq "status neither" "$(vzlite status 201)" "CTID 201 deleted unmounted down"
eq "no record is left" "$(ls /var/lib/vzlite/adopted)" ""
check "the open files are a zombie's" grep -qw zombie /proc/vzlite/ve
status 0 "adopt again" vzlite adopt 201 --cgroup $box --numproc 20
eq "all tasks are counted anew" "$(held $NUMPROC)" 8
eq "a fork bomb stops at the limit" "$(probe into $box probe forks 1000)" "11 EAGAIN"
rm /run/hold
check "the zombie goes with the files" retry 10 not grep -qw zombie /proc/vzlite/ve
eq "and the task" "$(held $NUMPROC)" 7

# Moving, leaving
echo $sleeper >$engine/other/cgroup.procs
eq "a task that leaves is not counted" "$(held $NUMPROC)" 6
echo $sleeper >$box/cgroup.procs
eq "one that comes is" "$(held $NUMPROC)" 7
status 0 "released under load" sh -c '
	for i in 1 2 3; do probe into '$box' probe churn 4 >/dev/null & done
	sleep 1
	vzlite release 201'
wait %?churn 2>/dev/null
check "nothing stays charged" retry 10 not grep -qw zombie /proc/vzlite/ve

# Killed at any moment
early=0
us=1000000
for moment in 1 2 3; do
	began=${EPOCHREALTIME/./}
	status 0 "adopt" vzlite adopt 201 --cgroup $box --numproc 30
	took=$((${EPOCHREALTIME/./} - began))
	us=$((took < us ? took : us))
	status 0 "release" vzlite release 201
done
for moment in $(seq 0 $((us / 18)) $((us * 20 / 18))); do
	! kill_at "$moment" vzlite adopt 201 --cgroup $box --numproc 30 || early=$((early + 1))
	words=$(ve_words 201)
	seen+="${words// /-} "
	case $words in
	"exist mounted running adopted") next="vzlite set 201 --numproc 31" ;;
	"exist unmounted down adopted lost" | "deleted unmounted down") next="vzlite adopt 201 --cgroup $box" ;;
	*) next="false: status says $words" ;;
	esac
	{ $next && vzlite release 201; } >/run/next 2>&1 || not_ok "killed at $moment us" "$words: $(cat /run/next)"
	[[ $(state | grep -c 201) -eq 0 ]] || not_ok "killed at $moment us: something is left"
done
echo "# found then: $(tr ' ' '\n' <<<"$seen" | grep . | sort | uniq -c | tr -s ' \n' ' ')"
timely check "adopt, which takes $us us, was killed at 21 moments, $early of them before its end" [ $early -ge 5 ]
eq "of which no record is left" "$(find /var/lib/vzlite/adopted -name '*.conf')" ""

# The container ends, and another one comes to its path.
status 0 "adopt" vzlite adopt 201 --cgroup $box --numproc 30 --features views:off
eq "without views" "$(vznl views 201)" off
eq "which status tells" "$(vzlite status 201)" "CTID 201 exist mounted running adopted views:off"
rm /run/crowd
kill $sleeper
wait $sleeper $crowd 2>/dev/null
eq "nobody is in it" "$(listed status 201) $(ve_words 201)" \
	"adopted,down exist unmounted down adopted views:off"
rmdir $box/below $box
eq "it is gone" "$(listed ctid,status) $(ve_words 201)" \
	"$(printf '101 running\n201 adopted,gone') exist unmounted down adopted gone views:off"
mkdir $box
in_group $box sleep 2000 &
sleeper=$! crowd=$!
eq "another at its path is not it" "$(listed status 201) $(held $NUMPROC)" "adopted,gone 0"
bad 31 "set of what is gone" vzlite set 201 --numproc 5
bad 31 "nor is anything kept for it" vzlite set 201 --numproc 5 --save
bad 44 "adopt by its CTID" vzlite adopt 201 --cgroup $box
check "the new one is another VE" vzlite adopt 202 --cgroup $box
status 0 "release of what is gone" vzlite release 201
status 0 "release of the other" vzlite release 202
eq "no VE is left but vzlite's own" "$(vznl list) $(ls /var/lib/vzlite/adopted)" "101 "

# Lost by the module; then as after a reboot
check "adopt" vzlite adopt 201 --cgroup $box
vznl del 201 release
eq "the module knows nothing of it" "$(listed status 201) $(ve_words 201)" \
	"adopted,lost exist unmounted down adopted lost"
check "stats says so" sh -c "vzlite stats 201 2>&1 | grep -q 'not running'"
check "adopt" vzlite adopt 201 --cgroup $box --numproc 30
vznl del 201 release
sed -i 's/^BOOT_ID=.*/BOOT_ID="11111111-2222-3333-4444-555555555555"/' $record
eq "of another boot it is gone, whoever is at its path" "$(ve_words 201)" "exist unmounted down adopted gone"
check "a failed adopt keeps the record" sh -c "! vzlite adopt 201 --cgroup vzlite && grep -q BOOT_ID=.11111111 $record"
vznl new 900 $box
check "also when the module refuses" sh -c "! vzlite adopt 201 --cgroup $box && grep -q BOOT_ID=.11111111 $record"
vznl del 900 release
check "it is adopted again" vzlite adopt 201 --cgroup $box
eq "and runs" "$(ve_words 201)" "exist mounted running adopted"
sed -i 's/^BOOT_ID=.*/BOOT_ID="11111111-2222-3333-4444-555555555555"/' $record
status 0 "release, whatever boot its record names" vzlite release 201
eq "the module has let go of it, too" "$(vznl list)" 101
check "adopt" vzlite adopt 201 --cgroup $box
echo 'NUMPROC="x"' >>$record
check "a broken record can be let go" vzlite release 201
eq "and is" "$(vznl list)" 101

# Its engine has ended it, with its cgroup
mkdir $engine/anew
check "adopt" vzlite adopt 202 --cgroup $engine/anew
vzlite eventd 2>/run/eventd &
daemon=$!
(in_group $engine/anew unshare -pf sleep 2)
check "its cgroup goes" retry 5 rmdir $engine/anew
check "eventd says that it has no limits" retry 20 grep -q "VE 202 is adopted, and its cgroup is gone: it has no limits" /run/eventd
kill $daemon
wait $daemon
status 0 "release" vzlite release 202

# So is it after a boot, or when it has ended while nobody looked; and when the module does not know it
losses() {
	grep "VE 20[12] is adopted" /run/eventd
}
eventd_begins() {
	vzlite eventd 2>>/run/eventd &
	daemon=$!
}
eventd_ends() {
	kill $daemon
	wait $daemon
}
: >/run/eventd
check "adopt" vzlite adopt 201 --cgroup $box --numproc 30
eventd_begins
sleep 5
eq "nothing is said of one that is limited" "$(losses)" ""
eventd_ends
vznl del 201 release
sed -i 's/^BOOT_ID=.*/BOOT_ID="11111111-2222-3333-4444-555555555555"/' $record
gone="vzlite: eventd: VE 201 is adopted, and its cgroup is gone: it has no limits; release and adopt it anew"
eventd_begins
check "eventd says that one of another boot has no limits" retry 20 losses
eventd_ends
eventd_begins
sleep 5
eq "once, whoever starts it anew" "$(losses)" "$gone"
eventd_ends
check "adopt" vzlite adopt 201 --cgroup $box
vznl del 201 release
eventd_begins
lost="vzlite: eventd: VE 201 is adopted, and the module does not know it: it has no limits; release and adopt it anew"
told_lost() {
	[[ $(losses) == "$gone"$'\n'"$lost" ]]
}
check "of another that was adopted since, it is told again" retry 20 told_lost
eventd_ends
status 0 "release" vzlite release 201
eq "of which nothing is kept" "$(find /run/vzlite -name '201.*')" ""

# A VE of vzlite's own
check "views of a VE are switched in its file" vzlite set 101 --features views:off --save
eq "and live" "$(vznl views 101) $(vzlite status 101)" "off CTID 101 exist mounted running views:off"
check "it starts anew" vzlite restart 101 --fast
eq "without them" "$(vznl views 101)" off
check "one is made without" vzlite create 102 --ostemplate busybox --features views:off
check "as OpenVZ writes it" grep -q '^FEATURES="views:off"$' /etc/vzlite/conf/102.conf
bad 21 "a feature of OpenVZ's kernel" vzlite set 102 --features nfs:on --save
sed -i 's/^FEATURES=.*/FEATURES="nfs:on sit:off "/' /etc/vzlite/conf/102.conf
eq "in a file it may stand" "$(vzlite list -a -H -o features 102)" views:on
kill $sleeper
vzlite stop 101 --fast
vzlite destroy 101
vzlite destroy 102
unloads
finish
