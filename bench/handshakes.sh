#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs the handshake count against sztp-server on loopback, without an image and with one. Environment: BUILD, PKI.
set -u
cd "$(dirname "$0")/.." || exit 2
: "${BUILD:=$PWD/build}" "${PKI:=$BUILD/pki}"
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$folder"' EXIT

mkdir "$folder/devices"
cat >"$folder/server.json" <<CONFIG
{ "dir": "$folder/devices", "listen": "127.0.0.1:0", "port-file": "$folder/port",
  "tls-cert": "$PKI/server.pem", "tls-key": "$PKI/server.key", "device-ca": "$PKI/idevid-root.pem" }
CONFIG
"$BUILD/bin/sztp-server" --config "$folder/server.json" >"$folder/log" 2>&1 &
server=$!
for _ in $(seq 100); do
  [ ! -s "$folder/port" ] || break
  sleep 0.1
done
if [ ! -s "$folder/port" ]; then
  echo "handshakes: the server did not start:" >&2
  cat "$folder/log" >&2
  exit 1
fi
port=$(cat "$folder/port")
status=0
for with in "" "$port"; do # the second time with an image
  "$BUILD/bench/handshakes" prepare "$PKI" "$folder/devices" ${with:+"$with"} &&
    "$BUILD/bench/handshakes" run "$PKI" "$port" || { status=$?; cat "$folder/log" >&2; }
done
exit "$status"
