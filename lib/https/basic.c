/* SPDX-License-Identifier: Apache-2.0 */
/* The device's credentials for HTTP Basic (RFC 7617). Linked only where a transport is given some; the
 * password is with whoever gives it, and here just as long as a request is written. */
#include "https/transport.h"

#include "ground/text.h"

#define PASSWORD_MAX 256

static int32_t basic_header(sztp_https_t *h, sztp_ctx_t *ctx, sztp__buf_t *header) {
  const char *serial = "";
  uint8_t password[PASSWORD_MAX];
  size_t len = 0;
  sztp__buf_t pair;
  sztp__buf_init(&pair, ctx, SZTP__BUFFER);
  int32_t rc = sztp_device_text(h->dev, SZTP_DEVICE_SERIAL, &serial);
  if (rc == SZTP_OK && h->password(h->password_user, password, sizeof password, &len) != 0)
    rc = SZTP_ERR_NOT_FOUND;
  if (rc == SZTP_OK && len > sizeof password) rc = SZTP_ERR_HOST;
  if (rc == SZTP_OK) rc = sztp__text_check(ctx, "password", sztp__span(password, len), sizeof password);
  if (rc == SZTP_OK) {
    sztp__buf_add_text(&pair, serial);
    sztp__buf_add_u8(&pair, ':');
    rc = sztp__buf_add(&pair, password, len);
  }
  sztp__wipe(password, sizeof password);
  if (rc == SZTP_OK) {
    sztp__buf_add_text(header, "Authorization: Basic ");
    rc = sztp__base64_encode(header, sztp__buf_span(&pair));
  }
  sztp__buf_clear(&pair);
  return rc;
}

/* D-34: both ways in which the device identifies itself name the same one. */
static int32_t is_serial(const sztp_https_t *h, uint32_t field, const char *serial) {
  const char *own = "";
  char stated[SZTP__NAME_SIZE], found[SZTP__NAME_SIZE];
  int32_t rc = sztp_device_text(h->dev, field, &own);
  if (rc == SZTP_ERR_NOT_FOUND && field == SZTP_DEVICE_CERT_SERIAL) return SZTP_OK;
  if (rc == SZTP_OK && strcmp(own, serial) == 0) return SZTP_OK;
  return sztp__fail(sztp_device_ctx(h->dev), SZTP_ERR_CONFIG, "basic",
                    "the credentials stand for the serial number '%s', the %s for '%s' (TLS-09)",
                    sztp__printable(stated, sizeof stated, sztp__span_of(serial)),
                    field == SZTP_DEVICE_SERIAL ? "device" : "identity certificate",
                    sztp__printable(found, sizeof found, sztp__span_of(own)));
}

int32_t sztp_https_set_basic(sztp_https_t *h, const char *serial, sztp_https_password_fn fn, void *user) {
  if (h == NULL || serial == NULL) return SZTP_ERR_ARG;
  if (h->busy) return SZTP_ERR_REENTRY;
  sztp_ctx_t *ctx = sztp_device_ctx(h->dev);
  if (sztp__enter(ctx) < 0) return SZTP_ERR_REENTRY;
  int32_t rc = SZTP_OK;
  if (fn != NULL) rc = is_serial(h, SZTP_DEVICE_CERT_SERIAL, serial);
  if (fn != NULL && rc == SZTP_OK) rc = is_serial(h, SZTP_DEVICE_SERIAL, serial);
  if (fn != NULL && rc == SZTP_OK && strchr(serial, ':') != NULL)
    rc = sztp__fail(ctx, SZTP_ERR_CONFIG, "basic", "the serial number '%s' has a colon, as no user name may",
                    serial);
  if (rc != SZTP_OK) return rc;
  h->authorize = fn != NULL ? basic_header : NULL;
  h->password = fn;
  h->password_user = user;
  return SZTP_OK;
}
