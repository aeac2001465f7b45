/* SPDX-License-Identifier: Apache-2.0 */
/* The part of BER that CMS producers emit, made DER (D-77): indefinite lengths, lengths that are not minimal,
 * OCTET STRINGs in pieces. Readers of DER then need not know about it. */
#ifndef SZTP_FORMATS_BER_H
#define SZTP_FORMATS_BER_H

#include "formats/der.h"

#define SZTP__BER_DEPTH 16 /* levels of nesting (CMS-02) */

/* Walks @p input, one element with nothing after it, and adds it to @p out as DER; with @p out NULL it only
 * checks. *changed tells whether the result differs from the input.
 *
 * Elements inside an element tagged [0] or [1] at nesting level @p keep_level (the outermost is 0; -1:
 * nowhere) are certificates and CRLs, which keep their own rules: they are copied as they are, or left out if
 * even their length is not DER. With @p keep_type, an OBJECT IDENTIFIER's contents octets, this holds only if
 * such an element came before on level 1. SZTP_ERR_DER with the fault and offset, SZTP_ERR_MEMORY. */
int32_t sztp__ber_to_der(sztp_ctx_t *ctx, sztp__span_t input, int keep_level, sztp__span_t keep_type,
                         sztp__buf_t *out, int *changed);

#endif
