#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that what the pages of a folder point to inside of it is there: files, and places in pages. Prints what is not; the last line says
how much was looked at. Ends with 1 if there is a dead link, or nothing was looked at.

usage: dead_links.py FOLDER
"""
import html.parser
import os
import sys
import urllib.parse


class Page(html.parser.HTMLParser):
    def __init__(self, path):
        super().__init__()
        self.places, self.links = {""}, []
        with open(path, encoding="utf-8") as file:
            self.feed(file.read())

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            if name == "id" or (name == "name" and tag == "a"):
                self.places.add(value)
            elif name in ("href", "src") and value is not None:
                self.links.append((self.getpos()[0], value))


def main(root):
    pages = {os.path.join(folder, name): None for folder, _, names in os.walk(root) for name in names if name.endswith(".html")}
    for path in pages:
        pages[path] = Page(path)
    dead, looked = 0, 0
    for path, page in pages.items():
        for line, link in page.links:
            try:
                url = urllib.parse.urlsplit(link)
            except ValueError as error:
                dead += 1
                print(f"{os.path.relpath(path, root)}:{line}: {link}: {error}")
                continue
            if url.scheme or url.netloc:
                continue
            looked += 1
            to = os.path.normpath(os.path.join(os.path.dirname(path), urllib.parse.unquote(url.path))) if url.path else path
            if os.path.isdir(to):
                to = os.path.join(to, "index.html")
            place = urllib.parse.unquote(url.fragment)
            if not os.path.exists(to):
                why = "there is no such file"
            elif to in pages and place not in pages[to].places:
                why = "there is no such place in it"
            elif os.path.relpath(to, root).startswith(".."):
                why = "it is outside"
            else:
                continue
            dead += 1
            print(f"{os.path.relpath(path, root)}:{line}: {link}: {why}")
    print(f"{looked} links in {len(pages)} pages, {dead} dead")
    return dead > 0 or looked == 0


if __name__ == "__main__":
    sys.exit(main(os.path.abspath(sys.argv[1])))
