#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Faults that bootstrapping programs have had and that show from outside only: files and clocks that a library takes
# without being asked, links that others planted, names of files that come from a server.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
. tests/common/bootstrap.sh

# ---- what the library itself can't do, since it does not even call it ---------------------------------------

# imports LIBRARY FUNCTION...: prints those of the functions that the library takes from elsewhere; its own objects, since a
# shared library may have others' archives in it
imports() {
  local library=$1
  shift
  nm --undefined-only "$BUILD/lib/$library.a" | sed 's/.* U //; s/@.*//' | grep -xF -f <(printf '%s\n' "$@")
}
files="open open64 openat openat64 creat creat64 fopen fopen64 freopen mkstemp mkstemp64 mkdtemp tmpfile tmpnam rename
  mkdir symlink unlink"
clocks="time clock_gettime gettimeofday clock ftime timespec_get"
holds "nm shows what a library imports" test "$(imports libsztp malloc | sort -u)" = malloc
for library in libsztp libsztp-https libsztp-artifacts; do
  # shellcheck disable=SC2086
  imports $library $files >"$work/imports"
  holds "$library makes no file (SEC-18)" test ! -s "$work/imports"
done
# shellcheck disable=SC2086
imports libsztp $clocks socket connect getaddrinfo getenv system popen execve fork >"$work/imports"
holds "libsztp asks no clock, no network, no environment (CLK-01, CLK-06)" test ! -s "$work/imports"

# The TPM is a component of its own (TPM-01).
for library in libsztp libsztp-https libsztp-artifacts; do
  holds "$library needs nothing of a TPM (TPM-01)" sh -c "! readelf -d '$BUILD/lib/$library.so' | grep -q tss2"
done
holds "nor do sources other than its own include it" sh -c "! grep -rlE '#include <(tss2|sztp/tpm2.h)' lib | grep -v '^lib/tpm2/'"

# ---- revocation lists that nobody asked for (VERIFY-09) -----------------------------------------------------

ca=$work/ca
mkdir "$ca"
: >"$ca/index"
cat >"$ca/cnf" <<CNF
[ca]
default_ca = all
[all]
database = $ca/index
default_md = sha256
default_crl_days = 30
CNF
openssl ca -config "$ca/cnf" -cert "$PKI/owner-int.pem" -keyfile "$PKI/owner-int.key" -revoke "$PKI/owner.pem" 2>/dev/null
openssl ca -config "$ca/cnf" -cert "$PKI/owner-int.pem" -keyfile "$PKI/owner-int.key" -gencrl -out "$work/crl.pem" 2>/dev/null
holds "a list with the owner certificate" sh -c "openssl crl -in '$work/crl.pem' -noout -text | grep -q 'Serial Number'"
echo 'hostname a' >"$work/configuration"
set_of() { # FOLDER CRL-ARGUMENT...: the three artifacts
  mkdir -p "$1"
  sign_conveyed "$1/conveyed-information.cms" onboarding --config "$work/configuration" --handling replace
  pack_owner_cert "$1/owner-certificate.cms" "${@:2}"
  issue_voucher "$1/ownership-voucher.vcj" "$serial"
}
verify() {
  sztp verify --voucher "$work/set/ownership-voucher.vcj" --voucher-anchor "$PKI/mfr-root.pem" --serial $serial \
    --owner-cert "$work/set/owner-certificate.cms" --conveyed "$work/set/conveyed-information.cms" "$@"
}
set_of "$work/set" --crl "$work/crl.pem"
check "a voucher that does not ask for it: a list that is there counts (D-119)" 1 'pkix-revoked' verify
check "a policy by which none does" 0 'accepted' verify --revocation off
check "a policy that does is not met in silence" 1 'pkix-revocation' verify --revocation required

# ---- the agent ----------------------------------------------------------------------------------------------

lab=$work/lab
start_server "$lab"
fresh() { device device "\"servers\": [\"127.0.0.1:$port\"]$1"; } # MORE-MEMBERS
run() { TMPDIR=$work/tmp agent run; }

# Links in a folder that everybody writes to, under the names that could be guessed: nothing goes through them.
mkdir -m 1777 "$work/tmp"
echo precious >"$work/precious"
for name in os.img image configuration script pre-script post-script config; do
  ln -s "$work/precious" "$work/tmp/$name"
done
ls -lA "$work/tmp" >"$work/before"
head -c 1000 /dev/zero >"$lab/images/os.img"
{ echo '#!/bin/sh'; echo '"$SZTP_AGENT" disable --config "$SZTP_AGENT_CONFIG"'; } >"$work/script"
offer --config "$work/configuration" --handling replace --pre-script "$work/script"
fresh ""
check "scripts and configuration" 0 'bootstrapped' run
offer --os-name ExampleOS --os-version 2.0 --image "$lab/images/os.img" --image-uri "https://127.0.0.1:$port/images/os.img"
fresh ""
check "an image without anything to install it with is no success" 1 'handlers.install|install' run
holds "the server hears of it" grep -q '"boot-image-error"' "$lab/$serial/progress.log"
holds "and of no completion" sh -c "! grep -q bootstrap-complete '$lab/$serial/progress.log'"
fresh ', "handlers": { "install": "install" }'
{ echo '#!/bin/sh'; echo 'echo "$2" >"$(dirname "$SZTP_AGENT_CONFIG")/name"'; } >"$dev/install"
chmod +x "$dev/install"
check "an image" 3 'must restart' run
holds "lies in a folder of the agent's own" grep -q "^$dev/state/" "$dev/name"
ls -lA "$work/tmp" >"$work/after"
holds "what lies in TMPDIR is as it was" cmp "$work/before" "$work/after"
holds "and so is what links there lead to" grep -qx precious "$work/precious"

# A URI and a member of a document whose ends climb out of a folder.
fresh ', "handlers": { "install": "install" }'
{ echo '#!/bin/sh'; echo 'echo "$2" >"$(dirname "$SZTP_AGENT_CONFIG")/name"'; } >"$dev/install"
chmod +x "$dev/install"
offer --os-name ExampleOS --os-version 2.0 --image "$lab/images/os.img" \
  --image-uri "https://127.0.0.1:$port/images/..%2f..%2f..%2fescaped" --image-uri "https://127.0.0.1:$port/images/os.img?/../../escaped"
run >/dev/null 2>&1
holds "no name of a file comes from a URI" sh -c "[ -z \"\$(find '$work' -name '*escaped*')\" ]"
printf '%s' '{"ietf-sztp-conveyed-info:onboarding-information":{"InfoTimestampReference":"../../../escaped","configuration":"eAo=","configuration-handling":"replace"}}' >"$work/document"
rm -rf "${lab:?}/$serial"
mkdir -p "$lab/$serial"
openssl asn1parse -genconf <(printf 'asn1=SEQUENCE:ci\n[ci]\na=OID:1.2.840.113549.1.9.16.1.43\nb=EXPLICIT:0,FORMAT:HEX,OCTETSTRING:%s\n' \
  "$(od -An -tx1 -v "$work/document" | tr -d ' \n')") -noout -out "$lab/$serial/conveyed-information.cms"
fresh ""
check "nor from a member of a document" 0 'bootstrapped' run
holds "nothing has it" sh -c "[ -z \"\$(find '$work' -name '*escaped*')\" ]"
holds "the configuration is in its place" grep -qx x "$dev/running"
conclude
