#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A bootstrap server with the habits of other people's: SZTPD, which opiproject's laboratory and FusionLayer's client are made
for. host-meta is XRD whatever is accepted, RPCs are below the root that it names, unsigned conveyed information comes bare,
errors are RESTCONF's, and a user name must be the serial number in the certificate.

usage: peer_server.py FOLDER PORT-FILE [--root PATH] [--no-host-meta] [--basic PASSWORD] [--ask-first] [--close] [--listen ADDRESS] [--port N]
FOLDER has server.pem, server.key, device-ca.pem, and for each serial number SERIAL.cms, conveyed information in DER. It gets
requests.log, in each line: method, path, and "-" or the user name that was authenticated; and progress.log with the bodies of
progress reports. With --basic, 401 and a challenge are for who has no such password; --ask-first: even for a right one in
the first request of a connection. --close: the connection ends after each reply.
"""
import base64
import http.server
import json
import os
import re
import socket
import ssl
import sys
import threading

FOLDER, PORT_FILE = sys.argv[1:3]
OPTIONS = sys.argv[3:]
MODULE = "ietf-sztp-bootstrap-server"


def option(name, default):
    return OPTIONS[OPTIONS.index(name) + 1] if name in OPTIONS else default


ROOT = option("--root", "/restconf")
PASSWORD = option("--basic", None)
LOCK = threading.Lock()


def keep(name, line):
    with LOCK, open(os.path.join(FOLDER, name), "a", encoding="utf-8") as log:
        log.write(line + "\n")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 20

    def log_message(self, *_):
        pass

    def setup(self):
        super().setup()
        self.asked = False

    def answer(self, status, body=b"", kind="application/yang-data+json", challenge=False):
        self.send_response(status)
        if challenge:
            self.send_header("WWW-Authenticate", 'Basic realm="peer"')
        if "--close" in OPTIONS:
            self.send_header("Connection", "close")
            self.close_connection = True
        if body:
            self.send_header("Content-Type", kind)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def error(self, status, tag, message, challenge=False):
        self.answer(status, json.dumps({"ietf-restconf:errors": {"error": [
            {"error-type": "protocol", "error-tag": tag, "error-message": message}]}}).encode(), challenge=challenge)

    def serial(self):
        """The serial number in the client certificate, "" without one."""
        for part in (self.connection.getpeercert() or {}).get("subject", ()):
            for name, value in part:
                if name == "serialNumber":
                    return value
        return ""

    def user(self):
        """The user name of Basic, if the password is right; else None."""
        match = re.fullmatch(r"Basic ([A-Za-z0-9+/=]+)", self.headers.get("Authorization", ""))
        if not match:
            return None
        name, _, password = base64.b64decode(match[1]).decode().partition(":")
        return name if password == PASSWORD else None

    def do_GET(self):
        keep("requests.log", f"GET {self.path} {'credentials' if 'Authorization' in self.headers else '-'}")
        if self.path == "/.well-known/host-meta" and "--no-host-meta" not in OPTIONS:
            self.answer(200, f'<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">\n    <Link rel="restconf" href="{ROOT}"/>\n</XRD>'
                        .encode(), "application/xrd+xml")
        elif self.path.startswith("/images/"):
            try:
                with open(FOLDER + "/" + os.path.basename(self.path), "rb") as image:
                    self.answer(200, image.read(), "application/octet-stream")
            except OSError:
                self.answer(404)
        else:
            self.answer(404, b"<html>not found</html>", "text/html")

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        serial, user = self.serial(), self.user()
        keep("requests.log", f"POST {self.path} {user or ('refused' if 'Authorization' in self.headers else '-')}")
        first, self.asked = not self.asked, True
        if not serial:
            self.error(401, "access-denied", "no client certificate")
        elif PASSWORD is not None and (user is None or ("--ask-first" in OPTIONS and first)):
            self.error(401, "access-denied", "who are you", challenge=True)
        elif user is not None and user != serial:
            self.error(401, "access-denied", "the user name is not the certificate's serial number")
        elif self.path == f"{ROOT}/operations/{MODULE}:report-progress":
            keep("progress.log", json.dumps(json.loads(body)))
            self.answer(204)
        elif self.path == f"{ROOT}/operations/{MODULE}:get-bootstrapping-data":
            try:
                with open(f"{FOLDER}/{serial}.cms", "rb") as file:
                    data = base64.b64encode(file.read()).decode()
            except OSError:
                self.error(404, "data-missing", "no data for this device")
                return
            self.answer(200, json.dumps({MODULE + ":output": {"conveyed-information": data}}, indent=2).encode())
        else:
            self.error(404, "invalid-value", "no such resource")


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    if ":" in option("--listen", "127.0.0.1"):
        address_family = socket.AF_INET6

    def finish_request(self, request, client_address):
        try:
            super().finish_request(CONTEXT.wrap_socket(request, server_side=True), client_address)
        except (OSError, ssl.SSLError):
            pass


CONTEXT = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
CONTEXT.load_cert_chain(FOLDER + "/server.pem", FOLDER + "/server.key")
CONTEXT.load_verify_locations(FOLDER + "/device-ca.pem")
CONTEXT.verify_mode = ssl.CERT_OPTIONAL
server = Server((option("--listen", "127.0.0.1"), int(option("--port", "0"))), Handler)
with open(PORT_FILE + ".new", "w", encoding="ascii") as port:
    port.write(str(server.server_port))
os.rename(PORT_FILE + ".new", PORT_FILE)
server.serve_forever()
