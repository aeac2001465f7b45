/* SPDX-License-Identifier: Apache-2.0 */
/* Walks DNS messages: every count, length and pointer is compared with what is really there (DNS-31). */
#include "discovery/dns_message.h"

#include <sztp/discovery.h>

#define HEADER_SIZE 12
#define RECORD_HEAD 10 /* type, class, TTL and RDLENGTH, after the owner */
#define SRV_HEAD    6  /* priority, weight, port */

static uint16_t word(sztp__span_t m, size_t at) { return (uint16_t)(m.data[at] << 8 | m.data[at + 1]); }

static int32_t dns_malformed(sztp_ctx_t *ctx, const char *what, const char *fault) {
  return sztp__fail(ctx, SZTP_ERR_DNS, "dns.message", "malformed message: %s has %s", what, fault);
}

/* The name at *at, with room for @p more octets after it. */
static int32_t read_dns_name(sztp_ctx_t *ctx, sztp__span_t m, size_t *at, sztp__dns_name_t *out, size_t more,
                             const char *what) {
  const char *fault = sztp__dns_name_read(m, at, out);
  if (fault == NULL && more > m.len - *at) fault = SZTP__WORDS("less data than it announces");
  return fault == NULL ? SZTP_OK : dns_malformed(ctx, what, fault);
}

int32_t sztp__dns_open(sztp_ctx_t *ctx, sztp__span_t octets, sztp__dns_message_t *out) {
  sztp__dns_name_t other;
  if (octets.len < HEADER_SIZE) return dns_malformed(ctx, "the header", "less than 12 octets");
  memset(out, 0, sizeof *out);
  out->octets = octets;
  out->id = word(octets, 0);
  out->flags = word(octets, 2);
  out->questions = word(octets, 4);
  for (size_t i = 0; i < SZTP__DNS_SECTIONS; i++) out->left[i] = word(octets, 6 + 2 * i);
  out->at = HEADER_SIZE;
  for (size_t i = 0; i < out->questions; i++) {
    int32_t rc = read_dns_name(ctx, octets, &out->at, i == 0 ? &out->name : &other, 4, "a question");
    if (rc < 0) return rc;
    if (i == 0) out->type = word(octets, out->at);
    if (i == 0) out->class_in = word(octets, out->at + 2);
    out->at += 4;
  }
  return SZTP_OK;
}

/* ---- data of records ----------------------------------------------------------------------------- */

/* A name that fills the record from @p at on. */
static const char *dns_name_fault(sztp__span_t m, size_t at, size_t end, sztp__dns_name_t *out) {
  const char *fault = sztp__dns_name_read(m, &at, out);
  return fault == NULL && at != end ? SZTP__WORDS("another length than its name") : fault;
}

static const char *txt_fault(sztp__span_t m, size_t at, size_t end) {
  while (at < end) {
    size_t len = m.data[at];
    if (len > end - at - 1) return SZTP__WORDS("a string that runs past its end");
    at += len + 1;
  }
  return NULL;
}

static const char *data_fault(sztp__span_t m, const sztp__dns_record_t *r) {
  sztp__dns_name_t name;
  if ((r->class_in & ~SZTP__DNS_TOP_BIT) != SZTP__DNS_CLASS_IN) return NULL;
  switch (r->type) {
  case SZTP_DNS_A: return r->len == 4 ? NULL : SZTP__WORDS("another length than an IPv4 address");
  case SZTP_DNS_AAAA: return r->len == 16 ? NULL : SZTP__WORDS("another length than an IPv6 address");
  case SZTP_DNS_TXT: return txt_fault(m, r->at, r->at + r->len);
  case SZTP__DNS_TYPE_CNAME: return dns_name_fault(m, r->at, r->at + r->len, &name);
  case SZTP_DNS_SRV:
    if (r->len < SRV_HEAD + 1) return SZTP__WORDS("less than 7 octets");
    return dns_name_fault(m, r->at + SRV_HEAD, r->at + r->len, &name);
  default: return NULL;
  }
}

int32_t sztp__dns_next(sztp_ctx_t *ctx, sztp__dns_message_t *m, sztp__dns_record_t *out) {
  static const char *const names[] = {"an answer", "an authority record", "an additional record"};
  int section = SZTP__DNS_ANSWER;
  while (section < SZTP__DNS_SECTIONS && m->left[section] == 0) section++;
  if (section == SZTP__DNS_SECTIONS) return 0;
  int32_t rc = read_dns_name(ctx, m->octets, &m->at, &out->owner, RECORD_HEAD, names[section]);
  if (rc < 0) return rc;
  out->section = section;
  out->type = word(m->octets, m->at);
  out->class_in = word(m->octets, m->at + 2);
  out->ttl = (uint32_t)word(m->octets, m->at + 4) << 16 | word(m->octets, m->at + 6);
  out->len = word(m->octets, m->at + 8);
  out->at = m->at + RECORD_HEAD;
  if (out->len > m->octets.len - out->at)
    return dns_malformed(ctx, names[section], "data that runs past the end");
  const char *fault = data_fault(m->octets, out);
  if (fault != NULL) return dns_malformed(ctx, names[section], fault);
  m->at = out->at + out->len;
  m->left[section]--;
  return 1;
}

void sztp__dns_read_srv(const sztp__dns_message_t *m, const sztp__dns_record_t *r, sztp__dns_srv_t *out) {
  size_t at = r->at + SRV_HEAD;
  out->priority = word(m->octets, r->at);
  out->weight = word(m->octets, r->at + 2);
  out->port = word(m->octets, r->at + 4);
  (void)sztp__dns_name_read(m->octets, &at, &out->target); /* which was read before */
}

void sztp__dns_read_cname(const sztp__dns_message_t *m, const sztp__dns_record_t *r, sztp__dns_name_t *out) {
  size_t at = r->at;
  (void)sztp__dns_name_read(m->octets, &at, out);
}
