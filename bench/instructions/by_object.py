#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Adds up what callgrind has counted: prints the instructions of our own code in the program, the benchmark's left out, and of
all that it runs. A cryptographic library may be in the program, too: our own code is what comes out of our sources.
usage: by_object.py FILE PROGRAM"""
import os
import re
import sys

OURS = ("./lib/", "./include/", "/usr/include/")
names, files, ours, total, inclusive, current, source = {}, {}, 0, 0, False, "", ""
for line in open(sys.argv[1], encoding="utf-8", errors="replace"):
    if match := re.match(r"ob=\((\d+)\)(?: (.*))?", line):
        if match[2]:
            names[match[1]] = match[2].strip()
        current = names[match[1]]
    elif match := re.match(r"cob=\((\d+)\)(?: (.*))?", line):
        if match[2]:
            names[match[1]] = match[2].strip()
    elif match := re.match(r"(fl|fi|fe|cfi|cfl)=\((\d+)\)(?: (.*))?", line):
        if match[3]:
            files[match[2]] = match[3].strip()
        if match[1] in ("fl", "fi", "fe"):
            source = files[match[2]]
    elif line.startswith("calls="):
        inclusive = True  # the next line has what the callee took
    elif re.match(r"[0-9+*-]", line):
        cost = int(line.split()[1])
        if not inclusive:
            total += cost
            if os.path.realpath(current) == os.path.realpath(sys.argv[2]) and source.startswith(OURS):
                ours += cost
        inclusive = False
print(ours, total)
