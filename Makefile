# SPDX-License-Identifier: GPL-2.0
# Thin: each target is a script. "make help" lists them.

# "make check" and "make clean" are for all bases where none is named.
ifeq ($(origin BASE),undefined)
BASES := $(shell awk '!/^\#/ && NF { print $$1 }' scripts/bases)
BASE := 6.12
else
BASES := $(BASE)
endif
ARCH ?= $(shell uname -m)
export BASE BASES ARCH TREE KDIR

.DEFAULT_GOAL := help
.PHONY: help prepare apply module kunit lint check demo bench clean

help:
	@scripts/help.sh

prepare:
	@scripts/prepare.sh

apply:
	@scripts/apply.sh

module:
	@scripts/module.sh

kunit:
	@scripts/kunit.sh

lint:
	@scripts/lint.sh

check:
	@scripts/check.sh

demo:
	@scripts/demo.sh

bench:
	@scripts/bench.sh

clean:
	rm -rf build/check $(BASES:%=build/%)
