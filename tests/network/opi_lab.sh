#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The laboratory that opiproject's agent is tried in, with our programs in each role: a DHCP server, a DHCP client that writes
# dhclient's leases, a redirecter, a bootstrap server, a web server with boot images, and agents, which are given the same
# flags. Then the same network with somebody in it who answers first.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/network.sh
need dhcpd dhclient openssl
network_up
. tests/common/dhcp_servers.sh

# ---- certificates: one server's with the names of the roles, and one for each device ------------------------------------

pki=$work/certs
mkdir "$pki" "$work/bin"
ln -s "$BUILD/bin/sztp-agent" "$work/bin/opi-sztp-agent"
issue() { # CA FILE SUBJECT EXTENSIONS: a key, and its certificate
  local ca=$1
  shift
  openssl ecparam -name prime256v1 -genkey -noout -out "$pki/$1.key" &&
    openssl req -new -key "$pki/$1.key" -subj "$2" -out "$pki/$1.csr" &&
    openssl x509 -req -in "$pki/$1.csr" -CA "$PKI/$ca.pem" -CAkey "$PKI/$ca.key" -CAcreateserial -CAserial "$pki/serial" -days 30 \
      -extfile <(printf '%s\n' "$3") -out "$pki/$1.pem"
} >>"$work/openssl.log" 2>&1
issue server-root roles '/O=OPI/CN=roles' $'subjectAltName=DNS:redirecter,DNS:bootstrap,DNS:web\nkeyUsage=digitalSignature\nextendedKeyUsage=serverAuth'
issue server2-root rogue '/O=Rogue/CN=rogue' $'subjectAltName=DNS:redirecter,DNS:bootstrap,DNS:web\nkeyUsage=digitalSignature\nextendedKeyUsage=serverAuth'
for vendor in first second third; do
  issue idevid-root "$vendor" "/CN=$vendor/serialNumber=$vendor-serial-number" $'keyUsage=digitalSignature\nextendedKeyUsage=clientAuth'
done
holds "there are certificates" test -s "$pki/roles.pem" -a -s "$pki/third.pem"

# ---- the roles ----------------------------------------------------------------------------------------------------------

hosts=$work/hosts
printf '127.0.0.1 localhost\n%s redirecter bootstrap web\n' "$server4" >"$hosts"
role() { # NAME PORT [CERTIFICATE]
  mkdir -p "$work/$1/images"
  starts "$work/$1.log" 'listening' sztp-server --dir "$work/$1" --listen "$server4:$2" --tls-cert "$pki/${3:-roles}.pem" \
    --tls-key "$pki/${3:-roles}.key" --device-ca "$PKI/idevid-root.pem"
}
for vendor in first second third; do
  mkdir -p "$work/redirecter/$vendor-serial-number" "$work/bootstrap/$vendor-serial-number" "$work/web/images"
  head -c 200000 /dev/urandom >"$work/web/images/$vendor-boot-image.img"
  printf '#!/bin/bash\necho "inside the %s-pre-configuration-script..." >>%s/ran-%s\n' "$vendor" "$work" "$vendor" >"$work/$vendor-pre.sh"
  printf '#!/bin/bash\necho "inside the %s-post-configuration-script..." >>%s/ran-%s\n' "$vendor" "$work" "$vendor" >"$work/$vendor-post.sh"
  echo "<config>$vendor</config>" >"$work/$vendor-configuration.xml"
  sztp conveyed redirect --server "bootstrap:9090,$PKI/server-root.pem" --out "$work/redirecter/$vendor-serial-number/conveyed-information.cms"
  # Without a name and a version any running image will do (ONB-05).
  sztp conveyed onboarding --os-name OpiOS --os-version 2.0 --image-uri "https://web:443/images/$vendor-boot-image.img" --image "$work/web/images/$vendor-boot-image.img" \
    --config "$work/$vendor-configuration.xml" --handling merge --pre-script "$work/$vendor-pre.sh" --post-script "$work/$vendor-post.sh" \
    --out "$work/bootstrap/$vendor-serial-number/conveyed-information.cms"
done
role redirecter 8080
role bootstrap 9090
role web 443
isc4 'option sztp-redirect-urls code 143 = text;
option sztp-redirect-urls "https://redirecter:8080/restconf/operations/ietf-sztp-bootstrap-server:get-bootstrapping-data";'

leases=$work/dhclient.leases
printf 'option sztp-redirect-urls code 143 = text;\nrequest subnet-mask, routers, sztp-redirect-urls;\n' >"$work/dhclient.conf"
lease() { # a new one, in a file of its own
  : >"$leases"
  in_device ip addr flush dev dev0 scope global
  in_device dhclient -4 -1 -q -cf "$work/dhclient.conf" -lf "$leases" -pf "$work/dhclient.pid" dev0 >"$work/log" 2>&1
  kill "$(cat "$work/dhclient.pid")" 2>/dev/null
  grep -q sztp-redirect-urls "$leases"
}
holds "the client has a lease with the option, as text" lease

# ---- the agents ---------------------------------------------------------------------------------------------------------

# opi VENDOR VERB FLAG...: in the device's network, with the roles' names; its files are in $work/VENDOR
opi() {
  local vendor=$1
  ip netns exec "$device_ns" unshare -m sh -c "mount --bind '$hosts' /etc/hosts; mount --bind '$work/os-release' /etc/os-release; exec \"\$@\"" sh timeout 60 "$work/bin/opi-sztp-agent" "$2" \
    --device-end-entity-cert "$pki/$vendor.pem" --device-private-key "$pki/$vendor.key" --serial-number "$vendor-serial-number" \
    --status-file-path "$work/$vendor/status.json" --result-file-path "$work/$vendor/result.json" --sym-link-dir "$work/$vendor/run" \
    --handler "$PWD/handlers/opi-handler" "${@:3}"
}
anchor=(--bootstrap-trust-anchor-cert "$PKI/server-root.pem")
runs() { printf 'NAME=OpiOS\nVERSION_ID=%s\n' "$1" >"$work/os-release"; } # VERSION: of the image
onboarded() { # VENDOR FLAG...: installs the image, is started again, and is done
  local vendor=$1
  shift
  runs 1.0
  check "$vendor: the image is installed, a restart is due" 3 'boot-image-installed-rebooting' opi "$vendor" "$@"
  holds "... the right one" cmp -s "$work/web/images/$vendor-boot-image.img" "$work/$vendor/agent/delivered/image"
  runs 2.0
  check "$vendor: started again, it is bootstrapped" 0 'bootstrap-complete' opi "$vendor" "$@"
  holds "... scripts ran in their order" cmp -s "$work/ran-$vendor" \
    <(printf 'inside the %s-pre-configuration-script...\ninside the %s-post-configuration-script...\n' "$vendor" "$vendor")
  holds "... and the configuration is there" cmp -s "$work/$vendor-configuration.xml" "$work/$vendor/agent/delivered/configuration"
  holds "... status.json fits its description" python3 tests/common/json_schema.py docs/json/opi-status.json "$work/$vendor/run/status.json"
  holds "... result.json has no errors" grep -qx '{"errors":\[\]}' "$work/$vendor/run/result.json"
  holds "... the server has heard it" grep -q bootstrap-complete "$work/bootstrap/$vendor-serial-number/progress.log"
}
onboarded first daemon --dhcp-lease-file "$leases" "${anchor[@]}"
onboarded second run --dhcp-lease-file "$leases" "${anchor[@]}"
onboarded third daemon --bootstrap-url https://redirecter:8080/restconf/operations/ietf-sztp-bootstrap-server:get-bootstrapping-data "${anchor[@]}"
holds "the way led over the redirecter" grep -q '"path":"/restconf/operations/ietf-sztp-bootstrap-server:get-bootstrapping-data","status":200' "$work/redirecter/requests.log"

# ---- somebody else answers ----------------------------------------------------------------------------------------------

stop_served
rm -rf "$work"/ran-* "$work/first" "$work/bootstrap/first-serial-number/progress.log" "$work/bootstrap"/requests.log
printf '#!/bin/bash\necho owned >>%s/ran-first\n' "$work" >"$work/evil.sh"
sztp conveyed onboarding --config "$work/first-configuration.xml" --handling merge --pre-script "$work/evil.sh" \
  --out "$work/redirecter/first-serial-number/conveyed-information.cms"
role redirecter 8080 rogue
isc4 'option sztp-redirect-urls code 143 = text;
option sztp-redirect-urls "https://redirecter:8080/restconf/operations/ietf-sztp-bootstrap-server:get-bootstrapping-data";'
holds "the rogue's lease" lease
check "unsigned onboarding from a server of another CA is refused" 5 'without authentication, as any that DHCP names' \
  opi first run --dhcp-lease-file "$leases" "${anchor[@]}"
holds "its script did not run (opiproject's agent runs it)" test ! -e "$work/ran-first"
holds "it heard of no progress" test ! -e "$work/redirecter/first-serial-number/progress.log"
holds "the result says why" grep -q '"errors":\["[^"]*certificate' "$work/first/run/result.json"

# ---- a server that is not known, with data that the owner has signed ----------------------------------------------------

signed "$work/redirecter/first-serial-number" first-serial-number onboarding --config "$work/first-configuration.xml" --handling merge \
  --pre-script "$work/first-pre.sh"
check "data that the owner has signed is taken from anybody" 0 'bootstrapped|done|configuration' opi first run --dhcp-lease-file "$leases" \
  --bootstrap-trust-anchor-cert "$PKI/server-root.pem" --voucher-trust-anchor-cert "$PKI/mfr-root.pem"
holds "... and its script ran" grep -q 'inside the first-pre' "$work/ran-first"
conclude
