/* SPDX-License-Identifier: Apache-2.0 */
/* How bootstrapping data lies on removable storage (RFC 8572 4.1): layouts of folders (D-13), names of files
 * (D-14), and file: URIs of what lies beside them. All of them turn into relative paths that can't lead out
 * of the medium: components separated by single slashes, none of them "." or "..", or "." alone for the
 * medium's own root. */
#ifndef SZTP_TOOLS_COMMON_MEDIUM_H
#define SZTP_TOOLS_COMMON_MEDIUM_H

#include <stddef.h>
#include <stdint.h>

enum { MEDIUM_PATH = 1024, MEDIUM_URI = 3 * MEDIUM_PATH + 16 };

#define MEDIUM_ROOT          "."
#define MEDIUM_LAYOUT_XR     "EN{enterprise}/{serial}/bootstrapping-data"
#define MEDIUM_LAYOUT        "{serial}/bootstrapping-data"

#define MEDIUM_CONVEYED      "conveyed-information.cms"
#define MEDIUM_OWNER_CERT    "owner-certificate.cms"
#define MEDIUM_VOUCHER       "ownership-voucher.vcj"
#define MEDIUM_VOUCHER_OTHER "ownership-voucher.cms" /* counts only if the other one is not there */

/* The layouts that are tried, in this order, and their number. */
enum { MEDIUM_LAYOUTS = 4 };
extern const char *const medium_layouts[MEDIUM_LAYOUTS];

/* 1 if a serial number can be the name of a folder. Any other has no folder; no escaping is invented for it
 * (D-15). */
int medium_serial_is_name(const char *serial);

/* NULL, or what is wrong with a layout, static: a relative path in which {serial} and {enterprise} stand for
 * the device's serial number and its manufacturer's enterprise number. */
const char *medium_layout_fault(const char *layout);
/* 1 if the layout has {enterprise}. */
int medium_layout_has_enterprise(const char *layout);

/* The path of a layout that has no fault. 0, or -1 if the layout is not for this device: it needs a serial
 * number that can't be a name or an enterprise number that is unknown (0), or the path is too long. */
int medium_path(const char *layout, const char *serial, uint64_t enterprise, char out[MEDIUM_PATH]);

/* The path of a file: URI (RFC 8089), whose root is the medium's own. A first component that names a drive,
 * as disk2: or E:, is the medium, too. NULL, or what is wrong with it, static. */
const char *medium_uri_path(const char *uri, size_t len, char out[MEDIUM_PATH]);
/* The URI of a path. */
void medium_path_uri(const char *path, char out[MEDIUM_URI]);
/* 1 if a URI has the scheme file. */
int medium_is_file_uri(const char *uri);

#endif
