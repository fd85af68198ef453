#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: a monitor that no one here wrote reads /proc/user_beancounters: atop, as Debian ships it
# on: trixie
# also: bookworm newest debug
# smp: 1
# packages: atop
# timeout: 400
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/module.sh"
NUMPROC=5

# What atop saw, "CTID TASKS PAGES" each: it has a table for containers of OpenVZ in every
# sample, by CTID, tasks, four times and pages. It writes samples compressed, and shows
# only containers of which it knows the CPU time, by another of OpenVZ's files.
seen() {
	rm -f /run/sample
	atop -w /run/sample 1 1
	python3 - <<-'END'
		import re, struct, zlib
		sample = open("/run/sample", "rb").read()
		for start in re.finditer(rb"\x78[\x01\x5e\x9c\xda]", sample):
		    try:
		        text = zlib.decompressobj().decompress(sample[start.start():])
		    except zlib.error:
		        continue
		    for ctid in 770077, 880088:
		        for place in re.finditer(re.escape(struct.pack("<Q", ctid)), text):
		            row = struct.unpack_from("<7Q", text, place.start())
		            print(ctid, row[1], row[6])
	END
}

own() { # CTID RESOURCE: held
	awk -v name="$2" '$1 == name { print $2 }' "/proc/vzlite/$1/beancounters"
}

sees_all() {
	local want
	want=$(for id in 770077 880088; do echo "$id $(own $id numproc) $(own $id physpages)"; done)
	seen >/run/seen
	[[ "$(</run/seen)" == "$want" ]] || { echo "want: $want, got: $(</run/seen)" && return 1; }
}

echo +memory >/sys/fs/cgroup/cgroup.subtree_control
module_load
ve_new 770077 $NUMPROC=40:40
ve_new 880088
in_ve 770077 probe crowd 11 /run/crowd &
check "tasks are there" retry 20 test -e /run/crowd
check "atop sees both VEs, and of each the tasks and pages" retry 40 sees_all
eq "the one has twelve tasks, the other none" "$(cut -d' ' -f1,2 /run/seen)" $'770077 12\n880088 0'
check "and pages" test "$(cut -d' ' -f3 /run/seen | sed q)" -gt 0
in_ve 880088 probe crowd 4 /run/more &
check "some come" retry 20 test -e /run/more
check "which it sees" retry 40 sees_all
eq "all of them" "$(cut -d' ' -f1,2 /run/seen)" $'770077 12\n880088 5'
rm /run/crowd /run/more
wait
check "and tasks that are gone it sees no more" retry 40 sees_all
eq "none is left" "$(cut -d' ' -f1,2 /run/seen)" $'770077 0\n880088 0'
for id in 770077 880088; do
	check "VE $id goes" retry 10 vznl del $id
done
module_unload
finish
