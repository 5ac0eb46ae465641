#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# tools-check.sh: dirtytop, memcg-dirty and their packages, on made-up cgroups: no guest,
# no kernel, no root. A minute. The last line is "tools-check: N cases passed, N complaints".

. "$(dirname "$0")/lib.sh"

QUIET=${QUIET:-}
work=$TOP/build/tools-check
rm -rf "$work"
mkdir -p "$work"
# A thousand folders are soon made in memory.
scratch=$(mktemp -d -p "$([ -w /dev/shm ] && echo /dev/shm || echo "$work")")
trap 'rm -rf "$scratch"' EXIT
passed=0 complaints=0

# ok NAME COMMAND...: one case
ok()
{
	local name=$1

	shift
	if "$@" >"$work/out" 2>&1; then
		passed=$((passed + 1))
		[ -n "$QUIET" ] || printf 'ok      %s\n' "$name"
	else
		complaints=$((complaints + 1))
		printf 'FAILED  %s\n' "$name"
		sed 's/^/        /' "$work/out" | tail -n 12
	fi
}

same()
{
	[ "$1" = "$2" ] || {
		printf 'got:    %s\nwanted: %s\n' "$1" "$2"
		return 1
	}
}

# says STATUS TEXT COMMAND...: it ends so, and TEXT is in what it says
says()
{
	local status=$1 text=$2 rc=0 said

	shift 2
	said=$("$@" 2>&1 </dev/null) || rc=$?
	case $rc:$said in
	"$status:"*"$text"*) ;;
	*)
		printf 'status %d, said: %s\nwanted: %d, %s\n' "$rc" "$said" "$status" "$text"
		return 1
		;;
	esac
}

# --- dirtytop

build()
{
	make -s -C "$TOP/scripts/tools" O="$work" CFLAGS='-O2 -g -Werror'
}

figures_equal()
{
	"$work/dirtytop" --root "$1" --json | "$TOP/scripts/tools/faketree.py" --compare "$1"
}

metrics_parse()
{
	"$work/dirtytop" --root "$scratch/few" --prometheus | awk '
		/^# TYPE / { if ($3 in type) { print "twice: " $0; bad = 1 } type[$3] = $4; next }
		/^# HELP / { next }
		!/^[a-z_]+(\{cgroup="[^"]*"(,event="[a-z]+")?\})? [0-9]+(\.[0-9]+)?$/ { print "no sample: " $0; bad = 1; next }
		{ name = $1; sub(/\{.*/, "", name); if (!(name in type)) { print "no type: " $0; bad = 1 }
		  if (seen[$1]++) { print "twice: " $0; bad = 1 } n++ }
		END { exit bad || n < 100 }'
}

metrics_equal()
{
	local file=$scratch/few/kubepods.slice want

	want=$(awk '$1 == "throttled_usec" { printf "%d.%06d", $2 / 1000000, $2 % 1000000 }' "$file/memory.dirty_stat")
	same "$("$work/dirtytop" -r "$scratch/few" -p |
		awk '$1 == "memcg_dirty_throttled_seconds_total{cgroup=\"/kubepods.slice\"}" { print $2 }')" "$want"
}

# Without time for anything but itself: user and system time, in milliseconds
cpu_of()
{
	python3 - "$@" <<-'END'
	import os, resource, subprocess, sys
	best = 1e9
	for i in range(5):
	    before = resource.getrusage(resource.RUSAGE_CHILDREN)
	    subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
	    after = resource.getrusage(resource.RUSAGE_CHILDREN)
	    best = min(best, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
	print(round(1000 * best))
	END
}

cheap()
{
	local ms

	ms=$(cpu_of "$work/dirtytop" --root "$scratch/many" "$@")
	cpu=$ms
	[ "$ms" -lt 50 ] || {
		printf '%d ms\n' "$ms"
		return 1
	}
}

odd_names()
{
	local d=$scratch/odd

	mkdir -p "$d/a\"b\\c" "$d/$(printf 'new\nline')" "$d/$(printf 'esc\033[31m')" "$d/$(printf 'bad\377')" "$d/ü"
	"$work/dirtytop" -r "$d" -j >"$work/json" && python3 -c 'import json, sys
names = {c["cgroup"] for c in json.load(open(sys.argv[1], encoding="utf-8"))["cgroups"]}
assert names == {"/", "/a\"b\\c", "/new\nline", "/esc\x1b[31m", "/bad\ufffd", "/ü"}, names' "$work/json" &&
		! "$work/dirtytop" -r "$d" -1 | grep -q "$(printf '\033')" &&
		same "$("$work/dirtytop" -r "$d" -1 | wc -l)" 7
}

sorted()
{
	"$work/dirtytop" -r "$scratch/few" -1 -b -s dirty | awk 'NR > 1 { if (NR > 2 && $1 > last) exit 1; last = $1 }' &&
		"$work/dirtytop" -r "$scratch/few" -1 -b -R -s written | awk 'NR > 1 { if (NR > 2 && $5 < last) exit 1; last = $5 }' &&
		same "$("$work/dirtytop" -r "$scratch/few" -1 -s name | awk 'NR > 1 { print $NF }')" \
			"$("$work/dirtytop" -r "$scratch/few" -1 -s name | awk 'NR > 1 { print $NF }' | LC_ALL=C sort)"
}

rates()
{
	local d=$scratch/rates

	mkdir -p "$d"
	printf 'dirty 0\nwriteback 0\nlimit 4096\nlimit_cgroup 1\nthrottled_usec 0\nwindow_usec 0\nkick_limit 0\n' >"$d/memory.dirty_stat"
	printf '1:0 wbytes=0\n' >"$d/io.stat"
	"$work/dirtytop" -r "$d" -j -d 1 >"$work/json" &
	sleep 0.4
	printf 'dirty 0\nwriteback 0\nlimit 4096\nlimit_cgroup 1\nthrottled_usec 500000\nwindow_usec 250000\nkick_limit 10\n' >"$d/memory.dirty_stat"
	printf '1:0 wbytes=1048576\n' >"$d/io.stat"
	wait $!
	# On a slow machine a second takes longer.
	python3 -c 'import json, sys
c = json.load(open(sys.argv[1]))["cgroups"][0]
assert 5 < c["throttled_percent"] <= 50 and abs(c["throttled_percent"] - 2 * c["window_percent"]) < .01, c
assert abs(c["written_per_second"] / c["kicks_per_second"] - 104857.6) < 500, c' "$work/json"
}

output_whole()
{
	"$work/dirtytop" -r "$scratch/few" -p -o "$scratch/x.prom" &&
		"$work/dirtytop" -r "$scratch/few" -p | cmp - "$scratch/x.prom" &&
		same "$(find "$scratch" -maxdepth 1 -name 'x.prom*')" "$scratch/x.prom" &&
		says 1 'cannot be written' "$work/dirtytop" -r "$scratch/few" -p -o "$scratch/none/x"
}

# The live view, in a terminal that "script" makes, with some keys
live()
{
	command -v script >/dev/null || return 0
	{
		for k in s S R z b p p / f e '\n' + - q; do
			sleep 0.15
			# shellcheck disable=SC2059 # a newline
			printf "$k"
		done
	} | TERM=xterm LINES=30 COLUMNS=140 timeout 60 script -qec "stty rows 30 cols 140; $work/dirtytop -d 0.2 -r $scratch/few" /dev/null >"$work/live"
	# curses sends what changes, so a word is whole where all of it is new.
	grep -aq 'kubepods' "$work/live" && grep -aq PAUSED "$work/live" && grep -aqF 'filter: ' "$work/live"
}

# --- memcg-dirty

units=$scratch/units
md()
{
	PATH=$scratch/bin:$PATH MEMCG_DIRTY_ROOT=$scratch/few MEMCG_DIRTY_UNITS=$units MEMCG_DIRTY_SYSTEMD=1 \
		MEMCG_DIRTY_TEMPLATES=$TOP/scripts/tools/units MEMCG_DIRTY_SELF=$scratch/self \
		"$TOP/scripts/tools/memcg-dirty" "$@"
}

# A systemd that knows of two services: one runs, one does not
fake_systemd()
{
	mkdir -p "$scratch/bin" "$units"
	cat >"$scratch/bin/systemctl" <<-'END'
	#!/bin/sh
	# SPDX-License-Identifier: GPL-2.0
	echo "$*" >>"${0%/bin/*}/systemctl.log"
	last=
	for last; do :; done
	case $1:$last in
	show:rooted.service) echo /srv/root ;;
	show:*) [ "$3" = ControlGroup ] || exit 0 ;;
	esac
	case $1:$last in
	cat:rooted.service | cat:unit3.service | cat:idle.service | cat:many@.service) exit 0 ;;
	cat:*) exit 1 ;;
	show:unit3.service) echo /machine.slice ;;
	list-units:*) printf "many@1.service loaded active\nother.service loaded active\n" ;;
	show:many@1.service) echo /user.slice ;;
	esac
	END
	printf '#!/bin/sh\nexit 1\n' >"$scratch/bin/modprobe"
	chmod +x "$scratch/bin"/*
}

# What a command that is refused may not change
state()
{
	find "$units" "$scratch/few" -type f -name '*dirty*' -exec sha256sum {} + | sort
}

refuses()
{
	local text=$1 before

	shift
	before=$(state)
	says 1 "$text" md "$@" && same "$(state)" "$before"
}

limit_of()
{
	cat "$scratch/few$1/memory.dirty_limit_in_bytes" "$scratch/few$1/memory.dirty_background_limit_in_bytes" | paste -s -d ' '
}

sets()
{
	says 0 'in force in 1 cgroup' md set unit3 16M && same "$(limit_of /machine.slice)" '16777216 0' &&
		grep -qx 'Limit=16777216' "$units/unit3.service.d/50-memcg-dirty.conf" &&
		grep -qx 'ExecStartPre=-+/usr/bin/memcg-dirty apply %n' "$units/unit3.service.d/50-memcg-dirty.conf" &&
		grep -qx daemon-reload "$scratch/systemctl.log"
}

sets_again()
{
	says 0 'in force' md set unit3.service 1g 100K && same "$(limit_of /machine.slice)" '1073741824 102400' &&
		same "$(find "$units" -type f)" "$units/unit3.service.d/50-memcg-dirty.conf"
}

sets_ratio()
{
	says 0 'limit 10%' md set unit3 010% 5% &&
		same "$(cat "$scratch/few/machine.slice/memory.dirty_ratio" "$scratch/few/machine.slice/memory.dirty_background_ratio" | paste -s)" "10	5" &&
		echo 0 >"$scratch/few/machine.slice/memory.dirty_ratio"
}

sets_idle()
{
	says 0 'from its next start' md set idle 10000 && grep -qx 'Limit=8192' "$units/idle.service.d/50-memcg-dirty.conf"
}

sets_slice()
{
	says 0 'in force in 1 cgroup' md set kubepods.slice 64M && same "$(limit_of /kubepods.slice)" '67108864 0' &&
		grep -qx 'Wants=memcg-dirty-slice@%N.service' "$units/kubepods.slice.d/50-memcg-dirty.conf"
}

sets_template()
{
	says 0 'in force in 1 cgroup' md set many@.service 4M && same "$(limit_of /user.slice)" '4194304 0'
}

applies()
{
	printf '0::/system.slice/system-many.slice/many@1.service/.control\n' >"$scratch/self"
	mkdir -p "$scratch/few/system.slice/system-many.slice/many@1.service"
	: >"$scratch/few/system.slice/system-many.slice/many@1.service/memory.dirty_limit_in_bytes"
	: >"$scratch/few/system.slice/system-many.slice/many@1.service/memory.dirty_background_limit_in_bytes"
	says 0 'many@1.service: limit 4194304' md apply many@1.service &&
		same "$(limit_of /system.slice/system-many.slice/many@1.service)" '4194304 0'
}

applies_nested_slice()
{
	mkdir -p "$scratch/few/a.slice/a-b.slice" "$units/a-.slice.d"
	: >"$scratch/few/a.slice/a-b.slice/memory.dirty_limit_in_bytes"
	: >"$scratch/few/a.slice/a-b.slice/memory.dirty_background_limit_in_bytes"
	printf 'Limit=8192\nBackground=0\n' >"$units/a-.slice.d/50-memcg-dirty.conf"
	says 0 'a-b.slice: limit 8192' md apply a-b.slice && same "$(limit_of /a.slice/a-b.slice)" '8192 0'
}

lists()
{
	md list >"$work/list" && grep -Eq '^unit3.service +10% +5%' "$work/list" && grep -Eq '^idle.service +8192 +half +\(not running\)' "$work/list" &&
		says 0 'keeps 10%' md status unit3
}

unsets()
{
	says 0 'no limit is kept' md unset kubepods.slice && same "$(limit_of /kubepods.slice)" '0 0' &&
		[ ! -e "$units/kubepods.slice.d" ] && refuses 'has no limit to remove' unset kubepods.slice
}

keeps_others()
{
	: >"$units/idle.service.d/other.conf"
	md unset idle >/dev/null && [ -e "$units/idle.service.d/other.conf" ]
}

without_module()
{
	PATH=$scratch/bin:$PATH MEMCG_DIRTY_ROOT=$scratch/plain MEMCG_DIRTY_UNITS=$units MEMCG_DIRTY_SYSTEMD=1 \
		MEMCG_DIRTY_TEMPLATES=$TOP/scripts/tools/units \
		says 3 'not in force: the module memcg_dirty is not loaded' "$TOP/scripts/tools/memcg-dirty" set unit3 16M
}

# --- packages

packages()
{
	QUIET=1 "$TOP/scripts/deb.sh" tools
}

lint_clean()
{
	# Its words of warning are of the packager's taste; an error is one.
	lintian --allow-root --fail-on error --suppress-tags bad-distribution-in-changes-file "$BUILD"/deb/memcg-dirty-*.deb
}

manual_clean()
{
	local said

	command -v man >/dev/null || return 0
	said=$(cd "$TOP/scripts/tools/man" && for f in *; do MANWIDTH=80 MANROFFSEQ='' man --warnings -E UTF-8 -l -Tutf8 "$f" 2>&1 >/dev/null; done)
	same "$said" ""
}

dashboard()
{
	python3 - "$TOP/scripts/tools/grafana-dashboard.json" "$scratch/metrics" <<-'END'
	import json, re, sys
	text = json.dumps(json.load(open(sys.argv[1])))
	known = set(re.findall(r"^# TYPE (\S+)", open(sys.argv[2]).read(), re.M))
	used = set(re.findall(r"memcg_dirty_[a-z_]+", text))
	assert used and used <= known, used - known
	END
}

cpu=-
ok "dirtytop builds without a warning" build
if [ -x "$work/dirtytop" ]; then
	make_tree=$TOP/scripts/tools/faketree.py
	"$make_tree" "$scratch/few" 12
	"$make_tree" "$scratch/plain" 12 plain
	"$make_tree" "$scratch/many" 1000
	"$work/dirtytop" -r "$scratch/few" -p >"$scratch/metrics"
	ok "dirtytop --json: the figures of the files" figures_equal "$scratch/few"
	ok "dirtytop --json: those of memory.stat without the module" figures_equal "$scratch/plain"
	ok "dirtytop --json: those of 1,000 cgroups" figures_equal "$scratch/many"
	ok "dirtytop --prometheus: the form of each line" metrics_parse
	ok "dirtytop --prometheus: microseconds as seconds" metrics_equal
	ok "dirtytop --json: less than 50 ms for 1,000 cgroups" cheap --json
	ok "dirtytop --once: less than 50 ms for 1,000 cgroups" cheap --once
	ok "dirtytop: names with quotes, control characters, bytes that are no text" odd_names
	ok "dirtytop: sorts" sorted
	ok "dirtytop: filters" same "$("$work/dirtytop" -r "$scratch/few" -1 -f libpod | tail -n +2 | grep -vc libpod)" 0
	ok "dirtytop --delay: rates" rates
	ok "dirtytop --output: whole files" output_whole
	ok "dirtytop: the live view and its keys" live
	ok "dirtytop: a root that is not there" says 1 'cannot be read' "$work/dirtytop" -1 -r "$scratch/none"
	ok "dirtytop: a bad column" says 1 'no such column' "$work/dirtytop" -1 -s size
	ok "dirtytop: a bad delay" says 1 'no number' "$work/dirtytop" -1 -d 0
	ok "dirtytop: a bad option" says 2 'dirtytop --help' "$work/dirtytop" --nothing
	ok "dashboard: metrics that there are" dashboard

	fake_systemd
	for bad in '' 0 max -5 +5 16X 16MB 0x10 1.5M ' 16M' '16 M' 4K 8191 99999999999999999999 20T 0% 101% 5.5% % K 1e6; do
		ok "memcg-dirty refuses the limit '$bad'" refuses '' set unit3 "$bad"
	done
	for bad in '' '../etc' 'a b' 'x;y' -.slice 'a--b.slice' home.mount docker.scope @.service nothing; do
		ok "memcg-dirty refuses the unit '$bad'" refuses '' set "$bad" 16M
	done
	ok "memcg-dirty refuses a background above the limit" refuses 'not below' set unit3 16M 16M
	ok "memcg-dirty refuses a bad background" refuses 'background limit' set unit3 16M 0
	ok "memcg-dirty refuses a service with a root folder" refuses 'root folder' set rooted 16M
	ok "memcg-dirty: too few words" says 2 'takes a unit' md set unit3
	ok "memcg-dirty: no such command" says 2 'no command' md sett unit3 1M
	ok "memcg-dirty set: a service that runs" sets
	ok "memcg-dirty set: again, with a background" sets_again
	ok "memcg-dirty set: per cent" sets_ratio
	ok "memcg-dirty set: a service that does not run" sets_idle
	ok "memcg-dirty set: a slice" sets_slice
	ok "memcg-dirty set: a template" sets_template
	ok "memcg-dirty apply: a delegated instance" applies
	ok "memcg-dirty apply: a slice in a slice" applies_nested_slice
	ok "memcg-dirty list, status" lists
	ok "memcg-dirty unset" unsets
	ok "memcg-dirty unset leaves other drop-ins" keeps_others
	ok "memcg-dirty set without the module" without_module
fi
ok "man pages without a warning" manual_clean
if command -v dpkg-buildpackage >/dev/null && command -v dh_dkms >/dev/null; then
	ok "the packages build" packages
	! command -v lintian >/dev/null || ok "lintian has no error" lint_clean
else
	printf 'SKIPPED packages: debhelper, dh-dkms or dpkg-dev is not installed\n'
fi

step "tools-check: dirtytop --once took $cpu ms of CPU for 1,000 cgroups"
printf 'tools-check: %d cases passed, %d complaints\n' "$passed" "$complaints"
[ "$complaints" -eq 0 ]
