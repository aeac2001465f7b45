#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What a release consists of: an archive with the same octets wherever it is made, which builds and installs without git; checksums and
# signatures that hold for it and for nothing else; a bill of materials that SPDX's own tools take. Environment: CC.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
. tests/common/systems.sh
need python3 gzip
release=$work/build/release
made() { make --no-print-directory DEPS=0 BUILD="$work/build" CRYPTO="$CRYPTO" "$@"; }
name=libsztp-$version

# ---- versions that stand elsewhere -------------------------------------------------------------------------------------------

packages_are_of_it() { head -n 1 packaging/debian/changelog && [ "$(sed -n '1s/^libsztp (\(.*\)-[^-]*) .*/\1/p' packaging/debian/changelog)" = "$version" ]; }
images_are_of_it() { grep -Hn 'image: *localhost/sztp-' packaging/containers/*.yaml && ! grep -h 'image: *localhost/sztp-' packaging/containers/*.yaml | grep -v ":$version\$"; }
holds "Debian's changelog begins with this version" packages_are_of_it
holds "the images of compose.yaml and daemonset.yaml are of this version" images_are_of_it

# ---- the bill of materials -------------------------------------------------------------------------------------------------

tpm=0
[ ! -e "$BUILD/lib/libsztp-tpm2.so" ] || tpm=1
sbom=$release/$name-$CRYPTO.spdx.json
holds "make sbom" made TPM=$tpm sbom
cp "$sbom" "$work/first.json"
holds "... once more" made TPM=$tpm sbom
holds "... gives the same octets" cmp "$sbom" "$work/first.json"
names() {
  python3 - "$sbom" <<'PY'
import json, sys
document = json.load(open(sys.argv[1]))
print(" ".join(f"{p['name']}={p['versionInfo']}" for p in document["packages"]))
for file in document["files"]:
    print(file["fileName"], *(c["checksumValue"] for c in file["checksums"] if c["algorithm"] == "SHA256"))
PY
}
hash=$(sha256sum lib/trust/verify.c | cut -d ' ' -f 1)
engine=Mbed-TLS
[ "$CRYPTO" != openssl ] || engine=OpenSSL
check "it names the engine and the libraries with their versions" 0 "libsztp=$version $engine=[0-9.]+ cJSON=1\.[0-9.]+ expat=2\.[0-9.]+ libcbor=0\.[0-9.]+" names
check "... and the files with their hashes" 0 "^\./lib/trust/verify.c $hash$" names
holds "... tpm2-tss where it is linked" test "$(names | grep -c 'tpm2-tss=')" = $tpm
check "a header that is not there" 1 "the compiler finds no version of Mbed-TLS in <mbedtls/version.h>" \
  env CPPFLAGS="-nostdinc" scripts/sbom "$version" mbedtls 0
if scripts/from-pypi "$BUILD/pypi" spdx-tools==0.8.5 2>"$work/log"; then
  holds "SPDX's own tools find nothing wrong with it" "$BUILD/pypi/bin/pyspdxtools" -i "$sbom"
  sed 's/"SPDXRef-cJSON"/"SPDXRef-nothing"/' "$sbom" >"$work/wrong.spdx.json"
  sed -i '0,/SPDXRef-nothing/s//SPDXRef-cJSON/' "$work/wrong.spdx.json"
  check "... but with one that speaks of what it does not have" 1 "SPDXRef-nothing" "$BUILD/pypi/bin/pyspdxtools" -i "$work/wrong.spdx.json"
else
  skip "SPDX's own tools: $(cat "$work/log")"
fi

# ---- the archive -----------------------------------------------------------------------------------------------------------

if [ "$(git rev-parse --show-cdup 2>/dev/null || echo none)" != "" ]; then
  check "without git there is no archive" 2 "this is no checkout of git" made dist
  conclude
  exit
fi
if [ "$(git show HEAD:include/sztp/ctx.h | grep '^#define SZTP_VERSION_')" != "$(grep '^#define SZTP_VERSION_' include/sztp/ctx.h)" ]; then
  skip "the archive: the version has changed since the last commit"
  conclude
  exit
fi
export GNUPGHOME=$work/gnupg
mkdir -m 700 "$GNUPGHOME"
gpg --batch --quiet --pinentry-mode loopback --passphrase '' --quick-gen-key 'Throw Away <throw@example.org>' ed25519 sign never 2>"$work/log"
holds "make dist, signed with gpg" made KEY=throw@example.org dist
archive=$release/$name.tar.gz
sums_hold() { (cd "$release" && sha256sum --strict -c SHA256SUMS && [ "$(wc -l <SHA256SUMS)" = 2 ]); }
holds "the checksums of the archive and of the bill of materials hold" sums_hold
holds "gpg's signature holds" gpg --verify "$archive.asc" "$archive"
holds "... and that of the checksums" gpg --verify "$release/SHA256SUMS.asc" "$release/SHA256SUMS"
{ cat "$archive" && printf x; } >"$work/longer.tar.gz"
check "... for no other archive" 1 "BAD signature" env LC_ALL=C gpg --verify "$archive.asc" "$work/longer.tar.gz"
check "a key that gpg does not have" 2 "No secret key" env LC_ALL=C make --no-print-directory DEPS=0 BUILD="$work/build" KEY=nobody@example.org dist
gpgconf --kill all

ssh-keygen -q -t ed25519 -N '' -C throw-away -f "$work/key"
cp "$archive" "$work/by-gpg.tar.gz"
holds "make dist, signed with OpenSSH's key" made KEY="$work/key" dist
printf 'release@example.org %s\n' "$(cat "$work/key.pub")" >"$work/allowed"
verified() { ssh-keygen -Y verify -f "$work/allowed" -I release@example.org -n file -s "$1.sig" <"$2"; }
holds "OpenSSH's signature holds" verified "$archive" "$archive"
check "... for no other archive" 255 "incorrect signature" verified "$archive" "$work/longer.tar.gz"
holds "a signature of before is not left" test ! -e "$archive.asc"
holds "the archive has the same octets" cmp "$archive" "$work/by-gpg.tar.gz"

git clone -q --no-hardlinks . "$work/clone" 2>"$work/log"
git -C "$work/clone" checkout -q "$(git rev-parse HEAD)"
holds "make dist in another clone" make --no-print-directory -C "$work/clone" DEPS=0 dist
holds "... gives the same octets" cmp "$archive" "$work/clone/build/release/$name.tar.gz"

# ---- built from it ---------------------------------------------------------------------------------------------------------

mkdir "$work/away"
tar -C "$work/away" -xzf "$archive"
source=$work/away/$name
listed() { diff <(git ls-tree -r --name-only HEAD | grep -v -x -e '\.gitattributes' -e '\.gitignore' -e '\.github/.*' | sort) <(cd "$source" && find . ! -type d -printf '%P\n' | sort); }
holds "the archive has all files but git's" listed
holds "it builds" make --no-print-directory -C "$source" -j2 DEPS=0 CC="${launcher:+$launcher }${CC:-gcc}" CFLAGS=-O0 CRYPTO="$CRYPTO" MBEDTLS="${MBEDTLS:+$(realpath "$MBEDTLS")}" all
holds "it installs" make --no-print-directory -C "$source" DEPS=0 PREFIX=/usr DESTDIR="$work/root" install
check "what is installed runs" 0 "$version" "$work/root/usr/bin/sztp" --version
conclude
