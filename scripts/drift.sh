#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# drift.sh [BASE...]: takes each release of these bases, or of all, that Debian offers in
# any suite; applies the series with fuzz 0 and compiles the files that it touches. Prints
# a table, writes the releases that pass into scripts/bases, and ends in
# "N passed, N failed".
#
# A result is kept with what it is of: the series, the configuration, the compiler. A
# second run tries only what is new. The source packages that Debian offers stay in the
# cache, some 150 MiB each, and those that it does no longer go; one tree at a time is
# unpacked below build/drift. AGAIN=1 tries all of them once more.

. "$(dirname "$0")/lib.sh"
. "$TOP/scripts/debian.sh"

bases=("$@")
[ $# -gt 0 ] || read -ra bases <<<"$(base_list)"
work=$TOP/build/drift
results=$CACHE/drift
table=$work/table
"$TOP/scripts/deps.sh" build

mkdir -p "$work" "$results" "$CACHE"
exec 9>"$CACHE/.drift.lock"
flock -n 9 || {
	step "drift: waiting for another run"
	flock 9
}
trap 'rm -rf "$work/tree" "$work/obj" "$work/scratch"' EXIT
: >"$table"

# What a result depends on beside the release.
key()
{
	local p

	{
		for p in $(series_patches); do
			echo "$p"
			cat "$TOP/patches/$p"
		done
		cat "$TOP"/scripts/kconfig/{base,base-"$BASE",any-"$BASE"}.config
		"${CC:-gcc}" -dumpfullversion
	} | sha256sum | cut -c 1-16
}

# try VERSION: prints "pass" or "fail WHAT".
try()
{
	local version=$1 tree=$work/tree log=$BUILD/log/objects-release.log

	if ! download "$version"; then
		echo "fail cannot be downloaded"
		return
	fi
	rm -rf "$tree" "$work/obj"
	mkdir -p "$tree" "$BUILD/log"
	if ! unpack_deb "$(deb_of "$version")" "$tree" "${LEAN[@]}" >&2; then
		echo "fail cannot be unpacked"
		return
	fi
	if [ "$(kernel_version "$tree")" != "$(release_of "$version")" ]; then
		echo "fail is Linux $(kernel_version "$tree")"
		return
	fi
	if ! scratch_apply "$tree" "$work/scratch"; then
		echo "fail $PATCH_FAILED: ${PATCH_FAILED_HUNKS:-$PATCH_FAILED_FILES}"
		return
	fi
	cp -r "$work/scratch/tree/." "$tree/"
	if ! "$TOP/scripts/build.sh" --tree "$tree" --obj "$work/obj" release objects >&2; then
		echo "fail does not compile: $(grep -m 1 -E 'error:|Error ' "$log" | cut -c 1-120)"
		return
	fi
	echo pass
}

drift_base()
{
	local version release result k note n=0 total seen='' shown=''
	local -a versions=() keep=()

	mapfile -t versions < <(offered | awk -v base="$BASE" 'index($0, base ".") == 1')
	k=$(key)
	if [ ${#versions[@]} -eq 0 ]; then
		printf '%s\t-\t%s\t%s\n' "$BASE" "no suite" "fail Debian offers no release of $BASE_PKG" >>"$table"
		return
	fi
	total=$(printf '%s\n' "${versions[@]%%-*}" | sort -u | wc -l)
	for version in "${versions[@]}"; do
		release=$(release_of "$version")
		# Of two versions of a release the newer one.
		case " $seen " in
		*" $release "*) continue ;;
		esac
		seen+=" $release"
		keep+=("$version")
		n=$((n + 1))
		note=
		result=$results/${BASE_PKG}_$version
		if [ -z "${AGAIN:-}" ] && [ -f "$result" ] && [ "$(head -n 1 "$result")" = "$k" ]; then
			note=' (kept)'
		else
			step "drift: Linux $release ($n of $total of $BASE.y), $BASE_PKG $version"
			printf '%s\n%s\n' "$k" "$(try "$version")" >"$result.tmp"
			mv "$result.tmp" "$result"
		fi
		step "drift: Linux $release: $(tail -n 1 "$result")$note"
		printf '%s\t%s\t%s\t%s\n' "$release" "$version" "$(offered_in "$version")" "$(tail -n 1 "$result")" >>"$table"
		[ "$(tail -n 1 "$result")" != pass ] || shown+=" $release"
	done
	for version in $(cached); do
		case " ${keep[*]} " in
		*" $version "*) ;;
		*)
			# Another version of a release that is offered, or one that fetch fell back to
			is_shown "$(release_of "$version")" || rm -f "$(deb_of "$version")" "$(deb_of "$version").sha256"
			;;
		esac
	done
	write_releases "$(tr ' ' '\n' <<<"$shown" | grep . | sort -V | paste -s -d ' ')"
}

# write_releases LIST: into the base's line of scripts/bases, and the README's table.
write_releases()
{
	local tmp

	if [ -z "$1" ]; then
		step "drift: no release of $BASE.y passes; scripts/bases keeps what it has"
		return
	fi
	[ "$1" != "$BASE_RELEASES" ] || return 0
	tmp=$(mktemp)
	awk -v base="$BASE" -v releases="$1" '
		$1 == base { printf "%-7s %-19s %-33s %-11s %s\n", $1, $2, $3, $4, releases; next }
		{ print }
	' "$TOP/scripts/bases" >"$tmp"
	cat "$tmp" >"$TOP/scripts/bases"
	rm -f "$tmp"
	"$TOP/scripts/support.sh"
	step "drift: scripts/bases and README.md name $1"
}

step "drift: reading the index of all of Debian into $CACHE/apt-debian"
sources=$(sources_of "${DEBIAN_SUITES[@]}")
[ -n "$sources" ] ||
	die "there is no mirror to ask" "apt-get indextargets" "check that apt's sources have Debian's main, then: apt-get update"
read_index apt-debian "$sources"
apt-cache "${apt_opts[@]}" show base-files >/dev/null 2>&1 ||
	die "no index of Debian can be read" "$CACHE/apt-debian/update.log" "check that the network works"

for BASE in "${bases[@]}"; do
	# lib.sh has the fields of the base that it was sourced with.
	. "$TOP/scripts/lib.sh"
	drift_base
done

printf '\n%-10s %-22s %-34s %s\n' release version 'offered in' result
while IFS=$'\t' read -r release version suites result; do
	printf '%-10s %-22s %-34s %s\n' "$release" "$version" "$suites" "${result/#fail /FAILED: }"
done <"$table"
step "drift: took $(elapsed)"
passed=$(awk -F '\t' '$4 == "pass"' "$table" | wc -l)
failed=$(awk -F '\t' '$4 != "pass"' "$table" | wc -l)
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
