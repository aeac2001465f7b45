/* SPDX-License-Identifier: Apache-2.0 */
/* sztp-agent: takes a Linux device from its factory state to its owner's configuration (RFC 8572). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sztp/sztp.h>
#include <unistd.h>

#include "agent.h"
#include "bootstrap.h"
#include "common/journald.h"
#include "common/json.h"
#include "common/options.h"
#include "config.h"
#include "flag.h"
#include "ground/printable.h"
#include "import.h"
#include "library.h"
#include "made_keys.h"
#include "opi.h"
#include "reset.h"
#include "state.h"
#include "status.h"
#include "trust_plane.h"

enum { ERROR_ROOM = 1200 };

static const char help[] =
    "Usage: sztp-agent COMMAND [--config FILE]\n"
    "\n"
    "Finds the owner of this device, checks that it really is the owner, and takes boot image, "
    "configuration\n"
    "and scripts from it (RFC 8572, Secure Zero Touch Provisioning).\n"
    "\n"
    "  run        one pass over the sources of bootstrapping data, then exit\n"
    "  daemon     until the device is bootstrapped\n"
    "  status     what the agent is doing and how it ended last; --json prints one JSON object\n"
    "  enable     turn SZTP on, as it is in the factory\n"
    "  disable    turn SZTP off; the delivered configuration or a script should do so\n"
    "  reset      remove what bootstrapping has put there, and tell what; --json prints one JSON object\n"
    "  key list             names of the keys that were made for certificate signing requests\n"
    "  key export NAME      such a key, in PEM, and its certificate if it is there\n"
    "  key certify NAME     keep the certificate in standard input with it\n"
    "  import --from CLIENT FILE   write the configuration of another client as this one's; see import "
    "--help\n"
    "  opi COMMAND [FLAG...]   in the place of opiproject's agent; see opi-sztp-agent(1)\n"
    "\n"
    "  --config FILE   the configuration, a JSON file; " CONFIG_DEFAULT_FILE " if not given\n"
    "  --json          with status and reset: print one JSON object, as docs/json describes it\n"
    "  --wait          with status: first wait until the run that is under way, or is to come, has ended\n"
    "  --exit-status   with status: end as the last run did, with 2 while there is none that ended\n"
    "  --help          this text\n"
    "  --version       the version\n"
    "\n"
    "Exit status: 0 bootstrapped or SZTP disabled, 2 nothing to bootstrap from, retry later, 3 image "
    "installed,\n"
    "reboot needed, 4 wrong configuration, 5 data was refused for a security reason, 1 anything else. With "
    "contract\n"
    "\"sonic\" in the configuration, run has 2 also for 3 and for what failed and was undone.\n"
    "\n"
    "Examples:\n"
    "  sztp-agent run --config agent.json       try once, and see each step\n"
    "  sztp-agent daemon                        as a service, from boot until bootstrapped\n"
    "  sztp-agent status --json | jq .result    how it ended\n"
    "  sztp-agent status --wait --exit-status   from a script: when it has ended, and whether well\n"
    "  sztp-agent disable                       as the last line of a post-configuration script\n"
    "\n"
    "All fields of the configuration are described in sztp-agent(1).\n";

enum { OPTION_CONFIG, OPTION_JSON, OPTION_WAIT, OPTION_EXIT_STATUS, OPTION_HELP, OPTION_VERSION };

static const option_t options[] = {{"config", "FILE", 0},    {"json", NULL, 0}, {"wait", NULL, 0},
                                   {"exit-status", NULL, 0}, {"help", NULL, 0}, {"version", NULL, 0},
                                   {NULL, NULL, 0}};

enum { WORDS_MAX = 2 };

typedef struct request {
  const char *command, *config;
  const char *words[WORDS_MAX]; /* behind the command; only "key" has any */
  size_t word_count;
  int json, wait, exit_status;
} request_t;

static int complain(const request_t *r, int exit_status, const char *text) {
  char shown[ERROR_ROOM + 64];
  if (!r->json) (void)fputs(journald_mark_for(STDERR_FILENO, SZTP_LOG_ERROR), stderr);
  json_error(r->json, "sztp-agent",
             r->json ? text : sztp__printable(shown, sizeof shown, sztp__span_of(text)));
  return exit_status;
}

/* ---- commands: each returns the exit status ------------------------------------------------------ */

static int do_run(const request_t *r, const config_t *config) {
  char error[ERROR_ROOM] = "";
  int exit_status = bootstrap(config, strcmp(r->command, "daemon") == 0, NULL, error, sizeof error);
  return error[0] == '\0' ? exit_status : complain(r, exit_status, error);
}

static int do_status(const request_t *r, const config_t *config) {
  char error[ERROR_ROOM];
  state_t state = {config, -1};
  int ended_with = AGENT_DONE;
  if (r->wait && status_wait(&state, error, sizeof error) != 0) return complain(r, AGENT_OTHER, error);
  if (status_print(&state, r->json, stdout, &ended_with, error, sizeof error) != 0)
    return complain(r, AGENT_OTHER, error);
  return r->exit_status ? ended_with : AGENT_DONE;
}

static int do_flag(const request_t *r, const config_t *config) {
  char error[ERROR_ROOM];
  int result = flag_set(config, strcmp(r->command, "enable") == 0, error, sizeof error);
  return result == 0 ? AGENT_DONE : complain(r, AGENT_OTHER, error);
}

static int do_reset(const request_t *r, const config_t *config) {
  char error[ERROR_ROOM];
  state_t state;
  if (state_open(config, &state, error, sizeof error) != 0) return complain(r, AGENT_OTHER, error);
  int result = state_lock(&state, error, sizeof error);
  if (result == 1) return complain(r, AGENT_OTHER, "an agent is running; stop it first, then reset");
  if (result == 0) result = reset(&state, r->json, stdout, error, sizeof error);
  state_close(&state);
  return result == 0 ? AGENT_DONE : complain(r, AGENT_OTHER, error);
}

static int do_key(const request_t *r, const config_t *config) {
  char error[ERROR_ROOM] = "";
  const char *what = r->word_count > 0 ? r->words[0] : "";
  const char *name = r->word_count > 1 ? r->words[1] : NULL;
  int result = -1;
  if (strcmp(what, "list") == 0 && name == NULL)
    result = made_keys_list(config, stdout, error, sizeof error);
  else if (strcmp(what, "export") == 0 && name != NULL)
    result = made_keys_export(config, name, stdout, error, sizeof error);
  else if (strcmp(what, "certify") == 0 && name != NULL)
    result = made_keys_certify(config, name, error, sizeof error);
  else
    (void)snprintf(error, sizeof error, "right are key list, key export NAME and key certify NAME");
  return result == 0 ? AGENT_DONE : complain(r, AGENT_OTHER, error);
}

static const struct {
  const char *name;
  int (*run)(const request_t *r, const config_t *config);
} commands[] = {{"run", do_run},      {"daemon", do_run},  {"status", do_status}, {"enable", do_flag},
                {"disable", do_flag}, {"reset", do_reset}, {"key", do_key}};

enum { COMMANDS = sizeof commands / sizeof *commands };

static int do_command(const request_t *r) {
  char error[ERROR_ROOM];
  config_t config;
  size_t i = 0;
  while (i < COMMANDS && strcmp(commands[i].name, r->command) != 0) i++;
  if (i == COMMANDS) {
    options_near_t near = {NULL, 0};
    for (i = 0; i < COMMANDS; i++) options_near(&near, r->command, strlen(r->command), commands[i].name);
    (void)snprintf(
        error, sizeof error,
        "unknown command \"%.60s\"%s%s%s; right are run, daemon, status, enable, disable, reset and key",
        r->command, near.word != NULL ? "; did you mean " : "", near.word != NULL ? near.word : "",
        near.word != NULL ? "?" : "");
    return complain(r, AGENT_OTHER, error);
  }
  if (r->word_count > 0 && commands[i].run != do_key)
    return complain(r, AGENT_OTHER, "one command at a time; see sztp-agent --help");
  if ((r->wait || r->exit_status) && commands[i].run != do_status) {
    (void)snprintf(error, sizeof error, "%s goes with status only", r->wait ? "--wait" : "--exit-status");
    return complain(r, AGENT_OTHER, error);
  }
  if (r->json && commands[i].run != do_status && commands[i].run != do_reset)
    return complain(r, AGENT_OTHER, "--json goes with status and reset only");
  if (config_read(r->config, &config, error, sizeof error) != 0) return complain(r, AGENT_CONFIG, error);
  int exit_status = commands[i].run == do_run && trust_plane_read(&config, error, sizeof error) != 0
                        ? complain(r, AGENT_CONFIG, error)
                        : commands[i].run(r, &config);
  config_free(&config);
  return exit_status;
}

int main(int argc, char **argv) {
  request_t request = {NULL, CONFIG_DEFAULT_FILE, {NULL, NULL}, 0, json_wanted(argc, argv, 1), 0, 0};
  options_t o;
  const char *value = NULL;
  int option;
  library_begin();
  if (argc > 0 && opi_is_name(argv[0])) return opi_main(argc, argv, 1);
  if (argc > 1 && strcmp(argv[1], "opi") == 0) return opi_main(argc, argv, 2);
  if (argc > 1 && strcmp(argv[1], "import") == 0) return import_main(argc, argv, 2);
  options_start(&o, options, argc, argv, 1);
  while ((option = options_next(&o, &value)) != OPTIONS_END) {
    switch (option) {
    case OPTION_CONFIG: request.config = value; break;
    case OPTION_JSON: break;
    case OPTION_WAIT: request.wait = 1; break;
    case OPTION_EXIT_STATUS: request.exit_status = 1; break;
    case OPTION_HELP: (void)fputs(help, stdout); return AGENT_DONE;
    case OPTION_VERSION: (void)printf("sztp-agent %s\n", sztp_version_string()); return AGENT_DONE;
    case OPTIONS_ERROR: return complain(&request, AGENT_OTHER, o.error);
    default:
      if (request.command == NULL && strcmp(value, "help") == 0) {
        (void)fputs(help, stdout);
        return AGENT_DONE;
      }
      if (request.command == NULL)
        request.command = value;
      else if (request.word_count < WORDS_MAX)
        request.words[request.word_count++] = value;
      else
        return complain(&request, AGENT_OTHER, "one command at a time; see sztp-agent --help");
    }
  }
  if (request.command == NULL)
    return complain(&request, AGENT_OTHER,
                    "no command; right is for instance \"sztp-agent run --config FILE\", see --help");
  return do_command(&request);
}
