# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# window.sh FS SECONDS PHASE...
#
# Bulk writers in cgroups of their own, and in another one a neighbour that appends
# 4 KiB and calls fsync, with 20 ms between, on one disk. First the neighbour alone,
# then beside the writers for SECONDS in each PHASE, which is words with commas between:
#
#   LIMIT		of each writer's cgroup, or "none"
#   us=N	the module's writeback_window_us, or "max"
#   writers=N	how many (1)
#   reader	the neighbour reads 4 KiB at random places of a file instead
#   elsewhere	the writers are on a disk of their own, vdb: they share the processors alone
#   cost	io.cost for the disk, and io.weight of 1 for each writer; one more, "heavy",
#		has 1000 and the same limit
#
# What a user can do without this project, for all of the disk or for the writers:
#
#   strict=BYTES	the bdi's strict_limit, with max_bytes
#   queue	a queue of 4 requests of 64 KiB
#   bytes=BYTES	vm.dirty_bytes
#   iomax=BYTES	io.max of the writers
#   latency	io.latency of 5 ms for the neighbour
#   bfq, wbt	the scheduler with weights of 1000 to 10; writeback throttling of 2 ms
#
# Leaves in /out/figures, for each phase: the quantiles of the neighbour's latency, the
# rate at which the disk wrote, the least rate of a writer relative to their mean, that of
# the heavy one, the number of extents of a file of the writers, and the rate at which the
# first of these is read.
# needs: fio filefrag

fs=$1 seconds=$2
shift 2
ahead=5
patched=
case "$*" in *us=*) patched=1 ;; esac

make_fs "$fs" vda /mnt/disk
mkdir /mnt/disk/neighbour
case "$*" in *elsewhere*) make_fs "$fs" vdb /mnt/elsewhere ;; esac
cg_nest bulk
cg_new neighbour
[ -z "$patched" ] || load_module memcg_dirty
queue=/sys/block/vda/queue
bdi=/sys/block/vda/bdi
dev=$(cat /sys/block/vda/dev)

# quantile FILE PERCENT: of the second column, in ms
quantile()
{
	awk '{ print $2 }' "$1" | sort -n | awk -v percent="$2" '
		{ v[NR] = $1 }
		END { i = int(NR * percent / 100) + 1; if (i > NR) i = NR; printf "%.1f", v[i] / 1000 }'
}

neighbour()
{
	if [ -n "$reader" ]; then
		cg_run neighbour fio --name=read --filename=/mnt/disk/neighbour/file --rw=randread \
			--bs=4k --direct=1 --ioengine=psync --thread --time_based --runtime="$1" \
			--thinktime=5ms --size=64M --output=/dev/null --write_lat_log="$PHASE/fio" \
			--log_unix_epoch=0 || return 1
		awk -F ', *' '{ print $1, $2 / 1000 }' "$PHASE"/fio_clat*.log >"$PHASE/fsync"
		rm -f "$PHASE"/fio*
	else
		cg_run neighbour appender -f /mnt/disk/neighbour/log -o "$PHASE/fsync" -i 20 -t "$1"
	fi
}

# figures_of NAME
figures_of()
{
	for percent in 50 99; do
		figure "$1.p${percent}_ms" "$(quantile "$PHASE/fsync" $percent)"
	done
	figure "$1.max_ms" "$(quantile "$PHASE/fsync" 100)"
	figure "$1.nr" "$(wc -l <"$PHASE/fsync")"
}

# Applies what a phase says; undo puts everything back.
apply()
{
	limit=none us='' nr=1 reader='' cost='' top=/mnt/disk
	for word in $(echo "$1" | tr ',' ' '); do
		case $word in
		us=*) us=${word#us=} ;;
		writers=*) nr=${word#writers=} ;;
		reader) reader=1 ;;
		elsewhere) top=/mnt/elsewhere ;;
		strict=*)
			echo 1 >"$bdi/strict_limit"
			echo $((${word#strict=} * 1048576)) >"$bdi/max_bytes"
			;;
		queue)
			echo 4 >"$queue/nr_requests"
			echo 64 >"$queue/max_sectors_kb"
			;;
		bytes=*)
			echo $((${word#bytes=} * 1048576)) >/proc/sys/vm/dirty_bytes
			echo $((${word#bytes=} * 524288)) >/proc/sys/vm/dirty_background_bytes
			;;
		iomax=*) echo "$dev wbps=$((${word#iomax=} * 1048576))" >"$CG/bulk/io.max" ;;
		latency) echo "$dev target=5000" >"$CG/neighbour/io.latency" ;;
		bfq)
			echo bfq >"$queue/scheduler"
			echo 1000 >"$CG/neighbour/io.bfq.weight"
			echo 10 >"$CG/bulk/io.bfq.weight"
			;;
		wbt) echo 2000 >"$queue/wbt_lat_usec" ;;
		cost)
			cost=1
			echo "$dev ctrl=user model=linear rbps=41943040 rseqiops=2500 rrandiops=2500 wbps=41943040 wseqiops=2500 wrandiops=2500" >"$CG/io.cost.model" &&
				echo "$dev enable=1 ctrl=user rpct=0 wpct=0 min=100 max=100" >"$CG/io.cost.qos"
			;;
		*) limit=$word ;;
		esac || fail "phase $1: '$word' is not to be had here"
	done
	[ -z "$us" ] || echo "$us" >/sys/module/memcg_dirty/parameters/writeback_window_us ||
		fail "no window of $us"
	for i in $(seq "$nr"); do
		cg_new "bulk/w$i"
		limit "bulk/w$i" "$limit"
		[ -z "$cost" ] || echo 1 >"$CG/bulk/w$i/io.weight" || fail "no io.weight"
		mkdir -p "$top/w$i"
	done
	[ -n "$cost" ] || return 0
	cg_new bulk/heavy
	limit bulk/heavy "$limit"
	echo 1000 >"$CG/bulk/heavy/io.weight" || fail "no io.weight"
	mkdir -p $top/heavy
}

undo()
{
	echo 0 >"$bdi/strict_limit"
	echo 100 >"$bdi/max_ratio"
	echo 256 >"$queue/nr_requests"
	cat "$queue/max_hw_sectors_kb" >"$queue/max_sectors_kb"
	echo 20 >/proc/sys/vm/dirty_ratio
	echo 10 >/proc/sys/vm/dirty_background_ratio
	echo "$dev wbps=max" >"$CG/bulk/io.max"
	[ ! -e "$CG/neighbour/io.latency" ] || echo "$dev target=0" >"$CG/neighbour/io.latency"
	[ ! -e "$CG/io.cost.qos" ] || echo "$dev enable=0" >"$CG/io.cost.qos"
	echo none >"$queue/scheduler"
	[ ! -e "$queue/wbt_lat_usec" ] || echo 0 >"$queue/wbt_lat_usec"
} 2>/dev/null

dd if=/dev/zero of=/mnt/disk/neighbour/file bs=1M count=64 2>/dev/null
undo
sync
reader=
progress "the neighbour alone, 10 s"
phase_begin alone neighbour
neighbour 10
phase_end
figures_of alone
case "$*" in *reader*)
	reader=1
	phase_begin alone-reader neighbour
	neighbour 10 || fail "the reader failed"
	phase_end
	figures_of alone-reader
	;;
esac

for what; do
	progress "$what, $seconds s"
	apply "$what"
	phase_begin "$what" bulk neighbour
	writers=
	for i in $(seq "$nr"); do
		cg_run "bulk/w$i" writer -d "$top/w$i" -s 512M -t $((ahead + seconds)) >"$PHASE/writer$i" &
		writers="$writers $!"
	done
	if [ -n "$cost" ]; then
		cg_run bulk/heavy writer -d $top/heavy -s 512M -t $((ahead + seconds)) >"$PHASE/heavy" &
		writers="$writers $!"
	fi
	sleep $ahead
	from=$(now_us)
	before=$(io_written bulk)
	[ -z "$cost" ] || heavy=$(io_written bulk/heavy)
	for i in $(seq "$nr"); do io_written "bulk/w$i" >"/tmp/before$i"; done
	neighbour "$seconds" || fail "the neighbour failed"
	took=$(seconds_since "$from")
	figures_of "$what"
	for i in $(seq "$nr"); do
		echo $(($(io_written "bulk/w$i") - $(cat "/tmp/before$i")))
	done >"$PHASE/rates"
	figure "$what.mibs" "$(awk -v before="$before" -v now="$(io_written bulk)" -v s="$took" \
		'BEGIN { printf "%.1f", (now - before) / 1048576 / s }')"
	figure "$what.least" "$(awk '{ sum += $1; if (NR == 1 || $1 < least) least = $1 }
		END { printf "%.2f", sum ? least / (sum / NR) : 0 }' "$PHASE/rates")"
	[ -z "$cost" ] || figure "$what.heavy_mibs" "$(awk -v before="$heavy" \
		-v now="$(io_written bulk/heavy)" -v s="$took" \
		'BEGIN { printf "%.1f", (now - before) / 1048576 / s }')"
	[ -z "$us" ] || progress "window $(cat "$bdi/writeback_window_bytes")"
	# shellcheck disable=SC2086 # a list
	wait $writers || fail "a writer failed"
	phase_end
	figure "$what.extents" "$(filefrag $top/w[0-9]*/w.* 2>/dev/null |
		awk '{ sum += $(NF - 2) } END { printf "%.1f", sum / NR }')"
	echo 1 >/proc/sys/vm/drop_caches
	from=$(now_us)
	dd if=$top/w1/w.0 of=/dev/null bs=1M count=128 2>/dev/null
	figure "$what.read_mibs" "$(awk -v s="$(seconds_since "$from")" 'BEGIN { printf "%.1f", 128 / s }')"
	rm -rf $top/w[0-9]* $top/heavy
	rmdir "$CG"/bulk/w[0-9]*
	[ -z "$cost" ] || rmdir "$CG/bulk/heavy"
	undo
	sync
	while IFS= read -r line; do
		case $line in "$what".*) progress "$line" ;; esac
	done </out/figures
done

[ -z "$patched" ] || unload_module memcg_dirty
umount /mnt/disk || fail "the file system stays busy"
[ ! -d /mnt/elsewhere ] || umount /mnt/elsewhere || fail "the other file system stays busy"
report "figures:"
while IFS= read -r line; do report "$line"; done </out/figures
