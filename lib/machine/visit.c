/* SPDX-License-Identifier: Apache-2.0 */
/* A visit at one bootstrap server: root discovery, get-bootstrapping-data, and what the reply is worth (TRUST
 * group). */
#include <stdio.h>

#include "exchange/rpc.h"
#include "formats/yang.h"
#include "ground/text.h"
#include "machine/session.h"

#define PATH_MAX_OCTETS   1024
#define BODY_MAX_OCTETS   (64 * 1024)
#define ROOT_TIME_MS      60000
#define DATA_TIME_MS      300000
#define RETRY_AFTER_MAX_S 300 /* D-51 */

static int32_t put_path(sztp_session_t *s, const char *operation) {
  sztp__buf_t path;
  sztp__buf_init(&path, s->ctx, PATH_MAX_OCTETS);
  if (operation == NULL) {
    sztp__buf_add_text(&path, "/.well-known/host-meta");
  } else {
    sztp__buf_add(&path, s->visit.root.data, s->visit.root.len);
    sztp__buf_add_text(&path, SZTP__OPERATIONS);
    sztp__buf_add_text(&path, operation);
  }
  int32_t rc = sztp__action_put_buf(&s->action, SZTP_F_PATH, &path);
  sztp__buf_clear(&path);
  return rc;
}

int32_t sztp__fetch(sztp_session_t *s, uint32_t purpose, const char *method, const char *operation,
                    sztp__buf_t *body, uint64_t limit, uint64_t time_ms) {
  static const char accept_root[] = "Accept: application/xrd+xml, application/jrd+json;q=0.5";
  static const char accept[2][80] = {"Accept: " SZTP__MEDIA_JSON ", " SZTP__MEDIA_XML ";q=0.5",
                                     "Accept: " SZTP__MEDIA_XML ", " SZTP__MEDIA_JSON ";q=0.5"};
  static const char content_type[2][48] = {"Content-Type: " SZTP__MEDIA_JSON,
                                           "Content-Type: " SZTP__MEDIA_XML};
  sztp_action_t *a = &s->action;
  const sztp__visit_t *v = &s->visit;
  int xml = v->encoding == SZTP__ENCODING_XML;
  const sztp__blob_t *address = &v->addresses[v->address_next - 1];
  sztp__action_begin(a, SZTP_ACTION_FETCH);
  sztp__action_put_u64(a, SZTP_F_SOURCE, s->source);
  sztp__action_put_u64(a, SZTP_F_PURPOSE, purpose);
  sztp__action_lend(a, SZTP_F_METHOD, sztp__span_of(method));
  sztp__action_lend(a, SZTP_F_NAME, v->host);
  sztp__action_lend(a, SZTP_F_ADDRESS, sztp__blob_span(address));
  sztp__action_put_u64(a, SZTP_F_PORT, v->port);
  int32_t rc = put_path(s, operation);
  if (rc < 0) return rc;
  sztp__action_lend(a, SZTP_F_HEADER, sztp__span_of(operation == NULL ? accept_root : accept[xml]));
  if (body != NULL) {
    sztp__action_lend(a, SZTP_F_HEADER, sztp__span_of(content_type[xml]));
    rc = sztp__action_put_buf(a, SZTP_F_BODY, body);
    if (rc < 0) return rc;
  }
  sztp__action_put_u64(a, SZTP_F_PROVISIONAL, (uint64_t)v->provisional);
  a->anchors = v->anchors;
  a->anchor_count = v->anchor_count;
  sztp__action_put_u64(a, SZTP_F_VISIT, v->number);
  sztp__action_put_u64(a, SZTP_F_LIMIT, limit);
  sztp__action_put_u64(a, SZTP_F_DEADLINE, s->now + time_ms);
  return SZTP_OK;
}

/* Why the transport failed, for the log and the end. */
static void note_failure(sztp_session_t *s) {
  int32_t code = SZTP_ERR_SERVER_FAIL;
  char why[160];
  char host[80];
  char text[256];
  int32_t told = -(int32_t)s->reply.reason;
  if (told == SZTP_ERR_TLS_UNTRUSTED || told == SZTP_ERR_TLS_NAME_MISMATCH) code = told;
  sztp__printable(why, sizeof why, sztp__blob_span(&s->reply.message));
  if (why[0] == '\0')
    (void)snprintf(why, sizeof why, "%s",
                   s->reply.outcome == SZTP_OUTCOME_TIMEOUT ? "no answer in time" : "the exchange failed");
  (void)snprintf(text, sizeof text, "%s: %s", sztp__printable(host, sizeof host, s->visit.host), why);
  if (code != SZTP_ERR_SERVER_FAIL) s->visit.authentication_failed = 1;
  sztp__log(s->ctx, SZTP_LOG_WARN, SZTP_TOPIC_SERVER, "%s: %s", sztp_error_label(code), text);
  sztp__note_reason(s, code, text);
}

int sztp__fetch_ok(sztp_session_t *s) {
  if (!sztp__reply_ok(s) || !sztp__reply_has(&s->reply, SZTP_F_STATUS)) {
    note_failure(s);
    return 0;
  }
  if (s->visit.provisional || s->reply.peer_verified == 1) return 1;
  s->visit.authentication_failed = 1;
  sztp__log(s->ctx, SZTP_LOG_WARN, SZTP_TOPIC_SERVER,
            "the host did not say that the server was authenticated; its answer is dropped");
  sztp__note_reason(s, SZTP_ERR_TLS_UNTRUSTED, "a server was not authenticated");
  return 0;
}

int sztp__switch_encoding(sztp_session_t *s) {
  sztp__visit_t *v = &s->visit;
  if ((s->reply.status != 415 && s->reply.status != 406) || v->switched) return 0;
  int xml = v->encoding == SZTP__ENCODING_XML;
  sztp__log(s->ctx, SZTP_LOG_INFO, SZTP_TOPIC_SERVER, "the server does not take %s; the same again in %s",
            xml ? "XML" : "JSON", xml ? "JSON" : "XML");
  v->encoding = xml ? SZTP__ENCODING_JSON : SZTP__ENCODING_XML;
  v->switched = 1;
  return 1;
}

/* --- root discovery: REST-01 to -07 --- */

static int32_t set_root(sztp_session_t *s, sztp__span_t root) {
  uint8_t *copy = sztp__copy(s->ctx, root.data, root.len);
  if (copy == NULL) return SZTP_ERR_MEMORY;
  sztp__blob_free(s->ctx, &s->visit.root);
  s->visit.root.data = copy;
  s->visit.root.len = root.len;
  s->visit.switched = 0;
  sztp__goto(s, SZTP__ST_DATA);
  return SZTP_OK;
}

int32_t sztp__root_ask(sztp_session_t *s) {
  if (sztp__policy(s->dev, SZTP_POLICY_NO_HOST_META)) return set_root(s, sztp__span_of(SZTP__ROOT_DEFAULT));
  return sztp__fetch(s, SZTP_FETCH_ROOT, "GET", NULL, NULL, sztp__limit(s->ctx, SZTP_LIMIT_OTHER_REPLY),
                     ROOT_TIME_MS);
}

int32_t sztp__root_got(sztp_session_t *s) {
  if (!sztp__fetch_ok(s)) {
    sztp__goto(s, SZTP__ST_ADDRESS);
    return SZTP_OK;
  }
  sztp__buf_t root;
  sztp__buf_init(&root, s->ctx, PATH_MAX_OCTETS);
  int32_t rc = SZTP_ERR_NOT_FOUND;
  if (s->reply.status == 200)
    rc = sztp__root_read(s->ctx, sztp__buf_span(&s->reply.body), s->visit.host, s->visit.port, &root);
  if (rc == SZTP_OK) {
    rc = set_root(s, sztp__buf_span(&root));
  } else if (rc == SZTP_ERR_NOT_FOUND) {
    sztp__log(s->ctx, SZTP_LOG_DEBUG, SZTP_TOPIC_SERVER,
              "no restconf link in host-meta; " SZTP__ROOT_DEFAULT " is taken");
    rc = set_root(s, sztp__span_of(SZTP__ROOT_DEFAULT));
  }
  sztp__buf_clear(&root);
  return rc;
}

/* --- get-bootstrapping-data: REST-08 to -22 --- */

int32_t sztp__data_ask(sztp_session_t *s) {
  sztp__visit_t *v = &s->visit;
  sztp__span_t nonce = v->has_nonce ? sztp__span(v->nonce, sizeof v->nonce) : sztp__span(NULL, 0);
  sztp__buf_t body;
  sztp__buf_init(&body, s->ctx, BODY_MAX_OCTETS);
  int32_t rc = sztp__data_request(s->dev, !v->provisional, nonce, v->encoding, &body);
  if (rc == SZTP_OK)
    rc = sztp__fetch(s, SZTP_FETCH_DATA, "POST", "get-bootstrapping-data", &body,
                     sztp__limit(s->ctx, SZTP_LIMIT_DATA_REPLY), DATA_TIME_MS);
  sztp__buf_clear(&body);
  return rc;
}

static void data_refused(sztp_session_t *s) {
  char errors[200];
  char text[256];
  char host[80];
  if ((s->reply.status == 429 || s->reply.status == 503) && s->reply.retry_after > 0) {
    uint64_t seconds = s->reply.retry_after < RETRY_AFTER_MAX_S ? s->reply.retry_after : RETRY_AFTER_MAX_S;
    if (seconds * 1000 > s->retry_after_ms) s->retry_after_ms = seconds * 1000;
  }
  sztp__errors_text(s->ctx, sztp__buf_span(&s->reply.body), errors, sizeof errors);
  (void)snprintf(text, sizeof text, "%s answered %u%s%s", sztp__printable(host, sizeof host, s->visit.host),
                 (unsigned)s->reply.status, errors[0] != '\0' ? ": " : "", errors);
  sztp__log(s->ctx, SZTP_LOG_WARN, SZTP_TOPIC_SERVER, "%s", text);
  sztp__note_reason(s, SZTP_ERR_SERVER_FAIL, text);
  sztp__goto(s, SZTP__ST_ADDRESS);
}

int32_t sztp__data_got(sztp_session_t *s) {
  sztp__visit_t *v = &s->visit;
  if (!sztp__fetch_ok(s)) {
    sztp__goto(s, SZTP__ST_ADDRESS);
    return SZTP_OK;
  }
  if (sztp__switch_encoding(s)) {
    sztp__goto(s, SZTP__ST_DATA);
    return SZTP_OK;
  }
  if (s->reply.status != 200) {
    data_refused(s);
    return SZTP_OK;
  }
  sztp_bundle_t *bundle = NULL;
  sztp__span_t type = sztp__blob_span(&s->reply.content_type);
  int32_t rc = sztp_bundle_new(s->ctx, &bundle);
  if (rc == SZTP_OK) rc = sztp__data_reply(s->ctx, sztp__buf_span(&s->reply.body), type, bundle, &v->verbose);
  if (rc == SZTP_OK && v->has_nonce)
    rc = sztp_bundle_set(bundle, SZTP_ARTIFACT_NONCE, v->nonce, sizeof v->nonce);
  if (rc < 0) sztp_bundle_free(bundle);
  if (rc == SZTP_ERR_MEMORY) return rc;
  if (rc < 0) {
    sztp__log(s->ctx, SZTP_LOG_WARN, SZTP_TOPIC_SERVER, "unusable reply: %s", sztp__trail_detail(s->ctx));
    sztp__note_reason(s, rc, sztp__trail_detail(s->ctx));
    sztp__goto(s, SZTP__ST_ADDRESS);
    return SZTP_OK;
  }
  sztp_bundle_free(s->bundle);
  s->bundle = bundle;
  s->from_server = 1;
  v->server_trusted = !v->provisional;
  sztp__goto(s, SZTP__ST_JUDGE);
  return SZTP_OK;
}

/* --- the TRUST table --- */

static uint32_t failed_step(const sztp_verdict_t *verdict) {
  uint32_t state = 0;
  for (uint32_t step = 1; sztp_step_name(step)[0] != '\0'; step++)
    if (sztp_verdict_step(verdict, step, &state, NULL) == SZTP_OK && state == SZTP_STEP_FAILED) return step;
  return 0;
}

static void verdict_line(const sztp_verdict_t *verdict, char *out, size_t cap) {
  uint32_t step = failed_step(verdict);
  const char *cause = sztp_verdict_text(verdict, step, SZTP_TEXT_CAUSE);
  (void)snprintf(out, cap, "%s%s%s: %s", sztp_verdict_text(verdict, step, SZTP_TEXT_REASON),
                 cause[0] != '\0' ? ", " : "", cause, sztp_verdict_text(verdict, step, SZTP_TEXT_DETAIL));
}

/* Rows 5 to 8 and 10, 13 to 16. */
static void reject(sztp_session_t *s, int32_t code) {
  char text[256];
  verdict_line(s->verdict, text, sizeof text);
  sztp__note_reason(s, code, text);
  int tell = s->from_server && s->visit.server_trusted && sztp_verdict_kind(s->verdict) != SZTP_INFO_REDIRECT;
  sztp__goto(s, tell ? SZTP__ST_REJECTED : SZTP__ST_ENTRY);
}

int32_t sztp__judge_ask(sztp_session_t *s) {
  uint32_t channel =
      s->from_server && s->visit.server_trusted ? SZTP_CHANNEL_TRUSTED : SZTP_CHANNEL_UNTRUSTED;
  sztp_verdict_t *verdict = NULL;
  void *key_user = NULL;
  sztp_key_fn key = sztp__session_key(s, &key_user);
  s->in_handler = 1; /* while the device's key function may be at work */
  int32_t rc = sztp__verify(s->dev, s->bundle, sztp__session_time(s), channel, key, key_user, &verdict);
  s->in_handler = 0;
  if (rc == SZTP_PENDING && s->action.kind == SZTP_ACTION_KEY) return SZTP_OK; /* the host's turn */
  if (verdict == NULL) return rc;
  sztp__answers_clear(s);
  sztp_verdict_free(s->verdict);
  s->verdict = verdict;
  sztp_bundle_free(s->bundle);
  s->bundle = NULL;
  if (rc < 0) {
    reject(s, rc);
    return SZTP_OK;
  }
  int trusted = sztp_verdict_trusted(verdict);
  sztp_info_t *info = verdict->info;
  verdict->info = NULL; /* the session's now */
  if (info->kind == SZTP_INFO_REDIRECT) {
    sztp__push_redirect(s, info, trusted);
    return SZTP_OK;
  }
  sztp_info_free(s->info);
  s->info = info;
  sztp__goto(s, SZTP__ST_ONBOARD);
  return SZTP_OK;
}

int32_t sztp__rejected_ask(sztp_session_t *s) {
  return sztp__report(s, SZTP__PROGRESS_BOOTSTRAP_INITIATED, sztp__span(NULL, 0), 0, SZTP__ST_UNUSABLE);
}

/* Once something was decrypted, why it was refused would tell a server that chose the octets about what came
 * out of them, so that it hears the same in all cases (ENC-13). */
static void told_line(const sztp_verdict_t *verdict, char *out, size_t cap) {
  uint32_t state = SZTP_STEP_SKIPPED;
  int32_t code = SZTP_OK;
  (void)sztp_verdict_step(verdict, SZTP_STEP_DECRYPTION, &state, &code);
  if (state == SZTP_STEP_PASSED || code == SZTP_ERR_ENC_DECRYPT_FAILED)
    (void)snprintf(out, cap, "%s: encrypted artifacts do not decrypt to what they must be, or are refused",
                   sztp_error_label(SZTP_ERR_ENC_DECRYPT_FAILED));
  else
    verdict_line(verdict, out, cap);
}

int32_t sztp__unusable_ask(sztp_session_t *s) {
  char text[256];
  told_line(s->verdict, text, sizeof text);
  return sztp__report(s, SZTP__PROGRESS_PARSING_ERROR, sztp__span_of(text), 0, SZTP__ST_ENTRY);
}
