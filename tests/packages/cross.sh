#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The packages for another machine: cross-built in a fresh Debian system, installed there beside its own, and bootstrapped from in
# QEMU, as is an example that is built against libsztp-dev of that machine. There the tutorial is followed, too, with a compiler for that
# machine. Environment: BUILD; SUITE (bookworm); ARCH (arm64).
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
. tests/common/guide.sh
. tests/packages/roots.sh
suite=${SUITE:-bookworm} arch=${ARCH:-arm64}
case $arch in
  arm64) triplet=aarch64-linux-gnu qemu=qemu-aarch64 magic='\x02\x00\xb7\x00' ;;
  *) skip_all "nothing is known of $arch here" ;;
esac
fresh "$suite-$arch" "$suite"
# The machine's own copies of what others need for both.
prepares() {
  within "$root" sh -c "dpkg --add-architecture $arch && apt-get update -q" &&
    install_in "$root" "crossbuild-essential-$arch" debhelper fakeroot qemu-user-static openssl pkgconf
}
build_depends() {
  within "$root" sh -c "cd /src && cp -R packaging/debian debian &&
    apt-get build-dep -y -q --no-install-recommends -a $arch -P cross,nocheck --arch-only ./ && rm -rf debian"
}
cross_builds() {
  within "$root" env DEB_BUILD_OPTIONS="parallel=${JOBS:-2} nocheck" sh -c \
    "cd /src && scripts/build-packages /out -B -a$arch -Pcross,nocheck"
}
is_for_it() { within "$root" sh -c "dpkg-deb -x /out/sztp-agent_*_$arch.deb /tmp/x && readelf -h /tmp/x/usr/bin/sztp-agent" | grep -q AArch64; }
installs() {
  rm -f "$root"/out/*-dbgsym_*
  within "$root" sh -c "apt-get install -y --no-install-recommends -q /out/*_$arch.deb" && mkdir -p "$root/$arch/examples" &&
    cp examples/verify_files.c "$root/$arch/examples/"
}
# emulated COMMAND...: in the system, where programs of the other machine are run by QEMU. That is registered with the kernel for a user
# namespace of its own, and so for nobody else (Linux 6.7).
emulated() {
  # shellcheck disable=SC2016 # the inner shell's
  unshare --user --map-root-user --mount --pid --fork --kill-child bash -c 'root=$1 qemu=$2 magic=$3; shift 3
    mount -t proc proc "$root/proc" && mount -t tmpfs tmp "$root/tmp" && mount --rbind /dev "$root/dev" &&
    mount -t binfmt_misc binfmt_misc "$root/proc/sys/fs/binfmt_misc" &&
    cd "$root" && printf %s ":$qemu:M:0:\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00$magic:\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff:$root/usr/bin/$qemu-static:F" \
      >"$root/proc/sys/fs/binfmt_misc/register" || exit 99
    exec chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 "$@"' \
    bash "$root" "$qemu" "$magic" "$@" </dev/null
}
embeds() {
  emulated sh -c "cd /src && sed 's#^source=.*#source=/$arch/examples/verify_files.c#' packaging/debian/tests/embed >/tmp/embed &&
    CC=$triplet-gcc PKG_CONFIG_PATH=/usr/lib/$triplet/pkgconfig sh /tmp/embed"
}
reader() {
  emulated sh -c "mkdir /tmp/bin && ln -s /usr/bin/$triplet-gcc /tmp/bin/cc && cd /home/reader && PATH=/tmp/bin:\$PATH \
    PKG_CONFIG_PATH=/usr/lib/$triplet/pkgconfig guide=/src/docs/embedding exec timeout $2 bash -E reader"
}

holds "$suite, $arch: sources are copied" copy_sources "$root/src"
holds "$suite, $arch: compilers" prepares
holds "$suite, $arch: what the build depends on is installed" build_depends
seconds holds "$suite, $arch: the packages are built" cross_builds
echo "        in $((took / 10)) s"
if [ "$failed" != 0 ]; then tail -n 25 "$work/check.log"; conclude; exit 1; fi
holds "$suite, $arch: their programs are for $arch" is_for_it
holds "$suite, $arch: installed" installs
emulated sztp --version >"$work/version" 2>"$work/err"
if [ $? = 99 ]; then
  skip "$suite, $arch: running them: the kernel has no binfmt_misc for a user namespace ($(tail -n 1 "$work/err"))"
else
  holds "$suite, $arch: they run, in QEMU" grep -q '^sztp [0-9]' "$work/version"
  seconds holds "$suite, $arch: bootstrapped with the installed tools alone" emulated sh -c 'cd /src && sh packaging/debian/tests/bootstrap'
  echo "        in $((took / 10)) s"
  holds "$suite, $arch: an example is built against libsztp-dev, and runs" embeds
  holds "$suite, $arch: what the tutorial asks for" install_in "$root" "libcurl4-openssl-dev:$arch" "libssl-dev:$arch"
  guide_home=$root/home/reader
  seconds follow_guide docs/embedding/[0-9]-*.md
  echo "        in $((took / 10)) s"
fi
conclude
