#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Libraries with a part left out (docs/footprint.md): each builds without a warning, says what it has not, judges what it
# can as the whole library does, and refuses, with its reason, what the part would have judged. Environment: BUILD, PKI, CC.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
unset MAKEFLAGS MFLAGS MAKEOVERRIDES
top=$PWD
cd "$work" || exit 2

# ---- artifacts, made by tools that have every part -----------------------------------------------------------------

der() { openssl x509 -in "$1" -outform der -out "$2"; }
der "$PKI/mfr-root.pem" anchor.der
der "$PKI/idevid.pem" identity.der
issue() { # OUT OPTIONS...
  local out=$1
  shift
  sztp voucher issue --serial S1 --pinned "$PKI/owner-root.pem" --chain "$PKI/mfr-int.pem" --out "$out" "$@"
}
ec=(--signer "$PKI/voucher-signer.pem" --key "$PKI/voucher-signer.key")
issue voucher "${ec[@]}"
issue revocation "${ec[@]}" --revocation-checks
issue rsa --signer "$PKI/voucher-signer-rsa.pem" --key "$PKI/voucher-signer-rsa.key"
issue cose "${ec[@]}" --format cose-cbor
printf '#!/bin/sh\n' >script.sh
conveyed() { # OUT OPTIONS...
  local out=$1
  shift
  sztp conveyed onboarding --post-script script.sh --signer "$PKI/owner.pem" --key "$PKI/owner.key" --out "$out" "$@"
}
conveyed json
conveyed xml --encoding xml
conveyed sealed --encrypt-to "$PKI/idevid.pem"
sztp owner-cert pack "$PKI/owner.pem" "$PKI/owner-int.pem" --out owner
sztp owner-cert pack "$PKI/owner.pem" "$PKI/owner-int.pem" --crl "$PKI/crls/owner-root.crl" --crl "$PKI/crls/owner-int.crl" --out lists

# An owner whose CA has name constraints, which its certificate keeps.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout bound-root.key -out bound-root.pem -subj "/O=Bound/CN=Root" -days 30 2>/dev/null
printf 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\nnameConstraints=critical,permitted;dirName:dn\n[dn]\nO=Bound\n' >int.ext
printf 'keyUsage=critical,digitalSignature\n' >leaf.ext
for step in "int bound-root CN=Int int.ext" "owner bound-int CN=Owner leaf.ext"; do
  read -r name issuer cn ext <<<"$step"
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "bound-$name.key" -out "$name.csr" -subj "/O=Bound/$cn" 2>/dev/null
  openssl x509 -req -in "$name.csr" -CA "$issuer.pem" -CAkey "$issuer.key" -CAcreateserial -days 20 -extfile "$ext" -out "bound-$name.pem" 2>/dev/null
done
sztp voucher issue --serial S1 --pinned bound-root.pem "${ec[@]}" --chain "$PKI/mfr-int.pem" --out bound-voucher
sztp owner-cert pack bound-owner.pem bound-int.pem --out bound-owner
sztp conveyed onboarding --post-script script.sh --signer bound-owner.pem --key bound-owner.key --out bound-info
# One of the owner's certificates says, as critical, where lists are.
printf 'keyUsage=critical,digitalSignature\ncrlDistributionPoints=critical,URI:http://lists.example.net/owner.crl\n' >points.ext
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout points.key -out points.csr -subj "/CN=Points" 2>/dev/null
openssl x509 -req -in points.csr -CA "$PKI/owner-int.pem" -CAkey "$PKI/owner-int.key" -set_serial 31 -days 20 -extfile points.ext -out points.pem 2>/dev/null
sztp owner-cert pack points.pem "$PKI/owner-int.pem" --out points
sztp conveyed onboarding --post-script script.sh --signer points.pem --key points.key --out points-info
# The voucher in BER: the outer length has an octet that it does not need.
python3 -c 'import sys; d = open("voucher", "rb").read(); assert d[1] == 0x82; open("ber", "wb").write(d[:1] + b"\x83\x00" + d[2:])'
# A pinned certificate whose subject is the issuer of the owner's CA in capitals.
openssl req -x509 -key bound-root.key -out caps-root.pem -subj "/O=BOUND/CN=ROOT" -days 30 2>/dev/null
sztp voucher issue --serial S1 --pinned caps-root.pem "${ec[@]}" --chain "$PKI/mfr-int.pem" --out caps-voucher
conveyed image --os-name os --os-version 2 --image-uri https://images.example/os --image script.sh
for made in points points-info ber caps-voucher image voucher revocation rsa cose json xml sealed owner lists bound-voucher bound-owner bound-info; do
  [ -s $made ] || bad "made: $made"
done

# ---- a build -------------------------------------------------------------------------------------------------------

compiler=${CC:-gcc}
# without NAME VARIABLES...: builds the library, and two programs with it
without() {
  local name=$1
  shift
  folder=$BUILD/parts/$name
  holds "$name: it builds" make --no-print-directory -C "$top" -j2 BUILD="$folder" CC="$compiler" DEPS=0 TPM=0 WERROR=1 CFLAGS=-O1 "$@" "$folder/lib/libsztp.a"
  for program in examples/verify_files.c tests/parts/asks.c tests/parts/onboards.c tests/parts/visits.c; do
    # shellcheck disable=SC2086
    "$compiler" -I"$top/include" -o "$folder/$(basename $program .c)" "$top/$program" "$folder/lib/libsztp.a" $libraries ||
      bad "$name: $program links"
  done
  "$folder/asks" >asks.txt || bad "$name: it runs"
}
libraries="-lmbedcrypto -lcjson -lexpat -lcbor"
lacks() { # FEATURES
  if grep -qx "without:$1\\." asks.txt; then ok "$name: it says so"; else bad "$name: it says so" "$(head -n 1 asks.txt)"; fi
}
asks() { # NAME PATTERN
  if grep -qE "^$1: $2" asks.txt; then ok "$name: asked for: $1"; else bad "$name: asked for: $1" "$(grep "^$1:" asks.txt)"; fi
}
judges() { # NAME STATUS PATTERN VOUCHER OWNER INFO [ANCHOR]
  check "$name: $1" "$2" "$3" "$folder/verify_files" "$4" "$5" "$6" "${7:-anchor.der}" S1
}

onboards() { # STATUS PATTERN INFO OS-VERSION
  check "$name: onboarding with $3, version $4 runs" "$1" "$2" "$folder/onboards" voucher owner "$3" anchor.der identity.der "$4"
}

# part NAME FEATURE VARIABLES...: what all builds with one part less have in common
part() {
  name=$1
  without "$1" "${@:3}"
  lacks " $2"
}

name=whole
without whole
lacks ""
for question in csr dns purpose policy "host key" apart; do asks "$question" '0 $'; done
asks firmware '-[0-9]+ '
judges "the set" 0 '^accepted' voucher owner json
judges "the anchor in PEM" 0 '^accepted' voucher owner json "$PKI/mfr-root.pem"
judges "in XML" 0 '^accepted' voucher owner xml
judges "encrypted, to somebody else" 1 'failed +decryption +enc-no-recipient' voucher owner sealed
judges "with revocation lists" 0 '^accepted' revocation lists json
judges "signed with RSA" 0 '^accepted' rsa owner json
judges "name constraints" 0 '^accepted' bound-voucher bound-owner bound-info
judges "a voucher in BER" 0 '^accepted' ber owner json
judges "names in capitals" 0 '^accepted' caps-voucher bound-owner bound-info
onboards 0 'asked: enabled discover download ' image 1
onboards 0 '^events: 0 ' image 2
onboards 0 '^ended: done' image 2
check "whole: a server is asked for its root first" 0 'fetch host-meta /.well-known/host-meta' "$folder/visits"
judges "distribution points that are critical" 0 '^accepted' voucher points points-info

part terse sentences TERSE=1
judges "the set" 0 '^accepted' voucher owner json
judges "a refusal has its step and label, and no sentence" 1 '^failed   owner-signer       signer-not-owner $' voucher owner bound-info
judges "encrypted, to somebody else" 1 'failed +decryption +enc-no-recipient' voucher owner sealed
asks firmware '-[0-9]+ $'

part xml xml XML=0
judges "the set" 0 '^accepted' voucher owner json
judges "in XML" 1 'failed +info-content .*built without XML' voucher owner xml

part dns dns DNS=0
judges "the set" 0 '^accepted' voucher owner json
asks dns "$(printf '%s' '-8 this library was built without DNS')"
onboards 0 '^ended: not-bootstrapped SZTP_ERR_CMS_TYPE_UNEXPECTED' rsa 2 # and not for want of the part

part decrypt decrypt DECRYPT=0
judges "the set" 0 '^accepted' voucher owner json
judges "encrypted" 1 'failed +decryption +enc-alg-unsupported .*built without decryption' voucher owner sealed

part crl crl CRL=0
judges "the set" 0 '^accepted' voucher owner json
judges "the voucher demands revocation checks" 1 'pkix-revocation-unknown .*built without CRLs' revocation lists json
judges "lists that nobody demands" 0 '^accepted' voucher lists json
judges "distribution points that are critical" 1 'failed +owner-chain +owner-untrusted critical extension 2\.5\.29\.31' voucher points points-info

part constraints constraints CONSTRAINTS=0
judges "the set" 0 '^accepted' voucher owner json
judges "name constraints" 1 'failed +owner-chain +owner-untrusted critical extension 2\.5\.29\.30' bound-voucher bound-owner bound-info
asks policy '-8 .*built without certificate policies'
asks purpose '0 $'

part constrained cbor CONSTRAINED=0
judges "the set" 0 '^accepted' voucher owner json
judges "a constrained voucher" 1 'failed +voucher-format +voucher-malformed .*built with constrained vouchers' cose owner json

part pem pem PEM=0
judges "the set" 0 '^accepted' voucher owner json
check "pem: the anchor in PEM" 1 'not valid .*PEM' "$folder/verify_files" voucher owner json "$PKI/mfr-root.pem" S1
asks anchor '-[0-9]+ .*built without PEM and base64'

part ber ber BER=0
judges "the set" 0 '^accepted' voucher owner json
judges "a voucher in BER" 1 'failed +voucher-format +cms-malformed' ber owner json

part names names NAMES=0
judges "the set" 0 '^accepted' voucher owner json
judges "names in capitals" 1 'failed +owner-chain +owner-untrusted' caps-voucher bound-owner bound-info

part images images IMAGES=0
onboards 0 '^ended: not-bootstrapped SZTP_ERR_IMAGE .*built without them' image 1
onboards 0 '^ended: done' image 2

part host-keys host-keys HOST_KEYS=0
judges "the set" 0 '^accepted' voucher owner json
asks 'host key' '-8 .*built without host keys'

part host-meta host-meta HOST_META=0
judges "the set" 0 '^accepted' voucher owner json
check "host-meta: a server is asked for its data at once, at /restconf" 0 'fetch get-bootstrapping-data /restconf/operations' "$folder/visits"

part events events EVENTS=0
onboards 0 '^events: -8 .*built without events' image 2
onboards 0 '^ended: done' image 2
onboards 0 '^ended: not-bootstrapped SZTP_ERR_CMS_TYPE_UNEXPECTED' rsa 2

part apart apart APART=0
judges "the set" 0 '^accepted' voucher owner json
asks apart '-8 .*built without sessions in two processes'

part places places PLACES=0
judges "a refusal has its step, label and sentence" 1 '^failed +owner-signer +signer-not-owner none of its' voucher owner bound-info

part csr csr CSR=0
judges "the set" 0 '^accepted' voucher owner json
asks csr '-8 .*built without certificate signing requests'

part image image-signature IMAGE_SIGNATURES=0
asks firmware '-8 .*built without signatures of boot images'

part rsa rsa RSA=0
judges "the set" 0 '^accepted' voucher owner json
judges "signed with RSA" 1 "failed +voucher-signature +voucher-untrusted .*signature algorithm 1\.2\.840\.113549\.1\.1\.11, expected RSA or ECDSA" rsa owner json

part ec ec EC=0
judges "signed with ECDSA" 1 "failed +voucher-signature +voucher-untrusted .*key is of a kind that is not supported" voucher owner json

# All that can be left out together, as in the smallest profile.
name=least
without least TERSE=1 PLACES=0 BER=0 NAMES=0 IMAGES=0 HOST_KEYS=0 HOST_META=0 EVENTS=0 APART=0 XML=0 DNS=0 DECRYPT=0 CRL=0 CONSTRAINTS=0 PEM=0 CSR=0 IMAGE_SIGNATURES=0 RSA=0 CONSTRAINED=0
lacks " xml cbor decrypt crl csr sentences dns constraints pem image-signature rsa places ber names images host-keys host-meta events apart"
judges "the set" 0 '^accepted' voucher owner json
judges "in XML" 1 'failed +info-content +model-invalid ' voucher owner xml
judges "encrypted" 1 'failed +decryption +enc-alg-unsupported' voucher owner sealed
judges "the voucher demands revocation checks" 1 'pkix-revocation-unknown' revocation lists json
judges "COSE" 1 'failed +voucher-format +voucher-malformed ' cose owner json
judges "a voucher in BER" 1 'failed +voucher-format +cms-malformed' ber owner json
judges "names in capitals" 1 'failed +owner-chain' caps-voucher bound-owner bound-info
onboards 0 '^ended: done' json 1
onboards 0 '^ended: not-bootstrapped SZTP_ERR_IMAGE $' image 1

check "no signature at all" 2 'neither RSA=1 nor EC=1' make --no-print-directory -C "$top" BUILD="$BUILD/parts/none" DEPS=0 TPM=0 RSA=0 EC=0 "$BUILD/parts/none/lib/libsztp.a"
conclude
