/* SPDX-License-Identifier: Apache-2.0 */
/* What a decryption leaves in memory that it gives back (ENC-17, SEC-08), and memory that fails (SEC-05). The
 * Makefile wraps the functions that give memory back. */
#include "decrypt_set.h"

#include <cjson/cJSON.h>
#include <malloc.h>

/* What must not be in memory that is given back: to the C library by anyone, cJSON and expat too. */
static sztp__span_t secrets[3];
static int watching;
static unsigned secrets_seen;
static unsigned keys_wiped; /* the first secret, in memory of any kind */

static void look_into(const uint8_t *memory) {
  size_t size = watching && memory != NULL ? malloc_usable_size((void *)(uintptr_t)memory) : 0;
  for (size_t i = 0; i < TEST_COUNT_OF(secrets); i++)
    for (size_t at = 0; secrets[i].len > 0 && at + secrets[i].len <= size; at++)
      secrets_seen += memcmp(memory + at, secrets[i].data, secrets[i].len) == 0;
}

void __real_free(void *p);
void __wrap_free(void *p);
void __wrap_free(void *p) {
  look_into(p);
  __real_free(p);
}

void __real_sztp__wipe(void *p, size_t len);
void __wrap_sztp__wipe(void *p, size_t len);
void __wrap_sztp__wipe(void *p, size_t len) {
  sztp__span_t key = secrets[0];
  for (size_t at = 0; watching && at + key.len <= len; at++)
    keys_wiped += memcmp((const uint8_t *)p + at, key.data, key.len) == 0;
  __real_sztp__wipe(p, len);
}

void *__real_realloc(void *p, size_t size);
void *__wrap_realloc(void *p, size_t size);
void *__wrap_realloc(void *p, size_t size) {
  look_into(p);
  return __real_realloc(p, size);
}

/* ENC-17, SEC-08: neither the content key nor what was decrypted is in memory that was given back, whether it
 * was accepted, refused for what it holds, or failed to decrypt */
static void test_wiped(void **state) {
  (void)state;
  static const char json[] =
      "{\"ietf-sztp-conveyed-info:onboarding-information\":{\"configuration\":"
      "\"QSBzZWNyZXQgdGhhdCBub2JvZHkgbWF5IHNlZSwgbG9uZyBlbm91Z2ggZm9yIGEgcmVmZXJlbmNl\""
      ",\"configuration-handling\":\"merge\",\"pre-configuration-script\":\"YSBzaG9ydCBzZWNyZXQ=\"}}";
  static const char xml[] =
      "<onboarding-information xmlns=\"urn:ietf:params:xml:ns:yang:ietf-sztp-conveyed-info\"><configuration>"
      "QSBzZWNyZXQgdGhhdCBub2JvZHkgbWF5IHNlZSwgbG9uZyBlbm91Z2ggZm9yIGEgcmVmZXJlbmNl</configuration>"
      "<configuration-handling>merge</configuration-handling><pre-configuration-script>YSBzaG9ydCBzZWNyZXQ="
      "</pre-configuration-script></onboarding-information>";
  static const struct {
    const char *document;
    int gcm;
    int broken;
    uint32_t channel;
    int32_t rc;
  } cases[] = {
      {json, 0, 0, SZTP_CHANNEL_TRUSTED, SZTP_OK},
      {json, 0, 0, SZTP_CHANNEL_UNTRUSTED, SZTP_ERR_ENC_DECRYPT_FAILED}, /* it is no SignedData */
      {json, 0, 1, SZTP_CHANNEL_TRUSTED, SZTP_ERR_ENC_DECRYPT_FAILED},
      {json, 1, 0, SZTP_CHANNEL_TRUSTED, SZTP_OK},
      {xml, 0, 0, SZTP_CHANNEL_TRUSTED, SZTP_OK},
      {xml, 1, 1, SZTP_CHANNEL_TRUSTED, SZTP_ERR_ENC_DECRYPT_FAILED},
  };
  /* decoded and not */
  const sztp__span_t in_configuration[2] = {sztp__span_of("nobody may see, long enough"),
                                            sztp__span_of("dGhhdCBub2JvZHkgbWF5IHNlZSwgbG9u")};
  const sztp__span_t in_script[2] = {sztp__span_of("a short secret"), sztp__span_of("YSBzaG9ydCBzZWNyZXQ=")};
  cJSON_Hooks hooks = {malloc, free}; /* those of this file, which look */
  cJSON_InitHooks(&hooks);
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    for (int encoded = 0; encoded < 2; encoded++) {
      artifact_set_t s = open_set("rsa");
      sztp__cert_t cert = cert_of(&s, SZTP_CERT_DECRYPTION);
      parts_t p = parts_of(&cert, SZTP__CMS_DATA, sztp__span_of(cases[i].document));
      if (cases[i].gcm) p = parts_gcm(p);
      stub_t stub = stub_of(&p);
      s.ci = build(&p);
      if (cases[i].broken) s.ci = flipped(s.ci, 0);
      s.channel = cases[i].channel;
      assert_int_equal(sztp_device_set_key(s.mock->dev, stub_key, &stub), SZTP_OK);
      sztp_verdict_t *v = NULL;
      secrets[0] = p.key;
      secrets[1] = in_configuration[encoded];
      secrets[2] = in_script[encoded];
      secrets_seen = 0;
      keys_wiped = 0;
      watching = 1;
      int32_t rc = artifact_set_verify(&s, &v);
      sztp_verdict_free(v);
      watching = 0;
      assert_int_equal(rc, cases[i].rc);
      assert_true(keys_wiped > 0); /* what was on the stack */
      if (secrets_seen != 0) fail_msg("case %zu: seen %u times", i, secrets_seen);
      close_set(&s);
    }
  }
  cJSON_InitHooks(NULL);
}

/* SEC-05: memory that fails leaves no verdict, or (where only a text for people got shorter) the right one */
static void test_memory(void **state) {
  (void)state;
  for (int hidden = 0; hidden < 2; hidden++) {
    artifact_set_t s = open_set("nokeyid");
    s.ci = hidden ? theirs("nokeyid") : artifact_encrypt(s.ci, "idevid");
    if (hidden) s.channel = SZTP_CHANNEL_TRUSTED;
    s.oc = artifact_encrypt(s.oc, "enc/nokeyid");
    s.ov = artifact_encrypt(s.ov, "idevid");
    assert_true(artifact_set_every_allocation(&s, SZTP_OK) > 10 / TEST_SAMPLE);
    expect(&s, 0, "", "");
    close_set(&s);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_wiped),
      cmocka_unit_test(test_memory),
  };
  return cmocka_run_group_tests(tests, artifact_set_setup, teardown);
}
