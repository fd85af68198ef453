# SPDX-License-Identifier: GPL-2.0-or-later
# bash completion for vzlite

_vzlite_ctids()
{
	local file
	for file in /etc/vzlite/conf/*.conf /var/lib/vzlite/adopted/*.conf; do
		[[ $file != *\** ]] || continue
		[[ ! -r $file ]] || sed -n 's/^NAME="\(..*\)"/\1/p' "$file"
		file=${file##*/}
		printf '%s\n' "${file%.conf}"
	done
}

_vzlite_addresses()
{
	[[ -r /etc/vzlite/conf/$1.conf ]] || return
	sed -n 's/^IP_ADDRESS="\(.*\)"/\1/p' "/etc/vzlite/conf/$1.conf"
}

_vzlite_interfaces()
{
	[[ -r /etc/vzlite/conf/$1.conf ]] || return
	sed -n 's/^NETIF="\(.*\)"/\1/p' "/etc/vzlite/conf/$1.conf" | tr ';,' '\n\n' | sed -n 's/^ifname=//p'
}

_vzlite_templates()
{
	local dir
	for dir in /var/lib/vzlite/template/*/; do
		dir=${dir%/}
		[[ $dir == *\** ]] || printf '%s\n' "${dir##*/}"
	done
}

_vzlite_resources()
{
	echo "kmemsize lockedpages privvmpages shmpages numproc physpages vmguarpages oomguarpages
		numtcpsock numflock numpty numsiginfo tcpsndbuf tcprcvbuf othersockbuf dgramrcvbuf
		numothersock dcachesize numfile numiptent swappages"
}

_vzlite_options()
{
	local settings="--name --hostname --init --ram --swap --cpuunits --cpulimit --cpus
		--cpumask --stop-timeout --action-timeout --onboot --disabled --allowreboot --privileged --bootorder --on-limit --features --ipadd --ipdel --nat --rate
		--netif_add --netif_del --ifname --mac_filter
		--nameserver --searchdomain --diskquota --diskspace --diskinodes --iolimit --iopslimit --ioprio --bindmount_add --bindmount_del --devnodes"
	local resources="--kmemsize --lockedpages --privvmpages --shmpages --numproc --physpages
		--vmguarpages --oomguarpages --numtcpsock --numflock --numpty --numsiginfo
		--tcpsndbuf --tcprcvbuf --othersockbuf --dgramrcvbuf --numothersock --dcachesize
		--numfile --numiptent --swappages"
	case $1 in
	create) echo "--ostemplate --layout --local-uid $settings $resources" ;;
	adopt) echo "--cgroup --name --features --kmemsize --lockedpages --privvmpages --numproc
		--numtcpsock --numflock --numpty --tcpsndbuf --tcprcvbuf --othersockbuf --dgramrcvbuf
		--numothersock --dcachesize --numfile --numiptent" ;;
	set) echo "--save $settings $resources" ;;
	start) echo "--wait --force" ;;
	stop) echo "--fast" ;;
	boot) echo "--wait --force --jobs" ;;
	shutdown) echo "--fast --jobs" ;;
	restart) echo "--wait --fast --force" ;;
	list) echo "--all --stopped --no-header --output --sort --name --list --json -a -S -H -1 -o -s -n -L" ;;
	stats) echo "--json --watch -w" ;;
	events) echo "--json --count --timeout --buffer" ;;
	esac
}

_vzlite_reply() # compgen's arguments
{
	mapfile -t COMPREPLY < <(compgen "$@" -- "$cur")
}

_vzlite_template()
{
	case $cword:${words[2]} in
	2:*) _vzlite_reply -W "build import list delete" ;;
	3:delete) _vzlite_reply -W "$(_vzlite_templates)" ;;
	4:import) compopt -o filenames; _vzlite_reply -f ;;
	*:build) _vzlite_reply -W "--suite --include --mirror --variant" ;;
	*:list) _vzlite_reply -W "--json" ;;
	esac
}

# To bash "=" and ":" are words. NAME=VALUE and NAME:VALUE behind an option: what VALUE may be.
_vzlite_behind() # option separator values
{
	[[ $cur == "$2" && ${words[cword-2]} == "$1" || $previous == "$2" && ${words[cword-3]} == "$1" ]] || return
	cur=${cur#"$2"}
	_vzlite_reply -W "$3"
}

_vzlite_values() # of the option before; fails if that takes none that are known
{
	local features="views fuse tun nesting"
	[[ ${words[1]} != adopt ]] || features=views
	case $previous in
	--ostemplate) _vzlite_reply -W "$(_vzlite_templates)" ;;
	--layout) _vzlite_reply -W "overlay dir" ;;
	--features) compopt -o nospace; _vzlite_reply -S : -W "$features" ;;
	--cgroup)
		compopt -o nospace -o filenames
		cur=${cur:-/sys/fs/cgroup/}
		_vzlite_reply -d ;;
	--ipdel) _vzlite_reply -W "all $(_vzlite_addresses "${words[2]}")" ;;
	--netif_del) _vzlite_reply -W "all $(_vzlite_interfaces "${words[2]}")" ;;
	--ifname) _vzlite_reply -W "$(_vzlite_interfaces "${words[2]}")" ;;
	--mac_filter) _vzlite_reply -W "on off" ;;
	--onboot | --disabled | --allowreboot | --privileged | --nat | --diskquota) _vzlite_reply -W "yes no" ;;
	--on-limit) compopt -o nospace; _vzlite_reply -S = -W "$(_vzlite_resources)" ;;
	*) return 1 ;;
	esac
}

_vzlite()
{
	local words=("${COMP_WORDS[@]}") cword=$COMP_CWORD cur previous
	local commands="create start stop restart mount umount suspend resume exec enter status list set stats events boot shutdown eventd destroy
		adopt release template version help"

	COMPREPLY=()
	while ((cword > 1)) && [[ ${words[1]} == --quiet || ${words[1]} == --verbose ]]; do
		words=("${words[0]}" "${words[@]:2}")
		cword=$((cword - 1))
	done
	cur=${words[cword]} previous=${words[cword-1]}
	if ((cword == 1)); then
		_vzlite_reply -W "$commands --quiet --verbose --help --version"
		return
	fi
	case ${words[1]} in
	template) _vzlite_template; return ;;
	help) ((cword > 2)) || _vzlite_reply -W "$commands"; return ;;
	version | eventd) return ;;
	esac
	_vzlite_behind --on-limit = "log freeze stop exec: none" && return
	_vzlite_behind --features : "on off" && return
	_vzlite_values && return
	if [[ $cur == -* ]]; then
		_vzlite_reply -W "$(_vzlite_options "${words[1]}")"
	elif ((cword == 2)) && [[ ! ${words[1]} =~ ^(create|boot|shutdown)$ ]]; then
		_vzlite_reply -W "$(_vzlite_ctids)"
	elif [[ ${words[1]} == exec ]]; then
		_vzlite_reply -c
	fi
}

complete -F _vzlite vzlite
