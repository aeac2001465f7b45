/* SPDX-License-Identifier: Apache-2.0 */
/* The boot image between download and installation: one file in the staging folder, and beside it a record of
 * what it is the beginning of, so that a later download goes on with it (IMG-05, IMG-08). */
#ifndef SZTP_AGENT_IMAGE_H
#define SZTP_AGENT_IMAGE_H

#include <stddef.h>
#include <stdint.h>
#include <sztp/https.h>

/* In the staging folder. */
#define IMAGE_FILE       "image"
#define IMAGE_RECORD     "image.from"
#define IMAGE_NEW_RECORD "image.from.part"

enum { IMAGE_VALIDATOR = 130, IMAGE_BLOCK = 65536 };

/* Called as a download proceeds; @p total is 0 if the server did not say. */
typedef void (*image_progress_fn)(void *user, uint64_t octets, uint64_t total);

typedef struct image {
  const char *folder; /* borrowed */
  char *path;
  const sztp_https_t *https; /* asked for validators; may be NULL */
  int fd;
  uint64_t octets, total; /* staged; announced, or 0 */
  uint8_t *block;         /* of which these are not written yet: */
  size_t block_len;
  /* what a later download can go on with */
  char *uri; /* NULL: nothing */
  char validator[IMAGE_VALIDATOR];
  uint64_t known;  /* octets that are on the disk for sure */
  uint64_t synced; /* when they were put there, on clock_ms() */
  char fault[300]; /* why staging failed, "" if it did not */
  image_progress_fn progress;
  void *user;
} image_t;

/* Makes the staging folder, and looks at what a run that was cut off has left there: what can't be gone on
 * with is removed. 0, or -1 with one line in @p error. */
int image_open(const char *folder, image_progress_fn progress, void *user, image_t *out, char *error,
               size_t room);
/* A function for sztp_https_set_stage(). */
int32_t image_stage(void *image, const sztp_action_t *a, uint64_t offset, uint64_t total, const uint8_t *data,
                    size_t len);
/* A function for sztp_https_set_staged(). */
int32_t image_staged(void *image, const sztp_action_t *a, uint64_t offset, char *validator,
                     size_t validator_cap, uint8_t *out, size_t out_cap, size_t *out_len);
/* The download is over: syncs the file, so that an image is on disk before it is installed. 0, or -1 with a
 * fault. */
int image_finish(image_t *image);
/* The download failed: keeps for a later one what it can go on with, if there is anything and @p keep says
 * so; else removes the file. Returns how many octets are kept. */
uint64_t image_keep(image_t *image, int keep);
/* Removes the file, if there is one. */
void image_discard(image_t *image);
/* Leaves on disk what is kept. */
void image_close(image_t *image);

#endif
