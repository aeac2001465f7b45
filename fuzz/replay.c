/* SPDX-License-Identifier: Apache-2.0 */
/* Feeds the committed corpus of one fuzz target to it, without libFuzzer: every file of
 * fuzz/corpus/<target>, and each of its beginnings and single-octet changes for small files. The target's
 * name is the program's, less "replay_"; other folders may be named on the command line, behind --plain to
 * feed their files as they are and nothing else. */
#define _POSIX_C_SOURCE 200809L

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_MAX  (1u << 20) /* octets of a corpus file */
#define SMALL     256u       /* files up to here are also tried cut and changed */
#define PATH_MOST 1024u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The target sees memory of exactly its input's size, so that a sanitizer notices the first octet beyond. */
static void feed(const uint8_t *data, size_t size) {
  uint8_t *copy = (uint8_t *)malloc(size ? size : 1);
  if (copy == NULL) abort();
  if (size) memcpy(copy, data, size);
  (void)LLVMFuzzerTestOneInput(copy, size);
  free(copy);
}

static int plain;

static size_t feed_file(uint8_t *data, size_t size) {
  size_t runs = 1;
  feed(data, size);
  if (plain || size > SMALL) return runs;
  for (size_t i = 0; i < size; i++) {
    uint8_t kept = data[i];
    feed(data, i);
    data[i] = (uint8_t)(kept ^ 0x80u);
    feed(data, size);
    data[i] = 0xff;
    feed(data, size);
    data[i] = kept;
    runs += 3;
  }
  return runs;
}

static long read_file(const char *path, uint8_t *data) {
  FILE *file = fopen(path, "rb");
  size_t size;
  if (file == NULL) return -1;
  size = fread(data, 1, FILE_MAX, file);
  return fclose(file) == 0 ? (long)size : -1;
}

static int feed_folder(const char *folder, uint8_t *data, size_t *files, size_t *runs) {
  DIR *dir = opendir(folder);
  struct dirent *entry;
  if (dir == NULL) {
    fprintf(stderr, "cannot open %s\n", folder);
    return -1;
  }
  while ((entry = readdir(dir)) != NULL) {
    char path[PATH_MOST];
    struct stat st;
    long size;
    if (snprintf(path, sizeof path, "%s/%s", folder, entry->d_name) >= (int)sizeof path) continue;
    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode)) continue;
    size = read_file(path, data);
    if (size < 0) {
      fprintf(stderr, "cannot read %s\n", path);
      (void)closedir(dir);
      return -1;
    }
    *files += 1;
    *runs += feed_file(data, (size_t)size);
  }
  return closedir(dir);
}

/* What is linked with every signature good has the inputs of the other one, too. */
static int feed_own(const char *name, uint8_t *data, size_t *files, size_t *runs) {
  static const char ending[] = "_signed";
  char folder[PATH_MOST];
  size_t len = strlen(name);
  struct stat st;
  int status = 0;
  (void)snprintf(folder, sizeof folder, "fuzz/corpus/%s", name);
  if (len <= sizeof ending || strcmp(name + len - (sizeof ending - 1), ending) != 0)
    return feed_folder(folder, data, files, runs);
  if (stat(folder, &st) == 0) status = feed_folder(folder, data, files, runs);
  (void)snprintf(folder, sizeof folder, "fuzz/corpus/%.*s", (int)(len - (sizeof ending - 1)), name);
  return status == 0 ? feed_folder(folder, data, files, runs) : status;
}

int main(int argc, char **argv) {
  static uint8_t data[FILE_MAX];
  const char *name = strrchr(argv[0], '/');
  size_t files = 0;
  size_t runs = 0;
  int status = 0;
  name = name ? name + 1 : argv[0];
  if (strncmp(name, "replay_", 7) == 0) name += 7;
  plain = argc > 1 && strcmp(argv[1], "--plain") == 0;
  if (argc > 1 + plain) {
    for (int i = 1 + plain; i < argc && status == 0; i++) status = feed_folder(argv[i], data, &files, &runs);
  } else {
    status = feed_own(name, data, &files, &runs);
  }
  if (status == 0 && files == 0) {
    fprintf(stderr, "no corpus for %s\n", name);
    status = -1;
  }
  printf("%s: %zu files, %zu inputs\n", name, files, runs);
  return status == 0 ? 0 : 1;
}
