#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# docs/dns.md as its reader follows it: its commands are run, in order; Knot serves the zone that they make.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/network.sh
. tests/common/guide.sh
guide=$PWD/docs/dns.md
need knotd
network_up
in_device ip addr add "$device4/24" dev dev0
mkdir "$work/desk" "$work/knot"
cd "$work/desk" || exit 2
cp "$PKI"/{owner,owner-int,mfr-root,server-root,idevid}.pem "$PKI"/{owner,idevid}.key .
cp "$work/configuration" config.xml
for number in 17 18; do
  sztp voucher issue --serial EX4200-$number --pinned owner-int.pem --signer "$PKI/voucher-signer.pem" \
    --key "$PKI/voucher-signer.key" --chain "$PKI/mfr-int.pem" --out voucher-$number.vcj
done
mv voucher-17.vcj voucher.vcj
printf '%s\n' '$TTL 60' '@ IN SOA ns hostmaster 1 3600 900 604800 60' '@ IN NS ns' "ns IN A $server4" >example.net.zone
cat >"$work/knot.conf" <<CONF
server:
    listen: $server4@53
    rundir: $work/knot
    user: root:root
database:
    storage: $work/knot
log:
  - target: stderr
    any: info
zone:
  - domain: example.net
    storage: $work/desk
    file: example.net.zone
CONF

block() { guide_block "$guide" "$@"; } # LANGUAGE NUMBER
block json 1 >agent.json
number=1
while commands=$(block sh $number) && [ -n "$commands" ]; do
  if grep -q 'sztp-agent run' <<<"$commands"; then # by now the zone is complete
    serve "$work/knot.log" knotd -c "$work/knot.conf"
    wait_until 10 grep -q 'example.net.*loaded' "$work/knot.log" || { cat "$work/knot.log"; bad "Knot serves the zone"; }
  fi
  if in_device bash -ec "$commands" >"$work/out" 2>"$work/err" </dev/null; then
    ok "$(head -n 1 <<<"$commands" | cut -c 1-90)"
  else
    bad "block $number" "$commands" "$(tail -n 5 "$work/out" "$work/err")"
  fi
  number=$((number + 1))
done
holds "the guide has commands" test $number = 5
holds "the device has its configuration" cmp running config.xml
holds "the last command told of it" grep -q 'looked at  dns TXT EX4200-17._sztp.example.net.: data accepted' "$work/out"
rm -rf state status
sed -i 's/"identity": {/"identity": { "serial": "EX4200-18",/; s/"mdns", //' agent.json
in_device sztp-agent run --config agent.json >"$work/out" 2>&1
holds "the second device takes the redirect" grep -q 'accepted: trusted redirect information' "$work/out"
holds "which sends it to the server" grep -q 'boot.example.net' "$work/out"
rm -rf state status
sed -i 's/EX4200-18/EX4200-19/' agent.json
in_device sztp-agent run --config agent.json >"$work/out" 2>&1
holds "a third one to one of the servers for all" grep -qE 'boot[12].example.net' "$work/out"
stop_served
conclude
