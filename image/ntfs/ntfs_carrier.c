/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ntfs/ntfs_carrier.h"

#include <inttypes.h>
#include <string.h>

#include "core/attributes.h"
#include "core/crc32c.h"
#include "image/entry.h"

enum {
    TIME_MASK = (1 << NTFS_CARRIER_TIMES) - 1,
    OWNER_MASK = 3,
    XATTR_VALUE_BYTES_MAX = 16 << 20, /* as tree.h has for all of a file */
    NANOSECONDS = 1000000000,
};

struct visible_disk {
    struct le32 mode;     /* +0 */
    struct le32 uid;      /* +4 */
    struct le32 gid;      /* +8 */
    struct le32 major;    /* +12 */
    struct le32 minor;    /* +16 */
    struct le32 sum;      /* +20: of the attributes */
    struct le64 size;     /* +24 */
    struct le64 modified; /* +32 */
    struct le64 changed;  /* +40 */
};

static_assert(sizeof(struct visible_disk) == 48, "what a digest is made of");

uint32_t ntfs_visible_xattr(const char *name, size_t name_n, const void *value, size_t n)
{
    static const uint8_t end = 0;
    uint32_t crc = crc32c(UINT32_MAX, name, name_n);
    crc = crc32c(crc, &end, sizeof(end));
    return ~crc32c(crc, value, n);
}

uint32_t ntfs_visible_digest(const struct ntfs_visible *visible)
{
    const struct visible_disk disk = {
        .mode = le32_put(visible->mode),
        .uid = le32_put(visible->uid),
        .gid = le32_put(visible->gid),
        .major = le32_put(visible->major),
        .minor = le32_put(visible->minor),
        .sum = le32_put(visible->attributes),
        .size = le64_put(visible->size),
        .modified = le64_put(visible->modified),
        .changed = le64_put(visible->changed),
    };
    return ~crc32c(UINT32_MAX, &disk, sizeof(disk));
}

uint32_t ntfs_carrier_checksum(const void *bytes, size_t n)
{
    struct ntfs_carrier_disk head;
    memcpy(&head, bytes, sizeof(head));
    head.checksum = le32_put(0);
    uint32_t crc = crc32c(UINT32_MAX, &head, sizeof(head));
    return ~crc32c(crc, (const uint8_t *)bytes + sizeof(head), n - sizeof(head));
}

static int damaged(struct error *err, const char *what)
{
    return error_set(err, ERROR_DAMAGED, "its " NTFS_CARRIER_EA " %s", what);
}

/* ---- fields ---- */

/* What the fields of a kind have; lengths are of value. */
static const struct rule {
    bool name;
    uint8_t which;
    uint32_t min, max;
} rules[NTFS_CARRIER_KINDS] = {
    [NTFS_CARRIER_TIME] = {false, TIME_MASK, 0, 0}, /* its length follows from which */
    [NTFS_CARRIER_FLAGS] = {false, 0, 4, 4},
    [NTFS_CARRIER_NO_OWNER] = {false, OWNER_MASK, 0, 0},
    [NTFS_CARRIER_NAME] = {true, 0, 0, 0},
    [NTFS_CARRIER_CASE] = {true, 0, 0, 0},
    [NTFS_CARRIER_XATTR] = {true, 0, 0, XATTR_VALUE_BYTES_MAX},
    [NTFS_CARRIER_TWIN] = {true, 0, 0, XATTR_VALUE_BYTES_MAX},
    [NTFS_CARRIER_ACCESS] = {true, 0, 4, XATTR_VALUE_BYTES_MAX},
    [NTFS_CARRIER_SEALED] = {true, 0, 0, XATTR_VALUE_BYTES_MAX},
    [NTFS_CARRIER_LINKS] = {false, 0, 8, 8},
};

static bool name_fits(const struct ntfs_carrier_field *field)
{
    bool file = field->kind == NTFS_CARRIER_NAME;
    if (field->name_n == 0 || field->name_n > (file ? NAME_BYTES_MAX : NTFS_CARRIER_NAME_MAX) ||
        field->name[field->name_n] != '\0' || strlen(field->name) != field->name_n)
        return false;
    return !file || (!strchr(field->name, '/') && strcmp(field->name, ".") != 0 &&
                     strcmp(field->name, "..") != 0);
}

static bool times_fit(const struct ntfs_carrier_field *field)
{
    struct ntfs_carrier_time_disk time;
    size_t n = (size_t)__builtin_popcount(field->which) * sizeof(time);
    if (field->value_n != n)
        return false;
    for (size_t at = 0; at < n; at += sizeof(time)) {
        memcpy(&time, field->value + at, sizeof(time));
        if (le32_get(time.nanoseconds) >= NANOSECONDS)
            return false;
    }
    return true;
}

static bool field_fits(const struct ntfs_carrier_field *field)
{
    const struct rule *rule = &rules[field->kind];
    if (field->which & ~rule->which || (rule->which && field->which == 0))
        return false;
    if (rule->name ? !name_fits(field) : field->name_n > 0)
        return false;
    if (field->kind == NTFS_CARRIER_TIME)
        return times_fit(field);
    return field->value_n >= rule->min && field->value_n <= rule->max;
}

/* 1 with *out, 0 at the end, negative where there is no field that follows the rules. */
static int field_get(const uint8_t *bytes, size_t n, size_t *at, struct ntfs_carrier_field *out)
{
    struct ntfs_carrier_field_disk disk;
    size_t rest = n - *at;

    if (rest == 0)
        return 0;
    if (rest < sizeof(disk))
        return -1;
    memcpy(&disk, bytes + *at, sizeof(disk));
    size_t name = le16_get(disk.name_length), value = le32_get(disk.value_length);
    rest -= sizeof(disk);
    if (disk.kind == 0 || disk.kind >= NTFS_CARRIER_KINDS || name + 1 > rest ||
        value > rest - name - 1)
        return -1;
    *out = (struct ntfs_carrier_field){
        .kind = (enum ntfs_carrier_kind)disk.kind,
        .which = disk.which,
        .name = (const char *)bytes + *at + sizeof(disk),
        .name_n = name,
        .value = bytes + *at + sizeof(disk) + name + 1,
        .value_n = value,
    };
    *at += sizeof(disk) + name + 1 + value;
    return out->name[name] == '\0' && field_fits(out) ? 1 : -1;
}

/* ---- the whole ---- */

/* Fields stand in the order of their kinds; those without a name come once. */
static int fields_check(const struct ntfs_carrier *carrier, struct error *err)
{
    struct ntfs_carrier_field field;
    size_t at = sizeof(struct ntfs_carrier_disk);
    int rc, last = 0;

    while ((rc = field_get(carrier->bytes, carrier->n, &at, &field)) > 0) {
        int kind = (int)field.kind;
        if (kind < last || (kind == last && !rules[kind].name))
            return damaged(err, "has its fields in disorder");
        last = kind;
    }
    if (rc < 0)
        return damaged(err, "has a field that makes no sense");
    return last > 0 ? 0 : damaged(err, "holds nothing");
}

int ntfs_carrier_open(struct ntfs_carrier *out, const uint8_t *bytes, size_t n, struct error *err)
{
    struct ntfs_carrier_disk head;

    *out = (struct ntfs_carrier){0};
    if (n < sizeof(head) || n > NTFS_CARRIER_BYTES_MAX)
        return damaged(err, "has a length that none has");
    memcpy(&head, bytes, sizeof(head));
    if (le16_get(head.version) != NTFS_CARRIER_VERSION || le16_get(head.zero) != 0)
        return damaged(err, "is of a version that is not known here");
    if (le32_get(head.length) != n)
        return damaged(err, "is not as long as it says");
    if (le32_get(head.checksum) != ntfs_carrier_checksum(bytes, n))
        return damaged(err, "does not fit its checksum");
    const struct ntfs_carrier carrier = {bytes, n, le32_get(head.digest)};
    if (fields_check(&carrier, err) < 0)
        return -1;
    *out = carrier;
    return 0;
}

bool ntfs_carrier_next(const struct ntfs_carrier *carrier, size_t *at,
                       struct ntfs_carrier_field *out)
{
    if (carrier->n == 0)
        return false;
    if (*at == 0)
        *at = sizeof(struct ntfs_carrier_disk);
    return field_get(carrier->bytes, carrier->n, at, out) > 0;
}
