/* SPDX-License-Identifier: Apache-2.0 */
/* Forms of artifacts that libsztp-artifacts does not make: structures put together by hand, vouchers in CBOR
 * and COSE with any leaf. What is made is freed with sztp_artifacts_free(), or owned by a set. */
#ifndef SZTP_TESTS_ARTIFACT_FORMS_H
#define SZTP_TESTS_ARTIFACT_FORMS_H

#include <time.h>

#include "artifact_set.h"
#include "artifacts/signer.h"
#include "cryptography/cms_write.h"
#include "formats/cbor.h"
#include "trust/device_private.h"
#include "trust/voucher.h"

/* Wraps what is in @p b in one more tag. */
static inline void forms_wrap(sztp__buf_t *b, uint8_t tag) {
  sztp__buf_t out;
  sztp__buf_init(&out, artifact_maker, 1 << 20);
  assert_int_equal(sztp__der_put(&out, tag, sztp__buf_span(b)), 0);
  sztp__buf_clear(b);
  *b = out;
}

static inline void forms_put_before(sztp__buf_t *b, const void *data, size_t len) {
  sztp__buf_t out;
  sztp__buf_init(&out, artifact_maker, 1 << 20);
  (void)sztp__buf_add(&out, data, len);
  assert_int_equal(sztp__buf_add_span(&out, sztp__buf_span(b)), 0);
  sztp__buf_clear(b);
  *b = out;
}

struct forms_leaf {
  const char *leaf;
  const char *value; /* NULL leaves it out */
  uint32_t step;     /* 0: accepted */
  const char *reason;
};

/* Two spans, one behind the other, as a JSON string of base64. */
static inline void forms_quote_base64(char *out, size_t room, sztp__span_t a, sztp__span_t b) {
  sztp__buf_t octets;
  sztp__buf_t text;
  sztp__buf_init(&octets, artifact_maker, room);
  sztp__buf_init(&text, artifact_maker, room);
  (void)sztp__buf_add_span(&octets, a);
  assert_int_equal(sztp__buf_add_span(&octets, b), 0);
  assert_int_equal(sztp__base64_encode(&text, sztp__buf_span(&octets)), 0);
  assert_true((size_t)snprintf(out, room, "\"%s\"", (const char *)text.data) < room);
  sztp__buf_clear(&octets);
  sztp__buf_clear(&text);
}

/* The document of a usual voucher in CBOR: node @p replaced has @p value (one CBOR item; an empty one leaves
 * it out). */
static inline sztp__blob_t forms_cbor_document(uint32_t replaced, sztp__span_t value) {
  sztp__buf_t out;
  sztp__buf_t root;
  sztp__blob_t blob = {NULL, 0};
  sztp__buf_init(&out, artifact_maker, 1 << 16);
  (void)sztp__buf_add(&out, "\xa1\x19\x09\x93\xbf", 5);
  for (uint32_t node = 1; node < 16; node++) {
    int usual = node == SZTP__NODE_ASSERTION || node == SZTP__NODE_CREATED_ON ||
                node == SZTP__NODE_PINNED_CERT || node == SZTP__NODE_SERIAL;
    if (node == replaced ? value.len == 0 : !usual) continue;
    (void)sztp__cbor_put_uint(&out, node);
    if (node == replaced) {
      (void)sztp__buf_add_span(&out, value);
    } else if (node == SZTP__NODE_ASSERTION) {
      (void)sztp__cbor_put_uint(&out, 0);
    } else if (node == SZTP__NODE_CREATED_ON) {
      (void)sztp__cbor_put_text(&out, sztp__span_of(artifact_date((int64_t)time(NULL) - 3600)));
    } else if (node == SZTP__NODE_SERIAL) {
      (void)sztp__cbor_put_text(&out, sztp__span_of(MOCK_SERIAL));
    } else {
      (void)sztp__cbor_put_bytes(&out, pki_der(artifact_maker, "owner-root.pem", &root));
      sztp__buf_clear(&root);
    }
  }
  assert_int_equal(sztp__buf_add_u8(&out, 0xff), 0);
  assert_int_equal(sztp__buf_take(&out, &blob.data, &blob.len), 0);
  return blob;
}

static inline sztp__blob_t forms_cose_around(sztp__blob_t document, const char *signer_name,
                                             const char *chain, int no_certs) {
  sztp__buf_t out;
  sztp__blob_t blob = {NULL, 0};
  sztp_signer_t *signer = pki_signer(artifact_maker, signer_name, chain);
  signer->no_certs = (uint8_t)no_certs;
  sztp__buf_init(&out, artifact_maker, 1 << 20);
  assert_int_equal(sztp__cose_sign1_write(signer, sztp__span(document.data, document.len), &out), 0);
  assert_int_equal(sztp__buf_take(&out, &blob.data, &blob.len), 0);
  sztp_signer_free(signer);
  sztp_artifacts_free(artifact_maker, document.data);
  return blob;
}

static inline sztp__blob_t forms_cose_with(uint32_t node, sztp__span_t value) {
  return forms_cose_around(forms_cbor_document(node, value), "voucher-signer", "mfr-int.pem", 0);
}

static inline sztp__blob_t forms_usual_cose(void) { return forms_cose_with(0, sztp__span(NULL, 0)); }

/* With the policy that accepts such vouchers. */
static inline artifact_set_t forms_open_constrained(void) {
  artifact_set_t s = artifact_set_open();
  assert_int_equal(sztp_device_set_i64(s.mock->dev, SZTP_POLICY_CONSTRAINED_VOUCHER, 1), 0);
  artifact_replace(&s.ov, forms_usual_cose());
  return s;
}

static inline sztp__span_t forms_text(sztp__buf_t *b, const char *text) {
  sztp__buf_init(b, artifact_maker, 1 << 16);
  assert_int_equal(sztp__cbor_put_text(b, sztp__span_of(text)), 0);
  return sztp__buf_span(b);
}

static inline sztp__span_t forms_bytes(sztp__buf_t *b, sztp__span_t first, sztp__span_t second) {
  sztp__buf_init(b, artifact_maker, 1 << 16);
  (void)sztp__cbor_put_bytes_head(b, first.len + second.len);
  (void)sztp__buf_add_span(b, first);
  assert_int_equal(sztp__buf_add_span(b, second), 0);
  return sztp__buf_span(b);
}

#endif
