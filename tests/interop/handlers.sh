#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The handlers (docs/handlers.md), each against the program that it works with: what they do, what they refuse with which words,
# that a refusal changes nothing, and that undoing puts back what was there, also when it was cut off (PROG-01, STATE-05).
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
. tests/common/bootstrap.sh
. tests/common/podman.sh
. tests/common/sonic.sh
need tar openssl sha256sum

conf=$work/etc/handlers.conf
mkdir -p "$work/etc" "$work/folder" "$work/store"
echo '{}' >"$work/etc/agent.json"
settings() { printf '%s\n' "store = $work/store" "$@" >"$conf"; }

# call HANDLER ACTION [FILE]: as the agent does it; the attempt is $attempt, the stage $stage, the handling $handling
attempt=a1 stage=config handling=merge
call() {
  local handler=$1
  shift
  env -i PATH="${bin:+$bin:}/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" HOME=/ LANG=C.UTF-8 ${pass[@]+"${pass[@]}"} \
    SZTP_ACTION="$1" SZTP_STAGE=$stage SZTP_ATTEMPT=$attempt SZTP_HANDLING=$handling SZTP_SERIAL=JADA1 SZTP_FOLDER="$work/folder" \
    SZTP_FILE="${2:-}" SZTP_AGENT_CONFIG="$work/etc/agent.json" ${shell:-} "handlers/$handler" "$@" </dev/null
}
# same A B: two trees have the same files with the same contents and modes
state() { (cd "$1" && find . -printf '%P %y %m %l\n' | sort && find . -type f -exec sha256sum {} + | sort); }
remember() { state "$1" >"$work/remembered"; }
unchanged() { state "$1" | diff "$work/remembered" - ; }
contains() { grep -qE -- "$2" "$1"; }
is() { [ "$(cat "$1")" = "$2" ]; }

# ---- what all have in common, shown by the one for files ------------------------------------------------------------------

root=$work/device
mkdir -p "$root/etc/app" "$root/etc/other" "$work/new"
echo old >"$root/etc/app/one"
chmod 640 "$root/etc/app/one"
echo private >"$root/etc/other/file"
archive() { # NAME PATH=CONTENT...
  local name=$1 pair
  shift
  rm -rf "$work/new" && mkdir -p "$work/new"
  for pair; do
    mkdir -p "$work/new$(dirname "${pair%%=*}")"
    printf '%s\n' "${pair#*=}" >"$work/new${pair%%=*}"
  done
  tar -C "$work/new" -czf "$work/$name" .
}
settings "files-below = $root/etc/app $root/etc/net"
archive good.tar "$root/etc/app/one=new" "$root/etc/net/interfaces=auto lo"
remember "$root"
for shell in "" ${BUSYBOX-$(command -v busybox)}; do
  shell=${shell:+$shell sh}
  holds "files: written${shell:+, by busybox}" call config-files config "$work/good.tar"
  holds "files: the new content is there" is "$root/etc/app/one" new
  holds "files: a new one, too" is "$root/etc/net/interfaces" "auto lo"
  holds "files: undone${shell:+, by busybox}" call config-files rollback
  rmdir "$root/etc/net"
  holds "files: as before, with owner and mode" unchanged "$root"
  holds "files: undoing twice does no harm" call config-files rollback
  holds "files: still as before" unchanged "$root"
done
shell=

refused() { # NAME PATTERN HANDLER ACTION FILE: with these words, and nothing is changed
  local name=$1 pattern=$2
  shift 2
  check "$name" 1 "$pattern" call "$@"
  holds "$name: nothing is changed" unchanged "$root"
}
archive outside.tar "$root/etc/app/one=new" "$root/etc/other/file=mine"
refused "files: a file outside of the folders" "'$root/etc/other/file' is below none of the folders in files-below" config-files config "$work/outside.tar"
mkdir -p "$work/new$root/etc/app" && ln -sf /etc/passwd "$work/new$root/etc/app/two" && tar -C "$work/new" -cf "$work/link.tar" .
refused "files: a link" "'$root/etc/app/two' in the archive is neither a file nor a folder" config-files config "$work/link.tar"
(cd "$work/new" && tar -cPf "$work/up.tar" --transform 's|^|../../|' ./"$root"/etc/other/file)
refused "files: a way out" "the configuration is no tar archive" config-files config "$work/up.tar"
echo text >"$work/text"
refused "files: no archive" "the configuration is no tar archive" config-files config "$work/text"
ln -s "$root/etc/other" "$root/etc/app/way"
remember "$root"
archive through.tar "$root/etc/app/way/file=mine"
refused "files: through a link on the device" "the folder of '$root/etc/app/way/file' is below a link" config-files config "$work/through.tar"
rm "$root/etc/app/way"
remember "$root"
settings "files-below = $root/etc/app" "files-then = false"
archive good.tar "$root/etc/app/one=new" "$root/etc/app/two=new"
refused "files: if nobody takes them up, they go again" "nobody has taken them up" config-files config "$work/good.tar"
settings
refused "files: without a setting" "names no folders in files-below" config-files config "$work/good.tar"
refused "another action" "does not do 'install'" config-files install "$work/good.tar"

settings "files-below = $root/etc/app"
handling=replace
archive first.tar "$root/etc/app/one=1" "$root/etc/app/two=2"
archive second.tar "$root/etc/app/one=3"
holds "files: a configuration" call config-files config "$work/first.tar"
attempt=a2
holds "files: which is replaced by another" call config-files config "$work/second.tar"
holds "files: what it has no more goes" test ! -e "$root/etc/app/two"
holds "files: of the earlier attempt nothing is kept" test ! -e "$work/store/attempts/a1"
attempt=a1
holds "files: another attempt undoes nothing of it" call undo rollback
holds "files: so it stays" is "$root/etc/app/one" 3
attempt=a2
holds "files: but its own rollback does, by the common program" call undo rollback
holds "files: what was there comes back" is "$root/etc/app/two" 2
handling=merge

# Cut off anywhere: each time after one more command that changes the disk, by programs that kill the handler.
attempt=a3
rm -f "$root/etc/app/two"
echo old >"$root/etc/app/one"
chmod 640 "$root/etc/app/one"
remember "$root"
bin=$work/bin
mkdir -p "$bin"
for program in mv rm mkdir sync cp chmod chown; do
  printf '#!/bin/sh\nn=$(($(cat %q) - 1)); echo $n >%q\n[ $n -ge 0 ] || { kill -9 $PPID; exit 1; }\nexec %s "$@"\n' "$work/left" "$work/left" "$(PATH=/usr/bin:/bin command -v $program)" >"$bin/$program"
  chmod +x "$bin/$program"
done
archive good.tar "$root/etc/app/one=new" "$root/etc/app/two=new"
cuts=0 lost=0 whole=
until [ -n "$whole" ]; do
  echo $cuts >"$work/left"
  call config-files config "$work/good.tar" >"$work/log" 2>&1 && whole=1
  bin=''
  # The undoing is cut off, too, then done.
  bin=$work/bin
  echo $((cuts % 7)) >"$work/left"
  call undo rollback >"$work/log" 2>&1
  bin=''
  call undo rollback >"$work/log" 2>&1 || lost=$((lost + 1))
  find "$root" -name '.*.sztp-new' -delete
  unchanged "$root" >>"$work/log" || { lost=$((lost + 1)); tail -n 5 "$work/log"; }
  bin=$work/bin
  cuts=$((cuts + 1))
  [ $cuts -lt 200 ] || break
done
bin=
holds "cut off at each of $cuts commands, then undone, cut off and undone: as before" test "$lost" = 0 -a -n "$whole" -a $cuts -gt 10

# ---- images: a device with two partitions -----------------------------------------------------------------------------------

loops=()
mounted=()
end_images() {
  local one
  for one in "${mounted[@]}"; do umount "$one"; done
  for one in "${loops[@]}"; do losetup -d "$one"; done
}
trap 'end_images; clean_up' EXIT
slot() { # NAME MIB: $slot is a loop device
  truncate -s "$2M" "$work/$1.img"
  slot=$(losetup --show -f "$work/$1.img") && loops+=("$slot")
}
if [ "$(id -u)" = 0 ] && slot a 16 2>"$work/err"; then
  a=$slot
  slot b 16
  b=$slot
  mkfs.ext4 -q "$a"
  printf '#!/bin/sh\necho "$@" >>%q\n' "$work/booted" >"$work/switch" && chmod +x "$work/switch"
  settings "ab-slots = $a $b" "ab-running = $a" "ab-switch-1 = $work/switch start A B" "ab-switch-2 = $work/switch start B A"
  head -c 5000000 /dev/urandom >"$work/image"
  gzip -k "$work/image" && xz -k0 "$work/image"
  before=$(sha256sum <"$a")
  for form in '' .gz .xz; do
    dd if=/dev/zero of="$b" bs=1M count=16 status=none
    holds "A/B: an image${form:+ $form} is written" call image-ab install "$work/image$form"
    holds "A/B: it is in the other partition" cmp -n 5000000 "$work/image" "$b"
  done
  holds "A/B: the boot loader was told" is "$work/booted" "$(printf 'start B A\nstart B A\nstart B A')"
  holds "A/B: the running one is as it was" test "$before" = "$(sha256sum <"$a")"
  settings "ab-slots = $a $b" "ab-running = $b" "ab-switch-1 = $work/switch start A B"
  check "A/B: from the other side" 0 "$a starts from now on" call image-ab install "$work/image"
  rm -f "$work/booted"
  settings "ab-slots = $a $b" "ab-running = /dev/null" "ab-switch-1 = $work/switch"
  check "A/B: neither is running" 1 "neither of $a and $b: nothing was written" call image-ab install "$work/image"
  settings "ab-slots = $a $b" "ab-running = $a" "ab-switch-1 = $work/switch"
  check "A/B: no way to switch" 1 "has no ab-switch-2: nothing was written" call image-ab install "$work/image"
  truncate -s 17M "$work/large"
  settings "ab-slots = $a $b" "ab-running = $a" "ab-switch-2 = $work/switch"
  head -c 200000 "$work/image.gz" >"$work/cut.gz"
  check "A/B: an archive that has no end" 1 'the image is empty or damaged: nothing was written' call image-ab install "$work/cut.gz"
  check "A/B: too large" 1 'the image has 17825792 octets, .* 16777216: nothing was written' call image-ab install "$work/large"
  settings "ab-slots = $a $b" "ab-running = $a" "ab-switch-2 = false"
  check "A/B: the boot loader fails" 1 'the boot loader was not told' call image-ab install "$work/image"
  holds "A/B: nothing was switched" test ! -e "$work/booted"
  mkfs.ext4 -qF "$b" && mkdir -p "$work/mnt" && mount "$b" "$work/mnt" && mounted+=("$work/mnt")
  check "A/B: a partition that is in use" 1 "$b is mounted: nothing was written" call image-ab install "$work/image"
  umount "$work/mnt" && mounted=()
  if command -v fw_setenv >/dev/null; then
    truncate -s 16K "$work/env.img"
    echo "$work/env.img 0x0000 0x4000" >"$work/fw_env.config"
    settings "ab-slots = $a $b" "ab-running = $a" "ab-switch-2 = fw_setenv -c $work/fw_env.config -f /dev/null BOOT_ORDER BA"
    holds "A/B: with U-Boot's environment" call image-ab install "$work/image"
    holds "A/B: which says so" sh -c "fw_printenv -c '$work/fw_env.config' BOOT_ORDER | grep -x BOOT_ORDER=BA"
  else
    skip "A/B with U-Boot's environment: libubootenv-tool is not installed"
  fi
else
  skip "A/B partitions: no loop devices, or not root ($(cat "$work/err" 2>/dev/null))"
fi

# ---- images: RAUC bundles ---------------------------------------------------------------------------------------------------

rauc_ready() {
  command -v rauc >/dev/null && command -v mksquashfs >/dev/null && command -v dbus-daemon >/dev/null && [ "$(id -u)" = 0 ] && [ ${#loops[@]} = 2 ]
}
if rauc_ready; then
  openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/rauc.key" -out "$work/rauc.pem" -subj /CN=Owner -days 30 2>/dev/null
  openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/other.key" -out "$work/other.pem" -subj /CN=Other -days 30 2>/dev/null
  cat >"$work/backend" <<END
#!/bin/sh
# A boot loader of the test's own: RAUC tells it what to start, and asks it.
case \$1 in
  get-primary) cat "$work/primary" ;;
  set-primary) echo "\$2" >"$work/primary" ;;
  get-state) echo good ;;
  set-state) : ;;
esac
END
  chmod +x "$work/backend"
  echo A >"$work/primary"
  cat >"$work/system.conf" <<END
[system]
compatible=Jada Switch
bootloader=custom
statusfile=$work/rauc.status
mountprefix=$work/rauc-mount
[handlers]
bootloader-custom-backend=$work/backend
[keyring]
path=$work/rauc.pem
[slot.rootfs.0]
device=$a
type=raw
bootname=A
[slot.rootfs.1]
device=$b
type=raw
bootname=B
END
  mkdir -p "$work/rauc-mount"
  bundle() { # NAME COMPATIBLE SIGNER
    rm -rf "${work:?}/content" "${work:?}/$1" && mkdir "$work/content" && cp "$work/image" "$work/content/rootfs.img"
    printf '[update]\ncompatible=%s\nversion=1\n[bundle]\nformat=plain\n[image.rootfs]\nfilename=rootfs.img\n' "$2" >"$work/content/manifest.raucm"
    rauc bundle --cert="$work/$3.pem" --key="$work/$3.key" "$work/content" "$work/$1.raucb" >"$work/rauc.log" 2>&1 && mv "$work/$1.raucb" "$work/$1"
  }
  holds "RAUC: a bundle is made" bundle good 'Jada Switch' rauc
  holds "RAUC: one of another's" bundle forged 'Jada Switch' other
  holds "RAUC: one for another device" bundle other 'Other Switch' rauc
  cat >"$work/bus.conf" <<END
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path=$work/bus</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_destination="*"/><allow receive_sender="*"/></policy></busconfig>
END
  pass=("DBUS_SYSTEM_BUS_ADDRESS=unix:path=$work/bus")
  export "${pass[@]}"
  dbus-daemon --config-file="$work/bus.conf" --nofork >"$work/dbus.log" 2>&1 &
  wait_until 10 test -S "$work/bus"
  rauc --conf "$work/system.conf" --override-boot-slot=A service >"$work/service.log" 2>&1 &
  wait_until 10 dbus-send --bus="unix:path=$work/bus" --print-reply --dest=de.pengutronix.rauc / org.freedesktop.DBus.Peer.Ping
  settings "rauc-conf = $work/system.conf"
  dd if=/dev/zero of="$b" bs=1M count=16 status=none
  holds "RAUC: a good bundle passes as checked" call image-rauc check-image "$work/good"
  check "RAUC: another's does not" 1 "its signature is none of .*system.conf's keyring" call image-rauc check-image "$work/forged"
  check "RAUC: one for another device does not" 1 "is for 'Other Switch', this device is 'Jada Switch'" call image-rauc check-image "$work/other"
  check "RAUC: another's is not installed" 1 "its signature is none of" call image-rauc install "$work/forged"
  check "RAUC: nor what is no bundle" 1 "RAUC does not accept the bundle" call image-rauc install "$work/image"
  holds "RAUC: nothing was switched" is "$work/primary" A
  check "RAUC: a good bundle is installed" 0 "installed; RAUC has switched" call image-rauc install "$work/good"
  holds "RAUC: it is in the other partition" cmp -n 5000000 "$work/image" "$b"
  holds "RAUC: which starts from now on" is "$work/primary" B
  pass=()
else
  skip "RAUC: rauc, squashfs-tools, dbus, loop devices or root are missing"
fi

# ---- FRR --------------------------------------------------------------------------------------------------------------------

if command -v vtysh >/dev/null && [ -x /usr/lib/frr/zebra ] && [ "$(id -u)" = 0 ]; then
  run=$work/frr
  mkdir -p "$run" && chmod 755 "$work" && chown frr:frr "$run"
  : >"$run/frr.conf" && chown frr:frr "$run/frr.conf"
  echo 'service integrated-vtysh-config' >"$run/vtysh.conf"
  for daemon in zebra staticd; do
    unshare -n "/usr/lib/frr/$daemon" -f "$run/frr.conf" --vty_socket "$run" -z "$run/zserv.api" -i "$run/$daemon.pid" -P 0 >"$run/$daemon.log" 2>&1 &
    [ $daemon = staticd ] || wait_until 10 test -S "$run/zserv.api"
  done
  wait_until 10 test -S "$run/staticd.vty"
  settings "frr-conf = $run/frr.conf" "frr-vtysh = --vty_socket $run --config_dir $run" "frr-reload-options = --vty_socket $run --confdir $run --rundir $run --log-level error"
  running() { vtysh --vty_socket "$run" --config_dir "$run" -c 'show running-config' 2>/dev/null; }
  runs() { running | grep -qxF -- "$1"; }
  runs_not() { ! runs "$1"; }
  attempt=f1 handling=merge
  printf 'hostname one\nip route 192.0.2.0/24 blackhole\n' >"$work/frr1"
  printf 'hostname two\nip route 198.51.100.0/24 blackhole\n' >"$work/frr2"
  printf 'hostname three\nip rute 203.0.113.0/24\n' >"$work/frr-bad"
  holds "FRR: lines are added" call config-frr config "$work/frr1"
  holds "FRR: and run" runs "ip route 192.0.2.0/24 blackhole"
  holds "FRR: and are saved" contains "$run/frr.conf" '^ip route 192.0.2.0/24 blackhole'
  attempt=f2 handling=replace
  holds "FRR: a whole configuration" call config-frr config "$work/frr2"
  holds "FRR: which runs" runs "ip route 198.51.100.0/24 blackhole"
  holds "FRR: without what was there before" runs_not "ip route 192.0.2.0/24 blackhole"
  holds "FRR: undone" call undo rollback
  holds "FRR: what was there before runs" runs "ip route 192.0.2.0/24 blackhole"
  holds "FRR: and nothing else" runs_not "ip route 198.51.100.0/24 blackhole"
  running >"$work/remembered.frr"
  check "FRR: what it does not understand" 1 'FRR does not understand the configuration: nothing was changed' call config-frr config "$work/frr-bad"
  holds "FRR: runs as before" diff "$work/remembered.frr" <(running)
  attempt=f3 handling=merge
  vtysh --vty_socket "$run" --config_dir "$run" -c 'configure terminal' -c 'ip route 203.0.113.0/24 blackhole' >/dev/null
  holds "FRR: added to what was never saved" call config-frr config "$work/frr2"
  holds "FRR: and undone" call undo rollback
  holds "FRR: what was never saved still runs" runs "ip route 203.0.113.0/24 blackhole"
  holds "FRR: what was added does not" runs_not "ip route 198.51.100.0/24 blackhole"
else
  skip "FRR: frr is not installed, or not root"
fi

# ---- cloud-init -------------------------------------------------------------------------------------------------------------

if command -v cloud-init >/dev/null; then
  attempt=c1 handling=replace
  mkdir -p "$root/seed"
  settings "cloud-init-seed = $root/seed"
  printf '#cloud-config\nwrite_files:\n  - path: %s\n    content: made by cloud-init\n' "$root/made" >"$work/user-data"
  printf '#cloud-config\nwrite_files: text\n' >"$work/wrong-data"
  printf '#!/bin/sh\ntouch %s\n' "$root/made" >"$work/script-data"
  remember "$root"
  refused "cloud-init: what its schema forbids" "cloud-init does not accept the configuration" config-cloud-init config "$work/wrong-data"
  refused "cloud-init: a script" "does not begin with '#cloud-config'" config-cloud-init config "$work/script-data"
  check "cloud-init: a configuration" 0 'at the next start' call config-cloud-init config "$work/user-data"
  holds "cloud-init: is its seed" cmp "$work/user-data" "$root/seed/user-data"
  holds "cloud-init: of an instance of its own" contains "$root/seed/meta-data" '^instance-id: sztp-[0-9a-f]{16}$'
  holds "cloud-init: undone" call undo rollback
  holds "cloud-init: as before" unchanged "$root"
  # Applied at once, on a root of its own: the device's folders are laid over this machine's.
  if [ "$(id -u)" = 0 ]; then
    settings "cloud-init-seed = /var/lib/cloud/seed/nocloud" "cloud-init-run = now"
    in_own_root() {
      # shellcheck disable=SC2016 # for the shell within
      unshare -m bash -c '
        set -e
        for folder in /etc /var/lib/cloud /run/cloud-init /var/log; do
          mkdir -p "$folder" "$0/over$folder/up" "$0/over$folder/work"
        done
        mount -t tmpfs none "$0/over"
        for folder in /etc /var/lib/cloud /run/cloud-init /var/log; do
          mkdir -p "$0/over$folder/up" "$0/over$folder/work"
          mount -t overlay -o "lowerdir=$folder,upperdir=$0/over$folder/up,workdir=$0/over$folder/work" none "$folder"
        done
        printf "datasource_list: [ NoCloud ]\nnetwork: {config: disabled}\ncloud_init_modules: []\ncloud_config_modules: []\ncloud_final_modules: []\n" >/etc/cloud/cloud.cfg.d/99-test.cfg
        printf "cloud_init_modules: [ write-files ]\n" >>/etc/cloud/cloud.cfg.d/99-test.cfg
        shift
        "$@"' "$work" x "$@"
    }
    export -f call
    export work attempt stage handling
    # shellcheck disable=SC2016
    check "cloud-init: at once" 0 '' in_own_root bash -c 'call config-cloud-init config "$work/user-data" >/dev/null'
    holds "cloud-init: has applied it" is "$root/made" "made by cloud-init"
  fi
else
  skip "cloud-init: it is not installed"
fi

# ---- SONiC's configuration: with a program of the test's own in the place of SONiC's, which can't be had apart from it -----------

bin=$work/sonic
mkdir -p "$bin" "$root/sonic"
sonic_config "$bin/config" "$work/running.json"
echo '{"DEVICE_METADATA": {"localhost": {"hostname": "old"}}}' | tee "$work/running.json" >"$root/sonic/config_db.json"
cp "$work/running.json" "$work/running.before"
settings "config-db-file = $root/sonic/config_db.json"
remember "$root"
attempt=s1 handling=replace
json() { printf '%s\n' "$2" >"$work/$1"; }
json db1 '{"DEVICE_METADATA": {"localhost": {"hostname": "new"}}, "VLAN": {"Vlan10": {"members": ["Ethernet0"]}}}'
json db2 '{"VLAN": {"Vlan20": {}}}'
json twice '{"VLAN": {"Vlan10": {}, "Vlan10": {}}}'
json number '{"VLAN": {"Vlan10": {"vlanid": 10}}}'
json list '["VLAN"]'
json broken '{"BROKEN": {"one": {}}}'
printf '%.0s[' {1..100000} >"$work/deep"
refused "config_db: a name twice" "no config_db.json.*" config-config-db config "$work/twice"
check "config_db: which name" 1 "'Vlan10' is there twice" call config-config-db config "$work/twice"
check "config_db: a number" 1 'vlanid of VLAN\|Vlan10 is neither a text nor a list of texts' call config-config-db config "$work/number"
check "config_db: a list" 1 'it is no object of tables' call config-config-db config "$work/list"
check "config_db: depth" 1 'no config_db.json' call config-config-db config "$work/deep"
refused "config_db: SONiC refuses" "SONiC has not taken up the configuration" config-config-db config "$work/broken"
holds "config_db: what runs is as before" diff <(python3 -m json.tool "$work/running.before") <(python3 -m json.tool "$work/running.json")
holds "config_db: a whole configuration" call config-config-db config "$work/db1"
holds "config_db: runs" contains "$work/running.json" '"hostname": "new"'
stage=post-script handling=merge
holds "config_db: and a part" call config-config-db config "$work/db2"
holds "config_db: is saved" contains "$root/sonic/config_db.json" Vlan20
holds "config_db: the part is undone" call undo rollback
holds "config_db: alone" contains "$work/running.json" Vlan10
holds "config_db: it is gone" sh -c "! grep -q Vlan20 '$work/running.json'"
stage=config
holds "config_db: then the whole" call undo rollback
holds "config_db: as before" unchanged "$root"
bin=

# ---- SSH keys ---------------------------------------------------------------------------------------------------------------

if command -v ssh-keygen >/dev/null; then
  attempt=k1 stage=post-script handling=merge
  for key in one two; do ssh-keygen -q -t ed25519 -N '' -C "$key" -f "$work/$key"; done
  mkdir -p "$root/ssh"
  settings "ssh-file = $root/ssh/authorized_keys"
  remember "$root"
  printf 'ssh-ed25519 AAAA broken\n' >"$work/broken-key"
  refused "ssh: no key" "line 1 is no OpenSSH public key" after-ssh-keys config "$work/broken-key"
  echo '# nobody' >"$work/nothing"
  refused "ssh: nothing" "there is no key in the file" after-ssh-keys config "$work/nothing"
  holds "ssh: a key" call after-ssh-keys config "$work/one.pub"
  handling=replace
  sshd=$(command -v sshd || echo /usr/sbin/sshd)
  if [ -x "$sshd" ] && [ "$(id -u)" = 0 ]; then
    ssh-keygen -q -t ed25519 -N '' -f "$work/host"
    mkdir -p /run/sshd
    port=$((20000 + RANDOM % 10000))
    printf '%s\n' "ListenAddress 127.0.0.1:$port" "HostKey $work/host" "PidFile none" "StrictModes no" \
      "AuthorizedKeysFile $root/ssh/authorized_keys" "UsePAM no" "PermitRootLogin prohibit-password" >"$work/sshd_config"
    "$sshd" -D -e -f "$work/sshd_config" >"$work/sshd.log" 2>&1 &
    log_in() { ssh -F none -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o IdentitiesOnly=yes -i "$work/$1" -p "$port" root@127.0.0.1 true; }
    not_in() { ! log_in "$1" 2>"$work/ssh.err" && grep -q 'Permission denied' "$work/ssh.err"; }
    wait_until 10 log_in one
    holds "ssh: its owner may log in" log_in one
    holds "ssh: another may not" not_in two
    holds "ssh: in its place another" call after-ssh-keys config "$work/two.pub"
    holds "ssh: who may log in" log_in two
    holds "ssh: the first may not" not_in one
  else
    skip "ssh: logging in; openssh-server is not installed, or not root"
  fi
  holds "ssh: undone" call undo rollback
  holds "ssh: as before" unchanged "$root"
fi

# ---- certificates -------------------------------------------------------------------------------------------------------------

attempt=z1 stage=post-script handling=merge
mkdir -p "$root/certs/local" "$root/certs/etc" "$root/certs/hooks"
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/ca.key" -out "$work/ca.pem" -subj "/CN=Owner CA" -addext basicConstraints=critical,CA:TRUE -days 30 2>/dev/null
openssl req -newkey rsa:2048 -nodes -keyout "$work/web.key" -out "$work/web.csr" -subj /CN=web 2>/dev/null
openssl x509 -req -in "$work/web.csr" -CA "$work/ca.pem" -CAkey "$work/ca.key" -CAcreateserial -days 20 -out "$work/web.pem" -extfile <(echo basicConstraints=CA:FALSE) 2>/dev/null
if command -v update-ca-certificates >/dev/null; then
  settings "certificates-folder = $root/certs/local" "certificates-command = update-ca-certificates --localcertsdir $root/certs/local --etccertsdir $root/certs/etc --hooksdir $root/certs/hooks"
  env PATH="$PATH:/usr/sbin" update-ca-certificates --localcertsdir "$root/certs/local" --etccertsdir "$root/certs/etc" --hooksdir "$root/certs/hooks" >"$work/log" 2>&1
  trusts() { openssl verify -no-CApath -no-CAstore -CAfile "$root/certs/etc/ca-certificates.crt" "$work/web.pem"; }
  trusts_not() { ! trusts; }
  remember "$root/certs/local"
  holds "certificates: not trusted yet" trusts_not
  cat "$work/ca.pem" "$work/web.pem" >"$work/both.pem"
  check "certificates: one that is no authority's" 1 'certificate 002 is no authority.s .*CN = ?web.*: nothing was changed' call after-certificates config "$work/both.pem"
  check "certificates: none" 1 'there is no certificate in the file' call after-certificates config "$work/text"
  holds "certificates: nothing was changed" trusts_not
  holds "certificates: an authority's" call after-certificates config "$work/ca.pem"
  holds "certificates: is trusted by the system" trusts
  holds "certificates: undone" call undo rollback
  holds "certificates: not trusted any more" trusts_not
  holds "certificates: as before" unchanged "$root/certs/local"
else
  skip "certificates: ca-certificates is not installed"
fi

# ---- updates ------------------------------------------------------------------------------------------------------------------

if command -v unattended-upgrade >/dev/null && command -v apt-ftparchive >/dev/null && command -v gpg >/dev/null && [ "$(id -u)" = 0 ]; then
  attempt=u1
  repo=$work/repo
  mkdir -p "$repo" "$root/apt/sources.list.d" "$root/apt/apt.conf.d" "$root/apt/preferences.d" "$root/apt/trusted.gpg.d" "$work/gpg" && chmod 700 "$work/gpg"
  mkdir -p "$work/pkg/DEBIAN"
  printf 'Package: jada-app\nVersion: 2\nArchitecture: all\nMaintainer: Owner <owner@example.com>\nDescription: test\n' >"$work/pkg/DEBIAN/control"
  dpkg-deb -b "$work/pkg" "$repo/jada-app_2_all.deb" >/dev/null
  export GNUPGHOME=$work/gpg
  gpg --batch --quiet --passphrase '' --quick-generate-key "Owner <owner@example.com>" rsa2048 sign never 2>/dev/null
  gpg --batch --armor --export >"$work/owner.asc" 2>/dev/null
  (cd "$repo" && apt-ftparchive packages . >Packages && apt-ftparchive -o APT::FTPArchive::Release::Origin=Owner -o APT::FTPArchive::Release::Suite=stable release . >"$work/Release" &&
    mv "$work/Release" Release && gpg --batch --quiet --clearsign -o InRelease Release 2>/dev/null)
  chmod -R a+rX "$work" && chmod 700 "$work/gpg"
  python3 -u -m http.server --bind 127.0.0.1 --directory "$repo" 0 >"$work/http.log" 2>&1 &
  wait_until 10 grep -q 'port [0-9]' "$work/http.log" || :
  port=$(sed -n 's/.*port \([0-9]*\).*/\1/p' "$work/http.log")
  { printf 'Types: deb\nURIs: http://127.0.0.1:%s/\nSuites: ./\nSigned-By:\n' "$port"; sed 's/^$/./;s/^/ /' "$work/owner.asc"; } >"$work/sources"
  sed '/^Signed-By/,$d' "$work/sources" >"$work/unsigned"
  { cat "$work/sources"; echo 'Trusted: yes'; } >"$work/trusted"
  settings "updates-apt = $root/apt"
  remember "$root"
  refused "updates: a source without its key" "the source has no Signed-By" after-updates config "$work/unsigned"
  refused "updates: one that wants to be trusted" "asks for unsigned packages to be trusted" after-updates config "$work/trusted"
  holds "updates: a source" call after-updates config "$work/sources"
  cat >"$work/apt.conf" <<END
Dir::Etc "$root/apt"; Dir::State "$work/apt-state"; Dir::Cache "$work/apt-cache"; Dir::State::status "$work/apt-state/status"; Dir::Log "$work/apt-log";
APT::Sandbox::User "root"; Unattended-Upgrade::Mail "";
END
  mkdir -p "$work/apt-state/lists/partial" "$work/apt-state/updates" "$work/apt-cache/archives/partial" "$work/apt-log"
  printf 'Package: jada-app\nStatus: install ok installed\nVersion: 1\nArchitecture: all\nMaintainer: Owner <owner@example.com>\nDescription: test\n\n' >"$work/apt-state/status"
  export APT_CONFIG=$work/apt.conf
  holds "updates: apt takes it" apt-get -qq update
  check "updates: unattended-upgrade would install what it has" 0 'should be upgraded: jada-app' \
    unshare -m sh -c 'mount --bind "$0/apt-state/status" /var/lib/dpkg/status && exec unattended-upgrade --dry-run --debug' "$work"
  unset APT_CONFIG
  holds "updates: undone" call undo rollback
  holds "updates: as before" unchanged "$root"
  unset GNUPGHOME
else
  skip "updates: unattended-upgrades, apt-utils or gpg is not installed, or not root"
fi

# ---- containers -----------------------------------------------------------------------------------------------------------------

if command -v podman-compose >/dev/null && podman_runs; then
  attempt=p1 stage=post-script
  mkdir -p "$root/compose"
  settings "compose-folder = $root/compose"
  pass=("CONTAINERS_CONF=$work/containers.conf" "CONTAINERS_STORAGE_CONF=$work/storage.conf")
  export -f call
  export work attempt stage handling
  compose() { in_pod bash -c 'pass=(CONTAINERS_CONF="$CONTAINERS_CONF" CONTAINERS_STORAGE_CONF="$CONTAINERS_STORAGE_CONF"); call "$@"' x "$@"; }
  project() { printf 'version: "3"\nservices:\n'; for s; do printf '  %s:\n    image: localhost/pause:1\n    command: /pause\n' "$s"; done; }
  containers() { in_pod podman ps --format '{{.Names}}' | sed 's/.*[_-]\(first\|second\|third\)[_-].*/\1/' | sort | xargs; }
  project first >"$work/one.yaml"
  project second third >"$work/two.yaml"
  printf 'services: [\n' >"$work/bad.yaml"
  check "compose: no Compose file" 1 'this is no Compose file; nothing was changed' compose after-compose config "$work/bad.yaml"
  holds "compose: a project" compose after-compose config "$work/one.yaml"
  holds "compose: runs" test "$(containers)" = first
  export attempt=p2
  holds "compose: another in its place" compose after-compose config "$work/two.yaml"
  holds "compose: runs alone" test "$(containers)" = "second third"
  holds "compose: undone" compose undo rollback
  holds "compose: the first runs" test "$(containers)" = first
  sed 's/pause:1/missing:1/' "$work/two.yaml" >"$work/missing.yaml"
  export attempt=p3
  check "compose: an image that can't be had" 1 "compose_second_1 does not run" compose after-compose config "$work/missing.yaml"
  holds "compose: the first still runs" test "$(containers)" = first
  in_pod podman rm -fa -t 0 >/dev/null 2>&1
  in_pod podman rmi -fa >/dev/null 2>&1
  pass=()
else
  skip "compose: podman runs no container here: $(tail -n 1 "$work/log" 2>/dev/null)"
fi

# ---- the agent calls them -----------------------------------------------------------------------------------------------------

# The owner's configuration is an archive; his script adds an SSH key by a handler, and then may fail.
lab=$work/lab
start_server "$lab"
device handled "\"servers\": [\"127.0.0.1:$port\"], \"handlers\": { \"config\": \"$PWD/handlers/config-files\", \"rollback\": \"$PWD/handlers/undo\" }"
mkdir -p "$dev/etc/app" "$dev/ssh"
echo old >"$dev/etc/app/one"
printf '%s\n' "store = $dev/handlers" "files-below = $dev/etc/app" "ssh-file = $dev/ssh/authorized_keys" >"$dev/handlers.conf"
archive owner.tar "$dev/etc/app/one=new" "$dev/etc/app/two=new"
[ -f "$work/one.pub" ] || ssh-keygen -q -t ed25519 -N '' -f "$work/one"
script() { # STATUS
  printf '#!/bin/sh\ncat >key <<END\n%s\nEND\n%q/handlers/after-ssh-keys config key || exit 1\nexit %s\n' "$(cat "$work/one.pub")" "$PWD" "$1" >"$work/post"
}
script 1
offer --config "$work/owner.tar" --handling merge --post-script "$work/post"
state "$dev/etc" >"$work/remembered"
check "agent: the owner's script fails at its end" 1 'post-configuration script' agent run
holds "agent: the configuration is undone" unchanged "$dev/etc"
holds "agent: and what the script did by a handler" test ! -e "$dev/ssh/authorized_keys"
holds "agent: nothing is kept" test -z "$(find "$dev/handlers/attempts" -name content)"
script 0
offer --config "$work/owner.tar" --handling merge --post-script "$work/post"
check "agent: it ends well" 0 'bootstrapped' agent run
holds "agent: the configuration is there" is "$dev/etc/app/two" new
holds "agent: and the key" cmp "$work/one.pub" "$dev/ssh/authorized_keys"
# Power fails while the script runs: the next start undoes it, as the attempt that it was.
device cut "\"servers\": [\"127.0.0.1:$port\"], \"handlers\": { \"config\": \"$PWD/handlers/config-files\", \"rollback\": \"$PWD/handlers/undo\" }"
mkdir -p "$dev/etc/app" "$dev/ssh"
echo old >"$dev/etc/app/one"
printf '%s\n' "store = $dev/handlers" "files-below = $dev/etc/app" "ssh-file = $dev/ssh/authorized_keys" >"$dev/handlers.conf"
archive owner.tar "$dev/etc/app/one=new" "$dev/etc/app/two=new"
script 0
sed -i "s|^exit 0|touch '$dev/reached'; sleep 60|" "$work/post"
offer --config "$work/owner.tar" --handling merge --post-script "$work/post"
state "$dev/etc" >"$work/remembered"
sztp-agent run --config "$dev/agent.json" >"$work/out" 2>&1 &
pid=$!
wait_until 20 test -e "$dev/reached"
holds "agent: cut while the script runs" test "$(cat "$dev/etc/app/two")" = new
kill -9 $pid
wait $pid 2>/dev/null
rm -rf "${lab:?}/$serial"
check "agent: the next start, with nothing to bootstrap from" 2 'not-bootstrapped' agent run
holds "agent: has undone the configuration" unchanged "$dev/etc"
holds "agent: and what the script did by a handler, too" test ! -e "$dev/ssh/authorized_keys"
conclude
