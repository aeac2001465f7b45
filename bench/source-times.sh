#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# How long it takes from the link's coming up to the first HTTPS request, with each source of bootstrapping data alone, and with
# all of them. The device and the servers are in network namespaces on this machine, so that what is left is what the protocols
# and the agent wait for. As root. Environment: BUILD, PKI.
cd "$(dirname "$0")/.." || exit 2
. tests/common/network.sh
need kea-dhcp4 kea-dhcp6 dnsmasq udhcpc python3
network_up
. tests/common/dhcp_servers.sh
bootstrap_server
four=https://$server4:$port
six="https://[$server6]:$port"
mkdir -p "$work/stick/$serial"
sztp conveyed redirect --server "$server4:$port" --out "$work/stick/$serial/conveyed-information.cms"
printf '#!/bin/sh\n[ "$1" != bound ] || ip addr replace "$ip/$mask" dev "$interface"\n' >"$work/next"
mkdir "$work/hooks"
for hook in store udhcpc; do
  sed -e "s#@HOOKS@#$work/hooks#" -e "s#/run/sztp-dhcp#$work/leases.d#" tools/sztp-agent/hooks/$hook >"$work/hooks/$hook"
done
chmod +x "$work"/hooks/* "$work/next"

now() { echo "${EPOCHREALTIME/./}"; }
static() {
  in_device ip addr add "$device4/24" dev dev0
  in_device ip -6 addr add 2001:db8:17::17/64 dev dev0 nodad
}
lease() {
  rm -rf "$work/leases.d"
  SZTP_NEXT=$work/next ip netns exec "$device_ns" udhcpc -i dev0 -O 143 -s "$work/hooks/udhcpc" -f >"$work/udhcpc.log" 2>&1 &
  disown
}
# row TITLE MEMBERS ADDRESSING: one line of the table
row() {
  local begin end
  in_device ip link set dev0 down
  in_device ip addr flush dev dev0
  device timed "$2, \"retry\": { \"first\": 60 }"
  : >"$work/at"
  ip netns exec "$device_ns" stdbuf -oL sztp-agent daemon --config "$dev/agent.json" 2>&1 </dev/zero |
    while IFS= read -r line; do
      case $line in
        *'led nowhere'*) echo waits >>"$work/at" ;;
        *': asking '*) now >"$work/asked" ;;
      esac
    done &
  wait_until 10 grep -q waits "$work/at"
  sleep 0.4 # the agent does not look again in the first quarter of a second of a pause
  rm -f "$work/asked"
  in_device ip link set dev0 up
  begin=$(now)
  "${3:-static}"
  if wait_until 30 test -s "$work/asked"; then
    end=$(<"$work/asked")
    printf '  %-66s %6.2f s\n' "$1" "$(((end - begin) / 1000))e-3"
  else
    printf '  %-66s %8s\n' "$1" "never"
  fi
  end_all "$device_ns" KILL
  wait_until 2 sh -c "[ -z \"\$(ip netns pids $device_ns)\" ]"
}
option4() { kea4 "$(lines 4 kea "$four")"; }
option6() { kea6 "$(lines 6 kea "$six")"; }
resolver() {
  starts "$work/names.log" 'started, version' dnsmasq -d -C /dev/null --no-resolv --no-hosts --listen-address="$server4" --bind-interfaces \
    --address="/boot.lab.example/$server4" ${1:+--srv-host=_sztp._tcp.lab.example,boot.lab.example,$port}
}
dns="\"dns\": { \"servers\": [\"$server4\"], \"domains\": [\"lab.example\"] }"
all="\"sources\": [\"removable\", \"dhcp6\", \"dhcp4\", \"mdns\", \"dns\", \"well-known\"], $dns, \"servers\": [\"$server4:$port\"]"

echo "From link up to the first HTTPS request"
link_up=$(in_device cat /proc/sys/net/ipv6/conf/dev0/accept_dad)
[ "$link_up" != 0 ] || echo "(without the 1 to 2 s in which IPv6 checks a new address for duplicates)"
row "removable storage, a redirect" "\"removable\": { \"folders\": [\"$work/stick\"] }"
row "well-known servers" "\"sources\": [\"well-known\"], \"servers\": [\"$server4:$port\"]"
option4
row "DHCPv4, Kea, DHCPINFORM from a static address" '"sources": ["dhcp4"]'
row "DHCPv4, Kea, a lease of udhcpc, then DHCPINFORM" '"sources": ["dhcp4"]' lease
row "DHCPv4, Kea, a lease of udhcpc, with its hook" "\"sources\": [\"dhcp4\"], \"dhcp\": { \"hooks\": \"$work/leases.d\" }" lease
stop_served
option6
row "DHCPv6, Kea, Information-request (RFC 8415: 0 to 1 s before it)" '"sources": ["dhcp6"]'
stop_served
serve "$work/lab.err" python3 tests/network/dns_peer.py multicast "$work/lab.log" "srv boot.local $port $server4"
sleep 0.3
row "multicast DNS, SRV" '"sources": ["mdns"], "policy": { "no-dns-serial": true }'
stop_served
resolver with
row "DNS, SRV" "\"sources\": [\"dns\"], $dns"
option4
option6
row "all sources on, and all servers there" "$all, \"removable\": { \"folders\": [\"$work/stick\"] }"
row "all but removable storage" "$all, \"removable\": { \"folders\": [\"$work/none\"] }"
stop_served
option4
resolver
row "all on, DHCPv4 alone has something" "$all, \"removable\": { \"folders\": [\"$work/none\"] }"
stop_served
resolver
row "all on, well-known servers alone are there: silence of the rest" "$all, \"removable\": { \"folders\": [\"$work/none\"] }"
stop_served
row "the same, and the DNS server is silent" "${all/\[\"$server4\"\]/[\"192.0.2.98\"]}, \"removable\": { \"folders\": [\"$work/none\"] }"
