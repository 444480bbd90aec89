/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ntfs/ntfs_carrier_make.h"

#include <stdlib.h>
#include <string.h>

#include "image/entry_flags.h"
#include "image/ntfs/ntfs_carrier.h"
#include "image/ntfs/ntfs_eas.h"
#include "image/ntfs/ntfs_name.h"
#include "image/ntfs/ntfs_values.h"

enum {
    SIZE_MIN = 256,
    UNIT_NS = 100,
};

/* ---- putting together ---- */

/* A field whose value is head and value, one behind the other. */
struct field {
    enum ntfs_carrier_kind kind;
    uint8_t which;
    const char *name; /* NULL: none */
    const void *head;
    size_t head_n;
    const void *value;
    size_t n;
};

static int room_make(struct ntfs_carrier_made *out, size_t n, struct error *err)
{
    if (out->size - out->n >= n)
        return 0;
    size_t size = out->size ? out->size : SIZE_MIN;
    while (size - out->n < n)
        size *= 2;
    uint8_t *bytes = realloc(out->bytes, size);
    if (!bytes)
        return error_no_memory(err);
    out->bytes = bytes;
    out->size = size;
    return 0;
}

static int field_put(struct ntfs_carrier_made *out, const struct field *field, struct error *err)
{
    size_t name = field->name ? strlen(field->name) : 0, n = field->head_n + field->n;
    const struct ntfs_carrier_field_disk disk = {
        .kind = (uint8_t)field->kind,
        .which = field->which,
        .name_length = le16_put((uint16_t)name),
        .value_length = le32_put((uint32_t)n),
    };
    size_t bytes = sizeof(disk) + name + 1 + n;

    if (room_make(out, bytes, err) < 0)
        return -1;
    uint8_t *at = out->bytes + out->n;
    memcpy(at, &disk, sizeof(disk));
    at += sizeof(disk);
    if (name > 0)
        memcpy(at, field->name, name);
    at[name] = '\0';
    at += name + 1;
    if (field->head_n > 0)
        memcpy(at, field->head, field->head_n);
    if (field->n > 0)
        memcpy(at + field->head_n, field->value, field->n);
    out->n += bytes;
    return 0;
}

/* ---- the parts of a file ---- */

static int times_put(struct ntfs_carrier_made *out, const struct tree_file *file, struct error *err)
{
    const struct entry_time *const times[NTFS_CARRIER_TIMES] = {&file->crtime, &file->mtime,
                                                                &file->ctime, &file->atime};
    struct ntfs_carrier_time_disk list[NTFS_CARRIER_TIMES];
    uint8_t which = 0;
    size_t n = 0;

    for (size_t i = 0; i < NTFS_CARRIER_TIMES; i++) {
        bool exact = times[i]->nanoseconds % UNIT_NS == 0;
        ntfs_time(times[i], &exact);
        if (exact)
            continue;
        which |= (uint8_t)(1u << i);
        list[n++] = (struct ntfs_carrier_time_disk){
            .seconds = le64_put((uint64_t)times[i]->seconds),
            .nanoseconds = le32_put(times[i]->nanoseconds),
        };
    }
    if (n == 0)
        return 0;
    return field_put(
        out, &(struct field){NTFS_CARRIER_TIME, which, .value = list, .n = n * sizeof(list[0])},
        err);
}

static int numbers_put(struct ntfs_carrier_made *out, const struct tree_file *file,
                       struct error *err)
{
    struct le32 flags = le32_put(entry_flags_to_linux(file->flags));
    uint8_t none = (uint8_t)((file->uid == UINT32_MAX) | (file->gid == UINT32_MAX) << 1);

    if (file->flags &&
        field_put(out, &(struct field){NTFS_CARRIER_FLAGS, .value = &flags, .n = sizeof(flags)},
                  err) < 0)
        return -1;
    return none ? field_put(out, &(struct field){NTFS_CARRIER_NO_OWNER, none, .n = 0}, err) : 0;
}

static bool is_ascii(const struct tree_name *name)
{
    for (size_t i = 0; i < name->length; i++) {
        if ((uint8_t)name->text[i] >= 0x80)
            return false;
    }
    return true; /* which always reads back the same */
}

static int names_put(struct ntfs_carrier_made *out, const struct ntfs_carrier_input *input,
                     struct error *err)
{
    struct ntfs_name name;
    const char *last = NULL;
    for (size_t i = 0; i < input->n_names; i++) {
        const char *text = input->names[i]->text;
        if (is_ascii(input->names[i]) || ntfs_name_make(&name, text, input->names[i]->length) ||
            (last && strcmp(last, text) == 0))
            continue;
        last = text;
        if (field_put(out, &(struct field){NTFS_CARRIER_NAME, .name = text}, err) < 0)
            return -1;
    }
    return 0;
}

/* ---- attributes ---- */

bool ntfs_carrier_holds(const char *name)
{
    size_t n = strnlen(name, NTFS_CARRIER_NAME_MAX + 1);
    return n > 0 && n <= NTFS_CARRIER_NAME_MAX;
}

/* How an attribute is carried; 0: it is not. */
static enum ntfs_carrier_kind kind_of(const struct ntfs_carrier_input *input, size_t i)
{
    const char *name = input->file->xattrs[i].name;
    enum ntfs_xattr_fate fate = input->eas->fates[i];

    if (fate == NTFS_XATTR_KEPT || !ntfs_carrier_holds(name))
        return 0;
    if (fate == NTFS_XATTR_FOLDED)
        return NTFS_CARRIER_CASE;
    if (ntfs_xattr_has_twin(input->eas, input->file, i, input->file->n_xattrs))
        return NTFS_CARRIER_TWIN;
    if (strcmp(name, "system.posix_acl_access") == 0)
        return NTFS_CARRIER_ACCESS;
    /* A label stays; what was measured is the file as it was. */
    bool seal = fate == NTFS_XATTR_HOST && strcmp(name, "security.selinux") != 0;
    return seal ? NTFS_CARRIER_SEALED : NTFS_CARRIER_XATTR;
}

static int xattr_put(struct ntfs_carrier_made *out, const struct ntfs_carrier_input *input,
                     const struct tree_xattr *xattr, enum ntfs_carrier_kind kind, struct error *err)
{
    struct le32 mode = le32_put(input->mode);
    struct field field = {kind, .name = xattr->name};
    if (kind == NTFS_CARRIER_ACCESS) {
        field.head = &mode;
        field.head_n = sizeof(mode);
    }
    if (kind != NTFS_CARRIER_CASE) {
        field.value = xattr->value;
        field.n = xattr->size;
    }
    return field_put(out, &field, err);
}

static int xattrs_put(struct ntfs_carrier_made *out, const struct ntfs_carrier_input *input,
                      struct error *err)
{
    const struct tree_file *file = input->file;
    bool any = false;

    for (size_t i = 0; i < file->n_xattrs; i++)
        any |= input->eas->fates[i] != NTFS_XATTR_KEPT;
    for (int kind = NTFS_CARRIER_CASE; any && kind <= NTFS_CARRIER_SEALED; kind++) {
        for (size_t i = 0; i < file->n_xattrs; i++) {
            if ((int)kind_of(input, i) == kind &&
                xattr_put(out, input, &file->xattrs[i], (enum ntfs_carrier_kind)kind, err) < 0)
                return -1;
        }
    }
    return 0;
}

/* ---- all of it ---- */

static uint32_t digest_of(const struct ntfs_carrier_input *input)
{
    const struct tree_file *file = input->file;
    bool device = file->type == ENTRY_CHARACTER || file->type == ENTRY_BLOCK;
    bool exact;
    const struct ntfs_visible visible = {
        .mode = input->mode,
        .uid = file->uid,
        .gid = file->gid,
        .major = device ? file->major : 0,
        .minor = device ? file->minor : 0,
        .size = file->type == ENTRY_FILE ? file->size : 0,
        .modified = ntfs_time(&file->mtime, &exact),
        .changed = ntfs_time(&file->ctime, &exact),
        .attributes = input->eas->sum,
    };
    return ntfs_visible_digest(&visible);
}

int ntfs_carrier_make(struct ntfs_carrier_made *out, const struct ntfs_carrier_input *input,
                      struct error *err)
{
    struct ntfs_carrier_disk head = {.version = le16_put(NTFS_CARRIER_VERSION)};
    struct le64 links = le64_put(input->links);

    out->n = 0;
    if (room_make(out, sizeof(head), err) < 0)
        return -1;
    out->n = sizeof(head);
    if (times_put(out, input->file, err) < 0 || numbers_put(out, input->file, err) < 0 ||
        names_put(out, input, err) < 0 || xattrs_put(out, input, err) < 0)
        return -1;
    if (input->links &&
        field_put(out, &(struct field){NTFS_CARRIER_LINKS, .value = &links, .n = sizeof(links)},
                  err) < 0)
        return -1;
    if (out->n == sizeof(head)) {
        out->n = 0;
        return 0;
    }
    head.length = le32_put((uint32_t)out->n);
    head.digest = le32_put(digest_of(input));
    memcpy(out->bytes, &head, sizeof(head));
    head.checksum = le32_put(ntfs_carrier_checksum(out->bytes, out->n));
    memcpy(out->bytes, &head, sizeof(head));
    return 0;
}

void ntfs_carrier_free(struct ntfs_carrier_made *made)
{
    free(made->bytes);
    *made = (struct ntfs_carrier_made){0};
}
