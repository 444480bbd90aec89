/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/mount/mount_content.h"

#include <string.h>

enum {
    PAGE_CHUNKS = 1024, /* of the table, which has pages so that holes cost nothing */
};

/* What a file's table says of a chunk; of one on a page that is missing, BELOW. */
enum {
    CHUNK_BELOW,  /* it is the source's, or a hole behind the end of that */
    CHUNK_HOLE,   /* it is a hole, whatever the source has there */
    CHUNK_STORED, /* and more: its place in the store */
};

/* file->content */
struct mount_content {
    uint64_t key;
    uint64_t below;  /* bytes of the source's content that still show */
    uint64_t stored; /* bytes of the source's that are no hole */
    uint32_t **pages;
    size_t n_pages;
    uint64_t n_own; /* chunks in the store */
};

/* Whether nothing is said of chunk i and those up to the next page. */
static bool page_is_missing(const struct mount_content *content, uint64_t i)
{
    return i / PAGE_CHUNKS >= content->n_pages || !content->pages[i / PAGE_CHUNKS];
}

static uint32_t chunk_of(const struct mount_content *content, uint64_t i)
{
    return page_is_missing(content, i) ? CHUNK_BELOW
                                       : content->pages[i / PAGE_CHUNKS][i % PAGE_CHUNKS];
}

int mount_content_new(struct mount *mount, struct tree_file *file, struct error *err)
{
    file->content = arena_alloc(&mount->tree.arena, sizeof(struct mount_content));
    return file->content ? 0 : error_no_memory(err);
}

int mount_content_from_source(struct mount *mount, struct tree_file *file, uint64_t key,
                              uint64_t stored, struct error *err)
{
    if (mount_content_new(mount, file, err) < 0)
        return -1;
    struct mount_content *content = file->content;
    content->key = key;
    content->below = file->size;
    content->stored = stored;
    return 0;
}

/* ---- the table ---- */

/* Where the table has chunk i; NULL when out of memory. */
static uint32_t *chunk_slot(struct mount_content *content, uint64_t i, struct error *err)
{
    size_t page = (size_t)(i / PAGE_CHUNKS);
    if (page >= content->n_pages) {
        size_t n = page + 1 + content->n_pages / 2;
        uint32_t **pages = reallocarray(content->pages, n, sizeof(uint32_t *));
        if (!pages) {
            error_no_memory(err);
            return NULL;
        }
        memset(pages + content->n_pages, 0, (n - content->n_pages) * sizeof(uint32_t *));
        content->pages = pages;
        content->n_pages = n;
    }
    if (!content->pages[page])
        content->pages[page] = calloc(PAGE_CHUNKS, sizeof(uint32_t));
    if (!content->pages[page]) {
        error_no_memory(err);
        return NULL;
    }
    return &content->pages[page][i % PAGE_CHUNKS];
}

static void slot_set(struct mount *mount, struct mount_content *content, uint32_t *slot,
                     uint32_t chunk)
{
    if (*slot >= CHUNK_STORED) {
        mount_store_give(&mount->store, *slot - CHUNK_STORED);
        content->n_own--;
    }
    *slot = chunk;
}

/* Drops all chunks but the first n. */
static void table_cut(struct mount *mount, struct mount_content *content, uint64_t n)
{
    for (size_t page = (size_t)(n / PAGE_CHUNKS); page < content->n_pages; page++) {
        uint32_t *slots = content->pages[page];
        size_t first = page == n / PAGE_CHUNKS ? (size_t)(n % PAGE_CHUNKS) : 0;
        for (size_t i = first; slots && i < PAGE_CHUNKS; i++)
            slot_set(mount, content, &slots[i], CHUNK_BELOW);
        if (first > 0)
            continue;
        free(slots);
        content->pages[page] = NULL;
    }
}

void mount_content_drop(struct mount *mount, struct tree_file *file)
{
    struct mount_content *content = file->content;
    if (!content)
        return;
    table_cut(mount, content, 0);
    free(content->pages);
    content->pages = NULL;
    content->n_pages = 0;
}

/* Bytes from off on, n at most, that the table says the same of; those in the store lie in a row.
 */
static uint64_t run_length(const struct mount_content *content, uint64_t off, uint64_t n)
{
    uint64_t i = off / MOUNT_CHUNK_BYTES, end = off;
    uint32_t chunk = chunk_of(content, i);

    while (end < off + n && chunk_of(content, i) == chunk) {
        i = page_is_missing(content, i) ? (i / PAGE_CHUNKS + 1) * PAGE_CHUNKS : i + 1;
        end = i * MOUNT_CHUNK_BYTES;
        chunk += chunk >= CHUNK_STORED;
    }
    return end < off + n ? end - off : n;
}

/* ---- reading ---- */

static int turn(struct mount *mount, const struct tree_file *file, struct error *err)
{
    const struct mount_content *content = file->content;
    struct source *source = mount->source;
    if (mount->turned == file)
        return 0;
    mount->turned = NULL;
    if (source->ops->turn(source, content->key, content->below, err) < 0)
        return -1;
    mount->turned = file;
    return 0;
}

static int below_read(struct mount *mount, const struct tree_file *file, void *buf, size_t n,
                      uint64_t off, struct error *err)
{
    const struct mount_content *content = file->content;
    size_t there = 0;
    if (off < content->below)
        there = n < content->below - off ? n : (size_t)(content->below - off);
    memset((uint8_t *)buf + there, 0, n - there);
    if (there == 0)
        return 0;
    if (turn(mount, file, err) < 0)
        return -1;
    return mount->source->ops->pread(mount->source, buf, there, off, err);
}

int mount_content_read(struct mount *mount, const struct tree_file *file, void *buf, size_t n,
                       uint64_t off, struct error *err)
{
    const struct mount_content *content = file->content;
    for (size_t done = 0; done < n;) {
        uint64_t at = off + done;
        uint32_t chunk = chunk_of(content, at / MOUNT_CHUNK_BYTES);
        size_t length = (size_t)run_length(content, at, n - done);
        uint8_t *to = (uint8_t *)buf + done;
        int rc = 0;
        if (chunk == CHUNK_BELOW)
            rc = below_read(mount, file, to, length, at, err);
        else if (chunk == CHUNK_HOLE)
            memset(to, 0, length);
        else
            rc = mount_store_read(&mount->store, chunk - CHUNK_STORED, to, length,
                                  at % MOUNT_CHUNK_BYTES, err);
        if (rc < 0)
            return -1;
        done += length;
    }
    return 0;
}

/* ---- changing ---- */

/* Gives chunk i a place in the store; unless all of it is about to be written, with what it holds.
 */
static int chunk_own(struct mount *mount, struct tree_file *file, uint64_t i, bool whole,
                     struct error *err)
{
    struct mount_content *content = file->content;
    uint8_t old[MOUNT_CHUNK_BYTES];
    uint32_t place;

    uint32_t *slot = chunk_slot(content, i, err);
    if (!slot || *slot >= CHUNK_STORED)
        return slot ? 0 : -1;
    if (!whole && mount_content_read(mount, file, old, sizeof(old), i * sizeof(old), err) < 0)
        return -1;
    if (mount_store_take(&mount->store, &place, err) < 0)
        return -1;
    if (!whole && mount_store_write(&mount->store, place, old, sizeof(old), 0, err) < 0) {
        mount_store_give(&mount->store, place);
        return -1;
    }
    *slot = CHUNK_STORED + place;
    content->n_own++;
    return 0;
}

static int size_check(uint64_t end, struct error *err)
{
    if (end <= mount_content_bytes_max)
        return 0;
    return error_set(err, ERROR_LIMIT, "a file of more than %llu TiB",
                     (unsigned long long)(mount_content_bytes_max >> 40));
}

int mount_content_write(struct mount *mount, struct tree_file *file, const void *buf, size_t n,
                        uint64_t off, struct error *err)
{
    const struct mount_content *content = file->content;
    uint64_t end = off + n;
    int rc = 0;

    if (size_check(end, err) < 0)
        return -1;
    for (uint64_t at = off, next; rc == 0 && at < end; at = next) {
        uint64_t i = at / MOUNT_CHUNK_BYTES;
        next = (i + 1) * MOUNT_CHUNK_BYTES;
        rc = chunk_own(mount, file, i, at % MOUNT_CHUNK_BYTES == 0 && next <= end, err);
        if (rc < 0)
            end = at; /* what has a place already is written all the same */
    }
    for (uint64_t at = off, length; at < end; at += length) {
        uint32_t place = chunk_of(content, at / MOUNT_CHUNK_BYTES) - CHUNK_STORED;
        length = run_length(content, at, end - at);
        if (mount_store_write(&mount->store, place, (const uint8_t *)buf + (at - off),
                              (size_t)length, at % MOUNT_CHUNK_BYTES, err) < 0)
            return -1;
    }
    if (end > file->size)
        file->size = end;
    return rc;
}

/* Makes n bytes within one chunk zeros. */
static int zeros_write(struct mount *mount, struct tree_file *file, uint64_t off, size_t n,
                       struct error *err)
{
    static const uint8_t zeros[MOUNT_CHUNK_BYTES];
    return n == 0 ? 0 : mount_content_write(mount, file, zeros, n, off, err);
}

int mount_content_resize(struct mount *mount, struct tree_file *file, uint64_t size,
                         struct error *err)
{
    struct mount_content *content = file->content;
    uint64_t chunks = (size + MOUNT_CHUNK_BYTES - 1) / MOUNT_CHUNK_BYTES;
    size_t tail = (size_t)(size % MOUNT_CHUNK_BYTES);

    if (size_check(size, err) < 0)
        return -1;
    if (size < file->size && tail > 0 &&
        chunk_of(content, size / MOUNT_CHUNK_BYTES) >= CHUNK_STORED &&
        zeros_write(mount, file, size, MOUNT_CHUNK_BYTES - tail, err) < 0)
        return -1;
    table_cut(mount, content, chunks);
    if (content->below > size)
        content->below = size;
    file->size = size;
    return 0;
}

int mount_content_punch(struct mount *mount, struct tree_file *file, uint64_t off, uint64_t n,
                        struct error *err)
{
    struct mount_content *content = file->content;
    if (off >= file->size)
        return 0;
    uint64_t end = n < file->size - off ? off + n : file->size;
    uint64_t first = (off + MOUNT_CHUNK_BYTES - 1) / MOUNT_CHUNK_BYTES;
    uint64_t last = end == file->size ? (end + MOUNT_CHUNK_BYTES - 1) / MOUNT_CHUNK_BYTES
                                      : end / MOUNT_CHUNK_BYTES;

    uint64_t head = first * MOUNT_CHUNK_BYTES < end ? first * MOUNT_CHUNK_BYTES : end;
    if (zeros_write(mount, file, off, (size_t)(head - off), err) < 0)
        return -1;
    for (uint64_t i = first; i < last; i++) {
        if (chunk_of(content, i) == CHUNK_BELOW && i * MOUNT_CHUNK_BYTES >= content->below) {
            if (page_is_missing(content, i))
                i = (i / PAGE_CHUNKS + 1) * PAGE_CHUNKS - 1;
            continue;
        }
        uint32_t *slot = chunk_slot(content, i, err);
        if (!slot)
            return -1;
        slot_set(mount, content, slot, CHUNK_HOLE);
    }
    if (end > head && end > last * MOUNT_CHUNK_BYTES)
        return zeros_write(mount, file, last * MOUNT_CHUNK_BYTES,
                           (size_t)(end - last * MOUNT_CHUNK_BYTES), err);
    return 0;
}

/* ---- holes ---- */

/* The source's data from off on and before end; length 0: none. */
static int below_data(struct mount *mount, const struct tree_file *file, uint64_t off, uint64_t end,
                      struct data_extent *out, struct error *err)
{
    const struct data_extent *map;
    size_t n, low = 0;

    *out = (struct data_extent){.offset = end};
    if (turn(mount, file, err) < 0)
        return -1;
    int rc = source_map(mount->source, &map, &n, err);
    if (rc < 0)
        return -1;
    if (rc == 0) {
        *out = (struct data_extent){.offset = off, .length = end - off};
        return 0;
    }
    for (size_t high = n; low < high;) {
        size_t middle = low + (high - low) / 2;
        if (map[middle].offset + map[middle].length <= off)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == n || map[low].offset >= end)
        return 0;
    uint64_t from = map[low].offset > off ? map[low].offset : off;
    uint64_t to = map[low].offset + map[low].length;
    *out = (struct data_extent){.offset = from, .length = (to < end ? to : end) - from};
    return 0;
}

int mount_content_data(struct mount *mount, const struct tree_file *file, uint64_t off,
                       struct data_extent *out, struct error *err)
{
    const struct mount_content *content = file->content;
    while (off < file->size) {
        uint64_t length = run_length(content, off, file->size - off);
        uint32_t chunk = chunk_of(content, off / MOUNT_CHUNK_BYTES);
        *out = (struct data_extent){.offset = off, .length = length};
        if (chunk >= CHUNK_STORED)
            return 1;
        if (chunk == CHUNK_BELOW && off < content->below) {
            uint64_t end = off + length < content->below ? off + length : content->below;
            if (below_data(mount, file, off, end, out, err) < 0)
                return -1;
            if (out->length > 0)
                return 1;
        }
        off += length;
    }
    return 0;
}

uint64_t mount_content_stored(const struct tree_file *file)
{
    const struct mount_content *content = file->content;
    uint64_t all = (file->size + MOUNT_CHUNK_BYTES - 1) / MOUNT_CHUNK_BYTES * MOUNT_CHUNK_BYTES;
    uint64_t below = content->below < content->stored ? content->below : content->stored;
    uint64_t n = below + content->n_own * MOUNT_CHUNK_BYTES;
    return n < all ? n : all;
}
