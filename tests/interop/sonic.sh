#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# SONiC's contract of a trusted ZTP (docs/peers/sonic.md), a section for each of its rows; then the plug-in that SONiC's ztp calls,
# and the document, whose configurations run.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
. tests/common/bootstrap.sh
. tests/common/guide.sh
. tests/common/sonic.sh
need python3

lab=$work/lab
start_server "$lab"
well_known="\"servers\": [\"127.0.0.1:$port\"]"
sonic="\"contract\": \"sonic\""
echo '{"DEVICE_METADATA": {"localhost": {"hostname": "new"}}}' >"$work/configuration"
# Each result is kept, to be compared with its description at the end.
results=$work/results
mkdir "$results"
objection() { # in a shell of its own
  local kept=$((passed + failed))
  sztp-agent status --json --config "$dev/agent.json" >"$results/$kept" 2>/dev/null || rm "$results/$kept"
}
program() { # NAME, text on standard input
  { echo '#!/bin/sh'; cat; } >"$dev/$1"
  chmod +x "$dev/$1"
}
# result TEXT: result.json, with white space taken out, has it
result() { grep -qF -- "$1" <(tr -d '\t\n' <"$dev/status/result.json"); }
by_usb="\"removable\": { \"folders\": [\"$work/stick\"] }"
usb() { rm -rf "$work/stick"; signed "$work/stick/$serial" "$serial" onboarding "$@"; }

# ---- exit statuses: 0 done, 2 later, any other a failure of security (SONIC-01) ------------------------------------------------

offer --config "$work/configuration" --handling replace
device own "$well_known, \"contract\": \"theirs\""
check "another contract" 4 'contract: is "theirs"; must be one of "own", "sonic"' agent run
device "done" "$well_known, $sonic"
check "done" 0 'bootstrapped' agent run
holds "status ends so, too" agent status --exit-status
device nobody "\"servers\": [\"127.0.0.1:1\"], $sonic"
check "no network: later" 2 'not-bootstrapped' agent run
head -c 1000 /dev/urandom >"$lab/images/os.img"
offer --os-name ExampleOS --os-version 2.0 --image "$lab/images/os.img" --image-uri "https://127.0.0.1:$port/images/os.img"
device image "$well_known, \"handlers\": { \"install\": \"install\" }"
program install </dev/null
check "an image was installed: 3 without the contract" 3 'the device must restart' agent run
device image "$well_known, $sonic, \"handlers\": { \"install\": \"install\" }"
program install </dev/null
check "with it, later" 2 'the device must restart' agent run
holds "no error is told" test ! -s "$work/err"
holds "the result says which" result '"result":"reboot-pending","exit-status":2'
holds "and that a restart is wanted" result '"reboot-needed":true'
check "status ends so, too" 2 'reboot-pending' agent status --exit-status
check "but not for a daemon, whose service restarts the device" 3 'the device must restart' agent daemon
sed -i 's/1.0/2.0/' "$dev/os-release"
check "after the restart it is done" 0 'bootstrapped' agent run
printf '#!/bin/sh\nexit 7\n' >"$work/fails"
offer --config "$work/configuration" --handling replace --post-script "$work/fails"
device script "$well_known"
check "a script fails: 1 without the contract" 1 'post-configuration script failed' agent run
device script "$well_known, $sonic"
check "with it, later" 2 'post-configuration script failed' agent run
holds "the result says so" result '"result":"not-bootstrapped","exit-status":2'
offer --config "$work/configuration" --handling replace
device commit "$well_known, $sonic, \"handlers\": { \"config\": \"commit\" }"
program commit <<<'exit 1'
check "a commit fails: later" 2 'not-bootstrapped' agent run
device stopped "$well_known, $sonic, \"handlers\": { \"config\": \"commit\" }"
program commit <<<'touch "$(dirname "$0")/begun"; sleep 2'
sztp-agent run --config "$dev/agent.json" >"$work/out" 2>&1 &
pid=$!
wait_until 10 test -e "$dev/begun"
check "another one is running: later" 2 'another agent is running' agent run
kill -TERM $pid
wait $pid
holds "one that was told to stop: later" test $? = 2
mkdir "$work/loose"
sztp conveyed onboarding --config "$work/configuration" --handling replace --out "$work/loose/conveyed-information.cms"
device refused "\"removable\": { \"folders\": [\"$work/loose\"] }, $sonic"
check "data is refused: a failure of security" 5 'unsigned-onboarding-untrusted' agent run
device wrong "$well_known, $sonic"
sed -i 's/"anchors"/"anchor"/' "$dev/agent.json"
check "a wrong configuration: a failure" 4 'anchor: unknown field' agent run
device internal "$well_known, $sonic"
mkdir "$dev/state" && chmod 777 "$dev/state"
check "what should not happen: a failure" 1 'others may write to it' agent run

# ---- the trust plane is apart, and only read (SONIC-02, SONIC-03) ------------------------------------------------------------------

# parted NAME [MEMBERS [TRUST-MEMBERS]]: a device whose trust plane is $dev/trust/trust.json
parted() {
  device "$1" "$well_known, $sonic, \"trust\": \"trust/trust.json\"${2:+, $2}"
  sed -i '/^{ "identity"/d; s/^ *"anchors".*/{/; ' "$dev/agent.json"
  mkdir -p "$dev/trust"
  cp "$PKI"/{idevid.pem,idevid.key,mfr-root.pem,server-root.pem} "$dev/trust"
  chmod 600 "$dev/trust"/*
  cat >"$dev/trust/trust.json" <<JSON
{ "identity": { "certificate": "idevid.pem", "key": "idevid.key" },
  "anchors": { "vouchers": ["mfr-root.pem"], "servers": ["server-root.pem"] }${3:+, $3} }
JSON
}
offer --config "$work/configuration" --handling replace
parted plane
check "a trust plane apart" 0 'bootstrapped' agent run
for member in '"identity": {}' '"anchors": {}' '"decryption": {}' '"clock": {}' '"policy": { "no-scripts": false }'; do
  parted beside "$member"
  name=${member%%:*} name=${name//\"/}
  check "beside it the main file may not have $name" 4 \
    "^sztp-agent: $dev/agent.json: $name: stands beside trust; right is to have it in the file that trust names" agent run
done
parted other '' '"servers": ["127.0.0.1:1"]'
check "it has nothing else" 4 "trust/trust.json: servers: unknown field; known here are identity, anchors, decryption, clock, policy" agent run
parted named
sed -i 's/mfr-root/none/' "$dev/trust/trust.json"
check "what is wrong names it" 4 "$dev/trust/trust.json: anchors.vouchers\[0\]: .*none.pem: can't be read" agent run
parted gone
rm "$dev/trust/trust.json"
check "it is not there" 4 "agent.json: trust: .*/trust.json: No such file" agent run
check "status needs it not" 0 'has not run yet' agent status
for mode in 620 602; do
  parted mode
  chmod $mode "$dev/trust/trust.json"
  check "others may write to it ($mode)" 4 "agent.json: trust: .*/trust.json: has mode $mode, so that others than its owner may write to it; right is 644" agent run
done
parted anchor
chmod 666 "$dev/trust/mfr-root.pem"
check "others may write to an anchor that it names" 4 'trust.json: anchors.vouchers\[0\]: .*mfr-root.pem: has mode 666' agent run
if [ "$(id -u)" = 0 ]; then
  parted owner
  chown 12345 "$dev/trust/trust.json"
  check "it is somebody else's" 4 'trust.json: belongs to user 12345; right is root, or the agent.s own user, 0' agent run
else
  skip "it is somebody else's: only root can give a file away"
fi
for folder in state staging status; do
  parted place "\"folders\": { \"state\": \"s\", \"staging\": \"g\", \"status\": \"t\" }"
  sed -i '/"folders": { "state": "state"/d' "$dev/agent.json"
  mkdir -p "$dev/s" "$dev/g" "$dev/t"
  case $folder in state) at=s ;; staging) at=g ;; *) at=t ;; esac
  mv "$dev/trust" "$dev/$at/trust"
  ln -s "$at/trust" "$dev/trust"
  check "it really lies in folders.$folder" 4 "trust.json: lies in folders.$folder, which the agent writes; right is a folder apart from it" agent run
done
parted inside
mkdir -p "$dev/state"
chmod 700 "$dev/state"
cp "$dev/trust/mfr-root.pem" "$dev/state"
sed -i 's#mfr-root#../state/mfr-root#' "$dev/trust/trust.json"
check "an anchor lies there" 4 'trust.json: anchors.vouchers\[0\]: .*mfr-root.pem: lies in folders.state' agent run
# Nothing is opened for writing: on a mount that is read-only it works, and the file system has not changed.
read_only() { unshare -m sh -c 'mount --bind "$0/trust" "$0/trust" && mount -o remount,bind,ro "$0/trust" || exit 99
  touch "$0/trust/x" 2>/dev/null && exit 98
  exec sztp-agent run --config "$0/agent.json"' "$dev"; }
parted ro
if unshare -m true 2>/dev/null; then
  before=$(cd "$dev/trust" && sha256sum -- * && stat -c '%n %Y %Z %i' -- *)
  check "on a read-only mount" 0 'bootstrapped' read_only
  holds "it is as before" test "$before" = "$(cd "$dev/trust" && sha256sum -- * && stat -c '%n %Y %Z %i' -- *)"
else
  skip "on a read-only mount: no mount namespaces here"
fi

# ---- the time anchor (SONIC-04 to SONIC-07, CLK-10) --------------------------------------------------------------------------------

# The kernel's word on whether the clock is synchronised, and the time, as the test wants them.
"${CC:-cc}" -shared -fPIC -o "$work/ntp.so" -x c - <<'C'
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>
int adjtimex(struct timex *kernel) {
  int synchronised = access(getenv("SYNCHRONISED"), F_OK) == 0;
  memset(kernel, 0, sizeof *kernel);
  if (!synchronised) kernel->status = STA_UNSYNC;
  return synchronised ? TIME_OK : TIME_ERROR;
}
time_t time(time_t *out) {
  struct timespec now;
  const char *shift = getenv("SHIFT");
  clock_gettime(CLOCK_REALTIME, &now);
  now.tv_sec += shift == NULL ? 0 : atol(shift);
  if (out != NULL) *out = now.tv_sec;
  return now.tv_sec;
}
C
clocked() { LD_PRELOAD=$work/ntp.so SYNCHRONISED=$work/synchronised agent "$@"; }
past() { # the voucher has expired since
  usb --config "$work/configuration" --handling replace
  issue_voucher "$work/stick/$serial/ownership-voucher.vcj" "$serial" --force --created-on 2026-01-10T00:00:00Z --expires-on 2026-02-01T00:00:00Z
}

# strict
usb --config "$work/configuration" --handling replace
device strict "$by_usb, $sonic, \"clock\": { \"mode\": \"strict\", \"floor\": \"2199-01-01T00:00:00Z\" }"
check "strict: the clock is before the floor: later" 2 'the system clock says 20.*, before clock.floor .*, 2199-01-01T00:00:00Z; nothing was judged' agent run
holds "strict: nothing was judged" sh -c "! grep -q 'data accepted\|data refused' '$dev/status/status.json'"
holds "strict: nor looked at" result '"steps":[]'
past
device strict "$by_usb, $sonic, \"clock\": { \"mode\": \"strict\" }"
check "strict: else it decides" 5 'voucher-expired' agent run
usb --config "$work/configuration" --handling replace
device strict "$by_usb, $sonic, \"clock\": { \"mode\": \"strict\" }"
check "strict: for good, too" 0 'bootstrapped' agent run
device strict "$by_usb, $sonic, \"clock\": { \"mode\": \"strict\", \"wait\": 0.5 }, \"retry\": { \"passes\": 1 }"
holds "strict: a daemon waits" sh -c "LD_PRELOAD='$work/ntp.so' SHIFT=-999999999 SYNCHRONISED=x timeout 2 sztp-agent daemon --config '$dev/agent.json' 2>&1 | grep -q 'waiting up to'"

# voucher
usb --config "$work/configuration" --handling replace
issue_voucher "$work/stick/$serial/ownership-voucher.vcj" "$serial" --force --created-on 2026-06-01T00:00:00Z
device voucher "$by_usb, $sonic, \"clock\": { \"mode\": \"voucher\" }"
check "voucher: one is accepted" 0 'bootstrapped' agent run
holds "voucher: created-on is kept as the floor" grep -qx 'time 2026-06-01T00:00:00Z' "$dev/state/floors"
past
check "voucher: then one that ended before, in the next run" 5 'voucher-expired' agent run
agent reset >/dev/null
check "voucher: also after a reset" 5 'voucher-expired' agent run
holds "voucher: the floor does not go back" grep -qx 'time 2026-06-01T00:00:00Z' "$dev/state/floors"
# In one run: a redirect from a medium is accepted with a new voucher, and the server that it leads to has an old one.
rm -rf "$work/stick"
signed "$work/stick/$serial" "$serial" redirect --server "127.0.0.1:$port"
issue_voucher "$work/stick/$serial/ownership-voucher.vcj" "$serial" --force --created-on 2026-06-01T00:00:00Z
rm -rf "${lab:?}/$serial"
signed "$lab/$serial" "$serial" onboarding --config "$work/configuration" --handling replace
issue_voucher "$lab/$serial/ownership-voucher.vcj" "$serial" --force --created-on 2026-01-10T00:00:00Z --expires-on 2026-02-01T00:00:00Z
device voucher "$by_usb, $sonic, \"clock\": { \"mode\": \"unknown\" }"
check "voucher: without the anchor the old one counts in the same run" 0 'bootstrapped' agent run
device voucher "$by_usb, $sonic, \"clock\": { \"mode\": \"voucher\" }"
check "voucher: with it, not" 5 'voucher-expired' agent run
# In one set: the owner certificate ended before its voucher was made.
touch "$work/issued"
echo 01 >"$work/serial"
printf '%s\n' '[ca]' 'default_ca = c' '[c]' "database = $work/issued" "serial = $work/serial" "new_certs_dir = $work" 'default_md = sha256' 'policy = p' '[p]' \
  'commonName = supplied' >"$work/ca.conf"
openssl req -new -key "$PKI/owner.key" -subj /CN=owner -out "$work/owner.csr"
openssl ca -batch -notext -config "$work/ca.conf" -cert "$PKI/owner-int.pem" -keyfile "$PKI/owner-int.key" \
  -startdate 20260102000000Z -enddate 20260301000000Z -in "$work/owner.csr" -out "$work/owner.pem" 2>"$work/log" || cat "$work/log"
usb --config "$work/configuration" --handling replace
sztp conveyed onboarding --config "$work/configuration" --handling replace --signer "$work/owner.pem" --key "$PKI/owner.key" --force \
  --out "$work/stick/$serial/conveyed-information.cms"
sztp owner-cert pack "$work/owner.pem" "$PKI/owner-int.pem" --force --out "$work/stick/$serial/owner-certificate.cms"
issue_voucher "$work/stick/$serial/ownership-voucher.vcj" "$serial" --force --created-on 2026-06-01T00:00:00Z
device voucher "$by_usb, $sonic"
check "voucher: an owner certificate that ended before its voucher counts without the anchor" 0 'bootstrapped' agent run
device voucher "$by_usb, $sonic, \"clock\": { \"mode\": \"voucher\" }"
check "voucher: with it, not" 5 'owner-untrusted' agent run

# ntp-first
ntp="\"clock\": { \"mode\": \"ntp-first\", \"wait\": WAIT }"
past
device ntp "$by_usb, $sonic, ${ntp/WAIT/0.5}"
check "ntp-first: an expired voucher, the clock never synchronised: later" 2 'was not synchronised within' clocked run
holds "ntp-first: it was accepted without the clock" grep -q 'data accepted' "$dev/status/status.json"
holds "ntp-first: nothing was applied" test ! -e "$dev/running"
holds "ntp-first: the waiting is a step" result '"name":"clock"'
device ntp "$by_usb, $sonic, ${ntp/WAIT/20}"
(sleep 1; touch "$work/synchronised") &
check "ntp-first: synchronised meanwhile, it is judged once more, and refused" 5 'voucher-expired' clocked run
holds "ntp-first: nothing was applied" test ! -e "$dev/running"
holds "ntp-first: what it said" grep -q 'all is judged once more' "$work/out"
rm "$work/synchronised"
usb --config "$work/configuration" --handling replace
device ntp "$by_usb, $sonic, ${ntp/WAIT/20}"
(sleep 1; touch "$work/synchronised") &
check "ntp-first: what is good by either is applied" 0 'bootstrapped' clocked run
holds "ntp-first: that is there" cmp "$work/configuration" "$dev/running"
holds "ntp-first: after it was judged twice" test "$(grep -c 'all is judged once more' "$work/out")" = 1
device ntp "$by_usb, $sonic, ${ntp/WAIT/20}"
seconds clocked run >"$work/out" 2>&1
holds "ntp-first: synchronised from the start, there is no waiting" test "$took" -lt 50 -a -e "$dev/running"
rm "$work/synchronised"
usb --os-name ExampleOS --os-version 1.0
device ntp "$by_usb, $sonic, ${ntp/WAIT/0.3}"
check "ntp-first: nor is one done that had nothing to apply" 2 'was not synchronised within' clocked run
for what in --pre-script --post-script; do
  printf '#!/bin/sh\ntouch %q\n' "$work/applied" >"$work/applying"
  usb "$what" "$work/applying"
  device ntp "$by_usb, $sonic, ${ntp/WAIT/0.3}"
  check "ntp-first: no ${what#--} is run without the clock" 2 'was not synchronised within' clocked run
  holds "ntp-first: it was not" test ! -e "$work/applied"
done
offer --os-name ExampleOS --os-version 2.0 --image "$lab/images/os.img" --image-uri "https://127.0.0.1:$port/images/os.img"
device ntp "$well_known, $sonic, ${ntp/WAIT/0.3}, \"handlers\": { \"install\": \"install\" }"
program install <<<'touch "$(dirname "$0")/installed"'
check "ntp-first: nor is an image installed" 2 'was not synchronised within' clocked run
holds "ntp-first: it was not" test ! -e "$dev/installed"
usb --config "$work/configuration" --handling replace
device ntp "$by_usb, $sonic, ${ntp/WAIT/0.3}, \"retry\": { \"passes\": 3 }"
LD_PRELOAD=$work/ntp.so SYNCHRONISED=$work/synchronised sztp-agent daemon --config "$dev/agent.json" >"$work/out" 2>&1
holds "ntp-first: a daemon begins anew, as often as it may" test $? = 2 -a "$(grep -c 'waiting up to' "$work/out")" = 3
device ntp "$by_usb, $sonic, ${ntp/WAIT/30}"
LD_PRELOAD=$work/ntp.so SYNCHRONISED=$work/synchronised sztp-agent run --config "$dev/agent.json" >"$work/out" 2>&1 &
pid=$!
wait_until 10 grep -q 'waiting up to' "$work/out"
kill -TERM $pid
seconds wait $pid
holds "ntp-first: a signal ends the waiting" test "$took" -lt 50
holds "ntp-first: and nothing was applied" test ! -e "$dev/running"
device ntp "$by_usb, $sonic, ${ntp/WAIT/0.3}"
touch "$work/synchronised"
SHIFT=-999999999 check "ntp-first: synchronised, but before the floor" 2 'the system clock says [12].*, before clock.floor .*; nothing was applied' clocked run
rm "$work/synchronised"

# ---- backup before, rollback after a failure (SONIC-08) --------------------------------------------------------------------------------

switch() { # NAME MEMBERS: with a stand-in for SONiC's config, and a configuration that runs
  device "$1" "$well_known, $sonic, \"handlers\": { \"config\": \"$PWD/handlers/config-config-db\", \"rollback\": \"$PWD/handlers/undo\" }${2:+, $2}"
  mkdir -p "$dev/sonic"
  sonic_config "$dev/config" "$dev/running.json"
  echo '{"DEVICE_METADATA": {"localhost": {"hostname": "old"}}}' | tee "$dev/running.json" >"$dev/sonic/config_db.json"
  cp "$dev/running.json" "$dev/before"
  printf '%s\n' "store = $dev/handlers" "config-db-file = $dev/sonic/config_db.json" "config-db-command = $dev/config" >"$dev/handlers.conf"
}
offer --config "$work/configuration" --handling replace --post-script "$work/fails"
switch rollback
check "a script fails after the configuration: later" 2 'post-configuration script failed' agent run
holds "config_db.json is as it was" cmp "$dev/before" "$dev/sonic/config_db.json"
holds "what runs, too" diff <(python3 -m json.tool "$dev/before") <(python3 -m json.tool "$dev/running.json")
holds "the rollback is a step" result '"name":"rollback"'
offer --config "$work/configuration" --handling replace
switch kept
check "a good one" 0 'bootstrapped' agent run
holds "stays" grep -q '"new"' "$dev/sonic/config_db.json"

# ---- the switch for scripts (SONIC-09) ------------------------------------------------------------------------------------------------------

offer --config "$work/configuration" --handling replace --post-script "$work/fails"
device scripts "$well_known, $sonic, \"policy\": { \"no-scripts\": true }"
check "information with a script is refused as a whole" 5 'script-forbidden' agent run
holds "nothing of it is applied" test ! -e "$dev/running"

# ---- run time and exit status of each step (SONIC-10) ----------------------------------------------------------------------------------------

printf '#!/bin/sh\nsleep 0.3\n' >"$work/slow"
offer --config "$work/configuration" --handling replace --pre-script "$work/slow" --post-script "$work/fails"
device steps "$well_known, $sonic"
began=$(date +%s)
check "a run with a script that fails" 2 'post-configuration script failed' agent run
timed() {
  python3 - "$dev/status/result.json" "$began" <<'END'
import json, sys
steps = json.load(open(sys.argv[1]))["steps"]
of = {step["name"]: step for step in steps}
names = [step["name"] for step in steps if step["name"] not in ("progress", "rollback")]
assert names == ["bootstrap", "pre-script", "config", "post-script"], names
assert 0.3 <= of["pre-script"]["seconds"] < 5 and of["pre-script"]["exit-status"] == 0, of["pre-script"]
assert of["post-script"]["exit-status"] == 7 and of["post-script"]["outcome"] == "failed", of["post-script"]
assert "exit-status" not in of["config"] and of["config"]["outcome"] == "ok", of["config"]
assert "rollback" in of and "progress" in of, of
assert all(int(sys.argv[2]) <= step["started"] < int(sys.argv[2]) + 60 for step in steps), steps
assert any(step["started"] != int(step["started"]) for step in steps), steps
assert [step["started"] for step in steps] == sorted(step["started"] for step in steps), steps
END
}
holds "each step has its time, and its program's exit status" timed
check "status shows them" 0 'step +post-script .*: failed, [0-9.e-]+ s, exit status 7$' agent status
device many "\"servers\": [\"127.0.0.1:1\"], \"retry\": { \"first\": 0.001, \"last\": 0.001, \"passes\": 40 }"

# ---- parsing and judging without privileges (SONIC-11) -----------------------------------------------------------------------------------------

offer --config "$work/configuration" --handling replace --pre-script "$work/slow"
device apart "$well_known, $sonic, \"sandbox\": \"required\", \"handlers\": { \"script\": \"look\" }"
sed -i 's/"log": {[^}]*}/"log": { "time": false, "level": "debug" }/' "$dev/agent.json"
program look <<'SH'
for child in $(cat "/proc/$PPID/task/$PPID/children"); do [ $child = $$ ] || cat "/proc/$child/status"; done >"${0%/*}/judge"
SH
if sztp-agent run --config "$dev/agent.json" >"$work/out" 2>&1; then
  ok "a bootstrap with sandbox required"
  field() { sed -n "s/^$1:[[:space:]]*//p" "$dev/judge"; }
  holds "the process that judges can gain no privileges" test "$(field NoNewPrivs)" = 1
  holds "and has none" test "$(field CapEff)$(field CapPrm)" = 00000000000000000000000000000000
  holds "its system calls are filtered" test "$(field Seccomp)" = 2
  [ "$(id -u)" != 0 ] || holds "it is nobody" test "$(field Uid | xargs)" = "65534 65534 65534 65534"
elif grep -q "sandbox: can.t be had here" "$work/out"; then
  skip "sandbox required: $(grep -o 'does not allow.*' "$work/out" | head -n 1)"
else
  bad "a bootstrap with sandbox required" "$(tail -n 5 "$work/out")"
fi

# ---- redirects are bounded; progress goes to trusted servers only (SONIC-12, REDIR-03, PROG-02) ----------------------------------------------------

rm -rf "${lab:?}/$serial"
signed "$lab/$serial" "$serial" redirect --server "127.0.0.1:$port" --server "localhost:$port"
device loop "$by_usb, $sonic"
rm -rf "$work/stick"
signed "$work/stick/$serial" "$serial" redirect --server "127.0.0.1:$port"
check "a server that redirects to itself" 2 'it is the same server as further up on this path' agent run
sed -i 's/"contract"/"limits": { "redirects": 1 }, "contract"/' "$dev/agent.json"
check "a path of more than is allowed" 5 'redirect-limit' agent run
rm -rf "${lab:?}/$serial"
signed "$lab/$serial" "$serial" onboarding --config "$work/configuration" --handling replace
device untrusted "\"dhcp4\": { \"value\": \"$(sztp dhcp encode --family 4 "https://127.0.0.1:$port")\" }, $sonic"
check "signed data of a server that is not trusted" 0 'bootstrapped' agent run
holds "it gets no progress" test ! -e "$lab/$serial/progress.log"
device trusted "$well_known, $sonic"
check "one that is trusted" 0 'bootstrapped' agent run
holds "gets it" grep -q '"bootstrap-complete"' "$lab/$serial/progress.log"

# ---- SONiC's ztp calls it (SONIC-13) ----------------------------------------------------------------------------------------------------------------

# ztp_calls [MEMBERS]: as SONiC's ztp does with a section: a file with it alone, beside what ztp itself puts into it
ztp_calls() {
  mkdir -p "$dev/ztp/plugins" "$dev/ztp/01-sztp"
  ln -sf "$PWD/handlers/sonic-ztp-plugin" "$dev/ztp/plugins/sztp"
  printf '{"01-sztp": {"plugin": {"name": "sztp"}, %s "ignore-result": false, "reboot-on-success": false, "reboot-on-failure": false,
    "halt-on-failure": false, "status": "BOOT", "timestamp": "2026-01-01 00:00:00 UTC"}}\n' "${1-\"suspend-exit-code\": 2,}" >"$dev/ztp/01-sztp/input.json"
  SZTP_AGENT_CONFIG=$dev/agent.json "$dev/ztp/plugins/sztp" "$dev/ztp/01-sztp/input.json"
}
plugged() { # NAME MEMBERS
  device "$@"
  printf '%s\n' "sonic-pause = 1" "sonic-reboot = touch $dev/restarted" >"$dev/handlers.conf"
}
offer --config "$work/configuration" --handling replace
plugged plugin "$well_known, $sonic"
check "the plug-in: done" 0 'bootstrapped' ztp_calls
holds "the plug-in: that is there" cmp "$work/configuration" "$dev/running"
plugged plugin "\"servers\": [\"127.0.0.1:1\"], $sonic"
seconds ztp_calls >"$work/out" 2>&1
check "the plug-in: later" 2 'not-bootstrapped' ztp_calls
holds "the plug-in: after a pause" test "$took" -ge 10
holds "the plug-in: without a restart" test ! -e "$dev/restarted"
plugged plugin "\"removable\": { \"folders\": [\"$work/loose\"] }, $sonic"
check "the plug-in: refused" 5 'unsigned-onboarding-untrusted' ztp_calls
offer --os-name ExampleOS --os-version 2.0 --image "$lab/images/os.img" --image-uri "https://127.0.0.1:$port/images/os.img"
plugged plugin "$well_known, $sonic, \"handlers\": { \"install\": \"install\" }"
program install </dev/null
check "the plug-in: an image" 2 'the device must restart' ztp_calls
holds "the plug-in: it restarts" test -e "$dev/restarted"
for wrong in '' '"suspend-exit-code": 3,' '"suspend-exit-code": true,' '"suspend-exit-code": "2",'; do
  plugged plugin "$well_known, $sonic"
  check "the plug-in: another suspend-exit-code ($wrong)" 4 '01-sztp: suspend-exit-code must be 2' ztp_calls "$wrong"
done
plugged plugin "$well_known"
check "the plug-in: an agent without the contract" 4 'agent.json: contract must be "sonic"' ztp_calls
plugged plugin "$well_known, $sonic"
check "the plug-in: a section that is no JSON" 4 'input.json: ' ztp_calls '"suspend'
check "the plug-in: no section" 4 'with the file of its section' handlers/sonic-ztp-plugin
plugged plugin "$well_known, $sonic"
offer --config "$work/configuration" --handling replace
check "the plug-in: a section decides nothing" 0 'bootstrapped' ztp_calls '"suspend-exit-code": 2, "config": "/tmp/evil.json", "trust": "/tmp/evil.json",'

# ---- the document -----------------------------------------------------------------------------------------------------------------------------------

offer --os-name ExampleOS --os-version 2.0 --image "$lab/images/os.img" --image-uri "https://127.0.0.1:$port/images/os.img" \
  --config "$work/configuration" --handling replace
plugged page "$well_known"
mkdir -p "$dev/etc" "$dev/bin" "$dev/sonic"
here() { sed "s#/etc/sztp#$dev/etc#; s#/usr/share/sztp#$PWD#; s#/usr/lib/ztp#$dev/ztp#; $1"; }
guide_block docs/peers/sonic.md json 1 |
  here "s#\"dhcp\": .*#$well_known, \"os\": { \"release-file\": \"$dev/os-release\" }, \"folders\": { \"state\": \"$dev/state\", \"status\": \"$dev/status\" },#" >"$dev/etc/agent.json"
guide_block docs/peers/sonic.md json 2 | here 's#\["manufacturer.pem"\]#["manufacturer.pem"], "servers": ["servers.pem"]#' >"$dev/etc/trust.json"
guide_block docs/peers/sonic.md sh 1 | here "s#sonic-installer#$dev/bin/sonic-installer#" >"$dev/etc/install-image"
chmod +x "$dev/etc/install-image"
cp "$PKI/idevid.pem" "$PKI/idevid.key" "$dev/etc"
cp "$PKI/mfr-root.pem" "$dev/etc/manufacturer.pem"
cp "$PKI/server-root.pem" "$dev/etc/servers.pem"
printf '#!/bin/sh\n[ "$1 $2" = "install -y" ] && cp "$3" %q\n' "$dev/installed" >"$dev/bin/sonic-installer"
chmod +x "$dev/bin/sonic-installer"
sonic_config "$dev/config" "$dev/running.json"
echo '{}' | tee "$dev/running.json" >"$dev/sonic/config_db.json"
printf '%s\n' "store = $dev/handlers" "config-db-file = $dev/sonic/config_db.json" "config-db-command = $dev/config" "sonic-pause = 1" \
  "sonic-reboot = touch $dev/restarted" >"$dev/etc/handlers.conf"
mkdir -p "$dev/ztp/plugins"
holds "the page: the plug-in gets its name" sh -e -c "$(guide_block docs/peers/sonic.md sh 2 | here '')"
# What ztp makes of ztp.json: the section of each name, in a file of its own; its plug-in, by name, among the plug-ins.
guide_block docs/peers/sonic.md json 3 | python3 -c '
import json, sys
(name, section), = json.load(sys.stdin)["ztp"].items()
json.dump({name: section}, open(sys.argv[1], "w"))
print(section["plugin"]["name"])' "$dev/input.json" >"$dev/name"
follow() { LD_PRELOAD=$work/ntp.so SYNCHRONISED=$work/synchronised SZTP_AGENT_CONFIG=$dev/etc/agent.json "$dev/ztp/plugins/$(cat "$dev/name")" "$dev/input.json"; }
touch "$work/synchronised"
if LD_PRELOAD=$work/ntp.so SYNCHRONISED=$work/synchronised sztp-agent run --config "$dev/etc/agent.json" 2>&1 | grep -q 'sandbox: can.t be had'; then
  skip "the page: the kernel allows no sandbox here"
  sed -i 's/"required"/"auto"/' "$dev/etc/agent.json"
fi
rm -rf "$dev/state" "$dev/status" "$dev/installed"
check "the page: an image first" 2 'the device must restart' follow
holds "the page: SONiC's installer has it" cmp "$lab/images/os.img" "$dev/installed"
holds "the page: the switch restarts" test -e "$dev/restarted"
sed -i 's/1.0/2.0/' "$dev/os-release"
check "the page: then the configuration" 0 'bootstrapped' follow
holds "the page: it is there" grep -q '"new"' "$dev/sonic/config_db.json"

schema_fits() {
  [ "$(find "$results" -type f | wc -l)" -gt 30 ] || return 1
  python3 tests/common/json_schema.py docs/json/status.json "$results"/*
}
holds "each result is as docs/json/status.json says" schema_fits
conclude
