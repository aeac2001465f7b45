#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Builds as others make them: installed as they were built, the same in every folder, hardened further, for 32 bits and for
# musl; and an mbedTLS that won't do is named by the compiler. Environment: CC.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
unset MAKEFLAGS MFLAGS MAKEOVERRIDES
warnings="-std=c99 -D_FILE_OFFSET_BITS=64 -Wall -Wextra -Wconversion -Wshadow -pedantic -Wstrict-prototypes
          -Wmissing-prototypes -Werror -Iinclude -Ilib -Itools"

# ---- two folders --------------------------------------------------------------------------------------------------------

mkdir "$work/one" "$work/another-folder"
for folder in one another-folder; do
  cp -R Makefile mk pkgconfig scripts include lib tools docs "$work/$folder/"
  check "hardened further, as distributions do ($folder)" 0 . make --no-print-directory -C "$work/$folder" -j2 DEPS=0 \
    WERROR=1 CFLAGS='-O1 -g' CPPFLAGS='-D_FORTIFY_SOURCE=3' lib
done
same() {
  local l
  for l in sztp sztp-https sztp-artifacts; do
    cmp "$work/one/build/lib/lib$l.a" "$work/another-folder/build/lib/lib$l.a" &&
      cmp "$work/one/build/lib/lib$l.so" "$work/another-folder/build/lib/lib$l.so" || return 1
  done
}
holds "two folders make the same octets" same
install_lib() { make --no-print-directory -C "$work/one" DEPS=0 PREFIX=/usr INCLUDEDIR=/usr/include/sdk DESTDIR="$work/root" install-lib; }
installs_what_is_there() {
  install_lib >"$work/install.log" 2>&1 || return 1
  ! grep -E '^  (CC|AR|LD) ' "$work/install.log" &&
    cmp "$work/one/build/lib/libsztp.so" "$work/root/usr/lib/libsztp.so" && [ ! -e "$work/one/build/bin" ]
}
holds "make install builds nothing with other flags" installs_what_is_there
names_include() { grep -qx 'includedir=${prefix}/include/sdk' "$work/root/usr/lib/pkgconfig/sztp.pc" && [ -e "$work/root/usr/include/sdk/sztp/ctx.h" ]; }
holds "the headers lie where they were told to" names_include
own_functions() { ! readelf -rW "$work/one/build/lib/libsztp.so" | grep -E 'JU?MP_SLOT.* sztp_'; }
holds "the library calls its own functions, whatever a program has" own_functions
no_names() { ! grep -rl 'ares\.h' lib include && ! scripts/install-deps --look lib | grep ares; }
holds "the libraries need no c-ares" no_names

# What was built under one name of the folder is not out of date under another.
sees_a_header() { # BUILD
  touch "$work/one/lib/ground/ctx_layout.h"
  make --no-print-directory -C "$work/one" -n DEPS=0 WERROR=1 CFLAGS='-O1 -g' CPPFLAGS='-D_FORTIFY_SOURCE=3' BUILD="$1" lib | grep 'lib/ground/ctx\.c'
}
holds "a header that has changed is seen" sees_a_header build
holds "... whatever the folder is called" sees_a_header "$work/one/build"

keeps_flags() { # by the command line that make would run
  make --no-print-directory -n DEPS=0 CC=clang CFLAGS='-O3 -g3' check |
    grep -E "scripts/check build 'CC=clang' +'CFLAGS=-O3 -g3'"
}
holds "make check keeps CC and CFLAGS" keeps_flags

# ---- other machines -----------------------------------------------------------------------------------------------------

# The headers of others, in a folder of their own.
mkdir "$work/headers"
for header in mbedtls psa cjson expat.h expat_external.h expat_config.h cbor cbor.h tss2 linux asm asm-generic; do
  for folder in /usr/include /usr/include/"$(gcc -print-multiarch)"; do
    [ ! -e "$folder/$header" ] || ln -sfn "$folder/$header" "$work/headers/$header"
  done
done
# OpenSSL's are in two folders; what they say of this machine is of no account, since nothing is linked.
if [ -e /usr/include/openssl ]; then
  mkdir "$work/headers/openssl"
  ln -s /usr/include/openssl/*.h "$work/headers/openssl/"
  ln -sf /usr/include/"$(gcc -print-multiarch)"/openssl/*.h "$work/headers/openssl/"
  without_openssl=()
else
  without_openssl=(! -name "*_openssl.c")
fi
for ares in /usr/include/ares*.h; do ln -s "$ares" "$work/headers/"; done
# libsztp-tpm2 where tpm2-tss is.
without_tpm2=()
[ -e /usr/include/tss2 ] || without_tpm2=(! -path "lib/tpm2/*")
compiles() { # COMPILER-AND-FLAGS
  # shellcheck disable=SC2086
  find lib tools -name "*.c" ! -name "*_psa.c" "${without_tpm2[@]}" "${without_openssl[@]}" -print0 | xargs -0 -P2 -n8 $1 $warnings -isystem "$work/headers" -fsyntax-only
}
if command -v musl-gcc >/dev/null; then
  holds "musl: no warning" compiles musl-gcc
else
  skip "musl: musl-gcc is not installed"
fi
if echo '#include <stdlib.h>' | gcc -m32 -x c -fsyntax-only - 2>/dev/null; then
  holds "32 bits: no warning" compiles "gcc -m32"
else
  skip "32 bits: gcc -m32 finds no headers of the C library"
fi
for machine in arm-linux-gnueabihf mips-linux-gnu; do # 32 bits with an alignment of its own; of big-endian order
  if echo '#include <stdlib.h>' | "$machine-gcc" -x c -fsyntax-only - 2>/dev/null; then
    holds "$machine: no warning" compiles "$machine-gcc"
  else
    skip "$machine: $machine-gcc is not installed"
  fi
done

# ---- which mbedTLS ------------------------------------------------------------------------------------------------------

# says NAME PATTERN FILE FLAG...: the compiler refuses, and says why
says() {
  local name=$1 pattern=$2 file=$3
  shift 3
  # shellcheck disable=SC2086
  check "$name" 1 "$pattern" "${CC:-gcc}" $warnings "$@" -fsyntax-only "$file"
}
configured() { printf '#undef %s\n' "$1" >"$work/without.h"; }
for option in GCM_C CIPHER_MODE_CBC RSA_C ECDSA_C PKCS1_V21 CTR_DRBG_C ENTROPY_C; do
  configured MBEDTLS_$option
  says "without MBEDTLS_$option" "error.*lacks MBEDTLS_$option" lib/cryptography/crypto_mbedtls.c \
    "-DMBEDTLS_USER_CONFIG_FILE=\"$work/without.h\""
done
for option in SSL_ALPN SSL_SERVER_NAME_INDICATION PK_RSA_ALT_SUPPORT; do
  configured MBEDTLS_$option
  says "without MBEDTLS_$option" "error.*lacks MBEDTLS_$option" lib/https/tls_mbedtls.c \
    "-DMBEDTLS_USER_CONFIG_FILE=\"$work/without.h\""
done
printf '#undef MBEDTLS_THREADING_C\n#undef MBEDTLS_THREADING_PTHREAD\n#define MBEDTLS_USE_PSA_CRYPTO\n' >"$work/without.h"
says "PSA without a lock" "error.*without MBEDTLS_THREADING_C: set it, or SZTP_SINGLE_THREAD" lib/https/random_mbedtls.c \
  "-DMBEDTLS_USER_CONFIG_FILE=\"$work/without.h\""
# shellcheck disable=SC2086
holds "... which does for one thread" "${CC:-gcc}" $warnings "-DMBEDTLS_USER_CONFIG_FILE=\"$work/without.h\"" \
  -DSZTP_SINGLE_THREAD -fsyntax-only lib/https/random_mbedtls.c
# The headers of mbedTLS 3.6 with PSA alone, and those without an option.
psa=$BUILD/mbedtls-psa/include
[ ! -e "${MBEDTLS:-}/include/psa/crypto_config.h" ] || psa=$(cd "$MBEDTLS" && pwd)/include
without() { # OPTION
  rm -rf "$work/without"
  cp -R "$psa" "$work/without"
  sed -i "/^#define $1\b/d" "$work/without/mbedtls/mbedtls_config.h" "$work/without/psa/crypto_config.h"
}
mkdir -p "$work/four/mbedtls"
echo '#define MBEDTLS_VERSION_NUMBER 0x04000000' >"$work/four/mbedtls/version.h"
for file in lib/cryptography/crypto_mbedtls.c lib/https/random_mbedtls.c; do
  says "mbedTLS 4, ${file##*/}" "error.*not supported: libsztp.* works with 2.28 and 3.6" "$file" -isystem "$work/four"
done
# PSA's files want mbedTLS 3.6, where it is built; with another they say so.
psa_files="lib/cryptography/crypto_psa.c lib/https/random_psa.c lib/https/key_psa.c lib/artifacts/key_psa.c"
for file in $psa_files; do
  says "mbedTLS 4, $file" "error.*not supported: libsztp.* with CRYPTO=psa works with 3.6" "$file" -isystem "$work/four"
done
if [ -e "$psa/psa/crypto.h" ]; then
  for machine in "${CC:-gcc}" musl-gcc "gcc -m32" arm-linux-gnueabihf-gcc mips-linux-gnu-gcc; do
    # shellcheck disable=SC2086
    echo '#include <stdlib.h>' | $machine -x c -fsyntax-only - 2>/dev/null || continue
    # shellcheck disable=SC2086
    holds "PSA's files, $machine: no warning" $machine $warnings -isystem "$psa" -fsyntax-only $psa_files
  done
  for option in MBEDTLS_PSA_CRYPTO_C PSA_WANT_ALG_SHA_256; do
    without "$option"
    says "without $option" "error.*lacks $option" lib/cryptography/crypto_psa.c -isystem "$work/without"
  done
  without MBEDTLS_USE_PSA_CRYPTO
  says "without MBEDTLS_USE_PSA_CRYPTO" "error.*lacks MBEDTLS_USE_PSA_CRYPTO" lib/https/random_psa.c -isystem "$work/without"
  without MBEDTLS_THREADING_C
  says "PSA's files without a lock" "error.*without MBEDTLS_THREADING_C" lib/cryptography/crypto_psa.c -isystem "$work/without"
else
  skip "PSA's files: no mbedTLS 3.6 with PSA alone is built: \`make mbedtls-psa\`"
fi
conclude
