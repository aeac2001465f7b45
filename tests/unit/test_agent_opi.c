/* SPDX-License-Identifier: Apache-2.0 */
/* What stands behind opi-sztp-agent: its flags and their defaults, leases of ISC dhclient octet by octet,
 * what SMBIOS says. */
#define _XOPEN_SOURCE   700
#define _DEFAULT_SOURCE 1
#include "common/testing.h"

#include <sys/stat.h>

#include "common/escape.c"
#include "common/file.c"
#include "common/host.c"
#include "common/json.c"
#include "common/octets.c"
#include "common/options.c"
#include "sztp-agent/folders.c"
#include "sztp-agent/lease_file.c"
#include "sztp-agent/opi_config.c"
#include "sztp-agent/opi_flags.c"
#include "sztp-agent/smbios.c"

#include "agent_files.h"

/* ---- flags --------------------------------------------------------------------------------------- */

static int read_flags(const char *line, opi_flags_t *out, char *error, size_t room) {
  static char text[1024];
  char *words[32];
  int count = 0;
  (void)snprintf(text, sizeof text, "opi-sztp-agent %s", line);
  for (char *word = strtok(text, " "); word != NULL && count < 32; word = strtok(NULL, " "))
    words[count++] = word;
  error[0] = '\0';
  return opi_flags_read(count, words, 1, out, error, room);
}

/* One row for each flag: its default, and that it arrives. */
static void test_flags_and_defaults(void **state) {
  (void)state;
  opi_flags_t none, all;
  char error[600];
  assert_int_equal(read_flags("run", &none, error, sizeof error), 0);
  assert_int_equal(
      read_flags(
          "daemon --bootstrap-url u --dhcp-lease-file l --serial-number s --device-password p "
          "--device-private-key k --device-end-entity-cert=c --bootstrap-trust-anchor-cert a "
          "--status-file-path st --result-file-path re --sym-link-dir d --voucher-trust-anchor-cert v1 "
          "--voucher-trust-anchor-cert v2 --device-password-file f --handler h --smbios-dir m",
          &all, error, sizeof error),
      0);
  const struct {
    const char *initial, *given, *is, *was;
  } rows[] = {
      {NULL, "u", all.bootstrap_url, none.bootstrap_url},
      {NULL, "l", all.lease_file, none.lease_file},
      {NULL, "s", all.serial, none.serial},
      {NULL, "p", all.password, none.password},
      {"/certs/private_key.pem", "k", all.private_key, none.private_key},
      {"/certs/my_cert.pem", "c", all.certificate, none.certificate},
      {"/certs/opi.pem", "a", all.server_anchor, none.server_anchor},
      {"/var/lib/sztp/status.json", "st", all.status_file, none.status_file},
      {"/var/lib/sztp/result.json", "re", all.result_file, none.result_file},
      {"/run/sztp", "d", all.link_folder, none.link_folder},
      {NULL, "f", all.password_file, none.password_file},
      {NULL, "h", all.handler, none.handler},
      {"/sys/class/dmi/id", "m", all.smbios, none.smbios},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    assert_string_equal(rows[i].is, rows[i].given);
    if (rows[i].initial == NULL)
      assert_null(rows[i].was);
    else
      assert_string_equal(rows[i].was, rows[i].initial);
  }
  assert_string_equal(all.command, "daemon");
  assert_int_equal(all.voucher_anchor_count, 2);
  assert_string_equal(all.voucher_anchors[1], "v2");
}

/* A URL, and the server that it names; NULL: it is refused, and says this. */
static void test_urls(void **state) {
  (void)state;
  static const struct {
    const char *url, *host;
    unsigned port;
    const char *says;
  } cases[] = {
      {"https://h", "h", 0, NULL},
      {"https://h:8080/restconf/operations/ietf-sztp-bootstrap-server:get-bootstrapping-data", "h", 8080,
       NULL},
      {"https://[2001:db8::1]:9/", "2001:db8::1", 9, NULL},
      {"https://h:8080/top/operations/ietf-sztp-bootstrap-server:get-bootstrapping-data", "h", 8080, NULL},
      {"http://h", NULL, 0, "does not begin with https://"},
      {"HTTPS://h", NULL, 0, "does not begin with https://"},
      {"https://", NULL, 0, "has no host"},
      {"https://u:p@h", NULL, 0, "--device-password-file is right"},
      {"https://h/x", NULL, 0, "has a path other than the operation"},
      {"https://h/?x=/operations/ietf-sztp-bootstrap-server:get-bootstrapping-data", NULL, 0,
       "has a path other"},
      {"https://h:0", NULL, 0, "has no host and port"},
      {"https://h:99999", NULL, 0, "has no host and port"},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    char line[300], error[600];
    opi_flags_t f;
    (void)snprintf(line, sizeof line, "run --bootstrap-url %s", cases[i].url);
    assert_int_equal(read_flags(line, &f, error, sizeof error), 0);
    int result = opi_flags_check(&f, error, sizeof error);
    if ((result == 0) != (cases[i].says == NULL)) fail_msg("%s: %s", cases[i].url, error);
    if (cases[i].says != NULL) {
      if (strstr(error, cases[i].says) == NULL) fail_msg("%s: %s", cases[i].url, error);
      continue;
    }
    assert_string_equal(f.host, cases[i].host);
    assert_int_equal(f.port, cases[i].port);
  }
}

/* A password on the command line is not in what is written. */
static void test_the_password_is_not_written(void **state) {
  (void)state;
  opi_flags_t f;
  opi_facts_t facts;
  char error[600];
  json_t j;
  memset(&facts, 0, sizeof facts);
  assert_int_equal(read_flags("run --bootstrap-url https://[2001:db8::1]:9 --device-password hush", &f, error,
                              sizeof error),
                   0);
  assert_int_equal(opi_flags_check(&f, error, sizeof error), 0);
  assert_int_equal(opi_config_write(&f, &facts, &j), 0);
  char *text = json_text_of(&j, 0);
  assert_non_null(text);
  assert_null(strstr(text, "hush"));
  assert_non_null(strstr(text, "\"servers\":[\"[2001:db8::1]:9\"]"));
  free(text);
  json_free(&j);
}

/* ---- leases -------------------------------------------------------------------------------------- */

#define LEASE(link, rest)                                                                                    \
  "lease {\n  interface \"" link "\";\n  option subnet-mask 255.255.255.0;\n" rest "}\n"

static void test_leases(void **state) {
  (void)state;
  static const struct {
    const char *text;
    uint32_t family;
    size_t count;
    const char *link, *value; /* of the first */
    size_t len;
  } cases[] = {
      {"", 4, 0, NULL, NULL, 0},
      {LEASE("eth0", "  option sztp-redirect-urls \"https://a\";\n"), 4, 1, "eth0", "https://a", 9},
      {LEASE("eth0", "  option sztp-redirect \"\\000\\011https://a\";\n"), 4, 1, "eth0", "\0\x09https://a",
       11},
      {LEASE("eth0", "  option unknown-143 0:9:68:74:74:70:73:3a:2f:2f:61;\n"), 4, 1, "eth0",
       "\0\x09https://a", 11},
      {LEASE("eth0", "  option sztp-redirect-urls \"a\\\"b\\\\c;}\";\n"), 4, 1, "eth0", "a\"b\\c;}", 7},
      /* the last one of a link, with the option or without; links in the order in which they came */
      {LEASE("eth0", "option sztp-redirect \"old\";") LEASE("eth0", "option sztp-redirect \"new\";"), 4, 1,
       "eth0", "new", 3},
      {LEASE("eth0", "option sztp-redirect \"old\";") LEASE("eth0", ""), 4, 0, NULL, NULL, 0},
      {LEASE("eth0", "option sztp-redirect \"x\";") LEASE("eth1", "option sztp-redirect \"y\";")
           LEASE("eth0", ""),
       4, 1, "eth1", "y", 1},
      {LEASE("eth0", "option sztp-redirect \"x\";") LEASE("eth1", "option sztp-redirect \"y\";"), 4, 2,
       "eth0", "x", 1},
      /* IPv6 has a space of its own, and leases inside of leases */
      {"lease6 {\n interface \"eth0\";\n ia-na 1 {\n  iaaddr 2001:db8::5 { preferred-life 1; }\n }\n"
       " option dhcp6.sztp-redirect \"z\";\n}\n",
       6, 1, "eth0", "z", 1},
      {LEASE("eth0", "option sztp-redirect \"x\";"), 6, 0, NULL, NULL, 0},
      {"lease6 { option dhcp6.unknown-136 0:1:61; }", 4, 0, NULL, NULL, 0},
      {"lease6 { option dhcp6.unknown-136 0:1:61; }", 6, 1, "",
       "\0\x01"
       "a",
       3},
      /* what is no option, or no lease */
      {LEASE("eth0", "option host-name \"sztp-redirect-urls\";"), 4, 0, NULL, NULL, 0},
      {LEASE("eth0", "option sztp-redirect-urls-2 \"x\";"), 4, 0, NULL, NULL, 0},
      {LEASE("eth0", "# option sztp-redirect \"x\";\n"), 4, 0, NULL, NULL, 0},
      {LEASE("eth0", "option sztp-redirect what;"), 4, 0, NULL, NULL, 0},
      {"option sztp-redirect \"x\";", 4, 0, NULL, NULL, 0},
      {"lease { option sztp-redirect \"x\";", 4, 0, NULL, NULL, 0}, /* being written */
      {"lease { option sztp-redirect \"x;}", 4, 0, NULL, NULL, 0},
      {"}}}}{{{{;;;;", 4, 0, NULL, NULL, 0},
      {LEASE("a-name-that-no-link-can-have", "option sztp-redirect \"x\";"), 4, 1, "", "x", 1},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    lease_file_t f;
    assert_int_equal(lease_file_parse(cases[i].text, strlen(cases[i].text), cases[i].family, &f), 0);
    if (f.count != cases[i].count) fail_msg("case %zu: %zu leases", i, f.count);
    if (f.count > 0) {
      assert_string_equal(f.at[0].link, cases[i].link);
      assert_int_equal(f.at[0].len, cases[i].len);
      assert_memory_equal(f.at[0].value, cases[i].value, cases[i].len);
    }
    lease_file_free(&f);
  }
}

/* Every beginning of a file, and each octet of it changed, is read without harm; more links than there are
 * places are left out.
 */
static void test_broken_leases(void **state) {
  (void)state;
  static const char text[] = LEASE("eth0", "  option sztp-redirect \"\\000\\011https://a\";\n")
      LEASE("eth1", "  option unknown-143 0:9:68:74;\n");
  lease_file_t f;
  for (size_t len = 0; len < sizeof text; len++) {
    char *copy = malloc(len + 1);
    memcpy(copy, text, len);
    copy[len] = '\0';
    assert_int_equal(lease_file_parse(copy, len, 4, &f), 0);
    assert_true(f.count <= 2);
    lease_file_free(&f);
    for (int c = 0; c < 256 && len > 0; c += 3) {
      copy[len - 1] = (char)c;
      assert_int_equal(lease_file_parse(copy, len, 4, &f), 0);
      lease_file_free(&f);
    }
    free(copy);
  }
  char many[64 * 64], *at = many;
  for (int i = 0; i < 40; i++)
    at += snprintf(at, sizeof many - (size_t)(at - many),
                   "lease{interface \"e%d\";option sztp-redirect \"x\";}", i);
  assert_int_equal(lease_file_parse(many, strlen(many), 4, &f), 0);
  assert_int_equal(f.count, LEASE_LINKS);
  lease_file_free(&f);
}

/* ---- SMBIOS -------------------------------------------------------------------------------------- */

static void test_smbios(void **state) {
  (void)state;
  static const struct {
    const char *text, *value; /* NULL: none */
  } cases[] = {{"EX4200-17\n", "EX4200-17"},
               {"  A B \n", "A B"},
               {"\n", NULL},
               {"Not Specified\n", NULL},
               {"default string", NULL},
               {"To be filled by O.E.M.\n", NULL},
               {"0", NULL},
               {"0123", "0123"}};
  char out[64];
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    put_file(SMBIOS_SERIAL, cases[i].text);
    assert_int_equal(smbios_read(root, SMBIOS_SERIAL, out, sizeof out), cases[i].value == NULL ? -1 : 0);
    assert_string_equal(out, cases[i].value == NULL ? "" : cases[i].value);
  }
  assert_int_equal(smbios_read(root, SMBIOS_MODEL, out, sizeof out), -1);
  assert_int_equal(smbios_read(root, SMBIOS_SERIAL, out, 4), -1); /* no part of a serial number */
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_flags_and_defaults),
      cmocka_unit_test(test_urls),
      cmocka_unit_test(test_the_password_is_not_written),
      cmocka_unit_test(test_leases),
      cmocka_unit_test(test_broken_leases),
      cmocka_unit_test(test_smbios),
  };
  return cmocka_run_group_tests(tests, group_begin, group_end);
}
