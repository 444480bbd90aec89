/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/partition.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/le.h"
#include "image/format.h"

enum {
    SECTOR_BYTES = 512,
    SECTOR_BYTES_MAX = 4096, /* a GPT counts in the disk's own sectors */
    MBR_ENTRIES = 446,
    MBR_ENTRIES_MAX = 4,
    MBR_TYPE_GPT = 0xee,
    GPT_ENTRY_BYTES_MAX = 4096,
    WORDS_BYTES = 256,
};

struct mbr_entry_disk {
    uint8_t status;      /* +0: 0x80 active, 0 not */
    uint8_t first[3];    /* +1 */
    uint8_t type;        /* +4: 0 unused */
    uint8_t last[3];     /* +5 */
    struct le32 start;   /* +8: sectors */
    struct le32 sectors; /* +12 */
};

struct gpt_head_disk {
    char magic[8];           /* +0: "EFI PART" */
    uint8_t unused1[64];     /* +8 */
    struct le64 entries;     /* +72: sector */
    struct le32 n_entries;   /* +80 */
    struct le32 entry_bytes; /* +84 */
};

struct gpt_entry_disk {
    uint8_t type[16];     /* +0: zeros: unused */
    uint8_t identity[16]; /* +16 */
    struct le64 first;    /* +32: sectors */
    struct le64 last;     /* +40 */
};

static_assert(sizeof(struct mbr_entry_disk) == 16, "MBR entry");
static_assert(sizeof(struct gpt_head_disk) == 88, "GPT head");
static_assert(sizeof(struct gpt_entry_disk) == 48, "GPT entry");

/* What was found so far. */
struct choice {
    struct blockdev *dev;
    size_t n;
    uint64_t start, size; /* of the first */
    enum kind kind;
    char words[WORDS_BYTES]; /* the partitions that could be meant */
};

static void entry_get(struct mbr_entry_disk *entry, const uint8_t *head, size_t i)
{
    memcpy(entry, head + MBR_ENTRIES + i * sizeof(*entry), sizeof(*entry));
}

/* Boot sectors of file systems end like an MBR; their code is no table. */
bool partition_table_shown(const uint8_t *head, size_t n)
{
    bool used = false;
    if (n < SECTOR_BYTES || head[510] != 0x55 || head[511] != 0xaa)
        return false;
    for (size_t i = 0; i < MBR_ENTRIES_MAX; i++) {
        struct mbr_entry_disk entry;
        entry_get(&entry, head, i);
        if (entry.status & 0x7f)
            return false;
        if (entry.type != 0 && (le32_get(entry.start) == 0 || le32_get(entry.sectors) == 0))
            return false;
        used = used || entry.type != 0;
    }
    return used;
}

/* Looks at bytes start to start + size, partition number i. */
static int partition_note(struct choice *choice, unsigned i, uint64_t start, uint64_t size,
                          struct error *err)
{
    uint8_t head[KIND_HEAD_BYTES];
    uint64_t rest = start < choice->dev->size ? choice->dev->size - start : 0;
    size = size < rest ? size : rest;
    size_t n = size < sizeof(head) ? (size_t)size : sizeof(head);

    if (n == 0)
        return 0;
    if (blockdev_pread(choice->dev, head, n, start, err) < 0)
        return -1;
    enum kind kind = kind_of(head, n);
    const struct image_format *format = image_format_by_kind(kind);
    if (!format || !format->source_disk)
        return 0;
    size_t used = strlen(choice->words);
    snprintf(choice->words + used, sizeof(choice->words) - used, "%s%u (%s, from byte %" PRIu64 ")",
             used ? ", " : "", i, kind_words(kind), start);
    if (choice->n++ == 0) {
        choice->start = start;
        choice->size = size;
        choice->kind = kind;
    }
    return 0;
}

static int mbr_read(struct choice *choice, const uint8_t *head, struct error *err)
{
    for (unsigned i = 0; i < MBR_ENTRIES_MAX; i++) {
        struct mbr_entry_disk entry;
        entry_get(&entry, head, i);
        if (entry.type != 0 &&
            partition_note(choice, i + 1, (uint64_t)le32_get(entry.start) * SECTOR_BYTES,
                           (uint64_t)le32_get(entry.sectors) * SECTOR_BYTES, err) < 0)
            return -1;
    }
    return 0;
}

static int gpt_entry_note(struct choice *choice, unsigned i, const struct gpt_entry_disk *entry,
                          uint64_t sector_bytes, struct error *err)
{
    static const uint8_t unused[16];
    uint64_t first = le64_get(entry->first), last = le64_get(entry->last);
    uint64_t sectors = choice->dev->size / sector_bytes;
    if (memcmp(entry->type, unused, sizeof(unused)) == 0 || first >= sectors || last < first)
        return 0;
    last = last < sectors ? last : sectors - 1;
    return partition_note(choice, i + 1, first * sector_bytes, (last - first + 1) * sector_bytes,
                          err);
}

/* 1: there is one for sectors of that size. */
static int gpt_read(struct choice *choice, uint64_t sector_bytes, struct error *err)
{
    struct gpt_head_disk head;
    struct gpt_entry_disk entry;

    if (choice->dev->size < 2 * sector_bytes)
        return 0;
    if (blockdev_pread(choice->dev, &head, sizeof(head), sector_bytes, err) < 0)
        return -1;
    if (memcmp(head.magic, "EFI PART", sizeof(head.magic)) != 0)
        return 0;
    uint32_t n = le32_get(head.n_entries), bytes = le32_get(head.entry_bytes);
    uint64_t sector = le64_get(head.entries);
    if (n > PARTITIONS_MAX || bytes < sizeof(entry) || bytes > GPT_ENTRY_BYTES_MAX ||
        sector >= choice->dev->size / sector_bytes ||
        (uint64_t)n * bytes > choice->dev->size - sector * sector_bytes)
        return error_set(err, ERROR_DAMAGED,
                         "the partition table (GPT) makes no sense; gdisk can mend it");
    for (unsigned i = 0; i < n; i++) {
        if (blockdev_pread(choice->dev, &entry, sizeof(entry),
                           sector * sector_bytes + (uint64_t)i * bytes, err) < 0 ||
            gpt_entry_note(choice, i, &entry, sector_bytes, err) < 0)
            return -1;
    }
    return 1;
}

static int table_read(struct choice *choice, struct error *err)
{
    uint8_t head[SECTOR_BYTES];
    struct mbr_entry_disk entry;

    if (blockdev_pread(choice->dev, head, sizeof(head), 0, err) < 0)
        return -1;
    entry_get(&entry, head, 0);
    if (entry.type != MBR_TYPE_GPT)
        return mbr_read(choice, head, err);
    int rc = gpt_read(choice, SECTOR_BYTES, err);
    return rc == 0 ? gpt_read(choice, SECTOR_BYTES_MAX, err) : rc;
}

int partition_choose(struct blockdev **dev, enum kind *kind, struct error *err)
{
    struct choice choice = {.dev = *dev};
    if (table_read(&choice, err) < 0)
        return -1;
    if (choice.n == 0)
        return error_set(err, ERROR_WRONG_KIND,
                         "the disk has a partition table, but no partition with ext4 or NTFS; a "
                         "root file system is expected, directly on the disk or in a partition");
    if (choice.n > 1)
        return error_set(err, ERROR_UNSUPPORTED,
                         "several partitions of the disk hold a file system: %s; give the one that "
                         "is meant, as its own device (losetup -P) or copy (dd)",
                         choice.words);
    struct blockdev *inner = *dev;
    *dev = NULL;
    *kind = choice.kind;
    return blockdev_window(dev, inner, choice.start, choice.size, err);
}
