# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# Runs kselftests (the arguments) one after the other with an ext4, an XFS and a vfat,
# each on a disk of its own, and reports their KTAP. A test's own status is part of it.

# A disk in memory that a test may take away.
add_disk()
{
	# What scsi_debug needs, where that is no part of the kernel.
	for needed in crct10dif_common crc-t10dif; do
		[ ! -e "/lib/modules/$needed.ko" ] || load_module "$needed"
	done
	load_module scsi_debug dev_size_mb=32 delay=0
	for try in 1 2 3 4 5 6 7 8 9 10; do
		for disk in /sys/block/sd*; do
			[ ! -e "/dev/${disk##*/}" ] || return 0
		done
		sleep 1
	done
	fail "scsi_debug has no disk after $try s"
}

# run_test NAME
run_test()
{
	report "ktap-begin $1"
	{
		"$1" ${only:+"$only"} 2>/tmp/stderr
		echo $? >/tmp/status
	} | while IFS= read -r line; do
		report "$line"
		case $line in
		ok* | "not ok"*) progress "$line" ;;
		esac
	done
	while IFS= read -r line; do report "# stderr: $line"; done </tmp/stderr
	report "ktap-end $1 $(cat /tmp/status)"
}

make_fs ext4 vda /mnt/ext4
make_fs xfs vdb /mnt/xfs
make_fs vfat vdc /mnt/vfat

only=''
export MEMCG_DIRTY_DIRS=/mnt/ext4:/mnt/xfs
export MEMCG_DIRTY_PLAIN_DIR=/mnt/vfat
export MEMCG_DIRTY_MODULE=/lib/modules/memcg_dirty.ko
for test; do
	case $test in
	quick)
		export MEMCG_DIRTY_QUICK=1
		continue
		;;
	only=*)
		only=${test#only=}
		continue
		;;
	part=*)
		export MEMCG_DIRTY_PART="${test#part=}"
		continue
		;;
	test_devices)
		if [ -z "${MEMCG_DIRTY_QUICK:-}" ]; then
			add_disk
			export MEMCG_DIRTY_DISK="${disk##*/}"
		fi
		;;
	esac
	run_test "$test"
done
umount /mnt/ext4 || fail "ext4 stays busy"
umount /mnt/xfs || fail "XFS stays busy"
umount /mnt/vfat || fail "vfat stays busy"
