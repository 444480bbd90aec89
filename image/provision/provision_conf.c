/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/provision/provision_conf.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- what is known of keys ---- */

static const struct {
    const char *section, *key;
    bool boolean;
} known[] = {
    {"automount", "enabled", true},
    {"automount", "root", false},
    {"automount", "options", false},
    {"automount", "mountFsTab", true},
    {"automount", "ldconfig", true},
    {"automount", "cgroups", false},
    {"filesystem", "umask", false},
    {"interop", "enabled", true},
    {"interop", "appendWindowsPath", true},
    {"network", "generateHosts", true},
    {"network", "generateResolvConf", true},
    {"network", "hostname", false},
    {"general", "guiApplications", true},
    {"time", "useWindowsTimezone", true},
    {"fileServer", "enabled", true},
    {"fileServer", "logFile", false},
    {"fileServer", "logLevel", false},
    {"fileServer", "logTruncate", true},
    {"gpu", "enabled", true},
    {"gpu", "appendLibPath", true},
    {"user", "default", false},
    {"boot", "command", false},
    {"boot", "systemd", true},
    {"boot", "initTimeout", false},
    {"boot", "protectBinfmt", true},
};

static bool is_boolean(const char *text)
{
    return strcasecmp(text, "true") == 0 || strcasecmp(text, "false") == 0 ||
           strcmp(text, "0") == 0 || strcmp(text, "1") == 0;
}

/* Gives the setting the spelling of a key that is known. */
static int setting_know(struct conf_setting *setting, struct events *events, struct error *err)
{
    for (size_t i = 0; i < array_length(known); i++) {
        if (strcasecmp(known[i].section, setting->section) != 0 ||
            strcasecmp(known[i].key, setting->key) != 0)
            continue;
        strcpy(setting->section, known[i].section);
        strcpy(setting->key, known[i].key);
        if (known[i].boolean && !is_boolean(setting->value))
            return error_set(err, ERROR_USAGE, "%s.%s in wsl.conf is true or false, not '%s'",
                             setting->section, setting->key, setting->value);
        return 0;
    }
    event_warning(events,
                  "%s.%s is no key of wsl.conf that is known here; it is written all the "
                  "same",
                  setting->section, setting->key);
    return 0;
}

/* A letter, then letters and digits. */
static size_t name_length(const char *text)
{
    size_t n = 0;
    if (isalpha((unsigned char)text[0]))
        while (isalnum((unsigned char)text[n]))
            n++;
    return n;
}

int conf_setting_parse(struct conf_setting *out, const char *text, struct events *events,
                       struct error *err)
{
    size_t section = name_length(text);
    const char *key = text + section + (text[section] == '.');
    size_t n = name_length(key);
    if (section == 0 || text[section] != '.' || n == 0 || key[n] != '=' ||
        section >= CONF_NAME_BYTES || n >= CONF_NAME_BYTES)
        return error_set(err, ERROR_USAGE,
                         "'%s' is no setting of wsl.conf; write it as section.key=value, as "
                         "boot.systemd=true",
                         text);
    *out = (struct conf_setting){.value = key + n + 1};
    memcpy(out->section, text, section);
    memcpy(out->key, key, n);
    for (const char *c = out->value; *c; c++) {
        if (iscntrl((unsigned char)*c) && !strchr("\t\n\b", *c))
            return error_set(err, ERROR_USAGE,
                             "the value of %s.%s has a control character, which wsl.conf cannot "
                             "hold",
                             out->section, out->key);
    }
    return setting_know(out, events, err);
}

/* ---- reading ---- */

enum line_kind {
    LINE_BLANK, /* also a comment */
    LINE_SECTION,
    LINE_KEY,
};

struct line {
    enum line_kind kind;
    size_t start, end; /* within the text; end is past the line's LF */
    bool closed;       /* it has a LF that ends it, and joins it with nothing */
    size_t name, name_n;
    size_t value, value_n; /* LINE_KEY: as it stands, without blanks around it */
    size_t comment;        /* LINE_KEY: where one begins; 0: none */
    unsigned number;
};

static size_t skip_blanks(const char *text, size_t at)
{
    while (text[at] == ' ' || text[at] == '\t' || (text[at] == '\r' && text[at + 1] == '\n'))
        at++;
    return at;
}

/* Past the value at, 0 where it makes no sense. */
static size_t value_scan(const char *text, size_t at, unsigned *lines)
{
    bool quoted = false;
    for (; text[at] && text[at] != '\n' && (quoted || text[at] != '#'); at++) {
        if (text[at] == '"')
            quoted = !quoted;
        if (text[at] != '\\')
            continue;
        size_t next = at + 1 + (text[at + 1] == '\r' && text[at + 2] == '\n');
        if (text[next] == '\n')
            ++*lines;
        else if (!text[at + 1] || !strchr("\\\"bnt", text[at + 1]))
            return 0;
        at = next;
    }
    return quoted ? 0 : at;
}

static bool rest_is_blank(const char *text, size_t at)
{
    at = skip_blanks(text, at);
    return text[at] == '\0' || text[at] == '\n' || text[at] == '#';
}

static bool section_scan(struct line *line, const char *text, size_t at)
{
    line->kind = LINE_SECTION;
    line->name = skip_blanks(text, at + 1);
    line->name_n = name_length(text + line->name);
    at = skip_blanks(text, line->name + line->name_n);
    return line->name_n > 0 && text[at] == ']' && rest_is_blank(text, at + 1);
}

static bool key_scan(struct line *line, const char *text, size_t at, unsigned *lines)
{
    line->kind = LINE_KEY;
    line->name = at;
    line->name_n = name_length(text + at);
    at = skip_blanks(text, at + line->name_n);
    if (line->name_n == 0 || text[at] != '=')
        return false;
    line->value = skip_blanks(text, at + 1);
    at = value_scan(text, line->value, lines);
    if (at == 0)
        return false;
    line->end = at;
    line->comment = text[at] == '#' ? at : 0;
    line->value_n = at - line->value;
    while (line->value_n > 0 && isspace((unsigned char)text[line->value + line->value_n - 1]))
        line->value_n--;
    return true;
}

/* The next line: 1, 0 at the end; DAMAGED where it makes no sense. A zeroed line is before all. */
static int line_next(struct line *line, const char *text, const char *path, bool in_section,
                     struct error *err)
{
    unsigned lines = 1;
    size_t start = line->end;
    if (!text[start])
        return 0;
    size_t at = skip_blanks(text, start);
    *line = (struct line){.start = start, .end = at, .number = line->number + 1};
    bool good = true;
    if (text[at] == '[')
        good = section_scan(line, text, at);
    else if (!rest_is_blank(text, at))
        good = in_section && key_scan(line, text, at, &lines);
    if (!good)
        return error_set(err, ERROR_DAMAGED,
                         "%s:%u makes no sense to the runtime, which reads nothing below it; "
                         "correct it and make the archive again",
                         path, line->number);
    line->end += strcspn(text + line->end, "\n");
    line->closed = text[line->end] == '\n';
    line->end += line->closed;
    line->number += lines - 1;
    return 1;
}

static bool named(const struct line *line, const char *text, const char *name)
{
    return strlen(name) == line->name_n && strncasecmp(text + line->name, name, line->name_n) == 0;
}

/* Where a key stands, and where a new one would. */
struct place {
    struct line key;
    bool found;       /* the key is there */
    bool has_section; /* or else its section */
    size_t end;       /* after the section's last line that says something */
    bool open;        /* the file's last line is not closed */
};

static int place_find(struct place *out, const char *text, const char *path, const char *section,
                      const char *key, struct error *err)
{
    struct line line = {0};
    bool any = false, inside = false, first = false;
    int rc;
    *out = (struct place){0};
    while ((rc = line_next(&line, text, path, any, err)) > 0) {
        out->open = !line.closed;
        if (line.kind == LINE_SECTION) {
            any = true;
            inside = named(&line, text, section);
            first = inside && !out->has_section;
            out->has_section = out->has_section || inside;
        }
        if (first && line.kind != LINE_BLANK)
            out->end = line.end;
        if (inside && line.kind == LINE_KEY && !out->found && named(&line, text, key)) {
            out->found = true;
            out->key = line;
        }
    }
    return rc;
}

int conf_get(char **out, const char *text, const char *path, const char *section, const char *key,
             struct error *err)
{
    struct place place;
    *out = NULL;
    if (place_find(&place, text, path, section, key, err) < 0)
        return -1;
    if (!place.found)
        return 0;
    char *value = malloc(place.key.value_n + 1);
    if (!value)
        return error_no_memory(err);
    size_t n = 0;
    const char *at = text + place.key.value, *end = at + place.key.value_n;
    for (; at < end; at++) {
        if (*at == '"')
            continue;
        if (*at != '\\') {
            value[n++] = *at;
            continue;
        }
        at++;
        if (*at == '\r')
            at++;
        if (*at != '\n')
            value[n++] = (char)(*at == 'n' ? '\n' : *at == 't' ? '\t' : *at == 'b' ? '\b' : *at);
    }
    value[n] = '\0';
    *out = value;
    return 0;
}

/* ---- writing ---- */

/* The value as the runtime reads it back. Returns its end. */
static char *value_write(char *out, const char *value)
{
    size_t n = strlen(value);
    bool quote = n > 0 && (value[0] == ' ' || value[n - 1] == ' ' || strchr(value, '#') ||
                           strpbrk(value, "\t\n\b"));
    if (quote)
        *out++ = '"';
    for (; *value; value++) {
        char c = *value;
        char letter = (char)(c == '\n' ? 'n' : c == '\t' ? 't' : c == '\b' ? 'b' : c);
        if (letter != c || c == '"' || c == '\\')
            *out++ = '\\';
        *out++ = letter;
    }
    if (quote)
        *out++ = '"';
    *out = '\0';
    return out;
}

/* "key = value", its comment and the line's end; malloc'd. */
static int line_write(char **out, const struct conf_setting *setting, const char *comment,
                      size_t comment_n, const char *eol, struct error *err)
{
    *out = malloc(strlen(setting->key) + 2 * strlen(setting->value) + comment_n + 16);
    if (!*out)
        return error_no_memory(err);
    char *at = stpcpy(stpcpy(*out, setting->key), " = ");
    at = value_write(at, setting->value);
    if (comment_n > 0) {
        *at++ = ' ';
        at = mempcpy(at, comment, comment_n);
    }
    strcpy(at, eol);
    return 0;
}

int conf_set(char **text, const char *path, const struct conf_setting *setting, bool replace,
             struct error *err)
{
    const char *old = *text;
    size_t n = strlen(old), first = strcspn(old, "\n");
    const char *eol = first > 0 && old[first] == '\n' && old[first - 1] == '\r' ? "\r\n" : "\n";
    AUTO_FREE char *line = NULL;
    struct place place;
    char *whole;

    if (place_find(&place, old, path, setting->section, setting->key, err) < 0)
        return -1;
    if (place.found && !replace)
        return 0;
    size_t comment = place.found ? place.key.comment : 0;
    size_t comment_n = comment ? strcspn(old + comment, "\r\n") : 0;
    if (line_write(&line, setting, old + comment, comment_n, eol, err) < 0)
        return -1;
    size_t start = place.found ? place.key.start : place.has_section ? place.end : n;
    size_t end = place.found ? place.key.end : start;
    const char *lf = start == n && place.open ? eol : "";
    bool section = !place.found && !place.has_section;
    int made = section ? asprintf(&whole, "%s%s%s[%s]%s%s", old, lf, n > 0 ? eol : "",
                                  setting->section, eol, line)
                       : asprintf(&whole, "%.*s%s%s%s", (int)start, old, lf, line, old + end);
    if (made < 0)
        return error_no_memory(err);
    free(*text);
    *text = whole;
    return 0;
}
