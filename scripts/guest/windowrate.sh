# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# windowrate.sh FS SECONDS DEVICE US...
#
# What a writer alone gets, below a limit of 64 MiB, with each writeback_window_us, or
# "max". DEVICE is "disk", or the time that null_blk takes for a request, in
# microseconds. Name a US more than once to see how much figures differ by themselves.
#
# Leaves in /out/figures the rate of the device and the window at the end.

fs=$1 seconds=$2 device=$3
shift 3

case $device in
disk) dev=vda ;;
*)
	dev=nullb0
	load_module null_blk nr_devices=1 gb=1 bs=4096 memory_backed=1 irqmode=2 \
		completion_nsec=$((device * 1000))
	;;
esac
make_fs "$fs" $dev /mnt/disk
load_module memcg_dirty
cg_new w
limit w 64M
# Allocates the file.
cg_run w writer -d /mnt/disk -s 256M -t 5 >/dev/null || fail "the writer failed"
sync
nr=0
for us; do
	nr=$((nr + 1))
	progress "writeback_window_us $us, $seconds s"
	echo "$us" >/sys/module/memcg_dirty/parameters/writeback_window_us || fail "no window of $us"
	cg_run w writer -d /mnt/disk -s 256M -t $((seconds + 3)) >/dev/null &
	writer=$!
	sleep 3
	from=$(now_us)
	before=$(io_written w)
	sleep $((seconds - 1))
	figure "$nr-$us.mibs" "$(awk -v before="$before" -v now="$(io_written w)" \
		-v s="$(seconds_since "$from")" 'BEGIN { printf "%.1f", (now - before) / 1048576 / s }')"
	figure "$nr-$us.window" "$(cat /sys/block/$dev/bdi/writeback_window_bytes)"
	wait $writer || fail "the writer failed"
	sync
	grep "^$nr-" /out/figures | while IFS= read -r line; do progress "$line"; done
done
unload_module memcg_dirty
umount /mnt/disk || fail "the file system stays busy"
