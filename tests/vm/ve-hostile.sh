#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: start and the other commands survive what a VE's root makes of its files; nothing of the host is touched
# on: trixie
# also: bookworm newest
# smp: 1
# timeout: 600
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/ve.sh"
here=$(cd "$(dirname "$0")" && pwd)
decoy=/root/decoy
fifo_seconds=20

quick() {
	timeout -k 1 $fifo_seconds "$@"
}

decoys() {
	find $decoy -printf '%p %y %m %U %G %s %l %T@\n' | sort
	cat $decoy/etc/passwd
}

# make KIND PATH: something else than what should be there
make() {
	case $1 in
	absolute) ln -s "$decoy/${2##*/}" "$2" ;;
	relative) ln -s "../../../../../../../../../..$decoy/${2##*/}" "$2" ;;
	descriptor) ln -s /proc/self/fd/4 "$2" ;;
	self) ln -s "${2##*/}" "$2" ;;
	fifo) mkfifo -m 666 "$2" ;;
	directory) mkdir "$2" ;;
	device) mknod -m 666 "$2" c 1 3 ;;
	disk) mknod -m 666 "$2" b "$(stat -c %Hr /dev/vda)" "$(stat -c %Lr /dev/vda)" ;;
	file) echo text >"$2" ;;
	empty) install -m 755 /dev/null "$2" ;;
	script) printf '#!/nowhere\n' >"$2" && chmod 755 "$2" ;;
	loop) printf '#!/sbin/init\n' >"$2" && chmod 755 "$2" ;;
	descriptor-script) printf '#!/proc/self/fd/4/sbin/init\n' >"$2" && chmod 755 "$2" ;;
	# AArch64's, and one of our own that ends behind its first header
	foreign) head -c 4096 /bin/busybox >"$2" && printf '\xb7' |
		dd of="$2" bs=1 seek=18 conv=notrunc 2>/dev/null && chmod 755 "$2" ;;
	cut) head -c 64 /bin/busybox >"$2" && chmod 755 "$2" ;;
	esac
}

# replace KIND PATH: below the VE's root
replace() {
	local parent=$root/${2%/*}
	[[ $2 == */* ]] || parent=$root
	[[ -d $parent ]] || { mkdir "$parent" && chown "$uid:$uid" "$parent"; }
	! [[ -e $root/$2 || -L $root/$2 ]] || mv "$root/$2" "$root/.saved"
	make "$1" "$root/$2"
	chown -h "$uid:$uid" "$root/$2"
}

put_back() {
	rm -rf "${root:?}/$1"
	! [[ -e $root/.saved || -L $root/.saved ]] || mv "$root/.saved" "$root/$1"
}

untouched() {
	eq "the host is untouched" "$(decoys)" "$before"
}

starts() {
	status 0 "$layout: it starts${1:+ with $1}" quick vzlite start $id
	check "$layout: and works" quick vzlite exec $id -- true
	status 0 "$layout: and stops" quick vzlite stop $id --fast
}

# Of all before: nothing of it, and nobody holds the VE.
clean() {
	nothing_left $id
	check "$layout: nobody holds it" flock -n /run/vzlite/$id.lock true
	starts
	untouched
}

# refuses STATUS KIND PATH
refuses() {
	replace "$2" "$3"
	status "$1" "$layout: $3 is: $2" quick vzlite start $id
	put_back "$3"
}

hostile_trees() {
	local path kind
	for path in proc sys dev run; do
		for kind in absolute relative fifo; do
			refuses 50 $kind $path
		done
	done
	refuses 50 self dev
	refuses 50 file proc
	clean
	for kind in absolute relative self fifo directory device disk file empty script loop \
		descriptor-script foreign cut; do
		refuses 47 $kind sbin/init
	done
	for kind in absolute relative fifo; do
		refuses 47 $kind sbin
	done
	clean
	for kind in absolute relative descriptor fifo file; do
		replace $kind etc
		starts "etc: $kind"
		put_back etc
	done
	for kind in absolute relative descriptor fifo directory device disk; do
		replace $kind etc/hostname
		mv "$root/etc/resolv.conf" "$root/.resolver" 2>/dev/null
		rm -rf "$root/etc/hosts"
		for path in resolv.conf hosts; do
			make $kind "$root/etc/$path"
			chown -h "$uid:$uid" "$root/etc/$path"
		done
		starts "etc/hostname, resolv.conf and hosts: $kind"
		put_back etc/hostname
		rm -rf "$root"/etc/{resolv.conf,hosts}
		mv "$root/.resolver" "$root/etc/resolv.conf" 2>/dev/null
	done
	clean
}

# The parts of the area themselves: nobody but the host's root makes that, or a backup that was
# restored.
hostile_areas() {
	local part kind
	for part in "$@"; do
		mv $private/$id/$part $private/$id/.moved
		for kind in absolute relative fifo file none; do
			make $kind $private/$id/$part
			status 43 "$layout: its $part is: $kind" quick vzlite start $id
			rm -f $private/$id/$part
		done
		mv $private/$id/.moved $private/$id/$part
	done
	clean
}

deep_trees() {
	local path=
	replace directory deep
	for _ in {1..1000}; do path+=d/; done
	mkdir -p "$root/deep/$path"
	cp /bin/busybox "$root/deep/${path}init"
	chown -R "$uid:$uid" "$root/deep"
	sed -i '/^INIT=/d' /etc/vzlite/conf/$id.conf
	echo "INIT=\"/deep/${path}init\"" >>/etc/vzlite/conf/$id.conf
	starts "its init below them"
	echo "INIT=\"/deep/${path}${path}${path}init\"" >>/etc/vzlite/conf/$id.conf
	status 21 "$layout: a path that is too long" quick vzlite start $id
	sed -i '/^INIT=/d' /etc/vzlite/conf/$id.conf
	put_back deep
}

still_trees() {
	replace file etc/hostname
	chattr +i "$root/etc/hostname" "$root/etc" "$root"
	starts "an immutable tree"
	chattr -i "$root/etc/hostname" "$root/etc" "$root"
	put_back etc/hostname
	mount --bind $private/$id $private/$id
	mount -o remount,bind,ro $private/$id
	if [[ $1 -eq 0 ]]; then
		starts "a read-only area"
	else
		status "$1" "$layout: a read-only area" quick vzlite start $id
	fi
	umount $private/$id
	clean
}

# What runs, and changes its files under the commands that touch them.
hostile_runs() {
	local kind
	in_ve() {
		quick vzlite exec $id -- "$@" </dev/null
	}
	status 0 "$layout: it starts" vzlite start $id
	for kind in "mkfifo -m 666" "ln -s /proc/1/root/etc/passwd" "ln -s /proc/self/fd/4" "ln -s $decoy/etc/passwd" mkdir; do
		in_ve sh -c "rm -rf /etc/resolv.conf /etc/hostname; $kind /etc/resolv.conf; $kind /etc/hostname"
		status 3 "$layout: set where resolv.conf is: $kind" quick vzlite set $id --nameserver 192.0.2.53 --save
		status 0 "$layout: the host name is set all the same" quick vzlite set $id --hostname other --save
	done
	in_ve rm -rf /etc/resolv.conf /etc/hostname
	status 0 "$layout: set of a good one" quick vzlite set $id --nameserver 192.0.2.53 --save
	# Not a FIFO: some shells wait for one, which is between them and their VE.
	for kind in "ln -s /proc/self/fd/4" "ln -s $decoy/etc/passwd" mkdir; do
		in_ve sh -c "mv /etc/passwd /etc/kept; $kind /etc/passwd"
		eq "$layout: enter where passwd is: $kind" \
			"$(echo 'echo in; exit' | quick "$here/onpty" vzlite enter $id | tr -d '\r' | grep -c '^in$')" 1
		in_ve sh -c "rm -rf /etc/passwd; mv /etc/kept /etc/passwd"
	done
	for kind in "mkfifo -m 666" "ln -s /proc/self/fd/0" "ln -s /dev/null" "mkdir"; do
		in_ve sh -c "umount /dev/pts 2>/dev/null; rm -rf /dev/pts/ptmx; $kind /dev/pts/ptmx"
		status=0
		quick "$here/onpty" vzlite exec $id -- true </dev/null >/run/terminal || status=$?
		eq "$layout: a terminal where ptmx is $kind: $(tr -d '\r' </run/terminal)" $status 8
	done
	in_ve sh -c "mkdir -p /a; mv /bin /a/; ln -s $decoy/sbin /bin; mv /proc /a/ 2>/dev/null"
	status 8 "$layout: exec where /bin leads out" quick vzlite exec $id -- init
	eq "$layout: status, list and stats answer" "$(vzlite status $id; vzlite list -H -o ctid,status $id | xargs; vzlite stats $id | grep -c numproc)" \
		"CTID $id exist mounted running
$id running
1"
	status 0 "$layout: stop" quick vzlite stop $id --fast
	nothing_left $id
	untouched
}

check "the module loads" modprobe vzlite
mkdir -p $decoy/{sbin,proc,sys/fs,dev/pts,run,etc,root,upper,work} && cp /etc/passwd $decoy/etc/ && cp /bin/busybox $decoy/sbin/init
ln -s sbin/init $decoy/init
for name in hostname resolv.conf hosts; do
	echo kept >$decoy/$name
done
chmod -R a+rwX $decoy
before=$(decoys)
# While it runs the module's hooks stay, and need not be made anew for each start.
status 0 "a VE that stays" vzlite create 100 --ostemplate busybox
status 0 "runs" vzlite start 100
id=101
for layout in overlay dir; do
	status 0 "a VE ($layout)" vzlite create $id --ostemplate busybox --layout $layout --hostname "ve$id"
	status 0 "it has a resolver" vzlite set $id --nameserver 192.0.2.53 --save
	starts
	uid=0 root=$private/$id/root
	[[ $layout == dir ]] || { root=$private/$id/upper; uid=$(sed -n 's/^LOCAL_UID="\(.*\)"/\1/p' /etc/vzlite/conf/$id.conf); }
	hostile_trees
	if [[ $layout == dir ]]; then
		hostile_areas root
		deep_trees
		still_trees 0
	else
		hostile_areas upper work
		deep_trees
		still_trees 50
	fi
	hostile_runs
	status 0 "destroy" quick vzlite destroy $id
	untouched
	id=$((id + 1))
done
eq "the VE that stayed runs" "$(ve_words 100)" "exist mounted running"
vzlite stop 100 --fast
status 0 "destroy" vzlite destroy 100
unloads
finish
