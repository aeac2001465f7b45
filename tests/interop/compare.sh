#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# docs/compare.md: every file of this project's that it names is there, and every cell says what shows it.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
need python3
cat >"$work/judge.py" <<'PY'
import os, re, sys
page = sys.argv[1]
text = open(page, encoding="utf-8").read()
wrong = []
ours = set(re.findall(r"`((?:tests|bench|fuzz|packaging|handlers)/[A-Za-z0-9_./-]+|docs/spec/requirements\.md)`", text))
ours |= {os.path.join("docs", link) for link in re.findall(r"\]\(([^)#:]+)\)", text)}
wrong += [f"{path} is not there" for path in sorted(ours) if not os.path.exists(path)]
keys = set(re.findall(r"\[([A-Z]{2}-[a-z]+)\]:", text))
wrong += [f"[{key}] is no source of the page's" for key in set(re.findall(r"\[([A-Z]{2}-[a-z]+)\]", text)) - keys]
# A cell shows a file with its line, a document, a word that says what is unknown, or that the thing is of another kind.
evidence = re.compile(r"\.(?:go|c|md|h):\d+|\[[A-Z]{2}-[a-z]+\]|\bnot told\b|`[\w/]+\.(?:go|h)`")
by_kind = re.compile(r"no, Go|no scripts|^a signature of its own|its (?:streaming mode|specification)|emulate[dr]|^\**none|lines of unit tests|^units|^unit tests|`[\w/.-]+(?:file|yml|/)`|come with the data")
cells = rows = 0
for section in re.split(r"^## ", text, flags=re.M)[1:]:
    title = section.split("\n", 1)[0]
    table = [line for line in section.split("\n") if line.startswith("|")]
    if title in ("Who is compared", "Where others are better") or not table:
        continue
    width = table[0].count("|")
    for line in table[2:]:
        parts = [part.strip() for part in re.split(r"(?<!\\)\|", line)[1:-1]]
        rows += 1
        where = f"{title}, {parts[0]}"
        if len(parts) != width - 1:
            wrong.append(f"{where}: {len(parts)} cells of {width - 1}")
        if title == "Figures":
            if not re.search(r"`bench/", parts[-1]): wrong.append(f"{where}: no program shows it")
            continue
        if not re.search(r"`(?:tests|bench|docs|fuzz)/", parts[1]): wrong.append(f"{where}: no test shows it")
        for part in parts[2:]:
            cells += 1
            if not evidence.search(part) and not (title in ("Trust", "Onboarding", "Engineering") and by_kind.search(part)):
                wrong.append(f"{where}: nothing shows '{part}'")
print("\n".join(wrong) or f"{rows} rows, {cells} cells of others, {len(ours)} files")
sys.exit(bool(wrong) or rows < 30)
PY
judge() { python3 "$work/judge.py" "$1"; }
check "every cell has its evidence" 0 'rows' judge docs/compare.md
# What it would find.
sed 's#tests/machine/test_trust\.c#tests/machine/test_nothing.c#' docs/compare.md >"$work/gone.md"
check "a test that is gone" 1 'tests/machine/test_nothing.c is not there' judge "$work/gone.md"
sed 's#never (`tls.go:41`)#never#' docs/compare.md >"$work/bare.md"
check "a peer's cell without its source" 1 "Server's certificate verified: nothing shows 'never'" judge "$work/bare.md"
sed 's#yes (`tests/unit/test_uri.c`)#yes#' docs/compare.md >"$work/ours.md"
check "a cell of ours without its test" 1 'IPv6 addresses in URIs: no test shows it' judge "$work/ours.md"
# The figures are those of the pages that they come from.
figures() {
  local figure
  for figure in 332593 259326 151166; do
    grep -q "| $figure |" docs/footprint.md && grep -q "${figure:0:3},${figure:3}" docs/compare.md || { echo "$figure"; return 1; }
  done
  grep -q "$(grep -o '^| \*\*Total\*\* | | \*\*[0-9]*' docs/spec/requirements.md | grep -o '[0-9]*$') requirements" docs/compare.md
}
holds "its figures are those of the other pages" figures
conclude
