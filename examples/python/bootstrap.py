# SPDX-License-Identifier: Apache-2.0
"""A device in Python: libsztp decides, Python's own ssl and http.client carry.

usage: bootstrap.py IDENTITY KEY VOUCHER-ANCHOR SERVER-ANCHOR PORT   (bootstrap server on 127.0.0.1)
"""
import http.client
import ssl
import sys
import time

import sztp


def tls(action, identity, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(identity, key)
    if action.number(sztp.PROVISIONAL):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    for anchor in action.octets(sztp.ANCHOR):
        context.load_verify_locations(cadata=anchor)
    return context


def fetch(session, action, identity, key):
    connection = http.client.HTTPSConnection(action.text(sztp.NAME), action.number(sztp.PORT), timeout=30,
                                             context=tls(action, identity, key))
    headers = dict(line.decode().split(": ", 1) for line in action.octets(sztp.HEADER))
    try:
        connection.request(action.text(sztp.METHOD), action.text(sztp.PATH), action.text(sztp.BODY), headers)
        response = connection.getresponse()
        session.number(action, sztp.STATUS, response.status)
        session.octets(action, sztp.CONTENT_TYPE, response.headers.get("Content-Type", "").encode())
        while chunk := response.read(4096):
            session.write(action, chunk)
    except OSError as error:
        session.octets(action, sztp.MESSAGE, str(error).encode())
        return sztp.FAILED
    finally:
        connection.close()
    if not action.number(sztp.PROVISIONAL):
        session.number(action, sztp.PEER_VERIFIED, 1)
    return sztp.OK


def do(session, action, identity, key):
    print(action.kind, action.text(sztp.PATH) or "")
    if action.kind == "fetch":
        return fetch(session, action, identity, key)
    if action.kind == "config":
        print("configuration:", action.text(sztp.DATA))
    # Nothing is applied, so nothing would have to be undone after a cut of power; a device that does apply keeps what
    # "save" brings, and hands it to sztp_session_restore() at its next start.
    return sztp.OK if action.kind in ("enabled", "save", "config", "rollback") else sztp.FAILED


def main(identity, key, voucher_anchor, server_anchor, port):
    device = sztp.Device()
    device.add_cert(sztp.CERT_IDENTITY, identity)
    device.add_cert(sztp.CERT_VOUCHER_ANCHOR, voucher_anchor)
    device.add_cert(sztp.CERT_SERVER_ANCHOR, server_anchor)
    sztp.check(sztp.lib.sztp_device_add_server(device.device, b"127.0.0.1", int(port)))
    sztp.check(sztp.lib.sztp_device_set_i64(device.device, sztp.POLICY_MAX_PASSES, 1))
    session = sztp.Session(device, [sztp.SOURCE_WELL_KNOWN])
    session.set_time(int(time.monotonic() * 1000), int(time.time()))
    while True:
        action = session.next(int(time.monotonic() * 1000))
        if action.kind in ("done", "failed"):
            break
        session.end(action, do(session, action, identity, key))
    print(action.kind, action.text(sztp.MESSAGE))
    done = action.kind == "done" and action.number(sztp.RESULT) == sztp.RESULT_DONE
    session.close()
    device.close()
    return 0 if done else 1


if __name__ == "__main__":
    if len(sys.argv) != 6:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
