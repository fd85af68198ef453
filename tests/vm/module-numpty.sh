#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: numpty is exact and enforced, whatever end is closed last
# timeout: 240
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/module.sh"
PTY=11

held() {
	counter "$1" $PTY | cut -d' ' -f1
}

module_load
mountpoint -q /dev/pts || mount -t devpts -o ptmxmode=666,newinstance devpts /dev/pts
[[ -e /dev/ptmx ]] || ln -s pts/ptmx /dev/ptmx
before=$(cat /proc/sys/kernel/pty/nr)
ve_new 81 $PTY=5:5
ve_new 82

eq "open of /dev/ptmx stops with ENOSPC" "$(in_ve 81 objects pty 1000)" "5 ENOSPC"
settled 81 $PTY
eq "held 0, one refusal" "$(counter 81 $PTY)" "0 5 5 5 1"
in_ve 81 objects pty 5 /run/hold >/dev/null &
check "one stands at the limit" retry 30 test -e /run/hold
eq "the other VE and the host open what they like beside it" \
	"$(in_ve 82 objects pty 50) $(objects pty 50) $(held 81)" "50 none 50 none 5"
rm /run/hold
wait
settled 81 $PTY && settled 82 $PTY
eq "nobody was refused" "$(counter 81 $PTY | cut -d' ' -f1,5) $(counter 82 $PTY | cut -d' ' -f1,5)" "0 1 0 0"

in_ve 81 objects pty 3 /run/hold >/dev/null &
retry 30 test -e /run/hold
eq "held is what is open" "$(held 81)" 3
eq "as the kernel counts" "$(($(cat /proc/sys/kernel/pty/nr) - before))" 3
eq "two are left" "$(in_ve 81 objects pty 1000)" "2 ENOSPC"
rm /run/hold
wait
check "closed, none" settled 81 $PTY

in_ve 81 objects slave 4 /run/hold >/dev/null &
retry 30 test -e /run/hold
eq "a slave without its master still counts" "$(held 81)" 4
pkill -KILL objects
rm /run/hold
wait
check "until it is closed" settled 81 $PTY

# The instance's own limit refuses after our charge.
sysctl -qw kernel.pty.max=$(($(cat /proc/sys/kernel/pty/nr) + 2)) kernel.pty.reserve=0
in_ve 81 objects pty 1000 >/dev/null
settled 81 $PTY
eq "what fails later is given back" "$(held 81)" 0
sysctl -qw kernel.pty.max=4096

vznl del 81 && vznl del 82
module_unload
check "the kernel's log is clean" not sh -c "dmesg | grep -E 'WARNING:|BUG:|Oops'"
finish
