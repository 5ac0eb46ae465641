#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# make lint: what can be said about patches, C and shell without building a kernel:
# of all patches what needs no kernel tree, of those for BASE also the rest. Names
# every problem, then sums up; a minute.
# lint.sh base: only what depends on BASE.

. "$(dirname "$0")/lib.sh"

part=${1:-all}
case $part in
all | base) ;;
*) die "lint has no part '$part'" "all base" "lint.sh [base]" ;;
esac

# The last part of a pipe counts problems, so it runs in this shell.
shopt -s lastpipe
cd "$TOP"
"$TOP/scripts/deps.sh" lint

problems=0 checks=0
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

problem()
{
	problems=$((problems + 1))
	printf 'lint: %s\n' "$*"
}

# Each line of standard input is a problem of $1.
each_a_problem()
{
	local line

	while IFS= read -r line; do
		[ -z "$line" ] || problem "$1: $line"
	done
}

# Everything that is, or could be, committed.
mapfile -t files < <(
	if git rev-parse --git-dir >/dev/null 2>&1; then
		git ls-files -co --exclude-standard | sort -u | while read -r f; do [ ! -f "$f" ] || echo "$f"; done
	else
		find . -path ./build -prune -o -type f -printf '%P\n' | sort
	fi
)

# --- the series and the patches on disk
mapfile -t all_patches < <(find patches -name '*.patch' -printf '%P\n' | sort)
mapfile -t base_patches < <(series_patches | sort -u)
check_series()
{
	local base series p listed

	for base in $(base_list); do
		if [ ! -f "patches/series-$base" ]; then
			problem "patches/series-$base is missing, though scripts/bases has $base"
		fi
	done
	for series in patches/series-*; do
		base=${series#patches/series-}
		[ -n "$(base_field "$base" 2)" ] || problem "$series is for a base that scripts/bases does not have"
		checks=$((checks + 1))
		SERIES=$series series_patches | sort | uniq -d | each_a_problem "$series: listed twice"
		while read -r p; do
			[ -f "patches/$p" ] || problem "$series: $p is not on disk"
			case $p in
			common/*.patch) ;;
			*/*.patch) [ -n "$(base_field "${p%/*}" 2)" ] || problem "$series: $p is neither in common/ nor in a base's folder" ;;
			esac
		done < <(SERIES=$series series_patches)
	done
	for p in "${all_patches[@]}"; do
		listed=
		for series in patches/series-*; do
			# Not grep -q on the pipe: it would end early and fail the pipe.
			if grep -qxF -- "$p" <<<"$(SERIES=$series series_patches)"; then
				listed=1
			fi
		done
		[ -n "$listed" ] || problem "patches/$p is in no series"
	done
}

# --- own files: added whole by one patch, which no other one touches; a text once
new_files()
{
	awk '/^--- \/dev\/null/ { new = 1; next } new && /^\+\+\+ / { f = $2; sub(/^[^\/]*\//, "", f); print f } { new = 0 }' "$@"
}

# The base's one header of what differs, and what stands in each base's own folder
check_own()
{
	local base p f
	local -a listed

	for base in $(base_list); do
		mapfile -t listed < <(SERIES=patches/series-$base series_patches)
		for p in "${listed[@]}"; do
			[ -f "patches/$p" ] && echo "$p"
		done | while read -r p; do
			patch_files "patches/$p" | sed "s|\$| $p|"
		done >"$scratch/touches"
		new_files "${listed[@]/#/patches/}" | sort -u | while read -r f; do
			awk -v f="$f" '$1 == f { print $2 }' "$scratch/touches" >"$scratch/by"
			[ "$(wc -l <"$scratch/by")" -eq 1 ] ||
				problem "$f is touched by $(wc -l <"$scratch/by") patches of series-$base: $(paste -s -d ' ' "$scratch/by")"
			case $(cat "$scratch/by"):$f in
			common/* | *:mm/memcg_dirty/base.h) ;;
			*) problem "$f is an own file, and not in patches/common/ but in $(cat "$scratch/by")" ;;
			esac
		done
		checks=$((checks + 1))
	done
	for p in "${all_patches[@]}"; do
		f=${p##*/}
		f=${f%.patch}
		[ "$(tr -cd - <<<"$f" | wc -c)" -lt 5 ] || problem "patches/$p: its name has more than five words"
		checks=$((checks + 1))
	done
	grep -nE '^\+.*\b(LINUX_VERSION_CODE|KERNEL_VERSION)\b' "${all_patches[@]/#/patches/}" /dev/null |
		each_a_problem "a test of the kernel's version" || true
}

# hooks BASE: "LINES FILES" of what its series adds to, or takes from, files of the base
hooks()
{
	local -a listed

	mapfile -t listed < <(SERIES=patches/series-$1 series_patches)
	awk '
		/^--- / { old = $2; next }
		/^\+\+\+ / {
			own = old == "/dev/null"
			f = $2
			sub(/^[^\/]*\//, "", f)
			if (!own && !(f in seen)) {
				seen[f]
				files++
			}
			next
		}
		/^[-+]/ && !own { lines++ }
		/^-- *$/ || /^From: / { own = 1 }
		END { print lines + 0, files + 0 }
	' "${listed[@]/#/patches/}"
}

# --- the header of each patch
check_header()
{
	local p=$1 head from date subject title word body

	head=$(awk '/^---( |$)/ || /^diff / || /^Index: / { exit } { print }' "patches/$p")
	from=$(sed -n 's/^From: //p' <<<"$head" | head -n 1)
	date=$(sed -n 's/^Date: //p' <<<"$head" | head -n 1)
	subject=$(sed -n '/^Subject: /,/^[^ ]/p' <<<"$head" | awk 'NR == 1 || /^ / { printf "%s", $0 } NR > 1 && !/^ / { exit }')
	subject=${subject#Subject: }
	[[ $from =~ ^[^\<]+\ \<[^\ @]+@[^\ @]+\>$ ]] || echo "no 'From: Name <address>'"
	if [ -z "$date" ] || ! date -d "$date" >/dev/null 2>&1; then
		echo "no 'Date:', or not one that can be read"
	fi
	title=${subject#"[PATCH"*"] "}
	if [[ $title =~ ^[a-z0-9_/.,\ -]+:\ ([A-Za-z_][A-Za-z0-9_-]*)(\ |$) ]]; then
		word=$(sed 's/.*: //; s/ .*//' <<<"$title")
		case $word in
		*ss | need | feed | embed | seed | bring | focus) ;;
		*ed | *ing | *s) echo "subject: '$word' is not an imperative" ;;
		esac
		[ ${#title} -le 75 ] || echo "subject: longer than 75 characters"
		[ "${title%.}" = "$title" ] || echo "subject: ends in a full stop"
	else
		echo "subject is not 'area: imperative': '$title'"
	fi
	body=$(awk 'seen && !/^[A-Za-z-]+: / && NF { n++ } /^$/ { seen = 1 } END { print n + 0 }' <<<"$head")
	[ "$body" -ge 2 ] || echo "the body says nothing"
	grep -qxF "Signed-off-by: $from" <<<"$head" || echo "no Signed-off-by of '$from'"
	[ -n "$(patch_files "patches/$p")" ] || echo "changes no file"
}

check_headers()
{
	local p

	for p in "${all_patches[@]}"; do
		checks=$((checks + 1))
		check_header "$p" | each_a_problem "patches/$p"
	done
}

# --- a tree to take checkpatch and the files that the series touches from: the
# prepared one, or just these files out of the source package, kept in the cache
lint_tree()
{
	local deb list key dir tmp

	if [ -n "$(kernel_version "$BUILD/linux")" ]; then
		printf '%s\n' "$BUILD/linux"
		return
	fi
	if [ -n "${TREE:-}" ]; then
		"$TOP/scripts/prepare.sh" >&2
		printf '%s\n' "$BUILD/linux"
		return
	fi
	deb=$("$TOP/scripts/fetch.sh")
	list=$scratch/list
	{
		printf '%s\n' Makefile scripts/checkpatch.pl scripts/spelling.txt scripts/const_structs.checkpatch
		[ ${#base_patches[@]} -eq 0 ] || patch_files "${base_patches[@]/#/patches/}"
	} | sort -u >"$list"
	key=$({ echo "$deb"; cat "$list"; } | sha256sum | cut -c 1-12)
	dir=$CACHE/lint-$BASE/$key
	if [ ! -f "$dir/scripts/checkpatch.pl" ]; then
		tmp=$(mktemp -d "$CACHE/lint.XXXXXX")
		# tar reports the files that only the series brings; what counts is below.
		dpkg-deb --fsys-tarfile "$deb" | tar -x -O -f - --wildcards './usr/src/linux-source-*.tar.xz' |
			tar -x -J -f - --strip-components=1 --wildcards --no-wildcards-match-slash -C "$tmp" \
				-T <(sed 's|^|linux-source-*/|' "$list") 2>/dev/null || true
		[ -f "$tmp/scripts/checkpatch.pl" ] ||
			die "checkpatch.pl cannot be taken from ${deb##*/}" "tar" "make prepare BASE=$BASE"
		chmod 755 "$tmp"
		rm -rf "$CACHE/lint-$BASE"
		mkdir -p "$CACHE/lint-$BASE"
		mv "$tmp" "$dir"
	fi
	printf '%s\n' "$dir"
}

if [ "$part" = all ]; then
	check_series
	check_own
	check_headers
fi
tree=$(lint_tree)

# --- the series applies, in its order, with fuzz 0
checks=$((checks + 1))
if ! scratch_apply "$tree" "$scratch/apply"; then
	problem "patches/$PATCH_FAILED does not apply with fuzz 0 (file: $PATCH_FAILED_FILES; made for $BASE_RELEASES)"
elif grep -q 'with fuzz' "$scratch/apply/log"; then
	problem "patches/series-$BASE applies with fuzz only"
fi

# --- checkpatch. FILE_PATH_CHANGES asks for MAINTAINERS whenever a file is added, and
# UNKNOWN_COMMIT_ID for the kernel's git. A
# patch that is in git would be taken for a source file, so it sees no git. Each base
# has its own checkpatch.
checkpatch()
{
	GIT_DIR=$scratch/none perl "$tree/scripts/checkpatch.pl" --strict --no-tree --terse --show-types --no-summary \
		--ignore FILE_PATH_CHANGES,UNKNOWN_COMMIT_ID "$@" 2>&1 | sed "s|^$TOP/||" || true
}
export -f checkpatch
export scratch tree TOP

# A file at a time, several at once, the longest first
# shellcheck disable=SC2016 # the inner shell expands it
one='case $1 in patch) checkpatch "$2" ;; *) checkpatch -f "$2" ;; esac'
mapfile -t c_files < <(printf '%s\n' "${files[@]}" | grep -E '^(module|kunit|scripts)/.*\.[ch]$' || true)
{
	# shellcheck disable=SC2012 # the names are those of patches
	[ ${#base_patches[@]} -eq 0 ] || ls -S "${base_patches[@]/#/patches/}" | sed 's/^/patch /'
	[ ${#c_files[@]} -eq 0 ] || printf 'file %s\n' "${c_files[@]}"
} | xargs -P "$JOBS" -L 1 bash -c "$one" lint |
	each_a_problem checkpatch
checks=$((checks + ${#base_patches[@]} + ${#c_files[@]}))

# --- shell
shell_files=()
check_shell()
{
	local f

	for f in "${files[@]}"; do
		case $f in
		*.sh) shell_files+=("$f") ;;
		*.patch | *.c | *.h | *.md | *.rst | *.config) ;;
		*)
			if head -c 64 "$f" 2>/dev/null | head -n 1 | grep -aqE '^#!.*/(ba|da|)sh'; then
				shell_files+=("$f")
			fi
			;;
		esac
	done
	printf '%s\0' "${shell_files[@]}" | xargs -0 -P "$JOBS" -n 4 shellcheck -f gcc 2>&1 |
		each_a_problem shellcheck || true
	for f in "${shell_files[@]}"; do
		if head -n 1 "$f" | grep -q '^#!' && [ ! -x "$f" ]; then
			problem "$f is not executable"
		fi
	done
	checks=$((checks + ${#shell_files[@]}))
}

# --- licences, hosts, paths, generated files
check_texts()
{
	local f

	for f in "${files[@]}"; do
		checks=$((checks + 1))
		case $f in
		COPYING | *.patch | *.md | Documentation/ABI/*) ;;
		*)
			# Binary, or gone since it was listed.
			grep -qsI . "$f" || continue
			head -n 3 "$f" | grep -q 'SPDX-License-Identifier: ' || problem "$f: no SPDX-License-Identifier in its first lines"
			;;
		esac
		case $f in
		build/* | *.o | *.ko | *.mod | *.mod.c | *.cmd | *.deb | *.orig | *.rej | *.pyc | *.log | *~ | \
			*/Module.symvers | */modules.order | *.sha256 | *.cpio | *.svg | *.png)
			problem "$f is a generated file"
			;;
		esac
	done

	# A download comes from where the machine's own apt gets it: no script and no recipe
	# names a host, nor a path of the machine that it was written on.
	printf '%s\n' "${files[@]}" | grep -E '^(scripts|\.ci)/|^Makefile$' | grep -v '\.[ch]$' | tr '\n' '\0' |
		xargs -0 grep -snHIE '(https?|ftp)://|\b[a-z0-9-]+\.(org|com|net)\b' |
		each_a_problem "names a host" || true
	printf '%s\n' "${files[@]}" | grep -v '^COPYING$' | tr '\n' '\0' |
		xargs -0 grep -snHIE '(^|[^[:alnum:]_.$}/<-])/(work|home|root|workspace)/' |
		each_a_problem "names a path of one machine" || true
}

if [ "$part" = all ]; then
	check_shell
	check_texts
	checks=$((checks + 1))
	"$TOP/scripts/support.sh" check 2>&1 | each_a_problem "table of kernels" || true
fi

if [ "$problems" -gt 0 ]; then
	printf 'lint: %d problems (Linux %s: %d checks, %s)\n' "$problems" "$BASE" "$checks" "$(elapsed)"
	exit 1
fi
read -r lines in_files < <(hooks "$BASE")
step "lint: hooks for Linux $BASE: $lines lines in $in_files files of the base"
printf 'lint: clean (Linux %s: %d checks: %d patches, %d C files, %d shell scripts; %s)\n' "$BASE" "$checks" \
	"${#base_patches[@]}" "${#c_files[@]}" "${#shell_files[@]}" "$(elapsed)"
