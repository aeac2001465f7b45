#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Kills, cuts and full disks at random moments of a bootstrapping, again and again. Each must end bootstrapped or as
before, with SZTP on, and say so (STATE-10, ONB-20); what runs on the way is judged after each kill. So do visits with a
certificate signing request, with at most one key of theirs (CSR-28, LIFE-07), in software and in a TPM. Prints figures.

Environment: BUILD (with bin/), PKI, CC. Arguments: how many of each kind, as 400 400 200 200; 0 leaves a kind out."""

import glob
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

BIN = os.path.join(os.environ["BUILD"], "bin")
PKI = os.environ["PKI"]
SERIAL = "EX4200-17"
OWNER, FACTORY = b"hostname owner\n" * 60, b"factory\n"
SEED = int(os.environ.get("SZTP_SEED", time.time_ns() % 1000000))
WORKERS = 4


def put(path, data, mode=0o600):
    with open(path, "wb") as f:
        f.write(data)
    os.chmod(path, mode)


def read(path):
    try:
        with open(path, "rb") as f:
            return f.read()
    except FileNotFoundError:
        return None


# ---- a laboratory -------------------------------------------------------------------------------------------------------

LEDGER = 'ledger="$(dirname "$SZTP_RUNNING_CONFIGURATION")/ledger"\n'
PRE = "#!/bin/sh\n" + LEDGER + 'echo pre >>"$ledger"\nsleep 0.02\n'
POST = PRE.replace("pre", "post") + '"$SZTP_AGENT" disable --config "$SZTP_AGENT_CONFIG"\n'
ROLLBACK = "#!/bin/sh\n" + LEDGER + 'echo "undo $SZTP_STAGE" >>"$ledger"\n'
INSTALL = ("#!/bin/sh\n" + LEDGER + 'here="$(dirname "$SZTP_RUNNING_CONFIGURATION")"\ncp "$2" "$here/image.new" || exit 1\n'
           'printf "NAME=ExampleOS\\nVERSION_ID=2.0\\n" >"$here/os.new" && mv "$here/image.new" "$here/image" &&\n'
           'mv "$here/os.new" "$here/os-release"\n')


class Server:
    """Offers one thing to all devices."""

    def __init__(self, folder, fails=False, image=False, csr=False):
        self.folder = folder
        asks = []
        os.makedirs(f"{folder}/{SERIAL}")
        os.makedirs(f"{folder}/images")
        put(f"{folder}/conf", OWNER)
        put(f"{folder}/pre", PRE.encode())
        put(f"{folder}/post", (POST + ("exit 1\n" if fails else "")).encode())
        if csr:
            put(f"{folder}/server.json", json.dumps({"devices": {SERIAL: {"csr": {
                "algorithm": "p256", "ca": f"{PKI}/owner-root.pem", "ca-key": f"{PKI}/owner-root.key"}}}}).encode())
            asks = ["--config", f"{folder}/server.json"]
        self.process = subprocess.Popen(
            [f"{BIN}/sztp-server", "--dir", folder, "--listen", "127.0.0.1:0", "--port-file", f"{folder}/port", "--tls-cert",
             f"{PKI}/server.pem", "--tls-key", f"{PKI}/server.key", "--device-ca", f"{PKI}/idevid-root.pem", *asks],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not read(f"{folder}/port"):
            time.sleep(0.02)
        self.port = int(read(f"{folder}/port"))
        options = []
        if image:
            put(f"{folder}/images/os.img", os.urandom(200000))
            options = ["--os-name", "ExampleOS", "--os-version", "2.0", "--image", f"{folder}/images/os.img", "--image-uri",
                       f"https://127.0.0.1:{self.port}/images/os.img"]
        subprocess.run([f"{BIN}/sztp", "conveyed", "onboarding", *options, "--config", f"{folder}/conf", "--handling", "replace",
                        "--pre-script", f"{folder}/pre", "--post-script", f"{folder}/post", "--out",
                        f"{folder}/{SERIAL}/conveyed-information.cms"], check=True)

    def end(self):
        self.process.terminate()
        self.process.wait()


class Device:
    STATE = ("/state/session", "/state/session.copy", "/state/attempt", "/state/configuration", "/state/program")

    def __init__(self, folder, port, **more):
        self.folder = folder
        os.makedirs(folder)
        put(f"{folder}/running", FACTORY, 0o644)
        put(f"{folder}/rollback", ROLLBACK.encode(), 0o755)
        put(f"{folder}/install", INSTALL.encode(), 0o755)
        put(f"{folder}/os-release", b"NAME=ExampleOS\nVERSION_ID=1.0\n")
        put(f"{folder}/agent.json", json.dumps({
            "identity": {"certificate": f"{PKI}/idevid.pem", "key": f"{PKI}/idevid.key"},
            "anchors": {"vouchers": [f"{PKI}/mfr-root.pem"], "servers": [f"{PKI}/server-root.pem"]},
            "os": {"release-file": "os-release"}, "servers": [f"127.0.0.1:{port}"], "running-configuration": "running",
            "handlers": {"rollback": "rollback", "install": "install"},
            "folders": {"state": "state", "staging": "staging", "status": "status"}, "log": {"time": False}, **more}).encode())

    def start(self, **environment):
        return subprocess.Popen([f"{BIN}/sztp-agent", "run", "--config", f"{self.folder}/agent.json"],
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, **environment})

    def run(self):
        return self.start().wait(timeout=90)

    def running(self):
        return read(f"{self.folder}/running")

    def flag(self):
        told = subprocess.run([f"{BIN}/sztp-agent", "status", "--json", "--config", f"{self.folder}/agent.json"],
                              stdout=subprocess.PIPE, check=False).stdout
        return json.loads(told)["enabled"]

    def wrong_in_between(self):
        """What may never be seen, at whatever moment."""
        if self.running() not in (OWNER, FACTORY):
            return "half a configuration"
        for name in ("status.json", "result.json"):
            text = read(f"{self.folder}/status/{name}")
            try:
                if text is not None and json.loads(text) is None:
                    return f"{name} is empty"
            except ValueError:
                return f"{name} is no JSON"
        return None

    def wrong_order(self):
        """Everything must be undone before it is done again."""
        live = set()
        for line in (read(f"{self.folder}/ledger") or b"").decode().split("\n"):
            if line.startswith("undo "):
                live.discard(line[5:].replace("-script", ""))
            elif line in ("pre", "post"):
                if line in live:
                    return f"{line} ran twice and was not undone: {read(self.folder + '/ledger')}"
                live.add(line)
        return None

    def leftovers(self):
        known = re.compile(r"\.[A-Za-z0-9]{6}$|\.sztp-(before|new)$")
        files = [f for f in glob.glob(f"{self.folder}/**", recursive=True, include_hidden=True) if os.path.isfile(f)]
        left = [f for f in files if known.search(f) or "/staging/" in f or "/work/" in f or
                f[len(self.folder):] in self.STATE]
        return f"left behind: {left}" if left else None

    def wrong_bootstrapped(self, status):
        if status != 0 or self.running() != OWNER or self.flag() != "off":
            return self.told(status)
        return self.wrong_order() or self.leftovers()

    def told(self, status):
        text = json.loads(read(f"{self.folder}/status/result.json") or b'{"text": "no result"}')["text"]
        whose = "owner" if self.running() == OWNER else "factory"
        return f"status {status}, {whose}'s configuration, {self.flag()}: {text}"

    def wrong_as_before(self, status):
        if status == 0 or self.running() != FACTORY or self.flag() not in ("on", "unset"):
            return self.told(status)
        result = json.loads(read(f"{self.folder}/status/result.json"))
        if result["exit-status"] != status:
            return f"result.json says {result['exit-status']}, the agent ended with {status}"
        return self.wrong_order() or self.leftovers()


class KeyDevice(Device):
    """One that makes a key in each visit. It may have been bootstrapped before: its owner has a key then."""

    STATE = Device.STATE[2:]  # what is saved says which key is the owner's

    def __init__(self, folder, port, first_port, tcti):
        super().__init__(folder, first_port or port, csr={"keys": ["p256"], **({"tcti": tcti} if tcti else {})})
        self.owner = None
        if first_port:
            status = self.run()
            if self.wrong_bootstrapped(status):
                raise ValueError(f"the first bootstrap: {self.wrong_bootstrapped(status)}")
            self.owner = self.keys()[0]
            put(f"{folder}/running", FACTORY, 0o644)
            os.unlink(f"{folder}/ledger")
            put(f"{folder}/agent.json", read(f"{folder}/agent.json").replace(str(first_port).encode(), str(port).encode()))
            subprocess.run([f"{BIN}/sztp-agent", "enable", "--config", f"{folder}/agent.json"], stdout=subprocess.DEVNULL, check=True)

    def keys(self):
        return sorted(os.path.basename(f)[:-4] for f in glob.glob(f"{self.folder}/state/keys/*.pem"))

    def wrong_in_between(self):
        new = [key for key in self.keys() if key != self.owner]
        if len(new) > 1:
            return f"keys that a visit has made: {new}"
        if self.owner and self.owner not in self.keys() and self.running() == FACTORY:
            return "the owner's key is gone, and there is no other configuration"
        return super().wrong_in_between()

    def wrong_saved(self, key):
        """Both files name the owner's key and nothing else."""
        for name in ("session", "session.copy"):
            saved = read(f"{self.folder}/state/{name}")
            wanted = bytes.fromhex("a7000101400240030004000503" + "0850" + key) if key else None
            if (saved and saved[:-8]) != wanted:
                return f"{name} has {saved}, and the owner's key is {key}"
        return None

    def wrong_bootstrapped(self, status):
        keys = self.keys()
        if len(keys) != 1 or keys[0] == self.owner:
            return f"{keys} are there, {self.owner} was the owner's; {self.told(status)}"
        return super().wrong_bootstrapped(status) or self.wrong_saved(keys[0])

    def wrong_as_before(self, status):
        if self.keys() != ([self.owner] if self.owner else []):
            return f"{self.keys()} are there, {self.owner} was the owner's"
        return super().wrong_as_before(status) or self.wrong_saved(self.owner)


class Tpm:
    """A software TPM with a storage key, if there is one to be had."""

    def __init__(self, folder):
        self.process, self.tcti = None, f"swtpm:path={folder}/sock"
        tools = ("swtpm", "tpm2_createprimary", "tpm2_evictcontrol")
        if not os.path.exists(f"{BIN}/../lib/libsztp-tpm2.so") or not all(map(shutil.which, tools)):
            return
        os.makedirs(folder)
        self.process = subprocess.Popen(
            ["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={folder}", "--server", f"type=unixio,path={folder}/sock", "--ctrl",
             f"type=unixio,path={folder}/sock.ctrl", "--flags", "not-need-init,startup-clear", "--seccomp", "action=none"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not os.path.exists(f"{folder}/sock.ctrl"):
            time.sleep(0.02)
        os.environ.update(TPM2TOOLS_TCTI=self.tcti, TSS2_LOG="all+none")
        subprocess.run(["tpm2_createprimary", "-Q", "-C", "o", "-G", "ecc", "-c", f"{folder}/primary"], check=True)
        subprocess.run(["tpm2_evictcontrol", "-Q", "-C", "o", "-c", f"{folder}/primary", "0x81000001"], check=True)
        subprocess.run(["tpm2_flushcontext", "-t"], check=True)

    def end(self):
        if self.process:
            self.process.terminate()
            self.process.wait()


# ---- kinds of torture: each returns what went wrong, or None ------------------------------------------------------------


def descendants(pid):
    """All processes below one, its own number included."""
    parents = {}
    for name in os.listdir("/proc"):
        stat = read_stat(name) if name.isdigit() else None
        if stat:
            parents.setdefault(int(stat[1]), []).append(int(name))
    found, todo = [], [pid]
    while todo:
        one = todo.pop()
        found.append(one)
        todo += parents.get(one, [])
    return found


def read_stat(name):
    try:
        with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as f:
            return f.read().rpartition(")")[2].split()
    except OSError:
        return None


def end(pids):
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def finish(device):
    """Runs until there is nothing to restart for."""
    for _ in range(4):
        status = device.run()
        if status != 3:
            break
    return status


def kills(device, rng, everything, fails):
    for _ in range(rng.randint(1, 3)):
        agent = device.start()
        try:
            status = agent.wait(timeout=rng.uniform(0, 0.35))
            if status != 3:
                break
        except subprocess.TimeoutExpired:
            end(descendants(agent.pid) if everything else [agent.pid])
            agent.wait()
        wrong = device.wrong_in_between()
        if wrong:
            return wrong
    status = finish(device)
    return device.wrong_as_before(status) if fails else device.wrong_bootstrapped(status)


def full_disk(device, rng, small, fails):
    """Somebody fills the disk at a random moment, for a random time."""
    enough = threading.Event()

    def fill():
        time.sleep(rng.uniform(0, 0.3))
        until = time.monotonic() + rng.uniform(0.05, 0.6)
        with open(f"{small}/FILL", "ab", buffering=0) as f:
            while time.monotonic() < until and not enough.is_set():
                try:
                    f.write(bytes(4096))
                except OSError:
                    time.sleep(0.0005)
        os.unlink(f"{small}/FILL")

    filler = threading.Thread(target=fill)
    filler.start()
    status = device.run()
    enough.set()
    filler.join()
    if status == 0:
        wrong = device.wrong_bootstrapped(status)
    else:
        wrong = device.wrong_in_between() or (None if device.flag() in ("on", "unset") else device.told(status))
    if wrong:
        return wrong
    status = finish(device)
    return device.wrong_as_before(status) if fails else device.wrong_bootstrapped(status)


def cut(device, ats, shim, restarts=0, fails=False):
    """*ats*: after which changes to the disk, one in each of several runs in a row, after so many restarts. Returns what went
    wrong, and whether the last run got that far."""
    for _ in range(restarts):
        device.run()
    wrong = None
    for at in ats:
        agent = device.start(LD_PRELOAD=shim, SZTP_CUT=str(at))
        reached = agent.wait(timeout=90) == -signal.SIGKILL
        wrong = wrong or (device.wrong_in_between() if reached else None)
    status = finish(device)
    return wrong or (device.wrong_as_before(status) if fails else device.wrong_bootstrapped(status)), reached


# ---- all of it ----------------------------------------------------------------------------------------------------------


class Torture:
    def __init__(self, work):
        self.work = work
        self.lock = threading.Lock()
        self.failed = 0

    def one(self, kind, number, function):
        """Runs one case in a folder of its own, and keeps it only if it failed."""
        folder = f"{self.work}/{kind.replace(' ', '-')}-{number}"
        try:
            wrong = function(folder)
        except (subprocess.TimeoutExpired, OSError, ValueError, KeyError) as e:
            wrong = f"{type(e).__name__}: {e}"
        if wrong:
            print(f"  {kind} {number}: {wrong}", flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        return 1 if wrong else 0

    def many(self, kind, count, function):
        if count == 0:
            return
        begun, numbers, bad = time.monotonic(), list(range(count)), []

        def work():
            while True:
                with self.lock:
                    if not numbers:
                        return
                    number = numbers.pop()
                rng = random.Random(f"{SEED} {kind} {number}")
                result = self.one(kind, number, lambda folder: function(folder, rng))
                with self.lock:
                    bad.append(result)

        workers = [threading.Thread(target=work) for _ in range(WORKERS)]
        for w in workers:
            w.start()
        for w in workers:
            w.join()
        self.told(kind, count, sum(bad), begun)

    def told(self, kind, count, bad, begun):
        self.failed += bad
        print(f"{'FAILED' if bad else 'ok    '}  {kind}: {count} runs, {bad} lost, {time.monotonic() - begun:.0f} s",
              flush=True)


def main():
    alone, tree, failing, full = (int(a) for a in (sys.argv[1:5] + ["400", "400", "200", "200"][len(sys.argv[1:5]):]))
    work = tempfile.mkdtemp()
    torture = Torture(work)
    servers = {name: Server(f"{work}/server-{name}", **options) for name, options in
               {"good": {}, "bad": {"fails": True}, "image": {"image": True}, "csr": {"csr": True},
                "csr-bad": {"csr": True, "fails": True}, "csr-image": {"csr": True, "image": True}}.items()}
    tpm = Tpm(f"{work}/tpm")
    print(f"seed {SEED}", flush=True)

    def killed(everything, fails):
        def function(folder, rng):
            name = "bad" if fails else rng.choice(["good", "image"])
            return kills(Device(folder, servers[name].port), rng, everything, fails)
        return function

    def filled(folder, rng):
        os.makedirs(folder)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m,mode=755", "none", folder], check=True)
        try:
            name = rng.choice(["good", "bad"])
            return full_disk(Device(f"{folder}/device", servers[name].port), rng, folder, name == "bad")
        finally:
            subprocess.run(["umount", "-l", folder], check=False)

    try:
        torture.many("agent killed alone", alone, killed(False, False))
        torture.many("agent and children killed", tree, killed(True, False))
        torture.many("killed in an attempt that fails", failing, killed(False, True))
        if full and os.geteuid() == 0:
            torture.many("disk full at a random moment", full, filled)
        elif full:
            print("skipped: full disks, which need root")
        shim = f"{work}/cut.so"
        subprocess.run([os.environ.get("CC", "cc"), "-shared", "-fPIC", "-o", shim,
                        os.path.join(os.path.dirname(os.path.abspath(__file__)), "cut.c"), "-ldl"], check=True)

        def until_the_end(name, before, restarts=0, make=Device, sample=12):
            """Cuts one run after another change each time, until there are no more; after runs with the cuts *before*. Of
            a few seconds' torture only some, with at most so many changes between two."""
            bad, at, runs, reached = 0, 0, 0, True
            while reached:
                at += 1 if alone >= 100 else random.Random(f"{SEED} {name} {before} {at}").randint(1, sample)
                outcome = []

                def function(folder):
                    outcome.append(cut(make(folder, servers[name].port), [*before, at], shim, restarts, name.endswith("bad")))
                    return outcome[0][0]

                runs += 1
                bad += torture.one(f"cut after change {before}", at, function)
                reached = bool(outcome) and outcome[0][1]
            return runs, bad

        for name, restarts in (("good", 0), ("image", 0), ("image", 1)):
            begun = time.monotonic()
            runs, bad = until_the_end(name, [], restarts)
            torture.told(f"cut after each change to the disk ({name}, {restarts} restarts)", runs, bad, begun)
            changes = runs if (name, restarts) == ("image", 0) else 0
            total, lost, begun = 0, 0, time.monotonic()
            for first in range(1, changes, 1 if alone >= 100 else 5):
                runs, bad = until_the_end(name, [first])
                total, lost = total + runs, lost + bad
            if total:
                torture.told("cut after each two changes in a row (image)", total, lost, begun)
        if not tpm.process:
            print("skipped: keys in a TPM, which need libsztp-tpm2, swtpm and tpm2-tools")
        for where, tcti in (("a file", None), ("the TPM", tpm.tcti)) if tpm.process else (("a file", None),):
            for name, first in (("csr", None), ("csr-bad", None), ("csr-image", None), ("csr", "csr"), ("csr-bad", "csr")):
                begun = time.monotonic()
                runs, bad = until_the_end(name, [], 0, lambda folder, port, first=first, tcti=tcti: KeyDevice(
                    folder, port, first and servers[first].port, tcti), 40)
                torture.told(f"cut after each change of a visit with a key in {where} ({name}{', again' if first else ''})", runs,
                             bad, begun)
    finally:
        tpm.end()
        for server in servers.values():
            server.end()
        shutil.rmtree(work, ignore_errors=True)
    print(f"{torture.failed} lost")
    return 1 if torture.failed else 0


if __name__ == "__main__":
    sys.exit(main())
