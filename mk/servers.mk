# SPDX-License-Identifier: Apache-2.0
# sztp-server beside a small server in Go.

.PHONY: bench-servers
bench-servers: all $(PKI_MADE) | $(call need,check) ## sztp-server's CPU beside that of a small server in Go, in turns (needs go): SETS=3
	@command -v go > /dev/null || { echo 'bench-servers: there is no go; Debian has it in golang-go' >&2; exit 1; }
	@$(TEST_ENV) bench/servers.py $(SETS)
