#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# module.sh [FLAVOUR]: memcg_dirty.ko and the KUnit modules for a guest kernel, in
# build/$BASE/obj/FLAVOUR/ext/{module,kunit}.
# With KDIR=: memcg_dirty.ko for another patched kernel: its tree, its O= folder, or
# its installed headers; in build/$BASE/ext/<release>.
# The sources are copied there first, since kbuild writes where they are.

. "$(dirname "$0")/lib.sh"

# Makes DST hold what SRC has for sources, touching only what differs.
refresh()
{
	local src=$1 dst=$2 f

	mkdir -p "$dst"
	for f in "$src"/*.[ch] "$src"/Kbuild; do
		[ -e "$f" ] || continue
		cmp -s "$f" "$dst/${f##*/}" || cp -p "$f" "$dst/"
	done
	for f in "$dst"/*.[ch]; do
		case $f in
		*.mod.c) ;;
		*) [ -e "$src/${f##*/}" ] || rm -f "$f" ;;
		esac
	done
}

# Where the headers of KDIR really are: an O= folder and Debian's headers have a
# Makefile that includes the source's.
srctree_of()
{
	local inc

	if [ ! -f "$1/include/linux/mm.h" ] && [ -f "$1/Makefile" ]; then
		inc=$(sed -n 's/^include \(.*\)\/Makefile$/\1/p' "$1/Makefile" | tail -n 1)
		case $inc in
		/*) printf '%s\n' "$inc" ;;
		?*) printf '%s/%s\n' "$1" "$inc" ;;
		*) printf '%s\n' "$1" ;;
		esac
	else
		printf '%s\n' "$1"
	fi
}

check_kdir()
{
	local kdir=$1 src conf

	[ -d "$kdir" ] ||
		die "there are no kernel headers in $kdir" "KDIR=$KDIR" \
			"install the headers of the patched kernel (its linux-headers package), or give KDIR=<its built tree>"
	[ -f "$kdir/Makefile" ] ||
		die "$kdir is neither a kernel tree nor a kernel's headers" "$kdir/Makefile" \
			"KDIR=<tree, O= folder or /lib/modules/<release>/build>"
	src=$(srctree_of "$kdir")
	[ -f "$src/include/linux/mm.h" ] ||
		die "$kdir has no kernel headers" "$src/include/linux/mm.h" \
			"install the headers of the patched kernel, or give KDIR=<its built tree>"
	[ -f "$src/include/linux/memcg_dirty.h" ] ||
		die "the kernel of $kdir is not patched" "$src/include/linux/memcg_dirty.h (not there)" \
			"make apply TREE=<its source>, then build and boot that kernel; or use the one built by: make prepare"
	conf=$kdir/include/config/auto.conf
	[ -f "$conf" ] ||
		die "the kernel of $kdir is not configured" "$conf (not there)" \
			"there: make olddefconfig && make"
	grep -qx 'CONFIG_MEMCG_DIRTY_LIMIT=y' "$conf" ||
		die "the kernel of $kdir is patched, but CONFIG_MEMCG_DIRTY_LIMIT is not set" "$conf" \
			"there: scripts/config -e MEMCG_DIRTY_LIMIT && make olddefconfig && make"
	grep -qx 'CONFIG_MODULES=y' "$conf" ||
		die "the kernel of $kdir has no modules" "CONFIG_MODULES in $conf" "set CONFIG_MODULES"
	[ -f "$kdir/Module.symvers" ] ||
		die "the kernel of $kdir is configured but not built" "$kdir/Module.symvers (not there)" "there: make"
	grep -qw 'memcg_dirty_register' "$kdir/Module.symvers" ||
		die "the kernel built in $kdir does not export memcg_dirty_register" "$kdir/Module.symvers" \
			"it was built before it was patched; there: make"
}

# build M=folder in kernel $1, with a log of that name.
build_in()
{
	local kdir=$1 dir=$2 log=$3

	shift 3
	run_logged "$BUILD/log/$log.log" make -C "$kdir" ARCH="$ARCH" M="$dir" -j"$JOBS" "$@" modules ||
		die "${dir##*/} does not build" "make -C $kdir M=$dir modules" "see ${BUILD#"$TOP/"}/log/$log.log"
	if grep -q 'warning:' "$BUILD/log/$log.log"; then
		grep -A 4 'warning:' "$BUILD/log/$log.log" >&2
		die "${dir##*/} builds with warnings" "make -C $kdir M=$dir modules" "mend what is named above"
	fi
}

# vermagic, and whether it is the kernel that runs here.
tell()
{
	local ko=$1 magic release

	magic=$(modinfo -F vermagic "$ko")
	release=${magic%% *}
	step "module: ${ko#"$TOP/"}"
	step "module: vermagic: $magic"
	if [ "$release" != "$(uname -r)" ]; then
		step "module: it loads into $release only; this machine runs $(uname -r)"
	elif grep -qs '\[\(integrity\|confidentiality\)\]' /sys/kernel/security/lockdown; then
		step "module: this machine is locked down (Secure Boot): sign the module with the kernel's scripts/sign-file first"
	fi
}

if [ -n "${KDIR:-}" ]; then
	case $KDIR in
	\~/*) KDIR=$HOME/${KDIR#"~/"} ;;
	esac
	check_kdir "$KDIR"
	kdir=$(cd -P "$KDIR" && pwd)
	"$TOP/scripts/deps.sh" module
	release=$(cat "$kdir/include/config/kernel.release")
	ext=$BUILD/ext/$release
	refresh "$TOP/module" "$ext/module"
	step "module: building for $release"
	build_in "$kdir" "$ext/module" "module-$release"
	tell "$ext/module/memcg_dirty.ko"
	exit 0
fi

flavour=${1:-release}
kdir=$BUILD/obj/$flavour
"$TOP/scripts/deps.sh" build module
if [ ! -f "$kdir/Module.symvers" ]; then
	"$TOP/scripts/prepare.sh"
	"$TOP/scripts/build.sh" "$flavour"
fi
lock_flavour "$flavour"
KDIR=$kdir
check_kdir "$kdir"
for part in module kunit; do
	refresh "$TOP/$part" "$kdir/ext/$part"
	step "module: building $part for the $flavour kernel"
	build_in "$kdir" "$kdir/ext/$part" "$part-$flavour" CC="$CC_KERNEL" \
		KBUILD_EXTRA_SYMBOLS="$([ "$part" = module ] || printf '%s' "$kdir/ext/module/Module.symvers")"
done
tell "$kdir/ext/module/memcg_dirty.ko"
