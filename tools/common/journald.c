/* SPDX-License-Identifier: Apache-2.0 */
/* The journal's native protocol: a datagram with a field in each line. A value that may have line breaks goes
 * behind its length (https://systemd.io/JOURNAL_NATIVE_PROTOCOL/). */
#define _GNU_SOURCE 1
#include "journald.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sztp/ctx.h>
#include <unistd.h>

#ifndef JOURNALD_SOCKET
#define JOURNALD_SOCKET "/run/systemd/journal/socket"
#endif

enum { ENTRY = 8192, LENGTH = 8 };

int journald_reads(int fd) {
  const char *stream = getenv("JOURNAL_STREAM");
  struct stat about;
  char wanted[64];
  if (stream == NULL || fstat(fd, &about) != 0) return 0;
  (void)snprintf(wanted, sizeof wanted, "%llu:%llu", (unsigned long long)about.st_dev,
                 (unsigned long long)about.st_ino);
  return strcmp(wanted, stream) == 0;
}

const char *journald_mark(uint32_t level) {
  switch (level) {
  case SZTP_LOG_ERROR: return "<3>";
  case SZTP_LOG_WARN: return "<4>";
  case SZTP_LOG_INFO: return "<6>";
  default: return "<7>";
  }
}

const char *journald_mark_for(int fd, uint32_t level) {
  return journald_reads(fd) ? journald_mark(level) : "";
}

typedef struct entry {
  uint8_t data[ENTRY];
  size_t len;
  int full;
} entry_t;

static void add_octets(entry_t *e, const void *data, size_t len) {
  e->full |= len > sizeof e->data - e->len;
  if (e->full) return;
  memcpy(e->data + e->len, data, len);
  e->len += len;
}

static void add_field(entry_t *e, const char *name, const char *value) {
  size_t len = strlen(value);
  uint8_t length[LENGTH];
  for (size_t i = 0; i < LENGTH; i++) length[i] = (uint8_t)((uint64_t)len >> (8 * i));
  add_octets(e, name, strlen(name));
  add_octets(e, "\n", 1);
  add_octets(e, length, sizeof length);
  add_octets(e, value, len);
  add_octets(e, "\n", 1);
}

int journald_send(uint32_t level, const char *text, const journald_field_t *fields, size_t count) {
  struct sockaddr_un address = {AF_UNIX, JOURNALD_SOCKET};
  char priority[2] = {journald_mark(level)[1], '\0'};
  entry_t e = {{0}, 0, 0};
  add_field(&e, "MESSAGE", text);
  add_field(&e, "PRIORITY", priority);
  for (size_t i = 0; i < count; i++)
    if (fields[i].value != NULL && fields[i].value[0] != '\0') add_field(&e, fields[i].name, fields[i].value);
  int fd = e.full ? -1 : socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  ssize_t sent = sendto(fd, e.data, e.len, MSG_NOSIGNAL | MSG_DONTWAIT, (const struct sockaddr *)&address,
                        sizeof address);
  (void)close(fd);
  return sent == (ssize_t)e.len ? 0 : -1;
}
