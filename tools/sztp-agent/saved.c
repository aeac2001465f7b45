/* SPDX-License-Identifier: Apache-2.0 */
/* The first file is written first and removed last. So whenever both are there and sound but not the same, a
 * save was cut off between them, and the first one is the newer; and the second one alone is never what is
 * left of a removal. */
#define _DEFAULT_SOURCE 1
#include "saved.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/file.h"

/* Behind the octets: a mark, and their CRC-32 (IEEE 802.3), high octet first. */
#define MARK "sum1"
enum { MARK_LEN = sizeof MARK - 1, SUM_LEN = MARK_LEN + 4, MOST_ASIDE = 9 };

static uint32_t sum_of(const uint8_t *data, size_t len) {
  uint32_t sum = 0xffffffffU;
  for (size_t i = 0; i < len; i++) {
    sum ^= data[i];
    for (int bit = 0; bit < 8; bit++) sum = (sum >> 1) ^ ((sum & 1U) != 0 ? 0xedb88320U : 0U);
  }
  return ~sum;
}

static void put_sum(uint8_t *at, uint32_t sum) {
  memcpy(at, MARK, MARK_LEN);
  for (int i = 0; i < 4; i++) at[MARK_LEN + i] = (uint8_t)(sum >> (24 - 8 * i));
}

int saved_write(const state_t *s, const uint8_t *data, size_t len) {
  uint8_t whole[SAVED_MOST + SUM_LEN];
  if (len == 0) return state_remove(s, SAVED_COPY) == 0 ? state_remove(s, SAVED_FILE) : -1;
  if (len > SAVED_MOST) {
    errno = EFBIG;
    return -1;
  }
  memcpy(whole, data, len);
  put_sum(whole + len, sum_of(data, len));
  if (state_write(s, SAVED_FILE, whole, len + SUM_LEN) != 0) return -1;
  /* On a full disk one file must do, but never beside an older one. */
  if (state_write(s, SAVED_COPY, whole, len + SUM_LEN) != 0) return state_remove(s, SAVED_COPY);
  return 0;
}

int saved_read(const state_t *s, const char *name, uint8_t data[SAVED_MOST], size_t *len) {
  uint8_t *whole = NULL, sum[SUM_LEN];
  size_t size = 0;
  *len = 0;
  if (state_read(s, name, SAVED_MOST + SUM_LEN, &whole, &size) != 0) return errno == ENOENT ? 1 : -1;
  int has_sum = size > SUM_LEN && memcmp(whole + size - SUM_LEN, MARK, MARK_LEN) == 0;
  size_t own = has_sum ? size - SUM_LEN : size;
  int sound = own > 0 && own <= SAVED_MOST;
  if (sound && has_sum) {
    put_sum(sum, sum_of(whole, own));
    sound = memcmp(sum, whole + own, SUM_LEN) == 0;
  }
  if (sound) {
    memcpy(data, whole, own);
    *len = own;
  }
  free(whole);
  if (!sound) errno = EBADMSG;
  return sound ? 0 : -1;
}

static int is_there(const state_t *s, const char *name) {
  struct stat there;
  char *path = state_path(s, name);
  int found = path == NULL || lstat(path, &there) == 0 || errno != ENOENT;
  free(path);
  return found;
}

int saved_is_there(const state_t *s) { return is_there(s, SAVED_FILE) || is_there(s, SAVED_COPY); }

/* ---- what is damaged ----------------------------------------------------------------------------- */

/* 1 if both are the same file, or none of the two is a file. */
static int is_second_name(const char *a, const char *b) {
  struct stat one, other;
  return lstat(a, &one) == 0 && lstat(b, &other) == 0 && one.st_dev == other.st_dev &&
         one.st_ino == other.st_ino;
}

/* For file systems without second names. */
static int copy_aside(const char *from, const char *to) {
  uint8_t *data = NULL;
  size_t len = 0;
  if (file_read_plain(from, SAVED_MOST << 10, &data, &len) != 0) return -1;
  int result = file_replace(to, data, len, 0600, 1);
  int why = errno;
  free(data);
  errno = why;
  return result;
}

/* 0 if @p path is there as @p aside now or already; 1 if another file has that name; -1 with errno. */
static int put_as(const char *path, const char *aside) {
  if (link(path, aside) == 0) return 0;
  if (errno == EEXIST) return is_second_name(path, aside) ? 0 : 1;
  return errno == ENOENT ? -1 : copy_aside(path, aside);
}

int saved_put_aside(const state_t *s, const char *name, char *aside, size_t room) {
  char *path = state_path(s, name);
  int result = path == NULL ? -1 : 1, why = path == NULL ? ENOMEM : EEXIST;
  for (int i = 1; result == 1 && i <= MOST_ASIDE; i++) {
    (void)snprintf(aside, room, i == 1 ? SAVED_DAMAGED : SAVED_DAMAGED ".%d", i);
    char *to = state_path(s, aside);
    result = to == NULL ? -1 : put_as(path, to);
    if (result == -1) why = to == NULL ? ENOMEM : errno;
    free(to);
  }
  free(path);
  if (result != 0) aside[0] = '\0';
  if (result == -1 && why == ENOENT) return 0;
  errno = why;
  return result == 0 ? 0 : -1;
}
