/* SPDX-License-Identifier: Apache-2.0 */
/* A question to DNS: its names, its message, which messages answer it, and what they said (RFC 8572 4.2). */
#include "discovery/dns.h"

#include "ground/text.h"
#include "trust/bundle.h"
#include "trust/info.h"

#define RESPONDER_MAX 320
#define MESSAGE_MAX   65535
#define MULTICAST_MAX 9000 /* RFC 6762 17 */
#define EDNS_SIZE     1232 /* D-24 */
#define OPT_TYPE      41

enum { FORMERR = 1, NXDOMAIN = 3, NOTIMP = 4 };

/* ---- names --------------------------------------------------------------------------------------- */

int32_t sztp__dns_owner(sztp_ctx_t *ctx, const char *serial, sztp__span_t domain, sztp__dns_name_t *out) {
  sztp__dns_name_init(out);
  sztp__span_t first = serial == NULL ? sztp__span_of("_sztp") : sztp__span_of(serial);
  int32_t rc = sztp__dns_name_add(ctx, out, first);
  if (rc == SZTP_OK) rc = sztp__dns_name_add(ctx, out, sztp__span_of(serial == NULL ? "_tcp" : "_sztp"));
  return rc < 0 ? rc : sztp__dns_name_add_text(ctx, out, domain);
}

int32_t sztp_dns_name(sztp_ctx_t *ctx, const char *serial, const char *domain, char *out, size_t cap,
                      size_t *len) {
  if (ctx == NULL || domain == NULL || out == NULL) return SZTP_ERR_ARG;
  sztp__dns_name_t name;
  char text[SZTP_DNS_TEXT_MAX];
  if (sztp__enter(ctx) < 0) return SZTP_ERR_REENTRY;
  int32_t rc = sztp__dns_owner(ctx, serial, sztp__span_of(domain), &name);
  if (rc < 0) return rc;
  size_t n = sztp__dns_name_text(&name, text);
  if (n >= cap) return sztp__fail(ctx, SZTP_ERR_BUFFER, "dns.name", "%zu octets, %zu are needed", cap, n + 1);
  memcpy(out, text, n + 1);
  if (len != NULL) *len = n;
  return SZTP_OK;
}

/* ---- the question -------------------------------------------------------------------------------- */

static int is_known(uint32_t type) {
  return type == SZTP_DNS_A || type == SZTP_DNS_TXT || type == SZTP_DNS_AAAA || type == SZTP_DNS_SRV;
}

int32_t sztp__dns_new(sztp_ctx_t *ctx, uint32_t type, uint32_t how, const sztp__dns_name_t *name, uint16_t id,
                      sztp_dns_t **out) {
  sztp_dns_t *q = sztp__alloc(ctx, sizeof *q);
  if (q == NULL) return SZTP_ERR_MEMORY;
  q->ctx = ctx;
  q->type = type;
  q->multicast = how == SZTP_DNS_MULTICAST;
  q->id = q->multicast ? 0 : id; /* RFC 6762 18.1 */
  q->name = *name;
  *out = q;
  return SZTP_OK;
}

int32_t sztp_dns_new(sztp_ctx_t *ctx, uint32_t type, uint32_t how, const char *name, size_t len, uint32_t id,
                     sztp_dns_t **out) {
  if (ctx == NULL || !is_known(type) || how > SZTP_DNS_MULTICAST || name == NULL || id > UINT16_MAX ||
      out == NULL)
    return SZTP_ERR_ARG;
  sztp__dns_name_t wire;
  if (sztp__enter(ctx) < 0) return SZTP_ERR_REENTRY;
  sztp__dns_name_init(&wire);
  int32_t rc = sztp__dns_name_add_text(ctx, &wire, sztp__span(name, len));
  return rc < 0 ? rc : sztp__dns_new(ctx, type, how, &wire, (uint16_t)id, out);
}

void sztp_dns_free(sztp_dns_t *q) {
  if (q == NULL || sztp__in_callback(q->ctx)) return;
  for (size_t i = 0; i < q->answer_count; i++) sztp__dns_answer_free(q->ctx, &q->answers[i]);
  sztp__free(q->ctx, q->answers);
  sztp__free(q->ctx, q);
}

static uint8_t *put_dns(uint8_t *p, uint32_t value) {
  p[0] = (uint8_t)(value >> 8);
  p[1] = (uint8_t)value;
  return p + 2;
}

int32_t sztp_dns_question(const sztp_dns_t *q, uint32_t edns, uint8_t *out, size_t cap, size_t *len) {
  if (q == NULL || edns > 1 || out == NULL || len == NULL) return SZTP_ERR_ARG;
  if (q->multicast) edns = 0;
  size_t need = 12 + q->name.len + 4 + (edns ? 11 : 0);
  if (sztp__enter(q->ctx) < 0) return SZTP_ERR_REENTRY;
  if (cap < need)
    return sztp__fail(q->ctx, SZTP_ERR_BUFFER, "dns.question", "%zu octets, %zu are needed", cap, need);
  memset(out, 0, need);
  (void)put_dns(out, q->id);
  (void)put_dns(out + 2, q->multicast ? 0 : SZTP__DNS_RD);
  (void)put_dns(out + 4, 1);
  (void)put_dns(out + 10, edns);
  memcpy(out + 12, q->name.wire, q->name.len);
  uint8_t *p = put_dns(out + 12 + q->name.len, q->type);
  /* A querier at a port other than 5353 is answered directly; the top bit asks for that explicitly. */
  p = put_dns(p, SZTP__DNS_CLASS_IN | (q->multicast ? SZTP__DNS_TOP_BIT : 0));
  if (edns)
    (void)put_dns(put_dns(p + 1, OPT_TYPE),
                  EDNS_SIZE); /* owner is the root, everything else 0 (RFC 6891 6.1.2) */
  *len = need;
  return SZTP_OK;
}

/* ---- messages ------------------------------------------------------------------------------------ */

static int32_t no_answer(sztp_dns_t *q, const char *why) {
  return sztp__fail(q->ctx, SZTP_ERR_DNS, "dns.answer", "%s", why);
}

/* DNS-24: a sender that does not know the question did not see it. */
static int32_t check_question(sztp_dns_t *q, const sztp__dns_message_t *m) {
  if (m->id != q->id)
    return sztp__fail(q->ctx, SZTP_ERR_DNS, "dns.answer", "identifier %04x, expected %04x", (unsigned)m->id,
                      (unsigned)q->id);
  int formerr = (m->flags & SZTP__DNS_RCODE) == FORMERR;
  if (m->questions == 0 && formerr)
    return SZTP_OK; /* all that a server older than EDNS answers (RFC 6891 7) */
  if (m->questions != 1) return no_answer(q, "it does not repeat the question");
  if (!sztp__dns_name_equal(&m->name, &q->name) || m->type != q->type || m->class_in != SZTP__DNS_CLASS_IN)
    return no_answer(q, "it answers another question");
  return SZTP_OK;
}

static int32_t check_rcode(sztp_dns_t *q, unsigned rcode) {
  static const char *const names[] = {"",         "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED",
                                      "YXDOMAIN", "YXRRSET", "NXRRSET",  "NOTAUTH",  "NOTZONE"};
  if (rcode == 0) return SZTP_OK;
  int32_t code = SZTP_ERR_SERVER_FAIL;
  if (rcode == NXDOMAIN) code = SZTP_ERR_NOT_FOUND;
  if (rcode == FORMERR || rcode == NOTIMP) code = SZTP_ERR_UNSUPPORTED;
  return sztp__fail(q->ctx, code, "dns.answer", "the server answers %s (%u)",
                    rcode < sizeof names / sizeof names[0] ? names[rcode] : "an error", rcode);
}

/* Nothing is used of a message unless all of it is well-formed. */
static int32_t check_records(sztp_ctx_t *ctx, sztp__dns_message_t m) {
  sztp__dns_record_t r;
  int32_t rc = 1;
  while (rc == 1) rc = sztp__dns_next(ctx, &m, &r);
  return rc;
}

int32_t sztp_dns_add(sztp_dns_t *q, const char *responder, size_t responder_len, const uint8_t *message,
                     size_t len) {
  if (q == NULL || (responder == NULL && responder_len > 0) || responder_len > RESPONDER_MAX ||
      message == NULL)
    return SZTP_ERR_ARG;
  sztp__dns_message_t m;
  if (sztp__enter(q->ctx) < 0) return SZTP_ERR_REENTRY;
  if (len > (q->multicast ? MULTICAST_MAX : MESSAGE_MAX))
    return no_answer(q, "it is longer than messages may be");
  if (q->answered) return no_answer(q, "the question was answered before");
  int32_t rc = sztp__dns_open(q->ctx, sztp__span(message, len), &m);
  if (rc < 0) return rc;
  unsigned rcode = m.flags & SZTP__DNS_RCODE;
  if ((m.flags & SZTP__DNS_QR) == 0) return no_answer(q, "it is a question");
  if ((m.flags & SZTP__DNS_OPCODE) != 0) return no_answer(q, "its opcode is not 0");
  if (q->multicast && rcode != 0) return no_answer(q, "its rcode is not 0");
  if (!q->multicast) {
    rc = check_question(q, &m);
    if (rc == SZTP_OK && (m.flags & SZTP__DNS_TC) != 0)
      rc = sztp__fail(q->ctx, SZTP_ERR_TRUNCATED, "dns.answer", "it did not fit into %zu octets", len);
  }
  if (rc == SZTP_OK) rc = check_records(q->ctx, m);
  if (rc == SZTP_OK) rc = check_rcode(q, rcode);
  if (rc < 0) return rc;
  rc = sztp__dns_take(q, q->multicast ? sztp__span(responder, responder_len) : sztp__span(NULL, 0), &m);
  if (rc == SZTP_OK && !q->multicast) q->answered = 1;
  return rc;
}

/* ---- what was said ------------------------------------------------------------------------------- */

size_t sztp_dns_answers(const sztp_dns_t *q) { return q == NULL ? 0 : q->answer_count; }

int32_t sztp_dns_responder(const sztp_dns_t *q, size_t index, const char **out, size_t *len) {
  if (q == NULL || out == NULL || len == NULL) return SZTP_ERR_ARG;
  if (index >= q->answer_count) return SZTP_ERR_NOT_FOUND;
  *out = (const char *)q->answers[index].responder.data;
  *len = q->answers[index].responder.len;
  return SZTP_OK;
}

int32_t sztp_dns_bundle(sztp_dns_t *q, size_t index, sztp_bundle_t **out) {
  static const uint32_t kinds[3] = {SZTP_ARTIFACT_CONVEYED_INFO, SZTP_ARTIFACT_OWNER_CERT,
                                    SZTP_ARTIFACT_VOUCHER};
  if (q == NULL || q->type != SZTP_DNS_TXT || out == NULL) return SZTP_ERR_ARG;
  if (sztp__enter(q->ctx) < 0) return SZTP_ERR_REENTRY;
  if (index >= q->answer_count) return SZTP_ERR_NOT_FOUND;
  sztp__dns_answer_t *a = &q->answers[index];
  if (a->fault != SZTP_OK)
    return sztp__fail(q->ctx, a->fault, "dns.txt", "%s: %s", a->fault_key, a->fault_why);
  if (a->artifacts[0].data == NULL)
    return sztp__fail(q->ctx, SZTP_ERR_NOT_FOUND, "dns.txt", "no TXT record with conveyed information (ci)");
  sztp_bundle_t *bundle = NULL;
  int32_t rc = sztp_bundle_new(q->ctx, &bundle);
  if (rc < 0) return rc;
  for (size_t i = 0; i < 3; i++) {
    sztp__blob_t *blob = &a->artifacts[i];
    if (blob->data != NULL) (void)sztp__bundle_take(bundle, kinds[i], blob->data, blob->len);
    (void)sztp__blob_take(blob);
  }
  *out = bundle;
  return SZTP_OK;
}

/* The addresses as one text. */
static int32_t add_hints(sztp_ctx_t *ctx, const sztp__dns_addresses_t *list, sztp__info_server_t *server) {
  sztp__buf_t text;
  if (list->n == 0) return SZTP_OK;
  sztp__buf_init(&text, ctx, SIZE_MAX);
  for (size_t i = 0; i < list->n; i++) {
    if (i > 0) sztp__buf_add_u8(&text, ' ');
    sztp__buf_add(&text, list->v[i].data, list->v[i].len);
  }
  int32_t rc = sztp__buf_take(&text, &server->hints, &server->hints_len);
  sztp__buf_clear(&text);
  return rc;
}

static int32_t add_servers(sztp_ctx_t *ctx, const sztp__dns_answer_t *a, sztp_info_t *info) {
  size_t order[SZTP__DNS_SERVERS];
  int32_t rc = sztp__dns_order(ctx, a->servers, a->server_count, order);
  for (size_t i = 0; i < a->server_count && rc == SZTP_OK; i++) {
    const sztp__dns_server_t *s = &a->servers[order[i]];
    sztp__span_t host = sztp__blob_span(&s->host);
    if (sztp__info_has_server(info, host, s->port)) continue;
    rc = sztp__info_add_server(info, host, s->port);
    if (rc == SZTP_OK) rc = add_hints(ctx, &s->addresses, &info->servers[info->server_count - 1]);
  }
  return rc;
}

int32_t sztp_dns_info(sztp_dns_t *q, size_t index, sztp_info_t **out) {
  if (q == NULL || q->type != SZTP_DNS_SRV || out == NULL) return SZTP_ERR_ARG;
  if (sztp__enter(q->ctx) < 0) return SZTP_ERR_REENTRY;
  if (index >= q->answer_count) return SZTP_ERR_NOT_FOUND;
  const sztp__dns_answer_t *a = &q->answers[index];
  if (a->server_count == 0)
    return sztp__fail(q->ctx, SZTP_ERR_NOT_FOUND, "dns.srv", "%s",
                      a->absent ? "the domain says that it has no bootstrap server" : "no usable SRV record");
  sztp_info_t *info = NULL;
  int32_t rc = sztp__info_new(q->ctx, SZTP_INFO_REDIRECT, &info);
  if (rc == SZTP_OK) rc = add_servers(q->ctx, a, info);
  if (rc < 0)
    sztp_info_free(info);
  else
    *out = info;
  return rc;
}

int32_t sztp_dns_address(const sztp_dns_t *q, size_t index, size_t n, const char **out, size_t *len) {
  if (q == NULL || (q->type != SZTP_DNS_A && q->type != SZTP_DNS_AAAA) || out == NULL || len == NULL)
    return SZTP_ERR_ARG;
  if (index >= q->answer_count || n >= q->answers[index].addresses.n) return SZTP_ERR_NOT_FOUND;
  *out = (const char *)q->answers[index].addresses.v[n].data;
  *len = q->answers[index].addresses.v[n].len;
  return SZTP_OK;
}
