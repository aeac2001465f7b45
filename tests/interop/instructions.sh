#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What one verification and one bootstrap cost in instructions, of artifacts that never change, beside what was accepted: of our own
# code, which no more than 2 % may be added to unseen, and of everything, 5 %. Instructions don't scatter as times do.
# With ACCEPT=1 the present values are accepted, for this engine and compiler.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
need valgrind python3
program=$BUILD/bench/instructions
fixed=bench/instructions/fixed
accepted=bench/instructions/accepted
grep -qx 'CFLAGS = -O2 -g' "$BUILD/settings" && grep -qx 'SANITIZE = 0' "$BUILD/settings" ||
  skip_all "what is accepted is of builds with make's own CFLAGS"
name=$("$program" name)/$(uname -m)

count() { # WHAT: $ours and $all
  valgrind --tool=callgrind --callgrind-out-file="$work/counted" --toggle-collect=measured "$program" "$1" "$fixed" \
    >"$work/log" 2>&1 || { bad "$1" "$(tail -n 5 "$work/log")"; return 1; }
  read -r ours all < <(bench/instructions/by_object.py "$work/counted" "$program")
}
# within NAME NOW BEFORE PERCENT
within() {
  if [ "$2" -gt $(($3 + $3 * $4 / 100)) ]; then
    bad "$1" "$2 instructions, and $3 were accepted for $name: more than $4 % beyond it" \
      "If it is worth that: ACCEPT=1 BUILD=$BUILD $0 takes the present values into $accepted."
  else
    ok "$1: $2 instructions, accepted $3"
    [ "$2" -ge $(($3 - $3 * $4 / 100)) ] || echo "        (fewer by more than $4 %: ACCEPT=1 $0 keeps it so)"
  fi
}

for what in verification bootstrap; do
  count $what || continue
  if [ "${ACCEPT:-}" = 1 ]; then
    { grep -v "^$name $what " "$accepted"; echo "$name $what $ours $all"; } 2>/dev/null | LC_ALL=C sort >"$work/accepted"
    cp "$work/accepted" "$accepted"
  fi
  read -r _ _ our_before all_before < <(grep "^$name $what " "$accepted")
  if [ -z "${our_before:-}" ]; then
    skip "$what: $ours instructions of our own, $all in all; none were accepted for $name (ACCEPT=1 $0)"
  else
    within "$what, our own code" "$ours" "$our_before" 2
    within "$what, with the cryptographic library" "$all" "$all_before" 5
  fi
  our_before=
done
[ $((passed + failed)) -gt 0 ] || skip_all "nothing was accepted for $name"
conclude
