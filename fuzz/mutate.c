/* SPDX-License-Identifier: Apache-2.0 */
/* Mutations on the level of elements and parts. Only libFuzzer calls this; where it is not linked, nothing
 * does. */
#include "fuzz/mutate.h"

#include <string.h>

#include "cryptography/crypto.h"
#include "fuzz/der_edit.h"
#include "fuzz/record.h"

#define SEQUENCE 0x30
#define SET      0x31
#define OCTETS   0x04
#define PARTS    0x24
#define FIELD_0  0xa0

/* libFuzzer's own mutations. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

/* ---- DER ----------------------------------------------------------------------------------------- */

/* Mutates the contents of one element, preferably of one without others inside. */
static size_t mutate_contents(uint8_t *data, size_t size, size_t cap, int32_t which, const der_tree_t *tree,
                              uint64_t *random) {
  static uint8_t contents[DER_SIZE_MAX];
  const der_element_t *e = &tree->e[which];
  size_t room = cap - size < 256 ? cap - size : der_random(random) % 256;
  if (e->len + room == 0 || e->len + room > sizeof contents) return size;
  if (e->len > 0) memcpy(contents, data + e->contents, e->len);
  size_t len = LLVMFuzzerMutate(contents, e->len, e->len + room);
  size_t made = der_replace(tree, data, size, cap, which, e->contents, e->contents + e->len, contents, len);
  return made != 0 ? made : size;
}

static int32_t some_leaf(const der_tree_t *tree, uint64_t *random) {
  int32_t which = 0;
  for (int tries = 0; tries < 8; tries++) {
    which = (int32_t)(der_random(random) % tree->count);
    if ((tree->e[which].tag & 0x20) == 0) break;
  }
  return which;
}

/* The content of a SignedData or ContentInfo: what documents are in. -1: there is none. */
static int32_t find_content(const der_tree_t *tree) {
  int32_t field = der_child(tree, der_child(tree, -1, SEQUENCE, 0), FIELD_0, 0);
  int32_t plain = der_child(tree, field, OCTETS, 0);
  if (field < 0 || plain >= 0) return field < 0 ? -1 : plain;
  int32_t encapsulated = der_child(tree, der_child(tree, field, SEQUENCE, 0), SEQUENCE, 0);
  int32_t inner = encapsulated < 0 ? -1 : der_child(tree, encapsulated, FIELD_0, 0);
  if (inner < 0) return -1;
  int32_t whole = der_child(tree, inner, OCTETS, 0);
  return whole >= 0 ? whole : der_child(tree, inner, PARTS, 0);
}

static size_t mutate_elements(uint8_t *data, size_t size, size_t cap, uint64_t *random) {
  static der_tree_t tree;
  const char *what = NULL;
  if (size > DER_SIZE_MAX) return size;
  uint32_t choice = der_random(random) % 8;
  if (choice < 4) {
    for (uint32_t n = der_random(random) % 3 + 1; n > 0; n--) size = der_edit(data, size, cap, random, &what);
    return size;
  }
  der_tree(&tree, data, size);
  if (tree.count == 0) return LLVMFuzzerMutate(data, size, cap);
  int32_t content = choice < 6 ? find_content(&tree) : -1;
  return mutate_contents(data, size, cap, content >= 0 ? content : some_leaf(&tree, random), &tree, random);
}

size_t fuzz_mutate_der(uint8_t *data, size_t size, size_t max_size, unsigned int seed, size_t front) {
  uint64_t random = seed;
  if (size <= front || max_size <= front || der_random(&random) % 8 == 0)
    return LLVMFuzzerMutate(data, size, max_size);
  return front + mutate_elements(data + front, size - front, max_size - front, &random);
}

/* ---- digests ------------------------------------------------------------------------------------- */

/* The content's octets, joined where they are in parts. */
static size_t join(const der_tree_t *tree, const uint8_t *data, int32_t which, uint8_t *out) {
  const der_element_t *e = &tree->e[which];
  size_t n = 0;
  if (e->tag == OCTETS) {
    if (e->len > 0) memcpy(out, data + e->contents, e->len);
    return e->len;
  }
  for (size_t i = 0; i < tree->count; i++) {
    const der_element_t *part = &tree->e[i];
    if (part->parent != which || part->tag != OCTETS || part->len == 0) continue;
    memcpy(out + n, data + part->contents, part->len);
    n += part->len;
  }
  return n;
}

static uint32_t hash_of_length(size_t len) {
  static const uint32_t hashes[] = {SZTP__HASH_SHA1, SZTP__HASH_SHA224, SZTP__HASH_SHA256, SZTP__HASH_SHA384,
                                    SZTP__HASH_SHA512};
  for (size_t i = 0; i < sizeof hashes / sizeof hashes[0]; i++)
    if (sztp__hash_len(hashes[i]) == len) return hashes[i];
  return SZTP__HASH_NONE;
}

/* Makes every message-digest attribute that of the content. */
static void digest_again(uint8_t *data, size_t size) {
  static const uint8_t message_digest[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x04};
  static der_tree_t tree;
  static uint8_t content[DER_SIZE_MAX];
  static sztp_ctx_t *ctx;
  if (size > DER_SIZE_MAX) return;
  if (ctx == NULL) CHECK(sztp_ctx_new(NULL, &ctx) == 0);
  der_tree(&tree, data, size);
  int32_t which = tree.count == 0 ? -1 : find_content(&tree);
  if (which < 0) return;
  size_t len = join(&tree, data, which, content);
  for (size_t i = 0; i + 2 < tree.count; i++) {
    const der_element_t *oid = &tree.e[i];
    const der_element_t *value = &tree.e[i + 2];
    if (oid->tag != 0x06 || oid->len != sizeof message_digest || tree.e[i + 1].tag != SET ||
        value->tag != OCTETS)
      continue;
    if (memcmp(data + oid->contents, message_digest, sizeof message_digest) != 0) continue;
    uint8_t digest[SZTP__HASH_MAX];
    size_t digest_len = 0;
    uint32_t hash = hash_of_length(value->len);
    if (hash != SZTP__HASH_NONE &&
        sztp__hash_once(ctx, hash, sztp__span(content, len), digest, &digest_len) == 0)
      memcpy(data + value->contents, digest, digest_len);
  }
}

/* ---- records ------------------------------------------------------------------------------------- */

static void mutate_head(record_t *r, uint64_t *random) {
  switch (der_random(random) % 8) {
  case 0: r->channel ^= 1; break;
  case 1: r->clock = der_random(random) & 3; break;
  case 2: r->switches = (r->switches & 0xffffff) | der_random(random) << 24; break; /* memory */
  default: r->switches ^= UINT32_C(1) << der_random(random) % 24; break;
  }
}

static void mutate_parts(record_t *r, uint64_t *random) {
  size_t which = der_random(random) % r->count;
  size_t other = der_random(random) % r->count;
  record_part_t kept = r->parts[which];
  switch (der_random(random) % 4) {
  case 0: r->parts[which].data = r->parts[other].data; break;
  case 1: r->parts[which].kind = r->parts[other].kind; break;
  case 2:
    r->parts[which] = r->parts[other];
    r->parts[other] = kept;
    break;
  default: r->parts[which] = r->parts[--r->count]; break;
  }
}

static void mutate_part(record_part_t *part, size_t cap, uint64_t *random) {
  static uint8_t octets[2 * DER_SIZE_MAX];
  size_t len = part->data.len;
  if (len > DER_SIZE_MAX || len > cap || cap == 0) return;
  if (cap > DER_SIZE_MAX) cap = DER_SIZE_MAX;
  if (len > 0) memcpy(octets, part->data.data, len);
  int is_der = len > 0 && octets[0] == SEQUENCE;
  if (is_der && der_random(random) % 8 != 0)
    len = mutate_elements(octets, len, cap, random);
  else
    len = LLVMFuzzerMutate(octets, len, cap);
  if (is_der && der_random(random) % 8 != 0) digest_again(octets, len);
  part->data = sztp__span(octets, len);
}

size_t fuzz_mutate_record(uint8_t *data, size_t size, size_t max_size, unsigned int seed) {
  static uint8_t copy[1 << 20];
  record_t r;
  uint64_t random = seed;
  if (size < RECORD_HEAD || size > sizeof copy) return LLVMFuzzerMutate(data, size, max_size);
  memcpy(copy, data, size);
  record_read(&r, copy, size);
  uint32_t choice = der_random(&random) % 16;
  if (r.count == 0 || choice == 0) return LLVMFuzzerMutate(data, size, max_size);
  record_part_t *part = &r.parts[der_random(&random) % r.count];
  if (choice < 3)
    mutate_head(&r, &random);
  else if (choice == 3)
    mutate_parts(&r, &random);
  else if (max_size >= size)
    mutate_part(part, max_size - size + part->data.len, &random);
  size_t made = record_write(&r, data, max_size);
  if (made != 0) return made;
  memcpy(data, copy, size);
  return size;
}
