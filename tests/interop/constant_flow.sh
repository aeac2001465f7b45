#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What is decided about secrets depends on them in no branch and no address (ENC-13, D-93), as MemorySanitizer sees it.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
why() { head -n 12 "$work/log"; }

build() { # OPTIMISATION
  clang -std=c99 -g "$1" -fsanitize=memory -Ilib -Iinclude -o "$work/flow" tests/interop/constant_flow.c \
    lib/cryptography/constant_time.c >"$work/log" 2>&1
}
echo 'int main(void) { return 0; }' >"$work/nothing.c"
if ! clang -fsanitize=memory -o "$work/flow" "$work/nothing.c" 2>/dev/null || ! "$work/flow"; then
  skip_all "no clang with MemorySanitizer here"
fi
for level in -O0 -O1 -O2 -Os; do
  build "$level" || { bad "it builds with $level" "$(why)"; continue; }
  if "$work/flow" >"$work/log" 2>&1; then ok "no branch or address depends on a secret, $level"; else bad "constant flow, $level" "$(why)"; fi
  if "$work/flow" careless >"$work/log" 2>&1; then bad "a careless comparison is found, $level"; else ok "a careless comparison is found, $level"; fi
done
conclude
