#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# docs/embedding/actions: each action of session.h has a page, which names the fields that the header gives it, their kinds, every outcome,
# and no other; and what the embedding guide names is declared.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
need python3
while IFS= read -r line; do
  case $line in
    'ok '*) ok "${line#ok }" ;;
    'bad '*) bad "${line#bad }" ;;
  esac
done < <(python3 - <<'PY'
import glob, os, re

def enum(text, prefix):
    """The constants of a prefix with their comments, in the order of the header."""
    found = re.findall(r"((?:/\*\*(?!<)(?:(?!\*/).)*\*/\s*)?)\b" + prefix + r"([A-Z0-9_]+)\s*=\s*[^,/]+?,?\s*(?:/\*\*<((?:(?!\*/).)*)\*/)?(?=\s)", text, re.S)
    return {name: re.sub(r"\s*\n\s*\*?\s*", " ", (before.strip()[3:-2] if before.strip() else "") + after).strip() for before, name, after in found}

header = open("include/sztp/session.h", encoding="utf-8").read()
actions = enum(re.search(r"enum \{\n[^}]*SZTP_ACTION_DISCOVER.*?\n\};", header, re.S).group(), "SZTP_ACTION_")
fields = enum(re.search(r"enum \{\n\s*SZTP_F_SOURCE.*?\n\};", header, re.S).group(), "SZTP_F_")
outcomes = enum(re.search(r"enum \{\n\s*SZTP_OUTCOME_OK.*?\n\};", header, re.S).group(), "SZTP_OUTCOME_")
kinds = {name: "number" if "i64" in text else "bytes" for name, text in fields.items()}
assert len(actions) == 18 and len(fields) >= 53 and len(outcomes) == 6, (len(actions), len(fields), len(outcomes))

def named(text):
    return {word for word in re.findall(r"(?<![A-Za-z0-9_])[A-Z][A-Z0-9_]+(?![A-Za-z0-9_])", text) if word in fields}

def table(section):
    return {name: kind for name, kind in re.findall(r"^\| `([A-Z0-9_]+)` \| (number|bytes) \|", section, re.M)}

def objections(name):
    path = f"docs/embedding/actions/{name.lower()}.md"
    if not os.path.exists(path):
        yield "there is no page"
        return
    page = open(path, encoding="utf-8").read()
    if not page.startswith(f"# {name}\n"):
        yield "its title is another"
    says, replies = (re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", page, re.S | re.M).group(1) for title in ("What it says", "What you reply"))
    told = named(actions[name])
    left = named(re.split(r"(?<=[a-z0-9?)])[.?] ", actions[name].split("->")[0])[-1]) if "->" in actions[name] else told
    asked, replied = table(says), table(replies)
    if set(asked) != left and set(asked) != left | {"MESSAGE"}: # the ends have one
        yield f"it says {sorted(left)} in the header, {sorted(asked)} on the page"
    missing = (told - set(asked) - set(replied), (set(asked) | set(replied)) - told - {"MESSAGE"})
    if any(missing):
        yield f"not on the page: {sorted(missing[0])}; not in the header: {sorted(missing[1])}"
    wrong = [f for f, kind in {**asked, **replied}.items() if kinds.get(f) != kind]
    if wrong:
        yield f"another kind of field: {wrong}"
    ends = re.findall(r"^\| `([A-Z]+)` \| [^|]+ \|$", replies, re.M)
    wanted = [] if name in ("DONE", "FAILED") else [o for o in outcomes if o != "PENDING"]
    if ends != wanted:
        yield f"outcomes {ends} instead of {wanted}"
    for part in ("If the power fails",) + (("How long",) if wanted else ()):
        if f"\n## {part}\n" not in page:
            yield f"it does not say: {part}"

for name in actions:
    why = "; ".join(objections(name))
    print(f"bad {name}: {why}" if why else f"ok {name} and its page")
pages = {os.path.basename(p)[:-3].upper() for p in glob.glob("docs/embedding/actions/*.md")} - {"README"}
print("ok no page is of another action" if pages == set(actions) else f"bad pages of no action: {sorted(pages - set(actions))}")

# Deadlines of the machine, on the pages that tell them.
for file, macro, page, factor in (("addresses", "RESOLVE_TIME_MS", "resolve", 1000), ("bootstrapping_data", "ROOT_TIME_MS", "fetch", 1000),
                                  ("bootstrapping_data", "DATA_TIME_MS", "fetch", 1000), ("report", "REPORT_TIME_MS", "fetch", 1000),
                                  ("report", "CANCEL_TIME_MS", "fetch", 1000)):
    ms = int(re.search(rf"#define {macro}\s+(\d+)", open(f"lib/machine/{file}.c", encoding="utf-8").read()).group(1))
    text = open(f"docs/embedding/actions/{page}.md", encoding="utf-8").read()
    print(f"{'ok' if f'{ms // factor} s' in text else 'bad'} {macro} is told")

# Names.
declared = set(re.findall(r"\b(?:sztp|SZTP)_[A-Za-z0-9_]+", "".join(open(h, encoding="utf-8").read() for h in glob.glob("include/sztp/*.h"))))
switches = {"SZTP_SINGLE_THREAD", "SZTP_LIBRARIES"}
unknown = {f"{p}: {w}" for p in glob.glob("docs/embedding/**/*.md", recursive=True) for w in re.findall(r"\b(?:sztp|SZTP)_[A-Za-z0-9_]+\b(?!\*)", open(p, encoding="utf-8").read())
           if w not in declared and w not in switches and not w.endswith("_")}
print(f"bad names that no header has: {sorted(unknown)}" if unknown else "ok every name in the guide is declared")
PY
)
holds "each action was looked at" test "$((passed + failed))" -ge 25
conclude
