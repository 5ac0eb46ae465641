#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kselftest.sh [FLAVOUR [TEST...]]: builds the stack's kselftests from the patched
# tree, boots the flavour's kernel for each with disks of 40 MiB/s, runs it on ext4 and
# XFS, and on vfat, which has no cgroup writeback, and judges its KTAP: a failed case
# fails, and so does one that is skipped or missing. ONLY=CASE runs the cases that have
# that in their name.
. "$(dirname "$0")/lib.sh"

flavour=${1:-release}
tests=("${@:2}")
# The longest ones first.
if [ "${#tests[@]}" -eq 0 ]; then
	tests=(test_memcg_dirty_writers test_memcg_kick test_memcg_dirty test_memcg_dirty_files
		test_memcg_foreign)
	# What only a kernel with RWF_DONTCACHE, and a flusher for it, can have
	! grep -qs WB_start_dontcache "$BUILD/linux/include/linux/backing-dev-defs.h" ||
		tests+=(test_memcg_dirty_dontcache)
fi
# The debug kernel is some 30 times slower.
quick=()
[ "$flavour" != debug ] || quick=(quick)
only=(${ONLY:+"only=$ONLY"})
name=kselftest-$flavour
src=$BUILD/linux/tools/testing/selftests/cgroup
bin=$BUILD/obj/$flavour/selftests
results=("${tests[@]/#/$BUILD/vm/$name-}")
results=("${results[@]/%//result.log}")

"$TOP/scripts/ready.sh" kselftest "$flavour"
for test in "${tests[@]}"; do
	[ -f "$src/$test.c" ] || die "the tree has no $test" "$src" "make prepare BASE=$BASE"
done
[ -f "$BUILD/obj/$flavour/ext/module/memcg_dirty.ko" ] ||
	die "there is no memcg_dirty.ko" "build/$BASE/obj/$flavour/ext/module" "scripts/module.sh $flavour"
step "building ${tests[*]}"
mkdir -p "$bin"
run_logged "$BUILD/log/$name.log" \
	make -C "$src" OUTPUT="$bin" CC="${CC:-gcc}" LDFLAGS=-static "${tests[@]/#/$bin/}" ||
	die "a test does not build" "make -C tools/testing/selftests/cgroup" \
		"see above; it is linked statically (libc6-dev)"

# Each test has a guest of its own, some at the same time: they wait for their disks
# more than they compute, but not on the debug kernel. With more of them than that,
# writers are slower than disks.
most=$((JOBS + 1))
[ "$flavour" != debug ] || most=$JOBS
guests=()
rc=0
for test in "${tests[@]}"; do
	if [ "${#guests[@]}" -ge "$most" ]; then
		wait -n || rc=$?
	fi
	"$TOP/scripts/vm.sh" --flavour "$flavour" --name "$name-$test" --disk 4G:40M --disk 4G:40M \
		--disk 1G:40M \
		--deadline "${DEADLINE:-2400}" -- kselftest.sh "${quick[@]}" "${only[@]}" "$test" &
	guests+=($!)
done
trap 'kill "${guests[@]}" 2>/dev/null || :; exit 130' INT TERM
for guest in "${guests[@]}"; do
	wait "$guest" || rc=$?
done
[ "$rc" -eq 0 ] || die "a guest failed: status $rc" "$flavour kernel" \
	"the logs are in build/$BASE/vm/$name-*/"

# KTAP, of each test: the plan "1..N", then N results numbered from 1. What is wrong
# comes last: the end of a log is what people see first.
rc=0
verdict=$(awk -v tests="${tests[*]}" -v flavour="$flavour" '
	function bad(why) {
		printf "kselftest: %s\n", why
		complaints++
	}
	$1 == "ktap-begin" {
		inside = 1
		plan = seen = 0
		next
	}
	$1 == "ktap-end" {
		inside = 0
		ended[$2] = 1
		if ($3 != 0)
			bad($2 " ended with status " $3)
		if (!plan || plan != seen)
			bad($2 " planned " plan + 0 " cases, saw results of " seen + 0)
		next
	}
	!inside || /^progress: / { next }
	/^# / { said = said "\n    " $0 }
	/^1\.\.[0-9]+/ { plan = substr($1, 4) + 0; next }
	/^(not )?ok [0-9]+/ {
		number = $1 == "ok" ? $2 : $3
		if (number != ++seen)
			bad("result " seen " is missing or out of order: " $0)
		if ($1 != "ok")
			bad("failed: " $0 said)
		else if (/# *SKIP/)
			bad("skipped: " $0)
		else
			passed++
		said = ""
		next
	}
	END {
		for (i = split(tests, wanted, " "); i > 0; i--)
			if (!(wanted[i] in ended))
				bad(wanted[i] " did not end")
		printf "kselftest (%s): %s: %d cases passed, %d complaints\n",
			flavour, tests, passed, complaints
		exit complaints > 0
	}' "${results[@]}") || rc=$?
if [ "$rc" -ne 0 ]; then
	sed -n '/^ktap-begin/,/^ktap-end/p' "${results[@]}" | grep -v '^progress: ' >&2
fi
printf '%s\n' "$verdict"
[ "$rc" -eq 0 ] ||
	die "a kselftest failed" "$flavour kernel" "the logs are build/$BASE/vm/$name-*/result.log"
