#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""sztp-server beside a small server in Go, in turns: CPU of a bootstrap (one connection: host-meta, data, three
reports), bootstraps in a second of one core, and memory. The servers have one processor, the load another.

Go's server agrees on a key as Go does by itself, half of it post-quantum, if the client offers that, as the load does, a
client in Go; and by X25519 alone, as sztp-server and its devices do.
usage: servers.py [SETS [ROUNDS [BOOTSTRAPS [AT-ONCE...]]]]; BUILD and PKI from the environment."""
import base64, os, statistics, subprocess, sys, tempfile, time

BUILD, PKI = os.environ["BUILD"], os.environ["PKI"]
OURS = "sztp-server"
HERE = os.path.dirname(os.path.abspath(__file__))
numbers = [int(n) for n in sys.argv[1:]]
sets, rounds, count = (numbers + [3, 7, 200][len(numbers):])[:3]
at_once = numbers[3:] or [1, 8]
processors = sorted(os.sched_getaffinity(0))


def built(work):
    for name in "server", "load":
        subprocess.run(["go", "build", "-o", work + "/go-" + name, "./" + name], cwd=HERE + "/servers", check=True,
                       env={**os.environ, "GOFLAGS": "-mod=mod", "GOTOOLCHAIN": "local", "CGO_ENABLED": "0"})


def laboratory(work):
    os.makedirs(work + "/lab/EX4200-17")
    with open(work + "/configuration", "wb") as f:
        f.write(base64.encodebytes(os.urandom(2000)))
    subprocess.run([BUILD + "/bin/sztp", "conveyed", "onboarding", "--config", work + "/configuration", "--handling",
                    "replace", "--out", work + "/lab/EX4200-17/conveyed-information.cms"], check=True)


def start(work, name, program, environment):
    port = "%s/%s.port" % (work, name)
    with open("%s/%s.out" % (work, name), "w") as out:
        server = subprocess.Popen(["taskset", "-c", str(processors[0]), program, "--listen", "127.0.0.1:0",
                                   "--port-file", port, "--dir", work + "/lab", "--tls-cert", PKI + "/server.pem",
                                   "--tls-key", PKI + "/server.key", "--device-ca", PKI + "/idevid-root.pem"],
                                  stdout=out, stderr=out, env={**os.environ, **environment})
    for _ in range(100):
        if os.path.exists(port) and os.path.getsize(port) > 0:
            return server, open(port).read().strip()
        time.sleep(.05)
    server.terminate()
    sys.exit("%s does not start" % name)


def used(server):
    """Milliseconds of all its threads. (What has ended is lost; neither server ends threads.)"""
    tasks = "/proc/%d/task" % server.pid
    return sum(int(open("%s/%s/schedstat" % (tasks, t)).read().split()[0]) for t in os.listdir(tasks)) / 1e6


def most_resident(server):
    for line in open("/proc/%d/status" % server.pid):
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024


def turn(work, server, port, clients, n):
    """CPU of one bootstrap in ms, and bootstraps a second."""
    before = used(server)
    done = subprocess.run(["taskset", "-c", str(processors[-1]), work + "/go-load", "https://127.0.0.1:" + port,
                           PKI + "/server-root.pem", PKI + "/idevid.pem", PKI + "/idevid.key", str(n), str(clients)],
                          stdout=subprocess.PIPE, text=True, check=True)
    seconds, failed = done.stdout.split()
    if int(failed):
        sys.exit("%s bootstraps failed" % failed)
    time.sleep(.05)
    return (used(server) - before) / n, n / float(seconds)


def spread(values):
    return "%.2f (%.2f to %.2f)" % (statistics.median(values), min(values), max(values))


def compare(work, servers, clients):
    got = {name: [] for name in servers}
    for i in range(-1, rounds):
        order = list(servers) if i % 2 else list(servers)[::-1]
        for name in order:
            result = turn(work, *servers[name], clients, count if i >= 0 else 20)
            if i >= 0:
                got[name].append(result)
    print("%d at once, %d x %d bootstraps; load of the machine %.1f" % (clients, rounds, count, os.getloadavg()[0]))
    for name, (server, _) in servers.items():
        cpu = [c for c, _ in got[name]]
        print("  %-11s CPU of a bootstrap %s ms, %.0f in a second of a core, %.1f MiB" %
              (name, spread(cpu), 1000 / statistics.median(cpu), most_resident(server)))
    medians = {}
    for name in servers:
        if name == OURS:
            continue
        ratios = [theirs[0] / ours[0] for ours, theirs in zip(got[OURS], got[name])]
        medians[name] = statistics.median(ratios)
        print("  %s to %s, per core: %s (goal 1.00 or more)" % (OURS, name, spread(ratios)))
    return medians


with tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as work:
    built(work)
    laboratory(work)
    servers = {}
    try:
        servers[OURS] = start(work, "ours", BUILD + "/bin/sztp-server", {})
        servers["Go"] = start(work, "go", work + "/go-server", {"GOMAXPROCS": "1"})
        servers["Go, X25519"] = start(work, "x25519", work + "/go-server", {"GOMAXPROCS": "1", "GODEBUG": "tlsmlkem=0"})
        for clients in at_once:
            medians = [compare(work, servers, clients) for _ in range(sets)]
            for name in medians[0]:
                print("%d at once, beside %s: median of %d sets %s" %
                      (clients, name, sets, spread([m[name] for m in medians])))
    finally:
        for server, _ in servers.values():
            server.terminate()
        for server, _ in servers.values():
            server.wait()
