# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# untar.sh FS LIMIT...
#
# The time to unpack 64 MiB in 2,000 files beside a writer in another cgroup, with each
# LIMIT ("none", or bytes) on the writer. vm.dirty_bytes is 160 MiB, which the archive and
# the smaller of the limits fit into together.

fs=$1
shift
ahead=15

DISK=vda
make_fs "$fs" $DISK /mnt/disk
echo $((160 << 20)) >/proc/sys/vm/dirty_bytes
echo $((80 << 20)) >/proc/sys/vm/dirty_background_bytes
mkdir /tmp/tree
nr=0
while [ $nr -lt 2000 ]; do
	nr=$((nr + 1))
	dir=/tmp/tree/$((nr % 40))
	mkdir -p "$dir"
	head -c 32768 /dev/urandom >"$dir/$nr"
done
tar -C /tmp -cf /tmp/tree.tar tree || fail "no archive"
rm -r /tmp/tree
cg_new writer tar
[ "$*" = none ] || load_module memcg_dirty

# run NAME
run()
{
	mkdir /mnt/disk/out
	from=$(now_us)
	cg_run tar tar -C /mnt/disk/out -xf /tmp/tree.tar || fail "tar failed"
	figure "untar_$1_s" "$(seconds_since "$from")"
}

progress "unpacking alone"
run alone
rm -r /mnt/disk/out
sync
for limit; do
	progress "unpacking beside a writer, limit: $limit"
	limit writer "$limit"
	phase_begin "$limit" writer
	# Until it is killed
	cg_run writer rangewriter -s $((2 << 30)) -t 0 /mnt/disk/written >/dev/null &
	sleep $ahead
	before=$(io_written writer) from_writer=$(now_us)
	run "$limit"
	figure "writer_${limit}_mibs" "$(awk -v bytes=$(($(io_written writer) - before)) \
		-v s="$(seconds_since "$from_writer")" 'BEGIN { printf "%.1f", bytes / 1048576 / s }')"
	killall rangewriter || fail "the writer has ended"
	phase_end
	rm -r /mnt/disk/out /mnt/disk/written
	sync
done
umount /mnt/disk || fail "the file system stays busy"
