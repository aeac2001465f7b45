#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The completion files are what scripts/completion makes of the tools' --help, and the shells complete by them.
# Environment: BUILD.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
need python3

holds "they are made" scripts/completion "$work/made" "$BUILD/bin"
holds "and are those of packaging/completion" diff -r "$work/made" packaging/completion

# completes SHELL WORD...: what a shell offers for the last word, a line each; bash and zsh as their completion systems call
# the functions
completes() {
  local shell=$1
  shift
  # shellcheck disable=SC2016 # the other shells' variables
  case $shell in
    bash) bash -c '. "packaging/completion/bash/$1"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
            "_${1//-/_}"; printf "%s\n" "${COMPREPLY[@]}"' bash "$@" ;;
    zsh) zsh -fc 'compadd() { shift; for w; do [[ $w != $words[CURRENT]* ]] || print -r -- $w; done }; _files() { print FILES; }
            words=("$@"); CURRENT=$#; complete_it() { . ./packaging/completion/zsh/_$1; }; complete_it $1' zsh "$@" ;;
    fish) XDG_CONFIG_HOME=$work fish --no-config -c \
            "source packaging/completion/fish/$1.fish; complete -C '$*'" | cut -f 1 ;;
  esac
}
# offers SHELL WANTED NOT WORD...: one line is WANTED, none is NOT
offers() {
  local shell=$1 wanted=$2 not=$3
  shift 3
  completes "$shell" "$@" >"$work/offered" 2>"$work/err"
  if grep -qx -- "$wanted" "$work/offered" && ! grep -qx -- "$not" "$work/offered" && [ ! -s "$work/err" ]; then
    ok "$shell: $* is completed to $wanted"
  else
    bad "$shell: $* is not completed to $wanted" "$(cat "$work/offered" "$work/err")"
  fi
}
for shell in bash zsh fish; do
  if ! command -v "$shell" >/dev/null; then
    skip "$shell is not installed"
    continue
  fi
  offers "$shell" voucher vouch sztp vo
  offers "$shell" renew verify sztp voucher re
  offers "$shell" --pinned --server sztp voucher issue --pi
  offers "$shell" cose-cbor aes128-cbc sztp voucher issue --format c
  offers "$shell" aes256-gcm cose-cbor sztp conveyed onboarding --cipher a
  offers "$shell" daemon run sztp-agent da
  offers "$shell" --wait --check sztp-agent status --w
  offers "$shell" --exit-status --json sztp-agent status --e
  offers "$shell" --tls-key --config sztp-server --tls-k
done
conclude
