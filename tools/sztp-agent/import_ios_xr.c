/* SPDX-License-Identifier: Apache-2.0 */
/* What an operator of Cisco IOS XR has said about ZTP: its ztp.ini, or lines of the router's own
 * configuration. Where the device's identity and anchors are is not in either; they are in the router's trust
 * anchor module. */
#include "import_readers.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { FETCHERS = 5, CISCO = 9 };

typedef struct fetcher {
  const char *name, *source; /* a source of the agent's */
  long priority;             /* -1: not given */
} fetcher_t;

typedef struct reading {
  fetcher_t fetchers[FETCHERS];
  int secure; /* 1: secure mode is on; 0: off; -1: not said */
  int start;  /* the same */
  int forever;
  int found; /* any line that is about ZTP */
} reading_t;

static char *word_of(char **at) {
  while (**at == ' ' || **at == '\t' || **at == '\r') ++*at;
  char *word = *at;
  while (**at != '\0' && strchr(" \t\r", **at) == NULL) ++*at;
  if (**at != '\0') *(*at)++ = '\0';
  return word;
}

/* "ztp secure-mode enable", "no ztp secure-mode enable", "ztp disable", ... */
static void take_ztp_line(import_t *in, reading_t *r, unsigned number, char *line) {
  char *at = line;
  char *word = word_of(&at);
  int no = strcmp(word, "no") == 0;
  if (no) word = word_of(&at);
  if (strcmp(word, "ztp") != 0) return;
  r->found = 1;
  char *what = word_of(&at), *how = word_of(&at);
  if (strcmp(what, "secure-mode") == 0 && (strcmp(how, "enable") == 0 || strcmp(how, "disable") == 0))
    r->secure = (strcmp(how, "enable") == 0) != no;
  else if (strcmp(what, "enable") == 0 || strcmp(what, "disable") == 0)
    r->start = (strcmp(what, "enable") == 0) != no;
  else
    import_note(in, "line %u: ztp %.60s has no counterpart and is left out", number, what);
}

static int is_true(const char *value) { return strcasecmp(value, "true") == 0; }

/* "Mgmt4: 0" in a section. */
static int take_setting(import_t *in, reading_t *r, unsigned number, const char *section, char *line,
                        char *colon) {
  char *value = colon + 1, *name = line;
  *colon = '\0';
  name = word_of(&name);
  value = word_of(&value);
  r->found = 1;
  if (strcmp(section, "Fetcher Priority") == 0)
    for (size_t i = 0; i < FETCHERS; i++) {
      if (strcmp(r->fetchers[i].name, name) != 0) continue;
      char *end = NULL;
      r->fetchers[i].priority = strtol(value, &end, 10);
      if (*value == '\0' || *end != '\0' || r->fetchers[i].priority < 0 || r->fetchers[i].priority > 99)
        return import_wrong(in, "line %u: the priority of %s is no number from 0 to 99", number, name);
      return 0;
    }
  if (strcmp(section, "Startup") == 0 && strcmp(name, "start") == 0)
    r->start = is_true(value);
  else if (strcmp(section, "Startup") == 0 && strcmp(name, "retry_forever") == 0)
    r->forever = is_true(value);
  else
    import_note(in, "line %u: %.60s of [%.40s] has no counterpart and is left out", number, name, section);
  return 0;
}

static int read_ini(import_t *in, reading_t *r) {
  char section[64] = "";
  unsigned number = 0;
  for (char *line = in->text, *next; line != NULL; line = next) {
    next = strchr(line, '\n');
    if (next != NULL) *next++ = '\0';
    number++;
    while (*line == ' ' || *line == '\t') line++;
    size_t len = strcspn(line, "\r");
    line[len] = '\0';
    if (len == 0 || *line == '#' || *line == ';' || *line == '!') continue;
    char *close = strchr(line, ']'), *colon = strpbrk(line, ":=");
    if (*line == '[' && close != NULL && (size_t)(close - line) < sizeof section) {
      memcpy(section, line + 1, (size_t)(close - line) - 1);
      section[close - line - 1] = '\0';
    } else if (section[0] != '\0' && colon != NULL) {
      if (take_setting(in, r, number, section, line, colon) != 0) return -1;
    } else
      take_ztp_line(in, r, number, line);
  }
  return r->found ? 0
                  : import_wrong(
                        in, "says nothing about ztp; right is ztp.ini, or lines as ztp secure-mode enable");
}

/* The sources, in the order of the first fetcher of each; by default removable storage, and IPv4 before IPv6.
 */
static void put_fetchers(import_t *in, const reading_t *r) {
  static const char *const usual[] = {"removable", "dhcp4", "dhcp6"};
  json_t *j = &in->out;
  json_node_t *sources = json_array(j, j->root, "sources");
  int any = 0, has[2] = {0, 0};
  for (long priority = 0; priority <= 99; priority++)
    for (size_t i = 0; i < FETCHERS; i++) {
      const fetcher_t *f = &r->fetchers[i];
      int v6 = strcmp(f->source, "dhcp6") == 0, medium = strcmp(f->source, "removable") == 0;
      if (f->priority != priority || (!medium && has[v6])) continue;
      if (!any && !medium) json_text(j, sources, NULL, usual[0]);
      if (!any || !medium) json_text(j, sources, NULL, f->source);
      if (!medium) has[v6] = 1;
      any = 1;
    }
  for (size_t i = 0; !any && i < sizeof usual / sizeof *usual; i++) json_text(j, sources, NULL, usual[i]);
}

int import_ios_xr(import_t *in) {
  reading_t r = {{{"Mgmt4", "dhcp4", -1},
                  {"Mgmt6", "dhcp6", -1},
                  {"DPort4", "dhcp4", -1},
                  {"DPort6", "dhcp6", -1},
                  {"USB", "removable", -1}},
                 -1,
                 -1,
                 1,
                 0};
  json_t *j = &in->out;
  if (read_ini(in, &r) != 0) return -1;
  if (r.secure == 0)
    return import_refuse(
        in, "secure mode is off: classic ZTP runs whatever DHCP names, by http and tftp. It has no "
            "counterpart; ztp secure-mode enable is right, with vouchers for each device "
            "(anchors.vouchers)");
  put_fetchers(in, &r);
  json_node_t *removable = json_object(j, j->root, "removable");
  json_number(j, removable, "enterprise-number", CISCO);
  json_text(j, json_array(j, removable, "layouts"), NULL, "EN{enterprise}/{serial}/bootstrapping-data");
  if (!r.forever) json_number(j, json_object(j, j->root, "retry"), "passes", 1);
  import_note(in, "identity: a router has it in its trust anchor module (SUDI); give certificate and key, or "
                  "a key in a TPM");
  import_note(in, "anchors.vouchers: Cisco's vouchers verify under Cisco's roots, which are in the router; "
                  "give those that your "
                  "devices' manufacturer signs by");
  import_note(in, "handlers.config and handlers.install: name the programs that commit and install");
  if (r.secure < 0) import_note(in, "ztp secure-mode is not said in this file; this agent has no other mode");
  if (r.start == 0) import_note(in, "ZTP is off there: say sztp-agent disable");
  return 0;
}
