/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of artifacts for single verifications: a good one of the test PKI's owner, whose parts are replaced by
 * others, and what sztp_verify() makes of it. */
#ifndef SZTP_TESTS_LAB_SET_H
#define SZTP_TESTS_LAB_SET_H

#include "lab.h"

/* Of artifacts, which are freed with sztp_artifacts_free(); there from setup to teardown of the test program.
 */
extern sztp_ctx_t *lab_maker;
int lab_set_setup(void **state);
int lab_set_teardown(void **state);

/* The CRLs of the test PKI whose names stand in @p names, with spaces between; one after another in DER. */
lab_blob_t lab_crls(const char *names);
/* @p document as SignedData with content type SZTP__CMS_*; @p chain as for lab_signer(). */
lab_blob_t lab_sign(const char *document, uint32_t type, const char *signer_name, const char *chain);
/* The same with CRLs. */
lab_blob_t lab_sign_with(const char *document, uint32_t type, const char *signer_name, const char *chain,
                         const char *crl_names);
/* The certificates of a file of the test PKI as an owner certificate, with CRLs as above. */
lab_blob_t lab_owner_cert(const char *file);
lab_blob_t lab_owner_cert_with(const char *file, const char *crl_names);
/* A file of the test PKI in Base64 of its DER; static until the next call. */
const char *lab_base64(const char *name);
/* A time in a voucher; static for eight calls. */
const char *lab_date(int64_t t);
/* The document of a usual voucher: leaf @p name is replaced by @p value (a whole JSON value; NULL leaves it
 * out); static until the next call. */
const char *lab_voucher_document(const char *name, const char *value);
/* The voucher itself. */
lab_blob_t lab_voucher_with(const char *name, const char *value);

typedef struct lab_set {
  lab_t *lab;
  lab_blob_t ci, oc, ov;    /* owned */
  lab_blob_t nonce, pinned; /* borrowed */
  lab_blob_t crl;           /* owned */
  uint32_t channel;
  int64_t time;
} lab_set_t;

lab_set_t lab_set_open(void);
void lab_set_close(lab_set_t *s);
/* Frees what is in the slot. */
void lab_replace(lab_blob_t *slot, lab_blob_t blob);
/* The code of sztp_verify(), and the verdict unless NULL, to be freed. */
int32_t lab_set_verify(const lab_set_t *s, sztp_verdict_t **verdict);
/* Verifies and asserts the step that failed, its reason and, unless NULL, the cause behind it. @p step 0:
 * accepted. */
void lab_set_expect(const lab_set_t *s, uint32_t step, const char *reason, const char *cause);

#endif
