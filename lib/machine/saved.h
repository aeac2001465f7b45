/* SPDX-License-Identifier: Apache-2.0 */
/* What a session keeps across a reboot or a power failure: how often which image was installed, or begun to
 * be (D-06), which stages of an unfinished attempt must be undone, and the key that was made in it, or was to
 * be (D-170), and the one that the owner has of an attempt before (D-185). Nothing of trust (D-04). A CBOR
 * map of a few dozen octets: numbers as keys; its values are numbers and octet strings.
 *
 * An image that was updated reads what the one before it saved, else it would lose what is to be undone. So
 * every version of the library reads what every older one wrote, and tests keep samples of each version. What
 * is added gets a key of its own and raises the minor version: an older library passes such members over.
 * Only what an older library must not pass over raises the major version, which it refuses. */
#ifndef SZTP_MACHINE_SAVED_H
#define SZTP_MACHINE_SAVED_H

#include "ground/buf.h"

#define SZTP__SAVED_NAME_MAX 256
#define SZTP__KEY_NAME       16 /* octets; as many pairs of hexadecimal digits are its name */

typedef struct sztp__saved {
  char os_name[SZTP__SAVED_NAME_MAX + 1]; /* of the image installed last, or begun; cut if longer */
  char os_version[SZTP__SAVED_NAME_MAX + 1];
  uint32_t installs; /* of that image in a row, that were finished */
  uint32_t undo;     /* bit n: stage SZTP_STAGE_* n may have had effects */
  uint32_t begun;    /* installs of it since then of which nobody knows what became of them; since 1.1 */
  uint8_t key[SZTP__KEY_NAME]; /* the name of a key that is to be deleted; since 1.2 */
  uint8_t has_key;
  uint8_t owner[SZTP__KEY_NAME]; /* the name of the owner's key, since the last bootstrap; since 1.3 */
  uint8_t has_owner;
} sztp__saved_t;

/* The bit of each stage that there is: what is undone when nobody knows what was begun. */
#define SZTP__SAVED_STAGES 0xeU

/* Zero octets if there is nothing to keep. In the oldest version that can say it. */
int32_t sztp__saved_write(const sztp__saved_t *saved, sztp__buf_t *out);
/* SZTP_ERR_CBOR; SZTP_ERR_ABI for a major version that this library does not know. *out is left alone then.
 */
int32_t sztp__saved_read(sztp_ctx_t *ctx, sztp__span_t input, sztp__saved_t *out);

#endif
