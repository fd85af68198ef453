#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: limit hits are told: right figures, folded, filtered, as JSON, through overruns, floods and a new module
# on: bookworm
# also: newest
# smp: 1
# waits: yes
# timeout: 400
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/module.sh"
. "$(dirname "$0")/ve.sh"
NUMPROC=5

# follow NAME [OPTION...]: `vzlite events` with its output in /run/NAME; its pid in $follower
follow() {
	local name=$1
	shift
	vzlite --verbose events "$@" >>"/run/$name" 2>"/run/$name.err" &
	follower=$!
	retry 20 grep -qs following "/run/$name.err" || not_ok "events $* follows" "$(cat "/run/$name.err")"
}

# ends STATUS TEXT PID
ends() {
	local got=0
	wait "$3" || got=$?
	eq "$2" "$got" "$1"
}

# count_lines FILE RESOURCE: events of a resource
count_lines() {
	grep -c " $2 held=" "$1"
}

# sum_hits FILE RESOURCE: the refusals that they tell of
sum_hits() {
	grep " $2 held=" "$1" | sed 's/.* hits=\([0-9]*\) .*/\1/' | awk '{ n += $1 } END { print n + 0 }'
}

# Without a module, and without one that could be loaded.
modprobe=$(cat /proc/sys/kernel/modprobe)
echo /bin/false >/proc/sys/kernel/modprobe
status 5 "events without the module" vzlite events
echo "$modprobe" >/proc/sys/kernel/modprobe
module_load
check "a VE" vzlite create 101 --ostemplate busybox --numproc 100
check "another" vzlite create 102 --ostemplate busybox --numproc 50
check "it starts" vzlite start 101
check "so does the other" vzlite start 102
for id in 101 102; do
	vzlite exec $id -- sh -c 'cat >/bin/probe && chmod 755 /bin/probe' <"$(command -v probe)"
done

# Who may, and what may be asked for
status 14 "a CTID that nobody has" vzlite events 999
status 12 "somebody else than root" setpriv --reuid 65534 --regid 65534 --clear-groups vzlite events
status 12 "root without CAP_NET_ADMIN" setpriv --bounding-set -net_admin vzlite events
status 21 "no event at all" vzlite events --count 0
status 21 "a time that is none" vzlite events --timeout soon
status 21 "a buffer that is none" vzlite events --buffer 0
status 20 "an unknown option" vzlite events --frob
status 20 "a word too many" vzlite events 101 102
status 3 "no standard output" sh -c 'exec vzlite events >&-'
status 0 "a time that is up" vzlite events --timeout 1
status 133 "a time that is up before the event" vzlite events --count 1 --timeout 1

# An event, told to three
follow all; all=$follower
follow json --json; json=$follower
follow of102 102; of102=$follower
vzlite exec 101 -- probe forks 1000 >/dev/null
check "a refusal is told" retry 10 grep -q . /run/all
check "with its figures: $(cat /run/all)" grep -qxE \
	'20[0-9-]{8} [0-9:]{8} 101 numproc held=[0-9]+ barrier=100 limit=100 failcnt=1 hits=1 pid=[1-9][0-9]* comm=probe' /run/all
eq "once" "$(wc -l </run/all)" 1
name=$'e\033v"il\n'
vzlite exec 102 -- cp /bin/probe "/bin/$name"
vzlite exec 102 -- "/bin/$name" forks 1000 >/dev/null
check "the other VE's is told to him" retry 10 grep -q ' 102 numproc .* limit=50 ' /run/of102
eq "and nothing else" "$(grep -vc ' 102 ' /run/of102)" 0
check "a command's name is escaped" grep -qF 'comm=e\x1bv"il\x0a' /run/of102
retry 10 grep -q ' 102 numproc ' /run/all
check "as JSON it is the same" python3 - <<-'END'
	import datetime, json
	lines = open("/run/json").read().splitlines()
	events = [json.loads(line) for line in lines]
	assert len(events) == 2, lines
	for event in events:
	    assert list(event) == ["time", "ctid", "name", "resource", "held", "maxheld", "barrier",
	                           "limit", "failcnt", "hits", "pid", "comm"], event
	    when = datetime.datetime.fromisoformat(event["time"])
	    age = datetime.datetime.now(datetime.timezone.utc) - when
	    assert 0 <= age.total_seconds() < 300, event
	first, second = events
	assert (first["ctid"], first["resource"], first["maxheld"]) == (101, "numproc", 100), first
	assert (first["barrier"], first["limit"], first["comm"]) == (100, 100, "probe"), first
	assert (first["failcnt"], first["hits"]) == (1, 1), first
	assert 0 < first["held"] <= 100 and first["pid"] > 1, first
	assert (second["ctid"], second["limit"]) == (102, 50), second
	assert second["comm"] == 'e\x1bv"il\n', second
END
vzlite --verbose events --count 1 --timeout 60 102 >/run/one 2>/run/one.err &
one=$!
check "another follows" retry 20 grep -q following /run/one.err
vzlite exec 102 -- probe forks 1000 >/dev/null
ends 0 "the one event that was asked for has come" $one
eq "and no other" "$(wc -l </run/one)" 1

# What the cgroup refuses, which is looked at once a second
memory_events() { # FILE KEY
	awk -v key="$2" '$1 == key { print $2 }' "$1/memory.events"
}
of_cgroup=$(find /sys/fs/cgroup/vzlite -maxdepth 1 -name 102)
vzlite exec 102 -- sh -c 'cat >/bin/hog && chmod 755 /bin/hog' <"$(command -v hog)"
check "little memory" vzlite set 102 --ram 16M --swap 0
: >/run/all
: >/run/json
end=$((SECONDS + 6))
while [[ $SECONDS -lt $end ]]; do
	vzlite exec 102 -- hog anon 20000 /never >/dev/null 2>&1
	killed=$?
done
eq "a program that wants more is killed" $killed 137
check "which is told" retry 10 grep -q " 102 oomguarpages .* failcnt=$(memory_events "$of_cgroup" oom_kill) " /run/all
check "so is what memory failed by" retry 10 grep -q " 102 physpages .* failcnt=$(memory_events "$of_cgroup" oom) " /run/all
check "with the cgroup's figures, and no name: $(grep -m1 physpages /run/all)" grep -qE \
	' 102 physpages held=[0-9]+ barrier=4096 limit=4096 failcnt=[1-9][0-9]* hits=[1-9][0-9]* pid=0 comm=$' /run/all
eq "no failure is missing" "$(sum_hits /run/all physpages)" "$(memory_events "$of_cgroup" oom)"
eq "and nobody who was killed" "$(sum_hits /run/all oomguarpages)" "$(memory_events "$of_cgroup" oom_kill)"
check "there were more than are told one by one: $(memory_events "$of_cgroup" oom_kill)" \
	test "$(memory_events "$of_cgroup" oom_kill)" -gt "$(count_lines /run/all oomguarpages)"
check "as JSON, too" grep -q '"resource": *"oomguarpages".*"pid": *0,.*"comm": *""' /run/json
eq "the other VE's are none" "$(grep -c ' 101 [a-z]*pages ' /run/all)" 0
vzlite set 102 --ram unlimited

# An init that is killed for it, and the cgroup gone before the next look
root=/var/lib/vzlite/template/greedy
cp -a /var/lib/vzlite/template/busybox $root
rm $root/sbin/init
cp "$(command -v hog)" $root/bin/hog
printf '#!/bin/sh\nread go </go\nexec hog anon 20000 /never\n' >$root/sbin/init
chmod 755 $root/sbin/init
mkfifo $root/go
check "a VE that wants too much" vzlite create 104 --ostemplate greedy --ram 16M --swap 0
for round in 1 2 3; do
	check "it starts, time $round" vzlite start 104
	vzlite exec 104 -- sh -c 'echo >/go'
	retry 20 sh -c "[ \$(grep -c ' 104 end how=exit wait_status=9\$' /run/all) = $round ]"
	vzlite stop 104 2>/dev/null
done
eq "each time it was killed is told" "$(sum_hits /run/all '104 oomguarpages')" 3
eq "before its end" "$(sed -n 's/.* 104 \(oomguar\|end\).*/\1/p' /run/all | xargs)" "oomguar end oomguar end oomguar end"
vzlite destroy 104

# A cgroup that has failed before it was a VE
mkdir "$(dir 241)"
echo 8M >"$(dir 241)/memory.max"
in_ve 241 hog anon 10000 /never >/dev/null 2>&1
past=$(memory_events "$(dir 241)" oom)
check "it has a past: $past" test "$past" -ge 1
ve_new 241
sleep 4
eq "which is not told" "$(grep -c ' 241 ' /run/all)" 0
in_ve 241 hog anon 10000 /never >/dev/null 2>&1
check "what comes then is" retry 10 grep -q ' 241 physpages ' /run/all
check "and no more" retry 10 eval \
	'[[ $(sum_hits /run/all "241 physpages") -eq $(($(memory_events "$(dir 241)" oom) - past)) ]]'
retry 10 vznl del 241
rmdir "$(dir 241)"

# A fork bomb that goes on at its limit, and opens what it is not given
: >/run/all
before=$(counter 101 $NUMPROC | cut -d' ' -f5)
files=$(counter 101 19 | cut -d' ' -f5)
check "no task more" vzlite set 101 --numproc 1
vzlite exec 101 -- probe churn 12 >/run/churn &
bomb=$!
sleep 2
check "no file more" vzlite set 101 --numfile 1
wait $bomb
last() { # RESOURCE NUMBER: its last event says how many
	grep -q " $1 .* failcnt=$(counter 101 "$2" | cut -d' ' -f5) " /run/all
}
check "the last of numproc's events says how many" retry 10 last numproc $NUMPROC
check "and of numfile's" retry 10 last numfile 19
check "it was refused thousands of times: $(counter 101 $NUMPROC)" \
	test "$(counter 101 $NUMPROC | cut -d' ' -f5)" -gt $((before + 1000))
for resource in numproc numfile; do
	n=$(count_lines /run/all $resource)
	timely check "twelve seconds of $resource are about twelve events: $n" test "$n" -ge 5 -a "$n" -le 15
done
eq "in which no task's refusal is missing" "$(sum_hits /run/all numproc)" \
	$(($(counter 101 $NUMPROC | cut -d' ' -f5) - before))
eq "and no file's" "$(sum_hits /run/all numfile)" $(($(counter 101 19 | cut -d' ' -f5) - files))
vzlite set 101 --numproc 100 --numfile unlimited

# How failures grow
vzlite stats -w1 >/run/watch &
watch=$!
vzlite stats --watch=1 --json 102 >/run/watch.json &
watch_json=$!
retry 30 test -s /run/watch
sleep 3
eq "a first look is but the header" "$(cat /run/watch)" \
	"TIME           CTID  RESOURCE            HELD     BARRIER       LIMIT    FAILCNT       ROSE"
vzlite exec 101 -- probe forks 1000 >/dev/null
check "what rose is told" retry 10 grep -qE '^[0-9:]{8} +101  numproc +[0-9]+ +100 +100 +[0-9]+ +\+1$' /run/watch
check "a VE that comes" vzlite create 103 --ostemplate busybox --numproc 20
vzlite start 103
vzlite exec 103 -- sh -c 'cat >/bin/probe && chmod 755 /bin/probe' <"$(command -v probe)"
vzlite exec 103 -- probe forks 1000 >/dev/null
check "is seen" retry 10 grep -qE ' 103  numproc .* 20 +1 +\+1$' /run/watch
check "one goes" vzlite stop --fast 103
vzlite exec 102 -- probe forks 1000 >/dev/null
check "and the others are still seen" retry 10 grep -qE ' 102  numproc .* \+1$' /run/watch
retry 10 grep -q . /run/watch.json
check "as JSON of one VE" python3 - <<-'END'
	import json
	(rise,) = [json.loads(line) for line in open("/run/watch.json")]
	assert list(rise) == ["time", "ctid", "name", "resource", "held", "maxheld", "barrier",
	                      "limit", "failcnt", "rose"], rise
	assert (rise["ctid"], rise["resource"], rise["limit"], rise["rose"]) == (102, "numproc", 50, 1), rise
END
eq "nothing else was told" "$(wc -l </run/watch)" 4
kill -TERM $watch $watch_json
ends 0 "a signal ends it well" $watch
ends 0 "in JSON, too" $watch_json
status 14 "not of a VE that nobody has" vzlite stats -w 999
status 21 "nor every 0 seconds" vzlite stats -w0

# What is to be done then
hook=/usr/local/sbin/on-limit
printf '#!/bin/sh\n' >$hook
chmod 755 $hook
check "actions are stored" vzlite set 101 --on-limit numproc=log --on-limit "numfile=exec:$hook" --save
eq "and shown" "$(vzlite list -H -o ctid,on_limit 101)" "       101 numproc=log numfile=exec:$hook"
check "in the configuration, too" grep -qx "ON_LIMIT=\"numproc=log numfile=exec:$hook\"" /etc/vzlite/conf/101.conf
check "one is taken away" vzlite set 101 --on-limit numproc=none --save
eq "and the other stays" "$(vzlite list -H -o on_limit 101)" "numfile=exec:$hook"
status 20 "without --save they are nothing" vzlite set 101 --on-limit numproc=log
status 21 "an action that is none" vzlite set 101 --on-limit numproc=kill --save
status 21 "a resource that is none" vzlite set 101 --on-limit numfoo=log --save
status 21 "a program that is not there" vzlite set 101 --on-limit numproc=exec:/no/such --save
chmod 777 $hook
status 21 "a program that anybody may change" vzlite set 101 --on-limit numproc=exec:$hook --save
status 21 "one of the VE's" vzlite set 101 --on-limit "numproc=exec:$private/101/upper/bin/probe" --save
eq "none of that changed anything" "$(vzlite list -H -o on_limit 101)" "numfile=exec:$hook"

# Ends
kill -TERM $json
ends 0 "a signal ends events well" $json
kill -INT $of102
sleep 0.5
check "an interrupt that is ignored does not, as a shell wants of a job" kill -0 $of102
kill -TERM $of102
wait $of102
ends_of() {
	timeout --foreground --preserve-status -s INT 3 vzlite events
}
status 0 "an interrupt that is not ignored does" ends_of
rm -f /run/status
{ vzlite events; echo $? >/run/status; } | true &
retry 10 test -s /run/status
eq "it ends when nobody reads it, event or not" "$(cat /run/status)" 0

# More than a small buffer takes
follow small --buffer 4K; small=$follower
kill -STOP $small
for id in {201..230}; do
	mkdir -p "$(dir $id)"
	vznl new $id "$(dir $id)" $NUMPROC=1:1
	in_ve $id probe forks 1 >/dev/null
done
retry 20 grep -q '^.* 230 numproc ' /run/all
kill -CONT $small
check "that events are lost is told" retry 10 grep -q 'vzlite: events: events lost' /run/small.err
events_lost() {
	grep -c 'vzlite: events: events lost' /run/small.err | grep -qx "$1"
}
check "and again when nothing of the rest is left, since more is dropped until then" retry 10 events_lost 2
check "not all have come" test "$(wc -l </run/small)" -lt 30
eq "to who reads in time they all do" "$(grep -cE ' 2[0-3][0-9] numproc held=[01] barrier=1 limit=1 ' /run/all)" 30
sleep 1.2
: >/run/small
in_ve 201 sh -c 'echo $$ >/run/pid; exec probe churn 1' >/dev/null
check "following goes on: $(cat /run/small)" retry 10 \
	grep -qE " 201 numproc held=1 barrier=1 limit=1 failcnt=[0-9]+ hits=[0-9]+ pid=$(cat /run/pid) comm=probe\$" /run/small

# Another module
for id in {201..230}; do
	retry 10 vznl del $id || not_ok "VE $id goes"
	rmdir "$(dir $id)"
done
for id in 101 102; do
	vzlite stop --fast $id
done
check "followers do not keep the module" retry 20 modprobe -r vzlite
check "they say that it has gone" retry 10 grep -q 'unloaded' /run/all.err
sleep 1
check "and do not load it again" not test -e /proc/vzlite/version
check "it is loaded again" modprobe vzlite
check "which is told" retry 10 grep -q 'loaded again' /run/all.err
: >/run/all
: >/run/small
ve_new 240 $NUMPROC=1:1
in_ve 240 probe forks 1 >/dev/null
for name in all small; do
	check "its events come ($name)" retry 10 grep -qE ' 240 numproc .* failcnt=1 hits=1 ' /run/$name
done
eq "each once" "$(cat /run/all /run/small | wc -l)" 2
kill $all $small
ends 0 "the follower of all ends" $all
ends 0 "and the other" $small
eq "nothing else was said" "$(grep -vE ': (following|the module (was unloaded; waiting for it|is loaded again))$' /run/all.err)" ""
retry 10 vznl del 240
for id in 101 102 103; do
	vzlite destroy $id
done
module_unload
finish
