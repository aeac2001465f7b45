#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Evidence from a software TPM, in the certificate signing request of a bootstrap: read by a program that shares no code with the
# library, by openssl, and by tpm2_checkquote; and what the agent says of it. Environment: BUILD, PKI, CC.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
. tests/common/bootstrap.sh
. tests/common/swtpm.sh
[ -e "$BUILD/lib/libsztp-tpm2.so" ] || skip_all "built without libsztp-tpm2"
need swtpm tpm2_readpublic tpm2_checkquote openssl python3 yanglint
export TSS2_LOG=all+none
build_tpm2_make || exit 2
start_tpm "$work/tpm"
"$work/tpm2_make" "$tcti" p256 storage 0x81000001 && make_key idevid digitalSignature p256 idevid 0x81020000 || exit 2

# The attestation keys' certificates are by an intermediate of the manufacturer's, with TCG's policy for restricted keys.
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/sub.key" -subj "/O=Example/CN=Attestation CA" \
  -out "$work/sub.csr" 2>/dev/null
openssl x509 -req -in "$work/sub.csr" -CA "$PKI/idevid-root.pem" -CAkey "$PKI/idevid-root.key" -set_serial 17 -days 3000 \
  -out "$work/sub.pem" -extfile <(printf 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\nsubjectKeyIdentifier=hash\n') 2>/dev/null
iak() { # NAME ALG HANDLE [x] [AUTH]
  "$work/tpm2_make" "$tcti" "$2" iak "${@:3}" && tpm2_readpublic -Q -c "$3" -f pem -o "$work/$1.pub" &&
    openssl x509 -req -in "$work/any.csr" -force_pubkey "$work/$1.pub" -CA "$work/sub.pem" -CAkey "$work/sub.key" -set_serial 18 \
      -days 3000 -out "$work/$1.leaf" -extfile <(
        printf 'keyUsage=critical,digitalSignature\ncertificatePolicies=2.23.133.11.1.3\nauthorityKeyIdentifier=keyid\n'
      ) 2>/dev/null && cat "$work/$1.leaf" "$work/sub.pem" "$PKI/idevid-root.pem" >"$work/$1.pem"
}
iak p256 p256 0x81020001 && iak p384 p384 0x81020005 && iak rsa rsa2048 0x81020006 && iak guarded p256 0x81020007 x 'open sesame' || exit 2
openssl x509 -in "$work/p256.leaf" -outform DER >"$work/nv" && openssl x509 -in "$work/sub.pem" -outform DER >>"$work/nv"
tpm2_nvdefine -Q -C o -s "$(stat -c %s "$work/nv")" -a 'ownerwrite|ownerread|authread|no_da' 0x01c90100 && tpm2_nvwrite -Q -C o -i "$work/nv" 0x01c90100 || exit 2
printf 'open sesame\n' >"$work/auth" && chmod 600 "$work/auth"

echo '{"evidence": "given"}' >"$work/configuration"
csr="\"csr\": {\"keys\": [\"p256\"], \"tcti\": \"$tcti\"}"
# attests MEMBERS: the rest of a device's configuration
attests() { echo "$csr, \"servers\": [\"localhost:$port\"], \"attestation\": { $1 }"; }
key() { echo "\"key\": { \"tcti\": \"$tcti\", $1 }"; }

# asks NAME KINDS [OPTION...]: a server that asks for evidence, in $owner
asks() {
  owner=$work/owner-$1
  mkdir -p "$owner"
  cp "$PKI/server.pem" "$PKI/server.key" "$owner"
  cp "$PKI/idevid-root.pem" "$owner/device-ca.pem"
  sztp conveyed onboarding --config "$work/configuration" --handling replace --out "$owner/conveyed"
  tests/interop/evidence.py ask "$owner" "$serial" "$2"
  tests/common/strict_server.py "$owner" "$owner/port" --modules tests/yang --info "$owner/info" "${@:3}" >"$owner/log" 2>&1 &
  started+=($!)
  wait_until 10 test -s "$owner/port"
  port=$(cat "$owner/port" 2>/dev/null)
}
# judged NAME LINE...: the request has these results, and no other is NO
judged() {
  local name=$1 line
  shift
  tests/interop/evidence.py read "$owner" "$(grep -lE 'sztp-csr:p10-csr"|<p10-csr' "$owner"/request-*)" "$PKI/idevid-root.pem" "$PKI/idevid.pem" >"$owner/judged" 2>&1
  for line in "$@"; do grep -qx -- "$line" "$owner/judged" || { bad "$name" "lacks: $line" "$(cat "$owner/judged" "$dev.said")"; return; }; done
  if grep -qe NO -e Traceback "$owner/judged"; then bad "$name" "$(cat "$owner/judged")"; else ok "$name"; fi
}
# bootstrapped NAME: and what was said is in $dev.said
bootstrapped() {
  bootstraps "$1: bootstrapped"
  cat "$work/out" "$work/err" >"$dev.said"
}
nothing_left() {
  local left
  left=$(tpm2_getcap handles-transient && tpm2_getcap handles-loaded-session && tpm2_getcap handles-saved-session)
  if [ -z "$left" ]; then ok "$1"; else bad "$1" "$left"; fi
}

# ---- ATT-02, ATT-03, ATT-05, ATT-06, ATT-07, ATT-08, ATT-11: each kind of attestation key ---------------------------------

while read -r name members; do
  asks "$name" quote,certify
  device "$name" "$(attests "\"evidence\": [\"certify\", \"quote\"], $members")"
  bootstrapped "$name"
  judged "$name: the evidence is good, in the order asked for" "evidence: quote,certify" "quote: PCRs 0x9f of bank 0xb" "certificates: 2" \
    "certify: it is the key of the request: yes" "quote: it is about the values: yes"
  [ "$name" = rsa ] || # which 5.4 takes for PKCS #1, whatever the signature says
    holds "$name: tpm2_checkquote accepts it" tpm2_checkquote -Q -u "$owner/iak.pub.pem" -m "$owner/quote.msg" \
      -s "$owner/quote.sig" -f "$owner/quote.pcrs" -l sha256:0,1,2,3,4,7 -g "$([ "$name" = p384 ] && echo sha384 || echo sha256)" \
      -q "$(xxd -p -c 64 "$owner/nonce")"
done <<LIST
p256 "certificate": "$work/p256.pem", $(key '"handle": "0x81020001"')
p384 "certificate": "$work/p384.pem", $(key '"handle": "0x81020005"')
rsa "certificate": "$work/rsa.pem", $(key '"handle": "0x81020006"')
guarded "certificate": "$work/guarded.pem", $(key "\"handle\": \"0x81020007\", \"auth-file\": \"$work/auth\"")
nv "certificate-index": "0x01c90100", $(key '"handle": "0x81020001"')
LIST
nothing_left "nothing is left in the TPM"

# ---- ATT-12: what is said and kept of it ---------------------------------------------------------------------------------

check "the log says to whom, and which" 0 'localhost: the certificate signing request has evidence: certify, quote' cat "$dev.said"
check "so does the journal" 0 '"event": ?"evidence-given".*"server": ?"localhost".*certify, quote' cat "$dev/state/journal"
check "so does the status" 0 'evidence for servers that ask: certify, quote' cat "$dev/status/status.json"
name=$(agent key list)
check "the agent says whose the key is" 0 "the owner's key is $name" cat "$dev.said"
holds "the key that was made is kept" test -e "$dev/state/keys/$name.pem"
holds "the request with evidence is not" test ! -e "$dev/state/keys/$name.csr"
holds "nor is evidence anywhere else, or in the log" python3 - "$owner/quote.msg" "$dev.said" "$dev" <<'PY'
import base64, os, sys
evidence = open(sys.argv[1], "rb").read()
found = []
for path in [sys.argv[2]] + [os.path.join(f, n) for f, _, names in os.walk(sys.argv[3]) for n in names]:
    octets = open(path, "rb").read()
    part = evidence[8:40]
    if part in octets or part.hex().encode() in octets.lower() or base64.b64encode(evidence[9:39])[4:36] in octets:
        found.append(path)
sys.exit(", ".join(found) or 0)
PY

asks xml certify --xml
device xml "$(attests "\"evidence\": [\"certify\"], \"certificate\": \"$work/p256.pem\", $(key '"handle": "0x81020001"')")"
bootstrapped "XML"
judged "XML: the evidence is good" "evidence: certify"

# ---- ATT-01, ATT-10, ATT-11: policy ----------------------------------------------------------------------------------------

asks off quote,certify
device off "$csr, \"servers\": [\"localhost:$port\"]"
bootstrapped "off by default"
judged "off by default: no evidence" "evidence: none"
check "and the log says that it was asked for" 0 "left out: quote: the device's policy does not allow it" cat "$dev.said"
asks some certify,quote,other
device some "$(attests "\"evidence\": [\"quote\"], \"pcrs\": [0, 23], \"certificate\": \"$work/p256.pem\", $(key '"handle": "0x81020001"')")"
bootstrapped "some"
judged "one kind is allowed, and other PCRs" "evidence: quote" "quote: PCRs 0x800001 of bank 0xb"
check "what is left out is told" 0 'left out: certify: .*policy' cat "$dev.said"
check "also what nobody knows" 0 'left out: a statement of an unknown type' cat "$dev.said"

# ---- ATT-04, and wrong configurations --------------------------------------------------------------------------------------

port=1
while IFS='|' read -r why members; do
  device wrong "$(attests "$members")"
  check "refused: $why" 4 "$why" agent run
done <<LIST
attestation.key.handle: the key is no attestation key: it is not restricted|"evidence": ["quote"], "certificate": "$work/idevid.pem", $(key '"handle": "0x81020000"')
attestation.key.handle: the key in the TPM is not that of the certificate|"evidence": ["quote"], "certificate": "$work/p384.pem", $(key '"handle": "0x81020001"')
attestation.key: .*NV index of certificates|"evidence": ["quote"], "certificate-index": "0x81020001", $(key '"handle": "0x81020001"')
attestation.evidence: is missing|"certificate": "$work/p256.pem", $(key '"handle": "0x81020001"')
attestation.key: is missing|"evidence": ["quote"], "certificate": "$work/p256.pem"
attestation.certificate: is missing|"evidence": ["quote"], $(key '"handle": "0x81020001"')
attestation.pcrs\[1\]: is 24; must be 0 to 23|"evidence": ["quote"], "pcrs": [0, 24], "certificate": "$work/p256.pem", $(key '"handle": "0x81020001"')
attestation.pcrs\[1\]: appears twice|"evidence": ["quote"], "pcrs": [7, 7], "certificate": "$work/p256.pem", $(key '"handle": "0x81020001"')
attestation.pcrs: is of no use|"evidence": ["certify"], "pcrs": [7], "certificate": "$work/p256.pem", $(key '"handle": "0x81020001"')
LIST
device wrong "\"csr\": {\"keys\": [\"p256\"]}, \"servers\": [\"localhost:1\"], \"attestation\": {
  \"evidence\": [\"certify\"], \"certificate\": \"$work/p256.pem\", $(key '"handle": "0x81020001"')}"
check "refused: keys that no TPM makes can't be certified" 4 'csr.tcti is missing' agent run
nothing_left "nothing is left in the TPM in the end"
conclude
