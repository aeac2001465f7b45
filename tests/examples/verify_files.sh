# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
. tests/common/example.sh
"$1" "$work/voucher.vcj" "$work/owner.cms" "$work/info.cms" "$PKI/mfr-root.pem" EX4200-17 | tee "$work/out"
grep -q '^accepted$' "$work/out"
! "$1" "$work/voucher.vcj" "$work/owner.cms" "$work/info.cms" "$PKI/mfr-root.pem" EX4200-18 >"$work/out"
grep -q '^failed *voucher-serial *voucher-serial' "$work/out"
