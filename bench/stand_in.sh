#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A small client of curl and openssl in the place of another one: asks an authenticated server for unsigned onboarding
# information, writes the configuration, reports. It stands for what a script can do at best, and proves nothing of the
# artifacts themselves.
# usage: stand_in.sh URL CA CERTIFICATE KEY FOLDER
set -eu
url=$1 folder=$5
tls=(--silent --show-error --fail --cacert "$2" --cert "$3" --key "$4")
json='Content-Type: application/yang-data+json'
mkdir -p "$folder"
rpc="$url/restconf/operations/ietf-sztp-bootstrap-server"
curl "${tls[@]}" -H "$json" -H 'Accept: application/yang-data+json' \
  -d '{"ietf-sztp-bootstrap-server:input":{"hw-model":"EX4200","os-name":"ExampleOS","os-version":"1.0"}}' \
  "$rpc:get-bootstrapping-data" -o "$folder/data" \
  --next "${tls[@]}" -H "$json" -o /dev/null \
  -d '{"ietf-sztp-bootstrap-server:input":{"progress-type":"bootstrap-initiated"}}' "$rpc:report-progress" \
  --next "${tls[@]}" -H "$json" -o /dev/null \
  -d '{"ietf-sztp-bootstrap-server:input":{"progress-type":"bootstrap-complete"}}' "$rpc:report-progress"
sed 's/.*"conveyed-information" *: *"\([^"]*\)".*/\1/' "$folder/data" | tr -d '\n\\' | openssl base64 -d -A >"$folder/ci"
openssl asn1parse -inform DER -in "$folder/ci" -strparse "$(openssl asn1parse -inform DER -in "$folder/ci" |
  sed -n 's/^ *\([0-9]*\):.*OCTET STRING.*/\1/p' | head -n 1)" -out "$folder/json" -noout
grep -q onboarding-information "$folder/json"
sed 's/.*"configuration" *: *"\([^"]*\)".*/\1/' "$folder/json" | openssl base64 -d -A >"$folder/configuration"
test -s "$folder/configuration"
