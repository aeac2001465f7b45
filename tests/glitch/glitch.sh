#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# SEC-19: faults against sztp_verify() on an emulated Cortex-M4 (glitch.py): a build with HARDENED=1 turns no refusal into an acceptance; the
# plain one does, or the attack would show nothing. GLITCH=all: every instruction of every set, for hours; else a sample of two
# minutes. The report goes to $BUILD/board/glitch.txt. Environment: BUILD, PKI.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
need arm-none-eabi-gcc openssl
# The interpreter that has Debian's python3-unicorn.
for python in python3 /usr/bin/python3 none; do
  "$python" -c 'import unicorn' 2>/dev/null && break
done
[ "$python" != none ] || skip_all "python3-unicorn is not installed"
make() { env -u MAKEFLAGS -u MFLAGS make --no-print-directory DEPS=0 BUILD="$BUILD" WERROR=1 "$@"; }
report=$BUILD/board/glitch.txt
sets=$BUILD/board/glitch-sets
refused=(unsigned voucher-serial info-signature)
[ "${GLITCH:-sample}" != all ] ||
  refused+=(voucher-anchor voucher-expired voucher-signature owner-chain info-signer)

make "$BUILD/libraries-board/done" >"$work/log" 2>&1 || skip_all "$(tail -n 1 "$work/log")"
holds "the images build" make "$BUILD/board/glitch" "$BUILD/board-hardened/glitch" "$BUILD/tests/glitch/record"
holds "artifacts that are refused" tests/glitch/make-sets "$sets"

attack() { # IMAGE OPTION... -- SET...
  local image=$1 options=()
  shift
  while [ "$1" != -- ]; do options+=("$1"); shift; done
  shift
  "$python" tests/glitch/glitch.py "$image" "$BUILD/tests/glitch/record" "$(date +%s)" "${@/#/$sets/}" "${options[@]}"
}
: >"$report"
if [ "${GLITCH:-sample}" = all ]; then options=(); else options=(--sample 250); fi
check "a good set is none to attack" 1 'a refusal is wanted' attack "$BUILD/board/glitch" -- good
echo "plain:" >>"$report"
check "without HARDENED=1 faults turn refusals into acceptances" 1 'into acceptances: [1-9]' \
  attack "$BUILD/board/glitch" "${options[@]}" -- "${refused[@]}"
cat "$work/out" >>"$report"
echo "HARDENED=1:" >>"$report"
check "with it none does" 0 'into acceptances: 0$' attack "$BUILD/board-hardened/glitch" "${options[@]}" -- "${refused[@]}"
cat "$work/out" >>"$report"
grow=$(arm-none-eabi-size "$BUILD/board/glitch" "$BUILD/board-hardened/glitch" | awk 'NR == 2 { plain = $1 } NR == 3 { print $1 - plain }')
if [ "$grow" -le 2048 ]; then ok "it takes $grow octets of code, of at most 2048"; else bad "it takes $grow octets of code"; fi
conclude
