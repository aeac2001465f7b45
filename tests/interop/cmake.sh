#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# CMakeLists.txt: the sources, definitions, symbols and installed files are the Makefile's, whatever is chosen; a program outside of
# the tree finds the libraries by find_package(), where make or CMake has installed them, and by add_subdirectory().
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
. tests/common/systems.sh
need cmake ninja pkg-config python3
[ "$CRYPTO" = mbedtls ] || skip_all "one engine's build is enough"

configure() { # FOLDER SOURCE OPTION...
  cmake -G Ninja -S "$2" -B "$work/$1" ${launcher:+-DCMAKE_C_COMPILER_LAUNCHER=$launcher} -DCMAKE_EXPORT_COMPILE_COMMANDS=ON "${@:3}"
}
tpm=OFF
[ ! -e "$BUILD/lib/libsztp-tpm2.so" ] || tpm=ON

# ---- the list of sources ---------------------------------------------------------------------------------------------------

listed() { # NAME "MAKE-VARIABLES" OPTION...
  local folder=list-$1 variables=$2
  holds "$1: CMake takes it" configure "$folder" . "${@:3}"
  # shellcheck disable=SC2086
  holds "$1: the Makefile's sources and definitions" same_sources "$work/$folder" $variables
}
listed tiny "PROFILE=tiny TPM=0" -DSZTP_PROFILE=tiny -DSZTP_TPM=OFF
listed device "PROFILE=device CRL=0 TPM=0" -DSZTP_PROFILE=device -DSZTP_CRL=OFF -DSZTP_TPM=OFF
listed openssl "CRYPTO=openssl CONSTRAINED=0 HARDENED=1 TPM=0" -DSZTP_CRYPTO=openssl -DSZTP_CONSTRAINED=OFF -DSZTP_HARDENED=ON -DSZTP_TPM=OFF
listed psa "CRYPTO=psa TPM=0" -DSZTP_CRYPTO=psa -DSZTP_TPM=OFF
check "an engine that there isn't" 1 "SZTP_CRYPTO=wolf: there are mbedtls, psa and openssl" configure wolf . -DSZTP_CRYPTO=wolf
check "a profile that there isn't" 1 "SZTP_PROFILE=small: there are full, device and tiny" configure small . -DSZTP_PROFILE=small

# ---- built and installed ---------------------------------------------------------------------------------------------------

prefix=$work/by-cmake
holds "the libraries: CMake takes them" configure whole . -DCMAKE_INSTALL_PREFIX="$prefix" -DCMAKE_INSTALL_LIBDIR=lib -DSZTP_TPM=$tpm
holds "the Makefile's sources" same_sources "$work/whole" TPM="$([ $tpm = ON ] && echo 1 || echo 0)"
holds "they are built without a warning" cmake --build "$work/whole" -j2
holds "the Makefile's symbols, sonames and needs" same_interface "$work/whole"
holds "they are installed" cmake --install "$work/whole"
holds "make install-lib" run_make PREFIX="$work/by-make" DESTDIR= install-lib
files() { (cd "$1" && find . ! -type d | sort); }
holds "the same files" diff <(files "$work/by-make") <(files "$prefix")
same_texts() {
  local f
  while read -r f; do
    diff <(sed "s|$work/by-make|PREFIX|" "$work/by-make/$f") <(sed "s|$prefix|PREFIX|" "$prefix/$f") || return 1
  done < <(files "$prefix" | grep -E '\.(pc|cmake|h)$')
}
holds "with the same in them" same_texts

# ---- a program outside -----------------------------------------------------------------------------------------------------

cp -R examples/build_systems "$work/outside"
program() { # NAME OPTION...
  holds "$1: configured" configure "$1" "$work/outside" "${@:2}"
  holds "$1: built" cmake --build "$work/$1" -j2
  holds "$1: runs" says_version "$work/$1/outside"
}
# Moved after it was installed, as into a sysroot.
mv "$work/by-make" "$work/moved"
program make-shared -DCMAKE_PREFIX_PATH="$work/moved"
holds "... with the shared library" needs_sztp make-shared
program make-static -DCMAKE_PREFIX_PATH="$work/moved" -Dsztp_USE_STATIC_LIBS=ON
holds "... with the archive" lacks_sztp make-static
program cmake-shared -DCMAKE_PREFIX_PATH="$prefix"
program folder -DSZTP="$PWD"
holds "... with the archive" lacks_sztp folder
program folder-shared -DSZTP="$PWD" -DBUILD_SHARED_LIBS=ON
holds "... with the shared library" needs_sztp folder-shared

mkdir "$work/asks"
asks() { # VERSION COMPONENT
  printf 'cmake_minimum_required(VERSION 3.20)\nproject(asks C)\nfind_package(sztp %s REQUIRED COMPONENTS %s)\n' "$1" "$2" >"$work/asks/CMakeLists.txt"
  cmake -S "$work/asks" -B "$work/asks/$1-$2" -DCMAKE_PREFIX_PATH="$prefix"
}
check "an earlier version would do" 0 . asks 0.8 https
check "a later version is not there" 1 "version: $version" asks 99.1 https
check "neither is another component" 1 "sztp::pigeons is not among the libraries in" asks "$version" pigeons
conclude
