/* SPDX-License-Identifier: Apache-2.0 */
/* Encrypts one artifact with options that the sztp tool does not offer; for artifacts.sh.
 *
 * usage: seal_artifact ARTIFACT [cipher=N] [oaep=N] [kdf=N] [ukm=N] [key-id=1] CERT... > FILE */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sztp/artifacts.h>
#include <sztp/sztp.h>

static uint8_t data[1 << 20];

static void die(sztp_ctx_t *ctx, const char *what, int32_t code) {
  const char *detail = "";
  if (ctx != NULL) (void)sztp_ctx_trail(ctx, 0, NULL, NULL, &detail);
  fprintf(stderr, "seal_artifact: %s: %s: %s\n", what, sztp_error_name(code), detail);
  exit(1);
}

static size_t read_file(const char *path) {
  FILE *in = fopen(path, "rb");
  if (in == NULL) die(NULL, path, SZTP_ERR_NOT_FOUND);
  size_t len = fread(data, 1, sizeof data, in);
  fclose(in);
  return len;
}

/* An option, or the file of a certificate. */
static int32_t take_word(sztp_envelope_t *e, const char *word) {
  static const char *const names[] = {"", "cipher=", "oaep=", "kdf=", "ukm=", "key-id="};
  for (uint32_t option = SZTP_ENVELOPE_CIPHER; option <= SZTP_ENVELOPE_KEY_ID; option++) {
    size_t n = strlen(names[option]);
    if (strncmp(word, names[option], n) == 0)
      return sztp_envelope_set_i64(e, option, strtoul(word + n, NULL, 10));
  }
  size_t len = read_file(word);
  return sztp_envelope_add(e, data, len);
}

int main(int argc, char **argv) {
  sztp_ctx_t *ctx = NULL;
  sztp_envelope_t *e = NULL;
  uint8_t *out = NULL;
  size_t len = 0;
  if (argc < 3) die(NULL, "too few arguments", SZTP_ERR_ARG);
  int32_t rc = sztp_ctx_new(NULL, &ctx);
  if (rc == 0) rc = sztp_envelope_new(ctx, &e);
  for (int i = 2; i < argc && rc == 0; i++) {
    rc = take_word(e, argv[i]);
    if (rc != 0) die(ctx, argv[i], rc);
  }
  if (rc == 0) {
    size_t n = read_file(argv[1]);
    rc = sztp_envelope_make(e, data, n, &out, &len);
  }
  if (rc != 0) die(ctx, argv[1], rc);
  size_t written = fwrite(out, 1, len, stdout);
  sztp_artifacts_free(ctx, out);
  sztp_envelope_free(e);
  sztp_ctx_free(ctx);
  return written == len && fflush(stdout) == 0 ? 0 : 1;
}
