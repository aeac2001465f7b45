#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What docs/embedding/porting.md says of the core's sources and of what they call. (What it quotes: tests/bare_metal.sh.)
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
. tests/common/guide.sh
page=docs/embedding/porting.md
need nm

# The page's command, in the sources; it prints the files, then the defines.
guide_block "$page" sh 1 | env -u MAKEFLAGS -u MFLAGS bash >"$work/sources" 2>"$work/log"
files_there() { head -n 1 "$work/sources" | tr ' ' '\n' | grep . | xargs ls >/dev/null && test "$(head -n 1 "$work/sources" | wc -w)" -gt 50; }
holds "the command lists the core's files" files_there
holds "and the defines" grep -qx -- '.*-DSZTP__TERSE=1.*-DSZTP__XML=0.*' "$work/sources"

# Functions that the core leaves to the C library: those that are not its own, nor of the libraries that it is known to have.
called() {
  nm "$BUILD/lib/libsztp.a" | awk '
    / U / { wants[$2] } / [A-TV-Z] / { has[$3] }
    END { for (name in wants) if (!(name in has)) print name }' |
    grep -vE '^(mbedtls_|psa_|EVP_|XML_|cJSON_|cbor_|_GLOBAL_OFFSET_TABLE_|__stack_chk|__asan|__ubsan|__tsan|__sanitizer)' |
    sed 's/^__\(.*\)_chk$/\1/' | sort -u
}
told() { tr '\n' ' ' <"$page" | sed 's/.*Of the C library the core calls//; s/; the first three and.*//' | grep -oE '`[a-z]+`' | tr -d '`' | sort -u; }
if [ "$CRYPTO" = openssl ]; then
  skip "what the core calls: OpenSSL's names have no common beginning"
elif [ "$(told)" = "$(called)" ]; then
  ok "the core calls of the C library what the page says"
else
  bad "the page and the core differ in what is called" "$(diff <(told) <(called))"
fi
conclude
