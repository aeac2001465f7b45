/* SPDX-License-Identifier: Apache-2.0 */
/* What the operator has set: command line and configuration file. */
#ifndef SZTP_SERVER_SETTINGS_H
#define SZTP_SERVER_SETTINGS_H

#include <stddef.h>
#include <stdint.h>

#include "common/fields.h"

enum { REPORTING_UNSET = 0, REPORTING_MINIMAL = 1, REPORTING_VERBOSE = 2 };

/* A failure injected into answers, for laboratories and tests. */
typedef struct injected {
  char *path;           /* the request's path ends in it */
  uint64_t status;      /* 0: the answer is not replaced */
  uint64_t retry_after; /* seconds; 0: no Retry-After */
  uint64_t skip;        /* requests that pass first */
  uint64_t times;       /* requests that fail after that */
  uint64_t close;       /* 1: the connection is closed without answer */
  uint64_t delay_ms;    /* the answer is delayed */
} injected_t;

typedef struct device_setting {
  char *serial;
  uint64_t reporting_level;  /* REPORTING_* */
  uint64_t csr_algorithm;    /* SZTP_ALGORITHM_* of the key that it is to make; 0: the identity's */
  char *csr_ca, *csr_ca_key; /* files of a CA; NULL, and no program: no request is asked for */
  char *csr_program;         /* that issues the certificate instead */
  uint64_t csr_days;         /* how long it is valid, by the CA's key */
  uint64_t evidence; /* 1: a request without evidence, or with evidence that does not hold, is refused */
  uint64_t evidence_statements; /* SZTP_EVIDENCE_* that are wanted */
  text_list_t evidence_anchors, evidence_references, evidence_attesters;
} device_setting_t;

typedef struct settings {
  char *dir;
  char *listen;
  char *tls_cert;
  char *tls_key;
  char *device_ca;
  char *port_file;
  char *root;               /* RESTCONF API root, without slash at its end */
  uint64_t host_meta;       /* 0: there is no host-meta resource */
  uint64_t encodings;       /* bits ENCODING_* */
  uint64_t reporting_level; /* REPORTING_* for devices without their own */
  uint64_t promotion_always;
  uint64_t promotion_port; /* 0: that of the Host field */
  char *promotion_address; /* NULL: that of the Host field */
  char *promotion_anchor;  /* NULL: FOLDER/trust-anchor.pem, if it is there */
  uint64_t max_connections;
  uint64_t max_head;
  uint64_t max_body;
  uint64_t handshake_ms;
  uint64_t head_ms;
  uint64_t body_ms;
  uint64_t write_ms;
  uint64_t idle_ms;
  field_entries_t devices;  /* device_setting_t */
  field_entries_t injected; /* injected_t */
} settings_t;

enum { SETTINGS_WHY_MAX = 1200 };

/* Defaults. -1 without memory. */
int settings_init(settings_t *s);
void settings_free(settings_t *s);
/* Reads a configuration file; 0, or -1 with one line in @p why (SETTINGS_WHY_MAX octets). */
int settings_read(settings_t *s, const char *path, char *why);
/* Replaces a text setting. -1 without memory. */
int settings_set(char **setting, const char *value);
/* Fills in defaults that depend on other settings (files in the folder) and checks that everything is there.
 */
int settings_finish(settings_t *s, char *why);
/* What is set for this device; NULL: nothing. */
const device_setting_t *settings_device(const settings_t *s, const char *serial);
/* The level set for this device in the configuration file, else REPORTING_UNSET. */
uint64_t settings_device_level(const settings_t *s, const char *serial);
/* "minimal" or "verbose" to REPORTING_*; REPORTING_UNSET for anything else. */
uint64_t reporting_level_read(const char *text);

#endif
