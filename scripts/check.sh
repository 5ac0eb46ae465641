#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# make check: everything, from nothing, on each of the bases in BASES (all of
# scripts/bases unless BASE or TREE is given). Each unit counts once; a suite of tests
# counts each of its cases. A unit whose ground has failed counts as failed; the rest
# still runs. The last line is "N passed, N failed".

bases=${BASES:-${BASE:-}}
. "$(dirname "$0")/lib.sh"
bases=${bases:-$(base_list)}
# One tree is of one base.
[ -z "${TREE:-}" ] || bases=$BASE

out=$TOP/build/check
rm -rf "$out"
mkdir -p "$out/good" "$out/over"
COUNTS=$out/counts
: >"$COUNTS"
export COUNTS

# unit NAME NEEDS COMMAND...: runs COMMAND if every unit of NEEDS (a list in one
# word) passed; waits for those that are not over yet. Suites end in a line "... N
# cases passed, N complaints". Units may run at the same time: what they know of each
# other is in files.
unit()
{
	local name=$1 needs=$2 need rc=0 begin summary log passed=0 failed=0

	shift 2
	for need in $needs; do
		while [ ! -e "$out/over/$need" ]; do
			sleep 1
		done
		if [ ! -e "$out/good/$need" ]; then
			count_fail "$name (not run: $need failed)"
			touch "$out/over/$name"
			return 0
		fi
	done
	log=$out/$name.log
	begin=$(date +%s)
	step "$name ..."
	MEMCG_DIRTY_T0=$begin "$@" >"$log" 2>&1 </dev/null || rc=$?
	summary=$(grep -E '[0-9]+ cases passed, [0-9]+ complaints$' "$log" | tail -n 1) || true
	if [ -n "$summary" ]; then
		passed=$(sed -E 's/.*[^0-9]([0-9]+) cases passed.*/\1/' <<<"$summary")
		failed=$(sed -E 's/.*[^0-9]([0-9]+) complaints$/\1/' <<<"$summary")
		[ "$rc" -eq 0 ] || [ "$failed" -gt 0 ] || failed=1
		[ "$((passed + failed))" -gt 0 ] || failed=1
	elif [ "$rc" -eq 0 ]; then
		passed=1
	else
		failed=1
	fi
	[ "$passed" -eq 0 ] || count_pass "$name: $passed ($(($(date +%s) - begin)) s)" "$passed"
	if [ "$failed" -gt 0 ]; then
		count_fail "$name: $failed ($(($(date +%s) - begin)) s), the log is ${log#"$TOP/"}" "$failed"
		tail -n 30 "$log" | sed 's/^/    /'
	else
		touch "$out/good/$name"
		[ -n "$QUIET" ] || tail -n 1 "$log" | sed 's/^\[[0-9:]*\] //; s/^/        /'
	fi
	touch "$out/over/$name"
}

# A small kernel without one of the options that the stack hangs on: builds, boots.
without()
{
	"$TOP/scripts/build.sh" "without-$1" &&
		"$TOP/scripts/vm.sh" --flavour "without-$1" --name "without-$1" --mem 512M --smp 1 \
			--deadline 600 -- true.sh
}

# What a base has to be built for, in the order in which the guests want it, and what
# is done without them. It leaves the CPUs to any guest that wants them.
builds()
{
	local b option lint=()

	renice -n 19 -p "$BASHPID" >/dev/null
	for b in $bases; do
		export BASE=$b
		unit "prepare-$b" packages "$TOP/scripts/prepare.sh"
		unit "build-release-$b" "prepare-$b" "$TOP/scripts/build.sh" release
		unit "module-release-$b" "build-release-$b" "$TOP/scripts/module.sh" release
		unit "build-debug-$b" "prepare-$b" "$TOP/scripts/build.sh" debug
		unit "module-debug-$b" "build-debug-$b" "$TOP/scripts/module.sh" debug
	done
	for b in $bases; do
		export BASE=$b
		unit "lint-$b" packages "$TOP/scripts/lint.sh" "${lint[@]}"
		# What has nothing to do with the base has been looked at.
		lint=(base)
		unit "sparse-$b" "module-release-$b" "$TOP/scripts/static.sh" sparse
		unit "coccinelle-$b" "module-release-$b" "$TOP/scripts/static.sh" coccinelle
		for option in limit memcg writeback; do
			unit "without-$option-$b" "prepare-$b" without "$option"
		done
	done
}

# The tests that mind the time have the CPUs for themselves as far as they want them.
guests()
{
	local b flavour

	# What they need is built by the others.
	export MEMCG_DIRTY_BUILT=1
	for b in $bases; do
		export BASE=$b
		for flavour in release debug; do
			unit "kunit-$flavour-$b" "module-$flavour-$b" "$TOP/scripts/kunit.sh" "$flavour"
			unit "kselftest-$flavour-$b" "module-$flavour-$b" "$TOP/scripts/kselftest.sh" "$flavour"
		done
		# The long soak is the first base's.
		unit "soak-debug-$b" "module-debug-$b" "$TOP/scripts/soak.sh" debug "$soak"
		soak=15
	done
}

soak=30
step "check: Linux $bases, $JOBS jobs"
unit packages "" "$TOP/scripts/deps.sh" check
guests &
builds &
wait

passed=$(awk '$1 == "pass" { n += $2 } END { print n + 0 }' "$COUNTS")
failed=$(awk '$1 == "fail" { n += $2 } END { print n + 0 }' "$COUNTS")
step "check: took $(elapsed)"
printf '%d passed, %d failed\n' "$passed" "$failed" | tee "$out/summary"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
