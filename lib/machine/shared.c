/* SPDX-License-Identifier: Apache-2.0 */
/* What the states share: going on, the end and its reason, saving, judging. */
#include "machine/shared.h"

#include "ground/format.h"

int sztp__reply_ok(const sztp_session_t *s) {
  return s->reply.outcome == SZTP_OUTCOME_OK || s->reply.outcome == SZTP_OUTCOME_WARNING;
}

void sztp__put_text(char *out, size_t cap, sztp__span_t text) {
  size_t len = text.len < cap ? text.len : cap - 1;
  if (len > 0) memcpy(out, text.data, len);
  out[len] = '\0';
}

/* How telling a reason is for whoever asks why the device was not bootstrapped. */
static int gravity(int32_t code) {
  if (code == SZTP_ERR_IMAGE_MISMATCH || code == SZTP_ERR_IMAGE_SIGNATURE)
    return 4; /* refused, but after the owner was known */
  /* A server that is not who it should be says less than an artifact that is not what it should be. */
  if (code == SZTP_ERR_TLS_UNTRUSTED || code == SZTP_ERR_TLS_NAME_MISMATCH) return 2;
  switch (sztp_error_class(code)) {
  case SZTP_CLASS_ONBOARDING: return 4; /* it was the owner, and it failed */
  case SZTP_CLASS_REFUSED: return 3;
  case SZTP_CLASS_DATA: return 2;
  default: return code == SZTP_OK ? 0 : 1;
  }
}

void sztp__note_reason(sztp_session_t *s, int32_t code, const char *text) {
  if (s->cancelling) return; /* why it ends is known */
  if (gravity(code) < gravity(s->end.reason)) return;
  s->end.reason = code;
  (void)sztp__sentence(s->end.text, sizeof s->end.text, "%s", text);
}

void sztp__end_with(sztp_session_t *s, uint32_t result, int32_t code, const char *text) {
  s->end.result = result;
  s->end.reason = code;
  if (text != s->end.text) (void)sztp__sentence(s->end.text, sizeof s->end.text, "%s", text);
  sztp__goto(s, SZTP__ST_END);
}

int32_t sztp__ask_save(sztp_session_t *s, const sztp__saved_t *saved) {
  sztp__buf_t bytes;
  sztp__buf_init(&bytes, s->ctx, 1024);
  int32_t rc = sztp__saved_write(saved, &bytes);
  sztp__action_begin(&s->action, SZTP_ACTION_SAVE);
  if (rc == SZTP_OK) rc = sztp__action_put_buf(&s->action, SZTP_F_DATA, &bytes);
  sztp__buf_clear(&bytes);
  return rc;
}

int sztp__heard_save(sztp_session_t *s, const sztp__saved_t *saved) {
  s->kept.unsaved = !sztp__reply_ok(s);
  if (!s->kept.unsaved) s->kept.saved = *saved;
  return !s->kept.unsaved;
}

void sztp__undo(sztp_session_t *s, sztp__state_t then) {
  s->undo.ask |= s->attempt.ran | s->undo.left;
  s->undo.left = 0;
  s->undo.then = then;
  s->attempt.ran = 0;
}

const char *sztp__source_label(uint32_t source) {
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

void sztp__judge(sztp_session_t *s, sztp_bundle_t *bundle, int from_server) {
  sztp_bundle_free(s->found.bundle);
  s->found.bundle = bundle;
  s->found.from_server = from_server;
  s->found.time = sztp__session_time(s);
  sztp__goto(s, SZTP__ST_JUDGE);
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
  sztp__log(s->ctx, SZTP_LOG_INFO, SZTP_TOPIC_SOURCE, "%s: artifacts found",
            sztp__source_label(s->sources.current));
  sztp__judge(s, bundle, 0);
  return SZTP_OK;
}

int sztp__has_source(const sztp_session_t *s, uint32_t source) {
  for (size_t i = 0; i < s->sources.count; i++)
    if (s->sources.list[i] == source) return 1;
  return 0;
}
