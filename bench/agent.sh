#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What the whole agent takes beside the core's figures: largest resident memory; largest heap (as valgrind's massif counts it, the
# heap of the TLS library included) with data and BSS, beside its goal; CPU time. Without an image, with signed artifacts, with
# an image. Environment: BUILD, PKI, CRYPTO. Exit status 1: the goal is missed.
cd "$(dirname "$0")/.." || exit 2
. tests/common/script.sh
. tests/common/bootstrap.sh
lab=$work/lab
start_server "$lab"
well_known="\"servers\": [\"127.0.0.1:$port\"], \"handlers\": { \"install\": \"install\" }"
head -c 2000 /dev/urandom | base64 >"$work/configuration"
head -c 16777216 /dev/urandom >"$lab/images/os.img"

goal=224 # KiB, of heap, data and BSS; OpenSSL alone takes more
[ "${CRYPTO:-}" != openssl ] || goal=""
missed=0
read -r text data bss _ < <(size "$BUILD/bin/sztp-agent" | tail -n 1)

figure() { # NAME UNIT VALUE [GOAL MET]
  [ -z "${BENCH_FIGURES:-}" ] ||
    printf '{"name": "%s", "value": %s, "unit": "%s"%s}\n' "$1" "$3" "$2" "${4:+, \"goal\": \"$4\", \"met\": $5}" >>"$BENCH_FIGURES"
}
fresh() {
  device agent "$well_known${1:-}"
  printf '#!/bin/sh\ncp "$2" /dev/null\n' >"$dev/install"
  chmod +x "$dev/install"
}
row() { # NAME
  local cpu rss heap memory="" met status
  fresh
  "$BUILD/bench/taken" "$work/taken" sztp-agent run --config "$dev/agent.json" >"$work/log" 2>&1
  status=$?
  case $status in 0 | 3) ;; *) cat "$work/log" >&2; exit 2 ;; esac
  read -r _ cpu rss <"$work/taken"
  figure "agent/$1/CPU" ms "$cpu"
  figure "agent/$1/resident memory" KiB "$rss"
  if command -v valgrind >/dev/null; then
    # In one process: valgrind makes system calls that the one which judges apart may not.
    fresh ', "sandbox": "off"'
    valgrind --tool=massif --massif-out-file="$work/massif" sztp-agent run --config "$dev/agent.json" >"$work/log" 2>&1
    case $? in 0 | 3) ;; *) cat "$work/log" >&2; exit 2 ;; esac
    heap=$(sed -n 's/^mem_heap_B=//p' "$work/massif" | sort -n | tail -n 1)
    figure "agent/$1/heap" octets "$heap"
    memory=$((heap + data + bss)) met=true
    [ -z "$goal" ] || [ "$memory" -le $((goal * 1024)) ] || met=false missed=1
    figure "agent/$1/heap, data and BSS" octets "$memory" "${goal:+<= $((goal * 1024))}" "$met"
    memory="$((memory / 1024)) KiB${goal:+, goal at most $goal: $([ $met = true ] && echo met || echo MISSED)}"
  fi
  printf '  %-34s %8.1f ms %8d KiB %28s\n' "$1" "$cpu" "$rss" "${memory:--}"
}

echo "the whole agent, a bootstrap with an authenticated server: CPU time; resident memory; heap, data and BSS"
offer --config "$work/configuration" --handling replace
row "unsigned onboarding information"
signed "$lab/$serial" "$serial" onboarding --config "$work/configuration" --handling replace
row "signed onboarding information"
offer --os-name ExampleOS --os-version 2.0 --image "$lab/images/os.img" --image-uri "https://127.0.0.1:$port/images/os.img"
row "an image of 16 MiB"
figure "agent/code" octets "$text"
figure "agent/static data" octets $((data + bss))
printf '  code %d KiB, static data %d KiB\n' $((text / 1024)) $(((data + bss) / 1024))
exit "$missed"
