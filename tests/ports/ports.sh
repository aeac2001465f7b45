#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# ports/zephyr and ports/esp-idf without Zephyr and ESP-IDF: their files are what those document, and compile with CMake for the
# board of examples/bare_metal, the library being of the same sources as the Makefile's; a firmware links. (Neither was ever run in
# its own tree.) Environment: BUILD.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
need arm-none-eabi-gcc cmake /usr/bin/python3
/usr/bin/python3 -c 'import yaml, kconfiglib' 2>/dev/null || skip_all "python3-yaml or python3-kconfiglib is not installed"
make() { env -u MAKEFLAGS -u MFLAGS make --no-print-directory DEPS=0 BUILD="$BUILD" WERROR=1 "$@"; }
make "$BUILD/libraries-board/done" >"$work/log" 2>&1 || skip_all "$(tail -n 1 "$work/log")"
libraries=$BUILD/libraries-board
launcher=
! command -v ccache >/dev/null || launcher=-DCMAKE_C_COMPILER_LAUNCHER=ccache

# ---- the files -------------------------------------------------------------------------------------------------------------

# Zephyr's scripts/zephyr_module.py: these keys and no others, and the files that they name; a module.yml at zephyr/ of its root.
holds "ports/zephyr is a module of Zephyr" /usr/bin/python3 - ports/zephyr <<'PY'
import os, sys, yaml
root = sys.argv[1]
meta = yaml.safe_load(open(f"{root}/zephyr/module.yml"))
assert set(meta) <= {"name", "build", "tests", "samples", "boards", "blobs"}, meta
build = meta["build"]
assert isinstance(meta["name"], str)
assert set(build) <= {"cmake", "kconfig", "cmake-ext", "kconfig-ext", "depends", "settings"}, build
assert os.path.isfile(f"{root}/{build['cmake']}/CMakeLists.txt")
assert os.path.isfile(f"{root}/{build['kconfig']}")
assert all(isinstance(name, str) for name in build["depends"])
PY
holds "ports/esp-idf has a manifest of a component" /usr/bin/python3 - ports/esp-idf include/sztp/ctx.h <<'PY'
import re, sys, yaml
meta = yaml.safe_load(open(f"{sys.argv[1]}/idf_component.yml"))
known = {"version", "description", "url", "license", "dependencies", "targets", "maintainers", "tags", "repository", "files"}
assert set(meta) <= known, meta
assert set(meta["dependencies"]) == {"idf"} and isinstance(meta["dependencies"]["idf"]["version"], str)
header = open(sys.argv[2]).read()
version = ".".join(re.search(rf"#define SZTP_VERSION_{part}\s+(\d+)", header).group(1) for part in ("MAJOR", "MINOR", "PATCH"))
assert meta["version"] == version, (meta["version"], version)
PY

# configured PORT OPTION...: prints CONFIG_NAME=VALUE of each symbol, as Kconfig finds them with these options chosen
configured() {
  /usr/bin/python3 - "$@" <<'PY'
import os, sys, tempfile, kconfiglib
kconfig = {"zephyr": "ports/zephyr/zephyr/Kconfig", "esp-idf": "ports/esp-idf/Kconfig"}[sys.argv[1]]
with tempfile.TemporaryDirectory() as folder:
    top = os.path.join(folder, "Kconfig")
    open(top, "w").write(f'config MBEDTLS\n\tbool\n\tdefault y\nsource "{os.path.abspath(kconfig)}"\n')
    tree = kconfiglib.Kconfig(top, warn_to_stderr=False)
for option in sys.argv[2:]:
    name, value = option.split("=", 1)
    assert tree.syms[name].set_value(value), option
assert not tree.warnings, tree.warnings
for symbol in tree.unique_defined_syms:
    if symbol.name.startswith("SZTP"):
        print(f"CONFIG_{symbol.name}={symbol.str_value if symbol.str_value != 'n' else ''}")
PY
}

# ---- compiled --------------------------------------------------------------------------------------------------------------

# builds PORT NAME "MAKE-VARIABLES" OPTION...
builds() {
  local port=$1 name=$2 variables=$3 folder=$work/$1-$2 options=()
  shift 3
  configured "$port" "$@" "SZTP_LIBRARIES=$libraries" >"$work/options" || { bad "$port, $name: options"; return; }
  while read -r line; do options+=("-D$line"); done <"$work/options"
  [ "$port" != zephyr ] || grep -qx CONFIG_SZTP=y "$work/options" || { bad "$port, $name: CONFIG_SZTP" "$(cat "$work/options")"; return; }
  holds "$port, $name: CMake takes it" cmake -S tests/ports -B "$folder" -DCMAKE_TOOLCHAIN_FILE="$PWD/tests/ports/cortex-m4.cmake" \
    ${launcher:+"$launcher"} -DPORT="$port" -DMBEDTLS="$libraries" "${options[@]}"
  holds "$port, $name: compiles, and a firmware links" cmake --build "$folder" -j2 -- VERBOSE=1
  # shellcheck disable=SC2086
  make core-sources $variables | head -n 1 | tr " " "\n" >"$work/sources"
  holds "$port, $name: the Makefile's sources" \
    diff <(arm-none-eabi-ar t "$(find "$folder" -name libsztp.a)" | sed 's/\.obj$//' | sort) <(sed 's|.*/||' "$work/sources" | sort)
}
small=()
for part in PLACES CONSTRAINED XML DNS DECRYPT CRL CONSTRAINTS PEM BER NAMES IMAGES HOST_KEYS HOST_META EVENTS APART CSR IMAGE_SIGNATURES RSA; do small+=("SZTP_$part=n"); done
builds zephyr full "" SZTP=y
builds esp-idf tiny "PROFILE=tiny HARDENED=1" SZTP_TERSE=y SZTP_HARDENED=y "${small[@]}"
conclude
