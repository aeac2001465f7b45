/* SPDX-License-Identifier: Apache-2.0 */
/* Who reads which client's configuration. */
#ifndef SZTP_AGENT_IMPORT_READERS_H
#define SZTP_AGENT_IMPORT_READERS_H

#include "import_file.h"

/* Each fills in what is made of it: 0, or -1 with the error. */
typedef int (*import_fn)(import_t *in);
int import_fusionlayer(import_t *in);
int import_opi(import_t *in);
int import_ios_xr(import_t *in);

#endif
