# shellcheck shell=bash disable=SC2034,SC2154 # what stands in several files
# SPDX-License-Identifier: Apache-2.0
# Beside script.sh, a bootstrap server of other people's habits (peer_server.py).

# peer_server FOLDER OPTION...: in the place of the one before; its port is $port, what it needs of the test PKI is in the folder
peer_server() {
  [ -z "${peer:-}" ] || { kill "$peer" && wait "$peer"; } 2>/dev/null
  mkdir -p "$1"
  cp "$PKI/server.pem" "$PKI/server.key" "$1/"
  cp "$PKI/idevid-root.pem" "$1/device-ca.pem"
  rm -f "$1"/*.log "$1.port"
  tests/common/peer_server.py "$1" "$1.port" "${@:2}" 2>"$1.errors" &
  peer=$!
  started+=("$peer")
  wait_until 10 test -s "$1.port" || { cat "$1.errors"; exit 1; }
  port=$(cat "$1.port")
}
