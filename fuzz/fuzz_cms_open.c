/* SPDX-License-Identifier: Apache-2.0 */
/* Encrypted artifacts: an octet of settings, then an artifact, or text to encrypt in one. The private key's
 * answer is always the same, so only what is encrypted here decrypts. Whatever comes, the key is asked once
 * at most, and nothing is trusted that must not be. */
#include "fuzzing.h"

#include <sztp/device.h>
#include <sztp/verify.h>

#include "cryptography/cms_open.h"
#include "cryptography/cms_write.h"
#include "fuzz/mutate.h"

enum { /* the settings */
       KEY_OUTCOME = 0x03,
       IS_TEXT = 0x04,
       IS_GCM = 0x08,
       LABEL = 0x30,
       IS_TRUSTED = 0x40,
       IS_VOUCHER = 0x80
};

/* Whom artifacts are encrypted to: CN=e with an EC key, CN=r with an RSA key, which were thrown away. */
static const char certificates[] = "-----BEGIN CERTIFICATE-----\n"
                                   "MIIBKTCB0KADAgECAgEBMAoGCCqGSM49BAMCMAwxCjAIBgNVBAMMAWUwIBcNMjYx\n"
                                   "MTI1MDQxMjQ5WhgPMjEyNjExMDEwNDEyNDlaMAwxCjAIBgNVBAMMAWUwWTATBgcq\n"
                                   "hkjOPQIBBggqhkjOPQMBBwNCAARF18SGXnSJlbDae8STzJw8zUyGiAgGVx0NAmBC\n"
                                   "OvYSdGmAiSt3PDo3j1T8FSN4kOh1l615u2fJeCcQYduD2SzDoyEwHzAdBgNVHQ4E\n"
                                   "FgQUc6176nZCknUtv+3QRntpzuKJmGswCgYIKoZIzj0EAwIDSAAwRQIgZTZhJD2s\n"
                                   "hul9rs0WSMF25a1ilYhFdIPI5GCupdWmOZsCIQDke2cWPdItcnJfx/tH8jFGJqIc\n"
                                   "eoujhZpzOZVvRTaM1Q==\n"
                                   "-----END CERTIFICATE-----\n"
                                   "-----BEGIN CERTIFICATE-----\n"
                                   "MIICFTCCAbygAwIBAgIBAjAKBggqhkjOPQQDAjAMMQowCAYDVQQDDAFlMCAXDTI2\n"
                                   "MTEyNTA0MTI0OVoYDzIxMjYxMTAxMDQxMjQ5WjAMMQowCAYDVQQDDAFyMIIBIjAN\n"
                                   "BgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAq7z6Zn4jCDbaCambq4D02hzCpgX9\n"
                                   "3j1Wgap+EuTXx8v+hCjEYhvi9pW+tZeR2VnHR2jGbTCFTAJUjBUgJ7qj5Bx9t0zl\n"
                                   "IqPSqSjopc5Qx3vPAkH4lsy2jtSdU1n5PvghUBifU6oZBTpR6Js57lwF/5+3yC9I\n"
                                   "8bAwH/9IBwoCKxUWlPwmI/RfahkrjPMYiDZm9vsYkVRcP/udnY94DEPkofYOktoP\n"
                                   "dKQrv7SbCRrzi43MbnJgoB4Bo/a093UEtDNEdqGBZt7jZIUsb00vlINmuuSuf/JV\n"
                                   "nGR2+kQ1O3S59O6gtNxEIiQi8pHn1Giuu5x3BK0dfUxKPXqfT52nWlURRwIDAQAB\n"
                                   "o0IwQDAdBgNVHQ4EFgQU87PoBgpUHjB4p3JNNrhe8mw+4PwwHwYDVR0jBBgwFoAU\n"
                                   "c6176nZCknUtv+3QRntpzuKJmGswCgYIKoZIzj0EAwIDRwAwRAIge97FludavsYs\n"
                                   "sdZ2ZSItmMaSicPHDIexYJchOrM/bcoCICg/knjWnno0no6bE9j85ml2QsLf9/ne\n"
                                   "Wmcy8UIkzuL/\n"
                                   "-----END CERTIFICATE-----\n";

static const uint8_t answer[64] = {7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7};

typedef struct keeper {
  int32_t outcome;
  unsigned asked;
} keeper_t;

/* The key function. */
static int32_t use_key(void *user, const sztp_key_request_t *request, uint8_t *out, size_t out_cap,
                       size_t *out_len) {
  keeper_t *k = user;
  const uint8_t *data = NULL;
  size_t len = 0;
  k->asked++;
  CHECK(sztp_key_request_operation(request) != 0);
  CHECK(sztp_key_request_bytes(request, SZTP_KEY_F_INPUT, &data, &len) == 0 && len > 0);
  CHECK(sztp_key_request_bytes(request, SZTP_KEY_F_CERT, &data, &len) == 0 && len > 0);
  CHECK(out_cap > 0 && out_cap <= sizeof answer);
  memcpy(out, answer, out_cap);
  *out_len = out_cap;
  return k->outcome;
}

/* As good as any, and always the same. */
static int32_t give_random(void *user, uint8_t *out, size_t len) {
  (void)user;
  memset(out, 9, len);
  return 0;
}

/* ---- text that decrypts -------------------------------------------------------------------------- */

static void put_cipher(sztp__buf_t *out, uint32_t mode, sztp__span_t iv) {
  size_t alg = 0;
  size_t params = 0;
  sztp__der_open(out, SZTP__DER_SEQUENCE, &alg);
  sztp__der_put_oid(out, sztp__cipher_oid(mode, 16));
  if (mode == SZTP__CIPHER_GCM) sztp__der_open(out, SZTP__DER_SEQUENCE, &params);
  sztp__der_put(out, SZTP__DER_OCTET_STRING, iv);
  if (mode == SZTP__CIPHER_GCM) sztp__der_close(out, params);
  sztp__der_close(out, alg);
}

static void put_recipient(sztp__buf_t *out, const sztp__cert_t *cert) {
  size_t set = 0;
  size_t recipient = 0;
  size_t alg = 0;
  sztp__der_open(out, SZTP__DER_SET, &set);
  sztp__der_open(out, SZTP__DER_SEQUENCE, &recipient);
  sztp__der_put_small(out, 0);
  sztp__cms_put_issuer_serial(out, cert);
  sztp__der_open(out, SZTP__DER_SEQUENCE, &alg);
  sztp__der_put_oid(out, sztp__keyenc_oid(SZTP__KEYENC_RSA_PKCS1, SZTP__HASH_NONE));
  sztp__der_put_null(out);
  sztp__der_close(out, alg);
  sztp__der_put(out, SZTP__DER_OCTET_STRING, sztp__span("key", 3));
  sztp__der_close(out, recipient);
  sztp__der_close(out, set);
}

/* Encrypts @p text under the answer of the key, in place. */
static void put_sealed(sztp__buf_t *out, uint32_t mode, uint32_t label, sztp__buf_t *text,
                       const sztp__cert_t *cert) {
  static const uint8_t iv[16] = {0};
  sztp__span_t key = sztp__span(answer, 16);
  uint8_t tag[SZTP__GCM_TAG_MIN];
  size_t marks[4] = {0, 0, 0, 0};
  if (mode == SZTP__CIPHER_GCM) {
    uint32_t good = 0;
    CHECK(sztp__aes_gcm(text->ctx, key, SZTP__AES_ENCRYPT, sztp__span(iv, 12), sztp__span(NULL, 0),
                        text->data, text->len, tag, sizeof tag, &good) == 0);
  } else {
    size_t more = 16 - text->len % 16;
    for (size_t i = 0; i < more; i++) CHECK(sztp__buf_add_u8(text, (uint8_t)more) == 0);
    CHECK(sztp__aes_cbc(text->ctx, key, SZTP__AES_ENCRYPT, iv, text->data, text->len) == 0);
  }
  sztp__der_open(out, SZTP__DER_SEQUENCE, &marks[0]);
  sztp__der_put_oid(
      out, sztp__cms_type_oid(mode == SZTP__CIPHER_GCM ? SZTP__CMS_AUTH_ENVELOPED : SZTP__CMS_ENVELOPED));
  sztp__der_open(out, SZTP__DER_CONTEXT_CONSTRUCTED, &marks[1]);
  sztp__der_open(out, SZTP__DER_SEQUENCE, &marks[2]);
  sztp__der_put_small(out, 0);
  put_recipient(out, cert);
  sztp__der_open(out, SZTP__DER_SEQUENCE, &marks[3]);
  sztp__der_put_oid(out, sztp__cms_type_oid(label));
  put_cipher(out, mode, sztp__span(iv, mode == SZTP__CIPHER_GCM ? 12 : 16));
  sztp__der_put(out, SZTP__DER_CONTEXT, sztp__buf_span(text));
  sztp__der_close(out, marks[3]);
  if (mode == SZTP__CIPHER_GCM) sztp__der_put(out, SZTP__DER_OCTET_STRING, sztp__span(tag, sizeof tag));
  sztp__der_close(out, marks[2]);
  sztp__der_close(out, marks[1]);
  sztp__der_close(out, marks[0]);
}

static void seal(sztp_ctx_t *ctx, uint8_t settings, sztp__span_t text, const sztp__cert_t *cert,
                 sztp__buf_t *out) {
  static const uint32_t labels[] = {SZTP__CMS_DATA, SZTP__CMS_SIGNED, SZTP__CMS_CONVEYED_JSON,
                                    SZTP__CMS_CONVEYED_XML};
  sztp__buf_t copy;
  sztp__buf_init(&copy, ctx, SIZE_MAX / 4);
  sztp__buf_add_span(&copy, text);
  put_sealed(out, (settings & IS_GCM) != 0 ? SZTP__CIPHER_GCM : SZTP__CIPHER_CBC,
             labels[(settings & LABEL) >> 4], &copy, cert);
  CHECK(out->status == 0);
  sztp__buf_clear(&copy);
}

/* ---- every recipient, whoever it is -------------------------------------------------------------- */

static void open_all(sztp_ctx_t *ctx, sztp__span_t artifact, const sztp__cert_t certs[2]) {
  keeper_t keeper = {0, 0};
  const sztp__opener_t opener = {use_key, &keeper, SZTP_ARTIFACT_CONVEYED_INFO};
  sztp__cms_t *cms = NULL;
  sztp__enveloped_t *env = NULL;
  if (sztp__cms_parse(ctx, artifact, &cms) != 0) return;
  if (cms->type == SZTP__CMS_ENVELOPED || cms->type == SZTP__CMS_AUTH_ENVELOPED)
    (void)sztp__enveloped_parse(ctx, cms, &env);
  for (size_t i = 0; env != NULL && i < env->recipient_count * 2; i++) {
    const sztp__recipient_t *r = &env->recipients[i / 2];
    const sztp__cert_t *cert = &certs[i % 2];
    sztp__opened_t o;
    if (r->kind == SZTP__RECIPIENT_OTHER || sztp__enveloped_check(ctx, env) != 0 ||
        sztp__recipient_check(ctx, env, r, cert) != 0)
      continue;
    keeper.asked = 0;
    CHECK(sztp__enveloped_open(ctx, env, i / 2, cert, &opener, &o) == 0);
    CHECK(o.start >= SZTP__OPENED_ROOM && o.len <= env->content_len);
    CHECK(o.good == 0 || o.good == UINT32_MAX);
    /* not about a point that is none of the curve's, which opens nothing */
    CHECK(keeper.asked == 1 || (keeper.asked == 0 && r->kind == SZTP__RECIPIENT_ECDH && o.good == 0));
    sztp__free_secret(ctx, o.memory);
  }
  sztp__free(ctx, env);
  sztp__cms_free(ctx, cms);
}

/* ---- a whole verification ------------------------------------------------------------------------ */

static int32_t verify(sztp_device_t *dev, sztp_bundle_t *bundle, uint8_t settings, sztp_verdict_t **v) {
  uint32_t channel = (settings & IS_TRUSTED) != 0 ? SZTP_CHANNEL_TRUSTED : SZTP_CHANNEL_UNTRUSTED;
  return sztp_verify(dev, bundle, 1767225600, channel, v); /* 2026-01-01 */
}

static void check(sztp_device_t *dev, sztp_bundle_t *bundle, uint8_t settings) {
  static const int32_t outcomes[] = {0, SZTP_ERR_KEY, SZTP_ERR_NOT_FOUND, SZTP_PENDING};
  keeper_t keeper = {outcomes[settings & KEY_OUTCOME], 0};
  sztp_verdict_t *v = NULL;
  CHECK(sztp_device_set_key(dev, use_key, &keeper) == 0);
  int32_t rc = verify(dev, bundle, settings, &v);
  if (rc == SZTP_PENDING) {
    CHECK(v == NULL && keeper.asked == 1 && keeper.outcome == SZTP_PENDING);
    return;
  }
  CHECK(v != NULL);
  CHECK((rc == SZTP_OK) == (sztp_verdict_accepted(v) == 1));
  /* there is no anchor, so nothing is trusted but for the channel */
  if ((settings & IS_TRUSTED) == 0) CHECK(sztp_verdict_trusted(v) == 0);
  CHECK(keeper.asked <= (keeper.outcome == SZTP_ERR_NOT_FOUND ? SZTP__CMS_MAX_RECIPIENTS : 1u));
  if (keeper.asked > 0 && keeper.outcome == SZTP_ERR_KEY) CHECK(rc == SZTP_ERR_ENC_DECRYPT_FAILED);
  if (keeper.asked > 0 && keeper.outcome == SZTP_ERR_NOT_FOUND) CHECK(rc != SZTP_OK);
  sztp_verdict_free(v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  uint64_t held = 0;
  sztp_device_t *dev = NULL;
  sztp_bundle_t *bundle = NULL;
  sztp__cert_t certs[2];
  sztp__buf_t sealed;
  if (size == 0) return 0;
  sztp_ctx_t *ctx = fuzz_ctx_new(&held);
  CHECK(sztp_ctx_set_random(ctx, give_random, NULL) == 0);
  CHECK(sztp_device_new(ctx, &dev) == 0);
  CHECK(sztp_device_add_cert(dev, SZTP_CERT_DECRYPTION, (const uint8_t *)certificates,
                             sizeof certificates - 1) == 0);
  for (size_t i = 0; i < 2; i++) {
    sztp__span_t der;
    CHECK(sztp_device_cert(dev, SZTP_CERT_DECRYPTION, i, &der.data, &der.len) == 0);
    CHECK(sztp__cert_parse(ctx, der, &certs[i]) == 0);
  }
  sztp__span_t artifact = sztp__span(data + 1, size - 1);
  sztp__buf_init(&sealed, ctx, SIZE_MAX / 4);
  if ((data[0] & IS_TEXT) != 0) {
    seal(ctx, data[0], artifact, &certs[1], &sealed);
    artifact = sztp__buf_span(&sealed);
  } else {
    open_all(ctx, artifact, certs);
  }
  CHECK(sztp_bundle_new(ctx, &bundle) == 0);
  if (artifact.len > 0 &&
      sztp_bundle_set(bundle,
                      (data[0] & IS_VOUCHER) != 0 ? SZTP_ARTIFACT_VOUCHER : SZTP_ARTIFACT_CONVEYED_INFO,
                      artifact.data, artifact.len) == 0)
    check(dev, bundle, data[0]);
  sztp_bundle_free(bundle);
  sztp__buf_clear(&sealed);
  sztp_device_free(dev);
  fuzz_ctx_free(ctx, held);
  return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed) {
  return fuzz_mutate_der(data, size, max_size, seed, 1);
}
