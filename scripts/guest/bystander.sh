# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# bystander.sh FS ROUNDS MODULE
#
# Reclaim in a cgroup of 64 MiB, of which 9 MiB are dirty each time that it allocates
# 60 MiB, ROUNDS times, with either LRU. How long that takes, how often somebody is
# killed, and what is written meanwhile of two cgroups that have 100 MiB dirty each, on
# the same disk and on another one. Nothing is written periodically, nor for a limit.
# MODULE is "none", or a policy that memcg_dirty gets.
#
# Leaves /out/LRU/allocs, the log of the reclaimer, and figures.

fs=$1 rounds=$2 module=$3

make_fs "$fs" vda /mnt/disk
make_fs "$fs" vdb /mnt/other
echo 360000 >/proc/sys/vm/dirty_writeback_centisecs
echo 360000 >/proc/sys/vm/dirty_expire_centisecs
echo $((2 << 30)) >/proc/sys/vm/dirty_bytes
echo $((2000 << 20)) >/proc/sys/vm/dirty_background_bytes
# Without it somebody may be killed for want of memory, which is no complaint here. A
# panic, which any other one ends in, is printed all the same.
if [ "$module" = none ]; then
	dmesg -n 1
else
	load_module memcg_dirty
	policy=/sys/module/memcg_dirty/parameters/kick_policy
	[ ! -e $policy ] || echo "$module" >$policy || fail "no policy $module"
fi

# mib_of BYTES
mib_of()
{
	awk -v bytes="$1" 'BEGIN { printf "%.2f", bytes / 1048576 }'
}

for lru in classic mglru; do
	progress "reclaim beside two bystanders, $lru LRU, $rounds rounds"
	case $lru in
	classic) echo n ;;
	mglru) echo y ;;
	esac >/sys/kernel/mm/lru_gen/enabled || fail "the LRU cannot be chosen"
	mkdir /out/$lru
	cg_new same other reclaimer
	echo 64M >"$CG/reclaimer/memory.max" || fail "no limit on memory"
	cg_run same rangewriter -s $((100 << 20)) -1 /mnt/disk/bystander >/dev/null ||
		fail "the bystander failed"
	cg_run other rangewriter -s $((100 << 20)) -1 /mnt/other/bystander >/dev/null ||
		fail "the bystander on the other disk failed"
	for name in same other; do
		figure "${lru}_bystander_${name}_dirty_mib" \
			"$(mib_of "$(stat_of $name file_dirty)")"
		[ "$(io_written $name)" = 0 ] || fail "a bystander is written too early"
	done
	cg_run reclaimer reclaimer -d $((9 << 20)) -a $((60 << 20)) -n "$rounds" \
		-l /out/$lru/allocs /mnt/disk/reclaimer || fail "the reclaimer failed"
	sleep 3
	for name in same other; do
		figure "${lru}_bystander_${name}_written_mib" "$(mib_of "$(io_written $name)")"
	done
	figure "${lru}_reclaimer_written_mib" "$(mib_of "$(io_written reclaimer)")"
	figure "${lru}_oom_kills_nr" \
		"$(awk '$1 == "oom_kill" { print $2 }' "$CG/reclaimer/memory.events")"
	rm -f /mnt/disk/* /mnt/other/* 2>/dev/null
	sync
	rmdir "$CG/same" "$CG/other" "$CG/reclaimer" || fail "a cgroup stays busy"
done
umount /mnt/disk /mnt/other || fail "a file system stays busy"
