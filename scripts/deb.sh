#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# deb.sh [kernel|tools]: Debian packages, in build/$BASE/deb.
#   kernel	linux-image and linux-headers of the patched tree, by the kernel's own
#		bindeb-pkg
#   tools	memcg-dirty-dkms and memcg-dirty-tools, from scripts/package
# Without a word both. Built again, each goes on where it was.
#
# CONFIG=cloud	Debian's configuration of cloud-amd64 (the default); also any other
#		flavour of Debian's package, as amd64 or rt-amd64
# CONFIG=running	that of the running kernel, /boot/config-$(uname -r)
# CONFIG=small	that of the guests here, with what systemd and containers ask for
# CONFIG=FILE	a file
# REVISION=N	the kernel is 6.12.y+memcg-dirtyN (1), and installs beside others
# DEB_VERSION=V	the version of the two other packages (1.0)

. "$(dirname "$0")/lib.sh"

. "$TOP/scripts/debian.sh"

CONFIG=${CONFIG:-cloud}
REVISION=${REVISION:-1}
out=$BUILD/deb
logs=$BUILD/log

part=${1:-all}
case $part in
all | kernel | tools) ;;
*) die "there is no part '$part'" "kernel tools" "deb.sh [kernel|tools]" ;;
esac
case $REVISION in
'' | *[!0-9]*) die "REVISION=$REVISION is no number" "" "REVISION=2" ;;
esac

# Who the packages say they are from: the author of the newest commit, if git knows.
identity()
{
	local name email

	name=$(git -C "$TOP" log -1 --format=%an 2>/dev/null) || name=
	email=$(git -C "$TOP" log -1 --format=%ae 2>/dev/null) || email=
	export DEBFULLNAME=${DEBFULLNAME:-${name:-memcg-dirty}}
	export DEBEMAIL=${DEBEMAIL:-${email:-root@localhost}}
}

# debian_config FLAVOUR: a file with the configuration of Debian's kernel
debian_config()
{
	local flavour=$1 file versions version deb

	BASE_PKG=linux-config-$BASE
	mkdir -p "$CACHE"
	exec 9>"$CACHE/.lock"
	flock 9
	versions=$(offered)
	if [ -z "$versions" ] && [ -z "$(cached)" ]; then
		read_index apt >&2
		versions=$(offered)
	fi
	version=$(first_shown <<<"$versions")
	[ -n "$version" ] || version=$(head -n 1 <<<"$versions")
	[ -z "$version" ] || download "$version" >&2 || version=
	[ -n "$version" ] || version=$(cached | head -n 1)
	[ -n "$version" ] ||
		die "Debian's package $BASE_PKG cannot be had" "the machine's apt; the cache $CACHE" \
			"apt-get update; or CONFIG=running, or CONFIG=<a file>"
	deb=$(deb_of "$version")
	exec 9>&-
	for file in "config.amd64_none_$flavour.xz" "config.amd64_$flavour.xz" "config.amd64_none_$flavour-amd64.xz"; do
		# Not to end the pipe early: tar reads the archive to its end.
		if dpkg-deb --fsys-tarfile "$deb" |
			tar -x -O -f - "./usr/src/linux-config-$BASE/$file" 2>/dev/null | xz -dc 2>/dev/null >"$1.tmp" && [ -s "$1.tmp" ]; then
			cat "$1.tmp"
			rm -f "$1.tmp"
			return
		fi
	done
	rm -f "$1.tmp"
	die "$BASE_PKG $version has no flavour '$flavour'" \
		"$(dpkg-deb --fsys-tarfile "$deb" | tar -t -f - | sed -n 's/.*config\.//; s/\.xz$//p' | paste -s -d ' ')" \
		"CONFIG=cloud, CONFIG=amd64, CONFIG=running, CONFIG=small or CONFIG=<a file>"
}

# What is asked of every configuration: our option; a version of our own; no keys that
# only Debian has; and no debug package, as that is ten times the rest.
adapt()
{
	local config=$1 kconfig=("$tree/scripts/config" --file "$1")

	"${kconfig[@]}" -e MEMCG -e BLK_CGROUP -e MEMCG_DIRTY_LIMIT \
		--set-str LOCALVERSION "+memcg-dirty$REVISION" -d LOCALVERSION_AUTO \
		--set-str BUILD_SALT "" --set-str SYSTEM_TRUSTED_KEYS "" --set-str SYSTEM_REVOCATION_KEYS ""
	if ! command -v pahole >/dev/null; then
		"${kconfig[@]}" -d DEBUG_INFO_BTF -e DEBUG_INFO_NONE -d DEBUG_INFO_DWARF5 \
			-d DEBUG_INFO_DWARF4 -d DEBUG_INFO_DWARF_TOOLCHAIN_DEFAULT
	fi
	grep -q '^CONFIG_MEMCG_DIRTY_LIMIT=y' "$config"
}

# from_fragments FILE: the guests' configuration; build.sh makes those of the tests.
from_fragments()
{
	cat "$TOP/scripts/kconfig/base.config" "$TOP/scripts/kconfig/base-$BASE.config" \
		"$TOP/scripts/kconfig/any-$BASE.config" "$TOP/scripts/kconfig/install.config" |
		awk '
			# The last word on an option counts; build.sh has no two.
			/^CONFIG_/ { split($0, w, "="); o = w[1] }
			/^# CONFIG_.* is not set/ { o = $2 }
			o != "" { if (!(o in at)) order[++n] = o; at[o] = $0; o = "" }
			END { for (i = 1; i <= n; i++) print at[order[i]] }' >"$1.all"
	kmake "$tree" "$obj" KCONFIG_ALLCONFIG="$1.all" allnoconfig
}

# configure: .config, anew only when what it is made of is not what it was made of
configure()
{
	local wanted=$work/config.wanted stamp lost

	case $CONFIG in
	small) cat "$TOP"/scripts/kconfig/{base,base-"$BASE",any-"$BASE",install}.config >"$wanted" ;;
	running)
		[ -r "/boot/config-$(uname -r)" ] ||
			die "the configuration of the running kernel is not there" "/boot/config-$(uname -r)" \
				"CONFIG=cloud, or CONFIG=<a file> as zcat /proc/config.gz writes it"
		cp "/boot/config-$(uname -r)" "$wanted"
		;;
	/* | ./* | ../* | *.config)
		[ -r "$CONFIG" ] || die "there is no file $CONFIG" "CONFIG=$CONFIG" "CONFIG=<a kernel's .config>"
		grep -q '^CONFIG_' "$CONFIG" || die "$CONFIG is no kernel configuration" "a line CONFIG_...=" \
			"CONFIG=<a kernel's .config>"
		cp "$CONFIG" "$wanted"
		;;
	cloud) debian_config cloud-amd64 >"$wanted" ;;
	*)
		if [ -f "$CONFIG" ]; then
			cp "$CONFIG" "$wanted"
		else
			debian_config "$CONFIG" >"$wanted"
		fi
		;;
	esac
	stamp="$(cat "$wanted" "$0" | sha256sum) $REVISION $(kernel_version "$tree")"
	[ ! -f "$obj/.config" ] || [ "$stamp" != "$(cat "$work/config.stamp" 2>/dev/null)" ] || return 0
	step "deb: configuring Linux $(kernel_version "$tree") ($CONFIG)"
	if [ "$CONFIG" = small ]; then
		run_logged "$logs/deb-config.log" from_fragments "$work/config" ||
			die "the kernel cannot be configured" "scripts/kconfig/install.config" "see ${logs#"$TOP/"}/deb-config.log"
		lost=$(grep '^CONFIG_' "$work/config.all" | grep -vxFf "$obj/.config") || true
		[ -z "$lost" ] || die "the configuration lost options that were asked for:
$lost" "scripts/kconfig/install.config on allnoconfig" "add what these options depend on to it"
	else
		cp "$wanted" "$obj/.config"
	fi
	adapt "$obj/.config" || die "CONFIG_MEMCG_DIRTY_LIMIT cannot be set" "$obj/.config" "see mm/memcg_dirty/Kconfig"
	run_logged "$logs/deb-config.log" kmake "$tree" "$obj" olddefconfig ||
		die "the kernel cannot be configured" "CONFIG=$CONFIG" "see ${logs#"$TOP/"}/deb-config.log"
	grep -q '^CONFIG_MEMCG_DIRTY_LIMIT=y' "$obj/.config" ||
		die "the configuration $CONFIG leaves no CONFIG_MEMCG_DIRTY_LIMIT" "make olddefconfig" \
			"it wants CONFIG_MEMCG and CONFIG_BLK_CGROUP"
	printf '%s\n' "$stamp" >"$work/config.stamp"
}

build_kernel()
{
	local name begin took release

	name=$(basename "$CONFIG" .config | tr -c 'a-zA-Z0-9.\n' -)
	work=$out/$name
	obj=$work/obj
	tree=$BUILD/linux
	mkdir -p "$obj" "$logs"
	exec 7>"$work/.lock"
	flock -n 7 || {
		step "deb: waiting for another run that builds there"
		flock 7
	}
	configure
	identity
	begin=$(date +%s)
	release=$(kernel_version "$tree")+memcg-dirty$REVISION
	rm -f "$work"/*.deb
	step "deb: compiling $release ($CONFIG, $JOBS jobs); the log is ${logs#"$TOP/"}/deb-$name.log"
	run_logged "$logs/deb-$name.log" env DEB_BUILD_PROFILES=pkg.linux-upstream.nokerneldbg \
		DEB_BUILD_OPTIONS="parallel=$JOBS terse" KDEB_CHANGELOG_DIST=unstable \
		make -C "$tree" O="$obj" ARCH="$ARCH" CC="$CC_KERNEL" "${CC_FLAGS[@]}" -j"$JOBS" \
		KBUILD_BUILD_USER=memcg-dirty KBUILD_BUILD_HOST=localhost \
		KDEB_PKGVERSION="$release-1" DPKG_FLAGS=-d bindeb-pkg ||
		die "the kernel's packages do not build" "make bindeb-pkg" \
			"see ${logs#"$TOP/"}/deb-$name.log; make deb again goes on where it was"
	# Debian's own serves programs as well, and this one would take its place.
	rm -f "$work"/linux-libc-dev_*.deb "$work"/*-dbg_*.deb "$work"/*.changes "$work"/*.buildinfo
	mv "$work"/*.deb "$out/"
	took=$(($(date +%s) - begin))
	step "deb: the kernel took $((took / 60)) min $((took % 60)) s, and $(du -sh "$obj" | cut -f 1) in ${obj#"$TOP/"}"
	release_of_kernel=$release
}

# The two packages have the version DEB_VERSION, and their newest commit's date, so that
# built again they are the same.
build_tools()
{
	local src=$out/tools/memcg-dirty date

	identity
	date=$(git -C "$TOP" log -1 --format=%aD 2>/dev/null) || date=$(date -R)
	rm -rf "$out/tools"
	mkdir -p "$src/module" "$logs"
	cp -r "$TOP/scripts/package/debian" "$TOP/scripts/tools" "$src/"
	cp "$TOP"/module/*.[ch] "$TOP/module/Kbuild" "$src/module/"
	cp "$TOP/scripts/package/dkms.conf" "$src/"
	find "$src" -name '*~' -delete
	sed -i "s/@MAINTAINER@/$DEBFULLNAME <$DEBEMAIL>/" "$src/debian/control"
	{
		printf 'memcg-dirty (%s) unstable; urgency=medium\n\n  * Built from a checkout of memcg-dirty.\n\n' \
			"${DEB_VERSION:-1.0}"
		printf ' -- %s <%s>  %s\n' "$DEBFULLNAME" "$DEBEMAIL" "$date"
	} >"$src/debian/changelog"
	run_logged "$logs/deb-tools.log" env -C "$src" DEB_BUILD_OPTIONS="parallel=$JOBS noautodbgsym" \
		DEB_VERSION_UPSTREAM="${DEB_VERSION:-1.0}" \
		dpkg-buildpackage -b -us -uc -rfakeroot ||
		die "memcg-dirty-tools and memcg-dirty-dkms do not build" "dpkg-buildpackage in ${src#"$TOP/"}" \
			"see ${logs#"$TOP/"}/deb-tools.log"
	rm -f "$out"/memcg-dirty-*.deb
	mv "$out"/tools/*.deb "$out/"
}

# tell FILE...: name, size, and what it becomes on the disk
tell()
{
	local f

	for f; do
		[ -e "$f" ] || continue
		step "deb: $(printf '%-7s %s (%s MiB installed)' "$(du -h --apparent-size "$f" | cut -f 1)" \
			"${f#"$TOP/"}" "$(($(dpkg-deb -f "$f" Installed-Size) / 1024))")"
	done
}

mkdir -p "$out"
case $part in
tools) "$TOP/scripts/deps.sh" tools ;;
*) "$TOP/scripts/deps.sh" deb ;;
esac
release_of_kernel=
if [ "$part" != tools ]; then
	"$TOP/scripts/prepare.sh"
	build_kernel
fi
if [ "$part" != kernel ]; then
	build_tools
fi
if [ -n "$release_of_kernel" ]; then
	tell "$out"/linux-*"${release_of_kernel}"_*.deb
fi
if [ "$part" != kernel ]; then
	tell "$out"/memcg-dirty-*.deb
fi
step "deb: took $(elapsed)"
