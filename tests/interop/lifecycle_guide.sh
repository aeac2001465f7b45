#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The guide docs/lifecycle.md is true: its blocks of commands are run in order, in one shell in an empty folder (LIFE-06, LIFE-10).
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
. tests/common/guide.sh
need openssl
unset SZTP_AGENT SZTP_AGENT_CONFIG
follow_guide docs/lifecycle.md
holds "the journal tells the whole story" test "$(grep -o '"event": *"[a-z-]*"' "$work/desk/device/state/journal" | tr -d ' \n')" = \
  '"event":"image-installed""event":"bootstrapped""event":"reset""event":"bootstrapped""event":"reset"'
holds "a renewed voucher lasts as long as the last one" sh -c "sztp inspect '$work/desk/renewed.vcj' | grep -q 'last-renewal-date'"
conclude
