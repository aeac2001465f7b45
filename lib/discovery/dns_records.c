/* SPDX-License-Identifier: Apache-2.0 */
/* What the records of a DNS message mean: TXT records are artifacts, SRV records are bootstrap servers (RFC
 * 8572 4.2.2, 4.2.3), A and AAAA records are addresses of either. */

#include "cryptography/cms.h"
#include "discovery/dns.h"
#include "formats/der.h"
#include "formats/uri.h"
#include "ground/format.h"
#include "ground/text.h"
#include "trust/bundle.h"

#define FIRST_COME   (SZTP__DNS_RESPONDERS / 2) /* of them are kept whoever comes later */
#define LINKS        8                          /* of CNAME records (DNS-32) */
#define ZONE_MAX     63                         /* of an address */
#define TOLD         8                          /* skipped records in the log, for each question */
#define ADDRESS_ROOM (40 + 1 + ZONE_MAX + 1)

typedef struct take {
  sztp_dns_t *q;
  const sztp__dns_message_t *m;
  sztp__span_t responder;
  sztp__dns_name_t name;      /* that the records wanted have: the question's, or where its CNAMEs lead */
  sztp__dns_answer_t *answer; /* of the responder; NULL until there is something to keep */
} take_t;

/* ---- answers ------------------------------------------------------------------------------------- */

static void free_addresses(sztp_ctx_t *ctx, sztp__dns_addresses_t *list) {
  for (size_t i = 0; i < list->n; i++) sztp__blob_free(ctx, &list->v[i]);
  sztp__free(ctx, list->v);
}

void sztp__dns_answer_free(sztp_ctx_t *ctx, sztp__dns_answer_t *a) {
  sztp__blob_free(ctx, &a->responder);
  for (size_t i = 0; i < 3; i++) sztp__blob_free(ctx, &a->artifacts[i]);
  for (size_t i = 0; i < a->server_count; i++) {
    sztp__blob_free(ctx, &a->servers[i].host);
    free_addresses(ctx, &a->servers[i].addresses);
  }
  sztp__free(ctx, a->servers);
  free_addresses(ctx, &a->addresses);
}

static void find_answer(take_t *t) {
  for (size_t i = 0; i < t->q->answer_count && t->answer == NULL; i++) {
    sztp__dns_answer_t *a = &t->q->answers[i];
    if (sztp__span_equal(t->responder, sztp__blob_span(&a->responder))) t->answer = a;
  }
}

/* The place of a newcomer where all are taken: chance decides whether it has one, and whose. Half of them are
 * not drawn for, so that a flood can neither fill all places before others answer nor wash all away that were
 * there before it. SZTP__DNS_RESPONDERS: none. */
static size_t draw_place(sztp_dns_t *q) {
  const uint32_t drawn = SZTP__DNS_RESPONDERS - FIRST_COME;
  uint8_t octets[4];
  uint32_t value = 0;
  if (q->passed_over < UINT32_MAX / 2) q->passed_over++;
  if (sztp__random(q->ctx, octets, sizeof octets) < 0) return SZTP__DNS_RESPONDERS;
  for (size_t i = 0; i < sizeof octets; i++) value = value << 8 | octets[i];
  value %= drawn + q->passed_over;
  return value < drawn ? FIRST_COME + value : SZTP__DNS_RESPONDERS;
}

static int32_t replace_answer(take_t *t) {
  sztp_dns_t *q = t->q;
  size_t at = draw_place(q);
  if (at == SZTP__DNS_RESPONDERS)
    return sztp__fail(q->ctx, SZTP_ERR_LIMIT, "dns.answer", "more than %d responders answer",
                      SZTP__DNS_RESPONDERS);
  sztp__blob_t responder = {sztp__copy(q->ctx, t->responder.data, t->responder.len), t->responder.len};
  if (responder.data == NULL) return SZTP_ERR_MEMORY;
  sztp__dns_answer_free(q->ctx, &q->answers[at]);
  memset(&q->answers[at], 0, sizeof q->answers[at]);
  q->answers[at].responder = responder;
  t->answer = &q->answers[at];
  return SZTP_OK;
}

/* Makes sure that there is an answer to put things into. */
static int32_t need_answer(take_t *t) {
  sztp_dns_t *q = t->q;
  if (t->answer != NULL) return SZTP_OK;
  if (q->answer_count == SZTP__DNS_RESPONDERS) return replace_answer(t);
  sztp__dns_answer_t *grown = sztp__realloc(q->ctx, q->answers, (q->answer_count + 1) * sizeof *grown);
  if (grown == NULL) return SZTP_ERR_MEMORY;
  q->answers = grown;
  sztp__dns_answer_t *a = &grown[q->answer_count];
  memset(a, 0, sizeof *a);
  a->responder.data = sztp__copy(q->ctx, t->responder.data, t->responder.len);
  if (a->responder.data == NULL) return SZTP_ERR_MEMORY;
  a->responder.len = t->responder.len;
  q->answer_count++;
  t->answer = a;
  return SZTP_OK;
}

/* ---- records ------------------------------------------------------------------------------------- */

/* 1 if a record counts at all: its class (DNS-18, DNS-28), and that it is not being withdrawn. Only in
 * multicast DNS does a TTL of 0 mean that (DNS-30); a resolver's means that the record must not be kept. */
static int counts(const sztp_dns_t *q, const sztp__dns_record_t *r) {
  if (!q->multicast) return r->class_in == SZTP__DNS_CLASS_IN;
  return (r->class_in & ~SZTP__DNS_TOP_BIT) == SZTP__DNS_CLASS_IN && r->ttl > 0;
}

/* The next record that counts, of @p type; 1, or 0 at the end. The message was looked through before. */
static int next(const take_t *t, sztp__dns_message_t *m, uint16_t type, sztp__dns_record_t *r) {
  while (sztp__dns_next(t->q->ctx, m, r) == 1)
    if (counts(t->q, r) && r->type == type) return 1;
  return 0;
}

/* The next one of the type asked for that answers the question. */
static int next_wanted(const take_t *t, sztp__dns_message_t *m, sztp__dns_record_t *r) {
  while (next(t, m, (uint16_t)t->q->type, r))
    if (r->section == SZTP__DNS_ANSWER && sztp__dns_name_equal(&r->owner, &t->name)) return 1;
  return 0;
}

/* DNS-32: where the CNAME records of the message lead from the question's name. */
static int32_t follow_alias(take_t *t) {
  for (unsigned links = 0;; links++) {
    sztp__dns_message_t m = *t->m;
    sztp__dns_record_t r;
    int found = 0;
    while (!found && next(t, &m, SZTP__DNS_TYPE_CNAME, &r))
      found = r.section == SZTP__DNS_ANSWER && sztp__dns_name_equal(&r.owner, &t->name);
    if (!found) return SZTP_OK;
    if (links == LINKS)
      return sztp__fail(t->q->ctx, SZTP_ERR_DNS, "dns.answer",
                        "more than %d CNAME records, one after another", LINKS);
    sztp__dns_read_cname(&m, &r, &t->name);
  }
}

/* ---- TXT: artifacts ------------------------------------------------------------------------------ */

/* Copies up to @p cap octets of the strings' contents, put together, from the @p skip-th on (D-18). */
static size_t join_name(sztp__span_t strings, size_t skip, uint8_t *out, size_t cap) {
  size_t used = 0;
  for (size_t at = 0; at < strings.len; at += (size_t)strings.data[at] + 1) {
    size_t len = strings.data[at];
    size_t from = skip < len ? skip : len;
    size_t n = len - from < cap - used ? len - from : cap - used;
    memcpy(out + used, strings.data + at + 1 + from, n);
    used += n;
    skip -= from;
  }
  return used;
}

static size_t joined_len(sztp__span_t strings) {
  size_t count = 0;
  for (size_t at = 0; at < strings.len; at += (size_t)strings.data[at] + 1) count++;
  return strings.len - count;
}

static const char *const KEYS[3] = {"ci", "oc", "ov"};

/* Which artifact it is: 0 to 2, or 3 for anything else, which is ignored (DNS-10). */
static size_t key_of(sztp__span_t strings) {
  uint8_t head[3];
  if (joined_len(strings) <= sizeof head || join_name(strings, 0, head, sizeof head) < sizeof head ||
      head[2] != '=')
    return 3;
  size_t i = 0;
  while (i < 3 && ((head[0] | 0x20) != KEYS[i][0] || (head[1] | 0x20) != KEYS[i][1])) i++;
  return i;
}

static void spoil(sztp__dns_answer_t *a, size_t key, int32_t code, const char *why) {
  if (a->fault != SZTP_OK) return;
  a->fault = code;
  a->fault_key = KEYS[key];
  a->fault_why = why;
}

/* D-20: DER as it is, or else base64 of DER. Takes @p raw over in either case; *out is NULL if it is neither.
 */
static int32_t to_der(sztp_ctx_t *ctx, sztp__blob_t raw, sztp__blob_t *out) {
  if (raw.data[0] == SZTP__DER_SEQUENCE) {
    *out = raw;
    return SZTP_OK;
  }
  sztp__buf_t der;
  sztp__buf_init(&der, ctx, raw.len);
  int32_t rc = sztp__base64_decode(ctx, sztp__blob_span(&raw), SZTP__BASE64_STRICT, &der);
  sztp__blob_free(ctx, &raw);
  int good = rc == SZTP_OK && der.len > 0 && der.data[0] == SZTP__DER_SEQUENCE;
  if (good) rc = sztp__buf_take(&der, &out->data, &out->len);
  sztp__buf_clear(&der);
  if (rc == SZTP_ERR_MEMORY || good) return rc;
  sztp__trail_clear(ctx);
  return SZTP_OK;
}

static int32_t take_txt(take_t *t, sztp__span_t strings) {
  static const uint32_t kinds[3] = {SZTP_ARTIFACT_CONVEYED_INFO, SZTP_ARTIFACT_OWNER_CERT,
                                    SZTP_ARTIFACT_VOUCHER};
  sztp_ctx_t *ctx = t->q->ctx;
  size_t key = key_of(strings);
  int32_t rc = need_answer(t);
  if (rc < 0 || key == 3) return rc;
  sztp__blob_t raw = {NULL, joined_len(strings) - 3};
  sztp__blob_t der = {NULL, 0};
  sztp__blob_t *slot = &t->answer->artifacts[key];
  if (raw.len > sztp__bundle_limit(ctx, kinds[key])) {
    spoil(t->answer, key, SZTP_ERR_LIMIT, SZTP__WORDS("it has more octets than are allowed"));
    return SZTP_OK;
  }
  raw.data = sztp__alloc(ctx, raw.len + 1);
  if (raw.data == NULL) return SZTP_ERR_MEMORY;
  (void)join_name(strings, 3, raw.data, raw.len);
  rc = to_der(ctx, raw, &der);
  if (rc < 0) return rc;
  if (der.data == NULL) {
    spoil(t->answer, key, SZTP_ERR_DNS, SZTP__WORDS("it is neither DER nor base64 of DER"));
  } else if (slot->data == NULL) {
    *slot = der;
  } else {
    /* The order of records means nothing, so that there is no first one that wins (D-19). */
    if (!sztp__span_equal(sztp__blob_span(slot), sztp__blob_span(&der)))
      spoil(t->answer, key, SZTP_ERR_DNS, SZTP__WORDS("there are two different values of it"));
    sztp__blob_free(ctx, &der);
  }
  return SZTP_OK;
}

/* 1 if conveyed information is unsigned and unencrypted, so that nothing else belongs to it; else 0, or
 * SZTP_ERR_MEMORY.
 */
static int32_t is_plain(sztp_ctx_t *ctx, const sztp__blob_t *ci) {
  sztp__cms_t *cms = NULL;
  int32_t rc = sztp__cms_parse(ctx, sztp__blob_span(ci), &cms);
  if (rc == SZTP_ERR_MEMORY) return rc;
  sztp__trail_clear(ctx);
  if (rc < 0) return 0;
  uint32_t type = cms->type;
  sztp__cms_free(ctx, cms);
  return type == SZTP__CMS_DATA || type == SZTP__CMS_CONVEYED_XML || type == SZTP__CMS_CONVEYED_JSON;
}

/* 1 if nothing is missing from the grouping (D-25); else 0, or SZTP_ERR_MEMORY. */
static int32_t is_complete(sztp_ctx_t *ctx, const sztp__dns_answer_t *a) {
  if (a->fault != SZTP_OK || a->artifacts[0].data == NULL) return 0;
  if (a->artifacts[1].data != NULL && a->artifacts[2].data != NULL) return 1;
  return is_plain(ctx, &a->artifacts[0]);
}

/* ---- A and AAAA: addresses ----------------------------------------------------------------------- */

/* Writes @p value, of at most 16 bits, and a NUL; returns where that is. */
static char *put_address_number(char *p, unsigned value, unsigned base) {
  unsigned place = 1;
  while (value / place >= base) place *= base;
  for (; place > 0; place /= base) *p++ = "0123456789abcdef"[value / place % base];
  *p = '\0';
  return p;
}

/* RFC 5952: the longest run of two or more zero groups is "::". */
static void write_ipv6(const uint8_t *a, char out[ADDRESS_ROOM]) {
  size_t start = 8, run = 1;
  for (size_t i = 0; i < 8; i++) {
    size_t n = 0;
    while (i + n < 8 && a[2 * (i + n)] == 0 && a[2 * (i + n) + 1] == 0) n++;
    if (n > run) {
      start = i;
      run = n;
    }
  }
  char *p = out;
  *p = '\0';
  for (size_t i = 0; i < 8;) {
    if (i == start) {
      *p++ = ':';
      *p++ = ':';
      *p = '\0';
      i += run;
      continue;
    }
    unsigned group = (unsigned)a[2 * i] << 8 | a[2 * i + 1];
    if (i > 0 && p[-1] != ':') *p++ = ':';
    p = put_address_number(p, group, 16);
    i++;
  }
}

/* The link that the responder is on, by what follows '%'. */
static sztp__span_t zone_of(sztp__span_t responder) {
  const uint8_t *percent = responder.len == 0 ? NULL : memchr(responder.data, '%', responder.len);
  if (percent == NULL) return sztp__span(NULL, 0);
  sztp__span_t zone = sztp__span(percent + 1, responder.len - (size_t)(percent - responder.data) - 1);
  return zone.len <= ZONE_MAX && (zone.len == 0 || memchr(zone.data, 0, zone.len) == NULL)
             ? zone
             : sztp__span(NULL, 0);
}

/* Writes a record's address. 0 for a link-local one on an unknown link. */
static int address_text(const take_t *t, const sztp__dns_record_t *r, char out[ADDRESS_ROOM]) {
  const uint8_t *a = t->m->octets.data + r->at;
  if (r->type == SZTP_DNS_A) {
    for (size_t i = 0; i < 4; i++) {
      if (i > 0) *out++ = '.';
      out = put_address_number(out, a[i], 10);
    }
    return 1;
  }
  write_ipv6(a, out);
  if (a[0] != 0xfe || (a[1] & 0xc0) != 0x80) return 1;
  sztp__span_t zone = zone_of(t->responder);
  size_t len = strlen(out);
  if (zone.len == 0) return 0;
  out[len] = '%';
  memcpy(out + len + 1, zone.data, zone.len);
  out[len + 1 + zone.len] = '\0';
  return 1;
}

static int32_t take_address(take_t *t, const sztp__dns_record_t *r, sztp__dns_addresses_t *list) {
  char text[ADDRESS_ROOM];
  if (list->n == SZTP__DNS_ADDRESSES || !address_text(t, r, text)) return SZTP_OK;
  sztp__span_t address = sztp__span_of(text);
  for (size_t i = 0; i < list->n; i++)
    if (sztp__span_equal(address, sztp__blob_span(&list->v[i]))) return SZTP_OK;
  sztp__blob_t *grown = sztp__realloc(t->q->ctx, list->v, (list->n + 1) * sizeof *grown);
  if (grown == NULL) return SZTP_ERR_MEMORY;
  list->v = grown;
  grown[list->n] = (sztp__blob_t){NULL, 0};
  int32_t rc = sztp__blob_set(t->q->ctx, &grown[list->n], address);
  if (rc == SZTP_OK) list->n++;
  return rc;
}

/* ---- SRV: bootstrap servers ---------------------------------------------------------------------- */

/* A host on the link can send such records without end. */
static void skip_server(take_t *t, sztp__span_t host, const char *why) {
  char shown[SZTP__NAME_SIZE];
  if (t->q->skipped > TOLD) return;
  if (++t->q->skipped > TOLD) {
    sztp__log(t->q->ctx, SZTP_LOG_WARN, SZTP_TOPIC_SOURCE,
              "DNS: further SRV records that are skipped are not logged");
    return;
  }
  sztp__log(t->q->ctx, SZTP_LOG_WARN, SZTP_TOPIC_SOURCE, "DNS: the SRV record of \"%s\" is skipped: %s",
            sztp__printable(shown, sizeof shown, host), why);
}

static int same_server(const sztp__dns_server_t *a, const sztp__dns_srv_t *b, sztp__span_t host) {
  return a->priority == b->priority && a->weight == b->weight && a->port == b->port &&
         sztp__host_equal(sztp__blob_span(&a->host), host);
}

static int32_t add_server(take_t *t, const sztp__dns_srv_t *srv, sztp__span_t host) {
  sztp_ctx_t *ctx = t->q->ctx;
  sztp__dns_answer_t *a = t->answer;
  for (size_t i = 0; i < a->server_count; i++)
    if (same_server(&a->servers[i], srv, host)) return SZTP_OK; /* it was logged before */
  if (a->server_count == SZTP__DNS_SERVERS) {
    skip_server(t, host, "there are too many");
    return SZTP_OK;
  }
  sztp__dns_server_t *grown = sztp__realloc(ctx, a->servers, (a->server_count + 1) * sizeof *grown);
  if (grown == NULL) return SZTP_ERR_MEMORY;
  a->servers = grown;
  sztp__dns_server_t *s = &grown[a->server_count];
  memset(s, 0, sizeof *s);
  s->host.data = sztp__copy(ctx, host.data, host.len);
  if (s->host.data == NULL) return SZTP_ERR_MEMORY;
  s->host.len = host.len;
  s->priority = srv->priority;
  s->weight = srv->weight;
  s->port = srv->port;
  a->server_count++;
  return SZTP_OK;
}

static int32_t take_srv(take_t *t, const sztp__dns_record_t *r) {
  char text[SZTP_DNS_TEXT_MAX];
  sztp__dns_srv_t srv;
  uint32_t kind = 0;
  int32_t rc = need_answer(t);
  if (rc < 0) return rc;
  sztp__dns_read_srv(t->m, r, &srv);
  sztp__span_t host = sztp__span(text, sztp__dns_name_text(&srv.target, text) - 1);
  if (host.len == 0) {
    t->answer->absent = 1; /* next to real targets it is dropped (D-21) */
  } else if (srv.port == 0) {
    skip_server(t, host, "its port is 0"); /* D-23 */
  } else if (sztp__host_kind(t->q->ctx, host, &kind) < 0) {
    skip_server(t, host, sztp__trail_detail(t->q->ctx));
    sztp__trail_clear(t->q->ctx);
  } else {
    return add_server(t, &srv, host);
  }
  return SZTP_OK;
}

/* DNS-19: addresses of the targets in the same message. */
static int32_t take_target_addresses(take_t *t, uint16_t type) {
  char text[SZTP_DNS_TEXT_MAX];
  sztp__dns_message_t m = *t->m;
  sztp__dns_record_t r;
  int32_t rc = SZTP_OK;
  while (rc == SZTP_OK && next(t, &m, type, &r)) {
    if (r.section == SZTP__DNS_AUTHORITY) continue;
    sztp__span_t owner = sztp__span(text, sztp__dns_name_text(&r.owner, text));
    for (size_t i = 0; i < t->answer->server_count && rc == SZTP_OK; i++) {
      sztp__dns_server_t *s = &t->answer->servers[i];
      if (sztp__host_equal(owner, sztp__blob_span(&s->host))) rc = take_address(t, &r, &s->addresses);
    }
  }
  return rc;
}

/* ---- all of it ----------------------------------------------------------------------------------- */

static int32_t take_record(take_t *t, const sztp__dns_record_t *r) {
  if (t->q->type == SZTP_DNS_TXT) return take_txt(t, sztp__span(t->m->octets.data + r->at, r->len));
  if (t->q->type == SZTP_DNS_SRV) return take_srv(t, r);
  int32_t rc = need_answer(t);
  return rc < 0 ? rc : take_address(t, r, &t->answer->addresses);
}

static const char *type_name(uint32_t type) {
  switch (type) {
  case SZTP_DNS_TXT: return "TXT";
  case SZTP_DNS_SRV: return "SRV";
  case SZTP_DNS_A: return "A";
  default: return "AAAA";
  }
}

/* The state so far: nothing more is awaited after a unicast answer, and from a responder whose answer
 * is whole. */
static int32_t sum_up(take_t *t, int taken) {
  const sztp_dns_t *q = t->q;
  if (!taken) return sztp__fail(q->ctx, SZTP_ERR_NOT_FOUND, "dns.answer", "no %s record", type_name(q->type));
  if (!q->multicast) return SZTP_OK;
  int32_t complete = q->type == SZTP_DNS_TXT   ? is_complete(q->ctx, t->answer)
                     : q->type == SZTP_DNS_SRV ? t->answer->server_count > 0
                                               : t->answer->addresses.n > 0;
  if (complete < 0) return complete;
  return complete ? SZTP_OK : SZTP_PENDING;
}

int32_t sztp__dns_take(sztp_dns_t *q, sztp__span_t responder, const sztp__dns_message_t *m) {
  take_t t = {q, m, responder, q->name, NULL};
  sztp__dns_message_t walk = *m;
  sztp__dns_record_t r;
  int taken = 0;
  find_answer(&t);
  int32_t rc = q->multicast ? SZTP_OK : follow_alias(&t);
  while (rc == SZTP_OK && next_wanted(&t, &walk, &r)) {
    rc = take_record(&t, &r);
    taken = 1;
  }
  if (rc == SZTP_OK && q->type == SZTP_DNS_SRV && t.answer != NULL) {
    rc = take_target_addresses(&t, SZTP_DNS_AAAA);
    if (rc == SZTP_OK) rc = take_target_addresses(&t, SZTP_DNS_A);
  }
  return rc < 0 ? rc : sum_up(&t, taken);
}
