#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Puts Debian's source package for BASE into the download cache and prints the
# path of the .deb. Needs no root; writes only below the cache.
#
# Of the releases that scripts/bases names, it takes the newest that there is: in the
# machine's apt; else in the cache; else in the security updates of the machine's
# release and the suite of the base; else anywhere in Debian. Only where Debian has none
# of them any more, it takes the newest release that there is, for prepare.sh to try.
# Status 3: Debian's indexes were read, and have no release of the base at all.

. "$(dirname "$0")/lib.sh"
. "$TOP/scripts/debian.sh"

mkdir -p "$CACHE"
exec 9>"$CACHE/.lock"
flock 9

say()
{
	step "fetch: $*" >&2
}

tried=()
newest=
newest_opts=()
pick=

# look WHERE: what is offered there; sets pick, and newest of all that was seen with
# the index that has it.
look()
{
	local versions was=$newest

	tried+=("$1")
	versions=$(offered | awk -v base="$BASE" 'index($0, base ".") == 1')
	pick=$(first_shown <<<"$versions")
	newest=$(printf '%s\n%s\n' "$newest" "$versions" | grep . | sort -V | tail -n 1) || true
	[ "$newest" = "$was" ] || newest_opts=("${apt_opts[@]}")
}

take()
{
	local release

	release=$(release_of "$newest")
	if [ -n "$newest" ] && ! is_shown "$release" &&
		[ "$(printf '%s\n%s\n' "$(release_of "$1")" "$release" | sort -V | tail -n 1)" = "$release" ]; then
		say "Debian has $BASE_PKG $newest as well; it is left alone: scripts/bases does not name $release (make drift tries it)"
	fi
	deb_of "$1"
	exit 0
}

take_cached()
{
	local version

	for version in $(cached); do
		if is_shown "$(release_of "$version")" && verified "$(deb_of "$version")"; then
			[ -n "$1" ] || [ "$(release_of "$version")" = "$BASE_TESTED" ] || continue
			say "taking $version from the cache"
			take "$version"
		fi
	done
}

look "the machine's apt"
if [ -n "$pick" ]; then
	download "$pick" && take "$pick"
	# An index that has aged names files that the mirror no longer has.
	say "$pick could not be downloaded"
fi
take_cached ''

suites=()
[ -z "$BASE_SUITE" ] || suites+=("$BASE_SUITE")
mapfile -t -O "${#suites[@]}" suites < <(own_releases | sed 's/$/-security/')
if [ ${#suites[@]} -eq 0 ]; then
	say "reading the package index into $CACHE/apt"
	read_index apt
	look "the machine's sources, read anew"
	[ -z "$pick" ] || ! download "$pick" || take "$pick"
	mapfile -t suites < <(own_releases "${apt_opts[@]}" | sed 's/$/-security/')
fi
if [ ${#suites[@]} -gt 0 ]; then
	say "apt knows no release of $BASE_PKG that the stack is for; reading ${suites[*]} into $CACHE/apt-near"
	sources=$(sources_of "${suites[@]}")
	if [ -n "$sources" ]; then
		read_index apt-near "$sources"
		look "${suites[*]}"
		[ -z "$pick" ] || ! download "$pick" || take "$pick"
	fi
fi
take_cached any

sources=$(sources_of "${DEBIAN_SUITES[@]}")
if [ -n "$sources" ]; then
	say "not there; reading the index of all of Debian into $CACHE/apt-debian (about 45 MiB)"
	read_index apt-debian "$sources"
	look "all suites of Debian"
	[ -z "$pick" ] || ! download "$pick" || take "$pick"
else
	tried+=("no mirror: apt names none")
fi

tree="take the kernel's own release: TREE=<linux-$BASE_TESTED.tar.xz, or the tree in it>"
if [ -n "$newest" ]; then
	say "Debian has none of the releases that scripts/bases names ($BASE_RELEASES)"
	say "following to $newest, which the patches may not fit"
	apt_opts=("${newest_opts[@]}")
	if download "$newest"; then
		deb_of "$newest"
		exit 0
	fi
	die "$BASE_PKG $newest cannot be downloaded" "${tried[*]/%/;} the cache $CACHE" \
		"check that the network works; or $tree"
fi
apt-cache "${apt_opts[@]}" show base-files >/dev/null 2>&1 ||
	die "cannot get the package $BASE_PKG: no index of Debian can be read" \
		"${tried[*]/%/;} the cache $CACHE" \
		"check that the network works and that debian-archive-keyring is up to date, then: apt-get update; or $tree"
DIE_STATUS=3 die "Debian has no package $BASE_PKG any more" "${tried[*]/%/;} the cache $CACHE" "$tree"
