/* SPDX-License-Identifier: Apache-2.0 */
/* The command import: finds the reader, and has the agent itself read what comes out of it. */
#include "import.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/file.h"
#include "common/options.h"
#include "config.h"
#include "ground/printable.h"
#include "import_readers.h"
#include "status.h"

enum { SHOWN = 1300, CONFIG_MODE = 0600 };

static const char help[] =
    "Usage: sztp-agent import --from fusionlayer|opi|ios-xr FILE [--output FILE]\n"
    "\n"
    "Writes the configuration of another client as this agent's own, and tells what of it is not carried "
    "over.\n"
    "\n"
    "  fusionlayer   config.yaml of FusionLayer's sztp-client\n"
    "  opi           flags of opiproject's agent: a command line, a systemd unit, a compose file\n"
    "  ios-xr        ztp.ini of Cisco IOS XR, or the lines of its configuration about ztp\n"
    "\n"
    "  --output FILE   the configuration, in place of standard output\n"
    "\n"
    "Exit status: 0 done, 4 the file can't be read or understood, 5 refused since it would weaken trust.\n";

static const struct {
  const char *name;
  import_fn read;
} readers[] = {{"fusionlayer", import_fusionlayer}, {"opi", import_opi}, {"ios-xr", import_ios_xr}};

/* ---- the command --------------------------------------------------------------------------------- */

static void say(const char *text) {
  char shown[SHOWN];
  (void)fprintf(stderr, "sztp-agent import: %s\n", sztp__printable(shown, sizeof shown, sztp__span_of(text)));
}

static int import_complain(int exit_status, const char *text) {
  say(text);
  return exit_status;
}

/* What the agent would not take itself is not handed out. */
static int write_out(import_t *in, const char *output) {
  config_t config;
  char *text = json_text_of(&in->out, 1);
  if (text == NULL) return import_wrong(in, "no memory to write it");
  int result = config_parse(output == NULL ? "agent.json" : output, (const uint8_t *)text, strlen(text),
                            &config, in->error, sizeof in->error);
  if (result == 0) {
    config_free(&config);
    result = file_write(output == NULL ? "-" : output, text, strlen(text), CONFIG_MODE);
    if (result != 0) result = import_wrong(in, "%.200s can't be written: %s", output, strerror(errno));
  }
  free(text);
  return result;
}

static int run_import(import_fn read, const char *path, const char *output) {
  import_t *in = calloc(1, sizeof *in);
  if (in == NULL) return import_complain(AGENT_OTHER, "no memory");
  int result = import_open(in, path);
  if (result == 0) result = read(in);
  if (result == 0) result = write_out(in, output);
  for (size_t i = 0; result == 0 && i < in->note_count; i++) {
    char note[IMPORT_NOTE + 8];
    (void)snprintf(note, sizeof note, "note: %s", in->notes[i]);
    say(note);
  }
  int exit_status = result == 0 ? AGENT_DONE : in->refused ? AGENT_REFUSED : AGENT_CONFIG;
  if (result != 0) say(in->error);
  import_close(in);
  free(in);
  return exit_status;
}

int import_main(int argc, char **argv, int first) {
  static const option_t options[] = {
      {"from", "CLIENT", 0}, {"output", "FILE", 0}, {"help", NULL, 0}, {NULL, NULL, 0}};
  options_t o;
  const char *value = NULL, *from = NULL, *output = NULL, *path = NULL;
  int option;
  options_start(&o, options, argc, argv, first);
  while ((option = options_next(&o, &value)) != OPTIONS_END) {
    if (option == OPTIONS_ERROR) return import_complain(AGENT_OTHER, o.error);
    if (option == 2) {
      (void)fputs(help, stdout);
      return AGENT_DONE;
    }
    if (option == OPTIONS_OPERAND && path != NULL)
      return import_complain(AGENT_OTHER, "one file at a time; see sztp-agent import --help");
    *(option == 0 ? &from : option == 1 ? &output : &path) = value;
  }
  if (from == NULL || path == NULL)
    return import_complain(AGENT_OTHER,
                           "right is sztp-agent import --from fusionlayer|opi|ios-xr FILE [--output FILE]");
  for (size_t i = 0; i < sizeof readers / sizeof *readers; i++)
    if (strcmp(readers[i].name, from) == 0) return run_import(readers[i].read, path, output);
  return import_complain(AGENT_OTHER, "--from: right are fusionlayer, opi and ios-xr");
}
