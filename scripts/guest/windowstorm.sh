# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# windowstorm.sh ROUNDS [unload] [freeze] [remove]
#
# Does each of these ROUNDS times while flushers wait for the writeback window, beside two
# writers in cgroups with limits:
#
#   unload	the module is unloaded and loaded again
#   freeze	the file system is frozen and thawed
#   remove	the disk goes away under the mounted file system, and comes back empty
#
# Before each, somebody has to wait for the window, and afterwards the writers get on. In the
# end nothing waits, no writer hangs, and nothing stays dirty.

rounds=$1
shift
bdi=/sys/block/vda/bdi
disk=$(basename "$(readlink -f /sys/block/vda/device)")
writers=

limits()
{
	for i in 1 2; do set_limit "storm/w$i" 4M; done
}

start_writers()
{
	for i in 1 2; do
		mkdir -p "/mnt/disk/w$i"
		cg_run "storm/w$i" writer -d "/mnt/disk/w$i" -s 32M -t 0 >/dev/null 2>&1 &
		writers="$writers $!"
	done
}

stop_writers()
{
	for i in 1 2; do echo 1 >"$CG/storm/w$i/cgroup.kill"; done
	# shellcheck disable=SC2086 # a list
	wait $writers 2>/dev/null
	writers=
}

written()
{
	awk '{ print $7 }' /sys/block/vda/stat
}

# until_true SECONDS COMMAND...
until_true()
{
	end=$(($(now_us) + $1 * 1000000))
	shift
	until "$@"; do
		[ "$(now_us)" -lt "$end" ] || return 1
		usleep 2000
	done
}

someone_waits()
{
	[ "$(cat $bdi/writeback_window_waiting)" -gt 0 ]
}

nobody_waits()
{
	! someone_waits
}

gets_on()
{
	[ "$(written)" -gt "$1" ]
}

clean()
{
	[ "$(stat_of storm file_dirty)" -lt 65536 ]
}

unload()
{
	unload_module memcg_dirty
	nobody_waits || until_true 20 nobody_waits || fail "flushers wait without the module"
	load_module memcg_dirty
	limits
}

freeze()
{
	fsfreeze --freeze /mnt/disk || fail "freeze failed"
	fsfreeze --unfreeze /mnt/disk || fail "thaw failed"
}

remove()
{
	echo "$disk" >/sys/bus/virtio/drivers/virtio_blk/unbind || fail "the disk stays"
	stop_writers
	umount /mnt/disk || fail "the file system stays busy"
	echo "$disk" >/sys/bus/virtio/drivers/virtio_blk/bind || fail "the disk stays away"
	until_true 20 test -b /dev/vda || fail "there is no disk"
	make_fs ext4 vda /mnt/disk
	start_writers
}

cg_nest storm
cg_new storm/w1 storm/w2
for what; do
	make_fs ext4 vda /mnt/disk
	load_module memcg_dirty
	limits
	start_writers
	progress "$what, $rounds times"
	for n in $(seq "$rounds"); do
		until_true 60 someone_waits || fail "$what, round $n: nobody waits for the window"
		"$what"
		before=$(written)
		until_true 60 gets_on "$before" || fail "$what, round $n: nothing is written"
		[ $((n % 100)) -ne 0 ] || progress "$n"
	done
	stop_writers
	sync
	until_true 20 nobody_waits || fail "$what: flushers wait for ever"
	until_true 20 clean || fail "$what: $(stat_of storm file_dirty) bytes stay dirty"
	report "$what $rounds"
	unload_module memcg_dirty
	umount /mnt/disk || fail "the file system stays busy"
done
