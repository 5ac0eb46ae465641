# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# pagecost.sh VARIANT...
#
# What it costs to dirty a page, on a ramdisk, for a cgroup one level deep (child)
# or four (deep). Variants:
#   base	no module loaded
#   loaded	the module loaded, no limit anywhere
#   other	a limit on another cgroup
#   unreached	a limit on the writer's own cgroup, on child or on each level of deep
# Nothing else runs: no periodic writeback, one CPU. See pagecost.c.

repeats=15
load_module brd rd_nr=1 rd_size=262144
make_fs ext4 ram0 /mnt/disk
echo 0 >/proc/sys/vm/dirty_writeback_centisecs

cg_nest a a/b a/b/c
cg_new child a/b/c/deep other

levels()
{
	case $1 in
	child) echo child ;;
	deep) echo a a/b a/b/c a/b/c/deep ;;
	esac
}

# measure VARIANT CGROUP
measure()
{
	leaf=$(levels "$2")
	cg_run "${leaf##* }" pagecost -f /mnt/disk/file -n $repeats |
		sed "s/^/variant=$1 depth=$2 op=/" >>/out/pagecost || fail "pagecost failed"
}

# Fills the ramdisk and the caches before the first variant.
cg_run child pagecost -f /mnt/disk/file -n 2 >/dev/null || fail "pagecost failed"

for variant; do
	progress "$variant"
	case $variant in
	base) ;;
	*) load_module memcg_dirty ;;
	esac
	case $variant in
	base | loaded) ;;
	other) set_limit other 1G ;;
	unreached) ;;
	*) fail "no variant '$variant'" ;;
	esac
	for depth in child deep; do
		if [ "$variant" = unreached ]; then
			for level in $(levels $depth); do set_limit "$level" 1G; done
		fi
		measure "$variant" $depth
		if [ "$variant" = unreached ]; then
			for level in $(levels $depth); do set_limit "$level" 0; done
		fi
	done
	[ "$variant" = base ] || unload_module memcg_dirty
done
umount /mnt/disk || fail "the file system stays busy"
