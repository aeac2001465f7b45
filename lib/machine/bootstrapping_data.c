/* SPDX-License-Identifier: Apache-2.0 */
/* What a bootstrap server is asked for: where its RESTCONF root is (host-meta), then get-bootstrapping-data.
 */

#include "exchange/rpc.h"
#include "formats/yang.h"
#include "ground/format.h"
#include "ground/printable.h"
#include "machine/budget.h"
#include "machine/csr.h"
#include "machine/event.h"
#include "machine/fetch.h"

#define ROOT_MAX_OCTETS   1024
#define BODY_MAX_OCTETS   (64 * 1024)
#define ROOT_TIME_MS      60000
#define DATA_TIME_MS      300000
#define RETRY_AFTER_MAX_S 300 /* D-51 */

/* ---- root discovery: REST-01 to -07 -------------------------------------------------------------- */

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
  if (!SZTP__HOST_META || sztp__policy(s->dev, SZTP_POLICY_NO_HOST_META))
    return set_root(s, sztp__span_of(SZTP__ROOT_DEFAULT));
  return sztp__fetch(s, SZTP_FETCH_ROOT, "GET", NULL, NULL, sztp__limit(s->ctx, SZTP_LIMIT_OTHER_REPLY),
                     ROOT_TIME_MS);
}

int32_t sztp__root_hear(sztp_session_t *s) {
  if (!SZTP__HOST_META) return sztp__root_ask(s);
  sztp__charge_time(s);
  if (!sztp__fetch_ok(s)) {
    sztp__goto(s, SZTP__ST_ADDRESS);
    return SZTP_OK;
  }
  sztp__buf_t root;
  sztp__buf_init(&root, s->ctx, ROOT_MAX_OCTETS);
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

/* ---- get-bootstrapping-data: REST-08 to -22 ------------------------------------------------------ */

int32_t sztp__data_ask(sztp_session_t *s) {
  sztp__visit_t *v = &s->visit;
  sztp__span_t nonce = v->has_nonce ? sztp__span(v->nonce, sizeof v->nonce) : sztp__span(NULL, 0);
  sztp__buf_t body;
  const sztp__csr_way_t *csr = sztp__csr_on(s) ? s->dev->csr : NULL;
  sztp__buf_init(&body, s->ctx, csr == NULL ? BODY_MAX_OCTETS : BODY_MAX_OCTETS + 2 * SZTP__CSR_MAX);
  int32_t rc = csr != NULL ? csr->begin(s) : SZTP_OK;
  if (rc == SZTP_OK)
    rc = sztp__data_request(s->dev, !v->provisional, nonce, v->encoding, csr != NULL ? csr->write : NULL,
                            s->csr, &body);
  if (rc == SZTP_OK)
    rc = sztp__fetch(s, SZTP_FETCH_DATA, "POST", "get-bootstrapping-data", &body,
                     sztp__limit(s->ctx, SZTP_LIMIT_DATA_REPLY), DATA_TIME_MS);
  sztp__buf_clear(&body);
  return rc;
}

static void data_refused(sztp_session_t *s) {
  char errors[SZTP__PHRASE_SIZE] = "";
  char text[SZTP__SENTENCE_SIZE];
  char host[SZTP__NAME_SIZE];
  if ((s->reply.status == 429 || s->reply.status == 503) && s->reply.retry_after > 0) {
    uint64_t seconds = s->reply.retry_after < RETRY_AFTER_MAX_S ? s->reply.retry_after : RETRY_AFTER_MAX_S;
    if (seconds * 1000 > s->retry.after_ms) s->retry.after_ms = seconds * 1000;
  }
  SZTP__TELL(sztp__errors_text(s->ctx, sztp__buf_span(&s->reply.body), errors, sizeof errors));
  (void)sztp__sentence(text, sizeof text, "%s answered %u%s%s",
                       sztp__printable(host, sizeof host, s->visit.host), (unsigned)s->reply.status,
                       errors[0] != '\0' ? ": " : "", errors);
  sztp__log(s->ctx, SZTP_LOG_WARN, SZTP_TOPIC_SERVER, "%s", text);
  sztp__event(s, SZTP_EVENT_SERVER, SZTP_ERR_SERVER_FAIL, text);
  sztp__goto(s, SZTP__ST_ADDRESS);
}

int32_t sztp__data_hear(sztp_session_t *s) {
  sztp__visit_t *v = &s->visit;
  sztp__charge_time(s);
  if (!sztp__fetch_ok(s)) {
    sztp__goto(s, SZTP__ST_ADDRESS);
    return SZTP_OK;
  }
  if (sztp__switch_encoding(s)) {
    sztp__goto(s, SZTP__ST_DATA);
    return SZTP_OK;
  }
  if (s->reply.status != 200) {
    int32_t gone = sztp__csr_on(s) ? s->dev->csr->heard(s) : 0;
    if (gone == 0) data_refused(s);
    return gone < 0 ? gone : SZTP_OK;
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
    sztp__event(s, SZTP_EVENT_SERVER, rc, sztp__trail_detail(s->ctx));
    sztp__goto(s, SZTP__ST_ADDRESS);
    return SZTP_OK;
  }
  v->server_trusted = !v->provisional;
  sztp__event(s, SZTP_EVENT_SERVER, SZTP_OK, "it gave bootstrapping data");
  sztp__judge(s, bundle, 1);
  return SZTP_OK;
}
