# SPDX-License-Identifier: Apache-2.0
# Fuzzing: libFuzzer targets, replay of corpora without libFuzzer, coverage, minimising.

FUZZ_SRC    := $(filter-out $(TPM_ONLY),$(sort $(wildcard fuzz/fuzz_*.c)))
# Every target is linked with these.
FUZZ_COMMON := $(filter-out fuzz/replay.c $(FUZZ_SRC),$(sort $(wildcard fuzz/*.c)))
# These are also linked so that every public-key signature verifies: what lies behind signatures is reached then, and
# a whole session costs no cryptography. Nothing in lib/ knows of it.
FUZZ_SIGNED := $(filter evidence image path server verify,$(FUZZ_SRC:fuzz/fuzz_%.c=%))
FUZZ_TARGETS := $(FUZZ_SRC:fuzz/fuzz_%.c=%) $(FUZZ_SIGNED:%=%_signed)
# What is refused after a decryption costs as much as if it had not been: this, too, would take all the time.
EVERY_SIGNATURE := $(foreach t,session cms_open $(FUZZ_SIGNED:%=%_signed),$(BUILD)/fuzz/fuzz_$(t) $(BUILD)/fuzz/replay_$(t))
$(EVERY_SIGNATURE): LINK += -Wl,--wrap=sztp__library_verify

FUZZERS := $(FUZZ_TARGETS:%=$(BUILD)/fuzz/fuzz_%)
REPLAYS := $(FUZZ_TARGETS:%=$(BUILD)/fuzz/replay_%)

$(OBJ)/fuzz/%.o: fuzz/%.c | $(call need,check)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(COMPILE) $(TEST_CPPFLAGS) -c -o $@ $<

# $(1) what stands behind the libraries
define link_fuzz
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(LINK_PROGRAM) $(1) $(TOOL_LIBS)
endef

FUZZ_OBJ := $(call objects,$(FUZZ_COMMON)) $(OUR_ARCHIVES) $(FLAGS_SEEN)
$(BUILD)/fuzz/fuzz_%: $(OBJ)/fuzz/fuzz_%.o $(FUZZ_OBJ)
	$(call link_fuzz,-fsanitize=fuzzer)
$(BUILD)/fuzz/fuzz_%_signed: $(OBJ)/fuzz/fuzz_%.o $(FUZZ_OBJ)
	$(call link_fuzz,-fsanitize=fuzzer)
$(BUILD)/fuzz/replay_%: $(OBJ)/fuzz/fuzz_%.o $(OBJ)/fuzz/replay.o $(FUZZ_OBJ)
	$(call link_fuzz)
$(BUILD)/fuzz/replay_%_signed: $(OBJ)/fuzz/fuzz_%.o $(OBJ)/fuzz/replay.o $(FUZZ_OBJ)
	$(call link_fuzz)

.SECONDARY: $(call objects,$(FUZZ_SRC) $(FUZZ_COMMON) fuzz/replay.c)

.PHONY: fuzz fuzz-programs fuzz-replay replay-programs fuzz-run fuzz-coverage fuzz-minimise

fuzz: | $(call need,check) ## build the libFuzzer targets into build/fuzzing/fuzz
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/fuzzing CC=clang SANITIZE=1 DEPS=0 \
	  CFLAGS='-O1 -g -fsanitize=fuzzer-no-link' fuzz-programs

fuzz-programs: $(FUZZERS)

replay-programs: $(REPLAYS)

fuzz-replay: $(REPLAYS) ## feed the committed corpora to every fuzz target, without libFuzzer
	@$(RUN) --part fuzz-replay $(REPLAYS)

# Variables: SECONDS_EACH, TARGETS, JOBS; FOREIGN=0 leaves other people's seeds out, which is what minimising
# builds on; KEEP is how many files of each target are committed, SHOW a source file whose uncovered lines are shown.
SECONDS_EACH = 60
TARGETS = $(FUZZ_TARGETS)
FOREIGN = 1
KEEP    = 100
SHOW    =
FUZZ    = $(TEST_ENV) JOBS='$(or $(JOBS),2)' scripts/fuzz

FUZZ_SEEDS = $(BUILD)/fuzzing/seeds
$(FUZZ_SEEDS)/made: fuzz/make-seeds $(PKI_MADE) | all
	@rm -rf $(@D) && mkdir -p $(@D)
	@$(TEST_ENV) fuzz/make-seeds $(@D)
	@touch $@

fuzz-run: fuzz $(FUZZ_SEEDS)/made ## fuzz every target for SECONDS_EACH (60), or TARGETS="der cms"
	@$(FUZZ) run --seconds $(SECONDS_EACH) --foreign $(FOREIGN) $(TARGETS)

fuzz-coverage: | $(call need,check) ## the line coverage of the parsers that fuzzing alone reaches
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/fuzzing/coverage CC=clang DEPS=0 \
	  CFLAGS='-O1 -g -fprofile-instr-generate -fcoverage-mapping' replay-programs
	@$(FUZZ) coverage --show '$(SHOW)' $(TARGETS)

fuzz-minimise: fuzz ## put the smallest inputs that reach the same into fuzz/corpus, at most KEEP (100) of each target
	@$(FUZZ) minimise --keep $(KEEP) $(TARGETS)
