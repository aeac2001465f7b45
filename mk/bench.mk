# SPDX-License-Identifier: Apache-2.0
# Figures: time, memory, operations, handshakes, code size.

BENCH_SRC := $(call of_engine,$(filter-out bench/limits.c,$(sort $(wildcard bench/*.c))))

$(OBJ)/bench/%.o: bench/%.c | $(call need,check)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(COMPILE) -I. -Iinclude $(MBEDTLS_CPPFLAGS) -c -o $@ $<

$(BUILD)/bench/bench: $(call objects,$(BENCH_SRC)) $(OUR_ARCHIVES) $(FLAGS_SEEN)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(LINK_PROGRAM) $(TOOL_LIBS)

$(BUILD)/bench/handshakes: $(call objects,$(call of_engine,bench/handshakes/handshakes.c bench/figure.c bench/fixture.c $(wildcard bench/bare_*.c))) $(OUR_ARCHIVES) $(FLAGS_SEEN)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(LINK_PROGRAM) $(TOOL_LIBS)

$(BUILD)/bench/limits: $(call objects,bench/limits.c bench/figure.c bench/fixture.c bench/heap.c bench/scripted.c fuzz/der_edit.c) \
    $(OUR_ARCHIVES) $(FLAGS_SEEN)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(LINK_PROGRAM) $(TOOL_LIBS)

# Made of what tests are made of: artifacts that no tool makes.
$(BUILD)/bench/search: $(call objects,tests/cost/search.c $(MACHINE_COMMON) $(TEST_COMMON)) $(OUR_ARCHIVES) $(FLAGS_SEEN)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(LINK_PROGRAM) -Wl,--wrap=sztp__goto,--wrap=sztp__library_verify $(TEST_LIBS)

# What is counted in instructions, by tests/interop/instructions.sh.
$(BUILD)/bench/instructions: $(call objects,$(call of_engine,bench/instructions/instructions.c bench/fixture.c bench/heap.c bench/scripted.c $(wildcard bench/bare_*.c))) \
    $(OUR_ARCHIVES) $(FLAGS_SEEN)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(LINK_PROGRAM) $(TOOL_LIBS)

$(BUILD)/bench/taken: $(call objects,bench/taken/taken.c) $(FLAGS_SEEN)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LINK) $(LDFLAGS) -o $@ $(filter %.o,$^)

# What a key in a TPM costs, where libsztp-tpm2 is built.
$(BUILD)/bench/tpm: $(call objects,bench/tpm/tpm.c bench/fixture.c bench/heap.c) $(OUR_ARCHIVES) $(FLAGS_SEEN)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(LINK_PROGRAM) $(TOOL_LIBS)

.PHONY: bench bench-programs
bench-programs: $(if $(TPM2_SRC),$(BUILD)/bench/tpm) $(BUILD)/bench/bench $(BUILD)/bench/limits $(BUILD)/bench/handshakes $(BUILD)/bench/search $(BUILD)/bench/taken $(BUILD)/bench/instructions

bench: all bench-programs $(PKI_MADE) | $(call need,check) ## print what the library costs, each figure beside its goal; JSON=1: as JSON
	@$(TEST_ENV) JSON='$(JSON)' bench/run

.PHONY: bench-peers
bench-peers: all $(BUILD)/bench/taken $(PKI_MADE) | $(call need,check) ## sztp-agent beside another client, in turns: CLIENT='command @URL@ @CA@ @CERT@ @KEY@ @FOLDER@'
	@$(TEST_ENV) $(if $(CLIENT),CLIENT='$(CLIENT)') $(if $(RUNS),RUNS='$(RUNS)') $(if $(IMAGE),IMAGE='$(IMAGE)') $(if $(SANDBOX),SANDBOX='$(SANDBOX)') bench/peers.sh

# Of which machines: cortex-m0plus cortex-m4 riscv32 aarch64 x86-64 x86-64-objects; and which builds: BUILDS="PROFILE=tiny XML=0".
SIZED_ON = cortex-m4
.PHONY: footprint
footprint: $(BUILD)/bin/sztp $(PKI_MADE) ## print the core's size and stack: every part that can be left out, and the profiles; SIZED_ON=cortex-m4
	@$(TEST_ENV) bench/footprint.sh $(SIZED_ON)

.PHONY: footprint-tables
footprint-tables: $(BUILD)/bin/sztp $(PKI_MADE) ## the same for all machines, into docs/footprint.md
	@$(TEST_ENV) bench/footprint.sh --into docs/footprint.md cortex-m4 cortex-m0plus riscv32 aarch64 x86-64 x86-64-objects

.PHONY: interop-times
interop-times: all $(PKI_MADE) | $(call need,interop) ## print how long each source of bootstrapping data takes (as root)
	@$(TEST_ENV) bench/source-times.sh
