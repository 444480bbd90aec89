/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/run/contract_user.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

enum {
    PASSWD_FIELDS = 7, /* name, password, uid, gid, comment, home, shell: passwd(5) */
    GROUP_FIELDS = 4,  /* name, password, gid, members: group(5) */
    FIELDS_MAX = PASSWD_FIELDS,
};

/* A part of a text. */
struct field {
    const char *at;
    size_t n;
};

/* Splits the line at *text at its colons and moves *text behind it; returns how many fields. */
static size_t line_split(const char **text, struct field fields[FIELDS_MAX], size_t max)
{
    const char *at = *text;
    size_t n = 0, length = strcspn(at, "\n");
    const char *end = at + length;
    while (n < max) {
        const char *colon = memchr(at, ':', (size_t)(end - at));
        const char *stop = colon ? colon : end;
        fields[n++] = (struct field){at, (size_t)(stop - at)};
        if (!colon)
            break;
        at = colon + 1;
    }
    *text = *end ? end + 1 : end;
    return n;
}

static bool field_is(const struct field *field, const char *text)
{
    return strlen(text) == field->n && memcmp(field->at, text, field->n) == 0;
}

static bool field_number(uint32_t *out, const struct field *field)
{
    char text[16];
    if (field->n >= sizeof(text))
        return false;
    memcpy(text, field->at, field->n);
    text[field->n] = '\0';
    return contract_user_number(out, text);
}

bool contract_user_number(uint32_t *out, const char *text)
{
    char *end;
    errno = 0;
    unsigned long long number = isdigit((unsigned char)*text) ? strtoull(text, &end, 10) : 0;
    if (!isdigit((unsigned char)*text) || *end || errno || number > UINT32_MAX - 1)
        return false;
    *out = (uint32_t)number;
    return true;
}

static int contract_user_set(struct contract_user *out, const struct field *fields, uint32_t uid,
                             uint32_t gid, struct error *err)
{
    const struct field *home = &fields[5], *shell = &fields[6];
    *out = (struct contract_user){
        .uid = uid,
        .gid = gid,
        .name = strndup(fields[0].at, fields[0].n),
        .home = home->n ? strndup(home->at, home->n) : strdup("/"),
        .shell = shell->n ? strndup(shell->at, shell->n) : strdup("/bin/sh"),
    };
    if (out->name && out->home && out->shell)
        return 1;
    contract_user_free(out);
    return error_no_memory(err);
}

int contract_user_find(struct contract_user *out, const char *passwd, const char *name,
                       uint32_t uid, struct error *err)
{
    struct field fields[FIELDS_MAX];
    *out = (struct contract_user){0};
    while (*passwd) {
        uint32_t own, gid;
        if (line_split(&passwd, fields, PASSWD_FIELDS) < PASSWD_FIELDS || fields[0].n == 0 ||
            !field_number(&own, &fields[2]) || !field_number(&gid, &fields[3]))
            continue;
        if (name ? field_is(&fields[0], name) : own == uid)
            return contract_user_set(out, fields, own, gid, err);
    }
    return 0;
}

int contract_user_root(struct contract_user *out, struct error *err)
{
    const char *line = "root:x:0:0::/:/bin/sh";
    return contract_user_find(out, line, "root", 0, err) < 0 ? -1 : 0;
}

void contract_user_free(struct contract_user *user)
{
    free(user->name);
    free(user->home);
    free(user->shell);
    *user = (struct contract_user){0};
}

static bool is_member(const struct field *members, const char *name)
{
    const char *at = members->at, *end = members->at + members->n;
    while (at < end) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        struct field member = {at, (size_t)((comma ? comma : end) - at)};
        if (field_is(&member, name))
            return true;
        at = comma ? comma + 1 : end;
    }
    return false;
}

size_t contract_user_groups(uint32_t *out, size_t max, const char *group, const char *name,
                            uint32_t first)
{
    struct field fields[FIELDS_MAX];
    size_t n = 0;
    out[n++] = first;
    while (*group && n < max) {
        uint32_t gid;
        if (line_split(&group, fields, GROUP_FIELDS) == GROUP_FIELDS &&
            field_number(&gid, &fields[2]) && gid != first && is_member(&fields[3], name))
            out[n++] = gid;
    }
    return n;
}
