#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The sztp tool as a newcomer uses it, with keys and certificates made by openssl(1): what it makes, what it
# accepts, and what it says when something is wrong.
cd "$(dirname "$0")/../.." || exit 2
project=$PWD
. tests/common/script.sh

# With status 2 there is one line on standard error, and nothing on standard output but the same in JSON where that is wanted.
objection() {
  [ "$1" != 2 ] || { [ "$(wc -l <"$work/err")" = 1 ] && { [ ! -s "$work/out" ] || grep -q '"error":"..' "$work/out"; }; } ||
    echo "not just one line on standard error"
}

# same NAME TEXT COMMAND...: the command succeeds and prints TEXT.
same() {
  local name=$1 text=$2 got
  shift 2
  got=$("$@" 2>"$work/err") || { bad "$name" "$(cat "$work/err")"; return; }
  if [ "$got" = "$text" ]; then ok "$name"; else bad "$name" "got:    $got" "wanted: $text"; fi
}

# described NAME COMMAND FILE: the JSON in FILE is what docs/json/COMMAND.json says.
described() { holds "$1" python3 "$project/tests/common/json_schema.py" "$project/docs/json/$2.json" "$3"; }

# judged NAME WANTED VERIFY-OPTIONS...: what 'sztp verify --json' says: "accepted KIND TRUSTED", or
# "rejected STEP REASON CAUSE". Also that the exit status fits, every step is there, and text says the same.
judged() {
  local name=$1 wanted=$2 got status text
  shift 2
  sztp verify --json "$@" >"$work/json" 2>"$work/err"
  status=$?
  got=$(python3 - "$work/json" "$status" <<'PY'
import json, sys
v = json.load(open(sys.argv[1]))
states = {"passed", "failed", "skipped"}
assert list(v)[:4] == ["result", "trusted", "kind", "steps"], list(v)
assert isinstance(v["trusted"], bool) and v["kind"] in ("redirect", "onboarding", "none")
for s in v["steps"]:
    assert list(s)[:4] == ["step", "state", "reason", "detail"] and s["state"] in states, s
    assert (s["reason"] != "") == (s["state"] == "failed"), s
assert len(v["steps"]) == len({s["step"] for s in v["steps"]}) >= 18
failed = [s for s in v["steps"] if s["state"] == "failed"]
assert int(sys.argv[2]) == (0 if v["result"] == "accepted" else 1)
if v["result"] == "accepted":
    assert not failed
    print("accepted", v["kind"], str(v["trusted"]).lower())
else:
    assert v["result"] == "rejected" and len(failed) == 1 and not v["trusted"]
    print("rejected", failed[0]["step"], failed[0]["reason"], failed[0]["cause"] or "-")
PY
  ) || { bad "$name" "status $status" "$(cat "$work/json" "$work/err")"; return; }
  if [ "$got" != "$wanted" ]; then
    bad "$name" "got:    $got" "wanted: $wanted" "$(grep -o '"state":"failed"[^}]*' "$work/json")"
    return
  fi
  python3 "$project/tests/common/json_schema.py" "$project/docs/json/verify.json" "$work/json" >"$work/why" ||
    { bad "$name (schema)" "$(cat "$work/why")"; return; }
  case " $* " in *" - "*) ok "$name"; return ;; esac # standard input is used up
  text=$(sztp verify "$@" 2>&1)
  if [ "$?" != "$status" ] || ! tail -n 1 <<<"$text" | grep -q "^${wanted%% *}: "; then
    bad "$name (text)" "$text"
  else
    ok "$name"
  fi
}

# tampered FILE OLD NEW: FILE with the first OLD replaced by NEW of the same length, into $work/tampered
hex() { od -An -v -tx1 | tr -d ' \n'; }
tampered() { tampered_bytes "$1" "$(printf %s "$2" | hex)" "$(printf %s "$3" | hex)"; }
tampered_bytes() {
  python3 - "$1" "$2" "$3" "$work/tampered" <<'PY'
import sys
data = open(sys.argv[1], "rb").read()
old, new = bytes.fromhex(sys.argv[2]), bytes.fromhex(sys.argv[3])
assert old in data and len(old) == len(new)
open(sys.argv[4], "wb").write(data.replace(old, new, 1))
PY
}
# flipped FILE OFFSET: one bit changed
flipped() {
  python3 - "$1" "$2" "$work/tampered" <<'PY'
import sys
data = bytearray(open(sys.argv[1], "rb").read())
data[int(sys.argv[2])] ^= 1
open(sys.argv[3], "wb").write(data)
PY
}
pem() { printf -- '-----BEGIN %s-----\n%s\n-----END %s-----\n' "$2" "$(base64 -w 64 "$1")" "$2"; }

cd "$work" || exit 2
serial=EX4200-17
printf '#!/bin/sh\nexit 0\n' >script.sh
printf '<config><system><hostname>edge-1</hostname></system></config>\n' >config.xml
head -c 300000 /dev/zero >image.bin

# ---- a newcomer's way: make everything, look, verify --------------------------------------------------

signer=(--signer "$PKI/voucher-signer.pem" --key "$PKI/voucher-signer.key" --chain "$PKI/mfr-int.pem")
owner=(--signer "$PKI/owner.pem" --key "$PKI/owner.key")
check "voucher issue" 0 '' sztp voucher issue --serial $serial --pinned "$PKI/owner-root.pem" "${signer[@]}" --out voucher.vcj
check "owner-cert pack" 0 '' sztp owner-cert pack "$PKI/owner.pem" "$PKI/owner-int.pem" --out owner.cms
check "conveyed onboarding" 0 '' sztp conveyed onboarding --os-name VendorOS --os-version 17.2 \
  --image-uri https://images.example.net/a.bin --image-uri https://images2.example.net/a.bin --image image.bin \
  --config config.xml --handling merge --pre-script script.sh --post-script script.sh "${owner[@]}" --out onboarding.cms
check "conveyed redirect" 0 '' sztp conveyed redirect --server "boot.example.net:8443,$PKI/server-root.pem" \
  --server '[2001:db8::1]:4443' --server 192.0.2.7 "${owner[@]}" --out redirect.cms
check "unsigned redirect" 0 '' sztp conveyed redirect --server boot.example.net --out unredirect.cms
check "unsigned onboarding" 0 '' sztp conveyed onboarding --post-script script.sh --out unsigned-onboarding.cms

anchor=(--voucher-anchor "$PKI/mfr-root.pem" --serial "$serial")
voucher=(--voucher voucher.vcj "${anchor[@]}")
judged "all three, onboarding" "accepted onboarding true" "${voucher[@]}" --owner-cert owner.cms --conveyed onboarding.cms
judged "all three, redirect" "accepted redirect true" "${voucher[@]}" --owner-cert owner.cms --conveyed redirect.cms
judged "a voucher alone" "accepted none false" "${voucher[@]}"
judged "an owner certificate against a pinned one" "accepted none false" --owner-cert owner.cms --pinned "$PKI/owner-root.pem"
judged "a pinned certificate with conveyed information" "accepted onboarding true" --owner-cert owner.cms \
  --pinned "$PKI/owner-root.pem" --conveyed onboarding.cms
judged "a voucher and an owner certificate" "accepted none false" "${voucher[@]}" --owner-cert owner.cms
judged "unsigned redirect, untrusted" "accepted redirect false" --conveyed unredirect.cms
judged "unsigned redirect, trusted" "accepted redirect true" --conveyed unredirect.cms --channel trusted
judged "unsigned onboarding, trusted" "accepted onboarding true" --conveyed unsigned-onboarding.cms --channel trusted
judged "unsigned onboarding, untrusted" "rejected info-content unsigned-onboarding-untrusted -" --conveyed unsigned-onboarding.cms
judged "the serial number of the identity certificate" "accepted none false" --voucher voucher.vcj \
  --voucher-anchor "$PKI/mfr-root.pem" --idevid "$PKI/idevid.pem"
judged "two anchors, the second is right" "accepted none false" --voucher voucher.vcj --serial $serial \
  --voucher-anchor "$PKI/other-root.pem" --voucher-anchor "$PKI/mfr-root.pem"
check "one line per step, with names" 0 '^passed +voucher-serial ' sztp verify "${voucher[@]}"
check "skipped steps are told" 0 '^skipped +owner-chain' sztp verify "${voucher[@]}"

# ---- XML (CONV-02, CONV-03, CONV-08) --------------------------------------------------------------------

check "onboarding in XML" 0 '' sztp conveyed onboarding --os-name VendorOS --os-version 17.2 --image-uri 'https://images.example.net/a?b&c' \
  --image image.bin --config config.xml --handling merge --pre-script script.sh --encoding xml "${owner[@]}" --out onboarding-xml.cms
check "redirect in XML" 0 '' sztp conveyed redirect --server "boot.example.net:8443,$PKI/server-root.pem" --server 192.0.2.7 \
  --encoding xml "${owner[@]}" --out redirect-xml.cms
check "unsigned redirect in XML" 0 '' sztp conveyed redirect --server boot.example.net --encoding xml --out unsigned-xml.cms
check "unsigned onboarding in XML" 0 '' sztp conveyed onboarding --post-script script.sh --encoding xml --out unsigned-onboarding-xml.cms
judged "all three, onboarding in XML" "accepted onboarding true" "${voucher[@]}" --owner-cert owner.cms --conveyed onboarding-xml.cms
judged "all three, redirect in XML" "accepted redirect true" "${voucher[@]}" --owner-cert owner.cms --conveyed redirect-xml.cms
judged "unsigned redirect in XML, untrusted" "accepted redirect false" --conveyed unsigned-xml.cms
judged "unsigned onboarding in XML, untrusted" "rejected info-content unsigned-onboarding-untrusted -" --conveyed unsigned-onboarding-xml.cms
judged "unsigned onboarding in XML, trusted" "accepted onboarding true" --conveyed unsigned-onboarding-xml.cms --channel trusted
check "the content type says so" 0 'id-ct-sztpConveyedInfoXML' sztp inspect onboarding-xml.cms
# read_xml FILE: the document as openssl gives it out, read by another XML parser
read_xml() {
  openssl cms -verify -noverify -binary -inform DER -in "$1" -certfile "$PKI/owner.pem" -out document.xml 2>/dev/null &&
    python3 - document.xml <<'PY'
import base64, sys, xml.etree.ElementTree as tree
ns = "{urn:ietf:params:xml:ns:yang:ietf-sztp-conveyed-info}"
top = tree.parse(sys.argv[1]).getroot()
assert all(e.tag.startswith(ns) for e in top.iter()), [e.tag for e in top.iter()]
if top.tag == ns + "redirect-information":
    assert [e.findtext(ns + "address") for e in top] == ["boot.example.net", "192.0.2.7"]
    assert top[0].findtext(ns + "port") == "8443" and top[1].find(ns + "port") is None
else:
    assert top.findtext(ns + "boot-image/" + ns + "download-uri") == "https://images.example.net/a?b&c"
    assert top.findtext(f"{ns}boot-image/{ns}image-verification/{ns}hash-algorithm") == "sha-256"
    assert base64.b64decode(top.findtext(ns + "configuration"), validate=True) == open("config.xml", "rb").read()
PY
}
check "openssl verifies it, another parser reads it" 0 '' read_xml onboarding-xml.cms
check "the redirect likewise" 0 '' read_xml redirect-xml.cms
# sign NAME OPTIONS...: what openssl signs as id-data, whose encoding is told by the document (D-67)
sign() { openssl cms -sign -binary -nodetach -outform DER -md sha256 -signer "$PKI/owner.pem" -inkey "$PKI/owner.key" -out "$1" "${@:2}"; }
xml_ns='xmlns="urn:ietf:params:xml:ns:yang:ietf-sztp-conveyed-info"'
printf '<?xml version="1.0"?>\n<!-- by hand -->\n<redirect-information %s>\n  <bootstrap-server>\n    <address>h</address>\n  </bootstrap-server>\n</redirect-information>\n' \
  "$xml_ns" >hand.xml
sign hand.cms -in hand.xml
judged "a document written by hand, as id-data" "accepted redirect true" "${voucher[@]}" --owner-cert owner.cms --conveyed hand.cms
sign hand-typed.cms -in hand.xml -econtent_type 1.2.840.113549.1.9.16.1.42
judged "the same with its own content type" "accepted redirect true" "${voucher[@]}" --owner-cert owner.cms --conveyed hand-typed.cms
sign hand-mismatch.cms -in hand.xml -econtent_type 1.2.840.113549.1.9.16.1.43
judged "XML declared as JSON (D-66)" "rejected info-content encoding-mismatch -" "${voucher[@]}" --owner-cert owner.cms --conveyed hand-mismatch.cms
printf '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>\n<redirect-information %s>&e;</redirect-information>\n' "$xml_ns" >doctype.xml
sign doctype.cms -in doctype.xml
judged "a DOCTYPE (DATA-12)" "rejected info-content model-invalid -" "${voucher[@]}" --owner-cert owner.cms --conveyed doctype.cms

# ---- RSA keys, openssl as maker and as judge ----------------------------------------------------------

sztp voucher issue --serial $serial --pinned "$PKI/owner-root.pem" --signer "$PKI/voucher-signer-rsa.pem" \
  --key "$PKI/voucher-signer-rsa.key" --chain "$PKI/mfr-int.pem" --out rsa.vcj
sztp owner-cert pack "$PKI/owner-rsa.pem" "$PKI/owner-int.pem" --out owner-rsa.cms
sztp conveyed redirect --server boot.example.net --signer "$PKI/owner-rsa.pem" --key "$PKI/owner-rsa.key" --out redirect-rsa.cms
judged "RSA signers" "accepted redirect true" --voucher rsa.vcj "${anchor[@]}" --owner-cert owner-rsa.cms --conveyed redirect-rsa.cms

check "openssl verifies our voucher" 0 'ietf-voucher:voucher' openssl cms -verify -inform DER -in voucher.vcj \
  -CAfile "$PKI/mfr-root.pem" -purpose any -binary
cat "$PKI/owner-root.pem" "$PKI/owner-int.pem" >owner-cas.pem
check "openssl verifies our conveyed information" 0 'ietf-sztp-conveyed-info:onboarding-information' openssl cms \
  -verify -inform DER -in onboarding.cms -CAfile owner-cas.pem -purpose any -binary
check "openssl reads our owner certificate" 0 'CN = Owner$' openssl pkcs7 -inform DER -in owner.cms -print_certs -noout

pinned=$(openssl x509 -in "$PKI/owner-root.pem" -outform DER | base64 -w 0)
printf '{"ietf-voucher:voucher":{"created-on":"2024-01-01T00:00:00Z","assertion":"verified","serial-number":"%s","pinned-domain-cert":"%s"}}' \
  $serial "$pinned" >voucher.json
printf '{"ietf-sztp-conveyed-info:redirect-information":{"bootstrap-server":[{"address":"boot.example.net"}]}}' >redirect.json
openssl cms -sign -binary -nodetach -nosmimecap -md sha256 -outform DER -econtent_type 1.2.840.113549.1.9.16.1.40 -in voucher.json \
  -signer "$PKI/voucher-signer.pem" -inkey "$PKI/voucher-signer.key" -certfile "$PKI/mfr-int.pem" -out openssl.vcj
openssl cms -sign -binary -nodetach -nosmimecap -md sha256 -outform DER -econtent_type 1.2.840.113549.1.9.16.1.43 -in redirect.json \
  -signer "$PKI/owner.pem" -inkey "$PKI/owner.key" -out openssl-redirect.cms
openssl crl2pkcs7 -nocrl -certfile "$PKI/owner.pem" -certfile "$PKI/owner-int.pem" -outform DER -out openssl-owner.cms
judged "artifacts made by openssl" "accepted redirect true" --voucher openssl.vcj "${anchor[@]}" --owner-cert openssl-owner.cms \
  --conveyed openssl-redirect.cms
openssl cms -sign -binary -nodetach -outform DER -md sha256 -in redirect.json -signer "$PKI/owner.pem" -inkey "$PKI/owner.key" \
  -keyid -noattr -out noattr.cms
judged "id-data without signed attributes, by key identifier" "accepted redirect true" --voucher openssl.vcj "${anchor[@]}" \
  --owner-cert openssl-owner.cms --conveyed noattr.cms

# ---- every form of input ------------------------------------------------------------------------------

mkdir forms
for a in voucher.vcj owner.cms onboarding.cms; do
  pem $a CMS >forms/$a.pem
  base64 $a >forms/$a.b64
done
for f in pem b64; do
  judged "artifacts as $f" "accepted onboarding true" --voucher forms/voucher.vcj.$f "${anchor[@]}" \
    --owner-cert forms/owner.cms.$f --conveyed forms/onboarding.cms.$f
done
for c in mfr-root owner-root voucher-signer owner idevid mfr-int owner-int server-root; do
  openssl x509 -in "$PKI/$c.pem" -outform DER -out forms/$c.der
  base64 forms/$c.der >forms/$c.b64
done
for k in voucher-signer owner; do
  openssl pkcs8 -topk8 -nocrypt -in "$PKI/$k.key" -outform DER -out forms/$k.key.der
  base64 forms/$k.key.der >forms/$k.key.b64
  openssl ec -in "$PKI/$k.key" -out forms/$k.key.pem 2>/dev/null
done
for f in der b64; do
  check "voucher issue with $f" 0 '' sztp voucher issue --serial $serial --pinned forms/owner-root.$f --signer forms/voucher-signer.$f \
    --key forms/voucher-signer.key.$f --chain forms/mfr-int.$f --idevid forms/idevid.$f --out forms/voucher-$f.vcj
  check "owner-cert pack with $f" 0 '' sztp owner-cert pack forms/owner.$f forms/owner-int.$f --out forms/owner-$f.cms
  check "conveyed with $f" 0 '' sztp conveyed redirect --server "h.example,forms/server-root.$f" --signer forms/owner.$f \
    --key forms/owner.key.$f --out forms/redirect-$f.cms
  judged "certificates as $f" "accepted redirect true" --voucher forms/voucher-$f.vcj --voucher-anchor forms/mfr-root.$f \
    --idevid forms/idevid.$f --owner-cert forms/owner-$f.cms --conveyed forms/redirect-$f.cms
  judged "a pinned certificate as $f" "accepted none false" --owner-cert forms/owner-$f.cms --pinned forms/owner-root.$f
done
check "a key of the older PEM form" 0 '' sztp conveyed redirect --server h.example --signer "$PKI/owner.pem" --key forms/owner.key.pem \
  --out forms/ec.cms
check "a certificate file with text around it" 0 '' sztp owner-cert pack <(openssl x509 -in "$PKI/owner.pem" -text) \
  "$PKI/owner-int.pem" --out forms/text.cms
check "a chain in one file" 0 '' sztp owner-cert pack "$PKI/owner-chain.pem" --out forms/chain.cms
judged "a chain in one file is verified" "accepted onboarding true" "${voucher[@]}" --owner-cert forms/chain.cms --conveyed onboarding.cms
check "a signer's file with its chain" 0 '' sztp voucher issue --serial $serial --pinned "$PKI/owner-root.pem" \
  --signer "$PKI/voucher-signer-chain.pem" --key "$PKI/voucher-signer.key" --out forms/chained.vcj
judged "a signer's file with its chain is verified" "accepted none false" --voucher forms/chained.vcj "${anchor[@]}"
cat forms/owner.der forms/owner-int.der >forms/two.der
check "certificates one after another as DER" 0 '' sztp owner-cert pack forms/two.der --out forms/two.cms
judged "certificates one after another are verified" "accepted onboarding true" "${voucher[@]}" --owner-cert forms/two.cms --conveyed onboarding.cms

judged "a voucher on standard input" "accepted none false" --voucher - "${anchor[@]}" <voucher.vcj
judged "conveyed information on standard input, as PEM" "accepted onboarding true" "${voucher[@]}" --owner-cert owner.cms --conveyed - <forms/onboarding.cms.pem
check "a key on standard input, an artifact on standard output" 0 'conveyed-info' sh -c \
  "sztp conveyed redirect --server h.example --signer '$PKI/owner.pem' --key - < '$PKI/owner.key'"
check "options as --name=value" 0 '^accepted' sztp verify --voucher=voucher.vcj "--voucher-anchor=$PKI/mfr-root.pem" --serial=$serial
check "standard input twice" 2 'standard input is already read for --voucher' sztp verify --voucher - "${anchor[@]}" --owner-cert - </dev/null

# ---- a voucher's leaves -------------------------------------------------------------------------------

# issue NAME OPTIONS...: into NAME.vcj
issue() { local out=$1; shift; sztp voucher issue --serial $serial --pinned "$PKI/owner-root.pem" "${signer[@]}" --out "$out.vcj" "$@"; }
nonce=AAECAwQFBgcICQoLDA0ODw==
issue dated --created-on 2024-01-01T00:00:00Z --expires-on 2024-02-01T01:00:00+01:00 --force
issue nonce --nonce $nonce
issue logged --assertion logged
issue idevid --idevid "$PKI/idevid.pem"
issue revocation --revocation-checks
of() { echo --voucher "$1.vcj" "${anchor[@]}"; }
# shellcheck disable=SC2046
{
  judged "expired" "rejected voucher-dates voucher-expired -" $(of dated)
  judged "one second before it expires" "accepted none false" $(of dated) --time 2024-01-31T23:59:59Z
  judged "at the second it expires" "rejected voucher-dates voucher-expired -" $(of dated) --time 2024-02-01T00:00:00Z
  judged "before it was created" "rejected voucher-dates voucher-not-yet-valid -" $(of dated) --time 2023-12-31T00:00:00Z
  judged "without a clock" "accepted none false" $(of dated) --time unknown
  judged "now in words" "rejected voucher-dates voucher-expired -" $(of dated) --time now
  judged "the nonce that was sent" "accepted none false" $(of nonce) --nonce $nonce
  judged "another nonce" "rejected voucher-nonce voucher-nonce -" $(of nonce) --nonce //////////////////////8=
  judged "a nonce although none was sent" "rejected voucher-nonce voucher-nonce -" $(of nonce)
  judged "an assertion that is not accepted" "rejected voucher-assertion voucher-assertion -" $(of logged)
  judged "an assertion out of a list" "accepted none false" $(of logged) --assertion verified,logged
  judged "a list without it" "rejected voucher-assertion voucher-assertion -" $(of logged) --assertion verified,proximity,agent-proximity
  judged "idevid-issuer fits" "accepted none false" $(of idevid) --idevid "$PKI/idevid.pem"
  judged "idevid-issuer of another maker" "rejected voucher-issuer voucher-idevid-issuer -" $(of idevid) --idevid "$PKI/other.pem"
  judged "idevid-issuer without identity" "rejected voucher-issuer voucher-idevid-issuer -" $(of idevid)
  judged "revocation must be checked, no list" "rejected revocation pkix-revocation-unknown -" $(of revocation) --owner-cert owner.cms --conveyed onboarding.cms
  judged "revocation off" "accepted onboarding true" $(of revocation) --owner-cert owner.cms --conveyed onboarding.cms --revocation off
}
judged "revocation required" "rejected revocation pkix-revocation-unknown -" "${voucher[@]}" --owner-cert owner.cms --conveyed onboarding.cms --revocation required
judged "revocation as the voucher says" "accepted onboarding true" "${voucher[@]}" --owner-cert owner.cms --conveyed onboarding.cms --revocation as-voucher
judged "another device" "rejected voucher-serial voucher-serial -" --voucher voucher.vcj --voucher-anchor "$PKI/mfr-root.pem" --serial EX4200-18
check "expected and found are told" 1 'voucher-serial.*expected: EX4200-18; found: EX4200-17' sztp verify --voucher voucher.vcj \
  --voucher-anchor "$PKI/mfr-root.pem" --serial EX4200-18
check "the summary names artifact and file" 1 '^rejected: the ownership voucher \(voucher.vcj\) is at fault: voucher-serial' sztp verify \
  --voucher voucher.vcj --voucher-anchor "$PKI/mfr-root.pem" --serial EX4200-18

# ---- revocation lists ---------------------------------------------------------------------------------

cat >ca.cnf <<CNF
[ca]
default_ca = all
[all]
database = index
crlnumber = number
default_md = sha256
default_crl_days = 30
CNF
crl() { openssl ca -config ca.cnf -gencrl -cert "$PKI/$1.pem" -keyfile "$PKI/$1.key" -out "$2" 2>/dev/null; }
: >index; echo 01 >number
crl owner-root root.crl
crl owner-int int.crl
sztp owner-cert pack "$PKI/owner.pem" "$PKI/owner-int.pem" --crl root.crl --crl int.crl --out owner-crls.cms
printf 'R\t20991231235959Z\t240101000000Z\t%s\tunknown\t/CN=Owner\n' "$(openssl x509 -in "$PKI/owner.pem" -noout -serial | cut -d= -f2)" >index
crl owner-int revoked.crl
openssl crl -in revoked.crl -outform DER -out revoked.der
sztp owner-cert pack "$PKI/owner.pem" "$PKI/owner-int.pem" --crl root.crl --crl revoked.der --out owner-revoked.cms
check "openssl finds the lists" 0 'BEGIN X509 CRL' openssl pkcs7 -inform DER -in owner-revoked.cms -print_certs
judged "lists beside an owner certificate that nobody checks for revocation" "accepted onboarding true" "${voucher[@]}" \
  --owner-cert owner-crls.cms --conveyed onboarding.cms
judged "lists without a clock" "rejected revocation pkix-revocation-unknown -" --voucher revocation.vcj "${anchor[@]}" \
  --owner-cert owner-crls.cms --conveyed onboarding.cms --time unknown
# shellcheck disable=SC2046
{
  of_lists() { echo --voucher revocation.vcj "${anchor[@]}" --owner-cert "$1" --conveyed onboarding.cms; }
  judged "lists that are demanded (VERIFY-08)" "accepted onboarding true" $(of_lists owner-crls.cms)
  judged "a list that has the owner" "rejected revocation pkix-revoked -" $(of_lists owner-revoked.cms)
  judged "lists that the device fetched (PKIX-18)" "accepted onboarding true" $(of_lists owner.cms) --crl root.crl --crl int.crl
  judged "one list too few" "rejected revocation pkix-revocation-unknown -" $(of_lists owner.cms) --crl root.crl
  judged "a list fetched that has the owner" "rejected revocation pkix-revoked -" $(of_lists owner-crls.cms) --crl revoked.der
}
check "what is no list" 2 'right is a CRL' sztp verify --owner-cert owner.cms --pinned "$PKI/owner-root.pem" --crl "$PKI/owner.pem"
printf 'R\t20991231235959Z\t240101000000Z\t%s\tunknown\t/CN=MASA\n' \
  "$(openssl x509 -in "$PKI/voucher-signer.pem" -noout -serial | cut -d= -f2)" >index
crl mfr-int makers.crl
issue other-list --crl root.crl
issue listed --crl root.crl --crl makers.crl
judged "a voucher with a list of somebody else (VOUCH-19)" "accepted none false" --voucher other-list.vcj "${anchor[@]}"
judged "a voucher with a list of its signer" "rejected voucher-signature voucher-untrusted pkix-revoked" --voucher listed.vcj "${anchor[@]}"
check "lists in COSE" 2 'COSE has no place for revocation lists' issue none --format cose-cbor --crl root.crl
check "a list that is none" 2 'right is a CRL' sztp owner-cert pack "$PKI/owner.pem" --crl "$PKI/owner.pem"

# ---- what is wrong is found where it is ---------------------------------------------------------------

all() { echo --voucher "$1" "${anchor[@]}" --owner-cert "$2" --conveyed "$3"; }
last() { echo $(($(stat -c %s "$1") - 1)); }
# shellcheck disable=SC2046
{
  tampered voucher.vcj $serial EX4200-99
  judged "voucher: content changed" "rejected voucher-signature voucher-untrusted cms-digest-mismatch" $(all tampered owner.cms onboarding.cms)
  flipped voucher.vcj "$(last voucher.vcj)"
  judged "voucher: signature changed" "rejected voucher-signature voucher-untrusted cms-signature-invalid" $(all tampered owner.cms onboarding.cms)
  head -c 200 voucher.vcj >tampered
  judged "voucher: cut off" "rejected voucher-format cms-malformed -" $(all tampered owner.cms onboarding.cms)
  : >tampered
  judged "voucher: empty" "rejected voucher-format voucher-malformed -" $(all tampered owner.cms onboarding.cms)
  judged "voucher: another artifact" "rejected voucher-format cms-type-unexpected -" $(all onboarding.cms owner.cms onboarding.cms)
  judged "voucher: of an unknown maker" "rejected voucher-signature voucher-untrusted pkix-no-path" --voucher voucher.vcj \
    --voucher-anchor "$PKI/other-root.pem" --serial $serial --owner-cert owner.cms --conveyed onboarding.cms
  sztp voucher issue --serial $serial --pinned "$PKI/other-root.pem" "${signer[@]}" --out other.vcj
  judged "voucher: for another owner" "rejected owner-chain owner-untrusted pkix-no-path" $(all other.vcj owner.cms onboarding.cms)

  der=$(openssl x509 -in "$PKI/owner.pem" -outform DER | hex)
  tampered_bytes owner.cms "$der" "${der%??}$(printf %02x $((0x${der: -2} ^ 1)))"
  judged "owner certificate: its signature changed" "rejected owner-chain owner-untrusted pkix-no-path" $(all voucher.vcj tampered onboarding.cms)
  sztp owner-cert pack "$PKI/owner.pem" --out tampered
  judged "owner certificate: intermediate left out" "rejected owner-chain owner-untrusted pkix-no-path" $(all voucher.vcj tampered onboarding.cms)
  sztp owner-cert pack "$PKI/other.pem" --out tampered
  judged "owner certificate: of another" "rejected owner-signer signer-not-owner -" $(all voucher.vcj tampered onboarding.cms)
  head -c 100 owner.cms >tampered
  judged "owner certificate: cut off" "rejected owner-format cms-malformed -" $(all voucher.vcj tampered onboarding.cms)
  judged "owner certificate: a bare certificate" "rejected owner-format cms-malformed -" $(all voucher.vcj "$PKI/owner.pem" onboarding.cms)
  check "... and how to make a right one" 1 "sztp owner-cert pack" sztp verify $(all voucher.vcj "$PKI/owner.pem" onboarding.cms)

  tampered redirect.cms boot.example.net boot.example.com
  judged "conveyed information: content changed" "rejected info-signature cms-digest-mismatch -" $(all voucher.vcj owner.cms tampered)
  flipped redirect.cms "$(last redirect.cms)"
  judged "conveyed information: signature changed" "rejected info-signature cms-signature-invalid -" $(all voucher.vcj owner.cms tampered)
  head -c 300 redirect.cms >tampered
  judged "conveyed information: cut off" "rejected info-format cms-malformed -" $(all voucher.vcj owner.cms tampered)
  echo 'no artifact at all' >tampered
  judged "conveyed information: just text" "rejected info-format cms-malformed -" $(all voucher.vcj owner.cms tampered)
  pem redirect.cms CMS | sed 's/[A-Za-z]/!/3' >tampered
  judged "conveyed information: broken PEM" "rejected info-format cms-malformed -" $(all voucher.vcj owner.cms tampered)
  judged "conveyed information: not the owner's" "rejected owner-signer signer-not-owner -" $(all voucher.vcj owner-rsa.cms redirect.cms)
  judged "conveyed information: a voucher" "rejected info-format cms-type-unexpected -" $(all voucher.vcj owner.cms voucher.vcj)
}
judged "signed without voucher" "rejected artifacts artifact-missing -" --owner-cert owner.cms --conveyed onboarding.cms
judged "signed without owner certificate" "rejected artifacts artifact-missing -" "${voucher[@]}" --conveyed onboarding.cms
judged "an owner certificate alone" "rejected artifacts artifact-missing -" --owner-cert owner.cms
head -c 300000 /dev/zero >tampered
judged "voucher: too large" "rejected voucher-format limit -" --voucher tampered "${anchor[@]}"

# ---- inspect ------------------------------------------------------------------------------------------

for a in voucher.vcj owner.cms onboarding.cms redirect.cms unredirect.cms forms/voucher.vcj.pem forms/owner.cms.b64 \
  "$PKI/owner.pem" forms/owner.der owner-crls.cms voucher.json redirect.json onboarding-xml.cms redirect-xml.cms hand.xml; do
  check "inspect $(basename "$a") as JSON" 0 '^\{' sztp inspect --json "$a"
  described "inspect $(basename "$a") is as described" inspect "$work/out"
  check "inspect $(basename "$a") as text" 0 '^[a-z-]+:' sztp inspect "$a"
done
check "inspect tells a voucher's leaves" 0 'EX4200-17' sztp inspect voucher.vcj
check "inspect tells the signer" 0 'MASA' sztp inspect voucher.vcj
check "inspect tells servers" 0 '2001:db8::1' sztp inspect redirect.cms
check "inspect tells scripts and configuration" 0 'edge-1' sztp inspect onboarding.cms
check "inspect tells scripts and configuration in XML" 0 'edge-1' sztp inspect onboarding-xml.cms
check "inspect tells servers in XML" 0 '192.0.2.7' sztp inspect redirect-xml.cms
check "inspect standard input" 0 'EX4200-17' sh -c 'sztp inspect - <voucher.vcj'
head -c 200 voucher.vcj >tampered
check "inspect a cut-off file" 1 'tampered: not an artifact, or a broken one' sztp inspect tampered
check "inspect a cut-off file as JSON" 1 '"error":' sztp inspect --json tampered
described "... is as described" inspect "$work/out"
check "inspect tells that there are more PEM blocks" 0 'first of 2 PEM blocks' sztp inspect "$PKI/owner-chain.pem"

# ---- the SHA-256 of an image --------------------------------------------------------------------------

digest=$(sha256sum <image.bin | cut -c 1-64)
sztp inspect onboarding.cms | tr -d : | grep -q "$digest" && ok "the image's SHA-256" || bad "the image's SHA-256" "$digest" "$(sztp inspect onboarding.cms)"

# ---- DHCP ---------------------------------------------------------------------------------------------

same "DHCP hex" 001868747470733a2f2f626f6f742e6578616d706c652e6e6574 sztp dhcp encode --family 4 https://boot.example.net
for family in 4 6; do
  uris="https://boot.example.net:8443
https://[2001:db8::1]
https://192.0.2.7:4443"
  # shellcheck disable=SC2086
  hex=$(sztp dhcp encode --family $family $uris)
  same "DHCPv$family round trip" "$uris" sztp dhcp decode --family $family --option "$hex"
  same "DHCPv$family with colons" "$uris" sztp dhcp decode --family $family --option "$(sed 's/../&:/g; s/:$//' <<<"$hex")"
  same "DHCPv$family with dots" "$uris" sztp dhcp decode --family $family --option "$(sed 's/..../&./g; s/\.$//' <<<"$hex")"
  same "DHCPv$family with blanks, upper case" "$uris" sztp dhcp decode --family $family --option "$(sed 's/../& /g' <<<"${hex^^}")"
done
for format in isc kea dnsmasq; do
  check "DHCP for $format" 0 . sztp dhcp encode --family 4 https://boot.example.net --format $format
  check "DHCPv6 for $format" 0 . sztp dhcp encode --family 6 https://boot.example.net --format $format
done
check "DHCP for cisco" 0 '0018\.?6874' sztp dhcp encode --family 4 https://boot.example.net --format cisco
check "DHCP: a URI with a path" 2 'https' sztp dhcp encode --family 4 https://boot.example.net/restconf
check "DHCP: no URI" 2 'no URI given' sztp dhcp encode --family 4
check "DHCP: no family" 2 '--family 4\|6 is needed' sztp dhcp encode https://h
check "DHCP: a family that is none" 2 'right are 4, 6' sztp dhcp decode --family 5 --option 00
check "DHCP: unknown format" 2 'right are hex, isc' sztp dhcp encode --family 4 --format bind https://h
check "DHCP: no hex" 2 'not hex' sztp dhcp decode --family 4 --option 0xyz
check "DHCP: no valid entry" 1 'no valid bootstrap server' sztp dhcp decode --family 4 --option 0008687474703a2f2f68
[ "$(wc -l <err)" = 1 ] && ok "... in one line" || bad "... in one line" "$(cat err)"
check "DHCP: an empty option" 1 'no valid bootstrap server' sztp dhcp decode --family 4 --option ''
same "DHCP: valid entries among others" https://h sztp dhcp decode --family 4 --option 0008687474703a2f2f68000968747470733a2f2f68
python3 - <<'PY'
def option(code, value): return bytes([code, len(value)]) + value
uri = b"https://boot.example.net:8443"
value = len(uri).to_bytes(2, "big") + uri
head = bytes([2, 1, 6, 0]) + bytes(40)
magic = bytes([0x63, 0x82, 0x53, 0x63])
# RFC 3396: a first part among the options, the others in file and sname, as option 52 says
sname = (option(143, value[20:]) + b"\xff").ljust(64, b"\0")
file = (option(143, value[10:20]) + b"\xff").ljust(128, b"\0")
ack = head + sname + file + magic + option(53, b"\x05") + option(52, b"\x03") + option(143, value[:10]) + b"\xff"
open("ack.bin", "wb").write(ack)
open("offer.bin", "wb").write(ack.replace(option(53, b"\x05"), option(53, b"\x02")))
reply = bytes([7, 1, 2, 3]) + (136).to_bytes(2, "big") + len(value).to_bytes(2, "big") + value
open("reply.bin", "wb").write(reply)
PY
same "DHCP: a whole DHCPACK, overloaded" https://boot.example.net:8443 sztp dhcp decode --family 4 --message ack.bin
same "DHCP: a whole DHCPv6 Reply" https://boot.example.net:8443 sztp dhcp decode --family 6 --message reply.bin
same "DHCP: a message on standard input" https://boot.example.net:8443 sh -c 'sztp dhcp decode --family 6 --message - <reply.bin'
check "DHCP: an offer does not count" 1 'no option 143' sztp dhcp decode --family 4 --message offer.bin
check "DHCP: no message at all" 1 'no option 136' sztp dhcp decode --family 6 --message config.xml
check "DHCP: option and message" 2 'one of --option' sztp dhcp decode --family 4 --option 00 --message ack.bin
check "DHCP: neither" 2 'one of --option' sztp dhcp decode --family 4

# ---- wrong use: status 2 and one line that says what would be right -----------------------------------

check "no command" 2 'no command given' sztp
check "an unknown command" 2 "unknown command 'frobnicate'" sztp frobnicate
check "an unknown option before" 2 "unknown option '--frobnicate'" sztp --frobnicate
check "a group alone" 2 'voucher' sztp voucher
check "an unknown command of a group" 2 'voucher' sztp voucher shred
check "an unknown option" 2 'unknown option --vouchre; did you mean --voucher\?' sztp verify --vouchre x
check "an option with one dash" 2 'two dashes' sztp verify -v
check "a missing value" 2 '--voucher needs a value: --voucher FILE' sztp verify --voucher
check "a switch with a value" 2 '--json takes no value' sztp verify --json=yes
check "an option given twice" 2 '--serial is given twice' sztp verify --serial a --serial b
check "an operand that is not wanted" 2 "unexpected 'x'" sztp verify x
check "nothing to verify" 2 'nothing to verify' sztp verify
check "no anchor" 2 'needs --voucher-anchor' sztp verify --voucher voucher.vcj --serial x
check "no serial number" 2 'needs --serial' sztp verify --voucher voucher.vcj --voucher-anchor "$PKI/mfr-root.pem"
check "an identity without serial number" 2 'no usable serial number; give --serial' sztp verify --voucher voucher.vcj \
  --voucher-anchor "$PKI/mfr-root.pem" --idevid "$PKI/other.pem"
check "a voucher and a pinned certificate" 2 'in?stead|takes the place' sztp verify "${voucher[@]}" --pinned "$PKI/owner-root.pem"
check "a file that is not there" 2 "--voucher: can't read missing.vcj: No such file" sztp verify --voucher missing.vcj "${anchor[@]}"
check "a folder" 2 "can't read \.: Is a directory" sztp verify --voucher . "${anchor[@]}"
check "an anchor that is none" 2 'config.xml holds no certificate' sztp verify --voucher voucher.vcj --serial x --voucher-anchor config.xml
check "an anchor that is a key" 2 "a PEM file of 'PRIVATE KEY'; right is a certificate" sztp verify --voucher voucher.vcj --serial x \
  --voucher-anchor "$PKI/owner.key"
check "an anchor that is an artifact" 2 'onboarding.cms' sztp verify --voucher voucher.vcj --serial x --voucher-anchor onboarding.cms
check "a pinned certificate that is none" 2 '--pinned' sztp verify --owner-cert owner.cms --pinned config.xml
check "two pinned certificates" 2 'holds 2 certificates; right is one' sztp verify --owner-cert owner.cms --pinned "$PKI/owner-chain.pem"
check "a channel that is none" 2 "'maybe' is not right; right are untrusted, trusted" sztp verify --conveyed redirect.cms --channel maybe
check "a time that is none" 2 'right is RFC 3339' sztp verify "${voucher[@]}" --time yesterday
check "a day that is none" 2 'right is RFC 3339' sztp verify "${voucher[@]}" --time 2023-02-29T00:00:00Z
check "an assertion that is none" 2 "right are verified, logged" sztp verify "${voucher[@]}" --assertion verified,,logged
check "a revocation policy that is none" 2 'right are as-voucher' sztp verify "${voucher[@]}" --revocation maybe
check "a nonce that is none" 2 '8 to 32 octets' sztp verify "${voucher[@]}" --nonce 'not base64'
check "a nonce that is short" 2 '8 to 32 octets' sztp verify "${voucher[@]}" --nonce AAAA
check "a serial number that is none" 2 '--serial' sztp verify --voucher voucher.vcj --voucher-anchor "$PKI/mfr-root.pem" --serial ''
check "no file to inspect" 2 'no file given' sztp inspect
check "two files to inspect" 2 'more than one file' sztp inspect a b
check "inspect a file that is not there" 2 "can't read missing" sztp inspect missing

# shellcheck disable=SC2054
full=(--serial "$serial" --pinned "$PKI/owner-root.pem" --signer "$PKI/voucher-signer.pem" --key "$PKI/voucher-signer.key")
# The same voucher again, a day later (LIFE-09).
renew() { sztp voucher renew "$1" "${signer[@]}" "${@:2}" --out renewed.vcj; }
leaves() { openssl cms -verify -noverify -inform DER -in "$1" 2>/dev/null | sed -E 's/"(created-on|expires-on)":"[^"]*"/"\1"/g'; }
issue old --created-on 2026-01-01T00:00:00Z --expires-on 2036-01-01T00:00:00Z --idevid "$PKI/idevid.pem" --revocation-checks
check "voucher renew" 0 '' renew old.vcj
same "all other leaves are equal" "$(leaves old.vcj)" leaves renewed.vcj
check "and devices take it" 0 'accepted: the ownership voucher' sztp verify --voucher renewed.vcj --voucher-anchor "$PKI/mfr-root.pem" \
  --idevid "$PKI/idevid.pem"
issue nonced --nonce AAECAwQFBgcICQ==
check "renew: one with a nonce" 1 'a voucher with a nonce was for one request' renew nonced.vcj
check "renew: not after it" 1 'is not after that of the voucher' renew old.vcj --created-on 2025-12-31T00:00:00Z
check "renew: what is no voucher" 2 'renew: ' renew "$PKI/owner-root.pem"
check "renew: no signer" 2 '--signer CERT and --key KEY are needed' sztp voucher renew old.vcj
issue small --format cose-cbor --created-on 2026-01-01T00:00:00Z
check "voucher renew, in COSE" 0 '' renew small.vcj
check "it stays COSE" 0 'COSE' sztp inspect renewed.vcj

check "issue: no serial" 2 '--serial SN is needed' sztp voucher issue "${full[@]:2}"
check "issue: no pinned certificate" 2 '--pinned FILE is needed' sztp voucher issue "${full[@]:0:2}" "${full[@]:4}"
check "issue: no signer" 2 '--signer CERT is needed' sztp voucher issue "${full[@]:0:4}" "${full[@]:6}"
check "issue: no key" 2 '--key KEY is needed' sztp voucher issue "${full[@]:0:6}"
check "issue: another's key" 2 '--key .*owner.key' sztp voucher issue "${full[@]:0:6}" --key "$PKI/owner.key"
check "issue: a key that is none" 2 '--key' sztp voucher issue "${full[@]:0:6}" --key config.xml
check "issue: nonce and expires-on" 2 'exclude each other' sztp voucher issue "${full[@]}" --nonce $nonce --expires-on 2099-01-01T00:00:00Z
check "issue: expires before created" 2 'expires-on' sztp voucher issue "${full[@]}" --created-on 2024-02-01T00:00:00Z --expires-on 2024-01-01T00:00:00Z
check "issue: a date that is none" 2 '--created-on: .* right is RFC 3339' sztp voucher issue "${full[@]}" --created-on 2024-01-01
check "issue: a nonce that is short" 2 '8 to 32 octets' sztp voucher issue "${full[@]}" --nonce AAAA
check "issue: an assertion that is none" 2 'right are verified' sztp voucher issue "${full[@]}" --assertion Verified
check "issue: an identity without issuer" 2 'authority key identifier' sztp voucher issue "${full[@]}" --idevid "$PKI/idevid-root.pem"
check "issue: a folder that is not there" 2 "--out: can't write no/where: No such file" sztp voucher issue "${full[@]}" --out no/where
check "issue: a format that is none" 2 'right are cms-json, cose-cbor' sztp voucher issue "${full[@]}" --format jws
check "pack: nothing" 2 'no certificate given' sztp owner-cert pack
check "pack: a key" 2 'right is a certificate' sztp owner-cert pack "$PKI/owner.key"
check "redirect: no server" 2 'no server given' sztp conveyed redirect
for server in '' ':443' 'h:0' 'h:65536' 'h:x' '2001:db8::1' '[2001:db8::1' '[h]' 'h,' 'h:443:443' '[::1]x'; do
  check "redirect: server '$server'" 2 '--server' sztp conveyed redirect --server "$server"
done
check "redirect: an anchor that is not there" 2 "can't read missing" sztp conveyed redirect --server h,missing
check "redirect: an anchor without root" 2 '--server' sztp conveyed redirect --server "h,$PKI/owner-int.pem"
check "conveyed: a signer without key" 2 'give --key KEY too' sztp conveyed redirect --server h --signer "$PKI/owner.pem"
check "conveyed: a key without signer" 2 'give --signer CERT too' sztp conveyed redirect --server h --key "$PKI/owner.key"
check "conveyed: another's key" 2 '--key' sztp conveyed redirect --server h --signer "$PKI/owner.pem" --key "$PKI/other.key"
check "onboarding: configuration without handling" 2 'belong together' sztp conveyed onboarding --config config.xml
check "onboarding: handling without configuration" 2 'belong together' sztp conveyed onboarding --handling merge
check "onboarding: a handling that is none" 2 'right are merge, replace' sztp conveyed onboarding --config config.xml --handling overwrite
check "onboarding: an image without URI" 2 'needs --image-uri' sztp conveyed onboarding --image image.bin
check "onboarding: an image that is not there" 2 "--image: can't read missing" sztp conveyed onboarding --image missing --image-uri https://h/
check "an encoding that is none" 2 'right are json, xml' sztp conveyed redirect --server h --encoding yaml

# ---- files mixed up: what they are is said ----------------------------------------------------------------

base=(--serial "$serial" --pinned "$PKI/owner-root.pem")
check "a voucher as the owner certificate" 1 "^rejected: the owner certificate \(voucher.vcj\) is at fault: .* It is a file of 'ownership voucher'. A right one is made by 'sztp owner-cert pack'" \
  sztp verify "${voucher[@]}" --owner-cert voucher.vcj --conveyed onboarding.cms
check "an owner certificate as the voucher" 1 "It is a file of 'owner certificate or trust anchor'" sztp verify --voucher owner.cms "${anchor[@]}"
check "a private key as the voucher" 1 "It is a file of 'private key'" sztp verify --voucher "$PKI/owner.key" "${anchor[@]}"
check "a document that nobody wrapped" 1 "It is a file of 'document'" sztp verify --conveyed redirect.json
check "nothing of the kind about a right file" 1 'at fault: voucher-serial. The ownership voucher is for another' sztp verify --voucher voucher.vcj \
  --voucher-anchor "$PKI/mfr-root.pem" --serial EX4200-18
head -c 300 forms/voucher.vcj.pem >cut.pem
check "PEM that was cut off" 1 "It is PEM that can't be decoded" sztp verify --voucher cut.pem "${anchor[@]}"
check "PEM is taken, and told" 0 '^note: --voucher forms/voucher.vcj.pem is PEM or base64; on removable storage' sztp verify \
  --voucher forms/voucher.vcj.pem "${anchor[@]}"
check "DER is nothing to tell" 1 '' sh -c "sztp verify --voucher voucher.vcj --voucher-anchor '$PKI/mfr-root.pem' --serial $serial | grep PEM"
check "what is missing, with its option" 1 '^rejected: not given: the owner certificate \(--owner-cert FILE\): artifact-missing' \
  sztp verify "${voucher[@]}" --conveyed onboarding.cms
check "both that are missing" 1 '^rejected: not given: .*--owner-cert FILE\) and .*--voucher FILE' sztp verify --conveyed onboarding.cms
for option in --pinned --signer --chain --encrypt-to; do
  mixed=("${base[@]}" "${signer[@]}" --encrypt-to "$PKI/idevid.pem" --out mixed)
  for i in "${!mixed[@]}"; do [ "${mixed[$i]}" != $option ] || mixed[i + 1]=voucher.vcj; done
  check "issue: $option with a voucher" 2 "$option: voucher.vcj is a file of 'ownership voucher'; right is a certificate" \
    sztp voucher issue "${mixed[@]}"
done
check "pack: a voucher" 2 "voucher.vcj is a file of 'ownership voucher'" sztp owner-cert pack voucher.vcj
check "pack: what was packed before, with a new list" 0 '' sztp owner-cert pack owner.cms --crl root.crl --out repacked.cms
check "... has both" 0 '^revocation-list:' sztp inspect repacked.cms
check "--crl: a certificate as DER" 2 "is a file of 'certificate'; right is a CRL" sztp owner-cert pack "$PKI/owner.pem" --crl forms/owner.der
check "verify: an anchor that is a voucher" 2 "is a file of 'ownership voucher'; right is a certificate" sztp verify --voucher voucher.vcj \
  --voucher-anchor voucher.vcj --serial x
check "verify: an anchor that is an owner certificate" 2 'something else than bare certificates' sztp verify --voucher voucher.vcj \
  --voucher-anchor owner.cms --serial x
check "verify: a pinned certificate that was packed" 2 'is not a bare certificate' sztp verify --owner-cert owner.cms --pinned owner.cms
for form in -traditional ''; do
  # shellcheck disable=SC2086
  openssl pkey -in "$PKI/owner.key" $form -aes256 -passout pass:word -out guarded.key
  check "a key with a pass phrase${form:+ ($form)}" 2 '--key: guarded.key has a pass phrase; .* openssl pkey -in guarded.key' \
    sztp conveyed redirect --server h --signer "$PKI/owner.pem" --key guarded.key
done
check "verify: a key with a pass phrase" 2 'has a pass phrase' sztp verify --conveyed redirect.cms --idevid "$PKI/idevid.pem" --key guarded.key
cat "$PKI/server-root.pem" root.crl >anchor-and-list.pem
check "a trust anchor with a list beside it, as PEM" 0 '' sztp conveyed redirect --server "h,anchor-and-list.pem" --out listed-redirect.cms
check "... has the list" 0 '^      revocation-list:' sztp inspect listed-redirect.cms
check "redirect: an anchor without root, with its file" 2 "--server h,$PKI/owner-int.pem: .*self-signed root$" sztp conveyed redirect \
  --server "h,$PKI/owner-int.pem"
check "no advice about DER where a text is empty" 2 '1 to 256 are allowed$' sztp voucher issue --serial '' "${base[@]:2}" "${signer[@]}"
check "an unknown command of a group is named" 2 "after 'conveyed', unknown command 'onbording'; did you mean 'sztp conveyed onboarding'\?; 'sztp conveyed --help'" sztp conveyed onbording
check "a group's help names the group" 0 "^'sztp conveyed COMMAND --help'" sztp conveyed --help
check "inspect: the fault is in the last line" 1 'tampered: .*broken one: it is cut off: [0-9]+ octets are announced, 200 are there' sh -c 'head -c 200 voucher.vcj >tampered; sztp inspect tampered'

# ---- constrained vouchers and pinned keys (COSE group, VOUCH-17) ------------------------------------------

whole=(--voucher-anchor "$PKI/mfr-root.pem" --serial "$serial" --owner-cert owner.cms --conveyed onboarding.cms)
check "a voucher in COSE" 0 '' sztp voucher issue "${base[@]}" "${signer[@]}" --format cose-cbor --out voucher.vch
check "... begins with its tag" 0 'd2' sh -c 'head -c 1 voucher.vch | od -An -tx1'
judged "... is accepted where it is wanted" "accepted onboarding true" --voucher voucher.vch "${whole[@]}" --constrained
judged "... and nowhere else" "rejected voucher-format voucher-malformed -" --voucher voucher.vch "${whole[@]}"
check "... with the switch named" 1 'is shown by --constrained' sztp verify --voucher voucher.vch "${whole[@]}"
check "... is looked at" 0 'artifact: constrained ownership voucher' sztp inspect voucher.vch
check "... with its leaves" 0 '^  serial-number: EX4200-17' sztp inspect voucher.vch
check "... as JSON" 0 '"assertion":"verified"' sztp inspect --json voucher.vch
flipped voucher.vch -1
judged "... changed" "rejected voucher-signature voucher-untrusted cms-signature-invalid" --voucher tampered "${whole[@]}" --constrained
tampered voucher.vch EX4200-17 EX4200-18
judged "... for another device" "rejected voucher-signature voucher-untrusted cms-signature-invalid" --voucher tampered "${whole[@]}" --constrained
check "RSA signs no COSE" 2 'not an EC key' sztp voucher issue "${base[@]}" --signer "$PKI/voucher-signer-rsa.pem" --key "$PKI/voucher-signer-rsa.key" --format cose-cbor
openssl x509 -in "$PKI/owner.pem" -pubkey -noout >owner-key.pem
for format in cms-json cose-cbor; do
  for pin in key key-sha256; do
    for file in "$PKI/owner.pem" owner-key.pem; do
      check "a voucher that pins a $pin of $(basename "$file"), $format" 0 '' sztp voucher issue --serial $serial --pinned "$file" \
        --pin $pin "${signer[@]}" --format $format --out pinned.v
      judged "... is accepted where it is wanted" "accepted onboarding true" --voucher pinned.v "${whole[@]}" --constrained
    done
    check "a voucher that pins another $pin, $format" 0 '' sztp voucher issue --serial $serial --pinned "$PKI/other.pem" --pin $pin \
      "${signer[@]}" --format $format --out pinned.v
    judged "... is refused" "rejected owner-chain owner-untrusted pkix-no-path" --voucher pinned.v "${whole[@]}" --constrained
  done
done
check "a voucher that pins a key" 0 '' sztp voucher issue --serial $serial --pinned "$PKI/owner.pem" --pin key "${signer[@]}" --out pinned.vcj
judged "... is refused where it is not wanted" "rejected pinned-cert voucher-malformed -" --voucher pinned.vcj "${whole[@]}"
check "... with the switch named" 1 'is shown by --constrained' sztp verify --voucher pinned.vcj "${whole[@]}"
check "a pin that is none" 2 'right are cert, key, key-sha256' sztp voucher issue "${base[@]}" "${signer[@]}" --pin x
check "no key to pin" 2 '--pinned' sztp voucher issue --serial $serial --pinned script.sh --pin key "${signer[@]}"

# ---- encrypted artifacts ------------------------------------------------------------------------------

sealed=(--encrypt-to "$PKI/enc/rsa2.pem" --encrypt-to "$PKI/idevid.pem")
own=(--idevid "$PKI/idevid.pem" --key "$PKI/idevid.key")
check "encrypting a voucher" 0 '' sztp voucher issue "${full[@]}" --chain "$PKI/mfr-int.pem" "${sealed[@]}" --out sealed.vcj
check "encrypting an owner certificate" 0 '' sztp owner-cert pack "$PKI/owner.pem" "$PKI/owner-int.pem" "${sealed[@]}" --out sealed-owner.cms
check "encrypting signed information" 0 '' sztp conveyed redirect --server h --signer "$PKI/owner.pem" --key "$PKI/owner.key" "${sealed[@]}" --out sealed-redirect.cms
check "encrypting unsigned information" 0 '' sztp conveyed onboarding --post-script script.sh --encrypt-to "$PKI/idevid.pem" --out sealed-plain.cms
three=(--voucher sealed.vcj --voucher-anchor "$PKI/mfr-root.pem" --owner-cert sealed-owner.cms --conveyed sealed-redirect.cms)
judged "everything encrypted" "accepted redirect true" "${three[@]}" "${own[@]}"
judged "everything encrypted, without the key" "rejected decryption enc-no-recipient -" "${three[@]}" --idevid "$PKI/idevid.pem"
judged "everything encrypted, for another device" "rejected decryption enc-no-recipient -" "${three[@]}" --serial EX4200-17 --idevid "$PKI/enc/rsa.pem" --key "$PKI/enc/rsa.key"
judged "encrypted, unsigned, from nobody" "rejected decryption unsigned-onboarding-untrusted -" --conveyed sealed-plain.cms "${own[@]}"
judged "encrypted, unsigned, from a trusted server" "accepted onboarding true" --conveyed sealed-plain.cms --channel trusted "${own[@]}"
head -c -1 sealed-plain.cms >cut.cms
judged "encrypted and cut" "rejected info-format cms-malformed -" --conveyed cut.cms --channel trusted "${own[@]}"
{ head -c -1 sealed-plain.cms && tail -c 1 sealed-plain.cms | tr '\000-\377' '\001-\377\000'; } >changed.cms
judged "encrypted and changed" "rejected decryption enc-decrypt-failed -" --conveyed changed.cms --channel trusted "${own[@]}"
check "the step names artifacts and algorithms" 0 \
  '^passed +decryption +voucher: ECDH with sha256kdf and aes256-wrap, aes256-CBC; conveyed-information: .*; owner-certificate: ' sztp verify "${three[@]}" "${own[@]}"
check "the artifact at fault is named" 1 "rejected: the ownership voucher \\(sealed.vcj\\) can't be judged: enc-no-recipient. It is encrypted; give --key FILE" \
  sztp verify --voucher sealed.vcj --voucher-anchor "$PKI/mfr-root.pem" --idevid "$PKI/idevid.pem"
for file in cbc128 gcm256 oaep256; do
  judged "what openssl encrypted: $file" "accepted onboarding true" --conveyed "$PKI/enc/$file.cms" --channel trusted --serial x \
    --idevid "$PKI/enc/rsa.pem" --key "$PKI/enc/rsa.key"
done
# ENC-05, ENC-06, ENC-09, ENC-11: each cipher and padding, opened by openssl(1), too
for form in "aes128-cbc - aes128-CBC RSAES-PKCS1-v1_5" "aes192-cbc sha1 aes192-CBC RSAES-OAEP" "aes256-cbc sha512 aes256-CBC RSAES-OAEP" \
  "aes128-gcm sha384 aes128-GCM RSAES-OAEP" "aes192-gcm - aes192-GCM RSAES-PKCS1-v1_5" "aes256-gcm sha256 aes256-GCM RSAES-OAEP"; do
  read -r cipher padding content key <<<"$form"
  how=(--cipher "$cipher")
  [ "$padding" = - ] || how+=(--oaep "$padding")
  check "encrypting with $cipher and $padding" 0 '' sztp conveyed onboarding --post-script script.sh --encrypt-to "$PKI/enc/rsa.pem" "${how[@]}" --out form.cms
  judged "... is opened" "accepted onboarding true" --conveyed form.cms --channel trusted --serial x --idevid "$PKI/enc/rsa.pem" --key "$PKI/enc/rsa.key"
  check "... is of that form" 0 "^content-encryption-algorithm: $content" sztp inspect form.cms
  check "... and its key too" 0 "key-encryption-algorithm: $key" sztp inspect form.cms
  check "... and opened by openssl" 0 'post-configuration-script' openssl cms -decrypt -inform DER -in form.cms -recip "$PKI/enc/rsa.pem" -inkey "$PKI/enc/rsa.key"
done
check "a voucher in AES-GCM" 0 '' sztp voucher issue "${full[@]}" --chain "$PKI/mfr-int.pem" "${sealed[@]}" --cipher aes256-gcm --oaep sha256 --out gcm.vcj
check "an owner certificate in AES-GCM" 0 '' sztp owner-cert pack "$PKI/owner.pem" "$PKI/owner-int.pem" "${sealed[@]}" --cipher aes128-gcm --out gcm-owner.cms
judged "both beside information in AES-CBC" "accepted redirect true" --voucher gcm.vcj --voucher-anchor "$PKI/mfr-root.pem" --owner-cert gcm-owner.cms \
  --conveyed sealed-redirect.cms "${own[@]}"
check "a cipher that is none" 2 'right are aes128-cbc, aes192-cbc, aes256-cbc, aes128-gcm, aes192-gcm, aes256-gcm' \
  sztp conveyed redirect --server h --encrypt-to "$PKI/idevid.pem" --cipher aes
check "a hash that is none" 2 'right are sha1, sha256, sha384, sha512' sztp conveyed redirect --server h --encrypt-to "$PKI/idevid.pem" --oaep md5
check "how to encrypt, but to nobody" 2 'give --encrypt-to CERT' sztp conveyed redirect --server h --cipher aes256-gcm
check "COSE can't be encrypted" 2 "only CMS can be encrypted" sztp voucher issue "${base[@]}" "${signer[@]}" --format cose-cbor "${sealed[@]}"
judged "a voucher in COSE beside what is encrypted" "accepted redirect true" --constrained --voucher voucher.vch "${three[@]:2}" "${own[@]}"
check "--key without --idevid" 2 '--key needs --idevid' sztp verify --conveyed sealed-plain.cms --key "$PKI/idevid.key"
check "--key of another certificate" 2 'is not the private key of' sztp verify --conveyed sealed-plain.cms --idevid "$PKI/idevid.pem" --key "$PKI/owner.key"
check "--key that is none" 2 'is not the private key of' sztp verify --conveyed sealed-plain.cms --idevid "$PKI/idevid.pem" --key "$PKI/idevid.pem"
check "--key that is not there" 2 "--key: can't read missing" sztp verify --conveyed sealed-plain.cms --idevid "$PKI/idevid.pem" --key missing
check "--encrypt-to what is not there" 2 "can't read missing" sztp conveyed redirect --server h --encrypt-to missing
check "--encrypt-to a key" 2 'right is a certificate' sztp conveyed redirect --server h --encrypt-to "$PKI/owner.key"
check "--encrypt-to a weak key" 2 'a key of 1024 bits' sztp conveyed redirect --server h --encrypt-to "$PKI/cms/rsa1024.pem"
check "inspect: the recipients" 0 'key-encryption-algorithm: RSAES-PKCS1-v1_5' sztp inspect sealed.vcj
check "inspect: the content" 0 '^encrypted-content-type: id-signedData' sztp inspect sealed.vcj
check "inspect: the cipher" 0 '^content-encryption-algorithm: aes256-CBC' sztp inspect sealed.vcj
check "inspect: nothing of what is inside" 1 '' sh -c "sztp inspect sealed.vcj | grep -e assertion -e pinned"

# ---- DNS records (RFC 8572 4.2) -------------------------------------------------------------------------

artifacts=(--voucher voucher.vcj --owner-cert owner.cms --conveyed redirect.cms)
check "dns encode: artifacts" 0 '^EX4200-17\._sztp\.example\.net\. 3600 IN TXT \( "ci=0' sztp dns encode --serial EX4200-17 --domain example.net "${artifacts[@]}"
same "... three records" 3 grep -c ' IN TXT (' "$work/out"
check "dns encode: servers" 0 '^_sztp\._tcp\.local\. 60 IN SRV 10 3 8443 boot1\.local\.$' sztp dns encode --domain local --ttl 60 \
  --server boot1.local:8443,10,3 --server boot2.local
same "... with their defaults" '_sztp._tcp.local. 60 IN SRV 0 0 443 boot2.local.' tail -n 1 "$work/out"
check "dns encode: both" 0 'IN SRV' sztp dns encode --serial 'A.1' --domain example.net --conveyed redirect.cms --server h
same "... a dot in a serial number is escaped" 'A\.1._sztp.example.net.' sh -c "head -n 1 '$work/out' | cut -d' ' -f1"
check "dns encode: from PEM" 0 '"ci=0' sh -c "{ echo '-----BEGIN CMS-----'; openssl base64 -in redirect.cms; echo '-----END CMS-----'; } | sztp dns encode --serial x --domain d --conveyed -"
if command -v named-checkzone >/dev/null; then
  { printf '%s\n' '$TTL 60' '@ IN SOA ns h 1 60 60 60 60' '@ IN NS ns' 'ns IN A 192.0.2.1'
    sztp dns encode --serial 'EX"42;00\17' --domain example.net "${artifacts[@]}" --server ns.example.net --force 2>/dev/null; } >zone
  check "dns encode: BIND reads it" 0 '^OK$' named-checkzone example.net zone
else
  echo "skipped dns encode: BIND is not installed"
fi
check "dns encode: no domain" 2 '--domain is needed' sztp dns encode --server h
check "dns encode: nothing" 2 'nothing to encode' sztp dns encode --domain d
check "dns encode: no serial number" 2 '--serial is needed' sztp dns encode --domain d --conveyed redirect.cms
check "dns encode: no conveyed information" 2 '--conveyed is needed' sztp dns encode --domain d --serial x --voucher voucher.vcj
check "dns encode: a serial number that is no label" 2 'a label of more than 63 octets' sztp dns encode --domain d --conveyed redirect.cms \
  --serial 0123456789012345678901234567890123456789012345678901234567890123
check "dns encode: a domain that is none" 2 'an empty label' sztp dns encode --domain a..b --server h
head -c 70000 /dev/zero | tr '\0' 0 >huge
check "dns encode: more than a record holds" 2 'ci of 70000 octets makes a TXT record of more than 65535' sztp dns encode --serial x --domain d --conveyed huge
for server in '' h:0 h,1 h,1,2,3 h,x,1 h,1,65536 ,1,2; do
  check "dns encode: server '$server'" 2 'right is HOST' sztp dns encode --domain d --server good --server "$server"
done
check "dns encode: an address" 2 'an SRV record names a host' sztp dns encode --domain d --server 192.0.2.1
check "dns encode: a time that is none" 2 'right are seconds' sztp dns encode --domain d --server h --ttl 2147483648

# ---- removable write (USB-02, USB-03, USB-04, USB-05, USB-06, USB-07) -----------------------------------

device_serial=EX4200-17
mkdir usb
sztp voucher issue --serial $device_serial --pinned "$PKI/owner-root.pem" --signer "$PKI/voucher-signer.pem" \
  --key "$PKI/voucher-signer.key" --chain "$PKI/mfr-int.pem" --out usb.vcj
sztp owner-cert pack "$PKI/owner.pem" "$PKI/owner-int.pem" --out usb-owner.cms
head -c 5000 /dev/urandom >'os image.bin'
sztp conveyed onboarding --os-name OS --os-version 2 --image 'os image.bin' --image-uri file:///images/os%20image.bin \
  --signer "$PKI/owner.pem" --key "$PKI/owner.key" --out usb-info.cms
write() { sztp removable write "${stick:-usb}" --serial "${sn:-$device_serial}" "$@"; }
three=(--voucher usb.vcj --owner-cert usb-owner.cms --conveyed usb-info.cms)
data=$device_serial/bootstrapping-data

check "removable: three artifacts" 0 'wrote EX4200-17/bootstrapping-data/ownership-voucher.vcj, [0-9]+ octets' write "${three[@]}"
check "... with nothing else beside them" 0 '^3$' sh -c "find usb -type f | wc -l"
check "... as they are" 0 '' sh -c "cmp usb.vcj usb/$data/ownership-voucher.vcj && cmp usb-owner.cms usb/$data/owner-certificate.cms && cmp usb-info.cms usb/$data/conveyed-information.cms"
check "... and an image that is missing is told" 0 'note: .* file:///images/os%20image.bin, which is not on the medium' write "${three[@]}"
check "removable: an image" 0 'its URI in onboarding information is file:///images/os%20image.bin$' write "${three[@]}" --image 'os image.bin'
check "... is there" 0 '' cmp 'os image.bin' 'usb/images/os image.bin'
check "... so that nothing is missing" 0 '^0$' sh -c "sztp removable write usb --serial $device_serial ${three[*]} | grep -c ^note: || true"
check "removable: the layout of IOS-XR, verified" 0 'a device with the serial number EX4200-17 and removable.enterprise-number 9 finds' \
  write "${three[@]}" --layout xr --enterprise 9 --voucher-anchor "$PKI/mfr-root.pem"
check "... has its folder" 0 '' test -f "usb/EN9/$data/conveyed-information.cms"
openssl base64 -in usb.vcj -out usb-b64.vcj
openssl cms -cmsout -inform DER -outform PEM -in usb-info.cms -out usb-info.pem
check "removable: base64 and PEM become DER" 0 'wrote' write --voucher usb-b64.vcj --owner-cert usb-owner.cms --conveyed usb-info.pem
check "... as a device wants it" 0 '' sh -c "cmp usb.vcj usb/$data/ownership-voucher.vcj && cmp usb-info.cms usb/$data/conveyed-information.cms"
touch "usb/$data/ownership-voucher.cms"
check "removable: an unsigned redirect" 0 'wrote .*conveyed-information.cms' sh -c \
  "sztp conveyed redirect --server boot.example.net --out usb-plain.cms && sztp removable write usb --serial $device_serial --conveyed usb-plain.cms"
check "... alone: no companions of others stay" 0 '^conveyed-information.cms$' ls "usb/$data"
check "removable: a stick that was pulled out while it was written" 0 'wrote' sh -c \
  "touch usb/$data/ownership-voucher.vcj.part && sztp removable write usb --serial $device_serial ${three[*]}"
check "... has no remains" 0 '^3$' sh -c "ls usb/$data | wc -l"

before=$(find usb -type f -exec sha256sum {} + | sort)
sn=OTHER check "removable: another device's voucher" 1 '--voucher: it is for another device: EX4200-17; nothing was written' write "${three[@]}"
check "removable: artifacts mixed up" 1 '--voucher: it is something else: owner certificate' \
  write --voucher usb-owner.cms --owner-cert usb.vcj --conveyed usb-info.cms
check "removable: a document is no artifact" 1 '--owner-cert: it is something else: document' \
  write --voucher usb.vcj --owner-cert config.xml --conveyed usb-info.cms
check "removable: a certificate is none, either" 1 '--owner-cert: it is something else: certificate' \
  write --voucher usb.vcj --owner-cert "$PKI/owner.pem" --conveyed usb-info.cms
check "removable: a key is none, and is not shown" 1 '--conveyed: it is something else: private key' \
  write --voucher usb.vcj --owner-cert usb-owner.cms --conveyed "$PKI/owner.key"
head -c 500 usb-info.cms >usb-cut.cms
check "removable: half an artifact" 1 '--conveyed: it is no artifact, or a broken one' \
  write --voucher usb.vcj --owner-cert usb-owner.cms --conveyed usb-cut.cms
sztp conveyed onboarding --config config.xml --handling merge --out usb-unsigned.cms
check "removable: unsigned onboarding information" 1 'never trusted on removable storage' write --conveyed usb-unsigned.cms
check "removable: unsigned with companions" 1 'the others are of no use' write "${three[@]:0:4}" --conveyed usb-plain.cms
check "removable: signed without companions" 1 'useless without --voucher' write --conveyed usb-info.cms
check "removable: another manufacturer" 1 'a device would refuse this: voucher-untrusted: ' write "${three[@]}" --voucher-anchor "$PKI/other-root.pem"
sztp owner-cert pack "$PKI/other.pem" --out usb-other.cms
check "removable: another owner" 1 'a device would refuse this: ' \
  write --voucher usb.vcj --owner-cert usb-other.cms --conveyed usb-info.cms --voucher-anchor "$PKI/mfr-root.pem"
same "... and nothing of that was written" "$before" sh -c 'find usb -type f -exec sha256sum {} + | sort'

check "removable: no folder" 2 'no folder given; give DIR' sztp removable write --serial x --conveyed usb-plain.cms
check "removable: two folders" 2 'more than one folder' write "${three[@]}" elsewhere
check "removable: no serial number" 2 '--serial SN is needed' sztp removable write usb --conveyed usb-plain.cms
check "removable: no conveyed information" 2 '--conveyed FILE is needed' write
check "removable: half of the companions" 2 'belong together; give --owner-cert FILE too' write --voucher usb.vcj --conveyed usb-info.cms
check "removable: a layout that is none" 2 'right are rfc, xr' write "${three[@]}" --layout xe
check "removable: the layout of IOS-XR is Cisco's unless told otherwise" 0 'removable.enterprise-number 9 finds' write "${three[@]}" --layout xr
check "removable: an enterprise for nothing" 2 'goes with --layout xr only' write "${three[@]}" --enterprise 9
for number in 0 x 4294967296 -1 99999999999999999999; do
  check "removable: enterprise $number" 2 "--enterprise: '$number' is not right" write "${three[@]}" --layout xr --enterprise "$number"
done
check "... and the largest" 0 'EN4294967295/' write "${three[@]}" --layout xr --enterprise 4294967295
for name in ../x a/b . 'a\b'; do
  sn=$name check "removable: serial number $name" 2 "can't name a folder" write --conveyed usb-plain.cms
done
stick=nowhere check "removable: no such folder" 2 "can't write into nowhere: No such file.*mounted" write "${three[@]}"
stick=config.xml check "removable: a file" 2 "can't write into config.xml: Not a directory" write "${three[@]}"
check "removable: no image" 2 "--image: can't read missing: No such file" write "${three[@]}" --image missing
check "removable: a folder as image" 2 "--image: can't read usb: it is no file" write "${three[@]}" --image usb
mkdir elsewhere linked
ln -s ../elsewhere "linked/$device_serial"
stick=linked check "removable: a link on the stick" 2 'it is a symbolic link' write "${three[@]}"
check "... is not followed" 0 '^0$' sh -c 'ls elsewhere | wc -l'
check "removable: a full device" 2 "can't write" sh -c "sztp removable write usb --serial $device_serial ${three[*]} >/dev/full"


# ---- output -------------------------------------------------------------------------------------------

echo old >kept
chmod 600 kept
check "a failure leaves the old file" 2 'key' sztp voucher issue "${full[@]:0:6}" --key "$PKI/owner.key" --out kept
same "... as it was" old cat kept
check "no temporary files are left" 0 '^0$' sh -c 'ls -A . | grep -c "^kept\..\|^voucher.vcj\.." || true'
check "a full device" 2 "can't write" sh -c "sztp verify --help >/dev/full"
check "an artifact to a full device" 2 "can't write standard output: No space" sh -c "sztp owner-cert pack '$PKI/owner.pem' >/dev/full"
if script -qec true /dev/null >/dev/null 2>&1 </dev/null; then
  check "no binary to a terminal" 2 'give --out FILE' sh -c \
    "script -qec \"sztp owner-cert pack '$PKI/owner.pem' 2>terminal\" /dev/null >/dev/null </dev/null; status=\$?; cat terminal >&2; exit \$status"
else
  echo "skipped no binary to a terminal: no pseudo-terminal to be had here"
fi

# ---- help and version ---------------------------------------------------------------------------------

for command in verify inspect 'voucher issue' 'owner-cert pack' 'conveyed redirect' 'conveyed onboarding' 'dhcp encode' 'dhcp decode' \
  'removable write'; do
  # shellcheck disable=SC2086
  {
    check "sztp $command --help" 0 "^  sztp $command" sztp $command --help
    check "sztp $command --help: usage" 0 "^Usage: sztp $command" sztp $command --help
    check "sztp $command --version" 0 '^sztp [0-9]+\.[0-9]+\.[0-9]+$' sztp $command --version
  }
done
for group in voucher owner-cert conveyed dhcp removable; do
  check "sztp $group --help" 0 "^  sztp $group " sztp $group --help
  check "sztp $group --version" 0 '^sztp [0-9]' sztp $group --version
done
check "sztp --help" 0 'sztp conveyed onboarding' sztp --help
check "sztp --version" 0 '^sztp [0-9]' sztp --version

# ---- the examples of the help texts and of the manual page run, in a folder with the files that they name ----

mkdir examples && cp "$PKI"/*.pem "$PKI"/*.key config.xml examples
printf '#!/bin/sh\n' >examples/ready.sh
mkdir examples/stick
# run_examples NAME: the commands on standard input
run_examples() {
  local text
  text=$(sed ':again; /\\$/ { N; s/\\\n//; b again }' | sed -n 's/^ *\(sztp .*\)/\1/p')
  if [ -n "$text" ] && (cd examples && bash -ec "$text") >"$work/out" 2>"$work/err" </dev/null; then
    ok "$1"
  else
    bad "$1" "$text" "$(cat err)"
  fi
}
for command in 'voucher issue' 'owner-cert pack' 'conveyed redirect' 'conveyed onboarding' verify inspect 'dhcp encode' 'dhcp decode' \
  'removable write' ''; do
  # shellcheck disable=SC2086
  run_examples "examples of sztp $command --help" < <(sztp $command --help | sed -n '/^Examples*:$/,$p')
done
run_examples "examples of the manual page" < <(sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE ALSO/p' "$project/tools/sztp/sztp.1" |
  grep -v '^\.' | sed 's/\\e$/\\/')
conclude
