#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kunit.sh [FLAVOUR [SUITE...]]: boots the flavour's kernel, loads the module and then
# every module of kunit/, or that of kunit/SUITE.c, and has the kernel's own kunit.py
# judge what each one logged.
# A module without a result, a suite without a result, and a skipped case fail.
. "$(dirname "$0")/lib.sh"

flavour=${1:-release}
parser=$BUILD/linux/tools/testing/kunit/kunit.py
name=kunit-$flavour
out=$BUILD/vm/$name
wanted=("${@:2}")
modules=()

wanted=("${wanted[@]#memcg_dirty_}")
for suite in "${wanted[@]}"; do
	[ -f "$TOP/kunit/$suite.c" ] ||
		die "there is no KUnit suite '$suite'" "kunit/$suite.c" \
			"choose from: $(cd "$TOP/kunit" && printf '%s\n' *.c | sed 's/\.c$//' | paste -s -d ' ')"
done

"$TOP/scripts/ready.sh" kunit "$flavour"

for ko in "$BUILD/obj/$flavour"/ext/kunit/*.ko; do
	[ -e "$ko" ] || continue
	ko=$(basename "$ko" .ko)
	case " ${wanted[*]/#/memcg_dirty_} " in
	"  " | *" ${ko%_kunit} "*) modules+=("$ko") ;;
	esac
done
[ "${#modules[@]}" -gt 0 ] ||
	die "there are no KUnit modules" "build/$BASE/obj/$flavour/ext/kunit" "scripts/module.sh $flavour"
[ -f "$parser" ] || die "the tree has no kunit.py" "$parser" "make prepare BASE=$BASE"

"$TOP/scripts/vm.sh" --flavour "$flavour" --name "$name" --mem 1G \
	--deadline "${DEADLINE:-300}" -- kunit.sh "${modules[@]}"

bad=0 passed=0 suites=0

# lost WHAT WHY
lost()
{
	printf 'kunit.sh: %s: %s\n' "$1" "$2" >&2
	bad=$((bad + 1))
}

for module in "${modules[@]}"; do
	log=$out/files/$module.log
	rc=0
	python3 "$parser" parse "$log" >"$out/$module.txt" 2>&1 || rc=$?
	cat "$out/$module.txt"
	[ "$rc" -eq 0 ] || lost "$module" "kunit.py: not all cases passed"
	# "Testing complete. Ran 12 tests: passed: 11, skipped: 1"
	counts=$(grep -a 'Testing complete. Ran' "$out/$module.txt") || counts=''
	n=$(grep -oE '\bpassed: [0-9]+' <<<"$counts" | grep -oE '[0-9]+') || n=0
	passed=$((passed + n))
	[ "$n" -gt 0 ] || lost "$module" "no case passed"
	grep -q 'skipped: ' <<<"$counts" && lost "$module" "cases were skipped"
	[ -s "$out/files/$module.suites" ] || lost "$module" "it brought no suite"
	while IFS= read -r suite; do
		suites=$((suites + 1))
		grep -aqE "^(\[[ 0-9.]+\] )?ok [0-9]+ $suite( |\$)" "$log" ||
			lost "$module" "suite $suite has no passing result"
	done <"$out/files/$module.suites"
done

printf 'kunit (%s): %d modules, %d suites, %d cases passed, %d complaints\n' \
	"$flavour" "${#modules[@]}" "$suites" "$passed" "$bad"
[ "$bad" -eq 0 ]
