/* SPDX-License-Identifier: Apache-2.0 */
/* The table of mounts: names in it are anybody's. Every line is looked at once, and each path has room. */
#define _DEFAULT_SOURCE 1
#include "fuzzing.h"

#include <sys/sysmacros.h>

#include "common/file.c"
#include "sztp-agent/mountinfo.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static char path[MOUNTINFO_PATH];
  char *text = malloc(size + 1);
  CHECK(text != NULL);
  memcpy(text, data, size);
  text[size] = 0;
  size_t lines = 1, found = 0;
  for (size_t i = 0; i < size; i++) lines += data[i] == '\n';
  const char *at = text;
  while (mountinfo_next(&at, makedev(8, 17), path)) {
    CHECK(at > text && at <= text + strlen(text) && strlen(path) < sizeof path);
    CHECK(++found <= lines);
  }
  CHECK(*at == 0);
  free(text);
  return 0;
}
