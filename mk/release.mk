# SPDX-License-Identifier: Apache-2.0
# Releases: the archive with its checksums and signatures, the bill of materials, the interface that is kept. RELEASE.md.

RELEASE := $(BUILD)/release
# Who signs: a key of gpg's (a fingerprint, an address), or a file with a private key of OpenSSH's. Empty: nothing is signed.
KEY      =

.PHONY: dist sbom abi-freeze
dist: ## the sources of the commit that is checked out, checksums, signatures with KEY=; into build/release
	@scripts/dist $(RELEASE) $(VERSION) '$(KEY)'

# With what the compiler finds, of the engine that is chosen.
sbom: ## what it consists of and is linked with, in SPDX, into build/release
	@mkdir -p $(RELEASE)
	$(Q)CC='$(CC)' CPPFLAGS='$(CPPFLAGS) $(MBEDTLS_CPPFLAGS)' scripts/sbom $(VERSION) $(CRYPTO) $(TPM) > $(RELEASE)/sbom.part
	$(Q)mv $(RELEASE)/sbom.part $(RELEASE)/libsztp-$(VERSION)-$(CRYPTO).spdx.json
	@echo $(RELEASE)/libsztp-$(VERSION)-$(CRYPTO).spdx.json

abi-freeze: ## take the committed interface as that of the release: later ones must serve who was linked with it
	@tests/abi/since_release --freeze $(VERSION)

.PHONY: picture
picture: all ## the README's picture, docs/picture, of what the demonstration prints
	$(Q)TPM=0 BUILD=$(abspath $(BUILD)) demo/run | scripts/picture --transcript > docs/picture/demo.txt
	$(Q)scripts/picture docs/picture/demo.txt > docs/picture/demo.svg
