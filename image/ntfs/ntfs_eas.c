/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ntfs/ntfs_eas.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "image/ntfs/ntfs_carrier.h"

enum {
    ALIGNMENT = 4,
    PACKED_HEAD_BYTES = 5, /* of an EA without padding: flags, two lengths, the name's NUL */
    NAME_BYTES_MAX_EA = 254,
};

static const char prefix[] = "LX.";
static const char value_head[4] = {'l', 'x', 'e', 'a'};

static size_t ea_bytes(size_t name, size_t value)
{
    return (sizeof(struct ntfs_ea_disk) + name + 1 + value + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* Returns where the value lies. */
static const uint8_t *ea_put(struct ntfs_eas *eas, const char *name, size_t name_bytes,
                             const void *head, size_t head_bytes, const void *value, size_t size)
{
    size_t n = ea_bytes(name_bytes, head_bytes + size);
    struct ntfs_ea_disk ea = {
        .next = le32_put((uint32_t)n), /* of the last one too: only the API has a 0 there */
        .name_length = (uint8_t)name_bytes,
        .value_length = le16_put((uint16_t)(head_bytes + size)),
    };
    uint8_t *at = eas->bytes + eas->n;

    assert(eas->n + n <= sizeof(eas->bytes));
    memset(at, 0, n);
    memcpy(at, &ea, sizeof(ea));
    memcpy(at + sizeof(ea), name, name_bytes);
    at += sizeof(ea) + name_bytes + 1;
    if (head_bytes > 0)
        memcpy(at, head, head_bytes);
    if (size > 0)
        memcpy(at + head_bytes, value, size);
    eas->n += n;
    eas->packed += PACKED_HEAD_BYTES + name_bytes + head_bytes + size;
    return at;
}

static void number_put(struct ntfs_eas *eas, const char *name, uint32_t number)
{
    struct le32 value = le32_put(number);
    ea_put(eas, name, strlen(name), NULL, 0, &value, sizeof(value));
}

/* ---- Linux's attributes ---- */

bool ntfs_xattr_is_kept(enum ntfs_xattr_fate fate)
{
    return fate == NTFS_XATTR_KEPT || fate == NTFS_XATTR_FOLDED;
}

bool ntfs_xattr_same(const char *a, const char *b)
{
    return strcasecmp(a, b) == 0;
}

static bool starts(const char *name, const char *space)
{
    return strncmp(name, space, strlen(space)) == 0;
}

/* What FsRtl takes in the name of an EA. */
static bool name_is_legal(const char *name)
{
    for (const unsigned char *at = (const unsigned char *)name; *at; at++) {
        if (*at <= ' ' || *at >= 0x7f || strchr("\"*+,/:;<=>?[\\]|", *at))
            return false;
    }
    return strlen(name) + strlen(prefix) <= NAME_BYTES_MAX_EA;
}

enum ntfs_xattr_fate ntfs_xattr_fate(const char *name, size_t size, size_t *used)
{
    static const char *const host[] = {"security.selinux", "security.ima", "security.evm"};
    bool capital = false;

    if (starts(name, "system.posix_acl_"))
        return NTFS_XATTR_ACL;
    for (size_t i = 0; i < sizeof(host) / sizeof(host[0]); i++) {
        if (strcmp(name, host[i]) == 0)
            return NTFS_XATTR_HOST;
    }
    if (!starts(name, "security.") && !starts(name, "trusted.") && !starts(name, "user."))
        return NTFS_XATTR_SPACE;
    if (!name_is_legal(name))
        return NTFS_XATTR_NAME;
    size_t n = ea_bytes(strlen(prefix) + strlen(name), sizeof(value_head) + size);
    if (*used + n > NTFS_EAS_BYTES_MAX)
        return NTFS_XATTR_NO_ROOM;
    *used += n;
    for (const char *at = name; *at; at++)
        capital |= isupper((unsigned char)*at) != 0;
    return capital ? NTFS_XATTR_FOLDED : NTFS_XATTR_KEPT;
}

/* What becomes of each attribute; one that equals another in capital letters has no place beside
 * it.
 */
static void fates_find(struct ntfs_eas *eas, const struct tree_file *file)
{
    size_t used = NTFS_EAS_BASE_BYTES;
    for (size_t i = 0; i < file->n_xattrs; i++) {
        const struct tree_xattr *xattr = &file->xattrs[i];
        eas->fates[i] = ntfs_xattr_has_twin(eas, file, i, i)
                            ? NTFS_XATTR_TWICE
                            : ntfs_xattr_fate(xattr->name, xattr->size, &used);
    }
}

bool ntfs_xattr_has_twin(const struct ntfs_eas *eas, const struct tree_file *file, size_t i,
                         size_t n)
{
    for (size_t j = 0; j < n; j++) {
        if (j != i && ntfs_xattr_is_kept(eas->fates[j]) &&
            ntfs_xattr_same(file->xattrs[i].name, file->xattrs[j].name))
            return true;
    }
    return false;
}

static void xattr_put(struct ntfs_eas *eas, const struct tree_xattr *xattr)
{
    char name[NAME_BYTES_MAX_EA + 1];
    size_t n = 0;

    for (const char *at = prefix; *at; at++)
        name[n++] = *at;
    for (const char *at = xattr->name; *at; at++)
        name[n++] = (char)toupper((unsigned char)*at);
    const uint8_t *value =
        ea_put(eas, name, n, value_head, sizeof(value_head), xattr->value, xattr->size);
    eas->sum += ntfs_visible_xattr(name, n, value, sizeof(value_head) + xattr->size);
}

void ntfs_eas_make(struct ntfs_eas *eas, const struct tree_file *file, uint32_t mode)
{
    eas->n = eas->packed = 0;
    eas->sum = 0;
    number_put(eas, "$LXUID", file->uid);
    number_put(eas, "$LXGID", file->gid);
    number_put(eas, "$LXMOD", mode);
    if (file->type == ENTRY_CHARACTER || file->type == ENTRY_BLOCK) {
        const struct le32 device[2] = {le32_put(file->major), le32_put(file->minor)};
        ea_put(eas, "$LXDEV", strlen("$LXDEV"), NULL, 0, device, sizeof(device));
    }
    fates_find(eas, file);
    for (size_t i = 0; i < file->n_xattrs; i++) {
        if (ntfs_xattr_is_kept(eas->fates[i]))
            xattr_put(eas, &file->xattrs[i]);
    }
}

bool ntfs_eas_carry(struct ntfs_eas *eas, const void *carrier, size_t n)
{
    size_t name = strlen(NTFS_CARRIER_EA);
    if (n > NTFS_EAS_BYTES_MAX || eas->n + ea_bytes(name, n) > NTFS_EAS_BYTES_MAX)
        return false;
    ea_put(eas, NTFS_CARRIER_EA, name, NULL, 0, carrier, n);
    return true;
}
