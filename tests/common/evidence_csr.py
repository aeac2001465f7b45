#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A device's side of evidence, written anew for the tests: puts statements in the place of a cert-req-info's nonces, and signs.
Keys are files, or handles in a TPM (0x...), for which openssl or tpm2-tools sign.

usage: evidence_csr.py request INFO KEY OUT [certify=A,S,P] [quote=A,S,V] [CERT...]
       evidence_csr.py certify|quote KEY NONCE-HEX OUT [NAME=VALUE...]

The second form makes statements as no TPM would, with a key in a file: OUT.attest, OUT.signature and OUT.third. NAMEs: magic, type,
pcrs (numbers with commas), values (hex, of all), public (a key whose public area it is), attributes, resets. In the first form A, S
and the third are files; CERTs are DER, the attestation key's first."""
import hashlib
import struct
import subprocess
import sys
import tempfile

OID_EVIDENCE = bytes.fromhex("060b2a864886f70d010910023b")
OIDS = {"certify": bytes.fromhex("06056781051401"), "quote": bytes.fromhex("06056781051402")}
ECDSA_SHA256 = bytes.fromhex("300a06082a8648ce3d040302")


def load(path):
    with open(path, "rb") as file:
        return file.read()


def save(path, data):
    with open(path, "wb") as file:
        file.write(data)


def run(*words):
    return subprocess.run(words, check=True, stdout=subprocess.PIPE).stdout


# ---- DER ----------------------------------------------------------------------------------------------------------------


def tlv(tag, *parts):
    value = b"".join(parts)
    size = len(value)
    if size < 128:
        return bytes([tag, size]) + value
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + value


def elements(data):
    """Each as its tag, its contents, and whole."""
    at = 0
    while at < len(data):
        size, head = data[at + 1], 2
        if size & 0x80:
            head += size & 0x7F
            size = int.from_bytes(data[at + 2:at + head], "big")
        yield data[at], data[at + head:at + head + size], data[at:at + head + size]
        at += head + size


def inside(data):
    return list(elements(next(elements(data))[1]))


# ---- keys ---------------------------------------------------------------------------------------------------------------


def spki_of(key):
    if not key.startswith("0x"):
        return run("openssl", "pkey", "-in", key, "-pubout", "-outform", "DER")
    with tempfile.NamedTemporaryFile() as out:
        run("tpm2_readpublic", "-Q", "-c", key, "-f", "der", "-o", out.name)
        return load(out.name)


def sign(key, message):
    with tempfile.NamedTemporaryFile() as text, tempfile.NamedTemporaryFile() as out:
        save(text.name, message)
        if not key.startswith("0x"):
            return run("openssl", "dgst", "-sha256", "-sign", key, text.name)
        run("tpm2_sign", "-Q", "-c", key, "-g", "sha256", "-s", "ecdsa", "-f", "plain", "-o", out.name, text.name)
        return load(out.name)


# ---- the request --------------------------------------------------------------------------------------------------------


def request(info, key, out, *more):
    given = dict(word.split("=", 1) for word in more if "=" in word)
    certs = [load(word) for word in more if "=" not in word]
    statements = [tlv(0x30, OIDS[kind], tlv(0x30, *(tlv(4, load(path)) for path in given[kind].split(","))))
                  for kind in OIDS if kind in given]
    bundle = [tlv(0x30, *statements)] + ([tlv(0x30, *certs)] if certs else [])
    evidence = tlv(0x30, OID_EVIDENCE, tlv(0x31, tlv(0x30, *bundle)))
    version, subject, _, attributes = inside(load(info))
    kept = [whole for _, value, whole in elements(attributes[1]) if not value.startswith(OID_EVIDENCE)]
    if statements:
        kept.append(evidence)
    body = tlv(0x30, version[2], subject[2], spki_of(key), tlv(0xA0, *sorted(kept)))
    save(out, tlv(0x30, body, ECDSA_SHA256, tlv(3, b"\0" + sign(key, body))))


# ---- statements without a TPM -------------------------------------------------------------------------------------------


def sized(data):
    return struct.pack(">H", len(data)) + data


def public_area(key, attributes):
    point = inside(spki_of(key))[1][1][2:]
    return struct.pack(">HHIHHHHHH", 0x23, 0x0B, attributes, 0, 0x10, 0x18, 0x0B, 3, 0x10) + sized(point[:32]) + sized(point[32:])


def statement(kind, key, nonce, out, *more):
    given = dict(word.split("=", 1) for word in more)
    number = lambda name, default: int(given.get(name, default), 0)
    attest = struct.pack(">IH", number("magic", "0xff544347"), number("type", "0x8017" if kind == "certify" else "0x8018"))
    attest += sized(b"\0\x0b" + bytes(32)) + sized(bytes.fromhex(nonce))
    attest += struct.pack(">QIIBQ", 1000, number("resets", "2"), 0, 1, 1)
    if kind == "certify":
        third = public_area(given["public"], number("attributes", "0x00040072"))
        name = b"\0\x0b" + hashlib.sha256(third).digest()
        attest += sized(name) + sized(name)
    else:
        pcrs = [int(pcr) for pcr in given.get("pcrs", "0,1,2,3,4,7").split(",")]
        third = bytes.fromhex(given.get("values", "")) or b"".join(bytes([0xA0 + pcr]) * 32 for pcr in pcrs)
        attest += struct.pack(">IHB", 1, 0x0B, 3) + sum(1 << pcr for pcr in pcrs).to_bytes(3, "little")
        attest += sized(hashlib.sha256(third).digest())
    numbers = [value.lstrip(b"\0") for _, value, _ in inside(sign(key, attest))]
    save(out + ".attest", attest)
    save(out + ".signature", struct.pack(">HH", 0x18, 0x0B) + b"".join(map(sized, numbers)))
    save(out + ".third", third)


if sys.argv[1] == "request":
    request(*sys.argv[2:])
else:
    statement(*sys.argv[1:])
