/* SPDX-License-Identifier: Apache-2.0 */
/* What a build has and what it leaves out: `make DNS=0`, `make TERSE=1` and so on. A part that is left out
 * has a file without_PART.c in its place, which refuses what the part would have judged; so nobody who calls
 * it asks what the build has. Here is what else depends on it. */
#ifndef SZTP_GROUND_PARTS_H
#define SZTP_GROUND_PARTS_H

/* 1: no sentences for people. Codes, places, labels and values stay. */
#ifndef SZTP__TERSE
#define SZTP__TERSE 0
#endif
/* Where something went wrong, in the trail of errors. */
#ifndef SZTP__PLACES
#define SZTP__PLACES 1
#endif
/* Constrained vouchers (COSE) and pinned public keys. */
#ifndef SZTP__CONSTRAINED
#define SZTP__CONSTRAINED 1
#endif
#ifndef SZTP__XML
#define SZTP__XML 1
#endif
/* DNS and multicast DNS as sources. */
#ifndef SZTP__DNS
#define SZTP__DNS 1
#endif
/* Encrypted artifacts. */
#ifndef SZTP__DECRYPT
#define SZTP__DECRYPT 1
#endif
#ifndef SZTP__CRL
#define SZTP__CRL 1
#endif
/* Name constraints and certificate policies. */
#ifndef SZTP__CONSTRAINTS
#define SZTP__CONSTRAINTS 1
#endif
/* CMS in BER. */
#ifndef SZTP__BER
#define SZTP__BER 1
#endif
/* Names that say the same in different octets. */
#ifndef SZTP__NAMES
#define SZTP__NAMES 1
#endif
/* Boot images other than the one that runs. */
#ifndef SZTP__IMAGES
#define SZTP__IMAGES 1
#endif
/* Sessions in two processes. */
#ifndef SZTP__APART
#define SZTP__APART 1
#endif
/* SSH host keys and trust anchors in the last progress report. */
#ifndef SZTP__HOST_KEYS
#define SZTP__HOST_KEYS 1
#endif
/* Servers are asked where their RESTCONF root is. */
#ifndef SZTP__HOST_META
#define SZTP__HOST_META 1
#endif
/* Events of a session. */
#ifndef SZTP__EVENTS
#define SZTP__EVENTS 1
#endif
/* Certificates and signatures as text: PEM and base64. */
#ifndef SZTP__PEM
#define SZTP__PEM 1
#endif
/* Certificate signing requests. */
#ifndef SZTP__CSR
#define SZTP__CSR 1
#endif
/* Signatures of boot images. */
#ifndef SZTP__IMAGE_SIGNATURES
#define SZTP__IMAGE_SIGNATURES 1
#endif
/* Which keys make signatures. */
#ifndef SZTP__RSA
#define SZTP__RSA 1
#endif
#ifndef SZTP__EC
#define SZTP__EC 1
#endif
/* 1: every acceptance is that of two verifications, against faults. */
#ifndef SZTP__HARDENED
#define SZTP__HARDENED 0
#endif
#if !SZTP__RSA && !SZTP__EC
#error "neither RSA=1 nor EC=1: no signature could be verified"
#endif

#endif
