/* SPDX-License-Identifier: Apache-2.0 */
/* A scripted server with mbedTLS; the one file of the tests that knows it. */
#define _POSIX_C_SOURCE 200809L
#include "common/tls_peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/ssl.h>
#include <mbedtls/version.h>
#include <mbedtls/x509_crt.h>
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
#include <psa/crypto.h>
#endif

#define FOREVER (-1)

struct peer {
  peer_plan_t plan;
  int listeners[2];
  size_t listener_count;
  uint16_t port;
  int stop[2]; /* a pipe; readable when the thread is to end */
  int stopping;
  pthread_t thread;
  int running;
  mbedtls_entropy_context entropy;
  mbedtls_ctr_drbg_context random;
  mbedtls_x509_crt certificate;
  mbedtls_pk_context key;
  mbedtls_ssl_config conf;
  int suites[2];
  /* the connection at work */
  int fd;
  int tls;
  mbedtls_ssl_context ssl;
  peer_seen_t seen[PEER_SEEN_MAX];
  peer_seen_t *now;
  size_t connections;
};

/* ---- waiting ------------------------------------------------------------------------------------- */

/* 1 when the socket is ready, 0 after @p ms or when the peer is to stop. */
static int ready(peer_t *p, int fd, short events, int ms) {
  struct pollfd fds[2] = {{p->stop[0], POLLIN, 0}, {fd, events, 0}};
  int n = poll(fds, 2, ms);
  if (n > 0 && fds[0].revents != 0) p->stopping = 1;
  return n > 0 && !p->stopping && fds[1].revents != 0;
}

static void pause_ms(peer_t *p, unsigned ms) {
  struct pollfd stop = {p->stop[0], POLLIN, 0};
  if (poll(&stop, 1, (int)ms) > 0) p->stopping = 1;
}

/* ---- TLS ----------------------------------------------------------------------------------------- */

static int on_send(void *user, const unsigned char *data, size_t len) {
  const peer_t *p = user;
  ssize_t n = send(p->fd, data, len, MSG_NOSIGNAL);
  if (n >= 0) return (int)n;
  return errno == EAGAIN ? MBEDTLS_ERR_SSL_WANT_WRITE : MBEDTLS_ERR_SSL_CONN_EOF;
}

static int on_receive(void *user, unsigned char *data, size_t len) {
  const peer_t *p = user;
  ssize_t n = recv(p->fd, data, len, 0);
  if (n < 0) return errno == EAGAIN ? MBEDTLS_ERR_SSL_WANT_READ : MBEDTLS_ERR_SSL_CONN_EOF;
  peer_seen_t *s = p->now;
  size_t room = sizeof s->hello - s->hello_len;
  size_t keep = (size_t)n < room ? (size_t)n : room;
  memcpy(s->hello + s->hello_len, data, keep);
  s->hello_len += keep;
  return (int)n;
}

/* Whoever the client is, it is welcome; at depth 0 its chain is kept. */
static int on_client(void *user, mbedtls_x509_crt *crt, int depth, uint32_t *flags) {
  peer_t *p = user;
  *flags = 0;
  if (depth != 0) return 0;
  for (const mbedtls_x509_crt *c = crt; c != NULL; c = c->next) {
    if (p->now->chain_len + c->raw.len > sizeof p->now->chain) break;
    memcpy(p->now->chain + p->now->chain_len, c->raw.p, c->raw.len);
    p->now->chain_len += c->raw.len;
    p->now->chain_count++;
  }
  return 0;
}

static int parse_key(peer_t *p) {
  const unsigned char *pem = (const unsigned char *)p->plan.key;
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
  if (psa_crypto_init() != PSA_SUCCESS) return -1;
  return mbedtls_pk_parse_key(&p->key, pem, strlen(p->plan.key) + 1, NULL, 0, mbedtls_ctr_drbg_random,
                              &p->random);
#else
  return mbedtls_pk_parse_key(&p->key, pem, strlen(p->plan.key) + 1, NULL, 0);
#endif
}

int peer_has_tls13(void) {
#if defined(MBEDTLS_SSL_PROTO_TLS1_3)
  return 1;
#else
  return 0;
#endif
}

/* What the plan leaves of versions and suites. */
static int narrow(peer_t *p) {
  if (p->plan.version == 13 && !peer_has_tls13()) return -1;
#if defined(MBEDTLS_SSL_PROTO_TLS1_3)
  if (p->plan.version == 12) mbedtls_ssl_conf_max_tls_version(&p->conf, MBEDTLS_SSL_VERSION_TLS1_2);
  if (p->plan.version == 13) mbedtls_ssl_conf_min_tls_version(&p->conf, MBEDTLS_SSL_VERSION_TLS1_3);
#endif
  if (p->plan.suite == NULL) return 0;
  p->suites[0] = mbedtls_ssl_get_ciphersuite_id(p->plan.suite);
  if (p->suites[0] == 0) return -1;
  mbedtls_ssl_conf_ciphersuites(&p->conf, p->suites);
  return 0;
}

static int configure(peer_t *p) {
  static const char *protocols[] = {"h2", "http/1.1", NULL};
  if (p->plan.certificate == NULL) return 0;
  const unsigned char *pem = (const unsigned char *)p->plan.certificate;
  if (mbedtls_ctr_drbg_seed(&p->random, mbedtls_entropy_func, &p->entropy, NULL, 0) != 0) return -1;
  if (mbedtls_x509_crt_parse(&p->certificate, pem, strlen(p->plan.certificate) + 1) != 0) return -1;
  if (parse_key(p) != 0) return -1;
  if (mbedtls_ssl_config_defaults(&p->conf, MBEDTLS_SSL_IS_SERVER, MBEDTLS_SSL_TRANSPORT_STREAM,
                                  MBEDTLS_SSL_PRESET_DEFAULT) != 0)
    return -1;
  mbedtls_ssl_conf_rng(&p->conf, mbedtls_ctr_drbg_random, &p->random);
  mbedtls_ssl_conf_authmode(&p->conf, MBEDTLS_SSL_VERIFY_OPTIONAL);
  mbedtls_ssl_conf_verify(&p->conf, on_client, p);
  if (mbedtls_ssl_conf_alpn_protocols(&p->conf, protocols) != 0 || narrow(p) != 0) return -1;
  return mbedtls_ssl_conf_own_cert(&p->conf, &p->certificate, &p->key);
}

/* Waits as mbedTLS wants it. 1 to try again. */
static int again(peer_t *p, int rc) {
  if (rc == MBEDTLS_ERR_SSL_WANT_READ) return ready(p, p->fd, POLLIN, FOREVER);
  if (rc == MBEDTLS_ERR_SSL_WANT_WRITE) return ready(p, p->fd, POLLOUT, FOREVER);
  return 0;
}

static int shake_hands(peer_t *p) {
  mbedtls_ssl_init(&p->ssl);
  p->tls = 1;
  int rc = mbedtls_ssl_setup(&p->ssl, &p->conf);
  mbedtls_ssl_set_bio(&p->ssl, p, on_send, on_receive, NULL);
  if (rc == 0) do
      rc = mbedtls_ssl_handshake(&p->ssl);
    while (again(p, rc));
  p->now->handshake = rc == 0 ? 1 : rc;
  if (rc != 0) return 0;
  const char *alpn = mbedtls_ssl_get_alpn_protocol(&p->ssl);
  if (alpn != NULL) strncpy(p->now->alpn, alpn, sizeof p->now->alpn - 1);
  strncpy(p->now->version, mbedtls_ssl_get_version(&p->ssl), sizeof p->now->version - 1);
  strncpy(p->now->suite, mbedtls_ssl_get_ciphersuite(&p->ssl), sizeof p->now->suite - 1);
  return 1;
}

/* ---- octets -------------------------------------------------------------------------------------- */

static int step_rc(ssize_t n, int want) {
  if (n >= 0) return (int)n;
  return errno == EAGAIN ? want : MBEDTLS_ERR_SSL_CONN_EOF;
}

static int send_all(peer_t *p, const char *text, size_t len) {
  size_t at = 0;
  while (at < len) {
    const unsigned char *data = (const unsigned char *)text + at;
    int rc = p->tls ? mbedtls_ssl_write(&p->ssl, data, len - at)
                    : step_rc(send(p->fd, data, len - at, MSG_NOSIGNAL), MBEDTLS_ERR_SSL_WANT_WRITE);
    if (rc > 0)
      at += (size_t)rc;
    else if (!again(p, rc))
      return 0;
  }
  return 1;
}

/* Octets received, 0 when there will be no more. */
static size_t receive(peer_t *p, char *data, size_t cap) {
  for (;;) {
    int rc = p->tls ? mbedtls_ssl_read(&p->ssl, (unsigned char *)data, cap)
                    : step_rc(recv(p->fd, data, cap, 0), MBEDTLS_ERR_SSL_WANT_READ);
    if (rc > 0) return (size_t)rc;
    if (!again(p, rc)) return 0;
  }
}

static int request_complete(const char *text, size_t len) {
  const char *end = strstr(text, "\r\n\r\n");
  if (end == NULL) return 0;
  const char *length = strstr(text, "Content-Length: ");
  size_t body = length != NULL && length < end ? (size_t)strtoul(length + 16, NULL, 10) : 0;
  return len >= (size_t)(end - text) + 4 + body;
}

static int read_request(peer_t *p) {
  peer_seen_t *s = p->now;
  size_t start = s->request_len;
  for (;;) {
    s->request[s->request_len] = 0;
    if (request_complete(s->request + start, s->request_len - start)) return 1;
    size_t room = sizeof s->request - 1 - s->request_len;
    size_t n = room > 0 ? receive(p, s->request + s->request_len, room) : 0;
    if (n == 0) return 0;
    s->request_len += n;
  }
}

/* ---- scripts ------------------------------------------------------------------------------------- */

/* Reads away what comes, until the client is gone. */
static int hold(peer_t *p) {
  char nothing[256];
  while (!p->stopping) {
    if (!ready(p, p->fd, POLLIN, FOREVER)) break;
    ssize_t n = recv(p->fd, nothing, sizeof nothing, 0);
    if (n == 0 || (n < 0 && errno != EAGAIN)) break;
  }
  return 0;
}

static int drip(peer_t *p, const peer_step_t *step) {
  size_t len = strlen(step->text);
  for (size_t i = 0; !p->stopping; i = (i + 1) % len) {
    if (!send_all(p, step->text + i, 1)) break;
    pause_ms(p, step->ms);
  }
  return 0;
}

static int abort_connection(const peer_t *p) {
  struct linger now = {1, 0};
  (void)setsockopt(p->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  return 0;
}

/* 1 to go on with the next step. */
static int do_step(peer_t *p, const peer_step_t *step) {
  switch (step->kind) {
  case PEER_READ: return read_request(p);
  case PEER_SEND: return send_all(p, step->text, strlen(step->text));
  case PEER_DRIP: return drip(p, step);
  case PEER_PAUSE: pause_ms(p, step->ms); return !p->stopping;
  case PEER_CUT: return 0;
  case PEER_RESET: return abort_connection(p);
  case PEER_RAW: (void)send_all(p, step->text, strlen(step->text)); return hold(p);
  case PEER_HOLD:
  case PEER_SILENT: return hold(p);
  default:
    if (p->tls) (void)mbedtls_ssl_close_notify(&p->ssl);
    return 0;
  }
}

static void serve(peer_t *p) {
  size_t n = p->connections++;
  size_t script = n < p->plan.script_count ? n : p->plan.script_count - 1;
  const peer_step_t *steps = p->plan.scripts[script];
  p->now = &p->seen[n < PEER_SEEN_MAX ? n : PEER_SEEN_MAX - 1];
  p->tls = 0;
  int first = steps[0].kind;
  int go = p->plan.certificate == NULL || first == PEER_SILENT || first == PEER_RAW || shake_hands(p);
  for (size_t i = 0; go && i < PEER_STEPS; i++) go = do_step(p, &steps[i]);
  if (p->tls) mbedtls_ssl_free(&p->ssl);
  close(p->fd);
}

static void *run(void *user) {
  peer_t *p = user;
  while (!p->stopping) {
    struct pollfd fds[3] = {
        {p->stop[0], POLLIN, 0}, {p->listeners[0], POLLIN, 0}, {p->listeners[1], POLLIN, 0}};
    if (poll(fds, 1 + (nfds_t)p->listener_count, FOREVER) < 0 || fds[0].revents != 0) break;
    for (size_t i = 0; i < p->listener_count && !p->stopping; i++) {
      if (fds[i + 1].revents == 0) continue;
      p->fd = accept(p->listeners[i], NULL, NULL);
      if (p->fd < 0) continue;
      (void)fcntl(p->fd, F_SETFL, O_NONBLOCK);
      serve(p);
    }
  }
  return NULL;
}

/* ---- life ---------------------------------------------------------------------------------------- */

static int listen_at(peer_t *p, const char *address) {
  struct sockaddr_in a;
  socklen_t len = sizeof a;
  memset(&a, 0, sizeof a);
  a.sin_family = AF_INET;
  a.sin_port = htons(p->port);
  if (inet_pton(AF_INET, address, &a.sin_addr) != 1) return -1;
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0) return -1;
  p->listeners[p->listener_count++] = fd;
  if (bind(fd, (struct sockaddr *)&a, sizeof a) != 0 || listen(fd, 8) != 0) return -1;
  if (getsockname(fd, (struct sockaddr *)&a, &len) != 0) return -1;
  p->port = ntohs(a.sin_port);
  return 0;
}

static peer_t *new_peer(void) {
  peer_t *p = calloc(1, sizeof *p);
  if (p == NULL) return NULL;
  p->stop[0] = p->stop[1] = -1;
  mbedtls_entropy_init(&p->entropy);
  mbedtls_ctr_drbg_init(&p->random);
  mbedtls_x509_crt_init(&p->certificate);
  mbedtls_pk_init(&p->key);
  mbedtls_ssl_config_init(&p->conf);
  return p;
}

peer_t *peer_start(const peer_plan_t *plan) {
  peer_t *p = new_peer();
  if (p == NULL) return NULL;
  p->plan = *plan;
  int ok = pipe(p->stop) == 0 && configure(p) == 0 && listen_at(p, "127.0.0.1") == 0;
  if (ok && plan->second != NULL) ok = listen_at(p, plan->second) == 0;
  p->running = ok && pthread_create(&p->thread, NULL, run, p) == 0;
  if (p->running) return p;
  peer_free(p);
  return NULL;
}

uint16_t peer_port(const peer_t *p) { return p->port; }

void peer_stop(peer_t *p) {
  if (!p->running) return;
  (void)!write(p->stop[1], "x", 1);
  pthread_join(p->thread, NULL);
  p->running = 0;
}

size_t peer_connections(const peer_t *p) { return p->connections; }

const peer_seen_t *peer_seen(const peer_t *p, size_t connection) { return &p->seen[connection]; }

void peer_free(peer_t *p) {
  if (p == NULL) return;
  peer_stop(p);
  for (size_t i = 0; i < p->listener_count; i++) close(p->listeners[i]);
  if (p->stop[0] >= 0) close(p->stop[0]);
  if (p->stop[1] >= 0) close(p->stop[1]);
  mbedtls_ssl_config_free(&p->conf);
  mbedtls_pk_free(&p->key);
  mbedtls_x509_crt_free(&p->certificate);
  mbedtls_ctr_drbg_free(&p->random);
  mbedtls_entropy_free(&p->entropy);
  free(p);
}

/* ---- looking at a ClientHello -------------------------------------------------------------------- */

static size_t u16(const uint8_t *p) { return (size_t)p[0] << 8 | p[1]; }

const uint8_t *peer_hello_extension(const peer_seen_t *seen, unsigned type, size_t *len,
                                    size_t *session_len) {
  /* record header 5, handshake header 4, version 2, random 32 */
  const uint8_t *h = seen->hello;
  size_t at = 43;
  if (seen->hello_len < 44 || h[0] != 22 || h[5] != 1) return NULL;
  *session_len = h[at];
  at += 1 + h[at];
  if (at + 2 > seen->hello_len) return NULL;
  at += 2 + u16(h + at); /* cipher suites */
  if (at + 1 > seen->hello_len) return NULL;
  at += 1 + (size_t)h[at]; /* compression */
  if (at + 2 > seen->hello_len) return NULL;
  size_t end = at + 2 + u16(h + at);
  at += 2;
  while (at + 4 <= end && end <= seen->hello_len) {
    *len = u16(h + at + 2);
    if (at + 4 + *len > end) return NULL;
    if (u16(h + at) == type) return h + at + 4;
    at += 4 + *len;
  }
  return NULL;
}

/* ---- certificates -------------------------------------------------------------------------------- */

/* Signs with the key and generator of @p p, in which nothing else is used. */
static int sign_itself(peer_t *p, mbedtls_x509write_cert *crt, char *out, size_t cap) {
  mbedtls_x509write_crt_set_version(crt, MBEDTLS_X509_CRT_VERSION_3);
  mbedtls_x509write_crt_set_md_alg(crt, MBEDTLS_MD_SHA256);
  mbedtls_x509write_crt_set_subject_key(crt, &p->key);
  mbedtls_x509write_crt_set_issuer_key(crt, &p->key);
  /* without any, mbedTLS writes an empty list of extensions, which is no list (RFC 5280 4.1) */
  int rc = mbedtls_x509write_crt_set_basic_constraints(crt, 0, -1);
  if (rc != 0) return rc;
  return mbedtls_x509write_crt_pem(crt, (unsigned char *)out, cap, mbedtls_ctr_drbg_random, &p->random);
}

int peer_self_signed(const char *key, const char *subject, const char *from, const char *to, char *out,
                     size_t cap) {
  mbedtls_x509write_cert crt;
  mbedtls_mpi serial;
  peer_t *p = new_peer();
  if (p == NULL) return -1;
  p->plan.key = key;
  mbedtls_mpi_init(&serial);
  mbedtls_x509write_crt_init(&crt);
  int rc = mbedtls_ctr_drbg_seed(&p->random, mbedtls_entropy_func, &p->entropy, NULL, 0);
  if (rc == 0) rc = parse_key(p);
  if (rc == 0) rc = mbedtls_mpi_lset(&serial, 77);
  if (rc == 0) rc = mbedtls_x509write_crt_set_serial(&crt, &serial);
  if (rc == 0) rc = mbedtls_x509write_crt_set_subject_name(&crt, subject);
  if (rc == 0) rc = mbedtls_x509write_crt_set_issuer_name(&crt, subject);
  if (rc == 0) rc = mbedtls_x509write_crt_set_validity(&crt, from, to);
  if (rc == 0) rc = sign_itself(p, &crt, out, cap);
  mbedtls_x509write_crt_free(&crt);
  mbedtls_mpi_free(&serial);
  peer_free(p);
  return rc;
}
