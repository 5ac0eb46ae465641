# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# idle.sh FS SECONDS LIMIT
#
# A writer in a cgroup whose parent has LIMIT ("none", or bytes): alone; beside a sibling
# that has dirtied seven eighths of 16 MiB on the same disk, and does nothing more; and
# the same on another disk. The parent's background limit is next to its limit, so that
# the sibling's pages are left alone until the writer begins. LIMIT is as good as 16M.

fs=$1 seconds=$2 limit=$3

DISK=vda
make_fs "$fs" $DISK /mnt/disk
make_fs "$fs" vdb /mnt/other
cg_nest parent
cg_new parent/active parent/idle
if [ "$limit" != none ]; then
	load_module memcg_dirty
	set_limit parent "$limit"
	echo $((15 << 20)) >"$CG/parent/memory.dirty_background_limit_in_bytes" ||
		fail "no background limit"
fi

# run NAME [DIR-OF-THE-IDLE]
run()
{
	progress "writer: $1, $seconds s"
	phase_begin "$1" parent
	if [ -n "${2:-}" ]; then
		cg_run parent/idle rangewriter -s $((14 << 20)) -1 "$2/idle" >"$PHASE/idle" ||
			fail "the idle one failed"
		figure "$1_idle_mib" "$(($(stat_of parent/idle file_dirty) >> 20))"
	fi
	cg_run parent/active rangewriter -s $((2 << 30)) -t "$seconds" /mnt/disk/active \
		>"$PHASE/writer" || fail "the writer failed"
	figure "$1_mibs" "$(mibs "$PHASE/writer")"
	phase_end
	rm -f /mnt/disk/active /mnt/*/idle
	sync
}

run alone
run same /mnt/disk
run other /mnt/other
umount /mnt/disk /mnt/other || fail "a file system stays busy"
