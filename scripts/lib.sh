# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Sourced by every script here. It sets, for the chosen BASE:
#   TOP       the checkout
#   BUILD     $TOP/build/$BASE, where everything that is built goes
#   CACHE     where downloads are kept
#   BASE_PKG  Debian's source package for BASE
#   BASE_SUITE   the suite of Debian that has BASE_PKG; empty: the machine's own
#   BASE_RELEASES  the point releases that the patches are shown to apply to
#   BASE_TESTED  the newest of these
#   ARCH, JOBS, CC_KERNEL  for kernel builds

set -euo pipefail

# The options of a calling make mean nothing to the kernel's make; ARCH travels
# in the environment. "make -s" asks for silence where all is well.
QUIET=${QUIET:-}
make_flags=${MAKEFLAGS:-}
case ${make_flags%% *} in
-* | *=*) ;;
*s*) QUIET=1 ;;
esac
unset MAKEFLAGS MFLAGS MAKEOVERRIDES MAKELEVEL
export QUIET LC_ALL=C

TOP=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
BASE=${BASE:-6.12}
ARCH=${ARCH:-$(uname -m)}
JOBS=${JOBS:-$(nproc)}
MEMCG_DIRTY_T0=${MEMCG_DIRTY_T0:-$(date +%s)}
export BASE ARCH MEMCG_DIRTY_T0

# die WHAT_FAILED [WHAT_WAS_TRIED [WHAT_TO_DO]]: ends with DIE_STATUS, or 1
die()
{
	printf '%s: %s\n' "${0##*/}" "$1" >&2
	[ -z "${2:-}" ] || printf '  tried: %s\n' "$2" >&2
	[ -z "${3:-}" ] || printf '  to do: %s\n' "$3" >&2
	exit "${DIE_STATUS:-1}"
}

elapsed()
{
	local s=$(($(date +%s) - MEMCG_DIRTY_T0))

	printf '%02d:%02d' $((s / 60)) $((s % 60))
}

# One progress line, with the time since the outermost script began.
step()
{
	[ -n "$QUIET" ] || printf '[%s] %s\n' "$(elapsed)" "$*"
}

# run_logged LOG COMMAND...: the output goes to LOG; its end is shown on failure.
run_logged()
{
	local log=$1 rc=0

	shift
	mkdir -p "$(dirname "$log")"
	"$@" >"$log" 2>&1 </dev/null || rc=$?
	if [ "$rc" -ne 0 ]; then
		printf -- '--- end of %s\n' "${log#"$TOP/"}" >&2
		tail -n 25 "$log" >&2
		printf -- '--- (%s: status %d)\n' "$*" "$rc" >&2
	fi
	return "$rc"
}

# Results of check.sh: count_pass NAME [NUMBER]. The file COUNTS holds them, so that
# subshells can count too.
count_pass()
{
	printf 'pass %d %s\n' "${2:-1}" "$1" >>"$COUNTS"
	[ -n "$QUIET" ] || printf '[%s] ok      %s\n' "$(elapsed)" "$1"
}

count_fail()
{
	printf 'fail %d %s\n' "${2:-1}" "$1" >>"$COUNTS"
	printf '[%s] FAILED  %s\n' "$(elapsed)" "$1"
}

count_skip()
{
	printf 'skip 1 %s\n' "$1" >>"$COUNTS"
	printf '[%s] SKIPPED %s\n' "$(elapsed)" "$1"
}

# base_field BASE N: column N of scripts/bases.
base_field()
{
	awk -v base="$1" -v n="$2" '$1 == base { print $n }' "$TOP/scripts/bases"
}

# Those that are checked where none is named.
base_list_checked()
{
	awk '!/^#/ && NF && $4 == "yes" { print $1 }' "$TOP/scripts/bases" | paste -s -d ' '
}

# base_releases BASE: the point releases that its patches are shown to apply to.
base_releases()
{
	awk -v base="$1" '$1 == base { for (i = 5; i <= NF; i++) print $i }' "$TOP/scripts/bases" |
		sort -V | paste -s -d ' '
}

base_list()
{
	awk '!/^#/ && NF { print $1 }' "$TOP/scripts/bases" | paste -s -d ' '
}

BASE_PKG=$(base_field "$BASE" 2)
BASE_SUITE=$(base_field "$BASE" 3)
[ "$BASE_SUITE" != - ] || BASE_SUITE=
BASE_RELEASES=$(base_releases "$BASE")
# shellcheck disable=SC2034 # for those who source this
BASE_TESTED=${BASE_RELEASES##* }
[ -n "$BASE_PKG" ] ||
	die "there is no base kernel '$BASE'" "scripts/bases" "choose BASE from: $(base_list)"
# shellcheck disable=SC2034 # for those who source this
BUILD=$TOP/build/$BASE
# shellcheck disable=SC2034
CACHE=${MEMCG_DIRTY_CACHE:-${XDG_CACHE_HOME:-${HOME:-$TOP/build}/.cache}/memcg-dirty}
SERIES=$TOP/patches/series-$BASE

# The compiler for the kernel's make: through ccache where that is installed. What it
# has from one checkout shall serve another one, so no path of the checkout may be in
# what is compiled, nor in the options: kbuild has it in -fmacro-prefix-map. What a
# make line sets no makefile adds to, as that of the vdso in newer kernels wants to.
CC_KERNEL=${CC:-${CROSS_COMPILE:-}gcc}
CC_FLAGS=()
if command -v ccache >/dev/null; then
	CC_KERNEL="ccache $CC_KERNEL"
	# shellcheck disable=SC2016 # make expands it
	CC_FLAGS=(KBUILD_CPPFLAGS="-D__KERNEL__ -Wundef"
		'CPPFLAGS_vdso64.lds=-P -C -I$(src)/..')
	# kbuild has the compiler write down what is included: no preprocessor run more.
	export CCACHE_BASEDIR=$TOP CCACHE_NOHASHDIR=1 CCACHE_DEPEND=1
fi

# kernel_version TREE: "6.12.117", or nothing where TREE is no kernel tree.
kernel_version()
{
	[ -f "$1/Makefile" ] && [ -f "$1/Kbuild" ] && [ -d "$1/mm" ] || return 0
	awk -F ' *= *' '
		$1 == "VERSION" { v = $2 }
		$1 == "PATCHLEVEL" { p = $2 }
		$1 == "SUBLEVEL" { s = $2 }
		$1 == "EXTRAVERSION" { e = $2; exit }
		END { if (v != "" && p != "") printf "%s.%s.%s%s\n", v, p, s, e }
	' "$1/Makefile"
}

# The fixes of the base: what stands in the series below "# Fixes of the base".
series_fixes()
{
	sed -n '/^# Fixes of the base/,/^$/p' "$SERIES" | sed -e 's/[[:space:]]*#.*//' -e '/^$/d'
}

# The patches of a series, in order, as paths below patches/.
series_patches()
{
	sed -e 's/[[:space:]]*#.*//' -e '/^[[:space:]]*$/d' "$SERIES" | awk '{ print $1 }'
}

# The files that a patch (or several) touches, as paths below the tree.
patch_files()
{
	[ $# -gt 0 ] || return 0
	awk '
		/^--- / { old = $2 }
		/^\+\+\+ / && old != "" {
			f = $2 == "/dev/null" ? old : $2
			sub(/^[^\/]*\//, "", f)
			print f
			old = ""
		}
	' "$@" | sort -u
}

# quilt on a tree, with nobody's ~/.quiltrc in between. Once quilt has pushed a
# patch it has the two settings in .pc/, and plain quilt works in the tree.
tree_quilt()
{
	local tree=$1

	shift
	(cd "$tree" && QUILT_PATCHES=$TOP/patches QUILT_SERIES=series-$BASE \
		quilt --quiltrc - "$@")
}

# The kernel's make, on the tree $1, for the flavour's O= folder $2.
kmake()
{
	local tree=$1 out=$2

	shift 2
	make -C "$tree" O="$out" ARCH="$ARCH" CC="$CC_KERNEL" "${CC_FLAGS[@]}" -j"$JOBS" "$@"
}

# scratch_apply TREE SCRATCH: applies the whole series, with fuzz 0, to copies of
# the files that it touches, as they are in TREE below anything that quilt has
# pushed there. TREE stays as it is. Where a patch does not apply, PATCH_FAILED
# and PATCH_FAILED_FILES say which, and SCRATCH/log has patch's words.
PATCH_FAILED=
PATCH_FAILED_FILES=
# The hunks of it, as patch names them: "mm/vmscan.c: hunk 4"
PATCH_FAILED_HUNKS=
scratch_apply()
{
	local tree=$1 scratch=$2 p f q src
	local -a all=() files=() applied=()

	PATCH_FAILED=
	PATCH_FAILED_FILES=
	PATCH_FAILED_HUNKS=
	rm -rf "$scratch"
	mkdir -p "$scratch/tree"
	: >"$scratch/log"
	mapfile -t all < <(series_patches)
	[ ${#all[@]} -gt 0 ] || return 0
	for p in "${all[@]}"; do
		if [ ! -f "$TOP/patches/$p" ]; then
			PATCH_FAILED=$p
			PATCH_FAILED_FILES="(patches/$p is in the series and not on disk)"
			return 1
		fi
	done
	mapfile -t files < <(patch_files "${all[@]/#/$TOP/patches/}")
	if [ -f "$tree/.pc/applied-patches" ]; then
		mapfile -t applied <"$tree/.pc/applied-patches"
	fi
	for f in "${files[@]}"; do
		src=$tree/$f
		for q in "${applied[@]}"; do
			if [ -e "$tree/.pc/$q/$f" ]; then
				src=$tree/.pc/$q/$f
				break
			fi
		done
		# quilt keeps an empty file for one that did not exist.
		[ -s "$src" ] || continue
		mkdir -p "$scratch/tree/$(dirname "$f")"
		cp "$src" "$scratch/tree/$f"
	done
	for p in "${all[@]}"; do
		if ! patch -d "$scratch/tree" -p1 -f -E --fuzz=0 --no-backup-if-mismatch \
			-i "$TOP/patches/$p" >"$scratch/one" 2>&1; then
			PATCH_FAILED=$p
			PATCH_FAILED_FILES=$(awk '
				/^patching file / { f = $3; gsub(/\047/, "", f) }
				/^\|\+\+\+ / { f = $2; sub(/^[^\/]*\//, "", f) }
				/FAILED/ { print f }
				/^No file to patch/ { print f, "(not there)" }
				/malformed/ { print }
			' "$scratch/one" | sort -u | paste -s -d ' ')
			# shellcheck disable=SC2034 # for those who source this
			PATCH_FAILED_HUNKS=$(awk '
				/^patching file / { f = $3; gsub(/\047/, "", f) }
				/^Hunk #[0-9]+ FAILED/ { printf "%s%s: hunk %d", sep, f, substr($2, 2); sep = ", " }
			' "$scratch/one")
			cat "$scratch/one" >>"$scratch/log"
			return 1
		fi
		cat "$scratch/one" >>"$scratch/log"
	done
}

# tree_matches_scratch TREE SCRATCH: does TREE have what scratch_apply made?
tree_matches_scratch()
{
	local tree=$1 scratch=$2 f
	local -a all=() files=()

	mapfile -t all < <(series_patches)
	[ ${#all[@]} -gt 0 ] || return 0
	mapfile -t files < <(patch_files "${all[@]/#/$TOP/patches/}")
	for f in "${files[@]}"; do
		if [ -e "$scratch/tree/$f" ]; then
			cmp -s "$tree/$f" "$scratch/tree/$f" || return 1
		else
			[ ! -e "$tree/$f" ] || return 1
		fi
	done
}

# Says which patch failed on TREE, and which releases the series is for.
die_patch_failed()
{
	local tree=$1 scratch=$2

	grep -sE 'FAILED|^No file to patch|malformed' "$scratch/one" >&2 || true
	die "patches/$PATCH_FAILED does not apply to $tree
  file: ${PATCH_FAILED_FILES:-see above}
  made for Linux $BASE_RELEASES, this tree is $(kernel_version "$tree")" \
		"the patches of patches/series-$BASE in order, with fuzz 0; the tree was not changed" \
		"take one of Linux $BASE_RELEASES, as with TREE=<linux-$BASE_TESTED.tar.xz>; or adapt the patch to $(kernel_version "$tree")"
}

# release_word VERSION: what is known of the series on that release.
release_word()
{
	case " $BASE_RELEASES " in
	*" $1 "*) printf 'one that the patches are shown to apply to\n' ;;
	*) printf 'not among those that the patches are tested on, %s: every patch applies with fuzz 0; nothing more is known\n' \
		"$BASE_RELEASES" ;;
	esac
}

# What objects of mm/ and fs/ are compiled without, as options for tar: drivers, and other
# architectures. A tenth of the source is left.
# shellcheck disable=SC2034 # for those who source this
LEAN=(--wildcards --exclude='*/drivers/*.[ch]' --exclude='*/sound/*.[ch]' --exclude='*/net/*.c'
	--exclude='*/arch/[a-tv-w]*/*.[chS]' --exclude='*/arch/xtensa/*' --exclude='*.dts'
	--exclude='*.dtsi' --exclude='*/devicetree/*')

# lean_copy FROM TO: such a tree of a whole one.
lean_copy()
{
	rm -rf "$2"
	mkdir -p "$2"
	tar -c -C "$1" "${LEAN[@]}" --exclude=./.pc -f - . | tar -x -f - -C "$2" ||
		die "${1#"$TOP/"} cannot be copied" "tar" "look for space on the disk"
}

# touched_objects TREE: the object of each C file of the kernel that the series touches
# and TREE has.
touched_objects()
{
	local f
	local -a all=()

	mapfile -t all < <(series_patches)
	patch_files "${all[@]/#/$TOP/patches/}" | while read -r f; do
		case $f in
		tools/*) ;;
		*.c) [ ! -f "$1/$f" ] || printf '%s\n' "${f%.c}.o" ;;
		esac
	done
}

# lock_flavour FLAVOUR: one at a time builds in its O= folder, until the script ends.
lock_flavour()
{
	mkdir -p "$BUILD/obj"
	exec 7>"$BUILD/obj/.$1.lock"
	flock -n 7 || {
		step "waiting for another run that builds the $1 kernel"
		flock 7
	}
}
