# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
. tests/common/example.sh
for name in idevid enc/rsa; do
  sztp conveyed onboarding --config "$work/startup.conf" --handling merge --encrypt-to "$PKI/$name.pem" --out "$work/sealed.cms"
  "$1" "$work/sealed.cms" "$PKI/$name.pem" "$PKI/$name.key" | tee "$work/out"
  grep -q '^configuration: hostname edge-17$' "$work/out"
done
"$1" "$PKI/enc/oaep256.cms" "$PKI/enc/rsa.pem" "$PKI/enc/rsa.key" | tee "$work/out"
grep -q 'RSAES-OAEP with sha256' "$work/out"
grep -q '^accepted$' "$work/out"
! "$1" "$work/sealed.cms" "$PKI/enc/rsa.pem" "$PKI/enc/rsa2.key" >"$work/out"
grep -q 'SZTP_ERR_ENC_DECRYPT_FAILED' "$work/out"
