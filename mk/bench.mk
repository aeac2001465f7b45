# SPDX-License-Identifier: Apache-2.0
# Figures: time, memory, operations, code size.

.PHONY: bench
bench: all | $(call need,check) ## print what the library costs, each figure beside its goal
	@bench/run
