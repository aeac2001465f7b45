/* SPDX-License-Identifier: Apache-2.0 */
/* Looks at whose the files of the trust plane are and where they really lie. They are opened for reading
 * alone. */
#define _XOPEN_SOURCE 700
#include "trust_plane.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_FILE = 262144, NAME = 64 };

typedef struct plane {
  const config_t *config;
  char *error;
  size_t room;
} plane_t;

static int refuse(const plane_t *p, const char *field, const char *path, const char *what) {
  const char *file = strcmp(field, "trust") == 0 ? p->config->file : p->config->trust;
  (void)snprintf(p->error, p->room, "%s: %s: %s: %s", file, field, path, what);
  return -1;
}

static int lies_in(const char *path, const char *folder) {
  char *real = realpath(folder, NULL);
  size_t len = real == NULL ? 0 : strlen(real);
  int inside = len > 0 && strncmp(path, real, len) == 0 && (path[len] == '/' || strcmp(real, "/") == 0);
  free(real);
  return inside;
}

/* The file is there, and @p about it. */
static int check_place(const plane_t *p, const char *field, const char *path, const struct stat *about) {
  const struct {
    const char *name, *path;
  } folders[] = {{"folders.state", p->config->folders.state},
                 {"folders.staging", p->config->folders.staging},
                 {"folders.status", p->config->folders.status}};
  char why[160];
  if (!S_ISREG(about->st_mode)) return refuse(p, field, path, "is no file; right is one of root's");
  if (about->st_uid != 0 && about->st_uid != geteuid()) {
    (void)snprintf(why, sizeof why, "belongs to user %ld; right is root, or the agent's own user, %ld",
                   (long)about->st_uid, (long)geteuid());
    return refuse(p, field, path, why);
  }
  if ((about->st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    (void)snprintf(why, sizeof why,
                   "has mode %03o, so that others than its owner may write to it; right is 644",
                   (unsigned)about->st_mode & 0777U);
    return refuse(p, field, path, why);
  }
  char *real = realpath(path, NULL);
  if (real == NULL) return refuse(p, field, path, strerror(errno));
  int result = 0;
  for (size_t i = 0; result == 0 && i < sizeof folders / sizeof *folders; i++) {
    if (!lies_in(real, folders[i].path)) continue;
    (void)snprintf(why, sizeof why, "lies in %s, which the agent writes; right is a folder apart from it",
                   folders[i].name);
    result = refuse(p, field, path, why);
  }
  free(real);
  return result;
}

static int check_named(const plane_t *p, const char *field, const char *path) {
  struct stat about;
  if (path == NULL || stat(path, &about) != 0) return 0; /* whoever reads it says that it is not there */
  return check_place(p, field, path, &about);
}

static int check_list(const plane_t *p, const char *field, const text_list_t *paths) {
  for (size_t i = 0; i < paths->count; i++) {
    char name[NAME];
    (void)snprintf(name, sizeof name, "%s[%zu]", field, i);
    if (check_named(p, name, paths->at[i]) != 0) return -1;
  }
  return 0;
}

static int check_files(const plane_t *p) {
  const config_t *c = p->config;
  const struct {
    const char *field, *path;
  } files[] = {{"identity.certificate", c->identity.certificate},
               {"identity.chain", c->identity.chain},
               {"identity.key", c->identity.key},
               {"identity.key.file", c->identity.tpm.file},
               {"decryption.certificate", c->decryption.certificate},
               {"decryption.key", c->decryption.key},
               {"decryption.key.file", c->decryption.tpm.file}};
  for (size_t i = 0; i < sizeof files / sizeof *files; i++)
    if (check_named(p, files[i].field, files[i].path) != 0) return -1;
  if (check_list(p, "anchors.vouchers", &c->anchors.vouchers) != 0) return -1;
  if (check_list(p, "anchors.servers", &c->anchors.servers) != 0) return -1;
  if (check_list(p, "anchors.reports", &c->anchors.reports) != 0) return -1;
  return check_list(p, "anchors.firmware", &c->anchors.firmware);
}

/* What is looked at is what is read: both by one descriptor. The length is below MAX_FILE, or -1 is returned.
 */
static ssize_t take(const plane_t *p, uint8_t *text) {
  const char *path = p->config->trust;
  struct stat about;
  size_t len = 0;
  ssize_t n = 1;
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) return refuse(p, "trust", path, strerror(errno));
  int result = fstat(fd, &about) != 0 ? refuse(p, "trust", path, strerror(errno))
                                      : check_place(p, "trust", path, &about);
  while (result == 0 && n > 0 && len < MAX_FILE) {
    n = read(fd, text + len, MAX_FILE - len);
    if (n > 0) len += (size_t)n;
    if (n < 0 && errno == EINTR) n = 1;
    if (n < 0) result = refuse(p, "trust", path, strerror(errno));
  }
  (void)close(fd);
  if (result == 0 && len == MAX_FILE) result = refuse(p, "trust", path, "is 256 KiB long or longer");
  return result == 0 ? (ssize_t)len : -1;
}

int trust_plane_read(config_t *config, char *error, size_t room) {
  plane_t p = {config, error, room};
  if (config->trust == NULL) return 0;
  uint8_t *text = malloc(MAX_FILE);
  if (text == NULL) return refuse(&p, "trust", config->trust, "no memory to read it");
  ssize_t len = take(&p, text);
  int result = len < 0 ? -1 : config_parse_trust(config, text, (size_t)len, error, room);
  free(text);
  return result == 0 ? check_files(&p) : result;
}
