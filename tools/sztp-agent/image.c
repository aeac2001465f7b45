/* SPDX-License-Identifier: Apache-2.0 */
/* Stages a boot image. The library hashes the same octets as they arrive; an incomplete file must never be
 * installed, so every failure here ends the download. */
#define _XOPEN_SOURCE 700
#include "image.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/types.h>
#include <unistd.h>

#include "common/file.h"
#include "folders.h"

static int32_t fail_staging(image_t *image, const char *what) {
  (void)snprintf(image->fault, sizeof image->fault, "%.160s: %s", image->path, what);
  return -1;
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
  if (out->path != NULL) {
    image_discard(out); /* what a run that was cut off has left */
    return 0;
  }
  (void)snprintf(error, room, "no memory");
  return -1;
}

static void close_file(image_t *image) {
  if (image->fd >= 0) (void)close(image->fd);
  image->fd = -1;
}

/* Never writes into an existing file: another program may still have it open. */
static int32_t begin_file(image_t *image) {
  image_discard(image);
  image->fault[0] = '\0';
  image->fd = open(image->path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  return image->fd >= 0 ? 0 : fail_staging(image, strerror(errno));
}

static int32_t append_piece(image_t *image, const uint8_t *data, size_t len) {
  while (len > 0) {
    ssize_t done = write(image->fd, data, len);
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return fail_staging(image, strerror(errno));
    image->octets += (uint64_t)done;
    data += done;
    len -= (size_t)done;
  }
  return 0;
}

/* Known before anything is downloaded, where the server says how much it will be. */
static int32_t check_room(image_t *image, uint64_t total) {
  struct statvfs about;
  char text[100];
  if (total == 0 || statvfs(image->folder, &about) != 0 || about.f_blocks == 0) return 0;
  uint64_t free_octets = (uint64_t)(geteuid() == 0 ? about.f_bfree : about.f_bavail) * about.f_frsize;
  if (free_octets >= total) return 0;
  (void)snprintf(text, sizeof text, "the image has %" PRIu64 " octets, and %" PRIu64 " are free", total,
                 free_octets);
  return fail_staging(image, text);
}

int32_t image_stage(void *user, const sztp_action_t *a, uint64_t offset, uint64_t total, const uint8_t *data,
                    size_t len) {
  image_t *image = user;
  (void)a;
  if (offset == 0 && len == 0 && (check_room(image, total) != 0 || begin_file(image) != 0)) return -1;
  image->total = total;
  if (image->fd < 0 || offset != image->octets) return fail_staging(image, "a piece of the image is missing");
  if (append_piece(image, data, len) != 0) return -1;
  image->progress(image->user, image->octets, total);
  return 0;
}

int image_finish(image_t *image) {
  int result = image->fd < 0 ? fail_staging(image, "nothing was staged") : 0;
  if (result == 0 && fsync(image->fd) != 0) result = fail_staging(image, strerror(errno));
  close_file(image);
  return result;
}

void image_discard(image_t *image) {
  close_file(image);
  image->octets = image->total = 0;
  if (image->path != NULL) (void)unlink(image->path);
}

void image_close(image_t *image) {
  image_discard(image);
  free(image->path);
  memset(image, 0, sizeof *image);
  image->fd = -1;
}
