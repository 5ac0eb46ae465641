# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# foreign.sh FS OWNERS SECONDS [LIMIT [RATE [PART]]]
#
# One cgroup dirties pages of inodes that others own. Each of OWNERS cgroups made one
# file, wrote the last PART of it (16M) and synced, which attaches the inode to that
# cgroup's writeback, and now rewrites its part at RATE (2M a second), 4 KiB at a time
# in random order. Beside them a bulk writer writes 64 KiB to each file in turn, below
# the owners' parts, as fast as it can: first for a few seconds, in which it fills its
# share of memory, then for SECONDS, which are measured.
#
# One owner is the case that foreign flushing was made for (Linux 5.4): a part so
# large that no page of it is rewritten while it is dirty (256M), and nothing that is
# written because of its age.
#
# Without a LIMIT on the writer, which needs the module, any kernel runs this.

fs=$1 owners=$2 seconds=$3 limit=${4:-none} rate=${5:-2M} part=${6:-}
ahead=8
# Some five times what can be dirty in 3 GiB of memory. The writer may come to the
# end and start over, but never at a page that is still dirty: that would cost
# nothing, and count.
area=$((4 << 30))
lower=$((area / owners / 65536 * 65536))

DISK=vda
make_fs "$fs" $DISK /mnt/disk
cg_new writer
if [ "$limit" != none ]; then
	load_module memcg_dirty
	set_limit writer "$limit"
fi

if [ "$owners" = 1 ]; then
	part=${part:-256M}
	echo 300000 >/proc/sys/vm/dirty_expire_centisecs
	echo 300000 >/proc/sys/vm/dirty_writeback_centisecs
	echo 3000 >/proc/sys/vm/dirtytime_expire_seconds
	echo 3 >/proc/sys/vm/drop_caches
fi
part=${part:-16M}

progress "$owners owners write their parts"
files='' owner_dirs='' nr=0
while [ $nr -lt "$owners" ]; do
	nr=$((nr + 1))
	cg_new owner$nr
	# An inode is attached by whoever dirties it first, so its owner makes it.
	cg_run owner$nr rangewriter -1 -o $lower -s "$part" /mnt/disk/file$nr >/dev/null ||
		fail "owner $nr could not write its part"
	files="$files /mnt/disk/file$nr"
	owner_dirs="$owner_dirs $CG/owner$nr"
done
sync
sync

progress "a writer beside $owners owners, $seconds s"
count_events inode_switch_wbs flush_foreign
phase_begin load writer
# A second one, as sampling all of them so often would take the processors.
# shellcheck disable=SC2086 # one word for each owner
sampler -i 500 -o "$PHASE/owners" $owner_dirs &
owners_sampler=$!

pids=
from=$(now_us)
nr=0
while [ $nr -lt "$owners" ]; do
	nr=$((nr + 1))
	cg_run owner$nr rangewriter -R -b 4K -r "$rate" -o $lower -s "$part" \
		-w $ahead -t $((ahead + seconds)) /mnt/disk/file$nr >"$PHASE/owner$nr" &
	pids="$pids $!"
done
# shellcheck disable=SC2086 # one word for each file
cg_run writer rangewriter -s $lower -t $((ahead + seconds)) -l "$PHASE/writes" $files \
	>"$PHASE/writer" || fail "the writer failed"
# What stalls beyond the end is waited for, but no longer beside a steady load.
steady_window $((from + ahead * 1000000)) $((from + (ahead + seconds) * 1000000))
for pid in $pids; do
	wait "$pid" || fail "an owner failed"
done
kill $owners_sampler
wait $owners_sampler || fail "the owners' sampler failed"
events_counted
progress "writing back what is left"
phase_end
umount /mnt/disk || fail "the file system stays busy"
