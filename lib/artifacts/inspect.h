/* SPDX-License-Identifier: Apache-2.0 */
/* Telling people what artifacts are made of: the telling itself, and the looks at what artifacts consist of.
 */
#ifndef SZTP_ARTIFACTS_INSPECT_H
#define SZTP_ARTIFACTS_INSPECT_H

#include <sztp/artifacts.h>

#include "cryptography/cms.h"
#include "ground/text.h"

typedef struct sztp__look {
  sztp_ctx_t *ctx;
  sztp_inspect_fn fn;
  void *user;
  int32_t status; /* SZTP_ERR_CANCELLED or SZTP_ERR_MEMORY end the showing: nothing more is shown */
  int faults;     /* how many parts could not be decoded */
  char text[SZTP__PARAGRAPH_SIZE];
} sztp__look_t;

/* ---- the telling (inspect_tell.c) ---------------------------------------------------------------- */

/* One fact; @p value is neutralised and cut. */
void sztp__tell(sztp__look_t *l, uint32_t depth, const char *name, sztp__span_t value);
/* One fact whose text the program itself writes. */
void sztp__tellf(sztp__look_t *l, uint32_t depth, const char *name, const char *fmt, ...) SZTP__PRINTF(4, 5);
/* A fact in hexadecimal, cut after 128 octets. */
void sztp__tell_hex(sztp__look_t *l, uint32_t depth, const char *name, sztp__span_t value);
/* Opens a group: what belongs to it is shown at depth + 1. */
void sztp__tell_group(sztp__look_t *l, uint32_t depth, const char *name);
/* The SHA-256 of @p value. */
void sztp__tell_sha256(sztp__look_t *l, uint32_t depth, const char *name, sztp__span_t value);
/* Says why a part can't be shown, from the error trail, which it empties; the look goes on. SZTP_ERR_MEMORY
 * ends it. */
void sztp__tell_fault(sztp__look_t *l, uint32_t depth, int32_t code);

/* ---- the looks ----------------------------------------------------------------------------------- */

/* The facts of one certificate, one CRL, one certificate request (inspect_cert.c). */
void sztp__look_at_request(sztp__look_t *l, uint32_t depth, sztp__span_t der);
/* The evidence in a certificate request that decodes (inspect_evidence.c). */
void sztp__look_at_evidence(sztp__look_t *l, uint32_t depth, sztp__span_t request);
void sztp__look_at_cert(sztp__look_t *l, uint32_t depth, sztp__span_t der);
void sztp__look_at_crl(sztp__look_t *l, uint32_t depth, sztp__span_t der);
/* A COSE structure and the voucher in it (inspect_cose.c, which can be left out of a build). */
void sztp__look_at_cose(sztp__look_t *l, sztp__span_t cose);
/* The certificates and CRLs of a bag, each as a group: of its DER, and of one that is decoded
 * (inspect_bag.c). */
void sztp__look_at_bag(sztp__look_t *l, uint32_t depth, sztp__span_t der);
void sztp__tell_bag(sztp__look_t *l, uint32_t depth, const sztp__cms_t *cms);
/* The recipients and algorithms of an encrypted artifact (inspect_encrypted.c). */
void sztp__look_at_encrypted(sztp__look_t *l, uint32_t depth, const sztp__cms_t *cms);
/* The nodes of a voucher or of conveyed information (inspect_document.c). */
void sztp__look_at_document(sztp__look_t *l, uint32_t depth, sztp__span_t document);

#endif
