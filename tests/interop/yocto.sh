#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# packaging/yocto/meta-sztp: oelint-adv finds nothing; its recipe names things of this tree that are there; what it tells make builds and
# installs, and each file that is installed is in one of its packages. With OE=DIR (a folder with openembedded-core, meta-openembedded
# and bitbake, as their repositories are) BitBake itself reads it, for systemd and System V's init, with each engine.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
. tests/common/systems.sh
need python3
[ "$CRYPTO" = mbedtls ] || skip_all "one engine's build is enough"
layer=packaging/yocto/meta-sztp
recipe=$(echo $layer/recipes-support/libsztp/libsztp_*.bb)

if scripts/from-pypi "$BUILD/pypi" oelint-adv==9.11.2 2>"$work/log"; then
  # What is an address on the Internet it would ask; the project has no tracker of faults but its forge's.
  oelint() { "$BUILD/pypi/bin/oelint-adv" --quiet --release "$1" --suppress oelint.vars.homepageping --suppress oelint.var.suggestedvar.BUGTRACKER \
    --suppress oelint.var.bbclassextend "${@:2}"; }
  for release in scarthgap wrynose; do
    holds "oelint-adv finds nothing, $release" oelint $release "$recipe" $layer/conf/layer.conf
  done
  sed 's/^LICENSE = .*//' "$recipe" >"$work/libsztp_1.0.0.bb"
  check "... but that a licence is missing" 1 "Variable 'LICENSE' should be set" oelint scarthgap "$work/libsztp_1.0.0.bb"
else
  skip "oelint-adv: $(cat "$work/log")"
fi
holds "the recipe is of this version" test "$recipe" = "$layer/recipes-support/libsztp/libsztp_$version.bb"
holds "... and of this licence" grep -q "md5=$(md5sum <LICENSE | cut -d ' ' -f 1)\"" "$recipe"

# ---- what it tells make, and what it makes of that -------------------------------------------------------------------------

# told VARIABLE=VALUE...: what the recipe's variables come to with these, a line each: EXTRA_OEMAKE as words, FILES of each package
cat >"$work/told.py" <<'PY'
import re, shlex, sys
recipe, *given = sys.argv[1:]
text = re.sub(r"\\\n", " ", open(recipe, encoding="utf-8").read())
values = {"PN": "libsztp", "prefix": "/usr", "bindir": "/usr/bin", "libdir": "/usr/lib", "nonarch_libdir": "/usr/lib", "includedir": "/usr/include",
          "datadir": "/usr/share", "mandir": "/usr/share/man", "sysconfdir": "/etc", "systemd_system_unitdir": "/usr/lib/systemd/system"}
for name, how, value in re.findall(r'^([\w:${}.\[\]-]+) (=|\?=|\?\?=|\+=|=\+) "(.*)"$', text, re.M):
    if how in ("+=", "=+"):
        value = values.get(name, "") + " " + value
    values[name] = value
values.update(v.split("=", 1) for v in given)
def expanded(value):
    while re.search(r"\$\{\w+\}", value):
        value = re.sub(r"\$\{(\w+)\}", lambda m: values[m.group(1)], value)
    return value
print("make", *map(shlex.quote, shlex.split(expanded(values["EXTRA_OEMAKE"]))))
packages = expanded(values["PACKAGES"]).split()
for name, value in values.items():
    if expanded(name).startswith("FILES:"):
        print("package", expanded(name)[6:], *expanded(value).split())
assert {expanded(n)[6:] for n in values if n.startswith("FILES:")} == set(packages), packages
PY
told() { python3 "$work/told.py" "$recipe" "$@"; }
# unknown: variables that the recipe sets and the Makefile does not have
unknown() {
  told B=b CC=c AR=a CFLAGS= CPPFLAGS= LDFLAGS= SZTP_INIT=systemd PACKAGECONFIG_CONFARGS= | sed -n 's/^make //p' | xargs printf '%s\n' |
    sed 's/=.*//' >"$work/names"
  sed -n 's/^PACKAGECONFIG\[.*\] = "\([^,]*\),\([^,"]*\).*/\1\n\2/p' "$recipe" | grep . | sed 's/=.*//' >>"$work/names"
  [ "$(wc -l <"$work/names")" -gt 12 ] && ! sort -u "$work/names" | while read -r name; do
    grep -qE "^${name} +[:?]?=|[$][(]${name}[)]" Makefile mk/*.mk || echo "$name"
  done | grep .
}
holds "the Makefile has each variable that the recipe gives it" unknown

tpm=0
[ ! -e "$BUILD/lib/libsztp-tpm2.so" ] || tpm=1
built() { # INIT TARGET...
  local words
  words=$(told B="$work/b" "CC=${launcher:+$launcher }gcc" AR=ar "CFLAGS=-O0 -g0" CPPFLAGS= LDFLAGS=-Wl,--hash-style=gnu SZTP_INIT="$1" \
    PACKAGECONFIG_CONFARGS="HARDENED=0 CRYPTO=mbedtls TPM=$tpm" | sed -n 's/^make //p')
  eval "make --no-print-directory -j2 $words ${*:2}"
}
holds "what it tells make builds" built systemd all
# left: installed files that no package takes; packages that take none
cat >"$work/left.py" <<'PY'
import fnmatch, os, sys
root, lines = sys.argv[1], [line.split()[1:] for line in sys.stdin if line.startswith("package ")]
# Those of OpenEmbedded's own, behind the recipe's.
lines += [["-dev", "/usr/include", "/usr/lib/*.so", "/usr/lib/pkgconfig", "/usr/lib/cmake"], ["-staticdev", "/usr/lib/*.a"],
          ["-doc", "/usr/share/doc", "/usr/share/man"], ["libsztp", "/usr/lib/lib*.so.*", "/usr/bin/*"]]
taken = {line[0]: [] for line in lines}
left = []
for folder, _, names in os.walk(root):
    for name in names:
        path = os.path.join(folder, name)[len(root):]
        for package, *patterns in lines:
            if any(fnmatch.fnmatchcase(path, p) or fnmatch.fnmatchcase(path, p + "/*") for p in patterns):
                taken[package].append(path)
                break
        else:
            left.append(path)
print("left:", *left)
for package, paths in taken.items():
    print(package, *sorted(paths))
PY
for init in systemd sysvinit; do
  holds "... and installs, for $init" built $init install DESTDIR="$work/$init"
  told SZTP_INIT=$init PACKAGECONFIG_CONFARGS= B=b CC=c AR=a CFLAGS= CPPFLAGS= LDFLAGS= | python3 "$work/left.py" "$work/$init" >"$work/$init.packages"
  holds "... each file in a package" grep -qx 'left:' "$work/$init.packages"
  holds "... the libraries" grep -qx 'libsztp /usr/lib/libsztp.so.0 /usr/lib/libsztp.so.0.'"$version" "$work/$init.packages"
  holds "... the agent" grep -q '^sztp-agent .*/usr/bin/sztp-agent' "$work/$init.packages"
  if [ -e packaging/$init ]; then # with what starts it
    holds "... its service" grep -qE '^sztp-agent .*/(system/sztp-agent.service|init.d/sztp-agent)( |$)' "$work/$init.packages"
  fi
  holds "... the server" grep -q '^sztp-server .*/usr/bin/sztp-server' "$work/$init.packages"
done

# ---- BitBake ---------------------------------------------------------------------------------------------------------------

if [ -z "${OE:-}" ]; then
  skip "BitBake reads it: OE is not given"
  conclude
  exit
fi
mkdir -p "$work/build/conf"
printf 'BBPATH = "${TOPDIR}"\nBBFILES ?= ""\nBBLAYERS = "%s"\n' "$OE/openembedded-core/meta $OE/meta-openembedded/meta-oe $PWD/$layer" >"$work/build/conf/bblayers.conf"
chmod 711 "$work"
reads() { # LINE-OF-LOCAL.CONF...
  printf '%s\n' 'MACHINE = "qemuarm64"' 'INHERIT:remove = "sanity"' 'BB_NO_NETWORK = "1"' "$@" >"$work/build/conf/local.conf"
  chown -R nobody "$work/build"
  su -s /bin/bash nobody -c "cd '$work/build' && HOME='$work/build' LANG=en_US.UTF-8 LC_ALL=en_US.UTF-8 BBPATH='$work/build' \
    PATH='$OE/bitbake/bin:/usr/bin:/bin:/usr/sbin:/sbin' bitbake -b '$PWD/$recipe' -e"
}
check "BitBake reads it, for systemd" 0 "^EXTRA_OEMAKE=.*INIT=systemd.* CRYPTO=openssl TPM=0" reads 'INIT_MANAGER = "systemd"'
check "... for System V's init" 0 "^EXTRA_OEMAKE=.*INIT=sysvinit.* CRYPTO=openssl TPM=0" reads 'INIT_MANAGER = "sysvinit"'
check "... with mbedTLS and a TPM" 0 "^EXTRA_OEMAKE=.* CRYPTO=mbedtls TPM=1" reads 'SZTP_ENGINE = "mbedtls"' 'MACHINE_FEATURES:append = " tpm2"'
holds "... which it needs then" grep -qE '^DEPENDS=".* mbedtls tpm2-tss' "$work/out"
check "... with PSA, hardened" 0 "^EXTRA_OEMAKE=.* HARDENED=1 CRYPTO=psa TPM=0" reads 'PACKAGECONFIG:pn-libsztp = "psa hardened"'
conclude
