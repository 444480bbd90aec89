/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vhdx/vhdx_create.h"

#include <stdlib.h>
#include <string.h>

#include "core/cancel.h"
#include "vhdx/vhdx.h"
#include "vhdx/vhdx_format.h"
#include "vhdx/vhdx_io.h"
#include "vhdx/vhdx_layout.h"

enum {
    LOG_LENGTH = 1 << 20,
    METADATA_LENGTH = 1 << 20,
    LOGICAL_SECTOR = 512,
    PHYSICAL_SECTOR = 4096,
    GROWTH = 64 << 20,        /* the file grows ahead of the blocks in such steps */
    TABLE_PIECE = 128 * 1024, /* entries of the BAT written at once: 1 MiB */
};

static_assert(sizeof("lxkit " LXKIT_VERSION) <= VHDX_CREATOR_UNITS, "creator fits");

struct vhdx_writer {
    struct blockdev dev;
    struct atomic_file *file; /* not owned */
    struct vhdx_layout layout;
    bool fixed;          /* no block is left without space */
    uint32_t bat_length; /* of the region, in bytes */
    uint32_t *bat;       /* per block: its offset in the file in MiB, 0: none. Touched where used */
    uint64_t end;        /* where the next block goes */
    uint64_t grown;      /* the file's length */
    bool identified;
    struct guid file_write;
    struct guid data_write;
    struct guid disk_id;
};

/* A piece of the file that is to be written from consecutive bytes. */
struct write_run {
    const char *from;
    size_t n;
    uint64_t at;
};

static struct vhdx_writer *writer_of(struct blockdev *dev)
{
    return (struct vhdx_writer *)dev;
}

static uint64_t block_at(const struct vhdx_writer *writer, uint64_t block)
{
    return (uint64_t)writer->bat[block] << VHDX_MIB_SHIFT;
}

static size_t piece_of(const struct vhdx_writer *writer, uint64_t n, uint64_t off)
{
    uint64_t left = writer->layout.block_size - off % writer->layout.block_size;
    return (size_t)(n < left ? n : left);
}

/* The block's space is a hole in the file, so that what is not written there reads as zeros. */
static int block_allocate(struct vhdx_writer *writer, uint64_t block, struct error *err)
{
    uint64_t end = writer->end + writer->layout.block_size;
    if (end > writer->grown) {
        uint64_t length = end + GROWTH;
        if (vhdx_io_truncate(writer->file->fd, writer->file->path, length, err) < 0)
            return -1;
        writer->grown = length;
    }
    writer->bat[block] = (uint32_t)(writer->end >> VHDX_MIB_SHIFT);
    writer->end = end;
    return 0;
}

static int run_write(const struct vhdx_writer *writer, const struct write_run *run,
                     struct error *err)
{
    if (run->n == 0)
        return 0;
    return vhdx_io_write(writer->file->fd, writer->file->path, run->from, run->n, run->at, err);
}

static int writer_pwrite(struct blockdev *self, const void *buf, size_t n, uint64_t off,
                         struct error *err)
{
    struct vhdx_writer *writer = writer_of(self);
    const char *from = buf;
    struct write_run run = {0};
    while (n > 0) {
        uint64_t block = off / writer->layout.block_size;
        size_t piece = piece_of(writer, n, off);
        bool elided = writer->bat[block] == 0 && vhdx_io_is_zero(from, piece);
        if (!elided) {
            if (writer->bat[block] == 0 && block_allocate(writer, block, err) < 0)
                return -1;
            uint64_t at = block_at(writer, block) + off % writer->layout.block_size;
            if (run.n > 0 && (run.from + run.n != from || run.at + run.n != at)) {
                if (run_write(writer, &run, err) < 0)
                    return -1;
                run.n = 0;
            }
            if (run.n == 0)
                run = (struct write_run){.from = from, .at = at};
            run.n += piece;
        }
        from += piece;
        off += piece;
        n -= piece;
    }
    return run_write(writer, &run, err);
}

static int writer_pread(struct blockdev *self, void *buf, size_t n, uint64_t off, struct error *err)
{
    struct vhdx_writer *writer = writer_of(self);
    char *to = buf;
    while (n > 0) {
        uint64_t block = off / writer->layout.block_size;
        size_t piece = piece_of(writer, n, off);
        if (writer->bat[block] == 0)
            memset(to, 0, piece);
        else if (vhdx_io_read(writer->file->fd, writer->file->path, to, piece,
                              block_at(writer, block) + off % writer->layout.block_size, err) < 0)
            return -1;
        to += piece;
        off += piece;
        n -= piece;
    }
    return 0;
}

static int writer_zero(struct blockdev *self, uint64_t n, uint64_t off, struct error *err)
{
    struct vhdx_writer *writer = writer_of(self);
    while (n > 0) {
        uint64_t block = off / writer->layout.block_size;
        size_t piece = piece_of(writer, n, off);
        if (writer->bat[block] != 0 &&
            vhdx_io_zero(writer->file->fd, writer->file->path, piece,
                         block_at(writer, block) + off % writer->layout.block_size, err) < 0)
            return -1;
        off += piece;
        n -= piece;
    }
    return 0;
}

static int writer_extent(struct blockdev *self, uint64_t off, struct extent *out,
                         struct error *err UNUSED)
{
    struct vhdx_writer *writer = writer_of(self);
    uint64_t block = off / writer->layout.block_size;
    bool allocated = writer->bat[block] != 0;
    while (block < writer->layout.n_blocks && (writer->bat[block] != 0) == allocated)
        block++;
    uint64_t end = block * writer->layout.block_size;
    if (end > self->size)
        end = self->size;
    *out = (struct extent){.offset = off, .length = end - off, .allocated = allocated};
    return 0;
}

static int writer_identify(struct blockdev *self, const struct sha256 *identity, struct error *err)
{
    struct vhdx_writer *writer = writer_of(self);
    if (guid_derive(&writer->file_write, identity, "vhdx file write", err) < 0 ||
        guid_derive(&writer->data_write, identity, "vhdx data write", err) < 0 ||
        guid_derive(&writer->disk_id, identity, "vhdx virtual disk", err) < 0)
        return -1;
    writer->identified = true;
    return 0;
}

static int writer_flush(struct blockdev *self, struct error *err)
{
    return atomic_sync(writer_of(self)->file, err);
}

static int put(const struct vhdx_writer *writer, const void *buf, size_t n, uint64_t off,
               struct error *err)
{
    return vhdx_io_write(writer->file->fd, writer->file->path, buf, n, off, err);
}

static int bat_write(const struct vhdx_writer *writer, struct error *err)
{
    const struct vhdx_layout *layout = &writer->layout;
    struct le64 *piece AUTO_FREE = malloc(TABLE_PIECE * sizeof(*piece));
    if (!piece)
        return error_no_memory(err);
    uint64_t n = vhdx_layout_entries_written(layout);
    for (uint64_t index = 0; index < n;) {
        uint64_t first = index;
        for (; index < n && index - first < TABLE_PIECE; index++) {
            uint64_t entry = VHDX_NOT_PRESENT;
            uint64_t block = vhdx_layout_block(layout, index);
            if (!vhdx_layout_is_bitmap(layout, index) && block < layout->n_blocks) {
                uint64_t at = block_at(writer, block);
                entry = at ? at | VHDX_FULLY_PRESENT : VHDX_ZERO;
            }
            piece[index - first] = le64_put(entry);
        }
        if (cancel_check(err) < 0 || put(writer, piece, (size_t)(index - first) * sizeof(*piece),
                                         VHDX_BAT_OFFSET + first * sizeof(*piece), err) < 0)
            return -1;
    }
    return 0;
}

/* The values in the order and at the offsets of Windows' own files. */
struct vhdx_values_disk {
    struct le32 block_size;      /* +0x00: file parameters */
    struct le32 flags;           /* +0x04 */
    struct le64 virtual_size;    /* +0x08 */
    struct le32 logical_sector;  /* +0x10 */
    struct le32 physical_sector; /* +0x14 */
    struct guid disk_id;         /* +0x18 */
};
static_assert(sizeof(struct vhdx_values_disk) == 40, "metadata values");

static int metadata_write(const struct vhdx_writer *writer, struct error *err)
{
    enum {
        DISK = VHDX_ITEM_VIRTUAL_DISK | VHDX_ITEM_REQUIRED,
        AT = VHDX_TABLE_BYTES,
    };
    static const struct guid *const ids[] = {
        &vhdx_item_parameters,      &vhdx_item_virtual_size, &vhdx_item_logical_sector,
        &vhdx_item_physical_sector, &vhdx_item_disk_id,
    };
    struct vhdx_item items[] = {
        {.offset = AT, .length = 8, .flags = VHDX_ITEM_REQUIRED},
        {.offset = AT + 8, .length = 8, .flags = DISK},
        {.offset = AT + 16, .length = 4, .flags = DISK},
        {.offset = AT + 20, .length = 4, .flags = DISK},
        {.offset = AT + 24, .length = 16, .flags = DISK},
    };
    struct vhdx_values_disk values = {
        .block_size = le32_put(writer->layout.block_size),
        .flags = le32_put(writer->fixed ? VHDX_LEAVE_BLOCKS_ALLOCATED : 0),
        .virtual_size = le64_put(writer->layout.virtual_size),
        .logical_sector = le32_put(LOGICAL_SECTOR),
        .physical_sector = le32_put(PHYSICAL_SECTOR),
        .disk_id = writer->disk_id,
    };
    uint8_t *table AUTO_FREE = malloc(VHDX_TABLE_BYTES);
    if (!table)
        return error_no_memory(err);
    for (size_t i = 0; i < array_length(items); i++)
        items[i].id = *ids[i];
    vhdx_metadata_table_put(table, items, array_length(items));
    if (put(writer, table, VHDX_TABLE_BYTES, VHDX_METADATA_OFFSET, err) < 0)
        return -1;
    return put(writer, &values, sizeof(values), VHDX_METADATA_OFFSET + AT, err);
}

static int regions_write(const struct vhdx_writer *writer, struct error *err)
{
    const struct vhdx_region regions[] = {
        {vhdx_region_metadata, VHDX_METADATA_OFFSET, METADATA_LENGTH, 1},
        {vhdx_region_bat, VHDX_BAT_OFFSET, writer->bat_length, 1},
    };
    uint8_t *table AUTO_FREE = malloc(VHDX_TABLE_BYTES);
    if (!table)
        return error_no_memory(err);
    vhdx_region_table_put(table, regions, array_length(regions));
    if (put(writer, table, VHDX_TABLE_BYTES, VHDX_REGION_TABLE_1, err) < 0)
        return -1;
    return put(writer, table, VHDX_TABLE_BYTES, VHDX_REGION_TABLE_2, err);
}

static int headers_write(const struct vhdx_writer *writer, struct error *err)
{
    struct vhdx_header header = {
        .file_write = writer->file_write,
        .data_write = writer->data_write,
        .version = 1,
        .log_length = LOG_LENGTH,
        .log_offset = VHDX_LOG_OFFSET,
    };
    static const uint64_t at[] = {VHDX_HEADER_1, VHDX_HEADER_2};
    for (size_t i = 0; i < array_length(at); i++) {
        struct vhdx_header_disk disk;
        header.sequence = i + 1;
        vhdx_header_put(&disk, &header);
        if (put(writer, &disk, sizeof(disk), at[i], err) < 0)
            return -1;
    }
    return 0;
}

static int identifier_write(const struct vhdx_writer *writer, struct error *err)
{
    uint8_t *block AUTO_FREE = calloc(1, VHDX_IDENTIFIER_BYTES);
    struct vhdx_identifier_disk disk;
    if (!block)
        return error_no_memory(err);
    vhdx_identifier_put(&disk, "lxkit " LXKIT_VERSION);
    memcpy(block, &disk, sizeof(disk));
    return put(writer, block, VHDX_IDENTIFIER_BYTES, 0, err);
}

static int ids_choose(struct vhdx_writer *writer, struct error *err)
{
    if (writer->identified)
        return 0;
    if (guid_random(&writer->file_write, err) < 0 || guid_random(&writer->data_write, err) < 0)
        return -1;
    return guid_random(&writer->disk_id, err);
}

static int rest_allocate(struct vhdx_writer *writer, struct error *err)
{
    for (uint64_t block = 0; block < writer->layout.n_blocks; block++)
        if (writer->bat[block] == 0 && block_allocate(writer, block, err) < 0)
            return -1;
    return 0;
}

static void writer_abandon(struct blockdev *self)
{
    struct vhdx_writer *writer = writer_of(self);
    free(writer->bat);
    free(writer);
}

static int writer_close(struct blockdev *self, struct error *err)
{
    struct vhdx_writer *writer = writer_of(self);
    int status = ids_choose(writer, err);
    if (status == 0 && writer->fixed)
        status = rest_allocate(writer, err);
    if (status == 0)
        status = vhdx_io_truncate(writer->file->fd, writer->file->path, writer->end, err);
    if (status == 0)
        status = bat_write(writer, err);
    if (status == 0)
        status = metadata_write(writer, err);
    if (status == 0)
        status = regions_write(writer, err);
    if (status == 0)
        status = headers_write(writer, err);
    if (status == 0)
        status = atomic_sync(writer->file, err);
    if (status == 0)
        status = identifier_write(writer, err);
    writer_abandon(self);
    return status;
}

static const struct blockdev_ops writer_ops = {
    .pread = writer_pread,
    .pwrite = writer_pwrite,
    .zero = writer_zero,
    .extent = writer_extent,
    .identify = writer_identify,
    .flush = writer_flush,
    .close = writer_close,
    .abandon = writer_abandon,
};

int vhdx_create_device(struct blockdev **out, struct atomic_file *file,
                       const struct disk_geometry *geometry, struct error *err)
{
    struct vhdx_layout layout;
    if (vhdx_layout_plan(&layout, geometry, err) < 0)
        return -1;
    struct vhdx_writer *writer = calloc(1, sizeof(*writer));
    uint32_t *bat = calloc(layout.n_blocks, sizeof(*bat));
    if (!writer || !bat) {
        free(writer);
        free(bat);
        return error_no_memory(err);
    }
    uint64_t table = vhdx_layout_entries_written(&layout) * sizeof(struct le64);
    uint32_t bat_length = (uint32_t)((table + VHDX_MIB - 1) / VHDX_MIB * VHDX_MIB);
    *writer = (struct vhdx_writer){
        .dev = {.ops = &writer_ops, .size = layout.virtual_size, .writable = true},
        .file = file,
        .layout = layout,
        .fixed = geometry->fixed,
        .bat_length = bat_length,
        .bat = bat,
        .end = VHDX_BAT_OFFSET + (uint64_t)bat_length,
    };
    *out = &writer->dev;
    return 0;
}
