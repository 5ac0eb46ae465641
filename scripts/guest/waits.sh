# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# waits.sh FS SECONDS MIN LIMIT
#
# What the victim of protect.sh waits for, with a memory.dirty_min of MIN, beside a noisy
# writer with LIMIT ("none", or bytes): a trace of where it sleeps, with stacks, and of
# the flushers, ext4's workers and its journal. scripts/plot/waits.py reads it.

fs=$1 seconds=$2 min=$3 noisy_limit=$4
ahead=8
sched=$TRACING/events/sched

make_fs "$fs" vda /mnt/disk
cg_new noisy victim
load_module memcg_dirty
echo $((64 << 20)) >/proc/sys/vm/dirty_bytes
echo $((32 << 20)) >/proc/sys/vm/dirty_background_bytes
echo "$min" >"$CG/victim/memory.dirty_min" || fail "no dirty_min of $min"
limit noisy "$noisy_limit"

progress "noisy with a limit of $noisy_limit, victim with a dirty_min of $min, $seconds s"
phase_begin traced noisy victim
cg_run noisy rangewriter -s $((2 << 30)) -t $((ahead + seconds)) /mnt/disk/noisy \
	>"$PHASE/noisy" &
noisy=$!
sleep $ahead

# The victim is the rangewriter that began last.
who='(prev_state & 2 && prev_comm ~ "kworker*") || (prev_state & 2 && prev_comm ~ "jbd2*")'
who="prev_comm == \"rangewriter\" || $who"
echo 30000 >"$TRACING/buffer_size_kb"
echo mono >"$TRACING/trace_clock"
echo "stacktrace if $who" >"$sched/sched_switch/trigger" || fail "no stacks in the trace"
echo "$who" >"$sched/sched_switch/filter" || fail "no filter for the trace"
echo 'comm == "rangewriter" || comm ~ "kworker*" || comm ~ "jbd2*"' \
	>"$sched/sched_waking/filter" || fail "no filter for the trace"
for event in sched/sched_switch sched/sched_waking jbd2/jbd2_run_stats; do
	[ ! -e "$TRACING/events/$event" ] || echo 1 >"$TRACING/events/$event/enable"
done
cg_run victim rangewriter -s $((512 << 20)) -r 2M -t "$seconds" -l "$PHASE/writes" \
	/mnt/disk/victim >"$PHASE/victim" || fail "the victim failed"
echo 0 >"$TRACING/tracing_on"
cat "$TRACING/trace" >/out/trace
wait "$noisy" || fail "the noisy writer failed"
phase_end
umount /mnt/disk || fail "the file system stays busy"
