/* SPDX-License-Identifier: Apache-2.0 */
/* The floors are two lines of text in one small file, replaced as a whole. */
#define _POSIX_C_SOURCE 200809L
#include "floors.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sztp/error.h>

#include "common/file.h"
#include "ground/time.h"

enum { MAX_FLOORS = 256 };

static const char form[] = "time %s\nvoucher %s\n";

/* "time 2030-03-01T08:00:00Z" at the start of *text, which moves on. */
static int take_date(char **text, const char *name, int64_t *out) {
  size_t len = strlen(name);
  char *end = strchr(*text, '\n');
  if (end == NULL || strncmp(*text, name, len) != 0) return -1;
  int result =
      sztp__time_parse(sztp__span(*text + len, (size_t)(end - *text) - len), out) == SZTP_OK ? 0 : -1;
  *text = end + 1;
  return result;
}

static int parse(char *text, floors_t *out) {
  if (take_date(&text, "time ", &out->time) != 0 || take_date(&text, "voucher ", &out->voucher) != 0)
    return -1;
  return *text == '\0' && out->time >= 0 && out->voucher >= 0 ? 0 : -1;
}

int floors_read(const config_t *config, floors_t *out, char *error, size_t room) {
  char *path = file_path(config->folders.state, FLOORS_FILE);
  uint8_t *text = NULL;
  size_t len = 0;
  const char *fault = NULL;
  memset(out, 0, sizeof *out);
  if (path == NULL)
    fault = "no memory";
  else if (file_read_plain(path, MAX_FLOORS, &text, &len) != 0)
    fault = errno == ENOENT ? NULL : strerror(errno);
  else if (strlen((char *)text) != len || parse((char *)text, out) != 0)
    fault = "it is damaged; it says which time has passed and which voucher was followed";
  if (fault != NULL)
    (void)snprintf(error, room, "%s: %s", path == NULL ? config->folders.state : path, fault);
  free(text);
  free(path);
  if ((uint64_t)out->time < config->clock.floor) out->time = (int64_t)config->clock.floor;
  return fault == NULL ? 0 : -1;
}

int floors_raise(const config_t *config, floors_t *floors, int64_t time, int64_t voucher) {
  char text[MAX_FLOORS], time_text[SZTP__DATE_SIZE], voucher_text[SZTP__DATE_SIZE];
  if (time <= floors->time && voucher <= floors->voucher) return 0;
  if (time > floors->time) floors->time = time;
  if (voucher > floors->voucher) floors->voucher = voucher;
  char *path = file_path(config->folders.state, FLOORS_FILE);
  int len = snprintf(text, sizeof text, form, sztp__time_format(time_text, floors->time),
                     sztp__time_format(voucher_text, floors->voucher));
  int result = path == NULL ? -1 : file_replace(path, text, (size_t)len, 0600, 1);
  int why = path == NULL ? ENOMEM : errno;
  free(path);
  errno = why;
  return result;
}
