# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# kickcost.sh NUMBER...
#
# What a kick costs its caller, for a cgroup with so many children, as the KUnit suite
# of kicks measures it. The guest's clock counts instructions, two nanoseconds each.

cg_nest kick
load_module memcg_dirty
made=0
for children; do
	progress "$children children"
	while [ $made -lt "$children" ]; do
		made=$((made + 1))
		cg_new "kick/$made"
	done
	dmesg -c >/dev/null
	load_module memcg_dirty_kick_kunit
	dmesg | sed -n 's/.*kick cost: median \([0-9]*\) ns, most \([0-9]*\) ns.*/\1 \2/p' |
		while read -r median most; do
			echo "children=$children median=$((median / 2)) most=$((most / 2))"
		done >>/out/kickcost
	unload_module memcg_dirty_kick_kunit
done
unload_module memcg_dirty
[ "$(wc -l </out/kickcost)" = $# ] || fail "the suite of kicks did not report its cost"
