#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Other people's habits, end to end: devices of FusionLayer's, opiproject's and IOS-XE's shape are bootstrapped by our server, and
# our device by servers of the shape that those clients are made for, also where DHCP names them in FusionLayer's way.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
. tests/common/bootstrap.sh
. tests/common/peer.sh
need openssl python3
echo 'hostname by-habit' >"$work/configuration"

# ---- their devices, our server ------------------------------------------------------------------------------------------

mkdir "$work/peer"
cp "$PKI/idevid.pem" "$work/peer/device.pem"
cp "$PKI/idevid.key" "$work/peer/device.key"
cp "$PKI/server-root.pem" "$work/peer/ca.pem"
cp "$PKI/owner.pem" "$work/peer/owner.pem"
lab=$work/lab
start_server "$lab"
offer --config "$work/configuration" --handling merge
got() { # NAME KIND [OPTION...]: the device of that kind ends with the configuration
  if tests/common/peer_device.py "$2" "127.0.0.1:$port" "$work/peer" "${3:-$serial}" "${@:4}" >"$work/out" 2>"$work/err" &&
    cmp -s "$work/out" "$work/configuration"; then ok "$1"; else bad "$1" "$(tail -n 3 "$work/out" "$work/err")"; fi
}
told() { holds "... the server has its progress" python3 - "$lab/$1/progress.log" "$2" <<'PY'
import json, sys
types = [json.loads(line)["progress-type"] for line in open(sys.argv[1])]
assert types[0] == "bootstrap-initiated" and types[-1] == "bootstrap-complete" and len(types) == int(sys.argv[2]), types
PY
}
got "FusionLayer's: host-meta, Basic that nobody asked for, nonce \"\", empty containers" fusionlayer
told "$serial" 4
rm "$lab/$serial/progress.log"
got "opiproject's: the operation's own path, and no member but the one that it knows" opi
told "$serial" 4

# IOS-XE names the product in its serial number, and so is its folder; the voucher has the serial number alone.
cisco='PID:C9300-24T SN:FCW2243G0AB'
openssl ecparam -name prime256v1 -genkey -noout -out "$work/peer/device.key"
openssl req -new -key "$work/peer/device.key" -subj "/CN=C9300-24T/serialNumber=$cisco" -out "$work/csr" 2>"$work/log"
openssl x509 -req -in "$work/csr" -CA "$PKI/idevid-root.pem" -CAkey "$PKI/idevid-root.key" -CAserial "$work/serial" -CAcreateserial -days 30 \
  -extfile <(printf 'keyUsage=digitalSignature\n') -out "$work/peer/device.pem" 2>>"$work/log"
signed "$lab/$cisco" FCW2243G0AB onboarding --config "$work/configuration" --handling merge
got "IOS-XE's: XML, signed data alone, inside of it JSON" ios-xe "$cisco"
holds "... out of the folder with the product's name" grep -qF "\"serial\":\"$cisco\"" "$lab/requests.log"
holds "... which verifies for the serial number in the voucher" sztp verify --serial FCW2243G0AB --voucher-anchor "$PKI/mfr-root.pem" \
  --voucher "$work/peer/ownership-voucher" --owner-cert "$work/peer/owner-certificate" --conveyed "$work/peer/conveyed-information"

# ---- our device, their servers ------------------------------------------------------------------------------------------

their=$work/their
mkdir "$their"
sztp conveyed onboarding --config "$work/configuration" --handling replace --out "$their/$serial.cms"
their_server() { peer_server "$their" "$@"; }
asked() { holds "... at $1" grep -q "^POST $1/operations/ietf-sztp-bootstrap-server:get-bootstrapping-data" "$their/requests.log"; }
their_server
device szt "\"servers\": [\"127.0.0.1:$port\"]"
bootstraps "a server of SZTPD's shape"
asked /restconf
their_server --root /xverse/restconf
device root "\"servers\": [\"127.0.0.1:$port\"]"
bootstraps "whose root is elsewhere"
asked /xverse/restconf
their_server --no-host-meta
device bare "\"servers\": [\"127.0.0.1:$port\"]"
bootstraps "without host-meta"
asked /restconf
echo 'device-password' >"$work/password"
chmod 600 "$work/password"
their_server --basic device-password --ask-first
device basic "\"servers\": [\"127.0.0.1:$port\"]"
sed -i "s#\"identity\": {#\"identity\": { \"password-file\": \"$work/password\",#" "$dev/agent.json"
bootstraps "that demands Basic (REST-20, TLS-08)"
holds "... after it was authenticated and has asked" grep -q "^POST .* $serial$" "$their/requests.log"
holds "... by the certificate's own name (TLS-09)" sh -c "! grep -q refused '$their/requests.log'"
device other "\"servers\": [\"127.0.0.1:$port\"]"
sed -i "s#\"identity\": {#\"identity\": { \"serial\": \"OTHER-1\", \"password-file\": \"$work/password\",#" "$dev/agent.json"
check "a name that is not the certificate's (TLS-09)" 4 "stand for the serial number 'OTHER-1', the identity certificate for '$serial'" agent run

# ---- host:port in option 143 and 136 ------------------------------------------------------------------------------------

their_server
raw() { printf '%s' "$1" | od -An -v -tx1 | tr -d ' \n'; }
here="\"value\": \"$(raw "127.0.0.1:$port")\""
for family in 4 6; do
  device "strict$family" "\"dhcp$family\": { $here }, \"policy\": { \"dhcp-anchors\": true }"
  check "host:port by IPv$family is nothing, unless a switch says so (DHCP-17)" 2 'not-bootstrapped' agent run
  holds "... and says what it is" grep -q 'the option is text without lengths' "$work/out"
  device "lenient$family" "\"dhcp$family\": { $here }, \"policy\": { \"dhcp-anchors\": true, \"lenient-dhcp\": true }"
  bootstraps "with the switch, host:port by IPv$family"
done
device untrusted "\"dhcp4\": { $here }, \"policy\": { \"lenient-dhcp\": true }"
check "which does not make its server a trusted one (REDIR-11)" 5 'not-bootstrapped' agent run
start_server "$lab" # not the one of before
cp "$PKI/idevid.pem" "$work/peer/device.pem"
cp "$PKI/idevid.key" "$work/peer/device.key"
offer --config "$work/configuration" --handling merge
got "the same value serves FusionLayer's client" fusionlayer "$serial" --raw "$(raw "127.0.0.1:$port")"
conclude
