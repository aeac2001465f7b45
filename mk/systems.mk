# SPDX-License-Identifier: Apache-2.0
# Other people's build systems: what is installed for find_package() of CMake, and what the files for CMake and Meson are compared with.

CMAKE_FILES   := $(notdir $(basename $(wildcard pkgconfig/*.cmake.in)))
# Where CMake's files find the headers, wherever all of it is moved to.
INCLUDE_FROM_HERE = $(shell realpath -m --relative-to='$(LIBDIR)/cmake/sztp' '$(INCLUDEDIR)')
needs = $(patsubst -l%,%,$(1))

.PHONY: install-for-cmake uninstall-for-cmake library-sources
install-lib: install-for-cmake
install-for-cmake:
	@mkdir -p $(D)$(LIBDIR)/cmake/sztp
	$(Q)for f in $(CMAKE_FILES); do \
	  sed -e 's|@VERSION@|$(VERSION)|' -e 's|@ABI@|$(ABI)|' -e 's|@CRYPTO@|$(CRYPTO)|' -e 's|@INCLUDE_FROM_HERE@|$(INCLUDE_FROM_HERE)|' \
	    -e 's|@CORE_NEEDS@|$(call needs,$(CORE_LIBS))|' -e 's|@TLS_NEEDS@|$(call needs,$(TLS_LIBS))|' pkgconfig/$$f.in \
	    > $(D)$(LIBDIR)/cmake/sztp/$$f || exit 1; done

uninstall: uninstall-for-cmake
uninstall-for-cmake:
	rm -rf $(D)$(LIBDIR)/cmake/sztp

# A line per library that would be built: its name and its sources.
library-sources:
	@$(if $(CORE_SRC),echo sztp $(CORE_SRC))
	@$(if $(HTTPS_SRC),echo https $(HTTPS_SRC))
	@$(if $(ARTIFACTS_SRC),echo artifacts $(ARTIFACTS_SRC))
	@$(if $(TPM2_SRC),echo tpm2 $(TPM2_SRC))
