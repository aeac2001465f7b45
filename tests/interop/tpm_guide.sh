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
guide=$PWD/docs/tpm.md
blocks=$(grep -c '^```sh$' "$guide")
mkdir "$work/desk"
{
  echo 'set -e'
  echo 'trap "jobs -p >server" EXIT'
  for ((n = 1; n <= blocks; n++)); do
    guide_block "$guide" sh "$n"
    echo "echo block $n is done >&3"
  done
} >"$work/reader"
end_all() {
  [ ! -e "$work/desk/tpm/pid" ] || kill "$(cat "$work/desk/tpm/pid")"
  [ ! -e "$work/desk/server" ] || kill "$(cat "$work/desk/server")"
  clean_up
} 2>/dev/null
trap end_all EXIT
(cd "$work/desk" && bash "$work/reader" >"$work/log" 2>&1 3>"$work/done")
for ((n = 1; n <= blocks; n++)); do
  if grep -qx "block $n is done" "$work/done"; then ok "block $n"; else
    bad "block $n" "$(tail -n 20 "$work/log")"
    break
  fi
done
holds "the device has its configuration" cmp "$work/desk/running" "$work/desk/configuration"
conclude
