/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/provision/provision.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image/filter/filter_overlay.h"
#include "image/provision/provision_account.h"
#include "image/provision/provision_conf.h"
#include "image/provision/provision_copy.h"
#include "image/provision/provision_home.h"

#define WSL_CONF          "etc/wsl.conf"
#define DISTRIBUTION_CONF "etc/wsl-distribution.conf"
#define HOSTNAME          "etc/hostname"

enum {
    SUDOERS_MODE = 0440,
    LABEL_BYTES_MAX = 63, /* of a host name, between dots */
};

static bool any(const char *const *list)
{
    return list && list[0];
}

bool provision_asked(const struct provision *p)
{
    return p->user || p->password_hash || any(p->ssh_keys) || p->sudo || p->link_home ||
           p->hostname || any(p->wsl_conf) || any(p->copies) || p->default_name;
}

/* ---- what can be said without the tree ---- */

static int hostname_check(const char *name, struct error *err)
{
    size_t n = strlen(name), label = 0;
    bool good = n > 0 && n <= PROVISION_HOSTNAME_MAX;
    for (const char *c = name; *c && good; c++) {
        bool dot = *c == '.';
        good = dot ? label > 0 && c[-1] != '-'
                   : (unsigned char)*c < 128 &&
                         (isalnum((unsigned char)*c) || (*c == '-' && label > 0));
        label = dot ? 0 : label + 1;
        good = good && label <= LABEL_BYTES_MAX;
    }
    if (good && label > 0 && name[n - 1] != '-')
        return 0;
    return error_set(err, ERROR_USAGE,
                     "'%s' is no host name: it has letters, digits and \"-\", which is neither "
                     "first nor last, and %d bytes at most",
                     name, PROVISION_HOSTNAME_MAX);
}

/* An option that was given and goes with --user; NULL: none. */
static const char *user_option(const struct provision *p)
{
    return p->password_hash   ? "--password-hash"
           : any(p->ssh_keys) ? "--ssh-key"
           : p->sudo          ? "--sudo"
           : p->link_home     ? "--link-home"
                              : NULL;
}

static int user_check(const struct provision *p, struct error *err)
{
    const char *option = user_option(p);
    struct account account;
    if (!p->user)
        return option ? error_set(err, ERROR_USAGE, "%s goes with --user NAME", option) : 0;
    if (account_parse(&account, p->user, err) < 0 || home_check_link(p, err) < 0 ||
        (p->password_hash && account_check_hash(p->password_hash, err) < 0))
        return -1;
    for (size_t i = 0; p->ssh_keys && p->ssh_keys[i]; i++) {
        AUTO_FREE char *keys = NULL;
        if (home_read_keys(&keys, p->ssh_keys[i], err) < 0)
            return -1;
    }
    return 0;
}

int provision_check(const struct provision *p, struct events *events, struct error *err)
{
    struct conf_setting setting;
    if (user_check(p, err) < 0 || (p->hostname && hostname_check(p->hostname, err) < 0))
        return -1;
    for (size_t i = 0; p->wsl_conf && p->wsl_conf[i]; i++) {
        if (conf_setting_parse(&setting, p->wsl_conf[i], events, err) < 0)
            return -1;
    }
    for (size_t i = 0; p->copies && p->copies[i]; i++) {
        if (copy_check(p->copies[i], err) < 0)
            return -1;
    }
    return 0;
}

/* ---- the editor ---- */

struct editor {
    struct overlay_editor base;
    struct provision p;
};

static bool editor_wants(const struct overlay_editor *base, const char *path)
{
    const struct provision *p = &((const struct editor *)base)->p;
    if (strcmp(path, WSL_CONF) == 0 || strcmp(path, HOSTNAME) == 0 ||
        strcmp(path, DISTRIBUTION_CONF) == 0)
        return true;
    return (p->user && home_wants(path)) || ((p->user || p->default_uid) && account_wants(path));
}

/* ---- wsl.conf and its like ---- */

struct conf {
    const char *path;
    char *text;
};

static void conf_free(struct conf *conf)
{
    free(conf->text);
}

static int conf_load(struct conf *conf, struct overlay *overlay, const char *path,
                     struct error *err)
{
    const char *bytes = "";
    size_t n = 0;
    *conf = (struct conf){.path = path};
    if (overlay_content(overlay, path, &bytes, &n, err) < 0)
        return -1;
    if (strlen(bytes) != n)
        return error_set(err, ERROR_DAMAGED, "%s is no text; take the tree's own file", path);
    conf->text = strdup(bytes);
    return conf->text ? 0 : error_no_memory(err);
}

static int conf_put(struct conf *conf, const char *section, const char *key, const char *value,
                    bool replace, struct error *err)
{
    struct conf_setting setting = {.value = value};
    snprintf(setting.section, sizeof(setting.section), "%s", section);
    snprintf(setting.key, sizeof(setting.key), "%s", key);
    return conf_set(&conf->text, conf->path, &setting, replace, err);
}

static int conf_store(struct conf *conf, struct overlay *overlay, struct error *err)
{
    const char *bytes = "";
    size_t n;
    if (overlay_content(overlay, conf->path, &bytes, &n, err) < 0)
        return -1;
    if (strcmp(bytes, conf->text) == 0)
        return 0;
    return overlay_replace(overlay, conf->path, conf->text, strlen(conf->text), 0644, err);
}

/* What is asked for by name counts more than what follows from other wishes. */
static int wsl_conf_edit(const struct provision *p, const struct account *account,
                         struct overlay *overlay, struct error *err)
{
    CLEANUP(conf_free) struct conf conf = {0};
    struct conf_setting setting;
    if (!p->user && !p->hostname && !any(p->wsl_conf))
        return 0;
    if (conf_load(&conf, overlay, WSL_CONF, err) < 0 ||
        (p->user && conf_put(&conf, "user", "default", account->name, true, err) < 0) ||
        (p->hostname && conf_put(&conf, "network", "hostname", p->hostname, true, err) < 0))
        return -1;
    for (size_t i = 0; p->wsl_conf && p->wsl_conf[i]; i++) {
        if (conf_setting_parse(&setting, p->wsl_conf[i], NULL, err) < 0 ||
            conf_set(&conf.text, conf.path, &setting, true, err) < 0)
            return -1;
    }
    return conf_store(&conf, overlay, err);
}

/* For a name and a user that wsl.exe is to find in the tree. */
static int defaults_set(const struct provision *p, struct overlay *overlay, struct error *err)
{
    CLEANUP(conf_free) struct conf wsl = {0}, distribution = {0};
    AUTO_FREE char *name = NULL;
    char uid[16];
    snprintf(uid, sizeof(uid), "%u", p->default_uid);
    if (conf_load(&distribution, overlay, DISTRIBUTION_CONF, err) < 0 ||
        conf_put(&distribution, "oobe", "defaultName", p->default_name, true, err) < 0)
        return -1;
    if (p->default_uid && (conf_put(&distribution, "oobe", "defaultUid", uid, true, err) < 0 ||
                           account_name_of(&name, overlay, p->default_uid, err) < 0 ||
                           conf_load(&wsl, overlay, WSL_CONF, err) < 0 ||
                           (name && conf_put(&wsl, "user", "default", name, false, err) < 0) ||
                           conf_store(&wsl, overlay, err) < 0))
        return -1;
    return conf_store(&distribution, overlay, err);
}

/* Nobody asked for that in so many words: what cannot be edited is left as it is. */
static int defaults_edit(const struct provision *p, struct overlay *overlay, struct error *err)
{
    struct error why = {0};
    if (!p->default_name || defaults_set(p, overlay, &why) == 0)
        return 0;
    if (why.code != ERROR_UNSUPPORTED && why.code != ERROR_DAMAGED)
        return error_set(err, why.code, "%s", why.text);
    event_warning(overlay->events, "wsl.exe will not find all settings in the archive: %s",
                  why.text);
    return 0;
}

/* ---- the rest ---- */

/* Who has no password is not asked for it. Quotes, as a name in capitals would be an alias. */
static int sudoers_add(const struct provision *p, const struct account *account,
                       struct overlay *overlay, struct error *err)
{
    char path[64], text[128];
    const struct entry directory = {.path = "etc/sudoers.d", .type = ENTRY_DIRECTORY, .mode = 0750};
    if (!p->sudo || account->uid == 0)
        return 0;
    snprintf(path, sizeof(path), "etc/sudoers.d/90-%s", account->name);
    for (char *c = strrchr(path, '/'); *c; c++)
        *c = (char)(*c == '.' ? '_' : *c); /* sudo skips names with a dot */
    snprintf(text, sizeof(text), "\"%s\" ALL=(ALL:ALL) %sALL\n", account->name,
             p->password_hash ? "" : "NOPASSWD:");
    if (!tree_find(&overlay->tree, "etc/sudoers"))
        event_warning(overlay->events,
                      "the tree has no sudo; %s may use it when it is installed later",
                      account->name);
    if (!tree_find(&overlay->tree, directory.path) &&
        overlay_add(overlay, &directory, NULL, NULL, err) < 0)
        return -1;
    const struct entry entry = {
        .path = path, .type = ENTRY_FILE, .mode = SUDOERS_MODE, .size = strlen(text)};
    return overlay_add(overlay, &entry, text, NULL, err);
}

static int hostname_set(const struct provision *p, struct overlay *overlay, struct error *err)
{
    char text[PROVISION_HOSTNAME_MAX + 2];
    if (!p->hostname)
        return 0;
    int n = snprintf(text, sizeof(text), "%s\n", p->hostname);
    return overlay_replace(overlay, HOSTNAME, text, (size_t)n, 0644, err);
}

static int copies_add(const struct provision *p, const struct account *account, bool early,
                      struct overlay *overlay, struct error *err)
{
    const struct copy_owner owner = {account->home, account->uid, account->gid};
    for (size_t i = 0; p->copies && p->copies[i]; i++) {
        if (copy_add(overlay, p->copies[i], early, &owner, err) < 0)
            return -1;
    }
    return 0;
}

/* Files that are edited come first, then what depends on them. */
static int editor_edit(struct overlay_editor *base, struct overlay *overlay, struct error *err)
{
    const struct provision *p = &((struct editor *)base)->p;
    AUTO_ACCOUNT struct account account = {0};
    if (p->user && account_parse(&account, p->user, err) < 0)
        return -1;
    if (copies_add(p, &account, true, overlay, err) < 0 ||
        (p->user && account_make(&account, overlay, p, err) < 0) ||
        wsl_conf_edit(p, &account, overlay, err) < 0 || defaults_edit(p, overlay, err) < 0 ||
        hostname_set(p, overlay, err) < 0)
        return -1;
    if (p->user &&
        (home_make(&account, overlay, p, err) < 0 || sudoers_add(p, &account, overlay, err) < 0))
        return -1;
    if (p->uid && p->user)
        *p->uid = account.uid;
    return copies_add(p, &account, false, overlay, err);
}

static void editor_free(struct overlay_editor *base)
{
    free(base);
}

int source_provisioned(struct source **out, struct source *inner, const struct provision *provision,
                       struct events *events, struct error *err)
{
    struct editor *editor = calloc(1, sizeof(*editor));
    if (!editor) {
        source_close(inner);
        return error_no_memory(err);
    }
    *editor = (struct editor){
        .base = {.wants = editor_wants, .edit = editor_edit, .free = editor_free},
        .p = *provision,
    };
    return filter_overlay(out, inner, &editor->base, &provision->now, events, err);
}
