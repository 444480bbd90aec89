/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ntfs/ntfs_security.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "core/attributes.h"
#include "image/ntfs/ntfs_format.h"

/* ---- descriptors. Source: [MS-DTYP] 2.4 ---- */

enum {
    ACCESS_ALL = 0x1f01ff,
    ACCESS_READ = 0x120089,
    INHERITED_BY_ALL = 3,        /* files and directories in a directory */
    DESCRIPTOR_CONTROL = 0x8004, /* self-relative, with an access control list */
    ACL_REVISION = 2,
    ENTRY_ALIGNMENT = 16,
    SID_BYTES_MAX = 16,
};

struct sid_disk {
    uint8_t revision;     /* +0: 1 */
    uint8_t n;            /* +1: numbers that follow */
    uint8_t authority[6]; /* +2: big-endian; 5 is NT */
    struct le32 number[2];
};

struct descriptor_disk {
    uint8_t revision;    /* +0: 1 */
    uint8_t zero;        /* +1 */
    struct le16 control; /* +2 */
    struct le32 owner;   /* +4: offsets */
    struct le32 group;   /* +8 */
    struct le32 sacl;    /* +12 */
    struct le32 dacl;    /* +16 */
};

struct acl_disk {
    uint8_t revision;  /* +0 */
    uint8_t zero;      /* +1 */
    struct le16 bytes; /* +2 */
    struct le16 n;     /* +4 */
    struct le16 zeros; /* +6 */
};

struct ace_disk {
    uint8_t type;       /* +0: 0 allows */
    uint8_t flags;      /* +1 */
    struct le16 bytes;  /* +2 */
    struct le32 access; /* +4 */
};

/* An entry of $SDS, before the descriptor; the data of both indexes is the same. */
struct entry_disk {
    struct le32 hash;   /* +0 */
    struct le32 id;     /* +4 */
    struct le64 offset; /* +8: in the stream */
    struct le32 bytes;  /* +16: with this head */
};

enum {
    ENTRY_HEAD_BYTES = 20,
};

static_assert(sizeof(struct descriptor_disk) == 20, "SECURITY_DESCRIPTOR_RELATIVE");
static_assert(sizeof(struct entry_disk) == ENTRY_HEAD_BYTES, "SECURITY_DESCRIPTOR_HEADER");

enum who {
    SYSTEM,              /* S-1-5-18 */
    ADMINISTRATORS,      /* S-1-5-32-544 */
    AUTHENTICATED_USERS, /* S-1-5-11 */
};

static size_t sid_put(uint8_t *to, enum who who)
{
    static const struct sid_disk sids[] = {
        [SYSTEM] = {1, 1, {0, 0, 0, 0, 0, 5}, {{{18}}}},
        [ADMINISTRATORS] = {1, 2, {0, 0, 0, 0, 0, 5}, {{{32}}, {{0x20, 0x02}}}},
        [AUTHENTICATED_USERS] = {1, 1, {0, 0, 0, 0, 0, 5}, {{{11}}}},
    };
    size_t n = offsetof(struct sid_disk, number) + sids[who].n * sizeof(struct le32);
    memcpy(to, &sids[who], n);
    return n;
}

static size_t ace_put(uint8_t *to, enum who who, uint32_t access, uint8_t flags)
{
    size_t n = sizeof(struct ace_disk) + sid_put(to + sizeof(struct ace_disk), who);
    struct ace_disk ace = {
        .flags = flags,
        .bytes = le16_put((uint16_t)n),
        .access = le32_put(access),
    };
    memcpy(to, &ace, sizeof(ace));
    return n;
}

/* Owned by the administrators; users: those who log in have access too. */
static size_t descriptor_put(uint8_t *to, uint32_t access, uint8_t flags, bool users)
{
    struct descriptor_disk head = {
        .revision = 1,
        .control = le16_put(DESCRIPTOR_CONTROL),
        .dacl = le32_put(sizeof(head)),
    };
    size_t acl = sizeof(head), n = acl + sizeof(struct acl_disk);
    n += ace_put(to + n, SYSTEM, access, flags);
    n += ace_put(to + n, ADMINISTRATORS, access, flags);
    if (users)
        n += ace_put(to + n, AUTHENTICATED_USERS, access, flags);
    struct acl_disk list = {
        .revision = ACL_REVISION,
        .bytes = le16_put((uint16_t)(n - acl)),
        .n = le16_put(users ? 3 : 2),
    };
    memcpy(to + acl, &list, sizeof(list));
    head.owner = le32_put((uint32_t)n);
    n += sid_put(to + n, ADMINISTRATORS);
    head.group = le32_put((uint32_t)n);
    n += sid_put(to + n, ADMINISTRATORS);
    memcpy(to, &head, sizeof(head));
    return n;
}

/* ---- the stream and its indexes ---- */

static uint32_t hash(const uint8_t *bytes, size_t n)
{
    uint32_t h = 0;
    for (size_t i = 0; i < n; i += sizeof(struct le32)) {
        struct le32 word;
        memcpy(&word, bytes + i, sizeof(word));
        h = le32_get(word) + (h << 3 | h >> 29);
    }
    return h;
}

static size_t align(size_t n, size_t to)
{
    return (n + to - 1) / to * to;
}

static size_t index_entry_put(uint8_t *to, const void *key, size_t key_bytes,
                              const struct entry_disk *data)
{
    struct ntfs_index_entry_disk head = {0};
    size_t at = sizeof(head) + key_bytes;
    size_t n = align(at + sizeof(*data), 8);
    struct le16 place[2] = {le16_put((uint16_t)at), le16_put(sizeof(*data))};

    memset(to, 0, n);
    memcpy(&head.file, place, sizeof(place)); /* where the data lies, not a file */
    head.length = le16_put((uint16_t)n);
    head.key_length = le16_put((uint16_t)key_bytes);
    memcpy(to, &head, sizeof(head));
    memcpy(to + sizeof(head), key, key_bytes);
    memcpy(to + at, data, sizeof(*data));
    return n;
}

size_t ntfs_security_make(uint8_t stream[NTFS_SECURITY_BYTES_MAX],
                          uint8_t by_id[NTFS_SECURITY_COUNT][NTFS_SECURITY_ENTRY_BYTES],
                          size_t *by_id_bytes,
                          uint8_t by_hash[NTFS_SECURITY_COUNT][NTFS_SECURITY_ENTRY_BYTES],
                          size_t *by_hash_bytes)
{
    static const struct {
        uint32_t id, access;
        uint8_t flags;
        bool users;
    } rows[NTFS_SECURITY_COUNT] = {
        {NTFS_SECURITY_SYSTEM, ACCESS_READ, 0, false},
        {NTFS_SECURITY_DIRECTORY, ACCESS_ALL, INHERITED_BY_ALL, true},
        {NTFS_SECURITY_FILE, ACCESS_ALL, 0, true},
    };
    uint32_t hashes[NTFS_SECURITY_COUNT];
    size_t used = 0, end = 0;

    memset(stream, 0, NTFS_SECURITY_BYTES_MAX);
    for (size_t i = 0; i < NTFS_SECURITY_COUNT; i++) {
        uint8_t *descriptor = stream + used + ENTRY_HEAD_BYTES;
        size_t n = descriptor_put(descriptor, rows[i].access, rows[i].flags, rows[i].users);
        uint32_t sum = hash(descriptor, n);
        struct entry_disk entry = {
            .hash = le32_put(sum),
            .id = le32_put(rows[i].id),
            .offset = le64_put(used),
            .bytes = le32_put((uint32_t)(ENTRY_HEAD_BYTES + n)),
        };
        memcpy(stream + used, &entry, sizeof(entry));
        end = used + ENTRY_HEAD_BYTES + n;
        used = align(end, ENTRY_ALIGNMENT);
        *by_id_bytes = index_entry_put(by_id[i], &entry.id, sizeof(entry.id), &entry);

        size_t at = i;
        for (; at > 0 && hashes[at - 1] > sum; at--) {
            hashes[at] = hashes[at - 1];
            memcpy(by_hash[at], by_hash[at - 1], sizeof(by_hash[at]));
        }
        hashes[at] = sum;
        const struct le32 key[2] = {entry.hash, entry.id};
        *by_hash_bytes = index_entry_put(by_hash[at], key, sizeof(key), &entry);
        static const uint8_t mark[4] = {'I', 0, 'I', 0}; /* as Windows fills up the entry */
        memcpy(by_hash[at] + *by_hash_bytes - sizeof(mark), mark, sizeof(mark));
    }
    return end;
}
