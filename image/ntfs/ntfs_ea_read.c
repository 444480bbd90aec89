/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ntfs/ntfs_ea_read.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "image/ntfs/ntfs_format.h"
#include "image/ntfs/ntfs_lxfs.h"

enum {
    XATTR_MARK_BYTES = 4, /* "lxea", before the value of every LX.* attribute */
    NO_ID = -1,           /* uid or gid that is none */
};

/* Entries are "how far to the next", flags, two lengths, name, NUL, value. On disk the last one
 * points to the list's end; some programs write 0 there. */
int ntfs_ea_next(struct ntfs_ea *out, const uint8_t *eas, size_t n, size_t *at, struct error *err)
{
    struct ntfs_ea_disk disk;
    size_t rest = n - *at;

    if (rest == 0)
        return 0;
    if (rest < sizeof(disk))
        return error_set(err, ERROR_DAMAGED, "its list of extended attributes ends early");
    memcpy(&disk, eas + *at, sizeof(disk));
    *out = (struct ntfs_ea){
        .name = (const char *)eas + *at + sizeof(disk),
        .name_n = disk.name_length,
        .value = eas + *at + sizeof(disk) + disk.name_length + 1,
        .value_n = le16_get(disk.value_length),
    };
    size_t need = sizeof(disk) + out->name_n + 1 + out->value_n;
    size_t next = le32_get(disk.next);
    if (need > rest || (next != 0 && (next < need || next > rest)))
        return error_set(err, ERROR_DAMAGED, "its list of extended attributes leads astray");
    *at = next ? *at + next : n;
    return 1;
}

static bool is_named(const struct ntfs_ea *ea, const char *name)
{
    return ea->name_n == strlen(name) && strncasecmp(ea->name, name, ea->name_n) == 0;
}

enum ntfs_generation ntfs_ea_generation(const uint8_t *eas, size_t n)
{
    struct ntfs_ea ea;
    size_t at = 0;
    while (ntfs_ea_next(&ea, eas, n, &at, NULL) > 0) {
        if (is_named(&ea, "$LXUID") || is_named(&ea, "$LXGID") || is_named(&ea, "$LXMOD"))
            return NTFS_WSLFS;
        if (is_named(&ea, "LXATTRB"))
            return NTFS_LXFS;
    }
    return NTFS_NO_LINUX;
}

/* ---- attributes of Linux ---- */

int ntfs_metadata_xattr(struct ntfs_metadata *to, struct arena *arena, const char *name,
                        size_t name_n, const void *value, size_t n, struct error *err)
{
    if (to->n_xattrs == TREE_XATTRS_MAX)
        return error_set(err, ERROR_LIMIT, "it has more than %d extended attributes",
                         TREE_XATTRS_MAX);
    if ((to->n_xattrs & (to->n_xattrs - 1)) == 0) { /* full: powers of two */
        size_t size = to->n_xattrs ? to->n_xattrs * 2 : 1;
        struct tree_xattr *list = arena_alloc(arena, size * sizeof(*list));
        if (!list)
            return error_no_memory(err);
        if (to->n_xattrs)
            memcpy(list, to->xattrs, to->n_xattrs * sizeof(*list));
        to->xattrs = list;
    }
    struct tree_xattr xattr = {
        .name = arena_copy(arena, name, name_n),
        .value = arena_copy(arena, value, n),
        .size = (uint32_t)n,
    };
    if (!xattr.name || !xattr.value)
        return error_no_memory(err);
    to->xattrs[to->n_xattrs++] = xattr;
    return 0;
}

/* LX.SECURITY.CAPABILITY is security.capability; NTFS keeps no case. As WSL does, only three
 * families are shown. */
static int xattr_get(struct ntfs_metadata *out, const struct ntfs_ea *ea, struct arena *arena,
                     struct error *err)
{
    static const char *const families[] = {"security.", "trusted.", "user."};
    char name[UINT8_MAX + 1] = {0};

    for (size_t i = 3; i < ea->name_n; i++)
        name[i - 3] = (char)tolower((unsigned char)ea->name[i]);
    out->visible.attributes += ntfs_visible_xattr(ea->name, ea->name_n, ea->value, ea->value_n);
    bool shown = false;
    for (size_t i = 0; i < array_length(families); i++) {
        size_t n = strlen(families[i]);
        shown = shown || (strncmp(name, families[i], n) == 0 && name[n] != '\0');
    }
    if (!shown)
        return 0;
    if (ea->value_n < XATTR_MARK_BYTES || strlen(name) != ea->name_n - 3) {
        out->n_ignored++;
        return 0;
    }
    return ntfs_metadata_xattr(out, arena, name, strlen(name), ea->value + XATTR_MARK_BYTES,
                               ea->value_n - XATTR_MARK_BYTES, err);
}

/* ---- wslfs ---- */

static uint32_t number_at(const struct ntfs_ea *ea, size_t at)
{
    struct le32 number;
    memcpy(&number, ea->value + at, sizeof(number));
    return le32_get(number);
}

/* *seen is the number also where it is none for Linux. */
static void number_get(struct ntfs_metadata *out, const struct ntfs_ea *ea, uint32_t *to, bool *has,
                       uint32_t *seen)
{
    if (ea->value_n == sizeof(struct le32))
        *seen = number_at(ea, 0);
    if (ea->value_n != sizeof(struct le32) || number_at(ea, 0) == (uint32_t)NO_ID) {
        out->n_ignored++;
        return;
    }
    *to = number_at(ea, 0);
    *has = true;
}

int ntfs_metadata_carrier(struct ntfs_metadata *out, const uint8_t *bytes, size_t n,
                          struct arena *arena, struct error *err)
{
    if (ntfs_carrier_open(&out->carrier, bytes, n, NULL) < 0) {
        out->n_ignored++;
        return 0;
    }
    out->carrier.bytes = arena_copy(arena, bytes, n);
    return out->carrier.bytes ? 0 : error_no_memory(err);
}

static void device_get(struct ntfs_metadata *out, const struct ntfs_ea *ea)
{
    if (ea->value_n != 2 * sizeof(struct le32)) {
        out->n_ignored++;
        return;
    }
    out->major = number_at(ea, 0);
    out->minor = number_at(ea, sizeof(struct le32));
    out->has_device = true;
    out->visible.major = out->major;
    out->visible.minor = out->minor;
}

static int ea_get(struct ntfs_metadata *out, const struct ntfs_ea *ea, struct arena *arena,
                  struct error *err)
{
    if (is_named(ea, "$LXUID"))
        number_get(out, ea, &out->uid, &out->has_uid, &out->visible.uid);
    else if (is_named(ea, "$LXGID"))
        number_get(out, ea, &out->gid, &out->has_gid, &out->visible.gid);
    else if (is_named(ea, "$LXMOD"))
        number_get(out, ea, &out->mode, &out->has_mode, &out->visible.mode);
    else if (is_named(ea, "$LXDEV"))
        device_get(out, ea);
    else if (is_named(ea, NTFS_CARRIER_EA))
        return ntfs_metadata_carrier(out, ea->value, ea->value_n, arena, err);
    else if (is_named(ea, "LXATTRB"))
        ntfs_lxfs_attributes(out, ea->value, ea->value_n);
    else if (is_named(ea, "LXXATTR"))
        return ntfs_lxfs_xattrs(out, ea->value, ea->value_n, arena, err);
    else if (ea->name_n > 3 && strncasecmp(ea->name, "LX.", 3) == 0)
        return xattr_get(out, ea, arena, err);
    return 0;
}

int ntfs_ea_read(struct ntfs_metadata *out, const uint8_t *eas, size_t n, struct arena *arena,
                 struct error *err)
{
    struct ntfs_ea ea;
    size_t at = 0;
    int rc;

    *out = (struct ntfs_metadata){.generation = ntfs_ea_generation(eas, n)};
    while ((rc = ntfs_ea_next(&ea, eas, n, &at, err)) > 0) {
        if (ea_get(out, &ea, arena, err) < 0)
            return -1;
    }
    if (out->has_mode && out->mode & ~(uint32_t)(S_IFMT | MODE_PERMISSIONS)) {
        out->has_mode = false;
        out->n_ignored++;
    }
    return rc;
}
