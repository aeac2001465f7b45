/* SPDX-License-Identifier: Apache-2.0 */
/* Inputs of targets that want more than one thing: an octet for channel and clock, four for policies, then
 * parts, each a kind, a length of three octets, and so many octets (fewer where the input ends). Any octets
 * are a record.
 */
#ifndef SZTP_FUZZ_RECORD_H
#define SZTP_FUZZ_RECORD_H

#include <sztp/sztp.h>

#include "fuzz/fuzzing.h"

#define RECORD_HEAD      5
#define RECORD_PART_HEAD 4
#define RECORD_PARTS     24
#define RECORD_TIME      INT64_C(1900000000) /* 2030-03-17; when the clock is right */
#define RECORD_TIME_LATE INT64_C(4102444801) /* when everything has ended */

enum {                        /* kinds of parts, beside SZTP_ARTIFACT_* */
       RECORD_ANCHOR = 'A',   /* a certificate that vouchers are believed by */
       RECORD_SERVERS = 'S',  /* one that servers are believed by */
       RECORD_IDENTITY = 'I', /* the identity certificate */
       RECORD_SERIAL = 'N',   /* a serial number */
       RECORD_BODY = 'B',     /* what a server answers */
       RECORD_SAVED = 'K',    /* state that a session kept */
       RECORD_TAPE = 'T'      /* decisions of a host, an octet each */
};

typedef struct record_part {
  uint8_t kind;
  sztp__span_t data;
} record_part_t;

typedef struct record {
  uint32_t channel;
  int64_t time;
  uint32_t clock;    /* as in the input */
  uint32_t switches; /* likewise: policies */
  record_part_t parts[RECORD_PARTS];
  size_t count;
} record_t;

/* Parts are borrowed from the input. */
void record_read(record_t *r, const uint8_t *data, size_t size);
/* Writes it down as it was read, at most @p cap octets. Returns how many, 0 if there is no room. */
size_t record_write(const record_t *r, uint8_t *out, size_t cap);
/* A context of which everything else is made, with the budget of memory that the record gives it; *limited
 * says whether it gives one. *held is what the context itself takes. */
sztp_ctx_t *record_ctx(const record_t *r, uint64_t *held, int *limited);
/* The first part of @p kind, empty with NULL if there is none. */
sztp__span_t record_part(const record_t *r, uint8_t kind);
/* A device with everything that the record says of it. What it does not take, it goes without. NULL: no
 * memory. */
sztp_device_t *record_device(const record_t *r, sztp_ctx_t *ctx);
/* A bundle of the record's artifacts, the last of each kind. NULL: no memory. */
sztp_bundle_t *record_bundle(const record_t *r, sztp_ctx_t *ctx);

#endif
