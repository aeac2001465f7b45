/* SPDX-License-Identifier: Apache-2.0 */
/* Mounts a device for a moment: its root folder is opened, and the mount is detached at once. The folder can
 * be read until it is closed, which also happens if the agent is killed, and no other process ever sees it.
 */
#define _DEFAULT_SOURCE 1
#include "mounting.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/file.h"
#include "folders.h"
#include "mountinfo.h"

enum { ROOT = O_RDONLY | O_DIRECTORY | O_CLOEXEC, MAX_LEFT = 64 };

/* Nothing on a medium is executed, its device files don't work, and it is not written to. */
#define MOUNT_FLAGS (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_SILENT)

static char *mount_point(const config_t *config) { return file_path(config->folders.state, "medium"); }

static int is_device(int folder, dev_t device) {
  struct stat about;
  return fstat(folder, &about) == 0 && about.st_dev == device;
}

static int open_root(const char *path, dev_t device) {
  int folder = open(path, ROOT);
  if (folder < 0 || is_device(folder, device)) return folder;
  (void)close(folder);
  errno = ESTALE;
  return -1;
}

static int open_mounted(const char *mounts, dev_t device) {
  char *path = malloc(MOUNTINFO_PATH);
  int folder = -1;
  for (const char *at = mounts; path != NULL && folder < 0 && mountinfo_next(&at, device, path);)
    folder = open_root(path, device); /* unless something is mounted over it */
  free(path);
  return folder;
}

/* Replaying a journal would write, and a superblock may ask the kernel to panic at the first error */
static const char *options_of(const char *file_system) {
  if (strcmp(file_system, "ext2") == 0) return "errors=continue";
  return strncmp(file_system, "ext", 3) == 0 ? "noload,errors=continue" : NULL;
}

/* How informative an error is: that it holds another file system says least. */
static int rank(int why) {
  switch (why) {
  case 0: return 0;
  case ENODEV: return 1; /* the kernel does not know the file system */
  case EINVAL: return 2;
  default: return 3;
  }
}

static int mount_somehow(const config_t *config, const char *device, const char *target) {
  const uint64_t *order = config->removable.file_system;
  int why = 0;
  for (uint64_t i = 1; i <= order[0]; i++) {
    const char *name = config_file_system(order[i]);
    if (mount(device, target, name, MOUNT_FLAGS, options_of(name)) == 0) return 0;
    if (rank(errno) > rank(why)) why = errno;
    if (why == EPERM || why == ENXIO || why == ENOENT || why == ENOMEDIUM) break; /* whatever is on it */
  }
  errno = why;
  return -1;
}

static const char *mounting_fault(int why) {
  switch (why) {
  case EPERM: return "it is not mounted, and mounting needs privileges (CAP_SYS_ADMIN)";
  case EINVAL: return "none of removable.file-systems is on it";
  case ENODEV: return "the kernel has none of removable.file-systems";
  case ENXIO:
  case ENOENT:
  case ENOMEDIUM: return "it is not there any more";
  case ESTALE: return "it was replaced meanwhile";
  case EBUSY: return "it is in use";
  default: return strerror(why);
  }
}

static int open_and_detach(const char *target, dev_t device) {
  int folder = open_root(target, device);
  int why = errno;
  if (umount2(target, MNT_DETACH | UMOUNT_NOFOLLOW) != 0 && folder >= 0) {
    why = errno;
    (void)close(folder);
    folder = -1;
  }
  errno = why;
  return folder;
}

static int is_block_device(const char *path, dev_t device) {
  struct stat about;
  if (stat(path, &about) != 0) return 0;
  errno = ESTALE;
  return S_ISBLK(about.st_mode) && about.st_rdev == device;
}

/* A file descriptor, or -1 with errno. */
static int open_device(const config_t *config, const char *path, dev_t device, const char *target) {
  char fault[MOUNTING_FAULT];
  int folder = -1;
  if (!is_block_device(path, device)) return -1;
  if (folder_make(target, 0700, fault, sizeof fault) != 0) {
    errno = EACCES;
    return -1;
  }
  if (mount_somehow(config, path, target) == 0) folder = open_and_detach(target, device);
  int why = errno;
  (void)rmdir(target);
  errno = why;
  return folder;
}

int mounting_open(const config_t *config, const char *mounts, const char *path, dev_t device,
                  char fault[MOUNTING_FAULT]) {
  int folder = open_mounted(mounts, device);
  if (folder >= 0) return folder;
  char *target = mount_point(config);
  errno = ENOMEM;
  if (target != NULL) folder = open_device(config, path, device, target);
  int why = errno;
  free(target);
  if (folder >= 0) return folder;
  (void)snprintf(fault, MOUNTING_FAULT, "%s", mounting_fault(why));
  if (why == EPERM) return MOUNTING_NO_PRIVILEGE;
  return why == EINVAL ? MOUNTING_FOREIGN : MOUNTING_UNREADABLE;
}

void mounting_clean(const config_t *config) {
  char *target = mount_point(config);
  for (int i = 0; target != NULL && i < MAX_LEFT && umount2(target, MNT_DETACH | UMOUNT_NOFOLLOW) == 0; i++)
    ;
  if (target != NULL) (void)rmdir(target);
  free(target);
}
