# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# A container of crun with the namespaces, id map, mounts and limits of a VE, to compare
# with. Sourced.

# crun_bundle DIR COMMAND...: the bundle DIR, on a file system of its own, like /run
crun_bundle() {
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
