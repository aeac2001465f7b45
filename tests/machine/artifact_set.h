/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of artifacts for single verifications: a good one of the test PKI's owner, whose parts are replaced by
 * others, and what sztp_verify() makes of it. */
#ifndef SZTP_TESTS_ARTIFACT_SET_H
#define SZTP_TESTS_ARTIFACT_SET_H

#include "ground/buf.h"
#include "mock_host.h"

/* Of artifacts, which are freed with sztp_artifacts_free(); there from setup to teardown of the test program.
 */
extern sztp_ctx_t *artifact_maker;
int artifact_set_setup(void **state);
int artifact_set_teardown(void **state);

/* The CRLs of the test PKI whose names stand in @p names, with spaces between; one after another in DER. */
artifact_blob_t pki_crls(const char *names);
/* @p document as SignedData with content type SZTP__CMS_*; @p chain as for pki_signer(). */
artifact_blob_t artifact_sign(const char *document, uint32_t type, const char *signer_name,
                              const char *chain);
/* The same with CRLs. */
artifact_blob_t artifact_sign_with(const char *document, uint32_t type, const char *signer_name,
                                   const char *chain, const char *crl_names);
/* @p document with content type SZTP__CMS_* and no signature. */
artifact_blob_t artifact_content(uint32_t type, const char *document);
/* The certificates of a file of the test PKI as an owner certificate, with CRLs as above. */
artifact_blob_t artifact_owner_cert(const char *file);
artifact_blob_t artifact_owner_cert_with(const char *file, const char *crl_names);
/* The DER of the first object of a file of the test PKI, in @p der, which is cleared by the caller. */
sztp__span_t pki_der(const char *name, sztp__buf_t *der);
/* A file of the test PKI in Base64 of its DER; static until the next call. */
const char *pki_base64(const char *name);
/* A time in a voucher; static for eight calls. */
const char *artifact_date(int64_t t);
/* The document of a usual voucher: leaf @p name is replaced by @p value (a whole JSON value; NULL leaves it
 * out); static until the next call. */
const char *artifact_voucher_document(const char *name, const char *value);
/* The voucher itself. */
artifact_blob_t artifact_voucher_with(const char *name, const char *value);

typedef struct artifact_set {
  mock_host_t *mock;
  artifact_blob_t ci, oc, ov;    /* owned */
  artifact_blob_t nonce, pinned; /* borrowed */
  artifact_blob_t crl;           /* owned */
  uint32_t channel;
  int64_t time;
} artifact_set_t;

artifact_set_t artifact_set_open(void);
void artifact_set_close(artifact_set_t *s);
/* Frees what is in the slot. */
void artifact_replace(artifact_blob_t *slot, artifact_blob_t blob);
/* The code of sztp_verify(), and the verdict unless NULL, to be freed. */
int32_t artifact_set_verify(const artifact_set_t *s, sztp_verdict_t **verdict);
/* Verifies and asserts the step that failed, its reason and, unless NULL, the cause behind it. @p step 0:
 * accepted. */
void artifact_set_expect(const artifact_set_t *s, uint32_t step, const char *reason, const char *cause);
/* Asserts that the detail of step @p step has @p part. */
void artifact_set_expect_detail(const artifact_set_t *s, uint32_t step, const char *part);
/* Another device in the set's host, without identity: mfr-root is its anchor in @p role, and it has no other.
 */
void artifact_set_new_device(artifact_set_t *s, uint32_t role);
/* A file of the test PKI becomes one more anchor for vouchers. */
void artifact_set_trust_vouchers(artifact_set_t *s, const char *name);
/* How many public-key operations there were so far. */
uint64_t artifact_set_operations(const artifact_set_t *s);

#endif
