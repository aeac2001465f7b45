/* SPDX-License-Identifier: Apache-2.0 */
/* Progress reports (PROG group): names, levels, bodies, messages. */
#include "common/testing.h"

#include "exchange/progress.h"
#include "formats/yang.h"
#include "ground/text.h"

/* PROG-03, PROG-06, PROG-17: the table of the requirements; M stands behind what minimal reporting has too */
static const char *const NAMES[] = {"",
                                    "bootstrap-initiated M",
                                    "parsing-initiated",
                                    "parsing-warning",
                                    "parsing-error M",
                                    "parsing-complete",
                                    "boot-image-initiated",
                                    "boot-image-warning",
                                    "boot-image-error M",
                                    "boot-image-mismatch",
                                    "boot-image-installed-rebooting M",
                                    "boot-image-complete",
                                    "pre-script-initiated",
                                    "pre-script-warning",
                                    "pre-script-error M",
                                    "pre-script-complete",
                                    "config-initiated",
                                    "config-warning",
                                    "config-error M",
                                    "config-complete",
                                    "post-script-initiated",
                                    "post-script-warning",
                                    "post-script-error M",
                                    "post-script-complete",
                                    "bootstrap-warning M",
                                    "bootstrap-error M",
                                    "bootstrap-complete M",
                                    "informational"};

static sztp_device_t *device(sztp_ctx_t *ctx) {
  static const uint8_t blob[] =
      "\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x20\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d"
      "\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f";
  sztp_device_t *dev = NULL;
  assert_int_equal(sztp_device_new(ctx, &dev), 0);
  assert_int_equal(sztp_device_add_host_key(dev, "ssh-ed25519", blob, sizeof blob - 1), 0);
  return dev;
}

#define NS "urn:ietf:params:xml:ns:yang:ietf-sztp-bootstrap-server"

/* PROG-11, PROG-13: host keys with bootstrap-complete alone */
static void test_bodies(void **state) {
  (void)state;
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  sztp_device_t *dev = device(ctx);
  for (uint32_t type = 1; type < TEST_COUNT_OF(NAMES); type++) {
    char expected[300];
    char name[64];
    (void)sscanf(NAMES[type], "%63s", name);
    assert_string_equal(sztp__progress_name(type), name);
    assert_int_equal(sztp__progress_at_minimal(type), strstr(NAMES[type], " M") != NULL);
    sztp__buf_t body;
    sztp__buf_init(&body, ctx, 65536);
    assert_int_equal(
        sztp__progress_body(dev, type, sztp__span_of("it \"is\" so\n"), SZTP__ENCODING_JSON, &body), 0);
    (void)snprintf(expected, sizeof expected,
                   "{\"ietf-sztp-bootstrap-server:input\":{\"progress-type\":\"%s\",\"message\":\"it "
                   "\\\"is\\\" so\\n\"%s",
                   name, type == SZTP__PROGRESS_BOOTSTRAP_COMPLETE ? ",\"ssh-host-keys\":" : "}}");
    assert_memory_equal(body.data, expected, strlen(expected));
    if (type != SZTP__PROGRESS_BOOTSTRAP_COMPLETE) assert_int_equal(body.len, strlen(expected));
    sztp__buf_clear(&body);
    assert_int_equal(
        sztp__progress_body(dev, type, sztp__span_of("it \"is\" <so>\n"), SZTP__ENCODING_XML, &body), 0);
    (void)snprintf(expected, sizeof expected,
                   "<input xmlns=\"" NS "\"><progress-type>%s</progress-type><message>it &quot;is&quot; "
                   "&lt;so&gt;\n</message>%s",
                   name, type == SZTP__PROGRESS_BOOTSTRAP_COMPLETE ? "<ssh-host-keys>" : "</input>");
    assert_memory_equal(body.data, expected, strlen(expected));
    if (type != SZTP__PROGRESS_BOOTSTRAP_COMPLETE) assert_int_equal(body.len, strlen(expected));
    sztp__buf_clear(&body);
  }
  assert_string_equal(sztp__progress_name(0), "");
  assert_string_equal(sztp__progress_name((uint32_t)TEST_COUNT_OF(NAMES)), "");
  sztp_device_free(dev);
  test_ctx_free(&m, ctx);
}

/* The wire examples of section 4, PROG-11, PROG-14 */
static void test_complete(void **state) {
  (void)state;
  static const char *const expected[2][2] = {
      {"{\"ietf-sztp-bootstrap-server:input\":{\"progress-type\":\"bootstrap-complete\",\"ssh-host-keys\":"
       "{\"ssh-host-key\":[{\"algorithm\":\"ssh-ed25519\",\"key-data\":"
       "\"AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\"}]}}}",
       "<input xmlns=\"" NS
       "\"><progress-type>bootstrap-complete</progress-type><ssh-host-keys><ssh-host-key>"
       "<algorithm>ssh-ed25519</algorithm><key-data>"
       "AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f</key-data></ssh-host-key>"
       "</ssh-host-keys></input>"},
      {"{\"ietf-sztp-bootstrap-server:input\":{\"progress-type\":\"bootstrap-complete\",\"message\":"
       "\"ready\","
       "\"ssh-host-keys\":{\"ssh-host-key\":[{\"algorithm\":\"ssh-ed25519\",\"key-data\":"
       "\"AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\"}]},"
       "\"trust-anchor-certs\":{\"trust-anchor-cert\":[\"AAECAwQFBgc=\",\"AAECAwQFBgc=\"]}}}",
       "<input xmlns=\"" NS "\"><progress-type>bootstrap-complete</progress-type><message>ready</message>"
       "<ssh-host-keys><ssh-host-key><algorithm>ssh-ed25519</algorithm><key-data>"
       "AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f</key-data></ssh-host-key>"
       "</ssh-host-keys><trust-anchor-certs><trust-anchor-cert>AAECAwQFBgc=</trust-anchor-cert>"
       "<trust-anchor-cert>AAECAwQFBgc=</trust-anchor-cert></trust-anchor-certs></input>"}};
  static uint8_t octets[] = {0, 1, 2, 3, 4, 5, 6, 7};
  sztp__blob_t anchors[2] = {{octets, sizeof octets}, {octets, sizeof octets}};
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  sztp_device_t *dev = device(ctx);
  for (size_t i = 0; i < 2; i++) {
    for (uint32_t encoding = SZTP__ENCODING_JSON; encoding <= SZTP__ENCODING_XML; encoding++) {
      sztp__buf_t body;
      sztp__buf_init(&body, ctx, 65536);
      dev->report_anchors = i == 0 ? NULL : anchors; /* what they hold is of no matter here */
      dev->report_anchor_count = i == 0 ? 0 : 2;
      assert_int_equal(sztp__progress_body(dev, SZTP__PROGRESS_BOOTSTRAP_COMPLETE,
                                           sztp__span_of(i == 0 ? "" : "ready"), encoding, &body),
                       0);
      assert_string_equal((const char *)body.data, expected[i][encoding - 1]);
      sztp__buf_clear(&body);
    }
  }
  dev->report_anchors = NULL;
  dev->report_anchor_count = 0;
  sztp_device_free(dev);
  test_ctx_free(&m, ctx);
}

/* PROG-12, DATA-19: a megabyte of output, cut at a character, its end kept; octets that are no text replaced
 */
static void test_messages(void **state) {
  (void)state;
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  sztp_device_t *dev = device(ctx);
  const size_t size = 1 << 20;
  char *output = malloc(size);
  static const char *const units[] = {"a",    "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80",
                                      "\xff", "\x1b",     "\xc3",         ""};
  for (size_t u = 0; u < TEST_COUNT_OF(units); u++) {
    size_t n = units[u][0] == '\0' ? 1 : strlen(units[u]); /* the last one is NULs */
    size_t len = 0;
    while (len + n <= size - 4) {
      memcpy(output + len, units[u], n);
      len += n;
    }
    memcpy(output + len, "last", 4);
    for (int keep_end = 0; keep_end < 2; keep_end++) {
      sztp__buf_t out;
      sztp__buf_init(&out, ctx, SZTP__MESSAGE_MAX);
      assert_int_equal(sztp__progress_message(&out, sztp__span(output, len + 4), keep_end), 0);
      assert_in_range(out.len, 1000, SZTP__MESSAGE_MAX);
      assert_true(sztp__utf8_valid(sztp__buf_span(&out)));
      assert_null(memchr(out.data, 0, out.len));
      assert_int_equal(memcmp(out.data + out.len - 4, "last", 4) == 0, keep_end);
      assert_non_null(strstr((const char *)out.data, "[...]"));
      /* and it can be read in both encodings, which hold the same */
      for (uint32_t encoding = SZTP__ENCODING_JSON; encoding <= SZTP__ENCODING_XML; encoding++) {
        sztp__yang_t y = {ctx, "ietf-sztp-bootstrap-server", "report", SZTP_ERR_MODEL_INVALID, 0, NULL, NULL};
        const sztp__yang_node_t *input = NULL;
        sztp__span_t message = {NULL, 0};
        sztp__buf_t body;
        sztp__buf_init(&body, ctx, 65536);
        assert_int_equal(
            sztp__progress_body(dev, SZTP__PROGRESS_CONFIG_ERROR, sztp__buf_span(&out), encoding, &body), 0);
        assert_int_equal(sztp__yang_open(&y, sztp__buf_span(&body), encoding), 0);
        assert_int_equal(sztp__yang_top(&y, "input", &input), 0);
        assert_int_equal(sztp__yang_string(&y, input, "message", &message), 0);
        assert_true(sztp__span_equal(message, sztp__buf_span(&out)));
        sztp__yang_close(&y);
        sztp__buf_clear(&body);
      }
      sztp__buf_clear(&out);
    }
  }
  free(output);
  sztp_device_free(dev);
  test_ctx_free(&m, ctx);
}

/* PROG-11: whatever a script prints, the message is a string of the YANG module: no control other than tab
 * and line end, no noncharacter */
static void test_strings(void **state) {
  (void)state;
  static const struct {
    const char *output;
    const char *message;
  } cases[] = {
      {"\x1b[31mred\x1b[0m\tand\r\n", "\xef\xbf\xbd[31mred\xef\xbf\xbd[0m\tand\r\n"},
      {"a\x01\x08\x0b\x1fz\x7f", "a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz\x7f"},
      {"\xef\xbf\xbe\xef\xb7\x90",
       "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
      {"\xef\xbf\xbd\xef\xb6\x90\xf0\x9f\xbf\xbd", "\xef\xbf\xbd\xef\xb6\x90\xf0\x9f\xbf\xbd"},
  };
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    sztp__buf_t out;
    sztp__buf_init(&out, ctx, SZTP__MESSAGE_MAX);
    assert_int_equal(sztp__progress_message(&out, sztp__span_of(cases[i].output), 1), 0);
    assert_string_equal((const char *)out.data, cases[i].message);
    sztp__buf_clear(&out);
  }
  test_ctx_free(&m, ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_bodies), cmocka_unit_test(test_complete),
                                     cmocka_unit_test(test_messages), cmocka_unit_test(test_strings)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
