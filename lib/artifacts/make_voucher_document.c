/* SPDX-License-Identifier: Apache-2.0 */
/* Writes a voucher's nodes: in JSON (RFC 7951) and in CBOR (RFC 9254, each node by the distance of its SID).
 */
#include <sztp/device.h>

#include "artifacts/make_voucher.h"
#include "formats/cbor.h"
#include "formats/yang_write.h"
#include "ground/text.h"

const char *sztp__voucher_assertion(uint64_t bit, uint64_t *number) {
  const char *name = NULL;
  for (*number = 0; (name = sztp__voucher_assertion_name(*number)) != NULL; (*number)++)
    if (bit == UINT64_C(1) << *number) break;
  return name;
}

/* Devices pass over last-renewal-date, which is for those who renew. */
static uint32_t written_as(uint32_t node) {
  return node == SZTP__NODE_LAST_RENEWAL ? SZTP__AS_TEXT : sztp__voucher_node_kind(node);
}

/* The text of a node that is written as such; {NULL, 0} if it is absent. */
static sztp__span_t text_of(const sztp_voucher_t *v, uint32_t node, char date[SZTP__DATE_SIZE]) {
  uint64_t number = 0;
  int64_t time = node == SZTP__NODE_CREATED_ON   ? v->created_on
                 : node == SZTP__NODE_EXPIRES_ON ? v->expires_on
                                                 : v->last_renewal;
  if (node == SZTP__NODE_SERIAL) return sztp__blob_span(&v->value[node]);
  if (node == SZTP__NODE_ASSERTION) return sztp__span_of(sztp__voucher_assertion(v->assertion, &number));
  return time == SZTP_TIME_UNKNOWN ? sztp__span(NULL, 0) : sztp__span_of(sztp__time_format(date, time));
}

static int is_present(const sztp_voucher_t *v, uint32_t node) {
  char date[SZTP__DATE_SIZE];
  switch (written_as(node)) {
  case SZTP__AS_TEXT: return text_of(v, node, date).data != NULL;
  case SZTP__AS_BINARY: return v->value[node].data != NULL;
  case SZTP__AS_BOOLEAN: return v->revocation >= 0;
  default: return 0;
  }
}

static void put_json(const sztp_voucher_t *v, uint32_t node, sztp__yang_writer_t *w) {
  char date[SZTP__DATE_SIZE];
  const char *name = sztp__voucher_node_name(node);
  switch (written_as(node)) {
  case SZTP__AS_TEXT: sztp__write_text(w, name, text_of(v, node, date)); break;
  case SZTP__AS_BINARY: sztp__write_binary(w, name, sztp__blob_span(&v->value[node])); break;
  default: sztp__write_plain(w, name, v->revocation ? "true" : "false"); break;
  }
}

/* In the order in which RFC 8366 has them. */
int32_t sztp__voucher_write_json(const sztp_voucher_t *v, sztp__buf_t *out) {
  static const uint8_t order[] = {
      SZTP__NODE_CREATED_ON,    SZTP__NODE_EXPIRES_ON,  SZTP__NODE_ASSERTION,   SZTP__NODE_SERIAL,
      SZTP__NODE_IDEVID_ISSUER, SZTP__NODE_PINNED_CERT, SZTP__NODE_PINNED_PUBK, SZTP__NODE_PINNED_PUBK_SHA256,
      SZTP__NODE_REVOCATION,    SZTP__NODE_NONCE,       SZTP__NODE_LAST_RENEWAL};
  sztp__yang_writer_t w;
  sztp__write_begin(&w, out, SZTP__ENCODING_JSON, "ietf-voucher", "voucher");
  for (size_t i = 0; i < sizeof order; i++)
    if (is_present(v, order[i])) put_json(v, order[i], &w);
  sztp__write_end(&w, "voucher");
  return out->status;
}

/* COSE-08 */
static void put_cbor(const sztp_voucher_t *v, uint32_t node, sztp__buf_t *out) {
  char date[SZTP__DATE_SIZE];
  uint64_t number = 0;
  sztp__cbor_put_uint(out, node);
  if (node == SZTP__NODE_ASSERTION) {
    (void)sztp__voucher_assertion(v->assertion, &number);
    sztp__cbor_put_uint(out, number);
  } else if (node == SZTP__NODE_REVOCATION) {
    sztp__cbor_put_bool(out, v->revocation);
  } else if (written_as(node) == SZTP__AS_TEXT) {
    sztp__cbor_put_text(out, text_of(v, node, date));
  } else {
    sztp__cbor_put_bytes(out, sztp__blob_span(&v->value[node]));
  }
}

/* Keys in rising order, as deterministic encoding wants them (RFC 8949 4.2). */
int32_t sztp__voucher_write_cbor(const sztp_voucher_t *v, sztp__buf_t *out) {
  size_t count = 0;
  for (uint32_t node = 1; node < SZTP__NODES; node++) count += is_present(v, node) ? 1u : 0u;
  sztp__cbor_put_map(out, 1);
  sztp__cbor_put_uint(out, SZTP__VOUCHER_SID);
  sztp__cbor_put_map(out, count);
  for (uint32_t node = 1; node < SZTP__NODES; node++)
    if (is_present(v, node)) put_cbor(v, node, out);
  return out->status;
}
