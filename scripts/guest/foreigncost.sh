# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# foreigncost.sh VARIANT...
#
# What it costs to dirty a page of an inode that another cgroup owns (foreign), beside
# one of an inode of the writer's own (own), on a ramdisk. Variants:
#   base	no module loaded
#   loaded	the module loaded, no limit anywhere
#   unreached	a limit on the writer's cgroup
# Nothing else runs: no periodic writeback, one CPU. 32 MiB at a time, which is below
# every background threshold. See pagecost.c for how the inodes stay with their owner.

repeats=15
pages=8192
load_module brd rd_nr=1 rd_size=262144
make_fs ext4 ram0 /mnt/disk
echo 0 >/proc/sys/vm/dirty_writeback_centisecs
cg_new owner child

# measure REPEATS INODE: the program moves itself from the owner's cgroup to the child's.
measure()
{
	case $2 in
	own) of=child ;;
	foreign) of=owner ;;
	esac
	pagecost -f /mnt/disk/file -n "$1" -p $pages -o "$CG/$of" -c "$CG/child"
}

# What was written by a cgroup's writeback.
wbytes_of()
{
	awk '{
		for (i = 2; i <= NF; i++)
			if (sub(/^wbytes=/, "", $i)) sum += $i
	} END { printf "%.0f\n", sum }' "$CG/$1/io.stat"
}

# Fills the ramdisk and the caches before the first variant.
for inode in own foreign; do
	measure 2 $inode >/dev/null || fail "pagecost failed"
done

for variant; do
	progress "$variant"
	case $variant in
	base) ;;
	loaded) load_module memcg_dirty ;;
	unreached)
		load_module memcg_dirty
		set_limit child 1G
		;;
	*) fail "no variant '$variant'" ;;
	esac
	for inode in own foreign; do
		before=$(wbytes_of owner)
		measure $repeats $inode >/tmp/costs || fail "pagecost failed"
		written=$(($(wbytes_of owner) - before))
		# Each round syncs all pages twice. If it was not the owner's writeback
		# that wrote them, the inode was not the owner's.
		expected=$(((repeats + 1) * 2 * pages * 4096))
		[ $inode = own ] || [ $written -ge $expected ] ||
			fail "$variant: the owner wrote $written of $expected bytes: not foreign"
		sed "s/^/variant=$variant inode=$inode op=/" /tmp/costs >>/out/pagecost
	done
	if [ "$variant" = unreached ]; then
		set_limit child 0
	fi
	[ "$variant" = base ] || unload_module memcg_dirty
done
umount /mnt/disk || fail "the file system stays busy"
