#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# examples/bare_metal in QEMU: what the image says of itself, whose figures go to $BUILD/board/figures; that port.c has at most 150
# lines; and that docs/bare-metal.md quotes the sources as they are. Environment: BUILD, PKI.
cd "$(dirname "$0")/.." || exit 2
. tests/common/script.sh
page=docs/bare-metal.md
image=$BUILD/board/bare_metal
mkdir -p "$BUILD/board"
echo "no figures" >"$BUILD/board/figures"

# ---- the page --------------------------------------------------------------------------------------------------------------

# Each block of C or make in the page stands in one of the files, line by line.
quoted() {
  python3 - "$page" examples/bare_metal/*.[chS] examples/bare_metal/board.ld mk/board.mk <<'PY'
import re, sys
page, *files = (open(f, encoding="utf-8").read() for f in sys.argv[1:])
blocks = re.findall(r"^```(?:c|make)\n(.*?)^```$", page, re.S | re.M)
lost = [b for b in blocks if not any(b in f for f in files)]
print(*lost, sep="\n")
sys.exit(bool(lost) or not blocks)
PY
}
holds "docs/bare-metal.md quotes the sources as they are" quoted
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
holds "the image builds" env -u MAKEFLAGS -u MFLAGS make --no-print-directory DEPS=0 BUILD="$BUILD" WERROR=1 bare-metal
# It has memory of its own, and no operating system's functions that would fail.
calls() { arm-none-eabi-nm "$image" | grep -E ' T (_open|_fork|sztp_ctx_new)$'; }
check "the core has no allocator of its own in it" 1 '' calls
timeout 300 qemu-system-arm -M mps2-an386 -icount shift=0 -nographic -monitor none -serial stdio \
  -semihosting-config enable=on,target=native -kernel "$image" >"$BUILD/board/figures" 2>&1
status=$?
says() { # NAME PATTERN: a line of what the image printed
  if grep -qE -- "^$2\$" "$BUILD/board/figures"; then ok "$1"; else bad "$1" "$(cat "$BUILD/board/figures")"; fi
}
if [ "$status" = 0 ]; then ok "it ends well"; else bad "it ends with $status" "$(cat "$BUILD/board/figures")"; fi
number='[1-9][0-9]*'
figures="instructions ${number}k, stack $number, memory $number, heap of the libraries $number"
says "it verifies a full set of artifacts, and refuses a changed one" "verified: $figures"
says "it runs a whole session" "bootstrapped: $figures"
says "a session without a cut has several SAVEs" "flash: operations $number, SAVE [2-9]"
says "the power is cut in and after each operation on the flash" "cuts of the power: $number, bootstrapped after each"
conclude
