# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# oom.sh FS LIMIT...
#
# Two "dd bs=1k" that write 150 MiB each in a cgroup with a memory.max of 100 MiB, with
# each dirty LIMIT ("none", or bytes): how often somebody was killed for want of memory,
# and how long it took.

fs=$1
shift
size=150

DISK=vda
make_fs "$fs" $DISK /mnt/disk
[ "$*" = none ] || load_module memcg_dirty

for limit; do
	progress "two dd, limit: $limit"
	cg_new two
	echo 100M >"$CG/two/memory.max"
	limit two "$limit"
	phase_begin "$limit" two
	from=$(now_us) pids='' failed=0
	for nr in 1 2; do
		cg_run two dd if=/dev/zero of=/mnt/disk/$nr bs=1k count=$((size << 10)) 2>/dev/null &
		pids="$pids $!"
	done
	for pid in $pids; do
		wait "$pid" || failed=$((failed + 1))
	done
	figure "two_${limit}_s" "$(seconds_since "$from")"
	figure "failed_${limit}_dd" $failed
	figure "oom_kills_${limit}_nr" "$(awk '$1 == "oom_kill" { print $2 }' "$CG/two/memory.events")"
	phase_end
	for nr in 1 2; do
		[ "$(stat -c %s /mnt/disk/$nr)" = $((size << 20)) ] || figure "short_${limit}_nr" $nr
	done
	rm /mnt/disk/1 /mnt/disk/2
	sync
	rmdir "$CG/two" || fail "the cgroup stays busy"
done
umount /mnt/disk || fail "the file system stays busy"
