# shellcheck shell=bash disable=SC2034,SC2154 # what stands in several files
# SPDX-License-Identifier: Apache-2.0
# Beside script.sh and bootstrap.sh, a network of its own for one test: two namespaces joined by a cable, a device's and a
# server's. Without root, namespaces or a program that is needed, the test says so and ends with 77 (skipped).
. tests/common/script.sh
. tests/common/bootstrap.sh
device_ns=sztp-d$$
server_ns=sztp-s$$
device_side=(ip netns exec "$device_ns")
server_side=(ip netns exec "$server_ns")
server4=192.0.2.1
device4=192.0.2.17
server6=2001:db8:17::1
listen='[::]:8443'
echo 'hostname ex4200-17' >"$work/configuration"

# end_all NAMESPACE [SIGNAL]: ends what runs in it, by the shell's own kill: the program is not on every machine
end_all() {
  local pids
  pids=$(ip netns pids "$1" 2>/dev/null)
  # shellcheck disable=SC2086
  [ -z "$pids" ] || kill "-${2:-TERM}" $pids 2>/dev/null
}
# Everything that was started in the namespaces ends with them.
network_down() {
  local ns
  for ns in "$device_ns" "$server_ns"; do
    end_all "$ns" KILL
    ip netns del "$ns" 2>/dev/null
  done
  clean_up
} 2>/dev/null # the shell's own lines about what was killed
trap network_down EXIT

# network_up: the two namespaces and the cable; the server's addresses; the device's link is up, without addresses
network_up() {
  need ip
  [ "$(id -u)" = 0 ] || skip_all "network namespaces need root"
  ip netns add "$device_ns" 2>"$work/log" && ip netns add "$server_ns" 2>>"$work/log" ||
    skip_all "no network namespaces here: $(tail -n 1 "$work/log")"
  in_device true 2>"$work/log" || skip_all "no programs in network namespaces here: $(tail -n 1 "$work/log")"
  ip link add dev0 netns "$device_ns" type veth peer name srv0 netns "$server_ns"
  in_server ip link set lo up
  in_server ip link set srv0 up
  in_server ip addr add "$server4/24" dev srv0
  in_server ip -6 addr add "$server6/64" dev srv0 nodad
  in_device ip link set lo up
  in_device sh -c 'echo 0 >/proc/sys/net/ipv6/conf/dev0/accept_dad' 2>/dev/null
  in_device ip link set dev0 up
}
in_device() { "${device_side[@]}" "$@"; }
in_server() { "${server_side[@]}" "$@"; }

# bootstrap_server: on all addresses of the server's side, with signed artifacts for the device
bootstrap_server() {
  signed "$work/lab/$serial" "$serial" onboarding --config "$work/configuration" --handling replace
  start_server "$work/lab"
}
# lies FOLDER VOUCHER: what somebody else signed, beside the device's own voucher, which is public
lies() {
  mkdir -p "$1"
  echo 'hostname taken-over' >"$work/lie"
  sztp conveyed onboarding --config "$work/lie" --handling replace --signer "$PKI/other.pem" --key "$PKI/other.key" \
    --out "$1/conveyed-information.cms"
  sztp owner-cert pack "$PKI/other.pem" --out "$1/owner-certificate.cms"
  cp "$2" "$1/ownership-voucher.vcj"
}

# serve LOG COMMAND...: runs a program in the server's namespace until stop_served, or the end
served=()
serve() {
  "${server_side[@]}" "${@:2}" >"$1" 2>&1 </dev/zero &
  served+=($!)
}
stop_served() {
  [ ${#served[@]} = 0 ] || { kill "${served[@]}" && wait "${served[@]}"; } 2>/dev/null
  served=()
}
# starts LOG TEXT COMMAND...: serves, and waits until the log says that it is ready
starts() {
  rm -f "$1" # of an earlier one, which also said so
  serve "$1" "${@:3}"
  wait_until 10 grep -q "$2" "$1" || { bad "a server starts" "$(tail -n 5 "$1")"; return 1; }
}

# own_mounts ARGUMENT...: goes on in a mount namespace of the test's own. Else a namespace that another test makes meanwhile
# keeps a copy of what is mounted here, and the device stays in use after it was unmounted.
own_mounts() {
  [ -z "${SZTP_OWN_MOUNTS:-}" ] || return 0
  [ "$(id -u)" = 0 ] || skip_all "mounting needs root"
  need unshare
  unshare --mount --propagation private -- true 2>"$work/log" ||
    skip_all "no mount namespaces here: $(tail -n 1 "$work/log")"
  trap - EXIT
  rm -rf "$work"
  exec env SZTP_OWN_MOUNTS=1 unshare --mount --propagation private -- "tests/network/$(basename "$0")" "$@"
}
