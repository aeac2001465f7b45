# SPDX-License-Identifier: Apache-2.0
# Tests: unit and machine programs in several builds, scripts, interface checks, examples.

export CORPORA ?= $(abspath ../shared/corpora)

# 0: without the tests that need OpenSSL's library.
OPENSSL      = 1
# Tests have peers made of mbedTLS, whoever computes for us.
TEST_LIBS    := -lcmocka $(TOOL_LIBS) -lmbedtls -lmbedx509 -lmbedcrypto $(if $(filter 1,$(OPENSSL)),-lcrypto) -lpthread -lm $(if $(EMULATOR),-latomic)
# What needs libsztp-tpm2.
TPM_ONLY     := $(if $(TPM2_SRC),,tests/unit/test_tpm2% tests/common/tpm2_peer.c fuzz/fuzz_tpm2%)
OPENSSL_ONLY := $(if $(filter 1,$(OPENSSL)),,$(shell \
  headers=$$(grep -l '^\#include <openssl/' tests/unit/*.h | sed 's|.*/||' | tr '\n' '|'); \
  grep -lE "^\#include (<openssl/|\"($${headers%|})\")" tests/unit/*.c tests/machine/*.c))
# What programs for another machine run under, and what is not run there: what looks at this machine's processes, and what
# measures its time.
EMULATOR     =
HERE_ONLY    := $(if $(EMULATOR),tests/unit/test_agent_program.c tests/unit/test_https_faults.c)
UNIT_SRC     := $(filter-out $(TPM_ONLY) $(OPENSSL_ONLY) $(HERE_ONLY),$(call of_engine,$(sort $(wildcard tests/unit/test_*.c))))
MACHINE_SRC  := $(filter-out $(OPENSSL_ONLY),$(sort $(wildcard tests/machine/test_*.c)))
CONFORMANCE_SRC := $(sort $(wildcard tests/conformance/test_*.c))
TEST_COMMON  := $(filter-out $(TPM_ONLY),$(sort $(wildcard tests/common/*.c)))
MACHINE_COMMON := $(filter-out tests/machine/test_%,$(sort $(wildcard tests/machine/*.c)))
CONFORMANCE_COMMON := $(filter-out $(CONFORMANCE_SRC),$(sort $(wildcard tests/conformance/*.c)))
UNIT_TESTS    := $(patsubst tests/%.c,$(BUILD)/tests/%,$(UNIT_SRC))
MACHINE_TESTS := $(patsubst tests/%.c,$(BUILD)/tests/%,$(MACHINE_SRC))
CONFORMANCE_TESTS := $(patsubst tests/%.c,$(BUILD)/tests/%,$(CONFORMANCE_SRC))
# What holds for one engine alone.
OTHER_ENGINES := $(if $(filter psa,$(CRYPTO)),,tests/interop/psa_alone.sh) \
                 $(if $(filter openssl,$(CRYPTO)),,tests/interop/provider_keys.sh)
SCRIPT_TESTS  := $(filter-out $(OTHER_ENGINES),$(sort $(wildcard tests/interop/*.sh)))
NETWORK_TESTS := $(sort $(wildcard tests/network/*.sh))

# Where the test PKI lies; builds beside the main one share it.
PKI_DIR = $(BUILD)/pki

# The context of every test: absolute paths, our tools first.
TEST_ENV = BUILD=$(abspath $(BUILD)) PKI=$(abspath $(PKI_DIR)) PATH=$(abspath $(BUILD)/bin):$$PATH \
           CC='$(CC)' CRYPTO=$(CRYPTO) MBEDTLS='$(MBEDTLS)' ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1
# Where the tests of the machine write which ways from state to state they take.
EDGES    = $(abspath $(BUILD)/edges)
RUN      = SZTP_EDGES=$(EDGES) $(TEST_ENV) scripts/run-tests --logs $(BUILD)/logs --under '$(EMULATOR)'

$(BUILD)/tests/unit/%: $(OBJ)/tests/unit/%.o $(call objects,$(TEST_COMMON)) $(OUR_ARCHIVES) $(FLAGS_SEEN)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(LINK_PROGRAM) $(TEST_LIBS)

$(BUILD)/tests/machine/%: $(OBJ)/tests/machine/%.o $(call objects,$(MACHINE_COMMON) $(TEST_COMMON)) $(OUR_ARCHIVES) \
    $(FLAGS_SEEN)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(LINK_PROGRAM) $(TEST_LIBS)

$(BUILD)/tests/conformance/%: $(OBJ)/tests/conformance/%.o $(call objects,$(CONFORMANCE_COMMON) $(TEST_COMMON)) \
    $(OUR_ARCHIVES) $(FLAGS_SEEN)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(LINK_PROGRAM) $(TEST_LIBS)

# Judges what it makes with OpenSSL's library and with ours; for tests/interop/differential.sh.
DIFFERENTIAL := $(BUILD)/tests/differential/differential
$(DIFFERENTIAL): $(call objects,$(sort $(wildcard tests/differential/*.c)) fuzz/der_edit.c) $(OUR_ARCHIVES) $(FLAGS_SEEN)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(LINK_PROGRAM) $(TOOL_LIBS) -lcrypto

# Tests of the machine see every way from state to state (tests/machine/edges.c).
$(MACHINE_TESTS): LINK += -Wl,--wrap=sztp__goto

# What is wrapped, these tests see called: by a decryption that fails, and with memory that is given back.
wrap = $(patsubst %,-Wl$(,)--wrap=%,$(1))
$(BUILD)/tests/machine/test_decrypt_alike: LINK += $(call wrap,sztp__random sztp__hash_new sztp__hash_update \
  sztp__hash_finish sztp__aes_block sztp__aes_cbc sztp__aes_gcm sztp__ct_select sztp__ct_block_padding sztp__cms_parse \
  sztp__free_secret)
$(BUILD)/tests/machine/test_decrypt_work $(BUILD)/tests/machine/test_image_size: LINK += $(call wrap,sztp__hash_update)
# With expat's archive, where there is one: what a shared library frees is not seen.
$(BUILD)/tests/machine/test_decrypt_wiped: LINK += $(call wrap,sztp__wipe free realloc) \
  $(if $(filter /%,$(shell $(CC) -print-file-name=libexpat.a)),-Wl$(,)-u$(,)XML_Parse -l:libexpat.a)

# Walks the machine through every way that its host may take (tests/explore); with every signature good, as the fuzz
# targets are, so that a whole session costs no cryptography.
EXPLORE := $(BUILD)/tests/explore/explore
$(EXPLORE): LINK += $(call wrap,sztp__library_verify sztp__goto)
$(EXPLORE): $(call objects,$(sort $(wildcard tests/explore/*.c)) tests/machine/artifact.c tests/machine/edges.c fuzz/every_signature.c $(TEST_COMMON)) \
    $(OUR_ARCHIVES) $(FLAGS_SEEN)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(LINK_PROGRAM) $(TEST_LIBS)

.SECONDARY: $(call objects,$(UNIT_SRC) $(MACHINE_SRC) $(MACHINE_COMMON) $(CONFORMANCE_SRC) $(CONFORMANCE_COMMON) $(TEST_COMMON))

# The test PKI is made anew when its script changes.
$(PKI_DIR)/made: tests/make-pki $(wildcard tests/make-cms tests/make-encrypted tests/make-paths tests/make-cose tests/make-crls) | $(call need,check)
	$(call say,PKI,$(@D))
	@rm -rf $(@D) && mkdir -p $(@D)
	$(Q)for script in $^; do $$script $(@D) || exit 1; done > $(PKI_DIR).log 2>&1 || \
	  { cat $(PKI_DIR).log >&2; exit 1; }
	@touch $@

PKI_MADE := $(if $(wildcard tests/make-pki),$(PKI_DIR)/made)

# Scenarios of sessions, which run in two processes, too.
APART_TESTS := $(patsubst %,$(BUILD)/tests/machine/test_%,cancel clock csr decrypt_session dns_hosts dns_questions encoding events \
  evidence image_signature leftover onboard recovery redirect sources trust)

# After the tests of the machine: each way is taken, if all of them are there.
CHECK_EDGES = $(if $(filter 1,$(OPENSSL)),$(RUN) --part states tests/machine/states.sh && scripts/machine-doc --taken $(EDGES),:)

.PHONY: check check-threads check-threads-openssl threaded conformance interop torture check-long check-unit check-machine check-apart check-programs check-scripts check-layers check-shell check-tidy check-docs \
        check-i386 check-musl check-engine check-engines check-abi check-examples check-bindings \
        test-programs abi-accept explore

test-programs: $(UNIT_TESTS) $(MACHINE_TESTS) $(CONFORMANCE_TESTS) $(EXPLORE)

check-unit: $(UNIT_TESTS) $(PKI_MADE) ## unit tests only, in this one build
	@$(RUN) --part unit $(UNIT_TESTS)

check-machine: $(MACHINE_TESTS) $(EXPLORE) $(PKI_MADE) ## scenarios of the machine only
	@rm -f $(EDGES)
	@$(RUN) --part machine $(MACHINE_TESTS) $(EXPLORE)
	@$(CHECK_EDGES)

check-apart: $(APART_TESTS) $(PKI_MADE) ## scenarios of sessions in two processes
	@SZTP_APART=1 $(RUN) --part '$(if $(PART),$(PART) )apart' $(APART_TESTS)

conformance: $(CONFORMANCE_TESTS) $(PKI_MADE) ## other people's test suites: a row per corpus, ours beside stock mbedTLS
	@rm -f $(BUILD)/conformance.txt
	@CONFORMANCE_TABLE=$(abspath $(BUILD))/conformance.txt $(RUN) --jobs 1 --part conformance $(CONFORMANCE_TESTS); status=$$?; \
	printf '\n%-34s %6s %8s %8s %8s %10s   %8s %8s %8s\n' corpus cases matches accepts rejects explained 'mbedTLS:' accepts rejects; \
	[ ! -e $(BUILD)/conformance.txt ] || cat $(BUILD)/conformance.txt; exit $$status

# Programs with threads of their own.
THREADED := $(BUILD)/tests/unit/test_https_threads $(BUILD)/tests/machine/test_misuse
threaded: $(THREADED)
	@$(RUN) --part threads $(THREADED)

check-threads: $(BUILD)/mbedtls-3.6-threads/done $(PKI_MADE) ## the tests with threads, with mbedTLS 3.6, under ThreadSanitizer
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/threads PKI_DIR=$(PKI_DIR) MBEDTLS=$(<D) SANITIZE=thread CFLAGS='-O1 -g' \
	  DEPS=0 threaded

# OpenSSL itself is as it is installed: what is seen is whether we use it so that it can guard what it shares.
check-threads-openssl: $(PKI_MADE)
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/threads-openssl PKI_DIR=$(PKI_DIR) CRYPTO=openssl SANITIZE=thread CFLAGS='-O1 -g' \
	  DEPS=0 threaded

# On another machine or with another C library: what knows of sizes, clocks, files and memory, not the corpora.
elsewhere = $(MAKE) --no-print-directory BUILD=$(BUILD)/$(1) PKI_DIR=$(PKI_DIR) CC='$(call compiler,$(1))' EMULATOR='$(call emulator,$(1))' \
  CPPFLAGS='-isystem $(abspath $(BUILD))/libraries-$(1)/kernel' MBEDTLS=$(BUILD)/libraries-$(1) TPM=0 OPENSSL=0 \
  $(addprefix CRYPTO=,$(call engine,$(1))) CFLAGS='-O1 -DTEST_SAMPLE=7' CONFORMANCE_SRC= DEPS=0 PART=$(1) check-programs $(2)

check-i386: $(BUILD)/libraries-i386/done $(PKI_MADE) ## the tests on 32 bits, natively, with gcc and mbedTLS 3.6; the tools compile
	+@$(call elsewhere,i386,tool-objects)

check-musl: $(BUILD)/libraries-musl/done $(PKI_MADE) ## the tests with musl
	+@$(call elsewhere,musl)

.PHONY: check-machines $(MACHINES:%=check-on-%)
check-machines: $(MACHINES:%=check-on-%) ## the tests on other machines, in QEMU; check-on-NAME: mips, armhf, aarch64, aarch64-psa, aarch64-openssl, riscv64, s390x
# SAMPLE=1: what is read and written octet by octet, and what the machine keeps; else everything, for a quarter of an hour.
SAMPLE =
SAMPLE_OF_UNIT    := ber buf cbor cert cms cose der dhcp dhcp_message dns dns_malformed format json path saved text uri verdict \
  voucher_cbor xml
SAMPLE_OF_MACHINE := verify verify_voucher leftover recovery
ONLY_SAMPLE = UNIT_SRC='$(SAMPLE_OF_UNIT:%=tests/unit/test_%.c)' \
  MACHINE_SRC='$(SAMPLE_OF_MACHINE:%=tests/machine/test_%.c)'
$(MACHINES:%=check-on-%): check-on-%: $(BUILD)/libraries-%/done $(PKI_MADE)
	+@TEST_LIMIT=1200 $(call elsewhere,$*) $(if $(SAMPLE),$(ONLY_SAMPLE))

check-programs: $(UNIT_TESTS) $(MACHINE_TESTS) $(CONFORMANCE_TESTS) $(EXPLORE) $(PKI_MADE)
	@rm -f $(EDGES)
	@$(RUN) --part '$(or $(PART),programs)' $(UNIT_TESTS) $(MACHINE_TESTS) $(CONFORMANCE_TESTS) $(EXPLORE)
	@$(CHECK_EDGES)

# An engine: the programs, the fuzz corpora, and of the scripts those that tell one engine from another.
ENGINE_SCRIPTS := $(filter $(patsubst %,tests/interop/%.sh,psa_alone provider_keys decrypt_work artifacts image_signatures differential \
  $(if $(filter openssl,$(CRYPTO)),server)),$(SCRIPT_TESTS))
check-engine: all $(DIFFERENTIAL) $(BUILD)/tests/machine/test_decrypt_work check-programs fuzz-replay
	@$(RUN) --part '$(or $(PART),engine)' $(ENGINE_SCRIPTS)
	@$(MAKE) --no-print-directory check-tidy TIDY_SRC='$(filter %_$(CRYPTO).c,$(TIDY_SRC))'

# The engines beside the default one; what each needs, and what its build is told.
ENGINES   := openssl psa
NEEDS_psa := $(BUILD)/mbedtls-psa/done
TOLD_psa  := MBEDTLS=$(BUILD)/mbedtls-psa
define engine_rule
.PHONY: check-$(1)
check-$(1): $(NEEDS_$(1)) $(PKI_MADE)
	+@$$(MAKE) --no-print-directory BUILD=$(BUILD)/$(1) PKI_DIR=$(PKI_DIR) CRYPTO=$(1) $(TOLD_$(1)) \
	  CFLAGS='-O1 -DTEST_SAMPLE=7' DEPS=0 PART=$(1) check-engine
endef
$(foreach e,$(ENGINES),$(eval $(call engine_rule,$(e))))
check-engines: $(patsubst %,check-%,$(ENGINES)) ## the tests with each engine beside the default: ENGINES, or check-psa for one

# How many faults a path of explore may have.
FAULTS = 3
explore: $(EXPLORE) $(PKI_MADE) ## the machine in small worlds, through every way of its host: FAULTS (3) anywhere on a path
	@$(TEST_ENV) $(EXPLORE) $(FAULTS)

check-scripts: all $(DIFFERENTIAL) $(BUILD)/tests/machine/test_decrypt_work $(BUILD)/bench/instructions $(PKI_MADE) ## the tools against real peers: openssl, curl, TLS on loopback
	@$(RUN) --part scripts $(SCRIPT_TESTS)

interop: all $(PKI_MADE) | $(call need,interop) ## a device and servers in network namespaces (as root; skipped with a line otherwise)
	@$(RUN) --part network $(NETWORK_TESTS)

torture: all $(PKI_MADE) ## hundreds of kills, cuts and full disks at random moments of a bootstrapping, told as figures
	@$(TEST_ENV) tests/torture/torture.py 400 400 200 200

# SEED of the comparison with openssl(1); any other finds other cases.
SEED = 7
check-long: conformance explore torture $(PKI_MADE) | $(call need,machines) ## the whole of what `make check` takes samples of: hours
	@$(TEST_ENV) FLIPS=all $(RUN) --jobs 1 --part flips $(BUILD)/tests/machine/test_flips
	@$(TEST_ENV) CUTS=all $(RUN) --jobs 1 --part cuts $(BUILD)/tests/machine/test_cuts
	@$(TEST_ENV) SEEDS=all $(RUN) --jobs 1 --part seeds $(BUILD)/tests/conformance/test_seeds
	@$(TEST_ENV) SEED=$(SEED) COUNT=100000 tests/interop/differential.sh
	@$(TEST_ENV) LONG=1 tests/interop/image_signatures.sh
	@$(TEST_ENV) LONG=1 tests/interop/containers.sh
	@$(TEST_ENV) FORMS=all tests/interop/decrypt_work.sh
	+@for engine in $(ENGINES); do $(MAKE) --no-print-directory ENGINE_SCRIPTS='$$(SCRIPT_TESTS)' check-$$engine || exit 1; done
	+@$(MAKE) --no-print-directory check-threads-openssl
	@$(TEST_ENV) SEED=$(SEED) COUNT=5000 tests/interop/engines.sh
	@$(MAKE) --no-print-directory fuzz-run
	+@$(MAKE) --no-print-directory check-machines
	@$(MAKE) --no-print-directory check-glitch GLITCH=all

check-layers: all ## no circles between files, layers that point down, one file per library of others
	@OBJ=$(abspath $(OBJ)) CRYPTO=$(CRYPTO) $(RUN) --part layers scripts/check-layers tests/layers.sh

check-shell: | $(call need,check) ## the shell scripts, as shellcheck sees them
	@$(RUN) --part shell scripts/check-shell

TIDY_SRC = $(call of_engine,$(sort $(wildcard lib/*/*.c tools/*/*.c examples/*.c)))
check-tidy: | $(call need,check) ## the sources of libraries, tools and examples, as clang-tidy sees them
	@MBEDTLS='$(MBEDTLS)' FILES='$(TIDY_SRC)' $(RUN) --part tidy scripts/check-tidy

check-docs: $(BUILD)/docs/warnings ## every public function is declared, exported and documented in full
	@DOCS=$(abspath $(BUILD))/docs $(RUN) --part docs scripts/check-docs

check-abi: lib | $(call need,check) ## headers, exported symbols, constants, sonames, ABI dump; nothing of the last release's is gone
	@$(RUN) --part abi tests/abi/check tests/abi/since_release tests/abi/since_release.sh tests/abi/mixed_release.sh

check-examples: all $(PKI_MADE) ## every example, built against an installed copy
	@$(RUN) --part examples tests/examples.sh

check-bindings: all $(PKI_MADE) ## the headers as cgo and bindgen read them, where Go and Rust are installed
	@$(RUN) --part bindings tests/bindings/bindings.sh

abi-accept: lib | $(call need,check) ## take the present interface as the one to compare with
	@BUILD=$(abspath $(BUILD)) CC='$(CC)' tests/abi/check --accept && { tests/abi/since_release || [ $$? = 77 ]; }
	@scripts/debian-symbols packaging/debian

# What the caller has set on the command line, for the parts that don't choose it themselves.
GIVEN = $(foreach v,$(SETTINGS),$(if $(filter command,$(origin $(v))),'$(v)=$($(v))'))
check: | $(call need,check) ## everything: all builds, scripts, interface, examples, corpora; installs the packages it needs
	@DEPS='$(DEPS)' scripts/check $(BUILD) $(GIVEN)
