#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What make can do here.

. "$(dirname "$0")/lib.sh"

cat <<END
make prepare   the packages that are missing, Debian's source of Linux $BASE, and the
               patched tree in build/$BASE/linux (under quilt)
make apply     the patches on your own tree: make apply TREE=~/linux
make module    memcg_dirty.ko, for the kernel built here or another patched one:
               make module KDIR=/lib/modules/\$(uname -r)/build
make kunit     the KUnit suites, in a guest
make lint      patches, C and shell without building a kernel; seconds
make check     everything: lint, static analysis, all tests on a release and a debug
               kernel of each base; ends in "N passed, N failed"
make demo      one boot: a bulk writer and its neighbour, without and with limits
make bench     the stock and the patched kernel in turn: ratios, JSON and a plot
make clean     removes build/$BASE

  BASE=$BASE      the base kernel, one of: $(base_list)
                 (point releases: $(awk '!/^#/ && NF { print $3 }' "$TOP/scripts/bases" | paste -s -d ' '))
  TREE=<tree>    apply: the tree to patch; prepare and what builds on it: a tree, or
                 a release tarball, to take in place of Debian's package
  KDIR=<tree>    module: a configured kernel tree, its O= folder, or installed headers
  ARCH=$ARCH    prepare needs none; module: as for the kernel's make, with CROSS_COMPILE=;
                 the guests are x86_64

Nothing is written outside build/ and the download cache,
$CACHE (MEMCG_DIRTY_CACHE= chooses another).
END
