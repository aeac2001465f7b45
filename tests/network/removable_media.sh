#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Sticks as they are plugged in: block devices with file systems on them, which the agent finds, mounts, reads and leaves
# alone (USB group). Needs root and loop devices; what this kernel can't mount is skipped with a line.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/network.sh
own_mounts "$@"
need losetup mkfs.ext4 debugfs python3
loops=
detach_all() {
  local loop
  for loop in $loops; do
    partx -d "$loop" 2>/dev/null
    losetup -d "$loop" 2>/dev/null
  done
  loops=
}
trap 'umount "$work/mnt" 2>/dev/null; detach_all; network_down' EXIT
mkdir "$work/mnt"

# attach FILE: as a block device, in $loop
attach() {
  loop=$(losetup --show -f "$1" 2>"$work/log") ||
    skip_all "no loop devices here: $(cat "$work/log")"
  loops="$loops $loop"
}
# stick NAME FOLDER [MKFS...]: a stick with a folder's contents, in $loop and $image
stick() {
  local folder=$2
  image=$work/$1.img
  shift 2
  rm -f "$image"
  truncate -s 16M "$image"
  "${@:-mkfs.ext4}" -q -F -d "$folder" "$image" || { echo "no stick can be made"; exit 1; }
  attach "$image"
}
device_side=() # no network of its own
# ends NAME STATUS PATTERN: a run of the agent ends so, and says so
ends() {
  agent run >"$work/out" 2>"$work/err"
  local status=$?
  if [ "$status" = "$2" ] && cat "$work/out" "$work/err" | grep -qE -- "$3"; then
    ok "$1"
  else
    bad "$1" "status $status instead of $2, or no '$3' in:" "$(tail -n 20 "$work/out" "$work/err")"
  fi
}
# sources_say NAME PATTERN: what status.json says of the sources
sources_say() {
  if python3 - "$dev/status/status.json" "$2" <<'PY'; then ok "$1"; else bad "$1" "$2 is not in:" "$(cat "$dev/status/status.json")"; fi
import json, re, sys
places = json.load(open(sys.argv[1]))["sources"]
line = "; ".join(" ".join(p.get(k, "-") for k in ("source", "where", "result", "reason")) for p in places)
sys.exit(0 if re.search(sys.argv[2], line) else print(line) or 1)
PY
}
on() { device "$1" "\"removable\": { \"devices\": [$(printf '"%s",' "${@:2}" | sed 's/,$//')] }"; }
no_mounts() { ! grep -q -e "$work" -e "${loop:-none} " /proc/self/mountinfo; }
can_mount() { grep -qw "$1" /proc/filesystems || modprobe -q "$1" 2>/dev/null; }

data() { signed "$1" "${2:-$serial}" onboarding --config "$work/configuration" --handling replace; }

# ---- one stick, of every kind that can be mounted here (USB-01, USB-02, USB-12) ------------------------------------------

data "$work/plain/$serial"
for kind in ext2 ext3 ext4; do
  can_mount $kind || { skip "$kind: this kernel can't mount it"; continue; }
  journal=
  [ $kind = ext2 ] || journal='-J size=4'
  # shellcheck disable=SC2086
  stick "$kind" "$work/plain" "mkfs.$kind" $journal
  before=$(sha256sum <"$image")
  on "$kind" "$loop"
  bootstraps "a stick of $kind"
  sources_say "it is told" "^removable $loop $serial data accepted -$"
  holds "nothing stays mounted" no_mounts
  holds "nothing is left in the state folder" test ! -e "$dev/state/medium"
  holds "nothing was written on it" test "$before" = "$(sha256sum <"$image")"
done
# by_device_or_fuse KIND PROGRAM [OPTION...]: the image $image as a stick, or where the kernel can't mount it as a folder in which PROGRAM
# does
by_device_or_fuse() {
  if can_mount "$1"; then
    attach "$image"
    on "$1" "$loop"
    bootstraps "a stick of $1"
  elif command -v "$2" >/dev/null && [ -e /dev/fuse ] && "${@:2}" "$image" "$work/mnt" >"$work/log" 2>&1; then
    wait_until 5 test -e "$work/mnt/$serial"
    device "$1" "\"removable\": { \"folders\": [\"$work/mnt\"] }"
    bootstraps "a folder in which $2 has mounted $1"
    umount "$work/mnt"
  else
    skip "$1: this kernel can't mount it, and $2 is not installed or can't"
  fi
}
image=$work/vfat.img
truncate -s 64M "$image"
if command -v mkfs.vfat >/dev/null && mkfs.vfat -F 32 "$image" >/dev/null && mcopy -s -i "$image" "$work/plain/$serial" ::/; then
  by_device_or_fuse vfat fusefat -o ro
else
  skip "vfat: dosfstools or mtools are not installed"
fi
image=$work/iso.img
if xorriso -as mkisofs -quiet -J -R -o "$image" "$work/plain" 2>/dev/null; then
  by_device_or_fuse iso9660 fuseiso
else
  skip "iso9660: xorriso is not installed"
fi
image=$work/exfat.img
truncate -s 16M "$image"
if can_mount exfat && command -v mkfs.exfat >/dev/null && mkfs.exfat "$image" >/dev/null; then
  attach "$image"
  mount "$loop" "$work/mnt" && cp -r "$work/plain/$serial" "$work/mnt" && umount "$work/mnt"
  on exfat "$loop"
  bootstraps "a stick of exfat"
else
  skip "exfat: this kernel can't mount it, or exfatprogs is not installed"
fi

# A journal that was not played back is left as it is, and so is what the superblock wants done on errors.
stick dirty "$work/plain" mkfs.ext4 -J size=4
tune2fs -e panic "$loop" >/dev/null 2>&1
mount -o errors=continue "$loop" "$work/mnt"
touch "$work/mnt/half-written"
sync -f "$work/mnt"
cp "$image" "$work/dirty-copy.img"
umount "$work/mnt"
attach "$work/dirty-copy.img"
before=$(sha256sum <"$work/dirty-copy.img")
holds "a stick that was pulled out of another machine is not clean" \
  sh -c "dumpe2fs -h '$work/dirty-copy.img' 2>/dev/null | grep -q needs_recovery"
holds "and wants the machine to panic on errors" \
  sh -c "dumpe2fs -h '$work/dirty-copy.img' 2>/dev/null | grep -qi 'errors behavior: *panic'"
on dirty "$loop"
bootstraps "such a stick is read"
holds "nothing was written on it" test "$before" = "$(sha256sum <"$work/dirty-copy.img")"

# ---- several partitions, several devices, several sticks (USB-03, USB-11) --------------------------------------------

data "$work/both/OTHER-1/bootstrapping-data" OTHER-1
data "$work/both/$serial/bootstrapping-data"
stick both "$work/both"
on both "$loop"
bootstraps "two devices' data on one stick"
sources_say "the own one is taken" "^removable $loop $serial/bootstrapping-data data accepted -$"

data "$work/xr/EN9/OTHER-1/bootstrapping-data" OTHER-1
data "$work/xr/EN9/$serial/bootstrapping-data"
data "$work/xr/EN10/$serial/bootstrapping-data" OTHER-1
data "$work/xr" OTHER-1
stick xr "$work/xr"
device xr "\"removable\": { \"devices\": [\"$loop\"], \"enterprise-number\": 9 }"
bootstraps "the layout of IOS-XR"
sources_say "its folder comes before the root" "^removable $loop EN9/$serial/bootstrapping-data data accepted -$"
device own-layout "\"removable\": { \"devices\": [\"$loop\"], \"enterprise-number\": 9,
  \"layouts\": [\"nowhere/{serial}\", \"EN{enterprise}/{serial}/bootstrapping-data\"] }"
bootstraps "layouts of one's own"
device no-xr "\"removable\": { \"devices\": [\"$loop\"] }"
ends "without the enterprise number the root is what there is" 5 'voucher-serial'

image=$work/partitions.img
truncate -s 40M "$image"
if command -v sfdisk >/dev/null; then
  printf 'label: dos\n,8M,83\n,8M,82\n,8M,83\n' | sfdisk -q "$image"
  attach "$image"
  partx -a "$loop" 2>/dev/null
fi
if [ -b "${loop}p3" ] && [ "$image" = "$(losetup -n -O BACK-FILE "$loop")" ]; then
  data "$work/first/OTHER-1" OTHER-1
  mkfs.ext4 -q -d "$work/first" "${loop}p1"
  mkfs.ext4 -q -d "$work/plain" "${loop}p3"
  on partitions "$loop"
  bootstraps "the third of three partitions"
  sources_say "each of them is told" "^removable ${loop}p1 nothing there -; removable ${loop}p2 nothing there none of \
removable.file-systems is on it; removable ${loop}p3 $serial data accepted -$"
  on one-partition "${loop}p3"
  bootstraps "a partition that was named"
  # As a machine has it: the kernel says that the disk is removable.
  mkdir -p "$work/block"
  cp -P /sys/class/block/* "$work/block"
  for entry in "$work"/block/*; do
    target=$(readlink -f "/sys/class/block/$(basename "$entry")")
    ln -sfn "$target" "$entry"
  done
  rm "$work/block/$(basename "$loop")"
  mkdir "$work/block/$(basename "$loop")"
  cp -r "/sys/class/block/$(basename "$loop")/"{dev,size,"$(basename "$loop")"p*} "$work/block/$(basename "$loop")" 2>/dev/null
  echo 1 >"$work/block/$(basename "$loop")/removable"
  device auto '"sources": ["removable"]'
  agent() { unshare -m sh -c "mount --bind '$work/block' /sys/class/block && exec sztp-agent run --config '$dev/agent.json'"; }
  bootstraps "a stick that nobody named"
  sources_say "it was found" "${loop}p3 $serial data accepted -$"
  agent() { sztp-agent "$1" --config "$dev/agent.json" "${@:2}"; }
else
  skip "several partitions: sfdisk is not installed, or this kernel has no partitions of loop devices"
fi

mkdir "$work/nothing"
stick empty "$work/nothing"
empty=$loop
data "$work/foreign/$serial"
sztp conveyed onboarding --config "$work/configuration" --handling replace --signer "$PKI/other.pem" --key "$PKI/other.key" \
  --out "$work/foreign/$serial/conveyed-information.cms"
stick foreign "$work/foreign"
foreign=$loop
stick good "$work/plain"
on several "$work/not-there" "$empty" "$foreign" "$loop"
bootstraps "the fourth of four sticks"
sources_say "each of them is told" "^removable $work/not-there not there -; removable $empty nothing there -; \
removable $foreign $serial data refused rejected at .*; removable $loop $serial data accepted -$"
on refused "$empty" "$foreign"
ends "without the last one it is refused" 5 'rejected at'

# ---- what is not what it seems (USB-05, USB-06, USB-07, USB-08) ------------------------------------------------------

# turns_down NAME FOLDER PATTERN: nothing of that stick is used, that is told, and the next stick is
turns_down() {
  local bad_one
  stick bad "$2"
  bad_one=$loop
  stick good "$work/plain"
  on turned-down "$bad_one" "$loop"
  bootstraps "$1"
  sources_say "... and why" "^removable $bad_one $3.*; removable $loop $serial data accepted -$"
}
bad_folder() { rm -rf "$work/bad"; mkdir -p "$work/bad/$serial"; cp "$work/plain/$serial"/* "$work/bad/$serial"; }

bad_folder
ln -s / "$work/bad/elsewhere"
mv "$work/bad/$serial" "$work/bad/real"
ln -s real "$work/bad/$serial"
turns_down "a folder that is a link" "$work/bad" "nothing there $serial.* is no folder"
bad_folder
mv "$work/bad/$serial/conveyed-information.cms" "$work/bad/file"
ln -s ../file "$work/bad/$serial/conveyed-information.cms"
turns_down "a link to a file on the stick" "$work/bad" 'nothing usable conveyed-information.cms is refused: it is a symbolic link'
bad_folder
ln -sf "$work/plain/$serial/ownership-voucher.vcj" "$work/bad/$serial/ownership-voucher.vcj"
turns_down "a link to a file of the device" "$work/bad" 'nothing usable ownership-voucher.vcj is refused: it is a symbolic link'
bad_folder
rm "$work/bad/$serial/owner-certificate.cms"
mkfifo "$work/bad/$serial/owner-certificate.cms"
turns_down "a pipe" "$work/bad" 'nothing usable owner-certificate.cms is refused: it is no regular file'
bad_folder
truncate -s 1G "$work/bad/$serial/conveyed-information.cms"
turns_down "a file of a gigabyte" "$work/bad" 'nothing usable conveyed-information.cms is refused: it has 1073741824 octets'
bad_folder
rm "$work/bad/$serial/owner-certificate.cms"
turns_down "signed data without owner certificate" "$work/bad" "$serial data refused rejected at artifacts: artifact-missing"
bad_folder
openssl cms -cmsout -inform DER -outform PEM -in "$work/plain/$serial/conveyed-information.cms" \
  -out "$work/bad/$serial/conveyed-information.cms"
turns_down "PEM in place of DER" "$work/bad" "$serial data refused rejected at [a-z-]*: cms-malformed"
bad_folder
sztp conveyed onboarding --config "$work/configuration" --handling replace --out "$work/bad/$serial/conveyed-information.cms"
turns_down "unsigned onboarding information" "$work/bad" "$serial data refused rejected at .*: unsigned-onboarding-untrusted"
rm -rf "$work/bad"
mkdir -p "$work/bad/a/$serial" "$work/bad/b/$serial"
cp "$work/plain/$serial/conveyed-information.cms" "$work/bad/a/$serial"
cp "$work/plain/$serial"/o* "$work/bad/b/$serial"
stick halves "$work/bad"
device halves "\"removable\": { \"devices\": [\"$loop\"], \"layouts\": [\"b/{serial}\", \"a/{serial}\"] }"
ends "halves in two folders make no whole (D-08)" 5 artifact-missing
device mixed "\"removable\": { \"folders\": [\"$work/bad/a\", \"$work/bad/b\"] }"
ends "nor do they on two sticks" 5 artifact-missing
bad_folder
mv "$work/bad/$serial/ownership-voucher.vcj" "$work/bad/$serial/ownership-voucher.cms"
stick cms "$work/bad"
on cms "$loop"
bootstraps "a voucher named .cms"
echo broken >"$work/bad/$serial/ownership-voucher.vcj"
turns_down "a broken .vcj beside a good .cms (D-14)" "$work/bad" "$serial data refused rejected at voucher-format: voucher-malformed"

# ---- what is damaged (USB-08) ----------------------------------------------------------------------------------------

# damage NAME PATTERN COMMAND...: the stick's image is changed so before it is plugged in
damage() {
  local name=$1 said=$2 bad_one
  shift 2
  image=$work/damaged.img
  rm -f "$image"
  truncate -s 16M "$image"
  mkfs.ext4 -q -F -d "$work/plain" "$image"
  "$@" >/dev/null 2>&1 || { bad "$name" "the stick can't be damaged so"; return; }
  attach "$image"
  bad_one=$loop
  stick good "$work/plain"
  on damaged "$bad_one" "$loop"
  bootstraps "$name"
  sources_say "... and why" "^removable $bad_one $said.*; removable $loop $serial data accepted -$"
}
ci=/$serial/conveyed-information.cms
change() { debugfs -w "$image" -R "$1"; }
# the block in which something lies, overwritten
overwrite() {
  local block
  block=$(debugfs "$image" -R "blocks $1" 2>/dev/null | tr -d ' ')
  [ -n "$block" ] && dd if=/dev/urandom of="$image" bs=1024 seek="$block" count=1 conv=notrunc
}
overwrite_inode() {
  local place block offset
  place=$(debugfs "$image" -R "imap $1" 2>/dev/null)
  block=$(sed -n 's/.*block \([0-9]*\).*/\1/p' <<<"$place")
  offset=$((16#$(sed -n 's/.*offset 0x\([0-9a-f]*\).*/\1/p' <<<"$place")))
  dd if=/dev/urandom of="$image" bs=1 seek=$((block * 1024 + offset)) count=128 conv=notrunc
}
damage "a file that says it is longer than it is" "$serial data refused rejected at [a-z-]*: cms-malformed" \
  change "sif $ci size 9000"
damage "a file that says it has no octets" 'nothing usable conveyed-information.cms is refused: it has 0 octets' \
  change "sif $ci size 0"
damage "a file of 4 EiB" 'nothing usable conveyed-information.cms' change "sif $ci size 4611686018427387904"
damage "a folder full of nonsense" "(nothing usable|can't be read|nothing there)" overwrite "/$serial"
damage "a file whose record is nonsense" 'nothing usable conveyed-information.cms is refused: ' overwrite_inode "$ci"
damage "a root full of nonsense" "(nothing usable|can't be read|nothing there)" overwrite_inode /
damage "half a stick" "(nothing there none of|can't be read|nothing usable)" truncate -s 200K "$work/damaged.img"
# What is read first is there, what is read then is not: the stick was pulled out in between.
image=$work/pulled-early.img
truncate -s 16M "$image"
mkdir -p "$work/padded/$serial"
cp "$work/plain/$serial"/o* "$work/padded/$serial"
{ cat "$work/plain/$serial/conveyed-information.cms"; head -c 300000 /dev/urandom; } >"$work/padded/$serial/conveyed-information.cms"
mkfs.ext4 -q -F -d "$work/padded" "$image"
attach "$image"
pulled=$loop
last=$(debugfs "$image" -R "blocks $ci" 2>/dev/null | tr ' ' '\n' | grep . | sort -n | tail -n 1)
truncate -s $((last * 1024)) "$image"
stick good "$work/plain"
on pulled-early "$pulled" "$loop"
bootstraps "a stick that is pulled out while it is read"
sources_say "... and why" "^removable $pulled nothing usable conveyed-information.cms is refused: it can't be read beyond [0-9]+ of 30[0-9]+ \
octets: Input/output error; removable $loop $serial data accepted -$"
damage "no file system at all" 'nothing there none of removable.file-systems is on it' \
  dd if=/dev/urandom of="$work/damaged.img" bs=64K count=256 conv=notrunc
on absent /dev/null "$work/configuration" "$loop"
bootstraps "names that are no block devices"
sources_say "... and why" "^removable /dev/null not used it is no block device; removable $work/configuration not used it is no block device"
holds "nothing stays mounted of all that" no_mounts

# ---- mounted by others, and not to be mounted -----------------------------------------------------------------------

stick mounted "$work/plain"
mount -o ro "$loop" "$work/mnt"
on mounted "$loop"
bootstraps "a stick that is mounted already"
holds "it still is" grep -q " $work/mnt " /proc/self/mountinfo
device both-ways "\"removable\": { \"folders\": [\"$work/mnt\"], \"devices\": [\"$loop\"] }"
bootstraps "a stick that is in a folder, too"
device twice "\"removable\": { \"folders\": [\"$work/mnt\"], \"devices\": [\"$loop\"], \"layouts\": [\"nothing\"] }"
ends "it is looked at once" 2 not-bootstrapped
sources_say "... as a folder" "^removable $work/mnt nothing there -$"
unprivileged() { setpriv --bounding-set -sys_admin --inh-caps -sys_admin sztp-agent "$@"; }
if command -v setpriv >/dev/null && setpriv --bounding-set -sys_admin true 2>/dev/null; then
  agent() { unprivileged "$1" --config "$dev/agent.json"; }
  on mounted-unprivileged "$loop"
  bootstraps "without privileges what is mounted is read"
  umount "$work/mnt"
  device unprivileged "\"removable\": { \"devices\": [\"$loop\", \"$empty\"], \"folders\": [\"$work/none\"] },
    \"retry\": { \"passes\": 3, \"first\": 0.05, \"last\": 0.05 }"
  unprivileged daemon --config "$dev/agent.json" >"$work/out" 2>"$work/err"
  sources_say "what is not can't be" "$loop can't be read it is not mounted, and mounting needs privileges"
  holds "that is said once, in three passes and of two sticks" test 1 = "$(grep -c CAP_SYS_ADMIN "$work/out")"
  agent() { sztp-agent "$1" --config "$dev/agent.json" "${@:2}"; }
else
  skip "an agent without privileges: setpriv can't take them here"
fi
umount "$work/mnt" 2>/dev/null

# ---- an image on the stick (USB-09, USB-10, B4, B7) -------------------------------------------------------------------

head -c 3000000 /dev/urandom >"$work/os.img"
# image_stick NAME URI...: a stick whose onboarding information names an image at these places
image_stick() {
  local name=$1 uris=() uri
  shift
  for uri; do uris+=(--image-uri "$uri"); done
  rm -rf "$work/with-image"
  mkdir -p "$work/with-image/images"
  cp "$work/os.img" "$work/with-image/images"
  ln -s os.img "$work/with-image/images/link"
  ln -s images "$work/with-image/folder-link"
  ln -s "$work" "$work/with-image/way-out"
  mkfifo "$work/with-image/images/pipe"
  head -c 3000000 /dev/zero >"$work/with-image/images/other"
  signed "$work/with-image/$serial" "$serial" onboarding --os-name ExampleOS --os-version 2.0 --image "$work/os.img" "${uris[@]}"
  stick "$name" "$work/with-image"
  device "$name" "\"removable\": { \"devices\": [\"$loop\"] }, \"handlers\": { \"install\": \"install\" }"
  printf '#!/bin/sh\ncp "$2" "%s/installed"\necho "$SZTP_IMAGE_URI" >"%s/uri"\n' "$dev" "$dev" >"$dev/install"
  chmod +x "$dev/install"
}
image_stick image file:///images/os.img
ends "an image on the stick is installed" 3 'downloaded 2.9 MiB'
holds "it is that image" cmp "$work/os.img" "$dev/installed"
holds "the program hears where it was from" grep -qx file:///images/os.img "$dev/uri"
holds "the staged copy is gone" test -z "$(ls -A "$dev/state/staging")"
holds "nothing stays mounted" no_mounts
sed -i 's/VERSION_ID=1.0/VERSION_ID=2.0/' "$dev/os-release"
ends "after the restart the device goes on" 0 'bootstrapped'

image_stick named-drive file:///disk2:/images/os.img
ends "the drive of IOS-XR is the stick" 3 'downloaded'
image_stick way-out https://127.0.0.1:1/os.img "file:///etc/passwd" "file:///../os.img" "file:///images/%2e%2e/%2e%2e/os.img" \
  "file:///way-out/os.img" "file:///folder-link/os.img" "file:///images/link" "file:///images/pipe" "file:///images" \
  "file://elsewhere/images/os.img" "file:///images/other" "file:///images/missing" "FILE:/images/os.img"
ends "what is wrong is passed over" 3 'downloaded'
holds "it is the right one" cmp "$work/os.img" "$dev/installed"
for said in 'passwd could not be downloaded: etc/passwd on the medium: No such file' 'a component is "." or ".."' \
  'way-out/os.img on the medium: ' 'folder-link/os.img on the medium: ' 'images/link on the medium: a symbolic link' \
  'images/pipe on the medium: no regular file' 'images on the medium: no regular file' 'another host' \
  'other: the image is not the one announced' 'images/missing on the medium: No such file'; do
  holds "... because: $said" grep -qF -- "$said" "$work/out"
done
image_stick large file:///images/os.img
sed -i 's/"removable"/"limits": { "image": 2999999 }, "removable"/' "$dev/agent.json"
ends "an image beyond the limit" 1 'images/os.img has 3000000 octets, and 2999999 are allowed'

# Pulled out while the image is read: the end of the stick is gone.
image_stick pulled file:///images/os.img
last=$(debugfs "$image" -R 'blocks /images/os.img' 2>/dev/null | tr ' ' '\n' | grep . | sort -n | tail -n 100 | head -n 1)
truncate -s $((last * 1024)) "$image"
ends "a stick that is pulled out" 1 "can't be read beyond [0-9]+ of 3000000 octets: Input/output error"
holds "nothing was installed" test ! -e "$dev/installed"
holds "nothing stays mounted" no_mounts

# ---- a crash (USB-01) -------------------------------------------------------------------------------------------------

printf '#!/bin/sh\necho $PPID >"%s/pid"\nsleep 30\n' "$work" >"$work/sleep"
signed "$work/slow/$serial" "$serial" onboarding --pre-script "$work/sleep" --config "$work/configuration" --handling replace
stick slow "$work/slow" mkfs.ext4 -J size=4 -e panic
on slow "$loop"
agent run >"$work/out" 2>&1 &
wait_until 10 test -s "$work/pid"
pid=$(cat "$work/pid")
flags() { python3 - "$pid" "$loop" <<'PY'
import os, sys
device = os.stat(sys.argv[2]).st_rdev
folder = "/proc/%s/fd/" % sys.argv[1]
held = [folder + fd for fd in os.listdir(folder) if os.stat(folder + fd).st_dev == device]
sys.exit(0 if held and all(os.statvfs(path).f_flag & 15 == 15 for path in held) else 1)
PY
}
holds "while its data is at work the stick is open: read-only, nosuid, nodev, noexec" flags
if [ -e "/proc/fs/ext4/$(basename "$loop")/options" ]; then
  holds "no error on it makes the kernel panic" grep -qx errors=continue "/proc/fs/ext4/$(basename "$loop")/options"
fi
holds "it is mounted in no place" no_mounts
kill -9 "$pid"
wait 2>/dev/null
holds "after a crash nothing is mounted" no_mounts
free_again() { losetup -d "$loop" && ! losetup "$loop"; }
holds "and nobody holds the stick" free_again
stick left "$work/plain"
mkdir -p "$dev/state/medium"
mount -o ro "$loop" "$dev/state/medium"
sed -i "s#\"devices\": \[.*\] }#\"devices\": [\"$loop\"] }#" "$dev/agent.json"
rm -f "$work/pid"
printf '#!/bin/sh\nexit 0\n' >"$dev/rollback" && chmod +x "$dev/rollback"
sed -i 's/"removable"/"handlers": { "rollback": "rollback" }, "removable"/' "$dev/agent.json"
bootstraps "an agent that was killed between mounting and detaching starts again"
holds "what it left is gone" no_mounts
holds "and so is the folder" test ! -e "$dev/state/medium"
conclude
