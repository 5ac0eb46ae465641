#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kselftest.sh [FLAVOUR]: builds test_memcg_dirty from the patched tree, boots the
# flavour's kernel with two disks of 40 MiB/s, runs the test on ext4 and XFS, and
# judges its KTAP: a failed case fails, and so does one that is skipped or missing.
. "$(dirname "$0")/lib.sh"

flavour=${1:-release}
test=test_memcg_dirty
name=kselftest-$flavour
src=$BUILD/linux/tools/testing/selftests/cgroup
bin=$BUILD/obj/$flavour/selftests
result=$BUILD/vm/$name/result.log

"$TOP/scripts/ready.sh" kselftest "$flavour"
[ -f "$src/$test.c" ] || die "the tree has no $test" "$src" "make prepare BASE=$BASE"
[ -f "$BUILD/obj/$flavour/ext/module/memcg_dirty.ko" ] ||
	die "there is no memcg_dirty.ko" "build/$BASE/obj/$flavour/ext/module" "scripts/module.sh $flavour"
step "building $test"
mkdir -p "$bin"
run_logged "$BUILD/log/$test-$flavour.log" \
	make -C "$src" OUTPUT="$bin" CC="${CC:-gcc}" LDFLAGS=-static "$bin/$test" ||
	die "$test does not build" "make -C tools/testing/selftests/cgroup" \
		"see above; it is linked statically (libc6-dev)"

"$TOP/scripts/vm.sh" --flavour "$flavour" --name "$name" --disk 4G:40M --disk 4G:40M \
	--deadline "${DEADLINE:-900}" -- kselftest.sh "$test"

# KTAP: the plan "1..N", then N results numbered from 1.
awk -v test="$test" -v flavour="$flavour" '
	function bad(why) {
		printf "kselftest: %s\n", why
		complaints++
	}
	$1 == "ktap-begin" { inside = 1; next }
	$1 == "ktap-end" { inside = 0; ended = 1; status = $3; next }
	!inside || /^progress: / { next }
	/^1\.\.[0-9]+/ { plan = substr($1, 4) + 0; next }
	/^(not )?ok [0-9]+/ {
		number = $1 == "ok" ? $2 : $3
		if (number != ++seen)
			bad("result " seen " is missing or out of order: " $0)
		if ($1 != "ok")
			bad("failed: " $0)
		else if (/# *SKIP/)
			bad("skipped: " $0)
		else
			passed++
		next
	}
	END {
		if (!ended)
			bad("the test did not end")
		if (status != 0)
			bad(test " ended with status " status)
		if (!plan || plan != seen)
			bad("planned " plan + 0 " cases, saw results of " seen + 0)
		printf "kselftest (%s): %s: %d cases passed, %d complaints\n",
			flavour, test, passed, complaints
		exit complaints > 0
	}' "$result" || {
	sed -n '/^ktap-begin/,/^ktap-end/p' "$result" | grep -v '^progress: ' >&2
	die "$test failed" "$flavour kernel" "the log is build/$BASE/vm/$name/result.log"
}
