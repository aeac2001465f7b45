/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of servers within each other: each redirect opens one (RFC 8572 5.4). How deep they may lie, and that
 * no path of them leads in a circle (REDIR group). */
#include "machine/redirect.h"

#include "formats/uri.h"
#include "machine/event.h"

void sztp__redirect_push(sztp_session_t *s, sztp_info_t *info, int trusted) {
  size_t depth = 0;
  for (size_t i = 0; i < s->servers.depth; i++) depth += s->servers.lists[i].info != NULL;
  if (depth >= sztp__limit(s->ctx, SZTP_LIMIT_REDIRECTS) || s->servers.depth >= SZTP__LISTS) {
    sztp__log(s->ctx, SZTP_LOG_WARN, SZTP_TOPIC_SERVER, "redirect-limit: a redirect at depth %zu is dropped",
              depth);
    sztp__event(s, SZTP_EVENT_SERVER, SZTP_ERR_REDIRECT_LIMIT, "too many redirects, one after another");
    sztp_info_free(info);
  } else {
    sztp__server_list_t *list = &s->servers.lists[s->servers.depth++];
    list->info = info;
    list->trusted = trusted;
  }
  sztp__goto(s, SZTP__ST_SERVER);
}

void sztp__redirect_pop(sztp_session_t *s) {
  sztp__server_list_t *list = &s->servers.lists[--s->servers.depth];
  if (!list->lent) sztp_info_free(list->info);
  memset(list, 0, sizeof *list);
}

/* D-126: the same host, port, mode and anchor as a server further up on the path. */
int sztp__redirect_is_loop(const sztp_session_t *s, const sztp__server_list_t *list) {
  for (size_t i = 0; i + 1 < s->servers.depth; i++) {
    const sztp__server_list_t *other = &s->servers.lists[i];
    if (other->host.data != NULL && sztp__host_equal(other->host, list->host) && other->port == list->port &&
        other->provisional == list->provisional && other->has_anchor == list->has_anchor &&
        memcmp(other->anchor_hash, list->anchor_hash, sizeof other->anchor_hash) == 0)
      return 1;
  }
  return 0;
}
