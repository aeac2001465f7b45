/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates: what was decoded lies inside the input, says the same again, and can be asked everything. */
#include "fuzzing.h"

#include "cryptography/cert.h"
#include "fuzz/mutate.h"

static void check_spans(const sztp__cert_t *c) {
  const sztp__span_t parts[] = {c->tbs,
                                c->serial,
                                c->issuer,
                                c->subject,
                                c->spki,
                                c->signature,
                                c->ext_key_usage,
                                c->subject_key_id,
                                c->authority_key_id,
                                c->authority_key_id_octets,
                                c->subject_alt_name,
                                c->name_constraints,
                                c->policies,
                                c->policy_mappings,
                                c->unknown_critical};
  for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) CHECK(fuzz_inside(parts[i], c->der));
}

static void check_names(sztp_ctx_t *ctx, const sztp__cert_t *c) {
  char text[64];
  size_t count = 0;
  uint8_t *value = NULL;
  size_t len = 0;
  static const uint8_t common_name[] = {0x55, 0x04, 0x03};
  CHECK(sztp__name_check(ctx, c->subject) == 0);
  CHECK(c->self_issued == sztp__name_equal(NULL, c->subject, c->issuer));
  CHECK(sztp__name_within(NULL, c->subject, c->subject) == SZTP__NAME_EQUAL);
  sztp__name_text(text, sizeof text, c->subject);
  CHECK(memchr(text, 0, sizeof text) != NULL);
  (void)sztp__name_attribute(ctx, c->subject, sztp__span(common_name, sizeof common_name), &count, &value,
                             &len);
  sztp__free(ctx, value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  uint64_t held = 0;
  sztp__cert_t cert;
  sztp__cert_t again;
  sztp_ctx_t *ctx = fuzz_ctx_new(&held);
  int32_t rc = sztp__cert_parse(ctx, sztp__span(data, size), &cert);
  if (rc != 0) {
    CHECK(rc == SZTP_ERR_DER);
    fuzz_check_failure(ctx, rc);
  } else {
    CHECK(cert.version >= 1 && cert.version <= 3);
    check_spans(&cert);
    check_names(ctx, &cert);
    CHECK(sztp__cert_parse(ctx, cert.der, &again) == 0 && again.key_usage == cert.key_usage);
    int has = 0;
    (void)sztp__cert_has_key_id(ctx, &cert, cert.subject_key_id, &has);
    (void)sztp__cert_verify(ctx, &cert, cert.spki, 1);
  }
  fuzz_ctx_free(ctx, held);
  return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed) {
  return fuzz_mutate_der(data, size, max_size, seed, 0);
}
