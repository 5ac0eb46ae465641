#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Puts Debian's source package for BASE into the download cache and prints the
# path of the .deb. Needs no root; writes only below the cache.

. "$(dirname "$0")/lib.sh"

apt_opts=()
found=

candidate()
{
	{ apt-cache "${apt_opts[@]}" policy "$BASE_PKG" 2>/dev/null || true; } |
		awk '$1 == "Candidate:" && $2 != "(none)" { print $2 }'
}

# Is the file what apt's index, or the note made from it, says it is?
verified()
{
	[ -f "$1" ] && [ -f "$1.sha256" ] &&
		[ "$(sha256sum <"$1" | cut -d ' ' -f 1)" = "$(cat "$1.sha256")" ]
}

newest_cached()
{
	local f

	find "$CACHE" -maxdepth 1 -name "${BASE_PKG}_*.deb" 2>/dev/null | sort -V -r |
		while read -r f; do
			if verified "$f"; then
				printf '%s\n' "$f"
				break
			fi
		done
}

fetch()
{
	local version=$1 tmp=$2 deb sha

	sha=$(apt-cache "${apt_opts[@]}" show "$BASE_PKG=$version" | awk '$1 == "SHA256:" { print $2; exit }')
	[ -n "$sha" ] || return 1
	(cd "$tmp" && apt-get "${apt_opts[@]}" -o APT::Sandbox::User=root -q download \
		"$BASE_PKG=$version") >"$tmp/log" 2>&1 || return 1
	deb=$(find "$tmp" -name '*.deb')
	[ "$(sha256sum <"$deb" | cut -d ' ' -f 1)" = "$sha" ] || return 1
	printf '%s\n' "$sha" >"$tmp/sha256"
	mv "$tmp/sha256" "$CACHE/${BASE_PKG}_$version.deb.sha256"
	mv "$deb" "$CACHE/${BASE_PKG}_$version.deb"
}

mkdir -p "$CACHE"
exec 9>"$CACHE/.lock"
flock 9

# Debian 12 has the package among its security updates, which a bare installation may
# not have as a source: the archive beside each mirror that apt does use, and its release.
security_sources()
{
	# shellcheck disable=SC2016 # these are apt's variables
	apt-get indextargets --format '$(SITE) $(RELEASE)' 'Created-By: Packages' 2>/dev/null |
		sort -u | while read -r site release; do
			case $release in
			*-* | '') ;;
			*) printf 'deb %s-security %s-security main\n' "${site%/}" "$release" ;;
			esac
		done
}

# A base of another release than the machine's: its suite on each mirror that apt uses
# for Debian itself, signed as everything of Debian's is. Backports are in no index of
# an older release, so apt gets a configuration, lists and a cache of its own.
# suite_sources [APT-OPTION...]
suite_sources()
{
	local keyring=/usr/share/keyrings/debian-archive-keyring.gpg signed=

	[ ! -r "$keyring" ] || signed="[signed-by=$keyring] "
	# shellcheck disable=SC2016 # these are apt's variables
	apt-get "$@" indextargets --format '$(SITE) $(RELEASE) $(ORIGIN)' 'Created-By: Packages' 2>/dev/null |
		sort -u | while read -r site release origin; do
			case $release:$origin in
			*-*:* | :*) ;;
			*:Debian | *:) printf 'deb %s%s %s main\n' "$signed" "${site%/}" "$BASE_SUITE" ;;
			esac
		done
}

# The machine's own sources, with an index below the cache.
own_index()
{
	step "fetch: reading the package index into $CACHE/apt" >&2
	mkdir -p "$CACHE/apt/lists/partial" "$CACHE/apt/archives/partial"
	apt_opts=(-o Dir::State::Lists="$CACHE/apt/lists" -o Dir::Cache="$CACHE/apt"
		-o Debug::NoLocking=1 -o APT::Sandbox::User=root)
	run_logged "$CACHE/apt/update.log" apt-get "${apt_opts[@]}" -q update || true
}

version=$(candidate)
if [ -z "$version" ] && [ -n "$BASE_SUITE" ]; then
	step "fetch: apt does not know $BASE_PKG; reading the index of $BASE_SUITE into $CACHE/apt-$BASE_SUITE" >&2
	mkdir -p "$CACHE/apt-$BASE_SUITE/lists/partial" "$CACHE/apt-$BASE_SUITE/archives/partial"
	suite_sources | sort -u >"$CACHE/apt-$BASE_SUITE/sources.list"
	if [ ! -s "$CACHE/apt-$BASE_SUITE/sources.list" ]; then
		# apt names what it has an index of, and has none yet.
		own_index
		suite_sources "${apt_opts[@]}" | sort -u >"$CACHE/apt-$BASE_SUITE/sources.list"
	fi
	if [ -s "$CACHE/apt-$BASE_SUITE/sources.list" ]; then
		apt_opts=(-o Dir::Etc::SourceList="$CACHE/apt-$BASE_SUITE/sources.list"
			-o Dir::Etc::SourceParts=/dev/null
			-o Dir::State::Lists="$CACHE/apt-$BASE_SUITE/lists" -o Dir::Cache="$CACHE/apt-$BASE_SUITE"
			-o Debug::NoLocking=1 -o APT::Sandbox::User=root)
		run_logged "$CACHE/apt-$BASE_SUITE/update.log" apt-get "${apt_opts[@]}" -q update || true
		version=$(candidate)
	else
		step "fetch: apt names no mirror of Debian" >&2
	fi
elif [ -z "$version" ]; then
	# apt has no index, or an old one, and this may not be root: one of our own.
	step "fetch: apt does not know $BASE_PKG" >&2
	own_index
	version=$(candidate)
fi
if [ -z "$version" ] && [ -z "$BASE_SUITE" ] && security_sources >"$CACHE/apt/security.list" &&
	[ -s "$CACHE/apt/security.list" ]; then
	step "fetch: it is not there; trying Debian's security updates" >&2
	apt_opts+=(-o Dir::Etc::SourceList="$CACHE/apt/security.list"
		-o Dir::Etc::SourceParts=/dev/null)
	run_logged "$CACHE/apt/update.log" apt-get "${apt_opts[@]}" -q update || true
	version=$(candidate)
fi

if [ -n "$version" ]; then
	case $version in
	"$BASE".*) ;;
	*) die "$BASE_PKG is version $version, not $BASE.y" "apt-cache policy $BASE_PKG" \
		"look into apt's sources" ;;
	esac
	deb=$CACHE/${BASE_PKG}_$version.deb
	if verified "$deb"; then
		found=$deb
	else
		step "fetch: downloading $BASE_PKG $version (about 140 MiB)" >&2
		tmp=$(mktemp -d "$CACHE/fetch.XXXXXX")
		trap 'rm -rf "$tmp"' EXIT
		if fetch "$version" "$tmp"; then
			found=$deb
		else
			tail -n 5 "$tmp/log" >&2 2>/dev/null || true
		fi
	fi
fi

if [ -z "$found" ]; then
	found=$(newest_cached)
	if [ -z "$found" ] && [ -n "$BASE_SUITE" ]; then
		die "cannot get the package $BASE_PKG" \
			"$BASE_SUITE on the mirrors of $CACHE/apt-$BASE_SUITE/sources.list (candidate: ${version:-none}; its update.log), the cache $CACHE" \
			"check that the network works and that debian-archive-keyring is up to date; where the mirror has another version by now, take the kernel's own release: TREE=<linux-$BASE_TESTED.tar.xz, or the tree in it>"
	fi
	[ -n "$found" ] ||
		die "cannot get the package $BASE_PKG" \
			"apt-get download $BASE_PKG (candidate: ${version:-none}), the cache $CACHE" \
			"check that apt's sources have Debian's main and its security updates and that the network works, then: apt-get update; or take the kernel's own release: TREE=<linux-$BASE_TESTED.tar.xz, or the tree in it>"
	step "fetch: could not download; taking ${found##*/} from the cache" >&2
fi
printf '%s\n' "$found"
