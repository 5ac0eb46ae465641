#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# ready.sh TARGET FLAVOUR: brings what a boot for TARGET needs up to date: packages,
# the patched tree, the flavour's kernel and its modules. With MEMCG_DIRTY_BUILT set
# (by a caller that has just built them) it does nothing.
. "$(dirname "$0")/lib.sh"

[ $# -eq 2 ] || die "wrong usage" "$0 $*" "ready.sh TARGET FLAVOUR"
[ -z "${MEMCG_DIRTY_BUILT:-}" ] || exit 0
unset KDIR
"$TOP/scripts/deps.sh" "$1"
if [ "${2%-morefs}" != stock ]; then
	"$TOP/scripts/prepare.sh"
fi
"$TOP/scripts/build.sh" "$2"
if [ "${2%-morefs}" != stock ]; then
	"$TOP/scripts/module.sh" "$2"
fi
