# SPDX-License-Identifier: Apache-2.0
# What each part of the libraries alone needs: one line each, the one list of it. Read by the Makefile, ports/core.cmake and
# meson.build. A build without a part has without_PART.c in its place; SENTENCES is what TERSE=1 goes without.

CONSTRAINED_SRC      := lib/cryptography/cose.c lib/trust/step_voucher_cose.c lib/trust/voucher_cbor.c lib/trust/pinned_key.c lib/artifacts/inspect_cose.c
XML_SRC              := lib/formats/xml.c lib/formats/xml_tree.c
DNS_SRC              := lib/discovery/dns.c lib/discovery/dns_message.c lib/discovery/dns_name.c lib/discovery/dns_order.c lib/discovery/dns_records.c lib/machine/dns_round.c
DECRYPT_SRC          := lib/cryptography/cms_enveloped.c lib/cryptography/cms_open.c lib/cryptography/enc_algorithm.c lib/cryptography/key_wrap.c lib/trust/step_open.c lib/machine/judge_key.c
CRL_SRC              := lib/cryptography/crl.c lib/cryptography/distribution.c lib/cryptography/path_revocation.c
CONSTRAINTS_SRC      := lib/cryptography/constraints.c lib/cryptography/policy.c
PEM_SRC              := lib/formats/armor.c
BER_SRC              := lib/formats/ber.c
NAMES_SRC            := lib/cryptography/name_compare.c
IMAGES_SRC           := lib/machine/image_install.c lib/machine/image_octets.c
HOST_KEYS_SRC        := lib/trust/host_keys.c lib/exchange/host_keys.c
HOST_META_SRC        := lib/exchange/root.c
EVENTS_SRC           := lib/machine/event.c
APART_SRC            := lib/machine/apart.c lib/machine/apart_serve.c lib/machine/apart_session.c
CSR_SRC              := lib/machine/csr.c lib/machine/csr_gate.c lib/machine/key.c lib/machine/evidence.c lib/exchange/csr.c lib/exchange/evidence.c lib/cryptography/p10.c
IMAGE_SIGNATURES_SRC := lib/trust/image_check.c lib/trust/firmware.c
SENTENCES_SRC        := lib/formats/found.c lib/trust/show.c
HARDENED_SRC         := lib/trust/verify_twice.c
