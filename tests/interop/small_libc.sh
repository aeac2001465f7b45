#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# With newlib-nano, whose printf() knows neither %zu nor %llu, the core says the same as with this machine's C library: on
# an emulated ARM. Skipped where the compiler, newlib or QEMU is missing. Environment: BUILD, CC.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
compiler=arm-none-eabi-gcc
nano="-mcpu=arm7tdmi --specs=nano.specs --specs=rdimon.specs"
sources="tests/interop/small_libc.c lib/ground/*.c lib/formats/uri.c lib/discovery/dhcp.c lib/trust/info.c"
flags="-std=c99 -Os -ffunction-sections -fdata-sections -Wl,--gc-sections -Iinclude -Ilib"

need "$compiler" qemu-arm
# shellcheck disable=SC2086
printf '#include <stdio.h>\nint main(void) { return printf("%%zu\\n", sizeof(int)) < 0; }\n' |
  "$compiler" $nano -x c - -o "$work/printf" 2>/dev/null || skip_all "newlib-nano is not installed"
check "its own printf() does not know %zu" 0 '^zu' qemu-arm "$work/printf"

# shellcheck disable=SC2086
holds "builds with newlib-nano" "$compiler" $nano $flags -o "$work/nano" $sources
# shellcheck disable=SC2086
holds "builds with this machine's C library" "${CC:-gcc}" $flags -o "$work/here" $sources
holds "runs here" eval '"$work/here" >"$work/here.txt"'
holds "runs on an emulated ARM" eval 'qemu-arm "$work/nano" >"$work/nano.txt"'
holds "the texts are the same" diff "$work/here.txt" "$work/nano.txt"
holds "numbers are numbers" grep -qF "51994 octets, text; 18446744073709551615 and ffffffffffffffff, -7, -8" "$work/nano.txt"
holds "a length that a DHCP server chose is a number" grep -qF "no valid entry in 51994 octets" "$work/nano.txt"
conclude
