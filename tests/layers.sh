#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# scripts/check-layers refuses what it is there to refuse: small trees with one fault each. Environment: CC.
cd "$(dirname "$0")/.." || exit 2
. tests/common/script.sh
check=$PWD/scripts/check-layers

# PATH TEXT: a source of the tree, compiled if it is a .c file.
source_of() {
  mkdir -p "$work/tree/${1%/*}" "$work/obj/${1%/*}"
  printf '%b\n' "$2" >"$work/tree/$1"
  case $1 in *.c) ${CC:-gcc} -I"$work/tree/lib" -c -o "$work/obj/${1%.c}.o" "$work/tree/$1" || exit 2 ;; esac
}

# finds NAME LINE...: the check fails on the tree, or passes if the first LINE says so, and prints every LINE.
finds() {
  local name=$1 line missing='' status=1
  shift
  case $1 in "5 passed, 0 failed") status=0 ;; esac
  "$check" --root "$work/tree" --objects "$work/obj" >"$work/log" 2>&1
  [ $? = $status ] || missing="status $status"
  for line; do grep -qxF -- "$line" "$work/log" || missing=$line; done
  if [ -z "$missing" ]; then ok "$name"; else bad "$name" "missing: $missing" "$(cat "$work/log")"; fi
  rm -rf "$work/tree" "$work/obj"
}

source_of lib/ground/low.h 'int sztp__low(int);'
source_of lib/ground/low.c '#include "ground/low.h"\n#include <stdlib.h>\nint sztp__low(int n) { return abs(n); }'
source_of lib/trust/high.c '#include "ground/low.h"\nint sztp__high(void) { return sztp__low(1); }'
source_of lib/machine/public.c 'int sztp_public(void) { return 1; }'
source_of tools/one/main.c '#include "ground/low.h"\nint sztp_public(void);\nint main(void) { return sztp__low(sztp_public()); }'
finds "a tree without a fault" "5 passed, 0 failed" "circles: 0" "upward arrows: 0" \
  "private parts seen from outside: 0" "foreign headers out of their file: 0" "names twice: 0"

source_of lib/trust/a.c 'int sztp__c(void);\nint sztp__a(void) { return sztp__c(); }'
source_of lib/trust/b.c 'int sztp__a(void);\nint sztp__b(void) { return sztp__a(); }'
source_of lib/trust/c.c 'int sztp__b(void);\nint sztp__c(void) { return sztp__b(); }'
source_of lib/trust/d.c 'int sztp__a(void);\nint sztp__d(void) { return sztp__a(); }'
finds "a circle of calls, and who uses it is not in it" "a circle of 3 files:" "circles: 1" "4 passed, 1 failed" \
  "  lib/trust/a.c -> lib/trust/c.c: uses sztp__c" "  lib/trust/b.c -> lib/trust/a.c: uses sztp__a"

source_of lib/trust/a.h '#ifndef A\n#define A\n#include "trust/b.h"\n#endif'
source_of lib/trust/b.h '#ifndef B\n#define B\n#include "trust/a.h"\n#endif'
source_of lib/trust/a.c '#include "trust/a.h"\nint sztp__a;'
finds "a circle of headers" "a circle of 2 files:" "  lib/trust/a.h -> lib/trust/b.h: includes \"trust/b.h\"" "circles: 1"

source_of lib/ground/low.c 'int sztp__high(void);\nint sztp__low(void) { return sztp__high(); }'
source_of lib/trust/high.c 'int sztp__high(void) { return 1; }'
finds "a call to a layer above" "lib/ground/low.c -> lib/trust/high.c, which is above it: uses sztp__high" \
  "upward arrows: 1" "4 passed, 1 failed"

source_of lib/exchange/rpc.h 'int sztp__rpc(void);'
source_of lib/discovery/dns.c '#include "exchange/rpc.h"\nint sztp__dns;'
finds "a header of the layer beside" \
  "lib/discovery/dns.c -> lib/exchange/rpc.h, which is beside it: includes \"exchange/rpc.h\"" "upward arrows: 1"

source_of lib/trust/high.h 'int sztp__high(void);'
source_of lib/trust/high.c 'int sztp__high(void) { return 1; }'
source_of tools/one/main.c '#include "trust/high.h"\nint main(void) { return 0; }'
source_of lib/https/fetch.c 'int sztp__high(void);\nint sztp_fetch(void) { return sztp__high(); }'
finds "a tool and a component that know what is the library's own" "private parts seen from outside: 2" \
  "tools/one/main.c -> lib/trust/high.h, which is the library's own: includes \"trust/high.h\"" \
  "lib/https/fetch.c -> lib/trust/high.c, which is the library's own: uses sztp__high" "4 passed, 1 failed"

source_of lib/cryptography/one.c '#include <expat.h>\nint sztp__one;'
source_of lib/formats/two.c '#include <expat.h>\nint sztp__two;'
source_of lib/formats/three.c '#include <unistd.h>\nint sztp__three;'
finds "a library that two files of the core know, and a header that is not C99's" \
  "2 files of the core know expat: lib/cryptography/one.c, lib/formats/two.c" \
  "lib/formats/three.c includes <unistd.h>: the core uses the standard library alone" \
  "foreign headers out of their file: 2" "4 passed, 1 failed"

source_of lib/trust/text.c '#include <stdio.h>\nint sztp__text;'
finds "text that the core does not make itself" \
  "lib/trust/text.c includes <stdio.h>: the core uses the standard library alone" "4 passed, 1 failed"

source_of lib/trust/one.c 'static int same(void) { return 1; }\nint sztp__one(void) { return same(); }'
source_of lib/machine/two.c 'static int same(void) { return 2; }\nint sztp__two(void) { return same(); }'
source_of lib/formats/four.c 'enum { ONE, TWO };\nint sztp__four(void) { return TWO; }'
source_of lib/trust/five.c 'enum {\n  TWO = 2 /* two */\n};\nint sztp__five(void) { return TWO; }'
source_of lib/https/three.c 'static int same(void) { return 3; }\nint sztp_three(void) { return same(); }'
source_of tools/one/main.c 'static int same(void) { return 0; }\nint main(void) { return same(); }'
finds "a function and a constant that two files of the core name alike" \
  "the core has 2 of the name same: lib/machine/two.c, lib/trust/one.c" \
  "the core has 2 of the name TWO: lib/formats/four.c, lib/trust/five.c" "names twice: 2" "4 passed, 1 failed"

conclude
