#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# soak.sh [FLAVOUR [ROUNDS]]: loads and unloads the module ROUNDS (100) times under
# load; fails on any complaint of the kernel, a leak, a writer that does not get on,
# or a hang.
. "$(dirname "$0")/lib.sh"

flavour=${1:-debug} rounds=${2:-100}

"$TOP/scripts/ready.sh" soak "$flavour"
"$TOP/scripts/vm.sh" --flavour "$flavour" --name "soak-$flavour" --mem 2G \
	--disk 2G:40M --disk 2G:40M --deadline "${DEADLINE:-2400}" -- soak.sh "$rounds"
grep ' loads and unloads, ' "$BUILD/vm/soak-$flavour/result.log"
