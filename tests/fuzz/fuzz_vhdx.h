/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files in memory, for what reads and changes VHDX.
 *
 * An input is the parts of a file that are not zeros, behind its length:
 *
 *     length in units of 64 KiB (1 byte) | offset (4 bytes) | length (2 bytes) | bytes  ... and so
 * on
 *
 * Checksums are made right, else no change of an input would get past them: of headers, region
 * tables and log entries, wherever one lies that asks for it with 0xffffffff as its checksum.
 * tests/fuzz/make_corpus.py makes such inputs. */
#ifndef LXKIT_TESTS_FUZZ_FUZZ_VHDX_H
#define LXKIT_TESTS_FUZZ_FUZZ_VHDX_H

#include "core/attributes.h"
#include "tests/fuzz/fuzz_disk.h"
#include "vhdx/vhdx_format.h"
#include "vhdx/vhdx_log_format.h"
#include "vhdx/vhdx_medium.h"

enum {
    FUZZ_FILE_UNIT = 64 << 10,
    FUZZ_FILE_MAX = 32 << 20, /* also when it is lengthened */
    FUZZ_SEAL = UINT32_MAX,   /* a checksum to be made right */
    FUZZ_SEAL_AT = 4,         /* where headers, region tables and entries have theirs */
};

struct fuzz_file {
    uint8_t *bytes; /* FUZZ_FILE_MAX */
    uint64_t length;
};

static inline void fuzz_seal(uint8_t *bytes, size_t n)
{
    struct le32 checksum;
    memcpy(&checksum, bytes + FUZZ_SEAL_AT, sizeof(checksum));
    if (le32_get(checksum) != FUZZ_SEAL)
        return;
    checksum = le32_put(vhdx_checksum(bytes, n));
    memcpy(bytes + FUZZ_SEAL_AT, &checksum, sizeof(checksum));
}

/* The entries of a log that do not go over its end. */
static inline void fuzz_seal_log(uint8_t *log, size_t n)
{
    for (size_t at = 0; at < n; at += VHDX_LOG_SECTOR) {
        struct vhdx_log_entry entry;
        if (vhdx_log_entry_get(&entry, log + at) && entry.length >= VHDX_LOG_SECTOR &&
            entry.length <= n - at)
            fuzz_seal(log + at, entry.length);
    }
}

static inline void fuzz_file_parts(struct fuzz_file *file, const uint8_t *data, size_t size)
{
    struct fuzz_part_head head;
    while (size > sizeof(head)) {
        memcpy(&head, data, sizeof(head));
        data += sizeof(head);
        size -= sizeof(head);
        uint64_t offset = le32_get(head.offset);
        size_t n = le16_get(head.length);
        n = n < size ? n : size;
        if (offset < file->length)
            memcpy(file->bytes + offset, data,
                   n < file->length - offset ? n : (size_t)(file->length - offset));
        data += n;
        size -= n;
    }
}

static inline int fuzz_file_make(struct fuzz_file *out, const uint8_t *data, size_t size)
{
    out->bytes = size > 0 ? calloc(1, FUZZ_FILE_MAX) : NULL;
    if (!out->bytes)
        return -1;
    out->length = data[0] * (uint64_t)FUZZ_FILE_UNIT;
    fuzz_file_parts(out, data + 1, size - 1);
    fuzz_seal(out->bytes + VHDX_HEADER_1, sizeof(struct vhdx_header_disk));
    fuzz_seal(out->bytes + VHDX_HEADER_2, sizeof(struct vhdx_header_disk));
    fuzz_seal(out->bytes + VHDX_REGION_TABLE_1, VHDX_TABLE_BYTES);
    fuzz_seal(out->bytes + VHDX_REGION_TABLE_2, VHDX_TABLE_BYTES);
    fuzz_seal_log(out->bytes + VHDX_LOG_OFFSET, VHDX_MIB);
    return 0;
}

static inline void fuzz_file_free(struct fuzz_file *file)
{
    free(file->bytes);
}

/* ---- the medium ---- */

struct fuzz_medium {
    struct vhdx_medium medium;
    struct fuzz_file *file;
};

static inline int fuzz_medium_resize(struct vhdx_medium *self, uint64_t length, struct error *err)
{
    struct fuzz_file *file = ((struct fuzz_medium *)self)->file;
    if (length > FUZZ_FILE_MAX)
        return error_set(err, ERROR_IO, "no space left");
    if (length < file->length)
        memset(file->bytes + length, 0, file->length - length);
    file->length = length;
    self->length = length;
    return 0;
}

static inline int fuzz_medium_read(struct vhdx_medium *self, void *buf, size_t n, uint64_t off,
                                   struct error *err UNUSED)
{
    memcpy(buf, ((struct fuzz_medium *)self)->file->bytes + off, n);
    return 0;
}

static inline int fuzz_medium_write(struct vhdx_medium *self, const void *buf, size_t n,
                                    uint64_t off, struct error *err)
{
    if (off > FUZZ_FILE_MAX || n > FUZZ_FILE_MAX - off)
        return error_set(err, ERROR_IO, "no space left");
    if (off + n > self->length && fuzz_medium_resize(self, off + n, err) < 0)
        return -1;
    memcpy(((struct fuzz_medium *)self)->file->bytes + off, buf, n);
    return 0;
}

/* Within the file, as vhdx_medium.h has it. */
static inline int fuzz_medium_zero(struct vhdx_medium *self, uint64_t n, uint64_t off,
                                   struct error *err UNUSED)
{
    if (off > self->length || n > self->length - off)
        abort();
    memset(((struct fuzz_medium *)self)->file->bytes + off, 0, n);
    return 0;
}

static inline int fuzz_medium_flush(struct vhdx_medium *self UNUSED, struct error *err UNUSED)
{
    return 0;
}

static inline void fuzz_medium_close(struct vhdx_medium *self)
{
    free(self);
}

static const struct vhdx_medium_ops fuzz_medium_ops = {
    .read = fuzz_medium_read,
    .write = fuzz_medium_write,
    .zero = fuzz_medium_zero,
    .resize = fuzz_medium_resize,
    .flush = fuzz_medium_flush,
    .close = fuzz_medium_close,
};

static inline struct vhdx_medium *fuzz_medium(struct fuzz_file *file, bool writable)
{
    struct fuzz_medium *self = calloc(1, sizeof(*self));
    if (!self)
        abort();
    *self = (struct fuzz_medium){
        .medium = {.ops = &fuzz_medium_ops,
                   .path = "fuzz.vhdx",
                   .length = file->length,
                   .stored = file->length,
                   .writable = writable},
        .file = file,
    };
    return &self->medium;
}

#endif
