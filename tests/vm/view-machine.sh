#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: a VE sees its own CPUs, CPU time, uptime, disks, pressure and events, and not the host's log
# on: newest
# also: bookworm trixie debug
# smp: 4
# timeout: 400
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/module.sh"
. "$(dirname "$0")/view.sh"

controllers
module_load
host_cpus=$(grep -c ^processor /proc/cpuinfo)
host_online=$(cat /sys/devices/system/cpu/online)
ve_new 41
ve_new 42
all_views_work
limit 41 cpu.max "150000 100000"
limit 42 cpuset.cpus 2
sleep 0.3

# CPUs
cpuinfo() {
	seen "$1" /proc/cpuinfo
}
eq "150 % of a CPU are two CPUs" "$(cpuinfo 41 | sed -n 's/^processor.*: //p' | tr '\n' ' ')" "0 1 "
eq "one CPU of a cpuset is CPU 0" "$(cpuinfo 42 | sed -n 's/^processor.*: //p')" 0
eq "the host has all" "$(grep -c ^processor /proc/cpuinfo)" "$host_cpus"
eq "each CPU is told as the host's is, but for what counts CPUs" \
	"$(cpuinfo 42 | grep -cvE '^(processor|siblings|cpu cores|cpu MHz|core id|apicid|initial apicid|physical id|bogomips)')" \
	"$(sed '/^$/q' /proc/cpuinfo | grep -cvE '^(processor|siblings|cpu cores|cpu MHz|core id|apicid|initial apicid|physical id|bogomips)')"
eq "no more siblings than CPUs" "$(cpuinfo 42 | sed -n 's/^siblings.*: //p;s/^cpu cores.*: //p' | sort -u)" 1
for file in online present; do
	eq "/sys/devices/system/cpu/$file names them" "$(seen 41 /sys/devices/system/cpu/$file) $(seen 42 /sys/devices/system/cpu/$file)" "1-2 2"
done
for id in 41 42; do
	check "each can be bound to, as its directory can be read" in_ve $id sh -c '
		for cpu in $(tr - " " </sys/devices/system/cpu/online); do
			taskset -c $cpu cat /sys/devices/system/cpu/cpu$cpu/topology/core_id || exit 1
		done'
done
eq "and on the host the host's" "$(cat /sys/devices/system/cpu/online)" "$host_online"
eq "possible is the host's, as the numbers are that a task is told it runs on" \
	"$(seen 41 /sys/devices/system/cpu/possible) $(in_ve 41 machine conf | cut -d' ' -f3)" \
	"$(cat /sys/devices/system/cpu/possible) $(getconf _NPROCESSORS_CONF)"
eq "and nproc, by where a task may run" "$(in_ve 41 nproc) $(in_ve 42 nproc) $(nproc)" "2 1 $host_cpus"
ve_new 47
limit 47 cpu.max "150000 100000"
# apicids CTID, apicids_of CPU CPU: the VE's CPUs, and those of the host, by what names one.
apicids() {
	seen "$1" /proc/cpuinfo | sed -n 's/^apicid.*: //p' | tr '\n' ' '
}
apicids_of() {
	sed -n "/^processor.*: [$1$2]/,/^\$/s/^apicid.*: //p" /proc/cpuinfo | tr '\n' ' '
}
eq "VEs are told different ones" \
	"$(in_ve 41 sh -c 'taskset -cp $$' | sed 's/.*: //') $(in_ve 47 sh -c 'taskset -cp $$' | sed 's/.*: //')" "1,2 0,3"
eq "cpuinfo tells of the same" "$(apicids 41), $(apicids 47)" "$(apicids_of 1 2), $(apicids_of 0 3)"
eq "of those that a task has bound itself to the VE's come first, then others" \
	"$(in_ve 41 taskset -c 0,1,3 sh -c 'taskset -cp $$' | sed 's/.*: //')" "1,3"
ve_new 48
limit 48 cpu.max "100000 100000"
own=$(in_ve 48 sh -c 'taskset -cp $$' | sed 's/.*: //')
check "100 % is one CPU" test "$own" -ge 0
eq "which elsewhere is one, too, of those where a task is" \
	"$(in_ve 48 taskset -c "$(seq -s, 0 $((host_cpus - 1)) | sed "s/\b$own\b//; s/,,/,/; s/^,//; s/,\$//")" nproc)" 1
eq "which is also elsewhere" "$(in_ve 41 taskset -c 3 sh -c 'nproc; taskset -cp $$' | sed 's/.*: //' | tr '\n' ' ')" "1 3 "
eq "/proc/stat has a line for each" "$(seen 41 /proc/stat | grep -c '^cpu[0-9]') $(seen 42 /proc/stat | grep -c '^cpu[0-9]')" "2 1"
eq "the host's has all" "$(grep -c '^cpu[0-9]' /proc/stat)" "$host_cpus"
limit 41 cpu.max "max 100000"
sleep 0.3
eq "a limit that is gone is seen" "$(cpuinfo 41 | grep -c ^processor)" "$host_cpus"
limit 41 cpu.max "200000 100000"
sleep 0.3

# Time
ticks() {
	awk '$1 == "cpu" { print $2 + $3 + $4, $5, $2 + $3 + $4 + $5 + $9 }'
}
usage() {
	awk '$1 == "usage_usec" { print int($2 / 10000) }' "$(dir "$1")/cpu.stat"
}
read -r busy_before _ < <(seen 42 /proc/stat | ticks)
in_ve 41 machine spin 4
# At one time.
text=$(in_ve 41 cat /proc/stat /proc/uptime)
read -r busy idle all < <(ticks <<<"$text")
read -r other _ < <(seen 42 /proc/stat | ticks)
timely check "4 s on one CPU are 400 ticks and some ($busy)" [ "$busy" -gt 350 ]
timely near "which is what its cgroup says" "$busy" "$(usage 41)" 60
# But for what reading takes.
timely near "of which the other VE sees none" $((other - busy_before)) 5 $((20 * patience))
read -r up up_idle < <(tail -1 <<<"$text" | tr -d .)
timely near "all ticks are uptime times CPUs" "$all" $((up * 2)) 10
timely near "and idle of uptime is that of stat" "$up_idle" "$idle" 10
# But for parts of a tick.
read -r sum_busy sum_idle < <(awk '/^cpu[0-9]/ { n += $2 + $3 + $4; i += $5 } END { print n, i }' <<<"$text")
near "the lines of the CPUs add up to the first: busy" "$sum_busy" $((busy - 3)) 3
near "and idle" "$sum_idle" $((idle - 1)) 1
timely near "uptime is since the VE was made" "$up" $((SECONDS * 100)) $((SECONDS * 100 - 400))
check "which is later than the host's start" [ "$up" -lt "$(cut -d' ' -f1 /proc/uptime | tr -d .)" ]
# In each line, while it is there.
back=0 last=
for n in $(seq 40); do
	case $n in
	10 | 30) limit 41 cpu.max "100000 100000" ;;
	20) limit 41 cpu.max "200000 100000" ;;
	esac
	[[ $n != ?0 ]] || sleep 0.3
	now=$(seen 41 /proc/stat | grep ^cpu)
	awk 'NR == FNR { for (i = 2; i <= NF; i++) before[$1, i] = $i; next }
		{ for (i = 2; i <= NF; i++) if ($i < before[$1, i]) exit 1 }' \
		<(echo "$last") <(echo "$now") || { back=1; echo "# $last -> $now"; }
	last=$now
done
eq "no time goes backwards, also when a CPU comes or goes" "$back" 0

# What cpu.max keeps from a VE is not idle: half of a CPU, four that want one.
ve_new 49
limit 49 cpu.max "50000 100000"
sleep 0.3
kinds() {
	seen 49 /proc/stat | awk '$1 == "cpu" { print $2 + $3 + $4, $5, $9 }'
}
read -r busy idle steal < <(kinds)
for n in 1 2 3 4; do
	in_ve 49 machine spin 1 &
done
wait
read -r busy2 idle2 steal2 < <(kinds)
all=$((busy2 + idle2 + steal2 - busy - idle - steal))
timely near "half was run, of 100" $((100 * (busy2 - busy) / all)) 50 8
timely near "half was stolen" $((100 * (steal2 - steal) / all)) 50 8
in_ve 49 machine watch 2 /proc/stat "cpu " >/run/reader1 &
before=$steal2
for n in 1 2; do
	in_ve 49 machine spin 1 &
done
wait
read -r busy2 idle2 steal2 < <(kinds)
timely check "also when somebody looks all the time ($((steal2 - before)) ticks)" [ $((steal2 - before)) -ge 60 ]
rm /run/reader1
sleep 2
read -r busy idle steal < <(kinds)
timely check "who wants none is stolen none" [ $((steal - steal2)) -le 20 ]
timely check "but idle" [ $((idle - idle2)) -gt 100 ]
ve_new 43
in_ve 43 unshare -fT --boottime 1000000 cat /proc/uptime >/run/uptime
check "a time namespace of a tenant's has an uptime of its own" [ "$(cut -d. -f1 /run/uptime)" -gt 1000000 ]
read -r up up_idle < <(seen 43 /proc/uptime | awk '{ print int($1 * 100), int($2 * 100) }')
timely near "but that the first reader was in it does not change the idle time" "$up_idle" $((up * host_cpus)) $((100 * patience))
# Nobody's init: what a user makes of a VE that has the host's process ids.
in_ve 43 setpriv --reuid 65534 --regid 65534 --clear-groups unshare -UrfpT --boottime 1000000 sleep 60 >/dev/null 2>&1 &
sleeps() {
	[[ $(pgrep -u 65534 -x sleep) ]]
}
check "a user's own process 1" retry 20 sleeps
for n in 1 2 3 4; do
	cat /proc/user_beancounters >/dev/null
	sleep 1
done
check "is not taken for the VE's" [ "$(seen 43 /proc/uptime | cut -d. -f1)" -lt 1000000 ]
pkill -9 -u 65534 -x unshare
wait $! 2>/dev/null
check "who made it has gone" sleeps
for n in 1 2 3; do
	cat /proc/user_beancounters >/dev/null
	sleep 1
done
check "nor is an orphan" [ "$(seen 43 /proc/uptime | cut -d. -f1)" -lt 1000000 ]
pkill -9 -u 65534 -x sleep
before=$(seen 41 /proc/stat | awk '$1 == "processes" { print $2 }')
in_ve 41 sh -c 'for n in 1 2 3 4 5; do /bin/true; done'
near "processes counts forks" "$(($(seen 41 /proc/stat | awk '$1 == "processes" { print $2 }') - before))" 7 3
echo +pids >/sys/fs/cgroup/cgroup.subtree_control
limit 41 pids.max 4
before=$(seen 41 /proc/stat | awk '$1 == "processes" { print $2 }')
in_ve 41 python3 - <<'END'
import os
failed = 0
for i in range(40):
    try:
        if not os.fork():
            os._exit(0)
    except BlockingIOError:
        failed += 1
assert failed > 30
END
limit 41 pids.max max
near "but no fork that fails" "$(($(seen 41 /proc/stat | awk '$1 == "processes" { print $2 }') - before))" 7 4
eq "btime is there" "$(seen 41 /proc/stat | grep -c '^btime [0-9]*$')" 1

# Who reads in loops does not have the kernel gather the same figures again and again.
tracing=/sys/kernel/tracing
echo global >$tracing/trace_clock
echo 'p:vz_in cgroup_base_stat_cputime_show' >$tracing/kprobe_events
echo 'r:vz_out cgroup_base_stat_cputime_show' >>$tracing/kprobe_events
echo 1 >$tracing/events/kprobes/enable
for n in 1 2 3 4 5 6 7 8; do
	in_ve 41 machine watch 3 /proc/stat "cpu " >/run/reader$n &
done
wait
echo 0 >$tracing/events/kprobes/enable
eq "eight readers of /proc/stat read whole texts" "$(sort -u /run/reader?)" good
# Of the tasks named machine: how often one came, and how often while another was at it.
read -r looks together < <(awk '$1 ~ /^machine-/ {
	if (/vz_in:/) { looks++; if (inside++) together++ } else if (/vz_out:/) inside-- }
	END { print looks + 0, together + 0 }' $tracing/trace)
timely check "who finds old figures has them read anew ($looks times)" [ "$looks" -gt 20 ]
# Another is let in when one has been at it for a second: the host may have stalled its CPU.
check "one reader at a time ($together beside another)" [ $((together * 10)) -le "$looks" ]
echo >$tracing/kprobe_events
rm /run/reader?

# Nor has it print the names of all flags, but often enough for "cpu MHz".
echo 'p:vz_in arch_freq_get_on_cpu' >$tracing/kprobe_events
echo 1 >$tracing/events/kprobes/enable
echo >$tracing/trace
in_ve 43 machine watch 3 /proc/cpuinfo "processor	: 0" >/run/reader1 &
in_ve 47 machine watch 3 /proc/cpuinfo "processor	: 0" >/run/reader2 &
wait
for n in 1 2 3 4 5; do
	seen 43 /proc/cpuinfo | sed '/^cpu MHz/d'
done | sort | uniq -c | awk '{ $1 /= 5; print }' >/run/kept
echo 0 >$tracing/events/kprobes/enable
eq "readers of /proc/cpuinfo read whole texts" "$(sort -u /run/reader?)" good
eq "the host's own, line for line" "$(cat /run/kept)" \
	"$(sed '/^cpu MHz/d' /proc/cpuinfo | sort | uniq -c | awk '{ $1 /= 1; print }')"
prints=$(grep -c '^ *machine-.*vz_in:' $tracing/trace)
timely check "which were printed anew a few times a second and CPU ($prints)" [ "$prints" -ge $((4 * host_cpus / patience)) ]
check "not more, however many read" [ "$prints" -le $((3 * 4 * host_cpus * 2)) ]
echo >$tracing/kprobe_events
rm /run/reader? /run/kept

# Nor go through all address spaces, as the beancounters of memory want it: each is tried
# to be locked for it.
echo 'p:vz_in down_read_trylock' >$tracing/kprobe_events
echo 1 >$tracing/events/kprobes/enable
echo >$tracing/trace
for n in 1 2 3 4; do
	in_ve 43 machine watch 3 /proc/user_beancounters "Version: 2.5" >/run/reader$n &
done
wait
echo 0 >$tracing/events/kprobes/enable
eq "readers of user_beancounters read whole texts" "$(sort -u /run/reader?)" good
tried=$(grep -c '^ *machine-.*vz_in:' $tracing/trace)
timely check "which counts anew ($tried address spaces)" [ "$tried" -ge $((4 * 3)) ]
check "a few times a second, however many read" [ "$tried" -le 500 ]
echo >$tracing/kprobe_events
rm /run/reader?

# The boot's identity
boot_id=/proc/sys/kernel/random/boot_id
boot=$(seen 41 $boot_id)
check "a VE has a boot of its own ($boot)" grep -qE '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' <<<"$boot"
check "which is not the host's" [ "$boot" != "$(cat $boot_id)" ]
check "nor another VE's" [ "$boot" != "$(seen 42 $boot_id)" ]
eq "and stays" "$(seen 41 $boot_id)" "$boot"
eq "random/uuid is new each time" "$(for n in 1 2 3; do seen 41 ${boot_id%/*}/uuid; done | sort -u | wc -l)" 3
check "it cannot be written" not in_ve 41 sh -c "echo 1 >$boot_id" 2>/dev/null
vznl views 41 off
eq "without views it is the host's" "$(seen 41 $boot_id)" "$(cat $boot_id)"
vznl views 41 on
mkdir "$(dir 50)"
probe into "$(dir 50)" sleep 100 &
sleep 0.3
ve_new 50
eq "who ran before the VE was made keeps what he was shown" "$(seen 50 $boot_id)" "$(cat $boot_id)"
echo 1 >"$(dir 50)/cgroup.kill"
wait

# loadavg, before there is any
eq "loadavg is as the kernel prints it" \
	"$(seen 42 /proc/loadavg | grep -cE '^[0-9]+\.[0-9]{2} [0-9]+\.[0-9]{2} [0-9]+\.[0-9]{2} [0-9]+/[0-9]+ [0-9]+$')" 1
eq "one task of one runs" "$(seen 42 /proc/loadavg | cut -d' ' -f4)" 1/1

# Disks
disk=$(awk '$3 ~ /^(vd|sd)[a-z]$/ { print $3; exit }' /proc/diskstats)
if [[ $disk ]]; then
	eq "no disk without I/O" "$(seen 42 /proc/diskstats)" ""
	sectors() {
		in_ve 41 dd if="/dev/$disk" of=/dev/null bs=1M "count=$1" iflag=direct 2>/dev/null
		sleep 0.3
		seen 41 /proc/diskstats | awk -v disk="$disk" '$3 == disk { print $6 }'
	}
	# The first time the program itself is read, too.
	sectors 1 >/dev/null
	before=$(sectors 1)
	eq "4 MiB that were read are 8192 sectors" "$(($(sectors 4) - before))" 8192
	eq "in the kernel's columns" "$(seen 41 /proc/diskstats | awk '{ print NF }')" 20
	eq "not of the other VE" "$(seen 42 /proc/diskstats)" ""
	check "the host sees its disk" grep -qw "$disk" /proc/diskstats
	eq "vmstat says the same in kB" "$(in_ve 41 cat /proc/diskstats /proc/vmstat |
		awk '$1 == "pgpgin" { print $2 - n } NF > 2 { n += $6 / 2 }')" 0
else
	not_ok "there is a disk to try with"
fi
faults=$(seen 41 /proc/vmstat | awk '$1 == "pgfault" { print $2 }')
in_ve 41 machine file 4 /run/filled
rm /run/filled
sleep 2.5
check "events of memory are counted" [ "$(seen 41 /proc/vmstat | awk '$1 == "pgfault" { print $2 }')" -gt "$faults" ]
eq "the same in each line: a name and a number" "$(seen 41 /proc/vmstat | grep -cvE '^[a-z_]+ [0-9]+$')" 0
check "and the host's is the host's" grep -q '^nr_dirty_threshold' /proc/vmstat

# Swap
eq "swaps has its header" "$(seen 41 /proc/swaps | head -1 | cut -c1-8)" Filename

# Pressure
for what in cpu memory io; do
	[[ -e /proc/pressure/$what ]] || continue
	eq "pressure/$what is that of the VE's cgroup" \
		"$(seen 41 /proc/pressure/$what | sed -n 's/^some.*total=//p' | awk '{ print int($1 / 2000000) }')" \
		"$(sed -n 's/^some.*total=//p' "$(dir 41)/$what.pressure" | awk '{ print int($1 / 2000000) }')"
done
limit 42 cpu.max "5000 100000"
in_ve 42 machine spin 3
own=$(seen 42 /proc/pressure/cpu | sed -n 's/^some.*total=//p')
timely check "a VE that waits for its CPU sees pressure ($own)" [ "$own" -gt 1000000 ]
timely check "more than the host" [ "$own" -gt "$(($(sed -n 's/^some.*total=//p' /proc/pressure/cpu) / 100))" ]
eq "the files of a cgroup are as before" \
	"$(in_ve 42 cat "$(dir 41)/cpu.pressure" | wc -l)" "$(wc -l <"$(dir 41)/cpu.pressure")"
limit 42 cpu.max "max 100000"
echo 0 >"$(dir 42)/cgroup.pressure"
eq "without the accounting there is none, and not the host's" "$(seen 42 /proc/pressure/cpu | sed 's/.*total=//' | tr '\n' ' ')" "0 0 "
echo 1 >"$(dir 42)/cgroup.pressure"
if [[ -e /proc/pressure/cpu ]]; then
	eq "a VE cannot wait for the host's pressure" "$(in_ve 42 machine trigger /proc/pressure/cpu)" EPERM
	eq "the host can" "$(machine trigger /proc/pressure/cpu)" none
	eq "and a VE for that of its cgroup" "$(in_ve 42 machine trigger "$(dir 42)/cpu.pressure")" none
fi

# The log
eq "syslog is closed" "$(in_ve 41 machine ask syslog)" EPERM
eq "/proc/kmsg, too" "$(in_ve 41 machine ask kmsg)" EPERM
eq "/dev/kmsg, too" "$(in_ve 41 machine ask devkmsg)" EPERM
echo "of the host's" >/dev/kmsg
eq "nor does /proc/kmsg say to who has it open that there is something" \
	"$(machine poll "$(dir 41)" /proc/kmsg)" "nothing EPERM"
eq "not to the host" "$(machine ask syslog) $(machine ask devkmsg)" "none none"
vznl views 41 off
eq "nor to a VE without views" "$(in_ve 41 machine ask syslog)" none
eq "which sees all CPUs" "$(in_ve 41 grep -c ^processor /proc/cpuinfo) $(in_ve 41 nproc)" "$host_cpus $host_cpus"
vznl views 41 on

# A tenant's own namespaces
eq "a nested container sees the VE's CPU" \
	"$(in_ve 42 unshare -Urpmf --mount-proc sh -c 'grep -c ^processor /proc/cpuinfo; grep -c ^cpu[0-9] /proc/stat' | tr '\n' ' ')" "1 1 "

# What it sees of its CPUs is theirs, not that of those whose numbers they get.
limit 42 cpuset.cpus 2-3
echo 0 >/sys/devices/system/cpu/cpu1/online
sleep 0.3
per_cpu() {
	sed -n '/^processor/d;s/^\(siblings\|cpu cores\).*: [3-9]$/\1 2/;s/\t*: / /;/^\(cpu MHz\|siblings\|cpu cores\|core id\|apicid\|physical id\)/p'
}
eq "MHz and topology are those of its own CPUs" "$(cpuinfo 42 | per_cpu)" \
	"$(sed -n '/^processor.*: [23]/,/^$/p' /proc/cpuinfo | per_cpu)"
eq "which are 0 and 1" "$(cpuinfo 42 | sed -n 's/^processor.*: //p' | tr '\n' ' ')" "0 1 "
echo 1 >/sys/devices/system/cpu/cpu1/online

check "VE 41 is deleted" vznl del 41
check "VE 42 is deleted" vznl del 42
check "VE 43 is deleted" vznl del 43
for id in 47 48 49 50; do
	check "VE $id is deleted" vznl del $id
done
module_unload
finish
