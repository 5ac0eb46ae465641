# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# dontcachecost.sh BATCH...
#
# What a write of 64 KiB with RWF_DONTCACHE costs, until it is on the disk, which is in
# memory. The guest's clock counts instructions, two nanoseconds each. BATCH is the
# module's dontcache_batch; "none" needs no module.

rounds=20 mib=96
load_module brd rd_nr=1 rd_size=262144
make_fs ext4 ram0 /mnt/disk
echo 0 >/proc/sys/vm/dirty_writeback_centisecs
[ "$*" = none ] || load_module memcg_dirty

# rewrite TIMES: prints instructions for each write
rewrite()
{
	from=$(now_us)
	for _ in $(seq "$1"); do
		cg_run load rangewriter -u -1 -s ${mib}M /mnt/disk/file >/dev/null || fail "no write"
		sync
	done
	echo $((($(now_us) - from) * 500 / ($1 * mib * 16)))
}

for batch; do
	progress "batch: $batch"
	[ "$batch" = none ] || echo "$batch" >/sys/module/memcg_dirty/parameters/dontcache_batch ||
		fail "no batch of $batch"
	cg_new load
	# The first makes the file.
	rewrite 1 >/dev/null
	echo "batch=$batch instructions=$(rewrite $rounds)" >>/out/dontcachecost
	rm -f /mnt/disk/file
	sync
	rmdir "$CG/load" || fail "the cgroup stays busy"
done
umount /mnt/disk || fail "the file system stays busy"
