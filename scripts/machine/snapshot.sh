# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# A machine that has booted, kept: its memory and what it wrote to its disk. Most runs
# go on from there, with their own job, and save the boot and what can go wrong in it.
# Sourced by scripts/vm.

# Every job's disk is this large, as the one that the machine was booted with; its last
# block says what kind of job it is.
job_size=$((64 << 20))
snapshots_kept=3 # of an image

# Only the plain machine: what is asked for seldom is booted. A machine that counts
# instructions must start from the same, so it is booted, too.
wants_snapshot() {
	[[ ! $bare && ! $icount && ! $boot_words && $init == tiny && ${#packages[@]} -eq 0 &&
		$smp -le 2 && $memory == "$usual_memory" &&
		$(stat -c %s "$run/job") -eq $job_size ]]
}

snapshot_path() {
	{
		cat "$here"/machine/{snapshot.sh,agent/*.[ch],clock.c,common.sh}
		declare -f machine_options drive
		echo "$emulator $image ${tars[*]} $smp $memory"
	} | hash_of | sed "s#^#$cache/ready-$(basename "$image")-#"
}

# Boots until the agent waits for its job. Fails if that takes too long.
boot_to_ready() {
	local dir=$1 out=$2 monitor waits=0
	mkfifo "$dir/monitor"
	exec {monitor}<>"$dir/monitor"
	setpriv --pdeathsig KILL "${qemu[@]}" -S -monitor stdio <"$dir/monitor" >"$dir/qemu" 2>&1 \
		7>&- 8>&- 9>&- &
	machine=$!
	echo "snapshot_blkdev root $out/disk qcow2" >&"$monitor"
	echo cont >&"$monitor"
	until grep -q '^ready$' "$dir/status" 2>/dev/null; do
		sleep 0.2
		if [[ $((waits += 1)) -gt $((come_up * 5)) ]] || ! kill -0 "$machine" 2>/dev/null; then
			kill -KILL "$machine" 2>/dev/null || :
			wait "$machine" 2>/dev/null || :
			machine=
			return 1
		fi
	done
	printf '%s\n' "migrate file:$out/memory" quit >&"$monitor"
	wait "$machine" && [[ -s $out/memory && -s $out/disk ]]
}

take_snapshot() {
	local out=$1 dir=$run/boot qemu=() count=0 letters=abcdefghijklmnopqrstuvwxyz
	say "booting $on once for all runs"
	mkdir "$out" "$dir"
	# Its disks are the root, the tars, and that of the job.
	make_job "$dir/job" wait "/dev/vd${letters:${#tars[@]}+1:1}"
	# Nobody writes to the image: its machine starts when there is a layer above it.
	machine_options "$dir" "$(drive root "$image/disk" file.locking=off)"
	boot_to_ready "$dir" "$out"
}

prune_snapshots() {
	find "$cache" -maxdepth 1 -name "ready-$(basename "$image")-*" ! -name '*.new' -printf '%T@ %p\n' |
		sort -rn | tail -n +$((snapshots_kept + 1)) | cut -d' ' -f2- |
		while IFS= read -r old; do rm -rf --one-file-system "$old"; done
}

# Sets $snapshot, to nothing where there is none to be had.
find_snapshot() {
	snapshot=
	wants_snapshot || return 0
	snapshot=$(snapshot_path)
	if [[ ! -e $snapshot ]]; then
		build_once "$snapshot" take_snapshot || :
		[[ -e $snapshot ]] || snapshot=
		prune_snapshots
	fi
	[[ ! $snapshot ]] || touch -c "$snapshot"
}
