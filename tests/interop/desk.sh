#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The sztp tool when something is wrong at the desk: what it doesn't make, what it calls the files that people mix up, what it
# says when it wasn't told enough, and what scripts get of it.
cd "$(dirname "$0")/../.." || exit 2
project=$PWD
. tests/common/script.sh
need openssl python3
cd "$work" || exit 2

described() { holds "$1" python3 "$project/tests/common/json_schema.py" "$project/docs/json/$2.json" "$3"; }
# refused NAME PATTERN COMMAND...: it is not made (status 1), says why, and is made with --force, which says it too.
refused() {
  local name=$1 pattern=$2
  shift 2
  rm -f made
  check "$name: not made" 1 "every device refuses it: .*$pattern.*--force" "$@" --out made
  holds "$name: nothing is left" test ! -e made
  check "$name: made all the same" 0 "note: every device refuses this.*$pattern" "$@" --out made --force
  holds "$name: it is there" test -s made
}
# makes NAME COMMAND...
makes() {
  local name=$1
  shift
  check "$name" 0 '' "$@" --out made
}

voucher=(sztp voucher issue --pinned "$PKI/owner-root.pem" --key "$PKI/voucher-signer.key")
signer=(--signer "$PKI/voucher-signer.pem")

# ---- what no device accepts (item: makers) ---------------------------------------------------------------------------

refused "voucher: another serial number than the identity's" 'EX4200-18, but .* is the identity of EX4200-17' \
  "${voucher[@]}" "${signer[@]}" --serial EX4200-18 --idevid "$PKI/idevid-aki.pem"
refused "voucher: a CA as identity" 'is a CA and no device' \
  "${voucher[@]}" "${signer[@]}" --serial EX4200-17 --idevid "$PKI/mfr-int.pem"
openssl req -new -key "$PKI/owner.key" -subj "/CN=EX4200" -out nameless.csr
openssl x509 -req -in nameless.csr -CA "$PKI/mfr-int.pem" -CAkey "$PKI/mfr-int.key" -set_serial 7 -days 30 \
  -extfile <(printf 'basicConstraints=CA:FALSE\nauthorityKeyIdentifier=keyid\n') -out nameless.pem 2>/dev/null
nameless=("${voucher[@]}" "${signer[@]}" --serial EX4200-17 --idevid nameless.pem --out nameless.vcj)
check "voucher: an identity without serial number: not made (IDEV-01)" 1 \
  'a device that is not told its serial number refuses it: .*nameless.pem has no usable serial number; --force' "${nameless[@]}"
holds "... nothing is left" test ! -e nameless.vcj
check "... made all the same" 0 'note: a device that is not told its serial number refuses this' "${nameless[@]}" --force
holds "... it is there" test -s nameless.vcj
refused "voucher: a blank behind the serial number" 'has a blank at its end' "${voucher[@]}" "${signer[@]}" --serial 'EX4200-17 '
refused "voucher: created in the future" 'is in the future' \
  "${voucher[@]}" "${signer[@]}" --serial EX4200-17 --created-on 2039-01-01T00:00:00Z
refused "voucher: a TLS server pinned" 'is a TLS server' \
  sztp voucher issue --pinned "$PKI/server.pem" --key "$PKI/voucher-signer.key" "${signer[@]}" --serial EX4200-17
refused "voucher: signed by a CA" 'may not sign: its key usage is .*without digitalSignature' \
  sztp voucher issue --pinned "$PKI/owner-root.pem" --key "$PKI/mfr-root.key" --signer "$PKI/mfr-root.pem" --serial EX4200-17
makes "voucher: the device's own" "${voucher[@]}" "${signer[@]}" --serial EX4200-17 --idevid "$PKI/idevid-aki.pem"
cp made voucher.vcj

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout late.key -out late.pem -subj /CN=late -days 1 \
  -not_after 20210101000000Z -not_before 20200101000000Z >/dev/null 2>&1 ||
  openssl x509 -new -key "$PKI/owner.key" -subj /CN=late -days -1 -out late.pem >/dev/null 2>&1
if openssl x509 -in late.pem -noout -checkend 0 >/dev/null 2>&1 || ! [ -s late.pem ]; then
  skip "a signer that has expired: this openssl makes none"
else
  [ -s late.key ] || cp "$PKI/owner.key" late.key
  refused "conveyed: a signer that has expired" 'has expired on' \
    sztp conveyed redirect --server boot.example.net --signer late.pem --key late.key
fi
refused "owner certificate: a CA first" 'comes first and is a CA' sztp owner-cert pack "$PKI/owner-int.pem" "$PKI/owner.pem"
refused "owner certificate: a stranger" 'has issued none of the others' sztp owner-cert pack "$PKI/owner.pem" "$PKI/other-root.pem"
refused "owner certificate: an intermediate alone" 'neither an owner certificate in it.*nor a root' \
  sztp owner-cert pack "$PKI/owner-int.pem"
list() { # ISSUER FILE: an empty revocation list of the issuer
  : >index
  printf '[ca]\ndefault_ca=all\n[all]\ndatabase=index\ndefault_md=sha256\ndefault_crl_days=30\n' >ca.cnf
  openssl ca -config ca.cnf -cert "$PKI/$1.pem" -keyfile "$PKI/$1.key" -gencrl -out "$2" 2>/dev/null
}
list other-root strangers.crl
list owner-int own.crl
list owner-root roots.crl
refused "owner certificate: a stranger's revocation list" 'the revocation list of O=Somebody Else, CN=Other Root is about none' \
  sztp owner-cert pack "$PKI/owner.pem" "$PKI/owner-int.pem" --crl strangers.crl
makes "owner certificate: its issuers' lists" sztp owner-cert pack "$PKI/owner.pem" "$PKI/owner-int.pem" --crl own.crl --crl roots.crl
makes "owner certificate: with its intermediate" sztp owner-cert pack "$PKI/owner.pem" "$PKI/owner-int.pem"
makes "trust anchor: a root alone" sztp owner-cert pack "$PKI/server-root.pem"

printf 'echo hello\n' >plain.sh
printf '#!/bin/sh\r\necho hello\r\n' >windows.sh
printf '#!/bin/sh\necho hello\n' >right.sh
refused "script without #!" 'does not begin with #!' sztp conveyed onboarding --pre-script plain.sh
refused "script with line ends of Windows" 'line ends of Windows' sztp conveyed onboarding --post-script windows.sh
refused "image by FTP" 'devices take https, http' sztp conveyed onboarding --image-uri ftp://h/os.img --image right.sh
refused "image without fingerprint" 'without a fingerprint' sztp conveyed onboarding --image-uri https://h/os.img
makes "script and image that are right" sztp conveyed onboarding --pre-script right.sh --image-uri https://h/os.img --image right.sh

makes "a redirect" sztp conveyed redirect --server boot.example.net
cp made redirect.cms
check "dns: another device's voucher" 1 'EX4200-18, but voucher.vcj is the voucher of EX4200-17; --force' \
  sztp dns encode --domain example.net --serial EX4200-18 --conveyed redirect.cms --voucher voucher.vcj
check "dns: all the same" 0 'IN TXT|TXT' \
  sztp dns encode --domain example.net --serial EX4200-18 --conveyed redirect.cms --voucher voucher.vcj --force

# ---- removable storage: verified with the device's identity ----------------------------------------------------------

sztp owner-cert pack "$PKI/owner.pem" "$PKI/owner-int.pem" --out owner.cms
sztp conveyed redirect --server boot.example.net --signer "$PKI/owner.pem" --key "$PKI/owner.key" --out signed.cms
sztp voucher issue --pinned "$PKI/owner-root.pem" --key "$PKI/voucher-signer.key" "${signer[@]}" --chain "$PKI/mfr-int.pem" \
  --serial EX4200-17 --idevid "$PKI/idevid-aki.pem" --out bound.vcj
mkdir stick
stick=(sztp removable write stick --serial EX4200-17 --voucher bound.vcj --owner-cert owner.cms --conveyed signed.cms
  --voucher-anchor "$PKI/mfr-root.pem")
check "removable: a voucher with idevid-issuer needs the identity" 1 'voucher-idevid-issuer' "${stick[@]}"
check "removable: with it" 0 'wrote .*conveyed-information' "${stick[@]}" --idevid "$PKI/idevid-aki.pem"
check "removable: all the same" 0 'note: every device refuses this.*voucher-idevid-issuer' "${stick[@]}" --force
sztp conveyed redirect --server boot.example.net --signer "$PKI/owner.pem" --key "$PKI/owner.key" \
  --encrypt-to "$PKI/idevid-aki.pem" --out sealed.cms
sealed=("${stick[@]/signed.cms/sealed.cms}")
check "removable: encrypted, with the key" 0 'wrote' "${sealed[@]}" --idevid "$PKI/idevid-aki.pem" --key "$PKI/idevid-aki.key"
check "removable: a key without identity" 2 'needs --idevid' "${sealed[@]}" --key "$PKI/idevid-aki.key"

# ---- what the command was not told -------------------------------------------------------------------------------------

judge=(sztp verify --serial EX4200-17 --voucher bound.vcj --voucher-anchor "$PKI/mfr-root.pem" --owner-cert owner.cms)
check "verify: no --idevid" 1 "can't be judged: voucher-idevid-issuer. .*give --idevid FILE" "${judge[@]}" --conveyed signed.cms
check "verify: no --key" 1 "can't be judged: enc-no-recipient. .*give --key FILE" \
  "${judge[@]}" --conveyed sealed.cms --idevid "$PKI/idevid-aki.pem"
sztp voucher issue --pinned "$PKI/owner-root.pem" --key "$PKI/voucher-signer.key" "${signer[@]}" --chain "$PKI/mfr-int.pem" \
  --serial EX4200-17 --out free.vcj
check "verify: neither" 1 "give --idevid FILE, the device's certificate, and --key FILE" \
  "${judge[@]/bound.vcj/free.vcj}" --conveyed sealed.cms

# What is trusted and of no use is noted.
sztp conveyed onboarding --pre-script plain.sh --image-uri ftp://h/os.img --force --out odd.cms 2>/dev/null
check "verify: a script that is no program is noted" 0 'note: the pre-configuration-script does not begin with #!' \
  sztp verify --conveyed odd.cms --channel trusted
holds "... and the scheme" grep -q 'note: download-uri ftp://h/os.img: devices take https' out
holds "... and the missing fingerprint" grep -q 'note: the boot image has no fingerprint' out

# A redirect's trust-anchor of another form than devices read.
sztp owner-cert pack "$PKI/owner-int.pem" --force --out half.cms 2>/dev/null
printf '{"ietf-sztp-conveyed-info:redirect-information":{"bootstrap-server":[{"address":"boot.example.net","trust-anchor":"%s"}]}}' \
  "$(base64 -w0 half.cms)" >half.json
openssl asn1parse -genconf <(printf 'asn1=SEQUENCE:ci\n[ci]\na=OID:1.2.840.113549.1.9.16.1.43\nb=EXPLICIT:0,FORMAT:HEX,OCTETSTRING:%s\n' \
  "$(od -An -tx1 -v half.json | tr -d ' \n')") -noout -out half-redirect.cms
check "verify: an anchor without its root is noted" 0 'note: the trust-anchor of boot.example.net is of no use: .*self-signed root' \
  sztp verify --conveyed half-redirect.cms --channel trusted
sztp conveyed redirect --server "boot.example.net,$PKI/server-root.pem" --out whole-redirect.cms
sztp verify --conveyed whole-redirect.cms --channel trusted >out
holds "verify: a right one is not" sh -c '! grep -q note: out'

# ---- what was found ------------------------------------------------------------------------------------------------------

anchor() { # NAME PATTERN FILE
  check "anchor: $1" 2 "$2" sztp verify --voucher voucher.vcj --serial EX4200-17 --voucher-anchor "$3"
}
artifact() { # NAME PATTERN FILE
  check "artifact: $1" 1 "$2" sztp verify --conveyed "$3" --channel trusted
}
openssl crl2pkcs7 -nocrl -certfile "$PKI/mfr-root.pem" -outform DER -out bag.p7b
openssl pkcs12 -export -in "$PKI/owner.pem" -inkey "$PKI/owner.key" -passout pass:x -out both.p12 2>/dev/null
openssl req -new -key "$PKI/owner.key" -subj /CN=x -outform DER -out wish.csr
openssl pkcs8 -topk8 -in "$PKI/owner.key" -outform DER -passout pass:x -out locked.der
tr -d '\n' <"$PKI/mfr-root.pem" >line.pem
sed 's/^/  /' "$PKI/mfr-root.pem" >indented.pem
iconv -t UTF-16 "$PKI/mfr-root.pem" >utf16.pem
{ openssl x509 -in "$PKI/mfr-root.pem" -outform DER; head -c 100 /dev/zero; } >filled.der
anchor "PKCS #7" 'CMS \(PKCS #7\)' bag.p7b
anchor "PKCS #12" 'PKCS #12.*openssl pkcs12' both.p12
anchor "a request" 'certificate request' wish.csr
anchor "PEM on one line" 'line ends were lost' line.pem
anchor "PEM indented" 'indented' indented.pem
anchor "PEM in UTF-16" 'UTF-16' utf16.pem
check "anchor: in memory that is filled up" 1 'voucher-' \
  sztp verify --voucher voucher.vcj --serial X --voucher-anchor filled.der
check "key: locked, in DER" 2 'pass phrase' sztp conveyed redirect --server h --signer "$PKI/owner.pem" --key locked.der --out made
printf '{"ietf-sztp-conveyed-info:redirect-information":{}}' >bare.json
openssl cms -sign -binary -nodetach -in bare.json -signer "$PKI/owner.pem" -inkey "$PKI/owner.key" -out mail.eml 2>/dev/null
gzip -c redirect.cms >packed.gz
printf '<!DOCTYPE html><html><body>sign in</body></html>' >portal.html
: >empty
artifact "JSON" 'it is JSON, where CMS in DER is wanted' bare.json
artifact "a mail" 'it is a mail' mail.eml
artifact "gzip" 'compressed by gzip' packed.gz
artifact "a web page" 'it is an HTML page' portal.html
artifact "an empty file" 'empty' empty
artifact "a request" 'certificate request' wish.csr
artifact "PKCS #12" 'PKCS #12' both.p12
# The last line, which is read first, says the same, and not that a CMS structure is broken (verdict: NAME WORDS FILE).
verdict() {
  check "verdict: $1, as conveyed information" 1 "^rejected: .*cms-malformed\\. It is $2, and no conveyed information; give" \
    sztp verify --conveyed "$3" --channel trusted
  holds "... nothing is said of CMS" sh -c '! grep "^rejected:" out | grep -q "check that the file is whole"'
  check "verdict: $1, as owner certificate" 1 "^rejected: .*\\. It is $2, and no owner certificate; give" \
    sztp verify --owner-cert "$3" --pinned "$PKI/owner-root.pem"
  check "verdict: $1, as voucher" 1 "^rejected: .*\\. It is $2, and no ownership voucher; give" \
    sztp verify --voucher "$3" --serial EX4200-17 --voucher-anchor "$PKI/mfr-root.pem"
  holds "... the manufacturer is not asked for another" sh -c '! grep "^rejected:" out | grep -q "issue it again"'
}
printf 'the voucher is in the other folder\n' >note.txt
verdict "a web page" 'an HTML page' portal.html
verdict "gzip" 'compressed by gzip' packed.gz
verdict "a mail" 'a mail \(S/MIME\)' mail.eml
verdict "text" 'text' note.txt
verdict "PKCS #12" 'PKCS #12' both.p12
check "verdict: nothing, as conveyed information" 1 '^rejected: .*cms-malformed\. It is empty\. A right one' \
  sztp verify --conveyed empty --channel trusted
check "verdict: nothing, as voucher" 1 '^rejected: .*\. It is empty\. A right one' \
  sztp verify --voucher empty --serial EX4200-17 --voucher-anchor "$PKI/mfr-root.pem"
head -c 600 "$PKI/mfr-root.pem" >half.pem
check "verdict: PEM that is cut off" 1 "^rejected: .*It is PEM that can't be decoded; check that the file is whole" \
  sztp verify --conveyed half.pem --channel trusted
base64 -w0 redirect.cms | head -c 91 >half.b64
check "verdict: base64 of half an artifact" 1 '^rejected: .*check that the file is whole' sztp verify --conveyed half.b64 --channel trusted
for a in bag.p7b both.p12 wish.csr locked.der mail.eml packed.gz portal.html bare.json; do
  sztp inspect --json "$a" >out.json 2>/dev/null
  described "inspect $a as JSON" inspect out.json
done
check "inspect: a request" 0 'signature: +by the key in it' sztp inspect wish.csr
check "inspect: PKCS #12" 1 'PKCS #12' sztp inspect both.p12

# ---- scripts ---------------------------------------------------------------------------------------------------------------

# Without an answer standard output is empty, and standard error has one object that says why.
without_answer() { # NAME STATUS PATTERN COMMAND...
  check "$1, with --json" "$2" "$3" "${@:4}" --json
  holds "... standard output is empty" test ! -s out
  described "... standard error is as described" error err
}
without_answer "nothing to verify" 2 '"command":"sztp verify","error":"nothing to verify' sztp verify
without_answer "an unknown option" 2 'unknown option --no-such' sztp verify --no-such
without_answer "a file that is not there" 2 "FILE: can't read" sztp inspect no-such-file
without_answer "an anchor that is none" 2 'PKCS #12' sztp verify --voucher voucher.vcj --serial X --voucher-anchor both.p12
without_answer "an unknown command" 2 "did you mean 'sztp verify'" sztp veirfy
without_answer "an unknown command of a group" 2 "did you mean 'sztp voucher issue'" sztp voucher isue
without_answer "the agent's configuration" 4 '"command":"sztp-agent","error":".*No such file' sztp-agent status --config no-such-file
without_answer "the agent's options" 1 'unknown option --no-such' sztp-agent status --no-such
sztp inspect --json both.p12 >out 2>err
holds "a broken file: standard output and standard error" grep -q '"contents":{' out
described "... the first as described" inspect out
described "... the second as described" error err
sztp verify --json --help >out
holds "--help beside --json is for people" grep -q '^Usage: sztp verify' out
sztp inspect --json owner.cms >out.json
holds "inspect --json: numbers, and arrays of what may be several" python3 - <<'PY'
import json
c = json.load(open("out.json"))["contents"]
assert isinstance(c["octets"], int) and isinstance(c["certificate"], list) and len(c["certificate"]) == 2
PY
sztp inspect --json redirect.cms >out.json
holds "inspect --json: one is an array, too" python3 - <<'PY'
import json
s = json.load(open("out.json"))["contents"]["redirect-information"]["bootstrap-server"]
assert isinstance(s, list) and len(s) == 1, s
PY
printf '{"ietf-sztp-conveyed-info:redirect-information":{"bootstrap-server":[{"address":["a","b"],"port":"x"},7],"port":1}}' >odd.json
sztp inspect --json odd.json >out.json
described "inspect --json: a document of wrong types, as described" inspect out.json
holds "... nothing of it is lost" grep -q '"others":.*"name":"port","value":"x"' out.json

for program in sztp sztp-agent sztp-server; do
  check "$program -h" 0 '^Usage: ' "$program" -h
  check "$program help" 0 '^Usage: ' "$program" help
  check "$program -V" 0 "^$program [0-9]" "$program" -V
done
check "sztp help COMMAND" 0 '^Usage: sztp voucher issue' sztp help voucher issue
check "sztp COMMAND -h" 0 '^Usage: sztp inspect' sztp inspect -h
check "did you mean: a command" 2 "did you mean 'sztp verify'" sztp veirfy
check "did you mean: of a group" 2 "did you mean 'sztp voucher issue'" sztp voucher isue
check "did you mean: without its group" 2 "did you mean 'sztp owner-cert pack'" sztp pack
check "did you mean: nothing near" 2 "unknown command 'frobnicate'; 'sztp --help'" sztp frobnicate
check "did you mean: the agent's" 1 'did you mean status' sztp-agent statsu

conclude
