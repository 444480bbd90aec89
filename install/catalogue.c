/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/catalogue.h"

#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>

#include "core/atomic_file.h"
#include "core/paths.h"
#include "install/manifest_wsl.h"
#include "install/name.h"
#include "install/proof_list.h"

enum {
    FILE_VERSION = 1,
};

/* ---- getting ---- */

static int set_signature(struct catalogue *catalogue, struct error *err)
{
    if (catalogue->keys.n == 0 || catalogue->signature)
        return 0;
    bool openpgp = strlen(catalogue->keys.items[0]) == KEY_FINGERPRINT_BYTES - 1;
    if (asprintf(&catalogue->signature, "%s%s", catalogue->source, openpgp ? ".asc" : ".minisig") >=
        0)
        return 0;
    catalogue->signature = NULL;
    return error_no_memory(err);
}

static int expired(const struct catalogue *catalogue, const struct manifest *manifest,
                   struct error *err)
{
    char day[DAY_BYTES];
    if (manifest->expires == 0 || time(NULL) <= manifest->expires)
        return 0;
    return error_set(err, ERROR_VERIFY,
                     "the catalogue %s has expired on %s; get a newer one: lxinstall catalog "
                     "update %s",
                     catalogue->name, day_format(manifest->expires, day), catalogue->name);
}

/* A signed one must not be held back or taken back: without serial and expiry nobody would see. */
static int check_edition(const struct catalogue *catalogue, const struct manifest *manifest,
                         const struct trust_list *list, struct error *err)
{
    AUTO_FREE char *subject = NULL;
    if (!list->is_signed)
        return 0;
    bool ours = !manifest_wsl_is(list->text, list->n);
    if (ours && (manifest->serial == 0 || manifest->expires == 0))
        return error_set(err, ERROR_DAMAGED,
                         "%s is signed and needs the keys 'serial' and 'expires'; ask its "
                         "publisher",
                         catalogue->source);
    if (asprintf(&subject, "catalogue %s", catalogue->source) < 0) {
        subject = NULL;
        return error_no_memory(err);
    }
    const struct sighting sighting = {
        .subject = subject,
        .date = list->signer.has_time ? list->signer.signed_at : 0,
        .version = manifest->serial,
        .expires = manifest->expires,
        .now = time(NULL),
    };
    return seen_remember(&sighting, err);
}

static int take(struct catalogue *catalogue, const struct trust_list *list, struct manifest **out,
                struct error *err)
{
    AUTO_MANIFEST struct manifest *manifest = NULL;
    char when[INSTANT_BYTES];
    if (manifest_parse(&manifest, catalogue->source, list->text, list->n, err) < 0 ||
        expired(catalogue, manifest, err) < 0 ||
        check_edition(catalogue, manifest, list, err) < 0 ||
        text_set(&catalogue->content, list->text, err) < 0)
        return -1;
    if (list->is_signed && text_set(&catalogue->signer, list->signer.fingerprint, err) < 0)
        return -1;
    if (list->is_signed && list->signer.has_time &&
        text_set(&catalogue->signed_at, instant_format(list->signer.signed_at, when), err) < 0)
        return -1;
    *out = steal(&manifest);
    return 0;
}

int catalogue_get(struct catalogue *catalogue, bool offline, struct manifest **out,
                  struct events *events, struct error *err)
{
    CLEANUP(proof_plan_free) struct proof_plan plan = {0};
    CLEANUP(proof_list_close) struct proof_list list = {0};
    if (catalogue->keys.n == 0 && strncasecmp(catalogue->source, "http://", 7) == 0)
        return error_set(err, ERROR_USAGE,
                         "%s: anybody on the way could change what comes from there; use https, or "
                         "give the key that signs it with --key",
                         catalogue->source);
    if (set_signature(catalogue, err) < 0)
        return -1;
    /* The keys as a list that ends with a NULL. */
    AUTO_FREE const char **keys = calloc(catalogue->keys.n + 1, sizeof(*keys));
    if (!keys)
        return error_no_memory(err);
    for (size_t i = 0; i < catalogue->keys.n; i++)
        keys[i] = catalogue->keys.items[i];
    const struct proof_options options = {
        .sums = catalogue->source, .signature = catalogue->signature, .keys = keys};
    if (proof_plan_by_options(&plan, &options, err) < 0)
        return -1;
    if (catalogue->keys.n == 0)
        plan.tier = TRUST_LOCAL; /* taken as it is */
    if (proof_list_open(&list, &plan, offline, events, err) < 0)
        return err->code == ERROR_VERIFY ? error_wrap(err, "%s is not trusted", catalogue->source)
                                         : -1;
    if (proof_list_get(&list, err) < 0)
        return -1;
    if (take(catalogue, &list.verified, out, err) == 0)
        return 0;
    proof_list_discard(&list);
    return -1;
}

/* ---- the store ---- */

static int directory(char **out, struct error *err)
{
    AUTO_FREE char *data = NULL;
    return paths_data(&data, err) < 0 ? -1 : paths_join(out, data, "catalogues", err);
}

static int file_of(char **out, const char *name, struct error *err)
{
    AUTO_FREE char *where = NULL, *file = NULL;
    if (name_check(name, err) < 0 || directory(&where, err) < 0)
        return -1;
    if (asprintf(&file, "%s.json", name) < 0) {
        file = NULL;
        return error_no_memory(err);
    }
    return paths_join(out, where, file, err);
}

int catalogue_store(const struct catalogue *catalogue, bool replace, struct error *err)
{
    AUTO_FREE char *where = NULL, *path = NULL, *text = NULL;
    json_auto_t *keys = json_array();
    for (size_t i = 0; i < catalogue->keys.n; i++)
        json_array_append_new(keys, json_string(catalogue->keys.items[i]));
    json_auto_t *root =
        json_pack("{s:i, s:s, s:s?, s:O, s:b, s:s?, s:s?, s:s}", "version", FILE_VERSION, "source",
                  catalogue->source, "signature", catalogue->signature, "keys", keys, "override",
                  catalogue->override, "signer", catalogue->signer, "signed_at",
                  catalogue->signed_at, "content", catalogue->content);
    if (!root)
        return error_set(err, ERROR_UNSUPPORTED,
                         "%s: its address or its content is not UTF-8, and cannot be kept",
                         catalogue->source);
    text = json_dumps(root, JSON_INDENT(1));
    if (!text)
        return error_no_memory(err);
    if (file_of(&path, catalogue->name, err) < 0 || directory(&where, err) < 0 ||
        paths_make(where, 0700, err) < 0)
        return -1;
    struct error why = {0};
    size_t n = strlen(text);
    if ((replace ? atomic_write(path, text, n, ATOMIC_REPLACE, &why)
                 : text_write_new(path, text, n, &why)) == 0)
        return 0;
    if (why.code == ERROR_EXISTS)
        return error_set(err, ERROR_EXISTS,
                         "there is a catalogue %s already; choose another --name, or remove that "
                         "one: lxinstall catalog remove %s",
                         catalogue->name, catalogue->name);
    return error_set(err, why.code, "%s", why.text);
}

static int get_text(char **out, const json_t *root, const char *key, struct error *err)
{
    const char *text = json_string_value(json_object_get(root, key));
    return text ? text_set(out, text, err) : 0;
}

static int damaged(const char *path, const char *name, struct error *err)
{
    return error_set(
        err, ERROR_DAMAGED,
        "%s is no longer the catalogue that was added; add it again: lxinstall catalog "
        "remove %s",
        path, name);
}

int catalogue_read(struct catalogue *out, const char *name, struct error *err)
{
    AUTO_FREE char *path = NULL, *text = NULL;
    AUTO_CATALOGUE struct catalogue read = {0};
    struct error why = {0};
    size_t n, i;
    const json_t *key;
    if (file_of(&path, name, err) < 0)
        return -1;
    if (text_read_file(&text, &n, path, CATALOGUE_FILE_BYTES_MAX, &why) < 0)
        return why.code == ERROR_NOT_FOUND
                   ? error_set(err, ERROR_NOT_FOUND,
                               "there is no catalogue %s; see: lxinstall catalog list", name)
                   : error_set(err, why.code, "%s", why.text);
    json_auto_t *root = json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL);
    if (json_integer_value(json_object_get(root, "version")) != FILE_VERSION)
        return damaged(path, name, err);
    if (text_set(&read.name, name, err) < 0 || get_text(&read.source, root, "source", err) < 0 ||
        get_text(&read.signature, root, "signature", err) < 0 ||
        get_text(&read.signer, root, "signer", err) < 0 ||
        get_text(&read.signed_at, root, "signed_at", err) < 0 ||
        get_text(&read.content, root, "content", err) < 0)
        return -1;
    json_array_foreach(json_object_get(root, "keys"), i, key)
    {
        if (!json_is_string(key))
            return damaged(path, name, err);
        if (texts_add(&read.keys, json_string_value(key), err) < 0)
            return -1;
    }
    read.override = json_is_true(json_object_get(root, "override"));
    if (!read.source || !read.content)
        return damaged(path, name, err);
    *out = read;
    read = (struct catalogue){0};
    return 0;
}

int catalogue_remove(const char *name, struct error *err)
{
    AUTO_FREE char *path = NULL;
    if (file_of(&path, name, err) < 0)
        return -1;
    if (unlink(path) == 0)
        return 0;
    if (errno == ENOENT)
        return error_set(err, ERROR_NOT_FOUND,
                         "there is no catalogue %s; see: lxinstall catalog list", name);
    return error_errno(err, errno, "remove %s", path);
}

int catalogue_manifest(const struct catalogue *catalogue, struct manifest **out, struct error *err)
{
    AUTO_MANIFEST struct manifest *manifest = NULL;
    if (manifest_parse(&manifest, catalogue->source, catalogue->content, strlen(catalogue->content),
                       err) < 0 ||
        expired(catalogue, manifest, err) < 0)
        return -1;
    *out = steal(&manifest);
    return 0;
}

static int is_catalogue(const struct dirent *entry)
{
    size_t n = strlen(entry->d_name);
    return entry->d_name[0] != '.' && n > 5 && strcmp(entry->d_name + n - 5, ".json") == 0;
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

int catalogue_names(struct texts *out, struct error *err)
{
    AUTO_FREE char *where = NULL;
    struct dirent **names;
    if (directory(&where, err) < 0)
        return -1;
    int n = scandir(where, &names, is_catalogue, by_bytes);
    if (n < 0)
        return errno == ENOENT ? 0 : error_errno(err, errno, "read directory %s", where);
    int rc = n > CATALOGUES_MAX ? error_set(err, ERROR_LIMIT,
                                            "%s has %d catalogues; at most %d "
                                            "are read",
                                            where, n, CATALOGUES_MAX)
                                : 0;
    for (int i = 0; i < n; i++) {
        names[i]->d_name[strlen(names[i]->d_name) - strlen(".json")] = '\0';
        if (rc == 0)
            rc = texts_add(out, names[i]->d_name, err);
        free(names[i]);
    }
    free(names);
    return rc;
}

void catalogue_free(struct catalogue *catalogue)
{
    free(catalogue->name);
    free(catalogue->source);
    free(catalogue->signature);
    free(catalogue->content);
    free(catalogue->signer);
    free(catalogue->signed_at);
    texts_free(&catalogue->keys);
    *catalogue = (struct catalogue){0};
}
