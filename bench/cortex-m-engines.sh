#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Code size for a Cortex-M4 at -Os with what the core calls of mbedTLS 3.6, by its older interfaces and by PSA; the algorithms are the
# same. It is linked with every function that a device uses; the other libraries and the C library's are not counted.
# Environment: BUILD, where sources/mbedtls.tar is (`make mbedtls-3.6`).
set -eu
cd "$(dirname "$0")/.."
. bench/foreign_headers.sh
: "${BUILD:=$PWD/build}"
flags="-mcpu=cortex-m4 -mthumb -Os -ffunction-sections -fdata-sections"
compiler=arm-none-eabi-gcc
command -v "$compiler" >/dev/null || { echo "code size of engines: skipped, $compiler is not installed"; exit 0; }
[ -e "$BUILD/sources/mbedtls.tar" ] || { echo "code size of engines: skipped, no sources of mbedTLS 3.6 (make mbedtls-3.6)"; exit 0; }

out=$BUILD/cortex-m-engines
rm -rf "$out"
mkdir -p "$out/source"
tar -C "$out/source" --strip-components=1 -xf "$BUILD/sources/mbedtls.tar"
foreign_headers "$out/include" cjson expat.h expat_external.h cbor cbor.h

define() { printf '#define MBEDTLS_%s\n' "$@"; }
# What both have: a generator that the device seeds, one thread.
common="HAVE_ASM PLATFORM_C VERSION_C ASN1_PARSE_C ASN1_WRITE_C OID_C CTR_DRBG_C ENTROPY_C NO_PLATFORM_ENTROPY ENTROPY_HARDWARE_ALT
        ECP_NIST_OPTIM"
older="AES_C BIGNUM_C CIPHER_C CIPHER_MODE_CBC ECDSA_C ECP_C ECP_DP_SECP256R1_ENABLED ECP_DP_SECP384R1_ENABLED
       ECP_DP_SECP521R1_ENABLED GCM_C MD_C MD5_C SHA1_C SHA224_C SHA256_C SHA384_C SHA512_C PK_C PK_PARSE_C RSA_C PKCS1_V15 PKCS1_V21"
psa="PSA_CRYPTO_C PSA_CRYPTO_CONFIG PSA_KEY_STORE_DYNAMIC PSA_ASSUME_EXCLUSIVE_BUFFERS"
mkdir -p "$out/mbedtls" "$out/psa"
# shellcheck disable=SC2086
define $common $older >"$out/mbedtls/config.h"
# shellcheck disable=SC2086
define $common $psa 'PSA_CRYPTO_CONFIG_FILE "psa_config.h"' >"$out/psa/config.h"
# Of PSA's algorithms those that the core asks for.
sed '/^\/\* ---- private keys/,$d' scripts/psa/crypto_config.h >"$out/psa/psa_config.h"
echo '#endif' >>"$out/psa/psa_config.h"

functions=$(sed -n 's/^  \(sztp_[a-z0-9_]*\);/\1/p' lib/libsztp.map | grep -vE 'csr|firmware|sztp_image_|sztp_error_(text|name)')
size() { # NAME ARCHIVE...
  # shellcheck disable=SC2046,SC2086
  "$compiler" $flags -nostdlib -Wl,--gc-sections -Wl,--unresolved-symbols=ignore-all -Wl,-e,sztp_ctx_new \
    $(printf -- '-Wl,-u,%s ' $functions) -o "$out/$1.elf" "$out/$engine/core"/*.o "${@:2}"
  arm-none-eabi-size -A "$out/$1.elf" | awk '
    /^\.(text|rodata)/ { code += $2 } /^\.(data|bss)/ { variables += $2 }
    END { printf "%.1f KiB (variables %d octets)", code / 1024, variables }'
}
unset MAKEFLAGS MFLAGS MAKEOVERRIDES
echo "code size with the cryptography behind the core, Cortex-M4, -Os, mbedTLS 3.6"
for engine in mbedtls psa; do
  mkdir "$out/$engine/lib" "$out/$engine/core"
  own=(-DMBEDTLS_CONFIG_FILE='"config.h"' "-I$out/$engine" -isystem "$out/source/include")
  for source in "$out/source/library"/*.c; do
    # shellcheck disable=SC2086
    "$compiler" $flags -std=gnu99 -w "${own[@]}" -c -o "$out/$engine/lib/$(basename "$source" .c).o" "$source"
  done
  arm-none-eabi-ar rcs "$out/$engine/libmbedcrypto.a" "$out/$engine/lib"/*.o
  { read -r sources; read -r defines; } < <(make -s --no-print-directory DEPS=0 CRYPTO=$engine core-sources)
  for source in $sources; do
    # shellcheck disable=SC2086
    "$compiler" $flags -std=c99 "${own[@]}" $defines -DSZTP_SINGLE_THREAD -Iinclude -Ilib -isystem "$out/include" -c \
      -o "$out/$engine/core/$(echo "$source" | tr / -).o" "$source"
  done
  printf '  %s: the core %s, with its cryptography %s\n' "$engine" "$(size "$engine-core")" \
    "$(size "$engine-whole" "$out/$engine/libmbedcrypto.a")"
done
