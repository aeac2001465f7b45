#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What the core takes in a device's image: each part that can be left out, alone, and the profiles; for the machines whose
# compilers are here. A table in Markdown, kept in docs/footprint.md. The libraries behind the core are not counted.
# usage: footprint.sh [MACHINE...]    Environment: BUILD, JOBS
set -eu
cd "$(dirname "$0")/.."
. bench/foreign_headers.sh
: "${BUILD:=$PWD/build}" "${JOBS:=2}"
unset MAKEFLAGS MFLAGS MAKEOVERRIDES
work=$BUILD/footprint
foreign_headers "$work/include" cjson expat.h expat_external.h cbor cbor.h
foreign_mbedtls "$work/include"

# machine NAME: its compiler and flags; 1 if it is not here
machine() {
  tool=""
  case $1 in
  cortex-m0plus) tool=arm-none-eabi- flags="-mcpu=cortex-m0plus -mthumb -flto" ;;
  cortex-m4) tool=arm-none-eabi- flags="-mcpu=cortex-m4 -mthumb -flto" ;;
  riscv32) tool=riscv64-unknown-elf- flags="-march=rv32imc -mabi=ilp32 --specs=picolibc.specs -flto" ;;
  aarch64) tool=aarch64-linux-gnu- flags="-flto" ;;
  x86-64) flags="-flto" ;;
  # As the client of another protocol was measured: the objects themselves, with nothing that falls away.
  x86-64-objects) flags="-fPIC -fstack-protector" ;;
  *) echo "footprint: no machine $1" >&2; exit 2 ;;
  esac
  command -v "${tool}gcc" >/dev/null
}

# Without the functions that give names and texts to numbers, and without those for a session in two processes: who uses them links
# them.
named='sztp_error_(text|name|label)|sztp_(action|class|event|fetch|key_able|key_field|key_op|outcome|result|source|stage|step)_name|sztp_verdict_text|sztp_session_(new_apart|serve)'
all() { sed -n 's/^  \(sztp_[a-z0-9_]*\);/\1/p' lib/libsztp.map | grep -vxE "$named"; }
options='csr|firmware|sztp_image_'

# size NAME FUNCTIONS...: code and constants of what is linked for these functions
size_of() {
  local name=$1
  shift
  # shellcheck disable=SC2046,SC2086
  "${tool}gcc" $flags -Os -nostdlib -static -Wl,--gc-sections -Wl,--unresolved-symbols=ignore-all -Wl,-e,"$1" \
    $(printf -- '-Wl,-u,%s ' "$@") -o "$out/$name.elf" "$out"/*.o 2>"$out/$name.log" || { cat "$out/$name.log" >&2; exit 1; }
  "${tool}size" -A "$out/$name.elf" | awk '/^\.(text|rodata)/ { octets += $2 } END { printf "%.1f", octets / 1024 }'
}

# row TITLE VARIABLES...: builds, and prints the line
row() {
  local title=$1 sources defines
  shift
  out=$work/$now/$(echo "$title" | tr -c 'A-Za-z0-9\n' -)
  rm -rf "$out"
  mkdir -p "$out"
  { read -r sources; read -r defines; } < <(make -s --no-print-directory DEPS=0 core-sources "$@")
  # shellcheck disable=SC2086
  printf '%s\n' $sources | xargs -P"$JOBS" -I{} sh -c "${tool}gcc $flags -Os -std=c99 -ffunction-sections -fdata-sections \
    -DMBEDTLS_CONFIG_FILE='\"bench_mbedtls_config.h\"' $defines -Iinclude -Ilib -isystem $work/include \
    -c -o $out/\$(echo {} | tr / -).o {}"
  if [ "$now" = x86-64-objects ]; then
    printf '| %s | %d | | |\n' "$title" "$("${tool}size" "$out"/*.o | awk 'NR > 1 { text += $1 } END { print text }')"
    return
  fi
  # shellcheck disable=SC2046
  printf '| %s | %s | %s | %s |\n' "$title" "$(size_of device $(all | grep -vE -- "$options"))" \
    "$(size_of verify $(all | grep -vE -- "$options" | grep -E '^sztp_(ctx|device|bundle|verdict|info|verify|step|error_label)' | grep -v new_in))" \
    "$(size_of options $(all))"
}

for now in "${@:-cortex-m4}"; do
  machine "$now" || { printf '\n%s: skipped, %sgcc is not installed\n' "$now" "$tool"; continue; }
  printf '\n%s, `%sgcc -Os %s`%s:\n\n' "$now" "$tool" "$flags" "$([ "$now" = x86-64-objects ] && echo ', octets of text' || echo ', KiB of code and constants')"
  printf '| | a device | verification alone | with requests and image signatures |\n|---|---|---|---|\n'
  row "\`PROFILE=full\`"
  for switch in TERSE=1 PLACES=0 XML=0 DNS=0 DECRYPT=0 CRL=0 CONSTRAINTS=0 CONSTRAINED=0 PEM=0 BER=0 NAMES=0 IMAGES=0 HOST_KEYS=0 HOST_META=0 EVENTS=0 CSR=0 IMAGE_SIGNATURES=0 RSA=0 EC=0; do
    row "\`$switch\`" "$switch"
  done
  row "\`PROFILE=device\`" PROFILE=device
  row "\`PROFILE=tiny\`" PROFILE=tiny
done
