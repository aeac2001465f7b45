/* SPDX-License-Identifier: Apache-2.0 */
/* Makes one signed artifact with options that the sztp tool does not offer; for artifacts.sh.
 *
 * usage: make_artifact voucher|conveyed CERT KEY CHAIN|- [key-id] [no-certs] [no-attrs] [pss] [256|384|512] >
 * FILE */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sztp/artifacts.h>
#include <sztp/sztp.h>

typedef struct file {
  uint8_t data[65536];
  size_t len;
} file_t;

static file_t cert, key, chain;

static void die(sztp_ctx_t *ctx, const char *what, int32_t code) {
  const char *detail = "";
  if (ctx != NULL) (void)sztp_ctx_trail(ctx, 0, NULL, NULL, &detail);
  fprintf(stderr, "make_artifact: %s: %s: %s\n", what, sztp_error_name(code), detail);
  exit(1);
}

static void read_file(const char *path, file_t *f) {
  FILE *in = fopen(path, "rb");
  if (in == NULL) die(NULL, path, SZTP_ERR_NOT_FOUND);
  f->len = fread(f->data, 1, sizeof f->data, in);
  fclose(in);
}

static int32_t set_option(sztp_signer_t *s, const char *word) {
  static const char *const words[] = {"", "key-id", "no-certs", "no-attrs", "pss"};
  for (uint32_t option = SZTP_SIGNER_KEY_ID; option <= SZTP_SIGNER_PSS; option++)
    if (strcmp(word, words[option]) == 0) return sztp_signer_set_i64(s, option, 1);
  return sztp_signer_set_i64(s, SZTP_SIGNER_HASH, strtoul(word, NULL, 10));
}

static int32_t make_voucher(sztp_ctx_t *ctx, const sztp_signer_t *s, uint8_t **out, size_t *len) {
  sztp_voucher_t *v = NULL;
  int32_t rc = sztp_voucher_new(ctx, &v);
  if (rc == 0) rc = sztp_voucher_set_bytes(v, SZTP_VOUCHER_SERIAL, (const uint8_t *)"EX4200-17", 9);
  if (rc == 0) rc = sztp_voucher_set_bytes(v, SZTP_VOUCHER_PINNED, cert.data, cert.len);
  if (rc == 0) rc = sztp_voucher_set_i64(v, SZTP_VOUCHER_CREATED_ON, 1898582400);
  if (rc == 0) rc = sztp_voucher_make(v, s, out, len);
  sztp_voucher_free(v);
  return rc;
}

static int32_t make_conveyed(sztp_ctx_t *ctx, const sztp_signer_t *s, uint8_t **out, size_t *len) {
  sztp_conveyed_t *c = NULL;
  int32_t rc = sztp_conveyed_new(ctx, SZTP_INFO_ONBOARDING, &c);
  if (rc == 0) rc = sztp_conveyed_set_bytes(c, SZTP_INFO_CONFIG, (const uint8_t *)"hostname edge-17\n", 17);
  if (rc == 0) rc = sztp_conveyed_set_i64(c, SZTP_INFO_CONFIG_HANDLING, SZTP_CONFIG_MERGE);
  if (rc == 0) rc = sztp_conveyed_make(c, s, out, len);
  sztp_conveyed_free(c);
  return rc;
}

int main(int argc, char **argv) {
  sztp_ctx_t *ctx = NULL;
  sztp_signer_t *s = NULL;
  uint8_t *out = NULL;
  size_t len = 0;
  if (argc < 5) die(NULL, "too few arguments", SZTP_ERR_ARG);
  read_file(argv[2], &cert);
  read_file(argv[3], &key);
  if (strcmp(argv[4], "-") != 0) read_file(argv[4], &chain);
  int32_t rc = sztp_ctx_new(NULL, &ctx);
  if (rc == 0)
    rc = sztp_signer_new(ctx, cert.data, cert.len, key.data, key.len, chain.len > 0 ? chain.data : NULL,
                         chain.len, &s);
  for (int i = 5; i < argc && rc == 0; i++) rc = set_option(s, argv[i]);
  if (rc == 0)
    rc = strcmp(argv[1], "voucher") == 0 ? make_voucher(ctx, s, &out, &len)
                                         : make_conveyed(ctx, s, &out, &len);
  if (rc != 0) die(ctx, argv[1], rc);
  size_t written = fwrite(out, 1, len, stdout);
  sztp_artifacts_free(ctx, out);
  sztp_signer_free(s);
  sztp_ctx_free(ctx);
  return written == len && fflush(stdout) == 0 ? 0 : 1;
}
