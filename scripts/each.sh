#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# make each BASE=: pushes the patches of the series one by one and compiles, after each,
# the files that the series touches; so that each patch builds with only those before it.
# Ends in "N passed, N failed".

. "$(dirname "$0")/lib.sh"

tree=$BUILD/each/linux
obj=$BUILD/each/obj
"$TOP/scripts/deps.sh" build
"$TOP/scripts/prepare.sh" stock
step "each: copying ${BUILD#"$TOP/"}/stock, without drivers"
lean_copy "$BUILD/stock" "$tree"
trap 'rm -rf "$BUILD/each"' EXIT
rm -rf "$obj"

mapfile -t all < <(series_patches)
passed=0 failed=0
for p in "${all[@]}"; do
	patch -d "$tree" -p1 -f -E --fuzz=0 --no-backup-if-mismatch -s -i "$TOP/patches/$p" >"$BUILD/log/each-patch.log" 2>&1 || {
		cat "$BUILD/log/each-patch.log" >&2
		die "patches/$p does not apply" "patch --fuzz=0, after those before it" "make drift BASE=$BASE"
	}
	if "$TOP/scripts/build.sh" --tree "$tree" --obj "$obj" release objects >"$BUILD/log/each.log" 2>&1; then
		passed=$((passed + 1))
		step "ok      $((passed + failed)) of ${#all[@]}: $p"
	else
		failed=$((failed + 1))
		step "FAILED  $((passed + failed)) of ${#all[@]}: $p"
		tail -n 25 "$BUILD/log/each.log"
	fi
done
step "each: took $(elapsed)"
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
