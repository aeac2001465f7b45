#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A few seconds of what make torture does at length: kills, cuts and full disks at random moments (STATE-10, ONB-20).
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
need python3 "${CC:-cc}"
export BUILD PKI
while read -r state kind; do
  case $state in
    ok) ok "$kind" ;;
    FAILED) bad "$kind" "$(cat "$work/lost")" ;;
    seed) echo "        seed $kind" ;;
    *) echo "$state $kind" >>"$work/lost" ;;
  esac
done < <(python3 tests/torture/torture.py 12 12 6 6 2>&1)
conclude
