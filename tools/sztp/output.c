/* SPDX-License-Identifier: Apache-2.0 */
/* Writes artifacts, whole or not at all, in clear or encrypted. */
#define _POSIX_C_SOURCE 200809L
#include "output.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/file.h"
#include "input.h"

int output_octets(const command_t *c, const char *path, const uint8_t *data, size_t len) {
  if (path == NULL) path = "-";
  if (strcmp(path, "-") == 0 && isatty(STDOUT_FILENO))
    return command_wrong(c, "an artifact is binary and standard output is a terminal; give --out FILE");
  mode_t mask = umask(0);
  (void)umask(mask);
  if (file_write(path, data, len, 0666 & ~mask) == 0) return EXIT_DONE;
  return command_wrong(c, "--out: can't write %s: %s; give a file in a folder that may be written to",
                       strcmp(path, "-") == 0 ? "standard output" : path, strerror(errno));
}

/* ---- encryption ---------------------------------------------------------------------------------- */

static int add_recipient(command_t *c, sztp_envelope_t *envelope, const char *path) {
  octets_t certs = {NULL, 0};
  size_t count = 0;
  if (input_objects(c, INPUT_CERTIFICATES, "--encrypt-to", path, &certs, &count) != 0) return EXIT_WRONG;
  int32_t result = sztp_envelope_add(envelope, certs.data, certs.len);
  input_free(&certs);
  if (result == SZTP_OK) return 0;
  char what[256];
  (void)snprintf(what, sizeof what, "--encrypt-to %.200s", path);
  return command_failed(c, what, result);
}

static int write_sealed(command_t *c, const char *path, sztp_envelope_t *envelope, const uint8_t *data,
                        size_t len) {
  uint8_t *sealed = NULL;
  size_t sealed_len = 0;
  int32_t result = sztp_envelope_make(envelope, data, len, &sealed, &sealed_len);
  if (result != SZTP_OK) return command_failed(c, "it can't be encrypted", result);
  int status = output_octets(c, path, sealed, sealed_len);
  sztp_artifacts_free(c->ctx, sealed);
  return status;
}

/* The cipher and the RSA padding, where the user wants others than the defaults. */
static int choose(const command_t *c, int first, sztp_envelope_t *envelope) {
  static const char *const ciphers[] = {"aes128-cbc", "aes192-cbc", "aes256-cbc", "aes128-gcm",
                                        "aes192-gcm", "aes256-gcm", NULL};
  static const uint64_t cipher_values[] = {SZTP_CIPHER_AES128_CBC, SZTP_CIPHER_AES192_CBC,
                                           SZTP_CIPHER_AES256_CBC, SZTP_CIPHER_AES128_GCM,
                                           SZTP_CIPHER_AES192_GCM, SZTP_CIPHER_AES256_GCM};
  static const char *const hashes[] = {"sha1", "sha256", "sha384", "sha512", NULL};
  static const uint64_t hash_values[] = {1, 256, 384, 512};
  const char *cipher = c->value[first + OUTPUT_CIPHER], *oaep = c->value[first + OUTPUT_OAEP];
  int word = cipher == NULL ? 0 : command_word(ciphers, cipher, strlen(cipher));
  if (word < 0)
    return command_wrong(c,
                         "--cipher: '%s' is not right; right are aes128-cbc, aes192-cbc, aes256-cbc, "
                         "aes128-gcm, aes192-gcm, aes256-gcm",
                         cipher);
  if (cipher != NULL)
    (void)sztp_envelope_set_i64(envelope, SZTP_ENVELOPE_CIPHER, (int64_t)cipher_values[word]);
  word = oaep == NULL ? 0 : command_word(hashes, oaep, strlen(oaep));
  if (word < 0)
    return command_wrong(c, "--oaep: '%s' is not right; right are sha1, sha256, sha384, sha512", oaep);
  if (oaep != NULL) (void)sztp_envelope_set_i64(envelope, SZTP_ENVELOPE_OAEP, (int64_t)hash_values[word]);
  return 0;
}

int output_artifact(command_t *c, int first, const uint8_t *data, size_t len) {
  const char *path = c->value[first + OUTPUT_OUT];
  if (c->value[first + OUTPUT_ENCRYPT_TO] == NULL) {
    if (c->value[first + OUTPUT_CIPHER] == NULL && c->value[first + OUTPUT_OAEP] == NULL)
      return output_octets(c, path, data, len);
    return command_wrong(c, "--cipher and --oaep say how to encrypt; give --encrypt-to CERT, to whom");
  }
  sztp_envelope_t *envelope = NULL;
  size_t from = 0;
  int32_t result = sztp_envelope_new(c->ctx, &envelope);
  int status = result == SZTP_OK ? choose(c, first, envelope) : command_failed(c, "start", result);
  for (const char *cert; status == 0 && (cert = command_each(c, first + OUTPUT_ENCRYPT_TO, &from)) != NULL;)
    status = add_recipient(c, envelope, cert);
  if (status == 0) status = write_sealed(c, path, envelope, data, len);
  sztp_envelope_free(envelope);
  return status;
}
