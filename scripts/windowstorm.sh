#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# windowstorm.sh [FLAVOUR [ROUNDS [unload] [freeze] [remove]]]: unloads the module, freezes
# the file system and removes the disk, ROUNDS (1000) times each, while flushers wait for the
# writeback window; fails on any complaint of the kernel, a leak, a hang, a page that stays
# dirty.
. "$(dirname "$0")/lib.sh"

flavour=${1:-debug} rounds=${2:-1000}
what=("${@:3}")
[ "${#what[@]}" -gt 0 ] || what=(unload freeze remove)
[[ $rounds =~ ^[1-9][0-9]*$ ]] || die "'$rounds' is no number of rounds" "" "windowstorm.sh release 100"
for word in "${what[@]}"; do
	case $word in
	unload | freeze | remove) ;;
	*) die "there is no '$word'" "unload, freeze, remove" "windowstorm.sh $flavour $rounds unload" ;;
	esac
done

"$TOP/scripts/ready.sh" soak "$flavour"
"$TOP/scripts/vm.sh" --flavour "$flavour" --name "windowstorm-$flavour" --mem 2G \
	--disk 1G:40M --deadline "${DEADLINE:-7200}" -- windowstorm.sh "$rounds" "${what[@]}"
grep -E '^(unload|freeze|remove) [0-9]+$' "$BUILD/vm/windowstorm-$flavour/result.log"
