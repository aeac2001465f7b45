/* SPDX-License-Identifier: Apache-2.0 */
/* The containers of artifacts as the field makes them, through sztp_verify(): BER in all its forms, several
 * signers, good and bad ones, in vouchers and in conveyed information. */
#include "mock_host.h"

#include "artifacts/signer.h"
#include "cryptography/cms.h"

#define SIZE_MOST ((size_t)1 << 20)

/* ---- one verification ---------------------------------------------------------------------------- */

typedef struct set {
  mock_host_t *mock;
  sztp__blob_t ci, oc, ov;
} set_t;

static set_t open_set(void) {
  set_t s = {mock_new(0), artifact_conveyed(MOCK_ONBOARDING, "owner"), owner_artifacts()->owner_cert,
             owner_artifacts()->voucher};
  return s;
}

static void close_set(set_t *s) { mock_free(s->mock); }

static sztp_verdict_t *judge(const set_t *s) {
  sztp_bundle_t *b = NULL;
  sztp_verdict_t *v = NULL;
  assert_int_equal(sztp_bundle_new(s->mock->ctx, &b), 0);
  assert_int_equal(sztp_bundle_set(b, SZTP_ARTIFACT_CONVEYED_INFO, s->ci.data, s->ci.len), 0);
  assert_int_equal(sztp_bundle_set(b, SZTP_ARTIFACT_OWNER_CERT, s->oc.data, s->oc.len), 0);
  assert_int_equal(sztp_bundle_set(b, SZTP_ARTIFACT_VOUCHER, s->ov.data, s->ov.len), 0);
  int32_t rc = sztp_verify(s->mock->dev, b, s->mock->time, SZTP_CHANNEL_UNTRUSTED, &v);
  assert_non_null(v);
  assert_int_equal(rc == 0, sztp_verdict_accepted(v));
  sztp_bundle_free(b);
  return v;
}

/* @p step 0: accepted and trusted. */
static void expect(const set_t *s, const char *about, uint32_t step, const char *reason, const char *cause) {
  sztp_verdict_t *v = judge(s);
  uint32_t failed = 0;
  uint32_t state = 0;
  for (uint32_t i = 1; sztp_verdict_step(v, i, &state, NULL) == 0; i++)
    if (state == SZTP_STEP_FAILED) failed = i;
  if (failed != step || strcmp(sztp_verdict_text(v, failed, SZTP_TEXT_REASON), reason) != 0 ||
      strcmp(sztp_verdict_text(v, failed, SZTP_TEXT_CAUSE), cause) != 0)
    fail_msg("%s: failed at \"%s\": %s, %s: %s", about, sztp_step_name(failed),
             sztp_verdict_text(v, failed, SZTP_TEXT_REASON), sztp_verdict_text(v, failed, SZTP_TEXT_CAUSE),
             sztp_verdict_text(v, failed, SZTP_TEXT_DETAIL));
  assert_int_equal(sztp_verdict_trusted(v), step == 0);
  sztp_verdict_free(v);
}

/* ---- DER made BER -------------------------------------------------------------------------------- */

typedef struct style {
  int indefinite; /* every length that may be */
  int length;     /* octets of the other lengths, more than they need; 0: as few as they need */
  size_t piece;   /* octets of each piece of an OCTET STRING; 0: in one */
  int certs;      /* certificates as well, which makes them none */
} style_t;

#define SETS_LEVEL 3 /* where a SignedData has its sets of certificates and CRLs */

static void put_head(sztp__buf_t *out, uint8_t tag, size_t len, const style_t *style) {
  int count = style->length;
  sztp__buf_add_u8(out, tag);
  if (count == 0 && len >= 0x80) count = len > 0xffff ? 3 : len > 0xff ? 2 : 1;
  if (count == 0) {
    sztp__buf_add_u8(out, (uint8_t)len);
    return;
  }
  sztp__buf_add_u8(out, (uint8_t)(0x80 | count));
  for (int i = count; i > 0; i--) sztp__buf_add_u8(out, i > 4 ? 0 : (uint8_t)(len >> 8 * (i - 1)));
}

static void put_pieces(sztp__buf_t *out, sztp__span_t octets, const style_t *style) {
  sztp__buf_add(out, "\x24\x80", 2);
  for (size_t at = 0; at < octets.len; at += style->piece) {
    size_t n = octets.len - at < style->piece ? octets.len - at : style->piece;
    put_head(out, SZTP__DER_OCTET_STRING, n, style);
    sztp__buf_add(out, octets.data + at, n);
  }
  sztp__buf_add(out, "\0\0", 2);
}

static void put_constructed(sztp__buf_t *out, uint8_t tag, sztp__span_t inside, const style_t *style) {
  if (!style->indefinite) {
    put_head(out, tag, inside.len, style);
    sztp__buf_add_span(out, inside);
    return;
  }
  sztp__buf_add_u8(out, tag);
  sztp__buf_add_u8(out, 0x80);
  sztp__buf_add_span(out, inside);
  sztp__buf_add(out, "\0\0", 2);
}

/* Artifacts of our own are never deep, so that this may call itself. */
static void put_ber(sztp__buf_t *out, sztp__span_t der, int level, const style_t *style) {
  sztp__der_t d;
  sztp__tlv_t tlv;
  sztp__der_init(&d, out->ctx, der);
  while (!sztp__der_at_end(&d)) {
    assert_int_equal(sztp__der_any(&d, &tlv), 0);
    if (tlv.tag == SZTP__DER_OCTET_STRING && style->piece > 0) {
      put_pieces(out, tlv.value, style);
    } else if ((tlv.tag & 0x20) == 0) {
      put_head(out, tlv.tag, tlv.value.len, style);
      sztp__buf_add_span(out, tlv.value);
    } else {
      sztp__buf_t inside;
      int keep = level == SETS_LEVEL && (tlv.tag == 0xa0 || tlv.tag == 0xa1) && !style->certs;
      sztp__buf_init(&inside, out->ctx, SIZE_MOST);
      if (keep)
        sztp__buf_add_span(&inside, tlv.value);
      else
        put_ber(&inside, tlv.value, level + 1, style);
      put_constructed(out, tlv.tag, sztp__buf_span(&inside), style);
      sztp__buf_clear(&inside);
    }
  }
}

/* A copy from malloc(). */
static sztp__blob_t copy_of(sztp__span_t s) {
  sztp__blob_t blob = {(uint8_t *)malloc(s.len), s.len};
  assert_non_null(blob.data);
  memcpy(blob.data, s.data, s.len);
  return blob;
}

static sztp__blob_t to_ber(sztp_ctx_t *ctx, sztp__blob_t der, const style_t *style) {
  sztp__buf_t out;
  sztp__buf_init(&out, ctx, SIZE_MOST);
  put_ber(&out, sztp__span(der.data, der.len), 0, style);
  assert_int_equal(out.status, 0);
  sztp__blob_t blob = copy_of(sztp__buf_span(&out));
  sztp__buf_clear(&out);
  return blob;
}

/* CMS-02, CMS-06, D-77: the same artifacts in each style of BER, one and all of them */
static void test_ber(void **state) {
  (void)state;
  static const style_t styles[] = {{1, 0, 0, 0},   {0, 3, 0, 0}, {0, 8, 0, 0},   {1, 0, 1, 0},
                                   {1, 0, 100, 0}, {1, 2, 7, 0}, {0, 0, 1000, 0}};
  set_t good = open_set();
  for (size_t i = 0; i < TEST_COUNT_OF(styles); i++) {
    sztp__blob_t ber[3] = {to_ber(good.mock->ctx, good.ci, &styles[i]),
                           to_ber(good.mock->ctx, good.oc, &styles[i]),
                           to_ber(good.mock->ctx, good.ov, &styles[i])};
    for (unsigned which = 1; which < 8; which++) {
      set_t s = good;
      if (which & 1) s.ci = ber[0];
      if (which & 2) s.oc = ber[1];
      if (which & 4) s.ov = ber[2];
      sztp_verdict_t *v = judge(&s);
      const uint8_t *config = NULL;
      size_t len = 0;
      if (!sztp_verdict_trusted(v)) fail_msg("style %zu, artifacts %u", i, which);
      assert_int_equal(sztp_info_bytes(sztp_verdict_info(v), SZTP_INFO_CONFIG, 0, &config, &len), 0);
      assert_int_equal(len, 6);
      assert_memory_equal(config, "config", 6);
      sztp_verdict_free(v);
    }
    for (size_t n = 0; n < 3; n++) free(ber[n].data);
  }
  close_set(&good);
}

/* PKIX-02: certificates that are not DER are passed over, whatever surrounds them */
static void test_ber_certificates(void **state) {
  (void)state;
  static const style_t styles[] = {{1, 0, 0, 1}, {0, 3, 0, 1}};
  set_t s = open_set();
  for (size_t i = 0; i < TEST_COUNT_OF(styles); i++) {
    sztp__blob_t der = s.oc;
    s.oc = to_ber(s.mock->ctx, der, &styles[i]);
    expect(&s, "owner certificate", SZTP_STEP_OWNER_FORMAT, "cms-no-certificates", "");
    free(s.oc.data);
    s.oc = der;
    der = s.ov;
    s.ov = to_ber(s.mock->ctx, der, &styles[i]);
    expect(&s, "voucher", SZTP_STEP_VOUCHER_SIGNATURE, "voucher-untrusted", "cms-signer-unknown");
    free(s.ov.data);
    s.ov = der;
  }
  close_set(&s);
}

/* ---- several signers ----------------------------------------------------------------------------- */

/* The contents of the last field of a SignedData with tag @p tag. */
static sztp__span_t field_of(sztp_ctx_t *ctx, sztp__blob_t artifact, uint8_t tag) {
  sztp__der_t d;
  sztp__der_t inside;
  sztp__tlv_t tlv;
  sztp__span_t found = {NULL, 0};
  sztp__der_init(&d, ctx, sztp__span(artifact.data, artifact.len));
  assert_int_equal(sztp__der_enter(&d, SZTP__DER_SEQUENCE, &inside), 0);
  assert_int_equal(sztp__der_any(&inside, &tlv), 0);
  assert_int_equal(sztp__der_enter(&inside, SZTP__DER_CONTEXT_CONSTRUCTED, &d), 0);
  assert_int_equal(sztp__der_enter(&d, SZTP__DER_SEQUENCE, &inside), 0);
  while (!sztp__der_at_end(&inside)) {
    assert_int_equal(sztp__der_any(&inside, &tlv), 0);
    if (tlv.tag == tag) found = tlv.value; /* signerInfos is the last SET */
  }
  return found;
}

/* One SignedData with the signers and certificates of two over the same content. */
static sztp__blob_t joined(sztp_ctx_t *ctx, sztp__blob_t a, sztp__blob_t b) {
  size_t marks[5];
  sztp__buf_t out;
  sztp__buf_init(&out, ctx, SIZE_MOST);
  sztp__der_open(&out, SZTP__DER_SEQUENCE, &marks[0]);
  sztp__der_put_oid(&out, sztp__cms_type_oid(SZTP__CMS_SIGNED));
  sztp__der_open(&out, SZTP__DER_CONTEXT_CONSTRUCTED, &marks[1]);
  sztp__der_open(&out, SZTP__DER_SEQUENCE, &marks[2]);
  sztp__der_put_small(&out, 3);
  sztp__der_put(&out, SZTP__DER_SET, sztp__span(NULL, 0));
  sztp__der_put(&out, SZTP__DER_SEQUENCE, field_of(ctx, a, SZTP__DER_SEQUENCE));
  static const uint8_t tags[] = {SZTP__DER_CONTEXT_CONSTRUCTED, SZTP__DER_SET};
  for (size_t i = 0; i < 2; i++) {
    sztp__der_open(&out, tags[i], &marks[3]);
    sztp__buf_add_span(&out, field_of(ctx, a, tags[i]));
    sztp__buf_add_span(&out, field_of(ctx, b, tags[i]));
    sztp__der_close_set_of(&out, marks[3]);
  }
  for (size_t i = 3; i > 0; i--) sztp__der_close(&out, marks[i - 1]);
  assert_int_equal(out.status, 0);
  sztp__blob_t blob = copy_of(sztp__buf_span(&out));
  sztp__buf_clear(&out);
  return blob;
}

static sztp__blob_t sign(sztp_ctx_t *ctx, sztp__span_t document, uint32_t type, const char *name,
                         const char *chain) {
  sztp__buf_t out;
  sztp_signer_t *signer = pki_signer(ctx, name, chain);
  sztp__buf_init(&out, ctx, SIZE_MOST);
  assert_int_equal(sztp__signed_data_write(signer, type, document, &out), 0);
  sztp__blob_t blob = copy_of(sztp__buf_span(&out));
  sztp__buf_clear(&out);
  sztp_signer_free(signer);
  return blob;
}

/* Breaks the signature of whoever has the certificate NAME.pem: the last octet of it. */
static void break_signature(sztp_ctx_t *ctx, sztp__blob_t *artifact, const char *name) {
  char file[64];
  sztp__cert_t cert;
  sztp__cms_t *cms = NULL;
  uint8_t *der = NULL;
  size_t len = 0;
  int broken = 0;
  (void)snprintf(file, sizeof file, "%s.pem", name);
  sztp__blob_t pem = pki_file(file);
  assert_int_equal(sztp_artifacts_make_der(ctx, pem.data, pem.len, &der, &len), 0);
  assert_int_equal(sztp__cert_parse(ctx, sztp__span(der, len), &cert), 0);
  assert_int_equal(sztp__cms_parse(ctx, sztp__span(artifact->data, artifact->len), &cms), 0);
  for (size_t i = 0; i < cms->signer_count; i++) {
    int named = 0;
    assert_int_equal(sztp__cms_signer_is(ctx, &cms->signers[i], &cert, &named), SZTP_OK);
    if (!named) continue;
    sztp__span_t signature = cms->signers[i].signature;
    artifact->data[(size_t)(signature.data - artifact->data) + signature.len - 1] ^= 1;
    broken++;
  }
  assert_int_equal(broken, 1);
  sztp__cms_free(ctx, cms);
  sztp_artifacts_free(ctx, der);
  free(pem.data);
}

/* A certificate bag of several files. */
static sztp__blob_t bag_of(sztp_ctx_t *ctx, const char *const *files, size_t count) {
  uint8_t all[16384];
  size_t len = 0;
  uint8_t *out = NULL;
  size_t out_len = 0;
  for (size_t i = 0; i < count; i++) {
    sztp__blob_t pem = pki_file(files[i]);
    assert_true(len + pem.len <= sizeof all);
    memcpy(all + len, pem.data, pem.len);
    len += pem.len;
    free(pem.data);
  }
  assert_int_equal(sztp_owner_cert_make(ctx, all, len, NULL, 0, &out, &out_len), 0);
  sztp__blob_t blob = copy_of(sztp__span(out, out_len));
  sztp_artifacts_free(ctx, out);
  return blob;
}

/* CMS-12, CMS-13, VERIFY-05: conveyed information of two signers */
static void test_info_signers(void **state) {
  (void)state;
  static const char *const both[] = {"owner-chain.pem", "owner-rsa.pem"};
  static const char *const with_other[] = {"owner-chain.pem", "other.pem"};
  set_t s = open_set();
  sztp_ctx_t *ctx = s.mock->ctx;
  sztp__span_t document = sztp__span_of(MOCK_ONBOARDING);
  sztp__blob_t owner = sign(ctx, document, SZTP__CMS_CONVEYED_JSON, "owner", NULL);
  sztp__blob_t rsa = sign(ctx, document, SZTP__CMS_CONVEYED_JSON, "owner-rsa", NULL);
  sztp__blob_t other = sign(ctx, document, SZTP__CMS_CONVEYED_JSON, "other", NULL);
  sztp__blob_t owner_bag = s.oc;
  sztp__blob_t both_bag = bag_of(ctx, both, 2);
  sztp__blob_t other_bag = bag_of(ctx, with_other, 2);

  s.ci = joined(ctx, owner, other);
  expect(&s, "the owner, and somebody who is not in the bag", 0, "", "");
  s.oc = other_bag;
  expect(&s, "the owner, and somebody who is in the bag", 0, "", "");
  break_signature(ctx, &s.ci, "owner");
  expect(&s, "the owner's is broken, a stranger's is good", SZTP_STEP_INFO_SIGNATURE, "cms-signature-invalid",
         "");
  s.oc = owner_bag;
  expect(&s, "the same, the stranger not in the bag", SZTP_STEP_INFO_SIGNATURE, "cms-signature-invalid", "");
  free(s.ci.data);

  s.ci = joined(ctx, other, other);
  s.oc = other_bag;
  expect(&s, "strangers only", SZTP_STEP_OWNER_CHAIN, "owner-untrusted", "pkix-no-path");
  s.oc = owner_bag;
  expect(&s, "strangers that are nowhere", SZTP_STEP_OWNER_SIGNER, "signer-not-owner", "");
  free(s.ci.data);

  s.ci = joined(ctx, owner, rsa);
  s.oc = both_bag;
  expect(&s, "two of the owner's", 0, "", "");
  break_signature(ctx, &s.ci, "owner");
  expect(&s, "one of the two broken", 0, "", "");
  break_signature(ctx, &s.ci, "owner-rsa");
  expect(&s, "both broken", SZTP_STEP_INFO_SIGNATURE, "cms-signature-invalid", "");
  free(s.ci.data);
  free(owner.data);
  free(rsa.data);
  free(other.data);
  free(both_bag.data);
  free(other_bag.data);
  close_set(&s);
}

/* CMS-13, VOUCH-04, VOUCH-06: a voucher of two signers */
static void test_voucher_signers(void **state) {
  (void)state;
  set_t s = open_set();
  sztp_ctx_t *ctx = s.mock->ctx;
  sztp__cms_t *cms = NULL;
  assert_int_equal(sztp__cms_parse(ctx, sztp__span(s.ov.data, s.ov.len), &cms), 0);
  sztp__blob_t good = sign(ctx, cms->econtent, SZTP__CMS_VOUCHER_JSON, "voucher-signer", "mfr-int.pem");
  sztp__blob_t stranger = sign(ctx, cms->econtent, SZTP__CMS_VOUCHER_JSON, "other", "other-root.pem");
  s.ov = joined(ctx, good, stranger);
  expect(&s, "the manufacturer and a stranger", 0, "", "");
  break_signature(ctx, &s.ov, "other");
  expect(&s, "the stranger's is broken", 0, "", "");
  break_signature(ctx, &s.ov, "voucher-signer");
  expect(&s, "both are broken", SZTP_STEP_VOUCHER_SIGNATURE, "voucher-untrusted", "cms-signature-invalid");
  free(s.ov.data);
  s.ov = joined(ctx, good, stranger);
  break_signature(ctx, &s.ov, "voucher-signer");
  expect(&s, "the stranger's alone is good", SZTP_STEP_VOUCHER_SIGNATURE, "voucher-untrusted",
         "cms-signature-invalid");
  free(s.ov.data);
  sztp__cms_free(ctx, cms);
  free(good.data);
  free(stranger.data);
  close_set(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_ber),
      cmocka_unit_test(test_ber_certificates),
      cmocka_unit_test(test_info_signers),
      cmocka_unit_test(test_voucher_signers),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
