/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration from before an attempt is kept beside the running one, where possible as the very same
 * file under a second name: so it keeps all that it has, costs nothing, and comes back by a rename. */
#define _GNU_SOURCE 1
#include "running.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "common/file.h"

enum {
  MAX_CONFIG = 64 << 20,
  MAX_RECORD = 8192,
  MAX_LINKS = 8,
  MAX_PATH = 4096,
  NEW_MODE = 0600,
  MARGIN = 32768
};

/* First words of a record. */
#define KEPT   "kept "   /* and the inode's number, and the path */
#define ABSENT "absent " /* and the path: there was none */

/* ---- names --------------------------------------------------------------------------------------- */

/* Where a path leads if it is a symbolic link, whether or not there is something. From malloc(); NULL with
 * errno. */
static char *follow(const char *path) {
  char link[MAX_PATH];
  char *at = strdup(path);
  for (int i = 0; at != NULL; i++) {
    ssize_t len = readlink(at, link, sizeof link - 1);
    if (len < 0) return at; /* no link, or nothing there */
    if (i == MAX_LINKS || len == (ssize_t)sizeof link - 1) {
      free(at);
      errno = ELOOP;
      return NULL;
    }
    link[len] = '\0';
    char *slash = strrchr(at, '/');
    if (slash != NULL) *slash = '\0';
    char *next = file_path(slash == NULL ? "." : at, link);
    free(at);
    at = next;
  }
  errno = ENOMEM;
  return NULL;
}

/* "FOLDER/.NAME.sztp-WORD" beside "FOLDER/NAME"; hidden, so that nobody takes it for one of several
 * configurations. */
static char *beside(const char *path, const char *word) {
  const char *slash = strrchr(path, '/');
  size_t folder = slash == NULL ? 0 : (size_t)(slash - path) + 1, room = strlen(path) + strlen(word) + 8;
  char *out = malloc(room);
  if (out != NULL)
    (void)snprintf(out, room, "%.*s.%s.sztp-%s", (int)folder, path, path + folder, word);
  else
    errno = ENOMEM;
  return out;
}

static int unlink_if_there(const char *path) { return unlink(path) == 0 || errno == ENOENT ? 0 : -1; }

/* ---- files that keep what they are --------------------------------------------------------------- */

/* Labels of integrity belong to contents, not to names. */
static int belongs_to_contents(const char *name) {
  return strcmp(name, "security.ima") == 0 || strcmp(name, "security.evm") == 0;
}

static int copy_attribute(int from, int to, const char *name) {
  ssize_t len = fgetxattr(from, name, NULL, 0);
  char *value = len < 0 ? NULL : malloc((size_t)len + 1);
  int result = value == NULL ? -1 : 0;
  if (result == 0) len = fgetxattr(from, name, value, (size_t)len);
  if (result == 0) result = len < 0 ? -1 : fsetxattr(to, name, value, (size_t)len, 0);
  int why = errno;
  free(value);
  errno = why;
  return result;
}

static int copy_attributes(int from, int to) {
  ssize_t len = flistxattr(from, NULL, 0);
  if (len <= 0) return len == 0 || errno == ENOTSUP ? 0 : -1;
  char *names = malloc((size_t)len);
  if (names == NULL) return -1;
  len = flistxattr(from, names, (size_t)len);
  int result = len < 0 ? -1 : 0;
  for (ssize_t i = 0; result == 0 && i < len; i += (ssize_t)strlen(names + i) + 1)
    if (!belongs_to_contents(names + i)) result = copy_attribute(from, to, names + i);
  int why = errno;
  free(names);
  errno = why;
  return result;
}

/* Owner, mode and extended attributes of one open file for another; an owner that already is the same is no
 * reason to ask for what file systems without owners refuse. */
static int become_like(int to, int like) {
  struct stat wanted, is;
  if (fstat(like, &wanted) != 0 || fstat(to, &is) != 0) return -1;
  if ((wanted.st_uid != is.st_uid || wanted.st_gid != is.st_gid) &&
      fchown(to, wanted.st_uid, wanted.st_gid) != 0)
    return -1;
  if (fchmod(to, wanted.st_mode & 07777) != 0 && errno != EPERM && errno != EOPNOTSUPP) return -1;
  return copy_attributes(like, to);
}

/* Writes a new file @p fresh, like the open file @p like, or private if that is -1. */
static int write_fresh(const char *fresh, int like, const void *data, size_t len) {
  if (unlink_if_there(fresh) != 0) return -1;
  int fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, NEW_MODE);
  if (fd < 0) return -1;
  int result = file_write_all(fd, data, len);
  if (result == 0 && like >= 0) result = become_like(fd, like);
  if (result == 0) result = fsync(fd);
  int why = errno;
  if (close(fd) != 0 && result == 0) {
    result = -1;
    why = errno;
  }
  if (result != 0) (void)unlink(fresh);
  errno = why;
  return result;
}

/* ---- what is kept -------------------------------------------------------------------------------- */

typedef struct kept {
  char *target;   /* the running configuration; NULL: nothing is kept */
  int absent;     /* there was none */
  uint64_t inode; /* of what is kept, or 0 for a copy: its number may change */
} kept_t;

static int read_record(const char *record, kept_t *out) {
  uint8_t *octets = NULL;
  size_t len = 0;
  memset(out, 0, sizeof *out);
  if (file_read_plain(record, MAX_RECORD, &octets, &len) != 0) return errno == ENOENT ? 0 : -1;
  char *text = (char *)octets, *path = NULL;
  if (strncmp(text, ABSENT, strlen(ABSENT)) == 0) {
    out->absent = 1;
    path = text + strlen(ABSENT);
  } else if (strncmp(text, KEPT, strlen(KEPT)) == 0) {
    out->inode = strtoull(text + strlen(KEPT), &path, 10);
    if (*path++ != ' ') path = NULL;
  }
  if (path != NULL && *path != '\0' && strlen(text) == len) out->target = strdup(path);
  free(octets);
  if (out->target != NULL) return 0;
  errno = path == NULL ? EINVAL : ENOMEM;
  return -1;
}

static int write_record(const char *record, const kept_t *k) {
  char text[MAX_RECORD];
  int n = k->absent ? snprintf(text, sizeof text, ABSENT "%s", k->target)
                    : snprintf(text, sizeof text, KEPT "%" PRIu64 " %s", k->inode, k->target);
  if (n > 0 && (size_t)n < sizeof text) return file_replace(record, text, (size_t)n, NEW_MODE, 1);
  errno = ENAMETOOLONG;
  return -1;
}

/* On file systems without second names a copy has to do. */
static int copy_to(const char *target, const char *copy, int open_target) {
  uint8_t *octets = NULL;
  size_t len = 0;
  if (file_read_plain(target, MAX_CONFIG, &octets, &len) != 0) return -1;
  int result = write_fresh(copy, open_target, octets, len);
  int why = errno;
  free(octets);
  errno = why;
  return result;
}

/* Keeps the open file @p target as @p copy. */
static int keep_as(const char *copy, int open_target, kept_t *k) {
  struct stat about;
  if (unlink_if_there(copy) != 0) return -1;
  int linked = link(k->target, copy) == 0;
  if (!linked && copy_to(k->target, copy, open_target) != 0) return -1;
  if (stat(copy, &about) != 0) return -1;
  k->inode = linked ? (uint64_t)about.st_ino : 0;
  file_sync_folder(copy);
  return 0;
}

/* *made is 1 if nothing was kept before. */
static int keep(const char *record, int open_target, kept_t *k, const char *copy, int *made) {
  kept_t before;
  int result = read_record(record, &before), is_kept = before.target != NULL;
  free(before.target);
  *made = !is_kept;
  if (result != 0 || is_kept) return result;
  k->absent = open_target < 0;
  if (!k->absent && keep_as(copy, open_target, k) != 0) return -1;
  return write_record(record, k);
}

/* -1 with errno ENOENT if there is none. */
static int open_running(const char *target) {
  struct stat about;
  int fd = open(target, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0 || (fstat(fd, &about) == 0 && S_ISREG(about.st_mode))) return fd;
  (void)close(fd);
  errno = EINVAL;
  return -1;
}

int running_replace(const char *path, const char *record, const void *data, size_t len) {
  kept_t k = {follow(path), 0, 0};
  char *copy = k.target == NULL ? NULL : beside(k.target, "before");
  char *fresh = k.target == NULL ? NULL : beside(k.target, "new");
  int now = -1, made = 0, result = copy == NULL || fresh == NULL ? -1 : 0;
  if (result == 0) {
    now = open_running(k.target);
    if (now < 0 && errno != ENOENT) result = -1;
  }
  if (result == 0) result = keep(record, now, &k, copy, &made);
  if (result == 0) result = write_fresh(fresh, now, data, len);
  if (result == 0 && (result = rename(fresh, k.target)) != 0) (void)unlink(fresh);
  if (result == 0) file_sync_folder(k.target);
  int why = errno;
  if (result != 0 && made) { /* nothing has changed, so there is nothing to bring back */
    (void)unlink(record);
    (void)unlink(copy);
  }
  if (now >= 0) (void)close(now);
  free(k.target);
  free(copy);
  free(fresh);
  errno = why;
  return result;
}

/* ---- bringing it back ---------------------------------------------------------------------------- */

/* If the copy is gone, it must have come back already. */
static int bring_back(const kept_t *k, const char *copy) {
  struct stat about;
  if (k->absent) return unlink_if_there(k->target);
  if (lstat(copy, &about) == 0) {
    if (k->inode == 0 || (uint64_t)about.st_ino == k->inode) return rename(copy, k->target);
  } else if (errno != ENOENT)
    return -1;
  else if (k->inode == 0 || (stat(k->target, &about) == 0 && (uint64_t)about.st_ino == k->inode))
    return 0;
  errno = ENOENT;
  return -1;
}

int running_restore(const char *record) {
  kept_t k;
  if (read_record(record, &k) != 0) return -1;
  if (k.target == NULL) return 0;
  char *copy = beside(k.target, "before");
  int result = copy == NULL ? -1 : bring_back(&k, copy);
  /* A rename between two names of the same file does nothing: it had been replaced in name only. */
  if (result == 0) result = unlink_if_there(copy);
  if (result == 0) {
    file_sync_folder(copy);
    result = unlink_if_there(record);
  }
  int why = errno;
  free(k.target);
  free(copy);
  errno = why;
  return result;
}

void running_forget(const char *record) {
  kept_t k;
  if (read_record(record, &k) == 0 && k.target != NULL) {
    char *copy = beside(k.target, "before"), *fresh = beside(k.target, "new");
    if (copy != NULL) (void)unlink(copy);
    if (fresh != NULL) (void)unlink(fresh);
    free(copy);
    free(fresh);
  }
  free(k.target);
  (void)unlink(record);
}

int running_has_room(const char *path, size_t len) {
  struct statvfs about;
  char *target = follow(path);
  char *slash = target == NULL ? NULL : strrchr(target, '/');
  if (slash != NULL) slash[slash == target] = '\0';
  int known = target != NULL && statvfs(slash == NULL ? "." : target, &about) == 0 && about.f_blocks > 0;
  free(target);
  if (!known) return 1; /* then writing tells */
  uint64_t free_octets = (uint64_t)(geteuid() == 0 ? about.f_bfree : about.f_bavail) * about.f_frsize;
  return free_octets >= (uint64_t)len + MARGIN;
}
