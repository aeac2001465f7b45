#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The least of all networks: a device that knows its address and was handed an option's value bootstraps over a cable, by
# IPv4 and by IPv6.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/network.sh
network_up
bootstrap_server
in_device ip addr add "$device4/24" dev dev0
device by-ipv4 "\"dhcp4\": { \"value\": \"$(sztp dhcp encode --family 4 "https://$server4:$port")\" }"
bootstraps "by IPv4"
in_device ip addr flush dev dev0
in_device ip -6 addr add 2001:db8:17::17/64 dev dev0 nodad
device by-ipv6 "\"dhcp6\": { \"value\": \"$(sztp dhcp encode --family 6 "https://[$server6]:$port")\" }"
bootstraps "by IPv6"
conclude
