# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# many.sh FS MEMCGS SECONDS LIMIT
#
# MEMCGS cgroups with LIMIT ("none", or bytes) each write to a file of their own as fast
# as they can, 64 KiB at a time, all beginning at once: what they get together, and what
# each of them gets, in SECONDS after all have come to their limits of 1 MiB. The system's
# threshold is half as much again as these come to.

fs=$1 memcgs=$2 seconds=$3 limit=$4
ahead=$((10 + memcgs / 25))
range=$((4 << 20))

DISK=vda
# A sample brings the counts of all of them up to date.
# shellcheck disable=SC2034 # for phase_begin
SAMPLE_MS=250
make_fs "$fs" $DISK /mnt/disk
[ "$limit" = none ] || load_module memcg_dirty
echo $((memcgs * 3 << 19)) >/proc/sys/vm/dirty_bytes
echo $((memcgs * 3 << 18)) >/proc/sys/vm/dirty_background_bytes
cg_nest all
progress "$memcgs cgroups, limit: $limit"
mkfifo /tmp/go
PHASE=/out/load
mkdir -p "$PHASE"
nr=0 pids=
while [ $nr -lt "$memcgs" ]; do
	nr=$((nr + 1))
	cg_new all/$nr
	limit all/$nr "$limit"
	cg_run all/$nr rangewriter -s $range -w $ahead -t $((ahead + seconds)) -g /tmp/go \
		/mnt/disk/file$nr >"$PHASE/writer$nr" &
	pids="$pids $!"
done
sleep 5
phase_begin load all
from=$(now_us)
# They wait for somebody to open it.
: >/tmp/go
progress "writing, $seconds s"
for pid in $pids; do
	wait "$pid" || fail "a writer failed"
done
steady_window $((from + ahead * 1000000)) $((from + (ahead + seconds) * 1000000))
progress "writing back what is left"
phase_end
umount /mnt/disk || fail "the file system stays busy"
