#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What the core takes in a device's image: each part that can be left out, alone, and the profiles; for the machines whose
# compilers are here. Code with constants; the deepest stack of the core's own functions (stack.py); and, on the emulated board,
# what a verification and a session took of stack and memory there, with the libraries behind the core. Tables in Markdown.
# usage: footprint.sh [--into FILE] [MACHINE...]    Environment: BUILD, PKI, JOBS; BUILDS, which builds, of those below
# --into: not printed, but put into the file between the lines that say so.
set -eu
cd "$(dirname "$0")/.."
. bench/foreign_headers.sh
: "${BUILD:=$PWD/build}" "${JOBS:=2}"
unset MAKEFLAGS MFLAGS MAKEOVERRIDES
work=$BUILD/footprint
: "${BUILDS:=PROFILE=full TERSE=1 PLACES=0 XML=0 DNS=0 DECRYPT=0 CRL=0 CONSTRAINTS=0 CONSTRAINED=0 PEM=0 BER=0 NAMES=0 IMAGES=0
  HOST_KEYS=0 HOST_META=0 EVENTS=0 APART=0 CSR=0 IMAGE_SIGNATURES=0 RSA=0 EC=0
  PROFILE=device PROFILE=tiny}"

into=""
if [ "${1:-}" = --into ]; then
  into=$2
  shift 2
fi

# machine NAME: its compiler and flags; 1 if it is not here. What is a goal is measured as the goal is: with -flto on Cortex-M4.
machine() {
  tool="" headers="" link=-nostdlib
  case $1 in
  cortex-m0plus) tool=arm-none-eabi- flags="-mcpu=cortex-m0plus -mthumb" ;;
  cortex-m4) tool=arm-none-eabi- flags="-mcpu=cortex-m4 -mthumb -flto" ;;
  riscv32) tool=riscv64-unknown-elf- flags="-march=rv32imac -mabi=ilp32" headers=--specs=picolibc.specs ;;
  aarch64) tool=aarch64-linux-gnu- flags="" link="-nostdlib -static" ;;
  x86-64) flags="" link="-nostdlib -static" ;;
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
optional='csr|firmware|sztp_image_'

# size NAME FUNCTIONS...: code and constants of what is linked for these functions, in KiB
size_of() {
  local name=$1
  shift
  # shellcheck disable=SC2046,SC2086
  "${tool}gcc" $flags -Os $link -fcallgraph-info=su -Wl,--gc-sections -Wl,--unresolved-symbols=ignore-all -Wl,-e,"$1" \
    $(printf -- '-Wl,-u,%s ' "$@") -o "$out/$name.elf" "$out"/*.o 2>"$out/$name.log" || { cat "$out/$name.log" >&2; exit 1; }
  "${tool}size" -A "$out/$name.elf" | awk '/^\.(text|rodata)/ { octets += $2 } END { printf "%.1f", octets / 1024 }'
}

# The deepest stack below these functions, in octets. With -flto it is known when all is linked, else of each object.
stack_of() { bench/stack.py --calls bench/stack.calls --root "$1" "${@:2}"; }

# compiled FLAGS BUILD: its objects, in $out. One that reads nothing of a part that is left out is as it was in the build with
# everything, if that was made before.
whole=""
compiled() {
  local with=$1 word=SZTP__${2%=*} sources defines source object
  rm -rf "$out"
  mkdir -p "$out"
  { read -r sources; read -r defines; } < <(make -s --no-print-directory DEPS=0 core-sources "$2")
  # What gcc knows of calls is nothing that ccache keeps.
  for source in $sources; do
    object=$(echo "$source" | tr / -)
    # parts.h has the word for all
    if [ "$word" != SZTP__PROFILE ] && [ -e "$whole/$object.d" ] && ! tr -d '\\:' <"$whole/$object.d" | tr ' ' '\n' | grep '^lib/.*\.[ch]$' |
      grep -vx lib/ground/parts.h | xargs grep -qw "$word"; then
      cp "$whole/$object".* "$out/"
    else
      echo "$source"
    fi
  done | CCACHE_DISABLE=1 xargs -P"$JOBS" -I{} sh -c "${tool}gcc $with -Os -std=c99 -ffunction-sections \
    -fdata-sections -fcallgraph-info=su $defines -Iinclude -Ilib -MMD -MF $out/\$(echo {} | tr / -).d -c -o $out/\$(echo {} | tr / -).o {}"
}

# row BUILD: builds, and prints the line
row() {
  local device verify options files
  out=$work/$now/$(name_of "$1")
  compiled "$flags $headers -DMBEDTLS_CONFIG_FILE='\"bench_mbedtls_config.h\"' -isystem $work/include" "$1"
  if [ "$now" = x86-64-objects ]; then
    printf '| %s | %d |\n' "\`$1\`" "$("${tool}size" "$out"/*.o | awk 'NR > 1 { text += $1 } END { print text }')"
    return
  fi
  # shellcheck disable=SC2046
  device=$(size_of device $(all | grep -vE -- "$optional"))
  # shellcheck disable=SC2046
  verify=$(size_of verify $(all | grep -vE -- "$optional" | grep -E '^sztp_(ctx|device|bundle|verdict|info|verify|step|error_label)' | grep -v new_in))
  # shellcheck disable=SC2046
  options=$(size_of options $(all))
  files=("$out"/options.elf.ltrans*.ci)
  [ -e "${files[0]}" ] || files=("$out"/*.ci)
  printf '| %s | %s | %s | %s | %s | %s |\n' "\`$1\`" "$device" "$verify" "$options" \
    "$(stack_of sztp_verify "${files[@]}")" "$(stack_of 'sztp_[a-z]*' "${files[@]}")"
}

# name_of BUILD: as mk/board.mk has it
name_of() { local name=${1#PROFILE=}; echo "${name/=/.}"; }

rows() { # FUNCTION: a line for each build
  local build
  whole=""
  for build in $BUILDS; do
    "$1" "$build"
    [ "$build" != PROFILE=full ] || whole=$out
  done
}

tables() { # MACHINE...
  foreign_headers "$work/include" cjson expat.h expat_external.h cbor cbor.h
  foreign_mbedtls "$work/include"
  for now in "$@"; do
    machine "$now" || { printf '\n%s: skipped, %sgcc is not installed\n' "$now" "$tool"; continue; }
    # shellcheck disable=SC2016
    printf '\n%s, `%sgcc -Os%s`, ' "$now" "$tool" "${flags:+ $flags}"
    if [ "$now" = x86-64-objects ]; then
      printf 'octets of text:\n\n| | objects |\n|---|---|\n'
    else
      printf 'KiB of code and constants; octets of stack, of the core alone:\n\n'
      printf '| | a device | verification alone | with requests and image signatures | stack: verification | stack: any function |\n'
      printf '|---|---|---|---|---|---|\n'
    fi
    rows row
  done
}

# ---- the board -------------------------------------------------------------------------------------------------------------

# emulated IMAGE: what it says of a verification and of a session; the cuts of its power are not waited for
emulated() {
  rm -f "$work/said" # else what the image before it said is read, until this one begins to write
  qemu-system-arm -M mps2-an386 -icount shift=0 -nographic -monitor none -serial stdio \
    -semihosting-config enable=on,target=native -kernel "$1" >"$work/said" 2>&1 </dev/null &
  local started=$! i
  for ((i = 0; i < 1200; i++)); do
    if grep -qs '^\(bootstrapped\|FAILED\)' "$work/said" || ! kill -0 $started 2>/dev/null; then break; fi
    sleep 0.1
  done
  kill $started 2>/dev/null || true
  wait $started 2>/dev/null || true
  grep -q '^bootstrapped' "$work/said"
}

# said LINE WORD: a figure
said() { sed -n "s/^$1: .*$2 \([0-9]*\).*/\1/p" "$work/said"; }

board_row() { # BUILD
  local name board
  name=$(name_of "$1")
  # The artifacts are signed with ECDSA.
  # shellcheck disable=SC2016
  [ "$name" != EC.0 ] || { printf '| `EC=0` | - | - | - | - | - | - | - |\n'; return; }
  board=$BUILD/board-$name
  make --no-print-directory DEPS=0 BUILD="$BUILD" "$board/bare_metal" >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
  emulated "$board/bare_metal" || { cat "$work/said" >&2; exit 1; }
  out=$work/board/$name
  compiled "-mcpu=cortex-m4 -mthumb -DSZTP_SINGLE_THREAD -isystem $BUILD/libraries-board/include" "$1"
  printf '| %s | %s | %s | %s | %s | %s | %s | %s |\n' "\`$1\`" \
    "$(stack_of sztp_verify "$out"/*.ci "$libraries"/*.ci)" "$(said verified stack)" \
    "$(stack_of 'sztp_[a-z]*' "$out"/*.ci "$libraries"/*.ci)" "$(said bootstrapped stack)" \
    "$(said verified memory)" "$(said bootstrapped memory)" "$(said bootstrapped libraries)"
}

board() {
  local absent=""
  for program in arm-none-eabi-gcc qemu-system-arm; do command -v $program >/dev/null || absent="$absent $program"; done
  [ -z "$absent" ] || { printf '\nthe board: skipped,%s is not installed\n' "$absent"; return; }
  tool=arm-none-eabi-
  libraries=$work/libraries-calls
  make --no-print-directory DEPS=0 BUILD="$BUILD" "$BUILD/libraries-board/done" >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
  # The libraries again, for what gcc says of their calls.
  if [ ! -e "$libraries/done" ]; then
    mkdir -p "$libraries"
    CCACHE_DISABLE=1 MBEDTLS_CONFIG=examples/bare_metal/mbedtls_config.h CC='arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb' \
      AR=arm-none-eabi-ar scripts/build-libraries "$work/libraries" "$BUILD/sources" \
      "-Os -ffunction-sections -fdata-sections -DNDEBUG -fcallgraph-info=su -dumpdir $libraries/" >"$work/log" 2>&1 ||
      { cat "$work/log" >&2; exit 1; }
    touch "$libraries/done"
  fi
  # shellcheck disable=SC2016
  printf '\nThe board, `arm-none-eabi-gcc -Os -mcpu=cortex-m4 -mthumb`, octets. Stack, with the libraries: the deepest path, and what was painted over:\n\n'
  printf '| | verification: path | painted | any function: path | session: painted | memory: verification | session | heap of the libraries |\n'
  printf '|---|---|---|---|---|---|---|---|\n'
  rows board_row
}

mkdir -p "$work"
if [ -z "$into" ]; then
  tables "${@:-cortex-m4}"
  board
  exit
fi
{ tables "$@"; board; } >"$work/tables"
python3 - "$into" "$work/tables" <<'PY'
import re, sys
page, tables = sys.argv[1:]
text = open(page, encoding="utf-8").read()
new, count = re.subn(r"(<!-- from here on: .*? -->\n).*?(\n<!-- to here -->)", lambda m: m[1] + open(tables, encoding="utf-8").read() + m[2], text, flags=re.S)
if count != 1:
    sys.exit(f"footprint: {page} has no place for the tables")
open(page, "w", encoding="utf-8").write(new)
PY
echo "the tables are in $into"
