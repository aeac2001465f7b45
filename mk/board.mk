# SPDX-License-Identifier: Apache-2.0
# The core without an operating system: examples/bare_metal on a Cortex-M4 that QEMU emulates.

BOARD_CC     := arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb
BOARD_CFLAGS := -Os -ffunction-sections -fdata-sections -DNDEBUG
BOARD_AR     := arm-none-eabi-ar
# What newlib's files and processes would call; nothing comes to it, and it is nowhere.
NO_SYSTEM    := $(patsubst %,-Wl$(,)--defsym=_%=0,close exit fstat isatty kill lseek read write)
BOARD_FLAGS   = $(WARNINGS) $(NO_WARNINGS) --specs=nano.specs -nostartfiles $(NO_SYSTEM) -Wl,--gc-sections
BOARD_LIBS   := $(BUILD)/libraries-board
BOARD        := $(BUILD)/board
# How the core is compiled for it: as for any machine without shared libraries and threads.
BOARD_MAKE    = $(MAKE) --no-print-directory CC='$(BOARD_CC)' AR=$(BOARD_AR) CFLAGS="-Os -g" PIC= HARDEN= TPM=0 \
  CPPFLAGS=-DSZTP_SINGLE_THREAD MBEDTLS=$(BOARD_LIBS) CRYPTO=mbedtls DEPS=0

$(BOARD_LIBS)/done: scripts/build-libraries examples/bare_metal/mbedtls_config.h | $(call need,check)
	@rm -f $@
	@MBEDTLS_CONFIG=examples/bare_metal/mbedtls_config.h CC='$(BOARD_CC)' AR=$(BOARD_AR) \
	  scripts/build-libraries $(@D) $(BUILD)/sources '$(BOARD_CFLAGS)'

# Cores, each built by a make of its own: everything in $(BOARD), others beside it: $(BOARD)-tiny, $(BOARD)-XML.0.
OF_hardened := HARDENED=1
OF_full     := PROFILE=full
OF_device   := PROFILE=device
OF_tiny     := PROFILE=tiny
$(BOARD)/lib/libsztp.a: $(BOARD_LIBS)/done FORCE
	+@$(BOARD_MAKE) BUILD=$(BOARD) $@
$(BOARD)-%/lib/libsztp.a: $(BOARD_LIBS)/done FORCE
	+@$(BOARD_MAKE) BUILD=$(BOARD)-$* $(or $(OF_$*),$(subst .,=,$*)) $@

$(BOARD)/artifacts/reply.json: examples/bare_metal/make-artifacts $(BUILD)/bin/sztp $(PKI_MADE)
	@$(TEST_ENV) $< $(@D)

.PRECIOUS: $(BOARD)-%/lib/libsztp.a
%/bare_metal: $(wildcard examples/bare_metal/*) %/lib/libsztp.a $(BOARD)/artifacts/reply.json
	$(call say,LD,$@)
	$(Q)$(BOARD_CC) $(BOARD_CFLAGS) -std=c99 $(BOARD_FLAGS) \
	  -T examples/bare_metal/board.ld -Wl,-Map,$@.map -Iinclude -Wa,-I$(BOARD)/artifacts -o $@ \
	  $(filter %.c %.S %.a,$^) -L$(BOARD_LIBS)/lib -lmbedcrypto -lcjson -lexpat -lcbor

.PHONY: bare-metal check-bare-metal check-ports
bare-metal: $(BOARD)/bare_metal $(BOARD)-tiny/bare_metal ## examples/bare_metal: the core on a Cortex-M4 without an operating system

check-bare-metal: $(BUILD)/bin/sztp $(PKI_MADE) ## the same in QEMU, and what it takes; with cuts of its power
	@$(RUN) --part bare-metal tests/bare_metal.sh; status=$$?; cat $(BUILD)/board/figures; exit $$status

check-ports: ## the files for Zephyr and ESP-IDF: what those document, compiled for the same board, the Makefile's sources
	@TEST_LIMIT=1200 $(RUN) --part ports tests/ports/ports.sh

# ---- faults ------------------------------------------------------------------------------------------

# The core's verification with the cryptographic seam answered from a table, for tests/glitch/glitch.py.
GLITCH_SRC := $(addprefix tests/glitch/,glitch.c seam.c glitch.h judged.h glitch.ld)
$(BOARD)/glitch $(BOARD)-hardened/glitch: %/glitch: $(GLITCH_SRC) %/lib/libsztp.a
	$(call say,LD,$@)
	$(Q)$(BOARD_CC) $(BOARD_CFLAGS) -std=c99 $(BOARD_FLAGS) \
	  -T tests/glitch/glitch.ld -Wl,--defsym=_gettimeofday=0,--defsym=_getpid=0 -Iinclude -Ilib -o $@ \
	  $(filter %.c %.a,$^) -L$(BOARD_LIBS)/lib -lcjson -lexpat -lcbor

# What the table has in it.
$(BUILD)/tests/glitch/record: $(call objects,tests/glitch/record.c) $(OUR_ARCHIVES) $(FLAGS_SEEN)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(LINK_PROGRAM) $(call wrap,sztp__hash_new sztp__hash_update sztp__hash_finish sztp__library_verify) $(TOOL_LIBS)

.PHONY: check-glitch
check-glitch: $(BUILD)/bin/sztp $(BUILD)/tests/glitch/record $(PKI_MADE) ## faults against verifications of who holds the device; GLITCH=all: each one
	@GLITCH='$(GLITCH)' TEST_LIMIT=$(if $(filter all,$(GLITCH)),864000,1200) $(RUN) --part glitch tests/glitch/glitch.sh; status=$$?; \
	  grep '^faults\|:$$' $(BUILD)/board/glitch.txt; exit $$status
