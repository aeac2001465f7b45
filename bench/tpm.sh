#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What a key in a TPM costs: a signature, memory, a whole bootstrap beside one with the key in a file, code size. Skipped with
# a line where libsztp-tpm2 or swtpm is missing. Environment: BUILD, PKI, CC.
cd "$(dirname "$0")/.." || exit 2
: "${BUILD:=$PWD/build}" "${PKI:=$BUILD/pki}"
[ -x "$BUILD/bench/tpm" ] || { echo "a key in a TPM: skipped, built without libsztp-tpm2"; exit 0; }
for program in swtpm tpm2_readpublic; do
  command -v $program >/dev/null || { echo "a key in a TPM: skipped, $program is not installed"; exit 0; }
done
. tests/common/script.sh
. tests/common/bootstrap.sh
. tests/common/swtpm.sh
export TSS2_LOG=all+none
rounds=15

build_tpm2_make && start_tpm "$work/tpm" && "$work/tpm2_make" "$tcti" p256 storage 0x81000001 &&
  make_key guarded digitalSignature p256 both 0x81020020 x 'open sesame' || exit 2
"$BUILD/bench/tpm" "$tcti" "$work/guarded.pem" 0x81020020 'open sesame'
status=$?
[ "$status" -le 1 ] || exit "$status"

# ---- whole bootstraps, in turns ----

printf 'open sesame' >"$work/auth"
chmod 600 "$work/auth"
echo 'hostname measured' >"$work/configuration"
lab=$work/lab
start_server "$lab"
signed "$lab/$serial" "$serial" onboarding --config "$work/configuration" --handling replace
once() { # NAME: adds its time, in microseconds, to the file NAME
  local begin=${EPOCHREALTIME/./}
  agent run >"$work/out" 2>&1 || { cat "$work/out" >&2; exit 2; }
  echo $((${EPOCHREALTIME/./} - begin)) >>"$work/$1"
}
median() { sort -n "$work/$1" | sed -n "$((rounds / 2 + 1))p"; }
for ((i = 0; i < rounds; i++)); do
  device in-file "\"servers\": [\"127.0.0.1:$port\"]"
  once file-times
  device in-tpm "\"servers\": [\"127.0.0.1:$port\"]"
  sed -i "s#\"identity\": .*#\"identity\": { \"certificate\": \"$work/guarded.pem\", \"key\": { \"tcti\": \"$tcti\", \"handle\": \"0x81020020\", \"auth-file\": \"$work/auth\" } },#" "$dev/agent.json"
  once tpm-times
done
awk -v file="$(median file-times)" -v tpm="$(median tpm-times)" -v rounds=$rounds 'BEGIN {
  printf "  a whole bootstrap by the agent: %.1f ms, with the key in a file %.1f ms (medians of %d)\n", tpm / 1e3, file / 1e3, rounds }'

# ---- code ----

size "$BUILD/lib/libsztp-tpm2.so" | awk 'NR == 2 { text = $1; data = $2 + $3 }
  END { printf "  libsztp-tpm2.so: %.1f KiB of code and constants, %.1f KiB of data\n", text / 1024, data / 1024 }'
exit "$status"
