#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# With newlib-nano, whose printf() knows neither %zu nor %llu, the core says the same as with this machine's C library: on
# an emulated Cortex-M4 without an operating system. Skipped where the compiler, newlib or QEMU is missing. Environment: BUILD, CC.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
compiler=arm-none-eabi-gcc
vectors=tests/interop/cortex_m_vectors.c
nano="-mcpu=cortex-m4 -mthumb --specs=nano.specs --specs=rdimon.specs -Wl,-u,cortex_m_vectors -Wl,--section-start=.vectors=0"
sources="tests/interop/small_libc.c lib/ground/*.c lib/formats/uri.c lib/discovery/dhcp.c lib/trust/info.c"
flags="-std=c99 -Os -ffunction-sections -fdata-sections -Wl,--gc-sections -Iinclude -Ilib"

need "$compiler" qemu-system-arm
# What it prints goes through the debugger's way out (semihosting), for there is no other.
cortex_m() {
  timeout 60 qemu-system-arm -M mps2-an386 -nographic -monitor none -serial none -semihosting-config enable=on,target=native \
    -kernel "$1"
}
# shellcheck disable=SC2086
printf '#include <stdio.h>\nint main(void) { return printf("%%zu\\n", sizeof(int)) < 0; }\n' |
  "$compiler" $nano -o "$work/printf" $vectors -x c - 2>/dev/null || skip_all "newlib-nano is not installed"
check "its own printf() does not know %zu" 0 '^zu' cortex_m "$work/printf"

# shellcheck disable=SC2086
holds "builds with newlib-nano" "$compiler" $nano $flags -o "$work/nano" $sources $vectors
# shellcheck disable=SC2086
holds "builds with this machine's C library" "${CC:-gcc}" $flags -o "$work/here" $sources
holds "runs here" eval '"$work/here" >"$work/here.txt"'
holds "runs on an emulated Cortex-M4" eval 'cortex_m "$work/nano" >"$work/nano.txt"'
holds "the texts are the same" diff "$work/here.txt" "$work/nano.txt"
holds "numbers are numbers" grep -qF "51994 octets, text; 18446744073709551615 and ffffffffffffffff, -7, -8" "$work/nano.txt"
holds "a length that a DHCP server chose is a number" grep -qF "no valid entry in 51994 octets" "$work/nano.txt"
conclude
