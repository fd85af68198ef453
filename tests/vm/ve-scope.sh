#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: under systemd a VE lives in a delegated scope of vzlite.slice, with the limits of its cgroup; vzlite's own units
# on: newest
# also: bookworm
# smp: 1
# init: systemd
# waits: yes
# timeout: 1000
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/ve.sh"
# The scope itself stays systemd's, which may write its attributes anew.
scope=/sys/fs/cgroup/vzlite.slice/vzlite-101.scope/ve

check "the module loads" modprobe vzlite
eq "it was built with vzlite" "$(vzlite version | wc -l) $(cut -d' ' -f2 /proc/vzlite/version)" \
	"2 $(modinfo -F build vzlite)"
echo "0.1.0 0123456789ab" >/root/version
mount --bind /root/version /proc/vzlite/version
says "one that was not is told of" "(build 0123456789ab, not $(modinfo -F build vzlite))" vzlite version
echo "0.1.0" >/root/version
says "so is one that does not say" "(build unknown, not " vzlite version
umount /proc/vzlite/version
status 0 "create" vzlite create 101 --ostemplate busybox --ram 64M --swap 32M --cpuunits 2000 --cpulimit 150 --numproc 50
status 0 "start" vzlite start 101
eq "systemd knows the scope" "$(systemctl is-active vzlite-101.scope)" active
eq "and has delegated it" "$(systemctl show -p Delegate --value vzlite-101.scope)" yes
eq "memory" "$(cat $scope/memory.max) $(cat $scope/memory.swap.max)" "67108864 33554432"
eq "CPU" "$(cat $scope/cpu.max)" "150000 100000"
eq "the module counts there" "$(awk '$1 == 101 { print $3 }' /proc/vzlite/ve)" \
	"$(find $scope -name cgroup.threads -exec cat {} + | wc -l)"
check "its root may make cgroups" vzlite exec 101 -- mkdir /sys/fs/cgroup/mine
check "memory is limited live" vzlite set 101 --ram 96M
eq "at once" "$(cat $scope/memory.max)" 100663296
# What counts among siblings only: the VE's directory has none, its scope has.
weights() {
	echo "$(cat "${scope%/ve}"/{cpu.weight,memory.low,memory.min} | xargs) $(sed -n 's/^default //p' "${scope%/ve}/io.weight")"
}
has_weights() {
	[[ $(weights) == "$1" ]]
}
check "the scope weighs what the VE is to" retry 10 has_weights "200 0 0 100"
status 0 "weights and guarantees are changed live" vzlite set 101 --cpuunits 500 --ioprio 7 --vmguarpages 8M --oomguarpages 4M
check "of the scope, too" retry 10 has_weights "50 8388608 4194304 $(sed -n 's/^default //p' $scope/io.weight)"
check "which is not the default" test "$(sed -n 's/^default //p' $scope/io.weight)" -gt 100
before=$(weights)
vzlite exec 101 -- ln -sf x /etc/resolv.conf
status 3 "what fails later" vzlite set 101 --cpuunits 3000 --ioprio 0 --nameserver 192.0.2.1
sleep 1
eq "changes no weight" "$(weights)" "$before"
check "systemd may reload" systemctl daemon-reload
eq "which leaves the limit alone" "$(cat $scope/memory.max)" 100663296
eq "and the weights" "$(weights)" "$before"
status 0 "back to the default" vzlite set 101 --cpuunits 1000 --ioprio 4 --vmguarpages 0
check "of the scope, too" retry 10 has_weights "100 0 4194304 100"
eq "exec joins it" "$(vzlite exec 101 -- cat /proc/self/cgroup)" "0::/"

# systemd becomes another: somebody stands in for its socket, who hears nobody, or answers nobody, or hands on what
# is asked but not the answer.
cat >/root/stand-in <<'END'
import socket, sys, threading, time
mode, lost = sys.argv[1], False
def close(*both):
    for each in both:
        try:
            each.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
def to_systemd(client, real):
    global lost
    while data := client.recv(65536):
        if not lost and b"StartTransientUnit" in data:
            lost = True
            real.sendall(data)
            time.sleep(2)
            print("lost", flush=True)
            break
        real.sendall(data)
    close(client, real)
def to_client(client, real):
    mine = lost
    while data := real.recv(65536):
        if mine == lost:
            client.sendall(data)
    close(client, real)
server = socket.socket(socket.AF_UNIX)
server.bind("/root/stand-in.socket")
if mode != "deaf":
    server.listen()
print("ready", flush=True)
while mode == "deaf":
    time.sleep(1000)
while True:
    client, _ = server.accept()
    if mode == "mute":
        client.close()
        continue
    real = socket.socket(socket.AF_UNIX)
    real.connect("/root/systemd.socket")
    for hand_on in to_systemd, to_client:
        threading.Thread(target=hand_on, args=(client, real), daemon=True).start()
END
touch /root/systemd.socket
mount --bind /run/systemd/private /root/systemd.socket
mount --make-private /root/systemd.socket
# while_it_is MODE COMMAND...: for some seconds, or until the command has ended.
while_it_is() {
	local mode=$1 pid status=0
	shift
	python3 /root/stand-in "$mode" >/root/stood-in &
	pid=$!
	retry 20 grep -q ready /root/stood-in
	mount --bind /root/stand-in.socket /run/systemd/private
	if [[ $mode == lose ]]; then
		"$@" || status=$?
		umount /run/systemd/private
	else
		{ sleep 3; umount /run/systemd/private; } &
		"$@" || status=$?
		wait $!
	fi
	kill $pid
	rm /root/stand-in.socket
	return $status
}
status 0 "what nobody hears is asked again" while_it_is deaf vzlite set 101 --cpuunits 500
check "until it is done" retry 10 has_weights "50 0 4194304 100"
status 0 "what nobody answers, too" while_it_is mute vzlite set 101 --cpuunits 1000
check "until it is done" retry 10 has_weights "100 0 4194304 100"
status 0 "stop" vzlite stop 101
nothing_left 101
status 0 "so is a start" while_it_is mute vzlite start 101
status 0 "stop" vzlite stop 101
nothing_left 101
status 0 "one that was done, and nobody said so, is done" while_it_is lose vzlite start 101
eq "as it was lost" "$(tail -n 1 /root/stood-in)" lost
umount /root/systemd.socket
eq "in its scope" "$(systemctl is-active vzlite-101.scope) $(vzlite exec 101 -- cat /proc/self/cgroup)" "active 0::/"
# It does, each time at another moment of a start.
for delay in 0 1; do
	status 0 "stop" vzlite stop 101
	nothing_left 101
	systemctl daemon-reexec &
	sleep $delay
	status 0 "a start while systemd becomes another" vzlite start 101
	wait $!
	check "it knows the scope" retry 60 systemctl -q is-active vzlite-101.scope
done
status 0 "stop" vzlite stop 101
nothing_left 101
check "systemd has forgotten it" not systemctl is-active vzlite-101.scope
status 0 "destroy" vzlite destroy 101

# A Debian under it, with an OOM kill: systemd leaves the scope alone, which it has delegated.
status 0 "a Debian with systemd" vzlite create 103 --ostemplate debian-13 --ram 192M --swap 0
status 0 "start --wait" vzlite start 103 --wait
state=$(vzlite exec 103 -- systemctl is-system-running)
check "it is up: $state" test "$state" = running -o "$state" = degraded
eq "no unit has failed" "$(vzlite exec 103 -- systemctl --failed --no-legend --plain)" ""
vzlite exec 103 -- sh -c 'cat >/root/hog && chmod 755 /root/hog' <"$(dirname "$0")/hog"
vzlite exec 103 -- /root/hog anon 100000 /never
eq "what takes all of its memory is killed" $? 137
check "as the host's systemd sees" retry 10 sh -c \
	'grep -q "^oom_kill [1-9]" /sys/fs/cgroup/vzlite.slice/vzlite-103.scope/memory.events'
sleep 1
eq "which does not stop the VE" "$(ve_words 103) $(systemctl is-active vzlite-103.scope)" "exist mounted running active"
status 0 "a unit in it restarts" vzlite exec 103 -- systemctl restart systemd-journald
for round in 1 2 3; do
	status 0 "restart" vzlite restart 103
done
check "it comes up again" retry 60 vzlite exec 103 -- systemctl -q is-active multi-user.target
status 0 "stop" vzlite stop 103
nothing_left 103
check "systemd has forgotten it" not systemctl is-active vzlite-103.scope
status 0 "destroy" vzlite destroy 103

# vzlite's units
# What lines of the daemon's jobs go through has ended.
alone() {
	[[ $(cat /sys/fs/cgroup/system.slice/vzlite-eventd.service/cgroup.procs) == \
		"$(systemctl show -p MainPID --value vzlite-eventd)" ]]
}
# The file is away for a moment, while what ends may still be seen to run.
rebooted() {
	local state

	state=$(cat /run/vzlite/102.state) && [[ $state != "$before" ]] &&
		[[ $(ve_words 102) == "exist mounted running" ]] &&
		journalctl -q -o cat VZLITE_CTID=102 | grep -q "VE 102 reboots"
}
check "the units are right" systemd-analyze verify --man=no vzlite.service vzlite-boot.service \
	vzlite-eventd.service
status 0 "a VE that starts with the host" vzlite create 102 --ostemplate busybox --onboot yes --numproc 30
check "the daemon is up" systemctl start vzlite-eventd
check "all VEs are started" systemctl start vzlite
check "by a unit of its own" retry 60 systemctl -q is-active vzlite-boot
eq "it runs" "$(ve_words 102)" "exist mounted running"
eq "and is stopped before systemd would kill it" \
	"$(systemctl show -p Before --value vzlite-102.scope | tr ' ' '\n' | grep -x vzlite.service)" vzlite.service
check "its init hears" retry 20 init_hears 102 12
status 0 "an address" vzlite set 102 --ipadd 192.0.2.102 --save
status 0 "a rate for now" vzlite set 102 --rate 2M
before=$(cat /run/vzlite/102.state)
vzlite exec 102 reboot
check "it reboots, and the journal has it" retry 30 rebooted
eq "in a scope of its own" "$(vzlite exec 102 cat /proc/self/cgroup)$(systemctl is-active vzlite-102.scope)" "0::/active"
eq "with the rate that it had" "$(tc qdisc show dev vz102 | grep -o 'rate [0-9]*Mbit') $(cat /run/vzlite/102.rate)" "rate 2Mbit 2000"
check "and nobody stays to log it" retry 10 alone
# A program that waits for all it has
cat >/root/on-limit <<'END'
#!/usr/bin/python3
import os
try:
    while True:
        os.wait()
except ChildProcessError:
    print("waited for all")
END
chmod 755 /root/on-limit
status 0 "what is done then" vzlite set 102 --on-limit numproc=exec:/root/on-limit --save
timeout 20 vzlite exec 102 sh -c 'while :; do sleep 100 & done' >/dev/null 2>&1
check "so it has limits that are hit" retry 10 sh -c \
	"journalctl -q -o json VZLITE_CTID=102 VZLITE_RESOURCE=numproc VZLITE_LIMIT=30 | grep -q '\"VZLITE_ACTION\":\"exec\"'"
# What the daemon's jobs say, and what they run
lines_of() {
	journalctl -q -o cat "$@" VZLITE_CTID=102 | grep -v "hit its limit"
}
waited() {
	lines_of | grep -qx "waited for all"
}
check "whose program waits for nobody but its own" retry 20 waited
printf '#!/bin/sh\nexit 3\n' >/root/on-limit
failed() {
	timeout 20 vzlite exec 102 sh -c 'while :; do sleep 100 & done' >/dev/null 2>&1
	lines_of -p warning | grep -qx "VE 102 /root/on-limit failed with status 3"
}
check "and one that fails is among its lines" retry 20 failed
status 0 "once" vzlite set 102 --on-limit "" --save
told() {
	[[ $(lines_of -p err) == *"see above" ]] && ! [[ -e /run/vzlite/102.state ]]
}
printf '#!/bin/sh\necho "<0>script of $VEID"\n' >/etc/vzlite/conf/102.umount
printf '#!/bin/sh\necho "<4>about to fail" >&2\nexit 3\n' >/etc/vzlite/conf/102.mount
chmod 755 /etc/vzlite/conf/102.*mount
vzlite exec 102 reboot
check "a restart that fails" retry 30 told
eq "is in the journal line by line, under its VE" "$(lines_of | tail -n 5)" "VE 102 reboots
script of 102
about to fail
vzlite: start 102: /etc/vzlite/conf/102.mount failed with status 3
VE 102 has ended, and could not be dealt with: see above"
eq "with its priorities" "$(lines_of -p warning | tail -n 4)
$(lines_of -p err)" "script of 102
about to fail
vzlite: start 102: /etc/vzlite/conf/102.mount failed with status 3
VE 102 has ended, and could not be dealt with: see above
script of 102
VE 102 has ended, and could not be dealt with: see above"
check "it has no rate any more" not test -e /run/vzlite/102.rate
check "and nobody stays to log it" retry 10 alone
rm /etc/vzlite/conf/102.{u,}mount
status 0 "start" vzlite start 102
first=$(systemctl show -p MainPID --value vzlite-eventd)
another() {
	[[ $(systemctl is-active vzlite-eventd) == active &&
		$(systemctl show -p MainPID --value vzlite-eventd) != "$first" ]]
}
check "the daemon is killed" systemctl kill -s KILL vzlite-eventd
check "systemd starts it again" retry 20 another
eq "the VE has not noticed" "$(ve_words 102)" "exist mounted running"
check "all VEs are stopped" systemctl stop vzlite
nothing_left 102
eq "both units are" "$(systemctl is-active vzlite vzlite-boot | xargs)" "inactive inactive"
# One that cannot start is to be seen, and must not keep the others from an orderly end.
status 0 "another VE" vzlite create 103 --ostemplate busybox --onboot yes
sed -i '/^OSTEMPLATE/d' /etc/vzlite/conf/103.conf
check "all VEs are started, but for one" not systemctl start vzlite-boot
eq "which is seen" "$(systemctl --failed --plain --no-legend | grep -o '^vzlite[^ ]*')" vzlite-boot.service
eq "by its line" "$(journalctl -q -o cat -u vzlite-boot -g 'start 103' | tail -n 1 | cut -c1-18)" "vzlite: start 103:"
eq "the other runs" "$(ve_words 102)" "exist mounted running"
check "and is stopped" systemctl stop vzlite
nothing_left 102
status 0 "start" vzlite start 102
check "its init hears" retry 20 init_hears 102 12
printf '#!/bin/sh\nsleep 2\nseq 300\nexit 3\n' >/etc/vzlite/conf/102.mount
chmod 755 /etc/vzlite/conf/102.mount
vzlite exec 102 reboot
check "it reboots" retry 30 test -e /run/vzlite/102.reboot
check "the daemon ends" systemctl stop vzlite-eventd
# What it has sent, the journal may still have to read.
logged() {
	lines_of | grep -qx "VE 102 has ended, and could not be dealt with: see above"
}
check "when all is logged" retry 30 logged
eq "down to the last line" "$(lines_of | grep -cx '[0-9]*') $(lines_of | tail -n 1)" \
	"300 VE 102 has ended, and could not be dealt with: see above"
rm /etc/vzlite/conf/102.mount
status 0 "destroy" vzlite destroy 103

# A unit of systemd's own, adopted
check "a service runs" systemd-run --unit box --slice machine.slice -p TasksMax=50 sleep 1000
status 0 "adopt" vzlite adopt 201 --cgroup "$(systemctl show -p ControlGroup --value box)" --numproc 10
eq "it is counted" "$(vzlite list -H -o ctid,numproc,status 201 | tr -s ' ')" " 201 1 adopted"
check "systemd may reload" systemctl daemon-reload
check "and set what is its own" systemctl set-property box TasksMax=40
eq "it is still counted" "$(vzlite status 201)" "CTID 201 exist mounted running adopted"

# README's way to another module, with the daemon up
check "the daemon is up" systemctl start vzlite-eventd
status 0 "start" vzlite start 102
status 0 "shutdown" vzlite shutdown
status 0 "release" vzlite release 201
unloads "the module goes"
check "and another comes" modprobe vzlite
check "the daemon begins anew" systemctl restart vzlite-eventd
status 0 "boot" vzlite boot
eq "what starts with the host runs" "$(ve_words 102)" "exist mounted running"
status 0 "adopt" vzlite adopt 201 --cgroup "$(systemctl show -p ControlGroup --value box)" --numproc 10
eq "and is counted again" "$(vzlite list -H -o ctid,numproc,status 201 | tr -s ' ')" " 201 1 adopted"
status 0 "stop" vzlite stop 102 --fast
status 0 "destroy" vzlite destroy 102
check "systemd stops it" systemctl stop box
eq "it is gone" "$(vzlite status 201)" "CTID 201 exist unmounted down adopted gone"
# Of a unit nobody tells that it has ended: the daemon looks.
loss_told() {
	journalctl -q -o cat VZLITE_CTID=201 -p warning | grep -q "VE 201 is adopted, and its cgroup is gone: it has no limits"
}
check "the daemon starts" systemctl restart vzlite-eventd
check "and finds that out" retry 20 loss_told
status 0 "release" vzlite release 201
unloads
# For whoever looks why.
# shellcheck disable=SC2154 # of lib.sh
[[ $vm_failed == 0 ]] || journalctl -q --no-pager -o short-precise -t systemd -t vzlite-eventd |
	grep -i -e vzlite -e "VE 10" | tail -n 50 >&2
finish
