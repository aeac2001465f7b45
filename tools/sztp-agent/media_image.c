/* SPDX-License-Identifier: Apache-2.0 */
/* A boot image on the medium whose data is being used (USB-09): read, hashed and staged like one from a
 * server. Its URI comes from conveyed information that has been verified, and still can't lead out of the
 * medium. */
#define _DEFAULT_SOURCE 1
#include "media_image.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sztp/image.h>
#include <unistd.h>

#include "clock.h"
#include "common/beneath.h"
#include "common/medium.h"

enum { PIECE = 65536 };

#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
static uint32_t
fail_download(agent_t *agent, const sztp_action_t *a, const char *format, ...) {
  char text[STATUS_TEXT];
  va_list arguments;
  va_start(arguments, format);
  (void)vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  (void)agent_give(agent, a, SZTP_F_MESSAGE, text, strlen(text));
  return SZTP_OUTCOME_FAILED;
}

static int is_time_over(const agent_t *agent, const sztp_action_t *a) {
  uint64_t deadline = UINT64_MAX;
  (void)agent_number(a, SZTP_F_DEADLINE, &deadline);
  return sztp_session_cancelled(agent->session) || clock_ms() >= deadline;
}

/* Like octets from a server: hashed by the library, staged by the agent. */
static uint32_t copy(agent_t *agent, const sztp_action_t *a, int fd, uint64_t size, uint8_t *piece) {
  uint64_t ticket = sztp_action_ticket(a), offset = 0;
  if (image_stage(&agent->image, a, 0, size, NULL, 0) != 0)
    return fail_download(agent, a, "it can't be staged");
  while (offset < size) {
    if (is_time_over(agent, a)) return fail_download(agent, a, "there was no time to read all of it");
    ssize_t got = read(fd, piece, size - offset < PIECE ? (size_t)(size - offset) : PIECE);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0)
      return fail_download(agent, a, "it can't be read beyond %" PRIu64 " of %" PRIu64 " octets: %s", offset,
                           size, got < 0 ? strerror(errno) : "it ends there");
    int32_t code = sztp_reply_write(agent->session, ticket, piece, (size_t)got);
    if (code != SZTP_OK) return fail_download(agent, a, "%s", sztp_error_text(code));
    if (image_stage(&agent->image, a, offset, size, piece, (size_t)got) != 0)
      return fail_download(agent, a, "it can't be staged");
    offset += (uint64_t)got;
  }
  return SZTP_OUTCOME_OK;
}

/* Beside the image and nowhere else (FW-04). One that is too long is the library's to refuse, after one octet
 * more than there may be. */
static int32_t give_signature(agent_t *agent, const sztp_action_t *a, const char *image) {
  char path[MEDIUM_PATH];
  uint64_t size = 0, wanted = 0;
  size_t len = 0;
  (void)agent_number(a, SZTP_F_CHECK_SIGNATURE, &wanted);
  int n = snprintf(path, sizeof path, "%s.p7s", image);
  if (wanted == 0 || agent->config->anchors.firmware.count == 0 || n < 0 || (size_t)n >= sizeof path)
    return SZTP_OK;
  int fd = beneath_file(agent->media.root, path, &size);
  if (fd < 0) return SZTP_OK; /* none */
  uint8_t *octets = malloc(SZTP_IMAGE_SIGNATURE_MAX + 1);
  int32_t code = octets == NULL ? SZTP_ERR_MEMORY : SZTP_OK;
  while (code == SZTP_OK && len <= SZTP_IMAGE_SIGNATURE_MAX) {
    ssize_t got = read(fd, octets + len, SZTP_IMAGE_SIGNATURE_MAX + 1 - len);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) code = SZTP_ERR_IMAGE;
    if (got <= 0) break;
    len += (size_t)got;
  }
  if (code == SZTP_OK) code = agent_give(agent, a, SZTP_F_SIGNATURE, octets, len);
  free(octets);
  (void)close(fd);
  return code;
}

static uint32_t download_file(agent_t *agent, const sztp_action_t *a, const char *path) {
  uint64_t size = 0, limit = UINT64_MAX;
  (void)agent_number(a, SZTP_F_LIMIT, &limit);
  int fd = beneath_file(agent->media.root, path, &size);
  if (fd < 0)
    return fail_download(agent, a, "%.200s on the medium: %s", path,
                         errno == ELOOP    ? "a symbolic link, which is not followed"
                         : errno == EINVAL ? "no regular file"
                                           : strerror(errno));
  uint8_t *piece = malloc(PIECE);
  uint32_t outcome = SZTP_OUTCOME_FAILED;
  int32_t signature = give_signature(agent, a, path);
  if (signature != SZTP_OK)
    outcome = fail_download(agent, a, "its signature: %s", sztp_error_text(signature));
  else if (piece == NULL)
    outcome = fail_download(agent, a, "no memory");
  else if (size > limit)
    outcome = fail_download(agent, a, "%.100s has %" PRIu64 " octets, and %" PRIu64 " are allowed", path,
                            size, limit);
  else
    outcome = copy(agent, a, fd, size, piece);
  free(piece);
  (void)close(fd);
  return outcome;
}

uint32_t media_image_download(agent_t *agent, const sztp_action_t *a) {
  char path[MEDIUM_PATH];
  const uint8_t *uri = NULL;
  size_t len = 0;
  if (agent->media.root < 0)
    return fail_download(
        agent, a,
        "a file: URI names a file on the medium that the conveyed information is from, and it is "
        "from none");
  if (sztp_action_bytes(a, SZTP_F_URI, 0, &uri, &len) != SZTP_OK)
    return fail_download(agent, a, "there is no URI");
  const char *fault = medium_uri_path((const char *)uri, len, path);
  if (fault != NULL) return fail_download(agent, a, "the image's URI can't be used: %s", fault);
  return download_file(agent, a, path);
}
