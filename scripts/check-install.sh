#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# check-install.sh [SUITE...]: the packages of deb.sh as a user has them: a whole Debian
# (trixie, and bookworm where it is asked for) in a guest, with systemd and containers.
# Ends in "N passed, N failed".
#
#   image	Debian as mmdebstrap makes it, kept in build/install
#   chroot	memcg-dirty-dkms beside a kernel without the patches; install, remove, purge;
#		memcg-dirty under systemd in namespaces (install/systemd.sh)
#   boot 1	into the installed kernel: limits of services, slices and containers
#   boot 2	after a reboot; then the packages of a next build are installed over it
#   boot 3	into the next build's kernel; everything is removed
#
# It boots /boot/vmlinuz of the guest's own disk, as a boot loader would.
# ONE=1 leaves the next build out; BOOT=no stops before the guests;
# MEMCG_DIRTY_BUILT=1 takes the packages of the last run. KEEP=1 leaves the disk of
# the guest, build/install/SUITE/disk.img.

. "$(dirname "$0")/lib.sh"

. "$TOP/scripts/debian.sh"

suites=("$@")
[ $# -gt 0 ] || suites=(trixie)
COUNTS=$TOP/build/install/counts
mkdir -p "$TOP/build/install"
: >"$COUNTS"
export COUNTS
qemu='qemu-system-x86_64'

[ "$(id -u)" -eq 0 ] ||
	die "images are made as root" "id -u" "sudo make check-install"
"$TOP/scripts/deps.sh" install

# image SUITE: build/install/SUITE.tar, anew when the list of packages has changed
image()
{
	local suite=$1 tar=$TOP/build/install/$1.tar list sources

	list=$TOP/scripts/install/packages
	if [ -f "$tar" ] && [ "$(cat "$tar.packages" 2>/dev/null)" = "$(cat "$list")" ]; then
		return 0
	fi
	mkdir -p "$CACHE"
	sources=$(sources_of "$suite" "$suite-security")
	[ -n "$sources" ] || die "no mirror of Debian is known" "apt-get indextargets" "apt-get update"
	step "install: making an image of $suite"
	printf '%s\n' "$sources" | run_logged_in "$BUILD/log/install-$suite.log" mmdebstrap --format=tar --variant=apt \
		--include="$(sed 's/^#.*//' "$list" | tr -s ' \n' ',' | sed 's/^,//; s/,$//')" \
		--aptopt='APT::Install-Recommends "false"' \
		--dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
		"$suite" "$tar.new" - ||
		die "the image of $suite cannot be made" "mmdebstrap" "see ${BUILD#"$TOP/"}/log/install-$suite.log"
	mv "$tar.new" "$tar"
	cp "$list" "$tar.packages"
}

# As run_logged, with the standard input of the caller
run_logged_in()
{
	local log=$1

	shift
	mkdir -p "$(dirname "$log")"
	"$@" >"$log" 2>&1 || {
		tail -n 25 "$log" >&2
		return 1
	}
}

# in_root COMMAND...: in the unpacked image, with namespaces of its own
in_root()
{
	# shellcheck disable=SC2016 # the inner shell expands it
	unshare --mount --pid --fork --uts --ipc --propagation private \
		sh -c 'mount -t proc proc "$0/proc" && mount --bind /dev "$0/dev" && mount -t tmpfs tmpfs "$0/run" && exec chroot "$0" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin \
			HOME=/root LC_ALL=C DEBIAN_FRONTEND=noninteractive "$@"' "$root" "$@" </dev/null
}

# ok NAME COMMAND...
ok()
{
	local name=$1

	shift
	if run_logged "$dir/log/${name//[ \/]/-}.log" "$@"; then
		count_pass "$suite: $name"
	else
		count_fail "$suite: $name"
	fi
}

files_of_root()
{
	(cd "$root" && find . -xdev \( -path ./proc -o -path ./run -o -path ./tmp -o -path ./var/log -o -path ./opt \) -prune -o \
		! -type d -print | grep -vE '^./(var/lib/dpkg|var/cache|etc/ld.so.cache)' | sort)
}

no_file_left()
{
	files_of_root >"$dir/after"
	diff "$dir/before" "$dir/after"
}

# What dkms sees of a kernel that lacks the patches: its headers' folder and .config
other_kernel()
{
	local at=$root/usr/lib/modules/6.1.0-other

	mkdir -p "$at/build/include" "$root/boot"
	printf 'CONFIG_MODULES=y\n# CONFIG_MEMCG_DIRTY_LIMIT is not set\n' >"$at/build/.config"
	cp "$at/build/.config" "$root/boot/config-6.1.0-other"
}

count_lines()
{
	local line

	while IFS= read -r line; do
		case $line in
		"ok "*) count_pass "$suite: ${line#ok }" ;;
		"not ok "*) count_fail "$suite: ${line#not ok }" ;;
		"# "*) step "  ${line#\# }" ;;
		esac
	done
}

check_chroot()
{
	local first=/opt/check-install/first kernel

	"$TOP/scripts/install/systemd.sh" "$root" "$root$first/memcg-dirty-tools.deb" >"$dir/log/systemd" 2>&1 || :
	count_lines <"$dir/log/systemd"
	grep -q '^ok systemd: unset leaves' "$dir/log/systemd" ||
		count_fail "$suite: systemd.sh did not end, see ${dir#"$TOP/"}/log/systemd"

	other_kernel
	files_of_root >"$dir/before"
	ok "memcg-dirty-dkms and -tools install beside a kernel without the patches" \
		in_root dpkg -i $first/memcg-dirty-dkms.deb $first/memcg-dirty-tools.deb
	ok "a kernel without the patches installs after them" in_root /etc/kernel/postinst.d/dkms 6.1.0-other
	ok "no package is half done" sh -c "! dpkg --root='$root' --audit | grep ."
	ok "remove" in_root dpkg -r memcg-dirty-dkms memcg-dirty-tools
	ok "remove leaves no file" no_file_left
	ok "purge" in_root dpkg -P memcg-dirty-dkms memcg-dirty-tools
	# Gone on is with it there: the module of the one kernel, none of the other
	ok "the kernel, its headers, dkms and tools install" in_root sh -c "dpkg -i $first/*.deb"
	kernel=$(find "$root/usr/lib/modules" "$root/lib/modules" -maxdepth 1 -name '*+memcg-dirty1' | head -n 1)
	ok "dkms built the module for it" sh -c "find '$kernel' -name 'memcg_dirty.ko*' | grep ."
	ok "a kernel without the patches still installs" in_root /etc/kernel/postinst.d/dkms 6.1.0-other
	rm -rf "$root/usr/lib/modules/6.1.0-other" "$root/boot/config-6.1.0-other"
}

# disk: an ext4 image of the folder; no file system of the host's is mounted for it
disk()
{
	rm -f "$dir/disk.img" "$dir/data.img"
	truncate -s 4G "$dir/disk.img"
	truncate -s 1G "$dir/data.img"
	run_logged "$dir/log/mke2fs.log" mke2fs -q -t ext4 -d "$root" "$dir/disk.img" ||
		die "the guest's disk cannot be made" "mke2fs -d" "look for space on the disk"
	run_logged "$dir/log/mke2fs.log" mke2fs -q -t ext4 "$dir/data.img" ||
		die "the guest's second disk cannot be made" "mke2fs" "look for space on the disk"
	rm -rf "$root"
}

# The newest kernel of the guest's disk, as its boot loader would take it
kernel_of_disk()
{
	local name

	name=$(debugfs -R 'ls -p /boot' "$dir/disk.img" 2>/dev/null | sed -n 's|.*/\(vmlinuz-[^/]*\)/.*|\1|p' | sort -V | tail -n 1)
	[ -n "$name" ] || return 1
	debugfs -R "dump /boot/$name $dir/vmlinuz" "$dir/disk.img" 2>/dev/null
	[ -s "$dir/vmlinuz" ] && step "install: $suite boots $name"
}

# boot STAGE SECONDS: what the guest says of its cases is counted here.
boot()
{
	local nr=$1 limit=$2 rc=0 accel

	kernel_of_disk || {
		count_fail "$suite: boot $nr: there is no kernel on the disk"
		return 1
	}
	accel=(-accel 'tcg,thread=single' -cpu max)
	rm -f "$dir/report.$nr"
	timeout --foreground -k 5 "$limit" "$qemu" -nodefaults -nographic -no-user-config -machine q35 -no-reboot \
		"${accel[@]}" -smp 2 -m 1G -kernel "$dir/vmlinuz" \
		-append "root=/dev/vda rw console=ttyS0 panic=-1 oops=panic no_timer_check systemd.show_status=no TERM=dumb" \
		-chardev "file,id=console,path=$dir/console.$nr" -serial chardev:console \
		-chardev "file,id=report,path=$dir/report.$nr" -serial chardev:report \
		-drive "file=$dir/disk.img,format=raw,if=none,id=d0,cache=unsafe" -device virtio-blk-pci,drive=d0 \
		-drive "file=$dir/data.img,format=raw,if=none,id=d1,cache=unsafe,throttling.bps-write=$((10 << 20))" \
		-device virtio-blk-pci,drive=d1 \
		-device virtio-rng-pci </dev/null >"$dir/qemu.$nr" 2>&1 || rc=$?
	sed -i 's/\r$//' "$dir/report.$nr" "$dir/console.$nr"
	count_lines <"$dir/report.$nr"
	if grep -aqE 'BUG:|WARNING:|Oops|Call Trace|Kernel panic' "$dir/console.$nr"; then
		count_fail "$suite: boot $nr: the kernel complained, see ${dir#"$TOP/"}/console.$nr"
	fi
	if ! grep -qx "done $nr" "$dir/report.$nr"; then
		tail -n 15 "$dir/console.$nr"
		count_fail "$suite: boot $nr did not end (status $rc; 124 is the time, $limit s)"
		return 1
	fi
}

# --- the packages of two builds

config=${CONFIG:-small}
first=$TOP/build/install/first next=$TOP/build/install/next
# deb_into FOLDER REVISION: the packages by names without a version
deb_into()
{
	local f name

	rm -rf "$1"
	mkdir -p "$1"
	for f in "$BUILD"/deb/linux-*+memcg-dirty"$2"_*.deb "$BUILD"/deb/memcg-dirty-*.deb; do
		name=${f##*/}
		cp "$f" "$1/${name%%_*}.deb"
	done
}
if [ -z "${MEMCG_DIRTY_BUILT:-}" ]; then
	step "install: building the packages"
	REVISION=1 CONFIG=$config DEB_VERSION=1.0 "$TOP/scripts/deb.sh"
	deb_into "$first" 1
	if [ -z "${ONE:-}" ]; then
		REVISION=2 CONFIG=$config DEB_VERSION=1.1 "$TOP/scripts/deb.sh"
		deb_into "$next" 2
	fi
fi

for suite in "${suites[@]}"; do
	dir=$TOP/build/install/$suite
	root=$dir/root
	image "$suite"
	rm -rf "$dir"
	mkdir -p "$root" "$dir/log"
	tar -x --numeric-owner -C "$root" -f "$TOP/build/install/$suite.tar"
	mkdir -p "$root/opt/check-install" "$root/var/lib/check-install"
	cp -r "$first" "$root/opt/check-install/first"
	check_chroot
	[ "${BOOT:-yes}" != no ] || continue
	[ -n "${ONE:-}" ] || cp -r "$next" "$root/opt/check-install/next"
	install -m 755 "$TOP/scripts/install/guest.sh" "$root/opt/check-install/"
	install -D -m 644 "$TOP/scripts/install/check-install.service" "$root/etc/systemd/system/check-install.service"
	mkdir -p "$root/etc/systemd/system/multi-user.target.wants"
	ln -sf ../check-install.service "$root/etc/systemd/system/multi-user.target.wants/"
	echo 1 >"$root/var/lib/check-install/stage"
	echo guest >"$root/etc/hostname"
	printf '/dev/vda / ext4 defaults 0 0\n/dev/vdb /data ext4 nofail 0 0\n' >"$root/etc/fstab"
	: >"$root/etc/machine-id"
	disk
	if boot 1 "${DEADLINE:-2400}" && boot 2 "${DEADLINE:-2400}" && [ -z "${ONE:-}" ]; then
		boot 3 "${DEADLINE:-2400}" || :
	fi
	[ -n "${KEEP:-}" ] || rm -f "$dir"/*.img
done

passed=$(awk '$1 == "pass" { n += $2 } END { print n + 0 }' "$COUNTS")
failed=$(awk '$1 == "fail" { n += $2 } END { print n + 0 }' "$COUNTS")
sed -n 's/^fail 1 /FAILED  /p' "$COUNTS"
step "check-install: took $(elapsed)"
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
