# shellcheck shell=bash disable=SC2034,SC2154 # what is set here is used by those that source it, and the other way round
# SPDX-License-Identifier: Apache-2.0
# What the tests of the other build systems share; sourced after script.sh.
launcher=
! command -v ccache >/dev/null || launcher=ccache
unset MAKEFLAGS MFLAGS MAKEOVERRIDES
run_make() { make --no-print-directory DEPS=0 BUILD="$BUILD" "$@"; }

# compiled FOLDER: the sources of the library that a build folder's compile_commands.json compiles, sorted
compiled() {
  python3 - "$1/compile_commands.json" <<'PY'
import json, os, sys
root = os.getcwd() + os.sep
files = {os.path.realpath(os.path.join(c["directory"], c["file"])) for c in json.load(open(sys.argv[1]))}
print("\n".join(sorted(f[len(root):] for f in files if f.startswith(root + "lib" + os.sep))))
PY
}
# defined FOLDER: the SZTP__ definitions that all of the sources have
defined() {
  python3 - "$1/compile_commands.json" <<'PY'
import json, re, sys
print("\n".join(sorted(set.intersection(*(set(re.findall(r"-D(SZTP__\w+=\d)", c["command"])) for c in json.load(open(sys.argv[1])))))))
PY
}
# same_sources FOLDER VARIABLE=VALUE...: as make compiles them with these variables, and with the same definitions
same_sources() {
  local folder=$1
  shift
  diff <(run_make "$@" library-sources | cut -d ' ' -f 2- | tr ' ' '\n' | sort -u) <(compiled "$folder") &&
    diff <(run_make "$@" core-sources | sed -n 2p | tr ' ' '\n' | sed 's/^-D//' | grep . | sort) <(defined "$folder" | grep .)
}
# same_interface FOLDER: the shared libraries there show what make's do, and need the same ones
interface() { # LIBRARY
  nm -D --with-symbol-versions --defined-only "$1" | cut -d ' ' -f 2- | sort
  readelf -dW "$1" | sed -n 's/.*(\(NEEDED\|SONAME\|FLAGS\)) *//p' | sort
}
same_interface() {
  local l
  for l in "$BUILD"/lib/lib*.so; do
    diff <(interface "$l") <(interface "$1/${l##*/}") || return 1
  done
}
version=$(sed -n 's/^#define SZTP_VERSION_[MP][A-Z]* *\([0-9]*\)$/\1/p' include/sztp/ctx.h | paste -sd.)
says_version() { [ "$("$@")" = "libsztp $version, with XML" ]; }
needs_sztp() { readelf -d "$work/$1/outside" | grep -q 'NEEDED.*libsztp\.so\.0'; }
lacks_sztp() { ! needs_sztp "$1"; }
