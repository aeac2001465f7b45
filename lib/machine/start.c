/* SPDX-License-Identifier: Apache-2.0 */
/* The beginning (B0, B1): whether the device is fit to start, what an attempt left behind that lost power or
 * could not be undone, whether SZTP is on. */
#include "machine/csr.h"
#include "machine/tried.h"

static void default_sources(sztp_session_t *s) {
  static const uint32_t order[] = {SZTP_SOURCE_REMOVABLE, SZTP_SOURCE_DHCP6, SZTP_SOURCE_DHCP4,
                                   SZTP_SOURCE_MDNS, SZTP_SOURCE_DNS};
  memcpy(s->sources.list, order, sizeof order);
  s->sources.count = sizeof order / sizeof order[0];
  if (s->dev->server_count > 0) s->sources.list[s->sources.count++] = SZTP_SOURCE_WELL_KNOWN;
}

static int32_t config_fault(sztp_session_t *s, const char *what) {
  return sztp__fail(s->ctx, SZTP_ERR_CONFIG, "session", "%s", what);
}

/* B0: STATE-13 to -15, TLS-07, IDEV-01 */
int32_t sztp__start_ask(sztp_session_t *s) {
  const sztp_device_t *dev = s->dev;
  if (s->sources.count == 0) default_sources(s);
  if (dev->certs[SZTP_CERT_IDENTITY].n == 0)
    return config_fault(s, "the device has no identity certificate to authenticate itself with");
  if (sztp__device_serial(dev) == NULL) return config_fault(s, "the device has no serial number");
  if (sztp__has_source(s, SZTP_SOURCE_WELL_KNOWN) && dev->server_count == 0)
    return config_fault(s, "well-known servers are a source, but none is given");
  if (dev->server_count > 0 && dev->certs[SZTP_CERT_SERVER_ANCHOR].n == 0)
    return config_fault(s, "well-known servers are given, but no trust anchor for them");
  if (sztp__policy(dev, SZTP_POLICY_IMAGE_BOTH) != 0 && sztp__firmware_of(dev) == NULL &&
      !sztp__policy(dev, SZTP_POLICY_IMAGE_SIGNATURE))
    return config_fault(s, "boot images need a signature, but there are neither firmware anchors nor a host "
                           "that checks embedded ones");
  if (sztp__key_first(s, SZTP__ST_START)) return SZTP_OK;
  sztp__device_log_switches(s->ctx, dev);
  s->undo.left = s->kept.saved.undo;
  sztp__goto(s, s->undo.left != 0 ? SZTP__ST_LEFTOVER : SZTP__ST_ENABLED);
  return SZTP_OK;
}

int32_t sztp__leftover_ask(sztp_session_t *s) {
  if (s->undo.left != 0)
    sztp__log(s->ctx, SZTP_LOG_WARN, SZTP_TOPIC_SESSION,
              s->started
                  ? "what could not be undone is rolled back now, if it can be"
                  : "an attempt was cut off, or could not be undone; what it did is rolled back first");
  sztp__undo(s, SZTP__ST_ENABLED);
  sztp__goto(s, SZTP__ST_ROLLBACK);
  return SZTP_OK;
}

/* B1: STATE-01 to -04 */
int32_t sztp__enabled_ask(sztp_session_t *s) {
  sztp__action_begin(&s->action, SZTP_ACTION_ENABLED);
  return SZTP_OK;
}

int32_t sztp__enabled_hear(sztp_session_t *s) {
  if (!sztp__reply_ok(s) && s->reply.outcome != SZTP_OUTCOME_NOTHING) {
    sztp__end(s, SZTP_RESULT_ERROR, SZTP_ERR_HOST,
              "whether SZTP is on can't be read from the device's store");
    return SZTP_OK;
  }
  if (sztp__reply_has(&s->reply, SZTP_F_VALUE) && s->reply.value == 0) {
    sztp__end(s, SZTP_RESULT_DISABLED, SZTP_OK, "SZTP is off");
    return SZTP_OK;
  }
  s->started = 1;
  s->kept.key_stuck = 0;
  s->sources.next = 0;
  sztp__tried_begin(s);
  memset(s->budget.spent, 0, sizeof s->budget.spent);
  s->budget.pass = 0;
  s->retry.after_ms = 0;
  s->end.reason = SZTP_OK;
  s->end.text[0] = '\0';
  sztp__goto(s, SZTP__ST_SOURCE);
  return SZTP_OK;
}
