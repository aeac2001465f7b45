# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Beside script.sh, for scripts that follow a guide of docs/ as its reader does.

# guide_block GUIDE LANGUAGE NUMBER: prints the text of the NUMBER-th block that is marked with LANGUAGE
guide_block() {
  awk -v fence="\`\`\`$2" -v wanted="$3" '
    $0 == fence { n++; inside = n == wanted; next } /^```$/ { inside = 0 } inside' "$1"
}
