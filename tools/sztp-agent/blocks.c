/* SPDX-License-Identifier: Apache-2.0 */
/* Reads /sys/class/block, whose entries are links into the device tree, where the path of a disk shows what
 * it is attached to. */
#define _DEFAULT_SOURCE 1
#include "blocks.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "mountinfo.h"

enum { MAX_ENTRIES = 1024, NAME_ROOM = 64, PATH_ROOM = 512, LONGER = 1024, VALUE = 64 };

typedef char name_t[NAME_ROOM];

typedef struct names {
  name_t at[MAX_ENTRIES];
  size_t count;
} names_t;

/* ---- attributes ---------------------------------------------------------------------------------- */

/* The first line of the file folder/name, "" if there is none. */
static void read_value(const char *folder, const char *name, char out[VALUE]) {
  char path[LONGER];
  (void)snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *file = fopen(path, "re");
  out[0] = '\0';
  if (file == NULL) return;
  if (fgets(out, VALUE, file) == NULL) out[0] = '\0';
  out[strcspn(out, "\n")] = '\0';
  (void)fclose(file);
}

static int is_value(const char *folder, const char *name, const char *wanted) {
  char value[VALUE];
  read_value(folder, name, value);
  return strcmp(value, wanted) == 0;
}

static int has_file(const char *folder, const char *name) {
  char path[LONGER];
  struct stat about;
  (void)snprintf(path, sizeof path, "%s/%s", folder, name);
  return stat(path, &about) == 0;
}

static int device_of(const char *folder, dev_t *out) {
  char value[VALUE];
  unsigned major_number = 0, minor_number = 0;
  read_value(folder, "dev", value);
  /* NOLINTNEXTLINE(cert-err34-c): numbers of the kernel's */
  if (sscanf(value, "%u:%u", &major_number, &minor_number) != 2) return -1;
  *out = makedev(major_number, minor_number);
  return 0;
}

/* ---- entries ------------------------------------------------------------------------------------- */

static int by_name(const void *a, const void *b) {
  const char *x = *(const name_t *)a, *y = *(const name_t *)b;
  size_t x_len = strlen(x), y_len = strlen(y);
  if (x_len != y_len) return x_len < y_len ? -1 : 1; /* sdb before sdaa, sdb2 before sdb10 */
  return strcmp(x, y);
}

/* The entries of a folder, sorted. -1 with errno. */
static int list(const char *folder, names_t *out) {
  DIR *entries = opendir(folder);
  out->count = 0;
  if (entries == NULL) return -1;
  for (struct dirent *e; (e = readdir(entries)) != NULL && out->count < MAX_ENTRIES;)
    if (e->d_name[0] != '.' && strlen(e->d_name) < NAME_ROOM)
      memcpy(out->at[out->count++], e->d_name, strlen(e->d_name) + 1);
  (void)closedir(entries);
  qsort(out->at, out->count, sizeof out->at[0], by_name);
  return 0;
}

static int is_empty(const char *folder) {
  DIR *entries = opendir(folder);
  int empty = 1;
  if (entries == NULL) return 1;
  for (struct dirent *e; empty && (e = readdir(entries)) != NULL;) empty = e->d_name[0] == '.';
  (void)closedir(entries);
  return empty;
}

/* A disk or partition that device mapper or RAID builds on is left alone. */
static int is_in_use(const char *folder) {
  char holders[LONGER];
  (void)snprintf(holders, sizeof holders, "%s/holders", folder);
  return !is_empty(holders);
}

static void add_block(const char *folder, const char *path, blocks_t *out) {
  block_t block;
  if (device_of(folder, &block.device) != 0 || is_value(folder, "size", "0") || is_in_use(folder)) return;
  if (out->count == BLOCKS) {
    out->left_out = 1;
    return;
  }
  (void)snprintf(block.path, sizeof block.path, "%s", path);
  out->at[out->count++] = block;
}

/* A kernel name has '!' where the name below /dev has a slash. */
static void device_path(const char *name, char out[BLOCKS_PATH]) {
  (void)snprintf(out, BLOCKS_PATH, "/dev/%s", name);
  for (char *c = out; *c != '\0'; c++)
    if (*c == '!') *c = '/';
}

/* Adds the partitions in a disk's folder; 0 if it has none. */
static size_t add_partitions(const char *folder, blocks_t *out) {
  names_t *names = malloc(sizeof *names);
  size_t found = 0;
  int known = names != NULL && list(folder, names) == 0;
  for (size_t i = 0; known && i < names->count; i++) {
    char partition[PATH_ROOM + NAME_ROOM], path[BLOCKS_PATH];
    (void)snprintf(partition, sizeof partition, "%s/%s", folder, names->at[i]);
    if (!has_file(partition, "partition")) continue;
    found++;
    device_path(names->at[i], path);
    add_block(partition, path, out);
  }
  free(names);
  return found;
}

/* ---- disks --------------------------------------------------------------------------------------- */

/* Whether a link into the device tree has a component that begins with this word, followed by a digit. */
static int is_attached_to(const char *target, const char *bus) {
  size_t len = strlen(bus);
  for (const char *at = strstr(target, bus); at != NULL; at = strstr(at + 1, bus))
    if (at[len] >= '0' && at[len] <= '9') return 1;
  return 0;
}

/* An MMC that is not an SD card is soldered to the board. */
static int is_removable(const char *folder) {
  char target[PATH_ROOM];
  ssize_t len = readlink(folder, target, sizeof target - 1);
  target[len > 0 ? len : 0] = '\0';
  if (is_value(folder, "hidden", "1")) return 0;
  if (is_value(folder, "removable", "1") || is_attached_to(target, "/usb")) return 1;
  return is_attached_to(target, "/mmc_host/mmc") && is_value(folder, "device/type", "SD");
}

/* Where a device is mounted, if it is thereby part of the running system. */
static int is_of_system(const char *mounts, dev_t device) {
  static const char *const places[] = {"/", "/usr", "/var", "/boot", NULL};
  char path[MOUNTINFO_PATH];
  for (const char *at = mounts; mountinfo_next(&at, device, path);) {
    if (strncmp(path, "/boot/", 6) == 0) return 1;
    for (size_t i = 0; places[i] != NULL; i++)
      if (strcmp(path, places[i]) == 0) return 1;
  }
  return 0;
}

static void add_disk(const char *folder, const char *mounts, blocks_t *out) {
  char path[BLOCKS_PATH];
  size_t first = out->count;
  dev_t device;
  if (device_of(folder, &device) != 0 || is_of_system(mounts, device)) return;
  if (add_partitions(folder, out) == 0) {
    device_path(strrchr(folder, '/') + 1, path);
    add_block(folder, path, out);
  }
  for (size_t i = first; i < out->count; i++)
    if (is_of_system(mounts, out->at[i].device)) out->count = first;
}

int blocks_find(const char *sysfs, const char *mounts, blocks_t *out) {
  char folder[PATH_ROOM];
  names_t *names = malloc(sizeof *names);
  (void)snprintf(folder, sizeof folder, "%.300s/class/block", sysfs);
  int result = names == NULL ? -1 : list(folder, names);
  for (size_t i = 0; result == 0 && i < names->count; i++) {
    (void)snprintf(folder, sizeof folder, "%.300s/class/block/%s", sysfs, names->at[i]);
    if (!has_file(folder, "partition") && is_removable(folder)) add_disk(folder, mounts, out);
  }
  free(names);
  return result;
}

void blocks_add(const char *sysfs, const char *path, dev_t device, blocks_t *out) {
  char folder[PATH_ROOM];
  (void)snprintf(folder, sizeof folder, "%.300s/dev/block/%u:%u", sysfs, major(device), minor(device));
  if (add_partitions(folder, out) > 0) return;
  if (out->count == BLOCKS) {
    out->left_out = 1;
    return;
  }
  out->at[out->count].device = device;
  (void)snprintf(out->at[out->count++].path, BLOCKS_PATH, "%s", path);
}
