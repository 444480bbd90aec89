/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/tar/tar_xattr.h"

#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "core/le.h"
#include "core/libarchive.h"
#include "core/list.h"
#include "image/tar/tar_xattr_name.h"
#include "image/tree.h"

enum {
    ACL_VERSION = 2,
};

/* Of entries that name nobody. */
static const uint32_t ACL_NO_ID = UINT32_MAX;

struct acl_header_disk {
    struct le32 version; /* +0 */
};

struct acl_entry_disk {
    struct le16 tag;         /* +0 */
    struct le16 permissions; /* +2: read 4, write 2, execute 1 */
    struct le32 id;          /* +4: user or group */
};

static_assert(sizeof(struct acl_header_disk) == 4, "posix_acl_xattr_header");
static_assert(sizeof(struct acl_entry_disk) == 8, "posix_acl_xattr_entry");

static const struct {
    int tag;            /* libarchive's */
    uint16_t linux_tag; /* ACL_USER_OBJ ... in the order that Linux wants them */
} tags[] = {
    {ARCHIVE_ENTRY_ACL_USER_OBJ, 0x01},  {ARCHIVE_ENTRY_ACL_USER, 0x02},
    {ARCHIVE_ENTRY_ACL_GROUP_OBJ, 0x04}, {ARCHIVE_ENTRY_ACL_GROUP, 0x08},
    {ARCHIVE_ENTRY_ACL_MASK, 0x10},      {ARCHIVE_ENTRY_ACL_OTHER, 0x20},
};

static int xattr_add(struct tar_xattrs *xattrs, const char *name, const void *value, size_t size,
                     struct error *err)
{
    for (size_t i = 0; i < xattrs->n; i++) {
        if (strcmp(xattrs->list[i].name, name) == 0)
            return 0; /* said twice: in an attribute and as an ACL */
    }
    if (list_grow(&xattrs->list, xattrs->n, &xattrs->size, err) < 0)
        return -1;
    xattrs->list[xattrs->n++] = (struct xattr){.name = name, .value = value, .size = size};
    return 0;
}

/* ---- names ---- */

/* What follows the prefix in the key of a record; NULL where it does not begin so. */
static const char *key_text(const struct tar_record *record, const char *prefix, size_t *n)
{
    size_t prefix_n = strlen(prefix);
    if (record->key_n <= prefix_n || memcmp(record->key, prefix, prefix_n) != 0)
        return NULL;
    *n = record->key_n - prefix_n;
    return record->key + prefix_n;
}

static bool is_encoded(const char *name)
{
    return strchr(name, '%') != NULL;
}

/* Whether libarchive wrote an attribute of this text as well as its SCHILY.xattr. */
static bool has_twin(const struct tar_record *records, size_t n, const char *text)
{
    size_t text_n = strlen(text), length;
    for (size_t i = 0; i < n; i++) {
        const char *other = key_text(&records[i], TAR_XATTR_LIBARCHIVE, &length);
        if (other && length == text_n && memcmp(other, text, length) == 0)
            return true;
    }
    return false;
}

static int schily_add(struct tar_xattrs *xattrs, const struct tar_record *records, size_t n,
                      const struct tar_record *record, struct error *err)
{
    size_t length;
    const char *text = key_text(record, TAR_XATTR_SCHILY, &length);
    if (!text || !memchr(text, '%', length))
        return 0;
    char *name = arena_copy(&xattrs->arena, text, length);
    const void *value = arena_copy(&xattrs->arena, record->value, record->n);
    if (!name || !value)
        return error_no_memory(err);
    if (has_twin(records, n, name))
        tar_xattr_name_decode_url(name);
    else
        tar_xattr_name_decode_gnu(name);
    return xattr_add(xattrs, name, value, record->n, err);
}

/* libarchive has decoded name and value of these. */
static int libarchive_add(struct tar_xattrs *xattrs, struct archive_entry *member,
                          const struct tar_record *record, struct error *err)
{
    const char *found;
    const void *value;
    size_t length, size;
    const char *text = key_text(record, TAR_XATTR_LIBARCHIVE, &length);
    if (!text || !memchr(text, '%', length))
        return 0;
    char *name = arena_copy(&xattrs->arena, text, length);
    if (!name)
        return error_no_memory(err);
    tar_xattr_name_decode_url(name);
    libarchive()->entry_xattr_reset(member);
    while (libarchive()->entry_xattr_next(member, &found, &value, &size) == ARCHIVE_OK) {
        if (strcmp(found, name) == 0)
            return xattr_add(xattrs, name, value, size, err);
    }
    return 0;
}

bool tar_xattrs_want_records(struct archive_entry *member)
{
    const char *name;
    const void *value;
    size_t size;
    libarchive()->entry_xattr_reset(member);
    while (libarchive()->entry_xattr_next(member, &name, &value, &size) == ARCHIVE_OK) {
        if (is_encoded(name))
            return true;
    }
    return false;
}

/* An attribute may come in two records. */
static int count_check(struct archive_entry *member, struct error *err)
{
    int n = libarchive()->entry_xattr_reset(member);
    if (n <= 2 * TREE_XATTRS_MAX)
        return 0;
    return error_set(err, ERROR_LIMIT,
                     "%d extended attributes; at most %d are kept: remove some and make the "
                     "archive again",
                     n, TREE_XATTRS_MAX);
}

static int attributes_add(struct tar_xattrs *xattrs, struct archive_entry *member,
                          const struct tar_record *records, size_t n, struct error *err)
{
    const char *name;
    const void *value;
    size_t size;

    if (count_check(member, err) < 0)
        return -1;
    while (libarchive()->entry_xattr_next(member, &name, &value, &size) == ARCHIVE_OK) {
        if ((n == 0 || !is_encoded(name)) && xattr_add(xattrs, name, value, size, err) < 0)
            return -1;
    }
    for (size_t i = 0; i < n; i++) {
        if (schily_add(xattrs, records, n, &records[i], err) < 0)
            return -1;
    }
    for (size_t i = 0; i < n; i++) {
        if (libarchive_add(xattrs, member, &records[i], err) < 0)
            return -1;
    }
    return 0;
}

/* ---- access control lists ---- */

static uint16_t permissions(int permset)
{
    return (uint16_t)((permset & ARCHIVE_ENTRY_ACL_READ ? 4 : 0) |
                      (permset & ARCHIVE_ENTRY_ACL_WRITE ? 2 : 0) |
                      (permset & ARCHIVE_ENTRY_ACL_EXECUTE ? 1 : 0));
}

static int acl_order(const void *a, const void *b)
{
    const struct acl_entry_disk *x = a, *y = b;
    if (le16_get(x->tag) != le16_get(y->tag))
        return le16_get(x->tag) < le16_get(y->tag) ? -1 : 1;
    return le32_get(x->id) < le32_get(y->id) ? -1 : le32_get(x->id) > le32_get(y->id);
}

/* libarchive has ids as an int, and the greatest for all that are greater; the text is there too,
 * as GNU tar and getfacl write an id that has no name. */
static uint32_t acl_id(int id, const char *who)
{
    char *end;
    if (id != INT_MAX || !who || *who < '0' || *who > '9')
        return (uint32_t)id;
    unsigned long exact = strtoul(who, &end, 10);
    return *end == '\0' && exact <= UINT32_MAX ? (uint32_t)exact : (uint32_t)id;
}

/* Whether an entry that names somebody has no number for them. One that takes rights away cannot be
 * left out. */
static int is_nameless(struct tar_xattrs *xattrs, int id, const char *who, int permset,
                       struct error *err)
{
    if (id >= 0)
        return 0;
    if (permissions(permset) == 0)
        return error_set(err, ERROR_UNSUPPORTED,
                         "the access control list takes rights from \"%.60s\", and has no number "
                         "for that name; make the archive again with bsdtar, which writes numbers",
                         who ? who : "");
    if (!xattrs->nameless && !(xattrs->nameless = strdup(who ? who : "")))
        return error_no_memory(err);
    return 1;
}

static int acl_add(struct tar_xattrs *xattrs, struct archive_entry *member, int type, void **buffer,
                   const char *name, struct error *err)
{
    int count = libarchive()->entry_acl_reset(member, type);
    if (count <= 0)
        return 0;

    size_t n = 0;
    uint8_t *value =
        malloc(sizeof(struct acl_header_disk) + (size_t)count * sizeof(struct acl_entry_disk));
    if (!value)
        return error_no_memory(err);
    *buffer = value;
    struct acl_header_disk header = {.version = le32_put(ACL_VERSION)};
    memcpy(value, &header, sizeof(header));
    struct acl_entry_disk *entries = (struct acl_entry_disk *)(value + sizeof(header));

    int got, permset, tag, id;
    const char *who;
    while (n < (size_t)count && libarchive()->entry_acl_next(member, type, &got, &permset, &tag,
                                                             &id, &who) == ARCHIVE_OK) {
        if (type == ARCHIVE_ENTRY_ACL_TYPE_ACCESS && tag == ARCHIVE_ENTRY_ACL_MASK)
            xattrs->mask = permissions(permset);
        for (size_t i = 0; i < array_length(tags); i++) {
            if (tags[i].tag != tag)
                continue;
            bool named = tag == ARCHIVE_ENTRY_ACL_USER || tag == ARCHIVE_ENTRY_ACL_GROUP;
            int nameless = named ? is_nameless(xattrs, id, who, permset, err) : 0;
            if (nameless < 0)
                return -1;
            if (nameless)
                continue;
            entries[n++] = (struct acl_entry_disk){
                .tag = le16_put(tags[i].linux_tag),
                .permissions = le16_put(permissions(permset)),
                .id = le32_put(named ? acl_id(id, who) : ACL_NO_ID),
            };
        }
    }
    qsort(entries, n, sizeof(*entries), acl_order);
    return xattr_add(xattrs, name, value, sizeof(header) + n * sizeof(*entries), err);
}

int tar_xattrs_read(struct tar_xattrs *xattrs, struct archive_entry *member,
                    const struct tar_record *records, size_t n, struct error *err)
{
    xattrs->n = 0;
    xattrs->mask = TAR_NO_MASK;
    for (size_t i = 0; i < array_length(xattrs->acl); i++) {
        free(xattrs->acl[i]);
        xattrs->acl[i] = NULL;
    }
    arena_free(&xattrs->arena);
    free(steal(&xattrs->nameless));
    if (attributes_add(xattrs, member, records, n, err) < 0)
        return -1;
    if (acl_add(xattrs, member, ARCHIVE_ENTRY_ACL_TYPE_ACCESS, &xattrs->acl[0],
                "system.posix_acl_access", err) < 0)
        return -1;
    return acl_add(xattrs, member, ARCHIVE_ENTRY_ACL_TYPE_DEFAULT, &xattrs->acl[1],
                   "system.posix_acl_default", err);
}

void tar_xattrs_free(struct tar_xattrs *xattrs)
{
    free(xattrs->nameless);
    for (size_t i = 0; i < array_length(xattrs->acl); i++)
        free(xattrs->acl[i]);
    arena_free(&xattrs->arena);
    free(xattrs->list);
}
