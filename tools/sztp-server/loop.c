/* SPDX-License-Identifier: Apache-2.0 */
/* poll() over the listening socket and a bounded number of connections. */
#define _POSIX_C_SOURCE 200809L
#include "loop.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>

#include "common/notify.h"
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

/* 1 if @p a gives way before @p b: idle ones first, then who has not moved on for longest. */
static int gives_way_before(const connection_t *a, const connection_t *b) {
  int idle_a = connection_idle(a), idle_b = connection_idle(b);
  return idle_a != idle_b ? idle_a : connection_kept_until(a) < connection_kept_until(b);
}

/* The connection that gives way to a new one; l->count if none does yet. */
static size_t to_give_way(const loop_t *l, int64_t now) {
  size_t first = l->count;
  for (size_t i = 0; i < l->count; i++) {
    if (connection_kept_until(l->connections[i]) > now) continue;
    if (first == l->count || gives_way_before(l->connections[i], l->connections[first])) first = i;
  }
  return first;
}

/* Room for one more client: idle, half-open and stuck connections give way, those that move on never do. */
static void make_room(loop_t *l, int64_t now) {
  if (l->count < l->most) return;
  size_t first = to_give_way(l, now);
  journal_note(l->server->maker.ctx, connection_peer(l->connections[first]),
               "closed to make room for another connection");
  drop(l, first);
}

/* Who finds no room waits in the backlog. */
static int has_room(const loop_t *l, int64_t now) {
  return l->count < l->most || to_give_way(l, now) < l->count;
}

static void accept_clients(loop_t *l, int64_t now) {
  char peer[PEER_MAX];
  for (int i = 0; i < ACCEPTS && has_room(l, now); i++) {
    int fd = listener_accept(l->listen_fd, peer);
    if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM))
      l->pause_until = now + PAUSE_MS;
    if (fd < 0 && errno != ECONNABORTED && errno != EINTR) return;
    if (fd < 0) continue;
    make_room(l, now);
    connection_t *c = connection_new(l->server, l->tls, fd, peer, now);
    if (c != NULL) l->connections[l->count++] = c;
  }
}

static int64_t earlier(int64_t a, int64_t b) { return a < b ? a : b; }

/* Fills in what to wait for, and returns how long. */
static int prepare(loop_t *l, int64_t now) {
  int64_t until = INT64_MAX;
  int room = has_room(l, now), may_accept = now >= l->pause_until && room;
  l->polled[0].fd = l->stop_fd;
  l->polled[0].events = POLLIN;
  l->polled[1].fd = may_accept ? l->listen_fd : -1;
  l->polled[1].events = POLLIN;
  if (now < l->pause_until) until = l->pause_until;
  for (size_t i = 0; i < l->count; i++) {
    l->polled[i + 2].fd = connection_socket(l->connections[i]);
    l->polled[i + 2].events = connection_events(l->connections[i]);
    until = earlier(until, connection_deadline(l->connections[i]));
    if (!room) until = earlier(until, connection_kept_until(l->connections[i]));
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
    if ((seen & (POLLERR | POLLNVAL)) != 0) {
      connection_broken(c, now);
      result = -1;
    } else if ((seen & POLLHUP) != 0 && connection_events(c) == 0)
      result = -1;
    else if (seen != 0)
      result = connection_step(c, now);
    if (result == 0 && connection_deadline(c) <= now) result = connection_expire(c, now);
    if (result != 0) drop(l, i);
  }
}

static int run_turns(loop_t *l) {
  for (;;) {
    int ready = poll(l->polled, (nfds_t)(l->count + 2), notify_wait(prepare(l, now_ms())));
    notify_alive(0);
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
