# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# A guest that boots and is content.
report "booted $(uname -r)"
