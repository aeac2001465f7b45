#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Another client beside sztp-agent, in turns, with one sztp-server on this machine: unsigned onboarding information from a server
# that is authenticated, the state in memory (/dev/shm). Then an image, beside curl and sha256sum.
#
# Environment: BUILD, PKI; CLIENT, a shell command with @URL@ (https://127.0.0.1:PORT), @CA@, @CERT@, @KEY@ (files) and
# @FOLDER@ (its own, new for each run) in it; RUNS; IMAGE, its size in MiB; SANDBOX, "off" for an agent that judges in its own process.
cd "$(dirname "$0")/.." || exit 2
. tests/common/script.sh
. tests/common/bootstrap.sh
need python3 curl
: "${CLIENT:=bench/stand_in.sh @URL@ @CA@ @CERT@ @KEY@ @FOLDER@}" "${RUNS:=21}" "${IMAGE:=64}" "${SANDBOX:=auto}"
! memory=$(mktemp -d /dev/shm/sztp-bench.XXXXXX 2>/dev/null) || work=$memory
trap 'rm -rf "$memory"; clean_up' EXIT
lab=$work/lab
start_server "$lab"
head -c 2000 /dev/urandom | base64 >"$work/configuration"

# A fresh device for each run. Its installer does not look at the image: what that costs is no matter of the agent's.
device model "\"servers\": [\"127.0.0.1:@PORT@\"], \"sandbox\": \"$SANDBOX\", \"handlers\": { \"install\": \"install\" }"
printf '#!/bin/sh\nexit 0\n' >"$dev/install"
chmod +x "$dev/install"
fresh="mkdir $work/run@RUN@; cp -p $dev/install $dev/os-release $work/run@RUN@; p=@PORT@
  sed s/@[P]ORT@/\$p/ $dev/agent.json >$work/run@RUN@/agent.json"
gone="rm -rf $work/run@RUN@ $work/client@RUN@"
ours="exec sztp-agent run --config $work/run@RUN@/agent.json"

offer --config "$work/configuration" --handling replace
theirs=${CLIENT//@URL@/https://127.0.0.1:@PORT@}
theirs=${theirs//@CA@/$PKI/server-root.pem}
theirs=${theirs//@CERT@/$PKI/idevid.pem}
theirs=${theirs//@KEY@/$PKI/idevid.key}
theirs=${theirs//@FOLDER@/$work/client@RUN@}
side_by_side() { bench/side_by_side.py --port "$port" --before "$fresh" --after "$gone" "$@" || exit 2; }
side_by_side --name "a bootstrap" --runs "$RUNS" --relay "sztp-agent=$ours" "client=$theirs" "the shell that starts each=:"

head -c $((IMAGE * 1048576)) /dev/urandom >"$lab/images/os.img"
offer --os-name ExampleOS --os-version 2.0 --image "$lab/images/os.img" --image-uri "https://127.0.0.1:$port/images/os.img"
side_by_side --name "an image of $IMAGE MiB" --runs $((RUNS / 4 + 1)) "sztp-agent=$ours" \
  "curl and sha256sum=curl -s --fail --cacert $PKI/server-root.pem https://127.0.0.1:$port/images/os.img | sha256sum"
