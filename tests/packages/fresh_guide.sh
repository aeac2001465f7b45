#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The tutorial docs/embedding, followed in a fresh Debian system as whoever has nothing but the packages: what it says to install is all
# that is installed, its pages are the installed ones, and nothing of the sources is there. Then what the pages point to beside it:
# examples, CMake, Meson, Python. Environment: BUILD (where fresh_build.sh left the packages); SUITE (bookworm).
# shellcheck disable=SC2016 # the reader's shell's
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
. tests/common/guide.sh
. tests/packages/roots.sh
need python3 ip
suite=${SUITE:-bookworm}
[ -d "$roots/$suite.debs" ] || skip_all "no packages for $suite: fresh_build.sh makes them"
fresh "$suite-guide" "$suite"
cp -R "$roots/$suite.debs/packages" "$root/"
echo 'APT::Get::Assume-Yes "true"; APT::Install-Recommends "false";' >"$root/etc/apt/apt.conf.d/02nobody-is-asked"
doc=$root/usr/share/doc/sztp-doc

# The page says so before it is there.
as_told() { within "$root" sh -c "apt-get update -q && cd /packages && $(guide_block docs/embedding/1-desk.md console 1)"; }
seconds holds "$suite: what the tutorial says is installed" as_told
echo "        in $((took / 10)) s"
if [ "$failed" != 0 ]; then conclude; exit 1; fi
holds "$suite: the links of the installed pages lead somewhere" python3 tests/common/dead_page_links.py "$doc" "$root"
reader() { own_network=1 within "$root" timeout "$2" sh -c 'cd /home/reader && exec bash -E reader'; }
guide_home=$root/home/reader
seconds follow_guide "$doc"/docs/embedding/[0-9]-*.md
lines_of_shell() { awk '/^```(sh|console)$/ { inside = 1; next } /^```/ { inside = 0 } inside && NF' "$doc"/docs/embedding/[0-9]-*.md | wc -l; }
echo "        in $((took / 10)) s: $(lines_of_shell) lines of shell, $(cat "$guide_home"/desk/*.[ch] | wc -l) of C"

# ---- beside the tutorial ---------------------------------------------------------------------------------------------------

# at_desk COMMANDS
at_desk() { own_network=1 within "$root" timeout 120 bash -e -c "cd /home/reader/desk; examples=/usr/share/doc/sztp-doc/examples; $1"; }
examples_build='for e in "$examples"/*.c; do cc -o example "$e" $(pkg-config --cflags --libs sztp-https sztp libcurl); done'
cmake_finds='cmake -S "$examples/build_systems" -B by-cmake && cmake --build by-cmake && by-cmake/outside | grep "^libsztp "'
meson_finds='meson setup by-meson "$examples/build_systems" && ninja -C by-meson && by-meson/outside | grep "^libsztp "'
# A server with a configuration alone, since that is what the example does; on the address that it asks.
python_bootstraps='mkdir -p lab2/EX4200-17
cp owner/voucher.vcj lab2/EX4200-17/ownership-voucher.vcj
cp owner/owner.cms lab2/EX4200-17/owner-certificate.cms
cp owner/onboarding.cms lab2/EX4200-17/conveyed-information.cms
sztp-server --dir lab2 --listen 127.0.0.1:0 --port-file port2 --tls-cert owner/server.pem --tls-key owner/server.key --device-ca maker/devices.pem &
while kill -0 $! && [ ! -s port2 ]; do sleep 0.1; done
python3 "$examples/python/bootstrap.py" device/identity.pem device/identity.key device/voucher-anchor.pem owner/server-root.pem "$(cat port2)" |
  tee python.log
grep "hostname edge-17" python.log'
holds "$suite: each example is built" at_desk "$examples_build"
holds "$suite: CMake, Meson and Python are installed" install_in "$root" cmake make meson python3
holds "$suite: CMake finds the package" at_desk "$cmake_finds"
holds "$suite: and Meson" at_desk "$meson_finds"
holds "$suite: the example in Python bootstraps" at_desk "$python_bootstraps"
conclude
