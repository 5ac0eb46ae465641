# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# pgbench.sh FS SECONDS PHASE...
#
# PostgreSQL in one cgroup, with pgbench -N -c 2, and a bulk writer in another, on one
# disk. First pgbench alone, then for SECONDS beside the writer in each PHASE, which is
# the LIMIT of the writer's cgroup, or "none", and after a comma the module's
# writeback_window_us, or "max"; then perhaps ",elsewhere": the writer is on a disk of its
# own, vdb, so that they share the processors alone.
#
# Leaves in /out/figures, for each phase: transactions per second, their mean latency, and
# what the disk wrote for the writer.
# needs: /usr/lib/postgresql/*/bin/postgres /usr/lib/postgresql/*/bin/initdb
# needs: /usr/lib/postgresql/*/bin/pg_ctl /usr/lib/postgresql/*/bin/pgbench
# needs: /usr/lib/postgresql/*/bin/psql
# files: /usr/share/postgresql/*/* /usr/lib/postgresql/*/lib/*.so

fs=$1 seconds=$2
shift 2
ahead=5
db=/mnt/disk/db
patched=
case "$*" in *,*) patched=1 ;; esac

make_fs "$fs" vda /mnt/disk
mkdir /mnt/disk/writer $db
case "$*" in *,elsewhere*) make_fs "$fs" vdb /mnt/elsewhere ;; esac
cg_new writer db
[ -z "$patched" ] || load_module memcg_dirty
for PATH in /usr/lib/postgresql/*/bin; do :; done
PATH=$PATH:/usr/local/bin:/usr/bin:/bin:/sbin
export PATH
mkdir -p /etc /dev/shm
printf 'root:x:0:0::/:/bin/sh\npostgres:x:26:26::/tmp:/bin/sh\n' >/etc/passwd
printf 'root:x:0:\npostgres:x:26:\n' >/etc/group
chown 26:26 $db
chmod 1777 /tmp /dev/shm
ip link set lo up 2>/dev/null

# as_postgres COMMAND...: in the cgroup of the database
as_postgres()
{
	cg_run db su -s /bin/sh postgres -c "$*"
}

progress "making a database"
as_postgres "initdb -D $db/data --locale=C -E UTF8 -A trust -N" >/out/initdb 2>&1 ||
	fail "initdb failed: $(tail -n 3 /out/initdb)"
as_postgres "pg_ctl -D $db/data -w -l /tmp/postgres.log -o '-k /tmp -h \"\"' start" >/dev/null ||
	fail "PostgreSQL does not start: $(tail -n 3 /tmp/postgres.log)"
as_postgres "pgbench -h /tmp -i -q -s 5 postgres" >/out/pgbench-init 2>&1 ||
	fail "pgbench -i failed: $(tail -n 3 /out/pgbench-init)"
as_postgres "psql -h /tmp -c checkpoint postgres" >/dev/null || fail "no checkpoint"
sync

# bench NAME SECONDS
bench()
{
	as_postgres "pgbench -h /tmp -n -N -c 2 -T $2 postgres" >"$PHASE/pgbench" 2>&1 ||
		fail "pgbench failed: $(tail -n 3 "$PHASE/pgbench")"
	figure "$1.tps" "$(sed -n 's/^tps = \([0-9.]*\).*/\1/p' "$PHASE/pgbench")"
	figure "$1.latency_ms" "$(sed -n 's/^latency average = \([0-9.]*\).*/\1/p' "$PHASE/pgbench")"
}

progress "pgbench alone, $seconds s"
phase_begin alone writer db
bench alone "$seconds"
phase_end

for what; do
	progress "$what, $seconds s"
	limit=${what%%,*}
	folder=/mnt/disk/writer
	us=${what#"$limit"}
	case $us in *,elsewhere) folder=/mnt/elsewhere us=${us%,elsewhere} ;; esac
	[ -z "$us" ] || echo "${us#,}" >/sys/module/memcg_dirty/parameters/writeback_window_us ||
		fail "no window of ${us#,}"
	limit writer "$limit"
	phase_begin "$what" writer db
	cg_run writer writer -d $folder -t $((ahead + seconds)) >"$PHASE/writer" &
	writer=$!
	sleep $ahead
	from=$(now_us)
	before=$(io_written writer)
	bench "$what" "$seconds"
	figure "$what.writer_mibs" "$(awk -v before="$before" -v now="$(io_written writer)" \
		-v s="$(seconds_since "$from")" 'BEGIN { printf "%.1f", (now - before) / 1048576 / s }')"
	wait $writer || fail "the writer failed"
	phase_end
	rm -f $folder/*
	sync
	grep "^$what" /out/figures | while IFS= read -r line; do progress "$line"; done
done

as_postgres "pg_ctl -D $db/data -m fast stop" >/dev/null || fail "PostgreSQL does not stop"
[ -z "$patched" ] || unload_module memcg_dirty
umount /mnt/disk || fail "the file system stays busy"
[ ! -d /mnt/elsewhere ] || umount /mnt/elsewhere || fail "the other file system stays busy"
