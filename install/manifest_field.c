/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/manifest_field.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/paths.h"
#include "install/manifest.h"
#include "install/name.h"

int field_expect(const struct node *node, enum node_kind kind, const char *what, struct error *err)
{
    if (node->kind != kind)
        return node_error(&node->place, err, "%s is expected here: %s, not %s", what,
                          node_kind_words(kind), node_kind_words(node->kind));
    if (kind != NODE_SCALAR && node->n == 0)
        return node_error(&node->place, err, "%s is expected here, and it is empty", what);
    return 0;
}

static const struct field *field_by_key(const struct field *fields, const char *key)
{
    for (; fields->key; fields++) {
        if (strcmp(fields->key, key) == 0)
            return fields;
    }
    return NULL;
}

static int unknown_key(const struct node *child, const struct field *fields, const char *what,
                       struct error *err)
{
    char known[ERROR_TEXT_BYTES] = "";
    for (const struct field *f = fields; f->key; f++) {
        size_t n = strlen(known);
        snprintf(known + n, sizeof(known) - n, "%s%s", n ? ", " : "", f->key);
    }
    return node_error(&child->key_place, err, "unknown key '%s'; %s has: %s", child->key, what,
                      known);
}

int field_read_mapping(const struct node *node, const char *what, const struct field *fields,
                       void *object, struct error *err)
{
    if (field_expect(node, NODE_MAPPING, what, err) < 0)
        return -1;
    for (size_t i = 0; i < node->n; i++) {
        const struct node *child = &node->children[i];
        const struct field *field = field_by_key(fields, child->key);
        if (!field)
            return unknown_key(child, fields, what, err);
        if (field->read(child, (char *)object + field->offset, err) < 0)
            return -1;
    }
    for (const struct field *field = fields; field->key; field++) {
        bool found = false;
        for (size_t i = 0; i < node->n && !found; i++)
            found = strcmp(node->children[i].key, field->key) == 0;
        if (field->required && !found)
            return node_error(&node->place, err, "%s needs the key '%s'", what, field->key);
    }
    return 0;
}

/* ---- scalars ---- */

int field_text(const struct node *node, void *member, struct error *err)
{
    char **out = member;
    if (field_expect(node, NODE_SCALAR, "a text", err) < 0)
        return -1;
    size_t n = strlen(node->text);
    if (n == 0 || n > MANIFEST_TEXT_MAX)
        return node_error(&node->place, err, "a text of 1 to %d bytes is expected here, not of %zu",
                          MANIFEST_TEXT_MAX, n);
    *out = strdup(node->text);
    return *out ? 0 : error_no_memory(err);
}

int field_name(const struct node *node, void *member, struct error *err)
{
    struct error why;
    if (field_expect(node, NODE_SCALAR, "a name", err) < 0)
        return -1;
    if (name_check(node->text, &why) < 0)
        return node_error(&node->place, err, "%s", why.text);
    return field_text(node, member, err);
}

int field_url(const struct node *node, void *member, struct error *err)
{
    static const char *const schemes[] = {"https://", "http://", "file://"};
    char **out = member;
    if (field_expect(node, NODE_SCALAR, "a URL or path", err) < 0)
        return -1;
    const char *text = node->text;
    size_t n = strlen(text);
    if (n == 0 || n > MANIFEST_URL_MAX)
        return node_error(&node->place, err, "a URL of 1 to %d bytes is expected here, not of %zu",
                          MANIFEST_URL_MAX, n);

    if (strstr(text, "://")) {
        for (size_t i = 0; i < array_length(schemes); i++) {
            if (strncasecmp(text, schemes[i], strlen(schemes[i])) == 0) {
                *out = strdup(text);
                return *out ? 0 : error_no_memory(err);
            }
        }
        return node_error(
            &node->place, err,
            "'%s' cannot be fetched; https://, http://, file:// or a path is expected", text);
    }
    if (text[0] == '/')
        return paths_absolute(out, text, err);

    AUTO_FREE char *directory = NULL, *path = NULL;
    if (paths_parent(&directory, node->place.file, err) < 0 ||
        paths_join(&path, directory, text, err) < 0)
        return -1;
    if (strstr(path, "://")) {
        *out = steal(&path);
        return 0;
    }
    return paths_absolute(out, path, err);
}

int field_sha256(const struct node *node, void *member, struct error *err)
{
    if (field_expect(node, NODE_SCALAR, "a SHA-256 digest", err) < 0)
        return -1;
    if (!sha256_parse(member, node->text))
        return node_error(&node->place, err,
                          "'%s' is no SHA-256 digest; 64 hexadecimal digits are expected",
                          node->text);
    return 0;
}

int field_number(const struct node *node, const char *what, uint64_t max, uint64_t *out,
                 struct error *err)
{
    if (field_expect(node, NODE_SCALAR, what, err) < 0)
        return -1;
    char *end;
    errno = 0;
    *out = strtoull(node->text, &end, 10);
    if (errno || *end || node->text[0] < '1' || node->text[0] > '9')
        return node_error(&node->place, err,
                          "'%s' is no number; %s, decimal and at least 1, is expected", node->text,
                          what);
    if (*out > max)
        return node_error(&node->place, err, "'%s' is too large; at most %" PRIu64 " is expected",
                          node->text, max);
    return 0;
}

int field_bytes(const struct node *node, void *member, struct error *err)
{
    return field_number(node, "a number of bytes", UINT64_MAX, member, err);
}

static int read_day(const struct node *node, int64_t *first, int64_t *last, struct error *err)
{
    if (field_expect(node, NODE_SCALAR, "a day", err) < 0)
        return -1;
    if (day_parse(node->text, first, last))
        return 0;
    return node_error(&node->place, err, "'%s' is no day; YYYY-MM-DD is expected", node->text);
}

int field_first_second(const struct node *node, void *member, struct error *err)
{
    int64_t last;
    return read_day(node, member, &last, err);
}

int field_last_second(const struct node *node, void *member, struct error *err)
{
    int64_t first;
    return read_day(node, &first, member, err);
}

int field_serial(const struct node *node, void *member, struct error *err)
{
    return field_number(node, "a number", MANIFEST_SERIAL_MAX, member, err);
}

int field_flag(const struct node *node, void *member, struct error *err)
{
    bool *out = member;
    if (field_expect(node, NODE_SCALAR, "true or false", err) < 0)
        return -1;
    *out = strcmp(node->text, "true") == 0;
    if (*out || strcmp(node->text, "false") == 0)
        return 0;
    return node_error(&node->place, err, "'%s' is neither true nor false", node->text);
}

/* ---- lists ---- */

int field_list(const struct node *node, const char *what, struct texts *out,
               int (*read)(const struct node *value, void *member, struct error *err),
               struct error *err)
{
    if (field_expect(node, NODE_SEQUENCE, what, err) < 0)
        return -1;
    if (node->n > MANIFEST_LIST_MAX)
        return node_error(&node->place, err, "%s of at most %d is expected here, not of %zu", what,
                          MANIFEST_LIST_MAX, node->n);
    for (size_t i = 0; i < node->n; i++) {
        AUTO_FREE char *text = NULL;
        if (read(&node->children[i], &text, err) < 0 || texts_add(out, text, err) < 0)
            return -1;
    }
    return 0;
}

int field_names(const struct node *node, void *member, struct error *err)
{
    return field_list(node, "a list of names", member, field_name, err);
}

int field_urls(const struct node *node, void *member, struct error *err)
{
    return field_list(node, "a list of URLs", member, field_url, err);
}
