#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# demo.sh: what a limit does, in one boot. On an ext4 on a disk of 20 MiB/s a bulk
# writer runs beside a neighbour that appends 4 KiB and calls fsync: without a
# limit, then with 64 MiB and 4 MiB on the writer's cgroup. Prints a table, draws
# dirty memory and the neighbour's latency over time. SECONDS_PER_PHASE (40).
#
# The disk has to be what is short. A slow machine that emulates the guest cannot
# fill one of 40 MiB/s.
. "$(dirname "$0")/lib.sh"

out=$BUILD/demo
run=$BUILD/vm/demo/files

"$TOP/scripts/ready.sh" demo release
"$TOP/scripts/vm.sh" --name demo --disk 8G:20M --deadline "${DEADLINE:-600}" -- \
	beside.sh ext4 "${SECONDS_PER_PHASE:-40}" none 64M 4M

mkdir -p "$out"
printf '\nA bulk writer beside a neighbour that appends 4 KiB and calls fsync, ext4, 20 MiB/s\n\n'
python3 "$TOP/scripts/plot/figures.py" demo "$run" "$out/demo"
gnuplot -e "base='$out/demo'; phases=4" "$TOP/scripts/plot/demo.gp"
printf '\nDirty memory and latency over time: %s\n' "${out#"$TOP/"}/demo.svg"
