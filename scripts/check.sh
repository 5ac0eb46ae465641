#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# check.sh [BASE...]: everything, from nothing, for these base kernels or for those that
# scripts/bases says. Each unit counts once; a suite of tests counts each of its cases. A
# unit whose ground has failed counts as failed; the rest still runs. A base of which Debian
# has no release any more is skipped, but not the only one. The last line is "N passed, N
# failed".
#
# MINUTES=N: begins no unit that would not end within so many minutes, stops what has not
# ended by then (it fails if a case of it had failed already), and says which these are,
# in a last line "N passed, N failed, N skipped". The debug kernels of all bases share the
# cases of the kselftests; the release kernels run them all.
# For a machine that is lent for a time; without it all units run. What tells most comes
# first: the release kernels of all bases, then the debug kernels.

. "$(dirname "$0")/lib.sh"

bases=("$@")
[ $# -gt 0 ] || read -ra bases <<<"$(base_list_checked)"
out=$TOP/build/check
rm -rf "$out"
mkdir -p "$out/good" "$out/late"
COUNTS=$out/counts
: >"$COUNTS"
export COUNTS

# seconds_left: until MINUTES are over; nothing without MINUTES
seconds_left()
{
	[ -z "${MINUTES:-}" ] || printf '%d\n' $((MINUTES * 60 - ($(date +%s) - MEMCG_DIRTY_T0)))
}

# late NAME: is it too late to begin this unit? What compiles a kernel or boots many guests
# takes 10 minutes and more on two slow cores, everything else 3.
late()
{
	local least=180

	[ -n "${MINUTES:-}" ] || return 1
	case $1 in
	build-* | kselftest-*) least=600 ;;
	esac
	[ "$(seconds_left)" -lt "$least" ]
}

# unit NAME NEEDS COMMAND...: runs COMMAND if every unit of NEEDS (a list in one
# word) passed. Suites end in a line "... N cases passed, N complaints". Units may
# run at the same time: what they know of each other is in files.
unit()
{
	local name=$1 needs=$2 need rc=0 begin left summary log passed=0 failed=0

	shift 2
	if late "$name"; then
		count_skip "$name (it would not end within $MINUTES minutes)"
		touch "$out/late/$name"
		return 0
	fi
	for need in $needs; do
		if [ -e "$out/late/$need" ]; then
			count_skip "$name (not run: $need was skipped)"
			touch "$out/late/$name"
			return 0
		fi
		if [ ! -e "$out/good/$need" ]; then
			count_fail "$name (not run: $need failed)"
			return 0
		fi
	done
	log=$out/$name.log
	begin=$(date +%s)
	step "$name ..."
	left=$(seconds_left)
	# Without a time it stays in the process group that a terminal interrupts.
	MEMCG_DIRTY_T0=$begin ${left:+timeout -k 10 "$left"} "$@" >"$log" 2>&1 </dev/null || rc=$?
	if [ -n "$left" ] && [ $(($(date +%s) - begin)) -ge "$left" ] &&
		! grep -qE 'not ok|complained' "$log"; then
		count_skip "$name (stopped: it had not ended after $MINUTES minutes)"
		touch "$out/late/$name"
		return 0
	fi
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
	case $name:$rc in
	prepare-*:3)
		count_skip "Linux $BASE: $(grep -m 1 -E '^(fetch|prepare).sh: ' "$log" | sed 's/^[a-z]*.sh: //')"
		sed 's/^/    /' "$log"
		return 0
		;;
	esac
	[ "$passed" -eq 0 ] || count_pass "$name: $passed ($(($(date +%s) - begin)) s)" "$passed"
	if [ "$failed" -gt 0 ]; then
		count_fail "$name: $failed ($(($(date +%s) - begin)) s), the log is ${log#"$TOP/"}" "$failed"
		tail -n 30 "$log" | sed 's/^/    /'
	else
		touch "$out/good/$name"
		[ -n "$QUIET" ] || tail -n 1 "$log" | sed 's/^\[[0-9:]*\] //; s/^/        /'
	fi
}

# check_release: what can be said of a base's series, and the tests on its release kernel
check_release()
{
	local b=$BASE

	unit "prepare-$b" packages "$TOP/scripts/prepare.sh"
	! grep -q "^skip 1 Linux $b:" "$COUNTS" || return 0
	unit "lint-$b" "prepare-$b" "$TOP/scripts/lint.sh" "$lint"
	lint=base
	unit "samecode-$b" "prepare-$b" "$TOP/scripts/samecode.sh"
	unit "build-release-$b" "prepare-$b" "$TOP/scripts/build.sh" release
	unit "module-release-$b" "build-release-$b" "$TOP/scripts/module.sh" release
	unit "sparse-$b" "module-release-$b" "$TOP/scripts/static.sh" sparse
	unit "coccinelle-$b" "module-release-$b" "$TOP/scripts/static.sh" coccinelle
	check_flavour release
}

# check_debug: the tests on its debug kernel
check_debug()
{
	local b=$BASE

	! grep -q "^skip 1 Linux $b:" "$COUNTS" || return 0
	unit "build-debug-$b" "prepare-$b" "$TOP/scripts/build.sh" debug
	unit "module-debug-$b" "build-debug-$b" "$TOP/scripts/module.sh" debug
	check_flavour debug
	unit "soak-debug-$b" "module-debug-$b" "$TOP/scripts/soak.sh" debug 40 &
}

# check_flavour FLAVOUR: what the tests need is built by the units above. A soak takes one
# of the CPUs and no notice of how fast it gets on; these want a quiet machine.
check_flavour()
{
	wait
	export MEMCG_DIRTY_BUILT=1
	unit "kunit-$1-$b" "module-$1-$b" "$TOP/scripts/kunit.sh" "$1"
	[ "$1" != debug ] || [ -z "${MINUTES:-}" ] || export PART=$part
	unit "kselftest-$1-$b" "module-$1-$b" "$TOP/scripts/kselftest.sh" "$1"
	unset MEMCG_DIRTY_BUILT PART
}

step "check: Linux ${bases[*]}, $JOBS jobs"
unit packages "" "$TOP/scripts/deps.sh" check
unit tools packages "$TOP/scripts/tools-check.sh"
# The first base is looked at with all that is no base's.
lint=all
for BASE in "${bases[@]}"; do
	check_release
done
for i in "${!bases[@]}"; do
	BASE=${bases[i]}
	part=$((i + 1))/${#bases[@]}
	check_debug
done
wait

passed=$(awk '$1 == "pass" { n += $2 } END { print n + 0 }' "$COUNTS")
failed=$(awk '$1 == "fail" { n += $2 } END { print n + 0 }' "$COUNTS")
skipped=$(awk '$1 == "skip" { n += $2 } END { print n + 0 }' "$COUNTS")
if [ "$(grep -c '^skip 1 Linux ' "$COUNTS")" -eq "${#bases[@]}" ]; then
	count_fail "no base kernel is to be had"
	failed=$((failed + 1))
fi

# What failed once more, and why: of a long run people may see no more than the end
while read -r _ _ name; do
	unit=${name%%[: ]*}
	printf 'FAILED  %s\n' "$name"
	[ ! -e "$out/$unit.log" ] || {
		grep -A 3 -E '^(kselftest|kunit|soak|vm)(\.sh)?: |: not ok |error: |: BUG: |WARNING: ' "$out/$unit.log" ||
			tail -n 5 "$out/$unit.log"
	} | awk 'NR <= 20 { print "        " substr($0, 1, 200) }'
done < <(grep ^fail "$COUNTS")
sed -n 's/^skip 1 /SKIPPED /p' "$COUNTS"
step "check: took $(elapsed)"
{
	printf '%d passed, %d failed' "$passed" "$failed"
	[ "$skipped" -eq 0 ] || printf ', %d skipped' "$skipped"
	printf '\n'
} | tee "$out/summary"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
