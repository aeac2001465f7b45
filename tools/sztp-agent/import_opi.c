/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of opiproject's agent, out of a file that holds one: a systemd unit, a compose file, or
 * the words as a shell has them. */
#include "import_readers.h"

#include <string.h>

#include "opi_config.h"
#include "opi_flags.h"

typedef struct words {
  char *at[IMPORT_WORDS];
  size_t count;
} words_t;

static int add_word(import_t *in, words_t *w, char *word) {
  if (w->count == IMPORT_WORDS - 1) return import_wrong(in, "has more than %d words", IMPORT_WORDS - 1);
  w->at[w->count++] = word;
  w->at[w->count] = NULL;
  return 0;
}

/* ---- words --------------------------------------------------------------------------------------- */

static int is_gap(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/* Words up to @p end, as shells and systemd read them, written over the text: quotes are taken off, a
 * backslash at the end of a line goes on with the next one. What stands for something else is refused. */
static int split_words(import_t *in, char *at, const char *end, words_t *w) {
  while (at < end) {
    while (at < end && (is_gap(*at) || (*at == '\\' && (at[1] == '\n' || at[1] == '\r')))) at++;
    if (at < end && *at == '#') {
      while (at < end && *at != '\n') at++;
      continue;
    }
    if (at == end) break;
    char *word = at, *to = at, quote = '\0';
    for (; at < end && (quote != '\0' || !is_gap(*at)); at++) {
      if (quote == '\0' && *at == '\\' && (at[1] == '\n' || at[1] == '\r')) break;
      if ((*at == '$' || *at == '`') && quote != '\'')
        return import_wrong(
            in, "has a variable or a command where a word belongs: %.40s; write what it stands for", at);
      if (quote == '\0' && strchr("|&;<>()", *at) != NULL)
        return import_wrong(in, "has more than one command in it, at %.20s", at);
      if (*at == quote)
        quote = '\0';
      else if (quote == '\0' && (*at == '"' || *at == '\''))
        quote = *at;
      else
        *to++ = *at;
    }
    if (quote != '\0') return import_wrong(in, "has quotes that don't end");
    int more = at < end;
    *to = '\0';
    if (add_word(in, w, word) != 0) return -1;
    if (more) at++;
  }
  return 0;
}

/* ['a', "b", ...]: a flow sequence of texts in quotes. */
static int split_sequence(import_t *in, char *at, const char *end, words_t *w) {
  for (at++; at < end && *at != ']'; at++) {
    if (is_gap(*at) || *at == ',') continue;
    char quote = *at;
    char *stop = quote == '"' || quote == '\'' ? strchr(at + 1, quote) : NULL;
    if (stop == NULL)
      return import_wrong(in, "command: its list has something that is no text in quotes, at %.20s", at);
    *stop = '\0';
    if (strchr(at + 1, '$') != NULL) return import_wrong(in, "command: has a variable: %.40s", at + 1);
    if (add_word(in, w, at + 1) != 0) return -1;
    at = stop;
  }
  return at < end ? 0 : import_wrong(in, "command: its list does not end");
}

/* Lines "- word" that follow. */
static int split_lines(import_t *in, char *at, words_t *w) {
  while (at != NULL) {
    while (is_gap(*at)) at++;
    if (*at != '-' || at[1] != ' ') break;
    char *line = at + 2;
    at = strchr(line, '\n');
    if (at != NULL) *at++ = '\0';
    if (split_words(in, line, line + strlen(line), w) != 0) return -1;
  }
  return 0;
}

/* ---- files --------------------------------------------------------------------------------------- */

/* The text behind a mark at the beginning of a line, blanks before it, or NULL. */
static char *find_mark(char *text, const char *mark) {
  for (char *line = text; line != NULL; line = strchr(line, '\n')) {
    while (is_gap(*line)) line++;
    if (strncmp(line, mark, strlen(mark)) == 0) return line + strlen(mark);
    if (*line == '\0') return NULL;
  }
  return NULL;
}

static const char *end_of_line(const char *at) {
  while (*at != '\0' && *at != '\n') at += *at == '\\' && at[1] != '\0' ? 2 : 1;
  return at;
}

static int find_words(import_t *in, words_t *w) {
  char *unit = find_mark(in->text, "ExecStart="), *command = find_mark(in->text, "command:");
  if (unit != NULL) {
    if (find_mark(unit, "ExecStart=") != NULL) return import_wrong(in, "has more than one ExecStart=");
    return split_words(in, unit, end_of_line(unit), w);
  }
  if (command == NULL) return split_words(in, in->text, in->text + in->len, w);
  if (find_mark(command, "command:") != NULL)
    return import_wrong(in, "has more than one command:; give a file with the service of one device");
  while (*command == ' ' || *command == '\t') command++;
  if (*command == '[') return split_sequence(in, command, in->text + in->len, w);
  if (is_gap(*command)) return split_lines(in, command, w);
  return split_words(in, command, end_of_line(command), w);
}

/* What stands before the program is whoever runs it, as a container's runtime. */
static int find_program(import_t *in, const words_t *w, size_t *first) {
  static const char name[] = "opi-sztp-agent";
  for (*first = 0; *first < w->count; ++*first) {
    const char *slash = strrchr(w->at[*first], '/');
    if (strcmp(slash == NULL ? w->at[*first] : slash + 1, name) == 0) break;
  }
  if (++*first > w->count) return import_wrong(in, "does not call opi-sztp-agent");
  return 0;
}

int import_opi(import_t *in) {
  words_t words = {{NULL}, 0};
  opi_flags_t flags;
  opi_facts_t facts;
  char error[600];
  size_t first = 0;
  if (find_words(in, &words) != 0 || find_program(in, &words, &first) != 0) return -1;
  if (opi_flags_read((int)words.count, words.at, (int)first, &flags, error, sizeof error) != 0)
    return import_wrong(in, "%s", error);
  if (opi_flags_check(&flags, error, sizeof error) != 0) return import_refuse(in, "%s", error);
  memset(&facts, 0, sizeof facts);
  facts.here = in->folder;
  json_free(&in->out);
  if (opi_config_write(&flags, &facts, &in->out) != 0) return import_wrong(in, "no memory to write it");
  if (flags.password != NULL)
    import_note(
        in,
        "--device-password: write it into a file of mode 0600 and name that in identity.password-file; on a "
        "command line everybody sees it");
  if (flags.serial == NULL)
    import_note(
        in, "--serial-number is not given: the certificate's counts; opiproject's agent has SMBIOS's, which "
            "identity.serial can say");
  if (flags.lease_file != NULL)
    import_note(
        in,
        "policy.dhcp-anchors: the server that a lease names must be certified by the anchor; whoever answers "
        "DHCP chooses among those that are, so let the CA certify bootstrap servers alone, or leave the "
        "policy out and give anchors.vouchers");
  if (flags.handler == NULL)
    import_note(in, "handlers: opiproject's agent leaves image and configuration in /tmp and runs scripts by "
                    "sh; name the "
                    "programs that install and commit; scripts must begin with #!");
  import_note(
      in, "ssh-host-keys: opiproject's agent reports /etc/ssh/ssh_host_*_key.pub; name the device's files");
  import_note(in, "status and result files of opiproject's form: those of this agent are in folders.status; "
                  "opi-sztp-agent(1) keeps the form");
  return 0;
}
