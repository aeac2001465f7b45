/* SPDX-License-Identifier: Apache-2.0 */
/* The agent's reading of resolv.conf(5): what DHCP clients leave of DNS servers and domains (DNS-06). */
#define _POSIX_C_SOURCE 200809L
#include "common/testing.h"

#include "common/file.c"
#include "sztp-agent/resolv_conf.c"

/* The list as one text. */
static const char *joined(const text_list_t *list) {
  static char text[2][8192];
  static unsigned turn;
  char *out = text[turn++ % 2];
  out[0] = 0;
  for (size_t i = 0; i < list->count; i++) {
    size_t at = strlen(out);
    (void)snprintf(out + at, sizeof text[0] - at, "%s%s", i == 0 ? "" : " ", list->at[i]);
  }
  return out;
}

static void write_file(const char *path, const char *text) {
  FILE *f = fopen(path, "w");
  assert_non_null(f);
  assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
  assert_int_equal(fclose(f), 0);
}

static void test_lines(void **state) {
  static const struct {
    const char *text, *servers, *domains;
  } cases[] = {
      {"", "", ""},
      {"nameserver 192.0.2.1\nnameserver fe80::1%eth0\nsearch a.example b.example\n",
       "192.0.2.1 fe80::1%eth0", "a.example b.example"},
      {"domain a.example\nsearch b.example c.example", "", "b.example c.example"}, /* the last one counts */
      {"search b.example\ndomain a.example\n", "", "a.example"},
      {"nameserver\t192.0.2.1 192.0.2.2\r\n", "192.0.2.1", ""}, /* one to a line */
      {"# nameserver 192.0.2.1\n; search a\n nameserver 192.0.2.2\nNameserver 192.0.2.3\n", "", ""},
      {"options edns0\nnameservers 192.0.2.1\nsearch\nnameserver \n\n\nsortlist x\n", "", ""},
      {"search a.example\nsearch\n", "", ""},
  };
  (void)state;
  char path[] = "/tmp/test_agent_resolv_conf.XXXXXX";
  int fd = mkstemp(path);
  assert_true(fd >= 0);
  (void)close(fd);
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    resolv_conf_t r;
    write_file(path, cases[i].text);
    assert_int_equal(resolv_conf_read(path, &r), 0);
    assert_string_equal(joined(&r.servers), cases[i].servers);
    assert_string_equal(joined(&r.domains), cases[i].domains);
    resolv_conf_free(&r);
  }
  /* no more than 3 servers and 16 domains, and no word of more than 255 characters */
  char long_text[9000] = "";
  for (int i = 0; i < 20; i++) strcat(long_text, "nameserver ::1\n");
  strcat(long_text, "search");
  for (int i = 0; i < 20; i++) strcat(long_text, " a");
  strcat(long_text, " ");
  memset(long_text + strlen(long_text), 'b', 300);
  write_file(path, long_text);
  resolv_conf_t r;
  assert_int_equal(resolv_conf_read(path, &r), 0);
  assert_int_equal(r.servers.count, 3);
  assert_int_equal(r.domains.count, 16);
  resolv_conf_free(&r);
  assert_int_equal(remove(path), 0);
  assert_int_equal(resolv_conf_read(path, &r), -1);
  assert_int_equal(errno, ENOENT);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_lines)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
