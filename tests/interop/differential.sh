#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Signed artifacts changed at random, judged by libsztp and by OpenSSL's library (tests/differential); a sample of them
# by openssl(1) as well, which has to agree with its library. Environment: SEED (1), COUNT (400), BUILD, PKI.
#
#   SEED=$RANDOM COUNT=50000 make check-scripts ...   or, of this one alone,   COUNT=50000 tests/interop/differential.sh
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
: "${SEED:=1}" "${COUNT:=400}"

cases=$BUILD/differential
rm -rf "$cases"
mkdir -p "$cases/unexplained" "$cases/sample"
program=$BUILD/tests/differential/differential

# ---- the two libraries ----

if "$program" "$PKI" "$SEED" "$COUNT" "$cases/unexplained"; then
  ok "every difference from OpenSSL is explained"
else
  bad "every difference from OpenSSL is explained: the cases are in $cases/unexplained"
fi

# ---- openssl(1): the sample's verdicts are those of its library, asked in the same way ----

"$program" "$PKI" "$SEED" 60 "$cases/sample" 2 >/dev/null
accepted=0
refused=0
for file in "$cases"/sample/*.verdict; do
  name=${file%.verdict}
  [ ! -e "$name.bag" ] || continue # openssl(1) takes no intermediates from a second file
  openssl x509 -inform DER -in "$name.anchor" -out "$name.pem" 2>/dev/null || : >"$name.pem"
  time=(-no_check_time)
  [ ! -s "$name.time" ] || time=(-attime "$(cat "$name.time")")
  openssl cms -verify -binary -inform DER -in "$name.cms" -CAfile "$name.pem" -no-CApath -no-CAstore -partial_chain \
    -purpose any -auth_level 2 "${time[@]}" -out /dev/null 2>"$name.log"
  status=$?
  [ $status != 0 ] && refused=$((refused + 1)) || accepted=$((accepted + 1))
  if [ "$((status != 0))" != "$(cat "$file")" ]; then
    bad "openssl(1) and its library agree on $name" "$(cat "$name.log")"
  fi
done
if [ $accepted -gt 0 ] && [ $refused -gt 0 ]; then
  ok "openssl(1) has been asked: $accepted accepted, $refused refused"
else
  bad "openssl(1) has been asked: $accepted accepted, $refused refused"
fi
conclude
