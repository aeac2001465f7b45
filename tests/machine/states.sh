#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The list of states (lib/machine/states.h): docs/machine.md is made of it, and the tests have taken every way that it
# lists, and no other. SZTP_EDGES is the file to which they wrote.
set -u
failed=0
cd "$(dirname "$0")/../.." || exit 1
scripts/machine-doc --check || failed=$((failed + 1))
scripts/machine-doc --taken "${SZTP_EDGES:?}" || failed=$((failed + 1))
echo "$((2 - failed)) passed, $failed failed"
[ "$failed" = 0 ]
