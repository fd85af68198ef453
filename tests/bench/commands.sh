#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs in the test machine under --icount. What the command itself costs, beside
# crun with the same namespaces, id map, mounts and limits. All processes are
# counted; a wait counts as time, too, so the CPU time stands beside it (of what
# is waited for, so without the VE's init).
# A disk is waited for, and vzlite's create syncs what it writes, which crun, whose
# bundle others make, does not. So the targets are compared with all that both write
# on a tmpfs, and life is shown a second time with both on the disk.
set -euo pipefail
cd "$(dirname "$0")"
PATH=$PWD:/usr/lib/vzlite/tests/vm:$PATH
rounds=9

crun_bundle() { # DIR COMMAND...
	mkdir -p "$1"
	cp -a /var/lib/vzlite/template/busybox "$1/rootfs"
	chown -R 100000:100000 "$1/rootfs"
	cd "$1"
	shift
	crun spec
	python3 - "$@" <<-'END'
		import json, sys
		c = json.load(open("config.json"))
		c["process"]["terminal"] = False
		c["process"]["args"] = sys.argv[1:]
		linux = c["linux"]
		have = [n["type"] for n in linux["namespaces"]]
		linux["namespaces"] += [{"type": t} for t in ("user", "cgroup") if t not in have]
		ids = [{"containerID": 0, "hostID": 100000, "size": 65536}]
		linux["uidMappings"] = linux["gidMappings"] = ids
		linux["resources"] = {"memory": {"limit": 268435456}, "pids": {"limit": 240}}
		json.dump(c, open("config.json", "w"))
	END
	cd - >/dev/null
}

row() { # metric condition value base target
	printf '%s\t%s\t%s\tinstructions\t%s\t%s\n' "$1" "$2" "$3" \
		"$(awk -v a="$3" -v b="$4" 'BEGIN { if (b > 0) printf "%.3f", a / b; else printf "-" }')" "$5"
}

# compare METRIC TARGET COMMAND-OF-VZLITE COMMAND-OF-CRUN
compare() {
	local ours theirs
	read -ra ours <<<"$3"
	read -ra theirs <<<"$4"
	read -ra ours < <(bench run $rounds "${ours[@]}")
	read -ra theirs < <(bench run $rounds "${theirs[@]}")
	row "$1" crun "${theirs[0]}" - -
	row "$1" vzlite "${ours[0]}" "${theirs[0]}" "$2"
	row "$1, CPU" crun "${theirs[1]}" - -
	row "$1, CPU" vzlite "${ours[1]}" "${theirs[1]}" -
}

[[ -d /var/lib/vzlite/private ]] || mkdir -m 700 /var/lib/vzlite/private
mount -t tmpfs -o mode=700 tmpfs /var/lib/vzlite/private
mount -t tmpfs -o mode=755 tmpfs /etc/vzlite/conf
modprobe vzlite
sleep 5
vzlite create 201 --ostemplate busybox --ram 256M --numproc 240 >&2
vzlite start 201 >&2
crun_bundle /run/bundle sleep 1000000
crun --cgroup-manager=cgroupfs run --detach --bundle /run/bundle c201 </dev/null >/dev/null 2>&1

compare "exec true" 0.3 "vzlite exec 201 -- true" "crun exec c201 true"
compare "status" 0.2 "vzlite status 201" "crun state c201"

crun delete --force c201
vzlite stop 201 >&2
vzlite destroy 201 >&2

# A life: for both through one shell, which costs the same.
life() { # METRIC TARGET BUNDLE
	rm -rf "$3"
	crun_bundle "$3" /bin/true
	cat >life-vzlite <<-'END'
		vzlite create 202 --ostemplate busybox --ram 256M --numproc 240 --init /bin/true &&
		vzlite start 202 && { vzlite stop 202 2>/dev/null || :; } && vzlite destroy 202
	END
	cat >life-crun <<-END
		crun --cgroup-manager=cgroupfs run --detach --bundle $3 c202 &&
		crun delete --force c202
	END
	compare "$1" "$2" "dash life-vzlite" "dash life-crun"
}
life "life of a VE whose init is true" 0.5 /run/bundle
umount /var/lib/vzlite/private /etc/vzlite/conf
life "the same, files on a disk" - /var/lib/bundle
