/* SPDX-License-Identifier: Apache-2.0 */
/* Turns what the session does into stages. */
#define _POSIX_C_SOURCE 200809L
#include "opi_status.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/file.h"
#include "common/json.h"
#include "folders.h"
#include "ground/printable.h"

enum {
  INIT,
  DOWNLOADING_FILE,
  PENDING_REBOOT,
  PARSING,
  ONBOARDING,
  REDIRECT,
  BOOT_IMAGE,
  PRE_SCRIPT,
  CONFIG,
  POST_SCRIPT,
  BOOTSTRAP,
  IS_COMPLETED
};

static const char *const names[OPI_STAGES] = {
    "init",       "downloading-file", "pending-reboot", "parsing",     "onboarding", "redirect",
    "boot-image", "pre-script",       "config",         "post-script", "bootstrap",  "is-completed"};

enum { FILE_MODE = 0644, FOLDER_MODE = 0755 };

/* ---- writing ------------------------------------------------------------------------------------- */

static void put_stage(json_t *j, const char *name, const opi_stage_t *stage) {
  json_node_t *o = json_object(j, j->root, name);
  size_t kept = stage->error_count < OPI_ERRORS ? stage->error_count : OPI_ERRORS;
  if (kept == 0)
    json_null(j, o, "errors");
  else {
    json_node_t *errors = json_array(j, o, "errors");
    for (size_t i = stage->error_count - kept; i < stage->error_count; i++)
      json_text(j, errors, NULL, stage->errors[i % OPI_ERRORS]);
  }
  json_number(j, o, "start", stage->start);
  json_number(j, o, "end", stage->end);
}

static int write_json(const char *path, const json_t *j, int durable) {
  char *text = json_text_of(j, 0);
  int result = -1, why = ENOMEM;
  if (text != NULL) {
    result = file_replace(path, text, strlen(text), FILE_MODE, durable);
    why = errno;
  }
  free(text);
  errno = why;
  return result;
}

static int write_status(opi_status_t *s) {
  json_t j;
  (void)json_start(&j);
  for (size_t i = 0; i < OPI_STAGES; i++) put_stage(&j, names[i], &s->stages[i]);
  json_text(&j, j.root, "informational", s->informational);
  json_text(&j, j.root, "stage", s->stage);
  int result = write_json(s->status_file, &j, s->ended);
  if (result != 0) s->unwritten = errno;
  json_free(&j);
  return result;
}

static int write_result(opi_status_t *s) {
  json_t j;
  (void)json_start(&j);
  json_node_t *errors = json_array(&j, j.root, "errors");
  size_t kept = s->errors.count < OPI_RESULT_ERRORS ? s->errors.count : OPI_RESULT_ERRORS;
  for (size_t i = s->errors.count - kept; i < s->errors.count; i++)
    json_text(&j, errors, NULL, s->errors.at[i % OPI_RESULT_ERRORS]);
  int result = write_json(s->result_file, &j, 1);
  if (result != 0) s->unwritten = errno;
  json_free(&j);
  return result;
}

/* ---- stages -------------------------------------------------------------------------------------- */

/* The system clock, which is only shown. */
static uint64_t now(void) {
  time_t t = time(NULL);
  return t < 0 ? 0 : (uint64_t)t;
}

static void say_stage(opi_status_t *s, int stage, const char *how) {
  (void)snprintf(s->stage, sizeof s->stage, "%s-%s", names[stage], how);
}

static void start_stage(opi_status_t *s, int stage) {
  s->stages[stage].start = now();
  s->stages[stage].end = 0;
  say_stage(s, stage, "in-progress");
}

/* @p error, or NULL if it went well. */
static void end_stage(opi_status_t *s, int stage, const char *error) {
  opi_stage_t *o = &s->stages[stage];
  o->end = now();
  say_stage(s, stage, "completed");
  if (error == NULL) return;
  sztp__span_t text = sztp__span_of(error);
  (void)sztp__printable(o->errors[o->error_count++ % OPI_ERRORS], STATUS_TEXT, text);
  const char *last = s->errors.count == 0 ? "" : s->errors.at[(s->errors.count - 1) % OPI_RESULT_ERRORS];
  if (strcmp(last, o->errors[(o->error_count - 1) % OPI_ERRORS]) == 0) return; /* of another stage, too */
  (void)sztp__printable(s->errors.at[s->errors.count++ % OPI_RESULT_ERRORS], STATUS_TEXT, text);
  (void)write_result(s);
}

static int is_under_way(const opi_status_t *s, int stage) {
  return s->stages[stage].start != 0 && s->stages[stage].end == 0;
}

static int stage_of(uint32_t kind, int64_t stage) {
  if (kind == SZTP_ACTION_CONFIG) return CONFIG;
  return stage == SZTP_STAGE_PRE_SCRIPT ? PRE_SCRIPT : POST_SCRIPT;
}

/* ---- what the session does ----------------------------------------------------------------------- */

static void watch_action(void *user, const sztp_action_t *a) {
  opi_status_t *s = user;
  uint32_t kind = sztp_action_kind(a);
  int64_t number = 0;
  switch (kind) {
  case SZTP_ACTION_ENABLED:
    if (!is_under_way(s, INIT)) return;
    end_stage(s, INIT, NULL);
    break;
  case SZTP_ACTION_FETCH:
    if (sztp_action_i64(a, SZTP_F_PURPOSE, 0, &number) != SZTP_OK || number == SZTP_FETCH_PROGRESS ||
        is_under_way(s, ONBOARDING))
      return;
    start_stage(s, ONBOARDING);
    break;
  case SZTP_ACTION_DOWNLOAD:
    if (!is_under_way(s, BOOT_IMAGE)) start_stage(s, BOOT_IMAGE);
    start_stage(s, DOWNLOADING_FILE);
    break;
  case SZTP_ACTION_REBOOT: start_stage(s, PENDING_REBOOT); break;
  case SZTP_ACTION_SCRIPT:
  case SZTP_ACTION_CONFIG:
    (void)sztp_action_i64(a, SZTP_F_STAGE, 0, &number);
    start_stage(s, stage_of(kind, number));
    break;
  default: return;
  }
  (void)write_status(s);
}

static void watch_outcome(void *user, const sztp_action_t *a, uint32_t outcome) {
  opi_status_t *s = user;
  uint32_t kind = sztp_action_kind(a);
  if (kind == SZTP_ACTION_DOWNLOAD && outcome == SZTP_OUTCOME_OK)
    end_stage(s, DOWNLOADING_FILE, NULL);
  else if (kind == SZTP_ACTION_INSTALL && (outcome == SZTP_OUTCOME_OK || outcome == SZTP_OUTCOME_WARNING))
    end_stage(s, BOOT_IMAGE, NULL);
  else
    return;
  (void)write_status(s);
}

static void hear_verdict(opi_status_t *s, const sztp_session_t *session, const char *error) {
  const sztp_verdict_t *verdict = sztp_session_verdict(session);
  start_stage(s, PARSING);
  end_stage(s, PARSING, error);
  if (is_under_way(s, ONBOARDING)) end_stage(s, ONBOARDING, NULL);
  if (error != NULL) return;
  if (sztp_verdict_kind(verdict) == SZTP_INFO_REDIRECT) {
    start_stage(s, REDIRECT);
    end_stage(s, REDIRECT, NULL);
  } else
    start_stage(s, BOOTSTRAP);
}

static void hear_stage(opi_status_t *s, int64_t stage, const char *error) {
  end_stage(s,
            stage == SZTP_STAGE_PRE_SCRIPT ? PRE_SCRIPT
            : stage == SZTP_STAGE_CONFIG   ? CONFIG
                                           : POST_SCRIPT,
            error);
}

static void hear_image(opi_status_t *s, const char *error) {
  if (error == NULL) return;
  if (is_under_way(s, DOWNLOADING_FILE)) end_stage(s, DOWNLOADING_FILE, error);
  end_stage(s, BOOT_IMAGE, error);
}

static int64_t number_of_event(const sztp_event_t *event, uint32_t field) {
  int64_t number = 0;
  return sztp_event_i64(event, field, &number) == SZTP_OK ? number : 0;
}

static void watch_event(void *user, const sztp_session_t *session, const sztp_event_t *event) {
  opi_status_t *s = user;
  const uint8_t *message = NULL;
  size_t len = 0;
  char text[STATUS_TEXT] = "";
  int64_t outcome = number_of_event(event, SZTP_F_OUTCOME);
  if (sztp_event_bytes(event, SZTP_F_MESSAGE, &message, &len) == SZTP_OK)
    (void)sztp__printable(text, sizeof text, sztp__span(message, len));
  int well = outcome == SZTP_OUTCOME_OK || outcome == SZTP_OUTCOME_WARNING;
  const char *error = well ? NULL : text;
  (void)snprintf(s->informational, sizeof s->informational, "%s", text);
  switch (sztp_event_kind(event)) {
  case SZTP_EVENT_SOURCE: /* where opiproject's agent tells of a lease that it can't use */
    if (outcome == SZTP_OUTCOME_FAILED) end_stage(s, PARSING, error);
    break;
  case SZTP_EVENT_SERVER:
    if (error != NULL) end_stage(s, ONBOARDING, error);
    break;
  case SZTP_EVENT_VERDICT: hear_verdict(s, session, error); break;
  case SZTP_EVENT_IMAGE: hear_image(s, error); break;
  case SZTP_EVENT_STAGE: hear_stage(s, number_of_event(event, SZTP_F_STAGE), error); break;
  case SZTP_EVENT_PASS: end_stage(s, IS_COMPLETED, text); break;
  default: break;
  }
  (void)write_status(s);
}

static void watch_end(void *user, const status_end_t *end) {
  opi_status_t *s = user;
  int well = end->exit_status == AGENT_DONE;
  s->ended = 1;
  (void)snprintf(s->informational, sizeof s->informational, "%s", end->result);
  if (end->exit_status == AGENT_REBOOT) {
    if (!is_under_way(s, PENDING_REBOOT)) start_stage(s, PENDING_REBOOT);
  } else {
    if (is_under_way(s, BOOTSTRAP)) end_stage(s, BOOTSTRAP, NULL);
    if (is_under_way(s, INIT)) end_stage(s, INIT, well ? NULL : end->text);
    end_stage(s, IS_COMPLETED, well ? NULL : end->text);
  }
  (void)write_status(s);
}

/* ---- the files ----------------------------------------------------------------------------------- */

static int make_folder_of(const char *path, char *error, size_t room) {
  char *folder = strdup(path);
  char *slash = folder == NULL ? NULL : strrchr(folder, '/');
  int result = 0;
  if (folder == NULL) {
    (void)snprintf(error, room, "no memory");
    return -1;
  }
  if (slash != NULL && slash != folder) {
    *slash = '\0';
    result = folder_make(folder, FOLDER_MODE, error, room);
  }
  free(folder);
  return result;
}

/* Nobody who follows the link ever finds none. */
static int make_link(const char *target, const char *links, const char *name, char *error, size_t room) {
  char *link = file_path(links, name);
  char *fresh = link == NULL ? NULL : malloc(strlen(link) + 5);
  char there[1];
  int result = -1;
  if (fresh == NULL) {
    (void)snprintf(error, room, "no memory");
  } else if (strcmp(link, target) == 0) {
    result = 0; /* the file itself is there */
  } else if (access(link, F_OK) == 0 && readlink(link, there, sizeof there) < 0) {
    (void)snprintf(error, room, "--sym-link-dir: %s is there and no link; remove it, or name another folder",
                   link);
  } else {
    (void)snprintf(fresh, strlen(link) + 5, "%s.new", link);
    (void)unlink(fresh);
    result = symlink(target, fresh) == 0 && rename(fresh, link) == 0 ? 0 : -1;
    if (result != 0)
      (void)snprintf(error, room, "--sym-link-dir: %s can't be made: %s", link, strerror(errno));
  }
  free(fresh);
  free(link);
  return result;
}

static int write_first(opi_status_t *s, char *error, size_t room) {
  start_stage(s, IS_COMPLETED);
  start_stage(s, INIT);
  const char *path = s->result_file;
  int result = write_result(s);
  if (result == 0) {
    path = s->status_file;
    result = write_status(s);
  }
  if (result != 0) (void)snprintf(error, room, "%s can't be written: %s", path, strerror(s->unwritten));
  return result;
}

int opi_status_begin(opi_status_t *s, const char *status_file, const char *result_file, const char *links,
                     char *error, size_t room) {
  memset(s, 0, sizeof *s);
  s->status_file = status_file;
  s->result_file = result_file;
  s->watcher = (watcher_t){watch_action, watch_outcome, watch_event, watch_end, s};
  if (make_folder_of(status_file, error, room) != 0 || make_folder_of(result_file, error, room) != 0 ||
      folder_make(links, FOLDER_MODE, error, room) != 0 || write_first(s, error, room) != 0)
    return -1;
  if (make_link(status_file, links, "status.json", error, room) != 0) return -1;
  return make_link(result_file, links, "result.json", error, room);
}

void opi_status_fail(opi_status_t *s, const char *text) {
  if (s->ended) return;
  s->ended = 1;
  if (is_under_way(s, INIT)) end_stage(s, INIT, text);
  end_stage(s, IS_COMPLETED, text);
  (void)write_status(s);
}
