#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What a device goes through: agents that are killed while their programs live on, disks that fill up in the wrong moment,
# leftovers that can't be removed. Each ends with the device bootstrapped or as it was, with SZTP on, and says so
# (STATE-10, ONB-20).
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
. tests/common/bootstrap.sh
trap 'umount -l "$work/small" "$work"/*/state/work/*/mounted 2>/dev/null; clean_up' EXIT

lab=$work/lab
start_server "$lab"
echo 'hostname owner' >"$work/configuration"
program() { # NAME, text on standard input
  { echo '#!/bin/sh'; cat; } >"$dev/$1"
  chmod +x "$dev/$1"
}
script() { { echo '#!/bin/sh'; echo 'cd "$(dirname "$SZTP_AGENT_CONFIG")"'; cat; } >"$work/$1"; }
# fresh NAME: a device with a configuration, a ledger in which programs write, and a rollback that does
fresh() {
  device "$1" "\"servers\": [\"127.0.0.1:$port\"], \"handlers\": { \"rollback\": \"rollback\", \"install\": \"install\" }"
  echo factory >"$dev/running"
  program rollback <<<'echo "undo $SZTP_STAGE" >>"$(dirname "$SZTP_AGENT_CONFIG")/ledger"'
  : >"$dev/ledger"
}
off='"$SZTP_AGENT" disable --config "$SZTP_AGENT_CONFIG"'
serve() { offer --config "$work/configuration" --handling replace --pre-script "$work/pre" --post-script "$work/post"; }
script pre <<<'echo pre >>ledger'
script post <<<"echo post >>ledger; $off"
# killed COMMAND...: an agent in the background is killed alone as soon as the command succeeds
killed() {
  sztp-agent run --config "$dev/agent.json" >"$work/out" 2>"$work/err" &
  local agent=$!
  wait_until 20 "$@"
  kill -KILL $agent
  wait $agent
} 2>/dev/null
has() { grep -qxF -- "$1" "$dev/ledger"; }
running() { [ "$(cat "$dev/running")" = "$1" ]; }
flag() { agent status --json | tr -d '\t\n' | grep -qF "\"enabled\":\"$1\""; }
# nothing_left: neither half-written nor old files
nothing_left() {
  local left
  left=$(find "$dev" \( -name '*.??????' -o -name '.*.sztp-*' -o -name session -o -name session.copy -o -name attempt -o -name configuration \
    -o -name program -o -path '*/staging/*' -o -path '*/work/*' \) -not -name running -not -name rollback -print)
  [ -z "$left" ] || { echo "$left"; return 1; }
}
# undone_once_each: no program of the attempt ran a second time before it was undone
in_order() {
  awk '/^undo /{delete live[$2]; next} /^(pre|post)$/{if (live[$1 "-script"]++) exit 1}' "$dev/ledger"
}

# ---- programs that live on when the agent is killed ------------------------------------------------------------------

fresh orphan
script post <<SH
echo post >>ledger
# like a daemon, so that it does not end with anything
setsid sh -c 'trap "" HUP TERM; sleep 1; echo late >>ledger; $off; echo "late ended \$?" >>ledger' &
sleep 20
SH
serve
killed has post
script post <<<'echo post >>ledger; sleep 1.5; exit 1' # the next attempt fails, and has time to be disturbed
serve
check "a killed agent, whose script lives on" 1 'undone: post-configuration script' agent run
sleep 1
holds "the script went on no further" sh -c "! grep -q late '$dev/ledger'"
holds "its configuration was undone" running factory
check "SZTP is on, and the device looks again" 1 'asking 127.0.0.1' agent run
holds "everything was undone before it was done again" in_order
holds "nothing is left of it" nothing_left

fresh late
# One that no lock gives away, of a script that ends well: it lives on, as a service would.
script pre <<SH
echo pre >>ledger
setsid sh -c 'exec 3>&- >/dev/null 2>&1; sleep 2; $off; echo "late ended \$?" >>ledger' &
sleep 0.3
SH
script post <<<'echo post >>ledger; exit 1'
serve
check "an attempt that failed" 1 'undone: configuration' agent run
wait_until 10 grep -q '^late ended' "$dev/ledger"
holds "its late word is refused" has 'late ended 1'
holds "and SZTP is on" sh -c "! grep -qx off '$dev/state/enabled'"
script pre <<<'echo pre >>ledger'
script post <<<"echo post >>ledger; $off"
serve
bootstraps "so that the next attempt bootstraps the device"
holds "which is off then" flag off

# A daemon: a session of its own, no file open, a parent that has ended.
daemon() { # FILE: a script's lines that start one, whose number is then in the file
  echo "(setsid sh -c 'exec <&- >&- 2>&- 3>&-; echo \$\$ >\"$1\"; while :; do sleep 0.2; done' &)"
  echo "until [ -s '$1' ]; do sleep 0.05; done"
}
runs() { local stat; read -r _ _ stat _ 2>/dev/null <"/proc/$(cat "$1")/stat" && [ "$stat" != Z ]; }
is_gone() { ! runs "$1"; }
has_cgroup() {
  local own folder
  own=$(sed -n 's/^0:://p' /proc/self/cgroup)
  for folder in "/sys/fs/cgroup$own" "/sys/fs/cgroup/unified$own"; do
    [ "$(stat -f -c %T "$folder")" = cgroup2fs ] && mkdir "$folder/try$$" && rmdir "$folder/try$$" && return
  done
  return 1
} 2>/dev/null
fresh daemons
{ daemon "$work/service"; echo 'echo pre >>ledger'; } | script pre
{ daemon "$work/gone"; echo 'echo post >>ledger; exit 1'; } | script post
serve
check "a script that leaves a daemon and fails" 1 'post-configuration script: ended with exit status 1' agent run
holds "its daemon has ended before its undoing" is_gone "$work/gone"
holds "the one of the script that ended well is a service" runs "$work/service"
kill -KILL "$(cat "$work/service")"
rm "$work/gone" "$work/service"
if has_cgroup; then
  script pre <<<'echo pre >>ledger'
  { daemon "$work/gone"; echo 'echo post >>ledger; sleep 20'; } | script post
  serve
  : >"$dev/ledger"
  killed has post
  holds "a killed agent leaves such a daemon" runs "$work/gone"
  script post <<<"echo post >>ledger; $off"
  serve
  bootstraps "the next start bootstraps"
  holds "and has ended it, by its control group" is_gone "$work/gone"
  fresh twice
  rm "$work/gone"
  { daemon "$work/gone"; echo 'echo post >>ledger; sleep 20'; } | script post
  serve
  sztp-agent run --config "$dev/agent.json" >/dev/null 2>&1 &
  pid=$!
  wait_until 20 has post
  kill -INT $pid; kill -INT $pid
  wait $pid
  holds "an agent that is told twice to stop takes it along" wait_until 5 is_gone "$work/gone"
else
  skip "daemons of killed agents: no control group can be made here"
fi
script pre <<<'echo pre >>ledger'

fresh installers
head -c 100000 /dev/urandom >"$lab/images/os.img"
offer --os-name ExampleOS --os-version 2.0 --image "$lab/images/os.img" --image-uri "https://127.0.0.1:$port/images/os.img"
program install <<'SH'
cd "$(dirname "$SZTP_AGENT_CONFIG")"
echo "begin $$" >>ledger; sleep 1; echo "end $$" >>ledger
SH
sztp-agent run --config "$dev/agent.json" >/dev/null 2>&1 &
pid=$!
wait_until 20 grep -q begin "$dev/ledger"
kill -INT $pid; sleep 0.2; kill -INT $pid
wait $pid
check "an agent that was told twice to stop, and another one" 3 'reboot' agent run
sleep 1.2
holds "two installers never write at the same time" sh -c "[ \$(grep -c begin '$dev/ledger') = 2 ] && [ \$(grep -c end '$dev/ledger') = 1 ]"
holds "no image is left" sh -c "! find '$dev/state' -name image | grep -q ."

# ---- an undo that fails ----------------------------------------------------------------------------------------------

fresh undo
program rollback <<'SH'
cd "$(dirname "$SZTP_AGENT_CONFIG")"
echo "undo $SZTP_STAGE" >>ledger
[ ! -e broken ]
SH
: >"$dev/broken"
script post <<<"echo post >>ledger; $off; exit 1"
serve
check "an undo that fails" 1 'undoing the post-configuration script failed' agent run
holds "leaves SZTP on" sh -c "! grep -qx off '$dev/state/enabled'"
rm "$dev/broken"
: >"$dev/ledger"
script post <<<"echo post >>ledger; $off"
serve
bootstraps "with what it needs, the next run bootstraps"
holds "and has undone first what was left" test "$(head -n 1 "$dev/ledger")" = 'undo post-script'

# ---- a session's state that is damaged (STATE-20) --------------------------------------------------------------------

# damaged NAME COMMAND...: an attempt is cut off behind its configuration, and what is kept of it damaged by the command
damaged() {
  fresh "$1"
  shift
  script post <<<'echo post >>ledger; sleep 20'
  serve
  killed has post
  running 'hostname owner' || bad "the configuration that is to be undone" "$(cat "$dev/running")"
  (cd "$dev/state" && "$@")
  script post <<<'echo post >>ledger; exit 1'
  serve
}
flip() { printf '\377' | dd of="$1" bs=1 seek=2 conv=notrunc 2>/dev/null; }
for how in ': >session' 'rm session' 'flip session' 'truncate -s -1 session' 'flip session.copy' 'rm session.copy'; do
  said='an attempt was cut off'
  case $how in *\ session|*\>session) said='session.copy is used in the place of session' ;; esac
  damaged torn eval "$how"
  check "one of two files damaged ($how)" 1 "$said" agent run
  holds "and all is undone" test "$(sed -n 3,4p "$dev/ledger" | tr '\n' ' ')" = 'undo post-script undo pre-script '
  holds "with the configuration" running factory
  holds "nothing is left" nothing_left
done
both() { head -c 100 /dev/urandom | tee session >session.copy; cp session "$work/was"; }
damaged lost both
check "both files damaged" 1 'error .*session can.t be read: .*it is kept as session.damaged' agent run
holds "and what follows from it" grep -q 'what the run before kept is lost; whatever it may have begun is undone first' "$work/out" "$work/err"
holds "the configuration comes back" running factory
holds "all stages are undone" grep -qx 'undo pre-script' "$dev/ledger"
holds "the damaged file stays" cmp "$work/was" "$dev/state/session.damaged"
holds "and nothing else" nothing_left
script post <<<"echo post >>ledger; $off"
serve
bootstraps "the next run bootstraps"
holds "and leaves the damaged file" cmp "$work/was" "$dev/state/session.damaged"
damaged again both
script pre <<<'echo pre >>ledger; sleep 20'
serve
: >"$dev/ledger"
program rollback <<<'echo "undo $SZTP_STAGE" >>"$(dirname "$SZTP_AGENT_CONFIG")/ledger"; sleep 1'
killed has 'undo post-script'
script pre <<<'echo pre >>ledger'
serve
check "a start with damaged files that is cut off" 1 'whatever it may have begun is undone first' agent run
holds "loses no old configuration" running factory
holds "and keeps the damage once" test ! -e "$dev/state/session.damaged.3"

# ---- old configurations ----------------------------------------------------------------------------------------------

fresh reset
script post <<<'echo post >>ledger; sleep 20'
serve
killed has post
holds "the owner's configuration, cut off before its end" running 'hostname owner'
check "reset" 0 'factory state' agent reset
holds "brings back the one from before, whose only copy it would remove" running factory
holds "and leaves nothing" nothing_left

fresh stale
# The last step of a bootstrapping is lost: what was begun is forgotten already, and not yet what an attempt keeps.
script post <<<"echo post >>ledger; $off; cp state/attempt a; cp state/configuration c; cp state/enabled e"
serve
bootstraps "a device that is bootstrapped"
cp "$dev/a" "$dev/state/attempt"; cp "$dev/c" "$dev/state/configuration"; cp "$dev/e" "$dev/state/enabled"
check "whose last step was lost" 0 'SZTP is off' agent run
holds "is off for good" grep -qx off "$dev/state/enabled"
holds "and keeps no old configuration" nothing_left
echo 'edited by the operator' >"$dev/running"
agent enable >/dev/null
script post <<<'exit 1'
serve
check "an attempt that fails later" 1 'undone: configuration' agent run
holds "brings back the latest one, not an older one" running 'edited by the operator'

fresh kind
mv "$dev/running" "$dev/real"
ln -s real "$dev/running"
chmod 640 "$dev/real"
if [ "$(id -u)" = 0 ]; then chown 1:1 "$dev/real"; fi
setfattr -n user.label -v mine "$dev/real" 2>/dev/null
kind() { stat -c '%a %u %g %F' "$dev/real"; getfattr --only-values -n user.label "$dev/real" 2>/dev/null; [ -h "$dev/running" ] && echo link; }
before=$(kind)
check "an attempt that fails, with a linked configuration" 1 'undone: configuration' agent run
holds "owner, mode, attributes and link are as before" test "$(kind)" = "$before"
holds "and so is the configuration" running factory
script post <<<"$off"
serve
bootstraps "one that succeeds"
holds "keeps owner, mode, attributes and link, too" test "$(kind)" = "$before"

# ---- leftovers -------------------------------------------------------------------------------------------------------

fresh leftovers
mkdir -m 700 "$dev/state" "$dev/staging"
mkdir "$dev/status"
for file in state/session.aB3dE6 state/enabled.aB3dE6 status/status.json.aB3dE6 staging/image; do echo secret >"$dev/$file"; done
sed -i 's#"state": "state"#"state": "state", "staging": "staging"#' "$dev/agent.json"
bootstraps "a device with leftovers of killed runs"
holds "which are removed" nothing_left

fresh refused
sed -i 's#"state": "state"#"state": "state", "staging": "staging"#' "$dev/agent.json"
head -c 100000 /dev/urandom >"$work/other.img"
offer --os-name ExampleOS --os-version 2.0 --image "$work/other.img" --image-uri "https://127.0.0.1:$port/images/os.img"
check "an image that is refused" 5 'not the one announced' agent run
holds "does not stay on the disk" nothing_left
serve

for name in state status; do
  for member in session enabled status.json result.json; do
    fresh fifo
    mkdir -m 700 "$dev/state" "$dev/status"
    mkfifo "$dev/$name/$member"
    seconds timeout 20 sztp-agent run --config "$dev/agent.json" >"$work/out" 2>&1
    holds "a FIFO as $name/$member holds nobody up" test "$took" -lt 100
    holds "nor who asks for the status" timeout 5 sh -c "sztp-agent status --config '$dev/agent.json' >/dev/null || true"
  done
done
fresh open
mkdir -m 777 "$dev/status"
chmod 777 "$dev/status"
check "a status folder that others may write to" 1 'status can.t be used: others may write to it; chmod 755 is right' agent run

fresh mounted
if [ "$(id -u)" = 0 ] && mkdir "$work/try" && mount -t tmpfs none "$work/try" 2>/dev/null; then
  umount "$work/try"
  script pre <<<'cd "$OLDPWD"; mkdir mounted; mount -t tmpfs none mounted'
  serve
  check "a script that leaves a mount in its folder" 0 'can.t be removed' agent run
  agent enable >/dev/null
  check "does not end later starts" 0 'bootstrapped' agent run
  script pre <<<'echo pre >>ledger'
  serve

  # ---- a full disk -------------------------------------------------------------------------------------------------

  mkdir "$work/small"
  mount -t tmpfs -o size=1m,mode=755 none "$work/small"
  small() { # NAME: the device lies on the small disk
    fresh "$1"
    rm -rf "$work/small/"*
    cp -a "$dev" "$work/small/"
    dev=$work/small/$1
  }
  fill() { dd if=/dev/zero of="$work/small/FILL" bs=4k; } 2>/dev/null
  small full
  fill
  check "a disk that is full from the start" 1 'error' agent run
  holds "changes nothing" running factory
  rm "$work/small/FILL"
  bootstraps "with room again it bootstraps"

  small little
  dd if=/dev/zero of="$work/small/FILL" bs=4k count=246 2>/dev/null
  check "too little room for a stage" 1 'too little room on the disk of .*; nothing was done' agent run
  holds "so that it was not begun" sh -c "! grep -qx pre '$dev/ledger'"
  rm "$work/small/FILL"

  for how in "$off" :; do
    small rollback
    script post <<SH
echo post >>ledger
$how
setsid sh -c "while [ ! -e '$work/enough' ]; do dd if=/dev/zero of='$work/small/FILL' bs=4k oflag=append conv=notrunc; done" >/dev/null 2>&1 </dev/null &
sleep 0.5
exit 1
SH
    rm -f "$work/enough"
    serve
    check "a disk that is full during the rollback ($how)" 1 'post-configuration script failed' agent run
    holds "the configuration comes back, which takes no room" running factory
    holds "SZTP is on" sh -c "sztp-agent status --json --config '$dev/agent.json' | tr -d '\t\n' | grep -qE '\"enabled\":\"(on|unset)\"'"
    : >"$work/enough"
    sleep 0.2
    rm -f "$work/small/FILL"
    script post <<<"echo post >>ledger; $off"
    serve
    bootstraps "with room again it bootstraps"
  done
else
  skip "mounts and full disks: they take root"
fi
conclude
