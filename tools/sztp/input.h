/* SPDX-License-Identifier: Apache-2.0 */
/* Files that commands read: artifacts, certificates, keys, plain octets. Each function says on standard error
 * what is wrong and returns EXIT_WRONG, or returns 0. @p option is the option (or operand) that names the
 * file. */
#ifndef SZTP_TOOLS_SZTP_INPUT_H
#define SZTP_TOOLS_SZTP_INPUT_H

#include <sztp/artifacts.h>

#include "command.h"
#include "common/host.h"

/* Octets from malloc(), followed by a NUL. */
typedef struct octets {
  uint8_t *data;
  size_t len;
} octets_t;

enum { INPUT_CERTIFICATES, INPUT_CRLS };
enum { INPUT_KIND_MAX = 80 };

/* The file as it is. */
int input_file(command_t *c, const char *option, const char *path, octets_t *out);
/* An artifact as DER, from PEM, base64 or DER. Any other file is returned as it is, so that the verdict can
 * say what is wrong with it. *blocks, if not NULL, is the number of PEM blocks. */
int input_artifact(command_t *c, const char *option, const char *path, octets_t *out, size_t *blocks);
/* All certificates (or CRLs) of a file, DER one after another, added to @p out; *count grows by their number.
 */
int input_objects(command_t *c, int kind, const char *option, const char *path, octets_t *out, size_t *count);
/* All objects of all files that were given at @p place, an option that may be repeated or OPTIONS_OPERAND. */
int input_all(command_t *c, int place, int kind, const char *option, octets_t *out);
/* A redirect's trust anchor: certificates, and the CRLs beside them, in a form that the library reads. */
int input_anchor(command_t *c, const char *option, const char *path, octets_t *out);
/* A file of exactly one certificate, as DER. */
int input_certificate(command_t *c, const char *option, const char *path, octets_t *out);
/* Signer of @p cert (further certificates of that file go along), @p key and, unless NULL, @p chain. */
int input_signer(command_t *c, const char *cert, const char *key, const char *chain, sztp_signer_t **out);
/* The CRLs of all files that were given at @p place, an option named "crl", to go with what it signs. */
int input_signer_crls(command_t *c, int place, sztp_signer_t *signer);
/* A private key without pass phrase. */
int input_key(command_t *c, const char *option, const char *path, octets_t *out);
/* What a file that input_artifact() read is, in the words of sztp_inspect(); "" if it is nothing known, or
 * broken. */
void input_kind(const command_t *c, const uint8_t *data, size_t len, char kind[INPUT_KIND_MAX]);
/* 1 if input_artifact() could not turn the file's PEM into anything. */
int input_is_broken_pem(const octets_t *text);
/* The form of a file that input_artifact() read, if no artifact has it: "an HTML page", "compressed by gzip";
 * otherwise NULL. */
const char *input_foreign(const octets_t *file);
/* Gives a file of any size to @p take, piece by piece; what that returns is SZTP_OK or the library's reason.
 */
int input_pieces(command_t *c, const char *option, const char *path,
                 int32_t (*take)(void *user, const uint8_t *data, size_t len), void *user);
/* SHA-256 of a file of any size. */
int input_digest(command_t *c, const char *option, const char *path, uint8_t out[32]);
/* Splits HOST[:PORT], an IPv6 address in brackets; *port is 0 if there is none. 0, or -1 without a message */
int input_host(const char *text, char host[HOST_ROOM], uint16_t *port);
/* Length of the first DER element of @p data; 0 if it has no whole one. */
size_t input_first_element(const uint8_t *data, size_t len);
/* Wipes and frees. */
void input_free(octets_t *o);

#endif
