#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A device's whole life: bootstrapped, reset, resold, taken back or not, with new anchors; what it keeps of that, and what it
# tells. Environment: BUILD, PKI.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
. tests/common/bootstrap.sh
need openssl python3

echo 'hostname of-the-owner' >"$work/configuration"
lab=$work/lab
start_server "$lab"
# voucher_of DATE [OPTION...]: what the server has, under a voucher of that date
voucher_of() {
  rm -rf "${lab:?}/$serial"
  mkdir -p "$lab/$serial"
  sign_conveyed "$lab/$serial/conveyed-information.cms" onboarding --config "$work/configuration" --handling replace
  pack_owner_cert "$lab/$serial/owner-certificate.cms"
  issue_voucher "$lab/$serial/ownership-voucher.vcj" "$serial" --created-on "$1" --force "${@:2}" 2>/dev/null
}
by_dhcp="\"dhcp4\": { \"value\": \"$(sztp dhcp encode --family 4 "https://127.0.0.1:$port")\" }, \"retry\": { \"passes\": 1 }"
again() { sztp-agent reset --config "$dev/agent.json" >"$work/reset" 2>&1; rm -f "$dev/running"; }
kept() { sed -n "s/^$1 //p" "$dev/state/floors"; } # time, voucher

# ---- floors, and what a reset leaves (LIFE-01 to -04, -14) ---------------------------------------------------------------

voucher_of 2026-06-01T00:00:00Z
device life "$by_dhcp"
check "signed data from a stranger's server: bootstrapped" 0 'ended: bootstrapped' agent run
holds "the floor of time is the voucher's date (LIFE-03)" test "$(kept time)" = 2026-06-01T00:00:00Z
holds "and so is that of vouchers" test "$(kept voucher)" = 2026-06-01T00:00:00Z
echo lease >"$dev/eth0.143"
sed -i "s#\"os\":#\"dhcp\": { \"hooks\": \"$dev\" }, \"os\":#" "$dev/agent.json"
find "$dev" "$PKI/idevid.pem" "$PKI/idevid.key" -type f -exec sha256sum {} + | sort >"$work/before"
agent reset --json >"$work/report" 2>"$work/err"
find "$dev" "$PKI/idevid.pem" "$PKI/idevid.key" -type f -exec sha256sum {} + | sort >"$work/after"
holds "reset --json is what docs/json says (LIFE-14)" python3 tests/common/json_schema.py docs/json/reset.json "$work/report"
cat >"$work/compare" <<'PY'
import json, sys
report = json.load(open(sys.argv[1]))
files = [dict(line.rstrip("\n").split("  ", 1)[::-1] for line in open(name)) for name in sys.argv[2:4]]
removed = {e["path"] for e in report["removed"] if not e["path"].endswith("/work")}
gone = set(files[0]) - set(files[1])
assert gone == removed, (gone, removed)
changed = {path for path in files[1] if files[0].get(path) != files[1][path]}
assert {path.rsplit("/", 1)[1] for path in changed} <= {"journal"}, changed
assert any(path.endswith("eth0.143") for path in removed), removed
kept = {e["what"] for e in report["kept"]}
assert {"the identity certificate", "the identity's private key", "an anchor for vouchers", "the floors of time and vouchers",
        "the journal", "the running configuration"} <= kept, kept
PY
holds "it removed what it says, and nothing else is touched (LIFE-01, LIFE-02)" \
  python3 "$work/compare" "$work/report" "$work/before" "$work/after"
holds "a second reset finds nothing" sh -c "sztp-agent reset --config $dev/agent.json | grep -q 'nothing was kept'"
holds "the floors are there" test "$(kept time)" = 2026-06-01T00:00:00Z

# What a device says after a reset is what it said before it, but for what is random (LIFE-04).
traffic() { sed -E 's/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]*Z?//g; s/"nonce":"[^"]*"//g' "$lab/$serial/progress.log"; }
device same "$by_dhcp"
for run in 1 2; do
  rm -f "$lab/$serial/progress.log"
  agent run >"$work/out-$run" 2>&1
  traffic >"$work/traffic-$run" 2>/dev/null
  again
done
holds "a run after a reset is as from the factory (LIFE-04)" cmp "$work/out-1" "$work/out-2"
holds "and says the same to the server" cmp "$work/traffic-1" "$work/traffic-2"

# An expired owner certificate is refused without a clock, once a voucher has proven that its end is past (LIFE-03).
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/old.key" -subj "/O=Example Owner/CN=Owner of 2025" \
  -out "$work/old.csr" 2>/dev/null
mkdir "$work/ca"
: >"$work/ca/index"
echo 77 >"$work/ca/serial"
printf '[ca]\ndefault_ca=x\n[x]\ndatabase=%s\nserial=%s\nnew_certs_dir=%s\npolicy=p\ndefault_md=sha256\n[p]\norganizationName=optional\ncommonName=supplied\n' \
  "$work/ca/index" "$work/ca/serial" "$work/ca" >"$work/ca.cnf"
openssl ca -batch -config "$work/ca.cnf" -cert "$PKI/owner-root.pem" -keyfile "$PKI/owner-root.key" -startdate 20240101000000Z \
  -enddate 20260301000000Z -in "$work/old.csr" -out "$work/old.pem" -notext 2>"$work/log" || cat "$work/log"
offer_old() {
  rm -rf "${lab:?}/$serial"
  mkdir -p "$lab/$serial"
  sztp conveyed onboarding --config "$work/configuration" --handling replace --signer "$work/old.pem" --key "$work/old.key" --force \
    --out "$lab/$serial/conveyed-information.cms" 2>/dev/null
  sztp owner-cert pack "$work/old.pem" --force --out "$lab/$serial/owner-certificate.cms" 2>/dev/null
  issue_voucher "$lab/$serial/ownership-voucher.vcj" "$serial" --created-on 2026-01-15T00:00:00Z
}
offer_old
device clockless "$by_dhcp"
check "an owner certificate that ended in March 2026, on a device without a clock" 0 'ended: bootstrapped' agent run
again
voucher_of 2026-06-01T00:00:00Z
check "a voucher of June" 0 'ended: bootstrapped' agent run
again
offer_old
check "then the certificate has ended, after a reset, too" 5 'pkix-expired' agent run

# ---- resale (LIFE-05) ----------------------------------------------------------------------------------------------------

resold="$by_dhcp, \"policy\": { \"no-superseded-vouchers\": true }"
for policy in "$by_dhcp" "$resold"; do
  device resold "$policy"
  voucher_of 2026-02-01T00:00:00Z
  check "the first owner's voucher" 0 'ended: bootstrapped' agent run
  again
  voucher_of 2026-05-01T00:00:00Z
  check "the second owner's, newer" 0 'ended: bootstrapped' agent run
  again
  voucher_of 2026-02-01T00:00:00Z
  if [ "$policy" = "$resold" ]; then
    check "the first one's takes the device back no more" 5 'voucher-superseded: created-on 2026-02-01T00:00:00Z is before' agent run
    cp "$lab/$serial/ownership-voucher.vcj" "$work/old.vcj"
    sztp voucher renew "$work/old.vcj" --signer "$PKI/voucher-signer.pem" --key "$PKI/voucher-signer.key" --chain "$PKI/mfr-int.pem" \
      --created-on 2026-05-02T00:00:00Z --out "$lab/$serial/ownership-voucher.vcj"
    check "unless the manufacturer renews it (LIFE-09)" 0 'ended: bootstrapped' agent run
  else
    check "without the policy it does, as RFC 8572 has it" 0 'ended: bootstrapped' agent run
  fi
done
cat >"$work/story" <<'PY'
import json, sys
lines = [json.loads(line) for line in open(sys.argv[1])]
events = [line["event"] for line in lines]
assert events == ["bootstrapped", "reset", "bootstrapped", "reset", "bootstrapped"], events
for line in lines:
    assert line["time"].endswith("Z")
    if line["event"] == "bootstrapped":
        assert line["serial-number"] == line["voucher-serial-number"] == "EX4200-17"
        assert line["voucher"].startswith("created 2026-0") and "CN=MASA" in line["voucher-signer"]
        assert "CN=Owner (SHA-256 " in line["owner-certificate"] and "CN=Owner Root (SHA-256 " in line["pinned"]
PY
holds "the journal tells the story (LIFE-12)" python3 "$work/story" "$dev/state/journal"
holds "without the configuration" sh -c "! grep -q of-the-owner '$dev/state/journal'"
holds "and is private" test "$(stat -c %a "$dev/state/journal")" = 600
echo damaged >"$dev/state/floors"
check "damaged floors are told, and nothing starts" 4 'state/floors: it is damaged' agent run

# ---- new firmware, other anchors (LIFE-11) -------------------------------------------------------------------------------

device anchors "$by_dhcp"
voucher_of 2026-06-01T00:00:00Z
check "a voucher under the anchor of this firmware" 0 'ended: bootstrapped' agent run
sed -i "s#/mfr-root.pem#/other-root.pem#" "$dev/agent.json"
agent enable >/dev/null
rm -f "$dev/running"
check "is refused by the next one, which does not have it" 5 'voucher-untrusted' agent run
holds "anchors are in no file of the state" sh -c "! grep -rlE 'BEGIN CERT|Voucher Root' '$dev/state' | grep -vE 'journal|result.json'" # which name them
conclude
