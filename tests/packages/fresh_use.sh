#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The packages in a fresh Debian system that has nothing else of ours: installed, bootstrapped from, upgraded to in the middle of a
# bootstrap, removed; then as services, under systemd. Environment: BUILD (where fresh_build.sh left them); SUITE (bookworm).
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
. tests/packages/roots.sh
suite=${SUITE:-bookworm}
[ -d "$roots/$suite.debs" ] || skip_all "no packages for $suite: fresh_build.sh makes them"
fresh "$suite" "$suite"
target=$root
cp -R "$roots/$suite.debs/packages" "$roots/$suite.debs/before" "$target/"
copy_sources "$target/src"

install_ours() { within "$target" sh -c 'apt-get install -y --no-install-recommends -q /packages/*.deb openssl'; }
in_source() { within "$target" sh -c "cd /src && ln -sfn packaging/debian debian && $1"; } # as autopkgtest runs debian/tests
remove_ours() { within "$target" sh -c 'apt-get purge -y -q "sztp-*" "libsztp*"'; }
# The folders of the state stay with what was bootstrapped, and a system's user with what is its own.
nothing_left() {
  [ ! -e "$target/etc/sztp" ] || { ls -R "$target/etc/sztp"; return 1; }
  ! find "$target/usr" "$target/lib" "$target/etc" -xdev -iname '*sztp*' 2>/dev/null | grep .
}

holds "$suite: release before: installed" within "$target" sh -c 'apt-get install -y --no-install-recommends -q /before/*.deb openssl'
holds "$suite: a bootstrap goes on after an upgrade in its middle" within "$target" sh /src/tests/packages/upgrade
holds "$suite: the release before is gone" sh -c "! grep '^Version:.*before' '$target/var/lib/dpkg/status'"
holds "$suite: installed" install_ours
holds "$suite: bootstrapped with the installed tools alone" in_source debian/tests/bootstrap
install_in "$target" gcc libc6-dev pkgconf >/dev/null 2>&1
holds "$suite: an example is built against libsztp-dev" in_source debian/tests/embed
holds "$suite: removed" remove_ours
holds "$suite: nothing is left" nothing_left

# ---- as services ----------------------------------------------------------------------------------------------------------

if ! command -v systemd-nspawn >/dev/null; then
  skip "$suite: the services, since systemd-nspawn is not installed (systemd-container)"
else
  holds "$suite: systemd for the services" install_in "$target" systemd systemd-sysv dbus procps openssl
  holds "$suite: installed again" install_ours
  cp tests/packages/services.service "$target/etc/systemd/system/"
  ln -sf ../services.service "$target/etc/systemd/system/multi-user.target.wants/services.service"
  # A network of its own. It ends when its test does; where the agent has restarted it, with 133.
  boot() {
    timeout "${LIMIT:-300}" systemd-nspawn -q -D "$target" -b --register=no --keep-unit --private-network \
      --kill-signal=SIGRTMIN+4 </dev/null >>"$log.console" 2>&1
  }
  rm -f "$log.console"
  boot
  [ $? != 133 ] || boot
  if grep -q . "$target/services.log" 2>/dev/null; then
    while read -r verdict name; do
      case $verdict in
        END) ;;
        ok) ok "$suite: $name" ;;
        FAILED) bad "$suite: $name" ;;
        skipped) skip "$suite: $name" ;;
        *) echo "          $name" ;;
      esac
    done <"$target/services.log"
    holds "$suite: the tests of the services came to their end" grep -q '^END' "$target/services.log"
  elif grep -q 'Failed to\|not permitted' "$log.console"; then
    skip "$suite: the services: systemd does not start in a container here ($(grep -m 1 'Failed to\|not permitted' "$log.console"))"
  else
    bad "$suite: the services" "$(tail -n 20 "$log.console")"
  fi
fi
conclude
