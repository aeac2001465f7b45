/* SPDX-License-Identifier: Apache-2.0 */
/* The servers of a list, one after another: which one is next, and how it must be met. */
#include "machine/servers.h"

#include "formats/yang.h"
#include "ground/format.h"
#include "ground/printable.h"
#include "machine/csr.h"
#include "machine/event.h"
#include "machine/redirect.h"
#include "machine/tried.h"

static void visit_clear(sztp_session_t *s) {
  sztp__visit_t *v = &s->visit;
  for (size_t i = 0; i < v->address_count; i++) sztp__blob_free(s->ctx, &v->addresses[i]);
  sztp__blob_free(s->ctx, &v->root);
  sztp__anchor_free(s->ctx, v->learned);
  sztp__wipe(v, sizeof *v);
}

/* STATE-12: nothing that was learned survives a source. */
void sztp__servers_clear(sztp_session_t *s) {
  visit_clear(s);
  while (s->servers.depth > 0) sztp__redirect_pop(s);
}

static size_t entries(const sztp_session_t *s, const sztp__server_list_t *list) {
  return list->info != NULL ? list->info->server_count : s->dev->server_count;
}

/* 1 for a list that anybody on the link may have given. */
static int is_of_link(const sztp_session_t *s, const sztp__server_list_t *list) {
  return s->servers.depth == 1 && list->info != NULL && !list->trusted;
}

/* D-130: only behind its switch, what DHCP names may be one of the servers that the device has anchors for.
 */
static int may_be_known(const sztp_session_t *s, const sztp__server_list_t *list) {
  uint32_t source = s->sources.current;
  return is_of_link(s, list) && (source == SZTP_SOURCE_DHCP4 || source == SZTP_SOURCE_DHCP6) &&
         s->dev->certs[SZTP_CERT_SERVER_ANCHOR].n > 0 && sztp__policy(s->dev, SZTP_POLICY_DHCP_ANCHORS);
}

static void be_known(const sztp_session_t *s, sztp__visit_t *v) {
  const sztp__certs_t *anchors = &s->dev->certs[SZTP_CERT_SERVER_ANCHOR];
  v->provisional = 0;
  v->anchors = anchors->v;
  v->anchor_count = anchors->n;
}

/* Which entry is next; one that is none, at the end. Of a list of the link, those that led nowhere in the
 * pass before come in their order behind the others in theirs. */
static size_t find_entry(sztp_session_t *s, sztp__server_list_t *list) {
  size_t count = entries(s, list);
  if (!is_of_link(s, list)) return list->next;
  for (; list->next < 2 * count; list->next++) {
    const sztp__info_server_t *server = &list->info->servers[list->next % count];
    if (sztp__was_tried(s, server) != (list->next >= count)) continue;
    if (!list->again || !sztp__is_tried(s, server)) return list->next % count;
  }
  return count;
}

/* Fills in how the entry's server must be met: the next-hop table of the REDIR group. */
static int32_t choose_mode(sztp_session_t *s, sztp__server_list_t *list, size_t index, sztp__visit_t *v) {
  if (list->info == NULL) {
    v->host = sztp__span_of(s->dev->servers[index].host);
    v->port = s->dev->servers[index].port;
    be_known(s, v);
    return SZTP_OK;
  }
  const sztp__info_server_t *server = &list->info->servers[index];
  v->host = sztp__span(server->host, server->host_len);
  v->hints = sztp__span(server->hints, server->hints_len);
  v->port = server->port;
  v->provisional = 1;
  if (may_be_known(s, list)) be_known(s, v);
  if (!list->trusted || (server->anchor == NULL && !server->anchor_unreadable)) return SZTP_OK;
  v->provisional = 0;
  if (server->anchor_unreadable)
    return sztp__fail(s->ctx, SZTP_ERR_TLS_UNTRUSTED, "trust-anchor", "it can't be decoded");
  int sha1 = sztp__policy(s->dev, SZTP_POLICY_ALLOW_SHA1) != 0;
  int32_t rc = sztp__anchor_read(s->ctx, sztp__span(server->anchor, server->anchor_len), sha1, &v->learned);
  if (rc < 0) return rc;
  v->anchors = &v->learned->cert;
  v->anchor_count = 1;
  return SZTP_OK;
}

static int32_t anchor_hash(sztp_session_t *s, sztp__server_list_t *list, const sztp__visit_t *v) {
  uint8_t digest[SZTP__HASH_MAX];
  size_t len = 0;
  list->has_anchor = !v->provisional;
  memset(list->anchor_hash, 0, sizeof list->anchor_hash);
  if (v->learned == NULL) return SZTP_OK;
  int32_t rc = sztp__hash_once(s->ctx, SZTP__HASH_SHA256, v->learned->cert.der, digest, &len);
  if (rc == SZTP_OK) memcpy(list->anchor_hash, digest, sizeof list->anchor_hash);
  return rc;
}

static int wants_nonce(sztp_session_t *s) {
  return sztp__device_clock(s->ctx, s->dev, sztp__session_time(s)).mode != SZTP__CLOCK_TRUSTED ||
         sztp__policy(s->dev, SZTP_POLICY_NONCE_ALWAYS) || sztp__policy(s->dev, SZTP_POLICY_NONCE_REQUIRED);
}

static void skip_and_tell(sztp_session_t *s, sztp__server_list_t *list, int32_t code, const char *why) {
  const sztp__visit_t *v = &s->visit;
  char host[SZTP__NAME_SIZE];
  char text[SZTP__SENTENCE_SIZE];
  (void)sztp__sentence(text, sizeof text, "%s port %u is skipped: %s",
                       sztp__printable(host, sizeof host, v->host), (unsigned)v->port, why);
  sztp__log(s->ctx, SZTP_LOG_WARN, SZTP_TOPIC_SERVER, "%s", text);
  sztp__event(s, SZTP_EVENT_SERVER, code, text);
  list->next++;
  sztp__goto(s, SZTP__ST_SERVER);
}

/* The next entry of the innermost list; an exhausted list leads back to the enclosing one (STATE-11,
 * REDIR-15). */
int32_t sztp__server_ask(sztp_session_t *s) {
  if (sztp__key_first(s, SZTP__ST_SERVER)) return SZTP_OK;
  visit_clear(s);
  sztp__csr_clear(s);
  if (s->servers.depth == 0) {
    sztp__goto(s, SZTP__ST_DNS_ANSWER);
    return SZTP_OK;
  }
  sztp__server_list_t *list = &s->servers.lists[s->servers.depth - 1];
  size_t index = find_entry(s, list);
  if (index >= entries(s, list)) {
    sztp__redirect_pop(s);
    sztp__goto(s, SZTP__ST_SERVER);
    return SZTP_OK;
  }
  sztp__visit_t *v = &s->visit;
  v->encoding = SZTP__ENCODING_JSON;
  int32_t rc = choose_mode(s, list, index, v);
  if (rc == SZTP_ERR_MEMORY || rc == SZTP_ERR_CRYPTO) return rc;
  if (rc < 0) {
    skip_and_tell(s, list, rc, sztp__trail_detail(s->ctx));
    return SZTP_OK;
  }
  rc = anchor_hash(s, list, v);
  if (rc == SZTP_OK && wants_nonce(s)) {
    rc = sztp__random(s->ctx, v->nonce, sizeof v->nonce);
    v->has_nonce = 1;
  }
  if (rc < 0) return rc;
  list->host = v->host;
  list->port = v->port;
  list->provisional = v->provisional;
  if (sztp__redirect_is_loop(s, list)) {
    skip_and_tell(s, list, SZTP_ERR_SERVER_FAIL,
                  "it is the same server as further up on this path of redirects");
    return SZTP_OK;
  }
  if (is_of_link(s, list)) v->entry = &list->info->servers[index];
  list->next++;
  v->number = sztp__ctx_next_visit(s->ctx);
  sztp__goto(s, SZTP__ST_RESOLVE);
  return SZTP_OK;
}

void sztp__server_skip(sztp_session_t *s) { s->servers.lists[s->servers.depth - 1].next++; }
