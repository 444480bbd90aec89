/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The registry in a file of our own, DATA/registry.json:
 *
 *     {
 *       "version": 1,
 *       "DefaultDistribution": "{guid}",
 *       "distributions": {
 *         "{guid}": {"DistributionName": "debian", "State": 1, ..., "lxkit": {"Source": "..."}}
 *       }
 *     }
 *
 * Names and values are those under Lxss; what the runtime does not know is under "lxkit". The
 * file is replaced atomically, so readers need no lock; writers hold DATA/registry.lock. Members
 * that we do not know are kept. */
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/atomic_file.h"
#include "core/paths.h"
#include "install/name.h"
#include "install/registration_json.h"
#include "install/registry.h"
#include "install/registry_lock.h"
#include "install/text.h"

enum {
    FILE_VERSION = 1,
    FILE_BYTES_MAX = 16 << 20,
};

#define KEY_VERSION       "version"
#define KEY_DEFAULT       "DefaultDistribution"
#define KEY_DISTRIBUTIONS "distributions"
#define KEY_OWN           "lxkit"

struct local {
    json_t *root; /* the file as it was read */
    int lock;     /* -1: reading */
};

PRINTF_LIKE(3, 4)
static int damaged(const struct registry *self, struct error *err, const char *format, ...)
{
    char what[ERROR_TEXT_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof(what), format, arguments);
    va_end(arguments);
    return error_set(err, ERROR_DAMAGED,
                     "%s%s; nothing was changed: correct the file, or move it away to begin with "
                     "an empty registry",
                     self->path, what);
}

/* ---- reading ---- */

/* A value that makes no sense, or breaks a limit, which is no damage. */
static int refused(const struct registry *self, const char *key, const struct error *why,
                   struct error *err)
{
    if (why->code == ERROR_DAMAGED)
        return damaged(self, err, ": %s: %s", key, why->text);
    return error_set(err, why->code, "%s: %s: %s; nothing was changed: correct the file",
                     self->path, key, why->text);
}

static int get_entry(struct registry *self, const char *key, json_t *object, struct error *err)
{
    AUTO_REGISTRATION struct registration entry = {0};
    struct error why;
    if (!json_is_object(object))
        return damaged(self, err, ": %s must be an object", key);
    json_t *own = json_object_get(object, KEY_OWN);
    if (own && !json_is_object(own))
        return damaged(self, err, ": %s: %s must be an object", key, KEY_OWN);
    if (registration_init(&entry, err) < 0)
        return -1;
    if (strlen(key) != GUID_BRACED_BYTES - 1 || !guid_parse(&entry.guid, key))
        return damaged(self, err, ": '%s' is no GUID in braces", key);

    for (size_t i = 0; i < REGISTRATION_VALUES; i++) {
        const struct registration_value *value = &registration_values[i];
        const json_t *member = json_object_get(value->own ? own : object, value->name);
        if (member && registration_value_from_json(&entry, value, member, &why) < 0)
            return refused(self, key, &why, err);
    }
    if (registration_check(&entry, &why) < 0)
        return refused(self, key, &why, err);

    for (size_t i = 0; i < self->n; i++) {
        const struct registration *other = &self->entries[i];
        const char *same = guid_equal(&other->guid, &entry.guid) ? "GUID"
                           : name_equal(other->distribution_name, entry.distribution_name)
                               ? "DistributionName"
                           : strcmp(other->base_path, entry.base_path) == 0 ? "BasePath"
                                                                            : NULL;
        if (same)
            return damaged(self, err, ": '%s' and '%s' have the same %s", other->distribution_name,
                           entry.distribution_name, same);
    }
    return registry_append(self, &entry, err);
}

static int get_root(struct registry *self, json_t *root, struct error *err)
{
    json_t *version = json_object_get(root, KEY_VERSION);
    if (!json_is_object(root) || !json_is_integer(version))
        return damaged(self, err, " is no registry: it must be an object with a number '%s'",
                       KEY_VERSION);
    if (json_integer_value(version) != FILE_VERSION)
        return error_set(err, ERROR_DAMAGED,
                         "%s has version %" JSON_INTEGER_FORMAT
                         ", and only %d is known here; nothing was changed: use the lxinstall that "
                         "wrote it",
                         self->path, json_integer_value(version), FILE_VERSION);

    json_t *chosen = json_object_get(root, KEY_DEFAULT);
    if (chosen && !json_is_string(chosen))
        return damaged(self, err, ": %s must be text", KEY_DEFAULT);
    /* What is no GUID means "no default" to the runtime, and is no error. */
    if (chosen && !guid_parse(&self->default_guid, json_string_value(chosen)))
        self->default_guid = (struct guid){0};

    json_t *distributions = json_object_get(root, KEY_DISTRIBUTIONS);
    if (!json_is_object(distributions))
        return damaged(self, err, ": %s must be an object", KEY_DISTRIBUTIONS);
    const char *key;
    json_t *object;
    json_object_foreach(distributions, key, object)
    {
        if (get_entry(self, key, object, err) < 0)
            return -1;
    }
    return 0;
}

static int read_file(struct registry *self, json_t **root, struct error *err)
{
    AUTO_FREE char *text = NULL;
    size_t n;
    struct error why;
    if (text_read_file(&text, &n, self->path, FILE_BYTES_MAX, &why) < 0) {
        if (why.code == ERROR_NOT_FOUND) {
            *root = json_pack("{s:i}", KEY_VERSION, FILE_VERSION);
            return *root ? 0 : error_no_memory(err);
        }
        return error_set(err, why.code, "%s", why.text);
    }

    json_error_t error;
    *root = json_loadb(text, n, JSON_REJECT_DUPLICATES, &error);
    if (!*root)
        return damaged(self, err, ":%d:%d: %s", error.line, error.column, error.text);
    return get_root(self, *root, err);
}

static int local_open(struct registry *self, struct error *err)
{
    struct local *local = calloc(1, sizeof(*local));
    AUTO_FREE char *data = NULL;
    if (!local)
        return error_no_memory(err);
    local->lock = -1;
    self->state = local;

    if (paths_data(&data, err) < 0 || paths_join(&self->path, data, "registry.json", err) < 0)
        return -1;
    if (self->writable) {
        AUTO_FREE char *lock = NULL;
        if (paths_make(data, 0700, err) < 0 || paths_join(&lock, data, "registry.lock", err) < 0 ||
            registry_lock(&local->lock, lock, REGISTRY_LOCK_WAIT_MS, err) < 0)
            return -1;
    }
    return read_file(self, &local->root, err);
}

/* ---- writing ---- */

/* Sets a member of object, which takes it over; NULL stands for out of memory. */
static int put(json_t *object, const char *key, json_t *member, struct error *err)
{
    return json_object_set_new(object, key, member) < 0 ? error_no_memory(err) : 0;
}

/* The object in object under key, made where it is missing; NULL when out of memory. */
static json_t *subobject(json_t *object, const char *key)
{
    json_t *member = json_object_get(object, key);
    if (!member && json_object_set_new(object, key, json_object()) == 0)
        member = json_object_get(object, key);
    return member;
}

static int put_entry(json_t *object, struct registration *entry, struct error *err)
{
    for (size_t i = 0; i < REGISTRATION_VALUES; i++) {
        const struct registration_value *value = &registration_values[i];
        json_t *member;
        if (registration_value_to_json(&member, entry, value, err) < 0)
            return -1;
        if (!member)
            json_object_del(value->own ? json_object_get(object, KEY_OWN) : object, value->name);
        else if (put(value->own ? subobject(object, KEY_OWN) : object, value->name, member, err) <
                 0)
            return -1;
    }
    return 0;
}

/* The object that was read for guid, whatever the case of its key; NULL where there is none. */
static json_t *stored(json_t *distributions, const struct guid *guid)
{
    const char *key;
    json_t *object;
    json_object_foreach(distributions, key, object)
    {
        struct guid other;
        if (guid_parse(&other, key) && guid_equal(&other, guid))
            return object;
    }
    return NULL;
}

/* The distributions as they are now, in order, each over what was read of it. */
static int put_entries(struct registry *self, json_t *old, json_t *new, struct error *err)
{
    for (size_t i = 0; i < self->n; i++) {
        struct registration *entry = &self->entries[i];
        char key[GUID_BRACED_BYTES];
        guid_format_braced(&entry->guid, key);
        json_t *known = stored(old, &entry->guid);
        if (put(new, key, known ? json_deep_copy(known) : json_object(), err) < 0 ||
            put_entry(json_object_get(new, key), entry, err) < 0)
            return -1;
    }
    return 0;
}

/* A missing default is left out, as the runtime has it. */
static int put_default(struct registry *self, json_t *root, struct error *err)
{
    if (guid_is_zero(&self->default_guid)) {
        json_object_del(root, KEY_DEFAULT);
        return 0;
    }
    char text[GUID_BRACED_BYTES];
    guid_format_braced(&self->default_guid, text);
    return put(root, KEY_DEFAULT, json_string(text), err);
}

static int local_commit(struct registry *self, struct error *err)
{
    struct local *local = self->state;
    json_auto_t *new = json_object();
    if (!new)
        return error_no_memory(err);
    if (put_entries(self, json_object_get(local->root, KEY_DISTRIBUTIONS), new, err) < 0 ||
        put_default(self, local->root, err) < 0 ||
        put(local->root, KEY_DISTRIBUTIONS, json_incref(new), err) < 0)
        return -1;

    AUTO_FREE char *text = json_dumps(local->root, JSON_INDENT(2));
    if (!text)
        return error_no_memory(err);
    size_t n = strlen(text);
    text[n] = '\n'; /* in the place of the NUL */
    return atomic_write(self->path, text, n + 1, ATOMIC_REPLACE, err);
}

static void local_close(struct registry *self)
{
    struct local *local = self->state;
    if (!local)
        return;
    json_decref(local->root);
    cleanup_fd(&local->lock);
    free(local);
}

const struct registry_driver registry_local = {
    .name = "local",
    .open = local_open,
    .commit = local_commit,
    .close = local_close,
};
