/* SPDX-License-Identifier: Apache-2.0 */
/* The cryptographic library as this program has it to itself: library_mbedtls.c and library_openssl.c. */
#ifndef SZTP_AGENT_LIBRARY_H
#define SZTP_AGENT_LIBRARY_H

/* Before anything else calls it: leaves out what the library would do for programs of other kinds. */
void library_begin(void);

#endif
