#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# docs/removable.md as its reader follows it: each block of commands is run, in order, on a device and a stick that take the
# place of those named there (USB-03, USB-12).
cd "$(dirname "$0")/../.." || exit 2
. tests/common/network.sh
. tests/common/guide.sh
own_mounts "$@"
guide=$PWD/docs/removable.md
need losetup mkfs.ext4
loop=
trap 'umount "$work/stick" 2>/dev/null; [ -z "$loop" ] || losetup -d "$loop"; network_down' EXIT

mkdir "$work/stick" "$work/desk"
truncate -s 64M "$work/image"
loop=$(losetup --show -f "$work/image" 2>"$work/log") ||
  skip_all "no loop devices here: $(cat "$work/log")"
ln -s "$loop" "$work/desk/device"
format=mkfs.vfat
if ! grep -qw vfat /proc/filesystems && ! modprobe -q vfat 2>/dev/null || ! command -v mkfs.vfat >/dev/null; then
  echo "        (in place of FAT, which this kernel can't mount, the stick has ext4)"
  format='mkfs.ext4 -q'
fi

cd "$work/desk" || exit 2
cp "$PKI"/{owner,owner-int,mfr-root,server-root,idevid}.pem "$PKI"/{owner,idevid}.key .
cp "$work/configuration" config.xml
head -c 500000 /dev/urandom >os.img
printf '#!/bin/sh\ncp "$2" "%s/installed"\n' "$PWD" >install-image
chmod +x install-image
for number in 17 18; do
  name=voucher-$number.vcj
  [ $number = 18 ] || name=voucher.vcj
  issue_voucher $name EX4200-$number
done

# block LANGUAGE NUMBER: that block of the guide, with the real device and folder in it
block() {
  guide_block "$guide" "$1" "$2" |
    sed -e "s#mkfs.vfat -n#$format -${3:-}$([ "$format" = mkfs.vfat ] && echo n || echo L)#" -e "s#/dev/sdb1#$loop#" \
      -e "s#/mnt/stick#$work/stick#"
}
block json 1 | sed "s#\"enterprise-number\": 9#&, \"devices\": [\"$work/desk/device\"]#" >agent.json
holds "the guide has a configuration" grep -q '"devices"' agent.json
number=1
while commands=$(block sh $number) && [ -n "$commands" ]; do
  if bash -ec "$commands" >"$work/out" 2>"$work/err" </dev/null; then
    ok "$(head -n 1 <<<"$commands" | sed "s#$work/##g" | cut -c 1-90)"
  else
    bad "block $number" "$commands" "$(tail -n 5 "$work/out" "$work/err")"
  fi
  number=$((number + 1))
done
holds "the guide has commands" test $number -gt 8
holds "the last ones told of the stick" grep -q 'EN9/EX4200-17/bootstrapping-data: data accepted' "$work/out"

# What the configuration alone does not show: the device with the image, and the device that has nothing but a redirect.
holds "the first device took its configuration from the layout of IOS-XR" cmp running config.xml
sed -i 's/"enterprise-number": 9, //' agent.json
rm -rf state status running
sztp-agent run --config agent.json >"$work/out" 2>&1
holds "without it, it takes the image" test $? = 3
holds "which is the one on the stick" cmp installed os.img
rm -rf state status
sed -i 's/"identity": {/"identity": { "serial": "EX4200-99",/' agent.json
unshare -n sztp-agent run --config agent.json >"$work/out" 2>&1 # nobody out there is asked
holds "a third device is sent to the server" grep -qE 'boot.example.com' "$work/out"
conclude
