#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The tutorial docs/embedding is true: its programs, taken from its pages, build with every warning an error against an installed copy
# and nothing else, and bootstrap from sztp-server, killed in the middle. Environment: BUILD, CC.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
. tests/common/guide.sh
need openssl pkg-config python3
pkg-config --exists libcurl openssl || skip_all "libcurl or OpenSSL has no headers here"
env -u MAKEFLAGS -u MFLAGS make --no-print-directory DEPS=0 BUILD="$BUILD" PREFIX="$work/usr" DESTDIR= install >"$work/log" 2>&1 ||
  { bad "make install" "$(tail -n 5 "$work/log")"; conclude; exit 1; }
# What the system's own folders would need none of.
export PKG_CONFIG_PATH=$work/usr/lib/pkgconfig LD_LIBRARY_PATH=$work/usr/lib PATH=$work/usr/bin:$PATH
unset BUILD
guide_end() {
  # shellcheck disable=SC2046 # process numbers
  [ ! -e "$work/desk/server" ] || kill $(cat "$work/desk/server")
  clean_up
} 2>/dev/null
trap guide_end EXIT
export guide=$PWD/docs/embedding
follow_guide docs/embedding/[0-9]-*.md
# What its own command takes out of its pages is what stands in them.
same_files() {
  local file
  mkdir "$work/files" && (cd "$work/files" && bash -c "$(guide_block "$guide/1-desk.md" sh 1)") && [ -e "$work/files/agent.c" ] || return 1
  for file in "$work"/files/*; do cmp "$file" "$work/desk/${file##*/}" || return 1; done
  [ "$(find "$work/files" -type f | wc -l)" = "$(find "$work/desk" -maxdepth 1 -name '*.[ch]' | wc -l)" ]
}
holds "the files are taken out of the pages whole" same_files

# ---- what the guide does not show: who is refused, and a cancel --------------------------------------------------------------------

cd "$work/desk" || exit 2
# certificate NAME ISSUER SAN
certificate() {
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -subj "/CN=$1" 2>/dev/null |
    openssl x509 -req -CA "$2.pem" -CAkey "$2.key" -set_serial 7 -days 30 -out "$1.pem" \
      -extfile <(printf '%s\n' keyUsage=critical,digitalSignature extendedKeyUsage=serverAuth "subjectAltName=$3") 2>/dev/null
}
certificate wrong-name owner/server-root DNS:elsewhere.example.net
certificate wrong-root maker/devices DNS:localhost
# serve NAME: with that certificate, and the anchor of the guide; the device is as it left the factory, with the image
serve() {
  rm -f port device/{sztp-off,saved,before.conf,script.3} lab/requests.log
  printf 'ExampleOS\n2.0\n' >device/os
  printf 'hostname factory\n' >device/running.conf
  sztp-server --config lab/server.json --dir lab --listen 127.0.0.1:0 --port-file port --tls-cert "$1.pem" --tls-key "$1.key" >server.log 2>&1 &
  started=($!)
  wait_until 10 test -s port
  sztp dhcp encode --family 4 "https://localhost:$(cat port)" >device/dhcp-option-143
}
# refused NAME REASON AGENT: that server is met without trust, refused when it is to be trusted, and told nothing then
refused() {
  (cd device && timeout 60 "../$3") >agent.log 2>&1
  grep -q 'accepted: trusted redirect' agent.log && grep -q "! $2: localhost: " agent.log && grep -q '^not-bootstrapped' agent.log &&
    ! grep -q '"path":"[^"]*report-progress' lab/requests.log && [ "$(cat device/running.conf)" = 'hostname factory' ] ||
    { cat agent.log; return 1; }
}
for agent in agent agent-https; do
  for server in wrong-name:tls-name-mismatch wrong-root:tls-untrusted; do
    serve "${server%:*}"
    holds "$agent refuses a server with the ${server%:*}" refused "${server%:*}" "${server#*:}" "$agent"
    kill "${started[@]}"
  done
done
serve owner/server
echo 60 >device/delay
cancelled() {
  (cd device && exec ../agent) >agent.log 2>&1 &
  wait_until 20 grep -q 'post-configuration script: ' agent.log
  kill -TERM $!
  wait $! && return 1
  grep -q 'undone: configuration' agent.log && grep -q '^cancelled: ' agent.log && [ "$(cat device/running.conf)" = 'hostname factory' ] || { cat agent.log; return 1; }
}
holds "a cancel in the middle of a script undoes what was done" cancelled
cd "$OLDPWD" || exit 2
conclude
