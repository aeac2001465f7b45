#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The service without systemd, in a fresh Debian system with the packages: started by busybox init from its inittab, restarted
# into an image, and bootstrapped; by an init script with busybox's commands; and by OpenRC.
# Environment: BUILD (where fresh_build.sh left the packages); SUITE (bookworm).
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
. tests/packages/roots.sh
suite=${SUITE:-bookworm}
[ -d "$roots/$suite.debs" ] || skip_all "no packages for $suite: fresh_build.sh makes them"
fresh "$suite-inits" "$suite"
cp -R "$roots/$suite.debs/packages" "$root/"
copy_sources "$root/src"

prepares() { within "$root" sh -c 'apt-get install -y --no-install-recommends -q /packages/*.deb openssl busybox openrc procps'; }
put() { # FILE TARGET: as `make install PREFIX=/usr` does
  mkdir -p "$(dirname "$root$2")"
  sed -e 's|@BINDIR@|/usr/bin|' -e 's|@CONFDIR@|/etc/sztp|' -e 's|@LIBEXECDIR@|/usr/lib/sztp|' "$1" >"$root$2" && chmod 755 "$root$2"
}
# As process 1 of the system; it ends where its init powers off or restarts.
boot() {
  # shellcheck disable=SC2016 # the inner shell's
  timeout -s KILL 120 unshare --net --mount --pid --fork --kill-child bash -c 'root=$1
    ip link set lo up && mount -t proc proc "$root/proc" && mount -t tmpfs tmp "$root/tmp" && mount --rbind /dev "$root/dev" && mount -t tmpfs run "$root/run" &&
    exec chroot "$root" /usr/bin/env -i PATH=/bb:/usr/sbin:/usr/bin:/sbin:/bin /bb/init' bash "$root" </dev/null >>"$log.inits" 2>&1
}
inside() { own_network=1 within "$root" bash /src/tests/packages/inits "$1"; }

holds "$suite: installed, with busybox and OpenRC" prepares
put packaging/sysvinit/until-bootstrapped /usr/lib/sztp/until-bootstrapped
mkdir -p "$root/bb"
holds "$suite: busybox's commands" within "$root" sh -c 'busybox --install -s /bb && ln -sf /bb/reboot /bb/poweroff /usr/sbin/'
rm -f "$log.inits"
printf '%s\n' '::sysinit:/bin/bash /src/tests/packages/inits busybox-boot' '::once:/usr/lib/sztp/until-bootstrapped' \
  '::once:/bin/bash /src/tests/packages/inits busybox' >"$root/etc/inittab"
holds "$suite: busybox init: an image is installed" inside prepare
boot 2>/dev/null # the shell's own line on how it ended
holds "$suite: busybox init: the device restarts for it" grep -q 'Requesting system reboot' "$log.inits"
boot 2>/dev/null
holds "$suite: busybox init: and is bootstrapped then" grep -q 'until-bootstrapped has ended' "$root/inits.log"
put packaging/sysvinit/sztp-agent /etc/init.d/sztp-agent
holds "$suite: an init script, with busybox's commands" inside sysvinit
put packaging/openrc/sztp-agent /etc/init.d/sztp-agent
holds "$suite: OpenRC" inside openrc
[ "$failed" = 0 ] || tail -n 20 "$log.inits" "$root/inits.log"
conclude
