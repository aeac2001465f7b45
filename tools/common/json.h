/* SPDX-License-Identifier: Apache-2.0 */
/* JSON documents that the tools write; they read with formats/json.h. A node belongs to the parent it was
 * added to. Without memory a function returns NULL; NULL is accepted as a parent, and json_text_of() reports
 * the failure at the end, so that a writer checks once. */
#ifndef SZTP_TOOLS_COMMON_JSON_H
#define SZTP_TOOLS_COMMON_JSON_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef struct cJSON json_node_t;
typedef struct json {
  json_node_t *root;
  int failed; /* some addition found no memory */
} json_t;

/* A document that is an object, or one that is an array. 0, or -1 without memory. */
int json_start(json_t *j);
int json_start_array(json_t *j);
void json_free(json_t *j);

/* Add a member to an object or, with @p name NULL, an entry to an array. A text that is NULL adds nothing. */
void json_text(json_t *j, json_node_t *to, const char *name, const char *value);
void json_bool(json_t *j, json_node_t *to, const char *name, int value);
void json_null(json_t *j, json_node_t *to, const char *name);
void json_number(json_t *j, json_node_t *to, const char *name, uint64_t value);
/* Seconds, with a fraction if @p ms has one. */
void json_seconds(json_t *j, json_node_t *to, const char *name, uint64_t ms);
json_node_t *json_object(json_t *j, json_node_t *to, const char *name);
json_node_t *json_array(json_t *j, json_node_t *to, const char *name);
/* Moves all of @p from, which then holds nothing. */
void json_move(json_t *j, json_node_t *to, const char *name, json_t *from);
/* The array of that name, which is added if there is none. */
json_node_t *json_list(json_t *j, json_node_t *object, const char *name);
/* How many entries an array has, and the text of member @p name of the @p index-th; "" if there is none. */
size_t json_count(const json_node_t *array);
const char *json_text_at(const json_node_t *array, size_t index, const char *name);
/* 1 if the object has a member of that name. */
int json_has(const json_node_t *object, const char *name);

/* The document as text from malloc(), indented or on one line; NULL if memory ran out now or before. */
char *json_text_of(const json_t *j, int lines);
/* Prints it in one line. 0, or -1 if memory ran out now or before. */
int json_print(const json_t *j, FILE *out);

/* Of the documents that --json prints: it changes with a member that changes its meaning or goes. */
enum { JSON_VERSION = 1 };

/* What a tool says on standard error when it has no answer: a line "COMMAND: TEXT", or the object that
 * docs/json/error.json describes. */
void json_error(int as_json, const char *command, const char *text);
/* 1 if --json is among the words: what is wrong with the others is told accordingly. */
int json_wanted(int argc, char *const *argv, int first);

#endif
