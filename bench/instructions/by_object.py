#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Adds up what callgrind has counted: prints the instructions of the program itself, and of all that it is linked with.
usage: by_object.py FILE PROGRAM"""
import os
import re
import sys

names, ours, total, inclusive, current = {}, 0, 0, False, ""
for line in open(sys.argv[1], encoding="utf-8", errors="replace"):
    if match := re.match(r"ob=\((\d+)\)(?: (.*))?", line):
        if match[2]:
            names[match[1]] = match[2].strip()
        current = names[match[1]]
    elif match := re.match(r"cob=\((\d+)\)(?: (.*))?", line):
        if match[2]:
            names[match[1]] = match[2].strip()
    elif line.startswith("calls="):
        inclusive = True  # the next line has what the callee took
    elif re.match(r"[0-9+*-]", line):
        cost = int(line.split()[1])
        if not inclusive:
            total += cost
            if os.path.realpath(current) == os.path.realpath(sys.argv[2]):
                ours += cost
        inclusive = False
print(ours, total)
