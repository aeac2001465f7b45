# SPDX-License-Identifier: Apache-2.0
# Installation: libraries, headers, pkg-config files, tools, manual pages.

D       := $(DESTDIR)
BINDIR   = $(PREFIX)/bin
INCLUDEDIR = $(PREFIX)/include
MANDIR   = $(PREFIX)/share/man
HOOKDIR  = $(PREFIX)/share/sztp/hooks
HANDLERDIR = $(PREFIX)/share/sztp/handlers
HANDLERS  := $(sort $(wildcard handlers/*))
HOOKS     := $(sort $(wildcard tools/sztp-agent/hooks/*))
MAN_PAGES := $(sort $(wildcard docs/man/*.[1-8] tools/*/*.[1-8]))

# In a .pc file what lies below the prefix is named by it, so that another prefix can be given later.
below_prefix = $(patsubst $(PREFIX)/%,$${prefix}/%,$(1))

.PHONY: install install-lib uninstall
install-lib: lib ## install the libraries alone, with headers and pkg-config files
	@mkdir -p $(D)$(LIBDIR)/pkgconfig $(D)$(INCLUDEDIR)/sztp
	$(call say,INSTALL,$(D)$(LIBDIR))
	$(Q)install -m 644 $(filter-out $(if $(TPM2_SRC),,%/tpm2.h),$(wildcard include/sztp/*.h)) $(D)$(INCLUDEDIR)/sztp/
	$(Q)for l in $(LIBRARIES); do \
	  install -m 644 $(BUILD)/lib/lib$$l.a $(D)$(LIBDIR)/ && \
	  install -m 755 $(BUILD)/lib/lib$$l.so.$(ABI).$(VERSION) $(D)$(LIBDIR)/ && \
	  ln -sf lib$$l.so.$(ABI).$(VERSION) $(D)$(LIBDIR)/lib$$l.so.$(ABI) && \
	  ln -sf lib$$l.so.$(ABI) $(D)$(LIBDIR)/lib$$l.so && \
	  sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(call below_prefix,$(LIBDIR))|' \
	    -e 's|@INCLUDEDIR@|$(call below_prefix,$(INCLUDEDIR))|' -e 's|@VERSION@|$(VERSION)|' \
    -e 's|@CRYPTO_LIBS@|$(CRYPTO_LIBS)|' -e 's|@TLS_LIBS@|$(TLS_LIBS)|' pkgconfig/$$l.pc.in \
	    > $(D)$(LIBDIR)/pkgconfig/$$l.pc || exit 1; done

install: all install-lib ## install below $(DESTDIR)$(PREFIX) what was built, however it was built
	@mkdir -p $(D)$(BINDIR)
	$(call say,INSTALL,$(D)$(PREFIX))
	$(Q)$(if $(PROGRAMS),install -m 755 $(PROGRAMS) $(D)$(BINDIR)/)
	$(Q)for m in $(MAN_PAGES); do \
	  install -D -m 644 $$m $(D)$(MANDIR)/man$${m##*.}/$$(basename $$m) || exit 1; done
	@mkdir -p $(D)$(HOOKDIR)
	$(Q)for h in $(HOOKS); do to=$(D)$(HOOKDIR)/$${h##*/} && sed 's|@HOOKS@|$(HOOKDIR)|' $$h > $$to && \
	  chmod $$(test -x $$h && echo 755 || echo 644) $$to || exit 1; done
	@mkdir -p $(D)$(HANDLERDIR)
	$(Q)for h in $(HANDLERS); do install -m $$(test -x $$h && echo 755 || echo 644) $$h $(D)$(HANDLERDIR)/ || exit 1; done

uninstall: ## remove what install put there
	rm -rf $(D)$(INCLUDEDIR)/sztp $(D)$(HOOKDIR) $(D)$(HANDLERDIR)
	rm -f $(foreach l,sztp sztp-https sztp-artifacts sztp-tpm2,$(D)$(LIBDIR)/lib$(l).a $(D)$(LIBDIR)/lib$(l).so \
	  $(D)$(LIBDIR)/lib$(l).so.$(ABI) $(D)$(LIBDIR)/lib$(l).so.$(ABI).$(VERSION) $(D)$(LIBDIR)/pkgconfig/$(l).pc)
	rm -f $(foreach t,$(TOOLS),$(D)$(BINDIR)/$(t))
	rm -f $(foreach m,$(MAN_PAGES),$(D)$(MANDIR)/man$(patsubst .%,%,$(suffix $(m)))/$(notdir $(m)))

