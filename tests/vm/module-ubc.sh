#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proves: /proc/user_beancounters is OpenVZ's file to the byte, and to the ways in which monitoring reads it
# timeout: 240
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/module.sh"
NUMPROC=5 KMEMSIZE=0 PRIVVMPAGES=2 NUMFILE=19
ubc=/proc/user_beancounters

module_load
ve_new 11 $NUMPROC=3:4 $KMEMSIZE=14372700:14790164 $PRIVVMPAGES=65536:69632
ve_new 99999999 $NUMFILE=9312:9312
eq "two refusals" "$(in_ve 11 probe forks 10) $(in_ve 11 probe forks 10)" "2 EAGAIN 2 EAGAIN"
settled 11 $NUMPROC
# Somebody who stays, so that not all is 0.
in_ve 11 sleep 1000 &
retry 10 sh -c "vznl counter 11 $NUMPROC | grep -q '^1 '"

check "its layout is OpenVZ's on 64 bits" python3 - <<-'END'
	import re
	NAMES = """kmemsize lockedpages privvmpages shmpages dummy numproc physpages vmguarpages
	    oomguarpages numtcpsock numflock numpty numsiginfo tcpsndbuf tcprcvbuf othersockbuf
	    dgramrcvbuf numothersock dcachesize numfile dummy dummy dummy numiptent""".split()
	text = open("/proc/user_beancounters").read()
	assert text.endswith("\n")
	lines = text[:-1].split("\n")
	assert lines[0] == "Version: 2.5", lines[0]
	assert lines[1] == ("%10s  %-12s" + " %20s" * 5) % ("uid", "resource", "held", "maxheld",
	                                                     "barrier", "limit", "failcnt"), lines[1]
	rows = lines[2:]
	assert len(rows) == 3 * len(NAMES), len(rows)
	uids = []
	for i, row in enumerate(rows):
	    uid, name, values = row[:10], row[12:24], row[24:]
	    assert len(row) == 129 and row[10:12] == "  ", row
	    if i % len(NAMES) == 0:
	        assert re.fullmatch(r" *[0-9]+:", uid), row
	        uids.append(uid.strip())
	    else:
	        assert uid == " " * 10, row
	    assert name.rstrip() == NAMES[i % len(NAMES)], row
	    values = [int(values[n:n + 21]) for n in range(0, 105, 21)]
	    if name.startswith("dummy"):
	        assert values == [0, 0, 2**63 - 1, 2**63 - 1, 0], row
	# The host's own block is the last.
	assert uids == ["11:", "99999999:", "0:"], uids
END

# As munin's plugins do: the line that has the word, columns by blanks; in the VE, of which
# there is one block and whose first line only has a cell more.
munin() {
	in_ve 11 awk -v name="$1" '$0 ~ name { print $2, $3, $4, $5, $6 }' $ubc
}
read -r held maxheld rest <<<"$(munin numproc)"
eq "in a VE by the word: maxheld, barrier, limit, failcnt" "$maxheld $rest" "$(counter 11 $NUMPROC | cut -d' ' -f2-)"
check "and what is held, awk among it" test "$held" -ge 2
eq "a graph's barrier and limit" "$(munin privvmpages | cut -d' ' -f3,4)" "65536 69632"
# Its bounds are those of the VE's cgroup, which has none.
eq "of the first line the columns are one further" \
	"$(in_ve 11 awk '/kmemsize/ { print NF, $1, $2, $5, $6, $7 }' $ubc)" \
	"7 11: kmemsize 9223372036854775807 9223372036854775807 0"
check "the host's file of a VE is not for the VE, whose reading could hold up its end" \
	not in_ve 11 cat /proc/vzlite/11/beancounters
eq "a VE without the counter's own line is none" "$(in_ve 11 grep -c numproc $ubc)" 1

# As Nagios' plugins do: every line split at blanks, the empty word before the first
# counted; eight words are a block's first line, and hold the uid with its colon.
nagios() {
	perl -we '
		use strict;
		my ($ubc, $uid, %failcnt) = (shift, -1);
		open my $in, "<", $ubc or die "$ubc: $!\n";
		while (my $line = <$in>) {
			next if $line =~ /^version/i;
			my @words = split /\s+/, $line;
			my $first = @words > 7;
			next if $words[$first ? 7 : 6] =~ /fail/;
			$uid = substr $words[1], 0, -1 if $first;
			$failcnt{$uid}{$words[$first ? 2 : 1]} += $words[$first ? 7 : 6];
		}
		for my $id (sort { $a <=> $b } keys %failcnt) {
			for my $name (sort keys %{$failcnt{$id}}) {
				print "$id $name $failcnt{$id}{$name}\n" if $failcnt{$id}{$name};
			}
		}
		print scalar(keys %failcnt), " VEs\n"' $ubc
}
eq "on the host by uid: whose failcnt is not 0" "$(nagios)" $'11 numproc 2\n3 VEs'
in_ve 11 probe forks 10 >/dev/null
eq "and one refusal later" "$(nagios)" $'11 numproc 3\n3 VEs'

# As C programs do: a uid, a colon, a resource by scanf, five numbers of 64 bits.
eq "by scanf: rows, sum of failcnts, the widest limit" "$(ubcscan $ubc)" "72 3 9223372036854775807"
eq "in a VE, too" "$(in_ve 11 ubcscan $ubc)" "24 3 9223372036854775807"

echo 1 >"$(dir 11)/cgroup.kill"
wait
check "its VEs go" retry 10 vznl del 11
check "both" retry 10 vznl del 99999999
eq "without VEs the host's block is there" "$(awk '/:/ { print $1 }' $ubc | paste -sd' ')" "Version: 0:"
module_unload
finish
