#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The guide docs/tpm.md is true: its blocks of commands are run in order, in one shell in an empty folder, and the device
# bootstraps.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
. tests/common/guide.sh
[ -e "$BUILD/lib/libsztp-tpm2.so" ] || skip_all "built without libsztp-tpm2"
need swtpm tpm2_createprimary openssl
compgen -G '/usr/lib/*/ossl-modules/tpm2.so' >/dev/null || skip_all "tpm2-openssl is not installed"
end_all() {
  [ ! -e "$work/desk/tpm/pid" ] || kill "$(cat "$work/desk/tpm/pid")"
  [ ! -e "$work/desk/server" ] || kill "$(cat "$work/desk/server")"
  clean_up
} 2>/dev/null
trap end_all EXIT
follow_guide docs/tpm.md
holds "the device has its configuration" cmp "$work/desk/running" "$work/desk/configuration"
conclude
