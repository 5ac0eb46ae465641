# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# beside.sh FS SECONDS LIMIT...
#
# A bulk writer in one cgroup, and in another a neighbour that appends 4 KiB and
# calls fsync, with 20 ms between, on one disk. First the neighbour alone, then
# beside the writer for SECONDS with each LIMIT on the writer's cgroup (bytes, or
# "none"). The writer has a few seconds to fill its share of memory before the
# neighbour starts.

fs=$1 seconds=$2
shift 2
ahead=5

make_fs "$fs" vda /mnt/disk
mkdir /mnt/disk/writer /mnt/disk/neighbour
cg_new writer neighbour
[ "$*" = none ] || load_module memcg_dirty

neighbour()
{
	cg_run neighbour appender -f /mnt/disk/neighbour/log -o "$PHASE/fsync" -i 20 -t "$1"
}

progress "the neighbour alone, 15 s"
phase_begin alone writer neighbour
from=$(now_us)
neighbour 15
steady_window "$from" "$(now_us)"
phase_end

for limit; do
	progress "beside a writer, limit: $limit, $seconds s"
	limit writer "$limit"
	phase_begin "$limit" writer neighbour
	cg_run writer writer -d /mnt/disk/writer -t $((ahead + seconds)) >"$PHASE/writer" &
	writer=$!
	sleep $ahead
	from=$(now_us)
	neighbour "$seconds" &
	neighbour=$!
	wait $writer || fail "the writer failed"
	steady_window "$from" "$(now_us)"
	wait $neighbour || fail "the neighbour failed"
	progress "writing back what is left"
	phase_end
	rm -f /mnt/disk/writer/*
	sync
done

[ "$*" = none ] || unload_module memcg_dirty
umount /mnt/disk || fail "the file system stays busy"
