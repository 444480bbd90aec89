/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A schema is tables of fields; reading is walking a document along them. */
#ifndef LXKIT_INSTALL_MANIFEST_FIELD_H
#define LXKIT_INSTALL_MANIFEST_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "install/document.h"
#include "install/text.h"

/* One key of a mapping, and where its value goes: offset bytes into an object. Tables end with a
 * zero row. */
struct field {
    const char *key;
    bool required;
    size_t offset;
    int (*read)(const struct node *value, void *member, struct error *err);
};

/* DAMAGED, with its place, for all that is not as the table says; what is an expression as "a
 * release". What was read until then is in the object. */
int field_read_mapping(const struct node *node, const char *what, const struct field *fields,
                       void *object, struct error *err) MUST_CHECK;
/* Refuses another kind, and an empty mapping or sequence. */
int field_expect(const struct node *node, enum node_kind kind, const char *what,
                 struct error *err) MUST_CHECK;

/* A list of what read() takes, each a text. */
int field_list(const struct node *node, const char *what, struct texts *out,
               int (*read)(const struct node *value, void *member, struct error *err),
               struct error *err) MUST_CHECK;
/* A decimal number from 1 to max. */
int field_number(const struct node *node, const char *what, uint64_t max, uint64_t *out,
                 struct error *err) MUST_CHECK;

/* Values; the member that each sets is in its comment. */
int field_text(const struct node *node, void *member, struct error *err);  /* char * */
int field_name(const struct node *node, void *member, struct error *err);  /* char * */
int field_names(const struct node *node, void *member, struct error *err); /* struct texts */
/* char *; a relative path is meant from where the manifest is. */
int field_url(const struct node *node, void *member, struct error *err);
int field_urls(const struct node *node, void *member, struct error *err);   /* struct texts */
int field_sha256(const struct node *node, void *member, struct error *err); /* struct sha256 */
int field_bytes(const struct node *node, void *member, struct error *err);  /* uint64_t, not 0 */
int field_serial(const struct node *node, void *member, struct error *err); /* uint64_t, not 0 */
int field_flag(const struct node *node, void *member, struct error *err);   /* bool */
/* int64_t: the first or the last second of a day. */
int field_first_second(const struct node *node, void *member, struct error *err);
int field_last_second(const struct node *node, void *member, struct error *err);

#endif
