#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A hostile host on the device's link, which answers whatever is asked: DHCP, multicast DNS, DNS for every name, and HTTPS on
# every path. The device ends at its true owner, or nowhere, and tells why.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/network.sh
need dnsmasq openssl python3
network_up
in_device ip addr add "$device4/24" dev dev0
in_server ip addr add 192.0.2.66/24 dev srv0

# The true owner's server, which the device knows, at its address.
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/true.key" -subj /CN=true -out "$work/true.csr" 2>"$work/log"
openssl x509 -req -in "$work/true.csr" -CA "$PKI/server-root.pem" -CAkey "$PKI/server-root.key" -set_serial 77 -days 3650 \
  -extfile <(printf 'subjectAltName=IP:%s\nextendedKeyUsage=serverAuth\n' "$server4") -out "$work/true.pem" 2>>"$work/log"
true_server() {
  mkdir -p "$work/lab/images"
  signed "$work/lab/$serial" "$serial" onboarding --config "$work/configuration" --handling replace
  serve "$work/server.log" sztp-server --dir "$work/lab" --listen "$server4:8443" --port-file "$work/lab/port" --tls-cert "$work/true.pem" \
    --tls-key "$work/true.key" --device-ca "$PKI/idevid-root.pem"
  wait_until 10 test -s "$work/lab/port"
}

# ---- the liar ----------------------------------------------------------------------------------------------------------

signed "$work/set" "$serial" onboarding --config "$work/configuration" --handling replace
lies "$work/lies" "$work/set/ownership-voucher.vcj"
cat >"$work/portal.py" <<'PY'
"""Says yes to everything: 200, the request's own media type, and one of several bodies, by port."""
import base64, http.server, json, ssl, sys, threading
folder, cert, key = sys.argv[1:]
def read(file):
    return base64.b64encode(open(f"{folder}/{file}", "rb").read()).decode()
stolen = json.dumps({"ietf-sztp-bootstrap-server:output": {"conveyed-information": read("conveyed-information.cms"),
    "owner-certificate": read("owner-certificate.cms"), "ownership-voucher": read("ownership-voucher.vcj")}}).encode()
bodies = {8001: b"<html><body>Welcome! Please sign in.</body></html>", 8002: stolen, 8003: b'{"ietf-sztp-bootstrap-server:output":',
          8004: b"[" * 60000, 8005: b""}
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_any(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = bodies[self.server.server_port]
        self.send_response(200)
        self.send_header("Content-Type", self.headers.get("Accept", "application/yang-data+json").split(",")[0])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    do_GET = do_HEAD = do_POST = do_any
    def log_message(self, *arguments):
        pass
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(cert, key)
servers = [http.server.ThreadingHTTPServer(("192.0.2.66", port), Handler) for port in bodies]
for server in servers:
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever).start()
print("ready", flush=True)
PY
liar() {
  serve "$work/portal.log" python3 "$work/portal.py" "$work/lies" "$PKI/server2.pem" "$PKI/server2.key"
  sztp dhcp encode --family 4 --format dnsmasq https://192.0.2.66:8001 https://192.0.2.66:8002 >"$work/line"
  serve "$work/dnsmasq.log" dnsmasq -d -C /dev/null --no-resolv --no-hosts --listen-address=192.0.2.66 --bind-interfaces --interface=srv0 \
    --dhcp-authoritative --dhcp-range=192.0.2.200,192.0.2.220 --dhcp-leasefile="$work/leases" --conf-file="$work/line" \
    --address=/#/192.0.2.66 --srv-host=_sztp._tcp.lab.example,portal.example,8003,1 --srv-host=_sztp._tcp.lab.example,portal.example,8004,2 \
    "--txt-record=$serial._sztp.lab.example,anything,you,like"
  serve "$work/mdns.err" python3 tests/network/dns_peer.py multicast "$work/mdns" "FROM=192.0.2.66:5353 txt $work/lies" \
    "FROM=192.0.2.66:5353 srv portal.local 8005 192.0.2.66"
  wait_until 5 grep -q ready "$work/portal.log" && wait_until 5 grep -q 'IP range' "$work/dnsmasq.log" && wait_until 5 test -s "$work/mdns" ||
    bad "the liar is there" "$(cat "$work/portal.log" "$work/dnsmasq.log" "$work/mdns.err")"
}
all='"sources": ["mdns", "dns", "dhcp4", "well-known"], "dns": { "servers": ["192.0.2.66"], "domains": ["lab.example"] }'
refusals() { # NAME: what the device says of each of the liar's answers
  status_has "$1" '"where":"TXT EX4200-17._sztp.local.","result":"data refused","reason":"rejected at ' \
    '"where":"portal.local (192.0.2.66) port 8005","result":"nothing usable"' \
    '"where":"TXT EX4200-17._sztp.lab.example.","result":"answered","reason":"DNS lab.example: no TXT record with conveyed information' \
    '"where":"portal.example (192.0.2.66) port 8003","result":"nothing usable"' \
    '"where":"portal.example (192.0.2.66) port 8004","result":"nothing usable"' \
    '"where":"192.0.2.66 port 8001","result":"nothing usable"' \
    '"where":"192.0.2.66 port 8002","result":"data refused","reason":"rejected at '
}

# DISC-07, TRUST-05, TLS-04, DNS-13, DHCP-20
liar
true_server
device liar "$all, \"servers\": [\"$server4:8443\"]"
bootstraps "past a host that answers everything, to the true owner"
refusals "and each of its answers is told, with why it was not used"
status_has "the owner's, too" "\"source\":\"well-known\",\"where\":\"$server4 port 8443\",\"result\":\"data accepted\""
cat "$dev/status/status.json" >"$work/shown"
stop_served

# The liar alone, at the true server's name and address: it has no certificate for it.
liar
device name "$all, \"servers\": [\"boot.lab.example:8002\"]"
agent run >"$work/out" 2>&1
holds "the liar alone leads nowhere" test $? = 5
refusals "and each of its answers is told"
status_has "a known server's name is not taken from it" '"where":"boot.lab.example (192.0.2.66) port 8002","result":"nothing usable","reason":"tls-'
holds "nothing of it was used" test ! -e "$dev/running"
stop_served
conclude
