/* SPDX-License-Identifier: Apache-2.0 */
/* Splits hosts and ports. */
#include "host.h"

#include <string.h>

#include "ground/text.h"

int host_split(const char *text, char host[HOST_ROOM], uint16_t *port) {
  const char *digits = NULL;
  size_t len = strlen(text);
  *port = 0;
  if (text[0] == '[') {
    const char *end = strchr(text, ']');
    if (end == NULL || (end[1] != '\0' && end[1] != ':')) return -1;
    digits = end[1] == ':' ? end + 2 : NULL;
    len = (size_t)(end - text) - 1;
    text++;
  } else {
    const char *colon = strchr(text, ':');
    if (colon != NULL && strchr(colon + 1, ':') == NULL) {
      digits = colon + 1;
      len = (size_t)(colon - text);
    }
  }
  if (len == 0 || len >= HOST_ROOM) return -1;
  memcpy(host, text, len);
  host[len] = '\0';
  if (digits == NULL) return 0;
  uint64_t value = 0;
  if (sztp__decimal(sztp__span_of(digits), UINT16_MAX, &value) != SZTP_OK || value == 0) return -1;
  *port = (uint16_t)value;
  return 0;
}
