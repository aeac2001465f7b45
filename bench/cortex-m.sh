#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Code size of the core for a Cortex-M4 at -Os, without the libraries behind it: linked alone, with everything that a
# device's firmware calls for. The foreign headers are shown to the compiler in a folder of their own; everything else
# comes from newlib. make footprint has the parts that can be left out. Environment: BUILD; CONSTRAINED=0 for a library without constrained vouchers.
set -eu
cd "$(dirname "$0")/.."
. bench/foreign_headers.sh
: "${BUILD:=$PWD/build}"
goal=65536
machine="-mcpu=cortex-m4 -mthumb"
compiler=arm-none-eabi-gcc
command -v "$compiler" >/dev/null || { echo "code size: skipped, $compiler is not installed"; exit 0; }

out=$BUILD/cortex-m
rm -rf "$out"
mkdir -p "$out/obj"
foreign_headers "$out/include" cjson expat.h expat_external.h cbor cbor.h
foreign_mbedtls "$out/include"

unset MAKEFLAGS MFLAGS MAKEOVERRIDES
{ read -r sources; read -r defines; } < <(make -s --no-print-directory DEPS=0 core-sources ${CONSTRAINED:+CONSTRAINED="$CONSTRAINED"})
for source in $sources; do
  object=$out/obj/$(echo "$source" | tr / -).o
  # shellcheck disable=SC2086
  "$compiler" $machine -Os -std=c99 -ffunction-sections -fdata-sections -DMBEDTLS_CONFIG_FILE='"bench_mbedtls_config.h"' \
    $defines -Iinclude -Ilib -isystem "$out/include" -c -o "$object" "$source"
done

# The size of the core with the named functions and what they need; the rest falls away, equal texts become one.
libraries=""
linked() { # NAME FUNCTIONS...
  local name=$1
  shift
  # shellcheck disable=SC2086,SC2046
  "$compiler" $machine -nostdlib -Wl,--gc-sections -Wl,--unresolved-symbols=ignore-all -Wl,-e,"$1" \
    $(printf -- '-Wl,-u,%s ' "$@") -o "$out/$name.elf" "$out"/obj/*.o $libraries
  arm-none-eabi-size -A "$out/$name.elf" | awk '
    /^\.text/ { code += $2 } /^\.rodata/ { constants += $2 } /^\.(data|bss)/ { variables += $2 }
    END { printf "%d %d %d\n", code, constants, variables }'
}

# All but what a device has only if it asks for it: certificate requests, signatures of boot images.
options='csr|firmware|sztp_image_'
functions() { all "$1" | grep -vE -- "$options"; }
all() { sed -n 's/^  \(sztp_[a-z0-9_]*\);/\1/p' lib/libsztp.map | grep -E -- "$1"; }

echo "code size of the core, Cortex-M4, -Os (mbedTLS, cJSON, expat and libcbor not counted)"
show() { # TITLE CODE CONSTANTS VARIABLES
  printf '  %s: %.1f KiB (code %.1f, constants %.1f; variables %d octets)' "$1" \
    "$(awk "BEGIN { print ($2 + $3) / 1024 }")" "$(awk "BEGIN { print $2 / 1024 }")" "$(awk "BEGIN { print $3 / 1024 }")" "$4"
}
# What is made for people alone, the sentences of the errors, stays out of a device's image.
# shellcheck disable=SC2046
read -r code constants variables <<<"$(linked device $(functions . | grep -v -e sztp_error_text -e sztp_error_name))"
show "every function that a device uses" "$code" "$constants" "$variables"
if [ $((code + constants)) -le $goal ]; then met=0; echo ", goal at most $((goal / 1024)) KiB: met"
else met=1; echo ", goal at most $((goal / 1024)) KiB: MISSED"; fi
# shellcheck disable=SC2046
read -r code constants variables <<<"$(linked verify $(functions '^sztp_(ctx|device|bundle|verdict|info|verify|step|error_label)' | grep -v -e new_in))"
show "verification alone" "$code" "$constants" "$variables"
echo
# shellcheck disable=SC2046
read -r code constants variables <<<"$(linked options $(all . | grep -v -e sztp_error_text -e sztp_error_name))"
show "with certificate requests and signatures of boot images" "$code" "$constants" "$variables"
echo
# shellcheck disable=SC2046
read -r code constants variables <<<"$(linked whole $(functions .))"
show "with the sentences for people" "$code" "$constants" "$variables"
echo
# What else comes into the image for it: the C library's part, as of newlib-nano.
libraries="-lc_nano -lgcc"
# shellcheck disable=SC2046
read -r code constants variables <<<"$(linked with-libc $(functions . | grep -v -e sztp_error_text -e sztp_error_name))"
show "every function that a device uses, with what they call of newlib-nano" "$code" "$constants" "$variables"
echo
exit "$met"
