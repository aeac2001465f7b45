/* SPDX-License-Identifier: Apache-2.0 */
/* What the world holds, how each action may go in it, and what must be true of every one. */
#include "world.h"

#include <time.h>

#include <sztp/software_key.h>

#include "common/dns_message.h"
#include "common/testing.h"
#include "cryptography/key_kind.h"
#include "cryptography/key_request.h"
#include "cryptography/p10.h"
#include "exchange/csr.h"
#include "ground/format.h"
#include "ground/text.h"
#include "machine/artifact.h"
#include "machine/saved.h"
#include "machine/shared.h"
#include <sztp/image.h>

#define STAGES    SZTP__SAVED_STAGES
#define FAR_AHEAD (150LL * 365 * 86400)

const world_plan_t WORLD_PLANS[] = {
    {.name = "server", .rogue = 1, .redirect = 1, .image = 1},
    {.name = "medium", .medium = 1, .image = 1},
    {.name = "dns-server", .dns = 1},
    {.name = "dns-text", .dns = 2, .image = 1},
    {.name = "two-servers", .medium = 2, .second = 1, .bad_script = 1, .verbose = 1},
    {.name = "image-loop", .image = 1, .never_takes = 1},
    {.name = "signed-image", .image = 1, .both = 1},
    {.name = "csr", .csr = 1, .second = 1, .bad_script = 1},
    {.name = "csr-image", .csr = 1, .evidence = 1, .image = 1},
    {.name = "csr-again", .csr = 1, .second = 1, .bad_script = 1, .again = 1},
};
const size_t WORLD_PLAN_COUNT = sizeof WORLD_PLANS / sizeof *WORLD_PLANS;

/* ---- what servers and media have ----------------------------------------------------------------- */

static const char image[] = "image";
#define IMAGE_HASH                                                                                           \
  "61:05:d6:cc:76:af:40:03:25:e9:4d:58:8c:e5:11:be:5b:fd:bb:73:b4:37:dc:51:ec:a4:39:17:d7:a4:3e:3d"
#define IMAGE                                                                                                \
  "\"boot-image\":{\"os-version\":\"5\",\"download-uri\":[\"https://a/1\"],\"image-verification\":[{"        \
  "\"hash-algorithm\":\"ietf-sztp-conveyed-info:sha-256\",\"hash-value\":\"" IMAGE_HASH "\"}]},"
/* "owner", "bad" and "nobody" in Base64, which is who the parts are of */
#define PARTS(who)                                                                                           \
  "\"configuration-handling\":\"replace\",\"pre-configuration-script\":\"" who "\",\"configuration\":\"" who \
  "\",\"post-configuration-script\":\"" who "\""
#define CONFIG          "\"configuration-handling\":\"merge\",\"configuration\":\"b3duZXI=\""
#define DOCUMENT(parts) "{\"ietf-sztp-conveyed-info:onboarding-information\":{" parts "}}"

static sztp__blob_t signed_well, signed_other, signed_by_stranger;
static sztp__blob_t owner_config, owner_config_signed, owner_image_plain, owner_signed, bad, nobody, redirect;

static sztp__blob_t signature_of(const char *octets, const char *name) {
  sztp__blob_t out = {NULL, 0};
  sztp_image_signature_t *s = NULL;
  sztp_signer_t *signer = pki_signer(artifact_ctx(), name, "mfr-int.pem");
  if (sztp_image_signature_new(signer, &s) < 0 ||
      sztp_image_signature_write(s, (const uint8_t *)octets, strlen(octets)) < 0 ||
      sztp_image_signature_make(s, &out.data, &out.len) < 0)
    exit(2);
  sztp_image_signature_free(s);
  sztp_signer_free(signer);
  return out;
}

#define WANTS_REQUEST_AND(more)                                                                              \
  "{\"ietf-restconf:errors\":{\"error\":[{\"error-info\":{\"ietf-sztp-csr:csr-request\":{\"key-"             \
  "generation\":{"                                                                                           \
  "\"selected-algorithm\":{\"algorithm-identifier\":\"MBMGByqGSM49AgEGCCqGSM49AwEH\"}}" more "}}}]}}"
#define WANTS_REQUEST WANTS_REQUEST_AND("")

/* id-aa-attestation: certify and quote, by a nonce of nine octets */
static const uint8_t wants_evidence[] = {
    0x30, 0x3b, 0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x02, 0x3b, 0x31,
    0x2c, 0x30, 0x2a, 0x30, 0x28, 0x30, 0x12, 0x06, 0x05, 0x67, 0x81, 0x05, 0x14, 0x01, 0x04, 0x09,
    'a',  ' ',  'n',  'o',  'n',  'c',  'e',  ' ',  '1',  0x30, 0x12, 0x06, 0x05, 0x67, 0x81, 0x05,
    0x14, 0x02, 0x04, 0x09, 'a',  ' ',  'n',  'o',  'n',  'c',  'e',  ' ',  '1'};
static char *wants_request_with_evidence;

/* Every key that is made is this one, so that what is signed is the same in all paths. */
static sztp_software_key_t *key_store;
static char the_key[4096];
static size_t the_key_len;
static uint8_t the_spki[256];
static size_t the_spki_len;

static int32_t put_key(void *user, const char *name, const uint8_t *pem, size_t len) {
  (void)user;
  (void)name;
  if (len > sizeof the_key) return -1;
  memcpy(the_key, pem, len);
  the_key_len = len;
  return 0;
}

static int32_t get_key(void *user, const char *name, uint8_t *pem, size_t room, size_t *len) {
  (void)user;
  (void)name;
  if (the_key_len > room) return -1;
  memcpy(pem, the_key, the_key_len);
  *len = the_key_len;
  return 0;
}

static int32_t remove_key(void *user, const char *name) {
  (void)user;
  (void)name;
  return 0;
}

static void prepare_key(void) {
  sztp_key_store_t store = {sizeof store, NULL, put_key, get_key, remove_key};
  sztp_key_request_t request;
  memset(&request, 0, sizeof request);
  request.operation = SZTP_KEY_OP_GENERATE;
  request.algorithm = sztp__key_kind_identifier(SZTP_ALGORITHM_P256);
  request.key_id = sztp__span_of("00000000000000000000000000000000");
  assert_int_equal(sztp_software_key_new(&key_store), SZTP_OK);
  assert_int_equal(sztp_software_key_set_store(key_store, &store), SZTP_OK);
  assert_int_equal(sztp_software_key(key_store, &request, the_spki, sizeof the_spki, &the_spki_len), SZTP_OK);
}

/* A csr-request with cert-req-info around that attribute. */
static void prepare_evidence(void) {
  static const uint8_t nobody_at_all[] = {0x30, 0x00}; /* the subject */
  sztp__buf_t info, text;
  size_t len = 0;
  sztp__buf_init(&info, artifact_ctx(), 4096);
  sztp__buf_init(&text, artifact_ctx(), 8192);
  assert_int_equal(sztp__p10_put_info(&info, sztp__span(nobody_at_all, sizeof nobody_at_all),
                                      sztp__span(the_spki, the_spki_len),
                                      sztp__span(wants_evidence, sizeof wants_evidence)),
                   SZTP_OK);
  sztp__buf_add_text(&text, WANTS_REQUEST_AND(",\"cert-req-info\":\""));
  text.len -= strlen("}}}]}}");
  sztp__base64_encode(&text, sztp__buf_span(&info));
  sztp__buf_add_text(&text, "\"}}}]}}");
  assert_int_equal(sztp__buf_take(&text, (uint8_t **)&wants_request_with_evidence, &len), SZTP_OK);
  sztp__buf_clear(&info);
}

static int64_t right_time; /* of all paths: it must be the same in each */

void world_prepare(void) {
  right_time = (int64_t)time(NULL);
  owner_config = artifact_conveyed(DOCUMENT(CONFIG), NULL);
  owner_config_signed = artifact_conveyed(DOCUMENT(CONFIG), "owner");
  owner_image_plain = artifact_conveyed(DOCUMENT(IMAGE PARTS("b3duZXI=")), NULL);
  owner_signed = artifact_conveyed(DOCUMENT(IMAGE PARTS("b3duZXI=")), "owner");
  bad = artifact_conveyed(DOCUMENT(PARTS("YmFk")), NULL);
  nobody = artifact_conveyed(DOCUMENT(PARTS("bm9ib2R5")), NULL);
  redirect = artifact_conveyed(artifact_redirect("owner.example", 443, "server-root"), NULL);
  (void)owner_artifacts();
  signed_well = signature_of(image, "voucher-signer");
  signed_other = signature_of("other octets", "voucher-signer");
  signed_by_stranger = signature_of(image, "other");
  prepare_key();
  prepare_evidence();
}

/* Of a device that was bootstrapped before: its owner has a key. */
#define OLD_KEY "fedcba9876543210"
static const char saved_with_owner[] = "\xa7\x00\x01\x01\x40\x02\x40\x03\x00\x04\x00\x05\x03\x08\x50" OLD_KEY;

static int is_old(const uint8_t name[SZTP__KEY_NAME]) { return memcmp(name, OLD_KEY, SZTP__KEY_NAME) == 0; }

void world_new(world_t *w, const world_plan_t *plan) {
  memset(w, 0, sizeof *w);
  w->plan = plan;
  w->flag = 1;
  w->clock = right_time;
  w->now = 1000;
  if (plan->again) {
    memcpy(w->saved, saved_with_owner, sizeof saved_with_owner - 1);
    w->saved_len = sizeof saved_with_owner - 1;
    w->old_key = 1;
  }
}

void world_calm(world_t *w) { w->clock = right_time; }

void world_start(world_t *w) {
  w->runs_new = w->new_image;
  w->put_together = 0;
  w->staged = w->cancelled = w->acknowledged = w->unheard = w->failed_data = 0;
  w->short_of_memory = 0;
  w->undeleted = 0;
  w->asked = 0;
  w->now += 1000;
}

int64_t world_clock(void *user) { return ((const world_t *)user)->clock; }

/* ---- the ways ------------------------------------------------------------------------------------ */

/* What becomes of a deed. */
enum { UNDONE, DONE, PARTLY };
/* What else happens to the session. */
enum { NOTHING_ELSE, CUT, CANCEL, SHORT_ONCE, SHORT, CLOCK_LOST, CLOCK_AHEAD, CLOCK_BACK };

typedef struct way {
  const char *name;
  uint32_t outcome;
  int deed;
  int more;   /* of an exchange: what comes back */
  int beside; /* what else happens */
} way_t;

enum { PUT_TOGETHER = 1 };
enum { SIGNED_WELL, SIGNED_NOT, SIGNED_OTHER, SIGNED_BY_STRANGER };
enum { REPLY_GOOD, REPLY_500, REPLY_GARBAGE, REPLY_FORGED, REPLY_REFUSED };

#define OK      SZTP_OUTCOME_OK
#define WARNING SZTP_OUTCOME_WARNING
#define NOTHING SZTP_OUTCOME_NOTHING
#define FAILED  SZTP_OUTCOME_FAILED
#define TIMEOUT SZTP_OUTCOME_TIMEOUT

/* These may happen at every action. */
static const way_t beside[] = {
    {"power cut before", OK, UNDONE, 0, CUT},
    {"power cut in the middle", OK, PARTLY, 0, CUT},
    {"power cut after", OK, DONE, 0, CUT},
    {"cancel", OK, DONE, 0, CANCEL},
    {"memory short once", OK, DONE, 0, SHORT_ONCE},
    {"memory short", OK, DONE, 0, SHORT},
    {"clock lost", OK, DONE, 0, CLOCK_LOST},
    {"clock 150 years ahead", OK, DONE, 0, CLOCK_AHEAD},
    {"clock 30 years back", OK, DONE, 0, CLOCK_BACK},
};
#define BESIDE (sizeof beside / sizeof *beside)

static const way_t for_enabled[] = {{"ok", OK, DONE, 0, 0},
                                    {"unreadable", FAILED, DONE, 0, 0},
                                    {"no answer in time", TIMEOUT, DONE, 0, 0},
                                    {"turned off", NOTHING, DONE, 0, 0}};
static const way_t for_look[] = {{"ok", OK, DONE, 0, 0},
                                 {"warning", WARNING, DONE, 0, 0},
                                 {"nothing", NOTHING, UNDONE, 0, 0},
                                 {"no answer in time", TIMEOUT, UNDONE, 0, 0},
                                 {"failed", FAILED, UNDONE, 0, 0}};
static const way_t for_ask[] = {{"ok", OK, DONE, REPLY_GOOD, 0},
                                {"nothing", NOTHING, UNDONE, 0, 0},
                                {"no answer in time", TIMEOUT, UNDONE, 0, 0},
                                {"garbage", OK, DONE, REPLY_GARBAGE, 0},
                                {"the answer to another question", OK, DONE, REPLY_FORGED, 0},
                                {"answered, and failed", FAILED, DONE, REPLY_GOOD, 0}};
static const way_t for_fetch[] = {{"ok", OK, DONE, REPLY_GOOD, 0},
                                  {"warning", WARNING, DONE, REPLY_GOOD, 0},
                                  {"nothing", NOTHING, UNDONE, 0, 0},
                                  {"failed", FAILED, UNDONE, 0, 0},
                                  {"no answer in time", TIMEOUT, DONE, 0, 0},
                                  {"not authenticated", FAILED, UNDONE, REPLY_REFUSED, 0},
                                  {"forged, not authenticated", OK, UNDONE, REPLY_FORGED, 0},
                                  {"status 500", OK, UNDONE, REPLY_500, 0},
                                  {"garbage", OK, DONE, REPLY_GARBAGE, 0}};
static const way_t for_download[] = {{"ok", OK, DONE, 0, 0},
                                     {"warning", WARNING, DONE, 0, 0},
                                     {"nothing", NOTHING, UNDONE, 0, 0},
                                     {"failed", FAILED, PARTLY, 0, 0},
                                     {"timeout", TIMEOUT, PARTLY, 0, 0},
                                     {"other octets", OK, PARTLY, 0, 0},
                                     {"other octets, put together", OK, PARTLY, PUT_TOGETHER, 0}};
/* Of an image whose signature is wanted. */
static const way_t for_signed[] = {{"ok", OK, DONE, SIGNED_WELL, 0},
                                   {"failed", FAILED, PARTLY, SIGNED_WELL, 0},
                                   {"other octets", OK, PARTLY, SIGNED_WELL, 0},
                                   {"no signature", OK, UNDONE, SIGNED_NOT, 0},
                                   {"signature of other octets", OK, UNDONE, SIGNED_OTHER, 0},
                                   {"signature of a stranger's", OK, UNDONE, SIGNED_BY_STRANGER, 0}};
static const way_t for_save[] = {{"ok", OK, DONE, 0, 0},
                                 {"warning", WARNING, DONE, 0, 0},
                                 {"nothing", NOTHING, UNDONE, 0, 0},
                                 {"failed", FAILED, UNDONE, 0, 0},
                                 {"failed, but stored", FAILED, DONE, 0, 0},
                                 {"timeout", TIMEOUT, UNDONE, 0, 0}};
static const way_t for_deed[] = {{"ok", OK, DONE, 0, 0},
                                 {"warning", WARNING, DONE, 0, 0},
                                 {"nothing", NOTHING, UNDONE, 0, 0},
                                 {"failed", FAILED, UNDONE, 0, 0},
                                 {"failed partly", FAILED, PARTLY, 0, 0},
                                 {"timeout", TIMEOUT, UNDONE, 0, 0},
                                 {"timeout, done", TIMEOUT, DONE, 0, 0}};
static const way_t for_config[] = {{"ok", OK, DONE, 0, 0},
                                   {"warning", WARNING, DONE, 0, 0},
                                   {"nothing", NOTHING, UNDONE, 0, 0},
                                   {"failed", FAILED, UNDONE, 0, 0},
                                   {"timeout", TIMEOUT, UNDONE, 0, 0},
                                   {"timeout, done", TIMEOUT, DONE, 0, 0}};
static const way_t for_key[] = {{"ok", OK, DONE, 0, 0},
                                {"failed", FAILED, UNDONE, 0, 0},
                                {"failed, but done", FAILED, DONE, 0, 0},
                                {"timeout, done", TIMEOUT, DONE, 0, 0}};
static const way_t for_rest[] = {{"ok", OK, DONE, 0, 0}, {"failed", FAILED, UNDONE, 0, 0}};

static int64_t number(const sztp_action_t *a, uint32_t field) {
  int64_t value = 0;
  (void)sztp_action_i64(a, field, 0, &value);
  return value;
}

static const way_t *ways_of(const sztp_action_t *a, unsigned *count) {
  uint32_t kind = sztp_action_kind(a);
#define LIST(list) (*count = sizeof(list) / sizeof *(list), (list))
  switch (kind) {
  case SZTP_ACTION_ENABLED: return LIST(for_enabled);
  case SZTP_ACTION_DISCOVER:
  case SZTP_ACTION_DOMAINS:
  case SZTP_ACTION_RESOLVE: return LIST(for_look);
  case SZTP_ACTION_ASK: return LIST(for_ask);
  case SZTP_ACTION_FETCH: return LIST(for_fetch);
  case SZTP_ACTION_DOWNLOAD:
    return number(a, SZTP_F_CHECK_SIGNATURE) == 1 ? LIST(for_signed) : LIST(for_download);
  case SZTP_ACTION_SAVE: return LIST(for_save);
  case SZTP_ACTION_INSTALL:
  case SZTP_ACTION_ROLLBACK:
  case SZTP_ACTION_SCRIPT: return LIST(for_deed);
  case SZTP_ACTION_CONFIG: return LIST(for_config);
  case SZTP_ACTION_KEY: return LIST(for_key);
  default: return LIST(for_rest);
  }
#undef LIST
}

static const way_t *find_way(const sztp_action_t *a, unsigned way) {
  unsigned count = 0;
  const way_t *own = ways_of(a, &count);
  return way < count ? &own[way] : &beside[way - count];
}

unsigned world_ways(const sztp_action_t *a) {
  unsigned count = 0;
  (void)ways_of(a, &count);
  return count + (unsigned)BESIDE;
}

const char *world_way_name(const sztp_action_t *a, unsigned way) { return find_way(a, way)->name; }

/* ---- what must be true --------------------------------------------------------------------------- */

static void expect(world_t *w, int good, const char *fault) {
  if (!good && w->fault == NULL) w->fault = fault;
}

static sztp__span_t bytes(const sztp_action_t *a, uint32_t field) {
  const uint8_t *data = NULL;
  size_t len = 0;
  (void)sztp_action_bytes(a, field, 0, &data, &len);
  return sztp__span(data, len);
}

static sztp__saved_t kept(world_t *w) {
  sztp__saved_t saved;
  memset(&saved, 0, sizeof saved);
  expect(w, sztp__saved_read(NULL, sztp__span(w->saved, w->saved_len), &saved) == SZTP_OK,
         "what is kept can't be read");
  return saved;
}

void world_check_kept(world_t *w) {
  sztp__saved_t saved = kept(w);
  expect(w, w->done || (w->effects & ~saved.undo) == 0,
         "something was begun that is not kept as to be undone");
  expect(w, saved.installs <= w->installed, "more installs are counted than were done");
  expect(w, w->keys <= 1, "there is more than one key");
  expect(w, w->keys == 0 || w->owner_key || saved.has_key, "there is a key whose name is not kept");
}

static void check_deed(world_t *w, sztp_session_t *s) {
  const sztp_verdict_t *v = sztp_session_verdict(s);
  expect(w, v != NULL && sztp_verdict_trusted(v) && sztp_verdict_kind(v) == SZTP_INFO_ONBOARDING,
         "a deed without a verdict that trusts the data");
  expect(w, !w->cancelled, "a deed after a cancel");
}

/* Whose the part is; never that of whom nobody trusts. */
static void check_part(world_t *w, sztp_session_t *s, const sztp_action_t *a, uint32_t stage) {
  sztp__span_t data = bytes(a, SZTP_F_DATA);
  sztp__saved_t saved = kept(w);
  check_deed(w, s);
  w->failed_data = w->plan->bad_script && sztp__span_is(data, "bad");
  expect(w, sztp__span_is(data, "owner") || w->failed_data, "the data of somebody else is applied");
  expect(w, saved.undo >> stage & 1, "a stage is begun before that was kept");
  expect(w, (STAGES >> stage & 1) != 0, "a stage that does not exist");
}

static void check_install(world_t *w, sztp_session_t *s) {
  sztp__saved_t saved = kept(w);
  check_deed(w, s);
  expect(w, w->staged, "an image is installed that is not the one announced");
  expect(w, saved.begun > 0 && strcmp(saved.os_version, "5") == 0,
         "an install is begun before that was kept");
}

static void check_reboot(world_t *w) {
  sztp__saved_t saved = kept(w);
  expect(w, saved.installs > 0 && saved.begun == 0, "a restart into an image before its install was kept");
  expect(w, w->installed > 0, "a restart without an image");
}

/* PROG-02, TLS-14: reports go to servers that were authenticated, and anchors go along where they must. */
static void check_fetch(world_t *w, const sztp_action_t *a) {
  int provisional = number(a, SZTP_F_PROVISIONAL) != 0;
  expect(w, (sztp_action_count(a, SZTP_F_ANCHOR) > 0) == !provisional, "a server is met in the wrong way");
  expect(w, !provisional || number(a, SZTP_F_PURPOSE) != SZTP_FETCH_PROGRESS,
         "a report to a server that was not authenticated");
}

/* At the beginning of a pass nothing may be there that was not asked to be undone. */
static void check_pass(world_t *w, const sztp_session_t *s) {
  if (s->state != SZTP__ST_ENABLED) return;
  expect(w, w->done || (w->effects & ~w->asked) == 0, "a pass begins over what was not asked to be undone");
}

/* ---- doing --------------------------------------------------------------------------------------- */

static void give(world_t *w, sztp_session_t *s, const sztp_action_t *a, uint32_t field, sztp__span_t data) {
  expect(w, sztp_reply_bytes(s, sztp_action_ticket(a), field, data.data, data.len) == SZTP_OK,
         "a reply is refused");
}

static void give_number(world_t *w, sztp_session_t *s, const sztp_action_t *a, uint32_t field,
                        int64_t value) {
  expect(w, sztp_reply_i64(s, sztp_action_ticket(a), field, value) == SZTP_OK, "a reply is refused");
}

static void write_text(world_t *w, sztp_session_t *s, const sztp_action_t *a, const char *text) {
  expect(w, sztp_reply_write(s, sztp_action_ticket(a), (const uint8_t *)text, strlen(text)) == SZTP_OK,
         "a reply is refused");
}

static void put_artifact(sztp__buf_t *out, const char *name, sztp__blob_t artifact) {
  sztp__buf_addf(out, "\"%s\":\"", name);
  sztp__base64_encode(out, sztp__blob_span(&artifact));
  sztp__buf_add_text(out, "\"");
}

static void write_artifact(world_t *w, sztp_session_t *s, const sztp_action_t *a, sztp__blob_t ci) {
  static char text[32768];
  sztp__buf_t out;
  sztp__buf_init(&out, artifact_ctx(), sizeof text - 1);
  sztp__buf_add_text(&out, "{\"ietf-sztp-bootstrap-server:output\":{");
  if (w->plan->verbose) sztp__buf_add_text(&out, "\"reporting-level\":\"verbose\",");
  put_artifact(&out, "conveyed-information", ci);
  if (ci.data == owner_config_signed.data) {
    sztp__buf_add_text(&out, ",");
    put_artifact(&out, "owner-certificate", owner_artifacts()->owner_cert);
    sztp__buf_add_text(&out, ",");
    put_artifact(&out, "ownership-voucher", owner_artifacts()->voucher);
  }
  sztp__buf_add_text(&out, "}}");
  memcpy(text, out.data, out.len + 1);
  sztp__buf_clear(&out);
  write_text(w, s, a, text);
}

/* What the server of the exchange has for this device. */
static sztp__blob_t data_of(const world_t *w, sztp__span_t name) {
  if (sztp__span_is(name, "rogue.example")) return nobody;
  if (sztp__span_is(name, "named.example")) return owner_config_signed;
  if (sztp__span_is(name, "first.example")) {
    if (w->plan->redirect) return redirect;
    if (w->plan->bad_script) return bad;
  }
  return w->plan->image ? owner_image_plain : owner_config;
}

static void do_fetch(world_t *w, sztp_session_t *s, const sztp_action_t *a, const way_t *way) {
  int64_t purpose = number(a, SZTP_F_PURPOSE);
  static const int64_t good[] = {0, 404, 200, 204};
  int complete = purpose == SZTP_FETCH_PROGRESS;
  sztp__span_t body = bytes(a, SZTP_F_BODY);
  if (way->outcome == TIMEOUT) w->now += 30000;
  if (way->more == REPLY_REFUSED) give_number(w, s, a, SZTP_F_REASON, SZTP_ERR_TLS_UNTRUSTED);
  if (way->outcome != OK) return;
  if (way->more != REPLY_FORGED && number(a, SZTP_F_PROVISIONAL) == 0)
    give_number(w, s, a, SZTP_F_PEER_VERIFIED, 1);
  int asks = w->plan->csr && purpose == SZTP_FETCH_DATA && way->more == REPLY_GOOD &&
             sztp__span_is(bytes(a, SZTP_F_NAME), "first.example") && body.len > 0 &&
             strstr((const char *)body.data, "csr-support") != NULL;
  give_number(w, s, a, SZTP_F_STATUS, way->more == REPLY_500 ? 500 : asks ? 400 : good[purpose]);
  if (asks) write_text(w, s, a, w->plan->evidence ? wants_request_with_evidence : WANTS_REQUEST);
  if (asks) return;
  if (complete && way->more != REPLY_500 && way->more != REPLY_FORGED && body.len > 0 &&
      strstr((const char *)body.data, "bootstrap-complete") != NULL)
    w->acknowledged = 1;
  if (purpose != SZTP_FETCH_DATA || way->more == REPLY_500) return;
  give(w, s, a, SZTP_F_CONTENT_TYPE, sztp__span_of("application/yang-data+json"));
  w->unheard = sztp__span_is(bytes(a, SZTP_F_NAME), "named.example");
  if (way->more == REPLY_GARBAGE)
    write_text(w, s, a, "{\"ietf-sztp-bootstrap-server:output\":{}}");
  else
    write_artifact(w, s, a, way->more == REPLY_FORGED ? nobody : data_of(w, bytes(a, SZTP_F_NAME)));
}

static void give_signed(world_t *w, sztp_session_t *s, const sztp_action_t *a) {
  give(w, s, a, SZTP_F_ARTIFACT_CI, sztp__blob_span(&owner_signed));
  give(w, s, a, SZTP_F_ARTIFACT_OC, sztp__blob_span(&owner_artifacts()->owner_cert));
  give(w, s, a, SZTP_F_ARTIFACT_OV, sztp__blob_span(&owner_artifacts()->voucher));
  w->unheard = 1;
}

static void answer(world_t *w, sztp_session_t *s, const sztp_action_t *a, const way_t *way,
                   const char *host) {
  static dns_message_t m;
  static const char responder[] = "192.0.2.66";
  sztp__span_t question = bytes(a, SZTP_F_DATA);
  int multicast = number(a, SZTP_F_SOURCE) == SZTP_SOURCE_MDNS;
  uint32_t then = 0;
  dns_reply(&m, question.data, question.len, DNS_RESPONSE);
  if (way->more == REPLY_FORGED) { /* another identifier, or another name */
    if (multicast)
      dns_begin(&m, 0, DNS_RESPONSE);
    else
      m.data[0] ^= 1;
  }
  dns_srv(&m,
          way->more == REPLY_FORGED && multicast ? "_other._tcp.local"
                                                 : (const char *)bytes(a, SZTP_F_NAME).data,
          0, 0, 443, way->more == REPLY_FORGED ? "rogue.example" : host);
  if (way->more == REPLY_GARBAGE) m.len -= 5;
  int32_t rc = sztp_reply_answer(s, sztp_action_ticket(a), responder, multicast ? sizeof responder - 1 : 0,
                                 m.data, m.len, &then);
  expect(w, rc == SZTP_OK, "an answer is refused");
  expect(w, (then == SZTP_ASK_ENOUGH) == (way->more == REPLY_GOOD), "an answer is taken for another");
}

/* DNS-01: TXT records come first, by multicast and then in the domain; what is named there has proven
 * nothing. */
static uint32_t do_ask(world_t *w, sztp_session_t *s, const sztp_action_t *a, const way_t *way) {
  int multicast = number(a, SZTP_F_SOURCE) == SZTP_SOURCE_MDNS;
  int by_name = number(a, SZTP_F_TYPE) == SZTP_DNS_SRV;
  if (way->deed != DONE) return way->outcome;
  if (by_name && (multicast || w->plan->dns == 1)) {
    answer(w, s, a, way, multicast ? "rogue.example" : "named.example");
    return way->outcome;
  }
  if (multicast || by_name || w->plan->dns != 2 || way->more != REPLY_GOOD) return NOTHING;
  give_signed(w, s, a);
  return way->outcome;
}

static uint32_t do_discover(world_t *w, sztp_session_t *s, const sztp_action_t *a) {
  static const char uri[] = "\0\x15https://rogue.example";
  if (number(a, SZTP_F_SOURCE) == SZTP_SOURCE_DHCP4) {
    if (!w->plan->rogue) return NOTHING;
    give(w, s, a, SZTP_F_DATA, sztp__span((const uint8_t *)uri, sizeof uri - 1));
    return OK;
  }
  if (w->plan->medium == 0) return NOTHING;
  if (w->plan->medium == 1)
    give_signed(w, s, a);
  else
    give(w, s, a, SZTP_F_ARTIFACT_CI, sztp__blob_span(&nobody));
  return OK;
}

static uint32_t do_enabled(world_t *w, sztp_session_t *s, const sztp_action_t *a, const way_t *way) {
  if (way->outcome == FAILED) return FAILED;
  if (way->outcome == NOTHING) {
    w->operator_off = 1;
    w->flag = 0;
  }
  give_number(w, s, a, SZTP_F_VALUE, w->flag);
  return OK;
}

static uint32_t do_stage(world_t *w, const way_t *way, uint32_t stage) {
  uint32_t outcome = way->outcome;
  int deed = way->deed;
  if (w->failed_data && stage == SZTP_STAGE_POST_SCRIPT && outcome <= WARNING) {
    outcome = FAILED;
    deed = deed == DONE ? PARTLY : deed;
  }
  if (deed != UNDONE) w->effects |= 1U << stage;
  /* SZTP is turned off by the configuration, or by a script, as the first thing that it does. */
  if (deed != UNDONE && stage >= SZTP_STAGE_CONFIG) w->flag = 0;
  return outcome;
}

/* Every signature is good here. */
static const uint8_t signed_by_key[64] = {1, [32] = 1};

/* CSR-28: a key is made when its name is kept, and no other is there. LIFE-07: what the owner had before
 * stays until an attempt is done. */
static uint32_t do_key(world_t *w, sztp_session_t *s, const sztp_action_t *a, const way_t *way) {
  sztp__saved_t saved = kept(w);
  int64_t operation = number(a, SZTP_F_OPERATION);
  int good = way->outcome == OK;
  if (operation == SZTP_KEY_OP_DELETE) {
    int old = saved.has_key && is_old(saved.key);
    expect(w, old || !w->owner_key, "the owner's key is deleted");
    expect(w, !old || w->done, "the owner's earlier key is deleted before there is a new one");
    if (way->deed == DONE) *(old ? &w->old_key : &w->keys) = 0;
    w->undeleted = way->deed != DONE || !good;
    return way->outcome;
  }
  if (operation == SZTP_KEY_OP_ATTEST) {
    const uint8_t statement[] = {
        0x30, 0x09, 0x06, 0x05, 0x67, 0x81, 0x05, 0x14, (uint8_t)number(a, SZTP_F_STATEMENT), 0x30, 0x00};
    expect(w, w->plan->evidence, "evidence is made that nobody asked for");
    expect(w, w->keys == 1, "evidence is made without a key");
    if (good) give(w, s, a, SZTP_F_DATA, sztp__span(statement, sizeof statement));
    return way->outcome;
  }
  if (good && operation == SZTP_KEY_OP_SIGN_ECDSA) give(w, s, a, SZTP_F_DATA, sztp__span(signed_by_key, 64));
  if (operation == SZTP_KEY_OP_SIGN_ECDSA) return way->outcome;
  if (operation != SZTP_KEY_OP_GENERATE)
    return good ? sztp_software_key_handle(key_store, s, a) : way->outcome;
  expect(w, saved.has_key, "a key is made before its name was kept");
  expect(w, w->keys == 0, "a key is made while another one is there");
  expect(w, !w->cancelled, "a key is made after a cancel");
  if (way->deed != UNDONE) w->keys++;
  if (good) give(w, s, a, SZTP_F_DATA, sztp__span(the_spki, the_spki_len));
  return way->outcome;
}

/* Whatever was switched off by what is undone is on again. */
static uint32_t do_rollback(world_t *w, const way_t *way, uint32_t stage) {
  w->asked |= 1U << stage;
  expect(w, !w->done, "something is undone of a device that is bootstrapped");
  if (way->deed != DONE) return way->outcome;
  w->effects &= ~(1U << stage);
  if (!w->operator_off) w->flag = 1;
  return way->outcome;
}

static uint32_t do_install(world_t *w, const way_t *way) {
  if (way->deed != DONE) return way->outcome;
  w->installed++;
  w->new_image = !w->plan->never_takes;
  return way->outcome;
}

static uint32_t do_save(world_t *w, const sztp_session_t *s, const sztp_action_t *a, const way_t *way) {
  sztp__span_t data = bytes(a, SZTP_F_DATA);
  expect(w, data.len <= sizeof w->saved, "too much is to be kept");
  if (way->deed != DONE || w->fault != NULL) return way->outcome;
  if (data.len > 0) memcpy(w->saved, data.data, data.len);
  w->saved_len = data.len;
  if (s->state == SZTP__ST_FORGET) {
    w->done = 1;
    w->owner_key = w->keys > 0 && kept(w).has_owner && !is_old(kept(w).owner);
  }
  world_check_kept(w);
  return way->outcome;
}

static uint32_t do_download(world_t *w, sztp_session_t *s, const sztp_action_t *a, const way_t *way) {
  int wanted = number(a, SZTP_F_CHECK_SIGNATURE) == 1;
  static const sztp__blob_t *const signatures[] = {&signed_well, NULL, &signed_other, &signed_by_stranger};
  expect(w, wanted == w->plan->both, "a signature is wanted, or not, against the policy");
  int together = !wanted && way->more == PUT_TOGETHER && number(a, SZTP_F_RESUME) == 1;
  expect(w, w->put_together == !number(a, SZTP_F_RESUME),
         "what is staged may be gone on with after it was wrong, or may not for no reason");
  w->put_together = together && way->beside == NOTHING_ELSE;
  if (together) give_number(w, s, a, SZTP_F_RESUMED, 1);
  w->staged = way->deed == DONE;
  if (wanted && signatures[way->more] != NULL) {
    const sztp__blob_t *signature = signatures[way->more];
    int32_t rc =
        sztp_reply_bytes(s, sztp_action_ticket(a), SZTP_F_SIGNATURE, signature->data, signature->len);
    int is_time = w->clock == right_time; /* else certificates may have ended */
    expect(w, !is_time || rc == (way->more == SIGNED_BY_STRANGER ? SZTP_ERR_IMAGE_SIGNATURE : SZTP_OK),
           "a signature is taken for what it is not");
  }
  write_text(w, s, a, way->deed == PARTLY ? "other" : image);
  return way->outcome;
}

static uint32_t do_action(world_t *w, sztp_session_t *s, const sztp_action_t *a, const way_t *way) {
  switch (sztp_action_kind(a)) {
  case SZTP_ACTION_ENABLED: check_pass(w, s); return do_enabled(w, s, a, way);
  case SZTP_ACTION_DISCOVER: return way->deed == DONE ? do_discover(w, s, a) : way->outcome;
  case SZTP_ACTION_ASK: return do_ask(w, s, a, way);
  case SZTP_ACTION_DOMAINS:
    if (way->deed == DONE) give(w, s, a, SZTP_F_NAME, sztp__span_of("example.net"));
    return way->outcome;
  case SZTP_ACTION_RESOLVE:
    if (way->deed == DONE) give(w, s, a, SZTP_F_ADDRESS, sztp__span_of("192.0.2.1"));
    return way->outcome;
  case SZTP_ACTION_FETCH:
    check_fetch(w, a);
    do_fetch(w, s, a, way);
    return way->outcome;
  case SZTP_ACTION_DOWNLOAD: check_deed(w, s); return do_download(w, s, a, way);
  case SZTP_ACTION_INSTALL: check_install(w, s); return do_install(w, way);
  case SZTP_ACTION_SCRIPT:
    check_part(w, s, a, (uint32_t)number(a, SZTP_F_STAGE));
    return do_stage(w, way, (uint32_t)number(a, SZTP_F_STAGE));
  case SZTP_ACTION_CONFIG: check_part(w, s, a, SZTP_STAGE_CONFIG); return do_stage(w, way, SZTP_STAGE_CONFIG);
  case SZTP_ACTION_ROLLBACK: return do_rollback(w, way, (uint32_t)number(a, SZTP_F_STAGE));
  case SZTP_ACTION_SAVE: return do_save(w, s, a, way);
  case SZTP_ACTION_KEY: return do_key(w, s, a, way);
  case SZTP_ACTION_REBOOT: check_reboot(w); return way->outcome;
  case SZTP_ACTION_WAIT:
    w->now = (uint64_t)number(a, SZTP_F_DEADLINE);
    if (s->state == SZTP__ST_WAIT) w->asked = 0;
    return OK;
  default: expect(w, 0, "an action that this world does not know"); return FAILED;
  }
}

int world_do(world_t *w, sztp_session_t *s, const sztp_action_t *a, unsigned number_of_way) {
  const way_t *way = find_way(a, number_of_way);
  uint64_t ticket = sztp_action_ticket(a);
  w->now += 10;
  uint32_t outcome = do_action(w, s, a, way);
  if (way->beside == CUT || (sztp_action_kind(a) == SZTP_ACTION_REBOOT && outcome == OK)) return WORLD_CUT;
  if (way->beside == CANCEL) {
    expect(w, sztp_session_cancel(s) == SZTP_OK, "a cancel is refused");
    w->cancelled = 1;
  }
  if (way->beside == SHORT_ONCE) w->short_of_memory = 1;
  if (way->beside == SHORT) w->short_of_memory = 4;
  if (way->beside == CLOCK_LOST) w->clock = SZTP_TIME_UNKNOWN;
  if (way->beside == CLOCK_AHEAD) w->clock += FAR_AHEAD;
  if (way->beside == CLOCK_BACK) w->clock -= FAR_AHEAD / 5;
  expect(w, sztp_reply_end(s, ticket, outcome) == SZTP_OK, "the end of a reply is refused");
  return WORLD_REPLIED;
}

/* ---- ends ---------------------------------------------------------------------------------------- */

/* A device that is not bootstrapped is as it was, on, or says what is not, and keeps it. */
static void check_as_before(world_t *w, const sztp_session_t *s) {
  int32_t reason = sztp_session_reason(s);
  world_check_kept(w);
  if (w->done) return; /* by an earlier run */
  if (w->effects != 0)
    expect(w, reason == SZTP_ERR_ROLLBACK, "an end as if nothing were left, with something left");
  else
    expect(w, w->flag == !w->operator_off, "the device was left switched off");
  if (reason == SZTP_ERR_ROLLBACK)
    expect(w, kept(w).undo != 0 && strstr(sztp_session_text(s), "could not be undone") != NULL,
           "an undo that failed is not kept, or not said");
}

/* What the owner has it do is there; what else is there, of an attempt before, is said. */
static void check_done(world_t *w, const sztp_session_t *s) {
  const char *text = sztp_session_text(s);
  uint32_t wanted = w->plan->second || w->plan->dns == 1 ? 1U << SZTP_STAGE_CONFIG : STAGES;
  expect(w, (w->effects & wanted) == wanted, "bootstrapped, and not all is there");
  expect(w, w->effects == wanted || strstr(text, "could not be undone") != NULL,
         "bootstrapped, and nothing is said of what could not be undone");
  expect(w, !w->failed_data, "bootstrapped with what had failed");
  expect(w, w->unheard || w->acknowledged, "bootstrapped, and the server does not know");
  expect(w, w->flag == 0, "bootstrapped, and on");
  expect(w,
         strstr(text, "could not store") != NULL ||
             (kept(w).undo == 0 && kept(w).installs == 0 && kept(w).begun == 0 &&
              (!kept(w).has_key || is_old(kept(w).key) || strstr(text, "could not be") != NULL)),
         "bootstrapped, with something kept");
  expect(w, strstr(text, "could not") != NULL || kept(w).has_owner == w->owner_key,
         "bootstrapped, and what is kept as the owner's key is not");
  expect(w, !w->old_key || strstr(text, "could not") != NULL || (kept(w).has_key && w->undeleted),
         "bootstrapped, and the owner's earlier key stays");
  expect(w, !w->plan->csr || w->plan->second || w->keys == 1, "bootstrapped, and the key is not there");
}

int world_ended(world_t *w, sztp_session_t *s) {
  int32_t reason = sztp_session_reason(s);
  uint32_t result = sztp_session_result(s);
  expect(w, sztp_session_text(s)[0] != '\0', "an end without a word");
  expect(w, (reason < 0) == (result >= SZTP_RESULT_NOT_BOOTSTRAPPED), "result and reason differ");
  if (reason == SZTP_ERR_IMAGE_LOOP)
    expect(w, w->installed >= 2, "an image loop without two images that were installed");
  switch (result) {
  case SZTP_RESULT_DONE: check_done(w, s); return 0;
  case SZTP_RESULT_REBOOT_PENDING:
    check_reboot(w);
    world_check_kept(w);
    return 1;
  case SZTP_RESULT_DISABLED:
    expect(w, w->operator_off || w->done, "off, and nobody had turned it off");
    expect(w, w->done || w->effects == 0, "off, with something left");
    return 0;
  case SZTP_RESULT_CANCELLED: expect(w, w->cancelled, "cancelled by nobody"); break;
  default: break;
  }
  check_as_before(w, s);
  return 0;
}

void world_check_calm(world_t *w, int was_done, uint32_t result, int32_t reason) {
  if (w->operator_off || was_done)
    expect(w, result == SZTP_RESULT_DISABLED, "a device that is off does not stay off");
  else if (w->plan->never_takes)
    expect(w, reason == SZTP_ERR_IMAGE_LOOP, "an image is installed without end");
  else
    expect(w, result == SZTP_RESULT_DONE, "a device that is left alone does not come back by itself");
}

void world_put(const world_t *w, void (*put)(void *to, const void *data, size_t len), void *to) {
  put(to, &w->new_image, sizeof w->new_image);
  put(to, &w->installed, sizeof w->installed);
  put(to, &w->effects, sizeof w->effects);
  put(to, &w->flag, sizeof w->flag);
  put(to, &w->operator_off, sizeof w->operator_off);
  put(to, &w->done, sizeof w->done);
  put(to, &w->keys, sizeof w->keys);
  put(to, &w->owner_key, sizeof w->owner_key);
  put(to, &w->old_key, sizeof w->old_key);
  put(to, &w->undeleted, sizeof w->undeleted);
  put(to, &w->clock, sizeof w->clock);
  put(to, w->saved, w->saved_len);
  put(to, &w->saved_len, sizeof w->saved_len);
  put(to, &w->runs_new, sizeof w->runs_new);
  put(to, &w->staged, sizeof w->staged);
  put(to, &w->put_together, sizeof w->put_together);
  put(to, &w->asked, sizeof w->asked);
  put(to, &w->cancelled, sizeof w->cancelled);
  put(to, &w->acknowledged, sizeof w->acknowledged);
  put(to, &w->unheard, sizeof w->unheard);
  put(to, &w->failed_data, sizeof w->failed_data);
}
