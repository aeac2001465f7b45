/* SPDX-License-Identifier: Apache-2.0 */
/* DNS messages, octet by octet. */
#include "dns_message.h"

#include <stdlib.h>
#include <string.h>

static void put(uint8_t *p, unsigned value) {
  p[0] = (uint8_t)(value >> 8);
  p[1] = (uint8_t)value;
}

void dns_octets(dns_message_t *m, const void *data, size_t len) {
  if (len > sizeof m->data - m->len) abort();
  memcpy(m->data + m->len, data, len);
  m->len += len;
}

void dns_word(dns_message_t *m, unsigned value) {
  uint8_t octets[2];
  put(octets, value);
  dns_octets(m, octets, 2);
}

void dns_begin(dns_message_t *m, unsigned id, unsigned flags) {
  m->len = 0;
  dns_word(m, id);
  dns_word(m, flags);
  dns_octets(m, "\0\0\0\0\0\0\0\0", 8);
}

static void count(dns_message_t *m, size_t at) {
  put(m->data + at, (unsigned)(m->data[at] << 8 | m->data[at + 1]) + 1);
}

void dns_name(dns_message_t *m, const char *name) {
  while (*name != 0) {
    uint8_t label[256];
    size_t len = 0;
    for (; *name != 0 && *name != '.' && len < 255; name++) {
      if (*name == '\\' && name[1] == '.') name++;
      label[1 + len++] = (uint8_t)*name;
    }
    label[0] = (uint8_t)len;
    dns_octets(m, label, len + 1);
    if (*name == '.') name++;
  }
  dns_octets(m, "", 1);
}

void dns_pointer(dns_message_t *m, size_t to) { dns_word(m, 0xc000 | (unsigned)to); }

void dns_question(dns_message_t *m, const char *name, unsigned type, unsigned class_in) {
  count(m, 4);
  dns_name(m, name);
  dns_word(m, type);
  dns_word(m, class_in);
}

size_t dns_start_unnamed(dns_message_t *m, int section, unsigned type, unsigned class_in, uint32_t ttl) {
  count(m, 6 + 2 * (size_t)section);
  dns_word(m, type);
  dns_word(m, class_in);
  dns_word(m, ttl >> 16);
  dns_word(m, ttl & 0xffff);
  dns_word(m, 0);
  return m->len;
}

size_t dns_start(dns_message_t *m, int section, const char *name, unsigned type, unsigned class_in,
                 uint32_t ttl) {
  dns_name(m, name);
  return dns_start_unnamed(m, section, type, class_in, ttl);
}

void dns_end(dns_message_t *m, size_t start) { put(m->data + start - 2, (unsigned)(m->len - start)); }

static void strings(dns_message_t *m, const uint8_t *data, size_t len, size_t chunk) {
  for (size_t at = 0; at < len; at += chunk) {
    uint8_t n = (uint8_t)(len - at < chunk ? len - at : chunk);
    dns_octets(m, &n, 1);
    dns_octets(m, data + at, n);
  }
}

void dns_txt(dns_message_t *m, const char *name, const char *key, const void *value, size_t len,
             size_t chunk) {
  size_t start = dns_start(m, DNS_ANSWER, name, 16, DNS_IN, 120);
  size_t key_len = strlen(key);
  uint8_t *all = malloc(key_len + 1 + len);
  if (all == NULL) abort();
  memcpy(all, key, key_len);
  all[key_len] = '=';
  if (len > 0) memcpy(all + key_len + 1, value, len);
  strings(m, all, key_len + 1 + len, chunk);
  free(all);
  dns_end(m, start);
}

void dns_srv(dns_message_t *m, const char *name, unsigned priority, unsigned weight, unsigned port,
             const char *target) {
  size_t start = dns_start(m, DNS_ANSWER, name, 33, DNS_IN, 120);
  dns_word(m, priority);
  dns_word(m, weight);
  dns_word(m, port);
  dns_name(m, target);
  dns_end(m, start);
}

void dns_cname(dns_message_t *m, const char *name, const char *target) {
  size_t start = dns_start(m, DNS_ANSWER, name, DNS_CNAME, DNS_IN, 120);
  dns_name(m, target);
  dns_end(m, start);
}

void dns_address(dns_message_t *m, int section, const char *name, const void *octets, size_t len) {
  size_t start = dns_start(m, section, name, len == 4 ? 1 : 28, DNS_IN, 120);
  dns_octets(m, octets, len);
  dns_end(m, start);
}

void dns_reply(dns_message_t *m, const uint8_t *question, size_t len, unsigned flags) {
  size_t end = 12;
  while (end < len && question[end] != 0) end += (size_t)question[end] + 1;
  end += 5; /* the root, type and class */
  if (end > len) abort();
  dns_begin(m, (unsigned)(question[0] << 8 | question[1]), flags);
  put(m->data + 4, 1);
  dns_octets(m, question + 12, end - 12);
}
