/* SPDX-License-Identifier: Apache-2.0 */
/* Lists on the heap, which take no more than what is in them. */
#ifndef SZTP_TOOLS_COMMON_LIST_H
#define SZTP_TOOLS_COMMON_LIST_H

#include <stddef.h>

/* A list from malloc() (NULL if it is empty) with room for one element more than @p count, in octets @p size
 * each; it may have moved. NULL without memory: the list stays as it was. All of a list must come from here.
 */
void *list_room(void *list, size_t count, size_t size);

#endif
