#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What the agent shows on a terminal: of 40 columns, where no line is longer and a bar is drawn over itself; and of 100, where it
# is a bar; at once, before anything is waited for. And log.level debug.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
. tests/common/bootstrap.sh
need python3

lab=$work/lab
start_server "$lab"
head -c 3000000 /dev/urandom >"$lab/images/os.img"
offer --os-name ExampleOS --os-version 2.0 --image "$lab/images/os.img" --image-uri "https://127.0.0.1:$port/images/os.img"
device device "\"servers\": [\"127.0.0.1:$port\"], \"handlers\": { \"install\": \"install\" }"
printf '#!/bin/sh\nexit 0\n' >"$dev/install"
chmod +x "$dev/install"
# shown COLUMNS FILE: a run on a terminal of that width; FILE is all that it shows, FILE.first how many ms the first of it took
shown() {
  rm -rf "$dev/state" "$dev/status"
  python3 - "$1" "$2" sztp-agent run --config "$dev/agent.json" <<'PY'
import fcntl, os, pty, struct, sys, termios, time
columns, out, command = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
began = time.monotonic()
pid, fd = pty.fork()
if pid == 0:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    os.environ["TERM"] = "xterm"
    os.execvp(command[0], command)
shown, first = b"", None
while True:
    try:
        piece = os.read(fd, 65536)
    except OSError:
        break
    if not piece:
        break
    first = first if first is not None else time.monotonic() - began
    shown += piece
with open(out, "wb") as f:
    f.write(shown)
with open(out + ".first", "w") as f:
    f.write(str(int(first * 1000)))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
PY
}
# widest FILE: the longest line that a terminal has to show, with what is drawn over taken as lines of their own; words that
# are longer are left whole, and don't count
widest() {
  sed -e 's/\x1b\[[0-9;]*[mK]//g' "$1" | tr '\r' '\n' | awk '{ if (length($0) > m && index(substr($0, 3), " ")) m = length($0) } END { print m + 0 }'
}
shown 40 "$work/narrow"
holds "on 40 columns the image is installed" test $? = 3
holds "... no line is longer" test "$(widest "$work/narrow")" -le 40
holds "... progress is told without a bar" grep -qaE '[0-9]+ %  [0-9.]+ [KM]iB of 2.9 MiB' "$work/narrow"
holds "... none is there" sh -c "! grep -qaF '[#' '$work/narrow'"
shown 100 "$work/wide"
holds "on 100 columns there is a bar" grep -qaE '\[#+\.*\] +[0-9]+ %' "$work/wide"
holds "... no line is longer" test "$(widest "$work/wide")" -le 100

# A listener that never answers: what is shown meanwhile?
python3 - "$work/silent" <<'PY' &
import socket, sys, time
s = socket.socket()
s.bind(("127.0.0.1", 0))
s.listen()
with open(sys.argv[1], "w") as f:
    f.write(str(s.getsockname()[1]))
time.sleep(60)
PY
started+=($!)
wait_until 5 test -s "$work/silent"
device device "\"servers\": [\"127.0.0.1:$(cat "$work/silent")\"], \"timeouts\": { \"handshake\": 3 }"
shown 80 "$work/waiting"
holds "the first line is there before anything is waited for" test "$(cat "$work/waiting.first")" -lt 2500
holds "... and says who is at work" grep -qa 'sztp-agent [0-9.]*, serial number EX4200-17' "$work/waiting"
holds "... and then who is waited for" grep -qa 'asking 127.0.0.1' "$work/waiting"

# ---- log.level debug -----------------------------------------------------------------------------------------------------

offer --config <(echo x) --handling replace
device device "\"servers\": [\"127.0.0.1:$port\"]"
sed -i 's/"log": { /"log": { "level": "debug", /' "$dev/agent.json"
agent run >"$work/out" 2>&1
for pattern in 'debug agent: enabled: ok after [0-9]+ ms' 'debug agent: fetch: ok after [0-9]+ ms' 'debug agent: config: ok after' \
  'debug agent: event server: ' 'debug agent: event end: ok: bootstrapped'; do
  holds "debug: $pattern" grep -qE "$pattern" "$work/out"
done
sed -i 's/debug/info/' "$dev/agent.json"
agent run >"$work/out" 2>&1
holds "info has none of it" sh -c "! grep -q '^debug' '$work/out'"
conclude
