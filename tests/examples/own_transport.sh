# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
. tests/common/example.sh
serve_artifacts
"$1" "$PKI/idevid.pem" "$PKI/idevid.key" "$PKI/mfr-root.pem" "$PKI/server-root.pem" "$port" | tee "$work/out"
grep -q 'config: hostname edge-17' "$work/out"
completed
! "$1" "$PKI/idevid.pem" "$PKI/idevid.key" "$PKI/mfr-root.pem" "$PKI/other-root.pem" "$port" >"$work/out"
! grep -q config "$work/out"
