#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# samecode.sh [FLAVOUR...]: without CONFIG_MEMCG_DIRTY_LIMIT, does each file of the base that
# the series touches have the code and the data that it has in the base? So it is looked at
# without the option alone, and without what the option depends on: FLAVOUR is without-limit,
# without-memcg, without-writeback, or all of them. The base is Debian's source with the fixes
# of the base, which stand in the series first, and with an empty line for each line that the
# series adds: numbers of lines are in the code. What is compared is every section that is
# loaded, with its relocations.

. "$(dirname "$0")/lib.sh"

flavours=("$@")
[ $# -gt 0 ] || flavours=(without-limit without-memcg without-writeback)
tree=$BUILD/samecode/linux
# One folder each for all flavours: what kbuild needs of its own is made once.
theirs=$BUILD/samecode/theirs
ours=$BUILD/samecode/ours
out=$BUILD/samecode/out
"$TOP/scripts/prepare.sh"
"$TOP/scripts/prepare.sh" stock
trap 'rm -rf "$tree" "$theirs" "$ours"' EXIT
rm -rf "$theirs" "$ours" "$out"
lean_copy "$BUILD/stock" "$tree"
mkdir -p "$out"
mapfile -t fixes < <(series_fixes)
for p in "${fixes[@]}"; do
	patch -d "$tree" -p1 -f -E --fuzz=0 --no-backup-if-mismatch -s -i "$TOP/patches/$p" ||
		die "patches/$p does not apply to the base alone" "patch --fuzz=0" "put it first in patches/series-$BASE"
done

# Empty lines for those that are added. A line that is replaced stays, and is followed by one.
mapfile -t all < <(series_patches)
for f in $(patch_files "${all[@]/#/$TOP/patches/}"); do
	case $f in
	*.[ch]) [ -f "$tree/$f" ] || continue ;;
	*) continue ;;
	esac
	diff --unchanged-line-format='%L' --old-line-format='%L' --new-line-format=$'\n' \
		"$tree/$f" "$BUILD/linux/$f" >"$out/spaced" || true
	cp "$out/spaced" "$tree/$f"
done

# configured OBJECT: does its folder's Makefile have it, as theirs is configured?
configured()
{
	local folder=${1%/*}

	make -s -C "$tree" --no-print-directory -f - obj="$folder" src="$folder" srctree="$tree" objects <<-EOF |
		-include $theirs/include/config/auto.conf
		include $folder/Makefile
		objects: ; @printf '%s\\n' \$(foreach o,\$(obj-y) \$(obj-m),\$(o) \$(\$(o:.o=-y)) \$(\$(o:.o=-objs)))
	EOF
		grep -xF "${1##*/}" >/dev/null
}

# What is loaded of an object, but for __bug_table, which repeats numbers of lines, and for the
# numbers that the compiler puts into the names of local symbols.
code()
{
	local object=$1 section

	readelf -S -W "$object" | sed -n 's/^ *\[ *[0-9]*\] //p' | awk '$7 ~ /A/ { print $1, $2, $5 }' |
		while read -r section kind size; do
			case $section in
			__bug_table | .rela* | .note* | .orc_unwind* | .init.orc*) continue ;;
			esac
			printf 'section %s %s\n' "$section" "$size"
			[ "$kind" = NOBITS ] || objdump -s -j "$section" "$object" | sed -n 's/^ [0-9a-f]* //p'
		done
	objdump -r "$object" | grep -v '^$' | sed -e '/__bug_table/,/^RELOC/d' -e 's/__UNIQUE_ID_\([a-z_]*\)[0-9]*/\1/g' |
		grep -v "file format"
}

status=0
for flavour in "${flavours[@]}"; do
	same=0 objects=()
	# __FILE__ is in the code as well; ccache may have made it relative.
	export KCFLAGS="-fmacro-prefix-map=../linux/= -fmacro-prefix-map=$tree/="
	"$TOP/scripts/build.sh" --tree "$tree" --obj "$theirs" "$flavour" configure
	for o in $(touched_objects "$tree"); do
		! configured "$o" || objects+=("$o")
	done
	[ ${#objects[@]} -gt 0 ] ||
		die "no object can be compared" "$flavour" "is scripts/kconfig/$flavour.config as it should be?"
	"$TOP/scripts/build.sh" --tree "$tree" --obj "$theirs" "$flavour" objects "${objects[@]}"
	KCFLAGS="-fmacro-prefix-map=../../linux/= -fmacro-prefix-map=$BUILD/linux/="
	"$TOP/scripts/build.sh" --obj "$ours" "$flavour" objects "${objects[@]}"
	for o in "${objects[@]}"; do
		code "$theirs/$o" >"$out/theirs"
		code "$ours/$o" >"$out/ours"
		if cmp -s "$out/theirs" "$out/ours"; then
			same=$((same + 1))
		else
			status=1
			printf 'samecode: %s: %s differs:\n' "$flavour" "$o"
			# Not head: diff would end by a signal.
			diff "$out/theirs" "$out/ours" | sed -n 1,6p || true
			diff <(nm "$theirs/$o" | cut -c 18-) <(nm "$ours/$o" | cut -c 18-) | sed -n 1,6p || true
		fi
	done
	printf 'samecode: %s: %d of %d objects of Linux %s are those of the base with %d fixes\n' \
		"$flavour" "$same" "${#objects[@]}" "$(kernel_version "$tree")" "${#fixes[@]}"
done
exit "$status"
