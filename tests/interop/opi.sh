#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The agent in the place of opiproject's (opi-sztp-agent): one check for each row of what that agent promises, flag, default and
# meaning; what would weaken trust is refused and says what takes its place; status and result files; HTTP Basic.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
. tests/common/bootstrap.sh
. tests/common/peer.sh
mkdir "$work/bin" "$work/dmi" "$work/lab"
ln -s "$BUILD/bin/sztp-agent" "$work/bin/opi-sztp-agent"
PATH=$work/bin:$PATH
operation=/restconf/operations/ietf-sztp-bootstrap-server:get-bootstrapping-data

# ---- a server of SZTPD's habits, and a machine --------------------------------------------------------------------------

their_server() { # OPTION...
  peer_server "$work/lab" "$@"
  url=https://127.0.0.1:$port$operation
}
printf '#!/bin/nowhere\necho pre >>%s/ran\n' "$work" >"$work/pre" # opiproject's agent has sh run whatever it is
printf 'echo post >>%s/ran\n' "$work" >"$work/post"
echo '<config/>' >"$work/configuration"
onboarding() { sztp conveyed onboarding "$@" --force --out "$work/lab/$serial.cms" 2>"$work/note"; }
usual=(--config "$work/configuration" --handling merge --pre-script "$work/pre" --post-script "$work/post")
onboarding "${usual[@]}"

var=$work/var # of the device
identity=(--device-private-key "$PKI/idevid.key" --device-end-entity-cert "$PKI/idevid.pem")
anchor=(--bootstrap-trust-anchor-cert "$PKI/server-root.pem")
files=(--status-file-path "$var/status.json" --result-file-path "$var/result.json" --sym-link-dir "$work/run")
handler=(--handler "$PWD/handlers/opi-handler")
machine=(--smbios-dir "$work/dmi")
opi() { opi-sztp-agent "$1" "${files[@]}" "${machine[@]}" "${@:2}"; }
all() { opi "$1" "${identity[@]}" "${anchor[@]}" "${handler[@]}" "${@:2}"; }
fresh() { rm -rf "$var" "$work/run" "$work/ran" "$work/lab"/*.log; }
written() { python3 -c 'import json,sys; d=json.load(open(sys.argv[1]))
for k in sys.argv[2].split("."): d=d[int(k)] if k.isdigit() else d.get(k)
print(json.dumps(d))' "$var/agent/agent.json" "$1"; }
is() { local got; got=$(written "$2"); if [ "$got" = "$3" ]; then ok "$1"; else bad "$1" "$2 is $got, not $3"; fi; }
their_server

# ---- verbs --------------------------------------------------------------------------------------------------------------

check "without a verb: help, and a failure" 1 '^Usage: opi-sztp-agent COMMAND' opi-sztp-agent
for verb in daemon run status enable disable; do
  check "$verb --help" 0 '^Usage: opi-sztp-agent COMMAND' opi-sztp-agent "$verb" --help
  check "the same by a word of sztp-agent" 0 '^Usage: opi-sztp-agent COMMAND' sztp-agent opi "$verb" --help
done
check "another verb" 1 'unknown command "runn"; did you mean run\?' opi-sztp-agent runn
check "another flag" 1 'unknown option --bootstrap-uri; did you mean --bootstrap-url\?' opi-sztp-agent run --bootstrap-uri x

# ---- the flags, one row each: given, and left out -----------------------------------------------------------------------

check "--bootstrap-url excludes --dhcp-lease-file" 4 'exclude each other' all run --bootstrap-url "$url" --dhcp-lease-file x
check "one of the two is required" 4 'bootstrap-url or --dhcp-lease-file is missing' all run
check "--bootstrap-url: one pass, and well" 0 'bootstrap' all run --bootstrap-url "$url"
is "it is a well-known server" servers "[\"127.0.0.1:$port\"]"
is "authenticated by --bootstrap-trust-anchor-cert" anchors.servers "[\"$PKI/server-root.pem\"]"
is "--device-end-entity-cert" identity.certificate "\"$PKI/idevid.pem\""
is "--device-private-key" identity.key "\"$PKI/idevid.key\""
is "no password unless one is given" identity.password-file null
holds "scripts are run by sh, in the RFC's order" cmp -s "$work/ran" <(printf 'pre\npost\n')
holds "the configuration is kept, in a private folder" cmp -s "$work/configuration" "$var/agent/delivered/configuration"
holds "nobody else reads it" test "$(stat -c %a "$var/agent/delivered/configuration" "$var/agent" | xargs)" = "600 700"
holds "progress is told to the server, and nothing is made up in it" python3 - "$work/lab/progress.log" <<'PY'
import json, sys
types = [json.loads(line)["ietf-sztp-bootstrap-server:input"] for line in open(sys.argv[1])]
assert [t["progress-type"] for t in types][0] == "bootstrap-initiated", types
assert types[-1]["progress-type"] == "bootstrap-complete", types
assert "trust-anchor-certs" not in types[-1], types
PY
fresh
check "--device-end-entity-cert is /certs/my_cert.pem" 4 'identity.certificate: /certs/my_cert.pem: can.t be read' \
  opi run "${anchor[@]}" --bootstrap-url "$url"
fresh
check "--device-private-key is /certs/private_key.pem" 4 'identity.key: /certs/private_key.pem: can.t be read' \
  opi run "${anchor[@]}" --bootstrap-url "$url" --device-end-entity-cert "$PKI/idevid.pem"
fresh
check "--bootstrap-trust-anchor-cert is /certs/opi.pem" 4 'anchors.servers\[0\]: /certs/opi.pem: can.t be read' \
  opi run "${identity[@]}" --bootstrap-url "$url"
check "--status-file-path is /var/lib/sztp/status.json" 0 'by default /var/lib/sztp/status.json' opi-sztp-agent --help
check "--result-file-path is /var/lib/sztp/result.json" 0 'by default /var/lib/sztp/result.json' opi-sztp-agent --help
check "--sym-link-dir is /run/sztp" 0 'by default /run/sztp' opi-sztp-agent --help
if [ -e /var/lib/sztp/status.json ]; then skip "status of the default file: this machine has one"; else
  check "status looks there" 1 '^opi-sztp-agent: /var/lib/sztp/status.json can.t be read: there was no run yet' opi-sztp-agent status
fi

check "a flag that is given twice: the last one counts" 2 '127.0.0.1 port 1: no connection' all run --bootstrap-url "$url" \
  --bootstrap-url https://127.0.0.1:1

# ---- who the device is --------------------------------------------------------------------------------------------------

fresh
echo "$serial" >"$work/dmi/product_serial"
echo 'EX4200 ' >"$work/dmi/product_name"
check "--serial-number is SMBIOS's" 0 "serial number $serial" all run --bootstrap-url "$url"
is "the product's serial number" identity.serial "\"$serial\""
is "hw-model is the product's name" identity.model '"EX4200"'
fresh
echo 'Not Specified' >"$work/dmi/product_serial"
echo 'To be filled by O.E.M.' >"$work/dmi/product_name"
check "what manufacturers leave in its place is none" 0 "serial number $serial" all run --bootstrap-url "$url"
is "then it is the certificate's" identity.serial null
is "and there is no hw-model" identity.model null
fresh
check "--serial-number TEXT" 0 "serial number OTHER-1" all run --bootstrap-url "$url" --serial-number OTHER-1
is "it is the one" identity.serial '"OTHER-1"'
rm "$work/dmi"/*

# ---- the handler: undoing twice does no harm, nor does undoing what was not begun ----------------------------------------------

handle() { SZTP_ATTEMPT=${attempt:-a1} SZTP_RUNNING_CONFIGURATION=$work/handled/running SZTP_STAGE=${stage:-config} sh handlers/opi-handler "$@"; }
delivered() { [ "$(cat "$work/handled/delivered/configuration" 2>/dev/null)" = "$1" ]; }
echo one >"$work/one"
echo two >"$work/two"
handle config "$work/one" && handle config "$work/two"
holds "a configuration is replaced" delivered two
handle rollback
holds "... and comes back" delivered one
handle rollback
holds "... once" delivered one
stage=post-script handle rollback
holds "of another stage there is nothing to undo" delivered one
attempt=a2 handle rollback
holds "of another attempt neither" delivered one
rm -rf "$work/handled"
handle config "$work/one"
handle rollback
handle rollback
holds "where there was none, there is none" test ! -e "$work/handled/delivered/configuration"

# ---- leases -------------------------------------------------------------------------------------------------------------

leases() { # VALUE...: each in a lease of its own, the last one after an older one of its link
  for value; do printf 'lease {\n  interface "eth0";\n  fixed-address 10.127.127.100;\n  option sztp-redirect-urls "%s";\n  renew 2 2024/01/02 03:04:05;\n}\n' "$value"; done
}
leases https://127.0.0.1:1/old "$url" >"$work/leases"
fresh
check "--dhcp-lease-file: the option of the last lease, text" 0 'bootstrap' all run --dhcp-lease-file "$work/leases"
is "is of both families" dhcp4.lease-file "\"$work/leases\""
is "the server that it names must prove itself by the anchor" policy.dhcp-anchors true
holds "nothing else is asked" grep -q "^POST $operation" "$work/lab/requests.log"
fresh
leases "\\000$(printf '\\%03o' $((${#port} + 18)))https://127.0.0.1:$port" >"$work/leases"
check "the RFC's option in it" 0 'bootstrap' all run --dhcp-lease-file "$work/leases"
fresh
printf 'lease { interface "eth0"; option unknown-143 %s; }\n' \
  "$(sztp dhcp encode --family 4 "https://127.0.0.1:$port" | sed 's/../&:/g; s/:$//')" >"$work/leases"
check "the same without a name" 0 'bootstrap' all run --dhcp-lease-file "$work/leases"
fresh
leases "$url" >"$work/leases"
printf 'lease { interface "eth0"; fixed-address 10.127.127.100; }\n' >>"$work/leases"
check "a link's later lease without it counts" 2 "no link's last lease has the option" all run --dhcp-lease-file "$work/leases"
fresh
check "no lease yet is nothing to bootstrap from" 2 'nothing there: no lease' all run --dhcp-lease-file "$work/none"
fresh
: >"$work/leases"
check "an empty file neither (opiproject's agent breaks)" 2 'not-bootstrapped' all run --dhcp-lease-file "$work/leases"
fresh
leases "$url" >"$work/leases"
check "without the anchor unsigned data from there is refused" 5 'not-bootstrapped' opi run "${identity[@]}" "${handler[@]}" \
  --bootstrap-trust-anchor-cert "$PKI/server2-root.pem" --voucher-trust-anchor-cert "$PKI/mfr-root.pem" --dhcp-lease-file "$work/leases"
holds "and nobody hears of its progress" test ! -e "$work/lab/progress.log"

# ---- what would weaken trust --------------------------------------------------------------------------------------------

refuses() { # NAME PATTERN FLAG...
  fresh
  check "$1" 4 "$2" all run "${@:3}"
  holds "... before anything is asked" test ! -e "$work/lab/requests.log"
}
refuses "no TLS" 'begin with https://; a bootstrap server is asked over TLS alone' --bootstrap-url "http://127.0.0.1:$port$operation"
refuses "a password in a URL" 'device-password-file is right' --bootstrap-url "https://a:b@127.0.0.1:$port$operation"
refuses "another path" 'https://HOST:PORT is right' --bootstrap-url "https://127.0.0.1:$port/elsewhere"
refuses "no anchor" 'bootstrap-trust-anchor-cert is empty, so that no server could be authenticated; give it, or --voucher-trust' \
  --bootstrap-url "$url" --bootstrap-trust-anchor-cert=
fresh
check "another anchor: the server is not asked" 5 'tls-untrusted' opi run "${identity[@]}" "${handler[@]}" \
  --bootstrap-trust-anchor-cert "$PKI/server2-root.pem" --bootstrap-url "$url"
holds "and hears nothing (TLS-05)" test ! -e "$work/lab/requests.log"

# ---- HTTP Basic ---------------------------------------------------------------------------------------------------------

echo let-me-in >"$work/password"
chmod 600 "$work/password"
their_server --basic let-me-in
fresh
check "a password that is demanded is sent (REST-20)" 0 'bootstrap' all run --bootstrap-url "$url" --device-password let-me-in
holds "after the challenge, and then from the beginning" python3 - "$work/lab/requests.log" "$serial" <<'PY'
import sys
lines = [line.split() for line in open(sys.argv[1])]
posts = [line[2] for line in lines if line[0] == "POST"]
assert posts[0] == "-" and len(posts) > 3 and all(user == sys.argv[2] for user in posts[1:]), posts
assert all(line[2] == "-" for line in lines if line[0] == "GET"), lines
PY
lacks() { ! grep -rqF -- let-me-in "$@"; }
holds "it is nowhere in what the agent leaves" lacks "$var" "$work/run" "$work/out" "$work/err"
fresh
wipes() { # the command line of a daemon that waits has no password
  opi-sztp-agent daemon "${files[@]}" "${machine[@]}" "${identity[@]}" "${anchor[@]}" --bootstrap-url https://127.0.0.1:1 \
    --device-password let-me-in >"$work/out" 2>&1 &
  pid=$!
  wait_until 5 grep -q 'no connection' "$work/out" || return 1
  tr '\0' ' ' <"/proc/$pid/cmdline" >"$work/line"
  kill $pid
  wait $pid
  grep -q 'device-password' "$work/line" && ! grep -q let-me-in "$work/line"
}
holds "it is taken off the command line" wipes
fresh
check "out of a file" 0 'bootstrap' all run --bootstrap-url "$url" --device-password-file "$work/password"
is "which the configuration names" identity.password-file "\"$work/password\""
chmod 644 "$work/password"
fresh
check "that others may read" 4 'identity.password-file: .*chmod 600 is right' all run --bootstrap-url "$url" --device-password-file "$work/password"
fresh
check "none is made up (opiproject's agent has one that everybody knows)" 2 'answered 401' all run --bootstrap-url "$url"
fresh
check "a wrong one is tried once" 2 'answered 401' all run --bootstrap-url "$url" --device-password wrong
holds "and not again" test "$(grep -c 'refused$' "$work/lab/requests.log")" = 1
fresh
check "for another device than the certificate's (TLS-09)" 4 \
  "the credentials stand for the serial number 'OTHER-1', the identity certificate for '$serial' \(TLS-09\)" \
  all run --bootstrap-url "$url" --device-password let-me-in --serial-number OTHER-1
holds "nothing was asked" test ! -e "$work/lab/requests.log"
fresh
leases "$url" >"$work/leases"
check "never to who is not authenticated (TLS-08)" 5 'answered 401' opi run "${identity[@]}" "${handler[@]}" --device-password let-me-in \
  --bootstrap-trust-anchor-cert "$PKI/server2-root.pem" --voucher-trust-anchor-cert "$PKI/mfr-root.pem" --dhcp-lease-file "$work/leases"
holds "though it was demanded" grep -q "^POST $operation -" "$work/lab/requests.log"
holds "... it was not given" sh -c "! grep -q 'POST.*\($serial\|refused\)' '$work/lab/requests.log'"
their_server --basic let-me-in --close
fresh
check "a server that hangs up after its challenge" 0 'bootstrap' all run --bootstrap-url "$url" --device-password let-me-in

# ---- status and result --------------------------------------------------------------------------------------------------

their_server
fresh
check "a run" 0 bootstrap all run --bootstrap-url "$url"
fits() { python3 tests/common/json_schema.py "docs/json/opi-$1.json" "$2"; }
stage() { python3 -c 'import json,sys; d=json.load(open(sys.argv[1])); s=d[sys.argv[2]]; print(s["errors"], s["start"]>0, s["end"]>0, d["stage"])' "$var/status.json" "$1"; }
holds "status.json fits its description" fits status "$var/status.json"
holds "result.json too" fits result "$var/result.json"
holds "no errors" cmp -s "$var/result.json" <(printf '{"errors":[]}\n')
for name in init parsing onboarding pre-script config post-script bootstrap is-completed; do
  holds "$name began and ended" test "$(stage $name)" = "None True True is-completed-completed"
done
for name in downloading-file pending-reboot redirect boot-image; do
  holds "$name did not" test "$(stage $name)" = "None False False is-completed-completed"
done
for name in status result; do
  holds "a link to $name.json" test "$(readlink "$work/run/$name.json")" = "$var/$name.json"
done
check "status prints the file" 0 '"stage":"is-completed-completed"' opi status
fresh
mkdir "$work/run"
echo precious >"$work/run/status.json"
check "what is no link in the place of one stays" 1 "sym-link-dir: $work/run/status.json is there and no link" all run --bootstrap-url "$url"
holds "as it was" grep -q precious "$work/run/status.json"
fresh
printf 'exit 3\n' >"$work/bad"
onboarding --config "$work/configuration" --handling merge --post-script "$work/bad"
check "a script that fails" 1 'post-configuration script' all run --bootstrap-url "$url"
holds "is told of its stage" grep -q '"post-script":{"errors":\["' "$var/status.json"
holds "and in the result" grep -q '{"errors":\["[^"]' "$var/result.json"
holds "... in the right form" fits result "$var/result.json"
holds "... and status" fits status "$var/status.json"
holds "the configuration is not left behind" test ! -e "$var/agent/delivered/configuration"
head -c 100000 /dev/urandom >"$work/lab/first.img"
onboarding --os-name ExampleOS --os-version 2.0 --image-uri "https://127.0.0.1:$port/images/first.img" --image "$work/lab/first.img"
fresh
check "an image asks for a restart" 3 'the device restarts into it' all run --bootstrap-url "$url"
holds "a restart is pending" test "$(stage pending-reboot)" = "None True False pending-reboot-in-progress"
holds "the file was downloaded" test "$(stage downloading-file)" = "None True True pending-reboot-in-progress"
holds "the image is the right one" cmp -s "$work/lab/first.img" "$var/agent/delivered/image"

# ---- the flag, and a daemon ----------------------------------------------------------------------------------------------

onboarding "${usual[@]}"
fresh
check "disable" 0 'SZTP is off' opi disable
check "then nothing is done" 0 'SZTP is off' all run --bootstrap-url "$url"
holds "nobody is asked" test ! -e "$work/lab/requests.log"
check "enable" 0 'SZTP is on' opi enable
all daemon --bootstrap-url "$url" >"$work/out" 2>&1
holds "daemon ends when it is done" test $? = 0
printf '"$SZTP_AGENT" disable --config "$SZTP_AGENT_CONFIG"\n' >"$work/off"
onboarding --config "$work/configuration" --handling merge --post-script "$work/off"
fresh
check "a script turns SZTP off by what the agent tells it" 0 bootstrap all run --bootstrap-url "$url"
check "which lasts" 0 'SZTP is off' all run --bootstrap-url "$url"
holds "... to the next run" test "$(cat "$var/agent/enabled")" = off
conclude
