# shellcheck shell=bash disable=SC2154 # what stands in script.sh
# SPDX-License-Identifier: Apache-2.0
# Beside script.sh, for scripts that follow a guide of docs/ as its reader does.

# guide_block GUIDE LANGUAGE NUMBER: prints the text of the NUMBER-th block that is marked with LANGUAGE
guide_block() {
  awk -v fence="\`\`\`$2" -v wanted="$3" '
    $0 == fence { n++; inside = n == wanted; next } /^```$/ { inside = 0 } inside' "$1"
}
# follow_guide GUIDE: runs its blocks of commands in order, in one shell in the folder $work/desk, made if it is not there; one check for each. What it
# leaves running is in the file server there.
follow_guide() {
  local guide=$PWD/$1 blocks n
  blocks=$(grep -c '^```sh$' "$guide")
  mkdir -p "$work/desk"
  {
    echo 'set -e'
    echo 'trap "jobs -p >server" EXIT'
    for ((n = 1; n <= blocks; n++)); do
      guide_block "$guide" sh "$n"
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
