#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The guide docs/csr.md is true: its blocks of commands are run in order, in one shell in an empty folder, and the device has its
# owner's certificate.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
. tests/common/guide.sh
need openssl
guide_end() {
  [ ! -e "$work/desk/server" ] || kill "$(cat "$work/desk/server")"
  clean_up
} 2>/dev/null
trap guide_end EXIT
follow_guide docs/csr.md
holds "the certificate is in the configuration" grep -q '"certificate": "MII' "$work/desk/running"
holds "and with the key" grep -q 'BEGIN CERTIFICATE' "$work/desk/ldevid.pem"
conclude
