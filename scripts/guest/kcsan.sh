# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# kcsan.sh TEST... -- MODULE...
#
# Runs kselftests and KUnit modules while data races are looked for. What the tests
# find is shown and not judged: watching makes them slow. The console has the races.

[ -e /sys/kernel/debug/kcsan ] || fail "the kernel does not look for races"
make_fs ext4 vda /mnt/ext4
make_fs xfs vdb /mnt/xfs
make_fs vfat vdc /mnt/vfat
echo on >/sys/kernel/debug/kcsan || fail "KCSAN cannot be turned on"

export MEMCG_DIRTY_DIRS=/mnt/ext4:/mnt/xfs
export MEMCG_DIRTY_PLAIN_DIR=/mnt/vfat
export MEMCG_DIRTY_MODULE=/lib/modules/memcg_dirty.ko
while [ "$1" != -- ]; do
	"$1" 2>&1 | while IFS= read -r line; do
		report "# $line"
		case $line in
		ok* | "not ok"*) progress "$line" ;;
		esac
	done
	shift
done
shift
load_module memcg_dirty
for module; do
	progress "KUnit: $module"
	load_module "$module"
done
umount /mnt/ext4 || fail "ext4 stays busy"
umount /mnt/xfs || fail "XFS stays busy"
umount /mnt/vfat || fail "vfat stays busy"
cp /sys/kernel/debug/kcsan /out/kcsan
