/* SPDX-License-Identifier: Apache-2.0 */
/* Reads files by content: PEM, DER and base64 of DER are recognised here, and artifacts converted to DER. */
#include "input.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/file.h"
#include "formats/found.h"

enum { MAX_FILE = 64 * 1024 * 1024, PIECE = 16384 };

static const char pem_begin[] = "-----BEGIN ";

int input_host(const char *text, char host[HOST_ROOM], uint16_t *port) {
  if (host_split(text, host, port) != 0) return -1;
  return (strchr(host, ':') != NULL) == (text[0] == '[') ? 0 : -1;
}

void input_free(octets_t *o) {
  volatile uint8_t *p = o->data;
  for (size_t i = 0; i < o->len; i++) p[i] = 0;
  free(o->data);
  o->data = NULL;
  o->len = 0;
}

/* Only one file can come from standard input. */
static int claim_standard_input(command_t *c, const char *option, const char *path) {
  if (strcmp(path, "-") != 0) return 0;
  if (c->standard_input != NULL)
    return command_wrong(c, "%s: standard input is already read for %s; give one of them as a file", option,
                         c->standard_input);
  c->standard_input = option;
  return 0;
}

static int cannot_read(const command_t *c, const char *option, const char *path) {
  return command_wrong(c, "%s: can't read %s: %s; give a readable file, or - for standard input", option,
                       path, errno == EFBIG ? "it is larger than 64 MiB" : strerror(errno));
}

int input_file(command_t *c, const char *option, const char *path, octets_t *out) {
  if (claim_standard_input(c, option, path) != 0) return EXIT_WRONG;
  if (file_read(path, MAX_FILE, &out->data, &out->len) != 0) return cannot_read(c, option, path);
  return 0;
}

/* ---- text around DER ----------------------------------------------------------------------------- */

/* The first place of @p wanted in @p data, or @p len. */
static size_t find_text(const uint8_t *data, size_t len, const char *wanted) {
  size_t wanted_len = strlen(wanted);
  for (size_t i = 0; i + wanted_len <= len; i++)
    if (data[i] == (uint8_t)wanted[0] && memcmp(data + i, wanted, wanted_len) == 0) return i;
  return len;
}

/* 1 and the octets of the next PEM block (up to the one after it) with its label; moves *at past it. */
static int next_block(const octets_t *text, size_t *at, octets_t *block, octets_t *label) {
  size_t start = *at + find_text(text->data + *at, text->len - *at, pem_begin);
  if (start >= text->len) return 0;
  size_t inside = start + sizeof pem_begin - 1;
  size_t end = inside + find_text(text->data + inside, text->len - inside, pem_begin);
  label->data = text->data + inside;
  label->len = find_text(label->data, end - inside, "-----");
  block->data = text->data + start;
  block->len = end - start;
  *at = end;
  return 1;
}

static size_t count_blocks(const octets_t *text) {
  octets_t block, label;
  size_t count = 0, at = 0;
  while (next_block(text, &at, &block, &label)) count++;
  return count;
}

static int is_label(const octets_t *label, int kind) {
  static const char *const certificates[] = {"CERTIFICATE", "X509 CERTIFICATE", NULL};
  static const char *const crls[] = {"X509 CRL", "CRL", NULL};
  return command_word(kind == INPUT_CRLS ? crls : certificates, (const char *)label->data, label->len) >= 0;
}

size_t input_first_element(const uint8_t *data, size_t len) {
  if (len < 2) return 0;
  size_t head = 2, length = data[1];
  if (length >= 0x80) {
    size_t octets = length & 0x7f;
    if (octets == 0 || octets > 4 || len < 2 + octets) return 0;
    length = 0;
    for (size_t i = 0; i < octets; i++) length = length << 8 | data[2 + i];
    head += octets;
  }
  return length <= len - head ? head + length : 0;
}

/* ---- artifacts ----------------------------------------------------------------------------------- */

/* Replaces PEM or base64 by the DER in it. 0, or the library's code with *text as it was. */
static int32_t to_der(const command_t *c, octets_t *text) {
  uint8_t *der = NULL;
  size_t len = 0;
  int32_t result = sztp_artifacts_make_der(c->ctx, text->data, text->len, &der, &len);
  if (result != SZTP_OK) return result;
  uint8_t *copy = malloc(len + 1);
  if (copy == NULL)
    result = SZTP_ERR_MEMORY;
  else {
    memcpy(copy, der, len);
    copy[len] = '\0';
    input_free(text);
    text->data = copy;
    text->len = len;
  }
  sztp_artifacts_free(c->ctx, der);
  return result;
}

int input_artifact(command_t *c, const char *option, const char *path, octets_t *out, size_t *blocks) {
  int status = input_file(c, option, path, out);
  if (status != 0) return status;
  if (blocks != NULL) *blocks = count_blocks(out);
  size_t len = out->len;
  int32_t result = to_der(c, out);
  if (result == SZTP_ERR_MEMORY) {
    input_free(out);
    return command_wrong(c, "%s: out of memory", option);
  }
  if (result == SZTP_OK && out->len != len)
    command_note(c, "%s %s is PEM or base64; on removable storage devices read DER alone, as sztp writes it",
                 option, path);
  return 0;
}

int input_is_broken_pem(const octets_t *text) {
  return text->len > 0 && find_text(text->data, text->len, pem_begin) == 0;
}

/* PEM and base64 may hold an artifact that was damaged on the way. */
const char *input_foreign(const octets_t *file) {
  const char *found = sztp__found_not_cms(sztp__span(file->data, file->len));
  if (found == NULL || strcmp(found, SZTP__FOUND_PEM) == 0 || strcmp(found, SZTP__FOUND_BASE64) == 0)
    return NULL;
  return found;
}

/* ---- what it is ---------------------------------------------------------------------------------- */

static int32_t hear_kind(void *user, uint32_t depth, const char *name, const char *value, size_t len) {
  char *kind = user;
  if (depth != 0 || value == NULL) return 0;
  if (strcmp(name, "fault") == 0) kind[0] = '\0';
  if (strcmp(name, "artifact") != 0) return 0;
  /* "private key; nothing of it is shown" */
  size_t words = strcspn(value, ";");
  (void)snprintf(kind, INPUT_KIND_MAX, "%.*s", (int)(words < len ? words : len), value);
  return 0;
}

void input_kind(const command_t *c, const uint8_t *data, size_t len, char kind[INPUT_KIND_MAX]) {
  kind[0] = '\0';
  if (sztp_inspect(c->ctx, data, len, hear_kind, kind) != SZTP_OK) kind[0] = '\0';
}

/* ---- certificates and CRLs ----------------------------------------------------------------------- */

static const char *kind_name(int kind) { return kind == INPUT_CRLS ? "a CRL" : "a certificate"; }

/* @p data is what there is instead. */
static int not_of_kind(const command_t *c, int kind, const char *option, const char *path,
                       const uint8_t *data, size_t len) {
  const char *found = sztp__found(sztp__span(data, len));
  return command_wrong(c, "%s: %s holds no %s%s%s; right is PEM, DER or base64 of DER", option, path,
                       kind == INPUT_CRLS ? "CRL" : "certificate", found == NULL ? "" : ", it is ",
                       found == NULL ? "" : found);
}

static int add(const command_t *c, octets_t *to, const uint8_t *data, size_t len) {
  uint8_t *larger = realloc(to->data, to->len + len + 1);
  if (larger == NULL) return command_wrong(c, "out of memory");
  memcpy(larger + to->len, data, len);
  to->data = larger;
  to->len += len;
  to->data[to->len] = '\0';
  return 0;
}

/* An owner-certificate artifact is a set of certificates and CRLs, too; any other recognised artifact is the
 * wrong file. What is broken is left for the library to refuse. */
static int check_kind(const command_t *c, int kind, const char *option, const char *path, const uint8_t *data,
                      size_t len) {
  char found[INPUT_KIND_MAX];
  const char *other = sztp__found(sztp__span(data, len));
  if (other != NULL && strcmp(other, SZTP__FOUND_PKCS12) == 0)
    return command_wrong(c,
                         "%s: %s is %s; right is %s, as written by: openssl pkcs12 -in %s -nokeys -out FILE",
                         option, path, other, kind_name(kind), path);
  input_kind(c, data, len, found);
  if (found[0] == '\0' || strcmp(found, "owner certificate or trust anchor") == 0 ||
      strcmp(found, kind == INPUT_CRLS ? "revocation list" : "certificate") == 0)
    return 0;
  return command_wrong(c, "%s: %s is a file of '%s'; right is %s", option, path, found, kind_name(kind));
}

/* 1 if the memory that it comes from was filled up with these octets. */
static int is_filling(const uint8_t *data, size_t len) {
  for (size_t i = 1; i < len; i++)
    if (data[i] != data[0]) return 0;
  return data[0] == 0x00 || data[0] == 0xff;
}

/* Adds the elements of @p der, which must be nothing but SEQUENCEs. */
static int add_elements(const command_t *c, int kind, const char *option, const char *path,
                        const octets_t *der, octets_t *out, size_t *count) {
  if (der->len == 0) return not_of_kind(c, kind, option, path, der->data, 0);
  for (size_t at = 0; at < der->len;) {
    size_t len = der->data[at] == 0x30 ? input_first_element(der->data + at, der->len - at) : 0;
    if (len == 0 && at == 0) return not_of_kind(c, kind, option, path, der->data, der->len);
    if (len == 0 && is_filling(der->data + at, der->len - at)) break;
    if (len == 0)
      return command_wrong(c, "%s: %s: behind %zu of them stand %zu octets that are no DER element", option,
                           path, *count, der->len - at);
    if (check_kind(c, kind, option, path, der->data + at, len) != 0) return EXIT_WRONG;
    at += len;
    (*count)++;
  }
  return add(c, out, der->data, der->len);
}

/* The @p number-th block of the file. */
static int add_block(const command_t *c, int kind, const char *option, const char *path, size_t number,
                     const octets_t *block, octets_t *out, size_t *count) {
  uint8_t *der = NULL;
  size_t len = 0;
  int32_t result = sztp_artifacts_make_der(c->ctx, block->data, block->len, &der, &len);
  if (result != SZTP_OK)
    return command_wrong(c, "%s: %s: PEM block %zu is not %s: %s", option, path, number, kind_name(kind),
                         command_detail(c, result));
  octets_t element = {der, len};
  int status = 0;
  if (len == 0 || der[0] != 0x30 || input_first_element(der, len) == 0)
    status = command_wrong(c, "%s: %s: PEM block %zu holds %zu octets that are no DER element", option, path,
                           number, len);
  else
    status = add_elements(c, kind, option, path, &element, out, count);
  sztp_artifacts_free(c->ctx, der);
  return status;
}

static int add_pem(const command_t *c, int kind, const char *option, const char *path, const octets_t *text,
                   octets_t *out, size_t *count) {
  octets_t block, label, other = {NULL, 0};
  size_t at = 0, found = 0, number = 0;
  while (next_block(text, &at, &block, &label)) {
    number++;
    if (!is_label(&label, kind)) {
      other = label;
      continue;
    }
    if (add_block(c, kind, option, path, number, &block, out, count) != 0) return EXIT_WRONG;
    found++;
  }
  if (found > 0) return 0;
  return command_wrong(c, "%s: %s is a PEM file of '%.*s'; right is %s", option, path,
                       (int)(other.len > 64 ? 64 : other.len), (const char *)other.data, kind_name(kind));
}

static int is_der(const octets_t *text) {
  return text->len > 0 && text->data[0] == 0x30 && input_first_element(text->data, text->len) > 0;
}

static int is_pem(const octets_t *text) { return !is_der(text) && count_blocks(text) > 0; }

static int add_file(const command_t *c, int kind, const char *option, const char *path, octets_t *text,
                    octets_t *out, size_t *count) {
  if (is_pem(text)) return add_pem(c, kind, option, path, text, out, count);
  /* Concatenated certificates are not a single DER element, which is what the conversion takes. */
  if (!is_der(text)) (void)to_der(c, text);
  return add_elements(c, kind, option, path, text, out, count);
}

int input_objects(command_t *c, int kind, const char *option, const char *path, octets_t *out,
                  size_t *count) {
  octets_t text = {NULL, 0};
  int status = input_file(c, option, path, &text);
  if (status != 0) return status;
  status = add_file(c, kind, option, path, &text, out, count);
  input_free(&text);
  if (status != 0) input_free(out);
  return status;
}

/* The labels of PEM distinguish certificates from CRLs beside them. */
int input_anchor(command_t *c, const char *option, const char *path, octets_t *out) {
  octets_t certs = {NULL, 0};
  size_t count = 0;
  int status = input_file(c, option, path, out);
  if (status != 0) return status;
  status = add_file(c, INPUT_CERTIFICATES, option, path, out, &certs, &count);
  if (status == 0 && !is_pem(out)) {
    input_free(out);
    *out = certs;
    return 0;
  }
  input_free(&certs);
  if (status != 0) input_free(out);
  return status;
}

int input_all(command_t *c, int place, int kind, const char *option, octets_t *out) {
  size_t from = 0, count = 0;
  for (const char *path; (path = command_each(c, place, &from)) != NULL;)
    if (input_objects(c, kind, option, path, out, &count) != 0) return EXIT_WRONG;
  return 0;
}

int input_certificate(command_t *c, const char *option, const char *path, octets_t *out) {
  size_t count = 0;
  int status = input_objects(c, INPUT_CERTIFICATES, option, path, out, &count);
  if (status != 0 || count == 1) return status;
  input_free(out);
  return command_wrong(c, "%s: %s holds %zu certificates; right is one", option, path, count);
}

/* ---- private keys -------------------------------------------------------------------------------- */

int input_key(command_t *c, const char *option, const char *path, octets_t *out) {
  int status = input_file(c, option, path, out);
  if (status != 0) return status;
  const char *found = sztp__found(sztp__span(out->data, out->len));
  int encrypted = found != NULL && strcmp(found, SZTP__FOUND_ENCRYPTED_KEY) == 0;
  if (!encrypted && find_text(out->data, out->len, "-----BEGIN ENCRYPTED PRIVATE KEY-----") == out->len &&
      find_text(out->data, out->len, "Proc-Type: 4,ENCRYPTED") == out->len)
    return 0;
  input_free(out);
  return command_wrong(
      c, "%s: %s has a pass phrase; right is a key without, as written by: openssl pkey -in %s -out FILE",
      option, path, path);
}

/* ---- signers ------------------------------------------------------------------------------------- */

static int make_signer(const command_t *c, const char *cert_path, const char *key_path, const octets_t *certs,
                       const octets_t *key, sztp_signer_t **out) {
  size_t first = input_first_element(certs->data, certs->len), rest = certs->len - first;
  int32_t result = sztp_signer_new(c->ctx, certs->data, first, key->data, key->len,
                                   rest == 0 ? NULL : certs->data + first, rest, out);
  if (result == SZTP_OK) return 0;
  char what[256];
  (void)snprintf(what, sizeof what, "--signer %.100s with --key %.100s", cert_path, key_path);
  return command_failed(c, what, result);
}

int input_signer(command_t *c, const char *cert, const char *key, const char *chain, sztp_signer_t **out) {
  octets_t certs = {NULL, 0}, private_key = {NULL, 0};
  size_t count = 0;
  int status = input_objects(c, INPUT_CERTIFICATES, "--signer", cert, &certs, &count);
  if (status == 0 && chain != NULL)
    status = input_objects(c, INPUT_CERTIFICATES, "--chain", chain, &certs, &count);
  if (status == 0) status = input_key(c, "--key", key, &private_key);
  if (status == 0) status = make_signer(c, cert, key, &certs, &private_key, out);
  input_free(&certs);
  input_free(&private_key);
  return status;
}

int input_signer_crls(command_t *c, int place, sztp_signer_t *signer) {
  octets_t crls = {NULL, 0};
  int status = input_all(c, place, INPUT_CRLS, "--crl", &crls);
  int32_t result = status == 0 && crls.len > 0 ? sztp_signer_add_crls(signer, crls.data, crls.len) : SZTP_OK;
  if (result != SZTP_OK) status = command_failed(c, "--crl", result);
  input_free(&crls);
  return status;
}

/* ---- digests ------------------------------------------------------------------------------------- */

static int give_file(const command_t *c, const char *option, const char *path, FILE *file,
                     int32_t (*take)(void *user, const uint8_t *data, size_t len), void *user) {
  uint8_t piece[PIECE];
  for (;;) {
    size_t got = fread(piece, 1, sizeof piece, file);
    if (got == 0) break;
    int32_t result = take(user, piece, got);
    if (result != SZTP_OK) return command_failed(c, option, result);
  }
  return ferror(file) ? cannot_read(c, option, path) : 0;
}

int input_pieces(command_t *c, const char *option, const char *path,
                 int32_t (*take)(void *user, const uint8_t *data, size_t len), void *user) {
  if (claim_standard_input(c, option, path) != 0) return EXIT_WRONG;
  FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
  int status = file == NULL ? cannot_read(c, option, path) : give_file(c, option, path, file, take, user);
  if (file != NULL && file != stdin) (void)fclose(file);
  return status;
}

static int32_t digest_piece(void *user, const uint8_t *data, size_t len) {
  return sztp_digest_update(user, data, len);
}

int input_digest(command_t *c, const char *option, const char *path, uint8_t out[32]) {
  sztp_digest_t *d = NULL;
  int32_t result = sztp_digest_new(c->ctx, &d);
  if (result != SZTP_OK) return command_failed(c, option, result);
  int status = input_pieces(c, option, path, digest_piece, d);
  if (status == 0 && (result = sztp_digest_finish(d, out)) != 0) status = command_failed(c, option, result);
  sztp_digest_free(d);
  return status;
}
