#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A device asks by multicast DNS: avahi with servers and redirect information, a scripted responder with signed data
# that avahi can't hand to a one-shot querier, and responders that lie.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/network.sh
need avahi-daemon dbus-daemon python3
for python in python3 /usr/bin/python3 ''; do # of which one may be without Debian's packages
  [ -z "$python" ] && skip_all "Python has no D-Bus"
  "$python" -c 'import dbus' 2>/dev/null && break
done
network_up
bootstrap_server
in_server sysctl -qw net.ipv6.conf.srv0.accept_dad=0 2>/dev/null
link_local=$(in_server ip -6 -o addr show dev srv0 scope link | sed 's/.*inet6 \([^/]*\).*/\1/')
mdns='"sources": ["mdns"], "timeouts": { "connect": 1 }'
srv_only="$mdns, \"policy\": { \"no-dns-serial\": true }"
ipv4_only() {
  in_device ip addr flush dev dev0
  in_device ip addr add "$device4/24" dev dev0
}
ipv6_only() { # link-local addresses are all there is
  in_device ip addr flush dev dev0
  in_device ip -6 addr add fe80::17/64 dev dev0 nodad
}

# ---- avahi ------------------------------------------------------------------------------------------------------

cat >"$work/dbus.conf" <<CONF
<busconfig><type>system</type><listen>unix:path=$work/bus</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_destination="*"/><allow receive_sender="*"/></policy></busconfig>
CONF
cat >"$work/avahi.conf" <<CONF
[server]
host-name=boot
use-ipv4=yes
use-ipv6=yes
allow-interfaces=srv0
[publish]
publish-workstation=no
publish-hinfo=no
CONF
export DBUS_SYSTEM_BUS_ADDRESS=unix:path=$work/bus
avahi() {
  serve "$work/dbus.log" dbus-daemon --config-file="$work/dbus.conf" --nofork
  wait_until 5 test -S "$work/bus"
  # its folder for sockets has a fixed place, which is this process's alone
  serve "$work/avahi.log" unshare --mount sh -c "mount -t tmpfs tmpfs /run && mkdir /run/avahi-daemon &&
    exec avahi-daemon --file '$work/avahi.conf' --no-drop-root --no-chroot --no-rlimits --no-proc-title"
  wait_until 10 grep -q 'Server startup complete' "$work/avahi.log"
}
publish() { # NAME TYPE ...
  rm -f "$work/published"
  serve "$work/publish.log" "$python" tests/network/avahi_publish.py "$work/published" "$@"
  wait_until 5 test -s "$work/published" || { cat "$work/publish.log"; return 1; }
}
# Redirect information that fits into a message of 512 octets, which is what avahi hands to one-shot queriers.
mkdir "$work/redirect"
sztp conveyed redirect --server "boot.local:$port" --out "$work/redirect/ci"
{ printf 'ci='; cat "$work/redirect/ci"; } >"$work/redirect/text"
python3 - "$work/redirect/text" "$work/redirect/data" <<'PYTHON'
import sys
text = open(sys.argv[1], "rb").read()
open(sys.argv[2], "wb").write(b"".join(bytes([len(text[i:i + 255])]) + text[i:i + 255] for i in range(0, len(text), 255)))
PYTHON

if avahi; then
  publish _sztp._tcp.local SRV "$port" boot.local
  ipv4_only
  device avahi4 "$srv_only"
  bootstraps "avahi's SRV record by IPv4"
  status_has "and says from where" "\"source\":\"mdns\",\"where\":\"boot.local ($server4) port $port\",\"result\":\"data accepted\""
  ipv6_only
  in_device ip -6 addr add 2001:db8:17::17/64 dev dev0 nodad # avahi answers from its global address
  device avahi6 "$srv_only"
  bootstraps "the same by IPv6 alone"
  status_has "and says from where" "\"source\":\"mdns\",\"where\":\"boot.local ($server6) port $port\",\"result\":\"data accepted\""
  publish "$serial._sztp.local" TXT "$work/redirect/data"
  ipv4_only
  device redirect "$mdns"
  bootstraps "redirect information in avahi's TXT record, to a name in .local"
  holds "which was looked up by multicast" grep -qF 'asking boot.local (' "$work/out"
else
  skip "avahi does not start here: $(tail -n 1 "$work/avahi.log")"
fi
stop_served

# ---- a scripted responder ----------------------------------------------------------------------------------------

peer() { # RULE...
  : >"$work/peer.log"
  serve "$work/peer.err" python3 tests/network/dns_peer.py multicast "$work/peer.log" "$@"
  wait_until 10 grep -q ready "$work/peer.log" || { cat "$work/peer.err"; bad "the scripted responder"; }
}
signed "$work/set" "$serial" onboarding --config "$work/configuration" --handling replace
signed "$work/other" OTHER-1 onboarding --config "$work/configuration" --handling replace
sztp conveyed onboarding --config "$work/configuration" --handling replace --out "$work/plain.cms"
mkdir "$work/plain" && mv "$work/plain.cms" "$work/plain/conveyed-information.cms"

# DNS-07, DNS-11, DNS-25, DNS-26, DNS-29, on both families
for family in ipv4 ipv6; do
  peer "txt $work/set"
  "${family}_only"
  device "signed-$family" "$mdns"
  began=$(date +%s%N)
  bootstraps "signed artifacts in three messages, $family alone"
  took=$((($(date +%s%N) - began) / 1000000))
  holds "within the 200 ms for others, not after 3 s: $took ms" test "$took" -gt 200 -a "$took" -lt 1500
  holds "the questions are as they should be (DNS-03, DNS-25)" python3 - "$work/peer.log" "udp${family#ipv}" <<'PYTHON'
import sys
asked = [line.split() for line in open(sys.argv[1]) if " udp" in line]
assert asked and all(f[1] == sys.argv[2] for f in asked), asked
assert all(int(f[2]) != 5353 and int(f[2]) >= 1024 for f in asked), asked
head, serial, service, tcp, local = "000000000001000000000000", *(bytes([len(l)]).hex() + l.hex() for l in
                                                                    (b"EX4200-17", b"_sztp", b"_tcp", b"local"))
questions = {head + serial + service + local + "00" "0010" "8001", head + service + tcp + local + "00" "0021" "8001"}
assert {f[6] for f in asked} == questions, asked
PYTHON
  stop_served
done

# DNS-19: a target in .local without addresses, and with one that only its link knows
ipv4_only
peer "srv boot.local $port" "a boot.local $server4"
device srv "$srv_only"
bootstraps "an SRV record without addresses, its target looked up by multicast"
stop_served
ipv6_only
peer "srv boot.local $port $link_local"
device link-local "$srv_only"
bootstraps "a target at a link-local address"
holds "on the link by which the answer came" grep -qF "asking boot.local ($link_local%dev0)" "$work/out"
stop_served
ipv4_only

# DNS-11: the owner's data from one host, somebody else's from another. Chance decides who is tried first.
in_server ip addr add 192.0.2.66/24 dev srv0
peer "FROM=192.0.2.66:5353 txt $work/other" "DELAY=0.1 txt $work/set"
: >"$work/out"
for turn in 1 2 3 4 5 6 7 8 9 10; do
  grep -qF 'voucher-serial' "$work/out" && break
  device "owner$turn" "$mdns"
  bootstraps "somebody else's data from one host, the owner's from another: the owner's ($turn)"
done
holds "also after the other's was refused" grep -qF 'voucher-serial' "$work/out"
stop_served

# What takes its time, of several devices at once: each asks for data of its own, and hears what is meant for it.
in_server ip addr add 198.51.100.66/24 dev srv0
in_device ip route add 198.51.100.0/24 dev dev0
signed "$work/late" LATE onboarding --config "$work/configuration" --handling replace
signed "$work/group" GROUP onboarding --config "$work/configuration" --handling replace
peer "SERIAL=SPOILT plain $work/plain" "SERIAL=SPOILT garbage $work/set" "SERIAL=SPOILT DELAY=0.1 txt $work/set" \
  "SERIAL=UNSIGNED FROM=192.0.2.66:5353 plain $work/plain" "SERIAL=FOREIGN FROM=198.51.100.66:5353 txt $work/set" \
  "SERIAL=PORT FROM=$server4:5354 txt $work/set" "SERIAL=GROUP FROM=198.51.100.66:5353 TO=group txt $work/group" \
  "SERIAL=LATE DELAY=2.5 txt $work/late" "SERIAL=TOOLATE DELAY=3.3 txt $work/late"
for sn in SPOILT UNSIGNED FOREIGN GROUP PORT LATE TOOLATE; do
  device "$sn" "$mdns"
  sed -i "s/\"identity\": {\(.*\) }/\"identity\": {\1, \"serial\": \"$sn\" }/" "$dev/agent.json"
  { agent run >"$dev/out" 2>"$dev/err"; echo $? >"$dev/exit"; } &
done
for sn in SPOILT UNSIGNED FOREIGN GROUP PORT LATE TOOLATE; do wait_until 10 test -s "$work/$sn/exit"; done
ended() { # SERIAL STATUS TEXT NAME: how the run of a device ended
  dev=$work/$1
  if [ "$(cat "$dev/exit")" = "$2" ] && grep -qF -- "$3" "$dev/out"; then ok "$4"; else bad "$4" "status $(cat "$dev/exit")" "$(cat "$dev/out")"; fi
}
# one responder is one answer: what a liar says in its name and what it says itself contradict each other (D-19)
ended SPOILT 5 'ci: there are two different values of it' "two values of one responder are none (DNS-11)"
ended SPOILT 5 '1 message was dropped; the last one: malformed message' "a broken message is dropped (DNS-31)"
ended UNSIGNED 5 'unsigned-onboarding-untrusted' "unsigned onboarding information by multicast is nothing (DNS-13)"
status_has "and says so" '"result":"data refused","reason":"rejected at info-content: unsigned-onboarding-untrusted'
ended FOREIGN 2 'no answer in 3 s but of 198.51.100.66%dev0, which is not from the link' "an answer that is not from the link is dropped (DNS-27)"
ended GROUP 0 'ended: bootstrapped' "one that came to the group is from the link, whatever its address (DNS-27)"
ended PORT 2 "no answer in 3 s but of $server4%dev0, which is not from the link" "an answer from another port is dropped (RFC 6762 6)"
ended LATE 0 'ended: bootstrapped' "an answer after 2.5 s is used (DNS-26)"
ended TOOLATE 2 'multicast DNS: no answer in 3 s' "one after 3.3 s is not (DNS-26)"
status_has "and says so" "{\"source\":\"mdns\",\"where\":\"TXT TOOLATE._sztp.local.\",\"result\":\"nothing there\",\"reason\":\"no answer in 3 s\"}"
holds "each question was asked twice, a second apart (DNS-26)" python3 - "$work/peer.log" <<'PYTHON'
import sys
asked = [line.split() for line in open(sys.argv[1]) if " udp4 " in line and "TOOLATE" in line]
times = [float(f[0]) for f in asked]
assert len(times) == 2 and 0.95 < times[1] - times[0] < 1.3, times
PYTHON
stop_served

# STATE-08: whoever stops the agent need not wait for answers
device stopped "$srv_only"
ip netns exec "$device_ns" sztp-agent run --config "$dev/agent.json" >"$work/out" 2>"$work/err" &
agent=$!
sleep 0.5
began=$(date +%s%N)
kill -TERM "$agent"
wait "$agent" 2>/dev/null
took=$((($(date +%s%N) - began) / 1000000))
holds "a stop ends the question: $took ms" test "$took" -lt 600
holds "and the agent says so" grep -q 'cancelled' "$work/err"

in_device ip link set dev0 down
device down "$srv_only"
agent run >"$work/out" 2>"$work/err"
holds "no link" grep -qF 'no link with an address is up' "$work/out"
conclude
