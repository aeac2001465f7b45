# shellcheck shell=bash disable=SC2034,SC2154 # what stands in several files
# SPDX-License-Identifier: Apache-2.0
# Beside script.sh, fresh Debian systems in folders: made by debootstrap from the mirror that this machine's own apt uses, entered
# with file systems and processes of their own. All of it lies in $roots and is removed at the end; KEEP=1 keeps it.
roots=${ROOTS:-$BUILD/packages}
mkdir -p "$roots"
roots=$(cd "$roots" && pwd)
log=$roots/log

[ "$(id -u)" = 0 ] || skip_all "fresh systems are made and entered by root alone"
need debootstrap apt-get unshare chroot
unshare --mount --pid --fork true 2>/dev/null || skip_all "no namespaces here, which fresh systems are entered by"

# The mirror: where this machine's own packages of Debian come from.
mirror=$(apt-get indextargets --format '$(ORIGIN) $(REPO_URI)' 'Created-By: Packages' | awk '$1 == "Debian" && !/security/ { print $2; exit }')
[ -n "$mirror" ] || skip_all "apt has no mirror of Debian here"
http_proxy=${http_proxy:-$(eval "$(apt-config shell proxy Acquire::http::Proxy)" && echo "${proxy:-}")}
export http_proxy DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8

made=()
# forget ROOT: nothing is mounted there, since each entry had its own
forget() { rm -rf --one-file-system "$1"; }
clean_up_roots() {
  local root
  for root in "${made[@]}"; do [ -n "${KEEP:-}" ] || forget "$root"; done
  clean_up
}
trap clean_up_roots EXIT

# fresh NAME SUITE: a new system in $roots/NAME, as debootstrap makes it (once for all that ask, in SUITE.tar); the folder is $root
fresh() {
  root=$roots/$1
  forget "$root"
  made+=("$root")
  mkdir "$root"
  if [ -e "$roots/$2.tar" ]; then
    tar -xf "$roots/$2.tar" -C "$root"
  elif debootstrap --variant=minbase --include=ca-certificates "$2" "$root" "$mirror" >"$log.$1" 2>&1; then
    rm -f "$root"/var/cache/apt/archives/*.deb
    tar -cf "$roots/$2.tar.part" -C "$root" . && mv "$roots/$2.tar.part" "$roots/$2.tar"
  else
    tail -n 5 "$log.$1"
    skip_all "no fresh Debian '$2' from the mirror (network?)"
  fi
  [ -z "$http_proxy" ] || echo "Acquire::http::Proxy \"$http_proxy\";" >"$root/etc/apt/apt.conf.d/01proxy"
  printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d" # nothing starts by being installed
  chmod +x "$root/usr/sbin/policy-rc.d"
  cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
}
# within ROOT COMMAND...: as root of that system; with own_network=1, on a network of its own
within() {
  local root=$1
  shift
  # shellcheck disable=SC2016 # the inner shell's
  unshare ${own_network:+--net} --mount --pid --fork --kill-child bash -c 'root=$1 own_network=$2; shift 2
    [ -z "$own_network" ] || ip link set lo up
    mount -t proc proc "$root/proc" && mount -t tmpfs tmp "$root/tmp" && mount --rbind /dev "$root/dev" &&
    mount -t tmpfs run "$root/run" && exec chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
      LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"' bash "$root" "${own_network:-}" "$@" </dev/null
}
# copy_sources FOLDER: as they are
copy_sources() {
  mkdir -p "$1" && git ls-files -z -co --exclude-standard | xargs -0 ls -d 2>/dev/null | tar -cf - -T - | tar -xf - -C "$1"
}
# install_in ROOT PACKAGE...: packages of the suite, or files
install_in() { within "$1" apt-get install -y --no-install-recommends -q "${@:2}"; }
