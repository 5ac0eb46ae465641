# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# foreign-rmdir.sh FS MEMCGS
#
# MEMCGS cgroups dirty pages of inodes that one other cgroup owns, all of them are
# throttled, and then removed. The owner made one file for each and one of its own,
# which it rewrites from beginning to end, faster than the disk can write it: a flush
# that is asked for so many of the owner's pages always finds them, and what waits for
# the flush waits so long. An owner that rewrote less would let each flush after the
# first end at once.
#
#  1. The owner has dirtied all of its own file, each memcg has dirtied $armed MiB in
#     its file. That is below every background threshold, there is no periodic writeback:
#     nothing is written.
#  2. All memcgs go on writing at once. At some 7 of their 48 MiB (dirty_ratio and
#     dirty_background_ratio of 20 and 10 per cent throttle at 15) balance_dirty_pages()
#     stops each of them, and each has the owner's pages flushed.
#  3. After $hold seconds they are killed, and their cgroups removed.
#  4. For $watch seconds, how many of the cgroups are still there. The page cache is
#     dropped again and again, or their clean pages would keep them.
#  5. All is synced, another memcg made and removed, five times, and they are counted.
#
# Each memcg has a file of its own as a throttled writer sleeps with its file locked,
# and writes less to it than it takes for the inode to change its owner.
#
# $PHASE/marks has the times, and the bytes that the memcgs dirtied, each page once.
# No limit is set and no module needed: any kernel runs this.

fs=$1 memcgs=$2
# armed and rest are MiB.
own=48M armed=6 rest=18 limit=48M hold=3 watch=30

DISK=vda
make_fs "$fs" $DISK /mnt/disk
echo 0 >/proc/sys/vm/dirty_writeback_centisecs
cg_new owner
cg_nest group

mark()
{
	echo "$1 ${2:-$(now_us)}" >>"$PHASE/marks"
}

# How many of the memcgs are not gone, and how many of those are still referred to, by
# pages for example. The others wait to be freed: css_free().
dying()
{
	awk -v now="$(now_us)" '/^nr_dying_descendants / { all = $2 }
		/^nr_dying_subsys_memory / { used = $2 }
		END { print now, all, used + 0 }' "$CG/group/cgroup.stat" >>"$PHASE/dying"
}

progress "the owner makes $memcgs files"
cg_run owner rangewriter -1 -s $own /mnt/disk/own >/dev/null || fail "no file of the owner"
nr=0
while [ $nr -lt "$memcgs" ]; do
	nr=$((nr + 1))
	cg_new group/m$nr
	echo $limit >"$CG/group/m$nr/memory.max" || fail "no memory.max"
	cg_run owner rangewriter -1 -s 64K /mnt/disk/file$nr >/dev/null || fail "no file $nr"
done
sync
sync

progress "$memcgs memcgs dirty pages of theirs"
count_events inode_switch_wbs flush_foreign
phase_begin rmdir group owner
cg_run owner rangewriter -1 -s $own /mnt/disk/own >/dev/null || fail "the owner cannot write"
cg_run owner rangewriter -r 64M -s $own /mnt/disk/own >/dev/null &
owner=$!
mkfifo /tmp/go
writers='' nr=0
while [ $nr -lt "$memcgs" ]; do
	nr=$((nr + 1))
	cg_run group/m$nr rangewriter -1 -o 64K -s ${armed}M /mnt/disk/file$nr >/dev/null ||
		fail "memcg $nr cannot write"
	cg_run group/m$nr rangewriter -1 -g /tmp/go -o $((64 + armed * 1024))K -s ${rest}M \
		/mnt/disk/file$nr >/dev/null &
	writers="$writers $!"
done
# Until all of them wait for the start.
sleep 2

mark go
: >/tmp/go
sleep $hold
mark kill
echo 1 >"$CG/group/cgroup.kill"
for pid in $writers; do
	wait "$pid"
	case $? in
	0 | 137) ;;
	*) fail "a writer failed" ;;
	esac
done
tries=0
until grep -q '^populated 0' "$CG/group/cgroup.events"; do
	tries=$((tries + 1))
	[ $tries -lt 100 ] || fail "what was killed is still there"
	sleep 0.1
done
mark dirtied "$(stat_of group file)"

progress "removing the memcgs"
mark rmdir
remover -o "$PHASE/rmdir" "$CG"/group/m[0-9]* || fail "a memcg cannot be removed"
mark removed
dying
second=0
while [ $second -lt $watch ]; do
	echo 1 >/proc/sys/vm/drop_caches
	sleep 1
	second=$((second + 1))
	dying
done
mark end
events_counted
echo 1 >"$CG/owner/cgroup.kill"
wait $owner

# Nothing is above a threshold any more, and nothing writes what is left because of its
# age. A file that one of the memcgs wrote last may have become its own, and holds it until
# the kernel looks for such files: when the next memcg is removed, which lets it go
# unless it is busy.
progress "writing back what is left"
second=0
while [ $second -lt 5 ]; do
	sync
	cg_new group/last
	rmdir "$CG/group/last" || fail "the last memcg cannot be removed"
	echo 1 >/proc/sys/vm/drop_caches
	sleep 1
	second=$((second + 1))
	dying
done
phase_end
umount /mnt/disk || fail "the file system stays busy"
