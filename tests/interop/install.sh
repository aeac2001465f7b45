#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Installation: below DESTDIR, with working links and pkg-config files that do not speak of DESTDIR; what
# uninstall leaves is nothing.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
root=$work/root
mkdir "$root"

run_make() { env -u MAKEFLAGS -u MFLAGS make --no-print-directory DEPS=0 BUILD="$BUILD" DESTDIR="$root" PREFIX=/opt/sztp "$@"; }
links_hold() { [ -z "$(find "$root" -xtype l)" ] || { find "$root" -xtype l; return 1; }; }
no_destdir() { ! grep -rn "$root" "$root"/opt/sztp/lib/pkgconfig; }
# What belongs to a component that is not built is not installed.
libraries="sztp sztp-https sztp-artifacts"
left_out=sztp/tpm2.h
if [ -e "$BUILD/lib/libsztp-tpm2.so" ]; then libraries="$libraries sztp-tpm2" left_out=none; fi
headers_all() { diff <(cd include && find sztp -type f | grep -vxF "$left_out" | sort) <(cd "$root/opt/sztp/include" && find sztp -type f | sort); }
paths_right() {
  local l
  for l in $libraries; do
    PKG_CONFIG_PATH=$root/opt/sztp/lib/pkgconfig pkg-config --cflags --libs "$l" | grep -q -- "-I/opt/sztp/include.*-l$l" || return 1
  done
}
# A device's folder of libraries has no .pc files of others; and what is below the prefix moves with it.
alone() {
  local l
  for l in $libraries; do
    PKG_CONFIG_LIBDIR=$root/opt/sztp/lib/pkgconfig pkg-config --cflags --libs "$l" || return 1
    PKG_CONFIG_LIBDIR=$root/opt/sztp/lib/pkgconfig pkg-config --define-variable=prefix=/sdk --cflags --libs "$l" | grep -q -- "-I/sdk/include -L/sdk/lib -l$l" || return 1
  done
  PKG_CONFIG_LIBDIR=$root/opt/sztp/lib/pkgconfig pkg-config --static --libs sztp | grep -q -- '-lcjson -lexpat -lcbor'
}
libraries_load() {
  local l
  for l in "$root"/opt/sztp/lib/*.so.0; do
    LD_LIBRARY_PATH=$root/opt/sztp/lib ldd -r "$l" | grep -e 'not found' -e undefined && return 1
  done
  return 0
}
# Services, completion, guides and examples (SZTP's own folders alone: everything is below the prefix).
others_there() {
  local file
  for file in lib/systemd/system/sztp-agent.service lib/systemd/system/sztp-server.service lib/tmpfiles.d/sztp-agent.conf \
    lib/sysusers.d/sztp-server.conf etc/sztp/agent.json.example etc/sztp/server.json.example \
    share/bash-completion/completions/sztp share/zsh/site-functions/_sztp-agent share/fish/vendor_completions.d/sztp-server.fish \
    share/doc/sztp/docs/staging.md share/doc/sztp/docs/json/status.json share/doc/sztp/examples/verify_files.c \
    share/doc/sztp/examples/strict.conf; do
    [ -s "$root/opt/sztp/$file" ] || { echo "no $file"; return 1; }
  done
  grep -q '^ExecStart=/opt/sztp/bin/sztp-agent daemon --config /opt/sztp/etc/sztp/agent.json$' "$root/opt/sztp/lib/systemd/system/sztp-agent.service" &&
    ! grep -rn '@[A-Z]*@' "$root"/opt/sztp/lib/systemd "$root"/opt/sztp/lib/*.d && [ -z "$(find "$root" -mindepth 1 -maxdepth 1 ! -name opt)" ]
}
manuals_point() {
  local path
  grep -rhoE 'Pa [^ ]*docs/[^ ]*' "$root/opt/sztp/share/man" | sed 's/^Pa //' | sort -u >"$work/pointed"
  while IFS= read -r path; do [ -e "$root$path" ] || { echo "$path"; return 1; }; done <"$work/pointed"
  test -s "$work/pointed"
}
# INIT says for which init systems.
other_init_systems() {
  local init
  for init in sysvinit openrc; do
    run_make INIT=$init install && [ -x "$root/opt/sztp/etc/init.d/sztp-agent" ] && [ ! -e "$root/opt/sztp/lib/systemd" ] &&
      grep -q 'opt/sztp/bin/sztp-agent daemon --config /opt/sztp/etc/sztp/agent.json' "$root/opt/sztp/lib/sztp/until-bootstrapped" &&
      grep -q '=/opt/sztp/lib/sztp/until-bootstrapped$' "$root/opt/sztp/etc/init.d/sztp-agent" && run_make INIT=$init uninstall || return 1
  done
  run_make INIT=none install && [ ! -e "$root/opt/sztp/etc/init.d/sztp-agent" ] && run_make INIT=none uninstall
}
tools_run() {
  local t
  for t in "$root"/opt/sztp/bin/*; do "$t" --version || return 1; done
}
hooks_found() { # those for DHCP clients, each of which names the one that they share
  local hooks=$root/opt/sztp/share/sztp/hooks
  [ -x "$hooks/store" ] && [ -x "$hooks/udhcpc" ] && [ "$(grep -l '/opt/sztp/share/sztp/hooks/store' "$hooks"/* | wc -l)" = 3 ] && ! grep -r @ "$hooks" | grep HOOKS
}
# What was built is installed, with the flags that it was built with: those of `make install` alone are not asked.
flags_kept() {
  local other=$work/other
  mkdir -p "$other" && printf '%s\n' 'CC = gcc' 'CFLAGS = -O1 -DBUILT_SO' >"$other/settings"
  run_make -n BUILD="$other" install | grep -q -- '-O1 -DBUILT_SO' && ! run_make -n BUILD="$other" all | grep -q -- -DBUILT_SO
}
flags_recorded() { grep -q '^CFLAGS = ' "$BUILD/settings"; }
headers_elsewhere() {
  run_make INCLUDEDIR=/opt/sztp/headers install && [ -e "$root/opt/sztp/headers/sztp/ctx.h" ] &&
    PKG_CONFIG_PATH=$root/opt/sztp/lib/pkgconfig pkg-config --cflags sztp | grep -q -- -I/opt/sztp/headers &&
    run_make INCLUDEDIR=/opt/sztp/headers uninstall
}
# Calls between the library's own functions can't be taken over by another library's.
calls_bound() { readelf -rW "$BUILD/lib/libsztp.so" | awk '/JUMP_SLO/ && / sztp_/ { print; found = 1 } END { exit found }'; }
# TPM-01: no other component links or includes tpm2-tss.
needs_tss2() { readelf -dW "$root/opt/sztp/lib/lib$1.so" | grep -q 'NEEDED.*tss2'; }
tss2_apart() {
  local l
  ! grep -rl 'include <tss2/' lib include tools | grep -v '^lib/tpm2/' || return 1
  for l in sztp sztp-https sztp-artifacts; do
    ! needs_tss2 "$l" && ! grep tss2 "$root/opt/sztp/lib/pkgconfig/$l.pc" || return 1
  done
  [ "$left_out" != none ] || { needs_tss2 sztp-tpm2 && grep -q '^Libs.private: -ltss2-esys' "$root/opt/sztp/lib/pkgconfig/sztp-tpm2.pc"; }
}
nothing_left() { [ -z "$(find "$root" ! -type d)" ] || { find "$root" ! -type d; return 1; }; }

holds "make install" run_make install
holds "every link leads somewhere" links_hold
holds "so do those of the installed pages" python3 tests/common/dead_page_links.py "$root/opt/sztp/share/doc/sztp" "$root"
holds "manual pages name installed ones" manuals_point
holds "the headers are all there" headers_all
holds "the pkg-config files do not speak of DESTDIR" no_destdir
holds "the pkg-config files give the right paths" paths_right
holds "they need no .pc file of others, and move with the prefix" alone
holds "the libraries find everything that they need" libraries_load
holds "the tools run" tools_run
holds "services, completion, guides and examples are there, below the prefix" others_there
holds "the hooks for DHCP clients find each other" hooks_found
holds "the library's own calls are bound" calls_bound
holds "tpm2-tss is needed by libsztp-tpm2 alone" tss2_apart
holds "make uninstall" run_make uninstall
holds "nothing is left" nothing_left
find "$root" -depth -type d -empty -delete
mkdir -p "$root"
holds "for other init systems" other_init_systems
holds "nothing is left of that" nothing_left
holds "headers where INCLUDEDIR says" headers_elsewhere
holds "nothing is left of them" nothing_left
holds "make notes what it builds with" flags_recorded
holds "make install builds with nothing else" flags_kept
conclude
