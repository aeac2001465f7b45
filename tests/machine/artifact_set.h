/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of artifacts for single verifications: a good one of the test PKI's owner, whose parts are replaced by
 * others, and what sztp_verify() makes of it. */
#ifndef SZTP_TESTS_ARTIFACT_SET_H
#define SZTP_TESTS_ARTIFACT_SET_H

#include "ground/buf.h"
#include "mock_host.h"

/* Verifications that an acceptance takes. */
#define TO_ACCEPT (1 + SZTP__HARDENED)

/* Of artifacts, which are freed with sztp_artifacts_free(); there from setup to teardown of the test program.
 */
extern sztp_ctx_t *artifact_maker;
int artifact_set_setup(void **state);
int artifact_set_teardown(void **state);

/* The CRLs of the test PKI whose names stand in @p names, with spaces between; one after another in DER. */
sztp__blob_t pki_crls(const char *names);
/* @p document as SignedData with content type SZTP__CMS_*; @p chain as for pki_signer(). */
sztp__blob_t artifact_sign(const char *document, uint32_t type, const char *signer_name, const char *chain);
/* The same with CRLs. */
sztp__blob_t artifact_sign_with(const char *document, uint32_t type, const char *signer_name,
                                const char *chain, const char *crl_names);
/* @p document with content type SZTP__CMS_* and no signature. */
sztp__blob_t artifact_content(uint32_t type, const char *document);
/* The certificates of a file of the test PKI as an owner certificate, with CRLs as above. */
sztp__blob_t artifact_owner_cert(const char *file);
sztp__blob_t artifact_owner_cert_with(const char *file, const char *crl_names);
/* A file of the test PKI in Base64 of its DER; static until the next call. */
const char *pki_base64(const char *name);
/* A time in a voucher; static for eight calls. */
const char *artifact_date(int64_t t);
/* The document of a usual voucher: leaf @p name is replaced by @p value (a whole JSON value; NULL leaves it
 * out); static until the next call. */
const char *artifact_voucher_document(const char *name, const char *value);
/* The voucher itself. */
sztp__blob_t artifact_voucher_with(const char *name, const char *value);

typedef struct artifact_set {
  mock_host_t *mock;
  sztp__blob_t ci, oc, ov;    /* owned */
  sztp__blob_t nonce, pinned; /* borrowed */
  sztp__blob_t crl;           /* owned */
  uint32_t channel;
  int64_t time;
} artifact_set_t;

artifact_set_t artifact_set_open(void);
void artifact_set_close(artifact_set_t *s);
/* Frees what is in the slot. */
void artifact_replace(sztp__blob_t *slot, sztp__blob_t blob);
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
/* SEC-05: verifies while the 1st, 2nd, ... allocation fails (a sample of them): that leaves no verdict, or
 * (where only a text for people got shorter) the right one, which has @p code. Returns how often there was
 * none. */
size_t artifact_set_every_allocation(const artifact_set_t *s, int32_t code);

#endif
