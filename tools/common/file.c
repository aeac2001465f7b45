/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and writes whole files; "-" is standard input or output. */
#define _POSIX_C_SOURCE 200809L
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FIRST_ROOM = 16384 };

/* One read(), repeated when a signal interrupts it; 0 at the end of the file. */
static ssize_t read_some(int fd, uint8_t *data, size_t room) {
  ssize_t got;
  do got = read(fd, data, room);
  while (got < 0 && errno == EINTR);
  return got;
}

/* Room for the octets so far, one more to notice a file that is too large, and the NUL. */
static int grow(uint8_t **data, size_t *room, size_t limit) {
  size_t wanted = *room == 0 ? FIRST_ROOM : *room * 2;
  if (wanted > limit + 1 || wanted < *room) wanted = limit + 1;
  uint8_t *larger = realloc(*data, wanted + 1);
  if (larger == NULL) {
    errno = ENOMEM;
    return -1;
  }
  *data = larger;
  *room = wanted;
  return 0;
}

static int read_all(int fd, size_t limit, uint8_t **data, size_t *len) {
  size_t room = 0;
  for (;;) {
    if (*len == room && grow(data, &room, limit) != 0) return -1;
    ssize_t got = read_some(fd, *data + *len, room - *len);
    if (got < 0) return -1;
    if (got == 0) return 0;
    *len += (size_t)got;
    if (*len > limit) {
      errno = EFBIG;
      return -1;
    }
  }
}

char *file_path(const char *folder, const char *name) {
  size_t folder_len = name[0] == '/' ? 0 : strlen(folder) + 1, name_len = strlen(name);
  char *path = malloc(folder_len + name_len + 1);
  if (path == NULL) return NULL;
  if (folder_len > 0) {
    memcpy(path, folder, folder_len - 1);
    path[folder_len - 1] = '/';
  }
  memcpy(path + folder_len, name, name_len + 1);
  return path;
}

/* Reads what is open, and closes it, unless it is standard input. */
static int read_open(int fd, size_t limit, uint8_t **data, size_t *len) {
  if (limit > SIZE_MAX - 2) limit = SIZE_MAX - 2;

  uint8_t *octets = NULL;
  size_t count = 0;
  int result = read_all(fd, limit, &octets, &count);
  int why = errno;
  if (fd != STDIN_FILENO) (void)close(fd);
  if (result != 0) {
    free(octets);
    errno = why;
    return -1;
  }
  octets[count] = '\0';
  *data = octets;
  *len = count;
  return 0;
}

int file_read(const char *path, size_t limit, uint8_t **data, size_t *len) {
  int fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
  return fd < 0 ? -1 : read_open(fd, limit, data, len);
}

int file_read_plain(const char *path, size_t limit, uint8_t **data, size_t *len) {
  struct stat about;
  int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return -1;
  int known = fstat(fd, &about), why = errno;
  if (known == 0 && S_ISREG(about.st_mode)) return read_open(fd, limit, data, len);
  (void)close(fd);
  errno = known != 0 ? why : S_ISDIR(about.st_mode) ? EISDIR : EINVAL;
  return -1;
}

int file_write_all(int fd, const void *octets, size_t len) {
  const uint8_t *data = octets;
  while (len > 0) {
    ssize_t done = write(fd, data, len);
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return -1;
    data += done;
    len -= (size_t)done;
  }
  return 0;
}

/* If a file system can't sync folders, the file still counts as written. */
void file_sync_folder(const char *path) {
  const char *slash = strrchr(path, '/');
  size_t len = slash == NULL ? 0 : (size_t)(slash - path) + 1;
  char *folder = malloc(len + 2);
  if (folder == NULL) return;
  memcpy(folder, path, len);
  memcpy(folder + len, ".", 2);
  int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd >= 0) {
    (void)fsync(fd);
    (void)close(fd);
  }
  free(folder);
}

/* Gives a file its name once it is complete, and, if it is to be @p durable, on disk. @p result is the result
 * of writing it. */
static int settle(int fd, int result, int folder, const char *temporary, const char *name, mode_t mode,
                  int durable) {
  /* On a file system without permissions the file keeps the defaults. */
  if (result == 0 && fchmod(fd, mode) != 0 && errno != EPERM && errno != EOPNOTSUPP) result = -1;
  if (result == 0 && durable) result = fsync(fd);
  int why = errno;
  if (close(fd) != 0 && result == 0) {
    result = -1;
    why = errno;
  }
  errno = why;
  if (result == 0) result = renameat(folder, temporary, folder, name);
  why = errno;
  if (result != 0) (void)unlinkat(folder, temporary, 0);
  errno = why;
  return result;
}

/* Devices and pipes can't be replaced by a file, so they are written to directly. */
static int write_special(const char *path, const void *data, size_t len) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  int result = file_write_all(fd, data, len);
  int why = errno;
  if (close(fd) != 0 && result == 0) return -1;
  errno = why;
  return result;
}

int file_write(const char *path, const void *data, size_t len, mode_t mode) {
  if (strcmp(path, "-") == 0) return file_write_all(STDOUT_FILENO, data, len);
  struct stat there;
  if (stat(path, &there) == 0 && !S_ISREG(there.st_mode)) {
    if (S_ISDIR(there.st_mode)) {
      errno = EISDIR;
      return -1;
    }
    return write_special(path, data, len);
  }
  return file_replace(path, data, len, mode, 1);
}

int file_replace(const char *path, const void *data, size_t len, mode_t mode, int durable) {
  static const char suffix[] = ".XXXXXX";
  size_t path_len = strlen(path);
  char *temporary = malloc(path_len + sizeof suffix);
  if (temporary == NULL) {
    errno = ENOMEM;
    return -1;
  }
  memcpy(temporary, path, path_len);
  memcpy(temporary + path_len, suffix, sizeof suffix);

  int result = -1;
  int fd = mkstemp(temporary);
  if (fd >= 0) result = settle(fd, file_write_all(fd, data, len), AT_FDCWD, temporary, path, mode, durable);
  int why = errno;
  if (result == 0 && durable) file_sync_folder(path);
  free(temporary);
  errno = why;
  return result;
}

/* ---- in an open folder --------------------------------------------------------------------------- */

enum { TEMPORARY_ROOM = 256, COPY_PIECE = 65536 };

/* A temporary file left over from an interrupted run is replaced. -1 with errno. */
static int create_in(int folder, const char *name, char temporary[TEMPORARY_ROOM]) {
  static const char suffix[] = ".part";
  enum { NEW = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC };
  size_t len = strlen(name);
  if (len + sizeof suffix > TEMPORARY_ROOM) {
    errno = ENAMETOOLONG;
    return -1;
  }
  memcpy(temporary, name, len);
  memcpy(temporary + len, suffix, sizeof suffix);
  int fd = openat(folder, temporary, NEW, 0600);
  if (fd < 0 && errno == EEXIST && unlinkat(folder, temporary, 0) == 0)
    fd = openat(folder, temporary, NEW, 0600);
  return fd;
}

static int settle_in(int fd, int result, int folder, const char *temporary, const char *name, mode_t mode) {
  result = settle(fd, result, folder, temporary, name, mode, 1);
  int why = errno;
  if (result == 0) (void)fsync(folder);
  errno = why;
  return result;
}

int file_write_in(int folder, const char *name, const void *data, size_t len, mode_t mode) {
  char temporary[TEMPORARY_ROOM];
  int fd = create_in(folder, name, temporary);
  return fd < 0 ? -1 : settle_in(fd, file_write_all(fd, data, len), folder, temporary, name, mode);
}

static int copy_all(int from, int to, uint64_t *len) {
  uint8_t *piece = malloc(COPY_PIECE);
  ssize_t got = -1;
  *len = 0;
  errno = ENOMEM;
  while (piece != NULL && (got = read_some(from, piece, COPY_PIECE)) > 0) {
    if (file_write_all(to, piece, (size_t)got) != 0) got = -1;
    if (got < 0) break;
    *len += (uint64_t)got;
  }
  int why = errno;
  free(piece);
  errno = why;
  return got == 0 ? 0 : -1;
}

int file_copy_in(int folder, const char *name, int from, mode_t mode, uint64_t *len) {
  char temporary[TEMPORARY_ROOM];
  int fd = create_in(folder, name, temporary);
  return fd < 0 ? -1 : settle_in(fd, copy_all(from, fd, len), folder, temporary, name, mode);
}
