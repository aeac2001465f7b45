/* SPDX-License-Identifier: Apache-2.0 */
/* Removes PEM and base64 armor from DER objects. */
#include "formats/armor.h"

#include "formats/cbor.h"
#include "formats/der.h"
#include "formats/found.h"
#include "ground/text.h"

/* ---- PEM (RFC 7468, lax about text around the blocks) -------------------------------------------- */

#define LABEL_MAX 64
static const char pem_begin[] = "-----BEGIN ";
static const char pem_end[] = "-----END ";
static const char pem_dashes[] = "-----";

static int starts_with(sztp__span_t s, const char *prefix) {
  size_t n = strlen(prefix);
  return s.len >= n && memcmp(s.data, prefix, n) == 0;
}

/* Removes the next line from @p text and returns it without its end and trailing white space. */
static sztp__span_t take_line(sztp__span_t *text) {
  size_t n = 0;
  while (n < text->len && text->data[n] != '\n' && text->data[n] != '\r') n++;
  sztp__span_t line = sztp__span(text->data, n);
  if (n < text->len) n++;
  *text = sztp__span_from(*text, n);
  while (line.len > 0 && (line.data[line.len - 1] == ' ' || line.data[line.len - 1] == '\t')) line.len--;
  return line;
}

/* The label between @p prefix and the dashes at the end of @p line; 0 if it is not such a line. */
static int boundary(sztp__span_t line, const char *prefix, sztp__span_t *label) {
  size_t before = strlen(prefix);
  size_t after = strlen(pem_dashes);
  if (!starts_with(line, prefix) || line.len <= before + after || line.len > before + after + LABEL_MAX)
    return 0;
  *label = sztp__span(line.data + before, line.len - before - after);
  if (memcmp(label->data + label->len, pem_dashes, after) != 0) return 0;
  for (size_t i = 0; i < label->len; i++)
    if (label->data[i] < 0x20 || label->data[i] > 0x7e || label->data[i] == '-') return 0;
  return 1;
}

int32_t sztp__pem_next(sztp_ctx_t *ctx, sztp__span_t *text, sztp__span_t *label, sztp__buf_t *der) {
  sztp__buf_clear(der);
  sztp__span_t rest = *text;
  sztp__span_t name = {NULL, 0};
  int found = 0;
  while (rest.len > 0 && !found) found = boundary(take_line(&rest), pem_begin, &name);
  if (!found) return SZTP_ERR_NOT_FOUND;
  sztp__span_t body = sztp__span(rest.data, 0);
  sztp__span_t end_name = {NULL, 0};
  while (rest.len > 0) {
    size_t body_len = (size_t)(rest.data - body.data);
    sztp__span_t line = take_line(&rest);
    if (memchr(line.data, ':', line.len) != NULL)
      return sztp__fail(ctx, SZTP_ERR_TEXT, "pem",
                        "headers inside a PEM block (an encrypted key?) are not read");
    if (!boundary(line, pem_end, &end_name)) continue;
    if (!sztp__span_equal(name, end_name))
      return sztp__fail(ctx, SZTP_ERR_TEXT, "pem", "the END line's label differs from the BEGIN line's");
    body.len = body_len;
    int32_t rc = sztp__base64_decode(ctx, body, SZTP__BASE64_STRICT, der);
    if (rc != SZTP_OK) return rc;
    *text = rest;
    *label = name;
    return SZTP_OK;
  }
  return sztp__fail(ctx, SZTP_ERR_TEXT, "pem", "a BEGIN line without its END line");
}

/* ---- armor --------------------------------------------------------------------------------------- */

const char *const sztp__armor_certificate[] = {"CERTIFICATE", "X509 CERTIFICATE", NULL};
const char *const sztp__armor_public_key[] = {"PUBLIC KEY", "CERTIFICATE", "X509 CERTIFICATE", NULL};
const char *const sztp__armor_crl[] = {"X509 CRL", NULL};
const char *const sztp__armor_key[] = {"PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY", NULL};

static int listed(sztp__span_t label, const char *const *labels) {
  for (; *labels != NULL; labels++)
    if (sztp__span_is(label, *labels)) return 1;
  return 0;
}

static int has_pem(sztp__span_t data) {
  for (size_t i = 0; i < data.len; i++)
    if (data.data[i] == '-' && starts_with(sztp__span_from(data, i), pem_begin)) return 1;
  return 0;
}

/* What was done to PEM on its way, so that no block is found in it; NULL if that isn't seen. */
static const char *pem_damage(sztp__span_t data) {
  for (size_t i = 0; i < data.len; i++) {
    sztp__span_t here = sztp__span_from(data, i);
    int begins = starts_with(here, pem_begin);
    if (!begins && !starts_with(here, pem_end)) continue;
    if (i > 0 && (data.data[i - 1] == ' ' || data.data[i - 1] == '\t'))
      return "its lines are indented; blanks must not stand before them";
    size_t label = 0;
    while (label < here.len && label < sizeof pem_begin + LABEL_MAX && here.data[label] != '\n') label++;
    sztp__span_t line = sztp__span(here.data, label);
    for (size_t at = 0; at + 1 < line.len; at++)
      if (line.data[at] == '\\' && (line.data[at + 1] == 'n' || line.data[at + 1] == 'r'))
        return "its line ends are written as \\n, two characters each";
    sztp__span_t name;
    if (begins && !boundary(take_line(&here), pem_begin, &name))
      return "the BEGIN line does not end after its dashes; line ends were lost";
  }
  return NULL;
}

static int32_t remove_pem(sztp_ctx_t *ctx, sztp__span_t data, const char *const *labels, sztp__buf_t *out) {
  sztp__buf_t der;
  const sztp__span_t whole = data;
  sztp__span_t label = {NULL, 0};
  char found[SZTP__NAME_SIZE] = "";
  int taken = 0;
  int32_t rc = SZTP_OK;
  sztp__buf_init(&der, ctx, out->max);
  while (rc == SZTP_OK && (labels != NULL || !taken)) {
    rc = sztp__pem_next(ctx, &data, &label, &der);
    if (rc < 0) break;
    sztp__shown(found, sizeof found, label);
    if (labels != NULL && !listed(label, labels)) continue;
    rc = sztp__buf_add_span(out, sztp__buf_span(&der));
    taken = 1;
  }
  sztp__buf_clear(&der);
  if (taken && (rc == SZTP_OK || rc == SZTP_ERR_NOT_FOUND)) return SZTP_OK;
  if (rc == SZTP_ERR_LIMIT || rc == SZTP_ERR_MEMORY) return rc;
  const char *damage = pem_damage(whole);
  if (damage != NULL) {
    sztp__trail_clear(ctx);
    return sztp__fail(ctx, SZTP_ERR_TEXT, "armor", "it is PEM, but %s", damage);
  }
  if (rc < 0 && rc != SZTP_ERR_NOT_FOUND) return rc;
  if (labels == NULL) return sztp__fail(ctx, SZTP_ERR_TEXT, "armor", "a PEM block without end");
  return sztp__fail(ctx, SZTP_ERR_TEXT, "armor", "no PEM block \"%s\", but \"%s\"", labels[0], found);
}

static int32_t remove_base64(sztp_ctx_t *ctx, sztp__span_t data, sztp__buf_t *out) {
  size_t start = out->len;
  int32_t rc = sztp__base64_decode(ctx, data, SZTP__BASE64_STRICT, out);
  if (rc == SZTP_ERR_TEXT) {
    const char *found = sztp__found(data);
    sztp__trail_clear(ctx);
    return sztp__fail(ctx, rc, "armor", "neither PEM nor DER nor base64 of DER%s%s",
                      found != NULL ? ", but " : "", found != NULL ? found : "");
  }
  if (rc < 0) return rc;
  if (out->len == start || out->data[start] != SZTP__DER_SEQUENCE)
    return sztp__fail(ctx, SZTP_ERR_TEXT, "armor", "base64, but not of a DER SEQUENCE");
  return SZTP_OK;
}

/* ---- memory of a fixed size ---------------------------------------------------------------------- */

#define TPM_HEAD 7 /* TCG_PCCLIENT_STORED_CERT with TCG_FULL_CERT: 10 01 00, a size, 10 02 */

/* In non-volatile memory of a TPM and in EEPROM a certificate may have a head, and is filled up with zeros or
 * ones. */
static sztp__span_t without_filling(sztp__span_t data) {
  static const uint8_t head[] = {0x10, 0x01, 0x00};
  static const uint8_t full[] = {0x10, 0x02, SZTP__DER_SEQUENCE};
  if (data.len > TPM_HEAD && memcmp(data.data, head, sizeof head) == 0 &&
      memcmp(data.data + TPM_HEAD - 2, full, sizeof full) == 0)
    data = sztp__span_from(data, TPM_HEAD);
  sztp__der_t d;
  sztp__tlv_t tlv;
  sztp__der_init(&d, NULL, data);
  while (!sztp__der_at_end(&d) && sztp__der_expect(&d, SZTP__DER_SEQUENCE, &tlv) == SZTP_OK) continue;
  const uint8_t *end = d.p;
  while (d.p < d.end && *d.p == *end && (*end == 0x00 || *end == 0xff)) d.p++;
  if (end > data.data && d.p == d.end) data.len = (size_t)(end - data.data);
  return data;
}

int32_t sztp__armor_remove(sztp_ctx_t *ctx, sztp__span_t data, const char *const *labels, sztp__buf_t *out) {
  if (data.len == 0)
    return sztp__fail(ctx, SZTP_ERR_TEXT, "armor", "empty; PEM, DER or base64 of DER is wanted");
  if (labels != NULL) data = without_filling(data);
  if (data.data[0] == SZTP__DER_SEQUENCE || (labels == NULL && sztp__cbor_is_cose(data.data[0])))
    return sztp__buf_add_span(out, data);
  return has_pem(data) ? remove_pem(ctx, data, labels, out) : remove_base64(ctx, data, out);
}
