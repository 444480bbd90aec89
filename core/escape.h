/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bytes from outside, made fit for a terminal and for JSON. */
#ifndef LXKIT_CORE_ESCAPE_H
#define LXKIT_CORE_ESCAPE_H

#include <stddef.h>

enum {
    ESCAPE_MAX = 4, /* one byte becomes "\x1b" at most */
};

/* The length in bytes of the UTF-8 character that text begins with; 0 where it begins with the
 * terminating NUL or with something that is no UTF-8 (overlong, surrogate, cut short). */
size_t utf8_length(const char *text);

/* Moves *text past its next byte or character and puts what stands for it in out, without a NUL:
 * "\x1b" for each byte of a control character or of what is no UTF-8, anything else as it is, so
 * that escaping twice is escaping once. Returns its length; 0 at the end of *text. */
size_t escape_next(char out[ESCAPE_MAX], const char **text);

/* The same for all of text, into size bytes (at least 1) that end with a NUL. Stops before what
 * does not fit. Returns the length of out. */
size_t escape(char *out, size_t size, const char *text);

#endif
