/* SPDX-License-Identifier: Apache-2.0 */
/* The artifacts and the device that everything is measured with, made from the test PKI. */
#ifndef SZTP_BENCH_FIXTURE_H
#define SZTP_BENCH_FIXTURE_H

#include <stddef.h>
#include <stdint.h>
#include <sztp/sztp.h>

typedef struct octets {
  uint8_t *data; /* a NUL stands behind */
  size_t len;
} octets_t;

#define FIXTURE_PLAIN_KEYS 6 /* without CRLs */
#define FIXTURE_KEYS       8

typedef struct fixture {
  octets_t idevid, idevid_key, voucher_anchor, server_anchor;
  octets_t voucher, owner_cert, conveyed;
  octets_t keys[FIXTURE_KEYS]; /* private keys of those whose signatures a verification checks, CRLs last */
  uint8_t image_sha256[32];
} fixture_t;

enum { FIXTURE_CRLS = 1, FIXTURE_ENCRYPTED = 2 }; /* what is made beyond the plain set; bits */

#define FIXTURE_TIME INT64_C(1900000000) /* inside every certificate's and the voucher's validity */

/* Reads @p pki and makes signed onboarding information with a configuration of @p config_len octets, an owner
 * certificate with one intermediate, and a voucher signed below an intermediate. With FIXTURE_CRLS the
 * voucher demands revocation checks and the owner certificate has the two CRLs for them; with
 * FIXTURE_ENCRYPTED all three are encrypted to the device. Ends the program on failure. */
void fixture_make(fixture_t *f, const char *pki, size_t config_len, const uint8_t image_sha256[32],
                  unsigned with);
/* The same, with the image at this URI instead of one that nobody asks. */
void fixture_make_at(fixture_t *f, const char *pki, size_t config_len, const uint8_t image_sha256[32],
                     const char *image_uri, unsigned with);
/* A whole file, memory from malloc(). Ends the program on failure. */
octets_t fixture_read(const char *folder, const char *name);
void fixture_free(fixture_t *f);
/* A device on @p ctx that accepts these artifacts, with the well-known server localhost:@p port. Ends the
 * program on failure. */
sztp_device_t *fixture_device(const fixture_t *f, sztp_ctx_t *ctx, uint16_t port);
/* Ends the program with the context's trail unless @p rc is 0. */
void must(int32_t rc, const sztp_ctx_t *ctx, const char *what);
/* Of @p count values, which are put in order. */
double median(double *values, size_t count);

#endif
