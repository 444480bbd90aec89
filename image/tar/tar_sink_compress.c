/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gzip is ISA-L's, ten times as fast as zlib at nearly its ratio; xz and zstd are libarchive's, on
 * threads of their own. No result depends on the clock or on the number of processors. */
#include "image/tar/tar_sink_compress.h"

#include <errno.h>
#include <isa-l/igzip_lib.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "core/libarchive.h"

enum {
    OUTPUT_BYTES = 256 << 10,
    GZIP_LEVEL = 3, /* ISA-L's highest */
    GZIP_LEVEL_BYTES = ISAL_DEF_LVL3_DEFAULT,
};

/* More than one, so that the cut into blocks is the same everywhere; each takes xz 100 MiB. */
#define THREADS "4"

struct compressor {
    const struct compressor_ops *ops;
    struct compressor_output output;
    /* gzip */
    struct isal_zstream gzip;
    uint8_t *level, *buffer;
    /* xz, zstd */
    struct archive *archive;
    struct error error; /* of the output, on its way through libarchive */
    bool closing;       /* nothing is taken any more from libarchive, which wants to finish */
};

struct compressor_ops {
    enum kind kind;
    int (*begin)(struct compressor *self, struct error *err);
    int (*put)(struct compressor *self, const void *bytes, size_t n, struct error *err);
    int (*finish)(struct compressor *self, struct error *err);
};

static int output_write(struct compressor *self, const void *bytes, size_t n, struct error *err)
{
    return self->output.write(self->output.context, bytes, n, err);
}

/* ---- none ---- */

static int none_begin(UNUSED struct compressor *self, UNUSED struct error *err)
{
    return 0;
}

static int none_finish(UNUSED struct compressor *self, UNUSED struct error *err)
{
    return 0;
}

/* ---- gzip ---- */

static int gzip_begin(struct compressor *self, struct error *err)
{
    self->level = malloc(GZIP_LEVEL_BYTES);
    self->buffer = malloc(OUTPUT_BYTES);
    if (!self->level || !self->buffer)
        return error_no_memory(err);
    isal_deflate_init(&self->gzip);
    self->gzip.level = GZIP_LEVEL;
    self->gzip.level_buf = self->level;
    self->gzip.level_buf_size = GZIP_LEVEL_BYTES;
    self->gzip.gzip_flag = IGZIP_GZIP;
    return 0;
}

static int gzip_run(struct compressor *self, struct error *err)
{
    do {
        self->gzip.next_out = self->buffer;
        self->gzip.avail_out = OUTPUT_BYTES;
        int rc = isal_deflate(&self->gzip);
        if (rc != COMP_OK)
            return error_set(err, ERROR_INTERNAL, "gzip compression failed (%d)", rc);
        if (output_write(self, self->buffer, OUTPUT_BYTES - self->gzip.avail_out, err) < 0)
            return -1;
    } while (self->gzip.avail_out == 0);
    return 0;
}

static int gzip_put(struct compressor *self, const void *bytes, size_t n, struct error *err)
{
    self->gzip.next_in = (uint8_t *)(uintptr_t)bytes; /* the library does not write there */
    self->gzip.avail_in = (uint32_t)n;
    return gzip_run(self, err);
}

static int gzip_finish(struct compressor *self, struct error *err)
{
    self->gzip.end_of_stream = 1;
    return gzip_put(self, NULL, 0, err);
}

/* ---- libarchive's ---- */

static la_ssize_t archive_output(UNUSED struct archive *archive, void *context, const void *bytes,
                                 size_t n)
{
    struct compressor *self = context;
    if (self->closing || output_write(self, bytes, n, &self->error) < 0)
        return -1;
    return (la_ssize_t)n;
}

static int archive_failed(struct compressor *self, struct error *err)
{
    if (self->error.code == ERROR_NONE && libarchive()->error_code(self->archive) == ENOMEM)
        return error_no_memory(err);
    if (self->error.code == ERROR_NONE)
        return error_set(err, ERROR_INTERNAL, "compression failed (%s)",
                         libarchive()->error_string(self->archive));
    if (err)
        *err = self->error;
    return -1;
}

/* A "raw" archive of one member is the bare compressed stream. */
static int archive_begin(struct compressor *self, struct error *err)
{
    self->archive = libarchive()->write_new();
    struct archive_entry *member = libarchive()->entry_new();
    if (!self->archive || !member) {
        libarchive()->entry_free(member);
        return error_no_memory(err);
    }
    libarchive()->entry_set_filetype(member, AE_IFREG);
    bool failed =
        libarchive()->write_set_format_raw(self->archive) != ARCHIVE_OK ||
        (self->ops->kind == KIND_XZ
             ? libarchive()->write_add_filter_xz(self->archive)
             : libarchive()->write_add_filter_zstd(self->archive)) != ARCHIVE_OK ||
        libarchive()->write_set_filter_option(self->archive, NULL, "threads", THREADS) !=
            ARCHIVE_OK ||
        libarchive()->write_set_bytes_per_block(self->archive, 0) != ARCHIVE_OK ||
        libarchive()->write_open(self->archive, self, NULL, archive_output, NULL) != ARCHIVE_OK ||
        libarchive()->write_header(self->archive, member) != ARCHIVE_OK;
    libarchive()->entry_free(member);
    return failed ? archive_failed(self, err) : 0;
}

static int archive_put(struct compressor *self, const void *bytes, size_t n, struct error *err)
{
    return libarchive()->write_data(self->archive, bytes, n) == (la_ssize_t)n
               ? 0
               : archive_failed(self, err);
}

static int archive_finish(struct compressor *self, struct error *err)
{
    return libarchive()->write_close(self->archive) == ARCHIVE_OK ? 0 : archive_failed(self, err);
}

/* ---- all of them ---- */

static const struct compressor_ops compressors[] = {
    {KIND_TAR, none_begin, output_write, none_finish},
    {KIND_GZIP, gzip_begin, gzip_put, gzip_finish},
    {KIND_XZ, archive_begin, archive_put, archive_finish},
    {KIND_ZSTD, archive_begin, archive_put, archive_finish},
};

int compressor_new(struct compressor **out, enum kind kind, const struct compressor_output *output,
                   struct error *err)
{
    AUTO_COMPRESSOR struct compressor *self = calloc(1, sizeof(*self));
    if (!self)
        return error_no_memory(err);
    self->output = *output;
    for (size_t i = 0; i < array_length(compressors); i++) {
        if (compressors[i].kind == kind)
            self->ops = &compressors[i];
    }
    if (!self->ops)
        return error_set(err, ERROR_INTERNAL, "there is no compressor for %s", kind_words(kind));
    if (self->ops->begin(self, err) < 0)
        return -1;
    *out = steal(&self);
    return 0;
}

int compressor_put(struct compressor *self, const void *bytes, size_t n, struct error *err)
{
    return self->ops->put(self, bytes, n, err);
}

int compressor_finish(struct compressor *self, struct error *err)
{
    return self->ops->finish(self, err);
}

void compressor_free(struct compressor *self)
{
    if (!self)
        return;
    self->closing = true;
    libarchive()->write_free(self->archive);
    free(self->level);
    free(self->buffer);
    free(self);
}
