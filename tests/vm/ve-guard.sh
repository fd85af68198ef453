#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: the host's commands stand hostile VEs, lost files, each other, full disks and closed streams
# on: newest
# also: bookworm
# smp: 1
# waits: yes
# timeout: 560
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/ve.sh"
conf=/etc/vzlite/conf
group=/sys/fs/cgroup/vzlite/101
templates=/var/lib/vzlite/template

in_101() {
	vzlite exec 101 -- "$@"
}

# limit_of RESOURCE: "barrier limit" in force
limit_of() {
	vzlite list -H -o "$1.b,$1.l" 101 | xargs
}

check "the module loads" modprobe vzlite
check "a VE" vzlite create 101 --ostemplate busybox --numproc 300 --hostname ve101 --name first
check "another" vzlite create 102 --ostemplate busybox
check "it starts" vzlite start 101

# The VE's own cgroups
eq "its root makes cgroups 64 deep" "$(in_101 sh -c 'cd /sys/fs/cgroup; i=0
	while mkdir d 2>/dev/null; do cd d; i=$((i + 1)); done; echo $i
	while [ $i -gt 0 ]; do cd ..; rmdir d; i=$((i - 1)); done')" 64
eq "and no more than its share" \
	"$(in_101 sh -c 'cd /sys/fs/cgroup; mkdir $(seq 1 1200) 2>/dev/null; ls -d [0-9]* | wc -l')" 1000
check "exec works all the same" in_101 true
eq "it owns what the kernel says is a delegate's, and nothing else" \
	"$(find $group -maxdepth 1 -type f ! -user 0 -printf '%f\n' | sort)" \
	"$(sort /sys/kernel/cgroup/delegate | while read -r f; do [[ ! -e $group/$f ]] || echo "$f"; done)"
echo 900M >$group/memory.max
in_101 sh -c 'for file in memory.max memory.high cgroup.max.descendants; do echo max >/sys/fs/cgroup/$file; done' 2>/dev/null
eq "it lifts neither its memory limit nor the bound of its cgroups" \
	"$(cat $group/memory.max $group/cgroup.max.descendants | xargs)" "$((900 << 20)) 1000"
check "it freezes its own init and lets nothing beside it start" in_101 sh -c '
	cd /sys/fs/cgroup && echo $$ >2/cgroup.procs && echo 1 >1/cgroup.procs
	echo +pids >cgroup.subtree_control && echo 0 >1/pids.max
	echo 1 >1/cgroup.freeze'
begin=$SECONDS
status 0 "it is stopped" timeout 60 vzlite stop 101 --fast
timely check "at once ($((SECONDS - begin)) s)" test $((SECONDS - begin)) -le 20
nothing_left 101

# What runs can be stopped, and is not taken for another
check "it starts" vzlite start 101
mv $conf/101.conf /root/
status 0 "stop without its file" vzlite stop 101
nothing_left 101
status 14 "once" vzlite stop 101
mv /root/101.conf $conf/
check "it starts" vzlite start 101
echo 'NUMPROC="' >>$conf/101.conf
status 0 "stop with a broken file" vzlite stop 101
sed -i '$d' $conf/101.conf
check "it starts" vzlite start 101
rm /run/vzlite/101.state
status 32 "destroy of one whose state is lost" vzlite destroy 101
eq "nothing is destroyed" "$(ls $private/101) $(grep -c populated\ 1 $group/cgroup.events)" "upper
work 1"
says "to start it is no order to kill it" "its state is lost" vzlite start 101
eq "it lives" "$(grep -c populated\ 1 $group/cgroup.events)" 1
status 0 "it can be stopped" vzlite stop 101
nothing_left 101
check "it starts" vzlite start 101
mv $conf/101.conf /root/
mv $private/101 $private/away
status 32 "create with the CTID of what still runs" vzlite create 101 --ostemplate busybox
mv /run/vzlite/101.state /root/
status 32 "and whose state is lost, too" vzlite create 101 --ostemplate busybox
mv /root/101.state /run/vzlite/
mv /root/101.conf $conf/
mv $private/away $private/101
mv $templates/busybox $templates/away
status 91 "restart without a template" vzlite restart 101
eq "leaves it running" "$(ve_words 101)" "exist mounted running"
mv $templates/away $templates/busybox

# Ids
cp $conf/101.conf $conf/105.conf
sed -i '/^NAME=/d' $conf/105.conf
mkdir -p $private/105/{upper,work}
status 21 "a copied file does not start with the original's ids" vzlite start 105
rm -r $conf/105.conf $private/105

# set: all or nothing
status 0 "memory is limited, not saved" vzlite set 101 --ram 64M
status 0 "something else is set" vzlite set 101 --cpuunits 500
eq "which leaves memory alone" "$(cat $group/memory.max) $(cat $group/cpu.weight)" "67108864 50"
before=$(limit_of numproc; cat $group/memory.max $group/cpu.max; in_101 hostname; cat $conf/101.conf)
mount --bind $conf/101.conf $conf/101.conf
status 139 "set whose file cannot be replaced" vzlite set 101 --numproc 77 --ram 80M --cpulimit 50 \
	--hostname other --save
umount $conf/101.conf
eq "changes nothing" \
	"$(limit_of numproc; cat $group/memory.max $group/cpu.max; in_101 hostname; cat $conf/101.conf)" "$before"
cp -a $conf /root/conf
mount -t tmpfs -o size=12k,mode=755 tmpfs $conf
cp -a /root/conf/. $conf/
dd if=/dev/zero of=$conf/fill bs=4k count=9 2>/dev/null
status 46 "set on a full disk" vzlite set 101 --numproc 77 --ram 80M --cpulimit 50 --hostname other --save
eq "changes nothing" \
	"$(limit_of numproc; cat $group/memory.max $group/cpu.max; in_101 hostname; cat $conf/101.conf)" "$before"
umount $conf
strace -o /dev/null -e trace=renameat,renameat2 -e inject=renameat,renameat2:delay_enter=4000000 \
	vzlite set 101 --numproc 88 --save &
pid=$!
retry 20 test -e $conf/.101.conf.tmp
pkill -INT -x vzlite
wait $pid
eq "interrupted, it does all" "$(grep NUMPROC $conf/101.conf) $(limit_of numproc)" \
	'NUMPROC="88" 88 88'

# A name that changes hands between the look at it and the lock
vzlite set 102 --name second --save
strace -o /dev/null -e trace=fcntl -e inject=fcntl:delay_enter=8000000:when=4 \
	vzlite destroy second >/run/out 2>&1 &
pid=$!
at_lock() {
	find "/proc/$(pgrep -x vzlite)/fd" -lname /run/vzlite/102.lock 2>/dev/null | grep -q .
}
retry 20 at_lock
vzlite set 102 --name third --save
vzlite create 103 --ostemplate busybox --name second
status=0
wait $pid || status=$?
eq "destroy by a name that another VE has got meanwhile" "$status" 9
eq "destroys neither" "$(ve_words 102 | cut -d' ' -f1) $(ve_words 103 | cut -d' ' -f1)" "exist exist"
vzlite destroy 103

# Directories that others made
chmod 755 $private $templates
status 0 "stop" vzlite stop 101
check "start" vzlite start 101
eq "nobody else enters the areas and templates" "$(stat -c %a $private $templates | tr '\n' ' ')" "700 700 "
vzlite stop 101
chmod 755 $private $templates
check "create" vzlite create 103 --ostemplate busybox
eq "nor after a create" "$(stat -c %a $private $templates | tr '\n' ' ')" "700 700 "

# Whose file may come back after a power failure keeps its files
status 52 "destroy of which the sync fails" strace -qq -o /dev/null -e trace=fsync -e inject=fsync:error=EIO \
	vzlite destroy 103
check "removes no files" test -d $private/.destroy-103/upper
check "the next command does" not vzlite destroy 103
eq "all of them" "$(find $private -maxdepth 1 -name "*103*")" ""

# /run/vzlite is missing after a boot, and another command makes it just now
rm -r /run/vzlite
strace -o /dev/null -e trace=mkdir -e inject=mkdir:delay_enter=6000000 \
	vzlite set 102 --onboot yes --save >/run/out 2>&1 &
pid=$!
sleep 3
mkdir -m 755 /run/vzlite
status=0
wait $pid || status=$?
eq "the second of two first commands works ($(cat /run/out))" "$status" 0

# Standard streams
for command in "help" "version" "--version" "template list" "list -a" "status 101" "stats" "stats -w1"; do
	status=0
	# shellcheck disable=SC2086
	vzlite $command >/dev/full 2>/run/out || status=$?
	eq "$command on a full disk: $(cat /run/out)" "$status" 46
	status=0
	# shellcheck disable=SC2086
	vzlite $command >&- 2>/run/out || status=$?
	eq "$command with no output: $(cat /run/out)" "$status" 3
done
vzlite create 102 --ostemplate busybox 2>&-
eq "no line goes into a file that took the place of a closed stream" "$(stat -c %s /run/vzlite/102.lock)" 0

# A hostile tree
check "it starts" vzlite start 101
vzlite --verbose events 101 >/dev/full 2>/run/out &
events=$!
retry 20 grep -q following /run/out
in_101 sh -c '
	cd /root && i=0
	while [ $i -lt 300 ]; do mkdir ddddddddddddddddddddddddddd; cd -P ddddddddddddddddddddddddddd; i=$((i + 1)); done
	mkdir /root/many && cd /root/many && touch $(seq 1 3000) && ln 1 hard && mkfifo fifo && ln -s / link
	mkdir "$(printf "\377\n\033[2J")" .lifted-0 && touch .lifted-0/x
	mkdir /root/mnt'
status 0 "stop" vzlite stop 101
status=0
wait $events || status=$?
eq "events on a full disk: $(tail -n 1 /run/out)" "$status" 46
mount -t tmpfs tmpfs $private/101/upper/root/mnt && echo kept >$private/101/upper/root/mnt/file
status 52 "destroy does not enter what is mounted in the area" vzlite destroy 101
eq "it is as it was" "$(cat $private/.destroy-101/upper/root/mnt/file)" kept
umount $private/.destroy-101/upper/root/mnt
check "the next command removes of the rest what it can in two seconds" vzlite destroy 102
check "a later one what was left" retry 20 eval \
	'[[ ! -e $private/.destroy-101 ]] || { vzlite create 102 --ostemplate busybox && vzlite destroy 102 && false; }'
eq "no file is left" "$(find $private $conf -mindepth 1 ! -name '*.destroyed')" ""
unloads
finish
