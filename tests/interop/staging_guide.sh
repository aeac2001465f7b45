#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The guide docs/staging.md is true: its blocks of commands are run in order, in one shell in an empty folder, and print what
# the guide shows.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
. tests/common/guide.sh
export PATH
need python3 openssl
unset SZTP_AGENT SZTP_AGENT_CONFIG
follow_guide docs/staging.md
holds "the guide has commands" test "$passed" -ge 20
# What can be told to sztp verify is in the guide.
every_option() {
  local option missing=
  for option in $(sztp verify --help | grep -oE -- '--[a-z-]+' | sort -u); do
    case $option in --help | --version) continue ;; esac
    grep -qE -- "$option([^a-z-]|\$)" docs/staging.md || missing="$missing $option"
  done
  [ -z "$missing" ] || { echo "not in the guide:$missing"; return 1; }
}
holds "sztp verify has options" test "$(sztp verify --help | grep -c -- '--')" -gt 5
holds "every option of sztp verify is in the guide" every_option
conclude
