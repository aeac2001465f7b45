# shellcheck shell=sh
# SPDX-License-Identifier: Apache-2.0
# What all handlers have in common: settings, messages, files that are replaced as a whole, and how that is undone. A handler
# defines a function for each action that it does and ends with `handle "$@"`; see docs/handlers.md and sztp-agent(1), PROGRAMS.
#
# Before a handler changes a file it keeps what was there, in $store/attempts/ATTEMPT/STAGE/NUMBER, with the path it came from. Each entry
# is complete and on the disk before it gets its name, and entries go only when all of them are restored: so undoing may be cut
# off anywhere and begun anew, and undoing twice does no harm.
set -u
umask 022
LC_ALL=C.UTF-8
export LC_ALL

handler=${0##*/}
handlers=$(cd "${0%/*}" && pwd) || exit 1
warned=
action=

# ---- messages: the agent shows the last lines, and tells them to the owner's server -------------------------------------

say() { printf '%s\n' "$handler: $*"; }
# The handler goes on, and ends as "done, with a warning".
warn() { say "warning: $*" >&2; warned=1; }
fail() { say "$*" >&2; exit 1; }
needs() { # PROGRAM...
  for h_program; do command -v "$h_program" >/dev/null 2>&1 || fail "$h_program is not installed on this device"; done
}
# try SENTENCE COMMAND...: the command's output is shown only if it fails, behind the sentence
try() {
  h_sentence=$1
  shift
  h_output=$("$@" 2>&1) && return 0
  say "$h_sentence:" >&2
  printf '%s\n' "$h_output" | tail -n 20 >&2
  return 1
}

# ---- settings: lines NAME=value in handlers.conf, in the folder of the agent's configuration ----------------------------

settings=${SZTP_AGENT_CONFIG:-/etc/sztp/agent.json}
settings=${settings%/*}/handlers.conf
setting() { # NAME DEFAULT: what handlers.conf says, the last line of it counts
  h_value=$(sed -n "s/^[[:space:]]*$1[[:space:]]*=[[:space:]]*//p" "$settings" 2>/dev/null | tail -n 1)
  printf '%s\n' "${h_value:-$2}"
}

# ---- what is kept of earlier contents -----------------------------------------------------------------------------------
# Functions of this part return 1 and have said why, if they can't do what they are for.

store=$(setting store /var/lib/sztp-handlers)
attempt=${SZTP_ATTEMPT:-by-hand}
stage=${SZTP_STAGE:-by-hand}
case $attempt$stage in *[!0-9A-Za-z-]*) fail "'$attempt' and '$stage' are no names of an attempt and its stage" ;; esac
attempts=$store/attempts
kept=$attempts/$attempt/$stage

# To the disk, as far as the system's sync can be told what.
flush() { sync "$@" 2>/dev/null || sync; }
folder_of() {
  case $1 in
    /*/*) printf '%s\n' "${1%/*}" ;;
    /*) echo / ;;
    *) echo . ;;
  esac
}
cannot() { say "$*" >&2; return 1; }

# An attempt begins only when nothing of an earlier one is left to undo.
begin_keeping() {
  if [ ! -d "$kept" ]; then
    (umask 077 && mkdir -p "$kept") || { cannot "$kept can't be made"; return 1; }
    for h_earlier in "$attempts"/*; do
      [ "$h_earlier" = "$attempts/$attempt" ] || rm -rf "$h_earlier"
    done
  fi
  grep -qxF "$handlers/$handler" "$kept/handlers" 2>/dev/null && return 0
  if printf '%s\n' "$handlers/$handler" >>"$kept/handlers"; then flush "$kept/handlers" "$kept"; else cannot "$kept can't be written"; fi
}

kept_already() { # PATH
  for h_entry in "$kept"/[0-9]*/path; do
    [ -f "$h_entry" ] && [ "$(cat "$h_entry")" = "$1" ] && return 0
  done
  return 1
}

# keep PATH [CONTENT]: remembers a file, a link, or that there is neither, unless this stage has done so before; what undoing
# goes back to is what the file CONTENT has, if that is given.
keep() {
  begin_keeping || return 1
  ! kept_already "$1" || return 0
  if [ -e "$1" ] && [ ! -f "$1" ] && [ ! -h "$1" ]; then cannot "$1 is no file"; return 1; fi
  h_new=$kept/new
  rm -rf "$h_new"
  (umask 077 && mkdir "$h_new" && printf '%s\n' "$1" >"$h_new/path") || { cannot "$h_new can't be written"; return 1; }
  if [ -e "$1" ] || [ -h "$1" ]; then
    cp -pP "$1" "$h_new/content" || { cannot "$1 can't be kept in $kept"; return 1; }
  fi
  if [ $# = 2 ]; then cat "$2" >"$h_new/content" || { cannot "$2 can't be kept in $kept"; return 1; }; fi
  if [ -f "$h_new/content" ] && [ ! -h "$h_new/content" ]; then flush "$h_new/content"; fi
  flush "$h_new/path" "$h_new"
  h_number=$(find "$kept" -maxdepth 1 -name '[0-9]*' | wc -l)
  mv "$h_new" "$kept/$(printf '%06d' "$h_number")" || { cannot "$kept can't be written"; return 1; }
  flush "$kept"
}

# put PATH LIKE [MODE]: standard input takes the place of PATH as a whole; owner and mode are LIKE's if that is there
put() {
  h_fresh=$(folder_of "$1")/.${1##*/}.sztp-new
  rm -f "$h_fresh"
  if (umask 077 && cat >"$h_fresh") &&
    if [ -f "$2" ]; then chown "$(stat -c %u:%g "$2")" "$h_fresh" && chmod "${3:-$(stat -c %a "$2")}" "$h_fresh"; else chmod "${3:-644}" "$h_fresh"; fi &&
    flush "$h_fresh" && mv -f "$h_fresh" "$1"; then
    flush "$(folder_of "$1")"
  else
    rm -f "$h_fresh"
    cannot "$1 can't be written"
  fi
}

# replace PATH [MODE]: standard input takes the place of the file as a whole, so that it can be undone
replace() {
  mkdir -p "$(folder_of "$1")" || return 1
  keep "$1" && put "$1" "$1" ${2:+"$2"}
}

# remove PATH: so that it can be undone
remove() {
  [ -e "$1" ] || [ -h "$1" ] || return 0
  keep "$1" || return 1
  rm -f "$1" || { cannot "$1 can't be removed"; return 1; }
  flush "$(folder_of "$1")"
}

restore_entry() { # ENTRY
  h_path=$(cat "$1/path") || return 1
  if [ -h "$1/content" ]; then
    rm -f "$h_path" && cp -pP "$1/content" "$h_path"
  elif [ -e "$1/content" ]; then
    mkdir -p "$(folder_of "$h_path")" && put "$h_path" "$1/content" <"$1/content"
  elif [ -e "$h_path" ] || [ -h "$h_path" ]; then
    rm -f "$h_path" && flush "$(folder_of "$h_path")"
  fi
}

# Puts back what this stage of the attempt has changed, the last change first; whoever made a change is told.
undo() {
  [ -d "$kept" ] || return 0
  rm -rf "$kept/new"
  for h_entry in $(cd "$kept" && ls -r); do
    case $h_entry in
      [0-9]*) restore_entry "$kept/$h_entry" || fail "$(cat "$kept/$h_entry/path") can't be restored from $kept/$h_entry" ;;
    esac
  done
  [ ! -f "$kept/handlers" ] || while read -r h_program; do
    if [ "$h_program" = "$handlers/$handler" ]; then
      restored </dev/null
    else
      "$h_program" restored </dev/null
      h_status=$?
      [ "$h_status" != 10 ] || warned=1
      [ "$h_status" = 10 ] || [ "$h_status" = 0 ]
    fi || fail "${h_program##*/} has not taken up what was restored"
  done <"$kept/handlers"
  rm -rf "$kept"
  flush "$attempts"
}

# ---- actions ------------------------------------------------------------------------------------------------------------

# What a handler does when its files are as they were; those that have to tell somebody redefine it.
restored() { :; }

# give_up SENTENCE: a configuration is applied as a whole or not at all
give_up() {
  say "$*" >&2
  undo
  fail "nothing was changed"
}

handle() {
  [ $# -ge 1 ] || fail "is called as: $handler ACTION [FILE]"
  action=$1
  case $action in
    rollback) undo ;;
    restored) restored ;;
    *)
      does=do_$(printf '%s' "$action" | tr - _)
      command -v "$does" >/dev/null 2>&1 || fail "does not do '$action'; see docs/handlers.md"
      [ -f "${2:-}" ] || fail "'$action' takes a file"
      "$does" "$2"
      ;;
  esac
  [ -z "$warned" ] || exit 10
}
