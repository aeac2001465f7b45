/* SPDX-License-Identifier: Apache-2.0 */
/* Replies: what a host says about the action that is out. */
#include <sztp/session.h>

#include "exchange/csr.h"
#include "exchange/evidence.h"
#include "machine/dns_round.h"
#include "machine/image_octets.h"

#define REPLY_TEXT_MAX    65536 /* octets of MESSAGE and CONTENT_TYPE that are kept */
#define REPLY_DHCP_MAX    65535 /* octets of an option's reassembled value */
#define REPLY_ADDRESS_MAX (SZTP__ADDRESS_SIZE - 1)
#define REPLY_KEY_MAX     512  /* octets that a private key may decrypt */
#define REPLY_MADE_MAX    1024 /* octets of a signature, of a public key */

#define REPLY_BIT(field)  ((uint32_t)1 << ((field)-32))

/* Which fields a reply to each kind of action may have, of those from 32 on; may_give() has the others. */
static uint32_t allowed(uint32_t kind) {
  const uint32_t artifacts =
      REPLY_BIT(SZTP_F_ARTIFACT_CI) | REPLY_BIT(SZTP_F_ARTIFACT_OC) | REPLY_BIT(SZTP_F_ARTIFACT_OV);
  switch (kind) {
  case SZTP_ACTION_FETCH:
    return REPLY_BIT(SZTP_F_STATUS) | REPLY_BIT(SZTP_F_CONTENT_TYPE) | REPLY_BIT(SZTP_F_PEER_VERIFIED) |
           REPLY_BIT(SZTP_F_MESSAGE) | REPLY_BIT(SZTP_F_REASON) | REPLY_BIT(SZTP_F_RETRY_AFTER);
  case SZTP_ACTION_DOWNLOAD:
    return REPLY_BIT(SZTP_F_MESSAGE) | REPLY_BIT(SZTP_F_REASON) | REPLY_BIT(SZTP_F_SIGNATURE_GOOD) |
           REPLY_BIT(SZTP_F_SIGNATURE) | REPLY_BIT(SZTP_F_RESUMED);
  case SZTP_ACTION_DISCOVER: return artifacts | REPLY_BIT(SZTP_F_MESSAGE) | REPLY_BIT(SZTP_F_MORE);
  case SZTP_ACTION_ASK: return artifacts | REPLY_BIT(SZTP_F_MESSAGE);
  case SZTP_ACTION_DOMAINS: return REPLY_BIT(SZTP_F_MESSAGE);
  case SZTP_ACTION_ENABLED: return REPLY_BIT(SZTP_F_VALUE) | REPLY_BIT(SZTP_F_MESSAGE);
  default: return REPLY_BIT(SZTP_F_MESSAGE) | REPLY_BIT(SZTP_F_REASON);
  }
}

/* Those below 32, which actions have, too, are what one kind of action asks for. */
static int may_give(const sztp_session_t *s, uint32_t field) {
  uint32_t kind = s->action.kind;
  switch (field) {
  case SZTP_F_ADDRESS: return kind == SZTP_ACTION_RESOLVE;
  case SZTP_F_NAME: return kind == SZTP_ACTION_DOMAINS;
  case SZTP_F_URI: return kind == SZTP_ACTION_ASK;
  case SZTP_F_DATA: return kind == SZTP_ACTION_DISCOVER || kind == SZTP_ACTION_KEY || kind == SZTP_ACTION_CSR;
  default: return field >= 32 && field < 64 && (allowed(kind) & REPLY_BIT(field)) != 0;
  }
}

/* 0 if @p ticket is that of the action that is out and wants an answer. */
static int32_t current(const sztp_session_t *s, uint64_t ticket) {
  if (sztp__in_callback(s->ctx)) return SZTP_ERR_REENTRY;
  if (!s->asked || ticket != s->action.ticket || s->reply.ended) return SZTP_ERR_STALE;
  if (s->action.kind == SZTP_ACTION_DONE || s->action.kind == SZTP_ACTION_FAILED) return SZTP_ERR_ARG;
  return SZTP_OK;
}

static void mark(sztp_session_t *s, uint32_t field) {
  if (field >= 32) s->reply.given |= REPLY_BIT(field);
}

int32_t sztp_reply_i64(sztp_session_t *s, uint64_t ticket, uint32_t field, int64_t value) {
  if (s == NULL) return SZTP_ERR_ARG;
  int32_t rc = current(s, ticket);
  if (rc < 0) return rc;
  if (!may_give(s, field)) return SZTP_ERR_ARG;
  sztp__reply_t *r = &s->reply;
  int is_flag = value == 0 || value == 1;
  switch (field) {
  case SZTP_F_STATUS:
    if (value < 100 || value > 599) return SZTP_ERR_ARG;
    r->status = (uint64_t)value;
    break;
  case SZTP_F_REASON:
    if (value >= 0 || value < -2048) return SZTP_ERR_ARG;
    r->reason = (int32_t)value;
    break;
  case SZTP_F_RETRY_AFTER:
    if (value < 0) return SZTP_ERR_ARG;
    r->retry_after = (uint64_t)value;
    break;
  default:
    if (!is_flag) return SZTP_ERR_ARG;
    switch (field) {
    case SZTP_F_PEER_VERIFIED: r->peer_verified = (uint64_t)value; break;
    case SZTP_F_SIGNATURE_GOOD: r->signature_good = (uint64_t)value; break;
    case SZTP_F_RESUMED: r->resumed = (int)value; break;
    case SZTP_F_VALUE: r->value = (uint64_t)value; break;
    case SZTP_F_MORE: r->more = (uint64_t)value; break;
    default: return SZTP_ERR_ARG;
    }
  }
  mark(s, field);
  if (!sztp__is_far(s)) return SZTP_OK;
  const sztp__far_call_t call = {
      .what = SZTP__FAR_I64, .ticket = ticket, .field = field, .number = value, .told = 1};
  return s->far->call(s, &call, NULL);
}

static int32_t add_address(sztp_session_t *s, sztp__span_t address) {
  sztp__reply_t *r = &s->reply;
  if (address.len == 0 || address.len > REPLY_ADDRESS_MAX || memchr(address.data, 0, address.len) != NULL)
    return SZTP_ERR_ARG;
  if (r->address_count == SZTP__ADDRESSES)
    return sztp__fail(s->ctx, SZTP_ERR_LIMIT, "reply", "more than %d addresses", SZTP__ADDRESSES);
  int32_t rc = sztp__blob_set(s->ctx, &r->addresses[r->address_count], address);
  if (rc == SZTP_OK) r->address_count++;
  return rc;
}

static int32_t check_len(const sztp_session_t *s, uint64_t max, size_t len) {
  if (len <= max) return SZTP_OK;
  return sztp__fail(s->ctx, SZTP_ERR_LIMIT, "reply", "%zu octets, %llu are allowed", len,
                    (unsigned long long)max);
}

static int32_t put_blob(sztp_session_t *s, sztp__blob_t *slot, uint64_t max, sztp__span_t data) {
  int32_t rc = check_len(s, max, data.len);
  return rc == SZTP_OK ? sztp__blob_set(s->ctx, slot, data) : rc;
}

/* Octets that DATA may have. */
static uint64_t data_most(const sztp_action_t *a) {
  int64_t operation = 0;
  switch (a->kind) {
  case SZTP_ACTION_KEY:
    (void)sztp_action_i64(a, SZTP_F_OPERATION, 0, &operation);
    if (operation == SZTP_KEY_OP_ATTEST) return SZTP__EVIDENCE_ROOM;
    return operation <= SZTP_KEY_OP_AGREE_ECDH ? REPLY_KEY_MAX : REPLY_MADE_MAX;
  case SZTP_ACTION_CSR: return SZTP__CSR_MAX;
  default: return REPLY_DHCP_MAX;
  }
}

int32_t sztp_reply_bytes(sztp_session_t *s, uint64_t ticket, uint32_t field, const uint8_t *data,
                         size_t len) {
  if (s == NULL || (data == NULL && len > 0)) return SZTP_ERR_ARG;
  int32_t rc = current(s, ticket);
  if (rc < 0) return rc;
  if (!may_give(s, field)) return SZTP_ERR_ARG;
  if (sztp__enter(s->ctx) < 0) return SZTP_ERR_REENTRY;
  sztp__span_t bytes = sztp__span(data, len);
  /* What is too long is not even read. */
  if (field == SZTP_F_DATA) rc = check_len(s, data_most(&s->action), len);
  if (rc < 0) return rc;
  if (sztp__is_far(s))
    return s->far->call(
        s, &(sztp__far_call_t){.what = SZTP__FAR_BYTES, .ticket = ticket, .field = field, .bytes = bytes},
        NULL);
  sztp__span_t end = len > REPLY_TEXT_MAX ? sztp__span(data + (len - REPLY_TEXT_MAX), REPLY_TEXT_MAX) : bytes;
  switch (field) {
  case SZTP_F_ADDRESS: rc = add_address(s, bytes); break;
  case SZTP_F_DATA: rc = sztp__blob_set(s->ctx, &s->reply.data, bytes); break;
  case SZTP_F_SIGNATURE: rc = sztp__image_take_signature(s, bytes); break;
  case SZTP_F_NAME: rc = sztp__dns_add_domain(s, bytes); break;
  case SZTP_F_URI: rc = sztp__dns_add_server(s, bytes); break;
  case SZTP_F_CONTENT_TYPE: rc = put_blob(s, &s->reply.content_type, REPLY_TEXT_MAX, bytes); break;
  case SZTP_F_MESSAGE: rc = put_blob(s, &s->reply.message, REPLY_TEXT_MAX, end); break;
  case SZTP_F_ARTIFACT_CI:
    rc = put_blob(s, &s->reply.artifacts[0], sztp__bundle_limit(s->ctx, SZTP_ARTIFACT_CONVEYED_INFO), bytes);
    break;
  case SZTP_F_ARTIFACT_OC:
    rc = put_blob(s, &s->reply.artifacts[1], sztp__bundle_limit(s->ctx, SZTP_ARTIFACT_OWNER_CERT), bytes);
    break;
  case SZTP_F_ARTIFACT_OV:
    rc = put_blob(s, &s->reply.artifacts[2], sztp__bundle_limit(s->ctx, SZTP_ARTIFACT_VOUCHER), bytes);
    break;
  default: return SZTP_ERR_ARG;
  }
  if (rc == SZTP_OK) mark(s, field);
  return rc;
}

int32_t sztp_reply_answer(sztp_session_t *s, uint64_t ticket, const char *responder, size_t responder_len,
                          const uint8_t *message, size_t len, uint32_t *then) {
  if (s == NULL || (responder == NULL && responder_len > 0) || responder_len > REPLY_ADDRESS_MAX ||
      message == NULL || then == NULL)
    return SZTP_ERR_ARG;
  int32_t rc = current(s, ticket);
  if (rc < 0) return rc;
  if (s->action.kind != SZTP_ACTION_ASK) return SZTP_ERR_ARG;
  if (sztp__enter(s->ctx) < 0) return SZTP_ERR_REENTRY;
  if (sztp__is_far(s)) {
    int64_t answer = 0;
    rc = s->far->call(s,
                      &(sztp__far_call_t){.what = SZTP__FAR_DNS_ANSWER,
                                          .ticket = ticket,
                                          .bytes = sztp__span(message, len),
                                          .responder = sztp__span(responder, responder_len)},
                      &answer);
    *then = (uint32_t)answer;
    return rc;
  }
  return sztp__dns_add_message(s, sztp__span(responder, responder_len), sztp__span(message, len), then);
}

/* A body grows by a quarter at a time, so that little is left unused at its end. */
static int32_t add_body(sztp_session_t *s, const uint8_t *chunk, size_t len) {
  sztp__buf_t *body = &s->reply.body;
  if (body->cap - body->len < len + 1) {
    size_t more = body->len / 4 > len ? body->len / 4 : len;
    int32_t rc = sztp__buf_reserve(body, more);
    if (rc == SZTP_ERR_MEMORY) {
      body->status = SZTP_OK; /* what is there is whole: the same chunk can be given again */
      return rc;
    }
  }
  return sztp__buf_add(body, chunk, len);
}

int32_t sztp_reply_write(sztp_session_t *s, uint64_t ticket, const uint8_t *chunk, size_t len) {
  if (s == NULL || (chunk == NULL && len > 0)) return SZTP_ERR_ARG;
  int32_t rc = current(s, ticket);
  if (rc < 0) return rc;
  if (sztp__is_far(s))
    return s->far->call(
        s, &(sztp__far_call_t){.what = SZTP__FAR_WRITE, .ticket = ticket, .bytes = sztp__span(chunk, len)},
        NULL);
  uint32_t kind = s->action.kind;
  int64_t limit = 0;
  if ((kind != SZTP_ACTION_FETCH && kind != SZTP_ACTION_DOWNLOAD) ||
      sztp_action_i64(&s->action, SZTP_F_LIMIT, 0, &limit) < 0)
    return SZTP_ERR_ARG;
  if (len > (uint64_t)limit || s->reply.written > (uint64_t)limit - len) {
    sztp__trail_clear(s->ctx);
    return sztp__fail(s->ctx, SZTP_ERR_LIMIT, "reply", "more than %lld octets", (long long)limit);
  }
  if (len > 0)
    rc = kind == SZTP_ACTION_FETCH ? add_body(s, chunk, len) : sztp__image_write(s, sztp__span(chunk, len));
  if (rc == SZTP_OK) s->reply.written += len;
  return rc;
}

/* What was said of the exchange that is started again, or of its octets, says nothing of the new one. */
static void forget_exchange(sztp_session_t *s) {
  sztp__reply_t *r = &s->reply;
  r->status = r->peer_verified = r->retry_after = r->signature_good = 0;
  r->resumed = 0;
  sztp__blob_free(s->ctx, &r->content_type);
  r->given &=
      ~(REPLY_BIT(SZTP_F_STATUS) | REPLY_BIT(SZTP_F_PEER_VERIFIED) | REPLY_BIT(SZTP_F_RETRY_AFTER) |
        REPLY_BIT(SZTP_F_SIGNATURE_GOOD) | REPLY_BIT(SZTP_F_CONTENT_TYPE) | REPLY_BIT(SZTP_F_RESUMED));
}

int32_t sztp_reply_restart(sztp_session_t *s, uint64_t ticket) {
  if (s == NULL) return SZTP_ERR_ARG;
  int32_t rc = current(s, ticket);
  if (rc < 0) return rc;
  if (sztp__is_far(s))
    return s->far->call(s, &(sztp__far_call_t){.what = SZTP__FAR_RESTART, .ticket = ticket}, NULL);
  if (s->action.kind == SZTP_ACTION_DOWNLOAD) {
    rc = sztp__image_restart(s);
    if (rc < 0) return rc;
  } else if (s->action.kind == SZTP_ACTION_FETCH) {
    sztp__buf_clear(&s->reply.body);
  } else {
    return SZTP_ERR_ARG;
  }
  s->reply.written = 0;
  forget_exchange(s);
  return SZTP_OK;
}

int32_t sztp_reply_end(sztp_session_t *s, uint64_t ticket, uint32_t outcome) {
  if (s == NULL || outcome == SZTP_OUTCOME_PENDING || outcome > SZTP_OUTCOME_TIMEOUT) return SZTP_ERR_ARG;
  if (s->in_handler) return SZTP_ERR_REENTRY;
  int32_t rc = current(s, ticket);
  if (rc < 0) return rc;
  if (sztp__is_far(s)) {
    const sztp__far_call_t call = {.what = SZTP__FAR_END, .ticket = ticket, .field = outcome, .told = 1};
    rc = s->far->call(s, &call, NULL);
    if (rc < 0) return rc;
  }
  s->reply.outcome = outcome;
  s->reply.ended = 1;
  return SZTP_OK;
}
