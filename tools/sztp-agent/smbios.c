/* SPDX-License-Identifier: Apache-2.0 */
/* Reads files of /sys/class/dmi/id. */
#define _POSIX_C_SOURCE 200809L
#include "smbios.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/file.h"

enum { MAX_VALUE = 4096 };

/* Two machines that call themselves so are not the same one. */
static int is_placeholder(const char *text) {
  static const char *const known[] = {"None",
                                      "Not Specified",
                                      "Not Applicable",
                                      "Not Available",
                                      "Default string",
                                      "System Serial Number",
                                      "System Product Name",
                                      "To be filled by O.E.M.",
                                      "To Be Filled By O.E.M.",
                                      "Unknown",
                                      "N/A",
                                      "0",
                                      "123456789",
                                      "Chassis Serial Number"};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (strcasecmp(text, known[i]) == 0) return 1;
  return 0;
}

int smbios_read(const char *folder, const char *name, char *out, size_t room) {
  char *path = file_path(folder, name);
  uint8_t *text = NULL;
  size_t len = 0, from = 0;
  int result = path == NULL ? -1 : file_read(path, MAX_VALUE, &text, &len);
  free(path);
  *out = '\0';
  if (result != 0) return -1;
  while (len > 0 && strchr(" \t\r\n", text[len - 1]) != NULL) len--;
  while (from < len && strchr(" \t", text[from]) != NULL) from++;
  text[len] = '\0';
  if (len > from && len - from < room && strlen((char *)text + from) == len - from &&
      !is_placeholder((char *)text + from))
    memcpy(out, text + from, len - from + 1);
  free(text);
  return *out == '\0' ? -1 : 0;
}
