#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The deepest stack that calls of functions can come to, from what gcc knows of them (-fcallgraph-info=su, gcc 10 or later):
each function's frame, and whom it calls. Without interrupts, and without what is called and not known: functions that no file
is about take nothing here (the C library's, other libraries'), and are named with --outside.

Where a call goes through a pointer, and what a function of others calls back, is in a list kept by hand (--calls):

  FILE-OR-FUNCTION: PATTERN...     calls through pointers in this source, or calls of this function, come to functions of
                                   these names (as a shell matches them; FILE:NAME for one file's); "host": to the host's
                                   own, which takes stack of its own; nothing: no such call is ever made
  FILE:FUNCTION: PATTERN...        in this function of the source, beside what the source itself calls
  FILE>FUNCTION: PATTERN...        the same for what the function calls through pointers when it is called in this source
  recursion PATTERN... : DEPTH     functions that call each other, at most so often
  never PATTERN...                 functions that are not called, whatever it looks like

Errors, and exit status 1, if a root comes to it: functions that call each other and are not in the list; a call through a
pointer that is not; a frame that is not bounded. So is no root.

usage: stack.py [--calls FILE] [--outside] [--path] (--root PATTERN)... FILE.ci...
"""
import argparse
import fnmatch
import os
import re
import sys

POINTER = "__indirect_call"
NODE = re.compile(r'^node: \{ title: "([^"]*)" label: "([^"]*)"')
EDGE = re.compile(r'^edge: \{ sourcename: "([^"]*)" targetname: "([^"]*)"(?: label: "([^"]*)")?')
SIZE = re.compile(r"(\d+) bytes \(([^)]*)\)")


def source_of(place):
    """The file of "./lib/x.c:12:3", from the project's folder."""
    path = os.path.normpath(place.rsplit(":", 2)[0])
    return os.path.relpath(path) if os.path.isabs(path) else path


class Function:
    def __init__(self, name, source, frame, how):
        self.name = re.sub(r"\.(constprop|isra|part|lto_priv|cold)\b.*", "", name)  # as it was written
        self.source, self.frame, self.how = source, frame, how
        self.calls = set()
        self.pointers = set()  # sources of calls through pointers; more than one where another's were inlined


class Calls:
    """The list kept by hand."""

    def __init__(self, path):
        self.targets, self.depths, self.never = {}, [], []
        for line in open(path, encoding="utf-8") if path else []:
            line = line.split("#")[0].strip()
            if not line:
                continue
            if line.startswith("never "):
                self.never += line.split()[1:]
                continue
            left, right = (part.split() for part in re.split(r":\s|:$", line, maxsplit=1))
            if left[0] == "recursion":
                self.depths.append((left[1:], int(right[0])))
            else:
                self.targets.setdefault(left[0], []).extend(right)


def read(paths, calls):
    """Functions by title, with the titles that they call; what is only called is not among them."""
    functions, edges, copies, never = {}, [], [], set()
    for path in paths:
        for line in open(path, encoding="utf-8"):
            node, edge = NODE.match(line), EDGE.match(line)
            if node:
                parts = node[2].split("\\n")
                size = SIZE.search(node[2])
                if size:
                    functions[node[1]] = Function(parts[0], source_of(parts[1]), int(size[1]), size[2])
            elif edge:
                edges.append((edge[1], edge[2], edge[3]))
    for title in [t for t, f in functions.items() if any(matches(f, p) for p in calls.never)]:
        del functions[title]
        never.add(title)
    for caller, called, place in edges:
        if caller not in functions or called in never:
            continue
        source = source_of(place) if place else ""
        if called == POINTER:
            functions[caller].pointers.add(source)
            continue
        functions[caller].calls.add(called)
        if called in functions and f"{source}>{functions[called].name}" in calls.targets:
            copies.append((caller, called, f"{source}>{functions[called].name}"))
    for caller, called, key in copies:
        original = functions[called]
        copy = functions.setdefault(key, Function(original.name, original.source, original.frame, original.how))
        copy.calls, copy.pointers = set(original.calls), {key}
        functions[caller].calls.discard(called)
        functions[caller].calls.add(key)
    return functions


def matches(function, pattern):
    source, _, name = pattern.rpartition(":")
    return fnmatch.fnmatchcase(function.name, name) and (not source or function.source == source)


def resolve(functions, calls):
    """Adds what is called through pointers and called back. What is not in the list, by who calls it."""
    unknown = {}
    named = {}

    def found(key):
        if key not in named:
            patterns = [p for p in calls.targets[key] if p != "host"]
            named[key] = {title for title, f in functions.items() if any(matches(f, p) for p in patterns)}
        return named[key]

    for title, function in functions.items():
        for source in function.pointers:
            keys = [key for key in (source, f"{source}:{function.name}") if key in calls.targets]
            for key in keys:
                function.calls |= found(key)
            if not keys:
                unknown.setdefault(title, []).append(f"{function.name} calls through a pointer in {source}")
        for called in list(function.calls):
            if called not in functions and called in calls.targets:
                function.calls |= found(called)
    return unknown


def components(functions):
    """Groups of functions that call each other, in the order from the called to the callers (Tarjan)."""
    index, low, on, stack, groups = {}, {}, set(), [], []
    for root in functions:
        if root in index:
            continue
        work = [(root, iter(sorted(c for c in functions[root].calls if c in functions)))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on.add(root)
        while work:
            title, rest = work[-1]
            for called in rest:
                if called not in index:
                    index[called] = low[called] = len(index)
                    stack.append(called)
                    on.add(called)
                    work.append((called, iter(sorted(c for c in functions[called].calls if c in functions))))
                    break
                if called in on:
                    low[title] = min(low[title], index[called])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[title])
                if low[title] == index[title]:
                    group = []
                    while not group or group[-1] != title:
                        group.append(stack.pop())
                        on.discard(group[-1])
                    groups.append(group)
    return groups


class Depths:
    """The deepest stack below each function, itself included, and by whom it is reached."""

    def __init__(self, functions, calls):
        self.functions, self.most, self.next, self.rounds = functions, {}, {}, {}
        self.recursive = []
        for group in components(functions):
            whole = sum(functions[t].frame for t in group)
            outside = {c for t in group for c in functions[t].calls if c in functions and c not in group}
            deepest = max(outside, key=lambda c: (self.most[c], c), default=None)
            rounds = 1
            if len(group) > 1 or group[0] in functions[group[0]].calls:
                rounds = self.depth_of(group, calls)
            for title in group:
                self.most[title] = rounds * whole + (self.most[deepest] if deepest else 0)
                self.next[title] = deepest
                self.rounds[title] = (rounds, whole)

    def depth_of(self, group, calls):
        for patterns, depth in calls.depths:
            if all(any(matches(self.functions[t], p) for p in patterns) for t in group):
                return depth
        self.recursive.append(group)
        return 1

    def path(self, title):
        while title is not None:
            rounds, whole = self.rounds[title]
            f = self.functions[title]
            yield f, whole, rounds
            title = self.next[title]

    def reached(self, roots):
        seen, work = set(), list(roots)
        while work:
            title = work.pop()
            if title not in seen:
                seen.add(title)
                work += self.functions[title].calls if title in self.functions else []
        return seen


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--calls")
    parser.add_argument("--outside", action="store_true", help="name what is called and not known")
    parser.add_argument("--path", action="store_true", help="print the deepest path, not its depth alone")
    parser.add_argument("--root", action="append", required=True)
    parser.add_argument("files", nargs="+")
    args = parser.parse_args()
    calls = Calls(args.calls)
    functions = read(args.files, calls)
    unknown = resolve(functions, calls)
    depths = Depths(functions, calls)
    roots = [t for t, f in functions.items() if any(matches(f, p) for p in args.root)]
    reached = depths.reached(roots)
    faults = [text for title in sorted(reached) for text in unknown.get(title, [])]
    faults += [" and ".join(sorted({functions[t].name for t in group})) + ": recursion, and no depth in the list"
               for group in depths.recursive if reached & set(group)]
    faults += [f"{functions[t].name}: a frame that is not bounded"
               for t in sorted(reached) if t in functions and functions[t].how == "dynamic"]
    if not roots:
        faults.append(f"no function is called {' or '.join(args.root)}")
    for fault in faults:
        print(f"stack.py: {fault}", file=sys.stderr)
    if faults:
        return 1
    root = max(roots, key=lambda t: (depths.most[t], t))
    if not args.path:
        print(depths.most[root])
    else:
        print(f"{depths.most[root]} octets")
        for f, whole, rounds in depths.path(root):
            print(f"  {whole:6} {f.name} ({f.source}){f', and who calls it, {rounds} times' if rounds > 1 else ''}")
    if args.outside:
        print("not known:", *sorted(t for t in reached if t not in functions))
    return 0


if __name__ == "__main__":
    sys.exit(main())
