#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The guide docs/staging.md is true: its blocks of commands are run in order, in one shell in an empty folder, and print what
# the guide shows.
#
# In the guide, a block marked "sh" is run; a block marked "text" behind it is all that it prints, where a line of
# three dots stands for any lines, three dots at the end of a line for any rest of it, and <word> for a word that
# differs from run to run. Every command must succeed, but for the last of a block that is shown to end with
# "rejected:", whose status must be 1.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
export PATH
guide=$PWD/docs/staging.md
mkdir "$work/blocks" "$work/desk"
unset SZTP_AGENT SZTP_AGENT_CONFIG

# blocks/NN.sh, and blocks/NN.text for what is shown; line numbers of the guide in blocks/NN.line
python3 - "$guide" "$work/blocks" <<'PY' || exit 2
import sys
guide, folder = sys.argv[1:]
kind, lines, start, count, last = None, [], 0, 0, None
for number, line in enumerate(open(guide, encoding="utf-8"), 1):
    if kind is None and line.startswith("```"):
        kind, lines, start = line[3:].strip(), [], number
        assert kind in ("sh", "text"), f"{guide}:{number}: a block is neither sh nor text"
        assert kind == "sh" or last == "sh", f"{guide}:{number}: no commands before this text"
    elif kind is not None and line.rstrip() == "```":
        if kind == "sh":
            count += 1
            open(f"{folder}/{count:02}.line", "w").write(f"{start}\n")
        open(f"{folder}/{count:02}.{kind}", "w", encoding="utf-8").write("".join(lines))
        last, kind = kind, None
    elif kind is not None:
        lines.append(line)
assert kind is None, f"{guide}:{start}: the block has no end"
PY

# Runs all blocks in one shell, as its reader does; a line "STATUS FAILURES" per block.
cat >"$work/reader" <<'SH'
failures=0
trap 'failures=$((failures + 1))' ERR
for block in "$1"/*.sh; do
  failures=0
  . "$block" >"${block%.sh}.out" 2>&1 </dev/null
  status=$?
  [ $status = 0 ] || failures=$((failures - 1)) # "." itself
  echo "$status $failures" >"${block%.sh}.status"
done
SH
(cd "$work/desk" && timeout 120 bash -E "$work/reader" "$work/blocks") || true

python3 - "$guide" "$work/blocks" <<'PY'
import glob, os, re, sys
guide, folder = sys.argv[1:]
passed = failed = 0

def pattern(line):
    parts = re.split(r"(<[a-z0-9-]+>)", line[:-3] if line.endswith(" ...") else line)
    text = "".join(r"\S+?" if p.startswith("<") and p.endswith(">") else re.escape(p) for p in parts)
    return re.compile(text + (".*" if line.endswith(" ...") else "") + r"\Z")

def matches(shown, printed):
    """Where "..." stands, any number of lines; found from the front, so the last may have to be moved."""
    reachable = {0}
    for line in shown:
        if line == "...":
            reachable = set(range(min(reachable), len(printed) + 1)) if reachable else set()
        else:
            form = pattern(line)
            reachable = {n + 1 for n in reachable if n < len(printed) and form.match(printed[n])}
    return len(printed) in reachable

for block in sorted(glob.glob(f"{folder}/*.sh")):
    base = block[:-3]
    read = lambda end: open(base + end, encoding="utf-8", errors="replace").read()
    where = f"docs/staging.md:{read('.line').strip()}: {read('.sh').splitlines()[0]}"
    if not os.path.exists(base + ".status"):
        failed += 1
        print(f"FAILED  {where}: not run")
        continue
    status, failures = map(int, read(".status").split())
    shown = read(".text").splitlines() if os.path.exists(base + ".text") else None
    refused = shown is not None and shown[-1].startswith("rejected: ")
    printed = read(".out").splitlines()
    if (status, failures) != ((1, 1) if refused else (0, 0)):
        why = f"status {status}, {failures} commands failed"
    elif shown is not None and not matches(shown, printed):
        why = "it prints something else than is shown"
    else:
        passed += 1
        print(f"ok      {where}")
        continue
    failed += 1
    print(f"FAILED  {where}: {why}")
    print("".join(f"          {line}\n" for line in printed[-40:]), end="")

# What can be told to sztp verify is in the guide.
text = open(guide, encoding="utf-8").read()
options = set(re.findall(r"--[a-z-]+", os.popen("sztp verify --help").read())) - {"--help", "--version"}
missing = sorted(o for o in options if not re.search(re.escape(o) + r"(?![a-z-])", text))
if options and not missing:
    passed += 1
    print("ok      every option of sztp verify is in the guide")
else:
    failed += 1
    print(f"FAILED  options of sztp verify that are not in the guide: {' '.join(missing) or 'all'}")
print(f"{passed} passed, {failed} failed")
sys.exit(failed > 0 or passed < 20)
PY
