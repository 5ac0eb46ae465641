# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# protect.sh FS SECONDS [MIN [LIMIT]]
#
# A victim that writes 2 MiB/s, 64 KiB at a time, alone; beside a writer without a limit
# that keeps the system at its dirty threshold, of 64 MiB; and once more where the disk
# throttles writeback (wbt, as distributions have it), which ends what waits behind 64
# MiB in the disk's queue. With MIN as its memory.dirty_min: both again, and with LIMIT
# without wbt once more with that on the noisy writer.

fs=$1 seconds=$2 min=${3:-} noisy_limit=${4:-}
ahead=8

DISK=vda
make_fs "$fs" $DISK /mnt/disk
cg_new noisy victim
echo $((64 << 20)) >/proc/sys/vm/dirty_bytes
echo $((32 << 20)) >/proc/sys/vm/dirty_background_bytes

# run NAME NOISY
run()
{
	progress "victim: $1, $seconds s"
	phase_begin "$1" noisy victim
	noisy=
	if [ "$2" = yes ]; then
		cg_run noisy rangewriter -s $((2 << 30)) -t $((ahead + seconds)) /mnt/disk/noisy \
			>"$PHASE/noisy" &
		noisy=$!
	fi
	sleep $ahead
	from=$(now_us)
	# Far enough that no page of it is rewritten while it is dirty.
	cg_run victim rangewriter -s $((512 << 20)) -r 2M -t "$seconds" -l "$PHASE/writes" \
		/mnt/disk/victim >"$PHASE/victim" || fail "the victim failed"
	steady_window "$from" "$(now_us)"
	[ -z "$noisy" ] || wait "$noisy" || fail "the noisy writer failed"
	phase_end
	rm -f /mnt/disk/noisy /mnt/disk/victim
	sync
}

# wbt LATENCY: that of the disk in microseconds, 0 for none, -1 for the kernel's default
wbt()
{
	echo "$1" >/sys/block/$DISK/queue/wbt_lat_usec || fail "no wbt of $1"
}

wbt 0
run alone no
run beside yes
wbt -1
run beside-wbt yes
if [ -n "$min" ]; then
	load_module memcg_dirty
	echo "$min" >"$CG/victim/memory.dirty_min" || fail "no dirty_min of $min"
	run protected-wbt yes
	wbt 0
	run protected yes
	cat "$CG/victim/memory.dirty_stat" >/out/stat
	if [ -n "$noisy_limit" ]; then
		limit noisy "$noisy_limit"
		run bounded yes
	fi
fi
umount /mnt/disk || fail "the file system stays busy"
