#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Missing packages: make names them in one line and installs nothing; `make demo` and `make check` install them; neither
# success nor failure leaves behind what keeps daemons from starting. With a package manager that only writes down what it
# is asked, below a root of its own.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh

# ---- a machine on which libcbor-dev and knot are missing ------------------------------------------------

mkdir -p "$work/bin" "$work/root/usr/sbin" "$work/root/etc/init.d" "$work/root/run"
program() { { printf '#!/bin/sh\n'; cat; } >"$work/bin/$1" && chmod +x "$work/bin/$1"; }
program dpkg-query <<'END'
for name; do :; done
case $name in "$(cat "$DPKG_ROOT/absent" 2>/dev/null)") exit 1 ;; libcbor-dev | knot) test -e "$DPKG_ROOT/has-$name" || exit 1 ;; esac
printf installed
END
program apt-get <<'END'
echo "apt-get $*" >>"$DPKG_ROOT/log"
ls "$DPKG_ROOT/usr/sbin/policy-rc.d" "$DPKG_ROOT/run/systemd/system-preset/" >>"$DPKG_ROOT/guards" 2>&1
[ "$1" = install ] || exit 0
test ! -e "$DPKG_ROOT/broken" || exit 100
touch "$DPKG_ROOT/has-libcbor-dev" "$DPKG_ROOT/has-knot" "$DPKG_ROOT/etc/init.d/knot"
END
program update-rc.d <<'END'
echo "update-rc.d $*" >>"$DPKG_ROOT/log"
END
program id <<'END'
cat "$DPKG_ROOT/uid"
END
program sudo <<'END'
echo "a password is required" >&2
exit 1
END
echo 0 >"$work/root/uid"
touch "$work/root/etc/init.d/cron"

forget() { rm -rf "$work"/root/has-* "$work"/root/etc/init.d/knot "$work"/root/log "$work"/root/guards "$work"/root/broken "$work/build"; }
with() { env -u MAKEFLAGS -u MFLAGS -u DEPS DPKG_ROOT="$work/root" PATH="$work/bin:$PATH" "$@"; }
run_make() { with make --no-print-directory BUILD="$work/build" "$@"; }
asked() { cat "$work/root/log" 2>/dev/null; }
no_guards() { [ -z "$(find "$work/root/usr/sbin" "$work/root/run" -mindepth 1)" ] || { find "$work/root"; return 1; }; }

# ---- what is looked at ----------------------------------------------------------------------------------

stops() { # GOAL...
  local out
  forget
  out=$(run_make "$@" 2>&1) && return 1
  echo "$out"
  [ "$(wc -l <<<"$out")" = 1 ] && grep -qF 'packages are missing: libcbor-dev; `make deps` installs them' <<<"$out" && [ -z "$(asked)" ]
}
for goal in all lib tools install check-unit check-machine check-abi bench; do
  holds "make $goal names what is missing, in one line, and installs nothing" stops "$goal"
done
holds "plain make does" stops
never_looks() { forget; ! run_make DEPS=0 -n lib 2>&1 | grep -e 'packages are missing' -e install-deps; }
holds "DEPS=0 does not look" never_looks
of_engine() { # CRYPTO PACKAGE OTHER: the one is needed, the other not
  touch "$work/root/has-libcbor-dev" "$work/root/has-knot"
  echo "$2" >"$work/root/absent"
  ! run_make CRYPTO="$1" lib >"$work/said" 2>&1 && grep -qF "packages are missing: $2;" "$work/said" || return 1
  echo "$3" >"$work/root/absent"
  run_make CRYPTO="$1" -n lib >"$work/said" 2>&1
  rm -f "$work/root/absent"
  ! grep -F 'packages are missing' "$work/said"
}
holds "an engine needs its own library" of_engine openssl libssl-dev libmbedtls-dev
holds "and mbedTLS no other" of_engine mbedtls libmbedtls-dev libssl-dev
needs_nothing() { forget; run_make help && run_make clean && [ -z "$(asked)" ]; }
holds "make help and make clean need nothing" needs_nothing

# ---- what is installed ----------------------------------------------------------------------------------

# Only the stamps are made here: what comes behind them is the demonstration, and all the tests.
installs() { # GOAL STAMP...
  local goal=$1
  shift
  forget
  touch "$work/root/broken"
  run_make "$goal" 2>&1 | tee "$work/said"
  asked | grep -qF "install -y --no-install-recommends libcbor-dev" && grep -q 'could not install' "$work/said" && no_guards
}
holds "make check installs, and says when that fails" installs check
holds "make demo installs, and says when that fails" installs demo
deps() {
  forget
  run_make deps || return 1
  asked
  [ "$(asked | grep -c '^apt-get install')" = 1 ] && asked | grep -q 'libcbor-dev knot$'
}
holds "make deps installs what is missing, at once" deps
holds "while packages were installed, no daemon could start and no unit was enabled" \
  grep -q 00-sztp-install-deps.preset "$work/root/guards"
holds "and a policy said so" grep -q policy-rc.d "$work/root/guards"
holds "of that nothing is left" no_guards
scripts_off() { [ "$(grep '^update-rc.d' "$work/root/log")" = 'update-rc.d knot disable' ]; }
holds "a new script of System V is disabled, no other" scripts_off
some() { forget; run_make deps FOR=build && ! asked | grep 'install .*knot'; }
holds "make deps FOR=build installs no more than building needs" some
again() { rm -f "$work/root/log"; run_make deps FOR=build && [ -z "$(asked)" ]; }
holds "a second make deps changes nothing" again

left_by_kill() {
  forget
  printf '#!/bin/sh\n# scripts/install-deps of libsztp made this and removes it\nexit 101\n' >"$work/root/usr/sbin/policy-rc.d"
  run_make deps && no_guards
}
holds "what an installation that was killed left is removed by the next" left_by_kill
foreign() {
  forget
  echo 'exit 0' >"$work/root/usr/sbin/policy-rc.d"
  run_make deps && [ "$(cat "$work/root/usr/sbin/policy-rc.d")" = 'exit 0' ]
}
holds "somebody else's policy stays as it is" foreign
rm -f "$work/root/usr/sbin/policy-rc.d"
not_root() {
  local out
  forget
  echo 1000 >"$work/root/uid"
  out=$(run_make check 2>&1) && return 1
  echo "$out"
  grep -q 'takes root or sudo' <<<"$out" && grep -q 'sudo apt-get install .*libcbor-dev' <<<"$out" && [ -z "$(asked)" ]
}
holds "who is not root is told what to type" not_root

conclude
