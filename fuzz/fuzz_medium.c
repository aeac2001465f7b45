/* SPDX-License-Identifier: Apache-2.0 */
/* Paths on removable storage: whatever a URI, a layout or a serial number says, no path leads out of the
 * medium. The input is a URI; and, cut at its first line end, a layout and a serial number. */
#include "fuzzing.h"

#include "common/medium.c"
#include "common/octets.c"

/* Written down by itself, not with the code under test. */
static void check_path(const char *path) {
  size_t len = strlen(path);
  CHECK(len > 0 && len < MEDIUM_PATH && path[0] != '/' && path[len - 1] != '/');
  CHECK(strstr(path, "//") == NULL && strchr(path, '\\') == NULL);
  CHECK(strcmp(path, "..") != 0 && strncmp(path, "../", 3) != 0 && strstr(path, "/../") == NULL);
  CHECK(len < 3 || strcmp(path + len - 3, "/..") != 0);
  for (size_t i = 0; i < len; i++) CHECK((unsigned char)path[i] >= 0x20 && path[i] != 0x7f);
}

static void check_uri(const char *uri, size_t len) {
  char path[MEDIUM_PATH], again[MEDIUM_PATH], written[MEDIUM_URI];
  const char *fault = medium_uri_path(uri, len, path);
  if (fault != NULL) {
    CHECK(fault[0] != 0);
    return;
  }
  check_path(path);
  CHECK(strcmp(path, ".") != 0);
  medium_path_uri(path, written);
  size_t drive = strcspn(path, "/");
  if (drive > 1 && path[drive - 1] == ':' && path[drive] == '/')
    return; /* would be taken for a drive again */
  CHECK(medium_is_file_uri(written) && medium_uri_path(written, strlen(written), again) == NULL);
  CHECK(strcmp(path, again) == 0);
}

static void check_layout(const char *layout, const char *serial) {
  char path[MEDIUM_PATH];
  if (medium_layout_fault(layout) != NULL) return;
  for (uint64_t enterprise = 0; enterprise < 10; enterprise += 9) {
    if (medium_path(layout, serial, enterprise, path) != 0) continue;
    check_path(path);
    CHECK(enterprise != 0 || !medium_layout_has_enterprise(layout));
    if (strstr(layout, "{serial}") != NULL)
      CHECK(strstr(path, serial) != NULL && strchr(serial, '/') == NULL);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  check_uri((const char *)data, size);
  char *text = malloc(size + 1);
  CHECK(text != NULL);
  memcpy(text, data, size);
  text[size] = 0;
  char *line = strchr(text, '\n');
  if (line != NULL) {
    *line = 0;
    check_layout(text, line + 1);
  }
  free(text);
  return 0;
}
