#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that what the Markdown pages of a folder point to is there: files, and headings in pages; addresses elsewhere are not asked. Prints
what is not; the last line says how much was looked at. Ends with 1 if there is a dead link, or fewer than 50 were looked at.

usage: dead_page_links.py [FOLDER [ROOT]]   "/" is ROOT to links
"""
import glob
import os
import re
import sys


def read(path):
    with open(path, encoding="utf-8") as file:
        return re.sub(r"^```.*?^```", "", file.read(), flags=re.S | re.M)


def headings(path):
    names = [re.sub(r"[^\w\- ]", "", re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", h).lower()).strip().replace(" ", "-")
             for h in re.findall(r"^#+ (.*)$", read(path), re.M)]
    return {n if names[:i].count(n) == 0 else f"{n}-{names[:i].count(n)}" for i, n in enumerate(names)}


def main(folder=".", root=""):
    looked, dead = 0, 0
    for path in sorted(p for p in glob.glob("**/*.md", root_dir=folder, recursive=True) if not p.startswith(("build", "fuzz/corpus"))):
        for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`\n]*`", "code", read(os.path.join(folder, path)))):
            if re.match(r"[a-z]+:", target):
                continue
            looked += 1
            file, _, heading = target.partition("#")
            page = os.path.join(folder, path)
            to = root + file if file.startswith("/") else os.path.normpath(os.path.join(os.path.dirname(page), file)) if file else page
            why = "" if os.path.exists(to) else "there is no such file"
            if not why and heading and to.endswith(".md") and heading not in headings(to):
                why = "there is no such heading"
            if why:
                dead += 1
                print(f"{path}: {target}: {why}")
    print(f"{looked} links, {dead} dead")
    return dead > 0 or looked < 50


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
