/* SPDX-License-Identifier: Apache-2.0 */
/* Mutations that know the form of an input, for libFuzzer; a target that wants one defines
 * LLVMFuzzerCustomMutator() with it. */
#ifndef SZTP_FUZZ_MUTATE_H
#define SZTP_FUZZ_MUTATE_H

#include <stddef.h>
#include <stdint.h>

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);

/* DER behind @p front octets of any kind: elements are edited, or the contents of one mutated, and lengths
 * made right; sometimes all is mutated as plain octets. */
size_t fuzz_mutate_der(uint8_t *data, size_t size, size_t max_size, unsigned int seed, size_t front);

/* A record (fuzz/record.h): one part is mutated, most often. Digests that signed attributes hold are made
 * right again, so that what lies behind them is reached where every signature verifies. */
size_t fuzz_mutate_record(uint8_t *data, size_t size, size_t max_size, unsigned int seed);

#endif
