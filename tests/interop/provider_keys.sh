#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# With CRYPTO=openssl a device's private key may stay where a provider of OpenSSL has it, named by a URI: here in a software TPM
# with tpm2-openssl's provider, which OpenSSL's configuration loads. Environment: BUILD, PKI, CC.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
. tests/common/bootstrap.sh
. tests/common/swtpm.sh
need swtpm tpm2_readpublic openssl
compgen -G '/usr/lib/*/ossl-modules/tpm2.so' >/dev/null || skip_all "tpm2-openssl is not installed"
export TSS2_LOG=all+none
build_tpm2_make || exit 2
start_tpm "$work/tpm"
make_key p256 digitalSignature,keyAgreement p256 both 0x81020011 &&
  make_key rsa digitalSignature,keyEncipherment rsa2048 both 0x81020010 || exit 2
printf '%s\n' 'openssl_conf = all' '[all]' 'providers = those' '[those]' 'default = on' 'tpm2 = on' '[on]' 'activate = 1' \
  >"$work/openssl.cnf"
with_provider() { OPENSSL_CONF=$work/openssl.cnf "$@"; }

lab=$work/lab
echo 'hostname told-by-the-owner' >"$work/configuration"
start_server "$lab"
# provider_device NAME CERTIFICATE MEMBERS: its key is an object with these
provider_device() {
  device "$1" "\"servers\": [\"127.0.0.1:$port\"], \"retry\": { \"passes\": 1 }"
  sed -i "s#\"identity\": .*#\"identity\": { \"certificate\": \"$2\", \"key\": { $3 } },#" "$dev/agent.json"
}
signed "$lab/$serial" "$serial" onboarding --config "$work/configuration" --handling replace
provider_device p256 "$work/p256.pem" '"uri": "handle:0x81020011"'
with_provider bootstraps "a bootstrap with a key on P-256 that a provider has, over TLS 1.3"
check "status tells where the key is" 0 'key +ecdsa-sha256.*; of a provider$' agent status
provider_device file "$PKI/idevid.pem" "\"uri\": \"file:$PKI/idevid.key\""
bootstraps "a bootstrap with a key that OpenSSL finds in a file"
encrypt_to=(--encrypt-to "$work/p256.pem")
rm -rf "${lab:?}/$serial"
signed "$lab/$serial" "$serial" onboarding --config "$work/configuration" --handling replace
provider_device sealed "$work/p256.pem" '"uri": "handle:0x81020011"'
with_provider bootstraps "artifacts encrypted to the key on P-256"
# tpm2-openssl takes the padding off itself, so such a key is one that can only sign.
encrypt_to=()
rm -rf "${lab:?}/$serial"
signed "$lab/$serial" "$serial" onboarding --config "$work/configuration" --handling replace
provider_device rsa "$work/rsa.pem" '"uri": "handle:0x81020010"'
with_provider bootstraps "a bootstrap with an RSA key that a provider has"
check "status tells what it can do" 0 'key +rsa-pkcs1-sha256, .*rsa-pss-sha512; of a provider$' with_provider agent status

# ---- what is wrong is said ----------------------------------------------------------------------------------------------

provider_device other "$work/rsa.pem" '"uri": "handle:0x81020011"'
check "another certificate's key" 4 'identity.key.uri: is not the private key of the certificate, or no provider has it' \
  with_provider agent run
provider_device none "$work/p256.pem" '"uri": "handle:0x81029999"'
check "nothing at that place" 4 'identity.key.uri: .*no provider has it' with_provider agent run
provider_device unknown "$work/p256.pem" '"uri": "handle:0x81020011"'
check "no provider that knows such a URI" 4 'identity.key.uri: .*no provider has it' agent run
provider_device both "$work/p256.pem" "\"uri\": \"handle:0x81020011\", \"tcti\": \"$tcti\""
check "a provider and a TPM" 4 'identity.key.uri: stands beside members of a key in a TPM' with_provider agent run
conclude
