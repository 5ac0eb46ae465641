# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# dontcache.sh FS SECONDS BATCH...
#
# Uncached buffered writes (RWF_DONTCACHE), in blocks of 64 KiB, of one cgroup:
#   one		one writer of one file
#   eight	eight writers, each of a file
#   files	one writer of 32 files, a block in each in turn
#   beside	one writer, and one that writes another file without the flag
#   buffered	that one alone
# once for each BATCH, which is the module's dontcache_batch; "none" needs no module.
# Each is a phase CASE-BATCH. How long writes take does not count in the first seconds,
# while memory fills; what was written in all is set against the time until a sync at the
# end is over, as hundreds of megabytes come and go with a stall on one side of a border.

fs=$1 seconds=$2
shift 2
ahead=5

DISK=vda
make_fs "$fs" $DISK /mnt/disk
[ "$*" = none ] || load_module memcg_dirty

# writer NAME RANGEWRITER-OPTION...
writer()
{
	nr=$((nr + 1))
	name=$1
	shift
	cg_run load rangewriter -w $ahead -t $((ahead + seconds)) -l "$PHASE/writes.$name.$nr" \
		"$@" >"$PHASE/writer.$name.$nr" &
	pids="$pids $!"
}

start_writers()
{
	case $1 in
	one) writer uncached -u -s 1G /mnt/disk/file1 ;;
	eight)
		while [ $nr -lt 8 ]; do
			writer uncached -u -s 192M /mnt/disk/file$nr
		done
		;;
	files)
		names='' file=0
		while [ $file -lt 32 ]; do
			names="$names /mnt/disk/file$file"
			file=$((file + 1))
		done
		# shellcheck disable=SC2086 # one word for each file
		writer uncached -u -s 48M $names
		;;
	beside)
		writer uncached -u -s 768M /mnt/disk/file1
		writer buffered -s 768M /mnt/disk/file2
		;;
	buffered) writer buffered -s 768M /mnt/disk/file2 ;;
	esac
}

for batch; do
	[ "$batch" = none ] || echo "$batch" >/sys/module/memcg_dirty/parameters/dontcache_batch ||
		fail "no batch of $batch"
	for case in one eight files beside buffered; do
		# No batch changes that.
		[ $case != buffered ] || [ "$batch" = "$1" ] || continue
		progress "$case, batch: $batch, $seconds s"
		cg_new load
		phase_begin "$case-$batch" load
		from=$(now_us) pids='' nr=0
		start_writers $case
		for pid in $pids; do
			wait "$pid" || fail "a writer failed"
		done
		steady_window $((from + ahead * 1000000)) $((from + (ahead + seconds) * 1000000))
		stat_of load file >"$PHASE/cached"
		sync
		echo $(($(now_us) - from)) >"$PHASE/synced"
		if [ "$batch" != none ]; then
			grep kick_dontcache "$CG/load/memory.dirty_stat" >"$PHASE/kicks"
		fi
		phase_end
		rm -f /mnt/disk/file*
		sync
		echo 3 >/proc/sys/vm/drop_caches
		rmdir "$CG/load" || fail "the cgroup stays busy"
	done
done
umount /mnt/disk || fail "the file system stays busy"
