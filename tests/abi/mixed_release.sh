#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The components belong to their release of the core: the loader refuses another one of the same soname, and says so.
# Environment: BUILD, CC.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
lib=$(cd "$BUILD/lib" && pwd) || exit 2
read -r -a cc <<<"${CC:-gcc}"

# The core once more, as a later release would be: the same soname and symbols, its own private node.
mkdir "$work/later"
sed 's/SZTP_PRIVATE_[0-9.]*/SZTP_PRIVATE_99.0.0/' "$lib/libsztp.map" >"$work/later.map"
"${cc[@]}" -shared -o "$work/later/libsztp.so.0" -Wl,-soname,libsztp.so.0 -Wl,--version-script="$work/later.map" \
  -Wl,--whole-archive "$lib/libsztp.a" -Wl,--no-whole-archive -lmbedcrypto -lcjson -lexpat -lcbor 2>"$work/log" ||
  { cat "$work/log"; exit 2; }

cat >"$work/artifacts.c" <<'END'
#include <sztp/artifacts.h>
#include <sztp/ctx.h>
#include <sztp/error.h>
int main(void) {
  uint8_t *out;
  size_t len;
  return sztp_artifacts_make_der(NULL, NULL, 0, &out, &len) == SZTP_ERR_ARG ? 0 : 1;
}
END
cat >"$work/https.c" <<'END'
#include <sztp/error.h>
#include <sztp/https.h>
int main(void) {
  sztp_https_t *h;
  return sztp_https_new(NULL, &h) == SZTP_ERR_ARG ? 0 : 1;
}
END
cat >"$work/tpm2.c" <<'END'
#include <sztp/error.h>
#include <sztp/tpm2.h>
int main(void) {
  sztp_tpm2_t *tpm;
  return sztp_tpm2_new(NULL, &tpm) == SZTP_ERR_ARG ? 0 : 1;
}
END
components="artifacts https"
[ ! -e "$lib/libsztp-tpm2.so" ] || components="$components tpm2"
for component in $components; do
  "${cc[@]}" -Iinclude -o "$work/$component" "$work/$component.c" -L"$lib" -lsztp-"$component" -lsztp \
    -Wl,-rpath-link,"$lib" 2>"$work/log" || { cat "$work/log"; exit 2; }
  if LD_LIBRARY_PATH=$lib "$work/$component" 2>"$work/log"; then
    ok "libsztp-$component runs with its own core"
  else
    bad "libsztp-$component runs with its own core" "$(cat "$work/log")"
  fi
  LD_LIBRARY_PATH=$work/later:$lib "$work/$component" >"$work/log" 2>&1
  status=$?
  if [ $status != 0 ] && grep -q "version \`SZTP_PRIVATE_[0-9.]*' not found (required by .*libsztp-$component.so" "$work/log"; then
    ok "libsztp-$component with the core of another release is refused by the loader"
  else
    bad "libsztp-$component with the core of another release is refused by the loader" "status $status" "$(cat "$work/log")"
  fi
done
conclude
