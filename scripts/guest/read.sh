# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# read.sh FS SECONDS LIMIT...
#
# A reader of cold data beside a writer, both in one cgroup with a memory.max of 200 MiB,
# with each dirty LIMIT ("none", or bytes). Reads are not slowed down by the disk: what
# the reader waits for is memory, behind the writer's dirty pages.

fs=$1 seconds=$2
shift 2
ahead=8
size=1024

DISK=vda
make_fs "$fs" $DISK /mnt/disk
progress "making $size MiB to read"
rangewriter -s $((size << 20)) -1 /mnt/disk/cold >/dev/null || fail "there is nothing to read"
sync
cg_new both
echo 200M >"$CG/both/memory.max"
[ "$*" = none ] || load_module memcg_dirty

# Reads until the time is up; prints MiB and microseconds.
read_cold()
{
	# shellcheck disable=SC2016 # for the shell in the cgroup
	cg_run both sh -c '
		uptime_us() { IFS=. read -r s rest </proc/uptime; echo "$s${rest%% *}0000"; }
		nr=0 from=$(uptime_us)
		while [ $(($(uptime_us) - from)) -lt $(($0 * 1000000)) ]; do
			dd if=/mnt/disk/cold of=/dev/null bs=64k count=64 \
				skip=$((nr * 64 % ($1 * 16))) 2>/dev/null || exit 1
			nr=$((nr + 1))
		done
		echo "bytes=$((nr << 22)) usec=$(($(uptime_us) - from)) stall_usec=0"' \
		"$seconds" "$size"
}

for limit; do
	progress "reader beside a writer, limit: $limit, $seconds s"
	limit both "$limit"
	echo 3 >/proc/sys/vm/drop_caches
	phase_begin "$limit" both
	cg_run both rangewriter -s $((4 << 30)) -t $((ahead + seconds)) -w $ahead \
		/mnt/disk/written >"$PHASE/writer" &
	writer=$!
	sleep $ahead
	read_cold >"$PHASE/reader" || fail "the reader failed"
	wait $writer || fail "the writer failed"
	figure "reader_${limit}_mibs" "$(mibs "$PHASE/reader")"
	figure "writer_${limit}_mibs" "$(mibs "$PHASE/writer")"
	phase_end
	rm /mnt/disk/written
	sync
done
umount /mnt/disk || fail "the file system stays busy"
