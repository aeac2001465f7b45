#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Servers and responders on the links are asked at the same time: the silence of one source is not added to that of another,
# what was heard meanwhile is used, and an address that comes late is asked from.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/network.sh
need kea-dhcp4 python3
network_up
. tests/common/dhcp_servers.sh
bootstrap_server
true4=https://$server4:$port
in_device ip addr flush dev dev0
in_device ip link set dev0 addrgenmode none
addresses() {
  in_device ip addr replace "$device4/24" dev dev0
  in_device ip -6 addr replace fe80::17/64 dev dev0 nodad
}
responder() { serve "$work/mdns.err" python3 tests/network/dns_peer.py multicast "$work/mdns" "$@" && wait_until 5 test -s "$work/mdns"; }

# ---- silence (DISC-02, DNS-26, D-25) ---------------------------------------------------------------------------------

addresses
peer 4
peer 6
responder
device silence '"sources": ["dhcp6", "dhcp4", "mdns"], "timeouts": { "dhcp": 6 }'
seconds agent run >"$work/out" 2>&1
holds "three silent sources take as long as the slowest, not their sum ($took tenths)" test "$took" -ge 60 -a "$took" -lt 70
status_has "each is told" '"source":"dhcp6","where":"dev0","result":"option 136 absent","reason":"no answer to ' \
  '"source":"dhcp4","where":"dev0","result":"option 143 absent","reason":"no answer to 2 questions in 6.0 s"' \
  '"source":"mdns","where":"TXT EX4200-17._sztp.local.","result":"nothing there","reason":"no answer in 3 s"' \
  '"source":"mdns","where":"SRV _sztp._tcp.local.","result":"nothing there","reason":"no answer in 3 s"'
stop_served
cat >"$work/check.py" <<'PY'
import sys
times = [float(line.split()[0]) for line in open(sys.argv[1])][:1]
asked = [line.split() for line in open(sys.argv[2]) if " udp" in line]
for name in ("EX4200-17._sztp.local", "_sztp._tcp.local"):
    for family in ("udp4", "udp6"):
        at = [float(f[0]) for f in asked if f[3] == name and f[1] == family]
        assert len(at) == 2 and 0.95 <= at[1] - at[0] <= 1.4 and abs(at[0] - times[0]) < 0.5, (name, family, at, times)
PY
holds "multicast DNS was asked with DHCP, each question twice by each family" python3 "$work/check.py" "$work/peer4" "$work/mdns"

peer 4
responder
device reverse '"sources": ["mdns", "dhcp4"], "timeouts": { "dhcp": 5 }'
seconds agent run >"$work/out" 2>&1
holds "nor do they the other way round ($took tenths)" test "$took" -ge 50 -a "$took" -lt 60
status_has "each is told" '"source":"mdns","where":"SRV _sztp._tcp.local.","result":"nothing there"' \
  '"source":"dhcp4","where":"dev0","result":"option 143 absent","reason":"no answer to 2 questions in 5.0 s"'
stop_served

# ---- one of them answers ---------------------------------------------------------------------------------------------

peer 4
responder "srv boot.local $port" "a boot.local $server4"
device heard '"sources": ["dhcp4", "mdns"], "policy": { "no-dns-serial": true }'
seconds bootstraps "what multicast DNS said meanwhile is used when DHCP has been waited for"
holds "for no longer than until its question would be repeated: 3 to 5 s ($took tenths)" test "$took" -ge 30 -a "$took" -lt 53
status_has "DHCP is told" '"source":"dhcp4","where":"dev0","result":"option 143 absent","reason":"no answer to 1 question in '
stop_served
# DISC-07: the order stays; what answers first is not what is tried first
responder "srv boot.local 1" "a boot.local $server4"
kea4 "$(lines 4 kea "$true4")"
device order '"sources": ["dhcp4", "mdns"]'
bootstraps "DHCP is used before multicast DNS"
holds "whose answer is not needed" test "$(grep -c '"mdns"' "$dev/status/status.json")" = 0
device order '"sources": ["mdns", "dhcp4"]'
bootstraps "the other way round, DHCP is asked when multicast DNS led nowhere"
status_has "and that is told" '"source":"mdns","where":"SRV _sztp._tcp.local.","result":"answered"' '"where":"boot.local (192.0.2.1) port 1"' \
  '"source":"dhcp4","where":"dev0 from 192.0.2.1","result":"option 143 found"'
stop_served

# ---- an address that comes late (DISC-11) ----------------------------------------------------------------------------

kea4 "$(lines 4 kea "$true4")"
in_device ip addr del "$device4/24" dev dev0
device late '"sources": ["dhcp6", "dhcp4"]'
(sleep 1; in_device ip addr add "$device4/24" dev dev0) &
seconds bootstraps "while DHCPv6 is silent, IPv4 gets its address, and is asked"
holds "without waiting for the end of the silence ($took tenths)" test "$took" -lt 35
kea6 "$(lines 6 kea "https://[$server6]:1")"
in_device ip addr flush dev dev0
in_device ip -6 addr add fe80::17/64 dev dev0 nodad
in_device ip -6 addr add 2001:db8:17::17/64 dev dev0 nodad
device turn '"sources": ["dhcp6", "dhcp4"], "timeouts": { "connect": 1 }'
in_server ip route add blackhole 2001:db8:17::17 # connecting takes its time
(sleep 1.5; in_device ip addr add "$device4/24" dev dev0) &
bootstraps "what DHCPv6 names is not there; meanwhile there is an IPv4 address, and it is asked from in its turn"
status_has "and nothing else is told of it" '{"source":"dhcp4","where":"dev0 from 192.0.2.1","result":"option 143 found"}'
in_server ip route del blackhole 2001:db8:17::17
in_device ip addr flush dev dev0
device later '"sources": ["dhcp4", "dns"], "dns": { "servers": ["192.0.2.99"], "domains": ["lab.example"] }, "timeouts": { "dns": 1 },
  "retry": { "first": 60 }'
in_device ip addr add 198.51.100.17/24 dev dev0 # from which nobody answers
in_device ip route add 192.0.2.99 dev dev0
sed -i 's/"timeouts": { /&"dhcp": 1, /' "$dev/agent.json"
ip netns exec "$device_ns" sztp-agent daemon --config "$dev/agent.json" >"$work/out" 2>&1 &
daemon=$!
holds "the next source is being asked" wait_until 5 grep -q 'dns TXT' "$work/out"
in_device ip addr add "$device4/24" dev dev0
seconds wait $daemon
holds "an address that came after DHCP's turn ends the pause that follows ($took tenths)" test "$took" -lt 60
holds "as its owner wants" cmp "$work/configuration" "$dev/running"

# ---- a link that comes and goes (STATE-07) ---------------------------------------------------------------------------

device flaps '"sources": ["dhcp4"], "dhcp": { "request": false }, "retry": { "first": 60 }'
ip netns exec "$device_ns" sztp-agent daemon --config "$dev/agent.json" >"$work/out" 2>&1 &
daemon=$!
for i in $(seq 40); do
  in_device ip addr add "203.0.113.$i/24" dev dev0
  sleep 0.1
done
passes=$(grep -c 'led nowhere' "$work/out")
holds "new addresses end pauses, but not all ($passes passes in 4 s)" test "$passes" -ge 3 -a "$passes" -le 6
kill $daemon
wait $daemon 2>/dev/null
conclude
