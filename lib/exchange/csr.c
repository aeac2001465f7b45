/* SPDX-License-Identifier: Apache-2.0 */
/* Certificate signing requests between device and bootstrap server (RFC 9646). */
#include "exchange/csr.h"

#include <sztp/device.h>

#include "cryptography/key_kind.h"
#include "ground/text.h"

#define MODULE "ietf-sztp-csr"
#define TYPES  "ietf-ztp-types"
#define WHERE  "csr-request"

/* Of each format the identity is the name of its node. */
static const struct format_row {
  uint32_t format;
  const char *name;
} FORMAT_ROWS[] = {{SZTP_CSR_P10, "p10-csr"}, {SZTP_CSR_CMC, "cmc-csr"}, {SZTP_CSR_CMP, "cmp-csr"}};
#define FORMAT_COUNT (sizeof FORMAT_ROWS / sizeof FORMAT_ROWS[0])

/* ---- what a device says -------------------------------------------------------------------------- */

void sztp__csr_write_support(sztp__yang_writer_t *w, const sztp__csr_offer_t *offer) {
  sztp__write_open_of(w, MODULE, "csr-support");
  if (offer->algorithms != 0) {
    sztp__write_open(w, "key-generation");
    sztp__write_open(w, "supported-algorithms");
    sztp__write_list(w, "algorithm-identifier");
    for (uint32_t kind = 1; kind <= offer->algorithms; kind <<= 1)
      if ((offer->algorithms & kind) != 0)
        sztp__write_binary(w, "algorithm-identifier", sztp__key_kind_identifier(kind));
    sztp__write_list_end(w);
    sztp__write_close(w, "supported-algorithms");
    sztp__write_close(w, "key-generation");
  }
  sztp__write_open(w, "csr-generation");
  sztp__write_open(w, "supported-formats");
  sztp__write_list(w, "format-identifier");
  for (size_t i = 0; i < FORMAT_COUNT; i++)
    if ((offer->formats & FORMAT_ROWS[i].format) != 0)
      sztp__write_identity(w, "format-identifier", TYPES, FORMAT_ROWS[i].name);
  sztp__write_list_end(w);
  sztp__write_close(w, "supported-formats");
  sztp__write_close(w, "csr-generation");
  sztp__write_close(w, "csr-support");
}

void sztp__csr_write_request(sztp__yang_writer_t *w, uint32_t format, sztp__span_t request) {
  for (size_t i = 0; i < FORMAT_COUNT; i++)
    if (FORMAT_ROWS[i].format == format) sztp__write_binary_of(w, MODULE, FORMAT_ROWS[i].name, request);
}

/* ---- what a server asks for ---------------------------------------------------------------------- */

static int32_t csr_refused(sztp_ctx_t *ctx, const char *what) {
  return sztp__fail(ctx, SZTP_ERR_CSR_REFUSED, WHERE, "%s", what);
}

/* A container of two levels with one leaf in it; *out is NULL if the upper one is absent. */
static int32_t enter_two(const sztp__yang_t *y, const sztp__yang_node_t *parent, const char *upper,
                         const char *lower, const sztp__yang_node_t **out) {
  const sztp__yang_node_t *node = NULL;
  *out = NULL;
  int32_t rc = sztp__yang_child(y, parent, upper, &node);
  if (rc < 0 || node == NULL) return rc;
  rc = sztp__yang_child(y, node, lower, out);
  if (rc == SZTP_OK && *out == NULL) rc = sztp__fail(y->ctx, y->fault, WHERE, "%s without %s", upper, lower);
  return rc;
}

static int32_t take_algorithm(const sztp__yang_t *y, const sztp__yang_node_t *request,
                              const sztp__csr_offer_t *offer, sztp__csr_wish_t *out) {
  const sztp__yang_node_t *selected = NULL;
  uint8_t *der = NULL;
  size_t len = 0;
  int32_t rc = enter_two(y, request, "key-generation", "selected-algorithm", &selected);
  if (rc < 0 || selected == NULL) return rc;
  rc = sztp__yang_binary(y, selected, "algorithm-identifier", SZTP__BASE64_STRICT, SZTP__CSR_ALGORITHM_MAX,
                         &der, &len);
  if (rc < 0) return rc;
  if (der == NULL) return csr_refused(y->ctx, "key-generation without algorithm-identifier");
  out->algorithm = sztp__key_kind_named(sztp__span(der, len)) & offer->algorithms;
  sztp__free(y->ctx, der);
  if (offer->algorithms == 0) return csr_refused(y->ctx, "a new key is wanted, which was not offered");
  return out->algorithm != 0
             ? SZTP_OK
             : csr_refused(y->ctx, "the algorithm of the key wanted is none of those that were offered");
}

/* D-151: without csr-generation the only format that was offered is meant. */
static int32_t take_format(const sztp__yang_t *y, const sztp__yang_node_t *request,
                           const sztp__csr_offer_t *offer, sztp__csr_wish_t *out) {
  const sztp__yang_node_t *selected = NULL;
  sztp__span_t identity = {NULL, 0};
  int32_t rc = enter_two(y, request, "csr-generation", "selected-format", &selected);
  if (rc < 0) return rc;
  if (selected == NULL) {
    if ((offer->formats & (offer->formats - 1)) != 0)
      return csr_refused(y->ctx, "no csr-generation, and more than one format was offered");
    out->format = offer->formats;
    return SZTP_OK;
  }
  rc = sztp__yang_identity_of(y, TYPES, selected, "format-identifier", &identity);
  if (rc < 0) return rc;
  for (size_t i = 0; i < FORMAT_COUNT; i++)
    if ((offer->formats & FORMAT_ROWS[i].format) != 0 && sztp__span_is(identity, FORMAT_ROWS[i].name))
      out->format = FORMAT_ROWS[i].format;
  return out->format != 0 ? SZTP_OK
                          : csr_refused(y->ctx, "the format wanted is none of those that were offered");
}

static int32_t read_wish(const sztp__yang_t *y, const sztp__yang_node_t *request,
                         const sztp__csr_offer_t *offer, sztp__csr_wish_t *out) {
  static const char *const known[] = {"key-generation", "csr-generation", "cert-req-info", NULL};
  if (!sztp__yang_is_container(y, request)) return csr_refused(y->ctx, "csr-request is no container");
  int32_t rc = take_algorithm(y, request, offer, out);
  if (rc == SZTP_OK) rc = take_format(y, request, offer, out);
  if (rc == SZTP_OK)
    rc = sztp__yang_binary(y, request, "cert-req-info", SZTP__BASE64_STRICT, SZTP__CSR_INFO_MAX,
                           &out->info.data, &out->info.len);
  if (rc == SZTP_OK) sztp__yang_unknown(y, request, known);
  return rc;
}

/* The csr-request of any error's error-info (D-150); NULL if there is none. */
static int32_t find_request(const sztp__yang_t *y, const sztp__yang_t *csr, const sztp__yang_node_t **out) {
  const sztp__yang_node_t *errors = NULL;
  const sztp__yang_node_t *list = NULL;
  int32_t rc = sztp__yang_top(y, "errors", &errors);
  *out = NULL;
  if (rc == SZTP_OK && errors != NULL) rc = sztp__yang_list(y, errors, "error", &list);
  const sztp__yang_node_t *error = rc == SZTP_OK ? sztp__yang_first(y, list) : NULL;
  for (; rc == SZTP_OK && *out == NULL && error != NULL; error = sztp__yang_after(y, list, error)) {
    const sztp__yang_node_t *info = NULL;
    rc = sztp__yang_child(y, error, "error-info", &info);
    if (rc == SZTP_OK && info != NULL && sztp__yang_is_container(y, info))
      rc = sztp__yang_child(csr, info, "csr-request", out);
  }
  return rc;
}

int32_t sztp__csr_request_read(sztp_ctx_t *ctx, sztp__span_t body, const sztp__csr_offer_t *offer,
                               sztp__csr_wish_t *out) {
  sztp__yang_t y = {ctx, "ietf-restconf", WHERE, SZTP_ERR_CSR_REFUSED, 1, NULL, NULL};
  const sztp__yang_node_t *request = NULL;
  uint32_t encoding = sztp__yang_encoding(body);
  size_t told = sztp__trail_len(ctx);
  memset(out, 0, sizeof *out);
  if (encoding == SZTP__ENCODING_ANY) return SZTP_ERR_NOT_FOUND;
  int32_t rc = sztp__yang_open(&y, body, encoding);
  sztp__yang_t csr = y;
  csr.module = MODULE;
  if (rc == SZTP_OK) rc = find_request(&y, &csr, &request);
  if (rc != SZTP_ERR_MEMORY && request == NULL) { /* an errors document like any other */
    sztp__trail_cut(ctx, told);
    rc = SZTP_ERR_NOT_FOUND;
  }
  if (rc == SZTP_OK) rc = read_wish(&csr, request, offer, out);
  sztp__yang_close(&y);
  return rc;
}

void sztp__csr_wish_free(sztp_ctx_t *ctx, sztp__csr_wish_t *wish) { sztp__blob_free(ctx, &wish->info); }
