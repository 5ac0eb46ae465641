# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# accuracy.sh FS SECONDS "MODE..." "WRITERS..." LIMIT...
#
# How exactly a limit holds, and what it costs in bandwidth: for each LIMIT (bytes,
# or "none"), each number of WRITERS and each MODE (buffered, mmap) that many bulk
# writers in one cgroup, for SECONDS. Phases are named MODE-WRITERS-LIMIT.

fs=$1 seconds=$2 modes=$3 counts=$4
shift 4
ahead=8

# Where no cgroup's io.stat has what is written, what the disk writes counts.
# shellcheck disable=SC2034 # for phase_begin
case $fs in vfat | exfat | fuse) DISK=vda ;; esac

make_fs "$fs" vda /mnt/disk
cg_new writer
[ "$*" = none ] || load_module memcg_dirty

for limit; do
	limit writer "$limit"
	for writers in $counts; do
		for mode in $modes; do
			progress "$writers x $mode, limit: $limit, $seconds s"
			flag=
			[ "$mode" = buffered ] || flag=-m
			mkdir /mnt/disk/writer
			phase_begin "$mode-$writers-$limit" writer
			from=$(now_us)
			# shellcheck disable=SC2086 # the flag may be none
			cg_run writer writer -d /mnt/disk/writer -j "$writers" \
				-s $(((2 << 30) / writers)) -t "$seconds" $flag >"$PHASE/writer" ||
				fail "the writers failed"
			steady_window $((from + ahead * 1000000)) "$(now_us)"
			phase_end
			rm -r /mnt/disk/writer
			sync
		done
	done
done

[ "$*" = none ] || unload_module memcg_dirty
umount_fs "$fs" /mnt/disk
