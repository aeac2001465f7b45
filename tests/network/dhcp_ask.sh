#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A device with addresses asks the DHCP servers of its links itself, by DHCPINFORM and Information-request: Kea, ISC dhcpd
# and dnsmasq with the lines of sztp dhcp encode, with lists that take several options; networks of one family.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/network.sh
need kea-dhcp4 kea-dhcp6 dhcpd dnsmasq
network_up
. tests/common/dhcp_servers.sh
bootstrap_server
in_device ip addr add "$device4/24" dev dev0
in_device ip -6 addr add 2001:db8:17::17/64 dev dev0 nodad
link_local
true4=https://$server4:$port
true6="https://[$server6]:$port"
long4="$(refusing4 11) $true4"
long6="$(refusing6 9) $true6"
four='"sources": ["dhcp4"]'
six='"sources": ["dhcp6"]'
holds "the list takes more than one option 143 (DHCP-08)" test "$(sztp dhcp encode --family 4 $long4 | wc -c)" -gt 512

# ---- each server, with lists that are split -----------------------------------------------------------------------

# DHCP-01, DHCP-03, DHCP-08, DHCP-10, DHCP-14, DHCP-20
kea4 "$(lines 4 kea $long4)"
kea6 "$(lines 6 kea $long6)"
device kea4 "$four"
bootstraps "Kea, DHCPINFORM, a list that is split"
status_has "and says from whom" '{"source":"dhcp4","where":"dev0 from 192.0.2.1","result":"option 143 found"}' \
  '"where":"192.0.2.1 port 1001","result":"nothing usable"' "\"where\":\"192.0.2.1 port $port\",\"result\":\"data accepted\""
holds "Kea gave no lease" test -z "$(grep -E 'LEASE_(ALLOC|ADVERT)|_ACK.*lease' "$work/kea4.log" "$work/kea6.log")"
# DHCP-02, DHCP-12, DHCP-15
device kea6 "$six"
bootstraps "Kea, Information-request"
status_has "and says from whom" '{"source":"dhcp6","where":"dev0 from fe80::1%dev0","result":"option 136 found"}'
device both '"dhcp": { "interfaces": ["dev0"] }'
bootstraps "both families: what DHCPv6 says comes first (DHCP-15)"
holds "so that IPv4 is not needed" test "$(grep -c '"dhcp4"' "$dev/status/status.json")" = 0
stop_served
# shellcheck disable=SC2046 # a list of words
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
status_has "and says why the other was not asked (DISC-11)" '{"source":"dhcp6","where":"dev0","result":"can'"'"'t be asked","reason":"it has no link-local address"}'
in_device ip link set dev0 addrgenmode none
in_device ip -6 addr add fe80::17/64 dev dev0 nodad
device silent6 "$fast"
seconds bootstraps "a network on which DHCPv6 is silent"
holds "which is waited for no longer than RFC 8415 says: 1 s and 1 s ($took tenths)" test "$took" -lt 30
status_has "and told" '"result":"option 136 absent","reason":"no answer to 1 question in '
stop_served
kea4 ""
device without "$four"
agent run >"$work/out" 2>&1
holds "a server without the option" test $? = 2
status_has "is told" '{"source":"dhcp4","where":"dev0","result":"option 143 absent","reason":"192.0.2.1 answers without it"}'
stop_served

in_device ip link add idle0 type veth peer name idle1
device down '"dhcp": { "interfaces": ["idle0", "nobody0"] }'
agent run >"$work/out" 2>&1
status_has "links that are down, or not there" '{"source":"dhcp4","where":"idle0","result":"nothing there","reason":"no link"}' \
  '{"source":"dhcp6","where":"nobody0","result":"nothing there","reason":"no such interface"}'

# ---- a link that comes up ---------------------------------------------------------------------------------------------

kea4 "$(lines 4 kea "$true4")"
in_device ip addr flush dev dev0
in_device ip link set dev0 down
device link '"sources": ["dhcp4"], "retry": { "first": 60 }'
ip netns exec "$device_ns" sztp-agent daemon --config "$dev/agent.json" >"$work/out" 2>&1 &
daemon=$!
holds "without a link a pass leads nowhere" wait_until 5 grep -q 'pass 1 led nowhere' "$work/out"
status_has "and says why" '{"source":"dhcp4","result":"nothing there","reason":"no link is up"}'
sleep 1
in_device ip link set dev0 up
holds "a link ends the wait" wait_until 5 grep -q 'pass 2 led nowhere' "$work/out"
in_device ip addr add "$device4/24" dev dev0
seconds wait $daemon
holds "and so does an address: the device bootstraps ($took tenths)" test "$took" -lt 30
holds "as its owner wants" cmp "$work/configuration" "$dev/running"

# ---- links of other kinds, and many -----------------------------------------------------------------------------------

in_device ip addr flush dev dev0
in_device ip addr add "$device4/24" dev dev0 label dev0:1
device label '"sources": ["dhcp4"], "dhcp": { "interfaces": ["dev0"] }'
bootstraps "an address with a label is one of its link"
status_has "which is called by its own name" '{"source":"dhcp4","where":"dev0 from 192.0.2.1","result":"option 143 found"}'

# as on a switch, whose ports are all plugged in; the one that matters comes last
in_device ip link del dev0
ip link add dev0 index 250 netns "$device_ns" type veth peer name srv0 netns "$server_ns"
in_server ip link set srv0 up
in_server ip addr add "$server4/24" dev srv0
in_device ip link set dev0 up
in_device ip addr add "$device4/24" dev dev0
for i in $(seq 20); do echo "link add port$i type veth peer name peer$i"; done | in_device ip -batch -
for i in $(seq 20); do printf 'link set port%s up\nlink set peer%s up\n' "$i" "$i"; done | in_device ip -batch -
stop_served
kea4 "$(lines 4 kea "$true4")"
device many '"sources": ["dhcp4"]'
bootstraps "one link of 41 leads to the server"
for i in $(seq 21 66); do echo "link add port$i type veth peer name peer$i"; done | in_device ip -batch -
for i in $(seq 21 66); do printf 'link set port%s up\nlink set peer%s up\n' "$i" "$i"; done | in_device ip -batch -
left_out='"result":"some links are left out","reason":"there are too many; name those that matter"}'
device toomany '"sources": ["dhcp4"], "timeouts": { "dhcp": 1 }'
agent run >"$work/out" 2>&1
status_has "more links than can be asked are told of" '{"source":"dhcp4",'"$left_out"
device deaf '"sources": ["mdns"], "policy": { "no-dns-serial": true }'
agent run >"$work/out" 2>&1
status_has "by multicast DNS as well" '{"source":"mdns","where":"SRV _sztp._tcp.local.",'"$left_out"
device named '"sources": ["dhcp4"], "dhcp": { "interfaces": ["dev0"] }'
bootstraps "a link that is named is not among them"
conclude
