/* SPDX-License-Identifier: Apache-2.0 */
#include "artifact_set.h"

#include <time.h>

#include "artifacts/signer.h"
#include "cryptography/cms_write.h"
#include "formats/armor.h"
#include "ground/text.h"

sztp_ctx_t *artifact_maker;

sztp__blob_t pki_crls(const char *names) {
  sztp__buf_t all;
  sztp__blob_t crls = {NULL, 0};
  sztp__buf_init(&all, artifact_maker, 1 << 20);
  while (*names != '\0') {
    char file[64];
    size_t len = strcspn(names, " ");
    (void)snprintf(file, sizeof file, "crls/%.*s.crl", (int)len, names);
    sztp__blob_t crl = pki_file(file);
    assert_int_equal(sztp__buf_add(&all, crl.data, crl.len), SZTP_OK);
    free(crl.data);
    names += len;
    names += strspn(names, " ");
  }
  assert_int_equal(sztp__buf_take(&all, &crls.data, &crls.len), SZTP_OK);
  return crls;
}

sztp__blob_t artifact_sign(const char *document, uint32_t type, const char *signer_name, const char *chain) {
  return artifact_sign_with(document, type, signer_name, chain, "");
}

sztp__blob_t artifact_sign_with(const char *document, uint32_t type, const char *signer_name,
                                const char *chain, const char *crl_names) {
  sztp__buf_t out;
  sztp__blob_t blob = {NULL, 0};
  sztp_signer_t *signer = pki_signer(artifact_maker, signer_name, chain);
  sztp__blob_t crls = pki_crls(crl_names);
  if (crls.len > 0) assert_int_equal(sztp_signer_add_crls(signer, crls.data, crls.len), 0);
  sztp_artifacts_free(artifact_maker, crls.data);
  sztp__buf_init(&out, artifact_maker, 1 << 20);
  assert_int_equal(sztp__signed_data_write(signer, type, sztp__span_of(document), &out), 0);
  assert_int_equal(sztp__buf_take(&out, &blob.data, &blob.len), 0);
  sztp_signer_free(signer);
  return blob;
}

sztp__blob_t artifact_content(uint32_t type, const char *document) {
  sztp__buf_t out;
  sztp__blob_t blob = {NULL, 0};
  sztp__buf_init(&out, artifact_maker, 1 << 20);
  assert_int_equal(sztp__cms_write_content(&out, type, sztp__span_of(document)), SZTP_OK);
  assert_int_equal(sztp__buf_take(&out, &blob.data, &blob.len), SZTP_OK);
  return blob;
}

sztp__blob_t artifact_owner_cert_with(const char *file, const char *crl_names) {
  sztp__blob_t pem = pki_file(file);
  sztp__blob_t crls = pki_crls(crl_names);
  sztp__blob_t blob = {NULL, 0};
  assert_int_equal(
      sztp_owner_cert_make(artifact_maker, pem.data, pem.len, crls.data, crls.len, &blob.data, &blob.len),
      SZTP_OK);
  free(pem.data);
  sztp_artifacts_free(artifact_maker, crls.data);
  return blob;
}

sztp__blob_t artifact_owner_cert(const char *file) { return artifact_owner_cert_with(file, ""); }

const char *pki_base64(const char *name) {
  static char text[8192];
  sztp__buf_t der;
  sztp__buf_t out;
  sztp__buf_init(&out, artifact_maker, sizeof text - 1);
  assert_int_equal(sztp__base64_encode(&out, pki_der(artifact_maker, name, &der)), SZTP_OK);
  memcpy(text, out.data, out.len + 1);
  sztp__buf_clear(&out);
  sztp__buf_clear(&der);
  return text;
}

const char *artifact_date(int64_t t) {
  static char texts[8][24];
  static unsigned n;
  return sztp__time_format(texts[n++ % 8], t);
}

const char *artifact_voucher_document(const char *name, const char *value) {
  static char document[8192];
  char created[40];
  char pinned[6000];
  (void)snprintf(created, sizeof created, "\"%s\"", artifact_date((int64_t)time(NULL) - 3600));
  (void)snprintf(pinned, sizeof pinned, "\"%s\"", pki_base64("owner-root.pem"));
  const struct {
    const char *name;
    const char *value;
  } leaves[] = {{"created-on", created},
                {"assertion", "\"verified\""},
                {"serial-number", "\"" MOCK_SERIAL "\""},
                {"pinned-domain-cert", pinned},
                {"expires-on", NULL},
                {"nonce", NULL},
                {"idevid-issuer", NULL},
                {"last-renewal-date", NULL},
                {"domain-cert-revocation-checks", NULL},
                {"pinned-domain-pubk", NULL},
                {"pinned-domain-pubk-sha256", NULL}};
  size_t at = (size_t)snprintf(document, sizeof document, "{\"ietf-voucher:voucher\":{\"x\":0");
  for (size_t i = 0; i < TEST_COUNT_OF(leaves); i++) {
    const char *v = name != NULL && strcmp(name, leaves[i].name) == 0 ? value : leaves[i].value;
    if (v != NULL)
      at += (size_t)snprintf(document + at, sizeof document - at, ",\"%s\":%s", leaves[i].name, v);
  }
  (void)snprintf(document + at, sizeof document - at, "}}");
  return document;
}

sztp__blob_t artifact_voucher_with(const char *name, const char *value) {
  return artifact_sign(artifact_voucher_document(name, value), SZTP__CMS_VOUCHER_JSON, "voucher-signer",
                       "mfr-int.pem");
}

/* ---- one verification ---------------------------------------------------------------------------- */

artifact_set_t artifact_set_open(void) {
  artifact_set_t s;
  memset(&s, 0, sizeof s);
  s.mock = mock_new(0);
  s.ci = artifact_sign(MOCK_ONBOARDING, SZTP__CMS_CONVEYED_JSON, "owner", NULL);
  s.oc = artifact_owner_cert("owner-chain.pem");
  s.ov = artifact_voucher_with(NULL, NULL);
  s.time = (int64_t)time(NULL);
  return s;
}

void artifact_set_close(artifact_set_t *s) {
  mock_free(s->mock);
  sztp_artifacts_free(artifact_maker, s->ci.data);
  sztp_artifacts_free(artifact_maker, s->oc.data);
  sztp_artifacts_free(artifact_maker, s->ov.data);
  sztp_artifacts_free(artifact_maker, s->crl.data);
}

void artifact_replace(sztp__blob_t *slot, sztp__blob_t blob) {
  sztp_artifacts_free(artifact_maker, slot->data);
  *slot = blob;
}

static int32_t fill(const artifact_set_t *s, sztp_bundle_t *b) {
  const struct {
    uint32_t artifact;
    sztp__blob_t blob;
  } parts[] = {{SZTP_ARTIFACT_CONVEYED_INFO, s->ci}, {SZTP_ARTIFACT_OWNER_CERT, s->oc},
               {SZTP_ARTIFACT_VOUCHER, s->ov},       {SZTP_ARTIFACT_NONCE, s->nonce},
               {SZTP_ARTIFACT_PINNED, s->pinned},    {SZTP_ARTIFACT_CRL, s->crl}};
  int32_t rc = SZTP_OK;
  for (size_t i = 0; rc == SZTP_OK && i < TEST_COUNT_OF(parts); i++)
    if (parts[i].blob.data != NULL)
      rc = sztp_bundle_set(b, parts[i].artifact, parts[i].blob.data, parts[i].blob.len);
  return rc;
}

int32_t artifact_set_verify(const artifact_set_t *s, sztp_verdict_t **verdict) {
  sztp_bundle_t *b = NULL;
  *verdict = NULL;
  int32_t rc = sztp_bundle_new(s->mock->ctx, &b);
  if (rc == SZTP_OK) rc = fill(s, b);
  if (rc == SZTP_OK) rc = sztp_verify(s->mock->dev, b, s->time, s->channel, verdict);
  sztp_bundle_free(b);
  return rc;
}

void artifact_set_expect(const artifact_set_t *s, uint32_t step, const char *reason, const char *cause) {
  sztp_verdict_t *v = NULL;
  int32_t rc = artifact_set_verify(s, &v);
  uint32_t failed = 0;
  assert_non_null(v);
  for (uint32_t i = 1; sztp_step_name(i)[0] != '\0'; i++) {
    uint32_t state = 0;
    assert_int_equal(sztp_verdict_step(v, i, &state, NULL), 0);
    if (state == SZTP_STEP_FAILED) failed = i;
    int before = failed == SZTP_STEP_DECRYPTION && i <= SZTP_STEP_PINNED_CERT; /* the voucher's steps */
    if (failed != 0 && i > failed && !before) assert_int_equal(state, SZTP_STEP_SKIPPED); /* VERIFY-02 */
  }
  if (failed != step || strcmp(sztp_verdict_text(v, failed, SZTP_TEXT_REASON), reason) != 0 ||
      (cause != NULL && strcmp(sztp_verdict_text(v, failed, SZTP_TEXT_CAUSE), cause) != 0))
    fail_msg("%s at %s: %s, %s: %s; expected %s, %s, %s", sztp_error_name(rc), sztp_step_name(failed),
             sztp_verdict_text(v, failed, SZTP_TEXT_REASON), sztp_verdict_text(v, failed, SZTP_TEXT_CAUSE),
             sztp_verdict_text(v, failed, SZTP_TEXT_DETAIL), sztp_step_name(step), reason,
             cause == NULL ? "-" : cause);
  assert_int_equal(rc == SZTP_OK, step == 0);
  assert_int_equal(sztp_verdict_accepted(v), step == 0);
  if (step != 0) {
    assert_null(sztp_verdict_info(v));
    assert_int_equal(sztp_verdict_trusted(v), 0);
    assert_string_not_equal(sztp_verdict_text(v, step, SZTP_TEXT_DETAIL), "");
  }
  sztp_verdict_free(v);
}

void artifact_set_expect_detail(const artifact_set_t *s, uint32_t step, const char *part) {
  sztp_verdict_t *v = NULL;
  (void)artifact_set_verify(s, &v);
  assert_non_null(v);
  if (strstr(sztp_verdict_text(v, step, SZTP_TEXT_DETAIL), part) == NULL)
    fail_msg("\"%s\", expected \"%s\"", sztp_verdict_text(v, step, SZTP_TEXT_DETAIL), part);
  sztp_verdict_free(v);
}

void artifact_set_new_device(artifact_set_t *s, uint32_t role) {
  sztp_device_free(s->mock->dev);
  assert_int_equal(sztp_device_new(s->mock->ctx, &s->mock->dev), SZTP_OK);
  test_add_cert(s->mock->dev, role, "mfr-root.pem");
  assert_int_equal(sztp_device_set_text(s->mock->dev, SZTP_DEVICE_SERIAL, MOCK_SERIAL), SZTP_OK);
}

size_t artifact_set_every_allocation(const artifact_set_t *s, int32_t code) {
  size_t without_verdict = 0;
  for (size_t n = 1;; n += TEST_SAMPLE) {
    sztp_verdict_t *v = NULL;
    test_memory_t *memory = &s->mock->memory;
    size_t blocks = memory->blocks;
    memory->fail_at = memory->calls + n;
    int32_t rc = artifact_set_verify(s, &v);
    int met = memory->calls >= memory->fail_at;
    memory->fail_at = 0;
    if (rc != (v == NULL ? SZTP_ERR_MEMORY : code)) fail_msg("allocation %zu: %s", n, sztp_error_name(rc));
    without_verdict += v == NULL;
    sztp_verdict_free(v);
    assert_int_equal(memory->blocks, blocks);
    if (!met) return without_verdict;
  }
}

int artifact_set_setup(void **state) {
  (void)state;
  return sztp_ctx_new(NULL, &artifact_maker);
}

int artifact_set_teardown(void **state) {
  (void)state;
  sztp_ctx_free(artifact_maker);
  return 0;
}
