#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The guide docs/attestation.md is true: its blocks of commands are run in order, in one shell in an empty folder (ATT-04..07, ATT-13,
# ATT-15). Environment: BUILD.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
. tests/common/guide.sh
[ -e "$BUILD/lib/libsztp-tpm2.so" ] || skip_all "built without libsztp-tpm2"
need openssl swtpm tpm2_createprimary tpm2_pcrread
guide_end() {
  # shellcheck disable=SC2046 # process numbers
  [ ! -e "$work/desk/server" ] || kill $(cat "$work/desk/server")
  clean_up
} 2>/dev/null
trap guide_end EXIT
follow_guide docs/attestation.md
for step in request bundle signer serial certify key quote measured; do
  holds "the server has verified $step" grep -q "evidence verified: $step: " "$work/desk/server.log"
done
holds "the last refusal was the third" test "$(grep -c 'evidence refused: measured' "$work/desk/server.log")" = 3
holds "data was given once" test "$(grep get-bootstrapping-data "$work/desk/lab/requests.log" | grep -c '"status":200')" = 1
conclude
