/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/provision/provision_table.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- whole files ---- */

static int bytes_check(const struct table *table, struct error *err)
{
    if (memchr(table->text, '\0', table->n))
        return error_set(err, ERROR_DAMAGED, "%s is no text; take the tree's own file",
                         table->path);
    if (memchr(table->text, '\r', table->n))
        return error_set(err, ERROR_DAMAGED,
                         "%s has lines that end in CR and LF, which Linux does not read; convert "
                         "it (dos2unix) and make the archive again",
                         table->path);
    return 0;
}

int table_load(struct table *table, struct overlay *overlay, const char *path, size_t fields,
               struct error *err)
{
    const char *bytes = "";
    size_t n = 0;
    int rc = overlay_content(overlay, path, &bytes, &n, err);
    *table = (struct table){.path = path, .fields = fields, .exists = rc > 0};
    if (rc < 0)
        return -1;
    table->text = malloc(n + 2);
    if (!table->text)
        return error_no_memory(err);
    memcpy(table->text, bytes, n);
    if (n > 0 && bytes[n - 1] != '\n')
        table->text[n++] = '\n';
    table->text[n] = '\0';
    table->n = n;
    return bytes_check(table, err);
}

void table_free(struct table *table)
{
    free(table->text);
    *table = (struct table){0};
}

int table_store(struct table *table, struct overlay *overlay, struct error *err)
{
    return table->changed ? overlay_replace(overlay, table->path, table->text, table->n, 0644, err)
                          : 0;
}

/* ---- lines ---- */

static int row_parse(const struct table *table, struct table_row *row, size_t at, size_t end,
                     struct error *err)
{
    size_t n = 0;
    for (;; n++) {
        const char *colon = memchr(table->text + at, ':', end - at);
        size_t stop = colon ? (size_t)(colon - table->text) : end;
        if (n < table->fields)
            row->field[n] = (struct table_field){at, stop - at};
        at = stop + 1;
        if (!colon)
            break;
    }
    if (n + 1 == table->fields)
        return 0;
    return error_set(err, ERROR_DAMAGED,
                     "%s: the line of \"%.*s\" has %zu fields between colons where there must be "
                     "%zu; correct it and make the archive again",
                     table->path, (int)(row->field[0].n < 64 ? row->field[0].n : 64),
                     table->text + row->field[0].at, n + 1, table->fields);
}

int table_next(const struct table *table, struct table_row *row, struct error *err)
{
    size_t at = row->end;
    while (at < table->n) {
        const char *line = table->text + at;
        size_t n = strcspn(line, "\n");
        row->end = at + n + 1;
        /* "+" and "-" take in or leave out users of the network. */
        if (n > 0 && !strchr("#+-", line[0]))
            return row_parse(table, row, at, at + n, err) < 0 ? -1 : 1;
        at = row->end;
    }
    return 0;
}

bool table_field_is(const struct table *table, const struct table_row *row, size_t field,
                    const char *text)
{
    size_t n = row->field[field].n;
    return strlen(text) == n && memcmp(table->text + row->field[field].at, text, n) == 0;
}

int table_find(const struct table *table, const char *name, struct table_row *row,
               struct error *err)
{
    int rc;
    *row = (struct table_row){0};
    while ((rc = table_next(table, row, err)) > 0) {
        if (table_field_is(table, row, 0, name))
            return 1;
    }
    return rc;
}

int table_number(const struct table *table, const struct table_row *row, size_t field,
                 uint32_t *out, struct error *err)
{
    const char *text = table->text + row->field[field].at;
    size_t n = row->field[field].n;
    uint64_t number = 0;
    for (size_t i = 0; i < n && number <= UINT32_MAX; i++)
        number =
            text[i] >= '0' && text[i] <= '9' ? number * 10 + (uint64_t)(text[i] - '0') : UINT64_MAX;
    if (n == 0 || number > UINT32_MAX)
        return error_set(err, ERROR_DAMAGED,
                         "%s: \"%.*s\" in the line of \"%.*s\" is no number; correct it and make "
                         "the archive again",
                         table->path, (int)(n < 64 ? n : 64), text,
                         (int)(row->field[0].n < 64 ? row->field[0].n : 64),
                         table->text + row->field[0].at);
    *out = (uint32_t)number;
    return 0;
}

/* ---- changes ---- */

/* Puts text in place of n bytes. */
static int splice(struct table *table, size_t at, size_t n, const char *text, struct error *err)
{
    size_t added = strlen(text);
    char *whole = malloc(table->n - n + added + 1);
    if (!whole)
        return error_no_memory(err);
    memcpy(whole, table->text, at);
    memcpy(whole + at, text, added);
    memcpy(whole + at + added, table->text + at + n, table->n - at - n + 1);
    free(table->text);
    table->text = whole;
    table->n += added - n;
    table->changed = true;
    return 0;
}

int table_set(struct table *table, const struct table_row *row, size_t field, const char *text,
              struct error *err)
{
    return splice(table, row->field[field].at, row->field[field].n, text, err);
}

int table_append(struct table *table, struct error *err, const char *format, ...)
{
    AUTO_FREE char *line = NULL;
    va_list arguments;
    va_start(arguments, format);
    int n = vasprintf(&line, format, arguments);
    va_end(arguments);
    if (n < 0) {
        line = NULL;
        return error_no_memory(err);
    }
    return splice(table, table->n, 0, line, err);
}

int table_add_member(struct table *table, const struct table_row *row, size_t field,
                     const char *name, struct error *err)
{
    size_t length = strlen(name);
    struct table_field list = row->field[field];
    for (size_t at = list.at, end = list.at + list.n; at < end;) {
        size_t n = strcspn(table->text + at, ",:\n");
        if (n == length && memcmp(table->text + at, name, n) == 0)
            return 0;
        at += n + 1;
    }
    AUTO_FREE char *text = NULL;
    if (asprintf(&text, "%s%s", list.n > 0 ? "," : "", name) < 0) {
        text = NULL;
        return error_no_memory(err);
    }
    return splice(table, list.at + list.n, 0, text, err);
}
