# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# For scripts that compile the core for another machine, sourced from the project's folder: this machine's headers of the
# libraries behind it, in a folder of their own, so that everything else comes from the compiler's C library.

# foreign_headers FOLDER HEADER...
foreign_headers() {
  local into=$1 header folder
  shift
  mkdir -p "$into"
  for header in "$@"; do
    for folder in /usr/include /usr/include/"$(gcc -print-multiarch)"; do
      [ ! -e "$folder/$header" ] || ln -sfn "$folder/$header" "$into/$header"
    done
  done
}

# foreign_mbedtls FOLDER: the system's mbedTLS is configured for threads, which its headers then want; a microcontroller's is
# not. To be compiled with -DMBEDTLS_CONFIG_FILE='"bench_mbedtls_config.h"'.
foreign_mbedtls() {
  foreign_headers "$1" mbedtls psa
  cat >"$1/bench_mbedtls_config.h" <<'CONFIG'
#include "mbedtls/config.h"
#undef MBEDTLS_THREADING_C
#undef MBEDTLS_THREADING_PTHREAD
CONFIG
}
