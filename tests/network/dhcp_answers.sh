#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What a device makes of DHCP servers that are silent, wrong or hostile, and of somebody who holds the clients' ports: when it
# repeats its questions, what it takes for an answer, and where it ends.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/network.sh
need kea-dhcp4 kea-dhcp6 dnsmasq dhclient python3
network_up
. tests/common/dhcp_servers.sh
bootstrap_server
in_device ip addr add "$device4/24" dev dev0
link_local
true4=https://$server4:$port
true6="https://[$server6]:$port"
four='"sources": ["dhcp4"]'
six='"sources": ["dhcp6"]'

# ---- what goes out, and when (RFC 2131 4.1, 4.4.3; RFC 8415 15, 18.2.6) -----------------------------------------------

peer 4
peer 6
device silence '"sources": ["dhcp6", "dhcp4"], "timeouts": { "dhcp": 6 }'
seconds agent run >"$work/out" 2>&1
holds "silence of both is waited for once, not twice ($took tenths)" test "$took" -ge 60 -a "$took" -lt 70
status_has "and told" '"result":"option 136 absent","reason":"no answer to ' '"result":"option 143 absent","reason":"no answer to 2 questions in 6.0 s"'
stop_served
cat >"$work/check.py" <<'PY'
import sys
four, six = ([(float(line.split()[0]), bytes.fromhex(line.split()[1])) for line in open(path)] for path in sys.argv[1:3])
assert len(four) == 2 and 3 <= four[1][0] - four[0][0] <= 5.2, four
for when, m in four:
    assert m[0] == 1 and m[12:16] == bytes([192, 0, 2, 17]) and m[236:240].hex() == "63825363"
    assert m[240:243] == bytes([53, 1, 8]) and bytes([55, 1, 143]) in m[243:] and len(m) >= 300
assert four[0][1][4:8] == four[1][1][4:8] and four[0][1][8:10] == bytes(2) and four[1][1][9] in (3, 4, 5)
assert 3 <= len(six) <= 4, six
gaps = [b[0] - a[0] for a, b in zip(six, six[1:])]
assert 0.85 <= gaps[0] <= 1.3 and 1.7 <= gaps[1] <= 2.5, gaps
elapsed = []
for when, m in six:
    assert m[0] == 11 and m[1:4] == six[0][1][1:4]
    options, at = {}, 4
    while at < len(m):
        code, size = int.from_bytes(m[at:at + 2], "big"), int.from_bytes(m[at + 2:at + 4], "big")
        options[code] = m[at + 4:at + 4 + size]
        at += 4 + size
    assert set(options) == {1, 6, 8} and options[6].hex() == "008800200053", options
    elapsed.append(int.from_bytes(options[8], "big"))
assert elapsed[0] == 0 and all(abs(e / 100 - (s[0] - six[0][0])) < 0.2 for e, s in zip(elapsed, six)), elapsed
PY
holds "the questions are as the RFCs have them, and at their times" python3 "$work/check.py" "$work/peer4" "$work/peer6"

# ---- answers that are none (DHCP-11, DHCP-12, DHCP-20) ---------------------------------------------------------------

in_device ip -6 addr add 2001:db8:17::17/64 dev dev0 nodad
peer 4 "$(sztp dhcp encode --family 4 "$true4")" offer nak id hardware request cookie short empty
device faults4 "$four"
bootstraps "past answers that are none, by IPv4"
holds "of which nothing was used" test "$(grep -c wrong "$dev/status/status.json")" = 0
stop_served
peer 6 "$(sztp dhcp encode --family 6 "$true6")" advertise id client server short empty relay
device faults6 "$six"
bootstraps "past answers that are none, by IPv6"
holds "of which nothing was used" test "$(grep -c wrong "$dev/status/status.json")" = 0
stop_served
peer 4 "$(printf 'https://192.0.2.1' | od -An -tx1 | tr -d ' \n')"
device bare "$four"
agent run >"$work/out" 2>&1
holds "bare text is nothing (DHCP-17)" test $? = 2
status_has "and why is told" '"where":"dev0 from 192.0.2.1","result":"nothing usable"' 'text without lengths'
stop_served
peer 4 "$(printf '%s' "$true4" | od -An -tx1 | tr -d ' \n')"
device lenient "$four, \"policy\": { \"lenient-dhcp\": true }"
bootstraps "but where policy allows it (DHCP-17)"
stop_served

# Many answers on one link and in one family, all of servers that are not there, leave room for the other family's.
peer 4 "$(sztp dhcp encode --family 4 https://192.0.2.1:999)" flood
peer 6 "$(sztp dhcp encode --family 6 "$true6")"
device flood '"sources": ["dhcp4", "dhcp6"], "timeouts": { "connect": 0.3 }'
bootstraps "past a flood of answers of the other family"
holds "all of which were heard" test "$(grep -c 'option 143 found' "$dev/status/status.json")" = 41
stop_served

# ---- the system's client holds the port ------------------------------------------------------------------------------

kea4 "$(lines 4 kea "$true4")"
in_device ip addr flush dev dev0
printf '#!/bin/sh\n[ "$reason" != BOUND ] || ip addr add "$new_ip_address/24" dev dev0\n' >"$work/script"
chmod +x "$work/script"
printf 'request subnet-mask;\n' >"$work/dhclient.conf"
in_device dhclient -4 -1 -q -cf "$work/dhclient.conf" -sf "$work/script" -lf "$work/leases" -pf "$work/dhclient.pid" dev0 2>"$work/log"
holds "dhclient has a lease, for which it did not ask for the option" test "$(grep -c 'unknown-143\|fixed-address' "$work/leases")" = 1
device shared "$four"
bootstraps "beside it, the agent asks"
holds "and dhclient goes on" kill -0 "$(cat "$work/dhclient.pid")"
kill "$(cat "$work/dhclient.pid")"
for family in 4 6; do
  ip netns exec "$device_ns" tests/network/dhcp_peer.py hold $family >"$work/hold$family" &
  wait_until 5 grep -q holds "$work/hold$family"
done
device held "$four"
bootstraps "IPv4 needs no port, should somebody hold it"
kea6 "$(lines 6 kea "$true6")"
in_device ip -6 addr add fe80::17/64 dev dev0 nodad 2>/dev/null
in_device ip -6 addr add 2001:db8:17::17/64 dev dev0 nodad
device held6 "$six"
bootstraps "nor does IPv6"
end_all "$device_ns"
plainly() { in_device setpriv --bounding-set=-net_raw --inh-caps=-net_raw sztp-agent run --config "$dev/agent.json" >"$work/out" 2>&1; }
device plain4 "$four"
plainly
status_has "without CAP_NET_RAW IPv4 can't be asked" '"result":"can'"'"'t be asked","reason":"packet socket: Operation not permitted; that needs CAP_NET_RAW"'
device plain6 "$six"
plainly
holds "but IPv6 can" cmp "$work/configuration" "$dev/running"
stop_served

# ---- a server that lies ----------------------------------------------------------------------------------------------

# On the same link: another DHCP server, with a bootstrap server whose artifacts are somebody else's.
liar_ns=sztp-l$$
trap 'end_all "$liar_ns" KILL; ip netns del "$liar_ns" 2>/dev/null; network_down' EXIT
ip netns add "$liar_ns"
in_server ip link add liar0 link srv0 netns "$liar_ns" type macvlan mode bridge
in_liar() { ip netns exec "$liar_ns" "$@"; }
in_liar ip addr add 192.0.2.66/24 dev liar0
in_liar ip link set liar0 up
lied=$work/liar-lab
mkdir -p "$lied/$serial" "$lied/images"
lies "$lied/$serial" "$work/lab/$serial/ownership-voucher.vcj"
in_liar sztp-server --dir "$lied" --listen '0.0.0.0:8443' --port-file "$lied/port" --tls-cert "$PKI/server.pem" \
  --tls-key "$PKI/server.key" --device-ca "$PKI/idevid-root.pem" >"$lied/log" 2>&1 &
sztp dhcp encode --family 4 --format dnsmasq https://192.0.2.66:8443 >"$lied/line"
in_liar dnsmasq -d -C /dev/null --port=0 --interface=liar0 --dhcp-authoritative --dhcp-range=192.0.2.200,192.0.2.220 \
  --dhcp-leasefile="$lied/leases" --conf-file="$lied/line" >"$lied/dnsmasq.log" 2>&1 &
wait_until 5 grep -q 'IP range' "$lied/dnsmasq.log"
in_device ip addr flush dev dev0
in_device ip addr add "$device4/24" dev dev0
device liar "$four"
agent run >"$work/out" 2>&1
holds "the liar alone is refused" test $? = 5
status_has "and why is told" '"where":"dev0 from 192.0.2.66","result":"option 143 found"' '"where":"192.0.2.66 port 8443","result":"data refused","reason":"rejected at '
holds "nothing of it was used" test ! -e "$dev/running"

kea4 "$(lines 4 kea "$true4")"
kill -STOP "${served[@]}"
device both "$four"
rm "$work/out"
(wait_until 5 grep -q 'rejected at' "$work/out"; kill -CONT "${served[@]}") &
bootstraps "the true owner is found behind a liar who answers first"
status_has "and the liar is told" '"where":"192.0.2.66 port 8443","result":"data refused","reason":"rejected at ' \
  '"where":"dev0 from 192.0.2.1","result":"option 143 found"' "\"where\":\"192.0.2.1 port $port\",\"result\":\"data accepted\""
conclude
