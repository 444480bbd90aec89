/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/run/contract_conf.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum {
    NAME_BYTES = 64, /* of a section or a key */
};

struct reader {
    const char *at;
    unsigned line;
    unsigned start; /* the line that the setting began in */
    const char *path;
    struct events *events;
    char section[NAME_BYTES];
};

static void skip_blanks(struct reader *r)
{
    while (*r->at == ' ' || *r->at == '\t' || (*r->at == '\r' && r->at[1] == '\n'))
        r->at++;
}

/* A letter, then letters and digits; false where that is not what stands there. */
static bool name_take(struct reader *r, char out[NAME_BYTES])
{
    size_t n = 0;
    if (!isalpha((unsigned char)*r->at))
        return false;
    while (isalnum((unsigned char)*r->at)) {
        if (n + 1 >= NAME_BYTES)
            return false;
        out[n++] = *r->at++;
    }
    out[n] = '\0';
    return true;
}

/* The rest of the line must be blank or a comment. */
static bool line_end(struct reader *r)
{
    skip_blanks(r);
    if (*r->at == '#')
        r->at += strcspn(r->at, "\n");
    return *r->at == '\0' || *r->at == '\n';
}

static bool section_take(struct reader *r)
{
    r->at++;
    skip_blanks(r);
    if (!name_take(r, r->section))
        return false;
    skip_blanks(r);
    return *r->at++ == ']';
}

/* The character that an escape stands for; 0: none. */
static char unescape(char c)
{
    switch (c) {
    case '\\':
    case '"':
        return c;
    case 'b':
        return '\b';
    case 'n':
        return '\n';
    case 't':
        return '\t';
    default:
        return '\0';
    }
}

/* A backslash and a line's end, which join two lines. */
static bool join_take(struct reader *r)
{
    size_t n = r->at[1] == '\r' ? 2 : 1;
    if (r->at[n] != '\n')
        return false;
    r->at += n + 1;
    r->line++;
    return true;
}

/* The value up to the end of its line, into room for the rest of the text. Blanks at its end do not
 * belong to it unless they are quoted. */
static bool value_take(struct reader *r, char *out)
{
    bool quoted = false;
    size_t n = 0, kept = 0;
    for (; *r->at && *r->at != '\n' && (quoted || *r->at != '#'); r->at++) {
        if (*r->at == '\\' && join_take(r)) {
            r->at--;
        } else if (*r->at == '\\') {
            char meant = unescape(r->at[1]);
            if (!meant) {
                event_warning(r->events, "Invalid escaped character: '%.1s' in %s:%u", r->at + 1,
                              r->path, r->line);
                return false;
            }
            out[n++] = meant;
            kept = n;
            r->at++;
        } else if (*r->at == '"') {
            quoted = !quoted;
            kept = n;
        } else {
            out[n++] = *r->at;
            kept = quoted || !isspace((unsigned char)*r->at) ? n : kept;
        }
    }
    out[kept] = '\0';
    return !quoted;
}

static bool boolean_parse(long *out, const char *text)
{
    bool yes = strcasecmp(text, "true") == 0 || strcmp(text, "1") == 0;
    *out = yes;
    return yes || strcasecmp(text, "false") == 0 || strcmp(text, "0") == 0;
}

static bool number_parse(long *out, const char *text)
{
    char *end;
    errno = 0;
    *out = strtol(text, &end, 0);
    return isdigit((unsigned char)*text) && !*end && errno == 0;
}

static int value_set(struct conf_value *value, const struct conf_key *key, const char *text,
                     const struct reader *r, struct error *err)
{
    if (value->given) {
        event_warning(r->events, "Duplicated key '%s' in %s:%u; the one in line %u counts",
                      key->name, r->path, r->start, value->line);
        return 0;
    }
    bool fits = true;
    if (key->type == CONF_BOOLEAN)
        fits = boolean_parse(&value->number, text);
    else if (key->type == CONF_NUMBER)
        fits = number_parse(&value->number, text);
    if (!fits) {
        event_warning(r->events, "'%s' is no %s for the key '%s' in %s:%u", text,
                      key->type == CONF_BOOLEAN ? "boolean" : "number", key->name, r->path,
                      r->start);
        return 0;
    }
    if (key->type == CONF_TEXT && !(value->text = strdup(text)))
        return error_no_memory(err);
    value->given = true;
    value->line = r->start;
    return 0;
}

static int setting_use(struct reader *r, const char *key, const char *text,
                       const struct conf_key *keys, size_t n, struct conf_value *values,
                       struct error *err)
{
    char name[2 * NAME_BYTES];
    snprintf(name, sizeof(name), "%s.%s", r->section, key);
    for (size_t i = 0; i < n; i++) {
        if (strcasecmp(name, keys[i].name) == 0)
            return value_set(&values[i], &keys[i], text, r, err);
    }
    event_warning(r->events, "Unknown key '%s' in %s:%u", name, r->path, r->start);
    return 0;
}

int conf_parse(const char *text, const char *path, const struct conf_key *keys, size_t n,
               struct conf_value *values, struct events *events, struct error *err)
{
    struct reader r = {.at = text, .line = 1, .path = path, .events = events};
    AUTO_FREE char *value = malloc(strlen(text) + 1);
    if (!value)
        return error_no_memory(err);
    for (; *r.at; r.at += *r.at == '\n', r.line++) {
        char key[NAME_BYTES];
        bool good = true;
        r.start = r.line;
        if (line_end(&r))
            continue;
        if (*r.at == '[') {
            good = section_take(&r) && line_end(&r);
        } else {
            good = r.section[0] && name_take(&r, key);
            skip_blanks(&r);
            good = good && *r.at++ == '=';
            skip_blanks(&r);
            good = good && value_take(&r, value) && line_end(&r);
            if (good && setting_use(&r, key, value, keys, n, values, err) < 0)
                return -1;
        }
        if (!good) {
            event_warning(events, "%s:%u makes no sense; the rest of the file is not read", path,
                          r.start);
            return 0;
        }
    }
    return 0;
}

void conf_values_free(struct conf_value *values, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(values[i].text);
}
