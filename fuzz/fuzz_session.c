/* SPDX-License-Identifier: Apache-2.0 */
/* The machine as a whole: a record (record.h) of a device, artifacts, replies of servers and a tape of
 * decisions of the host, whose end reads as "all went well". Whatever they are, no report and nothing about
 * the device goes to a server that is not trusted, nothing is installed, run or configured without a verdict
 * that trusts it, what is to be kept can be restored, and the session comes to an end. */
#include "fuzz/fuzzing.h"

#include <sztp/discovery.h>

#include "formats/yang_write.h"
#include "fuzz/der_edit.h"
#include "fuzz/mutate.h"
#include "fuzz/record.h"
#include "ground/text.h"

#define ACTIONS_MAX 20000 /* of one session */
#define POWER_CUTS  3
#define SHORTAGES   8 /* of memory in a row, until nobody waits any more */
#define HW_MODEL    "hardware-of-this-device"

typedef struct host {
  const record_t *r;
  sztp_ctx_t *ctx;
  sztp_ctx_t *maker; /* of what the server sends */
  sztp_session_t *s;
  sztp__span_t tape;
  uint64_t now;
  size_t bodies; /* given so far */
  uint8_t saved[1024];
  size_t saved_len;
  unsigned cuts;
  int limited; /* memory is */
  uint64_t noise;
} host_t;

/* The next decision; 0, which is the good one, behind the end of the tape. */
static unsigned decide(host_t *h, unsigned choices) {
  if (h->tape.len == 0) return 0;
  unsigned choice = h->tape.data[0] % choices;
  h->tape = sztp__span(h->tape.data + 1, h->tape.len - 1);
  return choice;
}

/* The bodies of the record, one after another, and again from the first. */
static sztp__span_t next_body(host_t *h) {
  size_t skip = h->bodies++;
  for (int round = 0; round < 2; round++) {
    size_t count = 0;
    for (size_t i = 0; i < h->r->count; i++)
      if (h->r->parts[i].kind == RECORD_BODY && count++ == skip) return h->r->parts[i].data;
    if (count == 0) break;
    skip %= count;
  }
  return sztp__span((const uint8_t *)"", 0);
}

static int32_t fill_random(void *user, uint8_t *out, size_t len) {
  sztp__span_t nonce = record_part(((const host_t *)user)->r, SZTP_ARTIFACT_NONCE);
  for (size_t i = 0; i < len; i++) out[i] = nonce.len > 0 ? nonce.data[i % nonce.len] : (uint8_t)i;
  return 0;
}

static uint64_t number(const sztp_action_t *a, uint32_t field) {
  int64_t value = 0;
  (void)sztp_action_i64(a, field, 0, &value);
  CHECK(value >= 0);
  return (uint64_t)value;
}

static int64_t reason(const sztp_action_t *a) {
  int64_t value = 0;
  (void)sztp_action_i64(a, SZTP_F_REASON, 0, &value);
  return value;
}

static void give(host_t *h, const sztp_action_t *a, uint32_t field, sztp__span_t data) {
  int32_t rc = sztp_reply_bytes(h->s, sztp_action_ticket(a), field, data.data, data.len);
  CHECK(rc == SZTP_OK || rc == SZTP_ERR_LIMIT || (rc == SZTP_ERR_ARG && field == SZTP_F_ADDRESS) ||
        (rc == SZTP_ERR_MEMORY && h->limited));
}

static void give_number(host_t *h, const sztp_action_t *a, uint32_t field, uint64_t value) {
  CHECK(sztp_reply_i64(h->s, sztp_action_ticket(a), field, (int64_t)value) == SZTP_OK);
}

/* ---- exchanges ----------------------------------------------------------------------------------- */

static int contains(sztp__span_t text, const char *part) {
  size_t len = strlen(part);
  for (size_t i = 0; i + len <= text.len; i++)
    if (memcmp(text.data + i, part, len) == 0) return 1;
  return 0;
}

static sztp__span_t bytes(const sztp_action_t *a, uint32_t field) {
  const uint8_t *data = NULL;
  size_t len = 0;
  return sztp_action_bytes(a, field, 0, &data, &len) == SZTP_OK ? sztp__span(data, len) : sztp__span(NULL, 0);
}

/* REST-14, PROG-05: what goes to whom. */
static void check_request(const sztp_action_t *a) {
  if (number(a, SZTP_F_PROVISIONAL) == 0) {
    CHECK(sztp_action_count(a, SZTP_F_ANCHOR) > 0);
    return;
  }
  CHECK(sztp_action_count(a, SZTP_F_ANCHOR) == 0);
  CHECK(number(a, SZTP_F_PURPOSE) != SZTP_FETCH_PROGRESS);
  CHECK(!contains(bytes(a, SZTP_F_BODY), HW_MODEL));
  for (size_t i = 0; i < sztp_action_count(a, SZTP_F_HEADER); i++) {
    const uint8_t *line = NULL;
    size_t len = 0;
    CHECK(sztp_action_bytes(a, SZTP_F_HEADER, i, &line, &len) == SZTP_OK);
    CHECK(memchr(line, '\n', len) == NULL);
  }
}

static void write_body(host_t *h, const sztp_action_t *a, sztp__span_t body) {
  for (size_t at = 0; at < body.len;) {
    size_t n = body.len - at < 4000 ? body.len - at : 4000;
    if (sztp_reply_write(h->s, sztp_action_ticket(a), body.data + at, n) != SZTP_OK) return;
    at += n;
  }
}

/* The record's artifacts as a server gives them, in the request's encoding. */
static void write_artifacts(host_t *h, const sztp_action_t *a, int is_xml) {
  static const char *const names[] = {"conveyed-information", "owner-certificate", "ownership-voucher"};
  sztp__buf_t out;
  sztp__yang_writer_t w;
  sztp__buf_init(&out, h->maker, 1 << 20);
  sztp__write_begin(&w, &out, is_xml ? SZTP__ENCODING_XML : SZTP__ENCODING_JSON, "ietf-sztp-bootstrap-server",
                    "output");
  if (h->r->switches >> 16 & 1) sztp__write_text(&w, "reporting-level", sztp__span_of("verbose"));
  for (uint8_t kind = SZTP_ARTIFACT_CONVEYED_INFO; kind <= SZTP_ARTIFACT_VOUCHER; kind++) {
    sztp__span_t part = record_part(h->r, kind);
    if (part.data != NULL) sztp__write_binary(&w, names[kind - SZTP_ARTIFACT_CONVEYED_INFO], part);
  }
  sztp__write_end(&w, "output");
  write_body(h, a, sztp__buf_span(&out));
  sztp__buf_clear(&out);
}

/* The server shows a certificate, which the session judges as a transport would have it judged. */
static int shows_certificate(host_t *h, const sztp_action_t *a) {
  sztp__span_t chain = next_body(h);
  if (chain.len == 0) return 0;
  int32_t rc = sztp_action_check_server(h->s, a, chain.data, chain.len);
  CHECK(rc == SZTP_OK || rc == SZTP_ERR_TLS_UNTRUSTED || rc == SZTP_ERR_TLS_NAME_MISMATCH ||
        (rc == SZTP_ERR_MEMORY && h->limited));
  if (rc == SZTP_OK) return 1;
  (void)sztp_reply_i64(h->s, sztp_action_ticket(a), SZTP_F_REASON, rc);
  return 0;
}

static uint32_t fetch(host_t *h, const sztp_action_t *a) {
  static const uint16_t statuses[] = {400, 401, 404, 406, 409, 415, 429, 500, 503, 301, 200, 204, 100};
  sztp__span_t body = bytes(a, SZTP_F_BODY);
  int is_xml = body.len > 0 && body.data[0] == '<';
  uint64_t purpose = number(a, SZTP_F_PURPOSE);
  check_request(a);
  unsigned choice = decide(h, 8);
  if (choice == 1) return SZTP_OUTCOME_FAILED;
  if (choice == 2) return SZTP_OUTCOME_TIMEOUT;
  if (choice == 3 && number(a, SZTP_F_PROVISIONAL) == 0 && !shows_certificate(h, a))
    return SZTP_OUTCOME_FAILED;
  if (choice != 4) give_number(h, a, SZTP_F_PEER_VERIFIED, 1);
  if (choice == 5) give_number(h, a, SZTP_F_RETRY_AFTER, decide(h, 256));
  if (choice >= 6) {
    give_number(h, a, SZTP_F_STATUS, statuses[decide(h, sizeof statuses / sizeof statuses[0])]);
    give(h, a, SZTP_F_CONTENT_TYPE, next_body(h));
    write_body(h, a, next_body(h));
    if (choice == 7) CHECK(sztp_reply_restart(h->s, sztp_action_ticket(a)) == SZTP_OK || h->limited);
    return SZTP_OUTCOME_OK;
  }
  give_number(h, a, SZTP_F_STATUS, purpose == SZTP_FETCH_DATA ? 200 : purpose == SZTP_FETCH_ROOT ? 404 : 204);
  if (purpose != SZTP_FETCH_DATA) return SZTP_OUTCOME_OK;
  give(h, a, SZTP_F_CONTENT_TYPE,
       sztp__span_of(is_xml ? "application/yang-data+xml" : "application/yang-data+json"));
  write_artifacts(h, a, is_xml);
  return SZTP_OUTCOME_OK;
}

/* ---- DNS ----------------------------------------------------------------------------------------- */

static void put_record(sztp__buf_t *m, uint16_t type, sztp__span_t rdata) {
  const uint8_t head[] = {
      0xc0, 12, 0, (uint8_t)type, 0, 1, 0, 0, 0, 60, (uint8_t)(rdata.len >> 8), (uint8_t)rdata.len};
  sztp__buf_add(m, head, sizeof head);
  sztp__buf_add_span(m, rdata);
}

/* An artifact in strings of 255 octets. */
static void put_txt(host_t *h, sztp__buf_t *m, const char *name, sztp__span_t artifact) {
  sztp__buf_t text;
  sztp__buf_t rdata;
  sztp__buf_init(&text, h->maker, 1 << 20);
  sztp__buf_init(&rdata, h->maker, 1 << 20);
  sztp__buf_add_text(&text, name);
  sztp__buf_add_span(&text, artifact);
  for (size_t at = 0; at < text.len; at += 255) {
    size_t n = text.len - at < 255 ? text.len - at : 255;
    sztp__buf_add_u8(&rdata, (uint8_t)n);
    sztp__buf_add(&rdata, text.data + at, n);
  }
  put_record(m, 16, sztp__buf_span(&rdata));
  sztp__buf_clear(&text);
  sztp__buf_clear(&rdata);
}

/* The answer to a question that has artifacts, or a server. */
static void put_answer(host_t *h, const sztp_action_t *a, sztp__buf_t *m) {
  static const char *const names[] = {"ci=", "oc=", "ov="};
  static const uint8_t server[] = "\0\0\0\0\x20\xfb\4boot\7example\3net";
  sztp__span_t question = bytes(a, SZTP_F_DATA);
  uint8_t count = number(a, SZTP_F_TYPE) == SZTP_DNS_SRV ? 1 : 3;
  const uint8_t head[] = {question.data[0], question.data[1], 0x84, 0, 0, 1, 0, count, 0, 0, 0, 0};
  size_t end = 12;
  while (end < question.len && question.data[end] != 0) end += 1u + question.data[end];
  CHECK(end + 5 <= question.len);
  sztp__buf_add(m, head, sizeof head);
  sztp__buf_add(m, question.data + 12, end + 5 - 12);
  if (count == 1) put_record(m, 33, sztp__span(server, sizeof server));
  for (uint8_t i = 0; count == 3 && i < 3; i++)
    put_txt(h, m, names[i], record_part(h->r, SZTP_ARTIFACT_CONVEYED_INFO + i));
}

/* Questions are answered, wrongly at times; without one the domains are asked for. */
static uint32_t ask_dns(host_t *h, const sztp_action_t *a) {
  uint64_t ticket = sztp_action_ticket(a);
  sztp__buf_t message;
  unsigned choice = decide(h, 8);
  if (choice == 1) return SZTP_OUTCOME_NOTHING;
  if (choice == 2) return SZTP_OUTCOME_FAILED;
  if (sztp_action_kind(a) == SZTP_ACTION_DOMAINS) {
    sztp__span_t domain = choice == 0 ? sztp__span_of("example.net") : next_body(h);
    (void)sztp_reply_bytes(h->s, ticket, SZTP_F_NAME, domain.data, domain.len);
    return SZTP_OUTCOME_OK;
  }
  if (choice == 3) {
    sztp__span_t uri = next_body(h);
    (void)sztp_reply_bytes(h->s, ticket, SZTP_F_URI, uri.data, uri.len);
    return SZTP_OUTCOME_OK;
  }
  sztp__buf_init(&message, h->maker, 1 << 20);
  if (choice == 4)
    sztp__buf_add_span(&message, next_body(h));
  else
    put_answer(h, a, &message);
  if (choice == 5 && message.len > 40) message.data[der_random(&h->noise) % message.len] ^= 1;
  static const char from[] = "192.0.2.1%eth0";
  uint32_t then = 0;
  int32_t rc = sztp_reply_answer(h->s, ticket, from, sizeof from - 1, message.data, message.len, &then);
  CHECK((rc == SZTP_OK && then >= SZTP_ASK_ENOUGH && then <= SZTP_ASK_OTHER_SERVER) || message.data == NULL ||
        rc == SZTP_ERR_MEMORY);
  sztp__buf_clear(&message);
  return SZTP_OUTCOME_OK;
}

/* ---- the other actions --------------------------------------------------------------------------- */

static uint32_t discover(host_t *h, const sztp_action_t *a) {
  uint64_t source = number(a, SZTP_F_SOURCE);
  if (source == SZTP_SOURCE_DNS || source == SZTP_SOURCE_MDNS) return ask_dns(h, a);
  unsigned choice = decide(h, 4);
  if (choice == 1) return SZTP_OUTCOME_NOTHING;
  if (choice == 2) return SZTP_OUTCOME_FAILED;
  if (source == SZTP_SOURCE_DHCP4 || source == SZTP_SOURCE_DHCP6) {
    if (choice == 0) return SZTP_OUTCOME_NOTHING;
    give(h, a, SZTP_F_DATA, next_body(h));
    return SZTP_OUTCOME_OK;
  }
  for (uint8_t kind = SZTP_ARTIFACT_CONVEYED_INFO; kind <= SZTP_ARTIFACT_VOUCHER; kind++) {
    sztp__span_t part = record_part(h->r, kind);
    if (part.data != NULL) give(h, a, SZTP_F_ARTIFACT_CI + kind - SZTP_ARTIFACT_CONVEYED_INFO, part);
  }
  if (choice == 3) give_number(h, a, SZTP_F_MORE, 1);
  return SZTP_OUTCOME_OK;
}

static uint32_t resolve(host_t *h, const sztp_action_t *a) {
  unsigned choice = decide(h, 4);
  if (choice == 1) return SZTP_OUTCOME_NOTHING;
  if (choice == 2) return SZTP_OUTCOME_FAILED;
  give(h, a, SZTP_F_ADDRESS, sztp__span_of("192.0.2.1"));
  if (choice == 3) give(h, a, SZTP_F_ADDRESS, next_body(h));
  return SZTP_OUTCOME_OK;
}

/* What a device does with onboarding information. */
static uint32_t effect(host_t *h, const sztp_action_t *a) {
  static const uint32_t outcomes[] = {SZTP_OUTCOME_OK, SZTP_OUTCOME_WARNING, SZTP_OUTCOME_FAILED,
                                      SZTP_OUTCOME_TIMEOUT};
  const sztp_verdict_t *v = sztp_session_verdict(h->s);
  CHECK(v != NULL && sztp_verdict_trusted(v) && sztp_verdict_kind(v) == SZTP_INFO_ONBOARDING);
  unsigned choice = decide(h, 4);
  if (choice > 0) give(h, a, SZTP_F_MESSAGE, next_body(h));
  return outcomes[choice];
}

static uint32_t download(host_t *h, const sztp_action_t *a) {
  uint32_t outcome = effect(h, a);
  sztp__span_t image = decide(h, 2) == 0 ? sztp__span_of("octets") : next_body(h);
  write_body(h, a, image);
  if (decide(h, 4) == 1) {
    CHECK(sztp_reply_restart(h->s, sztp_action_ticket(a)) == SZTP_OK || h->limited);
    write_body(h, a, image);
  }
  if (number(a, SZTP_F_CHECK_SIGNATURE) == 1) give_number(h, a, SZTP_F_SIGNATURE_GOOD, 1 - decide(h, 2));
  return outcome == SZTP_OUTCOME_WARNING ? (uint32_t)SZTP_OUTCOME_OK : outcome;
}

static uint32_t tell_flag(host_t *h, const sztp_action_t *a) {
  unsigned choice = decide(h, 8);
  if (choice == 1) return SZTP_OUTCOME_FAILED;
  if (choice != 2) give_number(h, a, SZTP_F_VALUE, choice != 3);
  return SZTP_OUTCOME_OK;
}

static uint32_t save(host_t *h, const sztp_action_t *a) {
  sztp__span_t data = bytes(a, SZTP_F_DATA);
  CHECK(data.len <= sizeof h->saved);
  if (decide(h, 8) == 1) return SZTP_OUTCOME_FAILED;
  if (data.len > 0) memcpy(h->saved, data.data, data.len);
  h->saved_len = data.len;
  return SZTP_OUTCOME_OK;
}

static uint32_t use_key(host_t *h, const sztp_action_t *a) {
  uint8_t octets[256];
  uint64_t wanted = number(a, SZTP_F_LIMIT);
  unsigned choice = decide(h, 4);
  CHECK(wanted > 0 && wanted <= sizeof octets);
  memset(octets, 7, sizeof octets);
  if (choice == 1) return SZTP_OUTCOME_NOTHING;
  if (choice == 2) return SZTP_OUTCOME_FAILED;
  give(h, a, SZTP_F_DATA, sztp__span(octets, (size_t)wanted - (choice == 3)));
  return SZTP_OUTCOME_OK;
}

static uint32_t answer(host_t *h, const sztp_action_t *a) {
  switch (sztp_action_kind(a)) {
  case SZTP_ACTION_ENABLED: return tell_flag(h, a);
  case SZTP_ACTION_DISCOVER:
  case SZTP_ACTION_ASK:
  case SZTP_ACTION_DOMAINS: return discover(h, a);
  case SZTP_ACTION_RESOLVE: return resolve(h, a);
  case SZTP_ACTION_FETCH: return fetch(h, a);
  case SZTP_ACTION_DOWNLOAD: return download(h, a);
  case SZTP_ACTION_INSTALL:
  case SZTP_ACTION_SCRIPT:
  case SZTP_ACTION_CONFIG: return effect(h, a);
  case SZTP_ACTION_SAVE: return save(h, a);
  case SZTP_ACTION_KEY: return use_key(h, a);
  case SZTP_ACTION_WAIT:
    CHECK(number(a, SZTP_F_DEADLINE) >= h->now);
    h->now = number(a, SZTP_F_DEADLINE);
    return SZTP_OUTCOME_OK;
  case SZTP_ACTION_ROLLBACK: return decide(h, 4) == 1 ? SZTP_OUTCOME_FAILED : SZTP_OUTCOME_OK;
  case SZTP_ACTION_REBOOT: return decide(h, 4) == 1 ? SZTP_OUTCOME_FAILED : SZTP_OUTCOME_OK;
  default: return SZTP_OUTCOME_FAILED;
  }
}

/* ---- running ------------------------------------------------------------------------------------- */

/* 0: there is a session. */
static int start(host_t *h, sztp_device_t *dev) {
  static const uint32_t sources[] = {SZTP_SOURCE_CUSTOM, SZTP_SOURCE_WELL_KNOWN, SZTP_SOURCE_DHCP4};
  int32_t rc = sztp_session_new(sztp_device_ctx(dev), dev, &h->s);
  CHECK(rc == SZTP_OK || (rc == SZTP_ERR_MEMORY && h->limited));
  if (rc != SZTP_OK) return -1;
  CHECK(sztp_session_set_time(h->s, h->now, h->r->time) == SZTP_OK);
  for (size_t i = 0; (h->r->switches >> 20 & 1) != 0 && i < sizeof sources / sizeof sources[0]; i++)
    CHECK(sztp_session_add_source(h->s, sources[i]) == SZTP_OK);
  sztp__span_t kept = record_part(h->r, RECORD_SAVED);
  if (kept.data != NULL && h->cuts == 0) {
    (void)sztp_session_restore(h->s, kept.data, kept.len); /* damaged or not: the session starts */
  } else {
    rc = sztp_session_restore(h->s, h->saved, h->saved_len);
    CHECK(rc == SZTP_OK || (rc == SZTP_ERR_MEMORY && h->limited));
  }
  return 0;
}

/* Runs to the end, or to a power failure: 1 then. */
static int run(host_t *h) {
  const sztp_action_t *a = NULL;
  const sztp_action_t *again = NULL;
  unsigned shortages = 0;
  for (unsigned actions = 0;; actions++) {
    CHECK(actions < ACTIONS_MAX);
    h->now += 10;
    int32_t rc = sztp_session_next(h->s, h->now, &a);
    if (rc == SZTP_ERR_CONFIG) return 0; /* a device that is not fit to start */
    if (rc == SZTP_ERR_MEMORY && h->limited) {
      if (++shortages == SHORTAGES) return 0;
      continue;
    }
    CHECK(rc == SZTP_OK);
    shortages = 0;
    CHECK(sztp_session_next(h->s, h->now, &again) == SZTP_OK && a == again);
    uint32_t kind = sztp_action_kind(a);
    CHECK(sztp_action_name(kind)[0] != '\0');
    if (kind == SZTP_ACTION_DONE || kind == SZTP_ACTION_FAILED) {
      CHECK((number(a, SZTP_F_RESULT) <= SZTP_RESULT_DISABLED) == (kind == SZTP_ACTION_DONE));
      CHECK(kind == SZTP_ACTION_DONE || reason(a) < 0);
      return 0;
    }
    uint64_t ticket = sztp_action_ticket(a);
    uint32_t outcome = answer(h, a);
    unsigned mood = decide(h, 32);
    if (mood == 1 && h->cuts++ < POWER_CUTS) return 1;
    if (mood == 2) CHECK(sztp_session_cancel(h->s) == SZTP_OK);
    CHECK(sztp_reply_end(h->s, ticket, outcome) == SZTP_OK);
  }
}

/* What the device says of itself, as far as there is memory for it. */
static void tell_device(const host_t *h, sztp_device_t *dev) {
  static const uint8_t key[] = {0,   0,   0,   11,  's', 's', 'h', '-', 'e', 'd',
                                '2', '5', '5', '1', '9', 0,   0,   0,   1,   'x'};
  uint32_t switches = h->r->switches;
  sztp__span_t root = record_part(h->r, RECORD_SERVERS);
  int32_t rc = sztp_device_set_text(dev, SZTP_DEVICE_HW_MODEL, HW_MODEL);
  if (rc == 0 && (switches >> 21 & 1) == 0) rc = sztp_device_set_text(dev, SZTP_DEVICE_OS_NAME, "ExampleOS");
  if (rc == 0) rc = sztp_device_set_text(dev, SZTP_DEVICE_OS_VERSION, switches >> 17 & 1 ? "5" : "4");
  if (rc == 0) rc = sztp_device_set_i64(dev, SZTP_POLICY_MAX_PASSES, 1 + (switches >> 18 & 1));
  if (rc == 0 && (switches >> 19 & 1) != 0) rc = sztp_device_add_server(dev, "boot.example.net", 443);
  if (rc == 0) rc = sztp_device_add_host_key(dev, "ssh-ed25519", key, sizeof key);
  CHECK(rc == 0 || h->limited);
  (void)sztp_device_add_cert(dev, SZTP_CERT_REPORT_ANCHOR, root.data, root.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static record_t r;
  static host_t h;
  uint64_t held = 0;
  uint64_t maker_held = 0;
  record_read(&r, data, size);
  memset(&h, 0, sizeof h);
  h.r = &r;
  h.tape = record_part(&r, RECORD_TAPE);
  h.ctx = record_ctx(&r, &held, &h.limited);
  h.maker = fuzz_ctx_new(&maker_held);
  CHECK(sztp_ctx_set_random(h.ctx, fill_random, &h) == 0);
  sztp_device_t *dev = record_device(&r, h.ctx);
  CHECK(dev != NULL || h.limited);
  if (dev != NULL) tell_device(&h, dev);
  for (int cut = dev != NULL; cut;) {
    if (start(&h, dev) != 0) break;
    cut = run(&h);
    sztp_session_free(h.s);
  }
  sztp_device_free(dev);
  fuzz_ctx_free(h.ctx, held);
  fuzz_ctx_free(h.maker, maker_held);
  return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed) {
  return fuzz_mutate_record(data, size, max_size, seed);
}
