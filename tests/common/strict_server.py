#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A bootstrap server that takes nothing but what its YANG modules have: every body goes through yanglint first, as
servers do whose RESTCONF is made of modules. It asks for a certificate signing request as often as it is told, keeps what
it is sent, and then gives conveyed information.

usage: strict_server.py FOLDER PORT-FILE [--modules FOLDER] [--without-csr] [--rounds N] [--xml] [--status N] [--format NAME] [--info FILE] [--idle SECONDS]
FOLDER has server.pem, server.key, device-ca.pem, conveyed (conveyed information, DER), and gets request-N.json or .xml.
"""
import base64
import http.server
import json
import os
import re
import ssl
import subprocess
import sys

FOLDER, PORT_FILE = sys.argv[1:3]
OPTIONS = sys.argv[3:]
SERVER = "ietf-sztp-bootstrap-server"
P256 = "MBMGByqGSM49AgEGCCqGSM49AwEH"
MODULES = OPTIONS[OPTIONS.index("--modules") + 1]


def number(name, default):
    return int(OPTIONS[OPTIONS.index(name) + 1]) if name in OPTIONS else default


ROUNDS, STATUS = number("--rounds", 1), number("--status", 400)
XML = "--xml" in OPTIONS
FORMAT = OPTIONS[OPTIONS.index("--format") + 1] if "--format" in OPTIONS else "p10-csr"
INFO = ""  # cert-req-info, base64
if "--info" in OPTIONS:
    with open(OPTIONS[OPTIONS.index("--info") + 1], "rb") as info_file:
        INFO = base64.b64encode(info_file.read()).decode()
SCHEMAS = [SERVER + "@2019-04-30"] + ([] if "--without-csr" in OPTIONS else
                                      ["ietf-ztp-types@2024-10-10", "ietf-sztp-csr@2024-10-10"])
asked = 0
count = 0


def lint(operation, body):
    """What yanglint says against the body of an operation, "" for nothing. The operation stands where RESTCONF has
    "input"."""
    name = os.path.join(FOLDER, "lint." + ("xml" if XML else "json"))
    if XML:
        text = re.sub(rb"<(/?)input\b", lambda m: b"<" + m[1] + operation.encode(), body)
    else:
        document = json.loads(body)
        text = json.dumps({"%s:%s" % (SERVER, operation): document[SERVER + ":input"]}).encode()
    with open(name, "wb") as file:
        file.write(text)
    schemas = [os.path.join(MODULES, s + ".yang") for s in SCHEMAS]
    done = subprocess.run(["yanglint", "-p", MODULES, "-t", "rpc", *schemas, name], capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stderr.strip() or "refused"


def request_document():
    """The csr-request in an errors document."""
    if XML:
        return (b"<errors xmlns='urn:ietf:params:xml:ns:yang:ietf-restconf'><error><error-type>application</error-type>"
                b"<error-tag>missing-attribute</error-tag><error-info><csr-request "
                b"xmlns='urn:ietf:params:xml:ns:yang:ietf-sztp-csr'><key-generation><selected-algorithm>"
                b"<algorithm-identifier>" + P256.encode() + b"</algorithm-identifier></selected-algorithm></key-generation>"
                b"<csr-generation><selected-format><format-identifier "
                b"xmlns:t='urn:ietf:params:xml:ns:yang:ietf-ztp-types'>t:" + FORMAT.encode() +
                b"</format-identifier></selected-format>"
                b"</csr-generation>" + (b"<cert-req-info>" + INFO.encode() + b"</cert-req-info>" if INFO else b"") +
                b"</csr-request></error-info></error></errors>")
    request = {"key-generation": {"selected-algorithm": {"algorithm-identifier": P256}},
               "csr-generation": {"selected-format": {"format-identifier": "ietf-ztp-types:" + FORMAT}}}
    if INFO:
        request["cert-req-info"] = INFO
    return json.dumps({"ietf-restconf:errors": {"error": [{
        "error-type": "application", "error-tag": "missing-attribute", "error-message": "Missing input parameter",
        "error-info": {"ietf-sztp-csr:csr-request": request}}]}}).encode()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = number("--idle", 60)  # then the connection is closed

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", kind=None):
        self.send_response(status)
        if body:
            self.send_header("Content-Type", kind or "application/yang-data+" + ("xml" if XML else "json"))
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer(404)

    def do_POST(self):
        global asked, count
        body = self.rfile.read(int(self.headers["Content-Length"]))
        operation = self.path.rsplit(":", 1)[1]
        if XML != ("xml" in self.headers["Content-Type"]):
            self.answer(415)
            return
        count += 1
        with open("%s/request-%d.%s" % (FOLDER, count, "xml" if XML else "json"), "wb") as file:
            file.write(body)
        fault = lint(operation, body)
        if fault:  # in JSON whatever was spoken
            self.answer(400, json.dumps({"ietf-restconf:errors": {"error": [{
                "error-type": "application", "error-tag": "invalid-value", "error-message": fault}]}}).encode(),
                "application/yang-data+json")
        elif operation == "report-progress":
            self.answer(204)
        elif b"csr" in body and asked < ROUNDS:
            asked += 1
            self.answer(400 if asked == 1 else STATUS, request_document())
        else:
            with open(FOLDER + "/conveyed", "rb") as file:
                data = base64.b64encode(file.read()).decode()
            self.answer(200, ("<output xmlns='urn:ietf:params:xml:ns:yang:%s'><conveyed-information>%s"
                              "</conveyed-information></output>" % (SERVER, data) if XML else
                              json.dumps({SERVER + ":output": {"conveyed-information": data}})).encode())


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(FOLDER + "/server.pem", FOLDER + "/server.key")
context.load_verify_locations(FOLDER + "/device-ca.pem")
context.verify_mode = ssl.CERT_REQUIRED
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
server.socket = context.wrap_socket(server.socket, server_side=True)
with open(PORT_FILE + ".new", "w", encoding="ascii") as port:
    port.write(str(server.server_port))
os.rename(PORT_FILE + ".new", PORT_FILE)
server.serve_forever()
