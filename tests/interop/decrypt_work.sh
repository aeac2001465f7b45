#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What a refused decryption costs in instructions does not tell what came of it (ENC-13, D-93), as valgrind counts them.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
program=$BUILD/tests/machine/test_decrypt_work
command -v valgrind >/dev/null || skip_all "no valgrind here"
[ -x "$program" ] || skip_all "no $program here"

count() { # FORM OUTCOME: instructions of the verification alone
  valgrind --tool=callgrind --callgrind-out-file=/dev/null --toggle-collect=sztp__verify "$program" "$1" "$2" \
    >"$work/out" 2>"$work/log" || return 1
  sed -n 's/.*Collected : *//p' "$work/log"
}

# What may differ: 0.2 %, or where the engine is fast as many instructions as it takes to read some certificates, and as two
# signatures on P-384 cost OpenSSL more or less. One operation on P-256 is more: 880,000.
least=500000

# Of information, owner certificate and voucher, and with keys of two kinds: refused late, the padding wrong, garbage.
# FORMS=all: every form.
forms='0 4 8 9'
[ "${FORMS:-}" != all ] || forms='0 1 2 3 4 5 6 7 8 9'
for form in $forms; do
  late=$(count $form 1) || { bad "form $form runs" "$(cat "$work/out" "$work/log")"; continue; }
  name=$(sed 's/, refused.*//' "$work/out")
  for outcome in 2 3; do
    this=$(count $form $outcome) || { bad "form $form, outcome $outcome runs" "$(cat "$work/log")"; continue; }
    difference=$((late > this ? late - this : this - late))
    if [ "$late" -gt 10000000 ] && [ "$difference" -le $((late / 500 > least ? late / 500 : least)) ]; then
      ok "$name: $late instructions refused late, $this with $(sed 's/.*, \(.*\):.*/\1/' "$work/out")"
    else
      bad "$name costs the same" "$late instructions refused late, $this with $(cat "$work/out")"
    fi
  done
done
conclude
