# SPDX-License-Identifier: GPL-2.0
# Thin: each target is a script. "make help" lists them.

BASE ?= 6.12
ARCH ?= $(shell uname -m)
export BASE ARCH TREE KDIR

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

# Of all bases, but for one that was asked for
check:
	@scripts/check.sh $(if $(filter-out file,$(origin BASE)),$(BASE))

demo:
	@scripts/demo.sh

bench:
	@scripts/bench.sh

clean:
	rm -rf build/$(BASE)
