#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# examples/bare_metal in QEMU: what the image says of itself, whose figures go to $BUILD/board/figures; that port.c has at most 150
# lines; and that documents quote the sources as they are. Environment: BUILD, PKI.
cd "$(dirname "$0")/.." || exit 2
. tests/common/script.sh
image=$BUILD/board/bare_metal
mkdir -p "$BUILD/board"
echo "no figures" >"$BUILD/board/figures"

# ---- the pages -------------------------------------------------------------------------------------------------------------

# Each block of C or make in a page stands in one of the files, line by line.
quoted() { # PAGE
  python3 - "$1" examples/bare_metal/*.[chS] examples/bare_metal/board.ld mk/board.mk <<'PY'
import re, sys
page, *files = (open(f, encoding="utf-8").read() for f in sys.argv[1:])
blocks = re.findall(r"^```(?:c|make)\n(.*?)^```$", page, re.S | re.M)
lost = [b for b in blocks if not any(b in f for f in files)]
print(*lost, sep="\n")
sys.exit(bool(lost) or not blocks)
PY
}
for page in docs/bare-metal.md docs/embedding/porting.md; do
  holds "$page quotes the sources as they are" quoted "$page"
done
holds "the port has at most 150 lines" test "$(wc -l <examples/bare_metal/port.c)" -le 150

# ---- the image -------------------------------------------------------------------------------------------------------------

absent=
for program in arm-none-eabi-gcc qemu-system-arm; do
  command -v "$program" >/dev/null || absent="$absent $program"
done
if [ -n "$absent" ]; then
  skip "the image:$absent is not installed"
  conclude
  exit
fi
env -u MAKEFLAGS -u MFLAGS make --no-print-directory DEPS=0 BUILD="$BUILD" WERROR=1 "$BUILD/libraries-board/done" >"$work/log" 2>&1
if [ ! -e "$BUILD/libraries-board/done" ]; then
  skip "the image: $(tail -n 1 "$work/log")"
  conclude
  exit
fi
holds "the images build" env -u MAKEFLAGS -u MFLAGS make --no-print-directory DEPS=0 BUILD="$BUILD" WERROR=1 bare-metal
number='[1-9][0-9]*'
figures="instructions ${number}k, stack $number, memory $number, heap of the libraries $number"
: >"$BUILD/board/figures"

# says NAME PATTERN: a line of what the image printed
says() { if grep -qE -- "^$2\$" "$work/said"; then ok "$1"; else bad "$1" "$(cat "$work/said")"; fi; }
runs() { # PROFILE IMAGE
  local calls status
  calls=$(arm-none-eabi-nm "$2" | grep -E ' T (sztp_ctx_new)$')
  if [ -z "$calls" ]; then ok "$1: the core has no allocator of its own in it"; else bad "$1: $calls"; fi
  timeout 300 qemu-system-arm -M mps2-an386 -icount shift=0 -nographic -monitor none -serial stdio \
    -semihosting-config enable=on,target=native -kernel "$2" >"$work/said" 2>&1
  status=$?
  if [ "$status" = 0 ]; then ok "$1: it ends well"; else bad "$1: it ends with $status" "$(cat "$work/said")"; fi
  says "$1: it verifies a full set of artifacts, and refuses a changed one" "verified: $figures"
  says "$1: it runs a whole session" "bootstrapped: $figures"
  says "$1: a session without a cut has several SAVEs" "flash: operations $number, SAVE [2-9]"
  says "$1: the power is cut in and after each operation on the flash" "cuts of the power: $number, bootstrapped after each"
  { echo "PROFILE=$1: $(arm-none-eabi-size "$2" | awk 'NR == 2 { print "code and constants " $1 ", libraries and all" }')"
    cat "$work/said"; } >>"$BUILD/board/figures"
}
runs full "$image"
runs tiny "$BUILD/board-tiny/bare_metal"
conclude
