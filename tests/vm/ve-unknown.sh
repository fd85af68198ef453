#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: what vzlite cannot find out it says, and ends with that; it is shown as nothing else
# on: trixie
# also: bookworm
# smp: 1
# timeout: 420
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/ve.sh"
conf=/etc/vzlite/conf

# failing CALL:ERROR[:WHEN] COMMAND...: with that system call.
failing() {
	local call=${1%%:*} how=${1#*:}
	shift
	strace -qq -o /dev/null -e trace="$call" -e inject="$call:error=$how" "$@"
}

# shown COMMAND...: its output without errors, blanks as one.
shown() {
	"$@" 2>/dev/null </dev/null | sed 's/  */ /g; s/^ //'
}

# of_json EXPRESSION COMMAND...: of what it prints, as j.
of_json() {
	local expression=$1
	shift
	"$@" 2>/dev/null </dev/null | python3 -c "import json, sys; j = json.load(sys.stdin); print($expression)" 2>&1
}

check "the module loads" modprobe vzlite
check "a VE" vzlite create 101 --ostemplate busybox --name first
check "another, without a name" vzlite create 102 --ostemplate busybox --netif_add eth0
check "a third" vzlite create 103 --ostemplate busybox
check "one starts" vzlite start 101
check "the other, too" vzlite start 102

# Does it run?
few=3
[[ $(uname -r) != 6.1.* ]] || few=4
status 3 "status with no descriptor left" bash -c "ulimit -n $few; exec vzlite status 101"
says "says so" "status 101: find out whether it runs: Too many open files" bash -c "ulimit -n $few; exec vzlite status 101"
eq "and nothing else" "$(shown bash -c "ulimit -n $few; exec vzlite status 101")" ""
status 6 "status without memory" failing pidfd_open:ENOMEM vzlite status 101
status 6 "exec" failing pidfd_open:ENOMEM:when=1 vzlite exec 101 -- true
says "does not say that it does not run" "exec 101: find out whether it runs: Cannot allocate memory" \
	failing pidfd_open:ENOMEM:when=1 vzlite exec 101 -- true
status 3 "list" failing pidfd_open:EMFILE:when=1 vzlite list -a
eq "lists it all the same, and the others" "$(shown failing pidfd_open:EMFILE:when=1 vzlite list -aHo ctid,status)" \
	"$(printf '101 -\n102 running\n103 stopped')"
eq "among those that run" "$(shown failing pidfd_open:EMFILE:when=1 vzlite list -1 | xargs)" "101 102"
eq "and those that do not" "$(shown failing pidfd_open:EMFILE:when=1 vzlite list -S1 | xargs)" "101 103"
eq "with what the module knows" \
	"$(of_json '[(v["status"], v["numproc"]["held"] > 0) for v in j]' failing pidfd_open:EMFILE:when=1 vzlite list --json)" \
	"[(None, True), ('running', True)]"
mv $conf/101.conf /root/
status 3 "without its file it is not said that there is none" failing pidfd_open:EMFILE:when=1 vzlite list 101
eq "nor in a list" "$(shown failing pidfd_open:EMFILE:when=1 vzlite list -aHo ctid,status)" \
	"$(printf '101 -\n102 running\n103 stopped')"
mv /root/101.conf $conf/
status 0 "else all is known" vzlite list -a

# Configurations
chmod 666 $conf/102.conf
status 12 "list where others may write one" vzlite list
eq "lists it" "$(shown vzlite list -1 | xargs)" "101 102"
status 12 "status of it" vzlite status 102
eq "says the rest" "$(shown vzlite status 102)" "CTID 102 exist mounted running"
status 12 "list of the templates" vzlite template list
eq "counts the others" "$(of_json '[t["ves"] for t in j if t["name"] == "busybox"]' vzlite template list --json)" "[2]"
eq "of its limits nothing is known" "$(of_json '[j[0][k] for k in ("cpulimit", "iolimit", "iopslimit")]' vzlite list --json 102)" \
	"[None, None, None]"
chmod 644 $conf/102.conf
status 6 "list without the memory to read one" failing read:ENOMEM:when=2 vzlite list 103
echo 'NUMPROC="x"' >>$conf/103.conf
status 21 "list of one that is broken" vzlite list 103
sed -i '$d' $conf/103.conf
eq "no limit is 0, said or not" "$(of_json '[j[0][k] for k in ("cpulimit", "iolimit", "iopslimit")]' vzlite list --json 103)" \
	"[0, 0, 0]"
eq "or 9223372036854775807" \
	"$(of_json '[j[0][k][l] for k in ("diskspace", "diskinodes") for l in ("softlimit", "hardlimit")]' vzlite list --json 103 | tr -d '[],' | xargs -n1 | sort -u)" \
	9223372036854775807
eq "in a table it is as it was" "$(shown vzlite list -Ho cpulimit,diskspace.h,ctid 103)" "- - 103"
printf 'NAMESERVER="  192.0.2.1 \t 192.0.2.2 "\nSEARCHDOMAIN=" "\n' >>$conf/103.conf
eq "a list is one word, however it is written" "$(shown vzlite list -Ho nameserver,searchdomain,ctid,nameserver 103)" \
	"192.0.2.1,192.0.2.2 - 103 192.0.2.1 192.0.2.2"
sed -i '/^NAMESERVER=/d; /^SEARCHDOMAIN=/d' $conf/103.conf

# Adopted ones
mkdir /sys/fs/cgroup/engine
check "one is adopted" vzlite adopt 201 --cgroup engine
eq "status knows it" "$(shown vzlite status 201)" "CTID 201 exist unmounted down adopted"
status 3 "when the module cannot be asked, status" failing socket:EMFILE vzlite status 201
eq "does not say that it is lost" "$(shown failing socket:EMFILE vzlite status 201)" ""
chmod 666 /var/lib/vzlite/adopted/201.conf
status 12 "status of a record that others may write" vzlite status 201
eq "says that nothing holds" "$(shown vzlite status 201)" "CTID 201 exist unmounted down adopted gone"
chmod 644 /var/lib/vzlite/adopted/201.conf
check "it is let go" vzlite release 201

# Statistics
eq "who has no name has none" "$(of_json '[v["name"] for v in j]' vzlite stats --json)" "['first', None]"
eq "how old a figure is, is always there" "$(of_json '[v["numproc"]["age_ms"] for v in j]' vzlite stats --json)" "[0, 0]"
chmod 666 /run/vzlite/102.netif
status 12 "stats where it cannot be read which interfaces one has" vzlite stats
status 12 "of that one" vzlite stats 102
eq "has all figures" "$(of_json '[(v["ctid"], v["numproc"]["held"] > 0) for v in j]' vzlite stats --json)" \
	"[(101, True), (102, True)]"
chmod 644 /run/vzlite/102.netif
status 0 "else it is well" vzlite stats

# What is read for a command
broken='exec 3</proc/self/mem; vzlite exec 101 -- sh -c "$1" <&3; exit $?'
status 3 "exec whose input cannot be read" sh -c "$broken" sh 'cat; exit 0'
says "says so" "vzlite: exec 101: read standard input: Input/output error" sh -c "$broken" sh cat
status 7 "a command's own status comes first" sh -c "$broken" sh 'cat; exit 7'

# Of a CTID without a VE nothing is left
for command in start stop restart suspend resume mount umount destroy release "start --wait" "set --save --onboot yes"; do
	# shellcheck disable=SC2086
	status 14 "$command of no VE" vzlite $command 999
done
status 91 "a create that fails" vzlite create 999 --ostemplate nosuch
status 21 "an adopt that fails" vzlite adopt 999 --cgroup nosuch
eq "none has left its lock" "$(find /run/vzlite -name "999*")" ""
status 44 "a create of what there is" vzlite create 103 --ostemplate busybox
eq "leaves that" "$(ls /run/vzlite/103.lock)" /run/vzlite/103.lock

# VEs of which the module does not know
vzlite stop 101 --fast
vzlite stop 102 --fast
unloads
modprobe=$(cat /proc/sys/kernel/modprobe)
echo /bin/false >/proc/sys/kernel/modprobe
check "one starts without the module" vzlite --quiet start 103 --force
echo "$modprobe" >/proc/sys/kernel/modprobe
check "the module loads" modprobe vzlite
check "another starts with it" vzlite start 101
status 5 "stats tells of the one" vzlite stats
says "and how it gets counted" "stats 103: the VE was started without the module, which knows nothing of it (vzlite restart 103)" \
	vzlite stats
eq "has the other" "$(of_json '[v["ctid"] for v in j]' vzlite stats --json)" "[101]"
status 5 "stats of it alone" vzlite stats 103
vzlite stop 103 --fast
status 0 "it is not told of when it is down" vzlite stats
vzlite stop 101 --fast
nothing_left 101
unloads
finish
