# SPDX-License-Identifier: Apache-2.0
# Builds the libraries, the tools and the tests. `make help` lists the targets.

# ---- what may be set on the command line -------------------------------------------------------------

BUILD    = build
PREFIX   = /usr/local
LIBDIR   = $(PREFIX)/lib
INCLUDEDIR = $(PREFIX)/include
DESTDIR  =
CFLAGS   = -O2 -g
LDFLAGS  =
# 1: a warning is an error, as in `make check`.
WERROR   = 0
# 1: AddressSanitizer and UndefinedBehaviorSanitizer; thread: ThreadSanitizer.
SANITIZE = 0
# 0: without libsztp-tpm2. By default it is built where the headers of tpm2-tss are.
TPM      = $(TPM_FOUND)
# What is left out: full (nothing), device (sentences for people), tiny (everything that can be, but for ECDSA).
PROFILE  = full
ALL      = $(if $(filter tiny,$(PROFILE)),0,1)
# 1: no sentences for people; codes, places and labels stay. 0: no places either.
TERSE    = $(if $(filter full,$(PROFILE)),0,1)
PLACES   = $(ALL)
# 0 leaves a part out of the libraries, which then refuse what it would have judged (docs/footprint.md):
# constrained vouchers (COSE) and pinned public keys,
CONSTRAINED = $(ALL)
# XML; DNS and multicast DNS; encrypted artifacts; CRLs; name constraints and certificate policies; PEM and base64,
XML      = $(ALL)
DNS      = $(ALL)
DECRYPT  = $(ALL)
CRL      = $(ALL)
CONSTRAINTS = $(ALL)
PEM      = $(ALL)
# BER; names that say the same in different octets; boot images; SSH host keys and trust anchors that are reported,
BER      = $(ALL)
NAMES    = $(ALL)
IMAGES   = $(ALL)
HOST_KEYS = $(ALL)
# asking servers where their RESTCONF root is; events of a session; sessions in two processes,
HOST_META = $(ALL)
EVENTS   = $(ALL)
APART    = $(ALL)
# certificate signing requests; signatures of boot images; signatures with RSA; signatures with ECDSA.
CSR      = $(ALL)
IMAGE_SIGNATURES = $(ALL)
RSA      = $(ALL)
EC       = 1
# 1: against faults that somebody makes with the device in his hand: every acceptance takes two verifications.
HARDENED = $(if $(filter device,$(PROFILE)),1,0)
# Who computes: mbedtls (2.28 or 3.6), psa (mbedTLS 3.6 through PSA alone), openssl (3).
CRYPTO   = mbedtls
# 1: the tools hold the libraries of TLS themselves, and start sooner; whoever distributes them then has their updates to care for.
STATIC_TLS = 0
# A folder with an mbedTLS built in it (include/, and lib/ or library/); empty for the system's.
MBEDTLS  =
# 1: tools are linked with the shared libraries, as distributions want it, and not with the archives.
SHARED_TOOLS = 0
# 0: never look for missing packages.
DEPS     = 1
V        = 0

ifeq ($(origin CC),default)
CC = gcc
endif
ifeq ($(origin AR),default)
AR = ar
endif

# `make install` alone installs what was built: with the settings of the last build, but for what is set anew.
PARTS    := TERSE PLACES CONSTRAINED XML DNS DECRYPT CRL CONSTRAINTS PEM BER NAMES IMAGES HOST_KEYS HOST_META EVENTS APART CSR IMAGE_SIGNATURES RSA EC
SETTINGS := CC AR CFLAGS CPPFLAGS LDFLAGS WERROR SANITIZE PROFILE $(PARTS) HARDENED TPM CRYPTO STATIC_TLS MBEDTLS SHARED_TOOLS
ifneq ($(filter install install-lib,$(MAKECMDGOALS)),)
ifeq ($(filter-out install install-lib,$(MAKECMDGOALS)),)
-include $(BUILD)/settings
endif
endif

ifeq ($(filter $(PROFILE),full device tiny),)
$(error PROFILE=$(PROFILE): there are full, device and tiny)
endif

# ---- names and flags ---------------------------------------------------------------------------------

MAKEFLAGS += --no-builtin-rules
SHELL     := /bin/sh
.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

ifeq ($(V),1)
Q :=
say = @:
else
Q := @
say = @printf '  %-7s %s\n' $(1) $(2)
endif

number  = $(shell sed -n 's/^\#define SZTP_VERSION_$(1)  *\([0-9][0-9]*\).*/\1/p' include/sztp/ctx.h)
MAJOR  := $(call number,MAJOR)
VERSION := $(MAJOR).$(call number,MINOR).$(call number,PATCH)
# The ABI's major number. It changes with an incompatible change of the ABI and for no other reason.
ABI    := 0

WARNINGS := -Wall -Wextra -Wconversion -Wshadow -pedantic -Wstrict-prototypes -Wmissing-prototypes
# Not among the flags that make objects different ones: it changes nothing of what comes out.
NO_WARNINGS := $(if $(filter 1,$(WERROR)),-Werror)
HARDEN   := -fstack-protector-strong
# Where off_t would have 32 bits, images would end at 2 GiB.
PIC      := -fPIC
CODE     := -std=c99 -D_FILE_OFFSET_BITS=64 $(PIC) -fvisibility=hidden -ffunction-sections -fdata-sections -MMD -MP
LINK     := -Wl,-z,relro -Wl,-z,now
NO_HOLES := -Wl,-z,defs -Wl,--no-undefined
ifeq ($(SANITIZE),1)
# A sanitizer's runtime comes with the program, so its symbols are open in a shared library.
CODE     += -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
LINK     += -fsanitize=address,undefined
NO_HOLES :=
else ifeq ($(SANITIZE),thread)
CODE     += -fsanitize=thread -fno-omit-frame-pointer
LINK     += -fsanitize=thread
NO_HOLES :=
else
# A level that the caller has chosen stays.
HARDEN   += $(if $(findstring _FORTIFY_SOURCE,$(CPPFLAGS) $(CFLAGS)),,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
endif
# Two folders make the same octets. (No part of FLAGS_TEXT, which would name the folder.)
SAME_OCTETS := -ffile-prefix-map='$(CURDIR)'=.

# What each part alone needs: PART_SRC.
include mk/parts.mk

without = $(wildcard lib/*/without_$(shell echo $(1) | tr A-Z a-z).c)
SAYING  := $(filter-out RSA EC TERSE PLACES,$(PARTS))
OFF     := $(foreach p,$(SAYING),$(if $(filter 1,$($(p))),,$(p)))
LEFT_OUT := $(foreach p,$(SAYING),$(if $(filter $(p),$(OFF)),$($(p)_SRC),$(call without,$(p))))
ifeq ($(TERSE),1)
LEFT_OUT += $(SENTENCES_SRC)
else
LEFT_OUT += $(call without,sentences)
endif
CODE     += $(if $(filter 1,$(TERSE)),-DSZTP__TERSE=1) \
            $(foreach p,$(filter-out TERSE,$(PARTS)),$(if $(filter 1,$($(p))),,-DSZTP__$(p)=0))
# Owners and their tools need all of it; without a part there are the libraries of devices alone.
WHOLE   := $(if $(strip $(filter-out CONSTRAINED,$(OFF)) $(filter 0,$(RSA) $(EC) $(PLACES))),,1)

ifeq ($(HARDENED),1)
CODE     += -DSZTP__HARDENED=1
else
LEFT_OUT += $(HARDENED_SRC)
endif

TPM_FOUND := $(shell echo 'int tss2;' | $(CC) $(CPPFLAGS) -include tss2/tss2_esys.h -fsyntax-only -x c - 2>/dev/null && echo 1 || echo 0)
ifeq ($(TPM),1)
TPM_CPPFLAGS := -DSZTP__TPM2=1
TPM_LIBS := -ltss2-esys -ltss2-mu -ltss2-tctildr
endif

ifneq ($(MBEDTLS),)
MBEDTLS_CPPFLAGS := -isystem $(abspath $(MBEDTLS))/include
MBEDTLS_LDFLAGS  := -L$(abspath $(firstword $(wildcard $(MBEDTLS)/lib $(MBEDTLS)/library) $(MBEDTLS)/lib))
endif
# A file that knows an engine ends in its name. PSA has files of its own where it differs from mbedTLS.
ifeq ($(CRYPTO),openssl)
of_engine   = $(filter-out %_mbedtls.c %_psa.c,$(1))
CRYPTO_LIBS := -lcrypto
# What OpenSSL 3 deprecates isn't there for us.
ENGINE_CPPFLAGS := -DOPENSSL_API_COMPAT=30000 -DOPENSSL_NO_DEPRECATED
# libcrypto looks for four thousand symbols as it is loaded, all of them its own: first, that is quickest. Again, for archives.
TLS_LIBS    := -lcrypto -lssl -lcrypto
else
ifeq ($(CRYPTO),mbedtls)
of_engine   = $(filter-out %_openssl.c %_psa.c,$(1))
else ifeq ($(CRYPTO),psa)
of_engine   = $(filter-out %_openssl.c $(patsubst %_psa.c,%_mbedtls.c,$(filter %_psa.c,$(1))),$(1))
else
$(error CRYPTO=$(CRYPTO): there are mbedtls, psa and openssl)
endif
CRYPTO_LIBS := -lmbedcrypto
TLS_LIBS    := -lmbedtls -lmbedx509 -lmbedcrypto
endif
# The order of archives: each before what it needs.
TLS_INSIDE  := -Wl,-Bstatic $(if $(filter openssl,$(CRYPTO)),-lssl -lcrypto,$(TLS_LIBS)) -Wl,-Bdynamic
CORE_LIBS   := $(CRYPTO_LIBS) -lcjson -lexpat -lcbor
TOOL_LIBS   := $(TLS_LIBS) -lcjson -lexpat -lcbor $(TPM_LIBS)

LIB_CPPFLAGS  := -Iinclude -Ilib $(ENGINE_CPPFLAGS) $(MBEDTLS_CPPFLAGS)
TOOL_CPPFLAGS := -Iinclude -Ilib -Itools $(ENGINE_CPPFLAGS) $(TPM_CPPFLAGS) $(MBEDTLS_CPPFLAGS)
TEST_CPPFLAGS := -Iinclude -Ilib -Itools -Itests -I. -DTEST_ENGINE_$(CRYPTO) $(MBEDTLS_CPPFLAGS)

# Objects of different flags live in different folders; what is linked follows a change of flags through
# the file $(FLAGS_SEEN).
FLAGS_TEXT := $(CC) $(CRYPTO) $(CPPFLAGS) $(CFLAGS) $(CODE) $(HARDEN) $(WARNINGS) $(LDFLAGS) $(LINK) $(TPM_CPPFLAGS) $(MBEDTLS_CPPFLAGS)$(if $(filter 1,$(SHARED_TOOLS)), shared tools)
# By the same name however BUILD is given, since what objects depend on is written down by it.
OBJ        := $(patsubst $(CURDIR)/%,%,$(BUILD))/obj/$(firstword $(shell printf '%s' '$(FLAGS_TEXT)' | cksum))
FLAGS_SEEN := $(BUILD)/obj/flags

LAYERS := ground formats cryptography trust discovery exchange machine
CORE_SRC      := $(filter-out $(LEFT_OUT),$(call of_engine,$(sort $(foreach l,$(LAYERS),$(wildcard lib/$(l)/*.c)))))
HTTPS_SRC     := $(call of_engine,$(sort $(wildcard lib/https/*.c)))
TPM2_SRC      := $(if $(filter 1,$(TPM)),$(sort $(wildcard lib/tpm2/*.c)))
ARTIFACTS_SRC := $(if $(WHOLE),$(filter-out $(LEFT_OUT),$(call of_engine,$(sort $(wildcard lib/artifacts/*.c)))))
TOOLS         := $(if $(WHOLE),$(patsubst tools/%/,%,$(sort $(dir $(filter-out tools/common/%,$(wildcard tools/*/*.c))))))
TOOL_COMMON_SRC := $(sort $(wildcard tools/common/*.c))

objects = $(patsubst %.c,$(OBJ)/%.o,$(1))

.PHONY: all lib tools
all: lib tools ## build the libraries and the tools (the default)

# ---- dependencies ------------------------------------------------------------------------------------

# One file per group says that everything was there once; no other look is taken after that. The README's two
# commands, `make demo` and `make check`, install what is missing. Everything else names it in one line and stops.
# Another engine needs another library.
DEPS_OF := $(if $(filter openssl,$(CRYPTO)),.openssl)
need = $(if $(filter-out 0,$(DEPS)),$(BUILD)/deps/$(1)$(DEPS_OF))
DEPS_SEEN := $(patsubst %,$(BUILD)/deps/%$(DEPS_OF),lib build check demo interop tpm machines docs packages)
missing = $(shell CRYPTO=$(CRYPTO) scripts/install-deps --look $(1))
stop_if_any = $(if $(1),$(error packages are missing: $(1); `make deps` installs them, DEPS=0 builds without looking))
ifneq ($(filter demo check,$(MAKECMDGOALS)),)
INSTALL_DEPS = CRYPTO=$(CRYPTO) scripts/install-deps $(basename $(@F))
else
INSTALL_DEPS = $(call stop_if_any,$(call missing,$(basename $(@F))))
endif
$(DEPS_SEEN): scripts/install-deps
	@$(INSTALL_DEPS)
	@mkdir -p $(@D) && touch $@

# What `make deps` installs for.
FOR = lib build check demo interop tpm
.PHONY: deps
deps: ## install the packages that are missing, of all groups or of some: FOR="build demo"
	@CRYPTO=$(CRYPTO) scripts/install-deps $(FOR)

$(BUILD)/mbedtls-3.6/done: scripts/build-mbedtls-3.6 | $(call need,check)
	@MBEDTLS_SOURCE=$(abspath $(BUILD))/sources/mbedtls.tar scripts/build-mbedtls-3.6 $(@D)

# The same with PSA as its only interface to cryptography, for CRYPTO=psa.
$(BUILD)/mbedtls-psa/done: scripts/build-mbedtls-3.6 $(wildcard scripts/psa/*.h) | $(call need,check)
	@rm -f $@ # the configuration may be another one
	@MBEDTLS_SOURCE=$(abspath $(BUILD))/sources/mbedtls.tar scripts/build-mbedtls-3.6 --psa $(@D)

# The same as ThreadSanitizer sees it, for check-threads.
$(BUILD)/mbedtls-3.6-threads/done: $(BUILD)/mbedtls-3.6/done
	@MBEDTLS_SOURCE=$(abspath $(BUILD))/sources/mbedtls.tar scripts/build-mbedtls-3.6 $(@D) '-O1 -g -fsanitize=thread'

# Everything that is linked with, for compilers that this machine has no libraries for.
COMPILER_i386 := gcc -m32
COMPILER_musl := musl-gcc
# Other machines, by Debian's cross compilers; their programs run in QEMU. mips has 32 bits, and the big end first.
MACHINES := mips armhf aarch64 aarch64-psa aarch64-openssl riscv64 s390x
TRIPLET_mips    := mips-linux-gnu
TRIPLET_armhf   := arm-linux-gnueabihf
TRIPLET_aarch64 := aarch64-linux-gnu
TRIPLET_riscv64 := riscv64-linux-gnu
TRIPLET_s390x   := s390x-linux-gnu
# NAME-ENGINE is the machine with CRYPTO=ENGINE.
machine  = $(firstword $(subst -, ,$(1)))
engine   = $(word 2,$(subst -, ,$(1)))
triplet  = $(TRIPLET_$(machine))
compiler = $(or $(COMPILER_$(1)),$(triplet)-gcc)
emulator = $(if $(triplet),qemu-$(patsubst armhf,arm,$(machine)) -L /usr/$(triplet))
$(BUILD)/libraries-%/done: scripts/build-libraries | $(call need,check)
	@CC='$(call compiler,$*)' AR='$(AR)' scripts/build-libraries $(addprefix --,$(call engine,$*)) $(@D) $(BUILD)/sources

.PHONY: mbedtls-3.6 mbedtls-psa
mbedtls-3.6: $(BUILD)/mbedtls-3.6/done ## fetch and build mbedTLS 3.6 (for MBEDTLS=build/mbedtls-3.6)
mbedtls-psa: $(BUILD)/mbedtls-psa/done ## the same with PSA alone (for CRYPTO=psa MBEDTLS=build/mbedtls-psa)

# ---- objects -----------------------------------------------------------------------------------------

.PHONY: FORCE
FORCE:
$(FLAGS_SEEN): FORCE | $(call need,lib)
	@mkdir -p $(@D)
	@$(shell mkdir -p $(BUILD))$(file >$(BUILD)/settings)$(foreach v,$(SETTINGS),$(file >>$(BUILD)/settings,$(v) = $(value $(v))))
	@printf '%s\n' '$(FLAGS_TEXT)' | cmp -s - $@ || printf '%s\n' '$(FLAGS_TEXT)' > $@

COMPILE = $(CC) $(SAME_OCTETS) $(CODE) $(HARDEN) $(WARNINGS) $(NO_WARNINGS) $(CPPFLAGS) $(CFLAGS)

$(OBJ)/lib/%.o: lib/%.c | $(call need,lib)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(COMPILE) $(LIB_CPPFLAGS) -c -o $@ $<

$(OBJ)/tools/%.o: tools/%.c | $(call need,build)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(COMPILE) $(TOOL_CPPFLAGS) -c -o $@ $<

$(OBJ)/tests/%.o: tests/%.c | $(call need,check)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(COMPILE) $(TEST_CPPFLAGS) -c -o $@ $<

-include $(shell find $(OBJ) -name '*.d' 2>/dev/null)

# ---- libraries ---------------------------------------------------------------------------------------

COMPONENTS := $(if $(HTTPS_SRC),sztp-https) $(if $(ARTIFACTS_SRC),sztp-artifacts) $(if $(TPM2_SRC),sztp-tpm2)
LIBRARIES  := $(if $(CORE_SRC),sztp) $(COMPONENTS)
ARCHIVES   := $(patsubst %,$(BUILD)/lib/lib%.a,$(LIBRARIES))
SHARED     := $(patsubst %,$(BUILD)/lib/lib%.so,$(LIBRARIES))

lib: $(ARCHIVES) $(SHARED) ## build the libraries, static and shared, into build/lib

$(BUILD)/lib/libsztp.a: $(call objects,$(CORE_SRC))
$(BUILD)/lib/libsztp-https.a: $(call objects,$(HTTPS_SRC))
$(BUILD)/lib/libsztp-artifacts.a: $(call objects,$(ARTIFACTS_SRC))
$(BUILD)/lib/libsztp-tpm2.a: $(call objects,$(TPM2_SRC))
$(BUILD)/lib/%.a: $(FLAGS_SEEN)
	$(call say,AR,$@)
	@mkdir -p $(@D) && rm -f $@
	$(Q)$(AR) rcsD $@ $(filter %.o,$^)

# $(1) map file, $(2) what stands behind the objects
define link_shared
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -shared $(CFLAGS) $(LINK) $(NO_HOLES) $(LDFLAGS) -Wl,--gc-sections \
	  -Wl,-Bsymbolic-functions -Wl,--version-script=$(1) -Wl,-soname,$(@F).$(ABI) -o $@.$(ABI).$(VERSION) $(filter %.o,$^) \
	  $(MBEDTLS_LDFLAGS) $(2)
	@ln -sf $(@F).$(ABI).$(VERSION) $@.$(ABI) && ln -sf $(@F).$(ABI) $@
endef

# The last node binds the components to their release: they need its symbol, and the loader refuses another one's.
$(BUILD)/lib/libsztp.map: lib/libsztp.map include/sztp/ctx.h
	@mkdir -p $(@D)
	@{ cat $< && printf '\nSZTP_PRIVATE_%s {\nglobal:\n  sztp__same_release;\n};\n' '$(VERSION)'; } > $@

$(BUILD)/lib/libsztp.so: $(call objects,$(CORE_SRC)) $(BUILD)/lib/libsztp.map $(FLAGS_SEEN)
	$(call link_shared,$(BUILD)/lib/libsztp.map,-Wl$(,)--as-needed $(CORE_LIBS))

# A component takes public functions from libsztp.so. What it uses of the layers below (text, buffers, DER)
# it takes as hidden copies out of libsztp.a, because those are nobody's interface.
$(BUILD)/lib/libsztp-https.so: $(call objects,$(HTTPS_SRC)) lib/https/libsztp-https.map $(BUILD)/lib/libsztp.so \
    $(BUILD)/lib/libsztp.a $(FLAGS_SEEN)
	$(call link_shared,lib/https/libsztp-https.map,-Wl$(,)--as-needed $(BUILD)/lib/libsztp.so \
	  $(BUILD)/lib/libsztp.a $(TOOL_LIBS))

$(BUILD)/lib/libsztp-artifacts.so: $(call objects,$(ARTIFACTS_SRC)) lib/artifacts/libsztp-artifacts.map \
    $(BUILD)/lib/libsztp.so $(BUILD)/lib/libsztp.a $(FLAGS_SEEN)
	$(call link_shared,lib/artifacts/libsztp-artifacts.map,-Wl$(,)--as-needed $(BUILD)/lib/libsztp.so \
	  $(BUILD)/lib/libsztp.a $(CORE_LIBS))

$(BUILD)/lib/libsztp-tpm2.so: $(call objects,$(TPM2_SRC)) lib/tpm2/libsztp-tpm2.map $(BUILD)/lib/libsztp.so \
    $(BUILD)/lib/libsztp.a $(FLAGS_SEEN)
	$(call link_shared,lib/tpm2/libsztp-tpm2.map,-Wl$(,)--as-needed $(BUILD)/lib/libsztp.so \
	  $(BUILD)/lib/libsztp.a $(CORE_LIBS) $(TPM_LIBS))

, := ,

# What the core is made of with the parts that are asked for, and how: for builds beside this Makefile.
.PHONY: core-sources
core-sources:
	@echo $(CORE_SRC)
	@echo $(filter -DSZTP__%,$(CODE))

# ---- one file per library ----------------------------------------------------------------------------

.PHONY: amalgamation
amalgamation: ## each library as one file, with the public headers, into build/amalgamation
	$(call say,AMALG,$(BUILD)/amalgamation)
	$(Q)scripts/amalgamate $(BUILD)/amalgamation $(foreach p,$(SAYING),--if 'SZTP__$(p): $($(p)_SRC)' --if '!SZTP__$(p): $(call without,$(p))') \
	  --if 'SZTP__HARDENED: $(HARDENED_SRC)' --if '!SZTP__TERSE: $(SENTENCES_SRC)' --if 'SZTP__TERSE: $(call without,sentences)' \
	  'sztp=$(foreach l,$(LAYERS),$(call of_engine,$(sort $(wildcard lib/$(l)/*.c))))' 'sztp-https=$(HTTPS_SRC)' \
	  'sztp-artifacts=$(call of_engine,$(sort $(wildcard lib/artifacts/*.c)))' 'sztp-tpm2=$(sort $(wildcard lib/tpm2/*.c))'

# ---- tools -------------------------------------------------------------------------------------------

# Linked with our archives, so that they run from the build folder and wherever they are copied. With SHARED_TOOLS they take
# public functions from the shared libraries, and the rest, as components do, as hidden copies out of the archives.
OUR_ARCHIVES := $(patsubst %,$(BUILD)/lib/lib%.a,$(filter sztp-https sztp-artifacts sztp-tpm2,$(LIBRARIES))) \
                $(filter %/libsztp.a,$(ARCHIVES))
LINK_WITH    := $(if $(filter 1,$(SHARED_TOOLS)),$(OUR_ARCHIVES:.a=.so)) $(OUR_ARCHIVES)
PROGRAMS := $(patsubst %,$(BUILD)/bin/%,$(TOOLS))

# The agent by the name of another one (opi-sztp-agent(1)).
$(BUILD)/bin/opi-sztp-agent: $(BUILD)/bin/sztp-agent
	@ln -sf $(<F) $@

tools: $(PROGRAMS) $(if $(PROGRAMS),$(BUILD)/bin/opi-sztp-agent) ## build the tools into build/bin

# A tool takes what it needs, and no library for the rest.
TOOL_COMMON := $(OBJ)/tools/common.a
$(TOOL_COMMON): $(call objects,$(TOOL_COMMON_SRC))
	$(Q)rm -f $@ && $(AR) rcsD $@ $^

# Compiled and no more, where c-ares can't be linked with.
.PHONY: tool-objects
tool-objects: $(call objects,$(call of_engine,$(sort $(wildcard tools/*/*.c))))

LINK_PROGRAM = $(CC) $(CFLAGS) $(LINK) $(LDFLAGS) -Wl,--gc-sections -Wl,--as-needed -o $@ $(filter %.o,$^) \
               $(or $(LINK_FIRST),$(OUR_ARCHIVES)) $(MBEDTLS_LDFLAGS)

define tool_rule
$(BUILD)/bin/$(1): $(call objects,$(call of_engine,$(sort $(wildcard tools/$(1)/*.c)))) $(TOOL_COMMON) $(LINK_WITH) $(FLAGS_SEEN)
	$$(call say,LD,$$@)
	@mkdir -p $$(@D)
	$$(Q)$$(LINK_PROGRAM) $$(if $$(filter 1,$$(STATIC_TLS)),$$(TLS_INSIDE)) $$(TOOL_LIBS) -lcares -lpthread -ldl
$(BUILD)/bin/$(1): LINK_FIRST = $(TOOL_COMMON) $(if $(filter 1,$(SHARED_TOOLS)),-Wl$$(,)-u$$(,)sztp__same_release) $(LINK_WITH)
endef
$(foreach t,$(TOOLS),$(eval $(call tool_rule,$(t))))

include mk/check.mk mk/board.mk mk/fuzz.mk mk/bench.mk mk/servers.mk mk/install.mk mk/packages.mk mk/docs.mk

# ---- the rest ----------------------------------------------------------------------------------------

include mk/systems.mk mk/release.mk

.PHONY: demo format clean help
# "make demo TPM=1": the device's key is in a TPM; that this build has libsztp-tpm2 says nothing yet.
DEMO_TPM := $(if $(filter-out file,$(origin TPM)),$(filter 1,$(TPM)))
demo: all | $(call need,demo) $(if $(DEMO_TPM),$(call need,tpm)) ## show a whole bootstrap on this machine, every step; TPM=1: with a key in a TPM
	@TPM=$(or $(DEMO_TPM),0) demo/run

format: ## lay out the sources with clang-format
	$(Q)clang-format -i $$(git ls-files '*.c' '*.h')

clean: ## remove the build folder
	rm -rf $(BUILD)

help: ## this list
	@sed -n 's/^\([a-z][a-z0-9.-]*\):[^#]*## \(.*\)/  \1|\2/p' $(MAKEFILE_LIST) | \
	  awk -F'|' '{ printf "%-18s %s\n", $$1, $$2 }'
	@printf '\nVariables: BUILD=%s CC=%s CFLAGS="%s" PREFIX=%s DESTDIR= CRYPTO=mbedtls|psa|openssl MBEDTLS=DIR STATIC_TLS=1 LIBDIR= INCLUDEDIR= SANITIZE=1 PROFILE=full|device|tiny %s HARDENED=%s TPM=0 WERROR=1 V=1 DEPS=0\n' \
	  '$(BUILD)' '$(CC)' '$(CFLAGS)' '$(PREFIX)' '$(foreach p,$(PARTS),$(p)=$($(p)))' '$(HARDENED)'
