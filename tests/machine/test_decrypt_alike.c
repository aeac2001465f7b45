/* SPDX-License-Identifier: Apache-2.0 */
/* Decryptions that fail can't be told apart (ENC-13, D-93): by what they say, by which functions they call,
 * by how often memory is asked for. The Makefile wraps those functions. */
#include "decrypt_set.h"

/* Everything of the seams that a failure could change: which functions are called, in which order. The
 * Makefile wraps them. */
static char calls[4096];
static size_t call_count;

static void note(char what) {
  if (call_count + 1 < sizeof calls) calls[call_count++] = what;
  calls[call_count] = '\0';
}

#define WRAP_AS(letter, type, result, name, params, args)                                                    \
  type __real_##name params;                                                                                 \
  type __wrap_##name params;                                                                                 \
  type __wrap_##name params {                                                                                \
    note(letter);                                                                                            \
    result __real_##name args;                                                                               \
  }
#define WRAP(letter, type, name, params, args) WRAP_AS(letter, type, return, name, params, args)
#define WRAP_VOID(letter, name, params, args)  WRAP_AS(letter, void, , name, params, args)

WRAP('r', int32_t, sztp__random, (sztp_ctx_t * ctx, uint8_t *out, size_t len), (ctx, out, len))
WRAP('h', int32_t, sztp__hash_new, (sztp_ctx_t * ctx, uint32_t hash, sztp__hash_t **out), (ctx, hash, out))
WRAP('u', int32_t, sztp__hash_update, (sztp__hash_t * h, const void *data, size_t len), (h, data, len))
WRAP('f', int32_t, sztp__hash_finish, (sztp__hash_t * h, uint8_t out[SZTP__HASH_MAX], size_t *len),
     (h, out, len))
WRAP('b', int32_t, sztp__aes_block, (sztp_ctx_t * ctx, sztp__span_t key, int direction, uint8_t block[16]),
     (ctx, key, direction, block))
WRAP('c', int32_t, sztp__aes_cbc,
     (sztp_ctx_t * ctx, sztp__span_t key, int direction, const uint8_t iv[16], uint8_t *data, size_t len),
     (ctx, key, direction, iv, data, len))
WRAP('g', int32_t, sztp__aes_gcm,
     (sztp_ctx_t * ctx, sztp__span_t key, int direction, sztp__span_t nonce, sztp__span_t aad, uint8_t *data,
      size_t len, uint8_t *tag, size_t tag_len, uint32_t *good),
     (ctx, key, direction, nonce, aad, data, len, tag, tag_len, good))
WRAP_VOID('s', sztp__ct_select, (uint32_t mask, const uint8_t *a, const uint8_t *b, uint8_t *out, size_t len),
          (mask, a, b, out, len))
WRAP('p', uint32_t, sztp__ct_block_padding, (const uint8_t *text, size_t len, size_t *padding),
     (text, len, padding))
WRAP('m', int32_t, sztp__cms_parse, (sztp_ctx_t * ctx, sztp__span_t input, sztp__cms_t **out),
     (ctx, input, out))
WRAP_VOID('w', sztp__free_secret, (sztp_ctx_t * ctx, void *p), (ctx, p))

/* One way in which decryption fails, and what was seen of it. */
typedef struct failure {
  const char *name;
  sztp__blob_t ci;
  int32_t key_rc; /* what the key function says */
  size_t answer;  /* octets that it gives */
  int wrong_key;
} failure_t;

typedef struct seen {
  char texts[16384];
  char calls[4096];
  size_t allocations;
  unsigned keys;
} seen_t;

/* Everything that a verdict says. */
static void tell(const sztp_verdict_t *v, int32_t rc, char *out, size_t cap) {
  int n =
      snprintf(out, cap, "%d %d %u\n", (int)rc, (int)sztp_verdict_trusted(v), (unsigned)sztp_verdict_kind(v));
  size_t at = (size_t)n;
  for (uint32_t step = 1; sztp_step_name(step)[0] != '\0'; step++) {
    uint32_t state = 0;
    int32_t code = 0;
    assert_int_equal(sztp_verdict_step(v, step, &state, &code), SZTP_OK);
    at += (size_t)snprintf(out + at, cap - at, "%s %u %d", sztp_step_name(step), (unsigned)state, (int)code);
    for (uint32_t what = SZTP_TEXT_REASON; what <= SZTP_TEXT_ARTIFACT; what++)
      at += (size_t)snprintf(out + at, cap - at, " [%s]", sztp_verdict_text(v, step, what));
    at += (size_t)snprintf(out + at, cap - at, "\n");
  }
  assert_true(at < cap);
}

static void see(artifact_set_t *s, const failure_t *f, const parts_t *p, seen_t *seen) {
  sztp_verdict_t *v = NULL;
  stub_t stub = stub_of(p);
  memset(seen, 0, sizeof *seen);
  stub.rc = f->key_rc;
  if (f->answer != 0) stub.len = f->answer;
  if (f->wrong_key) stub.answer[0] ^= 1;
  assert_int_equal(sztp_device_set_key(s->mock->dev, stub_key, &stub), SZTP_OK);
  s->ci = f->ci;
  call_count = 0;
  size_t before = s->mock->memory.calls;
  int32_t rc = artifact_set_verify(s, &v);
  seen->allocations = s->mock->memory.calls - before;
  (void)snprintf(seen->calls, sizeof seen->calls, "%.*s", (int)call_count, calls);
  if (v == NULL) fail_msg("%s: %s instead of a verdict", f->name, sztp_error_name(rc));
  tell(v, rc, seen->texts, sizeof seen->texts);
  seen->keys = stub.calls;
  sztp_verdict_free(v);
}

/* The failures of one form of artifact: all must look and work alike, and none be accepted. */
static void compare(artifact_set_t *s, const char *form, const parts_t *p, const failure_t *failures,
                    size_t count) {
  static seen_t first;
  static seen_t other;
  for (size_t i = 0; i < count; i++) {
    seen_t *seen = i == 0 ? &first : &other;
    see(s, &failures[i], p, seen);
    assert_int_equal(seen->keys, 1);
    assert_non_null(strstr(seen->texts,
                           "decryption 2 -525 [enc-decrypt-failed] [] [it does not decrypt to what "
                           "it must be] [] [] [conveyed-information]\n"));
    if (i == 0) continue;
    if (strcmp(first.texts, other.texts) != 0 || strcmp(first.calls, other.calls) != 0 ||
        first.allocations != other.allocations)
      fail_msg("%s: \"%s\" can be told from \"%s\":\n%s\n%s\n%zu allocations\n%s\n%s\n%zu allocations", form,
               failures[i].name, failures[0].name, first.texts, first.calls, first.allocations, other.texts,
               other.calls, other.allocations);
  }
  assert_non_null(
      strchr(first.calls, p->mode == SZTP__CIPHER_CBC ? 'c' : 'g')); /* so that the test can fail */
  assert_non_null(strchr(first.calls, 's'));
}

/* What is encrypted here is signed information, bare. */
static sztp__span_t bare_signed(void) {
  sztp__cms_t *cms = NULL;
  sztp__blob_t artifact = sign(MOCK_ONBOARDING, SZTP__CMS_CONVEYED_JSON);
  assert_int_equal(sztp__cms_parse(artifact_maker, sztp__span(artifact.data, artifact.len), &cms), 0);
  sztp__span_t body = cms->body;
  sztp__cms_free(artifact_maker, cms);
  return body;
}

/* ENC-13, ENC-09, ENC-11, D-93: key transport */
static void test_failures_alike(void **state) {
  (void)state;
  artifact_set_t s = open_set("rsa");
  sztp__cert_t cert = cert_of(&s, SZTP_CERT_DECRYPTION);
  sztp__span_t text = bare_signed();
  for (int gcm = 0; gcm < 2; gcm++) {
    parts_t p = parts_of(&cert, SZTP__CMS_SIGNED, text);
    if (gcm) p = parts_gcm(p);
    sztp__blob_t good = build(&p);
    parts_t cut = p;
    cut.text.len--;
    parts_t garbage = p;
    garbage.text = sztp__span_of("no SignedData, but well encrypted");
    /* The first octet that is encrypted: elsewhere in CBC, garbage may happen to be well-formed. */
    size_t first = gcm ? 200 : (text.len / 16 + 1) * 16 - 1;
    failure_t failures[] = {
        {"the key function fails", good, SZTP_ERR_KEY, 0, 0},
        {"it fails otherwise", good, SZTP_ERR_CRYPTO, 0, 0},
        {"a wrong key", good, 0, 0, 1},
        {"a key of another length", good, 0, 16, 0},
        {"a key longer than there is room", good, 0, 500, 0},
        {"content padding, or the tag", flipped(good, 0), 0, 0, 0},
        {"garbage at the beginning", flipped(good, first), 0, 0, 0},
        {"a SignedData cut short", build(&cut), 0, 0, 0},
        {"no SignedData", build(&garbage), 0, 0, 0},
    };
    compare(&s, gcm ? "GCM" : "CBC", &p, failures, TEST_COUNT_OF(failures));
    /* and the good one is good, with the same done up to the end of decryption */
    static seen_t seen;
    failure_t none = {"none", good, 0, 0, 0};
    see(&s, &none, &p, &seen);
    assert_non_null(strstr(seen.texts, "info-content 1 0"));
  }
  close_set(&s);
}

/* ENC-13, ENC-07, D-93: key agreement, with real keys: another point, a point off the curve, a changed
 * wrapped key look like a wrong content key */
static void test_agreements_alike(void **state) {
  (void)state;
  static char texts[6][16384];
  static char sequence[6][4096];
  static const char *const names[] = {"wrapped key", "another point",          "no point of the curve",
                                      "content",     "the key function fails", "an answer too short"};
  artifact_set_t s = open_set(NULL);
  counted_t c;
  sztp__blob_t good = artifact_encrypt(s.ci, "idevid");
  sztp__blob_t another = artifact_encrypt(s.ci, "idevid");
  sztp__cms_t *cms[2] = {NULL, NULL};
  sztp__enveloped_t *env[2] = {NULL, NULL};
  const sztp__blob_t both[2] = {good, another};
  for (int i = 0; i < 2; i++) {
    assert_int_equal(sztp__cms_parse(artifact_maker, sztp__span(both[i].data, both[i].len), &cms[i]), 0);
    assert_int_equal(sztp__enveloped_parse(artifact_maker, cms[i], &env[i]), 0);
  }
  for (size_t i = 0; i < TEST_COUNT_OF(names); i++) {
    sztp_verdict_t *v = NULL;
    stub_t stub;
    sztp__buf_t out;
    sztp__buf_init(&out, artifact_maker, 1 << 20);
    assert_int_equal(sztp__buf_add(&out, good.data, good.len), 0);
    const sztp__recipient_t *r = &env[0]->recipients[0];
    size_t key_at = (size_t)(r->encrypted_key.data - good.data);
    size_t point_at = (size_t)(r->point.data - good.data);
    if (i == 0) out.data[key_at + 3] ^= 1;
    if (i == 1) memcpy(out.data + point_at, env[1]->recipients[0].point.data, r->point.len);
    if (i == 2) out.data[point_at + 40] ^= 1;
    if (i == 3) out.data[out.len - 1] ^= 1;
    s.ci = take(&out);
    count_keys(&s, &c);
    if (i == 4) c.rc = SZTP_ERR_KEY;
    memset(&stub, 0x55, sizeof stub);
    stub.len = 31;
    stub.rc = 0;
    if (i == 5) assert_int_equal(sztp_device_set_key(s.mock->dev, stub_key, &stub), SZTP_OK);
    call_count = 0;
    int32_t rc = artifact_set_verify(&s, &v);
    (void)snprintf(sequence[i], sizeof sequence[i], "%.*s", (int)call_count, calls);
    tell(v, rc, texts[i], sizeof texts[i]);
    sztp_verdict_free(v);
    assert_int_equal(rc, SZTP_ERR_ENC_DECRYPT_FAILED);
    if (i < 5) assert_int_equal(c.calls, i == 2 ? 0 : 1); /* a key that does not look is not asked */
    if (strcmp(texts[0], texts[i]) != 0 || strcmp(sequence[0], sequence[i]) != 0)
      fail_msg("\"%s\" can be told from \"%s\":\n%s\n%s\n%s\n%s", names[i], names[0], texts[0], sequence[0],
               texts[i], sequence[i]);
  }
  assert_non_null(strstr(sequence[0], "bbbbbbbbbbbbbbbbbbbbbbbb")); /* four blocks, six times */
  for (int i = 0; i < 2; i++) {
    sztp__free(artifact_maker, env[i]);
    sztp__cms_free(artifact_maker, cms[i]);
  }
  close_set(&s);
}

/* ENC-09: every padding, of a whole block of it and of less, right and wrong */
static void test_padding(void **state) {
  (void)state;
  artifact_set_t s = open_set("rsa");
  sztp__cert_t cert = cert_of(&s, SZTP_CERT_DECRYPTION);
  s.channel = SZTP_CHANNEL_TRUSTED;
  uint8_t text[96];
  size_t document_len = strlen(MOCK_EMPTY);
  for (unsigned said = 0; said < 256; said++) {
    for (int broken = 0; broken < (said >= 1 && said <= 16 ? 2 : 1); broken++) {
      size_t n = said >= 1 && said <= 16 ? said : 1;
      size_t len = (document_len + n + 15) / 16 * 16;
      memset(text, ' ', sizeof text); /* which may stand behind a document */
      memcpy(text, MOCK_EMPTY, document_len);
      memset(text + len - n, (int)said, n);
      if (broken) text[len - n] ^= 0x40;
      parts_t p = parts_of(&cert, SZTP__CMS_DATA, sztp__span(text, len));
      p.padded_already = 1;
      stub_t stub = stub_of(&p);
      assert_int_equal(sztp_device_set_key(s.mock->dev, stub_key, &stub), SZTP_OK);
      sztp__buf_t out;
      sztp__buf_init(&out, artifact_maker, 1 << 16);
      parts_put(&out, &p);
      s.ci.data = out.data;
      s.ci.len = out.len;
      int right = !broken && said >= 1 && said <= 16;
      expect(&s, right ? 0 : SZTP_STEP_DECRYPTION, right ? "" : "enc-decrypt-failed",
             right ? "" : "conveyed-information");
      sztp__buf_clear(&out);
    }
  }
  close_set(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_failures_alike),
      cmocka_unit_test(test_agreements_alike),
      cmocka_unit_test(test_padding),
  };
  return cmocka_run_group_tests(tests, artifact_set_setup, teardown);
}
