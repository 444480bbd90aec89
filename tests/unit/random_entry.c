/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/random_entry.h"

#include <stdio.h>
#include <string.h>

#include "core/le.h"
#include "image/sink.h"
#include "tests/unit/random_tree.h"

enum {
    XATTRS_MAX = 12,
    XATTR_NAME_BYTES_MAX = 255, /* with the prefix */
    XATTR_OVERHEAD = 24,        /* of one attribute at most, on ext4 */
    XATTR_VALUE_BYTES_MAX = 65536,
    XATTR_LARGE_BYTES = 3 * XATTR_VALUE_BYTES_MAX, /* of all of one file */
    SYMLINK_MODE = 0777,                           /* the only one that Linux shows */

    ACL_VERSION = 2,
    ACL_HEADER_BYTES = 4,
    ACL_ENTRY_BYTES = 8,
    ACL_NAMED_MAX = 20,
    ACL_USER_OBJ = 0x01,
    ACL_USER = 0x02,
    ACL_GROUP_OBJ = 0x04,
    ACL_GROUP = 0x08,
    ACL_MASK = 0x10,
    ACL_OTHER = 0x20,

    CAPABILITY_BYTES = 24, /* of version 3; the one before lacks the last four */
};

static const uint32_t acl_nobody = 0xffffffff;

/* ---- names and targets ---- */

static size_t bytes_any(struct prng *prng, char *to, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        do
            to[i] = (char)prng_between(prng, 1, 255);
        while (to[i] == '/');
    }
    return n;
}

static size_t bytes_plain(struct prng *prng, char *to, size_t n)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEF0123456789._-";
    for (size_t i = 0; i < n; i++)
        to[i] = letters[prng_below(prng, sizeof(letters) - 1)];
    return n;
}

static size_t bytes_odd(struct prng *prng, char *to)
{
    static const char *const odd[] = {
        "-rf",          " leading",
        "trailing ",    "dot.",
        "...",          "..x",
        "\n",           "tab\t",
        "\x1b[31m",     "\x7f",
        "\xff\xfe",     "\xc0\xaf",
        "\xed\xa0\x80", "a\\b",
        "*?[x]",        "\"quote\"",
        "it's",         "$HOME",
        "%s%n",         "#",
        "CON",          "nul.txt",
        "a:b",          "\xc3\xa9",
        "e\xcc\x81",    "\xf0\x9f\x90\xa7",
        "=cmd",         "~",
        ".wh.",         "PaxHeader",
        "a|b<c>d",      "\xef\xbb\xbf",
    };
    const char *name = odd[prng_below(prng, array_length(odd))];
    size_t n = strlen(name);
    memcpy(to, name, n);
    return n + bytes_plain(prng, to + n, prng_below(prng, 3));
}

void random_name(struct prng *prng, char name[NAME_BYTES_MAX + 1])
{
    size_t n;
    do {
        switch (prng_below(prng, 8)) {
        case 0:
            n = bytes_any(prng, name, 1);
            break;
        case 1:
            n = bytes_any(prng, name, prng_between(prng, 2, 40));
            break;
        case 2:
            n = bytes_any(prng, name, prng_between(prng, NAME_BYTES_MAX - 2, NAME_BYTES_MAX));
            break;
        case 3:
            n = bytes_odd(prng, name);
            break;
        default:
            n = bytes_plain(prng, name, prng_between(prng, 1, 24));
        }
        name[n] = '\0';
    } while (strcmp(name, ".") == 0 || strcmp(name, "..") == 0);
}

/* 59 and 60 bytes are where ext4 turns from the inode to a block. */
static int target_make(struct prng *prng, struct arena *arena, struct entry *entry,
                       struct error *err)
{
    static const uint32_t edges[] = {1, 58, 59, 60, 61, 100, 101, 1024, TARGET_BYTES_MAX};
    char target[TARGET_BYTES_MAX + 1];
    uint32_t n = prng_one_in(prng, 2) ? edges[prng_below(prng, array_length(edges))]
                                      : prng_between(prng, 1, 80);

    bytes_any(prng, target, n);
    for (size_t i = 0; i < n; i++) {
        if (prng_one_in(prng, 10))
            target[i] = '/';
    }
    target[n] = '\0';
    entry->target = arena_copy(arena, target, n);
    return entry->target ? 0 : error_no_memory(err);
}

/* ---- numbers ---- */

static uint32_t id_make(struct prng *prng)
{
    static const uint32_t edges[] = {0,     1,          1000,       65534,       65535,
                                     65536, 0x7fffffff, 0x80000000, 4294967293u, 4294967294u};
    if (prng_one_in(prng, 3))
        return (uint32_t)(prng_next(prng) % 4294967295u);
    return edges[prng_below(prng, array_length(edges))];
}

static uint16_t mode_make(struct prng *prng)
{
    static const uint16_t usual[] = {0, 0644, 0755, 0600, 0111, 04755, 02755, 01777, 06711, 07777};
    if (prng_one_in(prng, 3))
        return (uint16_t)prng_between(prng, 0, MODE_PERMISSIONS);
    return usual[prng_below(prng, array_length(usual))];
}

/* From 1901 to 2446, which is what 34 bits of seconds give. */
static const int64_t time_min = -2147483648, time_max = 15032385535;

static struct entry_time time_make(struct prng *prng, unsigned features)
{
    static const int64_t edges[] = {
        -2147483648, -2147483647, -86400,      -2,          -1,          0,          1,
        2147483647,  2147483648,  4294967295,  4294967296,  6442450943,  6442450944, 8589934591,
        8589934592,  10737418239, 10737418240, 15032385534, 15032385535,
    };
    static const uint32_t ns_edges[] = {0, 0, 1, 999, 1000, 100, 999999999, 500000000};
    struct entry_time time = {
        .seconds = edges[prng_below(prng, array_length(edges))],
        .nanoseconds = ns_edges[prng_below(prng, array_length(ns_edges))],
    };
    if (prng_one_in(prng, 2))
        time.seconds = (int64_t)(prng_next(prng) >> 30) + time_min;
    if (time.nanoseconds == 0 && prng_one_in(prng, 2))
        time.nanoseconds = prng_below(prng, 1000000000);
    bool edge = time.seconds == -1 || time.seconds == time_min || time.seconds == time_max;
    if (!(features & SINK_NANOSECONDS) || (edge && features & RANDOM_TREE_PLAIN))
        time.nanoseconds = 0;
    return time;
}

static void device_make(struct prng *prng, struct entry *entry)
{
    static const uint32_t edges[][2] = {
        {0, 0}, {1, 3}, {0, 255}, {0, 256}, {255, 255}, {255, 256}, {256, 0}, {4095, 1048575},
    };
    uint32_t at = prng_below(prng, array_length(edges));
    entry->major = edges[at][0];
    entry->minor = edges[at][1];
    if (prng_one_in(prng, 2)) {
        entry->major = prng_below(prng, 4096);
        entry->minor = prng_below(prng, 1048576);
    }
}

/* ---- attributes ---- */

struct xattr_maker {
    struct prng *prng;
    struct arena *arena;
    struct xattr list[XATTRS_MAX];
    size_t n;
    size_t used, room; /* bytes that names, values and their frames take, and may */
    bool large;
    bool failed;
};

/* Leaves it out where it would be too much. */
static void xattr_add(struct xattr_maker *maker, const char *name, const void *value, size_t size)
{
    size_t need = XATTR_OVERHEAD + strlen(name) + size;
    if (maker->n == XATTRS_MAX || maker->used + need > maker->room)
        return;
    for (size_t i = 0; i < maker->n; i++) {
        if (strcmp(maker->list[i].name, name) == 0)
            return;
    }
    maker->used += need;
    struct xattr *xattr = &maker->list[maker->n++];
    *xattr = (struct xattr){
        .name = arena_copy(maker->arena, name, strlen(name)),
        .value = arena_copy(maker->arena, value, size),
        .size = size,
    };
    maker->failed |= !xattr->name || !xattr->value;
}

static void xattr_any(struct xattr_maker *maker, const char *prefix)
{
    static const uint32_t sizes[] = {0, 1, 3, 4, 5, 40, 64, 100, 255, 1000, 3500};
    static const uint32_t large[] = {4000, 4060, 4096, 4097, 20000, 65535, XATTR_VALUE_BYTES_MAX};
    struct prng *prng = maker->prng;
    char name[XATTR_NAME_BYTES_MAX + 1], value[XATTR_VALUE_BYTES_MAX];
    size_t n = strlen(prefix);
    uint32_t size = sizes[prng_below(prng, array_length(sizes))];

    if (maker->large && prng_one_in(prng, 20))
        size = large[prng_below(prng, array_length(large))];
    memcpy(name, prefix, n);
    if (prng_one_in(prng, 8))
        n += bytes_any(prng, name + n, XATTR_NAME_BYTES_MAX - n);
    else
        n += bytes_plain(prng, name + n, prng_between(prng, 1, 12));
    name[n] = '\0';
    for (size_t i = 0; i < size; i++)
        value[i] = (char)prng_next(prng);
    xattr_add(maker, name, value, size);
}

static void xattr_capability(struct xattr_maker *maker)
{
    uint8_t value[CAPABILITY_BYTES] = {0};
    bool third = prng_one_in(maker->prng, 2);
    value[0] = (uint8_t)prng_below(maker->prng, 2); /* effective */
    value[3] = third ? 3 : 2;
    for (size_t i = 4; i < 20; i++)
        value[i] = (uint8_t)prng_next(maker->prng);
    value[20] = 0xe8;
    xattr_add(maker, "security.capability", value, third ? CAPABILITY_BYTES : 20);
}

static uint8_t *acl_entry_put(uint8_t *to, unsigned tag, unsigned permissions, uint32_t id)
{
    struct le16 words[2] = {le16_put((uint16_t)tag), le16_put((uint16_t)(permissions & 7))};
    struct le32 who = le32_put(id);
    memcpy(to, words, sizeof(words));
    memcpy(to + sizeof(words), &who, sizeof(who));
    return to + ACL_ENTRY_BYTES;
}

/* In the kernel's order, and of one mind with the mode. named: says more than a mode can. */
static void xattr_acl(struct xattr_maker *maker, const char *name, uint16_t mode, bool named)
{
    uint8_t value[ACL_HEADER_BYTES + (4 + 2 * ACL_NAMED_MAX) * ACL_ENTRY_BYTES];
    struct prng *prng = maker->prng;
    uint32_t users = prng_between(prng, named, ACL_NAMED_MAX);
    uint32_t groups = prng_below(prng, prng_one_in(prng, 4) ? ACL_NAMED_MAX + 1 : 2);
    struct le32 version = le32_put(ACL_VERSION);

    memcpy(value, &version, sizeof(version));
    uint8_t *to = acl_entry_put(value + sizeof(version), ACL_USER_OBJ, mode >> 6, acl_nobody);
    for (uint32_t i = 0; i < users; i++)
        to = acl_entry_put(to, ACL_USER, prng_below(prng, 8), i * 70000 + 1);
    unsigned group = users + groups > 0 ? prng_below(prng, 8) : mode >> 3;
    to = acl_entry_put(to, ACL_GROUP_OBJ, group, acl_nobody);
    for (uint32_t i = 0; i < groups; i++)
        to = acl_entry_put(to, ACL_GROUP, prng_below(prng, 8), i * 200000000 + 5);
    if (users + groups > 0)
        to = acl_entry_put(to, ACL_MASK, mode >> 3, acl_nobody);
    to = acl_entry_put(to, ACL_OTHER, mode, acl_nobody);
    xattr_add(maker, name, value, (size_t)(to - value));
}

/* Linux has user attributes on files and directories alone, and lists on all but links. */
static int xattrs_make(struct prng *prng, unsigned features, struct arena *arena,
                       struct entry *entry, struct error *err)
{
    bool large = features & RANDOM_TREE_LARGE_XATTRS;
    struct xattr_maker maker = {
        .prng = prng,
        .arena = arena,
        .room = large ? XATTR_LARGE_BYTES : RANDOM_TREE_XATTR_BYTES,
        .large = large,
    };
    bool plain = entry->type == ENTRY_FILE || entry->type == ENTRY_DIRECTORY;
    uint32_t more = prng_one_in(prng, 6) ? XATTRS_MAX : prng_below(prng, 4);

    if (features & SINK_ACLS && entry->type != ENTRY_SYMLINK && prng_one_in(prng, 3))
        xattr_acl(&maker, "system.posix_acl_access", entry->mode, features & RANDOM_TREE_PLAIN);
    if (features & SINK_ACLS && entry->type == ENTRY_DIRECTORY && prng_one_in(prng, 3))
        xattr_acl(&maker, "system.posix_acl_default", mode_make(prng), false);
    if (features & SINK_XATTRS && entry->type == ENTRY_FILE && prng_one_in(prng, 3))
        xattr_capability(&maker);
    for (uint32_t i = 0; features & SINK_XATTRS && i < more; i++)
        xattr_any(&maker, prng_one_in(prng, 4)             ? "security."
                          : !plain || prng_one_in(prng, 3) ? "trusted."
                                                           : "user.");
    entry->n_xattrs = maker.n;
    entry->xattrs = arena_copy(arena, maker.list, maker.n * sizeof(maker.list[0]));
    return maker.failed || !entry->xattrs ? error_no_memory(err) : 0;
}

static unsigned flags_of(enum entry_type type)
{
    unsigned all = ENTRY_APPEND | ENTRY_IMMUTABLE | ENTRY_NO_DUMP | ENTRY_NO_ATIME | ENTRY_SYNC;
    return type == ENTRY_DIRECTORY ? all | ENTRY_SYNC_NAMES : all;
}

int random_describe(struct prng *prng, unsigned features, struct arena *arena, struct entry *entry,
                    struct error *err)
{
    entry->mode = entry->type == ENTRY_DIRECTORY ? 0755 : 0644;
    if (features & SINK_MODES)
        entry->mode = mode_make(prng);
    if (entry->type == ENTRY_SYMLINK)
        entry->mode = SYMLINK_MODE;
    if (features & SINK_OWNERS) {
        entry->uid = id_make(prng);
        entry->gid = id_make(prng);
    }
    entry->mtime = time_make(prng, features);
    entry->atime = time_make(prng, features);
    entry->ctime = time_make(prng, features);
    entry->crtime = time_make(prng, features);
    if (features & SINK_FLAGS && (entry->type == ENTRY_FILE || entry->type == ENTRY_DIRECTORY) &&
        prng_one_in(prng, 8))
        entry->flags = (uint16_t)(prng_below(prng, 2 * ENTRY_SYNC_NAMES) & flags_of(entry->type));
    if (entry->type == ENTRY_CHARACTER || entry->type == ENTRY_BLOCK)
        device_make(prng, entry);
    if (entry->type == ENTRY_SYMLINK && target_make(prng, arena, entry, err) < 0)
        return -1;
    return prng_one_in(prng, 2) ? xattrs_make(prng, features, arena, entry, err) : 0;
}
