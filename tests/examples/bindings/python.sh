# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
. tests/common/example.sh
serve_artifacts
export PYTHONDONTWRITEBYTECODE=1
python3 examples/python/bootstrap.py "$PKI/idevid.pem" "$PKI/idevid.key" "$PKI/mfr-root.pem" "$PKI/server-root.pem" "$port" |
  tee "$work/out"
grep -q 'configuration: hostname edge-17' "$work/out"
completed
! python3 examples/python/bootstrap.py "$PKI/idevid.pem" "$PKI/idevid.key" "$PKI/mfr-root.pem" "$PKI/other-root.pem" "$port" \
  >"$work/out"
! grep -q configuration: "$work/out"
