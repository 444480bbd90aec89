/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text in memory, line by line. */
#ifndef LXKIT_FETCH_TRUST_LINE_H
#define LXKIT_FETCH_TRUST_LINE_H

#include <stdbool.h>
#include <stddef.h>

/* One line of text that need not end with a NUL: what lies before "\n" or "\r\n", or before end. */
struct line {
    const char *text;
    size_t n;
};

/* Takes the next line from *at; false at the end. */
bool line_next(const char **at, const char *end, struct line *out);
bool line_is(const struct line *line, const char *text);
bool line_begins(const struct line *line, const char *text);
/* Nothing but blanks. */
bool line_is_blank(const struct line *line);

#endif
