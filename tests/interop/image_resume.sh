#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Long images: the agent downloads from a server that breaks, changes, lies or does without ranges, is killed meanwhile and
# started again; each time the right image is installed, or none, and the log says why (IMG group).
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
. tests/common/bootstrap.sh
need python3

lab=$work/lab
far=$work/far
mkdir "$far"
start_server "$lab"
python3 tests/common/breaking_server.py "$far" "$far/port" "$PKI/server.pem" "$PKI/server.key" >"$far/log" 2>&1 &
started+=($!)
wait_until 10 test -s "$far/port" || { cat "$far/log"; exit 1; }
base=https://127.0.0.1:$(cat "$far/port")
size=6291456
head -c $size /dev/urandom >"$far/image"
head -c $size /dev/urandom >"$far/other"

# wants URI...: a device that is to have $far/image, from there
wants() {
  local uri uris=()
  for uri in "$@"; do uris+=(--image-uri "$base/$uri"); done
  offer --os-name ExampleOS --os-version 2.0 --image "$far/image" "${uris[@]}"
  device image "\"servers\": [\"127.0.0.1:$port\"], \"handlers\": { \"install\": \"install\" }"
  printf '#!/bin/sh\ncp "$2" "$(dirname "$0")/installed"\n' >"$dev/install"
  chmod +x "$dev/install"
  staging=$dev/state/staging
}
# plan LINE...: how the server goes on from here
plan() {
  printf '%s\n' "$@" >"$far/plan.new"
  rm -f "$far/requests"
  ln -f "$far/plan.new" "$far/plan.kept$((++plans))" # so that no two plans are one file
  mv "$far/plan.new" "$far/plan"
}
plans=0
installed() { cmp "$dev/installed" "$far/image"; }
nothing_staged() { [ -z "$(ls -A "$staging")" ]; }
# asked NAME OCTET...: the requests were for what follows these octets, 0 for all, and no others
asked() {
  local name=$1 got
  shift
  got=$(sed 's/^GET [^ ]* //; s/^bytes=\([0-9]*\)-.*/\1/; s/^ *$/0/' "$far/requests" | tr '\n' ' ')
  if [ "$got" = "$* " ]; then ok "$name"; else bad "$name" "asked for: $got" "instead of: $*"; fi
}
# installs NAME PATTERN: the agent has the image, having said so on the way
installs() {
  check "$1" 3 "$2" agent run
  holds "  the image is the right one, and nothing of it stays" eval 'installed && nothing_staged'
}

# ---- within a run -------------------------------------------------------------------------------------------------------

wants os.img
plan 1500000 2000000 ''
installs "a connection that breaks twice (IMG-01)" "goes on at octet 3500000 of $size"
holds "  each break is told" grep -q 'broke off after 1500000 octets: ' "$work/out" "$work/err"
asked "  only the rest is asked for" 0 1500000 3500000

wants os.img
plan 'file=other 1500000' ''
installs "a file that changed meanwhile (IMG-03)" 'starts over: the validator changed from "[0-9a-f]{16}" to "[0-9a-f]{16}"'
asked "  the new one came whole in reply" 0 1500000

wants os.img
plan '1500000' 'whole'
installs "a server without ranges" 'starts over: the server sends no parts of it'

wants os.img
plan '1500000' 'range=0' ''
installs "a Content-Range that can't be read" 'starts over: the part has no Content-Range'
asked "  the whole image is asked for then" 0 1500000 0

wants os.img
plan '1500000' "range=1499999-$((size - 1))/$size" ''
installs "a Content-Range that lies" 'starts over: the Content-Range begins at another octet'

wants os.img
plan '1500000' 'status=416' ''
installs "status 416" 'starts over: HTTP status 416'

wants os.img
plan '1500000' 'coded' ''
installs "a part that is compressed (IMG-07)" 'starts over: the part has a Content-Encoding'

wants os.img
plan '1500000' 'status=503' ''
installs "a server that is busy for a moment" "goes on at octet 1500000 of $size"
asked "  is asked again" 0 1500000 1500000

wants os.img
plan '1500000 tag='
check "an image without validator (IMG-02)" 1 "can't go on there, for the server gave no strong validator" agent run
asked "  is asked for once" 0
holds "  and nothing of it stays" nothing_staged

wants os.img
plan 1
check "a server that gives an octet at a time (IMG-04)" 1 'given up: too many tries have brought too little' agent run
holds "  is asked a few times only" test "$(wc -l <"$far/requests")" -le 18

wants os.img
plan 'file=other 1500000 tag=same' 'tag=same'
installs "a validator that lies (IMG-06)" 'put together of several downloads: not the one announced; once more from its first octet'
asked "  the whole image is asked for at last" 0 1500000 0

wants os.img other.img
plan '1500000' 'status=404' ''
installs "the next URI" 'HTTP status 404'
asked "  begins from its start" 0 1500000 0

# ---- after a restart ----------------------------------------------------------------------------------------------------

octets_known() { [ "$(sed -n 2p "$staging/image.from")" -gt 0 ]; }
# A download that is cut off, as LINE of a plan says, by a SIGNAL
cut_off() { # LINE SIGNAL
  plan "$1"
  sztp-agent run --config "$dev/agent.json" >"$work/out" 2>"$work/err" &
  local pid=$!
  case $2 in
    KILL) wait_until 20 octets_known ;;
    *) wait_until 20 grep -qs "GET" "$far/requests" && sleep 0.7 ;;
  esac
  kill -"$2" "$pid"
  wait "$pid" 2>/dev/null
}

wants os.img
cut_off '2000000 hold' TERM
holds "an agent that is stopped keeps what it has (IMG-08)" grep -q '2000000 octets of the image are kept' "$work/out"
cp -r "$staging" "$work/kept"
plan ''
installs "the next one goes on with it (IMG-05)" '2000000 octets are staged from before, and hashed again'
asked "  and asks for the rest" 2000000

# again NAME PATTERN OCTET: what was kept, changed by what comes in, is taken up or not
again() {
  rm -rf "$staging"
  wants os.img
  mkdir -p "$dev/state"
  cp -r "$work/kept" "$staging"
  chmod -R go-rwx "$dev/state"
  (cd "$staging" && eval "$4")
  plan ''
  installs "$1" "$2"
  asked "  asked for from octet $3" "$3"
}
again "a file that lost its end" 'goes on at octet 1000000 of' 1000000 'truncate -s 1000000 image'
again "a file with more than is known" 'goes on at octet 2000000 of' 2000000 'head -c 5000 /dev/urandom >>image'
again "another URI's" 'verified' 0 'sed -i "s/os.img/us.img/" image.from'
again "a record that is damaged" 'verified' 0 'sed -i "s/^2000000/2x00000/" image.from'
again "a record that ends early" 'verified' 0 'head -c 60 image.from >r && mv r image.from'
again "no record" 'verified' 0 'rm image.from'
again "no file" 'verified' 0 'rm image'
again "an empty file" 'verified' 0 ': >image'
again "a link in the file's place" 'verified' 0 'mv image ../elsewhere && ln -s ../elsewhere image'
again "a validator that changed" 'starts over: the validator changed' 2000000 'sed -i "s/\"/\"X/" image.from'
again "octets that rotted" 'put together of several downloads: not the one announced' '2000000 0' 'printf x | dd of=image conv=notrunc status=none'
again "an image that is complete" "goes on at octet $((size - 1)) of" $((size - 1)) \
  'cp "$far/image" image; sed -i "2s/.*/$size/" image.from'

wants os.img
cut_off 'drip' KILL
holds "an agent that is killed has put it on disk" octets_known
plan ''
installs "the next one goes on with that" 'octets are staged from before, and hashed again'

wants os.img
plan 1500000 'status=404'
check "a download that fails" 1 '1500000 octets of the image are kept' agent run
check "a reset removes it" 0 'a staged boot image' agent reset --json
holds "  and its record" nothing_staged
plan ''
installs "after which it begins anew" 'verified'
asked "  from its start" 0

conclude
