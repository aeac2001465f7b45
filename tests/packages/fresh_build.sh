#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The packages, built in a fresh Debian system: twice, in different folders, and compared; and once as a release before would be.
# They are left in $BUILD/packages/SUITE.debs for fresh_use.sh.
# Environment: BUILD; SUITE (bookworm); OPTIONS of dpkg-buildpackage, as "-F -Pnocheck" (default: -F, with the tests).
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
. tests/packages/roots.sh
suite=${SUITE:-bookworm}
fresh "$suite-build" "$suite"
builder=$root
build_depends() { # what the source package says
  install_in "$builder" build-essential debhelper fakeroot && within "$builder" sh -c 'cd /src && cp -R packaging/debian debian &&
    apt-get build-dep -y -q --no-install-recommends ./ && rm -rf debian'
}
build_in() { # FOLDER OPTION...
  within "$builder" env DEB_BUILD_OPTIONS="parallel=${JOBS:-2}" sh -c 'cd /src && scripts/build-packages "$@"' sh "$@"
}
same_octets() {
  local deb
  ls "$builder"/first/*.deb >/dev/null || return 1
  for deb in "$builder"/first/*.deb; do cmp "$deb" "$builder/another/folder/${deb##*/}" || return 1; done
  cmp "$builder"/first/*.orig.tar.gz "$builder"/another/folder/*.orig.tar.gz
}
holds "$suite: sources are copied" copy_sources "$builder/src"
holds "$suite: what the build depends on is installed" build_depends
seconds holds "$suite: the packages are built" build_in /first ${OPTIONS:--F}
echo "        in $((took / 10)) s"
if [ "$failed" != 0 ]; then
  grep -a -A 20 FAILED "$work/check.log" | head -n 60 # of its own tests
  tail -n 25 "$work/check.log"
  conclude
  exit 1
fi
seconds holds "$suite: and again, elsewhere" build_in /another/folder -b -Pnocheck
echo "        in $((took / 10)) s"
holds "$suite: both builds are the same, octet by octet" same_octets
holds "$suite: and those of a release before" build_in /before --before -b -Pnocheck

debs=$roots/$suite.debs
rm -rf "$debs"
mkdir -p "$debs/packages" "$debs/before"
cp "$builder"/first/*.deb "$debs/packages/" && cp "$builder"/before/*.deb "$debs/before/"
rm -f "$debs"/*/*-dbgsym_*
conclude
