# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# What QEMU is called with, and its kernel. Sourced by scripts/vm.

# drive NAME FILE OPTIONS [FORMAT]
drive() {
	echo "-drive" "if=none,id=$1,file=$2,format=${4:-raw},cache=unsafe,$3" "-device" "virtio-blk-pci,drive=$1"
}

# machine_options DIR ROOT-DRIVE: of the machine whose job and ports are in DIR.
machine_options() {
	local run=$1 root=$2 tar name clock sockets=
	# Four have two packages, so that something can be told of them.
	[[ $smp -ne 4 ]] || sockets=,sockets=2
	qemu=("$emulator" -nodefaults -no-user-config -nographic -no-reboot -display none
		-name vzlite -m "$memory" -smp "$smp$sockets" -kernel "$image/vmlinuz" -initrd "$image/initramfs"
		-device virtio-rng-pci -device virtio-serial-pci
		-serial "file:$run/console")
	if [[ $icount ]]; then
		qemu+=(-icount 'shift=0,sleep=off' -cpu 'max,-erms,-fsrm')
	else
		# Without five levels of page tables: while the kernel asks the processor what it
		# can, it forgets them, and KASAN then takes an interrupt's accesses for wild. Without
		# string instructions that are said to be fast: here they go byte by byte. Without
		# XSAVE: a program's registers are kept one by one at each switch, and those of AVX
		# are most of them; what builds on it goes too. A tenth of the time of a VE's life.
		qemu+=(-accel 'tcg,thread=multi'
			-cpu 'max,-la57,-erms,-fsrm,-xsave,-avx,-avx2,-f16c,-fma,-vaes,-vpclmulqdq,-pku,-mpx')
	fi
	# Disks are named in the order in which they are given.
	# shellcheck disable=SC2206
	qemu+=($root)
	for tar in "${tars[@]}" "$run/job"; do
		count=$((count + 1))
		# shellcheck disable=SC2207
		qemu+=($(drive "tar$count" "$tar" readonly=on))
	done
	for name in out err status kmsg; do
		qemu+=(-chardev "file,id=$name,path=$run/$name"
			-device "virtserialport,chardev=$name,name=vm.$name")
	done
	[[ -p $run/look.in ]] || mkfifo "$run/look.in" "$run/look.out"
	qemu+=(-chardev "pipe,id=look,path=$run/look" -device "virtserialport,chardev=look,name=vm.look")
	# A slow host must not look like a stuck kernel, nor its clock like one that does not run
	# evenly: the other clock is a device, and each look at it stops the processor.
	local words="console=ttyS0 loglevel=5 panic=-1 oops=panic net.ifnames=0 log_buf_len=16M no_timer_check"
	words+=" watchdog_thresh=60 rcupdate.rcu_cpu_stall_timeout=120 tsc=reliable"
	if [[ ! $icount ]]; then
		clock=$cache/clock-$(hash_of <"$here/machine/clock.c")
		build_once "$clock" build_clock
		words+=" tsc_early_khz=$("$clock")000"
		# A sixth of the time of a VE's life, and who needs what he has not cleared shows
		# himself. What is counted is Debian's kernel as it is.
		words+=" init_on_alloc=0"
	fi
	# Unpacking makes /usr newer than /etc, but there is nothing to update.
	words+=" vm.init=$init systemd.unit=vzlite-vm.target systemd.condition-needs-update=0 $boot_words"
	# A snapshot holds each page in its own place, so that only what was used is read.
	qemu+=(-append "$words" -global migration.mapped-ram=on)
}
