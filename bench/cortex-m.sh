#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Code size of the core for a Cortex-M4 at -Os, without the libraries behind it: compiled, not linked, so that
# every function counts. The foreign headers are shown to the compiler alone, in a folder of their own;
# everything else comes from newlib. Environment: BUILD.
set -eu
cd "$(dirname "$0")/.."
: "${BUILD:=$PWD/build}"
goal=65536
compiler=arm-none-eabi-gcc
command -v "$compiler" >/dev/null || { echo "code size: skipped, $compiler is not installed"; exit 0; }

out=$BUILD/cortex-m
rm -rf "$out"
mkdir -p "$out/include" "$out/obj"
for header in mbedtls psa cjson expat.h expat_external.h cbor cbor.h; do
  for folder in /usr/include /usr/include/"$(gcc -print-multiarch)"; do
    [ ! -e "$folder/$header" ] || ln -sfn "$folder/$header" "$out/include/$header"
  done
done
# The system's mbedTLS is configured for threads, which its headers then want; a microcontroller's is not.
cat >"$out/include/bench_mbedtls_config.h" <<'CONFIG'
#include "mbedtls/config.h"
#undef MBEDTLS_THREADING_C
#undef MBEDTLS_THREADING_PTHREAD
CONFIG

for source in lib/{ground,formats,cryptography,trust,discovery,exchange,machine}/*.c; do
  object=$out/obj/$(echo "$source" | tr / -).o
  "$compiler" -mcpu=cortex-m4 -mthumb -Os -std=c99 -ffunction-sections -fdata-sections \
    -DMBEDTLS_CONFIG_FILE='"bench_mbedtls_config.h"' -Iinclude -Ilib -isystem "$out/include" -c -o "$object" "$source"
done

arm-none-eabi-size "$out"/obj/*.o >"$out/sizes"
awk -v goal="$goal" '
  NR > 1 { layer = $NF; sub(/.*\/lib-/, "", layer); sub(/-.*/, "", layer); text[layer] += $1; data += $2; bss += $3; all += $1 }
  END { n = split("ground formats cryptography trust discovery exchange machine", order, " ")
        for (i = 1; i <= n; i++) printf "    %-14s %6d octets\n", order[i], text[order[i]]
        printf "  code and constants %d octets (%.1f KiB), variables %d; goal at most %d KiB: %s\n", all, all / 1024,
               data + bss, goal / 1024, all <= goal ? "met" : "MISSED" }' "$out/sizes"
