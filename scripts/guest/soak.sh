# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# soak.sh ROUNDS
#
# Loads and unloads the module ROUNDS times while everything that it touches is in
# use: writers in limited cgroups on ext4 and XFS, buffered and mmap; limits that
# change all the time; cgroups that come, write, and go; readers of the files. The
# writers must get on without the module and with it, and leave nothing dirty; fio
# reads back what it wrote.
# needs: fio

rounds=$1
seed=1

# Sets R to a number below $1, the same sequence in every run.
random()
{
	seed=$(((seed * 1103515245 + 12345) & 0x7fffffff))
	R=$((seed / 65536 % $1))
}

# poke FILE VALUE. It fails where the module is just gone, which is no fault.
poke()
{
	echo "$2" >"$1" || :
} 2>/dev/null

make_fs ext4 vda /mnt/ext4
make_fs xfs vdb /mnt/xfs
cg_nest soak
pids=

for fs in ext4 xfs; do
	for mode in buffered mmap; do
		flag=
		[ $mode = buffered ] || flag=-m
		cg_new "soak/$fs-$mode"
		mkdir "/mnt/$fs/$mode"
		# shellcheck disable=SC2086 # the flag may be none
		cg_run "soak/$fs-$mode" writer -d "/mnt/$fs/$mode" -j 2 -s 64M -t 0 $flag &
		pids="$pids $!"
	done
done

limits_change()
{
	seed=17
	while [ ! -e /tmp/stop ]; do
		for dir in "$CG"/soak "$CG"/soak/*/; do
			random 12
			size=$((8192 << R))
			random 4
			case $R in
			0) poke "$dir/memory.dirty_limit_in_bytes" 0 ;;
			1) poke "$dir/memory.dirty_limit_in_bytes" $size ;;
			2) poke "$dir/memory.dirty_background_limit_in_bytes" $size ;;
			3) cat "$dir"/memory.dirty_* ;;
			esac >/dev/null 2>&1
		done
		sleep 0.1
	done
}

cgroups_churn()
{
	nr=0
	while [ ! -e /tmp/stop ]; do
		nr=$((nr + 1))
		fs=ext4
		[ $((nr % 2)) = 0 ] || fs=xfs
		mkdir "$CG/soak/churn$nr" "/mnt/$fs/churn$nr" || fail "no new cgroup"
		poke "$CG/soak/churn$nr/memory.dirty_limit_in_bytes" 1M
		cg_run "soak/churn$nr" writer -d "/mnt/$fs/churn$nr" -s 4M -t 1 >/dev/null ||
			fail "a writer on $fs in a new cgroup failed"
		rmdir "$CG/soak/churn$nr" || fail "a cgroup cannot be removed"
		rm -r "/mnt/$fs/churn$nr"
	done
	echo "$nr" >/tmp/churned
}

# What was written under a limit is what is read.
files_verify()
{
	while [ ! -e /tmp/stop ]; do
		for fs in ext4 xfs; do
			cg_run soak/fio fio --name=verify --directory=/mnt/$fs --size=8M --bs=4k \
				--rw=randwrite --ioengine=psync --verify=crc32c --do_verify=1 \
				--verify_fatal=1 --thread --fallocate=none >/tmp/fio.log 2>&1 || {
				sed 's/^/# fio: /' /tmp/fio.log >&3
				return 1
			}
		done
	done
}

cg_new soak/fio
limits_change &
changer=$!
cgroups_churn &
churner=$!
files_verify &
verifier=$!

round=0
while [ $round -lt "$rounds" ]; do
	round=$((round + 1))
	load_module memcg_dirty
	[ -e "$CG/soak/memory.dirty_limit_in_bytes" ] || fail "the module brought no files"
	poke "$CG/soak/memory.dirty_limit_in_bytes" 16M
	for dir in "$CG"/soak/*-*/; do poke "$dir/memory.dirty_limit_in_bytes" 2M; done
	random 10
	sleep 0.$R
	unload_module memcg_dirty
	[ ! -e "$CG/soak/memory.dirty_limit_in_bytes" ] || fail "the files outlived the module"
	random 5
	sleep 0.$R
	for pid in $pids; do
		kill -0 "$pid" 2>/dev/null || fail "a writer ended in round $round"
	done
	kill -0 $churner 2>/dev/null || fail "cgroups no longer come and go"
	kill -0 $verifier 2>/dev/null || fail "fio failed or read something else than it wrote"
	[ $((round % 10)) != 0 ] || progress "$round loads and unloads"
done

# Once more, with limits, so that what is left is written back under them.
load_module memcg_dirty
touch /tmp/stop
wait $changer
# Not what the changer happened to leave: with two pages for all, this takes minutes.
for dir in "$CG"/soak/ "$CG"/soak/*/; do poke "$dir/memory.dirty_limit_in_bytes" 2M; done
wait $churner || fail "cgroups no longer come and go"
wait $verifier || fail "fio failed or read something else than it wrote"
for dir in "$CG"/soak/*-*/; do echo 1 >"$dir/cgroup.kill"; done
# shellcheck disable=SC2086 # a list
wait $pids
sync
unload_module memcg_dirty
for dir in "$CG"/soak/*/; do
	# memory.stat of newer kernels may be behind by 64 pages a CPU until it is summed up,
	# every 2 s.
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		left=$(awk '/^file_(dirty|writeback) / { sum += $2 } END { print sum }' "$dir/memory.stat")
		[ "$left" != 0 ] || break
		sleep 1
	done
	[ "$left" = 0 ] || fail "$left bytes stay dirty in $dir"
	rmdir "$dir" || fail "$dir cannot be removed"
done
umount /mnt/ext4 || fail "ext4 stays busy"
umount /mnt/xfs || fail "XFS stays busy"
report "$rounds loads and unloads, $(cat /tmp/churned) cgroups came and went"
