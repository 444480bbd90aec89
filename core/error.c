/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/escape.h"

enum {
    RAW_BYTES = 4096 + ERROR_TEXT_BYTES, /* a sentence with one path of any length */
    TAIL_BYTES = ERROR_TEXT_BYTES / 2,   /* of a long one: the reason and the next step */
};

static const struct {
    const char *id;
    int status;
} codes[] = {[ERROR_NONE] = {"none", 0},
#define X(name, id, status) [ERROR_##name] = {id, status},
             ERROR_CODES(X)
#undef X
};

/* What a failed system call means, and what the user can do about it. */
static const struct {
    int errnum;
    enum error_code code;
    const char *next;
} errnums[] = {
    {ENOENT, ERROR_NOT_FOUND, "check the name"},
    {ENOTDIR, ERROR_NOT_FOUND, "check the name"},
    {EEXIST, ERROR_EXISTS, "choose another name"},
    {EISDIR, ERROR_WRONG_KIND, "name a file"},
    {EACCES, ERROR_DENIED, "check the permissions of the file and of its directory"},
    {EPERM, ERROR_DENIED, "check the permissions of the file and of its directory"},
    {EROFS, ERROR_DENIED, "choose a place that can be written"},
    {ENOSPC, ERROR_NO_SPACE, "make room there or choose another place"},
    {EDQUOT, ERROR_NO_SPACE, "make room there or choose another place"},
    {EFBIG, ERROR_NO_SPACE, "choose a file system or a limit (ulimit -f) that allows such a file"},
    {ENOMEM, ERROR_NO_MEMORY, "close other programs and try again"},
    {ENAMETOOLONG, ERROR_NAME_ILLEGAL, "choose a shorter name"},
    {EBUSY, ERROR_BUSY, "wait until nothing uses it and try again"},
    {ETXTBSY, ERROR_BUSY, "wait until nothing uses it and try again"},
    {EMFILE, ERROR_IO, "raise the limit of open files (ulimit -n)"},
    {EIO, ERROR_IO, "see the kernel's log; the medium may be failing"},
};

/* Escapes; of what is too long, the middle is left out: the file is named first and the next step
 * last. */
static void text_put(struct error *err, const char *raw)
{
    char escaped[ESCAPE_MAX * RAW_BYTES];
    size_t n = escape(escaped, sizeof(escaped), raw);
    if (n < sizeof(err->text)) {
        memcpy(err->text, escaped, n + 1);
        return;
    }
    const char *tail = escaped + n - TAIL_BYTES;
    while (utf8_length(tail) == 0)
        tail++;
    size_t tail_length = strlen(tail);
    size_t head = escape(err->text, sizeof(err->text) - tail_length - strlen("..."), escaped);
    memcpy(err->text + head, "...", 3);
    memcpy(err->text + head + 3, tail, tail_length + 1);
}

int error_set(struct error *err, enum error_code code, const char *format, ...)
{
    if (!err)
        return -1;
    char raw[RAW_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(raw, sizeof(raw), format, args);
    va_end(args);
    err->code = code;
    text_put(err, raw);
    return -1;
}

int error_errno(struct error *err, int errnum, const char *format, ...)
{
    if (!err)
        return -1;
    char raw[RAW_BYTES];
    char words[128];
    const char *reason = strerror_r(errnum, words, sizeof(words));
    const char *next = NULL;
    enum error_code code = ERROR_IO;
    for (size_t i = 0; i < array_length(errnums); i++) {
        if (errnums[i].errnum == errnum) {
            code = errnums[i].code;
            next = errnums[i].next;
        }
    }

    va_list args;
    va_start(args, format);
    int n = vsnprintf(raw, sizeof(raw) - ERROR_TEXT_BYTES, format, args);
    va_end(args);
    if (n < 0)
        n = 0;
    if (n > (int)sizeof(raw) - ERROR_TEXT_BYTES - 1)
        n = sizeof(raw) - ERROR_TEXT_BYTES - 1;
    snprintf(raw + n, sizeof(raw) - (size_t)n, ": %s%s%s", reason, next ? "; " : "",
             next ? next : "");
    err->code = code;
    text_put(err, raw);
    return -1;
}

int error_wrap(struct error *err, const char *format, ...)
{
    if (!err)
        return -1;
    char context[RAW_BYTES];
    char raw[RAW_BYTES + sizeof(": ") + ERROR_TEXT_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(context, sizeof(context), format, args);
    va_end(args);
    snprintf(raw, sizeof(raw), "%s: %s", context, err->text);
    text_put(err, raw);
    return -1;
}

int error_no_memory(struct error *err)
{
    return error_set(err, ERROR_NO_MEMORY, "out of memory; close other programs and try again");
}

const char *error_id(enum error_code code)
{
    return (size_t)code < array_length(codes) ? codes[code].id : codes[ERROR_INTERNAL].id;
}

int error_exit_status(enum error_code code)
{
    return (size_t)code < array_length(codes) ? codes[code].status : codes[ERROR_INTERNAL].status;
}
