# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
. tests/common/example.sh
serve_artifacts
export PYTHONDONTWRITEBYTECODE=1

# Its numbers are the interface's.
PYTHONPATH=examples/python python3 - <<'END'
import sztp

with open("tests/abi/constants.txt", encoding="utf-8") as file:
    constants = {name: int(value) for name, value in (line.split() for line in file)}
ours = {name: value for name, value in vars(sztp).items() if name.isupper() and isinstance(value, int)}
for name, value in ours.items():
    names = [p + name for p in ("SZTP_", "SZTP_F_", "SZTP_OUTCOME_") if p + name in constants]
    assert value in [constants[n] for n in names], (name, value, names)
actions = {value: name[12:].lower() for name, value in constants.items() if name.startswith("SZTP_ACTION_")}
assert ours and sztp.ACTION == actions, (ours, sztp.ACTION)
END
python3 examples/python/bootstrap.py "$PKI/idevid.pem" "$PKI/idevid.key" "$PKI/mfr-root.pem" "$PKI/server-root.pem" "$port" |
  tee "$work/out"
grep -q 'configuration: hostname edge-17' "$work/out"
completed
! python3 examples/python/bootstrap.py "$PKI/idevid.pem" "$PKI/idevid.key" "$PKI/mfr-root.pem" "$PKI/other-root.pem" "$port" \
  >"$work/out"
! grep -q configuration: "$work/out"
