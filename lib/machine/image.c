/* SPDX-License-Identifier: Apache-2.0 */
/* The boot image (O3): whether the running one will do. */
#include "machine/image.h"

#include "machine/report.h"

int32_t sztp__image_ask(sztp_session_t *s) {
  if (!s->attempt.info->has_image) {
    sztp__goto(s, SZTP__ST_MARK);
    return SZTP_OK;
  }
  return sztp__report(s, SZTP__PROGRESS_IMAGE_INITIATED, SZTP__ST_IMAGE_COMPARE);
}

/* 1 if equal, 0 if not, -1 if the device does not know its own value (ONB-05). */
static int compare(const sztp_session_t *s, uint32_t wanted, uint32_t own) {
  sztp__span_t want = sztp__part(s, wanted);
  if (want.data == NULL) return 1;
  if (s->dev->fields[own] == NULL) return -1;
  return sztp__span_is(want, s->dev->fields[own]);
}

int32_t sztp__image_compare_ask(sztp_session_t *s) {
  int name = compare(s, SZTP_INFO_OS_NAME, SZTP_DEVICE_OS_NAME);
  int version = compare(s, SZTP_INFO_OS_VERSION, SZTP_DEVICE_OS_VERSION);
  if (name < 0 || version < 0)
    return sztp__image_failed(s, SZTP_ERR_IMAGE,
                              "the device does not know its os-name or os-version, so it can't compare them");
  if (name && version) {
    int no_criteria =
        sztp__part(s, SZTP_INFO_OS_NAME).data == NULL && sztp__part(s, SZTP_INFO_OS_VERSION).data == NULL;
    sztp__log(s->ctx, SZTP_LOG_INFO, SZTP_TOPIC_ONBOARD, "the running boot image satisfies the criteria");
    if (!no_criteria || s->attempt.info->uri_count == 0) {
      sztp__goto(s, SZTP__ST_IMAGE_SATISFIED);
      return SZTP_OK;
    }
    return sztp__report_text(
        s, SZTP__PROGRESS_IMAGE_WARNING,
        sztp__span_of(SZTP__WORDS("an image is offered, but neither os-name nor os-version says for what")),
        0, SZTP__ST_IMAGE_SATISFIED);
  }
  return sztp__image_wanted(s);
}

int32_t sztp__image_satisfied_ask(sztp_session_t *s) {
  return sztp__report(s, SZTP__PROGRESS_IMAGE_COMPLETE, SZTP__ST_MARK);
}
