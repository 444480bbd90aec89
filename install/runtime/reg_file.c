/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/runtime/reg_file.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "install/runtime/utf16.h"

#define HEADING         "Windows Registry Editor Version 5.00"
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

enum {
    FOLD_COLUMN = 77, /* regedit begins a new line behind the byte that ends here or later */
};

/* ---- writing ---- */

PRINTF_LIKE(3, 4)
static int put(struct reg_text *out, struct error *err, const char *format, ...)
{
    AUTO_FREE char *piece = NULL;
    va_list arguments;
    va_start(arguments, format);
    int n = vasprintf(&piece, format, arguments);
    va_end(arguments);
    if (n < 0) {
        piece = NULL;
        return error_no_memory(err);
    }
    char *text = realloc(out->text, out->n + (size_t)n + 1);
    if (!text)
        return error_no_memory(err);
    out->text = text;
    memcpy(text + out->n, piece, (size_t)n + 1);
    out->n += (size_t)n;
    return 0;
}

/* Quotes and backslashes get a backslash before them; malloc'd. */
static int quote(char **out, const char *text, struct error *err)
{
    char *quoted = malloc(2 * strlen(text) + 1);
    if (!quoted)
        return error_no_memory(err);
    char *to = quoted;
    for (const char *c = text; *c; c++) {
        if (*c == '\\' || *c == '"')
            *to++ = '\\';
        *to++ = *c;
    }
    *to = '\0';
    *out = quoted;
    return 0;
}

int reg_begin(struct reg_text *out, struct error *err)
{
    *out = (struct reg_text){0};
    return put(out, err, BYTE_ORDER_MARK HEADING "\r\n");
}

int reg_put_key(struct reg_text *out, const char *key, struct error *err)
{
    return put(out, err, "\r\n[%s]\r\n", key);
}

int reg_put_text(struct reg_text *out, const char *name, const char *text, struct error *err)
{
    AUTO_FREE char *quoted = NULL;
    for (const char *c = text; *c; c++) {
        if (iscntrl((unsigned char)*c))
            return error_set(err, ERROR_UNSUPPORTED,
                             "%s '%s' has a control character in it, which a .reg file does not "
                             "hold; choose another",
                             name, text);
    }
    if (quote(&quoted, text, err) < 0)
        return -1;
    return put(out, err, "\"%s\"=\"%s\"\r\n", name, quoted);
}

int reg_put_dword(struct reg_text *out, const char *name, uint32_t number, struct error *err)
{
    return put(out, err, "\"%s\"=dword:%08x\r\n", name, number);
}

int reg_put_list(struct reg_text *out, const char *name, const struct texts *texts,
                 struct error *err)
{
    AUTO_FREE uint8_t *bytes = NULL;
    size_t n, column, start = out->n;
    if (utf16_encode_list(&bytes, &n, texts, err) < 0 || put(out, err, "\"%s\"=hex(7):", name) < 0)
        return -1;
    column = out->n - start;
    for (size_t i = 0; i < n; i++) {
        bool last = i + 1 == n;
        column += strlen("00,");
        bool fold = !last && column >= FOLD_COLUMN;
        if (put(out, err, "%02x%s%s", bytes[i], last ? "" : ",", fold ? "\\\r\n  " : "") < 0)
            return -1;
        if (fold)
            column = strlen("  ");
    }
    return put(out, err, "\r\n");
}

int reg_put_removal(struct reg_text *out, const char *name, struct error *err)
{
    return put(out, err, "\"%s\"=-\r\n", name);
}

int reg_put_value(struct reg_text *out, struct registration *from,
                  const struct registration_value *value, const char *place, struct error *err)
{
    char name[REGISTRATION_NAME_BYTES];
    registration_windows_name(value, name);
    if (!registration_has(from, value))
        return reg_put_removal(out, name, err);
    if (value->type == VALUE_DWORD)
        return reg_put_dword(out, name, *registration_number(from, value), err);
    if (value->type == VALUE_LIST)
        return reg_put_list(out, name, &registration_list(from, value)->texts, err);
    char **text = registration_text(from, value);
    return reg_put_text(out, name, text == &from->base_path ? place : *text, err);
}

int reg_end(uint8_t **bytes, size_t *n, const struct reg_text *text, struct error *err)
{
    return utf16_encode(bytes, n, text->text, err);
}

void reg_text_free(struct reg_text *text)
{
    free(text->text);
    *text = (struct reg_text){0};
}

/* ---- reading ---- */

static int damaged(const char *at, struct error *err)
{
    return error_set(err, ERROR_DAMAGED, "this is no line of a .reg file: %.*s",
                     (int)strnlen(at, strcspn(at, "\n")), at);
}

/* Past a text in quotes, which may go over lines. malloc'd. */
static int take_quoted(char **out, const char **at, struct error *err)
{
    const char *from = *at + 1;
    AUTO_FREE char *text = malloc(strlen(from) + 1);
    if (!text)
        return error_no_memory(err);
    char *to = text;
    const char *c = from;
    for (; *c && *c != '"'; c++) {
        if (*c == '\\' && c[1])
            c++;
        *to++ = *c;
    }
    if (!*c)
        return damaged(*at, err);
    *to = '\0';
    *at = c + 1;
    free(*out);
    *out = steal(&text);
    return 0;
}

/* Past the bytes of "43,00,\" and the lines that continue it; malloc'd. */
static int take_hex(uint8_t **out, size_t *out_n, const char **at, struct error *err)
{
    AUTO_FREE uint8_t *bytes = malloc(strlen(*at) / 2 + 1);
    size_t n = 0;
    const char *c = *at;
    if (!bytes)
        return error_no_memory(err);
    while (*c && *c != '\n') {
        if (isxdigit((unsigned char)c[0]) && isxdigit((unsigned char)c[1])) {
            const char pair[] = {c[0], c[1], '\0'};
            bytes[n++] = (uint8_t)strtoul(pair, NULL, 16);
            c += 2;
        } else if (*c == '\\' && c[1] == '\n') {
            c += 2;
        } else if (*c == ',' || *c == ' ') {
            c++;
        } else {
            return damaged(*at, err);
        }
    }
    *at = c;
    *out_n = n;
    *out = steal(&bytes);
    return 0;
}

/* Past what has text in it as bytes. A list is left as it is: it may be nobody's. */
static int take_encoded(struct reg_item *out, enum reg_kind kind, const char **at,
                        struct error *err)
{
    AUTO_FREE uint8_t *bytes = NULL;
    size_t n = 0;
    out->kind = kind;
    if (take_hex(&bytes, &n, at, err) < 0)
        return -1;
    if (kind == REG_TEXT)
        return utf16_decode(&out->text, bytes, n, err);
    free(out->bytes);
    out->bytes = steal(&bytes);
    out->n = n;
    return 0;
}

static void skip_value(const char **at)
{
    const char *c = *at;
    while (*c && (*c != '\n' || (c > *at && c[-1] == '\\')))
        c++;
    *at = c;
}

static int take_value(struct reg_item *out, const char **at, struct error *err)
{
    static const struct {
        const char *prefix;
        enum reg_kind kind;
    } encoded[] = {{"hex(1):", REG_TEXT}, {"hex(2):", REG_TEXT}, {"hex(7):", REG_LIST}};
    if (**at == '"') {
        out->kind = REG_TEXT;
        return take_quoted(&out->text, at, err);
    }
    for (size_t i = 0; i < array_length(encoded); i++) {
        size_t n = strlen(encoded[i].prefix);
        if (strncmp(*at, encoded[i].prefix, n) == 0) {
            *at += n;
            return take_encoded(out, encoded[i].kind, at, err);
        }
    }
    char *end;
    if (strncmp(*at, "dword:", 6) == 0) {
        out->kind = REG_DWORD;
        out->number = (uint32_t)strtoul(*at + 6, &end, 16);
        *at = end;
        return 0;
    }
    out->kind = REG_OTHER;
    skip_value(at);
    return 0;
}

static int take_key(struct reg_item *out, const char **at, struct error *err)
{
    size_t n = strcspn(*at, "\n");
    if (n < 2 || (*at)[n - 1] != ']')
        return damaged(*at, err);
    out->kind = REG_KEY;
    out->text = strndup(*at + 1, n - 2);
    *at += n;
    return out->text ? 0 : error_no_memory(err);
}

int reg_next(struct reg_item *out, const char **at, struct error *err)
{
    *out = (struct reg_item){.kind = REG_END};
    *at += strspn(*at, " \n");
    if (strncmp(*at, HEADING, strlen(HEADING)) == 0)
        *at += strlen(HEADING) + strspn(*at + strlen(HEADING), " \n");
    if (!**at)
        return 0;
    if (**at == '[')
        return take_key(out, at, err);
    if (**at == '@')
        ++*at;
    else if (**at != '"')
        return damaged(*at, err);
    else if (take_quoted(&out->name, at, err) < 0)
        return -1;
    if (**at != '=')
        return damaged(*at, err);
    ++*at;
    return take_value(out, at, err);
}

void reg_item_free(struct reg_item *item)
{
    free(item->name);
    free(item->text);
    free(item->bytes);
    *item = (struct reg_item){0};
}
