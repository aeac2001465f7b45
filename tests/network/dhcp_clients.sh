#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A device takes what its DHCP client was told: ISC dhclient, busybox udhcpc and dhcpcd with the hooks that are installed, and
# systemd-networkd and NetworkManager as they are. The agent asks nobody itself, where that is not said.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/network.sh
need kea-dhcp4 kea-dhcp6 dhclient udhcpc dhcpcd
network_up
. tests/common/dhcp_servers.sh
bootstrap_server
link_local
leases=$work/leases.d
hooks=$work/hooks
mkdir "$hooks"
for hook in store dhclient dhcpcd udhcpc; do
  sed -e "s#@HOOKS@#$hooks#" -e "s#/run/sztp-dhcp#$leases#" tools/sztp-agent/hooks/$hook >"$hooks/$hook"
done
chmod +x "$hooks"/*
# Each client has its own folders, of which the host sees nothing.
in_private() { # FOLDER... -- COMMAND...
  local mounts=
  while [ "$1" != -- ]; do
    mounts="$mounts mkdir -p $1 && mount -t tmpfs none $1 &&"
    shift
  done
  ip netns exec "$device_ns" unshare -m sh -c "$mounts \"\$@\"" sh "${@:2}"
}
fresh() { # no lease, no address, nothing running
  # whatever runs in the device's namespace is a client
  end_all "$device_ns" KILL
  [ -z "${client:-}" ] || wait "$client" 2>/dev/null
  client=
  rm -rf "$leases"
  in_device ip addr flush dev dev0 scope global
}
lists4="$(refusing4 11) https://$server4:$port"
lists6="$(refusing6 9) https://[$server6]:$port"
kea4 "$(sztp dhcp encode --family 4 --format kea $lists4)"
kea6 "$(sztp dhcp encode --family 6 --format kea $lists6)"
only() { echo "\"sources\": [\"$1\"], \"dhcp\": { \"hooks\": \"$leases\", \"request\": false }"; }
asks_beside() { # NAME FAMILY: with no lease to look at, the agent asks while the client holds its ports
  device "beside-$1-$2" "\"sources\": [\"dhcp$2\"], \"dhcp\": { \"hooks\": \"$work/none\", \"networkd\": \"$work/none\" }"
  bootstraps "beside $1, the agent can ask by IPv$2"
}
value_is() { # FILE FAMILY URIS: the whole list
  test "$(sztp dhcp decode --family "$2" --option "$(cat "$1")")" = "$(tr ' ' '\n' <<<"$3")"
}

# ---- nobody has left anything --------------------------------------------------------------------------------------

device nothing "$(only dhcp4)"
agent run >"$work/out" 2>&1
holds "no lease is no source (DISC-11)" test $? = 2
status_has "and told" '{"source":"dhcp4","where":"dev0","result":"option 143 absent","reason":"no lease has it, and nobody is asked"}'

# ---- ISC dhclient ---------------------------------------------------------------------------------------------------

mkdir -p "$work/dhcp/dhclient-exit-hooks.d" "$work/dhcp/dhclient-enter-hooks.d"
sed -n 's/^#   //p' tools/sztp-agent/hooks/dhclient >"$work/dhcp/dhclient.conf"
holds "the hook for dhclient says what to configure" grep -q 'also request sztp-redirect' "$work/dhcp/dhclient.conf"
cp "$hooks/dhclient" "$work/dhcp/dhclient-exit-hooks.d/sztp"
dhclient() { # 4|6 ARGUMENTS...: with Debian's own script
  ip netns exec "$device_ns" unshare -m sh -c "mount --bind $work/dhcp /etc/dhcp; mount -t tmpfs none /run; exec \"\$@\"" sh \
    dhclient "-$1" -1 -q -lf "$work/dhclient$1.leases" -pf "$work/dhclient$1.pid" "${@:2}" dev0 >"$work/log" 2>&1
}
dhclient 4
holds "dhclient has the whole list, out of several options" value_is "$leases/dev0.143" 4 "$lists4"
device dhclient4 "$(only dhcp4)"
bootstraps "dhclient, by IPv4"
status_has "and says from where" "{\"source\":\"dhcp4\",\"where\":\"dev0 in $leases/dev0.143\",\"result\":\"option 143 found\"}"
dhclient 4 -r
holds "a lease that is given back is forgotten" test ! -e "$leases/dev0.143"
fresh
dhclient 6
in_device ip -6 route add 2001:db8:17::/64 dev dev0 # which routers advertise
holds "dhclient has the list by IPv6" value_is "$leases/dev0.136" 6 "$lists6"
device dhclient6 "$(only dhcp6)"
bootstraps "dhclient, by IPv6"
asks_beside dhclient 6
kill "$(cat "$work/dhclient6.pid")"
fresh
in_device ip -6 addr add 2001:db8:17::17/64 dev dev0 nodad
dhclient 6 -S
device stateless "$(only dhcp6)"
bootstraps "dhclient, by IPv6 without a lease"
fresh

# ---- busybox udhcpc --------------------------------------------------------------------------------------------------

printf '#!/bin/sh\n[ "$1" != bound ] || ip addr add "$ip/$mask" dev "$interface"\n' >"$work/next"
chmod +x "$work/next"
stop_served
kea4 "$(sztp dhcp encode --family 4 --format kea $lists4)"
kea6 "$(sztp dhcp encode --family 6 --format kea $lists6)"
SZTP_NEXT=$work/next ip netns exec "$device_ns" udhcpc -i dev0 -O 143 -s "$hooks/udhcpc" -n -q -f >"$work/log" 2>&1
holds "udhcpc has the whole list, out of several options" value_is "$leases/dev0.143" 4 "$lists4"
device udhcpc "$(only dhcp4)"
bootstraps "udhcpc"
holds "an interface that is taken down has no lease" sh -c "interface=dev0 SZTP_NEXT=true '$hooks/udhcpc' deconfig && test ! -e '$leases/dev0.143'"
fresh

# ---- dhcpcd ----------------------------------------------------------------------------------------------------------

{ sed -n 's/^#   //p' tools/sztp-agent/hooks/dhcpcd; printf '%s\n' noipv4ll noarp noipv6rs 'ia_na 1' "script $work/dhcpcd-script"; } >"$work/dhcpcd.conf"
printf '#!/bin/sh\n. %s\n' "$hooks/dhcpcd" >"$work/dhcpcd-script"
chmod +x "$work/dhcpcd-script"
in_private /var/lib/dhcpcd /run -- dhcpcd -f "$work/dhcpcd.conf" -B dev0 >"$work/log" 2>&1 &
client=$!
holds "dhcpcd has a lease" wait_until 8 test -s "$leases/dev0.143"
holds "with the whole list, out of several options" value_is "$leases/dev0.143" 4 "$lists4"
device dhcpcd4 "$(only dhcp4)"
bootstraps "dhcpcd, by IPv4"
holds "dhcpcd has a lease by IPv6" wait_until 8 test -s "$leases/dev0.136"
holds "with the whole list" value_is "$leases/dev0.136" 6 "$lists6"
device dhcpcd6 "$(only dhcp6)"
in_device ip -6 route add 2001:db8:17::/64 dev dev0 2>/dev/null
bootstraps "dhcpcd, by IPv6"
asks_beside dhcpcd 4
asks_beside dhcpcd 6
fresh

# ---- systemd-networkd ------------------------------------------------------------------------------------------------

own() { echo "\"sources\": [\"$1\"], \"dhcp\": { \"hooks\": \"$leases\", $2 }"; }
index=$(in_device cat /sys/class/net/dev0/ifindex)
networkd=/lib/systemd/systemd-networkd
if [ -x $networkd ]; then
  mkdir -p "$work/netif/leases" "$work/netif/links" "$work/netif/lldp" "$work/networks"
  printf '%s\n' '[Match]' 'Name=dev0' '[Network]' 'DHCP=yes' 'IPv6AcceptRA=no' '[DHCPv4]' 'RequestOptions=143' '[DHCPv6]' 'WithoutRA=solicit' \
    'RequestOptions=136' >"$work/networks/10-dev0.network"
  chmod 755 "$work"
  chown -R systemd-network "$work/netif"
  in_private -- sh -c "mkdir -p /run/systemd/network /run/systemd/netif; mount --bind $work/networks /run/systemd/network &&
    mount --bind $work/netif /run/systemd/netif && mount -o remount,ro /sys && exec $networkd" >"$work/networkd.log" 2>&1 &
  client=$!
  holds "networkd has a lease" wait_until 8 grep -q ^ADDRESS= "$work/netif/leases/$index"
  holds "without the option, for which it asked: it keeps those from 224 on" test "$(grep -c OPTION_143 "$work/netif/leases/$index")" = 0
  device networkd "$(own dhcp4 "\"networkd\": \"$work/netif/leases\"")"
  bootstraps "networkd: the agent asks itself"
  status_has "and says so" '"where":"dev0 from 192.0.2.1","result":"option 143 found"'
  in_device ip -6 route add 2001:db8:17::/64 dev dev0 2>/dev/null
  holds "networkd has a lease by IPv6, whose options it keeps nowhere" wait_until 5 sh -c "ip netns exec $device_ns ip -6 addr show dev dev0 scope global -tentative | grep -q inet6"
  holds "... nowhere" test -z "$(grep -rl 136 "$work/netif/leases" | grep -v "/$index\$")"
  asks_beside networkd 6
  # what a networkd would write that keeps it, as it writes others
  cp -r "$work/netif/leases" "$work/kept-leases"
  echo "OPTION_143=$(sztp dhcp encode --family 4 $lists4)" >>"$work/kept-leases/$index"
  device kept "$(own dhcp4 "\"networkd\": \"$work/kept-leases\", \"request\": false")"
  bootstraps "a lease file of networkd with the option, which no version was seen to write"
  fresh
  chmod 700 "$work"
else
  skip "networkd: systemd is not installed"
fi

# ---- NetworkManager --------------------------------------------------------------------------------------------------

network_manager() { # CLIENT: runs until fresh; its state is in $work/nm
  rm -rf "$work/nm" "$work/nm-etc" "$work/nm-lib"
  mkdir -p "$work/nm" "$work/nm-lib" "$work/nm-etc/system-connections" "$work/nm-etc/conf.d" "$work/dbus"
  printf '%s\n' '[main]' plugins=keyfile "dhcp=$1" 'no-auto-default=*' '[device-dev0]' match-device=interface-name:dev0 managed=1 \
    >"$work/nm-etc/NetworkManager.conf"
  printf '%s\n' '[connection]' id=dev0 uuid=11111111-2222-3333-4444-555555555555 type=ethernet interface-name=dev0 '[ipv4]' method=auto \
    '[ipv6]' method=link-local >"$work/nm-etc/system-connections/dev0.nmconnection"
  chmod 600 "$work"/nm-etc/system-connections/*
  in_private /run/dbus /run/udev -- sh -c "mkdir -p /run/NetworkManager /var/lib/NetworkManager
    mount --bind $work/nm /run/NetworkManager && mount --bind $work/nm-lib /var/lib/NetworkManager &&
    mount --bind $work/nm-etc /etc/NetworkManager && mount --bind $work/dhcp /etc/dhcp && mount -o remount,ro /sys || exit 1
    dbus-daemon --system --nofork --nopidfile & until [ -S /run/dbus/system_bus_socket ]; do sleep 0.05; done
    exec NetworkManager --debug" >"$work/nm.log" 2>&1 &
  client=$!
}
if command -v NetworkManager >/dev/null && command -v dbus-daemon >/dev/null; then
  network_manager internal
  holds "NetworkManager has a lease" wait_until 12 grep -q '^dhcp4.ip_address=' "$work/nm/devices/$index"
  holds "of its own client, without the option" test "$(grep -c '143\|sztp' "$work/nm/devices/$index")" = 0
  device nm "$(own dhcp4 "\"networkmanager\": \"$work/nm/devices\"")"
  bootstraps "NetworkManager's own client: the agent asks itself"
  fresh
  network_manager dhclient
  holds "NetworkManager has a lease of dhclient" wait_until 12 grep -q '^dhcp4.ip_address=' "$work/nm/devices/$index"
  holds "with the option, as dhclient.conf asks for it" grep -q '^dhcp4.sztp_redirect=' "$work/nm/devices/$index"
  device nm-dhclient "$(own dhcp4 "\"networkmanager\": \"$work/nm/devices\", \"request\": false")"
  bootstraps "NetworkManager with dhclient"
  status_has "and says from where" "\"where\":\"dev0 in $work/nm/devices/$index\",\"result\":\"option 143 found\""
  fresh
else
  skip "NetworkManager: it, or dbus, is not installed"
fi
conclude
