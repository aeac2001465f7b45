# SPDX-License-Identifier: Apache-2.0
# Debian packages, and their tests: a sample on this machine, and the whole in fresh Debian systems.

.PHONY: packages check-packages check-package-build
packages: ## build the Debian packages into build/packages/debs, source and binary
	@scripts/build-packages $(BUILD)/packages/debs -F

# The sample that is part of `make check`.
check-package-build: | $(call need,check)
	@$(RUN) --part packages tests/packages/here.sh

SUITES = bookworm trixie
check-packages: | $(call need,packages) ## the packages in fresh Debian systems (SUITES), as root: built twice, installed, bootstrapped from, upgraded, as services, the tutorial followed; cross-built for arm64
	@rm -rf $(BUILD)/packages
	@status=0; for suite in $(SUITES); do \
	  SUITE=$$suite TEST_LIMIT=3600 $(RUN) --jobs 1 --part $$suite tests/packages/fresh_build.sh tests/packages/fresh_use.sh tests/packages/fresh_guide.sh || status=1; \
	done; \
	SUITE=$(firstword $(SUITES)) TEST_LIMIT=3600 $(RUN) --jobs 1 --part others tests/packages/other_inits.sh tests/packages/cross.sh || status=1; \
	exit $$status
