/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of servers within each other: each redirect opens one (RFC 8572 5.4). How deep they may lie, and that
 * no path of them leads in a circle (REDIR group). */
#include "machine/redirect.h"
#include "machine/event.h"

#include "formats/uri.h"

void sztp__redirect_push(sztp_session_t *s, sztp_info_t *info, int trusted) {
  size_t depth = 0;
  for (size_t i = 0; i < s->servers.depth; i++) depth += s->servers.lists[i].info != NULL;
  if (depth >= sztp__limit(s->ctx, SZTP_LIMIT_REDIRECTS) || s->servers.depth >= SZTP__LISTS) {
    sztp__log(s->ctx, SZTP_LOG_WARN, SZTP_TOPIC_SERVER, "redirect-limit: a redirect at depth %zu is dropped",
              depth);
    sztp__event(s, SZTP_EVENT_SERVER, SZTP_ERR_REDIRECT_LIMIT, "too many redirects, one after another");
    sztp_info_free(info);
  } else {
    sztp__server_list_t *f = &s->servers.lists[s->servers.depth++];
    f->info = info;
    f->trusted = trusted;
  }
  sztp__goto(s, SZTP__ST_SERVER);
}

void sztp__redirect_pop(sztp_session_t *s) {
  sztp__server_list_t *f = &s->servers.lists[--s->servers.depth];
  sztp_info_free(f->info);
  memset(f, 0, sizeof *f);
}

/* D-126: the same host, port, mode and anchor as a server further up on the path. */
int sztp__redirect_is_loop(const sztp_session_t *s, const sztp__server_list_t *f) {
  for (size_t i = 0; i + 1 < s->servers.depth; i++) {
    const sztp__server_list_t *g = &s->servers.lists[i];
    if (g->host.data != NULL && sztp__host_equal(g->host, f->host) && g->port == f->port &&
        g->provisional == f->provisional && g->has_anchor == f->has_anchor &&
        memcmp(g->anchor_hash, f->anchor_hash, sizeof g->anchor_hash) == 0)
      return 1;
  }
  return 0;
}
