/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what is kept: the file, else its copy. What is damaged stays in its place until the session has saved
 * anew, so that a start that is cut off finds it again; and what is put aside stays until a reset. */
#define _POSIX_C_SOURCE 200809L
#include "restore.h"

#include <errno.h>
#include <string.h>

#include "saved.h"

enum { FILES = 2 };

typedef struct kept {
  const char *name;
  uint8_t data[SAVED_MOST];
  size_t len;
  int there;
  int good;
  const char *why; /* it is not */
} kept_t;

static void read_one(const agent_t *agent, const char *name, kept_t *k) {
  int result = saved_read(&agent->state, name, k->data, &k->len);
  k->name = name;
  k->there = result != 1;
  k->good = result == 0;
  k->why = result != -1 ? "" : errno == EBADMSG ? "it is damaged" : strerror(errno);
}

/* Only the library knows what a whole file means, and an older one may not. */
static int use(agent_t *agent, kept_t *k) {
  if (!k->good) return 0;
  int32_t code = sztp_session_restore(agent->session, k->data, k->len);
  if (code == SZTP_OK) return 1;
  k->good = 0;
  k->why = sztp_error_text(code);
  return 0;
}

static void put_aside(agent_t *agent, const kept_t *k) {
  char aside[sizeof SAVED_DAMAGED + 8];
  if (!k->there || k->good) return;
  if (saved_put_aside(&agent->state, k->name, aside, sizeof aside) != 0)
    agent_say(agent, SZTP_LOG_ERROR, "%s/%s can't be read: %s; nor can it be kept aside: %s",
              agent->config->folders.state, k->name, k->why, strerror(errno));
  else
    agent_say(agent, SZTP_LOG_ERROR, "%s/%s can't be read: %s; it is kept as %s",
              agent->config->folders.state, k->name, k->why, aside);
}

static int are_equal(const kept_t *a, const kept_t *b) {
  return a->good && b->good && a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

void restore_session(agent_t *agent) {
  static const uint8_t unreadable[1] = {0xff};
  kept_t kept[FILES];
  read_one(agent, SAVED_FILE, &kept[0]);
  read_one(agent, SAVED_COPY, &kept[1]);
  if (!kept[0].there && !kept[1].there) return;
  const kept_t *used = use(agent, &kept[0]) ? &kept[0] : use(agent, &kept[1]) ? &kept[1] : NULL;
  put_aside(agent, &kept[0]);
  put_aside(agent, &kept[1]);
  if (used == NULL) {
    (void)sztp_session_restore(agent->session, unreadable, sizeof unreadable);
    agent_say(agent, SZTP_LOG_ERROR,
              "what the run before kept is lost; whatever it may have begun is undone first");
    return;
  }
  if (used == &kept[1])
    agent_say(agent, SZTP_LOG_WARN, "%s/%s is used in the place of %s", agent->config->folders.state,
              SAVED_COPY, SAVED_FILE);
  /* Both are as they should be from here on. */
  if (!are_equal(&kept[0], &kept[1]) && saved_write(&agent->state, used->data, used->len) != 0)
    agent_say(agent, SZTP_LOG_WARN, "%s/%s can't be stored: %s", agent->config->folders.state, SAVED_FILE,
              strerror(errno));
}
