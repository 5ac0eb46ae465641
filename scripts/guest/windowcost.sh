# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# windowcost.sh FS US...
#
# What it costs to dirty a page and to have it written, on a ramdisk, below a limit of
# 16 MiB, with each writeback_window_us, or "max": the time that the processor was busy
# for each page that was written. With --icount that is instructions.
#
# Leaves in /out/figures nanoseconds a page.

fs=$1
shift
load_module brd rd_nr=1 rd_size=327680
make_fs "$fs" ram0 /mnt/disk
load_module memcg_dirty
cg_new w
limit w 16M

# busy_and_written: in hundredths of a second, and pages
busy_and_written()
{
	awk '$1 == "cpu" { busy = $2 + $3 + $4 + $7 + $8 }
		$1 == "nr_written" { written = $2 }
		END { print busy, written }' /proc/stat /proc/vmstat
}

cg_run w writer -d /mnt/disk -s 128M -t 3 >/dev/null || fail "the writer failed"
sync
nr=0
for us; do
	nr=$((nr + 1))
	echo "$us" >/sys/module/memcg_dirty/parameters/writeback_window_us || fail "no window of $us"
	# shellcheck disable=SC2046 # two words
	set -- $(busy_and_written)
	cg_run w writer -d /mnt/disk -s 128M -t 10 >/dev/null || fail "the writer failed"
	sync
	figure "$nr-$us.ns_per_page" "$(busy_and_written | awk -v busy="$1" -v written="$2" \
		'{ printf "%.0f", ($1 - busy) * 10000000 / ($2 - written) }')"
	figure "$nr-$us.window" "$(cat /sys/block/ram0/bdi/writeback_window_bytes)"
	grep "^$nr-" /out/figures | while IFS= read -r line; do progress "$line"; done
done
unload_module memcg_dirty
umount /mnt/disk || fail "the file system stays busy"
