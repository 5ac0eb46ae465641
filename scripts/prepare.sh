#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# prepare.sh: Debian's source for BASE in build/$BASE/linux with the series pushed
# by quilt. Run again, it brings the tree up to the series; it never drops changes
# that no patch holds. With TREE=, a tree of BASE or a release tarball of it, the source
# is a copy of that.
# Status 3: Debian has no release any more that the series is shown to apply to, and it
# does not apply to what there is.
# prepare.sh stock: the same source, untouched, in build/$BASE/stock.

. "$(dirname "$0")/lib.sh"

. "$TOP/scripts/debian.sh"

what=${1:-linux}
tree=$BUILD/$what
fresh=

"$TOP/scripts/deps.sh" prepare
mkdir -p "$BUILD"
exec 8>"$BUILD/.prepare.lock"
flock 8

# The source that TREE= names: an unpacked tree, or a tarball with one folder.
unpack_tree()
{
	local from=$1 tmp=$2

	if [ -d "$from" ]; then
		[ -n "$(kernel_version "$from")" ] ||
			die "$from is not a kernel tree" "TREE=$from" "TREE=<the top of a Linux $BASE.y tree, or its tarball>"
		if [ -e "$from/.config" ] || [ -e "$from/include/config" ]; then
			die "$from has been built in" ".config, include/config" "there: make mrproper; or TREE=<a fresh tree>"
		fi
		[ ! -e "$from/include/linux/memcg_dirty.h" ] ||
			die "$from has these patches already" "include/linux/memcg_dirty.h is there" "TREE=<a tree without them>"
		tar -c -C "$from" --exclude=./.git --exclude=./.pc -f - . | tar -x -f - -C "$tmp" ||
			die "$from cannot be copied" "tar" "look for space on the disk"
	else
		[ -f "$from" ] || die "there is no $from" "TREE=$from" "TREE=<a Linux $BASE.y tree, or its tarball>"
		tar -x -f "$from" --strip-components=1 -C "$tmp" ||
			die "$from cannot be unpacked" "tar" "look for space on the disk; TREE=<linux-$BASE_TESTED.tar.xz>"
	fi
}

unpack()
{
	local deb tmp=$tree.tmp

	if [ -n "${TREE:-}" ]; then
		case $TREE in
		\~/*) TREE=$HOME/${TREE#"~/"} ;;
		esac
		step "prepare: copying $TREE to ${tree#"$TOP/"}"
		rm -rf "$tmp"
		mkdir -p "$tmp"
		unpack_tree "$TREE" "$tmp"
		case $(kernel_version "$tmp") in
		"$BASE".*) ;;
		*) die "$TREE is Linux '$(kernel_version "$tmp")', not $BASE.y" "its Makefile" \
			"choose another tree, or another BASE of: $(base_list)" ;;
		esac
		mv "$tmp" "$tree"
		return
	fi
	deb=$("$TOP/scripts/fetch.sh")
	step "prepare: unpacking ${deb##*/} to ${tree#"$TOP/"}"
	rm -rf "$tmp"
	mkdir -p "$tmp"
	unpack_deb "$deb" "$tmp" ||
		die "${deb##*/} cannot be unpacked" "dpkg-deb, tar" "look for space on the disk; remove $deb and try again"
	case $(kernel_version "$tmp") in
	"$BASE".*) ;;
	*) die "${deb##*/} holds Linux '$(kernel_version "$tmp")', not $BASE.y" "its Makefile" "remove $deb and try again" ;;
	esac
	mv "$tmp" "$tree"
}

if [ -z "$(kernel_version "$tree")" ]; then
	[ ! -e "$tree" ] || die "${tree#"$TOP/"} exists and is no kernel tree" "" "remove it and try again"
	unpack
	fresh=1
fi
[ "$what" = linux ] || exit 0

[ -f "$SERIES" ] || die "there is no patches/series-$BASE" "" "check the checkout out again"

# With these in place quilt needs no environment and no ~/.quiltrc in the tree.
mkdir -p "$tree/.pc"
printf '2\n' >"$tree/.pc/.version"
printf '%s\n' "$TOP/patches" >"$tree/.pc/.quilt_patches"
printf 'series-%s\n' "$BASE" >"$tree/.pc/.quilt_series"
touch "$tree/.pc/applied-patches"

scratch=$BUILD/scratch
manifest=$BUILD/.pushed
trap 'rm -rf "$scratch"' EXIT
if ! scratch_apply "$tree" "$scratch"; then
	# A source that nothing fits is not to be in the way of another one.
	if [ -n "$fresh" ]; then
		trap 'rm -rf "$scratch" "$tree"' EXIT
		# Of what is shown Debian has nothing any more: that is not the stack's fault.
		[ -n "${TREE:-}" ] || [[ " $BASE_RELEASES " == *" $(kernel_version "$tree") "* ]] || DIE_STATUS=3
	fi
	die_patch_failed "$tree" "$scratch"
fi
total=$(series_patches | wc -l)

if [ "$(series_patches)" != "$(cat "$tree/.pc/applied-patches")" ] || ! tree_matches_scratch "$tree" "$scratch"; then
	# What is pushed is not the series. A tree just as the last run left it, or
	# one whose patches come off cleanly, holds nothing of anybody's.
	if [ -s "$tree/.pc/applied-patches" ]; then
		if [ -f "$manifest" ] && (cd "$tree" && sha256sum --status -c "$manifest") 2>/dev/null; then
			run_logged "$BUILD/log/quilt-pop.log" tree_quilt "$tree" pop -a -f -q
		else
			top=$(tail -n 1 "$tree/.pc/applied-patches")
			run_logged "$BUILD/log/quilt-pop.log" tree_quilt "$tree" pop -a -q || {
				# What was popped above them is pushed again.
				tree_quilt "$tree" push -q --fuzz=0 "$top" >/dev/null 2>&1 || :
				die "${tree#"$TOP/"} has changes that are in no patch" "quilt pop -a" \
					"make refresh BASE=$BASE, to keep them; or, there, quilt pop -a -f, to drop them"
			}
		fi
	fi
	step "prepare: pushing the $total patches of patches/series-$BASE"
	if [ "$total" -gt 0 ]; then
		run_logged "$BUILD/log/quilt-push.log" tree_quilt "$tree" push -a --fuzz=0 ||
			die "quilt could not push the series" "quilt push -a --fuzz=0" \
				"see ${BUILD#"$TOP/"}/log/quilt-push.log"
	fi
	tree_matches_scratch "$tree" "$scratch" ||
		die "quilt left another tree than the series makes" "quilt push -a --fuzz=0" \
			"remove ${tree#"$TOP/"} and try again"
fi
(cd "$scratch/tree" && find . -type f ! -name '*.orig' -exec sha256sum {} +) >"$manifest.tmp"
mv "$manifest.tmp" "$manifest"
version=$(kernel_version "$tree")
step "prepare: ${tree#"$TOP/"} is Linux $version with $total patches"
case " $BASE_RELEASES " in
*" $version "*) ;;
*) step "prepare: this release is $(release_word "$version")" ;;
esac
