#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Certificate signing requests from end to end (RFC 9646): a device with the agent, a bootstrap server that lets a CA issue, and
# a server that takes nothing but what its YANG modules have. Requests and certificates are looked at by openssl, messages by
# yanglint.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
. tests/common/bootstrap.sh
export PATH
need openssl python3

lab=$work/lab
mkdir -p "$lab/$serial"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$lab/ldevid-ca.key" -out "$lab/ldevid-ca.pem" \
  -days 30 -subj "/O=Owner/CN=Owner LDevID CA" 2>/dev/null || bad "a CA"

# What the device gets: a configuration with its certificate in it, and a script that keeps it with the key.
cat >"$lab/$serial/startup.json" <<'JSON'
{"ldevid": "@LDEVID-CERT@"}
JSON
cat >"$lab/$serial/keep.sh" <<'SH'
#!/bin/sh
set -e
env | grep ^SZTP_ >"${SZTP_RUNNING_CONFIGURATION%/*}/environment"
[ -z "${SZTP_CSR_FILE:-}" ] || cp "$SZTP_CSR_FILE" "${SZTP_RUNNING_CONFIGURATION%/*}/request"
[ -z "${SZTP_KEY_NAME:-}" ] || echo "@LDEVID-CERT@" | base64 -d | openssl x509 -inform DER |
  "$SZTP_AGENT" key certify "$SZTP_KEY_NAME" --config "$SZTP_AGENT_CONFIG"
"$SZTP_AGENT" disable --config "$SZTP_AGENT_CONFIG"
SH
cat >"$lab/$serial/onboarding.json" <<'JSON'
{"ietf-sztp-conveyed-info:onboarding-information": {"configuration-handling": "replace",
  "configuration-file": "startup.json", "post-configuration-script-file": "keep.sh"}}
JSON

# asks MEMBERS [MORE]: a server that asks the device for a request as MEMBERS of "csr" say
asks() {
  local old=${server:-}
  [ -z "$old" ] || { kill -KILL "$old"; wait "$old"; } 2>/dev/null
  echo "{\"devices\": {\"$serial\": {\"csr\": {$1}}}${2:-}}" >"$lab/server.json"
  start_server "$lab" --config "$lab/server.json"
  server=${started[-1]}
}
by_key='"ca": "ldevid-ca.pem", "ca-key": "ldevid-ca.key"'

# the public key of a certificate, a request, a private key
of_cert() { openssl x509 -in "$1" -pubkey -noout; }
of_request() { openssl req -inform DER -in "$1" -pubkey -noout; }
providers=() # of openssl, for keys in a TPM
of_key() { openssl pkey "${providers[@]}" -in "$1" -pubout; }

# certified NAME: the device is bootstrapped, and its certificate is one of the CA for the key that it has made
certified() {
  local key
  agent run >"$work/out" 2>"$work/err" || { bad "$1: bootstrapped" "$(tail -n 20 "$work/out" "$work/err" "$lab/log")"; return; }
  key=$(agent key list)
  if [ "$(wc -w <<<"$key")" != 1 ]; then bad "$1: there is one key" "$key"; return; fi
  sed 's/.*: "\(.*\)".*/\1/' "$dev/running" | base64 -d | openssl x509 -inform DER -out "$work/ldevid.pem" 2>/dev/null
  local all
  all=$(of_cert "$work/ldevid.pem" && of_request "$dev/state/keys/$key.csr" && of_key "$dev/state/keys/$key.pem")
  if [ "$(grep -c BEGIN <<<"$all")" = 3 ] && [ "$(grep -v PUBLIC <<<"$all" | sort | uniq -c | awk '$1 != 3' | wc -l)" = 0 ] &&
    openssl verify -CAfile "$lab/ldevid-ca.pem" -purpose sslclient "$work/ldevid.pem" >"$work/check.log" 2>&1 &&
    openssl req -inform DER -in "$dev/state/keys/$key.csr" -verify -noout 2>&1 | grep -q "verify OK"; then
    ok "$1: the certificate in the configuration is the CA's, for the key that was made"
  else
    bad "$1: the certificate" "$all" "$(cat "$work/check.log")"
  fi
  made=$key
}

# cmp_ca: OpenSSL's CA for tests, at $cmp_port, which checks protection and proof of possession; it always gives $1
cmp_ca() {
  [ -e "$work/cmp-ca.pem" ] || { openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/cmp-ca.key" \
    -subj "/O=Owner/CN=Owner CMP" -out "$work/cmp-ca.csr" &&
    openssl x509 -req -in "$work/cmp-ca.csr" -CA "$lab/ldevid-ca.pem" -CAkey "$lab/ldevid-ca.key" -set_serial 99 -days 9 \
      -out "$work/cmp-ca.pem" -extfile <(printf 'keyUsage=digitalSignature\nsubjectKeyIdentifier=hash\n'); } 2>/dev/null
  openssl cmp -config "" -port 0 -srv_cert "$work/cmp-ca.pem" -srv_key "$work/cmp-ca.key" -srv_trusted "$2" -rsp_cert "$1" \
    -grant_implicitconf >"$work/cmp-log" 2>&1 &
  started+=($!)
  wait_until 10 grep -q '^ACCEPT' "$work/cmp-log"
  cmp_port=$(sed -n 's/^ACCEPT.*:\([0-9]*\) .*/\1/p' "$work/cmp-log")
}
# takes_cmp NAME MESSAGE COMMAND OPTION...: it takes that message, and the same with one bit changed it does not
takes_cmp() {
  local send=(openssl cmp -config "" -cmd "$3" -server "127.0.0.1:$cmp_port" -unprotected_requests -ref any -subject /CN=any
    -srvcert "$work/cmp-ca.pem" -implicit_confirm -disable_confirm -certout "$work/certified.pem" "${@:4}")
  check "$1" 0 'received 1 enrolled certificate' "${send[@]}" -reqin "$2"
  python3 - "$2" <<'PY'
import sys
message = bytearray(open(sys.argv[1], "rb").read())
message[len(message) // 2] ^= 1
open(sys.argv[1] + ".changed", "wb").write(message)
PY
  check "$1, and if a bit is changed it is refused" 1 'CMP error' "${send[@]}" -reqin "$2.changed"
}

# ---- JSON, XML, each kind of key ----------------------------------------------------------------------------------------

# CSR-03, CSR-12, CSR-17, CSR-21, CSR-39
asks "\"algorithm\": \"p256\", $by_key"
csr='"csr": {"keys": ["p256", "p384", "p521", "rsa"]}'
device json "$csr, \"servers\": [\"localhost:$port\"]"
certified "JSON, P-256"
holds "the subject is the identity's" test "$(openssl x509 -in "$work/ldevid.pem" -noout -subject)" = \
  "$(openssl x509 -in "$PKI/idevid.pem" -noout -subject)"
holds "script and configuration hear of the key" grep -qx "SZTP_KEY_NAME=$made" "$dev/environment"
holds "and of its file" grep -qx "SZTP_KEY_FILE=$dev/state/keys/$made.pem" "$dev/environment"
holds "and have the request" cmp "$dev/request" "$dev/state/keys/$made.csr"
holds "others may not read the key" test "$(stat -c %a "$dev/state/keys/$made.pem")" = 600
agent key export "$made" >"$work/exported.pem"
holds "key and certificate are exported by name (CSR-24)" test "$(of_cert "$work/exported.pem")" = "$(of_key "$work/exported.pem")"
check "the log of the server says what was sent" 0 'csr-support' grep csr "$lab/log"
check "a request is inspected" 0 'signature: +by the key in it' sztp inspect "$dev/state/keys/$made.csr"
check "with its serial number" 0 "subject-serial-number: +$serial" sztp inspect "$dev/state/keys/$made.csr"
# anothers_certificate NAME: it is not kept with the key that was made last
anothers_certificate() {
  cp "$dev/state/keys/$made.crt" "$work/kept"
  check "$1: the certificate of another key" 1 'standard input: it is the certificate of another key' \
    agent key certify "$made" <"$lab/ldevid-ca.pem"
  holds "$1: is not kept" cmp -s "$dev/state/keys/$made.crt" "$work/kept"
}
anothers_certificate "a file"
check "an unknown key" 1 'is no name of a key' agent key export ../agent.json
check "a key that is not there" 1 'there is none of this name' agent key export 00000000000000000000000000000000
# CSR-38, LIFE-07: the next bootstrap shows the identity, and its key is another one. If it fails after its request, the first
# key is untouched and the second one gone; if it does not, it is the other way round.
first=$made
fails='"handlers": {"script": "'"$work"'/fail"}'
printf '#!/bin/sh\nexit 1\n' >"$work/fail"
chmod +x "$work/fail"
sha256sum "$dev"/state/keys/* >"$work/kept"
cp "$dev/agent.json" "$work/agent.json"
sed -i "s#\"csr\":#$fails, &#" "$dev/agent.json"
agent enable >/dev/null
check "bootstrapped again, in vain" 1 'post-configuration script: ended with exit status 1' agent run
holds "the owner's key is as it was (LIFE-07)" sh -c "sha256sum '$dev'/state/keys/* | cmp -s - '$work/kept'"
cp "$work/agent.json" "$dev/agent.json"
agent enable >/dev/null
certified "bootstrapped again"
holds "with a key of its own" test "$made" != "$first"
cat >"$work/story" <<'PY'
import json
import sys
keys = [(line["event"], line["key"]) for line in map(json.loads, open(sys.argv[1])) if "key" in line]
first, last = sys.argv[2:4]
vain = keys[1][1]
assert keys == [("key-made", first), ("key-made", vain), ("key-removed", vain), ("key-made", last), ("key-removed", first)], keys
assert len({first, vain, last}) == 3
PY
holds "the journal tells of keys made and removed (LIFE-12)" python3 "$work/story" "$dev/state/journal" "$first" "$made"
agent reset >"$work/out"
holds "a reset removes the keys (CSR-24)" test -z "$(agent key list)"
holds "and says so, by name (LIFE-01)" grep -q "keys/$made.pem" "$work/out"
holds "and so does the journal" grep -q "\"reset\".*keys/$made.pem" "$dev/state/journal"

for kind in p384 p521 rsa; do
  asks "\"algorithm\": \"$kind\", $by_key"
  device "$kind" "$csr, \"servers\": [\"localhost:$port\"]"
  certified "$kind"
done
asks "\"algorithm\": \"p256\", $by_key" ', "encodings": ["xml"]'
device xml "$csr, \"servers\": [\"localhost:$port\"]"
certified "XML"

# ---- a CA that is a program ---------------------------------------------------------------------------------------------

cat >"$lab/issue" <<SH
#!/bin/sh
echo "\$1" >>"$lab/issued"
exec openssl x509 -req -inform DER -in /dev/stdin -CA "$lab/ldevid-ca.pem" -CAkey "$lab/ldevid-ca.key" -days 7 -set_serial 77 2>/dev/null
SH
chmod +x "$lab/issue"
asks '"algorithm": "p384", "program": "issue"'
device program "$csr, \"servers\": [\"localhost:$port\"]"
certified "a program issues"
holds "it was told the serial number" grep -qx "$serial" "$lab/issued"
printf '#!/bin/sh\nexit 3\n' >"$lab/issue"
device refused "$csr, \"servers\": [\"localhost:$port\"]"
agent run >"$work/out" 2>"$work/err"
holds "a program that refuses: no key is left (CSR-20)" test -z "$(agent key list)"
check "and the server says why" 0 'issue: it ended with status 3' cat "$lab/log"

# ---- keys that a TPM makes ----------------------------------------------------------------------------------------------

# CSR-12, CSR-33: under its storage key, and under the owner's primary key; openssl uses them as the owner would
if [ ! -e "$BUILD/lib/libsztp-tpm2.so" ]; then
  skip "keys in a TPM: built without libsztp-tpm2"
elif ! command -v swtpm tpm2_createprimary >/dev/null 2>&1; then
  skip "keys in a TPM: swtpm or tpm2-tools is not installed"
else
  mkdir -p "$work/tpm"
  swtpm socket --tpm2 --tpmstate "dir=$work/tpm" --server "type=unixio,path=$work/tpm/sock" \
    --ctrl "type=unixio,path=$work/tpm/sock.ctrl" --flags not-need-init,startup-clear --seccomp action=none >"$work/tpm/log" 2>&1 &
  started+=($!)
  wait_until 10 test -S "$work/tpm/sock.ctrl"
  tcti=swtpm:path=$work/tpm/sock
  export TPM2TOOLS_TCTI=$tcti TPM2OPENSSL_TCTI=$tcti TSS2_LOG=all+none
  if ! { tpm2_createprimary -Q -C o -G ecc -c "$work/tpm/primary" && tpm2_evictcontrol -Q -C o -c "$work/tpm/primary" 0x81000001 &&
    tpm2_flushcontext -t; }; then bad "a storage key"; fi
  in_tpm() { # NAME KIND MEMBERS
    asks "\"algorithm\": \"$2\", $by_key"
    device "$1" "\"csr\": {\"keys\": [\"p256\", \"p384\", \"rsa\"], \"tcti\": \"$tcti\"$3}, \"servers\": [\"localhost:$port\"]"
  }
  if openssl list -providers -provider tpm2 >/dev/null 2>&1; then
    providers=(-provider tpm2 -provider default)
    in_tpm tpm-p256 p256 ""
    certified "a TPM, P-256"
    anothers_certificate "a TPM"
    # LIFE-08: what key export gives is enough for openssl to have the certificate renewed: CMP's kur, in which the key in the
    # TPM signs the request and the message, before a CA that checks both
    agent key export "$made" >"$work/exported.pem"
    holds "the key of a TPM is exported" grep -q 'BEGIN TSS2 PRIVATE KEY' "$work/exported.pem"
    of_cert "$work/ldevid.pem" >"$work/ldevid.pub"
    cmp_ca "$work/ldevid.pem" "$lab/ldevid-ca.pem"
    openssl cmp -config "" -cmd kur -server 127.0.0.1:9 -oldcert "$work/ldevid.pem" -newkey "$work/exported.pem" \
      -cert "$work/ldevid.pem" -key "$work/exported.pem" -srvcert "$work/cmp-ca.pem" -implicit_confirm -certout none \
      -reqout "$work/kur.der" "${providers[@]}" >"$work/log" 2>&1 # there is nobody: it is only made
    takes_cmp "openssl renews the certificate by CMP with the exported key (LIFE-08)" "$work/kur.der" kur \
      -oldcert "$work/ldevid.pem" -newkey "$work/ldevid.pub" -popo -1
    in_tpm tpm-rsa rsa ', "parent": "owner"'
    certified "a TPM, RSA, under the owner's primary key"
    holds "of 3072 bits, which this TPM has (CSR-33)" sh -c "openssl x509 -in '$work/ldevid.pem' -noout -text | grep -q '(3072 bit)'"
    providers=()
  else
    skip "keys in a TPM before openssl: tpm2-openssl is not installed"
  fi
  in_tpm tpm-p384 p384 ', "parent": "0x81000001"'
  check "a TPM, P-384" 0 "ended: bootstrapped" agent run
  holds "it holds none of the keys" test -z "$(tpm2_getcap handles-transient && tpm2_getcap handles-loaded-session)"
  holds "the file is one that this TPM alone can use" grep -q 'BEGIN TSS2 PRIVATE KEY' "$dev/state/keys/$(agent key list).pem"
  in_tpm tpm-absent p256 ', "parent": "0x81000002"'
  check "a parent that is not there" 1 'there is no parent at 0x81000002' agent run
  in_tpm tpm-nonsense p256 ', "parent": "root"'
  check "a parent that is none" 4 'csr.parent: root: is no persistent handle' agent run
fi

# ---- who asks for nothing, and who offers nothing -----------------------------------------------------------------------

asks "\"algorithm\": \"p521\", $by_key"
device little '"csr": {"keys": ["p256"]}, "servers": ["localhost:'"$port"'"]'
agent run >"$work/out" 2>"$work/err"
check "a key that the device can't make is not asked for" 0 'makes no keys of the kind p521' cat "$lab/log"
device silent "\"servers\": [\"localhost:$port\"]"
agent run >"$work/out" 2>"$work/err"
check "a configuration that wants the certificate goes to none without" 0 'no certificate was issued' cat "$lab/log"
asks "$by_key"
device identity '"csr": {"formats": ["p10"]}, "servers": ["localhost:'"$port"'"]'
agent run >"$work/out" 2>"$work/err"
sed 's/.*: "\(.*\)".*/\1/' "$dev/running" 2>/dev/null | base64 -d | openssl x509 -inform DER -out "$work/own.pem" 2>/dev/null
holds "a certificate for the identity's own key (CSR-13)" test "$(of_cert "$work/own.pem")" = "$(of_cert "$PKI/idevid.pem")"
holds "for which no key was made" test -z "$(agent key list)"

# CSR-29: a server that asks for nothing, of a device that requires it
offer --config "$lab/server.json" --handling replace
start_server "$lab"
device required '"csr": {"keys": ["p256"], "required": true}, "servers": ["localhost:'"$port"'"]'
check "a request that is required and not asked for" 5 'a certificate signing request is required' agent run

# ---- other formats, by a program of the host ----------------------------------------------------------------------------

device format '"csr": {"formats": ["cmp"]}, "servers": ["localhost:1"]'
check "a format without a program" 4 'handlers.csr is missing' agent run

# ---- a server that is made of its modules -------------------------------------------------------------------------------

# message_of NODE FILE: the message in that node, in $work/message
message_of() { grep -oE "$1[^A-Z]*[A-Za-z0-9+/=]{100,}" "$2" | grep -oE '[A-Za-z0-9+/=]{100,}' | base64 -d >"$work/message"; }
# strict NAME OPTION...: such a server, in $strict
strict() {
  strict=$work/server-$1
  mkdir -p "$strict"
  cp "$PKI/server.pem" "$PKI/server.key" "$strict"
  cp "$PKI/idevid-root.pem" "$strict/device-ca.pem"
  printf '{}' >"$work/configuration"
  sztp conveyed onboarding --config "$work/configuration" --handling replace --out "$strict/conveyed"
  tests/common/strict_server.py "$strict" "$strict/port" --modules tests/yang "${@:2}" >"$strict/log" 2>&1 &
  started+=($!)
  wait_until 10 test -s "$strict/port"
  port=$(cat "$strict/port" 2>/dev/null)
}
if ! command -v yanglint >/dev/null 2>&1; then
  skip "messages before yanglint: it is not installed"
else
  for encoding in json xml; do
    more=()
    [ "$encoding" = json ] || more=(--xml)
    strict "strict-$encoding" "${more[@]}"
    device "strict-$encoding" "$csr, \"servers\": [\"localhost:$port\"]"
    bootstraps "a server that takes what yanglint takes, $encoding (CSR-03, CSR-07)"
    holds "$encoding: support" grep -q csr-support "$strict/request-1.$encoding"
    holds "$encoding: a request" grep -q p10-csr "$strict/request-2.$encoding"
    holds "$encoding: there is one key" test "$(agent key list | wc -l)" = 1
    # CSR-06 is refused by the same server: so its checks are some
    strict "unknown-$encoding" --without-csr "${more[@]}"
    device "unknown-$encoding" "$csr, \"servers\": [\"localhost:$port\"]"
    bootstraps "a server that does not know the module, $encoding (CSR-27)"
    holds "$encoding: it refused csr-support" grep -q csr-support "$strict/request-1.$encoding"
    holds "$encoding: and was asked without" bash -c "! grep -q csr '$strict/request-2.$encoding'"
    strict "rounds-$encoding" --rounds 3 --status 409 "${more[@]}"
    device "rounds-$encoding" "$csr, \"servers\": [\"localhost:$port\"]"
    bootstraps "three rounds, $encoding (CSR-19, CSR-35)"
    holds "$encoding: of which one key is left" test "$(agent key list | wc -l)" = 1
    strict "more-$encoding" --rounds 4 "${more[@]}"
    device "more-$encoding" "$csr, \"servers\": [\"localhost:$port\"]"
    check "four rounds are too many, $encoding" 5 'again and again' agent run
    holds "$encoding: no key is left" test -z "$(agent key list)"
  done
  # CSR-15, CSR-32: openssl makes CMP of it, protected with the identity's key; it sends that nowhere
  cat >"$work/make-cmp" <<SH
#!/bin/sh
[ "\$SZTP_CSR_FORMAT" = cmp ] || exit 1
openssl cmp -cmd p10cr -csr "\$SZTP_CSR_FILE" -cert "$PKI/idevid.pem" -key "$PKI/idevid.key" -trusted "$PKI/idevid-root.pem" \\
  -recipient "/CN=Owner LDevID CA" -server 127.0.0.1:9 -reqout "\$SZTP_OUTPUT" 2>/dev/null
test -s "\$SZTP_OUTPUT"
SH
  chmod +x "$work/make-cmp"
  for encoding in json xml; do
    more=()
    [ "$encoding" = json ] || more=(--xml)
    strict "cmp-$encoding" --format cmp-csr "${more[@]}"
    device "cmp-$encoding" '"csr": {"keys": ["p256"], "formats": ["p10", "cmp"]}, "handlers": {"csr": "'"$work"'/make-cmp"},
      "servers": ["localhost:'"$port"'"]'
    bootstraps "CMP, made by openssl, $encoding"
    message_of cmp-csr "$strict/request-2.$encoding"
    of_request "$dev/state/keys/$(agent key list).csr" >"$work/made.pub"
    openssl pkey -pubin -in "$work/made.pub" -outform DER | tail -c 65 | od -An -tx1 | tr -d ' \n' >"$work/point"
    holds "$encoding: the message has the key that was made" grep -qf "$work/point" <(od -An -v -tx1 "$work/message" | tr -d ' \n')
    # CSR-18: a CMP server takes it: the identity's signature over it, and the new key's over the request in it
    openssl x509 -req -inform DER -in "$dev/state/keys/$(agent key list).csr" -CA "$lab/ldevid-ca.pem" -CAkey "$lab/ldevid-ca.key" \
      -set_serial 5 -days 9 -out "$work/ldevid.pem" 2>/dev/null
    cmp_ca "$work/ldevid.pem" "$PKI/idevid-root.pem"
    takes_cmp "$encoding: OpenSSL's CA takes it (CSR-18)" "$work/message" p10cr -csr "$dev/state/keys/$(agent key list).csr"
  done
  # CSR-18: CMC, made by openssl and read by it: two layers of SignedData by the identity around the request
  printf '#!/bin/sh\nexec "%s" "%s" "%s"\n' "$PWD/tests/common/make_cmc.py" "$PKI/idevid.pem" "$PKI/idevid.key" >"$work/make-cmc"
  chmod +x "$work/make-cmc"
  # opened FILE OUT: the PKIData that the identity has signed in FILE
  opened() {
    openssl cms -verify -inform DER -in "$1" -CAfile "$PKI/idevid-root.pem" -purpose any -binary -out "$2" >"$work/log" 2>&1 &&
      openssl cms -cmsout -print -noout -inform DER -in "$1" | grep -q 'eContentType: id-cct-PKIData'
  }
  # part FILE DEPTH OUT: of FILE the last SEQUENCE at that depth that has something in it
  part() {
    read -r at len < <(openssl asn1parse -inform DER -in "$1" |
      sed -nE "s/^ *([0-9]+):d=$2 +hl=([0-9]+) l= *([1-9][0-9]*) cons: SEQUENCE.*/\1 \2 \3/p" | tail -n 1 | awk '{print $1, $2 + $3}')
    tail -c "+$((at + 1))" "$1" | head -c "$len" >"$3"
  }
  # lengths FILE: of its controlSequence, reqSequence, cmsSequence and otherMsgSequence: "0" or "some"
  lengths() { openssl asn1parse -inform DER -in "$1" | sed -nE 's/^ *[0-9]+:d=1 .* l= *([0-9]+) cons: SEQUENCE.*/\1/p' |
    sed 's/^[1-9].*/some/' | tr '\n' ' '; }
  for encoding in json xml; do
    more=()
    [ "$encoding" = json ] || more=(--xml)
    strict "cmc-$encoding" --format cmc-csr "${more[@]}"
    device "cmc-$encoding" '"csr": {"keys": ["p256"], "formats": ["cmc"]}, "handlers": {"csr": "'"$work"'/make-cmc"},
      "servers": ["localhost:'"$port"'"]'
    bootstraps "CMC, made by openssl, $encoding"
    message_of cmc-csr "$strict/request-2.$encoding"
    holds "$encoding: the outer layer is the identity's" opened "$work/message" "$work/outer"
    holds "$encoding: with one cmsSequence element" test "$(lengths "$work/outer")" = "0 0 some 0 "
    part "$work/outer" 3 "$work/inner.der"
    holds "$encoding: the inner layer is the identity's" opened "$work/inner.der" "$work/inner"
    holds "$encoding: with one reqSequence element" test "$(lengths "$work/inner")" = "0 some 0 0 "
    part "$work/inner" 3 "$work/p10"
    holds "$encoding: which is the request of the key that was made" cmp "$work/p10" "$dev/state/keys/$(agent key list).csr"
    holds "$encoding: signed by it" sh -c "openssl req -inform DER -in '$work/p10' -verify -noout 2>&1 | grep -q 'verify OK'"
  done
  # what sztp-server says to them
  asks "\"algorithm\": \"p256\", $by_key"
  device cmc-only '"csr": {"keys": ["p256"], "formats": ["cmc"]}, "handlers": {"csr": "'"$work"'/make-cmc"},
    "servers": ["localhost:'"$port"'"]'
  agent run >"$work/out" 2>"$work/err"
  check "sztp-server asks for p10 alone, and says so" 0 'the device makes no requests of the format p10-csr' cat "$lab/log"
  holds "so that no key is made" test -z "$(agent key list)"
  for format in cmc-csr cmp-csr; do
    printf '{"ietf-sztp-bootstrap-server:input": {"ietf-sztp-csr:%s": "%s"}}' "$format" "$(base64 -w0 "$work/message")" >"$work/sent"
    curl -sS --max-time 10 --cacert "$PKI/server-root.pem" --cert "$PKI/idevid.pem" --key "$PKI/idevid.key" -w '%{http_code}' \
      -H "Content-Type: application/yang-data+json" -H "Accept: application/yang-data+json" --data "@$work/sent" \
      "https://localhost:$port/restconf/operations/ietf-sztp-bootstrap-server:get-bootstrapping-data" >"$work/answer"
    check "it refuses $format" 0 "'$format' was not asked for; p10-csr is.*400$" sh -c "tr -d '\n' <'$work/answer'"
  done
  # CSR-36: the server closes the connection while the request is being made
  printf '#!/bin/sh\nsleep 3\nexec "%s"\n' "$work/make-cmp" >"$work/make-slowly"
  chmod +x "$work/make-slowly"
  strict idle --format cmp-csr --idle 1
  device idle '"csr": {"keys": ["p256"], "formats": ["cmp"]}, "handlers": {"csr": "'"$work"'/make-slowly"},
    "servers": ["localhost:'"$port"'"]'
  bootstraps "the connection is gone when the request is there (CSR-36)"
  holds "which comes over a new one" grep -q cmp-csr "$strict/request-2.json"
  # what sztp-server asks for: the structure (RFC 8791) stands in the module as a container, which yanglint can read
  asks "\"algorithm\": \"p384\", $by_key"
  cp -r tests/yang "$work/yang"
  sed -i 's/sx:structure csr-request/container csr-request/' "$work"/yang/ietf-sztp-csr@*.yang
  cat >"$work/support" <<'JSON'
{"ietf-sztp-bootstrap-server:input": {"ietf-sztp-csr:csr-support": {
  "key-generation": {"supported-algorithms": {"algorithm-identifier": ["MBAGByqGSM49AgEGBSuBBAAi"]}},
  "csr-generation": {"supported-formats": {"format-identifier": ["ietf-ztp-types:p10-csr"]}}}}}
JSON
  for encoding in json xml; do
    curl -sS --max-time 10 --cacert "$PKI/server-root.pem" --cert "$PKI/idevid.pem" --key "$PKI/idevid.key" \
      -H "Accept: application/yang-data+$encoding" -H "Content-Type: application/yang-data+json" --data "@$work/support" \
      "https://localhost:$port/restconf/operations/ietf-sztp-bootstrap-server:get-bootstrapping-data" >"$work/errors"
    python3 - "$work/errors" "$work/asked.$encoding" <<'PY'
import json
import re
import sys
text = open(sys.argv[1], encoding="utf-8").read()
with open(sys.argv[2], "w", encoding="utf-8") as out:
    if text.lstrip().startswith("<"):
        out.write(re.search("<csr-request.*</csr-request>", text, re.S)[0])
    else:
        json.dump(json.loads(text)["ietf-restconf:errors"]["error"][0]["error-info"], out)
PY
    check "what sztp-server asks for, $encoding, is as the module has it" 0 "" \
      yanglint -p "$work/yang" -t data "$work"/yang/ietf-{sztp-csr,ztp-types}@*.yang "$work/asked.$encoding"
    holds "$encoding: P-384" grep -q MBAGByqGSM49AgEGBSuBBAAi "$work/asked.$encoding"
  done
fi
conclude
