/* SPDX-License-Identifier: Apache-2.0 */
/* JSON documents: the configuration is read with it, the status and the result are written with it. */
#ifndef SZTP_AGENT_JSON_H
#define SZTP_AGENT_JSON_H

#include <stddef.h>
#include <stdint.h>

typedef struct cJSON json_t; /* a value */

enum { JSON_OTHER = 0, JSON_OBJECT = 1, JSON_LIST = 2, JSON_TEXT = 3, JSON_NUMBER = 4, JSON_SWITCH = 5 };

/* Reads one document. On failure NULL, with what is wrong and at which line in @p error. */
json_t *json_read(const uint8_t *text, size_t len, char *error, size_t room);
void json_free(json_t *value);

int json_kind(const json_t *value);
/* The kind in words, as "a number". */
const char *json_kind_text(const json_t *value);
/* The name of an object's member. */
const char *json_name(const json_t *value);
/* The first member or entry, and the one after; NULL at the end. */
const json_t *json_first(const json_t *value);
const json_t *json_next(const json_t *value);
/* A member by its name, or NULL. */
const json_t *json_member(const json_t *value, const char *name);
/* What the value says; "", 0 or 0.0 if it is of another kind. */
const char *json_text(const json_t *value);
double json_number(const json_t *value);
int json_switch(const json_t *value);

/* Making. A put function copies what it is given, but an object or list becomes a part of @p object (or is
 * freed on failure). NULL for @p name appends to a list; a NULL text puts nothing. 0, or -1 without memory.
 */
json_t *json_object(void);
json_t *json_list(void);
int json_put(json_t *object, const char *name, json_t *value);
int json_put_text(json_t *object, const char *name, const char *text);
int json_put_number(json_t *object, const char *name, double number);
int json_put_switch(json_t *object, const char *name, int on);
int json_put_null(json_t *object, const char *name);
/* The document as text with a line end, from malloc(); NULL without memory. */
char *json_write(const json_t *value);

#endif
