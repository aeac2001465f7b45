#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# With CRYPTO=psa all cryptography that our objects call is PSA's. TLS, certificates and keys of TLS are mbedTLS's, which
# computes with PSA in turn (MBEDTLS_USE_PSA_CRYPTO); the copy of an EC public key is the one exception, see docs/engines.md.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh

# What files other than the core may call of mbedTLS.
of_tls='ssl_.*|x509_.*|pk_.*|pem_.*|asn1_get_tag|strerror|ecp_keypair_init|ecp_keypair_free|ecp_group_copy|ecp_copy'

# stray ALLOWED FILE...: what the objects call of mbedTLS beside PSA, and is not allowed
stray() {
  local allowed=$1
  shift
  nm -A --undefined-only "$@" 2>/dev/null | awk '{ print $NF, $1 }' | grep '^mbedtls_' | grep -vE "^mbedtls_($allowed) "
}
none() { ! stray "$@"; }
calls_psa() { nm --undefined-only "$1" 2>/dev/null | grep -q ' psa_'; }

for library in sztp sztp-artifacts; do
  holds "lib$library calls PSA" calls_psa "$BUILD/lib/lib$library.a"
  holds "lib$library calls nothing else of mbedTLS" none nothing "$BUILD/lib/lib$library.a"
done
holds "libsztp-https calls PSA" calls_psa "$BUILD/lib/libsztp-https.a"
holds "libsztp-https calls TLS of mbedTLS beside it, and no older cryptography" none "$of_tls" "$BUILD/lib/libsztp-https.a"
# Of several builds in the folder, the last.
server=$(find "$BUILD/obj" -path '*/tools/sztp-server/tls_mbedtls.o' -printf '%T@ %p\n' | sort -rn | sed -n '1s/^[^ ]* //p')
holds "sztp-server does the same" none "$of_tls" "${server:?no object of it}"

printf 'int mbedtls_sha256(const void *, unsigned long, void *, int);\nint old(void);\nint old(void) { return mbedtls_sha256(0, 0, 0, 0); }\n' \
  >"$work/old.c"
"${CC:-gcc}" -c -o "$work/old.o" "$work/old.c"
check "an older function would be found" 0 '^mbedtls_sha256 ' stray "$of_tls" "$work/old.o"

# No older module is turned on by name.
older='AES|ARIA|BIGNUM|CAMELLIA|CCM|CHACHA20|CHACHAPOLY|CIPHER|CMAC|DES|DHM|ECDH|ECDSA|ECJPAKE|ECP|GCM|HKDF|HMAC_DRBG|MD|MD5|NIST_KW'
older="$older|PKCS5|PKCS7|PKCS12|POLY1305|RIPEMD160|RSA|SHA1|SHA224|SHA256|SHA384|SHA512|SHA3"
turned_on() { grep -E "^#define MBEDTLS_($older)_C\b" "$1"; }
configured() { [ -e "$1" ] && ! turned_on "$1"; }
holds "the configuration turns on no older module" configured scripts/psa/mbedtls_config.h
conclude
