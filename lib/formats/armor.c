/* SPDX-License-Identifier: Apache-2.0 */
/* Removes PEM and base64 armor from DER objects. */
#include "formats/armor.h"

#include "formats/cbor.h"
#include "formats/der.h"
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

static int32_t remove_pem(sztp_ctx_t *ctx, sztp__span_t data, const char *const *labels, sztp__buf_t *out) {
  sztp__buf_t der;
  sztp__span_t label = {NULL, 0};
  char found[SZTP__NAME_SIZE] = "";
  int taken = 0;
  int32_t rc = SZTP_OK;
  sztp__buf_init(&der, ctx, out->max);
  while (rc == SZTP_OK && (labels != NULL || !taken)) {
    rc = sztp__pem_next(ctx, &data, &label, &der);
    if (rc < 0) break;
    sztp__printable(found, sizeof found, label);
    if (labels != NULL && !listed(label, labels)) continue;
    rc = sztp__buf_add_span(out, sztp__buf_span(&der));
    taken = 1;
  }
  sztp__buf_clear(&der);
  if (rc < 0 && rc != SZTP_ERR_NOT_FOUND) return rc;
  if (taken) return SZTP_OK;
  if (labels == NULL) return sztp__fail(ctx, SZTP_ERR_TEXT, "armor", "a PEM block without end");
  return sztp__fail(ctx, SZTP_ERR_TEXT, "armor", "no PEM block \"%s\", but \"%s\"", labels[0], found);
}

static int32_t remove_base64(sztp_ctx_t *ctx, sztp__span_t data, sztp__buf_t *out) {
  size_t start = out->len;
  int32_t rc = sztp__base64_decode(ctx, data, SZTP__BASE64_STRICT, out);
  if (rc == SZTP_ERR_TEXT) return sztp__fail(ctx, rc, "armor", "neither PEM nor DER nor base64 of DER");
  if (rc < 0) return rc;
  if (out->len == start || out->data[start] != SZTP__DER_SEQUENCE)
    return sztp__fail(ctx, SZTP_ERR_TEXT, "armor", "base64, but not of a DER SEQUENCE");
  return SZTP_OK;
}

int32_t sztp__armor_remove(sztp_ctx_t *ctx, sztp__span_t data, const char *const *labels, sztp__buf_t *out) {
  if (data.len == 0)
    return sztp__fail(ctx, SZTP_ERR_TEXT, "armor", "empty; PEM, DER or base64 of DER is wanted");
  if (data.data[0] == SZTP__DER_SEQUENCE || (labels == NULL && sztp__cbor_is_cose(data.data[0])))
    return sztp__buf_add_span(out, data);
  return has_pem(data) ? remove_pem(ctx, data, labels, out) : remove_base64(ctx, data, out);
}
