/* SPDX-License-Identifier: Apache-2.0 */
/* GeneralNames (RFC 5280 4.2.1.6). */
#ifndef SZTP_CRYPTOGRAPHY_GENERAL_NAME_H
#define SZTP_CRYPTOGRAPHY_GENERAL_NAME_H

#include "formats/der.h"

enum { /* identifier octets of GeneralName */
       SZTP__NAME_OTHER_NAME = 0xa0,
       SZTP__NAME_EMAIL = 0x81,
       SZTP__NAME_DNS = 0x82,
       SZTP__NAME_X400 = 0xa3,
       SZTP__NAME_DIRECTORY = 0xa4,
       SZTP__NAME_EDI_PARTY = 0xa5,
       SZTP__NAME_URI = 0x86,
       SZTP__NAME_IP = 0x87,
       SZTP__NAME_REGISTERED_ID = 0x88
};

/* Checks one GeneralName; in a subtree of name constraints an IP address comes with its mask. 0 or
 * SZTP_ERR_DER. */
int32_t sztp__general_name_check(sztp_ctx_t *ctx, const sztp__tlv_t *name, int in_subtree);
/* Checks the contents of a GeneralNames. 0 or SZTP_ERR_DER. */
int32_t sztp__general_names_check(sztp__der_t contents);

#endif
