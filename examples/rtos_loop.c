/* SPDX-License-Identifier: Apache-2.0 */
/* The shape of a small device's bootstrap task: one polling loop, all of libsztp's memory in one static
 * block, no malloc() of our own. Flash and modem are stand-ins here: what a device would hold in flash is
 * read from files, and the "modem" answers each request with one prepared reply. Everything else is as it
 * would be. usage: rtos_loop IDENTITY VOUCHER-ANCHOR REPLY   (certificates, and a get-bootstrapping-data
 * reply in JSON) */
#include <stdio.h>
#include <string.h>

#include <sztp/sztp.h>

static uint8_t memory[64 * 1024]; /* all that libsztp may use */
static uint8_t reply[32 * 1024];
static size_t reply_len;
static uint32_t now_ms; /* a tick interrupt's counter */
static struct {         /* a flash page; it is erased to zeros */
  size_t len;
  uint8_t data[1024];
} kept;
static char running_config[4096];
static char previous_config[4096];

static size_t load(const char *path, uint8_t *out, size_t cap) {
  FILE *f = fopen(path, "rb");
  size_t len = f == NULL ? 0 : fread(out, 1, cap, f);
  if (f != NULL) (void)fclose(f);
  return len;
}

static int64_t number(const sztp_action_t *a, uint32_t field) {
  int64_t value = 0;
  (void)sztp_action_i64(a, field, 0, &value);
  return value;
}

/* One request over the modem. This one is not authenticated, and says so by not replying PEER_VERIFIED. */
static uint32_t exchange(sztp_session_t *s, const sztp_action_t *a) {
  uint64_t ticket = sztp_action_ticket(a);
  int is_data = number(a, SZTP_F_PURPOSE) == SZTP_FETCH_DATA;
  (void)sztp_reply_i64(s, ticket, SZTP_F_STATUS, is_data ? 200 : 404);
  if (is_data && sztp_reply_write(s, ticket, reply, reply_len) < 0) return SZTP_OUTCOME_FAILED;
  return SZTP_OUTCOME_OK;
}

/* What DHCP brought: one bootstrap server. */
static uint32_t discover(sztp_session_t *s, const sztp_action_t *a) {
  static const uint8_t option[] = "\0\x12https://192.0.2.10";
  if (number(a, SZTP_F_SOURCE) != SZTP_SOURCE_DHCP4) return SZTP_OUTCOME_NOTHING;
  (void)sztp_reply_bytes(s, sztp_action_ticket(a), SZTP_F_DATA, option, sizeof option - 1);
  return SZTP_OUTCOME_OK;
}

static uint32_t configure(const sztp_action_t *a) {
  const uint8_t *data = NULL;
  size_t len = 0;
  if (sztp_action_bytes(a, SZTP_F_DATA, 0, &data, &len) < 0 || len >= sizeof running_config)
    return SZTP_OUTCOME_FAILED;
  memcpy(previous_config, running_config, sizeof previous_config);
  memcpy(running_config, data, len + 1); /* a NUL stands behind the data */
  return SZTP_OUTCOME_OK;
}

static uint32_t undo(void) {
  memcpy(running_config, previous_config, sizeof running_config);
  return SZTP_OUTCOME_OK;
}

static uint32_t save(const sztp_action_t *a) {
  const uint8_t *data = NULL;
  size_t len = 0;
  if (sztp_action_bytes(a, SZTP_F_DATA, 0, &data, &len) < 0 || len > sizeof kept.data)
    return SZTP_OUTCOME_FAILED;
  if (len > 0) memcpy(kept.data, data, len);
  kept.len = len; /* nothing to keep: a page without octets */
  return SZTP_OUTCOME_OK;
}

static uint32_t do_action(sztp_session_t *s, const sztp_action_t *a) {
  printf("%6lu ms  %s\n", (unsigned long)now_ms, sztp_action_name(sztp_action_kind(a)));
  switch (sztp_action_kind(a)) {
  case SZTP_ACTION_ENABLED: return SZTP_OUTCOME_OK; /* no VALUE: never stored, so on */
  case SZTP_ACTION_DISCOVER: return discover(s, a);
  case SZTP_ACTION_FETCH: return exchange(s, a);
  case SZTP_ACTION_CONFIG: return configure(a);
  case SZTP_ACTION_ROLLBACK: return undo();
  case SZTP_ACTION_SAVE: return save(a);
  default: return SZTP_OUTCOME_FAILED; /* scripts and images: not on this device */
  }
}

int main(int argc, char **argv) {
  static uint8_t file[8192];
  sztp_ctx_t *ctx = NULL;
  sztp_device_t *dev = NULL;
  sztp_session_t *s = NULL;
  const sztp_action_t *a = NULL;
  int64_t peak = 0;
  if (argc != 4) return 2;
  reply_len = load(argv[3], reply, sizeof reply);
  int32_t rc = sztp_ctx_new_in(memory, sizeof memory, &ctx);
  if (rc == 0) rc = sztp_device_new(ctx, &dev);
  if (rc == 0) rc = sztp_device_add_cert(dev, SZTP_CERT_IDENTITY, file, load(argv[1], file, sizeof file));
  if (rc == 0)
    rc = sztp_device_add_cert(dev, SZTP_CERT_VOUCHER_ANCHOR, file, load(argv[2], file, sizeof file));
  if (rc == 0) rc = sztp_device_set_i64(dev, SZTP_POLICY_MAX_PASSES, 3);
  if (rc == 0) rc = sztp_session_new(sztp_device_ctx(dev), dev, &s);
  if (rc == 0 && kept.len > 0) rc = sztp_session_restore(s, kept.data, kept.len); /* after a cut of power */
  while (rc == 0 && (rc = sztp_session_next(s, now_ms, &a)) == 0) {
    uint32_t kind = sztp_action_kind(a);
    if (kind == SZTP_ACTION_DONE || kind == SZTP_ACTION_FAILED) break;
    if (kind != SZTP_ACTION_WAIT) rc = sztp_reply_end(s, sztp_action_ticket(a), do_action(s, a));
    now_ms += 10; /* other tasks run here; a WAIT ends by itself when its time has come */
  }
  if (rc == 0) rc = number(a, SZTP_F_RESULT) == SZTP_RESULT_DONE ? 0 : (int32_t)number(a, SZTP_F_REASON);
  if (ctx != NULL) (void)sztp_ctx_i64(ctx, SZTP_USAGE_PEAK, &peak);
  printf("%s; %lu of %lu octets of memory used at most\n", rc == 0 ? "bootstrapped" : sztp_error_text(rc),
         (unsigned long)peak, (unsigned long)sizeof memory);
  printf("running configuration: %s\n", running_config);
  sztp_session_free(s);
  sztp_device_free(dev);
  sztp_ctx_free(ctx);
  return rc == 0 ? 0 : 1;
}
