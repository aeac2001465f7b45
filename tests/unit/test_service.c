/* SPDX-License-Identifier: Apache-2.0 */
/* What daemons tell a service manager and a journal, as a socket of the test's own receives it. */
#define _GNU_SOURCE     1
#define JOURNALD_SOCKET "journal-socket"
#include "common/testing.h"

#include <fcntl.h>

#include "common/journald.c"
#include "common/notify.c"

enum { ROOM = 16384 };

static char folder[] = "/tmp/sztp-service-XXXXXX";
static char got[ROOM];

/* The manager: a socket with a name, from which nothing is waited for. */
static int listen_as(const char *name) {
  struct sockaddr_un address = {AF_UNIX, ""};
  size_t len = strlen(name);
  memcpy(address.sun_path, name, len);
  if (name[0] == '@') address.sun_path[0] = '\0';
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  (void)unlink(name);
  assert_true(fd >= 0);
  assert_int_equal(
      bind(fd, (struct sockaddr *)&address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)), 0);
  return fd;
}

/* The next datagram, "" if there is none. */
static const char *receive(int fd) {
  ssize_t n = recv(fd, got, sizeof got - 1, 0);
  got[n > 0 ? n : 0] = '\0';
  return got;
}

static void manager_is(const char *socket, const char *watchdog_usec, const char *watchdog_pid) {
  assert_int_equal(socket == NULL ? unsetenv("NOTIFY_SOCKET") : setenv("NOTIFY_SOCKET", socket, 1), 0);
  assert_int_equal(
      watchdog_usec == NULL ? unsetenv("WATCHDOG_USEC") : setenv("WATCHDOG_USEC", watchdog_usec, 1), 0);
  assert_int_equal(watchdog_pid == NULL ? unsetenv("WATCHDOG_PID") : setenv("WATCHDOG_PID", watchdog_pid, 1),
                   0);
  notify_open();
}

static void pause_ms(int ms) {
  const struct timespec time = {ms / 1000, ms % 1000 * 1000000L};
  (void)nanosleep(&time, NULL);
}

static void test_what_a_manager_hears(void **state) {
  (void)state;
  static const char *const names[] = {"notify-socket", "@sztp-test-notify"};
  for (size_t i = 0; i < TEST_COUNT_OF(names); i++) {
    char name[128];
    (void)snprintf(name, sizeof name, "%s%s%s", i == 0 ? folder : "", i == 0 ? "/" : "", names[i]);
    int fd = listen_as(name);
    manager_is(name, NULL, NULL);
    notify_ready();
    assert_string_equal(receive(fd), "READY=1");
    notify_status("pass %d\nREADY=0", 1); /* a line break would begin another assignment */
    assert_string_equal(receive(fd), "STATUS=pass 1?READY=0");
    notify_status("pass %d\nREADY=0", 1);
    assert_string_equal(receive(fd), "");
    notify_status("pass 2");
    assert_string_equal(receive(fd), "STATUS=pass 2");
    notify_close();
    notify_ready();
    assert_string_equal(receive(fd), "");
    (void)close(fd);
  }
}

static void test_watchdog(void **state) {
  (void)state;
  char name[128], pid[32];
  (void)snprintf(name, sizeof name, "%s/watchdog-socket", folder);
  (void)snprintf(pid, sizeof pid, "%ld", (long)getpid());
  int fd = listen_as(name);
  manager_is(name, "400000", pid); /* 0.4 s, so a sign of life each 0.1 s */
  assert_int_equal(notify_wait(-1), 100);
  assert_int_equal(notify_wait(30), 30);
  assert_int_equal(notify_wait(3000), 100);
  notify_alive(0);
  assert_string_equal(receive(fd), "WATCHDOG=1");
  notify_alive(0);
  assert_string_equal(receive(fd), "");
  pause_ms(110);
  notify_alive(0);
  assert_string_equal(receive(fd), "WATCHDOG=1");
  static const char *const none[][2] = {{NULL, NULL}, {"400000", "1"}, {"soon", NULL}, {"400000x", NULL}};
  for (size_t i = 0; i < TEST_COUNT_OF(none); i++) {
    manager_is(name, none[i][0], none[i][1]);
    assert_int_equal(notify_wait(-1), -1);
    notify_alive(0);
    assert_string_equal(receive(fd), "");
  }
  notify_close();
  (void)close(fd);
}

static void test_time_to_stop(void **state) {
  (void)state;
  char name[128];
  (void)snprintf(name, sizeof name, "%s/stop-socket", folder);
  int fd = listen_as(name);
  manager_is(name, NULL, NULL);
  notify_alive(1);
  assert_string_equal(receive(fd), "STOPPING=1\nEXTEND_TIMEOUT_USEC=60000000");
  notify_alive(1); /* not in each turn of a loop */
  assert_string_equal(receive(fd), "");
  notify_close();
  (void)close(fd);
}

static void test_without_a_manager(void **state) {
  (void)state;
  char longer[300];
  memset(longer, 'a', sizeof longer - 1);
  longer[0] = '/';
  longer[sizeof longer - 1] = '\0';
  const char *const nobody[] = {NULL, "", "relative", "/nobody/listens", longer};
  for (size_t i = 0; i < TEST_COUNT_OF(nobody); i++) {
    manager_is(nobody[i], "400000", NULL);
    assert_int_equal(manager.fd, 0);
    notify_ready();
    notify_status("not heard");
    notify_alive(1);
  }
  manager_is(NULL, NULL, NULL);
}

static void test_whether_the_journal_reads(void **state) {
  (void)state;
  struct stat about;
  char stream[64];
  int fd = open(folder, O_RDONLY);
  assert_int_equal(fstat(fd, &about), 0);
  (void)snprintf(stream, sizeof stream, "%llu:%llu", (unsigned long long)about.st_dev,
                 (unsigned long long)about.st_ino);
  assert_int_equal(unsetenv("JOURNAL_STREAM"), 0);
  assert_false(journald_reads(fd));
  assert_string_equal(journald_mark_for(fd, SZTP_LOG_ERROR), "");
  assert_int_equal(setenv("JOURNAL_STREAM", stream, 1), 0);
  assert_true(journald_reads(fd));
  assert_string_equal(journald_mark_for(fd, SZTP_LOG_ERROR), "<3>");
  assert_string_equal(journald_mark_for(fd, SZTP_LOG_WARN), "<4>");
  assert_string_equal(journald_mark_for(fd, SZTP_LOG_INFO), "<6>");
  assert_string_equal(journald_mark_for(fd, SZTP_LOG_DEBUG), "<7>");
  assert_int_equal(setenv("JOURNAL_STREAM", "8:1", 1), 0);
  assert_false(journald_reads(fd));
  assert_false(journald_reads(-1));
  assert_int_equal(unsetenv("JOURNAL_STREAM"), 0);
  (void)close(fd);
}

static void test_an_entry(void **state) {
  (void)state;
  static const journald_field_t fields[] = {
      {"SZTP_REASON", "voucher-serial"}, {"SZTP_ARTIFACT", NULL}, {"SZTP_SERVER", ""}};
  static const char wanted[] = "MESSAGE\n\5\0\0\0\0\0\0\0two\nx\n"
                               "PRIORITY\n\1\0\0\0\0\0\0\0"
                               "4\n"
                               "SZTP_REASON\n\16\0\0\0\0\0\0\0voucher-serial\n";
  assert_int_equal(chdir(folder), 0);
  int fd = listen_as(JOURNALD_SOCKET);
  assert_int_equal(journald_send(SZTP_LOG_WARN, "two\nx", fields, TEST_COUNT_OF(fields)), 0);
  ssize_t n = recv(fd, got, sizeof got, 0);
  assert_int_equal(n, sizeof wanted - 1);
  assert_memory_equal(got, wanted, sizeof wanted - 1);
  char longer[ENTRY];
  memset(longer, 'a', sizeof longer - 1);
  longer[sizeof longer - 1] = '\0';
  assert_int_equal(journald_send(SZTP_LOG_WARN, longer, NULL, 0), -1);
  (void)close(fd);
  assert_int_equal(journald_send(SZTP_LOG_WARN, "nobody", NULL, 0), -1);
}

static int make_folder(void **state) {
  (void)state;
  return mkdtemp(folder) == NULL ? -1 : 0;
}

static int remove_folder(void **state) {
  (void)state;
  char command[64];
  (void)snprintf(command, sizeof command, "rm -rf %s", folder);
  return system(command);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_what_a_manager_hears),
      cmocka_unit_test(test_watchdog),
      cmocka_unit_test(test_time_to_stop),
      cmocka_unit_test(test_without_a_manager),
      cmocka_unit_test(test_whether_the_journal_reads),
      cmocka_unit_test(test_an_entry),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
