# shellcheck shell=bash disable=SC2034,SC2154 # what stands in several files
# SPDX-License-Identifier: Apache-2.0
# Beside script.sh, all that a bootstrap takes: the artifacts of the test PKI's owner, a bootstrap server, and a device with the
# agent.
serial=EX4200-17
# What commands of either side are run by, where they are not on this machine's own network.
server_side=()
device_side=()
listen=127.0.0.1:0
encrypt_to=() # options by which artifacts are encrypted

# ---- artifacts ----------------------------------------------------------------------------------------------------------

issue_voucher() { # FILE SERIAL [OPTION...]: the owner's, unless they say otherwise
  sztp voucher issue --serial "$2" --pinned "$PKI/owner-root.pem" --signer "$PKI/voucher-signer.pem" \
    --key "$PKI/voucher-signer.key" --chain "$PKI/mfr-int.pem" "${@:3}" --out "$1"
}
pack_owner_cert() { # FILE [OPTION...]
  sztp owner-cert pack "$PKI/owner.pem" "$PKI/owner-int.pem" "${@:2}" --out "$1"
}
sign_conveyed() { # FILE ARGUMENT...: those of sztp conveyed
  sztp conveyed "${@:2}" --signer "$PKI/owner.pem" --key "$PKI/owner.key" --out "$1"
}
# signed FOLDER SERIAL ARGUMENT...: the three artifacts, encrypted by encrypt_to; the arguments are those of sztp conveyed
signed() {
  mkdir -p "$1"
  sign_conveyed "$1/conveyed-information.cms" "${@:3}" "${encrypt_to[@]}"
  pack_owner_cert "$1/owner-certificate.cms" "${encrypt_to[@]}"
  issue_voucher "$1/ownership-voucher.vcj" "$2" "${encrypt_to[@]}"
}

# ---- a bootstrap server -------------------------------------------------------------------------------------------------

# start_server FOLDER [OPTION...]: with the test PKI's certificate, and what is in the folder; its port is $port
start_server() {
  mkdir -p "$1/$serial" "$1/images"
  rm -f "$1/port"
  "${server_side[@]}" sztp-server --dir "$1" --listen "$listen" --port-file "$1/port" --tls-cert "$PKI/server.pem" \
    --tls-key "$PKI/server.key" --device-ca "$PKI/idevid-root.pem" "${@:2}" >"$1/log" 2>&1 &
  started+=($!)
  wait_until 10 test -s "$1/port" || { cat "$1/log"; echo "no bootstrap server"; exit 1; }
  port=$(cat "$1/port")
}
# offer ARGUMENT...: what the server in $lab has for the device: those of sztp conveyed onboarding, unsigned
offer() {
  rm -rf "${lab:?}/$serial"
  mkdir -p "$lab/$serial"
  sztp conveyed onboarding "$@" --out "$lab/$serial/conveyed-information.cms"
}

# ---- a device -----------------------------------------------------------------------------------------------------------

# device NAME MEMBERS: a fresh device in $dev with these members in its configuration, on which agent works
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
agent() { "${device_side[@]}" sztp-agent "$1" --config "$dev/agent.json" "${@:2}"; }
# bootstraps NAME: a run of the agent ends well, with the configuration $work/configuration
bootstraps() {
  agent run >"$work/out" 2>"$work/err"
  local status=$?
  if [ "$status" = 0 ] && cmp -s "$work/configuration" "$dev/running"; then
    ok "$1"
  else
    bad "$1" "status $status" "$(tail -n 20 "$work/out" "$work/err")"
  fi
}
# status_has NAME TEXT...: status.json has all of it
status_has() {
  local name=$1 text
  shift
  for text in "$@"; do
    grep -qF -- "$text" <<<"$(tr -d '\n\t' <"$dev/status/status.json")" && continue
    bad "$name" "status.json lacks: $text" "$(head -c 3000 "$dev/status/status.json")"
    return
  done
  ok "$name"
}
