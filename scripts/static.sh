#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# static.sh [sparse] [coccinelle]: what the two find in the C files that the series
# touches or adds, in the module and in the KUnit suites, and do not find in the
# stock kernel. Any such report fails. Needs the release kernel (scripts/build.sh).

. "$(dirname "$0")/lib.sh"

[ $# -gt 0 ] || set -- sparse coccinelle
tree=$BUILD/linux
stock=$BUILD/stock
obj=$BUILD/obj/release
out=$BUILD/static
# Longest time for one semantic patch on all files.
SPATCH_TIMEOUT=${SPATCH_TIMEOUT:-600}

"$TOP/scripts/deps.sh" static
[ -n "$(kernel_version "$tree")" ] ||
	die "there is no kernel tree in ${tree#"$TOP/"}" "" "make prepare BASE=$BASE"
rm -rf "$out"
mkdir -p "$out"

mapfile -t patches < <(series_patches)
[ ${#patches[@]} -gt 0 ] || die "patches/series-$BASE holds no patches" "" "check the checkout out again"
# Kernel code; the selftests are user space.
mapfile -t touched < <(patch_files "${patches[@]/#/$TOP/patches/}" | grep '\.[ch]$' | grep -v '^tools/')
mapfile -t targets < <(touched_objects "$tree")

# Reports by file and text, without the lines that any edit moves. The roots, given
# as arguments, come off the paths.
normalize()
{
	local root
	local -a strip=()

	for root; do
		strip+=(-e "s|^$root/||")
	done
	sed "${strip[@]}" -e 's/^\([^ :]*\):[0-9]*:[0-9-]*: /\1: /' -e 's/ on line [0-9][0-9]*/ on line .../g' | sort
}

# Lines of the sorted file $2 that $1 does not have, or has less often.
new_in()
{
	comm -13 "$1" "$2"
}

# Reports on stdin but those in the kernel's own files that the series does not touch:
# an inline function of a header that nobody here has used before.
in_our_files()
{
	local line file

	while IFS= read -r line; do
		file=${line%%: *}
		[ ! -f "$tree/$file" ] || printf '%s\n' "${touched[@]}" | grep -qxF -- "$file" ||
			continue
		printf '%s\n' "$line"
	done
}

# sparse 0.6.4, which is what Debian has, does not know what Linux 7.3 asks it for.
CHECK='sparse -D__typeof_unqual__=__typeof__'

sparse_run()
{
	local tree=$1 obj=$2 log=$3 rc=0

	shift 3
	[ $# -gt 0 ] || return 0
	kmake "$tree" "$obj" C=2 CHECK="$CHECK" "$@" >"$log" 2>&1 </dev/null || rc=$?
	if [ "$rc" -ne 0 ]; then
		tail -n 20 "$log" >&2
		return 1
	fi
}

# drop_module_info FOLDER LOG: Linux 7.3 asserts of the string of a MODULE_*() or
# module_param*() what sparse cannot work out.
drop_module_info()
{
	local line file number

	while IFS= read -r line; do
		IFS=: read -r file number _ <<<"$line"
		case $line in
		*'error: bad constant expression')
			! sed -n "${number}p" "$1/$file" 2>/dev/null |
				grep -qE '^(MODULE_|MEMCG_DIRTY_IMPORT_|module_param)' || continue
			;;
		esac
		printf '%s\n' "$line"
	done <"$2" >"$2.tmp"
	mv "$2.tmp" "$2"
}

sparse_warnings()
{
	{ grep -hE '^[^ ]+:[0-9]+:[0-9]+: (warning|error):' "$@" || true; } |
		normalize "$tree" "$stock" "$obj/ext"
}

do_sparse()
{
	local -a known=() logs=()
	local t part

	for t in "${targets[@]}"; do
		[ ! -f "$stock/${t%.o}.c" ] || known+=("$t")
	done
	step "sparse: ${#targets[@]} files of the series, the module, the KUnit suites"
	sparse_run "$tree" "$obj" "$out/sparse-patched.log" "${targets[@]}" ||
		die "sparse could not run on the patched files" "make C=2 ${targets[*]}" "see ${out#"$TOP/"}/sparse-patched.log"
	sparse_run "$stock" "$BUILD/obj/stock" "$out/sparse-stock.log" "${known[@]}" ||
		die "sparse could not run on the stock files" "make C=2 ${known[*]}" "see ${out#"$TOP/"}/sparse-stock.log"
	for part in module kunit; do
		make -C "$obj" ARCH="$ARCH" CC="$CC_KERNEL" M="$obj/ext/$part" C=2 CHECK="$CHECK" modules \
			KBUILD_EXTRA_SYMBOLS="$([ "$part" = module ] || printf '%s' "$obj/ext/module/Module.symvers")" \
			>"$out/sparse-$part.log" 2>&1 ||
			die "sparse could not run on $part" "make M=$obj/ext/$part C=2" "see ${out#"$TOP/"}/sparse-$part.log"
		grep -q '^  CHECK ' "$out/sparse-$part.log" || die "sparse did not look at $part" "make C=2" \
			"see ${out#"$TOP/"}/sparse-$part.log"
		drop_module_info "$TOP/$part" "$out/sparse-$part.log"
		logs+=("$out/sparse-$part.log")
	done
	for t in "${targets[@]}"; do
		grep -qE "^  CHECK .*${t%.o}\.c\$" "$out/sparse-patched.log" ||
			die "sparse did not look at ${t%.o}.c" "make C=2 $t" "see ${out#"$TOP/"}/sparse-patched.log"
	done
	sparse_warnings "$out/sparse-stock.log" >"$out/sparse-stock"
	sparse_warnings "$out/sparse-patched.log" >"$out/sparse-patched"
	# The module's own lines all count; those of headers, if the stock kernel has
	# them nowhere.
	{
		new_in "$out/sparse-stock" "$out/sparse-patched"
		sparse_warnings "${logs[@]}" | sort -u | new_in <(sort -u "$out/sparse-stock") -
	} | in_our_files >"$out/sparse-new"
	if [ -s "$out/sparse-new" ]; then
		printf 'sparse: reports that the stock kernel does not have:\n'
		cat "$out/sparse-new"
		return 1
	fi
	printf 'sparse: nothing new in %d files of the series, module and kunit (%d reports in stock)\n' \
		"${#targets[@]}" "$(wc -l <"$out/sparse-stock")"
}

# One semantic patch on the folder $1; as scripts/coccicheck calls it.
spatch_one()
{
	local dir=$1 cocci=$2
	local -a opt

	read -r -a opt < <(sed -n 's|^// Options:||p' "$cocci" | paste -s -d ' ') || true
	timeout "$SPATCH_TIMEOUT" spatch -D report --very-quiet --no-show-diff --cocci-file "$cocci" \
		"${opt[@]}" -I "$tree/include" -I "$tree/arch/x86/include" -I "$tree/include/uapi" \
		--dir "$dir" 2>&1
}

# A semantic patch on what is new here; and on the stock files, if it found something.
cocci_one()
{
	local cocci=$1 base=${1##*/} rc=0

	spatch_one "$out/cocci/new" "$cocci" >"$out/cocci/log/$base.new" || rc=$?
	if [ "$rc" -ne 0 ]; then
		printf '%s: spatch ended with status %d\n' "${cocci#"$tree/"}" "$rc"
		tail -n 3 "$out/cocci/log/$base.new"
	elif [ -s "$out/cocci/log/$base.new" ]; then
		spatch_one "$out/cocci/old" "$cocci" >"$out/cocci/log/$base.old" || true
		new_in <(normalize "$out/cocci/old" <"$out/cocci/log/$base.old") \
			<(normalize "$out/cocci/new" <"$out/cocci/log/$base.new")
	fi
}

do_coccinelle()
{
	local f part cocci
	local -a scripts

	mkdir -p "$out/cocci/log"
	for f in "${touched[@]}"; do
		mkdir -p "$out/cocci/new/$(dirname "$f")" "$out/cocci/old/$(dirname "$f")"
		cp "$tree/$f" "$out/cocci/new/$f"
		[ ! -f "$stock/$f" ] || cp "$stock/$f" "$out/cocci/old/$f"
	done
	for part in module kunit; do
		mkdir -p "$out/cocci/new/$part"
		cp "$TOP/$part"/*.[ch] "$out/cocci/new/$part/"
	done
	# Those that can report. The few that are partly OCaml want its compiler.
	mapfile -t scripts < <(find "$tree/scripts/coccinelle" -name '*.cocci' | sort |
		xargs grep -l '^virtual report' | xargs grep -L ':ocaml')
	[ ${#scripts[@]} -gt 50 ] ||
		die "there are only ${#scripts[@]} semantic patches" "scripts/coccinelle" "look into ${tree#"$TOP/"}"
	step "coccinelle: ${#scripts[@]} semantic patches, $(find "$out/cocci/new" -type f | wc -l) files"
	for cocci in "${scripts[@]}"; do
		while [ "$(jobs -pr | wc -l)" -ge "$JOBS" ]; do
			wait -n || true
		done
		cocci_one "$cocci" >"$out/cocci/log/${cocci##*/}.report" &
	done
	wait
	cat "$out"/cocci/log/*.report >"$out/cocci-new"
	if [ -s "$out/cocci-new" ]; then
		printf 'coccinelle: reports that the stock kernel does not have:\n'
		cat "$out/cocci-new"
		return 1
	fi
	printf 'coccinelle: %d semantic patches find nothing new\n' "${#scripts[@]}"
}

status=0
[ -f "$obj/Module.symvers" ] || "$TOP/scripts/build.sh" release
[ -f "$obj/ext/module/memcg_dirty.ko" ] || "$TOP/scripts/module.sh" release
# The stock files with the release configuration are what "new" is measured by.
"$TOP/scripts/build.sh" stock configure
for tool; do
	case $tool in
	sparse) do_sparse || status=1 ;;
	coccinelle) do_coccinelle || status=1 ;;
	*) die "there is no static check '$tool'" "sparse coccinelle" "choose one of these" ;;
	esac
done
exit "$status"
