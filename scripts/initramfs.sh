#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# initramfs.sh FLAVOUR OUT GUEST-SCRIPT [ARG...]
#
# Packs the guest: busybox, the tools that make file systems, the workload
# programs of scripts/guest/src, the flavour's modules and kselftests, and the
# script that the boot is for with its arguments. A guest script that needs a
# program of the host names it in a line "# needs: PROGRAM...", by its name or as a
# pattern of its path, and other files in a line "# files: PATTERN...".
. "$(dirname "$0")/lib.sh"

[ $# -ge 3 ] || die "wrong usage" "$0 $*" "initramfs.sh FLAVOUR OUT GUEST-SCRIPT [ARG...]"
flavour=$1 out=$2 script=$3
shift 2
guest=$TOP/scripts/guest
obj=$BUILD/obj/$flavour
root=$out.root

host_program()
{
	PATH=$PATH:/usr/sbin:/sbin command -v "$1" ||
		die "the guest needs '$1', which is not installed" "PATH, /usr/sbin, /sbin" \
			"make prepare (as root), or install it"
}

# The program and every library that its loader will look for, where they are.
add_program()
{
	local path lib

	path=$(host_program "$1")
	install -D "$path" "$root/${2:-usr/bin/$1}"
	for lib in $(ldd "$path" 2>/dev/null | grep -o '/[^ ]*'); do
		[ -e "$root$lib" ] || install -D "$lib" "$root$lib"
	done
}

build_workloads()
{
	local src bin

	mkdir -p "$BUILD/guest"
	for src in "$guest"/src/*.c; do
		bin=$BUILD/guest/$(basename "$src" .c)
		if [ "$src" -nt "$bin" ] || [ "$guest/src/util.h" -nt "$bin" ]; then
			"${CC:-gcc}" -O2 -static -Wall -Wextra -Werror -o "$bin.$$" "$src" ||
				die "a workload program does not build" "$src" \
					"it wants a C compiler and a static C library (libc6-dev)"
			mv "$bin.$$" "$bin"
		fi
		install -D "$bin" "$root/usr/local/bin/${bin##*/}"
	done
}

[ -f "$guest/$script" ] || die "there is no guest script '$script'" "$guest"
rm -rf "$root"
mkdir -p "$root"/{guest,lib/modules,sbin}
install "$guest/init" "$root/init"
install -m 644 "$guest/lib.sh" "$guest/$script" "$root/guest/"
printf '%s\n' "$@" >"$root/guest/args"

add_program busybox bin/busybox
# busybox has a mke2fs of its own, without ext4, which its shell prefers.
add_program mke2fs usr/bin/mkfs.ext4
add_program mkfs.xfs
case $flavour in
*morefs)
	add_program mkfs.btrfs
	add_program mkfs.exfat
	add_program fuse-overlayfs
	;;
esac
read -rd '' -a programs < <(sed -n 's/^# needs: //p' "$guest/$script") || :
for program in "${programs[@]}"; do
	case $program in
	/*)
		# shellcheck disable=SC2086 # a pattern
		for path in $program; do add_program "$path" "$path"; done
		;;
	*) add_program "$program" ;;
	esac
done
read -rd '' -a patterns < <(sed -n 's/^# files: //p' "$guest/$script") || :
for pattern in "${patterns[@]}"; do
	# shellcheck disable=SC2086 # a pattern
	for path in $pattern; do
		[ -e "$path" ] || die "the guest needs $pattern, which is not there" "" "make prepare (as root)"
		mkdir -p "$root/${path%/*}"
		cp -rL "$path" "$root/${path%/*}/"
	done
done
build_workloads

if [ -d "$obj" ]; then
	find "$obj" -name '*.ko' -exec install -m 644 -t "$root/lib/modules" {} +
fi
if [ -d "$obj/selftests" ]; then
	find "$obj/selftests" -maxdepth 1 -type f -perm -u+x \
		-exec install -t "$root/usr/local/bin" {} +
fi

(cd "$root" && find . -mindepth 1 | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0) >"$out.new"
mv "$out.new" "$out"
rm -rf "$root"
