#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kselftest.sh [FLAVOUR [TEST...]]: builds the stack's kselftests from the patched
# tree, boots the flavour's kernel for each with disks of 40 MiB/s, runs it on ext4 and
# XFS, and on vfat, which has no cgroup writeback, and judges its KTAP: a failed case
# fails, and so does one that is skipped or missing.
#
#   TEST="NAME..."	the tests to run, if there are no arguments: test_limit or just
#			limit, as the files in tools/testing/selftests/memcg_dirty are
#			called; default: all
#   ONLY=TEXT		runs only the cases that have that in their name
#   PART=K/N		runs the K-th of every N cases
. "$(dirname "$0")/lib.sh"

flavour=${1:-release}
folder=tools/testing/selftests/memcg_dirty

# The tests, as the series has them: these are the longest ones, longest first.
names=()
mapfile -t all < <(series_patches)
mapfile -t found < <(patch_files "${all[@]/#/$TOP/patches/}" |
	sed -n "s|^$folder/\(test_[a-z0-9_]*\)\.c\$|\1|p")
for name in test_window test_writers test_kick test_limit test_foreign test_dontcache "${found[@]}"; do
	case " ${names[*]} " in
	*" $name "*) ;;
	*) case " ${found[*]} " in *" $name "*) names+=("$name") ;; esac ;;
	esac
done
[ "${#names[@]}" -gt 0 ] || die "the series has no tests" "${SERIES#"$TOP/"}" "is $folder in a patch?"

tests=("${@:2}")
# Words of TEST are names.
[ "${#tests[@]}" -gt 0 ] || read -ra tests <<<"${TEST:-}"
for i in "${!tests[@]}"; do
	tests[i]=test_${tests[i]#test_}
	case " ${names[*]} " in
	*" ${tests[i]} "*) ;;
	*) die "there is no test '${tests[i]#test_}'" "$folder" "choose TEST from: ${names[*]#test_}" ;;
	esac
done
ONLY=${ONLY:-}
export ONLY
# The debug kernel is some 30 times slower.
quick=()
[ "$flavour" != debug ] || quick=(quick)
only=(${ONLY:+"only=$ONLY"} ${PART:+"part=$PART"})
name=kselftest-$flavour
src=$BUILD/linux/$folder
bin=$BUILD/obj/$flavour/selftests

"$TOP/scripts/ready.sh" kselftest "$flavour"
if [ "${#tests[@]}" -eq 0 ]; then
	for test in "${names[@]}"; do
		# It is skipped by a kernel without RWF_DONTCACHE and a flusher for it.
		[ "$test" != test_dontcache ] ||
			grep -qs WB_start_dontcache "$BUILD/linux/include/linux/backing-dev-defs.h" || continue
		tests+=("$test")
	done
fi
for test in "${tests[@]}"; do
	[ -f "$src/$test.c" ] || die "the tree has no $test" "$src" "make prepare BASE=$BASE"
done
[ -f "$BUILD/obj/$flavour/ext/module/memcg_dirty.ko" ] ||
	die "there is no memcg_dirty.ko" "build/$BASE/obj/$flavour/ext/module" "scripts/module.sh $flavour"
step "building ${tests[*]}"
mkdir -p "$bin"
run_logged "$BUILD/log/$name.log" \
	make -C "$src" OUTPUT="$bin" CC="${CC:-gcc}" LDFLAGS=-static "${tests[@]/#/$bin/}" ||
	die "a test does not build" "make -C $folder" "see above; it is linked statically (libc6-dev)"

# Each test has a guest of its own, some at the same time: they wait for their disks
# more than they compute. With more of them than that, writers are slower than disks. The
# debug kernel takes longer for its boot, and to look for leaks, than for most tests: there
# is a guest for each processor, and they share the tests, to and fro, as these are ordered
# by length.
most=$((JOBS + 1))
groups=("${tests[@]}")
if [ "$flavour" = debug ]; then
	most=$JOBS
	groups=()
	for i in "${!tests[@]}"; do
		n=$((i % (2 * most)))
		[ "$n" -lt "$most" ] || n=$((2 * most - 1 - n))
		groups[n]="${groups[n]:+${groups[n]} }${tests[i]}"
	done
fi
guests=() results=()
rc=0
for group in "${groups[@]}"; do
	if [ "${#guests[@]}" -ge "$most" ]; then
		wait -n || rc=$?
	fi
	read -ra members <<<"$group"
	guest=$name-${members[0]}
	results+=("$BUILD/vm/$guest/result.log")
	"$TOP/scripts/vm.sh" --flavour "$flavour" --name "$guest" --disk 4G:40M --disk 4G:40M \
		--disk 1G:40M --deadline "${DEADLINE:-$((2400 * ${#members[@]}))}" -- \
		kselftest.sh "${quick[@]}" "${only[@]}" "${members[@]}" &
	guests+=($!)
done
trap 'kill "${guests[@]}" 2>/dev/null || :; exit 130' INT TERM
for guest in "${guests[@]}"; do
	wait "$guest" || rc=$?
done
[ "$rc" -eq 0 ] || die "a guest failed: status $rc" "$flavour kernel" \
	"the logs are in build/$BASE/vm/$name-*/"

# KTAP, of each test: the plan "1..N", then N results numbered from 1; or "1..0 # SKIP
# why", which is fine where ONLY names no case of the test, or PART. What is wrong comes last:
# the end of a log is what people see first.
rc=0
verdict=$(awk -v tests="${tests[*]}" -v flavour="$flavour" '
	function bad(why) {
		printf "kselftest: %s\n", why
		complaints++
	}
	$1 == "ktap-begin" {
		inside = 1
		test = $2
		plan = seen = skipped = 0
		next
	}
	$1 == "ktap-end" {
		inside = 0
		ended[$2] = 1
		if (skipped)
			next
		if ($3 != 0)
			bad($2 " ended with status " $3)
		if (!plan || plan != seen)
			bad($2 " planned " plan + 0 " cases, saw results of " seen + 0)
		next
	}
	!inside || /^progress: / { next }
	/^# / { said = said "\n    " $0 }
	/^1\.\.0 # SKIP/ {
		skipped = 1
		sub(/^1\.\.0 # SKIP */, "")
		if ((ENVIRON["ONLY"] != "" && /^no case has /) ||
		    (ENVIRON["PART"] != "" && /^no case is /))
			without++
		else
			bad(test " is skipped: " $0)
		next
	}
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
		nr = split(tests, wanted, " ")
		for (i = nr; i > 0; i--)
			if (!(wanted[i] in ended))
				bad(wanted[i] " did not end")
		if (without == nr)
			bad("no case has \"" ENVIRON["ONLY"] "\" in its name, or is in this part")
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
