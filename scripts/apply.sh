#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# make apply TREE=...: pushes patches/series-$BASE onto a kernel tree of the user's
# through quilt, with fuzz 0. Nothing is changed unless every patch applies.

. "$(dirname "$0")/lib.sh"

[ -n "${TREE:-}" ] || die "no tree was given" "TREE=" "make apply TREE=~/linux"
case $TREE in
\~/*) TREE=$HOME/${TREE#"~/"} ;;
esac
[ -d "$TREE" ] || die "there is no folder $TREE" "TREE=$TREE" "make apply TREE=<a Linux $BASE.y tree>"
tree=$(cd -P "$TREE" && pwd)

"$TOP/scripts/deps.sh" apply

version=$(kernel_version "$tree")
[ -n "$version" ] ||
	die "$tree is not a kernel tree" "Makefile with VERSION and PATCHLEVEL, Kbuild, mm/" \
		"make apply TREE=<the top of a Linux $BASE.y tree>"
case $version in
"$BASE".*) ;;
*) die "$tree is Linux $version, not $BASE.y" "its Makefile" \
	"choose another tree, or another BASE of: $(base_list)" ;;
esac
[ -w "$tree" ] || die "$tree cannot be written to" "as $(id -un)" "run as the owner of the tree"

total=$(series_patches | wc -l)
[ "$total" -gt 0 ] || die "patches/series-$BASE holds no patches" "" "check the checkout out again"
if [ -s "$tree/.pc/applied-patches" ]; then
	if [ "$(series_patches)" = "$(cat "$tree/.pc/applied-patches")" ]; then
		die "all $total patches of patches/series-$BASE are applied to $tree already" "its .pc/applied-patches" \
			"nothing; or to take them off, there: quilt pop -a"
	fi
	die "$tree has patches applied by quilt already, the last is $(tail -n 1 "$tree/.pc/applied-patches")" \
		"its .pc/applied-patches" "there: quilt pop -a; then try again"
fi
if [ -e "$tree/include/linux/memcg_dirty.h" ]; then
	die "$tree has these patches already, though not through quilt, or part of them" \
		"include/linux/memcg_dirty.h is there" "start from a tree without them"
fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
scratch_apply "$tree" "$scratch" || die_patch_failed "$tree" "$scratch"

# quilt would push the series that the tree's .pc names, whatever that is.
if [ -f "$tree/.pc/.quilt_patches" ] && [ "$(cat "$tree/.pc/.quilt_patches")" != "$TOP/patches" ]; then
	die "$tree is under quilt with the patches of $(cat "$tree/.pc/.quilt_patches")" "its .pc/.quilt_patches" \
		"add patches/series-$BASE to that series, or remove $tree/.pc, which has nothing applied"
fi
tree_quilt "$tree" push -a --fuzz=0 >"$scratch/push" 2>&1 || {
	tail -n 12 "$scratch/push" >&2
	die "quilt could not push the series onto $tree" "quilt push -a --fuzz=0" "there: quilt pop -a -f; then look at the lines above"
}
tree_matches_scratch "$tree" "$scratch" ||
	die "quilt left another tree than the series makes" "quilt push -a --fuzz=0" "there: quilt pop -a"
step "apply: $total patches applied to $tree, Linux $version: $(release_word "$version")"
step "apply: enable CONFIG_MEMCG_DIRTY_LIMIT"
