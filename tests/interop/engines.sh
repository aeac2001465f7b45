#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Builds with different engines (CRYPTO=...) say the same of the same input: verdict, reason, place, values; whole reports of
# `sztp verify` and `sztp inspect` are compared. The input: every artifact of the test PKI in every role, other people's, seeds of
# fuzzing, signed artifacts changed at random, and what is encrypted, with keys.
# Environment: SEED (1), COUNT (100) of those at random, BUILD, PKI, CORPORA; the other builds are in $BUILD/openssl, $BUILD/psa.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
: "${SEED:=1}" "${COUNT:=100}" "${CORPORA:=../shared/corpora}"

engines=()
for engine in openssl psa; do
  [ ! -x "$BUILD/$engine/bin/sztp" ] || engines+=("$engine")
done
[ ${#engines[@]} != 0 ] || skip_all "no other engine is built below $BUILD (make check builds them)"

# ---- the questions: a line each, a name and the words behind 'sztp' -----------------------------------------------------

now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
list=$work/list
cd "$work" || exit 2
sztp owner-cert pack "$PKI/owner.pem" "$PKI/owner-int.pem" --out owner.cms
sztp owner-cert pack "$PKI/owner-rsa.pem" "$PKI/owner-int.pem" --out owner-rsa.cms
cd - >/dev/null || exit 2
number=0
ask() { # KIND WORD...
  local kind=$1
  shift
  number=$((number + 1))
  printf '%s-%05d\t%s\n' "$kind" $number "$*" >>"$list"
}
in_every_role() { # KIND FILE
  ask "$1-voucher" verify --json --constrained --time "$now" --serial EX4200-17 --voucher-anchor "$PKI/mfr-root.pem" --voucher "$2"
  ask "$1-conveyed" verify --json --time "$now" --owner-cert "$work/owner.cms" --pinned "$PKI/owner-root.pem" --conveyed "$2"
  ask "$1-owner" verify --json --time "$now" --owner-cert "$2" --pinned "$PKI/owner-root.pem"
}
for file in "$PKI"/cms/*.cms "$PKI"/cose/*.cose; do
  ask pki-inspect inspect --json "$file"
  in_every_role pki "$file"
done
# What each certificate signs, with all that its path can lead over.
for key in "$PKI"/paths/{leaf,names-}*.key; do
  name=$(basename "$key" .key)
  cert=$PKI/paths/$name.pem
  sztp conveyed redirect --server 192.0.2.7 --signer "$cert" --key "$key" --force --out "$work/$name.ci" 2>"$work/err" &&
    sztp owner-cert pack "$cert" "$PKI"/paths/{below0*,ca_*,deep*,int,int2,int-sha1,loop*,names,not_ca,pathlen0,self}.pem --force \
      --out "$work/$name.cms" 2>"$work/err" || bad "$name signs" "$(cat "$work/err")"
  ask path verify --json --time "$now" --owner-cert "$work/$name.cms" --pinned "$PKI/paths/root.pem" --conveyed "$work/$name.ci"
done
for file in "$PKI"/crls/*.crl; do
  ask crl verify --json --time "$now" --owner-cert "$work/owner.cms" --pinned "$PKI/owner-root.pem" --revocation required \
    --crl "$PKI/crls/owner-root.crl" --crl "$file"
done
for file in "$PKI"/enc/*.cms; do
  for key in "$PKI"/idevid "$PKI"/enc/rsa "$PKI"/enc/p256; do
    ask encrypted verify --json --time "$now" --serial EX4200-17 --channel trusted --idevid "$key.pem" --key "$key.key" --conveyed "$file"
  done
done
if [ -d "$CORPORA" ]; then
  while read -r file; do in_every_role others "$file"; done < <(find "$CORPORA"/{vouchers-cms,vouchers-cose,sztp-rfc-examples,opi-sztp} \
    -type f -size -64k 2>/dev/null | sort)
fi
while read -r file; do in_every_role seed "$file"; done < <(find fuzz/corpus/{cms,voucher,cose} -type f | sort | awk 'NR % 4 == 0')
mkdir "$work/cases"
"$BUILD/tests/differential/differential" "$PKI" "$SEED" "$COUNT" "$work/cases" 1 >/dev/null || : # it judges them as well
for file in "$work"/cases/*.cms; do
  case=${file%.cms}
  time=unknown
  [ ! -s "$case.time" ] || time=$(date -u -d "@$(cat "$case.time")" +%Y-%m-%dT%H:%M:%SZ)
  if [ -e "$case.bag" ]; then
    ask random verify --json --time "$time" --owner-cert "$case.bag" --pinned "$case.anchor" --conveyed "$file"
  else
    ask random verify --json --time "$time" --serial EX4200-17 --voucher-anchor "$case.anchor" --voucher "$file"
  fi
done

# ---- the answers --------------------------------------------------------------------------------------------------------

# answers SZTP FOLDER: of codes that are the library's own, and of its name, nothing is left
answers() {
  mkdir "$2"
  while IFS=$'\t' read -r name words; do
    # shellcheck disable=SC2086 # words
    { "$1" $words </dev/null; echo "status $?"; } >"$2/$name" 2>&1
  done <"$list"
  sed -i -s -E 's/ \(OpenSSL [0-9a-f]{8}\)//g; s/(: error | \(mbedTLS )-0x[0-9a-f]+\)?//g; s/: PSA error -[0-9]+//g
                s/(mbedTLS|OpenSSL|PSA) (does not take|error)/the library \2/g' "$2"/*
}
answers "$BUILD/bin/sztp" "$work/default" &
for engine in "${engines[@]}"; do answers "$BUILD/$engine/bin/sztp" "$work/$engine" & done
wait

# explained ENGINE ANSWER: what docs/engines.md says that the engine lacks is why its answer is another one
explained() {
  [ "$1" = psa ] || return 1
  grep -qE 'PSA verifies RSASSA-PSS with a salt|PSA does not take an RSA key of' "$work/psa/$2" && return 0
  grep -qE 'RSAES-OAEP with \w+ and MGF1' "$work/default/$2" && ! grep -qE 'RSAES-OAEP with (\w+) and MGF1 \1\b' "$work/default/$2"
}
kinds() { ls "$work/default" | sed 's/-[0-9]*$//' | sort -u; }
for engine in "${engines[@]}"; do
  for kind in $(kinds); do
    all=0
    known=0
    differ=
    for file in "$work/default/$kind"-[0-9]*; do
      all=$((all + 1))
      cmp -s "$file" "$work/$engine/${file##*/}" && continue
      if explained "$engine" "${file##*/}"; then known=$((known + 1)); else differ=${file##*/}; fi
    done
    if [ -z "$differ" ]; then
      ok "$engine: $((all - known)) reports are the same, $known differ as they must, $kind: $(grep -l '^status 0' "$work/default/$kind"-[0-9]* | wc -l) accept"
    else
      bad "$engine: reports are the same, $kind" "$(grep "^$differ" "$list")" "$(diff "$work/default/$differ" "$work/$engine/$differ" | cut -c1-1500)"
    fi
  done
done
accepted=$(grep -l '^status 0' "$work"/default/* | wc -l)
refused=$(grep -l '^status 1' "$work"/default/* | wc -l)
if [ "$accepted" -gt 20 ] && [ "$refused" -gt 100 ]; then
  ok "$accepted were accepted, $refused refused"
else
  bad "there were some of each" "$accepted accepted, $refused refused"
fi
conclude
