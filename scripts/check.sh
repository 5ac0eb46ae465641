#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# check.sh [BASE...]: everything, from nothing, for these base kernels or for all. Each
# unit counts once; a suite of tests counts each of its cases. A unit whose ground has
# failed counts as failed; the rest still runs. The last line is "N passed, N failed".

. "$(dirname "$0")/lib.sh"

bases=("$@")
[ $# -gt 0 ] || read -ra bases <<<"$(base_list)"
out=$TOP/build/check
rm -rf "$out"
mkdir -p "$out/good"
COUNTS=$out/counts
: >"$COUNTS"
export COUNTS

# unit NAME NEEDS COMMAND...: runs COMMAND if every unit of NEEDS (a list in one
# word) passed. Suites end in a line "... N cases passed, N complaints". Units may
# run at the same time: what they know of each other is in files.
unit()
{
	local name=$1 needs=$2 need rc=0 begin summary log passed=0 failed=0

	shift 2
	for need in $needs; do
		if [ ! -e "$out/good/$need" ]; then
			count_fail "$name (not run: $need failed)"
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
}

# A small kernel without one of the options that the stack hangs on: builds, boots.
without()
{
	"$TOP/scripts/build.sh" "without-$1" &&
		"$TOP/scripts/vm.sh" --flavour "without-$1" --name "without-$1" --mem 512M --smp 1 \
			--deadline 120 -- true.sh
}

# check_base: all units that are a kernel's
check_base()
{
	local b=$BASE

	unit "prepare-$b" packages "$TOP/scripts/prepare.sh"
	unit "build-release-$b" "prepare-$b" "$TOP/scripts/build.sh" release
	unit "module-release-$b" "build-release-$b" "$TOP/scripts/module.sh" release
	unit "sparse-$b" "module-release-$b" "$TOP/scripts/static.sh" sparse
	unit "coccinelle-$b" "module-release-$b" "$TOP/scripts/static.sh" coccinelle

	# What the tests need is built by the units above and below. A soak takes one of
	# the CPUs and no notice of how fast it gets on; these want a quiet machine.
	wait
	export MEMCG_DIRTY_BUILT=1
	unit "kunit-release-$b" "module-release-$b" "$TOP/scripts/kunit.sh" release
	unit "kselftest-release-$b" "module-release-$b" "$TOP/scripts/kselftest.sh" release

	unit "build-debug-$b" "prepare-$b" "$TOP/scripts/build.sh" debug
	unit "module-debug-$b" "build-debug-$b" "$TOP/scripts/module.sh" debug
	unit "kunit-debug-$b" "module-debug-$b" "$TOP/scripts/kunit.sh" debug
	unit "kselftest-debug-$b" "module-debug-$b" "$TOP/scripts/kselftest.sh" debug

	unit "soak-debug-$b" "module-debug-$b" "$TOP/scripts/soak.sh" debug 40 &
	for option in limit memcg writeback; do
		unit "without-$option-$b" "prepare-$b" without "$option"
	done
	unset MEMCG_DIRTY_BUILT
}

step "check: Linux ${bases[*]}, $JOBS jobs"
unit packages "" "$TOP/scripts/deps.sh" check
unit lint packages "$TOP/scripts/lint.sh"
for BASE in "${bases[@]}"; do
	check_base
done
wait

passed=$(awk '$1 == "pass" { n += $2 } END { print n + 0 }' "$COUNTS")
failed=$(awk '$1 == "fail" { n += $2 } END { print n + 0 }' "$COUNTS")

# What failed once more, and why: of a long run people may see no more than the end
while read -r _ _ name; do
	unit=${name%%[: ]*}
	printf 'FAILED  %s\n' "$name"
	[ ! -e "$out/$unit.log" ] || {
		grep -A 3 -E '^(kselftest|kunit|soak|vm): |error:|: BUG: |WARNING: ' "$out/$unit.log" ||
			tail -n 5 "$out/$unit.log"
	} | awk 'NR <= 20 { print "        " substr($0, 1, 200) }'
done < <(grep ^fail "$COUNTS")
step "check: took $(elapsed)"
printf '%d passed, %d failed\n' "$passed" "$failed" | tee "$out/summary"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
