#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Faults that people make when they set up bootstrapping, or that a device meets, each provoked, and what is then said at the device (the log of
# the run and `sztp-agent status`), at a desk (the tool) and at the server (its log): what is wrong, where, and what to do next.
# A row of the table has a point for each of the three. With SHOW=1 the sentences are printed, too.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
. tests/common/bootstrap.sh
need openssl python3

lab=$work/lab
start_server "$lab"
echo 'hostname a' >"$work/configuration"
printf '#!/bin/sh\nexit 0\n' >"$work/right.sh"

rows=()
# points TEXT-FILE WHAT WHERE NEXT: how many of the three patterns are in the text; those that are not, in $lacking
points() {
  local file=$1 n=0 pattern
  lacking=
  shift
  for pattern in "$@"; do
    if grep -qE -- "$pattern" "$file"; then n=$((n + 1)); else lacking="$lacking '$pattern'"; fi
  done
  score=$n
}
# said PLACE WHAT WHERE NEXT: at the device, desk or server; all three are asked for
said() {
  local place=$1
  shift
  points "$work/said/$place" "$@"
  scores[$place]=$score
  [ -z "${SHOW:-}" ] || sed "s/^/    $place| /" "$work/said/$place"
  if [ "$score" = 3 ]; then ok "$fault: the $place"; else bad "$fault: the $place lacks$lacking" "$(cat "$work/said/$place")"; fi
}
declare -A scores
# fault NAME: begins a row
fault() {
  fault=$1
  scores=([device]=- [desk]=- [server]=-)
  : >"$lab/log"
  rm -rf "$work/said"; mkdir "$work/said"
}
row() { rows+=("$(printf "%-44s %6s %6s %6s" "$fault" "${scores[device]}" "${scores[desk]}" "${scores[server]}")"); }
# runs STATUS [VARIABLE=VALUE...]: the device's attempt ends with STATUS; what it says is $work/device
runs() {
  local wanted=$1 status
  shift
  "${inside[@]}" env "$@" sztp-agent run --config "$dev/agent.json" >"$work/said/device" 2>&1
  status=$?
  "${inside[@]}" sztp-agent status --config "$dev/agent.json" >>"$work/said/device" 2>&1
  cp "$lab/log" "$work/said/server"
  [ "$status" = "$wanted" ] || bad "$fault: the agent ends with $status, not $wanted" "$(cat "$work/said/device")"
}
# apart WHAT COMMANDS: from here on the device runs in a namespace of its own, mount or net, in which the commands were run by a
# shell; where there can be none, the row is skipped. It lasts until together.
inside=()
apart() {
  rm -f "$work/apart"
  unshare "--$1" sh -ec "$2"' && : >"$0" && exec sleep 600' "$work/apart" >"$work/apart.log" 2>&1 &
  started+=($!)
  inside=(nsenter --target "$!" "--$1")
  wait_until 5 sh -c "[ -e '$work/apart' ] || ! kill -0 $!"
  [ -e "$work/apart" ] && "${inside[@]}" true 2>>"$work/apart.log" && return
  inside=()
  skip "$fault: no namespace for it here: $(tail -n 1 "$work/apart.log")"
  return 1
}
together() {
  kill "${started[-1]}" && wait "${started[-1]}"
  unset 'started[-1]'
  inside=()
} 2>/dev/null # the shell's own line about what was killed
# desk COMMAND...: what the tool says
desk() { "$@" >"$work/said/desk" 2>&1; }
asks() { device device "\"servers\": [\"127.0.0.1:$port\"]$1"; } # MORE-MEMBERS
stage() { # ARGUMENT...: the owner's three artifacts for the device
  rm -rf "${lab:?}/$serial"
  signed "$lab/$serial" $serial "$@"
}
onboarding=(onboarding --config "$work/configuration" --handling replace)
judge() { # [OPTION...]: the desk verifies what is staged
  local d=$lab/$serial args=()
  [ -e "$d/ownership-voucher.vcj" ] && args+=(--voucher "$d/ownership-voucher.vcj" 
    --voucher-anchor "${anchor:-$PKI/mfr-root.pem}" --serial "$serial")
  [ -e "$d/owner-certificate.cms" ] && args+=(--owner-cert "$d/owner-certificate.cms")
  desk sztp verify "${args[@]}" --conveyed "$d/conveyed-information.cms" "$@"
}
# whole_set: what is staged is right, before a fault is put in
whole_set() { stage "${onboarding[@]}"; }
voucher_of() { issue_voucher "$lab/$serial/ownership-voucher.vcj" "$@" 2>/dev/null; } # SERIAL [OPTION...]
image_of() { # URI [OPTION...]: unsigned information with an image there
  offer --os-name ExampleOS --os-version 2.0 --image "$lab/images/os.img" --image-uri "$1" "${@:2}" 2>/dev/null
}
program() { # NAME COMMAND: a program of the device
  printf '#!/bin/sh\n%s\n' "$2" >"$dev/$1"
  chmod +x "$dev/$1"
}
head -c 100000 /dev/urandom >"$lab/images/os.img"
gave_up="the client gave up with an alert that can't be read" # of mbedTLS with TLS 1.3
more='sztp-refusals\(7\)'

# ---- artifacts ------------------------------------------------------------------------------------------------------------

fault "the voucher has expired"
whole_set
voucher_of $serial --created-on 2020-01-01T00:00:00Z --expires-on 2021-01-01T00:00:00Z --force
asks ""
runs 5
judge
said device 'expires-on 2021-01-01T00:00:00Z is not after' 'at fault +voucher' "have it renewed, or correct the device's clock.*$more"
said desk 'expires-on 2021-01-01T00:00:00Z is not after' 'ownership-voucher.vcj\) is at fault' "have it renewed.*$more"
said server 'parsing-error\): voucher-expired' "$serial" 'expires-on 2021-01-01T00:00:00Z is not after'
row

fault "the voucher of another device"
whole_set
voucher_of EX4200-18
asks ""
runs 5
judge
said device 'serial-number is "EX4200-18", the device.s is "EX4200-17"' 'at fault +voucher' "get the voucher for this device.*$more"
said desk 'serial-number is "EX4200-18", the device.s is "EX4200-17"' 'ownership-voucher.vcj\) is at fault' "get the voucher for this device.*$more"
said server 'parsing-error\): voucher-serial' "$serial" 'EX4200-18'
row

fault "the owner certificate of another"
whole_set
sztp owner-cert pack "$PKI/other.pem" --out "$lab/$serial/owner-certificate.cms"
asks ""
runs 5
judge
said device 'none of its 1 certificates is the one that signed' 'found +O=Somebody Else, CN=Other ' "sign it with that key, or pack the signer.s certificate.*$more"
said desk 'none of its 1 certificates is the one that signed' 'owner-certificate.cms\) is at fault' "sign it with that key, or pack the signer.s certificate.*$more"
said server 'parsing-error\): signer-not-owner' "$serial" 'none of its 1 certificates'
row

fault "signed with the key of another"
whole_set
sztp conveyed "${onboarding[@]}" --signer "$PKI/other.pem" --key "$PKI/other.key" --out "$lab/$serial/conveyed-information.cms"
asks ""
runs 5
judge
said device 'none of its 2 certificates is the one that signed' 'expected +the certificate [0-9a-f]+ of O=Somebody Else, CN=Other Root' "sign it with that key, or pack the signer.s certificate.*$more"
said desk 'expected: +the certificate [0-9a-f]+ of O=Somebody Else, CN=Other Root' 'owner-certificate.cms\) is at fault' "sign it with that key, or pack the signer.s certificate.*$more"
said server 'parsing-error\): signer-not-owner' "$serial" 'none of its 2 certificates'
row

fault "another certificate is pinned"
whole_set
sztp voucher issue --serial $serial --pinned "$PKI/other-root.pem" --signer "$PKI/voucher-signer.pem" \
  --key "$PKI/voucher-signer.key" --chain "$PKI/mfr-int.pem" --out "$lab/$serial/ownership-voucher.vcj"
asks ""
runs 5
judge
said device 'expected +O=Somebody Else, CN=Other Root' 'at fault +owner-certificate' "the voucher was issued for.*$more"
said desk 'expected: +O=Somebody Else, CN=Other Root' 'owner-certificate.cms\) is at fault' "the voucher was issued for.*$more"
said server 'parsing-error\): owner-untrusted' "$serial" 'no certificate of the issuer was found for: "O=Example Owner'
row

fault "an intermediate is missing"
whole_set
sztp owner-cert pack "$PKI/owner.pem" --out "$lab/$serial/owner-certificate.cms"
asks ""
runs 5
judge
said device 'no certificate of the issuer was found for: "O=Example Owner, CN=Owner"' 'at fault +owner-certificate' "with its intermediates.*$more"
said desk 'no certificate of the issuer was found for: "O=Example Owner, CN=Owner"' 'owner-certificate.cms\) is at fault' "with its intermediates.*$more"
said server 'parsing-error\): owner-untrusted' "$serial" 'no certificate of the issuer was found for: "O=Example Owner, CN=Owner"'
row

fault "another anchor for vouchers"
whole_set
asks ", \"anchors\": { \"vouchers\": [\"$PKI/other-root.pem\"], \"servers\": [\"$PKI/server-root.pem\"] }"
sed -i "/^  \"anchors\"/d" "$dev/agent.json"
runs 5
anchor=$PKI/other-root.pem judge
said device 'expected +O=Somebody Else, CN=Other Root' 'at fault +voucher' "check the anchors.*$more"
said desk 'expected: +O=Somebody Else, CN=Other Root' 'ownership-voucher.vcj\) is at fault' "check the anchors.*$more"
said server 'parsing-error\): voucher-untrusted' "$serial" 'no certificate of the issuer was found for: "C=US'
row

fault "the voucher was forgotten"
whole_set
rm "$lab/$serial/ownership-voucher.vcj"
asks ""
runs 5
judge
said device 'why +artifact-missing' 'signed conveyed information without ownership voucher' "supply what is missing.*$more"
said desk 'signed conveyed information without ownership voucher' 'not given: the ownership voucher' "supply what is missing.*$more"
said server 'parsing-error\): artifact-missing' "$serial" 'without ownership voucher'
row

fault "the owner certificate was forgotten"
whole_set
rm "$lab/$serial/owner-certificate.cms"
asks ""
runs 5
judge
said device 'why +artifact-missing' 'signed conveyed information without owner certificate' "supply what is missing.*$more"
said desk 'signed conveyed information without owner certificate' 'not given: the owner certificate' "supply what is missing.*$more"
said server 'parsing-error\): artifact-missing' "$serial" 'without owner certificate'
row

fault "two files were swapped"
whole_set
mv "$lab/$serial/owner-certificate.cms" "$work/swap"
mv "$lab/$serial/conveyed-information.cms" "$lab/$serial/owner-certificate.cms"
mv "$work/swap" "$lab/$serial/conveyed-information.cms"
asks ""
runs 5
judge
said device 'the signed content is not in it' 'at fault +conveyed-information' "sign again with the content included.*$more"
said desk "It is a file of 'owner certificate or trust anchor'" 'conveyed-information.cms\) is at fault' "A right one is made by.*$more"
said server 'parsing-error\): cms-detached' "$serial" 'the signed content is not in it'
row

fault "the voucher was cut off"
whole_set
head -c 700 "$lab/$serial/ownership-voucher.vcj" >"$work/cut"
mv "$work/cut" "$lab/$serial/ownership-voucher.vcj"
asks ""
runs 5
judge
said device 'it is cut off: [0-9]+ octets are announced, 700 are there' 'at fault +voucher' "check that the file is whole.*$more"
said desk 'it is cut off: [0-9]+ octets are announced, 700 are there' 'ownership-voucher.vcj\) is at fault' "check that the file is whole.*A right one is made by.*$more"
said server 'parsing-error\): cms-malformed' "$serial" 'it is cut off'
row

fault "unsigned by mistake"
offer --config "$work/configuration" --handling replace
device device "\"dhcp4\": { \"value\": \"$(sztp dhcp encode --family 4 "https://127.0.0.1:$port")\" }"
runs 2
judge
said device 'what is staged for this device is not signed' '127.0.0.1 port [0-9]+, not authenticated' "sign it, or stage a redirect"
said desk 'onboarding information that is not signed, from a source that is not trusted' 'conveyed-information.cms\) is at fault' "sign it, or serve it from a trusted.*$more"
said server 'what is staged for this device is not signed' "$serial" 'sign it, or stage a redirect'
row

fault "the clock is in the past"
whole_set
voucher_of $serial --expires-on 2040-01-01T00:00:00Z --created-on 2026-01-01T00:00:00Z
asks ', "clock": { "mode": "trusted", "floor": "2045-01-01T00:00:00Z" }'
runs 5
judge --time 2045-01-01T00:00:00Z
said device 'the system clock is before clock.floor' '2045-01-01T00:00:00Z' "correct the device's clock"
said desk 'expires-on 2040-01-01T00:00:00Z is not after now' 'ownership-voucher.vcj\) is at fault' "correct the device's clock.*$more"
row

# ---- where to ask ---------------------------------------------------------------------------------------------------------

fault "DHCP gives a text"
device device "\"dhcp4\": { \"value\": \"$(printf 'https://boot.example.net:8443' | od -An -tx1 -v | tr -d ' \n')\" }"
runs 2
desk sztp dhcp decode --family 4 --option "$(printf 'https://boot.example.net:8443' | od -An -tx1 -v | tr -d ' \n')"
said device 'text without lengths, which RFC 8572 8.3 does not know' 'trouble +dhcp4: ' "'sztp dhcp encode' makes a right one"
said desk 'text without lengths, which RFC 8572 8.3 does not know' 'in the option' "'sztp dhcp encode' makes a right one"
row

fault "no lease of DHCP"
device device "\"dhcp4\": { \"file\": \"lease\" }"
runs 2
said device 'no lease' 'dhcp4 .*/lease' "Check link, DHCP"
row

fault "nobody listens"
device device '"servers": ["127.0.0.1:1"]'
runs 2
said device 'Connection refused' '127.0.0.1 port 1' "check its address and port"
row

fault "DNS has no server"
: >"$work/resolv.conf"
device device "\"servers\": [\"boot.example.test:$port\"], \"dns\": { \"file\": \"$work/resolv.conf\" }"
runs 2
said device 'no DNS server is known' 'no address for boot.example.test' "check its address"
row

fault "DNS does not know the name"
python3 - "$work/dns.port" <<'PY' &
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", 0))
with open(sys.argv[1], "w") as f:
    f.write(str(s.getsockname()[1]))
while True:  # NXDOMAIN to every question
    data, peer = s.recvfrom(2000)
    end = data.index(0, 12) + 5
    s.sendto(data[:2] + b"\x81\x83" + data[4:6] + bytes(6) + data[12:end], peer)
PY
dns=$!
wait_until 5 test -s "$work/dns.port"
device device "\"servers\": [\"boot.example.test:$port\"], \"dns\": { \"servers\": [\"127.0.0.1:$(cat "$work/dns.port")\"] }"
runs 2
kill $dns
said device 'the server answers NXDOMAIN' 'no address for boot.example.test' "check its address"
row

fault "the server of DNS does not answer"
echo "nameserver 127.0.0.9" >"$work/resolv.conf"
device device "\"servers\": [\"boot.example.test:$port\"], \"dns\": { \"file\": \"$work/resolv.conf\" }"
runs 2
said device '127.0.0.9: Could not contact DNS servers' 'no address for boot.example.test' "check its address"
row

# ---- servers --------------------------------------------------------------------------------------------------------------

fault "the server does not know the device"
rm -rf "${lab:?}/$serial"
asks ""
runs 2
said device 'no device of this serial number is known here' '127.0.0.1 answered 404' "what it has for this device"
said server 'no device of this serial number is known here' "EX4200-17" "404"
row

fault "plain HTTP at the port"
python3 -m http.server 0 --bind 127.0.0.1 --directory "$work" >"$work/http.log" 2>&1 &
http=$!
wait_until 5 grep -q 'port [0-9]' "$work/http.log" || python3 -c 'import time; time.sleep(1)'
http_port=$(sed -n 's/.*port \([0-9]*\).*/\1/p' "$work/http.log" | head -n 1)
device device "\"servers\": [\"127.0.0.1:$http_port\"]"
runs 2
kill $http
said device 'does not speak TLS; it may be HTTP without TLS' "127.0.0.1 port $http_port" "check its address and port"
row

fault "no server of SZTP"
python3 - "$PKI/server.pem" "$PKI/server.key" "$work/www.port" >/dev/null 2>&1 <<'PY' &
import http.server, ssl, sys
s = http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
c.load_cert_chain(sys.argv[1], sys.argv[2])
s.socket = c.wrap_socket(s.socket, server_side=True)
with open(sys.argv[3], "w") as f:
    f.write(str(s.server_address[1]))
s.serve_forever()
PY
www=$!
wait_until 5 test -s "$work/www.port"
www_port=$(cat "$work/www.port")
device device "\"servers\": [\"127.0.0.1:$www_port\"]"
runs 2
kill $www
said device '127.0.0.1 answered 501' "127.0.0.1 port $www_port" "check its address and port"
row

fault "the server has another name"
whole_set
mkdir -p "$work/named/$serial"
sztp-server --dir "$work/named" --listen 127.0.0.2:0 --port-file "$work/named/port" --tls-cert "$PKI/server.pem" \
  --tls-key "$PKI/server.key" >"$work/named/log" 2>&1 &
started+=($!)
wait_until 10 test -s "$work/named/port"
device device "\"servers\": [\"127.0.0.2:$(cat "$work/named/port")\"]"
runs 5
wait_until 5 grep -q handshake "$work/named/log"
cp "$work/named/log" "$work/said/server"
said device 'does not name 127.0.0.2 in subjectAltName' "127.0.0.2 port $(cat "$work/named/port")" "issue it for the name that devices contact.*$more"
said server "$gave_up|the client refused with the TLS alert 42" '127.0.0.1:[0-9]+' "does not accept this server's certificate"
row

fault "another anchor for servers"
device device "\"servers\": [\"127.0.0.1:$port\"], \"anchors\": { \"vouchers\": [\"$PKI/mfr-root.pem\"], \"servers\": [\"$PKI/server2-root.pem\"] }"
sed -i "0,/^  \"anchors\".*/s///" "$dev/agent.json"
runs 5
wait_until 5 grep -aq 'TLS handshake' "$lab/log"
cp "$lab/log" "$work/said/server"
said device 'no certificate of the issuer was found for: "O=Example Owner, CN=localhost"' "127.0.0.1 port $port" "check its chain and the anchors.*$more"
said server "$gave_up|the client refused with the TLS alert 48" '127.0.0.1:[0-9]+' "leads to none of its anchors|does not accept this server's certificate"
row

fault "the server refuses the device's certificate"
other=$work/other
mkdir -p "$other/$serial"
sztp-server --dir "$other" --listen 127.0.0.1:0 --port-file "$other/port" --tls-cert "$PKI/server.pem" --tls-key "$PKI/server.key" \
  --device-ca "$PKI/other-root.pem" >"$other/log" 2>&1 &
started+=($!)
wait_until 10 test -s "$other/port"
device device "\"servers\": [\"127.0.0.1:$(cat "$other/port")\"]"
runs 2
cp "$other/log" "$work/said/server"
said device 'access-denied: no CA of --device-ca has signed it: .*serialNumber=EX4200-17' '127.0.0.1 answered 401' "its log"
said server 'no CA of --device-ca has signed it' 'serialNumber=EX4200-17' 'issued by .*CN=IDevID Root'
row

# ---- what is to be done ---------------------------------------------------------------------------------------------------

fault "the image is another"
image_of "https://127.0.0.1:$port/images/os.img"
echo more >>"$lab/images/os.img"
asks ', "handlers": { "install": "install" }'
program install 'exit 0'
runs 5
said device 'the image is not the one announced' 'images/os.img' "check the image and its fingerprint"
said server 'boot-image-error' "$serial" 'images/os.img: the image is not the one announced'
row

fault "the image is not there"
image_of "https://127.0.0.1:$port/images/gone.img"
asks ', "handlers": { "install": "install" }'
program install 'exit 0'
runs 1
said device 'could not be downloaded: .*HTTP status 404' 'images/gone.img' "correct what the detail names"
said server 'GET /images/gone.img 404: no such image' "$serial" 'boot-image-error\): .*gone.img could not be downloaded'
row

fault "the host of the image has no address"
image_of "https://images.example.test/os.img"
: >"$work/resolv.conf"
asks ", \"handlers\": { \"install\": \"install\" }, \"dns\": { \"file\": \"$work/resolv.conf\" }"
program install 'exit 0'
runs 1
said device 'no address of images.example.test: no DNS server is known' 'https://images.example.test/os.img could not be downloaded' "correct what the detail names"
said server 'boot-image-error' "$serial" 'no address of "images.example.test"'
row

fault "the program that installs fails"
image_of "https://127.0.0.1:$port/images/os.img"
asks ', "handlers": { "install": "install" }'
program install 'echo "flash: no space on /dev/mtd3"; exit 7'
runs 1
said device 'the image could not be installed' 'installing the image: ended with exit status 7' 'output +flash: no space on /dev/mtd3'
said server 'boot-image-error' "$serial" 'flash: no space on /dev/mtd3'
row

fault "nothing installs images"
image_of "https://127.0.0.1:$port/images/os.img"
asks ""
runs 1
said device 'no program installs images' 'os.img could not be downloaded' "set handlers.install to one"
said server 'boot-image-error' "$serial" 'no program installs images'
holds "an image that can't be installed is not downloaded" sh -c "! grep -aq 'GET /images' '$work/said/server'"
row

fault "an image that never satisfies (D-06)"
image_of "https://127.0.0.1:$port/images/os.img"
asks ', "handlers": { "install": "install" }'
program install 'exit 0'
runs 3
runs 3
runs 1
said device 'image-loop: it was installed 2 times' 'still reports os-name ExampleOS, os-version 1.0; wanted are ExampleOS, 2.0' \
  "correct the image or the boot-image node.*$more"
said server 'boot-image-error\): image-loop' "$serial" 'still reports os-name ExampleOS, os-version 1.0; wanted are ExampleOS, 2.0'
row

fault "a script fails behind much output"
program_text='for i in 1 2 3 4 5 6 7 8 9; do echo a line of progress that is long, of which there are many: $i; done
echo FATAL: the licence server lic.example.net does not answer; exit 7'
printf '#!/bin/sh\n%s\n' "$program_text" >"$work/script"
offer --config "$work/configuration" --handling replace --pre-script "$work/script"
asks ""
runs 1
said device 'ended with exit status 7' 'pre-configuration script' 'FATAL: the licence server lic.example.net does not answer'
said server 'pre-script-error' "$serial" 'FATAL: the licence server'
row

fault "a script fails with one line"
printf '#!/bin/sh\necho "no licence for this device" >&2\nexit 4\n' >"$work/script"
offer --config "$work/configuration" --handling replace --pre-script "$work/script"
asks ""
runs 1
said device 'ended with exit status 4' 'pre-configuration script' 'no licence for this device'
said server 'pre-script-error' "$serial" 'no licence for this device'
row

fault "a script whose interpreter is missing"
printf '#!/opt/no/such/shell\necho hello\n' >"$work/script"
offer --config "$work/configuration" --handling replace --pre-script "$work/script"
asks ""
runs 1
said device 'its interpreter, /opt/no/such/shell, is not there' 'pre-configuration script: could not be started' 'correct what its output names'
said server 'pre-script-error' "$serial" '/opt/no/such/shell'
row

fault "a script without #!"
echo 'echo hello' >"$work/script"
offer --config "$work/configuration" --handling replace --pre-script "$work/script" --force 2>/dev/null
asks ""
runs 1
desk sztp verify --conveyed "$lab/$serial/conveyed-information.cms" --channel trusted
said device 'does not begin with "#!" and an interpreter' 'pre-configuration script: could not be started' 'correct what its output names|begin with "#!"'
said desk 'the pre-configuration-script does not begin with #!' 'pre-configuration-script' 'as #!/bin/sh'
said server 'pre-script-error' "$serial" 'does not begin with "#!" and an interpreter'
row

fault "a script with the line ends of Windows"
printf '#!/bin/sh\r\necho hello\r\n' >"$work/script"
offer --config "$work/configuration" --handling replace --pre-script "$work/script" --force 2>/dev/null
asks ""
runs 1
desk sztp verify --conveyed "$lab/$serial/conveyed-information.cms" --channel trusted
said device 'it has line ends of Windows' 'pre-configuration script: could not be started' 'has to end without CR'
said desk 'line ends of Windows' 'pre-configuration-script' 'with which no interpreter is found'
said server 'pre-script-error' "$serial" 'line ends of Windows'
row

fault "nothing merges configurations"
offer --config "$work/configuration" --handling merge
asks ""
runs 1
said device "can't be merged without a program" 'configuration' 'handlers.config'
said server 'config-error' "$serial" 'handlers.config'
row

fault "a redirect in a circle"
sztp conveyed redirect --server "127.0.0.1:$port" --out "$work/redirect"
rm -rf "${lab:?}/$serial"
mkdir "$lab/$serial"
cp "$work/redirect" "$lab/$serial/conveyed-information.cms"
asks ""
runs 2
said device 'it is the same server as further up on this path of redirects' "127.0.0.1 port $port is skipped" 'what it has for this device'
row

# ---- the device -----------------------------------------------------------------------------------------------------------

fault "a misspelt field of the configuration"
asks ', "handler": {}'
runs 4
said device 'handler: unknown field' 'agent.json' 'known here are'
row

fault "a field of another type"
asks ', "retry": { "passes": "three" }'
runs 4
said device 'is a text' 'agent.json: retry.passes' 'must be a number'
row

fault "a configuration that is no JSON"
asks ', "retry": { "passes": 1'
runs 4
said device 'not valid JSON' 'agent.json: .*line 7 column 1' "neither ',' nor the end of the array or object"
row

fault "a configuration that is not there"
asks ""
rm "$dev/agent.json"
runs 4
said device 'No such file or directory' 'device/agent.json' "can't read the configuration"
row

fault "a file that the configuration names is not there"
asks ""
sed -i "s#/idevid.pem#/nowhere.pem#" "$dev/agent.json"
runs 4
said device 'No such file or directory' 'identity.certificate: .*/nowhere.pem' "can't be read"
row

fault "an encrypted artifact, and --idevid forgotten"
encrypt_to=(--encrypt-to "$PKI/idevid.pem")
whole_set
encrypt_to=()
judge
said desk "can't be judged: enc-no-recipient" 'ownership-voucher.vcj' "give --idevid.*$more"
row

fault "an encrypted artifact, and --key forgotten"
judge --idevid "$PKI/idevid.pem"
said desk "can't be judged: enc-no-recipient" 'ownership-voucher.vcj' "give --key FILE, the private key of --idevid.*$more"
row

fault "the key of another certificate"
asks ""
sed -i "s#/idevid.key#/other.key#" "$dev/agent.json"
runs 4
said device 'is not the private key of the certificate' 'identity.key: .*/other.key' 'right is PEM or DER without pass phrase'
row

fault "an identity without serial number"
asks ""
sed -i "s#/idevid\\.#/other.#g" "$dev/agent.json"
runs 4
said device 'the subject has 0 serialNumber attributes' 'identity.certificate: .*other.pem' 'identity.serial'
row

# ---- disks and folders ----------------------------------------------------------------------------------------------------

small_disk() { echo "mount -t tmpfs -o size=64k,mode=$2 none '$dev/$1'"; } # FOLDER MODE
fill() { echo "! dd if=/dev/zero of='$dev/$1/FILL' bs=4k 2>/dev/null"; } # FOLDER
read_only() { echo "mount --bind '$dev/$1' '$dev/$1'; mount -o remount,bind,ro '$dev/$1'"; } # FOLDER
right_set() { offer --config "$work/configuration" --handling replace; }

fault "the disk of the state is full"
right_set
asks ""
mkdir -m 700 "$dev/state"
if apart mount "$(small_disk state 700); $(fill state)"; then
  runs 1
  together
  said device 'state/session can.t be stored: no space left' "$dev/state" 'disk; remove something there'
  holds "the result is missed where it is missing" grep -q "result can.t be written to $dev/state: no space" "$work/said/device"
  said server 'bootstrap-error' "$serial" 'could not store that it is about to change its configuration'
  row
fi

fault "the disk is too small for the image"
image_of "https://127.0.0.1:$port/images/os.img"
asks ', "handlers": { "install": "install" }'
program install 'exit 0'
mkdir -m 700 "$dev/state"
if apart mount "$(small_disk state 700)"; then
  runs 1
  together
  said device 'the image has 100[0-9]+ octets, and [0-9]+ are free' 'state/staging/image: ' 'remove something there, or set folders.staging'
  said server 'boot-image-error' "$serial" 'images/os.img could not be downloaded: .*the image could not be staged'
  row
fi

fault "the disk of the configuration is full"
right_set
asks ""
sed -i 's#"running-configuration": "running"#"running-configuration": "etc/running"#' "$dev/agent.json"
mkdir "$dev/etc"
if apart mount "$(small_disk etc 755); $(fill etc)"; then
  runs 1
  together
  said device 'the configuration failed: too little room' "on the disk of $dev/etc/running" 'remove something there; nothing was done'
  said server 'config-error' "$serial" 'too little room on the disk of .*remove something there'
  row
fi

fault "a state folder that is read-only"
right_set
asks ""
mkdir -m 700 "$dev/state"
if apart mount "$(read_only state)"; then
  runs 1
  together
  said device 'lock: can.t be locked: its file system is read-only' "$dev/state/lock" 'mount it writable, or set another folder'
  holds "the status says so, too" grep -q "no run is recorded: folder $dev/state can.t be used: .*read-only; mount it" "$work/said/device"
  row
fi

fault "a status folder that is read-only"
right_set
asks ""
mkdir "$dev/status"
if apart mount "$(read_only status)"; then
  runs 0
  together
  said device 'the result can.t be written .*its file system is read-only' "to $dev/status:" 'mount it writable, or set another folder'
  holds "the device bootstraps all the same" cmp "$work/configuration" "$dev/running"
  row
fi

fault "others may write to the state folder"
asks ""
mkdir "$dev/state"
chmod 770 "$dev/state"
runs 1
said device '^sztp-agent: .*others may write to it' "^sztp-agent: folder $dev/state can.t be used" '^sztp-agent: .*chmod 700 is right'
said device '^no run is recorded.*others may write to it' "folder $dev/state can.t be used" 'chmod 700 is right'
row

fault "others may write to the status folder"
asks ""
mkdir "$dev/status"
chmod 777 "$dev/status"
runs 1
said device '^sztp-agent: .*others may write to it' "^sztp-agent: folder $dev/status can.t be used" '^sztp-agent: .*chmod 755 is right'
said device '^no run is recorded.*others may write to it' "folder $dev/status can.t be used" 'chmod 755 is right'
row

fault "a state folder of another user"
asks ""
mkdir -m 700 "$dev/state"
if chown 65534 "$dev/state" 2>/dev/null; then
  runs 1
  said device 'it belongs to another user' "folder $dev/state can.t be used" 'chown it to the user that runs the agent'
  row
else
  skip "$fault: that needs root"
fi

fault "a state folder that is a link"
asks ""
mkdir -m 700 "$dev/elsewhere"
ln -s elsewhere "$dev/state"
runs 1
said device 'it is a symbolic link' "folder $dev/state can.t be used" 'a folder is right'
row

# ---- runs that meet, or are cut off ---------------------------------------------------------------------------------------

slow() { # the pre-configuration script waits for $work/go
  printf '#!/bin/sh\nwhile [ ! -e "%s" ]; do sleep 0.05; done\n' "$work/go" >"$work/script"
  offer --config "$work/configuration" --handling replace --pre-script "$work/script"
  asks ""
  sztp-agent run --config "$dev/agent.json" >"$work/first" 2>&1 &
  first=$!
  wait_until 10 grep -q '"step":[[:space:]]*"script"' "$dev/status/status.json" || bad "$fault: the first run" "$(cat "$work/first")"
}

fault "a second agent"
slow
runs 1
: >"$work/go"
wait $first
first_ended=$?
said device 'another agent is running' "on $dev/state" 'stop it first, or wait for it'
holds "the first one ends well all the same" test $first_ended = 0
row

fault "the agent is killed"
rm "$work/go"
slow
kill -KILL $first
wait $first 2>/dev/null
sztp-agent status --config "$dev/agent.json" >"$work/said/device" 2>&1
said device 'last run, which was cut off' 'step +script' 'the next one undoes what it did'
: >"$work/go"
runs 0
said device 'an attempt was cut off' 'undoing the pre-configuration script: no program for it' 'handlers.rollback is not set'
holds "the next run bootstraps" cmp "$work/configuration" "$dev/running"
row

# ---- a link with nobody on it ---------------------------------------------------------------------------------------------

# cable [COMMAND]: a link that is up and has nobody at its other end
cable() { echo "ip link add dev0 type veth peer name far0; ip link set far0 up; ip link set dev0 up; ${1:-:}"; }
dhcp_only() { device device '"sources": ["dhcp4"], "dhcp": { "interfaces": ["dev0"] }, "timeouts": { "dhcp": 2 }'; }

fault "no server of DHCP"
dhcp_only
if apart net "$(cable 'ip addr add 192.0.2.17/24 dev dev0')"; then
  runs 2
  together
  said device 'no answer to [0-9]+ questions? in [0-9.]+ s' 'dhcp4 dev0: ' 'Check link, DHCP'
  row
fi

fault "DHCP without CAP_NET_RAW"
dhcp_only
if apart net "$(cable 'ip addr add 192.0.2.17/24 dev dev0')"; then
  inside+=(setpriv --bounding-set=-net_raw --inh-caps=-net_raw)
  if "${inside[@]}" true 2>"$work/log"; then
    runs 2
    said device 'packet socket: Operation not permitted' 'dhcp4 dev0: can.t be asked' 'that needs CAP_NET_RAW'
    row
  else
    skip "$fault: setpriv can't take it here: $(tail -n 1 "$work/log")"
  fi
  together
fi

fault "DHCP on a link without address"
dhcp_only
if apart net "$(cable)"; then
  runs 2
  together
  said device 'it has no IPv4 address' 'dhcp4 dev0: can.t be asked' 'Check link, DHCP'
  row
fi

printf '\n%-44s %6s %6s %6s\n' fault device desk server
printf '%s\n' "${rows[@]}"
conclude
