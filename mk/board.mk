# SPDX-License-Identifier: Apache-2.0
# The core without an operating system: examples/bare_metal on a Cortex-M4 that QEMU emulates.

BOARD_CC     := arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb
BOARD_CFLAGS := -Os -ffunction-sections -fdata-sections -DNDEBUG
BOARD_AR     := arm-none-eabi-ar
BOARD_LIBS   := $(BUILD)/libraries-board
BOARD        := $(BUILD)/board
# How the core is compiled for it: as for any machine without shared libraries and threads.
BOARD_CORE   := $(BOARD)/lib/libsztp.a
BOARD_MAKE    = $(MAKE) --no-print-directory BUILD=$(BOARD) CC='$(BOARD_CC)' AR=$(BOARD_AR) CFLAGS=-Os PIC= HARDEN= TPM=0 \
  CPPFLAGS=-DSZTP_SINGLE_THREAD MBEDTLS=$(BOARD_LIBS) DEPS=0

$(BOARD_LIBS)/done: scripts/build-libraries examples/bare_metal/mbedtls_config.h | $(call need,check)
	@rm -f $@
	@MBEDTLS_CONFIG=examples/bare_metal/mbedtls_config.h CC='$(BOARD_CC)' AR=$(BOARD_AR) \
	  scripts/build-libraries $(@D) $(BUILD)/sources '$(BOARD_CFLAGS)'

$(BOARD_CORE): $(BOARD_LIBS)/done FORCE
	+@$(BOARD_MAKE) $@

$(BOARD)/artifacts/reply.json: examples/bare_metal/make-artifacts $(BUILD)/bin/sztp $(PKI_MADE)
	@$(TEST_ENV) $< $(@D)

$(BOARD)/bare_metal: $(wildcard examples/bare_metal/*) $(BOARD_CORE) $(BOARD)/artifacts/reply.json
	$(call say,LD,$@)
	$(Q)$(BOARD_CC) $(BOARD_CFLAGS) -std=c99 $(WARNINGS) $(NO_WARNINGS) --specs=nano.specs --specs=nosys.specs -nostartfiles \
	  -Wl,--gc-sections -Wl,--no-warnings \
	  -T examples/bare_metal/board.ld -Wl,-Map,$@.map -Iinclude -Wa,-I$(BOARD)/artifacts -o $@ \
	  $(filter %.c %.S,$^) $(BOARD_CORE) -L$(BOARD_LIBS)/lib -lmbedcrypto -lcjson -lexpat -lcbor

.PHONY: bare-metal check-bare-metal
bare-metal: $(BOARD)/bare_metal ## the image of examples/bare_metal: the core on a Cortex-M4 without an operating system

check-bare-metal: $(BUILD)/bin/sztp $(PKI_MADE) ## that image in QEMU: a verification, a session, cuts of its power; prints what they take
	@$(RUN) --part bare-metal tests/bare_metal.sh; status=$$?; cat $(BUILD)/board/figures; exit $$status
