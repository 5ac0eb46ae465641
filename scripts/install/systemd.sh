#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# systemd.sh ROOT DEB: memcg-dirty of the package DEB under the systemd of the unpacked
# Debian in ROOT, as process 1 of namespaces of its own, booted twice. No guest, half a
# minute. ROOT stays as it is, below an overlay. The kernel needs no patches: the limits
# go to files of a made-up folder, through the manager's own environment.
# Prints "ok NAME" and "not ok NAME". Root.

set -eu
if [ -z "${SYSTEMD_SH_INSIDE:-}" ]; then
	export SYSTEMD_SH_INSIDE=1
	exec timeout -s KILL 300 unshare --mount --pid --fork --kill-child=KILL --propagation private "$0" "$@"
fi

root=$1 deb=$2
work=$(mktemp -d)
mount -t tmpfs tmpfs "$work"
mkdir "$work"/{upper,work,root}
new=$work/root
mount -t overlay overlay -o "lowerdir=$root,upperdir=$work/upper,workdir=$work/work" "$new"
mount -t proc proc "$new/proc"
mount -t tmpfs tmpfs "$new/run"
mount -t tmpfs tmpfs "$new/tmp"
mount -t tmpfs tmpfs "$new/dev"
for node in null zero full random urandom tty; do
	touch "$new/dev/$node"
	mount --bind "/dev/$node" "$new/dev/$node"
done
ln -s /proc/self/fd "$new/dev/fd"
mkdir "$new/dev/shm" "$new/dev/pts"
mount -t tmpfs tmpfs "$new/sys"
mkdir -p "$new/sys/fs/cgroup"

units=$new/etc/systemd/system
rm -rf "$units"/{multi-user,timers,sysinit,sockets}.target.wants
mkdir -p "$units/multi-user.target.wants" "$new/etc/systemd/system.conf.d"
# What wants a whole machine
for unit in systemd-udevd systemd-udev-trigger systemd-hwdb-update systemd-binfmt systemd-logind \
	systemd-random-seed systemd-sysctl systemd-remount-fs systemd-journal-flush systemd-tmpfiles-setup \
	systemd-tmpfiles-setup-dev systemd-tmpfiles-setup-dev-early systemd-modules-load getty@tty1 console-getty; do
	ln -sf /dev/null "$units/$unit.service"
done
: >"$new/etc/fstab"
printf '[Manager]\nDefaultEnvironment=MEMCG_DIRTY_ROOT=/fake\n' >"$new/etc/systemd/system.conf.d/fake.conf"
cp "$deb" "$new/tmp/tools.deb"
chroot "$new" env PATH=/usr/sbin:/usr/bin:/sbin:/bin dpkg --force-depends -i /tmp/tools.deb >"$work/dpkg.log" 2>&1 </dev/null || {
	cat "$work/dpkg.log"
	exit 1
}
cp "${0%/*}/systemd-inside.sh" "$new/opt/inside.sh"
cat >"$units/inside.service" <<'END'
[Unit]
After=basic.target
[Service]
Type=oneshot
TimeoutStartSec=infinity
ExecStart=/bin/bash /opt/inside.sh
StandardOutput=file:/opt/out
StandardError=file:/opt/out
END
ln -s ../inside.service "$units/multi-user.target.wants/"
ln -sf /lib/systemd/system/multi-user.target "$units/default.target"

for boot in 1 2; do
	echo "$boot" >"$new/opt/boot"
	rm -f "$new/opt/out"
	# shellcheck disable=SC2016 # the inner shell expands it
	unshare --pid --fork --cgroup --kill-child=KILL --mount --propagation private sh -c '
		mount -t cgroup2 cgroup2 "$0/sys/fs/cgroup"
		umount "$0/run" "$0/proc"
		mount -t tmpfs tmpfs "$0/run"
		mount -t proc proc "$0/proc"
		exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot "$0" /lib/systemd/systemd --system
	' "$new" >"$work/console" 2>&1 </dev/null &
	pid=$!
	for _ in $(seq 120); do
		sleep 1
		! grep -qsx end "$new/opt/out" || break
	done
	kill -KILL "$pid"
	wait "$pid" 2>/dev/null || :
	if ! grep -qsx end "$new/opt/out"; then
		cat "$new/opt/out" "$work/console" 2>/dev/null || :
		echo "not ok systemd, boot $boot: it did not end"
		exit 1
	fi
	[ -z "${SHOW:-}" ] || cat -v "$new/opt/out"
	grep -a -E "^(ok|not ok) " "$new/opt/out"
done
