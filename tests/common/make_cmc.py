#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A program for handlers.csr that makes CMC (RFC 5272) of a request with a new key, as RFC 9646 3.2 profiles it.

usage: make_cmc.py CERTIFICATE KEY [CHAIN]

Reads the PKCS #10 request in SZTP_CSR_FILE and writes into SZTP_OUTPUT: SignedData by the identity, whose PKIData has one
cmsSequence element: SignedData by the identity, whose PKIData has one reqSequence element, the request. openssl(1) signs both.
"""
import os
import subprocess
import sys

CERT, KEY, *CHAIN = sys.argv[1:]
PKI_DATA = "1.3.6.1.5.5.7.12.2"


def der(tag, *parts):
    body = b"".join(parts)
    length = bytes([len(body)]) if len(body) < 128 else b"\x82" + len(body).to_bytes(2, "big")
    return bytes([tag]) + length + body


def pki_data(requests, messages):
    return der(0x30, der(0x30), der(0x30, *requests), der(0x30, *messages), der(0x30))


def signed(content):
    more = ["-certfile", *CHAIN] if CHAIN else []
    return subprocess.run(["openssl", "cms", "-sign", "-binary", "-nodetach", "-outform", "DER", "-econtent_type", PKI_DATA,
                           "-signer", CERT, "-inkey", KEY, "-md", "sha256", *more],
                          input=content, stdout=subprocess.PIPE, check=True).stdout


if os.environ["SZTP_CSR_FORMAT"] != "cmc":
    sys.exit("only cmc is made here")
with open(os.environ["SZTP_CSR_FILE"], "rb") as f:
    request = f.read()
inner = signed(pki_data([der(0xa0, der(2, b"\1"), request)], []))
with open(os.environ["SZTP_OUTPUT"], "wb") as f:
    f.write(signed(pki_data([], [der(0x30, der(2, b"\2"), inner)])))
