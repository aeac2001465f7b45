#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A device with addresses asks the DHCP servers of its links itself, by DHCPINFORM and Information-request: Kea, ISC dhcpd
# and dnsmasq with the lines of sztp dhcp encode; networks of one family; servers that are silent, and one that lies.
cd "$(dirname "$0")/../.." || exit 2
. tests/network/common.sh
need kea-dhcp4 kea-dhcp6 dhcpd dnsmasq dhclient
network_up
. tests/network/dhcp.inc
bootstrap_server
in_device ip addr add "$device4/24" dev dev0
in_device ip -6 addr add 2001:db8:17::17/64 dev dev0 nodad
link_local
true4=https://$server4:$port
true6="https://[$server6]:$port"
long4="$(refusing4 11) $true4"
long6="$(refusing6 9) $true6"
lines() { sztp dhcp encode --family "$1" --format "$2" "${@:3}"; }
four='"sources": ["dhcp4"]'
six='"sources": ["dhcp6"]'
expect "the list takes more than one option 143 (DHCP-08)" test "$(sztp dhcp encode --family 4 $long4 | wc -c)" -gt 512

# ---- each server, with lists that are split -----------------------------------------------------------------------

# DHCP-01, DHCP-03, DHCP-08, DHCP-10, DHCP-14, DHCP-20
kea4 "$(lines 4 kea $long4)"
kea6 "$(lines 6 kea $long6)"
device kea4 "$four"
bootstraps "Kea, DHCPINFORM, a list that is split"
told "and says from whom" '{"source":"dhcp4","where":"dev0 from 192.0.2.1","result":"option 143 found"}' \
  '"where":"192.0.2.1 port 1001","result":"nothing usable"' "\"where\":\"192.0.2.1 port $port\",\"result\":\"data accepted\""
expect "Kea gave no lease" test -z "$(grep -E 'LEASE_(ALLOC|ADVERT)|_ACK.*lease' "$work/kea4.log" "$work/kea6.log")"
# DHCP-02, DHCP-12, DHCP-15
device kea6 "$six"
bootstraps "Kea, Information-request"
told "and says from whom" '{"source":"dhcp6","where":"dev0 from fe80::1%dev0","result":"option 136 found"}'
device both '"dhcp": { "interfaces": ["dev0"] }'
bootstraps "both families: what DHCPv6 says comes first (DHCP-15)"
expect "so that IPv4 is not needed" test "$(grep -c '"dhcp4"' "$dev/status/status.json")" = 0
stop_served
kea6 "$(lines 6 kea "$true6" $(refusing6 60))"
device fragments "$six"
bootstraps "a Reply of 2000 octets, in fragments"
stop_served

isc4 "$(lines 4 isc $long4)"
isc6 "$(lines 6 isc $long6)"
device isc4 "$four"
bootstraps "ISC dhcpd, DHCPINFORM, a list that is split"
device isc6 "$six"
bootstraps "ISC dhcpd, Information-request"
stop_served

dnsmasq_both "$(lines 4 dnsmasq "$(refusing4 1)" "$true4"; lines 6 dnsmasq $long6)"
device dnsmasq4 "$four"
bootstraps "dnsmasq, DHCPINFORM"
device dnsmasq6 "$six"
bootstraps "dnsmasq, Information-request"
stop_served

# The types that newer Kea has by itself; what this one lacks is declared, where that can be done.
write_kea4 "{ \"name\": \"v4-sztp-redirect\", \"data\": \"$true4\" }"
if kea-dhcp4 -t "$work/kea4.json" >"$work/log" 2>&1; then
  kea4 "{ \"name\": \"v4-sztp-redirect\", \"data\": \"$true4\" }"
  device native4 "$four"
  bootstraps "Kea's own v4-sztp-redirect"
else
  skip "Kea's own v4-sztp-redirect: Kea $(kea-dhcp4 -v) does not know it"
fi
define6='"option-def": [ { "name": "v6-sztp-redirect", "code": 136, "space": "dhcp6", "type": "tuple", "array": true } ],'
kea6 "{ \"name\": \"v6-sztp-redirect\", \"space\": \"dhcp6\", \"data\": \"$(refusing6 1), $true6\" }" "$define6"
device native6 "$six"
bootstraps "Kea with v6-sztp-redirect as an array of tuples"

# ---- networks of one family, or of none ----------------------------------------------------------------------------

seconds() { # COMMAND...: how long it took is $took, in tenths
  local begin=${EPOCHREALTIME/./}
  "$@"
  took=$(((${EPOCHREALTIME/./} - begin) / 100000))
}
fast='"sources": ["dhcp6", "dhcp4"], "timeouts": { "dhcp": 5 }'
in_device ip addr flush dev dev0 scope global
in_device ip -6 addr add 2001:db8:17::17/64 dev dev0 nodad
device only6 "$fast"
bootstraps "a network of IPv6 alone"
stop_served
kea4 "$(lines 4 kea "$true4")"
in_device ip -6 addr flush dev dev0
in_device ip addr add "$device4/24" dev dev0
device only4 "$fast"
bootstraps "a network of IPv4 alone"
told "and says why the other was not asked (DISC-11)" '{"source":"dhcp6","where":"dev0","result":"can'"'"'t be asked","reason":"it has no link-local address"}'
in_device ip link set dev0 addrgenmode none
in_device ip -6 addr add fe80::17/64 dev dev0 nodad
device silent6 "$fast"
seconds bootstraps "a network on which DHCPv6 is silent"
expect "which is waited for no longer than RFC 8415 says: 1 s and 1 s ($took tenths)" test "$took" -lt 30
told "and told" '"result":"option 136 absent","reason":"no answer to 1 question in '
stop_served
kea4 ""
device without "$four"
agent run >"$work/out" 2>&1
expect "a server without the option" test $? = 2
told "is told" '{"source":"dhcp4","where":"dev0","result":"option 143 absent","reason":"192.0.2.1 answers without it"}'
stop_served

in_device ip link add idle0 type veth peer name idle1
device down '"dhcp": { "interfaces": ["idle0", "nobody0"] }'
agent run >"$work/out" 2>&1
told "links that are down, or not there" '{"source":"dhcp4","where":"idle0","result":"nothing there","reason":"no link"}' \
  '{"source":"dhcp6","where":"nobody0","result":"nothing there","reason":"no such interface"}'

# ---- what goes out, and when (RFC 2131 4.1, 4.4.3; RFC 8415 15, 18.2.6) -----------------------------------------------

lab 4
lab 6
device silence '"sources": ["dhcp6", "dhcp4"], "timeouts": { "dhcp": 6 }'
seconds agent run >"$work/out" 2>&1
expect "silence of both is waited for once, not twice ($took tenths)" test "$took" -ge 60 -a "$took" -lt 70
told "and told" '"result":"option 136 absent","reason":"no answer to ' '"result":"option 143 absent","reason":"no answer to 2 questions in 6.0 s"'
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
expect "the questions are as the RFCs have them, and at their times" python3 "$work/check.py" "$work/lab4" "$work/lab6"

# ---- answers that are none (DHCP-11, DHCP-12, DHCP-20) ---------------------------------------------------------------

in_device ip -6 addr add 2001:db8:17::17/64 dev dev0 nodad
lab 4 "$(sztp dhcp encode --family 4 "$true4")" offer nak id hardware request cookie short empty
device faults4 "$four"
bootstraps "past answers that are none, by IPv4"
expect "of which nothing was used" test "$(grep -c wrong "$dev/status/status.json")" = 0
stop_served
lab 6 "$(sztp dhcp encode --family 6 "$true6")" advertise id client server short empty relay
device faults6 "$six"
bootstraps "past answers that are none, by IPv6"
expect "of which nothing was used" test "$(grep -c wrong "$dev/status/status.json")" = 0
stop_served
lab 4 "$(printf 'https://192.0.2.1' | od -An -tx1 | tr -d ' \n')"
device bare "$four"
agent run >"$work/out" 2>&1
expect "bare text is nothing (DHCP-17)" test $? = 2
told "and why is told" '"where":"dev0 from 192.0.2.1","result":"nothing usable"' 'text without lengths'
stop_served
lab 4 "$(printf '%s' "$true4" | od -An -tx1 | tr -d ' \n')"
device lenient "$four, \"policy\": { \"lenient-dhcp\": true }"
bootstraps "but where policy allows it (DHCP-17)"
stop_served

# ---- the system's client holds the port ------------------------------------------------------------------------------

kea4 "$(lines 4 kea "$true4")"
in_device ip addr flush dev dev0
printf '#!/bin/sh\n[ "$reason" != BOUND ] || ip addr add "$new_ip_address/24" dev dev0\n' >"$work/script"
chmod +x "$work/script"
printf 'request subnet-mask;\n' >"$work/dhclient.conf"
in_device dhclient -4 -1 -q -cf "$work/dhclient.conf" -sf "$work/script" -lf "$work/leases" -pf "$work/dhclient.pid" dev0 2>"$work/log"
expect "dhclient has a lease, for which it did not ask for the option" test "$(grep -c 'unknown-143\|fixed-address' "$work/leases")" = 1
device shared "$four"
bootstraps "beside it, the agent asks"
expect "and dhclient goes on" kill -0 "$(cat "$work/dhclient.pid")"
kill "$(cat "$work/dhclient.pid")"
for family in 4 6; do
  ip netns exec "$device_ns" tests/network/dhcp_lab.py hold $family >"$work/hold$family" &
  wait_until 5 grep -q holds "$work/hold$family"
done
device held "$four"
bootstraps "IPv4 needs no port, should somebody hold it"
kea6 "$(lines 6 kea "$true6")"
in_device ip -6 addr add fe80::17/64 dev dev0 nodad 2>/dev/null
in_device ip -6 addr add 2001:db8:17::17/64 dev dev0 nodad
device held6 "$six"
bootstraps "nor does IPv6"
ip netns pids "$device_ns" | xargs -r kill
stop_served

# ---- a server that lies ----------------------------------------------------------------------------------------------

# On the same link: another DHCP server, with a bootstrap server whose artifacts are somebody else's.
liar_ns=sztp-l$$
trap 'ip netns pids "$liar_ns" 2>/dev/null | xargs -r kill -9; ip netns del "$liar_ns" 2>/dev/null; network_down' EXIT
ip netns add "$liar_ns"
in_server ip link add liar0 link srv0 netns "$liar_ns" type macvlan mode bridge
in_liar() { ip netns exec "$liar_ns" "$@"; }
in_liar ip addr add 192.0.2.66/24 dev liar0
in_liar ip link set liar0 up
lied=$work/liar-lab
mkdir -p "$lied/$serial" "$lied/images"
echo 'hostname taken-over' >"$work/lie"
sztp conveyed onboarding --config "$work/lie" --handling replace --signer "$PKI/other.pem" --key "$PKI/other.key" --out "$lied/$serial/conveyed-information.cms"
sztp owner-cert pack "$PKI/other.pem" --out "$lied/$serial/owner-certificate.cms"
cp "$work/lab/$serial/ownership-voucher.vcj" "$lied/$serial/"
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
expect "the liar alone is refused" test $? = 5
told "and why is told" '"where":"dev0 from 192.0.2.66","result":"option 143 found"' '"where":"192.0.2.66 port 8443","result":"data refused","reason":"rejected at '
expect "nothing of it was used" test ! -e "$dev/running"

kea4 "$(lines 4 kea "$true4")"
kill -STOP $served
device both "$four"
(wait_until 5 grep -q 'rejected at' "$work/out"; kill -CONT $served) &
bootstraps "the true owner is found behind a liar who answers first"
told "and the liar is told" '"where":"192.0.2.66 port 8443","result":"data refused","reason":"rejected at ' \
  '"where":"dev0 from 192.0.2.1","result":"option 143 found"' "\"where\":\"192.0.2.1 port $port\",\"result\":\"data accepted\""
network_end
