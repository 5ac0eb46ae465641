#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kcsan.sh: builds a kernel with KCSAN, runs the kselftests and KUnit in it, and fails
# on a data race that one of the stack's functions is part of. Those of the rest of the
# kernel are counted.
. "$(dirname "$0")/lib.sh"

obj=$BUILD/obj/kcsan
out=$BUILD/vm/kcsan
src=$BUILD/linux/tools/testing/selftests/memcg_dirty
modules=()

"$TOP/scripts/ready.sh" kselftest kcsan
mapfile -t tests < <(cd "$src" && printf '%s\n' test_*.c | sed 's/\.c$//')
mkdir -p "$obj/selftests"
run_logged "$BUILD/log/kcsan.log" \
	make -C "$src" OUTPUT="$obj/selftests" CC="${CC:-gcc}" LDFLAGS=-static \
	"${tests[@]/#/$obj/selftests/}" ||
	die "a test does not build" "make -C tools/testing/selftests/memcg_dirty" "see above"
for ko in "$obj"/ext/kunit/*.ko; do
	modules+=("$(basename "$ko" .ko)")
done

# 3: the kernel complained, which is what this is about.
rc=0
"$TOP/scripts/vm.sh" --flavour kcsan --name kcsan --disk 4G:40M --disk 4G:40M --disk 1G:40M \
	--append panic_on_warn=0 --deadline "${DEADLINE:-3000}" \
	-- kcsan.sh "${tests[@]}" -- "${modules[@]}" 2>"$BUILD/log/kcsan-vm.log" || rc=$?
[ "$rc" -eq 0 ] || [ "$rc" -eq 3 ] || {
	cat "$BUILD/log/kcsan-vm.log" >&2
	die "the guest failed: status $rc" "kcsan.sh" "see build/$BASE/vm/kcsan"
}
[ "$(tail -n 1 "$out/result.log")" = "GUEST-DONE 0" ] ||
	die "the guest did not get to its end" "kcsan.sh" "see build/$BASE/vm/kcsan"
[ -s "$out/files/kcsan" ] || die "the guest left no figures of KCSAN" "" "see build/$BASE/vm/kcsan"

# The stack's functions: those of its own files, and those that its patches add.
{
	nm "$obj"/mm/memcg_dirty/*.o "$obj"/ext/module/memcg_dirty.ko "$obj"/ext/kunit/*.ko |
		awk '$2 ~ /^[tT]$/ { print $3 }'
	series_patches | sed "s|^|$TOP/patches/|" | xargs cat |
		sed -n 's/^+[a-z][a-z0-9_ *]*[ *]\([a-z0-9_]*\)(.*/\1/p'
} | sort -u >"$out/functions"

awk -v functions="$out/functions" -v into="$out/races" '
	BEGIN {
		while ((getline line <functions) > 0)
			ours[line] = 1
	}
	{ sub(/^\[[ 0-9.]+\] /, "") }
	/^BUG: / && !/^BUG: KCSAN: / || /^WARNING: |Oops/ {
		print "kcsan: " $0
		bad++
	}
	/^BUG: KCSAN: / {
		all++
		mine = 0
		for (i = 1; i <= NF; i++) {
			name = $i
			sub(/[.+].*/, "", name)
			mine += name in ours
		}
		found += mine > 0
		inside = mine > 0
	}
	/^=====/ { inside = 0 }
	inside { print >into }
	END {
		printf "kcsan: %d races, %d of them in functions of the stack, %d other complaints\n",
			all, found, bad
		exit found + bad > 0
	}' "$out/console.log" || {
	[ ! -s "$out/races" ] || cat "$out/races"
	die "the stack has data races" "the kselftests and KUnit under KCSAN" \
		"see build/$BASE/vm/kcsan/races and console.log"
}
