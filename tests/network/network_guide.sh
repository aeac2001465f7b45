#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# docs/network.md as its reader follows it: its configurations are run by the servers and clients that they are for, and each
# time the device bootstraps.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/network.sh
guide=$PWD/docs/network.md
need kea-dhcp4 kea-dhcp6 dhcpd dnsmasq dhclient dhcpcd udhcpc
network_up
. tests/common/dhcp_servers.sh
# The bootstrap server has the guide's name.
mkdir "$work/pki"
ln -s "$PKI"/* "$work/pki"
rm "$work"/pki/server.{pem,key}
PKI=$work/pki
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$PKI/server.key" -subj /CN=boot.example.net -out "$work/csr" 2>"$work/log" &&
  openssl x509 -req -in "$work/csr" -CA "$PKI/server-root.pem" -CAkey "$PKI/server-root.key" -days 2 -out "$PKI/server.pem" \
    -extfile <(printf 'subjectAltName=DNS:boot.example.net\nextendedKeyUsage=serverAuth\n') 2>>"$work/log" || { cat "$work/log"; exit 1; }
bootstrap_server
in_device ip addr add "$device4/24" dev dev0
in_device ip -6 addr add 2001:db8:17::17/64 dev dev0 nodad
link_local

# block NAME: the block of the guide that has this name, with this network's interfaces and folders
block() {
  awk -v name="$1" '/^```/ { inside = !inside && $2 == name; next } inside' "$guide" |
    sed -e "s/\"eth0\"/\"srv0\"/g" -e "s/-i eth0/-i dev0/" -e "s#/usr/local/share/sztp#$work#g" \
      -e "s#/etc/dhcp/#$work/dhcp/#g" -e "s#/usr/lib/dhcpcd/dhcpcd-hooks#$work/dhcpcd-hooks#" -e "s#/etc/dhcpcd.conf#$work/dhcpcd.conf#"
}
blocks=$(grep -c '^```[a-z]* [a-z]' "$guide")
holds "the guide has its blocks" test "$blocks" = 13
mkdir "$work/desk" "$work/hooks" "$work/dhcp" "$work/dhcp/dhclient-exit-hooks.d" "$work/dhcp/dhclient-enter-hooks.d" "$work/dhcpcd-hooks"
cp "$PKI"/{mfr-root,server-root,idevid}.pem "$PKI"/idevid.key "$work/desk"
for hook in store dhclient dhcpcd udhcpc; do
  sed -e "s#@HOOKS@#$work/hooks#" -e "s#/run/sztp-dhcp#$work/leases.d#" tools/sztp-agent/hooks/$hook >"$work/hooks/$hook"
done
chmod +x "$work/hooks/store" "$work/hooks/udhcpc"
starts "$work/names.log" 'started, version' dnsmasq -d -C /dev/null --no-resolv --no-hosts --listen-address="$server4" --bind-interfaces \
  --address="/boot.example.net/$server4" --address="/boot.example.net/$server6"
names=("${served[@]}")
served=()

# ---- lines are what the tool writes -----------------------------------------------------------------------------------

uri=https://boot.example.net:8443
for family in 4 6; do
  for form in kea:kea-dhcp$family.conf isc:dhcpd${family/4/}.conf dnsmasq:dnsmasq.conf cisco:ios; do
    [ $form$family != cisco:ios6 ] || continue
    block "${form#*:}" >"$work/text"
    missing=$(sztp dhcp encode --family $family --format "${form%:*}" $uri | while read -r line; do grep -qF -- "$line" "$work/text" || echo "$line"; done)
    holds "the lines of ${form#*:} are those of sztp dhcp encode --family $family" test -z "$missing"
  done
done

# ---- servers ----------------------------------------------------------------------------------------------------------

# follows NAME SOURCE [BLOCK [SED]]: the device does what the guide says, and ends well by this source
follows() {
  dev=$work/desk
  (cd "$dev" && rm -rf state status running &&
    block "${3:-agent.json}" | sed -e "${2:+s/\"dhcp6\", \"dhcp4\"/\"$2\"/}" -e "${4:-}" >agent.json &&
    in_device bash -ec "$(block run)") >"$work/out" 2>"$work/err" </dev/null
  local status=$?
  if [ $status = 0 ] && cmp -s "$work/configuration" "$dev/running" && grep -q 'data accepted' "$work/out"; then
    ok "$1"
  else
    bad "$1" "status $status" "$(tail -n 20 "$work/out" "$work/err")"
  fi
}
kea() { # 4|6 BLOCK: what a test has to add is where the leases are kept
  block "$2" | sed "s/\"Dhcp$1\": {/&$(printf '%s' "$kea_common" | tr '\n' ' ' | sed 's#"interfaces-config"[^}]*},##; s#[/&]#\\&#g'),$3/" >"$work/kea$1.json"
  starts "$work/kea$1.log" "DHCP$1_STARTED" kea-dhcp$1 -c "$work/kea$1.json"
}
no_file='"server-id": { "type": "LL", "persist": false },'
kea 4 kea-dhcp4.conf ''
follows "Kea, DHCPv4" dhcp4
kea 6 kea-dhcp6.conf "$no_file"
follows "Kea, both" ''
stop_served
kea 6 kea-dhcp6-by-name.conf "$no_file"
follows "Kea, DHCPv6 by name" dhcp6
stop_served
: >"$work/leases4"
: >"$work/leases6"
block dhcpd.conf >"$work/dhcpd.conf"
block dhcpd6.conf >"$work/dhcpd6.conf"
for family in 4 6; do
  starts "$work/isc$family.log" 'Server starting service' dhcpd -$family -f -d --no-pid -cf "$work/dhcpd${family/4/}.conf" -lf "$work/leases$family" srv0
done
follows "ISC dhcpd, DHCPv4" dhcp4
follows "ISC dhcpd, DHCPv6" dhcp6
stop_served
block dnsmasq.conf >"$work/dnsmasq.conf"
starts "$work/dnsmasq.log" 'DHCPv6, IP range' dnsmasq -d -C "$work/dnsmasq.conf" --port=0 --interface=srv0 --dhcp-leasefile="$work/dnsmasq.leases"
follows "dnsmasq, DHCPv4" dhcp4
follows "dnsmasq, DHCPv6" dhcp6

# ---- clients ----------------------------------------------------------------------------------------------------------

lease_follows() { # NAME: as follows, from the lease
  follows "$1" dhcp4 '' "s#\"sources\"#\"dhcp\": { \"hooks\": \"$work/leases.d\" }, &#"
  status_has "... from what the hook left" "\"where\":\"dev0 in $work/leases.d/dev0.143\",\"result\":\"option 143 found\""
  rm -rf "$work/leases.d"
}
bash -ec "$(block dhclient)" && in_device unshare -m sh -c "mount --bind $work/dhcp /etc/dhcp && mount -t tmpfs none /run &&
  exec dhclient -4 -1 -q -lf $work/dhclient.leases -pf $work/dhclient.pid dev0" >"$work/log" 2>&1
lease_follows "ISC dhclient"
end_all "$device_ns"
printf '#!/bin/sh\n[ "$1" != bound ] || ip addr replace "$ip/$mask" dev "$interface"\n' >"$work/next"
chmod +x "$work/next"
SZTP_NEXT=$work/next in_device bash -ec "$(block udhcpc)" >"$work/log" 2>&1
lease_follows "busybox udhcpc"
printf '%s\n' noipv4ll noarp noipv6 >"$work/dhcpcd.conf"
bash -ec "$(block dhcpcd)" && ip netns exec "$device_ns" unshare -m sh -c "mount -t tmpfs none /run && mount -t tmpfs none /var/lib/dhcpcd &&
  mount --bind $work/dhcpcd-hooks /usr/lib/dhcpcd/dhcpcd-hooks && exec dhcpcd -f $work/dhcpcd.conf -B dev0" >"$work/log" 2>&1 &
wait_until 8 test -s "$work/leases.d/dev0.143"
lease_follows "dhcpcd"
end_all "$device_ns"
stop_served

# ---- well-known servers -----------------------------------------------------------------------------------------------

sleep 0.3 # dhcpcd takes its addresses along
in_device ip addr flush dev dev0 scope global
in_device ip addr add "$device4/24" dev dev0
in_device ip -6 addr add 2001:db8:17::17/64 dev dev0 nodad
follows "a well-known server" '' well-known.json
kill "${names[@]}"
conclude
