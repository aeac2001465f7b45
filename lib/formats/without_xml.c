/* SPDX-License-Identifier: Apache-2.0 */
/* A build without XML (make XML=0): no document in XML is read. None is written, since no server is asked for
 * it. */
#include "formats/xml.h"
#include "formats/xml_tree.h"

static int32_t no_xml(sztp_ctx_t *ctx) {
  return sztp__fail(ctx, SZTP_ERR_XML, "xml", "this library was built without XML (SZTP_FEATURE_XML)");
}

int32_t sztp__xml_parse(sztp_ctx_t *ctx, sztp__span_t text, const sztp__xml_handler_t *handler) {
  (void)text;
  (void)handler;
  return no_xml(ctx);
}

int32_t sztp__xml_tree_read(sztp_ctx_t *ctx, sztp__span_t text, sztp__xml_tree_t **out) {
  (void)text;
  *out = NULL;
  return no_xml(ctx);
}

void sztp__xml_tree_free(sztp__xml_tree_t *tree) { (void)tree; }

int32_t sztp__xml_put_text(sztp__buf_t *out, sztp__span_t text) {
  (void)text;
  return no_xml(out->ctx);
}
