#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: with the feature nesting podman and LXC run containers inside a VE, of an image, with limits; the VE's counters cover them
# on: bookworm
# also: newest
# smp: 1
# timeout: 900
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/module.sh"
. "$(dirname "$0")/ve.sh"
NUMPROC=5 NUMFILE=19
template=/var/lib/vzlite/template/host

in_101() {
	vzlite exec 101 -- "$@"
}

podman_() {
	in_101 podman --cgroup-manager=cgroupfs --events-backend=none --storage-driver="$driver" "$@"
}

held() {
	counter 101 "$1" | cut -d' ' -f1
}

is_held() {
	[[ $(held "$1") -eq $2 ]]
}

# A VE of the host's programs: its /usr is bound, what is to be written is its own.
mkdir -p $template/{usr,proc,sys,dev,run,tmp,etc,root,var/lib,var/tmp,srv}
chmod 1777 $template/tmp $template/var/tmp
for name in bin sbin lib lib64; do
	ln -s usr/$name $template/$name
done
for name in passwd group ld.so.cache nsswitch.conf alternatives containers lxc; do
	[[ ! -e /etc/$name ]] || cp -a /etc/$name $template/etc/
done
cp "$(readlink -f "$(command -v busybox)")" $template/init
cat >$template/etc/inittab <<-'END'
	::sysinit:/etc/rc
	::ctrlaltdel:/bin/true
	::shutdown:/bin/true
END
# As systemd does it: cgroups that have others below hold no process. LXC knows it by that name.
cat >$template/etc/rc <<-'END'
	#!/bin/sh
	mkdir /sys/fs/cgroup/init.scope
	while read pid; do echo $pid; done </sys/fs/cgroup/cgroup.procs | while read pid; do
		echo $pid >/sys/fs/cgroup/init.scope/cgroup.procs
	done
	echo "+memory +pids +cpu" >/sys/fs/cgroup/cgroup.subtree_control
END
chmod 755 $template/etc/rc
mkdir -p /run/image/{bin,proc,sys,dev,etc,tmp}
cp /bin/busybox "$here/probe" /run/image/bin/
chroot /run/image /bin/busybox --install -s /bin
tar -c -C /run/image -f $template/srv/image.tar .

# An image as docker saves it: a second layer adds a file, changes one and takes one away.
mkdir -p /run/second/etc
echo gone >/run/image/etc/gone
echo first | tee /run/image/etc/changed >/run/image/etc/kept
echo second | tee /run/second/etc/changed >/run/second/etc/added
: >/run/second/etc/.wh.gone
python3 - $template/srv/layered.tar /run/image /run/second <<-'END'
	import hashlib, io, json, sys, tarfile

	def put(image, name, data):
	    member = tarfile.TarInfo(name)
	    member.size = len(data)
	    image.addfile(member, io.BytesIO(data))

	with tarfile.open(sys.argv[1], "w") as image:
	    ids = []
	    for tree in sys.argv[2:]:
	        layer = io.BytesIO()
	        with tarfile.open(fileobj=layer, mode="w") as tar:
	            tar.add(tree, ".")
	        ids.append(hashlib.sha256(layer.getvalue()).hexdigest())
	        put(image, ids[-1] + ".tar", layer.getvalue())
	    config = json.dumps({
	        "architecture": "amd64", "os": "linux",
	        "config": {"Env": ["PATH=/bin", "WORD=from the image"], "WorkingDir": "/etc",
	                   "Entrypoint": ["/bin/sh", "-c"], "Cmd": ["echo $WORD in $PWD: $(cat kept changed added) $(ls gone 2>&1)"]},
	        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + i for i in ids]}}).encode()
	    name = hashlib.sha256(config).hexdigest() + ".json"
	    put(image, name, config)
	    put(image, "manifest.json", json.dumps([{"Config": name, "RepoTags": ["localhost/layered:1"],
	        "Layers": [i + ".tar" for i in ids]}]).encode())
END

check "the module loads" modprobe vzlite
for layout in overlay dir; do
	driver=vfs
	[[ $layout == overlay ]] || driver=overlay
	status 0 "$layout: create" vzlite create 101 --ostemplate host --layout $layout --init /init --features nesting:on \
		--bindmount_add /usr:/usr,ro --numproc 120 --numfile 6000
	status 0 "start" vzlite start 101
	check "its init is in a cgroup of its own" retry 10 in_101 grep -q ^0::/init.scope /proc/1/cgroup
	eq "fuse" "$(in_101 sh -c ': <>/dev/fuse && echo opened')" opened
	check "podman: an image" podman_ import /srv/image.tar localhost/busybox:1
	check "a container of it" podman_ run -d --name web --network none --log-driver none --memory 64m \
		--pull=never localhost/busybox:1 /bin/sleep 2000
	eq "runs" "$(podman_ exec web cat /proc/1/comm)" sleep
	eq "with processes of its own" "$(podman_ exec web sh -c 'cat /proc/[0-9]*/comm | sort | uniq -c | grep -c "init\|conmon"')" 0
	group=$(podman_ inspect -f '{{.State.CgroupPath}}' web)
	eq "in a cgroup with its limit" "$(cat /sys/fs/cgroup/vzlite/101"$group"/memory.max)" 67108864
	before=$(held $NUMPROC)
	# Not with podman waiting: Go ends when it is refused a thread.
	check "a fork bomb in it" podman_ exec -d web sh -c 'probe forks 1000 >/tmp/part; mv /tmp/part /tmp/forks'
	retry 20 podman_ exec web test -e /tmp/forks 2>/dev/null
	forks=$(podman_ exec web cat /tmp/forks)
	eq "stops at the VE's limit" "${forks#* } $(counter 101 $NUMPROC | cut -d' ' -f2)" "EAGAIN 120"
	check "is counted there" test "$(counter 101 $NUMPROC | cut -d' ' -f5)" -ge 1
	check "and has what the rest of the VE left ($forks, $before)" test "${forks% *}" -gt $((120 - before - 60)) \
		-a "${forks% *}" -le $((120 - before))
	check "its tasks are gone from the counter" retry 40 is_held $NUMPROC "$before"
	podman_ exec -d web probe hold 300 /tmp/hold
	retry 10 podman_ exec web test -e /tmp/hold
	check "its open files are in it" test "$(held $NUMFILE)" -gt 300
	check "it ends" podman_ rm -f -t 0 web
	check "an image of two layers, as docker saves it" podman_ load -i /srv/layered.tar
	eq "runs as it says, in both of them" "$(podman_ run --rm --network none --log-driver none --pull=never localhost/layered:1)" \
		"from the image in /etc: first second second ls: gone: No such file or directory"
	eq "none of it is left" "$(podman_ ps -aq)" ""

	in_101 sh -c 'mkdir -p /var/lib/lxc/web/rootfs && tar -x -f /srv/image.tar -C /var/lib/lxc/web/rootfs &&
		cat >/var/lib/lxc/web/config' <<-'END'
		lxc.uts.name = web
		lxc.rootfs.path = dir:/var/lib/lxc/web/rootfs
		lxc.net.0.type = empty
		lxc.mount.auto = proc:mixed sys:ro cgroup:mixed
		lxc.apparmor.profile = unconfined
		lxc.cgroup2.memory.max = 64M
		lxc.init.cmd = /bin/sleep 2000
	END
	check "LXC starts a container" in_101 lxc-start -n web -l DEBUG -o /tmp/lxc.log || in_101 tail -n 60 /tmp/lxc.log
	eq "which runs" "$(in_101 lxc-attach -n web -- cat /proc/1/comm)" sleep
	eq "with its limit" "$(cat /sys/fs/cgroup/vzlite/101/lxc.payload.web/memory.max)" 67108864
	before=$(counter 101 $NUMPROC | cut -d' ' -f5)
	forks=$(in_101 lxc-attach -n web -- probe forks 1000)
	eq "and stops at the VE's limit" "${forks#* } $(counter 101 $NUMPROC | cut -d' ' -f5)" "EAGAIN $((before + 1))"
	check "LXC stops it" in_101 lxc-stop -n web -k
	status 0 "stop" vzlite stop 101 --fast
	nothing_left 101
	status 0 "destroy" vzlite destroy 101
done
unloads
finish
