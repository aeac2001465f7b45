/* SPDX-License-Identifier: Apache-2.0 */
/* Writes artifacts, whole or not at all. */
#define _POSIX_C_SOURCE 200809L
#include "output.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/file.h"

int output_artifact(const command_t *c, const char *path, const uint8_t *data, size_t len) {
  if (path == NULL) path = "-";
  if (strcmp(path, "-") == 0 && isatty(STDOUT_FILENO))
    return command_wrong(c, "an artifact is binary and standard output is a terminal; give --out FILE");
  mode_t mask = umask(0);
  (void)umask(mask);
  if (file_write(path, data, len, 0666 & ~mask) == 0) return EXIT_DONE;
  return command_wrong(c, "--out: can't write %s: %s; give a file in a folder that may be written to",
                       strcmp(path, "-") == 0 ? "standard output" : path, strerror(errno));
}
