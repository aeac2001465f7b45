#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Publishes records by avahi: avahi_publish.py LOG NAME TXT FILE... | LOG NAME SRV PORT HOST

TXT: one record per file, of the data that the file holds. Says "published" in LOG and holds on until it is ended.
"""
import os
import struct
import sys

import dbus
import dbus.mainloop.glib

log, name, kind, *more = sys.argv[1:]
bus = dbus.bus.BusConnection(os.environ["DBUS_SYSTEM_BUS_ADDRESS"])
server = dbus.Interface(bus.get_object("org.freedesktop.Avahi", "/"), "org.freedesktop.Avahi.Server")
group = dbus.Interface(bus.get_object("org.freedesktop.Avahi", server.EntryGroupNew()), "org.freedesktop.Avahi.EntryGroup")


def wire(text):
    return b"".join(bytes([len(part)]) + part.encode() for part in text.split(".") if part) + b"\0"


def add(number, data):
    group.AddRecord(dbus.Int32(-1), dbus.Int32(-1), dbus.UInt32(0), name, dbus.UInt16(1), dbus.UInt16(number),
                    dbus.UInt32(120), dbus.ByteArray(data))


if kind == "TXT":
    for path in more:
        with open(path, "rb") as file:
            add(16, file.read())
else:
    add(33, struct.pack("!HHH", 0, 0, int(more[0])) + wire(more[1]))
group.Commit()
with open(log, "a", encoding="utf-8") as file:
    file.write("published\n")
sys.stdin.read()
