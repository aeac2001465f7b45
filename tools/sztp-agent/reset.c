/* SPDX-License-Identifier: Apache-2.0 */
/* Goes through all places where the agent puts things. Each is looked at, removed and reported by itself, so
 * that a reset that was cut off goes on with the next one. */
#define _POSIX_C_SOURCE 200809L
#include "reset.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "children.h"
#include "common/file.h"
#include "common/json.h"
#include "floors.h"
#include "folders.h"
#include "image.h"
#include "journal.h"
#include "leases.h"
#include "made_keys.h"
#include "running.h"
#include "saved.h"

/* What is being done, and the report as far as it has come. */
typedef struct cleaning {
  const state_t *state;
  json_t report;
  json_node_t *removed, *kept;
  char *error;
  size_t room;
} cleaning_t;

static void note(cleaning_t *c, json_node_t *list, const char *what, const char *path) {
  json_node_t *o = json_object(&c->report, list, NULL);
  json_text(&c->report, o, "what", what);
  json_text(&c->report, o, "path", path);
}

static int not_removed(cleaning_t *c, const char *path, const char *why) {
  (void)snprintf(c->error, c->room, "%s: can't be removed: %s", path, why);
  return -1;
}

/* ---- files --------------------------------------------------------------------------------------- */

static int exists_at(const char *path) {
  struct stat there;
  return lstat(path, &there) == 0;
}

static int remove_file(cleaning_t *c, const char *folder, const char *name, const char *what) {
  char *path = file_path(folder, name);
  int result = 0;
  if (path == NULL) return not_removed(c, name, "no memory");
  if (unlink(path) == 0)
    note(c, c->removed, what, path);
  else if (errno != ENOENT)
    result = not_removed(c, path, strerror(errno));
  free(path);
  return result;
}

/* What can't be removed of a program's folder, as a mount, is told by the next run. */
static int remove_work(cleaning_t *c) {
  char *path = state_path(c->state, "work");
  if (path == NULL) return not_removed(c, "work", "no memory");
  int was_there = exists_at(path);
  if (folder_remove(path) == 0 && was_there) note(c, c->removed, "what programs had left", path);
  free(path);
  return 0;
}

/* "eth0.143", as the hooks name what a lease had. */
static int is_lease(const char *name) {
  const char *dot = strrchr(name, '.');
  return dot != NULL && dot != name && (strcmp(dot, ".143") == 0 || strcmp(dot, ".136") == 0);
}

static int is_damaged(const char *name) { return strncmp(name, SAVED_DAMAGED, strlen(SAVED_DAMAGED)) == 0; }

static int remove_all_such(cleaning_t *c, const char *folder, int (*is_one)(const char *), const char *what) {
  DIR *all = opendir(folder);
  int result = 0;
  if (all == NULL) return 0;
  for (const struct dirent *e; result == 0 && (e = readdir(all)) != NULL;)
    if (is_one(e->d_name)) result = remove_file(c, folder, e->d_name, what);
  (void)closedir(all);
  return result;
}

/* "0123456789abcdef0123456789abcdef.pem" (made_keys.h) */
static int is_key(const char *name) {
  return strspn(name, "0123456789abcdef") == MADE_KEY_NAME && strcmp(name + MADE_KEY_NAME, ".pem") == 0;
}

/* One after another, and then the requests and certificates that were beside them. */
static int remove_keys(cleaning_t *c) {
  char *path = state_path(c->state, MADE_KEYS_FOLDER);
  if (path == NULL) return not_removed(c, MADE_KEYS_FOLDER, "no memory");
  int was_there = exists_at(path);
  int result = remove_all_such(c, path, is_key, "a key that was made");
  if (result == 0 && was_there && (result = folder_remove(path)) != 0)
    result = not_removed(c, path, strerror(errno));
  if (result == 0 && was_there) note(c, c->removed, "the folder of keys, requests and certificates", path);
  free(path);
  return result;
}

/* ---- the configuration of an attempt that was cut off -------------------------------------------- */

/* Its record would be gone: so the configuration from before it comes back first. */
static int end_attempt(cleaning_t *c) {
  char *record = state_path(c->state, CHILDREN_FILE), *kept = state_path(c->state, RUNNING_FILE);
  int result = record == NULL || kept == NULL ? -1 : 0;
  if (result != 0) (void)snprintf(c->error, c->room, "no memory");
  if (result == 0) result = children_await(record, c->error, c->room);
  if (result == 0 && !saved_is_there(c->state)) running_forget(kept);
  if (result == 0 && exists_at(kept))
    note(c, c->removed, "the configuration of an attempt that was cut off", kept);
  if (result == 0 && (result = running_restore(kept)) != 0)
    (void)snprintf(c->error, c->room, "the configuration from before the last attempt can't be restored: %s",
                   strerror(errno));
  free(record);
  free(kept);
  return result;
}

/* ---- all ----------------------------------------------------------------------------------------- */

/* The flag comes last: until then a power cut leaves a device that does not start anew by half. */
static int remove_all(cleaning_t *c) {
  const config_t *config = c->state->config;
  const char *state = config->folders.state, *status = config->folders.status;
  const char *leases = config->dhcp.hooks != NULL ? config->dhcp.hooks : LEASES_HOOKS;
  int result = end_attempt(c);
  if (result == 0) result = remove_file(c, config->folders.staging, IMAGE_FILE, "a staged boot image");
  if (result == 0) result = remove_file(c, config->folders.staging, IMAGE_RECORD, "where it is from");
  if (result == 0) result = remove_file(c, config->folders.staging, IMAGE_NEW_RECORD, "where it is from");
  if (result == 0) result = remove_work(c);
  if (result == 0) result = remove_keys(c);
  if (result == 0) result = remove_all_such(c, leases, is_lease, "what a DHCP lease had");
  if (result == 0) result = remove_all_such(c, state, is_damaged, "what a session kept, damaged");
  if (result == 0) result = remove_file(c, state, SAVED_COPY, "a copy of what a session kept");
  if (result == 0) result = remove_file(c, state, SAVED_FILE, "what a session kept");
  if (result == 0) result = remove_file(c, state, STATE_TRYING, "the attempt that was under way");
  if (result == 0) result = remove_file(c, state, RUNNING_FILE, "where the previous configuration was kept");
  if (result == 0) result = remove_file(c, state, STATE_OUTPUT_FILE, "what a program said");
  if (result == 0) result = remove_file(c, state, STATE_RESULT_FILE, "the result that was kept");
  if (result == 0) result = remove_file(c, status, "status.json", "the status");
  if (result == 0) result = remove_file(c, status, "result.json", "the result");
  if (result == 0) result = remove_file(c, state, STATE_FLAG, "the flag; SZTP is on");
  if (result == 0) state_clean(c->state);
  return result;
}

static void note_path(cleaning_t *c, const char *what, const char *path) {
  if (path != NULL && exists_at(path)) note(c, c->kept, what, path);
}

static void note_paths(cleaning_t *c, const char *what, const text_list_t *paths) {
  for (size_t i = 0; i < paths->count; i++) note_path(c, what, paths->at[i]);
}

static void note_tpm(cleaning_t *c, const char *what, const config_tpm_t *tpm) {
  if (tpm->handle != NULL) note(c, c->kept, what, tpm->handle);
  if (tpm->handle == NULL && tpm->made_by != 0) note(c, c->kept, what, "made by a template");
  note_path(c, what, tpm->file);
}

static void note_kept(cleaning_t *c) {
  const config_t *config = c->state->config;
  char *floors = state_path(c->state, FLOORS_FILE), *journal = state_path(c->state, JOURNAL_FILE);
  note_path(c, "the identity certificate", config->identity.certificate);
  note_path(c, "the identity's private key", config->identity.key);
  note_tpm(c, "the identity's private key, in the TPM", &config->identity.tpm);
  note_path(c, "the decryption certificate", config->decryption.certificate);
  note_path(c, "the decryption key", config->decryption.key);
  note_tpm(c, "the decryption key, in the TPM", &config->decryption.tpm);
  note_paths(c, "an anchor for vouchers", &config->anchors.vouchers);
  note_paths(c, "an anchor for servers", &config->anchors.servers);
  note_paths(c, "an anchor for boot images", &config->anchors.firmware);
  note_path(c, "the floors of time and vouchers", floors);
  note_path(c, "the journal", journal);
  note_path(c, "the running configuration", config->running_configuration);
  free(floors);
  free(journal);
}

static void print_list(FILE *out, const char *title, const json_node_t *list) {
  for (size_t i = 0; i < json_count(list); i++)
    (void)fprintf(out, "  %-8s %s (%s)\n", title, json_text_at(list, i, "what"),
                  json_text_at(list, i, "path"));
}

static int print_report(const cleaning_t *c, int as_json, FILE *out) {
  if (!as_json) {
    (void)fprintf(out, "back to the factory state: SZTP is on%s\n",
                  json_count(c->removed) == 0 ? ", nothing was kept" : "");
    print_list(out, "removed", c->removed);
    print_list(out, "stays", c->kept);
    return 0;
  }
  char *text = json_text_of(&c->report, 1);
  if (text == NULL) return -1;
  (void)fputs(text, out);
  free(text);
  return 0;
}

static int write_journal(const cleaning_t *c) {
  json_t line;
  journal_begin(&line, "reset");
  json_node_t *removed = json_array(&line, line.root, "removed");
  for (size_t i = 0; i < json_count(c->removed); i++)
    json_text(&line, removed, NULL, json_text_at(c->removed, i, "path"));
  return journal_add(c->state->config, &line);
}

int reset(const state_t *state, int as_json, FILE *out, char *error, size_t room) {
  cleaning_t c = {.state = state, .error = error, .room = room};
  (void)json_start(&c.report);
  json_number(&c.report, c.report.root, "version", JSON_VERSION);
  c.removed = json_array(&c.report, c.report.root, "removed");
  c.kept = json_array(&c.report, c.report.root, "kept");
  int result = remove_all(&c);
  if (result == 0 && write_journal(&c) != 0) {
    (void)snprintf(error, room, "the journal can't be written: %s", strerror(errno));
    result = -1;
  }
  if (result == 0) note_kept(&c);
  if (result == 0 && (result = print_report(&c, as_json, out)) != 0) (void)snprintf(error, room, "no memory");
  json_free(&c.report);
  return result;
}
