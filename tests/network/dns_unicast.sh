#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A device asks DNS servers: Knot and BIND with artifacts of more than 4 KiB in TXT records and servers in SRV records, and
# a server that does not do as it should.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/network.sh
need knotd named python3
network_up

# A configuration that makes signed onboarding information of more than 4 KiB, and one of about 40 kB.
seq -f 'interface ge-0/0/%g' 1 200 >"$work/configuration"
signed "$work/set" "$serial" onboarding --config "$work/configuration" --handling replace
cp "$work/configuration" "$work/small"
seq -f 'interface ge-0/0/%g' 1 1500 >"$work/configuration"
signed "$work/set-40k" "$serial" onboarding --config "$work/configuration" --handling replace
mv "$work/configuration" "$work/40k" && cp "$work/small" "$work/configuration"
bootstrap_server
holds "the artifacts are larger than one UDP answer" test "$(cat "$work"/set/* | wc -c)" -gt 4096
records() { # DOMAIN FOLDER
  sztp dns encode --serial "$serial" --domain "$1" --voucher "$2/ownership-voucher.vcj" \
    --owner-cert "$2/owner-certificate.cms" --conveyed "$2/conveyed-information.cms"
}

# ---- zones, as sztp dns encode writes them ----------------------------------------------------------------------

{
  printf '%s\n' '$TTL 60' '@ IN SOA ns hostmaster 1 3600 900 604800 60' '@ IN NS ns' "ns IN A $server4" "ns IN AAAA $server6"
  records lab.example "$work/set"
  # first a server that is not there, then one with an address that can't be reached, then what must not be tried
  sztp dns encode --domain srv.lab.example --server nobody.lab.example:8443,0,0 --server "boot.lab.example:$port,10,1" \
    --server "boot.lab.example:1,10,0" --server "last.lab.example:$port,20,65535"
  sztp dns encode --domain noaddress.lab.example --server "boot.example.test:$port"
  printf '%s\n' "boot IN A $server4" "boot IN AAAA $server6" "last IN A $server4" \
    "_sztp._tcp.absent IN SRV 0 0 0 ." "_sztp._tcp.none IN TXT nothing" "$serial._sztp.none IN HINFO none none" \
    "$serial._sztp.alias IN CNAME $serial._sztp.lab.example." "$serial._sztp.text IN TXT \"v=1\" \"ci\""
} >"$work/lab.example.zone"
printf '%s\n' '$TTL 60' '@ IN SOA ns hostmaster 1 3600 900 604800 60' "@ IN NS ns" "ns IN A $server4" "boot IN A $server4" \
  >"$work/example.test.zone"

mkdir "$work/knot"
cat >"$work/knot.conf" <<CONF
server:
    listen: [ $server4@53, $server6@53 ]
    rundir: $work/knot
    user: root:root
database:
    storage: $work/knot
log:
  - target: stderr
    any: info
template:
  - id: default
    storage: $work
    file: %s.zone
    semantic-checks: on
zone:
  - domain: lab.example
  - domain: example.test
CONF
serve "$work/knot.log" knotd -c "$work/knot.conf"
wait_until 10 grep -q 'lab.example.*loaded' "$work/knot.log" || { cat "$work/knot.log"; bad "Knot serves the zone"; }
holds "Knot takes the records as they were written" test "$(grep -c 'error\|warning' "$work/knot.log")" = 0

# ---- the device ---------------------------------------------------------------------------------------------

in_device ip addr add "$device4/24" dev dev0
dns() { echo "\"sources\": [\"dns\"], \"dns\": { \"servers\": [\"$server4\"], \"domains\": [$1] }, \"timeouts\": { \"connect\": 0.3, \"dns\": 1 }"; }
# ends NAME STATUS TEXT: a run ends so, for a reason that has this text
ends() {
  agent run >"$work/out" 2>"$work/err"
  local status=$?
  if [ "$status" = "$2" ] && grep -qF -- "$3" "$work/out" "$work/err"; then ok "$1"; else bad "$1" "status $status" "$(tail -n 20 "$work/out" "$work/err")"; fi
}

# DNS-01, DNS-07, DNS-08, DNS-22: TXT over TCP
device txt "$(dns '"nowhere.lab.example", "lab.example"')"
bootstraps "by TXT records over TCP, in the second domain"
status_has "and says where" '{"source":"dns","where":"TXT EX4200-17._sztp.nowhere.lab.example.","result":"nothing there","reason":"the server answers NXDOMAIN (3)"}' \
  '{"source":"dns","where":"TXT EX4200-17._sztp.lab.example.","result":"data accepted"}'
device alias "$(dns '"alias.lab.example"')"
bootstraps "by an alias of the name (DNS-32)"

# DNS-14, DNS-15, DNS-16, DNS-19, REDIR-05
device srv "$(dns '"srv.lab.example"')"
bootstraps "by SRV records, in their order, past a server that is not there and a dead address"
status_has "and says which" '"where":"boot.lab.example (2001:db8:17::1) port 8443","result":"nothing usable"' '"where":"boot.lab.example (192.0.2.1) port 8443","result":"data accepted"'
holds "nobody asked the last one" test "$(grep -c 'last.lab.example' "$dev/status/status.json")" = 0
device lookup "$(dns '"noaddress.lab.example"')"
bootstraps "by a target of another zone, looked up at the same server (DNS-19)"

# DNS-02, DNS-10, DNS-17, DISC-05: nothing
device absent "$(dns '"absent.lab.example", "none.lab.example", "text.lab.example"')"
ends "nothing leads nowhere" 2 'no source had anything for this device'
status_has "and says why" '"where":"TXT EX4200-17._sztp.none.lab.example.","result":"nothing there","reason":"no TXT record"}' \
  '"where":"SRV _sztp._tcp.text.lab.example.","result":"nothing there","reason":"the server answers NXDOMAIN (3)"}'
holds "the service that is absent is told" grep -qF 'DNS absent.lab.example: the domain says that it has no bootstrap server' "$work/out"
holds "records without artifacts are told" grep -qF 'DNS text.lab.example: no TXT record with conveyed information (ci)' "$work/out"
device private "$(dns '"lab.example"'), \"policy\": { \"no-dns-serial\": true }"
ends "no serial number where policy forbids it (DNS-33)" 2 'no question with the serial number'

# DNS-06: what a DHCP client leaves
printf 'search nowhere.lab.example lab.example\nnameserver 192.0.2.98\nnameserver %s\n' "$server4" >"$work/resolv.conf"
device resolv "\"sources\": [\"dns\"], \"dns\": { \"file\": \"$work/resolv.conf\" }, \"timeouts\": { \"connect\": 1, \"dns\": 0.4 }"
bootstraps "by the servers and domains of resolv.conf, the first server being dead"
# SEC-11: what a network says of itself may be meant for the terminal of whoever looks at the status
printf 'search \033]0;owned\007.example x\377.example\nnameserver %s\n' "$server4" >"$work/resolv.conf"
ends "domains that are none are not used" 2 'is not used: host'
in_device sztp-agent status --config "$dev/agent.json" >"$work/out"
holds "and can't command the terminal" test "$(LC_ALL=C grep -c '[^ -~]' "$work/out")" = 0
holds "or break the status file" python3 -c 'import json, sys; json.load(open(sys.argv[1], encoding="utf-8"))' "$dev/status/result.json"
rm "$work/resolv.conf"
ends "no resolver is no fault (D-11)" 2 'no DNS server is known'

# IPv6 alone
in_device ip addr flush dev dev0 scope global
in_device ip -6 addr add 2001:db8:17::17/64 dev dev0 nodad
device six "\"sources\": [\"dns\"], \"dns\": { \"servers\": [\"[$server6]:53\"], \"domains\": [\"srv.lab.example\"] }, \"timeouts\": { \"connect\": 0.3 }"
bootstraps "by IPv6 alone"
stop_served

# ---- BIND, at a link-local address -----------------------------------------------------------------------------

link_local=$(in_server ip -6 -o addr show dev srv0 scope link | sed 's/.*inet6 \([^/]*\).*/\1/')
mkdir "$work/bind"
cat >"$work/named.conf" <<CONF
options { directory "$work/bind"; pid-file none; session-keyfile none; listen-on { none; }; listen-on-v6 { any; };
          recursion no; dnssec-validation no; };
controls { };
zone "lab.example" { type primary; file "$work/lab.example.zone"; };
CONF
serve "$work/named.log" named -g -c "$work/named.conf"
wait_until 10 grep -q 'running$' "$work/named.log" || { tail "$work/named.log"; bad "BIND serves the zone"; }
device linklocal "\"sources\": [\"dns\"], \"dns\": { \"servers\": [\"$link_local%dev0\"], \"domains\": [\"lab.example\"] }"
bootstraps "by BIND, at the link-local address of a router"
stop_served

# ---- a scripted server -----------------------------------------------------------------------------------------

in_device ip addr add "$device4/24" dev dev0
peer() { # NAME FOLDER
  : >"$work/peer.log"
  serve "$work/peer.err" python3 tests/network/dns_peer.py unicast "$server4" "$work/peer.log" "$2"
  wait_until 10 grep -q ready "$work/peer.log" || { cat "$work/peer.err"; bad "the scripted server"; }
}
peer server "$work/set"
device liar "$(dns '"liar.example"')"
bootstraps "past answers with another identifier, another question, from another port (DNS-24)"
device formerr "$(dns '"formerr.example"')"
bootstraps "by a server that does not know EDNS (DNS-23)"
device servfail "$(dns '"servfail.example"')"
ends "a server that fails" 2 'SERVFAIL (2)'
device silent "$(dns '"silent.example"')"
seconds ends "a server that does not answer" 2 'nothing there: 192.0.2.1: no answer'
holds "is waited for once, not for each kind of record ($took tenths)" test "$took" -ge 9 -a "$took" -lt 17
status_has "and told of both" '"where":"TXT EX4200-17._sztp.silent.example.","result":"nothing there","reason":"192.0.2.1: no answer"' \
  '"where":"SRV _sztp._tcp.silent.example.","result":"nothing there","reason":"192.0.2.1: no answer"'
stop_served
peer server "$work/set-40k"
cp "$work/40k" "$work/configuration"
device large "$(dns '"large.example"')"
bootstraps "40 kB over TCP, in pieces (DNS-22)"
holds "it was that much" test "$(sed -n 's/^tcp-answer //p' "$work/peer.log" | tail -n 1)" -gt 40000
holds "asked with EDNS of 1232 octets first, ports and identifiers at random" python3 - "$work/peer.log" <<'PYTHON'
import sys
asked = [line.split() for line in open(sys.argv[1]) if line.startswith("udp ")]
assert all(f[4].endswith("00002904d0000000000000") for f in asked), asked
assert len({f[1] for f in asked}) == len(asked), "a port twice"
assert len({f[4][:4] for f in asked}) == len(asked), "an identifier twice"
PYTHON
stop_served
conclude
