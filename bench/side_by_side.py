#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs programs in turns, so that a change of the machine's pace hits all of them alike, and prints what each takes: wall time,
CPU time with that of its children, and memory, as medians, and the ratios of the first to each other, pair by pair. With
--relay it runs each once more with its connections counted.

usage: side_by_side.py [--runs N] [--warm-up N] [--relay] [--port PORT] [--name GROUP] [--before COMMAND] [--after COMMAND]
                       NAME=COMMAND...

What is run before and after each is not measured. A command is a shell's; it ends with 0 or 3 (a restart is due), or the measurement is void. Where it has @RUN@, a number stands
that no run has twice. @PORT@ is PORT, or where connections are counted a relay's. Environment: BUILD; BENCH_FIGURES, a file
that gets each figure as a line of JSON.
"""
import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading

GOOD = (0, 3)


class Relay:
    """Passes connections on to a port of this machine, and counts them and their octets."""

    def __init__(self, port):
        self.to, self.connections, self.sent, self.received = port, 0, 0, 0
        self.threads = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            self.connections += 1
            server = socket.create_connection(("127.0.0.1", self.to))
            for source, sink, way in ((client, server, "sent"), (server, client, "received")):
                thread = threading.Thread(target=self.pump, args=(source, sink, way), daemon=True)
                self.threads.append(thread)
                thread.start()

    def pump(self, source, sink, way):
        try:
            while data := source.recv(65536):
                setattr(self, way, getattr(self, way) + len(data))
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def settle(self):
        for thread in self.threads:
            thread.join(2)


def filled(command, number, port):
    return command.replace("@RUN@", str(number)).replace("@PORT@", str(port))


def run(name, command, number, port, options):
    if options.before:
        subprocess.run(["/bin/sh", "-ec", filled(options.before, number, port)], check=True)
    result = measure(name, filled(command, number, port))
    if options.after:
        subprocess.run(["/bin/sh", "-ec", filled(options.after, number, port)], check=True)
    return result


def measure(name, command):
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "taken")
        done = subprocess.run([os.path.join(os.environ["BUILD"], "bench/taken"), file, "/bin/sh", "-c", command],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if done.returncode not in GOOD:
            sys.exit("%s: ended with %d: %s\n%s" % (name, done.returncode, command, done.stdout[-2000:].decode(errors="replace")))
        with open(file, encoding="ascii") as taken:
            return tuple(float(n) for n in taken.read().split())


def figure(group, name, what, unit, value):
    path = os.environ.get("BENCH_FIGURES")
    if path:
        with open(path, "a", encoding="utf-8") as file:
            print(json.dumps({"name": "%s/%s/%s" % (group, name, what), "value": round(value, 4), "unit": unit}), file=file)


def main():
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--runs", type=int, default=21)
    parser.add_argument("--warm-up", type=int, default=1)
    parser.add_argument("--relay", action="store_true")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--before", default="")
    parser.add_argument("--after", default="")
    parser.add_argument("--name", default="side by side")
    parser.add_argument("programs", nargs="+")
    options = parser.parse_args()
    programs = [p.split("=", 1) for p in options.programs]
    taken = {name: [] for name, _ in programs}
    number = 0
    for turn in range(-options.warm_up, options.runs):
        order = programs if turn % 2 else programs[::-1]  # none is always the one that finds things warm
        for name, command in order:
            number += 1
            result = run(name, command, number, options.port, options)
            if turn >= 0:
                taken[name].append(result)
    measures = (("wall", "ms"), ("CPU", "ms"), ("memory", "KiB"))
    width = max(len(name) for name, _ in programs)
    print("%s: medians of %d runs in turns (10 %% .. 90 %%)" % (options.name, options.runs))
    print("  %-*s %26s %26s %12s%s" % (width, "", "wall ms", "CPU ms", "RSS KiB",
                                       "   connections, octets to and from the server" if options.relay else ""))
    first = taken[programs[0][0]]
    for name, command in programs:
        cells = []
        for at, (what, unit) in enumerate(measures):
            values = sorted(r[at] for r in taken[name])
            middle, tenth = statistics.median(values), len(values) // 10
            figure(options.name, name, what, unit, middle)
            cells.append("%.0f" % middle if what == "memory" else "%.1f (%.1f .. %.1f)" % (middle, values[tenth], values[-1 - tenth]))
        line = "  %-*s %26s %26s %12s" % (width, name, *cells)
        if options.relay:
            relay = Relay(options.port)
            number += 1
            run(name, command, number, relay.port, options)
            relay.settle()
            line += "   %d, %d + %d" % (relay.connections, relay.sent, relay.received)
            for what, value in (("connections", relay.connections), ("sent", relay.sent), ("received", relay.received)):
                figure(options.name, name, what, "" if what == "connections" else "octets", value)
        print(line)
    for name, _ in programs[1:]:
        ratios = [statistics.median(a[at] / b[at] for a, b in zip(first, taken[name])) for at in range(3)]
        print("  %s / %s: wall %.2f, CPU %.2f, memory %.2f" % (programs[0][0], name, *ratios))
        for (what, _), ratio in zip(measures, ratios):
            figure(options.name, "%s to %s" % (programs[0][0], name), what, "", ratio)


main()
