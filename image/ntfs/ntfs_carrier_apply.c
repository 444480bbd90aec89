/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ntfs/ntfs_carrier_apply.h"

#include <string.h>

#include "image/entry_flags.h"
#include "image/ntfs/ntfs_eas.h"
#include "image/ntfs/ntfs_name.h"
#include "image/ntfs/ntfs_time.h"

/* ---- numbers ---- */

static void times_apply(struct tree_file *file, const struct ntfs_carrier_field *field,
                        const struct ntfs_visible *visible)
{
    struct entry_time *const times[] = {&file->crtime, &file->mtime, &file->ctime, &file->atime};
    const uint64_t seen[] = {visible->created, visible->modified, visible->changed,
                             visible->accessed};
    const uint8_t *value = field->value;

    for (size_t i = 0; i < NTFS_CARRIER_TIMES; i++) {
        struct ntfs_carrier_time_disk disk;
        bool exact;
        if (!(field->which & 1u << i))
            continue;
        memcpy(&disk, value, sizeof(disk));
        value += sizeof(disk);
        const struct entry_time time = {
            .seconds = (int64_t)le64_get(disk.seconds),
            .nanoseconds = le32_get(disk.nanoseconds),
        };
        if (ntfs_time(&time, &exact) == seen[i])
            *times[i] = time;
    }
}

static void owner_apply(struct tree_file *file, const struct ntfs_carrier_field *field,
                        const struct ntfs_visible *visible)
{
    if (field->which & 1 && visible->uid == UINT32_MAX)
        file->uid = UINT32_MAX;
    if (field->which & 2 && visible->gid == UINT32_MAX)
        file->gid = UINT32_MAX;
}

static uint32_t number_at(const uint8_t *value)
{
    struct le32 number;
    memcpy(&number, value, sizeof(number));
    return le32_get(number);
}

/* ---- attributes ---- */

struct apply {
    struct tree_file *file;
    const struct ntfs_visible *visible;
    const struct ntfs_carrier *carrier;
    struct arena *arena;
    struct ntfs_carried *out;
    size_t n_visible; /* of the file's attributes */
};

static struct tree_xattr *visible_find(const struct apply *self, const char *name)
{
    for (size_t i = 0; i < self->n_visible; i++) {
        if (ntfs_xattr_same(self->file->xattrs[i].name, name))
            return &self->file->xattrs[i];
    }
    return NULL;
}

static bool is_there(const struct tree_file *file, const char *name)
{
    for (size_t i = 0; i < file->n_xattrs; i++) {
        if (strcmp(file->xattrs[i].name, name) == 0)
            return true;
    }
    return false;
}

/* Whether what an attribute goes with is still as it was. */
static bool is_true(const struct apply *self, const struct ntfs_carrier_field *field)
{
    bool visible = visible_find(self, field->name) != NULL;
    switch (field->kind) {
    case NTFS_CARRIER_TWIN:
        return visible;
    case NTFS_CARRIER_ACCESS:
        return !visible && number_at(field->value) == self->visible->mode;
    case NTFS_CARRIER_SEALED:
        return !visible && self->carrier->digest == ntfs_visible_digest(self->visible);
    default:
        return !visible;
    }
}

/* Room for as many attributes more as the carrier has fields. */
static int room_make(struct apply *self, struct error *err)
{
    struct tree_file *file = self->file;
    struct ntfs_carrier_field field;
    size_t n = file->n_xattrs, at = 0;

    while (ntfs_carrier_next(self->carrier, &at, &field))
        n += field.kind >= NTFS_CARRIER_XATTR && field.kind <= NTFS_CARRIER_SEALED;
    if (n == file->n_xattrs)
        return 0;
    if (n > TREE_XATTRS_MAX)
        return error_set(err, ERROR_LIMIT, "it has more than %d extended attributes",
                         TREE_XATTRS_MAX);
    struct tree_xattr *list = arena_alloc(self->arena, n * sizeof(*list));
    if (!list)
        return error_no_memory(err);
    if (file->n_xattrs > 0)
        memcpy(list, file->xattrs, file->n_xattrs * sizeof(*list));
    file->xattrs = list;
    return 0;
}

static void xattr_apply(struct apply *self, const struct ntfs_carrier_field *field)
{
    struct tree_file *file = self->file;
    size_t head = field->kind == NTFS_CARRIER_ACCESS ? sizeof(struct le32) : 0;

    if (!is_true(self, field) || is_there(file, field->name)) {
        self->out->n_stale++;
        return;
    }
    file->xattrs[file->n_xattrs++] = (struct tree_xattr){
        .name = field->name,
        .value = field->value + head,
        .size = (uint32_t)(field->value_n - head),
    };
}

static void case_apply(struct apply *self, const struct ntfs_carrier_field *field)
{
    struct tree_xattr *xattr = visible_find(self, field->name);
    if (xattr)
        xattr->name = field->name;
}

/* ---- all of it ---- */

static void field_apply(struct apply *self, const struct ntfs_carrier_field *field)
{
    struct le64 links;
    switch (field->kind) {
    case NTFS_CARRIER_TIME:
        times_apply(self->file, field, self->visible);
        break;
    case NTFS_CARRIER_FLAGS:
        if (self->file->type == ENTRY_FILE || self->file->type == ENTRY_DIRECTORY)
            self->file->flags = entry_flags_from_linux(number_at(field->value));
        break;
    case NTFS_CARRIER_NO_OWNER:
        owner_apply(self->file, field, self->visible);
        break;
    case NTFS_CARRIER_NAME:
        self->out->has_names = true;
        break;
    case NTFS_CARRIER_CASE:
        case_apply(self, field);
        break;
    case NTFS_CARRIER_LINKS:
        memcpy(&links, field->value, sizeof(links));
        if (self->carrier->digest == ntfs_visible_digest(self->visible))
            self->out->links = le64_get(links);
        break;
    default:
        xattr_apply(self, field);
    }
}

int ntfs_carrier_apply(struct tree_file *file, const struct ntfs_carrier *carrier,
                       const struct ntfs_visible *visible, struct arena *arena,
                       struct ntfs_carried *out, struct error *err)
{
    struct apply self = {file, visible, carrier, arena, out, file->n_xattrs};
    struct ntfs_carrier_field field;
    size_t at = 0;

    *out = (struct ntfs_carried){0};
    if (room_make(&self, err) < 0)
        return -1;
    while (ntfs_carrier_next(carrier, &at, &field))
        field_apply(&self, &field);
    return 0;
}

const char *ntfs_carrier_name(const struct ntfs_carrier *carrier, const uint8_t *units,
                              size_t length)
{
    struct ntfs_carrier_field field;
    size_t at = 0;

    while (ntfs_carrier_next(carrier, &at, &field)) {
        struct ntfs_name name;
        if (field.kind != NTFS_CARRIER_NAME || ntfs_name_make(&name, field.name, field.name_n) ||
            name.length != length)
            continue;
        size_t i = 0;
        while (i < length && name.units[i] == (units[2 * i] | units[2 * i + 1] << 8))
            i++;
        if (i == length)
            return field.name;
    }
    return NULL;
}
