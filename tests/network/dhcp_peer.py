#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""DHCP servers that do what a test wants: nothing, what is wrong, or the right thing late.

  dhcp_peer.py FAMILY LOG HEX [fault...]  answers with the option's value HEX at srv0, after one message for each fault
                                          (flood: 40 good ones, each with another server that is not there)
  dhcp_peer.py FAMILY LOG                 never answers
  dhcp_peer.py hold FAMILY                holds the client's port for itself

Each question is a line of LOG: when it came, in seconds, and what it was, in hex. Wrong messages name the host "wrong".
"""
import socket
import struct
import sys
import time

WRONG = b"\x00\x0dhttps://wrong"
COOKIE = bytes.fromhex("63825363")


def options4(*pairs):
    """Options, long ones in as many parts as it takes."""
    out = b""
    for code, value in pairs:
        for at in range(0, max(len(value), 1), 255):
            part = value[at:at + 255]
            out += bytes([code, len(part)]) + part
    return out + b"\xff"


def reply4(question, kind, value, xid=None, chaddr=None, op=2):
    head = bytes([op]) + question[1:4] + (xid or question[4:8]) + bytes(4) + question[12:16] + bytes(12)
    head += (chaddr or question[28:44]) + bytes(192)
    return head + COOKIE + options4((53, bytes([kind])), (54, b"\xc0\x00\x02\x01"), (143, value))


def option6(code, value):
    return struct.pack("!HH", code, len(value)) + value


def client_id(question):
    at = 4
    while at + 4 <= len(question):
        code, size = struct.unpack_from("!HH", question, at)
        if code == 1:
            return question[at + 4:at + 4 + size]
        at += 4 + size
    return b""


def reply6(question, kind, value, xid=None, client=None, server=b"\x00\x03\x00\x01server"):
    return bytes([kind]) + (xid or question[1:4]) + (option6(2, server) if server else b"") + \
        option6(1, client or client_id(question)) + option6(136, value)


FAULTS4 = {
    "offer": lambda q: reply4(q, 2, WRONG),
    "nak": lambda q: reply4(q, 6, WRONG),
    "id": lambda q: reply4(q, 5, WRONG, xid=b"\x00\x00\x00\x00"),
    "hardware": lambda q: reply4(q, 5, WRONG, chaddr=bytes(16)),
    "request": lambda q: reply4(q, 5, WRONG, op=1),
    "cookie": lambda q: reply4(q, 5, WRONG).replace(COOKIE, bytes(4)),
    "short": lambda q: reply4(q, 5, WRONG)[:200],
    "empty": lambda q: b"",
}
FAULTS6 = {
    "advertise": lambda q: reply6(q, 2, WRONG),
    "id": lambda q: reply6(q, 7, WRONG, xid=b"\x00\x00\x00"),
    "client": lambda q: reply6(q, 7, WRONG, client=b"\x00\x03\x00\x01other!"),
    "server": lambda q: reply6(q, 7, WRONG, server=b""),
    "short": lambda q: reply6(q, 7, WRONG)[:3],
    "empty": lambda q: b"",
    "relay": lambda q: b"\x0d" + bytes(33) + option6(9, reply6(q, 7, WRONG)),
}


def open_port(family, port, device=None, share=True):
    s = socket.socket(socket.AF_INET if family == 4 else socket.AF_INET6, socket.SOCK_DGRAM)
    if share:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if device:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
    if family == 6:
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    s.bind(("0.0.0.0" if family == 4 else "::", port))
    return s


def main():
    if sys.argv[1] == "hold":
        held = open_port(int(sys.argv[2]), 68 if sys.argv[2] == "4" else 546, share=False)
        print("holds", flush=True)
        time.sleep(60)
        held.close()
    family = int(sys.argv[1])
    server = open_port(family, 67 if family == 4 else 547, "srv0")
    if family == 6:
        group = socket.inet_pton(socket.AF_INET6, "ff02::1:2")
        server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, group + struct.pack("@I", socket.if_nametoindex("srv0")))
    with open(sys.argv[2], "w", encoding="ascii") as log:
        print("ready", flush=True)
        while True:
            question, peer = server.recvfrom(2048)
            print(f"{time.monotonic():.3f} {question.hex()}", file=log, flush=True)
            to = (socket.inet_ntoa(question[12:16]), 68) if family == 4 else peer
            for fault in sys.argv[4:]:
                for i in range(40 if fault == "flood" else 0):
                    uri = b"https://192.0.2.1:%d" % (1000 + i)
                    value = struct.pack("!H", len(uri)) + uri
                    server.sendto(reply4(question, 5, value) if family == 4 else reply6(question, 7, value), to)
                if fault != "flood":
                    server.sendto((FAULTS4 if family == 4 else FAULTS6)[fault](question), to)
            if len(sys.argv) > 3:
                value = bytes.fromhex(sys.argv[3])
                server.sendto(reply4(question, 5, value) if family == 4 else reply6(question, 7, value), to)


if __name__ == "__main__":
    main()
