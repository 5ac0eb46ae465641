# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# many-trace.sh FS MEMCGS SECONDS LIMIT [EVENT...]: many.sh, with where each task sleeps every
# 10 s, the foreign records and figures of each cgroup, and trace events of kicks and flushers.
fs=$1 memcgs=$2 seconds=$3 limit=$4 trace=${5:-}
ahead=$((10 + memcgs / 25))
range=$((4 << 20))

DISK=vda
make_fs "$fs" $DISK /mnt/disk
[ "$limit" = none ] || load_module memcg_dirty
echo $((memcgs * 3 << 19)) >/proc/sys/vm/dirty_bytes
echo $((memcgs * 3 << 18)) >/proc/sys/vm/dirty_background_bytes
cg_nest all
mkfifo /tmp/go
PHASE=/out/load
mkdir -p "$PHASE"
nr=0 pids=
while [ $nr -lt "$memcgs" ]; do
	nr=$((nr + 1))
	cg_new all/$nr
	limit all/$nr "$limit"
	cg_run all/$nr rangewriter -s $range -w $ahead -t $((ahead + seconds)) -g /tmp/go \
		-l /out/load/log$nr \
		/mnt/disk/file$nr >"$PHASE/writer$nr" &
	pids="$pids $!"
done
sleep 5
ls -di $CG/all/* >/out/cgroups
ls -i /mnt/disk >/out/inodes
sampler -i 500 -o "$PHASE/dirty" -d $DISK $CG/all &
sampler_pid=$!
from=$(now_us)
: >/tmp/go
progress "writing, $seconds s"
sleep $ahead
if [ -n "$trace" ]; then
	echo 60000 >$TRACING/buffer_size_kb
	echo mono >$TRACING/trace_clock
	for e in $trace; do echo 1 >$TRACING/events/$e/enable || progress "no $e"; done
	for e in workqueue/workqueue_execute_start workqueue/workqueue_execute_end; do
		echo 'function.function == memcg_kick_fn || function.function == wb_workfn' >$TRACING/events/$e/filter || progress "no filter"
		echo 1 >$TRACING/events/$e/enable
	done
fi
n=0
while [ $n -lt $((seconds / 10)) ]; do
	n=$((n + 1))
	sleep 10
	now_us >/out/sample$n
	grep -H . /proc/[0-9]*/wchan >>/out/sample$n 2>/dev/null
	grep -H . /proc/[0-9]*/stat >>/out/sample$n 2>/dev/null
	[ "$limit" = none ] || grep -H . $CG/all/*/memory.dirty_foreign $CG/all/*/memory.dirty_stat >/out/foreign$n
	cat /proc/stat | head -1 >>/out/sample$n
done
[ -z "$trace" ] || echo 0 >$TRACING/tracing_on
for pid in $pids; do
	wait "$pid" || fail "a writer failed"
done
steady_window $((from + ahead * 1000000)) $((from + (ahead + seconds) * 1000000))
[ -z "$trace" ] || cat $TRACING/trace >/out/trace
cat $TRACING/per_cpu/cpu*/stats | grep -E 'overrun|entries' >/out/tracestats
progress "writing back what is left"
phase_end
umount /mnt/disk || fail "the file system stays busy"
