/* SPDX-License-Identifier: Apache-2.0 */
/* A thin layer: flags become the agent's own configuration, which is kept beside its state, where scripts
 * find it; what happens is written in the other agent's form, too. */
#define _DEFAULT_SOURCE 1
#include "opi.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bootstrap.h"
#include "common/file.h"
#include "flag.h"
#include "folders.h"
#include "ground/printable.h"
#include "opi_config.h"
#include "opi_status.h"
#include "smbios.h"
#include "state.h"

#define NAME "opi-sztp-agent"

enum {
  ERROR_ROOM = 1200,
  SHOWN_ROOM = ERROR_ROOM + 64,
  MAX_STATUS = 1048576,
  CONFIG_MODE = 0600,
  MAX_FOLDER = 4096
};

static const char help[] =
    "Usage: " NAME " COMMAND [FLAG...]\n"
    "\n"
    "The sztp-agent, with the commands, flags and status files of opiproject's agent.\n"
    "\n"
    "  daemon     until the device is bootstrapped\n"
    "  run        one pass, then exit\n"
    "  status     print the status file\n"
    "  enable     turn SZTP on, as it is in the factory\n"
    "  disable    turn SZTP off\n"
    "\n"
    "  --bootstrap-url URL                  the bootstrap server, as https://HOST:PORT\n"
    "  --dhcp-lease-file FILE               in its place: leases of ISC dhclient that name it\n"
    "  --serial-number TEXT                 by default as SMBIOS says, or else the certificate\n"
    "  --device-password TEXT               for HTTP Basic, if a server that was authenticated demands it\n"
    "  --device-private-key FILE            by default /certs/private_key.pem\n"
    "  --device-end-entity-cert FILE        by default /certs/my_cert.pem\n"
    "  --bootstrap-trust-anchor-cert FILE   whom bootstrap servers must be certified by; by default\n"
    "                                       /certs/opi.pem\n"
    "  --status-file-path FILE              by default /var/lib/sztp/status.json\n"
    "  --result-file-path FILE              by default /var/lib/sztp/result.json\n"
    "  --sym-link-dir FOLDER                links to the two; by default /run/sztp\n"
    "\n"
    "Beside those of opiproject's agent:\n"
    "\n"
    "  --voucher-trust-anchor-cert FILE     whom vouchers must be signed by; may be repeated\n"
    "  --device-password-file FILE          the password, in a file that nobody else may read\n"
    "  --handler PROGRAM                    installs images, commits configurations and runs scripts\n"
    "  --smbios-dir FOLDER                  by default " SMBIOS_FOLDER "\n"
    "  --help, --version\n"
    "\n"
    "Exit status: as of sztp-agent(1): 0 bootstrapped, 2 retry later, 3 image installed, reboot needed,\n"
    "4 wrong configuration, 5 data was refused for a security reason, 1 anything else.\n";

int opi_is_name(const char *program) {
  const char *slash = program == NULL ? NULL : strrchr(program, '/');
  return program != NULL && strcmp(slash == NULL ? program : slash + 1, NAME) == 0;
}

static int opi_complain(int exit_status, const char *text) {
  char shown[SHOWN_ROOM];
  (void)fprintf(stderr, NAME ": %s\n", sztp__printable(shown, sizeof shown, sztp__span_of(text)));
  return exit_status;
}

/* ---- where things are ---------------------------------------------------------------------------- */

typedef struct places {
  char here[MAX_FOLDER];         /* where relative paths begin */
  char *status, *result, *links; /* absolute */
  char *state;                   /* the agent's own, beside the status */
  char *config;                  /* in it */
} places_t;

static void free_places(places_t *p) {
  free(p->status);
  free(p->result);
  free(p->links);
  free(p->state);
  free(p->config);
  memset(p, 0, sizeof *p);
}

static int find_places(const opi_flags_t *f, places_t *p) {
  const char *here = p->here;
  memset(p, 0, sizeof *p);
  if (getcwd(p->here, sizeof p->here) == NULL) return -1;
  p->status = file_path(here, f->status_file);
  p->result = file_path(here, f->result_file);
  p->links = file_path(here, f->link_folder);
  char *slash = p->status == NULL ? NULL : strrchr(p->status, '/');
  if (slash == NULL || p->result == NULL || p->links == NULL) return -1;
  *slash = '\0';
  p->state = file_path(*p->status == '\0' ? "/" : p->status, "agent");
  *slash = '/';
  p->config = p->state == NULL ? NULL : file_path(p->state, "agent.json");
  return p->config == NULL ? -1 : 0;
}

/* ---- daemon and run ------------------------------------------------------------------------------ */

static int write_config(const opi_flags_t *f, const places_t *p, char *error, size_t room) {
  opi_facts_t facts;
  json_t j;
  memset(&facts, 0, sizeof facts);
  facts.here = p->here;
  facts.state = p->state;
  facts.host_keys = "/etc/ssh";
  if (f->serial == NULL) (void)smbios_read(f->smbios, SMBIOS_SERIAL, facts.serial, sizeof facts.serial);
  (void)smbios_read(f->smbios, SMBIOS_MODEL, facts.model, sizeof facts.model);
  char *text = opi_config_write(f, &facts, &j) == 0 ? json_text_of(&j, 1) : NULL;
  json_free(&j);
  int result = -1;
  if (text == NULL)
    (void)snprintf(error, room, "no memory");
  else if (folder_make(p->state, 0700, error, room) == 0) {
    result = file_replace(p->config, text, strlen(text), CONFIG_MODE, 1);
    if (result != 0) (void)snprintf(error, room, "%s can't be written: %s", p->config, strerror(errno));
  }
  free(text);
  return result;
}

/* Whose status it is that lies there. */
static int is_alone(const config_t *config, char *error, size_t room) {
  state_t state;
  if (state_open(config, &state, error, room) != 0) return 0;
  int result = state_lock(&state, error, room);
  if (result == 1) (void)snprintf(error, room, "another agent is running on %s", config->folders.state);
  state_close(&state);
  return result == 0;
}

static int run_with(const opi_flags_t *f, const places_t *p, config_t *config, char *error, size_t room) {
  opi_status_t *status = calloc(1, sizeof *status);
  int exit_status = AGENT_OTHER;
  if (status == NULL)
    (void)snprintf(error, room, "no memory");
  else if (opi_status_begin(status, p->status, p->result, p->links, error, room) == 0) {
    config->identity.password = f->password;
    exit_status = bootstrap(config, strcmp(f->command, "daemon") == 0, &status->watcher, error, room);
    config->identity.password = NULL;
    if (error[0] != '\0') opi_status_fail(status, error);
    if (status->unwritten != 0)
      (void)opi_complain(exit_status, "the status files could not be written all the time");
  }
  free(status);
  return exit_status;
}

static int do_bootstrap(opi_flags_t *f, const places_t *p) {
  char error[ERROR_ROOM] = "";
  config_t config;
  int exit_status = AGENT_CONFIG;
  if (opi_flags_check(f, error, sizeof error) == 0 && write_config(f, p, error, sizeof error) == 0 &&
      config_read(p->config, &config, error, sizeof error) == 0) {
    exit_status = AGENT_OTHER;
    if (is_alone(&config, error, sizeof error)) exit_status = run_with(f, p, &config, error, sizeof error);
    config_free(&config);
  }
  return error[0] == '\0' ? exit_status : opi_complain(exit_status, error);
}

/* ---- the other commands -------------------------------------------------------------------------- */

static int show_status(const places_t *p) {
  uint8_t *text = NULL;
  size_t len = 0;
  if (file_read(p->status, MAX_STATUS, &text, &len) != 0) {
    char error[ERROR_ROOM];
    (void)snprintf(error, sizeof error, "%s can't be read: %s", p->status,
                   errno == ENOENT ? "there was no run yet" : strerror(errno));
    return opi_complain(AGENT_OTHER, error);
  }
  (void)fwrite(text, 1, len, stdout);
  (void)fputc('\n', stdout);
  free(text);
  return AGENT_DONE;
}

static int do_switch(const opi_flags_t *f, const places_t *p) {
  char error[ERROR_ROOM] = "";
  config_t config;
  json_t j;
  int result = -1;
  (void)json_start(&j);
  json_text(&j, json_object(&j, j.root, "folders"), "state", p->state);
  char *text = json_text_of(&j, 0);
  json_free(&j);
  if (text == NULL)
    (void)snprintf(error, sizeof error, "no memory");
  else if (folder_make(p->state, 0700, error, sizeof error) == 0 &&
           config_parse(p->config, (const uint8_t *)text, strlen(text), &config, error, sizeof error) == 0) {
    result = flag_set(&config, strcmp(f->command, "enable") == 0, error, sizeof error);
    config_free(&config);
  }
  free(text);
  return result == 0 ? AGENT_DONE : opi_complain(AGENT_OTHER, error);
}

static int do_verb(opi_flags_t *f) {
  places_t places;
  int exit_status;
  if (find_places(f, &places) != 0)
    exit_status = opi_complain(AGENT_OTHER, "the present folder can't be determined");
  else if (strcmp(f->command, "status") == 0)
    exit_status = show_status(&places);
  else if (strcmp(f->command, "enable") == 0 || strcmp(f->command, "disable") == 0)
    exit_status = do_switch(f, &places);
  else
    exit_status = do_bootstrap(f, &places);
  free_places(&places);
  return exit_status;
}

/* On the command line everybody sees it. NULL without memory, and then nothing is left of it. */
static char *take_off_command_line(opi_flags_t *f) {
  char *copy = f->password == NULL ? NULL : strdup(f->password);
  if (f->password != NULL) explicit_bzero(f->password, strlen(f->password));
  f->password = copy;
  return copy;
}

int opi_main(int argc, char **argv, int first) {
  char error[ERROR_ROOM];
  opi_flags_t flags;
  int exit_status;
  int result = opi_flags_read(argc, argv, first, &flags, error, sizeof error);
  int given = flags.password != NULL;
  char *password = take_off_command_line(&flags);
  if (result == 0 && given && password == NULL) {
    (void)snprintf(error, sizeof error, "no memory");
    result = -1;
  }
  if (result != 0)
    exit_status = opi_complain(AGENT_OTHER, error);
  else if (flags.help) {
    (void)fputs(help, stdout);
    exit_status = AGENT_DONE;
  } else if (flags.version) {
    (void)printf(NAME " of sztp-agent %s\n", sztp_version_string());
    exit_status = AGENT_DONE;
  } else if (flags.command == NULL) {
    (void)fputs(help, stdout);
    exit_status = AGENT_OTHER;
  } else
    exit_status = do_verb(&flags);
  if (password != NULL) explicit_bzero(password, strlen(password));
  free(password);
  return exit_status;
}
