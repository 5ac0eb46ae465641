# SPDX-License-Identifier: GPL-2.0
# Thin: each target is a script. "make help" lists them.

BASE ?= 6.12
ARCH ?= $(shell uname -m)
export BASE ARCH TREE KDIR TEST ONLY PATCH CONFIG REVISION SUITES

.DEFAULT_GOAL := help
.PHONY: help prepare refresh apply module kunit kselftest kcsan soak lint check each drift demo bench deb check-install clean

help:
	@scripts/help.sh

prepare:
	@scripts/prepare.sh

refresh:
	@scripts/refresh.sh

apply:
	@scripts/apply.sh

module:
	@scripts/module.sh

kunit:
	@scripts/kunit.sh $(or $(FLAVOUR),release) $(SUITE)

kselftest:
	@scripts/kselftest.sh $(or $(FLAVOUR),release)

kcsan:
	@scripts/kcsan.sh

soak:
	@scripts/soak.sh $(or $(FLAVOUR),debug) $(ROUNDS)

lint:
	@scripts/lint.sh

# Of the bases that scripts/bases says, but for one that was asked for
check:
	@scripts/check.sh $(if $(filter-out file,$(origin BASE)),$(BASE))

# Of all bases, but for one that was asked for
drift:
	@scripts/drift.sh $(if $(filter-out file,$(origin BASE)),$(BASE))

each:
	@scripts/each.sh

demo:
	@scripts/demo.sh

bench:
	@scripts/bench.sh

deb:
	@scripts/deb.sh

check-install:
	@scripts/check-install.sh $(SUITES)

clean:
	rm -rf build
