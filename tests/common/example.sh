# shellcheck shell=bash disable=SC2034,SC2154 # what stands in several files
# SPDX-License-Identifier: Apache-2.0
# What an example is run against: artifacts and a bootstrap server, by the tools of the installed copy. To be sourced; the first
# failure ends the script. Environment: STAGE (where the copy is), PKI.
. tests/common/script.sh
. tests/common/bootstrap.sh
set -e
PATH=$STAGE/bin:$PATH

printf 'hostname edge-17\n' >"$work/startup.conf"
issue_voucher "$work/voucher.vcj" "$serial"
pack_owner_cert "$work/owner.cms"
sign_conveyed "$work/info.cms" onboarding --config "$work/startup.conf" --handling merge

# serve_artifacts: a bootstrap server has them for the device; its port is $port
serve_artifacts() {
  mkdir -p "$work/lab/$serial"
  cp "$work/info.cms" "$work/lab/$serial/conveyed-information.cms"
  cp "$work/owner.cms" "$work/lab/$serial/owner-certificate.cms"
  cp "$work/voucher.vcj" "$work/lab/$serial/ownership-voucher.vcj"
  start_server "$work/lab"
}

completed() { grep -q bootstrap-complete "$work/lab/$serial/progress.log"; }
