# shellcheck shell=bash disable=SC2034,SC2154 # what stands in several files
# SPDX-License-Identifier: Apache-2.0
# Beside script.sh and bootstrap.sh, a software TPM that is provisioned as in a factory: its keys, and certificates of the test
# PKI's manufacturer for them. Environment: CC.

# build_tpm2_make: $work/tpm2_make
build_tpm2_make() {
  # shellcheck disable=SC2086 # words
  ${CC:-cc} -std=c99 -Itests -o "$work/tpm2_make" tests/interop/tpm2_make.c tests/common/tpm2_peer.c \
    -ltss2-esys -ltss2-mu -ltss2-tctildr
}
# start_tpm FOLDER: its TCTI is $tcti, its process $tpm
start_tpm() {
  mkdir -p "$1"
  swtpm socket --tpm2 --tpmstate "dir=$1" --server "type=unixio,path=$1/sock" --ctrl "type=unixio,path=$1/sock.ctrl" \
    --flags not-need-init,startup-clear --seccomp action=none >"$1/log" 2>&1 &
  tpm=$!
  started+=("$tpm")
  tcti=swtpm:path=$1/sock
  export TPM2TOOLS_TCTI=$tcti TPM2OPENSSL_TCTI=$tcti
  wait_until 120 tpm2_getcap properties-fixed || { cat "$1/log"; exit 1; }
}
certificate() { # NAME KEY-USAGE: of the public key NAME.pub, by the manufacturer
  [ -e "$work/any.csr" ] || openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null \
    -subj "/O=Example/CN=EX4200/serialNumber=$serial" -out "$work/any.csr" 2>/dev/null
  openssl x509 -req -in "$work/any.csr" -force_pubkey "$work/$1.pub" -CA "$PKI/idevid-root.pem" -CAkey "$PKI/idevid-root.key" \
    -set_serial 0x$((RANDOM + 1)) -days 3000 -out "$work/$1.pem" 2>/dev/null -extfile <(
      echo "keyUsage=critical,$2"
      echo authorityKeyIdentifier=keyid
    )
}
make_key() { # NAME KEY-USAGE ARGUMENT...: those of tpm2_make; its handle is in at_NAME
  "$work/tpm2_make" "$tcti" "${@:3}" && tpm2_readpublic -Q -c "$5" -f pem -o "$work/$1.pub" && certificate "$1" "$2" &&
    eval "at_${1//-/_}=$5"
}
