/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fetch/trust/line.h"

#include <string.h>

bool line_next(const char **at, const char *end, struct line *out)
{
    if (*at == end)
        return false;
    const char *feed = memchr(*at, '\n', (size_t)(end - *at));
    const char *stop = feed ? feed : end;
    *out = (struct line){.text = *at, .n = (size_t)(stop - *at)};
    if (feed && out->n > 0 && out->text[out->n - 1] == '\r')
        out->n--;
    *at = feed ? feed + 1 : end;
    return true;
}

bool line_is(const struct line *line, const char *text)
{
    return line->n == strlen(text) && memcmp(line->text, text, line->n) == 0;
}

bool line_begins(const struct line *line, const char *text)
{
    return line->n >= strlen(text) && memcmp(line->text, text, strlen(text)) == 0;
}

bool line_is_blank(const struct line *line)
{
    for (size_t i = 0; i < line->n; i++) {
        if (line->text[i] != ' ' && line->text[i] != '\t' && line->text[i] != '\r')
            return false;
    }
    return true;
}
