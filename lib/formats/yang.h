/* SPDX-License-Identifier: Apache-2.0 */
/* Reading YANG data from JSON and XML (RFC 7951 and RFC 7950 as the DATA group decides them): names of a
 * module, null as absent, lists and single entries, base64 leaves, identities. A fault names the node. */
#ifndef SZTP_FORMATS_YANG_H
#define SZTP_FORMATS_YANG_H

#include "formats/json.h"
#include "formats/xml_tree.h"

enum { SZTP__ENCODING_ANY = 0, SZTP__ENCODING_JSON = 1, SZTP__ENCODING_XML = 2 };

#define SZTP__YANG_NS "urn:ietf:params:xml:ns:yang:" /* of a module, before its name */

typedef struct sztp__yang_node sztp__yang_node_t; /* borrowed; a JSON value or an XML element */

/* A document and how it is read. The caller fills in the upper members. */
typedef struct sztp__yang {
  sztp_ctx_t *ctx;
  const char *module; /* of all nodes read through this */
  const char *where;  /* for the trail, as "voucher" */
  int32_t fault;      /* the code of what does not fit the model */
  int any_case;       /* the module's name may differ in letter case in an XML namespace; with a warning */
  sztp__json_t *json; /* one of the two while it is open */
  sztp__xml_tree_t *xml;
} sztp__yang_t;

/* Parses @p document, which must outlive it, as SZTP__ENCODING_JSON or _XML. The fault if it can't be parsed;
 * SZTP_ERR_LIMIT, SZTP_ERR_MEMORY. */
int32_t sztp__yang_open(sztp__yang_t *y, sztp__span_t document, uint32_t encoding);
/* Frees what was opened; calling it again does no harm. */
void sztp__yang_close(sztp__yang_t *y);

/* The top-level node @p name; in JSON it must have its module's name (DATA-01). NULL if absent. */
int32_t sztp__yang_top(const sztp__yang_t *y, const char *name, const sztp__yang_node_t **out);
/* What stands at the top level, for people: "module:name" and what else, or "<name> of namespace ...".
 * Returns
 * @p out. */
char *sztp__yang_top_text(const sztp__yang_t *y, char *out, size_t cap);
/* The child @p name of the container @p parent, in JSON given as "name" or "module:name" (D-54); NULL if
 * absent or null (D-60). Given twice, or with a @p parent that is no container, it is a fault. */
int32_t sztp__yang_child(const sztp__yang_t *y, const sztp__yang_node_t *parent, const char *name,
                         const sztp__yang_node_t **out);
/* The same for a list or leaf-list, whose entries in XML are elements of one name among others. */
int32_t sztp__yang_list(const sztp__yang_t *y, const sztp__yang_node_t *parent, const char *name,
                        const sztp__yang_node_t **out);
/* The first entry of @p list (in JSON itself, if it is not an array: D-61), then the next; NULL at the end.
 */
const sztp__yang_node_t *sztp__yang_first(const sztp__yang_t *y, const sztp__yang_node_t *list);
const sztp__yang_node_t *sztp__yang_after(const sztp__yang_t *y, const sztp__yang_node_t *list,
                                          const sztp__yang_node_t *entry);
/* 1 if @p node can be a container or a list's entry. An empty XML element can, and can be a leaf too. */
int sztp__yang_is_container(const sztp__yang_t *y, const sztp__yang_node_t *node);

/* The value of a leaf-list's entry that is a string of at most SZTP_LIMIT_LEAF octets. */
int32_t sztp__yang_text(const sztp__yang_t *y, const sztp__yang_node_t *node, const char *name,
                        sztp__span_t *out);
/* A child that is a string of at most SZTP_LIMIT_LEAF octets; *out is {NULL, 0} if absent. */
int32_t sztp__yang_string(const sztp__yang_t *y, const sztp__yang_node_t *parent, const char *name,
                          sztp__span_t *out);
/* A child that is a number, or the same as a string (D-57): its text; *out is {NULL, 0} if absent. */
int32_t sztp__yang_number(const sztp__yang_t *y, const sztp__yang_node_t *parent, const char *name,
                          sztp__span_t *out);
/* A child that is a boolean, or the same as a string (D-109): *out is 1 or 0, *found is 0 if absent. */
int32_t sztp__yang_boolean(const sztp__yang_t *y, const sztp__yang_node_t *parent, const char *name,
                           int *found, int *out);
/* A child that is an identityref: an identity of the module, or one without module, as its bare name (D-59);
 * any other unchanged, with its prefix; *out is {NULL, 0} if absent. */
int32_t sztp__yang_identity(const sztp__yang_t *y, const sztp__yang_node_t *parent, const char *name,
                            sztp__span_t *out);
/* The same for identities of another module than the leaf's. */
int32_t sztp__yang_identity_of(const sztp__yang_t *y, const char *module, const sztp__yang_node_t *parent,
                               const char *name, sztp__span_t *out);
/* A child that is base64: decoded, allocated (sztp__free_secret), followed by a NUL; *out is NULL if absent.
 * Beyond
 * @p max octets SZTP_ERR_LIMIT. @p mode is SZTP__BASE64_*. */
int32_t sztp__yang_binary(const sztp__yang_t *y, const sztp__yang_node_t *parent, const char *name,
                          uint32_t mode, uint64_t max, uint8_t **out, size_t *len);

/* Counts the children of @p parent whose name is not in the NULL-terminated @p known, or that are of another
 * module, with a warning in the log for the first of them (D-55). */
size_t sztp__yang_unknown(const sztp__yang_t *y, const sztp__yang_node_t *parent, const char *const *known);
/* SZTP__ENCODING_JSON if the document starts like it ('{' after one BOM and white space), SZTP__ENCODING_XML
 * ('<'), else 0 (D-67). */
uint32_t sztp__yang_encoding(sztp__span_t document);

#endif
