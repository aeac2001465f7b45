#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Evidence on the owner's side (ATT-04..07, 10, 13..16): made by a software TPM and judged by us and by tpm2_checkquote, forged in
# three ways that tpm2_checkquote 5.4 accepts, and asked for by sztp-server. Without swtpm what needs none is tested all the same,
# with evidence by keys in files. Environment: BUILD, PKI, CC.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
. tests/common/bootstrap.sh
. tests/common/swtpm.sh
need openssl python3
evidence() { tests/common/evidence_csr.py "$@"; }
export TSS2_LOG=all+none

# ---- keys in files ------------------------------------------------------------------------------------------------------

restricted=2.23.133.11.1.3
# attestation_cert NAME SERIAL [POLICY]: of the public key NAME.pub, by the manufacturer
attestation_cert() {
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null -subj "/O=Example/CN=EX4200/serialNumber=$2" \
    2>/dev/null | openssl x509 -req -force_pubkey "$work/$1.pub" -CA "$PKI/idevid-root.pem" -CAkey "$PKI/idevid-root.key" \
    -set_serial 0x$((RANDOM + 1)) -days 3000 -outform DER -out "$work/$1.der" -extfile <(
      echo "keyUsage=critical,digitalSignature"
      echo "authorityKeyIdentifier=keyid"
      [ -z "${3:-}" ] || echo "certificatePolicies=$3"
    ) 2>/dev/null
}
new_key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1" 2>/dev/null; }
for name in file-iak other-iak bare-iak; do
  new_key "$work/$name.key" && openssl pkey -in "$work/$name.key" -pubout -out "$work/$name.pub" || exit 2
done
attestation_cert file-iak "$serial" $restricted && attestation_cert other-iak EX4200-18 $restricted &&
  attestation_cert bare-iak "$serial" || exit 2
new_key "$work/device.key"

# ask: a new nonce, in $nonce and, as hexadecimal digits, in $hex; and what it is asked with
ask() {
  nonce=$(openssl rand -base64 32)
  hex=$(base64 -d <<<"$nonce" | od -An -v -tx1 | tr -d ' \n')
  sztp attest request --like "$PKI/idevid.pem" --nonce "$nonce" --out "$work/info"
}
# of NAME: its three files
of() { echo "$work/$1.attest,$work/$1.signature,$work/$1.third"; }
# by_files [CERTIFY-OPTION...] -- [QUOTE-OPTION...]: a request with evidence by $iak
iak=file-iak
by_files() {
  local of_certify=()
  while [ "${1:---}" != -- ]; do of_certify+=("$1"); shift; done
  [ $# = 0 ] || shift
  evidence certify "$work/$iak.key" "$hex" "$work/c" "public=$work/device.key" "${of_certify[@]}" &&
    evidence quote "$work/$iak.key" "$hex" "$work/q" "$@" &&
    evidence request "$work/info" "$work/device.key" "$work/csr" "certify=$(of c)" "quote=$(of q)" "$work/$iak.der"
}
# verify [OPTION...]: the request
verify() {
  sztp attest verify "$work/csr" --anchor "$PKI/idevid-root.pem" --identity "$PKI/idevid.pem" --nonce "$nonce" "$@"
}
# refused NAME STEP LABEL [OPTION...]
refused() { check "$1" 1 "^failed +$2 +$3" verify "${@:4}"; }

# ATT-06: what is asked with is DER that openssl reads, and in both encodings a csr-request
ask
check "openssl reads what is asked with" 0 '1.2.840.113549.1.9.16.2.59' openssl asn1parse -inform DER -in "$work/info"
check "in JSON" 0 '"cert-req-info":"MII' sztp attest request --like "$PKI/idevid.pem" --nonce "$nonce" --format json
check "in XML" 0 '<cert-req-info>MII' sztp attest request --like "$PKI/idevid.pem" --nonce "$nonce" --format xml
check "with the identity's key" 0 '' sztp attest request --like "$PKI/idevid.pem" --nonce "$nonce" --algorithm identity --out "$work/own"
check "a nonce that is too short" 2 'base64 of 8 to 64 octets' sztp attest request --like "$PKI/idevid.pem" --nonce AAAA
check "a statement that there is none of" 2 'right are certify, quote' verify --evidence quota
check "without a nonce" 2 '--nonce BASE64 are needed' sztp attest verify x --anchor x --identity x

# ATT-13: a line for each step, and an end
by_files -- || bad "a request by keys in files"
check "openssl verifies the request" 0 'verify OK' openssl req -inform DER -in "$work/csr" -verify -noout
check "evidence by a key in a file" 0 '^accepted' verify
for step in request bundle signer serial certify key quote; do
  holds "step $step is passed" grep -q "^passed *$step " "$work/out"
done
holds "and measured is not judged" grep -q '^skipped  measured$' "$work/out"
holds "but told" grep -q '^measured PCR 7  sha256 a7a7' "$work/out"
verify --json >"$work/json"
holds "JSON is as described" python3 tests/common/json_schema.py docs/json/attest.json "$work/json"
python3 -c 'import json,sys; json.dump(json.load(open(sys.argv[1]))["measured"], open(sys.argv[2], "w"))' "$work/json" "$work/good.json"
sztp inspect --json "$work/csr" >"$work/json"
holds "inspect's JSON of evidence is as described" python3 tests/common/json_schema.py docs/json/inspect.json "$work/json"
check "what was measured is a reference" 0 '^passed +measured +as expected' verify --reference "$work/good.json"
check "inspect tells what evidence there is" 0 'statement: +tcg-attest-certify' sztp inspect "$work/csr"
holds "and the quote" sh -c "sztp inspect '$work/csr' | grep -q 'tcg-attest-quote'"

# ATT-15: other values, several versions
sed 's/a7a7a7/a7a7ff/' "$work/good.json" >"$work/other.json"
refused "a value that is not expected" measured evidence-measured --reference "$work/other.json"
holds "the PCR is named" grep -q 'PCR 7 (sha256) is not as expected' "$work/out"
check "one of two versions" 0 '^accepted' verify --reference "$work/other.json" --reference "$work/good.json"
check "a reference that is none" 2 "neither a bank" verify --reference docs/json/attest.json

# one refusal for each step
printf 'no request' >"$work/none"
check "no request at all" 1 '^failed +request +evidence-malformed' sztp attest verify "$work/none" --anchor "$PKI/idevid-root.pem" \
  --identity "$PKI/idevid.pem" --nonce "$nonce"
check "other anchors" 1 '^failed +signer +evidence-signer \(pkix-no-path\)' sztp attest verify "$work/csr" \
  --anchor "$PKI/other-root.pem" --identity "$PKI/idevid.pem" --nonce "$nonce"
refused "before the certificates' time" signer 'evidence-signer \(pkix-not-yet-valid\)' --time 2000-01-01T00:00:00Z
nonce=$(openssl rand -base64 32)
refused "a replayed request (ATT-07)" certify evidence-nonce
ask
iak=other-iak by_files --
refused "another device's attestation key (ATT-14)" serial evidence-signer
iak=bare-iak by_files --
refused "a certificate that does not say so (ATT-04)" signer evidence-signer
check "unless it is named" 0 'since it was named' verify --attester "$work/bare-iak.der"
cp "$PKI/idevid.key" "$work/tls-iak.key" && openssl pkey -in "$work/tls-iak.key" -pubout -out "$work/tls-iak.pub" &&
  attestation_cert tls-iak "$serial" $restricted && iak=tls-iak by_files --
refused "the key of TLS (ATT-04)" signer evidence-signer
refused "though it is named" signer evidence-signer --attester "$work/tls-iak.der"
by_files magic=0x00544347 --
refused "another magic (D-187)" certify evidence-malformed
by_files -- type=0x8017
refused "certify given as quote (D-187)" quote evidence-malformed
by_files attributes=0x00040070 --
refused "a key that may leave the TPM" key evidence-key
by_files "public=$work/file-iak.key" --
refused "another key of the TPM" key evidence-key
by_files -- resets=3
refused "a quote of another boot" quote evidence-measured
evidence request "$work/info" "$work/device.key" "$work/csr" "certify=$(of c)" "$work/file-iak.der"
refused "without a quote" bundle evidence-missing
evidence request "$work/info" "$work/device.key" "$work/csr"
refused "without evidence" bundle evidence-missing
sztp inspect --json "$work/csr" >"$work/json"
holds "inspect's JSON is as described" python3 tests/common/json_schema.py docs/json/inspect.json "$work/json"
check "which inspect does not find either" 1 '' sh -c "sztp inspect '$work/csr' | grep -q tcg-attest"

# ---- a TPM --------------------------------------------------------------------------------------------------------------

# checkquote [PCRS]: what tpm2_checkquote says of the quote $q for $hex, by the key $pub
checkquote() {
  tpm2_checkquote -u "$work/$pub.pub" -m "$work/$q.attest" -s "$work/$q.signature" -f "$work/$q.third" -F values \
    -l "sha256:${1:-0,1,2,3,4,7}" -g sha256 -q "$hex"
}
# both NAME STATUS PATTERN: we and tpm2_checkquote are of one mind
both() {
  check "$1" "$2" "$3" verify
  if checkquote >"$work/check.log" 2>&1; then theirs=0; else theirs=1; fi
  if [ "$theirs" = "$2" ]; then ok "$1, tpm2_checkquote"; else bad "$1, tpm2_checkquote" "$(cat "$work/check.log")"; fi
}
by_tpm() { evidence request "$work/info" 0x81000010 "$work/csr" "certify=$(of c)" "quote=$(of "$q")" "$work/$1.der"; }
quote() { tpm2_quote -Q -c 0x81020001 -l "$1" -q "$hex" -m "$work/$q.attest" -s "$work/$q.signature" -o "$work/$q.third" -F values -g sha256; }
attest() { "$work/tpm2_attest" "$tcti" "$@"; }
flip() { # FILE OFFSET
  python3 -c 'import sys; d=bytearray(open(sys.argv[1],"rb").read()); d[int(sys.argv[2])]^=1; open(sys.argv[1],"wb").write(d)' "$@"
}

with_tpm() {
  build_tpm2_make || return 2
  # shellcheck disable=SC2086 # words
  ${CC:-cc} -std=c99 -o "$work/tpm2_attest" tests/interop/tpm2_attest.c -ltss2-esys -ltss2-mu -ltss2-tctildr || return 2
  start_tpm "$work/tpm"
  "$work/tpm2_make" "$tcti" p256 storage 0x81000001 && "$work/tpm2_make" "$tcti" p256 iak 0x81020001 &&
    "$work/tpm2_make" "$tcti" p256 idevid 0x81020002 || return 2
  tpm2_create -Q -C 0x81000001 -G ecc256:ecdsa-sha256 -u "$work/ld.pub" -r "$work/ld.priv" \
    -a 'fixedtpm|fixedparent|sensitivedataorigin|userwithauth|sign' &&
    tpm2_load -Q -C 0x81000001 -u "$work/ld.pub" -r "$work/ld.priv" -c "$work/ld.ctx" &&
    tpm2_evictcontrol -Q -C o -c "$work/ld.ctx" 0x81000010 && tpm2_flushcontext -t || return 2
  tpm2_readpublic -Q -c 0x81020001 -f pem -o "$work/iak.pub" && attestation_cert iak "$serial" $restricted || return 2
  tpm2_readpublic -Q -c 0x81020002 -f pem -o "$work/tpm-idevid.pub" && attestation_cert tpm-idevid "$serial" || return 2

  ask
  q=q pub=iak
  attest certify 0x81020001 0x81000010 "$hex" "$work/c" && quote sha256:0,1,2,3,4,7 && by_tpm iak || return 2
  both "good evidence of a TPM" 0 '^accepted'
  cp "$work/q.attest" "$work/good.attest" && cp "$work/q.signature" "$work/good.signature" && cp "$work/q.third" "$work/good.third"

  local sent=$nonce sent_hex=$hex
  nonce=$(openssl rand -base64 32) hex=$(printf '00%.0s' {1..32})
  both "another nonce" 1 '^failed +certify +evidence-nonce'
  nonce=$sent hex=$sent_hex
  flip "$work/q.third" 5 && by_tpm iak
  both "a changed value" 1 '^failed +quote +evidence-measured'
  cp "$work/good.third" "$work/q.third" && flip "$work/q.signature" 20 && by_tpm iak
  both "a changed signature" 1 '^failed +quote +evidence-signature'
  cp "$work/good.signature" "$work/q.signature" && flip "$work/q.attest" 60 && by_tpm iak
  both "a changed statement" 1 '^failed +quote +evidence-'

  # The forgeries: what tpm2_checkquote says of them is told, and depends on its version.
  q=f pub=tpm-idevid
  if attest forge 0x81020002 "$hex" "$work/f" && by_tpm tpm-idevid; then
    checkquote >/dev/null 2>&1 && echo "        tpm2_checkquote accepts the next one"
    refused "a quote by hand, signed by the IDevID (ATT-04)" signer evidence-signer
  else bad "a quote by hand"; fi
  holds "the attestation key does not sign one" sh -c "! '$work/tpm2_attest' '$tcti' forge 0x81020001 '$hex' '$work/g' 2>/dev/null"
  holds "nor what TPM2_Hash saw with the TPM's mark" \
    sh -c "! '$work/tpm2_attest' '$tcti' hash 0x81020001 '$hex' '$work/g' 0xff544347 2>/dev/null"
  pub=iak
  if attest hash 0x81020001 "$hex" "$work/f" 0x00544347 && by_tpm iak; then
    checkquote >/dev/null 2>&1 && echo "        tpm2_checkquote accepts the next one"
    refused "another magic, signed by the attestation key itself (CVE-2024-29038)" quote evidence-malformed
  else bad "another magic"; fi
  q=g
  if tpm2_pcrreset 16 && tpm2_pcrextend 16:sha256="$(printf '42%.0s' {1..32})" && quote sha256:16 && by_tpm iak; then
    checkquote 7 >/dev/null 2>&1 && echo "        tpm2_checkquote accepts the next one"
    value=$(od -An -v -tx1 "$work/g.third" | tr -d ' \n')
    echo "{\"sha256\": {\"7\": \"$value\"}}" >"$work/seven.json"
    refused "PCR 16 given as PCR 7 (CVE-2024-29039)" measured evidence-measured --reference "$work/seven.json"
    holds "since it is not in the quote" grep -q 'PCR 7 (sha256) has a reference value and is not in the quote' "$work/out"
  else bad "a quote of PCR 16"; fi
}
if ! command -v swtpm >/dev/null 2>&1 || ! command -v tpm2_checkquote >/dev/null 2>&1; then
  skip "evidence of a TPM: swtpm or tpm2-tools is not installed"
elif [ ! -e "$BUILD/lib/libsztp-tpm2.so" ]; then
  skip "evidence of a TPM: built without tpm2-tss"
else
  with_tpm || bad "a TPM that is provisioned" "$(tail -n 3 "$work/tpm/log")"
fi

# ---- sztp-server --------------------------------------------------------------------------------------------------------

lab=$work/lab
mkdir -p "$lab/$serial"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$lab/ca.key" -out "$lab/ca.pem" -days 30 \
  -subj "/O=Owner/CN=Owner LDevID CA" 2>/dev/null
cp "$work/good.json" "$lab/os-1.json"
echo '{"ldevid": "@LDEVID-CERT@"}' >"$lab/$serial/startup.json"
cat >"$lab/$serial/onboarding.json" <<'JSON'
{"ietf-sztp-conveyed-info:onboarding-information": {"configuration-handling": "replace", "configuration-file": "startup.json"}}
JSON
server_with() { # EVIDENCE
  local old=${server:-}
  [ -z "$old" ] || { kill -KILL "$old"; wait "$old"; } 2>/dev/null
  echo "{\"devices\": {\"$serial\": {\"csr\": {\"algorithm\": \"p256\", \"ca\": \"ca.pem\", \"ca-key\": \"ca.key\", \"evidence\": {$1}}}}}" \
    >"$lab/server.json"
  start_server "$lab" --config "$lab/server.json"
  server=${started[-1]}
}
# post MEMBERS: get-bootstrapping-data with these; the status is in $status, the body in $work/body
post() {
  status=$(curl -s -o "$work/body" -w '%{http_code}' --cacert "$PKI/server-root.pem" --cert "$PKI/idevid.pem" --key "$PKI/idevid.key" \
    -H 'Content-Type: application/yang-data+json' -d "{\"ietf-sztp-bootstrap-server:input\": {$1}}" \
    "https://localhost:$port/restconf/operations/ietf-sztp-bootstrap-server:get-bootstrapping-data")
}
offer_csr() {
  post '"ietf-sztp-csr:csr-support": {"key-generation": {"supported-algorithms": {"algorithm-identifier":
    ["MBMGByqGSM49AgEGCCqGSM49AwEH"]}}, "csr-generation": {"supported-formats": {"format-identifier": ["ietf-ztp-types:p10-csr"]}}}'
}
send_csr() { post "\"ietf-sztp-csr:p10-csr\": \"$(base64 -w0 "$work/csr")\""; }
# heed: takes the cert-req-info of the answer, and its nonce
heed() {
  python3 - "$work/body" "$work/info" <<'PY' || return 1
import base64, json, sys
info = json.load(open(sys.argv[1]))["ietf-restconf:errors"]["error"][0]["error-info"]["ietf-sztp-csr:csr-request"]["cert-req-info"]
open(sys.argv[2], "wb").write(base64.b64decode(info))
PY
  hex=$(openssl asn1parse -inform DER -in "$work/info" | sed -n 's/.*HEX DUMP\]:\([0-9A-F]\{64\}\)$/\1/p' | tail -n 1)
}
answered() { # NAME STATUS PATTERN: in the body
  if [ "$status" = "$2" ] && grep -q -- "$3" "$work/body"; then ok "$1"; else bad "$1" "status $status" "$(cut -c1-600 "$work/body")"; fi
}
told() { holds "$1" grep -q -- "$2" "$lab/log"; }

good='"anchors": ["'$PKI/idevid-root.pem'"]'
if ! command -v curl >/dev/null 2>&1; then
  skip "sztp-server: curl is not installed"
else
  iak=file-iak
  server_with "$good, \"references\": [\"os-1.json\"]"
  offer_csr
  answered "the server asks for a request" 400 cert-req-info
  heed || bad "a cert-req-info in the answer"
  first=$hex
  by_files --
  send_csr
  answered "and issues for good evidence" 200 conveyed-information
  for step in request bundle signer serial certify key quote measured; do told "it tells that $step is verified" "evidence verified: $step: "; done
  send_csr
  answered "the same request does not count again (ATT-07)" 400 'certify: evidence-nonce'
  heed
  holds "it asks with another nonce each time" test "$first" != "$hex"

  # ATT-10
  offer_csr && heed
  evidence request "$work/info" "$work/device.key" "$work/csr"
  send_csr
  answered "without evidence: asked again" 400 'evidence-missing.*cert-req-info'
  heed && evidence request "$work/info" "$work/device.key" "$work/csr"
  send_csr
  answered "and again" 400 'evidence-missing.*cert-req-info'
  heed && evidence request "$work/info" "$work/device.key" "$work/csr"
  send_csr
  answered "the third time is the last" 403 'evidence-missing'
  holds "and nothing is asked for then" sh -c "! grep -q cert-req-info '$work/body'"
  told "the refusal is in the log" 'evidence refused: bundle: evidence-missing'
  offer_csr && heed && by_files --
  send_csr
  answered "a device that begins anew is judged anew" 200 conveyed-information
  offer_csr && heed && by_files -- values="$(printf '42%.0s' {1..192})"
  send_csr
  answered "what was measured is not what is expected" 400 'measured: evidence-measured: PCR 0 (sha256)'
  told "with the values" 'evidence refused: measured: .*expected: a0a0.*found: 4242'
  post ''
  answered "a device that offers no request gets nothing" 403 'offers no certificate signing request'

  server_with "$good, \"statements\": [\"certify\"]"
  offer_csr && heed
  evidence certify "$work/file-iak.key" "$hex" "$work/c" "public=$work/device.key" &&
    evidence request "$work/info" "$work/device.key" "$work/csr" "certify=$(of c)" "$work/file-iak.der"
  send_csr
  answered "certify alone, where that is wanted" 200 conveyed-information
fi

# ---- --check ------------------------------------------------------------------------------------------------------------

checked() { # NAME STATUS PATTERN EVIDENCE
  echo "{\"dir\": \"$lab\", \"tls-cert\": \"$PKI/server.pem\", \"tls-key\": \"$PKI/server.key\", \"device-ca\": \"$PKI/idevid-root.pem\",
    \"devices\": {\"$serial\": {\"csr\": {\"ca\": \"ca.pem\", \"ca-key\": \"ca.key\", \"evidence\": {$4}}}}}" >"$lab/check.json"
  check "$1" "$2" "$3" sztp-server --config "$lab/check.json" --check
}
checked "settings that are right" 0 'findings: 0' "$good, \"references\": [\"os-1.json\"]"
checked "evidence without anchors" 2 'evidence.*has no anchors' ''
checked "references without a quote" 2 'references.*no quote' "$good, \"statements\": [\"certify\"], \"references\": [\"os-1.json\"]"
checked "anchors that are not there" 1 'nowhere.pem' '"anchors": ["nowhere.pem"]'
checked "references that are none" 1 'neither a bank' "$good, \"references\": [\"server.json\"]"
conclude
