/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A mounted tree as a source: what image_copy() saves. */
#include "image/mount/mount.h"

#include "core/cancel.h"
#include "image/mount/mount_content.h"
#include "image/mount/mount_state.h"
#include "image/tree_walk.h"

enum {
    BUFFER_BYTES = 1 << 20,
    MAP_SIZE_MIN = 16,
};

struct mounted {
    struct source source;
    struct mount *mount; /* borrowed */
    struct tree_walk walk;
    struct data_extent run; /* of data, what is left of it to be read */
    struct data_extent *map;
    size_t map_size;
    uint8_t *buffer;
};

static int mounted_next(struct source *source, const struct entry **out, struct error *err)
{
    struct mounted *self = (struct mounted *)source;
    self->run = (struct data_extent){0};
    return cancel_check(err) < 0 ? -1 : tree_walk_next(&self->walk, out, err);
}

static int mounted_content(struct source *source, struct content *out, struct error *err)
{
    struct mounted *self = (struct mounted *)source;
    const struct tree_file *file = self->walk.file;
    struct data_extent *run = &self->run;

    if (self->walk.entry.type != ENTRY_FILE)
        return 0;
    if (run->length == 0) {
        int rc = mount_content_data(self->mount, file, run->offset, run, err);
        if (rc <= 0)
            return rc;
    }
    size_t n = run->length < BUFFER_BYTES ? (size_t)run->length : BUFFER_BYTES;
    if (mount_content_read(self->mount, file, self->buffer, n, run->offset, err) < 0)
        return error_wrap(err, "%.200s", self->walk.entry.path);
    *out = (struct content){.bytes = self->buffer, .n = n, .offset = run->offset};
    run->offset += n;
    run->length -= n;
    return 1;
}

static int mounted_map(struct source *source, const struct data_extent **out, size_t *n,
                       struct error *err)
{
    struct mounted *self = (struct mounted *)source;
    struct data_extent run = {0};
    int rc;

    *n = 0;
    while ((rc = mount_content_data(self->mount, self->walk.file, run.offset + run.length, &run,
                                    err)) > 0) {
        if (*n > 0 && self->map[*n - 1].offset + self->map[*n - 1].length == run.offset) {
            self->map[*n - 1].length += run.length;
            continue;
        }
        if (*n == self->map_size) {
            size_t size = self->map_size ? self->map_size * 2 : MAP_SIZE_MIN;
            struct data_extent *map = reallocarray(self->map, size, sizeof(*map));
            if (!map)
                return error_no_memory(err);
            self->map = map;
            self->map_size = size;
        }
        self->map[(*n)++] = run;
    }
    *out = self->map;
    return rc < 0 ? -1 : 1;
}

static void mounted_close(struct source *source)
{
    struct mounted *self = (struct mounted *)source;
    tree_walk_free(&self->walk);
    free(self->map);
    free(self->buffer);
    free(self);
}

static const struct source_ops mounted_ops = {
    .next = mounted_next,
    .content = mounted_content,
    .map = mounted_map,
    .close = mounted_close,
};

int mount_source(struct source **out, struct mount *mount, struct error *err)
{
    AUTO_SOURCE struct source *source = NULL;
    struct mounted *self = calloc(1, sizeof(*self));
    if (!self)
        return error_no_memory(err);
    source = &self->source;
    self->source.ops = &mounted_ops;
    self->mount = mount;
    self->buffer = malloc(BUFFER_BYTES);
    tree_walk_init(&self->walk, &mount->tree);
    if (!self->buffer)
        return error_no_memory(err);
    *out = steal(&source);
    return 0;
}
