#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# sztp-agent import reads other clients' configurations: each member, what is not carried over, what is refused and what is right in
# its place; and the pages of docs/peers are true: their commands are run, on files of the shapes that they show.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
. tests/common/bootstrap.sh
. tests/common/guide.sh

# ---- the pages ----------------------------------------------------------------------------------------------------------

for page in docs/peers/*.md; do
  name=$(basename "$page" .md)
  [ "$name" != sonic ] || continue # sonic.sh follows it
  rm -rf "$work/desk" "$work/blocks"
  mkdir -p "$work/desk/certs" "$work/desk/stick" "$work/desk/lab"
  cp "$PKI"/{owner,owner-int,server,server-root,mfr-root}.pem "$PKI"/{owner,server}.key "$work/desk/"
  for file in first_my_cert device_cert; do cp "$PKI/idevid.pem" "$work/desk/certs/$file.pem"; done
  for file in first_private_key device_private_key; do cp "$PKI/idevid.key" "$work/desk/certs/$file.pem"; done
  for file in opi cert_chain; do cp "$PKI/server-root.pem" "$work/desk/certs/$file.pem"; done
  case $name in
    ios-xe) issue_voucher "$work/desk/voucher.vcj" FCW2243G0AB ;;
    *) issue_voucher "$work/desk/voucher.vcj" "$serial" ;;
  esac
  printf 'hostname x\n' >"$work/desk/startup.cfg"
  echo image >"$work/desk/junos.tgz"
  pack_owner_cert "$work/desk/owner.cms"
  sign_conveyed "$work/desk/conveyed.cms" onboarding --config "$work/desk/startup.cfg" --handling merge
  follow_guide "$page"
  [ ! -e "$work/desk/agent.json" ] || mv "$work/desk/agent.json" "$work/desk/$name.json" && cp "$work/desk"/*.json "$work/" 2>/dev/null
done
holds "all pages have commands" test "$(grep -lc '^```sh$' docs/peers/*.md | wc -l)" = "$(ls docs/peers/*.md | wc -l)"

# ---- what came out of them ----------------------------------------------------------------------------------------------

# has NAME FILE EXPRESSION: of Python, in which d is the document
has() { holds "$1" python3 -c 'import json,sys; d=json.load(open(sys.argv[1])); assert eval(sys.argv[2]), d' "$2" "$3"; }
has "FusionLayer: server" "$work/fusionlayer.json" 'd["servers"] == ["xverse.example.com:9090"]'
has "FusionLayer: identity" "$work/fusionlayer.json" 'd["identity"]["certificate"].endswith("/certs/device_cert.pem") and d["identity"]["serial"] == "EX4200-17"'
has "FusionLayer: the anchor" "$work/fusionlayer.json" 'len(d["anchors"]["servers"]) == 1'
has "OPI: leases of both families, and the anchor" "$work/opi.json" 'd["dhcp4"] == d["dhcp6"] == {"lease-file": "/var/lib/dhclient/dhclient.leases"} and d["policy"] == {"lenient-dhcp": True, "dhcp-anchors": True}'
has "OPI: identity" "$work/opi.json" 'd["identity"]["key"].endswith("/certs/first_private_key.pem") and d["identity"]["serial"] == "EX4200-17"'
has "IOS XR: the order" "$work/ios-xr.json" 'd["sources"] == ["removable", "dhcp6", "dhcp4"]'
has "IOS XR: Cisco's layout" "$work/ios-xr.json" 'd["removable"] == {"enterprise-number": 9, "layouts": ["EN{enterprise}/{serial}/bootstrapping-data"]}'

# ---- members, notes, refusals -------------------------------------------------------------------------------------------

import() { sztp-agent import --from "$1" "$work/in" "${@:2}"; }
yes() { # NAME FROM PATTERN, the file on standard input: it is imported, and a note or the configuration says PATTERN
  cat >"$work/in"
  check "$1" 0 "$3" import "$2"
}
no() { # NAME FROM STATUS PATTERN, the file on standard input: it is not, for this reason
  cat >"$work/in"
  check "$1" "$3" "^sztp-agent import: $work/in: $4" import "$2"
  [ ! -s "$work/out" ] || bad "... nothing is handed out" "$(cat "$work/out")"
}
with() { printf '%s\n' "$@" 'private-key: k' 'end-entity-cert: c' 'trust-anchor-cert: a'; }
yes "a password is not carried over, and the note says how" fusionlayer 'note: password: write it into a file of mode 0600 .* identity.password-file' < <(with 'password: hush')
holds "... nor shown" sh -c "! grep -q hush '$work/out' '$work/err'"
yes "no server: DHCP, as that client has it" fusionlayer '"lenient-dhcp":.true' < <(with '# nothing')
yes "... and nobody else" fusionlayer 'compiled into FusionLayer.s client is asked by nobody' < <(with)
yes "tmp" fusionlayer 'note: tmp: nothing is kept where others write' < <(with 'tmp: /tmp')
yes "debug" fusionlayer '"level":."debug"' < <(with 'debug: true')
yes "quotes, comments, Windows' line ends" fusionlayer '"serial":."A # B"' < <(with "serial: 'A # B' # mine"$'\r')
no "insecure: true is refused, and what is right is said" fusionlayer 5 'insecure: true takes scripts from whoever answers; .*anchors.servers. is right .*anchors.vouchers' < <(with 'insecure: true')
no "no anchor is refused" fusionlayer 5 'trust-anchor-cert is missing, so that no server' <<<$'private-key: k\nend-entity-cert: c'
no "no identity" fusionlayer 4 'end-entity-cert and private-key are missing' <<<'trust-anchor-cert: a'
no "an unknown member" fusionlayer 4 'line 1: unknown member proxy; known are server' < <(with 'proxy: x')
no "a member twice" fusionlayer 4 'line 2: serial is there twice' < <(with 'serial: a' 'serial: b')
for value in '[a]' '{a: b}' '&a b' '*a' '!str a' '|' '"a\n"' "'a" 'a: b' '"a"b'; do
  no "YAML that is not read: $value" fusionlayer 4 'line 1: the value of serial is of a kind of YAML that is not read' < <(with "serial: $value")
done
no "a list" fusionlayer 4 'line 2: a list or something inside' <<<$'server:\n  - a'
no "no YAML" fusionlayer 4 'line 1: is no line KEY: VALUE' <<<'hello'
no "a server that is none" fusionlayer 4 'server: "a:99999" is no HOST:PORT' < <(with 'server: a:99999')
no "insecure: maybe" fusionlayer 4 'insecure and debug are true or false' < <(with 'insecure: maybe')

certs='--device-end-entity-cert c --device-private-key k --bootstrap-trust-anchor-cert a'
url='--bootstrap-url https://h:8080/restconf/operations/ietf-sztp-bootstrap-server:get-bootstrapping-data'
yes "a command line" opi '"servers":.\["h:8080"\]' <<<"/opi-sztp-agent daemon $url $certs"
yes "on several lines" opi '"servers":.\["h:8080"\]' <<<"docker run --rm image \\
  /opi-sztp-agent daemon \\
  $url \\
  $certs"
yes "a systemd unit" opi '"servers":.\["h:8080"\]' <<<"[Service]
Restart=always
ExecStart=/usr/bin/opi-sztp-agent daemon \\
  $url $certs
[Install]"
yes "a compose file with a text" opi '"servers":.\["h:8080"\]' <<<"services:
  agent:
    command: /opi-sztp-agent run $url $certs
    privileged: true"
yes "a compose file with a list of lines" opi '"serial":."A B"' <<<"    command:
      - /opi-sztp-agent
      - run
      - --bootstrap-url=https://h
      - \"--serial-number=A B\"
    networks: [opi]"
yes "a password is not carried over" opi 'note: --device-password: write it into a file of mode 0600' <<<"opi-sztp-agent run $url $certs --device-password hush"
holds "... nor shown" sh -c "! grep -q hush '$work/out' '$work/err'"
yes "the serial number's source" opi 'note: --serial-number is not given: the certificate.s counts' <<<"opi-sztp-agent run $url $certs"
yes "what DHCP may choose" opi 'note: policy.dhcp-anchors: .* let the CA certify bootstrap servers alone' <<<"opi-sztp-agent run --dhcp-lease-file l $certs"
no "no TLS is refused" opi 5 '--bootstrap-url: "http://h" does not begin with https://' <<<"opi-sztp-agent run --bootstrap-url http://h $certs"
no "no source" opi 5 '--bootstrap-url or --dhcp-lease-file is missing' <<<"opi-sztp-agent run $certs"
no "an unknown flag" opi 4 'unknown option --fast' <<<'opi-sztp-agent run --fast'
no "a variable" opi 4 'has a variable or a command where a word belongs: \$URL' <<<'opi-sztp-agent run --bootstrap-url $URL'
no "two commands" opi 4 'has more than one command in it' <<<"opi-sztp-agent run $url; reboot"
no "several services" opi 4 'has more than one command:; give a file with the service of one device' <<<$'a:\n  command: x\nb:\n  command: y'
no "another program" opi 4 'does not call opi-sztp-agent' <<<'curl https://h'
no "quotes that don't end" opi 4 "has quotes that don.t end" <<<"opi-sztp-agent run 'x"

yes "secure mode" ios-xr '"dhcp4", "dhcp6"' <<<'ztp secure-mode enable'
no "classic ZTP is refused" ios-xr 5 'secure mode is off: classic ZTP runs whatever DHCP names' <<<'no ztp secure-mode enable'
yes "off" ios-xr 'note: ZTP is off there: say sztp-agent disable' <<<$'ztp secure-mode enable\nztp disable'
yes "one pass" ios-xr '"passes":.1' <<<$'[Startup]\nretry_forever: False'
yes "what has no counterpart is told with its line" ios-xr 'note: line 2: Color of \[Startup\] has no counterpart' <<<$'[Startup]\nColor: blue'
yes "... also of commands" ios-xr 'note: line 1: ztp initiate has no counterpart' <<<$'ztp initiate dhcp4'
no "a priority that is none" ios-xr 4 'line 2: the priority of Mgmt4 is no number from 0 to 99' <<<$'[Fetcher Priority]\nMgmt4: high'
no "nothing about ztp" ios-xr 4 'says nothing about ztp' <<<'hostname x'

check "another client" 1 'right are fusionlayer, opi and ios-xr' import junos
check "no file" 1 'right is sztp-agent import --from' sztp-agent import --from opi
check "a file that is not there" 4 "none: can't be read: No such file" sztp-agent import --from opi "$work/none"
printf 'a\0b' >"$work/in"
check "no text" 4 'is no text' import opi
printf '%s\n' "opi-sztp-agent run $url $certs" >"$work/in"
check "--output" 0 note import opi --output "$work/made.json"
holds "... which nobody else reads" test "$(stat -c %a "$work/made.json")" = 600
check "standard input" 0 '"servers"' sh -c "sztp-agent import --from opi - <'$work/in'"

# ---- an imported configuration bootstraps -------------------------------------------------------------------------------

lab=$work/lab
start_server "$lab"
offer --config "$work/in" --handling replace
printf '%s\n' "server: 127.0.0.1:$port" "private-key: $PKI/idevid.key" "end-entity-cert: $PKI/idevid.pem" "trust-anchor-cert: $PKI/server-root.pem" >"$work/config.yaml"
mkdir "$work/device"
sztp-agent import --from fusionlayer "$work/config.yaml" --output "$work/device/agent.json" 2>"$work/log"
sed -i '1 a "folders": { "state": "state", "status": "status" },' "$work/device/agent.json"
check "an imported configuration bootstraps a device" 0 'bootstrap-complete' sztp-agent run --config "$work/device/agent.json"
conclude
