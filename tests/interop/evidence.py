#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The owner's side of evidence, written from the drafts alone, with openssl for what is signed: for evidence.sh.

usage: evidence.py ask FOLDER SERIAL KINDS   makes FOLDER/nonce and FOLDER/info, a CertificationRequestInfo whose
                                             attribute id-aa-attestation asks for "certify", "quote", both or "other"
       evidence.py read FOLDER MESSAGE ROOT TLS-CERT
                                             takes the request out of a message, judges it and its evidence, and writes
                                             iak.pub.pem, quote.msg, quote.sig, quote.pcrs for tpm2_checkquote
"""
import base64
import hashlib
import json
import os
import re
import struct
import subprocess
import sys

SEQ, SET, OCTETS, OID, INTEGER, BITS = 0x30, 0x31, 4, 6, 2, 3
ATTESTATION, CERTIFY, QUOTE = "1.2.840.113549.1.9.16.2.59", "2.23.133.20.1", "2.23.133.20.2"
KINDS = {"certify": CERTIFY, "quote": QUOTE, "other": "2.23.133.20.99"}
HASHES = {0x000b: "sha256", 0x000c: "sha384", 0x000d: "sha512"}


def tlv(tag, *parts):
    body = b"".join(parts)
    size = len(body)
    octets = size.to_bytes((size.bit_length() + 7) // 8 or 1, "big")
    return bytes([tag]) + (octets if size < 128 else bytes([128 + len(octets)]) + octets) + body


def oid(text):
    arcs = [int(arc) for arc in text.split(".")]
    out = b""
    for arc in [arcs[0] * 40 + arcs[1]] + arcs[2:]:
        octets = [arc & 127]
        while arc > 127:
            arc >>= 7
            octets.append(arc & 127 | 128)
        out += bytes(reversed(octets))
    return tlv(OID, out)


def children(body):
    """(tag, contents, whole) of each element."""
    out, at = [], 0
    while at < len(body):
        head, size = at + 2, body[at + 1]
        if size & 128:
            head += size & 127
            size = int.from_bytes(body[at + 2:head], "big")
        out.append((body[at], body[head:head + size], body[at:head + size]))
        at = head + size
    return out


def ask(folder, serial, kinds):
    nonce = os.urandom(32)
    with open(folder + "/nonce", "wb") as file:
        file.write(nonce)
    subject = tlv(SEQ, tlv(SET, tlv(SEQ, oid("2.5.4.10"), tlv(0x0c, b"Owner"))),
                  tlv(SET, tlv(SEQ, oid("2.5.4.5"), tlv(0x13, serial.encode()))))
    dummy = tlv(SEQ, tlv(SEQ, oid("1.2.840.10045.2.1"), oid("1.2.840.10045.3.1.7")), tlv(BITS, b"\0\4" + bytes(64)))
    usage = tlv(SEQ, tlv(SEQ, oid("2.5.29.37"), tlv(OCTETS, tlv(SEQ, oid("1.3.6.1.5.5.7.3.2")))))
    extensions = tlv(SEQ, oid("1.2.840.113549.1.9.14"), tlv(SET, usage))
    statements = [tlv(SEQ, oid(KINDS[kind]), tlv(OCTETS, nonce)) for kind in kinds.split(",")]
    wanted = tlv(SEQ, oid(ATTESTATION), tlv(SET, tlv(SEQ, tlv(SEQ, *statements))))
    with open(folder + "/info", "wb") as file:
        file.write(tlv(SEQ, tlv(INTEGER, b"\0"), subject, dummy, tlv(0xa0, *sorted([extensions, wanted]))))


def say(what, good):
    print("%s: %s" % (what, "yes" if good else "NO"))


def openssl(*words, stdin=None):
    return subprocess.run(["openssl", *words], input=stdin, capture_output=True, check=False)


def pem(der):
    return b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(der) + b"-----END CERTIFICATE-----\n"


def write(path, octets):
    with open(path, "wb") as file:
        file.write(octets)


def signed(folder, attest, signature):
    """Whether the attestation key signed TPMS_ATTEST: TPMT_SIGNATURE of ECDSA, or RSASSA-PSS with any salt."""
    scheme, hash_alg, size = struct.unpack(">HHH", signature[:6])
    value = signature[6:6 + size]
    options = []
    if scheme == 0x0018:
        other = signature[8 + size:]
        assert struct.unpack(">H", signature[6 + size:8 + size])[0] == len(other)
        value = tlv(SEQ, *[tlv(INTEGER, b"\0" + n if n[0] > 127 else n) for n in (value.lstrip(b"\0"), other.lstrip(b"\0"))])
    else:
        assert scheme == 0x0016 and len(signature) == 6 + size
        options = ["-sigopt", "rsa_padding_mode:pss"]
    write(folder + "/signature", value)
    return openssl("dgst", "-" + HASHES[hash_alg], *options, "-verify", folder + "/iak.pub.pem", "-signature",
                   folder + "/signature", stdin=attest).returncode == 0


def attested(octets):
    """magic, type, extraData and what is attested, of TPMS_ATTEST."""
    magic, kind, size = struct.unpack(">IHH", octets[:8])
    at = 8 + size
    size = struct.unpack(">H", octets[at:at + 2])[0]
    return magic, kind, octets[at + 2:at + 2 + size], octets[at + 2 + size + 25:]


def judge_certify(folder, parts, nonce, point):
    attest, signature, public = parts
    magic, kind, extra, rest = attested(attest)
    name = rest[2:2 + struct.unpack(">H", rest[:2])[0]]
    digest = hashlib.new(HASHES[struct.unpack(">H", public[2:4])[0]], public).digest()
    half = len(point) // 2
    say("certify: by a TPM, fresh, signed", magic == 0xff544347 and kind == 0x8017 and extra == nonce and
        signed(folder, attest, signature))
    say("certify: the public area is the one that is certified", name == public[2:4] + digest)
    say("certify: the key can't leave its TPM", struct.unpack(">I", public[4:8])[0] & 0x32 == 0x32)
    say("certify: it is the key of the request",
        public.endswith(struct.pack(">H", half) + point[:half] + struct.pack(">H", half) + point[half:]))


def judge_quote(folder, parts, nonce):
    attest, signature, values = parts
    magic, kind, extra, rest = attested(attest)
    count, bank, size = struct.unpack(">IHB", rest[:7])
    mask = int.from_bytes(rest[7:7 + size], "little")
    digest = rest[9 + size:]
    say("quote: by a TPM, fresh, signed", magic == 0xff544347 and kind == 0x8018 and extra == nonce and
        signed(folder, attest, signature))
    print("quote: PCRs 0x%x of bank 0x%x" % (mask, bank))
    say("quote: it is about the values", count == 1 and len(values) == 32 * bin(mask).count("1") and
        digest == hashlib.new(HASHES[struct.unpack(">H", signature[2:4])[0]], values).digest())
    for name, octets in (("msg", attest), ("sig", signature), ("pcrs", values)):
        write("%s/quote.%s" % (folder, name), octets)


def judge_certs(folder, certs, root, tls):
    write(folder + "/iak.pem", pem(certs[0]))
    write(folder + "/above.pem", b"".join(pem(der) for der in certs[1:]))
    write(folder + "/iak.pub.pem", openssl("x509", "-in", folder + "/iak.pem", "-pubkey", "-noout").stdout)
    above = ["-untrusted", folder + "/above.pem"] if len(certs) > 1 else []
    say("certificates: they lead to the root alone",
        openssl("verify", "-CAfile", root, *above, folder + "/iak.pem").returncode == 0)
    own = openssl("x509", "-in", root, "-outform", "DER").stdout
    say("certificates: the root is not among them", own not in certs)
    serial = [re.search(rb"serialNumber ?= ?([^,+\n]+)", openssl("x509", "-in", name, "-noout", "-subject").stdout)[1]
              for name in (folder + "/iak.pem", tls)]
    say("certificates: of the device of the TLS identity", serial[0] == serial[1])
    print("certificates: %d" % len(certs))


def read(folder, message, root, tls):
    with open(message, encoding="utf-8") as file:
        text = file.read()
    request = base64.b64decode(re.search(r"<p10-csr[^>]*>([^<]*)<", text)[1] if text[0] == "<" else
                               json.loads(text)["ietf-sztp-bootstrap-server:input"]["ietf-sztp-csr:p10-csr"])
    with open(folder + "/nonce", "rb") as file:
        nonce = file.read()
    with open(folder + "/info", "rb") as file:
        asked = children(children(file.read())[0][1])
    write(folder + "/csr.der", request)
    verified = openssl("req", "-inform", "DER", "-in", folder + "/csr.der", "-verify", "-noout")
    say("request: signed by the key in it", b"verify OK" in verified.stderr + verified.stdout)
    info = children(children(children(request)[0][1])[0][1])
    attributes = {children(body)[0][2]: (body, whole) for _, body, whole in children(info[3][1])}
    wanted = {children(body)[0][2]: (body, whole) for _, body, whole in children(asked[3][1])}
    bundle = attributes.pop(oid(ATTESTATION), None)
    wanted.pop(oid(ATTESTATION))
    say("request: all else is as it was asked for", info[1][2] == asked[1][2] and attributes == wanted)
    order = [whole for _, _, whole in children(info[3][1])]
    say("request: its attributes are in DER's order", order == sorted(order))
    if bundle is None:
        print("evidence: none")
        return
    contents = children(children(children(bundle[0])[1][1])[0][1])
    judge_certs(folder, [whole for _, _, whole in children(contents[1][1])], root, tls)
    point = children(children(info[2][2])[0][1])[1][1][2:]
    kinds = {oid(value): name for name, value in KINDS.items()}
    print("evidence: " + ",".join(kinds[children(body)[0][2]] for _, body, _ in children(contents[0][1])))
    for _, body, _ in children(contents[0][1]):
        parts = [octets for _, octets, _ in children(children(body)[1][1])]
        if kinds[children(body)[0][2]] == "certify":
            judge_certify(folder, parts, nonce, point)
        else:
            judge_quote(folder, parts, nonce)


{"ask": ask, "read": read}[sys.argv[1]](*sys.argv[2:])
