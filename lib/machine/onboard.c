/* SPDX-License-Identifier: Apache-2.0 */
/* Processing onboarding information (RFC 8572 5.6): the steps O1 to O9, and undoing them. */
#include <stdio.h>

#include "ground/text.h"
#include "machine/session.h"

#define INSTALLS         2 /* of an image that then still does not satisfy the criteria (D-06) */
#define SAVE_ATTEMPTS    3
#define DOWNLOAD_TIME_MS (6ULL * 3600 * 1000)
#define STAGE_BIT(stage) ((uint32_t)1 << (stage))

/* What the three stages O4, O5 and O6 have in common: where their data is, what is reported of them. */
struct stage {
  uint32_t field;
  uint32_t initiated;
  uint32_t warning;
  uint32_t error;
  uint32_t complete;
  int32_t code;
  const char *name;
};

static const struct stage STAGES[] = {
    [SZTP_STAGE_PRE_SCRIPT] = {SZTP_INFO_PRE_SCRIPT, SZTP__PROGRESS_PRE_SCRIPT_INITIATED,
                               SZTP__PROGRESS_PRE_SCRIPT_WARNING, SZTP__PROGRESS_PRE_SCRIPT_ERROR,
                               SZTP__PROGRESS_PRE_SCRIPT_COMPLETE, SZTP_ERR_SCRIPT,
                               "pre-configuration script"},
    [SZTP_STAGE_CONFIG] = {SZTP_INFO_CONFIG, SZTP__PROGRESS_CONFIG_INITIATED, SZTP__PROGRESS_CONFIG_WARNING,
                           SZTP__PROGRESS_CONFIG_ERROR, SZTP__PROGRESS_CONFIG_COMPLETE, SZTP_ERR_COMMIT,
                           "configuration"},
    [SZTP_STAGE_POST_SCRIPT] = {SZTP_INFO_POST_SCRIPT, SZTP__PROGRESS_POST_SCRIPT_INITIATED,
                                SZTP__PROGRESS_POST_SCRIPT_WARNING, SZTP__PROGRESS_POST_SCRIPT_ERROR,
                                SZTP__PROGRESS_POST_SCRIPT_COMPLETE, SZTP_ERR_SCRIPT,
                                "post-configuration script"},
};

static sztp__span_t part(const sztp_session_t *s, uint32_t field) {
  return sztp__blob_span(&s->info->one[field]);
}

static sztp__span_t none(void) { return sztp__span(NULL, 0); }

void sztp__onboard_clear(sztp_session_t *s) {
  sztp_info_free(s->info);
  s->info = NULL;
  sztp__blob_free(s->ctx, &s->report.message);
  s->onboarding = 0;
  s->stage = 0;
  s->ran = 0;
  s->undo = 0;
  s->image_uri = 0;
  s->save_attempts = 0;
}

/* Reports an error, undoes what was done, and goes back to the enclosing list. */
static int32_t fail_attempt(sztp_session_t *s, uint32_t type, int32_t code, const char *text,
                            sztp__span_t message) {
  int32_t rc = sztp__report(s, type, message, 1, SZTP__ST_ROLLBACK);
  if (rc < 0) return rc;
  s->undo |= s->ran;
  s->ran = 0;
  sztp__log(s->ctx, SZTP_LOG_ERROR, SZTP_TOPIC_ONBOARD, "%s", text);
  sztp__note_reason(s, code, text);
  return SZTP_OK;
}

/* The same, where the text for people is all there is to report. */
static int32_t fail_with_text(sztp_session_t *s, uint32_t type, int32_t code, const char *text) {
  return fail_attempt(s, type, code, text, sztp__span_of(text));
}

/* --- O1, O2 --- */

int32_t sztp__onboard_ask(sztp_session_t *s) {
  s->onboarding = 1;
  s->stage = SZTP_STAGE_PRE_SCRIPT;
  return sztp__report_required(s, SZTP__PROGRESS_BOOTSTRAP_INITIATED, SZTP__ST_PARSE, SZTP__ST_INCOMPLETE);
}

int32_t sztp__parse_ask(sztp_session_t *s) {
  return sztp__report(s, SZTP__PROGRESS_PARSING_INITIATED, none(), 0, SZTP__ST_PARSED);
}

int32_t sztp__parsed_ask(sztp_session_t *s) {
  if (s->info->warnings == 0)
    return sztp__report(s, SZTP__PROGRESS_PARSING_COMPLETE, none(), 0, SZTP__ST_IMAGE);
  char text[120];
  (void)snprintf(text, sizeof text, "%u nodes were ignored or doubtful", s->info->warnings);
  int32_t rc = sztp__report(s, SZTP__PROGRESS_PARSING_WARNING, sztp__span_of(text), 0, SZTP__ST_PARSED);
  if (rc == SZTP_OK) s->info->warnings = 0;
  return rc;
}

/* --- O3: boot image --- */

static int32_t image_failed(sztp_session_t *s, int32_t code, const char *text) {
  return fail_with_text(s, SZTP__PROGRESS_IMAGE_ERROR, code, text);
}

int32_t sztp__image_ask(sztp_session_t *s) {
  if (!s->info->has_image) {
    sztp__goto(s, SZTP__ST_MARK);
    return SZTP_OK;
  }
  return sztp__report(s, SZTP__PROGRESS_IMAGE_INITIATED, none(), 0, SZTP__ST_IMAGE_COMPARE);
}

/* 1 if equal, 0 if not, -1 if the device does not know its own value (ONB-05). */
static int compare(const sztp_session_t *s, uint32_t wanted, uint32_t own) {
  sztp__span_t want = part(s, wanted);
  if (want.data == NULL) return 1;
  if (s->dev->fields[own] == NULL) return -1;
  return sztp__span_is(want, s->dev->fields[own]);
}

/* How often this very image was installed already. */
static uint32_t installs(const sztp_session_t *s) {
  sztp__saved_t target;
  sztp__span_t name = part(s, SZTP_INFO_OS_NAME);
  sztp__span_t version = part(s, SZTP_INFO_OS_VERSION);
  memset(&target, 0, sizeof target);
  (void)snprintf(target.os_name, sizeof target.os_name, "%s",
                 name.data == NULL ? "" : (const char *)name.data);
  (void)snprintf(target.os_version, sizeof target.os_version, "%s",
                 version.data == NULL ? "" : (const char *)version.data);
  if (strcmp(target.os_name, s->saved.os_name) != 0 || strcmp(target.os_version, s->saved.os_version) != 0)
    return 0;
  return s->saved.installs;
}

int32_t sztp__image_compare_ask(sztp_session_t *s) {
  int name = compare(s, SZTP_INFO_OS_NAME, SZTP_DEVICE_OS_NAME);
  int version = compare(s, SZTP_INFO_OS_VERSION, SZTP_DEVICE_OS_VERSION);
  if (name < 0 || version < 0)
    return image_failed(s, SZTP_ERR_IMAGE,
                        "the device does not know its os-name or os-version, so it can't compare them");
  if (name && version) {
    int no_criteria = part(s, SZTP_INFO_OS_NAME).data == NULL && part(s, SZTP_INFO_OS_VERSION).data == NULL;
    sztp__log(s->ctx, SZTP_LOG_INFO, SZTP_TOPIC_ONBOARD, "the running boot image satisfies the criteria");
    if (!no_criteria || s->info->uri_count == 0) {
      sztp__goto(s, SZTP__ST_IMAGE_SATISFIED);
      return SZTP_OK;
    }
    return sztp__report(
        s, SZTP__PROGRESS_IMAGE_WARNING,
        sztp__span_of("an image is offered, but neither os-name nor os-version says for what"), 0,
        SZTP__ST_IMAGE_SATISFIED);
  }
  if (installs(s) >= INSTALLS)
    return image_failed(s, SZTP_ERR_IMAGE_LOOP,
                        "image-loop: the image was installed before, and the device still does not report "
                        "the os-name and os-version wanted");
  if (s->info->uri_count == 0)
    return image_failed(s, SZTP_ERR_IMAGE, "another boot image is wanted, but no download-uri is given");
  if (part(s, SZTP_INFO_IMAGE_SHA256).data == NULL && !sztp__policy(s->dev, SZTP_POLICY_IMAGE_SIGNATURE))
    return image_failed(s, SZTP_ERR_IMAGE,
                        "another boot image is wanted, but no usable fingerprint of it is given");
  sztp__log(s->ctx, SZTP_LOG_INFO, SZTP_TOPIC_ONBOARD, "another boot image is wanted");
  return sztp__report(s, SZTP__PROGRESS_IMAGE_MISMATCH, none(), 0, SZTP__ST_IMAGE_DOWNLOAD);
}

int32_t sztp__image_satisfied_ask(sztp_session_t *s) {
  return sztp__report(s, SZTP__PROGRESS_IMAGE_COMPLETE, none(), 0, SZTP__ST_MARK);
}

static void lend_part(sztp_session_t *s, uint32_t to, uint32_t field) {
  sztp__span_t value = part(s, field);
  if (value.data != NULL) sztp__action_lend(&s->action, to, value);
}

int32_t sztp__image_download_ask(sztp_session_t *s) {
  if (s->image_uri >= s->info->uri_count)
    return image_failed(s, SZTP_ERR_IMAGE, "no download-uri gave an image that could be verified");
  const sztp__blob_t *uri = &s->info->uris[s->image_uri];
  int32_t rc = sztp__hash_new(s->ctx, SZTP__HASH_SHA256, &s->reply.hash);
  if (rc < 0) return rc;
  sztp__action_begin(&s->action, SZTP_ACTION_DOWNLOAD);
  sztp__action_lend(&s->action, SZTP_F_URI, sztp__blob_span(uri));
  sztp__action_put_u64(&s->action, SZTP_F_INDEX, s->image_uri);
  lend_part(s, SZTP_F_OS_NAME, SZTP_INFO_OS_NAME);
  lend_part(s, SZTP_F_OS_VERSION, SZTP_INFO_OS_VERSION);
  sztp__action_put_u64(&s->action, SZTP_F_LIMIT, sztp__limit(s->ctx, SZTP_LIMIT_IMAGE));
  sztp__action_put_u64(&s->action, SZTP_F_DEADLINE, s->now + DOWNLOAD_TIME_MS);
  sztp__action_put_u64(&s->action, SZTP_F_CHECK_SIGNATURE, part(s, SZTP_INFO_IMAGE_SHA256).data == NULL);
  return SZTP_OK;
}

/* ONB-11, ONB-12. Nothing in here can fail for want of memory: the hash can be finished once only. */
static int image_verified(sztp_session_t *s) {
  sztp__span_t wanted = part(s, SZTP_INFO_IMAGE_SHA256);
  uint8_t digest[SZTP__HASH_MAX];
  size_t len = 0;
  if (wanted.data == NULL) return s->reply.signature_good == 1;
  if (sztp__hash_finish(s->reply.hash, digest, &len) < 0) return 0;
  return len == wanted.len && memcmp(digest, wanted.data, len) == 0;
}

int32_t sztp__image_download_got(sztp_session_t *s) {
  char shown[120];
  char why[120];
  const sztp__blob_t *uri = &s->info->uris[s->image_uri];
  sztp__printable(shown, sizeof shown, sztp__blob_span(uri));
  if (!sztp__reply_ok(s)) {
    sztp__printable(why, sizeof why, sztp__blob_span(&s->reply.message));
    sztp__log(s->ctx, SZTP_LOG_WARN, SZTP_TOPIC_ONBOARD, "%s could not be downloaded: %s", shown, why);
    s->image_uri++;
    return SZTP_OK;
  }
  if (!image_verified(s)) {
    sztp__log(s->ctx, SZTP_LOG_WARN, SZTP_TOPIC_ONBOARD,
              "%s: the image is not the one announced; it is not used", shown);
    s->image_uri++;
    return SZTP_OK;
  }
  sztp__log(s->ctx, SZTP_LOG_INFO, SZTP_TOPIC_ONBOARD, "%s: %llu octets, verified", shown,
            (unsigned long long)s->reply.written);
  sztp__goto(s, SZTP__ST_IMAGE_SAVE);
  return SZTP_OK;
}

static sztp__saved_t counted_install(const sztp_session_t *s) {
  sztp__saved_t saved = s->saved;
  sztp__span_t name = part(s, SZTP_INFO_OS_NAME);
  sztp__span_t version = part(s, SZTP_INFO_OS_VERSION);
  saved.installs = installs(s) + 1;
  (void)snprintf(saved.os_name, sizeof saved.os_name, "%s", name.data == NULL ? "" : (const char *)name.data);
  (void)snprintf(saved.os_version, sizeof saved.os_version, "%s",
                 version.data == NULL ? "" : (const char *)version.data);
  return saved;
}

int32_t sztp__image_save_ask(sztp_session_t *s) {
  sztp__saved_t saved = counted_install(s);
  return sztp__ask_save(s, &saved);
}

int32_t sztp__image_save_got(sztp_session_t *s) {
  if (!sztp__reply_ok(s))
    return image_failed(s, SZTP_ERR_HOST, "the device could not store that it is about to install an image");
  s->saved = counted_install(s);
  s->unsaved = 0;
  sztp__goto(s, SZTP__ST_IMAGE_INSTALL);
  return SZTP_OK;
}

int32_t sztp__image_install_ask(sztp_session_t *s) {
  const sztp__blob_t *uri = &s->info->uris[s->image_uri];
  sztp__action_begin(&s->action, SZTP_ACTION_INSTALL);
  sztp__action_lend(&s->action, SZTP_F_URI, sztp__blob_span(uri));
  lend_part(s, SZTP_F_OS_NAME, SZTP_INFO_OS_NAME);
  lend_part(s, SZTP_F_OS_VERSION, SZTP_INFO_OS_VERSION);
  lend_part(s, SZTP_F_SHA256, SZTP_INFO_IMAGE_SHA256);
  return SZTP_OK;
}

int32_t sztp__image_install_got(sztp_session_t *s) {
  sztp__span_t message = sztp__blob_span(&s->reply.message);
  if (!sztp__reply_ok(s)) {
    int32_t rc =
        fail_attempt(s, SZTP__PROGRESS_IMAGE_ERROR, SZTP_ERR_IMAGE, "the image could not be installed",
                     message.len > 0 ? message : sztp__span_of("the image could not be installed"));
    if (rc < 0) return rc;
    s->saved.installs--; /* it counts as none (D-06) */
    s->unsaved = 1;
    return SZTP_OK;
  }
  sztp__log(s->ctx, SZTP_LOG_INFO, SZTP_TOPIC_ONBOARD, "the image is installed; the device restarts into it");
  return sztp__report(s, SZTP__PROGRESS_IMAGE_INSTALLED_REBOOTING, none(), 0, SZTP__ST_REBOOT);
}

int32_t sztp__reboot_ask(sztp_session_t *s) {
  sztp__action_begin(&s->action, SZTP_ACTION_REBOOT);
  return SZTP_OK;
}

/* STATE-19 */
int32_t sztp__reboot_got(sztp_session_t *s) {
  sztp__end(s, SZTP_RESULT_REBOOT_PENDING, SZTP_OK,
            "a new boot image is installed; the device must restart into it");
  return SZTP_OK;
}

/* --- O4, O5, O6: scripts and configuration --- */

static uint32_t stages_present(const sztp_session_t *s) {
  uint32_t mask = 0;
  for (uint32_t stage = SZTP_STAGE_PRE_SCRIPT; stage <= SZTP_STAGE_POST_SCRIPT; stage++)
    if (part(s, STAGES[stage].field).data != NULL) mask |= STAGE_BIT(stage);
  return mask;
}

/* Before the first effect it is kept which stages there may be effects of: a power failure from here on is
 * rolled back. */
int32_t sztp__mark_ask(sztp_session_t *s) {
  sztp__saved_t saved = s->saved;
  saved.undo = stages_present(s);
  if (saved.undo == 0) {
    sztp__goto(s, SZTP__ST_FLAG);
    return SZTP_OK;
  }
  return sztp__ask_save(s, &saved);
}

int32_t sztp__mark_got(sztp_session_t *s) {
  if (!sztp__reply_ok(s))
    return fail_with_text(s, SZTP__PROGRESS_BOOTSTRAP_ERROR, SZTP_ERR_HOST,
                          "the device could not store that it is about to change its configuration");
  s->saved.undo = stages_present(s);
  s->unsaved = 0;
  sztp__goto(s, SZTP__ST_STAGE);
  return SZTP_OK;
}

int32_t sztp__stage_ask(sztp_session_t *s) {
  uint32_t present = stages_present(s);
  while (s->stage <= SZTP_STAGE_POST_SCRIPT && (present & STAGE_BIT(s->stage)) == 0) s->stage++;
  if (s->stage > SZTP_STAGE_POST_SCRIPT) {
    sztp__goto(s, SZTP__ST_FLAG);
    return SZTP_OK;
  }
  return sztp__report(s, STAGES[s->stage].initiated, none(), 0, SZTP__ST_STAGE_RUN);
}

int32_t sztp__stage_run_ask(sztp_session_t *s) {
  const struct stage *stage = &STAGES[s->stage];
  if (s->stage == SZTP_STAGE_CONFIG) {
    sztp__action_begin(&s->action, SZTP_ACTION_CONFIG);
    sztp__action_put_u64(&s->action, SZTP_F_MODE, s->info->handling);
  } else {
    sztp__action_begin(&s->action, SZTP_ACTION_SCRIPT);
    sztp__action_put_u64(&s->action, SZTP_F_PURPOSE, s->stage);
  }
  sztp__action_lend(&s->action, SZTP_F_DATA, part(s, stage->field));
  s->ran |= STAGE_BIT(s->stage);
  sztp__log(s->ctx, SZTP_LOG_INFO, SZTP_TOPIC_ONBOARD, "%s: %zu octets", stage->name,
            part(s, stage->field).len);
  return SZTP_OK;
}

/* What a report may say of a stage's output (PROG-20). */
static sztp__span_t output_of(const sztp_session_t *s) {
  int is_script = s->stage != SZTP_STAGE_CONFIG;
  if (is_script && sztp__policy(s->dev, SZTP_POLICY_NO_SCRIPT_OUTPUT)) return none();
  return sztp__blob_span(&s->reply.message);
}

static int32_t stage_failed(sztp_session_t *s) {
  const struct stage *stage = &STAGES[s->stage];
  char text[200];
  char why[120];
  sztp__span_t output = output_of(s);
  sztp__printable(why, sizeof why, output);
  (void)snprintf(text, sizeof text, "the %s failed%s%s", stage->name, why[0] != '\0' ? ": " : "", why);
  uint32_t ran = s->ran;
  if (s->stage == SZTP_STAGE_CONFIG) s->ran &= ~STAGE_BIT(s->stage); /* nothing was committed (ONB-18) */
  int32_t rc =
      fail_attempt(s, stage->error, stage->code, text, output.len > 0 ? output : sztp__span_of(text));
  if (rc < 0) s->ran = ran;
  return rc;
}

int32_t sztp__stage_run_got(sztp_session_t *s) {
  const struct stage *stage = &STAGES[s->stage];
  if (!sztp__reply_ok(s)) return stage_failed(s);
  if (s->reply.outcome == SZTP_OUTCOME_OK) {
    sztp__goto(s, SZTP__ST_STAGE_COMPLETE);
    return SZTP_OK;
  }
  sztp__log(s->ctx, SZTP_LOG_WARN, SZTP_TOPIC_ONBOARD, "the %s ended with a warning", stage->name);
  return sztp__report(s, stage->warning, output_of(s), 1, SZTP__ST_STAGE_COMPLETE);
}

int32_t sztp__stage_complete_ask(sztp_session_t *s) {
  int32_t rc = sztp__report(s, STAGES[s->stage].complete, none(), 0, SZTP__ST_STAGE);
  if (rc == SZTP_OK) s->stage++;
  return rc;
}

/* --- O7, O8, O9 --- */

int32_t sztp__flag_ask(sztp_session_t *s) {
  sztp__action_begin(&s->action, SZTP_ACTION_ENABLED);
  return SZTP_OK;
}

/* ONB-24 */
int32_t sztp__flag_got(sztp_session_t *s) {
  int readable = sztp__reply_ok(s) || s->reply.outcome == SZTP_OUTCOME_NOTHING;
  int off = readable && sztp__reply_has(&s->reply, SZTP_F_VALUE) && s->reply.value == 0;
  if (off) {
    sztp__goto(s, SZTP__ST_COMPLETE);
    return SZTP_OK;
  }
  const char *text = readable ? "SZTP is still on: the device will bootstrap again when it restarts"
                              : "whether SZTP is still on can't be read from the device's store";
  sztp__log(s->ctx, SZTP_LOG_WARN, SZTP_TOPIC_ONBOARD, "%s", text);
  return sztp__report(s, SZTP__PROGRESS_BOOTSTRAP_WARNING, sztp__span_of(text), 0, SZTP__ST_COMPLETE);
}

int32_t sztp__complete_ask(sztp_session_t *s) {
  return sztp__report_required(s, SZTP__PROGRESS_BOOTSTRAP_COMPLETE, SZTP__ST_FORGET, SZTP__ST_INCOMPLETE);
}

/* ONB-02, ONB-25: a report that had to be acknowledged was not. */
int32_t sztp__incomplete_ask(sztp_session_t *s) {
  char text[120];
  (void)snprintf(text, sizeof text, "%s was not acknowledged with 204", sztp__progress_name(s->report.type));
  return fail_with_text(s, SZTP__PROGRESS_BOOTSTRAP_ERROR, SZTP_ERR_REPORT, text);
}

static void finish(sztp_session_t *s) {
  s->onboarding = 0;
  sztp__end(s, SZTP_RESULT_DONE, SZTP_OK, "bootstrapped");
}

int32_t sztp__forget_ask(sztp_session_t *s) {
  sztp__saved_t nothing;
  memset(&nothing, 0, sizeof nothing);
  if (s->saved.installs == 0 && s->saved.undo == 0 && !s->unsaved) {
    finish(s);
    return SZTP_OK;
  }
  return sztp__ask_save(s, &nothing);
}

int32_t sztp__forget_got(sztp_session_t *s) {
  if (!sztp__reply_ok(s) && ++s->save_attempts < SAVE_ATTEMPTS) return SZTP_OK;
  if (!sztp__reply_ok(s))
    sztp__log(
        s->ctx, SZTP_LOG_ERROR, SZTP_TOPIC_ONBOARD,
        "the device could not store that it is bootstrapped; the next start will undo the configuration");
  memset(&s->saved, 0, sizeof s->saved);
  finish(s);
  return SZTP_OK;
}

/* --- undoing: ONB-20 --- */

static uint32_t last_stage(uint32_t mask) {
  uint32_t stage = SZTP_STAGE_POST_SCRIPT;
  while (stage > 0 && (mask & STAGE_BIT(stage)) == 0) stage--;
  return stage;
}

int32_t sztp__rollback_ask(sztp_session_t *s) {
  if (s->undo == 0) {
    s->save_attempts = 0;
    sztp__goto(s, SZTP__ST_ROLLED_BACK);
    return SZTP_OK;
  }
  sztp__action_begin(&s->action, SZTP_ACTION_ROLLBACK);
  sztp__action_put_u64(&s->action, SZTP_F_PURPOSE, last_stage(s->undo));
  return SZTP_OK;
}

int32_t sztp__rollback_got(sztp_session_t *s) {
  uint32_t stage = last_stage(s->undo);
  char text[100];
  s->undo &= ~STAGE_BIT(stage);
  if (sztp__reply_ok(s)) {
    sztp__log(s->ctx, SZTP_LOG_INFO, SZTP_TOPIC_ONBOARD, "undone: %s", STAGES[stage].name);
  } else {
    (void)snprintf(text, sizeof text, "undoing the %s failed", STAGES[stage].name);
    sztp__log(s->ctx, SZTP_LOG_ERROR, SZTP_TOPIC_ONBOARD, "%s", text);
    sztp__note_reason(s, SZTP_ERR_ROLLBACK, text);
  }
  return SZTP_OK;
}

int32_t sztp__rolled_back_ask(sztp_session_t *s) {
  if (s->saved.undo != 0 || (s->unsaved && s->save_attempts < SAVE_ATTEMPTS)) {
    sztp__saved_t saved = s->saved;
    saved.undo = 0;
    return sztp__ask_save(s, &saved);
  }
  if (s->cancelling) {
    sztp__goto(s, SZTP__ST_CANCEL_REPORT);
  } else if (!s->started) {
    sztp__goto(s, SZTP__ST_ENABLED);
  } else {
    sztp__onboard_clear(s);
    sztp__goto(s, SZTP__ST_ENTRY);
  }
  return SZTP_OK;
}

/* If it can't be stored, the next start undoes once more, which does no harm. */
int32_t sztp__rolled_back_got(sztp_session_t *s) {
  s->unsaved = !sztp__reply_ok(s);
  if (s->unsaved && ++s->save_attempts < SAVE_ATTEMPTS) return SZTP_OK;
  s->saved.undo = 0;
  return SZTP_OK;
}

/* PROG-21 */
int32_t sztp__cancel_report_ask(sztp_session_t *s) {
  int32_t rc =
      sztp__report(s, SZTP__PROGRESS_BOOTSTRAP_ERROR, sztp__span_of("stopped on request"), 0, SZTP__ST_END);
  if (rc < 0) return rc;
  s->result = SZTP_RESULT_CANCELLED;
  if (s->reason == SZTP_ERR_ROLLBACK) return SZTP_OK; /* ONB-20: it is told in the end */
  s->reason = SZTP_ERR_CANCELLED;
  (void)snprintf(s->reason_text, sizeof s->reason_text, "stopped on request");
  return SZTP_OK;
}
