# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# What the scripts that run in the guest share; init sources it. They run under
# busybox sh, in a subshell whose status is the run's. What they leave in /out
# the host finds in the run's folder, under files/.

CG=/sys/fs/cgroup
TRACING=/sys/kernel/tracing

# A line for the host: descriptor 3 is the second serial port.
report()
{
	printf '%s\n' "$*" >&3
}

# A line that the host shows at once.
progress()
{
	report "progress: $*"
}

fail()
{
	report "guest: $*"
	exit 1
}

# The virtio port that takes /out. No driver for it: nothing to be done.
data_port()
{
	for name in /sys/class/virtio-ports/*/name; do
		if [ "$(cat "$name")" = files ]; then
			name=${name%/name}
			echo "/dev/${name##*/}"
			return
		fi
	done
	echo /dev/full
}

# load_module NAME [PARAMETER=VALUE...]
load_module()
{
	name=$1
	shift
	[ -e "/lib/modules/$name.ko" ] || fail "there is no $name.ko in the initramfs"
	insmod "/lib/modules/$name.ko" "$@" || fail "insmod $name.ko failed; see the console"
}

unload_module()
{
	rmmod "$1" || fail "rmmod $1 failed"
}

# make_fs TYPE DISK DIR: makes a file system and mounts it. No inode table is
# left for the kernel to clear later, so nothing writes but what the test runs.
# 9p is a folder of the host (vm.sh --share) instead of the disk; fuse is a server
# that caches what is written, on ext4.
make_fs()
{
	case $1 in
	ext4) mkfs.ext4 -q -N 16384 -E lazy_itable_init=0,nodiscard "/dev/$2" ;;
	xfs) mkfs.xfs -q -f -K "/dev/$2" ;;
	btrfs) mkfs.btrfs -q -f -K "/dev/$2" ;;
	exfat) mkfs.exfat "/dev/$2" ;;
	vfat) mkdosfs "/dev/$2" ;;
	fuse) make_fs ext4 "$2" /mnt/lower ;;
	9p) ;;
	*) fail "no file system '$1'" ;;
	esac >/tmp/mkfs.log 2>&1 || fail "mkfs.$1 on $2: $(cat /tmp/mkfs.log)"
	mkdir -p "$3"
	case $1 in
	9p) mount -t 9p -o version=9p2000.L,cache=loose,msize=524288 share "$3" ;;
	fuse)
		mkdir -p /mnt/lower/upper /mnt/lower/work /tmp/empty
		fuse-overlayfs -o "lowerdir=/tmp/empty,upperdir=/mnt/lower/upper,workdir=/mnt/lower/work" "$3"
		;;
	*) mount -t "$1" "/dev/$2" "$3" ;;
	esac || fail "could not mount $1 on $2"
	sync
}

# umount_fs TYPE DIR
umount_fs()
{
	umount "$2" || fail "the file system stays busy"
	[ "$1" != fuse ] || umount /mnt/lower || fail "the server's file system stays busy"
}

# cg_new NAME...: makes cgroups.
cg_new()
{
	for name; do
		mkdir -p "$CG/$name" || fail "could not make cgroup $name"
	done
}

# cg_nest NAME...: makes cgroups whose children get the controllers.
cg_nest()
{
	cg_new "$@"
	for name; do
		echo "+memory +io" >"$CG/$name/cgroup.subtree_control" ||
			fail "no controllers below $name"
	done
}

# cg_run NAME COMMAND...: runs it in the cgroup.
cg_run()
{
	name=$1
	shift
	sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$CG/$name" "$@"
}

# set_limit NAME VALUE
set_limit()
{
	echo "$2" >"$CG/$1/memory.dirty_limit_in_bytes" || fail "could not set a limit of $2 on $1"
}

# What the measurements share. A phase is a load on the disk that is measured on
# its own, beginning with nothing dirty. It leaves in $PHASE, which is /out/NAME:
#   dirty	the sampler's log, of the cgroups given
#   fsync	the appender's log
#   writer	what the writer printed
#   window	two times in microseconds: between them the load is steady
#   events	how often the events of count_events happened

# The clock of the programs, from hundredths of a second.
now_us()
{
	IFS=. read -r whole rest </proc/uptime
	echo "$whole${rest%% *}0000"
}

# phase_begin NAME CGROUP...: with DISK set, the sampler records that disk too; with
# SAMPLE_MS, it does so less often than every 20 ms.
phase_begin()
{
	PHASE=/out/$1
	mkdir -p "$PHASE"
	shift
	dirs=
	for name; do dirs="$dirs $CG/$name"; done
	# From Linux 6.16 on, see sampler.c
	exact=
	case $(uname -r) in [0-5].* | 6.?.* | 6.1[0-5].*) ;; *) exact=-l ;; esac
	# shellcheck disable=SC2086 # one word for each cgroup
	sampler -o "$PHASE/dirty" ${SAMPLE_MS:+-i "$SAMPLE_MS"} ${DISK:+-d "$DISK"} $exact $dirs &
	sampler_pid=$!
}

# Nothing stays dirty: what a phase left must not slow the next one.
phase_end()
{
	kill "$sampler_pid"
	wait "$sampler_pid" || fail "the sampler failed"
	sync
}

# stat_of CGROUP KEY: a figure of memory.stat. Reading cpu.stat before makes it exact,
# as the sampler does.
stat_of()
{
	cat "$CG/$1/cpu.stat" >/dev/null
	awk -v key="$2" '$1 == key { print $2 }' "$CG/$1/memory.stat"
}

# count_events EVENT...: counts these events of writeback from now on, those that the
# kernel has. Each has a trace buffer of its own, which counts what it overwrote too.
count_events()
{
	for event; do
		[ -d "$TRACING/events/writeback/$event" ] || continue
		mkdir -p "$TRACING/instances/$event" || fail "no trace buffer for $event"
		echo 1 >"$TRACING/instances/$event/events/writeback/$event/enable"
	done
}

events_counted()
{
	for dir in "$TRACING"/instances/*/; do
		[ -d "$dir/per_cpu" ] || continue
		cat "$dir"/per_cpu/*/stats | awk -v event="$(basename "$dir")" \
			'/^(entries|overrun):/ { sum += $2 } END { print event, sum + 0 }'
	done >"$PHASE/events"
}

# steady_window FROM TO: times of now_us.
steady_window()
{
	echo "$1 $2" >"$PHASE/window"
}

# limit CGROUP VALUE: "none" needs no module.
limit()
{
	case $2 in
	none) [ ! -e "$CG/$1/memory.dirty_limit_in_bytes" ] || set_limit "$1" 0 ;;
	*) set_limit "$1" "$2" ;;
	esac
}

# figure NAME VALUE: a result that needs no more working out.
figure()
{
	echo "$1 $2" >>/out/figures
}

# mibs FILE: MiB/s of what a writer printed.
mibs()
{
	sed -n 's/^bytes=\([0-9]*\) usec=\([0-9]*\) .*/\1 \2/p' "$1" |
		awk '{ printf "%.2f", $1 / 1048576 / ($2 / 1000000) }'
}

# seconds_since A-TIME-OF-now_us
seconds_since()
{
	awk -v from="$1" -v now="$(now_us)" 'BEGIN { printf "%.2f", (now - from) / 1000000 }'
}

# io_written CGROUP: bytes that were written for it, on all disks.
io_written()
{
	awk '{ for (i = 2; i <= NF; i++) if (sub(/^wbytes=/, "", $i)) sum += $i }
		END { print sum + 0 }' "$CG/$1/io.stat"
}
