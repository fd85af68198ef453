#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: numfile is exact and enforced: open, socket, passed files, files of dead VEs, overlay
# timeout: 240
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/module.sh"
NUMFILE=19

held() {
	counter "$1" $NUMFILE | cut -d' ' -f1
}

module_load
ve_new 21 $NUMFILE=50:50
ve_new 22

# The program's own executable is an open file, too: 49 are left.
eq "opening ends at the limit with ENFILE" "$(in_ve 21 probe opens 1000)" "49 ENFILE"
# Making a socket takes one file.
eq "sockets are files" "$(in_ve 21 probe sockets 1000)" "49 ENFILE"
in_ve 21 probe hold 49 /run/hold &
check "one stands at the limit" retry 30 test -e /run/hold
eq "the other VE and the host open at will beside it" \
	"$(in_ve 22 probe opens 300) $(probe opens 300) $(held 21)" "300 none 300 none 50"
rm /run/hold
wait
eq "held is 0 afterwards, maxheld 50, failcnt the two refusals" \
	"$(settled 21 $NUMFILE; counter 21 $NUMFILE)" "0 50 50 50 2"
settled 22 $NUMFILE
eq "the other VE had none" "$(counter 22 $NUMFILE | cut -d' ' -f1,5)" "0 0"

in_ve 21 probe hold 10 /run/hold &
retry 30 test -e /run/hold
eq "held is what is open" "$(held 21)" 11
vznl set 21 $NUMFILE=5:5
check "a limit below held refuses even exec" not in_ve 21 probe opens 3
vznl set 21 $NUMFILE=50:50
eq "a raised limit lets go on" "$(in_ve 21 probe opens 1000)" "38 ENFILE"
rm /run/hold
settled 21 $NUMFILE
eq "and is freed by exit" "$(held 21)" 0

# Files opened by VE 21, passed to VE 22, which outlives the opener.
in_ve 21 probe pass 20 "$(dir 22)" /run/pass
retry 30 test -e /run/pass
# Twenty, and the executable, which the child shares.
eq "passed files stay with who opened them" "$(held 21)" 21
check "their VE has no task and can be deleted" vznl del 21
check "but stays as a zombie" grep -q "21 zombie" /proc/vzlite/ve
check "a new VE takes the id meanwhile" vznl new 21 "$(dir 21)"
eq "and starts at nothing" "$(held 21)" 0
check "the module does not unload over a zombie" not modprobe -r vzlite
rm /run/pass
check "the last close ends the zombie" retry 5 not grep -q zombie /proc/vzlite/ve
settled 22 $NUMFILE
eq "nothing was uncharged from the wrong VE" "$(held 21) $(held 22)" "0 0"

# Overlay opens a file of its own behind the tenant's.
mkdir -p /run/o/l /run/o/u /run/o/w /run/o/m
mount -t tmpfs t /run/o && mkdir /run/o/l /run/o/u /run/o/w /run/o/m && echo x >/run/o/l/f
mount -t overlay o -o lowerdir=/run/o/l,upperdir=/run/o/u,workdir=/run/o/w /run/o/m
in_ve 22 probe holdfile 10 /run/o/m/f /run/hold &
retry 30 test -e /run/hold
eq "a file on overlay counts once" "$(held 22)" 11
rm /run/hold
settled 22 $NUMFILE
eq "and is uncounted once" "$(held 22)" 0

in_ve 22 probe holdfile 10 /run/o/m /run/hold &
retry 30 test -e /run/hold
eq "so does a directory" "$(held 22)" 11
rm /run/hold
settled 22 $NUMFILE
eq "and is uncounted once, too" "$(held 22)" 0

# What overlayfs does not get says nothing of the file after it.
vznl set 22 $NUMFILE=1000:1000
in_ve 22 starve /mnt /run/hold >/run/files &
retry 30 test -e /run/hold
eq "a file after one that was not to be had counts" "$(held 22)" $(($(cat /run/files) + 1))
rm /run/hold
settled 22 $NUMFILE

# A mapping keeps that file of its own, not the tenant's: it must not be free.
in_ve 22 probe maps 10 /run/o/m/f /run/hold &
retry 30 test -e /run/hold
eq "open, map and close leaves a file each time" "$(held 22)" 11
vznl set 22 $NUMFILE=13:13
failcnt=$(counter 22 $NUMFILE | cut -d' ' -f5)
eq "which the limit sees and stops" "$(in_ve 22 probe opens 3)" "1 ENFILE"
eq "once" $(($(counter 22 $NUMFILE | cut -d' ' -f5) - failcnt)) 1
eq "another VE is not stopped" "$(in_ve 21 probe opens 3)" "3 none"
vznl set 22 $NUMFILE=9223372036854775807:9223372036854775807
rm /run/hold
settled 22 $NUMFILE
eq "until it is unmapped" "$(held 22)" 0

# Files from before the VE were never charged.
mkdir -p "$(dir 23)"
probe into "$(dir 23)" probe hold 30 /run/old &
retry 30 test -e /run/old
check "a VE is made around open files" vznl new 23 "$(dir 23)"
rm /run/old
retry 30 sh -c "[ \$(vznl counter 23 5 | cut -d' ' -f1) = 0 ]"
eq "which are not uncharged from it" "$(held 23)" 0

vznl del 21 && vznl del 22 && vznl del 23
module_unload
finish
