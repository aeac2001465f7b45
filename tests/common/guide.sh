# shellcheck shell=bash disable=SC2154 # what stands in script.sh
# SPDX-License-Identifier: Apache-2.0
# Beside script.sh, for scripts that follow a guide of docs/ as its reader does.

# guide_block GUIDE LANGUAGE NUMBER: prints the text of the NUMBER-th block that is marked with LANGUAGE
guide_block() {
  awk -v fence="\`\`\`$2" -v wanted="$3" '
    $0 == fence { n++; inside = n == wanted; next } /^```$/ { inside = 0 } inside' "$1"
}

# run_guide GUIDE [COMMAND]: its blocks of commands one after another, in one shell in the empty folder $work/desk, each of
# which must succeed; the command comes before the first
run_guide() {
  local blocks n
  blocks=$(grep -c '^```sh$' "$1")
  mkdir "$work/desk"
  {
    echo 'set -e'
    [ -z "${2:-}" ] || echo "$2"
    for ((n = 1; n <= blocks; n++)); do
      guide_block "$1" sh "$n"
      echo "echo block $n is done >&3"
    done
  } >"$work/reader"
  (cd "$work/desk" && bash "$work/reader" >"$work/log" 2>&1 3>"$work/done")
  for ((n = 1; n <= blocks; n++)); do
    if grep -qx "block $n is done" "$work/done"; then ok "block $n"; else
      bad "block $n" "$(tail -n 20 "$work/log")"
      break
    fi
  done
}
