/* SPDX-License-Identifier: Apache-2.0 */
/* libsztp in a firmware without an operating system: all that it asks of a board. Its memory is one block;
 * what must outlive a loss of power is in flash. (mbedTLS takes its numbers from the C library's heap.) */
#include "port.h"

#include <string.h>

#include "board.h"

static uint64_t memory[32 * 1024 / 8]; /* all that libsztp may use */

/* ---- flash: records that count whole or not at all ---------------------------------------------- */

enum { STATE_A = 0, STATE_B = 1, CONFIGURATION = 2 }; /* sectors */
#define ROOM (BOARD_SECTOR - 12)
typedef struct record {
  uint32_t sequence, len, check;
  uint8_t data[ROOM];
} record_t;

static uint32_t crc32(uint32_t crc, const uint8_t *data, size_t len) {
  for (size_t i = 0; i < 8 * len; i++) {
    if (i % 8 == 0) crc ^= data[i / 8];
    crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xedb88320u : 0);
  }
  return crc;
}

static uint32_t check_of(uint32_t sequence, const uint8_t *data, size_t len) {
  return crc32(crc32(~sequence, (const uint8_t *)&sequence, sizeof sequence), data, len);
}

/* NULL: nothing was written there, or not all of it. */
static const record_t *record_in(unsigned sector) {
  const record_t *r = (const record_t *)(const void *)board_flash(sector);
  return r->len <= ROOM && r->check == check_of(r->sequence, r->data, r->len) ? r : NULL;
}

static void write_record(unsigned sector, uint32_t sequence, const uint8_t *data, size_t len) {
  uint32_t head[3] = {sequence, (uint32_t)len, check_of(sequence, data, len)};
  board_flash_erase(sector);
  if (len > 0) board_flash_program(sector, sizeof head, data, len);
  board_flash_program(sector, 0, head, sizeof head);
}

/* The state is written to either sector in turn: the one before is there until the new one is whole. */
static const record_t *state(void) {
  const record_t *a = record_in(STATE_A);
  const record_t *b = record_in(STATE_B);
  return b == NULL || (a != NULL && a->sequence > b->sequence) ? a : b;
}

/* ---- actions ------------------------------------------------------------------------------------ */

static int64_t number(const sztp_action_t *a, uint32_t field) {
  int64_t value = 0;
  (void)sztp_action_i64(a, field, 0, &value);
  return value;
}

static uint32_t outcome(int32_t rc) { return rc == 0 ? SZTP_OUTCOME_OK : SZTP_OUTCOME_FAILED; }

static uint32_t save(const sztp_action_t *a) {
  const uint8_t *data = NULL;
  size_t len = 0;
  const record_t *old = state();
  if (sztp_action_bytes(a, SZTP_F_DATA, 0, &data, &len) != 0) return SZTP_OUTCOME_FAILED;
  write_record(old == record_in(STATE_A) ? STATE_B : STATE_A, old == NULL ? 1 : old->sequence + 1, data, len);
  return SZTP_OUTCOME_OK;
}

static uint32_t configure(const sztp_action_t *a) {
  const uint8_t *data = NULL;
  size_t len = 0;
  if (sztp_action_bytes(a, SZTP_F_DATA, 0, &data, &len) != 0 || len > ROOM) return SZTP_OUTCOME_FAILED;
  write_record(CONFIGURATION, 1, data, len);
  return SZTP_OUTCOME_OK;
}

const uint8_t *port_configuration(size_t *len) {
  const record_t *r = record_in(CONFIGURATION);
  *len = r == NULL ? 0 : r->len;
  return r == NULL ? NULL : r->data;
}

/* The owner's configuration switches SZTP off, by its last line. */
static uint32_t enabled(sztp_session_t *s, const sztp_action_t *a) {
  static const uint8_t off[] = {'n', 'o', ' ', 's', 'z', 't', 'p', '\n'};
  size_t len = 0;
  const uint8_t *text = port_configuration(&len);
  int on = len < sizeof off || memcmp(text + len - sizeof off, off, sizeof off) != 0;
  return outcome(sztp_reply_i64(s, sztp_action_ticket(a), SZTP_F_VALUE, on));
}

static uint32_t exchange(sztp_session_t *s, const sztp_action_t *a) {
  uint64_t ticket = sztp_action_ticket(a);
  const uint8_t *body = NULL;
  size_t len = 0;
  uint32_t status = modem_exchange(a, &body, &len);
  int32_t rc = sztp_reply_i64(s, ticket, SZTP_F_STATUS, status);
  if (rc == 0) rc = sztp_reply_i64(s, ticket, SZTP_F_PEER_VERIFIED, number(a, SZTP_F_PROVISIONAL) == 0);
  if (rc == 0 && len > 0) rc = sztp_reply_write(s, ticket, body, len);
  return outcome(rc);
}

static uint32_t do_action(sztp_session_t *s, const sztp_action_t *a) {
  switch (sztp_action_kind(a)) {
  case SZTP_ACTION_ENABLED: return enabled(s, a);
  case SZTP_ACTION_RESOLVE: /* the modem resolves by itself: the name stands for the address */
    return outcome(sztp_reply_bytes(s, sztp_action_ticket(a), SZTP_F_ADDRESS, (const uint8_t *)"modem", 5));
  case SZTP_ACTION_FETCH: return exchange(s, a);
  case SZTP_ACTION_CONFIG: return configure(a);
  case SZTP_ACTION_ROLLBACK: /* scripts did nothing here, and the factory's configuration is no record */
    if (number(a, SZTP_F_STAGE) == SZTP_STAGE_CONFIG) board_flash_erase(CONFIGURATION);
    return SZTP_OUTCOME_OK;
  case SZTP_ACTION_SAVE: return save(a);
  default: return SZTP_OUTCOME_FAILED; /* scripts and images: not on this device */
  }
}

/* ---- the task ----------------------------------------------------------------------------------- */

int32_t port_device(sztp_ctx_t **ctx, sztp_device_t **dev) {
  int32_t rc = sztp_ctx_new_in(memory, sizeof memory, ctx);
  if (rc == 0) rc = sztp_device_new(*ctx, dev);
  if (rc == 0) rc = sztp_device_add_cert(*dev, SZTP_CERT_IDENTITY, idevid.data, idevid.len);
  if (rc == 0)
    rc = sztp_device_add_cert(*dev, SZTP_CERT_VOUCHER_ANCHOR, voucher_anchor.data, voucher_anchor.len);
  if (rc == 0)
    rc = sztp_device_add_cert(*dev, SZTP_CERT_SERVER_ANCHOR, server_anchor.data, server_anchor.len);
  if (rc == 0) rc = sztp_device_add_server(*dev, "bootstrap.example.com", 0);
  return rc;
}

int32_t port_bootstrap(sztp_ctx_t *ctx, sztp_device_t *dev) {
  sztp_session_t *s = NULL;
  const sztp_action_t *a = NULL;
  const record_t *kept = state();
  int32_t rc = sztp_session_new(ctx, dev, &s);
  if (rc == 0) rc = sztp_session_add_source(s, SZTP_SOURCE_WELL_KNOWN);
  if (rc == 0) rc = sztp_session_set_time(s, board_ms(), board_unix_time());
  if (rc == 0 && kept != NULL) (void)sztp_session_restore(s, kept->data, kept->len); /* damaged: all undone */
  while (rc == 0 && (rc = sztp_session_next(s, board_ms(), &a)) == 0 && sztp_session_result(s) == 0)
    if (sztp_action_kind(a) != SZTP_ACTION_WAIT) /* which ends by itself; other tasks run here */
      rc = sztp_reply_end(s, sztp_action_ticket(a), do_action(s, a));
  if (rc == 0 && sztp_session_result(s) > SZTP_RESULT_DISABLED) rc = sztp_session_reason(s);
  sztp_session_free(s);
  return rc;
}
