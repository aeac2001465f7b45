/* SPDX-License-Identifier: Apache-2.0 */
/* Asks mbedTLS (2.28, 3.6). It knows no time but the system's: what it says of periods is taken back, and the
 * fields are compared with the case's time instead. */
#include "conformance/stock_mbedtls.h"

#include <string.h>

#include <mbedtls/version.h>
#include <mbedtls/x509_crl.h>
#include <mbedtls/x509_crt.h>
#if MBEDTLS_VERSION_MAJOR >= 3 && (defined(MBEDTLS_USE_PSA_CRYPTO) || defined(MBEDTLS_MD_SOME_PSA))
#include <psa/crypto.h>
#endif

#include "ground/text.h"

typedef struct asked {
  const mbedtls_x509_crl *crls;
  int64_t now;
} asked_t;

static int64_t seconds(const mbedtls_x509_time *t) {
  int64_t out = 0;
  return sztp__time_make(t->year, t->mon, t->day, t->hour, t->min, t->sec, &out) == 0 ? out : 0;
}

static int on_certificate(void *user, mbedtls_x509_crt *crt, int depth, uint32_t *flags) {
  const asked_t *a = (const asked_t *)user;
  (void)depth;
  *flags &= ~(uint32_t)(MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE |
                        MBEDTLS_X509_BADCRL_EXPIRED | MBEDTLS_X509_BADCRL_FUTURE);
  if (a->now > seconds(&crt->valid_to)) *flags |= MBEDTLS_X509_BADCERT_EXPIRED;
  if (a->now < seconds(&crt->valid_from)) *flags |= MBEDTLS_X509_BADCERT_FUTURE;
  for (const mbedtls_x509_crl *crl = a->crls; crl != NULL && crl->version != 0; crl = crl->next) {
    if (crl->issuer_raw.len != crt->issuer_raw.len ||
        memcmp(crl->issuer_raw.p, crt->issuer_raw.p, crl->issuer_raw.len) != 0)
      continue;
    if (crl->next_update.year != 0 && a->now > seconds(&crl->next_update))
      *flags |= MBEDTLS_X509_BADCRL_EXPIRED;
    if (a->now < seconds(&crl->this_update)) *flags |= MBEDTLS_X509_BADCRL_FUTURE;
  }
  return 0;
}

static mbedtls_x509_crt_profile profile(int allow_sha1) {
  mbedtls_x509_crt_profile p = mbedtls_x509_crt_profile_default;
  p.allowed_mds = MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA256) | MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA384) |
                  MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA512);
  if (allow_sha1) p.allowed_mds |= MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA1);
  p.allowed_pks = 0xfffffff;
  p.allowed_curves = 0xfffffff;
  return p;
}

static void add_all(mbedtls_x509_crt *list, const sztp__span_t *certs, size_t count) {
  for (size_t i = 0; i < count; i++) (void)mbedtls_x509_crt_parse_der(list, certs[i].data, certs[i].len);
}

int stock_accepts(const stock_case_t *c) {
  mbedtls_x509_crt anchors;
  mbedtls_x509_crt chain;
  mbedtls_x509_crl crls;
  mbedtls_x509_crt_profile p = profile(c->allow_sha1);
  asked_t asked = {&crls, c->now};
  uint32_t flags = 0;
#if MBEDTLS_VERSION_MAJOR >= 3 && (defined(MBEDTLS_USE_PSA_CRYPTO) || defined(MBEDTLS_MD_SOME_PSA))
  (void)psa_crypto_init();
#endif
  mbedtls_x509_crt_init(&anchors);
  mbedtls_x509_crt_init(&chain);
  mbedtls_x509_crl_init(&crls);
  add_all(&anchors, c->anchors, c->anchor_count);
  for (size_t i = 0; i < c->crl_count; i++)
    (void)mbedtls_x509_crl_parse_der(&crls, c->crls[i].data, c->crls[i].len);
  int rc = mbedtls_x509_crt_parse_der(&chain, c->leaf.data, c->leaf.len);
  add_all(&chain, c->others, c->other_count);
  if (rc == 0)
    rc = mbedtls_x509_crt_verify_with_profile(&chain, &anchors, c->crl_count > 0 ? &crls : NULL, &p, NULL,
                                              &flags, on_certificate, &asked);
  mbedtls_x509_crl_free(&crls);
  mbedtls_x509_crt_free(&chain);
  mbedtls_x509_crt_free(&anchors);
  return rc == 0;
}
