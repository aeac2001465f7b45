# SPDX-License-Identifier: Apache-2.0
# A small laboratory for the examples: artifacts and a bootstrap server, from the installed tools. Sourced; environment: PKI.
set -eu
work=$(mktemp -d)
server=
cleanup() { [ -z "$server" ] || kill "$server" 2>/dev/null || :; rm -rf "$work"; }
trap cleanup EXIT

printf 'hostname edge-17\n' >"$work/startup.conf"
sztp voucher issue --serial EX4200-17 --pinned "$PKI/owner-root.pem" --signer "$PKI/voucher-signer.pem" \
  --key "$PKI/voucher-signer.key" --chain "$PKI/mfr-int.pem" --out "$work/voucher.vcj"
sztp owner-cert pack "$PKI/owner.pem" "$PKI/owner-int.pem" --out "$work/owner.cms"
sztp conveyed onboarding --config "$work/startup.conf" --handling merge --signer "$PKI/owner.pem" --key "$PKI/owner.key" \
  --out "$work/info.cms"

start_server() {
  mkdir -p "$work/lab/EX4200-17"
  cp "$work/info.cms" "$work/lab/EX4200-17/conveyed-information.cms"
  cp "$work/owner.cms" "$work/lab/EX4200-17/owner-certificate.cms"
  cp "$work/voucher.vcj" "$work/lab/EX4200-17/ownership-voucher.vcj"
  sztp-server --dir "$work/lab" --listen 127.0.0.1:0 --port-file "$work/port" --tls-cert "$PKI/server.pem" \
    --tls-key "$PKI/server.key" --device-ca "$PKI/idevid-root.pem" >"$work/server.log" 2>&1 &
  server=$!
  for _ in $(seq 100); do [ ! -s "$work/port" ] || break; sleep 0.05; done
  port=$(cat "$work/port")
}

completed() { grep -q bootstrap-complete "$work/lab/EX4200-17/progress.log"; }
