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

_vzlite_template()
{
	case $COMP_CWORD:${COMP_WORDS[2]} in
	2:*) COMPREPLY=($(compgen -W "build import list delete" -- "$cur")) ;;
	3:delete) COMPREPLY=($(compgen -W "$(_vzlite_templates)" -- "$cur")) ;;
	4:import) compopt -o filenames; COMPREPLY=($(compgen -f -- "$cur")) ;;
	*:build) COMPREPLY=($(compgen -W "--suite --include --mirror --variant" -- "$cur")) ;;
	*:list) COMPREPLY=($(compgen -W "--json" -- "$cur")) ;;
	esac
}

_vzlite()
{
	local cur=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
	local command=${COMP_WORDS[1]}
	local commands="create start stop restart mount umount suspend resume exec enter status list set stats events boot shutdown eventd destroy
		adopt release template version help"

	COMPREPLY=()
	if ((COMP_CWORD == 1)); then
		COMPREPLY=($(compgen -W "$commands --quiet --verbose --help --version" -- "$cur"))
		return
	fi
	case $command in
	template) _vzlite_template; return ;;
	help) COMPREPLY=($(compgen -W "$commands" -- "$cur")); return ;;
	version | eventd) return ;;
	esac
	# To bash a "=" is a word.
	if [[ $cur == = && ${COMP_WORDS[COMP_CWORD-2]} == --on-limit ||
		$previous == = && ${COMP_WORDS[COMP_CWORD-3]} == --on-limit ]]; then
		COMPREPLY=($(compgen -W "log freeze stop exec: none" -- "${cur#=}"))
		return
	fi
	if [[ $cur == : && ${COMP_WORDS[COMP_CWORD-2]} == --features ||
		$previous == : && ${COMP_WORDS[COMP_CWORD-3]} == --features ]]; then
		COMPREPLY=($(compgen -W "on off" -- "${cur#:}"))
		return
	fi
	case $previous in
	--ostemplate) COMPREPLY=($(compgen -W "$(_vzlite_templates)" -- "$cur")); return ;;
	--layout) COMPREPLY=($(compgen -W "overlay dir" -- "$cur")); return ;;
	--features)
		compopt -o nospace
		COMPREPLY=($(compgen -S : -W "views fuse tun nesting" -- "$cur"))
		return ;;
	--cgroup)
		compopt -o nospace -o filenames
		COMPREPLY=($(compgen -d -- "${cur:-/sys/fs/cgroup/}"))
		return ;;
	--ipdel) COMPREPLY=($(compgen -W "all $(_vzlite_addresses "${COMP_WORDS[2]}")" -- "$cur")); return ;;
	--netif_del) COMPREPLY=($(compgen -W "all $(_vzlite_interfaces "${COMP_WORDS[2]}")" -- "$cur")); return ;;
	--ifname) COMPREPLY=($(compgen -W "$(_vzlite_interfaces "${COMP_WORDS[2]}")" -- "$cur")); return ;;
	--mac_filter) COMPREPLY=($(compgen -W "on off" -- "$cur")); return ;;
	--onboot | --disabled | --allowreboot | --privileged | --nat | --diskquota) COMPREPLY=($(compgen -W "yes no" -- "$cur")); return ;;
	--on-limit)
		compopt -o nospace
		COMPREPLY=($(compgen -S = -W "$(_vzlite_resources)" -- "$cur"))
		return ;;
	esac
	if [[ $cur == -* ]]; then
		COMPREPLY=($(compgen -W "$(_vzlite_options "$command")" -- "$cur"))
	elif ((COMP_CWORD == 2)) && [[ ! $command =~ ^(create|boot|shutdown)$ ]]; then
		COMPREPLY=($(compgen -W "$(_vzlite_ctids)" -- "$cur"))
	elif [[ $command == exec ]]; then
		COMPREPLY=($(compgen -c -- "$cur"))
	fi
}

complete -F _vzlite vzlite
