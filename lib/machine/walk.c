/* SPDX-License-Identifier: Apache-2.0 */
/* The walk over sources, lists of servers and addresses (DISC, REDIR): who is asked next. */
#include <limits.h>
#include <stdio.h>
#include <sztp/discovery.h>

#include "formats/uri.h"
#include "formats/yang.h"
#include "ground/text.h"
#include "machine/session.h"

static const char *source_name(uint32_t source) {
  switch (source) {
  case SZTP_SOURCE_REMOVABLE: return "removable storage";
  case SZTP_SOURCE_MDNS: return "multicast DNS";
  case SZTP_SOURCE_DNS: return "DNS";
  case SZTP_SOURCE_DHCP4: return "DHCPv4";
  case SZTP_SOURCE_DHCP6: return "DHCPv6";
  case SZTP_SOURCE_WELL_KNOWN: return "well-known servers";
  default: return "custom source";
  }
}

static void visit_clear(sztp_session_t *s) {
  sztp__visit_t *v = &s->visit;
  for (size_t i = 0; i < v->address_count; i++) sztp__blob_free(s->ctx, &v->addresses[i]);
  sztp__blob_free(s->ctx, &v->root);
  sztp__anchor_free(s->ctx, v->learned);
  sztp__wipe(v, sizeof *v);
}

static void pop_frame(sztp_session_t *s) {
  sztp__frame_t *f = &s->frames[--s->frame_count];
  sztp_info_free(f->info);
  memset(f, 0, sizeof *f);
}

/* STATE-12: nothing that was learned survives a source. */
void sztp__walk_clear(sztp_session_t *s) {
  visit_clear(s);
  while (s->frame_count > 0) pop_frame(s);
}

/* --- sources --- */

unsigned *sztp__spent(sztp_session_t *s) {
  size_t i = 0;
  while (i + 1 < s->source_count && s->sources[i] != s->source) i++;
  return &s->spent[i];
}

/* USB-11: the next place of the same source, each with the budget of an attempt of its own (D-12). */
static int has_another_place(sztp_session_t *s) {
  if (s->more && s->place + 1 < SZTP__PLACES) {
    s->place++;
    return 1;
  }
  if (s->more)
    sztp__log(s->ctx, SZTP_LOG_WARN, SZTP_TOPIC_SOURCE, "%s: %d places were looked at; the rest is skipped",
              source_name(s->source), SZTP__PLACES);
  s->more = 0;
  s->place = 0;
  return 0;
}

int32_t sztp__source_ask(sztp_session_t *s) {
  sztp__walk_clear(s);
  s->spent_most = UINT_MAX;
  if (has_another_place(s)) {
    *sztp__spent(s) = 0;
    sztp__goto(s, SZTP__ST_DISCOVER);
    return SZTP_OK;
  }
  if (s->source_next >= s->source_count) {
    sztp__goto(s, SZTP__ST_PASS_END);
    return SZTP_OK;
  }
  s->source = s->sources[s->source_next++];
  if (sztp__round_begin(s, s->source)) {
    sztp__goto(s, SZTP__ST_QUESTION);
    return SZTP_OK;
  }
  if (s->source != SZTP_SOURCE_WELL_KNOWN) {
    sztp__goto(s, SZTP__ST_DISCOVER);
    return SZTP_OK;
  }
  sztp__log(s->ctx, SZTP_LOG_INFO, SZTP_TOPIC_SOURCE, "%s: %zu in the list", source_name(s->source),
            s->dev->server_count);
  s->frame_count = 1;
  sztp__goto(s, SZTP__ST_ENTRY);
  return SZTP_OK;
}

int32_t sztp__discover_ask(sztp_session_t *s) {
  sztp__action_begin(&s->action, SZTP_ACTION_DISCOVER);
  sztp__action_put_u64(&s->action, SZTP_F_SOURCE, s->source);
  sztp__action_put_u64(&s->action, SZTP_F_INDEX, s->place);
  return SZTP_OK;
}

/* Artifacts of one place (DISC-07), as a bundle of their own. */
int32_t sztp__take_artifacts(sztp_session_t *s) {
  static const uint32_t kinds[3] = {SZTP_ARTIFACT_CONVEYED_INFO, SZTP_ARTIFACT_OWNER_CERT,
                                    SZTP_ARTIFACT_VOUCHER};
  sztp_bundle_t *bundle = NULL;
  int32_t rc = sztp_bundle_new(s->ctx, &bundle);
  if (rc < 0) return rc;
  for (size_t i = 0; i < 3; i++) {
    sztp__blob_t blob = sztp__blob_take(&s->reply.artifacts[i]);
    if (blob.data != NULL) (void)sztp__bundle_take(bundle, kinds[i], blob.data, blob.len);
  }
  sztp_bundle_free(s->bundle);
  s->bundle = bundle;
  s->from_server = 0;
  sztp__log(s->ctx, SZTP_LOG_INFO, SZTP_TOPIC_SOURCE, "%s: artifacts found", source_name(s->source));
  sztp__goto(s, SZTP__ST_JUDGE);
  return SZTP_OK;
}

static int32_t take_dhcp(sztp_session_t *s) {
  uint32_t family = s->source == SZTP_SOURCE_DHCP6 ? 6 : 4;
  uint32_t lenient = sztp__policy(s->dev, SZTP_POLICY_LENIENT_DHCP) != 0;
  sztp_info_t *info = NULL;
  int32_t rc = sztp_dhcp_parse(s->ctx, family, lenient, s->reply.data.data, s->reply.data.len, &info);
  if (rc == SZTP_ERR_MEMORY) return rc;
  if (rc < 0) {
    sztp__log(s->ctx, SZTP_LOG_WARN, SZTP_TOPIC_SOURCE, "%s: %s", source_name(s->source),
              sztp__trail_detail(s->ctx));
    sztp__goto(s, SZTP__ST_SOURCE);
    return SZTP_OK;
  }
  sztp__log(s->ctx, SZTP_LOG_INFO, SZTP_TOPIC_SOURCE, "%s: %zu bootstrap server%s named",
            source_name(s->source), info->server_count, info->server_count == 1 ? " is" : "s are");
  sztp__push_redirect(s, info, 0);
  return SZTP_OK;
}

int32_t sztp__discover_got(sztp_session_t *s) {
  int dhcp = s->source == SZTP_SOURCE_DHCP4 || s->source == SZTP_SOURCE_DHCP6;
  s->more = s->reply.more;
  if (sztp__reply_ok(s) && s->reply.artifacts[0].data != NULL && !dhcp) return sztp__take_artifacts(s);
  if (sztp__reply_ok(s) && s->reply.data.data != NULL && dhcp) return take_dhcp(s);
  char why[120];
  sztp__printable(why, sizeof why, sztp__blob_span(&s->reply.message));
  sztp__log(s->ctx, SZTP_LOG_INFO, SZTP_TOPIC_SOURCE, "%s: %s", source_name(s->source),
            why[0] == '\0' ? "nothing there" : why);
  sztp__goto(s, SZTP__ST_SOURCE);
  return SZTP_OK;
}

/* --- lists of servers --- */

void sztp__push_redirect(sztp_session_t *s, sztp_info_t *info, int trusted) {
  size_t depth = 0;
  for (size_t i = 0; i < s->frame_count; i++) depth += s->frames[i].info != NULL;
  if (depth >= sztp__limit(s->ctx, SZTP_LIMIT_REDIRECTS) || s->frame_count >= SZTP__FRAMES) {
    sztp__log(s->ctx, SZTP_LOG_WARN, SZTP_TOPIC_SERVER, "redirect-limit: a redirect at depth %zu is dropped",
              depth);
    sztp__note_reason(s, SZTP_ERR_REDIRECT_LIMIT, "too many redirects, one after another");
    sztp_info_free(info);
  } else {
    sztp__frame_t *f = &s->frames[s->frame_count++];
    f->info = info;
    f->trusted = trusted;
  }
  sztp__goto(s, SZTP__ST_ENTRY);
}

static size_t entries(const sztp_session_t *s, const sztp__frame_t *f) {
  return f->info != NULL ? f->info->server_count : s->dev->server_count;
}

/* D-126: the same host, port, mode and anchor as a server further up on the path. */
static int is_loop(const sztp_session_t *s, const sztp__frame_t *f) {
  for (size_t i = 0; i + 1 < s->frame_count; i++) {
    const sztp__frame_t *g = &s->frames[i];
    if (g->host.data != NULL && sztp__host_equal(g->host, f->host) && g->port == f->port &&
        g->provisional == f->provisional && g->has_anchor == f->has_anchor &&
        memcmp(g->anchor_hash, f->anchor_hash, sizeof g->anchor_hash) == 0)
      return 1;
  }
  return 0;
}

/* Fills in how the entry's server must be met: the next-hop table of the REDIR group. */
static int32_t choose_mode(sztp_session_t *s, sztp__frame_t *f, size_t index, sztp__visit_t *v) {
  if (f->info == NULL) {
    const sztp__certs_t *anchors = &s->dev->certs[SZTP_CERT_SERVER_ANCHOR];
    v->host = sztp__span_of(s->dev->servers[index].host);
    v->port = s->dev->servers[index].port;
    v->anchors = anchors->v;
    v->anchor_count = anchors->n;
    return SZTP_OK;
  }
  const sztp__info_server_t *server = &f->info->servers[index];
  v->host = sztp__span(server->host, server->host_len);
  v->hints = sztp__span(server->hints, server->hints_len);
  v->port = server->port;
  v->provisional = 1;
  if (!f->trusted || (server->anchor == NULL && !server->anchor_unreadable)) return SZTP_OK;
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

static int32_t anchor_hash(sztp_session_t *s, sztp__frame_t *f, const sztp__visit_t *v) {
  uint8_t digest[SZTP__HASH_MAX];
  size_t len = 0;
  f->has_anchor = !v->provisional;
  memset(f->anchor_hash, 0, sizeof f->anchor_hash);
  if (v->learned == NULL) return SZTP_OK;
  int32_t rc = sztp__hash_once(s->ctx, SZTP__HASH_SHA256, v->learned->cert.der, digest, &len);
  if (rc == SZTP_OK) memcpy(f->anchor_hash, digest, sizeof f->anchor_hash);
  return rc;
}

static int wants_nonce(const sztp_session_t *s) {
  return sztp__device_clock(s->dev, sztp__session_time(s)).mode != SZTP__CLOCK_TRUSTED ||
         sztp__policy(s->dev, SZTP_POLICY_NONCE_ALWAYS) || sztp__policy(s->dev, SZTP_POLICY_NONCE_REQUIRED);
}

static void skip_entry(sztp_session_t *s, sztp__frame_t *f, const sztp__visit_t *v, int32_t code,
                       const char *why) {
  char host[80];
  char text[200];
  (void)snprintf(text, sizeof text, "%s port %u is skipped: %s", sztp__printable(host, sizeof host, v->host),
                 (unsigned)v->port, why);
  sztp__log(s->ctx, SZTP_LOG_WARN, SZTP_TOPIC_SERVER, "%s", text);
  sztp__note_reason(s, code, text);
  f->next++;
}

/* The next entry of the innermost list; an exhausted list leads back to the enclosing one (STATE-11,
 * REDIR-15). */
int32_t sztp__entry_ask(sztp_session_t *s) {
  visit_clear(s);
  if (s->frame_count == 0) {
    sztp__goto(s, SZTP__ST_ANSWER);
    return SZTP_OK;
  }
  sztp__frame_t *f = &s->frames[s->frame_count - 1];
  if (f->next >= entries(s, f)) {
    pop_frame(s);
    return SZTP_OK;
  }
  sztp__visit_t v;
  memset(&v, 0, sizeof v);
  v.encoding = SZTP__ENCODING_JSON;
  int32_t rc = choose_mode(s, f, f->next, &v);
  if (rc == SZTP_ERR_MEMORY || rc == SZTP_ERR_CRYPTO) return rc;
  if (rc < 0) {
    skip_entry(s, f, &v, rc, sztp__trail_detail(s->ctx));
    return SZTP_OK;
  }
  rc = anchor_hash(s, f, &v);
  if (rc == SZTP_OK && wants_nonce(s)) {
    rc = sztp__random(s->ctx, v.nonce, sizeof v.nonce);
    v.has_nonce = 1;
  }
  if (rc < 0) {
    sztp__anchor_free(s->ctx, v.learned);
    return rc;
  }
  f->host = v.host;
  f->port = v.port;
  f->provisional = v.provisional;
  if (is_loop(s, f)) {
    sztp__anchor_free(s->ctx, v.learned);
    skip_entry(s, f, &v, SZTP_ERR_SERVER_FAIL,
               "it is the same server as further up on this path of redirects");
    return SZTP_OK;
  }
  f->next++;
  v.number = ++s->dev->visits;
  s->visit = v;
  sztp__wipe(v.nonce, sizeof v.nonce);
  sztp__goto(s, SZTP__ST_RESOLVE);
  return SZTP_OK;
}

/* --- addresses --- */

/* What a pass may have spent by now. Half of its budget is kept for the sources that are still to come, in
 * equal shares: a hostile network that names dead servers without end would else keep the device from its
 * well-known servers in each pass, which it can authenticate. */
static uint64_t pass_most(const sztp_session_t *s) {
  uint64_t limit = sztp__limit(s->ctx, SZTP_LIMIT_PASS_SERVERS);
  return limit - limit / (2 * s->source_count) * (s->source_count - s->source_next);
}

/* D-12: a hostile list can't keep the device busy. Returns 1 if a budget is used up. */
static int over_budget(sztp_session_t *s) {
  unsigned spent = *sztp__spent(s);
  if (spent < sztp__limit(s->ctx, SZTP_LIMIT_SOURCE_SERVERS) && spent < s->spent_most &&
      s->pass_addresses < pass_most(s))
    return 0;
  sztp__log(s->ctx, SZTP_LOG_WARN, SZTP_TOPIC_SOURCE, "%s: enough servers contacted; the rest is skipped",
            source_name(s->source));
  sztp__walk_clear(s);
  sztp__goto(s, SZTP__ST_ANSWER);
  return 1;
}

/* DNS-19: the addresses that came with the name. */
static int32_t take_hints(sztp_session_t *s) {
  sztp__visit_t *v = &s->visit;
  sztp__span_t rest = v->hints;
  while (rest.len > 0 && v->address_count < SZTP__ADDRESSES) {
    const uint8_t *space = memchr(rest.data, ' ', rest.len);
    size_t len = space != NULL ? (size_t)(space - rest.data) : rest.len;
    uint8_t *copy = sztp__copy(s->ctx, rest.data, len);
    if (copy == NULL) {
      while (v->address_count > 0) sztp__blob_free(s->ctx, &v->addresses[--v->address_count]);
      return SZTP_ERR_MEMORY;
    }
    v->addresses[v->address_count].data = copy;
    v->addresses[v->address_count++].len = len;
    if (space != NULL) len++;
    rest = sztp__span(rest.data + len, rest.len - len);
  }
  v->hints.len = 0;
  v->hinted = 1;
  sztp__goto(s, SZTP__ST_ADDRESS);
  return SZTP_OK;
}

int32_t sztp__resolve_ask(sztp_session_t *s) {
  sztp__visit_t *v = &s->visit;
  uint32_t kind = 0;
  if (over_budget(s)) return SZTP_OK;
  if (sztp__host_kind(s->ctx, v->host, &kind) == SZTP_OK && kind != SZTP__HOST_NAME) {
    v->addresses[0].data = sztp__copy(s->ctx, v->host.data, v->host.len);
    if (v->addresses[0].data == NULL) return SZTP_ERR_MEMORY;
    v->addresses[0].len = v->host.len;
    v->address_count = 1;
    sztp__goto(s, SZTP__ST_ADDRESS);
    return SZTP_OK;
  }
  if (v->hints.len > 0) return take_hints(s);
  sztp__action_begin(&s->action, SZTP_ACTION_RESOLVE);
  sztp__action_put_u64(&s->action, SZTP_F_SOURCE, s->source);
  sztp__action_lend(&s->action, SZTP_F_NAME, v->host);
  return SZTP_OK;
}

/* 1 if the address is one of those that the visit has already. */
static int have_address(const sztp__visit_t *v, const sztp__blob_t *address) {
  for (size_t i = 0; i < v->address_count; i++)
    if (sztp__span_equal(sztp__blob_span(&v->addresses[i]), sztp__blob_span(address))) return 1;
  return 0;
}

int32_t sztp__resolve_got(sztp_session_t *s) {
  sztp__visit_t *v = &s->visit;
  char host[80];
  sztp__goto(s, SZTP__ST_ADDRESS);
  if (!sztp__reply_ok(s) || s->reply.address_count == 0) {
    sztp__log(s->ctx, SZTP_LOG_WARN, SZTP_TOPIC_SERVER, "no address for %s",
              sztp__printable(host, sizeof host, v->host));
    sztp__note_reason(s, SZTP_ERR_SERVER_FAIL, "a bootstrap server's name has no address");
    ++*sztp__spent(s); /* looking it up took as long as contacting it */
    s->pass_addresses++;
    return SZTP_OK;
  }
  for (size_t i = 0; i < s->reply.address_count && v->address_count < SZTP__ADDRESSES; i++)
    if (!have_address(v, &s->reply.addresses[i]))
      v->addresses[v->address_count++] = sztp__blob_take(&s->reply.addresses[i]);
  return SZTP_OK;
}

/* D-10: only behind its switch, a well-known server that failed to authenticate is met provisionally. */
static int fall_back(sztp_session_t *s) {
  sztp__visit_t *v = &s->visit;
  if (!v->authentication_failed || v->provisional || v->learned != NULL ||
      !sztp__policy(s->dev, SZTP_POLICY_PROVISIONAL_FALLBACK))
    return 0;
  sztp__log(s->ctx, SZTP_LOG_WARN, SZTP_TOPIC_SERVER,
            "the server is tried again without authentication, as policy allows");
  v->provisional = 1;
  v->anchors = NULL;
  v->anchor_count = 0;
  v->address_next = 0;
  v->number = ++s->dev->visits;
  s->frames[s->frame_count - 1].provisional = 1;
  s->frames[s->frame_count - 1].has_anchor = 0;
  return 1;
}

int32_t sztp__address_ask(sztp_session_t *s) {
  sztp__visit_t *v = &s->visit;
  char host[80];
  char address[80];
  if (v->address_next >= v->address_count && v->hinted) { /* those of the name's zone may be more */
    v->hinted = 0;
    sztp__goto(s, SZTP__ST_RESOLVE);
    return SZTP_OK;
  }
  if (v->address_next >= v->address_count) {
    if (!fall_back(s)) sztp__goto(s, SZTP__ST_ENTRY);
    return SZTP_OK;
  }
  if (over_budget(s)) return SZTP_OK;
  sztp__blob_t *a = &v->addresses[v->address_next];
  sztp__log(s->ctx, SZTP_LOG_INFO, SZTP_TOPIC_SERVER, "asking %s (%s) port %u, %s",
            sztp__printable(host, sizeof host, v->host),
            sztp__printable(address, sizeof address, sztp__blob_span(a)), (unsigned)v->port,
            v->provisional ? "not authenticated" : "authenticated");
  sztp__blob_free(s->ctx, &v->root);
  v->address_next++;
  ++*sztp__spent(s);
  s->pass_addresses++;
  sztp__goto(s, SZTP__ST_ROOT);
  return SZTP_OK;
}

/* --- between passes --- */

/* STATE-07: 5 s doubling to 300 s, +-20 % at random. */
int32_t sztp__pass_end_ask(sztp_session_t *s) {
  uint64_t max = sztp__policy(s->dev, SZTP_POLICY_MAX_PASSES);
  uint8_t random[2];
  if (max > 0 && s->passes + 1 >= max) {
    s->passes++;
    if (s->reason == SZTP_OK)
      sztp__end(s, SZTP_RESULT_NOT_BOOTSTRAPPED, SZTP_ERR_NOT_BOOTSTRAPPED,
                "no source had anything for this device");
    else
      sztp__end(s, SZTP_RESULT_NOT_BOOTSTRAPPED, s->reason, s->reason_text);
    return SZTP_OK;
  }
  int32_t rc = sztp__random(s->ctx, random, sizeof random);
  if (rc < 0) return rc;
  uint64_t first = sztp__policy(s->dev, SZTP_POLICY_RETRY_FIRST_MS);
  uint64_t last = sztp__policy(s->dev, SZTP_POLICY_RETRY_LAST_MS);
  s->wait_ms = s->passes == 0 ? first : s->wait_ms * 2;
  if (s->wait_ms > last) s->wait_ms = last;
  uint64_t part = (uint64_t)random[0] << 8 | random[1];
  uint64_t wait = s->wait_ms * 4 / 5 + s->wait_ms * 2 / 5 * part / 65535;
  if (wait < s->retry_after_ms) wait = s->retry_after_ms;
  s->passes++;
  s->deadline = s->now + wait;
  sztp__log(s->ctx, SZTP_LOG_INFO, SZTP_TOPIC_SESSION, "pass %u led nowhere; next one in %llu s", s->passes,
            (unsigned long long)((wait + 500) / 1000));
  sztp__goto(s, SZTP__ST_WAIT);
  return SZTP_OK;
}

int32_t sztp__wait_ask(sztp_session_t *s) {
  sztp__action_begin(&s->action, SZTP_ACTION_WAIT);
  sztp__action_put_u64(&s->action, SZTP_F_DEADLINE, s->deadline);
  return SZTP_OK;
}

int32_t sztp__wait_got(sztp_session_t *s) {
  sztp__goto(s, SZTP__ST_ENABLED);
  return SZTP_OK;
}
