#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The examples of the manual pages and of the tools' own help are run as they stand, in a folder that has the files which they
# name; a reader pastes them. (The guides of docs/ have scripts of their own.)
cd "$(dirname "$0")/../.." || exit 2
project=$PWD
. tests/common/script.sh
need python3 openssl curl jq

# blocks PAGE FOLDER: the examples of a manual page, each in a file FOLDER/NUMBER, in their order
blocks() {
  mkdir -p "$2"
  python3 - "$1" "$2" <<'PY'
import re, sys
text = open(sys.argv[1], encoding="utf-8").read()
part = re.search(r"^\.Sh EXAMPLES\n(.*?)^\.Sh ", text, re.S | re.M)
found = re.findall(r"^\.Bd -literal[^\n]*\n(.*?)^\.Ed$|^\.Dl ([^\n]*)$", part.group(1) if part else "", re.S | re.M)
for i, pair in enumerate(found, 1):
    block = (pair[0] or pair[1] + "\n").replace("\\e", "\\").replace("\\(dq", '"').replace("\\&", "").replace("\\-", "-")
    open(f"{sys.argv[2]}/{i:02}", "w", encoding="utf-8").write(block)
PY
}
# help_examples COMMAND...: those at the end of its help
help_examples() { "$@" --help | sed -n '/^Examples\?:$/,$p' | sed -n 's/^  //p'; }
# ran NAME STATUS FILE: the commands in it, one after another, end well; the last with STATUS
ran() {
  local status
  # shellcheck source=/dev/null
  (set -e; . "$3") >"$work/ran" 2>&1
  status=$?
  if [ "$status" = "$2" ]; then ok "$1"; else bad "$1" "status $status, not $2" "$(cat "$3")" "$(tail -n 12 "$work/ran")"; fi
}
# folder NAME: a fresh one with the files that the examples name
folder() {
  mkdir "$work/$1"
  cd "$work/$1" || exit 2
  cp "$PKI"/{owner-root,owner-int,owner,mfr-root,mfr-int,voucher-signer,idevid,server,server-root}.pem .
  cp "$PKI"/{owner,voucher-signer,idevid,server}.key .
  cp mfr-root.pem voucher-anchors.pem
  cat idevid.pem idevid.key >device.pem
  echo '<config/>' >config.xml
  echo 'hostname a' >startup.conf
  head -c 1000 /dev/urandom >os-4.3.0.bin
  cp os-4.3.0.bin os-5.bin
  cat owner.pem owner-int.pem >firmware.pem
  cp owner.key firmware.key
  cp owner-root.pem firmware-root.pem
  printf '#!/bin/sh\nexit 0\n' >ready.sh
  mkdir stick
}

# ---- sztp ------------------------------------------------------------------------------------------------------------------

folder sztp
blocks "$project/tools/sztp/sztp.1" "$work/sztp.1"
holds "sztp(1) has examples" test "$(find "$work/sztp.1" -type f | wc -l)" -ge 7
for block in "$work"/sztp.1/*; do ran "sztp(1): $(head -n 1 "$block")" 0 "$block"; done

# device_answers: what a device would make of info.der, in device.csr, and what was measured then, in os-5.json
device_answers() {
  local made=$project/tests/common/evidence_csr.py hex
  cp "$PKI/idevid-root.pem" maker.pem
  hex=$(base64 -d nonce | od -An -v -tx1 | tr -d ' \n')
  openssl req -new -key owner.key -subj '/O=Example/serialNumber=EX4200-17' 2>/dev/null |
    openssl x509 -req -CA maker.pem -CAkey "$PKI/idevid-root.key" -set_serial 7 -days 30 -outform DER -out iak.der -extfile <(
      printf 'keyUsage=critical,digitalSignature\ncertificatePolicies=2.23.133.11.1.3\n'
    ) 2>/dev/null
  "$made" certify owner.key "$hex" c public=server.key && "$made" quote owner.key "$hex" q pcrs=7 &&
    "$made" request info.der server.key device.csr certify=c.attest,c.signature,c.third quote=q.attest,q.signature,q.third iak.der
  printf '{"sha256": {"7": "%s"}}' "$(od -An -v -tx1 q.third | tr -d ' \n')" >os-5.json
}

# Makers first: others name what these make.
for command in '' 'voucher issue' 'voucher renew' 'owner-cert pack' 'conveyed redirect' 'conveyed onboarding' verify inspect 'dhcp encode' \
  'dhcp decode' 'dns encode' 'removable write' 'image sign' 'image verify' 'attest request' 'attest verify'; do
  rm -rf stick
  mkdir stick
  # shellcheck disable=SC2086
  help_examples sztp $command >"$work/help"
  holds "sztp $command --help has examples" test -s "$work/help"
  [ "$command" != 'voucher renew' ] || sleep 1.1 # its date is later than that of the voucher
  [ "$command" != 'attest verify' ] || device_answers
  ran "sztp $command --help: its examples" 0 "$work/help"
done

# ---- sztp-agent -------------------------------------------------------------------------------------------------------------

folder agent
blocks "$project/tools/sztp-agent/sztp-agent.1" "$work/agent.1"
number=0
for block in "$work"/agent.1/*; do
  grep -q '^{' "$block" || continue
  # Where the page leaves the folders to their defaults, and the lease to a DHCP client, the test has its own.
  jq --arg state "$PWD/state" --arg status "$PWD/status" '.folders = { state: $state, status: $status }' "$block" >agent.json
  sztp-agent run --config agent.json >"$work/ran" 2>&1
  status=$?
  number=$((number + 1))
  if [ $status = 2 ]; then ok "sztp-agent(1): configuration $number"; else bad "sztp-agent(1): configuration $number" "status $status" "$(cat "$block" "$work/ran")"; fi
done
holds "sztp-agent(1) has configurations" test $number = 2
# The commands use the configuration at its default place; here it is named.
sztp-agent() {
  case " $* " in
    *" --config "*) command sztp-agent "$@" ;;
    *) command sztp-agent "$@" --config agent.json ;;
  esac
}
for block in "$work"/agent.1/*; do
  grep -q '^{' "$block" && continue
  case $(cat "$block") in
    *' run '* | *--exit-status*) ran "sztp-agent(1): $(cat "$block")" 2 "$block" ;;
    *) ran "sztp-agent(1): $(cat "$block")" 0 "$block" ;;
  esac
done
command sztp-agent --help | sed -n '/^Examples:$/,/^$/p' | sed -n 's/^  //p' | sed 's/  .*//' >"$work/help"
holds "sztp-agent --help has examples" test "$(wc -l <"$work/help")" -ge 4
while read -r line; do
  echo "$line" >"$work/line"
  case $line in
    *daemon*) # without an end
      rm -f "$work/ran" # what an earlier one said is no sign of this one
      command sztp-agent daemon --config agent.json >"$work/ran" 2>&1 &
      daemon=$!
      holds "sztp-agent --help: $line" wait_until 5 grep -q 'serial number' "$work/ran"
      kill $daemon
      wait $daemon 2>/dev/null
      ;;
    *' run '*) ran "sztp-agent --help: $line" 2 "$work/line" ;;
    *--exit-status*) ran "sztp-agent --help: $line" 1 "$work/line" ;; # the daemon was stopped
    *) ran "sztp-agent --help: $line" 0 "$work/line" ;;
  esac
done <"$work/help"

# ---- sztp-server ------------------------------------------------------------------------------------------------------------

folder server
blocks "$project/tools/sztp-server/sztp-server.1" "$work/server.1"
holds "sztp-server(1) has five examples" test "$(find "$work/server.1" -type f | wc -l)" = 5
# What serves without an end runs in the background, at a port that is free.
sztp-server() {
  rm -f port "$work/pid"
  case " $* " in *' --check '*) command sztp-server "$@"; return ;; esac
  command sztp-server "$@" --listen 127.0.0.1:0 --port-file port >"$work/log" 2>&1 &
  echo $! >"$work/pid"
  wait_until 10 test -s port
}
stop() { [ ! -e "$work/pid" ] || kill "$(cat "$work/pid")"; }
ran "sztp-server(1): a laboratory" 0 "$work/server.1/01"
cp "$work/server.1/02" lab/EX4200-17/onboarding.json
sed "s/8443/$(cat port)/" "$work/server.1/04" >ask
ran "sztp-server(1): ask as the device" 0 ask
holds "... is answered with what was staged" grep -q '"conveyed-information":"' "$work/ran"
stop
ran "sztp-server(1): a check" 0 "$work/server.1/03"
holds "... finds nothing" grep -qx 'devices: 1, findings: 0' "$work/ran"
printf 'sztp-server --config faults.json --tls-cert server.pem --tls-key server.key\n' >with
cp "$work/server.1/05" faults.json
ran "sztp-server(1): faults" 0 with
sed -e "s/8443/$(cat port)/" -e 's/curl /curl -w "%{http_code}" /' "$work/server.1/04" >ask
ran "... asked" 0 ask
holds "... it is busy once" grep -q '503$' "$work/ran"
stop
command sztp-server --help | sed -n '/^Examples:$/,/^$/p' | sed -n 's/^  //p' >"$work/help"
while read -r line; do
  echo "${line/--listen 127.0.0.1:0 --port-file port/}" >"$work/line"
  cp "$PKI/idevid-root.pem" .
  cp server.pem server.key lab/
  ran "sztp-server --help: $line" 0 "$work/line"
  stop
done <"$work/help"
conclude
