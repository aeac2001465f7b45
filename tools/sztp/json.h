/* SPDX-License-Identifier: Apache-2.0 */
/* JSON for --json. A node that was added belongs to its parent; a function without memory returns NULL and
 * takes NULL, so that a writer checks once, with json_print(). */
#ifndef SZTP_TOOLS_SZTP_JSON_H
#define SZTP_TOOLS_SZTP_JSON_H

struct cJSON;
typedef struct json {
  struct cJSON *root;
  int failed; /* some addition found no memory */
} json_t;

/* 0, or -1 without memory. */
int json_start(json_t *j);
void json_free(json_t *j);
void json_text(json_t *j, struct cJSON *object, const char *name, const char *value);
void json_bool(json_t *j, struct cJSON *object, const char *name, int value);
struct cJSON *json_array(json_t *j, struct cJSON *object, const char *name);
/* A new object or text at the end of an array. */
struct cJSON *json_append_object(json_t *j, struct cJSON *array);
void json_append_text(json_t *j, struct cJSON *array, const char *value);
/* As an object's member @p name; when there is one already, the two (and more) become an array. @p value NULL
 * adds an object, which is returned. */
struct cJSON *json_add(json_t *j, struct cJSON *object, const char *name, const char *value);
/* Prints one line to standard output. 0, or -1 if memory ran out now or before. */
int json_print(const json_t *j);

#endif
