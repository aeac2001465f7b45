#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Installs into a folder of its own, builds every example against that copy as a stranger would, with
# pkg-config, shared and static, and once more against the libraries of one file each that `make amalgamation`
# writes; and runs it. examples/NAME.c runs with the arguments in
# tests/examples/NAME.args (a line of shell words), or under tests/examples/NAME.sh (given the program's
# path); expected output may stand in tests/examples/NAME.out. Environment: BUILD, PKI, CC.
cd "$(dirname "$0")/.." || exit 2
: "${CC:=gcc}"
. tests/common/script.sh
stage=$BUILD/stage

# Staged with the prefix it is used from, so that the .pc files need no rewriting.
rm -rf "$stage"
env -u MAKEFLAGS make --no-print-directory DEPS=0 BUILD="$BUILD" PREFIX="$stage" DESTDIR= install >"$BUILD/stage.log" 2>&1 ||
  { bad "make install" "$(cat "$BUILD/stage.log")"; conclude; exit 1; }
export PKG_CONFIG_PATH=$stage/lib/pkgconfig
export PATH=$stage/bin:$PATH
export STAGE=$stage

# One object per library, with the flags of a stranger's build, in folders by what they were compiled with.
amalgamation=$BUILD/amalgamation
amalgamated() { # FOLDER FLAG...
  local folder=$amalgamation/$1 source
  shift
  mkdir -p "$folder"
  for source in "$amalgamation"/*.c; do
    [ "${source##*/}" != sztp-tpm2.c ] || [ -e "$BUILD/lib/libsztp-tpm2.so" ] || continue
    $CC -std=c99 -Wall -Wextra -pedantic -Werror -O2 -ffunction-sections "$@" -I"$amalgamation" \
      -c -o "$folder/$(basename "$source" .c).o" "$source" || return 1
  done
}
holds "make amalgamation" env -u MAKEFLAGS make --no-print-directory DEPS=0 BUILD="$BUILD" amalgamation
holds "each library compiles as one file" amalgamated whole
holds "each library compiles as one file, without constrained vouchers" amalgamated plain -DSZTP__CONSTRAINED=0

# Which of our packages a source needs, by its includes.
packages() {
  grep -q '<sztp/https.h>' "$1" && printf 'sztp-https '
  grep -q '<sztp/artifacts.h>' "$1" && printf 'sztp-artifacts '
  printf 'sztp'
}

# Libraries of others that an example uses beside ours.
foreign() { ! grep -q '<curl/curl.h>' "$1" || printf 'libcurl'; }

# SOURCE LINKAGE PROGRAM: shared, static (our archives, the system's libraries as they are), or what the libraries of one
# file each were compiled with: whole, plain
build() {
  local words
  if [ -d "$amalgamation/$2" ]; then
    words="-I$amalgamation $(packages "$1" | sed -E "s|(sztp[a-z-]*)|$amalgamation/$2/\1.o|g") -Wl,--gc-sections \
      -Wl,--as-needed -lmbedtls -lmbedx509 -lmbedcrypto -lcjson -lexpat -lcbor"
    # shellcheck disable=SC2046
    [ -z "$(foreign "$1")" ] || words="$words $(pkg-config --cflags --libs $(foreign "$1"))"
  elif [ "$2" = shared ]; then
    # shellcheck disable=SC2046
    words="$(pkg-config --cflags --libs $(packages "$1") $(foreign "$1")) -Wl,-rpath,$stage/lib"
  else
    # shellcheck disable=SC2046
    words="$(pkg-config --cflags --static --libs $(packages "$1"))"
    # -lsztp is the archive; everything else is linked as the system has it.
    words=$(printf '%s\n' "$words" | sed -E 's/-l(sztp(-https|-artifacts)?)( |$)/-l:lib\1.a /g')
    # shellcheck disable=SC2046
    [ -z "$(foreign "$1")" ] || words="$words $(pkg-config --cflags --libs $(foreign "$1"))"
  fi
  # shellcheck disable=SC2086
  $CC -std=c99 -Wall -Wextra -pedantic -Werror -O1 -o "$3" "$1" $words
}

run() { # NAME PROGRAM LOG
  if [ -e "tests/examples/$1.sh" ]; then
    bash "tests/examples/$1.sh" "$2" >"$3" 2>&1
  else
    local args=
    [ ! -e "tests/examples/$1.args" ] || args=$(cat "tests/examples/$1.args")
    eval "set -- \"$2\" $args"
    "$@" >"$3" 2>&1
  fi
}

mkdir -p "$BUILD/examples"
for source in examples/*.c; do
  [ -e "$source" ] || continue
  name=$(basename "$source" .c)
  for linkage in shared static whole plain; do
    program=$BUILD/examples/$name-$linkage
    log=$program.log
    if ! build "$source" "$linkage" "$program" >"$log" 2>&1; then
      bad "$name, $linkage: does not build" "$(cat "$log")"
    elif ! run "$name" "$program" "$log"; then
      bad "$name, $linkage: ends with an error" "$(cat "$log")"
    elif [ -e "tests/examples/$name.out" ] && ! diff "tests/examples/$name.out" "$log" >"$log.diff"; then
      bad "$name, $linkage: prints something else than tests/examples/$name.out" "$(cat "$log.diff")"
    else
      ok "$name, $linkage"
    fi
  done
done

# Bindings: a folder of examples whose tests run against the staged library.
for script in tests/examples/bindings/*.sh; do
  [ -e "$script" ] || continue
  log=$BUILD/examples/$(basename "$script" .sh).log
  if LD_LIBRARY_PATH=$stage/lib bash "$script" >"$log" 2>&1; then ok "$(basename "$script" .sh)"; else bad "$script" "$(cat "$log")"; fi
done

conclude
