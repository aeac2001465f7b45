#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The name of an image's host is looked up where servers' names are, and a resolver that says nothing holds nobody up
# (DNS-19, ONB-08).
cd "$(dirname "$0")/../.." || exit 2
. tests/common/network.sh
need dnsmasq openssl unshare
network_up
in_device ip addr add "$device4/24" dev dev0
in_device ip route add default via "$server4"

# A bootstrap server with a name, which has images at two others: its own, and one that only the DNS server knows.
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/true.key" -subj /CN=true \
  -out "$work/true.csr" 2>/dev/null
openssl x509 -req -in "$work/true.csr" -CA "$PKI/server-root.pem" -CAkey "$PKI/server-root.key" -set_serial 77 -days 30 \
  -extfile <(printf 'subjectAltName=DNS:boot.lab.example\nextendedKeyUsage=serverAuth\n') -out "$work/true.pem" 2>/dev/null
lab=$work/lab
mkdir -p "$lab/images"
named_server() {
  rm -f "$lab/port"
  serve "$work/server.log" sztp-server --dir "$lab" --listen "$listen" --port-file "$lab/port" --tls-cert "$work/true.pem" \
    --tls-key "$work/true.key" --device-ca "$PKI/idevid-root.pem"
  wait_until 10 test -s "$lab/port"
}
named_server
head -c 100000 /dev/urandom >"$lab/images/os.img"
starts "$work/dnsmasq.log" started dnsmasq -d -C /dev/null --no-resolv --no-hosts --listen-address="$server4" \
  --bind-interfaces --interface=srv0 "--address=/lab.example/$server4"
# device_with IMAGE-HOST MEMBERS: a device whose own resolver is one that never answers
device_with() {
  signed "$lab/$serial" "$serial" onboarding --os-name ExampleOS --os-version 2.0 --image "$lab/images/os.img" \
    --image-uri "https://$1:8443/images/os.img"
  device img "\"sources\": [\"well-known\"], \"handlers\": { \"install\": \"install\" }, $2"
  printf '#!/bin/sh\ncp "$2" "$(dirname "$0")/installed"\n' >"$dev/install"
  chmod +x "$dev/install"
}
printf 'nameserver 203.0.113.53\n' >"$work/resolv.conf"
by_silence() { # COMMAND...: with that file in the place of the system's
  # shellcheck disable=SC2016 # the inner shell's own
  in_device unshare --mount sh -c 'mount --bind "$0" /etc/resolv.conf; exec "$@"' "$work/resolv.conf" "$@"
}
run_silent() { by_silence sztp-agent run --config "$dev/agent.json"; }
by_name='"servers": ["boot.lab.example:8443"], "dns": { "servers": ["192.0.2.1"] }'

device_with images.lab.example "$by_name"
check "an image's host that only the configured server knows" 3 'installing the image' run_silent
holds "is found there" cmp "$lab/images/os.img" "$dev/installed"

device_with boot.lab.example "$by_name"
: >"$work/server.log"
check "an image of the server itself" 3 'installing the image' run_silent
one_client() { [ "$(grep -ao '192.0.2.17:[0-9]*' "$work/server.log" | sort -u | wc -l)" = 1 ]; }
holds "takes no second connection" one_client

# One that never answers is given up, and a signal does not have to wait for it.
device_with images.lab.example '"servers": ["192.0.2.1:8443"], "timeouts": { "dns": 1 }'
openssl x509 -req -in "$work/true.csr" -CA "$PKI/server-root.pem" -CAkey "$PKI/server-root.key" -set_serial 78 -days 30 \
  -extfile <(printf 'subjectAltName=IP:192.0.2.1\nextendedKeyUsage=serverAuth\n') -out "$work/true.pem" 2>/dev/null
stop_served
named_server
seconds check "a resolver that does not answer" 1 'no address of images.lab.example: no answer' run_silent
holds "holds nobody up" test "$took" -lt 80
# Nor do many that never answer: the look-up of a server's name is over after 30 s, whatever they are given.
device hang '"sources": ["well-known"], "servers": ["boot.lab.example:8443"], "timeouts": { "dns": 20 },
  "dns": { "servers": ["203.0.113.1", "203.0.113.2", "203.0.113.3", "203.0.113.4"] }'
seconds check "resolvers that hang" 2 'no address for boot.lab.example' run_silent
holds "hold the session up for 30 s and no longer (D-12)" test "$took" -gt 250 -a "$took" -lt 340
device_with images.lab.example '"servers": ["192.0.2.1:8443"], "timeouts": { "dns": 30 }'
by_silence sztp-agent run --config "$dev/agent.json" >"$work/out" 2>&1 &
pid=$!
holds "a look-up is under way" wait_until 20 grep -q downloading "$work/out"
sleep 0.5
kill -TERM $pid
seconds wait $pid
holds "a signal ends it at once" test "$took" -lt 20
conclude
