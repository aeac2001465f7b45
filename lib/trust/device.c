/* SPDX-License-Identifier: Apache-2.0 */
/* The device object: identity, anchors, servers, policy (RFC 8572 5.1). */
#include "trust/image_check.h"

#include "cryptography/own_cert.h"
#include "formats/armor.h"
#include "formats/found.h"
#include "formats/uri.h"
#include "ground/text.h"

#define SERIAL_OID     "\x55\x04\x05" /* id-at-serialNumber, 2.5.4.5 */
#define FIELD_MAX      256
#define CERTS_PER_ROLE 256

/* Policies that are on or off, and off unless somebody sets them. */
#define SWITCH(policy) ((uint64_t)1 << (policy))
static const uint64_t SWITCHES =
    SWITCH(SZTP_POLICY_SIGNED_ONLY) | SWITCH(SZTP_POLICY_SIGNED_ATTRS) | SWITCH(SZTP_POLICY_NONCE_REQUIRED) |
    SWITCH(SZTP_POLICY_NONCE_ALWAYS) | SWITCH(SZTP_POLICY_EXPIRY_NEEDS_CLOCK) |
    SWITCH(SZTP_POLICY_NO_SCRIPT_OUTPUT) | SWITCH(SZTP_POLICY_NO_SCRIPTS) | SWITCH(SZTP_POLICY_VOUCHER_TIME) |
    SWITCH(SZTP_POLICY_IMAGE_BOTH) | SWITCH(SZTP_POLICY_CSR_REQUIRED) | SWITCH(SZTP_POLICY_ALLOW_SHA1) |
    SWITCH(SZTP_POLICY_REVISED_VOUCHER) | SWITCH(SZTP_POLICY_COMMON_NAME) |
    SWITCH(SZTP_POLICY_PROVISIONAL_FALLBACK) | SWITCH(SZTP_POLICY_LENIENT_DHCP) |
    SWITCH(SZTP_POLICY_IMAGE_SIGNATURE) | SWITCH(SZTP_POLICY_CRL_ANY_AGE) |
    SWITCH(SZTP_POLICY_CONSTRAINED_VOUCHER) | SWITCH(SZTP_POLICY_DEVICES_SIGN_VOUCHERS) |
    SWITCH(SZTP_POLICY_DHCP_ANCHORS) | SWITCH(SZTP_POLICY_NO_HOST_META) | SWITCH(SZTP_POLICY_NO_DNS_SERIAL);

/* The others: their range and default. */
static const struct policy_rule {
  uint32_t policy;
  uint32_t initial;
  uint32_t most; /* 0: any point in time */
} RULES[] = {
    {SZTP_POLICY_ASSERTIONS, SZTP_ASSERTION_VERIFIED, 15},
    {SZTP_POLICY_REVOCATION, SZTP_REVOCATION_AS_VOUCHER, SZTP_REVOCATION_OFF},
    {SZTP_POLICY_TIME_FLOOR, 0, 0},
    {SZTP_POLICY_VOUCHER_FLOOR, 0, 0},
    {SZTP_POLICY_MAX_PASSES, 0, UINT32_MAX},
    {SZTP_POLICY_RETRY_FIRST_MS, 5000, 86400000},
    {SZTP_POLICY_RETRY_LAST_MS, 300000, 86400000},
    {SZTP_POLICY_EVIDENCE, 0, SZTP_EVIDENCE_CERTIFY | SZTP_EVIDENCE_QUOTE},
    {SZTP_POLICY_EVIDENCE_PCRS, 0x9f, 0xffffff},
};
#define RULE_COUNT (sizeof RULES / sizeof RULES[0])

int32_t sztp_device_new(sztp_ctx_t *ctx, sztp_device_t **out) {
  if (ctx == NULL || out == NULL) return SZTP_ERR_ARG;
  if (sztp__enter(ctx) < 0) return SZTP_ERR_REENTRY;
  sztp_device_t *dev = sztp__alloc(ctx, sizeof *dev);
  if (dev == NULL) return SZTP_ERR_MEMORY;
  dev->ctx = ctx;
  for (size_t i = 0; i < RULE_COUNT; i++) dev->policy[RULES[i].policy] = RULES[i].initial;
  *out = dev;
  return SZTP_OK;
}

static void free_certs(sztp_ctx_t *ctx, sztp__certs_t *certs) {
  for (size_t i = 0; i < certs->n; i++) sztp__free(ctx, (void *)(uintptr_t)certs->v[i].der.data);
  sztp__free(ctx, certs->v);
  certs->v = NULL;
  certs->n = 0;
}

static void free_required(sztp_device_t *dev) {
  for (size_t what = 0; what < SZTP__REQUIREMENTS; what++) {
    sztp__oids_t *oids = dev->required[what];
    for (size_t i = 0; oids != NULL && i < oids->count; i++)
      sztp__free(dev->ctx, (void *)(uintptr_t)oids->oid[i].data);
    sztp__free(dev->ctx, oids);
  }
}

void sztp_device_free(sztp_device_t *dev) {
  if (dev == NULL || sztp__in_callback(dev->ctx)) return;
  if (dev->sessions > 0) {
    sztp__log(dev->ctx, SZTP_LOG_ERROR, SZTP_TOPIC_DEVICE,
              "the device is not freed: a session of it is alive");
    return;
  }
  for (size_t i = 0; i < SZTP__DEVICE_FIELDS; i++) sztp__free(dev->ctx, dev->fields[i]);
  sztp__free(dev->ctx, dev->identity_serial);
  for (size_t i = 0; i < SZTP__CERT_ROLES; i++) free_certs(dev->ctx, &dev->certs[i]);
  for (size_t i = 0; i < dev->server_count; i++) sztp__free(dev->ctx, dev->servers[i].host);
  sztp__free(dev->ctx, dev->servers);
  for (size_t i = 0; i < dev->domain_count; i++) sztp__free(dev->ctx, dev->domains[i]);
  sztp__host_keys_free(dev);
  struct sztp__firmware *firmware = sztp__firmware_of(dev);
  if (firmware != NULL) free_certs(dev->ctx, &firmware->anchors);
  sztp__free(dev->ctx, firmware);
  free_required(dev);
  sztp__free(dev->ctx, dev);
}

sztp_ctx_t *sztp_device_ctx(const sztp_device_t *dev) { return dev != NULL ? dev->ctx : NULL; }

int32_t sztp_device_freeze(sztp_device_t *dev) {
  if (dev == NULL) return SZTP_ERR_ARG;
  if (sztp__enter(dev->ctx) < 0) return SZTP_ERR_REENTRY;
  dev->frozen = 1;
  return SZTP_OK;
}

int32_t sztp__device_may_set(sztp_device_t *dev) {
  if (sztp__enter(dev->ctx) < 0) return SZTP_ERR_REENTRY;
  if (dev->frozen) return sztp__fail(dev->ctx, SZTP_ERR_SEQUENCE, "device", "this device is frozen");
  if (dev->sessions > 0)
    return sztp__fail(dev->ctx, SZTP_ERR_SEQUENCE, "device", "a session of this device is alive");
  return SZTP_OK;
}

int32_t sztp_device_set_text(sztp_device_t *dev, uint32_t field, const char *value) {
  if (dev == NULL || value == NULL || field == 0 || field >= SZTP__DEVICE_FIELDS) return SZTP_ERR_ARG;
  int32_t rc = sztp__device_may_set(dev);
  if (rc == SZTP_OK) rc = sztp__text_check(dev->ctx, "device", sztp__span_of(value), FIELD_MAX);
  if (rc < 0) return rc;
  char *copy = (char *)sztp__copy(dev->ctx, value, strlen(value));
  if (copy == NULL) return SZTP_ERR_MEMORY;
  sztp__free(dev->ctx, dev->fields[field]);
  dev->fields[field] = copy;
  if (field == SZTP_DEVICE_SERIAL && dev->identity_serial != NULL && strcmp(copy, dev->identity_serial) != 0)
    sztp__log(dev->ctx, SZTP_LOG_WARN, SZTP_TOPIC_DEVICE,
              "the serial number given differs from the identity certificate's; vouchers are compared with "
              "the one given");
  return SZTP_OK;
}

const char *sztp__device_serial(const sztp_device_t *dev) {
  if (dev->fields[SZTP_DEVICE_SERIAL] != NULL) return dev->fields[SZTP_DEVICE_SERIAL];
  return dev->identity_serial;
}

int32_t sztp_device_text(const sztp_device_t *dev, uint32_t field, const char **out) {
  if (dev == NULL || out == NULL || field == 0 || field > SZTP_DEVICE_CERT_SERIAL) return SZTP_ERR_ARG;
  const char *value = field == SZTP_DEVICE_SERIAL        ? sztp__device_serial(dev)
                      : field == SZTP_DEVICE_CERT_SERIAL ? dev->identity_serial
                                                         : dev->fields[field];
  if (value == NULL) return SZTP_ERR_NOT_FOUND;
  *out = value;
  return SZTP_OK;
}

/* Certificates that are shown to others or name a key, and that the device itself relies on for nothing. */
static int is_own(uint32_t role) {
  return role == SZTP_CERT_IDENTITY || role == SZTP_CERT_IDENTITY_CHAIN || role == SZTP_CERT_DECRYPTION ||
         role == SZTP_CERT_ATTESTATION;
}

/* Appends one certificate, taking over @p der on success. */
static int32_t append(sztp_ctx_t *ctx, uint32_t role, sztp__certs_t *list, uint8_t *der, size_t len) {
  if (list->n >= CERTS_PER_ROLE)
    return sztp__fail(ctx, SZTP_ERR_LIMIT, "device.cert", "more than %d certificates", CERTS_PER_ROLE);
  sztp__cert_t *grown = sztp__realloc(ctx, list->v, (list->n + 1) * sizeof *grown);
  if (grown == NULL) return SZTP_ERR_MEMORY;
  list->v = grown;
  int32_t rc = is_own(role) ? sztp__own_cert_parse(ctx, sztp__span(der, len), &list->v[list->n])
                            : sztp__cert_parse(ctx, sztp__span(der, len), &list->v[list->n]);
  if (rc < 0) return rc;
  list->n++;
  return SZTP_OK;
}

static int32_t append_copy(sztp_ctx_t *ctx, uint32_t role, sztp__certs_t *list, sztp__span_t der) {
  uint8_t *copy = sztp__copy(ctx, der.data, der.len);
  if (copy == NULL) return SZTP_ERR_MEMORY;
  int32_t rc = append(ctx, role, list, copy, der.len);
  if (rc < 0) sztp__free(ctx, copy);
  return rc;
}

/* Says what is in the place of certificates, if that is something else and not a broken one. */
static int32_t no_certificate(sztp_ctx_t *ctx, sztp__span_t data, int32_t rc) {
  const char *found = sztp__found(data);
  if (found == NULL || strcmp(found, SZTP__FOUND_CERTIFICATE) == 0) return rc;
  sztp__trail_clear(ctx);
  return sztp__fail(ctx, rc, "device.cert", "it is %s, where bare certificates are wanted", found);
}

static int32_t read_der(sztp_ctx_t *ctx, uint32_t role, sztp__span_t data, sztp__certs_t *list) {
  sztp__der_t d;
  sztp__tlv_t tlv;
  sztp__der_init(&d, ctx, data);
  while (!sztp__der_at_end(&d)) {
    int32_t rc = sztp__der_expect(&d, SZTP__DER_SEQUENCE, &tlv);
    if (rc == SZTP_OK) rc = append_copy(ctx, role, list, tlv.whole);
    if (rc == SZTP_ERR_DER) return no_certificate(ctx, data, rc);
    if (rc < 0) return rc;
  }
  return SZTP_OK;
}

/* Certificates of a file in any form, parsed; at least one. */
static int32_t read_role_certs(sztp_ctx_t *ctx, uint32_t role, sztp__span_t data, sztp__certs_t *list) {
  if (data.len > SZTP__CERT_FILE_MAX)
    return sztp__fail(ctx, SZTP_ERR_LIMIT, "device.cert", "%zu octets of certificates", data.len);
  sztp__buf_t der;
  sztp__buf_init(&der, ctx, SZTP__CERT_FILE_MAX);
  int32_t rc = sztp__armor_remove(ctx, data, sztp__armor_certificate, &der);
  if (rc == SZTP_OK) rc = read_der(ctx, role, sztp__buf_span(&der), list);
  if (rc == SZTP_OK && list->n == 0)
    rc = sztp__fail(ctx, SZTP_ERR_TEXT, "device.cert", "no certificate in it");
  sztp__buf_clear(&der);
  return rc;
}

/* Reads the identity's serial number (IDEV-01, IDEV-02, IDEV-04) and takes the certificate. */
static int32_t take_identity(sztp_device_t *dev, sztp__certs_t *list) {
  size_t count = 0;
  size_t len = 0;
  uint8_t *serial = NULL;
  int32_t rc =
      sztp__name_attribute(dev->ctx, list->v[0].subject, sztp__span_of(SERIAL_OID), &count, &serial, &len);
  if (rc < 0) return rc;
  int usable = count == 1 && len > 0 && memchr(serial, 0, len) == NULL;
  if (!usable && dev->fields[SZTP_DEVICE_SERIAL] == NULL) {
    sztp__free(dev->ctx, serial);
    return sztp__fail(dev->ctx, SZTP_ERR_CONFIG, "device.identity",
                      "the subject has %zu serialNumber attributes (2.5.4.5), one is needed; or set the "
                      "serial number first",
                      count);
  }
  if (!usable) {
    sztp__free(dev->ctx, serial);
    serial = NULL;
  }
  sztp__certs_t one = {sztp__alloc(dev->ctx, sizeof(sztp__cert_t)), 1};
  if (one.v == NULL) {
    sztp__free(dev->ctx, serial);
    return SZTP_ERR_MEMORY;
  }
  one.v[0] = list->v[0];
  list->v[0].der = sztp__span(NULL, 0); /* now owned by the device */
  free_certs(dev->ctx, &dev->certs[SZTP_CERT_IDENTITY]);
  dev->certs[SZTP_CERT_IDENTITY] = one;
  sztp__free(dev->ctx, dev->identity_serial);
  dev->identity_serial = (char *)serial;
  const char *set = dev->fields[SZTP_DEVICE_SERIAL];
  if (set != NULL && serial != NULL && strcmp(set, (const char *)serial) != 0)
    sztp__log(dev->ctx, SZTP_LOG_WARN, SZTP_TOPIC_DEVICE,
              "the serial number given differs from the identity certificate's; vouchers are compared with "
              "the one given");
  return SZTP_OK;
}

/* Moves all certificates of @p list after those of @p to. */
static int32_t take_all(sztp_device_t *dev, sztp__certs_t *to, sztp__certs_t *list) {
  if (to->n + list->n > CERTS_PER_ROLE)
    return sztp__fail(dev->ctx, SZTP_ERR_LIMIT, "device.cert", "more than %d certificates", CERTS_PER_ROLE);
  sztp__cert_t *grown = sztp__realloc(dev->ctx, to->v, (to->n + list->n) * sizeof *grown);
  if (grown == NULL) return SZTP_ERR_MEMORY;
  to->v = grown;
  memcpy(to->v + to->n, list->v, list->n * sizeof *grown);
  to->n += list->n;
  list->n = 0;
  return SZTP_OK;
}

int32_t sztp_device_add_cert(sztp_device_t *dev, uint32_t role, const uint8_t *data, size_t len) {
  if (dev == NULL || data == NULL || len == 0 || role == 0 || role >= SZTP__CERT_ROLES) return SZTP_ERR_ARG;
  int32_t rc = sztp__device_may_set(dev);
  if (rc < 0) return rc;
  sztp__certs_t list = {NULL, 0};
  rc = read_role_certs(dev->ctx, role, sztp__span(data, len), &list);
  if (rc == SZTP_OK) {
    if (role == SZTP_CERT_IDENTITY)
      rc = take_identity(dev, &list);
    else if (role == SZTP_CERT_REPORT_ANCHOR)
      rc = sztp__report_anchor_take(dev, &list);
    else
      rc = take_all(dev, &dev->certs[role], &list);
  }
  free_certs(dev->ctx, &list);
  return rc;
}

int32_t sztp__device_take_anchors(sztp_device_t *dev, sztp__certs_t *to, sztp__span_t data) {
  sztp__certs_t list = {NULL, 0};
  int32_t rc = read_role_certs(dev->ctx, SZTP_CERT_VOUCHER_ANCHOR, data, &list); /* relied on as those */
  if (rc == SZTP_OK) rc = take_all(dev, to, &list);
  free_certs(dev->ctx, &list);
  return rc;
}

int32_t sztp_device_cert(const sztp_device_t *dev, uint32_t role, size_t index, const uint8_t **der,
                         size_t *len) {
  if (dev == NULL || der == NULL || len == NULL || role == 0 || role >= SZTP__CERT_ROLES) return SZTP_ERR_ARG;
  if (index >= dev->certs[role].n) return SZTP_ERR_NOT_FOUND;
  *der = dev->certs[role].v[index].der.data;
  *len = dev->certs[role].v[index].der.len;
  return SZTP_OK;
}

int32_t sztp_device_add_server(sztp_device_t *dev, const char *host, uint16_t port) {
  uint32_t kind = 0;
  if (dev == NULL || host == NULL) return SZTP_ERR_ARG;
  int32_t rc = sztp__device_may_set(dev);
  if (rc == SZTP_OK) rc = sztp__host_kind(dev->ctx, sztp__span_of(host), &kind);
  if (rc < 0) return rc;
  if (dev->server_count >= SZTP__DEVICE_SERVERS)
    return sztp__fail(dev->ctx, SZTP_ERR_LIMIT, "device.server", "more than %d servers",
                      SZTP__DEVICE_SERVERS);
  sztp__server_t *grown = sztp__realloc(dev->ctx, dev->servers, (dev->server_count + 1) * sizeof *grown);
  if (grown == NULL) return SZTP_ERR_MEMORY;
  dev->servers = grown;
  char *copy = (char *)sztp__copy(dev->ctx, host, strlen(host));
  if (copy == NULL) return SZTP_ERR_MEMORY;
  sztp__server_t *slot = &dev->servers[dev->server_count++];
  slot->host = copy;
  slot->port = port == 0 ? 443 : port;
  return SZTP_OK;
}

int32_t sztp__domain_check(sztp_ctx_t *ctx, sztp__span_t domain) {
  uint32_t kind = 0;
  int32_t rc = sztp__host_kind(ctx, domain, &kind);
  if (rc < 0 || kind == SZTP__HOST_NAME) return rc;
  return sztp__fail(ctx, SZTP_ERR_URI, "domain", "an address is no domain");
}

int32_t sztp_device_add_domain(sztp_device_t *dev, const char *domain) {
  if (dev == NULL || domain == NULL) return SZTP_ERR_ARG;
  int32_t rc = sztp__device_may_set(dev);
  if (rc == SZTP_OK) rc = sztp__domain_check(dev->ctx, sztp__span_of(domain));
  if (rc < 0) return rc;
  if (dev->domain_count >= SZTP__DOMAINS)
    return sztp__fail(dev->ctx, SZTP_ERR_LIMIT, "device.domain", "more than %d domains", SZTP__DOMAINS);
  char *copy = (char *)sztp__copy(dev->ctx, domain, strlen(domain));
  if (copy == NULL) return SZTP_ERR_MEMORY;
  dev->domains[dev->domain_count++] = copy;
  return SZTP_OK;
}

int32_t sztp_device_add_host_key(sztp_device_t *dev, const char *algorithm, const uint8_t *blob, size_t len) {
  if (dev == NULL || algorithm == NULL || blob == NULL) return SZTP_ERR_ARG;
  int32_t rc = sztp__device_may_set(dev);
  return rc == SZTP_OK ? sztp__host_key_add(dev, algorithm, blob, len) : rc;
}

int32_t sztp_device_set_key(sztp_device_t *dev, sztp_key_fn fn, void *user) {
  if (dev == NULL) return SZTP_ERR_ARG;
  int32_t rc = sztp__device_may_set(dev);
  if (rc < 0) return rc;
  dev->key = fn;
  dev->key_user = user;
  return SZTP_OK;
}

/* The largest value of a policy; 0 if there is no such policy. */
static int64_t most_of(uint32_t policy) {
  for (size_t i = 0; i < RULE_COUNT; i++)
    if (RULES[i].policy == policy) return RULES[i].most != 0 ? (int64_t)RULES[i].most : INT64_MAX;
  return policy < SZTP__POLICIES && (SWITCHES >> policy & 1) != 0;
}

int32_t sztp_device_set_i64(sztp_device_t *dev, uint32_t policy, int64_t value) {
  if (dev == NULL) return SZTP_ERR_ARG;
  int32_t rc = sztp__device_may_set(dev);
  if (rc < 0) return rc;
  int64_t most = most_of(policy);
  if (most == 0)
    return sztp__fail(dev->ctx, SZTP_ERR_ARG, "device.policy", "unknown policy %u", (unsigned)policy);
  if (value < 0 || value > most)
    return sztp__fail(dev->ctx, SZTP_ERR_ARG, "device.policy", "policy %u: %lld is not within 0 to %lld",
                      (unsigned)policy, (long long)value, (long long)most);
  int is_floor = policy == SZTP_POLICY_TIME_FLOOR || policy == SZTP_POLICY_VOUCHER_FLOOR;
  if (is_floor && value < dev->policy[policy])
    return sztp__fail(dev->ctx, SZTP_ERR_ARG, "device.policy", "the floor of time only moves forward");
  if (policy == SZTP_POLICY_CONSTRAINED_VOUCHER && value != 0 && !sztp_has_feature(SZTP_FEATURE_CBOR))
    return sztp__fail(dev->ctx, SZTP_ERR_UNSUPPORTED, "device.policy",
                      "this library was built without constrained vouchers (SZTP_FEATURE_CBOR)");
  dev->policy[policy] = value;
  return SZTP_OK;
}

uint64_t sztp__policy(const sztp_device_t *dev, uint32_t policy) { return (uint64_t)dev->policy[policy]; }

sztp__clock_t sztp__device_clock(const sztp_ctx_t *ctx, const sztp_device_t *dev, int64_t unix_time) {
  int64_t floor = (int64_t)sztp__policy(dev, SZTP_POLICY_TIME_FLOOR);
  sztp__clock_t clock = {SZTP__CLOCK_NONE, 0};
  if (unix_time != SZTP_TIME_UNKNOWN && unix_time >= floor) {
    clock.mode = SZTP__CLOCK_TRUSTED;
    clock.now = unix_time;
    return clock;
  }
  if (sztp__ctx_known_floor(ctx) > floor) floor = sztp__ctx_known_floor(ctx);
  if (floor > 0) {
    clock.mode = SZTP__CLOCK_FLOOR;
    clock.now = floor;
  }
  return clock;
}

void sztp__device_log_switches(sztp_ctx_t *ctx, const sztp_device_t *dev) {
  static const struct {
    uint32_t policy;
    const char *weakens;
  } told[] = {
      {SZTP_POLICY_ALLOW_SHA1, "SHA-1 signatures are accepted"},
      {SZTP_POLICY_REVISED_VOUCHER, "vouchers may lack created-on and assertion"},
      {SZTP_POLICY_COMMON_NAME, "a server's common name counts as its name"},
      {SZTP_POLICY_PROVISIONAL_FALLBACK, "well-known servers are retried without authentication"},
      {SZTP_POLICY_LENIENT_DHCP, "DHCP option text without lengths is read"},
      {SZTP_POLICY_IMAGE_SIGNATURE, "images without fingerprint rest on their embedded signature"},
      {SZTP_POLICY_CRL_ANY_AGE, "without a trusted clock, revocation lists of any age count"},
      {SZTP_POLICY_CONSTRAINED_VOUCHER, "constrained vouchers (COSE) and pinned public keys are accepted"},
      {SZTP_POLICY_DEVICES_SIGN_VOUCHERS, "devices' own certificates may sign vouchers"},
      {SZTP_POLICY_DHCP_ANCHORS, "servers that DHCP names are trusted if a server anchor is theirs"},
  };
  for (size_t i = 0; i < sizeof told / sizeof told[0]; i++)
    if (dev->policy[told[i].policy] != 0)
      sztp__log(ctx, SZTP_LOG_WARN, SZTP_TOPIC_DEVICE, "a check is weakened: %s", told[i].weakens);
}
