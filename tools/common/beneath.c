/* SPDX-License-Identifier: Apache-2.0 */
/* Opens folders by openat2() where the kernel has it, which looks at the whole path at once, and component by
 * component elsewhere. Either way a symbolic link stops it, and so does "..". */
#define _GNU_SOURCE 1
#include "beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#if defined(__linux__) && defined(__has_include)
#if __has_include(<linux/openat2.h>)
#include <linux/openat2.h>
#include <sys/syscall.h>
#endif
#endif

enum { MAX_PATH = 1024, FOLDER = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC };

static int close_keeping_errno(int fd) {
  int why = errno;
  (void)close(fd);
  errno = why;
  return -1;
}

static int folder_by_components(int base, const char *path) {
  char rest[MAX_PATH];
  if (*path == '/') {
    errno = EXDEV; /* as openat2() has it for what would lead out */
    return -1;
  }
  int folder = openat(base, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0 || strcmp(path, ".") == 0) return folder;
  memcpy(rest, path, strlen(path) + 1); /* the caller has checked its length */
  for (char *name = rest; folder >= 0 && name != NULL;) {
    char *slash = strchr(name, '/');
    if (slash != NULL) *slash = '\0';
    int leads_out = strcmp(name, "..") == 0;
    int next = leads_out ? -1 : openat(folder, name, FOLDER);
    if (leads_out) errno = EXDEV;
    (void)close_keeping_errno(folder);
    folder = next;
    name = slash == NULL ? NULL : slash + 1;
  }
  return folder;
}

static int open_folder(int base, const char *path) {
  if (strlen(path) >= MAX_PATH) {
    errno = ENAMETOOLONG;
    return -1;
  }
#if defined(SYS_openat2) && defined(RESOLVE_BENEATH)
  struct open_how how;
  memset(&how, 0, sizeof how);
  how.flags = FOLDER;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  int fd = (int)syscall(SYS_openat2, base, path, &how, sizeof how);
  if (fd >= 0 || (errno != ENOSYS && errno != EPERM))
    return fd; /* EPERM: from a seccomp filter that does not know the call */
#endif
  return folder_by_components(base, path);
}

/* Opens the folder that holds the last component of a path; *last is that component. */
static int open_parent(int base, const char *path, const char **last) {
  char parent[MAX_PATH] = ".";
  const char *slash = strrchr(path, '/');
  size_t len = slash == NULL ? 0 : (size_t)(slash - path);
  *last = slash == NULL ? path : slash + 1;
  if (len >= sizeof parent) {
    errno = ENAMETOOLONG;
    return -1;
  }
  if (len > 0) {
    memcpy(parent, path, len);
    parent[len] = '\0';
  }
  return open_folder(base, parent);
}

/* For a link in the place of a folder, the kernel says only that it is not a folder. */
static int is_link(int base, const char *path) {
  const char *last = NULL;
  struct stat about;
  int folder = open_parent(base, path, &last);
  if (folder < 0) return 0;
  int known = fstatat(folder, last, &about, AT_SYMLINK_NOFOLLOW);
  (void)close(folder);
  return known == 0 && S_ISLNK(about.st_mode);
}

int beneath_folder(int base, const char *path) {
  int fd = open_folder(base, path), why = errno;
  if (fd < 0 && why == ENOTDIR && is_link(base, path)) why = ELOOP;
  errno = why;
  return fd;
}

/* Opening a device can have effects, and opening a FIFO can block, so only regular files are opened. If one
 * is replaced in between, O_NONBLOCK prevents blocking and fstat() notices. */
static int open_regular(int folder, const char *name, uint64_t *size) {
  struct stat about;
  if (fstatat(folder, name, &about, AT_SYMLINK_NOFOLLOW) != 0) return -1;
  if (!S_ISREG(about.st_mode)) {
    errno = S_ISLNK(about.st_mode) ? ELOOP : EINVAL;
    return -1;
  }
  int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return -1;
  if (fstat(fd, &about) != 0) return close_keeping_errno(fd);
  if (!S_ISREG(about.st_mode) || about.st_size < 0) {
    errno = EINVAL;
    return close_keeping_errno(fd);
  }
  *size = (uint64_t)about.st_size;
  return fd;
}

int beneath_file(int base, const char *path, uint64_t *size) {
  const char *last = NULL;
  int folder = open_parent(base, path, &last);
  if (folder < 0) return -1;
  int fd = open_regular(folder, last, size);
  (void)close_keeping_errno(folder);
  return fd;
}
