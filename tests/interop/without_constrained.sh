#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A library built without constrained vouchers (make CONSTRAINED=0): it builds without a warning, holds none of their
# code, refuses them with a sentence that says so, and reads every other voucher as ever (VOUCH-17, VOUCH-21).
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
without=$BUILD/without-constrained
unset MAKEFLAGS MFLAGS MAKEOVERRIDES
check "it builds" 0 . make --no-print-directory -j2 BUILD="$without" CONSTRAINED=0 DEPS=0 CFLAGS=-O1 lib "$without/bin/sztp"
nm "$without/lib/libsztp.a" >"$work/symbols" 2>/dev/null
if grep -q sztp_verify "$work/symbols" && ! grep -qE 'sztp__(cose_(parse|verify)|voucher_parse_cbor)' "$work/symbols"; then
  ok "the code is not in it"
else
  bad "the code is in it"
fi

made=$BUILD/bin/sztp
sztp=$without/bin/sztp
signer=(--signer "$PKI/voucher-signer.pem" --key "$PKI/voucher-signer.key" --chain "$PKI/mfr-int.pem")
device=(--voucher-anchor "$PKI/mfr-root.pem" --serial S1)
"$made" voucher issue --serial S1 --pinned "$PKI/owner-root.pem" "${signer[@]}" --out "$work/plain.vcj"
"$made" voucher issue --serial S1 --pinned "$PKI/owner-root.pem" "${signer[@]}" --format cose-cbor --out "$work/cose.vch"
"$made" voucher issue --serial S1 --pinned "$PKI/owner.pem" --pin key "${signer[@]}" --out "$work/key.vcj"
check "a voucher in CMS" 0 '^accepted' "$sztp" verify --voucher "$work/plain.vcj" "${device[@]}"
check "a voucher in COSE" 1 'failed +voucher-format +voucher-malformed: .*built with constrained vouchers' \
  "$sztp" verify --voucher "$work/cose.vch" "${device[@]}"
check "a voucher that pins a key" 1 'failed +pinned-cert +voucher-malformed: .*built with constrained vouchers' \
  "$sztp" verify --voucher "$work/key.vcj" "${device[@]}"
check "the policy can't be set" 2 '--constrained: .*built without constrained vouchers' \
  "$sztp" verify --voucher "$work/cose.vch" "${device[@]}" --constrained
check "COSE is named where it is looked at" 0 'COSE structure, which this build does not read' "$sztp" inspect "$work/cose.vch"
conclude
