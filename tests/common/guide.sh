# shellcheck shell=bash disable=SC2154 # what stands in script.sh
# SPDX-License-Identifier: Apache-2.0
# Beside script.sh, for scripts that follow a guide of docs/ as its reader does.

# guide_block GUIDE LANGUAGE NUMBER: prints the text of the NUMBER-th block that is marked with LANGUAGE
guide_block() {
  awk -v fence="\`\`\`$2" -v wanted="$3" '
    $0 == fence { n++; inside = n == wanted; next } /^```$/ { inside = 0 } inside' "$1"
}
# reader HOME SECONDS: starts the shell; a script whose reader is in another system has a function of its own.
reader() { (cd "$1" && timeout "$2" bash -E reader); }
# follow_guide PAGE...: does what the pages say, in order, in one shell in the folder desk of $guide_home ($work), as guide.py describes;
# one check for each block. What it leaves running is in the file server there. Takes $guide_limit seconds at most.
follow_guide() {
  local line home=${guide_home:-$work}
  mkdir -p "$home/desk" "$home/blocks"
  python3 tests/common/guide.py split "$home/blocks" "$@" || { bad "the guide can be read"; return; }
  cat >"$home/reader" <<'SH'
BLOCKS=$PWD/blocks failures=0
cd desk
trap 'jobs -p >server' EXIT
trap 'failures=$((failures + 1))' ERR
for block in "$BLOCKS"/*.sh; do
  failures=0
  . "$block" >"${block%.sh}.out" 2>&1 </dev/null
  status=$?
  [ $status = 0 ] || failures=$((failures - 1)) # "." itself
  echo "$status $failures" >"${block%.sh}.status"
done
SH
  reader "$home" "${guide_limit:-120}" || true
  while IFS= read -r line; do
    case $line in
      'ok  '*) passed=$((passed + 1)) ;;
      'FAILED  '*) failed=$((failed + 1)) ;;
    esac
    printf '%s\n' "$line"
  done < <(python3 tests/common/guide.py judge "$home/blocks")
}
