/* SPDX-License-Identifier: Apache-2.0 */
/* Folders of the agent: they hold what is later run or installed as root, so no other user may have access,
 * and no name is used that somebody could have prepared. */
#define _XOPEN_SOURCE   700
#define _DEFAULT_SOURCE 1
#include "folders.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/file.h"

enum { OPEN_FOLDERS = 16, MODE_OTHERS_WRITE = S_IWGRP | S_IWOTH };

static int make_one(const char *path, mode_t mode) {
  if (mkdir(path, mode) == 0) return 0;
  struct stat there;
  int why = errno;
  if (why == EEXIST || (stat(path, &there) == 0 && S_ISDIR(there.st_mode))) return 0;
  errno = why;
  return -1;
}

static int make_all(const char *path, mode_t mode) {
  char *copy = strdup(path);
  int result = copy == NULL ? -1 : 0;
  for (char *slash = copy; result == 0 && (slash = strchr(slash + 1, '/')) != NULL;) {
    *slash = '\0';
    result = make_one(copy, 0755);
    *slash = '/';
  }
  if (result == 0) result = make_one(copy, mode);
  int why = errno;
  free(copy);
  errno = why;
  return result;
}

const char *folder_why(int why) {
  switch (why) {
  case ENOSPC: return "no space left on its disk; remove something there";
  case EDQUOT: return "the quota on its disk is used up; remove something there";
  case EROFS: return "its file system is read-only; mount it writable, or set another folder";
  case EACCES: return "permission denied; chown it to the user that runs the agent";
  default: return strerror(why);
  }
}

/* With O_DIRECTORY, a link is told as something that is no folder. */
static const char *why_not_open(const char *path, int why) {
  struct stat there;
  int link = (why == ELOOP || why == ENOTDIR) && lstat(path, &there) == 0 && S_ISLNK(there.st_mode);
  return link ? "it is a symbolic link; a folder is right" : folder_why(why);
}

/* Checks the open folder itself, not whatever its name may refer to a moment later. */
static const char *fault_of(const char *path, mode_t mode) {
  struct stat there;
  int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return why_not_open(path, errno);
  int known = fstat(fd, &there);
  (void)close(fd);
  if (known != 0) return strerror(errno);
  if (there.st_uid != geteuid())
    return "it belongs to another user; chown it to the user that runs the agent";
  if ((there.st_mode & MODE_OTHERS_WRITE) != 0)
    return mode == 0700 ? "others may write to it; chmod 700 is right"
                        : "others may write to it; chmod 755 is right";
  return NULL;
}

int folder_make(const char *path, mode_t mode, char *error, size_t room) {
  const char *fault = make_all(path, mode) != 0 ? folder_why(errno) : fault_of(path, mode);
  if (fault == NULL) return 0;
  (void)snprintf(error, room, "folder %s can't be used: %s", path, fault);
  return -1;
}

const char *folder_fault(const char *path, mode_t mode) {
  struct stat there;
  if (lstat(path, &there) != 0 || there.st_uid != geteuid()) return NULL;
  const char *fault = fault_of(path, mode);
  return fault == NULL && access(path, W_OK) != 0 ? folder_why(errno) : fault;
}

char *folder_make_new(const char *folder) {
  char *path = file_path(folder, "XXXXXX");
  if (path == NULL || mkdtemp(path) != NULL) return path;
  int why = errno;
  free(path);
  errno = why;
  return NULL;
}

static int remove_why; /* errno of what could not be removed; nftw() has no place for it */

/* One that can't be removed does not save the others. */
static int remove_one(const char *path, const struct stat *about, int type, struct FTW *where) {
  (void)about;
  (void)type;
  (void)where;
  if (remove(path) != 0 && errno != ENOENT && remove_why == 0) remove_why = errno;
  return 0;
}

int folder_remove(const char *path) {
  remove_why = 0;
  if (nftw(path, remove_one, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) != 0)
    return errno == ENOENT ? 0 : -1;
  errno = remove_why;
  return remove_why == 0 ? 0 : -1;
}
