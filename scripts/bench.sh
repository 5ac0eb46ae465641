#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# bench.sh [SCENARIO...]: the stock kernel and the patched one in turn, on the same
# disks. Prints each scenario's figures with their ratio to the stock kernel's, and
# leaves bench.json and bench.svg in build/BASE/bench/.
#
#   beside-ext4, beside-xfs	a bulk writer beside a neighbour that calls fsync
#   accuracy-ext4, accuracy-xfs, accuracy-btrfs
#				dirty memory against the limit, and bandwidth
#   accuracy-vfat, accuracy-exfat, accuracy-9p, accuracy-fuse
#				the same without cgroup writeback
#   pagecost			instructions to dirty a page
#   foreign-1, foreign-4, foreign-12	a bulk writer in files that so many others own
#   foreign-rmdir		memcgs that are removed while their pages of an owner's
#				files are written
#   foreigncost			instructions to dirty a page of another cgroup's file
#   many-100, many-1000		so many cgroups that write at once, with 1 MiB each
#   protect-ext4, protect-xfs	a slow writer beside a noisy one, with memory.dirty_min, and
#				with a limit on the noisy one as well
#   idle-ext4, idle-xfs		a writer whose idle sibling has dirtied their parent's limit
#   read-ext4			a reader beside a writer in one cgroup
#   untar-ext4			unpacking many files beside a writer in another cgroup
#   oom-ext4			two writers of 1 KiB blocks in a cgroup with little memory
#   kickcost			instructions to have flushers started, for whoever notices
#   bystander-ext4, bystander-xfs	what reclaim in a cgroup has written of others
#   dontcache-ext4, dontcache-xfs	writes with RWF_DONTCACHE, alone and beside others,
#				where the kernel has the flag
#   dontcachecost		instructions for such a write
#   window-ext4, window-xfs	a bulk writer beside a neighbour that calls fsync, with a
#				writeback window and without; what else a user can do
#   writers-ext4, writers-xfs	the same with 8 and 64 writers
#   reader-ext4, reader-xfs	the same with a neighbour that reads
#   weights-ext4		16 writers with an io.weight of 1 beside one of 1000, on io.cost
#   pgbench-ext4, pgbench-xfs	PostgreSQL beside a bulk writer
#   windowrate-1, -8, -40, -200	a writer alone on a disk of so many MiB/s, with a window and
#				without
#   windowrate-null-10, -1000, -10000	the same on null_blk with so many microseconds
#   windowcost			instructions for a page that is dirtied and written
#
# SECONDS_PER_PHASE shortens or lengthens them (45 beside, 20 accuracy, 40 of it without a
# limit, 60 foreign-N, 90 many, 30 protect and read, 15 idle, 20 dontcache and window, 30
# pgbench); from 20 s on the 99.9th
# percentile of foreign-N is one of several writes. Others choose
#   ACCURACY_WRITERS, ACCURACY_LIMITS	what accuracy goes through ("1 16", "4M 16M 256M")
#   ACCURACY_MEM	the memory of its guests (3G), of which a fifth may be dirty
#   MANY_FS	the file system of many-N (ext4)
#   FOREIGN_FS	that of foreign-N and foreign-rmdir (ext4)
#   FOREIGN_LIMIT	the limit of the writer of foreign-N on the patched kernel (none)
#   MEMCGS	how many foreign-rmdir removes (24, 30 at most)
#   ROUNDS	how often bystander allocates (200)
#   KICK_POLICY	the policy of bystander on the patched kernel (targeted)
#   DONTCACHE_BATCHES	the module's dontcache_batch in dontcache ("0 4M")
#   DONTCACHE_RATE	what its disk writes (40M a second)
. "$(dirname "$0")/lib.sh"

all=(beside-ext4 beside-xfs accuracy-ext4 accuracy-xfs accuracy-btrfs
	accuracy-vfat accuracy-exfat accuracy-9p accuracy-fuse pagecost
	foreign-1 foreign-4 foreign-12 foreign-rmdir foreigncost
	many-100 many-1000 protect-ext4 protect-xfs idle-ext4 idle-xfs
	read-ext4 untar-ext4 oom-ext4 kickcost bystander-ext4 bystander-xfs
	window-ext4 window-xfs writers-ext4 writers-xfs reader-ext4 reader-xfs
	weights-ext4 pgbench-ext4 pgbench-xfs windowrate-1 windowrate-8 windowrate-40
	windowrate-200 windowrate-null-10 windowrate-null-1000 windowrate-null-10000
	windowcost)
! grep -qs RWF_DONTCACHE "$BUILD/linux/include/uapi/linux/fs.h" || all+=(dontcache-ext4 dontcache-xfs dontcachecost)
[ $# -gt 0 ] || set -- "${all[@]}"
out=$BUILD/bench
runs=()

# The guest script and its arguments, for a scenario and a kernel.
guest_of()
{
	local fs=${1#*-} modes="buffered mmap"

	# There a file to be mapped would first be written in its whole length.
	case $fs in vfat | exfat) modes=buffered ;; esac
	case $1:$2 in
	beside-*:stock) guest=(beside.sh "$fs" "${SECONDS_PER_PHASE:-45}" none) ;;
	beside-*:release) guest=(beside.sh "$fs" "${SECONDS_PER_PHASE:-45}" none 16M 4M) ;;
	accuracy-btrfs:stock | accuracy-vfat:stock | accuracy-exfat:stock | accuracy-9p:stock | \
		accuracy-fuse:stock) guest=() ;;
	accuracy-btrfs:release | accuracy-vfat:release | accuracy-exfat:release | \
		accuracy-9p:release | accuracy-fuse:release)
		# "none" stands for the stock kernel, which is not built with these.
		read -ra limits <<<"${ACCURACY_LIMITS:-4M 16M 256M}"
		guest=(accuracy.sh "$fs" "${SECONDS_PER_PHASE:-20}" "$modes"
			"${ACCURACY_WRITERS:-1 16}" none "${limits[@]}")
		;;
	accuracy-*:stock)
		# Without a limit the disk is written in bursts of seconds.
		guest=(accuracy.sh "$fs" "${SECONDS_PER_PHASE:-40}" "$modes"
			"${ACCURACY_WRITERS:-1 16}" none)
		;;
	accuracy-*:release)
		read -ra limits <<<"${ACCURACY_LIMITS:-4M 16M 256M}"
		guest=(accuracy.sh "$fs" "${SECONDS_PER_PHASE:-20}" "$modes"
			"${ACCURACY_WRITERS:-1 16}" "${limits[@]}")
		;;
	pagecost:stock) guest=(pagecost.sh base) ;;
	pagecost:release) guest=(pagecost.sh base loaded other unreached) ;;
	foreign-rmdir:*) guest=(foreign-rmdir.sh "${FOREIGN_FS:-ext4}" "${MEMCGS:-24}") ;;
	foreign-1:* | foreign-4:* | foreign-12:*)
		guest=(foreign.sh "${FOREIGN_FS:-ext4}" "${1#*-}" "${SECONDS_PER_PHASE:-60}")
		[ "$2" = stock ] || guest+=("${FOREIGN_LIMIT:-none}")
		;;
	many-*:stock) guest=(many.sh "${MANY_FS:-ext4}" "${1#*-}" "${SECONDS_PER_PHASE:-90}" none) ;;
	many-*:release) guest=(many.sh "${MANY_FS:-ext4}" "${1#*-}" "${SECONDS_PER_PHASE:-90}" 1M) ;;
	protect-*:stock) guest=(protect.sh "$fs" "${SECONDS_PER_PHASE:-30}") ;;
	protect-*:release) guest=(protect.sh "$fs" "${SECONDS_PER_PHASE:-30}" 16M 8M) ;;
	idle-*:stock) guest=(idle.sh "$fs" "${SECONDS_PER_PHASE:-15}" none) ;;
	idle-*:release) guest=(idle.sh "$fs" "${SECONDS_PER_PHASE:-15}" 16M) ;;
	read-*:stock) guest=(read.sh "$fs" "${SECONDS_PER_PHASE:-30}" none) ;;
	read-*:release) guest=(read.sh "$fs" "${SECONDS_PER_PHASE:-30}" none 100M 16M) ;;
	untar-*:stock) guest=(untar.sh "$fs" none) ;;
	untar-*:release) guest=(untar.sh "$fs" none 64M) ;;
	oom-*:stock) guest=(oom.sh "$fs" none) ;;
	oom-*:release) guest=(oom.sh "$fs" none 20M) ;;
	kickcost:stock) guest=() ;;
	kickcost:release) guest=(kickcost.sh 1 100 1000) ;;
	bystander-*:stock) guest=(bystander.sh "$fs" "${ROUNDS:-200}" none) ;;
	bystander-*:release)
		guest=(bystander.sh "$fs" "${ROUNDS:-200}" "${KICK_POLICY:-targeted}")
		;;
	dontcache-*:stock) guest=(dontcache.sh "$fs" "${SECONDS_PER_PHASE:-20}" none) ;;
	dontcache-*:release)
		read -ra batches <<<"${DONTCACHE_BATCHES:-0 4M}"
		guest=(dontcache.sh "$fs" "${SECONDS_PER_PHASE:-20}" "${batches[@]}")
		;;
	dontcachecost:stock) guest=(dontcachecost.sh none) ;;
	dontcachecost:release)
		read -ra batches <<<"${DONTCACHE_BATCHES:-0 4M}"
		guest=(dontcachecost.sh "${batches[@]}")
		;;
	window-*:stock)
		guest=(window.sh "$fs" "${SECONDS_PER_PHASE:-20}" none "strict=16,none" "strict=4,none"
			"queue,none" "bytes=16,none" "iomax=20,none" "latency,none" "bfq,none" "wbt,none")
		;;
	window-*:release)
		guest=(window.sh "$fs" "${SECONDS_PER_PHASE:-20}" "us=max,16M" "us=max,4M" "us=1500,16M"
			"us=1500,64M" "us=1500,256M" "us=500,16M" "us=1000,16M" "us=4000,16M")
		;;
	writers-*:stock) guest=(window.sh "$fs" "${SECONDS_PER_PHASE:-20}" "none,writers=8" "none,writers=64") ;;
	writers-*:release)
		guest=(window.sh "$fs" "${SECONDS_PER_PHASE:-20}" "us=max,16M,writers=8"
			"us=1500,16M,writers=8" "us=1500,64M,writers=8" "us=1500,16M,writers=64")
		;;
	reader-*:stock) guest=(window.sh "$fs" "${SECONDS_PER_PHASE:-20}" "reader,none") ;;
	reader-*:release) guest=(window.sh "$fs" "${SECONDS_PER_PHASE:-20}" "reader,us=max,16M" "reader,us=1500,16M") ;;
	weights-*:stock) guest=(window.sh "$fs" "${SECONDS_PER_PHASE:-20}" "cost,none,writers=16") ;;
	weights-*:release)
		guest=(window.sh "$fs" "${SECONDS_PER_PHASE:-20}" "cost,us=max,16M,writers=16"
			"cost,us=1500,16M,writers=16")
		;;
	pgbench-*:stock) guest=(pgbench.sh "$fs" "${SECONDS_PER_PHASE:-30}" none) ;;
	pgbench-*:release)
		guest=(pgbench.sh "$fs" "${SECONDS_PER_PHASE:-30}" "16M,max" "16M,1500" "256M,1500")
		;;
	windowrate-*:stock | windowcost:stock) guest=() ;;
	windowrate-null-*:release)
		guest=(windowrate.sh ext4 "${SECONDS_PER_PHASE:-20}" "${1##*-}" max 1500 max 1500 max 1500)
		;;
	windowrate-*:release)
		guest=(windowrate.sh ext4 "${SECONDS_PER_PHASE:-20}" disk max 1500 max 1500)
		;;
	windowcost:release) guest=(windowcost.sh ext4 max 1500 max 1500 max 1500) ;;
	foreigncost:stock) guest=(foreigncost.sh base) ;;
	foreigncost:release) guest=(foreigncost.sh base loaded unreached) ;;
	*) die "there is no scenario '$1'" "${all[*]}" "bench.sh [SCENARIO...]" ;;
	esac
}

# The flavour that is the kernel $2 for scenario $1.
flavour_of()
{
	case $1:$2 in
	*-btrfs:release | *-vfat:release | *-exfat:release | *-9p:release | *-fuse:release)
		echo morefs
		;;
	*) echo "$2" ;;
	esac
}

flavours=()
for scenario; do
	for kernel in stock release; do
		guest_of "$scenario" "$kernel"
		[ "${#guest[@]}" -eq 0 ] || flavours+=("$(flavour_of "$scenario" "$kernel")")
	done
done
for flavour in $(printf '%s\n' "${flavours[@]}" | sort -u); do
	"$TOP/scripts/ready.sh" bench "$flavour"
done

# Both kernels at the same time: what else the machine does, it does to both.
for scenario; do
	guests=()
	for kernel in stock release; do
		guest_of "$scenario" "$kernel"
		# What only the patched kernel has
		[ "${#guest[@]}" -gt 0 ] || continue
		case $scenario in
		pagecost | foreigncost | kickcost | dontcachecost | windowcost) options=(--icount --mem 1G --deadline 900) ;;
		# A disk that a thousand tasks keep busy on a slow machine, too
		many-*) options=(--disk 12G:20M --mem 5G --deadline 1200) ;;
		dontcache-*) options=(--disk "8G:${DONTCACHE_RATE:-40M}" --deadline 1200) ;;
		idle-*) options=(--disk 8G:40M --disk 1G:40M --deadline 600) ;;
		bystander-*) options=(--disk 8G:40M --disk 1G:40M --deadline 1200) ;;
		windowrate-null-*) options=(--deadline 600) ;;
		windowrate-*) options=(--disk "4G:${scenario#*-}M" --deadline 600) ;;
		accuracy-9p) options=(--share 40M --deadline 1200) ;;
		accuracy-*) options=(--disk 12G:40M --mem "${ACCURACY_MEM:-3G}" --deadline 1200) ;;
		*) options=(--disk 8G:40M --deadline 1200) ;;
		esac
		"$TOP/scripts/vm.sh" --flavour "$(flavour_of "$scenario" "$kernel")" \
			--name "bench-$scenario-$kernel" "${options[@]}" -- "${guest[@]}" &
		guests+=($!)
		runs+=("$scenario:$kernel=$BUILD/vm/bench-$scenario-$kernel/files")
	done
	trap 'kill "${guests[@]}" 2>/dev/null || :; exit 130' INT TERM
	rc=0
	for pid in "${guests[@]}"; do
		wait "$pid" || rc=$?
	done
	[ "$rc" -eq 0 ] || die "a guest of $scenario failed: status $rc" "" \
		"see above, and build/$BASE/vm/bench-$scenario-*/"
done

mkdir -p "$out"
python3 "$TOP/scripts/plot/figures.py" bench "$out" "${runs[@]}"
gnuplot -e "out='$out'" "$TOP/scripts/plot/bench.gp"
printf '\n%s\n' "${out#"$TOP/"}/bench.json, ${out#"$TOP/"}/bench.svg"
