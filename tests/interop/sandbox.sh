#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The process that judges: what it has and has not while it runs, what becomes of the agent when it ends, and agents that must or
# must not have it (SEC-20).
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
. tests/common/bootstrap.sh

lab=$work/lab
start_server "$lab"
echo 'hostname sandboxed' >"$work/configuration"
offer --config "$work/configuration" --handling replace
well_known="\"servers\": [\"127.0.0.1:$port\"], \"log\": { \"time\": false, \"level\": \"debug\" }"
with() { # MEMBERS...
  device sandbox "$well_known${1:+, $1}"
  sed -i '0,/"log": { "time": false }, /s///' "$dev/agent.json"
}
judge() { sed -n 's/.*judged by process \([0-9]*\).*/\1/p' "$work/out" | head -n 1; }
field() { sed -n "s/^$1:[[:space:]]*//p" "/proc/$judge/status"; }

# has_key PROCESS: the private scalar of the device's key is in its memory
has_key() {
  python3 - "$1" "$PKI/idevid.key" <<'END'
import re, subprocess, sys
text = subprocess.run(["openssl", "pkey", "-in", sys.argv[2], "-noout", "-text"], capture_output=True, text=True).stdout
scalar = bytes.fromhex(re.sub(r"[^0-9a-f]", "", re.search(r"priv:(.*?)pub:", text, re.S).group(1)))[-32:]
forms = [scalar, scalar[::-1]]  # as it is in files, and as numbers are in memory
memory = open(f"/proc/{sys.argv[1]}/mem", "rb", 0)
read = 0
for line in open(f"/proc/{sys.argv[1]}/maps"):
    begin, end = (int(x, 16) for x in line.split()[0].split("-"))
    try:
        memory.seek(begin)
        octets = memory.read(end - begin)
    except (OSError, ValueError, OverflowError):
        continue
    read += len(octets)
    if any(form in octets for form in forms): sys.exit(0)
if read < 1 << 20: sys.exit("its memory can't be read")
print("nowhere")
sys.exit(1)
END
}

# ---- what it has --------------------------------------------------------------------------------------------

with
check "a bootstrap with it" 0 'judged by process [0-9]+' agent run
holds "the configuration is there" cmp "$work/configuration" "$dev/running"
holds "no process of it is left" test ! -d "/proc/$(judge)"
with '"handlers": { "script": "'"$work"'/slow" }'
printf '#!/bin/sh\ntouch %q\nsleep 20\n' "$work/running" >"$work/slow"
chmod +x "$work/slow"
printf '#!/bin/sh\nexit 0\n' >"$work/script"
offer --pre-script "$work/script" --config "$work/configuration" --handling replace
sztp-agent run --config "$dev/agent.json" >"$work/out" 2>&1 &
agent=$!
wait_until 20 test -e "$work/running"
judge=$(judge)
holds "it runs while a script does" test -d "/proc/$judge"
holds "it is the agent's child" test "$(field PPid)" = "$agent"
holds "it has four open files: no input, no output, the pipe" test "$(find "/proc/$judge/fd" -type l | wc -l)" = 4
holds "one of which is the pipe" sh -c "readlink /proc/$judge/fd/3 | grep -q socket"
holds "it may gain no privileges" test "$(field NoNewPrivs)" = 1
holds "it has no capabilities" test "$(field CapEff)$(field CapPrm)$(field CapBnd)" = 000000000000000000000000000000000000000000000000
if [ "$(id -u)" = 0 ] && grep -q 'judged by process [0-9]*$' "$work/out"; then
  holds "it is nobody" test "$(field Uid | xargs)" = "65534 65534 65534 65534"
  holds "its system calls are filtered" test "$(field Seccomp)" = 2
  holds "its root is empty" test -z "$(ls -A "/proc/$judge/root/")"
  holds "its network is its own" test "$(readlink "/proc/$judge/ns/net")" != "$(readlink /proc/self/ns/net)"
  holds "in which there is nothing up" sh -c "! nsenter -t $judge -n ip -o link show up | grep -q ."
  holds "the agent has the device's key in its memory" has_key "$agent"
  check "it has not" 1 'nowhere' has_key "$judge"
else
  skip "namespaces and filters: $(grep -o 'judged by.*' "$work/out" | head -n 1)"
fi

# ---- when it ends ------------------------------------------------------------------------------------------

kill -9 "$judge"
sleep 0.1
kill -TERM "$agent"
wait "$agent"
ended=$?
holds "the agent ends, too" test "$ended" = 1
holds "and says why" grep -q 'the process that judges has ended by itself (signal 9)' "$work/out"
offer --config "$work/configuration" --handling replace
check "the next start undoes what was begun and bootstraps" 0 'bootstrapped' agent run
holds "the configuration is there" cmp "$work/configuration" "$dev/running"

# ---- with and without ----------------------------------------------------------------------------------------

with '"sandbox": "off"'
check "off" 0 'what comes from outside is judged by this process' agent run
with '"sandbox": "maybe"'
check "another word" 4 'sandbox: is "maybe"; must be one of "auto", "required", "off"' agent run
if unshare -U -r true 2>/dev/null; then
  with '"sandbox": "required"'
  if grep -q 'judged by process [0-9]*, without' "$work/out"; then :; fi
  check "required, where the kernel allows no networks" 4 'sandbox: can.t be had here: the kernel does not allow .*a network namespace' \
    unshare -U -r sh -c 'echo 0 >/proc/sys/user/max_net_namespaces && exec sztp-agent run --config "$0"' "$dev/agent.json"
  with
  check "else without that" 0 'judged by process [0-9]+, without .*a network namespace' \
    unshare -U -r sh -c 'echo 0 >/proc/sys/user/max_net_namespaces && exec sztp-agent run --config "$0"' "$dev/agent.json"
else
  skip "kernels that allow less: no user namespaces here"
fi
conclude
