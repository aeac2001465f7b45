# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
. tests/common/example.sh
printf '{"ietf-sztp-bootstrap-server:output":{"conveyed-information":"%s","owner-certificate":"%s","ownership-voucher":"%s"}}' \
  "$(base64 -w0 "$work/info.cms")" "$(base64 -w0 "$work/owner.cms")" "$(base64 -w0 "$work/voucher.vcj")" >"$work/reply.json"
"$1" "$PKI/idevid.pem" "$PKI/mfr-root.pem" "$work/reply.json" | tee "$work/out"
grep -q '^bootstrapped; ' "$work/out"
grep -q 'running configuration: hostname edge-17' "$work/out"
! "$1" "$PKI/idevid.pem" "$PKI/other-root.pem" "$work/reply.json" >"$work/out"
grep -q 'running configuration: $' "$work/out"
