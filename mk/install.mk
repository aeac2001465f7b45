# SPDX-License-Identifier: Apache-2.0
# Installation: libraries, headers, pkg-config files, tools, manual pages.

D       := $(DESTDIR)
BINDIR   = $(PREFIX)/bin
DATADIR  = $(PREFIX)/share
INCLUDEDIR = $(PREFIX)/include
MANDIR   = $(DATADIR)/man
# Guides, examples and schemas.
DOCDIR   = $(DATADIR)/doc/sztp
HOOKDIR  = $(DATADIR)/sztp/hooks
HANDLERDIR = $(DATADIR)/sztp/handlers
# Below other prefixes nothing is put outside of them.
SYSCONFDIR = $(if $(filter /usr /usr/local,$(PREFIX)),/etc,$(PREFIX)/etc)
CONFDIR  = $(SYSCONFDIR)/sztp
LIBEXECDIR = $(PREFIX)/lib/sztp
# The init systems that sztp-agent and sztp-server are installed for: systemd, sysvinit (busybox too), openrc; or none.
INIT     = systemd
UNITDIR  = $(PREFIX)/lib/systemd/system
SYSUSERSDIR = $(PREFIX)/lib/sysusers.d
TMPFILESDIR = $(PREFIX)/lib/tmpfiles.d
INITDIR  = $(SYSCONFDIR)/init.d
BASHCOMPDIR = $(DATADIR)/bash-completion/completions
ZSHCOMPDIR  = $(DATADIR)/zsh/site-functions
FISHCOMPDIR = $(DATADIR)/fish/vendor_completions.d
HANDLERS  := $(sort $(wildcard handlers/*))
HOOKS     := $(sort $(wildcard tools/sztp-agent/hooks/*))
MAN_PAGES := $(sort $(wildcard docs/man/*.[1-8] tools/*/*.[1-8]))

# What is installed as it is, but for what pages and manuals point to: SOURCE:TARGET, each.
in = $(foreach f,$(2),$(f):$(1)/$(notdir $(f)))
GUIDES := $(shell find docs examples -type f ! -path 'docs/man/*' ! -name '.*' ! -path '*/__pycache__/*' | sort)
PLAIN   = $(foreach m,$(MAN_PAGES),$(m):$(MANDIR)/man$(patsubst .%,%,$(suffix $(m)))/$(notdir $(m))) \
          $(foreach f,$(wildcard README.md CHANGELOG.md SECURITY.md) $(GUIDES),$(f):$(DOCDIR)/$(f)) \
          $(if $(TOOLS),packaging/agent.json:$(CONFDIR)/agent.json.example packaging/server.json:$(CONFDIR)/server.json.example) \
          $(foreach t,$(TOOLS),packaging/completion/bash/$(t):$(BASHCOMPDIR)/$(t) packaging/completion/zsh/_$(t):$(ZSHCOMPDIR)/_$(t) \
            packaging/completion/fish/$(t).fish:$(FISHCOMPDIR)/$(t).fish)
# What has its own folders told: @BINDIR@ and others in it are replaced.
TOLD    = $(call in,$(HOOKDIR),$(HOOKS)) $(call in,$(HANDLERDIR),$(HANDLERS)) $(if $(TOOLS),$(foreach i,$(INIT),$(TOLD_$(i))))
TOLD_systemd  = $(call in,$(UNITDIR),$(wildcard packaging/systemd/*.service)) packaging/systemd/strict.conf:$(DOCDIR)/examples/strict.conf \
          $(foreach f,$(wildcard packaging/systemd/*.tmpfiles),$(f):$(TMPFILESDIR)/$(basename $(notdir $(f))).conf) \
          $(foreach f,$(wildcard packaging/systemd/*.sysusers),$(f):$(SYSUSERSDIR)/$(basename $(notdir $(f))).conf)
UNTIL         = packaging/sysvinit/until-bootstrapped:$(LIBEXECDIR)/until-bootstrapped
TOLD_sysvinit = $(UNTIL) packaging/sysvinit/sztp-agent:$(INITDIR)/sztp-agent
TOLD_openrc   = $(UNTIL) packaging/openrc/sztp-agent:$(INITDIR)/sztp-agent
TOLD_none     =

ifneq ($(filter-out systemd sysvinit openrc none,$(INIT)),)
$(error INIT=$(INIT): there are systemd, sysvinit, openrc and none)
endif
ifneq ($(and $(filter sysvinit,$(INIT)),$(filter openrc,$(INIT))),)
$(error INIT=$(INIT): sysvinit and openrc have scripts of the same name)
endif

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
	$(Q)$(if $(PROGRAMS),ln -sf sztp-agent $(D)$(BINDIR)/opi-sztp-agent)
	@echo $(PLAIN) >$(BUILD)/installed
	$(Q)for f in $(PLAIN); do from=$${f%%:*} to=$(D)$${f#*:} && install -D -m 644 $$from $$to && case $$from in \
	  *.md) scripts/installed-page headers=$(INCLUDEDIR) pages=$(DOCDIR) $(BUILD)/installed $$from >$$to ;; \
	  *.[1-8]) sed 's|Pa docs/|Pa $(DOCDIR)/docs/|' $$from >$$to ;; esac || exit 1; done
	$(Q)for f in $(TOLD); do from=$${f%%:*} to=$(D)$${f#*:} && mkdir -p $${to%/*} && \
	  sed -e 's|@HOOKS@|$(HOOKDIR)|' -e 's|@BINDIR@|$(BINDIR)|' -e 's|@CONFDIR@|$(CONFDIR)|' \
	    -e 's|@LIBEXECDIR@|$(LIBEXECDIR)|' $$from > $$to && \
	  chmod $$(test -x $$from && echo 755 || echo 644) $$to || exit 1; done

uninstall: ## remove what install put there
	rm -rf $(D)$(INCLUDEDIR)/sztp
	rm -f $(foreach l,sztp sztp-https sztp-artifacts sztp-tpm2,$(D)$(LIBDIR)/lib$(l).a $(D)$(LIBDIR)/lib$(l).so \
	  $(D)$(LIBDIR)/lib$(l).so.$(ABI) $(D)$(LIBDIR)/lib$(l).so.$(ABI).$(VERSION) $(D)$(LIBDIR)/pkgconfig/$(l).pc)
	rm -f $(foreach t,$(TOOLS) opi-sztp-agent,$(D)$(BINDIR)/$(t))
	$(Q)for f in $(PLAIN) $(TOLD); do rm -f $(D)$${f#*:} || exit 1; done

