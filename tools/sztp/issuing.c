/* SPDX-License-Identifier: Apache-2.0 */
/* Sets a voucher's dates, signs it and writes it. */
#include "issuing.h"

#include "output.h"

int issuing_date(const command_t *c, sztp_voucher_t *v, uint32_t leaf, const char *option, const char *text) {
  int64_t time;
  if (command_time(c, option, text, &time) != 0) return EXIT_WRONG;
  if (time < 0) return command_wrong(c, "%s: %s is before 1970", option, text);
  int32_t result = sztp_voucher_set_i64(v, leaf, time);
  return result == SZTP_OK ? 0 : command_failed(c, option, result);
}

int issuing_output(command_t *c, const sztp_voucher_t *v, int cose, const sztp_signer_t *signer, int output) {
  uint8_t *out = NULL;
  size_t len = 0;
  int32_t result =
      cose ? sztp_voucher_make_cose(v, signer, &out, &len) : sztp_voucher_make(v, signer, &out, &len);
  if (result != SZTP_OK) return command_failed(c, "the voucher can't be issued", result);
  int status = output_artifact(c, output, out, len);
  sztp_artifacts_free(c->ctx, out);
  return status;
}
