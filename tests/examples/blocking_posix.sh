# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
. tests/common/example.sh
serve_artifacts
mkdir "$work/device"
"$1" "$PKI/idevid.pem" "$PKI/idevid.key" "$PKI/mfr-root.pem" "$PKI/server-root.pem" "$port" "$work/device"
cmp "$work/device/running.conf" "$work/startup.conf"
completed
# an anchor that is not the server's: nothing is sent, nothing applied
rm "$work/device/running.conf"
! "$1" "$PKI/idevid.pem" "$PKI/idevid.key" "$PKI/mfr-root.pem" "$PKI/other-root.pem" "$port" "$work/device" >"$work/out"
grep -q tls-untrusted "$work/out"
[ ! -e "$work/device/running.conf" ]
