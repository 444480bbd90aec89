/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The way of an archive: recognised, decompressed on threads, read as tar. */
#include "core/stream.h"
#include "image/decompress.h"
#include "image/tar/tar_source.h"
#include "tests/fuzz/fuzz.h"

enum {
    PLAIN_BYTES_MAX = 64 << 20, /* what compressed input may become */
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_STREAM struct stream *stream = NULL;
    AUTO_SOURCE struct source *source = NULL;
    struct stream *limited = NULL;
    enum kind kind;

    if (stream_from_memory(&stream, data, size, NULL) < 0 ||
        stream_readahead(&stream, steal(&stream), NULL) < 0 ||
        decompress(&stream, &kind, NULL) < 0 || kind != KIND_TAR ||
        stream_limit(&limited, steal(&stream), PLAIN_BYTES_MAX, "input", NULL) < 0)
        return 0;
    if (tar_source(&source, limited, NULL, NULL) == 0)
        fuzz_drain(source);
    return 0;
}
