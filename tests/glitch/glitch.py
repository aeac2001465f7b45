#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Attacks sztp_verify() as one does who holds the device in his hand: with faults, in an emulated Cortex-M4 (Unicorn).

Each set of artifacts named on the command line is one that is refused. Its verification is run in the image; then again with a
fault, from a snapshot taken right before it:
- each executed instruction of our own code is left out, once (in a conditional block, the condition and each instruction);
- in the code that gives trust (lib/trust), each pair within 16 executed instructions is left out;
- each call of the cryptographic library is left out, with several numbers as its answer;
- each bit of the verdict's words is flipped, whenever a step is recorded in it and whenever it is asked.
A fault after which sztp_verify() returns 0, and its verdict says that it accepts, has turned a refusal into an acceptance. One
after which it returns 0 without such a verdict is told beside them: who looks at the verdict, as a session does, has no harm of
it. What faults may do otherwise is fail, crash or hang.

usage: glitch.py IMAGE RECORD TIME FOLDER... [--sample N]
FOLDER has identity.der, anchor.der and any of voucher, owner-cert, conveyed. --sample: only so many instructions of each set, any
address as likely as any other. Exit status 1: an acceptance.
"""
import argparse
import os
import random
import struct
import subprocess
import sys
import time

from unicorn import UC_ARCH_ARM, UC_MODE_MCLASS, UC_MODE_THUMB, UC_PROT_EXEC, UC_PROT_READ, UC_PROT_WRITE, Uc, UcError
from unicorn.arm_const import UC_ARM_REG_LR, UC_ARM_REG_PC, UC_ARM_REG_R0, UC_ARM_REG_SP

CODE, RAM, ASKED = (0, 1 << 20), (0x20000000, 64 << 10), (0x21000000, 64 << 10)
FILES = ("identity.der", "anchor.der", "voucher", "owner-cert", "conveyed")
NOP = b"\x00\xbf"
TOOLS = os.environ.get("CROSS", "arm-none-eabi-")


def symbols(image):
    out = subprocess.run([TOOLS + "nm", image], check=True, text=True, stdout=subprocess.PIPE).stdout
    return {name: int(value, 16) & ~(kind in "tT") for value, kind, name in (line.split() for line in out.splitlines() if line[0] != " ")}


class Image:
    def __init__(self, path):
        self.path = path
        self.at = symbols(path)
        flat = path + ".bin"
        subprocess.run([TOOLS + "objcopy", "-O", "binary", "-j", ".ours", "-j", ".text", "-j", ".ARM.exidx", "-j", ".data", path, flat], check=True)
        with open(flat, "rb") as file:
            self.code = file.read()
        self.ours = range(self.at["glitch_ours"], self.at["glitch_ours_end"])
        self.end = self.at["glitch_end"]

    def place(self, address):
        """Function, file and line of an address."""
        out = subprocess.run([TOOLS + "addr2line", "-f", "-i", "-e", self.path, hex(address)], check=True, text=True,
                             stdout=subprocess.PIPE).stdout.split("\n")
        file = out[1].split("/lib/")[-1].split(" ")[0]
        return f"{out[0]} (lib/{file})"


class Machine:
    """The image with one set of artifacts in it."""

    def __init__(self, image, judged):
        self.image = image
        self.uc = Uc(UC_ARCH_ARM, UC_MODE_THUMB | UC_MODE_MCLASS)
        self.uc.mem_map(*CODE, UC_PROT_READ | UC_PROT_EXEC)
        self.uc.mem_map(*RAM, UC_PROT_READ | UC_PROT_WRITE)
        self.uc.mem_map(*ASKED, UC_PROT_READ)
        self.uc.mem_write(0, image.code)
        self.uc.mem_write(ASKED[0], judged)
        self.uc.reg_write(UC_ARM_REG_SP, RAM[0] + RAM[1])
        self.limit = 0  # instructions, after which it hangs
        self.pc = image.at["glitch_start"]

    def run(self, count=0, until=None):
        """The address where it stopped; None after a crash."""
        try:
            self.uc.emu_start(self.pc | 1, self.image.end if until is None else until, count=count)
        except UcError:
            return None
        self.pc = self.uc.reg_read(UC_ARM_REG_PC) & ~1
        return self.pc

    def save(self):
        return self.pc, self.uc.context_save(), bytes(self.uc.mem_read(*RAM))

    def restore(self, saved):
        self.pc = saved[0]
        self.uc.context_restore(saved[1])
        self.uc.mem_write(RAM[0], saved[2])

    def patched(self, address, octets, count):
        """Runs with other code at the address for so many instructions."""
        before = bytes(self.uc.mem_read(address, len(octets)))
        self.rewrite(address, octets)
        pc = self.run(count)
        self.rewrite(address, before)
        return pc

    def rewrite(self, address, octets):
        self.uc.mem_write(address, octets)
        self.uc.ctl_remove_cache(address & ~0xfff, (address & ~0xfff) + 0x2000)

    def word(self, address):
        return struct.unpack("<I", self.uc.mem_read(address, 4))[0]

    def output(self):
        """(ready, rc, verdict, accepted, has_info)"""
        return struct.unpack("<IiIII", self.uc.mem_read(self.image.at["glitch_output"], 20))

    def length(self, address):
        return 4 if self.uc.mem_read(address + 1, 1)[0] >> 3 in (0x1d, 0x1e, 0x1f) else 2

    def block(self, address):
        """The addresses of the instructions that an IT instruction makes conditional; none for another instruction."""
        low, high = self.uc.mem_read(address, 2)
        if high != 0xbf or low & 15 == 0:
            return []
        places = []
        at = address + 2
        for _ in range(4 - ((low & -low).bit_length() - 1)):
            places.append(at)
            at += self.length(at)
        return places


def recorded(program, when, folder):
    """What glitch_input holds; and what the real library makes of the set."""
    paths = [os.path.join(folder, name) for name in FILES]
    out = subprocess.run([program, str(when), *(p if os.path.exists(p) else "-" for p in paths)], check=True, text=True,
                         stdout=subprocess.PIPE).stdout
    files = [open(p, "rb").read() if os.path.exists(p) else b"" for p in paths]
    lines = [line.split() for line in out.splitlines()]
    hashes = b"".join(struct.pack("<Q", int(line[1], 16)) + bytes.fromhex(line[2]).ljust(64, b"\0") for line in lines if line[0] == "hash")
    good = b"".join(struct.pack("<Q", int(line[1], 16)) for line in lines if line[0] == "good")
    head = 8 + 5 * 4 + 5 * 4 + 4 * 4
    where, data = [], b""
    for part in (*files, hashes, good):
        data += b"\0" * (-(head + len(data)) % 8)
        where.append(ASKED[0] + head + len(data) if part else 0)
        data += part
    block = struct.pack("<q5I5I4I", when, *(len(f) for f in files), *where[:5], len(hashes) // 72, len(good) // 8, where[5], where[6])
    return block + data, int(lines[-1][1]), lines[-1][2]


# What a call of the seam can be turned into: it is left out, with this in the register of its result.
ANSWERS = (0, 1, 0xffffffff, 0x80000000, 0x5a5a5a5a)
SEAM = ("sztp__library_verify", "sztp__hash_new", "sztp__hash_update", "sztp__hash_finish")
# Where the verdict is in the first argument.
VERDICT = ("sztp__verdict_record", "sztp__verdict_require", "sztp_verdict_accepted")
WORDS = range(4, 36, 4)  # of the verdict: after its context, the masks, what it is about, whether it is trusted


class Attack:
    """All faults on one set of artifacts."""

    def __init__(self, machine, pairs_in, chosen):
        self.machine = machine
        self.pairs_in = pairs_in  # addresses of the code where pairs are left out
        self.chosen = chosen      # (kind, place of a snapshot) -> whether it is among those that are tried
        self.tried = {}
        self.accepted = []        # (kind, address, what else)
        self.zeros = 0            # returned without a verdict that accepts

    def ends(self, kind, address, what, saved):
        """A fault was made: runs to the end, and goes back to the snapshot."""
        m = self.machine
        self.tried[kind] = self.tried.get(kind, 0) + 1
        if m.run(m.limit) == m.image.end:
            _, rc, _, holds, _ = m.output()
            if rc == 0 and holds != 0:
                self.accepted.append((kind, address, what))
            self.zeros += rc == 0 and holds == 0
        m.restore(saved)

    def skips(self, saved):
        """Leaves out the instruction at the snapshot; yields once for each way to do that, with its address."""
        m = self.machine
        address = m.pc
        places = m.block(address)
        m.pc = address + m.length(address)
        yield address
        for place in places:
            m.restore(saved)
            if m.patched(place, NOP * (m.length(place) // 2), 1) is not None:
                yield place
        m.restore(saved)

    def skip(self, saved):
        for address in self.skips(saved):
            self.ends("instruction", address, "", saved)

    def pairs(self, saved):
        m = self.machine
        for first in self.skips(saved):
            for _ in range(16):
                inner = m.save()
                if m.pc in m.image.ours:
                    for second in self.skips(inner):
                        self.ends("pair", first, second, inner)
                m.restore(inner)
                if m.run(1) in (None, m.image.end):
                    break
            m.restore(saved)

    def answers(self, saved, function):
        m = self.machine
        for answer in ANSWERS:
            m.uc.reg_write(UC_ARM_REG_R0, answer)
            m.pc = m.uc.reg_read(UC_ARM_REG_LR) & ~1
            self.ends("answer", saved[0], f"{function} gives {answer:#x}", saved)

    def flips(self, saved, function):
        m = self.machine
        verdict = m.uc.reg_read(UC_ARM_REG_R0)
        if verdict < RAM[0]:
            return
        for word in WORDS:
            before = m.word(verdict + word)
            for bit in range(32):
                m.uc.mem_write(verdict + word, struct.pack("<I", before ^ 1 << bit))
                self.ends("bit", saved[0], f"bit {bit} of word {word // 4} before {function}", saved)

    def at(self, index):
        """Whatever is to be tried where the machine stands."""
        m = self.machine
        saved = None
        for kind, here in (("instruction", m.pc in m.image.ours), ("pair", m.pc in self.pairs_in)):
            if here and self.chosen(kind, index):
                saved = saved or m.save()
                {"instruction": self.skip, "pair": self.pairs}[kind](saved)
        for name in SEAM:
            if m.pc == m.image.at[name]:
                self.answers(m.save(), name)
        for name in VERDICT:
            if m.pc == m.image.at.get(name):
                self.flips(m.save(), name)


def walk(machine, visit):
    """Steps to the end, one instruction at a time; a conditional block is one."""
    m = machine
    index = 0
    while m.pc != m.image.end:
        visit(index)
        if m.run(1) is None:
            raise SystemExit(f"glitch.py: the run without a fault crashes at {m.pc:#x}")
        index += 1


def some(places, count, seed):
    """Places in the run, each address as likely as any other however often it is run."""
    by_address = {}
    for index, address in places:
        by_address.setdefault(address, []).append(index)
    chance = random.Random(seed)
    addresses = sorted(by_address)
    return {chance.choice(by_address[chance.choice(addresses)]) for _ in range(count)} if addresses else set()


def ranges(image, folder):
    """The addresses of the functions of a folder of the library."""
    out = subprocess.run([TOOLS + "nm", "-S", "-l", "--defined-only", image.path], check=True, text=True, stdout=subprocess.PIPE).stdout
    found = set()
    for line in out.splitlines():
        words = line.split()
        if len(words) == 5 and words[2] in "tT" and f"/lib/{folder}/" in words[4]:
            start = int(words[0], 16) & ~1
            found.update(range(start, start + int(words[1], 16), 2))
    return found


def attack(image, folder, args):
    begin = time.monotonic()
    judged, real, label = recorded(args.record, args.time, folder)
    name = os.path.basename(os.path.normpath(folder))
    machine = Machine(image, judged)
    machine.limit = 10**7
    if machine.run(machine.limit, image.at["sztp_verify"]) != image.at["sztp_verify"]:
        raise SystemExit(f"glitch.py: {name}: it does not come to sztp_verify()")
    start = machine.save()
    places = []
    walk(machine, lambda index: places.append((index, machine.pc)))
    ready, rc, *_ = machine.output()
    if not ready or rc != real or rc == 0:
        raise SystemExit(f"glitch.py: {name}: the image says {rc}, the library {real}, and a refusal is wanted")
    machine.limit = 2 * len(places) + 100000
    pairs_in = ranges(image, "trust")
    ours = [place for place in places if place[1] in image.ours]
    inside = [place for place in places if place[1] in pairs_in]
    if args.sample:
        tried = {"instruction": some(ours, args.sample, name), "pair": some(inside, args.sample // 20, name)}
        chosen = lambda kind, index: index in tried[kind]
    else:
        chosen = lambda kind, index: True
    it = Attack(machine, pairs_in, chosen)
    machine.restore(start)
    walk(machine, it.at)
    if machine.output()[1] != rc:
        raise SystemExit(f"glitch.py: {name}: faults leave traces")
    faults = ", ".join(f"{kind}s {count}" for kind, count in sorted(it.tried.items()))
    print(f"{name}: refused ({label}); instructions {len(ours)}; tried: {faults}; accepted {len(it.accepted)}, "
          f"0 without a verdict {it.zeros}; {time.monotonic() - begin:.0f} s", flush=True)
    seen = {}
    for kind, address, what in it.accepted:
        if kind == "pair":
            what = f"and {image.place(what)}"
        key = f"{kind} at {image.place(address)} {what}"
        seen[key] = seen.get(key, 0) + 1
    for key, count in sorted(seen.items(), key=lambda item: -item[1]):
        print(f"  {count} times: {key}")
    return it.tried, len(it.accepted), it.zeros


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("image")
    parser.add_argument("record")
    parser.add_argument("time", type=int)
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--sample", type=int, default=0, help="so many instructions of each set")
    args = parser.parse_args()
    image = Image(args.image)
    tried, accepted, zeros = {}, 0, 0
    for folder in args.folders:
        its, more, without = attack(image, folder, args)
        accepted += more
        zeros += without
        for kind, count in its.items():
            tried[kind] = tried.get(kind, 0) + count
    print(f"faults tried: {sum(tried.values())} (" + ", ".join(f"{kind}s {count}" for kind, count in sorted(tried.items())) +
          f"); 0 without a verdict: {zeros}; refusals turned into acceptances: {accepted}")
    return accepted > 0


if __name__ == "__main__":
    sys.exit(main())
