#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The list of states (lib/machine/states.h): docs/machine.md is made of it, and the tests have taken every way that it
# lists, and no other. SZTP_EDGES is the file to which they wrote.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
holds "docs/machine.md is made of the list of states" scripts/machine-doc --check
holds "the tests took every way that the list has, and no other" scripts/machine-doc --taken "${SZTP_EDGES:?}"
conclude
