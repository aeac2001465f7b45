/* SPDX-License-Identifier: Apache-2.0 */
/* URIs of boot images, and the requests that they lead to: whatever owners and servers say, a request is one,
 * to one host, and nothing in it begins a line of its own. */
#include "fuzz/fuzzing.h"

#include "https/http.h"
#include "https/image_uri.h"

static size_t count_lines(const uint8_t *data, size_t len) {
  size_t n = 0;
  for (size_t i = 0; i < len; i++) n += data[i] == '\n';
  return n;
}

/* Writes a request to a host, with one header field; what is refused must not have been written. */
static void write_request(sztp__span_t host, uint16_t port, sztp__span_t target, sztp__span_t header,
                          sztp__span_t body) {
  sztp__http_request_t q;
  uint8_t *out = NULL;
  size_t len = 0;
  memset(&q, 0, sizeof q);
  q.method = sztp__span_of(body.len > 0 ? "POST" : "GET");
  q.target = target;
  q.host = host;
  q.port = port;
  q.default_port = 443;
  q.headers = &header;
  q.header_count = 1;
  q.body = body;
  int32_t rc = sztp__http_write(&q, &out, &len);
  if (rc != 0) {
    CHECK(rc == SZTP_ERR_ARG && out == NULL);
    return;
  }
  CHECK(len > body.len && (body.len == 0 || memcmp(out + len - body.len, body.data, body.len) == 0));
  CHECK(count_lines(out, len - body.len) ==
        (body.len > 0 ? 5u : 4u)); /* request, Host, header, length, end */
  free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const uint8_t body[] = "a\nb";
  sztp__image_uri_t u;
  sztp__span_t input = sztp__span(data, size);
  const char *why = sztp__image_uri(input, &u);
  if (why == NULL) {
    CHECK(u.port > 0 && u.host[0] != '\0' && fuzz_inside(u.path, input));
    for (const char *p = u.host; *p != '\0'; p++) CHECK((uint8_t)*p > 0x20 && (uint8_t)*p < 0x7f);
    write_request(sztp__span_of(u.host), u.port, sztp__span_of("/"), sztp__span_of("A: b"),
                  sztp__span(body, 3));
  } else {
    CHECK(why[0] != '\0');
  }
  write_request(input, 443, sztp__span_of("/"), sztp__span_of("A: b"), sztp__span(NULL, 0));
  write_request(sztp__span_of("a"), 8443, input, sztp__span_of("A: b"), sztp__span(NULL, 0));
  write_request(sztp__span_of("2001:db8::1%eth0"), 80, sztp__span_of("/x"), input, sztp__span(body, 3));
  return 0;
}
