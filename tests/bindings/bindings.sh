#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Other languages read the headers and use the libraries: every constant has its value, every function is there, and artifacts
# are verified, with a log function of theirs. Go by cgo, Rust by bindgen; each is skipped where its tools are missing.
# Environment: BUILD, PKI, CC.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
. tests/common/bootstrap.sh
stage=$work/stage
holds "the libraries are installed" env -u MAKEFLAGS make --no-print-directory DEPS=0 BUILD="$BUILD" PREFIX="$stage" DESTDIR= install-lib
export PKG_CONFIG_PATH=$stage/lib/pkgconfig LD_LIBRARY_PATH=$stage/lib
libraries=(sztp sztp-https sztp-artifacts)
[ ! -e "$stage/include/sztp/tpm2.h" ] || libraries+=(sztp-tpm2)

for header in "$stage"/include/sztp/*.h; do echo "#include <sztp/${header##*/}>"; done >"$work/all.h"
plain() {
  "${CC:-gcc}" -E -P -DSZTP_API= -I"$stage/include" "$work/all.h" | grep 'sztp_' >"$work/plain.txt"
  [ "$(grep -c ');' "$work/plain.txt")" -gt 100 ] && ! grep __attribute__ "$work/plain.txt"
}
holds "declarations without attributes, for what reads C alone" plain

printf 'hostname edge-17\n' >"$work/startup.conf"
issue_voucher "$work/voucher.vcj" "$serial"
pack_owner_cert "$work/owner.cms"
sign_conveyed "$work/info.cms" onboarding --config "$work/startup.conf" --handling merge
verifies() { # LANGUAGE PROGRAM
  check "$1 verifies artifacts" 0 '^SZTP_OK lines: true$' \
    "$2" "$work/voucher.vcj" "$work/owner.cms" "$work/info.cms" "$PKI/mfr-root.pem" "$serial"
  check "$1 hears of a refusal" 0 '^SZTP_ERR_VOUCHER_SERIAL lines: true$' \
    "$2" "$work/voucher.vcj" "$work/owner.cms" "$work/info.cms" "$PKI/mfr-root.pem" another
}

mkdir "$work/go" "$work/rust"
go_builds() {
  tests/bindings/interface go "$stage/include/sztp" >"$work/go/interface.go" &&
    cp tests/bindings/verify.go "$work/go/" && printf 'module verify\n\ngo 1.19\n' >"$work/go/go.mod" &&
    (cd "$work/go" && CGO_ENABLED=1 GOTOOLCHAIN=local GOPROXY=off GOFLAGS='' GOCACHE=$BUILD/go-cache \
      CGO_CFLAGS=$(pkg-config --cflags "${libraries[@]}") CGO_LDFLAGS=$(pkg-config --libs "${libraries[@]}") \
      go build -o verify .)
}
if command -v go >/dev/null 2>&1; then
  holds "Go takes the headers" go_builds
  [ ! -e "$work/go/verify" ] || verifies Go "$work/go/verify"
else
  skip "Go: go is not installed"
fi

rust_builds() {
  tests/bindings/interface rust "$stage/include/sztp" >"$work/rust/interface.rs" && cp tests/bindings/verify.rs "$work/rust/" &&
    bindgen --allowlist-function 'sztp_.*' --allowlist-type 'sztp_.*' --allowlist-var 'SZTP_.*' --no-layout-tests \
      -o "$work/rust/bindings.rs" "$work/all.h" -- -I"$stage/include" &&
    rustc --edition 2021 -L "$stage/lib" "${libraries[@]/#/-l}" -o "$work/rust/verify" "$work/rust/verify.rs"
}
if command -v rustc >/dev/null 2>&1 && command -v bindgen >/dev/null 2>&1; then
  holds "Rust takes the headers" rust_builds
  [ ! -e "$work/rust/verify" ] || verifies Rust "$work/rust/verify"
else
  skip "Rust: rustc or bindgen is not installed"
fi
conclude
