/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/provision/provision_account.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image/path.h"
#include "image/provision/provision_table.h"
#include "image/tree_index.h"

enum {
    ID_FIRST = 1000,    /* of people */
    ID_LAST = 60000,    /* likewise */
    ID_NONE_16 = 65535, /* "no id" of old interfaces */
    SUB_IDS = 65536,    /* of one user */
    SUB_ID_FIRST = 100000,
    DAY_SECONDS = 24 * 60 * 60,
};

/* Fields of passwd, of group, of shadow and of subuid. */
enum passwd_field { PASSWD_NAME, PASSWD_PASSWORD, PASSWD_UID, PASSWD_GID, PASSWD_HOME = 5 };
enum group_field { GROUP_NAME, GROUP_PASSWORD, GROUP_GID, GROUP_MEMBERS };
enum shadow_field { SHADOW_NAME, SHADOW_HASH, SHADOW_CHANGED };
enum sub_field { SUB_NAME, SUB_FIRST, SUB_COUNT };

struct accounts {
    struct table passwd, shadow, group, gshadow, subuid, subgid;
};

static const struct {
    const char *path;
    size_t fields;
    size_t table; /* in struct accounts */
} files[] = {
    {"etc/passwd", 7, offsetof(struct accounts, passwd)},
    {"etc/shadow", 9, offsetof(struct accounts, shadow)},
    {"etc/group", 4, offsetof(struct accounts, group)},
    {"etc/gshadow", 4, offsetof(struct accounts, gshadow)},
    {"etc/subuid", 3, offsetof(struct accounts, subuid)},
    {"etc/subgid", 3, offsetof(struct accounts, subgid)},
};

bool account_wants(const char *path)
{
    for (size_t i = 0; i < array_length(files); i++)
        if (strcmp(path, files[i].path) == 0)
            return true;
    return false;
}

static struct table *table_of(struct accounts *all, size_t i)
{
    return (struct table *)((char *)all + files[i].table);
}

static void accounts_free(struct accounts *all)
{
    for (size_t i = 0; i < array_length(files); i++)
        table_free(table_of(all, i));
}

/* ---- what is asked for ---- */

/* As useradd of shadow-utils takes them: letters, digits, "_", "." and "-", which does not come
 * first; one "$" may come last; not digits alone. */
static bool name_good(const char *name, size_t n)
{
    bool digits = true;
    if (n == 0 || n > PROVISION_NAME_MAX || name[0] == '-' || (n == 1 && name[0] == '.') ||
        (n == 2 && memcmp(name, "..", 2) == 0))
        return false;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)name[i];
        digits = digits && isdigit(c);
        if (c > 127 || (!isalnum(c) && !strchr("_.-", c) && !(c == '$' && i > 0 && i + 1 == n)))
            return false;
    }
    return !digits;
}

int account_parse(struct account *out, const char *text, struct error *err)
{
    size_t n = strcspn(text, ":");
    *out = (struct account){.has_uid = text[n] == ':'};
    if (!name_good(text, n))
        return error_set(err, ERROR_USAGE,
                         "'%.*s' is no name for a user: it has letters, digits, \"_\", \".\" and "
                         "\"-\", which does not come first, not digits alone, and %d bytes at most",
                         (int)(n < 100 ? n : 100), text, PROVISION_NAME_MAX);
    memcpy(out->name, text, n);
    if (!out->has_uid)
        return 0;
    const char *number = text + n + 1;
    char *end;
    unsigned long long uid = strtoull(number, &end, 10);
    if (!isdigit((unsigned char)number[0]) || *end || uid >= UINT32_MAX || uid == ID_NONE_16)
        return error_set(err, ERROR_USAGE,
                         "the user id '%s' of %s is no number from 0 to %u, without %d", number,
                         out->name, UINT32_MAX - 1, ID_NONE_16);
    out->uid = (uint32_t)uid;
    return 0;
}

int account_check_hash(const char *hash, struct error *err)
{
    size_t n = strlen(hash);
    bool good = n > 0;
    for (const char *c = hash; *c; c++)
        good = good && *c > ' ' && *c < 127 && *c != ':';
    if (good && (hash[0] == '$' ? strrchr(hash, '$') > hash + 1
                                : n == 13 || hash[0] == '!' || hash[0] == '*'))
        return 0;
    return error_set(err, ERROR_USAGE,
                     "--password-hash takes the hash of a password, as '$6$...'; make one with: "
                     "openssl passwd -6");
}

/* ---- ids ---- */

/* Whether a number stands in a field of any line, which *row then is. */
static int id_taken(const struct table *table, size_t field, uint32_t id, struct table_row *row,
                    struct error *err)
{
    uint32_t other;
    int rc;
    *row = (struct table_row){0};
    while ((rc = table_next(table, row, err)) > 0) {
        if (table_number(table, row, field, &other, err) < 0)
            return -1;
        if (other == id)
            return 1;
    }
    return rc;
}

static int id_free(const struct table *table, size_t field, uint32_t *out, struct error *err)
{
    struct table_row row;
    for (uint32_t id = ID_FIRST; id <= ID_LAST; id++) {
        int rc = id_taken(table, field, id, &row, err);
        if (rc < 0)
            return -1;
        if (rc == 0) {
            *out = id;
            return 0;
        }
    }
    return error_set(err, ERROR_UNSUPPORTED, "%s: all ids from %d to %d are taken; give one",
                     table->path, ID_FIRST, ID_LAST);
}

static int ids_choose(struct account *account, const struct accounts *all, struct error *err)
{
    struct table_row row;
    if (!account->has_uid && id_free(&all->passwd, PASSWD_UID, &account->uid, err) < 0)
        return -1;
    int rc = id_taken(&all->passwd, PASSWD_UID, account->uid, &row, err);
    if (rc > 0)
        return error_set(err, ERROR_EXISTS,
                         "the user id %u belongs to '%.*s' in the tree; choose another, or leave "
                         "it out",
                         account->uid, (int)row.field[PASSWD_NAME].n,
                         all->passwd.text + row.field[PASSWD_NAME].at);
    if (rc < 0 || (rc = table_find(&all->group, account->name, &row, err)) < 0)
        return -1;
    if (rc > 0)
        return error_set(err, ERROR_EXISTS,
                         "there is a group '%s' in the tree already, though no such user; choose "
                         "another name",
                         account->name);
    account->gid = account->uid;
    rc = id_taken(&all->group, GROUP_GID, account->gid, &row, err);
    return rc > 0 ? id_free(&all->group, GROUP_GID, &account->gid, err) : rc;
}

/* Ids for the user's own containers, after all that are given away. */
static int sub_ids_give(const struct account *account, struct table *table, struct error *err)
{
    struct table_row row = {0};
    uint64_t next = SUB_ID_FIRST;
    uint32_t first, count;
    int rc;
    if (!table->exists)
        return 0;
    while ((rc = table_next(table, &row, err)) > 0) {
        if (table_field_is(table, &row, SUB_NAME, account->name))
            return 0;
        if (table_number(table, &row, SUB_FIRST, &first, err) < 0 ||
            table_number(table, &row, SUB_COUNT, &count, err) < 0)
            return -1;
        if ((uint64_t)first + count > next)
            next = (uint64_t)first + count;
    }
    if (rc < 0 || next + SUB_IDS > UINT32_MAX)
        return rc;
    return table_append(table, err, "%s:%llu:%d\n", account->name, (unsigned long long)next,
                        SUB_IDS);
}

/* ---- making it ---- */

static int home_set(struct account *account, const char *home, size_t n, struct error *err)
{
    account->home = strndup(home, n);
    if (!account->home)
        return error_no_memory(err);
    return path_clean(account->home, err);
}

/* Who has the name already is taken over. */
static int account_adopt(struct account *account, const struct table *passwd,
                         const struct table_row *row, struct error *err)
{
    uint32_t uid;
    if (table_number(passwd, row, PASSWD_UID, &uid, err) < 0 ||
        table_number(passwd, row, PASSWD_GID, &account->gid, err) < 0)
        return -1;
    if (account->has_uid && account->uid != uid)
        return error_set(err, ERROR_EXISTS,
                         "the user '%s' is in the tree already, with the id %u; leave :%u out to "
                         "take it over, or choose another name",
                         account->name, uid, account->uid);
    account->uid = uid;
    return home_set(account, passwd->text + row->field[PASSWD_HOME].at, row->field[PASSWD_HOME].n,
                    err);
}

/* The last change of a password: 0 would ask for a new one, so it is left out. */
static void day_text(char text[24], const struct overlay *overlay)
{
    long long day = overlay->now.seconds / DAY_SECONDS;
    snprintf(text, 24, "%lld", day);
    if (day <= 0)
        text[0] = '\0';
}

static int account_add(struct account *account, struct accounts *all, struct overlay *overlay,
                       struct error *err)
{
    const char *name = account->name;
    char day[24], home[sizeof("/home/") + PROVISION_NAME_MAX];
    const char *shell = tree_index_follow(&overlay->tree, "bin/bash") ? "/bin/bash" : "/bin/sh";
    if (ids_choose(account, all, err) < 0)
        return -1;
    account->made = true;
    day_text(day, overlay);
    snprintf(home, sizeof(home), "/home/%s", name);
    if (table_append(&all->passwd, err, "%s:%s:%u:%u::%s:%s\n", name,
                     all->shadow.exists ? "x" : "!", account->uid, account->gid, home, shell) < 0 ||
        table_append(&all->group, err, "%s:%s:%u:\n", name, all->gshadow.exists ? "x" : "!",
                     account->gid) < 0)
        return -1;
    if ((all->shadow.exists &&
         table_append(&all->shadow, err, "%s:!:%s:0:99999:7:::\n", name, day) < 0) ||
        (all->gshadow.exists && table_append(&all->gshadow, err, "%s:!::\n", name) < 0))
        return -1;
    if (sub_ids_give(account, &all->subuid, err) < 0 ||
        sub_ids_give(account, &all->subgid, err) < 0)
        return -1;
    return home_set(account, home, strlen(home), err);
}

static int password_set(const struct account *account, struct accounts *all, const char *hash,
                        const struct overlay *overlay, struct error *err)
{
    struct table_row row;
    char day[24];
    int rc = table_find(&all->shadow, account->name, &row, err);
    if (rc > 0) {
        day_text(day, overlay);
        if (table_set(&all->shadow, &row, SHADOW_CHANGED, day, err) < 0)
            return -1;
        return table_set(&all->shadow, &row, SHADOW_HASH, hash, err);
    }
    if (rc < 0 || (rc = table_find(&all->passwd, account->name, &row, err)) <= 0)
        return rc;
    return table_set(&all->passwd, &row, PASSWD_PASSWORD, hash, err);
}

/* The group whose members may become root goes by one of these names. */
static int sudo_group_join(const struct account *account, struct accounts *all, struct error *err)
{
    static const char *const groups[] = {"sudo", "wheel", "admin"};
    struct table_row row;
    for (size_t i = 0; i < array_length(groups); i++) {
        int rc = table_find(&all->group, groups[i], &row, err);
        if (rc < 0)
            return -1;
        if (rc == 0)
            continue;
        if (table_add_member(&all->group, &row, GROUP_MEMBERS, account->name, err) < 0)
            return -1;
        rc = table_find(&all->gshadow, groups[i], &row, err);
        return rc <= 0 ? rc
                       : table_add_member(&all->gshadow, &row, GROUP_MEMBERS, account->name, err);
    }
    return 0;
}

static int accounts_load(struct accounts *all, struct overlay *overlay, struct error *err)
{
    for (size_t i = 0; i < array_length(files); i++) {
        if (table_load(table_of(all, i), overlay, files[i].path, files[i].fields, err) < 0)
            return -1;
    }
    if (all->passwd.exists)
        return 0;
    return error_set(err, ERROR_UNSUPPORTED,
                     "the tree has no etc/passwd to add a user to; give one too, with --copy "
                     "FILE:/etc/passwd, or leave --user out");
}

int account_make(struct account *account, struct overlay *overlay,
                 const struct provision *provision, struct error *err)
{
    CLEANUP(accounts_free) struct accounts all = {0};
    struct table_row row;
    if (accounts_load(&all, overlay, err) < 0)
        return -1;
    int rc = table_find(&all.passwd, account->name, &row, err);
    if (rc < 0 || (rc > 0 ? account_adopt(account, &all.passwd, &row, err)
                          : account_add(account, &all, overlay, err)) < 0)
        return -1;
    if ((provision->password_hash &&
         password_set(account, &all, provision->password_hash, overlay, err) < 0) ||
        (provision->sudo && sudo_group_join(account, &all, err) < 0))
        return -1;
    for (size_t i = 0; i < array_length(files); i++) {
        if (table_store(table_of(&all, i), overlay, err) < 0)
            return -1;
    }
    return 0;
}

void account_free(struct account *account)
{
    free(account->home);
    account->home = NULL;
}

int account_name_of(char **out, struct overlay *overlay, uint32_t uid, struct error *err)
{
    AUTO_TABLE struct table passwd = {0};
    struct table_row row;
    *out = NULL;
    if (table_load(&passwd, overlay, files[0].path, files[0].fields, err) < 0)
        return -1;
    int rc = id_taken(&passwd, PASSWD_UID, uid, &row, err);
    if (rc <= 0)
        return rc;
    *out = strndup(passwd.text + row.field[PASSWD_NAME].at, row.field[PASSWD_NAME].n);
    return *out ? 0 : error_no_memory(err);
}
