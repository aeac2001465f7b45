/* SPDX-License-Identifier: Apache-2.0 */
/* A transport of one's own: FETCH answered with libcurl, whose TLS stack authenticates the server.
 * usage: own_transport IDENTITY KEY VOUCHER-ANCHOR SERVER-ANCHOR PORT   (bootstrap server on 127.0.0.1) */
#define _POSIX_C_SOURCE 200809L
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sztp/sztp.h>

struct transport {
  const char *identity;
  const char *key;
};

struct exchange {
  sztp_session_t *s;
  const sztp_action_t *a;
};

static int64_t number(const sztp_action_t *a, uint32_t field) {
  int64_t value = 0;
  (void)sztp_action_i64(a, field, 0, &value);
  return value;
}

/* All byte fields have a NUL behind them; those used here are text. */
static const char *text(const sztp_action_t *a, uint32_t field, size_t index) {
  const uint8_t *data = NULL;
  size_t len = 0;
  return sztp_action_bytes(a, field, index, &data, &len) == 0 ? (const char *)data : NULL;
}

static size_t on_body(char *data, size_t size, size_t count, void *user) {
  struct exchange *e = user;
  int32_t rc = sztp_reply_write(e->s, sztp_action_ticket(e->a), (const uint8_t *)data, size * count);
  return rc == 0 ? size * count : 0;
}

/* libcurl wants anchors as PEM. @return octets written, 0 if they do not fit */
static size_t anchors_as_pem(const sztp_action_t *a, char *out, size_t cap) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  size_t at = 0;
  for (size_t i = 0; i < sztp_action_count(a, SZTP_F_ANCHOR); i++) {
    const uint8_t *der = NULL;
    size_t len = 0;
    if (sztp_action_bytes(a, SZTP_F_ANCHOR, i, &der, &len) < 0 || cap - at < len * 2 + 100) return 0;
    at += (size_t)snprintf(out + at, cap - at, "-----BEGIN CERTIFICATE-----\n");
    for (size_t n = 0; n < len; n += 3) {
      unsigned long group = (unsigned long)der[n] << 16;
      if (n + 1 < len) group |= (unsigned long)der[n + 1] << 8;
      if (n + 2 < len) group |= der[n + 2];
      out[at++] = digits[group >> 18 & 63];
      out[at++] = digits[group >> 12 & 63];
      out[at++] = n + 1 < len ? digits[group >> 6 & 63] : '=';
      out[at++] = n + 2 < len ? digits[group & 63] : '=';
      if (n % 48 == 45) out[at++] = '\n';
    }
    at += (size_t)snprintf(out + at, cap - at, "\n-----END CERTIFICATE-----\n");
  }
  return at;
}

static uint32_t fetch(void *user, sztp_session_t *s, const sztp_action_t *a) {
  static char pem[65536];
  const struct transport *t = user;
  struct exchange e = {s, a};
  struct curl_slist *headers = NULL;
  char url[512], connect_to[512];
  int provisional = number(a, SZTP_F_PROVISIONAL) != 0;
  CURL *curl = curl_easy_init();
  if (curl == NULL) return SZTP_OUTCOME_FAILED;
  /* The name goes into URL, SNI and the certificate check; the connection is made to the action's address. */
  (void)snprintf(url, sizeof url, "https://%s:%u%s", text(a, SZTP_F_NAME, 0),
                 (unsigned)number(a, SZTP_F_PORT), text(a, SZTP_F_PATH, 0));
  (void)snprintf(connect_to, sizeof connect_to, "::%s:", text(a, SZTP_F_ADDRESS, 0));
  struct curl_slist *to = curl_slist_append(NULL, connect_to);
  for (size_t i = 0; i < sztp_action_count(a, SZTP_F_HEADER); i++)
    headers = curl_slist_append(headers, text(a, SZTP_F_HEADER, i));
  curl_easy_setopt(curl, CURLOPT_URL, url);
  curl_easy_setopt(curl, CURLOPT_CONNECT_TO, to);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(curl, CURLOPT_SSLCERT, t->identity);
  curl_easy_setopt(curl, CURLOPT_SSLKEY, t->key);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &e);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, 60L);
  curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L); /* no connection outlives its visit (TLS-19) */
  if (text(a, SZTP_F_BODY, 0) != NULL) curl_easy_setopt(curl, CURLOPT_POSTFIELDS, text(a, SZTP_F_BODY, 0));
  if (provisional) {
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
  } else {
    struct curl_blob anchors = {pem, anchors_as_pem(a, pem, sizeof pem), CURL_BLOB_NOCOPY};
    curl_easy_setopt(curl, CURLOPT_CAINFO_BLOB, &anchors);
    curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
  }
  CURLcode done = curl_easy_perform(curl);
  long status = 0;
  const char *type = NULL;
  (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  (void)curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &type);
  uint64_t ticket = sztp_action_ticket(a);
  if (done == CURLE_OK) {
    (void)sztp_reply_i64(s, ticket, SZTP_F_STATUS, status);
    if (type != NULL)
      (void)sztp_reply_bytes(s, ticket, SZTP_F_CONTENT_TYPE, (const uint8_t *)type, strlen(type));
    if (!provisional)
      (void)sztp_reply_i64(s, ticket, SZTP_F_PEER_VERIFIED, 1); /* libcurl has verified chain and name */
  } else {
    const char *why = curl_easy_strerror(done);
    (void)sztp_reply_bytes(s, ticket, SZTP_F_MESSAGE, (const uint8_t *)why, strlen(why));
    if (done == CURLE_PEER_FAILED_VERIFICATION)
      (void)sztp_reply_i64(s, ticket, SZTP_F_REASON, SZTP_ERR_TLS_UNTRUSTED);
  }
  curl_slist_free_all(headers);
  curl_slist_free_all(to);
  curl_easy_cleanup(curl);
  return done == CURLE_OK ? SZTP_OUTCOME_OK : SZTP_OUTCOME_FAILED;
}

/* The rest of a device, as small as it can be: it shows what it would do. Since nothing is applied, nothing
 * would have to be undone after a cut of power; a device that does apply keeps what SAVE brings, and hands it
 * to sztp_session_restore() at its next start, as blocking_posix.c does. */
static uint32_t show(void *user, sztp_session_t *s, const sztp_action_t *a) {
  (void)user;
  (void)s;
  printf("%s: %s\n", sztp_action_name(sztp_action_kind(a)),
         sztp_action_kind(a) == SZTP_ACTION_CONFIG ? text(a, SZTP_F_DATA, 0) : "");
  return SZTP_OUTCOME_OK;
}

static uint64_t clock_ms(void *user) {
  struct timespec t;
  (void)user;
  (void)clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static int32_t add_cert(sztp_device_t *dev, uint32_t role, const char *path) {
  static uint8_t data[65536];
  FILE *f = fopen(path, "rb");
  size_t len = f == NULL ? 0 : fread(data, 1, sizeof data, f);
  if (f != NULL) (void)fclose(f);
  return sztp_device_add_cert(dev, role, data, len);
}

int main(int argc, char **argv) {
  static const uint32_t shown[] = {SZTP_ACTION_ENABLED, SZTP_ACTION_SAVE, SZTP_ACTION_CONFIG,
                                   SZTP_ACTION_ROLLBACK};
  sztp_ctx_t *ctx = NULL;
  sztp_device_t *dev = NULL;
  sztp_session_t *s = NULL;
  sztp_host_t *host = NULL;
  if (argc != 6) return 2;
  struct transport transport = {argv[1], argv[2]};
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return 1;
  int32_t rc = sztp_ctx_new(NULL, &ctx);
  if (rc == 0) rc = sztp_device_new(ctx, &dev);
  if (rc == 0) rc = add_cert(dev, SZTP_CERT_IDENTITY, argv[1]);
  if (rc == 0) rc = add_cert(dev, SZTP_CERT_VOUCHER_ANCHOR, argv[3]);
  if (rc == 0) rc = add_cert(dev, SZTP_CERT_SERVER_ANCHOR, argv[4]);
  if (rc == 0) rc = sztp_device_add_server(dev, "127.0.0.1", (uint16_t)strtoul(argv[5], NULL, 10));
  if (rc == 0) rc = sztp_device_set_i64(dev, SZTP_POLICY_MAX_PASSES, 1);
  if (rc == 0) rc = sztp_session_new(sztp_device_ctx(dev), dev, &s);
  if (rc == 0) rc = sztp_session_add_source(s, SZTP_SOURCE_WELL_KNOWN);
  if (rc == 0) rc = sztp_host_new(ctx, clock_ms, NULL, &host);
  if (rc == 0) rc = sztp_host_on(host, SZTP_ACTION_FETCH, fetch, &transport);
  for (size_t i = 0; rc == 0 && i < sizeof shown / sizeof shown[0]; i++)
    rc = sztp_host_on(host, shown[i], show, NULL);
  if (rc == 0) rc = sztp_host_run(host, s, NULL);
  puts(rc == 0 ? "bootstrapped" : sztp_error_text(rc));
  sztp_host_free(host);
  sztp_session_free(s);
  sztp_device_free(dev);
  sztp_ctx_free(ctx);
  curl_global_cleanup();
  return rc == 0 ? 0 : 1;
}
