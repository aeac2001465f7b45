/* SPDX-License-Identifier: Apache-2.0 */
/* The room doubles whenever it is used up, which is when the count is a power of two: nobody need keep it. */
#include "common/list.h"

#include <stdint.h>
#include <stdlib.h>

void *list_room(void *list, size_t count, size_t size) {
  if (count == 0) return list != NULL ? list : malloc(size);
  if ((count & (count - 1)) != 0) return list;
  return count > SIZE_MAX / 2 / size ? NULL : realloc(list, 2 * count * size);
}
