# SPDX-License-Identifier: Apache-2.0
# A network of its own for one test: two namespaces joined by a cable, a device's and a server's, the lab bootstrap server
# in the latter, and an agent's configuration. To be sourced; needs BUILD and PKI. Counts with ok and bad; network_end
# prints the sum. Without root, namespaces or a program that is needed, the test says so and ends with 77 (skipped).
set -u
: "${BUILD:=$PWD/build}"
: "${PKI:=$BUILD/pki}"
PATH=$BUILD/bin:$PATH:/usr/sbin:/sbin
serial=EX4200-17
device_ns=sztp-d$$
server_ns=sztp-s$$
server4=192.0.2.1
device4=192.0.2.17
server6=2001:db8:17::1
passed=0
failed=0
skipped=0
work=$(mktemp -d)

ok() { passed=$((passed + 1)); echo "ok      $1"; }
bad() { failed=$((failed + 1)); echo "FAILED  $1"; shift; printf '          %s\n' "$@"; }
skip() { skipped=$((skipped + 1)); echo "skipped $1"; }

network_end() {
  echo "$passed passed, $failed failed$([ "$skipped" = 0 ] || echo ", $skipped skipped")"
  [ "$failed" = 0 ] && [ "$passed" -gt 0 ]
}

# end_all NAMESPACE [SIGNAL]: ends what runs in it, by the shell's own kill: the program is not on every machine
end_all() {
  local pids
  pids=$(ip netns pids "$1" 2>/dev/null)
  [ -z "$pids" ] || kill "-${2:-TERM}" $pids 2>/dev/null
}
# Everything that was started in the namespaces ends with them.
network_down() {
  local ns
  for ns in "$device_ns" "$server_ns"; do
    end_all "$ns" KILL
    ip netns del "$ns" 2>/dev/null
  done
  wait
  rm -rf "$work"
} 2>/dev/null # the shell's own lines about what was killed
trap network_down EXIT

# need PROGRAM...: ends the test as skipped if one is missing
need() {
  local program
  for program in "$@"; do
    command -v "$program" >/dev/null 2>&1 || { echo "skipped: $program is not installed"; exit 77; }
  done
}

# network_up: the two namespaces and the cable; the server's addresses; the device's link is up, without addresses
network_up() {
  need ip
  [ "$(id -u)" = 0 ] || { echo "skipped: network namespaces need root"; exit 77; }
  ip netns add "$device_ns" 2>"$work/log" && ip netns add "$server_ns" 2>>"$work/log" ||
    { echo "skipped: no network namespaces here: $(tail -n 1 "$work/log")"; exit 77; }
  in_device true 2>"$work/log" || { echo "skipped: no programs in network namespaces here: $(tail -n 1 "$work/log")"; exit 77; }
  ip link add dev0 netns "$device_ns" type veth peer name srv0 netns "$server_ns"
  in_server ip link set lo up
  in_server ip link set srv0 up
  in_server ip addr add "$server4/24" dev srv0
  in_server ip -6 addr add "$server6/64" dev srv0 nodad
  in_device ip link set lo up
  in_device sh -c 'echo 0 >/proc/sys/net/ipv6/conf/dev0/accept_dad' 2>/dev/null
  in_device ip link set dev0 up
}
in_device() { ip netns exec "$device_ns" "$@"; }
in_server() { ip netns exec "$server_ns" "$@"; }

wait_until() { # SECONDS COMMAND...
  local end=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $end ] || return 1
    sleep 0.05
  done
}
seconds() { # COMMAND...: how long it took is $took, in tenths
  local begin=${EPOCHREALTIME/./}
  "$@"
  took=$(((${EPOCHREALTIME/./} - begin) / 100000))
}
# expect NAME COMMAND...: the command succeeds
expect() {
  local name=$1
  shift
  if "$@" >"$work/expect" 2>&1; then ok "$name"; else bad "$name" "$*" "$(tail -n 12 "$work/expect")"; fi
}

# bootstrap_server: the lab server on all addresses of the server's side, port $port, with signed artifacts for the device
bootstrap_server() {
  local lab=$work/lab
  port=8443
  mkdir -p "$lab/images"
  signed "$lab/$serial" "$serial" onboarding --config "$work/configuration" --handling replace
  in_server sztp-server --dir "$lab" --listen '[::]:8443' --port-file "$lab/port" --tls-cert "$PKI/server.pem" \
    --tls-key "$PKI/server.key" --device-ca "$PKI/idevid-root.pem" >"$lab/log" 2>&1 &
  wait_until 10 test -s "$lab/port" || { cat "$lab/log"; echo "no bootstrap server"; exit 1; }
}
# signed FOLDER SERIAL CONVEYED-ARGUMENTS...: the three artifacts
signed() {
  local to=$1 sn=$2
  shift 2
  mkdir -p "$to"
  sztp conveyed "$@" --signer "$PKI/owner.pem" --key "$PKI/owner.key" --out "$to/conveyed-information.cms"
  sztp owner-cert pack "$PKI/owner.pem" "$PKI/owner-int.pem" --out "$to/owner-certificate.cms"
  sztp voucher issue --serial "$sn" --pinned "$PKI/owner-root.pem" --signer "$PKI/voucher-signer.pem" \
    --key "$PKI/voucher-signer.key" --chain "$PKI/mfr-int.pem" --out "$to/ownership-voucher.vcj"
}
echo 'hostname ex4200-17' >"$work/configuration"
# lies FOLDER VOUCHER: what somebody else signed, beside the device's own voucher, which is public
lies() {
  mkdir -p "$1"
  echo 'hostname taken-over' >"$work/lie"
  sztp conveyed onboarding --config "$work/lie" --handling replace --signer "$PKI/other.pem" --key "$PKI/other.key" \
    --out "$1/conveyed-information.cms"
  sztp owner-cert pack "$PKI/other.pem" --out "$1/owner-certificate.cms"
  cp "$2" "$1/ownership-voucher.vcj"
}

# device NAME MEMBERS: a fresh device with these members in its configuration, on which agent works
device() {
  dev=$work/$1
  rm -rf "$dev"
  mkdir -p "$dev"
  printf 'NAME=ExampleOS\nVERSION_ID=1.0\n' >"$dev/os-release"
  cat >"$dev/agent.json" <<JSON
{ "identity": { "certificate": "$PKI/idevid.pem", "key": "$PKI/idevid.key" },
  "anchors": { "vouchers": ["$PKI/mfr-root.pem"], "servers": ["$PKI/server-root.pem"] },
  "os": { "release-file": "os-release" },
  "folders": { "state": "state", "status": "status" },
  "running-configuration": "running",
  "log": { "time": false }, $2 }
JSON
}
agent() { in_device sztp-agent "$1" --config "$dev/agent.json" "${@:2}"; }
# bootstraps NAME: a run of the agent ends well, with the configuration that was staged
bootstraps() {
  agent run >"$work/out" 2>"$work/err"
  local status=$?
  if [ "$status" = 0 ] && cmp -s "$work/configuration" "$dev/running"; then
    ok "$1"
  else
    bad "$1" "status $status" "$(tail -n 20 "$work/out" "$work/err")"
  fi
}

# serve LOG COMMAND...: runs a program in the server's namespace until stop_served, or the end
served=
serve() {
  local log=$1
  shift
  ip netns exec "$server_ns" "$@" >"$log" 2>&1 </dev/zero &
  served="$served $!"
}
stop_served() {
  [ -z "$served" ] || { kill $served && wait $served; } 2>/dev/null
  served=
}
# told NAME TEXT...: status.json says all of it
told() {
  local name=$1 text
  shift
  for text in "$@"; do
    grep -qF -- "$text" <<<"$(tr -d '\n\t' <"$dev/status/status.json")" && continue
    bad "$name" "not told: $text" "$(head -c 3000 "$dev/status/status.json")"
    return
  done
  ok "$name"
}

# own_mounts ARGUMENT...: goes on in a mount namespace of the test's own. Else a namespace that another test makes meanwhile
# keeps a copy of what is mounted here, and the device stays in use after it was unmounted.
own_mounts() {
  [ -z "${SZTP_OWN_MOUNTS:-}" ] || return 0
  [ "$(id -u)" = 0 ] || { echo "skipped: mounting needs root"; exit 77; }
  need unshare
  unshare --mount --propagation private -- true 2>"$work/log" ||
    { echo "skipped: no mount namespaces here: $(tail -n 1 "$work/log")"; exit 77; }
  trap - EXIT
  rm -rf "$work"
  exec env SZTP_OWN_MOUNTS=1 unshare --mount --propagation private -- "tests/network/$(basename "$0")" "$@"
}
