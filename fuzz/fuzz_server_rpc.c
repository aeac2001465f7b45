/* SPDX-License-Identifier: Apache-2.0 */
/* The lab server's operations: bodies in JSON and XML, as any client may send them. No crash, and what is
 * taken keeps to the limits; what is refused says why. The first octet of the input chooses operation and
 * encoding. */
#define _POSIX_C_SOURCE 200809L
#include <stdlib.h>

#include "common/octets.c"
#include "common/utf8.c"
#include "sztp-server/json_cjson.c"
#include "sztp-server/reply.c"
#include "sztp-server/rpc.c"
#include "sztp-server/text.c"
#include "sztp-server/tls_mbedtls.c"
#include "sztp-server/tree.c"
#include "sztp-server/xml_expat.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  problem_t p = {0, NULL, NULL, ""};
  data_input_t input;
  progress_input_t report;
  if (size == 0) return 0;
  uint32_t encoding = (data[0] & 1) != 0 ? ENCODING_XML : ENCODING_JSON;
  if ((data[0] & 2) == 0) {
    int result = rpc_read_data(data + 1, size - 1, encoding, &input, &p);
    if (result == 0 && input.nonce_len != 0 && (input.nonce_len < 16 || input.nonce_len > 32)) abort();
    if (result != 0 && (p.status < 400 || p.message[0] == '\0')) abort();
    return 0;
  }
  int result = rpc_read_progress(data + 1, size - 1, encoding, &report, &p);
  if (result != 0 && (p.status < 400 || p.message[0] == '\0')) abort();
  /* A report is stored as one line. */
  if (result == 0 && (report.line.data == NULL || strchr(report.line.data, '\n') != NULL)) abort();
  text_free(&report.line);
  return 0;
}
