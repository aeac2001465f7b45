/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and writes containers of private keys that are not encrypted. */
#include "formats/plain_key.h"

#include "formats/der.h"

static const uint8_t oid_rsa_key[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01};
static const uint8_t oid_ec_key[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01};
static const struct {
  uint8_t oid[8];
  uint8_t len;
  uint32_t bits;
} known_curves[] = {{{0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07}, 8, 256},
                    {{0x2b, 0x81, 0x04, 0x00, 0x22}, 5, 384},
                    {{0x2b, 0x81, 0x04, 0x00, 0x23}, 5, 521}};

size_t sztp__plain_key_field(uint32_t curve_bits) { return (size_t)(curve_bits + 7) / 8; }

/* A named curve. */
static int32_t read_named_curve(sztp__der_t *d, uint32_t *bits) {
  sztp__span_t oid;
  int32_t rc = sztp__der_oid(d, &oid);
  if (rc == SZTP_OK) rc = sztp__der_finish(d);
  if (rc != SZTP_OK) return rc;
  for (size_t i = 0; i < sizeof known_curves / sizeof known_curves[0]; i++) {
    if (!sztp__span_equal(oid, sztp__span(known_curves[i].oid, known_curves[i].len))) continue;
    *bits = known_curves[i].bits;
    return SZTP_OK;
  }
  return SZTP_ERR_UNSUPPORTED;
}

/* The fields of an AlgorithmIdentifier. */
static int32_t read_key_kind(sztp__der_t *fields, uint32_t *curve_bits) {
  sztp__span_t oid;
  sztp__tlv_t null;
  *curve_bits = 0;
  int32_t rc = sztp__der_oid(fields, &oid);
  if (rc != SZTP_OK) return rc;
  if (sztp__span_equal(oid, sztp__span(oid_ec_key, sizeof oid_ec_key)))
    return read_named_curve(fields, curve_bits);
  if (!sztp__span_equal(oid, sztp__span(oid_rsa_key, sizeof oid_rsa_key))) return SZTP_ERR_UNSUPPORTED;
  rc = sztp__der_expect(fields, SZTP__DER_NULL, &null);
  return rc == SZTP_OK ? sztp__der_finish(fields) : rc;
}

int32_t sztp__plain_key_kind(sztp__span_t identifier, uint32_t *curve_bits) {
  sztp__der_t d;
  sztp__der_t fields;
  sztp__der_init(&d, NULL, identifier);
  if (sztp__der_enter(&d, SZTP__DER_SEQUENCE, &fields) != SZTP_OK || !sztp__der_at_end(&d) ||
      read_key_kind(&fields, curve_bits) != SZTP_OK)
    return SZTP_ERR_UNSUPPORTED;
  return SZTP_OK;
}

/* The public half, which nobody has to give. */
static void take_public_half(sztp__der_t *fields, sztp__plain_key_t *out) {
  sztp__der_t inside;
  unsigned unused = 0;
  int found = 0;
  if (sztp__der_enter_optional(fields, SZTP__DER_CONTEXT_CONSTRUCTED + 1, &found, &inside) != SZTP_OK ||
      !found || sztp__der_bits(&inside, &out->point, &unused) != SZTP_OK || unused != 0)
    out->point = sztp__span(NULL, 0);
}

/* ECPrivateKey: the curve may be said by its container, by itself, or by both. */
static int32_t read_sec1(sztp__der_t *fields, sztp__plain_key_t *out) {
  sztp__tlv_t number;
  sztp__der_t inside;
  int found = 0;
  uint32_t bits = out->curve_bits;
  int32_t rc = sztp__der_expect(fields, SZTP__DER_OCTET_STRING, &number);
  if (rc == SZTP_OK) rc = sztp__der_enter_optional(fields, SZTP__DER_CONTEXT_CONSTRUCTED, &found, &inside);
  if (rc == SZTP_OK && found) rc = read_named_curve(&inside, &bits);
  if (rc == SZTP_OK && found && out->curve_bits != 0 && out->curve_bits != bits) return SZTP_ERR_KEY;
  if (rc != SZTP_OK || bits == 0) return SZTP_ERR_KEY;
  take_public_half(fields, out);
  out->curve_bits = bits;
  out->octets = number.value;
  while (out->octets.len > sztp__plain_key_field(bits) && out->octets.data[0] == 0)
    out->octets = sztp__span_from(out->octets, 1);
  return out->octets.len <= sztp__plain_key_field(bits) ? SZTP_OK : SZTP_ERR_KEY;
}

/* RSAPrivateKey and ECPrivateKey begin with a version; what stands behind it tells which it is. In @p out is
 * what a container has said. */
static int32_t read_bare(sztp__span_t der, int contained, sztp__plain_key_t *out) {
  sztp__der_t d;
  sztp__der_t fields;
  int32_t version = 0;
  sztp__der_init(&d, NULL, der);
  if (sztp__der_enter(&d, SZTP__DER_SEQUENCE, &fields) != SZTP_OK || !sztp__der_at_end(&d) ||
      sztp__der_small(&fields, &version) != SZTP_OK)
    return SZTP_ERR_KEY;
  int ec = sztp__der_peek(&fields) == SZTP__DER_OCTET_STRING;
  if (contained && ec != (out->curve_bits != 0)) return SZTP_ERR_KEY;
  if (ec) return version == 1 ? read_sec1(&fields, out) : SZTP_ERR_KEY;
  out->octets = der;
  return sztp__der_peek(&fields) == SZTP__DER_INTEGER ? SZTP_OK : SZTP_ERR_KEY;
}

int32_t sztp__plain_key_read(sztp__span_t der, sztp__plain_key_t *out) {
  sztp__der_t d;
  sztp__der_t fields;
  sztp__der_t algorithm;
  sztp__tlv_t key;
  int32_t version = 0;
  memset(out, 0, sizeof *out);
  sztp__der_init(&d, NULL, der);
  if (sztp__der_enter(&d, SZTP__DER_SEQUENCE, &fields) != SZTP_OK || !sztp__der_at_end(&d) ||
      sztp__der_small(&fields, &version) != SZTP_OK)
    return SZTP_ERR_KEY;
  if (sztp__der_peek(&fields) != SZTP__DER_SEQUENCE) return read_bare(der, 0, out);
  if (version > 1 || sztp__der_enter(&fields, SZTP__DER_SEQUENCE, &algorithm) != SZTP_OK ||
      read_key_kind(&algorithm, &out->curve_bits) != SZTP_OK ||
      sztp__der_expect(&fields, SZTP__DER_OCTET_STRING, &key) != SZTP_OK)
    return SZTP_ERR_KEY;
  return read_bare(key.value, 1, out);
}

void sztp__plain_key_number(const sztp__plain_key_t *key, uint8_t out[SZTP__SCALAR_MAX]) {
  size_t field = sztp__plain_key_field(key->curve_bits);
  memset(out, 0, SZTP__SCALAR_MAX);
  memcpy(out + field - key->octets.len, key->octets.data, key->octets.len);
}

/* ---- writing ------------------------------------------------------------------------------------- */

int32_t sztp__plain_key_put(sztp__buf_t *out, sztp__span_t identifier, const sztp__plain_key_t *key) {
  uint8_t number[SZTP__SCALAR_MAX];
  size_t whole = 0;
  size_t held = 0;
  size_t ec = 0;
  sztp__der_open(out, SZTP__DER_SEQUENCE, &whole);
  sztp__der_put_small(out, 0);
  sztp__buf_add_span(out, identifier);
  sztp__der_open(out, SZTP__DER_OCTET_STRING, &held);
  if (key->curve_bits == 0) {
    sztp__buf_add_span(out, key->octets);
  } else {
    sztp__plain_key_number(key, number);
    sztp__der_open(out, SZTP__DER_SEQUENCE, &ec);
    sztp__der_put_small(out, 1);
    sztp__der_put(out, SZTP__DER_OCTET_STRING, sztp__span(number, sztp__plain_key_field(key->curve_bits)));
    sztp__der_close(out, ec);
    sztp__wipe(number, sizeof number);
  }
  sztp__der_close(out, held);
  return sztp__der_close(out, whole);
}
