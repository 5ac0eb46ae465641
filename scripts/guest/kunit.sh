# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# Loads each KUnit module in turn (arguments: their names) and hands over what it
# logged; scripts/kunit.sh reads it. The suites of a module are those that appear in
# debugfs with it.

suites()
{
	ls /sys/kernel/debug/kunit 2>/dev/null
}

# Whom the suite of kicks kicks
cg_new kick

load_module memcg_dirty
for module; do
	suites >/tmp/before
	dmesg -c >/dev/null
	load_module "$module"
	for suite in $(suites); do
		grep -qxF "$suite" /tmp/before || echo "$suite"
	done >"/out/$module.suites"
	dmesg -r | sed 's/^<[0-9]*>//' >"/out/$module.log"
	progress "$module: $(grep -cE '^(\[ *[0-9.]+\] )? {4}(ok|not ok) ' "/out/$module.log") cases"
	unload_module "$module"
done
unload_module memcg_dirty
