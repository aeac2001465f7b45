#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A device with the habits of other people's clients, on the wire: what they send, and how strictly they read.

usage: peer_device.py fusionlayer|opi|ios-xe HOST:PORT FOLDER SERIAL [--raw OPTION-HEX]
FOLDER has device.pem, device.key, ca.pem. Prints the onboarding configuration that it got, or ends with what it stumbled on.

fusionlayer: host-meta in XRD, {root}/operations/..., Basic in every request, nonce "", progress with empty containers, 204 is
  demanded. With --raw HOST:PORT comes out of the value of option 143, as that client takes it: raw.
opi: the operation's own path, Basic in every request, no Accept, nonce "", members of the answer that it does not know are an
  error, and so is 204, which it ignores.
ios-xe: host-meta, XML, signed-data-preferred and a nonce; it takes signed data alone, whose content type is that of JSON.
"""
import base64
import http.client
import json
import re
import ssl
import subprocess
import sys

KIND, SERVER, FOLDER, SERIAL = sys.argv[1:5]
if "--raw" in sys.argv:
    SERVER = bytes.fromhex(sys.argv[sys.argv.index("--raw") + 1]).decode()
MODULE = "ietf-sztp-bootstrap-server"
BASIC = {"Authorization": "Basic " + base64.b64encode(f"{SERIAL}:my-secret".encode()).decode()}
context = ssl.create_default_context(cafile=FOLDER + "/ca.pem")
context.check_hostname = False
context.load_cert_chain(FOLDER + "/device.pem", FOLDER + "/device.key")
connection = http.client.HTTPSConnection(SERVER, context=context, timeout=10)


def ask(method, path, body=None, headers=None):
    connection.request(method, path, body, headers or {})
    reply = connection.getresponse()
    return reply.status, reply.read()


def host_meta(headers):
    status, body = ask("GET", "/.well-known/host-meta", headers=headers)
    assert status == 200, f"host-meta: {status}"
    link = re.search(rb"<Link[^>]*rel=['\"]restconf['\"][^>]*href=['\"]([^'\"]+)", body)
    assert link, f"host-meta: {body!r}"
    return link[1].decode()


def json_output(body, known):
    output = json.loads(body)[MODULE + ":output"]
    unknown = set(output) - set(known)
    assert not unknown, f"unknown members: {unknown}"
    return base64.b64decode(output["conveyed-information"])


def unsigned(der):
    """The document in a bare ContentInfo, by its length alone, as those clients read it."""
    at = der.index(b"{")
    return json.loads(der[at:])


def progress(path, headers, kind, status_wanted, containers=True):
    report = {"progress-type": kind, "message": "message"}
    if containers:
        report.update({"ssh-host-keys": {}, "trust-anchor-certs": {}})
    status, body = ask("POST", path, json.dumps({MODULE + ":input": report}), headers)
    assert status_wanted is None or status == status_wanted, f"{kind}: {status} {body!r}"


def simple_client(root, headers, known):
    data = {"hw-model": "", "os-name": "ExampleOS", "os-version": "1.0", "nonce": ""}
    operation = f"{root}/operations/{MODULE}:"
    status, body = ask("POST", operation + "get-bootstrapping-data", json.dumps({MODULE + ":input": data}), headers)
    assert status == 200, f"get-bootstrapping-data: {status} {body!r}"
    document = unsigned(json_output(body, known))
    info = document["ietf-sztp-conveyed-info:onboarding-information"]
    wanted = 204 if KIND == "fusionlayer" else None
    for kind in ("bootstrap-initiated", "config-initiated", "config-complete", "bootstrap-complete"):
        progress(operation + "report-progress", headers, kind, wanted)
    return base64.b64decode(info["configuration"])


def ios_xe():
    root = host_meta({"Accept": "application/xrd+xml"})
    headers = {"Content-Type": "application/yang-data+xml", "Accept": "application/yang-data+xml"}
    space = f"urn:ietf:params:xml:ns:yang:{MODULE}"
    body = (f'<input xmlns="{space}"><signed-data-preferred/><hw-model>C9300-24T</hw-model><os-name>IOS-XE</os-name>'
            f'<os-version>17.18.01</os-version><nonce>{base64.b64encode(bytes(range(32))).decode()}</nonce></input>')
    path = f"{root}/operations/{MODULE}:"
    status, reply = ask("POST", path + "get-bootstrapping-data", body, headers)
    assert status == 200, f"get-bootstrapping-data: {status} {reply!r}"
    parts = {name: base64.b64decode(match[1]) for name in ("conveyed-information", "owner-certificate", "ownership-voucher")
             if (match := re.search(rf"<{name}>([^<]*)</{name}>".encode(), reply))}
    assert len(parts) == 3, f"it has only {sorted(parts)}"
    for name, data in parts.items():
        with open(f"{FOLDER}/{name}", "wb") as file:
            file.write(data)
    # id-ct-sztpConveyedInfoJSON, 1.2.840.113549.1.9.16.1.43
    assert bytes.fromhex("060b2a864886f70d010910012b") in parts["conveyed-information"], "not signed as JSON"
    document = subprocess.run(["openssl", "cms", "-verify", "-noverify", "-no_attr_verify", "-inform", "DER", "-in",
                               FOLDER + "/conveyed-information", "-certfile", FOLDER + "/owner.pem"],
                              capture_output=True, check=True).stdout
    return base64.b64decode(json.loads(document)["ietf-sztp-conveyed-info:onboarding-information"]["configuration"])


if KIND == "fusionlayer":
    result = simple_client(host_meta({}), {**BASIC, "Content-Type": "application/yang-data+json", "Accept": "application/yang-data+json"},
                           ["reporting-level", "conveyed-information"])
elif KIND == "opi":
    result = simple_client("/restconf", {**BASIC, "Content-Type": "application/yang-data+json"}, ["conveyed-information"])
else:
    result = ios_xe()
sys.stdout.buffer.write(result)
