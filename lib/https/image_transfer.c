/* SPDX-License-Identifier: Apache-2.0 */
/* Gets a boot image. What breaks goes on where it broke, if the server has a strong validator for it, and
 * never with octets of another version (IMG group). How often is bounded: each new try is paid for, but for
 * one after which the image has grown by a good piece. */
#include <inttypes.h>

#include "ground/ctx_private.h"
#include "https/download.h"

#define TRIES      16              /* that have not brought a good piece */
#define GOOD_PIECE (1024u * 1024u) /* octets */
#define STARTS     2               /* from the first octet again, after octets that are of no use any more */
#define PAUSES     3               /* when no address does: 1 s, 2 s, 4 s */

static void say(const sztp__download_t *d, uint32_t level, const char *fmt, ...) SZTP__PRINTF(3, 4);

static void say(const sztp__download_t *d, uint32_t level, const char *fmt, ...) {
  char text[SZTP__SENTENCE_SIZE];
  va_list args;
  va_start(args, fmt);
  sztp__vformat(text, sizeof text, fmt, args);
  va_end(args);
  sztp__log(sztp_session_ctx(d->session), level, SZTP_TOPIC_ONBOARD, "image of %s: %s", d->server.uri.host,
            text);
}

/* ---- octets -------------------------------------------------------------------------------------- */

static int32_t stage(sztp__download_t *d, const uint8_t *data, size_t len) {
  if (d->h->stage(d->h->stage_user, d->action, d->offset, d->total, data, len) == SZTP_OK) return SZTP_OK;
  d->stage_failed = 1;
  return SZTP_ERR_IMAGE;
}

/* What was received is of no use: it is forgotten by the session, and staged anew with the next octets. */
static int32_t drop(sztp__download_t *d) {
  d->offset = d->total = 0;
  if (!d->begun) return SZTP_OK;
  d->begun = 0;
  return sztp_reply_restart(d->session, sztp_action_ticket(d->action));
}

/* Why a response has the whole image, though a part was asked for. */
static const char *why_whole(const sztp__download_t *d, const char *validator, char *out, size_t cap) {
  if (strcmp(validator, d->h->validator) == 0) return "the server sends no parts of it";
  sztp__format(out, cap, "the validator changed from %s to %s", d->h->validator,
               validator[0] != '\0' ? validator : "none");
  return out;
}

static int32_t begin_whole(sztp__download_t *d, const sztp__http_t *r) {
  char validator[SZTP__VALIDATOR], text[SZTP__SENTENCE_SIZE];
  sztp__validator_of(r, validator);
  if (d->asked > 0) {
    const char *why = why_whole(d, validator, text, sizeof text);
    if (d->starts == 0) {
      d->start_over = "it would start over once too often";
      return SZTP_ERR_IMAGE;
    }
    d->starts--;
    say(d, SZTP_LOG_WARN, "starts over: %s", why);
  }
  int32_t rc = drop(d);
  if (rc != SZTP_OK) return rc;
  memcpy(d->h->validator, validator, sizeof d->h->validator);
  d->part_end = d->since = 0;
  d->total = r->length_known && !r->chunked ? r->length : 0;
  d->begun = 1;
  if (r->content_encoding.times > 0)
    say(d, SZTP_LOG_WARN, "the server sends it with Content-Encoding %.*s, which is not undone",
        (int)r->content_encoding.len, r->content_encoding.text);
  return stage(d, NULL, 0);
}

/* The hash goes on, the stage goes on, and what they have is said to be of more than one response. */
static int32_t begin_part(sztp__download_t *d, const sztp__http_t *r) {
  sztp__part_place_t place = {0, 0, 0};
  const char *why = sztp__part_refused(r, d->h->validator, d->asked, d->total, &place);
  if (why == NULL && place.total > d->x.max_body) why = "the image is larger than is allowed";
  if (why != NULL) {
    d->start_over = why;
    return SZTP_ERR_IMAGE;
  }
  d->total = place.total;
  d->part_end = place.last + 1;
  say(d, SZTP_LOG_INFO, "goes on at octet %" PRIu64 " of %" PRIu64, d->offset, d->total);
  return sztp_reply_i64(d->session, sztp_action_ticket(d->action), SZTP_F_RESUMED, 1);
}

static int32_t image_head(void *user, const sztp__http_t *r) {
  sztp__download_t *d = user;
  if (r->status == 200) return begin_whole(d, r);
  if (r->status == 206 && d->asked > 0) return begin_part(d, r);
  if (r->status == 416 && d->asked > 0)
    d->start_over = "HTTP status 416: the server has no such part of it";
  else
    d->bad_status = r->status;
  return SZTP_ERR_IMAGE;
}

static int32_t image_body(void *user, const uint8_t *data, size_t len) {
  sztp__download_t *d = user;
  if (d->part_end > 0 && len > d->part_end - d->offset) {
    d->start_over = "the part has more octets than its Content-Range says";
    return SZTP_ERR_IMAGE;
  }
  int32_t rc = sztp_reply_write(d->session, sztp_action_ticket(d->action), data, len);
  if (rc == SZTP_OK) rc = stage(d, data, len);
  d->offset += len;
  return rc;
}

/* ---- what is staged ------------------------------------------------------------------------------ */

/* Hashes what an earlier download has left. Its octets are read, not believed: the image is judged whole. */
static int32_t take_staged(sztp__download_t *d) {
  sztp_https_t *h = d->h;
  for (;;) {
    size_t n = 0;
    if (sztp__stop_is_asked(&h->stop) || sztp__socket_now() >= d->server.deadline) return SZTP_ERR_HOST;
    int32_t rc = h->staged(h->staged_user, d->action, d->offset, d->h->validator, sizeof d->h->validator,
                           d->buffer, sizeof d->buffer, &n);
    if (rc != SZTP_OK || n > sizeof d->buffer) return SZTP_ERR_HOST;
    if (n == 0) return SZTP_OK;
    d->begun = 1;
    rc = sztp_reply_write(d->session, sztp_action_ticket(d->action), d->buffer, n);
    if (rc != SZTP_OK) return rc;
    d->offset += n;
  }
}

static int32_t use_staged(sztp__download_t *d) {
  if (d->h->staged == NULL || !d->may_resume) return SZTP_OK;
  int32_t rc = take_staged(d);
  d->h->validator[sizeof d->h->validator - 1] = '\0';
  if (d->begun && rc == SZTP_OK && sztp__validator_ok(d->h->validator)) {
    say(d, SZTP_LOG_INFO, "%" PRIu64 " octets are staged from before, and hashed again", d->offset);
    return SZTP_OK;
  }
  if (d->begun) say(d, SZTP_LOG_WARN, "starts over: what is staged of it can't be used");
  d->h->validator[0] = '\0';
  return drop(d);
}

/* ---- tries --------------------------------------------------------------------------------------- */

static int failed(sztp__download_t *d, int32_t code) {
  d->x.code = code;
  sztp__format(d->x.why, sizeof d->x.why, "%s", sztp_error_text(code));
  return SZTP__NET_LOCAL;
}

static int can_go_on(const sztp__download_t *d) {
  return d->may_resume && d->h->validator[0] != '\0' && d->offset > 0;
}

/* One request, for what is missing. */
static int ask(sztp__download_t *d) {
  d->asked = can_go_on(d) ? d->offset : 0;
  d->since = d->offset;
  d->start_over = NULL;
  d->bad_status = 0;
  const sztp__image_rest_t rest = {d->offset, d->h->validator};
  int32_t rc = sztp__image_request(&d->server.uri, "", d->asked > 0 ? &rest : NULL, &d->request);
  if (rc != SZTP_OK) return failed(d, rc);
  d->x.request = d->request.data;
  d->x.request_len = d->request.len;
  int asked = sztp__image_server_ask(&d->server, &d->x);
  if (asked != SZTP__NET_OK || d->part_end == 0 || d->offset == d->total) return asked;
  sztp__format(d->x.why, sizeof d->x.why, "the part ended before the image did");
  return SZTP__NET_CLOSED;
}

static int start_over(sztp__download_t *d, int rc) {
  const char *why = d->start_over;
  sztp__format(d->x.why, sizeof d->x.why, "%s", why);
  d->x.code = SZTP_ERR_IMAGE;
  if (d->starts == 0) return rc;
  d->starts--;
  say(d, SZTP_LOG_WARN, "starts over: %s", why);
  d->h->validator[0] = '\0';
  int32_t dropped = drop(d);
  return dropped == SZTP_OK ? SZTP__NET_OK : failed(d, dropped);
}

/* The network, or the server, may be back in a moment. */
static int pause_before(sztp__download_t *d, unsigned *pauses) {
  if (*pauses == PAUSES) return 0;
  uint64_t until = sztp__socket_after(sztp__socket_now(), UINT64_C(1000) << (*pauses)++);
  if (until >= d->server.deadline) return 0;
  (void)sztp__socket_wait(SZTP__NO_SOCKET, 0, until, &d->h->stop);
  sztp__image_server_again(&d->server);
  return !sztp__stop_is_asked(&d->h->stop);
}

/* Whether there is another try, after one that broke. */
static int try_again(sztp__download_t *d, unsigned *pauses) {
  int has_grown = d->begun && d->offset > d->since;
  int goes_on = can_go_on(d) && !d->x.too_long;
  if (has_grown)
    say(d, SZTP_LOG_WARN, "broke off after %" PRIu64 " octets: %s%s", d->offset, d->x.why,
        goes_on || !d->may_resume ? "" : "; it can't go on there, for the server gave no strong validator");
  if (!goes_on) return sztp__image_server_next(&d->server);
  if (!has_grown || d->offset - d->since < GOOD_PIECE) {
    if (d->tries == 0) {
      say(d, SZTP_LOG_WARN, "given up: too many tries have brought too little");
      return 0;
    }
    d->tries--;
  }
  if (has_grown) {
    *pauses = 0;
    sztp__image_server_again(&d->server);
    return 1;
  }
  return sztp__image_server_next(&d->server) || pause_before(d, pauses);
}

/* A server that is overloaded or starting (5xx) is worth another try to one who has a part already. */
static int is_final(const sztp__download_t *d, int rc) {
  int comes_back = d->bad_status >= 500 && can_go_on(d);
  return rc == SZTP__NET_OK || (rc == SZTP__NET_LOCAL && !comes_back) ||
         sztp__socket_now() >= d->server.deadline || sztp__stop_is_asked(&d->h->stop);
}

static int transfer_image(sztp__download_t *d) {
  unsigned pauses = 0;
  d->x.max_body = sztp__https_u64(d->action, SZTP_F_LIMIT, UINT64_MAX);
  d->x.on_head = image_head;
  d->x.on_body = image_body;
  d->may_resume = sztp__https_u64(d->action, SZTP_F_RESUME, 0) == 1;
  d->starts = STARTS;
  d->tries = TRIES;
  int32_t used = use_staged(d);
  if (used != SZTP_OK) return failed(d, used);
  for (;;) {
    int rc = ask(d);
    if (d->start_over != NULL) {
      rc = start_over(d, rc);
      if (rc != SZTP__NET_OK) return rc;
      continue;
    }
    if (is_final(d, rc) || !try_again(d, &pauses)) return rc;
  }
}

/* After a failure the validator stays, if what is staged can be gone on with another time. */
int sztp__image_transfer(sztp__download_t *d) {
  int rc = transfer_image(d);
  int is_ours = rc == SZTP__NET_LOCAL && d->bad_status == 0; /* the fault, or the limit */
  int is_good = d->offset > 0 && !d->x.too_long && !is_ours && d->start_over == NULL;
  if (rc == SZTP__NET_OK || !is_good) d->h->validator[0] = '\0';
  return rc;
}
