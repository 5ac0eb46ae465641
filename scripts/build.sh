#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# build.sh [--tree TREE --obj FOLDER] FLAVOUR [GOAL [OBJECT...]]: a guest kernel in
# build/$BASE/obj/FLAVOUR from build/$BASE/linux, or in FOLDER from TREE. GOAL:
#   build	the kernel and its modules
#   configure	just the configuration and what sparse needs beside that
#   objects	just these objects, or those of the files that the series touches
# Flavours:
#   release	patched
#   debug	patched, with lockdep, KASAN, kmemleak and more
#   kcsan	patched, looks for data races
#   stock	the unpatched tree, configured as release is
#   morefs	release with file systems that only benchmarks use
#   without-limit
#	patched, as morefs, without MEMCG_DIRTY_LIMIT
#   without-memcg, without-writeback
#	patched, small, without MEMCG, CGROUP_WRITEBACK

. "$(dirname "$0")/lib.sh"

tree='' obj=''
while [ $# -gt 0 ]; do
	case $1 in
	--tree) tree=$2 ;;
	--obj) obj=$2 ;;
	*) break ;;
	esac
	shift 2
done
flavour=${1:-release}
goal=${2:-build}
case $goal in
build | configure | objects) ;;
*) die "there is no goal '$goal'" "" "see the head of $0" ;;
esac
fragments=("$TOP/scripts/kconfig/base.config" "$TOP/scripts/kconfig/base-$BASE.config")
case $flavour in
release) ;;
debug | kcsan | morefs) fragments+=("$TOP/scripts/kconfig/$flavour.config") ;;
stock) tree=${tree:-$BUILD/stock} ;;
without-limit) fragments+=("$TOP/scripts/kconfig/morefs.config" "$TOP/scripts/kconfig/$flavour.config") ;;
without-*)
	fragments=("$TOP/scripts/kconfig/small.config" "$TOP/scripts/kconfig/$flavour.config")
	[ -f "${fragments[1]}" ] ||
		die "there is no kernel flavour '$flavour'" "scripts/kconfig/$flavour.config" "see the head of $0"
	;;
*) die "there is no kernel flavour '$flavour'" "" "see the head of $0" ;;
esac
if [ "$tree" = "$BUILD/stock" ]; then
	"$TOP/scripts/prepare.sh" stock
fi
tree=${tree:-$BUILD/linux}
[ -n "$(kernel_version "$tree")" ] ||
	die "there is no kernel tree in ${tree#"$TOP/"}" "" "make prepare BASE=$BASE"

obj=${obj:-$BUILD/obj/$flavour}
logs=$BUILD/log
image=$obj/arch/x86/boot/bzImage
mkdir -p "$obj" "$logs"
lock_flavour "$flavour"

fragments+=("$TOP/scripts/kconfig/any-$BASE.config")

# The stack's own option is asked for where the tree has it.
if [ "${flavour#without-}" = "$flavour" ] &&
	grep -qsE '^config MEMCG_DIRTY_LIMIT$|^source "mm/memcg_dirty/Kconfig"' \
		"$tree/init/Kconfig" "$tree/mm/Kconfig"; then
	printf 'CONFIG_MEMCG_DIRTY_LIMIT=y\n' >"$obj/.patched.config"
	fragments+=("$obj/.patched.config")
fi

# What the fragments ask for and the configuration does not have.
dropped()
{
	local line option

	cat "${fragments[@]}" | grep -E '^(CONFIG_|# CONFIG_)' | while read -r line; do
		if [ "${line#\# }" != "$line" ]; then
			option=${line#\# }
			option=${option%% *}
			# An option that does not exist here is not set either.
			! grep -q "^$option=" "$obj/.config" || printf '%s (asked: not set)\n' "$option"
		elif ! grep -qxF -- "$line" "$obj/.config"; then
			option=${line%%=*}
			printf '%s (got: %s)\n' "$line" "$(grep -E "^($option=|# $option )" "$obj/.config" || echo nothing)"
		fi
	done
}

configure()
{
	cat "${fragments[@]}" >"$obj/.all.config"
	kmake "$tree" "$obj" KCONFIG_ALLCONFIG="$obj/.all.config" allnoconfig
}

stamp=$(cat "${fragments[@]}" | sha256sum)
if [ ! -f "$obj/.config" ] || [ "$stamp" != "$(cat "$obj/.fragments" 2>/dev/null)" ]; then
	step "build: configuring the $flavour kernel $(kernel_version "$tree")"
	run_logged "$logs/config-$flavour.log" configure ||
		die "the $flavour kernel cannot be configured" "${fragments[*]##*/}" \
			"see ${logs#"$TOP/"}/config-$flavour.log"
	lost=$(dropped)
	if [ -n "$lost" ]; then
		rm -f "$obj/.config"
		die "the $flavour configuration lost options that were asked for:
$lost" "${fragments[*]##*/} on allnoconfig" \
			"add what these options depend on to the fragment"
	fi
	printf '%s\n' "$stamp" >"$obj/.fragments"
fi

if [ "$goal" = configure ]; then
	run_logged "$logs/configure-$flavour.log" kmake "$tree" "$obj" prepare ||
		die "the $flavour kernel cannot be made ready" "make O=${obj#"$TOP/"} prepare" \
			"see ${logs#"$TOP/"}/configure-$flavour.log"
	exit 0
fi

if [ "$goal" = objects ]; then
	targets=("${@:3}")
	# Without the option its folder is not in the build.
	[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(touched_objects "$tree" |
		if grep -q '^CONFIG_MEMCG_DIRTY_LIMIT=y' "$obj/.config"; then cat; else grep -v '^mm/memcg_dirty/'; fi)
	run_logged "$logs/objects-$flavour.log" kmake "$tree" "$obj" "${targets[@]}" ||
		die "files that the series touches do not compile" "make O=${obj#"$TOP/"} ${targets[*]}" \
			"see ${logs#"$TOP/"}/objects-$flavour.log"
	step "build: ${#targets[@]} objects in ${obj#"$TOP/"}"
	exit 0
fi

targets=(bzImage)
! grep -q '^CONFIG_MODULES=y' "$obj/.config" || targets+=(modules)
step "build: compiling the $flavour kernel (${CC_KERNEL}, $JOBS jobs)"
run_logged "$logs/build-$flavour.log" kmake "$tree" "$obj" "${targets[@]}" ||
	die "the $flavour kernel does not build" "make O=${obj#"$TOP/"} ${targets[*]}" \
		"see ${logs#"$TOP/"}/build-$flavour.log"
# Modules that an earlier configuration had and this one has not.
(cd "$obj" && find . -name '*.ko' ! -path './ext/*' -printf '%P\n') | while read -r ko; do
	grep -qsxF "${ko%.ko}.o" "$obj/modules.order" || rm -f "$obj/$ko"
done
[ -s "$image" ] || die "the build left no kernel image" "${image#"$TOP/"}" \
	"see ${logs#"$TOP/"}/build-$flavour.log"
step "build: ${image#"$TOP/"} ($(make -s -C "$tree" O="$obj" ARCH="$ARCH" kernelrelease))"
