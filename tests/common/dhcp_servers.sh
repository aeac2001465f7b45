# shellcheck shell=bash disable=SC2034,SC2154 # what stands in several files
# SPDX-License-Identifier: Apache-2.0
# DHCP servers for tests, beside network.sh: each in the server's namespace, with lines that sztp dhcp encode wrote. To be
# sourced after network_up. Kea, ISC dhcpd and dnsmasq keep all their files in $work.
export KEA_PIDFILE_DIR=$work KEA_LOCKFILE_DIR=$work KEA_LOGGER_DESTINATION=stdout
kea_common='"interfaces-config": { "interfaces": [ "srv0" ] }, "lease-database": { "type": "memfile", "persist": false },
  "loggers": [ { "name": "*", "output_options": [ { "output": "stdout" } ], "severity": "INFO" } ]'

# A link-local address without the wait for duplicates: DHCPv6 servers bind to it when they start.
in_server sh -c 'ip -6 addr flush dev srv0 scope link; ip -6 addr add fe80::1/64 dev srv0 nodad'
# link_local: the device has its link-local address
link_local() { wait_until 4 sh -c "[ -n \"\$(ip netns exec $device_ns ip -6 addr show dev dev0 scope link -tentative)\" ]"; }

write_kea4() { # OPTION-DATA [MORE-MEMBERS]
  cat >"$work/kea4.json" <<JSON
{ "Dhcp4": { $kea_common, ${2:-}
  "subnet4": [ { "subnet": "192.0.2.0/24", "pools": [ { "pool": "192.0.2.100-192.0.2.199" } ], "option-data": [ $1 ] } ] } }
JSON
}
kea4() { # the same: the server runs with it
  write_kea4 "$@"
  starts "$work/kea4.log" DHCP4_STARTED kea-dhcp4 -c "$work/kea4.json"
}
kea6() { # OPTION-DATA [MORE-MEMBERS]
  cat >"$work/kea6.json" <<JSON
{ "Dhcp6": { $kea_common, "server-id": { "type": "LL", "persist": false }, ${2:-}
  "subnet6": [ { "subnet": "2001:db8:17::/64", "interface": "srv0", "pools": [ { "pool": "2001:db8:17::1:0/112" } ],
                 "option-data": [ $1 ] } ] } }
JSON
  starts "$work/kea6.log" DHCP6_STARTED kea-dhcp6 -c "$work/kea6.json"
}
isc4() { # LINES
  cat >"$work/isc4.conf" <<CONF
authoritative;
$1
subnet 192.0.2.0 netmask 255.255.255.0 { range 192.0.2.100 192.0.2.199; }
CONF
  : >"$work/isc4.leases"
  starts "$work/isc4.log" 'Server starting service' dhcpd -4 -f -d --no-pid -cf "$work/isc4.conf" -lf "$work/isc4.leases" srv0
}
isc6() { # LINES
  cat >"$work/isc6.conf" <<CONF
$1
subnet6 2001:db8:17::/64 { range6 2001:db8:17::1:0/112; }
CONF
  : >"$work/isc6.leases"
  starts "$work/isc6.log" 'Server starting service' dhcpd -6 -f -d --no-pid -cf "$work/isc6.conf" -lf "$work/isc6.leases" srv0
}
dnsmasq_both() { # LINES
  cat >"$work/dnsmasq.conf" <<CONF
port=0
interface=srv0
dhcp-authoritative
dhcp-leasefile=$work/dnsmasq.leases
dhcp-range=192.0.2.100,192.0.2.199,1h
dhcp-range=2001:db8:17::1:0,2001:db8:17::1:ffff,64,1h
$1
CONF
  starts "$work/dnsmasq.log" 'DHCPv6, IP range' dnsmasq -d -C "$work/dnsmasq.conf"
}

# Lists with the true server behind others that refuse connections; long ones need more than one option 143.
refusing4() { seq -f "https://$server4:1%03.f" 1 "$1"; }
refusing6() { seq -f "https://[$server6]:1%03.f" 1 "$1"; }

# peer FAMILY ...: dhcp_peer.py, the questions in $work/peerFAMILY
peer() {
  starts "$work/peer$1.log" ready tests/network/dhcp_peer.py "$1" "$work/peer$1" "${@:2}"
}

lines() { sztp dhcp encode --family "$1" --format "$2" "${@:3}"; } # FAMILY FORMAT URI...
