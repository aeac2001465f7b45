#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What the README shows is so: its three ways in, each under ten lines, are compiled and run as they stand, the owner's server being the
# one that the agent asks; its picture is drawn of what `make demo` prints; the links of all documents lead somewhere. Environment: CC.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
. tests/common/bootstrap.sh
. tests/common/guide.sh
need python3 jq openssl
root=$PWD

# ---- links -----------------------------------------------------------------------------------------------------------------

holds "the links of all documents lead somewhere" python3 tests/common/dead_page_links.py

# ---- the picture -----------------------------------------------------------------------------------------------------------

holds "the picture is what scripts/picture draws of the transcript" diff <(scripts/picture docs/picture/demo.txt) docs/picture/demo.svg
holds "... and is well-formed" python3 -c 'import sys, xml.dom.minidom as d; d.parse(sys.argv[1])' docs/picture/demo.svg
TPM=0 demo/run >"$work/demo" 2>&1
holds "the transcript is what the demonstration prints (else: make picture)" diff docs/picture/demo.txt <(scripts/picture --transcript <"$work/demo")
holds "the README shows it" grep -q '^!\[.*\](docs/picture/demo.svg)$' README.md

# ---- three ways in ---------------------------------------------------------------------------------------------------------

short() { test "$(guide_block README.md "$1" "$2" | wc -l)" -lt 10; }
for block in 'c 1' 'sh 2' 'sh 3'; do
  # shellcheck disable=SC2086
  holds "a way in has under ten lines ($block)" short $block
done

# Embedding: a device that finds nothing anywhere, told to stop after a while.
{
  cat <<'END'
#include <stdio.h>
#include <sztp/sztp.h>
static sztp_session_t *session;
static uint64_t now;
static unsigned asked;
static uint64_t clock_ms(void) { return now; }
static uint32_t device_does(const sztp_action_t *action) {
  uint32_t kind = sztp_action_kind(action);
  if (++asked == 40) (void)sztp_session_cancel(session);
  printf("%s\n", sztp_action_name(kind));
  if (kind == SZTP_ACTION_WAIT) now += 3600000;
  return kind == SZTP_ACTION_DISCOVER ? SZTP_OUTCOME_NOTHING : SZTP_OUTCOME_OK;
}
static int32_t add(sztp_device_t *dev, uint32_t kind, const char *path) {
  static uint8_t data[10000];
  FILE *f = fopen(path, "rb");
  return sztp_device_add_cert(dev, kind, data, f == NULL ? 0 : fread(data, 1, sizeof data, f));
}
int main(int argc, char **argv) {
  sztp_ctx_t *ctx = NULL;
  sztp_device_t *dev = NULL;
  if (argc != 3 || sztp_ctx_new(NULL, &ctx) != SZTP_OK || sztp_device_new(ctx, &dev) != SZTP_OK ||
      add(dev, SZTP_CERT_IDENTITY, argv[1]) != SZTP_OK || add(dev, SZTP_CERT_VOUCHER_ANCHOR, argv[2]) != SZTP_OK ||
      sztp_session_new(ctx, dev, &session) != SZTP_OK || sztp_session_add_source(session, SZTP_SOURCE_DHCP4) != SZTP_OK)
    return 2;
END
  guide_block README.md c 1
  cat <<'END'
  printf("ended: %s, %s\n", sztp_error_name(sztp_session_next(session, now, &action)), sztp_result_name(sztp_session_result(session)));
  sztp_session_free(session);
  sztp_device_free(dev);
  sztp_ctx_free(ctx);
  return 0;
}
END
} >"$work/embed.c"
read -r -a cc <<<"${CC:-gcc}"
holds "embedding: compiles" "${cc[@]}" -std=c99 -Wall -Wextra -Werror -Iinclude -o "$work/embed" "$work/embed.c" \
  -L"$BUILD/lib" -lsztp -Wl,-rpath,"$(realpath "$BUILD")/lib"
check "embedding: the loop asks, and ends" 0 "^ended: SZTP_OK, cancelled$" "$work/embed" "$PKI/idevid.pem" "$PKI/mfr-root.pem"
holds "... after a source was looked at" grep -qx discover "$work/out"

mkdir "$work/desk"
cd "$work/desk" || exit 2
issue_voucher voucher.vcj "$serial"
cp "$PKI"/{owner,owner-int,server,idevid}.pem "$PKI"/{owner,server,idevid}.key .
cp "$PKI/mfr-root.pem" voucher-anchors.pem
cp "$PKI/server-root.pem" server-anchors.pem
echo 'hostname edge-17' >startup.conf
# What serves without an end does so in the background, at a port that is free.
sztp-server() {
  case " $* " in *' --check '*) command sztp-server "$@"; return ;; esac
  command sztp-server "$@" --listen 127.0.0.1:0 --port-file port --device-ca "$PKI/idevid-root.pem" >log 2>&1 &
  started+=($!)
  wait_until 10 test -s port
}
guide_block "$root/README.md" sh 3 >"$work/owner"
# shellcheck source=/dev/null
if (set -e; . "$work/owner") >"$work/said" 2>&1; then ok "the owner's way: each command ends well"; else bad "the owner's way" "$(cat "$work/said")"; fi
holds "... the check finds nothing" grep -qx 'devices: 1, findings: 0' "$work/said"

printf '#!/bin/sh\ncp "$2" "$(dirname "$0")/committed"\n' >commit
chmod +x commit
# What stands for this network's names, and for folders of the system.
sztp-agent() {
  sed -i -e "s/bootstrap.example.com:8443/127.0.0.1:$(cat port)/" -e 's|/usr/share/sztp/handlers/[a-z-]*|commit|g' agent.json
  jq '.folders = { state: "state", status: "status" }' agent.json >with-folders.json
  command sztp-agent run --config with-folders.json
}
guide_block "$root/README.md" sh 2 >"$work/agent"
# shellcheck source=/dev/null
if (set -e; . "$work/agent") >"$work/said" 2>&1; then ok "the agent's way: bootstrapped"; else bad "the agent's way" "$(tail -n 20 "$work/said" log)"; fi
holds "... with the owner's configuration" cmp committed startup.conf
conclude
