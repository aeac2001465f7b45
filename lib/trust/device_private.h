/* SPDX-License-Identifier: Apache-2.0 */
/* The device's inside: what the integrator configured, read by the layers above. */
#ifndef SZTP_TRUST_DEVICE_PRIVATE_H
#define SZTP_TRUST_DEVICE_PRIVATE_H

#include <sztp/device.h>

#include "cryptography/path.h"
#include "ground/blob.h"

#define SZTP__DEVICE_FIELDS  5  /* SZTP_DEVICE_* are below */
#define SZTP__CERT_ROLES     8  /* SZTP_CERT_* are below */
#define SZTP__POLICIES       64 /* SZTP_POLICY_* are below */
#define SZTP__REQUIREMENTS   5  /* SZTP_REQUIRE_* are below */
#define SZTP__DEVICE_SERVERS 64 /* well-known servers */
#define SZTP__DOMAINS        16 /* in which DNS is asked */

/* Certificates with the DER that they borrow from, which this array owns. */
typedef struct sztp__certs {
  sztp__cert_t *v;
  size_t n;
} sztp__certs_t;

typedef struct sztp__server {
  char *host;
  uint16_t port;
} sztp__server_t;

typedef struct sztp__host_key {
  char *algorithm;
  sztp__blob_t blob;
} sztp__host_key_t;

struct sztp_device {
  sztp_ctx_t *ctx;
  char *fields[SZTP__DEVICE_FIELDS];
  char *identity_serial; /* of the identity certificate's subject, NULL if it has no usable one */
  sztp__certs_t certs[SZTP__CERT_ROLES];
  sztp__server_t *servers;
  size_t server_count;
  size_t domain_count;
  sztp__host_key_t *host_keys;
  size_t host_key_count;
  sztp__blob_t *report_anchors; /* each a degenerate CMS */
  size_t report_anchor_count;
  sztp_key_fn key; /* NULL: none */
  void *key_user;
  struct sztp__firmware *firmware; /* NULL: signatures of boot images are not believed (image_check.h) */
  const struct sztp__csr_way *csr; /* NULL: no certificate signing requests are offered */
  uint8_t csr_formats;             /* SZTP_CSR_* */
  uint8_t csr_algorithms;          /* SZTP_ALGORITHM_* */
  int frozen;                      /* for ever: setters refuse, and any context may use it */
  unsigned sessions;               /* alive, of its own context; setters refuse while there are any */
  char *domains[SZTP__DOMAINS];
  sztp__oids_t *required[SZTP__REQUIREMENTS]; /* SZTP_REQUIRE_*; NULL: nothing is demanded */
  int64_t policy[SZTP__POLICIES];
};

#define SZTP__CERT_FILE_MAX (1024u * 1024u) /* octets of certificates that are given at once */

/* host_keys.c */
int32_t sztp__host_key_add(sztp_device_t *dev, const char *algorithm, const uint8_t *blob, size_t len);
/* Takes the one chain in @p list for the last progress report: 0, SZTP_ERR_CONFIG, a failure of the machine.
 */
int32_t sztp__report_anchor_take(sztp_device_t *dev, const sztp__certs_t *list);
void sztp__host_keys_free(sztp_device_t *dev);

/* The value in force of SZTP_POLICY_* @p policy. */
uint64_t sztp__policy(const sztp_device_t *dev, uint32_t policy);
/* The serial number in force, NULL if there is none. */
const char *sztp__device_serial(const sztp_device_t *dev);
/* What every setter begins with: 0, SZTP_ERR_REENTRY, SZTP_ERR_SEQUENCE. */
int32_t sztp__device_may_set(sztp_device_t *dev);
/* Adds to @p list the certificates of @p data, in any form; all or none. 0, SZTP_ERR_TEXT, SZTP_ERR_DER,
 * SZTP_ERR_LIMIT, SZTP_ERR_MEMORY. */
int32_t sztp__device_take_anchors(sztp_device_t *dev, sztp__certs_t *list, sztp__span_t data);
/* Checks a domain in which DNS is to be asked: 0, or SZTP_ERR_URI with the reason in the trail. */
int32_t sztp__domain_check(sztp_ctx_t *ctx, sztp__span_t domain);
/* The clock for certificates: @p unix_time if it is known, else the latest time that is known to have passed
 * (CLK group). A time before the floor of policy contradicts it and is not believed. */
sztp__clock_t sztp__device_clock(const sztp_ctx_t *ctx, const sztp_device_t *dev, int64_t unix_time);
/* Writes the switches that weaken checks and are on to the log (SEC-17). */
void sztp__device_log_switches(sztp_ctx_t *ctx, const sztp_device_t *dev);

#endif
