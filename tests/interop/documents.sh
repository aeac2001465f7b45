#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# No document has a block that nobody runs: each page with commands is followed by a test, or what it says is looked at here: that
# targets of make are there, that code compiles, that quotations are true, that configurations are read.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
. tests/common/guide.sh
need python3 make

# ---- every block has somebody who looks at it --------------------------------------------------------------------------------------

# Tests that follow a page name it: follow_guide PAGE, guide=$PWD/PAGE, page=PAGE.
followed() { grep -lE "(follow_guide|guide=\\\$PWD/|guide=|page=|page in|guide_block) ?$1" tests/interop/*.sh tests/network/*.sh 2>/dev/null | grep -v '/documents.sh$' | grep -q .; }
# Those that are looked at below or elsewhere, and the languages of their blocks: PAGE LANGUAGES... (- is a block without a language).
looked_at='README.md sh c -
CONTRIBUTING.md sh c -
RELEASE.md sh
docs/architecture.md mermaid
docs/machine.md mermaid
docs/engines.md sh c ini json
docs/bare-metal.md sh c make
docs/embedding/porting.md sh c make
docs/handlers.md sh json
docs/services.md sh -
docs/spec/wire-examples.md json xml -'
languages() { awk '/^ *```/ { if (inside) inside = 0; else { inside = 1; sub(/^ *```/, ""); print $1 == "" ? "-" : $1 } }' "$1" | sort -u; }
for page in *.md docs/*.md docs/*/*.md docs/*/*/*.md; do
  blocks=$(languages "$page" | tr '\n' ' ')
  [ -n "$blocks" ] || continue
  case $page in
    docs/embedding/[0-9]-*.md) name='docs/embedding/\[0-9\]-\*\.md' ;;
    docs/peers/*.md) name='docs/peers/\*\.md' ;;
    *) name=${page//./\\.} ;;
  esac
  left=
  for language in $blocks; do
    grep -qE "^$page( .*)? $language( |\$)" <<<"$looked_at" || left="$left $language"
  done
  if [ -z "$left" ]; then ok "$page is looked at"
  elif followed "$name"; then ok "$page is followed"
  else bad "$page: no test looks at its blocks of$left"; fi
done

# ---- commands that take minutes: there are such targets ---------------------------------------------------------------------------

env -u MAKEFLAGS -u MFLAGS make -qp DEPS=0 2>/dev/null | sed -n 's/^\([A-Za-z0-9][A-Za-z0-9_.-]*\):.*/\1/p' | sort -u >"$work/targets"
holds "make tells its targets" grep -qx check-unit "$work/targets"
# Commands of a page: each is make, with targets and settings that are there, or one of those allowed.
commands_known() { # PAGE [ALLOWED]
  local line word number=1 seen=0
  while guide_block "$1" sh $number | grep -q .; do
    while IFS= read -r line; do
      line=$(sed 's/[[:space:]]#.*//; s/^ *//' <<<"$line")
      [ -n "$line" ] || continue
      seen=$((seen + 1))
      [ -z "${2:-}" ] || ! grep -qE "^($2)" <<<"$line" || continue
      case $line in make | 'make '*) ;; *) echo "$line: no test runs it"; return 1 ;; esac
      for word in ${line#make}; do
        case $word in
          *=*) grep -q "\b${word%%=*}\b" Makefile mk/*.mk || { echo "no setting ${word%%=*}"; return 1; } ;;
          -*) ;;
          *) grep -qx -- "$word" "$work/targets" || { echo "no target $word"; return 1; } ;;
        esac
      done
    done < <(guide_block "$1" sh $number)
    number=$((number + 1))
  done
  [ $seen -gt 0 ]
}
for page in CONTRIBUTING.md docs/engines.md; do
  holds "$page: the commands are make's" commands_known $page
done
followed README.md || holds "README.md: the commands are make's" commands_known README.md
# The steps of a release are the maintainers': tags, checksums, signatures.
release() { sed 's/^   //' RELEASE.md >"$work/release.md" && commands_known "$work/release.md" 'git (tag|verify-tag) |cd build && sha256sum |gpg '; }
holds "RELEASE.md: the commands are make's, git's and gpg's" release
board_libraries() {
  local asked told word
  told=$(env -u MAKEFLAGS -u MFLAGS make -Bn DEPS=0 BUILD="$work/none" "$work/none/libraries-board/done" | tr -d "'\\\\" | tr -s ' \n' '\n')
  asked=$(guide_block docs/bare-metal.md sh 1 | tr -d "'\\\\" | tr -s ' \n' '\n')
  for word in $asked; do
    case $word in libraries | sources) continue ;; esac
    grep -qxF -- "$word" <<<"$told" || { echo "$word is nothing that the Makefile says"; return 1; }
  done
  [ -n "$asked" ]
}
holds "docs/bare-metal.md: the command is the Makefile's own" board_libraries

# ---- code ------------------------------------------------------------------------------------------------------------------------

engines_code() {
  { printf '%s\n' '#include <openssl/crypto.h>' '#include <sztp/software_key.h>' '#include <sztp/sztp.h>' \
    'void f(sztp_ctx_t *ctx, sztp_software_key_t *keys);' 'void f(sztp_ctx_t *ctx, sztp_software_key_t *keys) {'
    guide_block docs/engines.md c 1
    echo '}'; } >"$work/engines.c"
  guide_block docs/engines.md c 1 | grep -q sztp_ctx_set_library_context && "${CC:-gcc}" -std=c99 -Wall -Wextra -Werror -Iinclude -fsyntax-only "$work/engines.c"
}
if [ -e /usr/include/openssl/crypto.h ]; then holds "docs/engines.md: the code compiles" engines_code; else skip "docs/engines.md: OpenSSL has no headers here"; fi
quoted_header() {
  python3 - <<'PY'
import re
block = re.search(r"^```c\n(.*?)^```$", open("CONTRIBUTING.md", encoding="utf-8").read(), re.S | re.M).group(1)
header = open("include/sztp/artifacts.h", encoding="utf-8").read()
for line in block.split("\n"):
    assert line in header.split("\n"), "not in the header: " + line
PY
}
holds "CONTRIBUTING.md quotes a header" quoted_header

# What handlers do, and what they do for one that is written as the page says, tests/interop/handlers.sh shows.
handlers_named() {
  local number name
  { echo '{'; guide_block docs/handlers.md json 1; echo '}'; } | python3 -m json.tool >/dev/null || return 1
  for name in $(grep -ho '/share/sztp/handlers/[a-z-]*' docs/handlers.md); do
    [ -x "handlers/${name##*/}" ] || { echo "no handler ${name##*/}"; return 1; }
  done
  for number in 1 2; do guide_block docs/handlers.md sh $number >"$work/handler" && sh -n "$work/handler" || return 1; done
  for name in fail replace give_up try handle; do
    grep -qw "$name" "$work/handler" && grep -q "^$name()" handlers/sztp-handler.sh || { echo "no function $name"; return 1; }
  done
}
holds "docs/handlers.md names what is there" handlers_named
# The service under systemd and other init systems is run by tests/packages; here, that what the page names is there.
services_named() {
  local name
  for name in $(guide_block docs/services.md sh 1 | grep -oE 'sztp-(agent|server)' | sort -u); do
    [ -f "packaging/systemd/$name.service" ] || { echo "no unit $name"; return 1; }
  done
  for name in $(guide_block docs/services.md sh 1 | grep -oE '\bSZTP_[A-Z]+'); do
    grep -q "\"$name\"" tools/*/*.c || { echo "no field $name"; return 1; }
  done
  for name in $(grep -oE '/usr/lib/sztp/[a-z-]+' docs/services.md); do
    [ -x "packaging/sysvinit/${name##*/}" ] || { echo "no program $name"; return 1; }
  done
  [ -n "$name" ]
}
holds "docs/services.md names what is there" services_named

# ---- configurations and messages --------------------------------------------------------------------------------------------------

fips_obeyed() { # where there is no FIPS provider, nothing has the property
  { printf '%s\n' 'openssl_conf = init' '[init]' 'alg_section = algorithm_sect'; guide_block docs/engines.md ini 1; } >"$work/openssl.cnf"
  echo a >"$work/a"
  openssl dgst -sha256 "$work/a" >/dev/null && ! OPENSSL_CONF=$work/openssl.cnf openssl dgst -sha256 "$work/a" 2>"$work/log" && grep -qi 'unsupported\|fetch' "$work/log"
}
if command -v openssl >/dev/null; then holds "docs/engines.md: OpenSSL obeys the lines" fips_obeyed; else skip "docs/engines.md: no openssl"; fi
uri_read() { # a key by URI is a thing that the agent knows; what it says of this one depends on the engine
  cp "$PKI"/{idevid,mfr-root}.pem "$work"
  sed "s#/etc/sztp/##; s#idevid.pem#$work/idevid.pem#; 1s/^/{ /" <(guide_block docs/engines.md json 1) >"$work/agent.json"
  echo ", \"dhcp4\": { \"file\": \"$work/lease\" }, \"anchors\": { \"vouchers\": [\"$work/mfr-root.pem\"] }, \"folders\": { \"state\": \"$work/s\", \"status\": \"$work/t\" } }" >>"$work/agent.json"
  sztp-agent run --config "$work/agent.json" >"$work/log" 2>&1
  grep -q 'pkcs11:\|provider' "$work/log" || { cat "$work/log"; return 1; }
}
holds "docs/engines.md: the agent reads a key's URI" uri_read
wire_read() {
  python3 - <<'PY'
import json, re
import xml.etree.ElementTree as ElementTree
text = open("docs/spec/wire-examples.md", encoding="utf-8").read()
found = re.findall(r"^```(json|xml)\n(.*?)^```$", text, re.S | re.M)
for language, message in found:
    json.loads(message) if language == "json" else ElementTree.fromstring(message)
assert len(found) > 20, len(found)
PY
}
holds "docs/spec/wire-examples.md: every message can be read" wire_read
conclude
