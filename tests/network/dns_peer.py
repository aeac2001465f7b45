#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A DNS server and a multicast DNS responder that do what a test wants, also what is wrong.

  dns_peer.py unicast ADDRESS LOG       answers at port 53 by the name that is asked for, see FAULTS
  dns_peer.py multicast LOG RULE...     answers on all links, see Rule

Artifacts are the three files of a folder, as the shell's function signed makes them.
"""
import os
import select
import socket
import struct
import sys
import threading
import time

A, TXT, AAAA, SRV = 1, 16, 28, 33
GROUP4, GROUP6, MDNS_PORT = "224.0.0.251", "ff02::fb", 5353


# ---- messages ----

def name(text):
    return b"".join(bytes([len(part)]) + part.encode() for part in text.split(".") if part) + b"\0"


def record(owner, kind, data, ttl=60, class_in=1):
    return name(owner) + struct.pack("!HHIH", kind, class_in, ttl, len(data)) + data


def txt(key, value):
    text = key.encode() + b"=" + value
    return b"".join(bytes([len(text[i:i + 255])]) + text[i:i + 255] for i in range(0, len(text), 255))


def srv(priority, weight, port, target):
    return struct.pack("!HHH", priority, weight, port) + name(target)


def read_name(message, at):
    """The name at a place of a message without pointers, and the place behind it."""
    labels = []
    while message[at]:
        labels.append(message[at + 1:at + 1 + message[at]].decode("latin-1"))
        at += message[at] + 1
    return ".".join(labels), at + 1


def question(message):
    owner, end = read_name(message, 12)
    kind, class_in = struct.unpack("!HH", message[end:end + 4])
    return owner, kind, class_in, end + 4


def answer(query, records, additional=(), flags=0x8180, ident=None, asked=None):
    _, _, _, end = question(query)
    number = struct.unpack("!H", query[:2])[0] if ident is None else ident
    return struct.pack("!HHHHHH", number, flags, 1, len(records), 0, len(additional)) + \
        (query[12:end] if asked is None else asked) + b"".join(records) + b"".join(additional)


def artifacts(folder):
    """The TXT data of a folder's files."""
    found = []
    for key, file in (("ci", "conveyed-information.cms"), ("oc", "owner-certificate.cms"),
                      ("ov", "ownership-voucher.vcj")):
        path = os.path.join(folder, file)
        if os.path.exists(path):
            with open(path, "rb") as f:
                found.append(txt(key, f.read()))
    return found


def log_line(log, *fields):
    with open(log, "a", encoding="utf-8") as f:
        f.write(" ".join(str(field) for field in fields) + "\n")


# ---- unicast: the first label of the domain says what is done ----

def liar(sock, query, good, peer, folder):
    """First three answers that are none, of which the true one must be told; a fourth from another port."""
    owner = question(query)[0]
    bad = [record(owner, TXT, txt("ci", b"0wrong"))]
    ident = struct.unpack("!H", query[:2])[0]
    other = socket.socket(sock.family, socket.SOCK_DGRAM)
    other.sendto(answer(query, bad), peer)
    sock.sendto(answer(query, bad, ident=ident ^ 1), peer)
    sock.sendto(answer(query, bad, asked=name("other.example") + struct.pack("!HH", TXT, 1)), peer)
    time.sleep(0.1)
    sock.sendto(good, peer)


def udp_server(address, log, folder):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_DGRAM)
    sock.bind((address, 53))
    while True:
        query, peer = sock.recvfrom(65535)
        owner, kind, _, end = question(query)
        log_line(log, "udp", peer[1], owner, kind, query.hex())
        records = [record(owner, TXT, data) for data in artifacts(folder)] if kind == TXT else []
        good = answer(query, records)
        if "liar" in owner:
            liar(sock, query, good, peer, folder)
        elif "formerr" in owner and len(query) > end:
            sock.sendto(struct.pack("!HHHHHH", struct.unpack("!H", query[:2])[0], 0x8181, 0, 0, 0, 0)
                        if "bare" in owner else answer(query, [], flags=0x8181), peer)
        elif "large" in owner:
            sock.sendto(answer(query, [], flags=0x8380), peer)
        elif "servfail" in owner:
            sock.sendto(answer(query, [], flags=0x8182), peer)
        elif "silent" not in owner:
            sock.sendto(good, peer)


def tcp_server(address, log, folder):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((address, 53))
    sock.listen()
    while True:
        peer, _ = sock.accept()
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        head = peer.recv(2, socket.MSG_WAITALL)
        query = peer.recv(struct.unpack("!H", head)[0], socket.MSG_WAITALL)
        owner = question(query)[0]
        log_line(log, "tcp", 0, owner, TXT, query.hex())
        whole = answer(query, [record(owner, TXT, data) for data in artifacts(folder)])
        log_line(log, "tcp-answer", len(whole))
        head = struct.pack("!H", len(whole))
        for part in (head[:1], head[1:], whole[:1], whole[1:20000], whole[20000:]):  # in separate segments
            peer.sendall(part)
            time.sleep(0.03)
        peer.close()


# ---- multicast ----

class Rule:
    """[DELAY=SECONDS] [SERIAL=SN] [FROM=ADDRESS:PORT] [TO=group] WHAT..., for every question (of that device) that WHAT
    answers:

    txt FOLDER           the artifacts of a folder, each in a message of its own
    plain FOLDER         the conveyed information of a folder alone
    garbage FOLDER       the same, cut off in the middle
    srv HOST PORT A...   one server, with its addresses
    a HOST A...          the addresses of a name
    """

    def __init__(self, text):
        words = text.split()
        options = dict(w.split("=", 1) for w in words if "=" in w)
        self.what, *self.more = (w for w in words if "=" not in w)
        self.delay = float(options.get("DELAY", 0))
        self.serial = options.get("SERIAL")
        self.to_group = "TO" in options
        self.source = None
        if "FROM" in options:
            host, port = options["FROM"].rsplit(":", 1)
            self.source = (host, int(port))

    def is_for(self, owner, kind):
        return self.serial is None or (kind == TXT and owner.split("._sztp.")[0] == self.serial)

    def messages(self, query):
        owner, kind, _, _ = question(query)
        if not self.is_for(owner, kind):
            return []
        if kind == TXT and self.what == "txt":
            return [answer(query, [record(owner, TXT, data, class_in=0x8001)], flags=0x8400)
                    for data in artifacts(self.more[0])]
        if kind == TXT and self.what == "plain":
            return [answer(query, [record(owner, TXT, artifacts(self.more[0])[0])], flags=0x8400)]
        if kind == TXT and self.what == "garbage":
            return [answer(query, [record(owner, TXT, artifacts(self.more[0])[0])], flags=0x8400)[:-100]]
        if kind == SRV and self.what == "srv":
            host, port, *addresses = self.more
            return [answer(query, [record(owner, SRV, srv(0, 0, int(port), host))], hosts(host, addresses), flags=0x8400)]
        if kind in (A, AAAA) and self.what == "a" and owner.lower() == self.more[0]:
            found = [r for r in hosts(owner, self.more[1:]) if r[len(name(owner)) + 1] == kind]
            return [answer(query, found, flags=0x8400)] if found else []
        return []


def hosts(host, addresses):
    return [record(host, AAAA, socket.inet_pton(socket.AF_INET6, a)) if ":" in a
            else record(host, A, socket.inet_pton(socket.AF_INET, a)) for a in addresses]


def join(family, source_port=MDNS_PORT):
    sock = socket.socket(family, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    sock.bind(("::" if family == socket.AF_INET6 else "0.0.0.0", source_port))
    for index, link in socket.if_nameindex():
        if link == "lo":
            continue
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP,
                            socket.inet_pton(socket.AF_INET6, GROUP6) + struct.pack("@I", index))
        else:
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                            socket.inet_pton(socket.AF_INET, GROUP4) + struct.pack("@4si", b"\0" * 4, index))
    return sock


def later(sock, message, peer, delay, source):
    def send():
        if source is None:
            sock.sendto(message, peer)
            return
        other = socket.socket(sock.family, socket.SOCK_DGRAM)  # from an address or a port that is not right
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if sock.family == socket.AF_INET:
            other.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(source[0]))
        other.bind(source)
        other.sendto(message, peer)
    timer = threading.Timer(delay, send)
    timer.daemon = True
    timer.start()


def multicast(log, rules):
    socks = [join(socket.AF_INET), join(socket.AF_INET6)]
    log_line(log, "ready")
    while True:
        for sock in select.select(socks, [], [])[0]:
            query, peer = sock.recvfrom(65535)
            if query[2] & 0x80:
                continue
            owner, kind, class_in, _ = question(query)
            log_line(log, "%.3f" % time.monotonic(), "udp4" if sock.family == socket.AF_INET else "udp6", peer[1], owner,
                     kind, "%04x" % class_in, query.hex())
            for rule in rules:
                for message in rule.messages(query):
                    if rule.source is None or sock.family == socket.AF_INET:
                        later(sock, message, (GROUP4, MDNS_PORT) if rule.to_group else peer, rule.delay, rule.source)


def main():
    what, *arguments = sys.argv[1:]
    if what == "unicast":
        address, log, folder = arguments
        threading.Thread(target=tcp_server, args=(address, log, folder), daemon=True).start()
        log_line(log, "ready")
        udp_server(address, log, folder)
    else:
        log, *rules = arguments
        multicast(log, [Rule(r) for r in rules])


main()
