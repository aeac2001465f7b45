/* SPDX-License-Identifier: Apache-2.0 */
/* Writes DNS records as lines of a zone file (RFC 8572 4.2.2, 4.2.3; RFC 1035 5.1). */
#include <sztp/artifacts.h>

#include "discovery/dns.h"
#include "formats/uri.h"
#include "trust/bundle.h"

#define STRING_MAX  255
#define MESSAGE_MAX 65535 /* of RDATA, too */
#define TTL_MAX     0x7fffffff
#define RECORD_MAX  (4 * MESSAGE_MAX + 8192) /* every octet escaped, and what stands around it */

static const struct {
  uint32_t artifact;
  const char *key; /* with the '=' */
} RECORDS[] = {
    {SZTP_ARTIFACT_CONVEYED_INFO, "ci="}, {SZTP_ARTIFACT_OWNER_CERT, "oc="}, {SZTP_ARTIFACT_VOUCHER, "ov="}};
enum { COUNT = sizeof RECORDS / sizeof RECORDS[0], KEY_LEN = 3 };

static size_t rdata_len(size_t value) {
  size_t text = KEY_LEN + value;
  return text + (text + STRING_MAX - 1) / STRING_MAX;
}

/* RFC 8572 4.2.4: one record's data has 16 bits of length, and so has the message that holds them all. */
static int32_t check_sizes(sztp_ctx_t *ctx, const sztp_bundle_t *b, const sztp__dns_name_t *owner) {
  size_t sum = 12 + owner->len + 4 + 11; /* header, question, OPT */
  for (size_t i = 0; i < COUNT; i++) {
    sztp__span_t value = sztp__bundle_span(b, RECORDS[i].artifact);
    if (value.data == NULL) continue;
    size_t len = value.len > MESSAGE_MAX ? value.len : rdata_len(value.len);
    if (len > MESSAGE_MAX)
      return sztp__fail(ctx, SZTP_ERR_LIMIT, "artifacts.dns",
                        "%.2s of %zu octets makes a TXT record of more than %d octets", RECORDS[i].key,
                        value.len, MESSAGE_MAX);
    sum += 2 + 10 + len;
  }
  if (sum <= MESSAGE_MAX) return SZTP_OK;
  return sztp__fail(ctx, SZTP_ERR_LIMIT, "artifacts.dns",
                    "an answer with all records has %zu octets, a DNS message at most %d", sum, MESSAGE_MAX);
}

static void put_octet(sztp__buf_t *out, uint8_t c) {
  if (c == '"' || c == '\\')
    sztp__buf_addf(out, "\\%c", c);
  else if (c >= 0x20 && c < 0x7f)
    sztp__buf_add_u8(out, c);
  else
    sztp__buf_addf(out, "\\%03u", c);
}

/* One record over several lines, a string on each. */
static void put_txt(sztp__buf_t *out, const char *owner, uint32_t ttl, const char *key, sztp__span_t value) {
  sztp__buf_addf(out, "%s %lu IN TXT (", owner, (unsigned long)ttl);
  for (size_t i = 0; i < KEY_LEN + value.len; i++) {
    if (i % STRING_MAX == 0) sztp__buf_add_text(out, i == 0 ? " \"" : "\"\n  \"");
    put_octet(out, i < KEY_LEN ? (uint8_t)key[i] : value.data[i - KEY_LEN]);
  }
  sztp__buf_add_text(out, "\" )\n");
}

int32_t sztp_dns_make(sztp_ctx_t *ctx, const char *serial, const char *domain, const sztp_bundle_t *artifacts,
                      uint32_t ttl, uint8_t **out, size_t *out_len) {
  if (ctx == NULL || serial == NULL || domain == NULL || artifacts == NULL || ttl > TTL_MAX || out == NULL ||
      out_len == NULL)
    return SZTP_ERR_ARG;
  sztp__dns_name_t name;
  char owner[SZTP_DNS_TEXT_MAX];
  sztp__buf_t text;
  if (sztp__enter(ctx) < 0) return SZTP_ERR_REENTRY;
  if (sztp__bundle_span(artifacts, SZTP_ARTIFACT_CONVEYED_INFO).data == NULL)
    return sztp__fail(ctx, SZTP_ERR_ARTIFACT_MISSING, "artifacts.dns", "there is no conveyed information");
  int32_t rc = sztp__dns_owner(ctx, serial, sztp__span_of(domain), &name);
  if (rc == SZTP_OK) rc = check_sizes(ctx, artifacts, &name);
  if (rc < 0) return rc;
  (void)sztp__dns_name_text(&name, owner);
  sztp__buf_init(&text, ctx, (size_t)COUNT * RECORD_MAX);
  for (size_t i = 0; i < COUNT; i++) {
    sztp__span_t value = sztp__bundle_span(artifacts, RECORDS[i].artifact);
    if (value.data != NULL) put_txt(&text, owner, ttl, RECORDS[i].key, value);
  }
  rc = sztp__buf_take(&text, out, out_len);
  sztp__buf_clear(&text);
  return rc;
}

/* A name of its own, absolute, and not more than DNS takes. */
static int32_t write_target(sztp_ctx_t *ctx, const char *host, char out[SZTP_DNS_TEXT_MAX]) {
  sztp__dns_name_t name;
  uint32_t kind = 0;
  int32_t rc = sztp__host_kind(ctx, sztp__span_of(host), &kind);
  if (rc < 0) return rc;
  if (kind != SZTP__HOST_NAME)
    return sztp__fail(ctx, SZTP_ERR_URI, "artifacts.dns", "'%s' is an address; an SRV record names a host",
                      host);
  sztp__dns_name_init(&name);
  rc = sztp__dns_name_add_text(ctx, &name, sztp__span_of(host));
  if (rc == SZTP_OK) (void)sztp__dns_name_text(&name, out);
  return rc;
}

int32_t sztp_dns_make_server(sztp_ctx_t *ctx, const char *domain, const char *host, uint16_t port,
                             uint16_t priority, uint16_t weight, uint32_t ttl, uint8_t **out,
                             size_t *out_len) {
  if (ctx == NULL || domain == NULL || host == NULL || ttl > TTL_MAX || out == NULL || out_len == NULL)
    return SZTP_ERR_ARG;
  sztp__dns_name_t name;
  char owner[SZTP_DNS_TEXT_MAX];
  char target[SZTP_DNS_TEXT_MAX];
  sztp__buf_t text;
  if (sztp__enter(ctx) < 0) return SZTP_ERR_REENTRY;
  int32_t rc = sztp__dns_owner(ctx, NULL, sztp__span_of(domain), &name);
  if (rc == SZTP_OK) rc = write_target(ctx, host, target);
  if (rc < 0) return rc;
  (void)sztp__dns_name_text(&name, owner);
  sztp__buf_init(&text, ctx, (size_t)3 * SZTP_DNS_TEXT_MAX);
  sztp__buf_addf(&text, "%s %lu IN SRV %u %u %u %s\n", owner, (unsigned long)ttl, (unsigned)priority,
                 (unsigned)weight, (unsigned)(port == 0 ? 443 : port), target);
  rc = sztp__buf_take(&text, out, out_len);
  sztp__buf_clear(&text);
  return rc;
}
