#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm.sh [OPTION...] -- GUEST-SCRIPT [ARG...]
#
# One boot, for one script of scripts/guest. Leaves in build/BASE/vm/NAME/:
#   console.log	the kernel's console (first serial port)
#   result.log	what the guest script reports (second serial port)
#   files/	what it left in /out
#
#   --flavour F	kernel, modules and kselftests of build/BASE/obj/F (release)
#   --kernel P	another bzImage
#   --name N	the folder below build/BASE/vm (the guest script's name)
#   --deadline S	seconds until the guest counts as hung (300)
#   --mem SIZE	memory (3G)
#   --smp N	CPUs (2)
#   --disk SIZE[:RATE]	a fresh virtio disk, vda first; RATE bytes/s of writes, as 40M
#   --share RATE	a folder for the guest's 9p, named share; RATE bytes/s of writes
#   --icount	one CPU whose clock counts instructions: 2 ns each
#   --append S	more kernel command line
#
# KVM serves where a guest really boots under it, emulation elsewhere.
# Status: 0 the guest script succeeded, 1 it failed or is missing something,
# 3 the kernel complained, 4 the deadline passed, 5 the guest ended without its marker.
. "$(dirname "$0")/lib.sh"

flavour=release kernel='' name='' deadline=300 mem=3G smp=2 icount='' append='' share='' disks=()
while [ $# -gt 0 ]; do
	case $1 in
	--flavour) flavour=$2 ;;
	--kernel) kernel=$2 ;;
	--name) name=$2 ;;
	--deadline) deadline=$2 ;;
	--mem) mem=$2 ;;
	--smp) smp=$2 ;;
	--disk) disks+=("$2") ;;
	--append) append=$2 ;;
	--share) share=$2 ;;
	--icount)
		icount=1
		shift
		continue
		;;
	--)
		shift
		break
		;;
	*) die "no such option: '$1'" "vm.sh" "see the head of $0" ;;
	esac
	shift 2
done
[ $# -ge 1 ] || die "no guest script named" "vm.sh" "vm.sh [OPTION...] -- GUEST-SCRIPT [ARG...]"
name=${name:-$(basename "$1" .sh)}
kernel=${kernel:-$BUILD/obj/$flavour/arch/x86/boot/bzImage}
dir=$BUILD/vm/$name
qemu='qemu-system-x86_64'

# What no healthy run has on its console.
complaints='BUG:|WARNING:|Oops|Call Trace|general protection|possible recursive|circular locking|suspicious RCU|kmemleak: [1-9]|Kernel panic'

[ -f "$kernel" ] || die "there is no $flavour kernel" "$kernel" "scripts/build.sh $flavour"
command -v "$qemu" >/dev/null ||
	die "$qemu is not installed" "PATH" "make prepare (as root), or install qemu-system-x86"

# boot FOLDER SECONDS OPTION...: becomes QEMU; status 124 once the time is up.
boot()
{
	local into=$1 limit=$2

	shift 2
	exec timeout --foreground -k 5 "$limit" "$qemu" -nodefaults -nographic -monitor unix:/tmp/mon,server,nowait -no-user-config \
		-machine q35 -no-reboot -kernel "$kernel" -initrd "$into/initramfs.cpio" \
		-chardev "file,id=console,path=$into/console.log" -serial chardev:console \
		-chardev "file,id=result,path=$into/result.log" -serial chardev:result \
		-device virtio-serial-pci \
		-chardev "file,id=files,path=$into/files.tar" \
		-device virtserialport,chardev=files,name=files \
		"$@" </dev/null >"$into/qemu.log" 2>&1
}

# The answer is kept for this boot of the host and this QEMU.
probe_kvm()
{
	local cache=$TOP/build/kvm key

	key="$(cat /proc/sys/kernel/random/boot_id) $("$qemu" --version | head -n 1)"
	if ! { [ -f "$cache" ] && [ "$(head -n 1 "$cache")" = "$key" ]; }; then
		printf '%s\nno\n' "$key" >"$cache.$$"
		if [ -r /dev/kvm ] && [ -w /dev/kvm ]; then
			step "trying whether a guest boots under KVM"
			rm -rf "$dir.kvm"
			mkdir -p "$dir.kvm"
			"$TOP/scripts/initramfs.sh" "$flavour" "$dir.kvm/initramfs.cpio" true.sh
			# Where it cannot, QEMU may abort; the shell would say so.
			{ (boot "$dir.kvm" 15 -accel kvm -cpu host -m 512M -smp 2 \
				-append "console=ttyS0 panic=-1") || :; } 2>/dev/null
			if grep -q '^GUEST-DONE 0' "$dir.kvm/result.log" 2>/dev/null; then
				printf '%s\nyes\n' "$key" >"$cache.$$"
			fi
			rm -rf "$dir.kvm"
		fi
		mv "$cache.$$" "$cache"
	fi
	[ "$(tail -n 1 "$cache")" = yes ]
}

rate_bytes()
{
	numfmt --from=iec "$1"
}

# Progress of the guest, as it comes.
follow()
{
	tail -n +1 -F --pid="$1" "$dir/result.log" 2>/dev/null |
		while IFS= read -r line; do
			case $line in
			"progress: "*) step "  $name: ${line#progress: }" ;;
			esac
		done
}

# failed STATUS WHAT
failed()
{
	{
		printf -- '--- end of %s\n' "${dir#"$TOP/"}/console.log"
		tail -n "${CONSOLE_LINES:-30}" "$dir/console.log" || :
		cat "$dir/qemu.log"
		printf -- '---\n'
		# Last: of a long log people may see no more than the end.
		printf 'vm.sh: %s: %s\n' "$name" "$2"
		grep -a -A 2 '^guest: ' "$dir/result.log" | sed 's/^/  /' || :
	} >&2
	exit "$1"
}

rm -rf "$dir"
mkdir -p "$dir"
touch "$dir"/{console.log,result.log}
"$TOP/scripts/initramfs.sh" "$flavour" "$dir/initramfs.cpio" "$@"

cleanup()
{
	[ -z "${pid:-}" ] || kill "$pid" 2>/dev/null || :
	rm -rf "$dir/share"
	rm -f "$dir"/disk*.img "$dir/initramfs.cpio" "$dir/files.tar"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

options=(-m "$mem")
if [ -n "$icount" ]; then
	# Without fast string copies a copied page costs what its instructions do.
	options+=(-accel "tcg,thread=single" -icount "shift=1,sleep=off" -smp 1)
	options+=(-cpu "max,-erms,-fsrm")
	how="counting instructions"
elif probe_kvm; then
	options+=(-accel kvm -cpu host -smp "$smp")
	how="KVM"
else
	# With a thread for each CPU, QEMU may run a translation of code that another CPU is
	# just patching: "Oops: int3", or a hang, where a kernel switches a static key. 7.2
	# and 10.0 both do.
	options+=(-accel "tcg,thread=single" -cpu max -smp "$smp")
	how="emulated"
fi
nr=0
for disk in "${disks[@]}"; do
	image=$dir/disk$nr.img
	truncate -s "${disk%%:*}" "$image"
	# The host's page cache takes the writes: the throttle alone is the device.
	drive="file=$image,format=raw,if=none,id=disk$nr,cache=unsafe,discard=ignore"
	case $disk in
	*:*) drive+=",throttling.bps-write=$(rate_bytes "${disk#*:}")" ;;
	esac
	options+=(-drive "$drive" -device "virtio-blk-pci,drive=disk$nr")
	nr=$((nr + 1))
done
if [ -n "$share" ]; then
	mkdir "$dir/share"
	options+=(-fsdev "local,id=share,path=$dir/share,security_model=none,throttling.bps-write=$(rate_bytes "$share")")
	options+=(-device "virtio-9p-pci,fsdev=share,mount_tag=share")
fi

# While Linux 7.3 finds out what the processor can, it does not know of five levels
# of page tables for a moment. KASAN takes what an interrupt then uses for wild.
[ "$flavour" != debug ] || append+=" no5lvl"

# An emulated processor that gets no time from the host misses the ticks by which
# the kernel would see whether its timer works, and panics.
step "booting $name ($flavour, $how, at most $deadline s)"
boot "$dir" "$deadline" "${options[@]}" \
	-append "console=ttyS0 panic=-1 panic_on_warn=1 oops=panic no_timer_check $append" &
pid=$!
follow "$pid" &
follower=$!
rc=0
wait "$pid" || rc=$?
pid=
wait "$follower" || :

sed -i 's/\r$//' "$dir/console.log" "$dir/result.log"
if [ -s "$dir/files.tar" ]; then
	mkdir "$dir/files"
	tar -x -C "$dir/files" -f "$dir/files.tar" --no-same-owner || rc=6
fi

if grep -aEq "$complaints" "$dir/console.log"; then
	at=$(grep -aEnm1 "$complaints" "$dir/console.log" | cut -d: -f1)
	sed -n "$((at > 3 ? at - 3 : 1)),$((at + 60))p" "$dir/console.log" >&2
	failed 3 "the kernel complained: $(sed -n "${at}p" "$dir/console.log")"
elif [ "$rc" -eq 124 ] || [ "$rc" -eq 137 ]; then
	failed 4 "no end after $deadline s: hung, or the machine is too slow (try --deadline)"
elif ! tail -n 1 "$dir/result.log" | grep -aq '^GUEST-DONE [0-9]*$'; then
	failed 5 "the guest ended without its marker (QEMU's status: $rc)"
elif ! tail -n 1 "$dir/result.log" | grep -aq '^GUEST-DONE 0$'; then
	failed 1 "the guest script failed"
elif [ "$rc" -ne 0 ]; then
	failed 1 "the guest succeeded, but QEMU or its files did not: status $rc"
fi
