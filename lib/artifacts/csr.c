/* SPDX-License-Identifier: Apache-2.0 */
/* Certification requests on the owner's side: what one says, whether its signature is by the key in it, and
 * the certificate that a CA issues for it (RFC 5280). */
#include <sztp/device.h>

#include "artifacts/signer.h"
#include "cryptography/key_kind.h"
#include "cryptography/p10.h"
#include "cryptography/put_algorithm.h"
#include "exchange/csr.h"
#include "formats/armor.h"
#include "ground/time.h"

#define WHERE              "csr"
#define REQUEST_MAX        (64u * 1024u)
#define OID_SERIAL_NUMBER  "\x55\x04\x05"
#define OID_KEY_ID         "\x55\x1d\x0e"
#define OID_KEY_USAGE      "\x55\x1d\x0f"
#define OID_ALT_NAME       "\x55\x1d\x11"
#define OID_CONSTRAINTS    "\x55\x1d\x13"
#define OID_AUTHORITY      "\x55\x1d\x23"
#define OID_EXTENDED_USAGE "\x55\x1d\x25"
#define OID_CLIENT_AUTH    "\x2b\x06\x01\x05\x05\x07\x03\x02"
#define LAST_UTC_YEAR      "2049" /* RFC 5280 4.1.2.5 */
#define SERIAL_OCTETS      16

struct sztp_csr {
  sztp_ctx_t *ctx;
  sztp__buf_t der;
  sztp__p10_t p10; /* borrowed from it */
  char *serial;
};

/* ---- reading ------------------------------------------------------------------------------------- */

static int32_t read_serial(sztp_csr_t *csr) {
  size_t count = 0;
  size_t len = 0;
  uint8_t *text = NULL;
  int32_t rc =
      sztp__name_attribute(csr->ctx, csr->p10.subject, sztp__span_of(OID_SERIAL_NUMBER), &count, &text, &len);
  if (rc == SZTP_OK && count > 1)
    rc = sztp__fail(csr->ctx, SZTP_ERR_DER, WHERE, "its subject has %zu serial numbers", count);
  if (rc == SZTP_OK && text != NULL && memchr(text, 0, len) != NULL)
    rc = sztp__fail(csr->ctx, SZTP_ERR_DER, WHERE, "its subject's serial number has a NUL in it");
  csr->serial = (char *)text;
  return rc;
}

int32_t sztp_csr_new(sztp_ctx_t *ctx, const uint8_t *data, size_t len, sztp_csr_t **out) {
  if (ctx == NULL || data == NULL || out == NULL) return SZTP_ERR_ARG;
  if (sztp__enter(ctx) < 0) return SZTP_ERR_REENTRY;
  if (len > 2 * REQUEST_MAX) return sztp__fail(ctx, SZTP_ERR_LIMIT, WHERE, "%zu octets are too many", len);
  sztp_csr_t *csr = sztp__alloc(ctx, sizeof *csr);
  if (csr == NULL) return SZTP_ERR_MEMORY;
  csr->ctx = ctx;
  sztp__buf_init(&csr->der, ctx, REQUEST_MAX);
  int32_t rc = sztp__armor_remove(ctx, sztp__span(data, len), NULL, &csr->der);
  if (rc == SZTP_OK) rc = sztp__p10_read(ctx, sztp__buf_span(&csr->der), &csr->p10);
  if (rc == SZTP_OK) rc = sztp__name_check(ctx, csr->p10.subject);
  if (rc == SZTP_OK) rc = sztp__p10_verify(ctx, &csr->p10);
  if (rc == SZTP_OK) rc = read_serial(csr);
  if (rc < 0) {
    sztp_csr_free(csr);
    return rc;
  }
  *out = csr;
  return SZTP_OK;
}

void sztp_csr_free(sztp_csr_t *csr) {
  if (csr == NULL || sztp__in_callback(csr->ctx)) return;
  sztp__buf_clear(&csr->der);
  sztp__free(csr->ctx, csr->serial);
  sztp__free(csr->ctx, csr);
}

const char *sztp_csr_serial(const sztp_csr_t *csr) {
  return csr == NULL || csr->serial == NULL ? "" : csr->serial;
}

uint32_t sztp_csr_algorithm(const sztp_csr_t *csr) {
  return csr == NULL ? 0 : sztp__key_kind_of(&csr->p10.key);
}

/* ---- the certificate ----------------------------------------------------------------------------- */

/* UTCTime up to 2049, GeneralizedTime from 2050 on. */
static void put_time(sztp__buf_t *out, int64_t unix_time) {
  char date[SZTP__DATE_SIZE]; /* "2030-03-01T08:00:00Z" */
  char digits[SZTP__DATE_SIZE];
  size_t n = 0;
  (void)sztp__time_format(date, unix_time);
  for (const char *c = date; *c != '\0'; c++)
    if (*c != '-' && *c != ':' && *c != 'T') digits[n++] = *c;
  int utc = memcmp(digits, LAST_UTC_YEAR, 4) <= 0;
  sztp__der_put(out, utc ? SZTP__DER_UTC_TIME : SZTP__DER_GENERALIZED_TIME,
                sztp__span((const uint8_t *)digits + (utc ? 2 : 0), n - (utc ? 2 : 0)));
}

/* An extension around @p value, whole TLV. */
static void put_extension(sztp__buf_t *out, const char *oid, int critical, sztp__span_t value) {
  static const uint8_t yes = 0xff;
  size_t mark = 0;
  sztp__der_open(out, SZTP__DER_SEQUENCE, &mark);
  sztp__der_put_oid(out, sztp__span_of(oid));
  if (critical) sztp__der_put(out, SZTP__DER_BOOLEAN, sztp__span(&yes, 1));
  sztp__der_put(out, SZTP__DER_OCTET_STRING, value);
  sztp__der_close(out, mark);
}

/* An extension whose value is one element of another. */
static void put_wrapped(sztp__buf_t *out, const char *oid, uint8_t outer, uint8_t inner, sztp__span_t value) {
  sztp__buf_t wrapped;
  size_t mark = 0;
  sztp__buf_init(&wrapped, out->ctx, 256);
  sztp__der_open(&wrapped, outer, &mark);
  sztp__der_put(&wrapped, inner, value);
  sztp__der_close(&wrapped, mark);
  put_extension(out, oid, 0, sztp__buf_span(&wrapped));
  if (wrapped.status != SZTP_OK) out->status = wrapped.status;
  sztp__buf_clear(&wrapped);
}

static int32_t put_extensions(sztp__buf_t *out, const sztp_csr_t *csr, const sztp_signer_t *ca) {
  static const uint8_t no_ca[] = {SZTP__DER_SEQUENCE, 0};
  static const uint8_t signs[] = {SZTP__DER_BIT_STRING, 2, 7, 0x80}; /* digitalSignature */
  uint8_t id[SZTP__HASH_MAX + 2] = {SZTP__DER_OCTET_STRING};
  size_t id_len = 0;
  size_t marks[2];
  sztp__span_t names = sztp__span(NULL, 0);
  int32_t rc = sztp__hash_once(csr->ctx, SZTP__HASH_SHA1, csr->p10.key.bits_value, id + 2, &id_len);
  if (rc == SZTP_OK) rc = sztp__p10_extension(csr->ctx, &csr->p10, sztp__span_of(OID_ALT_NAME), &names);
  if (rc != SZTP_OK) return rc;
  id[1] = (uint8_t)id_len;
  sztp__der_open(out, SZTP__DER_CONTEXT_CONSTRUCTED + 3, &marks[0]);
  sztp__der_open(out, SZTP__DER_SEQUENCE, &marks[1]);
  put_extension(out, OID_CONSTRAINTS, 1, sztp__span(no_ca, sizeof no_ca));
  put_extension(out, OID_KEY_USAGE, 1, sztp__span(signs, sizeof signs));
  put_wrapped(out, OID_EXTENDED_USAGE, SZTP__DER_SEQUENCE, SZTP__DER_OID, sztp__span_of(OID_CLIENT_AUTH));
  put_extension(out, OID_KEY_ID, 0, sztp__span(id, id_len + 2));
  if (ca->cert.subject_key_id.len > 0)
    put_wrapped(out, OID_AUTHORITY, SZTP__DER_SEQUENCE, SZTP__DER_CONTEXT, ca->cert.subject_key_id);
  if (names.data != NULL) put_extension(out, OID_ALT_NAME, 0, names);
  sztp__der_close(out, marks[1]);
  return sztp__der_close(out, marks[0]);
}

static uint32_t scheme_of(const sztp_signer_t *ca) {
  return ca->cert.key.type == SZTP__KEY_EC ? SZTP__SIG_ECDSA : SZTP__SIG_RSA_PKCS1;
}

static int32_t put_tbs(sztp__buf_t *out, const sztp_csr_t *csr, const sztp_signer_t *ca, int64_t not_before,
                       int64_t not_after) {
  uint8_t serial[SERIAL_OCTETS];
  size_t mark = 0;
  size_t part = 0;
  int32_t rc = sztp__random(csr->ctx, serial, sizeof serial);
  if (rc < 0) return rc;
  serial[0] = (uint8_t)(0x40 | (serial[0] & 0x3f)); /* positive, and never shorter */
  sztp__der_open(out, SZTP__DER_SEQUENCE, &mark);
  sztp__der_open(out, SZTP__DER_CONTEXT_CONSTRUCTED, &part);
  sztp__der_put_small(out, 2); /* v3 */
  sztp__der_close(out, part);
  sztp__der_put(out, SZTP__DER_INTEGER, sztp__span(serial, sizeof serial));
  sztp__put_signature_algorithm(out, scheme_of(ca), ca->hash);
  sztp__buf_add_span(out, ca->cert.subject);
  sztp__der_open(out, SZTP__DER_SEQUENCE, &part);
  put_time(out, not_before);
  put_time(out, not_after);
  sztp__der_close(out, part);
  sztp__buf_add_span(out, csr->p10.subject);
  sztp__buf_add_span(out, csr->p10.spki);
  rc = put_extensions(out, csr, ca);
  return rc == SZTP_OK ? sztp__der_close(out, mark) : rc;
}

static int32_t sign_tbs(const sztp_signer_t *ca, sztp__span_t tbs, sztp__buf_t *signature) {
  uint8_t digest[SZTP__HASH_MAX];
  size_t len = 0;
  sztp__buf_add_u8(signature, 0); /* unused bits */
  int32_t rc = sztp__hash_once(ca->ctx, ca->hash, tbs, digest, &len);
  return rc == SZTP_OK
             ? sztp__signing_key_sign(ca->key, scheme_of(ca), ca->hash, sztp__span(digest, len), signature)
             : rc;
}

static int32_t make_cert(const sztp_csr_t *csr, const sztp_signer_t *ca, int64_t not_before,
                         int64_t not_after, sztp__buf_t *out) {
  sztp__buf_t tbs, signature;
  size_t mark = 0;
  sztp__buf_init(&tbs, csr->ctx, 2 * REQUEST_MAX);
  sztp__buf_init(&signature, csr->ctx, 2048);
  int32_t rc = put_tbs(&tbs, csr, ca, not_before, not_after);
  if (rc == SZTP_OK) rc = sign_tbs(ca, sztp__buf_span(&tbs), &signature);
  if (rc == SZTP_OK) {
    sztp__der_open(out, SZTP__DER_SEQUENCE, &mark);
    sztp__buf_add_span(out, sztp__buf_span(&tbs));
    sztp__put_signature_algorithm(out, scheme_of(ca), ca->hash);
    sztp__der_put(out, SZTP__DER_BIT_STRING, sztp__buf_span(&signature));
    rc = sztp__der_close(out, mark);
  }
  sztp__buf_clear(&signature);
  sztp__buf_clear(&tbs);
  return rc;
}

int32_t sztp_csr_certify(const sztp_csr_t *csr, const sztp_signer_t *ca, int64_t not_before,
                         int64_t not_after, uint8_t **out, size_t *out_len) {
  sztp__cert_t check;
  sztp__buf_t made;
  if (csr == NULL || ca == NULL || out == NULL || out_len == NULL || csr->ctx != ca->ctx) return SZTP_ERR_ARG;
  if (sztp__enter(csr->ctx) < 0) return SZTP_ERR_REENTRY;
  if (not_after <= not_before || not_before < 0)
    return sztp__fail(csr->ctx, SZTP_ERR_ARG, WHERE, "the certificate would end before it begins");
  if (!ca->cert.is_ca)
    return sztp__fail(csr->ctx, SZTP_ERR_PKIX_NOT_CA, WHERE, "the issuer's certificate is not that of a CA");
  sztp__buf_init(&made, csr->ctx, 2 * REQUEST_MAX);
  int32_t rc = make_cert(csr, ca, not_before, not_after, &made);
  if (rc == SZTP_OK) rc = sztp__cert_parse(csr->ctx, sztp__buf_span(&made), &check); /* names in it, too */
  if (rc == SZTP_OK) rc = sztp__buf_take(&made, out, out_len);
  sztp__buf_clear(&made);
  return rc;
}
