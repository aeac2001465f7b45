/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence: the statements that the server asks for and policy allows, made by the owner of keys. */
#include "machine/evidence.h"

#include "cryptography/key_request.h"
#include "ground/format.h"
#include "ground/printable.h"
#include "machine/event.h"

/* As people are told. */
static const char *kind_name(uint32_t kind) {
  switch (kind) {
  case SZTP_EVIDENCE_CERTIFY: return "certify";
  case SZTP_EVIDENCE_QUOTE: return "quote";
  default: return SZTP__WORDS("a statement of an unknown type");
  }
}

static void tell(sztp_session_t *s, int32_t code, const char *what, const char *why) {
  char text[SZTP__SENTENCE_SIZE];
  char host[SZTP__NAME_SIZE];
  (void)sztp__sentence(text, sizeof text, "%s: %s%s", sztp__printable(host, sizeof host, s->visit.host), what,
                       why);
  sztp__log(s->ctx, code == SZTP_OK ? SZTP_LOG_INFO : SZTP_LOG_WARN, SZTP_TOPIC_SERVER, "%s", text);
  sztp__event_outcome(s, SZTP_EVENT_EVIDENCE, code == SZTP_OK ? SZTP_OUTCOME_OK : SZTP_OUTCOME_WARNING, code,
                      text);
}

/* ATT-10: goes on without the statement that is next. */
static void leave_out(sztp_session_t *s, int32_t code, const char *why) {
  char what[SZTP__PHRASE_SIZE];
  (void)sztp__sentence(what, sizeof what, "evidence is asked for and left out: %s: ",
                       kind_name(s->csr->evidence.kinds[s->csr->stated]));
  tell(s, code, what, why);
  s->csr->stated++;
}

/* ATT-01: past what may not be made. */
static void skip_forbidden(sztp_session_t *s) {
  sztp__csr_t *csr = s->csr;
  while (csr->stated < csr->evidence.count) {
    uint32_t kind = csr->evidence.kinds[csr->stated];
    if (kind == 0)
      leave_out(s, SZTP_ERR_UNSUPPORTED, SZTP__WORDS("only certify and quote are known"));
    else if ((sztp__policy(s->dev, SZTP_POLICY_EVIDENCE) & kind) == 0)
      leave_out(s, SZTP_ERR_CSR_REFUSED, SZTP__WORDS("the device's policy does not allow it"));
    else
      return;
  }
}

/* 0, or a failure after which the same is asked again. */
static int32_t take_statement(sztp_session_t *s, int32_t rc, sztp__span_t statement) {
  sztp__csr_t *csr = s->csr;
  uint32_t kind = csr->evidence.kinds[csr->stated];
  sztp__buf_t all;
  char why[SZTP__PHRASE_SIZE];
  if (rc != SZTP_OK) {
    const char *told = sztp__key_told(s, rc);
    (void)sztp__sentence(why, sizeof why, "the key store can't make it%s%s", *told != '\0' ? ": " : "", told);
    leave_out(s, rc, why);
    return SZTP_OK;
  }
  if (!sztp__evidence_is(statement, kind)) {
    leave_out(s, SZTP_ERR_KEY, SZTP__WORDS("what the key store gave is no such statement"));
    return SZTP_OK;
  }
  sztp__buf_init(&all, s->ctx, (size_t)SZTP__EVIDENCE_MAX * SZTP__EVIDENCE_ROOM);
  sztp__buf_add_span(&all, sztp__blob_span(&csr->statements));
  rc = sztp__buf_add_span(&all, statement);
  if (rc == SZTP_OK) rc = sztp__blob_set(s->ctx, &csr->statements, sztp__buf_span(&all));
  sztp__buf_clear(&all);
  if (rc < 0) return rc;
  csr->given |= kind;
  csr->stated++;
  return SZTP_OK;
}

static void fill_attest(const sztp_session_t *s, sztp_key_request_t *request) {
  uint32_t kind = s->csr->evidence.kinds[s->csr->stated];
  request->operation = SZTP_KEY_OP_ATTEST;
  request->statement = kind;
  request->nonce = s->csr->evidence.nonce;
  if (kind == SZTP_EVIDENCE_QUOTE) request->pcrs = (int64_t)sztp__policy(s->dev, SZTP_POLICY_EVIDENCE_PCRS);
}

int32_t sztp__evidence_ask(sztp_session_t *s, sztp_key_request_t *request) {
  size_t len = 0;
  skip_forbidden(s);
  if (s->csr->stated == s->csr->evidence.count) {
    s->csr->step = SZTP__CSR_SIGN;
    sztp__goto(s, SZTP__ST_CSR_MAKE);
    return SZTP_OK;
  }
  uint8_t *out = sztp__alloc(s->ctx, SZTP__EVIDENCE_ROOM);
  if (out == NULL) return SZTP_ERR_MEMORY;
  fill_attest(s, request);
  sztp__trail_clear(s->ctx);
  int32_t rc = sztp__key_ask(s, request, out, SZTP__EVIDENCE_ROOM, &len);
  int asked = rc == SZTP_PENDING && s->action.kind != 0;
  if (rc != SZTP_PENDING && rc != SZTP_ERR_MEMORY) {
    rc = take_statement(s, rc, sztp__span(out, len));
    if (rc == SZTP_OK) sztp__goto(s, SZTP__ST_CSR_MAKE);
  }
  sztp__free(s->ctx, out);
  return asked ? SZTP_OK : rc;
}

int32_t sztp__evidence_hear(sztp_session_t *s) {
  int32_t rc = sztp__reply_ok(s)                          ? SZTP_OK
               : s->reply.outcome == SZTP_OUTCOME_NOTHING ? SZTP_ERR_NOT_FOUND
                                                          : SZTP_ERR_KEY;
  sztp__trail_clear(s->ctx);
  rc = take_statement(s, rc, sztp__blob_span(&s->reply.data));
  if (rc == SZTP_OK) sztp__goto(s, SZTP__ST_CSR_MAKE);
  return rc;
}

/* ---- the request --------------------------------------------------------------------------------- */

/* ATT-03: the leaf, and what stands above it but the root, which the verifier has or does not believe. */
static int32_t put_certs(const sztp_session_t *s, sztp__buf_t *out) {
  const sztp__certs_t *certs = &s->dev->certs[SZTP_CERT_ATTESTATION];
  for (size_t i = 0; i < certs->n; i++)
    if (i == 0 || !certs->v[i].self_issued) sztp__buf_add_span(out, certs->v[i].der);
  return out->status;
}

int32_t sztp__evidence_write(sztp_session_t *s, sztp__span_t attributes, sztp__buf_t *out) {
  sztp__buf_t certs;
  sztp__buf_init(&certs, s->ctx, SZTP__CSR_MAX);
  int32_t rc = put_certs(s, &certs);
  if (rc == SZTP_OK)
    rc = sztp__evidence_put(out, attributes, &s->csr->evidence, sztp__blob_span(&s->csr->statements),
                            sztp__buf_span(&certs));
  sztp__buf_clear(&certs);
  return rc;
}

void sztp__evidence_tell(sztp_session_t *s) {
  static const char *const kinds[] = {"", "certify", "quote", "certify, quote"};
  if (s->csr->given == 0) return;
  tell(s, SZTP_OK, "the certificate signing request has evidence: ", kinds[s->csr->given]);
}
