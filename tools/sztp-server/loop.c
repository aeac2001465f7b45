/* SPDX-License-Identifier: Apache-2.0 */
/* poll() over the listening socket and a bounded number of connections. */
#define _POSIX_C_SOURCE 200809L
#include "loop.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>

#include "journal.h"
#include "listener.h"

enum { ACCEPTS = 16, PAUSE_MS = 200 };

typedef struct loop {
  server_t *server;
  tls_server_t *tls;
  int listen_fd;
  int stop_fd;
  connection_t **connections;
  struct pollfd *polled; /* [0] stop, [1] listener, then the connections in their order */
  size_t count;
  size_t most;
  int64_t pause_until; /* no client is accepted before then: out of descriptors */
} loop_t;

static int64_t now_ms(void) {
  struct timespec now;
  if (clock_gettime(CLOCK_MONOTONIC, &now) != 0) return 0;
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void drop(loop_t *l, size_t i) {
  connection_free(l->connections[i]);
  l->connections[i] = l->connections[--l->count];
}

/* The connection that has been idle longest; l->count if none is. */
static size_t oldest_idle(const loop_t *l) {
  size_t oldest = l->count;
  for (size_t i = 0; i < l->count; i++) {
    if (!connection_idle(l->connections[i])) continue;
    if (oldest == l->count || connection_since(l->connections[i]) < connection_since(l->connections[oldest]))
      oldest = i;
  }
  return oldest;
}

/* Room for one more client: half-open and idle connections give way, requests in progress never do. */
static int make_room(loop_t *l) {
  if (l->count < l->most) return 1;
  size_t oldest = oldest_idle(l);
  if (oldest == l->count) return 0;
  journal_note(l->server->maker.ctx, connection_peer(l->connections[oldest]),
               "closed to make room for another connection");
  drop(l, oldest);
  return 1;
}

static void accept_clients(loop_t *l, int64_t now) {
  char peer[PEER_MAX];
  for (int i = 0; i < ACCEPTS && (l->count < l->most || oldest_idle(l) < l->count); i++) {
    int fd = listener_accept(l->listen_fd, peer);
    if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM))
      l->pause_until = now + PAUSE_MS;
    if (fd < 0 && errno != ECONNABORTED && errno != EINTR) return;
    if (fd < 0) continue;
    make_room(l);
    connection_t *c = connection_new(l->server, l->tls, fd, peer, now);
    if (c != NULL) l->connections[l->count++] = c;
  }
}

/* Fills in what to wait for, and returns how long. */
static int prepare(loop_t *l, int64_t now) {
  int64_t until = INT64_MAX;
  int may_accept = now >= l->pause_until && (l->count < l->most || oldest_idle(l) < l->count);
  l->polled[0].fd = l->stop_fd;
  l->polled[0].events = POLLIN;
  l->polled[1].fd = may_accept ? l->listen_fd : -1;
  l->polled[1].events = POLLIN;
  if (now < l->pause_until) until = l->pause_until;
  for (size_t i = 0; i < l->count; i++) {
    l->polled[i + 2].fd = connection_socket(l->connections[i]);
    l->polled[i + 2].events = connection_events(l->connections[i]);
    int64_t deadline = connection_deadline(l->connections[i]);
    if (deadline < until) until = deadline;
  }
  if (until == INT64_MAX) return -1;
  if (until <= now) return 0;
  return until - now > INT_MAX ? INT_MAX : (int)(until - now);
}

static void serve_connections(loop_t *l, int64_t now) {
  for (size_t i = l->count;
       i-- > 0;) { /* backwards: drop() fills the gap with the last one, already served */
    connection_t *c = l->connections[i];
    short seen = l->polled[i + 2].revents;
    int result = 0;
    if ((seen & (POLLERR | POLLNVAL)) != 0)
      result = -1;
    else if ((seen & POLLHUP) != 0 && connection_events(c) == 0)
      result = -1;
    else if (seen != 0)
      result = connection_step(c, now);
    if (result == 0 && connection_deadline(c) <= now) result = connection_expire(c, now);
    if (result != 0) drop(l, i);
  }
}

static int run_turns(loop_t *l) {
  for (;;) {
    int ready = poll(l->polled, (nfds_t)(l->count + 2), prepare(l, now_ms()));
    if (ready < 0 && errno != EINTR) return -1;
    if (ready < 0) continue;
    int64_t now = now_ms();
    if (l->polled[0].revents != 0) return 0;
    serve_connections(l, now);
    if (l->polled[1].fd >= 0 && l->polled[1].revents != 0) accept_clients(l, now);
  }
}

int loop_run(server_t *server, tls_server_t *tls, int listen_fd, int stop_fd) {
  loop_t l = {server, tls, listen_fd, stop_fd, NULL, NULL, 0, (size_t)server->settings->max_connections, 0};
  int result = -1;
  l.connections = calloc(l.most, sizeof *l.connections);
  l.polled = calloc(l.most + 2, sizeof *l.polled);
  if (l.connections != NULL && l.polled != NULL) result = run_turns(&l);
  int error = errno;
  while (l.count > 0) drop(&l, l.count - 1);
  free(l.connections);
  free(l.polled);
  errno = error;
  return result;
}
