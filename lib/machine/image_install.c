/* SPDX-License-Identifier: Apache-2.0 */
/* Another boot image than the one that runs (O3): downloaded, verified, installed. */
#include <string.h>

#include "ground/format.h"
#include "ground/printable.h"
#include "machine/csr.h"
#include "machine/event.h"
#include "machine/image.h"
#include "machine/image_octets.h"
#include "machine/report.h"
#include "machine/stages.h"

#define SHOWN            32 /* of a name, in a sentence */
#define INSTALLS         2  /* of an image that then still does not satisfy the criteria (D-06) */
#define DOWNLOAD_TIME_MS (6ULL * 3600 * 1000)

/* Says in @p saved which image is wanted. */
static void put_target(const sztp_session_t *s, sztp__saved_t *saved) {
  sztp__put_text(saved->os_name, sizeof saved->os_name, sztp__part(s, SZTP_INFO_OS_NAME));
  sztp__put_text(saved->os_version, sizeof saved->os_version, sztp__part(s, SZTP_INFO_OS_VERSION));
}

/* 1 if what is kept of installs is about the image that is wanted. */
static int is_same_image(const sztp_session_t *s) {
  sztp__saved_t target = s->kept.saved;
  put_target(s, &target);
  return strcmp(target.os_name, s->kept.saved.os_name) == 0 &&
         strcmp(target.os_version, s->kept.saved.os_version) == 0;
}

static const char *shown(char out[SHOWN], const char *text, const char *none) {
  return text == NULL || *text == '\0' ? none : sztp__exact(out, SHOWN, sztp__span_of(text));
}

static int32_t fail_loop(sztp_session_t *s) {
  char text[SZTP__SENTENCE_SIZE], have[2][SHOWN], want[2][SHOWN];
  (void)sztp__sentence(text, sizeof text,
                       "image-loop: it was installed %d times, and the device still reports os-name %s, "
                       "os-version %s; wanted are %s, %s",
                       INSTALLS, shown(have[0], s->dev->fields[SZTP_DEVICE_OS_NAME], "unknown"),
                       shown(have[1], s->dev->fields[SZTP_DEVICE_OS_VERSION], "unknown"),
                       shown(want[0], s->kept.saved.os_name, "any"),
                       shown(want[1], s->kept.saved.os_version, "any"));
  return sztp__image_failed(s, SZTP_ERR_IMAGE_LOOP, text);
}

int32_t sztp__image_wanted(sztp_session_t *s) {
  if (is_same_image(s) && s->kept.saved.installs >= INSTALLS) return fail_loop(s);
  if (s->attempt.info->uri_count == 0)
    return sztp__image_failed(s, SZTP_ERR_IMAGE,
                              "another boot image is wanted, but no download-uri is given");
  int signature_will_do =
      (sztp__firmware_of(s->dev) != NULL || sztp__policy(s->dev, SZTP_POLICY_IMAGE_SIGNATURE) != 0) &&
      !sztp__policy(s->dev, SZTP_POLICY_IMAGE_BOTH);
  if (sztp__part(s, SZTP_INFO_IMAGE_SHA256).data == NULL && !signature_will_do)
    return sztp__image_failed(s, SZTP_ERR_IMAGE,
                              "another boot image is wanted, but no usable fingerprint of it is given");
  sztp__log(s->ctx, SZTP_LOG_INFO, SZTP_TOPIC_ONBOARD, "another boot image is wanted");
  return sztp__report(s, SZTP__PROGRESS_IMAGE_MISMATCH, SZTP__ST_IMAGE_DOWNLOAD);
}

int32_t sztp__image_download_ask(sztp_session_t *s) {
  if (s->attempt.image_uri >= s->attempt.info->uri_count) {
    char text[SZTP__SENTENCE_SIZE]; /* why the last of them would not do, before another event takes its place
                                     */
    (void)sztp__sentence(text, sizeof text, "%s",
                         s->event.last.kind == SZTP_EVENT_IMAGE
                             ? s->event.last.text
                             : "no download-uri gave an image that could be verified");
    return sztp__image_failed(s, s->attempt.image_code, text);
  }
  const sztp__blob_t *uri = &s->attempt.info->uris[s->attempt.image_uri];
  int32_t rc = sztp__image_begin(s);
  if (rc < 0) return rc;
  sztp__action_begin(&s->action, SZTP_ACTION_DOWNLOAD);
  sztp__action_lend(&s->action, SZTP_F_URI, sztp__blob_span(uri));
  sztp__action_put_u64(&s->action, SZTP_F_INDEX, s->attempt.image_uri);
  sztp__lend_part(s, SZTP_F_OS_NAME, SZTP_INFO_OS_NAME);
  sztp__lend_part(s, SZTP_F_OS_VERSION, SZTP_INFO_OS_VERSION);
  sztp__action_put_u64(&s->action, SZTP_F_LIMIT, sztp__limit(s->ctx, SZTP_LIMIT_IMAGE));
  sztp__action_put_u64(&s->action, SZTP_F_DEADLINE, s->now + DOWNLOAD_TIME_MS);
  sztp__action_put_i64(&s->action, SZTP_F_CHECK_SIGNATURE, sztp__image_wants_signature(s));
  sztp__action_put_i64(&s->action, SZTP_F_RESUME, !s->attempt.afresh);
  return SZTP_OK;
}

/* After an image that did not do: @p code for the attempt, @p told for what was tried here. */
static int32_t ask_again(sztp_session_t *s, int32_t code, int32_t told, const char *text) {
  sztp__log(s->ctx, SZTP_LOG_WARN, SZTP_TOPIC_ONBOARD, "%s", text);
  sztp__event_outcome(s, SZTP_EVENT_IMAGE, SZTP_OUTCOME_FAILED, told, text);
  s->attempt.image_code = code;
  sztp__goto(s, SZTP__ST_IMAGE_DOWNLOAD);
  return SZTP_OK;
}

static void next_uri(sztp_session_t *s) {
  s->attempt.image_uri++;
  s->attempt.afresh = 0;
}

static int32_t try_next(sztp_session_t *s, int32_t code, int32_t told, const char *text) {
  next_uri(s);
  return ask_again(s, code, told, text);
}

/* An image that was put together may be wrong where the whole one is not: the same place is asked once more,
 * for all of it (IMG-06). */
static int32_t try_afresh(sztp_session_t *s, int32_t code, const char *shown, const char *why) {
  char text[SZTP__SENTENCE_SIZE];
  s->attempt.afresh = 1;
  (void)sztp__sentence(text, sizeof text,
                       "%s, put together of several downloads: %s; once more from its first octet", shown,
                       why);
  return ask_again(s, code, code, text);
}

/* A server whose signatures take more memory than there is must not hold the device up. */
void sztp__image_skip(sztp_session_t *s) {
  s->attempt.image_code = SZTP_ERR_MEMORY;
  next_uri(s);
}

static int32_t signature_refused(sztp_session_t *s, const char *shown, const char *why) {
  char text[SZTP__SENTENCE_SIZE];
  (void)sztp__sentence(text, sizeof text, "%s: %s, %s", shown, sztp_error_label(SZTP_ERR_IMAGE_SIGNATURE),
                       why);
  return try_next(s, SZTP_ERR_IMAGE_SIGNATURE, SZTP_ERR_IMAGE_SIGNATURE, text);
}

int32_t sztp__image_download_hear(sztp_session_t *s) {
  char shown[SZTP__PHRASE_SIZE];
  char why[SZTP__SENTENCE_SIZE];
  int32_t verdict = SZTP_OK;
  char text[SZTP__SENTENCE_SIZE];
  const sztp__blob_t *uri = &s->attempt.info->uris[s->attempt.image_uri];
  sztp__shown(shown, sizeof shown, sztp__blob_span(uri));
  if (sztp__image_refused(s, why)) return signature_refused(s, shown, why);
  if (!sztp__reply_ok(s)) {
    sztp__shown(why, SZTP__PHRASE_SIZE, sztp__blob_span(&s->reply.message));
    (void)sztp__sentence(text, sizeof text, "%s could not be downloaded: %s", shown, why);
    return try_next(s, SZTP_ERR_IMAGE, sztp__reply_reason(&s->reply, SZTP_ERR_IMAGE), text);
  }
  int32_t rc = sztp__image_judged(s, &verdict, why);
  if (rc != SZTP_OK) return rc;
  if (verdict != SZTP_OK && s->reply.resumed && !s->attempt.afresh)
    return try_afresh(s, verdict, shown, verdict == SZTP_ERR_IMAGE_SIGNATURE ? why : "not the one announced");
  if (verdict == SZTP_ERR_IMAGE_SIGNATURE) return signature_refused(s, shown, why);
  if (verdict != SZTP_OK) {
    (void)sztp__sentence(text, sizeof text, "%s: the image is not the one announced; it is not used", shown);
    return try_next(s, SZTP_ERR_IMAGE_MISMATCH, SZTP_ERR_IMAGE_MISMATCH, text);
  }
  sztp__log(s->ctx, SZTP_LOG_INFO, SZTP_TOPIC_ONBOARD, "%s: %llu octets, verified", shown,
            (unsigned long long)s->reply.written);
  (void)sztp__sentence(text, sizeof text, "%s: verified", shown);
  sztp__event(s, SZTP_EVENT_IMAGE, SZTP_OK, text);
  sztp__goto(s, SZTP__ST_IMAGE_SAVE);
  return SZTP_OK;
}

/* That an install is begun says nothing of whether it will be done: it is counted apart (D-06). */
static sztp__saved_t begun_install(const sztp_session_t *s) {
  sztp__saved_t saved = s->kept.saved;
  if (!is_same_image(s)) saved.installs = saved.begun = 0;
  put_target(s, &saved);
  saved.begun++;
  return saved;
}

int32_t sztp__image_save_ask(sztp_session_t *s) {
  sztp__saved_t saved = begun_install(s);
  if (saved.begun > 1)
    sztp__log(s->ctx, SZTP_LOG_WARN, SZTP_TOPIC_ONBOARD,
              "the install of this image was cut off before, %u time%s in a row", (unsigned)saved.begun - 1,
              saved.begun == 2 ? "" : "s");
  return sztp__ask_save(s, &saved);
}

int32_t sztp__image_save_hear(sztp_session_t *s) {
  sztp__saved_t saved = begun_install(s);
  if (!sztp__heard_save(s, &saved))
    return sztp__image_failed(s, SZTP_ERR_HOST,
                              "the device could not store that it is about to install an image");
  sztp__goto(s, SZTP__ST_IMAGE_INSTALL);
  return SZTP_OK;
}

int32_t sztp__image_install_ask(sztp_session_t *s) {
  const sztp__blob_t *uri = &s->attempt.info->uris[s->attempt.image_uri];
  sztp__action_begin(&s->action, SZTP_ACTION_INSTALL);
  sztp__action_lend(&s->action, SZTP_F_URI, sztp__blob_span(uri));
  sztp__lend_part(s, SZTP_F_OS_NAME, SZTP_INFO_OS_NAME);
  sztp__lend_part(s, SZTP_F_OS_VERSION, SZTP_INFO_OS_VERSION);
  sztp__lend_part(s, SZTP_F_SHA256, SZTP_INFO_IMAGE_SHA256);
  return SZTP_OK;
}

int32_t sztp__image_install_hear(sztp_session_t *s) {
  sztp__span_t message = sztp__blob_span(&s->reply.message);
  char why[SZTP__PHRASE_SIZE], text[SZTP__SENTENCE_SIZE];
  s->kept.attempts = 0;
  if (sztp__reply_ok(s)) {
    sztp__goto(s, SZTP__ST_IMAGE_INSTALLED);
    return SZTP_OK;
  }
  sztp__shown(why, sizeof why, sztp__last_line(message));
  (void)sztp__sentence(text, sizeof text, "the image could not be installed%s%s", why[0] != '\0' ? ": " : "",
                       why);
  int32_t rc = sztp__fail_attempt(s, SZTP__PROGRESS_IMAGE_ERROR, SZTP_ERR_IMAGE, text,
                                  message.len > 0 ? message : sztp__span_of(text));
  if (rc < 0) return rc;
  s->kept.saved.begun = 0; /* what became of it is known: it counts as none (D-06) */
  s->kept.unsaved = 1;
  return SZTP_OK;
}

static sztp__saved_t finished_install(const sztp_session_t *s) {
  sztp__saved_t saved = s->kept.saved;
  saved.installs++;
  saved.begun = 0;
  return saved;
}

int32_t sztp__image_installed_ask(sztp_session_t *s) {
  sztp__saved_t saved = finished_install(s);
  return sztp__ask_save(s, &saved);
}

/* An image that can't be counted is not started: else nothing would end a loop of installs. */
int32_t sztp__image_installed_hear(sztp_session_t *s) {
  sztp__saved_t before = s->kept.saved;
  sztp__saved_t saved = finished_install(s);
  if (sztp__heard_save(s, &saved)) {
    int32_t rc = sztp__report(s, SZTP__PROGRESS_IMAGE_INSTALLED_REBOOTING, SZTP__ST_REBOOT);
    if (rc < 0)
      s->kept.saved = before; /* heard once more, it is not to count twice */
    else
      sztp__log(s->ctx, SZTP_LOG_INFO, SZTP_TOPIC_ONBOARD,
                "the image is installed; the device restarts into it");
    return rc;
  }
  if (++s->kept.attempts < SZTP__SAVE_ATTEMPTS) {
    sztp__goto(s, SZTP__ST_IMAGE_INSTALLED);
    return SZTP_OK;
  }
  int32_t rc =
      sztp__image_failed(s, SZTP_ERR_HOST, "the device could not store that it has installed an image");
  if (rc == SZTP_OK) s->kept.saved = saved;
  return rc;
}

/* CSR-30: the visit after the restart has its own key made. */
int32_t sztp__reboot_ask(sztp_session_t *s) {
  if (sztp__key_first(s, SZTP__ST_REBOOT)) return SZTP_OK;
  sztp__action_begin(&s->action, SZTP_ACTION_REBOOT);
  return SZTP_OK;
}

/* STATE-19 */
int32_t sztp__reboot_hear(sztp_session_t *s) {
  sztp__end(s, SZTP_RESULT_REBOOT_PENDING, SZTP_OK,
            "a new boot image is installed; the device must restart into it");
  return SZTP_OK;
}
