/* SPDX-License-Identifier: Apache-2.0 */
/* The boot image between download and installation: one file in the staging folder. */
#ifndef SZTP_AGENT_IMAGE_H
#define SZTP_AGENT_IMAGE_H

#include <stddef.h>
#include <stdint.h>
#include <sztp/session.h>

#define IMAGE_FILE "image" /* in the staging folder */

/* Called as a download proceeds; @p total is 0 if the server did not say. */
typedef void (*image_progress_fn)(void *user, uint64_t octets, uint64_t total);

typedef struct image {
  const char *folder; /* borrowed */
  char *path;
  int fd;
  uint64_t octets, total;
  char fault[300]; /* why staging failed, "" if it did not */
  image_progress_fn progress;
  void *user;
} image_t;

/* Makes the staging folder. 0, or -1 with one line in @p error. */
int image_open(const char *folder, image_progress_fn progress, void *user, image_t *out, char *error,
               size_t room);
/* A function for sztp_https_set_stage(). */
int32_t image_stage(void *image, const sztp_action_t *a, uint64_t offset, uint64_t total, const uint8_t *data,
                    size_t len);
/* The download is over: syncs the file, so that an image is on disk before it is installed. 0, or -1 with a
 * fault. */
int image_finish(image_t *image);
/* Removes the file, if there is one. */
void image_discard(image_t *image);
void image_close(image_t *image);

#endif
