/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the lines of resolv.conf(5) that matter here: nameserver, domain and search. */
#define _POSIX_C_SOURCE 200809L
#include "resolv_conf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/file.h"

/* If a network names dead servers, each question waits for all of them; only the first three are used, as by
 * every resolver (resolv.conf(5)). */
enum { MAX_FILE = 65536, MAX_SERVERS = 3, MAX_DOMAINS = 16, MAX_WORD = 255 };

static int add_text(text_list_t *list, size_t most, const char *word, size_t len) {
  if (len > MAX_WORD || list->count == most) return 0;
  if (list->at == NULL) list->at = calloc(most, sizeof *list->at);
  char *copy = malloc(len + 1);
  if (list->at == NULL || copy == NULL) {
    free(copy);
    return -1;
  }
  memcpy(copy, word, len);
  copy[len] = '\0';
  list->at[list->count++] = copy;
  return 0;
}

static void clear(text_list_t *list) {
  for (size_t i = 0; i < list->count; i++) free(list->at[i]);
  free(list->at);
  memset(list, 0, sizeof *list);
}

void resolv_conf_free(resolv_conf_t *r) {
  clear(&r->servers);
  clear(&r->domains);
}

static const char *skip_blanks(const char *p) { return p + strspn(p, " \t\r"); }

/* The last line of domain and search wins. */
static int read_directive(const char *line, resolv_conf_t *out) {
  size_t key = strcspn(line, " \t\r\n");
  int is_server = key == 10 && memcmp(line, "nameserver", key) == 0;
  int is_domain = key == 6 && (memcmp(line, "domain", key) == 0 || memcmp(line, "search", key) == 0);
  if (!is_server && !is_domain) return 0;
  if (is_domain) clear(&out->domains);
  for (const char *p = skip_blanks(line + key); *p != '\0' && *p != '\n'; p = skip_blanks(p)) {
    size_t len = strcspn(p, " \t\r\n");
    if (is_server ? add_text(&out->servers, MAX_SERVERS, p, len)
                  : add_text(&out->domains, MAX_DOMAINS, p, len))
      return -1;
    if (is_server) break;
    p += len;
  }
  return 0;
}

int resolv_conf_read(const char *path, resolv_conf_t *out) {
  uint8_t *text = NULL;
  size_t len = 0;
  int result = 0;
  memset(out, 0, sizeof *out);
  if (file_read(path, MAX_FILE, &text, &len) != 0) return -1;
  for (const char *line = (const char *)text; *line != '\0' && result == 0;
       line += strcspn(line, "\n"), line += *line == '\n')
    result = read_directive(line, out);
  free(text);
  if (result == 0) return 0;
  resolv_conf_free(out);
  errno = ENOMEM;
  return -1;
}
