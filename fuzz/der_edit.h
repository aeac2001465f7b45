/* SPDX-License-Identifier: Apache-2.0 */
/* Edits of DER and BER on the level of elements, for those who look for what a reader of it takes wrongly.
 * Whatever changes inside, the lengths around it are made right again, so that the edit itself is reached. */
#ifndef SZTP_FUZZ_DER_EDIT_H
#define SZTP_FUZZ_DER_EDIT_H

#include <stddef.h>
#include <stdint.h>

#define DER_ELEMENTS 2048   /* of one input; what comes behind is not seen */
#define DER_SIZE_MAX 131072 /* octets of an input that is edited */

typedef struct der_element {
  size_t at;       /* of the tag */
  size_t contents; /* of the first content octet */
  size_t len;      /* of the contents */
  size_t end;      /* behind it, with end-of-contents octets */
  int32_t parent;  /* -1: none */
  uint8_t tag;
  uint8_t indefinite;
  uint8_t inside; /* it lies in the contents of an OCTET STRING or BIT STRING */
} der_element_t;

typedef struct der_tree {
  der_element_t e[DER_ELEMENTS];
  size_t count;
} der_tree_t;

/* A generator whose results depend on its seed alone. */
uint32_t der_random(uint64_t *state);

/* Lists the elements in the order of their tags, also those inside of strings that hold nothing but elements.
 */
void der_tree(der_tree_t *tree, const uint8_t *data, size_t size);

/* Puts @p with in the place of the octets @p from up to @p to, which may be none, inside of element @p parent
 * (-1: none), and makes the lengths of that and all around it right. Returns the new size, or 0 if @p cap is
 * too small. @p with may lie in @p data. */
size_t der_replace(const der_tree_t *tree, uint8_t *data, size_t size, size_t cap, int32_t parent,
                   size_t from, size_t to, const uint8_t *with, size_t with_len);

/* One random edit. Returns the new size; *what says what was done. The input is unchanged where nothing can
 * be done. */
size_t der_edit(uint8_t *data, size_t size, size_t cap, uint64_t *random, const char **what);

/* The first element with tag @p tag directly in @p parent behind @p skip others with that tag; -1 if there is
 * none. */
int32_t der_child(const der_tree_t *tree, int32_t parent, uint8_t tag, size_t skip);

#endif
