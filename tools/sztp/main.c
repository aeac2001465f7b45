/* SPDX-License-Identifier: Apache-2.0 */
/* sztp: makes, shows and verifies the artifacts of Secure Zero Touch Provisioning (RFC 8572). */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "common/json.h"

static const command_def_t *const commands[] = {&command_verify,
                                                &command_inspect,
                                                &command_voucher_issue,
                                                &command_voucher_renew,
                                                &command_owner_cert_pack,
                                                &command_conveyed_redirect,
                                                &command_conveyed_onboarding,
                                                &command_dhcp_encode,
                                                &command_dhcp_decode,
                                                &command_dns_encode,
                                                &command_removable_write,
                                                &command_image_sign,
                                                &command_image_verify,
                                                &command_attest_request,
                                                &command_attest_verify};
enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

static const char general_help[] =
    "Options of every command: --help (-h), --version (-V)\n"
    "Exit status: 0 done or accepted, 1 rejected or not found, 2 wrong use or unreadable input.\n"
    "\n"
    "Examples:\n"
    "  sztp voucher issue --serial EX4200-17 --pinned owner-root.pem --signer voucher-signer.pem \\\n"
    "                     --key voucher-signer.key --chain mfr-int.pem --out voucher.vcj\n"
    "  sztp owner-cert pack owner.pem owner-int.pem --out owner.cms\n"
    "  sztp conveyed onboarding --config config.xml --handling merge \\\n"
    "                           --signer owner.pem --key owner.key --out onboarding.cms\n"
    "  sztp verify --voucher voucher.vcj --voucher-anchor mfr-root.pem --serial EX4200-17 \\\n"
    "              --owner-cert owner.cms --conveyed onboarding.cms\n";

/* 1 if the first word of @p words is @p first; *rest is what follows, "" if nothing does. */
static int begins_with(const char *words, const char *first, const char **rest) {
  size_t len = strlen(first);
  if (strncmp(words, first, len) != 0 || (words[len] != '\0' && words[len] != ' ')) return 0;
  *rest = words[len] == '\0' ? "" : words + len + 1;
  return 1;
}

static int print_version(void) {
  (void)printf("sztp %s\n", sztp_version_string());
  return EXIT_DONE;
}

/* All commands, or those of one group. */
static int print_help(const char *group) {
  const char *rest = NULL;
  if (group == NULL)
    (void)printf(
        "Usage: sztp COMMAND [OPTIONS]\n\nMakes, looks into and verifies the artifacts of Secure Zero "
        "Touch Provisioning (RFC 8572).\n\n");
  else
    (void)printf("Usage: sztp %s COMMAND [OPTIONS]\n\n", group);
  for (size_t i = 0; i < COMMAND_COUNT; i++)
    if (group == NULL || begins_with(commands[i]->words, group, &rest))
      (void)printf("  sztp %-20s  %s\n", commands[i]->words, commands[i]->summary);
  (void)printf("\n'sztp %s%sCOMMAND --help' tells a command's options.\n", group == NULL ? "" : group,
               group == NULL ? "" : " ");
  if (group == NULL) (void)printf("%s", general_help);
  return EXIT_DONE;
}

/* The command that is meant by @p word: by all of its words, its first or its last; in @p group, or anywhere
 * with
 * "". NULL if none is near. */
static const char *meant(const char *word, const char *group) {
  options_near_t near = {NULL, 0};
  const char *words = NULL, *rest = NULL;
  size_t len = strlen(word);
  for (size_t i = 0; i < COMMAND_COUNT; i++) {
    const char *known = commands[i]->words, *before = near.word, *space = strchr(known, ' ');
    char first[32];
    if (group[0] != '\0' && !begins_with(known, group, &rest)) continue;
    (void)snprintf(first, sizeof first, "%.*s", (int)strcspn(known, " "), known);
    if (group[0] == '\0') options_near(&near, word, len, first);
    if (near.word == first) near.word = known; /* first ends with this turn */
    if (space != NULL) options_near(&near, word, len, space + 1);
    if (near.word != before) words = known;
  }
  return words;
}

/* @p group is the group whose commands are suggested, or "". */
static int wrong(int as_json, const char *what, const char *word, const char *group) {
  char text[100], line[400];
  size_t len = 0;
  for (; word[len] != '\0' && len < sizeof text - 1; len++)
    text[len] = (unsigned char)word[len] < 0x20 || word[len] == 0x7f ? '?' : word[len];
  text[len] = '\0';
  const char *near = len > 0 ? meant(word, group) : NULL;
  (void)snprintf(line, sizeof line, "%s%s%s%s%s%s%s; 'sztp %s%s--help' lists the commands", what,
                 len > 0 ? " '" : "", text, len > 0 ? "'" : "", near != NULL ? "; did you mean 'sztp " : "",
                 near != NULL ? near : "", near != NULL ? "'?" : "", group, group[0] != '\0' ? " " : "");
  json_error(as_json, "sztp", line);
  return EXIT_WRONG;
}

static int run_command(const command_def_t *def, int argc, char **argv, int first) {
  command_t c;
  int status = command_open(&c, def, argc, argv, first);
  if (status == 0 && c.value[OPTION_HELP] != NULL)
    (void)fputs(def->help, stdout);
  else if (status == 0 && c.value[OPTION_VERSION] != NULL)
    status = print_version();
  else if (status == 0)
    status = def->run(&c);
  command_close(&c);
  return status;
}

static int asks_for(const char *word, const char *option, const char *letter, const char *name) {
  return strcmp(word, option) == 0 || strcmp(word, letter) == 0 || strcmp(word, name) == 0;
}

/* A group's name alone, or followed by an unknown command. */
static int run_group(int as_json, const char *group, const char *second) {
  if (second != NULL && asks_for(second, "--help", "-h", "help")) return print_help(group);
  if (second != NULL && asks_for(second, "--version", "-V", "version")) return print_version();
  if (second == NULL) return wrong(as_json, "a command is missing after", group, group);
  char what[64];
  (void)snprintf(what, sizeof what, "after '%s', unknown command", group);
  return wrong(as_json, what, second, group);
}

static int dispatch(int argc, char **argv) {
  int as_json = json_wanted(argc, argv, 1);
  if (argc < 2) return wrong(as_json, "no command given", "", "");
  const char *first = argv[1], *second = argc > 2 ? argv[2] : NULL, *rest = NULL, *group = NULL;
  if (asks_for(first, "--help", "-h", "help")) return print_help(NULL);
  if (asks_for(first, "--version", "-V", "version")) return print_version();
  for (size_t i = 0; i < COMMAND_COUNT; i++) {
    if (!begins_with(commands[i]->words, first, &rest)) continue;
    if (*rest == '\0') return run_command(commands[i], argc, argv, 2);
    if (second != NULL && strcmp(rest, second) == 0) return run_command(commands[i], argc, argv, 3);
    group = first;
  }
  if (group != NULL) return run_group(as_json, group, second);
  return wrong(as_json, first[0] == '-' ? "unknown option" : "unknown command", first, "");
}

/* 'help COMMAND' is 'COMMAND --help'. */
static int run(int argc, char **argv) {
  char help[] = "--help";
  if (argc < 3 || strcmp(argv[1], "help") != 0) return dispatch(argc, argv);
  int words = argc > 3 ? 2 : 1;
  char *turned[] = {argv[0], argv[2], words == 2 ? argv[3] : help, words == 2 ? help : NULL, NULL};
  return dispatch(2 + words, turned);
}

int main(int argc, char **argv) {
  int status = run(argc, argv);
  /* A verdict that could not be written counts as a failure. */
  if (fflush(stdout) != 0 || ferror(stdout)) {
    (void)fprintf(stderr, "sztp: can't write to standard output\n");
    return EXIT_WRONG;
  }
  return status;
}
