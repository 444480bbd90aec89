/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/vhdx_power.h"

#include <stdlib.h>
#include <string.h>

enum kind {
    WRITE,
    RESIZE,
};

struct operation {
    enum kind kind;
    uint64_t off; /* the length, of RESIZE */
    size_t n;
    uint8_t *bytes; /* NULL: zeros */
};

struct power_file {
    uint8_t *now; /* with everything that was written */
    uint64_t length;
    uint8_t *stable;
    uint64_t stable_length;
    struct operation *operations; /* since the last flush */
    size_t n_operations;
    uint64_t count, fail_at, stumble_at;
    bool off;
    size_t sector;
};

struct power_medium {
    struct vhdx_medium medium;
    struct power_file *file;
};

static void forget(struct power_file *file)
{
    for (size_t i = 0; i < file->n_operations; i++)
        free(file->operations[i].bytes);
    file->n_operations = 0;
}

struct power_file *power_file_new(const void *bytes, size_t n)
{
    struct power_file *file = calloc(1, sizeof(*file));
    if (!file)
        abort();
    file->now = calloc(1, POWER_BYTES_MAX);
    file->stable = calloc(1, POWER_BYTES_MAX);
    file->operations = calloc(1 << 16, sizeof(*file->operations));
    if (!file->now || !file->stable || !file->operations)
        abort();
    file->sector = POWER_SECTOR;
    power_file_set(file, bytes, n);
    return file;
}

void power_file_free(struct power_file *file)
{
    forget(file);
    free(file->now);
    free(file->stable);
    free(file->operations);
    free(file);
}

const uint8_t *power_file_bytes(const struct power_file *file, size_t *n)
{
    *n = (size_t)file->length;
    return file->now;
}

static void assign(uint8_t *to, uint64_t *length, const void *bytes, uint64_t n)
{
    memcpy(to, bytes, n);
    if (*length > n)
        memset(to + n, 0, *length - n);
    *length = n;
}

void power_file_set(struct power_file *file, const void *bytes, size_t n)
{
    forget(file);
    assign(file->now, &file->length, bytes, n);
    assign(file->stable, &file->stable_length, bytes, n);
    power_file_fail_at(file, 0);
}

void power_file_fail_at(struct power_file *file, uint64_t n)
{
    file->off = false;
    file->count = 0;
    file->fail_at = n;
    file->stumble_at = 0;
}

void power_file_stumble_at(struct power_file *file, uint64_t n)
{
    power_file_fail_at(file, 0);
    file->stumble_at = n;
}

void power_file_sector(struct power_file *file, size_t n)
{
    file->sector = n;
}

uint64_t power_file_operations(const struct power_file *file)
{
    return file->count;
}

static void set_length(uint8_t *bytes, uint64_t *length, uint64_t wanted)
{
    if (wanted < *length)
        memset(bytes + wanted, 0, *length - wanted);
    *length = wanted;
}

static void put(uint8_t *bytes, uint64_t *length, uint64_t off, const uint8_t *from, size_t n)
{
    if (off + n > *length)
        *length = off + n;
    if (from)
        memcpy(bytes + off, from, n);
    else
        memset(bytes + off, 0, n);
}

static void play(struct power_file *file, const struct operation *operation, struct prng *random)
{
    uint32_t fate = prng_below(random, 3); /* nothing, all, a part */
    if (fate == 0)
        return;
    if (operation->kind == RESIZE) {
        set_length(file->stable, &file->stable_length, operation->off);
        return;
    }
    for (size_t at = 0; at < operation->n; at += file->sector) {
        size_t n = operation->n - at < file->sector ? operation->n - at : file->sector;
        if (fate == 1 || prng_one_in(random, 2))
            put(file->stable, &file->stable_length, operation->off + at,
                operation->bytes ? operation->bytes + at : NULL, n);
    }
}

void power_file_restart(struct power_file *file, struct prng *random)
{
    for (size_t i = 0; i < file->n_operations; i++)
        play(file, &file->operations[i], random);
    forget(file);
    assign(file->now, &file->length, file->stable, file->stable_length);
    power_file_fail_at(file, 0);
}

/* ---- the medium ---- */

static struct power_file *file_of(struct vhdx_medium *medium)
{
    return ((struct power_medium *)medium)->file;
}

static int stumble(const struct vhdx_medium *self, struct error *err)
{
    return error_set(err, ERROR_IO, "%s: this operation fails; this is a test", self->path);
}

/* Remembers an operation; the one at which the power fails may still have its effect. */
static int operate(struct vhdx_medium *self, struct operation operation, const void *bytes,
                   struct error *err)
{
    struct power_file *file = file_of(self);
    if (!self->writable || operation.off + operation.n > POWER_BYTES_MAX)
        abort();
    if (!file->off) {
        if (bytes) {
            operation.bytes = malloc(operation.n);
            if (!operation.bytes)
                abort();
            memcpy(operation.bytes, bytes, operation.n);
        }
        if (file->n_operations == 1 << 16)
            abort();
        file->operations[file->n_operations++] = operation;
        file->off = ++file->count == file->fail_at;
    }
    if (file->off)
        return error_set(err, ERROR_IO, "%s: the power is off; this is a test", self->path);
    bool stumbles = file->count == file->stumble_at;
    if (stumbles && operation.kind != RESIZE)
        operation.n = operation.n / file->sector / 2 * file->sector;
    if (stumbles && operation.kind == RESIZE)
        return stumble(self, err);
    if (operation.kind == RESIZE)
        set_length(file->now, &file->length, operation.off);
    else
        put(file->now, &file->length, operation.off, operation.bytes, operation.n);
    self->length = file->length;
    return stumbles ? stumble(self, err) : 0;
}

static int power_read(struct vhdx_medium *self, void *buf, size_t n, uint64_t off,
                      struct error *err UNUSED)
{
    memcpy(buf, file_of(self)->now + off, n);
    return 0;
}

static int power_write(struct vhdx_medium *self, const void *buf, size_t n, uint64_t off,
                       struct error *err)
{
    return operate(self, (struct operation){.off = off, .n = n}, buf, err);
}

static int power_zero(struct vhdx_medium *self, uint64_t n, uint64_t off, struct error *err)
{
    return operate(self, (struct operation){.off = off, .n = (size_t)n}, NULL, err);
}

static int power_resize(struct vhdx_medium *self, uint64_t length, struct error *err)
{
    return operate(self, (struct operation){.kind = RESIZE, .off = length}, NULL, err);
}

static int power_flush(struct vhdx_medium *self, struct error *err)
{
    struct power_file *file = file_of(self);
    if (file->off || ++file->count == file->fail_at) {
        file->off = true;
        return error_set(err, ERROR_IO, "%s: the power is off; this is a test", self->path);
    }
    if (file->count == file->stumble_at)
        return stumble(self, err);
    /* Only what has changed is copied. */
    for (size_t i = 0; i < file->n_operations; i++) {
        const struct operation *operation = &file->operations[i];
        if (operation->kind == RESIZE)
            set_length(file->stable, &file->stable_length, operation->off);
        else
            put(file->stable, &file->stable_length, operation->off, operation->bytes, operation->n);
    }
    forget(file);
    return 0;
}

static void power_close(struct vhdx_medium *self)
{
    free(self);
}

static const struct vhdx_medium_ops power_ops = {
    .read = power_read,
    .write = power_write,
    .zero = power_zero,
    .resize = power_resize,
    .flush = power_flush,
    .close = power_close,
};

int power_file_medium(struct vhdx_medium **out, struct power_file *file, bool writable,
                      struct error *err)
{
    struct power_medium *self = calloc(1, sizeof(*self));
    if (!self)
        return error_no_memory(err);
    *self = (struct power_medium){
        .medium = {.ops = &power_ops,
                   .path = "memory.vhdx",
                   .length = file->length,
                   .stored = file->length,
                   .writable = writable},
        .file = file,
    };
    *out = &self->medium;
    return 0;
}
