/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the lines of mountinfo: "36 35 8:17 / /media/usb0 rw,noatime shared:1 - vfat /dev/sdb1 rw". */
#define _DEFAULT_SOURCE 1
#include "mountinfo.h"

#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "common/file.h"

enum { MAX_TABLE = 4 * 1024 * 1024 };

char *mountinfo_read(const char *file) {
  uint8_t *text = NULL;
  size_t len = 0;
  return file_read(file, MAX_TABLE, &text, &len) == 0 ? (char *)text : NULL;
}

static int is_octal(const char *s) {
  return s[0] >= '0' && s[0] <= '3' && s[1] >= '0' && s[1] <= '7' && s[2] >= '0' && s[2] <= '7';
}

/* White space and backslashes in a path are written as \040. -1 if it is too long. */
static int unescape(const char *text, size_t len, char path[MOUNTINFO_PATH]) {
  size_t used = 0;
  for (size_t i = 0; i < len; i++) {
    char c = text[i];
    if (c == '\\' && len - i > 3 && is_octal(text + i + 1)) {
      c = (char)((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
      i += 3;
    }
    if (used + 1 >= MOUNTINFO_PATH) return -1;
    path[used++] = c;
  }
  path[used] = '\0';
  return 0;
}

/* The fields after the device: the root within its file system, and the path. */
static int read_mount(const char *line, dev_t device, char path[MOUNTINFO_PATH]) {
  unsigned major_number = 0, minor_number = 0;
  int behind = 0;
  /* NOLINTNEXTLINE(cert-err34-c): numbers of the kernel's */
  if (sscanf(line, "%*u %*u %u:%u %n", &major_number, &minor_number, &behind) != 2 || behind == 0) return 0;
  if (major_number != major(device) || minor_number != minor(device)) return 0;
  const char *root = line + behind;
  if (strncmp(root, "/ ", 2) != 0) return 0; /* a bind mount of a part of it */
  return unescape(root + 2, strcspn(root + 2, " \n"), path) == 0;
}

int mountinfo_next(const char **at, dev_t device, char path[MOUNTINFO_PATH]) {
  while (**at != '\0') {
    const char *line = *at;
    *at += strcspn(line, "\n");
    if (**at != '\0') (*at)++;
    if (read_mount(line, device, path)) return 1;
  }
  return 0;
}
