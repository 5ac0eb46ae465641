# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# protect.sh FS SECONDS [MIN [LIMIT]]
#
# A victim that writes 2 MiB/s, 64 KiB at a time, alone; beside a writer without a limit
# that keeps the system at its dirty threshold, of 64 MiB; with MIN, once more with that
# as its memory.dirty_min; and with LIMIT, once more with that on the noisy writer.

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

run alone no
run beside yes
if [ -n "$min" ]; then
	load_module memcg_dirty
	echo "$min" >"$CG/victim/memory.dirty_min" || fail "no dirty_min of $min"
	run protected yes
	cat "$CG/victim/memory.dirty_stat" >/out/stat
	if [ -n "$noisy_limit" ]; then
		limit noisy "$noisy_limit"
		run bounded yes
	fi
fi
umount /mnt/disk || fail "the file system stays busy"
