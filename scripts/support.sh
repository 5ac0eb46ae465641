#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# support.sh [check]: writes the README's table of kernels, which is what
# scripts/bases says, between its two markers. check: is it so already?

. "$(dirname "$0")/lib.sh"

readme=$TOP/README.md
begin='<!-- from scripts/bases, by scripts/support.sh -->'
end='<!-- end -->'

table()
{
	local b suite first=' (default)' checked

	printf '| Linux | Debian'\''s source package | point releases | patches | tested by |\n|---|---|---|---|---|\n'
	for b in $(base_list); do
		suite=$(base_field "$b" 3)
		[ "$suite" != - ] || suite=
		checked="\`make check\`"
		[ "$(base_field "$b" 4)" = yes ] || checked="\`make check BASE=$b\`"
		# shellcheck disable=SC2016 # not a command but Markdown
		printf '| %s.y%s | `%s`%s | %s | `patches/series-%s` | %s |\n' "$b" "$first" \
			"$(base_field "$b" 2)" "${suite:+, in $suite}" "$(base_releases "$b" | sed 's/ /, /g')" "$b" "$checked"
		first=
	done
}

[ "$(grep -cxF -e "$begin" -e "$end" "$readme")" -eq 2 ] ||
	die "README.md lacks the markers of its table of kernels" "'$begin' and '$end'" "put both in, each on a line"
new=$(mktemp)
trap 'rm -f "$new"' EXIT
table | awk -v begin="$begin" -v end="$end" '
	NR == FNR { table = table $0 "\n"; next }
	$0 == end { inside = 0 }
	!inside { print }
	$0 == begin { printf "%s", table; inside = 1 }
' - "$readme" >"$new"
if [ "${1:-}" = check ]; then
	cmp -s "$new" "$readme" ||
		die "README.md does not have what scripts/bases says" "its table of kernels" "scripts/support.sh"
else
	cat "$new" >"$readme"
fi
