#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: a VE's root does not get out, by any way that the programs escape_* try, and the host is as before
# on: newest
# also: bookworm trixie
# timeout: 900
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/ve.sh"
here=$(cd "$(dirname "$0")" && pwd)
programs=(escape_calls escape_reach escape_files escape_net escape_modules)
address=192.0.2.101
mkdir -m 700 /run/escape && cd /run/escape || exit

# What the host is: a file for each kind, in the directory $1.
look() {
	echo "# $SECONDS s: look $1"
	mkdir -p "$1"
	sort /proc/self/mountinfo >"$1/mounts"
	cut -d' ' -f1 /proc/modules | sort >"$1/modules"
	sysctl -a 2>/dev/null | grep -vE '^(kernel\.(random\.|ns_last_pid|pty\.nr)|fs\.(inode-|file-nr|dentry-|aio-nr|mqueue)|net\.netfilter\.nf_conntrack_count|net\..*\.vz|kernel\.sched_domain)' \
		>"$1/sysctls"
	find /sys/fs/cgroup /sys/fs/cgroup/vzlite /sys/fs/cgroup/vzlite/10? -maxdepth 1 -type f \
		\( -name '*.max' -o -name '*.min' -o -name '*.low' -o -name '*.high' -o -name '*.weight' \
		-o -name 'cpuset.cpus*' -o -name '*.subtree_control' -o -name '*.type' -o -name '*.freeze' \) \
		-exec grep -H . {} + | grep -v '/1/' | sort >"$1/cgroups"
	cat /sys/kernel/mm/ksm/run /sys/kernel/mm/transparent_hugepage/enabled \
		/sys/devices/system/cpu/online /sys/kernel/mm/hugepages/*/nr_hugepages /proc/swaps \
		/sys/module/kernel/parameters/panic >"$1/kernel"
	hostname >"$1/name"
	awk '$6 == 0 { print $8, $9 }' /proc/keys | sort >"$1/keys"
	sort /proc/sysvipc/shm | awk '{ print $1, $2, $3, $4 }' >"$1/ipc"
	ls -l /dev/mqueue /dev/shm /tmp >>"$1/ipc"
	ip -o link | sed 's/ *<.*//' >"$1/links"
	ip route >>"$1/links"
	nft list ruleset | sed 's/counter packets [0-9]* bytes [0-9]*//' >"$1/rules"
	ps -eo user=,args= | grep -vE '\[|ps -eo|escape|sleep|grep|sed|sort' | sort >"$1/processes"
	find / -xdev -path $private -prune -o -newer /run/escape/start -print | sort >"$1/files"
	sha256sum /usr/sbin/vzlite /usr/lib/vzlite/vzlite-* /etc/passwd /etc/vzlite/conf/*.conf >"$1/sums" 2>/dev/null
	find /var/lib/vzlite/template/busybox /var/lib/vzlite/private/sentinel -printf '%p %m %U %G %s %T@\n' |
		sort >"$1/trees"
}

# unchanged TEXT DIRECTORY: since `look before`
unchanged() {
	local kind
	look "$2"
	for kind in before/*; do
		kind=${kind#*/}
		eq "$1: $kind of the host" "$(diff "before/$kind" "$2/$kind" | head -n 20)" ""
	done
}

# in_ve CTID COMMAND...
in_ve() {
	local id=$1
	shift
	vzlite exec "$id" -- /bin/busybox env ESCAPE_PID=$sentinel "ESCAPE_DISK=$disk" ESCAPE_KEY=$key "$@" </dev/null
}

# refused TEXT FILE: all attempts that FILE holds are refused, and none broke down
refused() {
	eq "$1: none of $(grep -c . "$2") attempts succeeds" \
		"$(grep -v '^refused ' "$2")$(tr -d '\n' <"$2.err")" ""
	check "$1: they are many" test "$(grep -c '^refused ' "$2")" -ge "$3"
}

check "the module loads" modprobe vzlite
sysctl -qw kernel.dmesg_restrict=0 kernel.core_pattern=core net.ipv4.ip_forward=1
status 0 "a VE" vzlite create 101 --ostemplate busybox --hostname ve101
status 0 "one that is a copy" vzlite create 102 --ostemplate busybox --layout dir
status 0 "with an address" vzlite set 101 --ipadd $address --save
for id in 101 102; do
	status 0 "$id starts" vzlite start $id
	for program in "${programs[@]}" escape_join; do
		vzlite exec $id -- sh -c "cat >/root/$program && chmod 755 /root/$program" <"$here/$program"
	done
done
status 0 "from its next start on the copy is privileged" vzlite set 102 --privileged yes --save
check "the programs came whole" cmp "$here/escape_join" $private/102/root/root/escape_join

# What is the host's
mkdir -p $private/sentinel && echo secret >$private/sentinel/file
echo 30000 >/proc/sys/kernel/ns_last_pid
sleep 1000 &
sentinel=$!
"$here/escape_net" listen vzlite-escape &
"$here/escape_reach" plant >planted &
retry 10 test -s planted
key=$(cat planted)
disk=$(stat -c '%Hr:%Lr' /dev/vda)
while sleep 0.3; do echo change >/sys/class/mem/null/uevent; done &
check "the host has what is to be reached: $sentinel $key $disk" test "$sentinel" -gt 30000 -a "$key" -gt 0
vzlite exec 101 -- test -e /proc/$sentinel
eq "no process of the VE has that number" $? 1
cat /proc/uptime >/dev/null
: >start
look before

# Ways out: of a VE with an overlay, of a user namespace in it, of one that is a copy
for program in "${programs[@]}"; do
	in_ve 101 /root/$program ve >>ve 2>>ve.err
	in_ve 101 unshare -U -r -m /root/$program nested >>nested 2>>nested.err
	[[ $program == escape_modules ]] || in_ve 102 /root/$program ve >>copy 2>>copy.err
done
in_ve 101 /root/escape_files cgroup ve >>ve 2>>ve.err
in_ve 101 unshare -U -r -m /root/escape_files cgroup nested >>nested 2>>nested.err
refused "a VE" ve 150
refused "a namespace in it" nested 150
refused "a copy" copy 140

# Files that it may write are its own.
in_ve 101 /root/escape_files sysctls >sysctls
check "it writes its own sysctls: $(grep -c . sysctls)" test "$(grep -c . sysctls)" -gt 50
vzlite exec 101 -- mount -o remount,bind,rw /sys
eq "and below /sys its own only" "$(in_ve 101 /root/escape_files writable /sys |
	grep -vE '^/sys/(devices/virtual/net/(lo|venet0)|fs/cgroup)/')" ""
eq "its devices are these" "$(vzlite exec 101 -- find /dev -type b -o -type c | sort | xargs)" \
	"/dev/full /dev/null /dev/pts/ptmx /dev/random /dev/tty /dev/urandom /dev/zero"
vzlite exec 101 -- sleep 1000 &
retry 10 sh -c "vzlite exec 101 -- pidof sleep >/dev/null"
vzlite exec 101 -- sh -c 'hostname intruder; kill -9 -1' >/dev/null 2>&1
wait $!
eq "it kills its own" "$(vzlite exec 101 -- pidof sleep) $(in_ve 101 hostname)" " intruder"
check "and nobody else" kill -0 $sentinel
unchanged "after all that" after

# A privileged VE gives up the filter and the bounding set: these calls and capabilities it has,
# which the kernel looks at itself. Nothing else succeeds.
given='bpf|open_by_handle_at|perf_event_open|(add_|request_)key|keyctl|quotactl(_fd)?|io_uring_(setup|enter|register)'
status 0 "stop" vzlite stop 102 --fast
status 0 "a privileged VE starts" vzlite start 102
for program in "${programs[@]}"; do
	in_ve 102 /root/$program ve >>privileged 2>>privileged.err
done
in_ve 102 unshare -U -r -m /root/escape_calls nested >>privileged 2>>privileged.err
check "it is one" grep -q '^DONE CAP_SYS_MODULE' privileged
grep -vE "^DONE (($given)(, 32 bit)?|CAP_[A-Z_]+)$" privileged >rest
mv privileged.err rest.err
refused "a privileged VE" rest 190
unchanged "after a privileged one" privileged_after

# Who joins
takes=("the program" memory "a descriptor" "a copy of a descriptor" "the environment" "the host's files"
	"a namespace" "a trace")
all_taken() { # FILE
	local what
	for what in "${takes[@]}"; do
		grep -q "^DONE $what (" "$1" || return
	done
}
watched() { # FILE COMMAND...: the watch of COMMAND, over 30 commands that join; more, till all is taken
	local out=$1 most=30 i
	shift
	[[ $out == joined ]] || most=300
	"$@" >"$out" 2>"$out.err" &
	retry 10 grep -q watching "$out"
	for ((i = 0; i < most; i++)); do
		# One that was stopped while it was traced must not be waited for.
		ESCAPE_SECRET=1 timeout -k 1 3 vzlite exec 101 -- sleep 0.05 </dev/null
		[[ $i -lt 30 ]] || ! all_taken "$out" || break
	done
}
watched joined in_ve 101 /root/escape_join /tmp/end
vzlite exec 101 -- touch /tmp/end
retry 10 grep -q ^met joined
eq "nothing is taken of who joins" "$(grep -E 'DONE|BROKEN' joined | sort | uniq -c)" ""
check "who was met: $(sed -n 's/^met //p' joined)" test "$(sed -n 's/^met //p' joined)" -ge 10
watched outside "$here/escape_join" /run/escape/end
touch end
retry 10 grep -q ^met outside
for what in "${takes[@]}"; do
	check "the host's root takes: $what" grep -q "^DONE $what (" outside
done

# A program that is who joins (CVE-2019-5736), with a library of the VE's
sum=$(sha256sum /usr/sbin/vzlite)
vzlite exec 101 -- sh -c 'printf "#!/proc/self/exe\n" >/bin/evil; chmod 755 /bin/evil
	for dir in /lib64 /lib/x86_64-linux-gnu /usr/lib/x86_64-linux-gnu; do
		mkdir -p $dir; cp /bin/busybox $dir/ld-linux-x86-64.so.2; cp /bin/busybox $dir/libc.so.6; done'
watch_program() {
	in_ve 101 /root/escape_join /tmp/end2 program >program 2>&1 &
	retry 10 grep -q watching program
	for i in {1..20}; do
		vzlite exec 101 -- /bin/evil >/dev/null 2>&1
	done
	vzlite exec 101 -- touch /tmp/end2
	retry 10 grep -q ^met program
}
watch_program
check "who was met: $(sed -n 's/^met //p' program)" test "$(sed -n 's/^met //p' program)" -ge 5
eq "the host's program is not to be written" "$(grep -c 'to be written' program)" 0
eq "and is as it was" "$(sha256sum /usr/sbin/vzlite)" "$sum"

# Typing into the admin's terminal
[[ ! -e /proc/sys/dev/tty/legacy_tiocsti ]] || sysctl -qw dev.tty.legacy_tiocsti=1
typed() {
	"$here/onpty" bash -c "$1; read -t 2 -r line; echo \"got=\$line\"" </dev/null | tr -d '\r' | sed -n 's/.*got=//p'
}
typing="'touch /run/escape/typed
'"
eq "what a program types on the admin's terminal is read there" \
	"$(typed "$here/escape_calls type $typing")" "touch /run/escape/typed"
eq "what one of a VE types on its own is not" \
	"$(typed "vzlite exec 101 -- /root/escape_calls type $typing")" ""

# Each is an attempt: the host's root can.
export ESCAPE_PID=$sentinel ESCAPE_DISK=$disk ESCAPE_KEY=$key
for program in "${programs[@]}"; do
	"$here/$program" host >>host 2>>host.err
done
mkdir /sys/fs/cgroup/escape
sh -c 'echo $$ >/sys/fs/cgroup/escape/cgroup.procs
	exec unshare -m -C sh -c "umount -l /sys/fs/cgroup; mount -t cgroup2 x /sys/fs/cgroup
	exec '"$here"'/escape_files cgroup host"' >>host 2>>host.err
rmdir /sys/fs/cgroup/escape
lacking='^$'
case $(uname -r) in
6.1.*) lacking+='|other namespaces. mounts' ;;
esac
eq "which the host's root succeeds in" "$(grep -v '^DONE ' host | grep -vE "$lacking")" ""
check "of so many: $(grep -c '^DONE ' host)" test "$(grep -c '^DONE ' host)" -ge 150

# And what is compared would have been seen.
mapfile -t jobs < <(jobs -pr)
kill "${jobs[@]}"
wait
tail -f /dev/null &
touch /dev/shm/escape
mkdir -p /mnt && mount -t tmpfs x /mnt
sysctl -qw vm.swappiness=61
echo 1 >/sys/kernel/mm/ksm/run
hostname other
echo 5000 >/sys/fs/cgroup/vzlite/101/pids.max
ip link add type dummy
nft add table inet escape
touch /etc/escape $private/sentinel/x
echo x >>/etc/passwd
look changed
for kind in before/*; do
	kind=${kind#*/}
	check "a change would be seen: $kind" not cmp -s "before/$kind" "changed/$kind"
done
umount /mnt
kill %%

for id in 101 102; do
	vzlite stop $id --fast
	status 0 "destroy $id" vzlite destroy $id
done
finish
