/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/filter/filter_ids.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/le.h"
#include "image/filter/filter_base.h"

#define ID_MAX (UINT32_MAX - 1) /* the last number means "no id" */

struct id_range {
    uint32_t from, to, count;
};

struct ids {
    struct filter_base base;
    struct id_range ranges[ID_RANGES_MAX];
    size_t n;
    uint8_t *values; /* that were changed, of the current entry's attributes */
    size_t values_size;
};

/* ---- the map ---- */

/* Decimal digits up to stop, or to the end of text where stop is ','. */
static bool number_take(uint32_t *out, const char **text, char stop)
{
    const char *p = *text;
    uint32_t value = 0;
    for (; *p >= '0' && *p <= '9'; p++) {
        if (__builtin_mul_overflow(value, 10u, &value) ||
            __builtin_add_overflow(value, (uint32_t)(*p - '0'), &value))
            return false;
    }
    if (p == *text || (*p != stop && (stop != ',' || *p != '\0')))
        return false;
    *text = p + (*p != '\0');
    *out = value;
    return true;
}

static bool range_fits(uint32_t first, uint32_t count)
{
    return count > 0 && first <= ID_MAX && count - 1 <= ID_MAX - first;
}

static bool overlap(uint32_t a, uint32_t a_count, uint32_t b, uint32_t b_count)
{
    return a < b ? b - a < a_count : a - b < b_count;
}

static int range_add(struct ids *self, const struct id_range *range, struct error *err)
{
    if (!range_fits(range->from, range->count) || !range_fits(range->to, range->count))
        return error_set(err, ERROR_USAGE,
                         "id map: %u:%u:%u is no range of ids; they go from 0 to %u, and at least "
                         "one is to be moved",
                         range->from, range->to, range->count, ID_MAX);
    for (size_t i = 0; i < self->n; i++) {
        const struct id_range *other = &self->ranges[i];
        if (overlap(range->from, range->count, other->from, other->count) ||
            overlap(range->to, range->count, other->to, other->count))
            return error_set(err, ERROR_USAGE,
                             "id map: %u:%u:%u and %u:%u:%u overlap; give each id one range, and "
                             "each range ids of its own",
                             other->from, other->to, other->count, range->from, range->to,
                             range->count);
    }
    if (self->n == ID_RANGES_MAX)
        return error_set(err, ERROR_USAGE, "id map: at most %d ranges are taken; join some",
                         ID_RANGES_MAX);
    self->ranges[self->n++] = *range;
    return 0;
}

static int map_parse(struct ids *self, const char *map, struct error *err)
{
    const char *p = map;
    do {
        struct id_range range;
        const char *start = p;
        if (!number_take(&range.from, &p, ':') || !number_take(&range.to, &p, ':') ||
            !number_take(&range.count, &p, ','))
            return error_set(err, ERROR_USAGE,
                             "id map: '%.100s' is not FROM:TO:COUNT; write numbers, such as "
                             "100000:0:65536, and commas between ranges",
                             start);
        if (range_add(self, &range, err) < 0)
            return -1;
    } while (*p || (p > map && p[-1] == ','));
    return 0;
}

static int id_map(const struct ids *self, uint32_t *id, const char *what, struct error *err)
{
    for (size_t i = 0; i < self->n; i++) {
        const struct id_range *range = &self->ranges[i];
        if (*id >= range->from && *id - range->from < range->count) {
            *id = range->to + (*id - range->from);
            return 0;
        }
    }
    return error_set(err, ERROR_UNSUPPORTED,
                     "%.200s has the %s %u, which the id map does not name; add a range that has "
                     "it, such as %u:%u:1",
                     self->base.entry.path, what, *id, *id, *id);
}

/* ---- ids in attributes ---- */

/* Source: linux/posix_acl_xattr.h; the tags are those of linux/posix_acl.h. */
enum {
    ACL_VERSION = 2,
    ACL_USER = 0x02,
    ACL_GROUP = 0x08,
};

struct acl_header_disk {
    struct le32 version; /* 0x00 */
};
static_assert(sizeof(struct acl_header_disk) == 4, "posix_acl_xattr_header");

struct acl_entry_disk {
    struct le16 tag;         /* 0x00 */
    struct le16 permissions; /* 0x02 */
    struct le32 id;          /* 0x04: of ACL_USER and ACL_GROUP */
};
static_assert(sizeof(struct acl_entry_disk) == 8, "posix_acl_xattr_entry");

/* Source: linux/capability.h. */
enum {
    CAPABILITY_REVISION_SHIFT = 24,
    CAPABILITY_REVISION = 3, /* the one that names a root user */
};

struct capability_disk {
    struct le32 magic;   /* 0x00: revision and flags */
    struct le32 sets[4]; /* 0x04 */
    struct le32 root;    /* 0x14: user id of the root of the namespace it counts in */
};
static_assert(sizeof(struct capability_disk) == 24, "vfs_ns_cap_data");

static int le_id_map(const struct ids *self, struct le32 *disk, const char *what, struct error *err)
{
    uint32_t id = le32_get(*disk);
    if (id_map(self, &id, what, err) < 0)
        return -1;
    *disk = le32_put(id);
    return 0;
}

static int acl_map(const struct ids *self, uint8_t *value, size_t n, struct error *err)
{
    struct acl_header_disk header;
    struct acl_entry_disk entry;

    if (n >= sizeof(header))
        memcpy(&header, value, sizeof(header));
    if (n < sizeof(header) || (n - sizeof(header)) % sizeof(entry) != 0 ||
        le32_get(header.version) != ACL_VERSION)
        return error_set(err, ERROR_DAMAGED,
                         "%.200s has an access control list that cannot be read; set it again in "
                         "the tree, or leave out the id map",
                         self->base.entry.path);
    for (size_t at = sizeof(header); at < n; at += sizeof(entry)) {
        memcpy(&entry, value + at, sizeof(entry));
        uint16_t tag = le16_get(entry.tag);
        if (tag == ACL_USER && le_id_map(self, &entry.id, "access control user", err) < 0)
            return -1;
        if (tag == ACL_GROUP && le_id_map(self, &entry.id, "access control group", err) < 0)
            return -1;
        memcpy(value + at, &entry, sizeof(entry));
    }
    return 0;
}

/* Revisions without a root user have nothing to map. */
static int capability_map(const struct ids *self, uint8_t *value, size_t n, struct error *err)
{
    struct capability_disk capability;

    if (n != sizeof(capability))
        return 0;
    memcpy(&capability, value, n);
    if (le32_get(capability.magic) >> CAPABILITY_REVISION_SHIFT != CAPABILITY_REVISION)
        return 0;
    if (le_id_map(self, &capability.root, "capability root user", err) < 0)
        return -1;
    memcpy(value, &capability, n);
    return 0;
}

static const struct id_attribute {
    const char *name;
    int (*map)(const struct ids *self, uint8_t *value, size_t n, struct error *err);
} attributes[] = {
    {"system.posix_acl_access", acl_map},
    {"system.posix_acl_default", acl_map},
    {"security.capability", capability_map},
};

static const struct id_attribute *attribute_find(const char *name)
{
    for (size_t i = 0; i < array_length(attributes); i++) {
        if (strcmp(attributes[i].name, name) == 0)
            return &attributes[i];
    }
    return NULL;
}

static int values_room(struct ids *self, size_t n, struct error *err)
{
    if (n <= self->values_size)
        return 0;
    uint8_t *values = realloc(self->values, n);
    if (!values)
        return error_no_memory(err);
    self->values = values;
    self->values_size = n;
    return 0;
}

static int xattrs_map(struct ids *self, struct entry *entry, struct error *err)
{
    struct xattr *xattrs;
    size_t n = 0;

    for (size_t i = 0; i < entry->n_xattrs; i++) {
        if (attribute_find(entry->xattrs[i].name))
            n += entry->xattrs[i].size;
    }
    if (n == 0)
        return 0;
    if (values_room(self, n, err) < 0 || filter_base_xattrs(&self->base, &xattrs, err) < 0)
        return -1;
    uint8_t *to = self->values;
    for (size_t i = 0; i < entry->n_xattrs; i++) {
        const struct id_attribute *attribute = attribute_find(xattrs[i].name);
        if (!attribute || xattrs[i].size == 0)
            continue;
        memcpy(to, xattrs[i].value, xattrs[i].size);
        if (attribute->map(self, to, xattrs[i].size, err) < 0)
            return -1;
        xattrs[i].value = to;
        to += xattrs[i].size;
    }
    return 0;
}

/* ---- the filter ---- */

static int ids_change(struct filter_base *base, struct entry *entry, struct error *err)
{
    struct ids *self = (struct ids *)base;
    if (entry->type == ENTRY_LINK)
        return 1;
    if (id_map(self, &entry->uid, "user", err) < 0 || id_map(self, &entry->gid, "group", err) < 0 ||
        xattrs_map(self, entry, err) < 0)
        return -1;
    return 1;
}

static void ids_free(struct filter_base *base)
{
    free(((struct ids *)base)->values);
}

static const struct filter_ops ids_ops = {
    .change = ids_change,
    .free = ids_free,
};

int filter_ids(struct source **out, struct source *inner, const char *map, struct error *err)
{
    struct ids *self = filter_base_new(sizeof(*self), &ids_ops, inner, err);
    if (!self)
        return -1;
    if (map_parse(self, map, err) < 0) {
        source_close(&self->base.source);
        return -1;
    }
    *out = &self->base.source;
    return 0;
}
