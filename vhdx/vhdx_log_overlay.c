/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file with the updates of its log laid over it.
 *
 * Updates may overlap, and the later one counts. So their ends cut the file into pieces, each piece
 * belongs to the last update that covers it, and a read finds its pieces by bisection. */
#include <stdlib.h>
#include <string.h>

#include "vhdx/vhdx_log.h"

struct piece {
    uint64_t offset; /* the piece ends where the next one begins */
    size_t next;     /* while painting: a piece from here on that has no owner yet */
    const struct vhdx_update *owner; /* NULL: the file below */
};

struct overlay {
    struct vhdx_medium medium;
    struct vhdx_medium *inner;
    struct vhdx_log log;
    struct piece *pieces; /* ascending; the last one has no owner and no end */
    size_t n_pieces;
};

static int by_offset(const void *a, const void *b)
{
    uint64_t left = ((const struct piece *)a)->offset;
    uint64_t right = ((const struct piece *)b)->offset;
    return left < right ? -1 : left > right;
}

/* The piece that begins last at or before offset; n_pieces: offset lies before the first. */
static size_t piece_find(const struct overlay *overlay, uint64_t offset)
{
    size_t low = 0;
    size_t high = overlay->n_pieces;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (overlay->pieces[middle].offset <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 ? low - 1 : overlay->n_pieces;
}

static size_t unowned(struct piece *pieces, size_t i)
{
    size_t last = i;
    while (pieces[last].next != last)
        last = pieces[last].next;
    while (i != last) {
        size_t next = pieces[i].next;
        pieces[i].next = last;
        i = next;
    }
    return last;
}

static int pieces_cut(struct overlay *overlay, struct error *err)
{
    const struct vhdx_log *log = &overlay->log;
    size_t n = 0;
    struct piece *pieces = calloc(2 * log->n_updates + 1, sizeof(*pieces));
    if (!pieces)
        return error_no_memory(err);
    overlay->pieces = pieces;
    for (size_t i = 0; i < log->n_updates; i++) {
        pieces[n++].offset = log->updates[i].offset;
        pieces[n++].offset = log->updates[i].offset + log->updates[i].length;
    }
    qsort(pieces, n, sizeof(*pieces), by_offset);
    for (size_t i = 0; i < n; i++) {
        if (overlay->n_pieces == 0 || pieces[overlay->n_pieces - 1].offset != pieces[i].offset)
            pieces[overlay->n_pieces++].offset = pieces[i].offset;
    }
    for (size_t i = 0; i < overlay->n_pieces; i++)
        pieces[i].next = i;
    return 0;
}

/* From the last update to the first, each takes what nobody has taken. */
static void pieces_paint(struct overlay *overlay)
{
    for (size_t k = overlay->log.n_updates; k-- > 0;) {
        const struct vhdx_update *update = &overlay->log.updates[k];
        uint64_t end = update->offset + update->length;
        size_t i = unowned(overlay->pieces, piece_find(overlay, update->offset));
        while (overlay->pieces[i].offset < end) {
            overlay->pieces[i].owner = update;
            overlay->pieces[i].next = i + 1;
            i = unowned(overlay->pieces, i + 1);
        }
    }
}

static int base_read(struct vhdx_medium *inner, uint8_t *buf, size_t n, uint64_t off,
                     struct error *err)
{
    uint64_t there = off < inner->length ? inner->length - off : 0;
    size_t stored = n < there ? n : (size_t)there;
    memset(buf + stored, 0, n - stored);
    return stored > 0 ? vhdx_medium_read(inner, buf, stored, off, err) : 0;
}

static int overlay_read(struct vhdx_medium *self, void *buf, size_t n, uint64_t off,
                        struct error *err)
{
    struct overlay *overlay = (struct overlay *)self;
    uint8_t *to = buf;
    if (base_read(overlay->inner, to, n, off, err) < 0)
        return -1;
    size_t i = piece_find(overlay, off);
    if (i == overlay->n_pieces)
        i = 0;
    /* The last piece has no owner: i + 1 exists where there is one. */
    for (; i < overlay->n_pieces && overlay->pieces[i].offset < off + n; i++) {
        const struct piece *piece = &overlay->pieces[i];
        if (!piece->owner)
            continue;
        uint64_t from = piece->offset > off ? piece->offset : off;
        uint64_t end = piece[1].offset < off + n ? piece[1].offset : off + n;
        if (piece->owner->bytes)
            memcpy(to + (from - off), piece->owner->bytes + (from - piece->owner->offset),
                   (size_t)(end - from));
        else
            memset(to + (from - off), 0, (size_t)(end - from));
    }
    return 0;
}

static int refuse(struct vhdx_medium *self, struct error *err)
{
    return error_set(err, ERROR_INTERNAL, "%s is open for reading only", self->path);
}

static int overlay_write(struct vhdx_medium *self, const void *buf UNUSED, size_t n UNUSED,
                         uint64_t off UNUSED, struct error *err)
{
    return refuse(self, err);
}

static int overlay_zero(struct vhdx_medium *self, uint64_t n UNUSED, uint64_t off UNUSED,
                        struct error *err)
{
    return refuse(self, err);
}

static int overlay_resize(struct vhdx_medium *self, uint64_t length UNUSED, struct error *err)
{
    return refuse(self, err);
}

static int overlay_flush(struct vhdx_medium *self UNUSED, struct error *err UNUSED)
{
    return 0;
}

static void overlay_close(struct vhdx_medium *self)
{
    struct overlay *overlay = (struct overlay *)self;
    vhdx_medium_close(overlay->inner);
    vhdx_log_free(&overlay->log);
    free(overlay->pieces);
    free(overlay);
}

static const struct vhdx_medium_ops overlay_ops = {
    .read = overlay_read,
    .write = overlay_write,
    .zero = overlay_zero,
    .resize = overlay_resize,
    .flush = overlay_flush,
    .close = overlay_close,
};

int vhdx_log_overlay(struct vhdx_medium **out, struct vhdx_medium *inner, struct vhdx_log *log,
                     struct error *err)
{
    struct overlay *overlay = calloc(1, sizeof(*overlay));
    if (!overlay) {
        vhdx_medium_close(inner);
        vhdx_log_free(log);
        return error_no_memory(err);
    }
    *overlay = (struct overlay){
        .medium = {.ops = &overlay_ops,
                   .path = inner->path,
                   .length = inner->length > log->file_length ? inner->length : log->file_length,
                   .stored = inner->stored},
        .inner = inner,
        .log = *log,
    };
    *log = (struct vhdx_log){0};
    if (pieces_cut(overlay, err) < 0) {
        overlay_close(&overlay->medium);
        return -1;
    }
    pieces_paint(overlay);
    *out = &overlay->medium;
    return 0;
}
