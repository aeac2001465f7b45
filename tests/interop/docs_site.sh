#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The site of the documents builds without a warning, and no link in it is dead; each manual page, of whatever section, is sound to mandoc's
# linter, names manuals that there are, and is installed.
cd "$(dirname "$0")/../.." || exit 2
. tests/common/script.sh
need doxygen mandoc sphinx-build dot python3 make

quiet_make() { env -u MAKEFLAGS -u MFLAGS make --no-print-directory DEPS=0 BUILD="$BUILD" "$@"; }
holds "make docs" quiet_make docs
site=$BUILD/docs/html
holds "no link of the site is dead" python3 tests/common/dead_links.py "$site"

# What the site is for.
in_search() { grep -qi "\"$1\"\|\b$1\b" "$site/searchindex.js"; }
for name in sztp_session_next sztp_https_validator; do
  holds "the search knows $name" in_search $name
done
every_document() {
  local page missing=
  for page in docs/*.md docs/*/*.md docs/*/*/*.md; do
    [ "$page" = docs/README.md ] || [ -e "$site/${page%.md}.html" ] || missing="$missing $page"
  done
  [ -z "$missing" ] || { echo "not in the site:$missing"; return 1; }
}
holds "every document is in the site" every_document
every_header() {
  local header
  for header in include/sztp/*.h; do [ -e "$site/reference/$(basename "$header" .h).html" ] || { echo "$header"; return 1; }; done
}
holds "so is every header" every_header

# ---- manual pages ----------------------------------------------------------------------------------------------------------------

root=$work/root
holds "make install" quiet_make PREFIX=/usr DESTDIR="$root" install
pages() { find "$root/usr/share/man" -name '*.[1-8]'; }
functions() { scripts/public-functions include/sztp/*.h; }
each_installed() {
  local name
  for name in $(functions); do [ -e "$root/usr/share/man/man3/$name.3" ] || { echo "$name has no page"; return 1; }; done
}
holds "each public function has its page" each_installed
none_else() { ! find "$root/usr/share/man/man3" -type f ! -name 'sztp_*' | grep .; }
holds "no page takes a name that is not the library's" none_else
linted() { local said; said=$(pages | xargs mandoc -T lint -W warning 2>&1); [ -z "$said" ] || { echo "$said"; return 1; }; }
holds "mandoc's linter warns of nothing" linted
groff_warns_not() {
  local page said
  for page in "$root"/usr/share/man/man[178]/* "$root"/usr/share/man/man3/sztp_{session,device}*; do
    said=$(groff -man -mdoc -ww -Wbreak -z -Tutf8 "$page" 2>&1)
    [ -z "$said" ] || { echo "$page: $said"; return 1; }
  done
}
if command -v groff >/dev/null; then holds "nor does groff" groff_warns_not; else skip "groff's warnings: it is not installed"; fi
references_hold() { # of the library's own
  local name section
  while read -r name section; do
    [ -e "$root/usr/share/man/man$section/$name.$section" ] || { echo "$name($section) is referred to"; return 1; }
  done < <(pages | xargs sed -n 's/^\.Xr \(sztp[a-z0-9_.-]*\) \([1-8]\).*/\1 \2/p' | sort -u)
}
holds "manuals refer to manuals that there are" references_hold
conclude
