#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What since_release refuses: interfaces that would harm programs which were linked with the last release; and what it lets pass.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
need abidiff python3
released=$work/released
mkdir "$work/tests" "$work/tests/abi"
cp tests/abi/*.txt tests/abi/*.abi tests/abi/since_release "$work/tests/abi/"
cp Makefile "$work/"
check "the present lists are taken as a release's" 0 "interface of libsztp 1.2.3, ABI [0-9]+, is kept" \
  "$work/tests/abi/since_release" --freeze 1.2.3
mv "$work/tests/abi/released" "$released"
number=$(sed -n 's/.* ABI //p' "$released/release")
since() { ABI=$((number + ${1:-0})) tests/abi/since_release "$work/now" "$released"; }
# changed FILE SED-PROGRAM: the lists with a change
changed() {
  rm -rf "$work/now"
  cp -R "$work/tests/abi" "$work/now"
  [ $# = 0 ] || sed -i "$2" "$work/now/$1"
  [ $# = 0 ] || ! cmp -s "$work/now/$1" "tests/abi/$1" || bad "$1: nothing was changed by $2"
}
changed
check "the same interface" 0 "^6 passed, 0 failed" since
changed symbols.txt '$ a libsztp sztp_new_one@@SZTP_9.9'
check "a function more" 0 "^6 passed, 0 failed" since
changed symbols.txt '/sztp_verify@@/d'
check "a function less" 1 "libsztp sztp_verify@@.*: gone" since
check "... with a higher ABI" 0 "ABI $((number + 1)) is higher than ABI $number of 1.2.3" since 1
check "an ABI that goes back" 1 "ABI $((number - 1)) is lower" since -1
changed symbols.txt 's/\(sztp_verify\)@@.*/\1@@SZTP_9.9/'
check "a function at another node" 1 "libsztp sztp_verify@@.*: now libsztp sztp_verify@@SZTP_9.9" since
changed constants.txt 's/^\(SZTP_ERR_ARG\) .*/\1 -7777/'
check "a constant of another value" 1 "SZTP_ERR_ARG .*: now SZTP_ERR_ARG -7777" since
parameter=$(sed -n "s/.*<typedef-decl name='int64_t' .* id='\(type-id-[0-9]*\)'.*/\1/p" tests/abi/libsztp.abi | head -n 1)
other=$(sed -n "s/.*<typedef-decl name='uint8_t' .* id='\(type-id-[0-9]*\)'.*/\1/p" tests/abi/libsztp.abi | head -n 1)
changed libsztp.abi "/mangled-name='sztp_device_set_i64'/,/<\/function-decl>/s/type-id='$parameter'/type-id='$other'/"
check "a parameter of another type" 1 "parameter 3 of type .*int64_t.* changed" since
check "... needs a higher ABI" 1 "a higher ABI than $number in the Makefile" since
conclude
