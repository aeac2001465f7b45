# SPDX-License-Identifier: Apache-2.0
# Documents: manual pages of section 3, and the site.

DOCS        := $(BUILD)/docs
# What is installed is made where Doxygen and Python are; elsewhere the pages are left out, which is said.
MAN3_MAKERS := $(and $(shell command -v doxygen),$(shell command -v python3))
INSTALLING  := $(filter install install-man3,$(MAKECMDGOALS))

.PHONY: docs man3 install-man3 uninstall-man3
man3: $(DOCS)/warnings ## the manual pages of section 3, in build/docs/man
docs: $(DOCS)/html/index.html ## one site of all documents, the interface and the manual pages: build/docs/html
	@echo $<

$(DOCS)/warnings: $(wildcard include/sztp/*.h) Doxyfile scripts/docs scripts/reference | $(if $(INSTALLING),,$(call need,docs))
	$(call say,DOC,$(@D))
	$(Q)scripts/docs $(abspath $(@D)) $(VERSION)

$(DOCS)/html/index.html: $(DOCS)/warnings scripts/site scripts/reference $(wildcard docs/site/* docs/site/*/* *.md docs/*.md docs/*/*.md docs/*/*/*.md \
    docs/man/* tools/*/*.1 examples/* examples/*/*)
	$(call say,SITE,$(DOCS)/html)
	$(Q)rm -rf $(DOCS)/html && SZTP_VERSION=$(VERSION) scripts/site $(abspath $(DOCS)) $(abspath $(DOCS))/xml

install: install-man3
install-man3: $(if $(MAN3_MAKERS),$(DOCS)/warnings) ## install the manual pages of section 3 alone
	$(Q)$(if $(MAN3_MAKERS),mkdir -p $(D)$(MANDIR)/man3 && install -m 644 $(DOCS)/man/man3/*.3 $(D)$(MANDIR)/man3/, \
	  echo "no manual pages of section 3: doxygen or python3 is not installed")

uninstall: uninstall-man3
uninstall-man3:
	@rm -f $(D)$(MANDIR)/man3/sztp_*.3
