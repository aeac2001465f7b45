/* SPDX-License-Identifier: Apache-2.0 */
/* RESOLVE, and the names of DOWNLOAD: the addresses of a host name, from whoever looks them up. */
#include "https/transport.h"

#include <stdlib.h>

/* Takes the texts that a resolver has written. */
static size_t split_addresses(const char *text, size_t len,
                              char addresses[SZTP__ADDRESSES_MAX][SZTP__ADDRESS_MAX]) {
  size_t count = 0;
  while (len > 0 && count < SZTP__ADDRESSES_MAX) {
    const char *end = memchr(text, '\0', len);
    size_t one = end == NULL ? len : (size_t)(end - text);
    if (end == NULL) break;
    if (one > 0 && one < SZTP__ADDRESS_MAX) memcpy(addresses[count++], text, one + 1);
    text += one + 1;
    len -= one + 1;
  }
  return count;
}

static int ask_resolver(sztp_https_t *h, sztp_session_t *s, const sztp_action_t *a, const char *name,
                        char addresses[SZTP__ADDRESSES_MAX][SZTP__ADDRESS_MAX], size_t *count,
                        const char **why) {
  enum { ROOM = SZTP__ADDRESSES_MAX * SZTP__ADDRESS_MAX };
  char *text = malloc(ROOM);
  size_t len = 0;
  if (text == NULL) {
    *why = "out of memory";
    return SZTP__NET_LOCAL;
  }
  int32_t rc = h->resolver(h->resolver_user, s, a, name, text, ROOM, &len);
  if (rc == SZTP_OK && len <= ROOM) *count = split_addresses(text, len, addresses);
  free(text);
  if (*count > 0) return SZTP__NET_OK;
  *why = rc == SZTP_OK || rc == SZTP_ERR_NOT_FOUND ? "there is no such name, or none with an address"
                                                   : sztp_error_text(rc);
  return rc == SZTP_OK || rc == SZTP_ERR_NOT_FOUND ? SZTP__NET_NOTHING : SZTP__NET_FAILED;
}

int sztp__https_look_up(sztp_https_t *h, sztp_session_t *s, const sztp_action_t *a, const char *name,
                        char addresses[SZTP__ADDRESSES_MAX][SZTP__ADDRESS_MAX], size_t *count,
                        const char **why) {
  *count = 0;
  *why = NULL;
  int rc = sztp__socket_resolve(name, 1, addresses, count, why);
  if (rc == SZTP__NET_OK) return rc;
  if (h->resolver != NULL) return ask_resolver(h, s, a, name, addresses, count, why);
  if (sztp_action_kind(a) == SZTP_ACTION_RESOLVE) return sztp__socket_resolve(name, 0, addresses, count, why);
  *why = "it is a name, and nobody is set to look it up in time (sztp_https_set_resolver())";
  return SZTP__NET_LOCAL;
}

uint32_t sztp__https_resolve(sztp_https_t *h, sztp_session_t *s, const sztp_action_t *a) {
  sztp__span_t name = sztp__https_bytes(a, SZTP_F_NAME, 0);
  if (name.len == 0 || name.len > 255 || memchr(name.data, 0, name.len) != NULL)
    return sztp__https_report(s, a, SZTP__NET_LOCAL, SZTP_ERR_HOST, "the action has no usable host name");
  char text[SZTP__HOST_TEXT];
  memcpy(text, name.data, name.len);
  text[name.len] = '\0';
  char addresses[SZTP__ADDRESSES_MAX][SZTP__ADDRESS_MAX];
  size_t count;
  const char *why;
  int rc = sztp__https_look_up(h, s, a, text, addresses, &count, &why);
  if (rc != SZTP__NET_OK)
    return sztp__https_report(s, a, rc, SZTP_ERR_SERVER_FAIL, "no address of \"%s\": %s", text, why);
  for (size_t i = 0; i < count; i++) {
    int32_t put = sztp_reply_bytes(s, sztp_action_ticket(a), SZTP_F_ADDRESS, (const uint8_t *)addresses[i],
                                   strlen(addresses[i]));
    if (put == SZTP_ERR_LIMIT && i > 0) break; /* more than the session wants to try */
    if (put != SZTP_OK)
      return sztp__https_report(s, a, SZTP__NET_LOCAL, put,
                                "the addresses of \"%s\" could not be handed over", text);
  }
  return SZTP_OUTCOME_OK;
}
