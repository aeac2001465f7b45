#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Follows a guide of docs/ as its reader does; for tests/common/guide.sh.

  guide.py split FOLDER PAGE...   takes the pages apart: FOLDER/NNN.sh is what the reader does there, NNN.text what the page shows of
                                  its output, NNN.line where it stands
  guide.py judge FOLDER           says of each block how it went: NNN.status has the status and how many commands failed,
                                  NNN.out what was printed

A block marked "sh" is run. One marked "text" behind it is all that it prints, where a line of three dots stands for any lines, three
dots at the end of a line for any rest of it, and <word> for a word that differs from run to run. One marked with a language and the
name of a file, as "c store.c", is that file, or goes on with it. Whatever else is marked is there to be looked at.
"""
import glob
import os
import re
import sys


def blocks(page):
    """Of each block: where it begins, how it is marked, its text."""
    mark, lines, start = None, [], 0
    with open(page, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            fence = re.match(r"```(.*)$", line)
            if mark is None and fence:
                mark, lines, start = fence.group(1).strip(), [], number
            elif mark is not None and line.rstrip() == "```":
                yield start, mark, "".join(lines)
                mark = None
            elif mark is not None:
                lines.append(line)
    assert mark is None, f"{page}:{start}: the block has no end"


def split(folder, pages):
    count, begun = 0, set()
    for page in pages:
        last = None
        for start, mark, text in blocks(page):
            file = re.fullmatch(r"[a-z]+ ([A-Za-z0-9_.-]+)", mark)
            if mark == "text" and last == "sh":
                write(folder, count, "text", text)
            elif mark == "sh" or file:
                count += 1
                write(folder, count, "line", f"{page}:{start}")
                write(folder, count, "sh", text if mark == "sh" else
                      f"cat >{'>' if file.group(1) in begun else ''}{file.group(1)} \"$BLOCKS/{count:03}.file\"\n")
                if file:
                    write(folder, count, "file", text)
                    begun.add(file.group(1))
            last = mark


def write(folder, number, kind, text):
    with open(f"{folder}/{number:03}.{kind}", "w", encoding="utf-8") as file:
        file.write(text)


def pattern(line):
    parts = re.split(r"(<[a-z0-9-]+>)", line[:-3] if line.endswith(" ...") else line)
    text = "".join(r"\S+?" if p.startswith("<") and p.endswith(">") else re.escape(p) for p in parts)
    return re.compile(text + (".*" if line.endswith(" ...") else "") + r"\Z")


def matches(shown, printed):
    """Where "..." stands, any number of lines; found from the front, so the last may have to be moved."""
    reachable = {0}
    for line in shown:
        if line == "...":
            reachable = set(range(min(reachable), len(printed) + 1)) if reachable else set()
        else:
            form = pattern(line)
            reachable = {n + 1 for n in reachable if n < len(printed) and form.match(printed[n])}
    return len(printed) in reachable


def objection(base):
    """Why a block did not go as its page says; "" if it did. Every command succeeds, but for the last of a block that is shown to end
    with "rejected:"."""
    def read(kind):
        with open(base + kind, encoding="utf-8", errors="replace") as file:
            return file.read()
    if not os.path.exists(base + ".status"):
        return "not run"
    status, failures = map(int, read(".status").split())
    shown = read(".text").splitlines() if os.path.exists(base + ".text") else None
    refused = bool(shown) and shown[-1].startswith("rejected: ")
    printed = read(".out").splitlines()
    if (status, failures) != ((1, 1) if refused else (0, 0)):
        why = f"status {status}, {failures} commands failed"
    elif shown is not None and not matches(shown, printed):
        why = "it prints something else than is shown"
    else:
        return ""
    return "\n".join([why, *(f"          {line}" for line in printed[-40:])])


def judge(folder):
    for block in sorted(glob.glob(f"{folder}/*.sh")):
        base = block[:-3]
        with open(base + ".line", encoding="utf-8") as line, open(block, encoding="utf-8") as text:
            where = f"{line.read()}: {text.readline().strip()}"
        why = objection(base)
        print(f"FAILED  {where}: {why}" if why else f"ok      {where}")


if __name__ == "__main__":
    if sys.argv[1] == "split":
        split(sys.argv[2], sys.argv[3:])
    else:
        judge(sys.argv[2])
