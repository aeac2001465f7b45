#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What a requirement asks of integrators, and no program can show, is said to them where their duties are: docs/threats.md has each
# requirement whose test is a review of the documentation, as CLK-09, SEC-02 and STATE-09.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
need python3

python3 - docs/spec/requirements.md >"$work/duties" <<'PY'
import re
import sys
text = open(sys.argv[1], encoding="utf-8").read()
for name, body in re.findall(r"^### ([A-Z]+-[0-9]+)\n(.*?)(?=^##)", text, re.M | re.S):
    if re.search(r"^- \*Test:\* documentation review\.$", body, re.M):
        print(name)
PY
sed -n '/^## What the host must do$/,/^## /p' docs/threats.md >"$work/said"
holds "there are such requirements" grep -q SEC-02 "$work/duties"
while read -r duty; do holds "$duty is said to those who have to do it" grep -qw "$duty" "$work/said"; done <"$work/duties"
conclude
