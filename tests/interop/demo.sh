#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What `make demo` shows, with the device's key in a file and in a TPM. Environment: BUILD.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
need openssl
shown() { # NAME SETTING...
  if env "${@:2}" demo/run >"$work/log" 2>&1 && grep -q '^demo: bootstrapped' "$work/log"; then ok "$1"; else
    bad "$1" "$(tail -n 20 "$work/log")"
  fi
}
shown "the demonstration" TPM=0
if [ -e "$BUILD/lib/libsztp-tpm2.so" ] && command -v swtpm tpm2_createprimary >/dev/null; then
  shown "the demonstration with a TPM" TPM=1
  holds "which has the key" grep -q 'key .*; in a TPM' "$work/log"
  holds "whose evidence was verified, line by line" test "$(grep -c '^ *EX4200-17: evidence verified: ' "$work/log")" = 8
else
  skip "the demonstration with a TPM: swtpm, tpm2-tools or libsztp-tpm2 is missing"
fi
conclude
