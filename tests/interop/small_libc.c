/* SPDX-License-Identifier: Apache-2.0 */
/* What the core says, with the C library that it is linked with: for tests/interop/small_libc.sh. Prints with
 * nothing but puts(), so that the library's own printf() has no part in it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sztp/ctx.h>
#include <sztp/discovery.h>
#include <sztp/error.h>

#include "ground/format.h"

static void on_line(void *user, uint32_t level, uint32_t topic, const char *line, size_t len) {
  (void)user;
  (void)level;
  (void)topic;
  (void)len;
  (void)puts(line);
}

static void formats(void) {
  char line[SZTP__SENTENCE_SIZE];
  (void)sztp__format(line, sizeof line, "%zu octets, %s; %llu and %llx, %ld, %d, %-x", (size_t)51994, "text",
                     18446744073709551615ull, 18446744073709551615ull, -7L, -8, 1u);
  (void)puts(line);
  (void)sztp__format(line, sizeof line, "%08llx %.*s|%5u|%02x%%", 0x1234abcdull, 3, "abcdef", 42u, 7u);
  (void)puts(line);
}

/* A value of an option whose length a DHCP server chose, so that no entry is in it. */
static void option_of(sztp_ctx_t *ctx, size_t len, const char *start) {
  sztp_info_t *info = NULL;
  uint8_t *option = malloc(len);
  if (option == NULL) exit(2);
  memset(option, 0xff, len);
  memcpy(option, start, strlen(start));
  int32_t rc = sztp_dhcp_parse(ctx, 4, 0, option, len, &info);
  (void)puts(sztp_error_name(rc));
  const char *detail = NULL;
  for (size_t i = 0; sztp_ctx_trail(ctx, i, NULL, NULL, &detail) == SZTP_OK; i++) (void)puts(detail);
  free(option);
}

int main(void) {
  sztp_ctx_t *ctx = NULL;
  formats();
  if (sztp_ctx_new(NULL, &ctx) != SZTP_OK) return 2;
  if (sztp_ctx_set_log(ctx, SZTP_LOG_DEBUG, on_line, NULL) != SZTP_OK) return 2;
  option_of(ctx, 51994, "\xff");
  option_of(ctx, 60000, "https://a.example");
  sztp_ctx_free(ctx);
  return 0;
}
