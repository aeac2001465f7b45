#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The Debian packages, built on this machine without tests: what is in them, what lintian says, what they link with; the units as
# systemd reads them. Environment: BUILD.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
need dpkg-buildpackage dh fakeroot lintian systemd-analyze
out=$work/out

symbols_are_the_list() {
  mkdir -p "$work/symbols" && scripts/debian-symbols "$work/symbols" && local s &&
    for s in "$work"/symbols/*; do diff "$s" "packaging/debian/${s##*/}" || return 1; done &&
    [ "$(find packaging/debian -name '*.symbols' | wc -l)" = "$(find "$work/symbols" -type f | wc -l)" ]
}
builds() { DEB_BUILD_OPTIONS="parallel=2 ${DEB_BUILD_OPTIONS:-}" scripts/build-packages "$out" -b -Pnocheck; }
# Paths of each package, with the triplet and the version as words; guides, examples, pages of functions and handlers by their folders alone, and lib/systemd as
# later releases of Debian have it.
contents() {
  local deb package
  for deb in "$out"/*.deb; do
    package=$(basename "$deb") package=${package%%_*}
    case $package in *-dbgsym) continue ;; esac
    dpkg-deb --fsys-tarfile "$deb" | tar -tf - | grep -v '/$' |
      sed -E -e "s#^\./(usr/)?lib/systemd/#./usr/lib/systemd/#" -e "s#/$(dpkg-architecture -qDEB_HOST_MULTIARCH)/#/TRIPLET/#" \
        -e "s#\.so\.0\..*#.so.0.VERSION#" -e 's#(/sztp-doc/(docs|examples|html)|/sztp/handlers|/man3)/.*#\1/#' -e "s#^\.#$package #"
  done | LC_ALL=C sort -u
}
contents_are_the_list() { contents | diff tests/packages/contents.txt -; }
# initial-upload-closes-no-bugs: these are the project's own packages; Debian's would close the bug that asks for them.
lintian_is_content() {
  lintian --allow-root --pedantic --fail-on error,warning,pedantic --suppress-tags initial-upload-closes-no-bugs "$out"/*.changes
}
unpacked() { local deb; for deb in "$out"/*.deb; do case $deb in *dbgsym*) ;; *) dpkg-deb -x "$deb" "$work/root" || return 1 ;; esac; done; }
# Tools are linked with the shared libraries, and bound to their release.
tools_are_shared() {
  local tool
  for tool in sztp sztp-agent sztp-server; do
    readelf -dW "$work/root/usr/bin/$tool" | grep -q 'NEEDED.*\[libsztp\.so\.0\]' || { echo "$tool: not linked with libsztp.so.0"; return 1; }
    readelf -VW "$work/root/usr/bin/$tool" | grep -q SZTP_PRIVATE_ || { echo "$tool: not bound to its release"; return 1; }
  done
  ! readelf -dW "$work/root/usr/bin/sztp-agent" | grep 'NEEDED.*artifacts'
}
hardened() {
  local file
  for file in "$work"/root/usr/bin/* "$work"/root/usr/lib/*/*.so.0; do
    readelf -dW "$file" | grep -q 'BIND_NOW\|FLAGS_1.*NOW' && readelf -lW "$file" | grep -q GNU_RELRO ||
      { echo "$file: no full relro"; return 1; }
    readelf -sW "$file" | grep -q __stack_chk_fail || { echo "$file: no stack protector"; return 1; }
    ! readelf -dW "$file" | grep -E 'RPATH|RUNPATH' || return 1
  done
  readelf -hW "$work/root/usr/bin/sztp" | grep -q 'Type:.*DYN' || { echo "no position-independent program"; return 1; }
  readelf -sW "$work/root/usr/bin/sztp-agent" | grep -q _chk@ || { echo "sztp-agent: not fortified"; return 1; }
}
units_are_valid() {
  local unit found
  mkdir -p "$work/units"
  for unit in sztp-agent sztp-server; do
    found=$(find "$work/root" -name "$unit.service")
    # the programs need not be installed here
    sed "s#/usr/bin/sztp-[a-z]*#$work/root&#" "$found" >"$work/units/$unit.service"
  done
  systemd-analyze verify --man=no "$work"/units/*.service 2>"$work/said"
  grep -F "$work/units" "$work/said" && return 1
  { sed '/^\[Install\]/,$d' "$work/units/sztp-agent.service" && sed '/^\[Service\]/d' packaging/systemd/strict.conf; } >"$work/units/strict.service"
  systemd-analyze verify --man=no "$work/units/strict.service" 2>"$work/said"
  ! grep -F "$work/units" "$work/said"
}
# As systemd judges what they may do: no more than was written down when it was thought through (docs/services.md).
exposure() { # UNIT MOST
  local found
  found=$(systemd-analyze security --offline=true "$work/units/$1.service" | sed -n 's/.*Overall exposure level for [^:]*: \([0-9.]*\).*/\1/p')
  echo "$1: $found, $2 at most"
  awk -v found="$found" -v most="$2" 'BEGIN { exit !(found != "" && found + 0 <= most + 0) }'
}
no_names_left() { ! grep -rn '@[A-Z]*@' "$work"/root/lib/systemd "$work"/root/usr/lib/systemd "$work"/root/usr/lib/*.d "$work"/root/usr/share/sztp 2>/dev/null; }

holds "Debian's symbols files are made of the project's own list" symbols_are_the_list
holds "the packages are built" builds
if [ "$failed" != 0 ]; then
  tail -n 30 "$work/check.log"
  conclude
  exit 1
fi
holds "they contain what tests/packages/contents.txt says" contents_are_the_list
holds "lintian finds nothing, --pedantic" lintian_is_content
holds "they can be unpacked" unpacked
holds "the tools are linked with the shared libraries, and bound to their release" tools_are_shared
holds "everything is hardened" hardened
holds "systemd finds nothing wrong with the units" units_are_valid
holds "the agent's exposure" exposure sztp-agent 9.1
holds "with strict.conf" exposure strict 5.8
holds "the server's exposure" exposure sztp-server 1.4
holds "no name is left in what is told its folders" no_names_left
if [ "${1:-}" = --accept ]; then contents >tests/packages/contents.txt; fi
conclude
