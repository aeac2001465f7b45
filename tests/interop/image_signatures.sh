#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Signatures of boot images: made and checked by openssl(1) and by sztp(1), each in every way that is wrong, in memory that does
# not grow with the image; and devices that want them, from a server and from a stick. Environment: BUILD, PKI; LONG=1: with an
# image of 4 GiB.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
. tests/common/bootstrap.sh
need openssl

# ---- a manufacturer -----------------------------------------------------------------------------------------------------

fw=$work/firmware
mkdir "$fw"
quiet() { "$@" >"$work/log" 2>&1 || { cat "$work/log"; exit 2; }; }
authority() { # NAME
  quiet openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-384 -nodes -keyout "$fw/$1.key" -out "$fw/$1.pem" -days 3650 \
    -subj "/O=Example/CN=Firmware $1" -addext keyUsage=critical,keyCertSign -addext basicConstraints=critical,CA:TRUE
}
signer() { # NAME EXTENSIONS [OPTION...]: those of x509
  quiet openssl req -newkey "${algorithm:-ec}" -pkeyopt "${parameter:-ec_paramgen_curve:P-256}" -nodes -keyout "$fw/$1.key" \
    -subj "/O=Example/CN=$1" -out "$fw/any.csr"
  quiet openssl x509 -req -in "$fw/any.csr" -CA "$fw/root.pem" -CAkey "$fw/root.key" -set_serial 0x$RANDOM$RANDOM -days 3000 \
    -out "$fw/$1.pem" -extfile <(printf '%b' "$2")
}
authority root
authority other
right='keyUsage=critical,digitalSignature\nextendedKeyUsage=codeSigning\n'
signer builder "$right"
algorithm=rsa parameter=rsa_keygen_bits:2048 signer builder-rsa "$right"
signer bare ''
signer server-cert 'extendedKeyUsage=serverAuth\n'
signer encipherer 'keyUsage=critical,keyEncipherment\n'
head -c 3000000 /dev/urandom >"$work/image"
cp "$work/image" "$work/changed"
printf x | dd of="$work/changed" bs=1 seek=1500000 conv=notrunc 2>/dev/null

# ---- both ways (FW-05, FW-11) -------------------------------------------------------------------------------------------

openssl_signs() { # OUT SIGNER OPTION...
  quiet openssl cms -sign -binary -in "$work/image" -signer "$fw/$2.pem" -inkey "$fw/$2.key" -outform DER -out "$work/$1" "${@:3}"
}
openssl_verifies() { # SIGNATURE
  openssl cms -verify -binary -content "$work/image" -inform DER -in "$work/$1" -CAfile "$fw/root.pem" -purpose any -out /dev/null
}
judge() { sztp image verify "$work/image" --signature "$work/$1" --anchor "$fw/root.pem" "${@:2}"; }
for name in builder builder-rsa bare; do
  for bits in 256 384 512; do
    openssl_signs theirs.p7s $name -md sha$bits
    check "openssl's signature by $name with SHA-$bits" 0 '^accepted: ' judge theirs.p7s
    sztp image sign "$work/image" --signer "$fw/$name.pem" --key "$fw/$name.key" --hash $bits --out "$work/ours.p7s"
    holds "ours, for openssl" openssl_verifies ours.p7s
    check "ours, for us" 0 '^accepted: ' judge ours.p7s
  done
done
openssl_signs package.p7s builder -econtent_type 1.2.840.113549.1.9.16.1.16
check "as a firmware package (RFC 4108)" 0 '^accepted: ' judge package.p7s
openssl_signs key-id.p7s builder -keyid
check "a signer named by its key" 0 '^accepted: ' judge key-id.p7s
openssl_signs pss.p7s builder-rsa -keyopt rsa_padding_mode:pss -keyopt rsa_pss_saltlen:digest
check "RSASSA-PSS" 0 '^accepted: ' judge pss.p7s
openssl_signs salt.p7s builder-rsa -keyopt rsa_padding_mode:pss # as long as there is room
if [ "${CRYPTO:-}" = psa ]; then
  check "RSASSA-PSS with a salt that PSA has no name for" 1 'cms-alg-unsupported.*a salt as long as the digest alone, 32 octets' judge salt.p7s
else
  check "RSASSA-PSS with another salt" 0 '^accepted: ' judge salt.p7s
fi
openssl cms -sign -binary -in "$work/image" -signer "$fw/builder.pem" -inkey "$fw/builder.key" -outform PEM -out "$work/pem.p7s"
check "in PEM" 0 '^accepted: ' judge pem.p7s
check "an image from standard input" 0 '^accepted: ' sh -c "sztp image verify - --signature $work/ours.p7s --anchor $fw/root.pem <$work/image"

# ---- wrong in each way --------------------------------------------------------------------------------------------------

refused() { check "refused: $1" 1 "^rejected: image-signature \($2\): $3" "${@:4}"; } # WHAT LABEL DETAIL COMMAND...
openssl_signs noattr.p7s builder -noattr
refused "no signed attributes" cms-signedattrs-missing 'there are no signed attributes' judge noattr.p7s
openssl_signs inside.p7s builder -nodetach
refused "more than there may be, with the image in it" limit 'more than 65536 octets' judge inside.p7s
head -c 100 "$work/image" >"$work/small"
quiet openssl cms -sign -binary -nodetach -in "$work/small" -signer "$fw/builder.pem" -inkey "$fw/builder.key" -outform DER -out "$work/inside.p7s"
refused "with content in it" cms-type-unexpected 'there is content in the structure' judge inside.p7s
openssl_signs sha1.p7s builder -md sha1
refused "SHA-1" cms-alg-unsupported 'digest algorithm 1.3.14.3.2.26' judge sha1.p7s
openssl_signs voucher.p7s builder -econtent_type 1.2.840.113549.1.9.16.1.40
refused "signed as a voucher" cms-type-unexpected 'content type id-ct-animaJSONVoucher' judge voucher.p7s
openssl_signs nocerts.p7s builder -nocerts
refused "without its certificate" cms-signer-unknown 'the signer.s certificate is not in it' judge nocerts.p7s
openssl_signs good.p7s builder
refused "one octet of the image changed" cms-digest-mismatch 'the message-digest attribute is not' \
  sztp image verify "$work/changed" --signature "$work/good.p7s" --anchor "$fw/root.pem"
refused "another anchor" pkix-no-path 'no certificate of the issuer' \
  sztp image verify "$work/image" --signature "$work/good.p7s" --anchor "$fw/other.pem"
refused "expired, as the clock says (FW-08)" pkix-expired '' judge good.p7s --time 2060-01-01T00:00:00Z
check "without a clock" 0 '^accepted: ' judge good.p7s --time unknown
for name in server-cert encipherer; do
  openssl_signs use.p7s $name
  refused "a certificate for other uses: $name" pkix-keyusage '' judge use.p7s
done
head -c -1 "$work/good.p7s" >"$work/cut.p7s"
refused "cut off" cms-malformed '' judge cut.p7s
cp "$work/good.p7s" "$work/flipped.p7s"
printf '\377' | dd of="$work/flipped.p7s" bs=1 seek=$(($(stat -c %s "$work/good.p7s") - 3)) conv=notrunc 2>/dev/null
refused "a changed signature" cms-signature-invalid '' judge flipped.p7s
echo '<!DOCTYPE html><html>no such file</html>' >"$work/page.p7s"
refused "a web page" cms-malformed 'it is an HTML page' judge page.p7s
check "no image" 2 'no image given' sztp image verify --signature "$work/good.p7s" --anchor "$fw/root.pem"
check "two images" 2 'one image at a time' sztp image sign a b --signer "$fw/builder.pem" --key "$fw/builder.key"
check "no signature" 2 '--signature FILE and --anchor FILE are needed' sztp image verify "$work/image"
check "no signer" 2 '--signer CERT and --key KEY are needed' sztp image sign "$work/image"
check "an unknown hash" 2 "right are 256, 384 and 512" sztp image sign "$work/image" --signer "$fw/builder.pem" --key "$fw/builder.key" --hash 224
check "an image that is not there" 2 'nowhere' sztp image sign "$work/nowhere" --signer "$fw/builder.pem" --key "$fw/builder.key" --out "$work/o"
check "a signer that may not sign" 1 'its key usage is' sztp image sign "$work/image" --signer "$fw/encipherer.pem" --key "$fw/encipherer.key" --out "$work/o"

# ---- large images in little memory (FW-06) ------------------------------------------------------------------------------

size=256M
[ "${LONG:-0}" != 1 ] || size=4G
truncate -s $size "$work/large"
in_little() { (ulimit -v 65536 && "$@"); }
if [ "$(sztp --version)" = "$(in_little sztp --version 2>/dev/null)" ]; then # a sanitizer takes more for itself
  check "$size are signed in 64 MiB" 0 '' in_little sztp image sign "$work/large" --signer "$fw/builder.pem" --key "$fw/builder.key" --out "$work/large.p7s"
  check "and checked" 0 '^accepted: ' in_little sztp image verify "$work/large" --signature "$work/large.p7s" --anchor "$fw/root.pem"
  printf x >>"$work/large"
  check "an octet more is seen" 1 'cms-digest-mismatch' in_little sztp image verify "$work/large" --signature "$work/large.p7s" --anchor "$fw/root.pem"
else
  skip "large images in little memory: this build takes more for itself"
fi
rm -f "$work/large"

# ---- devices that want both: the owner's fingerprint and the manufacturer's signature (FW-02, FW-04, FW-10) ---------------

lab=$work/lab
start_server "$lab"
cp "$work/image" "$lab/images/os.img"
offer_image() { offer --os-name ExampleOS --os-version 2.0 --image "$work/image" --image-uri "$1"; }
wanting() { # NAME MEMBERS: a device that wants signatures by the manufacturer
  device "$1" "$2, \"policy\": { \"image-both\": true }, \"handlers\": { \"install\": \"install\" }, \"retry\": { \"passes\": 1 }"
  sed -i "s#\"anchors\": {#\"anchors\": { \"firmware\": [\"$fw/root.pem\"],#" "$dev/agent.json"
  printf '#!/bin/sh\ncp "$2" %s/installed\n' "$dev" >"$dev/install"
  chmod +x "$dev/install"
}
at_server="\"servers\": [\"127.0.0.1:$port\"]"
offer_image "https://127.0.0.1:$port/images/os.img"
cp "$work/good.p7s" "$lab/images/os.img.p7s"
wanting both "$at_server"
check "an image with a good signature is installed" 3 'the image is signed by "?O=Example, CN=builder' agent run
holds "it is that image" cmp "$work/image" "$dev/installed"
rm "$lab/images/os.img.p7s"
wanting without "$at_server"
check "one without is not" 5 'image-signature, no signature of it was found: HTTP status 404' agent run
holds "and nothing was installed" test ! -e "$dev/installed"
holds "the server was told (FW-10)" grep -rq 'image-signature, no signature of it was found' "$lab"
for wrong in "good.p7s other" "noattr.p7s root" "page.p7s root"; do
  read -r file anchor <<<"$wrong"
  cp "$work/$file" "$lab/images/os.img.p7s"
  wanting wrong "$at_server"
  sed -i "s#$fw/root.pem#$fw/$anchor.pem#" "$dev/agent.json"
  check "nor one with $file, where $anchor is believed" 5 'image-signature, (pkix-no-path|cms-signedattrs-missing|cms-malformed): ' agent run
  holds "nothing was installed" test ! -e "$dev/installed"
done
cp "$work/good.p7s" "$lab/images/os.img.p7s"
wanting refusing "$at_server"
sed -i 's#"install": "install"#"install": "install", "check-image": "refuse"#' "$dev/agent.json"
printf '#!/bin/sh\necho the loader would not start it\nexit 1\n' >"$dev/refuse"
chmod +x "$dev/refuse"
check "nor one that the device's own program refuses (FW-07)" 1 'the loader would not start it' agent run
holds "nothing was installed" test ! -e "$dev/installed"
device nobody "$at_server, \"policy\": { \"image-both\": true }"
check "who wants signatures and believes nobody does not start" 4 'neither firmware anchors nor a host that checks' agent run

# A stick has the signature beside the image.
offer_image file:///images/os.img
stick=$work/stick
mkdir -p "$stick/images"
cp "$work/image" "$stick/images/os.img"
signed "$stick/$serial/bootstrapping-data" "$serial" onboarding --os-name ExampleOS --os-version 2.0 --image "$work/image" --image-uri file:///images/os.img
wanting with-stick "\"removable\": { \"folders\": [\"$stick\"] }"
check "from a stick, without a signature" 5 'image-signature, no signature of it was found' agent run
cp "$work/good.p7s" "$stick/images/os.img.p7s"
wanting with-stick "\"removable\": { \"folders\": [\"$stick\"] }"
check "and with one beside the image" 3 'the image is signed by' agent run
holds "it is that image" cmp "$work/image" "$dev/installed"
conclude
