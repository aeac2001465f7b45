#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# bench/stack.py finds the deepest path of calls: in a program whose path is known, each frame taken from -fstack-usage; and it
# refuses what it could not count: recursion, calls through pointers that nobody has listed, frames without a bound. Then the
# core itself: no recursion but what bench/stack.calls bounds, no pointer that it doesn't know.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
export CCACHE_DISABLE=1 # it loses what the compiler says of calls
need gcc python3
top=$PWD
cd "$work" || exit 2

cat >calls.c <<'C'
static volatile char seen;
#define FRAME(N) volatile char room[N]; room[0] = seen
__attribute__((noinline)) static int deep(void) { FRAME(700); return room[0]; }
__attribute__((noinline)) static int wide(void) { FRAME(1200); return room[0]; }
__attribute__((noinline)) static int shallow(void) { FRAME(100); return room[0]; }
__attribute__((noinline)) static int middle(int (*fn)(void)) { FRAME(600); return fn() + shallow() + room[0]; }
__attribute__((noinline)) static int twice(int n) { FRAME(64); return n > 0 ? twice(n - 1) + room[0] : room[0]; }
__attribute__((noinline)) static int any(int n) { volatile char room[n]; room[0] = seen; return room[0]; }
int direct(void) { FRAME(32); return wide() + room[0]; }
int pointed(void) { FRAME(32); return middle(deep) + wide() + room[0]; }
int recursive(void) { FRAME(32); return twice(3) + room[0]; }
int unbounded(void) { FRAME(32); return any(seen) + room[0]; }
C
gcc -O1 -fstack-usage -fcallgraph-info=su -c calls.c || bad "the program compiles"
frames() { local sum=0 f; for f in "$@"; do sum=$((sum + $(awk -v f="$f" '$1 ~ ":" f "$" { print $2 }' calls.su))); done; echo $sum; }
stack() { python3 "$top/bench/stack.py" "$@" calls.ci; }
printf 'calls.c: deep\n' >pointers
printf 'calls.c: deep\nrecursion twice: 4\n' >depths

check "direct calls: the frames of both" 0 "^$(frames direct wide)\$" stack --root direct
check "through a pointer: deeper than what is called directly" 0 "^$(frames pointed middle deep)\$" stack --calls pointers --root pointed
check "the path is told" 0 'deep \(calls.c\)' stack --calls pointers --path --root pointed
check "a pointer that nobody has listed" 1 'middle calls through a pointer in calls.c' stack --root pointed
check "it does not matter elsewhere" 0 "^$(frames direct wide)\$" stack --root direct
check "recursion" 1 'twice: recursion, and no depth in the list' stack --calls pointers --root recursive
check "recursion with a depth" 0 "^$(frames recursive twice twice twice twice)\$" stack --calls depths --root recursive
check "a frame without a bound" 1 'any: a frame that is not bounded' stack --calls pointers --root unbounded
check "no such function" 1 'no function is called nobody' stack --root nobody
check "of several roots the deepest" 0 "^$(frames pointed middle deep)\$" stack --calls pointers --root direct --root pointed

# ---- the core --------------------------------------------------------------------------------------------------------------

cd "$top" || exit 2
{ read -r sources; read -r defines; } < <(env -u MAKEFLAGS -u MFLAGS make -s --no-print-directory DEPS=0 CRYPTO=mbedtls core-sources)
# shellcheck disable=SC2086
printf '%s\n' $sources | CCACHE_DISABLE=1 xargs -P2 -I{} sh -c "gcc -Os -std=c99 -fcallgraph-info=su $defines -Iinclude -Ilib \
  -c -o '$work'/\$(echo {} | tr / -).o {}"
check "the core: a verification is bounded" 0 '^[1-9][0-9]*$' bench/stack.py --calls bench/stack.calls --root sztp_verify "$work"/lib-*.ci
check "and so is every public function" 0 '^[1-9][0-9]*$' bench/stack.py --calls bench/stack.calls --root 'sztp_[a-z]*' "$work"/lib-*.ci
conclude
