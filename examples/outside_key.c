/* SPDX-License-Identifier: Apache-2.0 */
/* Reads conveyed information that is encrypted to this device, whose private key the library never sees: here
 * openssl(1) has it, from a file or, by a provider, from a TPM or a token ("handle:0x81000001",
 * "pkcs11:..."). usage: outside_key CONVEYED CERTIFICATE KEY */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <sztp/sztp.h>

/* What a command writes; 0 octets if it fails. The names of key and input are in its environment. */
static size_t run(const char *command, uint8_t *out, size_t cap) {
  FILE *f = popen(command, "r");
  size_t len = f == NULL ? 0 : fread(out, 1, cap, f);
  return f != NULL && pclose(f) == 0 ? len : 0;
}

static const char *hash_name(const sztp_key_request_t *r, uint32_t which) {
  int64_t hash = 0;
  (void)sztp_key_request_i64(r, which, &hash);
  return hash == 1 ? "sha1" : hash == 256 ? "sha256" : hash == 384 ? "sha384" : "sha512";
}

/* Writes what the key is used on: for an agreement on P-256 a public key, as openssl(1) wants it. */
static int write_input(int file, const sztp_key_request_t *r, const uint8_t *input, size_t len) {
  static const uint8_t p256[] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
                                 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
                                 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00};
  if (sztp_key_request_operation(r) == SZTP_KEY_OP_AGREE_ECDH) {
    if (len != 65 || write(file, p256, sizeof p256) != (ssize_t)sizeof p256) return -1;
  }
  return write(file, input, len) == (ssize_t)len ? 0 : -1;
}

/* A key that takes its time would start here, return SZTP_PENDING, and have its answer when asked again. */
static int32_t use_key(void *user, const sztp_key_request_t *r, uint8_t *out, size_t out_cap,
                       size_t *out_len) {
  char path[] = "/tmp/outside_key.XXXXXX";
  char command[512];
  const uint8_t *input = NULL;
  size_t len = 0;
  (void)user; /* of several keys, SZTP_KEY_F_CERT says which is meant */
  switch (sztp_key_request_operation(r)) {
  case SZTP_KEY_OP_AGREE_ECDH:
    (void)snprintf(command, sizeof command,
                   "openssl pkeyutl -derive -inkey \"$KEY\" -peerform DER -peerkey \"$INPUT\"");
    break;
  case SZTP_KEY_OP_DECRYPT_RSA_PKCS1:
    (void)snprintf(command, sizeof command,
                   "openssl pkeyutl -decrypt -inkey \"$KEY\" -in \"$INPUT\" 2>/dev/null");
    break;
  case SZTP_KEY_OP_DECRYPT_RSA_OAEP:
    (void)sztp_key_request_bytes(r, SZTP_KEY_F_LABEL, &input, &len);
    if (len != 0) return SZTP_ERR_UNSUPPORTED;
    (void)snprintf(command, sizeof command,
                   "openssl pkeyutl -decrypt -inkey \"$KEY\" -in \"$INPUT\" -pkeyopt rsa_padding_mode:oaep "
                   "-pkeyopt rsa_oaep_md:%s -pkeyopt rsa_mgf1_md:%s 2>/dev/null",
                   hash_name(r, SZTP_KEY_F_HASH), hash_name(r, SZTP_KEY_F_MGF_HASH));
    break;
  default: return SZTP_ERR_UNSUPPORTED;
  }
  int file = mkstemp(path);
  (void)sztp_key_request_bytes(r, SZTP_KEY_F_INPUT, &input, &len);
  *out_len = 0;
  if (file >= 0 && write_input(file, r, input, len) == 0 && setenv("INPUT", path, 1) == 0)
    *out_len = run(command, out, out_cap);
  if (file >= 0) (void)close(file);
  if (file >= 0) (void)unlink(path);
  return *out_len == out_cap ? 0 : SZTP_ERR_KEY;
}

static uint8_t data[1 << 20];

static size_t read_file(const char *path) {
  FILE *f = fopen(path, "rb");
  size_t len = f == NULL ? 0 : fread(data, 1, sizeof data, f);
  if (f != NULL) (void)fclose(f);
  return len;
}

int main(int argc, char **argv) {
  sztp_ctx_t *ctx = NULL;
  sztp_device_t *dev = NULL;
  sztp_bundle_t *bundle = NULL;
  sztp_verdict_t *verdict = NULL;
  const uint8_t *config = NULL;
  size_t len = 0;
  if (argc != 4 || setenv("KEY", argv[3], 1) != 0) return 2;
  int32_t rc = sztp_ctx_new(NULL, &ctx);
  if (rc == 0) rc = sztp_device_new(ctx, &dev);
  if (rc == 0) rc = sztp_device_add_cert(dev, SZTP_CERT_DECRYPTION, data, read_file(argv[2]));
  if (rc == 0) rc = sztp_device_set_key(dev, use_key, NULL);
  if (rc == 0) rc = sztp_bundle_new(ctx, &bundle);
  if (rc == 0) rc = sztp_bundle_set(bundle, SZTP_ARTIFACT_CONVEYED_INFO, data, read_file(argv[1]));
  if (rc == 0) rc = sztp_verify(dev, bundle, (int64_t)time(NULL), SZTP_CHANNEL_TRUSTED, &verdict);
  if (verdict != NULL) printf("%s\n", sztp_verdict_text(verdict, SZTP_STEP_DECRYPTION, SZTP_TEXT_DETAIL));
  if (rc == 0 && sztp_info_bytes(sztp_verdict_info(verdict), SZTP_INFO_CONFIG, 0, &config, &len) == 0)
    printf("configuration: %.*s", (int)len, (const char *)config);
  puts(rc == 0 ? "accepted" : sztp_error_name(rc));
  sztp_verdict_free(verdict);
  sztp_bundle_free(bundle);
  sztp_device_free(dev);
  sztp_ctx_free(ctx);
  return rc == 0 ? 0 : 1;
}
