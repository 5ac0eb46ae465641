#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What make can do here.

. "$(dirname "$0")/lib.sh"

cat <<END
make prepare   the packages that are missing, Debian's source of Linux $BASE, and the
               patched tree in build/$BASE/linux (under quilt)
make refresh   what was edited in that tree into a patch: the topmost one, or PATCH=
make apply     the patches on your own tree: make apply TREE=~/linux
make module    memcg_dirty.ko, for the kernel built here or another patched one:
               make module KDIR=/lib/modules/\$(uname -r)/build
make kunit     the KUnit suites, in a guest; SUITE=<file of kunit/, as parse>: one
make kselftest the tests of behaviour, in guests; TEST=<one of them>, ONLY=<a part of
               a case's name>; FLAVOUR=debug here and above: on the debug kernel
make kcsan     looks for data races while the tests run
make soak      loads and unloads the module under load; ROUNDS=100
make lint      patches, C and shell without building a kernel; a minute
make check     everything: lint, static analysis, all tests on a release and a debug
               kernel of each base; ends in "N passed, N failed"
make demo      one boot: a bulk writer and its neighbour, without and with limits
make bench     the stock and the patched kernel in turn: ratios, JSON and a plot
make each      compiles what the series touches after each of its patches
make drift     every release of each base that Debian offers: does the series apply, do
               the touched files compile; writes scripts/bases
make deb       Debian packages in build/$BASE/deb: linux-image and linux-headers with the
               patches, memcg-dirty-dkms, memcg-dirty-tools; CONFIG=cloud (Debian's
               cloud-amd64), running, small, or a file; REVISION=2 beside the first
make check-install  these packages in guests that are whole Debians with systemd: install,
               reboot, limits of services and containers, upgrade, remove;
               SUITES="trixie bookworm"
make clean     removes build/

  BASE=$BASE      the base kernel, one of: $(base_list)
                 (point releases: $(for b in $(base_list); do base_releases "$b"; done | paste -s -d ' '))
  TREE=<tree>    apply: the tree to patch; prepare and what builds on it: a tree, or
                 a release tarball, to take in place of Debian's package
  KDIR=<tree>    module: a configured kernel tree, its O= folder, or installed headers
  ARCH=$ARCH    prepare needs none; module: as for the kernel's make, with CROSS_COMPILE=;
                 the guests are x86_64

Packages that are missing are installed. Apart from that nothing is written outside
build/ and the download cache, $CACHE
(MEMCG_DIRTY_CACHE= chooses another).
END
