#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Makes with openssl(1) and sztp(1) what is as large as it may be, and runs the table of memory and time at the limits.
# Environment: BUILD, PKI.
set -eu
cd "$(dirname "$0")/.."
: "${BUILD:=$PWD/build}" "${PKI:=$BUILD/pki}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
quiet() { "$@" 2>"$work/log" || { cat "$work/log" >&2; exit 2; }; }

# issue NAME ISSUER SUBJECT EXTENSIONS: a certificate with the key of "other", by the issuer's
issue() {
  printf '%s\n' "$4" >"$work/extensions"
  quiet openssl req -new -key "$PKI/other.key" -subj "$3" -out "$work/request"
  quiet openssl x509 -req -in "$work/request" -CA "$2.pem" -CAkey "$2.key" -set_serial "$RANDOM$RANDOM" -days 36500 \
    -extfile "$work/extensions" -out "$work/$1.pem"
}

# ---- an owner certificate of 1 MiB: 32 certificates, 16 lists ----

comment=$(head -c 23000 /dev/zero | tr '\0' x)
cat "$PKI/owner.pem" "$PKI/owner-int.pem" >"$work/certs.pem"
for i in $(seq 30); do
  issue large "$PKI/other-root" "/CN=Large $i" "nsComment=$comment"
  cat "$work/large.pem" >>"$work/certs.pem"
done
for i in $(seq 450); do printf 'R\t991231235959Z\t260101000000Z\t%032X\tunknown\t/CN=%d\n' "$i" "$i"; done >"$work/index"
printf '[ca]\ndefault_ca=all\n[all]\ndatabase=%s/index\ndefault_md=sha256\ndefault_crl_days=30000\ncrlnumber=%s/number\n' "$work" "$work" >"$work/ca.cnf"
: >"$work/crls.pem"
for i in $(seq 16); do
  issuer=owner-int
  [ "$i" != 16 ] || issuer=owner-root
  printf '%04X\n' "$i" >"$work/number"
  quiet openssl ca -config "$work/ca.cnf" -cert "$PKI/$issuer.pem" -keyfile "$PKI/$issuer.key" -gencrl -out "$work/crl.pem"
  cat "$work/crl.pem" >>"$work/crls.pem"
done

# ---- CAs in two levels below the root, none of the lower ones signed by any of the upper ones ----

ca='basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign'
quiet openssl req -x509 -new -key "$PKI/other-root.key" -subj "/CN=Upper" -days 36500 -out "$work/false.pem"
cp "$PKI/other-root.key" "$work/false.key"
cat "$PKI/owner.pem" >"$work/graph.pem"
for i in $(seq 15); do
  issue upper "$PKI/owner-root" "/CN=Upper" "$ca"
  issue lower "$work/false" "/O=Example Owner/CN=Owner Intermediate" "$ca"
  cat "$work/upper.pem" "$work/lower.pem" >>"$work/graph.pem"
done

# ---- vouchers: of 256 KiB, with 8 signers, with 8 signers whom 32 certificates fit ----

"$BUILD/bin/sztp" voucher issue --force --serial EX4200-17 --pinned "$PKI/owner-root.pem" --signer "$PKI/voucher-signer.pem" \
  --key "$PKI/voucher-signer.key" --chain "$PKI/mfr-int.pem" --created-on 2030-03-01T00:00:00Z --out "$work/voucher.cms"
quiet openssl cms -verify -noverify -binary -inform DER -in "$work/voucher.cms" -out "$work/voucher.json"
head='{"ietf-voucher:voucher":{'
{
  printf '%s' "$head"
  for name in a b c d; do
    printf '"%s":"' "$name"
    head -c 60000 /dev/zero | tr '\0' x
    printf '",'
  done
  tail -c +$((${#head} + 1)) "$work/voucher.json"
} >"$work/large.json"
sign() { # OUT DOCUMENT ARGUMENTS...
  local out=$1 document=$2
  shift 2
  quiet openssl cms -sign -binary -nodetach -in "$document" -econtent_type 1.2.840.113549.1.9.16.1.40 -outform DER -out "$out" \
    -certfile "$PKI/mfr-int.pem" "$@"
}
signer=(-signer "$PKI/voucher-signer.pem" -inkey "$PKI/voucher-signer.key")
sign "$work/large.cms" "$work/large.json" "${signer[@]}"
seven=()
for name in other server server2 owner owner-rsa voucher-signer-rsa idevid; do
  seven+=(-signer "$PKI/$name.pem" -inkey "$PKI/$name.key")
done
sign "$work/signers.cms" "$work/voucher.json" "${seven[@]}" "${signer[@]}"
# 15 certificates of one issuer and serial number, 16 of that issuer, which seem to be signed by the anchor
root=$(openssl x509 -in "$PKI/mfr-root.pem" -noout -subject -nameopt compat | sed 's/^subject=//')
quiet openssl req -x509 -new -key "$PKI/other.key" -days 36500 -out "$work/false-root.pem" -subj "$root"
quiet openssl req -x509 -new -key "$PKI/other.key" -days 36500 -out "$work/middle.pem" -subj "/CN=Middle"
cp "$PKI/other.key" "$work/false-root.key"
: >"$work/alike.pem"
for _ in $(seq 16); do
  issue one "$work/false-root" "/CN=Middle" "$ca"
  cat "$work/one.pem" >>"$work/alike.pem"
done
for i in $(seq 15); do
  printf 'nsComment=%d\n' "$i" >"$work/extensions"
  quiet openssl req -new -key "$PKI/other.key" -subj "/CN=Alike" -out "$work/request"
  quiet openssl x509 -req -in "$work/request" -CA "$work/middle.pem" -CAkey "$PKI/other.key" -set_serial 7 -days 36500 \
    -extfile "$work/extensions" -out "$work/one.pem"
  [ "$i" = 15 ] || cat "$work/one.pem" >>"$work/alike.pem"
done
sign "$work/alike.cms" "$work/voucher.json" -signer "$work/one.pem" -inkey "$PKI/other.key" -certfile "$work/alike.pem"

# ---- conveyed information that brings no intermediate along ----

quiet openssl cms -sign -binary -nodetach -nocerts -in "$work/voucher.json" -econtent_type 1.2.840.113549.1.9.16.1.43 \
  -outform DER -out "$work/info.cms" -signer "$PKI/owner.pem" -inkey "$PKI/owner.key"

"$BUILD/bench/limits" "$PKI" "$work"
