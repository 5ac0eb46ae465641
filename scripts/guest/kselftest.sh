# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# Runs one kselftest (first argument) with an ext4 and an XFS, each on a disk of
# its own, and reports its KTAP. The test's own status is part of it.

make_fs ext4 vda /mnt/ext4
make_fs xfs vdb /mnt/xfs

export MEMCG_DIRTY_DIRS=/mnt/ext4:/mnt/xfs
export MEMCG_DIRTY_MODULE=/lib/modules/memcg_dirty.ko
report "ktap-begin $1"
{
	"$1" 2>/tmp/stderr
	echo $? >/tmp/status
} | while IFS= read -r line; do
	report "$line"
	case $line in
	ok* | "not ok"*) progress "$line" ;;
	esac
done
while IFS= read -r line; do report "# stderr: $line"; done </tmp/stderr
report "ktap-end $1 $(cat /tmp/status)"
umount /mnt/ext4 || fail "ext4 stays busy"
umount /mnt/xfs || fail "XFS stays busy"
