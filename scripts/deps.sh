#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# deps.sh TARGET...: makes sure that Debian's packages for these targets are there:
# installs what is missing, as root or through sudo; otherwise names the command.

. "$(dirname "$0")/lib.sh"

# package, what shows that it is there (a command, or - for the package only), and
# the targets that need it.
table()
{
	cat <<-'END'
	quilt             quilt        prepare apply
	patch             patch        prepare apply lint
	diffstat          diffstat     lint
	xz-utils          xz           prepare lint
	util-linux        flock        prepare
	gcc               gcc          build module guest tools
	make              make         build module tools
	libc6-dev         -            build module guest tools
	linux-libc-dev    -            build guest
	flex              flex         build
	bison             bison        build
	bc                bc           build
	libelf-dev        -            build
	libssl-dev        -            build
	perl              perl         build lint
	python3           python3      build guest
	kmod              modinfo      build module
	rsync             rsync        build guest
	cpio              cpio         build guest
	ccache            ccache       build
	git               git          lint
	shellcheck        shellcheck   lint
	sparse            sparse       static
	coccinelle        spatch       static
	libpython3-dev    -            static
	qemu-system-x86   qemu-system-x86_64  guest
	busybox-static    -            guest
	fio               fio          guest
	e2fsprogs         -            guest
	xfsprogs          -            guest
	btrfs-progs       -            morefs
	exfatprogs        -            morefs
	fuse-overlayfs    -            morefs
	gnuplot-nox       gnuplot      plot
	postgresql        psql         morefs
	dpkg-dev          dpkg-buildpackage  deb tools
	debhelper         dh           deb tools
	dh-dkms           dh_dkms      deb tools
	fakeroot          fakeroot     deb tools
	libncurses-dev    -            deb tools
	lintian           lintian      tools
	mmdebstrap        mmdebstrap   install
	e2fsprogs         debugfs      install
	dwarves           pahole       deb
	zstd              zstd         deb
	END
}

# What a make target needs.
groups()
{
	case $1 in
	prepare | apply | lint | module) printf '%s\n' "$1" ;;
	build) printf '%s\n' prepare build ;;
	tools) printf '%s\n' tools ;;
	install) printf '%s\n' prepare build module guest deb tools install ;;
	deb) printf '%s\n' prepare build module deb tools ;;
	static) printf '%s\n' prepare build static ;;
	guest | kunit | kselftest | soak) printf '%s\n' prepare build module guest ;;
	demo) printf '%s\n' prepare build module guest plot ;;
	bench) printf '%s\n' prepare build module guest plot morefs ;;
	check) printf '%s\n' prepare build module lint static guest plot tools ;;
	*) die "deps: there is no target '$1'" "" "see make help" ;;
	esac
}

have()
{
	[ "$2" = - ] || ! command -v "$2" >/dev/null || return 0
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

candidate()
{
	{ apt-cache policy "$1" 2>/dev/null || true; } | awk '$1 == "Candidate:" && $2 != "(none)" { print $2 }'
}

without_candidate()
{
	local p

	for p in "$@"; do
		[ -n "$(candidate "$p")" ] || printf '%s\n' "$p"
	done
}

wanted=$(for t in "$@"; do groups "$t"; done | sort -u)
missing=()
while read -r package shows needs; do
	for n in $needs; do
		if grep -qx "$n" <<<"$wanted"; then
			have "$package" "$shows" || missing+=("$package")
			break
		fi
	done
done < <(table)
[ ${#missing[@]} -gt 0 ] || exit 0

command -v apt-get >/dev/null ||
	die "these tools are missing, by the names of Debian's packages: ${missing[*]}" \
		"apt-get (not found)" "install them by this system's own means"

as_root=()
if [ "$(id -u)" -ne 0 ]; then
	if command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
		as_root=(sudo)
	else
		die "${#missing[@]} packages are missing for: $*" "dpkg-query; this is not root and has no sudo" \
			"as root: apt-get update && apt-get install --no-install-recommends ${missing[*]}"
	fi
fi

mkdir -p "$BUILD/log"
mapfile -t lacking < <(without_candidate "${missing[@]}")
if [ ${#lacking[@]} -gt 0 ]; then
	step "deps: apt does not know ${lacking[*]}; apt-get update"
	run_logged "$BUILD/log/apt-update.log" "${as_root[@]}" apt-get -q update || true
	mapfile -t lacking < <(without_candidate "${lacking[@]}")
	[ ${#lacking[@]} -eq 0 ] ||
		die "apt has no package ${lacking[*]}" "apt-get update, apt-cache policy" \
			"add Debian's main to apt's sources"
fi

install_missing()
{
	run_logged "$BUILD/log/apt-install.log" "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
		apt-get -q -y install --no-install-recommends "${missing[@]}"
}

step "deps: installing ${missing[*]}"
if ! install_missing; then
	# An index that has aged names files that the mirror no longer has.
	step "deps: once more after apt-get update"
	run_logged "$BUILD/log/apt-update.log" "${as_root[@]}" apt-get -q update || true
	install_missing ||
		die "the packages could not be installed" "apt-get install ${missing[*]}" \
			"see ${BUILD#"$TOP/"}/log/apt-install.log"
fi
