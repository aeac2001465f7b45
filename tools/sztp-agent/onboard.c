/* SPDX-License-Identifier: Apache-2.0 */
/* Installing, running scripts, committing the configuration, and undoing: by the vendor's programs or, where
 * none is configured, with the means of a plain Linux system. */
#define _POSIX_C_SOURCE 200809L
#include "onboard.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "children.h"
#include "common/file.h"
#include "folders.h"
#include "ground/time.h"
#include "program.h"
#include "running.h"
#include "signals.h"

enum { VARIABLES = 32, ENVIRONMENT = 16384, FILE_MODE = 0600, SCRIPT_MODE = 0700, MADE_REQUEST = 65536 };

static const char *const stage_names[STAGES] = {"", "pre-script", "config", "post-script"};
static const char *const stage_titles[STAGES] = {"", "pre-configuration script", "configuration",
                                                 "post-configuration script"};

/* ---- environment --------------------------------------------------------------------------------- */

/* A program's environment, which has nothing of the agent's own. */
typedef struct environment {
  char text[ENVIRONMENT];
  size_t used;
  char *at[VARIABLES + 1];
  size_t count;
} environment_t;

static void put(environment_t *e, const char *name, const char *value) {
  if (value == NULL || e->count == VARIABLES) return;
  int n = snprintf(e->text + e->used, sizeof e->text - e->used, "%s=%s", name, value);
  if (n < 0 || (size_t)n >= sizeof e->text - e->used) return; /* a variable is complete or absent */
  e->at[e->count++] = e->text + e->used;
  e->at[e->count] = NULL;
  e->used += (size_t)n + 1;
}

static void put_field(environment_t *e, const char *name, const sztp_action_t *a, uint32_t field) {
  const uint8_t *data = NULL;
  size_t len = 0;
  if (sztp_action_bytes(a, field, 0, &data, &len) == SZTP_OK && strlen((const char *)data) == len)
    put(e, name, (const char *)data);
}

static void put_hash(environment_t *e, const sztp_action_t *a) {
  const uint8_t *hash = NULL;
  size_t len = 0;
  char hex[65];
  if (sztp_action_bytes(a, SZTP_F_SHA256, 0, &hash, &len) != SZTP_OK || len != 32) return;
  for (size_t i = 0; i < len; i++) (void)snprintf(hex + 2 * i, 3, "%02x", hash[i]);
  put(e, "SZTP_IMAGE_SHA256", hex);
}

/* The key of a certificate signing request. */
static void put_key(const agent_t *agent, const sztp_action_t *a, environment_t *e) {
  char name[MADE_KEY_NAME + 1];
  agent_text(a, SZTP_F_KEY_ID, name, sizeof name);
  if (name[0] == '\0') return;
  char *path = made_keys_path(agent->config, name, ".pem");
  put(e, "SZTP_KEY_NAME", name);
  put(e, "SZTP_KEY_FILE", path);
  free(path);
}

static void put_all(const agent_t *agent, const sztp_action_t *a, const char *action, environment_t *e) {
  const char *serial = NULL;
  e->used = e->count = 0;
  e->at[0] = NULL;
  put(e, "PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
  put(e, "HOME", "/");
  put(e, "LANG", "C.UTF-8");
  put(e, "SZTP_ACTION", action);
  put(e, "SZTP_AGENT", agent->self);
  put(e, "SZTP_AGENT_CONFIG", agent->config->file);
  put(e, "SZTP_RUNNING_CONFIGURATION", agent->config->running_configuration);
  if (sztp_device_text(agent->setup.device, SZTP_DEVICE_SERIAL, &serial) == SZTP_OK)
    put(e, "SZTP_SERIAL", serial);
  put_field(e, "SZTP_IMAGE_URI", a, SZTP_F_URI);
  put_field(e, "SZTP_OS_NAME", a, SZTP_F_OS_NAME);
  put_field(e, "SZTP_OS_VERSION", a, SZTP_F_OS_VERSION);
  put_hash(e, a);
  put_key(agent, a, e);
}

/* ---- running a program --------------------------------------------------------------------------- */

typedef struct job {
  agent_t *agent;
  const sztp_action_t *action;
  const char *title;   /* in words, as "pre-configuration script" */
  const char *program; /* NULL: the data itself is run */
  int which;           /* PROGRAM_*, for the time limit */
  const char *word;    /* first argument, as "install" */
  uint32_t stage;      /* SZTP_STAGE_*, or 0 */
  const char *handling;
  const uint8_t *data; /* written into a file of its own */
  size_t data_len;
  const char *file;   /* or an existing file */
  const char *format; /* of the request that is to be made of CSR, or NULL */
  int may_stop;       /* a signal to the agent ends it */
} job_t;

static void reply_message(const job_t *job, const char *text, size_t len) {
  if (len > 0) (void)agent_give(job->agent, job->action, SZTP_F_MESSAGE, text, len);
}

#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
static uint32_t
fail_job(const job_t *job, const char *format, ...) {
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  (void)vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  agent_say(job->agent, SZTP_LOG_ERROR, "%s: %s", job->title, text);
  reply_message(job, text, strlen(text));
  return SZTP_OUTCOME_FAILED;
}

/* What stands in the first line of a script, which the kernel looks for as it is. */
static uint32_t fail_interpreter(const job_t *job) {
  const char *line = (const char *)job->data + 2;
  const char *end = memchr(line, '\n', job->data_len - 2);
  size_t len = end == NULL ? job->data_len - 2 : (size_t)(end - line);
  if (len > 0 && line[len - 1] == '\r')
    return fail_job(
        job, "could not be started: it has line ends of Windows, with which no interpreter is found; its "
             "first line has to end without CR");
  return fail_job(job, "could not be started: its interpreter, %.*s, is not there",
                  (int)(len > 100 ? 100 : len), line);
}

static int names_interpreter(const job_t *job) {
  return job->program == NULL && job->data != NULL && job->data_len > 2 && memcmp(job->data, "#!", 2) == 0;
}

static const char *not_started(int why) {
  switch (why) {
  case ENOEXEC: return "it is no program and does not begin with \"#!\" and an interpreter";
  case ENOENT: return "it, or the interpreter in its first line, is not there";
  case EACCES: return "it is not executable, or its file system is mounted noexec";
  default: return strerror(why);
  }
}

/* The owner may not want the output of scripts told, which may have private data. */
static int is_private(const job_t *job) {
  uint64_t hidden = job->agent->config->policy[SZTP_POLICY_NO_SCRIPT_OUTPUT];
  int is_script = job->stage == SZTP_STAGE_PRE_SCRIPT || job->stage == SZTP_STAGE_POST_SCRIPT;
  return is_script && hidden != CONFIG_NOT_GIVEN && hidden != 0;
}

/* What a program wrote that did not end well: its last lines go into the log and the status, all that is kept
 * of it into a file that only the agent's user can read, in the place of what the one before wrote. */
static void record_output(const job_t *job, const program_end_t *end, uint32_t level, const char *how) {
  status_t *s = &job->agent->status;
  char *path = state_path(&job->agent->state, STATE_OUTPUT_FILE), *text = malloc(PROGRAM_OUTPUT + 512);
  char now[24];
  status_output(s, job->title, end->output, is_private(job) ? 0 : end->output_len);
  for (unsigned i = 0; i < s->line_count; i++) view_say(&job->agent->view, level, "| %s", s->lines[i]);
  if (text != NULL)
    (void)snprintf(text, PROGRAM_OUTPUT + 512, "%s %s: %s\n%s\n", sztp__time_format(now, (int64_t)time(NULL)),
                   job->title, how, end->output);
  if (path == NULL || text == NULL || file_replace(path, text, strlen(text), FILE_MODE, 1) != 0)
    view_say(&job->agent->view, SZTP_LOG_WARN, "%s/" STATE_OUTPUT_FILE " can't be written: %s",
             job->agent->config->folders.state, path == NULL || text == NULL ? "no memory" : strerror(errno));
  free(text);
  free(path);
}

/* A program's output goes into the report, too. */
static uint32_t judge_program(const job_t *job, const program_end_t *end) {
  const config_t *c = job->agent->config;
  int warning = (uint64_t)end->status == c->warning_status;
  char how[64];
  switch (end->how) {
  case PROGRAM_EXITED: break;
  case PROGRAM_NOT_STARTED:
    if (end->status == ENOENT && names_interpreter(job)) return fail_interpreter(job);
    return fail_job(job, "could not be started: %s", not_started(end->status));
  case PROGRAM_TIMEOUT:
    (void)fail_job(job, "did not end within %llu s and was ended",
                   (unsigned long long)(c->program_ms[job->which] / 1000));
    record_output(job, end, SZTP_LOG_ERROR, "was ended, since its time was up");
    reply_message(job, end->output, end->output_len);
    return SZTP_OUTCOME_TIMEOUT;
  /* What was ended in the middle may have done anything (ONB-18). */
  case PROGRAM_STOPPED:
    (void)fail_job(job, "was ended, because the agent was told to stop");
    return SZTP_OUTCOME_TIMEOUT;
  default:
    (void)snprintf(how, sizeof how, "was ended by signal %d", end->status);
    (void)fail_job(job, "%s", how);
    record_output(job, end, SZTP_LOG_ERROR, how);
    return SZTP_OUTCOME_TIMEOUT;
  }
  reply_message(job, end->output, end->output_len);
  if (end->status == 0) return SZTP_OUTCOME_OK;
  uint32_t level = warning ? SZTP_LOG_WARN : SZTP_LOG_ERROR;
  (void)snprintf(how, sizeof how, "ended with exit status %d%s", end->status, warning ? ", a warning" : "");
  agent_say(job->agent, level, "%s: %s", job->title, how);
  record_output(job, end, level, how);
  return warning ? SZTP_OUTCOME_WARNING : SZTP_OUTCOME_FAILED;
}

/* The request, beside the data; "" if there is none. From malloc(), NULL if it can't be written. */
static char *write_request(const job_t *job, const char *folder) {
  const uint8_t *csr = NULL;
  size_t len = 0;
  if (sztp_action_bytes(job->action, SZTP_F_CSR, 0, &csr, &len) != SZTP_OK) return strdup("");
  char *path = file_path(folder, "request.p10");
  if (path != NULL && file_write(path, csr, len, FILE_MODE) != 0) {
    free(path);
    path = NULL;
  }
  return path;
}

/* What the program has made of it becomes the answer. */
static uint32_t take_made(const job_t *job, const char *path) {
  uint8_t *made = NULL;
  size_t len = 0;
  int32_t code = SZTP_ERR_ARG;
  if (file_read_plain(path, MADE_REQUEST, &made, &len) != 0)
    return fail_job(job, "the program has written no request into the file SZTP_OUTPUT: %s", strerror(errno));
  if (len > 0) code = agent_give(job->agent, job->action, SZTP_F_DATA, made, len);
  free(made);
  return code == SZTP_OK ? SZTP_OUTCOME_OK : fail_job(job, "the request is empty or too large");
}

static uint32_t run_in(const job_t *job, const char *folder, const char *file) {
  environment_t *e = malloc(sizeof *e);
  program_end_t *end = malloc(sizeof *end);
  char *record = state_path(&job->agent->state, CHILDREN_FILE);
  char *request = write_request(job, folder), *made = file_path(folder, "request.out");
  uint32_t outcome = SZTP_OUTCOME_FAILED;
  if (e != NULL && end != NULL && record != NULL && request != NULL && made != NULL) {
    put_all(job->agent, job->action, job->word, e);
    if (job->stage != 0) put(e, "SZTP_STAGE", stage_names[job->stage]);
    put(e, "SZTP_HANDLING", job->handling);
    put(e, "SZTP_FILE", file);
    if (request[0] != '\0') put(e, "SZTP_CSR_FILE", request);
    put(e, "SZTP_CSR_FORMAT", job->format);
    if (job->format != NULL) put(e, "SZTP_OUTPUT", made);
    put(e, CHILDREN_FOLDER, folder);
    if (job->stage != 0) put(e, STATE_ATTEMPT_VARIABLE, job->agent->attempt);
    program_call_t call = {{job->program != NULL ? job->program : file, NULL, NULL, NULL},
                           e->at,
                           folder,
                           job->agent->config->program_ms[job->which],
                           job->may_stop ? signals_stopped : NULL,
                           record,
                           job->which == PROGRAM_ROLLBACK || job->which == PROGRAM_REBOOT,
                           (int)job->agent->config->warning_status};
    if (job->program != NULL) {
      call.arguments[1] = job->word;
      call.arguments[2] = file;
    }
    program_run(&call, end);
    if (end->how == PROGRAM_EXITED) steps_exited(&job->agent->status.steps, end->status);
    outcome = judge_program(job, end);
    if (job->format != NULL && outcome == SZTP_OUTCOME_OK) outcome = take_made(job, made);
  } else
    (void)fail_job(job, "no memory or no room on the disk to run it");
  free(request);
  free(made);
  free(e);
  free(end);
  free(record);
  return outcome;
}

/* Every program runs in a new folder of its own, which also holds its data. */
static uint32_t run_job(const job_t *job) {
  char *folder = folder_make_new(job->agent->work);
  char *file = folder == NULL ? NULL : file_path(folder, job->data != NULL ? job->word : "");
  uint32_t outcome = SZTP_OUTCOME_FAILED;
  if (file == NULL)
    (void)fail_job(job, "no folder for it below %s: %s", job->agent->work, folder_why(errno));
  else if (job->data != NULL &&
           file_write(file, job->data, job->data_len, job->program == NULL ? SCRIPT_MODE : FILE_MODE) != 0)
    (void)fail_job(job, "can't be stored below %s: %s", folder, folder_why(errno));
  else
    outcome = run_in(job, folder, job->data != NULL ? file : job->file);
  if (folder != NULL && folder_remove(folder) != 0)
    agent_say(job->agent, SZTP_LOG_WARN, "%s can't be removed: %s", folder, strerror(errno));
  free(file);
  free(folder);
  return outcome;
}

static int get_data(job_t *job) {
  return sztp_action_bytes(job->action, SZTP_F_DATA, 0, &job->data, &job->data_len) == SZTP_OK ? 0 : -1;
}

/* What a stage does, and what undoing it takes, needs room; it is looked at before anything is done. */
static int begin_stage(const job_t *job) {
  const config_t *c = job->agent->config;
  char *in_state = state_path(&job->agent->state, CHILDREN_FILE);
  int config = job->stage == SZTP_STAGE_CONFIG && job->program == NULL;
  const char *full = NULL;
  if (in_state == NULL || !running_has_room(in_state, job->data_len)) full = c->folders.state;
  if (full == NULL && config && !running_has_room(c->running_configuration, job->data_len))
    full = c->running_configuration;
  free(in_state);
  if (full != NULL) {
    (void)fail_job(job, "too little room on the disk of %s: remove something there; nothing was done", full);
    return -1;
  }
  if (state_attempt(&job->agent->state, job->agent->attempt) == 0) return 0;
  (void)fail_job(job, "the attempt can't be recorded in %s: %s", c->folders.state, folder_why(errno));
  return -1;
}

static uint32_t stage_ended(const job_t *job, uint32_t outcome) {
  int done = outcome == SZTP_OUTCOME_OK || outcome == SZTP_OUTCOME_WARNING;
  char text[64];
  job->agent->stage[job->stage] = done ? STAGE_DONE : STAGE_ERROR;
  if (!done) return outcome;
  (void)snprintf(text, sizeof text, "%s: done%s", job->title,
                 outcome == SZTP_OUTCOME_WARNING ? " with a warning" : "");
  status_done(&job->agent->status, text);
  agent_say(job->agent, SZTP_LOG_INFO, "%s", text);
  return outcome;
}

/* ---- image --------------------------------------------------------------------------------------- */

int onboard_check_image(agent_t *agent, const sztp_action_t *a) {
  job_t job = {.agent = agent,
               .action = a,
               .title = "checking the image's signature",
               .program = agent->config->program[PROGRAM_CHECK_IMAGE],
               .which = PROGRAM_CHECK_IMAGE,
               .word = "check-image",
               .file = agent->image.path};
  uint32_t outcome = job.program == NULL
                         ? fail_job(&job, "no program for it; handlers.check-image is not set")
                         : run_job(&job);
  int good = outcome == SZTP_OUTCOME_OK;
  (void)sztp_reply_i64(agent->session, sztp_action_ticket(a), SZTP_F_SIGNATURE_GOOD, good);
  return good;
}

uint32_t onboard_install(agent_t *agent, const sztp_action_t *a) {
  job_t job = {.agent = agent,
               .action = a,
               .title = "installing the image",
               .program = agent->config->program[PROGRAM_INSTALL],
               .which = PROGRAM_INSTALL,
               .word = "install",
               .file = agent->image.path};
  if (job.program == NULL)
    return fail_job(&job, "no program for it; set handlers.install to one that installs an image");
  agent_say(agent, SZTP_LOG_INFO, "installing the image");
  uint32_t outcome = run_job(&job);
  if (outcome == SZTP_OUTCOME_OK || outcome == SZTP_OUTCOME_WARNING)
    status_done(&agent->status, "image: installed");
  image_discard(&agent->image);
  return outcome;
}

/* ---- certificate signing requests ---------------------------------------------------------------- */

uint32_t onboard_csr(agent_t *agent, const sztp_action_t *a) {
  uint64_t format = 0;
  job_t job = {.agent = agent,
               .action = a,
               .title = "the certificate signing request",
               .program = agent->config->program[PROGRAM_CSR],
               .which = PROGRAM_CSR,
               .word = "csr",
               .may_stop = 1};
  (void)agent_number(a, SZTP_F_FORMAT, &format);
  job.format = format == SZTP_CSR_CMC ? "cmc" : "cmp";
  if (job.program == NULL) return fail_job(&job, "no program for it; handlers.csr is not set");
  return run_job(&job);
}

/* The key is the owner's now. A request with evidence is not given, since it is not to be kept. */
void onboard_keep_key(agent_t *agent, const sztp_action_t *a) {
  char name[MADE_KEY_NAME + 1];
  const uint8_t *csr = NULL;
  size_t len = 0;
  agent_text(a, SZTP_F_KEY_ID, name, sizeof name);
  if (name[0] == '\0') return;
  agent_say(agent, SZTP_LOG_INFO, "the owner's key is %s; \"sztp-agent key export %s\" shows it", name, name);
  if (sztp_action_bytes(a, SZTP_F_CSR, 0, &csr, &len) != SZTP_OK) return;
  if (made_keys_keep_request(agent->config, name, csr, len) != 0)
    agent_say(agent, SZTP_LOG_WARN, "its certificate signing request can't be stored: %s", strerror(errno));
}

/* ---- scripts ------------------------------------------------------------------------------------- */

uint32_t onboard_script(agent_t *agent, const sztp_action_t *a) {
  uint64_t stage = 0;
  job_t job = {.agent = agent,
               .action = a,
               .title = "script",
               .program = agent->config->program[PROGRAM_SCRIPT],
               .which = PROGRAM_SCRIPT,
               .word = "script",
               .may_stop = 1};
  if (agent_number(a, SZTP_F_STAGE, &stage) != SZTP_OK || stage == 0 || stage >= STAGES ||
      get_data(&job) != 0)
    return fail_job(&job, "there is none in the request");
  job.stage = (uint32_t)stage;
  job.title = stage_titles[stage];
  return stage_ended(&job, begin_stage(&job) == 0 ? run_job(&job) : SZTP_OUTCOME_FAILED);
}

/* ---- configuration ------------------------------------------------------------------------------- */

static uint32_t replace_running(const job_t *job) {
  const char *running = job->agent->config->running_configuration;
  char *record = state_path(&job->agent->state, RUNNING_FILE);
  uint32_t outcome = SZTP_OUTCOME_OK;
  if (record == NULL)
    outcome = fail_job(job, "no memory");
  else if (running_replace(running, record, job->data, job->data_len) != 0)
    outcome = fail_job(job, "%s can't be replaced: %s", running, strerror(errno));
  free(record);
  return outcome;
}

uint32_t onboard_config(agent_t *agent, const sztp_action_t *a) {
  uint64_t mode = 0;
  job_t job = {.agent = agent,
               .action = a,
               .title = stage_titles[SZTP_STAGE_CONFIG],
               .program = agent->config->program[PROGRAM_CONFIG],
               .which = PROGRAM_CONFIG,
               .word = "config",
               .stage = SZTP_STAGE_CONFIG};
  if (agent_number(a, SZTP_F_MODE, &mode) != SZTP_OK || get_data(&job) != 0)
    return fail_job(&job, "there is none in the request");
  job.handling = mode == SZTP_CONFIG_REPLACE ? "replace" : "merge";
  if (begin_stage(&job) != 0) return stage_ended(&job, SZTP_OUTCOME_FAILED);
  if (job.program != NULL) return stage_ended(&job, run_job(&job));
  if (mode == SZTP_CONFIG_REPLACE) return stage_ended(&job, replace_running(&job));
  return stage_ended(&job,
                     fail_job(&job, "can't be merged without a program for it; handlers.config is not set"));
}

static uint32_t restore_running(const job_t *job) {
  char *record = state_path(&job->agent->state, RUNNING_FILE);
  int result = record == NULL ? -1 : running_restore(record);
  int why = record == NULL ? ENOMEM : errno;
  free(record);
  return result == 0 ? SZTP_OUTCOME_OK
                     : fail_job(job, "%s can't be restored: %s", job->agent->config->running_configuration,
                                strerror(why));
}

void onboard_settle(agent_t *agent) {
  char *record = state_path(&agent->state, RUNNING_FILE);
  if (record != NULL) running_forget(record);
  free(record);
  if (state_settle(&agent->state) != 0)
    agent_say(agent, SZTP_LOG_WARN, "the SZTP flag can't be stored in %s: %s", agent->config->folders.state,
              folder_why(errno));
}

/* ---- undoing ------------------------------------------------------------------------------------- */

static uint32_t undo_stage(agent_t *agent, const sztp_action_t *a, uint64_t *out) {
  const config_t *c = agent->config;
  uint64_t stage = 0;
  char title[64] = "undoing";
  job_t job = {.agent = agent,
               .action = a,
               .title = title,
               .program = c->program[PROGRAM_ROLLBACK],
               .which = PROGRAM_ROLLBACK,
               .word = "rollback"};
  if (agent_number(a, SZTP_F_STAGE, &stage) != SZTP_OK || stage == 0 || stage >= STAGES)
    return fail_job(&job, "the request does not say what");
  *out = stage;
  job.stage = (uint32_t)stage;
  (void)snprintf(title, sizeof title, "undoing the %s", stage_titles[stage]);
  int known = agent->stage[stage];
  agent->stage[stage] = STAGE_UNKNOWN;
  if (state_undo(&agent->state, agent->attempt) != 0)
    return fail_job(&job, "the SZTP flag can't be restored: %s", strerror(errno));
  if (stage == SZTP_STAGE_CONFIG && c->program[PROGRAM_CONFIG] == NULL) return restore_running(&job);
  if (job.program != NULL) return run_job(&job);
  /* A script that ends with an error cleans up after itself (RFC 8572 6.3), and a failed commit has done
   * nothing. */
  if (known == STAGE_ERROR) return SZTP_OUTCOME_OK;
  return fail_job(&job, "no program for it; handlers.rollback is not set, what was done stays");
}

uint32_t onboard_rollback(agent_t *agent, const sztp_action_t *a) {
  uint64_t stage = 0;
  uint32_t outcome = undo_stage(agent, a, &stage);
  if (outcome == SZTP_OUTCOME_OK || outcome == SZTP_OUTCOME_WARNING)
    agent->not_undone &= ~(1U << stage);
  else
    agent->not_undone |= 1U << stage;
  return outcome;
}

uint32_t onboard_reboot(agent_t *agent, const sztp_action_t *a) {
  job_t job = {.agent = agent,
               .action = a,
               .title = "rebooting",
               .program = agent->config->program[PROGRAM_REBOOT],
               .which = PROGRAM_REBOOT,
               .word = "reboot"};
  if (job.program == NULL || !agent->daemon) return SZTP_OUTCOME_OK; /* exit status 3 requests it */
  return run_job(&job);
}
