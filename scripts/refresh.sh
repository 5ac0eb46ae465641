#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# refresh.sh: make refresh [PATCH=]: quilt refresh of PATCH, or of the topmost patch, in
# build/BASE/linux, in the form that all patches here have: no times, as much context as
# the patch has already, a diffstat of 72 columns. Only what was edited changes.

. "$(dirname "$0")/lib.sh"

tree=$BUILD/linux
patch=${1:-${PATCH:-}}
[ -f "$tree/.pc/applied-patches" ] ||
	die "there is no patched tree" "${tree#"$TOP/"}" "make prepare BASE=$BASE"
patch=${patch#"$TOP/"}
patch=${patch#patches/}
[ -n "$patch" ] || patch=$(tail -n 1 "$tree/.pc/applied-patches")
grep -qxF -- "$patch" "$tree/.pc/applied-patches" ||
	die "'$patch' is not pushed" "quilt applied, in ${tree#"$TOP/"}" \
		"there, quilt patches FILE names the patches of a file"

# Lines of context: the most that a hunk begins with
context=$(awk '
	/^@@ / { inside = 1; n = 0; next }
	inside && /^ / { if (++n > most) most = n; next }
	{ inside = 0 }
	END { print most == 2 ? 2 : 3 }' "$TOP/patches/$patch")
QUILT_DIFF_OPTS=-p QUILT_DIFFSTAT_OPTS='-w 72' tree_quilt "$tree" refresh -p ab -U "$context" --no-index \
	--no-timestamps --diffstat "$patch"
