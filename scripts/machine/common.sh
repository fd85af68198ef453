# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# What the scripts of the test machine share. Sourced, with $here set to scripts/.

top=$(cd "$here/.." && pwd)
# What is made is read by others: by the user what root builds, and in the machine by who is not root.
umask 022
# debug is one more, for those who ask for it: its kernel takes long to build.
all_images=(bookworm trixie newest)

die() {
	echo "${program:-vm}: $*" >&2
	exit 1
}

say() {
	echo "${program:-vm}: $*" >&2
}

# Roots are built by root: real owners, device nodes and chroot need it.
as_root() {
	if [[ $EUID -eq 0 ]]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo -- "$@"
	else
		die "must be root (or have sudo) to run $1"
	fi
}

# A relative one is to be ignored, says the XDG specification.
cache=${VZLITE_CACHE-}
[[ $cache || ${XDG_CACHE_HOME-} != /* ]] || cache=$XDG_CACHE_HOME/vzlite
[[ $cache || ${HOME-} != /* ]] || cache=$HOME/.cache/vzlite
[[ $cache ]] || die "neither XDG_CACHE_HOME nor HOME says where to keep images"

hash_of() {
	sha256sum | cut -c1-16
}

# build_once PATH COMMAND...: runs COMMAND with a temporary name in place of
# PATH, and renames that to PATH when it succeeded. One builder at a time. Each of its
# steps must succeed, so that it must not stand in a condition.
build_once() {
	local path=$1
	shift
	[[ -e $path ]] && return
	mkdir -p "$cache/lock"
	(
		flock 9
		[[ -e $path ]] && exit
		rm -rf --one-file-system "$path.new"
		set +e
		(
			set -e
			"$@" "$path.new"
		)
		status=$?
		if [[ $status -ne 0 ]]; then
			rm -rf --one-file-system "$path.new"
			exit "$status"
		fi
		mv "$path.new" "$path"
	) 9>"$cache/lock/$(basename "$path")"
}
