#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# sztp-server as its clients see it: curl as a well-behaved device, openssl and raw sockets as hostile ones.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
. tests/common/bootstrap.sh
export PATH

has() { grep -qE -- "$2" "$1" || { echo "no match for: $2"; cat "$1"; return 1; }; }

# ---- a laboratory --------------------------------------------------------------------------------------

lab=$work/lab
m=ietf-sztp-bootstrap-server
rpc=/restconf/operations/$m
onboarding='{"ietf-sztp-conveyed-info:onboarding-information":{"boot-image":{"os-name":"ExampleOS","os-version":"4.3.0",
  "image-file":"os.bin"},"configuration-handling":"merge","configuration":"aG9zdG5hbWUgZWRnZS0xNwo="}}'
mkdir -p "$lab/images" "$lab/EX4200-17" "$lab/BARE-1" "$lab/READY-1/untrusted" "$lab/REDIR-1" "$lab/WRONG-1" "$lab/SEALED-1"
head -c 100000 /dev/urandom > "$lab/images/os.bin"
: > "$lab/images/empty"
echo secret > "$lab/secret"
for f in server.pem server.key owner.pem owner.key owner-chain.pem; do cp "$PKI/$f" "$lab/"; done
echo "$onboarding" > "$lab/EX4200-17/onboarding.json"
echo "$onboarding" > "$lab/BARE-1/onboarding.json"
echo verbose > "$lab/BARE-1/reporting-level"
echo '{"ietf-sztp-conveyed-info:redirect-information":{"bootstrap-server":[{"address":"boot2.example.net","port":8443,
  "trust-anchor-file":"anchor.pem"},{"address":"2001:db8::5"}]}}' > "$lab/REDIR-1/redirect.json"
cp "$PKI/server2-root.pem" "$lab/REDIR-1/anchor.pem"
echo '{"ietf-sztp-conveyed-info:onboarding-information":{"konfiguration":"x"}}' > "$lab/WRONG-1/onboarding.json"

voucher() { issue_voucher "$lab/$1/ownership-voucher.vcj" "$1"; } # SERIAL
voucher EX4200-17
voucher READY-1
pack_owner_cert "$lab/READY-1/owner-certificate.cms"
sign_conveyed "$lab/READY-1/conveyed-information.cms" onboarding --os-name ReadyOS --os-version 1
sztp conveyed redirect --server elsewhere.example.net --out "$lab/READY-1/untrusted/conveyed-information.cms"

cp "$lab/READY-1"/*.cms "$lab/READY-1"/*.vcj "$lab/SEALED-1"

# device NAME SUBJECT: a client certificate under idevid-root.
device() {
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -utf8 -keyout "$work/$1.key" -subj "$2" \
    -multivalue-rdn -out "$work/$1.csr" 2>/dev/null &&
    openssl x509 -req -in "$work/$1.csr" -CA "$PKI/idevid-root.pem" -CAkey "$PKI/idevid-root.key" -days 2 \
      -set_serial 7 -out "$work/$1.pem" 2>/dev/null || bad "certificate for $1"
}
device bare /serialNumber=BARE-1
device ready /serialNumber=READY-1
device redir /serialNumber=REDIR-1
device sealed /serialNumber=SEALED-1
device wrong /serialNumber=WRONG-1
device stranger /serialNumber=NOBODY-1
device escape '/serialNumber=..\/secret'
device dots /serialNumber=..
device images /serialNumber=images
device nameless /CN=nameless
device twins /serialNumber=EX4200-17/serialNumber=BARE-1
cp "$PKI/idevid.pem" "$work/good.pem"; cp "$PKI/idevid.key" "$work/good.key"
cp "$PKI/other.pem" "$work/other.pem"; cp "$PKI/other.key" "$work/other.key"

# serve NAME [OPTIONS...]: starts a server; its process in $pid, its address in $url.
serve() {
  local name=$1
  shift
  rm -f "$work/$name.port"
  sztp-server --listen 127.0.0.1:0 --port-file "$work/$name.port" "$@" > "$work/$name.out" 2>&1 &
  pid=$!
  started+=("$pid")
  wait_until 5 test -s "$work/$name.port"
  port=$(cat "$work/$name.port" 2>/dev/null)
  [ -n "$port" ] || bad "server $name starts" "$(cat "$work/$name.out")"
  url=https://localhost:$port
}
ends_well() { # NAME: SIGTERM ends the server with status 0, without a complaint of a sanitizer
  kill -TERM "$pid"
  wait "$pid"; local status=$?
  if [ "$status" -eq 0 ] && ! grep -q -e Sanitizer -e 'runtime error' "$work/$1.out"; then ok "$1: ends cleanly"
  else bad "$1: ends with status $status" "$(tail -n 30 "$work/$1.out")"; fi
}

# ask TITLE CLIENT STATUS PATTERN PATH [CURL OPTIONS...]: head and body together must match PATTERN (of
# several lines separated by '&&', each one).
ask() {
  local title=$1 client=$2 status=$3 patterns=$4 path=$5 got cert=()
  shift 5
  [ "$client" = - ] || cert=(--cert "$work/$client.pem" --key "$work/$client.key")
  got=$(curl -sS --max-time 10 --path-as-is --cacert "$PKI/server-root.pem" "${cert[@]}" -D "$work/head" \
    -o "$work/body" -w '%{http_code}' "$@" "$url$path" 2> "$work/curl.err")
  [ -e "$work/body" ] || : > "$work/body"
  tr -d '\r' < "$work/head" > "$work/answer"
  tr -d '\0' < "$work/body" >> "$work/answer"
  [ "$got" = "$status" ] || { bad "$title" "status $got, not $status" "$(cat "$work/answer" "$work/curl.err")"; return 1; }
  while [ -n "$patterns" ]; do
    local one=${patterns%%&&*}
    grep -qE -- "$one" "$work/answer" || { bad "$title" "no match for: $one" "$(cat "$work/answer")"; return 1; }
    [ "$one" = "$patterns" ] && break
    patterns=${patterns#*&&}
  done
  rm -f "$work/head"
  ok "$title"
}
json=(-H 'Content-Type: application/yang-data+json')
xml=(-H 'Content-Type: application/yang-data+xml')
empty="{\"$m:input\":{}}"
preferred="{\"$m:input\":{\"signed-data-preferred\":[null],\"nonce\":\"oKGio6SlpqeoqaqrrK2ur7CxsrO0tba3uLm6u7y9vr8=\"}}"
xns="xmlns=\"urn:ietf:params:xml:ns:yang:$m\""

# unpack: the artifacts of the last JSON answer as files $work/{conveyed,owner,voucher}.
unpack() {
  rm -f "$work"/conveyed "$work"/owner "$work"/voucher
  python3 - "$work" <<'PY'
import base64, json, sys
out = json.load(open(sys.argv[1] + "/body"))["ietf-sztp-bootstrap-server:output"]
for name, file in (("conveyed-information", "conveyed"), ("owner-certificate", "owner"), ("ownership-voucher", "voucher")):
    if name in out:
        open(f"{sys.argv[1]}/{file}", "wb").write(base64.b64decode(out[name], validate=True))
PY
}
verified() { # SERIAL PATTERN [OPTIONS]: our own verification takes what was given out, and it is what it should be
  local serial=$1 pattern=$2
  shift 2
  unpack || return 1
  local extra=()
  [ -e "$work/voucher" ] && extra=(--voucher "$work/voucher" --voucher-anchor "$PKI/mfr-root.pem" --serial "$serial" --owner-cert "$work/owner")
  sztp verify --conveyed "$work/conveyed" "${extra[@]}" --json "$@" > "$work/verdict" || { cat "$work/verdict"; return 1; }
  sztp inspect "$work/conveyed" >> "$work/verdict" || return 1
  has "$work/verdict" "$pattern"
}
unsigned() { [ ! -e "$work/owner" ] && [ ! -e "$work/voucher" ]; }

serve lab --dir "$lab"

# ---- root discovery (the server's side of REST-01 to REST-03) -------------------------------------------

meta=/.well-known/host-meta
ask 'host-meta is XRD' - 200 'Type: application/xrd\+xml&&<Link rel="restconf" href="/restconf"/>' $meta
ask 'host-meta for a device that prefers XRD' - 200 'xrd\+xml' $meta -H 'Accept: application/xrd+xml, application/jrd+json;q=0.5'
ask 'host-meta is JRD when wanted' - 200 'Type: application/jrd\+json&&"rel":"restconf","href":"/restconf"' $meta -H 'Accept: application/jrd+json'
ask 'host-meta.json' - 200 '"rel":"restconf"' $meta.json
ask 'host-meta without its body' - 200 'Content-Length: 1' $meta -I
ask 'host-meta takes no POST' - 405 '^Allow: GET, HEAD, OPTIONS$&&operation-not-supported' $meta -d x
ask 'OPTIONS tells the methods' - 200 '^Allow: POST, OPTIONS$' $rpc:report-progress -X OPTIONS
ask 'an unknown method' - 501 'operation-not-supported' $meta -X BREW
ask 'an unknown resource' good 404 '"error-tag":"invalid-value"' /restconf/data
ask 'an unknown operation' good 404 'invalid-value' "$rpc:other" "${json[@]}" -d "$empty"
ask 'a percent-encoded colon' good 200 output "$rpc%3Aget-bootstrapping-data" "${json[@]}" -d "$empty"

# ---- get-bootstrapping-data (REST-08 to REST-17, DATA-01) -----------------------------------------------

data=$rpc:get-bootstrapping-data
ask 'data in JSON' good 200 'Type: application/yang-data\+json&&:output":\{"conveyed-information":"[^"]*"\}' $data "${json[@]}" -d "$empty"
holds 'unsigned onboarding information is right' verified EX4200-17 'ExampleOS' --channel trusted
holds 'it comes alone' unsigned
holds 'the image is offered here' has "$work/verdict" "https://localhost:$port/images/os.bin"
ask 'data in XML' good 200 'Type: application/yang-data\+xml&&<output xmlns=.urn:ietf:params:xml:ns:yang:ietf-sztp-bootstrap-server.>&&<conveyed-information>M' \
  $data "${xml[@]}" -d "<input $xns><hw-model>EX</hw-model></input>"
ask 'data for XML without parameters' good 200 '<output' $data "${xml[@]}" -d "<input $xns/>"
ask 'data without body' good 200 'output' $data -X POST -H 'Content-Type:'
ask 'a verbose device' bare 200 '"reporting-level":"verbose"' $data "${json[@]}" -d "$empty"
ask 'nodes of other modules are passed by' good 200 output $data "${json[@]}" -d "{\"$m:input\":{\"example-more:thing\":{}}}"
ask 'support for requests without formats' good 400 "format-identifier" $data "${json[@]}" -d "{\"$m:input\":{\"ietf-sztp-csr:csr-support\":{}}}"

# RFC 8572 7.3: signed data or unsigned redirect information, never unsigned onboarding information.
ask 'signed data when preferred' good 200 'owner-certificate&&ownership-voucher' $data "${json[@]}" -d "$preferred"
holds 'it verifies on an untrusted channel' verified EX4200-17 ExampleOS --channel untrusted
ask 'signed data when preferred, in XML' good 200 '<ownership-voucher>M' $data "${xml[@]}" -d "<input $xns><signed-data-preferred/></input>"
ask 'nothing signed: nothing' bare 404 '"error-tag":"data-missing"' $data "${json[@]}" -d "$preferred"
ask 'a redirect' redir 200 output $data "${json[@]}" -d "$empty"
holds 'it is redirect information' verified REDIR-1 boot2.example.net --channel trusted
holds 'with a trust anchor' has "$work/verdict" 'trust-anchor'
ask 'an unsigned redirect when signed data is preferred' redir 200 output $data "${json[@]}" -d "$preferred"
holds 'it is unsigned' verified REDIR-1 '"kind": ?"redirect"' --channel untrusted
holds 'and alone' unsigned
ask 'ready artifacts' ready 200 'owner-certificate&&ownership-voucher' $data "${json[@]}" -d "$empty"
holds 'ready artifacts verify' verified READY-1 ReadyOS --channel untrusted
ask 'ready artifacts for untrusting devices' ready 200 output $data "${json[@]}" -d "$preferred"
holds 'they are the ones in untrusted/' verified READY-1 elsewhere.example.net --channel untrusted
for file in enc/cbc128 enc/gcm128; do
  cp "$PKI/$file.cms" "$lab/SEALED-1/conveyed-information.cms"
  ask "encrypted information takes its pair along, $file" sealed 200 'owner-certificate&&ownership-voucher' $data "${json[@]}" -d "$empty"
done
ask 'a wrong document is named' wrong 500 "operation-failed&&onboarding.json.*'konfiguration'" $data "${json[@]}" -d "$empty"

# ---- who asks (IDEV-01, IDEV-04, USB-07) ----------------------------------------------------------------

ask 'no certificate' - 401 '"error-tag":"access-denied"&&no client certificate' $data "${json[@]}" -d "$empty"
ask 'no certificate, in XML' - 401 '<error-tag>access-denied</error-tag>' $data "${xml[@]}" -d "<input $xns/>"
ask 'a certificate without serial number' nameless 403 'access-denied.*no serialNumber' $data "${json[@]}" -d "$empty"
ask 'a certificate with two serial numbers' twins 403 'access-denied.*two serialNumber' $data "${json[@]}" -d "$empty"
for name in escape dots images; do
  ask "a serial number that is no folder's name: $name" $name 403 "access-denied.*can't be the name" $data "${json[@]}" -d "$empty"
done
ask 'an unknown device' stranger 404 '"error-type":"application","error-tag":"data-missing"' $data "${json[@]}" -d "$empty"
ask 'an unknown device, in XML' stranger 404 '<error-tag>data-missing</error-tag>' $data "${xml[@]}" -d "<input $xns/>"
ask 'a report of an unknown device' stranger 404 data-missing $rpc:report-progress "${json[@]}" -d "{\"$m:input\":{\"progress-type\":\"informational\"}}"
holds 'no folder was made for it' test ! -e "$lab/NOBODY-1"
ask 'any chain is taken without --device-ca' other 403 'no serialNumber' $data "${json[@]}" -d "$empty"

# ---- media types (REST-09, REST-10, REST-22) ------------------------------------------------------------

ask 'another media type' good 415 'Type: application/yang-data\+json&&invalid-value' $data -H 'Content-Type: text/plain' -d "$empty"
ask 'no media type' good 415 'invalid-value' $data -H 'Content-Type:' -d "$empty"
ask 'an answer that nobody reads' good 406 'invalid-value' $data "${json[@]}" -H 'Accept: text/html' -d "$empty"
ask 'everything refused' good 406 'invalid-value' $data "${json[@]}" -H 'Accept: */*;q=0' -d "$empty"
ask 'JSON in, XML out' good 200 'yang-data\+xml' $data "${json[@]}" -H 'Accept: application/yang-data+json;q=0.5, application/yang-data+xml' -d "$empty"
ask 'XML in, JSON out' good 200 'yang-data\+json' $data "${xml[@]}" -H 'Accept: application/yang-data+json' -d "<input $xns/>"
ask 'both read: as it was asked' good 200 'yang-data\+xml' $data "${xml[@]}" -H 'Accept: application/*' -d "<input $xns/>"
ask 'the type with a dot' good 200 'yang-data\+xml' $data -H 'Content-Type: application/yang.data+xml' -d "<input $xns/>"
ask 'the type in capitals, with parameters' good 200 output $data -H 'Content-Type: Application/YANG-Data+JSON; charset=utf-8' -d "$empty"
ask 'a body in other clothes' good 400 'malformed-message' $data "${json[@]}" -d "<input $xns/>"

# ---- progress reports (PROG-08, PROG-13 to PROG-15) ------------------------------------------------------

progress=$rpc:report-progress
types=$(sed -n '/^## PROG/,/^### PROG-01/s/^| [0-9]* | \([a-z-]*\) |.*/\1/p' docs/spec/requirements.md)
holds 'there are 27 progress types' test "$(wc -w <<< "$types")" = 27
chain=()
for type in $types; do # one connection, kept alive
  chain+=(--next -sS --cacert "$PKI/server-root.pem" --cert "$work/good.pem" --key "$work/good.key" "${json[@]}" -w '%{http_code} %{num_connects}\n'
    -d "{\"$m:input\":{\"progress-type\":\"$type\",\"message\":\"line\\nof $type \\u0007\"}}" "$url$progress")
done
curl --max-time 20 "${chain[@]:1}" > "$work/codes" 2>&1
holds 'every progress type gets 204, on one connection' test "$(sort "$work/codes" | uniq -c | tr -s ' \n' ' ')" = ' 26 204 0 1 204 1 '
complete="{\"$m:input\":{\"progress-type\":\"bootstrap-complete\",\"ssh-host-keys\":{\"ssh-host-key\":[{\"algorithm\":\"ssh-ed25519\",
 \"key-data\":\"AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\"}]},\"trust-anchor-certs\":{\"trust-anchor-cert\":[\"AAECAwQFBgc=\"]}}}"
ask 'completion with keys, in JSON' good 204 '' $progress "${json[@]}" -d "$complete"
ask 'completion with keys, in XML' good 204 '' $progress "${xml[@]}" -d "<input $xns><progress-type> bootstrap-complete
 </progress-type><message>&lt;&#9731;&gt;</message><ssh-host-keys><ssh-host-key><algorithm>ssh-ed25519</algorithm><key-data>AAAA
 C3Nz</key-data></ssh-host-key></ssh-host-keys></input>"
ask 'a message that would deceive a terminal' good 204 '' $progress "${json[@]}" -d "{\"$m:input\":{\"progress-type\":\"informational\",
 \"message\":\"$(printf '\302\233[2J\302\205\342\200\256gpj.exe\342\200\213\177')\"}}"
log_right() {
  python3 - "$lab/EX4200-17/progress.log" <<'PY'
import json, sys
lines = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
assert len(lines) == 30, len(lines)
assert lines[0]["progress-type"] == "bootstrap-initiated" and lines[0]["time"].endswith("Z"), lines[0]
assert lines[0]["message"] == "line\nof bootstrap-initiated \a", lines[0]
assert lines[27]["ssh-host-keys"][0]["algorithm"] == "ssh-ed25519" and lines[27]["trust-anchor-certs"] == ["AAECAwQFBgc="]
assert lines[28]["message"] == "<\u2603>" and lines[28]["progress-type"] == "bootstrap-complete", lines[28]
assert lines[29]["message"] == "\u009b[2J\u0085\u202egpj.exe\u200b\x7f", lines[29]
PY
}
holds 'and is not in the log as it is' sh -c "! LC_ALL=C grep -qaP '\302[\200-\237]|\342\200|\177' '$lab/EX4200-17/progress.log'"
holds 'progress.log holds them, one JSON object per line' log_right

# ---- what other clients send: nothing, in many words (RFC 7950 7.5.1) ------------------------------------

ask 'an empty nonce is none' good 200 output $data "${json[@]}" -d "{\"$m:input\":{\"hw-model\":\"\",\"nonce\":\"\"}}"
ask '  in XML' good 200 output $data "${xml[@]}" -d "<input $xns><hw-model/><nonce/></input>"
ask 'empty containers go with every report' good 204 '' $progress "${json[@]}" \
  -d "{\"$m:input\":{\"progress-type\":\"config-complete\",\"ssh-host-keys\":{},\"trust-anchor-certs\":{}}}"
holds '  and are not in the log' sh -c "tail -n 1 '$lab/EX4200-17/progress.log' | grep -v host-keys | grep -q config-complete"
ask '  in XML' good 204 '' $progress "${xml[@]}" \
  -d "<input $xns><progress-type>config-complete</progress-type><ssh-host-keys/><trust-anchor-certs></trust-anchor-certs></input>"

# ---- bodies that are refused (DATA-01, DATA-03, DATA-12 to DATA-15) -------------------------------------

refused() { # ENCODING PATH TAG BODY
  local -n type=$1
  local what=$4
  ask "refused ($1, $3): ${what:0:70}" good 400 "yang-data\\+$1&&$3" "$2" "${type[@]}" --data-binary "$4"
}
deep=$(printf '[%.0s' {1..5000})
while IFS='|' read -r encoding path tag body; do
  refused "$encoding" "${!path}" "$tag" "${body//IN/\"$m:input\"}"
done <<'TABLE'
json|data|malformed-message|{
json|data|malformed-message|[]
json|data|malformed-message|{}
json|data|malformed-message|{"input":{}}
json|data|malformed-message|{IN:{}} {}
json|data|malformed-message|{IN:{},"ietf-sztp-bootstrap-server:x":1}
json|data|malformed-message|{IN:null}
json|data|malformed-message|{IN:[[]]}
json|data|malformed-message|{IN:{"a":1,"a":2}}
json|data|unknown-element|{IN:{"serial-number":"x"}}
json|data|invalid-value|{IN:{"signed-data-preferred":true}}
json|data|invalid-value|{IN:{"nonce":"AAECAwQFBgc="}}
json|data|invalid-value|{IN:{"nonce":"!"}}
json|data|bad-element|{IN:{"os-name":["a","b"]}}
json|data|invalid-value|{IN:{"os-name":1}}
json|progress|missing-element|{IN:{}}
json|progress|invalid-value|{IN:{"progress-type":"done"}}
json|progress|invalid-value|{IN:{"progress-type":"informational","message":1}}
json|progress|malformed-message|{IN:{"progress-type":"informational","message":"\u0000"}}
json|progress|unknown-element|{IN:{"progress-type":"informational","trust-anchor-certs":{"trust-anchor-cert":["AAEC"]}}}
json|progress|unknown-element|{IN:{"progress-type":"informational","ssh-host-keys":{"a":1}}}
json|progress|invalid-value|{IN:{"progress-type":"bootstrap-complete","ssh-host-keys":"x"}}
json|progress|missing-element|{IN:{"progress-type":"bootstrap-complete","ssh-host-keys":{"ssh-host-key":[{"algorithm":"a"}]}}}
json|progress|invalid-value|{IN:{"progress-type":"bootstrap-complete","ssh-host-keys":{"ssh-host-key":[{"algorithm":"a","key-data":"?"}]}}}
json|progress|invalid-value|{IN:{"progress-type":"bootstrap-complete","trust-anchor-certs":{"trust-anchor-cert":[""]}}}
xml|data|malformed-message|<input>
xml|data|malformed-message|<input/>
xml|data|malformed-message|<input xmlns="urn:ietf:params:xml:ns:yang:ietf-sztp-csr"/>
xml|data|malformed-message|<!DOCTYPE input><input xmlns="urn:ietf:params:xml:ns:yang:ietf-sztp-bootstrap-server"/>
xml|data|malformed-message|<input xmlns="urn:ietf:params:xml:ns:yang:ietf-sztp-bootstrap-server">text</input>
xml|data|unknown-element|<input xmlns="urn:ietf:params:xml:ns:yang:ietf-sztp-bootstrap-server"><a/></input>
xml|data|invalid-value|<input xmlns="urn:ietf:params:xml:ns:yang:ietf-sztp-bootstrap-server"><signed-data-preferred>1</signed-data-preferred></input>
xml|progress|missing-element|<input xmlns="urn:ietf:params:xml:ns:yang:ietf-sztp-bootstrap-server"/>
xml|progress|bad-element|<input xmlns="urn:ietf:params:xml:ns:yang:ietf-sztp-bootstrap-server"><message>1</message><message>2</message></input>
TABLE
refused json "$data" malformed-message "$deep"
refused json "$data" malformed-message $'{"\xff":1}'
refused xml "$data" malformed-message "$(printf '<a>%.0s' {1..5000})"
ask 'a report without body' good 400 missing-element $progress -X POST -H 'Content-Type:'
ask 'reports take no GET' good 405 'operation-not-supported' $progress
head -c 300000 /dev/zero | tr '\0' ' ' > "$work/large"
ask 'a large body' good 413 too-big $progress "${json[@]}" -H 'Expect:' --data-binary "@$work/large"
ask 'a large body in chunks' good 413 too-big $progress "${json[@]}" -H 'Expect:' -H 'Transfer-Encoding: chunked' --data-binary "@$work/large"
ask 'a body in chunks' good 204 '' $progress "${json[@]}" -H 'Transfer-Encoding: chunked' -d "$complete"
ask '100-continue' good 204 'HTTP/1.1 100' $progress "${json[@]}" -H 'Expect: 100-continue' --expect100-timeout 9 -d "$complete"
ask 'HTTP/1.0' good 200 'Connection: close' $meta --http1.0

# ---- images -----------------------------------------------------------------------------------------------

same_image() { # FROM LENGTH
  cmp "$work/body" <(tail -c "+$(($1 + 1))" "$lab/images/os.bin" | head -c "$2")
}
image=/images/os.bin
ask 'an image, without certificate' - 200 '^Content-Length: 100000$&&^Accept-Ranges: bytes$' $image
holds 'it is the image' same_image 0 100000
tag=$(tr -d '\r' < "$work/answer" | sed -n 's/^ETag: //p')
ask 'an image without its body' - 200 '^Content-Length: 100000$' $image -I
while read -r range status want from len; do
  ask "Range $range" - "$status" "$want" $image -H "Range: $range"
  [ "$status" = 416 ] || holds "  the octets of $range" same_image "$from" "$len"
done <<'TABLE'
bytes=0-0 206 ^Content-Range:.bytes.0-0/100000$ 0 1
bytes=99999- 206 ^Content-Range:.bytes.99999-99999/100000$ 99999 1
bytes=50000-999999999999999999999999 206 ^Content-Range:.bytes.50000-99999/100000$ 50000 50000
bytes=-7 206 ^Content-Range:.bytes.99993-99999/100000$ 99993 7
bytes=-200000 206 ^Content-Range:.bytes.0-99999/100000$ 0 100000
bytes=100000- 416 ^Content-Range:.bytes.[*]/100000$
bytes=-0 416 ^Content-Range:.bytes.[*]/100000$
bytes=5-4 200 ^Content-Length:.100000$ 0 100000
bytes=0-1,5-6 200 ^Content-Length:.100000$ 0 100000
lines=0-1 200 ^Content-Length:.100000$ 0 100000
bytes=x 200 ^Content-Length:.100000$ 0 100000
TABLE
ask 'If-Range with this tag' - 206 'Content-Range' $image -H 'Range: bytes=1-2' -H "If-Range: $tag"
ask 'If-Range with another tag' - 200 'Content-Length: 100000' $image -H 'Range: bytes=1-2' -H 'If-Range: "x"'
ask 'an empty image' - 200 '^Content-Length: 0$' /images/empty
ask 'a range of an empty image' - 416 '' /images/empty -H 'Range: bytes=0-'
for path in /images/../secret /images/..%2fsecret /images/%2e%2e/secret /images/ /images/. /images/.. '/images/..\secret' \
  /images/none /images/os.bin/ "/images//$lab/secret"; do
  ask "no image: $path" - 404 'no such image' "$path"
done
ask 'images take no POST' - 405 '' $image -d x

# ---- raw octets (the server's side of REST-23, SEC-07) ----------------------------------------------------

raw() { # TITLE PATTERN: what stands on standard input, through TLS; the server answers and closes, and goes on
  timeout 10 openssl s_client -quiet -no_ign_eof -connect "127.0.0.1:$port" -CAfile "$PKI/server-root.pem" 2> /dev/null > "$work/raw"
  if grep -aqE "$2" "$work/raw"; then ok "raw: $1"; else bad "raw: $1" "$(head -c 300 "$work/raw" | tr -d '\0')"; fi
}
shopt -s lastpipe # so that raw counts
slow() { cat; sleep 0.8; } # s_client leaves at the end of its input, so that comes after the answer
# To s_client a line that begins with Q or R is an order of its own.
head -c 3000 /dev/urandom | tr '\r\n' xx | cat <(printf noise) - <(printf '\r\n\r\n') | slow | raw 'noise' '^HTTP/1.1 400'
printf 'GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n' | slow | raw 'both lengths' '^HTTP/1.1 400.*'
printf 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' | slow | raw 'HTTP/2' '^HTTP/1.1 505'
printf 'GET / HTTP/1.1\r\n\r\n' | slow | raw 'no Host' 'malformed-message.*no Host'
printf 'GET / HTTP/1.1\r\nHost: a\r\nA: %.0s' {1..900} | slow | raw 'a head without end' '^HTTP/1.1 431'
printf 'GET /nul\0 HTTP/1.1\r\nHost: a\r\n\r\n' | slow | raw 'NUL' '^HTTP/1.1 400'
{ for i in 1 2 3; do printf 'GET /p%d HTTP/1.1\r\nHost: a\r\n\r\n' $i; done; } | slow | raw 'three requests at once' '^HTTP/1.1 404'
holds '  three answers' test "$(grep -ac 'HTTP/1.1 404' "$work/raw")" = 3
head -c 20000 /dev/urandom > "/dev/tcp/127.0.0.1/$port"
ok 'raw: noise instead of TLS'
ask 'the server is there after all that' good 200 output $data "${json[@]}" -d "$empty"

# ---- the log ------------------------------------------------------------------------------------------------

requests_right() {
  python3 - "$lab/requests.log" <<'PY'
import json, sys
lines = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
def count(**want):
    return sum(all(line[k] == v for k, v in want.items()) for line in lines)
path = "/restconf/operations/ietf-sztp-bootstrap-server:"
assert count(path="/.well-known/host-meta", method="GET", status=200, certificate=False) >= 3
assert count(path=path + "get-bootstrapping-data", serial="EX4200-17", status=200, certificate=True,
             parameters="signed-data-preferred nonce", told="signed onboarding information") == 1
assert count(path=path + "report-progress", serial="NOBODY-1", status=404, parameters="informational") == 1
assert count(path=path + "get-bootstrapping-data", serial="", status=401, certificate=False) == 2
assert count(method="", path="", status=431) == 1
assert all(ord(c) >= 32 and c != "\x7f" for line in lines for v in line.values() if isinstance(v, str) for c in v)
PY
}
holds 'requests.log tells who asked for what' requests_right
cp "$lab/requests.log" "$work/requests.before"
mv "$lab/requests.log" "$work/requests.1"
ask 'a request after requests.log was renamed' - 200 'restconf' /.well-known/host-meta
holds '  begins it anew' test "$(wc -l < "$lab/requests.log")" = 1
rm "$lab/requests.log"
ask 'a request after it was removed' - 200 'restconf' /.well-known/host-meta
holds '  begins it anew, too' test "$(wc -l < "$lab/requests.log")" = 1
holds '  and adds nothing to the old one' cmp -s "$work/requests.1" "$work/requests.before"
mv "$work/requests.1" "$lab/requests.log"
holds 'standard output has no control characters' bash -c '! LC_ALL=C grep -q "[[:cntrl:]]" "$1"' - "$work/lab.out"
ends_well lab

# ---- a voucher with the device's nonce (REST-15, VOUCH-11) ----------------------------------------------------

for f in voucher-signer.pem voucher-signer.key voucher-signer-chain.pem; do cp "$PKI/$f" "$lab/"; done
cp "$PKI/owner-root.pem" "$lab/pinned-domain-cert.pem"
serve vouching --dir "$lab"
ask 'a voucher issued at once' bare 200 voucher $data "${json[@]}" -d "$preferred"
holds '  holds the nonce' verified BARE-1 ExampleOS --channel untrusted --nonce oKGio6SlpqeoqaqrrK2ur7CxsrO0tba3uLm6u7y9vr8=
holds '  and no other' bash -c '! "$@"' - sztp verify --conveyed "$work/conveyed" --owner-cert "$work/owner" \
  --voucher "$work/voucher" --voucher-anchor "$PKI/mfr-root.pem" --serial BARE-1 --nonce AAECAwQFBgcICQoLDA0ODw==
ends_well vouching
rm "$lab"/voucher-signer* "$lab/pinned-domain-cert.pem"

# ---- settings -----------------------------------------------------------------------------------------------

cp "$PKI/server-root.pem" "$lab/trust-anchor.pem"
serve ca --dir "$lab" --device-ca "$PKI/idevid-root.pem"
ask 'a chain under --device-ca' good 200 output $data "${json[@]}" -d "$empty"
ask 'a chain that is not' other 401 'access-denied' $data "${json[@]}" -d "$empty"
ask 'no certificate with --device-ca' - 401 'access-denied' $data "${json[@]}" -d "$empty"
ask 'signed data wins over promotion' good 200 voucher $data "${json[@]}" -d "$preferred"
holds '  onboarding information' verified EX4200-17 ExampleOS --channel untrusted
ask 'promotion without voucher is unsigned' bare 200 output $data "${json[@]}" -d "$preferred"
holds '  a redirect to this server' verified BARE-1 localhost --channel untrusted
holds '  at this port' has "$work/verdict" "$port"
holds '  alone' unsigned
ends_well ca

# ---- TLS (the server's side of TLS-24) ------------------------------------------------------------------------

cat "$PKI/server-inside.pem" "$PKI/server-bound.pem" > "$work/bound.pem"
serve bound --dir "$lab" --tls-cert "$work/bound.pem" --tls-key "$PKI/server-inside.key"
ask 'a chain with critical constraints is presented' good 200 output $data "${json[@]}" -d "$empty"
ends_well bound
serve groups --dir "$lab" --tls-cert "$PKI/server-rsa.pem" --tls-key "$PKI/server-rsa.key"
takes() { # GROUPS KEY: the ephemeral key that the server takes of these; "" for none
  local got
  got=$(openssl s_client -connect "127.0.0.1:$port" -tls1_2 -cipher ALL:@SECLEVEL=0 -groups "$1" < /dev/null 2>&1 |
    sed -n 's/^Server Temp Key: //p')
  [ "$got" = "$2" ] || { echo "'$got', expected '$2'"; return 1; }
}
holds 'X25519 comes first' takes P-521:P-384:P-256:X25519 'X25519, 253 bits'
holds 'P-256 is taken' takes P-256 'ECDH, prime256v1, 256 bits'
holds 'P-384 is taken' takes P-384 'ECDH, secp384r1, 384 bits'
holds 'P-521 is taken' takes P-521 'ECDH, secp521r1, 521 bits'
for group in X448 secp192r1 secp224r1 brainpoolP256r1; do holds "$group is not" takes "$group" ''; done

# Who says no after the handshake, or nothing at all, is in the log all the same.
turns_away() { # PATTERN [OPTIONS...]: a new line of the log about a device that shakes hands and sends what stands on standard input
  local pattern=$1 before
  shift
  before=$(wc -l < "$work/groups.out")
  openssl s_client -connect "127.0.0.1:$port" -CAfile "$PKI/server-root.pem" "$@" > "$work/away" 2>&1
  wait_until 5 sh -c "tail -n +$((before + 1)) '$work/groups.out' | grep -qE -- '$pattern'" || { cat "$work/groups.out" "$work/away"; return 1; }
}
good=(-cert "$work/good.pem" -key "$work/good.key")
away='turned away after the handshake'
told="$away .certificate .*serialNumber=EX4200-17.*: the client closed the connection with"
holds 'a device that leaves after TLS 1.2' turns_away "$told the alert close_notify" "${good[@]}" -tls1_2 < /dev/null
holds '  without certificate' turns_away "$away .no certificate.: .*close_notify" -tls1_2 < /dev/null
{ sleep 0.3; echo R; sleep 0.3; } | # a renegotiation that is refused makes OpenSSL leave with handshake_failure
  holds '  with an alert' turns_away "$away .no certificate.: the client refused with the TLS alert 40, handshake_failure" -tls1_2
if openssl s_client -connect "127.0.0.1:$port" -tls1_3 < /dev/null 2>&1 | grep -q 'Cipher is TLS_'; then
  holds 'a device that leaves after TLS 1.3' turns_away "$told" "${good[@]}" -tls1_3 < /dev/null
else
  skip 'a device that leaves after TLS 1.3, which this mbedTLS does not have'
fi
ask 'who sent a request did not turn away' good 200 output $data "${json[@]}" -d "$empty"
holds '  and no line says so' sh -c "sleep 0.2; tail -n 1 '$work/groups.out' | grep -q 'get-bootstrapping-data 200'"
ends_well groups

echo '{"dir": "lab", "timeouts": {"idle": 0.5}}' > "$work/quiet.json"
serve quiet --config "$work/quiet.json"
python3 - "$port" <<'PY'
import socket, ssl, struct, sys, time
context = ssl.create_default_context()
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
reset, silent = [context.wrap_socket(socket.create_connection(("127.0.0.1", int(sys.argv[1])), 10)) for _ in range(2)]
time.sleep(0.2)
reset.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
reset.close()
silent.recv(1)
PY
holds 'a device that resets the connection' wait_until 5 grep -qE "$away .no certificate.: the client closed the connection" "$work/quiet.out"
holds 'a device that says nothing' wait_until 5 grep -q 'closed after the handshake (no certificate): no request came in time' "$work/quiet.out"
ends_well quiet

cat > "$work/config.json" <<JSON
{ "dir": "lab", "restconf-root": "/top/", "encodings": ["xml"], "reporting-level": "verbose",
  "devices": {"EX4200-17": {"reporting-level": "minimal"}},
  "promotion": {"address": "boot.example.net", "port": 444, "trust-anchor": "lab/trust-anchor.pem", "always": true},
  "faults": [ {"path": "host-meta", "status": 503, "retry-after": 120},
              {"path": ":report-progress", "skip": 1, "close": true},
              {"path": "os.bin", "delay": 0.3} ] }
JSON
serve config --config "$work/config.json"
rpc=/top/operations/$m
data=$rpc:get-bootstrapping-data
progress=$rpc:report-progress
report="<input $xns><progress-type>informational</progress-type></input>"
ask 'a failure on request' - 503 '^Retry-After: 120$' $meta
ask 'but only once' - 200 'href="/top"' $meta
ask 'the root moves' good 404 'invalid-value' /restconf/operations/$m:get-bootstrapping-data "${xml[@]}" -d "<input $xns/>"
ask 'JSON is refused where XML alone is spoken' good 415 'yang-data\+xml' $data "${json[@]}" -d "$empty"
ask 'JSON is not written there either' good 406 'yang-data\+xml' $data "${xml[@]}" -H 'Accept: application/yang-data+json' -d "<input $xns/>"
ask "a device's reporting level" good 200 '</conveyed-information>$&&^</output>' $data "${xml[@]}" -d "<input $xns/>"
ask "everyone's reporting level" redir 200 '<reporting-level>verbose' $data "${xml[@]}" -d "<input $xns/>"
ask 'promotion always' good 200 '<ownership-voucher>' $data "${xml[@]}" -d "<input $xns><signed-data-preferred/></input>"
python3 - "$work/body" <<'PY' > "$work/body.json"
import json, re, sys
text = open(sys.argv[1]).read()
print(json.dumps({"ietf-sztp-bootstrap-server:output": dict(re.findall(r"<([a-z-]+)>([A-Za-z0-9+/=]+)<", text))}))
PY
mv "$work/body.json" "$work/body"
holds '  a signed redirect to the configured address' verified EX4200-17 boot.example.net --channel untrusted
holds '  with port and anchor' has <(tr '\n' ' ' < "$work/verdict") '444.*trust-anchor'
ask 'a first report passes' good 204 '' $progress "${xml[@]}" -d "$report"
ask 'a second one is cut off' good 000 '' $progress "${xml[@]}" -d "$report"
ask 'a third one passes' good 204 '' $progress "${xml[@]}" -d "$report"
ask 'a delayed image' - 200 'Content-Length: 100000' $image
ends_well config

wrong() { # TITLE PATTERN OPTIONS...
  local title=$1 pattern=$2 out status
  shift 2
  out=$(timeout 10 sztp-server "$@" 2>&1 < /dev/null)
  status=$?
  if [ "$status" -eq 2 ] && grep -qE -- "$pattern" <<< "$out" && [ "$(wc -l <<< "$out")" -eq 1 ]; then ok "wrong use: $title"
  else bad "wrong use: $title" "status $status" "$out"; fi
}
config() { echo "$1" > "$work/bad.json"; echo --config "$work/bad.json"; }
wrong 'no folder' '--dir'
wrong 'a folder that is not there' "/none': No such file" --dir "$work/none"
wrong 'an unknown option' 'unknown option --dri; did you mean --dir' --dri x
wrong 'an operand' "operand 'x'" x
wrong 'an address without port' "'localhost' is no address with a port" --dir "$lab" --listen localhost
wrong 'an IPv6 address without brackets' 'no address with a port' --dir "$lab" --listen ::1:443
wrong 'a port that is none' 'no address with a port up to 65535' --dir "$lab" --listen 127.0.0.1:99999
wrong 'a certificate that is not there' "no-such.pem': No such file or directory" --dir "$lab" --tls-cert no-such.pem
wrong 'a certificate that is not there' "certificate in '/none'" --dir "$lab" --tls-cert /none
wrong "another certificate's key" 'does not fit' --dir "$lab" --tls-key "$PKI/other.key"
wrong 'a trust anchor that is none' "certificate in '.*secret'" --dir "$lab" --device-ca "$lab/secret"
wrong 'a configuration file that is not there' "/none: can't read the configuration: No such file" --config /none
while IFS='|' read -r pattern text; do
  # shellcheck disable=SC2046
  wrong "configuration $text" "bad.json: $pattern" $(config "$text")
done <<'TABLE'
not valid JSON: line 2 column 1: no member name|{
dri: unknown field; known here are dir, listen|{"dri":"x"}
limits.heads: unknown field; known here are connections, head, body|{"limits":{"heads":1}}
devices.A:1.x: unknown field; known here are csr, reporting-level|{"devices":{"A:1":{"x":1}}}
limits.body: is 1; must be 256 to 67108864|{"limits":{"body":1}}
timeouts.idle: is a text; must be a number|{"timeouts":{"idle":"1"}}
timeouts.idle: is 0; must be 0.01 to 3600 seconds|{"timeouts":{"idle":0}}
limits.connections: is 1.5; must be a whole number|{"limits":{"connections":1.5}}
host-meta: is a number; must be true or false|{"host-meta":1}
reporting-level: is "all"; must be one of "minimal", "verbose"|{"reporting-level":"all"}
encodings\[0\]: is "cbor"; must be one of "json", "xml"|{"encodings":["cbor"]}
restconf-root: is "x"; must begin with "/"|{"restconf-root":"x"}
faults\[0\]: has no path|{"faults":[{"status":500}]}
faults\[0\]: needs status, close or delay|{"faults":[{"path":"x"}]}
faults: is an object; must be a list of objects|{"faults":{"path":"x"}}
promotion: is a text; must be an object|{"promotion":"x"}
not valid JSON: two members named 'dir'|{"dir":"x","dir":"y"}
TABLE
holds '--version' bash -c 'sztp-server --version | grep -qE "^sztp-server [0-9]+\.[0-9]+\.[0-9]+$"'
holds '--help has examples' bash -c 'sztp-server --help | grep -q "^Examples:"'

# ---- hostile clients (SEC-06, SEC-07) ------------------------------------------------------------------------

cat > "$work/clients.py" <<'PY'
import os, socket, ssl, sys, threading, time
port, pki = int(sys.argv[1]), sys.argv[2]
begun = time.monotonic()
context = ssl.create_default_context(cafile=pki + "/server-root.pem")
get = b"GET /.well-known/host-meta HTTP/1.1\r\nHost: localhost\r\n"

def plain():
    s = socket.create_connection(("127.0.0.1", port), 10)
    s.settimeout(10)
    return s

def tls():
    return context.wrap_socket(plain(), server_hostname="localhost")

def sockets():
    """How many sockets the server holds; the listening one among them."""
    folder = f"/proc/{sys.argv[3]}/fd/"
    return sum(os.readlink(folder + fd).startswith("socket:") for fd in os.listdir(folder))

def read_all(s):
    data = b""
    try:
        while True:
            part = s.recv(65536)
            if not part:
                return data
            data += part
    except OSError:
        return data

def served(what):
    start = time.monotonic()
    s = tls()
    s.sendall(get + b"Connection: close\r\n\r\n")
    assert read_all(s).startswith(b"HTTP/1.1 200"), what
    assert time.monotonic() - start < 3, what
    print(f"{time.monotonic() - begun:.1f} s: served {what}")

def trickle(name, first, drop, expect, results):
    """Sends an octet every 50 ms until the server has had enough; it must have it within its limit."""
    s = tls()
    start = time.monotonic()
    s.sendall(first)
    s.settimeout(0.05)
    answer = b""
    while time.monotonic() - start < 5:
        try:
            s.sendall(drop)
            part = s.recv(4096)
            if not part:
                break
            answer += part
        except (TimeoutError, ssl.SSLWantReadError):
            continue
        except OSError:
            break
    taken = time.monotonic() - start
    results.append((name, 0.2 < taken < 3 and expect in answer, taken, answer[:40]))
PY
cat > "$work/hostile.json" <<'JSON'
{ "dir": "lab", "limits": {"connections": 8},
  "timeouts": {"handshake": 0.6, "head": 0.6, "body": 0.6, "write": 0.6, "idle": 5} }
JSON
truncate -s 16M "$lab/images/big"
serve hostile --config "$work/hostile.json"
PYTHONPATH=$work python3 - "$port" "$PKI" "$pid" > "$work/hostile.log" 2>&1 <<'PY'
from clients import *

# More half-open connections than there is room for: the oldest give way.
crowd = [plain() for _ in range(40)]
served("beside 40 connections that say nothing")
for s in crowd[:20]:
    try:
        s.sendall(b"\x16\x03\x01\x02")
    except OSError:
        pass
served("beside half a handshake each")
time.sleep(1.2)
assert all(read_all(s) == b"" for s in crowd), "half-open connections are closed in time"
print("half-open connections were closed")

# Idle connections give way too, requests under way don't.
idle = [tls() for _ in range(20)]
served("beside 20 idle connections")
for s in idle:
    s.close()

results = []
attacks = [
    ("slow head", get, b"a", b"HTTP/1.1 408"),
    ("slow body", b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n", b"a", b"HTTP/1.1 408"),
    ("slow chunks", b"POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1", b"0", b"HTTP/1.1 4"),
    ("slow chunk extension", b"POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;", b"a", b"HTTP/1.1 408"),
]
threads = [threading.Thread(target=trickle, args=a + (results,)) for a in attacks]
for t in threads:
    t.start()
time.sleep(0.2)
served("beside slow ones")
for t in threads:
    t.join()
assert len(results) == len(attacks) and all(r[1] for r in results), results
print("slow ones were closed", results)

# Who asks for much and reads nothing is closed by the write limit.
s = plain()
s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
s = context.wrap_socket(s, server_hostname="localhost")
s.sendall(b"GET /images/big HTTP/1.1\r\nHost: a\r\n\r\n")
time.sleep(0.2)
assert sockets() == 2, "its connection is being served"
time.sleep(1.2)
assert sockets() == 1, "its connection is closed"
served("after one that did not read")

# Requests in heaps, answers unread.
s = tls()
try:
    for _ in range(20):
        s.sendall((get + b"\r\n") * 20)
        s.setblocking(False)
        try:
            s.recv(100000)
        except OSError:
            pass
        s.setblocking(True)
        s.settimeout(2)
except OSError:
    pass
served("after heaps of requests")
for _ in range(200):
    c = plain()
    c.close()
served("after 200 connections that came and went")
print("all done")
PY
holds 'the server outlives hostile clients' has "$work/hostile.log" '^all done$'
sed 's/^/        /' "$work/hostile.log"
holds 'its process is the same' kill -0 "$pid"
ends_well hostile

# ---- more clients than connections -------------------------------------------------------------------------------------

cat > "$work/crowded.json" <<'JSON'
{ "dir": "lab", "limits": {"connections": 8} }
JSON
serve crowded --config "$work/crowded.json"
PYTHONPATH=$work python3 - "$port" "$PKI" "$pid" > "$work/crowded.log" 2>&1 <<'PY'
from clients import *

# Requests that are stuck give way after two seconds, long before their time is over; others wait for that.
stuck = [tls() for _ in range(8)]
for s in stuck:
    s.sendall(b"G")
served("beside 8 requests of one octet")
for s in stuck:
    s.close()

# Those that move on keep their place: more clients than there is room for are all served.
def whole_image(i, results):
    s = tls()
    s.sendall(b"GET /images/os.bin HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    data = b""
    while True:
        part = s.recv(4096)
        if not part:
            break
        data += part
        if i % 5 == 0:
            time.sleep(0.02)
    results.append(len(data.partition(b"\r\n\r\n")[2]))

whole = []
crowd = [threading.Thread(target=whole_image, args=(i, whole)) for i in range(60)]
for t in crowd:
    t.start()
for t in crowd:
    t.join()
assert whole == [100000] * 60, whole
print("60 clients were served whole")
PY
holds 'a crowd is served' has "$work/crowded.log" '^60 clients were served whole$'
sed 's/^/        /' "$work/crowded.log"
ends_well crowded
# ---- what is wrong with what it would serve ------------------------------------------------------------------

stock=$work/stock
rm -rf "$stock"
mkdir -p "$stock/GOOD-1" "$stock/images"
for f in server.pem server.key owner.pem owner.key owner-chain.pem; do cp "$PKI/$f" "$stock/"; done
cp "$PKI/server-root.pem" "$stock/trust-anchor.pem"
cp "$lab/images/os.bin" "$stock/images/"
echo "$onboarding" > "$stock/GOOD-1/onboarding.json"
issue_voucher "$stock/GOOD-1/ownership-voucher.vcj" GOOD-1
sha256sum "$stock"/*.* "$stock"/*/* > "$work/before"
check 'a check without findings' 0 '^devices: 1, findings: 0$' sztp-server --check --dir "$stock"
holds '  says nothing else' sh -c "test \$(cat '$work/out' '$work/err' | wc -l) = 1"
holds '  and writes nothing' sh -c "find '$stock' -name '*.log' | grep . && exit 1; sha256sum '$stock'/*.* '$stock'/*/* | cmp - '$work/before'"

# staged SERIAL: a folder with signed artifacts that are right
staged() {
  mkdir -p "$stock/$1/untrusted"
  pack_owner_cert "$stock/$1/owner-certificate.cms"
  sign_conveyed "$stock/$1/conveyed-information.cms" onboarding --os-name ReadyOS --os-version 1
  issue_voucher "$stock/$1/ownership-voucher.vcj" "$1" "${@:2}"
}
staged READY-1
staged IDEVID-1 --idevid "$PKI/other.pem" --force
staged SEALED-1
cp "$PKI/enc/cbc128.cms" "$stock/SEALED-1/conveyed-information.cms"
check 'what only the device can judge is left to it (VOUCH-16, ENC-02)' 0 '^devices: 4, findings: 0$' sztp-server --check --dir "$stock"

staged OTHERS-1
issue_voucher "$stock/OTHERS-1/ownership-voucher.vcj" SOMEBODY-1
others() { # SERIAL [OPTION...]: its voucher pins somebody else
  staged "$1"
  sztp voucher issue --serial "$1" --pinned "$PKI/other-root.pem" --signer "$PKI/voucher-signer.pem" \
    --key "$PKI/voucher-signer.key" "${@:2}" --out "$stock/$1/ownership-voucher.vcj"
}
others OWNER-1
others OWNER-2 --idevid "$PKI/other.pem" --force
staged ALONE-1
rm "$stock/ALONE-1/ownership-voucher.vcj"
staged TEXT-1
echo hello > "$stock/TEXT-1/owner-certificate.cms"
staged ALTERED-1
python3 - "$stock/ALTERED-1/conveyed-information.cms" <<'PY'
import sys
data = bytearray(open(sys.argv[1], "rb").read())
data[data.index(b"ReadyOS")] ^= 1
open(sys.argv[1], "wb").write(data)
PY
mkdir -p "$stock/EMPTY-1" "$stock/IMAGE-1" "$stock/SCRIPT-1" "$stock/UNTRUSTED-1/untrusted" "$stock/wrong\\name"
echo "${onboarding/os.bin/gone.bin}" > "$stock/IMAGE-1/onboarding.json"
printf 'ls\n' > "$stock/SCRIPT-1/pre.sh"
echo '{"ietf-sztp-conveyed-info:onboarding-information":{"pre-configuration-script-file":"pre.sh"}}' > "$stock/SCRIPT-1/onboarding.json"
echo loud > "$stock/SCRIPT-1/reporting-level"
echo "$onboarding" > "$stock/UNTRUSTED-1/onboarding.json"
echo '{"ietf-sztp-conveyed-info:redirect-information":{"bootstrap-server":[{"address":"a.example","port":0}]}}' \
  > "$stock/UNTRUSTED-1/untrusted/redirect.json"
check 'a check that finds what devices would refuse' 1 '^devices: 15, findings: 12$' sztp-server --check --dir "$stock"
while IFS='|' read -r name pattern; do
  holds "  $name" has "$work/out" "^$pattern"
done <<'TABLE'
the voucher of another device (VOUCH-19)|OTHERS-1/ownership-voucher.vcj: signed data is refused: voucher-serial: .*expected: OTHERS-1; found: SOMEBODY-1$
an owner whom the voucher does not pin|OWNER-1/owner-certificate.cms: signed data is refused: owner-untrusted: .*Other Root
  and where the device has to judge the voucher|OWNER-2/owner-certificate.cms: signed data is refused: owner-untrusted: .*Other Root
signed information without its voucher|ALONE-1/conveyed-information.cms: signed data is refused: artifact-missing: .*without ownership voucher
an artifact that is none|TEXT-1: owner-certificate.cms: SZTP_ERR_TEXT: neither PEM nor DER
a signature that does not hold|ALTERED-1/conveyed-information.cms: signed data is refused: cms-digest-mismatch
a device for which there is nothing|EMPTY-1: nothing is staged for this device$
an image that isn't there|IMAGE-1: onboarding.json: no such image: .*/images/gone.bin$
a script that nobody can run|SCRIPT-1/onboarding.json: the pre-configuration-script does not begin with #!
a reporting-level that is none|SCRIPT-1/reporting-level: neither minimal nor verbose
what only untrusting devices get|UNTRUSTED-1/untrusted: redirect.json: 'port' must be 1 to 65535$
a folder that can be no device's|wrong\\name: no device has this serial number
TABLE
rm -rf "$stock"/[A-FH-Z]*-[12] "$stock/wrong"*

# Certificates for devices are issued by a CA that is there, and only then a configuration may want one.
mkdir "$stock/CSR-1"
echo '{"ietf-sztp-conveyed-info:onboarding-information":{"configuration-handling":"merge","configuration":"QExERVZJRC1DRVJUQA=="}}' \
  > "$stock/CSR-1/onboarding.json"
issuing() { echo "{\"dir\": \".\", \"devices\": {\"CSR-1\": {\"csr\": {$1}}}}" > "$stock/config"; }
issuing '"ca": "owner.pem", "ca-key": "owner.key"'
check 'a configuration that wants the certificate which is issued' 0 '^devices: 2, findings: 0$' sztp-server --check --config "$stock/config"
check '  if none is' 1 "^CSR-1: 'configuration' has @LDEVID-CERT@, but no certificate was issued" sztp-server --check --dir "$stock"
issuing '"ca": "owner.pem", "ca-key": "server.key"'
check '  if the CA has another key' 1 '/owner.pem: SZTP_ERR_KEY: the private key is not the certificate' sztp-server --check --config "$stock/config"
issuing '"program": "owner.pem"'
check '  if it is no program' 1 "/owner.pem, which issues certificates, can't be run: Permission denied" sztp-server --check --config "$stock/config"
rm -r "$stock/CSR-1"

cp "$PKI/server2-root.pem" "$stock/trust-anchor.pem"
cp "$PKI/other.key" "$stock/owner.key"
cp "$PKI/voucher-signer.pem" "$stock/"
echo '{"dir": ".", "devices": {"GONE-1": {"reporting-level": "verbose"}}}' > "$stock/config"
check "a check that finds what is wrong with the server's own" 1 '^devices: 1, findings: 4$' sztp-server --check --config "$stock/config"
cp "$work/out" "$work/own"
serve warned --config "$stock/config"
while read -r pattern; do
  holds "  $pattern" has "$work/own" "^$pattern"
  holds '    which is a warning at start' has "$work/warned.out" "^sztp-server: warning: $pattern"
done <<'TABLE'
the server's certificate does not lead to '.*/trust-anchor.pem': no CA there has signed it$
owner: SZTP_ERR_KEY: the private key is not the certificate's
voucher-signer.pem is there without voucher-signer.key, so nothing is signed with it$
the configuration names the device GONE-1, for which there is no folder$
TABLE
ends_well warned
cat "$PKI/server.pem" "$PKI/other-root.pem" > "$stock/server.pem"
check 'a chain out of order' 1 "server.pem: .* is followed by .*Other Root, and not by its issuer, " sztp-server --check --dir "$stock"
cp "$PKI/other.key" "$stock/server.key"
check 'a key that does not fit' 1 "the certificate does not fit the private key in '.*server.key'" sztp-server --check --dir "$stock"
check '  ends a server' 2 "the certificate does not fit the private key in '.*server.key'" sztp-server --dir "$stock"
check 'a check of a folder that is missing' 2 "folder '.*': No such file" sztp-server --check --dir "$work/nothing"
check 'a check with a wrong configuration' 2 'unknown' sztp-server --check --config <(echo '{"direction": "."}')
check 'a check with another option that is unknown' 2 'unknown option' sztp-server --check --dry

# ---- signals -----------------------------------------------------------------------------------------------

serve hangup --dir "$lab"
kill -HUP "$pid"
wait "$pid"
holds 'SIGHUP ends it, too' test $? -eq 0
rm -f "$work/kept.port"
(trap '' HUP; exec sztp-server --dir "$lab" --listen 127.0.0.1:0 --port-file "$work/kept.port") > "$work/kept.out" 2>&1 &
pid=$!
started+=("$pid")
wait_until 5 test -s "$work/kept.port"
url=https://localhost:$(cat "$work/kept.port")
kill -HUP "$pid"
ask 'but not one that ignores it, as under nohup' - 200 'restconf' $meta
ends_well kept

# ---- how OpenSSL is set up -----------------------------------------------------------------------------------

printf '%s\n' 'openssl_conf = a' '[a]' 'providers = b' '[b]' 'default = c' 'base = d' '[c]' 'activate = 1' '[d]' 'activate = 1' \
  > "$work/two.cnf"
data=/restconf/operations/$m:get-bootstrapping-data
rsa=$work/rsa
openssl req -new -newkey rsa:2048 -nodes -keyout "$rsa.key" -subj /serialNumber=BARE-1 -out "$rsa.csr" 2> "$work/rsa.err" &&
  openssl x509 -req -in "$rsa.csr" -CA "$PKI/idevid-root.pem" -CAkey "$PKI/idevid-root.key" -days 2 -set_serial 8 \
    -out "$rsa.pem" 2>> "$work/rsa.err" || bad 'a device with RSA' "$(cat "$work/rsa.err")"
for set in as-it-is two; do
  OPENSSL_CONF=$([ $set = two ] && echo "$work/two.cnf" || echo /etc/ssl/openssl.cnf) serve "$set" --dir "$lab" \
    --device-ca "$PKI/idevid-root.pem"
  ask "OpenSSL $set: a device with P-256" bare 200 output $data "${json[@]}" -d "$empty"
  ask "OpenSSL $set: a device with RSA" rsa 200 output $data "${json[@]}" -d "$empty"
  ask "OpenSSL $set: in TLS 1.2, by CBC" rsa 200 output $data "${json[@]}" -d "$empty" --tls-max 1.2 \
    --ciphers ECDHE-ECDSA-AES128-SHA256
  ends_well "$set"
done

# ---- its logs are as described -----------------------------------------------------------------------------

holds 'requests.log is as docs/json says' python3 tests/common/json_schema.py docs/json/request.json "$lab/requests.log"
holds 'progress.log is as docs/json says' python3 tests/common/json_schema.py docs/json/progress.json "$lab/EX4200-17/progress.log"
conclude
