#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The agent as a device runs it, against the lab server over TLS: exit statuses, what it says, what it leaves.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
. tests/common/bootstrap.sh

# A failure comes with exactly one line on standard error, but where status tells it. After each check the status is kept, to be
# compared with its description at the end.
statuses=$work/statuses
mkdir "$statuses"
objection() {
  local kept
  case $1 in
    0 | 3) ;;
    *) [ "$(wc -l <"$work/err")" = 1 ] || grep -q '^SZTP is ' "$work/out" || echo "not one line on standard error" ;;
  esac
  kept=$((passed + failed)) # this is a shell of its own
  sztp-agent status --json --config "$dev/agent.json" >"$statuses/$kept" 2>/dev/null || rm "$statuses/$kept"
}
lacks() { ! grep -rqF -- "$@"; }
# member NAME FILE JQ-LIKE-TEXT: the file, with white space taken out, holds the text
member() { holds "$1" grep -qF -- "$3" <(tr -d '\t\n' <"$2"); }
# background COMMAND: the agent itself in the background, in $pid
background() {
  : >"$work/out" # else what an earlier one said may be waited for
  sztp-agent "$1" --config "$dev/agent.json" >"$work/out" 2>"$work/err" &
  pid=$!
}
program() { # NAME, text on standard input
  { echo '#!/bin/sh'; cat; } >"$dev/$1"
  chmod +x "$dev/$1"
}

# ---- a server ---------------------------------------------------------------------------------------------

script() { { echo '#!/bin/sh'; cat; } >"$work/$1"; }

lab=$work/lab
start_server "$lab"
well_known="\"servers\": [\"127.0.0.1:$port\"]"
by_dhcp="\"dhcp4\": { \"value\": \"$(sztp dhcp encode --family 4 "https://127.0.0.1:$port")\" }"
echo 'hostname very-secret-name' >"$work/configuration"

# ---- what is wrong is named ---------------------------------------------------------------------------------

device config "$well_known"
check "no command" 1 'no command' sztp-agent
check "an unknown command" 1 'unknown command "walk"; right are run' sztp-agent walk
check "an unknown option" 1 'unknown option --confg; did you mean --config' sztp-agent run --confg x
check "--json elsewhere" 1 '\-\-json goes with status' agent run --json
check "--wait elsewhere" 1 '\-\-wait goes with status' agent run --wait
check "--exit-status elsewhere" 1 '\-\-exit-status goes with status' agent enable --exit-status
check "no configuration" 4 "^sztp-agent: $work/none.json: can't read the configuration: No such file" \
  sztp-agent run --config "$work/none.json"
wrong() { # NAME PATTERN SED-SCRIPT: the configuration changed like that
  device config "$well_known"
  sed -i "$3" "$dev/agent.json"
  check "$1" 4 "^sztp-agent: $dev/agent.json: $2" agent run
}
wrong "an unknown field" 'anchor: unknown field; known here are identity, anchors' 's/"anchors"/"anchor"/'
wrong "an unknown field inside" 'identity.cert: unknown field; known here are certificate' 's/"certificate"/"cert"/'
wrong "a wrong type" 'log.time: is a number; must be true or false' 's/"time": false/"time": 3/'
wrong "a text for an object" 'log: is a text; must be an object; fields known in it are level, time' 's/"log": {[^}]*}/"log": "quiet"/'
wrong "no JSON" 'not valid JSON: line 6 column ' 's/"log"/log/'
wrong "a certificate that is not there" 'identity.certificate: .*/none.pem: can.t be read: No such file' \
  's#/idevid.pem#/none.pem#'
wrong "a certificate that is none" 'identity.certificate: .*/idevid.key: .*right is a certificate in PEM' 's#/idevid.pem#/idevid.key#'
wrong "another certificate's key" 'identity.key: .*/other.key: is not the private key of the certificate' 's#/idevid.key#/other.key#'
openssl pkey -in "$PKI/idevid.key" -aes256 -passout pass:word -out "$work/guarded.key"
wrong "a key with a pass phrase" 'identity.key: .*/guarded.key: .*without pass phrase' "s#[^\"]*/idevid.key#$work/guarded.key#"
wrong "a decryption certificate without key" 'decryption.key: is missing' \
  "s#\"anchors\"#\"decryption\": { \"certificate\": \"$PKI/enc/rsa.pem\" }, \"anchors\"#"
wrong "a decryption key without certificate" 'decryption.certificate: is missing' \
  "s#\"anchors\"#\"decryption\": { \"key\": \"$PKI/enc/rsa.key\" }, \"anchors\"#"
wrong "another decryption certificate's key" 'decryption.key: .*/rsa2.key: ' \
  "s#\"anchors\"#\"decryption\": { \"certificate\": \"$PKI/enc/rsa.pem\", \"key\": \"$PKI/enc/rsa2.key\" }, \"anchors\"#"
wrong "no identity" 'identity: says neither certificate nor serial' 's/{ "certificate.*key" }/{}/'
wrong "servers without anchors" '.*trust anchor' 's/, "servers": \["[^"]*root.pem"\]//'
wrong "no source" 'sources: none is set up' 's/, "servers": \["127[^]]*\]//'
wrong "a server's port" 'servers\[0\]: "127.0.0.1:99999" must be' 's/127.0.0.1:[0-9]*/127.0.0.1:99999/'
wrong "no public key of SSH" 'ssh-host-keys\[0\]: .*is no public key of OpenSSH' \
  "s#\"log\"#\"ssh-host-keys\": [\"$PKI/idevid.pem\"], \"log\"#"
member "result.json of a wrong configuration" "$dev/status/result.json" '"exit-status":4'

# ---- the flag and the commands around it (STATE-01, -02, D-01) ----------------------------------------------

device flag "\"dhcp4\": { \"file\": \"lease\" }"
check "status before the first run" 0 'has not run yet' agent status
member "status --json before the first run" <(agent status --json) '"enabled":"unset","status":null,"result":null'
check "no run has ended yet" 2 'has not run yet' agent status --exit-status
check "disable" 0 'SZTP is off' agent disable
check "nothing to wait for when SZTP is off" 0 'SZTP is off' timeout 5 sztp-agent status --wait --exit-status --config "$dev/agent.json"
check "a run when SZTP is off" 0 'SZTP is off' agent run
member "its result" "$dev/status/result.json" '"result":"disabled","exit-status":0'
check "enable" 0 'SZTP is on' agent enable
check "nothing to bootstrap from: no lease (DISC-05, D-11)" 2 'not-bootstrapped: .*try again later' agent run
member "its result" "$dev/status/result.json" '"result":"not-bootstrapped","exit-status":2'
check "status for people" 0 'not-bootstrapped' agent status
check "status with the run's own end" 2 'not-bootstrapped' agent status --exit-status
rm -rf "$dev/status"
check "the result outlives the status folder, as a reboot clears it" 2 'not-bootstrapped' agent status --exit-status
echo maybe >"$dev/state/enabled"
check "a damaged flag starts nothing" 1 'error: ' agent run
member "status of a damaged flag" <(agent status --json) '"enabled":"unreadable"'
# Identity and trust anchors are the device's own: a reset does not touch them, and state holds none (LIFE-02, LIFE-11).
cp "$PKI/idevid.pem" "$PKI/idevid.key" "$PKI/mfr-root.pem" "$dev/state/"
(cd "$dev/state" && sha256sum idevid.pem idevid.key mfr-root.pem) >"$work/own"
check "reset" 0 'factory state' agent reset
member "nothing is left after reset" <(agent status --json) '"enabled":"unset","status":null,"result":null'
holds "not even a result in the state folder (STATE-12)" test ! -e "$dev/state/result.json"
holds "identity and anchors are, even in the state folder (LIFE-02)" sh -c "cd '$dev/state' && sha256sum -c --quiet '$work/own'"
rm "$dev/state"/idevid.* "$dev/state/mfr-root.pem"
holds "the state folder is private" test "$(stat -c %a "$dev/state")" = 700
chmod 777 "$dev/state"
check "a state folder that others write to" 1 'state can.t be used: others may write to it' agent run
device port "\"servers\": [\"127.0.0.1:1\"]"
check "nothing to bootstrap from: nobody listens" 2 'not-bootstrapped' agent run

# ---- waiting for the end of a run ---------------------------------------------------------------------------

device wait "$well_known"
program slow <<'SCRIPT'
sleep 1
exit 9
SCRIPT
offer --config "$work/configuration" --handling replace --pre-script "$dev/slow"
sztp-agent status --wait --exit-status --config "$dev/agent.json" >"$work/waited" 2>&1 &
waiting=$!
sztp-agent run --config "$dev/agent.json" >/dev/null 2>&1 &
pid=$!
wait_until 5 test -s "$dev/status/status.json"
check "while it runs there is none that ended" 2 '^now' agent status --exit-status
wait $pid
holds "the run fails" test $? = 1
wait $waiting
holds "who waited before it began ends as it ends" test $? = 1
holds "... and is told how" grep -q 'the pre-configuration script failed' "$work/waited"
sztp-agent run --config "$dev/agent.json" >/dev/null 2>&1 &
pid=$!
wait_until 5 grep -q "\"pid\":[[:space:]]*$pid" "$dev/status/status.json"
kill -KILL $pid
wait $pid 2>/dev/null
check "a run that was cut off" 1 'which was cut off' agent status --wait --exit-status
rm -rf "${lab:?}/$serial"
mkdir "$lab/$serial"

# ---- refused data (exit status 5, SEC-07) -------------------------------------------------------------------

mkdir "$work/loose"
sztp conveyed onboarding --config "$work/configuration" --handling replace --out "$work/loose/conveyed-information.cms"
device refused "\"removable\": { \"folders\": [\"$work/loose\"] }"
check "unsigned onboarding information without trust" 5 'unsigned-onboarding-untrusted' agent run
member "its reason" "$dev/status/result.json" '"reason":"unsigned-onboarding-untrusted"'
holds "nothing was committed" test ! -e "$dev/running"
holds "nothing was reported (PROG-02)" test ! -e "$lab/$serial/progress.log"

rm -rf "${lab:?}/$serial"
signed "$lab/$serial" OTHER-1 onboarding --config "$work/configuration" --handling replace
device refused "$by_dhcp"
check "another device's voucher" 5 'voucher-serial' agent run
member "the check that failed is told" "$dev/status/result.json" '"step":"voucher-serial","state":"failed","reason":"voucher-serial"'
check "and shown" 0 'check +voucher-serial failed' agent status

# What the voucher's signer and the owner's certificate must say of themselves (VERIFY-07).
certify() { # NAME ISSUER EXTENSIONS: a certificate of the test PKI's key of that name
  openssl x509 -req -in <(openssl req -new -key "$PKI/$1.key" -subj "/CN=$1") -CA "$2" -CAkey "$PKI/$(basename "$2" .pem).key" \
    -set_serial 9 -days 30 -out "$work/$1.pem" -extfile <(printf '%b' "$3") 2>/dev/null
}
certify mfr-int "$PKI/mfr-root.pem" 'basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign\ncertificatePolicies=2.999.1\n'
certify voucher-signer "$work/mfr-int.pem" 'extendedKeyUsage=1.3.6.1.5.5.7.3.28\ncertificatePolicies=2.999.1\n'
rm -rf "${lab:?}/$serial"
signed "$lab/$serial" $serial onboarding --config "$work/configuration" --handling replace
for required in voucher-purposes:voucher-untrusted owner-purposes:owner-untrusted owner-policies:owner-untrusted; do
  device refused "$by_dhcp, \"policy\": { \"${required%:*}\": [\"1.2.3\", \"1.3.6.1.5.5.7.3.28\"] }"
  check "artifacts without the ${required%:*} that the configuration demands" 5 "${required#*:}" agent run
done
sztp voucher issue --serial $serial --pinned "$PKI/owner-root.pem" --signer "$work/voucher-signer.pem" \
  --key "$PKI/voucher-signer.key" --chain "$work/mfr-int.pem" --out "$lab/$serial/ownership-voucher.vcj"
device refused "$by_dhcp, \"policy\": { \"voucher-policies\": [\"1.2.3\"] }"
check "a signer with another policy" 5 'voucher-untrusted' agent run
device demanding "$by_dhcp, \"policy\": { \"voucher-purposes\": [\"1.2.3\", \"1.3.6.1.5.5.7.3.28\"], \"voucher-policies\": [\"2.999.1\"] }"
check "a signer with what is demanded" 0 'bootstrapped|ended' agent run
device wrong "$by_dhcp, \"policy\": { \"owner-policies\": [\"2.999.1\", \"serverAuth\"] }"
check "a demand that is no object identifier" 4 'policy.owner-policies\[1\]: serverAuth: ' agent run

device refused "$well_known"
sed -i "s#/server-root.pem#/server2-root.pem#" "$dev/agent.json"
check "a server that is somebody else" 5 'tls-untrusted' agent run

head -c 300000 /dev/urandom >"$lab/images/os.img"
head -c 300000 /dev/urandom >"$work/other.img"
offer --os-name ExampleOS --os-version 2.0 --image "$work/other.img" --image-uri "https://127.0.0.1:$port/images/os.img"
device refused "$well_known, \"handlers\": { \"install\": \"install\" }"
program install <<<'touch "$(dirname "$SZTP_AGENT_CONFIG")/installed"'
check "an image with another fingerprint" 5 'not the one announced' agent run
holds "it was not installed (ONB-07)" test ! -e "$dev/installed"

# ---- bootstrapped -------------------------------------------------------------------------------------------

script pre <<'SH'
env | sort | grep -E '^(SZTP|PATH|HOME|LANG)' | sed 's/=.*//' | tr '\n' ' ' >"$(dirname "$SZTP_AGENT_CONFIG")/seen"
pwd >"$(dirname "$SZTP_AGENT_CONFIG")/folder"
SH
script post <<'SH'
cat "$SZTP_RUNNING_CONFIGURATION" >"$(dirname "$SZTP_AGENT_CONFIG")/configured"
"$SZTP_AGENT" disable --config "$SZTP_AGENT_CONFIG"
SH
offer --config "$work/configuration" --handling replace --pre-script "$work/pre" --post-script "$work/post"
device good "$well_known"
echo old >"$dev/running"
check "an authenticated server" 0 'bootstrapped' agent run
holds "the configuration is in place" cmp "$dev/running" "$work/configuration"
holds "the post-configuration script saw it" cmp "$dev/configured" "$work/configuration"
holds "scripts see these variables and no others" grep -qx \
  'HOME LANG PATH SZTP_ACTION SZTP_AGENT SZTP_AGENT_CONFIG SZTP_ATTEMPT SZTP_FILE SZTP_FOLDER SZTP_RUNNING_CONFIGURATION SZTP_SERIAL SZTP_STAGE ' "$dev/seen"
holds "a script ran in a folder of its own" grep -q "^$dev/state/work/......$" "$dev/folder"
holds "which is gone" test ! -e "$(cat "$dev/folder")"
holds "nothing is kept for a rollback" test ! -e "$dev/state/configuration" -a ! -e "$dev/.running.sztp-before"
member "what was done" "$dev/status/result.json" '"pre-configuration script: done", "configuration: done"'
member "SZTP is off, as the script wanted" <(agent status --json) '"enabled":"off"'
holds "no configuration in output or status (PROG-20)" lacks very-secret-name "$work/out" "$dev/status"
holds "the server has the last report" grep -q '"bootstrap-complete"' "$lab/$serial/progress.log"
check "the next run does nothing" 0 'SZTP is off' agent run

device xr "$by_dhcp"
rm -rf "${lab:?}/$serial"
signed "$lab/$serial" "$serial" onboarding --config "$work/configuration" --handling replace
check "signed data of an untrusted server" 0 'bootstrapped' agent run
holds "without a report (PROG-02)" test ! -e "$lab/$serial/progress.log"

signed "$work/stick/$serial" "$serial" onboarding --config "$work/configuration" --handling replace
device usb "\"removable\": { \"folders\": [\"$work/none\", \"$work/stick\"] }"
check "removable storage, the second of two (USB-11)" 0 'bootstrapped' agent run
holds "its configuration is in place" cmp "$dev/running" "$work/configuration"
holds "no server was asked, and nothing reported (USB-10)" test ! -e "$lab/$serial/progress.log"
member "each folder is told" "$dev/status/status.json" \
  "\"sources\":[{\"source\":\"removable\",\"where\":\"$work/none\",\"result\":\"not there\"}, {\"source\":\"removable\",\"where\":\"$work/stick $serial\",\"result\":\"data accepted\"}]"

device many "\"removable\": { \"folders\": [$(printf '"none-%s",' {1..63})\"none\"] }, \"dhcp4\": { \"file\": \"lease\" }"
check "more places than are told" 2 'dhcp4 .*/lease: nothing there' agent run
member "the last one told" "$dev/status/status.json" "\"where\":\"$dev/none\",\"result\":\"not there\"}],\"sources-left-out\":1,"

# Redirects on a stick (USB-05): an unsigned one is followed without trust, a signed one with its anchor.
sztp voucher issue --serial "$serial" --pinned "$PKI/owner-root.pem" --signer "$PKI/voucher-signer.pem" \
  --key "$PKI/voucher-signer.key" --chain "$PKI/mfr-int.pem" --out "$work/voucher"
sztp owner-cert pack "$PKI/owner.pem" "$PKI/owner-int.pem" --out "$work/owner"
sztp conveyed redirect --server "127.0.0.1:$port,$PKI/server-root.pem" --out "$work/redirect"
sztp conveyed redirect --server "127.0.0.1:$port,$PKI/server-root.pem" --signer "$PKI/owner.pem" --key "$PKI/owner.key" \
  --out "$work/signed-redirect"
mkdir -p "$work/sticks/plain" "$work/sticks/signed"
check "an unsigned redirect for a stick" 0 'wrote' sztp removable write "$work/sticks/plain" --serial "$serial" \
  --conveyed "$work/redirect"
check "a signed one" 0 'wrote' sztp removable write "$work/sticks/signed" --serial "$serial" --voucher "$work/voucher" \
  --owner-cert "$work/owner" --conveyed "$work/signed-redirect" --voucher-anchor "$PKI/mfr-root.pem"
on_stick() { device "by-$1" "\"removable\": { \"folders\": [\"$work/sticks/$1\"] }"; }
rm -rf "${lab:?}/$serial"
signed "$lab/$serial" "$serial" onboarding --config "$work/configuration" --handling replace
on_stick plain
check "an unsigned redirect leads to signed data" 0 'port [0-9]+, not authenticated' agent run
holds "its configuration is in place" cmp "$dev/running" "$work/configuration"
holds "without a report (PROG-02)" test ! -e "$lab/$serial/progress.log"
member "the server belongs to the stick" "$dev/status/status.json" \
  "}, {\"source\":\"removable\",\"where\":\"127.0.0.1 port $port\",\"result\":\"data accepted\"}]"
offer --config "$work/configuration" --handling replace
on_stick plain
check "but never to unsigned data" 2 'not-bootstrapped' agent run
on_stick signed
check "a signed redirect leads to a server that is trusted" 0 'port [0-9]+, authenticated' agent run
holds "which hears how it went" grep -q bootstrap-complete "$lab/$serial/progress.log"

# A file: URI names a file on the medium that the conveyed information is from, and no other (USB-09).
mkdir -p "$work/sticks/signed/images"
head -c 1000 /dev/urandom >"$work/sticks/signed/images/os.img"
offer --os-name ExampleOS --os-version 2.0 --image "$work/sticks/signed/images/os.img" --image-uri file:///images/os.img
on_stick signed
sed -i 's/"removable"/"handlers": { "install": "install" }, "removable"/' "$dev/agent.json"
program install <<<'touch "$(dirname "$SZTP_AGENT_CONFIG")/installed"'
check "a server can't name files of a stick" 1 'a file: URI names a file on the medium .*, and it is from none' agent run
holds "nothing was installed" test ! -e "$dev/installed"
device file-uri "$well_known, \"handlers\": { \"install\": \"install\" }"
check "nor where there is none" 1 'a file: URI names a file on the medium' agent run
rm -rf "${lab:?}/$serial"
signed "$lab/$serial" "$serial" onboarding --config "$work/configuration" --handling replace

device raw "\"dhcp6\": { \"file\": \"lease\" }"
sztp dhcp encode --family 6 "https://127.0.0.1:$port" | python3 -c "import sys; sys.stdout.buffer.write(bytes.fromhex(sys.stdin.read()))" >"$dev/lease"
check "a DHCP option as raw octets" 0 'DHCPv6: 1 bootstrap server' agent run

# ---- encrypted data (ENC-01, STATE-16, IDEV-06) -------------------------------------------------------------

offer --config "$work/configuration" --handling replace --encrypt-to "$PKI/idevid.pem"
device sealed "$well_known"
check "unsigned, encrypted, of an authenticated server" 0 'bootstrapped' agent run
holds "its configuration is in place" cmp "$dev/running" "$work/configuration"
holds "no configuration in output or status" lacks very-secret-name "$work/out" "$dev/status"
encrypt_to=(--encrypt-to "$PKI/idevid.pem")
rm -rf "${lab:?}/$serial"
signed "$lab/$serial" "$serial" onboarding --config "$work/configuration" --handling replace
for file in conveyed-information.cms owner-certificate.cms ownership-voucher.vcj; do
  check "$file is encrypted" 0 '^content-type: id-envelopedData' sztp inspect "$lab/$serial/$file"
done
device sealed "$by_dhcp"
check "all artifacts encrypted, of an untrusted server" 0 'bootstrapped' agent run
holds "its configuration is in place" cmp "$dev/running" "$work/configuration"
encrypt_to=(--encrypt-to "$PKI/other.pem" --encrypt-to "$PKI/enc/rsa.pem")
signed "$work/sealed-stick/$serial" "$serial" onboarding --config "$work/configuration" --handling replace
device sealed "\"removable\": { \"folders\": [\"$work/sealed-stick\"] }"
check "encrypted to others" 5 'enc-no-recipient' agent run
member "the check that failed is told" "$dev/status/result.json" '"step":"decryption","state":"failed","reason":"enc-no-recipient"'
device sealed "\"removable\": { \"folders\": [\"$work/sealed-stick\"] },
  \"decryption\": { \"certificate\": \"$PKI/enc/rsa.pem\", \"key\": \"$PKI/enc/rsa.key\" }"
check "encrypted to the decryption certificate, on removable storage" 0 'bootstrapped' agent run
holds "its configuration is in place" cmp "$dev/running" "$work/configuration"
encrypt_to=()
offer --config "$work/configuration" --handling replace --encrypt-to "$PKI/idevid.pem"
tail -c 1 "$lab/$serial/conveyed-information.cms" | tr '\000-\377' '\001-\377\000' >"$work/last"
truncate -s -1 "$lab/$serial/conveyed-information.cms"
cat "$work/last" >>"$lab/$serial/conveyed-information.cms"
device sealed "$well_known"
check "encrypted, and changed on the way" 5 'enc-decrypt-failed' agent run
member "the check that failed is told" "$dev/status/result.json" '"step":"decryption","state":"failed","reason":"enc-decrypt-failed"'
holds "the server hears no more than that (D-93)" grep -q \
  '"parsing-error".*"enc-decrypt-failed: encrypted artifacts do not decrypt to what they must be, or are refused"' "$lab/$serial/progress.log"

# ---- a server that speaks XML alone (REST-10, REST-27, D-47, CONV-02, PROG-04) -------------------------------

json_lab=$lab
json_port=$port
lab=$work/xml-lab
mkdir -p "$lab"
echo '{ "encodings": ["xml"], "reporting-level": "verbose" }' >"$work/xml-server.json"
start_server "$lab" --config "$work/xml-server.json"
offer --config "$work/configuration" --handling replace --pre-script "$work/pre" --post-script "$work/post" --encoding xml
device xml "\"servers\": [\"127.0.0.1:$port\"]"
check "a whole bootstrap in XML" 0 'the server does not take JSON; the same again in XML' agent run
holds "the configuration is in place" cmp "$dev/running" "$work/configuration"
member "what was done" "$dev/status/result.json" '"pre-configuration script: done", "configuration: done"'
requests() { # RPC: what was asked of the server and how it answered
  python3 -c "import json, sys
for line in map(json.loads, open(sys.argv[1])):
    if line['path'].endswith(sys.argv[2]): print(line['status'], line['parameters'])" "$lab/requests.log" "$1"
}
holds "it was asked in JSON once, in XML once" diff <(requests :get-bootstrapping-data) - <<<$'415 \n200 os-name os-version nonce'
holds "every report came in XML, and at once" diff <(requests :report-progress) - <<<"$(printf '204 %s\n' bootstrap-initiated \
  parsing-initiated parsing-complete pre-script-initiated pre-script-complete config-initiated config-complete \
  post-script-initiated post-script-complete bootstrap-complete)"
script fails-loudly <<<'printf "\033[1m<all> & \"lost\"\n"; exit 7'
offer --pre-script "$work/fails-loudly" --encoding xml
device xml "\"servers\": [\"127.0.0.1:$port\"]"
check "a script that fails" 1 'pre-configuration script failed' agent run
holds "its output is text in XML too (DATA-19)" python3 -c "import json, sys
last = [json.loads(line) for line in open(sys.argv[1], encoding='utf-8')][-1]
assert last['progress-type'] == 'pre-script-error' and '\ufffd[1m<all> & \"lost\"' in last['message'], last" \
  "$lab/$serial/progress.log"
rm -rf "${lab:?}/$serial"
signed "$lab/$serial" "$serial" onboarding --config "$work/configuration" --handling replace --encoding xml
device xml "\"dhcp4\": { \"value\": \"$(sztp dhcp encode --family 4 "https://127.0.0.1:$port")\" }"
check "signed data in XML, of an untrusted server" 0 'bootstrapped' agent run
holds "its configuration is in place" cmp "$dev/running" "$work/configuration"
lab=$json_lab
port=$json_port

# ---- what is told of the sources (DISC-02, DISC-05, DISC-08, DISC-10) --------------------------------------

offer --config "$work/configuration" --handling replace
device places "\"dhcp4\": { \"file\": \"lease\" }, \"servers\": [\"127.0.0.1:1\", \"127.0.0.1:$port\"]"
check "a source without data, a server without answer" 0 '^info agent: dhcp4 .*/lease: nothing there: no lease' agent run
status=$dev/status/status.json
member "the source without data comes first" "$status" \
  "\"sources\":[{\"source\":\"dhcp4\",\"where\":\"$dev/lease\",\"result\":\"nothing there\",\"reason\":\"no lease\"}, {"
member "then the server without answer" "$status" \
  '{"source":"well-known","where":"127.0.0.1 port 1","result":"nothing usable","reason":"server-fail: 127.0.0.1: '
member "then the one that had data, as a well-known one" "$status" \
  "}, {\"source\":\"well-known\",\"where\":\"127.0.0.1 port $port\",\"result\":\"data accepted\"}]"
check "for people, too" 0 "looked at +well-known 127.0.0.1 port $port: data accepted" agent status
sed -i 's/"log": { /"log": { "level": "error", /' "$dev/agent.json"
rm -rf "${lab:?}/$serial"
check "where little is shown" 2 'not-bootstrapped' agent run
member "as much is told" "$status" "\"where\":\"127.0.0.1 port $port\",\"result\":\"nothing usable\",\"reason\":\"server-fail: 127.0.0.1 answered 404"
device places "$by_dhcp, $well_known"
sed -i "s#/server-root.pem#/server2-root.pem#" "$dev/agent.json"
rm -rf "${lab:?}/$serial"
signed "$lab/$serial" OTHER-1 onboarding --config "$work/configuration" --handling replace
check "a server by DHCP, and one that is somebody else" 5 'voucher-serial' agent run
status=$dev/status/status.json
member "the option is told" "$status" '"sources":[{"source":"dhcp4","result":"option found"}, {'
member "its server belongs to it" "$status" \
  "{\"source\":\"dhcp4\",\"where\":\"127.0.0.1 port $port\",\"result\":\"data refused\",\"reason\":\"rejected at voucher-serial: "
member "the well-known one does not" "$status" \
  "{\"source\":\"well-known\",\"where\":\"127.0.0.1 port $port\",\"result\":\"nothing usable\",\"reason\":\"tls-untrusted: "

# ---- programs, warnings, errors, undoing (ONB-17, ONB-20, STATE-10) -----------------------------------------

offer --config "$work/configuration" --handling merge
device merge "$well_known"
check "merging needs a program" 1 "handlers.config is not set" agent run
device merge "$well_known, \"handlers\": { \"config\": \"commit\" }"
program commit <<'SH'
printf '%s %s %s %s\n' "$1" "$SZTP_STAGE" "$SZTP_HANDLING" "$(stat -c %a "$2")" >"$(dirname "$0")/called"
cp "$2" "$(dirname "$0")/merged"
echo careful
exit 10
SH
check "a program commits, with a warning" 0 'exit status 10, a warning' agent run
holds "it was told what to do" grep -qx 'config config merge 600' "$dev/called"
holds "it had the configuration" cmp "$dev/merged" "$work/configuration"

script fails <<<'"$SZTP_AGENT" disable --config "$SZTP_AGENT_CONFIG" >/dev/null; echo "all is lost"; exit 7'
offer --config "$work/configuration" --handling replace --post-script "$work/fails"
device undo "$well_known"
echo old >"$dev/running"
check "a post-configuration script that fails" 1 'post-configuration script failed: all is lost' agent run
holds "the configuration is restored" grep -qx old "$dev/running"
member "SZTP is on again, though the script turned it off" <(agent status --json) '"enabled":"on"'
holds "the server has the script's output (PROG-12)" grep -q '"post-script-error".*all is lost' "$lab/$serial/progress.log"
rm "$dev/running"
check "and when there was no configuration" 1 'post-configuration script failed' agent run
holds "there is none again" test ! -e "$dev/running"

device undo "$well_known, \"handlers\": { \"config\": \"any\", \"rollback\": \"any\" }"
program any <<<'echo "$1 $SZTP_STAGE" >>"$(dirname "$0")/called"'
check "programs undo" 1 'post-configuration script failed' agent run
holds "in reverse order" diff "$dev/called" - <<<$'config config\nrollback post-script\nrollback config'

device killed "$well_known, \"handlers\": { \"config\": \"dies\", \"rollback\": \"any\" }"
program any <<<'echo "$1 $SZTP_STAGE" >>"$(dirname "$0")/called"'
for signal in HUP KILL ABRT SEGV PIPE TERM; do
  program dies <<<"kill -$signal \$\$"
  rm -f "$dev/called"
  check "a program that $signal ended while it committed" 1 "was ended by signal $(kill -l $signal)" agent run
  holds "its commit is undone (ONB-18)" grep -qx 'rollback config' "$dev/called"
done
rm "$dev/called"
for status in 1 2 9 11 125 126 127 128 137 143 254 255; do # as a shell tells of signals, too: what it says is that it failed
  program dies <<<"exit $status"
  check "one that ends with status $status" 1 "ended with exit status $status" agent run
done
holds "has done nothing" test ! -e "$dev/called"

device undo "$well_known, \"handlers\": { \"script\": \"any\" }"
program any <<<'echo "$1 $SZTP_STAGE" >"$(dirname "$0")/called"; cp "$2" "$(dirname "$0")/script"'
check "a program runs scripts" 0 'bootstrapped' agent run
holds "it is told which" grep -qx 'script post-script' "$dev/called"
holds "and has it" cmp "$dev/script" "$work/fails"

script hangs <<<'sleep 60'
offer --post-script "$work/hangs"
device slow "$well_known, \"timeouts\": { \"script\": 0.3 }"
check "a script that does not end" 1 'did not end within' agent run
printf 'no interpreter' >"$work/plain"
offer --force --pre-script "$work/plain"
device plain "$well_known"
check "a script that is no program" 1 'does not begin with "#!"' agent run

# ---- images -------------------------------------------------------------------------------------------------

offer --force --os-name ExampleOS --os-version 2.0 --image "$lab/images/os.img" --image-uri "ftp://127.0.0.1/os.img" \
  --image-uri "https://127.0.0.1:$port/images/gone.img" --image-uri "https://127.0.0.1:$port/images/os.img"
device image "$well_known, \"handlers\": { \"install\": \"install\", \"reboot\": \"reboot\" }"
program install <<'SH'
here=$(dirname "$0")
cp "$2" "$here/installed"
printf '%s|%s|%s|%s\n' "$1" "$SZTP_OS_NAME" "$SZTP_OS_VERSION" "$SZTP_IMAGE_SHA256" >"$here/called"
stat -c '%a' "$2" "$(dirname "$2")" | tr '\n' ' ' >"$here/modes"
SH
program reboot <<<'touch "$(dirname "$0")/rebooted"'
check "an image is installed from the third URI" 3 'the device must restart' agent run
holds "it is the right one" cmp "$dev/installed" "$lab/images/os.img"
holds "the program was told what it is" grep -qx "install|ExampleOS|2.0|$(sha256sum <"$lab/images/os.img" | cut -d' ' -f1)" "$dev/called"
holds "it lay where nobody else writes" grep -qx '600 700 ' "$dev/modes"
holds "run leaves the restart to its caller" test ! -e "$dev/rebooted"
member "result.json asks for the restart" "$dev/status/result.json" '"reboot-needed":true'
check "daemon installs again, and restarts" 3 'the device must restart' agent daemon
holds "by its program" test -e "$dev/rebooted"
check "the third time it is a loop (D-06)" 1 'image-loop' agent run
sed -i 's/1.0/2.0/' "$dev/os-release"
check "with the image running" 0 'satisfies the criteria' agent run
device image "$well_known, \"handlers\": { \"install\": \"install\" }"
program install <<<'echo "flash is full"; exit 1'
check "an image that can't be installed (FW-09)" 1 'could not be installed' agent run
holds "the server has the program's output" grep -q '"boot-image-error".*flash is full' "$lab/$serial/progress.log"
nothing_staged() { [ -z "$(ls -A "$dev/state/staging")" ]; }
holds "nothing of it stays" nothing_staged

# What can't be installed is not downloaded: the image is not asked for, or given up when its size is known.
offer --os-name ExampleOS --os-version 2.0 --image "$lab/images/os.img" --image-uri "https://127.0.0.1:$port/images/os.img"
asked() { grep -cE '"path": ?"/images/os.img"' "$lab/requests.log"; }
before=$(asked)
device image "$well_known"
check "an image without a program that installs it" 1 'no program installs images; set handlers.install' agent run
holds "is not asked for" test "$before" -gt 0 -a "$(asked)" = "$before"
small() { # COMMAND...: on a device whose staging folder is a disk of 64 KiB; what lies there afterwards is in $work/left
  unshare -m sh -c 'mkdir -p "$0" && mount -t tmpfs -o size=64k,mode=700 none "$0" || exit 99
    "$@"; status=$?
    find "$0" -mindepth 1 >"$left"
    exit $status' "$dev/staging" "$@"
}
device image "$well_known, \"handlers\": { \"install\": \"install\" }"
sed -i 's/"state": "state"/"state": "state", "staging": "staging"/' "$dev/agent.json"
program install <<<'touch "$(dirname "$SZTP_AGENT_CONFIG")/installed"'
export left=$work/left
if small true 2>/dev/null; then
  check "an image for which there is no room" 1 'the image has 300000 octets, and [0-9]{5} are free' \
    small "$BUILD/bin/sztp-agent" run --config "$dev/agent.json"
  holds "of which nothing is left" test ! -s "$left"
  holds "and which is not installed" test ! -e "$dev/installed"
else
  skip "an image for which there is no room: no small disk can be mounted here"
fi

offer --os-name ExampleOS --os-version 2.0 --image-uri "https://127.0.0.1:$port/images/os.img" --force
device image "$well_known, \"handlers\": { \"install\": \"install\" }"
program install </dev/null
check "an image without fingerprint (ONB-12)" 1 'no usable fingerprint' agent run
sed -i 's/"install": "install"/"install": "install", "check-image": "check"/' "$dev/agent.json"
program check <<<'echo "signature is bad"; exit 1'
check "whose signature a program refuses" 5 'checking the image.s signature: ended with exit status 1' agent run
holds "and of which nothing stays" nothing_staged
program check <<<'test "$1" = check-image && test -s "$2" && test "$SZTP_OS_NAME $SZTP_OS_VERSION" = "ExampleOS 2.0"'
check "whose signature a program accepts, told path, name and version (FW-01, FW-07)" 3 'the device must restart' agent run

# ---- clock (CLK group) --------------------------------------------------------------------------------------

rm -rf "${lab:?}/$serial"
signed "$lab/$serial" "$serial" onboarding --config "$work/configuration" --handling replace
sztp voucher issue --force --serial $serial --pinned "$PKI/owner-root.pem" --signer "$PKI/voucher-signer.pem" \
  --key "$PKI/voucher-signer.key" --chain "$PKI/mfr-int.pem" --created-on 2001-01-01T00:00:00Z \
  --expires-on 2002-02-01T00:00:00Z --out "$lab/$serial/ownership-voucher.vcj"
device clock "$by_dhcp, \"clock\": { \"floor\": \"2001-06-01T00:00:00Z\" }"
check "without a trusted clock nothing has expired (CLK-03)" 0 'bootstrapped' agent run
device clock "$by_dhcp, \"clock\": { \"floor\": \"2002-03-01T00:00:00Z\" }"
check "unless it ended before the floor (D-155)" 5 'voucher-expired' agent run
device clock "$by_dhcp, \"clock\": { \"mode\": \"trusted\", \"floor\": \"2001-06-01T00:00:00Z\" }"
check "a trusted clock tells that it has" 5 'voucher-expired' agent run
device clock "$by_dhcp, \"clock\": { \"mode\": \"trusted\", \"floor\": \"2199-01-01T00:00:00Z\" }"
check "a clock before the floor is not trusted" 5 'is before clock.floor' agent run

# One that jumps while the agent runs is looked at for each check: too late at first, then before the floor, then right.
"${CC:-cc}" -shared -fPIC -o "$work/clock.so" -x c - <<'C'
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
time_t time(time_t *out) {
  long long now = 0;
  FILE *f = fopen(getenv("CLOCK"), "r");
  if (f == NULL || fscanf(f, "%lld", &now) != 1) abort();
  fclose(f);
  if (out != NULL) *out = now;
  return now;
}
C
set_clock() { date -d "$1" +%s >"$work/clock.new"; mv "$work/clock.new" "$work/wall"; }
mv "$lab/$serial" "$work/kept"
offer --config "$work/configuration" --handling replace
device jumps "$well_known, \"clock\": { \"mode\": \"trusted\" }, \"retry\": { \"first\": 0.3, \"last\": 0.3 }"
set_clock 2150-01-01
LD_PRELOAD=$work/clock.so CLOCK=$work/wall sztp-agent daemon --config "$dev/agent.json" >"$work/jumping" 2>&1 &
pid=$!
holds "a clock 123 years ahead: the server's certificate has ended (CLK-08)" wait_until 10 grep -q 'tls-untrusted.*ended on 2099' "$work/jumping"
set_clock 1990-01-01
holds "one that goes back before the floor is doubted, and what was believed stays a floor" wait_until 10 grep -q 'before clock.floor' "$work/jumping"
holds "so that the certificate is still refused" wait_until 10 sh -c "sed '1,/before clock.floor/d' '$work/jumping' | grep -q 'tls-untrusted'"
set_clock now
holds "one that is set right" wait_until 10 grep -q 'the system clock has been set' "$work/jumping"
wait $pid
holds "is believed at once" test $? = 0
rm -rf "${lab:?}/$serial"
mv "$work/kept" "$lab/$serial"

# ---- constrained vouchers (COSE group) -----------------------------------------------------------------------

sztp voucher issue --serial $serial --pinned "$PKI/owner-root.pem" --signer "$PKI/voucher-signer.pem" \
  --key "$PKI/voucher-signer.key" --chain "$PKI/mfr-int.pem" --format cose-cbor --out "$lab/$serial/ownership-voucher.vcj"
device constrained "$by_dhcp"
check "a voucher in COSE is refused by default" 5 'voucher-malformed' agent run
device constrained "$by_dhcp, \"policy\": { \"constrained-voucher\": true }"
check "and accepted where policy says so" 0 'bootstrapped' agent run
holds "with a warning that a check is weakened" grep -q 'a check is weakened: constrained vouchers' "$work/out" "$work/err"

# ---- signals, power failures, a second agent ----------------------------------------------------------------

script waits <<<'echo $$ >"$(dirname "$SZTP_AGENT_CONFIG")/pid"; sleep 60'
offer --config "$work/configuration" --handling replace --post-script "$work/waits"
device stop "$well_known"
echo old >"$dev/running"
background run
wait_until 10 test -s "$dev/pid"
check "a second agent keeps off" 1 'another agent is running' agent run
check "reset keeps off" 1 'an agent is running' agent reset
member "status while a script runs" "$dev/status/status.json" '"step":"script","pass":1,"source":"well-known"'
kill -TERM $pid
wait $pid
status=$?
holds "SIGTERM ends it with status 1" test "$status" = 1
holds "it says so in one line" grep -qx 'sztp-agent: cancelled: .*' "$work/err"
holds "the script is gone" sh -c "! kill -0 $(cat "$dev/pid") 2>/dev/null"
holds "the configuration is restored (STATE-08)" grep -qx old "$dev/running"
member "the result says so" "$dev/status/result.json" '"result":"cancelled","exit-status":1'

rm "$dev/pid"
background run
wait_until 10 test -s "$dev/pid"
kill -KILL $pid
{ wait $pid; } 2>/dev/null
kill -KILL -- "-$(cat "$dev/pid")" 2>/dev/null
check "status tells that it was cut off" 0 'which was cut off' agent status
holds "after a power failure the new configuration is still there" cmp "$dev/running" "$work/configuration"
script nothing <<<'exit 0'
offer --pre-script "$work/nothing"
check "the next start undoes it first" 0 'an attempt was cut off' agent run
holds "the configuration is the old one" grep -qx old "$dev/running"
holds "what the script's folder held is gone" test -z "$(ls "$dev/state/work")"

device daemon "\"dhcp4\": { \"file\": \"lease\" }, \"retry\": { \"first\": 0.2, \"last\": 0.4 }"
rm -rf "${lab:?}/$serial"
signed "$lab/$serial" "$serial" onboarding --config "$work/configuration" --handling replace
background daemon
wait_until 10 grep -q 'pass 2 led nowhere' "$work/out"
sztp dhcp encode --family 4 "https://127.0.0.1:$port" >"$dev/lease"
wait $pid
status=$?
holds "daemon goes on until there is a lease (STATE-07)" test "$status" = 0
holds "and bootstraps then" cmp "$dev/running" "$work/configuration"
device daemon "\"dhcp4\": { \"file\": \"lease\" }, \"retry\": { \"first\": 60 }"
background daemon
wait_until 10 grep -q 'pass 1 led nowhere' "$work/out"
start=$SECONDS
kill -INT $pid
wait $pid
status=$?
holds "SIGINT ends a wait at once" test "$status" = 1 -a $((SECONDS - start)) -lt 5
holds "status --json was as described after each of $(find "$statuses" -type f | wc -l) checks" \
  python3 tests/common/json_schema.py docs/json/status.json "$statuses"/*
conclude
