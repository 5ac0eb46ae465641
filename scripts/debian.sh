# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Sourced, after lib.sh, by what reads Debian's archive: fetch.sh, drift.sh. The mirrors
# are those of the machine's own apt, as it names them. What the machine's apt does not
# know is read into lists below the cache; nothing of the system's is touched.

# Options for apt-get and apt-cache: which lists they read. Empty: the system's.
apt_opts=()

# All suites that may have a release of a base, newest last.
# shellcheck disable=SC2034 # for those who source this
DEBIAN_SUITES=(bookworm bookworm-updates bookworm-security bookworm-backports
	trixie trixie-updates trixie-security trixie-backports
	forky forky-updates forky-security sid)

# offered: the versions of BASE_PKG that apt knows, newest first.
offered()
{
	{ apt-cache "${apt_opts[@]}" madison "$BASE_PKG" 2>/dev/null || true; } |
		awk -F ' *[|] *' '/ Packages$/ { print $2 }' | sort -V -r -u
}

# offered_in VERSION: the suites that have it, for people.
offered_in()
{
	{ apt-cache "${apt_opts[@]}" madison "$BASE_PKG" 2>/dev/null || true; } |
		awk -F ' *[|] *' -v version="$1" '/ Packages$/ && $2 == version {
			split($3, at, " ")
			sub(/\/main$/, "", at[2])
			print at[2]
		}' | sort -u | paste -s -d ' '
}

# 6.12.95-1~bpo12+1 is Debian's version of release 6.12.95.
release_of()
{
	printf '%s\n' "${1%%-*}"
}

# is_shown RELEASE: does scripts/bases name it?
is_shown()
{
	case " $BASE_RELEASES " in
	*" $1 "*) ;;
	*) return 1 ;;
	esac
}

# Of versions on stdin, newest first, the first whose release is shown.
first_shown()
{
	local v pick=

	while read -r v; do
		if [ -z "$pick" ] && is_shown "$(release_of "$v")"; then
			pick=$v
		fi
	done
	printf '%s\n' "$pick"
}

# read_index NAME [SOURCES]: lists of these sources, or of the machine's own, into
# CACHE/NAME, and apt_opts to read them.
read_index()
{
	local dir=$CACHE/$1 sources=${2:-}

	mkdir -p "$dir/lists/partial" "$dir/archives/partial"
	apt_opts=(-o Dir::State::Lists="$dir/lists" -o Dir::Cache="$dir"
		-o Debug::NoLocking=1 -o APT::Sandbox::User=root -o Acquire::Languages=none)
	if [ -n "$sources" ]; then
		printf '%s\n' "$sources" >"$dir/sources.list"
		apt_opts+=(-o Dir::Etc::SourceList="$dir/sources.list" -o Dir::Etc::SourceParts=/dev/null)
	fi
	# A suite that a mirror lacks is no reason to do without the others.
	apt-get "${apt_opts[@]}" -q update >"$dir/update.log" 2>&1 </dev/null || true
}

# "SITE RELEASE" of each index of Debian's that the machine's apt has.
known_sites()
{
	# shellcheck disable=SC2016 # these are apt's variables
	apt-get "$@" indextargets --format '$(SITE) $(RELEASE) $(ORIGIN)' 'Created-By: Packages' 2>/dev/null |
		sort -u | while read -r site release origin; do
			case $origin in
			Debian | '') printf '%s %s\n' "${site%/}" "$release" ;;
			esac
		done
}

# sources_of SUITE...: lines of sources.list for these suites. Security updates have a
# site of their own: the one that apt uses, or the one beside each mirror.
sources_of()
{
	local keyring=/usr/share/keyrings/debian-archive-keyring.gpg signed='' sites suite site

	sites=$(known_sites)
	if [ -z "$sites" ]; then
		# apt names what it has an index of, and has none yet.
		read_index apt
		sites=$(known_sites "${apt_opts[@]}")
	fi
	[ ! -r "$keyring" ] || signed="[signed-by=$keyring] "
	for suite; do
		case $suite in
		*-security)
			awk '$2 ~ /-security$/ { own[$1] } { if ($2 !~ /-/) main[$1] }
				END {
					n = 0
					for (s in own) { print s; n++ }
					if (!n)
						for (s in main) print s "-security"
				}' <<<"$sites"
			;;
		*) awk '$2 !~ /-security$/ { print $1 }' <<<"$sites" ;;
		esac | sort -u | while read -r site; do
			[ -z "$site" ] || printf 'deb %s%s %s main\n' "$signed" "$site" "$suite"
		done
	done
}

# The machine's release, by the name that its apt uses.
own_releases()
{
	known_sites "$@" | awk '$2 !~ /-/ { print $2 }' | sort -u
}

# verified DEB: is the file what apt's index, or the note made from it, says it is?
verified()
{
	[ -f "$1" ] && [ -f "$1.sha256" ] &&
		[ "$(sha256sum <"$1" | cut -d ' ' -f 1)" = "$(cat "$1.sha256")" ]
}

# The versions of BASE_PKG in the cache, newest first.
cached()
{
	find "$CACHE" -maxdepth 1 -name "${BASE_PKG}_*.deb" -printf '%f\n' 2>/dev/null |
		sed -e "s/^${BASE_PKG}_//" -e 's/\.deb$//' | sort -V -r
}

deb_of()
{
	printf '%s\n' "$CACHE/${BASE_PKG}_$1.deb"
}

# download VERSION: puts it into the cache, checked and whole, or fails.
download()
{
	local version=$1 tmp deb sha rc=0

	verified "$(deb_of "$version")" && return 0
	sha=$(apt-cache "${apt_opts[@]}" show "$BASE_PKG=$version" 2>/dev/null |
		awk '$1 == "SHA256:" { print $2; exit }')
	[ -n "$sha" ] || return 1
	case $BASE_PKG in
	linux-source-*) step "downloading $BASE_PKG $version (about 150 MiB)" >&2 ;;
	*) step "downloading $BASE_PKG $version" >&2 ;;
	esac
	tmp=$(mktemp -d "$CACHE/fetch.XXXXXX")
	(cd "$tmp" && apt-get "${apt_opts[@]}" -o APT::Sandbox::User=root -q download \
		"$BASE_PKG=$version") >"$tmp/log" 2>&1 </dev/null || rc=1
	deb=$(find "$tmp" -name '*.deb')
	if [ "$rc" -eq 0 ] && [ -n "$deb" ] && [ "$(sha256sum <"$deb" | cut -d ' ' -f 1)" = "$sha" ]; then
		printf '%s\n' "$sha" >"$tmp/sha256"
		mv "$tmp/sha256" "$(deb_of "$version").sha256"
		mv "$deb" "$(deb_of "$version")"
	else
		tail -n 5 "$tmp/log" >&2
		rc=1
	fi
	rm -rf "$tmp"
	return "$rc"
}

# unpack_deb DEB FOLDER [TAR-OPTION...]: the kernel tree that a source package holds.
unpack_deb()
{
	local deb=$1 into=$2

	shift 2
	dpkg-deb --fsys-tarfile "$deb" | tar -x -O -f - --wildcards './usr/src/linux-source-*.tar.xz' |
		tar -x -J -f - --strip-components=1 -C "$into" "$@"
}
