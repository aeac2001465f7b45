/* SPDX-License-Identifier: Apache-2.0 */
/* For tests of decryption: sets of artifacts for a device that has a decryption key, what openssl(1) and the
 * tests themselves encrypted to it, and key functions that count. */
#ifndef SZTP_TESTS_DECRYPT_SET_H
#define SZTP_TESTS_DECRYPT_SET_H

#include "artifact_set.h"

#include "common/enveloped.h"
#include "trust/conveyed.h"

/* Artifacts that live as long as the program: those in a set are borrowed here. */
static void *kept[2048];
static size_t kept_count;

static inline sztp__blob_t keep(sztp__blob_t blob) {
  assert_true(kept_count < TEST_COUNT_OF(kept));
  kept[kept_count++] = blob.data;
  return blob;
}

/* Signed artifacts in clear, and a device whose identity key decrypts; with @p decryption also the
 * certificate and key enc/NAME of the test PKI. */
static inline artifact_set_t open_set(const char *decryption) {
  char file[64];
  artifact_set_t s = artifact_set_open();
  mock_key(s.mock, "idevid");
  if (decryption != NULL) {
    (void)snprintf(file, sizeof file, "enc/%s.pem", decryption);
    test_add_cert(s.mock->dev, SZTP_CERT_DECRYPTION, file);
    (void)snprintf(file, sizeof file, "enc/%s.key", decryption);
    sztp__blob_t key = pki_file(file);
    assert_int_equal(sztp_software_key_add(s.mock->keys, s.mock->dev, key.data, key.len), SZTP_OK);
    free(key.data);
  }
  assert_int_equal(sztp_device_set_key(s.mock->dev, sztp_software_key, s.mock->keys), SZTP_OK);
  keep(s.ci);
  keep(s.oc);
  keep(s.ov);
  return s;
}

static inline void close_set(artifact_set_t *s) {
  s->ci.data = s->oc.data = s->ov.data = NULL;
  artifact_set_close(s);
}

static inline uint32_t failed_step(const sztp_verdict_t *v) {
  uint32_t state = 0;
  for (uint32_t i = 1; sztp_step_name(i)[0] != '\0'; i++)
    if (sztp_verdict_step(v, i, &state, NULL) == SZTP_OK && state == SZTP_STEP_FAILED) return i;
  return 0;
}

static inline uint32_t state_of(const sztp_verdict_t *v, uint32_t step) {
  uint32_t state = 99;
  assert_int_equal(sztp_verdict_step(v, step, &state, NULL), SZTP_OK);
  return state;
}

/* Verifies and asserts the step that failed, its reason and the artifact. @p step 0: accepted. */
static inline void expect(const artifact_set_t *s, uint32_t step, const char *reason, const char *artifact) {
  sztp_verdict_t *v = NULL;
  int32_t rc = artifact_set_verify(s, &v);
  if (v == NULL) fail_msg("%s instead of a verdict", sztp_error_name(rc));
  uint32_t failed = failed_step(v);
  if (failed != step || strcmp(sztp_verdict_text(v, failed, SZTP_TEXT_REASON), reason) != 0 ||
      strcmp(sztp_verdict_text(v, failed, SZTP_TEXT_ARTIFACT), artifact) != 0)
    fail_msg("%s at %s: %s, %s: %s; expected %s, %s, %s", sztp_error_name(rc), sztp_step_name(failed),
             sztp_verdict_text(v, failed, SZTP_TEXT_REASON), sztp_verdict_text(v, failed, SZTP_TEXT_ARTIFACT),
             sztp_verdict_text(v, failed, SZTP_TEXT_DETAIL), sztp_step_name(step), reason, artifact);
  assert_int_equal(rc == SZTP_OK, step == 0);
  assert_int_equal(sztp_verdict_accepted(v), step == 0);
  if (step != 0) assert_null(sztp_verdict_info(v));
  sztp_verdict_free(v);
}

/* A key function that counts, in front of the real one. */
typedef struct counted {
  sztp_software_key_t *keys;
  unsigned calls;
  int32_t rc; /* instead, unless it is 0 */
} counted_t;

static inline int32_t count_key(void *user, const sztp_key_request_t *request, uint8_t *out, size_t out_cap,
                                size_t *out_len) {
  counted_t *c = user;
  c->calls++;
  return c->rc != 0 ? c->rc : sztp_software_key(c->keys, request, out, out_cap, out_len);
}

static inline void count_keys(artifact_set_t *s, counted_t *c) {
  memset(c, 0, sizeof *c);
  c->keys = s->mock->keys;
  assert_int_equal(sztp_device_set_key(s->mock->dev, count_key, c), SZTP_OK);
}

static inline sztp__blob_t take(sztp__buf_t *out) {
  sztp__blob_t blob = {NULL, 0};
  assert_int_equal(sztp__buf_take(out, &blob.data, &blob.len), SZTP_OK);
  return keep(blob);
}

static inline sztp__blob_t sign(const char *document, uint32_t type) {
  return keep(artifact_sign(document, type, "owner", NULL));
}

static inline sztp__blob_t content(uint32_t type, const char *document) {
  sztp__buf_t out;
  sztp__buf_init(&out, artifact_maker, 1 << 20);
  assert_int_equal(sztp__cms_write_content(&out, type, sztp__span_of(document)), SZTP_OK);
  return take(&out);
}

static inline sztp__blob_t theirs(const char *name) {
  char file[64];
  sztp__buf_t out;
  (void)snprintf(file, sizeof file, "enc/%s.cms", name);
  sztp__blob_t blob = pki_file(file);
  sztp__buf_init(&out, artifact_maker, 1 << 20);
  assert_int_equal(sztp__buf_add(&out, blob.data, blob.len), 0);
  free(blob.data);
  return take(&out);
}

/* An artifact with a content key that a stub answers, for the RSA certificate of the set. */
static inline sztp__blob_t build(const parts_t *p) {
  sztp__buf_t out;
  sztp__buf_init(&out, artifact_maker, 1 << 24);
  parts_put(&out, p);
  return take(&out);
}

static inline sztp__cert_t cert_of(const artifact_set_t *s, uint32_t role) {
  const uint8_t *der = NULL;
  size_t len = 0;
  sztp__cert_t cert;
  assert_int_equal(sztp_device_cert(s->mock->dev, role, 0, &der, &len), SZTP_OK);
  assert_int_equal(sztp__cert_parse(artifact_maker, sztp__span(der, len), &cert), 0);
  return cert;
}

static inline sztp__blob_t flipped(sztp__blob_t blob, size_t from_end) {
  sztp__buf_t out;
  sztp__buf_init(&out, artifact_maker, blob.len);
  assert_int_equal(sztp__buf_add(&out, blob.data, blob.len), 0);
  out.data[blob.len - 1 - from_end] ^= 1;
  return take(&out);
}

/* What was kept until the program ends is borrowed from it. */
static inline int teardown(void **state) {
  for (size_t i = 0; i < kept_count; i++) sztp_artifacts_free(artifact_maker, kept[i]);
  return artifact_set_teardown(state);
}

#endif
