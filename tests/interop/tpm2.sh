#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Devices whose private keys can't leave their TPM: a software TPM that is provisioned as in a factory, TLS with its keys
# against OpenSSL, encrypted artifacts, whole bootstraps, and what the agent says when something is wrong. Tools and keys of
# others: openssl, tpm2-tools, tpm2-openssl. Environment: BUILD, PKI, CC.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
. tests/common/bootstrap.sh
. tests/common/swtpm.sh
[ -e "$BUILD/lib/libsztp-tpm2.so" ] || skip_all "built without libsztp-tpm2"
need swtpm tpm2_readpublic openssl
export TSS2_LOG=all+none # for the tools; the agent sets it itself
build_tpm2_make || exit 2
start_tpm "$work/tpm"
"$work/tpm2_make" "$tcti" p256 storage 0x81000001 || exit 2
make_key h-1 digitalSignature rsa2048 idevid 0x81020000 && make_key h-2 digitalSignature p256 idevid 0x81020002 &&
  make_key h-3 digitalSignature p384 idevid 0x81020004 &&
  make_key free-rsa digitalSignature,keyEncipherment rsa2048 both 0x81020010 &&
  make_key free-p256 digitalSignature,keyAgreement p256 both 0x81020011 &&
  make_key free-p384 digitalSignature,keyAgreement p384 both 0x81020013 &&
  make_key guarded digitalSignature p256 both 0x81020020 x 'open sesame' &&
  make_key iak digitalSignature p256 iak 0x81020001 || exit 2
place() { # NAME: where in the TPM, as a member of the configuration
  local at=at_${1//-/_}
  echo "\"handle\": \"${!at}\""
}

# ---- devices ------------------------------------------------------------------------------------------------------------

# tpm_device NAME CERTIFICATE PLACE MEMBERS: its identity's key is in the TPM
tpm_device() {
  device "$1" "$4"
  sed -i "s#\"identity\": .*#\"identity\": { \"certificate\": \"$work/$2.pem\", \"key\": { \"tcti\": \"$tcti\", $3 } },#" \
    "$dev/agent.json"
}
# nothing_left NAME: neither objects nor sessions in the TPM (TPM-09)
nothing_left() {
  local left
  left=$(tpm2_getcap handles-transient && tpm2_getcap handles-loaded-session && tpm2_getcap handles-saved-session)
  if [ -z "$left" ]; then ok "$1"; else bad "$1" "$left"; fi
}

# ---- TLS against OpenSSL (TPM-05, TLS-21) -------------------------------------------------------------------------------

mkfifo "$work/silence"
exec 9<>"$work/silence" # s_server ends with its standard input
port=$((20000 + RANDOM % 20000))
# tls_server OPTION...: one of OpenSSL's that wants a certificate, on $port; it shows what it receives in $work/tls.log.log
tls_server() {
  local tries
  for tries in 1 2 3 4 5; do
    port=$((port + tries))
    openssl s_server -accept "127.0.0.1:$port" -cert "$PKI/server.pem" -key "$PKI/server.key" -Verify 3 -verify_return_error \
      -CAfile "$PKI/idevid-root.pem" "$@" <&9 >"$work/tls.log" 2>&1 &
    server=$!
    wait_until 3 grep -q -e ACCEPT -e rror "$work/tls.log"
    grep -q ACCEPT "$work/tls.log" && return 0
  done
  return 1
}
visit() { # KEY: an agent with that key goes to the server
  tpm_device tls "$1" "$(place "$1")" "\"servers\": [\"127.0.0.1:$port\"], \"retry\": { \"passes\": 1 },
    \"timeouts\": { \"headers\": 0.3, \"idle\": 0.3 }"
  agent run >"$work/out" 2>"$work/err"
  kill "$server" 2>/dev/null
  wait "$server" 2>/dev/null
}
# shakes_hands KEY TEXT OPTION...: the server got the device's request, and said TEXT of the connection
shakes_hands() {
  local name="TLS, $library$1: $2 (${*:3})"
  tls_server "${@:3}" || { bad "$name" "no server"; return; }
  visit "$1"
  if grep -aq "GET /.well-known/host-meta" "$work/tls.log" && grep -aq -- "$2" "$work/tls.log"; then ok "$name"; else
    bad "$name" "$(tail -n 5 "$work/out" "$work/err")" "$(grep -av '^[A-Za-z0-9+/=]\{60,\}' "$work/tls.log" | tail -n 20)"
  fi
}
# keeps_off KEY WORDS OPTION...: no handshake, and the agent says why
keeps_off() {
  local name="TLS, $library$1: refused (${*:3})"
  tls_server "${@:3}" || { bad "$name" "no server"; return; }
  visit "$1"
  if ! grep -aq "GET /" "$work/tls.log" && cat "$work/out" "$work/err" | grep -qE -- "$2"; then ok "$name"; else
    bad "$name" "$(tail -n 8 "$work/out" "$work/err")"
  fi
}
# Each key before servers that know one cipher alone: what TCG's templates and free keys do in TLS 1.2 and 1.3. TCG's EC keys
# sign with one hash, which has to be the suite's in TLS 1.2 with mbedTLS, where RSA keys outside of it go with TLS 1.2 alone; with
# OpenSSL whatever the server takes is signed.
row() { # KEY VERSION CIPHER
  case $2$3 in
    1.2AES128) set -- "$@" ECDHE-ECDSA-AES128-GCM-SHA256 256 ;;
    1.2AES256) set -- "$@" ECDHE-ECDSA-AES256-GCM-SHA384 384 ;;
    1.2CHACHA20) set -- "$@" ECDHE-ECDSA-CHACHA20-POLY1305 256 ;;
    1.3AES128) set -- "$@" TLS_AES_128_GCM_SHA256 ;;
    1.3AES256) set -- "$@" TLS_AES_256_GCM_SHA384 ;;
    1.3CHACHA20) set -- "$@" TLS_CHACHA20_POLY1305_SHA256 ;;
  esac
  case $engine,$1,$2,${5:-} in
    mbedtls,h-2,1.2,384) keeps_off h-2 'only TLS 1.2 with SHA-256( and TLS 1.3)? was offered, since the identity' -tls1_2 -cipher "$4" ;;
    mbedtls,h-3,1.2,256) keeps_off h-3 'only TLS 1.2 with SHA-384( and TLS 1.3)? was offered, since the identity' -tls1_2 -cipher "$4" ;;
    *,*,1.2,*) shakes_hands "$1" "CIPHER is $4" -tls1_2 -cipher "$4" ;;
    mbedtls,h-1,* | mbedtls,free-rsa,*) keeps_off "$1" 'only TLS 1.2 was offered, since the identity.s key can do rsa-pkcs1' -tls1_3 -ciphersuites "$4" ;;
    *) shakes_hands "$1" "CIPHER is $4" -tls1_3 -ciphersuites "$4" ;;
  esac
}
rows() { # VERSION
  local key cipher
  for key in h-1 h-2 h-3 free-rsa free-p256 free-p384; do
    for cipher in AES128 AES256 CHACHA20; do row "$key" "$1" "$cipher"; done
  done
}
# has_tls_1_3: whether this agent has it, which a key in software shows
has_tls_1_3() {
  tls_server -tls1_3
  device tls "\"servers\": [\"127.0.0.1:$port\"], \"retry\": { \"passes\": 1 }, \"timeouts\": { \"headers\": 0.3 }"
  agent run >"$work/out" 2>"$work/err"
  kill "$server" 2>/dev/null
  wait "$server" 2>/dev/null
  grep -aq "GET /" "$work/tls.log"
}
# table NAME ENGINE: with the agent that is in PATH
table() {
  library="$1, "
  engine=$2
  rows 1.2
  if has_tls_1_3; then
    rows 1.3
    case $engine in # the server has both: which is what such a key can do?
      mbedtls) shakes_hands h-1 'CIPHER is ECDHE-ECDSA-' -no_tls1 ;;
      *) shakes_hands h-1 'CIPHER is TLS_AES_' -no_tls1 ;;
    esac
  else
    keeps_off h-2 'protocol_version.*; only TLS 1.2 with SHA-256 was offered' -tls1_3
  fi
  if [ "$engine" = openssl ]; then
    for version in -tls1_2 -tls1_3; do
      keeps_off h-3 'the server takes no signature that the identity.s key can make; it can do ecdsa-sha384' $version -client_sigalgs ECDSA+SHA256
      keeps_off h-2 'the server takes no signature that the identity.s key can make; it can do ecdsa-sha256' $version -client_sigalgs ECDSA+SHA384
    done
  fi
}
: "${CRYPTO:=mbedtls}" # of the build in BUILD
[ "$CRYPTO" != psa ] || CRYPTO=mbedtls # whose TLS it is
table "this build" "$CRYPTO"
# `make check` has built another agent by now, with a TLS library that has TLS 1.3.
if [ -x "$BUILD/with-3.6/bin/sztp-agent" ]; then
  PATH=$BUILD/with-3.6/bin:$PATH table "mbedTLS 3.6" mbedtls
else
  skip "the table with mbedTLS 3.6: no agent in $BUILD/with-3.6, which make check builds"
fi
nothing_left "after the handshakes nothing is left in the TPM"

# ---- whole bootstraps ---------------------------------------------------------------------------------------------------

lab=$work/lab
echo 'hostname told-by-the-owner' >"$work/configuration"
start_server "$lab"
well_known="\"servers\": [\"127.0.0.1:$port\"]"
# offers CERTIFICATE...: artifacts of the owner's, encrypted to these
offers() {
  encrypt_to=()
  local cert
  for cert; do encrypt_to+=(--encrypt-to "$work/$cert.pem"); done
  rm -rf "${lab:?}/$serial"
  signed "$lab/$serial" "$serial" onboarding --config "$work/configuration" --handling replace
}
goes_through() { # NAME CERTIFICATE PLACE [MEMBERS]
  tpm_device "$1" "$2" "$3" "$well_known${4:+, $4}"
  bootstraps "a bootstrap with $1"
}
offers
goes_through "TCG's RSA key" h-1 "$(place h-1)"
off='; no TLS 1.3: its RSA-PSS signatures mbedTLS makes'
[ "$CRYPTO" != openssl ] || off='$'
check "status tells what the key can do, and why TLS 1.3 is off (TPM-22)" 0 \
  "key +rsa-pkcs1-sha256, .*rsa-pss-sha512; in a TPM$off" agent status
goes_through "TCG's key on P-256" h-2 "$(place h-2)"
check "of a key with all of TLS there is nothing more to tell" 0 'key +ecdsa-sha256; in a TPM$' agent status
goes_through "TCG's key on P-384" h-3 "$(place h-3)"
goes_through "a protected session in each operation" free-p256 "$(place free-p256), \"salt\": \"0x81000001\""
printf 'open sesame\n' >"$work/auth"
chmod 600 "$work/auth"
goes_through "a key that has an authorization value" guarded "$(place guarded), \"auth-file\": \"$work/auth\""
holds "the authorization value is in no output and no file of the agent's (TPM-18)" \
  sh -c "! grep -rq 'open sesame' '$work/out' '$work/err' '$dev'"

# Artifacts that are encrypted to keys in the TPM (TPM-11, -12), and to a second key beside one that can only sign (TPM-13).
offers free-rsa
goes_through "artifacts encrypted to the RSA key" free-rsa "$(place free-rsa)"
offers free-p256
goes_through "artifacts encrypted to the key on P-256" free-p256 "$(place free-p256)"
offers free-p384
goes_through "artifacts encrypted to the key on P-384" free-p384 "$(place free-p384)"
decryption="\"decryption\": { \"certificate\": \"$work/free-p256.pem\", \"key\": { \"tcti\": \"$tcti\", $(place free-p256) } }"
offers h-1 free-p256
goes_through "a second key for decryption in the TPM" h-1 "$(place h-1)" "$decryption"
tpm_device beside h-1 "$(place h-1)" "$well_known, \"decryption\": { \"certificate\": \"$PKI/enc/rsa.pem\", \"key\": \"$PKI/enc/rsa.key\" }"
cp "$PKI/enc/rsa.pem" "$work/enc-rsa.pem"
offers enc-rsa
bootstraps "a bootstrap with a second key in a file"
offers h-1
tpm_device unable h-1 "$(place h-1)" "$well_known"
check "encrypted to a key that can only sign" 5 'enc-no-recipient' agent run
holds "the log says what is needed" grep -q "the key in the TPM of .*EX4200-17.* can only sign: what is encrypted to the device needs a decryption certificate" "$work/out" "$work/err"

nothing_left "after these bootstraps nothing is left in the TPM"

# Key files of other people's tools (TPM-07), which leave something in the TPM themselves.
offers
# key_file NAME COMMAND...: makes NAME.tss; its certificate is issued, and it works
key_file() {
  local name=$1
  shift
  if "$@" >"$work/log" 2>&1 && certificate "$name" digitalSignature; then
    tpm2_flushcontext -Q -t && tpm2_flushcontext -Q -l && tpm2_flushcontext -Q -s
    goes_through "a key file: $name" "$name" "\"file\": \"$work/$name.tss\""
  else bad "a key file: $name" "$(cat "$work/log")"; fi
}
if compgen -G '/usr/lib/*/ossl-modules/tpm2.so' >/dev/null; then
  generate() {
    openssl genpkey -provider tpm2 -provider default "${@:2}" -out "$work/$1.tss" &&
      openssl pkey -provider tpm2 -provider default -in "$work/$1.tss" -pubout -out "$work/$1.pub"
  }
  key_file openssl-p256 generate openssl-p256 -algorithm EC -pkeyopt group:P-256
  key_file openssl-rsa generate openssl-rsa -algorithm RSA -pkeyopt bits:2048
  key_file openssl-parent generate openssl-parent -algorithm EC -pkeyopt group:P-256 -pkeyopt parent:0x81000001
  encoded() {
    tpm2_create -Q -C 0x81000001 -G ecc256:ecdsa-sha256 -g sha256 -u "$work/t.pub" -r "$work/t.priv" \
      -a 'fixedtpm|fixedparent|sensitivedataorigin|userwithauth|sign' &&
      tpm2_encodeobject -C 0x81000001 -u "$work/t.pub" -r "$work/t.priv" -o "$work/tpm2-tools.tss" &&
      tpm2_load -Q -C 0x81000001 -u "$work/t.pub" -r "$work/t.priv" -c "$work/t.ctx" &&
      tpm2_readpublic -Q -c "$work/t.ctx" -f pem -o "$work/tpm2-tools.pub"
  }
  key_file tpm2-tools encoded
  other=$tcti
  start_tpm "$work/tpm-other"
  tpm_device foreign openssl-p256 "\"file\": \"$work/openssl-p256.tss\"" "$well_known"
  check "a key file of another TPM" 4 'identity.key.file: .*was not made by this TPM' agent run
  tcti=$other
  export TPM2TOOLS_TCTI=$tcti TPM2OPENSSL_TCTI=$tcti
else
  skip "key files of tpm2-openssl and tpm2-tools: tpm2-openssl is not installed"
fi

# Made again from the template (TPM-15), in either reading.
goes_through "TCG's template H-1" h-1 '"template": "h-1"'
goes_through "TCG's template H-2, as nothing is at the handle" h-2 '"handle": "0x81020077", "template": "h-2"'
make_key h-2-both digitalSignature p256 idevid 0x81020030 xy
goes_through "TCG's template H-2 in its other reading" h-2-both '"template": "h-2"'
nothing_left "after the bootstraps nothing is left in the TPM"

# What is in the TPM is not what a reset removes (LIFE-02).
inside() { tpm2_getcap handles-persistent && tpm2_getcap handles-nv-index; }
printf 'a certificate' >"$work/nv"
tpm2_nvdefine -Q -C o -s 13 0x01800001 && tpm2_nvwrite -Q -C o -i "$work/nv" 0x01800001
inside >"$work/before"
check "a reset after a bootstrap with a key in the TPM" 0 'stays +the identity.s private key, in the TPM .made by a template' agent reset
inside >"$work/after"
holds "leaves what is in the TPM (LIFE-02)" cmp "$work/before" "$work/after"
holds "and there was something" grep -q -i 0x1800001 "$work/before"

# ---- what is wrong (TPM-04, -17, -19, -21, -22, LIFE-13) -------------------------------------------------------------------------

# One line, from the agent: nothing of tss2's own.
objection() {
  case $1 in 4) [ "$(wc -l <"$work/err")" = 1 ] || echo "not one line on standard error" ;; esac
  ! grep -qE '(ERROR|WARNING):(esys|tcti|sys)' "$work/out" "$work/err" || echo "tss2 speaks"
}
wrong() { # NAME PATTERN CERTIFICATE PLACE
  tpm_device wrong "$3" "$4" "$well_known"
  check "$1" 4 "^sztp-agent: $dev/agent.json: identity.key$2" agent run
}
wrong "nothing at the handle" '.handle: there is no key at 0x81020078; if the TPM was cleared' h-1 '"handle": "0x81020078"'
wrong "a key that is not the certificate's" '.handle: the key in the TPM is not that of the certificate of .*EX4200-17' h-1 "$(place h-2)"
wrong "a template that gives another key" '.template: the key in the TPM is not that' h-3 '"template": "h-2"'
wrong "an attestation key" '.handle: the key is an attestation key' iak "$(place iak)"
wrong "no place" ': says neither handle nor file nor template' h-1 '"salt": "off"'
wrong "two places" '.file: does not go with handle' h-1 '"handle": "0x81020000", "file": "x"'
wrong "a handle that is none" '.handle: 81020000h: is no persistent handle; right is' h-1 '"handle": "81020000h"'
wrong "an unknown member" '.pin: unknown field; known here are uri, tcti, handle, file, template' h-1 '"pin": "1"'
wrong "a file that is no key" '.file: .*no PEM block "TSS2 PRIVATE KEY"' h-1 "\"file\": \"$PKI/idevid.key\""
chmod 640 "$work/auth"
wrong "an authorization value that others may read" '.auth-file: .*chmod 600 is right' guarded "$(place guarded), \"auth-file\": \"$work/auth\""
chmod 600 "$work/auth"
device wrong "$well_known"
sed -i "s#\"key\": \"[^\"]*idevid.key\"#\"key\": { \"handle\": \"0x81020000\" }#" "$dev/agent.json"
check "no TCTI (TPM-02)" 4 'identity.key.tcti: is missing; right is' agent run
sed -i "s#\"key\": {#\"key\": { \"tcti\": \"swtpm:path=$work/nowhere\",#" "$dev/agent.json"
check "no TPM" 4 'identity.key.tcti: "swtpm:path=.*nowhere": no such TCTI, or no TPM there' agent run

# The agent loads tpm2-tss when it needs it, and says so where that isn't there; without a TPM it does without.
esys=$(ldconfig -p | sed -n 's/.*libtss2-esys.so.0 .*=> //p' | head -n 1)
without_tss2=(unshare -m sh -c 'mount --bind /dev/null "$0" && exec "$@"' "$esys")
if "${without_tss2[@]}" true 2>/dev/null; then
  device_side=("${without_tss2[@]}")
  check "no tpm2-tss" 4 'identity.key.tcti: tpm2-tss can.t be loaded: .*libtss2-esys' agent run
  device wrong "$well_known"
  bootstraps "an agent without a TPM goes without tpm2-tss"
  device_side=()
else
  skip "no tpm2-tss: needs root"
fi

printf 'wrong' >"$work/auth"
tpm2_dictionarylockout --setup-parameters --max-tries=1 --recovery-time=900 --lockout-recovery-time=1 -Q
tpm_device denied guarded "$(place guarded), \"auth-file\": \"$work/auth\"" "$well_known, \"retry\": { \"passes\": 1 }"
check "a wrong authorization value" 1 'the authorization value is wrong' agent run
tpm_device locked h-2 "$(place h-2)" "$well_known, \"retry\": { \"passes\": 1 }"
check "lockout, made by another key" 1 'the TPM is locked after wrong authorization values, for 900 seconds' agent run
tpm2_dictionarylockout --clear-lockout -Q
offers
bootstraps "and after it"
nothing_left "at the end nothing is left in the TPM"
conclude
