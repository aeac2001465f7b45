/* SPDX-License-Identifier: Apache-2.0 */
/* Reads artifacts from storage that anybody may have plugged in: below the mount no symbolic link is
 * followed, nothing but regular files is opened, and a file's size is looked at before it is read (USB-07,
 * USB-08). */
#define _XOPEN_SOURCE 700
#include "removable.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_SERIAL = 200, COMPONENTS = 3, PLACES = 4 };

/* The second name counts only if there is no file of the first one (D-14). */
static const char *const file_names[REMOVABLE_ARTIFACTS][2] = {
    {"conveyed-information.cms", NULL},
    {"owner-certificate.cms", NULL},
    {"ownership-voucher.vcj", "ownership-voucher.cms"}};

/* A serial number that says more than a name gets no folder; no way of writing it is invented (D-15). */
static int is_name(const char *serial) {
  if (*serial == 0 || strlen(serial) > MAX_SERIAL) return 0;
  if (strcmp(serial, ".") == 0 || strcmp(serial, "..") == 0) return 0;
  for (const char *s = serial; *s != 0; s++)
    if (*s == '/' || *s == '\\' || (unsigned char)*s < 0x20 || *s == 0x7f) return 0;
  return 1;
}

/* Opens a folder below @p base, one component after another. -1 with errno. */
static int open_below(int base, const char *const *components) {
  int folder = openat(base, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  for (size_t i = 0; folder >= 0 && i < COMPONENTS && components[i] != NULL; i++) {
    int next = openat(folder, components[i], O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int why = errno;
    (void)close(folder);
    errno = why;
    folder = next;
  }
  return folder;
}

static int refuse(const char *name, const char *why, char *error, size_t room) {
  (void)snprintf(error, room, "%s is refused: %s", name, why);
  return -1;
}

static int read_all(int fd, uint8_t *data, size_t len) {
  while (len > 0) {
    ssize_t got = read(fd, data, len);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return -1;
    data += got;
    len -= (size_t)got;
  }
  return 0;
}

/* 1 if read, 0 if not there, -1 if refused. O_NONBLOCK keeps a FIFO from holding us. */
static int read_file(int folder, const char *name, uint64_t most, uint8_t **data, size_t *len, char *error,
                     size_t room) {
  struct stat about;
  int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0 && errno == ENOENT) return 0;
  if (fd < 0) return refuse(name, errno == ELOOP ? "it is a symbolic link" : strerror(errno), error, room);
  const char *fault = NULL;
  if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode))
    fault = "it is no regular file";
  else if (about.st_size <= 0 || (uint64_t)about.st_size > most)
    fault = "it is empty or larger than the limit";
  uint8_t *octets = fault == NULL ? malloc((size_t)about.st_size) : NULL;
  if (fault == NULL && octets == NULL) fault = "no memory";
  if (fault == NULL && read_all(fd, octets, (size_t)about.st_size) != 0) fault = "it can't be read";
  (void)close(fd);
  if (fault != NULL) {
    free(octets);
    return refuse(name, fault, error, room);
  }
  *data = octets;
  *len = (size_t)about.st_size;
  return 1;
}

static int read_artifact(int folder, size_t which, uint64_t most, removable_t *out, char *error,
                         size_t room) {
  int found = 0;
  for (size_t i = 0; i < 2 && found == 0 && file_names[which][i] != NULL; i++)
    found = read_file(folder, file_names[which][i], most, &out->data[which], &out->len[which], error, room);
  return found;
}

/* All three come from the same folder (D-08). */
static int read_folder(int folder, const removable_search_t *search, removable_t *out, char *error,
                       size_t room) {
  int found = read_artifact(folder, REMOVABLE_CI, search->most[REMOVABLE_CI], out, error, room);
  for (size_t i = REMOVABLE_OC; found > 0 && i < REMOVABLE_ARTIFACTS; i++)
    if (read_artifact(folder, i, search->most[i], out, error, room) < 0) found = -1;
  return found;
}

static int look_at(int base, const removable_search_t *search, const char *const *components,
                   removable_t *out, char *error, size_t room) {
  int folder = open_below(base, components);
  if (folder < 0) return 0;
  int found = read_folder(folder, search, out, error, room);
  (void)close(folder);
  size_t used = (size_t)snprintf(out->where, sizeof out->where, "%.200s", search->folder);
  for (size_t i = 0; i < COMPONENTS && components[i] != NULL; i++)
    used += (size_t)snprintf(out->where + used, sizeof out->where - used, "/%s", components[i]);
  return found;
}

int removable_read(const removable_search_t *search, removable_t *out, char *error, size_t room) {
  char enterprise[32];
  (void)snprintf(enterprise, sizeof enterprise, "EN%llu", (unsigned long long)search->enterprise);
  int named = search->serial != NULL && is_name(search->serial);
  const char *const places[PLACES][COMPONENTS] = {{enterprise, search->serial, "bootstrapping-data"},
                                                  {search->serial, "bootstrapping-data", NULL},
                                                  {search->serial, NULL, NULL},
                                                  {NULL, NULL, NULL}};
  const int wanted[PLACES] = {named && search->enterprise != 0, named, named, search->root};
  memset(out, 0, sizeof *out);
  int base = open(search->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (base < 0) return 0; /* not mounted (D-11) */
  int found = 0;
  for (size_t i = 0; i < PLACES && found == 0; i++)
    if (wanted[i]) found = look_at(base, search, places[i], out, error, room);
  (void)close(base);
  if (found <= 0) removable_free(out);
  return found;
}

void removable_free(removable_t *r) {
  for (size_t i = 0; i < REMOVABLE_ARTIFACTS; i++) {
    free(r->data[i]);
    r->data[i] = NULL;
  }
}
