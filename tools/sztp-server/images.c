/* SPDX-License-Identifier: Apache-2.0 */
/* Opens images and reads Range fields. A name is one plain name: there is no path to traverse. */
#define _POSIX_C_SOURCE 200809L
#include "images.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/file.h"

enum { RANGE_WHOLE = 0, RANGE_PART = 1, RANGE_OUTSIDE = 2 };

/* Decimal digits; the rest of the text in *end. -1 without digits; what is too large becomes the largest
 * number. */
static int read_position(const char *text, uint64_t *out, const char **end) {
  if (*text < '0' || *text > '9') return -1;
  *out = 0;
  for (; *text >= '0' && *text <= '9'; text++)
    *out = *out > UINT64_MAX / 10 - 10 ? UINT64_MAX / 10 - 9 : *out * 10 + (uint64_t)(*text - '0');
  *end = text;
  return 0;
}

/* The one range of "bytes=a-b", "bytes=a-" or "bytes=-n"; several and malformed ones are ignored, as allowed.
 */
static int read_range(const char *field, uint64_t size, uint64_t *from, uint64_t *len) {
  uint64_t last = UINT64_MAX;
  const char *end = NULL;
  if (strncmp(field, "bytes=", 6) != 0) return RANGE_WHOLE;
  field += 6;
  if (*field == '-') {
    if (read_position(field + 1, len, &end) != 0 || *end != '\0') return RANGE_WHOLE;
    if (*len == 0 || size == 0) return RANGE_OUTSIDE;
    if (*len > size) *len = size;
    *from = size - *len;
    return RANGE_PART;
  }
  if (read_position(field, from, &end) != 0 || *end != '-') return RANGE_WHOLE;
  if (end[1] != '\0' && (read_position(end + 1, &last, &end) != 0 || *end != '\0' || last < *from))
    return RANGE_WHOLE;
  if (*from >= size) return RANGE_OUTSIDE;
  *len = last >= size ? size - *from : last - *from + 1;
  return RANGE_PART;
}

static int open_image(const settings_t *s, const char *name, struct stat *about) {
  if (name[0] == '\0' || name[0] == '.' || strpbrk(name, "/\\") != NULL) return -1;
  char *folder = file_path(s->dir, "images");
  char *path = folder == NULL ? NULL : file_path(folder, name);
  int fd = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  free(path);
  free(folder);
  if (fd >= 0 && (fstat(fd, about) != 0 || !S_ISREG(about->st_mode))) {
    close(fd);
    fd = -1;
  }
  return fd;
}

int images_reply(const settings_t *s, const http_request_t *request, const char *name, reply_t *reply,
                 problem_t *p) {
  struct stat about;
  char tag[64];
  size_t at = 0;
  int fd = open_image(s, name, &about);
  if (fd < 0) return problem_set(p, 404, "protocol", "invalid-value", "no such image");
  uint64_t size = (uint64_t)about.st_size;
  uint64_t from = 0;
  uint64_t len = size;
  (void)snprintf(tag, sizeof tag, "\"%" PRIx64 "-%" PRIx64 "\"", size, (uint64_t)about.st_mtime);

  const char *field = http_request_field(request, "range", &at);
  at = 0;
  const char *condition = http_request_field(request, "if-range", &at);
  int part = field == NULL ? RANGE_WHOLE : read_range(field, size, &from, &len);
  /* If-Range with another tag, or with a date: the file may have changed, so all of it is sent. */
  if (condition != NULL && strcmp(condition, tag) != 0) part = RANGE_WHOLE;

  (void)sztp__buf_addf(&reply->fields, "Accept-Ranges: bytes\r\nETag: %s\r\n", tag);
  if (part == RANGE_OUTSIDE) {
    close(fd);
    (void)sztp__buf_addf(&reply->fields, "Content-Range: bytes */%" PRIu64 "\r\n", size);
    return problem_set(p, 416, "protocol", "invalid-value", "the range begins after the end of the image");
  }
  if (part == RANGE_PART)
    (void)sztp__buf_addf(&reply->fields, "Content-Range: bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64 "\r\n", from,
                         from + len - 1, size);
  reply->status = part == RANGE_PART ? 206 : 200;
  reply->type = "application/octet-stream";
  reply->file = fd;
  reply->file_at = part == RANGE_PART ? from : 0;
  reply->file_len = part == RANGE_PART ? len : size;
  reply->told = part == RANGE_PART ? "part of an image" : "image";
  return 0;
}
