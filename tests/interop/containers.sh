#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The images of packaging/containers: made, looked at, run; the page docs/containers.md is true; the DaemonSet is one.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
. tests/common/guide.sh
. tests/common/podman.sh
need python3 openssl make readelf

# ---- the DaemonSet, which needs no container --------------------------------------------------------------------------------

if scripts/from-pypi "$BUILD/pypi" kubernetes-validate==1.37.0 2>"$work/log"; then
  valid() { "$BUILD/pypi/bin/kubernetes-validate" --strict "$1"; }
  holds "the DaemonSet is valid by Kubernetes' schemas" valid packaging/containers/daemonset.yaml
  sed 's/readOnlyRootFilesystem/readOnlyRootFileSystem/' packaging/containers/daemonset.yaml >"$work/wrong.yaml"
  check "... but not with a member that there is not" 1 'readOnlyRootFileSystem' valid "$work/wrong.yaml"
else
  skip "the DaemonSet by Kubernetes' schemas: $(cat "$work/log")"
fi

if ! command -v buildah >/dev/null || ! command -v podman-compose >/dev/null; then
  skip "images: buildah or podman-compose is not installed"
  conclude
  exit
fi
if ! podman_runs; then
  skip "images: podman runs no container here: $(tail -n 1 "$work/log")"
  conclude
  exit
fi

# ---- the page ---------------------------------------------------------------------------------------------------------------

# Commands that the page has are run where podman works.
mkdir "$work/bin"
for program in podman buildah podman-compose; do
  real=$(command -v $program)
  printf '#!/bin/bash\nwork=%q pod=%q\n. %q/tests/common/podman.sh\nin_pod %q "$@"\n' "$work" "$pod" "$PWD" "$real" >"$work/bin/$program"
  chmod +x "$work/bin/$program"
done
PATH=$work/bin:$PATH
export PATH SOURCES=$PWD MAKEFLAGS=" -- BUILD=$BUILD DEPS=0"
guide_limit=300 follow_guide docs/containers.md
unset MAKEFLAGS
version=$(sed -n 's/^#define SZTP_VERSION_[MP][A-Z]* *\([0-9]*\)$/\1/p' include/sztp/ctx.h | paste -sd.)
server=localhost/sztp-server:$version agent=localhost/sztp-agent:$version
root=$work/desk/root
conclude_early() { conclude; exit; }
[ -d "$root/usr/bin" ] || conclude_early

# ---- what is in them ----------------------------------------------------------------------------------------------------------

files_of() { # IMAGE: mode, owner and path of all that is in it
  local container
  container=$(buildah from --pull-never "$1") && find "$(buildah mount "$container")" -mindepth 1 -printf '%M %U/%G %P\n'
  buildah rm "$container" >/dev/null
}
files_of "$server" >"$work/server.files"
files_of "$agent" >"$work/agent.files"
holds "the server's files are there" grep -q ' usr/bin/sztp-server$' "$work/server.files"
programs() { grep '^-..x' "$work/$1.files" | cut -d ' ' -f 3 | grep -v '^usr/lib/'; }
holds "the server's image has one program" test "$(programs server)" = usr/bin/sztp-server
holds "the agent's has two, and its handlers and hooks" test "$(programs agent | grep -v '^usr/share/sztp/' | sort | xargs)" = "usr/bin/busybox usr/bin/sztp-agent"
none() { ! grep -E "$1" "$2"; }
check "the agent goes by the name of another's, too" 0 'bootstrap-url' podman run --rm --read-only --entrypoint /usr/bin/opi-sztp-agent "$agent" run --help
holds "nothing is set-user-ID" none '^-..[sS]|^-.....[sS]' "$work/agent.files"
holds "nothing but /tmp is writable by others" none '^[-d].......w[^t]' "$work/agent.files"
holds "the server's folder is nobody's" grep -qE '^d.* 65534/65534 var/lib/sztp-server$' "$work/server.files"
holds "everything else root's" test "$(grep -vc ' 0/0 ' "$work/server.files")" = 1
licences() { local name; for name in libc6 libmbedtls14 libcjson1; do grep -q " usr/share/doc/$name/copyright$" "$work/server.files" || { echo "no licence of $name"; return 1; }; done; }
if dpkg-query -W libmbedtls14 >/dev/null 2>&1 && [ "${CRYPTO:-mbedtls}" = mbedtls ] && [ -z "${MBEDTLS:-}" ]; then
  holds "the licences of the libraries are there" licences
fi
for image in server agent; do
  octets=$(podman image inspect --format '{{.Size}}' "localhost/sztp-$image:$version")
  echo "        the $image's image has $((octets / 1024)) KiB"
  holds "the $image's image is small" test "$octets" -gt 1000000 -a "$octets" -lt 40000000
done
same_again() {
  local before
  before=$(podman image inspect --format '{{.Digest}}' "$server")
  packaging/containers/build server --root "$root" --tag localhost/again:1 && [ "$(podman image inspect --format '{{.Digest}}' localhost/again:1)" = "$before" ]
}
holds "the same tree gives the same image" same_again

# ---- what they refuse -----------------------------------------------------------------------------------------------------------

check "a tree without the program" 1 "usr/bin/sztp-server is not there" packaging/containers/build server --root "$work"
check "neither tree nor packages" 1 "says what the image is made of" packaging/containers/build server
check "a library that is not there" 1 "no libmbed|no libssl|no libc" packaging/containers/build server --root "$root" --libraries "$work/desk"

# ---- from packages ----------------------------------------------------------------------------------------------------------------

# Of the form that they have: the program in one.
package() {
  mkdir -p "$work/package/DEBIAN" "$work/package/usr/bin" "$work/packages" && cp "$root/usr/bin/sztp-server" "$work/package/usr/bin/" &&
    printf 'Package: sztp-server\nVersion: 1\nArchitecture: %s\nMaintainer: Owner <owner@example.com>\nDescription: test\n' "$(dpkg --print-architecture)" >"$work/package/DEBIAN/control" &&
    dpkg-deb --root-owner-group -b "$work/package" "$work/packages/sztp-server_1_any.deb"
}
holds "a package" package
holds "an image from packages" packaging/containers/build server --packages "$work/packages" --tag localhost/packaged:1
holds "is the same" test "$(podman image inspect --format '{{.Digest}}' localhost/packaged:1)" = "$(podman image inspect --format '{{.Digest}}' "$server")"

# Those of `make packages` themselves, where there are any; a script that has others names their folder in PACKAGES.
: "${PACKAGES:=$BUILD/packages/debs}"
if ls "$PACKAGES"/sztp-server_*.deb "$PACKAGES"/sztp-agent_*.deb >/dev/null 2>&1; then
  for image in server agent; do
    holds "the $image's image from its Debian packages" packaging/containers/build $image --packages "$PACKAGES" --tag "localhost/debian-$image:1"
    check "... runs" 0 "^sztp-$image $version$" podman run --rm --read-only "localhost/debian-$image:1" --version
  done
  check "it has the library's packages in it" 0 'libsztp\.so\.0' files_of localhost/debian-agent:1
else
  skip "images from Debian packages: make packages has not been run"
fi

# ---- running ------------------------------------------------------------------------------------------------------------------------

# As the Compose file says: nobody, no capability, nothing to write to.
podman run -d --name looked-at --read-only --cap-drop ALL -v "$work/desk/bootstrap:/var/lib/sztp-server" "$server" --dir /var/lib/sztp-server \
  --listen 0.0.0.0:8443 >"$work/log" 2>&1
pid=$(podman inspect --format '{{.State.Pid}}' looked-at 2>>"$work/log")
of_process() { sed -n "s/^$1:[[:space:]]*//p" "/proc/$pid/status"; }
holds "the server runs as nobody" test "$(of_process Uid | cut -f 1-4 | tr '\t' ' ')" = "65534 65534 65534 65534"
holds "... without capabilities" test "$(of_process CapEff)$(of_process CapBnd)" = 00000000000000000000000000000000
read_only() { grep -E '^[^ ]+ / ' "/proc/$pid/mounts" | tail -n 1 | cut -d ' ' -f 4 | grep -qE '(^|,)ro(,|$)'; }
holds "... with a read-only root" read_only
podman rm -f -t 5 looked-at >"$work/log" 2>&1

# The agent with the settings of the DaemonSet: what they name is in its configuration, and it bootstraps.
settings=$(python3 - <<'PY'
import sys
try:
    import yaml
except ImportError:
    sys.exit(1)
pod = [d for d in yaml.safe_load_all(open("packaging/containers/daemonset.yaml")) if d["kind"] == "DaemonSet"][0]["spec"]["template"]["spec"]
agent = pod["initContainers"][0]
security = agent["securityContext"]
assert not security["privileged"] and not security["allowPrivilegeEscalation"] and security["runAsUser"] == 0
words = ["--security-opt=no-new-privileges"] + ["--read-only"] * security["readOnlyRootFilesystem"]
words += ["--cap-drop=" + c for c in security["capabilities"]["drop"]] + ["--cap-add=" + c for c in security["capabilities"]["add"]]
hosts = {v["name"]: v.get("hostPath", {}).get("path") for v in pod["volumes"]}
for mount in agent["volumeMounts"]:
    host = hosts[mount["name"]]
    words.append(f"--tmpfs={mount['mountPath']}" if host is None else
                 f"--volume=NODE{host}:{mount['mountPath']}" + (":ro" if mount.get("readOnly") else ""))
print(" ".join(words + ["IMAGE"] + agent["args"]))
PY
) || settings=
if [ -n "$settings" ]; then
  node=$work/node
  mkdir -p "$node"/etc/owner "$node/run/sztp-dhcp" "$node/run/sztp-agent" "$node/var/lib/sztp-agent"
  cp -R "$work/desk/device/etc" "$node/etc/sztp"
  sed -i 's#"server:8443"#"10.85.72.2:8443"#' "$node/etc/sztp/agent.json"
  sed -i 's#files-below = .*#files-below = /host/etc/owner#' "$node/etc/sztp/handlers.conf"
  rm -rf "$work/owner" && mkdir -p "$work/owner/host/etc/owner" && echo 'hostname node-17' >"$work/owner/host/etc/owner/hostname"
  tar -C "$work/owner" -cf "$work/desk/bootstrap/EX4200-17/files.tar" .
  podman network create --subnet 10.85.72.0/24 nodes >"$work/log" 2>&1
  podman run -d --name owner --network nodes --ip 10.85.72.2 --read-only --cap-drop ALL -v "$work/desk/bootstrap:/var/lib/sztp-server" "$server" \
    --dir /var/lib/sztp-server --device-ca /var/lib/sztp-server/device-ca.pem --listen 0.0.0.0:8443 >>"$work/log" 2>&1
  settings=${settings//NODE/$node}
  # shellcheck disable=SC2086 # words
  check "the agent bootstraps with the settings of the DaemonSet" 0 'bootstrapped' timeout 60 podman run --rm --network nodes ${settings/IMAGE/$agent}
  holds "what the owner configures is on the node" grep -qx 'hostname node-17' "$node/etc/owner/hostname"
  holds "SZTP is off, as the owner's script turned it" grep -rqs . "$node/var/lib/sztp-agent"
  # shellcheck disable=SC2086
  check "... so that it does nothing any more" 0 'SZTP is off|ended: disabled' timeout 60 podman run --rm --network nodes ${settings/IMAGE/$agent}
  # Without SYS_ADMIN the process that judges has no namespaces of its own, which the page says.
  sed -i '1s/{/{ "sandbox": "required",/' "$node/etc/sztp/agent.json"
  # shellcheck disable=SC2086
  check "it does not start where its sandbox is required" 4 'the kernel does not allow a mount namespace, a network namespace$' timeout 60 podman run --rm --network nodes ${settings/IMAGE/$agent}
  podman rm -f -t 0 owner >"$work/log" 2>&1
else
  skip "the settings of the DaemonSet: python3-yaml is not installed"
fi
podman rm -fa -t 0 >"$work/log" 2>&1

# ---- another architecture (LONG=1): built anew, with Debian's packages for it ------------------------------------------------------

# debian_arm64 FOLDER: the root of a system with the packages that are named, none of which is run
debian_arm64() {
  local folder=$1
  shift
  mkdir -p "$work/apt/lists/partial" "$work/apt/archives/partial" "$work/apt/debs" "$folder" && : >"$work/apt/status" && chmod -R 777 "$work/apt" && chmod 755 "$work"
  printf '%s\n' "Dir::State \"$work/apt\"; Dir::State::status \"$work/apt/status\"; Dir::Cache \"$work/apt\";" \
    'APT::Architecture "arm64"; APT::Architectures { "arm64"; };' >"$work/apt/conf"
  APT_CONFIG=$work/apt/conf apt-get -qq update && (cd "$work/apt/debs" && APT_CONFIG=$work/apt/conf apt-get -qq download "$@") || return 1
  for package in "$work"/apt/debs/*.deb; do dpkg-deb -x "$package" "$folder" || return 1; done
}
both_there() { buildah manifest inspect localhost/sztp-server:list | grep -o '"architecture": "[a-z0-9]*"' | sort | xargs | grep -qx 'architecture: amd64 architecture: arm64'; }
emulated() { # IMAGE COMMAND...: of the image's files, with its own loader and libraries
  local container folder
  container=$(buildah from --pull-never --arch arm64 "$1") && folder=$(buildah mount "$container") && qemu-aarch64 -L "$folder" "$folder$2" "${@:3}"
}
if [ -z "${LONG:-}" ]; then
  skip "images for arm64 (LONG=1)"
elif ! command -v aarch64-linux-gnu-gcc qemu-aarch64 >/dev/null || [ "$(dpkg --print-architecture)" != amd64 ]; then
  skip "images for arm64: no cross compiler, no QEMU, or this is no amd64"
elif ! debian_arm64 "$work/arm64" libc6 libmbedtls14 libmbedx509-1 libmbedcrypto7 libmbedtls-dev libcjson1 libcjson-dev libexpat1 libexpat1-dev \
  libcbor0.8 libcbor-dev libc-ares2 libc-ares-dev busybox >"$work/log" 2>&1; then
  skip "images for arm64: its packages can't be had: $(tail -n 1 "$work/log")"
else
  there=$work/arm64/usr
  holds "built for arm64" make --no-print-directory -j2 DEPS=0 TPM=0 CRYPTO=mbedtls BUILD="$work/build-arm64" CC=aarch64-linux-gnu-gcc CFLAGS=-O2 \
    CPPFLAGS="-isystem $there/include -isystem $there/include/aarch64-linux-gnu" \
    LDFLAGS="-L$there/lib/aarch64-linux-gnu -Wl,-rpath-link,$there/lib/aarch64-linux-gnu" MAN3_MAKERS= PREFIX=/usr DESTDIR="$work/root-arm64" install
  holds "a list with an image for this machine" packaging/containers/build server --root "$root" --manifest localhost/sztp-server:list
  holds "... and one for arm64" packaging/containers/build server --root "$work/root-arm64" --libraries "$work/arm64" --tag localhost/sztp-server:arm64 --manifest localhost/sztp-server:list
  holds "has both" both_there
  holds "an agent's for arm64" packaging/containers/build agent --root "$work/root-arm64" --libraries "$work/arm64" --tag localhost/sztp-agent:arm64
  check "the server runs in QEMU" 0 "^sztp-server $version$" emulated localhost/sztp-server:arm64 /usr/bin/sztp-server --version
  check "so does the agent" 0 "^sztp-agent $version$" emulated localhost/sztp-agent:arm64 /usr/bin/sztp-agent --version
  check "and its shell" 0 '^3$' emulated localhost/sztp-agent:arm64 /usr/bin/busybox sh -c 'echo $((1 + 2))'
fi
conclude
