# shellcheck shell=bash disable=SC2034,SC2154 # what stands in script.sh
# SPDX-License-Identifier: Apache-2.0
# Beside script.sh: podman and buildah as tests can use them, in a network of their own, with cgroups of version 2 alone, as devices have
# them; a machine may have both. What they make is in the test's folder and goes with it.

# podman_starts: the namespaces are there, and in_pod works; else the last line of $work/log says why not
podman_starts() {
  : >"$work/log"
  command -v podman >/dev/null && command -v crun >/dev/null || { echo "podman or crun is not installed" >"$work/log"; return 1; }
  [ "$(id -u)" = 0 ] || { echo "not root" >"$work/log"; return 1; }
  printf '[containers]\ncgroups = "disabled"\ndefault_ulimits = ["nofile=1024:1024", "nproc=1000:1000"]\nlog_driver = "k8s-file"\n[network]\nnetwork_config_dir = "%s"\n[engine]\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\nruntime = "crun"\n' "$work/podman/net" >"$work/containers.conf"
  printf '[storage]\ndriver = "vfs"\ngraphroot = "%s"\nrunroot = "%s"\n' "$work/podman/store" "$work/podman/run" >"$work/storage.conf"
  mkdir -p "$work/podman/net"
  unshare -m -n sh -c 'umount -R /sys/fs/cgroup; mount -t cgroup2 none /sys/fs/cgroup && mkdir -p /var/lib/cni && mount -t tmpfs none /var/lib/cni &&
    ip link set lo up && echo ready >"$0" && exec sleep 600' "$work/pod-ready" >"$work/log" 2>&1 &
  pod=$!
  wait_until 10 test -s "$work/pod-ready"
}
in_pod() {
  CONTAINERS_CONF=$work/containers.conf CONTAINERS_STORAGE_CONF=$work/storage.conf BUILDAH_ISOLATION=chroot \
    nsenter -t "$pod" -m -n --wd="$PWD" "$@"
}
# podman_runs: a container runs; the image localhost/pause:1, whose only program is /pause, is left for the test
podman_runs() {
  podman_starts || return 1
  mkdir -p "$work/image-root"
  cat >"$work/pause.c" <<'END'
#include <signal.h>
#include <unistd.h>
static void end(int number) { _exit(number & 0); }
int main(void) { return signal(SIGTERM, end) == SIG_ERR ? 1 : pause(); }
END
  ${CC:-cc} -static -o "$work/image-root/pause" "$work/pause.c" 2>"$work/log" &&
    tar -C "$work/image-root" -c . | in_pod podman import - localhost/pause:1 >"$work/log" 2>&1 &&
    in_pod podman run --entrypoint /pause -d localhost/pause:1 >>"$work/log" 2>&1 && in_pod podman rm -fa -t 0 >/dev/null
}
