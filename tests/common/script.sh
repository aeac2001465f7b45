# shellcheck shell=bash disable=SC2034 # those that source it use what it sets
# SPDX-License-Identifier: Apache-2.0
# What every test script begins with, sourced from the project's folder: the tools of the build come first in PATH, the test has
# a folder $work of its own, its checks are counted as scripts/run-tests reads them, and what it starts ends with it.
# Environment: BUILD, PKI, CRYPTO (that the build was made with).
set -u
: "${BUILD:=$PWD/build}" "${PKI:=$BUILD/pki}"
: "${CRYPTO:=$(sed -n 's/^CRYPTO = //p' "$BUILD/settings" 2>/dev/null)}"
PATH=$BUILD/bin:$PATH:/usr/sbin:/sbin
work=$(mktemp -d)
passed=0
failed=0
skipped=0
started=() # processes in the background

# A script with more to undo sets a trap of its own, which ends with this.
clean_up() {
  local running
  running=$(jobs -p)
  # shellcheck disable=SC2086 # process numbers
  kill -KILL ${started[@]+"${started[@]}"} $running || :
  wait
  rm -rf "$work"
} 2>/dev/null # the shell's own lines about what was killed
trap clean_up EXIT

# ---- counting -----------------------------------------------------------------------------------------------------------

ok() { passed=$((passed + 1)); echo "ok      $1"; }
bad() { # NAME [TEXT...]: what happened instead
  failed=$((failed + 1))
  echo "FAILED  $1"
  shift
  [ $# = 0 ] || printf '%s\n' "$@" | head -n 40 | sed 's/^/          /'
}
skip() { skipped=$((skipped + 1)); echo "skipped $1"; }
# The last line of a script, whose status is the script's.
conclude() {
  echo "$passed passed, $failed failed$([ "$skipped" = 0 ] || echo ", $skipped skipped")"
  [ "$failed" = 0 ] && [ "$passed" -gt 0 ]
}
# skip_all REASON: nothing of the script can be done here
skip_all() { echo "skipped: $1"; exit 77; }
# need PROGRAM...: nothing can be done without these
need() {
  local program
  for program in "$@"; do
    command -v "$program" >/dev/null 2>&1 || skip_all "$program is not installed"
  done
}

# ---- checks -------------------------------------------------------------------------------------------------------------

# holds NAME COMMAND...: the command succeeds
holds() {
  local name=$1
  shift
  if "$@" >"$work/check.log" 2>&1; then ok "$name"; else bad "$name" "$*" "$(tail -n 12 "$work/check.log")"; fi
}
# check NAME STATUS PATTERN COMMAND...: the command ends with STATUS and says PATTERN (an extended regular expression), or
# nothing if PATTERN is empty; its output is in $work/out and $work/err. What else a script wants of each output, it says by
# redefining objection.
check() {
  local name=$1 status=$2 pattern=$3 got wrong
  shift 3
  "$@" >"$work/out" 2>"$work/err"
  got=$?
  if [ "$got" != "$status" ]; then
    wrong="status $got instead of $status"
  elif [ -z "$pattern" ] && { [ -s "$work/out" ] || [ -s "$work/err" ]; }; then
    wrong="it is not silent"
  elif ! cat "$work/out" "$work/err" | grep -qaE -- "$pattern" && [ -n "$pattern" ]; then
    wrong="no '$pattern' in its output"
  else
    wrong=$(objection "$status")
  fi
  if [ -z "$wrong" ]; then ok "$name"; else bad "$name" "$wrong:" "$(tail -n 12 "$work/out" "$work/err")"; fi
}
# objection STATUS: prints what is wrong with an output that has its status and its pattern
objection() { :; }

# ---- time ---------------------------------------------------------------------------------------------------------------

wait_until() { # SECONDS COMMAND...
  local end=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $end ] || return 1
    sleep 0.05
  done
}
seconds() { # COMMAND...: how long it took is $took, in tenths
  local begin=${EPOCHREALTIME/./}
  "$@"
  took=$(((${EPOCHREALTIME/./} - begin) / 100000))
}
