/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/disk_examine.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "core/disk.h"
#include "core/paths.h"
#include "core/stream.h"
#include "install/disk_lock.h"

enum {
    SECTOR = 512,
    SECTOR_LARGE = 4096,
    MBR_MARK = 510,
    MBR_TABLE = 446, /* four entries of 16 bytes */
    MBR_ENTRIES = 4,
    MBR_ENTRY = 16,
    MBR_ENTRY_TYPE = 4,             /* within an entry; 0: unused */
    OS_RELEASE_BYTES_MAX = 1 << 16, /* what is read of it */
};

/* ---- what it is ---- */

bool disk_is_zero(const void *bytes, size_t n)
{
    const uint8_t *byte = bytes;
    return n == 0 || (byte[0] == 0 && memcmp(byte, byte + 1, n - 1) == 0);
}

int disk_kind(enum kind *out, const char *path, struct error *err)
{
    uint8_t head[KIND_HEAD_BYTES];
    AUTO_STREAM struct stream *stream = NULL;
    struct stat st;

    *out = KIND_UNKNOWN;
    if (stat(path, &st) < 0)
        return error_errno(err, errno, "open %s", path);
    if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
        return 0;
    if (stream_open(&stream, path, NULL, err) < 0)
        return -1;
    ssize_t n = stream_read_full(stream, head, sizeof(head), err);
    if (n < 0)
        return -1;
    *out = kind_of(head, (size_t)n);
    return 0;
}

int disk_kind_check(enum kind kind, const char *path, struct error *err)
{
    const char *next = "a VHDX, or a raw disk with ext4, is expected";
    if (kind == KIND_UNKNOWN || kind == KIND_VHDX || kind == KIND_EXT4)
        return 0;
    if (kind_is_foreign_disk(kind))
        next = "qemu-img convert -O vhdx makes a VHDX of it";
    else if (kind == KIND_TAR || kind_is_compressed(kind))
        next = "a disk is expected; an archive is taken by: lxinstall import, without --vhd";
    return error_set(err, ERROR_WRONG_KIND, "%s: this is %s; %s", path, kind_words(kind), next);
}

/* ---- what it holds ---- */

static bool has_gpt(const uint8_t *head, size_t n, size_t sector)
{
    static const char mark[] = "EFI PART";
    return n >= sector + sizeof(mark) && memcmp(head + sector, mark, sizeof(mark) - 1) == 0;
}

/* A boot sector of a file system has the same mark, but no table that makes sense. */
static bool has_mbr(const uint8_t *head, size_t n)
{
    bool used = false;
    if (n < SECTOR || head[MBR_MARK] != 0x55 || head[MBR_MARK + 1] != 0xaa)
        return false;
    for (size_t i = 0; i < MBR_ENTRIES; i++) {
        const uint8_t *entry = head + MBR_TABLE + i * MBR_ENTRY;
        if (entry[0] & 0x7f)
            return false;
        used |= entry[MBR_ENTRY_TYPE] != 0;
    }
    return used;
}

#define EXPECTED "ext4, or the NTFS of a translation distribution, on all of it is expected"

static int check_head(enum kind kind, const uint8_t *head, size_t n, const char *path,
                      struct error *err)
{
    if (kind == KIND_EXT4 || kind == KIND_NTFS)
        return 0;
    if (disk_is_zero(head, n))
        return error_set(err, ERROR_WRONG_KIND, "%s: the disk is empty; one with " EXPECTED, path);
    if (has_gpt(head, n, SECTOR) || has_gpt(head, n, SECTOR_LARGE) || has_mbr(head, n))
        return error_set(
            err, ERROR_WRONG_KIND,
            "%s: the disk has a partition table, and the runtime looks for a file "
            "system on all of the disk; copy the root partition out of it, and import that",
            path);
    return error_set(err, ERROR_WRONG_KIND,
                     "%s: there is neither ext4 nor NTFS on the disk%s%s; one with " EXPECTED, path,
                     kind == KIND_UNKNOWN ? "" : ", but ",
                     kind == KIND_UNKNOWN ? "" : kind_words(kind));
}

struct disk_head {
    uint8_t bytes[KIND_HEAD_BYTES];
    size_t n;
    uint64_t disk_size;
};

static int read_head(struct disk_head *out, const char *path, struct error *err)
{
    AUTO_BLOCKDEV struct blockdev *dev = NULL;
    if (disk_open(&dev, path, err) < 0)
        return -1;
    out->disk_size = dev->size;
    out->n = dev->size < sizeof(out->bytes) ? (size_t)dev->size : sizeof(out->bytes);
    return blockdev_pread(dev, out->bytes, out->n, 0, err);
}

int disk_holds(enum kind *out, const char *path, struct error *err)
{
    struct disk_head head;
    if (read_head(&head, path, err) < 0)
        return -1;
    *out = kind_of(head.bytes, head.n);
    return 0;
}

static int check_disk(struct disk_facts *out, const char *path, struct error *err)
{
    struct disk_head head;
    if (read_head(&head, path, err) < 0)
        return -1;
    out->size = head.disk_size;
    out->kind = kind_of(head.bytes, head.n);
    return check_head(out->kind, head.bytes, head.n, path, err);
}

/* Pulls what source_distribution() wants to see go by. */
static int read_content(struct source *source, const struct entry *entry, struct error *err)
{
    int rc = 1;
    if (entry->type != ENTRY_FILE || strcmp(paths_base(entry->path), "os-release") != 0)
        return 0;
    for (size_t n = 0; rc > 0 && n < OS_RELEASE_BYTES_MAX;) {
        struct content piece;
        rc = source_content(source, &piece, err);
        if (rc > 0)
            n += piece.n;
    }
    return rc < 0 ? -1 : 0;
}

static int check_tree(struct distribution *found, const char *path, struct error *err)
{
    AUTO_SOURCE struct source *source = NULL;
    const struct entry *entry;
    int rc;
    if (image_open(&source, path, NULL, err) < 0 ||
        source_distribution(&source, steal(&source), found, err) < 0)
        return -1;
    while ((rc = source_next(source, &entry, err)) > 0) {
        if (read_content(source, entry, err) < 0)
            return image_failed(path, err);
    }
    return rc < 0 ? image_failed(path, err) : 0;
}

int disk_examine(struct disk_facts *out, const char *path, struct error *err)
{
    AUTO_FD int lock = -1;
    *out = (struct disk_facts){0};
    if (disk_lock(&lock, path, err) < 0 || check_disk(out, path, err) < 0)
        return -1;
    return check_tree(&out->distribution, path, err);
}
