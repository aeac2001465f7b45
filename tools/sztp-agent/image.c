/* SPDX-License-Identifier: Apache-2.0 */
/* Stages a boot image. The library hashes the same octets as they arrive; an incomplete file must never be
 * installed, so every failure here ends the download. The record is written behind the octets that it tells
 * of, so that after a power cut it tells of no others. */
#define _XOPEN_SOURCE 700
#include "image.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/types.h>
#include <sztp/error.h>
#include <unistd.h>

#include "clock.h"
#include "common/file.h"
#include "folders.h"

enum { RECORD_MAX = 16384, SYNC_MS = 5000 };
#define RECORD_HEAD "sztp-agent image 1\n"

static int32_t fail_staging(image_t *image, const char *what) {
  (void)snprintf(image->fault, sizeof image->fault, "%.160s: %s", image->path, what);
  return -1;
}

/* ---- the record ---------------------------------------------------------------------------------- */

static void forget(image_t *image) {
  free(image->uri);
  image->uri = NULL;
  image->validator[0] = '\0';
  image->known = 0;
}

static int write_origin(const image_t *image) {
  size_t room = strlen(image->uri) + sizeof RECORD_HEAD + IMAGE_VALIDATOR + 48;
  char *text = malloc(room);
  if (text == NULL) return -1;
  int n = snprintf(text, room, RECORD_HEAD "%" PRIu64 "\n%" PRIu64 "\n%s\n%s\n", image->known, image->total,
                   image->validator, image->uri);
  int folder = open(image->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int result = folder < 0 ? -1 : file_write_in(folder, IMAGE_RECORD, text, (size_t)n, 0600);
  if (folder >= 0) (void)close(folder);
  free(text);
  return result;
}

/* The line at *at, which is moved behind it; NULL at the end. */
static char *origin_line(char **at) {
  char *line = *at, *end = strchr(line, '\n');
  if (end == NULL) return NULL;
  *end = '\0';
  *at = end + 1;
  return line;
}

static int origin_number(char **at, uint64_t *out) {
  const char *line = origin_line(at);
  char *end = NULL;
  if (line == NULL || *line < '0' || *line > '9' || strlen(line) > 18) return -1;
  *out = strtoull(line, &end, 10);
  return *end == '\0' ? 0 : -1;
}

static int read_origin(image_t *image) {
  uint8_t *data = NULL;
  size_t len = 0;
  char *path = file_path(image->folder, IMAGE_RECORD);
  int result = path == NULL ? -1 : file_read_plain(path, RECORD_MAX, &data, &len);
  free(path);
  if (result != 0) return -1;
  char *at = (char *)data, *validator = NULL, *uri = NULL;
  int good = strlen(at) == len && strncmp(at, RECORD_HEAD, strlen(RECORD_HEAD)) == 0;
  if (good) at += strlen(RECORD_HEAD);
  good = good && origin_number(&at, &image->known) == 0 && origin_number(&at, &image->total) == 0 &&
         (validator = origin_line(&at)) != NULL && (uri = origin_line(&at)) != NULL && *at == '\0' &&
         *validator != '\0' && strlen(validator) < IMAGE_VALIDATOR && *uri != '\0';
  if (good) (void)snprintf(image->validator, IMAGE_VALIDATOR, "%s", validator);
  image->uri = good ? strdup(uri) : NULL;
  free(data);
  return image->uri != NULL ? 0 : -1;
}

/* ---- the file ------------------------------------------------------------------------------------ */

/* Opens what is kept, shortened to what is known to be there, and of an image that is complete without its
 * last octet, for which the server is asked. */
static int open_kept(image_t *image) {
  struct stat about;
  int fd = open(image->path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return -1;
  uint64_t size = image->known;
  int good =
      fstat(fd, &about) == 0 && S_ISREG(about.st_mode) && about.st_uid == geteuid() && about.st_nlink == 1;
  if (good && (uint64_t)about.st_size < size) size = (uint64_t)about.st_size;
  if (image->total > 0 && size >= image->total) size = image->total - 1;
  good =
      good && size > 0 && ftruncate(fd, (off_t)size) == 0 && lseek(fd, (off_t)size, SEEK_SET) == (off_t)size;
  if (!good) {
    (void)close(fd);
    return -1;
  }
  image->known = size;
  return fd;
}

static void close_file(image_t *image) {
  if (image->fd >= 0) (void)close(image->fd);
  image->fd = -1;
  free(image->block);
  image->block = NULL;
  image->block_len = 0;
}

int image_open(const char *folder, image_progress_fn progress, void *user, image_t *out, char *error,
               size_t room) {
  memset(out, 0, sizeof *out);
  out->folder = folder;
  out->fd = -1;
  out->progress = progress;
  out->user = user;
  if (folder_make(folder, 0700, error, room) != 0) return -1;
  out->path = file_path(folder, IMAGE_FILE);
  if (out->path == NULL) {
    (void)snprintf(error, room, "no memory");
    return -1;
  }
  if (read_origin(out) != 0 || (out->fd = open_kept(out)) < 0) image_discard(out);
  close_file(out);
  return 0;
}

static int32_t make_block(image_t *image) {
  image->block_len = 0;
  if (image->block == NULL) image->block = malloc(IMAGE_BLOCK);
  return image->block != NULL ? 0 : fail_staging(image, "no memory");
}

/* What the image is, for a later download. Without a validator there is nothing to go on with. */
static void note_origin(image_t *image, const sztp_action_t *a) {
  const uint8_t *uri = NULL;
  size_t len = 0;
  if (image->https == NULL || *sztp_https_validator(image->https) == '\0' ||
      sztp_action_bytes(a, SZTP_F_URI, 0, &uri, &len) != SZTP_OK)
    return;
  (void)snprintf(image->validator, IMAGE_VALIDATOR, "%s", sztp_https_validator(image->https));
  image->uri = strndup((const char *)uri, len);
  image->synced = clock_ms();
}

/* Never writes into an existing file: another program may still have it open. */
static int32_t begin_file(image_t *image, const sztp_action_t *a) {
  image_discard(image);
  image->fault[0] = '\0';
  if (make_block(image) != 0) return -1;
  image->fd = open(image->path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (image->fd < 0) return fail_staging(image, folder_why(errno));
  note_origin(image, a);
  return 0;
}

static int32_t write_block(image_t *image) {
  if (image->block_len > 0 && file_write_all(image->fd, image->block, image->block_len) != 0)
    return fail_staging(image, folder_why(errno));
  image->block_len = 0;
  return 0;
}

static int32_t append_piece(image_t *image, const uint8_t *data, size_t len) {
  while (len > 0) {
    size_t room = IMAGE_BLOCK - image->block_len, taken = len < room ? len : room;
    memcpy(image->block + image->block_len, data, taken);
    image->block_len += taken;
    image->octets += taken;
    data += taken;
    len -= taken;
    if (image->block_len == IMAGE_BLOCK && write_block(image) != 0) return -1;
  }
  return 0;
}

/* Makes sure that what is staged outlives a power cut, and is told of. */
static int32_t sync_staged(image_t *image) {
  if (write_block(image) != 0) return -1;
  if (fsync(image->fd) != 0) return fail_staging(image, folder_why(errno));
  image->synced = clock_ms();
  image->known = image->octets;
  if (image->uri != NULL && write_origin(image) != 0) forget(image); /* the next download begins anew */
  return 0;
}

/* Known before anything is downloaded, where the server says how much it will be. */
static int32_t check_room(image_t *image, uint64_t total) {
  struct statvfs about;
  char text[130];
  if (total == 0 || statvfs(image->folder, &about) != 0 || about.f_blocks == 0) return 0;
  uint64_t free_octets = (uint64_t)(geteuid() == 0 ? about.f_bfree : about.f_bavail) * about.f_frsize;
  if (free_octets >= total) return 0;
  (void)snprintf(text, sizeof text,
                 "the image has %" PRIu64 " octets, and %" PRIu64
                 " are free; remove something there, or set folders.staging",
                 total, free_octets);
  return fail_staging(image, text);
}

int32_t image_stage(void *user, const sztp_action_t *a, uint64_t offset, uint64_t total, const uint8_t *data,
                    size_t len) {
  image_t *image = user;
  if (offset == 0 && len == 0) {
    image_discard(image); /* it is no use any more, and takes room */
    if (check_room(image, total) != 0 || begin_file(image, a) != 0) return -1;
  }
  image->total = total;
  if (image->fd < 0 || offset != image->octets) return fail_staging(image, "a piece of the image is missing");
  if (append_piece(image, data, len) != 0) return -1;
  if (image->uri != NULL && clock_ms() - image->synced >= SYNC_MS && sync_staged(image) != 0) return -1;
  image->progress(image->user, image->octets, total);
  return 0;
}

static int is_kept_of(const image_t *image, const sztp_action_t *a) {
  const uint8_t *uri = NULL;
  size_t len = 0;
  return image->uri != NULL && sztp_action_bytes(a, SZTP_F_URI, 0, &uri, &len) == SZTP_OK &&
         len == strlen(image->uri) && memcmp(uri, image->uri, len) == 0;
}

int32_t image_staged(void *user, const sztp_action_t *a, uint64_t offset, char *validator,
                     size_t validator_cap, uint8_t *out, size_t out_cap, size_t *out_len) {
  image_t *image = user;
  *out_len = 0;
  if (!is_kept_of(image, a)) return 0;
  if (offset == 0) {
    close_file(image);
    image->fault[0] = '\0';
    image->fd = open_kept(image);
    if (image->fd < 0 || make_block(image) != 0) return -1;
    image->octets = image->known;
    image->synced = clock_ms();
  }
  (void)snprintf(validator, validator_cap, "%s", image->validator);
  uint64_t left = image->octets - offset;
  if (left == 0) return 0;
  ssize_t got = pread(image->fd, out, left < out_cap ? (size_t)left : out_cap, (off_t)offset);
  if (got <= 0) return -1;
  *out_len = (size_t)got;
  return 0;
}

int image_finish(image_t *image) {
  int result = image->fd < 0 ? fail_staging(image, "nothing was staged") : sync_staged(image);
  close_file(image);
  return result;
}

uint64_t image_keep(image_t *image, int keep) {
  if (!keep || image->uri == NULL || image->fault[0] != '\0' || (image->fd >= 0 && sync_staged(image) != 0) ||
      image->uri == NULL) {
    image_discard(image);
    return 0;
  }
  close_file(image);
  return image->known;
}

static void remove_from(const char *folder, const char *name) {
  char *path = file_path(folder, name);
  if (path != NULL) (void)unlink(path);
  free(path);
}

/* The record first: it tells of the file. */
void image_discard(image_t *image) {
  close_file(image);
  forget(image);
  image->octets = image->total = 0;
  if (image->path == NULL) return; /* there is no folder */
  remove_from(image->folder, IMAGE_RECORD);
  remove_from(image->folder, IMAGE_NEW_RECORD);
  (void)unlink(image->path);
}

void image_close(image_t *image) {
  if (image->uri == NULL)
    image_discard(image);
  else
    (void)image_keep(image, 1);
  forget(image);
  free(image->path);
  memset(image, 0, sizeof *image);
  image->fd = -1;
}
