/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file of lines with fields between colons, as /etc/passwd is one, being edited: what is not
 * touched stays byte by byte. */
#ifndef LXKIT_IMAGE_PROVISION_TABLE_H
#define LXKIT_IMAGE_PROVISION_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "image/filter/filter_overlay.h"

enum {
    TABLE_FIELDS_MAX = 9, /* shadow's */
};

struct table {
    const char *path;
    size_t fields; /* in each line */
    bool exists;
    bool changed;
    char *text; /* malloc'd; every line ends */
    size_t n;
};

struct table_field {
    size_t at, n; /* within text */
};

struct table_row {
    struct table_field field[TABLE_FIELDS_MAX];
    size_t end; /* after the line */
};

/* Reads the file of the tree, empty where it has none. DAMAGED for bytes that belong in no such
 * file, as CR. table_free() in any case. */
int table_load(struct table *table, struct overlay *overlay, const char *path, size_t fields,
               struct error *err) MUST_CHECK;
void table_free(struct table *table);
/* Writes it back, if it was changed. */
int table_store(struct table *table, struct overlay *overlay, struct error *err) MUST_CHECK;

/* The next line that is no comment: row->end is where to go on, 0 at first. 1, 0 at the end;
 * DAMAGED for a line of more or fewer fields. */
int table_next(const struct table *table, struct table_row *row, struct error *err) MUST_CHECK;
/* The line with that name in its first field: 1, or 0. */
int table_find(const struct table *table, const char *name, struct table_row *row,
               struct error *err) MUST_CHECK;
/* A field as a decimal number; DAMAGED for what is none, or more than 32 bits hold. */
int table_number(const struct table *table, const struct table_row *row, size_t field,
                 uint32_t *out, struct error *err) MUST_CHECK;
bool table_field_is(const struct table *table, const struct table_row *row, size_t field,
                    const char *text);

/* Replaces a field; rows that were found before are void. */
int table_set(struct table *table, const struct table_row *row, size_t field, const char *text,
              struct error *err) MUST_CHECK;
int table_append(struct table *table, struct error *err, const char *format, ...)
    PRINTF_LIKE(3, 4) MUST_CHECK;
/* Adds name to the list, between commas, that a field is; 0 also where it is there already. */
int table_add_member(struct table *table, const struct table_row *row, size_t field,
                     const char *name, struct error *err) MUST_CHECK;

#define AUTO_TABLE CLEANUP(table_free)

#endif
