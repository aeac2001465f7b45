/* SPDX-License-Identifier: Apache-2.0 */
/* get-bootstrapping-data: the request to a bootstrap server, and its reply. */
#include "exchange/rpc.h"

#include "formats/found.h"
#include "formats/uri.h"
#include "ground/format.h"
#include "ground/text.h"

#define MODULE "ietf-sztp-bootstrap-server"

/* ---- get-bootstrapping-data ---------------------------------------------------------------------- */

static void put_leaf(sztp__yang_writer_t *w, const char *name, const char *value) {
  if (value != NULL) sztp__write_text(w, name, sztp__span_of(value));
}

int32_t sztp__data_request(const sztp_device_t *dev, int server_trusted, sztp__span_t nonce,
                           uint32_t encoding, sztp__write_more_fn more, const void *user, sztp__buf_t *body) {
  sztp__yang_writer_t w;
  sztp__write_begin(&w, body, encoding, MODULE, "input");
  if (server_trusted) {
    put_leaf(&w, "hw-model", dev->fields[SZTP_DEVICE_HW_MODEL]);
    put_leaf(&w, "os-name", dev->fields[SZTP_DEVICE_OS_NAME]);
    put_leaf(&w, "os-version", dev->fields[SZTP_DEVICE_OS_VERSION]);
  } else {
    sztp__write_empty(&w, "signed-data-preferred");
  }
  if (nonce.len > 0) sztp__write_binary(&w, "nonce", nonce);
  if (more != NULL) more(user, &w);
  sztp__write_end(&w, "input");
  return body->status;
}

/* The encoding of a reply by its media type, parameters and letter case ignored, else by its first octet
 * (D-52). */
static uint32_t encoding_of(sztp__span_t content_type, sztp__span_t body) {
  static const struct {
    const char *type;
    uint32_t encoding;
  } types[] = {
    {SZTP__MEDIA_JSON, SZTP__ENCODING_JSON},
    {"application/yang.data+json", SZTP__ENCODING_JSON},
    {"application/json", SZTP__ENCODING_JSON},
#if SZTP__XML
    {SZTP__MEDIA_XML, SZTP__ENCODING_XML},
    {"application/yang.data+xml", SZTP__ENCODING_XML},
    {"application/xml", SZTP__ENCODING_XML},
    {"text/xml", SZTP__ENCODING_XML},
#endif
  };
  size_t n = 0;
  while (n < content_type.len && content_type.data[n] != ';' && content_type.data[n] != ' ' &&
         content_type.data[n] != '\t')
    n++;
  for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
    if (sztp__host_equal(sztp__span(content_type.data, n), sztp__span_of(types[i].type)))
      return types[i].encoding;
  return sztp__yang_encoding(body);
}

static int32_t read_artifact(const sztp__yang_t *y, const sztp__yang_node_t *output, const char *name,
                             uint32_t artifact, sztp_bundle_t *bundle) {
  uint8_t *data = NULL;
  size_t len = 0;
  uint64_t max = sztp__bundle_limit(y->ctx, artifact);
  int32_t rc = sztp__yang_binary(y, output, name, SZTP__BASE64_STRICT, max, &data, &len);
  if (rc < 0 || data == NULL) return rc;
  return sztp__bundle_take(bundle, artifact, data, len);
}

static int32_t read_level(const sztp__yang_t *y, const sztp__yang_node_t *output, int *verbose) {
  sztp__span_t level = {NULL, 0};
  int32_t rc = sztp__yang_string(y, output, "reporting-level", &level);
  if (rc < 0) return rc;
  *verbose = sztp__span_is(level, "verbose");
  if (level.data != NULL && !*verbose && !sztp__span_is(level, "minimal"))
    sztp__log(y->ctx, SZTP_LOG_WARN, SZTP_TOPIC_SERVER, "unknown reporting-level; minimal is taken");
  return SZTP_OK;
}

static int32_t read_output(const sztp__yang_t *y, sztp_bundle_t *bundle, int *verbose) {
  static const char *const known[] = {"conveyed-information", "owner-certificate", "ownership-voucher",
                                      "reporting-level", NULL};
  const sztp__yang_node_t *output = NULL;
  int32_t rc = sztp__yang_top(y, "output", &output);
  if (rc == SZTP_OK && (output == NULL || !sztp__yang_is_container(y, output))) {
    char found[SZTP__PHRASE_SIZE];
    rc = sztp__fail(y->ctx, y->fault, y->where, "no output container, but %s",
                    sztp__yang_top_text(y, found, sizeof found));
  }
  if (rc == SZTP_OK)
    rc = read_artifact(y, output, "conveyed-information", SZTP_ARTIFACT_CONVEYED_INFO, bundle);
  if (rc == SZTP_OK && sztp__bundle_span(bundle, SZTP_ARTIFACT_CONVEYED_INFO).data == NULL)
    rc = sztp__fail(y->ctx, y->fault, y->where, "no conveyed-information");
  if (rc == SZTP_OK) rc = read_artifact(y, output, "owner-certificate", SZTP_ARTIFACT_OWNER_CERT, bundle);
  if (rc == SZTP_OK) rc = read_artifact(y, output, "ownership-voucher", SZTP_ARTIFACT_VOUCHER, bundle);
  if (rc == SZTP_OK) rc = read_level(y, output, verbose);
  if (rc == SZTP_OK) sztp__yang_unknown(y, output, known);
  return rc;
}

int32_t sztp__data_reply(sztp_ctx_t *ctx, sztp__span_t body, sztp__span_t content_type, sztp_bundle_t *bundle,
                         int *verbose) {
  sztp__yang_t y = {ctx, MODULE, "reply", SZTP_ERR_MODEL_INVALID, 1, NULL, NULL};
  uint32_t encoding = encoding_of(content_type, body);
  *verbose = 0;
  if (body.len == 0)
    return sztp__fail(ctx, SZTP_ERR_SERVER_FAIL, "reply", "empty, where conveyed-information is mandatory");
  const char *found = sztp__found(body);
  if (encoding == SZTP__ENCODING_ANY)
    return sztp__fail(ctx, SZTP_ERR_MODEL_INVALID, "reply", "neither JSON nor XML%s%s",
                      found != NULL ? ", but " : "", found != NULL ? found : "");
  int32_t rc = sztp__yang_open(&y, body, encoding);
  if (rc == SZTP_OK) rc = read_output(&y, bundle, verbose);
  sztp__yang_close(&y);
  if (rc == SZTP_ERR_MODEL_INVALID && found != NULL && strcmp(found, SZTP__FOUND_HTML) == 0) {
    sztp__trail_clear(ctx);
    return sztp__fail(ctx, rc, "reply",
                      "%s, as a portal or a proxy sends it, and no reply of a bootstrap server", found);
  }
  return rc;
}

/* ---- errors -------------------------------------------------------------------------------------- */

char *sztp__errors_text(sztp_ctx_t *ctx, sztp__span_t body, char *out, size_t cap) {
  sztp__yang_t y = {ctx, "ietf-restconf", "errors", SZTP_ERR_MODEL_INVALID, 1, NULL, NULL};
  const sztp__yang_node_t *errors = NULL;
  const sztp__yang_node_t *list = NULL;
  sztp__span_t tag = {NULL, 0};
  sztp__span_t message = {NULL, 0};
  uint32_t encoding = sztp__yang_encoding(body);
  out[0] = '\0';
  if (encoding == SZTP__ENCODING_ANY || sztp__yang_open(&y, body, encoding) < 0) return out;
  int32_t rc = sztp__yang_top(&y, "errors", &errors);
  if (rc == SZTP_OK && errors != NULL) rc = sztp__yang_list(&y, errors, "error", &list);
  const sztp__yang_node_t *first = rc == SZTP_OK ? sztp__yang_first(&y, list) : NULL;
  if (first != NULL) {
    char tag_text[SZTP__NAME_SIZE];
    char message_text[SZTP__PHRASE_SIZE];
    if (sztp__yang_string(&y, first, "error-tag", &tag) < 0) tag = sztp__span(NULL, 0);
    if (sztp__yang_string(&y, first, "error-message", &message) < 0) message = sztp__span(NULL, 0);
    (void)sztp__sentence(out, cap, "%s%s%s", sztp__printable(tag_text, sizeof tag_text, tag),
                         message.len > 0 ? ": " : "",
                         sztp__printable(message_text, sizeof message_text, message));
  }
  sztp__yang_close(&y);
  return out;
}
