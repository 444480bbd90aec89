/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fetch/trust/small_file.h"

#include "core/size.h"
#include "core/stream.h"

enum {
    FIRST_BYTES = 4096, /* room at the beginning; it doubles */
};

int small_file_read(struct small_file *out, const char *path, size_t max, const char *what,
                    struct error *err)
{
    AUTO_STREAM struct stream *stream = NULL;
    AUTO_FREE char *bytes = NULL;
    size_t n = 0, room = 0;
    if (stream_open(&stream, path, NULL, err) < 0)
        return -1;
    while (n == room) {
        room = room ? 2 * room : FIRST_BYTES;
        char *more = realloc(bytes, room + 1);
        if (!more)
            return error_no_memory(err);
        bytes = more;
        ssize_t got = stream_read_full(stream, bytes + n, room - n, err);
        if (got < 0)
            return -1;
        n += (size_t)got;
        if (n > max) {
            char text[SIZE_TEXT_BYTES];
            return error_set(err, ERROR_VERIFY, "%s is larger than %s; that is no %s", path,
                             size_format(max, text), what);
        }
    }
    bytes[n] = '\0';
    *out = (struct small_file){.bytes = steal(&bytes), .n = n};
    return 0;
}

void small_file_free(struct small_file *file)
{
    free(file->bytes);
    *file = (struct small_file){0};
}
