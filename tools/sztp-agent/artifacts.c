/* SPDX-License-Identifier: Apache-2.0 */
/* Reads artifacts from storage that anybody may have plugged in: below its root no symbolic link is followed,
 * only regular files are opened, and a file's size is checked before it is read (USB-07, USB-08). A medium
 * may also be damaged or pulled out: every error is reported as a reason, and nothing that the file system
 * claims is trusted. */
#define _XOPEN_SOURCE 700
#include "artifacts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/beneath.h"

/* The second name counts only if there is no file of the first one (D-14). */
static const char *const file_names[ARTIFACTS][2] = {
    {MEDIUM_CONVEYED, NULL}, {MEDIUM_OWNER_CERT, NULL}, {MEDIUM_VOUCHER, MEDIUM_VOUCHER_OTHER}};

enum { PIECE = 65536 }; /* a signal does not end the reading of a file */

/* Reads up to @p len octets and returns how many; errno is 0 if the file ends before that. */
static size_t read_up_to(const artifacts_search_t *search, int fd, uint8_t *data, size_t len) {
  size_t count = 0;
  errno = 0;
  while (count < len) {
    if (search->is_over(search->user)) {
      errno = ETIMEDOUT;
      break;
    }
    ssize_t got = read(fd, data + count, len - count < PIECE ? len - count : PIECE);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    count += (size_t)got;
  }
  return count;
}

static const char *reading_fault(int why) {
  switch (why) {
  case ELOOP: return "it is a symbolic link";
  case EINVAL: return "it is no regular file";
  case ETIMEDOUT: return "there was no more time";
  default: return strerror(why);
  }
}

/* Reads a file of the size that the file system reports; @p why does not name the file. */
static int read_whole(const artifacts_search_t *search, int fd, uint64_t size, uint64_t most, uint8_t **data,
                      char *why, size_t room) {
  if (size == 0 || size > most) {
    (void)snprintf(why, room, "it has %" PRIu64 " octets, and 1 to %" PRIu64 " are allowed", size, most);
    return -1;
  }
  uint8_t *octets = malloc((size_t)size);
  if (octets == NULL) {
    (void)snprintf(why, room, "no memory");
    return -1;
  }
  size_t got = read_up_to(search, fd, octets, (size_t)size);
  if (got == size) {
    *data = octets;
    return 1;
  }
  (void)snprintf(why, room, "it can't be read beyond %zu of %" PRIu64 " octets: %s", got, size,
                 errno == 0 ? "it ends there" : reading_fault(errno));
  free(octets);
  return -1;
}

/* 1 if read, 0 if not there, -1 if refused. */
static int read_artifact_file(const artifacts_search_t *search, int folder, const char *name, uint64_t most,
                              uint8_t **data, size_t *len, char *why, size_t room) {
  char fault[160];
  uint64_t size = 0;
  int fd = beneath_file(folder, name, &size), result = -1;
  if (fd < 0 && errno == ENOENT) return 0;
  if (fd < 0)
    (void)snprintf(fault, sizeof fault, "%s", reading_fault(errno));
  else {
    result = read_whole(search, fd, size, most, data, fault, sizeof fault);
    (void)close(fd);
  }
  if (result < 0) (void)snprintf(why, room, "%s is refused: %s", name, fault);
  *len = (size_t)size;
  return result;
}

static int read_artifact(const artifacts_search_t *search, int folder, size_t which, artifacts_t *out,
                         char *why, size_t room) {
  int found = 0;
  for (size_t i = 0; i < 2 && found == 0 && file_names[which][i] != NULL; i++)
    found = read_artifact_file(search, folder, file_names[which][i], search->most[which], &out->data[which],
                               &out->len[which], why, room);
  return found;
}

/* All three come from the same folder (D-08). */
static int read_folder(int folder, const artifacts_search_t *search, artifacts_t *out, char *why,
                       size_t room) {
  int found = read_artifact(search, folder, ARTIFACTS_CI, out, why, room);
  for (size_t i = ARTIFACTS_OC; found > 0 && i < ARTIFACTS; i++)
    if (read_artifact(search, folder, i, out, why, room) < 0) found = -1;
  return found;
}

/* A place that is not a folder is skipped, but reported, so that nobody has to wonder why nothing was found.
 */
static int look_at(const artifacts_search_t *search, artifacts_t *out, char *why, size_t room) {
  int folder = beneath_folder(search->root, out->place);
  if (folder < 0) {
    if (errno == ENOENT) return 0;
    (void)snprintf(why, room, "%.120s %s: %s", out->place,
                   errno == ELOOP || errno == ENOTDIR ? "is no folder" : "can't be read",
                   reading_fault(errno));
    return errno == ELOOP || errno == ENOTDIR || errno == ENAMETOOLONG ? 0 : -1;
  }
  int found = read_folder(folder, search, out, why, room);
  (void)close(folder);
  return found;
}

int artifacts_read(const artifacts_search_t *search, artifacts_t *out, char *why, size_t room) {
  int found = 0;
  memset(out, 0, sizeof *out);
  why[0] = '\0';
  for (size_t i = 0; i < search->layout_count && found == 0; i++)
    if (medium_path(search->layouts[i], search->serial, search->enterprise, out->place) == 0)
      found = look_at(search, out, why, room);
  if (found <= 0) artifacts_free(out);
  return found;
}

void artifacts_free(artifacts_t *r) {
  for (size_t i = 0; i < ARTIFACTS; i++) {
    free(r->data[i]);
    r->data[i] = NULL;
  }
}
