#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# meson.build: the sources, definitions and symbols are the Makefile's, whatever is chosen; a program outside of the tree has the
# libraries as a subproject, or by pkg-config where make has installed them.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
. tests/common/systems.sh
need meson ninja pkg-config python3
[ "$CRYPTO" = mbedtls ] || skip_all "one engine's build is enough"
export CC="${launcher:+$launcher }${CC:-gcc}"
unset PKG_CONFIG_PATH

setup() { meson setup "$work/$1" "${@:2}"; }
tpm=disabled
[ ! -e "$BUILD/lib/libsztp-tpm2.so" ] || tpm=enabled

# ---- the list of sources ---------------------------------------------------------------------------------------------------

listed() { # NAME "MAKE-VARIABLES" OPTION...
  local variables=$2
  holds "$1: Meson takes it" setup "list-$1" . "${@:3}"
  # shellcheck disable=SC2086
  holds "$1: the Makefile's sources and definitions" same_sources "$work/list-$1" $variables
}
listed tiny "PROFILE=tiny TPM=0" -Dprofile=tiny -Dtpm=disabled
listed device "PROFILE=device CRL=0 TPM=0" -Dprofile=device -Dparts=-crl -Dtpm=disabled
listed openssl "CRYPTO=openssl CONSTRAINED=0 HARDENED=1 TPM=0" -Dcrypto=openssl -Dparts=-constrained,+hardened -Dtpm=disabled
listed psa "CRYPTO=psa TPM=0" -Dcrypto=psa -Dtpm=disabled
check "a part that there isn't" 1 "parts: -pigeons is none" setup pigeons . -Dparts=-pigeons

# ---- built and installed ---------------------------------------------------------------------------------------------------

holds "the libraries: Meson takes them" setup whole . --prefix "$work/prefix" --libdir lib -Dtpm=$tpm -Dwerror=true
holds "the Makefile's sources" same_sources "$work/whole" TPM="$([ $tpm = enabled ] && echo 1 || echo 0)"
holds "they are built without a warning" meson compile -C "$work/whole"
holds "the Makefile's symbols, sonames and needs" same_interface "$work/whole"
holds "they are installed" meson install -C "$work/whole"
holds "make install-lib" run_make PREFIX="$work/by-make" DESTDIR= install-lib
same_texts() {
  local f
  for f in $(cd "$work/by-make" && find . -name "*.h" -o -name "*.pc"); do
    diff <(sed "s|$work/by-make|PREFIX|" "$work/by-make/$f") <(sed "s|$work/prefix|PREFIX|" "$work/prefix/$f") || return 1
  done
}
holds "the same headers and .pc files" same_texts

# ---- a program outside -----------------------------------------------------------------------------------------------------

cp -R examples/build_systems "$work/outside"
program() { # NAME OPTION...
  holds "$1: configured" setup "$1" "$work/outside" "${@:2}"
  holds "$1: built" meson compile -C "$work/$1"
  holds "$1: runs" says_version "$work/$1/outside"
}
program by-pkg-config --pkg-config-path "$work/by-make/lib/pkgconfig" -Dc_link_args="-Wl,-rpath,$work/by-make/lib"
holds "... with the shared library" needs_sztp by-pkg-config
mkdir "$work/outside/subprojects"
ln -s "$PWD" "$work/outside/subprojects/sztp"
program subproject -Dsztp:tpm=disabled
holds "... with the shared library" needs_sztp subproject
program subproject-static -Dsztp:tpm=disabled -Ddefault_library=static
holds "... with the archive" lacks_sztp subproject-static
conclude
