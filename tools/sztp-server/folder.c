/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the files of a device and appends to logs. Serial numbers are checked before they become names. */
#define _POSIX_C_SOURCE 200809L
#include "folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/file.h"

int folder_serial_safe(const char *serial) {
  if (serial[0] == '\0' || serial[0] == '.' || strcmp(serial, "images") == 0) return 0;
  for (; *serial != '\0'; serial++) {
    unsigned char c = (unsigned char)*serial;
    if (c < 0x20 || c == 0x7f || c == '/' || c == '\\') return 0;
  }
  return 1;
}

static int is_folder(const char *path) {
  struct stat about;
  return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

char *folder_of_device(const settings_t *s, const char *serial, const char *part) {
  if (!folder_serial_safe(serial)) return NULL;
  char *path = file_path(s->dir, serial);
  if (path != NULL && part != NULL) {
    char *inner = file_path(path, part);
    free(path);
    path = inner;
  }
  if (path != NULL && is_folder(path)) return path;
  free(path);
  return NULL;
}

int folder_read(const char *folder, const char *name, size_t limit, uint8_t **data, size_t *len) {
  char *path = file_path(folder, name);
  if (path == NULL) return FOLDER_FAILED;
  int result = file_read(path, limit, data, len) == 0 ? FOLDER_FOUND : FOLDER_FAILED;
  if (result != FOLDER_FOUND && errno == ENOENT) result = FOLDER_ABSENT;
  free(path);
  return result;
}

int folder_has(const char *folder, const char *name) {
  char *path = file_path(folder, name);
  int result = path != NULL && access(path, F_OK) == 0;
  free(path);
  return result;
}

int folder_open_log(const char *path) {
  return open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0644);
}

int folder_write_line(int fd, const uint8_t *line, size_t len) {
  ssize_t written = -1;
  do written = write(fd, line, len);
  while (written < 0 && errno == EINTR);
  return written == (ssize_t)len ? 0 : -1;
}

int folder_append(const char *folder, const char *name, const uint8_t *line, size_t len) {
  char *path = file_path(folder, name);
  int fd = path == NULL ? -1 : folder_open_log(path);
  free(path);
  if (fd < 0) return -1;
  int result = folder_write_line(fd, line, len);
  if (close(fd) != 0) return -1;
  return result;
}

uint64_t folder_level_in(const char *folder) {
  uint8_t *data = NULL;
  size_t len = 0;
  uint64_t level = REPORTING_UNSET;
  if (folder_read(folder, "reporting-level", 64, &data, &len) == FOLDER_FOUND) {
    char *text = (char *)data;
    text[strcspn(text, " \t\r\n")] = '\0';
    level = reporting_level_read(text);
  }
  free(data);
  return level;
}

uint64_t folder_reporting_level(const settings_t *s, const char *serial) {
  char *folder = folder_of_device(s, serial, NULL);
  uint64_t level = folder == NULL ? REPORTING_UNSET : folder_level_in(folder);
  free(folder);
  if (level == REPORTING_UNSET) level = settings_device_level(s, serial);
  return level != REPORTING_UNSET ? level : s->reporting_level;
}
