/* SPDX-License-Identifier: Apache-2.0 */
/* The server's Certificate message as mbedTLS gets to see it.
 *
 * In a handshake mbedTLS parses every certificate before it asks anybody, and breaks off at a critical
 * extension that it does not know: name constraints and policies, which RFC 5280 wants critical and which the
 * core judges, and whatever is wrong with an intermediate that is not even needed. The interface for that,
 * mbedtls_x509_crt_parse_der_with_ext_cb(), does not reach into a handshake. Therefore the message is read
 * here just before mbedTLS does; a copy is kept for whoever judges; and in the place where mbedTLS reads it
 * again, the first certificate's entry reaches to the end of the list (what stands behind the certificate in
 * it is not looked at), and its critical extensions are said not to be critical. All of mbedTLS's judgement
 * is the caller's anyhow.
 *
 * What is signed and hashed of the handshake are the true octets: TLS 1.2 takes them into the transcript when
 * it reads a message; TLS 1.3 after the certificates were verified, so that the copy is put back at that
 * time. Of mbedTLS's inside this needs the function that reads a message and the flag that it is to be read
 * again, both the same in 2.28 and 3.6. */
#include <stdlib.h>
#include <string.h>

#include <mbedtls/asn1.h>
#include <mbedtls/version.h>

#include <sztp/error.h>

#include "https/certificate_message.h"
#include "https/tls_engine_mbedtls.h"

#define TAG_EXTENSIONS (MBEDTLS_ASN1_CONTEXT_SPECIFIC | MBEDTLS_ASN1_CONSTRUCTED | 3)
#define TAG_SEQUENCE   (MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE)

/* As library/ssl_internal.h of 2.28 and library/ssl_misc.h of 3.6 have it. */
int mbedtls_ssl_read_record(mbedtls_ssl_context *ssl, unsigned update_hs_digest);

/* ---- the message --------------------------------------------------------------------------------- */

static int is_tls13(const mbedtls_ssl_context *ssl) {
#if defined(MBEDTLS_SSL_PROTO_TLS1_3)
  return mbedtls_ssl_get_version_number(ssl) == MBEDTLS_SSL_VERSION_TLS1_3;
#else
  (void)ssl;
  return 0;
#endif
}

typedef struct octets {
  uint8_t *p;
  uint8_t *end;
} octets_t;

/* The part @p span of @p message, to be changed. */
static octets_t part_of(uint8_t *message, sztp__span_t whole, sztp__span_t span) {
  uint8_t *p = message + (span.data - whole.data);
  octets_t out = {p, p + span.len};
  return out;
}

/* ---- what mbedTLS is not to judge ---------------------------------------------------------------- */

/* The contents of an element with this tag, behind which @p in is then; 0, or mbedTLS's error. */
static int element(octets_t *in, int tag, octets_t *out) {
  size_t len = 0;
  int rc = mbedtls_asn1_get_tag(&in->p, in->end, &len, tag);
  if (rc != 0) return rc;
  out->p = in->p;
  out->end = in->p + len;
  in->p = out->end;
  return 0;
}

/* Every critical extension becomes one that is not. What is malformed is left for mbedTLS to refuse. */
static void calm(octets_t der) {
  octets_t in;
  octets_t part;
  if (element(&der, TAG_SEQUENCE, &part) != 0 || element(&part, TAG_SEQUENCE, &in) != 0) return;
  while (in.p < in.end && *in.p != TAG_EXTENSIONS)
    if (element(&in, *in.p, &part) != 0) return;
  if (element(&in, TAG_EXTENSIONS, &part) != 0 || element(&part, TAG_SEQUENCE, &in) != 0) return;
  while (element(&in, TAG_SEQUENCE, &part) == 0) {
    octets_t value;
    if (element(&part, MBEDTLS_ASN1_OID, &value) != 0) return;
    if (element(&part, MBEDTLS_ASN1_BOOLEAN, &value) == 0 && value.end - value.p == 1) *value.p = 0;
  }
}

/* What fills its entry, and so ends where everybody sees it end. */
static int is_whole(octets_t der) {
  octets_t contents;
  return element(&der, TAG_SEQUENCE, &contents) == 0 && der.p == der.end;
}

/* The first certificate's entry becomes the only one. */
static void leave_first(octets_t list, int tls13) {
  size_t len = (size_t)(list.end - list.p) - 3 - (tls13 ? 2 : 0);
  for (size_t i = 3; i > 0; i--, len >>= 8) list.p[i - 1] = (uint8_t)len;
  if (tls13) list.end[-1] = list.end[-2] = 0; /* no extensions */
}

void sztp__tls_chain_hide(uint8_t *message, size_t len, int tls13) {
  sztp__span_t whole = sztp__span(message, len);
  sztp__span_t list;
  sztp__span_t first;
  sztp__span_t other;
  if (!sztp__certificate_list(whole, tls13, &list)) return;
  sztp__span_t rest = list;
  if (!sztp__certificate_next(&rest, tls13, &first)) return;
  while (sztp__certificate_next(&rest, tls13, &other)) continue;
  octets_t certificate = part_of(message, whole, first);
  if (rest.len > 0 || !is_whole(certificate)) return; /* malformed: mbedTLS is to see it */
  calm(certificate);
  leave_first(part_of(message, whole, list), tls13);
}

int sztp__tls_chain_take(sztp__tls_chain_t *c, mbedtls_ssl_context *ssl) {
  if (c->message != NULL) return 0;
  int tls13 = is_tls13(ssl);
  int rc = mbedtls_ssl_read_record(ssl, !tls13);
  if (rc != 0) return rc;
  ssl->MBEDTLS_PRIVATE(keep_current_message) = 1;
  size_t len = ssl->MBEDTLS_PRIVATE(in_hslen);
  uint8_t *message = ssl->MBEDTLS_PRIVATE(in_msg);
  if (ssl->MBEDTLS_PRIVATE(in_msgtype) != MBEDTLS_SSL_MSG_HANDSHAKE || len == 0 ||
      message[0] != MBEDTLS_SSL_HS_CERTIFICATE)
    return 0; /* mbedTLS says what it wants */
  c->message = malloc(len);
  if (c->message == NULL) return MBEDTLS_ERR_SSL_ALLOC_FAILED;
  memcpy(c->message, message, len);
  c->len = len;
  c->tls13 = tls13;
  sztp__tls_chain_hide(message, len, tls13);
  return 0;
}

void sztp__tls_chain_put_back(const sztp__tls_chain_t *c, mbedtls_ssl_context *ssl) {
  if (c->message != NULL) memcpy(ssl->MBEDTLS_PRIVATE(in_msg), c->message, c->len);
}

/* ---- what is judged ------------------------------------------------------------------------------ */

int32_t sztp__tls_chain_octets(const sztp__tls_chain_t *c, uint8_t **out, size_t *out_len) {
  return sztp__certificate_octets(sztp__span(c->message, c->len), c->tls13, out, out_len);
}

void sztp__tls_chain_free(sztp__tls_chain_t *c) {
  free(c->message);
  c->message = NULL;
}
