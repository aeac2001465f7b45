#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The hooks for DHCP clients, run as those run them: whatever a network puts into the option is kept octet by octet and never
# run, names that lead elsewhere are none, and nobody else may write where the values lie (DHCP-03, DISC-04).
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
export SZTP_DHCP=$work/leases SZTP_STORE=$PWD/tools/sztp-agent/hooks/store SZTP_NEXT=/bin/true

kept() { [ "$(cat "$SZTP_DHCP/$1"; echo .)" = "$2." ]; }
nothing_else() { [ "$(find "$work" -name ran -o -name '*.ran' | wc -l)" = 0 ]; }

hook() { # CLIENT REASON VALUE: as the client has it, at eth0
  case $1 in
    udhcpc) interface=eth0 opt143=$3 sh tools/sztp-agent/hooks/udhcpc "$2" ;;
    *) interface=eth0 reason=$2 new_sztp_redirect=$3 sh -c ". ./tools/sztp-agent/hooks/$1" ;;
  esac
}
shared_leases() { # a client that has no mask of its own, as in an initramfs
  (umask 0 && hook udhcpc bound 001d) && [ "$(stat -c %a "$SZTP_DHCP" "$SZTP_DHCP/eth0.143" | xargs)" = "755 644" ]
}
gone() { [ ! -e "$SZTP_DHCP/eth0.143" ]; }
refused() { ! "$SZTP_STORE" "$1" 143 x && [ "$(find "$work" -newer "$work/mark" -type f ! -name check.log | wc -l)" = 0 ]; }

holds "others may not write where values lie" shared_leases
for value in "\$(touch $work/ran)" "\`touch $work/ran\`" "';touch $work/ran;'" "\";touch $work/ran;\"" '-n' '%s%n\033' '*' '00:1d:68'; do
  for client in 'dhclient BOUND' 'dhcpcd BOUND' 'udhcpc bound'; do
    holds "${client% *} gives $value" hook $client "$value"
    holds "which is kept as it is" kept eth0.143 "$value"
  done
done
holds "nothing of it was run" nothing_else
for end in 'dhclient EXPIRE' 'dhcpcd NAK' 'udhcpc deconfig' 'dhclient BOUND' 'udhcpc renew'; do
  "$SZTP_STORE" eth0 143 old
  holds "$end without the option" hook $end ""
  holds "leaves none" gone
done
touch "$work/mark"
for interface in ../eth0 .eth0 a/b 'a b' $'a\nb' '*' ';touch ran'; do
  holds "no lease is named $interface" refused "$interface"
done
conclude
