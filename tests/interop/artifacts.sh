#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What libsztp-artifacts makes, judged by others: openssl(1) verifies, decodes and re-encodes every kind of CMS
# structure, and DHCP servers read what is meant for their configuration.
cd "$(dirname "$0")/../.." || exit 2
: "${CC:=cc}"
. tests/common/script.sh

# ---- a program against the shared libraries; in a build with sanitizers they need their runtime ----

# build FLAG...: the programs, which must also start (and then miss their arguments)
build() {
  local program
  for program in make_artifact seal_artifact; do
    "$CC" -std=c99 -Iinclude "$@" -o "$work/$program" "tests/interop/$program.c" -L"$BUILD/lib" \
      -lsztp-artifacts -lsztp -Wl,-rpath,"$BUILD/lib" >"$work/log" 2>&1 || return 1
    "$work/$program" >>"$work/log" 2>&1
    grep -q 'too few arguments' "$work/log" || return 1
  done
}
if ! build && ! build -fsanitize=address,undefined; then
  bad "building against the shared libraries" "$(head -c 1000 "$work/log")"
  conclude
  exit 1
fi
make_artifact() { "$work/make_artifact" "$@"; }
seal_artifact() { "$work/seal_artifact" "$@"; }

# ---- signed artifacts: every key, hash and option ----

# signer NAME CURVE: a self-signed certificate of its own, since the test PKI has P-256 and RSA only
signer() {
  openssl req -x509 -newkey ec -pkeyopt "ec_paramgen_curve:$2" -nodes -keyout "$work/$1.key" -out "$work/$1.pem" \
    -subj "/CN=$1" -days 36500 -addext keyUsage=critical,digitalSignature 2>"$work/log" || cat "$work/log"
}
signer p384 P-384
signer p521 P-521
for name in voucher-signer:p256 voucher-signer-rsa:rsa; do
  cp "$PKI/${name%:*}.pem" "$work/${name#*:}.pem"
  cp "$PKI/${name%:*}.key" "$work/${name#*:}.key"
done
cat "$PKI/mfr-root.pem" "$PKI/mfr-int.pem" >"$work/anchors" # without certificates inside, openssl finds the path here

# judge NAME FILE ANCHORS [CERT]: openssl finds the path and the signature good, with the document as content;
# it decodes the structure, and encodes it again to the same octets, so it is DER
judge() {
  local name=$1 file=$2 anchor=$3
  local more=()
  [ $# -lt 4 ] || more=(-certfile "$4")
  if ! openssl cms -verify -binary -inform DER -in "$file" -CAfile "$anchor" -purpose any "${more[@]}" \
    -out "$work/content" >"$work/log" 2>&1; then
    bad "$name: verifies" "$(cat "$work/log")"
  elif ! grep -qE '"serial-number":"EX4200-17"|"aG9zdG5hbWUgZWRnZS0xNwo="' "$work/content"; then
    bad "$name: content" "$(head -c 300 "$work/content")"
  elif ! openssl cms -verify -binary -inform DER -in "$file" -noverify "${more[@]}" -out /dev/null \
    >"$work/log" 2>&1; then
    bad "$name: verifies without path" "$(cat "$work/log")"
  elif ! openssl cms -cmsout -inform DER -in "$file" -outform DER -out "$work/again" 2>"$work/log" ||
    ! cmp -s "$file" "$work/again"; then
    bad "$name: is DER" "$(cat "$work/log")"
  elif ! openssl cms -cmsout -print -inform DER -in "$file" -out "$work/print" 2>"$work/log"; then
    bad "$name: prints" "$(cat "$work/log")"
  elif ! openssl asn1parse -inform DER -in "$file" >"$work/asn1" 2>"$work/log" || grep -qi 'inf\b' "$work/asn1"; then
    bad "$name: parses" "$(cat "$work/log")"
  else
    return 0
  fi
  return 1
}

# says NAME PATTERN...: each pattern is in openssl's print of the artifact judged last
says() {
  local name=$1 pattern
  shift
  for pattern in "$@"; do
    grep -qE -- "$pattern" "$work/print" || { bad "$name" "no '$pattern' in:" "$(head -c 3000 "$work/print")"; return 1; }
  done
}

# one KIND KEY HASH OPTION...
one() {
  local kind=$1 key=$2 hash=$3
  shift 3
  local name="$kind, $key, $hash${*:+, $*}" type=animaJSONVoucher version=3 more=()
  local chain=$PKI/mfr-int.pem anchors=$PKI/mfr-root.pem
  case $key in p384 | p521) chain=- anchors=$work/$key.pem ;; esac
  [ "$kind" = voucher ] || type='sztpConveyedInfoJSON|1\.2\.840\.113549\.1\.9\.16\.1\.43'
  [ "$kind" = conveyed ] || type='animaJSONVoucher|1\.2\.840\.113549\.1\.9\.16\.1\.40'
  if ! make_artifact "$kind" "$work/$key.pem" "$work/$key.key" "$chain" "$hash" "$@" >"$work/artifact" 2>"$work/log"; then
    bad "$name" "$(cat "$work/log")"
    return
  fi
  case " $* " in *' no-attrs '*) type=pkcs7-data version=1 ;; esac
  case " $* " in *' key-id '*) version=3 ;; esac
  case " $* " in
    *' no-certs '*)
      more=("$work/$key.pem")
      [ "$chain" = - ] || anchors=$work/anchors
      ;;
  esac
  judge "$name" "$work/artifact" "$anchors" "${more[@]}" || return
  local wanted=("eContentType: .*($type)" "^ +version: $version\$" "algorithm: sha$hash ")
  case " $* " in *' key-id '*) wanted+=(subjectKeyIdentifier:) ;; *) wanted+=(issuerAndSerialNumber:) ;; esac
  case " $* " in *' no-attrs '*) ;; *) wanted+=(contentType messageDigest) ;; esac
  case " $* " in *' no-certs '*) ;; *) wanted+=('certificates:') ;; esac
  case $key-" $* " in
    rsa-*' pss '*) wanted+=(rsassaPss) ;;
    rsa-*) wanted+=("sha${hash}WithRSAEncryption") ;;
    *) wanted+=("ecdsa-with-SHA$hash") ;;
  esac
  says "$name" "${wanted[@]}" && ok "$name"
}

for key in p256 p384 p521 rsa; do
  for hash in 256 384 512; do
    one voucher "$key" "$hash"
    one conveyed "$key" "$hash" key-id
  done
  one conveyed "$key" 256 no-certs
  one voucher "$key" 384 no-attrs
  one conveyed "$key" 512 key-id no-certs no-attrs
done
for hash in 256 384 512; do
  one voucher rsa "$hash" pss
  one conveyed rsa "$hash" pss key-id no-attrs
done

# A changed octet of the content is noticed: the checks above can fail.
make_artifact voucher "$work/p256.pem" "$work/p256.key" - >"$work/artifact"
sed 's/EX4200-17/EX4200-18/' "$work/artifact" >"$work/changed"
if openssl cms -verify -binary -inform DER -in "$work/changed" -noverify -out /dev/null 2>"$work/log"; then
  bad "a changed voucher is refused"
elif grep -q 'CMS_SignerInfo_verify_content:verification failure' "$work/log"; then
  ok "a changed voucher is refused"
else
  bad "a changed voucher is refused" "$(cat "$work/log")"
fi

# ---- encrypted artifacts: every key, cipher and option ----

# What must come out: the bare SignedData, and the document of unsigned information.
make_artifact conveyed "$work/p256.pem" "$work/p256.key" - >"$work/signed"
sztp conveyed redirect --server boot.example.net --out "$work/clear"
start=$(openssl asn1parse -inform DER -in "$work/signed" | sed -n 's/^ *\([0-9]*\):d=2 .*cons: SEQUENCE.*/\1/p' | head -n 1)
openssl asn1parse -inform DER -in "$work/signed" -strparse "$start" -noout -out "$work/signed-inside" >"$work/log" 2>&1
start=$(openssl asn1parse -inform DER -in "$work/clear" | sed -nE 's/^ *([0-9]+):d=2 +hl=([0-9]+) .*OCTET STRING.*/\1+\2/p')
tail -c +$((start + 1)) "$work/clear" >"$work/clear-inside"
grep -q '^{"ietf-sztp-conveyed-info:redirect' "$work/clear-inside" || bad "the document of unsigned information"
cp "$work/signed" "$work/signed-gcm-inside"
cp "$work/signed" "$work/signed-gcm"
cp "$work/clear" "$work/clear-gcm"
cp "$work/clear-inside" "$work/clear-gcm-inside"

# sealed KEY ARTIFACT PATTERNS OPTION...: openssl finds PATTERNS, separated by '|', in it, encodes it again to the
# same octets, and decrypts it to what was put in
sealed() {
  local key=$1 artifact=$2 patterns=$3 pattern type=pkcs7-signedData version=0
  shift 3
  local name="$artifact for $key${*:+, $*}"
  if ! seal_artifact "$work/$artifact" "$@" "$PKI/enc/rsa2.pem" "$PKI/enc/$key.pem" >"$work/sealed" 2>"$work/log"; then
    bad "$name" "$(cat "$work/log")"
  elif ! openssl cms -cmsout -inform DER -in "$work/sealed" -outform DER -out "$work/again" 2>"$work/log" ||
    ! cmp -s "$work/sealed" "$work/again"; then
    bad "$name: is DER" "$(cat "$work/log")"
  elif ! openssl cms -cmsout -print -inform DER -in "$work/sealed" -out "$work/print" 2>"$work/log"; then
    bad "$name: prints" "$(cat "$work/log")"
  elif ! openssl cms -decrypt -inform DER -in "$work/sealed" -recip "$PKI/enc/$key.pem" -inkey "$PKI/enc/$key.key" \
    -out "$work/opened" 2>"$work/log" || ! cmp -s "$work/opened" "$work/$artifact-inside"; then
    bad "$name: decrypts" "$(cat "$work/log")"
  else
    [ "$artifact" = signed ] || type='sztpConveyedInfoJSON|1\.2\.840\.113549\.1\.9\.16\.1\.43'
    case $key-" $*" in p*-* | *key-id*) version=2 ;; esac
    case $artifact in *-gcm) type=pkcs7-data version=0 ;; esac
    grep -qE "contentType: .*($type)" "$work/print" || { bad "$name: content type" "$(cat "$work/print")"; return; }
    grep -qE "^ {4}version: $version\$" "$work/print" || { bad "$name: version $version" "$(cat "$work/print")"; return; }
    while IFS= read -r pattern; do
      grep -qE -- "$pattern" "$work/print" || { bad "$name" "no '$pattern' in:" "$(cat "$work/print")"; return; }
    done < <(tr '|' '\n' <<<"$patterns")
    ok "$name"
  fi
}

cipher=0
for bits in 128 192 256; do
  cipher=$((cipher + 1))
  for key in rsa p256 p384 p521; do
    sealed $key signed "aes-$bits-cbc" cipher=$cipher
    sealed $key clear "aes-$bits-cbc" cipher=$cipher
  done
done
sealed rsa signed 'rsaEncryption|aes-256-cbc|issuerAndSerialNumber'
sealed rsa signed 'subjectKeyIdentifier' key-id=1
sealed rsa signed 'rsaesOaep' oaep=1
for hash in 256 384 512; do
  sealed rsa signed "rsaesOaep|sha$hash" oaep=$hash
done
sealed p256 signed 'dhSinglePass-stdDH-sha256kdf-scheme|id-aes256-wrap'
sealed p256 signed 'rKeyId' key-id=1
for hash in 1 256 384 512; do
  sealed p256 signed "dhSinglePass-stdDH-sha${hash}kdf-scheme" kdf=$hash
  sealed p384 signed "dhSinglePass-stdDH-sha${hash}kdf-scheme|ukm" kdf=$hash ukm=32
done
sealed p521 signed 'ukm' ukm=1

for cipher in 4 5 6; do
  for key in rsa p256; do
    sealed $key signed-gcm "authEnvelopedData|aes-$((cipher * 64 - 128))-gcm" cipher=$cipher
    sealed $key clear-gcm "aes-$((cipher * 64 - 128))-gcm" cipher=$cipher
  done
done

# ---- keys in every form; and what openssl signs is what we sign, but for the signature ----

openssl pkey -in "$work/p256.key" -traditional -out "$work/sec1.key" 2>/dev/null
openssl pkey -in "$work/rsa.key" -traditional -out "$work/pkcs1.key" 2>/dev/null
for form in p256:sec1 rsa:pkcs1; do
  openssl pkey -in "$work/${form#*:}.key" -traditional -outform DER -out "$work/${form#*:}.der" 2>/dev/null
  for file in "${form#*:}.key" "${form#*:}.der"; do
    holds "a key in $file" make_artifact voucher "$work/${form%:*}.pem" "$work/$file" -
  done
done
openssl pkcs8 -topk8 -in "$work/p256.key" -outform DER -nocrypt -out "$work/pkcs8.der"
holds "a key in pkcs8.der" make_artifact voucher "$work/p256.pem" "$work/pkcs8.der" -
openssl pkey -in "$work/p256.key" -aes256 -passout pass:secret -out "$work/locked.key"
if make_artifact voucher "$work/p256.pem" "$work/locked.key" - >"$work/artifact" 2>"$work/log"; then
  bad "an encrypted key is refused"
elif grep -q 'SZTP_ERR_KEY.*ENCRYPTED PRIVATE KEY' "$work/log"; then
  ok "an encrypted key is refused"
else
  bad "an encrypted key is refused" "$(cat "$work/log")"
fi

# RSA PKCS #1 signatures are deterministic: the whole SignedData equals openssl's, which writes rsaEncryption
# and, of the attributes, those that it is told to
make_artifact conveyed "$work/rsa.pem" "$work/rsa.key" - 256 >"$work/ours"
openssl cms -verify -binary -inform DER -in "$work/ours" -noverify -out "$work/document" 2>/dev/null
openssl cms -sign -binary -nodetach -nosmimecap -in "$work/document" -signer "$work/rsa.pem" -inkey "$work/rsa.key" -md sha256 \
  -econtent_type 1.2.840.113549.1.9.16.1.43 -outform DER -out "$work/theirs" 2>"$work/log"
fields() { openssl asn1parse -inform DER -in "$1" | sed -E 's/^ *[0-9]+:d=([0-9]+) +hl=[0-9]+ l= *[0-9]+ /\1 /' |
  grep -vE 'rsaEncryption|sha256WithRSAEncryption|signingTime|UTCTIME' | grep -E '^[2-9] .*(OBJECT|INTEGER)'; }
if [ "$(fields "$work/ours" | sort | uniq)" = "$(fields "$work/theirs" | sort | uniq)" ] && [ -s "$work/theirs" ]; then
  ok "the fields are those that openssl writes"
else
  bad "the fields are those that openssl writes" "$(diff <(fields "$work/ours" | sort | uniq) <(fields "$work/theirs" | sort | uniq))"
fi

# ---- weak keys ----

weak() {
  local name=$1 reason=$2
  shift 2
  openssl req -x509 -nodes -keyout "$work/weak.key" -out "$work/weak.pem" -subj /CN=weak -days 36500 "$@" 2>"$work/log"
  if make_artifact voucher "$work/weak.pem" "$work/weak.key" - >"$work/artifact" 2>"$work/log"; then
    bad "$name is refused"
  elif grep -q "$reason" "$work/log"; then
    ok "$name is refused"
  else
    bad "$name is refused" "$(cat "$work/log")"
  fi
}
weak "RSA of 1024 bits" SZTP_ERR_CMS_ALG_WEAK -newkey rsa:1024
weak "secp256k1" SZTP_ERR_CMS_ALG_UNSUPPORTED -newkey ec -pkeyopt ec_paramgen_curve:secp256k1
weak "Ed25519" SZTP_ERR_CMS_ALG_UNSUPPORTED -newkey ed25519

# ---- certificate bags ----

mkdir "$work/ca"
: >"$work/ca/index"
printf '[ca]\ndefault_ca=x\n[x]\ndatabase=%s\ndefault_md=sha256\ndefault_crl_days=30\n' "$work/ca/index" >"$work/ca/cnf"
openssl ca -gencrl -config "$work/ca/cnf" -cert "$PKI/owner-root.pem" -keyfile "$PKI/owner-root.key" \
  -out "$work/crl.pem" 2>"$work/log" || bad "making a CRL" "$(cat "$work/log")"
sztp owner-cert pack "$PKI/owner.pem" "$PKI/owner-int.pem" --out "$work/bag" 2>"$work/log" || bad "packing" "$(cat "$work/log")"
sztp owner-cert pack "$PKI/owner.pem" "$PKI/owner-int.pem" --crl "$work/crl.pem" --out "$work/bag-crl" 2>"$work/log" ||
  bad "packing a CRL" "$(cat "$work/log")"
openssl crl2pkcs7 -nocrl -certfile "$PKI/owner-chain.pem" -outform DER -out "$work/theirs"
for file in bag bag-crl; do
  openssl cms -cmsout -inform DER -in "$work/$file" -outform DER -out "$work/again" 2>"$work/log"
  if cmp -s "$work/$file" "$work/again"; then ok "$file is DER"; else bad "$file is DER" "$(cat "$work/log")"; fi
done
certs() { openssl pkcs7 -inform DER -in "$1" -print_certs | grep -v '^$'; }
if [ "$(certs "$work/bag" | sort)" = "$(certs "$work/theirs" | sort)" ]; then
  ok "the bag holds the certificates"
else
  bad "the bag holds the certificates" "$(certs "$work/bag")"
fi
openssl pkcs7 -inform DER -in "$work/bag-crl" -print_certs -out "$work/print" 2>"$work/log"
if grep -q 'X509 CRL' "$work/print"; then ok "the bag holds the CRL"; else bad "the bag holds the CRL" "$(cat "$work/print")"; fi

# ---- unsigned conveyed information ----

printf 'hostname edge-17\n' >"$work/config"
sztp conveyed onboarding --config "$work/config" --handling merge --out "$work/unsigned" 2>"$work/log" ||
  bad "unsigned information" "$(cat "$work/log")"
offset=$(openssl asn1parse -inform DER -in "$work/unsigned" | sed -nE 's/^ *([0-9]+):d=2 +hl=([0-9]+) .*OCTET STRING.*/\1+\2/p')
document='{"ietf-sztp-conveyed-info:onboarding-information":{"configuration-handling":"merge","configuration":"aG9zdG5hbWUgZWRnZS0xNwo="}}'
if [ -n "$offset" ] && [ "$(tail -c +$((offset + 1)) "$work/unsigned")" = "$document" ]; then
  ok "unsigned information is one OCTET STRING in a ContentInfo"
else
  bad "unsigned information is one OCTET STRING in a ContentInfo" "$(openssl asn1parse -inform DER -in "$work/unsigned")"
fi

# ---- DHCP servers ----

uris=(https://boot1.example.net 'https://[2001:db8::5]:8443')
has() { command -v "$1" >/dev/null || { skip "$2: no $1 here"; return 1; }; }

if has dhcpd "ISC dhcpd"; then
  for family in 4 6; do
    net='subnet 192.0.2.0 netmask 255.255.255.0 {}'
    [ $family = 4 ] || net='subnet6 2001:db8::/32 {}'
    { sztp dhcp encode --family $family --format isc "${uris[@]}"; echo "$net"; } >"$work/dhcpd.conf"
    holds "dhcpd -$family takes its lines" dhcpd -$family -t -cf "$work/dhcpd.conf" -lf /dev/null
  done
fi
for family in 4 6; do
  has kea-dhcp$family "Kea" || continue
  net=192.0.2.0/24
  [ $family = 4 ] || net=2001:db8::/32
  printf '{"Dhcp%s":{"interfaces-config":{"interfaces":[]},"lease-database":{"type":"memfile","persist":false},
"subnet%s":[{"id":1,"subnet":"%s"}],"option-data":[%s]}}\n' $family $family $net \
    "$(sztp dhcp encode --family $family --format kea "${uris[@]}")" >"$work/kea.json"
  holds "kea-dhcp$family takes its entry" kea-dhcp$family -t "$work/kea.json"
done
if has dnsmasq "dnsmasq"; then
  for family in 4 6; do
    sztp dhcp encode --family $family --format dnsmasq "${uris[@]}" >"$work/dnsmasq.conf"
    holds "dnsmasq takes its line for DHCPv$family" dnsmasq --test --conf-file="$work/dnsmasq.conf"
  done
fi
conclude
