#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A server of images whose connections break as its plan says, over TLS. Each request takes the next line of FOLDER/plan,
and the last line again and again; another plan in its place begins at its first line. Words of a line:

  N        the body ends after N octets, and the connection with it
  drip     the body comes in pieces of 256 KiB, with 0.4 s between them
  hold     after the octets the connection stays open, and silent
  whole    Range is ignored
  tag=X    the ETag is "X" instead of that of the file's contents; tag= sends none
  range=X  Content-Range is "bytes X"
  status=N the status is N, and there is no body
  coded    there is a Content-Encoding
  file=X   FOLDER/X is served instead of FOLDER/image

usage: breaking_server.py FOLDER PORT-FILE CERTIFICATE KEY
FOLDER/requests gets a line for each, as "GET /os.img bytes=5- "tag"".
"""
import hashlib
import http.server
import os
import socket
import ssl
import sys
import time

FOLDER, PORT_FILE, CERTIFICATE, KEY = sys.argv[1:]
PIECE = 262144
count, plan = 0, None


def next_line():
    global count, plan
    with open(os.path.join(FOLDER, "plan"), encoding="ascii") as file:
        lines, this = file.read().splitlines(), os.fstat(file.fileno()).st_ino
    count = count + 1 if this == plan else 1
    plan = this
    return lines[min(count, len(lines)) - 1].split()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        words = next_line()
        named = dict(w.split("=", 1) for w in words if "=" in w)
        with open(os.path.join(FOLDER, named.get("file", "image")), "rb") as file:
            image = file.read()
        tag = named.get("tag", hashlib.sha256(image).hexdigest()[:16])
        asked, condition = self.headers.get("Range", ""), self.headers.get("If-Range", "")
        with open(os.path.join(FOLDER, "requests"), "a", encoding="ascii") as file:
            print("GET", self.path, asked, condition, file=file, flush=True)
        first = int(asked[6:-1]) if asked and condition == '"%s"' % tag and "whole" not in words else 0
        if "status" in named:
            self.send_response(int(named["status"]))
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(206 if first else 200)
        if first:
            self.send_header("Content-Range", "bytes " + named.get("range", "%d-%d/%d" % (first, len(image) - 1, len(image))))
        if tag:
            self.send_header("ETag", '"%s"' % tag)
        if "coded" in words:
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(image) - first))
        self.end_headers()
        numbers = [int(w) for w in words if w.isdigit()]
        end = min(len(image), first + numbers[0]) if numbers else len(image)
        for at in range(first, end, PIECE):
            self.wfile.write(image[at:min(at + PIECE, end)])
            if "drip" in words:
                time.sleep(0.4)
        if "hold" in words:
            time.sleep(60)
        if end < len(image):
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass  # the client went away


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(CERTIFICATE, KEY)
server = Server(("127.0.0.1", 0), Handler)
server.socket = context.wrap_socket(server.socket, server_side=True)
with open(PORT_FILE + ".new", "w", encoding="ascii") as port:
    print(server.server_address[1], file=port)
os.rename(PORT_FILE + ".new", PORT_FILE)
server.serve_forever()
