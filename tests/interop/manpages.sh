#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Each tool has a manual page, and the page and the tool's own help speak of the same options; each reason of a refusal
# is in its own page (SEC-07).
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh

options() { grep -oE -- '(^|[^-[:alnum:]])--[a-z][a-z0-9-]*' | grep -oE -- '--[a-z][a-z0-9-]*' | sort -u; }
plain() { sed -e 's/Fl -/--/g' -e 's/\\-/-/g' -e 's/\\f[BIRP]//g' -e 's/\\&//g' -e '/^\.\\"/d' -e '/^curl /d' "$1"; }

# The tool's help, and that of each of its commands.
commands() {
  case $1 in
    sztp) printf '%s\n' verify inspect 'voucher issue' 'voucher renew' 'owner-cert pack' 'conveyed redirect' 'conveyed onboarding' \
      'dhcp encode' 'dhcp decode' 'dns encode' 'removable write' 'image sign' 'image verify' 'attest request' 'attest verify' ;;
    sztp-agent) printf '%s\n' run daemon status enable disable reset key import ;;
  esac
}

for tool in "$BUILD"/bin/*; do
  name=$(basename "$tool")
  page=$(ls docs/man/"$name".[1-8] "tools/$name/$name".[1-8] 2>/dev/null | head -n 1)
  if [ -z "$page" ]; then
    bad "$name has no manual page"
    continue
  fi
  help=$("$tool" --help 2>&1) || bad "$name --help ends with status $?"
  while read -r command; do
    [ -n "$command" ] || continue
    # shellcheck disable=SC2086
    text=$("$tool" $command --help 2>&1) || bad "$name $command --help ends with status $?"
    help+=$'\n'$text
    plain "$page" | grep -qF -- "$command" || bad "$page does not name the command '$command'"
  done < <(commands "$name")
  untold=$(comm -23 <(options <<<"$help") <(plain "$page" | options) | tr '\n' ' ')
  unknown=$(comm -13 <(options <<<"$help") <(plain "$page" | options) | tr '\n' ' ')
  if [ -z "$untold$unknown" ]; then
    ok "$name and $page speak of the same options"
  else
    bad "$name: not in $page: ${untold:-none}; not in --help: ${unknown:-none}"
  fi
  version=$("$tool" --version 2>&1) || bad "$name --version ends with status $?"
  case $version in
    *"$(sed -n 's/^#define SZTP_VERSION_M[A-Z]* *//p' include/sztp/ctx.h | paste -sd .)"*) ok "$name --version" ;;
    *) bad "$name --version says '$version'" ;;
  esac
done
labels=$(tr -d '\\\n' <lib/ground/error_list.h | grep -oE 'X\([A-Z_0-9]+, *"[a-z][a-z-]*"' | grep -oE '"[a-z-]+"' | tr -d '"' | sort)
told=$(sed -n 's/^\.It Sy //p' docs/man/sztp-refusals.7 | tr ', ' '\n' | grep . | sort)
if [ -n "$labels" ] && [ "$labels" = "$told" ]; then
  ok "sztp-refusals(7) tells every reason, and no other"
else
  bad "sztp-refusals(7) and the library differ: $(comm -3 <(echo "$labels") <(echo "$told") | tr -d '\t' | tr '\n' ' ')"
fi
conclude
